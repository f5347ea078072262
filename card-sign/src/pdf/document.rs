//! Document at one revision: catalog, form, fields, pages, signatures.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use card_core::domain::date::UtcTime;
use time::{Date, Month, PrimitiveDateTime, Time};

use super::object::{Dictionary, Id, Object};
use super::rules::reason;
use super::view::View;
use crate::report::Reason;

/// The parts of a document that signatures have to do with.
#[derive(Debug)]
pub(super) struct Document<'f> {
    pub(super) view: View<'f>,
    pub(super) catalog_id: Id,
    pub(super) catalog: Dictionary,
    pub(super) form: Option<Form>,
    /// Fields that hold a value, in the order of the form.
    pub(super) fields: Rc<Vec<Rc<Field>>>,
    pub(super) pages: Rc<Vec<Page>>,
    /// Numbers of the objects that were read for this, but for the entries.
    read_from: Rc<BTreeSet<u32>>,
    /// What each entry of the form's list holds.
    entries: Entries,
}

/// The interactive form (`/AcroForm`, 12.7.2).
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// Its number, unless it stands inside the catalog.
    pub(super) id: Option<Id>,
    pub(super) dictionary: Dictionary,
    pub(super) fields: List,
}

/// An array that may have a number of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    pub(super) id: Option<Id>,
    pub(super) items: Vec<Object>,
}

/// A field of the form that has no fields below it.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) id: Id,
    /// The whole name: those of the fields above it, joined by dots.
    pub(super) name: String,
    pub(super) kind: Option<Vec<u8>>,
    pub(super) value: Option<Object>,
    pub(super) dictionary: Dictionary,
    /// What shows it: itself, or its kids.
    pub(super) widgets: Vec<Id>,
}

type Entries = Rc<BTreeMap<Id, Rc<FormEntry>>>;

/// An entry of the form's list of fields: one field, or those below it.
#[derive(Debug)]
struct FormEntry {
    fields: Vec<Rc<Field>>,
    /// Itself, and what is below it.
    ids: BTreeSet<Id>,
    /// Numbers of the objects that were read for it.
    read_from: BTreeSet<u32>,
}

#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) id: Id,
    pub(super) dictionary: Dictionary,
    pub(super) annotations: List,
    /// Left, bottom, right, top.
    pub(super) area: Option<[f64; 4]>,
    /// Quarters of a turn, clockwise, by which it is shown (`/Rotate`).
    pub(super) quarters: u8,
}

/// A signature field with a signature in it.
#[derive(Clone, Debug)]
pub(super) struct Signed<'d> {
    pub(super) field: &'d Field,
    /// The signature dictionary, if it has a number.
    pub(super) id: Option<Id>,
}

/// Levels of fields and of pages; the standard's own examples have three.
pub(super) const MAX_LEVELS: usize = 64;

impl<'f> Document<'f> {
    pub(super) fn read(view: View<'f>) -> Result<Document<'f>, Reason> {
        Document::read_knowing(view, &|_| None)
    }

    /// Reads a document of which some entries of the form's list are known.
    fn read_knowing(view: View<'f>, known: Known<'_>) -> Result<Document<'f>, Reason> {
        let Some(Object::Reference(catalog_id)) = view.trailer().find(b"Root").cloned() else {
            return Err(reason::CATALOG);
        };
        let catalog = view.dictionary(catalog_id)?.ok_or(reason::CATALOG)?;
        if !catalog.is(b"Type", b"Catalog") {
            return Err(reason::CATALOG);
        }
        let form = Form::read(view, &catalog)?;
        let mut document = Document {
            view,
            catalog_id,
            catalog,
            form,
            fields: Rc::default(),
            pages: Rc::default(),
            read_from: Rc::default(),
            entries: Rc::default(),
        };
        document.read_fields(known)?;
        document.read_pages()?;
        Ok(document)
    }

