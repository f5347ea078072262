//! Tests of certificates: as issuers make them, and malformed ones.

mod leaf;

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use rsa::traits::PublicKeyParts as _;
use signature::hazmat::PrehashSigner as _;
use x509_cert::SubjectPublicKeyInfo;
use x509_cert::spki::EncodePublicKey as _;

use super::*;
use crate::domain::person::Sex;
use crate::signature::{Signature, SignatureKind};

macro_rules! root {
    ($file:literal) => {
        include_bytes!(concat!("../../data/roots/", $file))
    };
}

struct Root {
    der: &'static [u8],
    purpose: Purpose,
    serial: (&'static str, &'static str),
    validity: (&'static str, &'static str),
    sha256: &'static str,
    key: &'static str,
    spki_sha256: &'static str,
}

/// What is published and known about the production roots, from other sources than the files.
const PRODUCTION: [Root; 6] = [
    Root {
        der: root!("production/authca01.cer"),
        purpose: Purpose::Authentication,
        serial: ("01", "1"),
        validity: ("2015-10-20T03:08:13Z", "2025-10-19T14:59:59Z"),
        sha256: "4dcfc4ca0aaf9fb2a3081b3f0c991c320b3acc008667a341eeaec5af1d58ca7d",
        key: "9567951b5ca70d84a0fff1d85a87f1aab1340385",
        spki_sha256: "ca1b80dbe6eb2040d8258ec96474febfd3b8764526a1cb6a90aa0a80426f43b0",
    },
    Root {
        der: root!("production/authca02.cer"),
        purpose: Purpose::Authentication,
        serial: ("0133C349", "20169545"),
        validity: ("2019-09-14T23:41:59Z", "2029-09-14T14:59:59Z"),
        sha256: "0d98de47fc11b7f67126874b7028b6026a803d2638d6edfe53176953961fade6",
        key: "8cd5586a891485e559379b7e29d410cfd28b3593",
        spki_sha256: "7cafb046dca6d458982d2b9683ebae9b024d9b37832adb3c2e3f4a44cac30912",
    },
    Root {
        der: root!("production/authca03.cer"),
        purpose: Purpose::Authentication,
        serial: ("06D18006", "114393094"),
        validity: ("2023-07-16T01:01:04Z", "2033-07-15T14:59:59Z"),
        sha256: "64114f29620c24ed2631d46476a040e7ee740d956089c00b036a6a8118c322b5",
        key: "1ac100f596a3bc8c4b3df195e32699249e9e308a",
        spki_sha256: "22fc93a11eb272bcb3d2586a8f2db8d2aa60c7c2a2e7621a03dbab0c8e5ab57a",
    },
    Root {
        der: root!("production/signca01.cer"),
        purpose: Purpose::Signature,
        serial: ("01", "1"),
        validity: ("2015-10-20T02:40:28Z", "2025-10-19T14:59:59Z"),
        sha256: "19645405a1fe14377434bd55957628ac4038557c542403a2243f21c706fc9355",
        key: "0d034cbb34d0714f45e45a1cafd8fd143fab54a7",
        spki_sha256: "1e72c29c1d990fa8c00395f1380dbb174ac25d9b4fa610344c020b5fbf3ad23a",
    },
    Root {
        der: root!("production/signca02.cer"),
        purpose: Purpose::Signature,
        serial: ("0132C4AB", "20104363"),
        validity: ("2019-09-14T23:41:56Z", "2029-09-14T14:59:59Z"),
        sha256: "79679c33e4cc9319440f1ad120a597ff1844e2ef217063adb176966fd5e6fbeb",
        key: "4de017de4b7f473dcd867a62d38b134ace83558a",
        spki_sha256: "dc3961b11b8b4d37e687b3242f75849b29c7da71ca2b55b90df4e0a03b7d5a1d",
    },
    Root {
        der: root!("production/signca03.cer"),
        purpose: Purpose::Signature,
        serial: ("067C6A21", "108816929"),
        validity: ("2023-07-16T00:50:27Z", "2033-07-15T14:59:59Z"),
        sha256: "d227f6cde11d35c5252178f106f843d24651944975413b539fa2fb68dbfa365f",
        key: "d21ea55895617e93adbf966b941ab4edf653f08f",
        spki_sha256: "96859c8794dd919172cccee9e35c1d93e0bdc4298164c24be946886165daaff9",
    },
];

