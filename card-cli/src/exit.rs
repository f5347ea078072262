//! End of a command: code, text and advice, exit status.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use card_core::Error;
use card_core::error::ChoiceProblem;
use card_core::login::LoginReason;
use card_core::pin::{PinProblem, ShapeProblem};
use card_core::trust::Reason;
use fluent_bundle::FluentValue;
use serde::{Serialize, Serializer};

use crate::display::printable;
use crate::facts::{
    Fact, Phrase, application_word, certificate_word, left_fact, listed, pin_word, reason,
    step_word, word,
};
use crate::streams;
use crate::texts::Texts;

/// Codes of the program's own failures, beside those of [`Error::CODES`].
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the list that the texts are held against")
)]
pub(crate) const CODES: &[&str] = &[
    "age.not-reached",
    "age.unknown",
    "card.busy",
    "consent.disclosure",
    "consent.missing",
    "document.refused",
    "document.unknown",
    "document.unreadable",
    "document.unsigned",
    "document.unsuitable",
    "documents.refused",
    "font.unreadable",
    "frame.broken",
    "handling.unwritable",
    "input.changed",
    "input.unreadable",
    "licence.certificate",
    "licence.expired",
    "output.exists",
    "output.unwritable",
    "pdf.glyph",
    "pdf.room",
    "persona.exists",
    "persona.field",
    "persona.name",
    "persona.syntax",
    "persona.unknown",
    "persona.unreadable",
    "picture.unreadable",
    "pin.no-terminal",
    "pin.not-repeated",
    "pin.same",
    "pin.sim-only",
    "pin.source",
    "program.bug",
    "purpose.law",
    "purpose.missing",
    "purpose.unknown",
    "record.not-genuine",
    "revocation.not-checked",
    "setup.broken",
    "sign.algorithm",
    "sign.existing",
    "sim.absent",
    "sim.command",
    "sim.in-use",
    "sim.library",
    "sim.misbehaved",
    "sim.refused",
    "sim.state",
    "timestamp.silent",
    "timestamp.unfit",
    "trace.malformed",
    "trust.issuer-key",
    "usage.wrong",
    "web-eid.argument",
    "web-eid.request",
];

/// The exit status of a code; the table of `docs/errors.md`.
pub(crate) fn status(code: &str) -> u8 {
    match code {
        "program.bug" | "frame.broken" => 1,
        "consent.disclosure"
        | "document.unsuitable"
        | "font.unreadable"
        | "input.changed"
        | "pdf.glyph"
        | "pdf.room"
        | "sign.algorithm"
        | "sign.existing"
        | "timestamp.silent"
        | "consent.missing"
        | "licence.certificate"
        | "handling.unwritable"
        | "purpose.law"
        | "purpose.missing"
        | "purpose.unknown"
        | "trust.issuer-key"
        | "input.unreadable"
        | "output.exists"
        | "output.unwritable"
        | "persona.exists"
        | "persona.field"
        | "persona.name"
        | "persona.syntax"
        | "persona.unknown"
        | "persona.unreadable"
        | "pin.needed"
        | "pin.not-set"
        | "pin.no-terminal"
        | "pin.not-repeated"
        | "pin.same"
        | "pin.shape"
        | "pin.sim-only"
        | "pin.source"
        | "replay.mismatch"
        | "sim.absent"
        | "sim.library"
        | "sim.refused"
        | "sim.state"
        | "trace.malformed"
        | "usage.wrong"
        | "web-eid.argument"
        | "web-eid.request"
        | "nonce.store"
        | "origin.invalid"
        | "random.none"
        | "trust.empty"
        | "trust.root"
        | "trust.unreadable" => 2,
        "age.not-reached" | "age.unknown" | "licence.expired" | "sim.misbehaved" => 3,
        "card.none" | "card.several" | "reader.ambiguous" | "reader.failed" | "reader.gone"
        | "reader.none" | "reader.unknown" | "service.none" | "service.permission"
        | "setup.broken" => 10,
        "application.missing" | "certificate.absent" | "file.missing" | "pin.absent" => 11,
        "card.mute" | "card.power" | "card.removed" | "card.reset" | "card.silent" => 12,
        "card.busy" | "reader.busy" | "sim.in-use" => 13,
        "card.refused"
        | "pin.split"
        | "secure.extended-length"
        | "secure.lost"
        | "signature.pss" => 14,
        "pin.refused-before" | "pin.wrong" => 20,
        "pin.blocked" => 21,
        "pin.last-attempt" => 22,
        "card.malformed" | "picture.unreadable" => 30,
        "document.refused"
        | "document.unknown"
        | "document.unreadable"
        | "document.unsigned"
        | "documents.refused"
        | "record.not-genuine"
        | "signature.mismatch"
        | "timestamp.unfit" => 40,
        "revocation.not-checked" => 41,
        "operation.cancelled" => 50,
        // As shells say that there is no such command.
        "sim.command" => 127,
        _ if is_refusal(code) => 40,
        // A code without a row is a bug of ours; a test looks at every code.
        _ => 1,
    }
}

