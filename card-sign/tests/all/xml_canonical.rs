//! Canonical forms of random documents are those of xmllint and xmlsec1.
//!
//! What was hashed comes out of [`xml::Verified::signed`], so the comparison is one of the octets
//! that count, not of a function beside them.

use card_sign::xml::{Content, Covers, Draft, Expected};

use crate::pki;
use crate::signed;
use crate::xml_judges::verify;
use crate::xmlsec;

/// Random documents, the same at each run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// An element with all that makes canonical forms hard. `bound` are the prefixes in scope.
    fn element(&mut self, depth: usize, bound: &[&'static str], comments: bool) -> String {
        let mut bound = bound.to_vec();
        let mut attributes = Vec::new();
        let mut names = Vec::new();
        for prefix in ["p", "q", "r"] {
            if self.below(5) == 0 {
                // No `&`: libxml2 2.9 writes it without escape, which is no XML any more.
                let uri = self.pick(&["urn:1", "urn:2", "http://example.invalid/a?b=c;d"]);
                attributes.push(format!("xmlns:{prefix}='{uri}'"));
                bound.push(prefix);
            }
        }
        if self.below(4) == 0 {
            attributes.push(format!("xmlns=\"{}\"", self.pick(&["", "urn:d", "urn:e"])));
        }
        for _ in 0..self.below(4) {
            let local = self.pick(&["a", "b", "属性", "Z", "a-b.c"]);
            // Two prefixes may be bound to one namespace, so local names differ too.
            if names.contains(&local) {
                continue;
            }
            names.push(local);
            let value = self.pick(&[
                "",
                "x",
                "&lt;&amp;&quot;&gt;",
                "&#9;&#10;&#13;",
                " two  spaces ",
                "値",
                "𠮷",
                "a\tb\nc",
                "it's",
                "]]>",
            ]);
            let value = if self.below(2) == 0 {
                value.replace('\'', "&apos;")
            } else {
                value.to_owned()
            };
            match self.below(3) {
                0 if !bound.is_empty() => {
                    attributes.push(format!("{}:{local}=\"{value}\"", self.pick(&bound)));
                }
                _ => attributes.push(format!("{local}=\"{value}\"")),
            }
        }
        if self.below(6) == 0 {
            attributes.push(
                self.pick(&["xml:lang='ja'", "xml:space=\"preserve\""])
                    .to_owned(),
            );
        }
        let local = self.pick(&["a", "b", "申請書", "Signed"]);
        let name = match self.below(2) {
            0 if !bound.is_empty() => format!("{}:{local}", self.pick(&bound)),
            _ => local.to_owned(),
        };
        let mut start = format!("<{name}");
        for _ in 0..attributes.len() {
            let attribute = attributes.swap_remove(self.below(attributes.len()));
            start.push_str(self.pick(&[" ", "\n  ", "\r\n\t"]));
            start.push_str(&attribute);
        }
        start.push_str(self.pick(&["", " ", "\n"]));
        let mut inside = String::new();
        for _ in 0..self.below(5) {
            let child = match self.below(if depth == 0 { 6 } else { 9 }) {
                0 => self
                    .pick(&["text", "本文\u{3000}", "\r\n", "\r", " \t ", "𠮷"])
                    .to_owned(),
                1 => self
                    .pick(&["&lt;&gt;&amp;", "&#13;", "&#x20000;", "&quot;&apos;"])
                    .to_owned(),
                2 => self
                    .pick(&["<![CDATA[<&>\r\n]]>", "<![CDATA[]]>", "<![CDATA[]]]]>"])
                    .to_owned(),
                3 => self
                    .pick(&["<?pi?>", "<?pi  data ?>", "<?pi a\r\nb?>"])
                    .to_owned(),
                4 if comments => self
                    .pick(&["<!-- c -->", "<!---->", "<!-- \r\n-->"])
                    .to_owned(),
                4 | 5 => ">".to_owned(),
                _ => self.element(depth - 1, &bound, comments),
            };
            inside.push_str(&child);
        }
        match inside.is_empty() && self.below(2) == 0 {
            true => format!("{start}/>"),
            false => format!("{start}>{inside}</{name}{}>", self.pick(&["", " ", "\n"])),
        }
    }

    pub(crate) fn document(&mut self, comments: bool) -> String {
        let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        let before = self.pick(&["", "\n", "<?a b?>", "\n<?a?>\n"]);
        let after = self.pick(&["", "\n", "<?z?>", "\n<?y x?>\n<?z?>"]);
        format!(
            "{declaration}{before}{}{after}",
            self.element(4, &[], comments)
        )
    }
}

fn octets(file: &[u8], expected: &Expected<'_>) -> Vec<u8> {
    let verified = verify(file, expected);
    let text = String::from_utf8_lossy(file);
    let reasons: Vec<_> = verified.report.reasons().collect();
    assert!(verified.report.is_accepted(), "{reasons:?}\n{text}");
    let Content::Octets(octets) = &verified.signed()[0].content else {
        panic!("a file")
    };
    octets.clone()
}

