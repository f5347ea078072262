//! Empty fields that show something, and objects with two parts to play (rule P10).

use super::forge::{self, CATALOG, FORM, INFO, KEYS, PAGE, honest, update};
use super::{summary, verify};
use crate::cms_timestamps::Authority;

fn is_refused(name: &str, bytes: &[u8], reasons: &[&str], wrong: &mut Vec<String>) {
    let report = verify(bytes);
    let right = report.findings().any(|finding| {
        finding.rule.id() == "P10"
            && matches!(finding.verdict, card_sign::Verdict::Fail(why) if reasons.contains(&why.code()))
    });
    if !right || report.is_accepted() {
        wrong.push(format!("{name}: {:?}", summary(&report)));
    }
}

fn is_accepted(name: &str, bytes: &[u8], wrong: &mut Vec<String>) {
    let report = verify(bytes);
    if !report.is_accepted() {
        wrong.push(format!("{name}: {:?}", summary(&report)));
    }
}

/// Signed with these objects in place before.
fn signed(objects: &[(u32, String)]) -> Vec<u8> {
    let before = update(&forge::document(), objects);
    let catalog = newest(&before, CATALOG);
    let page = newest(&before, PAGE).replace("11 0 R]", "11 0 R 13 0 R]");
    let form = newest(&before, FORM).replace("11 0 R]", "11 0 R 13 0 R]");
    forge::sign(
        &before,
        &[
            (12, format!("<<{KEYS}>>")),
            (
                13,
                forge::signature_field("Signature1", 12, "/Rect [0 0 0 0]"),
            ),
            (PAGE, page),
            (FORM, form),
            (CATALOG, catalog),
        ],
        &honest,
    )
}

pub(super) fn newest(bytes: &[u8], number: u32) -> String {
    let header = format!("\n{number} 0 obj\n");
    let start = forge::rfind(bytes, header.as_bytes()) + header.len();
    let end = start + forge::find(&bytes[start..], b"\nendobj");
    String::from_utf8(bytes[start..end].to_vec()).unwrap()
}

/// Adds a field, empty or not, to the form and to the page.
fn with_field(bytes: &[u8], field: &str) -> Vec<(u32, String)> {
    let page = newest(bytes, PAGE).replace("13 0 R]", "13 0 R 61 0 R]");
    let form = newest(bytes, FORM).replace("13 0 R", "13 0 R 61 0 R");
    vec![(61, field.to_owned()), (PAGE, page), (FORM, form)]
}

fn empty(keys: &str) -> String {
    format!("<</Type /Annot /Subtype /Widget /FT /Sig /T (more) /P 3 0 R {keys}>>")
}

