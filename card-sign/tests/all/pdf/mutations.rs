//! Files that must be refused, each for the right rule.

use card_core::digest::{Digest, HashAlgorithm};
use card_sign::pdf::{self, Profile};

use super::forge::{
    self, CATALOG, CONTENT, FIELD, FONT, FORM, INFO, KEYS, LOOK, METADATA, PAGE, PAGES, SIGNATURE,
    SIGNATURE_FIELD, document, find, honest, replace, rfind, update, update_with,
};
use super::{plain, request, sign_with, summary, verify};
use crate::forge::{self as cms, Forge};
use crate::pki;

/// A bad file, the rule that has to refuse it, and the reason.
struct Case {
    name: String,
    bytes: Vec<u8>,
    rule: &'static str,
    reason: &'static str,
}

/// One case in one or three lines: rustfmt would make a dozen of it.
macro_rules! bad {
    ($cases:ident: $name:expr => $bytes:expr, $rule:literal $reason:expr) => {
        $cases.add($name, $bytes, $rule, $reason)
    };
    ($change:ident: $name:expr => $objects:expr, $reason:literal) => {
        $change($name, $objects, $reason)
    };
}

#[derive(Default)]
struct Cases(Vec<Case>);

impl Cases {
    fn add(
        &mut self,
        name: impl Into<String>,
        bytes: Vec<u8>,
        rule: &'static str,
        reason: &'static str,
    ) {
        self.0.push(Case {
            name: name.into(),
            bytes,
            rule,
            reason,
        });
    }

