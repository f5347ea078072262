//! The parts that the objects of a document play, and which of them are painted (rule P10).
//!
//! An object may change only in the one part in which the change is harmless. So two things are
//! asked of each changed object: whether exactly as many references lead to it as its part needs,
//! and whether no page, resource, destination or action can reach it. A document is walked once, and
//! again only where something that was read for this has changed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::document::{Document, Field};
use super::evidence;
use super::object::{Dictionary, Id, Object};
use super::survey::Survey;
use super::view::View;
use crate::report::Reason;

/// The part that an object plays in a document. Fields are told by their place among all.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Catalog,
    Info,
    Page,
    /// The form, its list of fields, a page's list of annotations.
    List,
    Metadata,
    /// Certificates and revocation data for later (`/DSS`).
    Evidence,
    Signature,
    Field(usize),
    /// How this field looks.
    Look(usize),
    Annotation,
}

/// The parts of all objects that may change, and what is reachable besides.
pub(super) struct Parts {
    parts: BTreeMap<Id, Part>,
    /// Reachable by what is shown or done: contents, resources, destinations, actions.
    shown: BTreeSet<u32>,
    /// References that the part itself needs: from lists, pages, kids, structure.
    needed: BTreeMap<u32, usize>,
}

/// Keys of the catalog whose objects are judged by their parts.
const JUDGED: [&[u8]; 6] = [
    b"Pages",
    b"AcroForm",
    b"DSS",
    b"Metadata",
    b"Perms",
    b"StructTreeRoot",
];

/// The parts of the document that was compared last, for as long as they hold.
#[derive(Default)]
pub(super) struct KnownParts<'f>(Option<Known<'f>>);

struct Known<'f> {
    parts: Parts,
    /// Numbers of the objects that were read for them, beside those of the document.
    numbers: BTreeSet<u32>,
    view: View<'f>,
    document: Rc<BTreeSet<u32>>,
    info: Option<Id>,
    referring: BTreeSet<Id>,
}

impl<'f> KnownParts<'f> {
    /// The parts of this document.
    pub(super) fn of(
        &mut self,
        document: &Document<'f>,
        survey: &Survey,
    ) -> Result<&Parts, Reason> {
        let view = document.view;
        let info = reference(&view.trailer(), b"Info");
        let known = match self.0.take() {
            Some(known)
                if Rc::ptr_eq(&known.document, document.read_from())
                    && known.info == info
                    && known.referring == survey.referring
                    && known.numbers.is_disjoint(&view.changed_since(known.view)?) =>
            {
                Known { view, ..known }
            }
            _ => {
                let (parts, numbers) = view.looked_up(|| Parts::of(document, survey));
                Known {
                    parts: parts?,
                    numbers,
                    view,
                    document: Rc::clone(document.read_from()),
                    info,
                    referring: survey.referring.clone(),
                }
            }
        };
        Ok(&self.0.insert(known).parts)
    }
}

impl Parts {
    /// The parts of the objects of a document; where one has several, the strictest.
    fn of(document: &Document<'_>, survey: &Survey) -> Result<Parts, Reason> {
        let mut parts = Parts {
            parts: BTreeMap::new(),
            shown: BTreeSet::new(),
            needed: BTreeMap::new(),
        };
        parts.name(document)?;
        parts.count(document, survey)?;
        parts.walk(document)?;
        Ok(parts)
    }

    pub(super) fn part(&self, id: Id) -> Option<Part> {
        self.parts.get(&id).copied()
    }

    /// The field that this object is or shows, if it plays no other part.
    fn field<'d>(&self, id: Id, document: &'d Document<'_>) -> Option<&'d Field> {
        match self.part(id) {
            Some(Part::Field(number)) => document.fields.get(number).map(|field| &**field),
            _ => None,
        }
    }

    /// Whether contents, resources, destinations or actions lead to an object.
    pub(super) fn is_shown(&self, id: Id) -> bool {
        self.shown.contains(&id.number)
    }

    /// Whether every reference to an object is one that its part needs.
    pub(super) fn has_one_part(&self, id: Id, survey: &Survey) -> bool {
        let needed = self.needed.get(&id.number).copied().unwrap_or(0);
        survey.count(id.number) == needed && !self.is_shown(id)
    }

    fn need(&mut self, id: Id) {
        *self.needed.entry(id.number).or_default() += 1;
    }

