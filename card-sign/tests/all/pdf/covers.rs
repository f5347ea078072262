//! Pages on which a later box lies over what was signed, each by a trick of its own; and pages on
//! which it lies in the blank part.

use super::forge::{self, CATALOG, KEYS, PAGE, honest};
use super::{summary, verify};

/// A document of one page: its contents, resources, and further keys of the page and objects.
fn document(contents: &str, resources: &str, page: &str, objects: &[(u32, String)]) -> Vec<u8> {
    let page = format!(
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R \
         /Resources <</Font <</F 7 0 R /T 30 0 R>> {resources}>> /Annots [6 0 R 11 0 R] {page}>>"
    );
    let mut all = vec![
        (PAGE, page),
        (forge::CONTENT, forge::stream("", contents)),
        (30, TYPE3.to_owned()),
        (
            31,
            forge::stream("", "500 0 0 0 900 900 d1 0 0 900 900 re f"),
        ),
    ];
    all.extend(objects.iter().cloned());
    forge::update(&forge::document(), &all)
}

const TYPE3: &str = "<</Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [.001 0 0 .001 0 0] \
     /CharProcs <</a 31 0 R>> /Encoding <</Differences [97 /a]>> /FirstChar 97 /LastChar 97 \
     /Widths [500] /Resources <<>>>>";

/// Signed by one, then by another who shows a box on `[100 40 200 60]`.
fn cosigned(original: &[u8], flags: &str) -> Vec<u8> {
    let fonts = last(original, "3 0 obj\n");
    let with = |annotations: &str| fonts.replace("[6 0 R 11 0 R", annotations);
    let once = forge::sign(
        original,
        &[
            (12, format!("<<{KEYS}>>")),
            (
                13,
                forge::signature_field("Signature1", 12, "/Rect [0 0 0 0]"),
            ),
            (PAGE, with("[6 0 R 11 0 R 13 0 R")),
            (forge::FORM, forge::form("13 0 R")),
            (CATALOG, forge::catalog("")),
        ],
        &honest,
    );
    let field = forge::signature_field("Second", 60, "/Rect [100 40 200 60]");
    forge::sign(
        &once,
        &[
            (60, format!("<<{KEYS}>>")),
            (61, field.replace("/F 132", flags)),
            (PAGE, with("[6 0 R 11 0 R 13 0 R 61 0 R")),
            (forge::FORM, forge::form("13 0 R 61 0 R")),
        ],
        &honest,
    )
}

/// The newest object after a header.
fn last(bytes: &[u8], header: &str) -> String {
    let start = forge::rfind(bytes, format!("\n{header}").as_bytes()) + header.len() + 1;
    let end = start + forge::find(&bytes[start..], b"\nendobj");
    String::from_utf8(bytes[start..end].to_vec()).unwrap()
}

