//! The program at readers of the real pcscd: what only a reader can bring about, waiting, and
//! being told to stop.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use card_sim::applets::Application;
use card_sim::fault::{Fault, Plan, Wire};
use card_sim::front::vpcd::Inserted;
use card_sim::os::CardOs;
use card_sim::persona::Persona;
use card_sim::state::Persistent;
use card_tests::pcscd::{self, Pcscd};
use card_tests::vpcd::{ScriptedCard, Seen};
use pcsc::{Context, Disposition, Protocols, Scope, ShareMode};

use crate::{Run, World};

pub(crate) type Shared = Arc<Mutex<CardOs>>;

/// A resident's card with power.
fn resident(name: &str) -> (Shared, Vec<u8>) {
    let persona = Persona::shipped(name).unwrap();
    let mut card = CardOs::new(&persona, Persistent::in_memory());
    card.power_on();
    (Arc::new(Mutex::new(card)), persona.atr)
}

/// Puts a resident's card into the first reader; `act` may change what it answers.
pub(crate) fn insert(
    service: &Pcscd,
    index: usize,
    name: &str,
    mut act: impl FnMut(&[u8], Vec<u8>) -> Vec<u8> + Send + 'static,
) -> (ScriptedCard, Shared) {
    let reader = &service.readers()[index];
    let (card, atr) = resident(name);
    let inside = Arc::clone(&card);
    let inserted = ScriptedCard::insert(reader, &atr, move |command| {
        let answer = inside.lock().unwrap().execute(command);
        act(command, answer)
    });
    service.wait_for_card(reader);
    (inserted, card)
}

pub(crate) fn as_it_is(_: &[u8], answer: Vec<u8>) -> Vec<u8> {
    answer
}

const ATR: [u8; 9] = [0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14];

#[test]
fn without_a_service_simulated_cards_are_listed_all_the_same() {
    let run = World::new().run("readers");
    assert_eq!(run.status, Some(10));
    assert!(
        run.text().contains("sim:NAME): hanako") && run.stderr.contains("pcscd"),
        "{}",
        run.text()
    );
    World::new()
        .run("readers --json")
        .failed(10, "service.none");
}

#[test]
fn no_reader_no_card_and_too_many() {
    pcscd::alone(2, |service| {
        let world = World::with_readers();
        world.run("status --json").failed(10, "card.none");
        let readers = world.run("readers --json").done().json();
        assert_eq!(readers["readers"][1]["state"], "empty");
        let (_hanako, _) = insert(service, 0, "hanako", as_it_is);
        let status = world.run("status --json").done().json();
        assert_eq!(
            (&status["simulated"], &status["attempts"]["signature"]),
            (&false.into(), &5.into())
        );
        let (_taro, _) = insert(service, 1, "taro", as_it_is);
        let several = world.run("status --json").failed(10, "card.several").json();
        assert_eq!(several["details"]["readers"].as_array().unwrap().len(), 2);
        world.run("--reader 1 status").done();
        world
            .run("--reader virtual0 status --json")
            .failed(10, "reader.ambiguous");
        world
            .run("--reader acs status --json")
            .failed(10, "reader.unknown");
        world
            .run("--reader 7 status --json")
            .failed(10, "reader.unknown");
        world
            .run("--reader 0 --pin sim cert sign --json")
            .failed(2, "pin.sim-only");
        // This one is simulated, and the program cannot know.
        let run = world.run("--lang en --reader 0 --pin sim cert sign");
        assert!(
            run.stderr.contains("not known to be simulated"),
            "{}",
            run.stderr
        );
    });
}

#[test]
fn cards_that_are_none_or_lie() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        world.write("a.txt", "A document.\n");
        world.write("pin", "1234");
        let reader = &service.readers()[0];
        {
            let _other = ScriptedCard::insert(reader, &ATR, |_| vec![0x6A, 0x82]);
            service.wait_for_card(reader);
            world.run("status --json").failed(11, "application.missing");
        }
        service.wait_for_empty(reader);
        {
            // Every file holds something else than it should.
            let _odd = insert(service, 0, "hanako", |command, mut answer| {
                if command[1] == 0xB0 {
                    answer[0] ^= 0x42;
                }
                answer
            });
            world.run("cert auth --json").failed(30, "card.malformed");
        }
        service.wait_for_empty(reader);
        let _liar = insert(service, 0, "hanako", |command, mut answer| {
            if command[1] == 0x2A {
                answer[0] ^= 1;
            }
            answer
        });
        let sign = "--pin file:pin sign --format raw --key auth a.txt --json";
        world
            .run(&format!("{sign} --check"))
            .failed(40, "signature.mismatch");
        // The authentication certificate is free to read, so its key's signatures are held against it.
        world.run(sign).failed(40, "signature.mismatch");
        assert!(!world.path("a.txt.sig").exists());
        world.write("pin", "SIM12345");
        world.run("--pin file:pin sign --format raw a.txt").done();
    });
}

