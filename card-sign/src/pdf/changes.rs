//! What a later revision changed, and whether that was permitted (rules P10 and P11).
//!
//! Object by object, because a signature protects what a reader shows and not only bytes: every
//! object that is another one than before has to be one of the few that may change, in the few ways
//! in which it may. An object that has two parts to play must not change at all, else the harmless
//! part would be a way to change the other (shadow attacks).
//!
//! All that may change is in this one file, to be read and doubted together.

use std::collections::{BTreeMap, BTreeSet};

use super::cover;
use super::document::{self, Document, Field, Page};
use super::object::{Dictionary, Id, Indirect, Object};
use super::rules::{self, reason};
use super::survey::Survey;
use super::terms::{Lock, Terms};
use crate::report::{Reason, Rule};

/// A change between two revisions that follow each other.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// Dates, metadata, evidence for the far future: nothing that is shown.
    Harmless,
    /// A signature, or an empty field for one.
    Signature { field: String },
    /// A value was filled in.
    Value { field: String },
    /// An annotation came, went or changed.
    Annotation,
    /// Something that nobody may change.
    Forbidden(Reason),
}

impl Change {
    /// Which rule the change breaks under these terms, and why.
    pub(super) fn judge(&self, terms: &Terms) -> Option<(Rule, Reason)> {
        let locked = |field: &str| {
            let locked = terms.locks.iter().any(|lock: &Lock| lock.holds(field));
            locked.then_some((rules::PERMISSIONS, reason::LOCKED))
        };
        match (self, terms.certified) {
            (_, Some(1)) => Some((rules::PERMISSIONS, reason::FORBIDDEN)),
            (Change::Harmless, _) => None,
            (Change::Signature { field }, _) => locked(field),
            (Change::Value { field }, Some(_)) => locked(field),
            (Change::Value { .. }, None) => Some((rules::CHANGES, reason::CHANGED_FIELD)),
            (Change::Annotation, Some(2)) => Some((rules::PERMISSIONS, reason::FORBIDDEN)),
            // Level 3 permits them, and they can cover whatever was certified.
            (Change::Annotation, _) => Some((rules::CHANGES, reason::CHANGED_ANNOTATION)),
            (Change::Forbidden(reason::CERTIFICATION_LATE), _) => {
                Some((rules::PERMISSIONS, reason::CERTIFICATION_LATE))
            }
            (Change::Forbidden(why), _) => Some((rules::CHANGES, *why)),
        }
    }
}

/// All changes from one revision to the next.
pub(super) fn between(
    before: &Document<'_>,
    after: &Document<'_>,
    survey: &Survey,
) -> Result<Vec<Change>, Reason> {
    let mut comparison = Comparison {
        before,
        after,
        survey,
        changes: Vec::new(),
        new_fields: BTreeMap::new(),
        names: before
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect(),
        fields: after.fields.iter().map(|field| (field.id, field)).collect(),
        boxes: 0,
    };
    comparison.trailer()?;
    comparison.catalog()?;
    comparison.form()?;
    comparison.pages()?;
    comparison.objects()?;
    Ok(comparison.changes)
}

struct Comparison<'c, 'f> {
    before: &'c Document<'f>,
    after: &'c Document<'f>,
    /// Of the revision before.
    survey: &'c Survey,
    changes: Vec<Change>,
    /// Signature fields that were added, with their boxes if they are seen.
    new_fields: BTreeMap<Id, Option<[f64; 4]>>,
    /// The names of the fields before, and the fields after.
    names: BTreeSet<&'c str>,
    fields: BTreeMap<Id, &'c Field>,
    /// Boxes that were looked at.
    boxes: usize,
}

/// What a signature field may hold that is added after a signature. No actions, no kids.
const FIELD_KEYS: [&[u8]; 23] = [
    b"Type", b"Subtype", b"FT", b"T", b"TU", b"TM", b"V", b"P", b"F", b"Ff", b"Rect", b"AP", b"AS",
    b"Lock", b"SV", b"DA", b"DR", b"MK", b"M", b"NM", b"BS", b"Border", b"H",
];
/// What changes when a field is filled in.
const VALUE_KEYS: [&[u8]; 6] = [b"V", b"AP", b"AS", b"I", b"RV", b"M"];
const MAX_BOXES: usize = 16;
const INFO_KEYS: [&[u8]; 2] = [b"ModDate", b"Producer"];

impl Comparison<'_, '_> {
    fn forbid(&mut self, why: Reason) {
        self.changes.push(Change::Forbidden(why));
    }

    /// Whether exactly one reference leads to an object, and so it has one part to play.
    fn has_one_part(&self, id: Id) -> bool {
        self.survey.count(id.number) == 1
    }

