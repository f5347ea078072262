//! The guides of `docs/guide`, run as they are written: each line behind `$` in a `console` block,
//! in a folder of its own; what stands below must come, in this order.

use std::path::Path;

use crate::{PROGRAM, Run, World};

/// Every command of a guide with the lines that it must say.
fn steps(guide: &str) -> Vec<(String, Vec<String>)> {
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    let mut inside = false;
    for line in guide.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push((command.to_owned(), Vec::new())),
                (None, Some((_, said))) => said.push(line.to_owned()),
                (None, None) => panic!("output before a command: {line}"),
            },
        }
    }
    steps
}

/// The lines of `said` that do not come in this order; empty if all do.
fn missing<'s>(said: &'s [String], text: &str) -> Option<&'s str> {
    let mut rest = text;
    for line in said {
        match rest.find(line.as_str()) {
            Some(place) => rest = &rest[place + line.len()..],
            None => return Some(line),
        }
    }
    None
}

#[test]
fn guides_work_as_written() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide"));
    let path = std::env::var("PATH").unwrap();
    let programs = Path::new(PROGRAM).parent().unwrap().display().to_string();
    for name in [
        "first-hour.md",
        "first-hour.ja.md",
        "certificate.md",
        "sign-a-file.md",
        "filing.md",
        "verify.md",
        "ssh.md",
        "web-eid.md",
        "without-a-card.md",
        "when-it-does-not-work.md",
    ] {
        let world = World::new();
        std::fs::copy(folder.join("contract.pdf"), world.path("contract.pdf")).unwrap();
        let guide = std::fs::read_to_string(folder.join(name)).unwrap();
        let steps = steps(&guide);
        assert!(steps.len() > 1, "{name}: {} commands", steps.len());
        for (command, said) in steps {
            let mut shell = world.tool("sh");
            shell
                .args(["-c", &format!("{{ {command}; }} 2>&1")])
                .env("PATH", format!("{programs}:{path}"));
            let run = Run::of(shell.output().unwrap());
            let text = run.text();
            assert_eq!(run.status, Some(0), "{name}: {command}\n{text}");
            if let Some(line) = missing(&said, &text) {
                panic!("{name}: {command}\n{line:?} is missing from\n{text}");
            }
        }
    }
}

#[test]
fn what_a_guide_promises_is_looked_for_in_order() {
    let said = ["a".to_owned(), "b".to_owned()];
    assert_eq!(missing(&said, "a then b"), None);
    assert_eq!(missing(&said, "b then a"), Some("b"));
    let guide = "text\n```console\n$ one\nout\n$ two\n```\n$ no command\n";
    let expected = [("one", vec!["out"]), ("two", vec![])];
    let found = steps(guide);
    let found: Vec<_> = found
        .iter()
        .map(|(command, said)| {
            (
                command.as_str(),
                said.iter().map(String::as_str).collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(found, expected);
}
