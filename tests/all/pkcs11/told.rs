//! One program that stays open and is told what to do: what it sees before a login, during it, and
//! after everything that ends it.

use std::path::Path;

use card_core::{Card, Spend, UserPin};
use card_sim::fault::Plan;
use card_sim::os::CardOs;
use card_sim::persona::Persona;
use card_sim::state::Persistent;
use card_tests::conversation::Conversation;
use card_tests::foreign::Tool;
use card_tests::pcscd::{self, Pcscd};
use card_tests::resident::Resident;
use card_tests::vpcd::ScriptedCard;

use super::module;
use crate::real_pcscd::{SECOND_PROGRAM, hanako, open};

/// `programs/told.py` on the module, with the profile `auth` or `sign` and no home.
pub(crate) fn program(profile: &str) -> Conversation {
    program_of(profile, Path::new("/nonexistent"))
}

fn program_of(profile: &str, home: &Path) -> Conversation {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/all/pkcs11/programs/told.py");
    let python = Tool {
        program: "/usr/bin/python3",
        package: "python3-pykcs11",
    };
    let mut program = python.converse(&[script, &module(), profile, home.to_str().unwrap()]);
    assert_eq!(program.line(), "ok");
    program
}

fn resident(service: &Pcscd, id: &str) -> (Resident, Persona) {
    let who = Persona::shipped(id).unwrap();
    let card = Resident::insert(service, &service.readers()[0], &who);
    (card, who)
}

/// Objects that the program sees: certificate 1, public key 2, private key 3, profile 9.
const FREE: &str = "1 2 9";
const HIDDEN: &str = "1 2 3";
const ALL: &str = "1 2 3 9";

#[test]
fn a_hidden_certificate_is_there_during_a_login_and_no_longer() {
    pcscd::alone(1, |service| {
        for (id, profile) in [("hanako", "sign"), ("android", "auth")] {
            let (mut card, who) = resident(service, id);
            let secret = match profile {
                "sign" => &who.signature_password.value,
                _ => &who.authentication_pin.value,
            };
            let login = format!("login {secret}");
            let mut program = program(profile);
            for end in ["logout", "close", "finalize", "removal"] {
                assert_eq!(program.ask("look"), "ok", "{id}");
                assert_eq!(program.ask("objects"), "", "{id}");
                assert_eq!(program.ask(&login), "ok", "{id}");
                assert_eq!(program.ask("objects"), HIDDEN, "{id}");
                match end {
                    "removal" => {
                        card.remove(service);
                        assert_eq!(program.ask("objects"), "CKR_SESSION_HANDLE_INVALID", "{id}");
                        assert_eq!(program.ask("look"), "no token", "{id}");
                        card.insert_again(service);
                    }
                    end => assert_eq!(program.ask(end), "ok", "{id}: {end}"),
                }
                if end == "logout" {
                    assert_eq!(program.ask("objects"), "", "{id}");
                    assert_eq!(program.ask("close"), "ok", "{id}");
                }
            }
            assert_eq!(program.ask("look"), "ok", "{id}");
            assert_eq!(program.ask("objects"), "", "{id}");
            card.remove(service);
        }
        // The one that is free to read is there all the time.
        let (_card, who) = resident(service, "hanako");
        let mut program = program("auth");
        assert_eq!(program.ask("look"), "ok");
        assert_eq!(program.ask("objects"), FREE);
        let login = format!("login {}", who.authentication_pin.value);
        assert_eq!(program.ask(&login), "ok");
        assert_eq!(program.ask("objects"), ALL);
    });
}

#[test]
fn while_logged_in_the_card_is_locked_without_power_and_free_for_others() {
    pcscd::alone(1, |service| {
        let (card, who) = resident(service, "hanako");
        let mut program = program("auth");
        assert_eq!(program.ask("look"), "ok");
        let login = format!("login {}", who.authentication_pin.value);
        for step in [login.as_str(), "sign", "sign"] {
            assert_eq!(program.ask(step), "ok");
            assert!(!card.rights_left(), "{step}");
            card.wait_for_power_off();
            // And no program is connected.
            let mut other = SECOND_PROGRAM.converse(&[card.reader(), "exclusive"]);
            assert_eq!(other.line(), "ok", "{step}");
        }
        assert_eq!(card.attempts(), (Some(3), Some(5)));
    });
}

