//! A Signature element taken apart: what it says, not whether that is right.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::digest::HashAlgorithm;

use super::algorithm::{self, Canonical};
use super::document::{DS, Node, Tree};
use super::rules::reason;
use super::text::is_space;
use crate::report::Reason;

/// The elements of a Signature, in their order.
pub(super) struct Parts {
    pub(super) node: Node,
    pub(super) signed_info: Node,
    pub(super) canonicalization: Node,
    pub(super) method: Node,
    pub(super) references: Vec<Reference>,
    pub(super) value: Node,
    pub(super) key_info: Option<Node>,
    pub(super) objects: Vec<Node>,
}

/// A Reference.
pub(super) struct Reference {
    pub(super) id: Option<String>,
    pub(super) uri: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) transforms: Vec<Node>,
    pub(super) digest_method: Node,
    digest_value: Node,
}

/// What a Reference does with what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transforms {
    /// Leaves out the signature that the Reference is in.
    pub(super) enveloped: bool,
    /// Writes this form; none means Canonical XML 1.0, or for a file its bytes as they are.
    pub(super) form: Option<(Canonical, Vec<String>)>,
}

impl Parts {
    /// Takes a Signature apart (rule X10). Nothing may stand in it that the standard does not name.
    pub(super) fn read(tree: &Tree<'_>, node: Node) -> Result<Parts, Reason> {
        let mut children = tree.only_children(node)?.into_iter().peekable();
        let mut next = |name| children.next_if(|child| tree.is(*child, DS, name));
        let signed_info = next("SignedInfo").ok_or(reason::FOREIGN)?;
        let value = next("SignatureValue").ok_or(reason::FOREIGN)?;
        let key_info = next("KeyInfo");
        let objects = std::iter::from_fn(|| next("Object")).collect();
        let mut inside = tree.only_children(signed_info)?.into_iter();
        let mut expect = |name| {
            let child = inside.next().filter(|child| tree.is(*child, DS, name));
            let child = child.ok_or(reason::FOREIGN)?;
            tree.has_only(child, &["Algorithm"]).map(|()| child)
        };
        let canonicalization = expect("CanonicalizationMethod")?;
        let method = expect("SignatureMethod")?;
        if !tree.only_children(method)?.is_empty() || children.next().is_some() {
            return Err(reason::FOREIGN);
        }
        tree.has_only(signed_info, &["Id"])?;
        tree.has_only(value, &["Id"])?;
        let references = inside
            .map(|child| Reference::read(tree, child))
            .collect::<Result<_, _>>()?;
        Ok(Parts {
            node,
            signed_info,
            canonicalization,
            method,
            references,
            value,
            key_info,
            objects,
        })
    }

    /// How SignedInfo is written to be signed.
    pub(super) fn form(&self, tree: &Tree<'_>) -> Result<(Canonical, Vec<String>), Reason> {
        let uri = tree
            .attribute(self.canonicalization, "Algorithm")
            .unwrap_or_default();
        let form = Canonical::of(uri).ok_or(reason::CANONICALIZATION)?;
        Ok((form, prefixes(tree, self.canonicalization, form)?))
    }
}

impl Reference {
    fn read(tree: &Tree<'_>, node: Node) -> Result<Reference, Reason> {
        if !tree.is(node, DS, "Reference") {
            return Err(reason::FOREIGN);
        }
        tree.has_only(node, &["Id", "URI", "Type"])?;
        let mut children = tree.only_children(node)?.into_iter().peekable();
        let transforms = children.next_if(|child| tree.is(*child, DS, "Transforms"));
        let transforms = match transforms {
            Some(list) => {
                tree.has_only(list, &[])?;
                tree.only_children(list)?
            }
            None => Vec::new(),
        };
        for transform in &transforms {
            if !tree.is(*transform, DS, "Transform") {
                return Err(reason::FOREIGN);
            }
            tree.has_only(*transform, &["Algorithm"])?;
        }
        let mut expect = |name, attributes: &[&str]| {
            let child = children.next().filter(|child| tree.is(*child, DS, name));
            let child = child.ok_or(reason::FOREIGN)?;
            tree.has_only(child, attributes).map(|()| child)
        };
        let digest_method = expect("DigestMethod", &["Algorithm"])?;
        let digest_value = expect("DigestValue", &[])?;
        if !tree.only_children(digest_method)?.is_empty() || children.next().is_some() {
            return Err(reason::FOREIGN);
        }
        let own = |name| tree.attribute(node, name).map(str::to_owned);
        let (id, uri, kind) = (own("Id"), own("URI"), own("Type"));
        Ok(Reference {
            id,
            uri,
            kind,
            transforms,
            digest_method,
            digest_value,
        })
    }

