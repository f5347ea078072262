//! Private keys of simulated cards. TEST KEYS: published, they protect nothing.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::BoxedUint;
use rsa::traits::PublicKeyParts;
use spki::SubjectPublicKeyInfoOwned;
use thiserror::Error;

/// A private key of the simulated card. TEST KEY: published, protects nothing.
#[derive(Clone)]
pub enum PrivateKey {
    /// RSA-2048, what every card has today.
    Rsa(RsaKey),
    /// P-256, invented.
    P256(p256::SecretKey),
    /// P-384, invented.
    P384(p384::SecretKey),
}

/// An RSA key of the simulated card. Copies share it.
///
/// The keys of residents that `sim new` makes are products of two published primes, chosen by a
/// number, and worked out when they are first used. Two such keys may have a prime in common, which
/// would ruin a key that protects something; these are published anyway.
#[derive(Clone)]
pub struct RsaKey {
    /// Which of the made keys it is.
    made: Option<u32>,
    key: Arc<OnceLock<Box<rsa::PrivateKey>>>,
}

/// How many published primes there are.
pub const MADE_PRIMES: usize = 512;

impl RsaKey {
    /// How many keys the published primes make, each another one.
    pub(super) const MADE: u32 = 512 * 255;

    /// The key of this number, or `None` from [`MADE`](Self::MADE) on.
    pub(super) fn made(number: u32) -> Option<Self> {
        (number < Self::MADE).then(|| Self {
            made: Some(number),
            key: Arc::default(),
        })
    }

    /// The key as it is kept, without what was worked out.
    pub(super) fn put_away(&mut self) {
        if self.made.is_some() {
            self.key = Arc::default();
        }
    }

    /// Two primes, never the same two: those that are 1, 2, … 255 places apart on a circle.
    fn product(number: u32) -> Option<rsa::PrivateKey> {
        let primes = include_bytes!("../../personas/keys/primes.bin")
            .as_chunks::<128>()
            .0;
        let (apart, first) = (number / 512 + 1, number % 512);
        let prime = |at: u32| {
            let bytes = primes.get(usize::try_from(at % 512).ok()?)?;
            BoxedUint::from_be_slice(bytes, 1024).ok()
        };
        let (p, q) = (prime(first)?, prime(first + apart)?);
        rsa::PrivateKey::from_p_q(p, q, BoxedUint::from(65_537_u32)).ok()
    }
}

impl From<rsa::PrivateKey> for RsaKey {
    fn from(key: rsa::PrivateKey) -> Self {
        Self {
            made: None,
            key: Arc::new(Box::new(key).into()),
        }
    }
}

impl Deref for RsaKey {
    type Target = rsa::PrivateKey;

    #[expect(
        clippy::expect_used,
        reason = "the primes are compiled in, and a test multiplies every one of them"
    )]
    fn deref(&self) -> &rsa::PrivateKey {
        self.key.get_or_init(|| {
            let number = self.made.unwrap_or_default();
            Box::new(Self::product(number).expect("two of the published primes"))
        })
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RsaKey(..)")
    }
}

/// The text is not a PKCS #8 private key in PEM, or of a kind that no simulated card has.
#[derive(Debug, Error)]
#[error("not a PKCS #8 private key (RSA, P-256 or P-384) in PEM")]
pub struct NotAKey;

impl PrivateKey {
    /// Reads a PKCS #8 key in PEM; lines before the block are a remark and are skipped.
    ///
    /// # Errors
    ///
    /// [`NotAKey`], also for encrypted keys: nobody should have to guess a test password.
    pub fn from_pem(pem: &str) -> Result<Self, NotAKey> {
        if let Ok(key) = rsa::PrivateKey::from_pkcs8_pem(pem) {
            return Ok(Self::Rsa(key.into()));
        }
        if let Ok(key) = p256::SecretKey::from_pkcs8_pem(pem) {
            return Ok(Self::P256(key));
        }
        p384::SecretKey::from_pkcs8_pem(pem)
            .map(Self::P384)
            .map_err(|_| NotAKey)
    }

