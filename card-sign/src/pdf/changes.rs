//! Changes of a later revision, and whether they were permitted (rules P10 and P11).
//!
//! Object by object, because a signature protects what a reader shows and not only bytes: every
//! object that is another one than before has to be one of the few that may change, in the few ways
//! in which it may. An object that has two parts to play must not change at all, else the harmless
//! part would be a way to change the other (shadow attacks).
//!
//! What a signature field may bring or change is in `field_changes.rs`, the parts are in `parts.rs`.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::cover::Painted;
use super::document::{Document, Field};
use super::evidence;
use super::object::{Dictionary, Id, Indirect, Object};
use super::parts::{KnownParts, Part, Parts};
use super::rules::{self, reason};
use super::survey::Survey;
use super::terms::{Lock, Terms};
use crate::report::{Reason, Rule};

/// A change between two revisions that follow each other.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// Dates, metadata, evidence for the far future: nothing that is shown.
    Harmless,
    /// A signature, or an empty field for one that shows nothing.
    Signature { field: String },
    /// A document time stamp in an invisible field of its own.
    TimeStamp,
    /// A picture that came with a signature field: no change by itself, and always named.
    Picture { field: String, page: usize },
    /// A value was filled in.
    Value { field: String },
    /// An annotation came, went or changed.
    Annotation,
    /// Something that may not change.
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
            // Evidence and time stamps are no changes at any level (ISO 32000-2, 12.8.2.2.2).
            (Change::Harmless | Change::TimeStamp | Change::Picture { .. }, _) => None,
            (_, Some(1)) => Some((rules::PERMISSIONS, reason::FORBIDDEN)),
            (Change::Signature { field }, _) => locked(field),
            (Change::Value { field }, _) if terms.opened => locked(field),
            (Change::Value { .. }, _) => Some((rules::CHANGES, reason::CHANGED_FIELD)),
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

/// All changes from one revision to the next. `filled` are the fields that hold a signature in the
/// whole file: a later signature may fill a field that is added empty.
pub(super) fn between<'f>(
    before: &Document<'f>,
    after: &Document<'f>,
    survey: &Survey,
    filled: &BTreeSet<&str>,
    (painted, known): (&mut Painted, &mut KnownParts<'f>),
) -> Result<Vec<Change>, Reason> {
    let changed = after.view.changed_since(before.view)?;
    let same = before.is_same(after);
    if changed.is_empty() && same && before.view.same_trailer(after.view) {
        return Ok(Vec::new());
    }
    // Comparing looks at every field, page and annotation once more, unless they are the same ones.
    let weight = match same {
        true => changed.len(),
        false => before.weight() + after.weight() + survey.size(),
    };
    before.view.charge(weight.saturating_mul(4))?;
    let parts = known.of(before, survey)?;
    let mut comparison = Comparison {
        before,
        after,
        survey,
        filled,
        parts,
        changes: Vec::new(),
        new_fields: BTreeMap::new(),
        placed: BTreeMap::new(),
        names: OnceCell::new(),
        fields: OnceCell::new(),
        boxes: 0,
    };
    comparison.trailer()?;
    comparison.catalog()?;
    if !same {
        comparison.form()?;
        comparison.pages()?;
    }
    comparison.boxes(painted)?;
    comparison.objects()?;
    Ok(comparison.changes)
}

pub(super) struct Comparison<'c, 'f> {
    pub(super) before: &'c Document<'f>,
    pub(super) after: &'c Document<'f>,
    /// Of the revision before.
    pub(super) survey: &'c Survey,
    pub(super) filled: &'c BTreeSet<&'c str>,
    pub(super) parts: &'c Parts,
    pub(super) changes: Vec<Change>,
    /// Signature fields that were added, with their boxes if they are seen.
    pub(super) new_fields: BTreeMap<Id, Option<[f64; 4]>>,
    /// The pages to which new fields were added.
    pub(super) placed: BTreeMap<Id, Vec<usize>>,
    /// The names of the fields before, and the fields after.
    names: OnceCell<BTreeSet<&'c str>>,
    fields: OnceCell<BTreeMap<Id, &'c Field>>,
    /// Boxes that were looked at.
    pub(super) boxes: usize,
}

const INFO_KEYS: [&[u8]; 2] = [b"ModDate", b"Producer"];

