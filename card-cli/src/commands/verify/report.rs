//! Report of `verify`: rule by rule, for people and for programs.

use std::collections::BTreeMap;
use std::path::Path;

use card_core::Certificate;
use card_core::trust::Revocation;
use card_sign::report::{Disclosed, SignatureReport, Value, Verdict};
use card_sign::{Finding, Policy};
use serde::Serialize;

use crate::documents;
use crate::facts::{Word, word};
use crate::output::{Report, hex, printable, table};
use crate::signed_file::SignedFile;
use crate::texts::Texts;
use crate::trust::{Judge, RevocationLine, RootLine, RuleLine, TrustLine};

/// `mynacard.verify/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Verified {
    /// Whether no rule is broken, and revocation known where that was demanded.
    accepted: bool,
    /// The first reason against it: a code of `docs/errors.md` or `docs/refusals.md`.
    pub(super) reason: Option<&'static str>,
    /// `-` is standard input.
    file: String,
    /// The file of the signature; null where it is inside.
    signature: Option<String>,
    /// `cms`, `pdf`, `xml`, `jws` or `raw`; null where nothing is signed.
    format: Option<&'static str>,
    /// `moj` or `egov`.
    profile: Option<&'static str>,
    /// What the certificates have to be for: `signature` or `authentication`.
    purpose: &'static str,
    /// The moment that was judged for, where no time stamp says better.
    at: String,
    trust: TrustLine,
    /// Rules about the file as a whole.
    document: Vec<Line>,
    signatures: Vec<SignatureLine>,
    /// Of all signers the most alarming.
    revocation: RevocationLine,
}

/// A rule of a format and how it fared.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Line {
    /// The short number, such as `M10`.
    id: &'static str,
    /// The code of `docs/refusals.md`.
    rule: &'static str,
    /// `pass`, `fail`, `warn` or `not-checked`.
    verdict: &'static str,
    /// The code of `docs/refusals.md` or, about certificates, of `docs/errors.md`.
    reason: Option<&'static str>,
    /// What was seen, by name.
    facts: BTreeMap<&'static str, Seen>,
}

/// A number, or a text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum Seen {
    Number(u64),
    Text(String),
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct SignatureLine {
    accepted: bool,
    /// Whose certificate it names; believed only if no rule is broken.
    signer: Option<Signer>,
    /// When the signer claims to have signed.
    claimed_time: Option<String>,
    /// When a verified time stamp says that the signature existed.
    proven_time: Option<String>,
    /// The moment for which the certificate was judged.
    judged_at: Option<String>,
    rules: Vec<Line>,
    /// The rules for the certificate.
    certificate_rules: Vec<RuleLine>,
    /// The root that signed the certificate.
    root: Option<RootLine>,
    /// What the certificate shows of its holder: `name`, `address`, `birth-date`, `sex`,
    /// `municipality`.
    discloses: Vec<&'static str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Signer {
    name: Option<String>,
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    /// SHA-256, hexadecimal.
    fingerprint: String,
}

impl Verified {
    pub(super) fn of(
        report: Option<&card_sign::Report>,
        signature: Option<&Path>,
        file: &SignedFile,
        profile: Option<&'static str>,
        policy: &Policy<'_>,
        judge: &Judge,
    ) -> Self {
        let revocation = report.map_or(Revocation::NotChecked, card_sign::Report::revocation);
        let refused = match report {
            None => Some("document.unsigned"),
            Some(report) => {
                let first = report.reasons().next().map(|reason| reason.code());
                first.or((!report.is_accepted()).then_some("document.unsigned"))
            }
        };
        let reason = judge.end(refused, &revocation);
        let signatures = report.map_or(&[][..], |report| &report.signatures);
        Self {
            accepted: reason.is_none(),
            reason,
            file: file.path().display().to_string(),
            signature: signature.map(|path| path.display().to_string()),
            format: report.map(|report| report.format.name()),
            profile,
            purpose: policy.role.name(),
            at: policy.time().to_string(),
            trust: TrustLine::of(&judge.trust),
            document: lines(report.map_or(&[][..], |report| &report.document)),
            signatures: signatures
                .iter()
                .map(|one| SignatureLine::of(one, judge))
                .collect(),
            revocation: RevocationLine::of(&revocation),
        }
    }
}

fn lines(findings: &[Finding]) -> Vec<Line> {
    let line = |finding: &Finding| {
        let facts = finding.facts.iter().map(|fact| {
            let seen = match &fact.value {
                Value::Number(number) => Seen::Number(*number),
                Value::Time(time) => Seen::Text(time.to_string()),
                Value::Text(text) => Seen::Text(text.clone()),
                _ => Seen::Text(String::new()),
            };
            (fact.name, seen)
        });
        Line {
            id: finding.rule.id(),
            rule: finding.rule.code(),
            verdict: match finding.verdict {
                Verdict::Pass => "pass",
                Verdict::Fail(_) => "fail",
                Verdict::Warn(_) => "warn",
                Verdict::NotChecked => "not-checked",
            },
            reason: finding.verdict.reason().map(|reason| reason.code()),
            facts: facts.collect(),
        }
    };
    findings.iter().map(line).collect()
}

