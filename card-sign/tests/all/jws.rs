//! Tokens that OpenSSL verifies, and tokens broken on purpose.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::Read;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_core::trust::Role;
use card_sign::jws::rules::*;
use card_sign::jws::{self, Algorithm, Certificates, Claims, Expected};
use card_sign::report::{Report, Rule};
use card_sign::{Policy, raw};
use card_sim::persona::Credential;
use serde_json::{Value, json};

use crate::openssl::Bench;
use crate::pki::{self, NOW};
use crate::signed;

const PAYLOAD: &[u8] = "{\"契約\":1}".as_bytes();

/// What OpenSSL says about a signature over these bytes by the certificate's key.
fn openssl_agrees(of: &Credential, signed: &[u8], signature: &[u8]) -> bool {
    let bench = Bench::new();
    bench.write("c.der", &of.certificate);
    bench.does("x509 -inform DER -in c.der -pubkey -noout -out pub.pem");
    bench.write("signed", signed);
    let certificate = Certificate::parse_exact(&of.certificate).unwrap();
    let algorithm = card_sign::signer::SigningAlgorithm::of(certificate.key_algorithm()).unwrap();
    let value = card_core::signature::Signature::new(algorithm.kind, signature.to_vec()).to_der();
    bench.write("sig", &value);
    let hash = algorithm.hash.name().to_lowercase().replace('-', "");
    bench
        .asks(&format!(
            "dgst -{hash} -verify pub.pem -signature sig signed"
        ))
        .status
        .success()
}

fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn a_compact_token_verifies_everywhere() {
    for (of, algorithm) in [(pki::hanako(), "RS256"), (pki::jisedai(), "ES384")] {
        let token = signed::jws(of, Some("contract"), Certificates::Signer, PAYLOAD).unwrap();
        let [header, payload, signature] = parts(&token);
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(openssl_agrees(
            of,
            format!("{header}.{payload}").as_bytes(),
            &signature
        ));
        let header: Value =
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        assert_eq!(header["alg"], algorithm);
        assert_eq!(header["x5c"][0], BASE64_STANDARD.encode(&of.certificate));
        assert_eq!(header["x5c"].as_array().map(Vec::len), Some(1));

        let expected = Expected {
            typ: Some("contract"),
            ..Expected::default()
        };
        let (report, payload) = jws::verify_compact(token.as_bytes(), &expected, &pki::policy());
        assert!(report.is_accepted(), "{report:#?}");
        assert_eq!(payload.as_deref(), Some(PAYLOAD));
        assert_eq!(report.signatures[0].discloses().len(), 5);
    }
}

#[test]
fn the_ca_is_carried_on_request_and_both_are_verified() {
    let of = pki::hanako();
    let mut sizes = Vec::new();
    for (certificates, carried) in [
        (Certificates::Signer, vec![&of.certificate]),
        (
            Certificates::Chain,
            vec![&of.certificate, &of.ca_certificate],
        ),
    ] {
        let compact = signed::jws(of, None, certificates, PAYLOAD).unwrap();
        let detached = signed::jws_detached(of, certificates, PAYLOAD).unwrap();
        for token in [&compact, &detached] {
            let header = BASE64_URL_SAFE_NO_PAD.decode(parts(token)[0]).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            let wanted: Vec<_> = carried
                .iter()
                .map(|one| BASE64_STANDARD.encode(one))
                .collect();
            assert_eq!(header["x5c"], json!(wanted));
        }
        sizes.push(compact.len());
    }
    // The CA's certificate in Base64, twice.
    assert!(sizes[1] - sizes[0] > 2000, "{sizes:?}");
}

/// PyJWT, asked about a token with this key and, for a detached one, this payload.
fn pyjwt_agrees(of: &Credential, algorithm: &str, token: &str, payload: Option<&[u8]>) -> bool {
    const ASK: &str = "\
import sys
try:
    import jwt, cryptography
except ImportError:
    sys.exit(3)
from cryptography.x509 import load_der_x509_certificate
key = load_der_x509_certificate(open('c.der', 'rb').read()).public_key()
payload = open('payload', 'rb').read() if sys.argv[2] == 'detached' else None
try:
    jwt.PyJWS().decode(open('token').read(), key, [sys.argv[1]], detached_payload=payload)
except jwt.InvalidSignatureError:
    sys.exit(4)
";
    let bench = Bench::new();
    bench.write("c.der", &of.certificate);
    bench.write("token", token.as_bytes());
    bench.write("payload", payload.unwrap_or_default());
    bench.write("ask.py", ASK.as_bytes());
    let form = if payload.is_some() {
        "detached"
    } else {
        "compact"
    };
    // Not the first in PATH: Debian's modules belong to Debian's Python.
    let mut python = std::process::Command::new("/usr/bin/python3");
    python
        .args(["ask.py", algorithm, form])
        .current_dir(bench.path("."));
    let output = python
        .output()
        .expect("install the Debian packages `python3` and `python3-jwt`");
    match output.status.code() {
        Some(0) => true,
        Some(4) => false,
        Some(3) => panic!("install the Debian packages `python3-jwt` and `python3-cryptography`"),
        _ => panic!("{}", String::from_utf8_lossy(&output.stderr)),
    }
}

