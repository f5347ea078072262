//! Cost of a PIN, and the machine of PINs against generated histories.

use card_core::{Attempts, Card, Error, SignaturePassword, Spend, UserPin};
use card_sim::fault::{Fault, Plan};
use card_sim::front::in_process::SimulatedCard;
use card_sim::persona::Persona;
use proptest::prelude::*;

use crate::journey::left;

fn unlock(card: &mut Card, pin: &UserPin, spend: Spend) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let unlocked = transaction
        .jpki()?
        .unlock_authentication(pin, spend)
        .map(|_| ());
    transaction.end()?;
    unlocked
}

fn pin(value: &str) -> UserPin {
    UserPin::parse(value.as_bytes()).unwrap()
}

/// 顔認証マイナンバーカード: whether its PINs are blocked or missing, none is ever presented.
#[test]
fn a_card_without_pins_is_asked_and_never_presented_anything() {
    for (value, code) in [("blocked", "pin.blocked"), ("missing", "pin.absent")] {
        for short_names in ["yes", "6A86", "6A88"] {
            let mut who = Persona::shipped("kaoninsho").unwrap();
            who.quirks.set("pins-never-set", value).unwrap();
            who.quirks.set("short-file-id", short_names).unwrap();
            let card = SimulatedCard::new(&who);
            let mut library = Card::new(card.reader());
            let error = unlock(&mut library, &pin("1234"), Spend::LastAttempt).unwrap_err();
            assert_eq!(error.code(), code, "{short_names}");
            let mut transaction = library.begin().unwrap();
            let counted = match value {
                "blocked" => Ok(Attempts::Blocked),
                _ => Err(code),
            };
            let mut jpki = transaction.jpki().unwrap();
            assert!(!jpki.certificates_present().unwrap().signature);
            let asked = jpki.signature_attempts().map_err(|error| error.code());
            assert_eq!(asked, counted, "{short_names}");
            assert!(jpki.authentication_certificate().is_ok());
            let mut profile = transaction.profile().unwrap();
            let asked = profile.pin_attempts().map_err(|error| error.code());
            assert_eq!(asked, counted, "{short_names}");
            assert_eq!(profile.number_a_attempts(), Ok(Attempts::Left(10)));
            transaction.end().unwrap();
            assert_eq!(card.verify_commands_seen(), 0);
        }
    }
}

