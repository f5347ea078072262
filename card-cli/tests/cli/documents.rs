//! Documents signed and verified as people do it: every format, every judge, every interruption.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use card_tests::signal;
use serde_json::{Value, json};

use crate::terminal::Session;
use crate::trust::{responder, server};
use crate::{Run, World, mode, schema};

const CARD: &str = "--reader sim:hanako --pin sim";
const SIGN: &str = "--reader sim:hanako --pin sim sign --consent-disclosure";

/// The smallest file that every reader opens.
fn pdf() -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    ]
    .iter()
    .enumerate()
    {
        places.push(file.len());
        write!(file, "{} 0 obj\n{object}\nendobj\n", index + 1).unwrap();
    }
    let start = file.len();
    file.extend(b"xref\n0 4\n0000000000 65535 f \n");
    for place in places {
        writeln!(file, "{place:010} 00000 n ").unwrap();
    }
    write!(
        file,
        "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    file
}

/// A world with a document of each kind and the issuer's certificate.
pub(crate) fn world() -> World {
    let world = World::new();
    world.write("a.txt", "A document.\r\nIn two lines.\n");
    world.write("b.txt", "Another.\n");
    world.write("c.txt", "A third.\n");
    world.write(
        "a.xml",
        "<?xml version=\"1.0\"?>\n<申請 a='1'>\n  <氏名>x</氏名></申請>\n",
    );
    fs::write(world.path("a.pdf"), pdf()).unwrap();
    world.run(&format!("{CARD} cert sign-ca -o ca.pem")).done();
    world
}

