//! xmlsec1 accepts what we sign, and refuses it when it was changed; OpenSSL where it cannot.

use std::io::Read as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::digest::{Digest, HashAlgorithm};
use card_sign::xml::{
    self, Content, Covers, Draft, Expected, Files, Profile, Verified, reason, rules,
};
use card_sim::persona::Credential;

use crate::pki;
use crate::signed;
use crate::xmlsec;

/// Documents of many shapes: namespaces, white space, CDATA, instructions, empty elements.
pub(crate) const DOCUMENTS: [&str; 9] = [
    "<申請書><氏名>見本　花子</氏名><住所>見本市１−２−３</住所></申請書>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<a>\r\n  <b c=\"1\"/>\r\n</a>\r\n",
    "<a/>",
    "<a b='1' />",
    "<p:a xmlns:p='urn:p' xmlns:q='urn:unused'><p:b q:c='1'/></p:a>",
    "<a xmlns='urn:a'><b xmlns=''><c xmlns='urn:c'/></b></a >",
    "<?xml-stylesheet href='a.xsl'?><!-- c --><a>x<![CDATA[<&]]>y&#13;&lt;&amp;</a><?end?>\n",
    "<a xml:lang='ja' xml:space='preserve'> <b>t&#9;&#10;</b><!-- c --></a>",
    "\u{feff}<?xml version='1.0' encoding='utf-8'?><a Id='signature'><b Id='signature2x'/></a>",
];

/// Our own check, at the moment of [`crate::pki::NOW`].
pub(crate) fn verify(file: &[u8], expected: &Expected<'_>) -> Verified {
    xml::verify(file, expected, &pki::policy())
}

fn enveloped(of: &Credential, document: &str, xades: bool) -> Vec<u8> {
    let draft = Draft::enveloped(document.as_bytes()).unwrap();
    let draft = if xades {
        draft.with_properties(pki::now(), "text/xml")
    } else {
        draft
    };
    let file = signed::xml(&draft, of, &Expected::default());
    file.unwrap().into_bytes()
}

#[test]
fn xmlsec1_accepts_enveloped_signatures() {
    for of in [pki::hanako(), pki::jisedai()] {
        let bench = xmlsec::bench(of);
        for (number, document) in DOCUMENTS.iter().enumerate() {
            for xades in [false, true] {
                let file = enveloped(of, document, xades);
                bench.write("f.xml", &file);
                let ids: &[&str] = match xades {
                    true => &["--id-attr:Id", "SignedProperties"],
                    false => &[],
                };
                let said = xmlsec::verify(&bench, "f.xml", ids);
                let all = if xades {
                    "(ok/all): 2/2"
                } else {
                    "(ok/all): 1/1"
                };
                let right = said.success && said.text.contains(all);
                assert!(
                    right,
                    "{number} {said:?}\n{}",
                    String::from_utf8_lossy(&file)
                );

                let profile = if xades { Profile::Xades } else { Profile::Any };
                let verified = verify(
                    &file,
                    &Expected {
                        profile,
                        ..Expected::default()
                    },
                );
                assert!(
                    verified.report.is_accepted(),
                    "{number} {:#?}",
                    verified.report
                );
                let [first, ..] = verified.signed() else {
                    panic!("nothing signed")
                };
                let Content::Octets(octets) = &first.content else {
                    panic!("a file")
                };
                let inside = String::from_utf8_lossy(octets);
                assert!(!inside.contains("Signature"), "{inside}");
                let claimed = verified.report.signatures[0].claimed_time;
                assert_eq!(claimed, xades.then(pki::now));

                let text = str::from_utf8(&file).unwrap();
                bench.write(
                    "f.xml",
                    text.replace("</ds:KeyInfo>", "</ds:KeyInfo> ").as_bytes(),
                );
                assert!(
                    xmlsec::verify(&bench, "f.xml", ids).success,
                    "outside of what is signed"
                );
                bench.write(
                    "f.xml",
                    text.replacen("<ds:Signature ", "x<ds:Signature ", 1)
                        .as_bytes(),
                );
                assert!(!xmlsec::verify(&bench, "f.xml", ids).success, "{number}");
            }
        }
    }
}

#[test]
fn the_document_stays_as_it_is_around_the_signature() {
    for document in DOCUMENTS {
        let file = String::from_utf8(enveloped(pki::hanako(), document, true)).unwrap();
        let (before, rest) = file.split_once("<ds:Signature ").unwrap();
        let (_, after) = rest.rsplit_once("</ds:Signature>").unwrap();
        let joined = format!("{before}{after}");
        let written_out = document
            .replace("<a/>", "<a></a>")
            .replace("<a b='1' />", "<a b='1' ></a>");
        assert_eq!(joined, written_out);
        let again = Draft::enveloped(file.as_bytes()).unwrap_err();
        assert_eq!(again.code(), "sign.existing");
    }
}

