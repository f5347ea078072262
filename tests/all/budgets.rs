//! Exchanges per job, exact: one more or one less is a visible difference.

use card_core::Card;
use card_sim::applets::Application;
use card_sim::front::in_process::SimulatedCard;
use card_sim::os::quirk::Quirks;
use card_sim::persona::Persona;

use crate::journey::{JOURNEYS, run};

/// An answer to reset that announces extended lengths, and a reader that takes them.
const EXTENDED_ATR: [u8; 19] = [
    0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1, 0x73, 0xC6,
    0x01, 0xC0, 0x3B,
];

fn hanako(extended: bool) -> Persona {
    let mut hanako = Persona::shipped("hanako").unwrap();
    let (authentication, signature) = (
        hanako.authentication.as_ref().unwrap(),
        hanako.signature.as_ref().unwrap(),
    );
    for certificate in [&authentication.certificate, &signature.certificate] {
        assert!(
            (1537..=1792).contains(&certificate.len()),
            "the budgets are for this size"
        );
    }
    for certificate in [&authentication.ca_certificate, &signature.ca_certificate] {
        assert!(
            (1281..=1536).contains(&certificate.len()),
            "the budgets are for this size"
        );
    }
    let face = hanako.record(Application::Visual, 2).unwrap();
    assert_eq!(face.len().div_ceil(256), 40, "the budget is for this size");
    if extended {
        hanako.atr = EXTENDED_ATR.to_vec();
        hanako.largest_apdu = Some(65_544);
    }
    hanako
}

#[test]
fn every_job_costs_what_it_must() {
    for extended in [false, true] {
        for journey in JOURNEYS {
            let who = hanako(extended);
            let card = SimulatedCard::new(&who);
            run(journey, &card, &who).unwrap();
            let budget = if extended {
                journey.extended
            } else {
                journey.short
            };
            assert_eq!(
                card.exchanges(),
                budget,
                "{} (extended: {extended})",
                journey.name
            );
            assert_eq!(
                card.verify_commands_seen(),
                journey.consents,
                "{}",
                journey.name
            );
        }
    }
}

#[test]
fn forgetting_costs_one_more_where_the_issuer_domain_is_refused() {
    for journey in JOURNEYS.iter().filter(|journey| journey.consents > 0) {
        let mut who = hanako(false);
        let mut quirks = Quirks::default();
        quirks.set("issuer-domain", "6A82").unwrap();
        who.quirks = quirks;
        let card = SimulatedCard::new(&who);
        run(journey, &card, &who).unwrap();
        assert_eq!(card.exchanges(), journey.short + 1, "{}", journey.name);
        assert!(!card.rights_left(), "{}", journey.name);
    }
}

/// The answers that readers make for contactless cards without card capabilities: of type B, and of
/// type A without historical bytes.
const SILENT_ATRS: [&[u8]; 2] = [
    &[
        0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F,
    ],
    &[0x3B, 0x80, 0x80, 0x01, 0x01],
];

#[test]
fn a_contactless_card_that_cannot_say_is_asked_with_its_first_read() {
    for atr in SILENT_ATRS {
        for journey in JOURNEYS {
            let mut who = hanako(true);
            who.atr = atr.to_vec();
            let card = SimulatedCard::new(&who);
            run(journey, &card, &who).unwrap();
            assert_eq!(card.exchanges(), journey.extended, "{}", journey.name);

            // It does not take them: one exchange is lost, in jobs that read at all.
            let mut quirks = Quirks::default();
            quirks.set("extended-length", "no").unwrap();
            who.quirks = quirks;
            let card = SimulatedCard::new(&who);
            run(journey, &card, &who).unwrap();
            let reads = usize::from(journey.extended < journey.short);
            assert!(
                (journey.short + reads..=journey.short + 1).contains(&card.exchanges()),
                "{}: {}",
                journey.name,
                card.exchanges()
            );
            assert_eq!(card.verify_commands_seen(), journey.consents);

            // The reader does not take them: nothing is tried.
            who.largest_apdu = None;
            let card = SimulatedCard::new(&who);
            run(journey, &card, &who).unwrap();
            assert_eq!(card.exchanges(), journey.short, "{}", journey.name);
        }
    }
}

#[test]
fn extended_lengths_are_used_only_where_both_sides_announce_them() {
    let certificate = JOURNEYS
        .iter()
        .find(|j| j.name == "authentication certificate")
        .unwrap();
    for (atr, largest) in [(true, None), (false, Some(65_544))] {
        let mut who = hanako(atr);
        who.largest_apdu = largest;
        let card = SimulatedCard::new(&who);
        run(certificate, &card, &who).unwrap();
        assert_eq!(
            card.exchanges(),
            certificate.short,
            "ATR: {atr}, reader: {largest:?}"
        );
    }
}

/// What `card-pkcs11` asks of a card that was inserted; `tests/all/pkcs11.rs` holds the ten through
/// pcscd, whose virtual reader does not announce extended lengths.
#[test]
fn the_first_look_of_the_pkcs11_module_costs_ten_exchanges_or_four_extended_ones() {
    for (extended, budget) in [(false, 10), (true, 4)] {
        let card = SimulatedCard::new(&hanako(extended));
        let mut opened = Card::new(card.reader());
        let mut transaction = opened.begin().unwrap();
        let mut jpki = transaction.jpki().unwrap();
        assert!(jpki.certificates_present().unwrap().authentication);
        jpki.authentication_certificate().unwrap();
        jpki.authentication_attempts().unwrap();
        transaction.end().unwrap();
        assert_eq!(card.exchanges(), budget, "extended: {extended}");
    }
}
