//! Plan of a signature: the changes in a document, and what forbids them.

use std::collections::BTreeSet;

use super::cover;
use super::document::{self, Document, Field, List, Page};
use super::object::{Dictionary, Id, Object};
use super::rules::reason;
use super::seed;
use super::sign::{PdfError, Request};
use super::survey::Survey;
use super::terms::Lock;
use super::update::Update;
use crate::report::Reason;

/// What will be changed in the document.
pub(super) struct Plan<'d> {
    survey: &'d Survey,
    place: Place<'d>,
    /// The box of the appearance.
    pub(super) area: Option<[f64; 4]>,
    /// Quarters of a turn by which the page of the box is shown.
    pub(super) quarters: u8,
    pub(super) lock: Option<Object>,
}

/// Where the signature goes.
enum Place<'d> {
    New { name: String, page: &'d Page },
    Existing(&'d Field),
}

impl<'d> Plan<'d> {
    /// The number of an object that only one other refers to.
    ///
    /// One with two parts to play is left as it is, and its list written anew where it is needed:
    /// else a change to the one part would be a change to the other (rule P10).
    fn sole(&self, id: Option<Id>) -> Option<Id> {
        id.filter(|id| self.survey.count(id.number) == 1)
    }

    /// Adds a reference to a list; says whether the dictionary that holds it has changed.
    fn add(
        &self,
        of: &mut Dictionary,
        key: &[u8],
        list: &List,
        id: Id,
        update: &mut Update,
    ) -> bool {
        let mut items = list.items.clone();
        items.push(Object::Reference(id));
        let own = self.sole(list.id);
        match own {
            Some(id) => update.object(id, &Object::Array(items)),
            None => of.set(key, Object::Array(items)),
        }
        own.is_none()
    }

    pub(super) fn make(
        document: &'d Document<'_>,
        survey: &'d Survey,
        request: &Request<'_>,
    ) -> Result<Plan<'d>, PdfError> {
        let view = document.view;
        let form = document.form.as_ref().map(|form| &form.dictionary);
        if form.is_some_and(|form| form.find(b"XFA").is_some()) {
            return Err(reason::XFA.into());
        }
        if document.catalog.find(b"Collection").is_some() {
            return Err(reason::COLLECTION.into());
        }
        let place = match request.field {
            Some(name) => Place::Existing(empty_field(document, name)?),
            None => {
                let number = request
                    .visible
                    .as_ref()
                    .map_or(0, |visible| visible.page.wrapping_sub(1));
                let pages = document.pages.len();
                let absent = match pages {
                    0 => reason::NO_PAGE.into(),
                    pages => PdfError::Page { pages },
                };
                let page = document.pages.get(number).ok_or(absent)?;
                Place::New {
                    name: free_name(document),
                    page,
                }
            }
        };
        let signatures = document.signatures();
        let name = match &place {
            Place::New { name, .. } => name,
            Place::Existing(field) => &field.name,
        };
        for earlier in &signatures {
            let Some(id) = earlier.id else { continue };
            let terms = document.terms(&view.dictionary(id)?.unwrap_or_default())?;
            if terms.certified == Some(1) {
                return Err(reason::FORBIDDEN.into());
            }
            if terms.locks.iter().any(|lock| lock.holds(name)) {
                return Err(reason::LOCKED.into());
            }
        }
        let mut lock = None;
        let mut area = None;
        let mut quarters = 0;
        match &place {
            Place::Existing(field) => {
                match view.value(&field.dictionary, b"SV")? {
                    Object::Null => {}
                    Object::Dictionary(seed) => seed::check(document, &seed, request)?,
                    _ => return Err(reason::SEED_VALUE.into()),
                }
                match view.value(&field.dictionary, b"Lock")? {
                    Object::Null => {}
                    // A lock with a level would have to be written as a certification.
                    Object::Dictionary(own) if own.find(b"P").is_some() => {
                        return Err(PdfError::Demand("Lock"));
                    }
                    Object::Dictionary(own) => {
                        lock = Some(lock_parameters(&document.lock(&own)?));
                    }
                    _ => return Err(reason::PERMISSIONS.into()),
                }
                if request.visible.is_some() {
                    area = document::area(view, &field.dictionary, b"Rect")?;
                    let single = field.widgets.as_slice() == [field.id];
                    let visible = area.is_some_and(|[l, b, r, t]| r - l > 0.0 && t - b > 0.0);
                    if !single || !visible {
                        return Err(reason::BOX.into());
                    }
                    let own = Object::Reference(field.id);
                    let page = document
                        .pages
                        .iter()
                        .find(|page| page.annotations.items.contains(&own));
                    quarters = page.map_or(0, |page| page.quarters);
                }
            }
            Place::New { page, .. } => {
                if let Some(visible) = &request.visible {
                    let wanted = match page.area {
                        Some(whole) => from_seen(visible.area.corners(), whole, page.quarters),
                        None => visible.area.corners(),
                    };
                    quarters = page.quarters;
                    let inside = page.area.is_some_and(|[l, b, r, t]| {
                        wanted[0] >= l && wanted[1] >= b && wanted[2] <= r && wanted[3] <= t
                    });
                    let positive = wanted[0] < wanted[2] && wanted[1] < wanted[3];
                    if !inside || !positive {
                        return Err(reason::BOX.into());
                    }
                    // What was signed must stay in sight.
                    if !signatures.is_empty() && !cover::is_free(view, page, wanted)? {
                        return Err(reason::WOULD_COVER.into());
                    }
                    area = Some(wanted);
                }
            }
        }
        Ok(Plan {
            survey,
            place,
            area,
            quarters,
            lock,
        })
    }

    pub(super) fn write(
        &self,
        document: &Document<'_>,
        update: &mut Update,
        signature: Id,
        look: Option<Id>,
    ) -> Result<(), Reason> {
        let mut own = Dictionary::default();
        let field = match &self.place {
            Place::Existing(field) => {
                own = field.dictionary.clone();
                field.id
            }
            Place::New { name, page } => {
                let id = update.new_id();
                let [left, bottom, right, top] = self.area.unwrap_or_default();
                let corner = |value: f64| Object::Real(format!("{value:.2}").into_bytes());
                let corners = if self.area.is_some() {
                    [left, bottom, right, top].map(corner).to_vec()
                } else {
                    vec![Object::Integer(0); 4]
                };
                own.set(b"Type", Object::name(b"Annot"));
                own.set(b"Subtype", Object::name(b"Widget"));
                own.set(b"FT", Object::name(b"Sig"));
                own.set(b"T", Object::text(name));
                own.set(b"P", Object::Reference(page.id));
                // Print, and locked.
                own.set(b"F", Object::Integer(132));
                own.set(b"Rect", Object::Array(corners));
                id
            }
        };
        own.set(b"V", Object::Reference(signature));
        if let Some(look) = look {
            let normal = Dictionary::from([(&b"N"[..], Object::Reference(look))]);
            own.set(b"AP", Object::Dictionary(normal));
        }
        update.object(field, &Object::Dictionary(own));
        if let Place::New { page, .. } = &self.place {
            let mut dictionary = page.dictionary.clone();
            if self.add(&mut dictionary, b"Annots", &page.annotations, field, update) {
                update.object(page.id, &Object::Dictionary(dictionary));
            }
        }
        self.write_form(document, update, field);
        Ok(())
    }

    fn write_form(&self, document: &Document<'_>, update: &mut Update, field: Id) {
        let is_new = matches!(self.place, Place::New { .. });
        let mut catalog = document.catalog.clone();
        let Some(form) = &document.form else {
            let fields = Object::Array(vec![Object::Reference(field)]);
            let form =
                Dictionary::from([(&b"Fields"[..], fields), (b"SigFlags", Object::Integer(3))]);
            catalog.set(b"AcroForm", Object::Dictionary(form));
            update.object(document.catalog_id, &Object::Dictionary(catalog));
            return;
        };
        let mut dictionary = form.dictionary.clone();
        let flags = dictionary.integer(b"SigFlags").unwrap_or(0);
        let mut changed = flags & 3 != 3;
        dictionary.set(b"SigFlags", Object::Integer(flags | 3));
        changed |= is_new && self.add(&mut dictionary, b"Fields", &form.fields, field, update);
        match self.sole(form.id) {
            _ if !changed => {}
            Some(id) => update.object(id, &Object::Dictionary(dictionary)),
            None => {
                catalog.set(b"AcroForm", Object::Dictionary(dictionary));
                update.object(document.catalog_id, &Object::Dictionary(catalog));
            }
        }
    }
}

