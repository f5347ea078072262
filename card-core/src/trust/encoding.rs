//! Strict DER, and the shape that certificates, revocation lists and OCSP answers share.

use super::report::Reason;
use crate::certificate::der::{self, Cursor, NotDer};
use crate::certificate::{PublicKey, SignatureAlgorithm};
use crate::digest::HashAlgorithm;

/// Something signed: `SEQUENCE { what was signed, algorithm, BIT STRING }`.
pub(super) struct Signed<'a> {
    /// The signed bytes, header included.
    pub(super) body: &'a [u8],
    /// The algorithm as DER, to be compared with a second one inside.
    pub(super) algorithm: &'a [u8],
    signature: &'a [u8],
    /// What stands behind the signature, still inside the sequence.
    pub(super) rest: &'a [u8],
}

impl<'a> Signed<'a> {
    /// Cuts the parts; all of them have to be strict DER.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, NotDer> {
        if !is_strict(bytes) {
            return Err(NotDer);
        }
        let mut parts = Cursor::new(der::only(der::SEQUENCE, bytes)?.value);
        let body = parts.next(der::SEQUENCE)?.whole;
        let algorithm = parts.next(der::SEQUENCE)?.whole;
        // The first byte counts unused bits; a signature has none.
        let [0, signature @ ..] = parts.next(der::BIT_STRING)?.value else {
            return Err(NotDer);
        };
        Ok(Self {
            body,
            algorithm,
            signature,
            rest: parts.rest(),
        })
    }

    /// Whether the algorithm inside the signed part is, byte for byte, the one beside the signature.
    ///
    /// In certificates and lists it is the first sequence of the body; before it stand numbers.
    pub(super) fn algorithms_agree(&self) -> bool {
        let inside = || {
            let mut parts = Cursor::new(der::only(der::SEQUENCE, self.body)?.value);
            loop {
                let part = parts.any()?;
                if part.tag == der::SEQUENCE {
                    return Ok::<_, NotDer>(part.whole);
                }
            }
        };
        inside() == Ok(self.algorithm)
    }

    /// Whether this key signed, by an algorithm that can be believed.
    pub(super) fn verify(&self, key: &PublicKey) -> Result<(), Reason> {
        // Compared as bytes: nothing signs the algorithm of an OCSP answer, so there must not be
        // two ways to write it.
        let (_, algorithm) = strong_algorithm(self.algorithm).ok_or(Reason::Algorithm)?;
        key.verify_signed(algorithm, self.body, self.signature)
            .map_err(Reason::from)
    }
}

/// The algorithm that these bytes name and its hash function, if it can be believed.
pub(super) fn strong_algorithm(der: &[u8]) -> Option<(HashAlgorithm, &'static SignatureAlgorithm)> {
    let (_, algorithm) = STRONG.iter().find(|(known, _)| *known == der)?;
    match algorithm {
        SignatureAlgorithm::RsaPkcs1v15(hash) | SignatureAlgorithm::Ecdsa(hash) => {
            Some((*hash, algorithm))
        }
        SignatureAlgorithm::Other(_) => None,
    }
}

static STRONG: [(&[u8], SignatureAlgorithm); 6] = {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{Ecdsa, RsaPkcs1v15};
    [
        (
            b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00",
            RsaPkcs1v15(Sha256),
        ),
        (
            b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00",
            RsaPkcs1v15(Sha384),
        ),
        (
            b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00",
            RsaPkcs1v15(Sha512),
        ),
        (
            b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
            Ecdsa(Sha256),
        ),
        (
            b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
            Ecdsa(Sha384),
        ),
        (
            b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04",
            Ecdsa(Sha512),
        ),
    ]
};

/// Whether bytes are one object in DER, all the way down: one way to write each content.
///
/// Looks into constructed objects, not into octet strings. A BOOLEAN that is written is true: in
/// all three structures each has false as its default, and DER leaves defaults out.
pub(super) fn is_strict(bytes: &[u8]) -> bool {
    let mut open = match Cursor::new(bytes).any() {
        Ok(first) if first.whole.len() == bytes.len() => vec![Cursor::new(bytes)],
        _ => return false,
    };
    while let Some(innermost) = open.last_mut() {
        if innermost.is_empty() {
            open.pop();
            continue;
        }
        let Ok(object) = innermost.any() else {
            return false;
        };
        if object.tag & CONSTRUCTED != 0 {
            if open.len() == DEEPEST {
                return false;
            }
            open.push(Cursor::new(object.value));
        } else if !is_strict_primitive(object.tag, object.value) {
            return false;
        }
    }
    true
}

pub(super) fn is_strict_primitive(tag: u8, value: &[u8]) -> bool {
    match (tag, value) {
        (0x01, value) => value == [0xFF],
        (der::INTEGER | 0x0A, []) => false,
        (der::INTEGER | 0x0A, [0x00, 0..0x80, ..] | [0xFF, 0x80..=0xFF, ..]) => false,
        (der::BIT_STRING, [0]) => true,
        (der::BIT_STRING, [unused @ 0..8, .., last]) => last.trailing_zeros() >= u32::from(*unused),
        (der::BIT_STRING, _) => false,
        (0x05, value) => value.is_empty(),
        (der::OID, []) => false,
        // SEQUENCE and SET are always constructed.
        (0x10 | 0x11, _) => false,
        _ => true,
    }
}

const CONSTRUCTED: u8 = 0x20;

/// A certificate with every extension opened is nested less than ten deep.
const DEEPEST: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_to_write_each_content() {
        for (bytes, strict) in [
            (&[0x30, 0][..], true),
            (&[0x30, 3, 1, 1, 0xFF], true),
            (&[0x30, 3, 1, 1, 0x01], false),
            (&[0x30, 3, 1, 1, 0x00], false),
            (&[0x30, 3, 2, 1, 0x80], true),
            (&[0x30, 4, 2, 2, 0, 0x7F], false),
            (&[0x30, 4, 2, 2, 0, 0x80], true),
            (&[0x30, 4, 2, 2, 0xFF, 0x80], false),
            (&[0x30, 2, 2, 0], false),
            (&[0x30, 4, 3, 2, 1, 2], true),
            (&[0x30, 4, 3, 2, 1, 3], false),
            (&[0x30, 4, 3, 2, 8, 0], false),
            (&[0x30, 3, 3, 1, 1], false),
            (&[0x30, 2, 5, 0], true),
            (&[0x30, 3, 5, 1, 0], false),
            (&[0x30, 0x80, 0, 0], false),
            (&[0x30, 0x81, 2, 5, 0], false),
            (&[0x30, 0, 0], false),
            (&[0x30, 0, 5, 0], false),
            (&[0x30, 3, 3, 1, 0], true),
            (&[0x30, 2, 6, 0], false),
            (&[0x10, 0], false),
            (&[], false),
        ] {
            assert_eq!(is_strict(bytes), strict, "{bytes:02x?}");
        }
    }

    #[test]
    fn depth_ends_somewhere() {
        let nested = |depth| {
            (0..depth).fold(Vec::new(), |inner: Vec<u8>, _| {
                [&[0x30, inner.len() as u8], &inner[..]].concat()
            })
        };
        assert!(is_strict(&nested(30)));
        assert!(!is_strict(&nested(40)));
    }
}