    /// Runs all; says of each that is not refused rightly what was found.
    fn judge(self, at_least: usize) {
        let mut wrong = Vec::new();
        assert!(self.0.len() >= at_least, "only {} cases", self.0.len());
        for Case {
            name,
            bytes,
            rule,
            reason,
        } in self.0
        {
            let report = pdf::verify_filing(&bytes, &pki::policy());
            let right = report.findings().any(|finding| {
                finding.rule.id() == rule
                    && matches!(finding.verdict, card_sign::Verdict::Fail(why) if why.code() == reason)
            });
            if report.is_accepted() || !right {
                wrong.push(format!(
                    "{name}: wanted {rule} {reason}, got {:?}",
                    summary(&report)
                ));
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }
}

/// The document, signed as we sign.
fn signed() -> Vec<u8> {
    super::sign(&document(), Profile::Moj)
}

fn range(bytes: &[u8]) -> (usize, String) {
    let start = rfind(bytes, b"/ByteRange ") + 11;
    let end = start + find(&bytes[start..], b"]") + 1;
    (
        start,
        String::from_utf8(bytes[start..end].to_vec()).unwrap(),
    )
}

/// The last signature with another byte range, as long as there is room.
fn with_range(bytes: &[u8], change: impl Fn(Vec<i64>) -> String) -> Vec<u8> {
    let (start, old) = range(bytes);
    let numbers = old
        .trim_matches(['[', ']'])
        .split(' ')
        .map(|n| n.parse().unwrap())
        .collect();
    let new = change(numbers);
    let room = bytes[start..]
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap();
    assert!(new.len() <= room, "{new}");
    let mut changed = bytes.to_vec();
    changed[start..start + room].fill(b' ');
    changed[start..start + new.len()].copy_from_slice(new.as_bytes());
    changed
}

fn list(numbers: &[i64]) -> String {
    let words: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("[{}]", words.join(" "))
}

/// Signed without attributes: the content itself.
fn direct(content: &[u8]) -> Vec<u8> {
    let mut forge = Forge::new(content);
    forge.stored = Some(Vec::new());
    let digest = Digest::of(HashAlgorithm::Sha256, content);
    forge.sign = Box::new(move |who, _| pki::sign(&who.key, &digest).to_der());
    forge.build()
}

/// With an outer length as Apple's encoder writes it.
fn indefinite(content: &[u8]) -> Vec<u8> {
    cms::indefinite(0x30, &[&honest(content)[4..]])
}

#[test]
fn the_unbroken_files_are_accepted() {
    for (name, bytes) in [
        ("ours", signed()),
        ("by hand", forge::signed_with(KEYS, &honest)),
        ("without attributes", forge::signed_with(KEYS, &direct)),
        ("indefinite length", forge::signed_with(KEYS, &indefinite)),
        ("certified 1", forge::certified(1)),
        ("certified 2", forge::certified(2)),
        ("certified 3", forge::certified(3)),
        (
            "twice",
            sign_with(&signed(), &request(Profile::Pades), pki::taro()),
        ),
    ] {
        let report = verify(&bytes);
        assert!(report.is_accepted(), "{name}: {:?}", summary(&report));
    }
}

#[test]
fn ranges_and_values() {
    let good = signed();
    let mut cases = Cases::default();
    let text = find(&good, b"100 yen");
    let mut changed = good.clone();
    changed[text] = b'9';
    bad!(cases: "content changed in place" => changed, "M10" "cms.digest.differs");
    let mut changed = good.clone();
    let place = rfind(&good, b"(D:2026");
    changed[place + 6] = b'7';
    bad!(cases: "time changed in place" => changed, "M10" "cms.digest.differs");

    bad!(cases: "no range" =>
        replace(&good, b"/ByteRange", b"/ByteRangf"),
        "P3" "pdf.byte-range.absent");
    for (name, value) in [
        ("null", "null"),
        ("a string", "(0 1 2 3)"),
        ("empty", "[]"),
        ("a reference", "9 0 R"),
    ] {
        let reason = if name == "null" {
            "pdf.byte-range.absent"
        } else {
            "pdf.byte-range.malformed"
        };
        bad!(cases: format!("range is {name}") => with_range(&good, |_| value.into()), "P3" reason);
    }
    type Change = fn(&[i64]) -> Vec<i64>;
    let changes: [(&str, Change); 12] = [
        ("three numbers", |n| n[..3].to_vec()),
        ("five numbers", |n| [n, &[0]].concat()),
        ("six numbers", |n| [n, &[n[3], 0]].concat()),
        ("first is one", |n| vec![1, n[1] - 1, n[2], n[3]]),
        ("negative start", |n| vec![-1, n[1], n[2], n[3]]),
        ("negative length", |n| vec![0, -n[1], n[2], n[3]]),
        ("negative second", |n| vec![0, n[1], -n[2], n[3]]),
        ("negative rest", |n| vec![0, n[1], n[2], -n[3]]),
        ("beyond the end", |n| vec![0, n[1], n[2], n[3] + 1]),
        ("overlapping", |n| vec![0, n[2], n[1], n[3]]),
        ("no gap", |n| vec![0, n[1], n[1], n[3]]),
        ("largest number", |n| vec![0, n[1], i64::MAX, 1]),
    ];
    for (name, change) in changes {
        let bytes = with_range(&good, |numbers| list(&change(&numbers)));
        bad!(cases: name => bytes, "P3" "pdf.byte-range.malformed");
    }
    for (name, value) in [
        ("2^63", "[0 1 9223372036854775808 1]"),
        ("real", "[0 1.0 2 3]"),
    ] {
        bad!(cases: name => with_range(&good, |_| value.into()), "P3" "pdf.byte-range.malformed");
    }
    bad!(cases: "reference inside" =>
        with_range(&good, |n| format!("[0 {} {} 9 0 R]", n[1], n[2])),
        "P3" "pdf.byte-range.malformed");
    let shifts: [(&str, [i64; 3]); 6] = [
        ("gap wider by twenty at the end", [0, 20, -20]),
        ("gap wider by one at the end", [0, 1, -1]),
        ("gap narrower at the end", [0, -1, 1]),
        ("gap wider by one at the start", [-1, 0, 0]),
        ("gap narrower at the start", [1, 0, 0]),
        ("gap without its brackets", [1, -1, 1]),
    ];
    for (name, [one, two, three]) in shifts {
        let bytes = with_range(&good, |n| list(&[0, n[1] + one, n[2] + two, n[3] + three]));
        bad!(cases: name => bytes, "P4" "pdf.gap.differs");
    }
    bad!(cases: "second range a hundred bytes short" =>
        with_range(&good, |n| list(&[0, n[1], n[2], n[3] - 100])),
        "P9" "pdf.revision.absent");
    bad!(cases: "second range empty" =>
        with_range(&good, |n| list(&[0, n[1], n[2], 0])),
        "P9" "pdf.revision.absent");

    let value = rfind(&good, b"/Contents <") + 10;
    let close = value + find(&good[value..], b">");
    let filled = |with: &dyn Fn(&mut [u8])| {
        let mut changed = good.clone();
        with(&mut changed[value..=close]);
        changed
    };
    bad!(cases: "value zero" =>
        filled(&|v| v[1..].iter_mut().rev().skip(1).for_each(|b| *b = b'0')),
        "P4" "pdf.gap.absent");
    bad!(cases: "value null" =>
        filled(&|v| { v.fill(b' '); v[..4].copy_from_slice(b"null"); }),
        "P4" "pdf.gap.absent");
    bad!(cases: "value empty" =>
        filled(&|v| { v.fill(b' '); v[..2].copy_from_slice(b"<>"); }),
        "P4" "pdf.gap.absent");
    bad!(cases: "value a number" =>
        filled(&|v| { v.fill(b' '); v[0] = b'7'; }),
        "P4" "pdf.gap.malformed");
    bad!(cases: "value literal" =>
        filled(&|v| { v[0] = b'('; *v.last_mut().unwrap() = b')'; }),
        "P4" "pdf.gap.malformed");
    bad!(cases: "white space in the value" => filled(&|v| v[9] = b'\n'), "P4" "pdf.gap.malformed");
    bad!(cases: "odd digits" =>
        filled(&|v| { let n = v.len(); v[n - 2] = b'>'; v[n - 1] = b' '; }),
        "P4" "pdf.gap.malformed");
    bad!(cases: "no hexadecimal digit" => filled(&|v| v[9] = b'g'), "P1" "pdf.syntax");
    bad!(cases: "padding not zero" =>
        filled(&|v| { let n = v.len(); v[n - 3] = b'1'; }),
        "P5" "pdf.padding.not-zero");
    bad!(cases: "text in the padding" =>
        filled(&|v| { let n = v.len(); v[n - 40..n - 2].copy_from_slice(b"3c3c2f547970652f506167653e3e0000000000"); }),
        "P5" "pdf.padding.not-zero");
    bad!(cases: "signature byte" =>
        filled(&|v| { let end = v.iter().rposition(|b| *b != b'0' && *b != b'>').unwrap(); v[end - 60] = if v[end - 60] == b'1' { b'2' } else { b'1' }; }),
        "M13" "cms.signature.wrong");
    bad!(cases: "value cut" =>
        filled(&|v| { let n = v.len() - 1; v[400..n].fill(b'0'); }),
        "M1" "cms.malformed");
    bad!(cases: "no CMS" => filled(&|v| v[1..5].copy_from_slice(b"0400")), "M1" "cms.malformed");
    cases.judge(43);
}

#[test]
fn wrapping_and_tails() {
    let good = signed();
    let mut cases = Cases::default();
    for (name, tail, reason) in [
        ("two line ends", &b"\n\n"[..], "pdf.tail.white-space"),
        ("blank", b" ", "pdf.tail.white-space"),
        ("zeros", &[0; 16], "pdf.tail.white-space"),
        ("comment", b"%evil\n", "pdf.tail"),
        ("end of file", b"%%EOF\n", "pdf.tail"),
        (
            "objects without cross-references",
            b"4 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\n",
            "pdf.tail",
        ),
        (
            "another file",
            b"%PDF-1.7\n1 0 obj\nnull\nendobj\n",
            "pdf.tail",
        ),
    ] {
        bad!(cases: format!("appended: {name}") => [&good, tail].concat(), "P8" reason);
    }
    for end in [&b"\n"[..], b"\r", b"\r\n"] {
        let report = verify(&[&good, end].concat());
        assert!(report.is_accepted(), "{end:?}: {:?}", summary(&report));
    }
    let unended = good.strip_suffix(b"\n").unwrap();
    assert!(!verify(unended).is_accepted());
    let start = super::forge::last_number(&good, b"startxref\n");
    let again = format!("startxref\n{start}\n%%EOF\n");
    bad!(cases: "appended: startxref again" =>
        [&good, again.as_bytes()].concat(),
        "P1" "pdf.xref.order");
    bad!(cases: "cut at the end" => good[..good.len() - 7].to_vec(), "P1" "pdf.xref.absent");

    // Signature wrapping: the value is made shorter, and things are put behind it into the gap.
    let value = rfind(&good, b"/Contents <") + 10;
    let close = value + find(&good[value..], b">");
    let wrap = |inside: &[u8]| {
        let mut bytes = good.clone();
        let at = close - inside.len() - 1;
        bytes[at] = b'>';
        bytes[at + 1..close + 1]
            .copy_from_slice(&[inside, b" "].concat()[..inside.len() + 1][..close - at]);
        bytes
    };
    let (_, old) = range(&good);
    bad!(cases: "wrapped: second byte range" =>
        wrap(format!("/ByteRange {old}").as_bytes()),
        "P1" "pdf.duplicate-key");
    bad!(cases: "wrapped: second value" => wrap(b"/Contents <00>"), "P1" "pdf.duplicate-key");
    bad!(cases: "wrapped: another key" => wrap(b"/Evil (x)"), "P4" "pdf.gap.differs");
    bad!(cases: "wrapped: blanks" => wrap(b"   "), "P4" "pdf.gap.differs");
    bad!(cases: "wrapped: a comment" => wrap(b"%xy"), "P4" "pdf.gap.differs");
    bad!(cases: "wrapped: an escaped key" => wrap(b"/Cont#65nts <00>"), "P1" "pdf.duplicate-key");

    // Objects inside the gap, which a later table brings to light.
    let mut hidden = good.clone();
    let object = b"4 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\n";
    let hex: Vec<u8> = object.to_vec();
    let at = close - hex.len();
    hidden[at..close].copy_from_slice(&hex);
    bad!(cases: "object in the gap" => hidden, "P1" "pdf.syntax");
    let previous = super::forge::last_number(&good, b"startxref\n");
    let table = |entry: usize, number: u32| {
        let at = good.len();
        let text = format!(
            "xref\n{number} 1\n{entry:010} 00000 n \ntrailer\n<</Size 40 /Root 1 0 R /Info 8 0 R \
             /Prev {previous}>>\nstartxref\n{at}\n%%EOF\n"
        );
        [&good, text.as_bytes()].concat()
    };
    bad!(cases: "table into the gap" => table(value + 100, 39), "P1" "pdf.xref.object");
    bad!(cases: "table to another object" =>
        table(find(&good, b"7 0 obj"), CONTENT),
        "P1" "pdf.xref.object");
    bad!(cases: "table beyond the file" => table(9_999_999, CONTENT), "P1" "pdf.xref.range");
    bad!(cases: "duplicate value of the field" =>
        replace(&good, b"/FT /Sig\n", b"/V 9 0 R\n"),
        "P1" "pdf.duplicate-key");
    cases.judge(20);
}

#[test]
fn structure() {
    let good = signed();
    let mut cases = Cases::default();
    let empty: &[(u32, String)] = &[];
    let start = super::forge::last_number(&good, b"startxref\n");
    let at = good.len();
    let own = |keys: String| {
        let text = format!("xref\n0 0\ntrailer\n<<{keys}>>\nstartxref\n{at}\n%%EOF\n");
        [&good, text.as_bytes()].concat()
    };
    bad!(cases: "hybrid" => update_with(&good, empty, "/XRefStm 100"), "P1" "pdf.xref.malformed");
    bad!(cases: "encrypted" => update_with(&good, empty, "/Encrypt 9 0 R"), "P1" "pdf.encrypted");
    bad!(cases: "encrypted inline" =>
        update_with(&good, empty, "/Encrypt <</Filter /Standard>>"),
        "P1" "pdf.encrypted");
    bad!(cases: "sections in a circle" =>
        own(format!("/Size 40 /Root 1 0 R /Prev {at}")),
        "P1" "pdf.xref.loop");
    let one_inside_another = |inner: usize| {
        let text = format!(
            "xref 0 0 trailer <</Prev {start} % xref 0 0 trailer <</Prev {at} %\n\
             /Size 40 /Root 1 0 R>>\nstartxref\n{}\n%%EOF\n",
            at + inner
        );
        [&good, text.as_bytes()].concat()
    };
    bad!(cases: "section in a comment of another" =>
        one_inside_another(format!("xref 0 0 trailer <</Prev {start} % ").len()),
        "P1" "pdf.xref.range");
    bad!(cases: "previous beyond the file" =>
        own("/Size 40 /Root 1 0 R /Prev 99999999".into()),
        "P1" "pdf.xref.range");
    bad!(cases: "previous negative" =>
        own("/Size 40 /Root 1 0 R /Prev -1".into()),
        "P1" "pdf.xref.range");
    bad!(cases: "previous a reference" =>
        own("/Size 40 /Root 1 0 R /Prev 8 0 R".into()),
        "P1" "pdf.xref.malformed");
    bad!(cases: "previous into the gap" =>
        own(format!("/Size 40 /Root 1 0 R /Prev {}", start - 2000)),
        "P1" "pdf.xref.malformed");
    bad!(cases: "first section only" => own("/Size 40 /Root 1 0 R".into()), "P1" "pdf.catalog");
    bad!(cases: "junk before the header" => [b"junk\n", &good[..]].concat(), "P1" "pdf.header");
    bad!(cases: "junk in the header" => [b"%!PS\n", &good[..]].concat(), "P1" "pdf.header");
    let base = document();
    let skipped = super::forge::last_number(&base, b"startxref\n");
    // The signed revision's table is stepped over, and its objects brought along.
    let text = &good[base.len()..];
    let mut moved = own(format!("/Size 40 /Root 1 0 R /Info 8 0 R /Prev {skipped}"));
    bad!(cases: "signed revision stepped over" => moved.clone(), "P2" "pdf.unsigned");
    moved = good.clone();
    let table = rfind(text, b"\nxref\n").checked_add(base.len() + 1);
    if let Some(table) = table {
        let copy = good[table..rfind(&good, b"startxref")].to_vec();
        moved.extend(copy);
        moved.extend(format!("startxref\n{at}\n%%EOF\n").bytes());
        bad!(cases: "signed revision replaced by a copy of its table" =>
            moved,
            "P9" "pdf.revision.absent");
    }
    bad!(cases: "first revision cut off" => good[base.len()..].to_vec(), "P1" "pdf.header");
    let mut header = b"%PDF-1.7\n".to_vec();
    header.extend(&good[base.len()..]);
    bad!(cases: "first revision exchanged" => header, "P1" "pdf.xref.range");
    bad!(cases: "page tree in a circle" =>
        update(&good, &[(PAGES, "<</Type /Pages /Kids [2 0 R] /Count 1>>".into())]),
        "P1" "pdf.pages");
    bad!(cases: "form in a circle" =>
        update(&good, &[(SIGNATURE_FIELD, "<</FT /Sig /T (a) /Kids [13 0 R]>>".into())]),
        "P1" "pdf.form");
    bad!(cases: "nested too deep" =>
        update(&good, &[(30, "[".repeat(100_000))]),
        "P1" "pdf.limits.depth");
    bad!(cases: "stream of wrong length" =>
        update(&good, &[(30, "<</Length 3>>\nstream\n12345\nendstream".into())]),
        "P1" "pdf.stream");
    bad!(cases: "duplicate key in an update" =>
        update(&good, &[(30, "<</A 1 /A 2>>".into())]),
        "P1" "pdf.duplicate-key");
    cases.judge(18);
}

#[test]
fn kinds_and_values_inside() {
    let mut cases = Cases::default();
    let kind = |name: &str| forge::signed_with(&KEYS.replace("adbe.pkcs7.detached", name), &honest);
    for (name, reason) in [
        ("adbe.pkcs7.sha1", "pdf.kind.legacy"),
        ("adbe.x509.rsa_sha1", "pdf.kind.legacy"),
        ("adbe.pkcs7.detached2", "pdf.kind.unknown"),
        ("ADBE.PKCS7.DETACHED", "pdf.kind.unknown"),
        ("evil", "pdf.kind.unknown"),
    ] {
        bad!(cases: name => kind(name), "P7" reason);
    }
    let keys = KEYS.replace("/SubFilter /adbe.pkcs7.detached", "");
    bad!(cases: "no kind" => forge::signed_with(&keys, &honest), "P7" "pdf.kind.absent");
    let keys = KEYS.replace(
        "/SubFilter /adbe.pkcs7.detached",
        "/SubFilter (adbe.pkcs7.detached)",
    );
    bad!(cases: "kind as a string" => forge::signed_with(&keys, &honest), "P7" "pdf.kind.unknown");

    let pades = KEYS.replace("adbe.pkcs7.detached", "ETSI.CAdES.detached");
    bad!(cases: "PAdES with signing time" =>
        forge::signed_with(&pades, &honest),
        "M16" "cms.signing-time.forbidden");
    let without = |content: &[u8]| {
        let mut forge = Forge::new(content);
        forge.replace(cms::SIGNING_CERTIFICATE_V2, Vec::new());
        forge.replace(cms::SIGNING_TIME, Vec::new());
        forge.build()
    };
    bad!(cases: "PAdES without signing certificate" =>
        forge::signed_with(&pades, &without),
        "M14" "cms.signing-certificate.absent");
    let pades_value = |content: &[u8]| {
        let mut forge = Forge::new(content);
        forge.replace(cms::SIGNING_TIME, Vec::new());
        forge.build()
    };
    assert!(verify(&forge::signed_with(&pades, &pades_value)).is_accepted());
    for time in ["", "/M (D:20261125)"] {
        let keys = pades.replace("/M (D:20261125120000+09'00')", time);
        bad!(cases: format!("PAdES with {time:?}") =>
            forge::signed_with(&keys, &pades_value),
            "P7" "pdf.kind.no-time");
    }
    let two = |content: &[u8]| {
        let mut forge = Forge::new(content);
        forge
            .others
            .push(Forge::by(pki::hanako(), content).signer_info());
        forge.build()
    };
    bad!(cases: "two signers" => forge::signed_with(KEYS, &two), "P7" "pdf.kind.signers");
    let attached = |content: &[u8]| Forge::new(content).attach(content).build();
    bad!(cases: "content inside" =>
        forge::signed_with(KEYS, &|c| attached(&c[..9])),
        "M17" "cms.content.embedded");
    let stamp = KEYS.replace("adbe.pkcs7.detached", "ETSI.RFC3161");
    bad!(cases: "no time stamp inside" =>
        forge::signed_with(&stamp, &honest),
        "T2" "timestamp.malformed");
    bad!(cases: "value of another file" =>
        forge::signed_with(KEYS, &|_| honest(b"other")),
        "M10" "cms.digest.differs");
    let dropped = |content: &[u8]| {
        let mut forge = Forge::new(content);
        forge.stored = Some(Vec::new());
        forge.build()
    };
    bad!(cases: "attributes signed and left out" =>
        forge::signed_with(KEYS, &dropped),
        "M13" "cms.signature.wrong");
    bad!(cases: "PAdES without attributes" =>
        forge::signed_with(&pades, &direct),
        "M8" "cms.attributes.none");
    let trailing = |content: &[u8]| [honest(content), honest(content)].concat();
    bad!(cases: "two objects" => forge::signed_with(KEYS, &trailing), "P5" "pdf.padding.not-zero");
    let unsigned = |content: &[u8]| Forge::by(pki::authentication(), content).build();
    bad!(cases: "authentication key" =>
        forge::signed_with(KEYS, &unsigned),
        "M15" "issuer.purpose");
    cases.judge(10);
}

#[test]
fn later_changes() {
    let good = signed();
    let mut cases = Cases::default();
    let evil = forge::stream("", "BT /F 12 Tf 20 150 Td (I owe you 900 yen) Tj ET");
    let mut change = |name: &str, objects: &[(u32, String)], reason: &'static str| {
        bad!(cases: name => update(&good, objects), "P10" reason);
    };
    let note = "<</Type /Annot /Subtype /Square /Rect [0 0 300 200] /IC [1 1 1]>>".to_owned();
    bad!(change: "content replaced" => &[(CONTENT, evil.clone())], "pdf.changed.object");
    bad!(change: "page with other content" =>
        &[(30, evil.clone()), (PAGE, forge::page("6 0 R 11 0 R 13 0 R").replace("4 0 R", "30 0 R"))],
        "pdf.changed.page");
    bad!(change: "page rotated" =>
        &[(PAGE, forge::page("6 0 R 11 0 R 13 0 R").replace("/Type /Page ", "/Type /Page /Rotate 180 "))],
        "pdf.changed.page");
    bad!(change: "page resources" =>
        &[(PAGE, forge::page("6 0 R 11 0 R 13 0 R").replace("7 0 R", "8 0 R"))],
        "pdf.changed.page");
    bad!(change: "font swapped" =>
        &[(FONT, "<</Type /Font /Subtype /Type1 /BaseFont /Symbol>>".into())],
        "pdf.changed.object");
    bad!(change: "pages re-pointed" =>
        &[(30, "<</Type /Pages /Kids [31 0 R] /Count 1>>".into()), (31, forge::page("").replace("2 0 R", "30 0 R")), (CATALOG, forge::catalog("").replace("/Pages 2", "/Pages 30"))],
        "pdf.changed.catalog");
    bad!(change: "page added" =>
        &[(31, forge::page("")), (PAGES, "<</Type /Pages /Kids [3 0 R 31 0 R] /Count 2>>".into())],
        "pdf.changed.page");
    bad!(change: "page taken out" =>
        &[(31, forge::page("")), (PAGES, "<</Type /Pages /Kids [31 0 R] /Count 1>>".into())],
        "pdf.changed.page");
    bad!(change: "action at opening" =>
        &[(CATALOG, forge::catalog("/OpenAction <</S /JavaScript /JS (x)>>"))],
        "pdf.changed.catalog");
    bad!(change: "names" =>
        &[(CATALOG, forge::catalog("/Names <</JavaScript 30 0 R>>"))],
        "pdf.changed.catalog");
    bad!(change: "optional content" =>
        &[(CATALOG, forge::catalog("/OCProperties <</OCGs []>>"))],
        "pdf.changed.catalog");
    bad!(change: "annotation added" =>
        &[(30, note.clone()), (PAGE, forge::page("6 0 R 11 0 R 13 0 R 30 0 R"))],
        "pdf.changed.annotation");
    bad!(change: "annotation inline" =>
        &[(PAGE, forge::page(&format!("6 0 R 11 0 R 13 0 R {note}")))],
        "pdf.changed.annotation");
    bad!(change: "annotation taken out" =>
        &[(PAGE, forge::page("11 0 R 13 0 R"))],
        "pdf.changed.annotation");
    bad!(change: "annotations in another order" =>
        &[(PAGE, forge::page("13 0 R 11 0 R 6 0 R"))],
        "pdf.changed.annotation");
    bad!(change: "value changed" => &[(FIELD, forge::field("no"))], "pdf.changed.field");
    bad!(change: "look swapped" =>
        &[(LOOK, forge::stream("/Type /XObject /Subtype /Form /BBox [0 0 80 20]", "BT /F 12 Tf (no) Tj ET"))],
        "pdf.changed.field");
    bad!(change: "field moved" =>
        &[(FIELD, forge::field("yes").replace("[20 80 100 100]", "[20 140 200 160]"))],
        "pdf.changed.field");
    bad!(change: "field given an action" =>
        &[(FIELD, forge::field("yes").replace("/F 4", "/F 4 /A <</S /JavaScript /JS (x)>>"))],
        "pdf.changed.field");
    bad!(change: "field taken out" =>
        &[(FORM, "<</Fields [11 0 R 13 0 R] /DA (/F 12 Tf) /SigFlags 3>>".into())],
        "pdf.changed.form");
    bad!(change: "text field added" =>
        &[(30, forge::field("x").replace("agreed", "added")), (FORM, forge::form("13 0 R 30 0 R"))],
        "pdf.changed.form");
    bad!(change: "form defaults changed" =>
        &[(FORM, forge::form("13 0 R").replace("/F 12", "/F 1"))],
        "pdf.changed.form");
    bad!(change: "form told to draw anew" =>
        &[(FORM, forge::form("13 0 R").replace("/DA", "/NeedAppearances true /DA"))],
        "pdf.changed.form");
    bad!(change: "form flags taken back" =>
        &[(FORM, forge::form("13 0 R").replace("/SigFlags 3", "/SigFlags 1"))],
        "pdf.changed.form");
    bad!(change: "title changed" =>
        &[(INFO, "<</Title (Gift) /Producer (a hand)>>".into())],
        "pdf.changed.info");
    bad!(change: "metadata no metadata" =>
        &[(METADATA, forge::stream("/Type /XObject", "x"))],
        "pdf.changed.object");
    bad!(change: "metadata re-pointed" =>
        &[(CATALOG, forge::catalog("").replace("/Metadata 9", "/Metadata 4"))],
        "pdf.changed.catalog");
    bad!(change: "object freed by null" => &[(LOOK, "null".into())], "pdf.changed.field");
    let field = |rest: &str| forge::signature_field("Signature1", SIGNATURE, rest);
    bad!(change: "signature field moved" =>
        &[(SIGNATURE_FIELD, field("/Rect [0 0 300 200]"))],
        "pdf.changed.field");
    // A signature field that shows something.
    let sneaky = |area: &str, rest: &str| {
        let own = format!(
            "<</Type /Annot /Subtype /Widget /FT /Sig /T (sneaky) /P 3 0 R /F 4 /Rect {area} {rest}>>"
        );
        vec![
            (30, own),
            (FORM, forge::form("13 0 R 30 0 R")),
            (PAGE, forge::page("6 0 R 11 0 R 13 0 R 30 0 R")),
        ]
    };
    bad!(change: "signature field over text" =>
        &sneaky("[10 140 290 170]", ""),
        "pdf.changed.covered");
    bad!(change: "signature field over a field" =>
        &sneaky("[10 70 290 90]", ""),
        "pdf.changed.covered");
    bad!(change: "signature field with an action" =>
        &sneaky("[0 0 0 0]", "/AA <</E 9 0 R>>"),
        "pdf.changed.form");
    bad!(change: "signature field with kids" =>
        &sneaky("[0 0 0 0]", "/Kids [31 0 R]"),
        "pdf.changed.form");
    bad!(change: "field that is a signature's twin" =>
        &sneaky("[0 0 0 0]", "/V 12 0 R"),
        "pdf.changed.signature");
    bad!(change: "field of a taken name" =>
        &sneaky("[0 0 0 0]", "").into_iter().map(|(n, t)| (n, t.replace("sneaky", "agreed"))).collect::<Vec<_>>(),
        "pdf.changed.signature");
    cases.judge(35);
}

/// What was prepared before it was signed, so that a harmless-looking update shows something else.
#[test]
fn shadows() {
    let mut cases = Cases::default();
    let with = |objects: &[(u32, String)]| super::sign(&update(&document(), objects), Profile::Moj);
    let widgets = "6 0 R 11 0 R";
    let external = forge::page(widgets).replace("/Font", "/XObject <</X 35 0 R>> /Font");
    let missing = with(&[(PAGE, external)]);
    let shown = forge::stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9]",
        "0 0 9 9 re f",
    );
    bad!(cases: "what was missing" => update(&missing, &[(35, shown)]), "P10" "pdf.changed.object");
    let metadata = |text: &str| {
        (
            METADATA,
            forge::stream("/Type /Metadata /Subtype /XML", text),
        )
    };
    let content = forge::page(widgets).replace("/Contents 4", "/Contents 9");
    let both = with(&[(PAGE, content)]);
    bad!(cases: "metadata that is content" =>
        update(&both, &[metadata("0 0 9 9 re f")]),
        "P10" "pdf.changed.object");
    let alone = with(&[]);
    let report = verify(&update(&alone, &[metadata("other")]));
    assert!(report.is_accepted(), "{:?}", summary(&report));
    let resources = forge::page(widgets).replace("<</Font <</F 7 0 R>>>>", "36 0 R");
    let evidence = |font: &str| (36, format!("<</Font <</F {font} 0 R>>>>"));
    let both = with(&[
        (PAGE, resources),
        evidence("7"),
        (CATALOG, forge::catalog("/DSS 36 0 R")),
    ]);
    bad!(cases: "evidence that is resources" =>
        update(&both, &[evidence("30")]),
        "P10" "pdf.changed.object");
    let list = |text: &str| (37, format!("[{text}]"));
    let annotations = forge::page("X").replace("[X]", "37 0 R");
    let form = (
        FORM,
        "<</Fields 37 0 R /DA (/F 12 Tf) /SigFlags 3>>".to_owned(),
    );
    let shared = forge::sign(
        &update(&document(), &[(PAGE, annotations), form]),
        &[
            (SIGNATURE, format!("<<{KEYS}>>")),
            (
                SIGNATURE_FIELD,
                forge::signature_field("Signature1", SIGNATURE, "/Rect [0 0 0 0]"),
            ),
            list("6 0 R 11 0 R 13 0 R"),
        ],
        &honest,
    );
    assert!(
        verify(&shared).is_accepted(),
        "{:?}",
        summary(&verify(&shared))
    );
    let empty = "<</Type /Annot /Subtype /Widget /FT /Sig /T (more) /Rect [0 0 0 0]>>".to_owned();
    let longer = update(&shared, &[(30, empty), list("6 0 R 11 0 R 13 0 R 30 0 R")]);
    bad!(cases: "list with two parts" => longer, "P10" "pdf.changed.object");
    let hidden = |flags: u8, value: &str| {
        let text =
            "<</Type /Annot /Subtype /Widget /FT /Sig /T (empty) /Rect [0 0 300 200] /P 3 0 R";
        (11, format!("{text} /F {flags} {value}>>"))
    };
    let over = with(&[hidden(2, "")]);
    bad!(cases: "hidden field shown" => update(&over, &[hidden(4, "")]), "P10" "pdf.changed.field");
    let again = update(&alone, &[(30, forge::catalog("/OpenAction 9 0 R"))]);
    let again = replace(&again, b"/Root 1 0 R ", b"/Root 30 0 R");
    bad!(cases: "another catalog" => again, "P10" "pdf.changed.catalog");
    let info = update(&alone, &[(30, "<</Title (Gift)>>".into())]);
    let info = replace(&info, b"/Info 8 0 R ", b"/Info 30 0 R");
    bad!(cases: "another information dictionary" => info, "P10" "pdf.changed.info");
    // A look that is shown elsewhere too, in a form that may be filled in.
    let external =
        forge::page("6 0 R 11 0 R 13 0 R").replace("/Font", "/XObject <</X 10 0 R>> /Font");
    let keys = format!(
        "{KEYS} /Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</P 2>>>>]"
    );
    let certified = forge::sign(
        &document(),
        &[
            (SIGNATURE, format!("<<{keys}>>")),
            (
                SIGNATURE_FIELD,
                forge::signature_field("Signature1", SIGNATURE, "/Rect [0 0 0 0]"),
            ),
            (PAGE, external),
            (FORM, forge::form("13 0 R")),
            (CATALOG, forge::catalog("/Perms <</DocMDP 12 0 R>>")),
        ],
        &honest,
    );
    let look = forge::stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 80 20]",
        "0 0 9 9 re f",
    );
    bad!(cases: "look that is content" =>
        update(&certified, &[(LOOK, look.clone())]),
        "P10" "pdf.changed.object");
    let report = verify(&update(&forge::certified(2), &[(LOOK, look)]));
    assert!(report.is_accepted(), "{:?}", summary(&report));
    cases.judge(8);
}