/// A box on a page as it is shown, in the coordinates of the page.
fn from_seen([x, y, right, top]: [f64; 4], whole: [f64; 4], quarters: u8) -> [f64; 4] {
    let (width, height) = (whole[2] - whole[0], whole[3] - whole[1]);
    let [l, b, r, t] = match quarters {
        1 => [width - top, x, width - y, right],
        2 => [width - right, height - top, width - x, height - y],
        3 => [y, height - right, top, height - x],
        _ => [x, y, right, top],
    };
    [l + whole[0], b + whole[1], r + whole[0], t + whole[1]]
}

fn empty_field<'d>(document: &'d Document<'_>, name: &str) -> Result<&'d Field, Reason> {
    let mut named = document.fields.iter().filter(|field| field.name == name);
    let field = named
        .next()
        .filter(|field| field.kind.as_deref() == Some(b"Sig"));
    let empty = field.filter(|field| field.value.is_none() && named.next().is_none());
    empty.map(|field| &**field).ok_or(reason::NO_FIELD)
}

fn free_name(document: &Document<'_>) -> String {
    let taken: BTreeSet<&str> = document
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    let first = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let roots: BTreeSet<String> = taken.iter().map(|name| first(name)).collect();
    let mut number = 1;
    loop {
        let name = format!("Signature{number}");
        if !roots.contains(&name) {
            return name;
        }
        number += 1;
    }
}

/// The parameters of a FieldMDP transform that keep a field's own lock (12.8.2.4).
fn lock_parameters(lock: &Lock) -> Object {
    let mut parameters = Dictionary::from([
        (&b"Type"[..], Object::name(b"TransformParams")),
        (b"V", Object::name(b"1.2")),
    ]);
    let (action, names): (&[u8], _) = match lock {
        Lock::All => (b"All", None),
        Lock::Include(names) => (b"Include", Some(names)),
        Lock::Exclude(names) => (b"Exclude", Some(names)),
    };
    parameters.set(b"Action", Object::name(action));
    if let Some(names) = names {
        let names = names.iter().map(|name| Object::text(name)).collect();
        parameters.set(b"Fields", Object::Array(names));
    }
    Object::Dictionary(parameters)
}
