//! Signatures of a resident of one's own, kept from one start to the next.
//!
//! A file of one's own names no certificates and no signatures: eleven of them are made when it is
//! loaded, which is nearly all of the time that loading takes. RSA with PKCS #1 v1.5 gives the same
//! signature each time, so it is kept under a hash of its key and of what was signed. Nothing has to be
//! forgotten: a resident whose file was changed, or whose records have another form in another version,
//! asks for other signatures. Nothing is believed either: a kept signature is checked under its key
//! each time, and one that does not fit is made anew.
//!
//! Certificates of a municipality's keys are the same for all of its residents: each is signed once in
//! the life of the program.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rand::rngs::ThreadRng;
use rsa::Pkcs1v15Sign;
use rsa::traits::SignatureScheme as _;
use sha2::{Digest, Sha256};
use spki::{AlgorithmIdentifierOwned, Document, DynSignatureAlgorithmIdentifier};
use spki::{EncodePublicKey, SubjectPublicKeyInfoOwned};

use super::records::digest_info;
use super::{PrivateKey, RsaKey};

/// What a signature is kept under.
const NAME: usize = 32;

/// A signature of RSA-2048; others are not kept.
const SIGNATURE: usize = 256;

/// Signatures under their names.
type Signatures = BTreeMap<[u8; NAME], [u8; SIGNATURE]>;

/// The certificates of municipalities that this program has signed.
static CERTIFIED: Mutex<Signatures> = Mutex::new(BTreeMap::new());

/// How many of them are remembered; then it begins anew. Residents that are drawn ask for 220.
const REMEMBERED: usize = 512;

/// The signatures that were kept, and those that this loading asked for.
#[derive(Debug, Default)]
pub(super) struct Kept {
    before: Signatures,
    asked: RefCell<Signatures>,
    made: Cell<bool>,
}

impl Kept {
    /// Reads what [`write`](Self::write) gave; of anything else, nothing is found.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let entries = bytes.as_chunks::<{ NAME + SIGNATURE }>().0.iter();
        let entry = |entry: &[u8; NAME + SIGNATURE]| {
            let (name, signature) = entry.split_first_chunk()?;
            Some((*name, *signature.first_chunk()?))
        };
        Self {
            before: entries.filter_map(entry).collect(),
            ..Self::default()
        }
    }

    /// What to keep, if that is something else than before.
    pub(super) fn write(&self) -> Option<Vec<u8>> {
        let entries = |asked: &Signatures| {
            let entry = |(name, signature): (&[u8; NAME], &[u8; SIGNATURE])| {
                [&name[..], signature].concat()
            };
            asked.iter().flat_map(entry).collect()
        };
        self.made.get().then(|| entries(&self.asked.borrow()))
    }

    /// The signature of this key over a block that is padded as it is.
    ///
    /// # Errors
    ///
    /// [`rsa::Error`] if the key cannot sign it.
    pub(super) fn sign(&self, key: &RsaKey, block: &[u8]) -> Result<Vec<u8>, rsa::Error> {
        self.find_or_make(name(key, block), key, block)
    }

    /// As [`sign`](Self::sign), for what is the same for many residents.
    pub(super) fn certify(&self, key: &RsaKey, block: &[u8]) -> Result<Vec<u8>, rsa::Error> {
        let certified = || CERTIFIED.lock().unwrap_or_else(PoisonError::into_inner);
        let name = name(key, block);
        let known = certified().get(&name).copied();
        if let Some(signature) = known {
            let before = self.before.get(&name);
            self.made.update(|made| made || before != Some(&signature));
            self.asked.borrow_mut().insert(name, signature);
            return Ok(signature.to_vec());
        }
        let signature = self.find_or_make(name, key, block)?;
        if let Ok(signature) = signature.as_slice().try_into() {
            let mut certified = certified();
            if certified.len() >= REMEMBERED {
                certified.clear();
            }
            certified.insert(name, signature);
        }
        Ok(signature)
    }

    fn find_or_make(
        &self,
        name: [u8; NAME],
        key: &RsaKey,
        block: &[u8],
    ) -> Result<Vec<u8>, rsa::Error> {
        let kept = self.before.get(&name);
        if let Some(signature) = kept.filter(|signature| key.has_signed(block, *signature)) {
            self.asked.borrow_mut().insert(name, *signature);
            return Ok(signature.to_vec());
        }
        // Not blinded: that takes a third of the time, and these keys are published.
        let padding = Pkcs1v15Sign::new_unprefixed();
        let signature = padding.sign(None::<&mut ThreadRng>, key, block)?;
        if let Ok(signature) = signature.as_slice().try_into() {
            self.asked.borrow_mut().insert(name, signature);
            self.made.set(true);
        }
        Ok(signature)
    }
}

