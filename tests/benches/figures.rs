//! `make bench`: what the library costs on the host, without any card time.
//!
//! Prints a table of medians. The simulated card runs in the same process, so its own work (an RSA
//! signature above all) is in the figures of the jobs that use it; the last rows say how much that
//! is.

use std::alloc::System;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use card_core::digest::{Digest, HashAlgorithm};
use card_core::domain::date::UtcTime;
use card_core::login::{MemoryNonces, Nonce, NonceStore as _, Origin, Verifier, answer};
use card_core::trust::{
    KnownCertificates, Question, Revocation, RevocationChecker as _, RevocationLists, Role, Trust,
    TrustSource,
};
use card_core::{Card, Certificate, Error, Spend, UserPin};
use card_sim::front::in_process::SimulatedCard;
use card_sim::os::Issued;
use card_sim::persona::issue::Authority;
use card_sim::persona::{Persona, PrivateKey};
use card_sim::pki;
use card_sim::state::Persistent;
use rsa::pkcs1v15::Pkcs1v15Sign;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let hanako = Persona::shipped("hanako").expect("hanako is shipped");
    println!("| figure | median | spread (min–max) | exchanges | allocations per exchange |");
    println!("|---|---|---|---|---|");
    job("counters", &hanako, 2_000, |card, _| {
        let mut transaction = card.begin()?;
        let mut jpki = transaction.jpki()?;
        jpki.authentication_attempts()?;
        jpki.signature_attempts()?;
        transaction.end()
    });
    job(
        "authentication certificate, read and parsed",
        &hanako,
        2_000,
        |card, _| {
            let mut transaction = card.begin()?;
            black_box(transaction.jpki()?.authentication_certificate()?);
            transaction.end()
        },
    );
    job("signature, checked", &hanako, 100, |card, who| {
        let mut transaction = card.begin()?;
        let mut jpki = transaction.jpki()?;
        jpki.authentication_certificate()?;
        let pin = UserPin::parse(who.authentication_pin.value.as_bytes()).expect("four digits");
        let digest = Digest::of(HashAlgorithm::Sha256, b"challenge");
        black_box(
            jpki.unlock_authentication(&pin, Spend::KeepOne)?
                .sign(&digest)?,
        );
        transaction.end()
    });
    key(&hanako);
    login(&hanako);
    lists(&hanako);
    cards(&hanako);
    program(&["--version"]);
    program(&["--reader", "sim:hanako", "status"]);
}

fn job(name: &str, who: &Persona, runs: usize, run: fn(&mut Card, &Persona) -> Result<(), Error>) {
    let simulated = SimulatedCard::new(who);
    let mut card = Card::new(simulated.reader());
    run(&mut card, who).expect("the job works");
    let exchanges = simulated.exchanges();
    let region = Region::new(ALLOCATOR);
    run(&mut card, who).expect("the job works");
    let allocations = region.change().allocations / exchanges;
    let times = sample(runs, || run(&mut card, who).expect("the job works"));
    row(name, &times, &format!("{exchanges} | {allocations}"));
}

fn key(who: &Persona) {
    let PrivateKey::Rsa(key) = &who.authentication.as_ref().expect("hanako has a key").key else {
        unreachable!("hanako's keys are RSA");
    };
    let hash = Digest::of(HashAlgorithm::Sha256, b"challenge");
    let scheme = || Pkcs1v15Sign::new::<sha2::Sha256>();
    let signature = key
        .sign(scheme(), hash.as_bytes())
        .expect("a hash can be signed");
    let times = sample(200, || drop(black_box(key.sign(scheme(), hash.as_bytes()))));
    row("RSA-2048 sign (the simulated card's work)", &times, "– | –");
    let public = key.to_public_key();
    let times = sample(2_000, || {
        public
            .verify(scheme(), hash.as_bytes(), &signature)
            .expect("it fits");
    });
    row("RSA-2048 verify (the library's check)", &times, "– | –");
}

