//! Signatures in XML, and the documents that somebody wants to sign.

#![no_main]

use std::sync::LazyLock;

use card_core::certificate::Certificate;
use card_fuzz::{certificate, now, policy};
use card_sign::signer::SigningAlgorithm;
use card_sign::xml::{self, Covers, Draft, Expected, Files, Profile};
use libfuzzer_sys::fuzz_target;

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let mut files = Files::new();
    for name in ["a.xml", "900A01020000100001_01.xml", "様式 (2).xml"] {
        files
            .add(name, &mut &b"<a/>"[..])
            .expect("the name stays inside");
    }
    files
});
static HANAKO: LazyLock<Certificate> = LazyLock::new(certificate);

fuzz_target!(|data: &[u8]| {
    let policy = policy();
    let files = &*FILES;
    for expected in [
        Expected {
            profile: Profile::Xades,
            files,
            ..Expected::default()
        },
        Expected {
            covers: Covers::Element(&["a", "b"]),
            several: true,
            ..Expected::default()
        },
        Expected {
            covers: Covers::Object,
            identifiers: &["Id", "ID", "id"],
            ..Expected::default()
        },
        Expected::egov(files),
    ] {
        let verified = xml::verify(data, &expected, &policy);
        assert!(verified.report.is_accepted() || verified.signed().is_empty());
    }
    let _ = xml::outline(data);
    let algorithm = SigningAlgorithm::of(HANAKO.key_algorithm()).expect("the key is RSA");
    for draft in [Draft::enveloped(data), Draft::egov(data, files, now())]
        .into_iter()
        .flatten()
    {
        // A document that can be read has a place for a signature, up to the limits.
        let draft = draft.with_properties(now(), "text/xml");
        if let Err(error) = draft.prepare(&HANAKO, &[], algorithm) {
            let right = ["xml.limits.", "xml.identifiers.twice"];
            assert!(
                right.iter().any(|code| error.code().starts_with(code)),
                "{error}"
            );
        }
    }
});
