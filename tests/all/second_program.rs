//! Second program after the first one, through the real PC/SC service.
//!
//! The simulated card keeps rights as the measured one does: over a disconnect, a warm reset and a
//! new SELECT of the same application.

use std::fs;

use card_core::transport::Since;
use card_core::{Card, Spend, UserPin};
use card_sim::persona::Persona;
use card_tests::conversation::Conversation;
use card_tests::foreign::{OPENSC_EXPLORER, Tool, opensc_module};
use card_tests::pcscd;
use card_tests::resident::Resident;

use crate::foreign_clients::signed_by;
use crate::journey::JOURNEYS;
use crate::real_pcscd::{hanako, journey, open, run, second_program};

const SELECT_JPKI: &str = "00A4040C0AD392F000260100000001";

/// Presents the authentication PIN as a program does that knows nothing of forgetting.
fn verify(program: &mut Conversation, who: &Persona) {
    assert_eq!(program.ask(&format!("send {SELECT_JPKI}")), "9000");
    assert_eq!(program.ask(&format!("send {}", presenting(who))), "9000");
}

/// VERIFY of the authentication PIN, by its short identifier.
fn presenting(who: &Persona) -> String {
    let pin = who.authentication_pin.value.bytes();
    let pin: String = pin.map(|byte| format!("{byte:02X}")).collect();
    format!("0020009804{pin}")
}

/// Asks for everything that a PIN guards, without one, and says what worked.
fn usable(program: &mut Conversation) -> Vec<&'static str> {
    assert_eq!(program.ask(&format!("send {SELECT_JPKI}")), "9000");
    let guarded = [
        ("authentication key", "802A0097014100"),
        ("signature key", "802A009A014100"),
        ("signature certificate", "00B0810004"),
    ];
    let mut usable = Vec::new();
    for (name, command) in guarded {
        match program.ask(&format!("send {command}")).as_str() {
            "6982" => {}
            answer if answer.len() > 4 && answer.ends_with("9000") => usable.push(name),
            answer => panic!("{name}: {answer}"),
        }
    }
    usable
}

#[test]
fn nothing_is_left_where_a_pin_was_presented() {
    pcscd::alone(1, |service| {
        let mut who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let mut second = second_program(card.reader(), "shared");
        for issuer_domain in ["selectable", "6A82"] {
            who.quirks.set("issuer-domain", issuer_domain).unwrap();
            for journey in JOURNEYS.iter().filter(|journey| journey.consents > 0) {
                card.reissue(&who);
                run(journey, card.reader(), &who).unwrap();
                assert!(!card.rights_left(), "{}", journey.name);
                // The one that was here before is told, the one that comes now need not be.
                let told = second.ask(&format!("send {SELECT_JPKI}"));
                assert_eq!(told, "ResetCard", "{}", journey.name);
                assert_eq!(second.ask("reconnect"), "ok");
                assert_eq!(usable(&mut second), [""; 0], "{}", journey.name);
                let mut third = second_program(card.reader(), "shared");
                assert_eq!(usable(&mut third), [""; 0], "{}", journey.name);
            }
        }
    });
}

#[test]
fn nothing_is_left_where_a_job_ended_early() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let mut second = second_program(card.reader(), "shared");
        let mut check = |what| {
            assert_eq!(
                second.ask(&format!("send {SELECT_JPKI}")),
                "ResetCard",
                "{what}"
            );
            assert_eq!(second.ask("reconnect"), "ok");
            assert_eq!(usable(&mut second), [""; 0], "{what}");
        };
        let unlock = |value: &str| {
            let mut library = Card::new(open(card.reader()).unwrap());
            let mut transaction = library.begin()?;
            let pin = UserPin::parse(value.as_bytes()).unwrap();
            let mut jpki = transaction.jpki()?;
            jpki.unlock_authentication(&pin, Spend::KeepOne).map(|_| ())
            // Nobody calls `end`.
        };
        assert_eq!(unlock("0000").unwrap_err().code(), "pin.wrong");
        check("a wrong PIN");
        unlock(&who.authentication_pin.value).unwrap();
        check("a dropped transaction");
        let panicking = || {
            let mut library = Card::new(open(card.reader()).unwrap());
            let mut transaction = library.begin().unwrap();
            let mut jpki = transaction.jpki().unwrap();
            let pin = UserPin::parse(who.authentication_pin.value.as_bytes()).unwrap();
            let _key = jpki.unlock_authentication(&pin, Spend::KeepOne).unwrap();
            panic!("as intended");
        };
        let panicked = std::thread::scope(|scope| scope.spawn(panicking).join().is_err());
        assert!(panicked);
        check("a panic");
    });
}

