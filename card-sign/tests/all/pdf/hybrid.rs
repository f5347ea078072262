//! Hybrid files, as Word writes them: a cross-reference table, and a stream beside it that fills what
//! the table calls free. Signed, judged, and broken where the two contradict each other.

use card_sign::pdf::{self, Profile, Request};

use super::forge::{self, last_number};
use super::judges::{judge, poppler_is_content};
use super::{request, sign, sign_with, summary, verify};
use crate::pki;

/// The object stream, and the first number inside it: the information dictionary.
const CONTAINER: u32 = 6;
const INFO: u32 = 7;
/// A number that nothing is at.
const MISSING: u32 = 30;

/// What the stream beside a table says of a number.
#[derive(Clone, Copy)]
enum Beside {
    Free,
    At(usize),
    Inside(u32),
}

/// A revision: objects, numbers that its table calls free, and the stream beside it.
#[derive(Default)]
struct Part<'p> {
    objects: &'p [(u32, String)],
    free: &'p [u32],
    beside: Option<&'p [(u32, Beside)]>,
    /// More keys of the stream beside, and of the trailer.
    keys: &'p str,
    trailer: &'p str,
}

fn append(original: &[u8], part: &Part<'_>) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let mut rows: Vec<(u32, String)> = Vec::new();
    for number in part.free {
        rows.push((*number, "0000000000 65535 f \n".into()));
    }
    for (number, text) in part.objects {
        rows.push((*number, format!("{:010} 00000 n \n", bytes.len())));
        bytes.extend(format!("{number} 0 obj\n{text}\nendobj\n").bytes());
    }
    rows.sort();
    let mut trailer = part.trailer.to_owned();
    if let Some(entries) = part.beside {
        let index: String = entries
            .iter()
            .map(|(number, _)| format!("{number} 1 "))
            .collect();
        let data = entries.iter().flat_map(|(_, place)| {
            let (kind, second, third) = match *place {
                Beside::Free => (0, 0, 0),
                Beside::At(offset) => (1, offset as u32, 0),
                Beside::Inside(stream) => (2, stream, 0_u16),
            };
            [&[kind][..], &u32::to_be_bytes(second), &third.to_be_bytes()].concat()
        });
        let data: Vec<u8> = data.collect();
        trailer += &format!(" /XRefStm {}", bytes.len());
        let keys = format!(
            "/Type /XRef /W [1 4 2] /Index [{index}] /Size 40 {} /Length {}",
            part.keys,
            data.len()
        );
        bytes.extend(format!("{} 0 obj\n<<{keys}>>\nstream\n", 8).bytes());
        bytes.extend(data);
        bytes.extend(b"\nendstream\nendobj\n");
    }
    let start = bytes.len();
    if original.len() > 100 {
        trailer += &format!(" /Prev {}", last_number(original, b"startxref\n"));
    }
    let table: String = rows
        .iter()
        .map(|(number, row)| format!("{number} 1\n{row}"))
        .collect();
    // Readers want a part, be it of nothing.
    let table = match rows.is_empty() {
        true => "0 0\n".to_owned(),
        false => table,
    };
    let keys = format!("/Size 40 /Root 1 0 R /Info {INFO} 0 R {trailer}");
    let end = format!("xref\n{table}trailer\n<<{keys}>>\nstartxref\n{start}\n%%EOF\n");
    bytes.extend(end.bytes());
    bytes
}

fn container(number: u32, text: &str) -> String {
    let index = format!("{number} 0 ");
    let keys = format!("/Type /ObjStm /N 1 /First {}", index.len());
    forge::stream(&keys, &(index + text))
}

fn objects() -> Vec<(u32, String)> {
    let page = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R \
                /Resources <</Font <</F 5 0 R>> /XObject <</X 30 0 R>>>>>>";
    vec![
        (1, "<</Type /Catalog /Pages 2 0 R>>".into()),
        (2, "<</Type /Pages /Kids [3 0 R] /Count 1>>".into()),
        (3, page.into()),
        (
            4,
            forge::stream("", "BT /F 12 Tf 20 150 Td (I owe you 100 yen) Tj ET"),
        ),
        (
            5,
            "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>".into(),
        ),
        (CONTAINER, container(INFO, "<</Title (Contract)>>")),
    ]
}