    fn is_new(&self, id: Id) -> bool {
        self.before.view.location(id.number).is_none() && self.survey.count(id.number) == 0
    }

    fn trailer(&mut self) -> Result<(), Reason> {
        if self.before.catalog_id != self.after.catalog_id {
            self.forbid(reason::CHANGED_CATALOG);
        }
        let [before, after] = [self.before, self.after].map(|document| {
            match document.view.value(&document.view.trailer(), b"Info")? {
                Object::Dictionary(info) => Ok(info),
                Object::Null => Ok(Dictionary::default()),
                _ => Err(reason::SYNTAX),
            }
        });
        let (before, after) = (before?, after?);
        if before != after {
            let same = before.without(&INFO_KEYS) == after.without(&INFO_KEYS);
            self.changes.push(match same {
                true => Change::Harmless,
                false => Change::Forbidden(reason::CHANGED_INFO),
            });
        }
        Ok(())
    }

    fn catalog(&mut self) -> Result<(), Reason> {
        let (before, after) = (&self.before.catalog, &self.after.catalog);
        let keys = before.entries().iter().chain(after.entries());
        let keys: BTreeSet<&[u8]> = keys.map(|entry| entry.key.as_slice()).collect();
        for key in keys {
            if before.find(key) == after.find(key) {
                continue;
            }
            match key {
                // The form is compared below, whether it stands here or elsewhere.
                b"AcroForm" => {}
                b"Extensions" | b"DSS" => self.changes.push(Change::Harmless),
                b"Metadata" => self.metadata()?,
                b"Perms" if before.find(key).is_none() => self.forbid(reason::CERTIFICATION_LATE),
                _ => self.forbid(reason::CHANGED_CATALOG),
            }
        }
        Ok(())
    }

    /// The new metadata has to be metadata: its number could be that of a page's content.
    fn metadata(&mut self) -> Result<(), Reason> {
        let view = self.after.view;
        let right = match self.after.catalog.find(b"Metadata") {
            Some(Object::Reference(id)) => {
                let known = self.before.catalog.find(b"Metadata") == Some(&Object::Reference(*id));
                let sole = if known {
                    self.has_one_part(*id)
                } else {
                    self.is_new(*id)
                };
                sole && is_metadata(&view.indirect(*id)?)
            }
            _ => false,
        };
        self.changes.push(match right {
            true => Change::Harmless,
            false => Change::Forbidden(reason::CHANGED_CATALOG),
        });
        Ok(())
    }

    fn form(&mut self) -> Result<(), Reason> {
        let Some(after) = &self.after.form else {
            if self.before.form.is_some() {
                self.forbid(reason::CHANGED_FORM);
            }
            return Ok(());
        };
        let (old, items) = match &self.before.form {
            Some(form) => (form.dictionary.clone(), form.fields.items.as_slice()),
            None => (Dictionary::default(), &[][..]),
        };
        let new = &after.dictionary;
        let mut free: Vec<&[u8]> = vec![b"Fields", b"SigFlags"];
        // Defaults for fields that have none; for those that have they must stay.
        free.extend(
            [&b"DR"[..], b"DA"]
                .into_iter()
                .filter(|key| old.find(key).is_none()),
        );
        let flags = [&old, new].map(|form| form.integer(b"SigFlags").unwrap_or(0));
        if old.without(&free) != new.without(&free) || flags[0] & !flags[1] != 0 {
            self.forbid(reason::CHANGED_FORM);
        }
        for added in added(items, &after.fields.items).unwrap_or_else(|| {
            self.changes.push(Change::Forbidden(reason::CHANGED_FORM));
            Vec::new()
        }) {
            match added {
                Object::Reference(id) if self.is_new(*id) => self.new_field(*id)?,
                _ => self.forbid(reason::CHANGED_FORM),
            }
        }
        Ok(())
    }

    fn new_field(&mut self, id: Id) -> Result<(), Reason> {
        let view = self.after.view;
        let field = self.fields.get(&id).copied();
        let known = |field: &&Field| {
            let keys = field.dictionary.entries().iter();
            field.kind.as_deref() == Some(b"Sig")
                && field.dictionary.is(b"Subtype", b"Widget")
                && keys
                    .map(|entry| entry.key.as_slice())
                    .all(|key| FIELD_KEYS.contains(&key))
        };
        let is_stream = view.indirect(id)?.stream.is_some();
        let Some(field) = field.filter(known).filter(|_| !is_stream) else {
            self.forbid(reason::CHANGED_FORM);
            return Ok(());
        };
        let taken = self.names.contains(field.name.as_str());
        if taken || !self.value_is_new(field) {
            self.forbid(reason::CHANGED_SIGNATURE);
            return Ok(());
        }
        self.changes.push(Change::Signature {
            field: field.name.clone(),
        });
        let Some(area) = document::area(view, &field.dictionary, b"Rect")? else {
            self.forbid(reason::CHANGED_FORM);
            return Ok(());
        };
        // Hidden ones are shown nowhere; all others may be, if only in print.
        let hidden = field.dictionary.integer(b"F").unwrap_or(0) & 2 != 0;
        let [left, bottom, right, top] = area;
        let seen = right - left > 0.0 && top - bottom > 0.0 && !hidden;
        let area = seen.then_some(area);
        self.new_fields.insert(id, area);
        Ok(())
    }

