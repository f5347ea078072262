//! Every object of a document, looked at once.

use std::collections::{BTreeMap, BTreeSet};

use super::object::{Id, Indirect};
use super::view::View;
use crate::report::Reason;

/// Who refers to what in a document, and what everything weighs in at once: each object read.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// How many references lead to each number, from objects that are in use.
    pub(super) references: BTreeMap<u32, usize>,
    /// Signature dictionaries: those that say so, or look like it.
    pub(super) signatures: BTreeSet<Id>,
    /// Those of them that say what they protect (`/Reference`).
    pub(super) referring: BTreeSet<Id>,
    /// Numbers of cross-reference and object streams, and of what a linearised file begins with.
    pub(super) containers: BTreeSet<u32>,
}

impl Survey {
    /// Reads every object: what cannot be read is in need of repair.
    pub(super) fn of(view: View<'_>) -> Result<Survey, Reason> {
        let mut survey = Survey::default();
        for number in view.numbers() {
            survey.add(view, number)?;
        }
        Ok(survey)
    }

    /// The survey of a later revision: only what changed is read.
    pub(super) fn advance(&mut self, before: View<'_>, after: View<'_>) -> Result<(), Reason> {
        for number in after.changed_since(before)? {
            if before.is_in_use(number) {
                let id = before.id(number);
                self.count_references(&before.indirect(id)?, |count| {
                    *count = count.saturating_sub(1)
                });
                self.signatures.remove(&id);
                self.referring.remove(&id);
                self.containers.remove(&number);
            }
            if after.is_in_use(number) {
                self.add(after, number)?;
            }
        }
        Ok(())
    }

    /// How much there is in it.
    pub(super) fn size(&self) -> usize {
        self.containers.len() + self.signatures.len()
    }

    fn add(&mut self, view: View<'_>, number: u32) -> Result<(), Reason> {
        let id = view.id(number);
        let indirect = view.indirect(id)?;
        self.count_references(&indirect, |count| *count += 1);
        let Some(dictionary) = indirect.object.as_dictionary() else {
            return Ok(());
        };
        let has = |key| dictionary.find(key).is_some();
        let typed = ["Sig", "DocTimeStamp"]
            .iter()
            .any(|kind| dictionary.is(b"Type", kind.as_bytes()));
        // A field has `/FT /Sig`, never such a type; a lock or seed value has its own.
        if typed || has(b"ByteRange") && has(b"Contents") {
            self.signatures.insert(id);
            if has(b"Reference") {
                self.referring.insert(id);
            }
        }
        let packs = dictionary.is(b"Type", b"XRef") || dictionary.is(b"Type", b"ObjStm");
        if indirect.stream.is_some() && packs || has(b"Linearized") {
            self.containers.insert(number);
        }
        Ok(())
    }

    fn count_references(&mut self, indirect: &Indirect, change: impl Fn(&mut usize)) {
        let keys = indirect.object.as_dictionary();
        // The dictionary of a cross-reference stream is a trailer.
        let is_trailer =
            indirect.stream.is_some() && keys.is_some_and(|keys| keys.is(b"Type", b"XRef"));
        if !is_trailer {
            indirect
                .object
                .references(&mut |to| change(self.references.entry(to.number).or_default()));
        }
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
