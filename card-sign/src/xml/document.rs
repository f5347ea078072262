//! A parsed document and its canonical forms: the only file that knows the XML library.
//!
//! Nothing outside the document is ever read: a DOCTYPE is refused, so there are no entities, no
//! default attributes and no identifiers but those that the caller names.

use std::borrow::Cow;
use std::ops::Range;

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::nodeset::{NodeIdSet, NodeSet, NodeSetType};
use bergshamra_xml::uppsala::{Parser, XmlDeclaration};
use bergshamra_xml::{Document, NodeKind};

use super::algorithm::Canonical;
use super::rules::reason;
use crate::report::Reason;

pub(super) use bergshamra_xml::NodeId as Node;

/// The namespace of XML signatures.
pub(super) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// A document within limits, and what was spent on its canonical forms.
pub(super) struct Tree<'a> {
    document: Document<'a>,
    root: Node,
    canonical_bytes: usize,
}

/// The text of a document in UTF-8 or UTF-16, without a byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Reason> {
    if bytes.len() > MAX_BYTES {
        return Err(reason::SIZE);
    }
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (units, rest) = rest.as_chunks::<2>();
        let units = units.iter().map(|pair| unit(*pair));
        let text = char::decode_utf16(units).collect::<Result<String, _>>();
        text.ok().filter(|_| rest.is_empty()).map(Cow::Owned)
    };
    let (text, names): (_, &[&str]) = match bytes {
        [0xfe, 0xff, rest @ ..] => (wide(rest, u16::from_be_bytes), &["UTF-16", "UTF-16BE"]),
        [0xff, 0xfe, rest @ ..] => (wide(rest, u16::from_le_bytes), &["UTF-16", "UTF-16LE"]),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => {
            (str::from_utf8(rest).ok().map(Cow::Borrowed), &["UTF-8"])
        }
    };
    let text = text.ok_or(reason::ENCODING)?;
    // A second mark, or a NUL as in UTF-16 without a mark, is text to one reader and noise to another.
    if text.starts_with('\u{feff}') || text.contains('\0') {
        return Err(reason::ENCODING);
    }
    // The declaration is looked at by the parser too; here only what it says about the encoding.
    let declared = declared_encoding(&text);
    let fits = declared.is_none_or(|name| names.iter().any(|own| own.eq_ignore_ascii_case(name)));
    fits.then_some(text).ok_or(reason::ENCODING)
}

fn declared_encoding(text: &str) -> Option<&str> {
    let (declaration, _) = text.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name)
}

