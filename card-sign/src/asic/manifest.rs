//! The XML of an ASiC manifest (EN 319 162-1, annex A): digests of files, and their signature.

use std::collections::HashSet;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::digest::{Digest, HashAlgorithm};

use super::rules::reason;
use crate::report::Reason;
use crate::xml::parse::{self, DS, Node, Tree};

/// A manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    /// The name of the signature over it.
    pub(super) signature: String,
    /// Names of files with their digests, each name once.
    pub(super) files: Vec<(String, Digest)>,
}

impl Manifest {
    /// The text, in which nothing is optional.
    pub(super) fn to_xml(&self) -> String {
        let signature = parse::to_uri(&self.signature);
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <asic:ASiCManifest xmlns:asic=\"{ASIC}\" xmlns:ds=\"{DS}\">\n\
             <asic:SigReference URI=\"{signature}\" MimeType=\"application/pkcs7-signature\"/>\n"
        );
        for (name, digest) in &self.files {
            let uri = parse::to_uri(name);
            let method = parse::hash_uri(digest.algorithm()).unwrap_or_default();
            let value = BASE64_STANDARD.encode(digest.as_bytes());
            text += &format!(
                "<asic:DataObjectReference URI=\"{uri}\"><ds:DigestMethod Algorithm=\"{method}\"/>\
                 <ds:DigestValue>{value}</ds:DigestValue></asic:DataObjectReference>\n"
            );
        }
        text + "</asic:ASiCManifest>\n"
    }

    /// Reads one. Nothing may stand in it that is not known here.
    ///
    /// # Errors
    ///
    /// Reasons of a manifest, and `xml.…` for what is no XML, or none within limits.
    pub(super) fn read(bytes: &[u8]) -> Result<Manifest, Reason> {
        let text = parse::normalized(&parse::decode(bytes)?)?;
        let tree = Tree::parse(&text)?;
        let root = tree.root();
        let foreign = |_| reason::MANIFEST_FOREIGN;
        if !tree.is(root, ASIC, "ASiCManifest") || tree.instructions_outside().next().is_some() {
            return Err(reason::MANIFEST_FOREIGN);
        }
        tree.has_only(root, &[]).map_err(foreign)?;
        let mut children = tree.only_children(root).map_err(foreign)?.into_iter();
        let signature = children.next().ok_or(reason::MANIFEST_FOREIGN)?;
        if !tree.is(signature, ASIC, "SigReference") || !is_empty(&tree, signature) {
            return Err(reason::MANIFEST_FOREIGN);
        }
        tree.has_only(signature, &["URI", "MimeType"])
            .map_err(foreign)?;
        let mut manifest = Manifest {
            signature: name(&tree, signature)?,
            files: Vec::new(),
        };
        let mut seen = HashSet::new();
        for child in children {
            let (name, digest) = reference(&tree, child)?;
            if !seen.insert(name.clone()) {
                return Err(reason::NAMED_TWICE);
            }
            manifest.files.push((name, digest));
        }
        Ok(manifest)
    }
}

fn reference(tree: &Tree<'_>, node: Node) -> Result<(String, Digest), Reason> {
    let foreign = |_| reason::MANIFEST_FOREIGN;
    if !tree.is(node, ASIC, "DataObjectReference") {
        return Err(reason::MANIFEST_FOREIGN);
    }
    tree.has_only(node, &["URI", "MimeType", "Rootfile"])
        .map_err(foreign)?;
    if !matches!(
        tree.attribute(node, "Rootfile"),
        None | Some("true" | "false")
    ) {
        return Err(reason::MANIFEST_FOREIGN);
    }
    let children = tree.only_children(node).map_err(foreign)?;
    let [method, value] = children[..] else {
        return Err(reason::MANIFEST_FOREIGN);
    };
    let named = tree.is(method, DS, "DigestMethod") && tree.is(value, DS, "DigestValue");
    if !named || !is_empty(tree, method) {
        return Err(reason::MANIFEST_FOREIGN);
    }
    tree.has_only(method, &["Algorithm"]).map_err(foreign)?;
    tree.has_only(value, &[]).map_err(foreign)?;
    let hash = tree.attribute(method, "Algorithm").unwrap_or_default();
    let hash = parse::hash(hash).map_err(|_| reason::WEAK_DIGEST)?;
    let digest = digest(hash, tree.only_text(value).unwrap_or_default());
    Ok((name(tree, node)?, digest.ok_or(reason::DIGEST_MALFORMED)?))
}

fn digest(hash: HashAlgorithm, text: &str) -> Option<Digest> {
    let text = text.replace(parse::is_space, "");
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    Digest::from_bytes(hash, &bytes).ok()
}

/// The name that an address stands for, with percent signs taken off once.
fn name(tree: &Tree<'_>, node: Node) -> Result<String, Reason> {
    let uri = tree.attribute(node, "URI").ok_or(reason::ADDRESS)?;
    parse::from_uri(uri).ok_or(reason::ADDRESS)
}

fn is_empty(tree: &Tree<'_>, node: Node) -> bool {
    tree.only_children(node)
        .is_ok_and(|inside| inside.is_empty())
}

/// The namespace of ASiC manifests.
const ASIC: &str = "http://uri.etsi.org/02918/v1.2.1#";
