//! Evidence for later: `/DSS` (ETSI EN 319 142-1, 5.4) and `/Extensions` of the catalog.
//!
//! Both may be added or extended after a signature, so both must be nothing else: a document
//! security store of exactly the standard's shape, extensions of names and numbers.

use std::collections::BTreeSet;

use super::object::{Dictionary, Id, Object};
use super::view::View;
use crate::report::Reason;

/// Levels of a document security store: the store, `/VRI`, an entry, its arrays, references.
const MAX_LEVELS: usize = 8;

/// Every reference inside the document security store, one for each place that names an object.
pub(super) fn references(view: View<'_>, catalog: &Dictionary) -> Result<Vec<Id>, Reason> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = Vec::new();
    if let Some(store) = catalog.find(b"DSS") {
        store.references(&mut |id| open.push(id));
    }
    while let Some(id) = open.pop() {
        all.push(id);
        if seen.insert(id) {
            view.indirect(id)?
                .object
                .references(&mut |id| open.push(id));
        }
    }
    Ok(all)
}

/// The objects of the document security store.
pub(super) fn members(view: View<'_>, catalog: &Dictionary) -> Result<BTreeSet<Id>, Reason> {
    Ok(references(view, catalog)?.into_iter().collect())
}

/// Whether a document security store holds evidence and nothing else; none at all does.
pub(super) fn is_plain(view: View<'_>, catalog: &Dictionary) -> Result<bool, Reason> {
    match view.value(catalog, b"DSS")? {
        Object::Null => Ok(true),
        Object::Dictionary(store) => Store { view }.is_store(&store),
        _ => Ok(false),
    }
}

struct Store<'f> {
    view: View<'f>,
}

impl Store<'_> {
    fn is_store(&self, store: &Dictionary) -> Result<bool, Reason> {
        for entry in store.entries() {
            let right = match entry.key.as_slice() {
                b"Type" => matches!(&entry.value, Object::Name(name) if name == b"DSS"),
                b"Certs" | b"OCSPs" | b"CRLs" => self.is_list(&entry.value)?,
                b"VRI" => self.is_index(&entry.value)?,
                _ => false,
            };
            if !right {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Entries by the digests of signatures.
    fn is_index(&self, index: &Object) -> Result<bool, Reason> {
        let Object::Dictionary(index) = self.view.resolve(index)? else {
            return Ok(false);
        };
        for entry in index.entries() {
            if entry.key == b"Type" {
                continue;
            }
            let digest = entry.key.len() == 40 && entry.key.iter().all(u8::is_ascii_hexdigit);
            let Object::Dictionary(one) = self.view.resolve(&entry.value)? else {
                return Ok(false);
            };
            if !digest {
                return Ok(false);
            }
            for entry in one.entries() {
                let right = match entry.key.as_slice() {
                    b"Type" => matches!(&entry.value, Object::Name(name) if name == b"VRI"),
                    b"Cert" | b"OCSP" | b"CRL" => self.is_list(&entry.value)?,
                    b"TU" => matches!(entry.value, Object::String(_)),
                    b"TS" => self.is_value(&entry.value)?,
                    _ => false,
                };
                if !right {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn is_list(&self, list: &Object) -> Result<bool, Reason> {
        let Object::Array(items) = self.view.resolve(list)? else {
            return Ok(false);
        };
        for item in &items {
            if !self.is_value(item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A stream of DER: nothing that a page could show.
    fn is_value(&self, value: &Object) -> Result<bool, Reason> {
        let Some(id) = value.as_reference() else {
            return Ok(false);
        };
        let indirect = self.view.indirect(id)?;
        let packing: [&[u8]; 4] = [b"Length", b"Filter", b"DecodeParms", b"DL"];
        Ok(indirect.stream.is_some()
            && indirect.object.as_dictionary().is_some_and(|keys| {
                keys.entries()
                    .iter()
                    .all(|entry| packing.contains(&entry.key.as_slice()))
            }))
    }
}

/// Whether developer extensions (7.12) are names and numbers; none at all are.
pub(super) fn are_extensions(view: View<'_>, catalog: &Dictionary) -> Result<bool, Reason> {
    Ok(match view.value(catalog, b"Extensions")? {
        Object::Null => true,
        Object::Dictionary(all) => {
            let mut right = true;
            for entry in all.entries() {
                right &= is_extension(view, &entry.value, MAX_LEVELS)?;
            }
            right
        }
        _ => false,
    })
}

fn is_extension(view: View<'_>, value: &Object, levels: usize) -> Result<bool, Reason> {
    Ok(match view.resolve(value)? {
        Object::Name(_) | Object::Integer(_) | Object::Real(_) | Object::String(_) => true,
        Object::Array(values) if levels > 0 => {
            let mut right = true;
            for value in &values {
                right &= is_extension(view, value, levels - 1)?;
            }
            right
        }
        Object::Dictionary(one) if levels > 0 => {
            let known: [&[u8]; 5] = [
                b"Type",
                b"BaseVersion",
                b"ExtensionLevel",
                b"ExtensionRevision",
                b"URL",
            ];
            let mut right = true;
            for entry in one.entries() {
                right &= known.contains(&entry.key.as_slice())
                    && is_extension(view, &entry.value, levels - 1)?;
            }
            right
        }
        _ => false,
    })
}
