//! The rules of registry filing (登記・供託オンライン申請の電子署名付きPDFファイル).
//!
//! The ministry publishes what a file has to hold, a public project wrote a checker from it, and
//! these are the rules of that checker in our own words. Only the office decides: a file that
//! passes may be refused there; not every reason is published.

use std::collections::BTreeSet;

use card_core::certificate::Oid;
use card_core::digest::HashAlgorithm;

use super::digests::Digests;
use super::document::{self, Document};
use super::object::{Dictionary, Object};
use super::parser::is_space;
use super::rules::{self, filing};
use super::verify::{self, Found};
use crate::ber::{self, BerError, Cursor, INTEGER, OCTET_STRING, OID, SEQUENCE, SET};
use crate::policy::Policy;
use crate::report::{Finding, Reason, Report, Rule, Verdict};

/// Checks all signatures as [`verify`](super::verify) does, and by the rules of registry filing.
///
/// Rules C1 to C8 refuse; C9 to C11 only warn.
pub fn verify_filing(bytes: &[u8], policy: &Policy<'_>) -> Report {
    let mut report = verify::run(
        bytes,
        policy,
        &mut |document, signatures, digests, report| {
            let widest = signatures.iter().filter_map(end).max();
            for (signature, notes) in signatures.iter().zip(&mut report.signatures) {
                notes
                    .findings
                    .extend(check(bytes, digests, signature, end(signature) == widest));
            }
            report.document.push(extras(document, signatures));
            report.document.push(signers(report));
        },
    );
    if report.signatures.is_empty() {
        let readable = !report.fails(rules::STRUCTURE);
        let why = if readable {
            filing::NO_SIGNATURE
        } else {
            filing::UNREADABLE
        };
        report.document.push(Finding::fail(rules::FILING_TYPE, why));
    }
    report
}

fn end(signature: &Found<'_>) -> Option<usize> {
    signature
        .range
        .ok()
        .map(|[_, _, start, length]| start + length)
}

/// Rules C1 to C9 for one signature.
fn check(
    bytes: &[u8],
    digests: &Digests<'_>,
    signature: &Found<'_>,
    is_widest: bool,
) -> Vec<Finding> {
    let Ok(dictionary) = &signature.dictionary else {
        return vec![Finding::fail(rules::FILING_TYPE, filing::TYPE)];
    };
    let text = |key| dictionary.find(key).and_then(Object::as_text);
    let keep = |rule, kept: bool, why| {
        Finding::new(
            rule,
            if kept {
                Verdict::Pass
            } else {
                Verdict::Fail(why)
            },
        )
    };
    let named = text(b"Name").is_some_and(|name| !name.trim().is_empty());
    let time = match text(b"M") {
        None => Verdict::Fail(filing::NO_TIME),
        Some(text) if document::date(&text).is_none() => Verdict::Fail(filing::TIME),
        Some(_) => Verdict::Pass,
    };
    let mut findings = vec![
        keep(
            rules::FILING_TYPE,
            dictionary.is(b"Type", b"Sig"),
            filing::TYPE,
        ),
        keep(
            rules::FILING_KIND,
            dictionary.is(b"SubFilter", b"adbe.pkcs7.detached"),
            filing::KIND,
        ),
        keep(rules::FILING_NAME, named, filing::NAME),
        Finding::new(rules::FILING_TIME, time),
    ];
    let broken = range(bytes, signature, is_widest);
    findings.push(Finding::new(
        rules::FILING_RANGE,
        broken.map_or(Verdict::Pass, Verdict::Fail),
    ));
    findings.extend(value(digests, dictionary, signature));
    findings
}

/// Rule C5.
fn range(bytes: &[u8], signature: &Found<'_>, is_widest: bool) -> Option<Reason> {
    let (Ok([_, length, start, rest]), Ok(gap)) = (signature.range, &signature.gap) else {
        return Some(filing::RANGE);
    };
    let signed = bytes.get(..start + rest).unwrap_or_default();
    let last = signed
        .iter()
        .rposition(|byte| !is_space(*byte))
        .map_or(0, |last| last + 1);
    let whole = signed.get(..last).unwrap_or_default();
    match () {
        () if *gap != (length..start) => Some(filing::RANGE),
        () if is_widest && signed.len() != bytes.len() => Some(filing::NOT_WHOLE),
        () if !whole.ends_with(b"%%EOF") => Some(filing::NOT_REVISION),
        () => None,
    }
}

/// Rules C6 to C9.
fn value(digests: &Digests<'_>, dictionary: &Dictionary, signature: &Found<'_>) -> Vec<Finding> {
    let read = match dictionary.find(b"Contents") {
        Some(Object::String(value)) => Value::read(value),
        _ => Err(BerError::Malformed),
    };
    let rest = [
        rules::FILING_CMS,
        rules::FILING_DIGEST,
        rules::FILING_ALGORITHM,
    ];
    let Ok(value) = read else {
        let first = Finding::fail(rules::FILING_VALUE, filing::VALUE);
        let rest = rest.map(|rule| Finding::new(rule, Verdict::NotChecked));
        return [vec![first], rest.to_vec()].concat();
    };
    let padding = if value.padded {
        Verdict::Pass
    } else {
        Verdict::Fail(filing::PADDING)
    };
    let typed = value.digest.is_some() && value.has(&CONTENT_TYPE);
    let cms = match () {
        () if !value.certified => Verdict::Fail(filing::NO_CERTIFICATE),
        () if value.direct => Verdict::Warn(filing::DIRECT),
        () if !typed => Verdict::Fail(filing::ATTRIBUTES),
        () if !value.has(&SIGNING_TIME) => Verdict::Warn(filing::NO_SIGNING_TIME),
        () => Verdict::Pass,
    };
    let digest = match (&value.digest, signature.range) {
        (Some(digest), Ok(range)) => {
            let own = digests.of(HashAlgorithm::Sha256, range);
            if own.as_bytes() == digest {
                Verdict::Pass
            } else {
                Verdict::Fail(filing::DIGEST)
            }
        }
        // A direct signature holds no digest that could be compared; the signature itself tells.
        _ if value.direct => Verdict::Warn(filing::DIRECT),
        _ => Verdict::NotChecked,
    };
    let usual = value.hash == Some(SHA256) && value.algorithm == Some(SHA256_WITH_RSA);
    let algorithm = if usual {
        Verdict::Pass
    } else {
        Verdict::Warn(filing::ALGORITHM)
    };
    let make = |(rule, verdict): (Rule, Verdict)| Finding::new(rule, verdict);
    [
        (rules::FILING_VALUE, padding),
        (rules::FILING_CMS, cms),
        (rules::FILING_DIGEST, digest),
        (rules::FILING_ALGORITHM, algorithm),
    ]
    .map(make)
    .to_vec()
}

