//! Signing with a key, and signatures that are not handed out.

use card_core::digest::{Digest, HashAlgorithm};
use card_core::signature::SignatureKind;
use card_core::{Card, Error, Signature, Spend};
use card_sim::front::in_process::SimulatedCard;
use card_sim::persona::Persona;

use crate::journey::{digest, user_pin};

/// Signs with the authentication key, after its certificate was read or not.
fn sign(who: &Persona, digest: &Digest, read: bool) -> Result<Signature, Error> {
    let card = SimulatedCard::new(who);
    let mut library = Card::new(card.reader());
    let mut transaction = library.begin()?;
    let mut jpki = transaction.jpki()?;
    let mut key = jpki.unlock_authentication(&user_pin(who), Spend::KeepOne)?;
    if read {
        key.certificate()?;
    }
    key.sign(digest)
}

#[test]
fn a_signature_that_does_not_fit_the_certificate_is_not_handed_out() {
    let mut who = Persona::shipped("hanako").unwrap();
    let other = who.signature.as_ref().unwrap().key.clone();
    who.authentication.as_mut().unwrap().key = other;
    assert!(
        sign(&who, &digest(), false).is_ok(),
        "nothing to check against"
    );
    assert_eq!(sign(&who, &digest(), true), Err(Error::SignatureMismatch));
}

#[test]
fn a_card_with_other_keys_signs_only_after_its_certificate_was_read() {
    let who = Persona::shipped("jisedai").unwrap();
    assert_eq!(
        sign(&who, &digest(), false).unwrap_err().code(),
        "card.refused"
    );
    let signature = sign(&who, &digest(), true).unwrap();
    assert_eq!(signature.kind(), SignatureKind::EcdsaRaw);
    assert_eq!(signature.as_bytes().len(), 64);
}

#[test]
fn every_digest_is_signed_as_what_it_is() {
    let who = Persona::shipped("hanako").unwrap();
    let certificate = who.authentication.as_ref().unwrap().certificate.clone();
    let certificate = card_core::Certificate::parse(&certificate).unwrap();
    let digests = [
        Digest::of(HashAlgorithm::Sha256, b"challenge"),
        Digest::of(HashAlgorithm::Sha384, b"challenge"),
        Digest::of(HashAlgorithm::Sha512, b"challenge"),
        Digest::danger_sha1(b"challenge"),
    ];
    for (index, digest) in digests.iter().enumerate() {
        let signature = sign(&who, digest, false).unwrap();
        for (other, wrong) in digests.iter().enumerate() {
            let fits = certificate
                .public_key()
                .verify_digest(wrong, &signature)
                .is_ok();
            assert_eq!(fits, index == other, "{index} against {other}");
        }
    }
}
