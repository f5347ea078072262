//! The library through the real PC/SC service, on the simulated card behind the virtual reader.

use card_core::readers::{Choice, Occupancy, Service, choose};
use card_core::transport::pcsc::PcscCard;
use card_core::transport::{Leave, Since, Transport, TransportError};
use card_core::{Card, Error};
use card_sim::fault::{Fault, Plan};
use card_sim::os::quirk::Quirks;
use card_sim::persona::Persona;
use card_tests::conversation::Conversation;
use card_tests::foreign::{self, Tool};
use card_tests::pcscd;
use card_tests::resident::Resident;
use card_tests::vpcd::{ScriptedCard, Seen};

use crate::journey::{JOURNEYS, Journey};

/// A program of ours that is told what to do at the card.
pub(crate) const SECOND_PROGRAM: Tool = foreign::ours(env!("CARGO_BIN_EXE_second-program"));

/// A second program that has connected to the reader in this manner.
pub(crate) fn second_program(reader: &str, manner: &str) -> Conversation {
    let mut program = SECOND_PROGRAM.converse(&[reader, manner]);
    assert_eq!(program.line(), "ok");
    program
}

pub(crate) fn hanako() -> Persona {
    Persona::shipped("hanako").unwrap()
}

pub(crate) fn open(reader: &str) -> Result<PcscCard, TransportError> {
    Service::connect()?.open(reader)
}

pub(crate) fn journey(name: &str) -> &'static Journey {
    JOURNEYS.iter().find(|j| j.name == name).unwrap()
}

/// Runs a job in a connection of its own, as a program does.
pub(crate) fn run(journey: &Journey, reader: &str, who: &Persona) -> Result<(), Error> {
    (journey.run)(&mut Card::new(open(reader)?), who)
}

/// Every job on cards of this persona, with what it may cost and must leave.
fn every_job(card: &Resident, who: &Persona, budget: impl Fn(&Journey) -> Option<usize>) {
    for journey in JOURNEYS {
        card.reissue(who);
        run(journey, card.reader(), who).unwrap_or_else(|e| panic!("{}: {e}", journey.name));
        let (exchanges, presented) = card.seen();
        if let Some(budget) = budget(journey) {
            assert_eq!(exchanges, budget, "{}", journey.name);
        }
        assert_eq!(presented, journey.consents, "{}", journey.name);
        assert!(!card.rights_left(), "{}", journey.name);
        assert_eq!(card.attempts(), (Some(3), Some(5)), "{}", journey.name);
    }
}

#[test]
fn every_job_costs_what_it_costs_in_process() {
    pcscd::alone(1, |service| {
        let mut who = hanako();
        let reader = service.readers()[0].clone();
        // A card that announces extended lengths behind a reader that announces nothing.
        who.atr = vec![
            0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1,
            0x73, 0xC6, 0x01, 0xC0, 0x3B,
        ];
        let card = Resident::insert(service, &reader, &who);
        let link = Transport::begin(&mut open(&reader.name).unwrap())
            .unwrap()
            .0
            .link();
        assert_eq!((link.atr, link.largest_apdu), (who.atr.clone(), None));
        every_job(&card, &who, |journey| Some(journey.short));
    });
}

#[test]
fn every_job_works_with_the_quirks_that_a_wire_can_feel() {
    pcscd::alone(1, |service| {
        let mut who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        for (quirk, value) in [
            ("first-command", "6F00"),
            ("extended-length", "no"),
            ("short-file-id", "6A86"),
            ("short-file-id", "6A88"),
            ("long-answer", "61xx"),
            ("long-answer", "6Cxx"),
            ("failed-select", "loses"),
            ("query-when-verified", "9000"),
        ] {
            who.quirks = Quirks::default();
            who.quirks.set(quirk, value).unwrap();
            println!("{quirk} = {value}");
            every_job(&card, &who, |_| None);
        }
    });
}

#[test]
fn resets_by_others_are_told_and_our_own_are_not() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let mut library = Card::new(open(card.reader()).unwrap());
        let since = |library: &mut Card| library.begin().unwrap().since();
        assert_eq!(since(&mut library), Since::Unchanged);
        // Left as it is, reset, without power.
        for name in ["counters", "card number", "authentication signature"] {
            (journey(name).run)(&mut library, &who).unwrap();
            assert_eq!(since(&mut library), Since::Unchanged, "after {name}");
            assert_eq!(since(&mut library), Since::Unchanged, "after {name}");
        }
        let mut second = second_program(card.reader(), "shared");
        for (end, told) in [
            ("end leave", Since::Unchanged),
            ("end reset", Since::Reset),
            ("end unpower", Since::Reset),
        ] {
            assert_eq!(second.ask("begin"), "ok");
            assert_eq!(second.ask(end), "ok");
            assert_eq!(since(&mut library), told, "{end}");
            assert_eq!(since(&mut library), Since::Unchanged, "{end}");
            second.ask("reconnect");
        }
        // Ours first and then theirs: PC/SC has one word for both, and nothing of ours was lost.
        (journey("card number").run)(&mut library, &who).unwrap();
        second.ask("reconnect");
        assert_eq!(second.ask("begin"), "ok");
        assert_eq!(second.ask("end reset"), "ok");
        assert_eq!(since(&mut library), Since::Unchanged);
    });
}

