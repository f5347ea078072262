//! Closed pipes, full disks, and no terminal.

use std::fs::File;
use std::process::Stdio;

use crate::{Run, World};

#[test]
fn a_closed_pipe_is_no_failure_of_work_that_is_done() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    for line in [
        "--help",
        "sim list",
        "completions bash",
        "--reader sim:hanako status",
        "--reader sim:hanako status --json",
        "--reader sim:hanako cert auth --format der",
        "--reader sim:hanako --pin sim sign --format raw a.txt",
        "--reader sim:hanako --pin sim sign --format raw a.txt -o -",
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = world.command(line.split_whitespace());
        let run = Run::of(
            command
                .stdout(writer)
                .stderr(Stdio::piped())
                .output()
                .unwrap(),
        );
        assert_eq!(run.status, Some(0), "{line}: {}", run.stderr);
        let noise = run
            .stderr
            .lines()
            // What is signed is shown before; the pipe has no part in it.
            .filter(|line| !line.starts_with("SIMULATED") && !line.contains("signed"))
            .filter(|line| !line.contains("SHA-256"))
            .count();
        assert_eq!(noise, 0, "{line}: {}", run.stderr);
    }
    assert!(world.path("a.txt.sig").exists());
}

#[test]
fn a_full_disk_is_a_failure() {
    let world = World::new();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = world.command(["--reader", "sim:hanako", "status"]);
    let run = Run::of(
        command
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap(),
    );
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("cannot be written"), "{}", run.stderr);
}

#[test]
fn a_closed_standard_error_takes_nothing_away() {
    let world = World::new();
    let script = "exec \"$0\" --reader sim:hanako status 2>&-";
    Run::of(
        world
            .tool("sh")
            .args(["-c", script, crate::PROGRAM])
            .output()
            .unwrap(),
    )
    .done();
}

#[test]
fn without_a_terminal_a_pin_needs_a_source() {
    let world = World::new();
    // A session of its own has no terminal.
    let mut command = world.tool("setsid");
    command.args([
        "--wait",
        crate::PROGRAM,
        "--json",
        "--reader",
        "sim:hanako",
        "cert",
        "sign",
    ]);
    Run::of(command.output().unwrap()).failed(2, "pin.no-terminal");
}
