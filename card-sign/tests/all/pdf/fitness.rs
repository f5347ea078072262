//! `prepare` judges first: what `verify` would refuse is not signed, and what is signed it believes.

use card_sign::pdf::{self, Area, PdfError, Profile, Request, Visible};

use super::forge::{self, FORM, document, update};
use super::{request, samples, sign_with, summary, verify};
use crate::pki;

fn case(name: &str) -> Vec<u8> {
    let file = samples().join("cases").join(name).with_extension("pdf");
    std::fs::read(file).unwrap()
}

fn requests() -> [Request<'static>; 2] {
    [Profile::Moj, Profile::Pades].map(|profile| Request {
        time: pki::at(1_795_960_000),
        ..request(profile)
    })
}

#[test]
fn a_file_that_verify_would_refuse_is_not_signed() {
    let wrong: Vec<String> = [
        ("broken", "cms.digest", "cms.digest.differs"),
        ("qpdf-rewrite", "pdf.byte-range", "pdf.byte-range.malformed"),
        ("pdflib-copy", "pdf.fields", "pdf.signature.orphan"),
    ]
    .into_iter()
    .flat_map(|(name, rule, reason)| {
        requests().map(|request| match pdf::prepare(&case(name), &request) {
            Err(PdfError::Unfit {
                rule: r,
                reason: why,
            }) if r.code() == rule && why.code() == reason => None,
            other => Some(format!("{name}: {:?}", other.err())),
        })
    })
    .flatten()
    .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn leftovers_of_no_field_are_signed_and_believed() {
    let wrong: Vec<String> = [
        "cleared",
        "pdftk-flat",
        "placeholder",
        "perms-ur3",
        "js-open",
        "needappearances",
        "rotate-90",
        "fields-entry-null",
        "a-ur3",
        "newline-behind-eof",
    ]
    .into_iter()
    .flat_map(|name| {
        requests().map(|request| {
            let original = case(name);
            if let Err(error) = pdf::prepare(&original, &request) {
                return Some(format!("{name}: {error:?}"));
            }
            let signed = sign_with(&original, &request, pki::taro());
            let policy = card_sign::Policy {
                now: pki::at(1_795_960_000),
                ..pki::policy()
            };
            let report = pdf::verify(&signed, &policy);
            (!report.is_accepted()).then(|| format!("{name}: {:?}", summary(&report)))
        })
    })
    .flatten()
    .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A box is given as seen, and stands upright there: also where the page is shown turned.
#[test]
fn a_box_on_a_turned_page_stands_where_it_was_put() {
    let font = std::fs::read(pdf::DEFAULT_FONT).unwrap();
    let lines = ["B".to_owned()];
    // The page is 300 wide and 200 high; the box is 40 wide and 20 high, at 10, 30.
    for (rotate, rectangle, matrix) in [
        ("0", "[10.00 30.00 50.00 50.00]", None),
        ("90", "[250.00 10.00 270.00 50.00]", Some("[0 1 -1 0 0 0]")),
        (
            "180",
            "[250.00 150.00 290.00 170.00]",
            Some("[-1 0 0 -1 0 0]"),
        ),
        ("270", "[30.00 150.00 50.00 190.00]", Some("[0 -1 1 0 0 0]")),
        ("-90", "[30.00 150.00 50.00 190.00]", Some("[0 -1 1 0 0 0]")),
        ("450", "[250.00 10.00 270.00 50.00]", Some("[0 1 -1 0 0 0]")),
    ] {
        let page =
            forge::page("6 0 R 11 0 R").replace("/Parent", &format!("/Rotate {rotate} /Parent"));
        let original = update(&document(), &[(forge::PAGE, page)]);
        let area = Area {
            x: 10.0,
            y: 30.0,
            width: 40.0,
            height: 20.0,
        };
        let visible = Visible {
            page: 1,
            area,
            lines: &lines,
            font: &font,
        };
        let [moj, _] = requests();
        let signed = sign_with(
            &original,
            &Request {
                visible: Some(visible),
                ..moj
            },
            pki::taro(),
        );
        let has = |words: &str| {
            let words = words.as_bytes();
            signed.windows(words.len()).any(|window| window == words)
        };
        assert!(has(&format!("/Rect {rectangle}")), "{rotate}");
        assert_eq!(has("/Matrix"), matrix.is_some(), "{rotate}");
        assert!(
            matrix.is_none_or(|matrix| has(&format!("/Matrix {matrix}"))),
            "{rotate}"
        );
        assert!(has("/BBox [0.00 0.00 40.00 20.00]"), "{rotate}");
    }
}

/// Room that was reserved before the first signature is nothing; later it is a signature like any.
#[test]
fn reserved_room_is_nothing_only_where_every_signature_covers_it() {
    const EMPTY: &str = "<</Type /Sig /SubFilter /adbe.pkcs7.detached \
         /ByteRange [0 /* /* /*] /Contents <00000000>>>";
    let reasons = |bytes: &[u8]| -> Vec<&str> {
        let report = verify(bytes);
        report.reasons().map(|reason| reason.code()).collect()
    };
    let field = forge::signature_field("Reserved", 30, "/Rect [0 0 0 0]");
    let objects = |form: &str| {
        vec![
            (30, EMPTY.to_owned()),
            (31, field.clone()),
            (FORM, form.to_owned()),
        ]
    };
    let before = update(&document(), &objects("<</Fields [6 0 R 11 0 R 31 0 R]>>"));
    let signed = sign_with(&before, &requests()[0], pki::taro());
    assert!(
        summary(&verify(&signed))
            .concat()
            .contains("pdf.signature.reserved")
    );
    let other = EMPTY.replace("/Type", "/Name (x) /Type");
    assert!(!reasons(&update(&signed, &[(30, other)])).is_empty());
    assert!(reasons(&update(&signed, &[(30, "null".into())])).contains(&"pdf.signature.hidden"));
    // Behind a signature.
    let after = sign_with(&document(), &requests()[0], pki::taro());
    let after = update(&after, &objects(&forge::form("13 0 R 31 0 R")));
    assert!(reasons(&after).contains(&"pdf.byte-range.malformed"));
    // Alone.
    assert!(!verify(&before).is_accepted());
}
