//! Signatures as a card makes them, and the two ways to write an elliptic one.

use std::fmt;

use crate::digest::HashAlgorithm;

/// A signature (署名値) and how its bytes are to be read.
///
/// Nothing assumes a length: today's cards make 256 bytes of RSA, the next one is announced with
/// ECDSA on P-384.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    kind: SignatureKind,
    bytes: Vec<u8>,
}

/// How the bytes of a signature are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureKind {
    /// RSA with the padding of PKCS #1 v1.5; as long as the modulus.
    RsaPkcs1v15,
    /// RSA with PSS padding, MGF1 with the digest's own function, salt as long as the digest.
    RsaPss,
    /// The same with a salt of another length, as other programs choose it; no card makes it.
    RsaPssSalted {
        /// In bytes.
        salt: usize,
    },
    /// ECDSA as r and s, each as long as the curve's field, one behind the other.
    ///
    /// So JWS, XML signatures and PKCS #11 write it.
    EcdsaRaw,
}

impl SignatureKind {
    /// RSA with PSS padding and a salt of this length, over digests of this hash function.
    pub const fn pss(hash: HashAlgorithm, salt: usize) -> SignatureKind {
        if salt == hash.length() {
            SignatureKind::RsaPss
        } else {
            SignatureKind::RsaPssSalted { salt }
        }
    }
}

impl Signature {
    /// Takes the bytes of a signature.
    pub const fn new(kind: SignatureKind, bytes: Vec<u8>) -> Signature {
        Signature { kind, bytes }
    }

    /// Reads an ECDSA signature from its DER form, each number at most `width` bytes long.
    ///
    /// `None` if this is not DER, or a number is negative or too long.
    pub fn ecdsa_from_der(der: &[u8], width: usize) -> Option<Signature> {
        let (body, []) = element(0x30, der)? else {
            return None;
        };
        let (r, rest) = element(0x02, body)?;
        let (s, []) = element(0x02, rest)? else {
            return None;
        };
        let mut bytes = Vec::with_capacity(2 * width);
        for number in [r, s] {
            let digits = match number {
                [0, high, ..] if *high < 0x80 => return None,
                [0, rest @ ..] if !rest.is_empty() => rest,
                [high, ..] if *high < 0x80 => number,
                _ => return None,
            };
            bytes.resize(bytes.len() + width.checked_sub(digits.len())?, 0);
            bytes.extend_from_slice(digits);
        }
        Some(Signature::new(SignatureKind::EcdsaRaw, bytes))
    }

    /// How the bytes are to be read.
    pub const fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// The bytes as the kind says.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes as certificates, CMS, TLS and OpenSSL want them.
    ///
    /// ECDSA becomes a SEQUENCE of two INTEGERs; RSA stays as it is.
    pub fn to_der(&self) -> Vec<u8> {
        if self.kind != SignatureKind::EcdsaRaw {
            return self.bytes.clone();
        }
        let (r, s) = self.bytes.split_at(self.bytes.len() / 2);
        let mut body = Vec::new();
        for number in [r, s] {
            let significant = number
                .iter()
                .position(|byte| *byte != 0)
                .unwrap_or(number.len());
            let digits = number.get(significant..).unwrap_or_default();
            // A leading zero keeps the number positive; it is also the whole of the number 0.
            let sign = !matches!(digits.first(), Some(0..0x80));
            put_header(&mut body, 0x02, digits.len() + usize::from(sign));
            if sign {
                body.push(0);
            }
            body.extend_from_slice(digits);
        }
        let mut der = Vec::new();
        put_header(&mut der, 0x30, body.len());
        der.extend_from_slice(&body);
        der
    }
}

/// Shows kind and length.
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

/// Cuts one element with this tag off: its value and what follows.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [first, short @ 0..=0x7f, rest @ ..] if *first == tag => (*short, rest),
        [first, 0x81, long @ 0x80..=0xff, rest @ ..] if *first == tag => (*long, rest),
        _ => return None,
    };
    rest.split_at_checked(usize::from(length))
}

/// Writes tag and length; a signature on any curve in use is far below 64 KiB.
fn put_header(der: &mut Vec<u8>, tag: u8, length: usize) {
    der.push(tag);
    match length {
        0..0x80 => der.push(length as u8),
        0x80..0x100 => der.extend([0x81, length as u8]),
        _ => der.extend([0x82, (length >> 8) as u8, length as u8]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raw(bytes: &[u8]) -> Signature {
        Signature::new(SignatureKind::EcdsaRaw, bytes.to_vec())
    }

    #[test]
    fn numbers_are_written_shortest_and_positive() {
        for (bytes, der) in [
            (&[0, 1, 0, 2][..], &[0x30, 6, 2, 1, 1, 2, 1, 2][..]),
            (&[0, 0x80, 1, 0], &[0x30, 8, 2, 2, 0, 0x80, 2, 2, 1, 0]),
            (
                &[0, 0, 0xff, 0xff],
                &[0x30, 8, 2, 1, 0, 2, 3, 0, 0xff, 0xff],
            ),
        ] {
            assert_eq!(raw(bytes).to_der(), der);
            assert_eq!(Signature::ecdsa_from_der(der, 2), Some(raw(bytes)));
        }
    }

    #[test]
    fn only_der_is_read() {
        for bad in [
            &[][..],
            &[0x30, 0],
            &[0x30, 6, 2, 1, 1, 2, 1],
            &[0x30, 6, 2, 1, 1, 2, 1, 2, 0],
            &[0x30, 7, 2, 1, 1, 2, 1, 2, 0],
            &[0x30, 7, 2, 2, 0, 1, 2, 1, 2],
            &[0x30, 6, 2, 1, 0x80, 2, 1, 2],
            &[0x30, 5, 2, 0, 2, 1, 2],
            &[0x30, 0x81, 6, 2, 1, 1, 2, 1, 2],
            &[0x30, 8, 2, 3, 1, 0, 0, 2, 1, 2],
        ] {
            assert_eq!(Signature::ecdsa_from_der(bad, 2), None, "{bad:02x?}");
        }
    }

    #[test]
    fn rsa_stays_as_it_is() {
        let signature = Signature::new(SignatureKind::RsaPkcs1v15, vec![7; 256]);
        assert_eq!(signature.to_der(), [7; 256]);
    }

    proptest! {
        #[test]
        fn both_forms_say_the_same(bytes in proptest::collection::vec(any::<u8>(), 132..=132)) {
            for width in [32, 48, 66] {
                let signature = raw(&bytes[..2 * width]);
                let der = signature.to_der();
                prop_assert_eq!(Signature::ecdsa_from_der(&der, width), Some(signature));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Signature::ecdsa_from_der(&bytes, 48);
            let _ = raw(&bytes).to_der();
        }
    }
}
