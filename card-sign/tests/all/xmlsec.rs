//! xmlsec1 and xmllint as judges, with the options without which the first believes anybody.

use std::path::Path;
use std::process::Command;

use card_sim::persona::{Credential, PrivateKey};
use pkcs8::EncodePrivateKey as _;

use crate::openssl::{Bench, pem};

/// What xmlsec1 says of a file.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) text: String,
}

/// A folder with the root of a resident, for xmlsec1 to work in.
pub(crate) fn bench(of: &Credential) -> Bench {
    let bench = Bench::new();
    bench.write("ca.pem", pem("CERTIFICATE", &of.ca_certificate).as_bytes());
    bench
}

/// Whether xmlsec1 believes a signature: keys from certificates only, nothing from outside, at the
/// moment of [`crate::pki::NOW`].
///
/// `more` goes in front of the file, for `--id-attr`.
pub(crate) fn verify(bench: &Bench, file: &str, more: &[&str]) -> Said {
    let words = "--verify --enabled-key-data x509 --enabled-reference-uris empty,same-doc \
                 --trusted-pem ca.pem --verification-gmt-time";
    let mut arguments: Vec<&str> = words.split_ascii_whitespace().collect();
    arguments.push("2026-11-25 03:00:00");
    arguments.extend(more);
    arguments.push(file);
    run(bench, "xmlsec1", &arguments)
}

/// Lets xmlsec1 fill a template with a resident's key and certificates.
pub(crate) fn sign(bench: &Bench, of: &Credential, template: &str, more: &[&str]) -> Vec<u8> {
    bench.write("template.xml", template.as_bytes());
    let key = match &of.key {
        PrivateKey::Rsa(key) => key.to_pkcs8_pem(pkcs8::LineEnding::LF).unwrap(),
        PrivateKey::P256(key) => key.to_pkcs8_pem(pkcs8::LineEnding::LF).unwrap(),
        PrivateKey::P384(key) => key.to_pkcs8_pem(pkcs8::LineEnding::LF).unwrap(),
    };
    bench.write("key.pem", key.as_bytes());
    bench.write("leaf.pem", pem("CERTIFICATE", &of.certificate).as_bytes());
    let mut arguments = vec!["--sign", "--privkey-pem", "key.pem,leaf.pem,ca.pem"];
    arguments.extend(more);
    arguments.extend(["--output", "signed.xml", "template.xml"]);
    let said = run(bench, "xmlsec1", &arguments);
    assert!(said.success, "{said:?}\n{template}");
    bench.read("signed.xml")
}

pub(crate) fn run(bench: &Bench, program: &str, arguments: &[&str]) -> Said {
    let folder = bench.path("");
    run_in(&folder, program, arguments)
}

fn run_in(folder: &Path, program: &str, arguments: &[&str]) -> Said {
    let package = if program == "xmllint" {
        "libxml2-utils"
    } else {
        program
    };
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    let output = output.unwrap_or_else(|_| {
        panic!("{program} does not start: install the Debian package `{package}`")
    });
    let text = [output.stdout, output.stderr].concat();
    Said {
        success: output.status.success(),
        text: String::from_utf8_lossy(&text).into_owned(),
    }
}
