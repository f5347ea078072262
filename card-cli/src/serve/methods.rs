//! The table of methods. A method is the type of its parameters; it says its name, its result and
//! what it does.

use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::Spend;
use card_core::certificate::KeyAlgorithm;
use card_core::login::Nonce;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::documents;
use super::house::Readers;
use super::job::{AtCard, Job};
use super::params::{self, At, Consent};
use crate::exit::Failure;
use crate::jobs::certificate::{self, Which};
use crate::jobs::{self, login};
use crate::report::licence::{Expiry, Licence};
use crate::report::status::Status;

/// A method that needs no card.
pub(super) trait Method: DeserializeOwned + Described {
    const NAME: &str;
    type Result: Serialize + Described;

    fn run(self, job: &Job) -> Result<Self::Result, Failure>;
}

/// A method at a card: takes `card`, `timeoutMs` and `purpose` too.
pub(super) trait CardMethod: DeserializeOwned + Described {
    const NAME: &str;
    type Result: Serialize + Described;

    fn run(self, job: &AtCard<'_>) -> Result<Self::Result, Failure>;
}

/// Something that the description of the interface can describe; it is made by a test.
#[cfg(test)]
pub(super) trait Described: schemars::JsonSchema {}
#[cfg(test)]
impl<T: schemars::JsonSchema> Described for T {}
#[cfg(not(test))]
pub(super) trait Described {}
#[cfg(not(test))]
impl<T> Described for T {}

/// A row of the table.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) work: fn(&Job, Map<String, Value>) -> Result<Value, Failure>,
}

impl Entry {
    const fn plain<M: Method>() -> Self {
        Self {
            name: M::NAME,
            work: |job, params| shown(&params::parse::<M>(params)?.run(job)?),
        }
    }

    const fn at_card<M: CardMethod>() -> Self {
        Self {
            name: M::NAME,
            work: |job, mut params| {
                let at = At::take(&mut params)?;
                shown(&params::parse::<M>(params)?.run(&job.at(at))?)
            },
        }
    }
}

fn shown(result: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(result).map_err(|_| Failure::new("program.bug"))
}

/// Methods that take their time, in the order of their names.
pub(super) const METHODS: &[Entry] = &[
    Entry::at_card::<ReadLicence>(),
    Entry::at_card::<CardStatus>(),
    Entry::at_card::<ReadCertificate>(),
    Entry::at_card::<documents::Sign>(),
    Entry::plain::<documents::Verify>(),
    Entry::at_card::<LogIn>(),
    Entry::plain::<ListReaders>(),
];

/// Takes nothing.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ListReaders {}

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
struct CardStatus {}

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
struct ReadLicence {
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
enum LicenceResult {
    Expiry(Expiry),
    Whole(Box<WholeLicence>),
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WholeLicence {
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
        let certificate = certificate.map(jobs::licence::certificate).transpose()?;
        let ui = &mut job.ui(discloses(whole));
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

/// What a question says of what leaves the card.
pub(super) fn discloses(attributes: bool) -> Map<String, Value> {
    match attributes {
        true => Map::from_iter([("disclosesAttributes".to_owned(), true.into())]),
        false => Map::new(),
    }
}

/// Reads a certificate of the card.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ReadCertificate {
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
struct CertificateRead {
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
        let ui = &mut job.ui(discloses(names_holder));
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

/// Answers a challenge of a site.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct LogIn {
    /// The site, as `https://example.org`.
    origin: String,
    /// 44 to 128 characters of Base64.
    challenge: String,
}

/// The token for the site.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct LoggedIn {
    /// A Web eID token.
    token: Value,
}

impl CardMethod for LogIn {
    const NAME: &str = "login/sign";
    type Result = LoggedIn;

    fn run(self, job: &AtCard<'_>) -> Result<LoggedIn, Failure> {
        let origin = login::origin(&self.origin)?;
        let nonce = Nonce::parse(&self.challenge).map_err(|_| params::wrong("challenge"))?;
        let more = Map::from_iter([("origin".to_owned(), origin.as_str().into())]);
        let request = login::Request { origin, nonce };
        let ui = &mut job.ui(more);
        let token = login::run(&mut job.open()?, ui, &request, Spend::KeepOne)?;
        Ok(LoggedIn {
            token: serde_json::from_str(&token.to_json()).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_none_is_there_twice() {
        let names: Vec<&str> = METHODS.iter().map(|entry| entry.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }
}
