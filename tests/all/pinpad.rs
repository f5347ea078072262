//! PINs typed on the reader's own keypad: the counter is read first, each consent is one VERIFY, the
//! last attempt is kept, and the digits are nowhere in what this side says or shows.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use card_core::observe::Transcript;
use card_core::transport::Pinpad;
use card_core::{Attempts, Card, Error, Spend, Transaction};
use card_sim::applets::Application;
use card_sim::fault::{Fault, Plan, presents_a_pin};
use card_sim::front::control::{Cards, Keys};
use card_sim::front::in_process::SimulatedCard;
use card_sim::front::socket::{Desk, SOCKET_VARIABLE, Server};
use card_sim::persona::Persona;
use card_sim::state::Persistent;
use card_tests::foreign::opensc_module;

use crate::pkcs11::module;
use crate::sim_pcsc::library;

/// The dialogue, kept while the card still writes it.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Case {
    card: SimulatedCard,
    shown: Shown,
}

impl Case {
    fn of(resident: &str, keys: &[&str]) -> Self {
        let card = SimulatedCard::new(&Persona::shipped(resident).unwrap());
        card.set_keys(keys.iter().map(|keys| Keys::parse(keys).unwrap()));
        card.record_commands(true);
        let shown = Shown::default();
        Self { card, shown }
    }

