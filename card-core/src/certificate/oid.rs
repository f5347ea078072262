//! Object identifiers: the names that certificates give to algorithms, rules and attributes.

use std::borrow::Cow;
use std::fmt;

/// An object identifier (オブジェクト識別子), compared by its DER bytes and written with dots.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Cow<'static, [u8]>);

impl Oid {
    /// Policy of authentication certificates on production cards: 1.2.392.200149.8.5.1.3.30.
    pub const POLICY_AUTHENTICATION: Oid =
        Oid::known(b"\x2a\x83\x08\x8c\x9b\x55\x08\x05\x01\x03\x1e");
    /// Policy of signature certificates on production cards: 1.2.392.200149.8.5.1.1.20.
    pub const POLICY_SIGNATURE: Oid = Oid::known(b"\x2a\x83\x08\x8c\x9b\x55\x08\x05\x01\x01\x14");
    /// Policy of signature certificates in phones, reported once: 1.2.392.200149.8.5.1.1.40.
    pub const POLICY_SIGNATURE_PHONE: Oid =
        Oid::known(b"\x2a\x83\x08\x8c\x9b\x55\x08\x05\x01\x01\x28");
    /// Policy of authentication certificates on J-LIS test cards: 1.2.392.200149.8.5.1.0.30.
    pub const POLICY_AUTHENTICATION_TEST: Oid =
        Oid::known(b"\x2a\x83\x08\x8c\x9b\x55\x08\x05\x01\x00\x1e");
    /// Policy of signature certificates on J-LIS test cards: 1.2.392.200149.8.5.1.0.20.
    pub const POLICY_SIGNATURE_TEST: Oid =
        Oid::known(b"\x2a\x83\x08\x8c\x9b\x55\x08\x05\x01\x00\x14");

    /// Extended key usage of a client in TLS: 1.3.6.1.5.5.7.3.2.
    pub const CLIENT_AUTH: Oid = Oid::known(b"\x2b\x06\x01\x05\x05\x07\x03\x02");
    /// Extended key usage of a time-stamp authority: 1.3.6.1.5.5.7.3.8.
    pub const TIME_STAMPING: Oid = Oid::known(b"\x2b\x06\x01\x05\x05\x07\x03\x08");
    /// Extended key usage of a delegated OCSP responder: 1.3.6.1.5.5.7.3.9.
    pub const OCSP_SIGNING: Oid = Oid::known(b"\x2b\x06\x01\x05\x05\x07\x03\x09");

    /// 1.2.392.200149.8.5.5, above the holder's attributes.
    pub(crate) const PERSONAL_DATA: Oid = Oid::known(b"\x2a\x83\x08\x8c\x9b\x55\x08\x05\x05");
    pub(crate) const CPS: Oid = Oid::known(b"\x2b\x06\x01\x05\x05\x07\x02\x01");
    pub(crate) const OCSP: Oid = Oid::known(b"\x2b\x06\x01\x05\x05\x07\x30\x01");

    pub(crate) const RSA: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
    pub(crate) const RSA_SHA1: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05");
    pub(crate) const RSA_SHA256: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b");
    pub(crate) const RSA_SHA384: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c");
    pub(crate) const RSA_SHA512: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d");
    pub(crate) const EC: Oid = Oid::known(b"\x2a\x86\x48\xce\x3d\x02\x01");
    pub(crate) const P256: Oid = Oid::known(b"\x2a\x86\x48\xce\x3d\x03\x01\x07");
    pub(crate) const P384: Oid = Oid::known(b"\x2b\x81\x04\x00\x22");
    pub(crate) const ECDSA_SHA256: Oid = Oid::known(b"\x2a\x86\x48\xce\x3d\x04\x03\x02");
    pub(crate) const ECDSA_SHA384: Oid = Oid::known(b"\x2a\x86\x48\xce\x3d\x04\x03\x03");
    pub(crate) const ECDSA_SHA512: Oid = Oid::known(b"\x2a\x86\x48\xce\x3d\x04\x03\x04");

    /// The identifier with these content bytes, that is DER without tag and length.
    pub const fn known(content: &'static [u8]) -> Oid {
        Oid(Cow::Borrowed(content))
    }

