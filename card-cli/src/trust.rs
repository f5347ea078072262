//! Whose certificates count, and what is known of revocation: the options that commands which
//! judge share, and what their reports say.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use card_core::certificate::Environment;
use card_core::domain::date::{Date, UtcTime};
use card_core::trust::{
    Evidence, Ocsp, Question, Reason, Revocation, RevocationChecker, RevocationLists, Root, Trust,
    VerifyReport,
};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::args::NoValue;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::word;
use crate::http::{self, Address};
use crate::issuers::Trusted;
use crate::output::table;
use crate::progress::Watch;
use crate::source::{Source, read_all, unreadable};
use crate::texts::Texts;

/// Options of every command that judges.
#[derive(Debug, clap::Args)]
pub(crate) struct TrustOptions {
    #[arg(
        long,
        value_name = "production|jlis-test|sim|DIR",
        default_value = "production"
    )]
    trust: Trusted,
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    #[arg(long, value_name = "URL")]
    ocsp: Option<Address>,
    #[arg(long)]
    require_revocation: bool,
}

impl TrustOptions {
    /// As they were asked for.
    pub(crate) fn new(
        trust: Trusted,
        crl: Vec<PathBuf>,
        ocsp: Option<Address>,
        require_revocation: bool,
    ) -> Self {
        Self {
            trust,
            crl,
            ocsp,
            require_revocation,
        }
    }

    /// The revocation lists that they name.
    pub(crate) fn lists(&self) -> &[PathBuf] {
        &self.crl
    }

    /// Whom they name.
    pub(crate) fn whom(&self) -> &Trusted {
        &self.trust
    }

    /// What comes of a finding: `None` is accepted.
    ///
    /// Unknown revocation refuses only where `--require-revocation` demands an answer.
    pub(crate) fn end(
        &self,
        refused: Option<&'static str>,
        revocation: &Revocation,
    ) -> Option<&'static str> {
        end(self.require_revocation, refused, revocation)
    }
}

/// The moment that is judged for: `YYYY-MM-DD`, which is its first second in UTC, or RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) UtcTime);

impl FromStr for Moment {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        let day = || {
            let [year, month, day] = text.split('-').collect::<Vec<_>>().try_into().ok()?;
            let digits = [year, month, day].concat();
            let shaped = (year.len(), month.len(), day.len()) == (4, 2, 2);
            UtcTime::midnight(Date::from_digits(&digits).ok().filter(|_| shaped)?)
        };
        let instant = || {
            let instant = OffsetDateTime::parse(text, &Rfc3339).ok()?;
            UtcTime::from_unix(instant.unix_timestamp())
        };
        day().or_else(instant).map(Self).ok_or(NoValue)
    }
}

/// The roots that are named.
pub(crate) fn roots(whom: &Trusted) -> Result<Trust, Failure> {
    Ok(match whom {
        Trusted::Production => Trust::production(),
        Trusted::JlisTest => Trust::jlis_test(),
        Trusted::Simulator => card_sim::front::in_process::trust(),
        Trusted::Folder(folder) => Trust::folder(folder)?,
    })
}

/// Roots and revocation lists as they were read.
pub(crate) struct Opened {
    trust: Arc<Trust>,
    lists: Arc<RevocationLists>,
}

impl Opened {
    /// Reads what the options name.
    pub(crate) fn read(options: &TrustOptions, watch: &dyn Watch) -> Result<Self, Failure> {
        let trust = roots(&options.trust)?;
        let mut lists = RevocationLists::default();
        for path in &options.crl {
            // One that was given and is passed over would leave revoked certificates unknown.
            lists.add(&trust, &list(path, watch)?).map_err(|_| {
                ProgramError::InputUnreadable(path.into(), word("reason", "no-list").into())
            })?;
        }
        Ok(Self {
            trust: Arc::new(trust),
            lists: Arc::new(lists),
        })
    }
}

/// What the options mean: roots and lists that were read. Asks a responder when it is asked itself.
pub(crate) struct Judge {
    pub(crate) trust: Arc<Trust>,
    lists: Arc<RevocationLists>,
    ocsp: Option<Address>,
    require_revocation: bool,
    now: UtcTime,
}

impl Judge {
    /// Reads what the options name, before a card is asked anything.
    pub(crate) fn open(options: &TrustOptions, watch: &dyn Watch) -> Result<Self, Failure> {
        Opened::read(options, watch).map(|opened| Self::of(&opened, options))
    }

    /// With what these options name, read before.
    pub(crate) fn of(opened: &Opened, options: &TrustOptions) -> Self {
        Self {
            trust: Arc::clone(&opened.trust),
            lists: Arc::clone(&opened.lists),
            ocsp: options.ocsp.clone(),
            require_revocation: options.require_revocation,
            now: UtcTime::now(),
        }
    }