/// Of card-verifiable certificates, beside those that X.509 has too.
const ISSUER_CODES: [&str; 2] = ["issuer.domain", "issuer.signature"];

/// Whether a code is a reason not to believe something.
fn is_refusal(code: &str) -> bool {
    LoginReason::CODES.contains(&code)
        || ISSUER_CODES.contains(&code)
        || Reason::ALL.iter().any(|reason| reason.code() == code)
}

/// Why a command did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: &'static str,
    facts: Vec<(&'static str, Fact)>,
    /// Whether standard output has the report that says so already.
    reported: bool,
}

impl Failure {
    /// A failure of the program's own.
    pub(crate) fn new(code: &'static str) -> Self {
        Self {
            code,
            facts: Vec::new(),
            reported: false,
        }
    }

    /// A whole report stands on standard output already: only a person is told.
    #[must_use]
    pub(crate) fn reported(mut self) -> Self {
        self.reported = true;
        self
    }

    /// Tells one thing more.
    #[must_use]
    pub(crate) fn telling(mut self, name: &'static str, fact: Fact) -> Self {
        self.facts.push((name, fact));
        self
    }

    /// The command line is wrong; `text` says how, in the user's language.
    pub(crate) fn usage(text: String) -> Self {
        Self::new("usage.wrong").telling("text", Fact::Said(text))
    }

    /// What was asked for is wrong, as the message `id` says with these values.
    pub(crate) fn usage_of(id: &'static str, values: Vec<(&'static str, Phrase)>) -> Self {
        Self::new("usage.wrong").telling("text", Fact::Sentence(id, values))
    }

    /// A file failed with what the system said.
    pub(crate) fn file(code: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::new(code)
            .telling("path", Fact::Text(path.display().to_string()))
            .telling("reason", reason(error))
    }

    /// The code.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        status(self.code)
    }

    /// What the message tells of, by name.
    pub(crate) fn details(&self) -> serde_json::Value {
        // Texts and numbers, so it can be written.
        serde_json::to_value(Details(&self.facts)).unwrap_or_default()
    }

    /// A count that the message tells of.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.facts.iter().find_map(|(known, fact)| match fact {
            Fact::Number(number) if *known == name => Some(*number),
            _ => None,
        })
    }

    /// What happened and what to do next.
    pub(crate) fn texts(&self, texts: &Texts) -> (String, String) {
        let mut words: Vec<(&str, String)> = Vec::new();
        for (name, fact) in &self.facts {
            let text = match fact {
                Fact::Text(text) => printable(text),
                Fact::Said(text) => text.clone(),
                Fact::Sentence(id, values) => {
                    let values: Vec<_> = values
                        .iter()
                        .map(|(name, value)| (*name, value.text(texts)))
                        .collect();
                    let values = values
                        .iter()
                        .map(|(name, value)| (*name, value.as_str().into()));
                    texts.with(id, values)
                }
                Fact::List(lines) => listed(lines),
                // A word may name what was told before it.
                Fact::Word(word) => texts.with(&word.id(), self.values(&words)),
                Fact::Number(_) => continue,
            };
            words.push((name, text));
        }
        if self.code == "usage.wrong" && !words.iter().any(|(name, _)| *name == "command") {
            words.push(("command", "mynacard".into()));
        }
        let said = |kind: &str| {
            let id = format!("{kind}-{}", self.code.replace('.', "-"));
            texts.with(&id, self.values(&words))
        };
        (said("err"), said("rec"))
    }

    /// Numbers, and these words, as variables of a message.
    fn values<'v>(
        &'v self,
        words: &'v [(&'v str, String)],
    ) -> impl Iterator<Item = (&'v str, FluentValue<'v>)> {
        let words = words
            .iter()
            .map(|(name, word)| (*name, FluentValue::from(word.as_str())));
        words.chain(self.facts.iter().filter_map(|(name, fact)| match fact {
            Fact::Number(number) => Some((*name, FluentValue::from(*number))),
            _ => None,
        }))
    }

    /// Tells the user, on standard error or as JSON on standard output.
    pub(crate) fn show(&self, texts: &Texts, json: bool) -> ExitCode {
        let status = status(self.code);
        let (message, advice) = self.texts(texts);
        // Best effort: with closed streams only the exit status is left.
        let _ = if json && !self.reported {
            let document = streams::document(&Report {
                schema: "mynacard.error/1",
                code: self.code,
                message: &message,
                advice: &advice,
                exit: status,
                details: Details(&self.facts),
            });
            document
                .map_err(io::Error::from)
                .and_then(|bytes| streams::write_stdout(&bytes))
        } else {
            let mut stderr = io::stderr().lock();
            let label = texts.say("label-error");
            writeln!(stderr, "{label}{message}").and_then(|()| writeln!(stderr, "{advice}"))
        };
        ExitCode::from(status)
    }
}

