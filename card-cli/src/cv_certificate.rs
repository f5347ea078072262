//! Judging a card-verifiable certificate (CV証明書) that lies in a file.

use card_core::trust::cv::{CardDomain, CvCertificate, IssuerKeys, IssuerProblem};
use serde::Serialize;

use crate::exit::Failure;
use crate::issuers::Trusted;
use crate::output::table;
use crate::texts::Texts;

/// Whether these bytes begin as such a certificate does: the template, or its two objects as the
/// issuer domain gives them, perhaps behind their header list.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    matches!(bytes, [0x7F, 0x21, ..] | [0x5F, 0x4E, ..] | [0x4D, ..])
}

/// What comes of the rules.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Judged {
    file: String,
    /// Always `card-verifiable`.
    kind: &'static str,
    /// Key identifiers; null where the certificate cannot be read.
    subject: Option<String>,
    issuer: Option<String>,
    /// `profile`, `visual` or `issuer`: what the issuer's name says that it issues for.
    application: Option<&'static str>,
    rules: Vec<Rule>,
    revocation: Revocation,
    /// `production`, `jlis-test`, `sim` or a folder.
    trust: String,
    #[serde(skip)]
    refused: bool,
}

/// A rule and how it came out.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Rule {
    /// `encoding`, `issuer`, `application` or `signature`.
    rule: &'static str,
    /// `pass`, `fail` or `not-checked`.
    verdict: &'static str,
    /// Why it fails.
    reason: Option<&'static str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Revocation {
    /// Always `not-checked`: such certificates are not revoked.
    status: &'static str,
}

const RULES: [&str; 4] = ["encoding", "issuer", "application", "signature"];

impl Judged {
    /// Judges a certificate by the issuers that are trusted.
    pub(crate) fn of(file: String, bytes: &[u8], issuers: &IssuerKeys, trust: &Trusted) -> Self {
        let certificate = CvCertificate::parse(bytes).ok();
        let domain = certificate.as_ref().and_then(|it| it.issuer().domain());
        let problem = match (&certificate, domain) {
            (None, _) => Some(("encoding", "certificate.malformed")),
            (Some(_), None) => Some(("issuer", IssuerProblem::Unknown.code())),
            (Some(certificate), Some(domain)) => {
                let checked = issuers.check(certificate, domain);
                checked.err().map(|problem| match problem {
                    IssuerProblem::Unknown => ("issuer", problem.code()),
                    IssuerProblem::Domain => ("application", problem.code()),
                    IssuerProblem::Signature => ("signature", problem.code()),
                })
            }
        };
        let mut failed = false;
        let rules = RULES.map(|rule| match problem {
            Some((broken, reason)) if broken == rule => {
                failed = true;
                Rule {
                    rule,
                    verdict: "fail",
                    reason: Some(reason),
                }
            }
            _ => Rule {
                rule,
                verdict: if failed { "not-checked" } else { "pass" },
                reason: None,
            },
        });
        Self {
            file,
            kind: "card-verifiable",
            subject: certificate.as_ref().map(|it| it.subject().to_string()),
            issuer: certificate.as_ref().map(|it| it.issuer().to_string()),
            application: domain.map(|domain| match domain {
                CardDomain::Profile => "profile",
                CardDomain::Visual => "visual",
                CardDomain::Issuer => "issuer",
            }),
            rules: rules.into(),
            revocation: Revocation {
                status: "not-checked",
            },
            trust: trust.name(),
            refused: failed,
        }
    }

    /// Fails unless every rule holds.
    pub(crate) fn demanded(&self) -> Result<(), Failure> {
        if self.refused {
            Err(Failure::new("record.not-genuine").reported())
        } else {
            Ok(())
        }
    }

    /// For people.
    pub(crate) fn text(&self, texts: &Texts) -> String {
        let mut rows = Vec::new();
        let mut row = |id: &str, value: Option<String>| {
            rows.extend(value.map(|value| vec![texts.say(id), value]));
        };
        row("cv-subject", self.subject.clone());
        row("cv-issuer", self.issuer.clone());
        let application = self.application;
        row(
            "cv-domain",
            application.map(|it| texts.say(&format!("cv-domain-{it}"))),
        );
        for rule in &self.rules {
            let verdict = texts.say(&format!("cv-{}", rule.verdict));
            let verdict = match rule.reason {
                Some(code) => format!("{verdict} ({code})"),
                None => verdict,
            };
            rows.push(vec![texts.say(&format!("cv-rule-{}", rule.rule)), verdict]);
        }
        let (title, revocation) = (texts.say("cv-title"), texts.say("cv-revocation"));
        format!("{title}\n{}{revocation}\n", table(&rows))
    }
}

#[cfg(test)]
mod tests {
    use card_sim::applets::Application;
    use card_sim::persona::Persona;

    use super::*;

    fn judged(bytes: &[u8], trust: &Trusted) -> Vec<(&'static str, Option<&'static str>)> {
        let issuers = trust.issuers().unwrap();
        let judged = Judged::of(String::new(), bytes, &issuers, trust);
        let rules = judged.rules.iter();
        rules.map(|rule| (rule.verdict, rule.reason)).collect()
    }

    #[test]
    fn each_rule_can_fail() {
        let hanako = Persona::shipped("hanako").unwrap();
        let file = |of, id| hanako.record(of, id).unwrap().to_vec();
        let (pass, open) = (("pass", None), ("not-checked", None));
        let profile = file(Application::Profile, 4);
        assert!(begins(&profile));
        for bytes in [
            &profile,
            &file(Application::Visual, 4),
            &file(Application::Issuer, 0xF8),
        ] {
            assert_eq!(judged(bytes, &Trusted::Simulator), [pass; 4]);
        }
        let unknown = ("fail", Some("issuer.unknown"));
        assert_eq!(
            judged(&profile, &Trusted::Production),
            [pass, unknown, open, open]
        );
        let mut bent = profile.clone();
        // Inside the certified key.
        bent[100] ^= 1;
        let signature = ("fail", Some("issuer.signature"));
        assert_eq!(
            judged(&bent, &Trusted::Simulator),
            [pass, pass, pass, signature]
        );
        let malformed = ("fail", Some("certificate.malformed"));
        assert_eq!(
            judged(&profile[..99], &Trusted::Simulator),
            [malformed, open, open, open]
        );
    }
}
