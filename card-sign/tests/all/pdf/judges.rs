//! Every plain sample is signed in both profiles and by a second person, and judged.

use std::path::Path;
use std::process::Command;

use card_sign::pdf::Profile;

use super::{plain, request, samples, sign, sign_with, summary, verify};
use crate::pki;

fn all() -> Vec<String> {
    let files = std::fs::read_dir(samples().join("plain")).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 25, "{}", names.len());
    names
}

fn run(program: &str, package: &str, arguments: &[&str], file: &Path) -> (i32, String) {
    let output = Command::new(program).args(arguments).arg(file).output();
    let output = output.unwrap_or_else(|_| panic!("{program} is missing: install {package}"));
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

/// What pdfsig says of a file.
pub(super) fn pdfsig(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signed.pdf");
    std::fs::write(&file, bytes).unwrap();
    run("pdfsig", "poppler-utils", &["-nocert"], &file).1
}

/// What pdfsig and qpdf say; the exit code of pdfsig says nothing.
pub(super) fn judge(name: &str, bytes: &[u8], signatures: usize, kind: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signed.pdf");
    std::fs::write(&file, bytes).unwrap();
    let (_, said) = run("pdfsig", "poppler-utils", &["-nocert"], &file);
    assert_eq!(
        said.matches("Signature is Valid.").count(),
        signatures,
        "{name}: {said}"
    );
    assert_eq!(
        said.matches("- Total document signed").count(),
        1,
        "{name}: {said}"
    );
    assert!(said.contains(kind), "{name}: {said}");
    let (code, said) = run("qpdf", "qpdf", &["--check"], &file);
    assert_eq!(code, 0, "{name}: {said}");
}

/// Whether poppler reads the document without a word of complaint.
pub(super) fn poppler_is_content(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signed.pdf");
    std::fs::write(&file, bytes).unwrap();
    let (code, said) = run("pdfinfo", "poppler-utils", &[], &file);
    code == 0 && !said.contains("Error")
}

#[test]
fn every_structure_is_signed_twice_and_believed_by_others() {
    for name in all() {
        let original = plain(&name);
        for (profile, kind) in [
            (Profile::Moj, "adbe.pkcs7.detached"),
            (Profile::Pades, "ETSI.CAdES.detached"),
        ] {
            let once = sign(&original, profile);
            assert!(once.starts_with(&original), "{name}");
            let report = verify(&once);
            assert!(report.is_accepted(), "{name}: {:?}", summary(&report));
            judge(&name, &once, 1, kind);
            assert!(poppler_is_content(&once), "{name}");

            let twice = sign_with(&once, &request(profile), pki::taro());
            assert!(twice.starts_with(&once), "{name}");
            let report = verify(&twice);
            assert!(report.is_accepted(), "{name}: {:?}", summary(&report));
            assert_eq!(report.signatures.len(), 2, "{name}");
            judge(&name, &twice, 2, kind);
            assert!(poppler_is_content(&twice), "{name}");
        }
    }
}

/// pyHanko looks at the differences between revisions too. It is no Debian package: `make judges`
/// installs it and says where.
#[test]
#[ignore = "needs pyHanko: run `make judges`"]
fn pyhanko_believes_every_structure() {
    let program = std::env::var("PYHANKO").expect("PYHANKO has to say where pyhanko is");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signed.pdf");
    let root = folder.path().join("root.der");
    std::fs::write(&root, &pki::hanako().ca_certificate).unwrap();
    let root = root.to_str().unwrap();
    let options = [
        "sign",
        "validate",
        "--pretty-print",
        "--trust-replace",
        "--trust",
        root,
    ];
    let options = [&options[..], &["--no-revocation-check"]].concat();
    for name in all() {
        let original = plain(&name);
        // Ghostscript's picture writer and mutool number the free entry 65536, others 65535.
        let lenient = original.windows(7).any(|window| window == b"65536 f");
        let strict = if lenient {
            &["--no-strict-syntax"][..]
        } else {
            &[]
        };
        let options = [&options[..], strict].concat();
        for profile in [Profile::Moj, Profile::Pades] {
            let once = sign(&original, profile);
            std::fs::write(&file, sign_with(&once, &request(profile), pki::taro())).unwrap();
            let (code, said) = run(&program, "pyhanko-cli", &options, &file);
            let valid = said.matches("The signature is judged VALID.").count();
            assert!(code == 0 && valid == 2, "{name}: {said}");
        }
    }
}
