//! Errors of certificates: the problem and its place.

use std::fmt;

use thiserror::Error;
use x509_parser::certificate::Validity;
use x509_parser::der_parser::asn1_rs::BitString;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::der::{self, Cursor, NotDer};
use super::name::DistinguishedName;
use super::oid::Oid;

/// Why bytes are no certificate. Places count bytes from the start of what was parsed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// There is nothing, or only filler: the card was issued without this certificate.
    #[error("there is no certificate")]
    Absent,
    /// The bytes end before the certificate does.
    #[error("the certificate is cut off after {found} bytes")]
    Truncated {
        /// How long it says it is, if that much is there.
        declared: Option<usize>,
        /// How many bytes there are.
        found: usize,
    },
    /// It says it is longer than any certificate.
    #[error("the certificate claims {declared} bytes")]
    TooLong {
        /// How long it says it is.
        declared: usize,
    },
    /// Something follows the certificate that is not filler.
    #[error("something else follows the certificate at byte {at}")]
    Trailing {
        /// The first byte of it.
        at: usize,
    },
    /// A part cannot be read.
    #[error("{part} of the certificate cannot be read")]
    Malformed {
        /// Which part.
        part: Part,
        /// Where it begins, if known.
        at: Option<usize>,
    },
    /// The value of an extension cannot be read.
    #[error("extension {oid} of the certificate cannot be read")]
    Extension {
        /// Which extension.
        oid: Oid,
        /// Where its value begins.
        at: usize,
    },
    /// A PEM block does not end or is no base64.
    #[error("the PEM block at byte {at} cannot be read")]
    Pem {
        /// Where it begins in the text.
        at: usize,
    },
}

impl CertificateError {
    pub(crate) const fn malformed(part: Part, at: Option<usize>) -> CertificateError {
        CertificateError::Malformed { part, at }
    }

    /// The place of the fault, if known.
    pub const fn at(&self) -> Option<usize> {
        match self {
            CertificateError::Absent | CertificateError::TooLong { .. } => None,
            CertificateError::Truncated { found, .. } => Some(*found),
            CertificateError::Malformed { at, .. } => *at,
            CertificateError::Trailing { at }
            | CertificateError::Extension { at, .. }
            | CertificateError::Pem { at } => Some(*at),
        }
    }
}

/// A part of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The outermost sequence and its three parts.
    Frame,
    /// The signed part as a whole.
    Body,
    /// version
    Version,
    /// serialNumber
    Serial,
    /// signature, the algorithm inside the signed part, or signatureAlgorithm beside it
    Algorithm,
    /// issuer
    Issuer,
    /// validity
    Validity,
    /// subject
    Subject,
    /// subjectPublicKeyInfo
    PublicKey,
    /// unique identifiers or the frame of extensions
    Extensions,
    /// signatureValue
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Frame => "the frame",
            Part::Body => "the signed part",
            Part::Version => "the version",
            Part::Serial => "the serial number",
            Part::Algorithm => "the signature algorithm",
            Part::Issuer => "the issuer",
            Part::Validity => "the validity",
            Part::Subject => "the subject",
            Part::PublicKey => "the public key",
            Part::Extensions => "the list of extensions",
            Part::Signature => "the signature",
        })
    }
}

/// Finds the part that x509-parser stumbled over; it does not say by itself.
pub(crate) fn locate(der: &[u8]) -> CertificateError {
    type Reads = fn(&[u8]) -> bool;
    const ALGORITHM: Reads = |bytes| AlgorithmIdentifier::from_der(bytes).is_ok();
    const NAME: Reads = |bytes| DistinguishedName::read(bytes).is_ok();
    const FIELDS: [(Part, Reads); 7] = [
        (Part::Serial, |bytes| bytes.first() == Some(&der::INTEGER)),
        (Part::Algorithm, ALGORITHM),
        (Part::Issuer, NAME),
        (Part::Validity, |bytes| Validity::from_der(bytes).is_ok()),
        (Part::Subject, NAME),
        (Part::PublicKey, |bytes| {
            SubjectPublicKeyInfo::from_der(bytes).is_ok()
        }),
        (Part::Extensions, |_| false),
    ];
    const BESIDE: [(Part, Reads); 2] = [
        (Part::Algorithm, ALGORITHM),
        (Part::Signature, |bytes| BitString::from_der(bytes).is_ok()),
    ];
    let at = |rest: &[u8]| Some(der::offset(rest, der));
    let walk = |mut cursor: Cursor<'_>, fields: &[(Part, Reads)]| {
        fields.iter().find_map(|(part, reads)| {
            // The last field of the signed part is optional.
            let here = cursor.rest();
            let absent = here.is_empty() && *part == Part::Extensions;
            let good = absent || cursor.any().is_ok_and(|object| reads(object.whole));
            (!good).then(|| CertificateError::malformed(*part, at(here)))
        })
    };
    let found = || -> Result<Option<CertificateError>, NotDer> {
        let mut parts = Cursor::new(der::only(der::SEQUENCE, der)?.value);
        let mut body = Cursor::new(parts.next(der::SEQUENCE)?.value);
        if body.rest().first() == Some(&0xa0) {
            body.any()?;
        }
        // The signature's own parts first: the list of extensions accuses itself without proof.
        Ok(walk(parts, &BESIDE).or_else(|| walk(body, &FIELDS)))
    };
    found()
        .ok()
        .flatten()
        .unwrap_or(CertificateError::malformed(Part::Body, None))
}