/// Purpose, serial and SHA-256 of the CA certificates of J-LIS test cards.
const JLIS_TEST: [(&[u8], Purpose, &str, &str); 4] = [
    (
        root!("jlis-test/authca-test-2019.cer"),
        Purpose::Authentication,
        "00BFCD",
        "b6de0ff5a384f5af0242a6ca854dee57ee2cad97b341f18b914948fd8e638706",
    ),
    (
        root!("jlis-test/authca-test-2023.cer"),
        Purpose::Authentication,
        "218887",
        "5a0e7d690c718fadebc7fb6eff66a6dd623458debc1aa6fb1778bfe157cbeb25",
    ),
    (
        root!("jlis-test/signca-test-2019.cer"),
        Purpose::Signature,
        "00C139",
        "7bdbdf2652a15e6d458efc143b7201242e1162416251d0903060fa7c642465cc",
    ),
    (
        root!("jlis-test/signca-test-2024.cer"),
        Purpose::Signature,
        "1EA8A8",
        "8126df7dd2db230bd8ee48caa40fc3417dde3607050ed34973d8d3cf267fe723",
    ),
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A foreign program's answer to some input. Its absence is a failure that names the package.
fn ask(package: &str, program: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}; install the package {package}"));
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn openssl(arguments: &[&str], input: &[u8]) -> String {
    ask("openssl", "openssl", arguments, input)
}

#[test]
fn production_roots_are_the_published_ones() {
    for root in PRODUCTION {
        let read = Certificate::parse(root.der).unwrap();
        assert_eq!(hex(read.fingerprint().as_bytes()), root.sha256);
        assert_eq!(read.serial().to_hex(), root.serial.0);
        assert_eq!(read.serial().to_decimal(), root.serial.1);
        assert!(!read.serial().is_negative());
        assert_eq!(read.validity().not_before.to_string(), root.validity.0);
        assert_eq!(read.validity().not_after.to_string(), root.validity.1);
        assert_eq!(
            read.subject_key_identifier().map(hex).as_deref(),
            Some(root.key)
        );
        assert_eq!(hex(read.public_key().identifier().as_bytes()), root.key);
        let spki = Digest::of(HashAlgorithm::Sha256, read.public_key().spki());
        assert_eq!(hex(spki.as_bytes()), root.spki_sha256);
        assert_eq!(read.purpose(), Some(root.purpose));
        assert_eq!(read.key_algorithm(), KeyAlgorithm::Rsa { bits: 2048 });
        let numbers = read.public_key().rsa_numbers().unwrap();
        assert_eq!((numbers.0.len(), numbers.1), (256, &[1, 0, 1][..]));
        assert_eq!(read.verify_signed_by(read.public_key()), Ok(()));
        let same = |other: &&Root| other.purpose == root.purpose && other.sha256 != root.sha256;
        for other in PRODUCTION.iter().filter(same) {
            let other = Certificate::parse(other.der).unwrap();
            assert_eq!(other.subject(), read.issuer());
            assert_eq!(
                read.verify_signed_by(other.public_key()),
                Err(VerifyError::Mismatch)
            );
        }
    }
}

#[test]
fn every_root_has_the_profile_of_a_jpki_authority() {
    let production = PRODUCTION
        .iter()
        .map(|root| (root.der, root.purpose, "JPKI"));
    let test = JLIS_TEST
        .iter()
        .map(|(der, purpose, ..)| (*der, *purpose, "JPKI-TEST"));
    for (der, purpose, organisation) in production.chain(test) {
        let read = Certificate::parse_exact(der).unwrap();
        let unit = leaf::unit(purpose);
        assert_eq!(
            read.subject().to_string(),
            format!(
                "C=JP, O={organisation}, OU={unit}, \
                 OU=Japan Agency for Local Authority Information Systems"
            )
        );
        assert_eq!((read.subject(), read.version()), (read.issuer(), 3));
        assert_eq!(read.subject().parts().count(), 4);
        assert_eq!(
            read.key_usage().unwrap().names().collect::<Vec<_>>(),
            ["keyCertSign", "cRLSign"]
        );
        let constraints = BasicConstraints {
            ca: true,
            path_length: None,
        };
        assert_eq!(read.basic_constraints(), Some(constraints));
        let points = read.distribution_points();
        assert_eq!(points.len(), 1);
        assert_eq!(points[0].name.as_ref(), Some(read.subject()));
        assert!(points[0].uris.is_empty() && !points[0].more);
        let japanese = read.subject_alternative_name().unwrap().to_string();
        let kind = match purpose {
            Purpose::Authentication => "利用者証明用",
            Purpose::Signature => "署名用",
        };
        assert!(
            japanese.contains(&format!("OU=公的個人認証サービス{kind}, ")),
            "{japanese}"
        );
        let headers = read
            .extensions()
            .iter()
            .map(|one| (one.oid.to_string(), one.critical));
        assert_eq!(
            headers.collect::<Vec<_>>(),
            [
                ("2.5.29.15", true),
                ("2.5.29.17", false),
                ("2.5.29.19", true),
                ("2.5.29.31", false),
                ("2.5.29.14", false)
            ]
            .map(|(oid, critical)| (oid.to_owned(), critical))
        );
        let sha256 = SignatureAlgorithm::RsaPkcs1v15(HashAlgorithm::Sha256);
        assert_eq!(read.signature_algorithm(), &sha256);
        assert!(read.algorithms_agree() && read.duplicate_extensions().is_empty());
        assert_eq!(read.unknown_critical_extensions().count(), 0);
        assert!(read.attributes().is_none() && read.policies().is_empty());
        assert!(read.authority_key().is_none() && read.extended_key_usage().is_none());
        assert!(read.issuer_alternative_name().is_none() && read.ocsp_uris().is_empty());
        assert_eq!(read.policy_class(), None);
    }
    for (der, _, serial, sha256) in JLIS_TEST {
        let read = Certificate::parse(der).unwrap();
        assert_eq!(
            (
                &*read.serial().to_hex(),
                &*hex(read.fingerprint().as_bytes())
            ),
            (serial, sha256)
        );
        assert_eq!(read.verify_signed_by(read.public_key()), Ok(()));
    }
}

#[test]
fn openssl_and_openssh_see_the_same_roots() {
    for root in PRODUCTION {
        let read = Certificate::parse(root.der).unwrap();
        let pem = openssl(&["x509", "-inform", "DER"], root.der);
        assert_eq!(read.to_pem(), pem);
        assert!(
            Certificate::parse_pem(pem.as_bytes())
                .unwrap()
                .iter()
                .eq([&read])
        );
        let text = openssl(
            &[
                "x509", "-noout", "-subject", "-serial", "-dates", "-nameopt", "RFC2253",
                "-dateopt",
            ]
            .iter()
            .chain(&["iso_8601"])
            .copied()
            .collect::<Vec<_>>(),
            pem.as_bytes(),
        );
        let parts: Vec<String> = read
            .subject()
            .parts()
            .map(|part| format!("{}={}", part[0].label().unwrap(), part[0].value()))
            .collect();
        let reversed = parts.into_iter().rev().collect::<Vec<_>>().join(",");
        let iso = |time: UtcTime| time.to_string().replace('T', " ");
        assert_eq!(
            text,
            format!(
                "subject={reversed}\nserial={}\nnotBefore={}\nnotAfter={}\n",
                read.serial().to_hex(),
                iso(read.validity().not_before),
                iso(read.validity().not_after),
            )
        );
        assert_openssh_agrees(&read);
    }
}

/// OpenSSL takes the key out of the certificate, OpenSSH writes it, and we wrote the same.
fn assert_openssh_agrees(certificate: &Certificate) {
    let key = openssl(
        &["x509", "-noout", "-pubkey"],
        certificate.to_pem().as_bytes(),
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), key).unwrap();
    let path = file.path().to_str().unwrap();
    let theirs = ask(
        "openssh-client",
        "ssh-keygen",
        &["-i", "-m", "PKCS8", "-f", path],
        b"",
    );
    let ours = certificate.to_openssh().unwrap();
    let (key, comment) = ours.rsplit_once(' ').unwrap();
    assert_eq!(key, theirs.trim_end());
    assert!(
        ["jpki-authentication", "jpki-signature"].contains(&comment),
        "{comment}"
    );
}

