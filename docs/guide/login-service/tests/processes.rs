//! Three processes behind one engine under load: each challenge is answered once, whatever dies.
//!
//! `LOGINS` and `DOUBLES` say how many; `make logins` asks for more.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, wherever it stands"
)]

#[path = "../../../../card-login-redis/tests/all/engine.rs"]
#[expect(dead_code, reason = "some of it serves the tests of the stores only")]
mod engine;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use card_core::login::{self, Nonce, Origin};
use card_core::pin::UserPin;
use card_core::{Card, Spend};
use card_sim::front::in_process::SimulatedCard;
use card_sim::persona::Persona;
use engine::Engine;
use serde_json::Value;

const ORIGIN: &str = "https://example.org";
const PROCESSES: usize = 3;

/// A process of the service.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(engine: &Engine, folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_login-service"))
            .args(["--origin", ORIGIN, "--listen", "127.0.0.1:0"])
            .args(["--redis", &format!("unix://{}", engine.socket().display())])
            .args([Path::new("--keys"), &folder.join("keys")])
            .args([Path::new("--trust"), &folder.join("roots")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        let address = address.trim_end().to_owned();
        Self { child, address }
    }

    /// Status, body and the nonce of the cookie.
    fn post(&self, path: &str, nonce: &str, body: &str) -> (u16, Value) {
        let agent = ureq::Agent::config_builder().http_status_as_error(false);
        let mut response = ureq::Agent::new_with_config(agent.build())
            .post(format!("{}{path}", self.address))
            .header("Cookie", format!("theme=dark; __Host-nonce={nonce}"))
            .send(body)
            .unwrap();
        let status = response.status().as_u16();
        if path == "/challenge" && status == 200 {
            let cookie = response.headers()["set-cookie"].to_str().unwrap();
            assert!(cookie.starts_with("__Host-nonce="), "{cookie}");
            assert!(cookie.contains("; Secure; HttpOnly; SameSite=Strict"));
        }
        let text = response.body_mut().read_to_string().unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }

    fn get(&self, path: &str) -> (u16, String) {
        let agent = ureq::Agent::config_builder().http_status_as_error(false);
        let agent = ureq::Agent::new_with_config(agent.build());
        let mut response = agent.get(format!("{}{path}", self.address)).call().unwrap();
        let status = response.status().as_u16();
        (status, response.body_mut().read_to_string().unwrap())
    }

    /// Time on a processor so far, in hundredths of a second of Linux.
    fn processor_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks = |n: usize| fields[n].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / 100.0
    }

    fn challenge(&self) -> String {
        let (status, body) = self.post("/challenge", "", "");
        assert_eq!(status, 200, "{body}");
        body["nonce"].as_str().unwrap().to_owned()
    }

    /// Logs in; `Ok` with the identity, or the status and the reason.
    fn login(&self, nonce: &str, token: &str) -> Result<String, (u16, String)> {
        let (status, body) = self.post("/login", nonce, token);
        let text = |member: &str| body[member].as_str().unwrap().to_owned();
        if status == 200 {
            assert_eq!(text("revocation"), "not-checked");
            Ok(text("identity"))
        } else {
            Err((status, text("reason")))
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Roots of simulated cards and the folder of the key.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("roots")).unwrap();
    for (number, der) in card_sim::pki::roots().enumerate() {
        std::fs::write(folder.path().join(format!("roots/{number}.cer")), der).unwrap();
    }
    folder
}

/// The tokens that a resident's card makes for these nonces.
fn tokens(nonces: &[String]) -> Vec<String> {
    let who = Persona::shipped("hanako").unwrap();
    let mut card = Card::new(SimulatedCard::new(&who).reader());
    let mut transaction = card.begin().unwrap();
    let mut jpki = transaction.jpki().unwrap();
    let pin = UserPin::parse(who.authentication_pin.value.as_bytes()).unwrap();
    let mut key = jpki.unlock_authentication(&pin, Spend::KeepOne).unwrap();
    let origin = Origin::parse(ORIGIN).unwrap();
    let answer = |nonce: &String| {
        let nonce = Nonce::parse(nonce).unwrap();
        login::answer(&mut key, &origin, &nonce).unwrap().to_json()
    };
    let tokens = nonces.iter().map(answer).collect();
    transaction.end().unwrap();
    tokens
}

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

fn unknown() -> Result<String, (u16, String)> {
    Err((401, "nonce.unknown".to_owned()))
}