    /// The document of a later revision: the same one, where nothing that it was read from has
    /// changed; else what did not change of its form is kept.
    pub(super) fn read_after(
        before: Option<&Document<'f>>,
        view: View<'f>,
    ) -> Result<Document<'f>, Reason> {
        let changed = match before {
            Some(before) => view.changed_since(before.view)?,
            None => BTreeSet::new(),
        };
        if let Some(before) = before {
            let root = |view: View<'_>| view.trailer().find(b"Root").cloned();
            let mut entries = before.entries.values();
            if before.read_from.is_disjoint(&changed)
                && entries.all(|entry| entry.read_from.is_disjoint(&changed))
                && root(view) == root(before.view)
            {
                return Ok(Document {
                    view,
                    catalog_id: before.catalog_id,
                    catalog: before.catalog.clone(),
                    form: before.form.clone(),
                    fields: Rc::clone(&before.fields),
                    pages: Rc::clone(&before.pages),
                    read_from: Rc::clone(&before.read_from),
                    entries: Rc::clone(&before.entries),
                });
            }
        }
        let known = |id: Id| {
            let entry = before?.entries.get(&id)?;
            let same = entry.read_from.is_disjoint(&changed);
            same.then(|| Rc::clone(entry))
        };
        let (read, numbers) = view.looked_up(|| Document::read_knowing(view, &known));
        let mut document = read?;
        document.read_from = Rc::new(numbers);
        Ok(document)
    }

    /// Whether fields and pages are those of this document, because nothing of them changed.
    pub(super) fn is_same(&self, other: &Document<'_>) -> bool {
        Rc::ptr_eq(&self.read_from, &other.read_from)
    }

    /// What fields and pages were read from: the same one as long as nothing of them changed.
    pub(super) fn read_from(&self) -> &Rc<BTreeSet<u32>> {
        &self.read_from
    }

    /// How many things there are to look at when it is compared.
    pub(super) fn weight(&self) -> usize {
        let annotations = self.pages.iter().map(|page| page.annotations.items.len());
        self.fields.len() + self.pages.len() + annotations.sum::<usize>()
    }

    fn read_fields(&mut self, known: Known<'_>) -> Result<(), Reason> {
        let Some(form) = &self.form else {
            return Ok(());
        };
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        let mut entries = BTreeMap::new();
        for item in &form.fields.items {
            let id = match item {
                Object::Reference(id) => *id,
                // As a reference to an object that is not there (7.3.10).
                Object::Null => continue,
                _ => return Err(reason::FORM),
            };
            self.view.charge(4)?;
            let entry = match known(id) {
                Some(entry) => entry,
                None => Rc::new(FormEntry::read(self.view, id)?),
            };
            if !entry.ids.iter().all(|id| seen.insert(*id)) {
                return Err(reason::FORM);
            }
            fields.extend(entry.fields.iter().cloned());
            entries.insert(id, entry);
        }
        self.fields = Rc::new(fields);
        self.entries = Rc::new(entries);
        Ok(())
    }

    fn read_pages(&mut self) -> Result<(), Reason> {
        let Some(Object::Reference(root)) = self.catalog.find(b"Pages") else {
            return Err(reason::PAGES);
        };
        let mut pages = Vec::new();
        let mut seen = BTreeSet::new();
        // Nodes still to be opened, the next page last; each with the area that it inherits.
        let mut open = vec![(*root, None, 0, 0)];
        while let Some((id, inherited, turned, level)) = open.pop() {
            if !seen.insert(id) || level > MAX_LEVELS {
                return Err(reason::PAGES);
            }
            let dictionary = self.view.dictionary(id)?.ok_or(reason::PAGES)?;
            let area = area(self.view, &dictionary, b"MediaBox")?.or(inherited);
            let quarters = match self.view.value(&dictionary, b"Rotate")? {
                // One that is no multiple of 90 is not applied.
                Object::Integer(degrees) if degrees % 90 == 0 => {
                    u8::try_from(degrees.rem_euclid(360) / 90).unwrap_or(0)
                }
                _ => turned,
            };
            match self.view.value(&dictionary, b"Kids")? {
                Object::Array(kids) => {
                    for kid in kids.iter().rev() {
                        let Object::Reference(kid) = kid else {
                            return Err(reason::PAGES);
                        };
                        open.push((*kid, area, quarters, level + 1));
                    }
                }
                _ => {
                    let annotations = List::read(self.view, &dictionary, b"Annots")?;
                    pages.push(Page {
                        id,
                        dictionary,
                        annotations,
                        area,
                        quarters,
                    });
                }
            }
        }
        self.pages = Rc::new(pages);
        Ok(())
    }

    /// The name of the empty signature field, if there is exactly one.
    pub(super) fn only_empty_field(&self) -> Option<&str> {
        let empty =
            |field: &&Rc<Field>| field.kind.as_deref() == Some(b"Sig") && field.value.is_none();
        let mut fields = self.fields.iter().filter(empty);
        match (fields.next(), fields.next()) {
            (Some(only), None) => Some(&only.name),
            _ => None,
        }
    }

    /// The signatures, in the order of the form.
    pub(super) fn signatures(&self) -> Vec<Signed<'_>> {
        let of_kind = |field: &&Rc<Field>| field.kind.as_deref() == Some(b"Sig");
        let signed = |field: &'_ Field| match field.value {
            Some(Object::Reference(id)) => Some(Some(id)),
            Some(_) => Some(None),
            None => None,
        };
        let fields = self.fields.iter().filter(of_kind);
        fields
            .filter_map(|field| signed(field).map(|id| Signed { field, id }))
            .collect()
    }
}

