//! Honest histories: what programs and people do to a document after it was signed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use card_core::domain::date::UtcTime;
use card_sign::Policy;
use card_sign::pdf::{self, Area, Profile, Request, Visible};
use card_sim::persona::PrivateKey;
use pkcs8::{EncodePrivateKey as _, LineEnding};

use super::forge::{self, CATALOG, FORM, INFO, PAGE};
use super::parts::newest;
use super::{plain, request, samples, sign, sign_with, summary, verify};
use crate::cms_timestamps::Authority;
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

/// What may come after a signature.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// Another person signs, in a field of their own.
    Cosigned,
    /// Somebody signs in the field that was prepared.
    Filled,
    /// A document time stamp (B-LTA).
    Stamped,
    /// Certificates for later checks (B-LT).
    Evidence,
    /// Another program saves: its name and the date.
    Dates,
    /// A field for the next signer, which shows nothing.
    EmptyField,
    /// A form value, where a certification allows it.
    Value,
}

use Step::{Cosigned, Dates, EmptyField, Evidence, Filled, Stamped, Value};

const ALWAYS: [Step; 6] = [Cosigned, Filled, Stamped, Evidence, Dates, EmptyField];

/// Puts a reference to `number` into the list behind a key.
fn with_reference(text: &str, key: &str, number: u32) -> String {
    let place = text.find(key).unwrap();
    let place = place + text[place..].find('[').unwrap() + 1;
    format!("{}{number} 0 R {}", &text[..place], &text[place..])
}

/// A revision later; `number` and the one behind it are free.
fn after(bytes: &[u8], step: Step, number: u32, authority: &Authority) -> Vec<u8> {
    let field = |name: &str, rest: &str| {
        let page = with_reference(&newest(bytes, PAGE), "/Annots", number);
        let form = with_reference(&newest(bytes, FORM), "/Fields", number);
        let field = format!(
            "<</Type /Annot /Subtype /Widget /FT /Sig /T ({name}{number}) /P 3 0 R /F 132 \
             /Rect [0 0 0 0] {rest}>>"
        );
        vec![(number, field), (PAGE, page), (FORM, form)]
    };
    match step {
        Cosigned => sign_with(bytes, &request(Profile::Pades), pki::taro()),
        Filled => {
            let request = Request {
                field: Some("empty"),
                ..request(Profile::Moj)
            };
            sign_with(bytes, &request, pki::taro())
        }
        Stamped => {
            let dictionary = "<</Type /DocTimeStamp /Filter /Adobe.PPKLite \
                              /SubFilter /ETSI.RFC3161 /ByteRange @RANGE@ /Contents @VALUE@>>";
            let mut objects = field("stamp", &format!("/V {} 0 R", number + 1));
            objects.push((number + 1, dictionary.to_owned()));
            forge::sign(bytes, &objects, &|content| authority.stamp(content))
        }
        Evidence => {
            let catalog = newest(bytes, CATALOG);
            let catalog = match catalog.contains("/DSS") {
                true => with_reference(&catalog, "/Certs", number),
                false => catalog.replacen(
                    "<<",
                    &format!("<</DSS <</Type /DSS /Certs [{number} 0 R]>> "),
                    1,
                ),
            };
            let certificate = forge::stream("", "0");
            forge::update(bytes, &[(number, certificate), (CATALOG, catalog)])
        }
        Dates => {
            let info = format!("<</Title (Contract) /Producer (b) /ModDate (D:20{number}0101)>>");
            forge::update(bytes, &[(INFO, info)])
        }
        EmptyField => forge::update(bytes, &field("next", "")),
        Value => forge::update(bytes, &[(forge::FIELD, forge::field("no"))]),
    }
}

