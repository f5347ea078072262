//! Checking files: the structure here, each signer in `judge`.

use std::io::{self, Read, Write};

use card_core::certificate::Oid;
use card_core::digest::{Digest, HashAlgorithm};

use super::judge::judge_all;
use super::rules::{self, reason};
use super::signed_data::SignedData;
use super::stream::{Content, ReadError};
use super::{oid, pem};
use crate::policy::Policy;
use crate::report::{Finding, Format, Report, Rule, Verdict};

/// Checks an attached signature (`.p7m`), in constant memory.
///
/// The content goes to `out` as it passes, before anything is known about it: a caller that keeps it must
/// throw it away unless the report is accepted.
///
/// # Errors
///
/// Those of the reader and of `out`. Everything that is wrong with the file is in the report.
pub fn verify_attached(
    signed: &mut dyn Read,
    out: Option<&mut dyn Write>,
    policy: &Policy<'_>,
) -> io::Result<Report> {
    verify(signed, None, out, policy)
}

/// Checks a detached signature (`.p7s`) over a content, in constant memory.
///
/// # Errors
///
/// Those of the readers. Everything that is wrong with the file is in the report.
pub fn verify_detached(
    signed: &mut dyn Read,
    content: &mut dyn Read,
    policy: &Policy<'_>,
) -> io::Result<Report> {
    verify(signed, Some(Outside::Reader(content)), None, policy)
}

/// Checks a detached signature over a content that the caller hashes: what a file holds many
/// signatures over is not read once for each.
pub(crate) fn verify_digested(
    mut signed: &[u8],
    content: Digested<'_>,
    policy: &Policy<'_>,
) -> io::Result<Report> {
    verify(&mut signed, Some(Outside::Digested(content)), None, policy)
}

/// A content that the caller hashes.
pub(crate) struct Digested<'c> {
    pub(crate) length: u64,
    /// At least its first 64 bytes, if it has so many.
    pub(crate) head: Vec<u8>,
    pub(crate) digest: &'c dyn Fn(HashAlgorithm) -> Digest,
}

/// The content of a detached signature.
enum Outside<'c> {
    Reader(&'c mut dyn Read),
    Digested(Digested<'c>),
}

impl Outside<'_> {
    fn content(self, hashes: Vec<HashAlgorithm>) -> io::Result<Content> {
        match self {
            Outside::Reader(reader) => Content::of_reader(reader, hashes),
            Outside::Digested(content) => Ok(Content {
                digests: hashes.into_iter().map(content.digest).collect(),
                length: content.length,
                head: content.head,
            }),
        }
    }
}

fn verify(
    signed: &mut dyn Read,
    content: Option<Outside<'_>>,
    out: Option<&mut dyn Write>,
    policy: &Policy<'_>,
) -> io::Result<Report> {
    let mut report = Report::new(Format::Cms);
    let read = match pem::unwrap(signed)? {
        Ok(mut der) => SignedData::read(&mut der, out),
        Err(reason::SIZE) => Err(ReadError::Refused(rules::LIMITS, reason::SIZE)),
        Err(reason) => Err(ReadError::Refused(rules::ENCODING, reason)),
    };
    let data = match read {
        Ok(data) => data,
        Err(ReadError::Io(error)) => return Err(error),
        Err(ReadError::Refused(rule, reason)) => {
            report.document.push(Finding::fail(rule, reason));
            Finding::complete(&mut report.document, &OF_FILE);
            return Ok(report);
        }
    };
    report.document = data.structure();
    report
        .document
        .push(expected(&data, content.is_some(), &oid::DATA));
    let outside;
    let content = match (content, &data.content) {
        (Some(given), _) => {
            outside = given.content(data.announced())?;
            Some(&outside)
        }
        (None, inside) => inside.as_ref(),
    };
    if let Some(content) = content {
        report.signatures = judge_all(&data, content, policy);
    }
    report.document.push(all_right(&report, data.signers()));
    Ok(report)
}

/// The rules that every report about a file names.
const OF_FILE: [Rule; 5] = [
    rules::ENCODING,
    rules::LIMITS,
    rules::VERSION,
    rules::EXPECTED,
    rules::SIGNERS,
];

/// Rule M4. A single signature's own findings say enough; a file that is refused as a whole has
/// no right signature, and without its content none was judged.
fn all_right(report: &Report, signers: usize) -> Finding {
    let signatures = &report.signatures;
    let right = signatures.iter().filter(|one| one.is_accepted()).count();
    let verdict = match signatures.len() {
        _ if signers == 0 => Verdict::Fail(reason::NO_SIGNER),
        0 => Verdict::NotChecked,
        all if all == right && report.document.iter().any(Finding::is_broken) => {
            Verdict::NotChecked
        }
        all if all == right => Verdict::Pass,
        1 => Verdict::NotChecked,
        _ => Verdict::Fail(reason::NOT_ALL_SIGNERS),
    };
    Finding::new(rules::SIGNERS, verdict).with("signers", signers)
}

/// Rule M17: the content and its type are what was asked about.
fn expected(data: &SignedData, detached: bool, content_type: &Oid) -> Finding {
    let verdict = match (detached, &data.content) {
        _ if data.content_type != *content_type => Verdict::Fail(reason::TYPE_UNEXPECTED),
        (true, Some(_)) => Verdict::Fail(reason::CONTENT_EMBEDDED),
        (false, None) => Verdict::Fail(reason::CONTENT_ABSENT),
        _ => Verdict::Pass,
    };
    Finding::new(rules::EXPECTED, verdict)
}

impl SignedData {
    /// The rules about the structure as a whole: M1, M3, M18.
    pub(super) fn structure(&self) -> Vec<Finding> {
        let right = self.version == self.demanded_version();
        let version = if right {
            Verdict::Pass
        } else {
            Verdict::Fail(reason::VERSION)
        };
        vec![
            Finding::pass(rules::ENCODING),
            Finding::pass(rules::LIMITS),
            Finding::new(rules::VERSION, version).with("version", self.version),
        ]
    }
}
