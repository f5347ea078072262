//! Other people's verifiers on what the signature key signs: `docs/guide/verifiers.md` says what
//! was measured, and each line of it is measured again here.

use std::collections::BTreeSet;
use std::process::Command;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use card_sign::cms::SignedData;
use card_sign::jws::{self, Certificates};
use card_sign::xml::{self, Draft};
use card_sim::persona::PrivateKey;
use pkcs8::EncodePrivateKey as _;

use crate::openssl::{Bench, pem};
use crate::pki;
use crate::signed;
use crate::xmlsec;

const CONTENT: &[u8] = b"a document\n";
const PAYLOAD: &[u8] = br#"{"a":1}"#;

/// What is signed, and the same changed, in a folder with certificates and the key.
fn files() -> Bench {
    let of = pki::hanako();
    let bench = Bench::new();
    let certificate = |name: &str, der: &[u8]| {
        bench.write(&format!("{name}.der"), der);
        bench.write(&format!("{name}.pem"), pem("CERTIFICATE", der).as_bytes());
    };
    certificate("leaf", &of.certificate);
    certificate("ca", &of.ca_certificate);
    let mut changed = of.certificate.clone();
    *changed.last_mut().unwrap() ^= 1;
    certificate("changed", &changed);
    let older = pki::personas().join("certificates/ca-signature-2019.der");
    let older = pem("CERTIFICATE", &std::fs::read(older).unwrap());
    let newer = pem("CERTIFICATE", &of.ca_certificate);
    bench.write("older-first.pem", format!("{older}{newer}").as_bytes());
    bench.write("newer-first.pem", format!("{newer}{older}").as_bytes());
    bench.does("x509 -in leaf.pem -noout -pubkey -out leaf.pub.pem");
    let PrivateKey::Rsa(key) = &of.key else {
        panic!("RSA");
    };
    let key = key.to_pkcs8_pem(pkcs8::LineEnding::LF).unwrap();
    bench.write("key.pem", key.as_bytes());

    bench.write("a.txt", CONTENT);
    bench.write("changed.txt", b"another document\n");
    let mut data = SignedData::new();
    signed::cms(&mut data, of, CONTENT).unwrap();
    bench.write("a.p7s", &data.to_detached());
    let token = signed::jws(of, None, Certificates::Signer, PAYLOAD).unwrap();
    bench.write("a.jws", token.as_bytes());
    let parts: Vec<&str> = token.split('.').collect();
    let other = BASE64_URL_SAFE_NO_PAD.encode(br#"{"a":2}"#);
    let other = format!("{}.{other}.{}", parts[0], parts[2]);
    bench.write("changed.jws", other.as_bytes());
    for (name, properties) in [("a.signed.xml", false), ("xades.xml", true)] {
        let draft = Draft::enveloped(b"<a>x</a>").unwrap();
        let draft = match properties {
            true => draft.with_properties(pki::now(), "text/xml"),
            false => draft,
        };
        let signed = signed::xml(&draft, of, &xml::Expected::default()).unwrap();
        bench.write(name, signed.as_bytes());
        let changed = signed.replacen("<a>x<", "<a>y<", 1);
        let other = format!("changed.{}", name.trim_start_matches("a."));
        bench.write(&other, changed.as_bytes());
    }
    bench
}

type Row = [String; 4];

/// The rows of the page that one command holds: verifier, what it judges, and both answers.
fn rows(held_by: &str) -> BTreeSet<Row> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/verifiers.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut rows = BTreeSet::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().to_owned()).collect();
        if let [_, verifier, judged, comes, set, _, by, _] = &cells[..]
            && by.trim_matches('`') == held_by
        {
            rows.insert([verifier, judged, comes, set].map(Clone::clone));
        }
    }
    rows
}

/// Holds measured lines, `verifier | judged | as it comes | with the setting`, against the page.
fn hold(held_by: &str, measured: &str) {
    let measured: BTreeSet<Row> = measured
        .lines()
        .map(|line| {
            let cells: Vec<String> = line.split('|').map(|cell| cell.trim().to_owned()).collect();
            cells.try_into().unwrap()
        })
        .collect();
    assert!(!measured.is_empty());
    let mut rows = rows(held_by);
    let nss = nss_version();
    rows.retain(|[verifier, ..]| !verifier.starts_with("NSS") || verifier.starts_with(nss));
    assert_eq!(measured, rows);
}

/// Which of the two versions of NSS in the table is like the one that is installed: those of Debian 12
/// and 13.
fn nss_version() -> &'static str {
    let package = ["-W", "-f", "${Version}", "libnss3"];
    let said = Command::new("dpkg-query").args(package).output();
    let said = said.map_or_else(|_| Vec::new(), |said| said.stdout);
    let said = String::from_utf8_lossy(&said);
    let (_, minor) = said.split_once(":3.").unwrap_or_default();
    let minor: String = minor.chars().take_while(char::is_ascii_digit).collect();
    match minor.parse::<u16>() {
        Ok(..110) => "NSS 3.87 ",
        _ => "NSS 3.110 ",
    }
}

