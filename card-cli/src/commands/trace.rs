//! `trace show FILE`: a transcript for people. Talks to no card.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use card_core::iso::status::Meaning;
use card_core::transcript::{self, StepKind};
use clap::Subcommand;
use serde::Serialize;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::application_word;
use crate::output::{Report, table};
use crate::program::Program;
use crate::texts::Texts;

/// What to do with a transcript.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Show {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// `mynacard.trace-show/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Trace {
    steps: Vec<Step>,
    exchanges: usize,
    presented: usize,
}

/// One exchange, or something that happened around them.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Step {
    /// Line of the file, from 1.
    line: usize,
    /// Name of the command in the standard; null for what is no exchange.
    command: Option<String>,
    /// What it is about: `jpki`, `jpki-000A`; null where that is not known.
    target: Option<String>,
    /// The answer's status word, or the word of a transport error.
    answer: Option<String>,
    /// Bytes of data in the answer.
    bytes: Option<usize>,
    /// What is no exchange, as the file has it.
    event: Option<String>,
    /// Whether the command carried a PIN.
    secret: bool,
    #[serde(skip)]
    meaning: Option<Said>,
    #[serde(skip)]
    presents: bool,
}

/// What an answer means: the message `meaning-…`.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    id: &'static str,
    /// Attempts.
    left: u8,
}

impl From<Meaning> for Said {
    fn from(meaning: Meaning) -> Self {
        let (id, left) = match meaning {
            Meaning::Done => ("done", 0),
            Meaning::EndOfFile => ("end-of-file", 0),
            Meaning::NotVerified => ("not-verified", 0),
            Meaning::Left(left) => ("left", left),
            Meaning::Blocked => ("blocked", 0),
            Meaning::MoreWaiting => ("more-waiting", 0),
            Meaning::ExactLength => ("exact-length", 0),
            Meaning::WrongLength => ("wrong-length", 0),
            Meaning::PinNeeded => ("pin-needed", 0),
            Meaning::Conditions => ("conditions", 0),
            Meaning::NothingSelected => ("nothing-selected", 0),
            Meaning::WrongData => ("wrong-data", 0),
            Meaning::NotFound => ("not-found", 0),
            Meaning::RecordNotFound => ("record-not-found", 0),
            Meaning::WrongParameters => ("wrong-parameters", 0),
            Meaning::ReferenceNotFound => ("reference-not-found", 0),
            Meaning::PastEnd => ("past-end", 0),
            Meaning::UnknownInstruction => ("unknown-instruction", 0),
            Meaning::UnknownClass => ("unknown-class", 0),
            Meaning::Unspecific => ("unspecific", 0),
            _ => ("other", 0),
        };
        Self { id, left }
    }
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let Action::Show { file } = &arguments.action;
    let text = read(file)?;
    let steps = transcript::read(&text).map_err(|wrong| malformed(file, wrong.line))?;
    program.show(&Trace::of(steps))
}

/// Far longer than any conversation with a card.
const LONGEST: u64 = 1 << 24;

fn read(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
        .and_then(|read| match read as u64 {
            0..=LONGEST => Ok(()),
            _ => Err(io::ErrorKind::FileTooLarge.into()),
        })
        .map_err(|error| Failure::file(ProgramError::InputUnreadable, path, &error))?;
    String::from_utf8(bytes).map_err(|_| malformed(path, 1))
}

fn malformed(path: &Path, line: usize) -> Failure {
    ProgramError::TraceMalformed(path.into(), line).into()
}

impl Trace {
    fn of(read: Vec<transcript::Step>) -> Self {
        let presents = |step: &&transcript::Step| matches!(&step.kind, StepKind::Exchange(shown) if shown.presents());
        let presented = read.iter().filter(presents).count();
        let steps: Vec<_> = read.into_iter().map(Step::of).collect();
        Self {
            exchanges: steps.iter().filter(|step| step.command.is_some()).count(),
            presented,
            steps,
        }
    }
}

