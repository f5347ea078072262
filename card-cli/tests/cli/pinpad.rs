//! Readers with a keypad: the program leaves the PIN to them.

use crate::World;
use crate::terminal::Session;

impl World {
    /// A line of shell on the card of a resident in a reader with a keypad, with these keys pressed.
    fn on_keypad(&self, resident: &str, keys: &str, line: &str) -> crate::Run {
        let mut command = self.command(["sim", "run", "--pinpad", resident, "--", "sh", "-c"]);
        let press = "for keys in $KEYS; do $M sim ctl keys 0 $keys; done";
        command
            .arg(format!("{press}; {line}"))
            .env("M", crate::PROGRAM)
            .env("KEYS", keys);
        crate::Run::of(command.output().unwrap())
    }
}

#[test]
fn a_pin_is_typed_on_the_reader() {
    let world = World::new();
    world.write("document", "a document of a made-up resident");
    let line = "$M sign --format raw --key auth -o signature document && \
        $M cert auth --format pem -o certificate.pem && \
        openssl x509 -in certificate.pem -noout -pubkey >key.pem && \
        openssl dgst -sha256 -verify key.pem -signature signature document";
    let run = world.on_keypad("hanako", "1234", line).done();
    assert!(run.text().contains("Verified OK"), "{}", run.text());
    assert!(run.stderr.contains("on the reader"), "{}", run.stderr);
    for (keys, status, code, left) in [
        ("9999", 20, "pin.wrong", 2),
        ("cancel", 50, "pinpad.cancelled", 3),
        ("timeout", 50, "pinpad.timeout", 3),
        ("123", 2, "pinpad.length", 3),
    ] {
        let line = "$M --json pin check auth; s=$?; $M sim ctl cards >cards; exit $s";
        world.on_keypad("hanako", keys, line).failed(status, code);
        let cards = std::fs::read_to_string(world.path("cards")).unwrap();
        assert!(cards.contains(&format!("authentication {left}")), "{cards}");
        assert!(!cards.contains("verified"), "{cards}");
    }
    for (resident, status, code) in [
        ("nokori", 22, "pin.last-attempt"),
        ("rokku-auth", 21, "pin.blocked"),
    ] {
        let line = "$M --json pin check auth";
        world.on_keypad(resident, "1234", line).failed(status, code);
    }
    let line = "$M pin check auth --spend-last-attempt";
    world.on_keypad("nokori", "1234", line).done();
}

#[test]
fn a_new_pin_is_typed_on_the_reader_too() {
    let world = World::new();
    let line = "$M pin change auth && printf 5678 | $M --pin stdin pin check auth";
    world.on_keypad("hanako", "1234 5678 5678", line).done();
    let line = "$M --json pin change auth";
    let run = world.on_keypad("hanako", "1234 5678 5679", line);
    run.failed(2, "pinpad.not-repeated");
}

#[test]
fn pins_of_the_profile_application_and_the_licence_are_typed_on_the_reader_too() {
    let world = World::new();
    let number = "number --purpose holder --reveal";
    for (line, keys, left) in [
        ("pin check profile", "4321", "profile 2"),
        ("profile", "4321", "profile 2"),
        ("profile --signed --trust sim", "4321", "profile 2"),
        ("genuine profile --trust sim", "4321", "profile 2"),
        (number, "4321", "profile 2"),
        ("age --over 18 --with pin --trust sim", "4321", "profile 2"),
        ("licence", "2468", "licence 9"),
        ("licence --expiry", "2468", "licence 9"),
    ] {
        let on = |keys| {
            let line = format!("$M {line}; s=$?; $M sim ctl cards >cards; exit $s");
            let run = world.on_keypad("menkyo", keys, &line);
            let cards = std::fs::read_to_string(world.path("cards")).unwrap();
            assert!(!cards.contains("verified"), "{line}: {cards}");
            (run, cards)
        };
        let (run, _) = on(keys);
        assert_eq!(run.status, Some(0), "{line}: {}", run.stderr);
        assert!(run.stderr.contains("on the reader"), "{}", run.stderr);
        let (run, cards) = on("9999");
        assert_eq!(run.status, Some(20), "{line}: {}", run.stderr);
        assert!(cards.contains(left), "{line}: {cards}");
    }
    // Others that open the same are typed on the computer, if one says so.
    let line = "printf 02040120361001 | $M --pin stdin profile --with number-b";
    let run = world.on_keypad("hanako", "9999", line).done();
    assert!(!run.stderr.contains("on the reader"), "{}", run.stderr);
}

/// The reader alone can end its wait: a signal is kept until then, and the card forgets.
#[test]
fn a_signal_while_keys_are_awaited_is_kept_until_the_reader_answers() {
    let world = World::new();
    for (keys, presented) in [("1234", 1), ("cancel", 0)] {
        let line = format!(
            "$M --json pin check auth & \
            until $M --json sim ctl cards | grep -q '\"asking\": true'; do :; done; \
            kill -TERM $!; $M sim ctl keys hanako {keys}; wait $!; s=$?; \
            $M --json sim ctl cards >cards; exit $s"
        );
        let run = world.on_keypad("hanako", "", &line);
        let run = run.failed(50, "operation.cancelled");
        let cards = std::fs::read_to_string(world.path("cards")).unwrap();
        let cards: serde_json::Value = serde_json::from_str(&cards).unwrap();
        let card = &cards["cards"][0];
        assert_eq!(card["presented"], presented, "{cards}");
        assert_eq!(card["attempts"]["authentication"], 3, "{cards}");
        assert_eq!(
            (&card["unlocked"], &card["asking"]),
            (&false.into(), &false.into())
        );
        // Who waits was told who can end the wait.
        assert!(
            run.stderr.contains("press Cancel on the reader"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_password_with_letters_stays_on_the_keyboard() {
    let world = World::new();
    let program = crate::PROGRAM;
    let line = format!("sim run --pinpad hanako -- {program} pin check sign");
    let mut session = Session::start(&world, &line);
    session.shows(
        "type the signature password (6 to 16 letters and digits) here: it can have letters",
    );
    session.shows("5 of 5 attempts left: ");
    session.types("SIM12345\n");
    let seen = session.end();
    assert!(seen.contains("status 0"), "{seen}");
    assert!(!seen.contains("on the reader"), "{seen}");
}

#[test]
fn the_keyboard_is_taken_where_that_is_asked_for_or_needed() {
    let world = World::new();
    // The keys stay where they are: without a terminal there is no keyboard.
    for line in [
        "$M --json --no-pinpad pin check auth",
        "$M --json pin check sign",
    ] {
        let run = world.on_keypad("hanako", "1234", line);
        run.failed(2, "pin.no-terminal");
    }
    let line = "printf 1234 | $M --pin stdin pin check auth";
    let run = world.on_keypad("hanako", "9999", line).done();
    assert!(!run.stderr.contains("on the reader"), "{}", run.stderr);
}

#[test]
fn keys_are_refused_without_a_keypad() {
    let world = World::new();
    let run = world.on_cards("hanako", "$M --json sim ctl keys hanako 1234");
    run.failed(2, "sim.refused");
    let run = world.on_keypad("hanako", "", "$M --json sim ctl keys hanako ok");
    run.failed(2, "sim.refused");
}
