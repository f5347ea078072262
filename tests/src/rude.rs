//! Other programs at the card, each rude in its way: what the matrices of the zoo are made of.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::conversation::Conversation;
use crate::foreign::{PKCS15_TOOL, Tool};

/// Starts a program that connects to the reader through bare PC/SC in this manner and is told what
/// to do as `src/bin/second-program.rs` is.
pub type Bare = fn(reader: &str, manner: &str) -> Conversation;

/// Such a program in Python, for the tests of other packages: cargo builds ours for this one only.
pub fn bare(reader: &str, manner: &str) -> Conversation {
    PYTHON.converse(&["-c", include_str!("bare.py"), reader, manner])
}

const PYTHON: Tool = Tool {
    program: "/usr/bin/python3",
    package: "python3-pyscard",
};

/// What another program does.
#[derive(Debug, Clone, Copy)]
pub struct Rude {
    /// What a table calls it.
    pub name: &'static str,
    /// What it does.
    pub act: Act,
}

/// One rude thing.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Disconnects and leaves the card so.
    Disconnects(&'static str),
    /// Begins a transaction and ends it after a second.
    HoldsASecond,
    /// Begins a transaction and never ends it.
    Holds,
    /// Connects exclusively.
    Exclusive,
    /// SIGKILL inside a transaction.
    Dies,
    /// A program of other people, as it comes.
    Runs(fn(&str) -> Conversation),
    /// One that stays connected until it is ended.
    Stays(fn(&str) -> Conversation),
}

impl Rude {
    /// Whether the job may find the reader taken.
    pub fn takes_the_reader(self) -> bool {
        matches!(self.act, Act::Holds | Act::Exclusive | Act::Stays(_))
    }

    /// Whether a job may end with this code: it goes on, unless the reader is taken or the card is
    /// lost under it.
    pub fn may_end(self, moment: &str, code: &str) -> bool {
        let lost = ["card.reset", "card.power", "card.silent"].contains(&code);
        match self.act {
            // pcscd tells of the reset for a dead program before it is done.
            Act::Dies => lost,
            Act::Holds => moment != "inside a transaction" && code == "reader.busy",
            Act::Exclusive | Act::Stays(_) => moment == "before the job" && code == "reader.busy",
            _ => moment == "inside a transaction" && lost,
        }
    }
}

const fn rude(name: &'static str, act: Act) -> Rude {
    Rude { name, act }
}

/// Through bare PC/SC.
pub const OURS: [Rude; 8] = [
    rude("ends with LEAVE_CARD", Act::Disconnects("leave")),
    rude("ends with RESET_CARD", Act::Disconnects("reset")),
    rude("ends with UNPOWER_CARD", Act::Disconnects("unpower")),
    rude("ends with EJECT_CARD", Act::Disconnects("eject")),
    rude("transaction of one second", Act::HoldsASecond),
    rude("transaction for ever", Act::Holds),
    rude("exclusive connection", Act::Exclusive),
    rude("SIGKILL inside a transaction", Act::Dies),
];

/// Programs of other people, as they come.
pub const THEIRS: [Rude; 3] = [
    rude("pyscard", Act::Runs(pyscard)),
    rude("OpenSC", Act::Runs(opensc)),
    rude("scdaemon", Act::Stays(scdaemon)),
];

/// Java, with each of its ways to end.
pub const JAVA: [Rude; 3] = [
    rude(
        "javax.smartcardio",
        Act::Runs(|reader| smartcardio(reader, &[])),
    ),
    rude(
        "javax.smartcardio, disconnect(false)",
        Act::Runs(|reader| smartcardio(reader, &["false"])),
    ),
    rude(
        "javax.smartcardio, disconnect(true)",
        Act::Runs(|reader| smartcardio(reader, &["true"])),
    ),
];

/// When it happens.
pub const MOMENTS: [&str; 5] = [
    "before the job",
    "at the PIN prompt",
    "between two transactions",
    "inside a transaction",
    "between two files",
];

/// pyscard: connects, sends one command, and just ends. It unpowers the card.
fn pyscard(reader: &str) -> Conversation {
    const SCRIPT: &str = "\
import sys
from smartcard.System import readers
reader, = [one for one in readers() if str(one) == sys.argv[1]]
connection = reader.createConnection()
connection.connect()
connection.transmit(list(bytes.fromhex('00A4040C0AD392F000260100000001')))
";
    PYTHON.converse(&["-c", SCRIPT, reader])
}

