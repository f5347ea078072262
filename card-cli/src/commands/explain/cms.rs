//! What a CMS signature holds, alone or in another format.

use card_core::Certificate;
use card_core::certificate::{KeyAlgorithm, Oid};
use card_core::digest::HashAlgorithm;
use card_core::domain::date::UtcTime;
use card_core::signature::SignatureKind;
use card_sign::cms::{Outline, SignerOutline};
use serde::Serialize;

/// A CMS SignedData.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Cms {
    version: u64,
    /// An object identifier.
    content_type: String,
    /// Null in a detached signature.
    content_length: Option<u64>,
    certificates: Vec<Certified>,
    revocation_lists: usize,
    signers: Vec<Signer>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Signer {
    /// Which of the certificates, from 1; null if none is the one that is named.
    certificate: Option<usize>,
    hash: Option<&'static str>,
    /// `rsa-pkcs1v15`, `rsa-pss` or `ecdsa`.
    scheme: Option<&'static str>,
    /// In bytes.
    signature_length: usize,
    claimed_time: Option<String>,
    /// Object identifiers.
    signed_attributes: Vec<String>,
    /// Object identifiers; anybody can add some.
    unsigned_attributes: Vec<String>,
    /// Times that time stamps state.
    time_stamps: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Certified {
    name: Option<String>,
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    key: String,
}

impl Cms {
    pub(super) fn of(outline: &Outline) -> Self {
        let oids = |oids: &[Oid]| oids.iter().map(ToString::to_string).collect();
        let signer = |signer: &SignerOutline| Signer {
            certificate: signer.certificate.map(|index| index + 1),
            hash: signer.hash.map(HashAlgorithm::name),
            scheme: signer.scheme.map(|scheme| match scheme {
                SignatureKind::RsaPkcs1v15 => "rsa-pkcs1v15",
                SignatureKind::RsaPss | SignatureKind::RsaPssSalted { .. } => "rsa-pss",
                SignatureKind::EcdsaRaw => "ecdsa",
            }),
            signature_length: signer.signature_length,
            claimed_time: time(signer.claimed_time),
            signed_attributes: oids(&signer.signed),
            unsigned_attributes: oids(&signer.unsigned),
            time_stamps: signer.stamped.iter().map(ToString::to_string).collect(),
        };
        Self {
            version: outline.version,
            content_type: outline.content_type.to_string(),
            content_length: outline.content_length,
            certificates: certified(&outline.certificates),
            revocation_lists: outline.revocation_lists,
            signers: outline.signers.iter().map(signer).collect(),
        }
    }
}

pub(super) fn time(time: Option<UtcTime>) -> Option<String> {
    time.map(|time| time.to_string())
}

pub(super) fn certified(certificates: &[Certificate]) -> Vec<Certified> {
    let of = |certificate: &Certificate| Certified {
        name: certificate
            .attributes()
            .and_then(|attributes| attributes.name.clone()),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_before: certificate.validity().not_before.to_string(),
        not_after: certificate.validity().not_after.to_string(),
        key: match certificate.key_algorithm() {
            KeyAlgorithm::Rsa { bits } => format!("rsa-{bits}"),
            KeyAlgorithm::EcP256 => "ec-p256".into(),
            KeyAlgorithm::EcP384 => "ec-p384".into(),
            _ => "other".into(),
        },
    };
    certificates.iter().map(of).collect()
}