    /// When the command or request began.
    pub(crate) fn now(&self) -> UtcTime {
        self.now
    }

    /// What comes of a finding, as [`TrustOptions::end`].
    pub(crate) fn end(
        &self,
        refused: Option<&'static str>,
        revocation: &Revocation,
    ) -> Option<&'static str> {
        end(self.require_revocation, refused, revocation)
    }
}

fn end(
    require: bool,
    refused: Option<&'static str>,
    revocation: &Revocation,
) -> Option<&'static str> {
    let known = !matches!(revocation, Revocation::NotChecked | Revocation::Unknown(_));
    refused.or((require && !known).then_some("revocation.not-checked"))
}

impl RevocationChecker for Judge {
    fn check(&self, question: &Question<'_>) -> Revocation {
        let listed = self.lists.check(question);
        match &self.ocsp {
            // A question tells the responder about a person: none where nothing is left to ask.
            Some(address) if !matches!(listed, Revocation::Revoked { .. }) => {
                let carry = |question: &[u8]| http::post(address, OCSP, question).ok();
                listed.or(Ocsp::new(self.now, carry).check(question))
            }
            _ => listed,
        }
    }
}

/// A file that is judged; `-` is standard input.
///
/// What is longer than anything that can be believed is judged as nothing at all.
pub(crate) fn judged(path: &Path, watch: &dyn Watch) -> Result<Vec<u8>, Failure> {
    match read(path, LARGEST, watch) {
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Ok(Vec::new()),
        bytes => bytes.map_err(|error| unreadable(path, &error, watch)),
    }
}

fn list(path: &Path, watch: &dyn Watch) -> Result<Vec<u8>, Failure> {
    read(path, LARGEST_LIST, watch).map_err(|error| unreadable(path, &error, watch))
}

fn read(path: &Path, most: u64, watch: &dyn Watch) -> io::Result<Vec<u8>> {
    match path.as_os_str() == "-" {
        true => read_all(io::stdin().lock(), most),
        false => read_all(Source::open(path, watch)?, most),
    }
}

/// Certificates and tokens have a few thousand bytes.
const LARGEST: u64 = 1 << 20;

/// The limit of a list: those of the largest cities have some hundred thousand entries of forty
/// bytes.
const LARGEST_LIST: u64 = 64 << 20;
const OCSP: &str = "application/ocsp-request";

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
    /// The rules for a certificate.
    pub(crate) fn of(report: &VerifyReport) -> Vec<Self> {
        let line = |(rule, verdict): (card_core::trust::Rule, card_core::trust::Verdict)| Self {
            rule: rule.name(),
            verdict: verdict.name(),
            reason: verdict.reason().map(Reason::code),
        };
        report.rules().map(line).collect()
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
    since: Option<String>,
    /// Since when the key may not have been the holder's alone, if the issuer says so.
    invalid_since: Option<String>,
    /// Why it was revoked: `key-compromise`, `authority-compromise`, `not-given` or `other`.
    cause: Option<&'static str>,
    /// What tells so: `list` or `answer`.
    evidence: Option<&'static str>,
    /// When the list was made, or the answer signed.
    made: Option<String>,
    /// When the next list was due.
    next: Option<String>,
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
                line.since = Some(entry.since.to_string());
                line.invalid_since = entry.invalid_since.map(|time| time.to_string());
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
                line.made = Some(this_update.to_string());
                line.next = next_update.map(|time| time.to_string());
            }
            Evidence::Answer { produced_at, nonce } => {
                line.evidence = Some("answer");
                line.made = Some(produced_at.to_string());
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
        let told = |value: &Option<String>| value.clone().unwrap_or_default();
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
                ("since", told(&self.since).into()),
                ("made", told(&self.made).into()),
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
            fingerprint: crate::output::hex(anchor.fingerprint.as_bytes()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let at = |text: &str| text.parse::<Moment>().map(|moment| moment.0.unix());
        assert_eq!(at("2026-11-25"), Ok(1_795_564_800));
        assert_eq!(at("2026-11-25T00:00:00Z"), Ok(1_795_564_800));
        assert_eq!(at("2026-11-25T09:00:00+09:00"), Ok(1_795_564_800));
        for wrong in [
            "",
            "2026",
            "2026-11",
            "2026-11-31",
            "26-11-25",
            "2026-1125-",
            "2026-11-25 00:00",
            "2026-11-25T00:00:00",
            "now",
        ] {
            assert_eq!(at(wrong), Err(NoValue), "{wrong}");
        }
    }
}