#[test]
fn an_empty_field_that_is_added_shows_nothing() {
    let good = signed(&[]);
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut is_refused = |name: &str, bytes: &[u8], reasons: &[&str], wrong: &mut Vec<String>| {
        count += 1;
        is_refused(name, bytes, reasons, wrong);
    };
    let look = forge::stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 80 20] /Resources <</Font <</F 7 0 R>>>>",
        "BT /F 9 Tf (and 900 more) Tj ET",
    );
    for keys in [
        "/Rect [200 20 280 40]",
        "/Rect [200 20 280 40] /AP <</N 62 0 R>>",
        "/Rect [200 20 280 40] /AP <</N <</On 62 0 R>>>> /AS /On",
        "/Rect [200 20 280 40] /MK <</CA (and more) /BG [1 0 0]>>",
        "/Rect [200 20 280 40] /BS <</W 9>>",
        "/Rect [200 20 280 40] /F 1",
        "/Rect [200 20 280 40] /F 32",
        "/Rect [200 20 280 40] /F 28",
        "/Rect [200 20 280 20]",
        "/Rect [200 20 200 40]",
        "/Rect [0 0 .01 .01]",
        "/Rect [280 40 200 20]",
        "/Rect [0 0 0 0] /AP <</N 62 0 R>>",
        "/Rect [0 0 0 0] /MK <</CA (and more)>>",
        "/Rect [0 0 0 0] /BS <</W 90>>",
        "/Rect [0 0 0 0] /Border [0 0 90]",
        "/Rect [0 0 0 0] /DA (/F 12 Tf)",
        "/Rect [0 0 0 0] /F 2 /AP <</N 62 0 R>>",
        "/Rect [200 20 280 40] /V null",
        "/AP <</N 62 0 R>>",
        "/Rect [0 0 0 0] /Kids [62 0 R]",
        "/Rect [0 0 0 0] /Parent 6 0 R",
        "/Rect [0 0 0 0] /A <</S /URI /URI (x)>>",
        "/Rect [0 0 0 0] /AA <</E 62 0 R>>",
    ] {
        let mut objects = with_field(&good, &empty(keys));
        objects.push((62, look.clone()));
        let reasons = ["pdf.changed.empty-field", "pdf.changed.form"];
        is_refused(keys, &update(&good, &objects), &reasons, &mut wrong);
    }
    for keys in [
        "/Rect [0 0 0 0]",
        "/Rect [5 5 5 5] /F 132",
        "/Rect [0 0 0 0] /TU (Stamp) /Lock <</Action /All>>",
        "/Rect [200 20 280 40] /F 2",
    ] {
        let bytes = update(&good, &with_field(&good, &empty(keys)));
        is_accepted(keys, &bytes, &mut wrong);
    }
    // A box that a later signature fills is judged as that signature's.
    let shown = update(&good, &with_field(&good, &empty("/Rect [200 20 280 40]")));
    let filled = forge::sign(
        &shown,
        &[
            (63, format!("<<{KEYS}>>")),
            (61, empty("/Rect [200 20 280 40] /V 63 0 R")),
        ],
        &honest,
    );
    is_accepted("filled later", &filled, &mut wrong);
    assert!(
        summary(&verify(&filled))
            .concat()
            .contains("pdf.changed.picture")
    );
    let over = update(&good, &with_field(&good, &empty("/Rect [20 140 200 170]")));
    let over = forge::sign(
        &over,
        &[
            (63, format!("<<{KEYS}>>")),
            (61, empty("/Rect [20 140 200 170] /V 63 0 R")),
        ],
        &honest,
    );
    is_refused(
        "filled later, over text",
        &over,
        &["pdf.changed.covered"],
        &mut wrong,
    );
    assert_eq!(count, 25);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Anybody can make a time stamp, with an authority of their own too.