#[test]
fn what_a_window_leaves_is_what_the_card_sees() {
    pcscd::alone(1, |service| {
        let reader = &service.readers()[0];
        let card = ScriptedCard::insert(reader, &[0x3B, 0x80, 0x01, 0x81], |_| vec![0x90, 0x00]);
        service.wait_for_card(reader);
        let mut transport = open(&reader.name).unwrap();
        for (mark, leave, expected) in [
            (1, Leave::AsIs, &[][..]),
            (2, Leave::Reset, &[Seen::Reset]),
            (3, Leave::PowerOff, &[Seen::PowerOff, Seen::PowerOn]),
        ] {
            let mut send = |mark, leave| {
                let command = [0, 0, 0, mark];
                let (mut window, _) = transport.begin().unwrap();
                assert_eq!(window.transmit(&command).unwrap().as_slice(), [0x90, 0x00]);
                window.end(leave).unwrap();
                card.wait_for(&Seen::Command(command.to_vec()))
            };
            send(mark, leave);
            let mut seen = send(0x10 + mark, Leave::AsIs);
            seen.pop();
            assert_eq!(seen, expected, "{leave:?}");
        }
        // Disconnecting does nothing to the card: it is still there for the next program as it was.
        drop(transport);
        let mut next = open(&reader.name).unwrap();
        next.begin().unwrap().0.transmit(&[0, 0, 0, 9]).unwrap();
        assert_eq!(card.wait_for(&Seen::Command(vec![0, 0, 0, 9])).len(), 1);
    });
}

#[test]
fn a_removed_card_never_comes_back_under_the_same_handle() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let mut card = Resident::insert(service, &service.readers()[0], &who);
        let mut idle = Card::new(open(card.reader()).unwrap());
        let mut unaware = Card::new(open(card.reader()).unwrap());
        let mut late = Card::new(open(card.reader()).unwrap());
        idle.begin().unwrap().end().unwrap();
        card.remove(service);
        assert_eq!(idle.begin().unwrap_err().code(), "card.removed");
        assert_eq!(open(card.reader()).unwrap_err(), TransportError::NoCard);
        card.insert_again(service);
        assert_eq!(idle.begin().unwrap_err().code(), "card.removed");
        // This one was not looked at while the reader was empty.
        assert_eq!(unaware.begin().unwrap_err().code(), "card.removed");
        assert_eq!(unaware.begin().unwrap_err().code(), "card.removed");
        // Nor this one, and then somebody reset the card that is in now: pcscd keeps one event
        // for a connection, the last one.
        let mut second = second_program(card.reader(), "shared");
        assert_eq!(second.ask("begin"), "ok");
        assert_eq!(second.ask("end reset"), "ok");
        assert_eq!(late.begin().unwrap_err().code(), "card.removed");
        assert_eq!(late.begin().unwrap_err().code(), "card.removed");
        run(journey("status"), card.reader(), &who).unwrap();
    });
}

#[test]
fn a_card_pulled_at_any_exchange_costs_nothing_and_is_named() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let mut card = Resident::insert(service, &service.readers()[0], &who);
        let signature = journey("authentication signature");
        for at in 1..=signature.short {
            card.plan(Plan::new().at(at, Fault::Remove));
            let mut library = Card::new(open(card.reader()).unwrap());
            match (signature.run)(&mut library, &who) {
                Err(error) => assert!(
                    ["card.removed", "card.silent"].contains(&error.code()),
                    "at {at}: {error}"
                ),
                Ok(()) => assert_eq!(at, signature.short, "only the forgetting was left"),
            }
            assert_eq!(card.attempts(), (Some(3), Some(5)), "at {at}");
            card.plan(Plan::new());
            card.remove(service);
            assert_eq!(
                library.begin().unwrap_err().code(),
                "card.removed",
                "at {at}"
            );
            card.insert_again(service);
            assert_eq!(
                library.begin().unwrap_err().code(),
                "card.removed",
                "at {at}"
            );
            run(journey("counters"), card.reader(), &who).unwrap();
        }
    });
}

