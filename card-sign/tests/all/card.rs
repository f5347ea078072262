//! A simulated card signs: what it costs, and that the key comes from where the certificate does.

use card_core::digest::{Digest, HashAlgorithm};
use card_core::{Card, SignaturePassword, Spend, UserPin};
use card_sign::cms::{self, SignedData};
use card_sign::{CardSigner, jws};
use card_sim::front::in_process::SimulatedCard;
use card_sim::persona::Persona;

use crate::pki;

const CONTENT: &[u8] = b"signed by a card";

#[test]
fn a_document_costs_twelve_exchanges_or_six_and_a_hundred_cost_one_more_each() {
    for (id, documents, exchanges) in [("hanako", 1, 12), ("hanako", 100, 111), ("jisedai", 1, 6)] {
        let who = Persona::shipped(id).unwrap();
        let simulated = SimulatedCard::new(&who);
        let mut card = Card::new(simulated.reader());
        let mut transaction = card.begin().unwrap();
        let mut jpki = transaction.jpki().unwrap();
        let password = SignaturePassword::parse(who.signature_password.value.as_bytes()).unwrap();
        let mut key = jpki.unlock_signature(&password, Spend::KeepOne).unwrap();
        let certificate = key.certificate().unwrap();
        let mut signer = CardSigner::signature(&mut key, certificate, Vec::new()).unwrap();
        let hash = card_sign::DocumentSigner::algorithm(&signer).hash;
        for number in 0..documents {
            let content = [CONTENT, &[number]].concat();
            let mut data = SignedData::new();
            data.sign(&mut signer, &Digest::of(hash, &content), Some(pki::now()))
                .unwrap();
            let signed = data.to_detached();
            let report =
                cms::verify_detached(&mut &signed[..], &mut &content[..], &pki::policy()).unwrap();
            assert!(report.is_accepted(), "{report:#?}");
        }
        drop(signer);
        transaction.end().unwrap();
        assert_eq!(simulated.exchanges(), exchanges, "{id}");
    }
}

#[test]
fn an_issuer_from_the_card_costs_one_exchange_for_each_256_bytes_or_one() {
    for (id, exchanges) in [("hanako", 12 + 6), ("jisedai", 6 + 1)] {
        let who = Persona::shipped(id).unwrap();
        let simulated = SimulatedCard::new(&who);
        let mut card = Card::new(simulated.reader());
        let mut transaction = card.begin().unwrap();
        let mut jpki = transaction.jpki().unwrap();
        let password = SignaturePassword::parse(who.signature_password.value.as_bytes()).unwrap();
        let mut key = jpki.unlock_signature(&password, Spend::KeepOne).unwrap();
        let certificate = key.certificate().unwrap();
        let issuer = key.ca_certificate().unwrap();
        certificate.verify_signed_by(issuer.public_key()).unwrap();
        let mut signer = CardSigner::signature(&mut key, certificate, vec![issuer]).unwrap();
        let hash = card_sign::DocumentSigner::algorithm(&signer).hash;
        let mut data = SignedData::new();
        data.sign(&mut signer, &Digest::of(hash, CONTENT), Some(pki::now()))
            .unwrap();
        assert_eq!(data.certificates().len(), 2);
        drop(signer);
        transaction.end().unwrap();
        assert_eq!(simulated.exchanges(), exchanges, "{id}");
        assert_eq!(simulated.verify_commands_seen(), 1);
    }
}

#[test]
fn the_authentication_key_signs_tokens() {
    let who = Persona::shipped("hanako").unwrap();
    let simulated = SimulatedCard::new(&who);
    let mut card = Card::new(simulated.reader());
    let mut transaction = card.begin().unwrap();
    let mut jpki = transaction.jpki().unwrap();
    let certificate = jpki.authentication_certificate().unwrap();
    let pin = UserPin::parse(who.authentication_pin.value.as_bytes()).unwrap();
    let mut key = jpki.unlock_authentication(&pin, Spend::KeepOne).unwrap();
    let mut signer = CardSigner::authentication(&mut key, certificate, Vec::new()).unwrap();
    let token = jws::sign_compact(&mut signer, None, jws::Certificates::Signer, CONTENT).unwrap();
    let raw = card_sign::raw::sign(&mut signer, &Digest::of(HashAlgorithm::Sha256, CONTENT));
    drop(signer);
    transaction.end().unwrap();

    let role = card_core::trust::Role::Authentication;
    let policy = card_sign::Policy {
        role,
        ..pki::policy()
    };
    let (report, payload) = jws::verify_compact(token.as_bytes(), &Default::default(), &policy);
    assert!(report.is_accepted(), "{report:#?}");
    assert_eq!(payload.as_deref(), Some(CONTENT));
    // Its certificate names nobody.
    assert!(report.signatures[0].discloses().is_empty());
    let digest = Digest::of(HashAlgorithm::Sha256, CONTENT);
    let certificate = pki::certificate(pki::authentication());
    assert!(card_sign::raw::verify(&raw.unwrap(), &digest, &certificate, &policy).is_accepted());
}
