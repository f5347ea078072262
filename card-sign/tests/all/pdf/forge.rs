//! PDF files made by hand, and updates that no honest program writes.

use crate::forge::Forge;

/// The numbers of the objects of [`document`].
pub(crate) const CATALOG: u32 = 1;
pub(crate) const PAGES: u32 = 2;
pub(crate) const PAGE: u32 = 3;
pub(crate) const CONTENT: u32 = 4;
pub(crate) const FORM: u32 = 5;
pub(crate) const FIELD: u32 = 6;
pub(crate) const FONT: u32 = 7;
pub(crate) const INFO: u32 = 8;
pub(crate) const METADATA: u32 = 9;
pub(crate) const LOOK: u32 = 10;
/// The number that the first signature gets.
pub(crate) const SIGNATURE: u32 = 12;
/// The number that its field gets.
pub(crate) const SIGNATURE_FIELD: u32 = 13;

/// A document of one page with a text, a form with a text field and an empty signature field.
pub(crate) fn document() -> Vec<u8> {
    let text = "BT /F 12 Tf 20 150 Td (I owe you 100 yen) Tj ET";
    let objects = [
        catalog(""),
        "<</Type /Pages /Kids [3 0 R] /Count 1>>".into(),
        page("6 0 R 11 0 R"),
        stream("", text),
        "<</Fields [6 0 R 11 0 R] /DA (/F 12 Tf)>>".into(),
        field("yes"),
        "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>".into(),
        "<</Title (Contract) /Producer (a hand)>>".into(),
        stream("/Type /Metadata /Subtype /XML", "<x:xmpmeta/>"),
        stream(
            "/Type /XObject /Subtype /Form /BBox [0 0 80 20]",
            "BT /F 12 Tf (yes) Tj ET",
        ),
        "<</Type /Annot /Subtype /Widget /FT /Sig /T (empty) /Rect [10 10 60 30] /P 3 0 R /F 4>>"
            .into(),
    ];
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", bytes.len());
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let start = bytes.len();
    let size = objects.len() + 1;
    bytes.extend(format!("{table}trailer\n<</Size {size} /Root 1 0 R /Info 8 0 R>>\n").bytes());
    bytes.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
    bytes
}

pub(crate) fn catalog(extra: &str) -> String {
    format!("<</Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /Metadata 9 0 R {extra}>>")
}

pub(crate) fn page(annotations: &str) -> String {
    format!(
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R \
         /Resources <</Font <</F 7 0 R>>>> /Annots [{annotations}]>>"
    )
}

pub(crate) fn field(value: &str) -> String {
    format!(
        "<</Type /Annot /Subtype /Widget /FT /Tx /T (agreed) /V ({value}) /Rect [20 80 100 100] \
         /P 3 0 R /F 4 /AP <</N 10 0 R>>>>"
    )
}

/// The field of a signature, in the shape that ours has.
pub(crate) fn signature_field(name: &str, value: u32, rest: &str) -> String {
    format!(
        "<</Type /Annot /Subtype /Widget /FT /Sig /T ({name}) /V {value} 0 R /P 3 0 R /F 132 {rest}>>"
    )
}

pub(crate) fn stream(keys: &str, data: &str) -> String {
    format!(
        "<<{keys} /Length {}>>\nstream\n{data}\nendstream",
        data.len()
    )
}

/// Appends a revision with these objects.
pub(crate) fn update(original: &[u8], objects: &[(u32, String)]) -> Vec<u8> {
    update_with(original, objects, "")
}

