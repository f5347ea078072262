//! `sim ctl`: moves cards, plans faults and follows the log of `sim run` while programs use them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use card_sim::front::control::{
    self, Answer, CONTROL_VARIABLE, CardLine, FaultKind, LatencyKind, Line, PinName, Request,
};
use clap::Subcommand;
use serde::Serialize;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::output::{self, Place, Privacy, Report, printable, table};
use crate::program::Program;
use crate::texts::Texts;

/// No snapshot is longer; what is cut there is none.
const LONGEST_STATE: u64 = 1 << 15;

/// What to do with which card.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Cards,
    Insert(Card),
    Remove(Card),
    Reset(Card),
    Swap {
        #[command(flatten)]
        card: Card,
        #[arg(value_name = "PERSONA")]
        resident: String,
    },
    Fault(Misfortune),
    Clear(Card),
    Quirk {
        #[command(flatten)]
        card: Card,
        #[arg(value_name = "QUIRK")]
        quirk: String,
        #[arg(value_name = "VALUE")]
        value: String,
    },
    Counter {
        #[command(flatten)]
        card: Card,
        #[arg(value_name = "PIN", value_parser = pin)]
        which: PinName,
        #[arg(value_name = "N")]
        left: u8,
    },
    Keys {
        #[command(flatten)]
        card: Card,
        #[arg(value_name = "DIGITS|cancel|timeout")]
        keys: String,
    },
    Latency {
        #[command(flatten)]
        card: Card,
        #[arg(value_name = "SPEED", value_parser = latency)]
        speed: LatencyKind,
    },
    Snapshot {
        #[command(flatten)]
        card: Card,
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    Restore {
        #[command(flatten)]
        card: Card,
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    Log,
}

#[derive(Debug, clap::Args)]
struct Card {
    #[arg(id = "sim_card", value_name = "CARD")]
    card: String,
}

#[derive(Debug, clap::Args)]
struct Misfortune {
    #[command(flatten)]
    card: Card,
    #[arg(value_name = "FAULT", value_parser = fault)]
    fault: FaultKind,
    #[arg(long, value_name = "N", conflicts_with_all = ["instruction", "presenting", "chance"])]
    at: Option<usize>,
    #[arg(long, value_name = "HH", conflicts_with_all = ["presenting", "chance"])]
    instruction: Option<String>,
    #[arg(long, conflicts_with = "chance")]
    presenting: bool,
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    chance: Option<u8>,
    #[arg(
        id = "chance_seed",
        long = "seed",
        value_name = "N",
        requires = "chance"
    )]
    seed: Option<u64>,
    #[arg(long, value_name = "N")]
    bytes: Option<usize>,
    #[arg(long, value_name = "HHHH")]
    status: Option<String>,
    #[arg(long, value_name = "MS")]
    milliseconds: Option<u64>,
}

fn named<T: Copy>(all: &[(&str, T)], name: &str) -> Result<T, String> {
    let found = all.iter().find(|(known, _)| *known == name);
    let names = || all.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| names().join(", "))
}

fn fault(name: &str) -> Result<FaultKind, String> {
    named(&FaultKind::ALL, name)
}

fn pin(name: &str) -> Result<PinName, String> {
    named(&PinName::ALL, name)
}

fn latency(name: &str) -> Result<LatencyKind, String> {
    named(&LatencyKind::ALL, name)
}

pub(super) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let variable = || std::env::var_os(CONTROL_VARIABLE).map(PathBuf::from);
    let socket = arguments.socket.clone().or_else(variable);
    let Some(socket) = socket.filter(|path| !path.as_os_str().is_empty()) else {
        return Err(absent(Path::new(CONTROL_VARIABLE)));
    };
    let card = |card: &Card| card.card.clone();
    let request = match &arguments.action {
        Action::Log => return log(program, &socket),
        Action::Snapshot {
            card,
            output: Some(output),
        } => {
            // The place is looked at before the card is asked.
            let place = Place::look(output, false, Privacy::Owner)?;
            let card = card.card.clone();
            let answer = ask(&socket, &Request::Snapshot { card })?;
            return place.write(answer.state.unwrap_or_default().as_bytes());
        }
        Action::Snapshot { card: one, .. } => Request::Snapshot { card: card(one) },
        Action::Cards => Request::Cards {},
        Action::Insert(one) => Request::Insert { card: card(one) },
        Action::Remove(one) => Request::Remove { card: card(one) },
        Action::Reset(one) => Request::Reset { card: card(one) },
        Action::Clear(one) => Request::Clear { card: card(one) },
        Action::Swap {
            card: one,
            resident,
        } => Request::Swap {
            card: card(one),
            resident: resident.clone(),
        },
        Action::Fault(what) => Request::Fault {
            card: card(&what.card),
            fault: what.fault,
            at: what.at,
            instruction: what.instruction.clone(),
            presenting: what.presenting,
            chance: what.chance,
            seed: what.seed,
            bytes: what.bytes,
            status: what.status.clone(),
            milliseconds: what.milliseconds,
        },
        Action::Quirk {
            card: one,
            quirk,
            value,
        } => Request::Quirk {
            card: card(one),
            name: quirk.clone(),
            value: value.clone(),
        },
        Action::Counter {
            card: one,
            which,
            left,
        } => Request::Counter {
            card: card(one),
            pin: *which,
            left: *left,
        },
        Action::Keys { card: one, keys } => Request::Keys {
            card: card(one),
            keys: keys.clone(),
        },
        Action::Latency { card: one, speed } => Request::Latency {
            card: card(one),
            profile: *speed,
        },
        Action::Restore { card: one, file } => {
            let state = fs::File::open(file).and_then(|file| {
                let mut state = String::new();
                file.take(LONGEST_STATE).read_to_string(&mut state)?;
                Ok(state)
            });
            let state = state
                .map_err(|error| Failure::file(ProgramError::InputUnreadable, file, &error))?;
            Request::Restore {
                card: card(one),
                state,
            }
        }
    };
    let answer = ask(&socket, &request)?;
    program.show(&Done {
        refused: None,
        cards: answer
            .cards
            .map(|cards| cards.into_iter().map(Shown::of).collect()),
        state: answer.state,
    })
}

