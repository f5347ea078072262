//! Revocation lists (CRL, RFC 5280 section 5): one for each municipality in JPKI.

use x509_parser::extensions::X509Extension;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::time::ASN1Time;

use super::{Evidence, Question, Revocation, RevocationChecker};
use crate::certificate::Certificate;
use crate::certificate::der::{self, Cursor, NotDer};
use crate::domain::date::UtcTime;
use crate::trust::encoding::{Signed, is_strict};
use crate::trust::report::Reason;

/// Revocation lists that the caller has. Nothing is fetched.
///
/// A list counts if the leaf's root signed it, it is for the leaf's part of the country, and it
/// covers the moment. A certificate that such a list names is revoked even if the list is of
/// another time; one that it does not name is good only while the list is current.
#[derive(Clone, Debug, Default)]
pub struct RevocationLists {
    lists: Vec<Vec<u8>>,
}

impl RevocationLists {
    /// Takes files with lists in DER or PEM. What cannot be read makes revocation unknown.
    pub fn new(files: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let mut lists = Vec::new();
        for file in files {
            let file = file.as_ref();
            let before = lists.len();
            for block in Pem::iter_from_buffer(file) {
                match block {
                    Ok(block) if block.label == "X509 CRL" => lists.push(block.contents),
                    Ok(_) => {}
                    Err(_) => lists.push(Vec::new()),
                }
            }
            if lists.len() == before {
                lists.push(file.to_vec());
            }
        }
        Self { lists }
    }
}

impl RevocationChecker for RevocationLists {
    fn check(&self, question: &Question<'_>) -> Revocation {
        let findings = self
            .lists
            .iter()
            .map(|list| judge(list, question).unwrap_or_else(Revocation::Unknown));
        findings.fold(Revocation::NotChecked, Revocation::or)
    }
}

fn judge(bytes: &[u8], question: &Question<'_>) -> Result<Revocation, Reason> {
    let issuer = question.issuer.certificate();
    let signed = Signed::read(bytes).map_err(|NotDer| Reason::RevocationMalformed)?;
    let Ok(([], list)) = CertificateRevocationList::from_der(bytes) else {
        return Err(Reason::RevocationMalformed);
    };
    // x509-parser passes over a table of entries that it cannot read, and over what stands behind
    // the last field. Both would turn "not understood" into "not listed".
    let whole = list.tbs_cert_list.as_ref() == signed.body && signed.rest.is_empty();
    let version_2 = list.version().is_some_and(|version| version.0 == 1);
    let extensions = list.extensions();
    let agree = list.signature_algorithm == list.tbs_cert_list.signature;
    if !whole || !agree || !unique(extensions) || !(version_2 || extensions.is_empty()) {
        return Err(Reason::RevocationMalformed);
    }
    if list.issuer().as_raw() != issuer.subject().der() {
        return Err(Reason::RevocationIssuer);
    }
    if !issuer.key_usage().is_some_and(|usage| usage.crl_sign()) {
        return Err(Reason::RevocationSignature);
    }
    signed
        .verify(issuer.public_key())
        .map_err(|_| Reason::RevocationSignature)?;
    for extension in extensions {
        match extension.oid.as_bytes() {
            ISSUING_DISTRIBUTION_POINT => covers(extension.value, question.certificate)?,
            DELTA => return Err(Reason::RevocationScope),
            _ if extension.critical => return Err(Reason::RevocationExtension),
            _ => {}
        }
    }
    let mut since = None;
    for entry in list.iter_revoked_certificates() {
        // An entry that speaks of another issuer's certificate says so in a critical extension.
        let unjudged = |extension: &X509Extension<'_>| {
            extension.critical && !matches!(extension.oid.as_bytes(), REASON | INVALIDITY_DATE)
        };
        if entry.extensions().iter().any(unjudged) {
            return Err(Reason::RevocationExtension);
        }
        if entry.raw_serial() == question.certificate.serial().content() {
            since = Some(moment(entry.revocation_date)?);
        }
    }
    let this_update = moment(list.last_update())?;
    let next_update = list.next_update().map(moment).transpose()?;
    let evidence = Evidence::List {
        this_update,
        next_update,
    };
    if let Some(since) = since {
        return Ok(Revocation::Revoked { since, evidence });
    }
    if question.at < this_update {
        return Err(Reason::RevocationFuture);
    }
    match next_update {
        Some(next_update) if question.at <= next_update => Ok(Revocation::Good(evidence)),
        _ => Err(Reason::RevocationStale),
    }
}

