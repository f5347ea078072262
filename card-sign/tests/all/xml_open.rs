//! Files with content that no reference covers, put in after signing by anybody without a key.

use card_sign::report::Verdict;
use card_sign::xml::{Covers, Draft, Expected, Files, reason, rules};

use crate::pki;
use crate::signed;
use crate::xml_judges::{application, verify};

const DOCUMENT: &[u8] = b"<pay><item Id=\"a1\">1000</item></pay>";

/// An enveloping signature over the object `o1`, with another object in front of it.
const BESIDE: &str = include_str!("../samples/cases/xml-unsigned-object-beside-signed.xml");
const UNSIGNED: &str = "<ds:Object Id=\"o0\"><pay>9999999</pay></ds:Object>";

fn enveloped() -> String {
    let draft = Draft::enveloped(DOCUMENT).unwrap();
    signed::xml(&draft, pki::hanako(), &Expected::default()).unwrap()
}

fn xades() -> String {
    let draft = Draft::enveloped(DOCUMENT).unwrap();
    let draft = draft.with_properties(pki::now(), "text/xml");
    signed::xml(&draft, pki::hanako(), &Expected::default()).unwrap()
}

fn enveloping() -> String {
    assert!(BESIDE.contains(UNSIGNED));
    BESIDE.replace(UNSIGNED, "")
}

fn detached(files: &Files) -> String {
    let draft = Draft::detached(files).unwrap();
    let expected = Expected {
        covers: Covers::Files,
        files,
        ..Expected::default()
    };
    signed::xml(&draft, pki::hanako(), &expected).unwrap()
}

/// Objects that say something and that nobody signed.
const OBJECTS: [&str; 13] = [
    "<ds:Object><pay>9</pay></ds:Object>",
    "<ds:Object Id=\"o9\"><pay>9</pay></ds:Object>",
    "<ds:Object>pay 9</ds:Object>",
    "<ds:Object><![CDATA[pay 9]]></ds:Object>",
    "<ds:Object><?pay 9?></ds:Object>",
    "<ds:Object MimeType=\"text/plain\"/>",
    "<ds:Object Encoding=\"http://www.w3.org/2000/09/xmldsig#base64\">cGF5</ds:Object>",
    "<ds:Object xmlns:x=\"urn:x\" x:pay=\"9\"/>",
    "<ds:Object><ds:Object><pay>9</pay></ds:Object></ds:Object>",
    "<ds:Object><ds:Manifest/></ds:Object>",
    "<ds:Object><ds:SignatureProperties><ds:SignatureProperty Target=\"#x\"><pay/>\
     </ds:SignatureProperty></ds:SignatureProperties></ds:Object>",
    "<ds:Object><x:QualifyingProperties xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\">\
     <pay>9</pay></x:QualifyingProperties></ds:Object>",
    "<ds:Object><x:QualifyingProperties xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\">\
     <x:UnsignedProperties><x:UnsignedSignatureProperties><pay>9</pay>\
     </x:UnsignedSignatureProperties></x:UnsignedProperties></x:QualifyingProperties></ds:Object>",
];

