//! The signature of the police over the licence record, 001C.

use std::fmt;

use super::record::{Field, LicenceRecord, printable};

use crate::certificate::{Certificate, DistinguishedName, KeyAlgorithm, Serial};
use crate::digest::{Digest, HashAlgorithm};
use crate::domain::date::UtcTime;
use crate::iso::objects::{Objects, ObjectsError};
use crate::signature::{Signature, SignatureKind};

/// The file holds no more than this, by the specification.
pub(super) const CAPACITY: usize = 584;

/// What the police signed (電子署名): the signature, and the names of the certificate that checks it.
///
/// The card holds no certificate, and where the police publishes it is not known: it must be given.
/// `Debug` shows nothing.
#[derive(Clone)]
pub struct LicenceSignature {
    /// The signature over the record, RSA with PKCS #1 v1.5 and SHA-256; empty if there is none.
    pub signature: Vec<u8>,
    /// Serial number of the certificate (シリアル番号), as stored.
    pub serial: Vec<u8>,
    /// Issuer of the certificate (発行者).
    pub issuer: Field<String>,
    /// Subject of the certificate (主体者).
    pub subject: Field<String>,
    /// Key identifier of the certificate (主体者鍵識別子).
    pub key_identifier: Vec<u8>,
}

/// Whether the signature fits the record and a certificate that the caller gave.
///
/// It never says that a licence is genuine or that its holder may drive: who holds the key is the
/// caller's knowledge, the chip is not proven, and a suspended licence looks the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureFit {
    /// The signature was made by the certificate's key over this part of the record.
    Fits {
        /// What was signed.
        over: SignedPart,
        /// Whether the certificate holds at the moment asked about.
        certificate_valid: bool,
    },
    /// The signature fits, but the card names another certificate.
    Names {
        /// What was signed.
        over: SignedPart,
        /// What differs.
        mismatches: Vec<NameMismatch>,
    },
    /// The certificate's key did not make this signature over this record.
    DoesNotFit,
    /// The card holds no signature.
    Absent,
}

/// Which bytes of the record the signature covers. Which it is on real cards is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedPart {
    /// Every object as stored, up to the end of the last one.
    Objects,
    /// The whole file, filler included.
    WholeFile,
}

/// A name of the certificate in which card and certificate differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameMismatch {
    /// 0109: the serial number.
    Serial,
    /// 010B: the issuer.
    Issuer,
    /// 010C: the subject.
    Subject,
    /// 010D: the key identifier.
    KeyIdentifier,
}

/// A certificate that cannot check the signature of a licence.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum CertificateProblem {
    /// Its key is not RSA of 2048 bits, which signs licences.
    #[error("the certificate's key is not RSA of 2048 bits")]
    Key,
}

impl LicenceSignature {
    /// Reads the file 001C.
    ///
    /// # Errors
    ///
    /// [`ObjectsError`] where the file is not a row of objects in ascending order.
    pub fn parse(file: &[u8]) -> Result<Self, ObjectsError> {
        let objects = Objects::parse(file, CAPACITY)?;
        let bytes = |tag| objects.value(tag).unwrap_or_default().to_vec();
        Ok(Self {
            signature: bytes(0x108),
            serial: bytes(0x109),
            issuer: Field::read(objects.value(0x10B), printable),
            subject: Field::read(objects.value(0x10C), printable),
            key_identifier: bytes(0x10D),
        })
    }

    /// Whether a certificate has a key that can have signed a licence, before a card is asked.
    ///
    /// # Errors
    ///
    /// [`CertificateProblem::Key`] for anything but RSA of 2048 bits.
    pub fn can_be_checked_by(certificate: &Certificate) -> Result<(), CertificateProblem> {
        match certificate.key_algorithm() {
            KeyAlgorithm::Rsa { bits: 2048 } => Ok(()),
            _ => Err(CertificateProblem::Key),
        }
    }