impl Step {
    fn of(read: transcript::Step) -> Self {
        let line = read.line;
        let shown = match read.kind {
            StepKind::Exchange(shown) => shown,
            StepKind::Event(event) => {
                return Self {
                    line,
                    event: Some(event),
                    ..Self::default()
                };
            }
        };
        let (presents, lost) = (shown.presents(), shown.lost().unwrap_or_default());
        let (answer, bytes, meaning) = match shown.answer {
            Ok((status, bytes)) => (status.to_string(), Some(bytes), status.meaning().into()),
            Err(_) => (lost.to_owned(), None, Said { id: lost, left: 0 }),
        };
        Self {
            line,
            command: Some(shown.command),
            target: shown.target.map(target),
            answer: Some(answer),
            bytes,
            event: None,
            secret: shown.secret,
            meaning: Some(meaning),
            presents,
        }
    }

    fn row(&self, texts: &Texts) -> Vec<String> {
        let Some(command) = &self.command else {
            let event = self.event.as_deref().unwrap_or_default();
            return vec![format!("     {}", said_event(event, texts))];
        };
        let target = match &self.target {
            Some(target) => {
                let id = format!("target-{target}");
                let file = target.rsplit_once('-').map_or("", |(_, file)| file);
                if texts.has(&id) {
                    let name = texts.say(&id);
                    if file.len() == 4 && file.bytes().all(|b| b.is_ascii_hexdigit()) {
                        format!("{file} {name}")
                    } else {
                        name
                    }
                } else {
                    target.clone()
                }
            }
            None => String::new(),
        };
        let said = self.meaning.as_ref();
        let meaning = said.map_or_else(String::new, |said| {
            texts.with(
                &format!("meaning-{}", said.id),
                [("left", said.left.into())],
            )
        });
        let bytes = match self.bytes {
            Some(0) | None => String::new(),
            Some(bytes) => texts.with("trace-bytes", [("bytes", bytes.into())]),
        };
        let command = if self.presents {
            format!("{command} {}", texts.say("trace-secret"))
        } else {
            command.clone()
        };
        vec![
            format!("{:>4}", self.line),
            command,
            target,
            self.answer.clone().unwrap_or_default(),
            [meaning, bytes]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", "),
        ]
    }
}

/// The word of a target: `jpki`, `jpki-000A`.
fn target(target: transcript::Target) -> String {
    let application = application_word(target.application).word;
    match target.file {
        Some(file) => format!("{application}-{file:04X}"),
        None => application.to_owned(),
    }
}

/// What the library notes, in the user's language; anything else as it stands.
fn said_event(event: &str, texts: &Texts) -> String {
    match event.split_once(": ") {
        Some(("left", "AsIs")) => texts.say("trace-left-as-is"),
        Some(("left", "Reset")) => texts.say("trace-left-reset"),
        Some(("left", "PowerOff")) => texts.say("trace-left-power-off"),
        _ if event.starts_with("another program had reset") => texts.say("trace-was-reset"),
        _ if event.starts_with("presenting ") => texts.say("trace-presenting"),
        _ => crate::output::printable(event),
    }
}

impl Report for Trace {
    const NAME: &str = "trace-show";

    fn text(&self, texts: &Texts) -> String {
        // Events have no columns and must not widen the first one.
        let mut text = String::new();
        let exchanges: Vec<_> = self
            .steps
            .iter()
            .filter(|step| step.command.is_some())
            .map(|s| s.row(texts))
            .collect();
        let lined = table(&exchanges);
        let mut lined = lined.lines();
        for step in &self.steps {
            if step.command.is_some() {
                text += lined.next().unwrap_or_default();
            } else {
                text += &step.row(texts).concat();
            }
            text.push('\n');
        }
        text += &texts.with(
            "trace-totals",
            [
                ("exchanges", self.exchanges.into()),
                ("presented", self.presented.into()),
            ],
        );
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Trace>(Trace::NAME, Envelope::Plain);
    }
}
