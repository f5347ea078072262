//! Judging a card-verifiable certificate (CV証明書) that lies in a file.

use card_core::judgement::Verdict;
use card_core::trust::cv::{CardDomain, CvCertificate, IssuerKeys, IssuerProblem};
use serde::Serialize;

use crate::report::trust::RuleLine;
use crate::texts::Texts;

/// Whether these bytes begin as such a certificate does: the template, or its two objects as the
/// issuer domain gives them, perhaps behind their header list.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    matches!(bytes, [0x7F, 0x21, ..] | [0x5F, 0x4E, ..] | [0x4D, ..])
}

/// What comes of the rules.
pub(crate) struct Judged {
    /// Null where the certificate cannot be read.
    pub(crate) names: Option<Names>,
    pub(crate) rules: Vec<RuleLine>,
}

/// Whose key is certified by whom.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Names {
    /// Key identifiers.
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// `profile`, `visual` or `issuer`: what the issuer's name says that it issues for.
    pub(crate) application: Option<&'static str>,
}

const RULES: [&str; 4] = ["encoding", "issuer", "application", "signature"];

impl Judged {
    /// Judges a certificate by the issuers that are trusted.
    pub(crate) fn of(bytes: &[u8], issuers: &IssuerKeys) -> Self {
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
        let rules = RULES.map(|rule| {
            let verdict = match problem {
                Some((broken, reason)) if broken == rule => {
                    failed = true;
                    Verdict::Fail(reason)
                }
                _ if failed => Verdict::NotChecked,
                _ => Verdict::Pass,
            };
            RuleLine::new(rule, verdict, |reason| reason)
        });
        Self {
            names: certificate.map(|certificate| Names {
                subject: certificate.subject().to_string(),
                issuer: certificate.issuer().to_string(),
                application: domain.map(|domain| match domain {
                    CardDomain::Profile => "profile",
                    CardDomain::Visual => "visual",
                    CardDomain::Issuer => "issuer",
                }),
            }),
            rules: rules.into(),
        }
    }

    /// Why it is refused.
    pub(crate) fn refused(&self) -> Option<&'static str> {
        self.rules.iter().find_map(|rule| rule.reason)
    }
}

impl Names {
    /// Rows for people.
    pub(crate) fn rows(&self, texts: &Texts) -> Vec<Vec<String>> {
        let mut rows = vec![
            vec![texts.say("cv-subject"), self.subject.clone()],
            vec![texts.say("cv-issuer"), self.issuer.clone()],
        ];
        if let Some(application) = self.application {
            let domain = texts.say(&format!("cv-domain-{application}"));
            rows.push(vec![texts.say("cv-domain"), domain]);
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use card_sim::applets::Application;
    use card_sim::persona::Persona;

    use super::*;
    use crate::issuers::Trusted;

    fn judged(bytes: &[u8], trust: &Trusted) -> Vec<(&'static str, Option<&'static str>)> {
        let issuers = trust.issuers().unwrap();
        let judged = Judged::of(bytes, &issuers);
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
