//! What reports say of trust: rules for certificates, revocation, roots, and whom the user trusts.

use card_core::certificate::Environment;
use card_core::judgement::Verdict;
use card_core::trust::{Evidence, Reason, Revocation, Root, Trust, VerifyReport};
use serde::Serialize;

use crate::issuers::Trusted;
use crate::output::{hex, table};
use crate::texts::Texts;
use crate::validity::Moment;

/// A rule and how it came out.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct RuleLine {
    /// What is looked at; a stable word.
    pub(crate) rule: &'static str,
    /// `pass`, `fail`, `unknown` or `not-checked`.
    pub(crate) verdict: &'static str,
    /// The code of `docs/errors.md`, where there is something to explain.
    pub(crate) reason: Option<&'static str>,
}

impl RuleLine {
    /// A rule, how it came out, and what gives the code of a reason.
    pub(crate) fn new<R: Copy>(
        rule: &'static str,
        verdict: Verdict<R>,
        code: impl FnOnce(R) -> &'static str,
    ) -> Self {
        Self {
            rule,
            verdict: verdict.name(),
            reason: verdict.reason().map(code),
        }
    }

    /// The rules for a certificate.
    pub(crate) fn of(report: &VerifyReport) -> Vec<Self> {
        let rules = report.rules();
        rules
            .map(|(rule, verdict)| Self::new(rule.name(), verdict, Reason::code))
            .collect()
    }

    /// A row for people: what is looked at, how it came out, why.
    pub(crate) fn row(&self, texts: &Texts) -> Vec<String> {
        vec![
            format!("  {}", texts.say(&format!("rule-{}", self.rule))),
            texts.say(&format!("verdict-{}", self.verdict)),
            self.reason.unwrap_or_default().to_owned(),
        ]
    }
}

/// What is known of a certificate's revocation, and from whom.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct RevocationLine {
    /// `good`, `revoked`, `unknown` or `not-checked`.
    pub(crate) status: &'static str,
    /// Why it is unknown: a code of `docs/errors.md`.
    pub(crate) reason: Option<&'static str>,
    /// Since when it is revoked; beside `good` that is later than the moment that is judged for.
    since: Option<Moment>,
    /// Since when the key may not have been the holder's alone, if the issuer says so.
    invalid_since: Option<Moment>,
    /// Why it was revoked: `key-compromise`, `authority-compromise`, `not-given` or `other`.
    cause: Option<&'static str>,
    /// What tells so: `list` or `answer`.
    evidence: Option<&'static str>,
    /// When the list was made, or the answer signed.
    made: Option<Moment>,
    /// When the next list was due.
    next: Option<Moment>,
    /// Whether the answer repeats the number of our question, so that it is no old one.
    fresh: Option<bool>,
}

impl RevocationLine {
    /// Of a finding.
    pub(crate) fn of(revocation: &Revocation) -> Self {
        let mut line = Self {
            status: revocation.status(),
            reason: None,
            since: None,
            invalid_since: None,
            cause: None,
            evidence: None,
            made: None,
            next: None,
            fresh: None,
        };
        let evidence = match revocation {
            Revocation::NotChecked => return line,
            Revocation::Unknown(reason) => {
                line.reason = Some(reason.code());
                return line;
            }
            Revocation::Good(evidence) => evidence,
            Revocation::Revoked { entry, evidence }
            | Revocation::RevokedLater { entry, evidence } => {
                line.since = Some(Moment(entry.since));
                line.invalid_since = entry.invalid_since.map(Moment);
                line.cause = Some(entry.cause.name());
                evidence
            }
        };
        match evidence {
            Evidence::List {
                this_update,
                next_update,
            } => {
                line.evidence = Some("list");
                line.made = Some(Moment(*this_update));
                line.next = next_update.map(Moment);
            }
            Evidence::Answer { produced_at, nonce } => {
                line.evidence = Some("answer");
                line.made = Some(Moment(*produced_at));
                line.fresh = Some(*nonce);
            }
        }
        line
    }

