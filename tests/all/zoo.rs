//! Other programs at the card, each rude in its way at each moment of a job, through the real
//! PC/SC service.
//!
//! Whatever they do: the job goes on or ends with a named error, no PIN is presented more often
//! than the person agreed to, and the card is usable afterwards, by us and by others.

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use card_core::observe::{Exchange, Observer};
use card_core::{Card, Error};
use card_sim::fault::Plan;
use card_sim::persona::Persona;
use card_tests::conversation::Conversation;
use card_tests::foreign::{PKCS15_TOOL, Tool};
use card_tests::pcscd::{self, Pcscd};
use card_tests::resident::Resident;

use crate::journey::Journey;
use crate::real_pcscd::{SECOND_PROGRAM, hanako, journey, open, run, second_program};

/// What another program does, and how the job may end for it outside of our transactions.
#[derive(Clone, Copy)]
struct Rude {
    name: &'static str,
    act: Act,
}

#[derive(Clone, Copy)]
enum Act {
    /// Disconnects and leaves the card so.
    Disconnects(&'static str),
    /// Begins a transaction and ends it after a second.
    HoldsASecond,
    /// Begins a transaction and never ends it.
    Holds,
    Exclusive,
    /// SIGKILL inside a transaction.
    Dies,
    /// A program of other people, as it comes.
    Runs(fn(&str) -> Conversation),
    /// One that stays connected until it is ended.
    Stays(fn(&str) -> Conversation),
}

const fn rude(name: &'static str, act: Act) -> Rude {
    Rude { name, act }
}

const OURS: [Rude; 8] = [
    rude("ends with LEAVE_CARD", Act::Disconnects("leave")),
    rude("ends with RESET_CARD", Act::Disconnects("reset")),
    rude("ends with UNPOWER_CARD", Act::Disconnects("unpower")),
    rude("ends with EJECT_CARD", Act::Disconnects("eject")),
    rude("transaction of one second", Act::HoldsASecond),
    rude("transaction for ever", Act::Holds),
    rude("exclusive connection", Act::Exclusive),
    rude("SIGKILL inside a transaction", Act::Dies),
];

const THEIRS: [Rude; 3] = [
    rude("pyscard", Act::Runs(pyscard)),
    rude("OpenSC", Act::Runs(opensc)),
    rude("scdaemon", Act::Stays(scdaemon)),
];

const JAVA: [Rude; 3] = [
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

const MOMENTS: [&str; 5] = [
    "before the job",
    "at the PIN prompt",
    "between two transactions",
    "inside a transaction",
    "between two files",
];

/// One for each way to leave the card and each length of a job.
const JOBS: [&str; 7] = [
    "counters",
    "card number",
    "authentication certificate",
    "authentication signature",
    "signature certificate",
    "My Number",
    "card face",
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
    let python = Tool {
        program: "/usr/bin/python3",
        package: "python3-pyscard",
    };
    python.converse(&["-c", SCRIPT, reader])
}

fn opensc(_: &str) -> Conversation {
    PKCS15_TOOL.converse(&["--reader", "0", "--list-pins"])
}

/// Java's javax.smartcardio; with a word more it disconnects with that argument.
fn smartcardio(reader: &str, more: &[&str]) -> Conversation {
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
    java.converse(&[&[&library, program, reader][..], more].concat())
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
struct Running {
    rude: Rude,
    reader: String,
    program: Option<Conversation>,
    later: Option<JoinHandle<Conversation>>,
}

impl Running {
    /// Connected, where it is to be so before its moment.
    fn ready(rude: Rude, reader: &str) -> Self {
        let program = match rude.act {
            Act::Disconnects(_) | Act::HoldsASecond | Act::Holds | Act::Dies => {
                Some(second_program(reader, "shared"))
            }
            Act::Exclusive | Act::Runs(_) | Act::Stays(_) => None,
        };
        Self {
            rude,
            reader: reader.to_owned(),
            program,
            later: None,
        }
    }

    /// Does it. Inside our transaction it may have to wait for us, so there it is not waited for.
    fn act(&mut self, awaited: bool) {
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
                let mut program = SECOND_PROGRAM.converse(&[&self.reader, "exclusive"]);
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
    fn end(mut self) {
        let later = self.later.take().map(|later| later.join().unwrap());
        drop(later);
        drop(self.program.take());
    }

    /// Whether the job may find the reader taken.
    fn takes_the_reader(&self) -> bool {
        matches!(self.rude.act, Act::Holds | Act::Exclusive | Act::Stays(_))
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

/// Lets something happen after the first command.
struct AtFirst(Arc<Mutex<(Running, bool)>>);

impl Observer for AtFirst {
    fn exchange(&mut self, _: &Exchange<'_>) {
        let mut inside = self.0.lock().unwrap();
        if !std::mem::replace(&mut inside.1, true) {
            inside.0.act(false);
        }
    }
}

/// Where a turn must come, however busy the machine is.
const WATCHDOG: Duration = Duration::from_secs(60);

/// One job beside one program at one moment: how it ended.
fn meet(
    rude: Rude,
    moment: &str,
    job: &Journey,
    card: &Resident,
    who: &Persona,
) -> (Result<(), Error>, usize) {
    let mut other = Running::ready(rude, card.reader());
    let patience = match other.takes_the_reader() {
        true => Duration::from_millis(300),
        false => WATCHDOG,
    };
    let library = || Ok(Card::new(open(card.reader())?).waiting_at_most(patience));
    let done = match moment {
        "before the job" => {
            other.act(true);
            library().and_then(|mut library| (job.run)(&mut library, who))
        }
        "at the PIN prompt" => {
            let mut library = library().unwrap();
            other.act(true);
            (job.run)(&mut library, who)
        }
        "between two transactions" => {
            let mut library = library().unwrap();
            (journey("counters").run)(&mut library, who).unwrap();
            other.act(true);
            (job.run)(&mut library, who)
        }
        "inside a transaction" => {
            let inside = Arc::new(Mutex::new((other, false)));
            let mut library = library().unwrap().observed_by(AtFirst(Arc::clone(&inside)));
            let done = (job.run)(&mut library, who);
            drop(library);
            let inside = Arc::try_unwrap(inside).ok().unwrap();
            inside.into_inner().unwrap().0.end();
            return (done, 1);
        }
        "between two files" => {
            let mut library = library().unwrap();
            (job.run)(&mut library, who).unwrap();
            other.act(true);
            let done = (job.run)(&mut library, who);
            other.end();
            return (done, 2);
        }
        unknown => panic!("no moment of the zoo: {unknown}"),
    };
    other.end();
    (done, 1)
}

/// What the job may answer: it goes on, unless the reader is taken or the card is lost under it.
fn may_end(rude: Rude, moment: &str, code: &str) -> bool {
    let lost = ["card.reset", "card.power", "card.silent"].contains(&code);
    match rude.act {
        // pcscd tells of the reset for a dead program before it is done.
        Act::Dies => lost,
        Act::Holds => moment != "inside a transaction" && code == "reader.busy",
        Act::Exclusive | Act::Stays(_) => moment == "before the job" && code == "reader.busy",
        _ => moment == "inside a transaction" && lost,
    }
}

/// A job that must succeed now, but for the late reset of a program that died.
fn goes(job: &Journey, card: &Resident, who: &Persona) {
    for attempt in 0.. {
        match run(job, card.reader(), who) {
            Ok(()) => return,
            Err(error) => {
                let late = ["card.reset", "card.power"].contains(&error.code());
                assert!(late && attempt < 3, "{}: {error}", job.name);
            }
        }
    }
}

fn matrix(service: &mut Pcscd, programs: &[Rude], jobs: &[&str]) {
    let who = hanako();
    let card = Resident::insert(service, &service.readers()[0], &who);
    let (mut count, mut went_on) = (0, 0);
    let mut violations = Vec::new();
    for rude in programs {
        for moment in MOMENTS {
            for name in jobs {
                let job = journey(name);
                card.plan(Plan::new());
                let (done, runs) = meet(*rude, moment, job, &card, &who);
                let what = format!("{}, {moment}, {name}", rude.name);
                count += 1;
                match done {
                    Ok(()) => went_on += 1,
                    Err(error) if may_end(*rude, moment, error.code()) => {}
                    Err(error) => violations.push(format!("{what}: {error}")),
                }
                let presented = card.seen().1;
                if presented > job.consents * runs || card.attempts() != (Some(3), Some(5)) {
                    violations.push(format!("{what}: {presented} PINs, {:?}", card.attempts()));
                }
                // Usable by us, and by others.
                goes(journey("authentication signature"), &card, &who);
                if card.rights_left() {
                    violations.push(format!("{what}: the card is left unlocked"));
                }
                let mut next = second_program(card.reader(), "shared");
                let told = next.ask("send 00A4040C0AD392F000260100000001");
                if told != "9000" {
                    violations.push(format!("{what}: the next program is told {told}"));
                }
            }
        }
    }
    println!(
        "{count} meetings ({} programs, {} moments, {} jobs): {went_on} went on, the others ended \
         with a named error; {} violations",
        programs.len(),
        MOMENTS.len(),
        jobs.len(),
        violations.len()
    );
    assert_eq!(count, programs.len() * MOMENTS.len() * jobs.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn programs_that_end_in_their_way() {
    pcscd::alone(1, |service| matrix(service, &OURS[..4], &JOBS));
}

#[test]
fn programs_that_keep_the_card() {
    pcscd::alone(1, |service| matrix(service, &OURS[4..], &JOBS[..5]));
}

#[test]
fn programs_of_other_people() {
    pcscd::alone(1, |service| matrix(service, &THEIRS, &JOBS[2..5]));
}

#[test]
#[ignore = "needs Java: run `make clients`"]
fn programs_of_java() {
    pcscd::alone(1, |service| matrix(service, &JAVA, &JOBS[3..4]));
}