/// Contents that paint into the box, or may.
const TRICKS: &[(&str, &str)] = &[
    ("text", "BT /F 12 Tf 100 45 Td (secret) Tj ET"),
    (
        "text from the left",
        "BT /F 12 Tf 20 45 Td (a line that goes on for long) Tj ET",
    ),
    ("text rise", "BT /F 12 Tf 100 150 Td -100 Ts (secret) Tj ET"),
    (
        "text rise in a state",
        "/Q gs BT /F 12 Tf 100 150 Td (secret) Tj ET",
    ),
    ("negative size", "BT /F -12 Tf 190 50 Td (secret) Tj ET"),
    (
        "negative size from above",
        "BT /F -60 Tf 150 80 Td (secret) Tj ET",
    ),
    (
        "negative scaling",
        "BT /F 12 Tf -100 Tz 190 50 Td (secret) Tj ET",
    ),
    ("large scaling", "BT /F 12 Tf 900 Tz 20 50 Td (ab) Tj ET"),
    (
        "negative spacing",
        "BT /F 12 Tf -30 Tc 290 50 Td (secret) Tj ET",
    ),
    ("large spacing", "BT /F 12 Tf 40 Tc 20 50 Td (secret) Tj ET"),
    ("word spacing", "BT /F 12 Tf 90 Tw 20 50 Td (a b) Tj ET"),
    (
        "negative word spacing",
        "BT /F 12 Tf -140 Tw 260 50 Td (a b) Tj ET",
    ),
    ("adjustment", "BT /F 12 Tf 20 50 Td [(a) -8000 (b)] TJ ET"),
    (
        "adjustment to the left",
        "BT /F 12 Tf 280 50 Td [(a) 10000 (b)] TJ ET",
    ),
    ("leading", "BT /F 12 Tf 100 TL 110 150 Td T* (secret) Tj ET"),
    (
        "leading by TD",
        "BT /F 12 Tf 110 150 Td 0 -50 TD T* (secret) Tj ET",
    ),
    ("quote", "BT /F 12 Tf 100 TL 110 150 Td (secret) ' ET"),
    (
        "double quote",
        "BT /F 12 Tf 100 TL 110 150 Td 0 0 (secret) \" ET",
    ),
    (
        "double quote spacing",
        "BT /F 12 Tf 0 TL 20 50 Td 0 60 (abc) \" ET",
    ),
    (
        "text matrix",
        "BT /F 1 Tf 12 0 0 12 110 45 Tm (secret) Tj ET",
    ),
    (
        "mirrored text matrix",
        "BT /F 12 Tf -1 0 0 1 190 45 Tm (secret) Tj ET",
    ),
    (
        "turned text",
        "BT /F 12 Tf 0 1 -1 0 150 10 Tm (secret) Tj ET",
    ),
    (
        "matrix and text",
        "q 1 0 0 1 100 0 cm BT /F 12 Tf 10 45 Td (secret) Tj ET Q",
    ),
    ("font by a state", "/G gs BT 100 45 Td (secret) Tj ET"),
    ("no font", "BT 100 145 Td (secret) Tj ET"),
    ("missing font", "BT /Nothing 12 Tf 20 150 Td (secret) Tj ET"),
    ("surplus operand", "BT /F 12 Tf 7 100 45 Td (secret) Tj ET"),
    (
        "surplus operand far off",
        "BT /F 12 Tf 7 20 150 Td (secret) Tj ET",
    ),
    ("missing operand", "BT /F 12 Tf 150 Td (secret) Tj ET"),
    (
        "operand of another kind",
        "BT /F 12 Tf (x) 150 Td (secret) Tj ET",
    ),
    ("name as size", "BT /F /F Tf 20 150 Td (secret) Tj ET"),
    (
        "two points in a number",
        "BT /F 12 Tf 1.0.0 150 Td (secret) Tj ET",
    ),
    (
        "two signs in a number",
        "BT /F 12 Tf --100 150 Td (secret) Tj ET",
    ),
    ("sign in a number", "BT /F 12 Tf 10-0 150 Td (secret) Tj ET"),
    ("exponent", "BT /F 12 Tf 1e2 150 Td (secret) Tj ET"),
    (
        "hexadecimal number",
        "BT /F 12 Tf 0x64 150 Td (secret) Tj ET",
    ),
    (
        "huge number",
        "BT /F 12 Tf 99999999999999999999 150 Td (secret) Tj ET",
    ),
    (
        "number beyond 32 bits",
        "1 0 0 1 4294967396 0 cm BT /F 12 Tf 20 150 Td (s) Tj ET",
    ),
    (
        "unknown operator",
        "BT /F 12 Tf 20 150 Td (secret) Tj ET xyz",
    ),
    ("unknown operator between BX and EX", "BX xyz EX"),
    ("text outside BT", "/F 12 Tf (secret) Tj"),
    ("position outside BT", "/F 12 Tf 100 45 Td"),
    ("BT inside BT", "BT BT /F 12 Tf 20 150 Td (x) Tj ET ET"),
    ("q inside BT", "BT q /F 12 Tf 20 150 Td (x) Tj Q ET"),
    (
        "cm inside BT",
        "BT 1 0 0 1 80 -100 cm /F 12 Tf 20 150 Td (x) Tj ET",
    ),
    ("text that does not end", "BT /F 12 Tf 20 150 Td (x) Tj"),
    ("Q without q", "Q BT /F 12 Tf 20 150 Td (x) Tj ET"),
    ("EMC without BMC", "EMC"),
    ("operands at the end", "1 2 3"),
    ("string that does not end", "BT (open"),
    ("dictionary with a key twice", "/P <</A 1 /A 2>> BDC EMC"),
    ("reference among operands", "1 0 R"),
    ("null operand", "null w"),
    (
        "all modes of text: outline",
        "BT /F 12 Tf 1 Tr 100 45 Td (s) Tj ET",
    ),
    (
        "all modes of text: invisible",
        "BT /F 12 Tf 3 Tr 100 45 Td (s) Tj ET",
    ),
    (
        "all modes of text: clipping",
        "BT /F 12 Tf 7 Tr 100 45 Td (s) Tj ET",
    ),
    (
        "mode of text unknown",
        "BT /F 12 Tf 9 Tr 20 150 Td (s) Tj ET",
    ),
    (
        "wide outline of text",
        "90 w BT /F 12 Tf 1 Tr 110 90 Td (s) Tj ET",
    ),
    ("Type 3 letters", "BT /T 12 Tf 110 45 Td (a) Tj ET"),
    (
        "Type 3 letters from afar",
        "BT /T 100 Tf 20 10 Td (a) Tj ET",
    ),
    ("vertical writing", "BT /V 12 Tf 110 150 Td (secret) Tj ET"),
    ("vertical map", "BT /M 12 Tf 20 150 Td (secret) Tj ET"),
    ("embedded Type 1 program", "BT /E 12 Tf 20 150 Td (s) Tj ET"),
    ("broken font program", "BT /B 12 Tf 20 150 Td (s) Tj ET"),
    ("two font programs", "BT /D 12 Tf 20 150 Td (s) Tj ET"),
    (
        "names that are no Latin letters",
        "BT /L 12 Tf 20 150 Td (s) Tj ET",
    ),
    ("wide advance", "BT /W 12 Tf 20 45 Td (ss) Tj ET"),
    ("negative advance", "BT /N 12 Tf 280 45 Td (ss) Tj ET"),
    (
        "advance of another kind",
        "BT /K 12 Tf 20 150 Td (ss) Tj ET",
    ),
    (
        "composite of a missing font",
        "BT /C 12 Tf 20 150 Td (ss) Tj ET",
    ),
    ("line", "20 50 m 280 50 l S"),
    ("line across", "100 20 m 250 180 l S"),
    ("wide line", "80 w 20 90 m 280 90 l S"),
    ("wide line by a state", "/Y gs 20 90 m 280 90 l S"),
    (
        "wide line by a matrix",
        "q 1 0 0 80 0 0 cm 20 1.1 m 280 1.1 l S Q",
    ),
    (
        "corner of a wide line",
        "20 w 100 M 20 100 m 60 97 l 20 94 l S",
    ),
    ("corner by a state", "/Z gs 20 w 20 100 m 60 97 l 20 94 l S"),
    ("line without a start", "20 50 l S"),
    ("curve", "20 50 m 20 50 280 50 280 50 c S"),
    ("curve by v", "20 50 m 280 50 280 50 v S"),
    ("curve by y", "20 50 m 20 50 280 50 y S"),
    ("closing line", "280 50 m 290 190 l 20 50 l s"),
    ("closing line by h", "110 20 m 150 190 l 190 20 l h S"),
    ("area", "90 30 50 50 re f"),
    ("area with negative sides", "290 190 -280 -180 re f"),
    ("area by F", "90 30 50 50 re F"),
    ("area by f*", "90 30 50 50 re f*"),
    ("area by B", "90 30 50 50 re B"),
    ("area by b*", "90 30 50 50 re b*"),
    (
        "page filled by a pattern",
        "/Pattern cs /P scn 0 0 300 200 re f",
    ),
    (
        "page filled by a pattern named late",
        "/Pattern cs /P scn 1 scn 0 0 300 200 re f",
    ),
    (
        "page filled through letters",
        "BT /F 12 Tf 7 Tr 110 45 Td (s) Tj ET 0 0 300 200 re f",
    ),
    (
        "page filled through a path",
        "100 40 m 190 40 l 150 60 l h W n 0 0 300 200 re f",
    ),
    (
        "page filled with holes",
        "0 0 300 200 re 110 45 50 10 re f*",
    ),
    ("page filled through a mask", "/S gs 0 0 300 200 re f"),
    (
        "page filled after text",
        "BT /F 12 Tf 20 150 Td (s) Tj ET 0 0 300 200 re f",
    ),
    ("page filled and stroked", "0 0 300 200 re 200 w B"),
    ("shading", "/H sh"),
    ("shading in a clip", "q 90 30 60 60 re W n /H sh Q"),
    ("picture", "q 60 0 0 60 90 30 cm /I Do Q"),
    ("mirrored picture", "q -60 0 0 60 180 30 cm /I Do Q"),
    ("sheared picture", "q 10 150 150 10 20 20 cm /I Do Q"),
    (
        "picture inside the contents",
        "BI /W 1 /H 1 /BPC 8 /CS /G ID x EI",
    ),
    ("missing external object", "/Nothing Do"),
    ("form", "/X Do"),
    ("form with a matrix", "/A Do"),
    ("form moved", "q 1 0 0 1 90 0 cm /O Do Q"),
    ("form without bounds", "/R Do"),
    ("form without resources", "/U Do"),
    ("form of another file", "/J Do"),
    ("PostScript", "/PS Do"),
    ("form that shows itself", "/Self Do"),
    ("state unknown", "/Nothing gs"),
    ("state with an unknown key", "/Other gs"),
    ("state with a transfer function", "/TF gs"),
    ("layer", "/OC /P BDC BT /F 12 Tf 110 45 Td (s) Tj ET EMC"),
    (
        "size by TZ of zero height",
        "BT /F 12 Tf 1 0 5 1 60 45 Tm (secret) Tj ET",
    ),
    (
        "comment that hides an operand",
        "BT /F 12 Tf 20 % 9\n45 Td (a line that goes on and on) Tj ET",
    ),
    ("hexadecimal string", "BT /F 12 Tf 110 45 Td <736563> Tj ET"),
    ("escaped name", "BT /#46 12 Tf 110 45 Td (s) Tj ET"),
    (
        "line from where a closed path began",
        "20 20 m 20 190 l h 280 70 l S",
    ),
    (
        "curve from where a closed path began",
        "20 20 m 20 190 l h 20 20 280 70 280 70 c S",
    ),
    (
        "matrix inside a path",
        "20 150 m 1 0 0 1 0 -100 cm 280 150 l S",
    ),
    ("state inside a path", "20 150 m q 280 150 l S Q"),
    ("text inside a path", "20 150 m BT ET 280 150 l S"),
    ("form inside a path", "20 150 m /I Do 280 150 l S"),
    ("path that does not end", "20 150 m 280 150 l"),
    (
        "letters of lines as wide as the page says",
        "900 w BT /S3 12 Tf 20 150 Td (a) Tj ET",
    ),
    (
        "letters of text as high as the page says",
        "BT -100 Ts /T3 12 Tf 20 150 Td (a) Tj ET",
    ),
    (
        "letters with pictures of the page",
        "BT /I3 12 Tf 20 150 Td (a) Tj ET",
    ),
    (
        "letters that go upwards",
        "BT /K3 12 Tf 20 150 Td (aa) Tj ET",
    ),
    (
        "letters without a width",
        "BT /W3 12 Tf 20 150 Td (aa) Tj ET",
    ),
    (
        "letters of one byte in a map of Unicode",
        "BT /U8 12 Tf 20 45 Td (ssssssss) Tj ET",
    ),
    (
        "blanks that are half a letter",
        "BT /JH 12 Tf -100 Tw 20 45 Td (  !!!!!!!!!!!!!!!!!!) Tj ET",
    ),
    (
        "letter in the middle of a wide advance",
        "BT /W 20 Tf 20 45 Td (s) Tj ET",
    ),
    ("form with bounds of five", "/B5 Do"),
    ("form with a short name for its filter", "/DP Do"),
];