    /// Reads several RSA-2048 keys that stand one after the other, each as in
    /// [`from_pem`](Self::from_pem).
    pub(super) fn several<const N: usize>(pem: &str) -> Option<[RsaKey; N]> {
        let keys: Option<Vec<_>> = pem
            .split_inclusive(END)
            .filter(|part| part.ends_with(END))
            .map(|part| match Self::from_pem(part) {
                Ok(Self::Rsa(key)) if key.size() == 256 => Some(key),
                _ => None,
            })
            .collect();
        keys?.try_into().ok()
    }

    /// Writes the key as PKCS #8 in PEM, under a first line that says what it is worth.
    ///
    /// # Errors
    ///
    /// [`pkcs8::Error`] for a key that has no such form.
    pub fn to_marked_pem(&self) -> Result<String, pkcs8::Error> {
        let pem = match self {
            Self::Rsa(key) => key.to_pkcs8_pem(LineEnding::LF)?,
            Self::P256(key) => key.to_pkcs8_pem(LineEnding::LF)?,
            Self::P384(key) => key.to_pkcs8_pem(LineEnding::LF)?,
        };
        Ok(format!("{MARK}\n{}", pem.as_str()))
    }

    /// The public half, as certificates carry it.
    ///
    /// # Errors
    ///
    /// [`spki::Error`] for a key that has no such form.
    pub fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, spki::Error> {
        match self {
            Self::Rsa(key) => SubjectPublicKeyInfoOwned::from_key(&key.to_public_key()),
            Self::P256(key) => SubjectPublicKeyInfoOwned::from_key(&key.public_key()),
            Self::P384(key) => SubjectPublicKeyInfoOwned::from_key(&key.public_key()),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By hand: a derived one shows whatever the key crates choose to show.
        out.write_str(match self {
            Self::Rsa(_) => "Rsa(..)",
            Self::P256(_) => "P256(..)",
            Self::P384(_) => "P384(..)",
        })
    }
}

const END: &str = "-----END PRIVATE KEY-----";

/// First line of every committed key file.
const MARK: &str = "TEST KEY of a made-up resident or test CA: published, protects nothing";

#[cfg(test)]
mod tests {
    use super::*;

    fn p256() -> PrivateKey {
        PrivateKey::P256(p256::SecretKey::from_slice(&[0x42; 32]).unwrap())
    }

    #[test]
    fn the_marked_pem_reads_back() {
        let pem = p256().to_marked_pem().unwrap();
        assert!(pem.starts_with(MARK));
        let again = PrivateKey::from_pem(&pem).unwrap();
        assert_eq!(again.public_key().unwrap(), p256().public_key().unwrap());
    }

    /// Every prime is in one of the keys from 0 to 511, and the last number is one of them too.
    #[test]
    fn the_published_primes_make_keys_of_2048_bits() {
        use rsa::traits::PrivateKeyParts;
        let mut primes = std::collections::BTreeSet::new();
        for number in (0..512).step_by(2).chain([511, 512, RsaKey::MADE - 1]) {
            let key = RsaKey::made(number).unwrap();
            assert_eq!(key.n().bit_width(), 2048, "{number}");
            primes.extend(key.primes().iter().map(|prime| prime.to_be_bytes()));
        }
        assert_eq!(primes.len(), 512);
        assert!(RsaKey::made(RsaKey::MADE).is_none());
    }

    #[test]
    fn a_made_key_is_the_same_after_it_was_put_away() {
        let mut key = RsaKey::made(7).unwrap();
        let modulus = key.n_bytes();
        key.put_away();
        assert!(key.key.get().is_none());
        assert_eq!(key.n_bytes(), modulus);
    }

    #[test]
    fn debug_shows_the_kind_and_nothing_else() {
        assert_eq!(format!("{:?}", p256()), "P256(..)");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for pem in [
            "",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "見本",
        ] {
            assert!(PrivateKey::from_pem(pem).is_err(), "{pem:?}");
        }
    }
}
