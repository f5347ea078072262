//! `trace show FILE`: a transcript for people. Talks to no card.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use card_core::observe::Transcript;
use card_core::transport::replay::Replay;
use clap::Subcommand;
use serde::Serialize;

use crate::exit::Failure;
use crate::facts::Fact;
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
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let Action::Show { file } = &arguments.action;
    let text = read(file)?;
    let trace = Trace::parse(&text).map_err(|line| malformed(file, line))?;
    program.show(&trace)
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
        .map_err(|error| Failure::file("input.unreadable", path, &error))?;
    String::from_utf8(bytes).map_err(|_| malformed(path, 1))
}

fn malformed(path: &Path, line: usize) -> Failure {
    Failure::new("trace.malformed")
        .telling("path", Fact::Text(path.display().to_string()))
        .telling(
            "line",
            Fact::Number(i64::try_from(line).unwrap_or(i64::MAX)),
        )
}

/// Names of applications, by the bytes that select them.
const APPLICATIONS: [(&str, &str); 6] = [
    ("D392F000260100000001", "jpki"),
    ("D3921000310001010408", "profile"),
    ("D3921000310001010402", "visual"),
    ("D3921000310001010401", "resident"),
    ("D3921000310001010100", "common"),
    ("A0000001510000", "issuer-domain"),
];

impl Trace {
    /// Reads a transcript; the line that is not one otherwise.
    fn parse(text: &str) -> Result<Self, usize> {
        if text.lines().next() != Some(Transcript::<io::Sink>::FIRST_LINE) {
            return Err(1);
        }
        // The grammar is checked in the one place that knows it; below, names are found.
        Replay::parse(text).map_err(|wrong| wrong.line)?;
        let mut trace = Self {
            steps: Vec::new(),
            exchanges: 0,
            presented: 0,
        };
        let mut reader = Reader::default();
        for (line, text) in (1..).zip(text.lines()).skip(1) {
            trace.steps.extend(reader.line(line, text));
        }
        trace.exchanges = trace
            .steps
            .iter()
            .filter(|step| step.command.is_some())
            .count();
        trace.presented = trace.steps.iter().filter(|step| step.presents()).count();
        Ok(trace)
    }
}

/// Follows which application and file are selected.
#[derive(Default)]
struct Reader {
    application: Option<&'static str>,
    file: Option<u8>,
    /// The command that waits for its answer, and what it would select.
    asked: Option<(Step, Selects)>,
}

#[derive(Clone, Copy, Default)]
enum Selects {
    #[default]
    Nothing,
    Application(Option<&'static str>),
    File(u8),
}

impl Reader {
    fn line(&mut self, line: usize, text: &str) -> Option<Step> {
        let (mark, rest) = text.split_at_checked(1)?;
        let rest = rest.trim();
        match mark {
            ">" => {
                self.asked = Some(self.command(line, rest));
                None
            }
            "<" | "!" => {
                let (mut step, selects) = self.asked.take()?;
                if mark == "<" {
                    let status = rest.get(rest.len().checked_sub(4)?..)?;
                    step.answer = Some(status.to_owned());
                    step.bytes = Some(length(rest.get(..rest.len() - 4)?));
                    self.follow(selects, status == "9000" || status == "6282");
                } else {
                    step.answer = Some(rest.to_owned());
                }
                Some(step)
            }
            "A" | "#" => {
                if text.starts_with("# left: ") && !text.ends_with("AsIs") {
                    *self = Self::default();
                }
                let event = Some(text.trim_start_matches(['#', ' ']).to_owned());
                Some(Step {
                    line,
                    event,
                    ..Step::default()
                })
            }
            _ => None,
        }
    }