/// What the tests above would see if the library did as most clients do.
#[test]
fn a_client_that_does_not_forget_leaves_the_key_to_the_next_program() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        // pcscd takes the power from a card to which nobody is connected, after one or two looks.
        let _bystander = open(card.reader()).unwrap();
        for (end, left) in [
            ("end leave", &["authentication key"][..]),
            // What dropping a card of the crate `pcsc` does.
            ("end reset", &["authentication key"]),
            ("end unpower", &[]),
        ] {
            card.reissue(&who);
            let mut first = second_program(card.reader(), "shared");
            assert_eq!(first.ask("begin"), "ok");
            verify(&mut first, &who);
            assert_eq!(first.ask(end), "ok");
            drop(first);
            assert_eq!(card.rights_left(), !left.is_empty(), "{end}");
            let mut second = second_program(card.reader(), "shared");
            assert_eq!(usable(&mut second), left, "{end}");
        }
    });
}

#[test]
fn a_killed_program_leaves_what_security_md_says_and_the_next_job_cleans_up() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let mut library = Card::new(open(card.reader()).unwrap());
        let mut first = second_program(card.reader(), "shared");
        assert_eq!(first.ask("begin"), "ok");
        verify(&mut first, &who);
        first.kill();
        // Begins as soon as pcscd has noticed and freed the lock, by a warm reset.
        let transaction = library.begin().unwrap();
        assert_eq!(transaction.since(), Since::Reset);
        transaction.end().unwrap();
        assert!(card.rights_left());
        // pcscd 1.9.9 tells of its reset before it has done it: it may come in between.
        while let Err(error) = (journey("authentication signature").run)(&mut library, &who) {
            assert!(
                ["card.reset", "card.power"].contains(&error.code()),
                "{error}"
            );
        }
        assert!(!card.rights_left());
    });
}

#[test]
fn our_library_in_a_second_process_is_told_and_goes_on() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let certificate: String = {
            let der = &who.authentication.as_ref().unwrap().certificate;
            der.iter().map(|byte| format!("{byte:02X}")).collect()
        };
        let mut second = second_program(card.reader(), "library");
        let mut first = Card::new(open(card.reader()).unwrap());
        let mut expect = |since: &str| {
            assert_eq!(second.ask("certificate"), format!("{since} {certificate}"));
        };
        expect("Unchanged");
        for (name, since) in [
            ("authentication certificate", "Unchanged"),
            ("authentication signature", "Reset"),
            ("counters", "Unchanged"),
            ("card number", "Reset"),
            ("signature certificate", "Reset"),
        ] {
            (journey(name).run)(&mut first, &who).unwrap();
            expect(since);
            expect("Unchanged");
        }
        // And the other way round: each is told of the other, neither of itself.
        assert_eq!(first.begin().unwrap().since(), Since::Unchanged);
        let signed = second.ask(&format!("signature {}", who.authentication_pin.value));
        assert!(signed.starts_with("Unchanged "), "{signed}");
        assert_eq!(first.begin().unwrap().since(), Since::Reset);
        assert_eq!(
            second.ask("certificate"),
            format!("Unchanged {certificate}")
        );
    });
}

#[test]
fn three_programs_that_sign_at_once_do_not_disturb_each_other() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let ask = format!("signature {}", who.authentication_pin.value);
        let mut others = [(); 2].map(|()| second_program(card.reader(), "library"));
        let rounds = 40;
        for _ in 0..rounds {
            others.iter_mut().for_each(|other| other.tell(&ask));
        }
        for round in 0..rounds {
            // With a connection of its own each time: also connecting meets the others' resets.
            let signed = run(journey("authentication signature"), card.reader(), &who);
            signed.unwrap_or_else(|error| panic!("round {round}: {error}"));
            for other in &mut others {
                let answer = other.line();
                let signature = answer.split_once(' ').map_or("", |(_since, bytes)| bytes);
                assert_eq!(signature.len(), 512, "round {round}: {answer}");
            }
        }
        assert_eq!(card.attempts(), (Some(3), Some(5)));
        assert!(!card.rights_left());
    });
}

