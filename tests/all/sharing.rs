//! Other programs that share the card, through the real PC/SC service.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use card_core::Card;
use card_core::observe::{Event, Exchange, Observer};
use card_core::readers::{Change, Watch};
use card_core::transport::{Since, TransportError};
use card_sim::fault::Wire;
use card_sim::front::vpcd::Inserted;
use card_sim::os::CardOs;
use card_sim::state::Persistent;
use card_tests::pcscd;
use card_tests::resident::Resident;
use card_tests::rude::smartcardio;
use card_tests::vpcd::ScriptedCard;

use crate::real_pcscd::{SECOND_PROGRAM, hanako, journey, open, run, second_program};

const SELECT_JPKI: &str = "00A4040C0AD392F000260100000001";

/// pyscard disconnects so by default, also when its program just ends.
#[test]
fn a_card_that_another_program_left_without_power_gets_it_again() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let mut library = Card::new(open(card.reader()).unwrap());
        let bystander = second_program(card.reader(), "shared");
        for journey in [
            "counters",
            "authentication signature",
            "counters",
            "card number",
        ]
        .map(journey)
        {
            // A reset that follows our own before our next window goes untold: nothing was left.
            library.begin().unwrap().end().unwrap();
            let mut rude = second_program(card.reader(), "shared");
            assert_eq!(rude.ask("disconnect unpower"), "ok");
            assert_eq!(library.begin().unwrap().since(), Since::Reset);
            assert_eq!(library.begin().unwrap().since(), Since::Unchanged);
            let mut rude = second_program(card.reader(), "shared");
            assert_eq!(rude.ask("disconnect unpower"), "ok");
            (journey.run)(&mut library, &who).unwrap();
            // And the next program, whatever it is.
            let mut other = second_program(card.reader(), "shared");
            assert_eq!(other.ask(&format!("send {SELECT_JPKI}")), "9000");
            run(journey, card.reader(), &who).unwrap();
        }
        assert_eq!(card.attempts(), (Some(3), Some(5)));
        assert!(!card.rights_left());
        drop(bystander);
    });
}

/// pcscd 1.9.9 believes the power to be there once any program has reconnected and left the card.
#[test]
fn a_card_without_power_is_opened_although_the_service_refuses_new_connections() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let mut polite = second_program(card.reader(), "shared");
        let mut rude = second_program(card.reader(), "shared");
        assert_eq!(rude.ask("disconnect unpower"), "ok");
        assert_eq!(polite.ask(&format!("send {SELECT_JPKI}")), "ResetCard");
        assert_eq!(polite.ask("reconnect"), "ok");
        let mut refused = SECOND_PROGRAM.converse(&[card.reader(), "shared"]);
        assert_eq!(refused.line(), "UnpoweredCard");
        run(journey("authentication signature"), card.reader(), &who).unwrap();
        assert_eq!(polite.ask(&format!("send {SELECT_JPKI}")), "ResetCard");
        assert_eq!(polite.ask("reconnect"), "ok");
        assert_eq!(polite.ask(&format!("send {SELECT_JPKI}")), "9000");
    });
}

