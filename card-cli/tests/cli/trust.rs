//! Certificates judged by the program: the PKI of failure, case by case, and OpenSSL beside it.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use serde_json::Value;

use crate::{World, schema};

/// The PKI of failure in a world of its own.
fn failures() -> (World, Vec<Value>) {
    let world = World::new();
    let json = world.run("--json sim pki pki").done().json();
    schema::holds(&json);
    let written = fs::read(world.path("pki/list.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), json);
    let cases = json["cases"].as_array().unwrap().clone();
    assert!(cases.len() > 40, "{}", cases.len());
    (world, cases)
}

/// Answers one question over HTTP with what `answer` makes of it, and gives its address.
pub(crate) fn responder(answer: impl FnOnce(Vec<u8>) -> Vec<u8> + Send + 'static) -> String {
    server("200 OK", answer)
}

/// The same with this status.
pub(crate) fn server(
    status: &'static str,
    answer: impl FnOnce(Vec<u8>) -> Vec<u8> + Send + 'static,
) -> String {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", server.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let answer = answer(question(&mut stream));
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        stream
            .write_all(&[head.as_bytes(), &answer].concat())
            .unwrap();
    });
    address
}

/// The body of a request.
fn question(stream: &mut TcpStream) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0);
        seen.extend(&buffer[..read]);
        let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&seen[..end]).to_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
        if seen.len() == end + 4 + length {
            return seen[end + 4..].to_vec();
        }
    }
}

/// The options that a case needs; starts a responder where it has an answer.
fn options(world: &World, case: &Value) -> String {
    let mut options = format!("pki/{}", case["certificate"].as_str().unwrap());
    if let Some(list) = case["list"].as_str() {
        options += &format!(" --crl pki/{list}");
    }
    if let Some(answer) = case["answer"].as_str() {
        let answer = fs::read(world.path(&format!("pki/{answer}"))).unwrap();
        options += &format!(" --ocsp {}", responder(move |_| answer));
    }
    options
}

/// Holds that no text says good but the one that may.
fn is_sober(json: &Value) {
    let mut json = json.clone();
    if json["revocation"]["status"] == "good" {
        json["revocation"]["status"].take();
    }
    assert!(
        !json.to_string().to_lowercase().contains("good"),
        "{json:#}"
    );
}