#[test]
fn a_refused_value_is_not_sent_again_after_the_card_was_out() {
    pcscd::alone(1, |service| {
        let (mut card, who) = resident(service, "hanako");
        let mut program = program("auth");
        for (out, spent) in [(false, 1), (true, 0), (true, 0)] {
            if out {
                card.remove(service);
                card.insert_again(service);
            }
            card.plan(Plan::new());
            assert_eq!(program.ask("look"), "ok");
            assert_eq!(program.ask("login 0000"), "CKR_PIN_INCORRECT");
            assert_eq!((card.seen().1, card.attempts().0), (spent, Some(2)));
        }
        let login = format!("login {}", who.authentication_pin.value);
        assert_eq!(program.ask(&login), "ok");
        assert_eq!(card.attempts(), (Some(3), Some(5)));
    });
}

/// What another program does to the PIN meanwhile: the kept value dies, and the last attempt stays.
#[test]
fn a_kept_value_that_the_card_refuses_dies_at_once() {
    pcscd::alone(1, |service| {
        let (card, who) = resident(service, "hanako");
        let login = format!("login {}", who.authentication_pin.value);
        let mut program = program("auth");
        assert_eq!(program.ask("look"), "ok");
        assert_eq!(program.ask(&login), "ok");
        // Another program uses all attempts but one.
        for _ in 0..2 {
            let mut library = Card::new(open(card.reader()).unwrap());
            let mut transaction = library.begin().unwrap();
            let wrong = UserPin::parse(b"0001").unwrap();
            let mut jpki = transaction.jpki().unwrap();
            let unlocked = jpki.unlock_authentication(&wrong, Spend::KeepOne);
            assert_eq!(unlocked.map(|_| ()).unwrap_err().code(), "pin.wrong");
            transaction.end().unwrap();
        }
        card.plan(Plan::new());
        assert_eq!(program.ask("sign"), "CKR_USER_NOT_LOGGED_IN");
        assert_eq!((card.seen().1, card.attempts().0), (0, Some(1)));
        assert_eq!(program.ask("objects"), FREE);
        assert_eq!(program.ask(&login), "CKR_PIN_LOCKED");
        assert_eq!((card.seen().1, card.attempts().0), (0, Some(1)));

        // Another card of the same person, where the PIN is another one.
        card.reissue(&hanako());
        drop(program);
        let mut program = self::program("auth");
        assert_eq!(program.ask("look"), "ok");
        assert_eq!(program.ask(&login), "ok");
        let mut changed = hanako();
        changed.authentication_pin.value = "8765".into();
        card.reissue(&changed);
        card.plan(Plan::new());
        for answer in ["CKR_USER_NOT_LOGGED_IN", "no key"] {
            assert_eq!(program.ask("sign"), answer);
            assert_eq!((card.seen().1, card.attempts().0), (1, Some(2)));
        }
        assert_eq!(program.ask(&login), "CKR_PIN_INCORRECT");
        assert_eq!((card.seen().1, card.attempts().0), (1, Some(2)));
        assert_eq!(program.ask("login 8765"), "ok");
    });
}

/// Such a signature never leaves the module, and the next program is not offered PSS.
#[test]
fn a_card_whose_pss_does_not_verify_is_not_offered_for_it_again() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let mut card = CardOs::new(&who, Persistent::in_memory());
        card.power_on();
        let reader = &service.readers()[0];
        let _card = ScriptedCard::insert(reader, &who.atr, move |command| {
            let mut answer = card.execute(command);
            // COMPUTE DIGITAL SIGNATURE.
            if command[1] == 0x2A {
                answer[0] ^= 1;
            }
            answer
        });
        service.wait_for_card(reader);
        let home = tempfile::tempdir().unwrap();
        let login = format!("login {}", who.authentication_pin.value);
        for (listed, answer) in [("yes", "CKR_DEVICE_ERROR"), ("no", "CKR_MECHANISM_INVALID")] {
            let mut program = program_of("auth", home.path());
            assert_eq!(program.ask("look"), "ok");
            assert_eq!(program.ask("mechanisms"), listed);
            assert_eq!(program.ask(&login), "ok");
            assert_eq!(program.ask("pss"), answer);
        }
    });
}
