//! The client library that is the simulator, beside that of pcsc-lite: one program asks both the
//! same questions.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use card_sim::front::control::Cards;
use card_sim::front::socket::{Desk, SOCKET_VARIABLE, Server};
use card_sim::state::Persistent;
use card_tests::pcscd;
use card_tests::resident::Resident;
use serde_json::Value;

use crate::real_pcscd::hanako;

/// The library: cargo puts it beside this test, because the tests depend on its crate.
pub(crate) fn library() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().join("libcard_sim_pcsc.so")
}

/// The answers of a library by question. `remove` and `insert` move the card.
fn observed(
    client: &mut Command,
    remove: &mut dyn FnMut(),
    insert: &mut dyn FnMut(),
) -> BTreeMap<String, Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/all/sim_pcsc/observe.py");
    let mut child = client
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is missing: package python3");
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BTreeMap::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        eprintln!("{line}");
        match line.as_str() {
            "remove" => remove(),
            "insert" => insert(),
            _ => {
                let said: Value = serde_json::from_str(&line).unwrap();
                let question = said["question"].as_str().unwrap().to_owned();
                answers.insert(question, said["answer"].clone());
                continue;
            }
        }
        stdin.write_all(b"done\n").unwrap();
    }
    assert!(child.wait().unwrap().success(), "{answers:#?}");
    answers
}

/// Where the two differ, and why.
const DIFFERENT: [(&str, &str); 1] = [(
    "attribute friendly name",
    "pcscd 1.9.9 has no room for the name of its own reader (SCARD_E_INSUFFICIENT_BUFFER)",
)];

#[test]
fn the_library_answers_as_that_of_pcsc_lite() {
    pcscd::alone(1, |service| {
        let reader = service.readers()[0].clone();
        let card = RefCell::new(Resident::insert(service, &reader, &hanako()));
        let theirs = observed(
            &mut Command::new("/usr/bin/python3"),
            &mut || card.borrow_mut().remove(service),
            &mut || card.borrow_mut().insert_again(service),
        );
        let folder = tempfile::tempdir().unwrap();
        symlink(library(), folder.path().join("libpcsclite.so.1")).unwrap();
        let socket = folder.path().join("socket");
        let desk = Desk::new(vec![(hanako(), Persistent::in_memory())]);
        let _server = Server::listen(&socket, desk.clone()).unwrap();
        let mut client = Command::new("/usr/bin/python3");
        client
            .env("LD_LIBRARY_PATH", folder.path())
            .env(SOCKET_VARIABLE, &socket);
        let ours = observed(&mut client, &mut || desk.remove(0), &mut || desk.insert(0));
        assert!(ours.len() > 120, "{}", ours.len());
        let differs = |question: &&String| {
            theirs.get(*question) != ours.get(*question)
                && !DIFFERENT.iter().any(|(known, _)| known == question)
        };
        let lines: Vec<String> = theirs
            .keys()
            .filter(differs)
            .map(|one| format!("{one}: {} instead of {}", ours[one], theirs[one]))
            .collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
        for (question, why) in DIFFERENT {
            assert_ne!(theirs[question], ours[question], "no longer: {why}");
        }
    });
}

/// Misuse by a program in C; under valgrind where `UNDER_VALGRIND` is set (`make valgrind`).
#[test]
fn misuse_is_answered_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    symlink(library(), folder.path().join("libpcsclite.so.1")).unwrap();
    let socket = folder.path().join("socket");
    let desk = Desk::new(vec![(hanako(), Persistent::in_memory())]);
    let _server = Server::listen(&socket, desk.clone()).unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/all/sim_pcsc/abuse.c");
    let (runner, calls) = match std::env::var_os("UNDER_VALGRIND") {
        Some(_) => ("valgrind -q --error-exitcode=9 --leak-check=full", 20_000),
        None => ("", 20_000),
    };
    let line = format!(
        "gcc -Wall -Werror -g $(pkg-config --cflags libpcsclite) {source} -o abuse -lpcsclite -lpthread && \
        LD_LIBRARY_PATH=$PWD {runner} ./abuse $PWD/libpcsclite.so.1 7 {calls}"
    );
    let output = Command::new("sh")
        .args(["-c", &line])
        .current_dir(folder.path())
        .env(SOCKET_VARIABLE, &socket)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    assert!(
        said.contains(&format!(" 0 failures, {calls} calls")),
        "{said}"
    );
    println!("{said}");
    // Nothing was presented, and the service goes on.
    let wire = desk.wire(0).unwrap();
    assert_eq!(wire.lock().unwrap().presented(), 0);
}