    /// Whether a signature is one that came with this revision.
    fn value_is_new(&self, field: &Field) -> bool {
        match field.value {
            None => true,
            Some(Object::Reference(id)) => self.is_new(id),
            Some(_) => false,
        }
    }

    fn pages(&mut self) -> Result<(), Reason> {
        let ids = |document: &Document<'_>| -> Vec<Id> {
            document.pages.iter().map(|page| page.id).collect()
        };
        if ids(self.before) != ids(self.after) {
            self.forbid(reason::CHANGED_PAGE);
            return Ok(());
        }
        for (before, after) in self.before.pages.iter().zip(&self.after.pages) {
            if before.dictionary.without(&[b"Annots"]) != after.dictionary.without(&[b"Annots"]) {
                self.forbid(reason::CHANGED_PAGE);
            }
            if before.annotations.items == after.annotations.items {
                continue;
            }
            let Some(added) = added(&before.annotations.items, &after.annotations.items) else {
                self.changes.push(Change::Annotation);
                continue;
            };
            for annotation in added {
                match annotation {
                    Object::Reference(id) => self.new_widget(before, *id)?,
                    _ => self.changes.push(Change::Annotation),
                }
            }
        }
        Ok(())
    }

    fn new_widget(&mut self, page: &Page, id: Id) -> Result<(), Reason> {
        match self.new_fields.get(&id) {
            None => self.changes.push(Change::Annotation),
            Some(None) => {}
            Some(Some(area)) => {
                // Looking takes time, and nobody signs in so many places at once.
                self.boxes += 1;
                if self.boxes > MAX_BOXES || !cover::is_free(self.before.view, page, *area)? {
                    self.forbid(reason::COVERED);
                }
            }
        }
        Ok(())
    }

    /// Every object that is not where it was.
    fn objects(&mut self) -> Result<(), Reason> {
        let (before, after) = (self.before.view, self.after.view);
        let parts = Parts::of(self.before)?;
        let mut referred = BTreeSet::new();
        for entry in before.trailer().entries() {
            entry.value.references(&mut |id| {
                referred.insert(id.number);
            });
        }
        let numbers = before.numbers();
        for number in after.numbers().difference(&numbers) {
            // What was missing was shown as nothing, and now is shown.
            if self.survey.count(*number) > 0 || referred.contains(number) {
                self.forbid(reason::CHANGED_OBJECT);
            }
        }
        for number in numbers {
            if before.location(number) == after.location(number) {
                continue;
            }
            let id = before.id(number);
            let (old, new) = (before.indirect(id)?, after.indirect(id)?);
            let same = old.object == new.object && before.raw(&old) == after.raw(&new);
            let container =
                self.survey.containers.contains(&number) && self.survey.count(number) == 0;
            if same || container {
                continue;
            }
            self.object(id, &old, &new, &parts)?;
        }
        Ok(())
    }

    fn object(
        &mut self,
        id: Id,
        old: &Indirect,
        new: &Indirect,
        parts: &Parts<'_>,
    ) -> Result<(), Reason> {
        let streams = old.stream.is_some() || new.stream.is_some();
        match parts.0.get(&id) {
            Some(Part::Catalog | Part::Info) if !streams => {}
            // Compared above by what is in it.
            Some(Part::Page) if !streams => {}
            Some(Part::List) if !streams && self.has_one_part(id) => {}
            Some(Part::Evidence) if !streams && self.has_one_part(id) => {
                self.changes.push(Change::Harmless);
            }
            Some(Part::Metadata) => {
                let right = is_metadata(old) && is_metadata(new) && self.has_one_part(id);
                self.changes.push(match right {
                    true => Change::Harmless,
                    false => Change::Forbidden(reason::CHANGED_OBJECT),
                });
            }
            Some(Part::Signature) => self.forbid(reason::CHANGED_SIGNATURE),
            Some(Part::Field(field)) if !streams => self.field(field, old, new),
            Some(Part::Look(name)) if self.has_one_part(id) => {
                self.changes.push(Change::Value {
                    field: (*name).to_owned(),
                });
            }
            Some(Part::Annotation) => self.changes.push(Change::Annotation),
            _ => self.forbid(reason::CHANGED_OBJECT),
        }
        Ok(())
    }

    fn field(&mut self, field: &Field, old: &Indirect, new: &Indirect) {
        let (Some(old), Some(new)) = (old.object.as_dictionary(), new.object.as_dictionary())
        else {
            return self.forbid(reason::CHANGED_FIELD);
        };
        if old.without(&VALUE_KEYS) != new.without(&VALUE_KEYS) {
            return self.forbid(reason::CHANGED_FIELD);
        }
        let name = field.name.clone();
        if field.kind.as_deref() != Some(b"Sig") {
            return self.changes.push(Change::Value { field: name });
        }
        let now = self.fields.get(&field.id);
        let filled = now.is_some_and(|now| now.value.is_some() && self.value_is_new(now));
        if field.value.is_none() && filled {
            self.changes.push(Change::Signature { field: name });
        } else {
            self.forbid(reason::CHANGED_SIGNATURE);
        }
    }
}

