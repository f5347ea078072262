//! Time stamps by an authority that OpenSSL plays.

use card_core::digest::{Digest, HashAlgorithm};
use card_core::trust::{Trust, TrustSource};
use card_sign::cms::rules::*;
use card_sign::cms::timestamp::{Request, Stamp};
use card_sign::cms::{self, SignedData};
use card_sign::report::{Report, Verdict};
use card_sign::{Policy, Profile};

use crate::forge::{self, TIME_STAMP, attribute, hex, tlv};
use crate::openssl::Bench;
use crate::pki;

const CONTENT: &[u8] = b"stamped";
const NONCE: [u8; 16] = *b"\x81 made-up nonce!";

/// An authority with a root, and the trust in both it and the simulator's roots.
pub(crate) struct Authority {
    bench: Bench,
    trust: Trust,
    now: i64,
}

const CONFIG: &str = "\
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[tsa]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[loose]
keyUsage = critical,digitalSignature
extendedKeyUsage = timeStamping
authorityKeyIdentifier = keyid
[both]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping,clientAuth
authorityKeyIdentifier = keyid
[t]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512, sha1
accuracy = secs:1, millisecs:500
ess_cert_id_alg = sha256
";

impl Authority {
    pub(crate) fn new() -> Authority {
        Authority::with("tsa")
    }

    /// With the extensions of this section in the authority's certificate.
    fn with(section: &str) -> Authority {
        let bench = Bench::new();
        bench.write("tsa.cnf", CONFIG.as_bytes());
        bench.write("serial", b"01\n");
        bench.does(
            "req -x509 -config tsa.cnf -extensions ca -newkey rsa:2048 -nodes -keyout ca.key \
                    -out ca.pem -days 3650 -subj /C=JP/O=Mihon/CN=StampRoot",
        );
        bench.does(
            "req -new -config tsa.cnf -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr \
                    -subj /C=JP/O=Mihon/CN=Stamps",
        );
        bench.does(&format!(
            "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 3000 \
             -extfile tsa.cnf -extensions {section}"
        ));
        bench.does("x509 -in ca.pem -outform DER -out ca.der");
        let root = bench.read("ca.der");
        let roots = pki::roots()
            .roots()
            .map(|root| root.certificate().to_der().to_vec());
        let roots: Vec<Vec<u8>> = roots.chain([root]).collect();
        let trust = Trust::from_der(TrustSource::Folder, roots.iter().map(Vec::as_slice)).unwrap();
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        Authority {
            bench,
            trust,
            now: i64::try_from(now.as_secs()).unwrap(),
        }
    }

    /// Answers a request as it stands.
    pub(crate) fn answer(&self, request: &[u8]) -> Vec<u8> {
        self.bench.write("q.tsq", request);
        self.bench
            .does("ts -reply -config tsa.cnf -section t -queryfile q.tsq -out r.tsr");
        self.bench.read("r.tsr")
    }

    /// Judged when the stamp was made: the authority has no other clock than the machine's.
    pub(crate) fn policy(&self) -> Policy<'_> {
        Policy::new(&self.trust, pki::at(self.now + 60))
    }
}

fn data() -> SignedData {
    let mut data = SignedData::new();
    let digest = Digest::of(HashAlgorithm::Sha256, CONTENT);
    data.sign(&mut pki::signer(pki::hanako()), &digest, Some(pki::now()))
        .unwrap();
    data
}

fn check(data: &SignedData, policy: &Policy<'_>) -> Report {
    let signed = data.to_detached();
    cms::verify_detached(&mut &signed[..], &mut &CONTENT[..], policy).unwrap()
}

#[track_caller]
fn refused(stamp: &Stamp, rule: card_sign::report::Rule) {
    let broken = stamp
        .findings
        .iter()
        .any(|one| one.rule == rule && matches!(one.verdict, Verdict::Fail(_)));
    assert!(
        broken && stamp.proven_time().is_none(),
        "{:#?}",
        stamp.findings
    );
}

