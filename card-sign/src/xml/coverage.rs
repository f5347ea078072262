//! Coverage of a signature in its own file (rule X2): content that no reference covers.

use super::document::{DS, Node, Tree};
use super::parts::Parts;
use super::reference::Target;
use super::rules::reason;
use super::verify::{Covers, Expected, Profile};
use super::xades;
use crate::report::Reason;

/// Checks that a reader of the file sees nothing that was not signed.
///
/// A signature is left out of what it signs, and what an enveloping or detached signature signs is
/// elsewhere: so objects, key hints, wrappers and processing instructions are looked at one by one.
pub(super) fn closed(
    tree: &Tree<'_>,
    parts: &Parts,
    targets: &[Target],
    expected: &Expected<'_>,
) -> Result<(), Reason> {
    let open = Open {
        tree,
        parts,
        targets,
    };
    let right = open.around(expected)
        && parts.objects.iter().all(|object| open.object(*object))
        && parts.key_info.is_none_or(|info| open.key_info(info));
    right.then_some(()).ok_or(reason::NOT_COVERED)
}

struct Open<'a, 't> {
    tree: &'a Tree<'t>,
    parts: &'a Parts,
    targets: &'a [Target],
}

impl Open<'_, '_> {
    /// Whether a reference names this node or one around it, inside the signature.
    fn covered(&self, node: Node) -> bool {
        self.targets.iter().any(|target| match target {
            Target::Element(top) => {
                *top != self.parts.node
                    && self.tree.is_within(*top, self.parts.node)
                    && self.tree.is_within(node, *top)
            }
            Target::Document | Target::File(_) => false,
        })
    }

    /// What stands around the signature.
    fn around(&self, expected: &Expected<'_>) -> bool {
        let whole = self
            .targets
            .iter()
            .any(|target| matches!(target, Target::Document));
        // Applications to e-Gov name their style sheet outside of what is signed.
        let egov = expected.profile == Profile::Egov;
        let mut instructions = self.tree.instructions_outside();
        if !whole && instructions.any(|target| !egov || target != STYLE_SHEET) {
            return false;
        }
        let alone = egov || matches!(expected.covers, Covers::Object | Covers::Files);
        self.tree.has_only(self.parts.node, &["Id"]).is_ok()
            && self.tree.parent(self.parts.node).is_none_or(|wrapper| {
                let inside = self.tree.only_children(wrapper);
                let signature = |node: &Node| self.tree.is(*node, DS, "Signature");
                let bare = self.tree.has_only(wrapper, &[]).is_ok();
                !alone || bare && inside.is_ok_and(|inside| inside.iter().all(signature))
            })
    }

    /// An Object is signed, or all inside it is, or it holds the properties of the signature.
    fn object(&self, object: Node) -> bool {
        if self.covered(object) {
            return true;
        }
        let Ok(inside) = self.tree.only_children(object) else {
            return false;
        };
        self.tree.has_only(object, &["Id"]).is_ok()
            && inside
                .iter()
                .all(|node| self.covered(*node) || self.properties(*node))
    }

    /// QualifyingProperties whose signed part is signed and whose rest the standard names.
    fn properties(&self, node: Node) -> bool {
        let tree = self.tree;
        let Ok(inside) = tree.only_children(node) else {
            return false;
        };
        let known = |node: &Node| match tree.local(*node, xades::NAMESPACE) {
            Some("SignedProperties") => self.covered(*node),
            Some("UnsignedProperties") => self.unsigned(*node),
            _ => false,
        };
        tree.is(node, xades::NAMESPACE, "QualifyingProperties")
            && tree.has_only(node, &["Id", "Target"]).is_ok()
            && inside.iter().all(known)
    }

    fn unsigned(&self, node: Node) -> bool {
        let tree = self.tree;
        let own = |node: &Node| {
            [xades::NAMESPACE, XADES_141]
                .iter()
                .any(|uri| tree.local(*node, uri).is_some())
                && self.holds_no_content(*node)
        };
        // Properties of data objects can hold anything at all.
        let list = |node: &Node| {
            tree.is(*node, xades::NAMESPACE, "UnsignedSignatureProperties")
                && tree.has_only(*node, &["Id"]).is_ok()
                && tree
                    .only_children(*node)
                    .is_ok_and(|inside| inside.iter().all(own))
        };
        tree.has_only(node, &["Id"]).is_ok()
            && tree
                .only_children(node)
                .is_ok_and(|inside| inside.iter().all(list))
    }

    /// Whether all inside belongs to the standards, and nothing to the content: hints and evidence
    /// may hold elements of any name space, which a program would find by their name.
    fn holds_no_content(&self, node: Node) -> bool {
        let tree = self.tree;
        let known = |node: Node| match tree.local(node, DS) {
            Some(name) => [&HINTS[..], &X509_HINTS, &DETAILS]
                .iter()
                .any(|names| names.contains(&name)),
            None => [DS11, xades::NAMESPACE, XADES_141]
                .iter()
                .any(|uri| tree.local(node, uri).is_some()),
        };
        tree.elements(node).all(known)
    }

    /// Key hints are those of the standard: certificates, keys and names of keys.
    fn key_info(&self, info: Node) -> bool {
        if self.covered(info) {
            return true;
        }
        let tree = self.tree;
        let hint = |node: &Node| match tree.local(*node, DS) {
            Some("X509Data") => tree.only_children(*node).is_ok_and(|inside| {
                tree.has_only(*node, &[]).is_ok()
                    && inside.iter().all(|one| {
                        let name = tree.local(*one, DS);
                        name.is_some_and(|name| X509_HINTS.contains(&name))
                    })
            }),
            Some(name) => HINTS.contains(&name),
            None => tree.local(*node, DS11).is_some(),
        };
        let hint = |node: &Node| hint(node) && self.holds_no_content(*node);
        tree.has_only(info, &["Id"]).is_ok()
            && tree
                .only_children(info)
                .is_ok_and(|inside| inside.iter().all(hint))
    }
}

/// What a reference covers, for people: `document`, an element with its identifier, or a file.
pub(super) fn name(tree: &Tree<'_>, target: &Target) -> String {
    match target {
        Target::Document => "document".to_owned(),
        Target::Element(node) => {
            let name = tree.any_local(*node).unwrap_or_default();
            match tree.identifiers(*node, &[]).next() {
                Some((id, _)) => format!("{name} #{id}"),
                None => name.to_owned(),
            }
        }
        Target::File(name) => name.clone(),
    }
}

/// What may stand in KeyInfo and in X509Data (XML Signature 1.1, 4.5).
const HINTS: [&str; 6] = [
    "KeyName",
    "KeyValue",
    "RetrievalMethod",
    "PGPData",
    "SPKIData",
    "MgmtData",
];
const X509_HINTS: [&str; 5] = [
    "X509Certificate",
    "X509IssuerSerial",
    "X509SubjectName",
    "X509SKI",
    "X509CRL",
];
/// What these consist of, and what evidence is digested and written with.
const DETAILS: [&str; 18] = [
    "X509Data",
    "X509IssuerName",
    "X509SerialNumber",
    "RSAKeyValue",
    "Modulus",
    "Exponent",
    "DSAKeyValue",
    "P",
    "Q",
    "G",
    "Y",
    "J",
    "PGPKeyID",
    "PGPKeyPacket",
    "SPKISexp",
    "CanonicalizationMethod",
    "DigestMethod",
    "DigestValue",
];
const STYLE_SHEET: &str = "xml-stylesheet";
const XADES_141: &str = "http://uri.etsi.org/01903/v1.4.1#";
const DS11: &str = "http://www.w3.org/2009/xmldsig11#";