/// A reset that another program began and that went wrong, or is not at its end: the service calls
/// the card mute, in one way with a broken answer to reset and in another with none.
#[test]
fn a_card_that_was_mute_after_the_reset_of_another_program_is_reset_once_more() {
    pcscd::alone(1, |service| {
        let reader = &service.readers()[0];
        let atr = hanako().atr;
        let card = ScriptedCard::insert(reader, &atr, |_| vec![0x90, 0]);
        service.wait_for_card(reader);
        let mut library = Card::new(open(&reader.name).unwrap());
        library.begin().unwrap().end().unwrap();
        for broken in [&[0xFF][..], &[0x3B; 40]] {
            let mut rude = second_program(&reader.name, "shared");
            card.set_atr(broken);
            // Some services tell that program of it, and some do not.
            rude.ask("disconnect reset");
            card.set_atr(&atr);
            assert_eq!(
                library.begin().unwrap().since(),
                Since::Reset,
                "{broken:02X?}"
            );
            assert_eq!(library.begin().unwrap().since(), Since::Unchanged);
        }
        // A newcomer likewise, unless the service knows of no answer at all.
        let mut rude = second_program(&reader.name, "shared");
        card.set_atr(&[0xFF]);
        rude.ask("disconnect reset");
        card.set_atr(&atr);
        let mut newcomer = Card::new(open(&reader.name).unwrap());
        newcomer.begin().unwrap().end().unwrap();
        assert_eq!(library.begin().unwrap().since(), Since::Reset);
        // One that stays mute is called so.
        let mut rude = second_program(&reader.name, "shared");
        card.set_atr(&[0xFF]);
        rude.ask("disconnect reset");
        assert_eq!(library.begin().err().unwrap().code(), "card.mute");
        assert_eq!(open(&reader.name).unwrap_err(), TransportError::Mute);
    });
}

/// A card without power says nothing, so the virtual reader must be told that the card is away: it
/// waits for an answer that is empty until the service is killed.
#[test]
fn a_command_to_the_simulated_card_without_power_fails_and_hangs_nothing() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let mut card = Resident::insert(service, &service.readers()[0], &who);
        let mut polite = second_program(card.reader(), "shared");
        let mut rude = second_program(card.reader(), "shared");
        assert_eq!(rude.ask("disconnect unpower"), "ok");
        assert_eq!(polite.ask(&format!("send {SELECT_JPKI}")), "ResetCard");
        // As most programs do. pcscd 1.9.9 gives no power for that.
        assert_eq!(polite.ask("reconnect"), "ok");
        // An error, or no byte at all, with or without the reader noticing that the card was away.
        let answer = polite.ask(&format!("send {SELECT_JPKI}"));
        assert!(!answer.ends_with("9000"), "{answer}");
        card.remove(service);
        card.insert_again(service);
        run(journey("counters"), card.reader(), &who).unwrap();
    });
}

/// Where a turn must come, however busy the machine is.
const WATCHDOG: Duration = Duration::from_secs(60);

/// `SCardBeginTransaction` knows no limit and cannot be interrupted.
#[test]
fn a_transaction_of_another_program_is_waited_for_as_long_as_was_said() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let mut holder = second_program(card.reader(), "shared");
        assert_eq!(holder.ask("begin"), "ok");
        // Opening sends nothing and waits for nothing.
        let mut library =
            Card::new(open(card.reader()).unwrap()).waiting_at_most(Duration::from_millis(200));
        for _ in 0..3 {
            assert_eq!(library.begin().unwrap_err().code(), "reader.busy");
        }
        let flag = Arc::new(AtomicBool::new(false));
        let (events, seen) = mpsc::channel();
        let mut patient = Card::new(open(card.reader()).unwrap())
            .observed_by(Events(events))
            .interrupted_by(Arc::clone(&flag));
        std::thread::scope(|scope| {
            let cancelled = scope.spawn(|| patient.begin().map(|_| ()).unwrap_err().code());
            assert_eq!(seen.recv().unwrap(), "Waiting");
            flag.store(true, Ordering::SeqCst);
            assert_eq!(cancelled.join().unwrap(), "operation.cancelled");
        });
        // A card that is closed while its thread still waits takes nothing from others.
        drop(patient);
        assert_eq!(holder.ask("end leave"), "ok");
        let signature = journey("authentication signature");
        library = library.waiting_at_most(WATCHDOG);
        (signature.run)(&mut library, &who).unwrap();
        library.begin().unwrap().end().unwrap();
        // Neither does a wait that was given up: its transaction has ended by itself.
        assert_eq!(holder.ask("reconnect"), "ok");
        assert_eq!(holder.ask("begin"), "ok");
        library = library.waiting_at_most(Duration::from_millis(200));
        assert_eq!(library.begin().unwrap_err().code(), "reader.busy");
        assert_eq!(holder.ask("end leave"), "ok");
        assert_eq!(holder.ask("begin"), "ok");
        assert_eq!(holder.ask(&format!("send {SELECT_JPKI}")), "9000");
        assert_eq!(holder.ask("end reset"), "ok");
        library = library.waiting_at_most(WATCHDOG);
        assert_eq!(library.begin().unwrap().since(), Since::Reset);
        assert_eq!(card.seen().1, 1);
    });
}

