//! A parsed document and its canonical forms: the only file that knows the XML library.
//!
//! Nothing outside the document is ever read: a DOCTYPE is refused, so there are no entities, no
//! default attributes and no identifiers but those that the caller names.

use std::collections::HashSet;
use std::ops::Range;

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::nodeset::{NodeIdSet, NodeSet, NodeSetType};
use bergshamra_xml::uppsala::{Parser, XmlDeclaration};
use bergshamra_xml::{Document, NodeKind, QName};

use super::algorithm::Canonical;
use super::rules::reason;
use super::text::{MAX_DEPTH, has_doctype, is_space};
use crate::report::Reason;

pub(crate) use bergshamra_xml::NodeId as Node;

/// The namespace of XML signatures.
pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// A document within limits, and what was spent on its canonical forms.
pub(crate) struct Tree<'a> {
    document: Document<'a>,
    root: Node,
    /// Every prefix that an element binds.
    prefixes: HashSet<String>,
    /// How many tags there are.
    elements: usize,
    /// What canonical forms have cost so far.
    spent: usize,
}

impl<'a> Tree<'a> {
    /// Parses a document (rule X1) whose text went through [`normalized`].
    pub(crate) fn parse(text: &'a str) -> Result<Tree<'a>, Reason> {
        let parser = Parser::new()
            .with_forbid_dtd(true)
            .with_max_depth(MAX_DEPTH as u32);
        let document = parser.parse(text).map_err(|_| match has_doctype(text) {
            true => reason::DTD,
            false => reason::MALFORMED,
        })?;
        let one_zero = |declared: &XmlDeclaration<'_>| declared.version == "1.0";
        if !document.xml_declaration.as_ref().is_none_or(one_zero) {
            return Err(reason::MALFORMED);
        }
        let root = document.document_element().ok_or(reason::MALFORMED)?;
        let mut tree = Tree {
            document,
            root,
            prefixes: HashSet::new(),
            elements: 0,
            spent: 0,
        };
        tree.survey()?;
        Ok(tree)
    }

    /// Names as the standards have them, and the work that namespaces make: canonical forms may
    /// write each one in scope at each element.
    fn survey(&mut self) -> Result<(), Reason> {
        let mut prefixes = HashSet::new();
        let mut elements = 0;
        let mut work = 0_usize;
        // How many bytes of namespaces are in scope, for each element still open.
        let mut open: Vec<(Node, usize)> = Vec::new();
        for node in self.elements(self.root) {
            let Some(element) = self.document.element(node) else {
                continue;
            };
            let own = &element.namespace_declarations;
            prefixes.extend(own.iter().map(|(prefix, _)| prefix.clone().into_owned()));
            elements += 1;
            if element.name.namespace_uri.as_deref() == Some(XINCLUDE) {
                return Err(reason::INCLUDE);
            }
            let names = element.attributes.iter().map(|attribute| &attribute.name);
            // Without a prefix no namespace at all is an empty one; a prefix cannot be unbound.
            let bound = own
                .iter()
                .all(|(prefix, uri)| is_namespace(uri) || (prefix.is_empty() && uri.is_empty()));
            if !bound || !names.chain([&element.name]).all(is_qualified) {
                return Err(reason::NAMESPACE);
            }
            let parent = self.document.parent(node);
            while open.last().is_some_and(|(above, _)| Some(*above) != parent) {
                open.pop();
            }
            let above = open.last().map_or(0, |(_, bytes)| *bytes);
            let own: usize = own
                .iter()
                .map(|(prefix, uri)| prefix.len() + uri.len() + 10)
                .sum();
            open.push((node, above + own));
            work += above + own;
            if work > MAX_NAMESPACES {
                return Err(reason::CANONICAL_SIZE);
            }
        }
        (self.prefixes, self.elements) = (prefixes, elements);
        Ok(())
    }

    /// The document element.
    pub(crate) const fn root(&self) -> Node {
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
        self.document
            .children_iter(of)
            .filter(|node| self.document.element(*node).is_some())
    }

    /// The elements directly inside an element that has nothing else but white space and comments.
    pub(crate) fn only_children(&self, of: Node) -> Result<Vec<Node>, Reason> {
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
    pub(crate) fn is(&self, node: Node, namespace: &str, local: &str) -> bool {
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
        self.document
            .element(node)
            .map(|element| &*element.name.local_name)
    }

    /// Whether an element has this name, written `local` or `{namespace}local`.
    pub(super) fn is_named(&self, node: Node, name: &str) -> bool {
        let (namespace, local) = match name.strip_prefix('{').and_then(|n| n.split_once('}')) {
            Some((namespace, local)) => (Some(namespace), local),
            None => (None, name),
        };
        // An undeclared default namespace is kept as an empty one.
        self.document.element(node).is_some_and(|element| {
            let own = element
                .name
                .namespace_uri
                .as_deref()
                .filter(|uri| !uri.is_empty());
            own == namespace && element.name.local_name == local
        })
    }

    /// The element at this path from the document element down, if it is the only one.
    pub(super) fn at_path(&self, path: &[&str]) -> Option<Node> {
        let (first, rest) = path.split_first()?;
        let mut at = self.is_named(self.root, first).then_some(self.root)?;
        for name in rest {
            let mut matching = self
                .children(at)
                .filter(|child| self.is_named(*child, name));
            at = matching.next()?;
            if matching.next().is_some() {
                return None;
            }
        }
        Some(at)
    }

    /// The value of an attribute without namespace.
    pub(crate) fn attribute(&self, node: Node, name: &str) -> Option<&str> {
        let mut all = self.document.element(node)?.attributes.iter();
        all.find(|own| own.name.matches(None, name))
            .map(|own| &*own.value)
    }

    /// The values of attributes of an element that have, or look as if they had, this role: the
    /// name is one of these, or `id` in any case and namespace. Says whether the name is allowed.
    pub(super) fn identifiers<'t>(
        &'t self,
        node: Node,
        allowed: &'t [&str],
    ) -> impl Iterator<Item = (&'t str, bool)> {
        let attributes = self
            .document
            .element(node)
            .map_or(&[][..], |element| &element.attributes);
        attributes.iter().filter_map(move |own| {
            let right = allowed.iter().any(|name| own.name.matches(None, name));
            let similar = own.name.local_name.eq_ignore_ascii_case("id");
            (right || similar).then_some((&*own.value, right))
        })
    }

    /// Whether an element has no attributes but these.
    pub(crate) fn has_only(&self, node: Node, names: &[&str]) -> Result<(), Reason> {
        let attributes = self
            .document
            .element(node)
            .map_or(&[][..], |element| &element.attributes);
        let known = attributes
            .iter()
            .all(|own| names.iter().any(|name| own.name.matches(None, name)));
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

    /// The instructions before and behind the document element, by their targets.
    pub(crate) fn instructions_outside(&self) -> impl Iterator<Item = &str> {
        let outside = self.document.children_iter(self.document.root());
        outside
            .into_iter()
            .filter_map(|node| match self.document.node_kind(node) {
                Some(NodeKind::ProcessingInstruction(own)) => Some(&*own.target),
                _ => None,
            })
    }

    /// Whether a comment stands in the middle of a text: canonical forms drop it, and programs that
    /// read one piece of text only see half a value.
    pub(super) fn has_split_text(&self) -> bool {
        self.elements(self.root).any(|node| {
            let (mut text, mut comment) = (false, false);
            self.document
                .children_iter(node)
                .any(|child| match self.document.node_kind(child) {
                    Some(NodeKind::Text(own) | NodeKind::CData(own)) => {
                        let split = text && comment && !own.chars().all(is_space);
                        text |= !own.chars().all(is_space);
                        split
                    }
                    Some(NodeKind::Comment(_)) => {
                        comment |= text;
                        false
                    }
                    _ => {
                        (text, comment) = (false, false);
                        false
                    }
                })
        })
    }

    /// The element around an element; none around the document element.
    pub(super) fn parent(&self, node: Node) -> Option<Node> {
        self.document
            .parent(node)
            .filter(|above| self.document.element(*above).is_some())
    }

    /// Whether `node` is `outer` or inside it.
    pub(super) fn is_within(&self, node: Node, outer: Node) -> bool {
        std::iter::successors(Some(node), |node| self.document.parent(*node)).any(|n| n == outer)
    }

    /// Whether an element binds this prefix.
    pub(super) fn binds(&self, prefix: &str) -> bool {
        self.prefixes.contains(prefix)
    }

    /// Where an element stands in the text.
    pub(super) fn range(&self, node: Node) -> Option<Range<usize>> {
        self.document.node_range(node)
    }

    /// Whether an element is a signature or inside one.
    pub(super) fn is_in_signature(&self, node: Node) -> bool {
        std::iter::successors(Some(node), |node| self.document.parent(*node))
            .any(|node| self.is(node, DS, "Signature"))
    }

    /// The signatures under an element.
    pub(super) fn signatures(&self, under: Node) -> Vec<Node> {
        self.elements(under)
            .filter(|node| self.is(*node, DS, "Signature"))
            .collect()
    }

    /// What a prefix is bound to where an element stands.
    pub(super) fn namespace(&self, node: Node, prefix: &str) -> Option<&str> {
        std::iter::successors(Some(node), |node| self.document.parent(*node)).find_map(|node| {
            let own = &self.document.element(node)?.namespace_declarations;
            let bound = own.iter().find(|(own, _)| own == prefix);
            bound.map(|(_, uri)| &**uri)
        })
    }

    /// The text of an element that holds one piece of text and nothing else.
    pub(crate) fn only_text(&self, node: Node) -> Option<&str> {
        let mut children = self.document.children_iter(node);
        match (
            self.document.node_kind(children.next()?)?,
            children.next().is_none(),
        ) {
            (NodeKind::Text(text), true) => Some(text),
            _ => None,
        }
    }

    /// The canonical form of an element, or of the whole document, without these elements.
    ///
    /// `prefixes` is the InclusiveNamespaces list of the exclusive form.
    pub(super) fn canonical(
        &mut self,
        apex: Apex,
        without: &[Node],
        form: Canonical,
        prefixes: &[String],
    ) -> Result<Vec<u8>, Reason> {
        // Also what is left out is walked through.
        self.spent += 8 * self.elements;
        if self.spent > MAX_CANONICAL {
            return Err(reason::CANONICAL_SIZE);
        }
        let mut outside = NodeIdSet::default();
        for node in without {
            outside.extend(self.ids(*node));
        }
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
        self.spent += octets.len();
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
            let attributes = self
                .document
                .element(node)
                .map(|element| &element.attributes);
            attributes.is_some_and(|all| {
                let named = |name: &&str| all.iter().any(|one| one.name.matches(Some(XML), name));
                names.iter().any(named)
            })
        };
        let mut above = std::iter::successors(self.parent(own), |node| self.parent(*node));
        let changes = names(own, &["base"]) || above.any(|node| names(node, &["base", "id"]));
        if changes {
            Err(reason::C14N11_CONTEXT)
        } else {
            Ok(())
        }
    }

    /// A node and everything inside it.
    fn ids(&self, node: Node) -> NodeIdSet {
        let inside = self.document.descendants(node);
        std::iter::once(node)
            .chain(inside)
            .map(|node| node.index())
            .collect()
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

/// Whether a name is one of Namespaces in XML: the parser takes colons wherever XML 1.0 does.
fn is_qualified(name: &QName<'_>) -> bool {
    let part = |part: &str| !part.is_empty() && !part.contains(':');
    part(&name.local_name)
        && name
            .prefix
            .as_deref()
            .is_none_or(|own| part(own) && own != "xmlns")
}

/// Whether canonical forms have a meaning with this namespace: relative ones have none (Canonical
/// XML 1.0, 1.3).
fn is_namespace(uri: &str) -> bool {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    let letter = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let absolute =
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(letter);
    absolute && !uri.contains(|c: char| is_space(c) || c.is_control())
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";

const MAX_NAMESPACES: usize = 64 << 20;
const MAX_CANONICAL: usize = 128 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_in_the_order_of_the_document() {
        let text = "<a><b><c/></b>x<d/><!-- --><e><f/></e></a>";
        let tree = Tree::parse(text).unwrap();
        let names = |node| -> String {
            tree.elements(node)
                .filter_map(|n| tree.any_local(n))
                .collect()
        };
        assert_eq!(names(tree.root()), "abcdef");
        let b = tree.at_path(&["a", "b"]).unwrap();
        assert_eq!(names(b), "bc");
        assert!(tree.is_within(b, tree.root()) && !tree.is_within(tree.root(), b));
        assert_eq!(&text[tree.range(b).unwrap()], "<b><c/></b>");
    }

    #[test]
    fn paths_are_exact() {
        let text = "<a xmlns='urn:a'><b/><p:c xmlns:p='urn:c'/><d xmlns=''><e/><e/></d></a>";
        let tree = Tree::parse(text).unwrap();
        for (path, found) in [
            (&["{urn:a}a"][..], true),
            (&["a"], false),
            (&["{urn:a}a", "{urn:a}b"], true),
            (&["{urn:a}a", "{urn:c}c"], true),
            (&["{urn:a}a", "p:c"], false),
            (&["{urn:a}a", "d"], true),
            (&["{urn:a}a", "d", "e"], false),
            (&[], false),
        ] {
            assert_eq!(tree.at_path(path).is_some(), found, "{path:?}");
        }
    }

    /// Version 1.1 changes what version 1.0 inherits; where that matters it is refused.
    #[test]
    fn canonical_xml_1_1_is_refused_where_it_would_rewrite() {
        for (text, right) in [
            ("<a><b/></a>", true),
            ("<a xml:lang='ja'><b xml:id='x'/></a>", true),
            ("<a xml:id='x'><b/></a>", false),
            ("<a xml:base='urn:x'><b/></a>", false),
            ("<a><b xml:base='urn:x'/></a>", false),
        ] {
            let mut tree = Tree::parse(text).unwrap();
            let apex = Apex::Element(tree.at_path(&["a", "b"]).unwrap());
            let form = tree.canonical(apex, &[], Canonical::Inclusive11, &[]);
            assert_eq!(
                form.err(),
                (!right).then_some(reason::C14N11_CONTEXT),
                "{text}"
            );
            assert!(tree.canonical(apex, &[], Canonical::Inclusive, &[]).is_ok());
        }
    }

    #[test]
    fn names_and_namespaces_are_those_of_the_standard() {
        for (text, right) in [
            ("<a xmlns=''/>", true),
            (
                "<a xmlns='urn:a' xmlns:p='http://x/' p:b='' xml:lang=''/>",
                true,
            ),
            ("<a xmlns='a'/>", false),
            ("<a xmlns='a b:c'/>", false),
            ("<a xmlns:p=':a'/>", false),
            ("<a xmlns:p=''/>", false),
            ("<:a/>", false),
            ("<a: />", false),
            ("<p:a:b xmlns:p='urn:p'/>", false),
            ("<a :b='1'/>", false),
            ("<a xmlns:p='urn:p' p:b:c='1'/>", false),
            ("<xmlns:a/>", false),
        ] {
            let parsed = Tree::parse(text).map(|_| ());
            assert_eq!(
                parsed,
                if right {
                    Ok(())
                } else {
                    Err(reason::NAMESPACE)
                },
                "{text}"
            );
        }
    }
}