fn opensc(_: &str) -> Conversation {
    PKCS15_TOOL.converse(&["--reader", "0", "--list-pins"])
}

/// Java's javax.smartcardio; with a word more it disconnects with that argument, or sends that
/// command and prints the answer. Words with `-D` are properties.
pub fn smartcardio(reader: &str, more: &[&str]) -> Conversation {
    let java = Tool {
        program: "java",
        package: "default-jdk-headless",
    };
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let mut places = folders.map(|folder| folder.path().join("libpcsclite.so.1"));
    let library = places.find(|place| place.exists()).unwrap();
    // Where it looks by itself, Debian has no library.
    let library = format!("-Dsun.security.smartcardio.library={}", library.display());
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/judges/SmartCardIo.java");
    let (properties, more): (Vec<&str>, Vec<&str>) =
        more.iter().partition(|word| word.starts_with("-D"));
    java.converse(&[&properties[..], &[&library, program, reader], &more].concat())
}

/// gpg's daemon connects exclusively, and keeps the card.
fn scdaemon(_: &str) -> Conversation {
    let scdaemon = Tool {
        program: "/usr/lib/gnupg/scdaemon",
        package: "scdaemon",
    };
    let home = std::env::temp_dir();
    let mut program = scdaemon.converse(&["--server", "--homedir", home.to_str().unwrap()]);
    program.wait_for("OK ");
    program.wait_for("\n");
    program.tell("SERIALNO");
    program
}

/// A rude program on its way.
#[derive(Debug)]
pub struct Running {
    rude: Rude,
    reader: String,
    bare: Bare,
    program: Option<Conversation>,
    later: Option<JoinHandle<Conversation>>,
}

impl Running {
    /// Connected, where it is to be so before its moment.
    pub fn ready(rude: Rude, reader: &str, bare: Bare) -> Self {
        let program = match rude.act {
            Act::Disconnects(_) | Act::HoldsASecond | Act::Holds | Act::Dies => {
                let mut program = bare(reader, "shared");
                assert_eq!(program.line(), "ok");
                Some(program)
            }
            Act::Exclusive | Act::Runs(_) | Act::Stays(_) => None,
        };
        Self {
            rude,
            reader: reader.to_owned(),
            bare,
            program,
            later: None,
        }
    }

    /// Does it. Inside our transaction it may have to wait for us, so there it is not waited for.
    pub fn act(&mut self, awaited: bool) {
        match self.rude.act {
            Act::Disconnects(how) => {
                let program = self.program.as_mut().unwrap();
                program.tell(&format!("disconnect {how}"));
                if awaited {
                    assert_eq!(program.line(), "ok");
                }
            }
            Act::HoldsASecond => {
                let mut program = self.program.take().unwrap();
                begin(&mut program, awaited);
                self.later = Some(thread::spawn(move || {
                    let begun = awaited || program.line() == "ok";
                    thread::sleep(Duration::from_secs(1));
                    if begun {
                        program.tell("end leave");
                    }
                    program
                }));
            }
            Act::Holds => {
                let program = self.program.as_mut().unwrap();
                begin(program, awaited);
            }
            Act::Dies => {
                let program = self.program.as_mut().unwrap();
                begin(program, awaited);
                program.kill();
            }
            Act::Exclusive => {
                let mut program = (self.bare)(&self.reader, "exclusive");
                if awaited {
                    let said = program.line();
                    assert!(
                        ["ok", "SharingViolation"].contains(&said.as_str()),
                        "{said}"
                    );
                }
                self.program = Some(program);
            }
            Act::Runs(start) => {
                let mut program = start(&self.reader);
                if awaited {
                    assert!(program.end().success(), "{}", self.rude.name);
                }
                self.program = Some(program);
            }
            Act::Stays(start) => {
                let mut program = start(&self.reader);
                if awaited {
                    // "OK" or "ERR": it has tried.
                    program.wait_for("\n");
                }
                self.program = Some(program);
            }
        }
    }

    /// Ends it.
    pub fn end(mut self) {
        let later = self.later.take().map(|later| later.join().unwrap());
        drop(later);
        drop(self.program.take());
    }
}

/// Begins a transaction; after a reset of ours it has to reconnect, as each program does.
fn begin(program: &mut Conversation, awaited: bool) {
    program.tell("begin");
    if !awaited {
        return;
    }
    loop {
        match program.line().as_str() {
            "ok" => break,
            "ResetCard" => assert_eq!(program.ask("reconnect"), "ok"),
            other => panic!("{other}"),
        }
        program.tell("begin");
    }
}
