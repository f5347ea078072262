//! Every job, interrupted at every exchange in every way.

use card_core::digest::{Digest, HashAlgorithm};
use card_core::domain::date::UtcTime;
use card_core::pin::LicencePin;
use card_core::{Card, Error, Spend};
use card_sign::cms::SignedData;
use card_sign::{CardSigner, DocumentSigner, SignError, jws, pdf, xml};
use card_sim::fault::{Fault, Plan, presents_a_pin};
use card_sim::front::control::Keys;
use card_sim::front::in_process::SimulatedCard;
use card_sim::persona::Persona;

use crate::journey::{COUNTERS, JOURNEYS, Journey, left, run};

/// The faults with the codes that may name them; an empty answer half way is lost or misread.
fn faults() -> [(Fault, &'static [&'static str]); 7] {
    [
        (Fault::Remove, &["card.removed"]),
        (Fault::ReaderGone, &["reader.gone"]),
        (Fault::ForeignReset, &["card.reset"]),
        (Fault::LoseAnswer, &["card.silent"]),
        (Fault::Truncate(1), &["card.silent"]),
        (
            Fault::Truncate(40),
            &["card.refused", "card.malformed", "card.silent"],
        ),
        (Fault::Status(0x6F00), &["card.refused"]),
    ]
}

/// The commands of a job that nothing interrupts.
fn undisturbed(journey: &Journey, who: &Persona) -> Vec<Vec<u8>> {
    let card = inserted(who);
    card.record_commands(true);
    run(journey, &card, who).unwrap();
    card.commands()
}

/// A card in a reader with a keypad, on which the right PIN is typed once.
fn inserted(who: &Persona) -> SimulatedCard {
    let card = SimulatedCard::new(who);
    card.set_keys(Keys::parse(&who.authentication_pin.value));
    card
}

/// At which exchange, from 1, a job presents its PIN.
fn place_of_verify(journey: &Journey, who: &Persona) -> usize {
    let commands = undisturbed(journey, who);
    let verify = commands.iter().position(|command| presents_a_pin(command));
    verify.unwrap() + 1
}

/// Operations of the other crates, and of this one those that are no daily job.
const FURTHER: [Journey; 6] = [
    further("document, CMS", |card, who| {
        document(card, who, |signer| {
            let digest = Digest::of(HashAlgorithm::Sha256, b"a document");
            SignedData::new().sign(signer, &digest, None).map(drop)
        })
    }),
    further("document, PDF", |card, who| {
        document(card, who, |signer| {
            let time = UtcTime::from_unix(1_795_575_600).unwrap();
            let request = pdf::Request::new(pdf::Profile::Pades, "name", time);
            let contract = include_bytes!("../../docs/guide/contract.pdf");
            let prepared = pdf::prepare(contract, &request).unwrap();
            let signed = prepared.sign(signer)?;
            prepared.assemble(&signed).unwrap();
            Ok(())
        })
    }),
    further("document, XML", |card, who| {
        document(card, who, |signer| {
            xml::Draft::enveloped(b"<a>text</a>")?
                .sign(signer)
                .map(drop)
        })
    }),
    further("document, JWS", |card, who| {
        document(card, who, |signer| {
            let certificates = jws::Certificates::Signer;
            jws::sign_compact(signer, None, certificates, b"text").map(drop)
        })
    }),
    further("signature, PIN on the reader", |card, _| {
        let mut transaction = card.begin()?;
        let mut jpki = transaction.jpki()?;
        let digest = Digest::of(HashAlgorithm::Sha256, b"a document");
        jpki.unlock_authentication_on_pinpad(Spend::KeepOne)?
            .sign(&digest)?;
        transaction.end()
    }),
    Journey {
        name: "census",
        run: |card, _| {
            let mut transaction = card.begin()?;
            card_core::probe::census(&mut transaction)?;
            transaction.end()
        },
        consents: 0,
        short: 0,
        extended: 0,
    },
];