/// What another program says, and whether it says yes.
fn judge(world: &World, words: &str) -> (bool, String) {
    let mut words = words.split_whitespace();
    let program = words.next().unwrap();
    let output = world.tool(program).args(words).output();
    let output =
        output.unwrap_or_else(|_| panic!("{program} is missing: see TEST in the Makefile"));
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[track_caller]
pub(crate) fn accepts(world: &World, words: &str, says: &str) {
    let (yes, said) = judge(world, words);
    assert!(yes && said.contains(says), "{words}: {said}");
}

/// A report of `verify`.
#[track_caller]
fn verified(world: &World, line: &str) -> Value {
    let run = world
        .run(&format!("--json verify --trust sim {line}"))
        .done();
    let json = run.json();
    schema::holds(&json);
    assert_eq!(
        (&json["accepted"], &json["reason"]),
        (&json!(true), &Value::Null)
    );
    json
}

#[track_caller]
fn refused(world: &World, line: &str, status: i32, reason: &str) -> Value {
    let run = world.run(&format!("--json verify {line}"));
    let json = run.json();
    schema::holds(&json);
    assert_eq!(json["reason"], reason, "{line}: {json:#}");
    assert_eq!(
        (run.status, &json["accepted"]),
        (Some(status), &json!(false)),
        "{line}"
    );
    json
}

#[test]
fn every_format_is_signed_where_it_should_and_accepted_by_others_and_by_us() {
    let world = world();
    for (format, input, output) in [
        ("cms", "a.txt", "a.txt.p7s"),
        ("cms-attached", "a.txt", "a.txt.p7m"),
        ("pdf", "a.pdf", "a.signed.pdf"),
        ("xml", "a.xml", "a.signed.xml"),
        ("jws", "a.txt", "a.txt.jws"),
    ] {
        let run = world
            .run(&format!("--json {SIGN} --format {format} {input}"))
            .done();
        let json = run.json();
        schema::holds(&json);
        assert_eq!(json["files"][0]["output"], output);
        assert_eq!(mode(&world.path(output)), 0o600, "it names its signer");
        // The leaf has seven pieces, its issuer six; one VERIFY. A token holds the leaf only.
        let exchanges = if format == "jws" { 12 } else { 18 };
        assert_eq!(
            (&json["exchanges"], &json["presented"]),
            (&json!(exchanges), &json!(1)),
            "{format}"
        );
        let file = if format == "cms" { "a.txt" } else { output };
        let report = verified(&world, file);
        let signature = &report["signatures"][0];
        assert_eq!(signature["signer"]["name"], "見本　花子", "{format}");
        assert_eq!(
            signature["discloses"],
            json!(["name", "address", "birth-date", "sex", "municipality"])
        );
        assert_eq!(report["revocation"]["status"], "not-checked");
        assert!(
            !report.to_string().to_lowercase().contains("good"),
            "{report:#}"
        );
        assert_eq!(
            report["signature"].as_str(),
            (format == "cms").then_some(output)
        );
        // Without its issuer among the trusted ones it is refused for that alone.
        refused(&world, file, 40, "issuer.unknown");
    }
    accepts(
        &world,
        "openssl cms -verify -cades -binary -inform DER -in a.txt.p7s -content a.txt \
         -CAfile ca.pem -purpose any -out o1",
        "CAdES Verification successful",
    );
    accepts(
        &world,
        "openssl cms -verify -cades -binary -inform DER -in a.txt.p7m -CAfile ca.pem \
         -purpose any -out o2",
        "CAdES Verification successful",
    );
    let original = fs::read(world.path("a.txt")).unwrap();
    assert_eq!(fs::read(world.path("o2")).unwrap(), original);
    accepts(&world, "pdfsig -nocert a.signed.pdf", "Signature is Valid");
    accepts(
        &world,
        "pdfsig -nocert a.signed.pdf",
        "Total document signed",
    );
    accepts(
        &world,
        "qpdf --check a.signed.pdf",
        "No syntax or stream encoding errors",
    );
    assert!(
        fs::read(world.path("a.signed.pdf"))
            .unwrap()
            .starts_with(&pdf())
    );
    accepts(
        &world,
        "xmlsec1 --verify --enabled-key-data x509 --trusted-pem ca.pem a.signed.xml",
        "OK",
    );
}

/// As many exchanges as one CMS signature, and one PIN, for any number of files.
#[test]
fn files_are_signed_together_in_a_container() {
    let world = world();
    let names: Vec<String> = (0..100).map(|number| format!("{number:03}.dat")).collect();
    for name in &names {
        world.write(name, name);
    }
    for (files, output) in [
        ("a.txt".to_owned(), "a.txt.asice"),
        ("a.txt b.txt a.pdf".to_owned(), "x.asice"),
        (names.join(" "), "y.asice"),
    ] {
        let place = match output {
            "a.txt.asice" => String::new(),
            name => format!("-o {name}"),
        };
        let run = world.run(&format!("--json {SIGN} --format asic {files} {place}"));
        let json = run.done().json();
        schema::holds(&json);
        assert_eq!(
            (&json["exchanges"], &json["presented"]),
            (&json!(18), &json!(1))
        );
        let files: Vec<&str> = files.split(' ').collect();
        let signed = json["files"].as_array().unwrap();
        assert_eq!(signed.len(), files.len());
        assert!(signed.iter().all(|one| one["output"] == output));
        assert_eq!(mode(&world.path(output)), 0o600, "it names its signer");
        let report = verified(&world, output);
        assert_eq!(
            (&report["format"], &report["files"]),
            (&json!("asic"), &json!(files))
        );
        assert_eq!(report["signatures"][0]["signer"]["name"], "見本　花子");
    }
    let run = world.run("verify --trust sim x.asice").done();
    assert!(run.text().contains("a.pdf"), "{}", run.text());
    let explained = world.run("--json explain x.asice").done().json();
    schema::holds(&explained);
    assert_eq!(explained["inside"]["asic"]["files"][2]["name"], "b.txt");
    // Changed in place: the file is stored as it is.
    let mut bytes = fs::read(world.path("x.asice")).unwrap();
    let place = bytes
        .windows(8)
        .position(|window| window == b"Another.")
        .unwrap();
    bytes[place] = b'a';
    fs::write(world.path("z.asice"), bytes).unwrap();
    refused(&world, "--trust sim z.asice", 40, "asic.archive.content");
    for line in [
        "a.txt b.txt",
        "a.txt b.txt --output-dir out",
        "a.txt --resume",
        "a.txt --cosign b.txt",
        "- -o q.asice",
    ] {
        let run = world.run(&format!("--json {SIGN} --format asic {line}"));
        run.failed(2, "usage.wrong");
    }
    fs::create_dir(world.path("d")).unwrap();
    world.write("d/A.txt", "x");
    let line = format!("--json {SIGN} --format asic a.txt d/A.txt -o q.asice");
    let run = world.run(&line).failed(2, "document.unsuitable");
    assert_eq!(run.json()["details"]["code"], "asic.names.twice");
    assert!(!world.path("q.asice").exists());
}

#[test]
fn options_change_the_shape() {
    let world = world();
    let sign = |line: &str| world.run(&format!("{SIGN} {line}")).done();
    sign("--format pdf --pades -o pades.pdf a.pdf");
    accepts(&world, "pdfsig -nocert pades.pdf", "ETSI.CAdES.detached");
    verified(&world, "pades.pdf");
    sign("--format pdf --visible 1,50,50,200,60 -o seen.pdf a.pdf");
    accepts(&world, "pdftotext seen.pdf -", "見本");
    verified(&world, "seen.pdf --filing moj");
    let filing = refused(
        &world,
        "--trust sim pades.pdf --filing moj",
        40,
        "filing.kind.wrong",
    );
    let rules = filing["signatures"][0]["rules"].as_array().unwrap();
    let broken = rules
        .iter()
        .filter(|rule| rule["verdict"] == "fail")
        .count();
    assert_eq!(broken, 1, "{filing:#}");
    let text = world
        .run("verify --trust sim pades.pdf --filing moj")
        .text();
    for said in ["--filing moj", "Only the office decides"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    // A second signer leaves the first as it was.
    world
        .run(
            "--reader sim:jisedai --pin sim sign --consent-disclosure --format pdf -o two.pdf seen.pdf",
        )
        .done();
    assert_eq!(
        verified(&world, "two.pdf")["signatures"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    sign("--format xml --xades -o xades.xml a.xml");
    let properties = verified(&world, "xades.xml");
    assert!(properties["signatures"][0]["claimed_time"].is_string());
    sign("--format xml --detached -o beside.xml a.txt");
    verified(&world, "a.txt --signature beside.xml");
    refused(
        &world,
        "--trust sim b.txt --signature beside.xml",
        40,
        "xml.coverage.missing",
    );
    sign("--format jws --detached -o beside.jws a.txt");
    verified(&world, "a.txt --signature beside.jws");
    refused(
        &world,
        "--trust sim b.txt --signature beside.jws",
        40,
        "jws.signature.wrong",
    );

    // The CA's certificate only on request; both are verified.
    let list = |file: &str| {
        let token = std::fs::read_to_string(world.path(file)).unwrap();
        let header = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap());
        let header: Value = serde_json::from_slice(&header.unwrap()).unwrap();
        header["x5c"].as_array().unwrap().len()
    };
    sign("--format jws --with-ca -o with-ca.jws a.txt");
    verified(&world, "with-ca.jws");
    sign("--format jws -o leaf.jws a.txt");
    verified(&world, "leaf.jws");
    assert_eq!((list("with-ca.jws"), list("leaf.jws")), (2, 1));

    // The other key, for tokens: its certificate names nobody, so nobody is asked.
    world
        .run(&format!("{CARD} sign --format jws --key auth a.txt"))
        .done();
    let token = verified(&world, "a.txt.jws --key auth");
    assert_eq!(token["signatures"][0]["discloses"], json!([]));
    refused(&world, "--trust sim a.txt.jws", 40, "issuer.purpose");

    // Bare values say nothing about who signed.
    world.run(&format!("{CARD} sign --format raw a.txt")).done();
    world.run(&format!("{CARD} cert sign -o leaf.pem")).done();
    verified(&world, "a.txt --signature a.txt.sig --certificate leaf.pem");
    world
        .run("--json verify a.txt --signature a.txt.sig")
        .failed(2, "usage.wrong");
}

#[test]
fn an_application_to_e_gov_has_its_shape() {
    let world = world();
    let kousei = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DataRoot><様式ID>1</様式ID>\
                  <構成情報 ID=\"構成情報\"><x/></構成情報><その他/></DataRoot>";
    world.write("申請/kousei.xml", kousei);
    world.write("申請/900A_01.xml", "<form/>\r\n");
    world.write("申請/tenpu.txt", "an attachment");
    // Of the names with `.signed` only those of copies that the program writes are no forms.
    let forms = ["a.signedoff.xml", "a.signed-by-us.xml", "a.signed2.xml"];
    let copies = ["a.signed.xml", "a.signed-2.xml"];
    for name in forms.iter().chain(&copies) {
        world.write(&format!("申請/{name}"), "<form/>");
    }
    let sign = format!("{SIGN} --format xml --filing egov 申請/kousei.xml -o 申請/signed.xml");
    world.run(&sign).done();
    let signed = fs::read_to_string(world.path("申請/signed.xml")).unwrap();
    let is_signed = |name: &&str| signed.contains(&format!("URI=\"{name}\""));
    assert!(forms.iter().all(is_signed), "{signed}");
    assert!(!copies.iter().any(is_signed), "{signed}");
    fs::rename(world.path("申請/signed.xml"), world.path("申請/kousei.xml")).unwrap();
    let report = verified(&world, "申請/kousei.xml --filing egov");
    let rules = report["signatures"][0]["rules"].to_string();
    for code in [
        "egov.shape.unconfirmed",
        "egov.files.unprotected",
        "tenpu.txt",
    ] {
        assert!(rules.contains(code), "{code}: {rules}");
    }
    world.write("申請/900A_01.xml", "<form>changed</form>");
    refused(
        &world,
        "--trust sim 申請/kousei.xml --filing egov",
        40,
        "xml.references.digest",
    );
}

#[test]
fn what_is_shown_is_agreed_to_or_nothing_is_asked() {
    let world = world();
    let run = world.run(&format!("--json --trace t {CARD} sign --format cms a.txt"));
    let run = run.failed(2, "consent.disclosure");
    assert!(
        run.stderr.contains("name, address, birth date and sex"),
        "{}",
        run.stderr
    );
    assert!(
        !fs::read_to_string(world.path("t")).unwrap().contains('>'),
        "nothing was sent"
    );
    assert!(!world.path("a.txt.p7s").exists());

    let mut session = Session::start(&world, "--reader sim:hanako sign --format cms a.txt");
    session.shows("a.txt");
    let digest = judge(&world, "sha256sum a.txt").1[..64].to_uppercase();
    session.shows(&digest);
    session.shows("Go on? (y/n): ");
    // Neither yes nor no: asked again, nothing is lost.
    session.types("yse\n");
    session.then_shows("Go on? (y/n): ");
    session.types("y\n");
    session.shows("attempts left: ");
    session.types("SIM12345\n");
    assert!(session.end().contains("status 0"));
    verified(&world, "a.txt");

    let mut session = Session::start(&world, "--reader sim:hanako sign --format cms b.txt");
    session.shows("Go on? (y/n): ");
    session.types("no\n");
    assert!(session.end().contains("status 2"));
    assert!(!world.path("b.txt.p7s").exists());
}

#[test]
fn what_changed_since_it_was_shown_is_not_signed() {
    let world = world();
    for (name, way) in [("a.txt", 0), ("b.txt", 1), ("c.txt", 2)] {
        let line = format!("--reader sim:hanako -v sign --format cms --consent-disclosure {name}");
        let mut session = Session::start(&world, &line);
        session.shows("attempts left: ");
        let path = world.path(name);
        let content = fs::read(&path).unwrap();
        match way {
            0 => fs::write(&path, [&content[..], b"!"].concat()).unwrap(),
            // Other bytes of the same length.
            1 => fs::write(&path, vec![b'x'; content.len()]).unwrap(),
            // Another file of the same bytes and times.
            _ => {
                accepts(&world, "cp --preserve=all c.txt new", "");
                fs::rename(world.path("new"), &path).unwrap();
            }
        }
        session.types("SIM12345\n");
        let seen = session.end();
        assert!(seen.contains("no longer what was shown"), "{seen}");
        assert!(
            seen.contains("status 2") && seen.contains("0 PINs presented"),
            "{seen}"
        );
        assert!(!world.path(&format!("{name}.p7s")).exists());
    }
}

#[test]
fn a_batch_costs_one_verify_and_stops_before_it_where_a_place_is_taken() {
    let world = World::new();
    let names: Vec<String> = (0..1_000)
        .map(|number| format!("in/{number}.txt"))
        .collect();
    for name in &names {
        world.write(name, name);
    }
    fs::create_dir(world.path("out")).unwrap();
    let line = format!("--json {SIGN} --format cms --output-dir out");
    let sign = |more: &str| {
        let mut command = world.command(line.split_whitespace().chain(more.split_whitespace()));
        Run::of(command.args(&names).output().unwrap())
    };
    world.write("out/999.txt.p7s", "mine");
    sign("--trace t").failed(2, "output.exists");
    assert!(
        !world.path("t").exists(),
        "the card was not even reached for"
    );
    assert_eq!(fs::read_dir(world.path("out")).unwrap().count(), 1);
    fs::remove_file(world.path("out/999.txt.p7s")).unwrap();
    let json = sign("").done().json();
    assert_eq!(
        (&json["presented"], &json["exchanges"]),
        (&json!(1), &json!(17 + 1_000))
    );
    verified(&world, "in/999.txt --signature out/999.txt.p7s");

    // Resumed, only what is missing or no longer fits is made.
    fs::remove_file(world.path("out/0.txt.p7s")).unwrap();
    let json = sign("--resume").done().json();
    assert_eq!(
        (&json["presented"], &json["exchanges"]),
        (&json!(1), &json!(18))
    );
    let files = json["files"].as_array().unwrap();
    assert_eq!(
        files.iter().filter(|file| file["skipped"] == true).count(),
        999
    );
    let json = sign("--resume").done().json();
    schema::holds(&json);
    assert!(json.get("presented").is_none(), "no card is needed");
    world.write("in/7.txt", "changed");
    sign("--resume").failed(2, "output.exists");
}

#[test]
fn every_format_is_resumed_only_over_the_same_bytes() {
    let world = world();
    for (format, input, other) in [
        ("cms", "a.txt", "b.txt"),
        ("cms-attached", "a.txt", "b.txt"),
        ("pdf", "a.pdf", "other.pdf"),
        ("xml", "a.xml", "other.xml"),
        ("xml --detached", "a.txt", "b.txt"),
        ("jws", "a.txt", "b.txt"),
        ("jws --detached", "a.txt", "b.txt"),
    ] {
        world.write("other.xml", "<b/>");
        fs::write(world.path("other.pdf"), [pdf(), b"\n".to_vec()].concat()).unwrap();
        let sign = |file: &str| {
            world.run(&format!(
                "--json {SIGN} --format {format} --resume -o signed {file}"
            ))
        };
        assert_eq!(
            sign(input).done().json()["files"][0]["skipped"],
            false,
            "{format}"
        );
        assert_eq!(
            sign(input).done().json()["files"][0]["skipped"],
            true,
            "{format}"
        );
        sign(other).failed(2, "output.exists");
        let mut bytes = fs::read(world.path("signed")).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(world.path("signed"), bytes).unwrap();
        sign(input).failed(2, "output.exists");
        fs::remove_file(world.path("signed")).unwrap();
    }
}

#[test]
fn an_interruption_leaves_finished_files_whole_and_says_which() {
    let world = world();
    // The second place is a pipe that nobody reads: there the program waits until it is told to stop.
    accepts(&world, "mkfifo b.txt.p7s", "");
    let line = format!("--json {SIGN} --format cms a.txt b.txt c.txt");
    let child = world
        .command(line.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !world.path("a.txt.p7s").exists() {
        std::thread::yield_now();
    }
    assert!(signal::send("INT", &child.id().to_string()));
    let run = Run::of(child.wait_with_output().unwrap()).failed(50, "operation.cancelled");
    assert_eq!(run.json()["details"]["done"], json!(["a.txt.p7s"]));
    assert!(
        run.stderr.contains("finished before that"),
        "{}",
        run.stderr
    );
    assert!(!world.path("c.txt.p7s").exists());
    verified(&world, "a.txt");
    assert_eq!(hidden(&world), 0);
    // What is missing is made by the next run.
    fs::remove_file(world.path("b.txt.p7s")).unwrap();
    let json = world.run(&format!("{line} --resume")).done().json();
    let skipped: Vec<_> = json["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["skipped"] == true)
        .collect();
    assert_eq!(skipped, [true, false, false]);
}

/// Temporary files that were left.
fn hidden(world: &World) -> usize {
    let files = fs::read_dir(world.folder.path()).unwrap();
    let left = |name: &Path| name.to_string_lossy().contains("/.mynacard");
    files
        .filter(|file| left(&file.as_ref().unwrap().path()))
        .count()
}

#[test]
fn an_interruption_in_the_middle_of_a_large_file_leaves_nothing() {
    let world = World::new();
    // As long as a disk is fast: sparse, and still read and written byte for byte.
    let file = fs::File::create(world.path("large")).unwrap();
    file.set_len(1 << 30).unwrap();
    world.write("large.p7m", "mine");
    let line = format!("--json {SIGN} --format cms-attached --force large");
    let child = world
        .command(line.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Looking at the place makes such a file too: wait for one that grows.
    loop {
        let files = fs::read_dir(world.folder.path()).unwrap().flatten();
        let grown =
            files.filter(|file| file.file_name().to_string_lossy().starts_with(".mynacard"));
        if grown
            .flat_map(|file| file.metadata())
            .any(|file| file.len() > 1 << 20)
        {
            break;
        }
        std::thread::yield_now();
    }
    assert!(signal::send("TERM", &child.id().to_string()));
    Run::of(child.wait_with_output().unwrap()).failed(50, "operation.cancelled");
    assert_eq!(hidden(&world), 0);
    assert_eq!(fs::read(world.path("large.p7m")).unwrap(), b"mine");
}

#[test]
fn standard_input_is_signed_and_verified() {
    let world = world();
    for format in ["cms", "cms-attached", "jws", "jws --detached", "xml", "pdf"] {
        let content = match format {
            "xml" => fs::read(world.path("a.xml")).unwrap(),
            "pdf" => pdf(),
            _ => fs::read(world.path("a.txt")).unwrap(),
        };
        let content = String::from_utf8(content).unwrap();
        let run = world
            .run_with(&format!("--json {SIGN} --format {format} -"), &content)
            .done();
        assert!(
            run.stderr.contains("mynacard.sign/1"),
            "the report stands aside: {}",
            run.stderr
        );
        fs::write(world.path("signed"), &run.stdout).unwrap();
        let detached = format == "cms" || format.contains("detached");
        let (line, stdin) = match detached {
            true => (
                "verify --trust sim - --signature signed",
                content.into_bytes(),
            ),
            false => ("verify --trust sim -", run.stdout),
        };
        let mut child = world
            .command(line.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&stdin).unwrap();
        Run::of(child.wait_with_output().unwrap()).done();
    }
}

#[test]
fn a_card_that_has_expired_says_so() {
    let world = world();
    let sign = "--reader sim:kigen --pin sim sign --consent-disclosure --format cms a.txt";
    let run = world.run(sign).done();
    assert!(run.stderr.contains("not valid now"), "{}", run.stderr);
    refused(&world, "--trust sim a.txt", 40, "certificate.expired");
}

#[test]
fn a_signer_is_added_to_others() {
    let world = world();
    world
        .run(&format!("{SIGN} --format cms a.txt -o one.p7s"))
        .done();
    world
        .run(&format!("{SIGN} --format cms-attached a.txt -o one.p7m"))
        .done();
    let cosign = "--json --reader sim:jisedai --pin sim sign --consent-disclosure";
    world
        .run(&format!(
            "{cosign} --format cms --cosign one.p7s -o two.p7s a.txt"
        ))
        .done();
    let both = verified(&world, "a.txt --signature two.p7s");
    assert_eq!(both["signatures"].as_array().unwrap().len(), 2);
    world
        .run(&format!(
            "{cosign} --format cms-attached --cosign one.p7m -o two.p7m a.txt"
        ))
        .done();
    assert_eq!(
        verified(&world, "two.p7m")["signatures"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    for wrong in [
        "--format cms --cosign one.p7s b.txt",
        "--format cms --cosign one.p7m a.txt",
        "--format cms-attached --cosign one.p7s a.txt",
        "--format cms-attached --cosign one.p7m b.txt",
    ] {
        let run = world.run(&format!("{cosign} {wrong} -o three"));
        run.failed(2, "sign.existing");
    }
}

/// An authority that OpenSSL plays, with its root in `trust/` beside the simulator's.
pub(crate) fn authority(world: &World) {
    let config = "[req]\ndistinguished_name=dn\n[dn]\n[ca]\nbasicConstraints=critical,CA:TRUE\n\
        keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n[tsa]\n\
        keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n\
        subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n[t]\nserial=serial\n\
        signer_cert=tsa.pem\ncerts=root.pem\nsigner_key=tsa.key\nsigner_digest=sha256\n\
        default_policy=1.2.3.4.1\ndigests=sha256\ness_cert_id_alg=sha256\n";
    world.write("tsa.cnf", config);
    world.write("serial", "01\n");
    fs::create_dir(world.path("trust")).unwrap();
    for words in [
        "req -x509 -config tsa.cnf -extensions ca -newkey rsa:2048 -nodes -keyout ca.key \
         -out root.pem -days 3650 -subj /C=JP/O=Mihon/CN=StampRoot",
        "req -new -config tsa.cnf -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr \
         -subj /C=JP/O=Mihon/CN=Stamps",
        "x509 -req -in tsa.csr -CA root.pem -CAkey ca.key -CAcreateserial -out tsa.pem \
         -days 3000 -extfile tsa.cnf -extensions tsa",
        "x509 -in root.pem -out trust/root.pem",
        "x509 -in ca.pem -out trust/sign.pem",
    ] {
        accepts(world, &format!("openssl {words}"), "");
    }
}

/// Answers one request for a time stamp.
pub(crate) fn stamps(world: &World) -> String {
    let folder = world.folder.path().to_owned();
    responder(move |question| {
        fs::write(folder.join("question"), question).unwrap();
        let words = "ts -reply -config tsa.cnf -section t -queryfile question -out answer";
        let status = Command::new("openssl")
            .args(words.split(' '))
            .current_dir(&folder)
            .status();
        assert!(status.unwrap().success());
        fs::read(folder.join("answer")).unwrap()
    })
}

#[test]
fn a_time_stamp_proves_that_a_signature_existed() {
    let world = world();
    authority(&world);
    for (format, output) in [
        ("cms", "a.txt.p7s"),
        ("cms-attached", "a.txt.p7m"),
        ("pdf --pades", "a.signed.pdf"),
        ("asic", "a.txt.asice"),
    ] {
        let input = if format.starts_with("pdf") {
            "a.pdf"
        } else {
            "a.txt"
        };
        let address = stamps(&world);
        let line = format!("--json {SIGN} --format {format} --timestamp {address} {input}");
        let run = world.run(&line).done();
        assert!(run.json()["files"][0]["time_stamp"].is_string());
        assert!(run.stderr.contains("have to trust it"), "{}", run.stderr);
        let file = if format == "cms" { input } else { output };
        let report = world
            .run(&format!("--json verify --trust trust {file}"))
            .done()
            .json();
        schema::holds(&report);
        assert!(
            report["signatures"][0]["proven_time"].is_string(),
            "{report:#}"
        );
    }
    // Registry filing is said to refuse them.
    let moj = format!("--json {SIGN} --format pdf --timestamp http://127.0.0.1:1/ a.pdf");
    world.run(&moj).failed(2, "usage.wrong");
}

#[test]
fn an_authority_that_fails_leaves_nothing() {
    let world = world();
    let sign = |address: &str| {
        let line = format!("--json {SIGN} --format cms --timestamp {address} a.txt");
        let run = world.run(&line);
        assert!(!world.path("a.txt.p7s").exists());
        run
    };
    sign("http://127.0.0.1:1/").failed(2, "timestamp.silent");
    sign(&responder(|_| b"junk".to_vec())).failed(40, "timestamp.unfit");
    let refused = sign(&server("503 Service Unavailable", |_| Vec::new()));
    let refused = refused.failed(2, "timestamp.silent");
    let details = &refused.json()["details"];
    assert_eq!(
        (&details["answer"], &details["status"]),
        (&"status".into(), &503.into())
    );
    authority(&world);
    let old = {
        let address = stamps(&world);
        let line = format!("{SIGN} --format cms --timestamp {address} b.txt");
        world.run(&line).done();
        fs::read(world.path("answer")).unwrap()
    };
    let run = sign(&responder(move |_| old)).failed(40, "timestamp.unfit");
    assert_eq!(run.json()["details"]["code"], "timestamp.nonce");
    // An authority that `verify --trust` would not believe is refused where roots are named.
    let trusted = |roots: &str| {
        let address = stamps(&world);
        let line = format!("--json {SIGN} --format cms --timestamp {address}");
        world.run(&format!("{line} --timestamp-trust {roots} a.txt"))
    };
    let run = trusted("sim").failed(40, "timestamp.unfit");
    assert_eq!(run.json()["details"]["code"], "issuer.unknown");
    assert!(!world.path("a.txt.p7s").exists());
    let run = trusted("trust").done();
    assert!(!run.stderr.contains("has to trust it"), "{}", run.stderr);
    fs::remove_file(world.path("a.txt.p7s")).unwrap();
    sign("https://127.0.0.1:1/").failed(2, "usage.wrong");
}

#[test]
fn refusals_have_their_status() {
    let world = world();
    world.run(&format!("{SIGN} --format cms a.txt")).done();
    world.run(&format!("{SIGN} --format pdf a.pdf")).done();
    refused(
        &world,
        "--trust sim --require-revocation a.txt",
        41,
        "revocation.not-checked",
    );
    refused(&world, "--trust sim b.txt", 40, "document.unsigned");
    refused(&world, "--trust sim a.pdf", 40, "pdf.unsigned");
    refused(&world, "--trust sim a.xml", 40, "xml.signatures.none");
    refused(&world, "--trust sim a.txt.p7s", 40, "cms.content.absent");
    refused(
        &world,
        "--trust sim b.txt --signature a.txt.p7s",
        40,
        "cms.digest.differs",
    );
    refused(
        &world,
        "--trust sim a.txt --at 2020-01-01",
        40,
        "certificate.not-yet-valid",
    );
    let mut changed = fs::read(world.path("a.signed.pdf")).unwrap();
    changed[40] ^= 1;
    fs::write(world.path("changed.pdf"), &changed).unwrap();
    let run = world.run("--json verify --trust sim changed.pdf");
    assert_eq!(run.status, Some(40), "{}", run.text());
    let tail = [
        fs::read(world.path("a.signed.pdf")).unwrap(),
        b"1 0 obj\n".to_vec(),
    ]
    .concat();
    fs::write(world.path("tail.pdf"), tail).unwrap();
    refused(&world, "--trust sim tail.pdf", 40, "pdf.tail");
    for (line, code) in [
        ("verify nowhere", "input.unreadable"),
        ("verify a.txt --filing moj", "usage.wrong"),
        ("verify a.txt --crl nowhere", "input.unreadable"),
        ("verify a.txt --trust nowhere", "trust.unreadable"),
        ("verify", "usage.wrong"),
    ] {
        world.run(&format!("--json {line}")).failed(2, code);
    }
    // A person is told why, in words, and where to read on.
    let run = world.run("verify --trust sim b.txt --signature a.txt.p7s");
    assert!(
        run.text().starts_with("INVALID: ") && run.text().contains("\nBroken "),
        "{}",
        run.text()
    );
    assert!(
        run.stderr
            .contains("the content is not the content that was signed"),
        "{}",
        run.stderr
    );
}

#[test]
fn files_that_must_not_be_signed_are_refused_before_the_card_is_asked() {
    let world = world();
    accepts(&world, "qpdf --encrypt x y 256 -- a.pdf locked.pdf", "");
    world.write(
        "signed.xml",
        "<a><Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/></a>",
    );
    world.write("dtd.xml", "<!DOCTYPE a><a/>");
    for (line, reason) in [
        ("--format pdf a.pdf locked.pdf", "pdf.encrypted"),
        ("--format pdf a.txt", "pdf.header"),
        ("--format xml dtd.xml", "xml.dtd"),
        ("--format xml a.txt", "xml.malformed"),
        (
            "--format pdf --visible 2,10,10,100,50 a.pdf",
            "pdf.page.absent",
        ),
    ] {
        let run = world.run(&format!("--json --trace t {SIGN} {line}"));
        let run = run.failed(2, "document.unsuitable");
        assert_eq!(run.json()["details"]["code"], reason, "{line}");
        assert!(
            !world.path("t").exists(),
            "{line}: the card was reached for"
        );
    }
    world
        .run(&format!("--json {SIGN} --format xml signed.xml"))
        .failed(2, "sign.existing");
}

#[test]
fn what_verify_would_not_read_is_not_signed_and_told_without_reading_it() {
    let world = world();
    // Sparse, so that only a reader pays for the length: beyond the limit of each format.
    for (name, start, length) in [
        ("big.xml", &b"<a>"[..], 2 << 30),
        ("big.txt", b"text", (3 << 29) + 1),
        ("big.pdf", b"%PDF-1.7\n", 2 << 30),
    ] {
        fs::write(world.path(name), start).unwrap();
        let file = fs::File::options().write(true).open(world.path(name));
        file.unwrap().set_len(length).unwrap();
    }
    // Whoever reads the whole file into memory dies here.
    let within = |line: &str, bytes: &str| {
        let mut shell = world.tool("sh");
        shell.args(["-c", "ulimit -v 512000; exec \"$0\" \"$@\"", crate::PROGRAM]);
        shell.args(line.split_whitespace());
        let (mut input, output) = std::io::pipe().unwrap();
        drop(output);
        if !bytes.is_empty() {
            let (piece, pipe) = std::io::pipe().unwrap();
            input = piece;
            let start = bytes.to_owned();
            std::thread::spawn(move || {
                let mut pipe = pipe;
                let _ = pipe.write_all(start.as_bytes());
                let _ = std::io::copy(&mut std::io::repeat(b' '), &mut pipe);
            });
        }
        Run::of(shell.stdin(input).output().unwrap())
    };
    for (line, stdin, code, reason) in [
        (
            "--format xml big.xml",
            "",
            "document.unsuitable",
            "xml.limits.size",
        ),
        (
            "--format xml -o x -",
            "<a>",
            "document.unsuitable",
            "xml.limits.size",
        ),
        (
            "--format jws big.txt",
            "",
            "document.unsuitable",
            "jws.limits.size",
        ),
        ("--format pdf big.pdf", "", "input.unreadable", ""),
    ] {
        let run = within(&format!("--json --trace t {SIGN} {line}"), stdin).failed(2, code);
        if !reason.is_empty() {
            assert_eq!(run.json()["details"]["code"], reason, "{line}");
        }
        assert!(
            !world.path("t").exists(),
            "{line}: the card was reached for"
        );
    }
    for (line, status) in [("verify big.xml", 40), ("explain big.xml", 40)] {
        let run = within(&format!("--json {line}"), "");
        assert_eq!(run.status, Some(status), "{line}: {}", run.stderr);
        assert!(run.text().contains("xml.limits.size"), "{}", run.text());
    }
}

/// Copies a small file of the library's tests.
fn case(world: &World, name: &str) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../card-sign/tests/samples/pdf/cases");
    fs::write(world.path(name), fs::read(cases.join(name)).unwrap()).unwrap();
}

#[test]
fn a_pdf_file_that_verify_would_refuse_costs_no_pin() {
    let world = world();
    for (name, rule, reason) in [
        ("broken.pdf", "cms.digest", "cms.digest.differs"),
        (
            "qpdf-rewrite.pdf",
            "pdf.byte-range",
            "pdf.byte-range.malformed",
        ),
        ("pdflib-copy.pdf", "pdf.fields", "pdf.signature.orphan"),
    ] {
        case(&world, name);
        let run = world.run(&format!("--json --trace t {SIGN} --format pdf {name}"));
        let details = run.failed(2, "document.unsuitable").json()["details"].clone();
        assert_eq!(
            (&details["rule"], &details["code"]),
            (&json!(rule), &json!(reason))
        );
        assert!(
            !world.path("t").exists(),
            "{name}: the card was reached for"
        );
        refused(&world, &format!("--trust sim {name}"), 40, reason);
    }
    // What other programs leave behind is no obstacle, and the result is believed.
    for name in ["cleared", "pdftk-flat", "placeholder", "perms-ur3"] {
        case(&world, &format!("{name}.pdf"));
        world.run(&format!("{SIGN} --format pdf {name}.pdf")).done();
        verified(&world, &format!("{name}.signed.pdf"));
    }
}

/// The verifier's rules hold before a PIN is spent: what `verify` would refuse is not made.
#[test]
fn what_verify_would_refuse_is_refused_before_the_card_is_asked() {
    let world = world();
    for name in ["o-noattr", "o-nocert", "o-sha1"] {
        let case = data(&format!("{name}.p7s"));
        fs::write(world.path(&format!("{name}.p7s")), case).unwrap();
    }
    fs::write(world.path("doc.txt"), data("doc.txt")).unwrap();
    fs::write(world.path("deep.xml"), data("d200.xml")).unwrap();
    world.write("ids.xml", "<a><b Id='x'/><c Id='x'/></a>");
    for (line, reason) in [
        (
            "--format cms --cosign o-noattr.p7s doc.txt -o x",
            "cms.attributes.none",
        ),
        (
            "--format cms --cosign o-nocert.p7s doc.txt -o x",
            "cms.certificate.absent",
        ),
        (
            "--format cms --cosign o-sha1.p7s doc.txt -o x",
            "cms.digest-algorithm.refused",
        ),
        ("--format xml deep.xml", "xml.limits.depth"),
        ("--format xml ids.xml", "xml.identifiers.twice"),
    ] {
        let run = world.run(&format!("--json --trace t {SIGN} {line}"));
        let details = run.failed(2, "document.unsuitable").json()["details"].clone();
        assert_eq!(details["code"], reason, "{line}");
        assert!(details["rule"].is_string(), "{line}");
        assert!(
            !world.path("t").exists(),
            "{line}: the card was reached for"
        );
    }
    let deep = world.run("--json verify --trust sim deep.xml");
    assert_eq!(deep.json()["reason"], "xml.limits.depth");
}

/// A file of the kinds that are read and signed.
fn data(name: &str) -> Vec<u8> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../card-sign/tests/samples/cases");
    fs::read(cases.join(name)).unwrap()
}

#[test]
fn utf_16_is_signed_as_it_is_verified() {
    let world = world();
    fs::write(world.path("le.xml"), data("utf16.xml")).unwrap();
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><申請><氏名>𠮷田</氏名></申請>";
    let wide = text.encode_utf16();
    let wide = std::iter::once(0xfeff)
        .chain(wide)
        .flat_map(u16::to_be_bytes);
    fs::write(world.path("be.xml"), wide.collect::<Vec<_>>()).unwrap();
    for name in ["le", "be"] {
        world
            .run(&format!("{SIGN} --format xml --xades {name}.xml"))
            .done();
        let before = fs::read(world.path(&format!("{name}.xml"))).unwrap();
        let after = fs::read(world.path(&format!("{name}.signed.xml"))).unwrap();
        assert_eq!(before[..40], after[..40]);
        verified(&world, &format!("{name}.signed.xml"));
    }
}

#[test]
fn what_could_show_another_document_is_said_before_consent() {
    let world = world();
    for (name, code) in [
        ("js-open", "pdf.warning.active"),
        ("needappearances", "pdf.warning.appearances"),
    ] {
        case(&world, &format!("{name}.pdf"));
        let line = format!("sign --format pdf {name}.pdf");
        // Without consent nothing is asked, and the warning was shown already.
        let run = world.run(&format!("--json {CARD} {line}"));
        let run = run.failed(2, "consent.disclosure");
        let places = [code, "birth date"].map(|words| run.stderr.find(words));
        assert!(
            places[0].is_some() && places[0] < places[1],
            "{}",
            run.stderr
        );
        let run = world
            .run(&format!("--json {SIGN} --format pdf {name}.pdf"))
            .done();
        let json = run.json();
        schema::holds(&json);
        assert_eq!(json["files"][0]["warnings"], json!([code]));
    }
    let run = world
        .run(&format!("--json {SIGN} --format pdf a.pdf"))
        .done();
    assert_eq!(run.json()["files"][0]["warnings"], json!([]));
}

#[test]
fn spellings_of_earlier_versions_are_understood_with_a_hint() {
    let world = world();
    let hint = |line: &str, old: &str, new: &str| {
        let run = world.run(line).done();
        let said = format!("{old} is now written {new}; the old spelling is still understood.");
        assert!(run.stderr.contains(&said), "{line}: {}", run.stderr);
    };
    let pades = format!("{SIGN} --format pdf --pdf-profile pades -o pades.pdf a.pdf");
    hint(&pades, "--pdf-profile", "--filing moj, --pades");
    let moj = format!("{SIGN} --pdf-profile=moj -o moj.pdf a.pdf");
    hint(&moj, "--pdf-profile", "--filing moj, --pades");
    let judged = "verify --trust sim --profile moj moj.pdf";
    hint(judged, "--profile", "--filing");
    let other = "--trust sim pades.pdf --filing moj";
    refused(&world, other, 40, "filing.kind.wrong");
    let run = world.run("verify --trust sim --filing moj --purpose signature moj.pdf");
    assert!(run.done().stderr.contains("--purpose is now written --key"));
    let line = "verify --trust sim --purpose authentication moj.pdf";
    assert_eq!(world.run(line).status, Some(40), "the value is understood");
    let face = "--reader sim:hanako --pin sim face --png -o pictures";
    hint(face, "-o", "--output-dir");
    assert!(world.path("pictures/portrait.png").exists());
    let run = world.run("verify --trust sim --filing moj --key sign moj.pdf");
    assert!(!run.done().stderr.contains("now written"));
    let help = world.run("sign --help").done().text();
    assert!(
        !help.contains("--pdf-profile") && !help.contains("--profile"),
        "{help}"
    );
}

#[test]
fn options_that_do_not_belong_together_are_refused() {
    let world = world();
    for line in [
        "--format cms --key auth a.txt",
        "--format raw --timestamp http://localhost/ a.txt",
        "--format jws --timestamp http://localhost/ a.txt",
        "--format cms --detached a.txt",
        "--format cms --xades a.txt",
        "--format cms --with-ca a.txt",
        "--format pdf --filing egov a.pdf",
        "--format xml --filing egov --xades a.xml",
        "--format cms --visible 1,1,1,1,1 a.txt",
        "--format cms --cosign x a.txt b.txt",
        "--format raw --resume a.txt",
        "--format cms --resume --force a.txt",
        "--format xml --detached -",
        "--format pdf --filing other a.pdf",
        "--format pdf --filing moj --pades a.pdf",
        "--format xml --filing moj a.xml",
    ] {
        world
            .run(&format!("--json {SIGN} {line}"))
            .failed(2, "usage.wrong");
    }
}

#[test]
fn every_format_is_explained() {
    let world = world();
    for (format, input, output, says) in [
        (
            "cms",
            "a.txt",
            "a.txt.p7s",
            "signing certificate, version 2",
        ),
        (
            "cms-attached",
            "a.txt",
            "a.txt.p7m",
            "Length of the content: 27",
        ),
        ("pdf", "a.pdf", "a.signed.pdf", "Covers revision: 2"),
        ("xml", "a.xml", "a.signed.xml", "enveloped-signature"),
        ("jws", "a.txt", "a.txt.jws", "Algorithm: RS256"),
    ] {
        world
            .run(&format!("{SIGN} --format {format} {input}"))
            .done();
        let text = world.run(&format!("explain {output}")).done().text();
        for said in [says, "見本　花子", "Nothing of this was verified"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        schema::holds(&world.run(&format!("--json explain {output}")).done().json());
    }
    world
        .run("--json explain b.txt")
        .failed(40, "document.unknown");
    world.write("cut.pdf", "%PDF-1.7\n");
    world
        .run("--json explain cut.pdf")
        .failed(40, "document.unreadable");
}

#[test]
fn files_by_other_programs_are_understood() {
    let world = World::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../card-sign/tests/samples");
    for sample in [
        "cades.p7s",
        "attached.p7m",
        "stream.p7m",
        "pss.p7s",
        "two-signers.p7s",
    ] {
        fs::copy(samples.join(sample), world.path(sample)).unwrap();
    }
    fs::copy(samples.join("content"), world.path("content")).unwrap();
    for (line, signers) in [
        ("content --signature cades.p7s", 1),
        ("attached.p7m", 1),
        ("stream.p7m", 1),
        ("content --signature pss.p7s", 1),
        ("content --signature two-signers.p7s", 2),
    ] {
        let json = world
            .run(&format!("--json verify --trust sim {line}"))
            .json();
        schema::holds(&json);
        let signatures = json["signatures"].as_array().unwrap();
        assert_eq!(signatures.len(), signers, "{line}: {json:#}");
        for signature in signatures {
            let rules = signature["rules"].as_array().unwrap();
            let right = rules
                .iter()
                .find(|rule| rule["rule"] == "cms.signature")
                .unwrap();
            assert_eq!(right["verdict"], "pass", "{line}: {json:#}");
        }
    }
}

#[test]
fn verify_says_five_lines_first_and_every_rule_only_when_asked() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    world.write("b.txt", "Another document.\n");
    world
        .run("--reader sim:hanako --pin sim sign --consent-disclosure a.txt")
        .done();
    let valid = world.run("verify --trust sim a.txt").done().text();
    let lines: Vec<&str> = valid.lines().collect();
    assert_eq!(lines.len(), 6, "{valid}");
    assert_eq!(lines[0], "VALID (revocation not checked)");
    for (line, (label, said)) in lines[1..].iter().zip([
        ("Signer ", "見本　花子 (SIMULATED card, no real person)"),
        ("Signed ", "(Japan time), as the signer states"),
        ("Not checked ", "revocation (only accredited verifiers"),
        ("Broken ", "nothing"),
        ("--rules", "every rule"),
    ]) {
        assert!(line.starts_with(label) && line.contains(said), "{line}");
    }
    let rules = world.run("verify --trust sim --rules a.txt").done().text();
    assert!(
        rules.starts_with(lines[0]) && rules.contains("M10"),
        "{rules}"
    );
    assert!(rules.lines().count() > 20);
    // Broken: the verdict says why, the cause stands first, nothing that was kept is listed.
    let broken = world
        .run("verify --trust sim b.txt --signature a.txt.p7s")
        .text();
    assert!(broken.starts_with("INVALID: "), "{broken}");
    assert!(broken.contains("Signer, as claimed"), "{broken}");
    assert!(!broken.contains("kept"), "{broken}");
    let first = broken
        .lines()
        .find(|line| line.starts_with("Broken"))
        .unwrap();
    assert!(first.contains("M10 "), "{broken}");
    // An issuer that nobody trusts.
    let unknown = world.run("--lang ja verify a.txt").text();
    assert!(unknown.starts_with("無効: "), "{unknown}");
    assert!(
        unknown.contains("証明書の発行者は信頼する認証局ではありません"),
        "{unknown}"
    );
}

#[test]
fn sign_takes_the_format_from_the_ending_and_makes_the_folder() {
    let world = World::new();
    let pdf = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/contract.pdf");
    std::fs::copy(pdf, world.path("契約書.pdf")).unwrap();
    world.write("a.xml", "<a>text</a>");
    world.write("a.txt", "A document.\n");
    let sign = "--reader sim:hanako --pin sim sign --consent-disclosure --output-dir out/signed";
    for (file, format, made) in [
        ("契約書.pdf", "pdf", "契約書.signed.pdf"),
        ("a.xml", "xml", "a.signed.xml"),
        ("a.txt", "cms", "a.txt.p7s"),
    ] {
        let run = world.run(&format!("{sign} {file}")).done();
        let said = format!("format: {format}, by the ending of the file");
        assert!(run.stderr.contains(&said), "{}", run.stderr);
        assert!(world.path("out/signed").join(made).is_file(), "{made}");
    }
    let mixed = world.run(&format!("{sign} a.xml a.txt --json"));
    mixed.failed(2, "usage.wrong");
    // What is said is the command's own help.
    let run = world.run("--reader sim:hanako --pin sim sign --format raw a.txt --nothing");
    assert!(
        run.stderr.contains("`mynacard sign --help`"),
        "{}",
        run.stderr
    );
    let run = world.run("--reader sim:hanako pin check auth extra");
    assert!(
        run.stderr.contains("unexpected argument: extra"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("`mynacard pin check --help`"),
        "{}",
        run.stderr
    );
    let run = world.run("pin check auth 1234");
    assert!(!run.stderr.contains("1234"), "{}", run.stderr);
    let run = world.run("sign --format cms --detached a.txt --pin sim --reader sim:hanako");
    assert!(
        run.stderr.contains("`mynacard sign --help`"),
        "{}",
        run.stderr
    );
}

/// Folders and several files: an order that stays, the worst as the exit status, every file named.
#[test]
fn many_files_are_verified_at_once() {
    let world = world();
    world
        .run(&format!("{SIGN} --format cms a.txt b.txt --output-dir box"))
        .done();
    world
        .run(&format!("{SIGN} --format pdf a.pdf --output-dir box"))
        .done();
    for name in ["a.txt", "b.txt"] {
        fs::copy(world.path(name), world.path(&format!("box/{name}"))).unwrap();
    }
    let told = |line: &str, status: i32| {
        let run = world.run(&format!("--json verify --trust sim {line}"));
        assert_eq!(run.status, Some(status), "{line}: {}", run.stderr);
        let json = run.json();
        schema::holds(&json);
        let files = json["files"].as_array().unwrap().iter();
        let files: Vec<String> = files
            .map(|file| {
                let reason = file["reason"].as_str().unwrap_or("valid");
                format!("{} {reason}", file["file"].as_str().unwrap())
            })
            .collect();
        assert_eq!(json["accepted"], json!(status == 0), "{line}");
        files
    };
    let valid = [
        "box/a.signed.pdf valid",
        "box/a.txt valid",
        "box/b.txt valid",
    ];
    for _ in 0..3 {
        assert_eq!(told("box", 0), valid);
    }
    assert_eq!(
        told("--at 2026-11-25 box/b.txt box/a.txt", 0),
        [valid[2], valid[1]]
    );
    // Each alone says the same as among others.
    let all = world
        .run("--json verify --trust sim --at 2026-11-25 box")
        .json();
    for file in all["files"].as_array().unwrap() {
        let one = world
            .run(&format!(
                "--json verify --trust sim --at 2026-11-25 {}",
                file["file"].as_str().unwrap()
            ))
            .json();
        for member in [
            "document",
            "signatures",
            "signature",
            "format",
            "revocation",
        ] {
            assert_eq!(one[member], file["judged"][member], "{member}");
        }
    }
    // The worst: a refusal before a file that is missing, that before unknown revocation.
    assert_eq!(told("--require-revocation box", 41).len(), 3);
    assert_eq!(
        told("--require-revocation box missing", 2)[3],
        "missing input.unreadable"
    );
    fs::write(world.path("box/b.txt"), "changed").unwrap();
    let changed = ["box/b.txt cms.digest.differs", "missing input.unreadable"];
    let files = told("box missing", 40);
    assert_eq!(files[..2], valid[..2]);
    assert_eq!(files[2..], changed);
    let text = world.run("--lang en verify --trust sim box missing").text();
    assert!(
        text.contains("4 files: 2 valid, 1 invalid, 1 not checked."),
        "{text}"
    );
    // A signature inside does not hide the one beside, and what is not signed is refused.
    fs::write(world.path("box/b.txt"), "Another.\n").unwrap();
    fs::copy(
        world.path("box/b.txt.p7s"),
        world.path("box/a.signed.pdf.p7s"),
    )
    .unwrap();
    fs::write(world.path("box/c"), "not signed").unwrap();
    assert_eq!(
        told("box", 40),
        [
            valid[0],
            "box/a.signed.pdf cms.digest.differs",
            valid[1],
            valid[2],
            "box/c document.unsigned",
        ]
    );
    fs::create_dir(world.path("empty")).unwrap();
    assert_eq!(told("empty", 40), [""; 0]);
    for line in [
        "verify box --rules",
        "verify a.txt b.txt --signature a.txt.p7s",
    ] {
        assert_eq!(world.run(line).status, Some(2), "{line}");
    }
}

#[test]
fn times_for_people_are_those_of_japan() {
    let world = World::new();
    world.write("a.txt", "text");
    world
        .run(&format!("{CARD} sign --consent-disclosure a.txt"))
        .done();
    let card = "--reader sim:hanako cert auth";
    world.run(&format!("{card} --format pem -o a.pem")).done();
    for (line, times) in [
        (card, 2),
        ("verify --trust sim --rules a.txt", 4),
        ("verify-cert --trust sim a.pem", 2),
    ] {
        let text = world.run(line).done().text();
        assert_eq!(text.matches("(Japan time)").count(), times, "{text}");
        let mut words = text.split_whitespace();
        let utc = words.find(|word| word.contains('T') && word.ends_with('Z'));
        assert_eq!(utc, None, "{text}");
    }
}
