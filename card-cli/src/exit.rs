//! How a command ends: which code, which text and advice, which exit status.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use card_core::Error;
use card_core::applet::Application;
use card_core::certificate::Purpose;
use card_core::error::{ChoiceProblem, Step};
use card_core::pin::{Attempts, PinKind, PinProblem, ShapeProblem};
use fluent_bundle::FluentValue;
use serde::{Serialize, Serializer};

use crate::output;
use crate::texts::Texts;

/// Codes of the program's own failures, beside those of [`Error::CODES`].
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the list that the texts are held against")
)]
pub(crate) const CODES: &[&str] = &[
    "input.unreadable",
    "output.exists",
    "output.unwritable",
    "persona.exists",
    "persona.field",
    "persona.name",
    "persona.syntax",
    "persona.unknown",
    "persona.unreadable",
    "pin.no-terminal",
    "pin.not-repeated",
    "pin.sim-only",
    "pin.source",
    "program.bug",
    "sim.in-use",
    "sim.state",
    "trace.malformed",
    "usage.wrong",
];

/// The exit status of a code; the table of `docs/errors.md`.
pub(crate) fn status(code: &str) -> u8 {
    match code {
        "program.bug" => 1,
        "input.unreadable" | "output.exists" | "output.unwritable" | "persona.exists"
        | "persona.field" | "persona.name" | "persona.syntax" | "persona.unknown"
        | "persona.unreadable" | "pin.needed" | "pin.no-terminal" | "pin.not-repeated"
        | "pin.shape" | "pin.sim-only" | "pin.source" | "replay.mismatch" | "sim.state"
        | "trace.malformed" | "usage.wrong" => 2,
        "card.none" | "card.several" | "reader.ambiguous" | "reader.failed" | "reader.gone"
        | "reader.none" | "reader.unknown" | "service.none" | "service.permission" => 10,
        "application.missing" | "certificate.absent" | "file.missing" => 11,
        "card.mute" | "card.power" | "card.removed" | "card.reset" | "card.silent" => 12,
        "reader.busy" | "sim.in-use" => 13,
        "card.refused" => 14,
        "pin.refused-before" | "pin.wrong" => 20,
        "pin.blocked" => 21,
        "pin.last-attempt" => 22,
        "card.malformed" => 30,
        "signature.mismatch" => 40,
        "operation.cancelled" => 50,
        // A code without a row is a bug of ours; a test looks at every code.
        _ => 1,
    }
}

/// Why a command did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: &'static str,
    facts: Vec<(&'static str, Fact)>,
}

/// Something that a message tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// As it is: a path, a name.
    Text(String),
    /// A count.
    Number(i64),
    /// A word that each language has its own for.
    Word(Word),
    /// One line each.
    List(Vec<String>),
}

/// A word of ours: for programs as it is, for people the message `GROUP-WORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    group: &'static str,
    /// As programs get it.
    pub(crate) word: &'static str,
}

impl Word {
    /// As people get it.
    pub(crate) fn text(self, texts: &Texts) -> String {
        texts.say(&format!("{}-{}", self.group, self.word))
    }
}

impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Word(word) => serializer.serialize_str(word.word),
            Self::List(lines) => serializer.collect_seq(lines),
        }
    }
}

impl Failure {
    /// A failure of the program's own.
    pub(crate) fn new(code: &'static str) -> Self {
        Self {
            code,
            facts: Vec::new(),
        }
    }

    /// Tells one thing more.
    #[must_use]
    pub(crate) fn telling(mut self, name: &'static str, fact: Fact) -> Self {
        self.facts.push((name, fact));
        self
    }

    /// The command line is wrong; `text` says how, in the user's language.
    pub(crate) fn usage(text: String) -> Self {
        Self::new("usage.wrong").telling("text", Fact::Text(text))
    }

    /// A file failed with what the system said.
    pub(crate) fn file(code: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::new(code)
            .telling("path", Fact::Text(path.display().to_string()))
            .telling("reason", Fact::Text(reason(error)))
    }

    /// The code.
    #[cfg(test)]
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// What happened and what to do next.
    pub(crate) fn texts(&self, texts: &Texts) -> (String, String) {
        let words: Vec<(&str, String)> = self
            .facts
            .iter()
            .filter_map(|(name, fact)| match fact {
                Fact::Text(text) => Some((*name, text.clone())),
                Fact::Word(word) => Some((*name, word.text(texts))),
                Fact::List(lines) => Some((*name, lines.join("\n  "))),
                Fact::Number(_) => None,
            })
            .collect();
        let said = |kind: &str| {
            let values = words
                .iter()
                .map(|(name, word)| (*name, FluentValue::from(word.as_str())));
            let numbers = self.facts.iter().filter_map(|(name, fact)| match fact {
                Fact::Number(number) => Some((*name, FluentValue::from(*number))),
                _ => None,
            });
            texts.with(
                &format!("{kind}-{}", self.code.replace('.', "-")),
                values.chain(numbers),
            )
        };
        (said("err"), said("rec"))
    }

