//! What references name, and the octets that they hash.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::digest::Digest;

use super::algorithm::Canonical;
use super::document::{Apex, DS, Node, Tree};
use super::parts::{Parts, Transforms};
use super::rules::reason;
use super::xades;
use crate::report::Reason;

/// What a Reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Document,
    Element(Node),
    File(String),
}

/// Rule X4 for the document as a whole: no identifier stands twice.
pub(super) fn unique(tree: &Tree<'_>, identifiers: &[&str]) -> Result<(), Reason> {
    let mut seen = std::collections::HashSet::new();
    for node in tree.elements(tree.root()) {
        let allowed = identifiers_of(tree, node, identifiers);
        let own: Vec<&str> = tree
            .identifiers(node, allowed)
            .filter(|(_, right)| *right)
            .map(|(id, _)| id)
            .collect();
        if !own.into_iter().all(|id| seen.insert(id)) {
            return Err(reason::ID_TWICE);
        }
    }
    Ok(())
}

/// The elements of signatures bring their own identifiers; all others have those of the policy.
fn identifiers_of<'i>(tree: &Tree<'_>, node: Node, identifiers: &'i [&'i str]) -> &'i [&'i str] {
    let own = [DS, xades::NAMESPACE]
        .iter()
        .any(|uri| tree.local(node, uri).is_some());
    if own { &["Id"] } else { identifiers }
}

/// The element that an identifier names (rule X4).
///
/// The value may stand in no other attribute that any program could take for an identifier.
pub(super) fn identified(tree: &Tree<'_>, id: &str, identifiers: &[&str]) -> Result<Node, Reason> {
    let mut found = Err(reason::ID_ABSENT);
    for node in tree.elements(tree.root()) {
        let allowed = identifiers_of(tree, node, identifiers);
        for (_, right) in tree
            .identifiers(node, allowed)
            .filter(|(value, _)| *value == id)
        {
            found = match found {
                Err(reason::ID_ABSENT) if right => Ok(node),
                Err(reason::ID_ABSENT) => Err(reason::ID_FOREIGN),
                _ => return Err(reason::ID_TWICE),
            };
        }
    }
    found
}

/// The octets that a Reference in this signature hashes (rules X2, X6, X10).
pub(super) fn octets(
    tree: &mut Tree<'_>,
    signature: Node,
    apex: Apex,
    transforms: &Transforms,
) -> Result<Vec<u8>, Reason> {
    let top = match apex {
        Apex::Document => tree.root(),
        Apex::Element(node) => node,
    };
    if transforms.enveloped && top == signature {
        return Err(reason::EMPTY);
    }
    if transforms.enveloped && !tree.is_within(signature, top) {
        return Err(reason::NOT_ENVELOPED);
    }
    let without = transforms.enveloped.then_some(signature);
    let (form, prefixes) = match &transforms.form {
        Some((form, prefixes)) => (*form, prefixes.as_slice()),
        None => (Canonical::Inclusive, &[][..]),
    };
    bound(tree, top, prefixes)?;
    tree.canonical(apex, without, form, prefixes)
}

/// Rule X10: a prefix in a list is bound somewhere, or the list was made for another document.
fn bound(tree: &Tree<'_>, apex: Node, prefixes: &[String]) -> Result<(), Reason> {
    let known = |prefix: &String| prefix == "#default" || tree.binds(apex, prefix);
    prefixes
        .iter()
        .all(known)
        .then_some(())
        .ok_or(reason::PREFIX_LIST)
}

/// The canonical form of SignedInfo: what the key signs.
pub(super) fn signed_info(tree: &mut Tree<'_>, parts: &Parts) -> Result<Vec<u8>, Reason> {
    let (form, prefixes) = parts.form(tree)?;
    bound(tree, parts.signed_info, &prefixes)?;
    tree.canonical(Apex::Element(parts.signed_info), None, form, &prefixes)
}

/// The digest of some octets, as XML writes it.
pub(super) fn stated(digest: &Digest) -> String {
    BASE64_STANDARD.encode(digest.as_bytes())
}
