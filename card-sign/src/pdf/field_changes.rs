//! Signature fields after a signature: what one may bring, fill and show (rule P10).
//!
//! An empty field shows nothing. A field that holds a later signature may show a picture only where
//! nothing lies under it, or where the field stood already when it was signed.

use super::changes::{Change, Comparison};
use super::cover::Painted;
use super::document::{self, Field};
use super::object::{Dictionary, Id, Indirect, Object};
use super::rules::reason;
use super::view::View;
use crate::report::Reason;

/// What a signature field may hold that is added after a signature. No actions, no kids.
const FIELD_KEYS: [&[u8]; 23] = [
    b"Type", b"Subtype", b"FT", b"T", b"TU", b"TM", b"V", b"P", b"F", b"Ff", b"Rect", b"AP", b"AS",
    b"Lock", b"SV", b"DA", b"DR", b"MK", b"M", b"NM", b"BS", b"Border", b"H",
];
/// Of these, what shows something.
const SHOWN_KEYS: [&[u8]; 7] = [b"AP", b"AS", b"MK", b"BS", b"Border", b"DA", b"DR"];
/// What changes when a field is filled in.
const VALUE_KEYS: [&[u8]; 6] = [b"V", b"AP", b"AS", b"I", b"RV", b"M"];
/// Limit of new boxes in one revision.
const MAX_BOXES: usize = 16;

/// Annotation flags (table 165).
const HIDDEN: i64 = 1 << 1;
const NO_ZOOM: i64 = 1 << 3;
const NO_ROTATE: i64 = 1 << 4;

/// Whether an annotation says itself how it looks.
fn has_look(view: View<'_>, annotation: &Dictionary) -> Result<bool, Reason> {
    Ok(match view.value(annotation, b"AP")? {
        Object::Dictionary(looks) => view.value(&looks, b"N")? != Object::Null,
        _ => false,
    })
}

