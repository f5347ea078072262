//! Files whose cross-references and objects are in streams: signed, and broken where only they can
//! be broken.

use card_sign::cms::timestamp::Request as StampRequest;
use card_sign::pdf::{self, Profile, ROOM_WITH_TIME_STAMP, Request};
use proptest::prelude::*;

use super::forge::{self, CONTENT, FONT, PAGE, catalog, document, field, last_number, page};
use super::{plain, request, sign, sign_with, summary, verify};
use crate::cms_timestamps::Authority;
use crate::pki;
use crate::signed;

/// The number of the object stream.
const CONTAINER: u32 = 20;
/// The number that the first signature gets.
const SIGNATURE: u32 = 80;

/// An entry of a cross-reference stream: kind, and two numbers.
type Entry = (u32, [u64; 3]);

/// An object stream; tells the entries of what is in it.
fn container(number: u32, objects: &[(u32, String)]) -> (String, Vec<Entry>) {
    let mut index = String::new();
    let mut data = String::new();
    let mut entries = Vec::new();
    for (place, (inside, text)) in objects.iter().enumerate() {
        index += &format!("{inside} {} ", data.len());
        data += text;
        data += "\n";
        entries.push((*inside, [2, number.into(), place as u64]));
    }
    let keys = format!("/Type /ObjStm /N {} /First {}", objects.len(), index.len());
    (forge::stream(&keys, &(index + &data)), entries)
}

/// Appends objects, and a cross-reference stream with these further entries.
fn append(original: &[u8], objects: &[(u32, String)], further: &[Entry], keys: &str) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let mut entries = further.to_vec();
    for (number, text) in objects {
        entries.push((*number, [1, bytes.len() as u64, 0]));
        bytes.extend(format!("{number} 0 obj\n{text}\nendobj\n").bytes());
    }
    let start = bytes.len();
    // The first signature gets the number 80.
    let size = if original.len() < 100 { SIGNATURE } else { 90 };
    entries.push((60, [1, start as u64, 0]));
    entries.sort();
    let index: String = entries
        .iter()
        .map(|(number, _)| format!("{number} 1 "))
        .collect();
    let rows = entries.iter().flat_map(|(_, [kind, second, third])| {
        [
            &[*kind as u8][..],
            &(*second as u32).to_be_bytes(),
            &(*third as u16).to_be_bytes(),
        ]
        .concat()
    });
    let rows: Vec<u8> = rows.collect();
    let keys = format!(
        "/Type /XRef /W [1 4 2] /Size {size} /Index [{index}] /Root 1 0 R /Info 8 0 R {keys} /Length {}",
        rows.len()
    );
    bytes.extend(format!("60 0 obj\n<<{keys}>>\nstream\n").bytes());
    bytes.extend(rows);
    bytes.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
    bytes
}

fn inside() -> Vec<(u32, String)> {
    vec![
        (1, catalog("").replace("/Metadata 9 0 R", "")),
        (2, "<</Type /Pages /Kids [3 0 R] /Count 1>>".into()),
        (PAGE, page("6 0 R")),
        (5, "<</Fields [6 0 R] /DA (/F 12 Tf)>>".into()),
        (6, field("yes")),
        (
            FONT,
            "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>".into(),
        ),
        (8, "<</Title (Contract)>>".into()),
    ]
}

fn compressed() -> Vec<u8> {
    let (text, entries) = container(CONTAINER, &inside());
    let look = forge::stream("/Type /XObject /Subtype /Form /BBox [0 0 80 20]", "");
    let content = forge::stream("", "BT /F 12 Tf 20 150 Td (I owe you 100 yen) Tj ET");
    append(
        b"%PDF-1.7\n",
        &[(CONTENT, content), (10, look), (CONTAINER, text)],
        &entries,
        "",
    )
}

#[test]
fn objects_in_streams_cannot_be_exchanged() {
    let good = sign(&compressed(), Profile::Moj);
    let report = verify(&good);
    assert!(report.is_accepted(), "{:?}", summary(&report));
    let previous = format!("/Prev {}", last_number(&good, b"startxref\n"));
    let more =
        |objects: &[(u32, String)], entries: &[Entry]| append(&good, objects, entries, &previous);
    let symbol = String::from("<</Type /Font /Subtype /Type1 /BaseFont /Symbol>>");
    let with_font: Vec<(u32, String)> = inside()
        .into_iter()
        .map(|(number, text)| (number, if number == FONT { symbol.clone() } else { text }))
        .collect();
    let (same, _) = container(CONTAINER, &inside());
    let (other, _) = container(CONTAINER, &with_font);
    let (font, font_entry) = container(40, &[(FONT, symbol.clone())]);
    let moved = page("6 0 R").replace("/Contents 4 0 R", "/Contents 41 0 R");
    let (moved, moved_entry) = container(40, &[(PAGE, moved)]);
    let copy = String::from("<</Type /Sig /ByteRange [0 1 2 3] /Contents <00>>>");
    let (copy, copy_entry) = container(40, &[(SIGNATURE, copy)]);
    let content = forge::stream("", "BT /F 12 Tf 20 150 Td (I owe you 900 yen) Tj ET");

    let harmless = verify(&more(&[(CONTAINER, same)], &[]));
    assert!(harmless.is_accepted(), "{:?}", summary(&harmless));

    for (name, bytes, rule, code) in [
        (
            "font",
            more(&[(40, font.clone())], &font_entry),
            "P10",
            "pdf.changed.object",
        ),
        (
            "page",
            more(&[(40, moved), (41, content)], &moved_entry),
            "P10",
            "pdf.changed.page",
        ),
        (
            "container",
            more(&[(CONTAINER, other)], &[]),
            "P10",
            "pdf.changed.object",
        ),
        (
            "signature",
            more(&[(40, copy)], &copy_entry),
            "P6",
            "pdf.signature.hidden",
        ),
        (
            "index",
            more(&[(40, font.clone())], &[(FONT, [2, 40, 1])]),
            "P1",
            "pdf.xref.object",
        ),
        (
            "number",
            more(&[(40, font.clone())], &[(30, [2, 40, 0])]),
            "P1",
            "pdf.xref.object",
        ),
        (
            "nothing",
            more(&[], &[(30, [2, 59, 0])]),
            "P1",
            "pdf.object-stream",
        ),
        (
            "no container",
            more(&[], &[(30, [2, 4, 0])]),
            "P1",
            "pdf.object-stream",
        ),
        (
            "nested",
            more(&[(40, font)], &[(30, [2, FONT.into(), 0])]),
            "P1",
            "pdf.object-stream",
        ),
        (
            "kind of the future",
            more(&[], &[(30, [3, 0, 0])]),
            "P1",
            "pdf.xref.malformed",
        ),
        (
            "twice",
            more(&[], &[(30, [0, 0, 0]), (30, [0, 0, 0])]),
            "P1",
            "pdf.xref.malformed",
        ),
        (
            "beyond its size",
            more(&[], &[(90, [0, 0, 0])]),
            "P1",
            "pdf.xref.size",
        ),
        (
            "beyond the file",
            more(&[], &[(30, [1, 1 << 30, 0])]),
            "P1",
            "pdf.xref.range",
        ),
        (
            "hybrid",
            append(&good, &[], &[], &format!("{previous} /XRefStm 9")),
            "P1",
            "pdf.xref.malformed",
        ),
    ] {
        let report = verify(&bytes);
        let right = report.findings().any(|finding| {
            finding.rule.id() == rule
                && matches!(finding.verdict, card_sign::Verdict::Fail(why) if why.code() == code)
        });
        assert!(
            right && !report.is_accepted(),
            "{name}: {:?}",
            summary(&report)
        );
    }
}

