//! Logging in at a site, and the side of the site.

use std::path::{Path, PathBuf};

use card_core::Spend;
use card_core::domain::date::UtcTime;
use card_core::login::Nonce;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::job::{AtCard, Job};
use super::method::{CardMethod, JudgeMethod, Method};
use super::params::{self, InputPath};
use super::question::About;
use crate::exit::Failure;
use crate::jobs::login;
use crate::jobs::login_service::{self, Store, Verification};
use crate::report::login::{Challenge, Verified};
use crate::trust::TrustOptions;

/// Answers a challenge of a site.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct LogIn {
    /// The site, as `https://example.org`.
    origin: String,
    /// 44 to 128 characters of Base64.
    challenge: String,
}

/// The token for the site.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct LoggedIn {
    /// A Web eID token.
    token: Value,
    /// `certificate.expired`: no service takes such a token.
    warnings: Vec<&'static str>,
}

impl CardMethod for LogIn {
    const NAME: &str = "login/sign";
    type Result = LoggedIn;

    fn run(self, job: &AtCard<'_>) -> Result<LoggedIn, Failure> {
        let origin = login::origin(&self.origin)?;
        let nonce = Nonce::parse(&self.challenge).map_err(|_| params::wrong("challenge"))?;
        let about = About {
            origin: Some(origin.to_string()),
            ..About::default()
        };
        let request = login::Request { origin, nonce };
        let ui = &mut job.ui(about);
        let answer = login::run(&mut job.open()?, ui, &request, Spend::KeepOne)?;
        Ok(LoggedIn {
            token: serde_json::from_str(&answer.token.to_json()).unwrap_or_default(),
            warnings: answer.warning.into_iter().collect(),
        })
    }
}

/// Makes a challenge, for a service that judges logins here.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct IssueChallenge {
    /// The site, as `https://example.org`.
    origin: String,
    /// A folder that remembers it; without it this process does.
    #[serde(default)]
    store: Option<PathBuf>,
}

impl Method for IssueChallenge {
    const NAME: &str = "login/challenge";
    type Result = Challenge;

    fn run(self, job: &Job) -> Result<Challenge, Failure> {
        let origin = login::origin(&self.origin)?;
        let now = UtcTime::now();
        let nonce = store(job, self.store.as_deref())?.issue(now)?;
        Ok(Challenge::of(&origin, &nonce, now))
    }
}

/// Judges a token. The challenge is used up, whatever comes of it. A refusal is an answer.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct VerifyLogin {
    /// The site, as `https://example.org`.
    origin: String,
    /// The challenge that the token should answer: that of the session.
    challenge: String,
    token: TokenParam,
    /// The folder that remembers the challenge; without it this process does.
    #[serde(default)]
    store: Option<PathBuf>,
    /// File with the key that makes identities; without it the one in `store`.
    #[serde(default)]
    identity_key: Option<InputPath>,
}

/// A Web eID token.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum TokenParam {
    /// As it came.
    Text(String),
    Object(Map<String, Value>),
}

impl JudgeMethod for VerifyLogin {
    const NAME: &str = "login/verify";
    type Result = Verified;

    fn run(self, job: &Job, trust: &TrustOptions) -> Result<Verified, Failure> {
        let origin = login::origin(&self.origin)?;
        let judge = job.judge(trust)?;
        let folder = self.store.as_deref();
        let store = store(job, folder)?;
        let key = self.identity_key.as_ref().map(|path| path.0.as_path());
        let key = login_service::identity_key(key, folder, job)?;
        let token = match self.token {
            TokenParam::Text(text) => text,
            TokenParam::Object(token) => Value::Object(token).to_string(),
        };
        let verification = Verification {
            origin: &origin,
            store: Some(&store),
            key: key.as_ref(),
            nonce: &self.challenge,
            token: token.as_bytes(),
        };
        let report = verification.run(&judge)?;
        Ok(Verified::of(&origin, &report, &judge))
    }
}

fn store<'j>(job: &'j Job, folder: Option<&Path>) -> Result<Store<'j>, Failure> {
    match folder {
        Some(folder) => Store::open(folder),
        None => Ok(Store::Memory(job.nonces())),
    }
}