    /// Runs a job in one transaction; its code, or nothing.
    fn run(&self, job: impl Fn(&mut Transaction<'_>) -> Result<(), Error>) -> &'static str {
        let transcript = Transcript::new(self.shown.clone());
        let mut card = Card::new(self.card.reader()).observed_by(transcript);
        let mut transaction = card.begin().unwrap();
        let done = job(&mut transaction);
        transaction.end().unwrap();
        assert!(!self.card.rights_left(), "the card forgets");
        done.map_or_else(|error| error.code(), |()| "")
    }

    fn unlock(&self, spend: Spend) -> &'static str {
        self.run(|transaction| {
            let mut jpki = transaction.jpki()?;
            let mut key = jpki.unlock_authentication_on_pinpad(spend)?;
            key.certificate().map(drop)
        })
    }

    fn left(&self) -> u8 {
        self.card.attempts_left(Application::Jpki, 0x18).unwrap()
    }

    fn shown(&self) -> String {
        String::from_utf8(self.shown.0.lock().unwrap().clone()).unwrap()
    }
}

#[test]
fn what_is_typed_decides_and_costs_what_the_card_was_sent() {
    for (keys, code, sent, left) in [
        ("1234", "", 1, 3),
        ("9999", "pin.wrong", 1, 2),
        ("cancel", "pinpad.cancelled", 0, 3),
        ("timeout", "pinpad.timeout", 0, 3),
        ("123", "pinpad.length", 0, 3),
        ("12345", "pinpad.length", 0, 3),
    ] {
        let case = Case::of("hanako", &[keys]);
        assert_eq!(case.unlock(Spend::KeepOne), code, "{keys}");
        assert_eq!(case.card.verify_commands_seen(), sent, "{keys}");
        assert_eq!(case.left(), left, "{keys}");
        let shown = case.shown();
        // The counter comes first, and the digits are nowhere.
        let counter = shown.find("VERIFY (counter)").unwrap();
        let verify = shown.find("[secret] | VERIFY").unwrap();
        assert!(counter < verify, "{shown}");
        for digits in ["31 32 33 34", "39 39 39 39", "1234", "FF FF"] {
            assert!(!shown.contains(digits), "{shown}");
        }
    }
}

#[test]
fn the_last_attempt_and_a_blocked_pin_ask_nothing_of_the_reader() {
    let case = Case::of("nokori", &["1234", "9999"]);
    assert_eq!(case.unlock(Spend::KeepOne), "pin.last-attempt");
    assert_eq!(case.card.verify_commands_seen(), 0);
    assert_eq!(case.unlock(Spend::LastAttempt), "", "the keys were kept");
    // The right one restored all; the next is one wrong attempt.
    assert_eq!(case.unlock(Spend::KeepOne), "pin.wrong");
    assert_eq!(case.left(), 2);
    let case = Case::of("rokku-auth", &["1234"]);
    assert_eq!(case.unlock(Spend::LastAttempt), "pin.blocked");
    assert_eq!(case.card.verify_commands_seen(), 0);
}

/// `6B80` where digits are typed is the reader's word, not the card's.
#[test]
fn a_reader_that_cannot_follow_says_so_and_no_attempt_is_spent() {
    let case = Case::of("hanako", &["1234"]);
    case.card
        .set_plan(Plan::new().when(presents_a_pin, Fault::Status(0x6B80)));
    assert_eq!(case.unlock(Spend::KeepOne), "pinpad.refused");
    assert_eq!(case.left(), 3);
}

#[test]
fn one_consent_is_one_question() {
    // Wrong twice: each transaction is a consent of its own, and the third attempt is kept.
    let case = Case::of("hanako", &["9999", "9999", "1234"]);
    assert_eq!(case.unlock(Spend::KeepOne), "pin.wrong");
    assert_eq!(case.unlock(Spend::KeepOne), "pin.wrong");
    assert_eq!(case.unlock(Spend::KeepOne), "pin.last-attempt");
    assert_eq!((case.card.verify_commands_seen(), case.left()), (2, 1));
}

#[test]
fn a_reader_without_keys_says_so_before_anything_is_sent() {
    let card = SimulatedCard::new(&Persona::shipped("hanako").unwrap());
    let mut opened = Card::new(card.reader());
    let mut transaction = opened.begin().unwrap();
    assert_eq!(transaction.pinpad().unwrap(), Pinpad::default());
    let mut jpki = transaction.jpki().unwrap();
    let refused = jpki.unlock_authentication_on_pinpad(Spend::KeepOne);
    assert_eq!(refused.unwrap_err().code(), "pinpad.none");
    transaction.end().unwrap();
    assert_eq!(card.exchanges(), 1, "nothing but SELECT");
}

#[test]
fn a_new_pin_is_typed_twice_on_the_reader() {
    let change = |keys: &[&str]| {
        let case = Case::of("hanako", keys);
        let code = case.run(|transaction| {
            let mut jpki = transaction.jpki()?;
            jpki.unlock_authentication_on_pinpad(Spend::KeepOne)?
                .change_pin_on_pinpad()
        });
        (case, code)
    };
    let (case, code) = change(&["1234", "5678", "5678", "5678"]);
    assert_eq!(code, "");
    assert_eq!(case.unlock(Spend::KeepOne), "", "the new one holds");
    assert!(!case.shown().contains("35 36 37 38"));
    for (keys, expected) in [
        (["1234", "5678", "5679"], "pinpad.not-repeated"),
        (["1234", "5678", "cancel"], "pinpad.cancelled"),
        (["1234", "timeout", ""], "pinpad.timeout"),
        (["9999", "5678", "5678"], "pin.wrong"),
    ] {
        let (case, code) = change(&keys);
        assert_eq!(code, expected, "{keys:?}");
        case.card.set_keys([Keys::parse("1234").unwrap()]);
        assert_eq!(
            case.unlock(Spend::KeepOne),
            "",
            "the old one holds: {keys:?}"
        );
    }
}

#[test]
fn the_profile_pin_and_that_of_the_licence_too() {
    let case = Case::of("hanako", &["4321"]);
    let code = case.run(|transaction| {
        let mut profile = transaction.profile()?;
        let mut open = profile.unlock_on_pinpad(Spend::KeepOne)?;
        open.attributes().map(drop)
    });
    assert_eq!((code, case.card.verify_commands_seen()), ("", 1));
    let case = Case::of("menkyo", &["9999"]);
    let code = case.run(|transaction| {
        let mut licence = transaction.licence()?;
        let before = licence.pin_attempts()?;
        let refused = licence.unlock_on_pinpad(Spend::KeepOne).map(drop);
        assert_eq!(before, Attempts::Left(10));
        refused
    });
    assert_eq!((code, case.card.verify_commands_seen()), ("pin.wrong", 1));
    // A card whose holder chose no PIN is asked nothing.
    let case = Case::of("menkyo-nashi", &["1234"]);
    let code = case.run(|transaction| {
        let mut licence = transaction.licence()?;
        licence.unlock_on_pinpad(Spend::KeepOne).map(drop)
    });
    assert_eq!(case.card.verify_commands_seen(), 0, "{code}");
}

/// Readers with keypads, and a folder with the library for programs that are not ours.
struct Keypads {
    desk: Arc<Desk>,
    folder: tempfile::TempDir,
    _server: Server,
}

impl Keypads {
    fn new(resident: &str, keys: &[&str]) -> Self {
        let persona = Persona::shipped(resident).unwrap();
        let desk = Desk::new(vec![(persona, Persistent::in_memory())]);
        desk.give_pinpads();
        for keys in keys {
            assert!(desk.press(0, Keys::parse(keys).unwrap()));
        }
        let folder = tempfile::tempdir().unwrap();
        symlink(library(), folder.path().join("libpcsclite.so.1")).unwrap();
        let server = Server::listen(&folder.path().join("socket"), Arc::clone(&desk)).unwrap();
        Self {
            desk,
            folder,
            _server: server,
        }
    }

