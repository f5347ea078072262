//! Python's `zipfile` and OpenSSL as judges of our containers, and makers of theirs.

use std::process::Command;

use crate::asic::{FILES, verify};
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
