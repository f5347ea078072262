//! Nonces that say themselves when they were issued, and by whom: nothing is kept of them.

use std::fmt;
use std::path::Path;
use std::{fs, io};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::nonce::{Nonce, NonceProblem};
use crate::domain::date::UtcTime;
use crate::owner_only;

/// The key with which a service recognises its own nonces. Who has it can issue them.
///
/// A nonce has 54 bytes: four of time, 32 random ones, and 18 of HMAC-SHA-256 over both. The random
/// ones alone are the 256 bits that Web eID asks for, also for the owner of the key; time and MAC add to
/// them and take nothing away. 54 bytes are 72 characters of Base64 without padding.
pub(super) struct NonceKey(Zeroizing<[u8; 32]>);

const TIME: usize = 4;
const RANDOM: usize = 32;
const SIZE: usize = TIME + RANDOM + 18;

/// What a nonce of one's own says.
#[derive(Clone, Copy)]
pub(super) struct Issued {
    /// Seconds since 1970.
    pub(super) at: i64,
    /// Sixteen bytes that no other nonce has.
    pub(super) mark: [u8; 16],
}

impl Issued {
    /// When it ends; one that ended more than a lifetime ago is as unknown as one that never was.
    pub(super) fn end(&self, now: UtcTime) -> Result<i64, NonceProblem> {
        let end = self.at.saturating_add(Nonce::LIFETIME);
        if now.unix() > end.saturating_add(Nonce::LIFETIME) {
            Err(NonceProblem::Unknown)
        } else {
            Ok(end)
        }
    }
}

impl NonceKey {
    /// A fresh key.
    pub(super) fn random() -> Result<Self, NonceProblem> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).map_err(|_| NonceProblem::NoRandomness)?;
        Ok(Self(key))
    }

    /// The key in a folder; made on first use, for its owner only.
    pub(super) fn in_folder(folder: &Path) -> io::Result<Self> {
        owner_only::own_folder(folder)?;
        let file = folder.join("nonce.key");
        let read = || fs::read(&file).map(Zeroizing::new);
        let bytes = match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                owner_only::create_secret(folder, "nonce.key", 32)?;
                // Another process may have made it first.
                read()?
            }
            bytes => bytes?,
        };
        let key = bytes.as_slice().try_into();
        key.map(|key| Self(Zeroizing::new(key)))
            .map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// Makes a nonce of this second.
    pub(super) fn issue(&self, now: UtcTime) -> Result<Nonce, NonceProblem> {
        let mut bytes = [0; SIZE];
        let (time, rest) = bytes.split_at_mut(TIME);
        let (random, mac) = rest.split_at_mut(RANDOM);
        // Until the year 2106; a clock beyond the edges issues nonces that are no longer in time.
        let seconds = u32::try_from(now.unix()).unwrap_or_default();
        time.copy_from_slice(&seconds.to_be_bytes());
        getrandom::fill(random).map_err(|_| NonceProblem::NoRandomness)?;
        let hash = self.hash(time, random).finalize().into_bytes();
        for (to, from) in mac.iter_mut().zip(hash) {
            *to = from;
        }
        Nonce::parse(&BASE64_STANDARD.encode(bytes)).map_err(|_| NonceProblem::NoRandomness)
    }

    /// What a nonce says, if this key issued it.
    pub(super) fn open(&self, nonce: &Nonce) -> Option<Issued> {
        let bytes: [u8; SIZE] = BASE64_STANDARD
            .decode(nonce.as_str())
            .ok()?
            .try_into()
            .ok()?;
        let (time, rest) = bytes.split_at(TIME);
        let (random, mac) = rest.split_at(RANDOM);
        // Takes the same time for every guess.
        self.hash(time, random).verify_truncated_left(mac).ok()?;
        Some(Issued {
            at: u32::from_be_bytes(time.try_into().ok()?).into(),
            mark: *mac.first_chunk()?,
        })
    }

    fn hash(&self, time: &[u8], random: &[u8]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut hash = Hmac::<Sha256>::new_from_slice(&*self.0).expect("any length is a key");
        hash.update(b"mynacard nonce 2\0");
        hash.update(time);
        hash.update(random);
        hash
    }
}

impl fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_knows_its_own_nonces_and_no_changed_one() {
        let (key, other) = (NonceKey::random().unwrap(), NonceKey::random().unwrap());
        let now = UtcTime::from_unix(1_795_564_800).unwrap();
        let nonce = key.issue(now).unwrap();
        assert_eq!(nonce.as_str().len(), 72);
        assert_eq!(key.open(&nonce).unwrap().at, now.unix());
        assert!(other.open(&nonce).is_none());
        let bytes = BASE64_STANDARD.decode(nonce.as_str()).unwrap();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[place] ^= 1 << bit;
                let changed = Nonce::parse(&BASE64_STANDARD.encode(changed)).unwrap();
                assert!(key.open(&changed).is_none(), "byte {place} bit {bit}");
            }
        }
        // Another writing is another text, and the text is what gets signed.
        for other in [
            format!("{}=", nonce.as_str()),
            format!("{}AAAA", nonce.as_str()),
            nonce.as_str().replace(['+', '/'], "-"),
            nonce.as_str()[..68].to_owned(),
        ] {
            if other == nonce.as_str() {
                continue;
            }
            let opened = Nonce::parse(&other).ok().and_then(|other| key.open(&other));
            assert!(opened.is_none(), "{other}");
        }
        let marks = [key.issue(now), key.issue(now)].map(|it| key.open(&it.unwrap()).unwrap().mark);
        assert_ne!(marks[0], marks[1]);
    }

    #[test]
    fn each_nonce_has_256_random_bits() {
        let key = NonceKey::random().unwrap();
        let now = UtcTime::from_unix(1_795_564_800).unwrap();
        // Of the same second and key: what all have in common is the time alone.
        let all: Vec<Vec<u8>> = (0..64)
            .map(|_| {
                BASE64_STANDARD
                    .decode(key.issue(now).unwrap().as_str())
                    .unwrap()
            })
            .collect();
        let varies = |place: usize, bit: u32| {
            let ones = all.iter().filter(|one| one[place] >> bit & 1 == 1).count();
            ones > 0 && ones < all.len()
        };
        let bits = (TIME..TIME + RANDOM).flat_map(|place| (0..8).map(move |bit| (place, bit)));
        // That one bit is the same in 64 of chance happens once in 2^55 runs.
        assert_eq!(
            bits.filter(|(place, bit)| varies(*place, *bit)).count(),
            256
        );
    }
}