    /// A line of shell with `$M` as our module and `$O` as OpenSC's; what it wrote.
    fn run(&self, line: &str) -> (bool, String) {
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env("M", module())
            .env("O", opensc_module())
            .env("HOME", self.folder.path())
            .env("LD_LIBRARY_PATH", self.folder.path())
            .env(SOCKET_VARIABLE, self.folder.path().join("socket"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        (output.status.success(), text)
    }

    /// PINs presented, attempts left, whether one is verified.
    fn card(&self) -> (usize, u8, bool) {
        let wire = self.desk.wire(0).unwrap();
        let wire = wire.lock().unwrap();
        let left = wire.card.attempts_left(Application::Jpki, 0x18).unwrap();
        (wire.presented(), left, wire.card.rights_left())
    }
}

#[test]
fn pkcs11_tool_logs_in_without_a_pin() {
    const SIGN: &str = "echo text >document; pkcs11-tool --module $M --login --sign --id 01 \
        --mechanism SHA256-RSA-PKCS --input-file document --output-file signature && \
        pkcs11-tool --module $M --read-object --type cert --id 01 --output-file certificate && \
        openssl x509 -inform DER -in certificate -noout -pubkey >key && \
        openssl dgst -sha256 -verify key -signature signature document";
    let keypads = Keypads::new("hanako", &["1234", "1234"]);
    let (_, slots) = keypads.run("pkcs11-tool --module $M -L");
    assert!(slots.contains("PIN pad present"), "{slots}");
    let (done, text) = keypads.run(SIGN);
    assert!(done && text.contains("Verified OK"), "{text}");
    assert_eq!(keypads.card(), (2, 3, false), "one at login, one to sign");
    for (keys, says, sent, left) in [
        (&["9999"][..], "CKR_PIN_INCORRECT", 1, 2),
        (&["cancel"], "CKR_FUNCTION_CANCELED", 0, 3),
        (&["timeout"], "CKR_FUNCTION_CANCELED", 0, 3),
        (&["12"], "CKR_PIN_LEN_RANGE", 0, 3),
        // Cancelled at the signature: the login holds, and nothing was sent.
        (&["1234", "cancel"], "CKR_FUNCTION_CANCELED", 1, 3),
        (&["1234", "9999"], "CKR_USER_NOT_LOGGED_IN", 2, 2),
    ] {
        let keypads = Keypads::new("hanako", keys);
        let (done, text) = keypads.run(SIGN);
        assert!(!done && text.contains(says), "{keys:?}: {text}");
        assert_eq!(keypads.card(), (sent, left, false), "{keys:?}");
    }
    for resident in ["nokori", "rokku-auth"] {
        let keypads = Keypads::new(resident, &["1234"]);
        let (done, text) = keypads.run(SIGN);
        assert!(!done && text.contains("CKR_PIN_LOCKED"), "{text}");
        assert_eq!(keypads.card().0, 0, "{resident}");
    }
}

#[test]
fn a_setting_hides_the_keypad_and_the_signature_token_has_none() {
    let keypads = Keypads::new("hanako", &["1234"]);
    let line = "mkdir -p .config/mynacard && echo 'pinpad = no' >.config/mynacard/pkcs11.conf; \
        pkcs11-tool --module $M -L";
    let (_, slots) = keypads.run(line);
    assert!(!slots.contains("PIN pad"), "{slots}");
    let keypads = Keypads::new("hanako", &["1234"]);
    let (_, slots) = keypads.run("MYNACARD_PKCS11_PROFILE=sign pkcs11-tool --module $M -L");
    assert!(
        slots.contains("login required") && !slots.contains("PIN pad"),
        "{slots}"
    );
}

/// OpenSC as a judge of the simulated reader: it finds the keypad, and its driver of this card (0.23) takes
/// no PIN from one.
#[test]
fn opensc_finds_the_keypad() {
    let keypads = Keypads::new("hanako", &["1234"]);
    let (_, readers) = keypads.run("opensc-tool --list-readers");
    assert!(readers.contains("PIN pad"), "{readers}");
    let (_, slots) = keypads.run("pkcs11-tool --module $O -L");
    assert!(slots.contains("PIN pad present"), "{slots}");
    assert_eq!(keypads.card(), (0, 3, false));
}