#[test]
fn a_time_stamp_proves_when_the_signature_existed() {
    let authority = Authority::new();
    let mut data = data();
    let value = data.signature_value(0).unwrap();
    let request = Request::new(&value, NONCE);
    let answer = authority.answer(&request.to_der());
    authority
        .bench
        .does("ts -verify -in r.tsr -queryfile q.tsq -CAfile ca.pem");
    let stamp = request.judge(&answer, &authority.policy());
    assert_eq!(stamp.refusal(), None, "{:#?}", stamp.findings);
    data.add_time_stamp(0, stamp.token()).unwrap();

    let report = check(
        &data,
        &Policy {
            profile: Profile::Cades,
            ..authority.policy()
        },
    );
    assert!(report.is_accepted(), "{report:#?}");
    let proven = report.signatures[0].proven_time.unwrap();
    assert_eq!(data.outline().signers[0].stamped, [proven]);
    assert!((proven.unix() - authority.now).abs() < 60);
    assert_eq!(report.signatures[0].judged_at(), Some(proven));

    // It outlives the certificate: judged for the proven time, not for now.
    let later = Policy {
        now: pki::at(2_000_000_000),
        ..authority.policy()
    };
    assert!(check(&data, &later).is_accepted());

    // Nobody else is disturbed, and OpenSSL still agrees.
    let bench = &authority.bench;
    bench.write("s.p7s", &data.to_detached());
    bench.write("content", CONTENT);
    bench.write(
        "sign-ca.pem",
        crate::openssl::pem("CERTIFICATE", &pki::hanako().ca_certificate).as_bytes(),
    );
    bench.does(&format!(
        "cms -verify -inform DER -in s.p7s -content content -binary -cades \
                         -CAfile sign-ca.pem -attime {} -out out",
        pki::NOW
    ));

    // Without trust in its authority the stamp proves nothing and changes nothing.
    let report = check(&data, &Policy::new(pki::roots(), pki::now()));
    assert!(report.is_accepted(), "{report:#?}");
    assert_eq!(report.signatures[0].proven_time, None);
    let warned = report
        .findings()
        .any(|one| one.rule == STAMP_TRUST && matches!(one.verdict, Verdict::Warn(_)));
    assert!(warned, "{report:#?}");
    assert!(!check(&data, &Policy::new(pki::roots(), pki::at(2_000_000_000))).is_accepted());
}

#[test]
fn answers_to_another_question_are_refused() {
    let authority = Authority::new();
    let policy = authority.policy();
    let request = Request::new(b"value", NONCE);
    let right = authority.answer(&request.to_der());
    assert_eq!(request.judge(&right, &policy).refusal(), None);

    refused(
        &Request::new(b"other", NONCE).judge(&right, &policy),
        STAMP_COVERS,
    );
    refused(
        &Request::new(b"value", [3; 16]).judge(&right, &policy),
        STAMP_ANSWERS,
    );

    // No nonce, no certificate, another hash function.
    let imprint = |hash: &str, digest: &[u8]| tlv(0x30, &[&hex(hash), &tlv(4, &[digest])]);
    let sha256 = imprint(forge::SHA256, &forge::sha256(b"value"));
    let nonce = tlv(2, &[&[0], &NONCE]);
    let answer = |parts: &[&[u8]]| authority.answer(&tlv(0x30, &[&[2, 1, 1], &parts.concat()]));
    refused(
        &request.judge(&answer(&[&sha256, &[1, 1, 0xff]]), &policy),
        STAMP_ANSWERS,
    );
    let bare = request.judge(&answer(&[&sha256, &nonce]), &policy);
    refused(&bare, STAMP_SIGNATURE);
    assert_eq!(bare.refusal(), Some(cms::reason::CERTIFICATE_ABSENT));
    let digest = Digest::danger_sha1(b"value");
    let sha1 = imprint(forge::SHA1, digest.as_bytes());
    refused(
        &request.judge(&answer(&[&sha1, &nonce, &[1, 1, 0xff]]), &policy),
        DIGEST_ALGORITHM,
    );
    let digest = Digest::of(HashAlgorithm::Sha512, b"value");
    let sha512 = imprint(forge::SHA512, digest.as_bytes());
    refused(
        &request.judge(&answer(&[&sha512, &nonce, &[1, 1, 0xff]]), &policy),
        STAMP_COVERS,
    );

    // A refusal, and noise.
    authority.bench.write(
        "q.tsq",
        &tlv(0x30, &[&[2, 1, 1], &imprint(forge::MD5, &[7; 16])]),
    );
    authority
        .bench
        .asks("ts -reply -config tsa.cnf -section t -queryfile q.tsq -out r.tsr");
    let rejected = request.judge(&authority.bench.read("r.tsr"), &policy);
    refused(&rejected, STAMP_GRANTED);
    assert_eq!(rejected.refusal(), Some(cms::reason::STAMP_REFUSED));
    refused(&request.judge(b"", &policy), STAMP_GRANTED);
    refused(
        &request.judge(&[&right[..], &[0]].concat(), &policy),
        STAMP_GRANTED,
    );
    refused(
        &request.judge(&hex("3005 3003 020100"), &policy),
        STAMP_GRANTED,
    );

    for place in 0..right.len() {
        let mut flipped = right.clone();
        flipped[place] ^= 4;
        let stamp = request.judge(&flipped, &policy);
        // The chain's own certificate inside is material; the status may be 0 or 1, and says more
        // in words that nobody signed.
        let root = authority.bench.read("ca.der");
        let inside = right.windows(root.len()).position(|w| w == root).unwrap();
        let unused = (inside..inside + root.len()).contains(&place) || place < 9;
        assert!(unused || stamp.proven_time().is_none(), "byte {place}");
    }
}