#[test]
fn a_signature_leaf_reads_as_it_was_written() {
    let der = leaf::issue(
        Purpose::Signature,
        leaf::signature_extensions(leaf::person("319800217")),
    );
    let read = Certificate::parse(&[&der[..], &[0xff; 300]].concat()).unwrap();
    assert_eq!(read.to_der(), der);
    assert_eq!(read.serial().to_decimal(), "77722");
    assert_eq!(
        read.subject().to_string(),
        "C=JP, L=Tokyo-to, L=Kiyose-shi, CN=202510161726000000013221003A"
    );
    assert_eq!(
        read.subject().values("L").collect::<Vec<_>>(),
        ["Tokyo-to", "Kiyose-shi"]
    );
    assert_eq!(read.issuer().values("OU").count(), 2);
    assert_eq!(read.validity().not_before.unix() as u64, leaf::NOT_BEFORE);
    assert_eq!(
        read.validity().not_after.to_string(),
        "2030-02-17T14:59:59Z"
    );
    assert!(read.validity().contains(read.validity().not_after));
    let after = UtcTime::from_unix(read.validity().not_after.unix() + 1).unwrap();
    assert!(!read.validity().contains(after));
    assert_eq!(read.purpose(), Some(Purpose::Signature));

    let usage = read.key_usage().unwrap();
    assert!(usage.digital_signature() && usage.non_repudiation() && !usage.key_cert_sign());
    assert_eq!(read.extended_key_usage(), None);
    let cps = Some("http://www.jpki.go.jp/cps.html".to_owned());
    assert_eq!(
        read.policies(),
        [Policy {
            oid: Oid::POLICY_SIGNATURE_TEST,
            cps
        }]
    );
    assert_eq!(
        read.policy_class(),
        Some(PolicyClass {
            environment: Environment::Test,
            purpose: Purpose::Signature,
            holder: KeyHolder::Card,
        })
    );
    let point = ::der::Encode::to_der(&leaf::distribution_point_name(Purpose::Signature)).unwrap();
    assert_eq!(
        read.distribution_points()[0].name.as_ref().unwrap().der(),
        point
    );
    let authority = read.authority_key().unwrap();
    assert_eq!(
        authority.key_identifier.as_deref(),
        Some(&leaf::AUTHORITY_KEY[..])
    );
    assert_eq!(authority.issuer.as_ref(), Some(read.issuer()));
    assert_eq!(authority.serial.as_ref().unwrap().to_hex(), "218887");
    let identifier = read.public_key().identifier();
    assert_eq!(read.subject_key_identifier(), Some(identifier.as_bytes()));
    let japanese = read.issuer_alternative_name().unwrap();
    assert_eq!(japanese.values("O").next(), Some("公的個人認証サービス"));
    assert!(read.ocsp_uris().is_empty() && read.basic_constraints().is_none());

    let person = read.attributes().unwrap();
    assert_eq!(person.name.as_deref(), Some("黒桐　幹也"));
    assert_eq!(
        person.address.as_deref(),
        Some("東京都清瀬市観布子南１２－７－２０２")
    );
    assert_eq!(person.birth.unwrap().iso(), "1980-02-17");
    assert_eq!(person.sex, Some(Sex::Male));
    let flags = person.name_substitutes.as_ref().unwrap();
    assert_eq!(flags.places("黒桐　幹也").collect::<Vec<_>>(), [(1, '桐')]);
    assert!(person.others.is_empty());

    let authority = PublicKey::from_spki(
        leaf::authority_key()
            .as_public_key()
            .to_public_key_der()
            .unwrap()
            .as_bytes(),
    );
    assert_eq!(read.verify_signed_by(&authority.unwrap()), Ok(()));
    assert_openssh_agrees(&read);
    for debug in [
        format!("{read:?}"),
        format!("{:?} {:?}", read.subject(), read.serial()),
    ] {
        assert!(!debug.contains("2025") && !debug.contains('黒') && !debug.contains("77722"));
    }
}

