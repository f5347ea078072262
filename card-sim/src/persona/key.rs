//! Private keys of simulated cards. TEST KEYS: published, they protect nothing.

use std::fmt;

use pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::traits::PublicKeyParts;
use spki::SubjectPublicKeyInfoOwned;
use thiserror::Error;

/// A private key of the simulated card. TEST KEY: published, protects nothing.
#[derive(Clone)]
pub enum PrivateKey {
    /// RSA-2048, what every card has today.
    Rsa(Box<rsa::PrivateKey>),
    /// P-256, invented.
    P256(p256::SecretKey),
    /// P-384, invented.
    P384(p384::SecretKey),
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
            return Ok(Self::Rsa(Box::new(key)));
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
    pub(super) fn several<const N: usize>(pem: &str) -> Option<[rsa::PrivateKey; N]> {
        let keys: Option<Vec<_>> = pem
            .split_inclusive(END)
            .filter(|part| part.ends_with(END))
            .map(|part| match Self::from_pem(part) {
                Ok(Self::Rsa(key)) if key.size() == 256 => Some(*key),
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
