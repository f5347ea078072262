//! `verify FILE`: what a signed file is worth, rule by rule. Anybody's, and without a card.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use card_core::certificate::KeyAlgorithm;
use card_core::trust::{Reason, Revocation, Role};
use card_core::{Certificate, Digest, HashAlgorithm};
use card_sign::report::{Disclosed, SignatureReport, Value, Verdict};
use card_sign::xml::{self, Covers, Files};
use card_sign::{Finding, Policy, cms, jws, pdf, raw};
use clap::ValueEnum;
use serde::Serialize;

use crate::documents;
use crate::exit::Failure;
use crate::facts::{Fact, Word, word};
use crate::output::{Report, folder, hex, printable, table};
use crate::program::Program;
use crate::progress::{Progress, Watched};
use crate::signed_file::{Kind, SignedFile};
use crate::texts::Texts;
use crate::trust::{Judge, Moment, RevocationLine, RootLine, RuleLine, TrustLine, TrustOptions};

/// What to check, for what, and whom to believe.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    certificate: Vec<PathBuf>,
    #[arg(long, value_name = "moj|egov")]
    profile: Option<Profile>,
    #[arg(
        long,
        value_name = "signature|authentication",
        default_value = "signature"
    )]
    purpose: Purpose,
    #[arg(long, value_name = "DATE")]
    at: Option<Moment>,
    #[command(flatten)]
    trust: TrustOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// 登記・供託オンライン申請.
    Moj,
    /// e-Gov電子申請.
    Egov,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Moj => "moj",
            Self::Egov => "egov",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Purpose {
    /// 署名用.
    Signature,
    /// 利用者証明用.
    Authentication,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let judge = Judge::open(&arguments.trust)?;
    let certificates = certificates(&arguments.certificate)?;
    let policy = Policy {
        revocation: &judge,
        role: match arguments.purpose {
            Purpose::Signature => Role::Signature,
            Purpose::Authentication => Role::Authentication,
        },
        at: arguments.at.map(|moment| moment.0),
        certificates: &certificates,
        ..Policy::new(&judge.trust, judge.now())
    };
    let check = Check {
        program,
        profile: arguments.profile,
        policy,
    };
    let file = SignedFile::open(&arguments.file)?;
    let (signature, found) = match &arguments.signature {
        Some(path) => {
            let signature = SignedFile::open(path)?;
            let report = check.beside(&file, &signature)?;
            (Some(path.clone()), Some(report))
        }
        None => match check.inside(&file)? {
            Some(report) => (None, Some(report)),
            None => match lying_beside(file.path()) {
                Some(path) => {
                    let report = check.beside(&file, &SignedFile::open(&path)?)?;
                    (Some(path), Some(report))
                }
                None => (None, None),
            },
        },
    };
    let verified = Verified::of(found.as_ref(), signature.as_deref(), &file, &check, &judge);
    program.show(&verified)?;
    match verified.reason {
        None => Ok(()),
        Some(reason) => Err(refusal(reason, file.path()).reported()),
    }
}

/// How a refusal is told: reasons about certificates have texts of their own.
fn refusal(reason: &'static str, file: &Path) -> Failure {
    let known = Reason::ALL.iter().any(|known| known.code() == reason);
    let path = Fact::Text(file.display().to_string());
    match reason {
        "document.unsigned" => {
            let beside = Fact::Text(p7s(file).display().to_string());
            Failure::new(reason)
                .telling("path", path)
                .telling("signature", beside)
        }
        "revocation.not-checked" => Failure::new(reason),
        _ if known => Failure::new(reason),
        _ => Failure::new("document.refused")
            .telling("code", Fact::Text(reason.into()))
            .telling("reason", Fact::Word(word("why", reason))),
    }
}

/// The certificates in these files, DER or PEM.
fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let bytes = fs::read(path);
        let bytes = bytes.map_err(|error| Failure::file("input.unreadable", path, &error))?;
        let pem = Certificate::parse_pem(&bytes).unwrap_or_default();
        let read = match pem.is_empty() {
            false => pem,
            true => vec![
                Certificate::parse_exact(&bytes)
                    .map_err(|_| Failure::new("certificate.malformed"))?,
            ],
        };
        all.extend(read);
    }
    Ok(all)
}

/// The name of a detached signature.
fn p7s(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".p7s");
    name.into()
}

fn lying_beside(file: &Path) -> Option<PathBuf> {
    let path = p7s(file);
    (file.as_os_str() != "-" && path.is_file()).then_some(path)
}

/// A check on its way.
struct Check<'c> {
    program: &'c Program,
    profile: Option<Profile>,
    policy: Policy<'c>,
}