/// Rule C10: what vendors of Japanese PDF editors warn about.
fn extras(document: &Document<'_>, signatures: &[Found<'_>]) -> Finding {
    let has = |key| document.catalog.find(key).is_some();
    let stamped = signatures
        .iter()
        .filter_map(|one| one.dictionary.as_ref().ok())
        .any(|one| {
            let inside = match one.find(b"Contents") {
                Some(Object::String(value)) => Value::read(value).is_ok_and(|value| value.unsigned),
                _ => false,
            };
            inside || one.is(b"SubFilter", b"ETSI.RFC3161")
        });
    let found: Vec<&str> = [
        (has(b"Perms"), "certification"),
        (has(b"DSS"), "evidence"),
        (stamped, "time-stamp"),
    ]
    .into_iter()
    .filter_map(|(there, name)| there.then_some(name))
    .collect();
    let verdict = if found.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Warn(filing::EXTRAS)
    };
    let finding = Finding::new(rules::FILING_EXTRAS, verdict);
    found
        .into_iter()
        .fold(finding, |finding, name| finding.with("extra", name))
}

/// Rule C11.
fn signers(report: &Report) -> Finding {
    let mut seen = BTreeSet::new();
    let certificates = report
        .signatures
        .iter()
        .filter_map(|one| one.certificate.as_ref());
    let twice = certificates
        .into_iter()
        .any(|one| !seen.insert(one.to_der().to_vec()));
    let verdict = if twice {
        Verdict::Warn(filing::SAME_SIGNER)
    } else {
        Verdict::Pass
    };
    Finding::new(rules::FILING_SIGNERS, verdict)
}

/// What the registry looks at in a CMS object.
#[derive(Default)]
struct Value {
    /// Nothing but zeros behind it.
    padded: bool,
    /// There is a certificate.
    certified: bool,
    /// There are no signed attributes.
    direct: bool,
    attributes: Vec<Oid>,
    digest: Option<Vec<u8>>,
    hash: Option<Oid>,
    algorithm: Option<Oid>,
    /// There are unsigned attributes: a time stamp, usually.
    unsigned: bool,
}

impl Value {
    fn read(bytes: &[u8]) -> Result<Value, BerError> {
        let whole = Cursor::new(bytes).next(SEQUENCE)?;
        let mut content = whole.inside();
        let padding = bytes.get(whole.whole.len()..).unwrap_or_default();
        let mut value = Value {
            padded: padding.iter().all(|byte| *byte == 0),
            ..Value::default()
        };
        if oid(&mut content)? != SIGNED_DATA {
            return Err(BerError::Malformed);
        }
        let mut data = content
            .next(ber::context(0))?
            .inside()
            .next(SEQUENCE)?
            .inside();
        data.next(INTEGER)?;
        data.next(SET)?;
        data.next(SEQUENCE)?;
        let certificates = data.optional(ber::context(0))?;
        value.certified = certificates.is_some_and(|set| !set.inside().is_empty());
        data.optional(ber::context(1))?;
        let mut signer = data.next(SET)?.inside().next(SEQUENCE)?.inside();
        signer.next(INTEGER)?;
        signer.any()?;
        value.hash = Some(oid(&mut signer.next(SEQUENCE)?.inside())?);
        let attributes = signer.optional(ber::context(0))?;
        value.direct = attributes.is_none();
        for attribute in attributes.map_or(Ok(Vec::new()), |set| set.inside().all())? {
            let mut inside = attribute.inside();
            let name = oid(&mut inside)?;
            if name == MESSAGE_DIGEST {
                let digest = inside.next(SET)?.inside().next(OCTET_STRING)?;
                value.digest = Some(digest.contents.to_vec());
            }
            value.attributes.push(name);
        }
        value.algorithm = Some(oid(&mut signer.next(SEQUENCE)?.inside())?);
        signer.any()?;
        value.unsigned = signer.is_at(ber::context(1));
        Ok(value)
    }

    fn has(&self, attribute: &Oid) -> bool {
        self.attributes.contains(attribute)
    }
}

fn oid(cursor: &mut Cursor<'_>) -> Result<Oid, BerError> {
    Ok(Oid::from_content(cursor.next(OID)?.contents))
}

const SIGNED_DATA: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
const CONTENT_TYPE: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03");
const MESSAGE_DIGEST: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04");
const SIGNING_TIME: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05");
const SHA256: Oid = Oid::known(b"\x60\x86\x48\x01\x65\x03\x04\x02\x01");
const SHA256_WITH_RSA: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b");