impl<'a> Tree<'a> {
    /// Parses a document (rule X1).
    pub(super) fn parse(text: &'a str) -> Result<Tree<'a>, Reason> {
        let parser = Parser::new().with_forbid_dtd(true).with_max_depth(MAX_DEPTH);
        let document = parser.parse(text).map_err(|_| match has_doctype(text) {
            true => reason::DTD,
            false => reason::MALFORMED,
        })?;
        let one_zero = |declared: &XmlDeclaration<'_>| declared.version == "1.0";
        if !document.xml_declaration.as_ref().is_none_or(one_zero) {
            return Err(reason::MALFORMED);
        }
        let root = document.document_element().ok_or(reason::MALFORMED)?;
        let tree = Tree { document, root, canonical_bytes: 0 };
        tree.check_limits()?;
        Ok(tree)
    }

    /// Attributes for each element, and the work that namespaces make: canonical forms may write
    /// each one in scope at each element.
    fn check_limits(&self) -> Result<(), Reason> {
        let mut work = 0_usize;
        // How many bytes of namespaces are in scope, for each element still open.
        let mut open: Vec<(Node, usize)> = Vec::new();
        for node in self.elements(self.root) {
            let Some(element) = self.document.element(node) else { continue };
            let own = &element.namespace_declarations;
            if element.attributes.len() + own.len() > MAX_ATTRIBUTES {
                return Err(reason::MANY_ATTRIBUTES);
            }
            if element.name.namespace_uri.as_deref() == Some(XINCLUDE) {
                return Err(reason::INCLUDE);
            }
            let parent = self.document.parent(node);
            while open.last().is_some_and(|(above, _)| Some(*above) != parent) {
                open.pop();
            }
            let above = open.last().map_or(0, |(_, bytes)| *bytes);
            let own: usize = own.iter().map(|(prefix, uri)| prefix.len() + uri.len() + 10).sum();
            open.push((node, above + own));
            work += above + own;
            if work > MAX_CANONICAL {
                return Err(reason::CANONICAL_SIZE);
            }
        }
        Ok(())
    }

    /// The document element.
    pub(super) const fn root(&self) -> Node {
        self.root
    }

    /// An element and all elements inside it, in the order of the document.
    pub(super) fn elements(&self, under: Node) -> impl Iterator<Item = Node> {
        let mut next = Some(under);
        std::iter::from_fn(move || {
            let current = next?;
            let mut after = self.first_element(self.document.first_child(current));
            let mut place = current;
            while after.is_none() && place != under {
                after = self.first_element(self.document.next_sibling(place));
                place = self.document.parent(place)?;
            }
            next = after;
            Some(current)
        })
    }

    /// The first element among a node and its later siblings.
    fn first_element(&self, from: Option<Node>) -> Option<Node> {
        std::iter::successors(from, |node| self.document.next_sibling(*node))
            .find(|node| self.document.element(*node).is_some())
    }

    /// The elements directly inside an element, whatever stands between them.
    pub(super) fn children(&self, of: Node) -> impl Iterator<Item = Node> {
        self.document.children_iter(of).filter(|node| self.document.element(*node).is_some())
    }

    /// The elements directly inside an element that has nothing else but white space and comments.
    pub(super) fn only_children(&self, of: Node) -> Result<Vec<Node>, Reason> {
        let mut found = Vec::new();
        for node in self.document.children_iter(of) {
            match self.document.node_kind(node) {
                Some(NodeKind::Element(_)) => found.push(node),
                Some(NodeKind::Comment(_)) => {}
                Some(NodeKind::Text(text)) if text.chars().all(is_space) => {}
                _ => return Err(reason::FOREIGN),
            }
        }
        Ok(found)
    }

    /// Whether an element has this name.
    pub(super) fn is(&self, node: Node, namespace: &str, local: &str) -> bool {
        let element = self.document.element(node);
        element.is_some_and(|element| element.name.matches(Some(namespace), local))
    }

    /// Local name, if the element is of this namespace.
    pub(super) fn local(&self, node: Node, namespace: &str) -> Option<&str> {
        let name = &self.document.element(node)?.name;
        (name.namespace_uri.as_deref() == Some(namespace)).then_some(&name.local_name)
    }

    /// Local name, whatever the namespace.
    pub(super) fn any_local(&self, node: Node) -> Option<&str> {
        self.document.element(node).map(|element| &*element.name.local_name)
    }

    /// Whether an element has this name, written `local` or `{namespace}local`.
    pub(super) fn is_named(&self, node: Node, name: &str) -> bool {
        let (namespace, local) = match name.strip_prefix('{').and_then(|n| n.split_once('}')) {
            Some((namespace, local)) => (Some(namespace), local),
            None => (None, name),
        };
        // An undeclared default namespace is kept as an empty one.
        self.document.element(node).is_some_and(|element| {
            let own = element.name.namespace_uri.as_deref().filter(|uri| !uri.is_empty());
            own == namespace && element.name.local_name == local
        })
    }

    /// The element at this path from the document element down, if it is the only one.
    pub(super) fn at_path(&self, path: &[&str]) -> Option<Node> {
        let (first, rest) = path.split_first()?;
        let mut at = self.is_named(self.root, first).then_some(self.root)?;
        for name in rest {
            let mut matching = self.children(at).filter(|child| self.is_named(*child, name));
            at = matching.next()?;
            if matching.next().is_some() {
                return None;
            }
        }
        Some(at)
    }

    /// The value of an attribute without namespace.
    pub(super) fn attribute(&self, node: Node, name: &str) -> Option<&str> {
        let mut all = self.document.element(node)?.attributes.iter();
        all.find(|own| own.name.matches(None, name)).map(|own| &*own.value)
    }

    /// The values of attributes of an element that have, or look as if they had, this role: the
    /// name is one of these, or `id` in any case and namespace. Says whether the name is allowed.
    pub(super) fn identifiers<'t>(
        &'t self,
        node: Node,
        allowed: &'t [&str],
    ) -> impl Iterator<Item = (&'t str, bool)> {
        let attributes = self.document.element(node).map_or(&[][..], |element| &element.attributes);
        attributes.iter().filter_map(move |own| {
            let right = allowed.iter().any(|name| own.name.matches(None, name));
            let similar = own.name.local_name.eq_ignore_ascii_case("id");
            (right || similar).then_some((&*own.value, right))
        })
    }

    /// Whether an element has no attributes but these.
    pub(super) fn has_only(&self, node: Node, names: &[&str]) -> Result<(), Reason> {
        let attributes = self.document.element(node).map_or(&[][..], |element| &element.attributes);
        let known = attributes.iter().all(|own| names.iter().any(|name| own.name.matches(None, name)));
        known.then_some(()).ok_or(reason::FOREIGN)
    }