/// A program of the Debian package, in the folder of the files; whether it is content.
fn content(bench: &Bench, package: &str, line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let program = words.next().unwrap();
    let output = Command::new(program)
        .args(words)
        .current_dir(bench.path(""))
        .env("GNUPGHOME", bench.path("gnupg"))
        .output();
    let output = output.unwrap_or_else(|_| {
        panic!("{program} does not start: install the Debian package {package}")
    });
    output.status.success()
}

/// "accepted" if what was signed is; what was changed never may be.
fn answer(accepts: impl Fn(&str) -> bool, right: &str, changed: &str) -> &'static str {
    assert!(!accepts(changed), "{changed} is accepted");
    match accepts(right) {
        true => "accepted",
        false => "refused",
    }
}

#[test]
fn of_debian() {
    let bench = files();
    let mut lines = Vec::new();
    let mut row = |verifier: &str, judged: &str, answers: &[&str]| {
        let second = answers.get(1).unwrap_or(&"–");
        lines.push(format!("{verifier} | {judged} | {} | {second}", answers[0]));
    };
    let openssl = |name: &str| {
        let at = pki::NOW;
        content(
            &bench,
            "openssl",
            &format!("openssl verify -CAfile ca.pem -attime {at} {name}.pem"),
        )
    };
    row(
        "OpenSSL",
        "certificate",
        &[answer(openssl, "leaf", "changed")],
    );
    let openssl = |name: &str| {
        let at = pki::NOW;
        content(
            &bench,
            "openssl",
            &format!(
                "openssl cms -verify -inform DER -in a.p7s -binary -CAfile ca.pem -attime {at} \
                 -content {name}.txt -out out"
            ),
        )
    };
    row("OpenSSL", "CMS", &[answer(openssl, "a", "changed")]);

    let chain = |name: &str| {
        content(
            &bench,
            "gnutls-bin",
            &format!("certtool --verify --load-ca-certificate ca.pem --infile {name}.pem"),
        )
    };
    row(
        "GnuTLS certtool",
        "certificate",
        &[answer(chain, "leaf", "changed")],
    );
    let cms = |roots: &'static str| {
        let bench = &bench;
        move |name: &str| {
            content(
                bench,
                "gnutls-bin",
                &format!(
                    "certtool --p7-verify --inder --infile a.p7s --load-data {name}.txt \
                     --load-ca-certificate {roots}.pem"
                ),
            )
        }
    };
    row(
        "GnuTLS certtool, one root",
        "CMS",
        &[answer(cms("ca"), "a", "changed")],
    );
    row(
        "GnuTLS certtool, several roots of one name",
        "CMS",
        &[
            answer(cms("older-first"), "a", "changed"),
            answer(cms("newer-first"), "a", "changed"),
        ],
    );

    row("gpgsm", "CMS", &gpgsm(&bench));

    assert!(content(
        &bench,
        "libnss3-tools",
        "certutil -N -d sql:. --empty-password"
    ));
    for (name, trust) in [("ca", "CT,C,C"), ("leaf", ",,"), ("changed", ",,")] {
        content(
            &bench,
            "libnss3-tools",
            &format!("certutil -A -d sql:. -n {name} -t {trust} -i {name}.pem"),
        );
    }
    let nss = |name: &str| {
        content(
            &bench,
            "libnss3-tools",
            &format!("certutil -V -d sql:. -n {name} -u S -e -b 261125030000Z"),
        )
    };
    row(
        &format!("{}certutil", nss_version()),
        "certificate",
        &[answer(nss, "leaf", "changed")],
    );
    let vfychain = |more: &'static str| {
        let bench = &bench;
        move |name: &str| {
            content(
                bench,
                "libnss3-tools",
                &format!("vfychain -d sql:. {more} -u 4 -b 2611250300Z -a {name}.pem"),
            )
        }
    };
    row(
        &format!("{}vfychain", nss_version()),
        "certificate",
        &[
            answer(vfychain(""), "leaf", "changed"),
            answer(vfychain("-pp"), "leaf", "changed"),
        ],
    );

    let xmlsec1 = |name: &str| xmlsec::verify(&bench, name, &[]).success;
    row(
        "xmlsec1",
        "XML",
        &[answer(xmlsec1, "a.signed.xml", "changed.signed.xml")],
    );
    let ids = ["--id-attr:Id", "SignedProperties"];
    let xmlsec1 = |name: &str| xmlsec::verify(&bench, name, &ids).success;
    row(
        "xmlsec1",
        "XAdES",
        &[answer(xmlsec1, "xades.xml", "changed.xades.xml")],
    );

    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/judges/Pkix.java");
    let pkix = |rejected: &'static str| {
        let bench = &bench;
        move |name: &str| {
            content(
                bench,
                "default-jdk-headless",
                &format!("java {program} {name}.der ca.der {rejected}"),
            )
        }
    };
    row(
        "Java PKIX (SUN)",
        "certificate",
        &[
            answer(pkix("true"), "leaf", "changed"),
            answer(pkix("false"), "leaf", "changed"),
        ],
    );
    hold("make test", &lines.join("\n"));
}

