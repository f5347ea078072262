//! What `sim run` and `sim judge` lend to a command: the client library, and a folder with sockets.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use card_sim::front::control::CONTROL_VARIABLE;
use card_sim::front::socket::SOCKET_VARIABLE;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::program::Program;

/// Names another file as the client library.
const LIBRARY_VARIABLE: &str = "MYNACARD_SIM_LIBRARY";
/// The library as cargo builds it.
const BUILT: &str = "libcard_sim_pcsc.so";
/// The library as programs look for it.
const SONAME: &str = "libpcsclite.so.1";

/// The name of a Unix socket has up to 107 bytes; ours adds `/mynacard-XXXXXX/control`.
const LONGEST_PARENT: usize = 107 - 24;

/// Options of the program that would be meant for the command; `json` and `trace` say which of these
/// two have a meaning.
pub(super) fn refuse_options(program: &Program, json: bool, trace: bool) -> Result<(), Failure> {
    let global = &program.global;
    let given = [
        ("--json", global.json && !json),
        ("--trace", global.trace.is_some() && !trace),
        ("--reader", global.reader.is_some()),
        ("--pin", global.pin.is_some()),
        ("--wait", global.wait.is_some()),
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
pub(super) fn library() -> Result<PathBuf, Failure> {
    let missing = |places: Vec<PathBuf>| {
        let places = places.iter().map(|place| place.display().to_string());
        Failure::from(ProgramError::SimLibrary(places.collect()))
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
pub(super) struct Place(tempfile::TempDir);

impl Place {
    pub(super) fn make(library: &Path) -> Result<Self, Failure> {
        let mut parent = env::temp_dir();
        if parent.as_os_str().len() > LONGEST_PARENT {
            parent = PathBuf::from("/tmp");
        }
        // Mode 0700: who reaches the socket reaches the cards.
        let folder = tempfile::Builder::new()
            .prefix("mynacard-")
            .tempdir_in(&parent);
        let folder = folder.map_err(|error| unusable(&parent, &error))?;
        let link = folder.path().join(SONAME);
        symlink(library, &link).map_err(|error| unusable(&link, &error))?;
        Ok(Self(folder))
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.0.path().join("pcsc")
    }

    pub(super) fn control(&self) -> PathBuf {
        self.0.path().join("control")
    }

    /// The command, with the library in place.
    pub(super) fn command(&self, line: &[OsString]) -> Result<Command, Failure> {
        let folder = self.0.path();
        let Some((command, arguments)) = line.split_first() else {
            return Err(ProgramError::bug().into());
        };
        let mut search = folder.as_os_str().to_owned();
        if let Some(others) = env::var_os("LD_LIBRARY_PATH").filter(|others| !others.is_empty()) {
            search.push(":");
            search.push(others);
        }
        let mut command = Command::new(command);
        command
            .args(arguments)
            .env("LD_LIBRARY_PATH", search)
            .env("LIBPCSCLITE_DELEGATE", folder.join(SONAME))
            .env(SOCKET_VARIABLE, self.socket())
            .env(CONTROL_VARIABLE, self.control());
        Ok(command)
    }
}

pub(super) fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::file(ProgramError::OutputUnwritable, path, error)
}

pub(super) fn not_run(line: &[OsString], error: &io::Error) -> Failure {
    let command = line.first().map_or(OsStr::new(""), OsString::as_os_str);
    Failure::file(ProgramError::SimCommand, Path::new(command), error)
}