fn name(key: &RsaKey, block: &[u8]) -> [u8; NAME] {
    let [modulus, _] = key.public_numbers();
    let name = Sha256::new_with_prefix(modulus).chain_update(block);
    name.finalize().into()
}

/// A key that signs certificates with SHA-256, unless it has done so before.
pub(super) struct Signer<'a> {
    pub(super) key: &'a RsaKey,
    pub(super) kept: &'a Kept,
}

impl signature::Signer<rsa::pkcs1v15::Signature> for Signer<'_> {
    fn try_sign(&self, message: &[u8]) -> signature::Result<rsa::pkcs1v15::Signature> {
        let block = digest_info(&Sha256::digest(message));
        let made = self.kept.sign(self.key, &block);
        let made = made.map_err(|_| signature::Error::new())?;
        rsa::pkcs1v15::Signature::try_from(made.as_slice())
    }
}

impl signature::Keypair for Signer<'_> {
    type VerifyingKey = PublicHalf;

    fn verifying_key(&self) -> PublicHalf {
        PublicHalf(self.key.clone())
    }
}

impl DynSignatureAlgorithmIdentifier for Signer<'_> {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(AlgorithmIdentifierOwned {
            oid: SHA256_WITH_RSA,
            parameters: Some(der::asn1::Null.into()),
        })
    }
}

/// sha256WithRSAEncryption (RFC 8017).
const SHA256_WITH_RSA: spki::ObjectIdentifier =
    spki::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");

/// The half of a key that a certificate is checked with.
#[derive(Clone)]
pub(super) struct PublicHalf(RsaKey);

impl EncodePublicKey for PublicHalf {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        let info: SubjectPublicKeyInfoOwned = PrivateKey::Rsa(self.0.clone()).public_key()?;
        Ok(Document::encode_msg(&info)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_made_once_and_one_that_does_not_fit_is_made_anew() {
        let key = || RsaKey::made(3).unwrap();
        let first = Kept::default();
        let made = first.sign(&key(), b"one").unwrap();
        let bytes = first.write().unwrap();

        let again = Kept::read(&bytes);
        let fresh = key();
        assert_eq!(again.sign(&fresh, b"one").unwrap(), made);
        assert!(!fresh.is_worked_out());
        assert!(again.write().is_none(), "nothing new");
        // Another message, another key: other signatures.
        let other = again.sign(&key(), b"two").unwrap();
        assert!(other != made && key().has_signed(b"two", &other));
        let theirs = RsaKey::made(4).unwrap();
        let other = again.sign(&theirs, b"one").unwrap();
        assert!(theirs.has_signed(b"one", &other));
        assert_eq!(again.write().unwrap().len(), 3 * bytes.len());

        // Damaged in any place, cut, or anything else.
        let mut wrong: Vec<Vec<u8>> = vec![Vec::new(), b"text".to_vec(), bytes[..200].to_vec()];
        for at in [0, 31, 32, 100, 287] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            wrong.push(damaged);
        }
        for wrong in wrong {
            let kept = Kept::read(&wrong);
            assert_eq!(kept.sign(&key(), b"one").unwrap(), made);
            assert_eq!(kept.write().as_ref(), Some(&bytes));
        }
    }

    #[test]
    fn a_municipality_is_certified_once_for_all_of_its_residents() {
        let key = || RsaKey::made(5).unwrap();
        let first = Kept::default();
        let made = first.certify(&key(), b"its key").unwrap();
        assert!(key().has_signed(b"its key", &made));
        let bytes = first.write().unwrap();

        let next = Kept::default();
        let fresh = key();
        assert_eq!(next.certify(&fresh, b"its key").unwrap(), made);
        assert!(!fresh.is_worked_out());
        // It is kept with the resident's file all the same, once.
        assert_eq!(next.write(), Some(bytes.clone()));
        let again = Kept::read(&bytes);
        assert_eq!(again.certify(&key(), b"its key").unwrap(), made);
        assert_eq!(again.write(), None);
        // A damaged one is replaced.
        let mut damaged = bytes.clone();
        damaged[100] ^= 1;
        let damaged = Kept::read(&damaged);
        assert_eq!(damaged.certify(&key(), b"its key").unwrap(), made);
        assert_eq!(damaged.write(), Some(bytes));

        // Another key of the municipality, another authority.
        let other = next.certify(&fresh, b"another key").unwrap();
        assert!(key().has_signed(b"another key", &other));
        let theirs = RsaKey::made(6).unwrap();
        let other = next.certify(&theirs, b"its key").unwrap();
        assert!(theirs.has_signed(b"its key", &other));
    }
}
