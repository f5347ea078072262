//! A Signature element taken apart: what it says, not whether that is right.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::digest::HashAlgorithm;
use card_core::signature::SignatureKind;

use super::algorithm::{self, Canonical};
use super::document::{DS, Node, Tree};
use super::rules::reason;
use super::text::is_space;
use crate::report::Reason;
use crate::signer::SigningAlgorithm;

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
    /// Leaves out the signature that the Reference is in, or every one.
    pub(super) enveloped: Option<Enveloped>,
    /// Writes this form; none means Canonical XML 1.0, or for a file its bytes as they are.
    pub(super) form: Option<(Canonical, Vec<String>)>,
}

/// Which signatures a Reference leaves out of what it names, which holds its own one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enveloped {
    /// Its own (the enveloped-signature transform).
    Own,
    /// Every one, as XPath filters of DSS do, so that more can be added.
    Every,
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
        let parameters = tree.only_children(method)?;
        let own = tree.attribute(method, "Algorithm") == Some(algorithm::RSA_PSS);
        if !(parameters.is_empty() || own) || children.next().is_some() {
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

    /// What made the signature (rule X7).
    pub(super) fn algorithm(&self, tree: &Tree<'_>) -> Result<SigningAlgorithm, Reason> {
        let uri = tree.attribute(self.method, "Algorithm").unwrap_or_default();
        if uri != algorithm::RSA_PSS {
            return algorithm::signature(uri);
        }
        let (hash, salt) = pss(tree, self.method).ok_or(reason::PSS_PARAMETERS)?;
        let kind = SignatureKind::pss(hash, salt);
        Ok(SigningAlgorithm { kind, hash })
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
    /// A transform decides what was signed: XPath can choose nothing, XSLT can write anything. Of
    /// XPath two texts are known, which leave out all signatures; they are never evaluated.
    pub(super) fn transforms(&self, tree: &Tree<'_>) -> Result<Transforms, Reason> {
        let mut found = Transforms {
            enveloped: None,
            form: None,
        };
        for node in &self.transforms {
            let uri = tree.attribute(*node, "Algorithm").unwrap_or_default();
            if let Some(form) = Canonical::of(uri) {
                if found.form.is_some() {
                    return Err(reason::TRANSFORM_ORDER);
                }
                found.form = Some((form, prefixes(tree, *node, form)?));
                continue;
            }
            let left_out = match uri {
                algorithm::ENVELOPED if tree.only_children(*node)?.is_empty() => Enveloped::Own,
                algorithm::ENVELOPED => return Err(reason::FOREIGN),
                _ if is_every_signature(tree, *node, uri) => Enveloped::Every,
                _ => return Err(reason::TRANSFORM),
            };
            if found.enveloped.is_some() || found.form.is_some() {
                return Err(reason::TRANSFORM_ORDER);
            }
            found.enveloped = Some(left_out);
        }
        Ok(found)
    }
}

/// Hash function and length of the salt in RSAPSSParams (RFC 9231, 2.3.9): the mask has the same
/// hash function. What is left out is SHA-256, and a salt as long as its digest.
fn pss(tree: &Tree<'_>, method: Node) -> Option<(HashAlgorithm, usize)> {
    let digest = |node: Node| {
        tree.has_only(node, &["Algorithm"]).ok()?;
        tree.only_children(node).ok().filter(Vec::is_empty)?;
        algorithm::hash(tree.attribute(node, "Algorithm")?).ok()
    };
    let number = |node: Node| {
        tree.has_only(node, &[]).ok()?;
        let text = tree.only_text(node)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<usize>().ok().filter(|_| digits)
    };
    let children = tree.only_children(method).ok()?;
    let inside = match children.as_slice() {
        [] => Vec::new(),
        [list] if tree.is(*list, algorithm::PSS, "RSAPSSParams") => {
            tree.has_only(*list, &[]).ok()?;
            tree.only_children(*list).ok()?
        }
        _ => return None,
    };
    let mut inside = inside.into_iter().peekable();
    let mut next = |namespace, name| inside.next_if(|node| tree.is(*node, namespace, name));
    let hash = match next(DS, "DigestMethod") {
        Some(node) => digest(node)?,
        None => HashAlgorithm::Sha256,
    };
    let mask = match next(algorithm::PSS, "MaskGenerationFunction") {
        Some(node) => {
            tree.has_only(node, &["Algorithm"]).ok()?;
            let known = tree.attribute(node, "Algorithm") == Some(algorithm::MGF1);
            match tree.only_children(node).ok()?.as_slice() {
                [] if known => HashAlgorithm::Sha256,
                [inner] if known && tree.is(*inner, DS, "DigestMethod") => digest(*inner)?,
                _ => return None,
            }
        }
        None => HashAlgorithm::Sha256,
    };
    let salt = next(algorithm::PSS, "SaltLength").map(number);
    let salt = match salt {
        Some(salt) => salt?,
        // As long as this digest or as SHA-256's: of others, readers differ.
        None => (hash == HashAlgorithm::Sha256).then_some(hash.length())?,
    };
    let trailer = next(algorithm::PSS, "TrailerField").map_or(Some(1), number)?;
    let right = hash == mask && trailer == 1 && inside.next().is_none();
    right.then_some((hash, salt))
}

/// Whether a transform is one of the two with which DSS leaves out all signatures, to the letter.
///
/// The prefix in the text means what it is bound to where it stands. That is not part of every
/// canonical form, so a file could bind it anew: only signatures may be meant.
fn is_every_signature(tree: &Tree<'_>, node: Node, uri: &str) -> bool {
    let (namespace, attributes, filter, text) = match uri {
        algorithm::XPATH => (DS, &[][..], None, "not(ancestor-or-self::ds:Signature)"),
        algorithm::FILTER => (
            algorithm::FILTER,
            &["Filter"][..],
            Some("subtract"),
            "/descendant::ds:Signature",
        ),
        _ => return false,
    };
    let children = tree.only_children(node);
    let Ok([path]) = children.as_deref() else {
        return false;
    };
    tree.is(*path, namespace, "XPath")
        && tree.has_only(*path, attributes).is_ok()
        && tree.attribute(*path, "Filter") == filter
        && tree.only_text(*path) == Some(text)
        && tree.namespace(*path, "ds") == Some(DS)
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
