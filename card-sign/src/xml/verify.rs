//! Checking documents: the document here, each signature in `judge`.

use super::document::{DS, Node, Tree};
use super::files::Files;
use super::judge::Subject;
use super::notes::Notes;
use super::reference::Identifiers;
use super::rules::{self, reason};
use super::text::{decode, normalized};
use crate::policy::Policy;
use crate::report::{Finding, Format, Report};

/// What a document has to be, besides signed.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// What has to be signed.
    pub covers: Covers<'a>,
    /// The path of the element that the signature has to stand in. `None`: it stands directly in
    /// the document element, or is the document element.
    pub place: Option<Path<'a>>,
    /// The attributes without namespace that identify elements; upper and lower case differ.
    pub identifiers: &'a [&'a str],
    /// Whether there may be more than one signature. Each has to cover what has to be signed.
    pub several: bool,
    /// Which properties have to be there.
    pub profile: Profile,
    /// The files that references may name.
    pub files: &'a Files,
}

/// One signature over the whole document.
impl Default for Expected<'_> {
    fn default() -> Self {
        static NONE: Files = Files::new();
        Expected {
            covers: Covers::Document,
            place: None,
            identifiers: &["Id"],
            several: false,
            profile: Profile::Any,
            files: &NONE,
        }
    }
}

/// The way to an element from the document element down: names as `local` or `{namespace}local`.
pub type Path<'a> = &'a [&'a str];

/// What has to be signed. A signature over something else in the same file proves nothing about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers<'a> {
    /// The whole document but the signature.
    Document,
    /// The only element at this path.
    Element(Path<'a>),
    /// Something inside the signature (enveloping).
    Object,
    /// Every file that the caller supplied.
    Files,
}

/// Which properties have to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Those without which nothing is proven.
    Any,
    /// XAdES-B-B: signing time, signing certificate and format as well.
    Xades,
    /// The shape of e-Gov; see [`Expected::egov`].
    Egov,
}

/// What a check found, and what was signed.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Rule by rule.
    pub report: Report,
    signed: Vec<Signed>,
}

/// Something that a signature covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Which signature, counted from 0 in the order of the file.
    pub signature: usize,
    /// What it covers.
    pub content: Content,
}

/// What a reference covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The canonical form that was hashed.
    Octets(Vec<u8>),
    /// The file of this name, byte for byte.
    File(String),
}

impl Verified {
    /// What was signed, in the order of the references; nothing unless the report is accepted.
    ///
    /// Act on this and not on the file: only this was signed.
    pub fn signed(&self) -> &[Signed] {
        if self.report.is_accepted() {
            &self.signed
        } else {
            &[]
        }
    }
}

/// Checks the signatures in an XML document.
///
/// Everything that is wrong with the file is in the report. Nothing outside the document and the
/// files that are expected is read. SHA-1 is refused whatever the policy says.
pub fn verify(document: &[u8], expected: &Expected<'_>, policy: &Policy<'_>) -> Verified {
    let mut report = Report::new(Format::Xml);
    let mut signed = Vec::new();
    let text = decode(document).and_then(|text| normalized(&text));
    let tree = text
        .as_ref()
        .map_err(|reason| *reason)
        .and_then(|text| Tree::parse(text));
    match tree {
        Err(reason) => {
            report.document.push(Finding::fail(rules::DOCUMENT, reason));
            Finding::complete(
                &mut report.document,
                &[rules::IDENTIFIERS, rules::SIGNATURES],
            );
        }
        Ok(mut tree) => {
            judge_tree(&mut tree, expected, policy, &mut report, &mut signed);
        }
    }
    Verified { report, signed }
}

/// Every signature that is found is judged, also where there should be one.
fn judge_tree(
    tree: &mut Tree<'_>,
    expected: &Expected<'_>,
    policy: &Policy<'_>,
    report: &mut Report,
    signed: &mut Vec<Signed>,
) {
    let found: Vec<Node> = tree
        .elements(tree.root())
        .filter(|node| tree.is(*node, DS, "Signature"))
        .collect();
    let count = match found.len() {
        0 => Err(reason::NO_SIGNATURE),
        1 => Ok(()),
        2..=MAX_SIGNATURES if expected.several => Ok(()),
        2..=MAX_SIGNATURES => Err(reason::SEVERAL_SIGNATURES),
        _ => Err(reason::MANY_SIGNATURES),
    };
    let identifiers = Identifiers::read(tree, expected.identifiers);
    let mut notes = Notes::default();
    notes.rule(rules::DOCUMENT, Ok(()));
    notes.rule(rules::IDENTIFIERS, identifiers.unique());
    notes.rule(rules::SIGNATURES, count);
    notes.fact(rules::SIGNATURES, "signatures", found.len());
    report.document = notes.finish(&[]);
    if found.len() > MAX_SIGNATURES {
        return;
    }
    for (number, node) in found.into_iter().enumerate() {
        let subject = Subject {
            expected,
            policy,
            identifiers: &identifiers,
            number,
            node,
        };
        report.signatures.push(subject.judge(tree, signed));
    }
}

const MAX_SIGNATURES: usize = 16;