#[test]
fn a_card_that_leaves_and_a_reader_that_is_taken() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        let reader = &service.readers()[0];
        {
            let card = CardOs::new(
                &Persona::shipped("hanako").unwrap(),
                Persistent::in_memory(),
            );
            let wire = Arc::new(Mutex::new(Wire::new(card)));
            wire.lock()
                .unwrap()
                .set_plan(Plan::new().on(0xB0, Fault::Remove));
            let _leaving = Inserted::insert(wire, reader.port, |_| {}).unwrap();
            service.wait_for_card(reader);
            let run = world.run("cert auth --json");
            let code = run.json()["code"].as_str().unwrap().to_owned();
            run.failed(12, &code);
            assert!(
                ["card.removed", "card.silent"].contains(&code.as_str()),
                "{code}"
            );
        }
        service.wait_for_empty(reader);
        let (_card, _) = insert(service, 0, "hanako", as_it_is);
        let context = Context::establish(Scope::User).unwrap();
        let name = std::ffi::CString::new(reader.name.as_str()).unwrap();
        let other = context
            .connect(&name, ShareMode::Exclusive, Protocols::ANY)
            .unwrap();
        world.run("status --json").failed(13, "reader.busy");
        let readers = world.run("readers --json").done().json();
        assert_eq!(readers["readers"][0]["state"], "busy");
        other
            .disconnect(Disposition::LeaveCard)
            .map_err(|(_, error)| error)
            .unwrap();
        world.run("status").done();
    });
}

#[test]
fn waiting_for_a_card_and_for_another_program() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        let mut waiting = start(&world, "status --wait");
        says(&mut waiting, "waiting for a reader and a card");
        let (_card, _) = insert(service, 0, "hanako", as_it_is);
        finish(waiting).done();

        let context = Context::establish(Scope::User).unwrap();
        let name = std::ffi::CString::new(service.readers()[0].name.as_str()).unwrap();
        let mut other = context
            .connect(&name, ShareMode::Shared, Protocols::ANY)
            .unwrap();
        // Leaves the card as it is: this handle hears of no reset.
        let transaction = other.transaction().unwrap();
        let mut waiting = start(&world, "cert auth");
        says(&mut waiting, "another program is using the card");
        transaction
            .end(Disposition::LeaveCard)
            .map_err(|(_, error)| error)
            .unwrap();
        finish(waiting).done();
        let transaction = other.transaction().unwrap();
        let mut waiting = start(&world, "cert auth");
        says(&mut waiting, "another program is using the card");
        signal(&waiting, "INT");
        assert_eq!(finish(waiting).status, Some(50));
        transaction
            .end(Disposition::LeaveCard)
            .map_err(|(_, error)| error)
            .unwrap();
        other
            .disconnect(Disposition::LeaveCard)
            .map_err(|(_, error)| error)
            .unwrap();
    });
}

/// The limit counts where another program's transaction does not end, before and after the PIN.
#[test]
fn another_programs_transaction_is_waited_for_as_long_as_was_said() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        world.write("pin", "1234");
        world.write("a.txt", "A document.\n");
        let (_card, inside) = insert(service, 0, "hanako", as_it_is);
        let context = Context::establish(Scope::User).unwrap();
        let name = std::ffi::CString::new(service.readers()[0].name.as_str()).unwrap();
        let mut other = context
            .connect(&name, ShareMode::Shared, Protocols::ANY)
            .unwrap();
        let transaction = other.transaction().unwrap();
        let sign = "--pin file:pin sign --format raw --key auth a.txt";
        for job in ["status", "cert auth", sign] {
            let line = format!("--wait=1 {job} --json");
            let json = world.run(&line).failed(13, "reader.busy").json();
            assert_eq!(json["details"]["presented"], serde_json::Value::Null);
        }
        let run = world.run("--lang en --wait=1 status");
        assert_eq!(run.status, Some(13));
        for words in [
            "another program is using the card and did not let go in time",
            "--wait=SECONDS",
            "No PIN was sent.",
        ] {
            assert!(run.stderr.contains(words), "{}", run.stderr);
        }
        transaction
            .end(Disposition::LeaveCard)
            .map_err(|(_, error)| error)
            .unwrap();
        world.run(&format!("--wait=60 {sign}")).done();
        let inside = inside.lock().unwrap();
        assert_eq!(inside.attempts_left(Application::Jpki, 0x18), Some(3));
    });
}

