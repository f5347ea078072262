//! Readers and cards that come and go, in the real PC/SC service.

use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use card_core::readers::{Change, Choice, Occupancy, Service, Stopper, Watch, choose, find_card};
use card_sim::persona::Persona;
use card_tests::pcscd;
use card_tests::resident::Resident;
use card_tests::vpcd::ScriptedCard;

use crate::real_pcscd::{hanako, journey, run, second_program};

fn resident(id: &str) -> Persona {
    Persona::shipped(id).unwrap()
}

#[test]
fn several_cards_are_listed_chosen_and_found() {
    pcscd::alone(4, |service| {
        let readers = service.readers().to_vec();
        let people = ["hanako", "taro", "kodomo"].map(resident);
        let cards: Vec<_> = people
            .iter()
            .zip(&readers)
            .map(|(who, reader)| Resident::insert(service, reader, who))
            .collect();
        let library = Service::connect().unwrap();
        let seen = library.readers().unwrap();
        for (seen, (reader, who)) in seen.iter().zip(readers.iter().zip(&people)) {
            assert_eq!(seen.name, reader.name);
            let atr = who.atr.clone();
            let exclusive = false;
            assert_eq!(seen.occupancy, Occupancy::Card { atr, exclusive });
        }
        assert_eq!((seen.len(), &seen[3].occupancy), (4, &Occupancy::Empty));

        let code = |choice| choose(&seen, &choice).unwrap_err().code();
        let name = |choice| choose(&seen, &choice).unwrap().name.clone();
        let part = |text: &str| Choice::Name(text.into());
        assert_eq!(code(Choice::Only), "card.several");
        assert_eq!(code(part("virtual0")), "reader.ambiguous");
        assert_eq!(code(part("Sony")), "reader.unknown");
        assert_eq!(code(Choice::Index(4)), "reader.unknown");
        assert_eq!(name(Choice::Index(2)), "Virtual1 00 00");
        assert_eq!(name(part("1 00 00")), "Virtual1 00 00");
        assert_eq!(name(part(&readers[1].name)), readers[1].name);

        // The second card by its number: the first is asked too, the third is not.
        let asked = || cards.iter().map(|card| card.seen().0).collect::<Vec<_>>();
        let (found, mut card) = find_card(&library, &people[1].card.serial).unwrap();
        assert_eq!(
            (found.name, asked()),
            (readers[1].name.clone(), vec![2, 2, 0])
        );
        (journey("authentication certificate").run)(&mut card, &people[1]).unwrap();
        // One that another program holds is passed over.
        let holder = second_program(&readers[0].name, "exclusive");
        let none = find_card(&library, &people[0].card.serial).unwrap_err();
        assert_eq!((none.code(), asked()[0]), ("reader.unknown", 2));
        drop(holder);
        // A child's card has the common application as well; nobody has this number.
        assert_eq!(
            find_card(&library, "000000000000000").unwrap_err().code(),
            "reader.unknown"
        );

        // Each answers for its own person.
        for (who, reader) in people.iter().zip(&readers) {
            run(journey("authentication signature"), &reader.name, who).unwrap();
        }
        assert!(cards.iter().all(|card| !card.rights_left()));
    });
}

/// A watch in a thread of its own, whose changes are waited for.
struct Watching {
    changes: Receiver<Change>,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

impl Watching {
    fn start() -> Self {
        let watch = Watch::new();
        let stopper = watch.stopper();
        let (tell, changes) = channel();
        let thread = std::thread::spawn(move || {
            for change in watch {
                tell.send(change).unwrap();
            }
        });
        Self {
            changes,
            stopper,
            thread: Some(thread),
        }
    }

    fn next(&self) -> Change {
        self.changes
            .recv_timeout(Duration::from_secs(60))
            .expect("a change")
    }

    fn expect(&self, expected: &[Change]) {
        for expected in expected {
            assert_eq!(self.next(), *expected);
        }
    }