/// Edits of a signature that leave what is signed as it is: a text that is there, and another.
const EDITS: [(&str, &str); 14] = [
    ("<ds:Signature ", "<ds:Signature pay=\"9\" "),
    (
        "<ds:Signature ",
        "<ds:Signature xmlns:y=\"urn:y\" y:pay=\"9\" ",
    ),
    ("<ds:KeyInfo>", "<ds:KeyInfo pay=\"9\">"),
    ("<ds:KeyInfo>", "<ds:KeyInfo><pay>9</pay>"),
    ("<ds:KeyInfo>", "<ds:KeyInfo>pay 9"),
    ("<ds:X509Data>", "<ds:X509Data><pay>9</pay>"),
    ("<ds:X509Data>", "<ds:X509Data>pay 9"),
    (
        "<ds:KeyInfo>",
        "<ds:KeyInfo><ds:KeyName><pay>9</pay></ds:KeyName>",
    ),
    (
        "<ds:KeyInfo>",
        "<ds:KeyInfo><ds:MgmtData><pay>9</pay></ds:MgmtData>",
    ),
    (
        "<ds:KeyInfo>",
        "<ds:KeyInfo><ds:PGPData><pay>9</pay></ds:PGPData>",
    ),
    (
        "<ds:KeyInfo>",
        "<ds:KeyInfo><ds:SPKIData><ds:SPKISexp>AA==</ds:SPKISexp><pay>9</pay></ds:SPKIData>",
    ),
    (
        "<ds:KeyInfo>",
        "<ds:KeyInfo><ds:MgmtData><ds:Object>pay 9</ds:Object></ds:MgmtData>",
    ),
    (
        "<ds:KeyInfo>",
        "<ds:KeyInfo><x:DEREncodedKeyValue xmlns:x=\"http://www.w3.org/2009/xmldsig11#\">\
         <pay>9</pay></x:DEREncodedKeyValue>",
    ),
    (
        "<ds:X509Data>",
        "<ds:X509Data><ds:X509SubjectName><pay>9</pay></ds:X509SubjectName>",
    ),
];

#[test]
fn content_that_nobody_signed_is_refused() {
    let mut files = Files::new();
    files.add("a.txt", &mut &b"1000"[..]).unwrap();
    let expected = |covers| Expected {
        covers,
        files: if covers == Covers::Files {
            &files
        } else {
            Expected::default().files
        },
        ..Expected::default()
    };
    let mut count = 0;
    let mut refused = |name: &str, file: &str, covers| {
        let verified = verify(file.as_bytes(), &expected(covers));
        let report = &verified.report;
        assert_eq!(
            report.reasons().next(),
            Some(reason::NOT_COVERED),
            "{name}: {file}"
        );
        assert!(report.fails(rules::COVERAGE) && verified.signed().is_empty());
        count += 1;
    };
    let bases = [
        ("enveloped", enveloped(), Covers::Document),
        ("xades", xades(), Covers::Document),
        ("enveloping", enveloping(), Covers::Object),
        ("detached", detached(&files), Covers::Files),
    ];
    refused("as found", BESIDE, Covers::Object);
    for (name, good, covers) in &bases {
        let report = verify(good.as_bytes(), &expected(*covers)).report;
        assert!(report.is_accepted(), "{name}: {report:#?}");
        for object in OBJECTS {
            let end = good.rfind("</ds:Signature>").unwrap();
            refused(
                name,
                &[&good[..end], object, &good[end..]].concat(),
                *covers,
            );
        }
        for (from, to) in EDITS {
            assert!(good.contains(from), "{name} has no {from}");
            refused(name, &good.replacen(from, to, 1), *covers);
        }
    }
    // An application to e-Gov, whose signature has no prefix.
    let (kousei, forms) = application();
    let egov = Draft::egov(kousei.as_bytes(), &forms, pki::now()).unwrap();
    let asked = Expected::egov(&forms);
    let egov = signed::xml(&egov, pki::hanako(), &asked).unwrap();
    let mut applications = 0;
    let mut application_refused = |file: &str| {
        assert_ne!(file, egov);
        let report = verify(file.as_bytes(), &asked).report;
        assert_eq!(report.reasons().next(), Some(reason::NOT_COVERED), "{file}");
        applications += 1;
    };
    for object in OBJECTS {
        let object = format!("{}</Signature>", object.replace("ds:", ""));
        application_refused(&egov.replacen("</Signature>", &object, 1));
    }
    for (from, to) in EDITS {
        let (from, to) = (from.replace("ds:", ""), to.replace("ds:", ""));
        application_refused(&egov.replacen(&from, &to, 1));
    }
    for (from, to) in [
        ("<署名情報>", "<署名情報 額=\"9\">"),
        ("<署名情報>", "<署名情報 xmlns:y=\"urn:y\" y:pay=\"9\">"),
        ("<署名情報>", "<署名情報>9"),
        ("<署名情報>", "<署名情報><額>9</額>"),
        ("</署名情報>", "<額>9</額></署名情報>"),
        ("</署名情報>", "<?pay 9?></署名情報>"),
        ("<DataRoot>", "<?pay 9?><DataRoot>"),
        ("</DataRoot>", "</DataRoot><?pay 9?>"),
    ] {
        application_refused(&egov.replacen(from, to, 1));
    }
    assert_eq!(applications, 35);
    for (name, good, covers) in bases.iter().skip(2) {
        let bare = good.trim_start_matches("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        for around in [
            ["<?xml-stylesheet href=\"x.xsl\"?>", ""],
            ["", "<?pay 9?>"],
            ["<a><pay>9</pay>", "</a>"],
            ["<a>", "<pay>9</pay></a>"],
            ["<a>pay 9 ", "</a>"],
            ["<a pay=\"9\">", "</a>"],
            ["<a xmlns:y=\"urn:y\" y:pay=\"9\">", "</a>"],
            ["<a><?pay 9?>", "</a>"],
        ] {
            refused(name, &[around[0], bare, around[1]].concat(), *covers);
        }
    }
    let xades = xades();
    let end = "</xades:QualifyingProperties>";
    assert!(xades.contains(end));
    for inside in [
        "<pay>9</pay>",
        "pay 9",
        "<xades:UnsignedProperties><pay>9</pay></xades:UnsignedProperties>",
        "<xades:UnsignedProperties pay=\"9\"/>",
        "<xades:UnsignedProperties><xades:UnsignedDataObjectProperties>\
         <xades:UnsignedDataObjectProperty><pay>9</pay></xades:UnsignedDataObjectProperty>\
         </xades:UnsignedDataObjectProperties></xades:UnsignedProperties>",
        "<xades:UnsignedProperties><xades:SignatureTimeStamp/></xades:UnsignedProperties>",
        "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:CertificateValues>\
         <xades:OtherCertificate><pay>9</pay></xades:OtherCertificate></xades:CertificateValues>\
         </xades:UnsignedSignatureProperties></xades:UnsignedProperties>",
    ] {
        refused(
            "properties",
            &xades.replacen(end, &format!("{inside}{end}"), 1),
            Covers::Document,
        );
    }
    assert_eq!(count + applications, 167);
}

