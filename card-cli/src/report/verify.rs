//! Report of `verify`: for people the verdict, who, when, what is not checked and what is broken; rule by
//! rule for programs and with `--rules`.

mod rule;

use card_core::Certificate;
use card_core::trust::Revocation;
use card_sign::report::{Disclosed, SignatureReport};
use serde::Serialize;

use self::rule::{Line, lines, rules};
use crate::display::Paint;
use crate::facts::{Word, word};
use crate::jobs::verify::{Found, Profile, Request};
use crate::output::{Report, hex, printable, table};
use crate::report::trust::{RevocationLine, RootLine, RuleLine, TrustLine};
use crate::texts::Texts;
use crate::trust::Judge;
use crate::validity::Moment;

/// `mynacard.verify/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Verified {
    /// Whether no rule is broken, and revocation known where that was demanded.
    accepted: bool,
    /// The first reason against it: a code of `docs/errors.md` or `docs/refusals.md`.
    pub(crate) reason: Option<&'static str>,
    /// `-` is standard input.
    file: String,
    #[serde(flatten)]
    judged: Judged,
    /// `moj` or `egov`.
    profile: Option<&'static str>,
    /// What the certificates have to be for: `signature` or `authentication`.
    purpose: &'static str,
    /// The moment that was judged for, where no time stamp says better.
    at: String,
    trust: TrustLine,
    #[serde(skip)]
    view: View,
}

/// What was found in one file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Judged {
    /// The file of the signature; null where it is inside.
    signature: Option<String>,
    /// `cms`, `pdf`, `xml`, `jws`, `raw` or `asic`; null where nothing is signed.
    format: Option<&'static str>,
    /// Rules about the file as a whole.
    document: Vec<Line>,
    signatures: Vec<SignatureLine>,
    /// Names of the files of a container that the signature covers; empty for other formats.
    files: Vec<String>,
    /// Of all signers the most alarming.
    revocation: RevocationLine,
}

/// How a person gets it.
#[derive(Clone, Copy, Default)]
pub(crate) struct View {
    /// Every rule, not only those that are broken.
    pub(crate) rules: bool,
    pub(crate) paint: Paint,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct SignatureLine {
    accepted: bool,
    /// Whose certificate it names; believed only if no rule is broken.
    signer: Option<Signer>,
    /// When the signer claims to have signed.
    claimed_time: Option<Moment>,
    /// When a verified time stamp says that the signature existed.
    proven_time: Option<Moment>,
    /// The moment for which the certificate was judged.
    judged_at: Option<Moment>,
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
    not_before: Moment,
    not_after: Moment,
    /// SHA-256, hexadecimal.
    fingerprint: String,
}

impl Verified {
    /// Of what was found.
    pub(crate) fn of(request: &Request, found: &Found, judge: &Judge, view: View) -> Self {
        let (judged, reason) = Judged::of(found, judge);
        Self {
            accepted: reason.is_none(),
            reason,
            file: request.file.display().to_string(),
            judged,
            profile: request.profile.map(Profile::name),
            purpose: request.role.name(),
            at: found.at.to_string(),
            trust: TrustLine::of(&judge.trust),
            view,
        }
    }

