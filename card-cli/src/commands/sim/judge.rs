//! `sim judge`: runs a command on a fresh card in several scenes and reports what it costs the card.
//!
//! The command is expected to present the right published PIN of the resident or none. Scenes with a
//! wrong PIN change the card, not the command.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ExitCode, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use card_sim::applets::Application;
use card_sim::fault::{Fault, Outcome, Plan};
use card_sim::front::control::Cards;
use card_sim::front::socket::{Desk, Server};
use card_sim::os::quirk::ExtendedLength;
use card_sim::persona::Persona;
use card_sim::state::Persistent;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Serialize;

use super::lend::{Place, library, not_run, refuse_options, unusable};
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::output::{Report, table};
use crate::program::Program;
use crate::residents::{self, Resident};
use crate::texts::Texts;

/// Which command, on whose card.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(value_name = "PERSONA")]
    name: String,
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=3600))]
    limit: u64,
    #[arg(long, value_name = "FILE")]
    quirks: Option<PathBuf>,
    #[arg(last = true, value_name = "COMMAND", required = true)]
    command: Vec<OsString>,
}

/// What a card or its surroundings do to the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Scene {
    /// Nothing.
    Plain,
    /// The card's PINs are others than the published ones.
    WrongPin,
    /// The same, and each PIN has one attempt left.
    LastAttempt,
    /// The card is taken out in the middle.
    Pulled,
    /// Another program resets the card in the middle.
    Reset,
    /// The card refuses extended lengths.
    Short,
}

impl Scene {
    /// Its name, as a message.
    fn id(self) -> &'static str {
        match self {
            Self::Plain => "judge-plain",
            Self::WrongPin => "judge-wrong-pin",
            Self::LastAttempt => "judge-last-attempt",
            Self::Pulled => "judge-pulled",
            Self::Reset => "judge-reset",
            Self::Short => "judge-short",
        }
    }
}

impl Finding {
    /// What it means, as a message.
    fn id(self) -> &'static str {
        match self {
            Self::Failed => "judge-failed",
            Self::Silent => "judge-silent",
            Self::SpentTwice => "judge-spent-twice",
            Self::SpentLast => "judge-spent-last",
            Self::SpentRight => "judge-spent-right",
            Self::LeftUnlocked => "judge-left-unlocked",
            Self::Unnoticed => "judge-unnoticed",
            Self::Crashed => "judge-crashed",
            Self::Hung => "judge-hung",
        }
    }
}

const SCENES: [Scene; 6] = [
    Scene::Plain,
    Scene::WrongPin,
    Scene::LastAttempt,
    Scene::Pulled,
    Scene::Reset,
    Scene::Short,
];

/// What a command should not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Finding {
    /// Failed though nothing was wrong.
    Failed,
    /// Sent the card nothing.
    Silent,
    /// Spent more than one attempt of a PIN.
    SpentTwice,
    /// Spent the last attempt of a PIN.
    SpentLast,
    /// Spent an attempt though the PIN was right.
    SpentRight,
    /// Left a PIN verified on the card.
    LeftUnlocked,
    /// Said that it succeeded though the card was refused or gone.
    Unnoticed,
    /// Ended by a signal.
    Crashed,
    /// Did not end in time.
    Hung,
}

/// `mynacard.sim-judge/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Judged {
    resident: String,
    scenes: Vec<Played>,
    /// Whether there are no findings.
    behaves: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Played {
    scene: Scene,
    /// Exit status of the command; null if it was ended by a signal or did not end.
    exit: Option<i32>,
    exchanges: usize,
    /// Bytes of commands and answers.
    bytes: usize,
    /// How many PINs were presented.
    presented: usize,
    /// The most attempts spent of one PIN.
    spent: u8,
    /// Whether a PIN was verified at the end.
    unlocked: bool,
    findings: Vec<Finding>,
}