    /// The identifier with these content bytes. Bytes that mean nothing are kept and compared too.
    pub fn from_content(content: &[u8]) -> Oid {
        Oid(Cow::Owned(content.to_vec()))
    }

    /// The content bytes: DER without tag and length.
    pub fn content(&self) -> &[u8] {
        &self.0
    }

    /// The numbers; `None` if the bytes are no identifier or a number passes 128 bits.
    fn arcs(&self) -> Option<Vec<u128>> {
        let mut arcs = Vec::new();
        let mut number = None;
        for byte in self.0.iter() {
            let high = number.unwrap_or(0_u128);
            let next = high.checked_mul(128)? | u128::from(byte & 0x7f);
            number = Some(next);
            if byte & 0x80 == 0 {
                if arcs.is_empty() {
                    let first = (next / 40).min(2);
                    arcs.push(first);
                    arcs.push(next - 40 * first);
                } else {
                    arcs.push(next);
                }
                number = None;
            }
        }
        (number.is_none() && !arcs.is_empty()).then_some(arcs)
    }
}

/// Writes `1.2.392.200149`, or the bytes in hexadecimal behind `0x` if they are no identifier.
impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(arcs) = self.arcs() else {
            f.write_str("0x")?;
            return self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"));
        };
        arcs.iter().enumerate().try_for_each(|(place, arc)| {
            let dot = if place == 0 { "" } else { "." };
            write!(f, "{dot}{arc}")
        })
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_written_with_dots() {
        for (oid, dotted) in [
            (Oid::POLICY_AUTHENTICATION, "1.2.392.200149.8.5.1.3.30"),
            (Oid::POLICY_SIGNATURE, "1.2.392.200149.8.5.1.1.20"),
            (Oid::POLICY_SIGNATURE_PHONE, "1.2.392.200149.8.5.1.1.40"),
            (Oid::POLICY_AUTHENTICATION_TEST, "1.2.392.200149.8.5.1.0.30"),
            (Oid::POLICY_SIGNATURE_TEST, "1.2.392.200149.8.5.1.0.20"),
            (Oid::PERSONAL_DATA, "1.2.392.200149.8.5.5"),
            (Oid::CLIENT_AUTH, "1.3.6.1.5.5.7.3.2"),
            (Oid::TIME_STAMPING, "1.3.6.1.5.5.7.3.8"),
            (Oid::OCSP_SIGNING, "1.3.6.1.5.5.7.3.9"),
            (Oid::CPS, "1.3.6.1.5.5.7.2.1"),
            (Oid::OCSP, "1.3.6.1.5.5.7.48.1"),
            (Oid::RSA, "1.2.840.113549.1.1.1"),
            (Oid::RSA_SHA1, "1.2.840.113549.1.1.5"),
            (Oid::RSA_SHA256, "1.2.840.113549.1.1.11"),
            (Oid::RSA_SHA384, "1.2.840.113549.1.1.12"),
            (Oid::RSA_SHA512, "1.2.840.113549.1.1.13"),
            (Oid::EC, "1.2.840.10045.2.1"),
            (Oid::P256, "1.2.840.10045.3.1.7"),
            (Oid::P384, "1.3.132.0.34"),
            (Oid::ECDSA_SHA256, "1.2.840.10045.4.3.2"),
            (Oid::ECDSA_SHA384, "1.2.840.10045.4.3.3"),
            (Oid::ECDSA_SHA512, "1.2.840.10045.4.3.4"),
            (Oid::known(b"\x88\x37"), "2.999"),
        ] {
            assert_eq!(oid.to_string(), dotted);
        }
    }

    #[test]
    fn bytes_that_are_no_identifier_are_shown_as_they_are() {
        assert_eq!(Oid::known(b"").to_string(), "0x");
        assert_eq!(Oid::known(b"\x2a\x83").to_string(), "0x2a83");
        let endless = Oid::from_content(&[[0xff; 30].as_slice(), &[0x7f]].concat());
        assert!(endless.to_string().starts_with("0xffff"));
    }
}
