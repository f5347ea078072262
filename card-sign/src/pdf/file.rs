//! The file around the objects (ISO 32000-1, 7.5): cross-reference sections, revisions, views.
//!
//! ```text
//! File ── sections, newest first ── revisions, oldest first ── View: the document as of one revision
//! ```
//!
//! Only the chain of cross-reference sections says where objects are; nothing is searched for and
//! nothing repaired. A file that other programs repair is one that they may repair differently.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::filter;
use super::object::{Dictionary, Id, Indirect, Object};
use super::parser::Parser;
use super::places::Places;
use super::rules::reason;
use super::view::{ObjectStream, View};
use super::xref::{self, Beside, MAX_OBJECTS, Place, Section, Tail};
use crate::report::Reason;

/// A PDF file, taken apart as far as its cross-reference sections go.
#[derive(Debug)]
pub(super) struct File<'a> {
    bytes: &'a [u8],
    /// Newest first.
    pub(super) sections: Vec<Section>,
    /// Oldest first; at least one.
    revisions: Vec<Revision>,
    /// Object streams that were opened, by their place.
    pub(super) opened: RefCell<BTreeMap<usize, ObjectStream>>,
    /// How many bytes these have together.
    pub(super) unpacked: Cell<usize>,
    /// Where each number was, revision by revision.
    pub(super) places: Places,
    /// Steps of work that are left for this file.
    budget: Cell<u64>,
    /// Objects that were parsed.
    parsed: Cell<u64>,
    /// Numbers that were looked up, while they are being collected.
    pub(super) looked_up: RefCell<Option<BTreeSet<u32>>>,
}

/// What was once the whole file (改訂).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Revision {
    /// Its newest section, in the order of the file's list.
    head: usize,
    /// Right behind `%%EOF`.
    pub(super) eof: usize,
    /// Behind the line end after it, if there is one.
    pub(super) end: usize,
}

impl Revision {
    /// Whether a file that ends here is this revision: with or without the last line end.
    pub(super) const fn ends_at(&self, end: usize) -> bool {
        self.eof <= end && end <= self.end
    }
}

/// Sections of one file. A signature adds one; a long-lived form has dozens. Each revision is read
/// once when a file is checked.
const MAX_SECTIONS: usize = 256;
/// Steps of work for any file: a step is a byte that is parsed, or as long as one (some 20 ns).
const WORK: u64 = 24 << 20;
/// Further steps for each byte of the file. Files of honest programs need less than five.
const WORK_PER_BYTE: u64 = 32;
/// Steps for an entry of a cross-reference stream.
const ENTRY: u64 = 32;
/// Bytes that are unpacked in one step.
pub(super) const UNPACKING: usize = 8;

