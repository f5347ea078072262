//! XML that nobody would send in good faith: no panic, no acceptance of anything that was not signed.

use std::sync::LazyLock;

use card_sign::xml::{Content, Covers, Draft, Expected, Files, Profile, reason};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::pki;
use crate::signed;
use crate::xml_judges::{application, verify};

const DOCUMENT: &str = "<a xmlns:p=\"urn:p\"><b Id=\"x\" p:c=\"1\">見本</b><!-- c --><d/></a>";

static ENVELOPED: LazyLock<String> = LazyLock::new(|| {
    let draft = Draft::enveloped(DOCUMENT.as_bytes()).unwrap();
    let draft = draft.with_properties(pki::now(), "text/xml");
    signed::xml(&draft, pki::hanako(), &Expected::default()).unwrap()
});

static EGOV: LazyLock<(String, Files)> = LazyLock::new(|| {
    let (kousei, forms) = application();
    let draft = Draft::egov(kousei.as_bytes(), &forms, pki::now()).unwrap();
    let file = signed::xml(&draft, pki::hanako(), &Expected::egov(&forms)).unwrap();
    (file, forms)
});

/// What somebody puts into XML who wants it to be read differently.
const WORDS: [&str; 40] = [
    "<",
    ">",
    "/>",
    "</",
    "&",
    ";",
    "'",
    "\"",
    "=",
    " ",
    "\r",
    "\n",
    "\t",
    "\u{feff}",
    "\u{3000}",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x",
    "?>",
    "<!DOCTYPE a [",
    "]>",
    "&#0;",
    "&#x20;",
    "&amp;",
    " Id=\"x\"",
    " ID='x'",
    " xmlns=\"\"",
    " xmlns:ds='urn:x'",
    " xml:base='urn:x'",
    "#x",
    "signature",
    "<ds:Object>",
    "</ds:Object>",
    "<ds:Reference URI=''>",
    "WithComments",
    "sha1",
    "xpointer(/)",
    "=",
];

#[derive(Clone, Debug)]
enum Edit {
    /// Removes so many letters.
    Cut(Index, usize),
    /// Writes a word.
    Write(Index, &'static str),
    /// Writes what stands elsewhere, so many letters of it.
    Copy(Index, Index, usize),
    /// Changes one byte, so that the text may be none any more.
    Byte(Index, u8),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        (any::<Index>(), 1..60_usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        (any::<Index>(), prop::sample::select(&WORDS[..]))
            .prop_map(|(at, word)| Edit::Write(at, word)),
        (any::<Index>(), any::<Index>(), 1..400_usize)
            .prop_map(|(to, from, length)| Edit::Copy(to, from, length)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Byte(at, byte)),
    ];
    prop::collection::vec(edit, 1..4)
}

fn edited(text: &str, edits: &[Edit]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for edit in edits {
        let place = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
        match edit {
            Edit::Cut(at, length) => {
                let at = place(at, &bytes);
                bytes.drain(at..(at + length).min(bytes.len()));
            }
            Edit::Write(at, word) => {
                let at = place(at, &bytes);
                bytes.splice(at..at, word.bytes());
            }
            Edit::Copy(to, from, length) => {
                let (to, from) = (place(to, &bytes), place(from, &bytes));
                let piece = bytes[from..(from + length).min(bytes.len())].to_vec();
                bytes.splice(to..to, piece);
            }
            Edit::Byte(at, byte) => {
                let at = place(at, &bytes);
                if let Some(place) = bytes.get_mut(at) {
                    *place = *byte;
                }
            }
        }
    }
    bytes
}

/// What was signed, if the file is accepted.
fn signed(file: &[u8], expected: &Expected<'_>) -> Option<Vec<Content>> {
    let verified = verify(file, expected);
    let contents = verified
        .signed()
        .iter()
        .map(|one| one.content.clone())
        .collect();
    verified.report.is_accepted().then_some(contents)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn edited_documents_are_refused_or_say_the_same(edits in edits()) {
        let file = edited(&ENVELOPED, &edits);
        for profile in [Profile::Any, Profile::Xades] {
            let expected = Expected { profile, ..Expected::default() };
            if let Some(contents) = signed(&file, &expected) {
                prop_assert_eq!(Some(contents), signed(ENVELOPED.as_bytes(), &expected));
            }
        }
        let path = Expected { covers: Covers::Element(&["a", "b"]), several: true, ..Expected::default() };
        if let Some(contents) = signed(&file, &path) {
            prop_assert_eq!(Some(contents), signed(ENVELOPED.as_bytes(), &path));
        }
    }

    #[test]
    fn edited_applications_are_refused_or_say_the_same(edits in edits()) {
        let (good, forms) = &*EGOV;
        let file = edited(good, &edits);
        let expected = Expected::egov(forms);
        if let Some(contents) = signed(&file, &expected) {
            prop_assert_eq!(Some(contents), signed(good.as_bytes(), &expected));
        }
    }

    #[test]
    fn whatever_is_signed_is_accepted_and_unsigned_documents_never_are(edits in edits()) {
        let file = edited(DOCUMENT, &edits);
        prop_assert!(!verify(&file, &Expected::default()).report.is_accepted());
        if let Ok(draft) = Draft::enveloped(&file)
            && let Err(error) = signed::xml(&draft, pki::hanako(), &Expected::default())
        {
            prop_assert_eq!(error.code(), "xml.identifiers.twice");
        }
        let _ = Draft::egov(&file, &Files::new(), pki::now());
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for front in [&b""[..], b"\xff\xfe", b"\xef\xbb\xbf", b"<a>", b"<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'>"] {
            let file = [front, &bytes].concat();
            prop_assert!(!verify(&file, &Expected::default()).report.is_accepted());
        }
    }
}

/// Sixteen signatures with thirty references each, into two hundred thousand elements: whoever sends
/// this wants to keep somebody busy.
#[test]
fn work_has_a_limit() {
    let references: String = (0..30)
        .map(|_| {
            "<Reference URI=\"#i200000\"><Transforms><Transform \
             Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"><e:InclusiveNamespaces \
             xmlns:e=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"last\"/></Transform>\
             </Transforms><DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
             <DigestValue>AAAA</DigestValue></Reference>"
        })
        .collect();
    let signature = format!(
        "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo>\
         <CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
         {references}</SignedInfo><SignatureValue/></Signature>"
    );
    let many: String = (0..=200_000).map(|n| format!("<b Id=\"i{n}\"/>")).collect();
    let file = format!(
        "<a>{}{many}<b xmlns:last=\"urn:x\"/></a>",
        signature.repeat(16)
    );
    let expected = Expected {
        several: true,
        ..Expected::default()
    };
    let report = verify(file.as_bytes(), &expected).report;
    assert_eq!(report.signatures.len(), 16);
    assert!(!report.is_accepted());
    let mut reasons = report.reasons();
    assert!(reasons.any(|reason| reason == reason::CANONICAL_SIZE));
}