#[test]
fn hidden_and_doubled_signatures() {
    let good = signed();
    let mut cases = Cases::default();
    let twin = forge::signature_field("Twin", SIGNATURE, "/Rect [0 0 0 0]");
    let with = |own: &str, objects: &[(u32, String)]| {
        let mut all = vec![(30, own.to_owned()), (FORM, forge::form("13 0 R 30 0 R"))];
        all.extend(objects.iter().cloned());
        update(&good, &all)
    };
    bad!(cases: "two fields with one value" => with(&twin, &[]), "P12" "pdf.distinct.value");
    let start = rfind(&good, b"12 0 obj\n") + 9;
    let end = start + find(&good[start..], b"\nendobj");
    let copy = String::from_utf8(good[start..end].to_vec()).unwrap();
    let other = forge::signature_field("Twin", 31, "/Rect [0 0 0 0]");
    bad!(cases: "copied dictionary: range" =>
        with(&other, &[(31, copy.clone())]),
        "P12" "pdf.distinct.range");
    bad!(cases: "copied dictionary: gap" =>
        with(&other, &[(31, copy.clone())]),
        "P4" "pdf.gap.differs");
    bad!(cases: "copied dictionary: place" =>
        with(&other, &[(31, copy.clone())]),
        "P6" "pdf.signature.outside");
    bad!(cases: "dictionary replaced" =>
        update(&good, &[(SIGNATURE, copy.clone())]),
        "P6" "pdf.signature.outside");
    bad!(cases: "form taken away" =>
        update(&good, &[(CATALOG, forge::catalog("").replace("/AcroForm 5 0 R", ""))]),
        "P2" "pdf.signature.orphan");
    let emptied = forge::signature_field("Signature1", SIGNATURE, "/Rect [0 0 0 0]");
    let emptied = emptied.replace("/V 12 0 R", "");
    bad!(cases: "signature emptied" =>
        update(&good, &[(SIGNATURE_FIELD, emptied.clone())]),
        "P2" "pdf.signature.orphan");
    let nulled = update(
        &good,
        &[
            (SIGNATURE_FIELD, emptied.clone()),
            (SIGNATURE, "null".into()),
        ],
    );
    bad!(cases: "signature nulled" => nulled.clone(), "P2" "pdf.signature.orphan");
    // Nothing is left of the first signature, and the second never covered it.
    let over = verify(&sign_with(&nulled, &request(Profile::Moj), pki::taro()));
    assert!(over.is_accepted(), "{:?}", summary(&over));
    assert!(summary(&over).concat().contains("pdf.signature.removed"));
    let between = sign_with(&good, &request(Profile::Moj), pki::taro());
    bad!(cases: "first of two signatures emptied" =>
        update(&between, &[(SIGNATURE_FIELD, emptied.clone())]),
        "P2" "pdf.signature.orphan");
    bad!(cases: "signature taken out of the form" =>
        update(&good, &[(FORM, forge::form(""))]),
        "P2" "pdf.signature.orphan");
    // A signature dictionary that no field ever held signs nothing, and harms nothing.
    let loose = verify(&update(&good, &[(31, copy.clone())]));
    assert!(loose.is_accepted(), "{:?}", summary(&loose));
    bad!(cases: "value inside the field" =>
        with(&format!("<</FT /Sig /T (x) /Subtype /Widget /V {copy}>>"), &[]),
        "P6" "pdf.signature.hidden");
    bad!(cases: "value is no dictionary" =>
        with("<</FT /Sig /T (x) /Subtype /Widget /V 31 0 R>>", &[(31, "[1]".into())]),
        "P6" "pdf.signature.hidden");
    bad!(cases: "unsigned" => document(), "P2" "pdf.unsigned");
    for name in ["reportlab.pdf", "pdftex-15.pdf"] {
        bad!(cases: name => plain(name), "P2" "pdf.unsigned");
    }
    // The first signature is broken, the last is right.
    let mut broken = sign_with(&good, &request(Profile::Moj), pki::taro());
    let value = find(&broken, b"/Contents <") + 200;
    broken[value] = if broken[value] == b'1' { b'2' } else { b'1' };
    bad!(cases: "first of two broken" => broken, "P13" "pdf.not-all");
    let text = update(&good, &[(CONTENT, forge::stream("", "x"))]);
    let refused = pdf::prepare(&text, &request(Profile::Moj)).unwrap_err();
    assert_eq!(refused.code(), "pdf.changed.object");
    let text = forge::sign(
        &text,
        &[
            (30, format!("<<{KEYS}>>")),
            (31, forge::signature_field("Second", 30, "/Rect [0 0 0 0]")),
            (PAGE, forge::page("6 0 R 11 0 R 13 0 R 31 0 R")),
            (FORM, forge::form("13 0 R 31 0 R")),
        ],
        &honest,
    );
    bad!(cases: "changed between two signatures" => text.clone(), "P10" "pdf.changed.object");
    bad!(cases: "changed between two signatures: all" => text, "P13" "pdf.not-all");
    cases.judge(12);
}