#[test]
fn what_is_harmless_beside_a_signature_is_not_refused() {
    for (good, covers) in [
        (enveloped(), Covers::Document),
        (xades(), Covers::Document),
        (enveloping(), Covers::Object),
    ] {
        for (from, to) in [
            ("<ds:KeyInfo>", "<ds:KeyInfo Id=\"k9\">"),
            ("<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyName>card</ds:KeyName>"),
            ("<ds:KeyInfo>", "\n <!-- key --> <ds:KeyInfo>"),
            ("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object/>"),
        ] {
            let file = good.replacen(from, to, 1);
            let expected = Expected {
                covers,
                ..Expected::default()
            };
            let report = verify(file.as_bytes(), &expected).report;
            assert!(report.is_accepted(), "{to}: {report:#?}");
        }
    }
}

/// A report names each element that is covered.
#[test]
fn reports_say_what_is_covered() {
    let expected = Expected {
        covers: Covers::Object,
        ..Expected::default()
    };
    let report = verify(enveloping().as_bytes(), &expected).report;
    let coverage = report
        .findings()
        .find(|one| one.rule == rules::COVERAGE)
        .unwrap();
    assert_eq!(coverage.verdict, Verdict::Pass);
    let seen: Vec<_> = coverage
        .facts
        .iter()
        .map(|fact| (fact.name, fact.value.clone()))
        .collect();
    assert_eq!(seen, [("covered", "Object #o1".into())]);
}

#[test]
fn comments_in_the_middle_of_a_text_are_a_warning() {
    for (text, warned) in [
        ("1<!-- -->000", true),
        ("1<!-- --><!-- -->000", true),
        ("1000<!-- -->", false),
    ] {
        let file = enveloped().replacen("1000", text, 1);
        let report = verify(file.as_bytes(), &Expected::default()).report;
        assert!(report.is_accepted());
        let warning = Verdict::Warn(reason::COMMENT_IN_TEXT);
        assert_eq!(
            report.findings().any(|one| one.verdict == warning),
            warned,
            "{text}"
        );
    }
}
