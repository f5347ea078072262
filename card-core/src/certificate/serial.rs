//! Serial numbers of certificates.

use std::fmt;

use x509_parser::num_bigint::BigInt;

/// The serial number of a certificate (シリアル番号).
///
/// JPKI serials are small and count upwards through the whole country: together with the issuer
/// one names a person. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Serial(Vec<u8>);

impl Serial {
    /// The serial with these content bytes: DER of the INTEGER without tag and length.
    pub fn from_content(content: &[u8]) -> Serial {
        Serial(content.to_vec())
    }

    /// The content bytes: DER without tag and length, two's complement.
    pub fn content(&self) -> &[u8] {
        &self.0
    }

    /// Upper-case hexadecimal of the content bytes, two digits for each: `0133C349`.
    pub fn to_hex(&self) -> String {
        self.0
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02X}"))
    }

    /// The number in decimal: `20169545`.
    pub fn to_decimal(&self) -> String {
        BigInt::from_signed_bytes_be(&self.0).to_string()
    }

    /// Whether the number is below zero, which RFC 5280 forbids.
    pub fn is_negative(&self) -> bool {
        self.0.first().is_some_and(|byte| *byte >= 0x80)
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serial(..)")
    }
}
