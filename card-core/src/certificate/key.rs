//! Public keys: what kind they are, whether they made a signature, how other programs write them.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rsa::{BoxedUint, Pkcs1v15Sign, Pss};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use signature::hazmat::PrehashVerifier as _;
use thiserror::Error;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::RSAPublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::algorithm::SignatureAlgorithm;
use super::der;
use super::oid::Oid;
use super::public_power::PublicPower;
use crate::digest::{Digest, HashAlgorithm};
use crate::signature::{Signature, SignatureKind};

/// A public key (公開鍵) as a certificate carries it.
#[derive(Clone)]
pub struct PublicKey {
    // SubjectPublicKeyInfo and, inside it, the bits of the key.
    spki: Vec<u8>,
    bits: Vec<u8>,
    key: Key,
}

/// What kind of key this is. Tells how to sign and how long a signature will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA; every card deployed so far has 2048 bits.
    Rsa {
        /// Length of the modulus.
        bits: usize,
    },
    /// ECDSA on NIST P-256.
    EcP256,
    /// ECDSA on NIST P-384, announced for the next card.
    EcP384,
    /// Something that this program can show but not use.
    Other,
}

#[derive(Clone)]
enum Key {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
        usable: Option<Rsa>,
    },
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    Other,
}

/// What computes with an RSA key.
#[derive(Clone)]
enum Rsa {
    /// With the exponent 65537, as every certificate of JPKI has it.
    F4(PublicPower),
    /// With any other that is possible.
    Other(rsa::PublicKey),
}