#[test]
fn a_library_in_another_language_agrees() {
    for (of, algorithm) in [(pki::hanako(), "RS256"), (pki::jisedai(), "ES384")] {
        let compact = signed::jws(of, None, Certificates::Signer, PAYLOAD).unwrap();
        assert!(pyjwt_agrees(of, algorithm, &compact, None));
        let detached = signed::jws_detached(of, Certificates::Signer, PAYLOAD).unwrap();
        assert!(pyjwt_agrees(of, algorithm, &detached, Some(PAYLOAD)));
        assert!(!pyjwt_agrees(of, algorithm, &detached, Some(b"another")));
    }
}

#[test]
fn a_detached_token_leaves_the_payload_as_it_is() {
    let payload: Vec<u8> = (0..200_000_u32).map(|n| (n % 253) as u8).collect();
    for of in [pki::hanako(), pki::jisedai()] {
        let token = signed::jws_detached(of, Certificates::Signer, &payload).unwrap();
        let [header, middle, signature] = parts(&token);
        assert_eq!(middle, "");
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        let signed = [header.as_bytes(), b".", &payload].concat();
        assert!(openssl_agrees(of, &signed, &signature));

        let check = |token: &str, payload: &[u8]| {
            let expected = Expected {
                size: 1 << 20,
                ..Expected::default()
            };
            jws::verify_detached(
                token.as_bytes(),
                &mut &payload[..],
                &expected,
                &pki::policy(),
            )
            .unwrap()
        };
        assert!(check(&token, &payload).is_accepted());
        assert!(check(&token, &payload[1..]).fails(SIGNATURE));

        // The other form: a compact token with its payload taken out.
        let compact = signed::jws(of, None, Certificates::Signer, &payload).unwrap();
        let [header, middle, signature] = parts(&compact);
        let emptied = format!("{header}..{signature}");
        assert!(check(&emptied, &payload).is_accepted());
        assert!(check(&emptied, &payload[..payload.len() - 1]).fails(SIGNATURE));
        assert!(check(&format!("{header}.{middle}.{signature}"), &payload).fails(ENCODING));
        let large = Expected {
            size: 1 << 20,
            ..Expected::default()
        };
        let policy = pki::policy();
        assert!(
            !jws::verify_compact(token.as_bytes(), &large, &policy)
                .0
                .is_accepted()
        );
        assert!(
            jws::verify_compact(compact.as_bytes(), &large, &policy)
                .0
                .is_accepted()
        );
    }
}

#[test]
fn a_payload_is_put_in_when_the_token_is_written() {
    let payload: Vec<u8> = (0..200_000_u32).map(|n| (n % 253) as u8).collect();
    let of = pki::hanako();
    let token = signed::jws_attached(of, Certificates::Signer, &payload).unwrap();
    let mut written = Vec::new();
    token.write(&mut &payload[..], &mut written).unwrap();
    let whole = signed::jws(of, None, Certificates::Signer, &payload).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), whole);
    let other = [&payload[1..], b"x"].concat();
    for changed in [&payload[1..], &other, &[]] {
        let error = token.write(&mut &changed[..], &mut Vec::new()).unwrap_err();
        assert_eq!(error.code(), "sign.content-changed");
    }
}

/// A token with any header, signed as its algorithm would be.
fn forged(of: &Credential, header: &[u8], payload: &[u8]) -> String {
    let input = format!(
        "{}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(header),
        BASE64_URL_SAFE_NO_PAD.encode(payload)
    );
    let digest = Digest::of(HashAlgorithm::Sha256, input.as_bytes());
    let signature = pki::sign(&of.key, &digest);
    format!(
        "{input}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(signature.as_bytes())
    )
}