#[test]
fn honest_histories_are_not_refused() {
    let authority = Authority::new();
    let plain = sign(&forge::document(), Profile::Moj);
    let certified = [2, 3].map(forge::certified);
    let mut histories: Vec<(&str, &[u8], Vec<Step>)> = Vec::new();
    for one in ALWAYS {
        histories.push(("signed", &plain, vec![one]));
        for other in ALWAYS.into_iter().filter(|other| *other != one) {
            histories.push(("signed", &plain, vec![one, other]));
        }
        for base in &certified {
            histories.push(("certified", base, vec![one]));
            histories.push(("certified", base, vec![Value, one]));
            histories.push(("certified", base, vec![one, Value]));
        }
    }
    histories.push(("signed", &plain, vec![Evidence, Stamped, Evidence, Stamped]));
    histories.push(("signed", &plain, vec![Cosigned, Cosigned, Filled, Stamped]));
    assert!(histories.len() >= 60, "{}", histories.len());
    let mut wrong = Vec::new();
    for (base, first, steps) in &histories {
        let mut bytes = first.to_vec();
        for (place, step) in steps.iter().enumerate() {
            // Each update of the samples leaves numbers below this one to our writer.
            bytes = after(&bytes, *step, 200 + 10 * place as u32, &authority);
        }
        let report = pdf::verify(&bytes, &authority.policy());
        if !report.is_accepted() {
            wrong.push(format!("{base}, {steps:?}: {:?}", summary(&report)));
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

/// pyHanko, which writes to a document and says what it thinks of it (`judges/histories.py`).
struct PyHanko {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl PyHanko {
    fn start(authority: &Authority) -> Self {
        let program = std::env::var_os("PYHANKO").expect("PYHANKO has to say where pyhanko is");
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            std::fs::write(folder.path().join(name), content).unwrap();
        };
        let PrivateKey::Rsa(key) = &pki::taro().key else {
            panic!("an RSA key");
        };
        let key = key.to_pkcs8_pem(LineEnding::LF).unwrap();
        write("taro.pem", key.as_bytes());
        write("taro.der", &pki::taro().certificate);
        write("root.der", &pki::taro().ca_certificate);
        for name in ["tsa.pem", "tsa.key", "ca.pem"] {
            write(name, &authority.file(name));
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges/histories.py");
        let mut process = Command::new(Path::new(&program).with_file_name("python"))
            .arg(script)
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            to: process.stdin.take().unwrap(),
            from: BufReader::new(process.stdout.take().unwrap()),
            process,
            file: folder.path().join("file.pdf"),
            _folder: folder,
        }
    }

    fn ask(&mut self, step: &str, bytes: &[u8]) -> String {
        std::fs::write(&self.file, bytes).unwrap();
        writeln!(self.to, "{step} {}", self.file.display()).unwrap();
        let mut answer = String::new();
        self.from.read_line(&mut answer).unwrap();
        assert!(!answer.is_empty(), "pyHanko stopped at {step}");
        answer.trim().to_owned()
    }

    fn does(&mut self, step: &str, bytes: &[u8]) -> Vec<u8> {
        assert_eq!(self.ask(step, bytes), "done", "{step}");
        std::fs::read(&self.file).unwrap()
    }
}

impl Drop for PyHanko {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What comes first, and what may come after it, two steps of it in either order. `+` is ours.
const IN_TURN: [(&str, &[&str], &[&str]); 5] = [
    ("signed by us", &["prepare", "+sign"], &AFTER),
    ("signed by pyHanko", &["prepare", "First"], &AFTER),
    (
        "certified at level 1",
        &["certify1"],
        &["evidence", "stamp"],
    ),
    (
        "certified at level 2",
        &["prepare", "certify2"],
        &AFTER_CERTIFIED,
    ),
    (
        "certified at level 3",
        &["prepare", "certify3"],
        &AFTER_CERTIFIED,
    ),
];
const AFTER: [&str; 6] = ["evidence", "stamp", "fill", "+fill", "Theirs", "+sign"];
const AFTER_CERTIFIED: [&str; 7] = [
    "evidence", "stamp", "fill", "+fill", "Theirs", "+sign", "value",
];

/// The page says how many of these histories there are, and that all three believe each.
#[test]
#[ignore = "needs pyHanko: run `make judges`"]
fn pyhanko_and_we_write_histories_in_turn() {
    let authority = Authority::new();
    let mut pyhanko = PyHanko::start(&authority);
    let seconds = || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        i64::try_from(now.unwrap().as_secs()).unwrap()
    };
    let mut does = |step: &str, bytes: &[u8]| {
        let request = Request {
            field: (step == "+fill").then_some("Prepared"),
            ..Request::new(Profile::Pades, super::NAME, pki::at(seconds()))
        };
        match step {
            "+sign" | "+fill" => sign_with(bytes, &request, pki::hanako()),
            theirs => pyhanko.does(theirs, bytes),
        }
    };
    let mut files = Vec::new();
    for (kind, first, later) in IN_TURN {
        let start = first
            .iter()
            .fold(plain("reportlab.pdf"), |bytes, step| does(step, &bytes));
        for one in later {
            let once = does(one, &start);
            let fills = |step: &str| step.ends_with("fill");
            for other in later {
                if one != other && !(fills(one) && fills(other)) {
                    files.push((kind, format!("{one}, {other}"), does(other, &once)));
                }
            }
            files.push((kind, (*one).to_owned(), once));
        }
    }
    // It has no opinion about document time stamps.
    let checked = |said: &str| {
        let words = ["Signature is Valid.", "has not yet been verified."];
        words
            .map(|word| said.matches(word).count())
            .iter()
            .sum::<usize>()
    };
    let mut wrong = Vec::new();
    let mut rows = Vec::new();
    for (kind, ..) in IN_TURN {
        let mut count = 0;
        for (_, steps, bytes) in files.iter().filter(|file| file.0 == kind) {
            count += 1;
            let policy = Policy {
                now: pki::at(seconds() + 60),
                ..authority.policy()
            };
            let ours = pdf::verify(bytes, &policy);
            let theirs = pyhanko.ask("validate", bytes);
            let pdfsig = super::judges::pdfsig(bytes);
            let signatures = ours.signatures.len();
            if !ours.is_accepted()
                || theirs.matches("INVALID").count() > 0
                || theirs.split(' ').count() != signatures
                || checked(&pdfsig) != signatures
            {
                let ours = summary(&ours);
                wrong.push(format!("{kind}, {steps}: {ours:?}; {theirs}; {pdfsig}"));
            }
        }
        rows.push(format!("| {kind} | {count} | accepted | valid | valid |"));
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/pdf-after-signing.md");
    let page = std::fs::read_to_string(page).unwrap();
    for row in &rows {
        assert!(page.contains(row), "not on the page: {row}\n{rows:#?}");
    }
}
