//! The program as its users meet it: a process, its streams, its files, its exit status.
//!
//! Every run has folders of its own and meets no smart card service but one of its test's own, so
//! that the cards of the machine are left alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

mod cases;
mod clients;
mod demo;
mod doctor;
mod documents;
mod files;
mod guides;
mod install;
mod language;
mod licence;
mod login;
mod pinpad;
mod pins;
mod pkcs11;
mod readers;
mod residents;
mod schema;
mod screens;
mod serve;
mod serve_documents;
mod serve_methods;
mod serve_zoo;
mod service;
mod signed;
mod sim_ctl;
mod sim_judge;
mod sim_run;
mod status;
mod streams;
mod terminal;
mod testing;
mod traffic;
mod trust;
mod web_eid;
mod whole_card;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_mynacard");

/// Folders of a test's own.
struct World {
    folder: TempDir,
    /// The socket of the smart card service.
    service: PathBuf,
    /// What the program finds as its umask, if not that of the tests.
    umask: Option<&'static str>,
}

/// What a run of the program left behind.
struct Run {
    status: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = folder.path().join("no-service");
        Self {
            folder,
            service,
            umask: None,
        }
    }

    /// A world whose readers are those of this test's own service.
    fn with_readers() -> Self {
        let service = std::env::var_os("PCSCLITE_CSOCK_NAME").unwrap().into();
        Self {
            service,
            ..Self::new()
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The program with these arguments, in this world.
    fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = match self.umask {
            None => self.tool(PROGRAM),
            Some(umask) => {
                let mut shell = self.tool("sh");
                shell.args(["-c", "umask $0; exec \"$@\"", umask, PROGRAM]);
                shell
            }
        };
        command.args(arguments);
        command
    }

    /// Any program, in this world.
    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("LANG", "C")
            .env("PCSCLITE_CSOCK_NAME", &self.service)
            .stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Run {
        self.run_with(line, "")
    }

    /// Runs the program with words split at spaces and a text on standard input. What it signs is
    /// verified.
    #[track_caller]
    fn run_with(&self, line: &str, stdin: &str) -> Run {
        let mut command = self.command(line.split_whitespace());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let run = Run::of(child.wait_with_output().unwrap());
        signed::is_believed(self, line, &run);
        run
    }
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.text(), self.stderr))
    }

    /// Fails unless the run went well.
    #[track_caller]
    fn done(self) -> Self {
        assert_eq!(self.status, Some(0), "{}{}", self.text(), self.stderr);
        self
    }

    /// Fails unless the run, with `--json`, ended with this status and code.
    #[track_caller]
    fn failed(self, status: i32, code: &str) -> Self {
        let json = self.json();
        assert_eq!(
            (self.status, json["code"].as_str()),
            (Some(status), Some(code)),
            "{json:#}"
        );
        assert_eq!(json["exit"], status);
        schema::holds(&json);
        self
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
