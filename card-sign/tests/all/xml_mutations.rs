//! Bad files, each broken in one way and refused for just that reason.
//!
//! A file is a right one after an edit. Where the edit is inside of what is signed, xmlsec1 signs the
//! result again with the resident's own key, so that digests and signature are right and only the
//! rule stands in the way.

use std::sync::LazyLock;

use card_core::certificate::Certificate;
use card_sign::report::{Finding, Reason, Rule};
use card_sign::xml::{Content, Covers, Draft, Expected, Files, Profile, reason, rules};
use card_sim::persona::{Credential, Persona};

use crate::openssl::Bench;
use crate::pki;
use crate::signed;
use crate::xml_judges::{application, verify};
use crate::xmlsec;

/// A document with an element that has an identifier, signed as a whole.
pub(crate) fn whole() -> String {
    let document = "<pay><item Id=\"a1\">1000</item> <to b=\"1\">見本</to></pay>";
    let draft = Draft::enveloped(document.as_bytes()).unwrap();
    signed::xml(&draft, pki::hanako(), &Expected::default()).unwrap()
}

/// The same with signed properties.
fn xades() -> String {
    let document = "<pay><item Id=\"a1\">1000</item> <to b=\"1\">見本</to></pay>";
    let draft = Draft::enveloped(document.as_bytes()).unwrap();
    let draft = draft.with_properties(pki::now(), "text/xml");
    signed::xml(&draft, pki::hanako(), &Expected::default()).unwrap()
}

pub(crate) const ENVELOPED: &str =
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
pub(crate) const EXCLUSIVE: &str =
    "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";

/// Only the element `item` signed.
pub(crate) fn element() -> String {
    let whole = whole();
    again(
        &replaced(&whole, &[(" URI=\"\"", " URI=\"#a1\""), (ENVELOPED, "")]),
        &[],
    )
}

/// Replaces each text that has to be there, once.
pub(crate) fn replaced(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in {text}");
        text.replacen(from, to, 1)
    })
}

/// What stands between two texts, the first time.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap() + from.len();
    &text[start..start + text[start..].find(to).unwrap()]
}

/// Blanks what stands between two tags, everywhere.
pub(crate) fn blank(text: &str, tag: &str) -> String {
    let (open, close) = (format!("<ds:{tag}>"), format!("</ds:{tag}>"));
    let mut parts = text.split(&open);
    let mut all = parts.next().unwrap().to_owned();
    for part in parts {
        all.push_str(&open);
        all.push_str(part.find(&close).map_or(part, |end| &part[end..]));
    }
    all
}

/// Lets xmlsec1 sign an edited file again.
pub(crate) fn again(text: &str, more: &[&str]) -> String {
    signed_by(pki::hanako(), text, more)
}

fn signed_by(of: &Credential, text: &str, more: &[&str]) -> String {
    let (head, tail) = text.split_once("</ds:SignedInfo>").unwrap();
    let (head, tail) = (blank(head, "DigestValue"), blank(tail, "SignatureValue"));
    let tail = blank(&tail, "X509Data");
    let mut options = vec!["--id-attr:Id", "item", "--id-attr:Id", "SignedProperties"];
    options.extend(more);
    let bench = xmlsec::bench(of);
    // Without an encoding xmlsec1 writes numbers for all that is not ASCII.
    let declared = if head.starts_with("<?xml") {
        ""
    } else {
        "<?xml version='1.0' encoding='UTF-8'?>"
    };
    let template = format!("{declared}{head}</ds:SignedInfo>{tail}");
    let file = xmlsec::sign(&bench, of, &template, &options);
    String::from_utf8(file).unwrap()
}

/// A transform that xmlsec1 knows and we refuse.
pub(crate) fn transform(uri: &str, inside: &str) -> String {
    format!("<ds:Transform Algorithm=\"{uri}\">{inside}</ds:Transform>")
}

pub(crate) struct Case {
    name: &'static str,
    file: Vec<u8>,
    expected: Expected<'static>,
    rule: Rule,
    /// All reasons for which the file is refused, in the order of the rules.
    reasons: Vec<Reason>,
}

pub(crate) fn case(
    name: &'static str,
    file: impl Into<Vec<u8>>,
    rule: Rule,
    reasons: &[Reason],
) -> Case {
    Case {
        name,
        file: file.into(),
        expected: Expected::default(),
        rule,
        reasons: reasons.to_vec(),
    }
}