#[test]
fn every_challenge_is_answered_once_whatever_dies() {
    let (logins, doubles) = (number("LOGINS", 120), number("DOUBLES", 60));
    let folder = folder();
    let mut engine = Engine::start();
    let mut processes: Vec<Process> = (0..PROCESSES)
        .map(|_| Process::start(&engine, folder.path()))
        .collect();

    // Logins: challenged by one process, judged by the next. Two cards at work.
    let begun = Instant::now();
    let identities = thread::scope(|scope| {
        let processes = &processes;
        let workers: Vec<_> = (0..2)
            .map(|worker| {
                scope.spawn(move || {
                    let mut identities = Vec::new();
                    let own: Vec<usize> = (worker..logins).step_by(2).collect();
                    // A challenge lives for five minutes, so they are asked for in portions.
                    for portion in own.chunks(500) {
                        let at = |n: usize| &processes[n % PROCESSES];
                        let nonces: Vec<_> = portion.iter().map(|n| at(*n).challenge()).collect();
                        for ((n, nonce), token) in portion.iter().zip(&nonces).zip(tokens(&nonces))
                        {
                            identities.push(at(n + 1).login(nonce, &token).unwrap());
                            assert_eq!(at(n + 2).login(nonce, &token), unknown());
                        }
                    }
                    identities
                })
            })
            .collect();
        let done = workers.into_iter().map(|worker| worker.join().unwrap());
        done.flatten().collect::<Vec<_>>()
    });
    assert_eq!(identities.len(), logins);
    assert!(identities.iter().all(|identity| *identity == identities[0]));
    let seconds: f64 = processes.iter().map(Process::processor_seconds).sum();
    println!(
        "{logins} logins, each tried twice, in {:?}; {:.0} a second and core with their challenges",
        begun.elapsed(),
        logins as f64 / seconds
    );

    // Each token at the same moment to two processes.
    let won = AtomicUsize::new(0);
    let all: Vec<usize> = (0..doubles).collect();
    for portion in all.chunks(500) {
        let nonces: Vec<_> = portion
            .iter()
            .map(|n| processes[n % PROCESSES].challenge())
            .collect();
        let tokens = tokens(&nonces);
        thread::scope(|scope| {
            let (first, follow) = mpsc::sync_channel::<usize>(0);
            let submit = |n: usize, shift: usize| {
                let process = &processes[(n + shift) % PROCESSES];
                match process.login(&nonces[n], &tokens[n]) {
                    Ok(_) => {
                        won.fetch_add(1, Ordering::Relaxed);
                    }
                    refused => assert_eq!(refused, unknown()),
                }
            };
            scope.spawn(move || follow.iter().for_each(|n| submit(n, 1)));
            for n in 0..nonces.len() {
                first.send(n).unwrap();
                submit(n, 2);
            }
        });
    }
    assert_eq!(won.into_inner(), doubles);

    // A process dies; the others answer for its challenges.
    let nonces = [processes[0].challenge(), processes[0].challenge()];
    let answers = tokens(&nonces);
    processes[0].child.kill().unwrap();
    processes[0].child.wait().unwrap();
    assert_eq!(
        processes[1].login(&nonces[0], &answers[0]).unwrap(),
        identities[0]
    );
    processes[0] = Process::start(&engine, folder.path());
    assert_eq!(
        processes[0].login(&nonces[1], &answers[1]).unwrap(),
        identities[0]
    );

    // The engine dies: said so. It comes back: only what was outstanding is lost.
    let (used, outstanding) = (&nonces[0], processes[2].challenge());
    let answer = tokens(std::slice::from_ref(&outstanding)).remove(0);
    engine.kill();
    for process in &processes {
        assert_eq!(process.get("/health").0, 503);
        assert_eq!(process.get("/live").0, 200);
        let (status, body) = process.post("/challenge", "", "");
        assert_eq!((status, &body["reason"]), (503, &"nonce.store".into()));
        let refused = process.login(&outstanding, &answer).unwrap_err();
        assert_eq!(refused, (503, "nonce.store".to_owned()));
    }
    engine.restart();
    for process in &processes {
        assert_eq!(process.get("/health").0, 200);
        assert_eq!(process.login(used, &answers[0]), unknown());
        assert_eq!(process.login(&outstanding, &answer), unknown());
        let nonces = [process.challenge()];
        process.login(&nonces[0], &tokens(&nonces)[0]).unwrap();
    }

    let metrics = processes[1].get("/metrics").1;
    assert!(
        metrics.contains("logins_total{outcome=\"accepted\"}"),
        "{metrics}"
    );
    assert!(
        metrics.contains("logins_total{outcome=\"nonce.unknown\"}"),
        "{metrics}"
    );
    assert!(!metrics.contains(&outstanding) && !metrics.contains(&identities[0]));
}

#[test]
fn what_is_no_login_is_refused_and_told_why() {
    let (engine, folder) = (Engine::start(), folder());
    let process = Process::start(&engine, folder.path());
    let refused = |nonce: &str, body: &str| process.login(nonce, body).unwrap_err();
    let nonce = process.challenge();
    let token = tokens(std::slice::from_ref(&nonce)).remove(0);
    let reason = |text: &str| (401, text.to_owned());
    assert_eq!(refused("", &token), reason("nonce.invalid"));
    // Two nonces in one request: neither counts.
    let two = format!("{nonce}; __Host-nonce={nonce}");
    assert_eq!(refused(&two, &token), reason("nonce.invalid"));
    assert_eq!(refused(&nonce, "{}"), reason("token.length"));
    assert_eq!(refused(&nonce, &token), reason("nonce.unknown"));
    let other = process.challenge();
    assert_eq!(refused(&other, &token), reason("token.signature"));

    let strangers = tempfile::tempdir().unwrap();
    std::fs::create_dir(strangers.path().join("roots")).unwrap();
    let without_roots = Command::new(env!("CARGO_BIN_EXE_login-service"))
        .args(["--origin", ORIGIN, "--keys"])
        .arg(strangers.path().join("keys"))
        .arg("--trust")
        .arg(strangers.path().join("roots"))
        .output()
        .unwrap();
    assert!(
        !without_roots.status.success(),
        "it trusts nobody and starts"
    );
}
