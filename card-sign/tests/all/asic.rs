//! Containers: what is signed, with what it costs, and what is not signed.

use std::io::{Cursor, Read};

use card_core::{Card, SignaturePassword, Spend};
use card_sign::asic::{self, Draft};
use card_sign::cms::{self, SignedData};
use card_sign::{CardSigner, Policy, Report, SignError};
use card_sim::front::in_process::SimulatedCard;
use card_sim::persona::Persona;

use crate::told::told;
use crate::{pki, signed};

pub(crate) const FILES: [(&str, &[u8]); 3] = [
    ("契約書.pdf", b"%PDF-1.7 not really"),
    ("a b/100%.txt", b"text\r\n"),
    ("empty", b""),
];

pub(crate) fn verify(container: &[u8], policy: &Policy<'_>) -> Report {
    told(asic::verify(&mut Cursor::new(container), policy).unwrap())
}

#[test]
fn files_are_signed_together() {
    for who in [pki::hanako(), pki::taro(), pki::jisedai()] {
        signed::asic(&FILES, who).unwrap();
        signed::asic(&FILES[..1], who).unwrap();
    }
}

/// One signature, one PIN, and the exchanges of one CMS signature, for any number of files.
#[test]
fn a_thousand_files_cost_what_one_does() {
    for (id, files, exchanges) in [
        ("hanako", 1, 12),
        ("hanako", 3, 12),
        ("hanako", 1000, 12),
        ("jisedai", 1000, 6),
    ] {
        let names: Vec<String> = (0..files)
            .map(|number| format!("{number:04}.txt"))
            .collect();
        let mut draft = Draft::new();
        for name in &names {
            draft.add(name, &mut name.as_bytes()).unwrap();
        }
        let prepared = draft.prepare().unwrap();
        let who = Persona::shipped(id).unwrap();
        let simulated = SimulatedCard::new(&who);
        let mut card = Card::new(simulated.reader());
        let mut transaction = card.begin().unwrap();
        let mut jpki = transaction.jpki().unwrap();
        let password = SignaturePassword::parse(who.signature_password.value.as_bytes()).unwrap();
        let mut key = jpki.unlock_signature(&password, Spend::KeepOne).unwrap();
        let certificate = key.certificate().unwrap();
        let mut signer = CardSigner::signature(&mut key, certificate, Vec::new()).unwrap();
        let container = prepared.sign(&mut signer, pki::now()).unwrap();
        drop(signer);
        transaction.end().unwrap();
        assert_eq!(simulated.exchanges(), exchanges, "{id} {files}");
        let mut bytes = Vec::new();
        let open = |number: usize| -> Result<Box<dyn Read>, SignError> {
            Ok(Box::new(names[number].as_bytes()))
        };
        container.write(open, &mut bytes).unwrap();
        let report = verify(&bytes, &pki::policy());
        assert!(report.is_accepted(), "{:#?}", report.document);
        assert_eq!(report.files, names);
    }
}

#[test]
fn what_is_written_is_what_was_added() {
    let who = pki::hanako();
    let mut draft = Draft::new();
    draft.add("a", &mut &b"first"[..]).unwrap();
    let signer = || {
        let certificate = pki::certificate(who);
        CardSigner::new(certificate, Vec::new(), |digest| {
            Ok(pki::sign(&who.key, digest))
        })
        .unwrap()
    };
    let prepared = draft.prepare().unwrap();
    let container = prepared.sign(&mut signer(), pki::now()).unwrap();
    for other in [&b"other"[..], b"firs", b"first!", b""] {
        let open = |_| Ok::<_, SignError>(Box::new(other) as Box<dyn Read>);
        let error = container.write(open, &mut Vec::new()).unwrap_err();
        assert_eq!(error.code(), "sign.content-changed", "{other:?}");
    }
}

#[test]
fn what_no_verifier_would_accept_is_not_signed() {
    let mut draft = Draft::new();
    draft.add("a", &mut &b"x"[..]).unwrap();
    for (name, code) in [
        ("A", "asic.names.twice"),
        ("a/b", "asic.names.twice"),
        ("../a", "asic.names.unsafe"),
        ("x:y", "asic.names.unsafe"),
        ("a\u{202e}fdp", "asic.names.unsafe"),
        ("mimetype", "asic.names.reserved"),
        ("META-INF/x", "asic.names.reserved"),
        ("meta-inf/x", "asic.names.reserved"),
    ] {
        let error = draft.add(name, &mut &b"x"[..]).unwrap_err();
        assert_eq!(error.code(), code, "{name}");
    }
    for number in 1..10_000 {
        draft.add(&number.to_string(), &mut &b""[..]).unwrap();
    }
    let error = draft.add("more", &mut &b""[..]).unwrap_err();
    assert_eq!(error.code(), "asic.limits.files");
    draft.prepare().unwrap();
    let error = Draft::new().prepare().unwrap_err();
    assert_eq!(error.code(), "asic.covered.none");
}

#[test]
fn the_parts_are_shown() {
    let bytes = signed::asic(&FILES, pki::hanako()).unwrap();
    let outline = asic::outline(&mut Cursor::new(&bytes)).unwrap();
    let names: Vec<_> = outline.entries.iter().map(|one| &*one.name).collect();
    assert_eq!(
        names,
        [
            "mimetype",
            "契約書.pdf",
            "a b/100%.txt",
            "empty",
            "META-INF/ASiCManifest001.xml",
            "META-INF/signature001.p7s"
        ]
    );
    let digests = outline.entries.iter().filter(|one| one.digest.is_some());
    assert_eq!(digests.count(), 3);
    assert_eq!(outline.signature.unwrap().signers.len(), 1);
    let error = asic::outline(&mut Cursor::new(b"PK\x03\x04")).unwrap_err();
    assert!(matches!(
        error,
        SignError::Existing(asic::reason::MALFORMED)
    ));
}

/// The signature is a CMS signature over the manifest, and judged as one.
#[test]
fn the_signature_is_judged_as_one_of_cms() {
    let bytes = signed::asic(&FILES, pki::hanako()).unwrap();
    // Judged before the certificate's life.
    let early = Policy {
        at: Some(pki::at(0)),
        ..pki::policy()
    };
    let report = verify(&bytes, &early);
    assert!(!report.is_accepted() && report.files.is_empty());
    assert!(report.fails(cms::rules::TRUST));
    assert!(!report.fails(asic::rules::DIGESTS));
    let wrong = Policy {
        role: card_core::trust::Role::Authentication,
        ..pki::policy()
    };
    assert!(!verify(&bytes, &wrong).is_accepted());
}

#[test]
fn a_signature_without_a_time_is_none_of_cades() {
    let manifest = crate::asic_mutations::manifest(&FILES);
    let digest = card_core::Digest::of(signed::hash(pki::hanako()), manifest.as_bytes());
    let who = pki::hanako();
    let mut signer = CardSigner::new(pki::certificate(who), Vec::new(), |digest| {
        Ok(pki::sign(&who.key, digest))
    })
    .unwrap();
    let mut data = SignedData::new();
    data.sign(&mut signer, &digest, None).unwrap();
    let parts = crate::asic_mutations::parts(&FILES, &manifest, data.to_detached());
    let report = verify(&crate::asic_mutations::archive(&parts), &pki::policy());
    let reasons: Vec<_> = report.reasons().collect();
    assert_eq!(reasons, [cms::reason::NO_SIGNING_TIME]);
}