impl Line {
    /// Number, rule, verdict; then why, and for filing how to mend it.
    fn rows(&self, texts: &Texts) -> Vec<Vec<String>> {
        let id = |group: &str, code: &str| format!("{group}-{}", code.replace('.', "-"));
        let mut rows = vec![vec![
            format!("  {}", self.id),
            texts.say(&format!("verdict-{}", self.verdict)),
            texts.say(&id("what", self.rule)),
        ]];
        let more = |text: String| vec![String::new(), String::new(), text];
        if let Some(Seen::Text(names)) = self.facts.get("covered") {
            let named = [("names", printable(names).into())];
            rows.push(more(format!("  {}", texts.with("verify-covered", named))));
        }
        let Some(reason) = self.reason else {
            return rows;
        };
        rows.push(more(format!(
            "  {} ({reason})",
            documents::why_text(reason, texts)
        )));
        if let (Some(Seen::Number(page)), Some(Seen::Text(field))) =
            (self.facts.get("page"), self.facts.get("field"))
        {
            let named = [("page", (*page).into()), ("field", printable(field).into())];
            rows.push(more(format!("  {}", texts.with("verify-picture", named))));
        }
        let mend = id("mend", reason);
        if texts.has(&mend) {
            rows.push(more(format!("  → {}", texts.say(&mend))));
        }
        rows
    }
}

impl SignatureLine {
    fn of(report: &SignatureReport, judge: &Judge) -> Self {
        let chain = report.chain.as_ref();
        Self {
            accepted: report.is_accepted(),
            signer: report.certificate.as_ref().map(Signer::of),
            claimed_time: report.claimed_time.map(|time| time.to_string()),
            proven_time: report.proven_time.map(|time| time.to_string()),
            judged_at: report.judged_at().map(|time| time.to_string()),
            rules: lines(&report.findings),
            certificate_rules: chain.map_or_else(Vec::new, RuleLine::of),
            root: chain.and_then(|chain| RootLine::that_signed(chain, &judge.trust)),
            discloses: report
                .discloses()
                .into_iter()
                .map(Disclosed::name)
                .collect(),
        }
    }

    fn text(&self, number: usize, texts: &Texts) -> String {
        let mut rows = Vec::new();
        let mut row = |id: &str, value: String| rows.push(vec![texts.say(id), value]);
        if let Some(signer) = &self.signer {
            if let Some(name) = &signer.name {
                row("cert-name", printable(name));
            }
            row("cert-subject", printable(&signer.subject));
            row("cert-issuer", printable(&signer.issuer));
            row("cert-until", signer.not_after.clone());
        }
        for (id, time) in [
            ("verify-claimed", &self.claimed_time),
            ("verify-proven", &self.proven_time),
            ("judged-at", &self.judged_at),
        ] {
            if let Some(time) = time {
                row(id, time.clone());
            }
        }
        if self.signer.is_some() {
            row("judged-root", RootLine::text(self.root.as_ref(), texts));
        }
        if !self.discloses.is_empty() {
            let shown = self.discloses.iter().map(|what| shown(what).text(texts));
            row(
                "verify-discloses",
                shown.collect::<Vec<_>>().join(&texts.say("list-comma")),
            );
        }
        let heading = texts.with("verify-signature", [("number", number.into())]);
        let mut text = format!("\n{heading}\n{}", table(&rows));
        text += &rules(&self.rules, texts);
        let broken = self
            .certificate_rules
            .iter()
            .any(|rule| rule.verdict == "fail");
        if broken {
            let rules: Vec<_> = self
                .certificate_rules
                .iter()
                .map(|rule| rule.row(texts))
                .collect();
            text += &format!(
                "{}\n{}",
                texts.say("verify-certificate-rules"),
                table(&rules)
            );
        }
        text
    }
}

/// What a certificate shows.
fn shown(what: &'static str) -> Word {
    word("disclosed", what)
}

fn rules(lines: &[Line], texts: &Texts) -> String {
    table(
        &lines
            .iter()
            .flat_map(|line| line.rows(texts))
            .collect::<Vec<_>>(),
    )
}

impl Signer {
    fn of(certificate: &Certificate) -> Self {
        let attributes = certificate.attributes();
        Self {
            name: attributes.and_then(|attributes| attributes.name.clone()),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            not_before: certificate.validity().not_before.to_string(),
            not_after: certificate.validity().not_after.to_string(),
            fingerprint: hex(certificate.fingerprint().as_bytes()),
        }
    }
}

impl Report for Verified {
    const NAME: &str = "verify";

    fn text(&self, texts: &Texts) -> String {
        let end = if self.accepted {
            "judged-accepted"
        } else {
            "judged-refused"
        };
        let mut rows = Vec::new();
        let mut row = |id: &str, value: String| rows.push(vec![texts.say(id), value]);
        row("verify-file", printable(&self.file));
        if let Some(signature) = &self.signature {
            row("verify-signature-file", printable(signature));
        }
        if let Some(format) = self.format {
            row("verify-format", format.to_uppercase());
        }
        row("judged-role", texts.say(&format!("role-{}", self.purpose)));
        row("judged-revocation", self.revocation.text(texts));
        let mut text = format!(
            "{}\n{}{}",
            texts.say(end),
            table(&rows),
            self.trust.text(texts)
        );
        for (index, signature) in self.signatures.iter().enumerate() {
            text += &signature.text(index + 1, texts);
        }
        if !self.document.is_empty() {
            text += &format!(
                "\n{}\n{}",
                texts.say("verify-document"),
                rules(&self.document, texts)
            );
        }
        if let Some(profile) = self.profile {
            text += &format!("\n{}\n", texts.say(&format!("verify-profile-{profile}")));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Verified>(Verified::NAME, Envelope::Plain);
    }
}