/// Before and after the policy stands in its file.
fn gpgsm(bench: &Bench) -> [&'static str; 2] {
    use std::os::unix::fs::DirBuilderExt as _;
    let home = bench.path("gnupg");
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&home)
        .unwrap();
    bench.does("x509 -in ca.pem -noout -fingerprint -sha1 -out print");
    let print = String::from_utf8(bench.read("print")).unwrap();
    let print = print.trim().split_once('=').unwrap().1.to_owned();
    bench.write("gnupg/trustlist.txt", format!("{print} S\n").as_bytes());
    let gpgsm = "gpgsm --batch --disable-dirmngr --disable-crl-checks \
                 --faked-system-time 20261125T030000";
    let import = format!("{gpgsm} --import ca.pem");
    assert!(content(bench, "gpgsm", &import));
    let cms = |name: &str| {
        content(
            bench,
            "gpgsm",
            &format!("{gpgsm} --verify a.p7s {name}.txt"),
        )
    };
    let comes = answer(cms, "a", "changed");
    bench.write("gnupg/policies.txt", b"1.2.392.200149.8.5.1.0.20\n");
    let set = answer(cms, "a", "changed");
    content(bench, "gpgsm", "gpgconf --kill all");
    [comes, set]
}

/// Debian packages that `make test` does not install.
fn of_further_packages(bench: &Bench) -> String {
    let judge = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/judges/BouncyCastle.java"
    );
    let jars = "/usr/share/java/bcprov.jar:/usr/share/java/bcpkix.jar:/usr/share/java/bcutil.jar";
    let java = |words: String| content(bench, JUDGES, &format!("java -cp {jars} {judge} {words}"));
    let chain = |name: &str| java(format!("ca.der {name}.der"));
    let mut lines = format!(
        "BouncyCastle | certificate | {} | –\n",
        answer(chain, "leaf", "changed")
    );
    let cms = |name: &str| java(format!("ca.der leaf.der {name}.txt a.p7s"));
    lines += &format!("BouncyCastle | CMS | {} | –\n", answer(cms, "a", "changed"));
    let botan = |name: &str| {
        // It ends with 0 whatever it found.
        let line = format!("botan cert_verify --output=botan.txt {name}.pem ca.pem");
        assert!(content(bench, JUDGES, &line));
        let said = String::from_utf8(bench.read("botan.txt")).unwrap();
        said == "Certificate passes validation checks\n"
    };
    let botan = answer(botan, "leaf", "changed");
    lines += &format!("Botan | certificate | {botan} | –\n");
    let pki = |name: &str| {
        let line = format!("pki --verify --in {name}.der --cacert ca.der");
        content(bench, JUDGES, &line)
    };
    let pki = answer(pki, "leaf", "changed");
    lines + &format!("strongSwan pki | certificate | {pki} | –\n")
}

/// What [`of_further_packages`] needs.
const JUDGES: &str = "libbcpkix-java, botan or strongswan-pki";

/// Python's and JavaScript's libraries, and their own signatures before our verifier.
#[test]
#[ignore = "needs libraries that are no Debian packages: run `make judges`"]
fn of_python_and_javascript() {
    let judges = std::env::var("JUDGES").expect("JUDGES has to say where the libraries are");
    let bench = files();
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/judges");
    let mut measured = String::new();
    for (program, script) in [
        (format!("{judges}/bin/python"), "verifiers.py"),
        ("node".to_owned(), "verifiers.mjs"),
    ] {
        let output = Command::new(&program)
            .arg(format!("{scripts}/{script}"))
            .arg(bench.path(""))
            .current_dir(format!("{judges}/node"))
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}: {complaints}");
        measured += str::from_utf8(&output.stdout).unwrap();
    }
    measured += &of_further_packages(&bench);
    hold("make judges", &measured);

    for name in [
        "jose",
        "fast-jwt",
        "joserfc",
        "PyJWT",
        "jsonwebtoken",
        "Authlib",
        "jwcrypto",
    ] {
        let token = bench.read(&format!("theirs-{name}.jws"));
        let expected = jws::Expected::default();
        let (report, payload) = jws::verify_compact(&token, &expected, &pki::policy());
        assert!(report.is_accepted(), "{name}: {report:#?}");
        assert_eq!(payload.as_deref(), Some(PAYLOAD), "{name}");
    }
    for name in ["signxml", "xml-crypto", "xadesjs"] {
        let file = bench.read(&format!("theirs-{name}.xml"));
        let verified = xml::verify(&file, &xml::Expected::default(), &pki::policy());
        assert!(
            verified.report.is_accepted(),
            "{name}: {:#?}",
            verified.report
        );
    }
}