impl<'c> Comparison<'c, '_> {
    /// Whether a field had this name before.
    pub(super) fn is_named(&self, name: &str) -> bool {
        let names = || {
            let fields = self.before.fields.iter();
            fields.map(|field| field.name.as_str()).collect()
        };
        self.names.get_or_init(names).contains(name)
    }

    /// The field with this number after.
    pub(super) fn field_after(&self, id: Id) -> Option<&'c Field> {
        let fields = || {
            let fields = self.after.fields.iter();
            fields.map(|field| (field.id, &**field)).collect()
        };
        self.fields.get_or_init(fields).get(&id).copied()
    }

    /// The field that an object was part of before.
    fn field_before(&self, number: usize) -> Option<&'c Field> {
        self.before.fields.get(number).map(|field| &**field)
    }

    pub(super) fn forbid(&mut self, why: Reason) {
        self.changes.push(Change::Forbidden(why));
    }

    /// Whether an object has one part to play: no reference leads to it but those of this part.
    fn has_one_part(&self, id: Id) -> bool {
        self.parts.has_one_part(id, self.survey)
    }

    pub(super) fn is_new(&self, id: Id) -> bool {
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
        let ids = [self.before, self.after].map(|document| {
            let trailer = document.view.trailer();
            trailer.find(b"Info").and_then(Object::as_reference)
        });
        // Another number, and nothing that is known by it already.
        if let [old, Some(new)] = ids
            && old != Some(new)
            && !self.is_new(new)
        {
            self.forbid(reason::CHANGED_INFO);
        }
        if before != after {
            let [before, after] = [before, after].map(|info| info.without(&INFO_KEYS));
            // Other programs write the same text in another encoding.
            let same = before.entries().len() == after.entries().len()
                && before.entries().iter().all(|entry| {
                    let (old, new) = (Some(&entry.value), after.find(&entry.key));
                    let text = old.and_then(Object::as_text);
                    old == new || text.is_some() && text == new.and_then(Object::as_text)
                });
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
                b"Extensions" | b"DSS" => {
                    let views = [self.before, self.after];
                    let mut plain = true;
                    for document in views {
                        plain &= match key {
                            b"DSS" => evidence::is_plain(document.view, &document.catalog)?,
                            _ => evidence::are_extensions(document.view, &document.catalog)?,
                        };
                    }
                    self.changes.push(match plain {
                        true => Change::Harmless,
                        false => Change::Forbidden(reason::CHANGED_CATALOG),
                    });
                }
                b"Metadata" => self.metadata()?,
                // The version of the language: nothing that is shown.
                b"Version" if is_version(after.find(key)) => self.changes.push(Change::Harmless),
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
        // Defaults decide how fields without a look are shown: they come only where none is.
        if self.all_have_looks()? {
            let absent = |key: &&[u8]| old.find(key).is_none();
            free.extend([&b"DR"[..], b"DA"].into_iter().filter(absent));
        }
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

    fn pages(&mut self) -> Result<(), Reason> {
        let ids = |document: &Document<'_>| -> Vec<Id> {
            document.pages.iter().map(|page| page.id).collect()
        };
        if ids(self.before) != ids(self.after) {
            self.forbid(reason::CHANGED_PAGE);
            return Ok(());
        }
        let pages = self.before.pages.iter().zip(self.after.pages.iter());
        for (number, (before, after)) in pages.enumerate() {
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
                    Object::Reference(id) if self.new_fields.contains_key(id) => {
                        self.placed.entry(*id).or_default().push(number);
                    }
                    _ => self.changes.push(Change::Annotation),
                }
            }
        }
        Ok(())
    }

    /// Every object that is not where it was.
    fn objects(&mut self) -> Result<(), Reason> {
        let (before, after) = (self.before.view, self.after.view);
        let mut referred = BTreeSet::new();
        for entry in before.trailer().entries() {
            entry.value.references(&mut |id| {
                referred.insert(id.number);
            });
        }
        let changed = after.changed_since(before)?;
        let was = |number: &&u32| before.is_in_use(**number);
        let is = |number: &&u32| after.is_in_use(**number);
        for number in changed.iter().filter(is).filter(|number| !was(number)) {
            // What was missing was shown as nothing, and now is shown.
            let id = after.id(*number);
            if self.survey.count(*number) > 0
                || referred.contains(number)
                || self.parts.is_shown(id)
            {
                self.forbid(reason::CHANGED_OBJECT);
            }
        }
        for number in changed.iter().filter(was).copied() {
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
            self.object(id, &old, &new);
        }
        Ok(())
    }

    fn object(&mut self, id: Id, old: &Indirect, new: &Indirect) {
        let streams = old.stream.is_some() || new.stream.is_some();
        let sole = self.has_one_part(id);
        match self.parts.part(id) {
            // Compared above by what is in it, if it is the same one still.
            Some(Part::Info) if !streams && sole => {
                let trailer = self.after.view.trailer();
                if trailer.find(b"Info") != Some(&Object::Reference(id)) {
                    self.forbid(reason::CHANGED_INFO);
                }
            }
            Some(Part::Catalog) if !streams && sole => {}
            // A list of fields that is a page's list of annotations too has two parts.
            Some(Part::List) if !streams && sole && self.survey.count(id.number) == 1 => {}
            // Outlines and structure name pages, which harms nothing.
            Some(Part::Page) if !streams && !self.parts.is_shown(id) => {}
            Some(Part::Evidence) if !streams && sole => self.evidence(),
            Some(Part::Metadata) => {
                let right = is_metadata(old) && is_metadata(new) && sole;
                self.changes.push(match right {
                    true => Change::Harmless,
                    false => Change::Forbidden(reason::CHANGED_OBJECT),
                });
            }
            Some(Part::Signature) => self.forbid(reason::CHANGED_SIGNATURE),
            Some(Part::Field(number)) if !streams && sole => match self.field_before(number) {
                Some(field) => self.field(field, old, new),
                None => self.forbid(reason::CHANGED_OBJECT),
            },
            Some(Part::Look(number)) if sole && self.survey.count(id.number) == 1 => {
                match self.field_before(number) {
                    Some(field) => self.look(field),
                    None => self.forbid(reason::CHANGED_OBJECT),
                }
            }
            Some(Part::Annotation) => self.changes.push(Change::Annotation),
            _ => self.forbid(reason::CHANGED_OBJECT),
        }
    }

    /// The store of evidence was extended in place; it must have been and be nothing else.
    fn evidence(&mut self) {
        let plain = [self.before, self.after]
            .iter()
            .all(|document| evidence::is_plain(document.view, &document.catalog) == Ok(true));
        self.changes.push(match plain {
            true => Change::Harmless,
            false => Change::Forbidden(reason::CHANGED_OBJECT),
        });
    }
}

fn is_version(value: Option<&Object>) -> bool {
    matches!(value, Some(Object::Name(name)) if name.len() == 3 && (name.starts_with(b"1.") || name == b"2.0"))
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