/// Puts a template for xmlsec1 into a document, as its last child.
fn template(document: &str, form: &str, reference: &str) -> String {
    let signature = format!(
        "<s:Signature xmlns:s=\"http://www.w3.org/2000/09/xmldsig#\"><s:SignedInfo>\
         <s:CanonicalizationMethod Algorithm=\"{form}\"/><s:SignatureMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>{reference}\
         <s:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><s:DigestValue/>\
         </s:Reference></s:SignedInfo><s:SignatureValue/><s:KeyInfo><s:X509Data/></s:KeyInfo>\
         </s:Signature>"
    );
    let end = document.rfind("</").unwrap();
    format!("{}{signature}{}", &document[..end], &document[end..])
}

const FORMS: [(&str, &str); 3] = [
    ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "--c14n"),
    ("http://www.w3.org/2006/12/xml-c14n11", "--c14n11"),
    ("http://www.w3.org/2001/10/xml-exc-c14n#", "--exc-c14n"),
];

#[test]
fn whole_documents_are_written_as_xmllint_writes_them() {
    let bench = xmlsec::bench(pki::hanako());
    let mut compared = 0;
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let document = random.document(false);
        bench.write("d.xml", document.as_bytes());
        // xmllint writes comments in all its forms; there are none here.
        let own = Draft::enveloped(document.as_bytes()).unwrap();
        let own = signed::xml(&own, pki::hanako(), &Expected::default()).unwrap();
        let own = octets(own.as_bytes(), &Expected::default());
        let said = xmlsec::run(&bench, "xmllint", &["--exc-c14n", "d.xml"]);
        assert_eq!(
            said.text,
            String::from_utf8(own).unwrap(),
            "{seed}: {document}"
        );
        // A document element without an end tag has no place for a template.
        if !document.contains("</") {
            continue;
        }
        for (uri, option) in FORMS {
            let transforms = format!(
                "<s:Reference URI=\"\"><s:Transforms><s:Transform \
                 Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
                 <s:Transform Algorithm=\"{uri}\"/></s:Transforms>"
            );
            let file = template(&document, uri, &transforms);
            let theirs = xmlsec::sign(&bench, pki::hanako(), &file, &[]);
            let said = xmlsec::run(&bench, "xmllint", &[option, "d.xml"]);
            let octets = octets(&theirs, &Expected::default());
            assert_eq!(
                said.text,
                String::from_utf8(octets).unwrap(),
                "{seed} {option}: {document}"
            );
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}

/// Parts take namespaces and `xml:` attributes of what stands around, or not; xmlsec1 signs them,
/// comments and all.
#[test]
fn parts_are_written_as_xmlsec1_writes_them() {
    let bench = xmlsec::bench(pki::hanako());
    for seed in 100..108 {
        let mut random = Random::new(seed);
        let part = random.element(3, &["o", "w"], true);
        let around = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:r xmlns:w=\"urn:w\" xmlns=\"{}\" xmlns:o=\"urn:o\" \
             xmlns:p=\"urn:p\" {}><w:m xmlns:q=\"urn:q\" {}><w:part {} Id=\"x\" {}>{part}</w:part></w:m></w:r>",
            random.pick(&["", "urn:r"]),
            random.pick(&["", "xml:lang=\"ja\"", "xml:space='preserve'"]),
            random.pick(&["", "xml:lang=\"en\"", "xmlns:w='urn:w'"]),
            random.pick(&["", "xmlns:q=\"urn:other\"", "xmlns=''", "xmlns='urn:x'"]),
            random.pick(&[
                "",
                "o:z=\"1\" a=\"2\"",
                "q:b=\"1\" o:c=\"\"",
                "xml:lang=\"\""
            ]),
        );
        for (uri, _) in FORMS {
            for list in ["", "p q", "#default o"] {
                if !list.is_empty() && !uri.contains("exc") {
                    continue;
                }
                let prefixes = match list {
                    "" => String::new(),
                    list => {
                        format!("<e:InclusiveNamespaces xmlns:e=\"{uri}\" PrefixList=\"{list}\"/>")
                    }
                };
                let reference = format!(
                    "<s:Reference URI=\"#x\"><s:Transforms><s:Transform Algorithm=\"{uri}\">{prefixes}\
                     </s:Transform></s:Transforms>"
                );
                let file = template(&around, uri, &reference);
                let file = xmlsec::sign(&bench, pki::hanako(), &file, &["--id-attr:Id", "part"]);
                let covers = Covers::Element(&["{urn:w}r", "{urn:w}m", "{urn:w}part"]);
                octets(
                    &file,
                    &Expected {
                        covers,
                        ..Expected::default()
                    },
                );
            }
        }
    }
}
