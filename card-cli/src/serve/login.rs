//! Logging in at a site.

use card_core::Spend;
use card_core::login::Nonce;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::job::AtCard;
use super::method::CardMethod;
use super::params;
use super::question::About;
use crate::exit::Failure;
use crate::jobs::login;

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
        let token = login::run(&mut job.open()?, ui, &request, Spend::KeepOne)?;
        Ok(LoggedIn {
            token: serde_json::from_str(&token.to_json()).unwrap_or_default(),
        })
    }
}