    /// Tells the user, on standard error or as JSON on standard output.
    pub(crate) fn show(&self, texts: &Texts, json: bool) -> ExitCode {
        let status = status(self.code);
        let (message, advice) = self.texts(texts);
        // Nobody is left to tell if these streams are closed; the exit status still tells.
        let _ = if json {
            let document = output::document(&Report {
                schema: "mynacard.error/1",
                code: self.code,
                message: &message,
                advice: &advice,
                exit: status,
                details: Details(&self.facts),
            });
            document
                .map_err(io::Error::from)
                .and_then(|bytes| output::write_stdout(&bytes))
        } else {
            let mut stderr = io::stderr().lock();
            let label = texts.say("label-error");
            writeln!(stderr, "{label}{message}").and_then(|()| writeln!(stderr, "{advice}"))
        };
        ExitCode::from(status)
    }
}

/// What the system said, without the number that Rust puts behind it.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((reason, _)) => reason.to_owned(),
        None => text,
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
        serializer.collect_map(self.0.iter().map(|(name, fact)| (name, fact)))
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

fn word(group: &'static str, word: &'static str) -> Word {
    Word { group, word }
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
        _ => "other",
    };
    failure.telling("shape", Fact::Word(word("shape", problem)))
}

/// Attempts as a fact: a number, or the word that the card does not say.
fn left_fact(left: Attempts) -> Fact {
    match left {
        Attempts::Left(left) => Fact::Number(left.into()),
        Attempts::Blocked => Fact::Number(0),
        Attempts::Unknown => Fact::Text("unknown".into()),
    }
}

/// The word of a PIN.
pub(crate) fn pin_word(pin: PinKind) -> Word {
    word(
        "pin",
        match pin {
            PinKind::Authentication => "authentication",
            PinKind::Signature => "signature",
            PinKind::Profile => "profile",
            PinKind::Resident => "resident",
            PinKind::NumberA => "number-a",
            PinKind::NumberB => "number-b",
            PinKind::Birth => "birth",
            _ => "other",
        },
    )
}

/// The word of a certificate.
fn certificate_word(purpose: Purpose) -> Word {
    word(
        "certificate",
        match purpose {
            Purpose::Authentication => "authentication",
            Purpose::Signature => "signature",
        },
    )
}

/// The word of an application.
pub(crate) fn application_word(application: Application) -> Word {
    word(
        "application",
        match application {
            Application::Jpki => "jpki",
            Application::Profile => "profile",
            Application::Visual => "visual",
            Application::Resident => "resident",
            Application::Common => "common",
            Application::IssuerDomain => "issuer-domain",
            _ => "other",
        },
    )
}

fn step_word(step: Step) -> Word {
    word(
        "step",
        match step {
            Step::SelectApplication => "select-application",
            Step::SelectFile => "select-file",
            Step::AskAttempts => "ask-attempts",
            Step::PresentPin => "present-pin",
            Step::ChangePin => "change-pin",
            Step::Sign => "sign",
            Step::TokenInformation => "token-information",
            Step::CertificatesPresent => "certificates-present",
            Step::AuthenticationCertificate => "authentication-certificate",
            Step::AuthenticationCaCertificate => "authentication-ca-certificate",
            Step::SignatureCertificate => "signature-certificate",
            Step::SignatureCaCertificate => "signature-ca-certificate",
            Step::CardNumber => "card-number",
            Step::DataObject => "data-object",
            _ => "other",
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    fn codes() -> impl Iterator<Item = &'static str> {
        Error::CODES.iter().chain(CODES).copied()
    }

    #[test]
    fn every_code_has_a_status_and_texts() {
        let both = [Language::Japanese, Language::English].map(Texts::new);
        for code in codes() {
            assert_eq!(status(code) == 1, code == "program.bug", "{code}");
            let id = code.replace('.', "-");
            for texts in &both {
                for kind in ["err", "rec"] {
                    assert!(texts.has(&format!("{kind}-{id}")), "{kind}-{id}");
                }
            }
        }
        assert!(CODES.is_sorted());
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
