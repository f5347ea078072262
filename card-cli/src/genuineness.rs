//! The report of what proves a record of the card.

use card_core::genuine::{Report, Verdict};
use serde::{Deserialize, Serialize};

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::issuers::Trusted;
use crate::jobs::record::Record;
use crate::output::printable;
use crate::texts::Texts;

/// A record that can be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RecordWord {
    /// Attributes as text; the My Number instead where the number on the card opened the record.
    Profile,
    /// The card face.
    Face,
    /// The age record.
    Age,
    /// The picture of the My Number.
    Number,
}

impl RecordWord {
    /// The record.
    pub(crate) fn record(self) -> Record {
        match self {
            Self::Profile => Record::Profile,
            Self::Face => Record::Face,
            Self::Age => Record::Age,
            Self::Number => Record::Number,
        }
    }

    /// The word of a record.
    pub(crate) fn of(record: Record) -> Self {
        match record {
            Record::Profile => Self::Profile,
            Record::Face => Self::Face,
            Record::Age => Self::Age,
            Record::Number => Self::Number,
        }
    }
}

/// What was proven, and what was not.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Proof {
    /// The record against the card's certificate: `valid`, `invalid`, or null if it was not tried.
    signature: Option<&'static str>,
    /// That certificate against the issuers that are trusted.
    issuer: Option<&'static str>,
    /// The answer to a fresh challenge: the card is here.
    live: Option<&'static str>,
    reasons: Reasons,
    /// Fields that no signature covers, or that were not opened.
    not_covered: Vec<String>,
    /// What would still be open if everything were valid.
    not_proven: Vec<&'static str>,
    /// Key identifiers as the certificate has them.
    issuer_key: Option<String>,
    certified_key: Option<String>,
    /// `production`, `jlis-test`, `sim` or a folder.
    trust: String,
    /// Whether all three are valid.
    all_valid: bool,
}

/// Why a check does not hold or was not tried; null where it holds.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Reasons {
    signature: Option<&'static str>,
    issuer: Option<&'static str>,
    live: Option<&'static str>,
}

impl Proof {
    pub(crate) fn of(report: &Report, trust: &Trusted) -> Self {
        let code = |found: Verdict| found.reason().map(|reason| reason.code());
        Self {
            signature: word(report.signature),
            issuer: word(report.issuer),
            live: word(report.live),
            reasons: Reasons {
                signature: code(report.signature),
                issuer: code(report.issuer),
                live: code(report.live),
            },
            not_covered: report.not_covered.clone(),
            not_proven: report.not_proven.iter().map(|gap| gap.code()).collect(),
            issuer_key: report.issuer_key.map(|key| key.to_string()),
            certified_key: report.certified_key.map(|key| key.to_string()),
            trust: trust.name(),
            all_valid: report.all_valid(),
        }
    }

    /// Fails unless everything is valid.
    pub(crate) fn demanded(&self) -> Result<(), Failure> {
        if self.all_valid {
            Ok(())
        } else {
            Err(Failure::from(ProgramError::RecordNotGenuine).reported())
        }
    }

    /// Fails if a signature is not valid; the card need not have answered.
    pub(crate) fn signed(&self) -> Result<(), Failure> {
        if self.signature == Some("valid") && self.issuer == Some("valid") {
            Ok(())
        } else {
            Err(Failure::from(ProgramError::RecordNotGenuine).reported())
        }
    }

    /// One row for each check and each gap.
    pub(crate) fn rows(&self, texts: &Texts) -> Vec<Vec<String>> {
        let found = |word: Option<&str>, reason: Option<&str>| {
            let word = texts.say(&format!("proof-{}", word.unwrap_or("not-tried")));
            match reason {
                Some(code) => format!("{word}: {} ({code})", texts.say(&id(code))),
                None => word,
            }
        };
        let row = |name: &str, value: String| vec![texts.say(name), value];
        let reasons = &self.reasons;
        let mut rows = vec![
            row(
                "proof-row-signature",
                found(self.signature, reasons.signature),
            ),
            row("proof-row-issuer", found(self.issuer, reasons.issuer)),
            row("proof-row-live", found(self.live, reasons.live)),
        ];
        if !self.not_covered.is_empty() {
            let names = self.not_covered.iter();
            let names = names.map(|name| field(name, texts)).collect::<Vec<_>>();
            rows.push(row(
                "proof-row-not-covered",
                names.join(&texts.say("list-comma")),
            ));
        }
        for gap in &self.not_proven {
            rows.push(row("proof-row-not-proven", texts.say(&id(gap))));
        }
        rows
    }
}

/// `valid` or `invalid`; nothing where it was not tried.
fn word(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Pass => Some("valid"),
        Verdict::Fail(_) => Some("invalid"),
        _ => None,
    }
}

/// The text of a reason or gap.
fn id(code: &str) -> String {
    format!("proof-{}", code.replace('.', "-"))
}

/// The name of a field; one that this program does not know by its tag.
fn field(name: &str, texts: &Texts) -> String {
    let id = format!("field-{}", name.replace('_', "-"));
    if texts.has(&id) {
        texts.say(&id)
    } else {
        printable(name)
    }
}

#[cfg(test)]
mod tests {
    use card_core::genuine::{Gap, Reason};

    use super::*;
    use crate::texts::{Language, program_texts};

    #[test]
    fn every_reason_has_a_text() {
        for texts in [Language::Japanese, Language::English].map(program_texts) {
            let gaps = [Gap::Unbound, Gap::CardStatus].map(Gap::code);
            for code in Reason::CODES.iter().copied().chain(gaps) {
                assert!(texts.has(&id(code)), "{code}");
            }
            for name in [
                "number",
                "name",
                "address",
                "birth",
                "sex",
                "expiry",
                "security_code",
            ] {
                let id = format!("field-{}", name.replace('_', "-"));
                assert_eq!(field(name, &texts), texts.say(&id), "{id}");
                assert!(texts.has(&id), "{id}");
            }
            assert_eq!(field("DF2B", &texts), "DF2B");
        }
    }
}