/// The service's side of a login, beside what OpenSSL needs for the same two RSA checks.
fn login(who: &Persona) {
    const USED: usize = 1_000_000;
    let now = UtcTime::from_unix(1_795_564_800).expect("a moment");
    let origin = Origin::parse("https://example.org").expect("an origin");
    let credential = who.authentication.as_ref().expect("hanako has a key");
    let root = credential.ca_certificate.as_slice();
    let trust = Trust::from_der(TrustSource::Simulator, [root]).expect("a root");
    let nonce = Nonce::random().expect("random numbers");
    let token = {
        let mut card = Card::new(SimulatedCard::new(who).reader());
        let mut transaction = card.begin().expect("a card");
        let mut jpki = transaction.jpki().expect("an application");
        let pin = UserPin::parse(who.authentication_pin.value.as_bytes()).expect("four digits");
        let mut key = jpki
            .unlock_authentication(&pin, Spend::KeepOne)
            .expect("its PIN");
        answer(&mut key, &origin, &nonce)
            .expect("a token")
            .to_json()
    };
    let nonces = MemoryNonces::new(20 * USED);
    let verifier = Verifier::new(origin, &trust, &nonces);
    let known = KnownCertificates::new(1_000);
    let returning = verifier.clone().remembering(&known);
    let run = |verifier: &Verifier<'_>| {
        nonces.remember(&nonce, now).expect("there is room");
        let report = verifier.verify(token.as_bytes(), nonce.as_str(), now);
        assert!(report.is_accepted(), "{:?}", report.reason());
    };
    let times = sample(2_000, || run(&verifier));
    row("login token, verified", &times, "– | –");
    let times = sample(2_000, || run(&returning));
    row("login token of a holder who comes back", &times, "– | –");
    // Used nonces: what each takes, and the longest call among them.
    let store = MemoryNonces::new(2 * USED);
    let region = Region::new(ALLOCATOR);
    let times = sample(USED, {
        let mut second = 0;
        let store = &store;
        move || {
            second += 1;
            let at = UtcTime::from_unix(now.unix() + second * 300 / USED as i64);
            let at = at.expect("a moment");
            let nonce = store.issue(at).expect("random numbers");
            store.consume(&nonce, at).expect("its first use");
        }
    });
    let change = region.change();
    let bytes = change
        .bytes_allocated
        .saturating_sub(change.bytes_deallocated);
    // `sample` holds a time for each.
    let own = USED * size_of::<Duration>();
    row("challenge issued and used, a million used", &times, "– | –");
    println!(
        "| bytes for each used nonce; none for one that is out | {:.1} | – | – | – |",
        bytes.saturating_sub(own) as f64 / USED as f64
    );
    let said = Command::new("openssl")
        .args(["speed", "-seconds", "1", "rsa2048"])
        .output();
    let text = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let line = text
        .ok()
        .and_then(|text| Some(text.lines().last()?.to_owned()));
    let verified = line.and_then(|line| line.split_whitespace().last().map(str::to_owned));
    println!(
        "| `openssl speed rsa2048`: verifications a second (a login needs two) | {} | – | – | – |",
        verified.expect("openssl speed: the Debian package openssl")
    );
}

/// Revocation lists of four sizes: taking one, beside the SHA-256 of its bytes, and asking it.
fn lists(who: &Persona) {
    let now = UtcTime::from_unix(1_795_564_800).expect("a moment");
    let credential = who.authentication.as_ref().expect("hanako has a key");
    let root = credential.ca_certificate.as_slice();
    let trust = Trust::from_der(TrustSource::Simulator, [root]).expect("a root");
    let certificate =
        Certificate::parse_exact(&credential.certificate).expect("hanako's certificate");
    let root = trust.store(Role::Authentication).roots().first();
    let issuer = root.expect("a root");
    let key = Authority::ALL
        .into_iter()
        .find(|authority| pki::root(*authority) == issuer.certificate().to_der())
        .map(pki::key)
        .expect("the authority of hanako's certificate");
    let question = Question {
        certificate: &certificate,
        issuer,
        at: now,
    };
    for entries in [1_000, 10_000, 100_000, 1_000_000] {
        let list = list(issuer.certificate().subject().der(), &key, entries);
        let hash = sample(5, || {
            black_box(Digest::of(HashAlgorithm::Sha256, &list));
        });
        let region = Region::new(ALLOCATOR);
        let lists = RevocationLists::new(&trust, [&list]).expect("a list");
        let change = region.change();
        let bytes = change
            .bytes_allocated
            .saturating_sub(change.bytes_deallocated);
        let take = sample(5, || {
            drop(black_box(RevocationLists::new(&trust, [&list])));
        });
        let ask = sample(1_000, || {
            for _ in 0..100 {
                let said = lists.check(black_box(&question));
                assert!(matches!(said, Revocation::Good(_)), "{said:?}");
            }
        });
        let middle = |times: &[Duration]| times[times.len() / 2];
        println!(
            "| list of {entries}: taken, its SHA-256 alone, a question, bytes an entry | {:.1?} | {:.1?} | {:.1?} | {:.1} |",
            middle(&take),
            middle(&hash),
            middle(&ask) / 100,
            bytes as f64 / entries as f64
        );
    }
}

