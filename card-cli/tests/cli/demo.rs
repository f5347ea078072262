//! The demo of `make demo`: short, whole, and the same on a terminal and in a file.

use crate::{PROGRAM, Run, World};

/// The demo's output in a language.
fn demo(language: &str) -> String {
    let world = World::new();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/demo.sh");
    let mut command = world.tool("sh");
    command
        .arg(script)
        .env("MYNACARD", PROGRAM)
        .env("LANG", language);
    let run = Run::of(command.output().unwrap()).done();
    assert_eq!(run.stderr, "", "everything is on one stream, in order");
    run.text()
}

#[test]
fn the_demo_fits_on_a_screen_and_shows_a_signed_and_checked_pdf() {
    for (language, verdict) in [
        ("C", "VALID (revocation not checked)"),
        ("ja_JP.UTF-8", "有効（失効は未確認）"),
    ] {
        let text = demo(language);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() < 60, "{} lines\n{text}", lines.len());
        assert!(!text.contains('\u{1b}'), "no escapes into a file");
        let place = |what: &str| {
            let found = lines.iter().position(|line| line.contains(what));
            found.unwrap_or_else(|| panic!("{what} is missing from\n{text}"))
        };
        assert!(place("SIMULATED") < place("contract.pdf → contract.signed.pdf"));
        assert!(place("SHA-256") < place("contract.pdf → contract.signed.pdf"));
        let judged = place("$ mynacard verify --trust sim contract.signed.pdf");
        assert!(lines[judged..].contains(&verdict), "{text}");
        assert!(lines.last().unwrap().ends_with("mynacard status"), "{text}");
    }
}