#[test]
fn permissions() {
    let mut cases = Cases::default();
    let note = "<</Type /Annot /Subtype /Square /Rect [0 0 300 200]>>".to_owned();
    let annotated = |level| {
        update(
            &forge::certified(level),
            &[
                (30, note.clone()),
                (PAGE, forge::page("6 0 R 11 0 R 13 0 R 30 0 R")),
            ],
        )
    };
    bad!(cases: "level 1: annotation" => annotated(1), "P11" "pdf.permissions.forbidden");
    bad!(cases: "level 2: annotation" => annotated(2), "P11" "pdf.permissions.forbidden");
    bad!(cases: "level 3: annotation" => annotated(3), "P10" "pdf.changed.annotation");
    let filled = |level| update(&forge::certified(level), &[(FIELD, forge::field("no"))]);
    bad!(cases: "level 1: value" => filled(1), "P11" "pdf.permissions.forbidden");
    let dated = "<</Title (Contract) /Producer (a hand) /ModDate (D:2027)>>".to_owned();
    // Other programs write the date with the evidence that every level permits.
    let dated = verify(&update(&forge::certified(1), &[(INFO, dated)]));
    assert!(dated.is_accepted(), "{:?}", summary(&dated));
    let cosigned = forge::sign(
        &forge::certified(1),
        &[
            (30, format!("<<{KEYS}>>")),
            (31, forge::signature_field("S2", 30, "/Rect [0 0 0 0]")),
            (FORM, forge::form("13 0 R 31 0 R")),
        ],
        &honest,
    );
    bad!(cases: "level 1: signature" => cosigned, "P11" "pdf.permissions.forbidden");
    for level in 1..=3 {
        let bytes = update(
            &forge::certified(level),
            &[(CONTENT, forge::stream("", "x"))],
        );
        let (rule, reason) = match level {
            1 => ("P11", "pdf.permissions.forbidden"),
            _ => ("P10", "pdf.changed.object"),
        };
        cases.add(format!("level {level}: content"), bytes, rule, reason);
    }
    // Certified after somebody else signed.
    let keys = format!(
        "{KEYS} /Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</P 2>>>>]"
    );
    let late = forge::sign(
        &signed(),
        &[
            (30, format!("<<{keys}>>")),
            (31, forge::signature_field("S2", 30, "/Rect [0 0 0 0]")),
            (FORM, forge::form("13 0 R 31 0 R")),
            (CATALOG, forge::catalog("/Perms <</DocMDP 30 0 R>>")),
        ],
        &honest,
    );
    bad!(cases: "certified second" => late, "P11" "pdf.permissions.not-first");
    // A level that no certification gives: the first signer allowed nothing.
    let second = forge::sign(
        &signed(),
        &[
            (30, format!("<<{keys}>>")),
            (31, forge::signature_field("S2", 30, "/Rect [0 0 0 0]")),
            (FORM, forge::form("13 0 R 31 0 R")),
        ],
        &honest,
    );
    assert!(
        verify(&second).is_accepted(),
        "{:?}",
        summary(&verify(&second))
    );
    let opened = update(&second, &[(FIELD, forge::field("no"))]);
    bad!(cases: "opened by the second" => opened, "P10" "pdf.changed.field");
    let first = forge::signed_in(&document(), &keys, "", &honest);
    let opened = update(&first, &[(FIELD, forge::field("no"))]);
    bad!(cases: "level without a certification" => opened, "P10" "pdf.changed.field");
    // A lock on the text field, under a certification that allows forms.
    let locking = |action: &str| {
        let keys = format!(
            "{KEYS} /Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</P 2>>>> \
             <</Type /SigRef /TransformMethod /FieldMDP /TransformParams <<{action}>>>>]"
        );
        let bytes = forge::signed_in(&document(), &keys, "/Perms <</DocMDP 12 0 R>>", &honest);
        update(&bytes, &[(FIELD, forge::field("no"))])
    };
    for action in [
        "/Action /All",
        "/Action /Include /Fields [(agreed)]",
        "/Action /Exclude /Fields [(other)]",
    ] {
        bad!(cases: action => locking(action), "P11" "pdf.permissions.locked");
    }
    bad!(cases: "lock unknown" => locking("/Action /Some"), "P11" "pdf.permissions.malformed");
    let free = locking("/Action /Exclude /Fields [(agreed)]");
    assert!(verify(&free).is_accepted(), "{:?}", summary(&verify(&free)));
    assert!(
        verify(&filled(2)).is_accepted(),
        "{:?}",
        summary(&verify(&filled(2)))
    );
    cases.judge(15);
}