/// Whether a list with this issuingDistributionPoint can speak of a certificate.
fn covers(value: &[u8], certificate: &Certificate) -> Result<(), Reason> {
    const POINT: u8 = 0xA0;
    const FULL_NAME: u8 = 0xA0;
    const ONLY_USERS: u8 = 0x81;
    const ONLY_AUTHORITIES_TO_ONLY_ATTRIBUTES: std::ops::RangeInclusive<u8> = 0x82..=0x85;
    let malformed = |NotDer| Reason::RevocationMalformed;
    if !is_strict(value) {
        return Err(Reason::RevocationMalformed);
    }
    let mut fields = Cursor::new(der::only(der::SEQUENCE, value).map_err(malformed)?.value);
    let mut last = 0;
    let mut named = true;
    while !fields.is_empty() {
        let field = fields.any().map_err(malformed)?;
        // In DER each field stands at its place, and a flag that is written is set.
        let place = field.tag & 0x1F;
        if place < last {
            return Err(Reason::RevocationMalformed);
        }
        last = place + 1;
        match field.tag {
            POINT => {
                let name = Cursor::new(field.value).any().map_err(malformed)?;
                if name.tag != FULL_NAME {
                    return Err(Reason::RevocationPartition);
                }
                named = names(name.value, certificate).map_err(malformed)?;
            }
            ONLY_USERS => {}
            tag if ONLY_AUTHORITIES_TO_ONLY_ATTRIBUTES.contains(&tag) => {
                return Err(Reason::RevocationScope);
            }
            _ => return Err(Reason::RevocationMalformed),
        }
    }
    if named {
        Ok(())
    } else {
        Err(Reason::RevocationPartition)
    }
}

/// Whether one of these general names is that of a distribution point of the certificate.
fn names(names: &[u8], certificate: &Certificate) -> Result<bool, NotDer> {
    const DIRECTORY_NAME: u8 = 0xA4;
    const URI: u8 = 0x86;
    let mut cursor = Cursor::new(names);
    let mut found = false;
    while !cursor.is_empty() {
        let name = cursor.any()?;
        let mut points = certificate
            .distribution_points()
            .iter()
            .filter(|point| !point.more);
        found |= points.any(|point| match name.tag {
            DIRECTORY_NAME => point
                .name
                .as_ref()
                .is_some_and(|own| own.der() == name.value),
            URI => point.uris.iter().any(|own| own.as_bytes() == name.value),
            _ => false,
        });
    }
    Ok(found)
}

fn unique(extensions: &[X509Extension<'_>]) -> bool {
    extensions.iter().enumerate().all(|(place, extension)| {
        !extensions
            .iter()
            .take(place)
            .any(|earlier| earlier.oid == extension.oid)
    })
}

fn moment(time: ASN1Time) -> Result<UtcTime, Reason> {
    UtcTime::from_datetime(time.to_datetime()).ok_or(Reason::RevocationMalformed)
}

const ISSUING_DISTRIBUTION_POINT: &[u8] = b"\x55\x1d\x1c";
const DELTA: &[u8] = b"\x55\x1d\x1b";
const REASON: &[u8] = b"\x55\x1d\x15";
const INVALIDITY_DATE: &[u8] = b"\x55\x1d\x18";
