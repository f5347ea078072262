//! The screens of `docs/screens` against what the program says today. White space and line breaks are
//! the terminal's, digits of times and fingerprints are of the day: both are left out.

use std::path::Path;

use crate::terminal::Session;
use crate::{PROGRAM, Run, World};

const LANGUAGES: [(&str, &str); 2] = [("en", "en_US.UTF-8"), ("ja", "ja_JP.UTF-8")];

fn screen(name: &str) -> String {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/screens"));
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The words alone.
fn words(text: &str) -> String {
    let kept = text.chars().filter(|sign| !sign.is_whitespace());
    kept.map(|sign| if sign.is_ascii_digit() { '0' } else { sign })
        .collect()
}

#[track_caller]
fn holds(name: &str, said: &str) {
    let stored = screen(name);
    assert_eq!(
        words(&stored),
        words(said),
        "docs/screens/{name} is old: docs/screens/capture\n{stored}\n{said}"
    );
}

/// As the terminal gets it from both streams, without colours.
fn said(world: &World, locale: &str, line: &str) -> String {
    let mut shell = world.tool("sh");
    shell
        .args(["-c", &format!("{PROGRAM} {line} 2>&1")])
        .env("LANG", locale);
    Run::of(shell.output().unwrap()).text()
}

#[test]
fn verify_says_what_the_screens_show() {
    let world = World::new();
    let contract = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/guide/contract.pdf"
    ));
    std::fs::copy(contract, world.path("contract.pdf")).unwrap();
    world.write("letter.txt", "I agree.\n");
    for file in ["contract.pdf", "letter.txt"] {
        let sign = "--reader sim:hanako --pin sim sign --consent-disclosure";
        world.run(&format!("{sign} {file}")).done();
    }
    world.write("letter.txt", "I do not agree.\n");
    for (short, locale) in LANGUAGES {
        for (name, line) in [
            ("valid", "verify --trust sim contract.signed.pdf"),
            ("broken", "verify --trust sim letter.txt"),
            ("unknown", "verify contract.signed.pdf"),
        ] {
            let said = said(&world, locale, line);
            holds(&format!("verify-{name}.{short}.txt"), &said);
        }
    }
}

#[test]
fn doctor_says_what_the_screens_show() {
    let world = World::new();
    for system in ["none", "stopped", "driver"] {
        for (file, content) in [
            ("1-1/idVendor", "054c\n"),
            ("1-1/idProduct", "0dc9\n"),
            ("1-1/product", "RC-S300/P\n"),
            ("1-1:1.0/bInterfaceClass", "0b\n"),
        ] {
            world.write(&format!("{system}/sys/bus/usb/devices/{file}"), content);
        }
    }
    world.write("stopped/usr/sbin/pcscd", "");
    world.write("stopped/run/systemd/system/here", "");
    world.write("driver/usr/sbin/pcscd", "");
    world.write("driver/run/pcscd/pcscd.comm", "");
    for (short, locale) in LANGUAGES {
        for system in ["none", "stopped", "driver"] {
            let said = said(&world, locale, &format!("doctor --root {system}"));
            holds(&format!("doctor-{system}.{short}.txt"), &said);
        }
    }
}

#[test]
fn the_guide_shows_what_the_screens_show() {
    let world = World::new();
    for (short, locale) in LANGUAGES {
        let terminal = format!("xterm LANG={locale}");
        let line = "--reader sim:hanako guide";
        let mut session = Session::start_in(&terminal, &world, line);
        session.shows("  0 ");
        session.types("6");
        session.then_shows("mynacard --reader sim:hanako pin status");
        session.then_shows("  0 ");
        session.types("q");
        let seen = words(&session.end());
        for name in ["guide", "guide-step"] {
            let stored = screen(&format!("{name}.{short}.txt"));
            let mut rest = seen.as_str();
            for line in stored.lines().filter(|line| !line.trim().is_empty()) {
                let line = words(line.trim_start_matches('>'));
                let place = rest.find(&line);
                let place = place.unwrap_or_else(|| {
                    panic!("docs/screens/{name}.{short}.txt is old: {line}\n{seen}")
                });
                rest = &rest[place + line.len()..];
            }
        }
    }
}
