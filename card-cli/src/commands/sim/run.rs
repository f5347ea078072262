//! `sim run`: a command whose smart card service is the simulator.
//!
//! The command finds the client library by `LD_LIBRARY_PATH`, or by `LIBPCSCLITE_DELEGATE` where
//! pcsc-lite (2.1 and later) is loaded by its path.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ExitCode};
use std::sync::Arc;
use std::thread;

use card_sim::front::control::{Control, ControlSocket};
use card_sim::front::socket::{Desk, Server};
use card_sim::state::Persistent;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::lend::{Place, library, not_run, refuse_options, unusable};
use super::record::Files;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::program::Program;
use crate::residents::{self, Resident};

/// Whose cards, for which command.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(value_name = "PERSONA", required = true)]
    names: Vec<String>,
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    quirks: Option<PathBuf>,
    #[arg(long)]
    pinpad: bool,
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    #[arg(last = true, value_name = "COMMAND", required = true)]
    command: Vec<OsString>,
}

/// Runs the command; its exit status, or 128 and the signal that ended it.
pub(super) fn run(program: &Program, arguments: &Arguments) -> Result<ExitCode, Failure> {
    // `--json` is the form of the log; without one it would say nothing.
    refuse_options(program, arguments.log.is_some(), true)?;
    let library = library()?;
    let quirks = arguments.quirks.as_deref().map(residents::quirks);
    let quirks = quirks.transpose()?;
    let mut cards = Vec::new();
    let mut names = Vec::new();
    for name in &arguments.names {
        let mut persona = Resident::find(name)?.persona;
        if let Some(quirks) = &quirks {
            persona.quirks = quirks.clone();
        }
        if names.contains(&persona.id) {
            return Err(Failure::usage(program.texts.say("usage-persona-twice")));
        }
        names.push(persona.id.clone());
        let memory = match &arguments.state {
            None => Persistent::in_memory(),
            Some(folder) => Persistent::open(folder, &persona.id)
                .map_err(|error| residents::state_failed(folder, &persona.id, &error))?,
        };
        cards.push((persona, memory));
    }
    let files = Files::make(program, arguments.log.as_deref())?;
    // From here a signal is the command's, so that what is made below is removed again.
    program.signals.hand_over();
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP]);
    let mut signals = signals.map_err(|_| Failure::from(ProgramError::bug()))?;
    let place = Place::make(&library)?;
    let socket = place.socket();
    let desk = Desk::new(cards);
    if arguments.pinpad {
        desk.give_pinpads();
    }
    let find = |name: &str| Resident::find(name).ok().map(|found| found.persona);
    let control = Control::new(desk.clone(), Box::new(find));
    let server = Server::listen(&socket, desk);
    let _server = server.map_err(|error| unusable(&socket, &error))?;
    let wire = ControlSocket::listen(&place.control(), Arc::clone(&control));
    let _wire = wire.map_err(|error| unusable(&place.control(), &error))?;
    let lines = files.wanted().then(|| control.subscribe());
    let mut command = place.command(&arguments.command)?;
    let started = command.spawn();
    let mut child = started.map_err(|error| not_run(&arguments.command, &error))?;
    let handle = signals.handle();
    let target = Pid::from_child(&child);
    // At a terminal the command gets these two from the terminal itself.
    let at_terminal = io::stdin().is_terminal();
    let forward = move || {
        for signal in signals.forever() {
            let signal = match signal {
                SIGTERM => Signal::TERM,
                _ if at_terminal => continue,
                SIGHUP => Signal::HUP,
                _ => Signal::INT,
            };
            // A command that is gone needs no signal.
            let _ = kill_process(target, signal);
        }
    };
    let (ended, written) = thread::scope(|scope| {
        scope.spawn(forward);
        let writing = lines.map(|lines| scope.spawn(move || files.write(&lines)));
        let ended = wait(&mut child);
        handle.close();
        // The end of what is told.
        control.silence();
        (ended, writing.map(|writing| writing.join()))
    });
    let status = ended.map_err(|error| not_run(&arguments.command, &error))?;
    if let Some(Ok(Err((path, error)))) = written {
        return Err(Failure::file(ProgramError::OutputUnwritable, &path, &error));
    }
    Ok(ExitCode::from(status))
}

fn wait(child: &mut Child) -> io::Result<u8> {
    let status = child.wait()?;
    let number = status.code().or(status.signal().map(|signal| 128 + signal));
    Ok(number
        .and_then(|number| u8::try_from(number).ok())
        .unwrap_or(1))
}