    fn name(&mut self, document: &Document<'_>) -> Result<(), Reason> {
        let view = document.view;
        let parts = &mut self.parts;
        if let Some(id) = reference(&view.trailer(), b"Info") {
            parts.insert(id, Part::Info);
        }
        if let Some(id) = reference(&document.catalog, b"Metadata") {
            parts.insert(id, Part::Metadata);
        }
        for id in evidence::members(view, &document.catalog)? {
            parts.insert(id, Part::Evidence);
        }
        for page in document.pages.iter() {
            for item in &page.annotations.items {
                item.references(&mut |id| {
                    parts.insert(id, Part::Annotation);
                });
            }
        }
        for (number, field) in document.fields.iter().enumerate() {
            for id in field.widgets.iter().copied().chain([field.id]) {
                let Some(dictionary) = dictionary(view, id, Some(field))? else {
                    continue;
                };
                if let Some(Object::Dictionary(looks)) = dictionary.find(b"AP") {
                    Object::Dictionary(looks.clone()).references(&mut |look| {
                        parts.insert(look, Part::Look(number));
                    });
                }
            }
        }
        for (number, field) in document.fields.iter().enumerate() {
            for id in field.widgets.iter().copied().chain([field.id]) {
                parts.insert(id, Part::Field(number));
            }
        }
        for page in document.pages.iter() {
            page.annotations.id.map(|id| parts.insert(id, Part::List));
        }
        if let Some(form) = &document.form {
            form.id.into_iter().chain(form.fields.id).for_each(|id| {
                parts.insert(id, Part::List);
            });
        }
        for page in document.pages.iter() {
            parts.insert(page.id, Part::Page);
        }
        for id in document.signatures().iter().filter_map(|signed| signed.id) {
            parts.insert(id, Part::Signature);
        }
        parts.insert(document.catalog_id, Part::Catalog);
        Ok(())
    }

    /// Counts the references that each part needs.
    fn count(&mut self, document: &Document<'_>, survey: &Survey) -> Result<(), Reason> {
        let view = document.view;
        // A signature names the catalog as what it protects (`/Data`).
        for id in survey.referring.iter() {
            let Some(signature) = view.dictionary(*id)? else {
                continue;
            };
            let Object::Array(references) = view.value(&signature, b"Reference")? else {
                continue;
            };
            for one in &references {
                if let Object::Dictionary(one) = view.resolve(one)?
                    && let Some(data) = reference(&one, b"Data")
                {
                    self.need(data);
                }
            }
        }
        let form = document.form.as_ref();
        let lists = document.pages.iter().map(|page| &page.annotations);
        let lists: Vec<_> = lists.chain(form.map(|form| &form.fields)).collect();
        for item in lists.iter().flat_map(|list| &list.items) {
            if let Object::Reference(id) = item {
                self.need(*id);
            }
        }
        for id in lists.iter().filter_map(|list| list.id) {
            self.need(id);
        }
        if let Some(id) = form.and_then(|form| form.id) {
            self.need(id);
        }
        if let Some(id) = reference(&document.catalog, b"Metadata") {
            self.need(id);
        }
        for id in evidence::references(view, &document.catalog)? {
            self.need(id);
        }
        // Fields and their kids name each other, and looks are named by what they show.
        let mut nodes = BTreeSet::new();
        let mut open: Vec<Id> = Vec::new();
        let items = form
            .map(|form| form.fields.items.as_slice())
            .unwrap_or_default();
        open.extend(items.iter().filter_map(Object::as_reference));
        while let Some(id) = open.pop() {
            if !nodes.insert(id) {
                continue;
            }
            let Some(node) = dictionary(view, id, self.field(id, document))? else {
                continue;
            };
            if let Some(above) = reference(&node, b"Parent") {
                self.need(above);
            }
            if let Some(Object::Dictionary(looks)) = node.find(b"AP") {
                Object::Dictionary(looks.clone()).references(&mut |look| self.need(look));
            }
            if let Object::Array(kids) = view.value(&node, b"Kids")? {
                for kid in kids.iter().filter_map(Object::as_reference) {
                    self.need(kid);
                    open.push(kid);
                }
            }
        }
        self.structure(view, &document.catalog)
    }