#[test]
fn an_authentication_leaf_reads_as_it_was_written() {
    let der = leaf::issue(Purpose::Authentication, leaf::authentication_extensions());
    let read = Certificate::parse(&der).unwrap();
    assert_eq!(read.purpose(), Some(Purpose::Authentication));
    assert_eq!(
        read.subject().to_string(),
        "C=JP, CN=000000MADEUP0013221003A"
    );
    assert_eq!(read.extended_key_usage(), Some(&[Oid::CLIENT_AUTH][..]));
    assert_eq!(read.ocsp_uris(), ["http://ocsp.jpki.invalid"]);
    assert_eq!(read.policies()[0].oid, Oid::POLICY_AUTHENTICATION_TEST);
    assert_eq!(
        read.key_usage().unwrap().names().collect::<Vec<_>>(),
        ["digitalSignature"]
    );
    assert!(read.attributes().is_none());
    // The policy extension of a J-LIS test card, as published.
    let published = "303d303b060b2a83088c9b55080501001e302c302a06082b06010505070201161e687474703a2f\
                     2f7777772e6a706b692e676f2e6a702f6370732e68746d6c";
    assert!(hex(&der).contains(published));
    assert_openssh_agrees(&read);
}

#[test]
fn incomplete_and_unknown_attributes_are_read_as_far_as_they_go() {
    for (birth, iso, japanese) in [
        ("319800200", "1980-02", "昭和55年2月日不詳"),
        ("400000000", "unknown", "平成年月日不詳"),
        ("000000000", "unknown", "年月日不詳"),
    ] {
        let mut names = leaf::person(birth);
        names.push(leaf::attribute("7", "コクトウ　ミキヤ"));
        names.insert(0, leaf::attribute("9.1", "旧姓"));
        let der = leaf::issue(Purpose::Signature, leaf::signature_extensions(names));
        let read = Certificate::parse(&der).unwrap();
        let person = read.attributes().unwrap();
        let date = person.birth.unwrap();
        assert_eq!((&*date.iso(), &*date.japanese()), (iso, japanese));
        let others = person
            .others
            .iter()
            .map(|other| (&*other.oid, &*other.text));
        assert_eq!(
            others.collect::<Vec<_>>(),
            [
                ("1.2.392.200149.8.5.5.9.1", "旧姓"),
                ("1.2.392.200149.8.5.5.7", "コクトウ　ミキヤ")
            ]
        );
    }
}

#[test]
fn the_next_card_fits() {
    let authority = p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap();
    let p384 = p384::ecdsa::SigningKey::from_slice(&[9; 48]).unwrap();
    let p256 = p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let issuer = authority.verifying_key().to_public_key_der().unwrap();
    let issuer = PublicKey::from_spki(issuer.as_bytes()).unwrap();
    for (spki, kind) in [
        (
            SubjectPublicKeyInfo::from_key(p384.verifying_key()).unwrap(),
            KeyAlgorithm::EcP384,
        ),
        (
            SubjectPublicKeyInfo::from_key(p256.verifying_key()).unwrap(),
            KeyAlgorithm::EcP256,
        ),
    ] {
        let extensions = leaf::signature_extensions(leaf::person("520190501"));
        let der = leaf::issue_with_p384(spki, &authority, extensions);
        let read = Certificate::parse(&der).unwrap();
        assert_eq!(read.key_algorithm(), kind);
        assert_eq!(
            read.signature_algorithm(),
            &SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha384)
        );
        assert_eq!(read.verify_signed_by(&issuer), Ok(()));
        assert_eq!(
            read.verify_signed_by(read.public_key()),
            Err(VerifyError::Mismatch)
        );
        assert_openssh_agrees(&read);
    }
    let wrong = Certificate::parse(PRODUCTION[0].der).unwrap();
    assert_eq!(wrong.verify_signed_by(&issuer), Err(VerifyError::Kind));
}