#[test]
fn a_wrong_pin_costs_exactly_one_attempt_and_one_verify() {
    let who = Persona::shipped("hanako").unwrap();
    let card = SimulatedCard::new(&who);
    let mut library = Card::new(card.reader());
    let error = unlock(&mut library, &pin("0000"), Spend::KeepOne).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Pin {
                problem: card_core::pin::PinProblem::Wrong {
                    left: Attempts::Left(2)
                },
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(
        (card.verify_commands_seen(), left(&card, 0x18)),
        (1, Some(2))
    );

    // The same value again: refused without asking the card.
    let before = card.exchanges();
    let error = unlock(&mut library, &pin("0000"), Spend::LastAttempt).unwrap_err();
    assert_eq!(error.code(), "pin.refused-before");
    assert_eq!(
        card.exchanges(),
        before + 1,
        "only the application was selected"
    );
    assert_eq!(
        (card.verify_commands_seen(), left(&card, 0x18)),
        (1, Some(2))
    );

    // A right one restores the maximum.
    unlock(
        &mut library,
        &pin(&who.authentication_pin.value),
        Spend::KeepOne,
    )
    .unwrap();
    assert_eq!(left(&card, 0x18), Some(3));
}

#[test]
fn a_wrong_password_counts_against_the_password_only() {
    let who = Persona::shipped("hanako").unwrap();
    let card = SimulatedCard::new(&who);
    let mut library = Card::new(card.reader());
    let wrong = SignaturePassword::parse(b"WRONG000").unwrap();
    let error = library
        .begin()
        .and_then(|mut t| {
            t.jpki()?
                .unlock_signature(&wrong, Spend::KeepOne)
                .map(|_| ())
        })
        .unwrap_err();
    assert_eq!(error.code(), "pin.wrong");
    assert_eq!((left(&card, 0x1B), left(&card, 0x18)), (Some(4), Some(3)));
}

/// One thing that happens in a history.
#[derive(Clone, Debug)]
enum Step {
    /// Presents a value, agreed or not to spend the last attempt.
    Present { value: usize, spend: Spend },
    /// The same, with a fault at one of the exchanges.
    Interrupted {
        value: usize,
        fault: Fault,
        at: usize,
    },
    /// Another program resets the card.
    ForeignReset,
    /// The card is taken out and put in again; the program opens it anew.
    Reinsert,
    /// The program ends and starts again.
    Restart,
    /// Asks for the counter.
    Ask,
    /// Changes the PIN to a value, presenting what is right.
    Change { to: usize },
}

const VALUES: [&str; 4] = ["1234", "0000", "1111", "2222"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let value = 0..VALUES.len();
    let spend = prop_oneof![3 => Just(Spend::KeepOne), 1 => Just(Spend::LastAttempt)];
    let fault = prop_oneof![
        Just(Fault::LoseAnswer),
        Just(Fault::Remove),
        Just(Fault::ForeignReset),
        Just(Fault::Truncate(1)),
        Just(Fault::Status(0x6F00)),
    ];
    let step = prop_oneof![
        6 => (value.clone(), spend).prop_map(|(value, spend)| Step::Present { value, spend }),
        3 => (value.clone(), fault, 1_usize..6)
            .prop_map(|(value, fault, at)| Step::Interrupted { value, fault, at }),
        1 => Just(Step::ForeignReset),
        1 => Just(Step::Reinsert),
        1 => Just(Step::Restart),
        1 => Just(Step::Ask),
        1 => value.prop_map(|to| Step::Change { to }),
    ];
    proptest::collection::vec(step, 1..16)
}

/// What must be true of the card after each step, told without looking at the simulator.
struct Model {
    right: usize,
    left: u8,
    refused: Vec<usize>,
}

impl Model {
    /// What presenting must do: how many VERIFY, and whether it opens.
    fn present(&mut self, value: usize, spend: Spend) -> (usize, &'static str) {
        if self.refused.contains(&value) {
            return (0, "pin.refused-before");
        }
        match (self.left, spend) {
            (0, _) => (0, "pin.blocked"),
            (1, Spend::KeepOne) => (0, "pin.last-attempt"),
            _ if value == self.right => {
                self.left = 3;
                self.refused.clear();
                (1, "")
            }
            _ => {
                self.left -= 1;
                if self.left == 0 {
                    return (1, "pin.blocked");
                }
                self.refused.push(value);
                (1, "pin.wrong")
            }
        }
    }
}

proptest! {
    // The ten invariants of the PIN machine hold for every one of these histories.
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]
    #[test]
    fn the_pin_machine_keeps_its_invariants(steps in steps()) {
        let mut who = Persona::shipped("hanako").unwrap();
        who.authentication_pin.value = VALUES[0].into();
        let card = SimulatedCard::new(&who);
        let mut library = Card::new(card.reader());
        let mut model = Model { right: 0, left: 3, refused: Vec::new() };
        for step in steps {
            let sent = card.verify_commands_seen();
            match step.clone() {
                Step::Present { value, spend } => {
                    let (verifies, code) = model.present(value, spend);
                    let outcome = unlock(&mut library, &pin(VALUES[value]), spend);
                    let seen = outcome.as_ref().map_or_else(|e| e.code(), |()| "");
                    prop_assert_eq!(seen, code, "{:?}", step);
                    prop_assert_eq!(card.verify_commands_seen() - sent, verifies);
                }
                Step::Interrupted { value, fault, at } => {
                    card.set_plan(Plan::new().at(at, fault));
                    let _ = unlock(&mut library, &pin(VALUES[value]), Spend::KeepOne);
                    // A new plan begins to count anew.
                    let verifies = card.verify_commands_seen();
                    card.set_plan(Plan::new());
                    card.insert();
                    library = Card::new(card.reader());
                    prop_assert!(verifies <= 1, "one consent, at most one VERIFY");
                    prop_assert!(verifies == 0 || model.left > 1, "the last attempt was spent");
                    // If it reached the card it counted, answered or not.
                    let reached = matches!(fault, Fault::LoseAnswer | Fault::Truncate(_));
                    match verifies == 1 && (at != 3 || reached) {
                        true if value == model.right => model.left = 3,
                        true => model.left -= 1,
                        false => {}
                    }
                    model.refused.clear();
                }
                Step::ForeignReset => card.foreign_reset(),
                Step::Reinsert => {
                    card.remove();
                    card.insert();
                    library = Card::new(card.reader());
                    model.refused.clear();
                }
                Step::Restart => {
                    library = Card::new(card.reader());
                    model.refused.clear();
                }
                Step::Ask => {
                    let mut transaction = library.begin().unwrap();
                    let attempts = transaction.jpki().unwrap().authentication_attempts().unwrap();
                    let expected = match model.left {
                        0 => Attempts::Blocked,
                        left => Attempts::Left(left),
                    };
                    prop_assert_eq!(attempts, expected);
                }
                Step::Change { to } => {
                    let refused = model.refused.contains(&model.right);
                    let mut transaction = library.begin().unwrap();
                    let mut jpki = transaction.jpki().unwrap();
                    let outcome = jpki
                        .unlock_authentication(&pin(VALUES[model.right]), Spend::KeepOne)
                        .and_then(|mut key| key.change_pin(&pin(VALUES[to])));
                    transaction.end().unwrap();
                    prop_assert_eq!(outcome.is_ok(), model.left > 1 && !refused);
                    if outcome.is_ok() {
                        // Values refused earlier stay refused by this connection: see below.
                        model = Model { right: to, left: 3, refused: Vec::new() };
                    }
                }
            }
            prop_assert_eq!(left(&card, 0x18), Some(model.left), "{:?}", step);
            prop_assert!(!card.rights_left(), "a right outlived its transaction");
        }
    }
}