impl Comparison<'_, '_> {
    /// Whether everything that takes fonts from the form has its own look, and keeps it: fields that
    /// are no signatures, and text on pages (FreeText).
    pub(super) fn all_have_looks(&self) -> Result<bool, Reason> {
        let view = self.before.view;
        let form = self.before.form.as_ref();
        if form.is_some_and(|form| form.dictionary.find(b"NeedAppearances").is_some()) {
            return Ok(false);
        }
        for field in self.before.fields.iter() {
            if field.kind.as_deref() == Some(b"Sig") {
                continue;
            }
            for id in &field.widgets {
                if !has_look(view, &view.dictionary(*id)?.unwrap_or_default())? {
                    return Ok(false);
                }
            }
        }
        for item in self
            .before
            .pages
            .iter()
            .flat_map(|page| &page.annotations.items)
        {
            let Object::Dictionary(annotation) = view.resolve(item)? else {
                continue;
            };
            if annotation.is(b"Subtype", b"FreeText") && !has_look(view, &annotation)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn new_field(&mut self, id: Id) -> Result<(), Reason> {
        let view = self.after.view;
        let field = self.field_after(id);
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
        let taken = self.is_named(&field.name);
        if taken || !self.value_is_new(field) {
            self.forbid(reason::CHANGED_SIGNATURE);
            return Ok(());
        }
        let Some(area) = document::area(view, &field.dictionary, b"Rect")? else {
            self.forbid(reason::CHANGED_FORM);
            return Ok(());
        };
        let flags = match view.value(&field.dictionary, b"F")? {
            Object::Null => 0,
            Object::Integer(flags) => flags,
            _ => return Err(reason::FORM),
        };
        // Hidden ones are shown nowhere; all others may be, if only in print.
        let [left, bottom, right, top] = area;
        let seen = (right > left || top > bottom) && flags & HIDDEN == 0;
        if field.value.is_none() {
            let keys = field.dictionary.entries().iter();
            let shows = keys.map(|entry| entry.key.as_slice());
            let shows = seen || shows.into_iter().any(|key| SHOWN_KEYS.contains(&key));
            if shows && !self.filled.contains(field.name.as_str()) {
                self.forbid(reason::EMPTY_SHOWN);
            }
        }
        // Of a fixed size or direction, it is shown elsewhere than in its box.
        if seen && flags & (NO_ZOOM | NO_ROTATE) != 0 {
            self.forbid(reason::COVERED);
        }
        let stamp = self.is_time_stamp(field)?;
        // Anybody can have or make one, so it is no signature of who answers for the picture.
        if seen && stamp {
            self.forbid(reason::EMPTY_SHOWN);
        }
        self.changes.push(match stamp {
            true => Change::TimeStamp,
            false => Change::Signature {
                field: field.name.clone(),
            },
        });
        self.new_fields.insert(id, seen.then_some(area));
        Ok(())
    }

    fn is_time_stamp(&self, field: &Field) -> Result<bool, Reason> {
        let Some(Object::Reference(id)) = field.value else {
            return Ok(false);
        };
        let value = self.after.view.dictionary(id)?.unwrap_or_default();
        Ok(value.is(b"SubFilter", b"ETSI.RFC3161"))
    }

    /// Whether a signature is one that came with this revision.
    fn value_is_new(&self, field: &Field) -> bool {
        match field.value {
            None => true,
            Some(Object::Reference(id)) => self.is_new(id),
            Some(_) => false,
        }
    }

    /// Every new box lies on one page, its own, and nothing is painted under it.
    pub(super) fn boxes(&mut self, painted: &mut Painted) -> Result<(), Reason> {
        let mut broken = Vec::new();
        let mut pictures = Vec::new();
        for (id, area) in &self.new_fields {
            let Some(area) = area else { continue };
            let Some(field) = self.field_after(*id) else {
                continue;
            };
            let own = field.dictionary.find(b"P").and_then(Object::as_reference);
            let pages = self.placed.get(id).map_or(&[][..], Vec::as_slice);
            let page = match pages {
                [number] => self.before.pages.get(*number).map(|page| (number, page)),
                _ => None,
            };
            let page = page.filter(|(_, page)| own.is_none_or(|own| own == page.id));
            let Some((number, page)) = page else {
                broken.push(reason::CHANGED_ANNOTATION);
                continue;
            };
            pictures.push(Change::Picture {
                field: field.name.clone(),
                page: number + 1,
            });
            self.boxes += 1;
            if self.boxes > MAX_BOXES || !painted.is_free(self.before.view, page, *area)? {
                broken.push(reason::COVERED);
            }
        }
        self.changes.extend(pictures);
        broken.into_iter().for_each(|why| self.forbid(why));
        Ok(())
    }

    /// A field that stood there: filled in, or changed in what must stay.
    pub(super) fn field(&mut self, field: &Field, old: &Indirect, new: &Indirect) {
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
        if !self.is_filled(field) {
            return self.forbid(reason::CHANGED_SIGNATURE);
        }
        let now = self.field_after(field.id);
        let stamp = now.is_some_and(|now| self.is_time_stamp(now) != Ok(false));
        for widget in &field.widgets {
            let shown = self.after.view.dictionary(*widget).ok().flatten();
            if let Some(page) = shown.and_then(|shown| self.page_of(*widget, &shown)) {
                if stamp {
                    self.forbid(reason::EMPTY_SHOWN);
                }
                self.changes.push(Change::Picture {
                    field: name.clone(),
                    page,
                });
            }
        }
        self.changes.push(Change::Signature { field: name });
    }

    /// Whether this revision filled a field that was empty.
    fn is_filled(&self, field: &Field) -> bool {
        let now = self.field_after(field.id);
        let filled = now.is_some_and(|now| now.value.is_some() && self.value_is_new(now));
        field.value.is_none() && filled
    }

    /// The look of a field changed in place. That of a signature does not, at any level.
    pub(super) fn look(&mut self, field: &Field) {
        match field.kind.as_deref() {
            Some(b"Sig") if self.is_filled(field) => {}
            Some(b"Sig") => self.forbid(reason::CHANGED_SIGNATURE),
            _ => self.changes.push(Change::Value {
                field: field.name.clone(),
            }),
        }
    }

    /// The number of the page that shows this widget, if it is seen there.
    fn page_of(&self, id: Id, widget: &Dictionary) -> Option<usize> {
        let area = document::area(self.after.view, widget, b"Rect").ok()??;
        let [left, bottom, right, top] = area;
        let hidden = widget.integer(b"F").unwrap_or(0) & HIDDEN != 0;
        if hidden || (right <= left && top <= bottom) {
            return None;
        }
        let shows = |items: &[Object]| items.contains(&Object::Reference(id));
        let page = self
            .before
            .pages
            .iter()
            .position(|page| shows(&page.annotations.items));
        page.map(|page| page + 1)
    }
}