impl<'a> File<'a> {
    /// Follows the chain of cross-reference sections from the last `startxref`.
    pub(super) fn open(bytes: &'a [u8]) -> Result<File<'a>, Reason> {
        if !bytes.starts_with(b"%PDF-1.") && !bytes.starts_with(b"%PDF-2.") {
            return Err(reason::HEADER);
        }
        let last = rfind(bytes, b"startxref").ok_or(reason::NO_XREF)?;
        let last = Tail::read(bytes, last).ok_or(reason::NO_XREF)?;
        let mut file = File {
            bytes,
            sections: Vec::new(),
            revisions: Vec::new(),
            opened: RefCell::new(BTreeMap::new()),
            unpacked: Cell::new(0),
            places: Places::default(),
            budget: Cell::new(WORK + WORK_PER_BYTE * bytes.len() as u64),
            parsed: Cell::new(0),
            looked_up: RefCell::new(None),
        };
        let mut objects = 0usize;
        let mut seen = BTreeSet::new();
        let mut read: Vec<Range<usize>> = Vec::new();
        let mut next = Some(last.startxref);
        while let Some(offset) = next {
            if !seen.insert(offset) {
                return Err(reason::XREF_LOOP);
            }
            if seen.len() > MAX_SECTIONS {
                return Err(reason::SECTIONS);
            }
            let section = file.section(offset)?;
            // A comment at the beginning of one can hold the beginning of another.
            let bytes = offset..section.end;
            if read
                .iter()
                .any(|other| other.start < bytes.end && bytes.start < other.end)
            {
                return Err(reason::XREF_RANGE);
            }
            read.push(bytes);
            next = match section.trailer.find(b"Prev") {
                None => None,
                Some(Object::Integer(offset)) => {
                    Some(usize::try_from(*offset).map_err(|_| reason::XREF_RANGE)?)
                }
                Some(_) => return Err(reason::XREF),
            };
            let beside = section.beside.as_ref().map_or(0, |one| one.entries.len());
            objects = objects.saturating_add(section.entries.len() + beside);
            if objects > MAX_OBJECTS {
                return Err(reason::SIZE);
            }
            file.charge(section.entries.len().saturating_mul(8))?;
            file.sections.push(section);
        }
        if file
            .sections
            .iter()
            .any(|section| section.trailer.find(b"Encrypt").is_some())
        {
            return Err(reason::ENCRYPTED);
        }
        if file.sections.iter().any(|section| section.beside.is_some()) {
            file.charge(objects.saturating_mul(8))?;
            xref::join(&mut file.sections)?;
        }
        file.find_revisions(last)?;
        file.places = Places::of(&file.sections);
        Ok(file)
    }

    /// Takes steps from the budget of this file, however many jobs share it.
    ///
    /// Every loop whose length a file decides, and which is not bounded by the file's own size,
    /// has to pay here: so the whole is bounded by the size, whatever the shape.
    pub(super) fn charge(&self, steps: usize) -> Result<(), Reason> {
        let left = self.budget.get().checked_sub(steps as u64);
        self.budget.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(reason::WORK)
    }

    /// Steps that are left.
    pub(super) fn left(&self) -> usize {
        usize::try_from(self.budget.get()).unwrap_or(usize::MAX)
    }

    /// Whether the budget is spent: what was found since is not the whole.
    pub(super) fn is_spent(&self) -> bool {
        self.budget.get() == 0
    }

    /// Parses one object, and pays for it.
    pub(super) fn parse(&self, parser: &mut Parser<'_>) -> Result<Object, Reason> {
        self.parsed.set(self.parsed.get() + 1);
        let start = parser.steps();
        parser.allow(self.left());
        let object = parser.object();
        self.charge((parser.steps() - start).saturating_add(16))?;
        object
    }

    /// How many objects were parsed.
    #[cfg(test)]
    pub(super) fn parsed(&self) -> u64 {
        self.parsed.get()
    }

    /// Which sections end a revision.
    ///
    /// A linearised file has two sections and one revision: the tail behind the older section
    /// points to the newer one, which stands at the beginning of the file (annex F.3).
    fn find_revisions(&mut self, last: Tail) -> Result<(), Reason> {
        let mut revisions = Vec::new();
        for (head, section) in self.sections.iter().enumerate() {
            let tails = self.sections.iter().filter_map(|section| section.tail);
            let own = tails.filter(|tail| tail.startxref == section.offset);
            let own = own
                .max_by_key(|tail| tail.eof)
                .or((head == 0).then_some(last));
            if let Some(Tail { eof, end, .. }) = own {
                revisions.push(Revision { head, eof, end });
            }
        }
        revisions.reverse();
        let ascending = revisions.is_sorted_by(|one, two| one.end < two.end);
        let whole = revisions
            .last()
            .is_some_and(|revision| revision.eof == last.eof);
        if !ascending || !whole {
            return Err(reason::XREF_ORDER);
        }
        // What a revision knows was in the file when it was written.
        for (number, section) in self.sections.iter().enumerate() {
            let own = revisions.iter().rfind(|revision| revision.head <= number);
            let end = own.map_or(0, |revision| revision.eof);
            let inside =
                |place: &Place| !matches!(place, Place::At { offset, .. } if *offset >= end);
            let beside = section.beside.as_ref().map_or(0, |one| one.offset);
            let starts = section.offset.max(beside);
            if starts >= end || !section.entries.values().all(inside) {
                return Err(reason::XREF_RANGE);
            }
        }
        self.revisions = revisions;
        Ok(())
    }

    fn section(&self, offset: usize) -> Result<Section, Reason> {
        if offset >= self.bytes.len() {
            return Err(reason::XREF_RANGE);
        }
        let mut parser = Parser::new(self.bytes, offset);
        parser.white_space();
        let mut section = if parser.keyword(b"xref") {
            self.table(parser)?
        } else {
            self.stream(offset)?
        };
        // Numbers from the size on are missing to some readers (7.5.5) and there to others.
        let size = section.trailer.integer(b"Size").ok_or(reason::XREF)?;
        let highest = section.entries.keys().next_back().copied();
        if highest.is_some_and(|number| i64::from(number) >= size) {
            return Err(reason::XREF_SIZE);
        }
        section.offset = offset;
        match section.trailer.find(b"XRefStm") {
            None => {}
            Some(Object::Integer(offset)) if !section.is_stream => {
                let offset = usize::try_from(*offset).map_err(|_| reason::XREF_RANGE)?;
                section.beside = Some(self.beside(offset, size, &section.trailer)?);
            }
            Some(_) => return Err(reason::XREF),
        }
        Ok(section)
    }

    /// The stream beside a table: it tells where objects are, and nothing else of the file.
    fn beside(&self, offset: usize, size: i64, table: &Dictionary) -> Result<Beside, Reason> {
        if offset >= self.bytes.len() {
            return Err(reason::XREF_RANGE);
        }
        let Section {
            entries, trailer, ..
        } = self.stream(offset)?;
        let other = |key: &[u8]| {
            trailer
                .find(key)
                .is_some_and(|own| Some(own) != table.find(key))
        };
        let leads = [&b"Prev"[..], b"XRefStm", b"Encrypt"];
        if [&b"Root"[..], b"Info"].into_iter().any(other)
            || leads.iter().any(|key| trailer.find(key).is_some())
        {
            return Err(reason::HYBRID);
        }
        let highest = entries.keys().next_back().copied();
        if highest.is_some_and(|number| i64::from(number) >= size) {
            return Err(reason::XREF_SIZE);
        }
        self.charge(entries.len().saturating_mul(8))?;
        Ok(Beside { offset, entries })
    }

    /// A cross-reference table (7.5.4) and its trailer.
    fn table(&self, mut parser: Parser<'a>) -> Result<Section, Reason> {
        let entries = xref::rows(self.bytes, &mut parser)?;
        let Object::Dictionary(trailer) = self.parse(&mut parser)? else {
            return Err(reason::XREF);
        };
        Ok(Section {
            offset: 0,
            end: parser.at(),
            entries,
            trailer,
            is_stream: false,
            tail: Tail::after(self.bytes, parser.at()),
            beside: None,
        })
    }

    /// A cross-reference stream (7.5.8).
    fn stream(&self, offset: usize) -> Result<Section, Reason> {
        let (_, indirect, end) = self.indirect_at(offset, None).map_err(|why| match why {
            reason::XREF_OBJECT => reason::XREF,
            other => other,
        })?;
        let Indirect {
            object: Object::Dictionary(trailer),
            stream: Some(data),
        } = indirect
        else {
            return Err(reason::XREF);
        };
        if !trailer.is(b"Type", b"XRef") {
            return Err(reason::XREF);
        }
        let data = filter::decode(&trailer, self.bytes.get(data).unwrap_or_default())?;
        self.charge(data.len() / UNPACKING)?;
        // Few bytes can name millions of numbers.
        let most = self.budget.get() / ENTRY;
        let entries = xref::entries(
            &trailer,
            &data,
            usize::try_from(most).unwrap_or(MAX_OBJECTS),
        )?;
        self.charge(entries.len().saturating_mul(ENTRY as usize))?;
        let tail = Tail::after(self.bytes, end);
        Ok(Section {
            offset,
            end,
            entries,
            trailer,
            is_stream: true,
            tail,
            beside: None,
        })
    }

    /// The indirect object at this place, and where it ends. Without a view, the length of a
    /// stream has to be written beside it.
    pub(super) fn indirect_at(
        &self,
        offset: usize,
        view: Option<View<'_>>,
    ) -> Result<(Id, Indirect, usize), Reason> {
        let mut parser = Parser::new(self.bytes, offset);
        parser.white_space();
        self.charge(parser.at() - offset.min(parser.at()))?;
        let id = parser.header().ok_or(reason::XREF_OBJECT)?;
        let object = self.parse(&mut parser)?;
        parser.skip();
        if parser.keyword(b"endobj") {
            return Ok((
                id,
                Indirect {
                    object,
                    stream: None,
                },
                parser.at(),
            ));
        }
        let Object::Dictionary(dictionary) = &object else {
            return Err(reason::SYNTAX);
        };
        if !parser.literal(b"stream") || !(parser.literal(b"\r\n") || parser.literal(b"\n")) {
            return Err(reason::SYNTAX);
        }
        let length = match (dictionary.find(b"Length"), view) {
            (Some(Object::Integer(length)), _) => Some(*length),
            (Some(Object::Reference(id)), Some(view)) => view.plain_integer(*id)?,
            _ => None,
        };
        let length = length
            .and_then(|length| usize::try_from(length).ok())
            .ok_or(reason::STREAM)?;
        let start = parser.at();
        let end = start
            .checked_add(length)
            .filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(reason::STREAM)?;
        let mut parser = Parser::new(self.bytes, end);
        parser.white_space();
        self.charge(parser.at() - end)?;
        if !parser.keyword(b"endstream") {
            return Err(reason::STREAM);
        }
        parser.skip();
        if !parser.keyword(b"endobj") {
            return Err(reason::STREAM);
        }
        Ok((
            id,
            Indirect {
                object,
                stream: Some(start..end),
            },
            parser.at(),
        ))
    }

    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Oldest first.
    pub(super) fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// Where the last revision ends; what follows belongs to nothing.
    pub(super) fn end(&self) -> usize {
        self.revisions.last().map_or(0, |revision| revision.end)
    }

    /// The document as of a revision.
    pub(super) fn view(&self, revision: Revision) -> View<'_> {
        View::new(self, revision.head)
    }

    /// The document as it is.
    pub(super) fn latest(&self) -> View<'_> {
        View::new(self, 0)
    }

    /// Where the newest section begins and whether it is a stream: what an update continues.
    pub(super) fn newest_section(&self) -> (usize, bool) {
        self.sections
            .first()
            .map_or((0, false), |section| (section.offset, section.is_stream))
    }

    /// Whether any section says that an object, or a section, lies in one of these parts.
    pub(super) fn points_into<'g>(
        &self,
        parts: impl Iterator<Item = &'g std::ops::Range<usize>>,
    ) -> bool {
        let sections = self.sections.iter();
        let places = sections
            .clone()
            .flat_map(|section| section.entries.values());
        let places = places.filter_map(|place| match place {
            Place::At { offset, .. } => Some(*offset),
            _ => None,
        });
        let beside = sections
            .clone()
            .filter_map(|section| section.beside.as_ref().map(|one| one.offset));
        let all = places
            .chain(sections.map(|section| section.offset))
            .chain(beside);
        let all: BTreeSet<usize> = all.collect();
        let mut parts = parts.filter(|part| !part.is_empty());
        parts.any(|part| all.range(part.clone()).next().is_some())
    }
}

fn rfind(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).rposition(|window| window == word)
}