/// xmlsec1 reads files only where it is told to; here it may, to judge a detached signature.
#[test]
fn xmlsec1_accepts_detached_signatures() {
    let of = pki::hanako();
    let bench = xmlsec::bench(of);
    let contents: [(&str, &[u8]); 2] = [("a.bin", b"\x00\xff\r\n"), ("b.xml", b"<b>\r\n</b>\n")];
    let mut files = Files::new();
    for (name, content) in contents {
        files.add(name, &mut &content[..]).unwrap();
        bench.write(name, content);
    }
    let draft = Draft::detached(&files)
        .unwrap()
        .with_properties(pki::now(), "application/octet-stream");
    let strict = Expected {
        covers: Covers::Files,
        files: &files,
        ..Expected::default()
    };
    let file = signed::xml(&draft, of, &strict).unwrap().into_bytes();
    bench.write("s.xml", &file);
    let xmlsec1 = || {
        let words = "--verify --enabled-key-data x509 --trusted-pem ca.pem --id-attr:Id SignedProperties \
                     --verification-gmt-time";
        let mut words: Vec<&str> = words.split_ascii_whitespace().collect();
        words.extend(["2026-11-25 03:00:00", "s.xml"]);
        xmlsec::run(&bench, "xmlsec1", &words)
    };
    let said = xmlsec1();
    assert!(
        said.success && said.text.contains("(ok/all): 3/3"),
        "{said:?}"
    );
    bench.write("b.xml", b"<b>\n</b>\n");
    assert!(!xmlsec1().success);

    let verified = verify(&file, &strict);
    assert!(verified.report.is_accepted(), "{:#?}", verified.report);
    let names: Vec<&Content> = verified.signed().iter().map(|one| &one.content).collect();
    assert_eq!(
        names[..2],
        [
            &Content::File("a.bin".into()),
            &Content::File("b.xml".into())
        ]
    );
    // Without the files, with another one, with one too few.
    assert!(
        verify(&file, &Expected::default())
            .report
            .fails(rules::ADDRESSES)
    );
    for (contents, rule, reason) in [
        (
            &[("a.bin", &b"x"[..]), ("b.xml", contents[1].1)][..],
            rules::REFERENCES,
            reason::DIGEST_DIFFERS,
        ),
        (&contents[..1], rules::FILES, reason::FILE_ABSENT),
        (
            &[contents[0], contents[1], ("c", b"")],
            rules::COVERAGE,
            reason::NOT_COVERED,
        ),
    ] {
        let mut files = Files::new();
        for &(name, mut content) in contents {
            files.add(name, &mut content).unwrap();
        }
        let report = verify(
            &file,
            &Expected {
                files: &files,
                ..strict
            },
        )
        .report;
        assert!(report.fails(rule), "{report:#?}");
        assert!(report.reasons().any(|one| one == reason), "{report:#?}");
    }
}

const KOUSEI: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
    <?xml-stylesheet type=\"text/xsl\" href=\"kousei.xsl\"?>\r\n\
    <DataRoot>\r\n<様式ID>900A01020000100001</様式ID><様式バージョン>0001</様式バージョン>\
    <STYLESHEET>kousei.xsl</STYLESHEET>\r\n<構成情報 ID=\"構成情報\"><管理情報>\
    <手続ID>900A010200001000</手続ID></管理情報></構成情報><その他>x</その他></DataRoot>\r\n";

/// A `kousei.xml` and its two forms, one with a Japanese name.
pub(crate) fn application() -> (String, Files) {
    let mut forms = Files::new();
    forms
        .add(
            "900A01020000100001_01.xml",
            &mut &b"<DataRoot>\r\n</DataRoot>"[..],
        )
        .unwrap();
    forms
        .add("様式 (2).xml", &mut "<様式/>".as_bytes())
        .unwrap();
    (KOUSEI.to_owned(), forms)
}