#[test]
fn signatures_fit_one_key_one_digest_and_one_length() {
    let rsa = leaf::holder_key();
    let key =
        PublicKey::from_spki(rsa.as_public_key().to_public_key_der().unwrap().as_bytes()).unwrap();
    for algorithm in [
        HashAlgorithm::Sha1,
        HashAlgorithm::Sha256,
        HashAlgorithm::Sha384,
        HashAlgorithm::Sha512,
    ] {
        let digest = Digest::of(algorithm, b"message");
        let bytes = rsa
            .sign(rsa::Pkcs1v15Sign::new_unprefixed(), &digest.digest_info())
            .unwrap();
        let signed = |bytes| Signature::new(SignatureKind::RsaPkcs1v15, bytes);
        assert_eq!(key.verify_digest(&digest, &signed(bytes.clone())), Ok(()));
        assert_eq!(
            key.verify_block(&digest.digest_info(), &signed(bytes.clone())),
            Ok(())
        );
        let other = Digest::of(algorithm, b"massage");
        let mismatch = Err(VerifyError::Mismatch);
        assert_eq!(key.verify_digest(&other, &signed(bytes.clone())), mismatch);
        assert_eq!(
            key.verify_digest(&digest, &signed(bytes[1..].to_vec())),
            mismatch
        );
        let longer = [&[0], &bytes[..]].concat();
        assert_eq!(key.verify_digest(&digest, &signed(longer)), mismatch);
        assert_eq!(key.verify_digest(&digest, &signed(Vec::new())), mismatch);
        let raw = Signature::new(SignatureKind::EcdsaRaw, bytes.clone());
        assert_eq!(key.verify_digest(&digest, &raw), Err(VerifyError::Kind));
        // A bare digest without DigestInfo, which the card would sign too, is no signature.
        let bare = rsa
            .sign(rsa::Pkcs1v15Sign::new_unprefixed(), digest.as_bytes())
            .unwrap();
        assert_eq!(key.verify_digest(&digest, &signed(bare)), mismatch);
    }
    let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(3);
    let digest = Digest::of(HashAlgorithm::Sha256, b"message");
    let pss = rsa.sign_with_rng(&mut rng, rsa::Pss::<sha2::Sha256>::new(), digest.as_bytes());
    let pss = Signature::new(SignatureKind::RsaPss, pss.unwrap());
    assert_eq!(key.verify_digest(&digest, &pss), Ok(()));
    let other = Digest::of(HashAlgorithm::Sha512, b"message");
    assert_eq!(key.verify_digest(&other, &pss), Err(VerifyError::Mismatch));
}

#[test]
fn elliptic_signatures_are_two_numbers() {
    let signer = p384::ecdsa::SigningKey::from_slice(&[9; 48]).unwrap();
    let spki = signer.verifying_key().to_public_key_der().unwrap();
    let key = PublicKey::from_spki(spki.as_bytes()).unwrap();
    let digest = Digest::of(HashAlgorithm::Sha384, b"message");
    let made: p384::ecdsa::Signature = signer.sign_prehash(digest.as_bytes()).unwrap();
    let signature = Signature::new(SignatureKind::EcdsaRaw, made.to_bytes().to_vec());
    assert_eq!(key.verify_digest(&digest, &signature), Ok(()));
    assert_eq!(signature.to_der(), made.to_der().as_bytes());
    let mut changed = made.to_bytes().to_vec();
    changed[95] ^= 1;
    for bytes in [
        changed,
        vec![0; 96],
        vec![0xff; 96],
        made.to_bytes()[1..].to_vec(),
        Vec::new(),
    ] {
        let signature = Signature::new(SignatureKind::EcdsaRaw, bytes);
        assert_eq!(
            key.verify_digest(&digest, &signature),
            Err(VerifyError::Mismatch)
        );
    }
    let old = Digest::danger_sha1(b"message");
    assert_eq!(
        key.verify_digest(&old, &signature),
        Err(VerifyError::Unusable)
    );
    let as_rsa = Signature::new(SignatureKind::RsaPkcs1v15, made.to_bytes().to_vec());
    assert_eq!(key.verify_digest(&digest, &as_rsa), Err(VerifyError::Kind));
    assert_eq!(key.verify_block(b"block", &as_rsa), Err(VerifyError::Kind));
    assert!(key.rsa_numbers().is_none() && key.ec_point().is_some_and(|point| point[0] == 4));
}

