//! Content of a signed document, for display. Nothing here is verified.

use card_core::certificate::Certificate;
use card_core::domain::date::UtcTime;

use super::certificate;
use super::document::{DS, Node, Tree};
use super::parts::{Parts, base64};
use super::text::{decode, normalized};
use super::xades::{self, Properties};
use crate::report::Reason;

/// The parts of a document with signatures. Every one is a claim of the file.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The local name of the document element.
    pub root: String,
    /// The signatures, in the order of the file.
    pub signatures: Vec<SignatureOutline>,
}

/// One signature. Every field is empty where it cannot be read.
#[derive(Clone, Debug, Default)]
pub struct SignatureOutline {
    /// Its identifier.
    pub id: Option<String>,
    /// The local names of the elements around it, the document element first.
    pub place: Vec<String>,
    /// The canonical form of what is signed, as a URI.
    pub canonicalization: String,
    /// The signature algorithm, as a URI.
    pub method: String,
    /// What it covers.
    pub references: Vec<ReferenceOutline>,
    /// How long the signature value is.
    pub signature_length: usize,
    /// The certificates inside that can be read.
    pub certificates: Vec<Certificate>,
    /// When the signer claims to have signed.
    pub claimed_time: Option<UtcTime>,
    /// Whether there are signed properties (XAdES).
    pub properties: bool,
    /// The names of properties that are not signed, which anybody can add.
    pub unsigned: Vec<String>,
}

/// One reference.
#[derive(Clone, Debug, Default)]
pub struct ReferenceOutline {
    /// What it names; `None` without an address, empty for the document itself.
    pub uri: Option<String>,
    /// Its type, as a URI.
    pub kind: Option<String>,
    /// The transforms, as URIs.
    pub transforms: Vec<String>,
    /// The hash function, as a URI.
    pub digest: String,
}

/// What stands in a document.
///
/// # Errors
///
/// The reason of rule X1 if it cannot be read at all.
pub fn outline(document: &[u8]) -> Result<Outline, Reason> {
    let text = normalized(&decode(document)?)?;
    let tree = Tree::parse(&text)?;
    let found = tree
        .elements(tree.root())
        .filter(|node| tree.is(*node, DS, "Signature"));
    Ok(Outline {
        root: name(&tree, tree.root()),
        signatures: found.map(|node| signature(&tree, node)).collect(),
    })
}

fn name(tree: &Tree<'_>, node: Node) -> String {
    tree.any_local(node).unwrap_or_default().to_owned()
}

fn signature(tree: &Tree<'_>, node: Node) -> SignatureOutline {
    let around = std::iter::successors(tree.parent(node), |node| tree.parent(*node));
    let mut place: Vec<String> = around.map(|node| name(tree, node)).collect();
    place.reverse();
    let id = tree.attribute(node, "Id").map(str::to_owned);
    let Ok(parts) = Parts::read(tree, node) else {
        return SignatureOutline {
            id,
            place,
            ..SignatureOutline::default()
        };
    };
    let algorithm = |node| {
        tree.attribute(node, "Algorithm")
            .unwrap_or_default()
            .to_owned()
    };
    let properties = Properties::read(tree, &parts).ok();
    let references = parts.references.iter().map(|reference| ReferenceOutline {
        uri: reference.uri.clone(),
        kind: reference.kind.clone(),
        transforms: reference
            .transforms
            .iter()
            .copied()
            .map(algorithm)
            .collect(),
        digest: algorithm(reference.digest_method),
    });
    SignatureOutline {
        id,
        place,
        canonicalization: algorithm(parts.canonicalization),
        method: algorithm(parts.method),
        references: references.collect(),
        signature_length: base64(tree, parts.value).map_or(0, |value| value.len()),
        certificates: certificate::all(tree, &parts),
        claimed_time: properties
            .as_ref()
            .and_then(|own| own.signing_time(tree).flatten()),
        properties: xades::is_present(tree, &parts),
        unsigned: properties.map_or_else(Vec::new, |own| own.unsigned(tree)),
    }
}
