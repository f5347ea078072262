//! Operations of a session: what is collected until a signature or a digest is asked for.

use card_core::HashAlgorithm;
use card_core::digest::{Digest, Hasher};
use cryptoki_sys::*;

use crate::conversation::Padding;
use crate::types::Outcome;

/// A mechanism that this module has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    Sign(Padding, Option<HashAlgorithm>),
    Digest(HashAlgorithm),
}

/// Every mechanism by its number. Neither raw RSA, which would be an oracle, nor SHA-1.
pub(crate) const MECHANISMS: [(CK_MECHANISM_TYPE, Mechanism); 9] = {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    use Padding::{Pkcs1v15, Pss};
    [
        (CKM_RSA_PKCS, Mechanism::Sign(Pkcs1v15, None)),
        (CKM_SHA256_RSA_PKCS, Mechanism::Sign(Pkcs1v15, Some(Sha256))),
        (CKM_SHA384_RSA_PKCS, Mechanism::Sign(Pkcs1v15, Some(Sha384))),
        (CKM_SHA512_RSA_PKCS, Mechanism::Sign(Pkcs1v15, Some(Sha512))),
        (CKM_RSA_PKCS_PSS, Mechanism::Sign(Pss, None)),
        (CKM_SHA256_RSA_PKCS_PSS, Mechanism::Sign(Pss, Some(Sha256))),
        (CKM_SHA256, Mechanism::Digest(Sha256)),
        (CKM_SHA384, Mechanism::Digest(Sha384)),
        (CKM_SHA512, Mechanism::Digest(Sha512)),
    ]
};

impl Mechanism {
    pub(crate) fn of(number: CK_MECHANISM_TYPE) -> Outcome<Self> {
        MECHANISMS
            .iter()
            .find(|(known, _)| *known == number)
            .map(|(_, mechanism)| *mechanism)
            .ok_or(CKR_MECHANISM_INVALID)
    }

    pub(crate) fn is_pss(self) -> bool {
        matches!(self, Self::Sign(Padding::Pss, _))
    }
}

/// Data on its way to a signature or digest.
pub(crate) struct Operation {
    pub(crate) mechanism: Mechanism,
    collected: Collected,
    /// A part has been given: the whole at once is not allowed any more.
    pub(crate) begun: bool,
}

enum Collected {
    Block(Vec<u8>),
    Hash(Hasher),
}

impl Operation {
    pub(crate) fn new(mechanism: Mechanism) -> Self {
        let collected = match mechanism {
            Mechanism::Sign(_, Some(hash)) | Mechanism::Digest(hash) => {
                Collected::Hash(Hasher::new(hash))
            }
            Mechanism::Sign(_, None) => Collected::Block(Vec::new()),
        };
        Self {
            mechanism,
            collected,
            begun: false,
        }
    }

    /// How long the result will be.
    pub(crate) fn length(&self) -> usize {
        match self.mechanism {
            Mechanism::Sign(..) => 256,
            Mechanism::Digest(hash) => hash.length(),
        }
    }

    /// Takes a part of the data.
    pub(crate) fn take(&mut self, data: &[u8]) -> Outcome<()> {
        match &mut self.collected {
            Collected::Hash(hasher) => hasher.update(data),
            // More than the longest block is kept as too long, not in full.
            Collected::Block(block) => {
                let room = LONGEST.saturating_sub(block.len());
                block.extend(data.iter().take(room));
            }
        }
        Ok(())
    }

    /// The digest of what was given, or the one that was given.
    pub(crate) fn digest(self) -> Outcome<Digest> {
        let block = match self.collected {
            Collected::Hash(hasher) => return Ok(hasher.finish()),
            Collected::Block(block) => block,
        };
        if self.mechanism.is_pss() {
            return Digest::from_bytes(HashAlgorithm::Sha256, &block)
                .map_err(|_| CKR_DATA_LEN_RANGE);
        }
        // The card signs whatever it is given: nothing but the known forms may pass, and no SHA-1.
        let known = Digest::from_digest_info(&block)
            .filter(|digest| digest.algorithm().length() >= HashAlgorithm::Sha256.length());
        known.ok_or(if block.len() > 245 {
            CKR_DATA_LEN_RANGE
        } else {
            CKR_DATA_INVALID
        })
    }
}

/// One byte more than any block that could be signed.
const LONGEST: usize = 257;

/// What a caller gets of a result: nothing yet, or all of it.
pub(crate) enum Output {
    /// The caller asked for the length only.
    Length(usize),
    /// The caller's room is too small; the operation goes on.
    Short(usize),
    /// The result.
    Bytes(Vec<u8>),
}

/// Decides before anything is done whether there is room: `None` is a question for the length.
pub(crate) fn room(length: usize, room: Option<usize>) -> Option<Output> {
    match room {
        None => Some(Output::Length(length)),
        Some(room) if room < length => Some(Output::Short(length)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(mechanism: CK_MECHANISM_TYPE, block: &[u8]) -> Outcome<Digest> {
        let mut operation = Operation::new(Mechanism::of(mechanism).unwrap());
        operation.take(block).unwrap();
        operation.digest()
    }

    #[test]
    fn only_known_forms_are_signed() {
        for hash in [
            HashAlgorithm::Sha256,
            HashAlgorithm::Sha384,
            HashAlgorithm::Sha512,
        ] {
            let good = Digest::of(hash, b"a").digest_info();
            assert!(judged(CKM_RSA_PKCS, &good).is_ok());
            assert_eq!(
                judged(CKM_RSA_PKCS, &[&good[..], &[0]].concat()).err(),
                Some(CKR_DATA_INVALID)
            );
        }
        let sha1 = Digest::danger_sha1(b"a").digest_info();
        for bad in [&sha1[..], &[7; 36], &[7; 32], &[], &[7; 245]] {
            assert_eq!(judged(CKM_RSA_PKCS, bad).err(), Some(CKR_DATA_INVALID));
        }
        for long in [246, 256, 300, 1 << 20] {
            let refused = judged(CKM_RSA_PKCS, &vec![7; long]).err();
            assert_eq!(refused, Some(CKR_DATA_LEN_RANGE), "{long}");
        }
        assert!(judged(CKM_RSA_PKCS_PSS, &[7; 32]).is_ok());
        for bad in [0, 20, 31, 33, 64] {
            let refused = judged(CKM_RSA_PKCS_PSS, &vec![7; bad]).err();
            assert_eq!(refused, Some(CKR_DATA_LEN_RANGE), "{bad}");
        }
    }

    #[test]
    fn raw_rsa_and_sha1_are_no_mechanisms() {
        for number in [
            CKM_RSA_X_509,
            CKM_SHA1_RSA_PKCS,
            CKM_MD5_RSA_PKCS,
            CKM_SHA_1,
            0x8000_1234,
        ] {
            assert_eq!(Mechanism::of(number), Err(CKR_MECHANISM_INVALID));
        }
    }
}