#[test]
fn rsa_keys_can_be_put_together() {
    let rsa = leaf::holder_key().as_public_key();
    let spki = rsa.to_public_key_der().unwrap();
    let modulus = [&[0], &rsa.n_bytes()[..]].concat();
    let key = PublicKey::rsa(&modulus, &[1, 0, 1]).unwrap();
    assert_eq!(key.spki(), spki.as_bytes());
    assert_eq!(key, PublicKey::from_spki(spki.as_bytes()).unwrap());
    assert_eq!(PublicKey::rsa(&[0, 0], &[3]), Err(MalformedKey));
    assert_eq!(PublicKey::rsa(&[9], &[]), Err(MalformedKey));
    let digest = Digest::of(HashAlgorithm::Sha256, b"");
    for (modulus, exponent, bits) in [
        (vec![0x7f; 64], vec![3], 511),
        (vec![0xff; 2000], vec![3], 16_000),
        (vec![0xff; 256], vec![1], 2048),
        (vec![0xfe; 256], vec![3], 2048),
        (vec![0xff; 256], vec![0xff; 256], 2048),
    ] {
        let key = PublicKey::rsa(&modulus, &exponent).unwrap();
        assert_eq!(key.algorithm(), KeyAlgorithm::Rsa { bits });
        assert_eq!(PublicKey::from_spki(key.spki()), Ok(key.clone()));
        let signature = Signature::new(SignatureKind::RsaPkcs1v15, vec![1; modulus.len()]);
        assert_eq!(
            key.verify_digest(&digest, &signature),
            Err(VerifyError::Unusable)
        );
    }
}

#[test]
fn a_cards_file_ends_in_filler_and_nothing_else() {
    let der = PRODUCTION[0].der;
    for filler in [&[][..], &[0xff; 40], &[0; 40], &[0, 0xff, 0]] {
        let file = [der, filler].concat();
        assert_eq!(Certificate::parse(&file).unwrap().to_der(), der);
        let exact = Certificate::parse_exact(&file);
        match filler {
            [] => assert!(exact.is_ok()),
            _ => assert_eq!(exact, Err(CertificateError::Trailing { at: der.len() })),
        }
    }
    let file = [der, &[0xff, 0x00, 0x30]].concat();
    assert_eq!(
        Certificate::parse(&file),
        Err(CertificateError::Trailing { at: der.len() + 2 })
    );
    for absent in [&[][..], &[0xff; 1800], &[0; 3]] {
        assert_eq!(Certificate::parse(absent), Err(CertificateError::Absent));
    }
    assert_eq!(Certificate::parse_exact(&[]), Err(CertificateError::Absent));
}

#[test]
fn the_validity_stands_in_the_beginning() {
    for root in PRODUCTION {
        let whole = Certificate::parse(root.der).unwrap();
        let beginning = &root.der[..256];
        assert_eq!(Validity::of_beginning(beginning), Some(whole.validity()));
        let found = (0..256).filter(|end| Validity::of_beginning(&beginning[..*end]).is_some());
        assert!(found.min() > Some(150), "what is cut off is not made up");
    }
    for none in [
        &b""[..],
        b"0",
        &[0xFF; 256],
        b"\x30\x82\x05\x00\x30\x82\x04\x00\xa0\x03",
    ] {
        assert_eq!(Validity::of_beginning(none), None);
    }
}

#[test]
fn a_cut_file_is_told_from_a_wrong_one() {
    let der = PRODUCTION[0].der;
    for found in 1..der.len() {
        let declared = (found >= 4).then_some(der.len());
        let error = Err(CertificateError::Truncated { declared, found });
        assert_eq!(Certificate::parse(&der[..found]), error);
    }
    for (bytes, error) in [
        (
            &b"hello, I am no certificate"[..],
            CertificateError::malformed(Part::Frame, Some(0)),
        ),
        (
            b"\x30\x80\x30\x80\0\0\0\0",
            CertificateError::malformed(Part::Frame, Some(0)),
        ),
        (
            b"\x30\x00",
            CertificateError::malformed(Part::Frame, Some(2)),
        ),
        (
            b"\x30\x03\x02\x01\x01",
            CertificateError::malformed(Part::Frame, Some(2)),
        ),
        (
            b"\x30\x83\xff\xff\xff\x30",
            CertificateError::TooLong {
                declared: 0x0100_0004,
            },
        ),
        (
            b"\x30\x84\xff\xff\xff\xff",
            CertificateError::TooLong {
                declared: 0x1_0000_0005,
            },
        ),
    ] {
        assert_eq!(Certificate::parse(bytes), Err(error));
    }
}

/// Puts one byte over a unique stretch of a real certificate.
fn damage(find: &[u8], offset: usize, byte: u8) -> (Vec<u8>, usize) {
    let mut der = PRODUCTION[0].der.to_vec();
    let place = der
        .windows(find.len())
        .position(|window| window == find)
        .unwrap();
    der[place + offset] = byte;
    (der, place)
}