    /// The structure of a tagged document names widgets (`/OBJR`, 14.7.4.3).
    fn structure(&mut self, view: View<'_>, catalog: &Dictionary) -> Result<(), Reason> {
        let Object::Dictionary(root) = view.value(catalog, b"StructTreeRoot")? else {
            return Ok(());
        };
        let mut seen = BTreeSet::new();
        let mut open: Vec<Object> = root.find(b"K").cloned().into_iter().collect();
        while let Some(node) = open.pop() {
            if let Object::Reference(id) = node
                && !seen.insert(id)
            {
                continue;
            }
            match view.resolve(&node)? {
                Object::Array(kids) => open.extend(kids),
                Object::Dictionary(node) if node.is(b"Type", b"OBJR") => {
                    if let Some(id) = reference(&node, b"Obj") {
                        self.need(id);
                    }
                }
                Object::Dictionary(node) => open.extend(node.find(b"K").cloned()),
                _ => {}
            }
        }
        Ok(())
    }

    /// What contents, resources, destinations and actions lead to.
    fn walk(&mut self, document: &Document<'_>) -> Result<(), Reason> {
        let view = document.view;
        let pages: BTreeSet<Id> = document.pages.iter().map(|page| page.id).collect();
        let mut nodes: BTreeSet<Id> = pages.clone();
        let mut painted = Vec::new();
        let mut named = Vec::new();
        let see = |from: &Dictionary, skip: &[&[u8]], open: &mut Vec<Id>| {
            for entry in from.entries() {
                if !skip.contains(&entry.key.as_slice()) {
                    entry.value.references(&mut |id| open.push(id));
                }
            }
        };
        for page in document.pages.iter() {
            see(
                &page.dictionary,
                &[b"Annots", b"Parent", b"B", b"AA"],
                &mut painted,
            );
        }
        let mut above = vec![document.catalog.find(b"Pages").cloned()];
        while let Some(node) = above.pop() {
            let Some(id) = node.as_ref().and_then(Object::as_reference) else {
                continue;
            };
            if !nodes.insert(id) {
                continue;
            }
            let node = view.dictionary(id)?.unwrap_or_default();
            see(&node, &[b"Kids", b"Parent"], &mut painted);
            if let Object::Array(kids) = view.value(&node, b"Kids")? {
                above.extend(kids.into_iter().map(Some));
            }
        }
        if let Some(form) = &document.form {
            see(&form.dictionary, &[b"Fields"], &mut painted);
        }
        see(&document.catalog, &JUDGED, &mut named);
        // Looks of what stood there are shown too; a field names its page and its kin besides.
        for (id, part) in &self.parts {
            if matches!(part, Part::Field(_) | Part::Annotation)
                && let Some(dictionary) = dictionary(view, *id, self.field(*id, document))?
            {
                let own: &[&[u8]] = &[
                    b"AP", b"V", b"P", b"Parent", b"Kids", b"Popup", b"IRT", b"A", b"AA", b"Dest",
                ];
                see(&dictionary, own, &mut painted);
                for key in [b"A".as_slice(), b"AA", b"Dest"] {
                    if let Some(value) = dictionary.find(key) {
                        value.references(&mut |id| named.push(id));
                    }
                }
            }
        }
        for (id, part) in &self.parts {
            if matches!(part, Part::Look(_))
                && let Some(dictionary) = view.dictionary(*id)?
            {
                see(&dictionary, &[], &mut painted);
            }
        }
        // Contents and resources do not lead back to pages; destinations name them, no more.
        self.reach(view, painted, &BTreeSet::new())?;
        let mut kept = nodes;
        kept.extend(self.parts.iter().filter_map(|(id, part)| {
            matches!(part, Part::Page | Part::Annotation | Part::Field(_)).then_some(*id)
        }));
        kept.retain(|id| !self.shown.contains(&id.number));
        self.reach(view, named, &kept)
    }

    /// Follows references; what is in `kept` may be named, and is not followed.
    fn reach(
        &mut self,
        view: View<'_>,
        mut open: Vec<Id>,
        kept: &BTreeSet<Id>,
    ) -> Result<(), Reason> {
        while let Some(id) = open.pop() {
            if kept.contains(&id) || !self.shown.insert(id.number) {
                continue;
            }
            view.indirect(id)?
                .object
                .references(&mut |id| open.push(id));
        }
        Ok(())
    }
}

/// The dictionary with this number; that of a field was read already.
fn dictionary<'d>(
    view: View<'_>,
    id: Id,
    field: Option<&'d Field>,
) -> Result<Option<Cow<'d, Dictionary>>, Reason> {
    match field {
        Some(field) if field.id == id => Ok(Some(Cow::Borrowed(&field.dictionary))),
        _ => Ok(view.dictionary(id)?.map(Cow::Owned)),
    }
}

fn reference(dictionary: &Dictionary, key: &[u8]) -> Option<Id> {
    dictionary.find(key).and_then(Object::as_reference)
}
