//! The report of what a certificate is worth, rule by rule.

use card_core::Certificate;
use card_core::domain::date::UtcTime;
use card_core::trust::{Reason, Revocation};
use serde::Serialize;

use crate::cv_certificate;
use crate::exit::Failure;
use crate::output::{Report, hex, printable, table};
use crate::report::trust::{RevocationLine, RootLine, RuleLine, TrustLine};
use crate::texts::Texts;
use crate::trust::{Judge, TrustOptions};
use crate::validity::Moment;

/// `mynacard.verify-cert/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Judged {
    /// Whether every rule that was tried is kept, and revocation known where that was demanded.
    accepted: bool,
    /// Why it is not accepted: a code of `docs/errors.md`.
    pub(crate) reason: Option<&'static str>,
    /// `x509` or `card-verifiable`.
    kind: &'static str,
    /// `authentication`, `signature` or `time-stamp`, by the name of the issuer; null for
    /// card-verifiable certificates.
    role: Option<&'static str>,
    /// The moment it was judged for.
    at: Moment,
    trust: TrustLine,
    /// Null where nothing can be read.
    certificate: Option<Subject>,
    /// Null unless it is a card-verifiable certificate that can be read.
    card_verifiable: Option<cv_certificate::Names>,
    /// The root that signed it; null where none did.
    root: Option<RootLine>,
    rules: Vec<RuleLine>,
    revocation: RevocationLine,
}

/// Which certificate it was. Its serial number is not told: it names a person.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Subject {
    subject: String,
    issuer: String,
    not_before: Moment,
    not_after: Moment,
    /// SHA-256, hexadecimal.
    fingerprint: String,
}

impl Judged {
    pub(crate) fn x509(bytes: &[u8], judge: &Judge, at: UtcTime) -> Self {
        let report = judge.trust.verify_file(bytes, at, judge);
        let pem = Certificate::parse_pem(bytes).ok();
        let certificate = pem.and_then(|all| all.into_iter().next());
        let certificate = certificate.or_else(|| Certificate::parse_exact(bytes).ok());
        let reason = judge.end(report.reason().map(Reason::code), report.revocation());
        Self {
            accepted: reason.is_none(),
            reason,
            kind: "x509",
            role: Some(report.role().name()),
            at: Moment(at),
            trust: TrustLine::of(&judge.trust),
            certificate: certificate.map(|certificate| Subject {
                subject: certificate.subject().to_string(),
                issuer: certificate.issuer().to_string(),
                not_before: Moment(certificate.validity().not_before),
                not_after: Moment(certificate.validity().not_after),
                fingerprint: hex(certificate.fingerprint().as_bytes()),
            }),
            card_verifiable: None,
            root: RootLine::that_signed(&report, &judge.trust),
            rules: RuleLine::of(&report),
            revocation: RevocationLine::of(report.revocation()),
        }
    }

    /// Of a file, whichever of the two kinds it holds. `open` gives the judge of these options.
    pub(crate) fn file(
        bytes: &[u8],
        options: &TrustOptions,
        open: impl FnOnce() -> Result<Judge, Failure>,
        at: UtcTime,
    ) -> Result<Self, Failure> {
        match cv_certificate::begins(bytes) {
            true => Self::card_verifiable(bytes, options, at),
            false => Ok(Self::x509(bytes, &open()?, at)),
        }
    }

    /// Such certificates have no dates and no revocation, so neither can be checked.
    fn card_verifiable(bytes: &[u8], options: &TrustOptions, at: UtcTime) -> Result<Self, Failure> {
        let judged = cv_certificate::Judged::of(bytes, &options.whom().issuers()?);
        let reason = options.end(judged.refused(), &Revocation::NotChecked);
        Ok(Self {
            accepted: reason.is_none(),
            reason,
            kind: "card-verifiable",
            role: None,
            at: Moment(at),
            trust: TrustLine::named(options.whom()),
            certificate: None,
            card_verifiable: judged.names,
            root: None,
            rules: judged.rules,
            revocation: RevocationLine::of(&Revocation::NotChecked),
        })
    }
}

impl Report for Judged {
    const NAME: &str = "verify-cert";

    fn text(&self, texts: &Texts) -> String {
        let end = if self.accepted {
            self.revocation.accepted()
        } else {
            "judged-refused"
        };
        let mut rows = Vec::new();
        let mut row = |id: &str, value: String| rows.push(vec![texts.say(id), value]);
        if let Some(certificate) = &self.certificate {
            row("cert-subject", printable(&certificate.subject));
            row("cert-issuer", printable(&certificate.issuer));
            row("cert-until", certificate.not_after.text(texts));
            row("cert-fingerprint", certificate.fingerprint.clone());
        }
        if let Some(role) = self.role {
            row("judged-role", texts.say(&format!("role-{role}")));
            row("judged-at", self.at.text(texts));
            row("judged-root", RootLine::text(self.root.as_ref(), texts));
            row("judged-revocation", self.revocation.text(texts));
        } else {
            row("judged-revocation", texts.say("cv-revocation"));
        }
        let names = self.card_verifiable.iter();
        rows.splice(0..0, names.flat_map(|names| names.rows(texts)));
        let rules: Vec<_> = self.rules.iter().map(|rule| rule.row(texts)).collect();
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
    fn schema_is_up_to_date() {
        schema::<Judged>(Judged::NAME, Envelope::Either);
    }
}