/// `mynacard.error/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Report<'a> {
    schema: &'static str,
    code: &'a str,
    message: &'a str,
    advice: &'a str,
    exit: u8,
    details: Details<'a>,
}

/// What the message tells of, by name.
struct Details<'a>(&'a [(&'static str, Fact)]);

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let facts = self
            .0
            .iter()
            .filter(|(_, fact)| !matches!(fact, Fact::Said(_) | Fact::Sentence(..)));
        serializer.collect_map(facts.map(|(name, fact)| (name, fact)))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Details<'_> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Details".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": {
                "anyOf": [
                    { "type": "string" },
                    { "type": "integer" },
                    { "type": "array", "items": { "type": "string" } },
                ],
            },
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Self::new(error.code());
        match error {
            Error::Pin { pin, problem } => {
                let failure = failure.telling("pin", Fact::Word(pin_word(pin)));
                match problem {
                    PinProblem::Wrong { left } | PinProblem::LastAttempt { left } => {
                        failure.telling("left", left_fact(left))
                    }
                    PinProblem::Shape(shape) => shape_facts(failure, shape),
                    _ => failure,
                }
            }
            Error::ResidentPinSplit {
                changed,
                unchanged,
                cause,
            } => failure
                .telling("changed", Fact::Word(application_word(changed)))
                .telling("unchanged", Fact::Word(application_word(unchanged)))
                .telling("cause", Fact::Text(cause.code().into())),
            Error::CertificateAbsent(purpose) => {
                failure.telling("certificate", Fact::Word(certificate_word(purpose)))
            }
            Error::ApplicationMissing(application) => {
                failure.telling("application", Fact::Word(application_word(application)))
            }
            Error::FileMissing(step) => failure.telling("step", Fact::Word(step_word(step))),
            Error::Refused { step, status } => failure
                .telling("step", Fact::Word(step_word(step)))
                .telling("status", Fact::Text(status.to_string())),
            Error::Malformed { what, at, problem } => failure
                .telling("step", Fact::Word(step_word(what)))
                .telling("at", Fact::Number(i64::try_from(at).unwrap_or(i64::MAX)))
                .telling("problem", Fact::Text(problem.to_string())),
            Error::Choice(
                ChoiceProblem::Ambiguous { count } | ChoiceProblem::SeveralCards { count },
            ) => failure.telling(
                "count",
                Fact::Number(i64::try_from(count).unwrap_or(i64::MAX)),
            ),
            Error::Transport(card_core::transport::TransportError::Other { code }) => {
                failure.telling("number", Fact::Text(format!("{code:#010X}")))
            }
            _ => failure,
        }
    }
}

