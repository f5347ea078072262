//! PINs come from where they may, are never shown, and cost what was agreed.

use std::fs;

use crate::{Run, World};

/// Made up: values that no other part of an output could hold by chance.
const PIN: &str = "9753";
const PASSWORD: &str = "QX7ZV31KW";

fn world() -> World {
    let world = World::new();
    let file = format!(
        "id = \"himitsu\"\nbased-on = \"hanako\"\n[pins]\n\
         authentication = {{ value = \"{PIN}\" }}\nsignature = {{ value = \"{PASSWORD}\" }}\n"
    );
    world.write("himitsu.toml", &file);
    world.write("pin", &format!("{PIN}\n"));
    world.write("password", &format!("{PASSWORD}\r\n"));
    world.write("a.txt", "A document.\n");
    world
}

fn shows_no_pin(run: &Run, at: &str) {
    let shown = String::from_utf8_lossy(&run.stdout).into_owned() + &run.stderr;
    for secret in [PIN, PASSWORD, "qx7zv31kw"] {
        assert!(!shown.contains(secret), "{at}: {shown}");
    }
}

#[test]
fn no_source_and_no_failure_shows_a_pin() {
    let world = world();
    let card = "--reader sim:himitsu.toml";
    let lower = "qx7zv31kw\n";
    let password = &format!("{PASSWORD}\n");
    let longer = &format!("{PIN}{PIN}\n");
    let change = &format!("{PIN}\n{PASSWORD}\n");
    let on_the_line = &format!("--pin {PIN} status");
    let as_option = &format!("--pin={PASSWORD} status");
    let as_new = &format!("pin change auth --new-pin={PIN}");
    let as_argument = &format!("pin check auth {PIN}");
    let runs: &[(&str, &str)] = &[
        ("--pin sim cert sign", ""),
        ("--pin file:password cert sign --json", ""),
        ("--pin file:pin pin check auth -v --trace t1", ""),
        ("--pin stdin sign --format raw a.txt --trace t2", lower),
        ("--pin stdin pin check sign --json", password),
        ("--pin stdin pin check auth --json", longer),
        ("--pin stdin pin change auth --json", change),
        ("--pin file:pin pin check sign", ""),
        ("--pin file:password pin check auth", ""),
        (on_the_line, ""),
        (as_option, ""),
        (as_new, ""),
        (as_argument, ""),
    ];
    for (line, stdin) in runs {
        for language in ["ja", "en"] {
            // The second transcript of a name is refused, which is a run like any other.
            let run = world.run_with(&format!("{card} --lang {language} {line}"), stdin);
            shows_no_pin(&run, line);
        }
    }
    for trace in ["t1", "t2"] {
        let text = fs::read_to_string(world.path(trace)).unwrap();
        let hex = |secret: &str| {
            secret
                .bytes()
                .map(|byte| format!("{byte:02X}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        for secret in [PIN, PASSWORD] {
            assert!(
                !text.contains(secret) && !text.contains(&hex(secret)),
                "{text}"
            );
        }
    }
}

#[test]
fn a_descriptor_gives_a_pin() {
    let world = world();
    let script = "exec 9<pin; exec \"$0\" --reader sim:himitsu.toml --pin fd:9 pin check auth";
    let output = world
        .tool("sh")
        .args(["-c", script, crate::PROGRAM])
        .output()
        .unwrap();
    Run::of(output).done();
}

#[test]
fn the_last_attempt_needs_a_consent_of_its_own() {
    let world = World::new();
    let check = "--json --reader sim:nokori --pin stdin pin check auth";
    world.run_with(check, "0000").failed(22, "pin.last-attempt");
    // A right value does not get through either: nobody can know that it is right.
    world.run_with(check, "1234").failed(22, "pin.last-attempt");
    let agreed = format!("{check} --spend-last-attempt");
    world.run_with(&agreed, "1234").done();
    let left = world
        .run("--json --reader sim:nokori pin status")
        .done()
        .json();
    assert_eq!(
        left["attempts"]["authentication"], 3,
        "a right PIN restores the counter"
    );
    for left in [2, 1] {
        let run = world
            .run_with(check, &format!("000{left}"))
            .failed(20, "pin.wrong");
        assert_eq!(run.json()["details"]["left"], left);
    }
    world.run_with(&agreed, "0000").failed(21, "pin.blocked");
    world.run_with(&agreed, "1234").failed(21, "pin.blocked");
}

#[test]
fn a_phone_is_asked_for_its_pin_only_where_it_wants_it() {
    let world = World::new();
    let cost = |line: &str| {
        let json = world.run(&format!("--json {line}")).done().json();
        json["presented"].as_u64().unwrap()
    };
    assert_eq!(
        cost("--reader sim:hanako --pin file:nowhere cert auth"),
        0,
        "not even looked for"
    );
    assert_eq!(cost("--reader sim:android --pin sim cert auth"), 1);
    assert_eq!(cost("--reader sim:iphone --pin sim cert auth"), 1);
}

#[test]
fn pinentry_asks_where_there_is_no_terminal() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let script = "#!/bin/sh\necho OK\nwhile read -r line; do\n  echo \"$line\" >>asked\n\
                  case $line in GETPIN*) cat answer;; esac\n  echo OK\ndone\n";
    let program = world.write("bin/pinentry", script);
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    let check = |card: &str| {
        let line = format!("--json --reader sim:{card} --pin pinentry pin check auth");
        let mut command = world.command(line.split_whitespace());
        let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
        Run::of(command.env("PATH", path).output().unwrap())
    };
    world.write("answer", "D 1234\n");
    check("hanako").done();
    let asked = fs::read_to_string(world.path("asked")).unwrap();
    assert!(
        asked.contains("authentication PIN (4 digits), 3 of 3 attempts left"),
        "{asked}"
    );
    check("nokori").failed(22, "pin.last-attempt");
    world.write("answer", "ERR 83886179 canceled\n");
    check("hanako").failed(50, "operation.cancelled");
    world
        .run("--json --reader sim:hanako --pin pinentry pin check auth")
        .failed(2, "pin.source");
}
