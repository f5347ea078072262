//! A PC/SC service of a test's own: a private pcscd with virtual readers.
//!
//! [`alone`] gives a test a service that no other test and no real reader shares:
//!
//! ```no_run
//! use card_tests::pcscd;
//!
//! // #[test]
//! fn two_readers_are_there() {
//!     pcscd::alone(2, |service| {
//!         assert_eq!(service.readers().len(), 2);
//!         // here any PC/SC client, in this process or started by it, sees these two readers
//!     });
//! }
//! ```
//!
//! # Why a child process
//!
//! libpcsclite finds its service through the environment variable `PCSCLITE_CSOCK_NAME`, which
//! it reads once, at first use. Setting a variable of a running process is unsafe, and two tests
//! of one process could not have two services. So the test binary runs itself again with the
//! variable set and the name of the one test; in that child, `alone` starts the service and calls
//! the body.
//!
//! # How pcscd is made private
//!
//! Its socket is not configurable, but it takes one from systemd's protocol for activation: a
//! listening socket on descriptor 3, announced by `LISTEN_FDS` and `LISTEN_PID`. The socket
//! travels as standard input, and a line of shell moves it to 3. The readers come from a
//! configuration folder of ours. Real USB readers are kept out by their names, since this one
//! must not compete for them with the service of the system: pcscd drops readers whose name
//! contains a given text, every USB reader's name has a space, and ours have none.
//!
//! What stays shared is `/run/pcscd/pcscd.pid`, which every pcscd that may write there overwrites;
//! only `pcscd --hotplug` reads it.
//!
//! Seen with pcscd 1.9.9 and vsmartcard-vpcd 0.8 of Debian 12. pcscd answers its socket only
//! after every configured reader is set up, so a first answer means "all readers are listed".
//!
//! # Needs
//!
//! The Debian packages `pcscd` and `vsmartcard-vpcd`.

use std::ffi::CString;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pcsc::{Context, ReaderState, Scope, State};

use crate::signal;

/// Runs `body` with a PC/SC service that has `readers` virtual readers and is this test's alone.
///
/// To be called once, as the whole of a `#[test]` function, with the closure written in place:
/// the name of the test is taken from the closure's type. What stands outside `alone` runs
/// twice.
///
/// # Panics
///
/// When `body` does, with its output and the log of the service; when a Debian package is
/// missing; when the test takes longer than [`limit`].
pub fn alone<F: FnOnce(&mut Pcscd)>(readers: usize, body: F) {
    if let Some(dir) = std::env::var_os(DIR) {
        let mut service = Pcscd::start(Path::new(&dir), readers);
        return body(&mut service);
    }

    let path = std::any::type_name::<F>();
    let stdout = again(&[
        test_name(path),
        "--exact",
        "--include-ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    assert!(
        stdout.contains("1 passed"),
        "{path} does not name a test: write the closure in place"
    );
}

/// As [`alone`], as the whole of a program that is no test.
///
/// # Panics
///
/// As [`alone`].
pub fn alone_in_program(readers: usize, body: impl FnOnce(&mut Pcscd)) {
    match std::env::var_os(DIR) {
        Some(dir) => body(&mut Pcscd::start(Path::new(&dir), readers)),
        None => drop(again(&[])),
    }
}

/// Runs this program again with a folder for a service; what it printed is printed again.
fn again(arguments: &[&str]) -> String {
    let dir = tempfile::Builder::new()
        .prefix("card-tests-")
        .tempdir()
        .expect("a folder in TMPDIR");
    // `timeout` also stops what the test has started, which a plain wait could not.
    let output = Command::new("timeout")
        .args(["--kill-after=5", &limit().as_secs().to_string()])
        .arg(std::env::current_exe().expect("the path of this program"))
        .args(arguments)
        .env(DIR, dir.path())
        .env("PCSCLITE_CSOCK_NAME", dir.path().join(SOCKET))
        .stdin(Stdio::null())
        .output()
        .expect("timeout (Debian package coreutils)");
    // A test that was killed could not stop its service.
    if let Ok(pid) = fs::read_to_string(dir.path().join(PID)) {
        signal::send("TERM", pid.trim());
    }
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let log = log_of(dir.path());
        let status = output.status;
        let name = arguments.first().unwrap_or(&"");
        panic!("{name}: {status} (124 is a timeout)\n{stdout}\n{stderr}\npcscd said:\n{log}");
    }
    println!("{stdout}");
    stdout
}

/// How long a test with a service of its own may take: seconds from `TEST_LIMIT`, else four minutes.
pub fn limit() -> Duration {
    let given = std::env::var("TEST_LIMIT").ok();
    Duration::from_secs(given.and_then(|text| text.parse().ok()).unwrap_or(240))
}

/// A running private pcscd; it ends when this is dropped.
#[derive(Debug)]
pub struct Pcscd {
    dir: PathBuf,
    readers: Vec<Reader>,
    process: Option<Child>,
}