impl PublicKey {
    /// An RSA key from its numbers, big-endian, as card-verifiable certificates carry them.
    ///
    /// # Errors
    ///
    /// [`MalformedKey`] if a number is zero.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, MalformedKey> {
        let (modulus, exponent) = (significant(modulus), significant(exponent));
        if modulus.is_empty() || exponent.is_empty() {
            return Err(MalformedKey);
        }
        let numbers = [der_integer(modulus), der_integer(exponent)].concat();
        let bits = tagged(der::SEQUENCE, &numbers);
        let algorithm = tagged(
            der::SEQUENCE,
            &[&tagged(der::OID, Oid::RSA.content()), &[5, 0][..]].concat(),
        );
        let string = tagged(der::BIT_STRING, &[&[0], &bits[..]].concat());
        let spki = tagged(der::SEQUENCE, &[algorithm, string].concat());
        Ok(PublicKey {
            spki,
            bits,
            key: rsa_key(modulus, exponent),
        })
    }

    /// A key from its SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    ///
    /// [`MalformedKey`] if this is none, or the point is not on its curve.
    pub fn from_spki(spki: &[u8]) -> Result<PublicKey, MalformedKey> {
        match SubjectPublicKeyInfo::from_der(spki) {
            Ok(([], parsed)) => PublicKey::from_parsed(&parsed),
            _ => Err(MalformedKey),
        }
    }

    pub(crate) fn from_parsed(spki: &SubjectPublicKeyInfo<'_>) -> Result<PublicKey, MalformedKey> {
        let bits = spki.subject_public_key.data.to_vec();
        let algorithm = spki.algorithm.algorithm.as_bytes();
        let key = if algorithm == Oid::RSA.content() {
            let ([], numbers) = RSAPublicKey::from_der(&bits).map_err(|_| MalformedKey)? else {
                return Err(MalformedKey);
            };
            let negative = |number: &[u8]| number.first().is_none_or(|byte| *byte >= 0x80);
            if negative(numbers.modulus) || negative(numbers.exponent) {
                return Err(MalformedKey);
            }
            rsa_key(significant(numbers.modulus), significant(numbers.exponent))
        } else if algorithm == Oid::EC.content() {
            let curve = spki.algorithm.parameters.as_ref().map(|named| named.data);
            if curve == Some(Oid::P256.content()) {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&bits);
                Key::P256(key.map_err(|_| MalformedKey)?)
            } else if curve == Some(Oid::P384.content()) {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&bits);
                Key::P384(key.map_err(|_| MalformedKey)?)
            } else {
                Key::Other
            }
        } else {
            Key::Other
        };
        Ok(PublicKey {
            spki: spki.raw.to_vec(),
            bits,
            key,
        })
    }

    /// What kind of key this is.
    pub fn algorithm(&self) -> KeyAlgorithm {
        match &self.key {
            Key::Rsa { modulus, .. } => {
                let unused = modulus.first().map_or(0, |byte| byte.leading_zeros());
                KeyAlgorithm::Rsa {
                    bits: 8 * modulus.len() - unused as usize,
                }
            }
            Key::P256(_) => KeyAlgorithm::EcP256,
            Key::P384(_) => KeyAlgorithm::EcP384,
            Key::Other => KeyAlgorithm::Other,
        }
    }

    /// The SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The bits of the key alone, as key identifiers and OCSP hash them.
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// The key identifier: SHA-1 of the bits (RFC 5280, 4.2.1.2, method 1), as JPKI uses it.
    pub fn identifier(&self) -> Digest {
        Digest::danger_sha1(&self.bits)
    }

    /// Modulus and exponent of an RSA key, big-endian without leading zeros.
    pub fn rsa_numbers(&self) -> Option<(&[u8], &[u8])> {
        match &self.key {
            Key::Rsa {
                modulus, exponent, ..
            } => Some((modulus, exponent)),
            _ => None,
        }
    }

    /// The uncompressed point of an elliptic key: 04, x, y.
    pub fn ec_point(&self) -> Option<Vec<u8>> {
        match &self.key {
            Key::P256(key) => Some(key.to_sec1_point(false).as_bytes().to_vec()),
            Key::P384(key) => Some(key.to_sec1_point(false).as_bytes().to_vec()),
            Key::Rsa { .. } | Key::Other => None,
        }
    }

    /// Checks that this key made a signature over a digest.
    ///
    /// Says nothing about whether that hash function should be believed; trust rules do.
    ///
    /// # Errors
    ///
    /// - [`VerifyError::Kind`]: such a key makes no such signatures.
    /// - [`VerifyError::Unusable`]: RSA outside 1024 to 8192 bits or with an impossible exponent,
    ///   a kind of key that this program does not know, or SHA-1 with ECDSA.
    /// - [`VerifyError::Mismatch`]: the signature is not by this key over this digest.
    pub fn verify_digest(&self, digest: &Digest, signature: &Signature) -> Result<(), VerifyError> {
        let (hash, bytes) = (digest.as_bytes(), signature.as_bytes());
        let fits = match (&self.key, signature.kind()) {
            (Key::Rsa { .. }, SignatureKind::RsaPkcs1v15) => {
                return self.verify_pkcs1(digest.algorithm().digest_info_prefix(), hash, bytes);
            }
            (Key::Rsa { .. }, SignatureKind::RsaPss) => {
                return self.verify_pss(digest, hash.len(), bytes);
            }
            (Key::Rsa { .. }, SignatureKind::RsaPssSalted { salt }) => {
                return self.verify_pss(digest, salt, bytes);
            }
            (Key::P256(_) | Key::P384(_), SignatureKind::EcdsaRaw)
                if digest.algorithm() == HashAlgorithm::Sha1 =>
            {
                return Err(VerifyError::Unusable);
            }
            (Key::P256(key), SignatureKind::EcdsaRaw) => p256::ecdsa::Signature::from_slice(bytes)
                .is_ok_and(|signature| key.verify_prehash(hash, &signature).is_ok()),
            (Key::P384(key), SignatureKind::EcdsaRaw) => p384::ecdsa::Signature::from_slice(bytes)
                .is_ok_and(|signature| key.verify_prehash(hash, &signature).is_ok()),
            (Key::Other, _) => return Err(VerifyError::Unusable),
            _ => return Err(VerifyError::Kind),
        };
        if fits {
            Ok(())
        } else {
            Err(VerifyError::Mismatch)
        }
    }

    /// Checks that this RSA key made a PKCS #1 v1.5 signature over a block without DigestInfo rules.
    ///
    /// For the card face (券面), whose signed block is a DigestInfo around three digests in a row.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::verify_digest`].
    pub fn verify_block(&self, block: &[u8], signature: &Signature) -> Result<(), VerifyError> {
        if signature.kind() != SignatureKind::RsaPkcs1v15 {
            return Err(VerifyError::Kind);
        }
        self.verify_pkcs1(&[], block, signature.as_bytes())
    }

    /// Checks a signature as certificates, revocation lists and OCSP answers hold it.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::verify_digest`].
    pub fn verify_signed(
        &self,
        algorithm: &SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let hash = match algorithm {
            SignatureAlgorithm::RsaPkcs1v15(hash) | SignatureAlgorithm::Ecdsa(hash) => *hash,
            SignatureAlgorithm::Other(_) => return Err(VerifyError::Unusable),
        };
        self.verify_signed_digest(algorithm, &Digest::of(hash, message), signature)
    }

    /// The same for who has the digest, which has to be made by the algorithm's hash function.
    pub(crate) fn verify_signed_digest(
        &self,
        algorithm: &SignatureAlgorithm,
        digest: &Digest,
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let (hash, signature) = match (algorithm, self.field_length()) {
            (SignatureAlgorithm::RsaPkcs1v15(hash), _) => (
                *hash,
                Signature::new(SignatureKind::RsaPkcs1v15, signature.to_vec()),
            ),
            (SignatureAlgorithm::Ecdsa(hash), Some(width)) => {
                let raw = Signature::ecdsa_from_der(signature, width);
                (*hash, raw.ok_or(VerifyError::Mismatch)?)
            }
            (SignatureAlgorithm::Ecdsa(_), None) => return Err(VerifyError::Kind),
            (SignatureAlgorithm::Other(_), _) => return Err(VerifyError::Unusable),
        };
        if digest.algorithm() != hash {
            return Err(VerifyError::Mismatch);
        }
        self.verify_digest(digest, &signature)
    }

    /// The key on one line, as `authorized_keys` of OpenSSH takes it; `None` for unknown kinds.
    ///
    /// The comment ends the line and is visible in that file.
    pub fn to_openssh(&self, comment: &str) -> Option<String> {
        let (kind, fields) = match &self.key {
            Key::Rsa {
                modulus, exponent, ..
            } => ("ssh-rsa", [ssh_number(exponent), ssh_number(modulus)]),
            Key::P256(_) => (
                "ecdsa-sha2-nistp256",
                [b"nistp256".to_vec(), self.ec_point()?],
            ),
            Key::P384(_) => (
                "ecdsa-sha2-nistp384",
                [b"nistp384".to_vec(), self.ec_point()?],
            ),
            Key::Other => return None,
        };
        let [first, second] = &fields;
        let mut blob = Vec::new();
        for field in [kind.as_bytes(), first, second] {
            blob.extend(u32::try_from(field.len()).ok()?.to_be_bytes());
            blob.extend_from_slice(field);
        }
        Some(format!("{kind} {} {comment}", BASE64_STANDARD.encode(blob)))
    }

    /// Encrypts a short message to the holder of an RSA key, RSAES-OAEP with SHA-256.
    ///
    /// `None` for other keys, unusable ones, and where no randomness is to be had.
    pub(crate) fn encrypt_oaep(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.key {
            Key::Rsa {
                usable: Some(Rsa::Other(key)),
                ..
            } => key.oaep_encrypt::<Sha256>(message).ok(),
            Key::Rsa {
                modulus,
                exponent,
                usable: Some(Rsa::F4(_)),
            } => general(modulus, exponent)?
                .oaep_encrypt::<Sha256>(message)
                .ok(),
            _ => None,
        }
    }

    /// How long each of the two numbers of an ECDSA signature by this key is.
    fn field_length(&self) -> Option<usize> {
        match self.algorithm() {
            KeyAlgorithm::EcP256 => Some(32),
            KeyAlgorithm::EcP384 => Some(48),
            KeyAlgorithm::Rsa { .. } | KeyAlgorithm::Other => None,
        }
    }

    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2): the power has to be the one block that a signature over
    /// this DigestInfo has, byte for byte; nothing of it is parsed.
    fn verify_pkcs1(
        &self,
        prefix: &[u8],
        hashed: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let Key::Rsa {
            modulus,
            usable: Some(Rsa::F4(power)),
            ..
        } = &self.key
        else {
            let scheme = Pkcs1v15Sign {
                hash_len: Some(hashed.len()),
                prefix: prefix.into(),
            };
            return self.verify_rsa(scheme, hashed, signature);
        };
        let padding = modulus
            .len()
            .checked_sub(prefix.len() + hashed.len() + 3)
            .filter(|padding| *padding >= 8)
            .ok_or(VerifyError::Mismatch)?;
        let expected = [&[0, 1], &vec![0xFF; padding][..], &[0], prefix, hashed].concat();
        match power.of(signature) {
            Some(found) if found == expected => Ok(()),
            _ => Err(VerifyError::Mismatch),
        }
    }

    /// RSASSA-PSS (RFC 8017, 8.1.2) with a salt of exactly this length; a longer one than the
    /// modulus has room for is never found.
    fn verify_pss(&self, digest: &Digest, salt: usize, bytes: &[u8]) -> Result<(), VerifyError> {
        let hash = digest.as_bytes();
        match digest.algorithm() {
            HashAlgorithm::Sha1 => self.verify_rsa(Pss::<Sha1>::new_with_salt(salt), hash, bytes),
            HashAlgorithm::Sha256 => {
                self.verify_rsa(Pss::<Sha256>::new_with_salt(salt), hash, bytes)
            }
            HashAlgorithm::Sha384 => {
                self.verify_rsa(Pss::<Sha384>::new_with_salt(salt), hash, bytes)
            }
            HashAlgorithm::Sha512 => {
                self.verify_rsa(Pss::<Sha512>::new_with_salt(salt), hash, bytes)
            }
        }
    }

    fn verify_rsa(
        &self,
        scheme: impl rsa::traits::SignatureScheme,
        hashed: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        match &self.key {
            // RFC 8017 wants exactly as many bytes as the modulus has; a shorter or longer writing
            // of the same number is another signature.
            Key::Rsa {
                modulus,
                exponent,
                usable: Some(usable),
            } if modulus.len() == signature.len() => {
                let made;
                let key = match usable {
                    Rsa::Other(key) => key,
                    Rsa::F4(_) => {
                        made = general(modulus, exponent).ok_or(VerifyError::Unusable)?;
                        &made
                    }
                };
                scheme
                    .verify(key, hashed, signature)
                    .map_err(|_| VerifyError::Mismatch)
            }
            Key::Rsa {
                usable: Some(_), ..
            } => Err(VerifyError::Mismatch),
            Key::Rsa { usable: None, .. } | Key::Other => Err(VerifyError::Unusable),
            Key::P256(_) | Key::P384(_) => Err(VerifyError::Kind),
        }
    }
}

