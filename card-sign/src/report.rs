//! Report of a check, rule by rule: the same shape for every format.
//!
//! A report holds no sentence. Rules and reasons are stable codes, facts are values with a name; the
//! program writes the texts in the user's language.

use std::fmt;

use card_core::certificate::Certificate;
use card_core::domain::date::UtcTime;
use card_core::trust::{Revocation, VerifyReport};

/// One rule of a format, such as "the digest in the signature is the digest of the content".
///
/// The formats keep theirs as constants, so a rule is one thing with one name everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    id: &'static str,
    code: &'static str,
}

impl Rule {
    /// A rule with its short number (`M10`) and its code (`cms.digest`).
    pub const fn new(id: &'static str, code: &'static str) -> Rule {
        Rule { id, code }
    }

    /// The short number that the guide uses: a letter for the format, then a number.
    pub const fn id(self) -> &'static str {
        self.id
    }

    /// The stable code: lower-case words joined by dots.
    pub const fn code(self) -> &'static str {
        self.code
    }
}

/// Why a rule was not kept: a stable code of two or more lower-case words joined by dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reason(&'static str);

impl Reason {
    /// A reason with this code.
    pub const fn new(code: &'static str) -> Reason {
        Reason(code)
    }

    /// The stable code.
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// Whether it only sums up what other findings say: a cause is told before it.
    pub fn is_consequence(self) -> bool {
        CONSEQUENCES.contains(&self)
    }
}

/// Reasons that follow from a finding about a signature.
const CONSEQUENCES: [Reason; 2] = [
    Reason::new("cms.signers.not-all"),
    Reason::new("pdf.not-all"),
];

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The certificate was revoked, but after the moment that is judged for.
const REVOKED_LATER: Reason = Reason::new("certificate.revoked-later");

/// Writes the constants of a format and the list of them side by side, so that none is forgotten.
macro_rules! constants {
    ($kind:ty, $all:ident, $make:path; $($(#[$doc:meta])+ $name:ident = $($value:literal),+;)+) => {
        $($(#[$doc])+ pub const $name: $kind = $make($($value),+);)+
        /// All of them, for explanations.
        pub const $all: &[$kind] = &[$($name),+];
    };
}
pub(crate) use constants;

/// How a rule came out.
pub type Verdict = card_core::judgement::Verdict<Reason>;

/// A rule, how it fared, and what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// How it fared.
    pub verdict: Verdict,
    /// What was seen, in detail.
    pub facts: Vec<Fact>,
}

impl Finding {
    /// What a trust store says, summed up as one rule of a format.
    pub fn of_chain(rule: Rule, chain: &VerifyReport) -> Finding {
        let reason = chain.reason().map(|reason| Reason::new(reason.code()));
        let otherwise = match chain.revocation() {
            Revocation::RevokedLater { .. } => Verdict::Warn(REVOKED_LATER),
            _ => Verdict::Pass,
        };
        Finding::new(rule, reason.map_or(otherwise, Verdict::Fail))
    }

    /// A finding without facts.
    pub const fn new(rule: Rule, verdict: Verdict) -> Finding {
        Finding {
            rule,
            verdict,
            facts: Vec::new(),
        }
    }

    /// The rule was kept.
    pub const fn pass(rule: Rule) -> Finding {
        Finding::new(rule, Verdict::Pass)
    }

    /// The rule was broken.
    pub const fn fail(rule: Rule, reason: Reason) -> Finding {
        Finding::new(rule, Verdict::Fail(reason))
    }

    /// The rule was not reached.
    pub const fn not_reached(rule: Rule) -> Finding {
        Finding::new(rule, Verdict::NotChecked)
    }

    /// Names every rule of `always` that no finding is about as one that was not reached.
    pub(crate) fn complete(findings: &mut Vec<Finding>, always: &[Rule]) {
        for rule in always {
            if !findings.iter().any(|one| one.rule == *rule) {
                findings.push(Finding::not_reached(*rule));
            }
        }
    }

    /// Whether the rule was broken.
    pub const fn is_broken(&self) -> bool {
        matches!(self.verdict, Verdict::Fail(_))
    }

    /// The same finding with one more fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Finding {
        self.facts.push(Fact {
            name,
            value: value.into(),
        });
        self
    }
}

/// A value that was seen, under a stable name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Lower-case words joined by hyphens.
    pub name: &'static str,
    /// What was seen.
    pub value: Value,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A number.
    Number(u64),
    /// A moment.
    Time(UtcTime),
    /// A name from a standard or the file: an algorithm, an object identifier, an address.
    Text(String),
}

impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value::Number(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Value {
        Value::Number(number as u64)
    }
}

impl From<UtcTime> for Value {
    fn from(time: UtcTime) -> Value {
        Value::Time(time)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

/// A format that this crate knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// CMS or CAdES, detached or attached.
    Cms,
    /// A PDF file with signatures.
    Pdf,
    /// XMLDSig or XAdES.
    Xml,
    /// A JSON Web Signature.
    Jws,
    /// A bare signature value.
    Raw,
    /// An ASiC-E container.
    Asic,
}

impl Format {
    /// The stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Cms => "cms",
            Format::Pdf => "pdf",
            Format::Xml => "xml",
            Format::Jws => "jws",
            Format::Raw => "raw",
            Format::Asic => "asic",
        }
    }
}

