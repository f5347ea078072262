//! Honest histories: what programs and people do to a document after it was signed.

use card_sign::pdf::{self, Area, Profile, Request, Visible};

use super::{plain, request, samples, sign, sign_with, summary, verify};
use crate::pki;

/// Plain samples that paint in ways that are not measured (programs of Type 1 fonts, contents in
/// ASCII85, pictures of whole pages): no visible signature after another.
const UNMEASURED: &[&str] = &[
    "ghostscript-image.pdf",
    "mutool-create.pdf",
    "mutool-garbage.pdf",
    "pdftex-14.pdf",
    "pdftex-15.pdf",
    "pdftocairo.pdf",
    "qpdf-uncompressed.pdf",
    "reportlab.pdf",
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