/// OpenSC's shell with the card open, between commands outside of any transaction.
struct Explorer(Conversation);

impl Explorer {
    fn start() -> Self {
        let mut explorer = OPENSC_EXPLORER.converse(&["--reader", "0"]);
        explorer.wait_for("OpenSC [3F00]> ");
        Self(explorer)
    }

    /// The status word of a command, and what came before it.
    fn send(&mut self, command: &str) -> (String, String) {
        self.0.tell(&format!("apdu {command}"));
        let said = self.0.wait_for("OpenSC [3F00]> ");
        let (_, status) = said
            .split_once("SW1=0x")
            .unwrap_or_else(|| panic!("{said}"));
        let (sw1, sw2) = (&status[..2], status.split_once("SW2=0x").unwrap().1);
        (format!("{sw1}{}", &sw2[..2]), said)
    }
}

#[test]
fn opensc_in_a_long_session_is_told_reselects_and_goes_on() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let mut library = Card::new(open(card.reader()).unwrap());
        let mut explorer = Explorer::start();
        let mut status = |command: &str| explorer.send(command).0;
        let sign = "802A0097014100";
        assert_eq!(status(SELECT_JPKI), "9000");
        assert_eq!(status(&presenting(&who)), "9000");
        assert_eq!(status(sign), "9000");

        // Reading and counting disturb nobody, not even somebody who is logged in.
        for name in ["authentication certificate", "counters"] {
            (journey(name).run)(&mut library, &who).unwrap();
            assert_eq!(status(sign), "9000", "after {name}");
        }
        // After a PIN of ours the other program is as before its login, and knows it.
        for name in ["authentication signature", "signature"] {
            (journey(name).run)(&mut library, &who).unwrap();
            assert!(!card.rights_left());
            card.record();
            // It had JPKI selected and selects it again by itself: then it can go on.
            assert_eq!(status(sign), "6982", "after {name}");
            let first = card.commands().into_iter().next().unwrap();
            assert_eq!(hex(&first), SELECT_JPKI, "after {name}");
            assert_eq!(status("00B08A0004"), "9000", "after {name}");
            assert_eq!(status(&presenting(&who)), "9000");
            assert_eq!(status(sign), "9000");
        }
        // Another application was selected: JPKI is selected again all the same.
        (journey("card number").run)(&mut library, &who).unwrap();
        assert_eq!(status("00B08A0004"), "9000");
    });
}

#[test]
fn pkcs11_tool_that_waits_for_its_pin_meanwhile_logs_in_and_signs() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        fs::write(&input, "a document").unwrap();
        // It asks for the PIN on a terminal only, and `script` is one.
        let line = format!(
            "pkcs11-tool --module {} --login --sign -m SHA256-RSA-PKCS --id 01 -i {} -o {}",
            opensc_module().display(),
            input.display(),
            output.display()
        );
        let mut tool = SCRIPT.converse(&["--quiet", "--return", "--command", &line, "/dev/null"]);
        tool.wait_for("PIN: ");
        for name in [
            "authentication signature",
            "card number",
            "signature certificate",
        ] {
            run(journey(name), card.reader(), &who).unwrap();
        }
        let pin = &who.authentication_pin.value;
        let mut said = tool.ask(pin);
        while said == *pin {
            // The terminal still echoed: what is typed before the tool switches that off is lost.
            said = tool.ask(pin);
        }
        assert!(tool.end().success());
        let signature = fs::read(output).unwrap();
        let certificate = &who.authentication.as_ref().unwrap().certificate;
        assert!(signed_by(certificate, b"a document", &signature));
    });
}

const SCRIPT: Tool = Tool {
    program: "script",
    package: "bsdutils",
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
