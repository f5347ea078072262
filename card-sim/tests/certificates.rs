//! The residents' certificates, judged by OpenSSL and by being issued a second time.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may fail loudly"
)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use card_sim::persona::issue::{Authority, Generation, Purpose};
use card_sim::persona::{Credential, Persona, PrivateKey};

/// 2026-11-25 00:00 UTC.
const NOW: &str = "1795564800";

#[test]
fn issuing_again_gives_the_committed_bytes() {
    for authority in Authority::ALL {
        let key = fs::read_to_string(personas(&format!("keys/{}.pem", authority.stem()))).unwrap();
        let key = PrivateKey::from_pem(&key).unwrap();
        let again = authority.certificate(&key).unwrap();
        assert!(
            again == fs::read(ca_file(authority)).unwrap(),
            "{}",
            authority.stem()
        );
    }
    for id in Persona::SHIPPED {
        let shipped = Persona::shipped(id).unwrap();
        let again = Persona::load_and_reissue(&personas(&format!("{id}.toml"))).unwrap();
        for (shipped, again) in [
            (shipped.authentication, again.authentication),
            (shipped.signature, again.signature),
        ] {
            assert_eq!(shipped.is_some(), again.is_some(), "{id}");
            let (Some(shipped), Some(again)) = (shipped, again) else {
                continue;
            };
            assert!(shipped.certificate == again.certificate, "{id}");
            assert!(shipped.ca_certificate == again.ca_certificate, "{id}");
        }
    }
}

#[test]
fn openssl_accepts_every_chain() {
    for (id, purpose, credential) in credentials() {
        let expired = matches!(id, "kigen" | "kigen-card" | "juki");
        let (leaf, root) = (
            pem(&credential.certificate),
            pem(&credential.ca_certificate),
        );
        let clock: &[&str] = if expired {
            &["-no_check_time"]
        } else {
            &["-attime", NOW]
        };
        let said = verify(clock, root.path(), leaf.path());
        assert!(said.contains(": OK"), "{id} {purpose:?}: {said}");
        let said = verify(&["-attime", NOW], root.path(), leaf.path());
        assert_eq!(
            said.contains("certificate has expired"),
            expired,
            "{id} {purpose:?}: {said}"
        );
    }
}

/// All generations have one name, so only the key tells them apart.
#[test]
fn openssl_refuses_another_generation_and_the_other_hierarchy() {
    let hanako = Persona::shipped("hanako").unwrap();
    let leaf = pem(&hanako.authentication.unwrap().certificate);
    for authority in Authority::ALL {
        let root = pem(&fs::read(ca_file(authority)).unwrap());
        let said = verify(&["-attime", NOW], root.path(), leaf.path());
        let right = authority.purpose == Purpose::Authentication
            && authority.generation == Generation::Y2023;
        assert_eq!(said.contains(": OK"), right, "{}: {said}", authority.stem());
    }
}

#[test]
fn extensions_come_in_the_order_of_the_profile() {
    let authority = [
        "X509v3 Key Usage: critical",
        "X509v3 Subject Alternative Name:",
        "X509v3 Basic Constraints: critical",
        "X509v3 CRL Distribution Points:",
        "X509v3 Subject Key Identifier:",
    ];
    let authentication = [
        "X509v3 Key Usage: critical",
        "X509v3 Extended Key Usage:",
        "X509v3 Certificate Policies: critical",
        "X509v3 Issuer Alternative Name:",
        "X509v3 CRL Distribution Points:",
        "Authority Information Access:",
        "X509v3 Authority Key Identifier:",
        "X509v3 Subject Key Identifier:",
    ];
    let signature = [
        "X509v3 Key Usage: critical",
        "X509v3 Subject Alternative Name:",
        "X509v3 Certificate Policies: critical",
        "X509v3 Issuer Alternative Name:",
        "X509v3 CRL Distribution Points:",
        "X509v3 Authority Key Identifier:",
        "X509v3 Subject Key Identifier:",
    ];
    for ca in Authority::ALL {
        assert_eq!(extensions(&text(&ca_file(ca))), authority, "{}", ca.stem());
    }
    for (id, purpose, credential) in credentials() {
        let shown = text(pem(&credential.certificate).path());
        match purpose {
            Purpose::Authentication => assert_eq!(extensions(&shown), authentication, "{id}"),
            Purpose::Signature => assert_eq!(extensions(&shown), signature, "{id}"),
        }
    }
}