    /// The five lines: verdict, who, when, what is not checked, what is broken.
    fn summary(&self, texts: &Texts) -> String {
        let paint = self.view.paint;
        let mut rows = Vec::new();
        let several = self.judged.signatures.len() > 1;
        for (index, signature) in self.judged.signatures.iter().enumerate() {
            if several {
                let number = [("number", (index + 1).into())];
                rows.push(vec![texts.with("verify-signature", number)]);
            }
            rows.extend(signature.who_and_when(self.trust.source(), texts));
        }
        rows.extend(self.files(texts));
        let mut unchecked = Vec::new();
        let revocation = self.judged.revocation.text(texts);
        match self.judged.revocation.status {
            "not-checked" => unchecked.push(texts.say("verify-unchecked-revocation")),
            "unknown" => unchecked.push(texts.with(
                "verify-unknown-revocation",
                [("text", revocation.as_str().into())],
            )),
            _ => {}
        }
        let skipped = self.lines().filter(|line| line.verdict == "not-checked");
        match skipped.count() {
            0 => {}
            count => unchecked.push(texts.with("verify-skipped", [("count", count.into())])),
        }
        if unchecked.is_empty() {
            unchecked.push(texts.say("verify-nothing"));
        }
        if self.judged.revocation.status == "good" {
            unchecked.push(revocation);
        }
        rows.push(vec![
            texts.say("verify-unchecked"),
            unchecked.join(&texts.say("list-semicolon")),
        ]);
        rows.extend(self.noted("warn", "verify-warnings", texts));
        match self.noted("fail", "verify-broken", texts) {
            broken if broken.is_empty() => {
                rows.push(vec![
                    texts.say("verify-broken"),
                    texts.say("verify-nothing"),
                ]);
            }
            broken => rows.extend(broken),
        }
        format!(
            "{}\n{}",
            self.verdict(texts),
            paint.broken(&table(&rows), texts)
        )
    }

    /// What is signed, of a container: no name has a line end, so each stands on its own line.
    fn files(&self, texts: &Texts) -> Vec<Vec<String>> {
        let all = &self.judged.files;
        let most = if self.view.rules {
            all.len()
        } else {
            MOST_NAMES
        };
        let names = all.iter().take(most).map(|name| printable(name));
        let mut rows: Vec<Vec<String>> = names.map(|name| vec![String::new(), name]).collect();
        if all.len() > most {
            let more = [("count", (all.len() - most).into())];
            rows.push(vec![String::new(), texts.with("verify-more-files", more)]);
        }
        if !all.is_empty() {
            let count = [("count", all.len().into())];
            let count = texts.with("verify-count-files", count);
            rows.insert(0, vec![texts.say("verify-files"), count]);
        }
        rows
    }

    /// One line, in bold where a terminal has it.
    fn verdict(&self, texts: &Texts) -> String {
        let paint = self.view.paint;
        match self.reason {
            None => paint.good(&texts.say(self.judged.revocation.accepted())),
            Some("revocation.not-checked") => paint.bad(&texts.say("judged-unconfirmed")),
            Some(reason) => {
                let why = texts.reason(reason);
                paint.bad(&texts.with("judged-refused-for", [("reason", why.as_str().into())]))
            }
        }
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        let signatures = self.judged.signatures.iter().flat_map(|one| &one.rules);
        signatures.chain(&self.judged.document)
    }

    /// Rules with this verdict, causes before what follows from them; the first has the label.
    fn noted(&self, verdict: &str, label: &str, texts: &Texts) -> Vec<Vec<String>> {
        let mut lines: Vec<_> = self
            .lines()
            .filter(|line| line.verdict == verdict)
            .collect();
        lines.sort_by_key(|line| line.consequence);
        let mut rows: Vec<_> = lines.iter().flat_map(|line| line.told(texts)).collect();
        if let Some(first) = rows.first_mut().and_then(|row| row.first_mut()) {
            *first = texts.say(label);
        }
        rows
    }
}

impl Judged {
    /// Of what was found, and the first reason against it.
    pub(super) fn of(found: &Found, judge: &Judge) -> (Self, Option<&'static str>) {
        let report = found.report.as_ref();
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
        let judged = Self {
            signature: found
                .signature
                .as_ref()
                .map(|path| path.display().to_string()),
            format: report.map(|report| report.format.name()),
            document: lines(report.map_or(&[][..], |report| &report.document)),
            signatures: signatures
                .iter()
                .map(|one| SignatureLine::of(one, judge))
                .collect(),
            files: report.map_or_else(Vec::new, |report| report.files.clone()),
            revocation: RevocationLine::of(&revocation),
        };
        (judged, reason)
    }

    /// The file of the signature, where it is not inside.
    pub(super) fn signature(&self) -> Option<&str> {
        self.signature.as_deref()
    }