pub(super) fn run(program: &Program, arguments: &Arguments) -> Result<ExitCode, Failure> {
    refuse_options(program, true, false)?;
    let library = library()?;
    let mut persona = Resident::find(&arguments.name)?.persona;
    if let Some(path) = &arguments.quirks {
        persona.quirks = residents::quirks(path)?;
    }
    let limit = Duration::from_secs(arguments.limit);
    // A first signal ends the command and then us, so that nothing is left behind.
    let held = program.signals.held();
    let mut scenes = Vec::new();
    let mut middle = 1;
    for scene in SCENES {
        let place = Place::make(&library)?;
        let played = play(program, scene, &persona, &place, arguments, limit, middle)?;
        if scene == Scene::Plain {
            middle = played.exchanges.div_ceil(2).max(1);
        }
        scenes.push(played);
    }
    drop(held);
    let judged = Judged {
        resident: persona.id,
        behaves: scenes.iter().all(|scene| scene.findings.is_empty()),
        scenes,
    };
    program.show(&judged)?;
    if judged.behaves {
        Ok(ExitCode::SUCCESS)
    } else {
        Err(Failure::from(ProgramError::SimMisbehaved).reported())
    }
}

/// PINs whose attempts are counted.
const PINS: [(Application, u16); 8] = [
    (Application::Jpki, 0x18),
    (Application::Jpki, 0x1B),
    (Application::Profile, 0x11),
    (Application::Profile, 0x14),
    (Application::Profile, 0x15),
    (Application::Visual, 0x12),
    (Application::Visual, 0x13),
    (Application::Licence, 0x06),
];

/// What was counted at the wire.
#[derive(Default)]
struct Count {
    exchanges: usize,
    bytes: usize,
    presented: usize,
    /// Refused presentations by PIN.
    spent: [u8; PINS.len()],
}

fn play(
    program: &Program,
    scene: Scene,
    persona: &Persona,
    place: &Place,
    arguments: &Arguments,
    limit: Duration,
    middle: usize,
) -> Result<Played, Failure> {
    let desk = Desk::new(vec![(staged(scene, persona), Persistent::in_memory())]);
    let count = Arc::new(Mutex::new(Count::default()));
    let wire = desk.wire(0).ok_or_else(ProgramError::bug)?;
    {
        let counted = Arc::clone(&count);
        let mut wire = wire.lock().unwrap_or_else(PoisonError::into_inner);
        wire.watch(move |exchange| {
            let mut count = counted.lock().unwrap_or_else(PoisonError::into_inner);
            count.exchanges += 1;
            count.bytes += exchange.length;
            if let Outcome::Answer(answer) = exchange.outcome {
                count.bytes += answer.len();
            }
            if !exchange.presented {
                return;
            }
            count.presented += 1;
            let accepted =
                matches!(exchange.outcome, Outcome::Answer(answer) if answer == &[0x90, 0]);
            let place = PINS
                .iter()
                .position(|pin| Some(*pin) == exchange.command.pin);
            if let Some(spent) = place.and_then(|place| count.spent.get_mut(place))
                && !accepted
            {
                *spent = spent.saturating_add(1);
            }
        });
        let plan = match scene {
            Scene::Pulled => Plan::new().at(middle, Fault::Remove),
            Scene::Reset => Plan::new().at(middle, Fault::ForeignReset),
            _ => Plan::new(),
        };
        wire.add_faults(plan);
        if scene == Scene::LastAttempt {
            for (application, pin) in PINS {
                // A PIN that this card does not have has no counter.
                let _ = wire.card.set_attempts_left(application, pin, 1);
            }
        }
    }
    let socket = place.socket();
    let server = Server::listen(&socket, desk).map_err(|error| unusable(&socket, &error))?;
    let mut command = place.command(&arguments.command)?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    let not_run = |error: io::Error| not_run(&arguments.command, &error);
    let mut child = command.spawn().map_err(not_run)?;
    let ended = wait(program, &mut child, limit).map_err(not_run)?;
    drop(server);
    if program.signals.interrupted() {
        return Err(card_core::Error::Cancelled.into());
    }
    let unlocked = {
        let wire = wire.lock().unwrap_or_else(PoisonError::into_inner);
        wire.card.rights_left()
    };
    let count = count.lock().unwrap_or_else(PoisonError::into_inner);
    let spent = count.spent.iter().copied().max().unwrap_or(0);
    let findings = findings(scene, ended, &count, spent, unlocked);
    Ok(Played {
        scene,
        exit: ended.and_then(|status| status.code()),
        exchanges: count.exchanges,
        bytes: count.bytes,
        presented: count.presented,
        spent,
        unlocked,
        findings,
    })
}

