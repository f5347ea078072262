//! Files of which each stands for a kind: what `verify` and `sign` have to answer to each.
//!
//! All were made with the simulator's published keys by many programs; contents are made up.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{Run, World};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../card-sign/tests/samples")
}

fn case(name: &str) -> String {
    let folder = match name.ends_with(".pdf") {
        true => "pdf/cases",
        false => "cases",
    };
    samples().join(folder).join(name).display().to_string()
}

#[track_caller]
fn verified(world: &World, line: &str) -> (Option<i32>, Value) {
    let run = world.run(&format!("--json verify --trust sim {line}"));
    (run.status, run.json())
}

/// Every reason that a report names, of the file and of its signatures.
fn reasons(report: &Value) -> Vec<String> {
    let signatures = report["signatures"].as_array().into_iter().flatten();
    let rules = signatures
        .flat_map(|one| one["rules"].as_array().into_iter().flatten())
        .chain(report["document"].as_array().into_iter().flatten());
    rules
        .filter_map(|rule| rule["reason"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn forged_files_are_refused_for_their_own_rule() {
    let world = World::new();
    for (file, reason) in [
        ("pdf-empty-field-with-look.pdf", "pdf.changed.empty-field"),
        ("pdf-info-is-also-resource.pdf", "pdf.changed.object"),
        ("pdf-catalog-is-also-resource.pdf", "pdf.changed.catalog"),
        ("pdf-field-is-also-resource.pdf", "pdf.changed.object"),
        ("pdf-certified-look-exchanged.pdf", "pdf.changed.signature"),
        ("pdf-covers-risen-text.pdf", "pdf.changed.covered"),
        ("pdf-covers-text-with-font-by-gs.pdf", "pdf.changed.covered"),
        (
            "pdf-covers-text-after-surplus-operand.pdf",
            "pdf.changed.covered",
        ),
        ("pdf-default-resources-added.pdf", "pdf.changed.form"),
        (
            "xml-unsigned-object-beside-signed.xml",
            "xml.coverage.missing",
        ),
    ] {
        let (status, report) = verified(&world, &case(file));
        assert_eq!(status, Some(40), "{file}");
        assert!(
            reasons(&report).contains(&reason.to_owned()),
            "{file}: {report:#}"
        );
    }
}

/// What broke first by cause stands first, and names the exit line.
#[test]
fn the_first_reason_is_the_cause() {
    let world = World::new();
    for (file, reason) in [
        ("sha1.xml", "xml.algorithms.digest"),
        ("ref-xmlid.xml", "xml.identifiers.foreign"),
        ("detached.jws", "jws.content.absent"),
        ("broken.pdf", "cms.digest.differs"),
    ] {
        let (status, report) = verified(&world, &case(file));
        assert_eq!(
            (status, &report["reason"]),
            (Some(40), &json!(reason)),
            "{file}: {report:#}"
        );
    }
}

#[test]
fn honest_files_are_believed() {
    let world = World::new();
    let doc = case("doc.txt");
    for (line, warning) in [
        (case("a-ur3.pdf"), Some("pdf.usage-rights")),
        (case("h-cert1-dss.pdf"), None),
        (case("h-cert1-doctime.pdf"), None),
        (case("newline-behind-eof.pdf"), Some("pdf.tail.white-space")),
        (
            case("pdf-prepared-field-covers-text.pdf"),
            Some("pdf.changed.picture"),
        ),
        (case("nl.jws"), None),
        (format!("--signature {} {doc}", case("o-b64.p7s")), None),
        (format!("--signature {} {doc}", case("o-pemtext.p7s")), None),
        (format!("--signature {} {doc}", case("o-pembom.p7s")), None),
        (
            format!(
                "--signature {} {}",
                case("detached.jws"),
                case("payload.json")
            ),
            None,
        ),
    ] {
        let (status, report) = verified(&world, &line);
        assert_eq!(status, Some(0), "{line}: {report:#}");
        if let Some(warning) = warning {
            assert!(
                reasons(&report).contains(&warning.to_owned()),
                "{line}: {report:#}"
            );
        }
    }
    world
        .run(&format!("verify-cert --trust sim {}", case("bom.pem")))
        .done();
}

/// A picture that came later is named with page and field, for people too.
#[test]
fn a_picture_over_text_is_named() {
    let world = World::new();
    let file = case("pdf-prepared-field-covers-text.pdf");
    let text = world
        .run(&format!("--lang en verify --trust sim {file}"))
        .done()
        .text();
    let line = text
        .lines()
        .find(|line| line.contains("pdf.changed.picture"));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("page") && line.contains("field"), "{line}");
}

fn sign(world: &World, rest: &str) -> Run {
    world.run(&format!(
        "--json --lang en --reader sim:hanako --pin sim sign --consent-disclosure {rest}"
    ))
}

#[test]
fn what_is_signed_is_believed() {
    let world = World::new();
    for (format, file, warning) in [
        ("pdf", "cleared.pdf", None),
        ("pdf", "pdftk-flat.pdf", None),
        ("pdf", "placeholder.pdf", None),
        ("pdf", "perms-ur3.pdf", None),
        ("pdf", "js-open.pdf", Some("pdf.warning.active")),
        (
            "pdf",
            "needappearances.pdf",
            Some("pdf.warning.appearances"),
        ),
        ("pdf", "rotate-90.pdf", None),
        ("pdf", "fields-entry-null.pdf", None),
        ("xml", "utf16.xml", None),
    ] {
        let run = sign(
            &world,
            &format!("--format {format} -o {file} {}", case(file)),
        )
        .done();
        if let Some(warning) = warning {
            assert!(run.json().to_string().contains(warning), "{}", run.text());
        }
        let (status, report) = verified(&world, file);
        assert_eq!(status, Some(0), "{file}: {report:#}");
    }
}

#[test]
fn what_cannot_be_believed_is_refused_before_the_pin() {
    let world = World::new();
    let cosign = |name: &str| format!("--format cms --cosign {} {}", case(name), case("doc.txt"));
    let plain = |format: &str, name: &str| format!("--format {format} {}", case(name));
    for (rest, code) in [
        (plain("pdf", "broken.pdf"), "cms.digest.differs"),
        (plain("pdf", "qpdf-rewrite.pdf"), "pdf.byte-range.malformed"),
        (plain("pdf", "pdflib-copy.pdf"), "pdf.signature.orphan"),
        (plain("xml", "d200.xml"), "xml.limits.depth"),
        (cosign("o-noattr.p7s"), "cms.attributes.none"),
        (cosign("o-nocert.p7s"), "cms.certificate.absent"),
        (cosign("o-sha1.p7s"), "cms.digest-algorithm.refused"),
    ] {
        // A PIN from nowhere: nobody is asked for it.
        let line = format!("{rest} -o out");
        let run = sign(&world, &line).failed(2, "document.unsuitable");
        assert!(run.text().contains(code), "{line}: {}", run.text());
        assert!(!world.path("out").exists());
    }
}

/// What is no signature is not called one, nor a signature by another key.
#[test]
fn what_is_not_recognised_says_so() {
    let world = World::new();
    let doc = case("doc.txt");
    world.write("note.txt", "a note");
    world
        .run("--reader sim:hanako cert sign-ca -o ca.pem")
        .done();
    for more in ["", " --certificate ca.pem"] {
        let (status, report) = verified(&world, &format!("--signature note.txt {doc}{more}"));
        assert_eq!(
            (status, &report["reason"]),
            (Some(40), &json!("raw.signature.unknown")),
            "{more}: {report:#}"
        );
    }
}

/// The advice beside a refusal is one that works.
#[test]
fn a_hybrid_file_is_signed_or_the_advice_works() {
    let world = World::new();
    // As it is it can be signed: the stream fills what the table calls free.
    let file = case("word-hybrid.pdf");
    sign(&world, &format!("--format pdf -o hybrid.pdf {file}")).done();
    let (status, report) = verified(&world, "hybrid.pdf");
    assert_eq!(status, Some(0), "{report:#}");

    // Not where it says another thing than the table.
    let bytes = std::fs::read(&file).unwrap();
    let other = [&b"/Index [7 1]"[..], b"/Index [4 1]"];
    let place = bytes
        .windows(12)
        .position(|window| window == other[0])
        .unwrap();
    let bytes = [&bytes[..place], other[1], &bytes[place + 12..]].concat();
    std::fs::write(world.path("two.pdf"), bytes).unwrap();
    advice_works(&world, "two.pdf", "pdf.hybrid");
}

/// A file that is refused for this reason, and signed once it was rewritten as the advice says.
#[track_caller]
fn advice_works(world: &World, file: &str, code: &str) {
    let refused = sign(world, &format!("--format pdf -o x.pdf {file}"));
    let refused = refused.failed(2, "document.unsuitable").json();
    assert_eq!(refused["details"]["code"], code, "{file}: {refused:#}");
    let advice = "qpdf --object-streams=disable FILE NEW";
    let next = refused["advice"].as_str().unwrap();
    assert!(next.contains(advice), "{file}: {next}");
    let mut words = advice.split(' ');
    let qpdf = world
        .tool(words.next().unwrap())
        .args([words.next().unwrap(), file, "new.pdf"])
        .output()
        .expect("qpdf is missing: install the Debian package qpdf");
    // 3: with warnings about what it mended.
    assert!(
        matches!(qpdf.status.code(), Some(0 | 3)),
        "{file}: {qpdf:?}"
    );
    sign(world, "--force --format pdf -o signed.pdf new.pdf").done();
}

/// A document of one page with a content stream of 33 bytes.
fn with_stream() -> String {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/UserUnit 1/Rotate 0>>",
        "<</Length 33>>stream\n0 0 m 100 100 l 100 0 l h 0 g f q\nendstream",
    ];
    let mut file = "%PDF-1.7\n".to_owned();
    let mut table = "xref\n0 5\n0000000000 65535 f \n".to_owned();
    for (number, object) in (1..).zip(objects) {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let start = file.len();
    format!("{file}{table}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n")
}

#[test]
fn what_is_badly_written_is_signed_once_it_is_rewritten() {
    let world = World::new();
    let good = with_stream();
    world.write("good.pdf", &good);
    sign(&world, "--format pdf -o signed.pdf good.pdf").done();
    for (from, to, code) in [
        ("/Length 33", "/Length 31", "pdf.stream"),
        ("/Length 33", "/Length  9", "pdf.stream"),
        ("/Length 33", "/Lenght 33", "pdf.stream"),
        ("/UserUnit 1", "/Rotate   0", "pdf.duplicate-key"),
        ("%PDF-1.7\n", "junk\n%PDF-1.7\n", "pdf.header"),
        ("%%EOF\n", "%%EOF\njunk\n", "pdf.tail"),
        ("startxref", "startxerf", "pdf.xref.absent"),
        ("00000 n \n", "00000 n\n", "pdf.xref.malformed"),
        ("4 0 obj", "4 0 bjo", "pdf.xref.object"),
        ("/Size 5", "/Size 3", "pdf.xref.size"),
        ("0000000009 ", "0000009999 ", "pdf.xref.range"),
        ("4 0 obj\n<<", "4 0 obj\n< ", "pdf.syntax"),
    ] {
        assert!(good.contains(from), "{from}");
        world.write("bad.pdf", &good.replacen(from, to, 1));
        advice_works(&world, "bad.pdf", code);
    }
}

/// Members that this version does not know are passed over; one that stands twice is not.
#[test]
fn tokens_of_later_minor_versions_are_read() {
    let world = World::new();
    std::fs::create_dir(world.path("service")).unwrap();
    let token = |file: &str| {
        let nonce = world
            .run("--json login challenge --origin https://example.org --store service")
            .done();
        let nonce = nonce.json()["nonce"].as_str().unwrap().to_owned();
        let run = world.run(&format!(
            "--json login verify --trust sim --store service --origin https://example.org --nonce {nonce} {file}"
        ));
        assert_eq!(run.status, Some(40), "{}", run.stderr);
        run.json()
    };
    for file in ["token-1.1.json", "token-extra.json"] {
        let report = token(&case(file));
        // Right in itself, and no answer to this challenge.
        assert_eq!(report["reason"], "token.signature", "{file}: {report:#}");
    }
    let doubled = std::fs::read_to_string(case("token-extra.json")).unwrap();
    let doubled = doubled.replace("\"note\": \"x\"", "\"note\": \"x\",\n \"note\": \"y\"");
    world.write("doubled.json", &doubled);
    assert_eq!(token("doubled.json")["reason"], "token.malformed");
}

/// What helps where the page or the field cannot be used, and where a field waits.
#[test]
fn pages_and_fields_are_named() {
    let world = World::new();
    let file = case("word-hybrid.pdf");
    let run = |line: &str| {
        world.run(&format!(
            "--json --lang en --reader sim:hanako --pin sim sign --consent-disclosure \
             --format pdf {line}"
        ))
    };
    let refused = run(&format!("--visible 9,10,10,100,50 -o x.pdf {file}"));
    let refused = refused.failed(2, "document.unsuitable");
    assert!(refused.text().contains("pdf.page.absent"));
    assert!(refused.text().contains("last page of the file is page 1"));

    // An empty field is told of, and how to use it; one that is named is filled.
    let file = samples().join("pdf/signed/empty-field.pdf");
    let file = file.display();
    let beside = run(&format!("-o beside.pdf {file}"));
    assert_eq!(beside.status, Some(0), "{}", beside.stderr);
    let told = &beside.json()["files"][0];
    let field = told["waiting_field"].as_str().unwrap().to_owned();
    assert_eq!(told["warnings"], json!(["pdf.warning.waiting-field"]));
    assert!(beside.stderr.contains(&format!("--field \"{field}\"")));
    let shown = " --visible field";
    run(&format!("--field {field}{shown} -o y.pdf {file}")).failed(2, "document.unsuitable");
    // The same field with a box of its own.
    let bytes = std::fs::read(file.to_string()).unwrap();
    let invisible = b"/Rect [ 0 0 0 0 ]";
    let place = bytes.windows(17).rposition(|window| window == invisible);
    let (head, rest) = bytes.split_at(place.unwrap());
    let seen = [head, b"/Rect [9 9 99 59]", &rest[17..]].concat();
    std::fs::write(world.path("seen.pdf"), seen).unwrap();
    for (more, file) in [("", file.to_string()), (shown, "seen.pdf".into())] {
        let run = run(&format!(
            "--force --field {field}{more} -o filled.pdf {file}"
        ));
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert_eq!(run.json()["files"][0]["waiting_field"], Value::Null);
        let (status, report) = verified(&world, "filled.pdf");
        assert_eq!(status, Some(0), "{report:#}");
    }
    for (line, code) in [
        ("--field none", "document.unsuitable"),
        ("--visible field", "usage.wrong"),
        ("--field a --visible 1,1,1,9,9", "usage.wrong"),
    ] {
        run(&format!("{line} -o y.pdf {file}")).failed(2, code);
    }
    assert!(!world.path("y.pdf").exists());
}