#[test]
fn who_may_stamp() {
    for section in ["loose", "both", "ca"] {
        let authority = Authority::with(section);
        let request = Request::new(b"value", NONCE);
        authority.bench.write("q.tsq", &request.to_der());
        let made = authority
            .bench
            .asks("ts -reply -config tsa.cnf -section t -queryfile q.tsq -out r.tsr");
        let answer = std::fs::read(authority.bench.path("r.tsr")).unwrap_or_default();
        // OpenSSL itself refuses to stamp with such certificates.
        let granted = made.status.success() && answer.len() > 100;
        assert!(
            !granted
                || request
                    .judge(&answer, &authority.policy())
                    .proven_time()
                    .is_none()
        );
    }
    let authority = Authority::new();
    let request = Request::new(b"value", NONCE);
    let answer = authority.answer(&request.to_der());
    // Expired, then in the future, then unknown.
    let early = Policy {
        now: pki::at(authority.now - 86_400),
        ..authority.policy()
    };
    refused(&request.judge(&answer, &early), STAMP_TIME);
    let strangers = Policy::new(pki::roots(), pki::at(authority.now + 60));
    refused(&request.judge(&answer, &strangers), STAMP_TRUST);
}

/// A token by anybody over a TSTInfo, with the forge of the mutations.
fn token(by: &'static card_sim::persona::Credential, info: &[u8]) -> Vec<u8> {
    let mut forge = forge::Forge::by(by, info).attach(info);
    forge.version = 3;
    forge.content_type = hex(forge::TST_INFO);
    forge.replace(
        forge::CONTENT_TYPE,
        vec![attribute(forge::CONTENT_TYPE, &[&hex(forge::TST_INFO)])],
    );
    forge.build()
}

fn info(version: u8, value: &[u8], more: &[u8]) -> Vec<u8> {
    let imprint = tlv(
        0x30,
        &[&hex(forge::SHA256), &tlv(4, &[&forge::sha256(value)])],
    );
    tlv(
        0x30,
        &[
            &[2, 1, version],
            &hex("0603 2A0304"),
            &imprint,
            &[2, 1, 9],
            b"\x18\x0f20261125025930Z",
            more,
        ],
    )
}

