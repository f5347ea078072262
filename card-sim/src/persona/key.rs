//! Private keys of simulated cards. TEST KEYS: published, they protect nothing.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use der::Encode as _;
use der::asn1::{BitString, UintRef};
use pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, pkcs1};
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
/// The private half is worked out when something is signed or decrypted for the first time; most runs
/// of a card only tell its public half. What a user's file holds is read whole at once, so that a
/// mistake is found where it stands.
///
/// The keys of residents that `sim new` makes are products of two published primes, chosen by a
/// number. Two such keys may have a prime in common, which would ruin a key that protects something;
/// these are published anyway.
#[derive(Clone)]
pub struct RsaKey {
    origin: Origin,
    key: Arc<OnceLock<Box<rsa::PrivateKey>>>,
}

/// Where a key comes from.
#[derive(Clone, Copy)]
enum Origin {
    /// It was read.
    Read,
    /// PKCS #8 in PEM, compiled in.
    Shipped(&'static str),
    /// Which of the made keys it is.
    Made(u32),
}

/// How many published primes there are.
pub const MADE_PRIMES: usize = 512;

/// The exponent of every made key.
const EXPONENT: u32 = 65_537;

impl RsaKey {
    /// How many keys the published primes make, each another one.
    pub(super) const MADE: u32 = 512 * 255;

    /// The key of this number, or `None` from [`MADE`](Self::MADE) on.
    pub(super) fn made(number: u32) -> Option<Self> {
        (number < Self::MADE).then(|| Self {
            origin: Origin::Made(number),
            key: Arc::default(),
        })
    }

    /// A key that is compiled in, or `None` if the text holds none. Only its public half is read.
    pub(super) fn shipped(pem: &'static str) -> Option<Self> {
        public_half(pem).map(|_| Self {
            origin: Origin::Shipped(pem),
            key: Arc::default(),
        })
    }

    /// The key as it is kept, without what was worked out.
    pub(super) fn put_away(&mut self) {
        if matches!(self.origin, Origin::Made(_)) {
            self.key = Arc::default();
        }
    }

    /// Modulus and exponent without leading zeros. The private half is not worked out for them.
    #[must_use]
    pub fn public_numbers(&self) -> [Box<[u8]>; 2] {
        let quick = match (self.key.get(), self.origin) {
            (None, Origin::Shipped(pem)) => public_half(pem),
            (None, Origin::Made(number)) => primes(number, 2048).map(|(p, q)| {
                let modulus = p.wrapping_mul(&q).to_be_bytes();
                [
                    modulus,
                    BoxedUint::from(EXPONENT).to_be_bytes_trimmed_vartime(),
                ]
            }),
            _ => None,
        };
        quick.unwrap_or_else(|| [self.n_bytes(), self.e_bytes()])
    }

    /// Whether this key has made a signature with PKCS #1 v1.5 over `block`, which is padded as it is.
    pub(super) fn has_signed(&self, block: &[u8], signature: &[u8]) -> bool {
        let [modulus, exponent] = self.public_numbers().map(|number| {
            let bits = u32::try_from(number.len()).unwrap_or(0).saturating_mul(8);
            BoxedUint::from_be_slice(&number, bits).ok()
        });
        let key = modulus.zip(exponent);
        let key = key.and_then(|(n, e)| rsa::PublicKey::new(n, e).ok());
        let padding = rsa::Pkcs1v15Sign::new_unprefixed();
        key.is_some_and(|key| key.verify(padding, block, signature).is_ok())
    }

    /// Whether the private half was needed.
    #[cfg(test)]
    pub(super) fn is_worked_out(&self) -> bool {
        self.key.get().is_some()
    }

    fn worked_out(&self) -> Option<rsa::PrivateKey> {
        match self.origin {
            Origin::Read => None,
            Origin::Shipped(pem) => rsa::PrivateKey::from_pkcs8_pem(pem).ok(),
            Origin::Made(number) => {
                let (p, q) = primes(number, 1024)?;
                rsa::PrivateKey::from_p_q(p, q, BoxedUint::from(EXPONENT)).ok()
            }
        }
    }
}

/// Modulus and exponent of a key as PKCS #8 in PEM; nothing is calculated.
fn public_half(pem: &str) -> Option<[Box<[u8]>; 2]> {
    let (_, document) = pkcs8::SecretDocument::from_pem(pem).ok()?;
    let whole = pkcs8::PrivateKeyInfoRef::try_from(document.as_bytes()).ok()?;
    whole
        .algorithm
        .assert_algorithm_oid(pkcs1::ALGORITHM_OID)
        .ok()?;
    let key = pkcs1::RsaPrivateKeyRef::try_from(whole.private_key.as_bytes()).ok()?;
    Some([key.modulus, key.public_exponent].map(|number| number.as_bytes().into()))
}

/// Two primes, never the same two: those that are 1, 2, … 255 places apart on a circle. Each in a
/// number with room for so many bits.
fn primes(number: u32, bits: u32) -> Option<(BoxedUint, BoxedUint)> {
    let primes = include_bytes!("../../personas/keys/primes.bin")
        .as_chunks::<128>()
        .0;
    let (apart, first) = (number / 512 + 1, number % 512);
    let prime = |at: u32| {
        let bytes = primes.get(usize::try_from(at % 512).ok()?)?;
        BoxedUint::from_be_slice(bytes, bits).ok()
    };
    Some((prime(first)?, prime(first + apart)?))
}

impl From<rsa::PrivateKey> for RsaKey {
    fn from(key: rsa::PrivateKey) -> Self {
        Self {
            origin: Origin::Read,
            key: Arc::new(Box::new(key).into()),
        }
    }
}

impl Deref for RsaKey {
    type Target = rsa::PrivateKey;

