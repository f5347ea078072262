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
use crate::signed;

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
[closed]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[mail]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[between]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
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
certs = chain.pem
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
        Authority::build("ca", &[], section)
    }

    /// With authorities between the root and the one that stamps, each with its section.
    fn build(root: &str, between: &[&str], section: &str) -> Authority {
        let bench = Bench::new();
        bench.write("tsa.cnf", CONFIG.as_bytes());
        bench.write("serial", b"01\n");
        bench.does(&format!(
            "req -x509 -config tsa.cnf -extensions {root} -newkey rsa:2048 -nodes -keyout ca.key \
             -out ca.pem -days 3650 -subj /C=JP/O=Mihon/CN=StampRoot"
        ));
        // The last is the one that stamps.
        let steps = between
            .iter()
            .enumerate()
            .map(|(at, section)| (format!("between{at}"), format!("Between{at}"), *section));
        let last = ("tsa".to_owned(), "Stamps".to_owned(), section);
        let mut issuer = "ca".to_owned();
        let mut chain = bench.read("ca.pem");
        for (name, subject, section) in steps.chain([last]) {
            bench.does(&format!(
                "req -new -config tsa.cnf -newkey rsa:2048 -nodes -keyout {name}.key \
                 -out {name}.csr -subj /C=JP/O=Mihon/CN={subject}"
            ));
            bench.does(&format!(
                "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial \
                 -out {name}.pem -days 3000 -extfile tsa.cnf -extensions {section}"
            ));
            if name != "tsa" {
                chain.extend(bench.read(&format!("{name}.pem")));
            }
            issuer = name;
        }
        bench.write("chain.pem", &chain);
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

    /// The token over these bytes.
    pub(crate) fn stamp(&self, content: &[u8]) -> Vec<u8> {
        let ask = Request::new(content, *b"\x81 made-up nonce!");
        let answer = self.answer(&ask.to_der());
        ask.judge(&answer, &self.policy()).token().to_vec()
    }

    /// Answers a request as it stands.
    pub(crate) fn answer(&self, request: &[u8]) -> Vec<u8> {
        self.bench.write("q.tsq", request);
        self.bench
            .does("ts -reply -config tsa.cnf -section t -queryfile q.tsq -out r.tsr");
        self.bench.read("r.tsr")
    }

    /// One of its files: `tsa.pem`, `tsa.key`, `ca.pem`.
    pub(crate) fn file(&self, name: &str) -> Vec<u8> {
        self.bench.read(name)
    }

    /// Judged when the stamp was made: the authority has no other clock than the machine's.
    pub(crate) fn policy(&self) -> Policy<'_> {
        Policy::new(&self.trust, pki::at(self.now + 60))
    }
}

fn data() -> SignedData {
    let mut data = SignedData::new();
    signed::cms(&mut data, pki::hanako(), CONTENT).unwrap();
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

#[test]
fn an_authority_below_others_is_believed_where_each_may_issue_the_next() {
    let proves = |root: &str, between: &[&str]| {
        let authority = Authority::build(root, between, "tsa");
        let request = Request::new(b"value", NONCE);
        let answer = authority.answer(&request.to_der());
        let stamp = request.judge(&answer, &authority.policy());
        if stamp.proven_time().is_none() {
            refused(&stamp, STAMP_TRUST);
        }
        stamp.proven_time().is_some()
    };
    assert!(proves("ca", &["between"]));
    assert!(proves("ca", &["ca", "between"]));
    assert!(proves("ca", &["ca", "ca", "ca"]));
    // Too many, no authority, one for mail, and none below a root or an authority that forbids it.
    assert!(!proves("ca", &["ca", "ca", "ca", "ca"]));
    assert!(!proves("ca", &["tsa"]));
    assert!(!proves("ca", &["mail"]));
    assert!(!proves("closed", &["between"]));
    assert!(!proves("ca", &["between", "ca"]));
}

#[test]
fn certificates_of_a_token_may_be_in_any_order() {
    let authority = Authority::build("ca", &["between"], "tsa");
    let request = Request::new(b"value", NONCE);
    let answer = authority.answer(&request.to_der());
    let certificates = ["tsa", "between0", "ca"].map(|name| {
        let words = format!("x509 -in {name}.pem -outform DER -out {name}.der");
        authority.bench.does(&words);
        authority.file(&format!("{name}.der"))
    });
    // They stand side by side.
    let place = |of: &Vec<u8>| answer.windows(of.len()).position(|part| part == of);
    let start = certificates.iter().map(|one| place(one).unwrap()).min();
    let start = start.unwrap();
    let mut orders = std::collections::BTreeSet::new();
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let all = order.map(|number| certificates[number].as_slice()).concat();
        let mut answer = answer.clone();
        answer[start..start + all.len()].copy_from_slice(&all);
        let stamp = request.judge(&answer, &authority.policy());
        assert!(
            stamp.proven_time().is_some(),
            "{order:?}: {:#?}",
            stamp.findings
        );
        orders.insert(answer);
    }
    assert!(orders.len() == 6 && orders.contains(&answer));
}

