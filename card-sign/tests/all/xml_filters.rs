//! The two XPath texts with which DSS leaves out all signatures, and everything that is not these.
//!
//! xmlsec1 evaluates XPath and signs each file, so that digests and signature are right.

use card_sign::report::Reason;
use card_sign::xml::{Covers, Expected, reason, rules};

use crate::pki;
use crate::xml_judges::verify;
use crate::xml_mutations::{
    ENVELOPED, EXCLUSIVE, again, all_refused, blank, case, element, replaced, transform, whole,
    xmlsec1_believes,
};
use crate::xmlsec;

const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
const FILTER: &str = "http://www.w3.org/2002/06/xmldsig-filter2";

/// As DSS writes it (`XPathEnvelopedSignatureTransform`).
const BY_XPATH: &str = "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>";
/// As DSS writes it (`XPath2FilterEnvelopedSignatureTransform`).
const BY_FILTER: &str = "<dsig-filter2:XPath \
    xmlns:dsig-filter2=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">\
    /descendant::ds:Signature</dsig-filter2:XPath>";

/// A file whose first transform is this one, and whose second is, if any, a canonical form.
fn filtered(first: &str, second: &str) -> String {
    let both = format!("{ENVELOPED}{EXCLUSIVE}");
    again(
        &replaced(&whole(), &[(&both, &format!("{first}{second}"))]),
        &[],
    )
}

fn both_forms() -> [String; 2] {
    [transform(XPATH, BY_XPATH), transform(FILTER, BY_FILTER)]
}

fn several() -> Expected<'static> {
    Expected {
        several: true,
        ..Expected::default()
    }
}

/// Lets a second person sign beside the first, in the same form.
fn beside(file: &str) -> Vec<u8> {
    let start = file.find("<ds:Signature ").unwrap();
    let end = file.rfind("</pay>").unwrap();
    let second = file[start..end].replace("Id=\"signature", "Id=\"other");
    let second = ["DigestValue", "SignatureValue", "X509Data"]
        .iter()
        .fold(second, |text, tag| blank(&text, tag));
    let template = format!("{}{second}</pay>", &file[..end]);
    let of = pki::taro();
    let which = "/pay/*[local-name()='Signature'][2]";
    xmlsec::sign(&xmlsec::bench(of), of, &template, &["--node-xpath", which])
}

#[test]
fn the_two_forms_of_dss_are_read() {
    for first in both_forms() {
        for second in [EXCLUSIVE, ""] {
            let file = filtered(&first, second);
            assert!(xmlsec1_believes(file.as_bytes()));
            let report = verify(file.as_bytes(), &Expected::default()).report;
            assert!(report.is_accepted(), "{first}{second} {report:#?}");
            let changed = replaced(&file, &[("見本", "他人")]);
            let report = verify(changed.as_bytes(), &Expected::default()).report;
            let reasons: Vec<Reason> = report.reasons().collect();
            assert_eq!(reasons, [reason::DIGEST_DIFFERS]);

            // What the form is for: a second signature beside the first.
            let two = beside(&file);
            let report = verify(&two, &several()).report;
            assert!(report.is_accepted(), "{report:#?}");
            assert_eq!(report.signatures.len(), 2);
        }
    }
}

/// Everything else that XPath can say, and these texts where they mean something else.
#[test]
fn no_other_xpath_is_read() {
    let refused = &[reason::TRANSFORM][..];
    let xpath = |text: &str| transform(XPATH, &format!("<ds:XPath>{text}</ds:XPath>"));
    let filter = |edits: &[(&str, &str)]| transform(FILTER, &replaced(BY_FILTER, edits));
    let mut cases = Vec::new();
    for text in [
        "1=1",
        "0=1",
        "not(ancestor-or-self::ds:Object)",
        "not(ancestor::ds:Signature)",
        "not(ancestor-or-self::ds:Signature) or self::to",
        "not(ancestor-or-self::ds:Signature) and not(ancestor-or-self::to)",
        "not(ancestor-or-self::ds:Signature or ancestor-or-self::to)",
        "not(ancestor-or-self::*[name()='ds:Signature'])",
        " not(ancestor-or-self::ds:Signature)",
        "not(ancestor-or-self::ds:Signature)\n",
        "not( ancestor-or-self::ds:Signature)",
        "<![CDATA[not(ancestor-or-self::ds:Signature)]]>",
        "not(ancestor-or-self::<!-- -->ds:Signature)",
        "/descendant::ds:Signature",
    ] {
        let file = filtered(&xpath(text), EXCLUSIVE);
        cases.push(case("XPath", file, rules::TRANSFORMS, refused));
    }
    let text = "/descendant::ds:Signature";
    for edits in [
        [("subtract", "intersect"), ("Signature", "Signature")],
        [("subtract", "union"), ("Signature", "Signature")],
        [(text, "/*/ds:Signature"), ("subtract", "subtract")],
        [(text, "//ds:Signature"), ("subtract", "subtract")],
        [
            (text, "/descendant::ds:Signature | /pay/to"),
            ("subtract", "subtract"),
        ],
        [
            (text, "/descendant::ds:Signature "),
            ("subtract", "subtract"),
        ],
        [(text, "/descendant::to"), ("subtract", "subtract")],
        [
            (text, "here()/ancestor::ds:Signature[1]"),
            ("subtract", "subtract"),
        ],
        // The prefix means other elements.
        [
            (" Filter", " xmlns:ds=\"urn:other\" Filter"),
            ("subtract", "subtract"),
        ],
        [(" Filter", " Other=\"1\" Filter"), ("subtract", "subtract")],
    ] {
        let file = filtered(&filter(&edits), EXCLUSIVE);
        cases.push(case("filter", file, rules::TRANSFORMS, refused));
    }
    let two = format!("{BY_FILTER}{}", replaced(BY_FILTER, &[(text, "/pay/to")]));
    let file = filtered(&transform(FILTER, &two), EXCLUSIVE);
    cases.push(case("two filters", file, rules::TRANSFORMS, refused));
    assert_eq!(all_refused(cases), 25);
}

