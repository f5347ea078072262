//! Documents over `serve`: signed with a simulated card, judged by OpenSSL and by ourselves.

use std::fs;
use std::process::Command;

use card_sim::persona::Persona;
use serde_json::{Value, json};

use crate::World;
use crate::serve::Client;

fn document(world: &World, card: &str) -> Value {
    world.write("申請書.txt", "content of a made-up document");
    json!({
        "card": card,
        "file": world.path("申請書.txt"),
        "output": world.path("申請書.txt.p7s"),
        "purpose": "Sign the application",
        "consent": { "disclosesAttributes": true },
    })
}

fn openssl_accepts(world: &World, file: &str, signature: &str) -> bool {
    let hanako = Persona::shipped("hanako").unwrap().signature.unwrap();
    let root = card_core::Certificate::parse(&hanako.ca_certificate)
        .unwrap()
        .to_pem();
    fs::write(world.path("root.pem"), root).unwrap();
    let said = Command::new("openssl")
        .args(["cms", "-verify", "-binary", "-cades", "-inform", "DER"])
        .args(["-attime", "1795575600", "-purpose", "any", "-CAfile"])
        .arg(world.path("root.pem"))
        .arg("-in")
        .arg(world.path(signature))
        .arg("-content")
        .arg(world.path(file))
        .output()
        .expect("this test needs the Debian package openssl");
    said.status.success()
}

#[test]
fn a_document_is_signed_and_checked_rule_by_rule() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let params = document(&world, &card);
    let id = client.request("document/sign", params.clone());
    let question = client.secret("sim12345");
    let told = &question["params"]["document"];
    assert_eq!(told["size"], 29, "{question}");
    let answer = client.answer(id);
    assert_eq!(answer["result"]["sha256"], told["sha256"], "{answer}");
    assert!(openssl_accepts(&world, "申請書.txt", "申請書.txt.p7s"));

    // What is there is never written over, and found before the PIN is asked for.
    let again = client.ask("document/sign", params);
    assert_eq!(again["error"]["data"]["code"], "output.exists", "{again}");

    let mut check = json!({
        "file": world.path("申請書.txt"),
        "signature": world.path("申請書.txt.p7s"),
        "trust": "sim",
    });
    let judged = client.ask("document/verify", check.clone());
    let report = &judged["result"];
    assert_eq!(report["accepted"], true, "{judged}");
    assert_eq!(report["revocation"]["status"], "not-checked", "{judged}");

    check["trust"] = "production".into();
    let stranger = client.ask("document/verify", check.clone());
    assert_eq!(stranger["result"]["accepted"], false, "{stranger}");

    check["trust"] = "sim".into();
    world.write("申請書.txt", "another content");
    let changed = client.ask("document/verify", check);
    assert_eq!(changed["result"]["accepted"], false, "{changed}");
    assert_eq!(
        changed["result"]["reason"], "cms.digest.differs",
        "{changed}"
    );
    assert!(!openssl_accepts(&world, "申請書.txt", "申請書.txt.p7s"));
}

#[test]
fn no_document_is_signed_without_consent_or_after_a_change() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let mut params = document(&world, &card);
    let consent = params.as_object_mut().unwrap().remove("consent").unwrap();
    let answer = client.ask("document/sign", params.clone());
    assert_eq!(
        answer["error"]["data"]["code"], "consent.missing",
        "{answer}"
    );

    params["consent"] = consent;
    params["form"] = "pdf".into();
    let answer = client.ask("document/sign", params.clone());
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    params.as_object_mut().unwrap().remove("form");
    let id = client.request("document/sign", params);
    let question = client.event("secret/request");
    world.write("申請書.txt", "exchanged while the PIN was typed");
    let answered = json!({
        "jsonrpc": "2.0", "id": question["id"], "result": { "value": "SIM12345" },
    });
    client.send(&answered);
    let answer = client.answer(id);
    assert_eq!(answer["error"]["data"]["code"], "input.changed", "{answer}");
    assert!(!world.path("申請書.txt.p7s").exists());
}