/// A virtual reader: one slot of the vpcd driver, which waits on a TCP port for its card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The name that PC/SC clients see.
    pub name: String,
    /// The port of the loopback interface to which a card connects to be inserted.
    pub port: u16,
}

impl Pcscd {
    /// Starts a service in `dir`. The driver listens on two ports for itself; when another
    /// program was quicker to take one, two others are tried.
    fn start(dir: &Path, readers: usize) -> Self {
        let mut service = Self {
            dir: dir.to_owned(),
            readers: Vec::new(),
            process: None,
        };
        for _ in 0..10 {
            service.readers = configure(dir, readers);
            service.spawn();
            if service.listed().len() == slots(readers) {
                service.readers.truncate(readers);
                return service;
            }
            service.stop();
        }
        panic!(
            "pcscd does not list {readers} virtual readers; it said:\n{}",
            service.log()
        );
    }

    /// The readers that were asked for. An odd number leaves a further slot, always empty.
    pub fn readers(&self) -> &[Reader] {
        &self.readers
    }

    /// What the service has logged since it was first started.
    pub fn log(&self) -> String {
        log_of(&self.dir)
    }

    /// Ends the service as a system does that has none: its socket is gone.
    pub fn stop(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        // SIGTERM first, so that pcscd can unpower its readers and remove its pid file.
        if !signal::send("TERM", &process.id().to_string()) {
            let _ = process.kill();
        }
        let _ = process.wait();
        for file in [SOCKET, PID] {
            let _ = fs::remove_file(self.dir.join(file));
        }
    }

    /// Ends the service and starts it again with the same readers, all empty.
    ///
    /// Clients that were connected must establish a new context, and cards must be inserted
    /// anew, as after `systemctl restart pcscd`.
    pub fn restart(&mut self) {
        self.restart_with(0);
    }

    /// As [`restart`](Self::restart), with so many readers more than before.
    ///
    /// There is no way to plug a virtual reader into a running service: Debian's pcscd 1.9.9 is
    /// made for udev and reads its configuration once.
    pub fn restart_with(&mut self, more: usize) {
        self.stop();
        let first = slots(self.readers.len()) / SLOTS;
        self.readers.extend(add(&self.dir, first, more));
        self.spawn();
        let listed = self.listed();
        for Reader { name, .. } in &self.readers {
            assert!(
                listed.contains(name),
                "{name} did not come back:\n{}",
                self.log()
            );
        }
    }

    /// Starts the service again with these bytes as the first name of its first readers.
    ///
    /// What [`readers`](Self::readers) says of their names is no longer true.
    pub fn rename(&mut self, bytes: &[u8]) {
        self.stop();
        let file = self.dir.join(CONFIG).join(READERS);
        let text = fs::read(&file).expect("a configuration");
        let old = b"Virtual0";
        let at = text.windows(old.len()).position(|window| window == old);
        let (before, after) = text.split_at(at.expect("the first entry"));
        fs::write(&file, [before, bytes, &after[old.len()..]].concat()).expect("a configuration");
        self.spawn();
        assert!(!self.listed().is_empty(), "{}", self.log());
    }

    /// Waits until there is a card in the reader and it answered its reset.
    pub fn wait_for_card(&self, reader: &Reader) {
        self.wait_for(reader, State::PRESENT, State::MUTE);
    }

    /// Waits until there is a card in the reader, whether it answers or not.
    pub fn wait_for_something(&self, reader: &Reader) {
        self.wait_for(reader, State::PRESENT, State::empty());
    }

    /// Waits until the reader is empty.
    pub fn wait_for_empty(&self, reader: &Reader) {
        self.wait_for(reader, State::EMPTY, State::empty());
    }

