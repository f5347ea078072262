//! The PKCS #11 module in a program that looks, logs in and signs, beside the programs of the zoo.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use card_sim::fault::Plan;
use card_tests::conversation::Conversation;
use card_tests::pcscd::{self, Pcscd};
use card_tests::resident::Resident;
use card_tests::rude::{Act, JAVA, MOMENTS, OURS, Rude, Running, THEIRS};

use super::{goes, is_usable_by_others};
use crate::pkcs11::told;
use crate::real_pcscd::{SECOND_PROGRAM, hanako, journey};

/// What the program is told, with the moment at its place.
fn steps<'s>(moment: &str, login: &'s str) -> Vec<&'s str> {
    match moment {
        "before the job" => vec![NOW, "look", login, "sign"],
        "at the PIN prompt" => vec!["look", NOW, login, "sign"],
        "between two transactions" => vec!["look", login, NOW, "sign"],
        "inside a transaction" => vec!["look", INSIDE, login, "sign"],
        "between two files" => vec!["look", login, "sign", NOW, "sign"],
        unknown => panic!("no moment of the zoo: {unknown}"),
    }
}

const NOW: &str = "now";
/// After the first command that the next step sends.
const INSIDE: &str = "inside";

/// What a step may be answered: it goes on, unless another program has the reader exclusively or
/// the card is lost under it. The module waits for a transaction as long as it lasts.
fn may_end(rude: Rude, moment: &str, answer: &str) -> bool {
    match rude.act {
        Act::Exclusive | Act::Stays(_) if moment != "inside a transaction" => {
            ["no token", "CKR_DEVICE_ERROR"].contains(&answer)
        }
        Act::Holds | Act::HoldsASecond => false,
        Act::Dies => answer == "CKR_DEVICE_ERROR",
        _ => moment == "inside a transaction" && answer == "CKR_DEVICE_ERROR",
    }
}

/// One program at one moment: the first answer that is not "ok", and the signatures asked for.
fn meet(rude: Rude, moment: &str, card: &Resident, client: &mut Conversation) -> (String, usize) {
    let login = format!("login {}", hanako().authentication_pin.value);
    let bare = |reader: &str, manner: &str| SECOND_PROGRAM.converse(&[reader, manner]);
    let other = Arc::new(Mutex::new(Some(Running::ready(rude, card.reader(), bare))));
    let holds = matches!(rude.act, Act::Holds);
    let (mut signatures, mut waits, mut may_wait) = (0, false, false);
    for step in steps(moment, &login) {
        let act = |awaited| {
            if let Some(other) = &mut *other.lock().unwrap() {
                other.act(awaited);
            }
        };
        if step == NOW {
            act(true);
            waits = holds;
            continue;
        }
        if step == INSIDE {
            let other = Arc::clone(&other);
            card.at_next_command(move || {
                if let Some(other) = &mut *other.lock().unwrap() {
                    other.act(false);
                }
            });
            may_wait = holds;
            continue;
        }
        signatures += usize::from(step == "sign");
        client.tell(step);
        if waits {
            // It has nothing to say before the other program has ended its transaction.
            let silent = client.is_silent_for(Duration::from_secs(1));
            end(&other);
            if !silent {
                return (format!("has not waited: {}", client.line()), signatures);
            }
            waits = false;
        }
        let answer = client.line();
        if may_wait {
            // The other program has had the next turn: with a transaction, or told of our reset.
            end(&other);
        }
        if answer != "ok" {
            end(&other);
            return (answer, signatures);
        }
    }
    end(&other);
    ("ok".into(), signatures)
}

fn end(other: &Mutex<Option<Running>>) {
    let other = other.lock().unwrap().take();
    if let Some(other) = other {
        other.end();
    }
}

/// The same program goes on with the card, but for the late reset of a program that died.
fn goes_on(client: &mut Conversation, pin: &str) -> Result<(), String> {
    let mut answers = [const { String::new() }; 3];
    for _ in 0..3 {
        let steps = ["look", &format!("login {pin}"), "sign"];
        answers = steps.map(|step| client.ask(step));
        let [looked, logged_in, signed] = answers.each_ref().map(String::as_str);
        if looked == "ok"
            && ["ok", "CKR_USER_ALREADY_LOGGED_IN"].contains(&logged_in)
            && signed == "ok"
        {
            return Ok(());
        }
    }
    Err(format!("{answers:?}"))
}

fn matrix(service: &mut Pcscd, programs: &[Rude]) {
    let who = hanako();
    let card = Resident::insert(service, &service.readers()[0], &who);
    let mut violations = Vec::new();
    let (mut count, mut went_on) = (0, 0);
    for rude in programs {
        for moment in MOMENTS {
            let what = format!("{}, {moment}, PKCS #11", rude.name);
            let mut client = told::program("auth");
            card.plan(Plan::new());
            let (answer, signatures) = meet(*rude, moment, &card, &mut client);
            count += 1;
            match answer.as_str() {
                "ok" => went_on += 1,
                answer if may_end(*rude, moment, answer) => {}
                answer => violations.push(format!("{what}: {answer}")),
            }
            // One for the login, one for each signature.
            let presented = card.seen().1;
            if presented > 1 + signatures || card.attempts() != (Some(3), Some(5)) {
                violations.push(format!("{what}: {presented} PINs, {:?}", card.attempts()));
            }
            if let Err(answers) = goes_on(&mut client, &who.authentication_pin.value) {
                violations.push(format!("{what}: it does not go on: {answers}"));
            }
            drop(client);
            goes(journey("authentication signature"), &card, &who);
            violations.extend(is_usable_by_others(&card).map(|why| format!("{what}: {why}")));
        }
    }
    println!(
        "{count} meetings ({} programs, {} moments, PKCS #11): {went_on} went on, the others ended \
         with a named error; {} violations",
        programs.len(),
        MOMENTS.len(),
        violations.len()
    );
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn a_pkcs11_login_beside_programs_that_end_in_their_way() {
    pcscd::alone(1, |service| matrix(service, &OURS[..4]));
}

#[test]
fn a_pkcs11_login_beside_programs_that_keep_the_card() {
    pcscd::alone(1, |service| matrix(service, &OURS[4..]));
}

#[test]
fn a_pkcs11_login_beside_programs_of_other_people() {
    pcscd::alone(1, |service| matrix(service, &[&THEIRS[..], &JAVA].concat()));
}
