//! Checking containers: the archive and the manifest here, the signature as any CMS signature.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Seek};

use card_core::digest::{Digest, HashAlgorithm, Hasher};

use super::archive::{Archive, Entry, Method, ReadError};
use super::manifest::Manifest;
use super::reserved::{self, Use};
use super::rules::{self, reason};
use crate::cms;
use crate::policy::{Policy, Profile};
use crate::report::{Finding, Format, Reason, Report, Rule};
use crate::xml;

/// Checks a container, in constant memory.
///
/// The signature has to be CAdES-B-B, over a manifest that names every file. The files that are
/// signed are in [`Report::files`].
///
/// # Errors
///
/// Those of the reader. Everything that is wrong with the container is in the report.
pub fn verify<R: Read + Seek>(container: &mut R, policy: &Policy<'_>) -> io::Result<Report> {
    let mut report = Report::new(Format::Asic);
    let mut signed = None;
    let judged = judge(container, &mut report, &mut signed);
    match judged {
        Ok(()) => {}
        Err(ReadError::Io(error)) => return Err(error),
        Err(ReadError::Refused(rule, reason, name)) => {
            let mut finding = Finding::fail(rule, reason);
            if let Some(name) = name {
                finding = finding.with("file", name);
            }
            report.document.push(finding);
        }
    }
    let refused = report.document.iter().any(Finding::is_broken);
    Finding::complete(&mut report.document, rules::RULES);
    let place = |finding: &Finding| rules::RULES.iter().position(|rule| *rule == finding.rule);
    report.document.sort_by_key(place);
    if let Some((manifest, signature)) = signed {
        let profile = match policy.profile {
            Profile::Any => Profile::Cades,
            chosen => chosen,
        };
        let policy = Policy { profile, ..*policy };
        let inner = cms::verify_detached(&mut &signature[..], &mut &manifest[..], &policy)?;
        report.signatures = inner.signatures;
        report
            .document
            .extend(inner.document.into_iter().map(|finding| {
                match refused && finding.rule == cms::rules::SIGNERS && !finding.is_broken() {
                    true => Finding::not_reached(finding.rule),
                    false => finding,
                }
            }));
    }
    if !report.is_accepted() {
        report.files.clear();
    }
    Ok(report)
}

/// The rules in their order, up to the first that is broken. Manifest and signature, once both are
/// there.
fn judge<R: Read + Seek>(
    container: &mut R,
    report: &mut Report,
    signed: &mut Option<(Vec<u8>, Vec<u8>)>,
) -> Result<(), ReadError> {
    let Report {
        document, files, ..
    } = report;
    let mut kept = |rule| document.push(Finding::pass(rule));
    let mut archive = Archive::open(container)?;
    let entries = archive.entries.clone();
    let of_use = |wanted| {
        entries
            .iter()
            .filter(move |one| Use::of(&one.name) == wanted)
    };
    kept(rules::NAMES);
    is_mime_type(&mut archive, entries.first())?;
    kept(rules::MIME_TYPE);
    if let Some(foreign) = of_use(Use::Foreign).next() {
        return refused(rules::META_INF, reason::FOREIGN, &foreign.name);
    }
    let manifest = only(
        of_use(Use::Manifest),
        reason::NO_MANIFEST,
        reason::MANIFESTS,
    )?;
    let signature = only(
        of_use(Use::Signature),
        reason::NO_SIGNATURE,
        reason::SIGNATURES,
    )?;
    kept(rules::META_INF);
    let text = archive.small(manifest, xml::MAX_BYTES)?;
    let value = archive.small(signature, MAX_SIGNATURE)?;
    *signed = Some((text.clone(), value));
    let covered: Vec<&Entry> = of_use(Use::File).collect();
    let read = Manifest::read(&text);
    let read = read.map_err(|reason| ReadError::Refused(rules::MANIFEST, reason, None))?;
    if read.signature != signature.name {
        return refused(rules::MANIFEST, reason::SIGNATURE_NAME, &read.signature);
    }
    kept(rules::MANIFEST);
    let digests: HashMap<&str, &Digest> = read
        .files
        .iter()
        .map(|(name, digest)| (name.as_str(), digest))
        .collect();
    let names: HashSet<&str> = covered.iter().map(|file| file.name.as_str()).collect();
    if let Some((absent, _)) = read
        .files
        .iter()
        .find(|(name, _)| !names.contains(name.as_str()))
    {
        return refused(rules::COVERED, reason::FILE_ABSENT, absent);
    }
    if covered.is_empty() {
        return Err(ReadError::Refused(rules::COVERED, reason::NO_FILE, None));
    }
    for file in &covered {
        if !digests.contains_key(file.name.as_str()) {
            return refused(rules::COVERED, reason::NOT_COVERED, &file.name);
        }
    }
    kept(rules::COVERED);
    for file in &covered {
        let stated = digests.get(file.name.as_str());
        let hash = stated.map_or(HashAlgorithm::Sha256, |stated| stated.algorithm());
        let mut hasher = Hasher::new(hash);
        archive.read(file, &mut |piece| hasher.update(piece))?;
        if stated.is_none_or(|stated| **stated != hasher.finish()) {
            return refused(rules::DIGESTS, reason::DIGEST_DIFFERS, &file.name);
        }
    }
    kept(rules::ARCHIVE);
    kept(rules::LIMITS);
    kept(rules::DIGESTS);
    *files = covered.iter().map(|file| file.name.clone()).collect();
    Ok(())
}

/// Rule A4: the media type is found at one place of the file by programs that know no ZIP.
fn is_mime_type<R: Read + Seek>(
    archive: &mut Archive<'_, R>,
    first: Option<&Entry>,
) -> Result<(), ReadError> {
    let wrong = || ReadError::Refused(rules::MIME_TYPE, reason::MIME_TYPE, None);
    let first = first.ok_or_else(wrong)?;
    let plain = first.plain && first.method == Method::Stored;
    if first.name != reserved::MIME_TYPE_FILE || !plain {
        return Err(wrong());
    }
    match archive.small(first, MAX_MIME_TYPE)? == reserved::MIME_TYPE.as_bytes() {
        true => Ok(()),
        false => Err(wrong()),
    }
}

/// The only file of its use.
fn only<'e>(
    mut found: impl Iterator<Item = &'e Entry>,
    none: Reason,
    several: Reason,
) -> Result<&'e Entry, ReadError> {
    let first = found
        .next()
        .ok_or(ReadError::Refused(rules::META_INF, none, None))?;
    match found.next() {
        None => Ok(first),
        Some(second) => refused(rules::META_INF, several, &second.name),
    }
}

fn refused<T>(rule: Rule, reason: Reason, name: &str) -> Result<T, ReadError> {
    Err(ReadError::Refused(rule, reason, Some(name.to_owned())))
}

/// In bytes; the verifier of CMS has limits of its own.
const MAX_SIGNATURE: usize = 16 << 20;
const MAX_MIME_TYPE: usize = 256;