const HEAD: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
const FILLED: [(u32, Beside); 1] = [(INFO, Beside::Inside(CONTAINER))];

/// Table and stream in one section.
fn one_section() -> Vec<u8> {
    append(
        HEAD,
        &Part {
            objects: &objects(),
            free: &[0, INFO],
            beside: Some(&FILLED),
            ..Part::default()
        },
    )
}

/// As Word does: a whole file, and behind it an empty table with a stream of everything beside it.
fn as_word() -> Vec<u8> {
    let objects = objects();
    let first = Part {
        objects: &objects,
        free: &[0, INFO],
        ..Part::default()
    };
    let bytes = append(HEAD, &first);
    let mut beside = vec![(0, Beside::Free)];
    for (number, _) in &objects {
        let place = forge::find(&bytes, format!("\n{number} 0 obj").as_bytes()) + 1;
        beside.push((*number, Beside::At(place)));
    }
    beside.extend(FILLED);
    append(
        &bytes,
        &Part {
            beside: Some(&beside),
            keys: "/Root 1 0 R",
            ..Part::default()
        },
    )
}

#[test]
fn a_stream_that_fills_what_the_table_calls_free_is_read() {
    for (name, original) in [("one section", one_section()), ("as Word", as_word())] {
        // Poppler looks into a table before the stream beside it (not as 7.5.8.4), so that it finds
        // only what Word writes: there the table of that section is empty.
        assert_eq!(poppler_is_content(&original), name == "as Word");
        for (profile, kind) in [
            (Profile::Moj, "adbe.pkcs7.detached"),
            (Profile::Pades, "ETSI.CAdES.detached"),
        ] {
            let once = sign(&original, profile);
            judge(name, &once, 1, kind);
            let twice = sign_with(&once, &request(profile), pki::taro());
            judge(name, &twice, 2, kind);
            assert_eq!(verify(&twice).signatures.len(), 2);
        }
    }
    // What the stream fills is a part of the document: without it there is no title to change.
    let signed = sign(&one_section(), Profile::Moj);
    let title = [(CONTAINER, container(INFO, "<</Title (Other)>>"))];
    let changed = append(
        &signed,
        &Part {
            objects: &title,
            ..Part::default()
        },
    );
    let reasons: Vec<&str> = verify(&changed).reasons().map(|why| why.code()).collect();
    assert_eq!(reasons, ["pdf.changed.info"]);
}