impl Form {
    fn read(view: View<'_>, catalog: &Dictionary) -> Result<Option<Form>, Reason> {
        let id = match catalog.find(b"AcroForm") {
            None => return Ok(None),
            Some(Object::Reference(id)) => Some(*id),
            Some(_) => None,
        };
        match view.value(catalog, b"AcroForm")? {
            Object::Null => Ok(None),
            Object::Dictionary(dictionary) => {
                let fields = List::read(view, &dictionary, b"Fields")?;
                Ok(Some(Form {
                    id,
                    dictionary,
                    fields,
                }))
            }
            _ => Err(reason::FORM),
        }
    }
}

/// Entries that are still what they were.
type Known<'k> = &'k dyn Fn(Id) -> Option<Rc<FormEntry>>;

impl FormEntry {
    fn read(view: View<'_>, id: Id) -> Result<FormEntry, Reason> {
        let above = Above {
            name: String::new(),
            kind: None,
            value: None,
            level: 0,
        };
        let mut ids = BTreeSet::new();
        let mut fields = Vec::new();
        let read = || read_field(view, id, &above, &mut ids, &mut fields);
        let (read, read_from) = view.looked_up(read);
        read?;
        Ok(FormEntry {
            fields: fields.into_iter().map(Rc::new).collect(),
            ids,
            read_from,
        })
    }
}

impl List {
    pub(super) fn read(view: View<'_>, of: &Dictionary, key: &[u8]) -> Result<List, Reason> {
        let id = if let Some(Object::Reference(id)) = of.find(key) {
            Some(*id)
        } else {
            None
        };
        match view.value(of, key)? {
            Object::Null => Ok(List::default()),
            Object::Array(items) => Ok(List { id, items }),
            _ => Err(reason::FORM),
        }
    }
}

/// What a field has from those above it.
struct Above {
    name: String,
    kind: Option<Vec<u8>>,
    value: Option<Object>,
    level: usize,
}

fn read_field(
    view: View<'_>,
    id: Id,
    above: &Above,
    seen: &mut BTreeSet<Id>,
    fields: &mut Vec<Field>,
) -> Result<(), Reason> {
    if !seen.insert(id) || above.level > MAX_LEVELS {
        return Err(reason::FORM);
    }
    let dictionary = match view.indirect(id)?.object {
        Object::Dictionary(dictionary) => dictionary,
        // A field that was taken away leaves null behind (7.3.10).
        Object::Null => return Ok(()),
        _ => return Err(reason::FORM),
    };
    view.charge(above.name.len())?;
    let mut name = above.name.clone();
    if let Some(own) = view.value(&dictionary, b"T")?.as_text() {
        name = if name.is_empty() {
            own
        } else {
            format!("{name}.{own}")
        };
    }
    let kind = match view.value(&dictionary, b"FT")? {
        Object::Name(kind) => Some(kind),
        Object::Null => above.kind.clone(),
        _ => return Err(reason::FORM),
    };
    let value = dictionary
        .find(b"V")
        .cloned()
        .or_else(|| above.value.clone());
    let kids = List::read(view, &dictionary, b"Kids")?.items;
    let mut widgets = Vec::new();
    let own = Above {
        name,
        kind,
        value,
        level: above.level + 1,
    };
    let mut has_fields = false;
    for kid in &kids {
        let Object::Reference(kid_id) = kid else {
            return Err(reason::FORM);
        };
        let kid_dictionary = view.dictionary(*kid_id)?.unwrap_or_default();
        if kid_dictionary.find(b"T").is_some() {
            has_fields = true;
            read_field(view, *kid_id, &own, seen, fields)?;
        } else if seen.insert(*kid_id) {
            widgets.push(*kid_id);
        } else {
            return Err(reason::FORM);
        }
    }
    if dictionary.is(b"Subtype", b"Widget") {
        widgets.push(id);
    }
    if !has_fields || !widgets.is_empty() {
        let Above {
            name, kind, value, ..
        } = own;
        fields.push(Field {
            id,
            name,
            kind,
            value,
            dictionary,
            widgets,
        });
    }
    Ok(())
}