    /// Stops the watch, which must have nothing more to say.
    fn stop(mut self) {
        self.stopper.stop();
        self.thread.take().unwrap().join().unwrap();
        assert_eq!(self.changes.iter().collect::<Vec<_>>(), []);
    }
}

fn plugged(reader: &str) -> Change {
    Change::Plugged {
        reader: reader.into(),
    }
}

fn unplugged(reader: &str) -> Change {
    Change::Unplugged {
        reader: reader.into(),
    }
}

fn removed(reader: &str) -> Change {
    Change::Removed {
        reader: reader.into(),
    }
}

fn inserted(reader: &str, who: &Persona) -> Change {
    Change::Inserted {
        reader: reader.into(),
        atr: who.atr.clone(),
    }
}

const FIRST: &str = "Virtual0 00 00";
const SECOND: &str = "Virtual0 00 01";
const LATER: [&str; 2] = ["Virtual1 00 00", "Virtual1 00 01"];

#[test]
fn cards_are_seen_to_come_and_go() {
    pcscd::alone(2, |service| {
        let who = hanako();
        let mut card = Resident::insert(service, &service.readers()[0], &who);
        let watching = Watching::start();
        watching.expect(&[plugged(FIRST), inserted(FIRST, &who), plugged(SECOND)]);

        // What programs do with the card is no change: resets, power, transactions, locks.
        for name in ["status", "card number", "authentication signature"] {
            run(journey(name), FIRST, &who).unwrap();
        }
        drop(second_program(FIRST, "exclusive"));

        card.remove(service);
        watching.expect(&[removed(FIRST)]);
        card.insert_again(service);
        watching.expect(&[inserted(FIRST, &who)]);
        let taro = resident("taro");
        let _other = Resident::insert(service, &service.readers()[1], &taro);
        watching.expect(&[inserted(SECOND, &taro)]);

        watching.stop();
    });
}

#[test]
fn a_restart_of_the_service_is_told_and_readers_that_came_with_it_are_seen() {
    pcscd::alone(2, |service| {
        let who = hanako();
        let mut card = Resident::insert(service, &service.readers()[0], &who);
        let watching = Watching::start();
        watching.expect(&[plugged(FIRST), inserted(FIRST, &who), plugged(SECOND)]);
        service.stop();
        watching.expect(&[removed(FIRST), unplugged(FIRST), unplugged(SECOND)]);
        watching.expect(&[Change::ServiceLost]);

        service.restart_with(2);
        watching.expect(&[Change::ServiceBack]);
        // The card looks for its reader by itself and may be back before the watch is.
        let mut changes: Vec<_> = (0..5).map(|_| watching.next()).collect();
        changes.retain(|change| *change != inserted(FIRST, &who));
        assert_eq!(changes, [FIRST, SECOND, LATER[0], LATER[1]].map(plugged));

        let kodomo = resident("kodomo");
        let _third = Resident::insert(service, &service.readers()[3], &kodomo);
        watching.expect(&[inserted(LATER[1], &kodomo)]);
        card.remove(service);
        watching.expect(&[removed(FIRST)]);
        watching.stop();
    });
}

#[test]
fn a_wait_sleeps_while_nothing_comes_or_goes() {
    pcscd::alone(2, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let library = Service::connect().unwrap();
        let most = Duration::from_millis(300);
        let sleeps = |what| {
            let known = library.readers().unwrap();
            let begun = Instant::now();
            library.wait(&known, most).unwrap();
            assert!(begun.elapsed() >= most, "{what}: {known:?}");
        };
        sleeps("nobody uses the card");
        let shared = second_program(card.reader(), "shared");
        sleeps("others use it");
        drop(shared);
        let exclusive = second_program(card.reader(), "exclusive");
        sleeps("somebody holds it");
        drop(exclusive);
        drop(card);
        service.wait_for_empty(&service.readers()[0]);
        sleeps("it is gone");
        let _mute = ScriptedCard::insert(&service.readers()[1], &[0x3B; 40], |_| Vec::new());
        service.wait_for_something(&service.readers()[1]);
        sleeps("another one is mute");
    });
}

#[test]
fn a_watch_waits_for_a_service_and_is_stopped_while_it_waits() {
    pcscd::alone(2, |service| {
        service.stop();
        let watching = Watching::start();
        watching.expect(&[Change::ServiceLost]);
        watching.stop();

        let watching = Watching::start();
        watching.expect(&[Change::ServiceLost]);
        service.restart();
        watching.expect(&[Change::ServiceBack, plugged(FIRST), plugged(SECOND)]);
        // Now it waits inside the service, for something that never comes.
        let begun = Instant::now();
        watching.stop();
        assert!(begun.elapsed() < Duration::from_secs(60));
    });
}

#[test]
fn a_poll_never_waits_and_an_idle_card_is_opened_again_only_if_it_is_the_same() {
    pcscd::alone(2, |service| {
        let who = hanako();
        let mut card = Resident::insert(service, &service.readers()[0], &who);
        let mut watch = Watch::new();
        let mut poll = || std::iter::from_fn(|| watch.poll()).collect::<Vec<_>>();
        assert_eq!(
            poll(),
            [plugged(FIRST), inserted(FIRST, &who), plugged(SECOND)]
        );
        assert_eq!(poll(), []);

        let library = Service::connect().unwrap();
        let seen = library.readers().unwrap();
        for _ in 0..2 {
            let opened = library.open_same(&seen[0]).unwrap();
            (journey("authentication certificate").run)(&mut card_core::Card::new(opened), &who)
                .unwrap();
        }
        card.remove(service);
        assert_eq!(poll(), [removed(FIRST)]);
        let code = |error: card_core::transport::TransportError| error.code();
        assert_eq!(
            library.open_same(&seen[0]).map_err(code).unwrap_err(),
            "card.removed"
        );
        card.insert_again(service);
        assert_eq!(poll(), [inserted(FIRST, &who)]);
        assert_eq!(
            library.open_same(&seen[0]).map_err(code).unwrap_err(),
            "card.removed"
        );
        assert!(library.open(FIRST).is_ok());

        service.stop();
        assert_eq!(poll().last(), Some(&Change::ServiceLost));
        assert_eq!(poll(), []);
    });
}