/// Where table and stream differ, readers may see two documents.
#[test]
fn what_contradicts_the_table_is_refused() {
    let objects = objects();
    let good = one_section();
    let content = forge::find(&good, b"\n4 0 obj") + 1;
    let other = (
        MISSING,
        forge::stream("", "BT /F 12 Tf (I owe you 900 yen) Tj ET"),
    );
    let all: Vec<(u32, String)> = objects.iter().cloned().chain([other]).collect();
    let make = |beside: &[(u32, Beside)], free: &[u32], keys: &str, trailer: &str| {
        append(
            HEAD,
            &Part {
                objects: &all,
                free,
                beside: Some(beside),
                keys,
                trailer,
            },
        )
    };
    let at = |number: u32| {
        let bytes = make(&FILLED, &[0, INFO], "", "");
        forge::find(&bytes, format!("\n{number} 0 obj").as_bytes()) + 1
    };
    let update = |beside: &[(u32, Beside)], free: &[u32]| {
        append(
            &good,
            &Part {
                objects: &[(9, "<<>>".into())],
                free,
                beside: Some(beside),
                ..Part::default()
            },
        )
    };
    let hybrid = "pdf.hybrid";
    let filled = FILLED[0];
    for (name, bytes, code) in [
        (
            "another object in its place",
            make(&[(4, Beside::At(at(MISSING))), filled], &[0, INFO], "", ""),
            hybrid,
        ),
        (
            "an object of the table made free",
            make(&[(4, Beside::Free), filled], &[0, INFO], "", ""),
            hybrid,
        ),
        (
            "an object of the table from a container",
            make(
                &[(4, Beside::Inside(CONTAINER)), filled],
                &[0, INFO],
                "",
                "",
            ),
            hybrid,
        ),
        (
            "a number of which the table says nothing",
            make(&FILLED, &[0], "", ""),
            hybrid,
        ),
        (
            "a number that was in use, made free and filled",
            update(&[(4, Beside::At(content))], &[4]),
            hybrid,
        ),
        (
            "a number of an older table",
            update(&[(4, Beside::At(content + 1))], &[]),
            hybrid,
        ),
        (
            "a number that an older stream filled",
            update(&[(INFO, Beside::At(content))], &[]),
            hybrid,
        ),
        (
            "another catalog",
            make(&FILLED, &[0, INFO], "/Root 2 0 R", ""),
            hybrid,
        ),
        (
            "a chain of its own",
            make(&FILLED, &[0, INFO], "/Prev 9", ""),
            hybrid,
        ),
        (
            "encrypted",
            make(&FILLED, &[0, INFO], "/Encrypt <<>>", ""),
            hybrid,
        ),
        (
            "no stream there",
            append(
                HEAD,
                &Part {
                    objects: &objects,
                    free: &[0, INFO],
                    trailer: "/XRefStm 9",
                    ..Part::default()
                },
            ),
            "pdf.xref.malformed",
        ),
        (
            "beyond the file",
            append(
                HEAD,
                &Part {
                    objects: &objects,
                    free: &[0, INFO],
                    trailer: "/XRefStm 99999",
                    ..Part::default()
                },
            ),
            "pdf.xref.range",
        ),
        (
            "no number",
            append(
                HEAD,
                &Part {
                    objects: &objects,
                    free: &[0, INFO],
                    trailer: "/XRefStm 9.5",
                    ..Part::default()
                },
            ),
            "pdf.xref.malformed",
        ),
        (
            "beyond the size",
            make(&[(40, Beside::Free), filled], &[0, INFO], "", ""),
            "pdf.xref.size",
        ),
        (
            "an object that is not there",
            make(&[(INFO, Beside::At(content + 1))], &[0, INFO], "", ""),
            "pdf.xref.object",
        ),
    ] {
        let reasons: Vec<&str> = verify(&bytes).reasons().map(|why| why.code()).collect();
        assert_eq!(reasons, [code], "{name}");
        let refused = pdf::prepare(&bytes, &request(Profile::Moj)).unwrap_err();
        assert_eq!(refused.code(), code, "{name}");
    }
}

/// What is filled later is a change like any other.
#[test]
fn nothing_is_supplied_after_signing() {
    let signed = sign(&one_section(), Profile::Moj);
    let look = forge::stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 300 200]",
        "BT /F 12 Tf (I owe you 900 yen) Tj ET",
    );
    let place = signed.len();
    let bytes = append(&signed, &Part::default());
    assert!(bytes.len() > place);
    let supplied = |beside: bool| {
        let mut bytes = signed.clone();
        let hidden = bytes.len();
        bytes.extend(format!("{MISSING} 0 obj\n{look}\nendobj\n").bytes());
        let entries = [(MISSING, Beside::At(hidden))];
        let previous = last_number(&signed, b"startxref\n");
        let part = Part {
            free: &[MISSING],
            beside: beside.then_some(&entries[..]),
            ..Part::default()
        };
        assert_eq!(previous, last_number(&bytes, b"startxref\n"));
        append(&bytes, &part)
    };
    let reasons =
        |bytes: &[u8]| -> Vec<&str> { verify(bytes).reasons().map(|why| why.code()).collect() };
    assert_eq!(reasons(&supplied(true)), ["pdf.changed.object"]);
    // Bytes that no table names are nothing.
    let report = verify(&supplied(false));
    assert!(report.is_accepted(), "{:?}", summary(&report));
    let bytes = supplied(true);
    let refused = pdf::prepare(&bytes, &Request::new(Profile::Moj, "見本", pki::now()));
    assert_eq!(refused.unwrap_err().code(), "pdf.changed.object");
}
