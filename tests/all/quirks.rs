//! Every job with every value of everything that is in doubt about the card.

use card_core::{Card, Error, Spend};
use card_sim::front::in_process::SimulatedCard;
use card_sim::os::quirk::Quirks;
use card_sim::persona::Persona;

use crate::journey::{self, COUNTERS, JOURNEYS, left, run};

/// Each quirk with each of its values, one at a time.
fn variants() -> Vec<(&'static str, &'static str, Quirks)> {
    let mut variants = Vec::new();
    for name in Quirks::NAMES {
        let values = Quirks::values_of(name);
        assert!(values.len() >= 2, "{name} is no doubt with one value");
        for value in values {
            let mut quirks = Quirks::default();
            quirks.set(name, value).unwrap();
            variants.push((*name, *value, quirks));
        }
    }
    variants
}

fn with(id: &str, quirks: &Quirks) -> Persona {
    let mut who = Persona::shipped(id).unwrap();
    who.quirks = quirks.clone();
    who
}

#[test]
fn every_job_works_with_every_value() {
    for (name, value, quirks) in variants() {
        for extended in [false, true] {
            let mut who = with("hanako", &quirks);
            if extended {
                who.atr = vec![
                    0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31,
                    0xC1, 0x73, 0xC6, 0x01, 0xC0, 0x3B,
                ];
                who.largest_apdu = Some(65_544);
            }
            for journey in JOURNEYS {
                let place = format!("{} with {name} = {value}, {extended}", journey.name);
                let card = SimulatedCard::new(&who);
                match run(journey, &card, &who) {
                    Ok(()) => {}
                    // What the value makes unavoidable: no issuer domain, no issuer data.
                    Err(Error::ApplicationMissing(_))
                        if name == "issuer-domain" && journey.name == "issuer domain" => {}
                    // A card without PSS says so by name.
                    Err(Error::Pss(_))
                        if (name, value) == ("pss", "6A86") && journey.name.contains("PSS") => {}
                    Err(error) => panic!("{place}: {error}"),
                }
                assert_eq!(card.verify_commands_seen(), journey.consents, "{place}");
                assert!(!card.rights_left(), "{place}");
                for (application, file, maximum) in COUNTERS {
                    assert_eq!(
                        card.attempts_left(application, file),
                        Some(maximum),
                        "{place}: {application:?} {file:04X}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_blocked_password_and_an_absent_certificate_are_told_apart_with_every_value() {
    for (name, value, quirks) in variants() {
        for (id, code) in [("rokku", "pin.blocked"), ("kodomo", "certificate.absent")] {
            let who = with(id, &quirks);
            let card = SimulatedCard::new(&who);
            let error = Card::new(card.reader())
                .begin()
                .and_then(|mut transaction| {
                    let mut jpki = transaction.jpki()?;
                    let password = card_core::SignaturePassword::parse(b"AAAAAA11").unwrap();
                    jpki.unlock_signature(&password, Spend::KeepOne).map(|_| ())
                })
                .unwrap_err();
            assert_eq!(error.code(), code, "{id} with {name} = {value}");
            assert_eq!(card.verify_commands_seen(), 0, "{id} with {name} = {value}");
        }
    }
}

#[test]
fn the_last_attempt_and_the_exhausting_one_with_every_value() {
    for (name, value, quirks) in variants() {
        let place = format!("{name} = {value}");
        let who = with("nokori", &quirks);
        let card = SimulatedCard::new(&who);
        let mut library = Card::new(card.reader());
        let wrong = card_core::UserPin::parse(b"0000").unwrap();
        let mut present = |spend| {
            let mut transaction = library.begin()?;
            transaction
                .jpki()?
                .unlock_authentication(&wrong, spend)
                .map(|_| ())
        };
        assert_eq!(
            present(Spend::KeepOne).unwrap_err().code(),
            "pin.last-attempt",
            "{place}"
        );
        assert_eq!(card.verify_commands_seen(), 0, "{place}");
        assert_eq!(
            present(Spend::LastAttempt).unwrap_err().code(),
            "pin.blocked",
            "{place}"
        );
        assert_eq!(card.verify_commands_seen(), 1, "{place}");
        assert_eq!(
            present(Spend::LastAttempt).unwrap_err().code(),
            "pin.blocked",
            "{place}"
        );
        assert_eq!(card.verify_commands_seen(), 1, "{place}: asked before");
        assert_eq!(left(&card, 0x18), Some(0), "{place}");
    }
}

#[test]
fn a_pin_that_somebody_else_left_verified_is_presented_all_the_same() {
    use card_core::transport::{Leave, Transport};
    for (name, value, quirks) in variants() {
        let who = with("hanako", &quirks);
        let card = SimulatedCard::new(&who);
        let mut other = card.reader();
        let (mut window, _) = other.begin().unwrap();
        let select = [
            0, 0xA4, 4, 0x0C, 10, 0xD3, 0x92, 0xF0, 0, 0x26, 1, 0, 0, 0, 1,
        ];
        let verify = [
            &[0, 0x20, 0, 0x80, 4][..],
            who.authentication_pin.value.as_bytes(),
        ]
        .concat();
        // The first command may be answered 6F00.
        let _ = window.transmit(&select).unwrap();
        for command in [&select[..], &[0, 0xA4, 2, 0x0C, 2, 0, 0x18], &verify] {
            assert_eq!(window.transmit(command).unwrap().as_slice(), [0x90, 0]);
        }
        window.end(Leave::AsIs).unwrap();
        assert!(card.rights_left());
        let signature = JOURNEYS
            .iter()
            .find(|j| j.name == "authentication signature")
            .unwrap();
        run(signature, &card, &who).unwrap_or_else(|e| panic!("{name} = {value}: {e}"));
        assert_eq!(card.verify_commands_seen(), 2, "{name} = {value}");
        assert!(!card.rights_left(), "{name} = {value}");
    }
}

#[test]
fn phones_ask_for_the_pin_before_the_certificate() {
    for id in ["android", "iphone"] {
        let who = Persona::shipped(id).unwrap();
        let card = SimulatedCard::new(&who);
        let mut library = Card::new(card.reader());
        let mut transaction = library.begin().unwrap();
        let mut jpki = transaction.jpki().unwrap();
        assert_eq!(
            jpki.authentication_certificate().unwrap_err().code(),
            "pin.needed",
            "{id}"
        );
        let pin = journey::user_pin(&who);
        let mut key = jpki.unlock_authentication(&pin, Spend::KeepOne).unwrap();
        let certificate = key.certificate().unwrap();
        let signature = key.sign(&journey::digest()).unwrap();
        let public = certificate.public_key();
        assert!(
            public.verify_digest(&journey::digest(), &signature).is_ok(),
            "{id}"
        );
        transaction.end().unwrap();
        assert!(!card.rights_left(), "{id}");
    }
}