    /// Checks the signature over a record with a certificate that the caller gives.
    ///
    /// The names 0109 and 010B to 010D are compared too, each only where the card holds it. Whether
    /// the signed part is the objects or the whole file is tried in this order and reported.
    ///
    /// # Errors
    ///
    /// [`CertificateProblem::Key`] where the certificate's key cannot have signed a licence.
    pub fn check(
        &self,
        record: &LicenceRecord,
        certificate: &Certificate,
        at: UtcTime,
    ) -> Result<SignatureFit, CertificateProblem> {
        Self::can_be_checked_by(certificate)?;
        if self.signature.is_empty() {
            return Ok(SignatureFit::Absent);
        }
        let signature = Signature::new(SignatureKind::RsaPkcs1v15, self.signature.clone());
        let made_over = |part| {
            let digest = Digest::of(HashAlgorithm::Sha256, part);
            let key = certificate.public_key();
            key.verify_digest(&digest, &signature).is_ok()
        };
        let over = if made_over(record.objects()) {
            SignedPart::Objects
        } else if made_over(record.whole()) {
            SignedPart::WholeFile
        } else {
            return Ok(SignatureFit::DoesNotFit);
        };
        let mismatches = self.mismatches(certificate);
        Ok(if mismatches.is_empty() {
            let certificate_valid = certificate.validity().contains(at);
            SignatureFit::Fits {
                over,
                certificate_valid,
            }
        } else {
            SignatureFit::Names { over, mismatches }
        })
    }

    fn mismatches(&self, certificate: &Certificate) -> Vec<NameMismatch> {
        let serial = self.serial.is_empty() || names_serial(&self.serial, certificate.serial());
        let key = self.key_identifier.is_empty()
            || certificate.subject_key_identifier() == Some(&self.key_identifier);
        [
            (serial, NameMismatch::Serial),
            (
                names(&self.issuer, certificate.issuer()),
                NameMismatch::Issuer,
            ),
            (
                names(&self.subject, certificate.subject()),
                NameMismatch::Subject,
            ),
            (key, NameMismatch::KeyIdentifier),
        ]
        .into_iter()
        .filter_map(|(same, mismatch)| (!same).then_some(mismatch))
        .collect()
    }
}

impl fmt::Debug for LicenceSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LicenceSignature(..)")
    }
}

/// Whether sixteen bytes name this serial number: as a number in binary, or its hexadecimal or
/// decimal digits. Which form cards use is not known.
fn names_serial(stored: &[u8], serial: &Serial) -> bool {
    let binary = trim_zeros(stored) == trim_zeros(serial.content());
    binary
        || printable(stored).is_some_and(|text| {
            let digits = text.trim_start_matches('0');
            let hexadecimal = serial.to_hex();
            digits.eq_ignore_ascii_case(hexadecimal.trim_start_matches('0'))
                || digits == serial.to_decimal()
        })
}

fn trim_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// Whether a text names this distinguished name.
///
/// The form on cards is known from samples only: letters, digits, space, dot, `=` and `,`. The
/// whole name in either order, with or without labels, or the common name alone is accepted; case
/// and spaces do not count. A text that is there and cannot be read names nothing.
fn names(stored: &Field<String>, name: &DistinguishedName) -> bool {
    let text = match stored {
        Field::Empty => return true,
        Field::Unreadable => return false,
        Field::Value(text) => plain(text),
    };
    let parts: Vec<(String, String)> = name
        .parts()
        .flatten()
        .map(|part| {
            let value = plain(part.value());
            (
                format!("{}={value}", plain(part.label().unwrap_or_default())),
                value,
            )
        })
        .collect();
    let written = |labels: bool, backwards: bool| {
        let mut row: Vec<&str> = parts
            .iter()
            .map(|(labelled, bare)| if labels { &**labelled } else { &**bare })
            .collect();
        if backwards {
            row.reverse();
        }
        row.join(",")
    };
    let common = name.common_name().map(plain);
    common.as_deref() == Some(&text)
        || [(true, false), (true, true), (false, false), (false, true)]
            .into_iter()
            .any(|(labels, backwards)| written(labels, backwards) == text)
}

fn plain(text: &str) -> String {
    let kept = text.chars().filter(|character| !character.is_whitespace());
    kept.flat_map(char::to_lowercase).collect()
}

/// Each tag of the specification with the length of its largest value.
#[cfg(test)]
pub(super) const LARGEST: [(u16, usize); 6] = [
    (0x108, 256),
    (0x109, 16),
    (0x10A, 48),
    (0x10B, 80),
    (0x10C, 130),
    (0x10D, 32),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_named_in_binary_or_in_digits() {
        let serial = Serial::from_content(&[0x01, 0x02, 0x03]);
        let mut binary = [0; 16];
        binary[13..].copy_from_slice(serial.content());
        assert!(names_serial(&binary, &serial));
        assert!(names_serial(b"0000000000010203", &serial));
        assert!(names_serial(b"66051           ", &serial));
        assert!(!names_serial(b"0000000000010204", &serial));
        assert!(!names_serial(&[0xFF; 16], &serial));
    }
}