/// Passes the name of each event on.
struct Events(mpsc::Sender<String>);

impl Observer for Events {
    fn exchange(&mut self, _: &Exchange<'_>) {}

    fn event(&mut self, event: &Event) {
        let _ = self.0.send(format!("{event:?}"));
    }
}

#[test]
fn a_reader_whose_name_is_not_utf8_is_opened_and_watched() {
    pcscd::alone(1, |service| {
        let who = hanako();
        // In Shift_JIS, with a backslash inside a character.
        service.rename(b"\x83\x4a\x81\x5b\x83\x5c");
        let reader = service.readers()[0].clone();
        let wire = Wire::new(CardOs::new(&who, Persistent::in_memory()));
        let _inserted = Inserted::insert(Arc::new(Mutex::new(wire)), reader.port, |_| {}).unwrap();
        let told = Watch::new().find_map(|change| match change {
            Change::Inserted { reader, .. } => Some(reader),
            _ => None,
        });
        let name = told.unwrap();
        assert_eq!(name, r"\x83J\x81[\x83\\ 00 00");
        run(journey("authentication signature"), &name, &who).unwrap();
        let mut card = Card::new(open(&name).unwrap());
        assert_eq!(card.reader().name, name);
        assert_eq!(card.begin().unwrap().since(), Since::Unchanged);
    });
}

/// Why our card never answers 6Cxx to a command with a PIN: the last digit is replaced and the rest
/// is sent again. The property that is said to end GET RESPONSE ends that too.
#[test]
fn java_repeats_a_command_after_6cxx_with_its_last_byte_replaced() {
    pcscd::alone(1, |service| {
        let reader = &service.readers()[0];
        let off = "-Dsun.security.smartcardio.t1GetResponse=false";
        let verify = [0, 0x20, 0, 0x80, 4, 0x31, 0x32, 0x33, 0x34];
        let replaced = [0, 0x20, 0, 0x80, 4, 0x31, 0x32, 0x33, 0x02];
        let more = [0, 0xC0, 0, 0, 2];
        for (answer, property, second) in [
            ([0x6C, 2], None, Some(&replaced[..])),
            ([0x61, 2], None, Some(&more)),
            ([0x6C, 2], Some(off), None),
            ([0x61, 2], Some(off), None),
        ] {
            let sent = Arc::new(Mutex::new(Vec::new()));
            let inside = Arc::clone(&sent);
            let card = ScriptedCard::insert(reader, &hanako().atr, move |command| {
                let mut sent = inside.lock().unwrap();
                sent.push(command.to_vec());
                if sent.len() == 1 {
                    answer.to_vec()
                } else {
                    vec![0x90, 0]
                }
            });
            service.wait_for_card(reader);
            let mut words: Vec<&str> = property.into_iter().collect();
            words.push("002000800431323334");
            let mut java = smartcardio(&reader.name, &words);
            let told = java.line();
            assert!(java.end().success());
            let wanted: Vec<Vec<u8>> = [Some(&verify[..]), second]
                .into_iter()
                .flatten()
                .map(<[u8]>::to_vec)
                .collect();
            assert_eq!(
                *sent.lock().unwrap(),
                wanted,
                "{answer:02X?} {property:?}: {told}"
            );
            drop(card);
            service.wait_for_empty(reader);
        }
    });
}
