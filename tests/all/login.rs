//! A simulated card logs in, and a service believes it for the right reasons.

use std::fs;
use std::process::Command;

use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_core::domain::date::UtcTime;
use card_core::login::{
    self, IdentityKey, LoginReason, LoginReport, MemoryNonces, Nonce, NonceStore, Origin, Token,
    TokenAlgorithm, Verifier,
};
use card_core::trust::{Role, Trust};
use card_core::{Card, Spend};
use card_sim::front::in_process::{self, SimulatedCard};
use card_sim::persona::Persona;

use crate::journey::user_pin;

const ORIGIN: &str = "https://example.org";

/// 2026-11-25, inside the lives of the residents' certificates.
fn today() -> UtcTime {
    UtcTime::from_unix(1_795_564_800).unwrap()
}

fn answer(who: &Persona, nonce: &Nonce) -> Token {
    let mut card = Card::new(SimulatedCard::new(who).reader());
    let mut transaction = card.begin().unwrap();
    let mut jpki = transaction.jpki().unwrap();
    let mut key = jpki
        .unlock_authentication(&user_pin(who), Spend::KeepOne)
        .unwrap();
    let token = login::answer(&mut key, &Origin::parse(ORIGIN).unwrap(), nonce).unwrap();
    transaction.end().unwrap();
    token
}

fn log_in(who: &Persona, trust: &Trust) -> LoginReport {
    let nonces = MemoryNonces::new(10);
    let key = IdentityKey::new(&[7; 32]).unwrap();
    let nonce = nonces.issue(today()).unwrap();
    let token = answer(who, &nonce).to_json();
    let verifier = Verifier::new(Origin::parse(ORIGIN).unwrap(), trust, &nonces).identity(&key);
    verifier.verify(token.as_bytes(), nonce.as_str(), today())
}

#[test]
fn residents_log_in_with_the_keys_of_today_and_of_tomorrow() {
    let trust = in_process::trust();
    let identities: Vec<String> = ["hanako", "taro", "kodomo", "jisedai"]
        .iter()
        .map(|id| {
            let report = log_in(&Persona::shipped(id).unwrap(), &trust);
            assert!(report.is_accepted(), "{id}: {:?}", report.reason());
            assert_eq!(
                report.certificate().unwrap().revocation().status(),
                "not-checked"
            );
            report.identity().unwrap().to_string()
        })
        .collect();
    let hanako = log_in(&Persona::shipped("hanako").unwrap(), &trust);
    assert_eq!(hanako.identity().unwrap().to_string(), identities[0]);
    assert!(
        identities
            .iter()
            .skip(1)
            .all(|other| *other != identities[0])
    );
}

#[test]
fn a_made_up_resident_is_nobody_to_a_real_service() {
    let hanako = Persona::shipped("hanako").unwrap();
    for trust in [Trust::production(), Trust::jlis_test()] {
        let report = log_in(&hanako, &trust);
        assert!(!report.is_accepted() && report.identity().is_none());
        assert!(matches!(report.reason(), Some(LoginReason::Certificate(_))));
    }
}

#[test]
fn an_expired_certificate_is_refused_as_expired() {
    let report = log_in(&Persona::shipped("kigen").unwrap(), &in_process::trust());
    assert_eq!(report.reason().unwrap().code(), "certificate.expired");
    assert_eq!(report.certificate().unwrap().failures().count(), 1);
}

#[test]
fn every_certificate_of_a_resident_is_judged_as_its_line_says() {
    let trust = in_process::trust();
    for id in Persona::SHIPPED {
        let who = Persona::shipped(id).unwrap();
        for (role, credential) in [
            (Role::Authentication, &who.authentication),
            (Role::Signature, &who.signature),
        ] {
            let Some(credential) = credential else {
                continue;
            };
            let report = trust.store(role).verify(&credential.certificate, today());
            let over = matches!(*id, "kigen" | "kigen-card" | "juki");
            let expected = over.then_some("certificate.expired");
            let found = report.reason().map(|reason| reason.code());
            assert_eq!(found, expected, "{id} {}\n{report}", role.name());
        }
    }
}

/// OpenSSL checks the signature of a token, from the text that a service knows.
#[test]
fn openssl_finds_the_signature_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let nonce = Nonce::random().unwrap();
    for (id, name) in [("hanako", "RS256"), ("jisedai", "ES256")] {
        let token = answer(&Persona::shipped(id).unwrap(), &nonce);
        assert_eq!(token.algorithm().name(), name);
        let hash = |text: &str| Digest::of(HashAlgorithm::Sha256, text.as_bytes());
        let message = [hash(ORIGIN).as_bytes(), hash(nonce.as_str()).as_bytes()].concat();
        let certificate = Certificate::parse_exact(token.certificate()).unwrap();
        assert_eq!(
            TokenAlgorithm::of(certificate.key_algorithm()),
            Some(token.algorithm())
        );
        fs::write(path("leaf.pem"), certificate.to_pem()).unwrap();
        fs::write(path("message"), message).unwrap();
        fs::write(path("signature"), token.signature().to_der()).unwrap();
        let missing = "this test needs the Debian package openssl";
        let key = Command::new("openssl")
            .args(["x509", "-pubkey", "-noout", "-in"])
            .arg(path("leaf.pem"))
            .output()
            .expect(missing);
        fs::write(path("key.pem"), key.stdout).unwrap();
        let said = Command::new("openssl")
            .args(["dgst", "-sha256", "-verify"])
            .args([
                path("key.pem"),
                "-signature".into(),
                path("signature"),
                path("message"),
            ])
            .output()
            .expect(missing);
        assert_eq!(
            String::from_utf8_lossy(&said.stdout).trim(),
            "Verified OK",
            "{id}"
        );
    }
}
