//! What other programs do to a card that is shared with them, through the real PC/SC service.

use card_core::Card;
use card_core::transport::Since;
use card_tests::pcscd;
use card_tests::resident::Resident;

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