/// The resident's card as the scene has it.
fn staged(scene: Scene, persona: &Persona) -> Persona {
    let mut staged = persona.clone();
    match scene {
        Scene::WrongPin | Scene::LastAttempt => {
            for pin in [
                Some(&mut staged.authentication_pin),
                Some(&mut staged.signature_password),
                Some(&mut staged.resident_pin),
                staged.profile_pin.as_mut(),
            ]
            .into_iter()
            .flatten()
            {
                pin.value = another(&pin.value);
            }
        }
        Scene::Short => staged.quirks.extended_length = ExtendedLength::No,
        Scene::Plain | Scene::Pulled | Scene::Reset => {}
    }
    staged
}

/// Another value of the same shape.
fn another(value: &str) -> String {
    let next = |one: char| match one {
        '9' => '0',
        'Z' => 'A',
        one => char::from_u32(u32::from(one) + 1).unwrap_or(one),
    };
    value.chars().map(next).collect()
}

/// Waits for the end of a command; `None` if it was ended because it took too long.
fn wait(program: &Program, child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if program.signals.interrupted() || Instant::now() >= end {
            // With all that it has started; a group that is gone needs no signal.
            let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn findings(
    scene: Scene,
    ended: Option<ExitStatus>,
    count: &Count,
    spent: u8,
    unlocked: bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let succeeded = ended.is_some_and(|status| status.success());
    let refused = matches!(scene, Scene::WrongPin | Scene::LastAttempt);
    match ended {
        None => findings.push(Finding::Hung),
        Some(status) if status.signal().is_some() => findings.push(Finding::Crashed),
        Some(_) if scene == Scene::Plain && !succeeded => findings.push(Finding::Failed),
        Some(_) => {}
    }
    if scene == Scene::Plain && count.exchanges == 0 {
        findings.push(Finding::Silent);
    }
    if succeeded && ((scene == Scene::Pulled && count.exchanges > 0) || (refused && spent > 0)) {
        findings.push(Finding::Unnoticed);
    }
    match scene {
        Scene::WrongPin if spent > 1 => findings.push(Finding::SpentTwice),
        Scene::LastAttempt if spent > 0 => findings.push(Finding::SpentLast),
        Scene::Plain | Scene::Short if spent > 0 => findings.push(Finding::SpentRight),
        _ => {}
    }
    if unlocked {
        findings.push(Finding::LeftUnlocked);
    }
    findings
}

impl Report for Judged {
    const NAME: &str = "sim-judge";

    fn text(&self, texts: &Texts) -> String {
        let head = [
            "judge-scene",
            "judge-exit",
            "judge-exchanges",
            "judge-bytes",
            "judge-presented",
            "judge-spent",
            "judge-findings",
        ];
        let mut rows = vec![head.map(|id| texts.say(id)).to_vec()];
        for played in &self.scenes {
            let findings = played.findings.iter();
            let findings: Vec<String> = findings.map(|one| texts.say(one.id())).collect();
            rows.push(vec![
                texts.say(played.scene.id()),
                played.exit.map_or("-".to_owned(), |exit| exit.to_string()),
                played.exchanges.to_string(),
                played.bytes.to_string(),
                played.presented.to_string(),
                played.spent.to_string(),
                if findings.is_empty() {
                    texts.say("judge-fine")
                } else {
                    findings.join("; ")
                },
            ]);
        }
        table(&rows)
    }
}
