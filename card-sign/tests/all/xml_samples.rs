//! Files signed by xmlsec1, Java and signxml are understood; `samples/xml/make.sh` made them.

use std::fs;
use std::path::PathBuf;

use card_sign::xml::{self, Content, Covers, Expected, Profile, reason, rules};

use crate::xml_judges::verify;

fn sample(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples/xml");
    fs::read(folder.join(name)).unwrap()
}

/// What is signed is the same text in all of them.
const BODY: &str = "見本　花子</氏名><住所>見本市 &amp; 見本町</住所>";

#[test]
fn files_by_other_programs_are_accepted() {
    let element = Covers::Element(&["r", "{urn:x}item"]);
    for (name, covers, profile, holds) in [
        ("xmlsec-exclusive.xml", Covers::Document, Profile::Any, BODY),
        ("xmlsec-inclusive.xml", Covers::Document, Profile::Any, BODY),
        (
            "xmlsec-c14n11-sha384.xml",
            Covers::Document,
            Profile::Any,
            BODY,
        ),
        ("xmlsec-sha512.xml", Covers::Document, Profile::Any, BODY),
        ("xmlsec-key-info.xml", Covers::Document, Profile::Any, BODY),
        ("xmlsec-utf16.xml", Covers::Document, Profile::Any, BODY),
        ("xmlsec-ecdsa.xml", Covers::Document, Profile::Any, BODY),
        (
            "xmlsec-element.xml",
            element,
            Profile::Any,
            " xmlns:v=\"urn:value\"",
        ),
        (
            "xmlsec-enveloping.xml",
            Covers::Object,
            Profile::Any,
            "本文",
        ),
        (
            "java-inclusive.xml",
            Covers::Document,
            Profile::Any,
            "d=\"&#xD;&#xA;\">x&#xD;</c>",
        ),
        ("java-pss.xml", Covers::Document, Profile::Any, "見本　花子"),
        (
            "java-pss-salt.xml",
            Covers::Document,
            Profile::Any,
            "見本　花子",
        ),
        (
            "java-xpath.xml",
            Covers::Document,
            Profile::Any,
            "見本　花子",
        ),
        (
            "java-filter.xml",
            Covers::Document,
            Profile::Any,
            "見本　花子",
        ),
        // signxml states the format of the whole document, `ObjectReference="#idN"`.
        (
            "signxml-xades.xml",
            Covers::Document,
            Profile::Xades,
            "Mihon",
        ),
    ] {
        let verified = verify(
            &sample(name),
            &Expected {
                covers,
                profile,
                ..Expected::default()
            },
        );
        assert!(
            verified.report.is_accepted(),
            "{name} {:#?}",
            verified.report
        );
        let [first, ..] = verified.signed() else {
            panic!("{name}: nothing signed")
        };
        let Content::Octets(octets) = &first.content else {
            panic!("{name}: a file")
        };
        let text = String::from_utf8_lossy(octets);
        assert!(text.contains(holds), "{name}: {text}");
    }
}

/// A right signature over something else than what the caller asked about is no answer.
#[test]
fn only_what_was_asked_about_counts() {
    for (name, covers, reason) in [
        ("xmlsec-element.xml", Covers::Document, reason::NOT_COVERED),
        (
            "xmlsec-element.xml",
            Covers::Element(&["r", "head"]),
            reason::NOT_COVERED,
        ),
        (
            "xmlsec-element.xml",
            Covers::Element(&["r", "item"]),
            reason::NO_SUCH_ELEMENT,
        ),
        ("xmlsec-element.xml", Covers::Object, reason::NOT_COVERED),
        ("xmlsec-exclusive.xml", Covers::Object, reason::NOT_COVERED),
        ("xmlsec-exclusive.xml", Covers::Files, reason::NOT_COVERED),
        (
            "xmlsec-enveloping.xml",
            Covers::Document,
            reason::NOT_COVERED,
        ),
        ("signxml-xades.xml", Covers::Object, reason::NOT_COVERED),
    ] {
        let verified = verify(
            &sample(name),
            &Expected {
                covers,
                ..Expected::default()
            },
        );
        let reasons: Vec<_> = verified.report.reasons().collect();
        assert_eq!(reasons, [reason], "{name} {covers:?}");
        assert!(verified.report.fails(rules::COVERAGE));
        assert!(
            verified.signed().is_empty(),
            "nothing is handed out that was refused"
        );
    }
}

#[test]
fn an_outline_shows_what_a_file_claims() {
    let outline = xml::outline(&sample("signxml-xades.xml")).unwrap();
    assert_eq!(outline.root, "application");
    let [signature] = &outline.signatures[..] else {
        panic!("{outline:?}")
    };
    assert_eq!(signature.place, ["application"]);
    assert!(signature.method.ends_with("#rsa-sha256"));
    assert_eq!(signature.signature_length, 256);
    assert_eq!(signature.certificates.len(), 2);
    assert!(signature.properties && signature.claimed_time.is_some());
    let covered: Vec<_> = signature
        .references
        .iter()
        .map(|one| one.uri.as_deref())
        .collect();
    assert!(
        matches!(covered[..], [Some(""), Some(properties), Some(_)] if properties.starts_with('#'))
    );
    assert!(signature.references[0].transforms[0].ends_with("enveloped-signature"));
    // What breaks a rule is shown all the same.
    let bad = br#"<a><s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#" Id="x"/></a>"#;
    let outline = xml::outline(bad).unwrap();
    assert_eq!(outline.signatures[0].id.as_deref(), Some("x"));
    assert_eq!(xml::outline(b"<a>").unwrap_err(), reason::MALFORMED);
}

#[test]
fn pss_parameters_say_one_thing() {
    let right = String::from_utf8(sample("java-pss-salt.xml")).unwrap();
    let salt = "<pss:SaltLength>20</pss:SaltLength>";
    let sha512 = "<DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha512\"/>";
    let mask = "<pss:MaskGenerationFunction \
                Algorithm=\"http://www.w3.org/2007/05/xmldsig-more#MGF1\">";
    let mask = format!("{mask}{sha512}</pss:MaskGenerationFunction>");
    let broken = |to: &str| {
        let file = right.replacen(salt, to, 1);
        assert_ne!(file, right);
        let report = verify(file.as_bytes(), &Expected::default()).report;
        report.reasons().next()
    };
    for to in [
        "<pss:SaltLength>-1</pss:SaltLength>",
        "<pss:SaltLength>+20</pss:SaltLength>",
        "<pss:SaltLength/>",
        "<pss:SaltLength>99999999999999999999</pss:SaltLength>",
        "<pss:SaltLength x=\"1\">20</pss:SaltLength>",
        "<SaltLength>20</SaltLength>",
        "<pss:TrailerField>2</pss:TrailerField>",
        // The hash function without the mask, the mask without the hash function.
        &format!("{sha512}{salt}"),
        &format!("{mask}{salt}"),
        // A salt that is as long as one of two digests.
        &format!("{sha512}{mask}"),
        &format!("{salt}{salt}"),
        &format!("{salt}<pss:TrailerField>1</pss:TrailerField>{sha512}"),
    ] {
        assert_eq!(broken(to), Some(reason::PSS_PARAMETERS), "{to}");
    }
    for to in [
        "",
        "<pss:SaltLength>0</pss:SaltLength>",
        "<pss:SaltLength>21</pss:SaltLength>",
        "<pss:SaltLength>4000</pss:SaltLength>",
        &format!("{salt}<pss:TrailerField>1</pss:TrailerField>"),
    ] {
        assert_eq!(broken(to), Some(reason::SIGNATURE_WRONG), "{to}");
    }
}