/// A list of an issuer, signed with its key.
fn list(issuer: &[u8], key: &PrivateKey, entries: u32) -> Vec<u8> {
    let put = |tag: u8, parts: &[&[u8]]| {
        let value = parts.concat();
        let digits = value.len().to_be_bytes();
        let from = digits.iter().position(|digit| *digit != 0).unwrap_or(7);
        let mut object = vec![tag];
        if value.len() >= 0x80 {
            object.push(0x80 | (digits.len() - from) as u8);
        }
        object.extend(&digits[from..]);
        object.extend(value);
        object
    };
    let sha256 = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
    let time = |text: &[u8]| put(0x17, &[text]);
    let reason = b"\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x04";
    let table: Vec<u8> = (0..entries)
        .flat_map(|number| {
            // In no order, as a list of years is.
            let [_, b, c, d] = number.wrapping_mul(0x009E_3779).to_be_bytes();
            put(
                0x30,
                &[&put(2, &[&[1, b, c, d]]), &time(b"261120000000Z"), reason],
            )
        })
        .collect();
    let body = put(
        0x30,
        &[
            &[2, 1, 1],
            sha256,
            issuer,
            &time(b"261124000000Z"),
            &time(b"261126000000Z"),
            &put(0x30, &[&table]),
        ],
    );
    let PrivateKey::Rsa(key) = key else {
        unreachable!("the simulator's authorities have RSA keys");
    };
    let digest = Digest::of(HashAlgorithm::Sha256, &body);
    let signature = key
        .sign(Pkcs1v15Sign::new::<sha2::Sha256>(), digest.as_bytes())
        .expect("a digest can be signed");
    put(0x30, &[&body, sha256, &put(3, &[&[0], &signature])])
}

fn cards(who: &Persona) {
    let issued = Issued::of(who);
    let shared = || SimulatedCard::of(&issued, "reader", None, Persistent::in_memory());
    let own = cards_per_mebibyte(|| SimulatedCard::new(who));
    let shared = cards_per_mebibyte(shared);
    println!(
        "| simulated cards per MiB: each issued, sharing what was issued | {own}, {shared} | – | – | – |"
    );
}

fn cards_per_mebibyte(card: impl Fn() -> SimulatedCard) -> usize {
    const CARDS: usize = 200;
    let region = Region::new(ALLOCATOR);
    let cards: Vec<SimulatedCard> = (0..CARDS).map(|_| card()).collect();
    let change = region.change();
    let bytes = change
        .bytes_allocated
        .saturating_sub(change.bytes_deallocated);
    drop(cards);
    (CARDS << 20) / bytes.max(1)
}

/// Starts the program that lies beside this one in the target folder.
fn program(arguments: &[&str]) {
    let name = format!("start of `mynacard {}`", arguments.join(" "));
    let program = std::env::current_exe()
        .ok()
        .and_then(|exe| Some(exe.parent()?.parent()?.join("mynacard")))
        .unwrap_or_else(|| PathBuf::from("mynacard"));
    let state = tempfile::tempdir().expect("a temporary folder");
    let mut run = || {
        let status = Command::new(&program)
            .args(arguments)
            .env("XDG_STATE_HOME", state.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "{name} failed: run make bench"
        );
    };
    run();
    row(&name, &sample(50, &mut run), "– | –");
}

fn sample(runs: usize, mut run: impl FnMut()) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times
}

fn row(name: &str, times: &[Duration], rest: &str) {
    let (least, most) = (times[0], times[times.len() - 1]);
    println!(
        "| {name} | {:.1?} | {least:.1?}–{most:.1?} | {rest} |",
        times[times.len() / 2]
    );
}
