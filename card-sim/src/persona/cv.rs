//! Card-verifiable certificates: how the card's records hang on an issuer.
//!
//! A certificate is 297 bytes (issuer key, certified key, modulus) and a signature over them. The
//! issuer of the records is a test issuer of our own: its key identifiers begin with 9, where
//! production begins with 5 and J-LIS test cards with 6. Form and key identifiers as read from a
//! J-LIS test card by the author of `myna-card`.

use serde::Deserialize;

use super::RsaKey;
use crate::applets::Application;
use crate::wire::{Form, tlv};

/// The name of a key: seven digits, `08 05`, a version of three digits, filled up.
pub type KeyId = [u8; 16];

/// Who certified the keys that signed a card's records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Issuer {
    /// The simulator's own, which [`issuer_keys`](super::issuer_keys) publishes.
    #[default]
    Test,
    /// One that nobody has heard of, for those who test verifiers.
    Foreign,
}

/// A public key that verifies card-verifiable certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerKey {
    /// What it certifies: keys of the profile application, of the visual application, or the
    /// chain in the issuer domain.
    pub of: Application,
    /// Its name, as certificates have it.
    pub id: KeyId,
    /// Modulus, 256 bytes.
    pub modulus: Vec<u8>,
    /// Public exponent.
    pub exponent: Vec<u8>,
}

impl Issuer {
    /// The name of the key that certifies for this application.
    pub(crate) fn key_id(self, of: Application) -> KeyId {
        let first = match self {
            Self::Test => '9',
            Self::Foreign => '8',
        };
        let (last_two, end) = match of {
            Application::Profile => ("33", 0x00),
            Application::Visual => ("23", 0x00),
            _ => ("20", 0xa8),
        };
        key_id(&format!("{first}0000{last_two}"), "001", end)
    }

    /// The name under which an application's basic information (AP基本情報) knows this issuer.
    pub(crate) fn information_id(self, of: Application, last: char) -> KeyId {
        let mut id = self.key_id(of);
        if let Some(digit) = id.get_mut(6) {
            *digit = u8::try_from(last).unwrap_or(b'0');
        }
        id
    }

    /// Stem of its key file.
    #[must_use]
    pub fn stem(self) -> &'static str {
        match self {
            Self::Test => "cv-issuer",
            Self::Foreign => "cv-foreign-issuer",
        }
    }
}

/// The name of a municipality's key that signs records of this application.
pub(crate) fn municipality_key_id(municipality: &str, of: Application) -> KeyId {
    match of {
        Application::Profile => key_id(&format!("{municipality}31"), "000", 0x00),
        Application::Visual => key_id(&format!("{municipality}21"), "000", 0x00),
        _ => key_id(&format!("{municipality}30"), "002", 0x98),
    }
}

/// What the lower certificate of the issuer domain is for; the same on every card.
pub(crate) fn shared_key_id() -> KeyId {
    key_id("0000050", "001", 0x40)
}

pub(crate) fn key_id(number: &str, version: &str, end: u8) -> KeyId {
    let text = number.bytes().chain([0x08, 0x05]).chain(version.bytes());
    let mut id = [0; 16];
    id.iter_mut().zip(text).for_each(|(to, from)| *to = from);
    let [.., last] = &mut id;
    *last = end;
    id
}

/// `90` exponent, `91` modulus: a public key as the card writes it.
pub(crate) fn public_key(key: &RsaKey) -> Vec<u8> {
    let [modulus, exponent] = key.public_numbers();
    [
        tlv(&[0x90], Form::Shortest, &exponent),
        tlv(&[0x91], Form::Long2, &modulus),
    ]
    .concat()
}

/// What a certificate says: 297 bytes, which its signature covers.
pub(crate) fn body(issuer: KeyId, subject: KeyId, key: &RsaKey) -> Vec<u8> {
    [&issuer[..], &subject, &public_key(key)].concat()
}

/// A certificate in its template, as applications store it: 568 bytes.
pub(crate) fn certificate(body: &[u8], signature: &[u8]) -> Vec<u8> {
    tlv(&[0x7f, 0x21], Form::Long2, &parts(body, signature))
}

/// A certificate behind a list of its parts and without template, as GET DATA has it: 575 bytes.
pub(crate) fn data_object(body: &[u8], signature: &[u8]) -> Vec<u8> {
    // 42 issuer 16 bytes, 5F20 holder 16, 5F49 key 265: what the body is made of.
    let list = [0x42, 0x10, 0x5f, 0x20, 0x10, 0x5f, 0x49, 0x82, 0x01, 0x09];
    [tlv(&[0x4d], Form::Shortest, &list), parts(body, signature)].concat()
}

fn parts(body: &[u8], signature: &[u8]) -> Vec<u8> {
    [
        tlv(&[0x5f, 0x4e], Form::Long2, body),
        tlv(&[0x5f, 0x37], Form::Long2, signature),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_identifiers_have_the_form_of_the_real_ones() {
        // Read from a J-LIS test card, but for the first digit.
        assert_eq!(
            &Issuer::Test.key_id(Application::Profile),
            b"9000033\x08\x05001\0\0\0\0"
        );
        assert_eq!(
            &Issuer::Test.key_id(Application::Issuer),
            b"9000020\x08\x05001\0\0\0\xa8"
        );
        assert_eq!(
            &Issuer::Foreign.key_id(Application::Visual),
            b"8000023\x08\x05001\0\0\0\0"
        );
        assert_eq!(
            &Issuer::Test.information_id(Application::Visual, '5'),
            b"9000025\x08\x05001\0\0\0\0"
        );
        assert_eq!(
            &municipality_key_id("13221", Application::Issuer),
            b"1322130\x08\x05002\0\0\0\x98"
        );
        assert_eq!(&shared_key_id(), b"0000050\x08\x05001\0\0\0\x40");
    }
}
