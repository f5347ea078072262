//! `document/sign`, `document/verify`: documents for desktop programs, as detached CMS signatures.
//!
//! A document goes by its path, never by its bytes. It is read before the PIN is asked for, and the
//! digest that the client showed its user is the digest that is signed.

use card_core::domain::date::UtcTime;
use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::trust::Trust;
use card_core::{Digest, Error, HashAlgorithm, Spend};
use card_sign::cms::{self, SignedData};
use card_sign::report::Verdict;
use card_sign::{CardSigner, Finding, Policy, Report, SignError};
use serde::{Deserialize, Serialize};

use super::job::{AtCard, Job};
use super::method::{CardMethod, JudgeMethod};
use super::params::{self, Consent};
use super::question::{About, DocumentAbout};
use crate::exit::Failure;
use crate::facts::Fact;
use crate::jobs::pin;
use crate::output::{Place, Privacy, hex};
use crate::pin_spec::SIGNATURE_PASSWORD;
use crate::session::CardSession;
use crate::trust::{Judge, TrustOptions};

/// Signs one file with one PIN: a detached CMS signature (CAdES-B-B).
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Sign {
    /// Path.
    file: PathBuf,
    /// Path of the signature; without it the signature is in the result.
    #[serde(default)]
    output: Option<PathBuf>,
    /// Needed: the signature holds name, address, birth date and sex.
    #[serde(default)]
    consent: Option<Consent>,
}

/// What was signed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Signed {
    /// `cms`.
    format: &'static str,
    /// Of the file, hexadecimal.
    sha256: String,
    output: Option<String>,
    /// Base64; null where `output` was named.
    signature: Option<String>,
}

impl CardMethod for Sign {
    const NAME: &str = "document/sign";
    type Result = Signed;

    fn run(self, job: &AtCard<'_>) -> Result<Signed, Failure> {
        sign(self, job)
    }
}

fn sign(asked: Sign, job: &AtCard<'_>) -> Result<Signed, Failure> {
    Consent::demanded(asked.consent.as_ref())?;
    let Sign { file, output, .. } = asked;
    let output = output.as_deref();
    let place = output.map(|output| Place::look(output, false, Privacy::Owner));
    let place = place.transpose()?;
    let document = Document::read(&file)?;
    let mut held = job.open()?;
    let ui = &mut job.ui(About {
        document: Some(DocumentAbout {
            file: file.display().to_string(),
            size: document.size,
            sha256: hex(document.digest.as_bytes()),
        }),
        ..About::disclosing(true)
    });
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
        _ => params::wrong("card"),
    })?;
    if let Some(place) = &place {
        let _held = job.held();
        place.write(&signature)?;
    }
    Ok(Signed {
        format: "cms",
        sha256: hex(document.digest.as_bytes()),
        output: place
            .as_ref()
            .map(|place| place.path().display().to_string()),
        signature: place.is_none().then(|| BASE64_STANDARD.encode(&signature)),
    })
}

/// Judges a file with its detached CMS signature, rule by rule.
///
/// A refusal is an answer, not an error: the report says which rule is broken.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Verify {
    /// Path.
    file: PathBuf,
    /// Path.
    signature: PathBuf,
}

impl JudgeMethod for Verify {
    const NAME: &str = "document/verify";
    type Result = JudgedDocument;

    fn run(self, _: &Job, trust: &TrustOptions) -> Result<JudgedDocument, Failure> {
        let (file, signature) = (&self.file, &self.signature);
        let judge = Judge::open(trust)?;
        let open = |path: &Path| {
            File::open(path).map_err(|error| Failure::file("input.unreadable", path, &error))
        };
        let (mut content, mut signed) = (open(file)?, open(signature)?);
        let policy = policy(&judge.trust, &judge);
        let report = cms::verify_detached(&mut signed, &mut content, &policy)
            .map_err(|error| Failure::file("input.unreadable", file, &error))?;
        Ok(shown(&report))
    }
}

fn policy<'a>(trust: &'a Trust, judge: &'a Judge) -> Policy<'a> {
    let mut policy = Policy::new(trust, judge.now());
    policy.revocation = judge;
    policy
}

/// What a document is worth.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct JudgedDocument {
    format: &'static str,
    accepted: bool,
    /// The first broken rule: a code of `docs/errors.md`.
    reason: Option<&'static str>,
    /// The rules for the whole document.
    rules: Vec<Ruled>,
    signatures: Vec<JudgedSignature>,
    revocation: RevocationStatus,
}

/// What one signature is worth.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct JudgedSignature {
    accepted: bool,
    rules: Vec<Ruled>,
    subject: Option<String>,
    /// When the signer says that it was signed.
    claimed_time: Option<String>,
    /// When a time stamp proves that it was there.
    proven_time: Option<String>,
    revocation: RevocationStatus,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct RevocationStatus {
    /// `good`, `revoked`, `unknown` or `not-checked`.
    status: &'static str,
}

/// A rule and how it came out.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Ruled {
    rule: &'static str,
    /// `pass`, `fail`, `warn` or `not-checked`.
    verdict: &'static str,
    reason: Option<&'static str>,
}

impl Ruled {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.code(),
            verdict: match finding.verdict {
                Verdict::Pass => "pass",
                Verdict::Fail(_) => "fail",
                Verdict::Warn(_) => "warn",
                Verdict::NotChecked => "not-checked",
            },
            reason: finding.verdict.reason().map(|reason| reason.code()),
        }
    }
}

fn shown(report: &Report) -> JudgedDocument {
    let rules = |findings: &[Finding]| findings.iter().map(Ruled::of).collect::<Vec<_>>();
    let signatures = report.signatures.iter().map(|one| JudgedSignature {
        accepted: one.is_accepted(),
        rules: rules(&one.findings),
        subject: one.certificate.as_ref().map(|it| it.subject().to_string()),
        claimed_time: one.claimed_time.map(|time| time.to_string()),
        proven_time: one.proven_time.map(|time| time.to_string()),
        revocation: RevocationStatus {
            status: one.revocation().status(),
        },
    });
    JudgedDocument {
        format: report.format.name(),
        accepted: report.is_accepted(),
        reason: report.reasons().next().map(|reason| reason.code()),
        rules: rules(&report.document),
        signatures: signatures.collect(),
        revocation: RevocationStatus {
            status: report.revocation().status(),
        },
    }
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