#[test]
fn errors_name_the_part_and_the_place() {
    // A wrong tag in each part, found by its first bytes.
    for (find, offset, byte, part) in [
        (
            &b"\xa0\x03\x02\x01\x02\x02\x01\x01"[..],
            2,
            0x04,
            Part::Version,
        ),
        (b"\x02\x01\x01\x30\x0d\x06\x09", 0, 0x04, Part::Serial),
        (
            b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
            0,
            0x31,
            Part::Algorithm,
        ),
        (b"\x30\x81\x82\x31\x0b\x30\x09", 3, 0x32, Part::Issuer),
        (b"\x30\x1e\x17\x0d151020030813Z", 2, 0x16, Part::Validity),
        (
            b"\x30\x82\x01\x22\x30\x0d\x06\x09",
            4,
            0x31,
            Part::PublicKey,
        ),
        (b"\xa3\x82", 4, 0x31, Part::Extensions),
    ] {
        let (der, place) = damage(find, offset, byte);
        let error = CertificateError::malformed(part, Some(place));
        assert_eq!(error.at(), Some(place));
        assert_eq!(Certificate::parse(&der), Err(error), "{part}");
    }
    // keyUsage that is no bit string.
    let (der, place) = damage(b"\x04\x04\x03\x02\x01\x06", 2, 0x05);
    let oid = Oid::known(b"\x55\x1d\x0f");
    assert_eq!(
        Certificate::parse(&der),
        Err(CertificateError::Extension { oid, at: place + 2 })
    );
}

#[test]
fn what_nobody_should_issue_is_seen() {
    let names = || leaf::person("319800217");
    let mut twice = leaf::signature_extensions(names());
    twice.push(leaf::extension(
        "2.5.29.14",
        false,
        &::der::asn1::OctetString::new([1]).unwrap(),
    ));
    twice.push(leaf::extension("1.2.3.4", true, &::der::asn1::Null));
    twice.push(leaf::extension("1.2.3.5", false, &::der::asn1::Null));
    let read = Certificate::parse(&leaf::issue(Purpose::Signature, twice)).unwrap();
    assert_eq!(read.duplicate_extensions(), [Oid::known(b"\x55\x1d\x0e")]);
    let identifier = read.public_key().identifier();
    assert_eq!(read.subject_key_identifier(), Some(identifier.as_bytes()));
    let unknown: Vec<String> = read
        .unknown_critical_extensions()
        .map(Oid::to_string)
        .collect();
    assert_eq!(unknown, ["1.2.3.4"]);

    let mut der = leaf::issue(Purpose::Signature, leaf::signature_extensions(names()));
    let serial = der
        .windows(5)
        .position(|window| window == [2, 3, 1, 0x2f, 0x9a])
        .unwrap();
    der[serial + 2] = 0xff;
    let read = Certificate::parse(&der).unwrap();
    assert!(read.serial().is_negative() && read.serial().to_decimal().starts_with('-'));

    let algorithm = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
    let inner = der
        .windows(9)
        .position(|window| window == algorithm)
        .unwrap();
    der[inner + 8] = 0x0c;
    let read = Certificate::parse(&der).unwrap();
    assert!(!read.algorithms_agree());
    let sha256 = SignatureAlgorithm::RsaPkcs1v15(HashAlgorithm::Sha256);
    assert_eq!(read.signature_algorithm(), &sha256);
}

/// Puts bytes at the end of an element that begins with this stretch, and lengthens it and what
/// is around it; all lengths have two bytes.
fn insert(der: &[u8], around: &[usize], extra: &[u8]) -> Vec<u8> {
    let mut der = der.to_vec();
    let mut end = der.len();
    for at in around {
        let length = usize::from(der[at + 2]) << 8 | usize::from(der[at + 3]);
        end = at + 4 + length;
        let longer = length + extra.len();
        (der[at + 2], der[at + 3]) = ((longer >> 8) as u8, longer as u8);
    }
    der.splice(end..end, extra.iter().copied());
    der
}

#[test]
fn nothing_hides_behind_the_parts() {
    let der = PRODUCTION[0].der;
    let place = |find: &[u8]| {
        der.windows(find.len())
            .position(|window| window == find)
            .unwrap()
    };
    let extensions = place(b"\xa3\x82");
    for (around, part, at) in [
        (&[0][..], Part::Frame, der.len()),
        (&[0, 4], Part::Extensions, extensions),
    ] {
        let error = Certificate::parse(&insert(der, around, &[5, 0]));
        assert_eq!(
            error,
            Err(CertificateError::malformed(part, Some(at))),
            "{around:?}"
        );
    }
}