#[test]
fn the_forms_have_their_place() {
    let order = &[reason::TRANSFORM_ORDER][..];
    let mut cases = Vec::new();
    for first in both_forms() {
        for (name, all) in [
            ("twice", format!("{first}{first}{EXCLUSIVE}")),
            (
                "with the transform of the standard",
                format!("{ENVELOPED}{first}{EXCLUSIVE}"),
            ),
            ("before it", format!("{first}{ENVELOPED}{EXCLUSIVE}")),
        ] {
            cases.push(case(name, filtered(&all, ""), rules::TRANSFORMS, order));
        }
        // Behind a canonical form there are only bytes.
        let last = filtered(&first, "");
        let last = replaced(&last, &[(&first, &format!("{EXCLUSIVE}{first}"))]);
        let wrong = &[reason::TRANSFORM_ORDER, reason::SIGNATURE_WRONG];
        cases.push(case("last", last, rules::TRANSFORMS, wrong));
        let elsewhere = replaced(&element(), &[(EXCLUSIVE, &format!("{first}{EXCLUSIVE}"))]);
        let path = |expected: &mut Expected<'static>| {
            expected.covers = Covers::Element(&["pay", "item"]);
        };
        let outside = &[reason::NOT_ENVELOPED];
        let elsewhere = case(
            "elsewhere",
            again(&elsewhere, &[]),
            rules::TRANSFORMS,
            outside,
        );
        cases.push(elsewhere.asked(path));
    }
    assert_eq!(all_refused(cases), 10);
}

/// All signatures are left out: so nothing may hide in one.
#[test]
fn what_is_left_out_hides_nothing() {
    let evil = "<item Id=\"evil\">9000</item>";
    let mut cases = Vec::new();
    for first in both_forms() {
        let good = filtered(&first, EXCLUSIVE);
        let beside = |inside: &str| {
            let more = format!("<ds:Signature xmlns:ds=\"{DS}\">{inside}</ds:Signature></pay>");
            replaced(&good, &[("</pay>", &more)])
        };
        let in_object = replaced(
            &good,
            &[(
                "</ds:Signature>",
                &format!("<ds:Object>{evil}</ds:Object></ds:Signature>"),
            )],
        );
        let before = replaced(
            &good,
            &[(
                "<pay>",
                &format!("<pay><s:Signature xmlns:s=\"{DS}\">{evil}</s:Signature>"),
            )],
        );
        let deep = replaced(
            &good,
            &[(
                "見本",
                &format!("見本<s:Signature xmlns:s=\"{DS}\">{evil}</s:Signature>"),
            )],
        );
        let object = beside(&format!("<ds:Object>{evil}</ds:Object>"));
        let bare = beside(evil);
        // It checks the first signature of a file only.
        for file in [&in_object, &object, &bare] {
            assert!(xmlsec1_believes(file.as_bytes()), "{file}");
        }
        let foreign = &[reason::FOREIGN][..];
        let nested = &[reason::PLACE, reason::FOREIGN][..];
        for (name, file, rule, reasons) in [
            (
                "in an Object",
                &in_object,
                rules::COVERAGE,
                &[reason::NOT_COVERED][..],
            ),
            (
                "in the Object of another",
                &object,
                rules::STRUCTURE,
                foreign,
            ),
            (
                "in a signature of nothing",
                &bare,
                rules::STRUCTURE,
                foreign,
            ),
            ("before", &before, rules::STRUCTURE, foreign),
            ("deep in the text", &deep, rules::SIGNATURES, nested),
        ] {
            let file = case(name, file.as_bytes(), rule, reasons);
            cases.push(file.asked(|expected| expected.several = true));
        }
        // A path that leads into a signature finds nothing that was signed.
        let file = case(
            "asked about",
            in_object,
            rules::COVERAGE,
            &[reason::NOT_COVERED],
        );
        let path = &["pay", SIGNATURE, OBJECT, "item"];
        cases.push(file.asked(|expected| expected.covers = Covers::Element(path)));
    }
    assert_eq!(all_refused(cases), 12);
}

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const SIGNATURE: &str = "{http://www.w3.org/2000/09/xmldsig#}Signature";
const OBJECT: &str = "{http://www.w3.org/2000/09/xmldsig#}Object";
