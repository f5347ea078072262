//! Signatures by other programs: understood, or refused for the right rule. `samples/make.sh` tells
//! how they were made.

use std::path::PathBuf;

use card_sign::cms::rules::*;
use card_sign::report::Report;
use card_sign::{Policy, cms};

use crate::pki;
use crate::told::told;

fn sample(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/samples")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn check(name: &str, policy: &Policy<'_>) -> Report {
    let signed = sample(name);
    let content = sample("content");
    if !name.ends_with(".p7m") {
        let report = cms::verify_detached(&mut &signed[..], &mut &content[..], policy);
        return told(report.unwrap());
    }
    let mut out = Vec::new();
    let report = cms::verify_attached(&mut &signed[..], Some(&mut out), policy).unwrap();
    assert_eq!(out, content, "{name}");
    told(report)
}

#[test]
fn files_by_other_programs_are_understood() {
    for (name, signers) in [
        ("cades.p7s", 1),
        ("sha384.p7s", 1),
        ("sha512.p7s", 1),
        ("pss.p7s", 1),
        ("pss-sha512.p7s", 1),
        ("pss-salt.p7s", 1),
        ("keyid.p7s", 1),
        ("ecdsa-sha384.p7s", 1),
        ("ecdsa-sha256.p7s", 1),
        ("two-signers.p7s", 2),
        ("resigned.p7s", 2),
        ("cades.pem", 1),
        ("smime.pem", 1),
        ("attached.p7m", 1),
        ("stream.p7m", 1),
        ("stream-keyid.p7m", 1),
        ("python.p7s", 1),
        ("python-ecdsa.p7s", 1),
        ("python.p7m", 1),
    ] {
        let report = check(name, &pki::policy());
        assert!(report.is_accepted(), "{name}: {report:#?}");
        assert_eq!(report.signatures.len(), signers, "{name}");
        for signature in &report.signatures {
            assert!(signature.claimed_time.is_some() && signature.certificate.is_some());
        }
    }
}

#[test]
fn files_by_other_programs_are_refused_for_the_right_rule() {
    for (name, rule) in [
        ("refused-no-attributes.p7s", ATTRIBUTES),
        ("refused-sha1.p7s", DIGEST_ALGORITHM),
        ("refused-md5.p7s", DIGEST_ALGORITHM),
        ("refused-pss-mask.p7s", SIGNATURE_ALGORITHM),
        ("refused-type.p7m", EXPECTED),
        ("no-certificates.p7s", CERTIFICATE),
    ] {
        let report = check(name, &pki::policy());
        assert!(
            !report.is_accepted() && report.fails(rule),
            "{name}: {report:#?}"
        );
    }
    let direct = Policy {
        danger_direct: true,
        ..pki::policy()
    };
    assert!(check("refused-no-attributes.p7s", &direct).is_accepted());
    let archive = Policy {
        danger_sha1: true,
        ..pki::policy()
    };
    assert!(check("refused-sha1.p7s", &archive).is_accepted());
    let supplied = [pki::certificate(pki::hanako())];
    let policy = Policy {
        certificates: &supplied,
        ..pki::policy()
    };
    assert!(check("no-certificates.p7s", &policy).is_accepted());
}

#[test]
fn no_flipped_byte_of_a_sample_is_accepted() {
    for name in [
        "stream.p7m",
        "pss.p7s",
        "ecdsa-sha384.p7s",
        "keyid.p7s",
        "python.p7s",
    ] {
        let right = sample(name);
        let content = sample("content");
        // Certificates of authorities are material that nobody needs.
        let root = &pki::hanako().ca_certificate;
        let unused = right.windows(root.len()).position(|window| window == root);
        let unused = unused.map_or(0..0, |at| at..at + root.len());
        for place in (0..right.len())
            .step_by(3)
            .filter(|place| !unused.contains(place))
        {
            let mut flipped = right.clone();
            flipped[place] ^= 0x10;
            let policy = pki::policy();
            let report = if name.ends_with(".p7m") {
                cms::verify_attached(&mut &flipped[..], None, &policy).unwrap()
            } else {
                cms::verify_detached(&mut &flipped[..], &mut &content[..], &policy).unwrap()
            };
            assert!(!report.is_accepted(), "{name} byte {place}");
        }
    }
}

#[test]
fn an_outline_tells_what_stands_inside() {
    use card_core::digest::HashAlgorithm::{Sha256, Sha512};
    use card_core::signature::SignatureKind::{EcdsaRaw, RsaPkcs1v15, RsaPss};
    for (name, version, length, certificates, signers) in [
        ("cades.p7s", 1, None, 2, vec![(RsaPkcs1v15, Sha256, 256)]),
        (
            "stream-keyid.p7m",
            3,
            Some(30),
            2,
            vec![(RsaPkcs1v15, Sha512, 256)],
        ),
        ("pss.p7s", 1, None, 2, vec![(RsaPss, Sha256, 256)]),
        (
            "resigned.p7s",
            1,
            None,
            3,
            vec![(RsaPkcs1v15, Sha256, 256), (EcdsaRaw, Sha256, 0)],
        ),
        (
            "no-certificates.p7s",
            1,
            None,
            0,
            vec![(RsaPkcs1v15, Sha256, 256)],
        ),
    ] {
        let data = cms::SignedData::open(&mut &sample(name)[..], None).unwrap();
        let outline = data.outline();
        assert_eq!(
            (outline.version, outline.content_length),
            (version, length),
            "{name}"
        );
        assert_eq!(outline.certificates.len(), certificates, "{name}");
        let mut found = Vec::new();
        for signer in outline.signers {
            let scheme = signer.scheme.unwrap();
            // An elliptic signature in DER has no fixed length.
            let length = if scheme == EcdsaRaw {
                0
            } else {
                signer.signature_length
            };
            found.push((scheme, signer.hash.unwrap(), length));
            assert!(
                signer.claimed_time.is_some() && signer.signed.len() >= 3,
                "{name}"
            );
            assert_eq!(signer.certificate.is_some(), certificates > 0, "{name}");
        }
        found.sort_by_key(|(scheme, ..)| *scheme == EcdsaRaw);
        assert_eq!(found, signers, "{name}");
    }
}