const UPRIGHT: &str = "[.001 0 0 .001 0 0]";
const WIDTHS: &str = "/Widths [500]";

fn type3(letter: &str, resources: &str, matrix: &str, widths: &str) -> String {
    format!(
        "<</Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix {matrix} \
         /CharProcs <</a {letter}>> /Encoding <</Differences [97 /a]>> /FirstChar 97 \
         /LastChar 97 {widths} {resources}>>"
    )
}

fn resources() -> (String, Vec<(u32, String)>) {
    let helvetica = "/Type /Font /Subtype /Type1 /BaseFont /Helvetica";
    let descriptor = |number: u32, keys: &str| {
        (
            number,
            format!("<</Type /FontDescriptor /FontName /X /Flags 4 {keys}>>"),
        )
    };
    let composite = |encoding: &str| {
        format!(
            "<</Type /Font /Subtype /Type0 /BaseFont /X /Encoding {encoding} /DescendantFonts \
             [<</Type /Font /Subtype /CIDFontType2 /BaseFont /X /FontDescriptor 45 0 R>>]>>"
        )
    };
    let form = |keys: &str| {
        forge::stream(
            &format!("/Type /XObject /Subtype /Form {keys}"),
            "BT /F 12 Tf 10 45 Td (a line of a form) Tj ET",
        )
    };
    let own = "/Resources <</Font <</F 7 0 R>>>>";
    let fonts = [
        ("V", 32, composite("/UniJIS-UCS2-V")),
        ("M", 33, composite("46 0 R")),
        ("C", 34, composite("/Identity-H")),
        ("E", 35, format!("<<{helvetica} /FontDescriptor 41 0 R>>")),
        ("B", 36, format!("<<{helvetica} /FontDescriptor 42 0 R>>")),
        ("D", 37, format!("<<{helvetica} /FontDescriptor 43 0 R>>")),
        (
            "L",
            38,
            format!("<<{helvetica} /Encoding <</Differences [115 /uniFDFD]>>>>"),
        ),
        (
            "W",
            39,
            format!("<<{helvetica} /FirstChar 115 /LastChar 115 /Widths [9000]>>"),
        ),
        (
            "N",
            47,
            format!("<<{helvetica} /FirstChar 115 /LastChar 115 /Widths [-9000]>>"),
        ),
        ("U8", 80, composite("/UniJIS-UTF8-H")),
        ("JH", 81, composite("/H")),
        (
            "S3",
            82,
            type3("83 0 R", "/Resources <<>>", UPRIGHT, WIDTHS),
        ),
        (
            "T3",
            84,
            type3(
                "85 0 R",
                "/Resources <</Font <</F 7 0 R>>>>",
                UPRIGHT,
                WIDTHS,
            ),
        ),
        ("I3", 86, type3("87 0 R", "", UPRIGHT, WIDTHS)),
        (
            "K3",
            88,
            type3(
                "31 0 R",
                "/Resources <<>>",
                "[.001 -.01 0 .001 0 0]",
                WIDTHS,
            ),
        ),
        ("W3", 89, type3("31 0 R", "/Resources <<>>", UPRIGHT, "")),
        (
            "K",
            48,
            format!("<<{helvetica} /FirstChar 115 /LastChar 115 /Widths [(x)]>>"),
        ),
    ];
    let forms = [
        (
            "X",
            50,
            form(&format!("/BBox [0 0 300 200] /Matrix [1 0 0 1 90 0] {own}")),
        ),
        (
            "A",
            51,
            form(&format!(
                "/BBox [0 0 300 200] /Matrix [2 0 0 2 -10 -50] {own}"
            )),
        ),
        ("O", 52, form(&format!("/BBox [0 0 300 200] {own}"))),
        ("R", 53, form(own)),
        ("U", 54, form("/BBox [0 0 300 200]")),
        (
            "J",
            55,
            form(&format!("/BBox [0 0 9 9] /F (other.pdf) {own}")),
        ),
        (
            "B5",
            90,
            form(&format!("/BBox [0 (x) 0 9 9] /Matrix [1 0 0 1 90 0] {own}")),
        ),
        (
            "DP",
            91,
            forge::stream(
                &format!(
                    "/Type /XObject /Subtype /Form /BBox [0 0 300 200] /DP <</Predictor 2>> {own}"
                ),
                "BT /F 12 Tf 20 150 Td (s) Tj ET",
            ),
        ),
        (
            "PS",
            56,
            forge::stream("/Type /XObject /Subtype /PS", "showpage"),
        ),
        (
            "Self",
            57,
            forge::stream(
                "/Type /XObject /Subtype /Form /BBox [0 0 9 9] \
                 /Resources <</XObject <</Self 57 0 R>>>>",
                "/Self Do",
            ),
        ),
        (
            "I",
            58,
            forge::stream(
                "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 \
                 /ColorSpace /DeviceGray",
                "x",
            ),
        ),
    ];
    let mut objects = vec![
        (83, forge::stream("", "500 0 d0 0 0 m 400 0 l S")),
        (85, forge::stream("", "500 0 d0 BT /F 12 Tf (secret) Tj ET")),
        (87, forge::stream("", "500 0 d0 /I Do")),
        descriptor(41, "/FontFile 44 0 R"),
        descriptor(42, "/FontFile2 44 0 R"),
        descriptor(43, "/FontFile2 44 0 R /FontFile3 44 0 R"),
        (44, forge::stream("", "no font")),
        descriptor(45, ""),
        (46, forge::stream("/Type /CMap /CMapName /X /WMode 1", "x")),
        (
            49,
            forge::stream(
                "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 300 200] \
                 /XStep 300 /YStep 200 /Resources <<>>",
                "110 45 50 10 re f",
            ),
        ),
    ];
    let mut text = String::from("/Pattern <</P 49 0 R>> /ExtGState <</G <</Font [7 0 R 12]>> ");
    text += "/Q <</TK true /Rise 5>> /Y <</LW 80>> /Z <</ML 100>> /Other <</XX 1>> ";
    text += "/S <</SMask <</S /Luminosity /G 50 0 R>>>> /TF <</TR 50 0 R>>>> /XObject <<";
    for (name, number, object) in forms {
        text += &format!("/{name} {number} 0 R ");
        objects.push((number, object));
    }
    text += ">>";
    let mut names = String::new();
    for (name, number, object) in fonts {
        names += &format!("/{name} {number} 0 R ");
        objects.push((number, object));
    }
    (format!("{text}@{names}"), objects)
}