#[test]
fn stamps_in_documents_refuse_when_wrong_and_say_nothing_when_not_trusted() {
    let mut right = forge::Forge::new(CONTENT);
    let value = {
        let signed = SignedData::open(&mut &right.build()[..], None).unwrap();
        signed.signature_value(0).unwrap()
    };
    let mut judged = |token: Vec<u8>| {
        right.unsigned = vec![attribute(TIME_STAMP, &[&token])];
        let signed = right.build();
        cms::verify_detached(&mut &signed[..], &mut &CONTENT[..], &pki::policy()).unwrap()
    };
    // By a resident: right in itself, but no authority.
    let report = judged(token(pki::taro(), &info(1, &value, &[])));
    assert!(
        report.is_accepted() && report.signatures[0].proven_time.is_none(),
        "{report:#?}"
    );

    let critical = tlv(
        0xa1,
        &[&tlv(0x30, &[&hex("0603 2A0305"), &[1, 1, 0xff], &[4, 0]])],
    );
    for (name, token, rule) in [
        (
            "over the document",
            token(pki::taro(), &info(1, CONTENT, &[])),
            STAMP_COVERS,
        ),
        (
            "over another signature",
            token(pki::taro(), &info(1, b"x", &[])),
            STAMP_COVERS,
        ),
        (
            "version 2",
            token(pki::taro(), &info(2, &value, &[])),
            STAMP_ANSWERS,
        ),
        (
            "critical extension",
            token(pki::taro(), &info(1, &value, &critical)),
            STAMP_ANSWERS,
        ),
        ("no TSTInfo", token(pki::taro(), b"\x30\x00"), STAMP_ANSWERS),
        (
            "TSTInfo and more",
            token(pki::taro(), &[&info(1, &value, &[])[..], &[0]].concat()),
            STAMP_ANSWERS,
        ),
        (
            "content of another type",
            {
                forge::Forge::by(pki::taro(), &info(1, &value, &[]))
                    .attach(&info(1, &value, &[]))
                    .build()
            },
            STAMP_SIGNATURE,
        ),
        (
            "detached",
            forge::Forge::by(pki::taro(), b"").build(),
            STAMP_ANSWERS,
        ),
        (
            "two signers",
            {
                let info = info(1, &value, &[]);
                let mut forge = forge::Forge::by(pki::taro(), &info).attach(&info);
                forge.version = 3;
                forge.content_type = hex(forge::TST_INFO);
                forge.replace(
                    forge::CONTENT_TYPE,
                    vec![attribute(forge::CONTENT_TYPE, &[&hex(forge::TST_INFO)])],
                );
                forge.others = vec![forge.signer_info()];
                forge.build()
            },
            STAMP_SIGNATURE,
        ),
        (
            "names another certificate",
            {
                let info = info(1, &value, &[]);
                let mut forge = forge::Forge::by(pki::taro(), &info).attach(&info);
                forge.version = 3;
                forge.content_type = hex(forge::TST_INFO);
                forge.replace(
                    forge::CONTENT_TYPE,
                    vec![attribute(forge::CONTENT_TYPE, &[&hex(forge::TST_INFO)])],
                );
                let other = forge::signing_certificate(pki::hanako());
                forge.replace(
                    forge::SIGNING_CERTIFICATE_V2,
                    vec![attribute(forge::SIGNING_CERTIFICATE_V2, &[&other])],
                );
                forge.build()
            },
            STAMP_TRUST,
        ),
    ] {
        let report = judged(token);
        assert!(
            !report.is_accepted() && report.fails(rule),
            "{name}: {report:#?}"
        );
    }
    let mut data = data();
    let error = data
        .add_time_stamp(0, &token(pki::taro(), &info(1, b"x", &[])))
        .unwrap_err();
    assert_eq!(error.code(), "sign.time-stamp");
    let token = token(
        pki::taro(),
        &info(1, &data.signature_value(0).unwrap(), &[]),
    );
    assert_eq!(
        data.add_time_stamp(1, &token).unwrap_err().code(),
        "sign.no-such-signer"
    );
    data.add_time_stamp(0, &token).unwrap();
    data.add_time_stamp(0, &token).unwrap();
    assert!(check(&data, &pki::policy()).is_accepted());
}
