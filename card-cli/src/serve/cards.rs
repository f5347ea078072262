//! Readers, and what a card tells of itself: status, certificates, driving licence.

use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::Spend;
use card_core::certificate::KeyAlgorithm;
use card_core::domain::date::UtcTime;
use serde::{Deserialize, Serialize};

use super::job::{AtCard, Job};
use super::method::{CardMethod, JudgeMethod, Method};
use super::params::{self, Consent, InputPath};
use super::question::About;
use super::shared::Readers;
use crate::exit::Failure;
use crate::jobs;
use crate::jobs::certificate::{self, Which};
use crate::report::licence::{Expiry, Licence};
use crate::report::status::Status;
use crate::report::verify_cert::Judged;
use crate::trust::{self, Moment, TrustOptions};

/// Takes nothing.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ListReaders {}

impl Method for ListReaders {
    const NAME: &str = "readers/list";
    type Result = Readers;

    fn run(self, job: &Job) -> Result<Readers, Failure> {
        Ok(job.readers())
    }
}

/// Takes nothing of its own.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct CardStatus {}

impl CardMethod for CardStatus {
    const NAME: &str = "card/status";
    type Result = Status;

    fn run(self, job: &AtCard<'_>) -> Result<Status, Failure> {
        jobs::status::run(&mut job.open()?).map(Status::of)
    }
}

/// Reads the driving licence.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ReadLicence {
    what: LicencePart,
    /// Path of the police's certificate; only for `whole`.
    #[serde(default)]
    issuer: Option<PathBuf>,
    /// Needed for `whole`.
    #[serde(default)]
    consent: Option<Consent>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum LicencePart {
    /// The expiry alone.
    Expiry,
    /// Everything, number and portrait included.
    Whole,
}

/// The expiry alone, or the whole licence.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum LicenceResult {
    Expiry(Expiry),
    Whole(Box<WholeLicence>),
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WholeLicence {
    #[serde(flatten)]
    licence: Licence,
    /// JPEG 2000, Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    portrait: Option<String>,
}

impl CardMethod for ReadLicence {
    const NAME: &str = "card/licence";
    type Result = LicenceResult;

    fn run(self, job: &AtCard<'_>) -> Result<LicenceResult, Failure> {
        let whole = self.what == LicencePart::Whole;
        if whole {
            Consent::demanded(self.consent.as_ref())?;
        } else if self.issuer.is_some() {
            return Err(params::wrong("issuer"));
        }
        let certificate = self.issuer.as_deref();
        let certificate = certificate
            .map(|path| jobs::licence::certificate(path, job.job()))
            .transpose()?;
        let ui = &mut job.ui(About::disclosing(whole));
        if !whole {
            let expiry = jobs::licence::expiry(&mut job.open()?, ui, Spend::KeepOne)?;
            return Ok(LicenceResult::Expiry(Expiry::of(&expiry)));
        }
        let (record, signature) = jobs::licence::whole(&mut job.open()?, ui, Spend::KeepOne)?;
        let licence = Licence::of(&record, &signature, certificate.as_ref())?;
        let portrait = record.portrait.value();
        Ok(LicenceResult::Whole(Box::new(WholeLicence {
            licence,
            portrait: portrait.map(|portrait| BASE64_STANDARD.encode(portrait)),
        })))
    }
}

/// Reads a certificate of the card.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ReadCertificate {
    which: CertificateWord,
    /// Needed for `sign`, which holds name, address, birth date and sex.
    #[serde(default)]
    consent: Option<Consent>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum CertificateWord {
    Auth,
    Sign,
    AuthCa,
    SignCa,
}

/// A certificate.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub(super) struct CertificateRead {
    which: CertificateWord,
    /// Base64.
    der: String,
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    /// `rsa-2048`, `ec-p256`, `ec-p384`.
    key: String,
}

impl CardMethod for ReadCertificate {
    const NAME: &str = "certificate/read";
    type Result = CertificateRead;

    fn run(self, job: &AtCard<'_>) -> Result<CertificateRead, Failure> {
        let which = match self.which {
            CertificateWord::Auth => Which::Authentication,
            CertificateWord::Sign => Which::Signature,
            CertificateWord::AuthCa => Which::AuthenticationCa,
            CertificateWord::SignCa => Which::SignatureCa,
        };
        let names_holder = which == Which::Signature;
        if names_holder {
            Consent::demanded(self.consent.as_ref())?;
        }
        let ui = &mut job.ui(About::disclosing(names_holder));
        let certificate = certificate::read(which, &mut job.open()?, ui, Spend::KeepOne)?;
        let validity = certificate.validity();
        Ok(CertificateRead {
            which: self.which,
            der: BASE64_STANDARD.encode(certificate.to_der()),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            not_before: validity.not_before.to_string(),
            not_after: validity.not_after.to_string(),
            key: match certificate.key_algorithm() {
                KeyAlgorithm::Rsa { bits } => format!("rsa-{bits}"),
                KeyAlgorithm::EcP256 => "ec-p256".into(),
                KeyAlgorithm::EcP384 => "ec-p384".into(),
                _ => "other".into(),
            },
        })
    }
}

/// Judges a certificate rule by rule, X.509 or card-verifiable. A refusal is an answer.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyCertificate {
    /// Path; this or `der`.
    #[serde(default)]
    file: Option<InputPath>,
    /// Base64, as `certificate/read` gives it; this or `file`.
    #[serde(default)]
    der: Option<String>,
    /// The moment that it is judged for, `YYYY-MM-DD` or RFC 3339; now without it.
    #[serde(default)]
    at: Option<String>,
}

impl JudgeMethod for VerifyCertificate {
    const NAME: &str = "certificate/verify";
    type Result = Judged;

    fn run(self, job: &Job, trust: &TrustOptions) -> Result<Judged, Failure> {
        let at = self.at.map(|text| text.parse::<Moment>()).transpose();
        let at = at.map_err(|_| params::wrong("at"))?;
        let bytes = match (self.file, self.der) {
            (Some(file), None) => trust::judged(&file.0, job)?,
            (None, Some(der)) => BASE64_STANDARD
                .decode(der)
                .map_err(|_| params::wrong("der"))?,
            _ => return Err(params::wrong("file")),
        };
        let at = at.map_or_else(UtcTime::now, |at| at.0);
        Judged::file(&bytes, trust, || job.judge(trust), at)
    }
}
