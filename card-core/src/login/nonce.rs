//! Nonces: numbers used once, and what a store of them promises.

use std::fmt;
use std::io;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use thiserror::Error;

use crate::digest::{Digest, HashAlgorithm};
use crate::domain::date::UtcTime;

/// A nonce (ノンス) in its text form, which is what gets hashed.
///
/// At least 44 characters of Base64, standard or URL-safe: the length of 256 bits. Whether they
/// are random is for the service to see to; [`NonceStore::issue`] does. Debug shows nothing: who
/// reads an outstanding nonce in a log can use it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Nonce(String);

impl Nonce {
    /// How long a nonce is good, in seconds.
    pub const LIFETIME: i64 = 5 * 60;

    /// Takes a nonce that a service has made.
    ///
    /// # Errors
    ///
    /// `nonce.invalid`.
    pub fn parse(text: &str) -> Result<Nonce, NonceShape> {
        match text.len() {
            ..44 => return Err(NonceShape::TooShort),
            129.. => return Err(NonceShape::TooLong),
            _ => {}
        }
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
        let digits = text
            .strip_suffix("==")
            .or(text.strip_suffix('='))
            .unwrap_or(text);
        if !digits.bytes().all(base64) {
            return Err(NonceShape::NotBase64);
        }
        Ok(Nonce(text.to_owned()))
    }

    /// Makes one of 32 random bytes: 44 characters.
    ///
    /// # Errors
    ///
    /// [`NonceProblem::NoRandomness`].
    pub fn random() -> Result<Nonce, NonceProblem> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| NonceProblem::NoRandomness)?;
        Ok(Nonce(BASE64_STANDARD.encode(bytes)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key under which stores keep it: its SHA-256 digest. A store that can be read then gives
    /// no nonce away, and comparing takes the same time for every guess.
    #[must_use]
    pub fn key(&self) -> Digest {
        Digest::of(HashAlgorithm::Sha256, self.0.as_bytes())
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(..)")
    }
}

/// Why a text is no nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NonceShape {
    /// Under 44 characters, so under 256 bits: it could be guessed or met twice.
    #[error("a nonce has at least 44 characters")]
    TooShort,
    /// Over 128 characters, which Web eID does not carry.
    #[error("a nonce has at most 128 characters")]
    TooLong,
    /// A character that is none of Base64.
    #[error("a nonce is written in Base64")]
    NotBase64,
}

impl NonceShape {
    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "nonce.invalid"
    }
}

/// Remembers which nonces are out.
///
/// Consuming is atomic: of any number of requests with one nonce, at the same moment or later, at
/// most one gets through. A service with several machines brings a store of its own.
pub trait NonceStore {
    /// Remembers a nonce from now on.
    ///
    /// # Errors
    ///
    /// [`NonceProblem::Full`], [`NonceProblem::Store`].
    fn remember(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem>;

    /// Forgets a nonce, whatever comes of the request that brought it.
    ///
    /// # Errors
    ///
    /// [`NonceProblem::Unknown`] if it is not out, or not any more; [`NonceProblem::Expired`];
    /// [`NonceProblem::Full`] if there is no room to remember that it was used;
    /// [`NonceProblem::Store`].
    fn consume(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem>;

    /// Makes a nonce and remembers it.
    ///
    /// # Errors
    ///
    /// As [`NonceStore::remember`]; [`NonceProblem::NoRandomness`].
    fn issue(&self, now: UtcTime) -> Result<Nonce, NonceProblem> {
        let nonce = Nonce::random()?;
        self.remember(&nonce, now)?;
        Ok(nonce)
    }
}

/// Why a nonce was not remembered or does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NonceProblem {
    /// It was never issued, or was used before.
    #[error("the nonce was not issued here or was used before")]
    Unknown,
    /// It is older than [`Nonce::LIFETIME`].
    #[error("the nonce has expired")]
    Expired,
    /// The store holds as many as it may.
    #[error("too many nonces are out")]
    Full,
    /// The store cannot be read or written.
    #[error("the nonces cannot be read or written: {0}")]
    Store(io::ErrorKind),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl NonceProblem {
    /// Every code that [`NonceProblem::code`] can give.
    pub const CODES: &'static [&'static str] = &[
        "nonce.expired",
        "nonce.full",
        "nonce.store",
        "nonce.unknown",
        "random.none",
    ];

    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            NonceProblem::Unknown => "nonce.unknown",
            NonceProblem::Expired => "nonce.expired",
            NonceProblem::Full => "nonce.full",
            NonceProblem::Store(_) => "nonce.store",
            NonceProblem::NoRandomness => "random.none",
        }
    }
}

/// Whether a nonce that ends then still counts.
pub(super) fn in_time(end: i64, now: UtcTime) -> Result<(), NonceProblem> {
    if now.unix() <= end {
        Ok(())
    } else {
        Err(NonceProblem::Expired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_nonce() {
        let of = |length| "A".repeat(length);
        assert_eq!(Nonce::parse(&of(43)), Err(NonceShape::TooShort));
        assert!(Nonce::parse(&of(44)).is_ok() && Nonce::parse(&of(128)).is_ok());
        assert_eq!(Nonce::parse(&of(129)), Err(NonceShape::TooLong));
        for good in ["+/", "-_", "A=", "=="] {
            assert!(Nonce::parse(&(of(44) + good)).is_ok(), "{good}");
        }
        for bad in [" ", "\n", "=A", "A===", "é", "\"", "\0"] {
            assert_eq!(
                Nonce::parse(&(of(44) + bad)),
                Err(NonceShape::NotBase64),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn random_ones_differ_and_have_44_characters() {
        let (one, other) = (Nonce::random().unwrap(), Nonce::random().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), 44);
        assert_eq!(Nonce::parse(one.as_str()), Ok(one));
    }
}