/// A rectangle, whichever corners it names.
pub(super) fn area(
    view: View<'_>,
    of: &Dictionary,
    key: &[u8],
) -> Result<Option<[f64; 4]>, Reason> {
    let Object::Array(corners) = view.value(of, key)? else {
        return Ok(None);
    };
    let mut numbers = Vec::new();
    for corner in &corners {
        match view.resolve(corner)?.as_number() {
            Some(number) if number.is_finite() => numbers.push(number),
            // Viewers differ in what they make of it.
            _ => return Ok(None),
        }
    }
    match numbers.as_slice() {
        [a, b, c, d] => Ok(Some([a.min(*c), b.min(*d), a.max(*c), b.max(*d)])),
        _ => Ok(None),
    }
}

/// A date (7.9.4) with a time zone, as signatures have to write it: `D:20261125120000+09'00'`.
pub(super) fn date(text: &str) -> Option<UtcTime> {
    let digits = text.strip_prefix("D:")?;
    let (digits, zone) = digits.split_at_checked(14)?;
    let number = |range: Range<usize>| -> Option<u8> {
        let part = digits.get(range)?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())?
    };
    let year = i32::from(number(0..2)?) * 100 + i32::from(number(2..4)?);
    let month = Month::try_from(number(4..6)?).ok()?;
    let day = Date::from_calendar_date(year, month, number(6..8)?).ok()?;
    let time = Time::from_hms(number(8..10)?, number(10..12)?, number(12..14)?).ok()?;
    let offset = match zone.split_at_checked(1)? {
        ("Z", "" | "00'00'" | "00'00") => 0,
        (sign @ ("+" | "-"), rest) => {
            let (hours, rest) = rest.split_at_checked(2)?;
            let minutes = rest.strip_prefix('\'')?;
            let minutes = minutes.strip_suffix('\'').unwrap_or(minutes);
            let two = |text: &str, below: i64| -> Option<i64> {
                let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
                digits
                    .then(|| text.parse().ok())?
                    .filter(|number| *number < below)
            };
            let seconds = (two(hours, 24)? * 60 + two(minutes, 60)?) * 60;
            if sign == "-" { -seconds } else { seconds }
        }
        _ => return None,
    };
    let there = PrimitiveDateTime::new(day, time)
        .assume_utc()
        .unix_timestamp();
    UtcTime::from_unix(there.checked_sub(offset)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_need_a_zone_and_a_calendar() {
        for (text, unix) in [
            ("D:20261125120000+09'00'", Some(1_795_575_600)),
            ("D:20261125120000+09'00", Some(1_795_575_600)),
            ("D:20261125030000Z", Some(1_795_575_600)),
            ("D:20261125030000Z00'00'", Some(1_795_575_600)),
            ("D:20261124223000-04'30'", Some(1_795_575_600)),
            ("D:20261125120000", None),
            ("D:20261325120000+09'00'", None),
            ("D:20260230120000+09'00'", None),
            ("D:20261125120000+0900", None),
            ("D:20261125120000+09'60'", None),
            ("20261125120000Z", None),
            ("D:2026112512000\u{661}Z", None),
            ("", None),
        ] {
            assert_eq!(date(text).map(UtcTime::unix), unix, "{text}");
        }
    }
}