#[test]
fn a_bomb_ends_early() {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&vec![b' '; 100 << 20], 1);
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend(
        format!(
            "20 0 obj\n<</Type /ObjStm /N 1 /First 9 /Filter /FlateDecode /Length {}>>\nstream\n",
            packed.len()
        )
        .bytes(),
    );
    bytes.extend(packed);
    bytes.extend(b"\nendstream\nendobj\n");
    let bytes = append(&bytes, &[], &[(1, [2, 20, 0]), (20, [1, 9, 0])], "");
    let reasons: Vec<&str> = verify(&bytes)
        .reasons()
        .map(|reason| reason.code())
        .collect();
    assert_eq!(reasons, ["pdf.filter"]);
}

#[test]
fn a_time_stamp_proves_the_time() {
    let authority = Authority::new();
    let original = plain("qpdf-objects.pdf");
    let request = Request {
        room: ROOM_WITH_TIME_STAMP,
        ..request(Profile::Pades)
    };
    let prepared = pdf::prepare(&original, &request).unwrap();
    let (mut signed, _) =
        signed::pdf_prepared(&original, &prepared, pki::hanako(), &request).unwrap();
    let value = signed.signature_value(0).unwrap();
    let ask = StampRequest::new(&value, *b"\x81 made-up nonce!");
    let answer = authority.answer(&ask.to_der());
    let stamp = ask.judge(&answer, &authority.policy());
    assert_eq!(stamp.refusal(), None);
    signed.add_time_stamp(0, stamp.token()).unwrap();
    let bytes = [&original[..], &prepared.assemble(&signed).unwrap()].concat();
    let report = pdf::verify(&bytes, &authority.policy());
    assert!(report.is_accepted(), "{:?}", summary(&report));
    assert_eq!(report.signatures[0].proven_time, stamp.proven_time());
    // The registry's systems may refuse it: said, not decided.
    let filing = pdf::verify_filing(&bytes, &authority.policy());
    let warned = filing
        .findings()
        .filter_map(|finding| finding.verdict.reason());
    assert!(
        warned
            .map(|reason| reason.code())
            .any(|code| code == "filing.extras.present")
    );
}

#[test]
fn the_next_card_signs_too() {
    let bytes = sign_with(&document(), &request(Profile::Pades), pki::jisedai());
    let report = verify(&bytes);
    assert!(report.is_accepted(), "{:?}", summary(&report));
    let filing = pdf::verify_filing(&bytes, &pki::policy());
    assert!(
        filing
            .reasons()
            .any(|reason| reason.code() == "filing.kind.wrong")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Every byte outside the value is signed. Inside there are bytes that mean nothing: those of
    /// certificates that are not believed for being there.
    #[test]
    fn no_changed_byte_is_accepted(place: prop::sample::Index, byte: u8, table: bool) {
        let original = if table { document() } else { compressed() };
        let good = sign(&original, Profile::Moj);
        let place = place.index(good.len());
        let mut bytes = good.clone();
        bytes[place] = byte;
        let start = forge::rfind(&good, b"/Contents <") + 11;
        let end = start + forge::find(&good[start..], b">");
        let report = pdf::verify_filing(&bytes, &pki::policy());
        let harmless = byte == good[place] || (start..end).contains(&place);
        prop_assert!(harmless || !report.is_accepted());
        let _ = pdf::prepare(&bytes, &request(Profile::Moj));
    }

    #[test]
    fn no_cut_is_accepted(place: prop::sample::Index, tail: Vec<u8>) {
        let good = sign(&document(), Profile::Moj);
        let place = place.index(good.len());
        let bytes = [&good[..place], &tail].concat();
        prop_assert!(bytes == good || !verify(&bytes).is_accepted());
        let _ = pdf::prepare(&bytes, &request(Profile::Moj));
    }
}
