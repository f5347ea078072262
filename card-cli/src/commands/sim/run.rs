//! `sim run`: a command whose smart card service is the simulator.
//!
//! The command finds the client library by `LD_LIBRARY_PATH`, or by `LIBPCSCLITE_DELEGATE` where
//! pcsc-lite (2.1 and later) is loaded by its path.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, IsTerminal};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};
use std::thread;

use card_sim::front::socket::{Desk, SOCKET_VARIABLE, Server};
use card_sim::state::Persistent;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::Failure;
use crate::facts::Fact;
use crate::program::Program;
use crate::residents::{self, Resident};

/// Names another file as the client library.
const LIBRARY_VARIABLE: &str = "MYNACARD_SIM_LIBRARY";
/// The library as cargo builds it.
const BUILT: &str = "libcard_sim_pcsc.so";
/// The library as programs look for it.
const SONAME: &str = "libpcsclite.so.1";

/// Whose cards, for which command.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(value_name = "PERSONA", required = true)]
    names: Vec<String>,
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    #[arg(last = true, value_name = "COMMAND", required = true)]
    command: Vec<OsString>,
}

/// Runs the command; its exit status, or 128 and the signal that ended it.
pub(super) fn run(program: &Program, arguments: &Arguments) -> Result<ExitCode, Failure> {
    refuse_options(program)?;
    let library = library()?;
    let mut cards = Vec::new();
    for name in &arguments.names {
        let persona = Resident::find(name)?.persona;
        let memory = match &arguments.state {
            None => Persistent::in_memory(),
            Some(folder) => Persistent::open(folder, &persona.id)
                .map_err(|error| residents::state_failed(folder, &persona.id, &error))?,
        };
        cards.push((persona, memory));
    }
    // From here a signal is the command's, so that what is made below is removed again.
    program.signals.hand_over();
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP]);
    let mut signals = signals.map_err(|_| Failure::new("program.bug"))?;
    let place = Place::make(&library).map_err(|error| unusable(&env::temp_dir(), &error))?;
    let socket = place.socket();
    let server = Server::listen(&socket, Desk::new(cards));
    let _server = server.map_err(|error| unusable(&socket, &error))?;
    let mut child = place.start(&arguments.command)?;
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
    let ended = thread::scope(|scope| {
        scope.spawn(forward);
        let ended = wait(&mut child);
        handle.close();
        ended
    });
    let status = ended.map_err(|error| not_run(&arguments.command, &error))?;
    Ok(ExitCode::from(status))
}

fn wait(child: &mut Child) -> io::Result<u8> {
    let status = child.wait()?;
    let number = status.code().or(status.signal().map(|signal| 128 + signal));
    Ok(number
        .and_then(|number| u8::try_from(number).ok())
        .unwrap_or(1))
}

/// Options of the program that would be meant for the command.
fn refuse_options(program: &Program) -> Result<(), Failure> {
    let global = &program.global;
    let given = [
        ("--reader", global.reader.is_some()),
        ("--json", global.json),
        ("--pin", global.pin.is_some()),
        ("--wait", global.wait.is_some()),
        ("--trace", global.trace.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((option, _)) => {
            let text = program
                .texts
                .with("usage-sim-run", [("option", (*option).into())]);
            Err(Failure::usage(text))
        }
    }
}

/// The client library: named by a variable, beside the program, or where `make install` puts it.
fn library() -> Result<PathBuf, Failure> {
    let missing = |places: Vec<PathBuf>| {
        let places = places.iter().map(|place| place.display().to_string());
        Failure::new("sim.library").telling("places", Fact::List(places.collect()))
    };
    if let Some(named) = env::var_os(LIBRARY_VARIABLE).filter(|named| !named.is_empty()) {
        let named = PathBuf::from(named);
        return match fs::canonicalize(&named) {
            Ok(library) => Ok(library),
            Err(_) => Err(missing(vec![named])),
        };
    }
    let program = env::current_exe().and_then(fs::canonicalize);
    let folder = program
        .ok()
        .and_then(|program| Some(program.parent()?.to_owned()));
    let places: Vec<PathBuf> = folder.iter().flat_map(|folder| places(folder)).collect();
    match places.iter().find_map(|place| fs::canonicalize(place).ok()) {
        Some(library) => Ok(library),
        None => Err(missing(places)),
    }
}

fn places(folder: &Path) -> [PathBuf; 3] {
    [
        // Cargo leaves it here when it builds the program alone.
        folder.join("deps").join(BUILT),
        folder.join(BUILT),
        folder.join("../lib/mynacard").join(BUILT),
    ]
}

/// A folder of the user's own that is gone at the end.
struct Place(tempfile::TempDir);

impl Place {
    fn make(library: &Path) -> io::Result<Self> {
        // Mode 0700: who reaches the socket reaches the cards.
        let folder = tempfile::Builder::new().prefix("mynacard-").tempdir()?;
        symlink(library, folder.path().join(SONAME))?;
        Ok(Self(folder))
    }

    fn socket(&self) -> PathBuf {
        self.0.path().join("pcsc")
    }

    fn start(&self, line: &[OsString]) -> Result<Child, Failure> {
        let folder = self.0.path();
        let Some((command, arguments)) = line.split_first() else {
            return Err(Failure::new("program.bug"));
        };
        let mut search = folder.as_os_str().to_owned();
        if let Some(others) = env::var_os("LD_LIBRARY_PATH").filter(|others| !others.is_empty()) {
            search.push(":");
            search.push(others);
        }
        Command::new(command)
            .args(arguments)
            .env("LD_LIBRARY_PATH", search)
            .env("LIBPCSCLITE_DELEGATE", folder.join(SONAME))
            .env(SOCKET_VARIABLE, self.socket())
            .spawn()
            .map_err(|error| not_run(line, &error))
    }
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::file("sim.state", path, error)
}

fn not_run(line: &[OsString], error: &io::Error) -> Failure {
    let command = line.first().map_or(OsStr::new(""), OsString::as_os_str);
    Failure::file("sim.command", Path::new(command), error)
}