/// The driving licence, which not every card has.
const LICENCE: Journey = further("licence, record and signature", |card, who| {
    let pin = who
        .licence
        .as_ref()
        .and_then(|licence| licence.pin.as_ref());
    let pin = LicencePin::parse(pin.unwrap().value.as_bytes()).unwrap();
    let mut transaction = card.begin()?;
    let mut licence = transaction.licence()?;
    let mut open = licence.unlock(&pin, Spend::KeepOne)?;
    open.record()?;
    open.signature()?;
    transaction.end()
});

/// A job with one consent, whose exchanges are counted elsewhere.
const fn further(name: &'static str, run: fn(&mut Card, &Persona) -> Result<(), Error>) -> Journey {
    Journey {
        name,
        run,
        consents: 1,
        short: 0,
        extended: 0,
    }
}

fn document(
    card: &mut Card,
    who: &Persona,
    sign: impl Fn(&mut dyn DocumentSigner) -> Result<(), SignError>,
) -> Result<(), Error> {
    let password = who.signature_password.value.as_bytes();
    let password = card_core::SignaturePassword::parse(password).unwrap();
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    let mut key = jpki.unlock_signature(&password, card_core::Spend::KeepOne)?;
    let certificate = key.certificate()?;
    let mut signer = CardSigner::signature(&mut key, certificate, Vec::new()).unwrap();
    let signed = sign(&mut signer);
    drop(signer);
    match signed {
        Ok(()) => transaction.end(),
        Err(SignError::Signer(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

/// An answer of the card that a job takes as an answer, and what it makes of it.
struct Taken {
    job: &'static str,
    command: fn(&[u8]) -> bool,
    why: &'static str,
}

const TAKEN: [Taken; 4] = [
    Taken {
        job: "status",
        command: |command| command.starts_with(&[0x00, 0xA4, 0x04]),
        why: "an application that refuses to be selected is not there",
    },
    Taken {
        job: "age, proven",
        command: |command| command.starts_with(&[0x80, 0x2A]),
        why: "a challenge that is refused is a finding, not an error",
    },
    Taken {
        job: "profile, proven",
        command: |command| command.starts_with(&[0x80, 0x2A]),
        why: "a challenge that is refused is a finding, not an error",
    },
    Taken {
        job: "census",
        command: |_| true,
        why: "what the card says is what is counted",
    },
];

/// Every operation × exchange × fault; how many there were is printed.
#[test]
fn every_job_survives_every_fault_at_every_exchange() {
    let hanako = Persona::shipped("hanako").unwrap();
    let licensed = Persona::shipped("menkyo").unwrap();
    let (mut operations, mut places, mut cases) = (0, 0, 0);
    let mut unnoticed = Vec::new();
    let of_hanako = JOURNEYS.iter().chain(&FURTHER).map(|one| (&hanako, one));
    for (who, journey) in of_hanako.chain([(&licensed, &LICENCE)]) {
        let commands = undisturbed(journey, who);
        operations += 1;
        places += commands.len();
        for at in 1..=commands.len() {
            for (fault, codes) in faults() {
                cases += 1;
                unnoticed.extend(interrupted(journey, who, at, &commands, fault, codes));
            }
        }
    }
    for Taken { job, why, .. } in &TAKEN {
        println!("{job}: {why}");
    }
    println!("{operations} operations, {places} exchanges, {cases} interruptions");
    assert!(unnoticed.is_empty(), "unnoticed:\n{}", unnoticed.join("\n"));
    assert!(operations >= 30 && cases >= 4300, "{operations} {cases}");
}

fn interrupted(
    journey: &Journey,
    who: &Persona,
    at: usize,
    commands: &[Vec<u8>],
    fault: Fault,
    codes: &[&str],
) -> Option<String> {
    let command = &commands[at - 1];
    let place = format!(
        "{} with {fault:?} at exchange {at}, {:02X?}",
        journey.name,
        &command[..4]
    );
    let card = inserted(who);
    card.set_plan(Plan::new().at(at, fault));
    let mut unnoticed = None;
    match run(journey, &card, who) {
        Err(error) => assert!(codes.contains(&error.code()), "{place}: {error}"),
        Ok(()) => {
            // What was asked for was done before the card was made to forget.
            let done = at == commands.len() && journey.consents > 0;
            let taken = match fault {
                // The first SELECT may be repeated.
                Fault::Status(_) => {
                    at == 1
                        || TAKEN
                            .iter()
                            .any(|taken| taken.job == journey.name && (taken.command)(command))
                }
                // A short answer to READ is continued where it ended.
                Fault::Truncate(40) => true,
                _ => false,
            };
            if !done && !taken {
                unnoticed = Some(place.clone());
            }
        }
    }
    assert!(
        card.verify_commands_seen() <= journey.consents,
        "{place}: presented too often"
    );
    assert!(!card.rights_left(), "{place}: the card has not forgotten");
    for (application, file, maximum) in COUNTERS {
        assert_eq!(
            card.attempts_left(application, file),
            Some(maximum),
            "{place}: a right PIN was counted against {file:04X} of {application:?}"
        );
    }
    card.set_plan(Plan::new());
    card.insert();
    let again = JOURNEYS
        .iter()
        .find(|journey| journey.name == "status")
        .unwrap();
    run(again, &card, who).unwrap_or_else(|error| panic!("{place}, next run: {error}"));
    unnoticed
}

#[test]
fn a_wrong_pin_costs_one_attempt_whatever_interrupts_it() {
    let who = Persona::shipped("hanako").unwrap();
    let wrong = card_core::UserPin::parse(b"0000").unwrap();
    let present = |card: &mut Card| -> Result<(), Error> {
        let mut transaction = card.begin()?;
        let mut jpki = transaction.jpki()?;
        let unlocked = jpki.unlock_authentication(&wrong, card_core::Spend::KeepOne);
        unlocked.map(|_| ())
    };
    for at in 1..=4 {
        for (fault, _) in faults() {
            let place = format!("{fault:?} at exchange {at}");
            let card = SimulatedCard::new(&who);
            card.set_plan(Plan::new().at(at, fault));
            let mut library = Card::new(card.reader());
            present(&mut library).unwrap_err();
            assert!(card.verify_commands_seen() <= 1, "{place}");
            assert!(left(&card, 0x18).unwrap() >= 2, "{place}");
            assert!(!card.rights_left(), "{place}");
        }
    }
}

#[test]
fn a_wrong_verification_number_costs_one_of_ten_whatever_interrupts_it() {
    use card_core::pin::{VerificationNumberA, VerificationNumberB};
    use card_sim::applets::Application;
    let who = Persona::shipped("hanako").unwrap();
    let a = VerificationNumberA::parse(b"123456789018").unwrap();
    let b = VerificationNumberB::parse(b"55021720352285").unwrap();
    type Presenting<'a> = &'a dyn Fn(&mut Card) -> Result<(), Error>;
    let spend = card_core::Spend::KeepOne;
    let presentings: [(Application, u16, Presenting<'_>); 4] = [
        (Application::Profile, 0x14, &|card| {
            let mut transaction = card.begin()?;
            transaction.profile()?.unlock(&a, spend).map(|_| ())
        }),
        (Application::Profile, 0x15, &|card| {
            let mut transaction = card.begin()?;
            transaction.profile()?.unlock(&b, spend).map(|_| ())
        }),
        (Application::Visual, 0x13, &|card| {
            let mut transaction = card.begin()?;
            transaction.visual()?.unlock(&a, spend).map(|_| ())
        }),
        (Application::Visual, 0x12, &|card| {
            let mut transaction = card.begin()?;
            transaction.visual()?.unlock(&b, spend).map(|_| ())
        }),
    ];
    for (application, file, present) in presentings {
        for at in 1..=4 {
            for (fault, _) in faults() {
                let place = format!("{application:?} {file:04X}, {fault:?} at {at}");
                let card = SimulatedCard::new(&who);
                card.set_plan(Plan::new().at(at, fault));
                let mut library = Card::new(card.reader());
                present(&mut library).unwrap_err();
                let presented = card.verify_commands_seen();
                assert!(presented <= 1, "{place}");
                let left = card.attempts_left(application, file).unwrap();
                assert!(
                    left >= 9 && (presented == 1 || left == 10),
                    "{place}: {left}"
                );
                assert!(!card.rights_left(), "{place}");
            }
        }
    }
}

#[test]
fn a_removed_card_never_comes_back_under_the_same_handle() {
    let who = Persona::shipped("hanako").unwrap();
    let card = SimulatedCard::new(&who);
    let mut library = Card::new(card.reader());
    library.begin().unwrap().end().unwrap();
    card.remove();
    assert_eq!(library.begin().unwrap_err().code(), "card.removed");
    card.insert();
    assert_eq!(
        library.begin().unwrap_err().code(),
        "card.removed",
        "another card may be in it"
    );
    Card::new(card.reader()).begin().unwrap().end().unwrap();
}

#[test]
fn a_foreign_reset_between_transactions_is_told_and_our_own_is_not() {
    use card_core::transport::Since;
    let who = Persona::shipped("hanako").unwrap();
    let card = SimulatedCard::new(&who);
    let mut library = Card::new(card.reader());
    for name in ["card number", "signature"] {
        let journey = JOURNEYS
            .iter()
            .find(|journey| journey.name == name)
            .unwrap();
        (journey.run)(&mut library, &who).unwrap();
        assert_eq!(
            library.begin().unwrap().since(),
            Since::Unchanged,
            "after {name}"
        );
    }
    card.foreign_reset();
    assert_eq!(library.begin().unwrap().since(), Since::Reset);
    assert_eq!(library.begin().unwrap().since(), Since::Unchanged);
}

#[test]
fn a_stop_before_the_pin_leaves_spends_nothing_and_after_it_the_card_forgets() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use card_core::observe::{Event, Exchange, Observer};

    /// Stops at one exchange, or when the PIN is about to leave.
    struct Stopping {
        flag: Arc<AtomicBool>,
        at: usize,
        seen: usize,
    }
    impl Observer for Stopping {
        fn exchange(&mut self, _: &Exchange<'_>) {
            self.seen += 1;
            if self.seen == self.at {
                self.flag.store(true, Ordering::SeqCst);
            }
        }
        fn event(&mut self, event: &Event) {
            if matches!(event, Event::Presenting(_)) && self.at == 0 {
                self.flag.store(true, Ordering::SeqCst);
            }
        }
    }
    let who = Persona::shipped("hanako").unwrap();
    for journey in JOURNEYS.iter().filter(|journey| journey.consents > 0) {
        let exchanges = undisturbed(journey, &who).len();
        let verify = place_of_verify(journey, &who);
        for at in 0..exchanges {
            let card = SimulatedCard::new(&who);
            let flag = Arc::new(AtomicBool::new(false));
            let observer = Stopping {
                flag: Arc::clone(&flag),
                at,
                seen: 0,
            };
            let mut library = Card::new(card.reader())
                .observed_by(observer)
                .interrupted_by(flag);
            let place = format!("{} stopped at {at}", journey.name);
            match (journey.run)(&mut library, &who) {
                Err(error) => assert_eq!(error.code(), "operation.cancelled", "{place}"),
                // Stopped after the last exchange of the job: only the forgetting was left.
                Ok(()) => assert_eq!(at, exchanges - 1, "{place}"),
            }
            // Stopped when the PIN is about to leave, it does not leave either.
            let presented = usize::from(at >= verify);
            assert_eq!(card.verify_commands_seen(), presented, "{place}");
            assert!(!card.rights_left(), "{place}");
        }
    }
}