fn is_metadata(indirect: &Indirect) -> bool {
    let typed = indirect
        .object
        .as_dictionary()
        .is_some_and(|d| d.is(b"Type", b"Metadata"));
    typed && indirect.stream.is_some()
}

/// What was added to a list; `None` if something was taken out, or the order changed.
fn added<'o>(before: &[Object], after: &'o [Object]) -> Option<Vec<&'o Object>> {
    let mut old = before.iter().peekable();
    let mut added = Vec::new();
    for item in after {
        if old.peek() == Some(&item) {
            old.next();
        } else {
            added.push(item);
        }
    }
    old.next().is_none().then_some(added)
}

/// The part that an object plays in a document.
enum Part<'d> {
    Catalog,
    Info,
    Page,
    /// The form, its list of fields, a page's list of annotations.
    List,
    Metadata,
    /// Certificates and revocation data for later (`/DSS`).
    Evidence,
    Signature,
    Field(&'d Field),
    /// How a field of this name looks.
    Look(&'d str),
    Annotation,
}

struct Parts<'d>(BTreeMap<Id, Part<'d>>);

impl<'d> Parts<'d> {
    /// The parts of the objects of a document; where one has several, the strictest.
    fn of(document: &'d Document<'_>) -> Result<Parts<'d>, Reason> {
        let view = document.view;
        let mut parts = BTreeMap::new();
        let reference = |dictionary: &Dictionary, key: &[u8]| match dictionary.find(key) {
            Some(Object::Reference(id)) => Some(*id),
            _ => None,
        };
        if let Some(id) = reference(&view.trailer(), b"Info") {
            parts.insert(id, Part::Info);
        }
        if let Some(id) = reference(&document.catalog, b"Metadata") {
            parts.insert(id, Part::Metadata);
        }
        let mut open: Vec<Id> = reference(&document.catalog, b"DSS").into_iter().collect();
        if let Some(Object::Dictionary(inline)) = document.catalog.find(b"DSS") {
            Object::Dictionary(inline.clone()).references(&mut |id| open.push(id));
        }
        while let Some(id) = open.pop() {
            if parts.insert(id, Part::Evidence).is_none() {
                view.indirect(id)?
                    .object
                    .references(&mut |id| open.push(id));
            }
        }
        for page in &document.pages {
            for item in &page.annotations.items {
                item.references(&mut |id| {
                    parts.insert(id, Part::Annotation);
                });
            }
        }
        for field in &document.fields {
            for id in field.widgets.iter().copied().chain([field.id]) {
                let Some(dictionary) = view.dictionary(id)? else {
                    continue;
                };
                if let Some(Object::Dictionary(looks)) = dictionary.find(b"AP") {
                    Object::Dictionary(looks.clone()).references(&mut |look| {
                        parts.insert(look, Part::Look(&field.name));
                    });
                }
            }
        }
        for field in &document.fields {
            for id in field.widgets.iter().copied().chain([field.id]) {
                parts.insert(id, Part::Field(field));
            }
        }
        for page in &document.pages {
            page.annotations.id.map(|id| parts.insert(id, Part::List));
        }
        if let Some(form) = &document.form {
            form.id.into_iter().chain(form.fields.id).for_each(|id| {
                parts.insert(id, Part::List);
            });
        }
        for page in &document.pages {
            parts.insert(page.id, Part::Page);
        }
        for id in document.signatures().iter().filter_map(|signed| signed.id) {
            parts.insert(id, Part::Signature);
        }
        parts.insert(document.catalog_id, Part::Catalog);
        Ok(Parts(parts))
    }
}