    fn command(&self, line: usize, text: &str) -> (Step, Selects) {
        let (shown, name) = text.split_once('|').unwrap_or((text, ""));
        let secret = shown.contains("[secret]");
        let open = shown.split('[').next().unwrap_or_default();
        let bytes: Vec<u8> = open
            .split_whitespace()
            .filter_map(|byte| u8::from_str_radix(byte, 16).ok())
            .collect();
        let mut selects = Selects::Nothing;
        let target = match *bytes {
            [_, 0xA4, 0x04, _, _, ref aid @ ..] => {
                let aid = crate::output::hex(aid);
                let known = APPLICATIONS
                    .iter()
                    .find(|(known, _)| aid.starts_with(known));
                let known = known.map(|(_, name)| *name);
                selects = Selects::Application(known);
                known.map(str::to_owned)
            }
            [_, 0xA4, _, _, 2, 0, file] => {
                selects = Selects::File(file);
                self.target(Some(file))
            }
            // By short identifier, which selects as well; else what is selected.
            [_, 0xB0, first, ..] if first & 0x80 != 0 => {
                selects = Selects::File(first & 0x1F);
                self.target(Some(first & 0x1F))
            }
            [_, 0xB2, _, p2, ..] if p2 >> 3 != 0 => {
                selects = Selects::File(p2 >> 3);
                self.target(Some(p2 >> 3))
            }
            [_, 0x20 | 0x2A, _, p2, ..] if p2 & 0x1F != 0 => self.target(Some(p2 & 0x1F)),
            [_, 0x20 | 0x24 | 0x2A | 0x32 | 0xB0 | 0xB2, ..] => self.target(self.file),
            _ => None,
        };
        let command = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        let command = command.or_else(|| {
            Some(
                bytes
                    .get(1)
                    .map_or_else(String::new, |instruction| format!("{instruction:02X}")),
            )
        });
        (
            Step {
                line,
                command,
                target,
                secret,
                ..Step::default()
            },
            selects,
        )
    }

    fn target(&self, file: Option<u8>) -> Option<String> {
        Some(format!("{}-{:04X}", self.application?, file?))
    }

    fn follow(&mut self, selects: Selects, done: bool) {
        match selects {
            Selects::Application(application) if done => {
                self.application = application;
                self.file = None;
            }
            Selects::File(file) if done => self.file = Some(file),
            _ => {}
        }
    }
}

/// Bytes of data in front of a status word.
fn length(data: &str) -> usize {
    match data.split_once('[') {
        Some((before, hidden)) => {
            let hidden = hidden
                .split(' ')
                .next()
                .and_then(|count| count.parse().ok());
            length(before) + hidden.unwrap_or(0)
        }
        None => data.chars().filter(char::is_ascii_hexdigit).count() / 2,
    }
}

impl Step {
    fn presents(&self) -> bool {
        self.secret && self.command.as_deref() == Some("VERIFY")
    }

    /// What the status word means after this command.
    fn meaning(&self) -> Option<String> {
        let answer = self.answer.as_deref()?;
        let verify = self
            .command
            .as_deref()
            .is_some_and(|name| name.starts_with("VERIFY"));
        Some(match answer {
            "63C0" | "6983" | "6984" if verify => "meaning-blocked".into(),
            "9000" | "6300" | "6700" | "6982" | "6983" | "6984" | "6985" | "6986" | "6A80"
            | "6A82" | "6A83" | "6A86" | "6A88" | "6B00" | "6D00" | "6E00" | "6F00" | "6282" => {
                format!("meaning-{answer}")
            }
            "removed" | "reset" | "gone" | "power" | "lost" => format!("meaning-{answer}"),
            _ if answer.starts_with("63C") => "meaning-left".into(),
            _ if answer.starts_with("61") => "meaning-61".into(),
            _ if answer.starts_with("6C") => "meaning-6C".into(),
            _ => "meaning-other".into(),
        })
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
        let left = self
            .answer
            .as_deref()
            .and_then(|answer| answer.strip_prefix("63C"));
        let left = left
            .and_then(|digit| i64::from_str_radix(digit, 16).ok())
            .unwrap_or(0);
        let meaning = self
            .meaning()
            .map_or_else(String::new, |id| texts.with(&id, [("left", left.into())]));
        let bytes = match self.bytes {
            Some(0) | None => String::new(),
            Some(bytes) => texts.with("trace-bytes", [("bytes", bytes.into())]),
        };
        let command = if self.presents() {
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
";

    #[test]
    fn names_what_each_exchange_is_about() {
        let trace = Trace::parse(TRACE).unwrap();
        assert_eq!((trace.exchanges, trace.presented), (5, 1));
        let seen: Vec<_> = trace
            .steps
            .iter()
            .filter(|step| step.command.is_some())
            .map(|step| {
                (
                    step.target.as_deref().unwrap(),
                    step.answer.as_deref().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("jpki", "9000"),
                ("jpki-0018", "63C3"),
                ("jpki-0018", "9000"),
                ("jpki-000A", "9000"),
                ("jpki-000A", "lost"),
            ]
        );
    }

    #[test]
    fn other_files_are_refused_with_their_line() {
        assert_eq!(Trace::parse("").unwrap_err(), 1);
        assert_eq!(
            Trace::parse("> 00\n< 9000\n").unwrap_err(),
            1,
            "no first line"
        );
        assert_eq!(Trace::parse(&TRACE.replace("63C3", "63C")).unwrap_err(), 6);
    }

    #[test]
    fn schema_is_up_to_date() {
        schema::<Trace>(Trace::NAME, Envelope::Plain);
    }
}