fn chain(of: &Credential) -> Value {
    json!([
        BASE64_STANDARD.encode(&of.certificate),
        BASE64_STANDARD.encode(&of.ca_certificate)
    ])
}

/// Gives seven bytes at a time.
struct Pieces<'b>(&'b [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(7);
        self.0.read(&mut buffer[..most])
    }
}

fn check(token: &[u8]) -> Report {
    let (report, payload) = jws::verify_compact(token, &Expected::default(), &pki::policy());
    assert_eq!(payload.is_some(), report.is_accepted());
    // As it passes by in small pieces, the same is found.
    let mut out = Vec::new();
    let mut slow = Pieces(token);
    let expected = Expected::default();
    let passed = jws::verify_attached(&mut slow, Some(&mut out), &expected, &pki::policy());
    assert_eq!(format!("{:?}", passed.unwrap()), format!("{report:?}"));
    assert!(payload.is_none_or(|payload| payload == out));
    report
}

#[track_caller]
fn refused(name: &str, token: &[u8], rule: Rule) {
    let report = check(token);
    assert!(!report.is_accepted(), "{name} was accepted");
    assert!(
        report.fails(rule),
        "{name} not refused by {}: {report:#?}",
        rule.id()
    );
}

#[test]
fn headers_that_are_refused() {
    let of = pki::hanako();
    let right = json!({"alg": "RS256", "x5c": chain(of)});
    assert!(check(forged(of, right.to_string().as_bytes(), PAYLOAD).as_bytes()).is_accepted());
    let with = |name: &str, value: Value| {
        let mut header = right.clone();
        header[name] = value;
        header
    };
    let leaf = BASE64_STANDARD.encode(&of.certificate);
    let ca = BASE64_STANDARD.encode(&of.ca_certificate);
    for (name, header, rule) in [
        ("none", with("alg", json!("none")), ALGORITHM),
        ("NONE", with("alg", json!("NONE")), ALGORITHM),
        ("HS256", with("alg", json!("HS256")), ALGORITHM),
        ("lower case", with("alg", json!("rs256")), ALGORITHM),
        ("RS1", with("alg", json!("RS1")), ALGORITHM),
        ("EdDSA", with("alg", json!("EdDSA")), ALGORITHM),
        ("number", with("alg", json!(256)), ALGORITHM),
        ("null", with("alg", json!(null)), ALGORITHM),
        ("ES256 with RSA", with("alg", json!("ES256")), ALGORITHM),
        ("PS256 on RS256", with("alg", json!("PS256")), SIGNATURE),
        ("RS512 on RS256", with("alg", json!("RS512")), SIGNATURE),
        ("no algorithm", json!({"x5c": chain(of)}), ALGORITHM),
        ("no certificate", json!({"alg": "RS256"}), KEY),
        (
            "jwk alone",
            json!({"alg": "RS256", "jwk": {"kty": "RSA"}}),
            KEY,
        ),
        (
            "jku alone",
            json!({"alg": "RS256", "jku": "https://example.org/k"}),
            KEY,
        ),
        (
            "x5u alone",
            json!({"alg": "RS256", "x5u": "https://example.org/c"}),
            KEY,
        ),
        ("kid alone", json!({"alg": "RS256", "kid": "1"}), KEY),
        ("empty x5c", with("x5c", json!([])), KEY),
        ("x5c of numbers", with("x5c", json!([1])), KEY),
        ("x5c as text", with("x5c", json!(leaf)), KEY),
        ("x5c of noise", with("x5c", json!(["AAAA"])), KEY),
        (
            "x5c and noise behind",
            with("x5c", json!([leaf, "AAAA"])),
            KEY,
        ),
        (
            "x5c in Base64url",
            with(
                "x5c",
                json!([BASE64_URL_SAFE_NO_PAD.encode(&of.certificate)]),
            ),
            KEY,
        ),
        (
            "x5c with line breaks",
            with("x5c", json!([format!("{leaf}\n")])),
            KEY,
        ),
        ("x5c with the CA first", with("x5c", json!([ca, leaf])), KEY),
        (
            "x5c of another person",
            with("x5c", chain(pki::taro())),
            SIGNATURE,
        ),
        (
            "x5c for logging in",
            with("x5c", chain(pki::authentication())),
            KEY,
        ),
        ("unknown crit", with("crit", json!(["exp"])), CRITICAL),
        ("empty crit", with("crit", json!([])), CRITICAL),
        ("crit as text", with("crit", json!("b64")), CRITICAL),
        ("crit twice", with("crit", json!(["b64", "b64"])), CRITICAL),
        ("crit of nothing", with("crit", json!(["b64"])), CRITICAL),
        ("b64 without crit", with("b64", json!(false)), CRITICAL),
        ("b64 true without crit", with("b64", json!(true)), CRITICAL),
        (
            "b64 in a compact token",
            {
                let mut header = with("crit", json!(["b64"]));
                header["b64"] = json!(false);
                header
            },
            CRITICAL,
        ),
        ("list", json!(["alg"]), ENCODING),
        ("text", json!("alg"), ENCODING),
    ] {
        let token = forged(of, header.to_string().as_bytes(), PAYLOAD);
        refused(name, token.as_bytes(), rule);
    }
    let twice = format!(
        "{{\"alg\":\"RS256\",\"alg\":\"RS256\",\"x5c\":{}}}",
        chain(of)
    );
    refused(
        "alg twice",
        forged(of, twice.as_bytes(), PAYLOAD).as_bytes(),
        ENCODING,
    );
    let behind = format!("{right} x");
    refused(
        "text behind",
        forged(of, behind.as_bytes(), PAYLOAD).as_bytes(),
        ENCODING,
    );
    // A key beside the certificate is ignored and told.
    let beside = with("jwk", json!({"kty": "RSA"})).to_string();
    let report = check(forged(of, beside.as_bytes(), PAYLOAD).as_bytes());
    assert!(report.is_accepted());
    assert!(
        report
            .findings()
            .any(|one| one.verdict.reason() == Some(reason::KEY_IGNORED))
    );
    // The reverse purpose.
    let role = Role::Authentication;
    let policy = Policy {
        role,
        ..pki::policy()
    };
    let token = signed::jws(pki::authentication(), None, Certificates::Signer, PAYLOAD).unwrap();
    let judged =
        |token: &str| jws::verify_compact(token.as_bytes(), &Expected::default(), &policy).0;
    assert!(judged(&token).is_accepted());
    let token = signed::jws(of, None, Certificates::Signer, PAYLOAD).unwrap();
    assert!(judged(&token).fails(KEY));
    let only = Expected {
        algorithms: &[Algorithm::ALL[1]],
        ..Expected::default()
    };
    let (report, _) = jws::verify_compact(token.as_bytes(), &only, &pki::policy());
    assert!(report.fails(ALGORITHM));
}

