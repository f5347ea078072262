//! Files that other programs signed; `samples/pdf/make-signed.py` tells how.

use card_sign::pdf;

use super::{samples, summary, verify};
use crate::pki;

fn signed(name: &str) -> Vec<u8> {
    std::fs::read(samples().join("signed").join(name)).unwrap()
}

#[test]
fn files_of_other_programs_are_accepted() {
    for (name, signatures) in [
        ("pyhanko-adbe.pdf", 1),
        ("pyhanko-pades-objects.pdf", 1),
        ("pyhanko-two.pdf", 2),
        ("pyhanko-linearized.pdf", 1),
        ("pyhanko-certified.pdf", 1),
        ("pyhanko-certified-two.pdf", 2),
        ("pyhanko-visible.pdf", 1),
        ("pyhanko-visible-two.pdf", 2),
        ("pyhanko-field.pdf", 1),
        ("pyhanko-filled.pdf", 1),
        ("pyhanko-evidence.pdf", 1),
        ("pyhanko-document-stamp.pdf", 2),
    ] {
        let report = verify(&signed(name));
        assert!(report.is_accepted(), "{name}: {:?}", summary(&report));
        assert_eq!(report.signatures.len(), signatures, "{name}");
    }
    let report = verify(&signed("refused-filled.pdf"));
    let reasons: Vec<&str> = report.reasons().map(|reason| reason.code()).collect();
    assert_eq!(reasons, ["pdf.changed.field"]);
}

#[test]
fn an_outline_says_what_is_inside() {
    let outline = pdf::outline(&signed("pyhanko-certified-two.pdf")).unwrap();
    assert_eq!(
        outline.fields,
        ["family", "agreed", "Signature1", "Signature2"]
    );
    assert_eq!((outline.pages, outline.revisions.len()), (2, 3));
    let [first, second] = outline.signatures.as_slice() else {
        panic!("{outline:?}");
    };
    assert_eq!(first.kind.as_deref(), Some("ETSI.CAdES.detached"));
    assert_eq!((first.certified, second.certified), (Some(2), None));
    assert_eq!((first.revision, second.revision), (Some(2), Some(3)));
    assert!(first.time.is_some() && first.name.is_none());
    assert_eq!(second.cms.as_ref().unwrap().signers.len(), 1);
    assert_eq!(pdf::outline(b"no PDF").unwrap_err().code(), "pdf.header");
}

#[test]
fn the_registry_takes_one_kind_only() {
    for (name, wanted) in [
        ("pyhanko-adbe.pdf", &[][..]),
        (
            "pyhanko-pades-objects.pdf",
            &["filing.kind.wrong", "filing.name.absent"],
        ),
        (
            "pyhanko-document-stamp.pdf",
            &["filing.kind.wrong", "filing.type.wrong"],
        ),
    ] {
        let report = pdf::verify_filing(&signed(name), &pki::policy());
        let reasons: Vec<&str> = report.reasons().map(|reason| reason.code()).collect();
        assert!(
            wanted.is_empty() == reasons.is_empty(),
            "{name}: {reasons:?}"
        );
        assert!(
            wanted.iter().all(|code| reasons.contains(code)),
            "{name}: {reasons:?}"
        );
    }
}