/// A card that stops at a command until it is told to go on.
pub(crate) fn stopping(
    service: &Pcscd,
    stops: fn(&[u8]) -> bool,
) -> (ScriptedCard, Shared, Receiver<()>, Sender<()>) {
    let (reached, stopped) = channel();
    let (go_on, told) = channel();
    let (inserted, card) = insert(service, 0, "hanako", move |command, answer| {
        if stops(command) {
            let _ = reached.send(());
            let _ = told.recv();
        }
        answer
    });
    (inserted, card, stopped, go_on)
}

pub(crate) fn presents(command: &[u8]) -> bool {
    command[1] == 0x20 && command.len() > 5
}

#[test]
fn told_to_stop_the_program_lets_the_card_forget() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        world.write("a.txt", "A document.\n");
        world.write("pin", "1234");
        let (inserted, card, stopped, go_on) = stopping(service, presents);
        for name in ["INT", "TERM", "HUP"] {
            let sign = "--pin file:pin sign --format raw --key auth a.txt --json";
            let running = start(&world, &format!("{sign} --trace {name}"));
            stopped.recv().unwrap();
            signal(&running, name);
            go_on.send(()).unwrap();
            finish(running).failed(50, "operation.cancelled");
            inserted.wait_for(&Seen::PowerOff);
            let card = card.lock().unwrap();
            assert!(!card.rights_left(), "{name}: the card has not forgotten");
            assert_eq!(card.attempts_left(Application::Jpki, 0x18), Some(3));
            let trace = std::fs::read_to_string(world.path(name)).unwrap();
            assert!(trace.ends_with("# left: PowerOff\n"), "{trace}");
            assert!(!world.path("a.txt.sig").exists());
        }
    });
}

#[test]
fn before_a_pin_is_out_it_ends_at_once() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        world.write("pin", "1234");
        let check = "--pin file:pin pin check auth";
        let (_card, card, stopped, go_on) = stopping(service, |_| true);
        // The first command selects: nothing is out yet, and the card never answers.
        let running = start(&world, check);
        stopped.recv().unwrap();
        signal(&running, "TERM");
        assert_eq!(finish(running).status, Some(50));
        assert_eq!(
            card.lock().unwrap().attempts_left(Application::Jpki, 0x18),
            Some(3)
        );
        drop((stopped, go_on));
    });
}

#[test]
fn the_second_signal_ends_at_once() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        world.write("pin", "1234");
        let (_card, _, stopped, _go_on) = stopping(service, presents);
        let mut running = start(&world, "--pin file:pin pin check auth");
        stopped.recv().unwrap();
        signal(&running, "INT");
        assert!(
            running.try_wait().unwrap().is_none(),
            "the first one waits for the card"
        );
        signal(&running, "INT");
        assert_eq!(finish(running).status, Some(50));
    });
}

#[test]
fn what_was_signed_before_an_interrupt_is_kept_and_named() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        for name in ["a", "b", "c"] {
            world.write(name, name);
        }
        world.write("pin", "1234");
        let (_card, _, stopped, go_on) = stopping(service, |command| command[1] == 0x2A);
        let running = start(
            &world,
            "--pin file:pin sign --format raw --key auth a b c --json",
        );
        stopped.recv().unwrap();
        go_on.send(()).unwrap();
        stopped.recv().unwrap();
        signal(&running, "INT");
        go_on.send(()).unwrap();
        let run = finish(running).failed(50, "operation.cancelled");
        assert_eq!(
            run.json()["details"]["done"],
            serde_json::json!(["a.sig", "b.sig"])
        );
        assert!(world.path("b.sig").exists() && !world.path("c.sig").exists());
    });
}

fn start(world: &World, line: &str) -> Child {
    let mut command = world.command(line.split_whitespace());
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn finish(running: Child) -> Run {
    Run::of(running.wait_with_output().unwrap())
}

pub(crate) fn signal(running: &Child, name: &str) {
    assert!(card_tests::signal::send(name, &running.id().to_string()));
}

/// Waits until the program says something on standard error.
fn says(running: &mut Child, text: &str) {
    let mut line = String::new();
    let stderr = running.stderr.as_mut().unwrap();
    BufReader::new(stderr.take(4096))
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains(text), "{line}");
}