fn tricked(contents: &str, page: &str, more: &[(u32, String)]) -> Vec<u8> {
    let (resources, mut objects) = resources();
    let (others, fonts) = resources.split_once('@').unwrap();
    objects.extend(more.iter().cloned());
    let bytes = document(contents, others, page, &objects);
    let place = forge::rfind(&bytes, b"/T 30 0 R");
    // Appended again, with all fonts.
    let page = last(&bytes, "3 0 obj\n").replace("/T 30 0 R", &format!("/T 30 0 R {fonts}"));
    assert!(place > 0);
    forge::update(&bytes, &[(PAGE, page)])
}

fn covered(name: &str, bytes: &[u8], wrong: &mut Vec<String>) {
    let report = verify(bytes);
    let right = report.findings().any(|finding| {
        finding.rule.id() == "P10"
            && matches!(finding.verdict, card_sign::Verdict::Fail(why) if why.code() == "pdf.changed.covered")
    });
    let named = summary(&report).concat().contains("pdf.changed.picture");
    if !right || !named {
        wrong.push(format!("{name}: {:?}", summary(&report)));
    }
}

#[test]
fn a_box_over_what_was_signed_is_refused() {
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut covered = |name: &str, bytes: &[u8], wrong: &mut Vec<String>| {
        count += 1;
        covered(name, bytes, wrong);
    };
    for (name, contents) in TRICKS {
        covered(
            name,
            &cosigned(&tricked(contents, "", &[]), "/F 132"),
            &mut wrong,
        );
    }
    let streams = |first: &str, second: &str| {
        let parts = [
            (70, forge::stream("", first)),
            (71, forge::stream("", second)),
        ];
        tricked("", "", &parts).clone()
    };
    // A token that lies in two content streams, or two that touch.
    for (name, first, second) in [
        ("number", "BT /F 12 Tf 10", "0 45 Td (s) Tj ET"),
        ("operator", "BT /F 12 Tf 20 150 T", "d (s) Tj ET"),
        ("string", "BT /F 12 Tf 20 150 Td (s", ") Tj ET"),
        ("comment", "BT /F 12 Tf 20 150 Td %", "(s) Tj ET"),
        ("array", "BT /F 12 Tf 20 150 Td [(s)", " (t)] TJ ET"),
    ] {
        let bytes = streams(first, second);
        let page =
            last(&bytes, "3 0 obj\n").replace("/Contents 4 0 R", "/Contents [70 0 R 71 0 R]");
        let bytes = forge::update(&bytes, &[(PAGE, page)]);
        covered(
            &format!("two streams: {name}"),
            &cosigned(&bytes, "/F 132"),
            &mut wrong,
        );
    }
    // Annotations that are shown there, or may be.
    for (name, keys) in [
        ("link", "/Subtype /Link /Rect [90 30 150 50]"),
        (
            "border of a link",
            "/Subtype /Link /Rect [90 70 150 90] /Border [0 0 20]",
        ),
        (
            "stamp",
            "/Subtype /Stamp /Rect [90 30 150 50] /AP <</N 10 0 R>>",
        ),
        (
            "stamp without a look",
            "/Subtype /Stamp /Rect [10 150 20 160]",
        ),
        ("note", "/Subtype /Text /Rect [10 150 20 160]"),
        (
            "fixed size",
            "/Subtype /Stamp /Rect [10 150 20 160] /F 8 /AP <</N 10 0 R>>",
        ),
        (
            "fixed direction",
            "/Subtype /Stamp /Rect [10 150 20 160] /F 16 /AP <</N 10 0 R>>",
        ),
        (
            "ink",
            "/Subtype /Ink /Rect [10 150 20 160] /InkList [[100 40 200 60]]",
        ),
        (
            "watermark",
            "/Subtype /Watermark /Rect [10 150 20 160] /AP <</N 10 0 R>>",
        ),
        ("of no kind", "/Rect [10 150 20 160]"),
        ("of no place", "/Subtype /Link"),
    ] {
        let note = (72, format!("<</Type /Annot {keys}>>"));
        let bytes = tricked("", "", &[note]);
        let page = last(&bytes, "3 0 obj\n").replace("[6 0 R 11 0 R]", "[6 0 R 11 0 R 72 0 R]");
        let bytes = forge::update(&bytes, &[(PAGE, page)]);
        covered(
            &format!("annotation: {name}"),
            &cosigned(&bytes, "/F 132"),
            &mut wrong,
        );
    }
    // Resources of one node, where the page is a kid of another.
    for parent in ["190 0 R", "191 0 R"] {
        let nodes = [
            (
                190,
                "<</Type /Pages /Kids [] /Count 0 /Parent 2 0 R>>".to_owned(),
            ),
            (
                191,
                "<</Type /Pages /Kids [3 0 R] /Count 1 /Parent 2 0 R>>".to_owned(),
            ),
        ];
        let bytes = tricked("BT /F 12 Tf 20 150 Td (s) Tj ET", "", &nodes);
        let page = last(&bytes, "3 0 obj\n");
        let (resources, _) = page
            .split_once("/Resources ")
            .unwrap()
            .1
            .split_once(" /Annots")
            .unwrap();
        let node = |number: usize| {
            nodes[number - 190]
                .1
                .replace(">>", &format!(" /Resources {resources}>>"))
        };
        let inherits = page
            .replace(&format!("/Resources {resources}"), "")
            .replace("/Parent 2 0 R", &format!("/Parent {parent}"));
        let bytes = forge::update(
            &bytes,
            &[(PAGE, inherits), (190, node(190)), (191, node(191))],
        );
        covered(
            &format!("resources of {parent}"),
            &cosigned(&bytes, "/F 132"),
            &mut wrong,
        );
    }
    // A box that is shown in a fixed size or direction.
    for flags in ["/F 140", "/F 148", "/F 156"] {
        covered(flags, &cosigned(&tricked("", "", &[]), flags), &mut wrong);
    }
    assert!(count >= 153, "{count}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_box_in_the_blank_part_is_accepted() {
    let mut wrong = Vec::new();
    for (name, contents) in [
        ("nothing", ""),
        ("text above", "BT /F 12 Tf 20 150 Td (a line) Tj ET"),
        (
            "a label on the same line",
            "BT /F 12 Tf 20 45 Td (Signature:) Tj ET",
        ),
        (
            "adjusted label",
            "BT /F 12 Tf 20 45 Td [(Sig) 20 (nature) -20 (:)] TJ ET",
        ),
        (
            "spaced label",
            "BT /F 12 Tf .2 Tc 1 Tw 20 45 Td (Sign here:) Tj ET",
        ),
        (
            "background",
            "1 1 1 rg 0 0 300 200 re f BT /F 12 Tf 20 150 Td (a line) Tj ET",
        ),
        (
            "background in a clip",
            "q 0 0 300 200 re W* n 1 g 0 0 300 200 re f Q",
        ),
        (
            "two backgrounds",
            "1 g 0 0 300 200 re f .9 g 0 0 300 200 re f",
        ),
        (
            "background in a colour space",
            "/DeviceRGB cs 1 1 1 sc 0 0 300 200 re f",
        ),
        ("frame", "5 5 290 190 re S"),
        ("rule above", "0.5 w 20 70 m 280 70 l S"),
        (
            "table",
            "20 100 m 280 100 l S 20 120 m 280 120 l S 20 100 m 20 120 l S",
        ),
        (
            "turned page",
            "q 0 1 -1 0 300 0 cm BT /F 12 Tf 150 20 Td (side) Tj ET Q",
        ),
        ("picture above", "q 50 0 0 50 20 100 cm /I Do Q"),
        ("form above", "q 1 0 0 1 0 80 cm /O Do Q"),
        ("state", "/Y gs 1 w BT /F 12 Tf 20 150 Td (x) Tj ET"),
        ("Type 3", "BT /T 12 Tf 20 150 Td (aaa) Tj ET"),
        (
            "marked",
            "/P <</MCID 0>> BDC BT /F 12 Tf 20 150 Td (x) Tj ET EMC",
        ),
        (
            "clipped picture",
            "q 20 100 60 60 re W n 300 0 0 300 0 0 cm /I Do Q",
        ),
        ("clipped shading", "q 20 100 60 60 re W n /H sh Q"),
        ("curve above", "20 150 m 40 190 80 190 100 150 c S"),
        (
            "outlined text above",
            "BT 1 Tr /F 12 Tf 20 150 Td (x) Tj ET",
        ),
        ("dashes above", "[3 2] 0 d 20 150 m 280 150 l S"),
        ("two frames in one path", "5 5 290 190 re 8 8 284 184 re S"),
        ("closed path", "20 100 m 20 190 l 80 190 l h S"),
    ] {
        let report = verify(&cosigned(&tricked(contents, "", &[]), "/F 132"));
        let named = summary(&report).concat().contains("pdf.changed.picture");
        if !report.is_accepted() || !named {
            wrong.push(format!("{name}: {:?}", summary(&report)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Contents and fonts that are small in the file and take long to read.
#[test]
fn what_takes_long_ends_where_the_size_of_the_file_says() {
    let mut wrong = Vec::new();
    let mut spent = |name: &str, bytes: &[u8]| {
        let codes = summary(&verify(bytes)).concat();
        if !codes.contains("pdf.limits.work") {
            wrong.push(format!("{name}: {codes}"));
        }
    };
    // The same widths in many fonts.
    let mut fonts = String::new();
    let mut shown = String::new();
    let mut objects = vec![(
        200,
        "<</Type /FontDescriptor /FontName /X /Flags 4>>".to_owned(),
    )];
    for number in 201..300 {
        fonts += &format!("/W{number} {number} 0 R ");
        shown += &format!("BT /W{number} 1 Tf 20 150 Td (s) Tj ET ");
        let font = "<</Type /Font /Subtype /Type0 /BaseFont /X /Encoding /H /DescendantFonts \
             [<</Type /Font /Subtype /CIDFontType2 /BaseFont /X /FontDescriptor 200 0 R \
             /W [0 65000 1 0 65000 1]>>]>>";
        objects.push((number, font.to_owned()));
    }
    let bytes = document(&shown, "", "", &objects);
    let page = last(&bytes, "3 0 obj\n").replace("/T 30 0 R", &format!("/T 30 0 R {fonts}"));
    spent(
        "widths",
        &cosigned(&forge::update(&bytes, &[(PAGE, page)]), "/F 132"),
    );
    // A thousand names among thousands.
    let names: String = (0..9_000)
        .map(|number| format!("/N{number} 7 0 R "))
        .collect();
    let shown = "/F 1 Tf ".repeat(9_000);
    let bytes = document(&shown, "", "", &[]);
    let page = last(&bytes, "3 0 obj\n").replace("/T 30 0 R", &format!("/T 30 0 R {names}"));
    spent(
        "names",
        &cosigned(&forge::update(&bytes, &[(PAGE, page)]), "/F 132"),
    );
    // A letter that calls a subroutine eight times, which calls another eight times, ten times over.
    let calls = |called: u8| [&[called + 32, 29].repeat(8)[..], &[11]].concat();
    let subroutines: Vec<_> = (1..=10).map(calls).collect();
    let subroutines = [&subroutines[..9], &[vec![11]]].concat();
    let letter = [&calls(0)[..16], &[14]].concat();
    let font = compact(&subroutines, &[vec![14], letter]);
    spent("calls", &with_compact(&font, "20 150 Td (aaa) Tj"));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A TrueType font; no byte of it is above 127, so that it is text.
fn truetype(letters: &[Vec<u16>], bearing: u16) -> String {
    const ROOM: usize = 0x100;
    let words =
        |words: &[u16]| -> Vec<u8> { words.iter().flat_map(|word| word.to_be_bytes()).collect() };
    let count = u16::try_from(letters.len()).unwrap();
    let mut head = vec![0; 54];
    head[18..20].copy_from_slice(&1024_u16.to_be_bytes());
    let mut hhea = vec![0; 36];
    hhea[35] = 1;
    let mut places = vec![0];
    let mut glyf = Vec::new();
    for letter in letters {
        glyf.extend(words(letter));
        places.push(u16::try_from(glyf.len() / 2).unwrap());
    }
    let mut hmtx = words(&[512]);
    hmtx.extend(words(&vec![bearing; letters.len()]));
    let tables: [(&[u8; 4], Vec<u8>); 6] = [
        (b"glyf", glyf),
        (b"head", head),
        (b"hhea", hhea),
        (b"hmtx", hmtx),
        (b"loca", words(&places)),
        (b"maxp", words(&[0, 0x5000, count])),
    ];
    let mut font = vec![0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0];
    let mut body = Vec::new();
    for (number, (name, table)) in tables.iter().enumerate() {
        font.extend(*name);
        font.extend([0; 4]);
        font.extend(((number + 1) * ROOM).to_be_bytes()[4..].iter());
        font.extend(table.len().to_be_bytes()[4..].iter());
        let mut table = table.clone();
        assert!(table.len() <= ROOM);
        table.resize(ROOM, 0);
        body.extend(table);
    }
    font.resize(ROOM, 0);
    font.extend(body);
    assert!(font.is_ascii());
    String::from_utf8(font).unwrap()
}

/// A CFF font of global subroutines and letters; no byte of it is above 127, so that it is text.
fn compact(subroutines: &[Vec<u8>], letters: &[Vec<u8>]) -> String {
    let index = |pieces: &[Vec<u8>]| {
        let count = u8::try_from(pieces.len()).unwrap();
        let mut bytes = vec![0, count, 2];
        bytes.extend((0..=count).flat_map(|place| [place, 1]));
        for piece in pieces {
            let mut piece = piece.clone();
            assert!(piece.len() <= 256);
            piece.resize(256, 14);
            bytes.extend(piece);
        }
        bytes
    };
    // Nothing may follow the end of a letter: empty hints stand before it.
    let letters = letters.iter().map(|letter| {
        let mut bytes = vec![1; 256 - letter.len()];
        bytes.extend(letter);
        bytes
    });
    let letters: Vec<_> = letters.collect();
    let subroutines = index(subroutines);
    // Header, a name, a dictionary with the place of the letters, no strings.
    let before = [1, 0, 4, 2, 0, 1, 1, 1, 2, b'X', 0, 1, 1, 1, 5, 28];
    let start = before.len() + 3 + 2 + subroutines.len();
    let start = start.next_multiple_of(256);
    let mut font = before.to_vec();
    font.extend([u8::try_from(start / 256).unwrap(), 0, 17, 0, 0]);
    font.extend(subroutines);
    font.resize(start, 0);
    font.extend(index(&letters));
    assert!(font.is_ascii());
    String::from_utf8(font).unwrap()
}

/// A page with text in a CFF font, signed by two.
fn with_compact(font: &str, text: &str) -> Vec<u8> {
    let objects = [
        (
            95,
            "<</Type /Font /Subtype /Type1 /BaseFont /X /FontDescriptor 96 0 R \
             /FirstChar 97 /LastChar 97 /Widths [500]>>"
                .to_owned(),
        ),
        (
            96,
            "<</Type /FontDescriptor /FontName /X /Flags 4 /FontFile3 97 0 R>>".to_owned(),
        ),
        (97, forge::stream("/Subtype /Type1C", font)),
    ];
    let text = format!("BT /TT 5 Tf {text} ET");
    let bytes = document(&text, "", "", &objects);
    let page = last(&bytes, "3 0 obj\n").replace("/T 30 0 R", "/T 30 0 R /TT 95 0 R");
    cosigned(&forge::update(&bytes, &[(PAGE, page)]), "/F 132")
}

#[test]
fn letters_of_subroutines_are_measured() {
    // Up by 500 in a subroutine of a subroutine, then a line of 500 to the right.
    let up = vec![28, 1, 0x74, 4, 11];
    let line = vec![28, 1, 0x74, 6, 11];
    let both = vec![32, 29, 33, 29, 11];
    let font = |number: u8| {
        let letter = vec![32 + number, 29, 14];
        compact(
            &[up.clone(), line.clone(), both.clone()],
            &[vec![14], letter],
        )
    };
    let mut wrong = Vec::new();
    for (text, free) in [
        ("20 45 Td (aaa) Tj", true),
        ("20 45 Td (aaa) Tj 100 0 Td (a) Tj", false),
    ] {
        let bytes = with_compact(&font(2), text);
        match free {
            true => assert!(
                verify(&bytes).is_accepted(),
                "{:?}",
                summary(&verify(&bytes))
            ),
            false => covered(text, &bytes, &mut wrong),
        }
    }
    // A letter of two others, by their codes; one of them may not be such a letter itself.
    let of_two = |base: u8| vec![28, 0, 0, 28, 0, 0, 28, 0, base, 28, 0, b'"', 14];
    let drawn = vec![34, 29, 14];
    for (base, free) in [(b'!', true), (b'#', false)] {
        let letters = [
            vec![14],
            of_two(base),
            drawn.clone(),
            drawn.clone(),
            of_two(b'!'),
        ];
        let font = compact(&[up.clone(), line.clone(), both.clone()], &letters);
        let bytes = with_compact(&font, "20 45 Td (aaa) Tj");
        match free {
            true => assert!(
                verify(&bytes).is_accepted(),
                "{:?}",
                summary(&verify(&bytes))
            ),
            false => covered("letters of letters of letters", &bytes, &mut wrong),
        }
    }
    // A subroutine that is not there.
    let none = with_compact(&font(3), "20 150 Td (a) Tj");
    covered("no subroutine", &none, &mut wrong);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn letters_are_where_viewers_put_them() {
    // Contour, box, its last point, no instructions, three flags, and six steps.
    let corner = || -> Vec<u16> {
        let words = |words: &[u16]| -> Vec<u8> {
            words.iter().flat_map(|word| word.to_be_bytes()).collect()
        };
        let mut bytes = words(&[1, 0, 0, 512, 512, 2, 0]);
        bytes.extend([1, 1, 1]);
        bytes.extend(words(&[0, 512, 0, 0, 0, 512]));
        bytes.push(0);
        bytes
            .chunks(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect()
    };
    let cosigned = |font: String, codes: &str, text: &str| {
        let objects = [
            (
                95,
                format!(
                    "<</Type /Font /Subtype /TrueType /BaseFont /X /FontDescriptor 96 0 R {codes}>>"
                ),
            ),
            (
                96,
                "<</Type /FontDescriptor /FontName /X /Flags 4 /FontFile2 97 0 R>>".to_owned(),
            ),
            (97, forge::stream("", &font)),
        ];
        let text = format!("BT /TT 5 Tf {text} ET");
        let bytes = document(&text, "", "", &objects);
        let page = last(&bytes, "3 0 obj\n").replace("/T 30 0 R", "/T 30 0 R /TT 95 0 R");
        cosigned(&forge::update(&bytes, &[(PAGE, page)]), "/F 132")
    };
    let widths = "/FirstChar 97 /LastChar 97 /Widths [500]";
    let low = "20 45 Td (aaa) Tj";
    let font = truetype(&[corner(), corner()], 0);
    let report = verify(&cosigned(font.clone(), widths, low));
    assert!(report.is_accepted(), "{:?}", summary(&report));
    let mut wrong = Vec::new();
    let moved = truetype(&[corner(), corner()], 0x5000);
    covered(
        "moved by its bearing",
        &cosigned(moved, widths, low),
        &mut wrong,
    );
    covered(
        "code without a width",
        &cosigned(font, widths, "20 150 Td (ab) Tj"),
        &mut wrong,
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
