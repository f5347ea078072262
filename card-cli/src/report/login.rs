//! The reports of a login: the token, the challenge, and what a token is worth.

use card_core::domain::date::UtcTime;
use card_core::login::{LoginReason, LoginReport, Nonce, Origin};
use card_core::trust::{Revocation, VerifyReport};
use serde::Serialize;
use serde_json::Value;

use crate::output::{self, Report, table};
use crate::report::trust::{RevocationLine, RootLine, RuleLine, TrustLine};
use crate::texts::Texts;
use crate::trust::Judge;

/// `mynacard.login/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Answered {
    /// The site that the token is for.
    pub(crate) origin: String,
    /// Where the token was written to; null where it is only in this report.
    pub(crate) output: Option<String>,
    /// The Web eID token.
    pub(crate) token: Value,
    /// `certificate.expired`: no service takes such a token.
    pub(crate) warnings: Vec<&'static str>,
}

impl Report for Answered {
    const NAME: &str = "login";

    fn text(&self, texts: &Texts) -> String {
        let path = output::printable(self.output.as_deref().unwrap_or("-"));
        texts.with("login-written", [("path", path.as_str().into())]) + "\n"
    }
}

/// `mynacard.login-challenge/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Challenge {
    origin: String,
    /// Base64 of 54 bytes: 32 of them are random, the others tell when it was issued and by whom.
    nonce: String,
    /// Until when it can be answered.
    expires: String,
}

impl Challenge {
    /// Of a nonce that was issued now.
    pub(crate) fn of(origin: &Origin, nonce: &Nonce, now: UtcTime) -> Self {
        let expires = UtcTime::from_unix(now.unix().saturating_add(Nonce::LIFETIME));
        Self {
            origin: origin.to_string(),
            nonce: nonce.as_str().to_owned(),
            expires: expires.unwrap_or(now).to_string(),
        }
    }
}

impl Report for Challenge {
    const NAME: &str = "login-challenge";

    fn text(&self, _: &Texts) -> String {
        format!("{}\n", self.nonce)
    }
}

/// `mynacard.login-verify/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Verified {
    /// Whether the holder of the certificate has answered this challenge for this site.
    accepted: bool,
    /// Why not: a code of `docs/errors.md`.
    pub(crate) reason: Option<&'static str>,
    origin: String,
    /// The holder, as this service may know it: 64 hexadecimal digits. Null without a key or a
    /// login. Changes when the certificate is renewed.
    identity: Option<String>,
    trust: TrustLine,
    rules: Vec<RuleLine>,
    /// The rules for the certificate; empty if the token could not be read.
    certificate: Vec<RuleLine>,
    /// The root that signed the certificate; null where none did.
    root: Option<RootLine>,
    revocation: RevocationLine,
}

impl Verified {
    pub(crate) fn of(origin: &Origin, report: &LoginReport, judge: &Judge) -> Self {
        let certificate = report.certificate();
        let revocation = certificate.map_or(&Revocation::NotChecked, VerifyReport::revocation);
        let reason = judge.end(report.reason().map(LoginReason::code), revocation);
        let identity = report.identity().filter(|_| reason.is_none());
        let rules = report
            .rules()
            .map(|(rule, verdict)| RuleLine::new(rule.name(), verdict, LoginReason::code));
        Self {
            accepted: reason.is_none(),
            reason,
            origin: origin.to_string(),
            identity: identity.map(|identity| identity.to_string()),
            trust: TrustLine::of(&judge.trust),
            rules: rules.collect(),
            certificate: certificate.map_or_else(Vec::new, RuleLine::of),
            root: certificate.and_then(|report| RootLine::that_signed(report, &judge.trust)),
            revocation: RevocationLine::of(revocation),
        }
    }
}

impl Report for Verified {
    const NAME: &str = "login-verify";

    fn text(&self, texts: &Texts) -> String {
        let end = if self.accepted {
            self.revocation.accepted()
        } else {
            "judged-refused"
        };
        let mut rows = Vec::new();
        let mut row = |id: &str, value: String| rows.push(vec![texts.say(id), value]);
        row("judged-origin", self.origin.clone());
        if let Some(identity) = &self.identity {
            row("judged-identity", identity.clone());
        }
        row("judged-root", RootLine::text(self.root.as_ref(), texts));
        row("judged-revocation", self.revocation.text(texts));
        let rules = self.rules.iter().chain(&self.certificate);
        let rules: Vec<_> = rules.map(|rule| rule.row(texts)).collect();
        format!(
            "{}\n{}{}{}\n{}",
            texts.say(end),
            table(&rows),
            self.trust.text(texts),
            texts.say("judged-rules"),
            table(&rules),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schemas_are_up_to_date() {
        schema::<Answered>(Answered::NAME, Envelope::Card);
        schema::<Challenge>(Challenge::NAME, Envelope::Plain);
        schema::<Verified>(Verified::NAME, Envelope::Plain);
    }
}