impl Check<'_> {
    /// Judges the signatures inside a file; `None` if there is none.
    fn inside(&self, file: &SignedFile) -> Result<Option<card_sign::Report>, Failure> {
        let kind = file.kind()?;
        self.fits(kind)?;
        let report = match kind {
            Kind::Other => return Ok(None),
            Kind::Pdf => {
                let bytes = file.bytes()?;
                match self.profile {
                    Some(Profile::Moj) => pdf::verify_filing(&bytes, &self.policy),
                    _ => pdf::verify(&bytes, &self.policy),
                }
            }
            Kind::Xml => {
                let bytes = file.bytes()?;
                self.xml(&bytes, file.path())?
            }
            Kind::Jws => {
                let expected = jws::Expected {
                    size: usize::MAX,
                    ..jws::Expected::default()
                };
                jws::verify_compact(&file.bytes()?, &expected, &self.policy).0
            }
            Kind::Cms => {
                let mut progress = self.progress(file);
                let mut signed = Watched::new(file.reader()?, &mut progress, None);
                cms::verify_attached(&mut signed, None, &self.policy)
                    .map_err(|error| file.unreadable(&error))?
            }
        };
        // Nothing signed inside: what lies beside it may be meant.
        let unsigned = report.signatures.is_empty() && matches!(kind, Kind::Pdf | Kind::Xml);
        let elsewhere = unsigned && lying_beside(file.path()).is_some();
        Ok((!elsewhere).then_some(report))
    }

    /// Judges a signature over a file.
    fn beside(
        &self,
        file: &SignedFile,
        signature: &SignedFile,
    ) -> Result<card_sign::Report, Failure> {
        let kind = signature.kind()?;
        if self.profile.is_some() {
            return Err(self.wrong_profile());
        }
        let mut progress = self.progress(file);
        let mut content = Watched::new(file.reader()?, &mut progress, None);
        let unreadable = |error| file.unreadable(&error);
        Ok(match kind {
            Kind::Cms => {
                let mut signed = signature.reader()?;
                cms::verify_detached(&mut signed, &mut content, &self.policy).map_err(unreadable)?
            }
            Kind::Jws => {
                let token = signature.bytes()?;
                let expected = jws::Expected::default();
                jws::verify_detached(&token, &mut content, &expected, &self.policy)
                    .map_err(unreadable)?
            }
            Kind::Xml => {
                let name = file.path().file_name().unwrap_or_default();
                let mut files = Files::new();
                // A file that no signature can name is one that is not signed.
                let _ = files.add(&name.to_string_lossy(), &mut content);
                let expected = xml::Expected {
                    covers: Covers::Files,
                    files: &files,
                    ..xml::Expected::default()
                };
                xml::verify(&signature.bytes()?, &expected, &self.policy).report
            }
            Kind::Pdf | Kind::Other => {
                let [certificate] = self.policy.certificates else {
                    let text = self.program.texts.say("usage-raw-certificate");
                    return Err(Failure::usage(text));
                };
                let hash = match certificate.key_algorithm() {
                    KeyAlgorithm::EcP384 => HashAlgorithm::Sha384,
                    _ => HashAlgorithm::Sha256,
                };
                let digest = Digest::of_reader(hash, &mut content).map_err(unreadable)?;
                raw::verify(&signature.bytes()?, &digest, certificate, &self.policy)
            }
        })
    }

    fn xml(&self, bytes: &[u8], path: &Path) -> Result<card_sign::Report, Failure> {
        let files;
        let expected = match self.profile {
            Some(Profile::Egov) => {
                files = others(path)?;
                xml::Expected::egov(&files)
            }
            _ => xml::Expected {
                several: true,
                covers: match is_enveloping(bytes) {
                    true => Covers::Object,
                    false => Covers::Document,
                },
                ..xml::Expected::default()
            },
        };
        Ok(xml::verify(bytes, &expected, &self.policy).report)
    }

    /// A profile belongs to one format.
    fn fits(&self, kind: Kind) -> Result<(), Failure> {
        match (self.profile, kind) {
            (None, _) | (Some(Profile::Moj), Kind::Pdf) | (Some(Profile::Egov), Kind::Xml) => {
                Ok(())
            }
            _ => Err(self.wrong_profile()),
        }
    }

    fn wrong_profile(&self) -> Failure {
        Failure::usage(self.program.texts.say("usage-profile-format"))
    }

    fn progress(&self, file: &SignedFile) -> Progress {
        Progress::new(self.program, file.path().display().to_string(), file.length)
    }
}

/// Whether a signature is the document, with what it signs inside.
fn is_enveloping(bytes: &[u8]) -> bool {
    let outline = xml::outline(bytes);
    outline.is_ok_and(|outline| outline.signatures.iter().all(|one| one.place.is_empty()))
}

/// All other files of an application's folder: the report names those that nothing protects.
fn others(kousei: &Path) -> Result<Files, Failure> {
    let unreadable = |path: &Path, error| Failure::file("input.unreadable", path, &error);
    let folder = folder(kousei);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.is_file() && path.file_name() != kousei.file_name() {
            paths.push(path);
        }
    }
    paths.sort();
    let mut files = Files::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut file = File::open(&path).map_err(|error| unreadable(&path, error))?;
        // A name that no signature can have is that of a file which none covers.
        let _ = files.add(&name, &mut file);
    }
    Ok(files)
}

/// `mynacard.verify/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Verified {
    /// Whether no rule is broken, and revocation known where that was demanded.
    accepted: bool,
    /// The first reason against it: a code of `docs/errors.md` or `docs/refusals.md`.
    reason: Option<&'static str>,
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
    fn of(
        report: Option<&card_sign::Report>,
        signature: Option<&Path>,
        file: &SignedFile,
        check: &Check<'_>,
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
            profile: check.profile.map(Profile::name),
            purpose: check.policy.role.name(),
            at: check.policy.time().to_string(),
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
        let Some(reason) = self.reason else {
            return rows;
        };
        let more = |text: String| vec![String::new(), String::new(), text];
        rows.push(more(format!(
            "  {} ({reason})",
            documents::why_text(reason, texts)
        )));
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