#[test]
fn registry_filing() {
    let mut cases = Cases::default();
    let changed = |from: &str, to: &str| forge::signed_with(&KEYS.replace(from, to), &honest);
    bad!(cases: "no type" => changed("/Type /Sig", ""), "C1" "filing.type.wrong");
    bad!(cases: "another type" =>
        changed("/Type /Sig", "/Type /Signature"),
        "C1" "filing.type.wrong");
    bad!(cases: "no name" => changed("/Name (Hanako)", ""), "C3" "filing.name.absent");
    bad!(cases: "empty name" => changed("(Hanako)", "()"), "C3" "filing.name.absent");
    bad!(cases: "blank name" => changed("(Hanako)", "()"), "C3" "filing.name.absent");
    bad!(cases: "no time" =>
        changed("/M (D:20261125120000+09'00')", ""),
        "C4" "filing.time.absent");
    for time in [
        "D:20261125120000",
        "D:20261325120000Z",
        "D:20261125250000Z",
        "D:2026",
        "2026-11-25T12:00:00Z",
    ] {
        bad!(cases: time => changed("D:20261125120000+09'00'", time), "C4" "filing.time.malformed");
    }
    bad!(cases: "PAdES" => super::sign(&document(), Profile::Pades), "C2" "filing.kind.wrong");
    bad!(cases: "appended newline" =>
        [&signed()[..], b"\n"].concat(),
        "C5" "filing.range.not-whole");
    bad!(cases: "unsigned" => document(), "C1" "filing.type.absent");
    bad!(cases: "unreadable" => b"no PDF".to_vec(), "C1" "filing.unreadable");
    let mut padded = signed();
    let end = rfind(&padded, b"0>\n");
    padded[end] = b'1';
    bad!(cases: "padding" => padded, "C6" "filing.value.padding");
    cases.judge(15);

    let report = pdf::verify_filing(&signed(), &pki::policy());
    assert!(report.is_accepted(), "{:?}", summary(&report));
    let warned: Vec<&str> = report
        .findings()
        .filter(|f| f.verdict.reason().is_some())
        .map(|f| f.rule.id())
        .collect();
    assert_eq!(warned, Vec::<&str>::new());
    let ids: Vec<&str> = report
        .findings()
        .map(|f| f.rule.id())
        .filter(|id| id.starts_with('C'))
        .collect();
    assert_eq!(ids.len(), 11, "{ids:?}");
}