/// xmlsec1 does not take the escapes off 構成情報, so it gets a copy with the name as it is, to judge
/// the digests; the signature over the original SignedInfo goes to OpenSSL.
#[test]
fn the_egov_shape_is_the_known_one_and_its_arithmetic_is_right() {
    let of = pki::hanako();
    let bench = xmlsec::bench(of);
    let (kousei, forms) = application();
    let draft = Draft::egov(kousei.as_bytes(), &forms, pki::now()).unwrap();
    let file = signed::xml(&draft, of, &Expected::egov(&forms)).unwrap();

    let around = "</構成情報><署名情報><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\" \
                  Id=\"20261125120000000\"><SignedInfo>";
    assert!(file.contains(around), "{file}");
    for uri in [
        "#%E6%A7%8B%E6%88%90%E6%83%85%E5%A0%B1",
        "%E6%A7%98%E5%BC%8F%20%282%29.xml",
    ] {
        assert!(
            file.contains(&format!("<Reference URI=\"{uri}\">")),
            "{file}"
        );
    }
    assert_eq!(file.matches("<X509Certificate>").count(), 1);

    // The digests: of the element as xmlsec1 sees it, and of the files' bytes.
    let raw = file.replace("#%E6%A7%8B%E6%88%90%E6%83%85%E5%A0%B1", "#構成情報");
    bench.write("raw.xml", raw.as_bytes());
    let form = b"<DataRoot>\r\n</DataRoot>";
    bench.write("900A01020000100001_01.xml", form);
    let digest = BASE64_STANDARD.encode(Digest::of(HashAlgorithm::Sha256, form).as_bytes());
    assert!(file.contains(&digest));
    bench.write("様式 (2).xml", "<様式/>".as_bytes());
    let words = "--verify --enabled-key-data x509 --trusted-pem ca.pem --id-attr:ID 構成情報 \
                 --store-references --verification-gmt-time";
    let mut words: Vec<&str> = words.split_ascii_whitespace().collect();
    words.extend(["2026-11-25 03:00:00", "raw.xml"]);
    let said = xmlsec::run(&bench, "xmlsec1", &words);
    assert!(said.text.contains("(ok/all): 3/3"), "{said:?}");
    assert!(!said.success, "the address is part of what was signed");

    // The signature, over SignedInfo as the canonical form writes it: here by hand, because the
    // declaration moves onto it, and empty elements are written out.
    let (_, rest) = file.split_once("<SignedInfo>").unwrap();
    let (inside, rest) = rest.split_once("</SignedInfo>").unwrap();
    let start = "<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">";
    let mut signed_info = format!("{start}{inside}</SignedInfo>");
    for name in [
        "CanonicalizationMethod",
        "SignatureMethod",
        "Transform",
        "DigestMethod",
    ] {
        let parts: Vec<String> = signed_info
            .split(&format!("<{name} "))
            .enumerate()
            .map(|(place, part)| match place {
                0 => part.to_owned(),
                _ => format!("<{name} {}", part.replacen("/>", &format!("></{name}>"), 1)),
            })
            .collect();
        signed_info = parts.concat();
    }
    bench.write("signed-info", signed_info.as_bytes());
    let value = rest
        .strip_prefix("<SignatureValue>")
        .unwrap()
        .split_once('<')
        .unwrap()
        .0;
    bench.write("value", &BASE64_STANDARD.decode(value).unwrap());
    bench.write("leaf.der", &of.certificate);
    bench.does("x509 -inform DER -in leaf.der -noout -pubkey -out pub.pem");
    bench.does("dgst -sha256 -verify pub.pem -signature value signed-info");

    // Ours: the attachment is named as unprotected, and the shape as unconfirmed.
    let mut all = forms.clone();
    all.add("tenpu.txt", &mut &b"attachment"[..]).unwrap();
    let verified = verify(file.as_bytes(), &Expected::egov(&all));
    assert!(verified.report.is_accepted(), "{:#?}", verified.report);
    let warned = |rule, reason| {
        let mut findings = verified.report.findings();
        findings.any(|one| one.rule == rule && one.verdict.reason() == Some(reason))
    };
    assert!(warned(rules::EGOV, reason::EGOV_UNCONFIRMED));
    assert!(warned(rules::EGOV_FILES, reason::EGOV_UNPROTECTED));
    assert_eq!(verified.signed().len(), 3);
    let Content::Octets(octets) = &verified.signed()[0].content else {
        panic!()
    };
    assert!(octets.starts_with("<構成情報 ID=\"構成情報\"><管理情報>".as_bytes()));
}

#[test]
fn elliptic_keys_have_no_egov_shape() {
    let (kousei, forms) = application();
    let draft = Draft::egov(kousei.as_bytes(), &forms, pki::now()).unwrap();
    let error = signed::xml(&draft, pki::jisedai(), &Expected::egov(&forms)).unwrap_err();
    assert_eq!(error.code(), "sign.algorithm");
}

#[test]
fn a_place_for_the_signature_is_used_and_a_second_one_refused() {
    let (kousei, forms) = application();
    for place in ["<署名情報/>", "<署名情報></署名情報>"] {
        let with = kousei.replace("</構成情報>", &format!("</構成情報>{place}"));
        let draft = Draft::egov(with.as_bytes(), &forms, pki::now()).unwrap();
        let file = signed::xml(&draft, pki::hanako(), &Expected::egov(&forms)).unwrap();
        assert_eq!(file.matches("署名情報>").count(), 2);
        let twice = kousei.replace("</構成情報>", &format!("</構成情報>{place}{place}"));
        let error = Draft::egov(twice.as_bytes(), &forms, pki::now()).unwrap_err();
        assert_eq!(error.code(), "egov.shape.document");
    }
    let error = Draft::egov(b"<DataRoot/>", &forms, pki::now()).unwrap_err();
    assert_eq!(error.code(), "egov.shape.document");
}

/// Files of any size: the reader passes by once.
#[test]
fn a_detached_file_is_never_whole_in_memory() {
    let mut files = Files::new();
    files
        .add("large.bin", &mut std::io::repeat(7).take(64 << 20))
        .unwrap();
    let expected = Expected {
        covers: Covers::Files,
        files: &files,
        ..Expected::default()
    };
    let draft = Draft::detached(&files).unwrap();
    signed::xml(&draft, pki::hanako(), &expected).unwrap();
}
