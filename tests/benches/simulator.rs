//! `make density`: what simulated cards cost. Exchanges a second through the client library and, in
//! turns with it, through pcscd and vpcd; a start of `sim run`; residents made in a second, and their
//! memory.

use std::alloc::System;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use card_sim::front::in_process::SimulatedCard;
use card_sim::front::socket::{Desk, SOCKET_VARIABLE, Server};
use card_sim::persona::Persona;
use card_sim::state::Persistent;
use card_tests::pcscd;
use card_tests::resident::Resident;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const RESIDENTS: u32 = 1_000;
const PAIRS: usize = 7;

fn main() {
    pcscd::alone_in_program(1, |service| {
        println!("| figure | median | least | most |");
        println!("|---|---|---|---|");
        pace(service);
        start();
        residents();
    });
}

/// One program in C, in turns on either side, so that other work of the machine meets both.
fn pace(service: &pcscd::Pcscd) {
    let hanako = || Persona::shipped("hanako").expect("hanako is shipped");
    let _card = Resident::insert(service, &service.readers()[0], &hanako());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let client = client(folder.path());
    symlink(library(), folder.path().join("libpcsclite.so.1")).expect("a link");
    let socket = folder.path().join("socket");
    let desk = Desk::new(vec![(hanako(), Persistent::in_memory())]);
    let _server = Server::listen(&socket, desk).expect("a service");
    let (mut theirs, mut ours, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let slow = exchanges(&mut Command::new(&client), 5_000);
        let mut command = Command::new(&client);
        let quick = exchanges(
            command
                .env("LD_LIBRARY_PATH", folder.path())
                .env(SOCKET_VARIABLE, &socket),
            100_000,
        );
        theirs.push(slow);
        ours.push(quick);
        times.push(quick / slow);
    }
    row("exchanges a second through pcscd and vpcd", &mut theirs, 0);
    row("exchanges a second through the library", &mut ours, 0);
    row("so many times as many, pair by pair", &mut times, 1);
}

fn client(folder: &Path) -> PathBuf {
    let client = folder.join("pace");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pace.c");
    let line = format!(
        "gcc -O2 $(pkg-config --cflags libpcsclite) {source} -o {} -lpcsclite",
        client.display()
    );
    let status = Command::new("sh").args(["-c", &line]).status();
    assert!(status.is_ok_and(|status| status.success()), "{line}");
    client
}

fn exchanges(command: &mut Command, count: u32) -> f64 {
    let output = command.arg(count.to_string()).output().expect("the client");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().expect("a number")
}

/// From the start to the end of the program, with a command that does nothing.
fn start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut run = || {
        let mut command = Command::new(beside("mynacard"));
        command.args(["sim", "run", "hanako", "--", "true"]);
        let status = command
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "run make density"
        );
    };
    run();
    let mut times: Vec<f64> = (0..50).map(|_| milliseconds(&mut run)).collect();
    row("`sim run hanako -- true`, milliseconds", &mut times, 1);
}

/// Everything of a resident but RSA keys, which are products of primes that are shipped.
fn residents() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let load = |number: u32| {
        let path = folder.path().join("one.toml");
        let text = Persona::template(&format!("r-{number}"), "density", number);
        std::fs::write(&path, text).expect("a file");
        SimulatedCard::new(&Persona::load(&path).expect("a resident"))
    };
    // What is read once for all is not any resident's.
    drop(load(0));
    let mut cards = Vec::new();
    let region = Region::new(ALLOCATOR);
    let hundred = |many: u32| {
        let begun = Instant::now();
        cards.extend((100 * many..100 * many + 100).map(load));
        100.0 / begun.elapsed().as_secs_f64()
    };
    let mut made: Vec<f64> = (0..RESIDENTS / 100).map(hundred).collect();
    let change = region.change();
    row("residents made in a second, by the hundred", &mut made, 0);
    let kept = change.bytes_allocated - change.bytes_deallocated;
    println!(
        "| {} residents in one process, MiB | {:.1} | – | – |",
        cards.len(),
        kept as f64 / f64::from(1 << 20)
    );
}

fn milliseconds(run: &mut impl FnMut()) -> f64 {
    let begun = Instant::now();
    run();
    let taken: Duration = begun.elapsed();
    1e3 * taken.as_secs_f64()
}

/// The client library: cargo builds it with this program.
fn library() -> PathBuf {
    beside("deps/libcard_sim_pcsc.so")
}

/// A file of the target folder of this program, which lies in its `deps`.
fn beside(name: &str) -> PathBuf {
    let program = std::env::current_exe().expect("the path of this program");
    let folder = program.parent().and_then(Path::parent);
    folder.expect("two folders").join(name)
}

fn row(name: &str, figures: &mut [f64], places: usize) {
    figures.sort_by(f64::total_cmp);
    let (least, most) = (figures[0], figures[figures.len() - 1]);
    let median = figures[figures.len() / 2];
    println!("| {name} | {median:.places$} | {least:.places$} | {most:.places$} |");
}