    /// All text of an element, over comments and CDATA; an error if there is an element inside.
    pub(super) fn text(&self, node: Node) -> Result<String, Reason> {
        let mut all = String::new();
        for child in self.document.children_iter(node) {
            match self.document.node_kind(child) {
                Some(NodeKind::Text(text) | NodeKind::CData(text)) => all.push_str(text),
                Some(NodeKind::Comment(_)) => {}
                _ => return Err(reason::FOREIGN),
            }
        }
        Ok(all)
    }

    /// The element around an element; none around the document element.
    pub(super) fn parent(&self, node: Node) -> Option<Node> {
        self.document.parent(node).filter(|above| self.document.element(*above).is_some())
    }

    /// Whether `node` is `outer` or inside it.
    pub(super) fn is_within(&self, node: Node, outer: Node) -> bool {
        std::iter::successors(Some(node), |node| self.document.parent(*node)).any(|n| n == outer)
    }

    /// Whether this prefix is bound by an element above or inside `apex`.
    pub(super) fn binds(&self, apex: Node, prefix: &str) -> bool {
        let declares = |node: Node| {
            let declared = self.document.element(node).map(|one| &one.namespace_declarations);
            declared.is_some_and(|all| all.iter().any(|(own, _)| own == prefix))
        };
        std::iter::successors(Some(apex), |node| self.parent(*node)).any(declares)
            || self.elements(apex).any(declares)
    }

    /// Where an element stands in the text.
    pub(super) fn range(&self, node: Node) -> Option<Range<usize>> {
        self.document.node_range(node)
    }

    /// The canonical form of an element, or of the whole document, without the element `without`.
    ///
    /// `prefixes` is the InclusiveNamespaces list of the exclusive form.
    pub(super) fn canonical(
        &mut self,
        apex: Apex,
        without: Option<Node>,
        form: Canonical,
        prefixes: &[String],
    ) -> Result<Vec<u8>, Reason> {
        if self.canonical_bytes > MAX_CANONICAL {
            return Err(reason::CANONICAL_SIZE);
        }
        let outside = without.map_or_else(NodeIdSet::default, |node| self.ids(node));
        let set = match apex {
            Apex::Document => NodeSet::from_ids(outside, NodeSetType::Invert),
            Apex::Element(node) => {
                let mut inside = self.ids(node);
                inside.retain(|id| !outside.contains(id));
                NodeSet::from_ids(inside, NodeSetType::Normal)
            }
        };
        let mode = match form {
            Canonical::Inclusive => C14nMode::Inclusive,
            Canonical::Inclusive11 => {
                self.check_c14n11(apex)?;
                C14nMode::Inclusive11
            }
            Canonical::Exclusive => C14nMode::Exclusive,
        };
        let octets = canonicalize_doc(&self.document, mode, Some(&set), prefixes)
            .map_err(|_| reason::MALFORMED)?;
        self.canonical_bytes += octets.len();
        Ok(octets)
    }

    /// Canonical XML 1.1 rewrites `xml:base` and drops `xml:id` of what stands around; the library
    /// treats `xml:id` as version 1.0 does, so such documents are refused rather than misread.
    fn check_c14n11(&self, apex: Apex) -> Result<(), Reason> {
        let own = match apex {
            Apex::Document => self.root,
            Apex::Element(node) => node,
        };
        let names = |node: Node, names: &[&str]| {
            let attributes = self.document.element(node).map(|element| &element.attributes);
            attributes.is_some_and(|all| {
                let named = |name: &&str| all.iter().any(|one| one.name.matches(Some(XML), name));
                names.iter().any(named)
            })
        };
        let mut above = std::iter::successors(self.parent(own), |node| self.parent(*node));
        let changes = names(own, &["base"]) || above.any(|node| names(node, &["base", "id"]));
        if changes { Err(reason::C14N11_CONTEXT) } else { Ok(()) }
    }

    /// A node and everything inside it.
    fn ids(&self, node: Node) -> NodeIdSet {
        let inside = self.document.descendants(node);
        std::iter::once(node).chain(inside).map(|node| node.index()).collect()
    }
}

/// Where a canonical form begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Apex {
    /// With the document: also instructions before and behind the document element.
    Document,
    /// With an element.
    Element(Node),
}

/// White space of XML; Rust's own includes U+3000, which is text.
pub(super) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Whether a DOCTYPE stands before the document element.
fn has_doctype(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(is_space);
        let skipped = match rest {
            comment if comment.starts_with("<!--") => comment.split_once("-->"),
            instruction if instruction.starts_with("<?") => instruction.split_once("?>"),
            _ => return rest.starts_with("<!DOCTYPE"),
        };
        let Some((_, after)) = skipped else { return false };
        rest = after;
    }
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";
const MAX_BYTES: usize = 16 << 20;
const MAX_DEPTH: u32 = 100;
const MAX_ATTRIBUTES: usize = 256;
const MAX_CANONICAL: usize = 64 << 20;