/// Two keys are the same if their SubjectPublicKeyInfo is.
impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        self.spki == other.spki
    }
}

impl Eq for PublicKey {}

/// Shows the kind: the numbers would tell holders apart.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.algorithm())
    }
}

/// Why a signature is not one by this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// Such a key makes no such signatures.
    #[error("the signature is of a kind that this key does not make")]
    Kind,
    /// The key or the algorithm cannot be used.
    #[error("the key or algorithm cannot be used")]
    Unusable,
    /// The signature is not by this key over this data.
    #[error("the signature does not fit key and data")]
    Mismatch,
}

/// The bytes are no public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the bytes are no public key")]
pub struct MalformedKey;

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Key {
    let usable = match exponent {
        [1, 0, 1] => PublicPower::new(modulus).map(Rsa::F4),
        _ => general(modulus, exponent).map(Rsa::Other),
    };
    Key::Rsa {
        modulus: modulus.to_vec(),
        exponent: exponent.to_vec(),
        usable,
    }
}

/// The key as the library that was named computes with it.
fn general(modulus: &[u8], exponent: &[u8]) -> Option<rsa::PublicKey> {
    let number = |bytes| BoxedUint::from_be_slice_vartime(bytes);
    // Longer numbers are kept for show; the arithmetic never sees them.
    let sane = modulus.len() <= 1024 && exponent.len() <= 8;
    sane.then(|| rsa::PublicKey::new(number(modulus), number(exponent)).ok())?
}

fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// A positive number with the zero that keeps it positive; SSH writes numbers as DER does.
fn ssh_number(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_some_and(|byte| *byte >= 0x80) {
        &[0]
    } else {
        &[]
    };
    [sign, number].concat()
}

fn der_integer(number: &[u8]) -> Vec<u8> {
    tagged(der::INTEGER, &ssh_number(number))
}

fn tagged(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let digits = significant(&length);
    let mut der = vec![tag];
    match digits {
        [] => der.push(0),
        [short @ 0..=0x7f] => der.push(*short),
        _ => {
            der.push(0x80 | digits.len() as u8);
            der.extend_from_slice(digits);
        }
    }
    der.extend_from_slice(value);
    der
}
