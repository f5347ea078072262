//! Every object of a document, looked at once.

use std::collections::{BTreeMap, BTreeSet};

use super::object::Id;
use super::view::View;
use crate::report::Reason;

/// Who refers to what in a document, and what everything weighs in at once: each object read.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// How many references lead to each number, from objects that are in use.
    pub(super) references: BTreeMap<u32, usize>,
    /// Signature dictionaries: those that say so, or look like it.
    pub(super) signatures: BTreeSet<Id>,
    /// Numbers of cross-reference and object streams, and of what a linearised file begins with.
    pub(super) containers: BTreeSet<u32>,
}

impl Survey {
    /// Reads every object: what cannot be read is in need of repair.
    pub(super) fn of(view: View<'_>) -> Result<Survey, Reason> {
        let mut survey = Survey::default();
        for number in view.numbers() {
            let id = view.id(number);
            let indirect = view.indirect(id)?;
            let is_stream = indirect.stream.is_some();
            let keys = indirect.object.as_dictionary();
            // The dictionary of a cross-reference stream is a trailer.
            let is_trailer = is_stream && keys.is_some_and(|keys| keys.is(b"Type", b"XRef"));
            if !is_trailer {
                indirect.object.references(&mut |to| {
                    *survey.references.entry(to.number).or_default() += 1;
                });
            }
            let Some(dictionary) = keys else {
                continue;
            };
            let has = |key| dictionary.find(key).is_some();
            let typed = ["Sig", "DocTimeStamp"]
                .iter()
                .any(|kind| dictionary.is(b"Type", kind.as_bytes()));
            // A field has `/FT /Sig`, never such a type; a lock or seed value has its own.
            if typed || has(b"ByteRange") && has(b"Contents") {
                survey.signatures.insert(id);
            }
            let packs = dictionary.is(b"Type", b"XRef") || dictionary.is(b"Type", b"ObjStm");
            if is_stream && packs || has(b"Linearized") {
                survey.containers.insert(number);
            }
        }
        Ok(survey)
    }

    pub(super) fn count(&self, number: u32) -> usize {
        self.references.get(&number).copied().unwrap_or(0)
    }

    /// Objects that nothing refers to, but for those that hold the file together.
    ///
    /// The hint stream of a linearised file is one too; it is known by the number after.
    pub(super) fn unreferenced(&self, view: View<'_>) -> Result<usize, Reason> {
        let trailer = view.trailer();
        let mut roots = BTreeSet::new();
        for entry in trailer.entries() {
            entry.value.references(&mut |id| {
                roots.insert(id.number);
            });
        }
        let mut count = 0;
        let linearised = self.containers.iter().any(|number| {
            let dictionary = view.dictionary(view.id(*number)).ok().flatten();
            dictionary.is_some_and(|dictionary| dictionary.find(b"Linearized").is_some())
        });
        for number in view.numbers() {
            let loose = self.count(number) == 0
                && !roots.contains(&number)
                && !self.containers.contains(&number);
            if loose {
                let indirect = view.indirect(view.id(number))?;
                let hints = indirect
                    .object
                    .as_dictionary()
                    .is_some_and(|d| d.find(b"S").is_some());
                count += usize::from(!(linearised && hints && indirect.stream.is_some()));
            }
        }
        Ok(count)
    }
}
