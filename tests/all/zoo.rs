//! Other programs at the card, each rude in its way at each moment of a job, through the real
//! PC/SC service.
//!
//! Whatever they do: the job goes on or ends with a named error, no PIN is presented more often
//! than the person agreed to, and the card is usable afterwards, by us and by others.

mod module;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use card_core::observe::{Exchange, Observer};
use card_core::{Card, Error};
use card_sim::fault::Plan;
use card_sim::persona::Persona;
use card_tests::pcscd::{self, Pcscd};
use card_tests::resident::Resident;
use card_tests::rude::{JAVA, MOMENTS, OURS, Rude, Running, THEIRS};

use crate::journey::Journey;
use crate::real_pcscd::{SECOND_PROGRAM, hanako, journey, open, run, second_program};

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
    let bare = |reader: &str, manner: &str| SECOND_PROGRAM.converse(&[reader, manner]);
    let mut other = Running::ready(rude, card.reader(), bare);
    let patience = match rude.takes_the_reader() {
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

/// Locked, and the next program can select an application; else what is wrong.
fn is_usable_by_others(card: &Resident) -> Option<String> {
    if card.rights_left() {
        return Some("the card is left unlocked".into());
    }
    let mut next = second_program(card.reader(), "shared");
    let told = next.ask("send 00A4040C0AD392F000260100000001");
    (told != "9000").then(|| format!("the next program is told {told}"))
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
                    Err(error) if rude.may_end(moment, error.code()) => {}
                    Err(error) => violations.push(format!("{what}: {error}")),
                }
                let presented = card.seen().1;
                if presented > job.consents * runs || card.attempts() != (Some(3), Some(5)) {
                    violations.push(format!("{what}: {presented} PINs, {:?}", card.attempts()));
                }
                // Usable by us, and by others.
                goes(journey("authentication signature"), &card, &who);
                violations.extend(is_usable_by_others(&card).map(|why| format!("{what}: {why}")));
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
fn programs_of_java() {
    pcscd::alone(1, |service| matrix(service, &JAVA, &JOBS[3..4]));
}