    /// Whose certificates are named, in the order of the signatures.
    pub(super) fn signers(&self) -> impl Iterator<Item = &str> {
        let signers = self.signatures.iter().filter_map(|one| one.signer.as_ref());
        signers.map(Signer::shown)
    }
}

impl SignatureLine {
    fn of(report: &SignatureReport, judge: &Judge) -> Self {
        let chain = report.chain.as_ref();
        Self {
            accepted: report.is_accepted(),
            signer: report.certificate.as_ref().map(Signer::of),
            claimed_time: report.claimed_time.map(Moment),
            proven_time: report.proven_time.map(Moment),
            judged_at: report.judged_at().map(Moment),
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

    /// Two lines: who signed, by whose word, and when.
    fn who_and_when(&self, trusted: &'static str, texts: &Texts) -> [Vec<String>; 2] {
        let name = self.signer.as_ref().map(|signer| printable(signer.shown()));
        let name = name.unwrap_or_else(|| texts.say("verify-nobody"));
        let issued = match &self.root {
            Some(_) => texts.say(&format!("verify-issued-{trusted}")),
            None => texts.say("verify-issued-none"),
        };
        let who = match self.accepted {
            true => "verify-who",
            false => "verify-who-claimed",
        };
        let (id, time) = match (self.proven_time, self.claimed_time) {
            (Some(time), _) => ("verify-when-proven", Some(time)),
            (None, Some(time)) => ("verify-when-claimed", Some(time)),
            (None, None) => ("verify-when-unknown", None),
        };
        let time = time.map_or_else(String::new, |time| time.text(texts));
        let when = texts.with(id, [("time", time.as_str().into())]);
        let by = [
            ("name", name.as_str().into()),
            ("issued", issued.as_str().into()),
        ];
        [
            vec![texts.say(who), texts.with("verify-by", by)],
            vec![texts.say("verify-when"), when],
        ]
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
            row("cert-until", signer.not_after.text(texts));
        }
        for (id, time) in [
            ("verify-claimed", self.claimed_time),
            ("verify-proven", self.proven_time),
            ("judged-at", self.judged_at),
        ] {
            if let Some(time) = time {
                row(id, time.text(texts));
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

/// Names of files that are told without `--rules`.
const MOST_NAMES: usize = 20;

/// What a certificate shows.
fn shown(what: &'static str) -> Word {
    word("disclosed", what)
}

impl Signer {
    /// The name, where the certificate has one.
    fn shown(&self) -> &str {
        self.name.as_ref().unwrap_or(&self.subject)
    }

    fn of(certificate: &Certificate) -> Self {
        let attributes = certificate.attributes();
        Self {
            name: attributes.and_then(|attributes| attributes.name.clone()),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            not_before: Moment(certificate.validity().not_before),
            not_after: Moment(certificate.validity().not_after),
            fingerprint: hex(certificate.fingerprint().as_bytes()),
        }
    }
}

impl Report for Verified {
    const NAME: &str = "verify";

    fn text(&self, texts: &Texts) -> String {
        let summary = self.summary(texts);
        if !self.view.rules {
            let profile = self.profile.map_or_else(String::new, |profile| {
                texts.say(&format!("verify-profile-{profile}")) + "\n"
            });
            return format!("{summary}{profile}{}\n", texts.say("verify-rules-hint"));
        }
        let mut rows = Vec::new();
        let mut row = |id: &str, value: String| rows.push(vec![texts.say(id), value]);
        row("verify-file", printable(&self.file));
        if let Some(signature) = &self.judged.signature {
            row("verify-signature-file", printable(signature));
        }
        if let Some(format) = self.judged.format {
            row("verify-format", format.to_uppercase());
        }
        row("judged-role", texts.say(&format!("role-{}", self.purpose)));
        row("judged-revocation", self.judged.revocation.text(texts));
        let mut text = format!("{summary}\n{}{}", table(&rows), self.trust.text(texts));
        for (index, signature) in self.judged.signatures.iter().enumerate() {
            text += &signature.text(index + 1, texts);
        }
        if !self.judged.document.is_empty() {
            text += &format!(
                "\n{}\n{}",
                texts.say("verify-document"),
                rules(&self.judged.document, texts)
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