fn ask(socket: &Path, request: &Request) -> Result<Answer, Failure> {
    let answer = control::ask(socket, request).map_err(|_| absent(socket))?;
    match answer.refused {
        None => Ok(answer),
        Some(why) => Err(ProgramError::SimRefused(why.name().to_owned()).into()),
    }
}

/// No cards are reached at this socket.
fn absent(socket: &Path) -> Failure {
    ProgramError::SimAbsent(socket.into()).into()
}

fn log(program: &Program, socket: &Path) -> Result<(), Failure> {
    let mut broken = None;
    let followed = control::follow(socket, |text, line| {
        let shown = if program.global.json {
            format!("{text}\n")
        } else {
            said(&line)
        };
        let mut stdout = io::stdout().lock();
        let written = stdout
            .write_all(shown.as_bytes())
            .and_then(|()| stdout.flush());
        match written {
            Ok(()) => true,
            Err(error) => {
                broken = Some(error);
                false
            }
        }
    });
    match broken {
        // Whoever closed the pipe has read enough.
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(output::stdout_failed(&error))
        }
        Some(_) => Ok(()),
        None => followed.map_err(|_| absent(socket)),
    }
}

/// A line of the log for people: `hanako: VERIFY authentication PIN → 63C2, 2 left`.
pub(super) fn said(line: &Line) -> String {
    let what = match (&line.event, &line.exchange) {
        (Some(event), _) => event.clone(),
        (None, Some(exchange)) => exchange.line(),
        (None, None) => String::new(),
    };
    format!("{}: {}\n", printable(&line.card), printable(&what))
}

/// `mynacard.sim-ctl/1`; a line at the socket is the same. Members that do not belong to the request
/// are null.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Done {
    /// Why nothing was done; at the socket only.
    refused: Option<String>,
    /// Of `cards`.
    cards: Option<Vec<Shown>>,
    /// Of `snapshot`: what the card remembers.
    state: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Shown {
    /// The resident.
    card: String,
    /// The reader's name for programs.
    reader: String,
    /// Whether the card is in.
    inserted: bool,
    /// Exchanges since the start.
    exchanges: usize,
    /// How many of them presented a PIN.
    presented: usize,
    /// Whether any PIN is verified.
    unlocked: bool,
    /// Whether the reader waits for a key.
    asking: bool,
    /// Attempts left by PIN: authentication, signature, profile, profile-number-a, profile-number-b,
    /// visual-number-a, visual-number-b, licence.
    attempts: BTreeMap<String, u8>,
}

impl Shown {
    fn of(line: CardLine) -> Self {
        let name = |pin: PinName| {
            let known = PinName::ALL.iter().find(|(_, one)| *one == pin);
            known.map_or(String::new(), |(name, _)| (*name).to_owned())
        };
        let attempts = line.attempts.into_iter();
        Self {
            card: line.card,
            reader: line.reader,
            inserted: line.inserted,
            exchanges: line.exchanges,
            presented: line.presented,
            unlocked: line.unlocked,
            asking: line.asking,
            attempts: attempts.map(|(pin, left)| (name(pin), left)).collect(),
        }
    }
}

impl Report for Done {
    const NAME: &str = "sim-ctl";

    fn text(&self, texts: &Texts) -> String {
        let row = |card: &Shown| {
            let state = match (card.inserted, card.asking, card.unlocked) {
                (false, ..) => "ctl-out",
                (true, true, _) => "ctl-asking",
                (true, false, false) => "ctl-in",
                (true, false, true) => "ctl-unlocked",
            };
            let attempts = card.attempts.iter();
            let attempts: Vec<_> = attempts
                .map(|(pin, left)| format!("{pin} {left}"))
                .collect();
            vec![
                printable(&card.card),
                printable(&card.reader),
                texts.say(state),
                attempts.join(", "),
            ]
        };
        match (&self.cards, &self.state) {
            (Some(cards), _) => table(&cards.iter().map(row).collect::<Vec<_>>()),
            (None, Some(state)) => state.clone(),
            (None, None) => String::new(),
        }
    }
}

/// `mynacard.sim-log/1`: a line of the log at the socket, of `sim ctl log` and of `sim run --log`.
#[cfg(test)]
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct LogLine {
    /// The resident.
    card: String,
    /// A movement: `inserted`, `removed`, `reset`, `swapped`, `reissued`, `restored`; else null.
    event: Option<String>,
    /// An exchange; else null.
    exchange: Option<LogExchange>,
}

#[cfg(test)]
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LogExchange {
    /// Its number since the start.
    exchange: usize,
    /// The command's name in the standard.
    command: String,
    /// What it is about: `JPKI`, `authentication PIN`; empty if that is not known.
    target: String,
    /// The status word, or `lost`, `removed`, `gone`, `reset`, `cut`.
    answer: String,
    /// Bytes of data in the answer.
    bytes: usize,
    /// Attempts left of the PIN that the command names, after it.
    left: Option<u8>,
    /// Whether a PIN was presented.
    presented: bool,
    /// The two lines of a transcript.
    transcript: String,
}