impl Case {
    pub(crate) fn asked(mut self, change: impl FnOnce(&mut Expected<'static>)) -> Case {
        change(&mut self.expected);
        self
    }
}

pub(crate) fn all_refused(cases: Vec<Case>) -> usize {
    let mut wrong = Vec::new();
    for case in &cases {
        let verified = verify(&case.file, &case.expected);
        let reasons: Vec<Reason> = verified.report.reasons().collect();
        let refused = !verified.report.is_accepted() && verified.signed().is_empty();
        if !refused || !verified.report.fails(case.rule) || reasons != case.reasons {
            wrong.push(format!(
                "{}: {reasons:?} instead of {:?}",
                case.name, case.reasons
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    cases.len()
}

/// Whether xmlsec1 believes a file that we refuse.
pub(crate) fn xmlsec1_believes(file: &[u8]) -> bool {
    let bench = xmlsec::bench(pki::hanako());
    bench.write("f.xml", file);
    xmlsec::verify(&bench, "f.xml", &["--id-attr:Id", "item"]).success
}

#[test]
fn what_the_mutations_start_from_is_right() {
    let paths = Covers::Element(&["pay", "item"]);
    for (file, covers, profile) in [
        (whole(), Covers::Document, Profile::Any),
        (xades(), Covers::Document, Profile::Xades),
        (again(&xades(), &[]), Covers::Document, Profile::Xades),
        (element(), paths, Profile::Any),
    ] {
        let report = verify(
            file.as_bytes(),
            &Expected {
                covers,
                profile,
                ..Expected::default()
            },
        )
        .report;
        assert!(report.is_accepted(), "{report:#?}");
    }
}

/// X8 and X2: what was signed was changed, or is not what is read.
#[test]
fn changed_content_is_refused() {
    let good = whole();
    let edit = |edits: &[(&str, &str)]| replaced(&good, edits);
    let differs = &[reason::DIGEST_DIFFERS][..];
    let digest = between(&good, "<ds:DigestValue>", "=</ds:DigestValue>");
    // The last letter has bits that have to be zero.
    let (front, last) = digest.split_at(digest.len() - 1);
    let other_digest = front.chars().rev().collect::<String>() + last;
    let removed = {
        let xades = xades();
        let start = "<ds:Reference Id=\"signature-1\"";
        let reference = between(&xades, start, "<ds:Reference Type").to_owned();
        replaced(&xades, &[(&format!("{start}{reference}"), "")])
    };
    let cases = vec![
        case("text", edit(&[("100", "900")]), rules::REFERENCES, differs),
        case(
            "attribute",
            edit(&[("b=\"1\"", "b=\"2\"")]),
            rules::REFERENCES,
            differs,
        ),
        case(
            "attribute added",
            edit(&[("b=\"1\"", "b=\"1\" c=\"\"")]),
            rules::REFERENCES,
            differs,
        ),
        case(
            "white space",
            edit(&[("</item> <to", "</item>  <to")]),
            rules::REFERENCES,
            differs,
        ),
        case(
            "element added",
            edit(&[("<to b", "<x/><to b")]),
            rules::REFERENCES,
            differs,
        ),
        case(
            "element removed",
            edit(&[("<item Id=\"a1\">1000</item>", "")]),
            rules::REFERENCES,
            differs,
        ),
        case(
            "element renamed",
            edit(&[("<to b", "<ot b"), ("</to>", "</ot>")]),
            rules::REFERENCES,
            differs,
        ),
        case(
            "namespace",
            edit(&[("<pay>", "<pay xmlns=\"urn:x\">")]),
            rules::REFERENCES,
            differs,
        ),
        case(
            "instruction inside",
            edit(&[("<to b", "<?x y?><to b")]),
            rules::REFERENCES,
            differs,
        ),
        case(
            "instruction in front",
            format!("<?x y?>{good}"),
            rules::REFERENCES,
            differs,
        ),
        case(
            "instruction behind",
            format!("{good}<?x y?>"),
            rules::REFERENCES,
            differs,
        ),
        case(
            "entity for a letter",
            edit(&[("見本", "見&#x672D;")]),
            rules::REFERENCES,
            differs,
        ),
        case(
            "no transform that leaves the signature out",
            again(&edit(&[(ENVELOPED, "")]), &[]),
            rules::REFERENCES,
            differs,
        ),
        case(
            "a reference removed",
            removed,
            rules::SIGNATURE,
            &[
                reason::NOT_COVERED,
                reason::DATA_OBJECT,
                reason::SIGNATURE_WRONG,
            ],
        ),
        case(
            "another digest",
            edit(&[(digest, &other_digest)]),
            rules::REFERENCES,
            &[reason::DIGEST_DIFFERS, reason::SIGNATURE_WRONG],
        ),
    ];
    assert_eq!(all_refused(cases), 15);
}

/// A comment inside a value is not signed; whoever reads what was signed reads the whole value.
#[test]
fn a_comment_does_not_cut_a_value_short() {
    let file = replaced(&whole(), &[("100", "1<!-- -->00")]);
    let verified = verify(file.as_bytes(), &Expected::default());
    assert!(verified.report.is_accepted(), "{:#?}", verified.report);
    let [signed] = verified.signed() else {
        panic!()
    };
    let Content::Octets(octets) = &signed.content else {
        panic!()
    };
    let text = str::from_utf8(octets).unwrap();
    assert_eq!(
        text,
        "<pay><item Id=\"a1\">1000</item> <to b=\"1\">見本</to></pay>"
    );
}

/// X2, X3, X4: a right signature over something, and something else in its place.
#[test]
fn wrapping_is_refused() {
    let good = element();
    let item = "<item Id=\"a1\">1000</item>";
    let evil = "<item Id=\"evil\">9000</item>";
    let wrapped = replaced(&good, &[(item, evil)]);
    let path =
        |expected: &mut Expected<'static>| expected.covers = Covers::Element(&["pay", "item"]);
    let not_covered = &[reason::NOT_COVERED][..];
    let in_object = replaced(
        &wrapped,
        &[(
            "</ds:Signature>",
            &format!("<ds:Object>{item}</ds:Object></ds:Signature>"),
        )],
    );
    assert!(
        xmlsec1_believes(in_object.as_bytes()),
        "xmlsec1 does not know what is read"
    );
    let beside = replaced(
        &wrapped,
        &[("<pay>", &format!("<pay><header>{item}</header>"))],
    );
    assert!(xmlsec1_believes(beside.as_bytes()));
    let twice = replaced(
        &good,
        &[(item, &format!("{item}{}", item.replace("100", "900")))],
    );
    let rest_changed = replaced(&good, &[("見本", "他人")]);
    let cases = vec![
        case(
            "into Object",
            in_object.clone(),
            rules::COVERAGE,
            not_covered,
        )
        .asked(path),
        case("into a header", beside, rules::COVERAGE, not_covered).asked(path),
        case(
            "part for the whole",
            rest_changed,
            rules::COVERAGE,
            not_covered,
        ),
        case(
            "beside it, so that the path has two",
            replaced(&good, &[(item, &format!("{item}{evil}"))]),
            rules::COVERAGE,
            &[reason::NO_SUCH_ELEMENT],
        )
        .asked(path),
        case(
            "the path leads nowhere",
            replaced(
                &good,
                &[
                    ("<pay>", "<pay xmlns:p=\"urn:p\">"),
                    ("<item", "<p:item"),
                    ("</item>", "</p:item>"),
                ],
            ),
            rules::COVERAGE,
            &[reason::NO_SUCH_ELEMENT, reason::DIGEST_DIFFERS],
        )
        .asked(path),
        case(
            "the same identifier twice",
            twice,
            rules::IDENTIFIERS,
            &[reason::ID_TWICE, reason::ID_TWICE],
        )
        .asked(path),
        case(
            "the identifier in another case",
            replaced(&good, &[("Id=\"a1\"", "ID=\"a1\"")]),
            rules::IDENTIFIERS,
            &[reason::ID_FOREIGN],
        )
        .asked(path),
        case(
            "the identifier in two cases",
            replaced(&good, &[("<to b", "<to id=\"a1\" b")]),
            rules::IDENTIFIERS,
            &[reason::ID_TWICE],
        )
        .asked(path),
        case(
            "the identifier in another namespace",
            replaced(&good, &[("<item Id", "<item xmlns:p=\"urn:p\" p:Id")]),
            rules::IDENTIFIERS,
            &[reason::ID_FOREIGN],
        )
        .asked(path),
        case(
            "xml:id",
            replaced(&good, &[("<to b", "<to xml:id=\"a1\" b")]),
            rules::IDENTIFIERS,
            &[reason::ID_TWICE],
        )
        .asked(path),
        case(
            "the identifier is gone",
            replaced(&good, &[(" Id=\"a1\"", "")]),
            rules::IDENTIFIERS,
            &[reason::ID_ABSENT],
        )
        .asked(path),
        case(
            "the key info alone",
            again(
                &replaced(
                    &good,
                    &[("#a1", "#k"), ("<ds:KeyInfo>", "<ds:KeyInfo Id=\"k\">")],
                ),
                &["--id-attr:Id", "KeyInfo"],
            ),
            rules::COVERAGE,
            not_covered,
        )
        .asked(path),
        case(
            "the whole where an object was asked about",
            whole(),
            rules::COVERAGE,
            not_covered,
        )
        .asked(|expected| expected.covers = Covers::Object),
        case(
            "the properties as the object",
            xades(),
            rules::COVERAGE,
            not_covered,
        )
        .asked(|expected| expected.covers = Covers::Object),
    ];
    assert_eq!(all_refused(cases), 14);
}

/// X3: how many, and where.
#[test]
fn signatures_are_counted_and_stand_in_their_place() {
    let good = whole();
    let start = good.find("<ds:Signature").unwrap();
    let end = good.find("</pay>").unwrap();
    let signature = &good[start..end];
    let second = signature.replace("Id=\"signature", "Id=\"other");
    let broken = replaced(
        &second,
        &[("<ds:SignatureValue>", "<ds:SignatureValue>AAAA")],
    );
    let moved = replaced(
        &good,
        &[(signature, ""), ("<to b", &format!("{signature}<to b"))],
    );
    let inside = replaced(
        &good,
        &[(signature, ""), ("見本", &format!("見本{signature}"))],
    );
    let several = reason::SEVERAL_SIGNATURES;
    let many = replaced(
        &good,
        &[(
            signature,
            &(0..17)
                .map(|n| signature.replace("Id=\"signature", &format!("Id=\"s{n}")))
                .collect::<String>(),
        )],
    );
    let nested = replaced(
        &good,
        &[(
            "</ds:Signature>",
            &format!("<ds:Object>{second}</ds:Object></ds:Signature>"),
        )],
    );
    let unsigned = replaced(&good, &[(signature, "")]);
    // Moved among the children of the document element it is still in its place; elsewhere not.
    assert!(
        verify(moved.as_bytes(), &Expected::default())
            .report
            .is_accepted()
    );
    assert!(xmlsec1_believes(inside.as_bytes()));
    let cases = vec![
        case("none", unsigned, rules::SIGNATURES, &[reason::NO_SIGNATURE]),
        case(
            "no XML signature",
            "<Signature/>",
            rules::SIGNATURES,
            &[reason::NO_SIGNATURE],
        ),
        case("deeper", inside, rules::SIGNATURES, &[reason::PLACE]),
        case(
            "two, the second broken",
            good.replace("</pay>", &format!("{broken}</pay>")),
            rules::SIGNATURES,
            &[
                several,
                reason::DIGEST_DIFFERS,
                reason::DIGEST_DIFFERS,
                reason::LENGTH,
            ],
        ),
        case(
            "one inside the other",
            nested,
            rules::SIGNATURES,
            &[
                several,
                reason::NOT_COVERED,
                reason::PLACE,
                reason::DIGEST_DIFFERS,
                // Its references were renamed, to have identifiers of their own.
                reason::SIGNATURE_WRONG,
            ],
        ),
        case(
            "seventeen",
            many,
            rules::SIGNATURES,
            &[reason::MANY_SIGNATURES],
        ),
        case(
            "in the document element, not at the path",
            good,
            rules::SIGNATURES,
            &[reason::PLACE],
        )
        .asked(|expected| expected.place = Some(&["pay", "to"])),
    ];
    assert_eq!(all_refused(cases), 7);
}

/// X5 and X6: what xmlsec1 signs and verifies gladly, and what any document can be made "signed" by.
#[test]
fn addresses_and_transforms_are_a_short_list() {
    let good = whole();
    let with = |edits: &[(&str, &str)]| again(&replaced(&good, edits), &[]);
    let both = format!("{ENVELOPED}{EXCLUSIVE}");
    let extra = |uri: &str, inside: &str| {
        with(&[(
            &both,
            &format!("{ENVELOPED}{}{EXCLUSIVE}", transform(uri, inside)),
        )])
    };
    let xslt = "http://www.w3.org/TR/1999/REC-xslt-19991116";
    let constant = "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\">\
                    <xsl:template match=\"/\"><ok/></xsl:template></xsl:stylesheet>";
    let xpath = "http://www.w3.org/TR/1999/REC-xpath-19991116";
    let nothing = extra(xpath, "<ds:XPath>0=1</ds:XPath>");
    let any = replaced(&nothing, &[("100", "900")]);
    assert!(
        xmlsec1_believes(any.as_bytes()),
        "an empty set is signed, whatever is in the document"
    );
    let filter = "<f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">\
                  //to</f:XPath>";
    let comments = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    let outside = {
        let path = env!("CARGO_MANIFEST_DIR").to_owned() + "/Cargo.toml";
        with(&[
            (" URI=\"\"", &format!(" URI=\"file://{path}\"")),
            (&both, ""),
        ])
    };
    let refused = &[reason::TRANSFORM][..];
    let order = &[reason::TRANSFORM_ORDER][..];
    let external = &[reason::EXTERNAL][..];
    let unsigned_edit = |edits: &[(&str, &str)]| replaced(&good, edits);
    let files = {
        static FILES: LazyLock<Files> = LazyLock::new(|| {
            let mut files = Files::new();
            files.add("a.xml", &mut &b"<a/>"[..]).unwrap();
            files
        });
        &*FILES
    };
    let wrong = reason::SIGNATURE_WRONG;
    let cases = vec![
        case(
            "XSLT that writes a constant",
            extra(xslt, constant),
            rules::TRANSFORMS,
            refused,
        ),
        case(
            "XPath that chooses nothing",
            nothing,
            rules::TRANSFORMS,
            refused,
        ),
        case(
            "the same over another document",
            any,
            rules::TRANSFORMS,
            refused,
        ),
        case(
            "XPath that chooses all",
            extra(xpath, "<ds:XPath>1=1</ds:XPath>"),
            rules::TRANSFORMS,
            refused,
        ),
        case(
            "XPath filter",
            extra("http://www.w3.org/2002/06/xmldsig-filter2", filter),
            rules::TRANSFORMS,
            refused,
        ),
        case(
            "base64",
            again(
                &replaced(
                    &element(),
                    &[(
                        EXCLUSIVE,
                        &transform("http://www.w3.org/2000/09/xmldsig#base64", ""),
                    )],
                ),
                &[],
            ),
            rules::TRANSFORMS,
            refused,
        ),
        case(
            "a form with comments",
            with(&[(EXCLUSIVE, &transform(comments, ""))]),
            rules::TRANSFORMS,
            refused,
        ),
        case(
            "Canonical XML with comments",
            with(&[(
                EXCLUSIVE,
                &transform(
                    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
                    "",
                ),
            )]),
            rules::TRANSFORMS,
            refused,
        ),
        case(
            "leaving out twice",
            with(&[(ENVELOPED, &format!("{ENVELOPED}{ENVELOPED}"))]),
            rules::TRANSFORMS,
            order,
        ),
        case(
            "leaving out at the end",
            unsigned_edit(&[(&both, &format!("{EXCLUSIVE}{ENVELOPED}"))]),
            rules::TRANSFORMS,
            &[reason::TRANSFORM_ORDER, wrong],
        ),
        case(
            "two forms",
            unsigned_edit(&[(EXCLUSIVE, &format!("{EXCLUSIVE}{EXCLUSIVE}"))]),
            rules::TRANSFORMS,
            &[reason::TRANSFORM_ORDER, wrong],
        ),
        case(
            "unknown",
            unsigned_edit(&[(EXCLUSIVE, &transform("urn:x", ""))]),
            rules::TRANSFORMS,
            &[reason::TRANSFORM, wrong],
        ),
        case(
            "leaving out what is not inside",
            again(&replaced(&element(), &[(EXCLUSIVE, &both)]), &[]),
            rules::TRANSFORMS,
            &[reason::NOT_ENVELOPED],
        )
        .asked(|expected| expected.covers = Covers::Element(&["pay", "item"])),
        case(
            "a file of this computer",
            outside,
            rules::ADDRESSES,
            external,
        ),
        case(
            "a file, where others were supplied",
            unsigned_edit(&[(" URI=\"\"", " URI=\"file:a.xml\"")]),
            rules::ADDRESSES,
            &[reason::EXTERNAL, wrong],
        )
        .asked(|expected| expected.files = files),
        case(
            "the network",
            unsigned_edit(&[(" URI=\"\"", " URI=\"http://example.invalid/a.xml\"")]),
            rules::ADDRESSES,
            &[reason::EXTERNAL, wrong],
        ),
        case(
            "a name nobody supplied",
            unsigned_edit(&[(" URI=\"\"", " URI=\"a.xml\"")]),
            rules::ADDRESSES,
            &[reason::EXTERNAL, wrong],
        ),
        case(
            "a supplied file through a transform",
            unsigned_edit(&[(" URI=\"\"", " URI=\"a.xml\"")]),
            rules::TRANSFORMS,
            &[reason::NOT_COVERED, reason::FILE_TRANSFORM, wrong],
        )
        .asked(|expected| expected.files = files),
        case(
            "out of the folder",
            unsigned_edit(&[(" URI=\"\"", " URI=\"../a.xml\""), (&both, "")]),
            rules::FILES,
            &[reason::FILE_NAME, wrong],
        )
        .asked(|expected| expected.files = files),
        case(
            "out of the folder, escaped",
            unsigned_edit(&[(" URI=\"\"", " URI=\"%2e%2e/a.xml\""), (&both, "")]),
            rules::FILES,
            &[reason::FILE_NAME, wrong],
        )
        .asked(|expected| expected.files = files),
        case(
            "absolute",
            unsigned_edit(&[(" URI=\"\"", " URI=\"/a.xml\""), (&both, "")]),
            rules::FILES,
            &[reason::FILE_NAME, wrong],
        )
        .asked(|expected| expected.files = files),
        case(
            "a backslash",
            unsigned_edit(&[(" URI=\"\"", " URI=\"..\\a.xml\""), (&both, "")]),
            rules::FILES,
            &[reason::FILE_NAME, wrong],
        )
        .asked(|expected| expected.files = files),
        case(
            "an XPointer to all",
            with(&[(" URI=\"\"", " URI=\"#xpointer(//*)\"")]),
            rules::ADDRESSES,
            &[reason::XPOINTER],
        ),
        case(
            "an XPointer to an identifier",
            with(&[
                (" URI=\"\"", " URI=\"#xpointer(id('a1'))\""),
                (ENVELOPED, ""),
            ]),
            rules::ADDRESSES,
            &[reason::XPOINTER],
        ),
        case(
            "no address",
            unsigned_edit(&[(" URI=\"\"", "")]),
            rules::ADDRESSES,
            &[reason::NO_ADDRESS, wrong],
        ),
        case(
            "an empty identifier",
            unsigned_edit(&[(" URI=\"\"", " URI=\"#\"")]),
            rules::IDENTIFIERS,
            &[reason::ID_ABSENT, wrong],
        ),
        case(
            "a manifest",
            with(&[(
                " URI=\"\"",
                " Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\" URI=\"\"",
            )]),
            rules::REFERENCES,
            &[reason::MANIFEST],
        ),
    ];
    assert_eq!(all_refused(cases), 27);
}

/// X7, X9, X12: algorithms, keys and values.
#[test]
fn algorithms_and_keys_are_ours_to_choose() {
    let good = whole();
    let with = |edits: &[(&str, &str)]| again(&replaced(&good, edits), &[]);
    let edit = |edits: &[(&str, &str)]| replaced(&good, edits);
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let rsa256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    let rsa1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    let hmac = "http://www.w3.org/2000/09/xmldsig#hmac-sha1";
    let certificates = |of: &[&Credential]| {
        let data: String = of
            .iter()
            .map(|one| {
                use base64::prelude::{BASE64_STANDARD, Engine as _};
                let der = BASE64_STANDARD.encode(&one.certificate);
                format!("<ds:X509Certificate>{der}</ds:X509Certificate>")
            })
            .collect();
        let start = good.find("<ds:X509Data>").unwrap();
        let end = good.find("</ds:X509Data>").unwrap();
        format!("{}<ds:X509Data>{data}{}", &good[..start], &good[end..])
    };
    let key_info = |with: &str| {
        let start = good.find("<ds:KeyInfo>").unwrap();
        let end = good.find("</ds:Signature>").unwrap();
        format!("{}{with}{}", &good[..start], &good[end..])
    };
    let key_value = {
        let (taro, edit) = (
            pki::taro(),
            edit(&[("<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyValue/>")]),
        );
        let by_taro = signed_by(taro, &edit, &[]);
        let start = by_taro.find("<ds:KeyValue>").unwrap();
        let end = by_taro.find("<ds:X509Data>").unwrap();
        (by_taro[start..end].to_owned(), by_taro)
    };
    let attacker = {
        let (from, to) = (
            key_value.1.find("<ds:X509Data>").unwrap(),
            key_value.1.find("</ds:KeyInfo>").unwrap(),
        );
        format!("{}{}", &key_value.1[..from], &key_value.1[to..])
    };
    let value = between(&good, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let other_value = {
        let mut text = value.to_owned();
        let first = if text.starts_with('A') { "B" } else { "A" };
        text.replace_range(3..4, first);
        text
    };
    let by_hmac = {
        let text = edit(&[(rsa256, hmac)]);
        let (head, tail) = text.split_once("</ds:SignedInfo>").unwrap();
        let tail = blank(tail, "SignatureValue");
        let bench = Bench::new();
        bench.write(
            "t.xml",
            format!("{}</ds:SignedInfo>{tail}", blank(head, "DigestValue")).as_bytes(),
        );
        // The secret that everybody has: the certificate.
        bench.write("k", &pki::hanako().certificate);
        let arguments = ["--sign", "--hmackey", "k", "--output", "s.xml", "t.xml"];
        let said = xmlsec::run(&bench, "xmlsec1", &arguments);
        assert!(said.success, "{said:?}");
        bench.read("s.xml")
    };
    let expired = Persona::shipped("kigen").unwrap().signature.unwrap();
    let sha1_file = with(&[(sha256, sha1), (rsa256, rsa1)]);
    assert!(
        xmlsec1_believes(sha1_file.as_bytes()),
        "xmlsec1 takes SHA-1"
    );
    let wrong = reason::SIGNATURE_WRONG;
    let cases = vec![
        case(
            "everything SHA-1",
            sha1_file,
            rules::ALGORITHMS,
            &[reason::WEAK_DIGEST, reason::SIGNATURE_METHOD],
        ),
        case(
            "the digest SHA-1",
            with(&[(sha256, sha1)]),
            rules::ALGORITHMS,
            &[reason::WEAK_DIGEST],
        ),
        case(
            "the signature SHA-1",
            with(&[(rsa256, rsa1)]),
            rules::ALGORITHMS,
            &[reason::SIGNATURE_METHOD],
        ),
        case(
            "MD5",
            edit(&[(sha256, "http://www.w3.org/2001/04/xmldsig-more#md5")]),
            rules::ALGORITHMS,
            &[reason::WEAK_DIGEST, wrong],
        ),
        case(
            "SHA-224",
            with(&[(sha256, "http://www.w3.org/2001/04/xmldsig-more#sha224")]),
            rules::ALGORITHMS,
            &[reason::WEAK_DIGEST],
        ),
        case(
            "HMAC with what everybody knows",
            by_hmac,
            rules::ALGORITHMS,
            &[reason::SIGNATURE_METHOD],
        ),
        case(
            "HMAC of eight bits",
            edit(&[(
                &format!("<ds:SignatureMethod Algorithm=\"{rsa256}\"/>"),
                &format!(
                    "<ds:SignatureMethod Algorithm=\"{hmac}\"><ds:HMACOutputLength>8\
                     </ds:HMACOutputLength></ds:SignatureMethod>"
                ),
            )]),
            rules::STRUCTURE,
            &[reason::FOREIGN],
        ),
        case(
            "DSA",
            edit(&[(rsa256, "http://www.w3.org/2000/09/xmldsig#dsa-sha1")]),
            rules::ALGORITHMS,
            &[reason::SIGNATURE_METHOD],
        ),
        case(
            "ECDSA by an RSA key",
            edit(&[(
                rsa256,
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            )]),
            rules::ALGORITHMS,
            &[reason::SIGNATURE_KEY],
        ),
        case(
            "another hash function in the signature",
            edit(&[(rsa256, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512")]),
            rules::SIGNATURE,
            &[wrong],
        ),
        case(
            "PSS stated over PKCS #1",
            edit(&[(
                rsa256,
                "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
            )]),
            rules::SIGNATURE,
            &[wrong],
        ),
        case(
            "SignedInfo with comments",
            with(&[(
                "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"",
                "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#WithComments\"",
            )]),
            rules::ALGORITHMS,
            &[reason::CANONICALIZATION],
        ),
        case(
            "a bare key, no certificate",
            attacker.clone(),
            rules::CERTIFICATE,
            &[reason::CERTIFICATE_ABSENT],
        ),
        case(
            "a bare key beside a certificate",
            edit(&[("<ds:KeyInfo>", &format!("<ds:KeyInfo>{}", key_value.0))]),
            rules::CERTIFICATE,
            &[reason::KEY_VALUE],
        ),
        case(
            "no key info",
            key_info(""),
            rules::CERTIFICATE,
            &[reason::CERTIFICATE_ABSENT],
        ),
        case(
            "a name only",
            key_info("<ds:KeyInfo><ds:KeyName>k</ds:KeyName></ds:KeyInfo>"),
            rules::CERTIFICATE,
            &[reason::CERTIFICATE_ABSENT],
        ),
        case(
            "a key from elsewhere",
            edit(&[(
                "<ds:KeyInfo>",
                "<ds:KeyInfo><ds:RetrievalMethod URI=\"http://example.invalid/\"/>",
            )]),
            rules::ADDRESSES,
            &[reason::RETRIEVAL],
        ),
        case(
            "a key from elsewhere, version 1.1",
            edit(&[(
                "<ds:KeyInfo>",
                "<ds:KeyInfo><d:KeyInfoReference xmlns:d=\"http://www.w3.org/2009/xmldsig11#\" URI=\"#k\"/>",
            )]),
            rules::ADDRESSES,
            &[reason::RETRIEVAL],
        ),
        case(
            "another's certificate",
            certificates(&[pki::taro()]),
            rules::SIGNATURE,
            &[wrong],
        ),
        case(
            "another's in front",
            certificates(&[pki::taro(), pki::hanako()]),
            rules::CERTIFICATE,
            &[reason::CERTIFICATE_AMBIGUOUS],
        ),
        case(
            "another's behind",
            certificates(&[pki::hanako(), pki::taro()]),
            rules::CERTIFICATE,
            &[reason::CERTIFICATE_AMBIGUOUS],
        ),
        case(
            "no certificate in base64",
            edit(&[("<ds:X509Certificate>MII", "<ds:X509Certificate>AAA")]),
            rules::CERTIFICATE,
            &[reason::CERTIFICATE_MALFORMED],
        ),
        case(
            "expired",
            signed_by(&expired, &good, &[]),
            rules::TRUST,
            &[Reason::new("certificate.expired")],
        ),
        case(
            "a certificate for logging in",
            signed_by(pki::authentication(), &good, &[]),
            rules::TRUST,
            &[Reason::new("issuer.purpose")],
        ),
        case(
            "a signature that is no base64",
            edit(&[("<ds:SignatureValue>", "<ds:SignatureValue>!")]),
            rules::BASE64,
            &[reason::BASE64],
        ),
        case(
            "a letter of the signature",
            replaced(&good, &[(value, &other_value)]),
            rules::SIGNATURE,
            &[wrong],
        ),
        case(
            "a signature cut short",
            replaced(&good, &[(value, &value[..value.len() - 8])]),
            rules::BASE64,
            &[reason::LENGTH],
        ),
        case(
            "a longer signature",
            edit(&[("<ds:SignatureValue>", "<ds:SignatureValue>AAAA")]),
            rules::BASE64,
            &[reason::LENGTH],
        ),
        case(
            "an empty signature",
            replaced(&good, &[(value, "")]),
            rules::BASE64,
            &[reason::LENGTH],
        ),
        case(
            "a digest cut short",
            edit(&[
                (
                    "<ds:DigestValue>",
                    "<ds:DigestValue>AAAA</ds:DigestValue><!--",
                ),
                ("</ds:DigestValue></ds:Ref", "--></ds:Ref"),
            ]),
            rules::BASE64,
            &[reason::LENGTH, wrong],
        ),
    ];
    assert_eq!(all_refused(cases), 30);
    // What the attacker hopes for: xmlsec1 without `--enabled-key-data x509` believes a bare key.
    let bench = xmlsec::bench(pki::hanako());
    bench.write("f.xml", attacker.as_bytes());
    let words = ["--verify", "--trusted-pem", "ca.pem", "f.xml"];
    assert!(xmlsec::run(&bench, "xmlsec1", &words).success);
}

/// X10 and the number of references (X8).
#[test]
fn nothing_stands_in_a_signature_that_the_standard_does_not_name() {
    let good = whole();
    let edit = |edits: &[(&str, &str)]| replaced(&good, edits);
    let foreign = &[reason::FOREIGN][..];
    let list = |names: &str| {
        format!(
            "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">\
             <e:InclusiveNamespaces xmlns:e=\"http://www.w3.org/2001/10/xml-exc-c14n#\" \
             PrefixList=\"{names}\"/></ds:Transform>"
        )
    };
    let reference = {
        let start = good.find("<ds:Reference ").unwrap();
        let end = good.find("</ds:Reference>").unwrap() + "</ds:Reference>".len();
        good[start..end].to_owned()
    };
    let copies: String = (0..31)
        .map(|n| reference.replace("signature-1", &format!("signature-{n}")))
        .collect();
    let prefixes = |names: &str| again(&edit(&[(EXCLUSIVE, &list(names))]), &[]);
    let bad_list = &[reason::PREFIX_LIST][..];
    let cases = vec![
        case(
            "a foreign child of SignedInfo",
            edit(&[("</ds:SignedInfo>", "<x/></ds:SignedInfo>")]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "text in SignedInfo",
            edit(&[("<ds:SignedInfo>", "<ds:SignedInfo>x")]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "an instruction in SignedInfo",
            edit(&[("<ds:SignedInfo>", "<ds:SignedInfo><?x?>")]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "an attribute of SignedInfo",
            edit(&[("<ds:SignedInfo>", "<ds:SignedInfo x=\"1\">")]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "an attribute of Reference",
            edit(&[(" URI=\"\"", " URI=\"\" uri=\"#a1\"")]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "an attribute of Transform",
            edit(&[("<ds:Transform A", "<ds:Transform x=\"1\" A")]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "a child of DigestMethod",
            edit(&[(
                "sha256\"/><ds:DigestValue>",
                "sha256\"><x/></ds:DigestMethod><ds:DigestValue>",
            )]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "two digests",
            edit(&[("</ds:DigestValue>", "</ds:DigestValue><ds:DigestValue/>")]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "an element in the digest",
            edit(&[("<ds:DigestValue>", "<ds:DigestValue><x/>")]),
            rules::STRUCTURE,
            &[reason::FOREIGN, reason::SIGNATURE_WRONG],
        ),
        case(
            "two SignedInfo",
            edit(&[("<ds:SignatureValue>", "<ds:SignedInfo/><ds:SignatureValue>")]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "two values",
            edit(&[("<ds:KeyInfo>", "<ds:SignatureValue/><ds:KeyInfo>")]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "no value",
            edit(&[
                ("<ds:SignatureValue>", "<ds:Object>"),
                ("</ds:SignatureValue>", "</ds:Object>"),
            ]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "something behind the objects",
            edit(&[("</ds:Signature>", "<x/></ds:Signature>")]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "SignedInfo of another namespace",
            edit(&[
                ("<ds:SignedInfo>", "<SignedInfo>"),
                ("</ds:SignedInfo>", "</SignedInfo>"),
            ]),
            rules::STRUCTURE,
            foreign,
        ),
        case(
            "no reference",
            replaced(&good, &[(&reference, "")]),
            rules::REFERENCES,
            &[
                reason::NOT_COVERED,
                reason::NO_REFERENCE,
                reason::SIGNATURE_WRONG,
            ],
        ),
        case(
            "thirty-one references",
            again(&replaced(&good, &[(&reference, &copies)]), &[]),
            rules::REFERENCES,
            &[reason::NOT_COVERED, reason::MANY_REFERENCES],
        ),
        case(
            "a child of the enveloped transform",
            edit(&[(ENVELOPED, &ENVELOPED.replace("/>", "><x/></ds:Transform>"))]),
            rules::STRUCTURE,
            &[reason::FOREIGN, reason::SIGNATURE_WRONG],
        ),
        case(
            "a child of Canonical XML",
            edit(&[(
                EXCLUSIVE,
                &list("x").replacen("2001/10/xml-exc-c14n#", "2006/12/xml-c14n11", 1),
            )]),
            rules::STRUCTURE,
            &[reason::FOREIGN, reason::SIGNATURE_WRONG],
        ),
        case(
            "prefixes that nothing binds",
            prefixes("evil"),
            rules::STRUCTURE,
            &[reason::PREFIX_LIST],
        ),
        case(
            "prefixes that are none",
            prefixes("a:b"),
            rules::STRUCTURE,
            bad_list,
        ),
        case(
            "too many prefixes",
            prefixes(&"p ".repeat(65)),
            rules::STRUCTURE,
            bad_list,
        ),
    ];
    assert_eq!(all_refused(cases), 21);
}

/// X1: what is not one plain document.
#[test]
fn documents_bring_nothing_from_elsewhere() {
    let good = whole();
    let front = |text: &str| format!("{text}{good}");
    let dtd = &[reason::DTD][..];
    let encoding = &[reason::ENCODING][..];
    let malformed = &[reason::MALFORMED][..];
    let wide = |text: &str| -> Vec<u8> {
        [0xff, 0xfe]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect()
    };
    let bomb = "<!DOCTYPE pay [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\
                <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let deep = replaced(
        &good,
        &[("見本", &("<x>".repeat(101) + &"</x>".repeat(101)))],
    );
    let abyss = "<x>".repeat(200_000);
    let attributes: String = (0..257).map(|n| format!(" a{n}=\"\"")).collect();
    let namespaces: String = (0..200)
        .map(|n| format!(" xmlns:p{n}=\"urn:{}\"", "x".repeat(2000)))
        .collect();
    let cases = vec![
        case("a DTD with entities", front(bomb), rules::DOCUMENT, dtd),
        case(
            "a DTD outside",
            front("<!DOCTYPE pay SYSTEM \"file:///etc/passwd\">"),
            rules::DOCUMENT,
            dtd,
        ),
        case(
            "an entity outside",
            front("<!DOCTYPE pay [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"),
            rules::DOCUMENT,
            dtd,
        ),
        case(
            "a DTD that makes identifiers",
            front("<!DOCTYPE pay [<!ATTLIST item ID ID #IMPLIED>]>"),
            rules::DOCUMENT,
            dtd,
        ),
        case(
            "a DTD behind a comment",
            front("<!-- x --><?x?> <!DOCTYPE pay>"),
            rules::DOCUMENT,
            dtd,
        ),
        case(
            "an unknown entity",
            replaced(&good, &[("見本", "&x;")]),
            rules::DOCUMENT,
            malformed,
        ),
        case(
            "XInclude",
            replaced(
                &good,
                &[(
                    "<to b",
                    "<i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"a\"/><to b",
                )],
            ),
            rules::DOCUMENT,
            &[reason::INCLUDE],
        ),
        case(
            "UTF-7",
            front("<?xml version=\"1.0\" encoding=\"UTF-7\"?>"),
            rules::DOCUMENT,
            encoding,
        ),
        case(
            "Shift_JIS",
            front("<?xml version=\"1.0\" encoding=\"Shift_JIS\"?>"),
            rules::DOCUMENT,
            encoding,
        ),
        case(
            "UTF-16 that is UTF-8",
            front("<?xml version=\"1.0\" encoding=\"UTF-16\"?>"),
            rules::DOCUMENT,
            encoding,
        ),
        case(
            "UTF-8 that is UTF-16",
            wide(&front("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")),
            rules::DOCUMENT,
            encoding,
        ),
        case(
            "UTF-16 without a mark",
            wide(&good).split_off(2),
            rules::DOCUMENT,
            encoding,
        ),
        case(
            "half a letter",
            wide(&good).into_iter().chain([0]).collect::<Vec<u8>>(),
            rules::DOCUMENT,
            encoding,
        ),
        case(
            "no UTF-8",
            good.clone()
                .into_bytes()
                .into_iter()
                .chain([0xff])
                .collect::<Vec<u8>>(),
            rules::DOCUMENT,
            encoding,
        ),
        case(
            "two marks",
            front("\u{feff}\u{feff}"),
            rules::DOCUMENT,
            encoding,
        ),
        case(
            "XML 1.1",
            front("<?xml version=\"1.1\"?>"),
            rules::DOCUMENT,
            malformed,
        ),
        case(
            "two documents",
            format!("{good}{good}"),
            rules::DOCUMENT,
            malformed,
        ),
        case(
            "text behind",
            format!("{good}x"),
            rules::DOCUMENT,
            malformed,
        ),
        case(
            "cut off",
            &good[..good.len() - 3],
            rules::DOCUMENT,
            malformed,
        ),
        case("nothing", "", rules::DOCUMENT, malformed),
        case(
            "an attribute twice",
            replaced(&good, &[("b=\"1\"", "b=\"1\" b=\"1\"")]),
            rules::DOCUMENT,
            malformed,
        ),
        case(
            "an unbound prefix",
            replaced(&good, &[("<to b", "<q:to b"), ("</to>", "</q:to>")]),
            rules::DOCUMENT,
            malformed,
        ),
        case("101 levels", deep, rules::DOCUMENT, &[reason::DEPTH]),
        case("200 000 levels", abyss, rules::DOCUMENT, &[reason::DEPTH]),
        case(
            "257 attributes",
            replaced(&good, &[(" b=\"1\"", &attributes)]),
            rules::DOCUMENT,
            &[reason::MANY_ATTRIBUTES],
        ),
        case(
            "namespaces that each element may have to write out",
            replaced(
                &good,
                &[("<pay>", &format!("<pay{namespaces}>{}", "<x/>".repeat(200)))],
            ),
            rules::DOCUMENT,
            &[reason::CANONICAL_SIZE],
        ),
        case(
            "a million attributes",
            format!("<a{}/>", " a=''".repeat(1_000_000)),
            rules::DOCUMENT,
            &[reason::MANY_ATTRIBUTES],
        ),
        case(
            "half a million elements",
            format!("<a>{}</a>", "<b/>".repeat(500_000)),
            rules::DOCUMENT,
            &[reason::SIZE],
        ),
        case(
            "an unbound namespace",
            replaced(&good, &[("<to b", "<to xmlns:p=\"\" b")]),
            rules::DOCUMENT,
            &[reason::NAMESPACE],
        ),
        case(
            "a namespace that is no address",
            replaced(&good, &[("<to b", "<to xmlns=\"x\" b")]),
            rules::DOCUMENT,
            &[reason::NAMESPACE],
        ),
        case(
            "a name with two colons",
            replaced(&good, &[("<to b", "<to :x=\"\" b")]),
            rules::DOCUMENT,
            &[reason::NAMESPACE],
        ),
        case(
            "a letter that is none",
            replaced(&good, &[("見本", "\u{1}")]),
            rules::DOCUMENT,
            malformed,
        ),
        case(
            "too large",
            format!("{good}{}", " ".repeat(16 << 20)),
            rules::DOCUMENT,
            &[reason::SIZE],
        ),
    ];
    assert_eq!(all_refused(cases), 33);
}

/// X11.
#[test]
fn properties_are_signed_and_name_their_certificate() {
    let good = xades();
    let with = |edits: &[(&str, &str)]| again(&replaced(&good, edits), &[]);
    let start = good.find("<ds:Object>").unwrap();
    let end = good.find("</ds:Signature>").unwrap();
    let object = &good[start..end];
    let reference = {
        let start = good.find("<ds:Reference Type").unwrap();
        let end = good.find("</ds:SignedInfo>").unwrap();
        &good[start..end]
    };
    let digest = between(object, "<ds:DigestValue>", "</ds:DigestValue>");
    let hex: String = Certificate::parse_exact(&pki::hanako().certificate)
        .unwrap()
        .fingerprint()
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let serial = {
        let start = object.find("<xades:IssuerSerialV2>").unwrap();
        &object[start..object.find("</xades:Cert>").unwrap()]
    };
    let certificates = {
        let start = object.find("<xades:SigningCertificateV2>").unwrap();
        &object[start..object.find("</xades:SignedSignatureProperties>").unwrap()]
    };
    let formats = {
        let start = object.find("<xades:SignedDataObjectProperties>").unwrap();
        &object[start..object.find("</xades:SignedProperties>").unwrap()]
    };
    let time = "<xades:SigningTime>2026-11-25T03:00:00Z</xades:SigningTime>";
    let malformed_time = &[reason::SIGNING_TIME_MALFORMED][..];
    let names = &[reason::SIGNING_CERTIFICATE][..];
    let cases = vec![
        case("none", whole(), rules::PROPERTIES, &[reason::NO_PROPERTIES]),
        case(
            "not referenced",
            with(&[(reference, "")]),
            rules::PROPERTIES,
            &[reason::NOT_COVERED, reason::PROPERTIES_UNSIGNED],
        ),
        case(
            "referenced without the type",
            with(&[(" Type=\"http://uri.etsi.org/01903#SignedProperties\"", "")]),
            rules::PROPERTIES,
            &[reason::PROPERTIES_UNSIGNED],
        ),
        case(
            "the type on another reference",
            with(&[
                (" Type=\"http://uri.etsi.org/01903#SignedProperties\"", ""),
                (
                    " URI=\"\"",
                    " Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"\"",
                ),
            ]),
            rules::PROPERTIES,
            &[reason::PROPERTIES_UNSIGNED],
        ),
        case(
            "twice",
            with(&[(
                object,
                &format!("{object}{}", object.replace("-properties", "-others")),
            )]),
            rules::PROPERTIES,
            &[reason::NOT_COVERED, reason::PROPERTIES_TWICE],
        ),
        case(
            "of another signature",
            with(&[("Target=\"#signature\"", "Target=\"#other\"")]),
            rules::PROPERTIES,
            &[reason::TARGET],
        ),
        case(
            "of no signature",
            with(&[(" Target=\"#signature\"", "")]),
            rules::PROPERTIES,
            &[reason::TARGET],
        ),
        case(
            "not in an Object of their own",
            with(&[
                ("<xades:Qual", "<x><xades:Qual"),
                (
                    "</xades:QualifyingProperties>",
                    "</xades:QualifyingProperties></x>",
                ),
            ]),
            rules::PROPERTIES,
            &[reason::NOT_COVERED, reason::PROPERTIES_MALFORMED],
        ),
        case(
            "another digest of the certificate",
            with(&[(
                digest,
                &digest.chars().rev().collect::<String>().replace('=', "A"),
            )]),
            rules::PROPERTIES,
            names,
        ),
        case(
            "the digest in hexadecimal",
            with(&[(digest, &hex)]),
            rules::PROPERTIES,
            names,
        ),
        case(
            "a weak digest of the certificate",
            with(&[(
                &format!("sha256\"/><ds:DigestValue>{digest}"),
                &format!("sha1\"/><ds:DigestValue>{digest}"),
            )]),
            rules::PROPERTIES,
            names,
        ),
        case(
            "another serial number",
            with(&[(serial, "<xades:IssuerSerialV2>MAA=</xades:IssuerSerialV2>")]),
            rules::PROPERTIES,
            names,
        ),
        case(
            "no certificate",
            with(&[(certificates, "")]),
            rules::PROPERTIES,
            &[reason::NO_SIGNING_CERTIFICATE],
        ),
        case(
            "no time",
            with(&[(time, "")]),
            rules::SIGNING_TIME,
            &[reason::NO_SIGNING_TIME],
        ),
        case(
            "a time without zone",
            with(&[("03:00:00Z", "03:00:00")]),
            rules::SIGNING_TIME,
            malformed_time,
        ),
        case(
            "no time at all",
            with(&[("2026-11-25T03:00:00Z", "yesterday")]),
            rules::SIGNING_TIME,
            malformed_time,
        ),
        case(
            "two times",
            with(&[(time, &format!("{time}{time}"))]),
            rules::SIGNING_TIME,
            malformed_time,
        ),
        case(
            "no format",
            with(&[(formats, "")]),
            rules::PROPERTIES,
            &[reason::DATA_OBJECT],
        ),
        case(
            "the format of nothing",
            with(&[("ObjectReference=\"#signature-1\"", "ObjectReference=\"#x\"")]),
            rules::PROPERTIES,
            &[reason::DATA_OBJECT],
        ),
        case(
            "changed after signing",
            replaced(&good, &[("T03:00:00Z", "T04:00:00Z")]),
            rules::REFERENCES,
            &[reason::DIGEST_DIFFERS],
        ),
    ];
    let cases = cases
        .into_iter()
        .map(|case| case.asked(|expected| expected.profile = Profile::Xades));
    assert_eq!(all_refused(cases.collect()), 20);

    // Without the demand nothing has to be there, but what is there has to be right.
    let demands = |file: &str| {
        verify(file.as_bytes(), &Expected::default())
            .report
            .is_accepted()
    };
    assert!(demands(&with(&[(certificates, "")])));
    assert!(demands(&with(&[(time, "")])));
    assert!(!demands(&with(&[(reference, "")])));
    assert!(!demands(&with(&[(
        "Target=\"#signature\"",
        "Target=\"#other\""
    )])));

    // A claimed time is shown and never believed; properties that are not signed are named.
    let future = with(&[("2026-11-25T03", "2027-11-25T03")]);
    let unsigned = |property: &str| {
        let end = "</xades:QualifyingProperties>";
        let more = format!(
            "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{property}\
             </xades:UnsignedSignatureProperties></xades:UnsignedProperties>{end}"
        );
        replaced(&good, &[(end, &more)])
    };
    // A time stamp that is none is judged like any other, and refused.
    let stamped = unsigned("<xades:SignatureTimeStamp/>");
    let report = verify(stamped.as_bytes(), &Expected::default()).report;
    let malformed = |finding: &Finding| {
        finding
            .verdict
            .reason()
            .is_some_and(|reason| reason.code() == "timestamp.malformed")
    };
    assert!(!report.is_accepted() && report.findings().any(malformed));
    let unsigned = unsigned("<xades:CompleteCertificateRefs/>");
    for (file, warning) in [
        (future, reason::SIGNING_TIME_FUTURE),
        (
            with(&[("2026-11-25T03", "2019-11-25T03")]),
            reason::SIGNING_TIME_OUTSIDE,
        ),
        (unsigned, reason::UNSIGNED_PROPERTIES),
    ] {
        let report = verify(file.as_bytes(), &Expected::default()).report;
        assert!(report.is_accepted(), "{report:#?}");
        assert!(
            report
                .findings()
                .any(|finding| finding.verdict.reason() == Some(warning))
        );
    }
}

/// E1, X13.
#[test]
fn applications_to_egov_have_one_shape() {
    static FORMS: LazyLock<Files> = LazyLock::new(|| application().1);
    static LF: LazyLock<Files> = LazyLock::new(|| {
        let mut files = Files::new();
        files
            .add(
                "900A01020000100001_01.xml",
                &mut &b"<DataRoot>\n</DataRoot>"[..],
            )
            .unwrap();
        files
            .add("様式 (2).xml", &mut "<様式/>".as_bytes())
            .unwrap();
        files
    });
    static FEW: LazyLock<Files> = LazyLock::new(|| {
        let mut files = Files::new();
        files
            .add("様式 (2).xml", &mut "<様式/>".as_bytes())
            .unwrap();
        files
    });
    static NONE: Files = Files::new();
    let (kousei, forms) = application();
    let signed = |kousei: &str| {
        let draft = Draft::egov(kousei.as_bytes(), &forms, pki::now()).unwrap();
        signed::xml(&draft, pki::hanako(), &Expected::egov(&forms)).unwrap()
    };
    let good = signed(&kousei);
    let egov = |files: &'static Files| {
        move |expected: &mut Expected<'static>| *expected = Expected::egov(files)
    };
    let start = good.find("<署名情報>").unwrap();
    let end = good.find("</署名情報>").unwrap() + "</署名情報>".len();
    let part = &good[start..end];
    let elsewhere = replaced(
        &good,
        &[(part, ""), ("</DataRoot>", &format!("{part}</DataRoot>"))],
    );
    let unwrapped = replaced(&good, &[("<署名情報>", ""), ("</署名情報>", "")]);
    let escaped = "#%E6%A7%8B%E6%88%90%E6%83%85%E5%A0%B1";
    let changed = reason::DIGEST_DIFFERS;
    let (wrong, shape) = (reason::SIGNATURE_WRONG, reason::EGOV_SIGNATURE);
    let cases = vec![
        case("a form saved with other line ends", good.clone(), rules::REFERENCES, &[changed]).asked(egov(&LF)),
        case("a form is missing", good.clone(), rules::FILES, &[reason::FILE_ABSENT]).asked(egov(&FEW)),
        case("no forms at all", good.clone(), rules::ADDRESSES, &[reason::EXTERNAL, reason::EXTERNAL]).asked(egov(&NONE)),
        case("構成情報 changed", replaced(&good, &[("900A010200001000<", "900A010200001001<")]), rules::REFERENCES, &[changed]).asked(egov(&FORMS)),
        case("構成情報 indented", replaced(&good, &[("<管理情報>", "\n  <管理情報>")]), rules::REFERENCES, &[changed]).asked(egov(&FORMS)),
        case("the address not escaped", replaced(&good, &[(escaped, "#構成情報")]), rules::EGOV, &[wrong, shape]).asked(egov(&FORMS)),
        case("the address escaped otherwise", replaced(&good, &[(escaped, &escaped.to_lowercase())]), rules::EGOV, &[wrong, shape]).asked(egov(&FORMS)),
        case("another canonical form", replaced(&good, &[("<CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"", "<CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"")]), rules::EGOV, &[wrong, shape]).asked(egov(&FORMS)),
        case("the identifier in lower case", replaced(&good, &[("ID=\"構成情報\"", "id=\"構成情報\"")]), rules::IDENTIFIERS, &[reason::ID_FOREIGN, reason::EGOV_DOCUMENT]).asked(egov(&FORMS)),
        case("署名情報 at the end", elsewhere, rules::EGOV, &[reason::EGOV_DOCUMENT]).asked(egov(&FORMS)),
        case("no 署名情報", unwrapped, rules::SIGNATURES, &[reason::PLACE, reason::EGOV_DOCUMENT]).asked(egov(&FORMS)),
        case("構成情報 twice", replaced(&good, &[("<その他>", "<構成情報/><その他>")]), rules::COVERAGE, &[reason::NO_SUCH_ELEMENT, reason::EGOV_DOCUMENT]).asked(egov(&FORMS)),
        case("a form named upwards", replaced(&good, &[("URI=\"900A", "URI=\"../900A")]), rules::FILES, &[reason::FILE_NAME, wrong, shape]).asked(egov(&FORMS)),
        case("an application judged as a document", good, rules::SIGNATURES, &[reason::PLACE, reason::ID_ABSENT, reason::EXTERNAL, reason::EXTERNAL]),
    ];
    assert_eq!(all_refused(cases), 14);
}
