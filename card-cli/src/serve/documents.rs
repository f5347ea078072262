//! `document/sign`, `document/verify`: documents for desktop programs, as detached CMS signatures.
//!
//! A document goes by its path, never by its bytes. It is read before the PIN is asked for, and the
//! digest that the client showed its user is the digest that is signed.

use card_core::domain::date::UtcTime;
use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::certificate::Certificate;
use card_core::trust::Trust;
use card_core::{Digest, Error, HashAlgorithm, Spend};
use card_sign::cms::{self, SignedData};
use card_sign::report::Verdict;
use card_sign::{CardSigner, Finding, Policy, Report, SignError};
use serde_json::{Map, Value, json};

use super::job::Job;
use crate::exit::Failure;
use crate::facts::Fact;
use crate::issuers::Trusted;
use crate::jobs::pin;
use crate::output::{Place, Privacy, hex};
use crate::pin_spec::SIGNATURE_PASSWORD;
use crate::session::CardSession;
use crate::trust::{Judge, TrustOptions};

/// `document/sign`: one file, one PIN, a detached CMS signature (CAdES-B-B).
pub(super) fn sign(job: &mut Job) -> Result<Value, Failure> {
    job.consents()?;
    let file = PathBuf::from(job.text("file")?);
    let place = match job.optional("output")? {
        Some(output) => Some(Place::look(Path::new(output), false, Privacy::Anybody)?),
        None => None,
    };
    let document = Document::read(&file)?;
    let mut held = job.open()?;
    let more = Map::from_iter([
        ("disclosesAttributes".to_owned(), true.into()),
        (
            "document".to_owned(),
            json!({
                "file": file.display().to_string(),
                "size": document.size,
                "sha256": hex(document.digest.as_bytes()),
            }),
        ),
    ]);
    let ui = &mut job.ui(more);
    let password = pin::ask(&SIGNATURE_PASSWORD, &mut held, ui, Spend::KeepOne)?;
    document.is_unchanged(&file)?;
    let signed = held.talk(|transaction| {
        let mut jpki = transaction.jpki()?;
        // Whoever checks the file may not have it; the card gives it without the password.
        let authority = jpki.signature_ca_certificate()?;
        let mut key = jpki.unlock_signature(&password.pin, password.spend)?;
        let certificate = key.certificate()?;
        let Some(mut signer) = CardSigner::signature(&mut key, certificate, vec![authority]) else {
            return Ok(Err(SignError::Algorithm));
        };
        let mut signed = SignedData::new();
        match signed.sign(&mut signer, &document.digest, Some(UtcTime::now())) {
            Ok(_) => Ok(Ok(signed.to_detached())),
            Err(SignError::Signer(error)) => Err(error),
            Err(error) => Ok(Err(error)),
        }
    })?;
    let signature = signed.map_err(|error| match error {
        SignError::Mismatch => Error::SignatureMismatch.into(),
        // The announced next card has keys for SHA-384; this method digests with SHA-256.
        _ => job.wrong("card"),
    })?;
    if let Some(place) = &place {
        place.write(&signature)?;
    }
    Ok(json!({
        "format": "cms",
        "sha256": hex(document.digest.as_bytes()),
        "output": place.as_ref().map(|place| place.path().display().to_string()),
        "signature": place.is_none().then(|| BASE64_STANDARD.encode(&signature)),
    }))
}

/// `document/verify`: a file with its detached CMS signature, judged rule by rule.
///
/// A refusal is an answer, not an error: the report says which rule is broken.
pub(super) fn verify(job: &mut Job) -> Result<Value, Failure> {
    let (file, signature) = (
        PathBuf::from(job.text("file")?),
        PathBuf::from(job.text("signature")?),
    );
    let trust = match job.optional("trust")? {
        Some(trust) => trust.parse().unwrap_or_else(|never| match never {}),
        None => Trusted::Production,
    };
    let judge = Judge::open(&TrustOptions::of(trust))?;
    let open = |path: &Path| {
        File::open(path).map_err(|error| Failure::file("input.unreadable", path, &error))
    };
    let (mut content, mut signed) = (open(&file)?, open(&signature)?);
    let policy = policy(&judge.trust, &judge);
    let report = cms::verify_detached(&mut signed, &mut content, &policy)
        .map_err(|error| Failure::file("input.unreadable", &file, &error))?;
    Ok(shown(&report))
}

fn policy<'a>(trust: &'a Trust, judge: &'a Judge) -> Policy<'a> {
    let mut policy = Policy::new(trust, judge.now());
    policy.revocation = judge;
    policy
}

fn shown(report: &Report) -> Value {
    let rule = |finding: &Finding| {
        let verdict = match finding.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail(_) => "fail",
            Verdict::Warn(_) => "warn",
            Verdict::NotChecked => "not-checked",
        };
        json!({
            "rule": finding.rule.code(),
            "verdict": verdict,
            "reason": finding.verdict.reason().map(|reason| reason.code()),
        })
    };
    let rules = |findings: &[Finding]| findings.iter().map(rule).collect::<Vec<_>>();
    let signatures = report.signatures.iter().map(|one| {
        let subject = one.certificate.as_ref().map(Certificate::subject);
        json!({
            "accepted": one.is_accepted(),
            "rules": rules(&one.findings),
            "subject": subject.map(ToString::to_string),
            "claimedTime": one.claimed_time.map(|time| time.to_string()),
            "provenTime": one.proven_time.map(|time| time.to_string()),
            "revocation": { "status": one.revocation().status() },
        })
    });
    json!({
        "format": report.format.name(),
        "accepted": report.is_accepted(),
        "reason": report.reasons().next().map(|reason| reason.code()),
        "rules": rules(&report.document),
        "signatures": signatures.collect::<Vec<_>>(),
        "revocation": { "status": report.revocation().status() },
    })
}

/// What is signed, as it was when the client was told of it.
struct Document {
    digest: Digest,
    size: u64,
    identity: Identity,
}

/// Tells whether a file was changed or exchanged since.
#[derive(PartialEq, Eq)]
struct Identity {
    size: u64,
    changed: (i64, i64),
    place: (u64, u64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
            place: (metadata.dev(), metadata.ino()),
        }
    }
}

impl Document {
    fn read(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error| Failure::file("input.unreadable", path, &error);
        let mut file = File::open(path).map_err(unreadable)?;
        let identity = Identity::of(&file.metadata().map_err(unreadable)?);
        let digest = Digest::of_reader(HashAlgorithm::Sha256, &mut file).map_err(unreadable)?;
        let size = identity.size;
        Ok(Self {
            digest,
            size,
            identity,
        })
    }

    /// Between the question and the signature somebody may have written to the file.
    fn is_unchanged(&self, path: &Path) -> Result<(), Failure> {
        let now = std::fs::metadata(path).map(|metadata| Identity::of(&metadata));
        match now {
            Ok(now) if now == self.identity => Ok(()),
            Ok(_) => {
                let path = Fact::Text(path.display().to_string());
                Err(Failure::new("input.changed").telling("path", path))
            }
            Err(error) => Err(Failure::file("input.unreadable", path, &error)),
        }
    }
}
