//! What a card's records prove, for the commands that show them beside it.

use std::path::Path;

use card_core::genuine::{Challenge, Evidence, Finding, Report};
use card_core::pin::{PinKind, PinProblem};
use card_core::{Error, Spend, Transaction};
use serde::Serialize;

use crate::exit::Failure;
use crate::issuers::Trusted;
use crate::opens::{
    BIRTH, Opener, PIN, PROFILE_NUMBER_A, PROFILE_NUMBER_B, VISUAL_NUMBER_A, VISUAL_NUMBER_B,
};
use crate::output::printable;
use crate::texts::Texts;
use crate::wanted::Wanted;

/// A record that can be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Record {
    /// Number and attributes as text.
    Profile,
    /// The card face.
    Face,
    /// The age record.
    Age,
    /// The picture of the My Number.
    Number,
}

impl Record {
    /// What opens it, the usual one first.
    pub(crate) fn options(self) -> Vec<Wanted<Opener>> {
        match self {
            Self::Profile => vec![PIN, PROFILE_NUMBER_A, PROFILE_NUMBER_B],
            Self::Face => vec![VISUAL_NUMBER_B, VISUAL_NUMBER_A],
            Self::Age => vec![BIRTH],
            Self::Number => vec![VISUAL_NUMBER_A],
        }
    }

    /// Reads the record with what proves it.
    pub(crate) fn evidence(
        self,
        card: &mut Transaction<'_>,
        opener: &Opener,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Evidence, Error> {
        use Opener::{Birth, NumberA, NumberB, Pin};
        match (self, opener) {
            (Self::Profile, Pin(pin)) => {
                Evidence::profile(&mut card.profile()?, pin, spend, challenge)
            }
            (Self::Profile, NumberA(number)) => {
                Evidence::profile(&mut card.profile()?, number, spend, challenge)
            }
            (Self::Profile, NumberB(number)) => {
                Evidence::profile(&mut card.profile()?, number, spend, challenge)
            }
            (Self::Face, NumberA(number)) => {
                Evidence::face(&mut card.visual()?, number, spend, challenge)
            }
            (Self::Face, NumberB(number)) => {
                Evidence::face(&mut card.visual()?, number, spend, challenge)
            }
            (Self::Age, Birth(birth)) => {
                Evidence::age(&mut card.visual()?, birth, spend, challenge)
            }
            (Self::Number, NumberA(number)) => {
                Evidence::number(&mut card.visual()?, number, spend, challenge)
            }
            // Not among the options of this record.
            (Self::Profile, Birth(_)) => Err(needed(PinKind::Profile)),
            (Self::Face, Pin(_) | Birth(_)) => Err(needed(PinKind::NumberB)),
            (Self::Age, Pin(_) | NumberA(_) | NumberB(_)) => Err(needed(PinKind::Birth)),
            (Self::Number, Pin(_) | NumberB(_) | Birth(_)) => Err(needed(PinKind::NumberA)),
        }
    }
}

/// The error of a secret that does not open what was asked for.
pub(crate) fn needed(pin: PinKind) -> Error {
    let problem = PinProblem::Needed;
    Error::Pin { pin, problem }
}

/// Something for the card to sign that it never saw.
pub(crate) fn challenge() -> Result<Challenge, Failure> {
    Challenge::random()
        .map_err(|error| Failure::file("input.unreadable", Path::new("/dev/urandom"), &error))
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
    #[serde(skip)]
    whole: bool,
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
        let code = |found: Finding| found.reason().map(|reason| reason.code());
        Self {
            signature: report.signature.word(),
            issuer: report.issuer.word(),
            live: report.live.word(),
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
            whole: report.all_valid(),
        }
    }

    /// Fails unless everything is valid.
    pub(crate) fn demanded(&self) -> Result<(), Failure> {
        if self.whole {
            Ok(())
        } else {
            Err(Failure::new("record.not-genuine").reported())
        }
    }

    /// Fails if a signature is not valid; the card need not have answered.
    pub(crate) fn signed(&self) -> Result<(), Failure> {
        if self.signature == Some("valid") && self.issuer == Some("valid") {
            Ok(())
        } else {
            Err(Failure::new("record.not-genuine").reported())
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
    use crate::texts::Language;

    #[test]
    fn every_reason_has_a_text() {
        for texts in [Language::Japanese, Language::English].map(Texts::new) {
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