fn shape_facts(failure: Failure, shape: ShapeProblem) -> Failure {
    let number = |n: usize| Fact::Number(i64::try_from(n).unwrap_or(i64::MAX));
    let problem = match shape {
        ShapeProblem::Length { least, most } => {
            return failure
                .telling(
                    "shape",
                    Fact::Word(word(
                        "shape",
                        if least == most { "exactly" } else { "length" },
                    )),
                )
                .telling("least", number(least))
                .telling("most", number(most));
        }
        ShapeProblem::Digits => "digits",
        ShapeProblem::LettersAndDigits => "letters-and-digits",
        ShapeProblem::NeedsLetterAndDigit => "needs-letter-and-digit",
        ShapeProblem::CheckDigit => "check-digit",
        ShapeProblem::Date => "date",
        ShapeProblem::Year => "year",
        _ => "other",
    };
    failure.telling("shape", Fact::Word(word("shape", problem)))
}

/// Every code with its exit status, in the order of the codes.
#[cfg(test)]
pub(crate) fn every_code() -> std::collections::BTreeMap<&'static str, u8> {
    tests::codes().map(|code| (code, status(code))).collect()
}

#[cfg(test)]
mod tests {
    use card_core::trust::TrustError;

    use super::*;
    use crate::texts::Language;

    pub(super) fn codes() -> impl Iterator<Item = &'static str> {
        let ours = Error::CODES.iter().chain(CODES).chain(TrustError::CODES);
        let reasons = Reason::ALL.iter().map(|reason| reason.code());
        let login = LoginReason::CODES.iter().chain(&["origin.invalid"]);
        ours.chain(login)
            .chain(&ISSUER_CODES)
            .copied()
            .chain(reasons)
    }

    #[test]
    fn every_code_has_a_status_and_texts() {
        let both = [Language::Japanese, Language::English].map(Texts::new);
        for code in codes() {
            // A client that cannot be understood is a bug too: of the client.
            let bug = ["program.bug", "frame.broken"].contains(&code);
            assert_eq!(status(code) == 1, bug, "{code}");
            let id = code.replace('.', "-");
            for texts in &both {
                for kind in ["err", "rec"] {
                    assert!(texts.has(&format!("{kind}-{id}")), "{kind}-{id}");
                }
            }
        }
        assert!(CODES.is_sorted());
        let mut all: Vec<&str> = codes().collect();
        all.sort_unstable();
        assert!(
            all.windows(2).all(|pair| pair[0] != pair[1]),
            "a code of two"
        );
    }

    /// The entry of a code in `docs/errors.md`, with its variables by name.
    fn entry(code: &str, both: &[Texts; 2]) -> String {
        use std::fmt::Write as _;
        let mut entry = format!("## `{code}` — {}\n", status(code));
        for texts in both {
            let failure = Failure::new(code.to_owned().leak());
            let (message, advice) = failure.texts(texts);
            write!(entry, "\n> {}\n>\n> {}\n", quote(&message), quote(&advice)).unwrap();
        }
        entry
    }

    fn quote(text: &str) -> String {
        text.replace('\n', "\n> ")
    }

    /// Writes the page anew where the texts changed: `MYNACARD_BLESS=1 cargo test -p card-cli`.
    #[test]
    fn the_page_of_errors_is_up_to_date() {
        let both = [Language::Japanese, Language::English].map(Texts::new);
        let mut page = include_str!("../locales/errors-head.md").to_owned();
        let mut all: Vec<&str> = codes().collect();
        all.sort_by_key(|code| (status(code), *code));
        for code in all {
            page += "\n";
            page += &entry(code, &both);
        }
        crate::tests::bless("docs/errors.md", &page);
    }

    #[test]
    fn schema() {
        crate::tests::schema::<Report<'static>>("error", crate::tests::Envelope::Bare);
    }
}