    #[expect(
        clippy::expect_used,
        reason = "what is compiled in cannot change later, and tests work out every one of them"
    )]
    fn deref(&self) -> &rsa::PrivateKey {
        self.key
            .get_or_init(|| Box::new(self.worked_out().expect("a key that is compiled in")))
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
        Self::curve_from_pem(pem)
    }

    /// Reads a key that is compiled in, as [`from_pem`](Self::from_pem), but an RSA key's private half
    /// only when it is used.
    pub(crate) fn shipped(pem: &'static str) -> Result<Self, NotAKey> {
        RsaKey::shipped(pem).map_or_else(|| Self::curve_from_pem(pem), |key| Ok(Self::Rsa(key)))
    }

    fn curve_from_pem(pem: &str) -> Result<Self, NotAKey> {
        if let Ok(key) = p256::SecretKey::from_pkcs8_pem(pem) {
            return Ok(Self::P256(key));
        }
        p384::SecretKey::from_pkcs8_pem(pem)
            .map(Self::P384)
            .map_err(|_| NotAKey)
    }

    /// Reads several RSA-2048 keys that stand one after the other, each by `read`.
    pub(super) fn several<'a, const N: usize>(
        pem: &'a str,
        read: impl Fn(&'a str) -> Result<Self, NotAKey>,
    ) -> Option<[RsaKey; N]> {
        let keys: Option<Vec<_>> = pem
            .split_inclusive(END)
            .filter(|part| part.ends_with(END))
            .map(|part| match read(part) {
                Ok(Self::Rsa(key)) if key.public_numbers()[0].len() == 256 => Some(key),
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
            Self::Rsa(key) => {
                let [modulus, exponent] = key.public_numbers();
                let numbers = pkcs1::RsaPublicKeyRef {
                    modulus: UintRef::new(&modulus)?,
                    public_exponent: UintRef::new(&exponent)?,
                };
                Ok(SubjectPublicKeyInfoOwned {
                    algorithm: spki::AlgorithmIdentifier {
                        oid: pkcs1::ALGORITHM_OID,
                        parameters: Some(der::asn1::Null.into()),
                    },
                    subject_public_key: BitString::from_bytes(&numbers.to_der()?)?,
                })
            }
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

    /// The public half says the same before and after the private half was worked out, and asking for
    /// it does not work it out.
    #[test]
    fn the_public_half_needs_no_private_one() {
        let (hanako, curve) = ("hanako-authentication", "jisedai-signature");
        let pem = |name: &str| {
            let bytes = crate::persona::shipped_file(&format!("keys/{name}.pem")).unwrap();
            std::str::from_utf8(bytes).unwrap()
        };
        assert!(RsaKey::shipped(pem(curve)).is_none());
        assert!(RsaKey::shipped("見本").is_none());
        assert!(PrivateKey::shipped(pem(curve)).is_ok());
        assert!(PrivateKey::shipped("見本").is_err());
        for number in [0, 7, 513, RsaKey::MADE - 1] {
            let key = RsaKey::made(number).unwrap();
            the_same(&key);
        }
        the_same(&RsaKey::shipped(pem(hanako)).unwrap());
    }

    fn the_same(key: &RsaKey) {
        let info = |key: &RsaKey| PrivateKey::Rsa(key.clone()).public_key().unwrap();
        let (before, info_before) = (key.public_numbers(), info(key));
        assert!(key.key.get().is_none());
        let block = b"padded as it is";
        let signature = key
            .sign(rsa::Pkcs1v15Sign::new_unprefixed(), block)
            .unwrap();
        assert!(key.has_signed(block, &signature));
        assert!(!key.has_signed(b"another", &signature));
        assert_eq!(before, [key.n_bytes(), key.e_bytes()]);
        assert_eq!(before, key.public_numbers());
        assert_eq!(info_before, info(key));
        let theirs = SubjectPublicKeyInfoOwned::from_key(&key.to_public_key()).unwrap();
        assert_eq!(info_before, theirs);
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
