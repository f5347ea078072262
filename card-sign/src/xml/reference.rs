//! References: targets, and the octets that they hash.

use std::collections::HashMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::digest::Digest;

use super::algorithm::Canonical;
use super::document::{Apex, DS, Node, Tree};
use super::parts::{Enveloped, Parts, Transforms};
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

/// What identifies elements in a document, read once (rule X4).
pub(super) struct Identifiers(HashMap<String, Named>);

/// The attributes that have one value.
#[derive(Default)]
struct Named {
    /// The elements that it identifies.
    elements: usize,
    /// The last of them.
    element: Option<Node>,
    /// How many attributes more a program could take for an identifier.
    others: usize,
}

impl Identifiers {
    /// Reads every attribute that is one of these, and every one that any program could take for
    /// an identifier: `id` in any case and namespace.
    pub(super) fn read(tree: &Tree<'_>, allowed: &[&str]) -> Identifiers {
        let mut all: HashMap<String, Named> = HashMap::new();
        for node in tree.elements(tree.root()) {
            // The elements of signatures bring their own.
            let own = [DS, xades::NAMESPACE];
            let own = own.iter().any(|uri| tree.local(node, uri).is_some());
            for (id, right) in tree.identifiers(node, if own { &["Id"] } else { allowed }) {
                let named = all.entry(id.to_owned()).or_default();
                if right {
                    named.elements += 1;
                    named.element = Some(node);
                } else {
                    named.others += 1;
                }
            }
        }
        Identifiers(all)
    }

    /// Whether no identifier stands twice.
    pub(super) fn unique(&self) -> Result<(), Reason> {
        let twice = self.0.values().any(|named| named.elements > 1);
        if twice { Err(reason::ID_TWICE) } else { Ok(()) }
    }

    /// The element that an identifier names, if it can mean no other.
    pub(super) fn find(&self, id: &str) -> Result<Node, Reason> {
        let named = self.0.get(id).ok_or(reason::ID_ABSENT)?;
        match named.element {
            Some(element) if named.elements + named.others == 1 => Ok(element),
            None if named.others == 1 => Err(reason::ID_FOREIGN),
            _ => Err(reason::ID_TWICE),
        }
    }
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
    if transforms.enveloped.is_some() && top == signature {
        return Err(reason::EMPTY);
    }
    if transforms.enveloped.is_some() && !tree.is_within(signature, top) {
        return Err(reason::NOT_ENVELOPED);
    }
    let without = match transforms.enveloped {
        None => Vec::new(),
        Some(Enveloped::Own) => vec![signature],
        // What lies in a signature has nothing left.
        Some(Enveloped::Every) if tree.is_in_signature(top) => return Err(reason::EMPTY),
        Some(Enveloped::Every) => tree.signatures(top),
    };
    let (form, prefixes) = match &transforms.form {
        Some((form, prefixes)) => (*form, prefixes.as_slice()),
        None => (Canonical::Inclusive, &[][..]),
    };
    bound(tree, prefixes)?;
    tree.canonical(apex, &without, form, prefixes)
}

/// Rule X10: a prefix in a list is bound somewhere, or the list was made for another document.
fn bound(tree: &Tree<'_>, prefixes: &[String]) -> Result<(), Reason> {
    let known = |prefix: &String| prefix == "#default" || tree.binds(prefix);
    prefixes
        .iter()
        .all(known)
        .then_some(())
        .ok_or(reason::PREFIX_LIST)
}

/// The canonical form of SignedInfo: what the key signs.
pub(super) fn signed_info(tree: &mut Tree<'_>, parts: &Parts) -> Result<Vec<u8>, Reason> {
    let (form, prefixes) = parts.form(tree)?;
    bound(tree, &prefixes)?;
    tree.canonical(Apex::Element(parts.signed_info), &[], form, &prefixes)
}

/// The digest of some octets, as XML writes it.
pub(super) fn stated(digest: &Digest) -> String {
    BASE64_STANDARD.encode(digest.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_means_one_element_or_none() {
        for (inside, found, unique) in [
            ("<b Id='x'/>", None, true),
            ("<b Id='y'/>", Some(reason::ID_ABSENT), true),
            ("<b Id='x'/><c Id='x'/>", Some(reason::ID_TWICE), false),
            ("<b Id='x'/><c id='x'/>", Some(reason::ID_TWICE), true),
            ("<b Id='x' id='x'/>", Some(reason::ID_TWICE), true),
            ("<b ID='x'/>", Some(reason::ID_FOREIGN), true),
            ("<b ID='x'/><c id='x'/>", Some(reason::ID_TWICE), true),
            (
                "<b ID='x'/><c id='x'/><d Id='x'/>",
                Some(reason::ID_TWICE),
                true,
            ),
            ("<b xml:id='x'/>", Some(reason::ID_FOREIGN), true),
            (
                "<b p:Id='x' xmlns:p='urn:p'/>",
                Some(reason::ID_FOREIGN),
                true,
            ),
            // Whatever else is called an identifier, the elements of signatures have theirs.
            (
                "<s:Object xmlns:s='http://www.w3.org/2000/09/xmldsig#' Id='x'/>",
                None,
                true,
            ),
        ] {
            let text = format!("<a>{inside}</a>");
            let tree = Tree::parse(&text).unwrap();
            let identifiers = Identifiers::read(&tree, &["Id"]);
            assert_eq!(identifiers.find("x").err(), found, "{inside}");
            assert_eq!(identifiers.unique().is_ok(), unique, "{inside}");
        }
    }
}