#[test]
fn every_case_comes_out_as_its_line_says() {
    let (world, cases) = failures();
    for case in &cases {
        let options = options(&world, case);
        let run = world.run(&format!("--json verify-cert --trust sim {options}"));
        let json = run.json();
        schema::holds(&json);
        is_sober(&json);
        let name = case["name"].as_str().unwrap();
        assert_eq!(json["accepted"], case["accepted"], "{name}: {json:#}");
        assert_eq!(json["reason"], case["reason"], "{name}: {json:#}");
        assert_eq!(
            json["revocation"]["status"], case["revocation"],
            "{name}: {json:#}"
        );
        assert_eq!(
            json["revocation"]["reason"], case["unknown"],
            "{name}: {json:#}"
        );
        let accepted = case["accepted"] == true;
        assert_eq!(run.status, Some(if accepted { 0 } else { 40 }), "{name}");
        let rules = json["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 16, "{name}");
        let broken = rules
            .iter()
            .filter(|rule| rule["verdict"] == "fail")
            .count();
        assert_eq!(
            broken,
            usize::from(!accepted),
            "one rule each: {name}: {json:#}"
        );
        assert!(run.stderr.is_empty() || !accepted, "{name}: {}", run.stderr);
    }
}

#[test]
fn what_nobody_could_tell_is_41_where_it_is_demanded() {
    let (world, cases) = failures();
    for case in &cases {
        let options = options(&world, case);
        let line = format!("--json verify-cert --trust sim --require-revocation {options}");
        let run = world.run(&line);
        let json = run.json();
        schema::holds(&json);
        let (status, reason) = match (&case["reason"], case["revocation"].as_str().unwrap()) {
            (Value::Null, "good") => (0, Value::Null),
            (Value::Null, _) => (41, "revocation.not-checked".into()),
            (reason, _) => (40, reason.clone()),
        };
        assert_eq!(
            (run.status, &json["reason"]),
            (Some(status), &reason),
            "{json:#}"
        );
        assert_eq!(json["accepted"], status == 0);
    }
}

#[test]
fn the_moment_is_an_option() {
    let (world, _) = failures();
    let at = |moment: &str| {
        let line = "--json verify-cert pki/cases/valid.der --trust sim --at";
        let json = world.run(&format!("{line} {moment}")).json();
        json["reason"].as_str().map(str::to_owned)
    };
    assert_eq!(
        at("2000-01-01").as_deref(),
        Some("certificate.not-yet-valid")
    );
    assert_eq!(
        at("2050-01-01T00:00:00+09:00").as_deref(),
        Some("certificate.expired")
    );
    let wrong = world.run("--json verify-cert pki/cases/valid.der --trust sim --at tomorrow");
    wrong.failed(2, "usage.wrong");
    // A responder speaks of today.
    let answer = fs::read(world.path("pki/answers/answer-current.der")).unwrap();
    let address = responder(move |_| answer);
    let line = "--json verify-cert pki/cases/answer-current.der --trust sim --at";
    let past = serde_json::to_value(
        world
            .run("--json verify-cert pki/cases/valid.der --trust sim")
            .json()["certificate"]["not_before"]
            .clone(),
    )
    .unwrap();
    let json = world
        .run(&format!(
            "{line} {} --ocsp {address}",
            past.as_str().unwrap()
        ))
        .json();
    assert_eq!(json["revocation"]["reason"], "revocation.past", "{json:#}");
}

/// A list says since when: what was revoked later was not revoked then.
#[test]
fn a_list_speaks_of_the_moment_that_is_asked_about() {
    let (world, _) = failures();
    let judged = |more: &str| {
        let options = "--trust sim --crl pki/lists/list-revoked.pem";
        let line = format!("--json verify-cert pki/cases/list-revoked.der {options} {more}");
        world.run(&line).json()
    };
    let now = judged("");
    assert_eq!(now["reason"], "certificate.revoked");
    let since = now["revocation"]["since"].as_str().unwrap();
    let begins = now["certificate"]["not_before"].as_str().unwrap();
    assert!(begins < since, "{now:#}");
    assert_eq!(
        judged(&format!("--at {since}"))["reason"],
        "certificate.revoked"
    );
    let before = judged(&format!("--at {begins}"));
    assert_eq!(before["accepted"], true, "{before:#}");
    assert_eq!(before["revocation"]["status"], "good");
    assert_eq!(before["revocation"]["since"], since);
}

#[test]
fn a_folder_is_trusted_and_shown() {
    let (world, _) = failures();
    let run = world
        .run("verify-cert pki/cases/valid.der --trust pki")
        .done();
    let fingerprints = run.text().matches("for logging in").count();
    assert!(fingerprints >= 4, "{}", run.text());
    for (trust, reason) in [
        ("production", "issuer.unknown"),
        ("jlis-test", "issuer.key-identifier"),
    ] {
        let line = format!("--json verify-cert pki/cases/valid.der --trust {trust}");
        let run = world.run(&line);
        assert_eq!(
            (run.status, &run.json()["reason"]),
            (Some(40), &reason.into())
        );
    }
    let run = world.run("--json verify-cert pki/cases/valid.der --trust pki/lists");
    run.failed(2, "trust.empty");
    let run = world.run("--json verify-cert pki/cases/valid.der --trust nowhere");
    run.failed(2, "trust.unreadable");
    world
        .run("--json verify-cert nothing --trust sim")
        .failed(2, "input.unreadable");
    let run = world.run("--json verify-cert pki/cases/valid.der --crl nothing");
    run.failed(2, "input.unreadable");
    // A list that cannot be used is never passed over, whatever stands beside it.
    let list = fs::read(world.path("pki/lists/list-revoked.pem")).unwrap();
    fs::write(world.path("half.pem"), &list[..list.len() / 2]).unwrap();
    for bad in ["half.pem", "pki/cases/valid.der"] {
        for line in [
            "verify-cert pki/cases/list-revoked.der",
            "verify pki/cases/list-revoked.der",
            "login verify pki/cases/valid.der --origin https://example.org --nonce x",
        ] {
            let lists = format!("--crl pki/lists/list-current.pem --crl {bad}");
            let run = world.run(&format!("--json {line} --trust sim {lists}"));
            let json = run.failed(2, "input.unreadable").json();
            let message = json["message"].as_str().unwrap();
            assert!(message.contains("not a revocation list"), "{message}");
        }
    }
    let run = world.run("--json verify-cert pki/cases/valid.der --ocsp https://localhost");
    run.failed(2, "usage.wrong");
    world.run("--json sim pki pki").failed(2, "output.exists");
}

#[test]
fn a_responder_that_is_gone_is_no_error_and_no_answer() {
    let (world, _) = failures();
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let line = "--json verify-cert pki/cases/valid.der --trust sim --ocsp";
    let json = world.run(&format!("{line} http://{gone}")).done().json();
    assert_eq!(json["revocation"]["reason"], "revocation.unreachable");
    let json = world
        .run(&format!("{line} {}", responder(|_| b"hello".to_vec())))
        .done()
        .json();
    assert_eq!(json["revocation"]["reason"], "revocation.malformed");
}

#[test]
fn the_certificates_of_a_card() {
    let world = World::new();
    let verify = "--json --reader sim:hanako --pin sim verify-cert --trust sim --card";
    for (which, role) in [("auth", "authentication"), ("sign", "signature")] {
        let json = world.run(&format!("{verify} {which}")).done().json();
        schema::holds(&json);
        assert_eq!(json["role"], role);
        assert_eq!(json["presented"], usize::from(which == "sign"));
    }
    let run = world.run("--json --reader sim:kigen verify-cert --card auth --trust sim");
    assert_eq!(
        (run.status, &run.json()["reason"]),
        (Some(40), &"certificate.expired".into())
    );
    world
        .run("--json verify-cert a --card auth")
        .failed(2, "usage.wrong");
    world.run("--json verify-cert").failed(2, "usage.wrong");
}

/// Whether OpenSSL refuses a certificate that has to be refused.
///
/// It is gentler where its default checks leave a rule to options (`-x509_strict`, `-policy`,
/// `-auth_level`), to the purpose that is asked for, or to whoever reads the file.
fn openssl_refuses(case: &str) -> bool {
    let accepted = [
        "older-than-its-root",
        "wrong-purpose",
        "no-key-usage",
        "wrong-policy",
        "policy-for-persons",
        "authority",
        "weak-key",
        "small-exponent",
        "elliptic-under-rsa",
        "negative-serial",
        "long-serial",
        "version-1",
        "sha-1",
        "trailing-data",
        "two-certificates",
    ];
    !accepted.contains(&case)
}

fn openssl(world: &World, arguments: &[&str]) -> (bool, String) {
    let output = world.tool("openssl").args(arguments).output();
    let output = output.expect("openssl is missing: install the Debian package openssl");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn all_roots(world: &World) {
    let files = fs::read_dir(world.path("pki")).unwrap();
    let files = files.filter(|file| {
        let name = file.as_ref().unwrap().file_name().into_string().unwrap();
        name.starts_with("ca-")
    });
    let all: String = files
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    fs::write(world.path("roots.pem"), all).unwrap();
}

#[test]
fn openssl_agrees_or_the_difference_is_named() {
    let (world, cases) = failures();
    all_roots(&world);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let file = format!("pki/{}", case["certificate"].as_str().unwrap());
        let mut line = vec!["verify", "-purpose", "sslclient", "-CAfile", "roots.pem"];
        let list = case["list"].as_str().map(|list| format!("pki/{list}"));
        if let Some(list) = &list {
            line.extend(["-crl_check", "-CRLfile", list]);
        }
        line.push(&file);
        let (accepted, said) = openssl(&world, &line);
        let expected = match &list {
            Some(_) => case["revocation"] == "good",
            None if case["answer"].is_string() => true,
            None => case["accepted"] == true || !openssl_refuses(name),
        };
        assert_eq!(accepted, expected, "{name}: {said}");
        assert_eq!(
            said.contains("certificate revoked"),
            name == "list-revoked",
            "{name}: {said}"
        );
    }
}

#[test]
fn openssl_reads_the_answers_and_gives_some_of_its_own() {
    let (world, cases) = failures();
    all_roots(&world);
    let root = "pki/ca-authentication-2023.pem";
    for (name, says) in [
        ("answer-current", "answer-current.der: good"),
        ("answer-revoked", "answer-revoked.der: revoked"),
        ("answer-stale", "Status Expired"),
        ("answer-other-certificate", "No Status found"),
        ("answer-wrong-responder", "Verify Failure"),
    ] {
        let certificate = format!("pki/cases/{name}.der");
        let answer = format!("pki/answers/{name}.der");
        let (_, said) = openssl(
            &world,
            &[
                "ocsp",
                "-issuer",
                root,
                "-cert",
                &certificate,
                "-respin",
                &answer,
                "-CAfile",
                root,
                "-no_nonce",
            ],
        );
        let lower = said.to_lowercase();
        assert!(lower.contains(&says.to_lowercase()), "{name}: {said}");
    }
    assert!(cases.iter().any(|case| case["name"] == "valid"));

    // Its own responder, with a nonce, asked by us.
    let (_, serial) = openssl(
        &world,
        &[
            "x509",
            "-inform",
            "DER",
            "-in",
            "pki/cases/valid.der",
            "-noout",
            "-serial",
        ],
    );
    let serial = serial.trim().trim_start_matches("serial=").to_owned();
    for (line, status) in [
        (
            format!("V\t491231235959Z\t\t{serial}\tunknown\t/CN=x\n"),
            "good",
        ),
        (
            format!("R\t491231235959Z\t261101000000Z\t{serial}\tunknown\t/CN=x\n"),
            "revoked",
        ),
        (String::new(), "unknown"),
    ] {
        fs::write(world.path("index.txt"), &line).unwrap();
        let folder = world.folder.path().to_owned();
        let address = responder(move |question| by_openssl(&folder, &question));
        let line = "--json verify-cert pki/cases/valid.der --trust sim --ocsp";
        let json = world.run(&format!("{line} {address}")).json();
        schema::holds(&json);
        assert_eq!(json["revocation"]["status"], status, "{json:#}");
        if status != "unknown" {
            assert_eq!(json["revocation"]["fresh"], true, "{json:#}");
        }
    }
}

/// The answer of OpenSSL's responder.
fn by_openssl(folder: &Path, question: &[u8]) -> Vec<u8> {
    fs::write(folder.join("question"), question).unwrap();
    let root = "pki/ca-authentication-2023.pem";
    let output = std::process::Command::new("openssl")
        .current_dir(folder)
        .args(["ocsp", "-index", "index.txt", "-CA", root, "-rsigner", root])
        .args([
            "-rkey",
            "pki/keys/ca-authentication-2023.pem",
            "-ndays",
            "1",
        ])
        .args(["-reqin", "question", "-respout", "answer"])
        .output()
        .expect("openssl is missing: install the Debian package openssl");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    fs::read(folder.join("answer")).unwrap_or_else(|error| panic!("{error}: {said}"))
}
