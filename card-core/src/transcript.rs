//! A transcript read again: what each exchange was about, and what came back. Needs no card.
//!
//! Transcripts are written by [`Transcript`](crate::observe::Transcript); no PIN and no personal byte
//! is in them.

use crate::applet::Application;
use crate::iso::StatusWord;
use crate::observe;
use crate::transport::TransportError;
use crate::transport::replay::{self, Line};

pub use crate::transport::replay::DialogueError;

/// One part of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Line of the file, from 1; of the command where there is one.
    pub line: usize,
    /// What it is.
    pub kind: StepKind,
}

/// What a part of a transcript is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A command and what came back.
    Exchange(Shown),
    /// What happened around the exchanges, as the file has it: `left: PowerOff`.
    Event(String),
}

/// A command and what came back, as far as a transcript shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The command's name in the standard; its instruction byte where the file has no name.
    pub command: String,
    /// Whether the command carried a PIN.
    pub secret: bool,
    /// What the command is about, where that is known.
    pub target: Option<Target>,
    /// The status word and the number of bytes before it, or why there is none.
    pub answer: Result<(StatusWord, usize), TransportError>,
}

impl Shown {
    /// Why there is no answer, as the file has it: `removed`, `reset`, `gone`, `power`, `lost`.
    #[must_use]
    pub fn lost(&self) -> Option<&'static str> {
        self.answer.err().map(observe::error_name)
    }

    /// Whether a PIN was presented for a right: VERIFY with a value.
    #[must_use]
    pub fn presents(&self) -> bool {
        self.secret && self.command == "VERIFY"
    }
}

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The application that is selected, or would be.
    pub application: Application,
    /// The identifier of a file or PIN of it.
    pub file: Option<u8>,
}

/// Reads a transcript. Its first line says that it is one.
///
/// # Errors
///
/// [`DialogueError`] with the line that is not understood.
pub fn read(text: &str) -> Result<Vec<Step>, DialogueError> {
    let first = observe::FIRST_LINE;
    if text.lines().next() != Some(first) {
        return Err(DialogueError { line: 1 });
    }
    let mut selected = Selected::default();
    let mut steps = Vec::new();
    for (line, found) in replay::lines(text)?.into_iter().skip(1) {
        let kind = match found {
            Line::Exchange(exchange) => {
                let shown = selected.exchange(&exchange);
                StepKind::Exchange(shown.ok_or(DialogueError { line })?)
            }
            Line::Attached(_) => StepKind::Event(event(text, line)),
            Line::Note(note) => {
                if note.starts_with("left: ") && note != "left: AsIs" {
                    selected = Selected::default();
                }
                StepKind::Event(note.to_owned())
            }
        };
        steps.push(Step { line, kind });
    }
    Ok(steps)
}

/// A line as the file has it.
fn event(text: &str, line: usize) -> String {
    text.lines().nth(line - 1).unwrap_or_default().to_owned()
}

/// Follows which application and file are selected.
#[derive(Default)]
struct Selected {
    application: Option<Application>,
    file: Option<u8>,
}