/// A list of the authority that issued hanako's certificate, by `openssl ca`: revoked then, with
/// this reason as OpenSSL writes it.
fn list(bench: &Bench, revoked: i64, reason: &str) -> Vec<u8> {
    use card_sim::persona::PrivateKey;
    use card_sim::persona::issue::Authority;
    use card_sim::pki as sim;
    use pkcs8::EncodePrivateKey as _;

    let hanako = pki::hanako();
    let authority = Authority::ALL
        .into_iter()
        .find(|authority| sim::root(*authority) == hanako.ca_certificate);
    let PrivateKey::Rsa(key) = sim::key(authority.unwrap()) else {
        panic!("an RSA key")
    };
    let key = key.to_pkcs8_pem(pkcs8::LineEnding::LF).unwrap();
    bench.write("list.key", key.as_bytes());
    let root = crate::openssl::pem("CERTIFICATE", &hanako.ca_certificate);
    bench.write("list.pem", root.as_bytes());
    let date = pki::at(revoked).to_string();
    let date: String = date.chars().filter(char::is_ascii_digit).collect();
    let serial: String = pki::certificate(hanako)
        .serial()
        .content()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    bench.write(
        "index.txt",
        format!(
            "R\t400101000000Z\t{}Z{reason}\t{serial}\tunknown\t/CN=x\n",
            &date[2..]
        )
        .as_bytes(),
    );
    bench.write(
        "list.cnf",
        b"[ca]\ndefault_ca = a\n[a]\ndatabase = index.txt\ndefault_md = sha256\n\
          default_crl_days = 2\ncrl_extensions = e\n[e]\nauthorityKeyIdentifier = keyid\n",
    );
    bench.does("ca -config list.cnf -gencrl -cert list.pem -keyfile list.key -out list.crl");
    bench.read("list.crl")
}

#[test]
fn what_was_stamped_before_the_certificate_was_revoked_stays_valid() {
    use card_core::trust::{Revocation, RevocationLists};

    let authority = Authority::new();
    let mut data = data();
    let request = Request::new(&data.signature_value(0).unwrap(), NONCE);
    let bare = data.clone();
    let answer = authority.answer(&request.to_der());
    let stamp = request.judge(&answer, &authority.policy());
    data.add_time_stamp(0, stamp.token()).unwrap();
    let stamped = stamp.proven_time().unwrap().unix();
    const DAY: i64 = 86_400;
    for (name, revoked, reason, valid) in [
        ("moved later", stamped + 5, ",affiliationChanged", true),
        ("moved before", stamped - DAY, ",affiliationChanged", false),
        ("no reason, later", stamped + 5, "", true),
        ("no reason, before", stamped - 5, "", false),
        (
            "stolen later, nobody knows since when",
            stamped + 5,
            ",keyCompromise",
            false,
        ),
        (
            "stolen before",
            stamped + 5,
            ",keyTime,20200101000000Z",
            false,
        ),
        (
            "stolen afterwards",
            stamped + 5,
            ",keyTime,20400101000000Z",
            true,
        ),
        (
            "the authority was broken",
            stamped + 5,
            ",CACompromise",
            false,
        ),
    ] {
        let list = list(&authority.bench, revoked, reason);
        // OpenSSL makes the list now; it is judged a little later.
        let lists = RevocationLists::new(&authority.trust, [list]).unwrap();
        let policy = Policy {
            revocation: &lists,
            now: pki::at(stamped + 60),
            ..authority.policy()
        };
        let report = check(&data, &policy);
        assert_eq!(report.is_accepted(), valid, "{name}: {report:#?}");
        let later = matches!(report.revocation(), Revocation::RevokedLater { .. });
        assert_eq!(later, valid, "{name}");
        let warned = report.findings().any(|one| {
            one.rule == TRUST && one.verdict == Verdict::Warn(cms::reason::REVOKED_LATER)
        });
        assert_eq!(warned, valid, "{name}");
        // Without the stamp nothing shows that it was signed before.
        assert!(!check(&bare, &policy).is_accepted(), "{name}");
    }
}