#[test]
fn writings_that_are_refused() {
    let token = signed::jws(pki::hanako(), None, Certificates::Signer, PAYLOAD).unwrap();
    for end in ["", "\n", "\r\n"] {
        assert!(check(format!("{token}{end}").as_bytes()).is_accepted());
        assert!(check(format!("\u{feff}{token}{end}").as_bytes()).is_accepted());
    }
    let [header, payload, signature] = parts(&token);
    let last = signature.chars().last().unwrap();
    // 256 bytes leave four bits over in the last character: the next letter means the same bytes.
    let sloppy = char::from(last as u8 + 1);
    for (name, token) in [
        ("padding", format!("{token}==")),
        (
            "padding in the middle",
            format!("{header}.{payload}=.{signature}"),
        ),
        ("two line ends", format!("{token}\n\n")),
        ("line break", format!("{header}.\n{payload}.{signature}")),
        ("space", format!(" {token}")),
        ("two parts", format!("{header}.{payload}")),
        ("four parts", format!("{token}.{signature}")),
        ("no parts", String::new()),
        ("dots", "..".to_owned()),
        (
            "standard alphabet",
            format!(
                "{header}.{payload}.{}",
                signature.replace('-', "+").replace('_', "/")
            ),
        ),
        (
            "left-over bits",
            format!(
                "{header}.{payload}.{}{sloppy}",
                &signature[..signature.len() - 1]
            ),
        ),
        ("one character", format!("{header}.{payload}A.{signature}A")),
        ("full-width", format!("{header}.{payload}.{signature}Ａ")),
    ] {
        refused(name, token.as_bytes(), ENCODING);
    }
    refused("no UTF-8", &[token.as_bytes(), &[0xff]].concat(), ENCODING);
    refused(
        "a megabyte",
        &[token.as_bytes(), &vec![b'A'; 1 << 20]].concat(),
        LIMITS,
    );
    for place in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        assert!(!check(&bytes).is_accepted(), "character {place}");
    }
}

