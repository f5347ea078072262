//! OpenSSL accepts what we sign, and refuses it when it was changed.

use card_core::digest::{Digest, HashAlgorithm};
use card_sign::cms::{self, SignedData};
use card_sign::{Policy, Profile};
use card_sim::persona::Credential;

use crate::openssl::{Bench, pem};
use crate::pki::{self, NOW};
use crate::signed;

const CONTENT: &[u8] = "申請書\r\n一行目\nx\n".as_bytes();

fn detached(of: &[&Credential]) -> SignedData {
    let mut data = SignedData::new();
    for credential in of {
        signed::cms(&mut data, credential, CONTENT).unwrap();
    }
    data
}

/// The roots that OpenSSL should believe.
fn bench(of: &[&Credential]) -> Bench {
    let bench = Bench::new();
    let roots: String = of
        .iter()
        .map(|one| pem("CERTIFICATE", &one.ca_certificate))
        .collect();
    bench.write("ca.pem", roots.as_bytes());
    bench.write("content", CONTENT);
    bench
}

const DETACHED: &str = "cms -verify -inform DER -in s.p7s -content content -binary -CAfile ca.pem \
                        -out out";

#[test]
fn a_detached_signature_is_cades_to_openssl() {
    for of in [pki::hanako(), pki::jisedai()] {
        let bench = bench(&[of]);
        bench.write("s.p7s", &detached(&[of]).to_detached());
        let verify = format!("{DETACHED} -cades -attime {NOW}");
        let output = bench.asks(&verify);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        assert!(said.contains("CAdES Verification successful"), "{said}");

        let policy = "-policy 1.2.392.200149.8.5.1.0.20 -explicit_policy";
        bench.does(&format!("{verify} {policy}"));
        assert!(
            !bench
                .asks(&format!("{verify} {}", policy.replace("0.20", "0.30")))
                .status
                .success()
        );

        bench.write("content", b"another");
        assert_eq!(bench.asks(&verify).status.code(), Some(4));
    }
}

#[test]
fn our_own_check_agrees() {
    for of in [pki::hanako(), pki::jisedai()] {
        let signed = detached(&[of]).to_detached();
        for profile in [Profile::Any, Profile::Cades] {
            let policy = Policy {
                profile,
                ..pki::policy()
            };
            let mut content = CONTENT;
            let report = cms::verify_detached(&mut &signed[..], &mut content, &policy).unwrap();
            assert!(report.is_accepted(), "{report:#?}");
            assert_eq!(report.signatures[0].claimed_time, Some(pki::now()));
        }
        // PEM is another writing of the same.
        for label in ["CMS", "PKCS7", "PKCS #7 SIGNED DATA"] {
            let text = pem(label, &signed);
            assert_eq!(
                SignedData::open(&mut text.as_bytes(), None)
                    .unwrap()
                    .signers(),
                1
            );
            let mut content = CONTENT;
            let report = cms::verify_detached(&mut text.as_bytes(), &mut content, &pki::policy());
            assert!(report.unwrap().is_accepted());
        }
    }
}

#[test]
fn an_attached_signature_gives_the_content_back() {
    for of in [pki::hanako(), pki::jisedai()] {
        let mut signed = Vec::new();
        let data = detached(&[of]);
        data.write_attached(&mut &CONTENT[..], CONTENT.len() as u64, &mut signed)
            .unwrap();
        let bench = bench(&[of]);
        bench.write("s.p7m", &signed);
        let verify = format!(
            "cms -verify -inform DER -in s.p7m -CAfile ca.pem -binary -cades -attime {NOW} -out out"
        );
        bench.does(&verify);
        assert_eq!(bench.read("out"), CONTENT);

        let mut out = Vec::new();
        let report = cms::verify_attached(&mut &signed[..], Some(&mut out), &pki::policy());
        assert!(report.unwrap().is_accepted());
        assert_eq!(out, CONTENT);
        let inside = SignedData::open(&mut &signed[..], None).unwrap();
        assert_eq!(inside.content_length(), Some(CONTENT.len() as u64));

        let place = signed
            .windows(3)
            .position(|w| w == "申".as_bytes())
            .unwrap();
        signed[place] ^= 1;
        bench.write("s.p7m", &signed);
        assert_eq!(bench.asks(&verify).status.code(), Some(4));
    }
}

#[test]
fn several_people_sign_one_content_and_nobody_disturbs_the_others() {
    let people = [pki::hanako(), pki::taro(), pki::jisedai()];
    let first = detached(&people[..1]).to_detached();
    let mut data = SignedData::open(&mut &first[..], None).unwrap();
    let own = Forgotten::of(&first);
    for of in &people[1..] {
        signed::cms(&mut data, of, CONTENT).unwrap();
    }
    let signed = data.to_detached();
    assert!(signed.windows(own.0.len()).any(|window| window == own.0));

    let bench = bench(&people);
    bench.write("s.p7s", &signed);
    bench.does(&format!("{DETACHED} -cades -attime {NOW}"));
    let report = cms::verify_detached(&mut &signed[..], &mut &CONTENT[..], &pki::policy()).unwrap();
    assert!(report.is_accepted(), "{report:#?}");
    assert_eq!(report.signatures.len(), 3);
}

/// The SignerInfo of a file with one: its last element.
struct Forgotten(Vec<u8>);

impl Forgotten {
    fn of(signed: &[u8]) -> Forgotten {
        let place = signed
            .windows(5)
            .rposition(|w| w == [0x30, 0x82, w[2], w[3], 2])
            .unwrap();
        Forgotten(signed[place..].to_vec())
    }
}

#[test]
fn the_authentication_key_signs_for_its_own_purpose_only() {
    let of = pki::authentication();
    let mut data = SignedData::new();
    signed::cms(&mut data, of, CONTENT).unwrap();
    let signed = data.to_detached();
    let bench = bench(&[of]);
    bench.write("s.p7s", &signed);
    let verify = format!("{DETACHED} -cades -attime {NOW}");
    assert!(!bench.asks(&verify).status.success());
    bench.does(&format!("{verify} -purpose any"));

    let report = cms::verify_detached(&mut &signed[..], &mut &CONTENT[..], &pki::policy()).unwrap();
    assert!(report.fails(cms::rules::TRUST), "{report:#?}");
}

#[test]
fn what_does_not_fit_is_not_signed() {
    let mut data = SignedData::new();
    // Taro's key behind Hanako's certificate.
    let certificate = pki::certificate(pki::hanako());
    let mut impostor = card_sign::CardSigner::new(certificate, Vec::new(), |digest| {
        Ok(pki::sign(&pki::taro().key, digest))
    })
    .unwrap();
    let mut refusal = |algorithm| {
        let digest = Digest::of(algorithm, CONTENT);
        data.sign(&mut impostor, &digest, None).unwrap_err().code()
    };
    assert_eq!(refusal(HashAlgorithm::Sha512), "sign.digest-algorithm");
    assert_eq!(refusal(HashAlgorithm::Sha256), "signature.mismatch");
    assert_eq!(data.signers(), 0);

    signed::cms(&mut data, pki::hanako(), CONTENT).unwrap();
    for (content, length) in [
        (&CONTENT[1..], CONTENT.len() - 1),
        (CONTENT, CONTENT.len() - 1),
        (CONTENT, CONTENT.len() + 1),
    ] {
        let mut out = Vec::new();
        let error = data
            .write_attached(&mut &content[..], length as u64, &mut out)
            .unwrap_err();
        assert_eq!(error.code(), "sign.content-changed");
    }
}