    /// The message of a verdict that nothing is against.
    pub(crate) fn accepted(&self) -> &'static str {
        match self.status {
            "good" => "judged-accepted",
            _ => "judged-accepted-unchecked",
        }
    }

    /// A sentence for people.
    pub(crate) fn text(&self, texts: &Texts) -> String {
        let told = |time: Option<Moment>| time.map_or_else(String::new, |time| time.text(texts));
        let status = match (self.status, &self.since) {
            ("good", Some(_)) => "later",
            (status, _) => status,
        };
        let cause = match self.cause {
            Some(cause) => texts.say(&format!("revocation-cause-{cause}")),
            None => String::new(),
        };
        texts.with(
            &format!("revocation-is-{status}"),
            [
                ("cause", cause.into()),
                ("since", told(self.since).into()),
                ("made", told(self.made).into()),
                ("reason", self.reason.unwrap_or_default().into()),
            ],
        )
    }
}

/// A root.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct RootLine {
    /// SHA-256, hexadecimal, as J-LIS publishes it.
    fingerprint: String,
    /// `authentication`, `signature` or `time-stamp`.
    role: &'static str,
    /// Which of those that share its name, from 1.
    generation: u8,
    /// `production` or `test`; null for an authority that is not of JPKI.
    environment: Option<&'static str>,
}

impl RootLine {
    /// Of a root.
    pub(crate) fn of(root: &Root) -> Self {
        let anchor = root.anchor();
        Self {
            fingerprint: hex(anchor.fingerprint.as_bytes()),
            role: root.role().name(),
            generation: anchor.generation,
            environment: anchor.environment.map(|environment| match environment {
                Environment::Production => "production",
                Environment::Test => "test",
            }),
        }
    }

    /// A line for people.
    pub(crate) fn text(root: Option<&Self>, texts: &Texts) -> String {
        let Some(root) = root else {
            return texts.say("judged-root-none");
        };
        let values = [
            ("fingerprint", root.fingerprint.as_str().into()),
            ("generation", root.generation.into()),
        ];
        texts.with("judged-generation", values)
    }

    /// The root that signed, if one did.
    pub(crate) fn that_signed(report: &VerifyReport, trust: &Trust) -> Option<Self> {
        let anchor = report.anchor()?;
        trust
            .roots()
            .find(|root| root.anchor() == anchor)
            .map(Self::of)
    }
}

/// What was trusted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct TrustLine {
    /// `production`, `jlis-test`, `sim` or `folder`.
    source: &'static str,
    /// Empty for card-verifiable certificates, whose issuers are keys.
    roots: Vec<RootLine>,
    /// Files of the folder whose certificates are no roots.
    skipped: Vec<String>,
}

impl TrustLine {
    /// Of what was named, without roots.
    pub(crate) fn named(whom: &Trusted) -> Self {
        Self {
            source: match whom {
                Trusted::Production => "production",
                Trusted::JlisTest => "jlis-test",
                Trusted::Simulator => "sim",
                Trusted::Folder(_) => "folder",
            },
            roots: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Of a set of roots.
    pub(crate) fn of(trust: &Trust) -> Self {
        let skipped = trust.skipped().iter();
        Self {
            source: trust.source().name(),
            roots: trust.roots().map(RootLine::of).collect(),
            skipped: skipped.map(|one| one.file.display().to_string()).collect(),
        }
    }

    /// Where it comes from: `production`, `jlis-test`, `sim` or `folder`.
    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    /// For people. The roots of a folder are listed, so that the user sees what the folder trusts.
    pub(crate) fn text(&self, texts: &Texts) -> String {
        let mut text = texts.say(&format!("trust-{}", self.source)) + "\n";
        if self.source == "folder" {
            let row = |root: &RootLine| {
                let role = texts.say(&format!("role-{}", root.role));
                vec![format!("  {}", root.fingerprint), role]
            };
            text += &table(&self.roots.iter().map(row).collect::<Vec<_>>());
        }
        text
    }
}