#[test]
fn another_program_may_hold_the_reader_or_speak_first() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        {
            let _holder = second_program(card.reader(), "exclusive");
            assert_eq!(open(card.reader()).unwrap_err(), TransportError::Busy);
            let status = journey("status");
            assert_eq!(
                run(status, card.reader(), &who).unwrap_err().code(),
                "reader.busy"
            );
        }
        // Nobody can take it exclusively while we are connected.
        let mut library = Card::new(open(card.reader()).unwrap());
        let mut holder = SECOND_PROGRAM.converse(&[card.reader(), "exclusive"]);
        assert_eq!(holder.line(), "SharingViolation");

        // A transaction of another program is waited for, and ours is waited for by it.
        let mut second = second_program(card.reader(), "shared");
        assert_eq!(second.ask("begin"), "ok");
        let waiter = std::thread::spawn(move || {
            let begun = library.begin().map(|transaction| transaction.since());
            (library, begun)
        });
        // It asks for the card, and does not get it.
        assert!(second.is_silent_for(std::time::Duration::from_millis(300)));
        assert!(!waiter.is_finished());
        assert_eq!(second.ask("end leave"), "ok");
        let (mut library, begun) = waiter.join().unwrap();
        assert_eq!(begun, Ok(Since::Unchanged));

        let transaction = library.begin().unwrap();
        second.tell("begin");
        assert!(second.is_silent_for(std::time::Duration::from_millis(300)));
        transaction.end().unwrap();
        assert_eq!(second.line(), "ok");
    });
}

#[test]
fn a_service_that_goes_away_is_named_and_a_new_one_serves() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let mut card = Resident::insert(service, &service.readers()[0], &who);
        let mut idle = Card::new(open(card.reader()).unwrap());
        let mut busy = Card::new(open(card.reader()).unwrap());
        idle.begin().unwrap().end().unwrap();
        let mut transaction = busy.begin().unwrap();
        let mut jpki = transaction.jpki().unwrap();
        service.stop();
        assert_eq!(
            jpki.authentication_attempts().unwrap_err().code(),
            "service.none"
        );
        drop(transaction);
        assert_eq!(idle.begin().unwrap_err().code(), "service.none");
        assert_eq!(Service::connect().unwrap_err(), TransportError::NoService);
        service.restart();
        card.remove(service);
        card.insert_again(service);
        // The old connection died with the service; a PIN typed for it reaches nobody.
        assert_eq!(idle.begin().unwrap_err().code(), "service.none");
        assert_eq!(busy.begin().unwrap_err().code(), "service.none");
        run(journey("authentication signature"), card.reader(), &who).unwrap();
    });
}

#[test]
fn no_reader_has_its_own_name() {
    pcscd::alone(0, |service| {
        let readers = Service::connect().unwrap().readers().unwrap();
        assert_eq!(readers, []);
        assert_eq!(
            choose(&readers, &Choice::Only).unwrap_err().code(),
            "reader.none"
        );
        assert_eq!(
            open("Nowhere 00 00").unwrap_err(),
            TransportError::ReaderGone
        );
        service.stop();
        assert_eq!(Service::connect().unwrap_err(), TransportError::NoService);
    });
}

#[test]
fn no_card_another_kind_of_card_and_a_mute_one_have_their_own_names() {
    pcscd::alone(1, |service| {
        let reader = &service.readers()[0];
        assert_eq!(open(&reader.name).unwrap_err(), TransportError::NoCard);
        let other = ScriptedCard::insert(reader, &[0x3B, 0x80, 0x01, 0x81], |_| vec![0x6A, 0x82]);
        service.wait_for_card(reader);
        let mut library = Card::new(open(&reader.name).unwrap());
        let error = library.begin().unwrap().jpki().unwrap_err();
        assert_eq!(error.code(), "application.missing");
        let error = library.begin().unwrap().common().unwrap_err();
        assert_eq!(error.code(), "application.missing");
        drop(other);
        service.wait_for_empty(reader);

        // Upside down, dirty, or no smart card: what is no answer to reset, and what is too long
        // for one, so that pcscd cannot give it power.
        for (atr, occupancy) in [
            (
                vec![0xFF],
                Occupancy::Card {
                    atr: vec![0xFF],
                    exclusive: false,
                },
            ),
            (vec![0x3B; 40], Occupancy::Mute),
        ] {
            let mute = ScriptedCard::insert(reader, &atr, |_| Vec::new());
            service.wait_for_something(reader);
            let seen = Service::connect().unwrap().readers().unwrap();
            assert_eq!(seen[0].occupancy, occupancy);
            assert_eq!(open(&reader.name).unwrap_err(), TransportError::Mute);
            drop(mute);
            service.wait_for_empty(reader);
        }
    });
}