#[test]
fn claims_belong_to_one_use() {
    let used = RefCell::new(HashSet::new());
    let fresh = |number: &str| used.borrow_mut().insert(number.to_owned());
    let claims = Claims {
        audience: "https://example.org",
        issuer: Some("mihon"),
        nonce: Some("n-1"),
        fresh: Some(&fresh),
    };
    let expected = Expected {
        typ: Some("JWT"),
        claims: Some(claims),
        ..Expected::default()
    };
    let judge = |typ: Option<&str>, claims: &Value| {
        let payload = claims.to_string();
        let payload = payload.as_bytes();
        let token = signed::jws(pki::hanako(), typ, Certificates::Signer, payload);
        jws::verify_compact(token.unwrap().as_bytes(), &expected, &pki::policy()).0
    };
    let right = json!({
        "iss": "mihon", "aud": "https://example.org", "exp": NOW + 300, "nbf": NOW, "iat": NOW,
        "nonce": "n-1", "jti": "1",
    });
    let with = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        claims
    };
    assert!(judge(Some("JWT"), &right).is_accepted());
    let replayed = judge(Some("JWT"), &right);
    assert!(replayed.fails(CLAIMS) && replayed.reasons().eq([reason::REPLAYED]));
    let listed = with("aud", json!(["x", "https://example.org"]));
    let mut second = listed;
    second["jti"] = json!("2");
    assert!(judge(Some("JWT"), &second).is_accepted());
    for (claims, why) in [
        (with("exp", json!(NOW - 61)), reason::EXPIRED),
        (with("exp", json!("soon")), reason::EXPIRED),
        (with("exp", json!(null)), reason::EXPIRED),
        (with("nbf", json!(NOW + 61)), reason::NOT_YET_VALID),
        (with("iat", json!(NOW + 61)), reason::NOT_YET_VALID),
        (with("nbf", json!("later")), reason::NOT_YET_VALID),
        (with("aud", json!(null)), reason::AUDIENCE),
        (with("aud", json!("https://example.org/")), reason::AUDIENCE),
        (with("aud", json!([])), reason::AUDIENCE),
        (with("iss", json!("other")), reason::ISSUER),
        (with("nonce", json!("n-2")), reason::NONCE),
        (with("jti", json!(3)), reason::REPLAYED),
        (json!([]), reason::JSON),
    ] {
        let report = judge(Some("JWT"), &claims);
        assert!(
            report.fails(CLAIMS) && report.reasons().eq([why]),
            "{why}: {report:#?}"
        );
    }
    for typ in [None, Some("jwt"), Some("other")] {
        assert!(
            judge(typ, &with("jti", json!("4")))
                .reasons()
                .any(|why| why == reason::TYPE)
        );
    }
    // Wrong tokens use no number up.
    assert!(judge(Some("JWT"), &with("jti", json!("4"))).is_accepted());
}

#[test]
fn bare_values_are_what_openssl_takes() {
    for of in [pki::hanako(), pki::jisedai()] {
        let hash = signed::hash(of);
        let digest = Digest::of(hash, PAYLOAD);
        let value = signed::raw(of, &digest).unwrap();
        let bench = Bench::new();
        bench.write("c.der", &of.certificate);
        bench.does("x509 -inform DER -in c.der -pubkey -noout -out pub.pem");
        bench.write("sig", &value);
        bench.write("signed", PAYLOAD);
        let name = hash.name().to_lowercase().replace('-', "");
        bench.does(&format!(
            "dgst -{name} -verify pub.pem -signature sig signed"
        ));

        let certificate = pki::certificate(of);
        let check = |value: &[u8], digest: &Digest, certificate: &Certificate| {
            raw::verify(value, digest, certificate, &pki::policy())
        };
        assert!(check(&value, &digest, &certificate).is_accepted());
        assert!(check(&value, &Digest::of(hash, b"x"), &certificate).fails(raw::SIGNATURE));
        assert!(check(&value, &digest, &pki::certificate(pki::taro())).fails(raw::SIGNATURE));
        assert!(check(&[], &digest, &certificate).fails(raw::SIGNATURE));
        for place in 0..value.len() {
            let mut flipped = value.clone();
            flipped[place] ^= 1;
            assert!(
                !check(&flipped, &digest, &certificate).is_accepted(),
                "byte {place}"
            );
        }
        let weak = Digest::danger_sha1(PAYLOAD);
        assert_eq!(
            signed::raw(of, &weak).unwrap_err().code(),
            "sign.digest-algorithm"
        );
        assert!(check(&value, &weak, &certificate).fails(raw::DIGEST_ALGORITHM));
    }
}