#[test]
fn the_unsigned_parts_have_one_form() {
    let mut der = PRODUCTION[0].der.to_vec();
    // Unused bits of the signature: the same numbers, but other bytes and another fingerprint.
    let signature = der.len() - 257;
    assert_eq!(der[signature - 4..=signature], [3, 0x82, 1, 1, 0]);
    der[signature] = 1;
    let error = CertificateError::malformed(Part::Signature, Some(signature));
    assert_eq!(Certificate::parse(&der), Err(error));
    // Something more behind the algorithm beside the signature.
    let mut der = PRODUCTION[0].der.to_vec();
    let algorithm = der.len() - 261 - 15;
    assert_eq!(der[algorithm..algorithm + 2], [0x30, 13]);
    der[algorithm + 1] += 2;
    der.splice(algorithm + 15..algorithm + 15, [5, 0]);
    der[3] += 2;
    let read = Certificate::parse(&der).unwrap();
    assert!(!read.algorithms_agree());
}

#[test]
fn pem_texts_may_hold_more_than_one() {
    let [first, second] = [0, 1].map(|n| Certificate::parse(PRODUCTION[n].der).unwrap());
    let other = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    let text = format!(
        "a bag\r\n{}{other}\n\n{}",
        first.to_pem().replace('\n', "\r\n"),
        second.to_pem()
    );
    assert_eq!(
        Certificate::parse_pem(text.as_bytes()),
        Ok(vec![first.clone(), second])
    );
    assert_eq!(Certificate::parse_pem(b""), Err(CertificateError::Absent));
    assert_eq!(
        Certificate::parse_pem(other.as_bytes()),
        Err(CertificateError::Absent)
    );
    let open = format!("\n{}", first.to_pem().replace("-----END", "----END"));
    assert_eq!(
        Certificate::parse_pem(open.as_bytes()),
        Err(CertificateError::Pem { at: 1 })
    );
    let wrong = first.to_pem().replacen('M', "!", 1);
    assert_eq!(
        Certificate::parse_pem(wrong.as_bytes()),
        Err(CertificateError::Pem { at: 0 })
    );
}

#[test]
fn depth_costs_nothing() {
    let mut nested = vec![0x30; 60_000];
    nested
        .iter_mut()
        .skip(1)
        .step_by(2)
        .for_each(|byte| *byte = 0x80);
    let mut deep = vec![0x30, 0x82, 0xea, 0x60];
    for level in (0..15_000_usize).rev() {
        let inside = 4 * level;
        deep.extend([0x30, 0x82, (inside >> 8) as u8, inside as u8]);
    }
    for bytes in [&nested[..], &deep] {
        assert!(Certificate::parse(bytes).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Mutants of real certificates are read or refused; what is read can be shown.
    #[test]
    fn mutants_never_panic(
        which in 0..10_usize,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 1..6),
    ) {
        let roots = PRODUCTION.iter().map(|root| root.der).chain(JLIS_TEST.iter().map(|test| test.0));
        let mut der = roots.collect::<Vec<_>>()[which].to_vec();
        for (place, edit, byte) in edits {
            let place = place.index(der.len());
            match edit {
                0 | 1 => der[place] = byte,
                2 => drop(der.remove(place)),
                _ => der.insert(place, byte),
            }
        }
        show(&der);
    }

    /// The same for a leaf, in its extensions.
    #[test]
    fn mutant_leaves_never_panic(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        static LEAF: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let leaf = LEAF.get_or_init(|| {
            leaf::issue(Purpose::Signature, leaf::signature_extensions(leaf::person("319800217")))
        });
        let mut der = leaf.clone();
        let extensions = 500..der.len() - 270;
        for (place, byte) in edits {
            der[extensions.start + place.index(extensions.len())] = byte;
        }
        show(&der);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        show(&bytes);
        let _ = PublicKey::from_spki(&bytes);
        let _ = Certificate::parse_pem(&bytes);
    }
}

/// Calls everything that a reader of this certificate could call.
fn show(bytes: &[u8]) {
    let beginning = Validity::of_beginning(bytes.get(..256).unwrap_or(bytes));
    match Certificate::parse(bytes) {
        Err(error) => {
            assert!(!error.to_string().is_empty() && error.at().unwrap_or(0) <= bytes.len())
        }
        Ok(read) => {
            assert!(beginning.is_none_or(|beginning| beginning == read.validity()));
            let _ = (read.subject().to_string(), read.issuer().to_string());
            let _ = (read.serial().to_decimal(), read.serial().to_hex());
            let _ = (
                read.purpose(),
                read.policy_class(),
                read.to_openssh(),
                read.to_pem(),
            );
            let _ = (
                read.validity().not_after.to_string(),
                read.validity().not_before.date_in_japan(),
            );
            let _ = read.verify_signed_by(read.public_key());
            let _ = format!("{read:?} {:?} {:?}", read.extensions(), read.key_usage());
            if let Some(person) = read.attributes() {
                let _ = person
                    .birth
                    .map(|birth| (birth.japanese(), birth.iso(), birth.era_digits()));
            }
            assert_eq!(Certificate::parse_exact(read.to_der()), Ok(read.clone()));
        }
    }
}