pub(crate) fn update_with(original: &[u8], objects: &[(u32, String)], trailer: &str) -> Vec<u8> {
    let previous = last_number(original, b"startxref\n");
    let mut bytes = original.to_vec();
    let mut table = String::from("xref\n");
    for (number, object) in objects {
        table += &format!("{number} 1\n{:010} 00000 n \n", bytes.len());
        bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let start = bytes.len();
    let size = objects
        .iter()
        .map(|(number, _)| number + 1)
        .max()
        .unwrap_or(0)
        .max(40);
    let keys = format!("/Size {size} /Root 1 0 R /Info 8 0 R /Prev {previous} {trailer}");
    bytes.extend(format!("{table}trailer\n<<{keys}>>\nstartxref\n{start}\n%%EOF\n").bytes());
    bytes
}

/// Makes the value of a signature over what is signed.
pub(crate) type Make<'m> = &'m dyn Fn(&[u8]) -> Vec<u8>;

pub(crate) fn honest(content: &[u8]) -> Vec<u8> {
    Forge::new(content).build()
}

/// The usual keys of a signature dictionary.
pub(crate) const KEYS: &str = "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached \
     /Name (Hanako) /M (D:20261125120000+09'00') /ByteRange @RANGE@ /Contents @VALUE@";

/// Appends a revision in which one object holds a signature: `@RANGE@` and `@VALUE@` stand for what
/// an honest program would put there.
pub(crate) fn sign(original: &[u8], objects: &[(u32, String)], make: Make<'_>) -> Vec<u8> {
    const ROOM: usize = 9000;
    let range = " ".repeat(40);
    let value = format!("<{}>", "0".repeat(2 * ROOM));
    let written: Vec<(u32, String)> = objects
        .iter()
        .map(|(number, text)| {
            (
                *number,
                text.replace("@RANGE@", &range).replace("@VALUE@", &value),
            )
        })
        .collect();
    let mut bytes = update(original, &written);
    let gap = rfind(&bytes, value.as_bytes());
    let end = gap + value.len();
    let place = rfind(&bytes, range.as_bytes());
    let numbers = format!("[0 {gap} {end} {}]", bytes.len() - end);
    bytes[place..place + numbers.len()].copy_from_slice(numbers.as_bytes());
    let value = make(&[&bytes[..gap], &bytes[end..]].concat());
    let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes[gap + 1..gap + 1 + hex.len()].copy_from_slice(hex.as_bytes());
    bytes
}

/// Signs [`document`] with a dictionary of one's own.
pub(crate) fn signed_with(keys: &str, make: Make<'_>) -> Vec<u8> {
    signed_in(&document(), keys, "", make)
}

/// Signs a document of these numbers, with a catalog that has these keys too.
pub(crate) fn signed_in(original: &[u8], keys: &str, extra: &str, make: Make<'_>) -> Vec<u8> {
    sign(
        original,
        &[
            (SIGNATURE, format!("<<{keys}>>")),
            (
                SIGNATURE_FIELD,
                signature_field("Signature1", SIGNATURE, "/Rect [0 0 0 0]"),
            ),
            (PAGE, page("6 0 R 11 0 R 13 0 R")),
            (FORM, form("13 0 R")),
            (CATALOG, catalog(extra)),
        ],
        make,
    )
}

pub(crate) fn form(added: &str) -> String {
    format!("<</Fields [6 0 R 11 0 R {added}] /DA (/F 12 Tf) /SigFlags 3>>")
}

/// A certified document: `level` as in DocMDP.
pub(crate) fn certified(level: u8) -> Vec<u8> {
    let keys = format!(
        "{KEYS} /Reference [<</Type /SigRef /TransformMethod /DocMDP \
         /TransformParams <</Type /TransformParams /P {level} /V /1.2>>>>]"
    );
    signed_in(&document(), &keys, "/Perms <</DocMDP 12 0 R>>", &honest)
}

/// Replaces the last place of some bytes by others, of any length.
pub(crate) fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let place = rfind(bytes, from);
    [&bytes[..place], to, &bytes[place + from.len()..]].concat()
}

pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
        .unwrap()
}

pub(crate) fn rfind(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes
        .windows(wanted.len())
        .rposition(|window| window == wanted)
        .unwrap()
}

/// The number after the last place of some bytes.
pub(crate) fn last_number(bytes: &[u8], before: &[u8]) -> usize {
    let text = &bytes[rfind(bytes, before) + before.len()..];
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits])
        .unwrap()
        .parse()
        .unwrap()
}
