//! `serve` beside the programs of the zoo: at each moment of a job, each rude in its way.

use card_sim::fault::Plan;
use card_sim::persona::Persona;
use card_tests::pcscd::{self, Pcscd};
use card_tests::resident::Resident;
use card_tests::rude::{self, JAVA, MOMENTS, OURS, Rude, Running, THEIRS};
use serde_json::{Value, json};

use crate::World;
use crate::serve::{Client, log_in};

/// A job with a PIN, and one without.
const LOGIN: &str = "login/sign";
const READ: &str = "certificate/read";

/// The job as far as the question for the PIN; its identifier.
fn ask(client: &mut Client, job: &str, card: &str, limit: u32) -> i64 {
    let mut params = match job {
        LOGIN => log_in(card),
        READ => json!({ "card": card, "which": "auth" }),
        _ => json!({ "card": card }),
    };
    params["timeoutMs"] = limit.into();
    client.request(job, params)
}

/// The rest of the job: answers the question, if one comes, and returns the code of an error.
fn finish(client: &mut Client, id: i64, mut at_question: impl FnMut()) -> Result<(), String> {
    loop {
        let message = client.answer_or_question(id);
        if message["method"] == "secret/request" {
            at_question();
            let answer = json!({ "value": "1234" });
            client.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": answer }));
            continue;
        }
        return match &message["error"]["data"]["code"] {
            Value::Null => Ok(()),
            code => Err(code.as_str().unwrap().to_owned()),
        };
    }
}

fn run(client: &mut Client, job: &str, card: &str, limit: u32) -> Result<(), String> {
    let id = ask(client, job, card, limit);
    finish(client, id, || ())
}

/// One job beside one program at one moment: how it ended, and how many PINs were agreed to.
fn meet(
    client: &mut Client,
    (rude, moment, job): (Rude, &str, &str),
    card: &Resident,
    name: &str,
) -> (Result<(), String>, usize) {
    let pins = usize::from(job == LOGIN);
    let limit = if rude.takes_the_reader() { 300 } else { 60_000 };
    let mut other = Running::ready(rude, card.reader(), rude::bare);
    let done = match moment {
        "before the job" => {
            other.act(true);
            run(client, job, name, limit)
        }
        "at the PIN prompt" => {
            let id = ask(client, job, name, limit);
            finish(client, id, || other.act(true))
        }
        "between two transactions" => {
            run(client, "card/status", name, limit).unwrap();
            other.act(true);
            run(client, job, name, limit)
        }
        "inside a transaction" => {
            let (send, acted) = std::sync::mpsc::channel();
            card.at_next_command(move || {
                other.act(false);
                let _ = send.send(other);
            });
            let done = run(client, job, name, limit);
            acted.recv().unwrap().end();
            return (done, pins);
        }
        "between two files" => {
            run(client, job, name, limit).unwrap();
            other.act(true);
            let done = run(client, job, name, limit);
            other.end();
            return (done, 2 * pins);
        }
        unknown => panic!("no moment of the zoo: {unknown}"),
    };
    other.end();
    (done, pins)
}

fn matrix(service: &Pcscd, programs: &[Rude], jobs: &[&str]) {
    let card = Resident::insert(
        service,
        &service.readers()[0],
        &Persona::shipped("hanako").unwrap(),
    );
    let world = World::with_readers();
    let (mut count, mut went_on) = (0, 0);
    let mut violations = Vec::new();
    // One server for all of it, as long as a desktop is on.
    let mut client = Client::ready(&world, "serve");
    let name = client.card();
    for rude in programs {
        for moment in MOMENTS {
            for job in jobs {
                if moment == "at the PIN prompt" && *job != LOGIN {
                    continue;
                }
                card.plan(Plan::new());
                let (done, pins) = meet(&mut client, (*rude, moment, job), &card, &name);
                let what = format!("{}, {moment}, serve, {job}", rude.name);
                count += 1;
                match done {
                    Ok(()) => went_on += 1,
                    // Between two transactions the server holds no connection.
                    Err(code) if rude.takes_the_reader() && code == "reader.busy" => {}
                    Err(code) if rude.may_end(moment, &code) => {}
                    Err(code) => violations.push(format!("{what}: {code}")),
                }
                let presented = card.seen().1;
                if presented > pins || card.attempts() != (Some(3), Some(5)) {
                    violations.push(format!("{what}: {presented} PINs, {:?}", card.attempts()));
                }
                // Usable by the same server, but for the late reset of a program that died.
                let mut again = Ok(());
                for _ in 0..3 {
                    again = run(&mut client, LOGIN, &name, 60_000);
                    if again.is_ok() {
                        break;
                    }
                }
                if let Err(code) = again {
                    violations.push(format!("{what}: the server does not go on: {code}"));
                }
                if card.rights_left() {
                    violations.push(format!("{what}: the card is left unlocked"));
                }
                // And by others.
                let mut next = rude::bare(card.reader(), "shared");
                assert_eq!(next.line(), "ok", "{what}");
                let told = next.ask("send 00A4040C0AD392F000260100000001");
                if told != "9000" {
                    violations.push(format!("{what}: the next program is told {told}"));
                }
            }
        }
    }
    println!(
        "{count} meetings ({} programs, serve): {went_on} went on, the others ended with a named \
         error; {} violations",
        programs.len(),
        violations.len()
    );
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert_eq!(client.end().0, Some(0));
}

#[test]
fn serve_beside_programs_that_end_in_their_way() {
    pcscd::alone(1, |service| matrix(service, &OURS[..4], &[LOGIN, READ]));
}

#[test]
fn serve_beside_programs_that_keep_the_card() {
    pcscd::alone(1, |service| matrix(service, &OURS[4..], &[LOGIN, READ]));
}

#[test]
fn serve_beside_programs_of_other_people() {
    pcscd::alone(1, |service| {
        matrix(service, &[&THEIRS[..], &JAVA].concat(), &[LOGIN])
    });
}
