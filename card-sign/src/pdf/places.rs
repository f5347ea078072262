//! Places of objects, revision by revision: one table for the whole file.
//!
//! A file of two hundred updates has two hundred sections. Walking them for each object, or reading
//! the document anew for each revision, takes time with the product of both.

use std::collections::{BTreeMap, BTreeSet};

use super::xref::{Place, Section};

/// Every entry of every section, by number.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Index of the section, the newest first, and what it says.
    by_number: BTreeMap<u32, Vec<(usize, Place)>>,
    /// What was ever said to be in an object stream, by the number of the stream.
    members: BTreeMap<u32, BTreeSet<u32>>,
}

impl Places {
    /// Newest section first.
    pub(super) fn of(sections: &[Section]) -> Places {
        let mut places = Places::default();
        for (section, entries) in sections.iter().enumerate() {
            for (number, place) in &entries.entries {
                let all = places.by_number.entry(*number).or_default();
                all.push((section, *place));
                if let Place::In { stream, .. } = place {
                    places.members.entry(*stream).or_default().insert(*number);
                }
            }
        }
        places
    }

    /// What the sections say from this one on; `None` if the number is free or unknown.
    pub(super) fn find(&self, number: u32, from: usize) -> Option<Place> {
        let all = self.by_number.get(&number)?;
        let newer = all.partition_point(|(section, _)| *section < from);
        let (_, place) = all.get(newer)?;
        Some(*place).filter(|place| *place != Place::Free)
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.by_number.keys().copied()
    }

    /// Numbers that were ever said to be in this object stream.
    pub(super) fn members(&self, stream: u32) -> impl Iterator<Item = u32> {
        self.members.get(&stream).into_iter().flatten().copied()
    }
}