    /// The hash function (rule X7).
    pub(super) fn hash(&self, tree: &Tree<'_>) -> Result<HashAlgorithm, Reason> {
        algorithm::hash(
            tree.attribute(self.digest_method, "Algorithm")
                .unwrap_or_default(),
        )
    }

    /// The digest that is stated (rule X12).
    pub(super) fn digest(&self, tree: &Tree<'_>, hash: HashAlgorithm) -> Result<Vec<u8>, Reason> {
        let digest = base64(tree, self.digest_value)?;
        (digest.len() == hash.length())
            .then_some(digest)
            .ok_or(reason::LENGTH)
    }

    /// The transforms, if they are among the few that are allowed (rules X6, X10).
    ///
    /// A transform decides what was signed: XPath can choose nothing, XSLT can write anything.
    pub(super) fn transforms(&self, tree: &Tree<'_>) -> Result<Transforms, Reason> {
        let mut found = Transforms {
            enveloped: false,
            form: None,
        };
        for node in &self.transforms {
            let uri = tree.attribute(*node, "Algorithm").unwrap_or_default();
            match (uri, Canonical::of(uri)) {
                (algorithm::ENVELOPED, _) if !tree.only_children(*node)?.is_empty() => {
                    return Err(reason::FOREIGN);
                }
                (algorithm::ENVELOPED, _) if !found.enveloped && found.form.is_none() => {
                    found.enveloped = true;
                }
                (_, Some(form)) if found.form.is_none() => {
                    found.form = Some((form, prefixes(tree, *node, form)?));
                }
                (algorithm::ENVELOPED, _) | (_, Some(_)) => return Err(reason::TRANSFORM_ORDER),
                (_, None) => return Err(reason::TRANSFORM),
            }
        }
        Ok(found)
    }
}

/// The InclusiveNamespaces list of an exclusive form; nothing else may stand there.
pub(super) fn prefixes(
    tree: &Tree<'_>,
    node: Node,
    form: Canonical,
) -> Result<Vec<String>, Reason> {
    let children = tree.only_children(node)?;
    let list = match children.as_slice() {
        [] => return Ok(Vec::new()),
        [list] if form == Canonical::Exclusive => *list,
        _ => return Err(reason::FOREIGN),
    };
    if !tree.is(list, Canonical::Exclusive.uri(), "InclusiveNamespaces") {
        return Err(reason::FOREIGN);
    }
    tree.has_only(list, &["PrefixList"])?;
    if !tree.only_children(list)?.is_empty() {
        return Err(reason::FOREIGN);
    }
    let names = tree
        .attribute(list, "PrefixList")
        .ok_or(reason::PREFIX_LIST)?;
    let names: Vec<String> = names
        .split(is_space)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let forbidden = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"-._".contains(c);
    let right = |name: &String| name == "#default" || !name.contains(forbidden);
    let fits = names.len() <= MAX_PREFIXES && names.iter().all(right);
    fits.then_some(names).ok_or(reason::PREFIX_LIST)
}

/// The bytes of an element that holds base64 (rule X12); white space may stand anywhere in it.
pub(super) fn base64(tree: &Tree<'_>, node: Node) -> Result<Vec<u8>, Reason> {
    let mut digits = tree.text(node)?;
    digits.retain(|c| !is_space(c));
    BASE64_STANDARD.decode(digits).map_err(|_| reason::BASE64)
}

const MAX_PREFIXES: usize = 64;