/// What a check of one file found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The format of the file.
    pub format: Format,
    /// Rules about the file as a whole.
    pub document: Vec<Finding>,
    /// The signatures in the order of the file.
    pub signatures: Vec<SignatureReport>,
    /// Names of the files of a container, which its signature covers; empty for other formats, and
    /// unless the report is accepted.
    pub files: Vec<String>,
}

/// What a check of one signature found.
#[derive(Clone, Debug, Default)]
pub struct SignatureReport {
    /// The rules of the format; one of them sums up what the chain says.
    pub findings: Vec<Finding>,
    /// What the trust store says about the certificate, rule by rule.
    pub chain: Option<VerifyReport>,
    /// The signer's certificate, where one was found; believed only if no rule failed.
    pub certificate: Option<Certificate>,
    /// When the signer claims to have signed.
    pub claimed_time: Option<UtcTime>,
    /// When a verified time stamp says that the signature existed.
    pub proven_time: Option<UtcTime>,
}

impl Report {
    /// A report about a file in which nothing was found yet.
    pub const fn new(format: Format) -> Report {
        Report {
            format,
            document: Vec::new(),
            signatures: Vec::new(),
            files: Vec::new(),
        }
    }

    /// All findings, those about the file first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.document
            .iter()
            .chain(self.signatures.iter().flat_map(|one| &one.findings))
    }

    /// Whether the file may be believed: there is a signature, and no rule was broken in any.
    ///
    /// Says nothing about revocation that was not checked; see [`Report::revocation`].
    pub fn is_accepted(&self) -> bool {
        !self.signatures.is_empty() && self.reasons().next().is_none()
    }

    /// Why the file is refused, causes first and otherwise in the order of the rules; empty only
    /// if nothing was broken.
    pub fn reasons(&self) -> impl Iterator<Item = Reason> {
        let broken = || {
            self.findings()
                .filter_map(|finding| finding.verdict.broken())
        };
        let causes = broken().filter(|reason| !reason.is_consequence());
        causes.chain(broken().filter(|reason| reason.is_consequence()))
    }

    /// What is known about revocation, of all signers the most alarming.
    pub fn revocation(&self) -> Revocation {
        let alarm = |state: &Revocation| match state {
            Revocation::Good(_) => 0,
            Revocation::RevokedLater { .. } => 1,
            Revocation::NotChecked => 2,
            Revocation::Unknown(_) => 3,
            Revocation::Revoked { .. } => 4,
        };
        let states = self.signatures.iter().map(SignatureReport::revocation);
        states.max_by_key(alarm).unwrap_or(Revocation::NotChecked)
    }

    /// Whether this rule was broken anywhere.
    pub fn fails(&self, rule: Rule) -> bool {
        self.findings()
            .any(|finding| finding.rule == rule && finding.verdict.broken().is_some())
    }
}

impl SignatureReport {
    /// Whether no rule was broken.
    pub fn is_accepted(&self) -> bool {
        !self
            .findings
            .iter()
            .any(|finding| matches!(finding.verdict, Verdict::Fail(_)))
    }

    /// What is known about revocation of the signer's certificate.
    pub fn revocation(&self) -> Revocation {
        self.chain
            .as_ref()
            .map_or(Revocation::NotChecked, |chain| *chain.revocation())
    }

    /// The time for which the certificate was judged.
    pub fn judged_at(&self) -> Option<UtcTime> {
        self.chain.as_ref().map(VerifyReport::at)
    }

    /// What the certificate in the file tells everybody about the signer, besides the pseudonym.
    pub fn discloses(&self) -> Vec<Disclosed> {
        self.certificate
            .as_ref()
            .map_or_else(Vec::new, Disclosed::by)
    }
}

/// A kind of personal data that a certificate in a document shows to everybody who has the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disclosed {
    /// 氏名
    Name,
    /// 住所
    Address,
    /// 生年月日
    BirthDate,
    /// 性別
    Sex,
    /// Prefecture and municipality in the subject.
    Municipality,
}

impl Disclosed {
    /// What this certificate shows, in the order of the enum.
    pub fn by(certificate: &Certificate) -> Vec<Disclosed> {
        let person = certificate.attributes();
        let shown = |is: bool, what| is.then_some(what);
        [
            shown(
                person.is_some_and(|person| person.name.is_some()),
                Disclosed::Name,
            ),
            shown(
                person.is_some_and(|person| person.address.is_some()),
                Disclosed::Address,
            ),
            shown(
                person.is_some_and(|person| person.birth.is_some()),
                Disclosed::BirthDate,
            ),
            shown(
                person.is_some_and(|person| person.sex.is_some()),
                Disclosed::Sex,
            ),
            shown(
                certificate.subject().values("L").next().is_some(),
                Disclosed::Municipality,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Disclosed::Name => "name",
            Disclosed::Address => "address",
            Disclosed::BirthDate => "birth-date",
            Disclosed::Sex => "sex",
            Disclosed::Municipality => "municipality",
        }
    }
}