/// The time stamps of XAdES (EN 319 132-1, 5.3) prove what those of CAdES prove.
#[test]
fn a_time_stamp_in_xades_is_judged_like_one_in_cades() {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use card_sign::xml::{self, Draft, Expected};

    let authority = Authority::new();
    let document = "<pay><item>1000</item></pay>";
    let draft = Draft::enveloped(document.as_bytes()).unwrap();
    let draft = draft.with_properties(pki::now(), "text/xml");
    let signed = signed::xml(&draft, pki::hanako(), &Expected::default()).unwrap();
    let start = signed.find("<ds:SignatureValue>").unwrap();
    let end = signed.find("</ds:SignatureValue>").unwrap();
    let value = &signed[start + "<ds:SignatureValue>".len()..end];
    // The same in all forms: nothing else is declared around it.
    let canonical = format!(
        "<ds:SignatureValue xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{value}</ds:SignatureValue>"
    );
    let stamp = |over: &str| {
        let request = Request::new(over.as_bytes(), NONCE);
        let answer = authority.answer(&request.to_der());
        request.judge(&answer, &authority.policy()).token().to_vec()
    };
    let with = |method: &str, token: &[u8]| {
        let token = BASE64_STANDARD.encode(token);
        let unsigned = format!(
            "</xades:SignedProperties><xades:UnsignedProperties><xades:UnsignedSignatureProperties>\
             <xades:SignatureTimeStamp>{method}<xades:EncapsulatedTimeStamp>{token}\
             </xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>\
             </xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
        );
        signed.replacen("</xades:SignedProperties>", &unsigned, 1)
    };
    let judged = |file: &str, policy: &Policy<'_>| {
        xml::verify(file.as_bytes(), &Expected::default(), policy).report
    };
    const EXCLUSIVE: &str =
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    let right = stamp(&canonical);
    // It outlives the certificate.
    let later = Policy {
        now: pki::at(2_000_000_000),
        ..authority.policy()
    };
    assert!(!judged(&signed, &later).is_accepted());
    for method in ["", EXCLUSIVE] {
        let report = judged(&with(method, &right), &later);
        assert!(report.is_accepted(), "{report:#?}");
        let proven = report.signatures[0].proven_time.unwrap();
        assert!((proven.unix() - authority.now).abs() < 60);
        assert_eq!(report.signatures[0].judged_at(), Some(proven));
    }
    // Nobody has to trust the authority: then it proves nothing and refuses nothing.
    let file = with(EXCLUSIVE, &right);
    let report = judged(&file, &pki::policy());
    assert!(
        report.is_accepted() && report.signatures[0].proven_time.is_none(),
        "{report:#?}"
    );
    for (name, file, rule) in [
        (
            "over the value alone",
            with(EXCLUSIVE, &stamp(value)),
            STAMP_COVERS,
        ),
        (
            "over the document",
            with(EXCLUSIVE, &stamp(document)),
            STAMP_COVERS,
        ),
        ("no token", with(EXCLUSIVE, b"\x30\x00"), STAMP_SIGNATURE),
        (
            "an unknown form",
            with(&EXCLUSIVE.replace("exc-c14n", "x"), &right),
            STAMP_ANSWERS,
        ),
        (
            "nothing inside",
            with("", &right).replace("EncapsulatedTimeStamp", "XMLTimeStamp"),
            STAMP_ANSWERS,
        ),
    ] {
        let report = judged(&file, &authority.policy());
        assert!(
            !report.is_accepted() && report.fails(rule),
            "{name}: {report:#?}"
        );
    }
    // A right one and a wrong one, in both orders: the wrong one refuses the file.
    let good = with(EXCLUSIVE, &right);
    let part = |file: &str| {
        let start = file.find("<xades:SignatureTimeStamp>").unwrap();
        let end = "</xades:SignatureTimeStamp>";
        file[start..file.find(end).unwrap() + end.len()].to_owned()
    };
    let (right, wrong) = (part(&good), part(&with(EXCLUSIVE, &stamp(value))));
    for pair in [format!("{right}{wrong}"), format!("{wrong}{right}")] {
        let report = judged(&good.replacen(&right, &pair, 1), &authority.policy());
        assert!(
            !report.is_accepted() && report.fails(STAMP_COVERS),
            "{report:#?}"
        );
    }
    let twice = judged(&good.replacen(&right, &right.repeat(2), 1), &later);
    assert!(twice.is_accepted(), "{twice:#?}");
}
