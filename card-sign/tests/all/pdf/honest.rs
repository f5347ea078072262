//! Honest histories: what programs and people do to a document after it was signed.

use std::process::Command;

use card_core::domain::date::UtcTime;
use card_sign::Policy;
use card_sign::pdf::{self, Area, Profile, Request, Visible};
use card_sim::persona::PrivateKey;
use pkcs8::{EncodePrivateKey as _, LineEnding};

use super::{plain, request, samples, sign, sign_with, summary, verify};
use crate::pki;

/// Plain samples that paint in ways that are not measured (programs of Type 1 fonts, pictures of
/// whole pages): no visible signature after another.
const UNMEASURED: &[&str] = &[
    "ghostscript-image.pdf",
    "mutool-create.pdf",
    "pdftex-14.pdf",
    "pdftex-15.pdf",
    "pdftocairo.pdf",
    "qpdf-uncompressed.pdf",
    "wkhtmltopdf.pdf",
];

fn font() -> Vec<u8> {
    std::fs::read(pdf::DEFAULT_FONT).unwrap()
}

#[test]
fn a_second_visible_signature_fits_into_the_blank_part_of_pages_by_real_programs() {
    let (font, lines) = (font(), vec!["B".to_owned()]);
    let files = std::fs::read_dir(samples().join("plain")).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut wrong = Vec::new();
    for name in &names {
        let once = sign(&plain(name), Profile::Pades);
        let visible = Visible {
            page: 1,
            area: Area {
                x: 215.0,
                y: 8.0,
                width: 60.0,
                height: 20.0,
            },
            lines: &lines,
            font: &font,
        };
        let asked = Request {
            visible: Some(visible),
            ..request(Profile::Pades)
        };
        let fits = pdf::prepare(&once, &asked).is_ok();
        if fits == UNMEASURED.contains(&name.as_str()) {
            wrong.push(format!("{name}: {:?}", pdf::prepare(&once, &asked).err()));
            continue;
        }
        if fits {
            let report = verify(&sign_with(&once, &asked, pki::taro()));
            if !report.is_accepted() || !summary(&report).concat().contains("pdf.changed.picture") {
                wrong.push(format!("{name}: {:?}", summary(&report)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// pyHanko signs before us and after us, on every plain sample; both accept what comes of it.
#[test]
#[ignore = "needs pyHanko: run `make judges`"]
fn pyhanko_and_we_sign_in_turn() {
    let program = std::env::var("PYHANKO").expect("PYHANKO has to say where pyhanko is");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let PrivateKey::Rsa(key) = &pki::taro().key else {
        panic!("an RSA key");
    };
    let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    std::fs::write(path("key.pem"), pem.as_bytes()).unwrap();
    std::fs::write(path("cert.der"), &pki::taro().certificate).unwrap();
    std::fs::write(path("root.der"), &pki::taro().ca_certificate).unwrap();
    let (key, certificate, root) = (path("key.pem"), path("cert.der"), path("root.der"));
    let run = |arguments: &[&str]| {
        let output = Command::new(&program).args(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    };
    let theirs = |bytes: &[u8], field: &str| {
        std::fs::write(path("in.pdf"), bytes).unwrap();
        let (from, to) = (path("in.pdf"), path("out.pdf"));
        let (signed, said) = run(&[
            "sign",
            "addsig",
            "--field",
            field,
            "--no-strict-syntax",
            "pemder",
            "--no-pass",
            "--key",
            &key,
            "--cert",
            &certificate,
            "--chain",
            &root,
            &from,
            &to,
        ]);
        assert!(signed, "{said}");
        std::fs::read(path("out.pdf")).unwrap()
    };
    let judged = |bytes: &[u8]| {
        std::fs::write(path("in.pdf"), bytes).unwrap();
        let from = path("in.pdf");
        let (valid, said) = run(&[
            "sign",
            "validate",
            "--pretty-print",
            "--trust-replace",
            "--trust",
            &root,
            "--no-revocation-check",
            "--no-strict-syntax",
            &from,
        ]);
        (valid, said)
    };
    // pyHanko signs now, and not at the time of the samples.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let policy = Policy {
        now: UtcTime::from_unix(i64::try_from(now.unwrap().as_secs()).unwrap() + 60).unwrap(),
        ..pki::policy()
    };
    let files = std::fs::read_dir(samples().join("plain")).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut histories = 0;
    let mut wrong = Vec::new();
    for name in &names {
        let ours = |bytes: &[u8]| sign_with(bytes, &request(Profile::Pades), pki::hanako());
        let first = theirs(&sign(&plain(name), Profile::Moj), "Second");
        let mut all = vec![
            ("ours, theirs", first.clone()),
            ("ours, theirs, ours", ours(&first)),
        ];
        let before = theirs(&plain(name), "First");
        all.extend([("theirs", before.clone()), ("theirs, ours", ours(&before))]);
        for (history, bytes) in all {
            histories += 1;
            let report = pdf::verify(&bytes, &policy);
            if !report.is_accepted() {
                wrong.push(format!("{name}, {history}: {:?}", summary(&report)));
            }
            if history == "ours, theirs, ours" {
                let (valid, said) = judged(&bytes);
                if !valid {
                    wrong.push(format!("{name}, {history}: {said}"));
                }
            }
        }
    }
    assert!(histories >= 60, "{histories}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