    fn wait_for(&self, reader: &Reader, wanted: State, unwanted: State) {
        let context = self.context();
        let name = CString::new(reader.name.as_str()).expect("our names have no zero byte");
        let mut states = [ReaderState::new(name, State::UNAWARE)];
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if let Err(error) = context.get_status_change(left, &mut states) {
                let name = &reader.name;
                panic!(
                    "{name} is not {wanted:?}: {error}; pcscd said:\n{}",
                    self.log()
                );
            }
            let state = states[0].event_state();
            // Insertions and removals are counted, so that the count is odd while a card is in. A
            // transaction that ends on a pulled card says "empty" before pcscd's watcher has seen
            // the removal; a card that comes back in between would never be seen (pcscd 1.9.9).
            let settled = (states[0].event_count() % 2 == 1) == wanted.contains(State::PRESENT);
            if settled && state.contains(wanted) && !state.intersects(unwanted) {
                return;
            }
            states[0].sync_current_state();
        }
    }

    /// Every reader that a PC/SC client of this process is shown.
    pub fn listed(&self) -> Vec<String> {
        let names = match self.context().list_readers_owned() {
            Err(pcsc::Error::NoReadersAvailable) => Ok(Vec::new()),
            names => names,
        };
        let names = names.unwrap_or_else(|e| panic!("{e}; pcscd said:\n{}", self.log()));
        names
            .into_iter()
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    }

    fn context(&self) -> Context {
        Context::establish(Scope::User)
            .unwrap_or_else(|e| panic!("{e}; pcscd said:\n{}", self.log()))
    }

    fn spawn(&mut self) {
        let socket = UnixListener::bind(self.dir.join(SOCKET)).expect("a socket in the folder");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.dir.join(LOG))
            .expect("a log in the folder");
        let process = Command::new("sh")
            .args([
                "-c",
                "LISTEN_PID=$$ exec \"$0\" \"$@\" 3<&0 </dev/null",
                PROGRAM,
            ])
            .args(without_polkit())
            .args(["--foreground", "--info", "--config"])
            .arg(self.dir.join(CONFIG))
            .env("LISTEN_FDS", "1")
            .env("PCSCLITE_FILTER_IGNORE_READER_NAMES", " ")
            .stdin(OwnedFd::from(socket))
            .stdout(log.try_clone().expect("a second handle of the log"))
            .stderr(log)
            .spawn()
            .expect("sh");
        fs::write(self.dir.join(PID), process.id().to_string()).expect("a file in the folder");
        self.process = Some(process);
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// pcsc-lite 2.x asks polkit, which bare systems do not have; only its owner reaches this service.
fn without_polkit() -> Option<&'static str> {
    let help = Command::new(PROGRAM).arg("--help").output();
    let help = help.map(|help| [help.stdout, help.stderr].concat());
    let known = help.is_ok_and(|help| String::from_utf8_lossy(&help).contains("--disable-polkit"));
    known.then_some("--disable-polkit")
}

/// Writes a reader configuration on ports that are free now.
fn configure(dir: &Path, readers: usize) -> Vec<Reader> {
    let config = dir.join(CONFIG);
    fs::create_dir_all(&config).expect("a folder for the configuration");
    fs::write(config.join(READERS), "").expect("a configuration");
    assert!(
        Path::new(PROGRAM).exists(),
        "{PROGRAM} (Debian package pcscd) is missing"
    );
    add(dir, 0, readers)
}

/// Adds readers to the configuration, in entries numbered from `first`. One driver file serves
/// [`SLOTS`] readers, and loading the same file twice gives the same slots, so that each entry
/// has a copy of its own.
fn add(dir: &Path, first: usize, readers: usize) -> Vec<Reader> {
    let config = dir.join(CONFIG).join(READERS);
    let mut text = fs::read_to_string(&config).expect("a configuration");
    let mut all = Vec::new();
    for entry in first..first + slots(readers) / SLOTS {
        let driver = dir.join(format!("vpcd-{entry}.so"));
        fs::copy(DRIVER, &driver)
            .unwrap_or_else(|e| panic!("{DRIVER} (Debian package vsmartcard-vpcd): {e}"));
        let port = free_ports();
        text += &format!(
            "FRIENDLYNAME \"Virtual{entry}\"\nDEVICENAME /dev/null:{port}\n\
             LIBPATH {}\nCHANNELID {port}\n\n",
            driver.display()
        );
        all.extend((0..SLOTS as u16).map(|slot| Reader {
            name: format!("Virtual{entry} 00 {slot:02}"),
            port: port + slot,
        }));
    }
    fs::write(config, text).expect("a configuration");
    all
}

/// The first of [`SLOTS`] neighbouring ports that nobody listens on.
fn free_ports() -> u16 {
    loop {
        let first = TcpListener::bind("0.0.0.0:0").expect("a free port");
        let port = first.local_addr().expect("the port just bound").port();
        if port < u16::MAX && TcpListener::bind(("0.0.0.0", port + 1)).is_ok() {
            return port;
        }
    }
}

/// `all::pcscd::two_readers::{{closure}}` is how the compiler writes the closure of the test
/// that the test runner calls `pcscd::two_readers`.
fn test_name(path: &str) -> &str {
    let name = path.split_once("::").map_or(path, |(_crate, rest)| rest);
    name.split("::{{closure}}").next().unwrap_or(name)
}

fn slots(readers: usize) -> usize {
    readers.next_multiple_of(SLOTS)
}

fn log_of(dir: &Path) -> String {
    fs::read_to_string(dir.join(LOG)).unwrap_or_else(|e| format!("(no log: {e})"))
}

const DIR: &str = "CARD_TESTS_PCSCD_DIR";
const SOCKET: &str = "socket";
const CONFIG: &str = "reader.conf.d";
const READERS: &str = "readers.conf";
const LOG: &str = "log";
const PID: &str = "pid";
const SLOTS: usize = 2;
const PROGRAM: &str = "/usr/sbin/pcscd";
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