#[test]
fn openssl_reads_what_the_profile_says() {
    let hanako = Persona::shipped("hanako").unwrap();
    let shown = text(pem(&hanako.authentication.unwrap().certificate).path());
    for wanted in [
        "Version: 3",
        "Issuer: C=JP, O=JPKI-TEST, OU=JPKI for user authentication, \
         OU=Japan Agency for Local Authority Information Systems\n",
        "Not After : Apr  1 14:59:59 2031 GMT",
        "Subject: C=JP, CN=MIHONHANAKO00113199003A\n",
        "Signature Algorithm: sha256WithRSAEncryption",
        "critical\n                Digital Signature\n",
        "TLS Web Client Authentication\n",
        "Policy: 1.2.392.200149.8.5.1.0.30\n",
        "CPS: http://www.jpki.go.jp/cps.html\n",
        "OU = CRL Distribution Points, OU = Tokyo-to, CN = Mihon-ku CRLDP\n",
        "OCSP - URI:http://ocspauthnorm.simulator.invalid\n",
        "DirName:/C=JP/O=JPKI-TEST/OU=JPKI for user authentication",
        "serial:4F:07\n",
    ] {
        assert!(shown.contains(wanted), "{wanted:?} is not in\n{shown}");
    }

    // OpenSSL 3.0 puts a second colon behind the type of another name.
    let shown = text(pem(&hanako.signature.unwrap().certificate).path()).replace("::", ":");
    for wanted in [
        "Subject: C=JP, L=Tokyo-to, L=Mihon-ku, CN=202610271115000000113199003A\n",
        "critical\n                Digital Signature, Non Repudiation\n",
        "Policy: 1.2.392.200149.8.5.1.0.20\n",
        "1.2.392.200149.8.5.5.1:見本　花子",
        "1.2.392.200149.8.5.5.4:419900401",
    ] {
        assert!(shown.contains(wanted), "{wanted:?} is not in\n{shown}");
    }

    let jisedai = Persona::shipped("jisedai").unwrap();
    let shown = text(pem(&jisedai.signature.unwrap().certificate).path());
    assert!(
        shown.contains("ecdsa-with-SHA384") && shown.contains("NIST CURVE: P-384"),
        "{shown}"
    );
    let shown = text(pem(&jisedai.authentication.unwrap().certificate).path());
    assert!(
        shown.contains("ecdsa-with-SHA384") && shown.contains("NIST CURVE: P-256"),
        "{shown}"
    );
}

/// Two OUs in four RDNs, country as PrintableString (13), the rest as UTF8String (0C).
#[test]
fn asn1parse_sees_the_string_types_of_the_name() {
    let root = ca_file(Authority::ALL[4]);
    let said = openssl(&["asn1parse", "-inform", "DER", "-in", root.to_str().unwrap()]);
    let strings: Vec<_> = said
        .lines()
        .filter(|line| line.contains("PRINTABLESTRING") || line.contains("UTF8STRING"))
        .take(4)
        .map(|line| {
            line.split_whitespace()
                .skip_while(|word| *word != "prim:")
                .collect::<Vec<_>>()
        })
        .map(|words| words[1..].join(" "))
        .collect();
    assert_eq!(
        strings,
        [
            "PRINTABLESTRING :JP",
            "UTF8STRING :JPKI-TEST",
            "UTF8STRING :JPKI for user authentication",
            "UTF8STRING :Japan Agency for Local Authority Information Systems",
        ]
    );
    assert!(said.contains("UTCTIME") && !said.contains("GENERALIZEDTIME"));
}

/// Real ones have 1590 and 1758 bytes: seven reads of 256.
#[test]
fn hanakos_certificates_have_a_real_size() {
    let hanako = Persona::shipped("hanako").unwrap();
    for credential in [hanako.authentication.unwrap(), hanako.signature.unwrap()] {
        assert!((1537..=1792).contains(&credential.certificate.len()));
        assert!((1301..=1333).contains(&credential.ca_certificate.len()));
    }
}

fn credentials() -> Vec<(&'static str, Purpose, Credential)> {
    Persona::SHIPPED
        .iter()
        .flat_map(|id| {
            let persona = Persona::shipped(id).unwrap();
            [
                persona
                    .authentication
                    .map(|it| (*id, Purpose::Authentication, it)),
                persona.signature.map(|it| (*id, Purpose::Signature, it)),
            ]
        })
        .flatten()
        .collect()
}

fn personas(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("personas")
        .join(file)
}

fn ca_file(authority: Authority) -> PathBuf {
    personas(&format!("certificates/{}.der", authority.stem()))
}

/// `openssl verify` reads trusted certificates as PEM only.
fn pem(der: &[u8]) -> tempfile::NamedTempFile {
    let (source, target) = (
        tempfile::NamedTempFile::new().unwrap(),
        tempfile::NamedTempFile::new().unwrap(),
    );
    fs::write(source.path(), der).unwrap();
    openssl(&[
        OsStr::new("x509"),
        OsStr::new("-inform"),
        OsStr::new("DER"),
        OsStr::new("-in"),
        source.path().as_os_str(),
        OsStr::new("-out"),
        target.path().as_os_str(),
    ]);
    target
}

fn verify(clock: &[&str], root: &Path, leaf: &Path) -> String {
    let mut arguments: Vec<&OsStr> = [
        "verify",
        "-x509_strict",
        "-check_ss_sig",
        "-no-CApath",
        "-no-CAstore",
    ]
    .map(OsStr::new)
    .into();
    arguments.extend(clock.iter().map(OsStr::new));
    arguments.extend([OsStr::new("-CAfile"), root.as_os_str(), leaf.as_os_str()]);
    openssl(&arguments)
}

fn text(certificate: &Path) -> String {
    let certificate = certificate.as_os_str();
    let [x509, input, noout, text] = ["x509", "-in", "-noout", "-text"].map(OsStr::new);
    let [nameopt, style] = ["-nameopt", "sep_comma_plus_space,sname,utf8"].map(OsStr::new);
    openssl(&[x509, input, certificate, noout, text, nameopt, style])
}

/// The headings of the extensions, in order. OpenSSL 3.5 writes an empty line between some.
fn extensions(text: &str) -> Vec<&str> {
    text.lines()
        .skip_while(|line| !line.contains("X509v3 extensions:"))
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with("            "))
        .filter(|line| !line.is_empty() && !line.starts_with("             "))
        .map(str::trim)
        .collect()
}

/// Both streams: a refusal is on standard error.
fn openssl(arguments: &[impl AsRef<OsStr>]) -> String {
    let output = Command::new("openssl")
        .args(arguments)
        .output()
        .expect("the program openssl is needed: apt-get install openssl");
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    said
}