#[test]
fn a_time_stamp_shows_nothing() {
    let authority = Authority::new();
    let stamp = |bytes: &[u8], name: &str, keys: &str, more: &[(u32, String)]| {
        let page = newest(bytes, PAGE).replace("13 0 R]", "13 0 R 61 0 R]");
        let form = newest(bytes, FORM).replace("13 0 R", "13 0 R 61 0 R");
        let dictionary = format!(
            "<</Type /{name} /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 \
             /ByteRange @RANGE@ /Contents @VALUE@>>"
        );
        let mut objects = vec![
            (60, dictionary),
            (61, empty(&format!("{keys} /V 60 0 R"))),
            (PAGE, page),
            (FORM, form),
        ];
        objects.extend(more.iter().cloned());
        forge::sign(bytes, &objects, &|content| authority.stamp(content))
    };
    let look = forge::stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 80 20] /Resources <</Font <</F 7 0 R>>>>",
        "BT /F 9 Tf (and 900 more) Tj ET",
    );
    let shown = "/Rect [200 20 280 40] /AP <</N 62 0 R>>";
    let more = [(62, look)];
    let reasons = ["pdf.changed.empty-field"];
    let mut wrong = Vec::new();
    let good = signed(&[]);
    is_accepted(
        "without a box",
        &stamp(&good, "DocTimeStamp", "/Rect [0 0 0 0]", &[]),
        &mut wrong,
    );
    for name in ["DocTimeStamp", "Sig"] {
        is_refused(
            name,
            &stamp(&good, name, shown, &more),
            &reasons,
            &mut wrong,
        );
    }
    let certified = stamp(&forge::certified(2), "DocTimeStamp", shown, &more);
    is_refused("certified", &certified, &reasons, &mut wrong);
    // In a field that was added empty, with its box, and in one that stood there.
    let mut objects = with_field(&good, &empty(shown));
    objects.extend(more.iter().cloned());
    let two = update(&good, &objects);
    let filling = |bytes: &[u8], number: u32, field: String| {
        let dictionary = "<</Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 \
             /ByteRange @RANGE@ /Contents @VALUE@>>";
        let objects = [
            (63, dictionary.to_owned()),
            (number, field),
            more[0].clone(),
        ];
        forge::sign(bytes, &objects, &|content| authority.stamp(content))
    };
    let filled = filling(&two, 61, empty(&format!("{shown} /V 63 0 R")));
    is_refused("added empty", &filled, &reasons, &mut wrong);
    let prepared = newest(&good, 11).replace(">>", " /V 63 0 R /AP <</N 62 0 R>>>>");
    is_refused(
        "prepared",
        &filling(&good, 11, prepared),
        &reasons,
        &mut wrong,
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn an_object_that_changes_has_one_part() {
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut is_refused = |name: &str, bytes: &[u8], reasons: &[&str], wrong: &mut Vec<String>| {
        count += 1;
        is_refused(name, bytes, reasons, wrong);
    };
    let reasons = [
        "pdf.changed.object",
        "pdf.changed.catalog",
        "pdf.changed.info",
        "pdf.changed.form",
        "pdf.changed.annotation",
    ];
    // Ways in which a page, or what it does, leads to an object.
    let page = |resources: &str| {
        forge::page("6 0 R 11 0 R").replace("/Resources <<", &format!("/Resources <<{resources} "))
    };
    let ways = |id: u32| -> Vec<(String, Vec<(u32, String)>)> {
        let mut ways: Vec<(String, Vec<(u32, String)>)> = [
            "XObject",
            "Pattern",
            "Shading",
            "ExtGState",
            "ColorSpace",
            "Properties",
        ]
        .iter()
        .map(|kind| {
            (
                format!("resources {kind}"),
                vec![(PAGE, page(&format!("/{kind} {id} 0 R")))],
            )
        })
        .collect();
        let inside = forge::stream(
            &format!(
                "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources <</XObject {id} 0 R>>"
            ),
            "/ModDate Do",
        );
        ways.push((
            "form inside".into(),
            vec![(64, inside), (PAGE, page("/XObject <</X 64 0 R>>"))],
        ));
        let letters = format!(
            "<</Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /CharProcs {id} 0 R>>"
        );
        ways.push((
            "letters".into(),
            vec![(64, letters), (PAGE, page("/Properties <</X 64 0 R>>"))],
        ));
        for key in [
            "Dests",
            "Names",
            "OCProperties",
            "Outlines",
            "OpenAction",
            "PageLabels",
        ] {
            ways.push((
                key.to_owned(),
                vec![(CATALOG, forge::catalog(&format!("/{key} {id} 0 R")))],
            ));
        }
        ways.push((
            "default resources".into(),
            vec![(
                FORM,
                format!("<</Fields [6 0 R 11 0 R] /DA (/F 12 Tf) /DR <</XObject {id} 0 R>> /SigFlags 3>>"),
            )],
        ));
        ways.push((
            "action of a field".into(),
            vec![(
                6,
                forge::field("yes").replace("/F 4", &format!("/F 4 /A {id} 0 R")),
            )],
        ));
        ways
    };
    for (way, objects) in ways(INFO) {
        let good = signed(&objects);
        let info = "<</Title (Contract) /Producer (a hand) /ModDate (x)>>".to_owned();
        let same = update(&good, &[(INFO, info)]);
        is_refused(&format!("info, {way}"), &same, &reasons, &mut wrong);
    }
    for (way, objects) in ways(11) {
        let good = signed(&objects);
        let field = newest(&good, 11).replace("/F 4", "/F 4 /V 63 0 R");
        let filled = forge::sign(&good, &[(63, format!("<<{KEYS}>>")), (11, field)], &honest);
        is_refused(&format!("field, {way}"), &filled, &reasons, &mut wrong);
    }
    for (way, mut objects) in ways(CATALOG) {
        // The catalog cannot name itself twice.
        if objects.iter().any(|(number, _)| *number == CATALOG) {
            continue;
        }
        objects.retain(|(number, _)| *number != CATALOG);
        let good = signed(&objects);
        let with = update(&good, &[(CATALOG, forge::catalog("/DSS <</Certs []>>"))]);
        is_refused(&format!("catalog, {way}"), &with, &reasons, &mut wrong);
    }
    for (way, objects) in ways(65) {
        let metadata = |text: &str| (65, forge::stream("/Type /Metadata /Subtype /XML", text));
        let mut objects = objects;
        let named = |text: &str| text.replace("/Metadata 9 0 R", "/Metadata 65 0 R");
        let catalog = objects.iter().find(|(number, _)| *number == CATALOG);
        let catalog = catalog.map_or_else(|| forge::catalog(""), |(_, text)| text.clone());
        objects.retain(|(number, _)| *number != CATALOG);
        objects.extend([(CATALOG, named(&catalog)), metadata("old")]);
        let good = signed(&objects);
        let bytes = update(&good, &[metadata("new")]);
        is_refused(&format!("metadata, {way}"), &bytes, &reasons, &mut wrong);
    }
    // Evidence that is something else too, or no evidence.
    let good = signed(&[]);
    for store in [
        "62 0 R",
        "<</Certs [7 0 R]>>",
        "<</Certs 4 0 R>>",
        "<</Certs [10 0 R]>>",
        "<</Im 10 0 R>>",
        "<</VRI <</X <<>>>>>>",
        "[]",
        "(x)",
    ] {
        let bytes = update(
            &good,
            &[(CATALOG, forge::catalog(&format!("/DSS {store}")))],
        );
        if store != "62 0 R" {
            is_refused(store, &bytes, &reasons, &mut wrong);
        }
    }
    for extensions in ["[]", "<</X <</JS (x)>>>>", "<</X 10 0 R>>"] {
        let bytes = update(
            &good,
            &[(
                CATALOG,
                forge::catalog(&format!("/Extensions {extensions}")),
            )],
        );
        is_refused(extensions, &bytes, &reasons, &mut wrong);
    }
    // A certificate that nothing else names, and an extension.
    let evidence = update(
        &good,
        &[
            (66, forge::stream("", "0")),
            (
                CATALOG,
                forge::catalog(
                    "/DSS <</Type /DSS /Certs [66 0 R]>> \
                     /Extensions <</ESIC <</BaseVersion /1.7 /ExtensionLevel 5>>>>",
                ),
            ),
        ],
    );
    is_accepted("evidence", &evidence, &mut wrong);
    // Defaults that come later change how fields without a look are shown.
    let bare = forge::field("yes").replace("/AP <</N 10 0 R>>", "");
    let form = (FORM, "<</Fields [6 0 R 11 0 R] /SigFlags 3>>".to_owned());
    for (name, field) in [("no look", bare), ("look", forge::field("yes"))] {
        let good = signed(&[(6, field), form.clone()]);
        let with = newest(&good, FORM).replace("/SigFlags", "/DR <</Font <</F 7 0 R>>>> /SigFlags");
        let bytes = update(&good, &[(FORM, with)]);
        match name {
            "look" => is_accepted(name, &bytes, &mut wrong),
            _ => is_refused(name, &bytes, &["pdf.changed.form"], &mut wrong),
        }
    }
    assert!(count >= 60, "{count}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
