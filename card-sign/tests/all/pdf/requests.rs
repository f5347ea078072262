//! Requests for a signature, and those that are refused.

use std::process::Command;

use card_core::digest::HashAlgorithm;
use card_sign::pdf::{self, Area, DEFAULT_FONT, PdfError, Profile, Request, Visible, reason};

use super::forge::{self, CATALOG, FORM, KEYS, PAGE, document, honest, update, update_with};
use super::{NAME, plain, request, samples, sign, sign_with, summary, verify};
use crate::pki;
use crate::signed;

fn refusal(original: &[u8], request: &Request<'_>) -> String {
    match pdf::prepare(original, request) {
        Ok(_) => "prepared".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

#[test]
fn files_that_readers_disagree_about_are_not_signed() {
    for (name, code) in [
        ("size.pdf", "pdf.xref.size"),
        ("encrypted-empty-password.pdf", "pdf.encrypted"),
        ("encrypted.pdf", "pdf.encrypted"),
        ("encrypted-40-bits.pdf", "pdf.encrypted"),
        ("cut.pdf", "pdf.xref.absent"),
        ("no-startxref.pdf", "pdf.xref.absent"),
        ("header.pdf", "pdf.header"),
    ] {
        let file = std::fs::read(samples().join("refused").join(name)).unwrap();
        assert_eq!(refusal(&file, &request(Profile::Moj)), code, "{name}");
        let reasons: Vec<&str> = verify(&file)
            .reasons()
            .map(|reason| reason.code())
            .collect();
        assert_eq!(reasons, [code], "{name}");
    }
    let form = |keys: &str| (FORM, format!("<</Fields [] {keys}>>"));
    for (bytes, code) in [
        (
            update_with(&document(), &[], "/XRefStm 9"),
            "pdf.xref.malformed",
        ),
        (update(&document(), &[form("/XFA (x)")]), "pdf.xfa"),
        (
            update(
                &document(),
                &[(CATALOG, forge::catalog("/Collection <<>>"))],
            ),
            "pdf.collection",
        ),
        ([&document()[..], b"%tail"].concat(), "pdf.tail"),
        (b"".to_vec(), "pdf.header"),
        (b"%PDF-1.7\n".to_vec(), "pdf.xref.absent"),
    ] {
        assert_eq!(refusal(&bytes, &request(Profile::Moj)), code);
    }
    // White space behind the end does no harm to a file that nobody signed.
    assert_eq!(
        refusal(&[&document()[..], b"\n\n"].concat(), &request(Profile::Moj)),
        "prepared"
    );
}

#[test]
fn earlier_signers_are_obeyed() {
    assert_eq!(
        refusal(&forge::certified(1), &request(Profile::Moj)),
        "pdf.permissions.forbidden"
    );
    for level in 2..=3 {
        let bytes = sign_with(
            &forge::certified(level),
            &request(Profile::Moj),
            pki::taro(),
        );
        assert!(
            verify(&bytes).is_accepted(),
            "{:?}",
            summary(&verify(&bytes))
        );
    }
    let locking = |action: &str| {
        let lock = format!(
            "{KEYS} /Reference [<</Type /SigRef /TransformMethod /FieldMDP /TransformParams <<{action}>>>>]"
        );
        forge::signed_with(&lock, &honest)
    };
    let into = |name| Request {
        field: Some(name),
        ..request(Profile::Moj)
    };
    for (action, request, code) in [
        (
            "/Action /All",
            request(Profile::Moj),
            "pdf.permissions.locked",
        ),
        (
            "/Action /Include /Fields [(empty)]",
            into("empty"),
            "pdf.permissions.locked",
        ),
        (
            "/Action /Include /Fields [(empty)]",
            request(Profile::Moj),
            "prepared",
        ),
        (
            "/Action /Exclude /Fields [(empty)]",
            request(Profile::Moj),
            "pdf.permissions.locked",
        ),
        (
            "/Action /Exclude /Fields [(empty)]",
            into("empty"),
            "prepared",
        ),
    ] {
        assert_eq!(refusal(&locking(action), &request), code, "{action}");
    }
}

#[test]
fn an_empty_field_is_used_if_named() {
    let request = Request {
        field: Some("empty"),
        ..request(Profile::Pades)
    };
    let bytes = sign_with(&sign(&document(), Profile::Moj), &request, pki::taro());
    let report = verify(&bytes);
    assert!(
        report.is_accepted() && report.signatures.len() == 2,
        "{:?}",
        summary(&report)
    );
    for name in ["agreed", "Signature1", "none", ""] {
        let request = Request {
            field: Some(name),
            ..request.clone()
        };
        assert_eq!(refusal(&bytes, &request), "pdf.field.absent", "{name}");
    }
    assert_eq!(refusal(&bytes, &request), "pdf.field.absent");
    // A field with a lock that goes into the signature.
    let field = |rest: &str| {
        let text = "<</Type /Annot /Subtype /Widget /FT /Sig /T (empty) /Rect [0 0 0 0] /P 3 0 R";
        update(&document(), &[(11, format!("{text} {rest}>>"))])
    };
    let lock = "/Lock <</Type /SigFieldLock /Action /Include /Fields [(agreed)]>>";
    let locked = sign_with(&field(lock), &request, pki::hanako());
    assert!(
        verify(&locked).is_accepted(),
        "{:?}",
        summary(&verify(&locked))
    );
    let changed = update(&locked, &[(forge::FIELD, forge::field("no"))]);
    let reasons: Vec<&str> = verify(&changed)
        .reasons()
        .map(|reason| reason.code())
        .collect();
    assert_eq!(reasons, ["pdf.changed.field"]);
    assert!(locked.windows(8).any(|window| window == b"FieldMDP"));
}

/// What a field demands (`/SV`) is fulfilled, or the field is not filled.
#[test]
fn demands_of_a_field_are_fulfilled_or_refused() {
    let field = |rest: &str| {
        let text = "<</Type /Annot /Subtype /Widget /FT /Sig /T (empty) /Rect [0 0 0 0] /P 3 0 R";
        update(&document(), &[(11, format!("{text} {rest}>>"))])
    };
    let url = "http://tsa.example/";
    let moj = Request {
        field: Some("empty"),
        ..request(Profile::Moj)
    };
    let pades = Request {
        reason: Some("agreed"),
        time_stamp: Some(url),
        ..Request {
            profile: Profile::Pades,
            ..moj.clone()
        }
    };
    let ours = "/SubFilter [/adbe.pkcs7.detached]";
    let theirs = "/SubFilter [/ETSI.CAdES.detached /adbe.pkcs7.sha1]";
    let stamp = format!("/TimeStamp <</URL ({url}) /Ff 1>>");
    let subject = "/Subject [<00>]";
    for (seed, entry_moj, entry_pades) in [
        ("", None, None),
        // Proposals.
        (theirs, None, None),
        (
            "/Filter /Other /DigestMethod [/SHA1] /Reasons [(read)] /AddRevInfo true",
            None,
            None,
        ),
        (&format!("/Cert <<{subject}>>"), None, None),
        (&format!("/TimeStamp <</URL ({url})>> /V 9"), None, None),
        ("/MDP <</P 0>>", None, None),
        // Demands.
        ("/Ff 1 /Filter /Adobe.PPKLite", None, None),
        ("/Ff 1 /Filter /Other", Some("Filter"), Some("Filter")),
        ("/Ff 1", Some("Filter"), Some("Filter")),
        (&format!("/Ff 2 {ours}"), None, Some("SubFilter")),
        (&format!("/Ff 2 {theirs}"), Some("SubFilter"), None),
        ("/Ff 2", Some("SubFilter"), Some("SubFilter")),
        ("/Ff 4 /V 3", None, None),
        ("/Ff 4 /V 4", Some("V"), Some("V")),
        ("/Ff 8 /Reasons [(read) (agreed)]", Some("Reasons"), None),
        ("/Ff 8 /Reasons [(.)]", None, Some("Reasons")),
        ("/Ff 8", None, Some("Reasons")),
        (
            "/Ff 16 /LegalAttestation [(x)]",
            Some("LegalAttestation"),
            Some("LegalAttestation"),
        ),
        (
            "/Ff 32 /AddRevInfo true",
            Some("AddRevInfo"),
            Some("AddRevInfo"),
        ),
        ("/Ff 32 /AddRevInfo false", None, None),
        ("/Ff 64 /DigestMethod [/SHA512 /SHA256]", None, None),
        ("/Ff 64 /DigestMethod [(SHA256)]", None, None),
        (
            "/Ff 64 /DigestMethod [/SHA512]",
            Some("DigestMethod"),
            Some("DigestMethod"),
        ),
        (
            "/Ff 128 /LockDocument /true",
            Some("LockDocument"),
            Some("LockDocument"),
        ),
        ("/Ff 128 /LockDocument /auto", None, None),
        (
            "/Ff 256 /AppearanceFilter (x)",
            Some("AppearanceFilter"),
            Some("AppearanceFilter"),
        ),
        ("/Ff 512", Some("Ff"), Some("Ff")),
        ("/MDP <</P 2>>", Some("MDP"), Some("MDP")),
        (
            &format!("/Cert <</Ff 1 {subject}>>"),
            Some("Cert"),
            Some("Cert"),
        ),
        (&stamp, Some("TimeStamp"), None),
        (
            "/TimeStamp <</URL (http://other.example/) /Ff 1>>",
            Some("TimeStamp"),
            Some("TimeStamp"),
        ),
        ("/TimeStamp <</Ff 1>>", Some("TimeStamp"), None),
    ] {
        let bytes = field(&format!("/SV <</Type /SV {seed}>>"));
        for (request, entry) in [(&moj, entry_moj), (&pades, entry_pades)] {
            let answer = pdf::prepare(&bytes, request).map(|_| ());
            let expected = entry.map_or(Ok(()), |entry| Err(PdfError::Demand(entry)));
            assert_eq!(answer, expected, "{seed} {:?}", request.profile);
            // Without the field its demands are nobody's.
            let beside = Request {
                field: None,
                ..request.clone()
            };
            assert!(pdf::prepare(&bytes, &beside).is_ok(), "{seed}");
        }
    }
    let wrong = "pdf.field.demands";
    for rest in ["/SV (x)", "/SV <</Ff (x)>>", "/SV <</Ff -1>>"] {
        assert_eq!(refusal(&field(rest), &moj), wrong, "{rest}");
    }
    // A level of a lock has to be a certification, which is never made here.
    let lock = "/Lock <</Type /SigFieldLock /Action /All /P 1>>";
    assert_eq!(refusal(&field(lock), &moj), wrong);
    assert_eq!(
        refusal(&field("/Lock (x)"), &moj),
        "pdf.permissions.malformed"
    );
}

#[test]
fn a_waiting_field_is_told_of() {
    let prepared = |bytes: &[u8], field: Option<&'static str>| {
        let request = Request {
            field,
            ..request(Profile::Moj)
        };
        let prepared = pdf::prepare(bytes, &request).unwrap();
        let warned = prepared.warnings().contains(&reason::WAITING_FIELD);
        assert_eq!(warned, prepared.waiting_field().is_some());
        prepared.waiting_field().map(str::to_owned)
    };
    let one = document();
    assert_eq!(prepared(&one, None).as_deref(), Some("empty"));
    assert_eq!(prepared(&one, Some("empty")), None);
    // None, and two, of which none is the one that is meant.
    assert_eq!(prepared(&plain("qpdf-objects.pdf"), None), None);
    let second = "<</Type /Annot /Subtype /Widget /FT /Sig /T (more) /Rect [0 0 0 0] /P 3 0 R>>";
    let two = update(
        &one,
        &[
            (30, second.into()),
            (FORM, "<</Fields [6 0 R 11 0 R 30 0 R]>>".into()),
        ],
    );
    assert_eq!(prepared(&two, None), None);
}

fn lines() -> Vec<String> {
    vec![format!("電子署名　{NAME}"), "2026-11-25 12:00 (JST)".into()]
}

fn font() -> Vec<u8> {
    std::fs::read(DEFAULT_FONT).expect("install the Debian package `fonts-ipaexfont-gothic`")
}

#[test]
fn a_visible_signature_shows_japanese_text() {
    let (font, lines) = (font(), lines());
    let area = Area {
        x: 120.0,
        y: 20.0,
        width: 160.0,
        height: 40.0,
    };
    let visible = Visible {
        page: 1,
        area,
        lines: &lines,
        font: &font,
    };
    let request = Request {
        visible: Some(visible.clone()),
        ..request(Profile::Moj)
    };
    for name in [
        "cairo-15.pdf",
        "reportlab.pdf",
        "qpdf-objects.pdf",
        "qpdf-linearized.pdf",
    ] {
        let original = plain(name);
        let bytes = sign_with(&original, &request, pki::hanako());
        assert!(
            bytes.len() - original.len() < 50_000,
            "only a part of the font: {}",
            bytes.len()
        );
        let report = verify(&bytes);
        assert!(report.is_accepted(), "{name}: {:?}", summary(&report));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("visible.pdf");
        std::fs::write(&file, &bytes).unwrap();
        let text = Command::new("pdftotext")
            .args(["-l", "1"])
            .arg(&file)
            .arg("-")
            .output();
        let text = text.expect("install the Debian package `poppler-utils`");
        let text = String::from_utf8(text.stdout).unwrap();
        for line in &lines {
            let line = line.replace('　', " ");
            assert!(text.replace('　', " ").contains(&line), "{name}: {text}");
        }
        let check = Command::new("qpdf")
            .arg("--check")
            .arg(&file)
            .output()
            .unwrap();
        assert!(check.status.success(), "{name}");
    }

    let with = |change: &dyn Fn(&mut Visible<'_>)| {
        let mut visible = visible.clone();
        change(&mut visible);
        refusal(
            &plain("cairo-15.pdf"),
            &Request {
                visible: Some(visible),
                ..request.clone()
            },
        )
    };
    assert_eq!(with(&|visible| visible.page = 2), "pdf.page.absent");
    assert_eq!(with(&|visible| visible.page = 0), "pdf.page.absent");
    assert_eq!(with(&|visible| visible.area.x = 200.0), "pdf.visible.box");
    assert_eq!(
        with(&|visible| visible.area.height = 5.0),
        "pdf.visible.box"
    );
    assert_eq!(
        with(&|visible| visible.area.width = f64::NAN),
        "pdf.visible.box"
    );
    assert_eq!(with(&|visible| visible.font = b"no font"), "pdf.font");
    let odd = [String::from("髙橋 \u{9089}\u{e0100}")];
    let original = plain("cairo-15.pdf");
    let odd = Visible {
        lines: &odd,
        ..visible.clone()
    };
    let odd = Request {
        visible: Some(odd),
        ..request.clone()
    };
    let glyph = PdfError::Glyph('\u{e0100}');
    assert_eq!(pdf::prepare(&original, &odd).unwrap_err(), glyph);
}

#[test]
fn a_second_visible_signature_covers_nothing() {
    let (font, lines) = (font(), lines());
    let at = |y| Area {
        x: 120.0,
        y,
        width: 160.0,
        height: 35.0,
    };
    let visible = |y| {
        let visible = Visible {
            page: 1,
            area: at(y),
            lines: &lines,
            font: &font,
        };
        Request {
            visible: Some(visible),
            ..request(Profile::Pades)
        }
    };
    let once = sign_with(&document(), &visible(20.0), pki::hanako());
    assert_eq!(refusal(&once, &visible(20.0)), "pdf.visible.covers");
    assert_eq!(refusal(&once, &visible(140.0)), "pdf.visible.covers");
    let twice = sign_with(&once, &visible(60.0), pki::taro());
    let report = verify(&twice);
    assert!(
        report.is_accepted() && report.signatures.len() == 2,
        "{:?}",
        summary(&report)
    );
}

#[test]
fn digest_and_room_are_known_beforehand() {
    let original = document();
    let wanted = request(Profile::Moj);
    let prepared = pdf::prepare(&original, &wanted).unwrap();
    let (_, whole) = signed::pdf_prepared(&original, &prepared, pki::hanako(), &wanted).unwrap();
    let start = forge::rfind(&whole, b"/Contents <") + 10;
    let end = start + forge::find(&whole[start..], b">") + 1;
    let ranges = [&whole[..start], &whole[end..]].concat();
    let digest = card_core::digest::Digest::of(HashAlgorithm::Sha256, &ranges);
    assert_eq!(prepared.digest(HashAlgorithm::Sha256), digest);
    assert_eq!(prepared.warnings(), [reason::WAITING_FIELD]);

    let wanted = Request {
        room: 1000,
        ..request(Profile::Moj)
    };
    let small = pdf::prepare(&original, &wanted).unwrap();
    assert!(matches!(
        signed::pdf_prepared(&original, &small, pki::hanako(), &wanted),
        Err(PdfError::Room {
            needed: 2000..,
            room: 1000
        })
    ));
}

#[test]
fn what_could_show_another_document_is_told_before() {
    let warned = |objects: &[(u32, String)]| {
        let bytes = update(&document(), objects);
        let prepared = pdf::prepare(&bytes, &request(Profile::Moj)).unwrap();
        let mut warnings = prepared.warnings().to_vec();
        // The document has an empty field.
        warnings.retain(|warning| *warning != reason::WAITING_FIELD);
        warnings
    };
    assert_eq!(warned(&[(30, "(nobody)".into())]), [reason::UNREFERENCED]);
    let anew = "<</Fields [6 0 R 11 0 R] /NeedAppearances true>>".to_owned();
    assert_eq!(warned(&[(FORM, anew)]), [reason::APPEARANCES]);
    let script = forge::catalog("/OpenAction <</S /JavaScript /JS (x)>>");
    assert_eq!(warned(&[(CATALOG, script)]), [reason::ACTIVE]);
    assert_eq!(
        warned(&[(CATALOG, forge::catalog("/OpenAction [3 0 R /Fit]"))]),
        []
    );
    assert_eq!(
        pdf::prepare(&plain("qpdf-linearized.pdf"), &request(Profile::Moj))
            .unwrap()
            .warnings(),
        []
    );
}

#[test]
fn lists_with_numbers_of_their_own_are_kept_or_left() {
    // Annotations in an array of its own, then one that two things share.
    let page = forge::page("X").replace("[X]", "20 0 R");
    let list = "[6 0 R 11 0 R]".to_owned();
    let own = update(&document(), &[(PAGE, page.clone()), (20, list.clone())]);
    let shared = update(&own, &[(FORM, "<</Fields 20 0 R /DA (/F 12 Tf)>>".into())]);
    for bytes in [own, shared] {
        let once = sign(&bytes, Profile::Moj);
        let twice = sign_with(&once, &request(Profile::Moj), pki::taro());
        let report = verify(&twice);
        assert!(
            report.is_accepted() && report.signatures.len() == 2,
            "{:?}",
            summary(&report)
        );
    }
}