impl Selected {
    /// Nothing where the answer has no status word.
    fn exchange(&mut self, exchange: &replay::Exchange<'_>) -> Option<Shown> {
        let answer = match &exchange.answer {
            Ok(answer) => {
                let (data, status) = answer.split_last_chunk::<2>()?;
                Ok((StatusWord(u16::from_be_bytes(*status)), data.len()))
            }
            Err(error) => Err(*error),
        };
        let done = matches!(answer, Ok((StatusWord::OK | StatusWord::END_OF_FILE, _)));
        let (application, current) = (self.application, self.file);
        let mut selects = |application, file| {
            if done {
                (self.application, self.file) = (application, file);
            }
            Target::of(application, file)
        };
        let target = match *exchange.command {
            [_, 0xA4, 0x04, _, _, ref aid @ ..] => {
                let known = Application::ALL
                    .into_iter()
                    .find(|known| aid.starts_with(known.aid().as_bytes()));
                selects(known, None)
            }
            [_, 0xA4, _, _, 2, 0, file] => selects(application, Some(file)),
            // By short identifier, which selects as well; else what is selected.
            [_, 0xB0, first, ..] if first & 0x80 != 0 => selects(application, Some(first & 0x1F)),
            [_, 0xB2, _, p2, ..] if p2 >> 3 != 0 => selects(application, Some(p2 >> 3)),
            [_, 0x20 | 0x2A, _, p2, ..] if p2 & 0x1F != 0 => {
                Target::of(application, Some(p2 & 0x1F))
            }
            [_, 0x20 | 0x24 | 0x2A | 0x32 | 0xB0 | 0xB2, ..] => {
                let of = |file| Target::of(application, Some(file));
                current.and_then(of)
            }
            _ => None,
        };
        let instruction = || match *exchange.command {
            [_, instruction, ..] => format!("{instruction:02X}"),
            _ => String::new(),
        };
        Some(Shown {
            command: match exchange.name {
                "" => instruction(),
                name => name.to_owned(),
            },
            secret: exchange.secret,
            target,
            answer,
        })
    }
}

impl Target {
    fn of(application: Option<Application>, file: Option<u8>) -> Option<Self> {
        application.map(|application| Self { application, file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "\
# mynacard trace 1
ATR 3B E0 00 FF 81 31 FE 45 14
> 00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01 | SELECT application
< 9000
> 00 20 00 98 | VERIFY (counter)
< 63C3
# presenting Authentication
> 00 20 00 98 [secret] | VERIFY
< 9000
> 00 B0 8A 00 00 | READ BINARY
< [256 personal bytes] 9000
> 00 B0 01 00 00 | READ BINARY
! lost
# left: PowerOff
> 00 B0 00 00 00
< 6986
";

    #[test]
    fn names_what_each_exchange_is_about() {
        let jpki = |file| {
            let application = Application::Jpki;
            Some(Target { application, file })
        };
        let seen: Vec<_> = read(TRACE)
            .unwrap()
            .into_iter()
            .filter_map(|step| match step.kind {
                StepKind::Exchange(shown) => Some((step.line, shown)),
                StepKind::Event(_) => None,
            })
            .collect();
        let about: Vec<_> = seen
            .iter()
            .map(|(line, shown)| (*line, shown.target, shown.answer))
            .collect();
        let status = |word, bytes| Ok((StatusWord(word), bytes));
        assert_eq!(
            about,
            [
                (3, jpki(None), status(0x9000, 0)),
                (5, jpki(Some(0x18)), status(0x63C3, 0)),
                (8, jpki(Some(0x18)), status(0x9000, 0)),
                (10, jpki(Some(0x0A)), status(0x9000, 256)),
                (12, jpki(Some(0x0A)), Err(TransportError::AnswerLost)),
                (15, None, status(0x6986, 0)),
            ]
        );
        let presented = seen.iter().filter(|(_, shown)| shown.presents());
        assert_eq!(presented.count(), 1);
        assert_eq!(seen[5].1.command, "B0");
    }

    #[test]
    fn an_application_that_is_not_there_is_not_selected() {
        let text = TRACE.replace("00 00 01 | SELECT application\n< 9000", "00 00 01\n< 6A82");
        let steps = read(&text).unwrap();
        let targets = steps.iter().filter_map(|step| match &step.kind {
            StepKind::Exchange(shown) => Some(shown.target),
            StepKind::Event(_) => None,
        });
        let known: Vec<bool> = targets.map(|target| target.is_some()).collect();
        assert_eq!(known, [true, false, false, false, false, false]);
    }

    #[test]
    fn other_files_are_refused_with_their_line() {
        let wrong = |text: &str| read(text).unwrap_err().line;
        assert_eq!(wrong(""), 1);
        assert_eq!(wrong("> 00\n< 9000\n"), 1, "no first line");
        assert_eq!(wrong(&TRACE.replace("63C3", "63C")), 6);
        assert_eq!(wrong(&TRACE.replace("6986", "86")), 15, "no status word");
    }
}
