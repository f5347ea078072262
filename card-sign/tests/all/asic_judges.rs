//! Python's `zipfile` and OpenSSL as judges of our containers, and makers of theirs.

use std::process::Command;

use card_core::digest::{Digest, HashAlgorithm};
use card_sign::cms::SignedData;

use crate::asic::{FILES, verify};
use crate::asic_mutations::{archive, manifest, parts};
use crate::openssl::Bench;
use crate::{pki, signed};

fn python(bench: &Bench, script: &str) -> String {
    let output = Command::new("/usr/bin/python3")
        .args(["-c", script])
        .current_dir(bench.path(""))
        .output()
        .expect("python3 does not start: install the Debian package `python3`");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Unpacks a container and compares each file with the digest that the manifest states.
const COMPARE: &str = r#"
import base64, hashlib, urllib.parse, zipfile
import xml.etree.ElementTree as tree
asic, ds = "{http://uri.etsi.org/02918/v1.2.1#}", "{http://www.w3.org/2000/09/xmldsig#}"
with zipfile.ZipFile("x.asice") as container:
    assert container.testzip() is None
    first = container.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", 0, b"")
    assert container.read("mimetype") == b"application/vnd.etsi.asic-e+zip"
    manifest = container.read("META-INF/ASiCManifest001.xml")
    root = tree.fromstring(manifest)
    signature = root.find(asic + "SigReference").get("URI")
    named = []
    for reference in root.findall(asic + "DataObjectReference"):
        name = urllib.parse.unquote(reference.get("URI"))
        method = reference.find(ds + "DigestMethod").get("Algorithm")
        assert method == "http://www.w3.org/2001/04/xmlenc#sha256"
        value = base64.b64decode(reference.find(ds + "DigestValue").text)
        assert hashlib.sha256(container.read(name)).digest() == value, name
        named.append(name)
    others = {"mimetype", "META-INF/ASiCManifest001.xml", signature}
    assert sorted(container.namelist()) == sorted([*named, *others])
    open("manifest", "wb").write(manifest)
    open("signature", "wb").write(container.read(signature))
    print("\n".join(named))
"#;

#[test]
fn python_and_openssl_confirm_our_containers() {
    let bench = Bench::new();
    bench.write("x.asice", &signed::asic(&FILES, pki::hanako()).unwrap());
    bench.write(
        "ca.pem",
        crate::openssl::pem("CERTIFICATE", &pki::hanako().ca_certificate).as_bytes(),
    );
    let names = python(&bench, COMPARE);
    let names: Vec<&str> = names.lines().collect();
    assert_eq!(names, FILES.map(|(name, _)| name));
    let verify = "cms -verify -cades -binary -inform DER -in signature -content manifest \
                  -CAfile ca.pem -purpose any -no_check_time -out signed";
    bench.does(verify);
    assert_eq!(bench.read("signed"), bench.read("manifest"));
    // The judge can refuse.
    let changed = String::from_utf8(bench.read("manifest")).unwrap();
    bench.write("manifest", changed.replace("empty", "emptY").as_bytes());
    assert!(!bench.asks(verify).status.success());
}

/// Another order, packed, with times: a container need not be ours.
#[test]
fn containers_by_python_are_accepted() {
    let bench = Bench::new();
    bench.write("x.asice", &signed::asic(&FILES, pki::hanako()).unwrap());
    python(
        &bench,
        r#"
import zipfile
with zipfile.ZipFile("x.asice") as old, zipfile.ZipFile("y.asice", "w") as new:
    names = [name for name in old.namelist() if name != "mimetype"]
    new.writestr("mimetype", old.read("mimetype"), zipfile.ZIP_STORED)
    for name in reversed(names):
        new.writestr(name, old.read(name), zipfile.ZIP_DEFLATED)
with zipfile.ZipFile("x.asice") as old, zipfile.ZipFile("z.asice", "w") as new:
    for name in old.namelist():
        new.writestr(name, old.read(name), zipfile.ZIP_STORED)
    new.writestr("more.txt", "x")
"#,
    );
    let report = verify(&bench.read("y.asice"), &pki::policy());
    assert!(report.is_accepted(), "{:#?}", report.document);
    assert_eq!(report.files, ["empty", "a b/100%.txt", "契約書.pdf"]);
    let report = verify(&bench.read("z.asice"), &pki::policy());
    let reasons: Vec<_> = report.reasons().collect();
    assert_eq!(reasons, [card_sign::asic::reason::NOT_COVERED]);
}

/// `make dss`: the signature is intact, of level B-B, by this certificate, and covers every file. One
/// changed byte of a file, of the list or of the signature is refused, and so is a file that is not
/// on the list.
#[test]
#[ignore = "needs EU DSS, which is no package of Debian, Python or npm: run `make dss`"]
fn eu_dss_confirms_our_containers() {
    let classes = std::env::var("DSS").expect("DSS is the class path of EU DSS");
    let bench = Bench::new();
    let many: Vec<(String, Vec<u8>)> = (0..100)
        .map(|number| (format!("{number:03}/x.dat"), vec![number; 70_000]))
        .collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, it)| (&**name, &**it)).collect();
    let mut expected = Vec::new();
    for (name, of, files) in [
        ("rsa.asice", pki::hanako(), &FILES[..]),
        ("one.asice", pki::taro(), &FILES[..1]),
        ("ecdsa.asice", pki::jisedai(), &FILES[..]),
        ("many.asice", pki::hanako(), &many[..]),
    ] {
        bench.write(name, &signed::asic(files, of).unwrap());
        let signer = Digest::of(HashAlgorithm::Sha256, &of.certificate);
        let signer: String = signer
            .as_bytes()
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        let mut names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        let names = names.join(", ");
        expected.push(format!(
            "{name} accepted CAdES-BASELINE-B {signer} [{names}]"
        ));
    }
    let list = manifest(&FILES);
    let mut data = SignedData::new();
    signed::cms(&mut data, pki::hanako(), list.as_bytes()).unwrap();
    let honest = parts(&FILES, &list, data.to_detached());
    bench.write("packed.asice", &archive(&honest));
    for (number, name) in [(1, "file"), (4, "list"), (5, "signature")] {
        let mut changed = honest.clone();
        let content = &mut changed[number].content;
        // In the signature this is its value, in the list a digest.
        let place = content.len() - if number == 4 { 90 } else { 1 };
        content[place] ^= 1;
        bench.write(&format!("{name}.asice"), &archive(&changed));
    }
    let mut more = FILES.to_vec();
    more.push(("more.txt", b"x"));
    let more = parts(&more, &list, data.to_detached());
    bench.write("more.asice", &archive(&more));

    let judge = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges/Dss.java");
    let names = "rsa one ecdsa many packed file list signature more";
    let output = Command::new("java")
        .args(["-cp", &classes, judge])
        .args(names.split(' ').map(|name| format!("{name}.asice")))
        .current_dir(bench.path(""))
        .output()
        .expect("java does not start: install the Debian package `default-jdk-headless`");
    let said = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = said.lines().collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(lines.len(), 9, "{said}{errors}");
    assert_eq!(lines[..4], expected, "{errors}");
    assert!(lines[4].starts_with("packed.asice accepted "), "{said}");
    for line in &lines[5..] {
        let (_, verdict) = line.split_once(' ').unwrap();
        assert!(verdict.starts_with("refused "), "{said}{errors}");
    }
}
