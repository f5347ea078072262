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

use super::filter;
use super::object::{Dictionary, Id, Indirect, Object, Parser};
use super::rules::reason;
use crate::report::Reason;

/// A PDF file, taken apart as far as its cross-reference sections go.
#[derive(Debug)]
pub(super) struct File<'a> {
    bytes: &'a [u8],
    /// Newest first.
    sections: Vec<Section>,
    /// Oldest first; at least one.
    revisions: Vec<Revision>,
    /// Object streams that were opened, by their place.
    opened: RefCell<BTreeMap<usize, ObjectStream>>,
    /// How many bytes these have together.
    unpacked: Cell<usize>,
}

/// One cross-reference section.
#[derive(Debug)]
struct Section {
    offset: usize,
    entries: BTreeMap<u32, Place>,
    trailer: Dictionary,
    is_stream: bool,
    tail: Option<Tail>,
}

/// `startxref`, a number, `%%EOF`.
#[derive(Clone, Copy, Debug)]
struct Tail {
    startxref: usize,
    eof: usize,
    end: usize,
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

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Free,
    At { offset: usize, generation: u16 },
    In { stream: u32, index: usize },
}

/// Where an object is, however the container is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) offset: usize,
    pub(super) index: Option<usize>,
}

/// The document as of one revision.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'f> {
    file: &'f File<'f>,
    from: usize,
}

#[derive(Debug)]
struct ObjectStream {
    bytes: Vec<u8>,
    /// Numbers and offsets.
    index: Vec<(u32, usize)>,
}

/// Sections of one file. A signature adds one; a long-lived form has dozens. Each revision is read
/// once when a file is checked.
const MAX_SECTIONS: usize = 256;
/// Entries of all sections together; the largest known documents have a tenth.
const MAX_OBJECTS: usize = 4 << 20;
/// Bytes of all object streams together, unpacked.
const MAX_UNPACKED: usize = 256 << 20;
/// References that lead to references.
const MAX_HOPS: usize = 32;

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
        };
        let mut objects = 0usize;
        let mut seen = BTreeSet::new();
        let mut next = Some(last.startxref);
        while let Some(offset) = next {
            if !seen.insert(offset) || seen.len() > MAX_SECTIONS {
                return Err(reason::XREF_LOOP);
            }
            let section = file.section(offset)?;
            next = match section.trailer.find(b"Prev") {
                None => None,
                Some(Object::Integer(offset)) => {
                    Some(usize::try_from(*offset).map_err(|_| reason::XREF_RANGE)?)
                }
                Some(_) => return Err(reason::XREF),
            };
            objects = objects.saturating_add(section.entries.len());
            if objects > MAX_OBJECTS {
                return Err(reason::SIZE);
            }
            file.sections.push(section);
        }
        if file
            .sections
            .iter()
            .any(|section| section.trailer.find(b"Encrypt").is_some())
        {
            return Err(reason::ENCRYPTED);
        }
        file.find_revisions(last)?;
        Ok(file)
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
            if section.offset >= end || !section.entries.values().all(inside) {
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
            table(self.bytes, parser)?
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
        if section.trailer.find(b"XRefStm").is_some() {
            return Err(reason::HYBRID);
        }
        Ok(section)
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
        let numbers = |key| -> Option<Vec<usize>> {
            let array = trailer.find(key)?.as_array()?;
            let number = |value: &Object| match value {
                Object::Integer(value) => usize::try_from(*value).ok(),
                _ => None,
            };
            array.iter().map(number).collect()
        };
        let size = trailer
            .integer(b"Size")
            .and_then(|size| usize::try_from(size).ok());
        let size = size.ok_or(reason::XREF)?;
        let widths = numbers(b"W").ok_or(reason::XREF)?;
        let index = match trailer.find(b"Index") {
            None => vec![0, size],
            Some(_) => numbers(b"Index").ok_or(reason::XREF)?,
        };
        let [kind, second, third] = *widths.as_slice() else {
            return Err(reason::XREF);
        };
        let width = kind.saturating_add(second).saturating_add(third);
        let (ranges, left) = index.as_chunks::<2>();
        if widths.iter().any(|width| *width > 8) || width == 0 || !left.is_empty() {
            return Err(reason::XREF);
        }
        let mut rows = data.chunks_exact(width);
        let mut entries = BTreeMap::new();
        for [first, count] in ranges {
            for number in *first..first.saturating_add(*count) {
                let row = rows.next().ok_or(reason::XREF)?;
                let (kind_field, rest) = row.split_at_checked(kind).ok_or(reason::XREF)?;
                let (second, third) = rest.split_at_checked(second).ok_or(reason::XREF)?;
                let field =
                    |bytes: &[u8]| bytes.iter().fold(0, |sum: u64, b| sum << 8 | u64::from(*b));
                let number = u32::try_from(number).map_err(|_| reason::XREF)?;
                let small = |value| usize::try_from(value).map_err(|_| reason::XREF_RANGE);
                let place = match if kind_field.is_empty() {
                    1
                } else {
                    field(kind_field)
                } {
                    0 => Place::Free,
                    1 => Place::At {
                        offset: small(field(second))?,
                        generation: u16::try_from(field(third)).map_err(|_| reason::XREF)?,
                    },
                    2 => Place::In {
                        stream: u32::try_from(field(second)).map_err(|_| reason::XREF)?,
                        index: small(field(third))?,
                    },
                    // Kinds of the future are null (7.5.8.3): two readers may see two documents.
                    _ => return Err(reason::XREF),
                };
                if entries.insert(number, place).is_some() {
                    return Err(reason::XREF);
                }
                if entries.len() > MAX_OBJECTS {
                    return Err(reason::SIZE);
                }
            }
        }
        let tail = Tail::after(self.bytes, end);
        Ok(Section {
            offset,
            entries,
            trailer,
            is_stream: true,
            tail,
        })
    }

    /// The indirect object at this place, and where it ends. Without a view, the length of a
    /// stream has to be written beside it.
    fn indirect_at(
        &self,
        offset: usize,
        view: Option<View<'_>>,
    ) -> Result<(Id, Indirect, usize), Reason> {
        let mut parser = Parser::new(self.bytes, offset);
        parser.white_space();
        let id = parser.header().ok_or(reason::XREF_OBJECT)?;
        let object = parser.object()?;
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
        View {
            file: self,
            from: revision.head,
        }
    }

    /// The document as it is.
    pub(super) fn latest(&self) -> View<'_> {
        View {
            file: self,
            from: 0,
        }
    }

    /// Where the newest section begins and whether it is a stream: what an update continues.
    pub(super) fn newest_section(&self) -> (usize, bool) {
        self.sections
            .first()
            .map_or((0, false), |section| (section.offset, section.is_stream))
    }

    /// Whether any section says that an object lies in this part of the file.
    pub(super) fn points_into(&self, part: &std::ops::Range<usize>) -> bool {
        self.sections.iter().any(|section| {
            let places = section.entries.values();
            let inside =
                |place: &Place| matches!(place, Place::At { offset, .. } if part.contains(offset));
            part.contains(&section.offset) || places.into_iter().any(inside)
        })
    }
}

impl Tail {
    fn after(bytes: &[u8], at: usize) -> Option<Tail> {
        let mut parser = Parser::new(bytes, at);
        parser.white_space();
        Tail::read(bytes, parser.at())
    }

    fn read(bytes: &[u8], at: usize) -> Option<Tail> {
        let mut parser = Parser::new(bytes, at);
        parser.keyword(b"startxref").then_some(())?;
        parser.white_space();
        let startxref = usize::try_from(parser.unsigned()?).ok()?;
        parser.white_space();
        parser.literal(b"%%EOF").then_some(())?;
        let eof = parser.at();
        let _ = parser.literal(b"\r\n") || parser.literal(b"\n") || parser.literal(b"\r");
        Some(Tail {
            startxref,
            eof,
            end: parser.at(),
        })
    }
}

/// A cross-reference table (7.5.4) and its trailer. Its entries have exactly twenty bytes.
fn table<'a>(bytes: &'a [u8], mut parser: Parser<'a>) -> Result<Section, Reason> {
    let mut entries = BTreeMap::new();
    loop {
        parser.white_space();
        if parser.keyword(b"trailer") {
            break;
        }
        let first = parser
            .unsigned()
            .and_then(|n| u32::try_from(n).ok())
            .ok_or(reason::XREF)?;
        parser.white_space();
        let count = parser
            .unsigned()
            .and_then(|n| u32::try_from(n).ok())
            .ok_or(reason::XREF)?;
        parser.white_space();
        for number in 0..count {
            let number = first.checked_add(number).ok_or(reason::XREF)?;
            let row = bytes
                .get(parser.at()..)
                .and_then(|rest| rest.first_chunk::<20>());
            let place = row.and_then(table_entry).ok_or(reason::XREF)?;
            if entries.insert(number, place).is_some() {
                return Err(reason::XREF);
            }
            parser = Parser::new(bytes, parser.at() + 20);
        }
    }
    let Object::Dictionary(trailer) = parser.object()? else {
        return Err(reason::XREF);
    };
    let tail = Tail::after(bytes, parser.at());
    Ok(Section {
        offset: 0,
        entries,
        trailer,
        is_stream: false,
        tail,
    })
}

/// `0000000017 00000 n` and two bytes of line end.
fn table_entry(row: &[u8; 20]) -> Option<Place> {
    let (row, end) = row.split_at_checked(18)?;
    if !matches!(end, b" \r" | b" \n" | b"\r\n") {
        return None;
    }
    let text = std::str::from_utf8(row).ok()?;
    let (offset, rest) = text.split_at_checked(10)?;
    let (generation, kind) = rest.strip_prefix(' ')?.split_at_checked(5)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(offset) || !digits(generation) {
        return None;
    }
    match kind {
        " f" => Some(Place::Free),
        " n" => Some(Place::At {
            offset: offset.parse().ok()?,
            generation: generation.parse().ok()?,
        }),
        _ => None,
    }
}

impl<'f> View<'f> {
    fn sections(&self) -> &'f [Section] {
        self.file.sections.get(self.from..).unwrap_or_default()
    }

    fn place(&self, number: u32) -> Option<Place> {
        let found = self
            .sections()
            .iter()
            .find_map(|section| section.entries.get(&number));
        found.copied().filter(|place| *place != Place::Free)
    }

    pub(super) fn trailer(&self) -> Dictionary {
        self.sections()
            .first()
            .map(|section| section.trailer.clone())
            .unwrap_or_default()
    }

    /// Numbers of the objects that are in use.
    pub(super) fn numbers(&self) -> BTreeSet<u32> {
        let all = self
            .sections()
            .iter()
            .flat_map(|section| section.entries.keys().copied());
        let all: BTreeSet<u32> = all.collect();
        all.into_iter()
            .filter(|number| self.place(*number).is_some())
            .collect()
    }

    /// One more than the highest number that was ever given.
    pub(super) fn size(&self) -> u32 {
        let highest = self
            .sections()
            .iter()
            .filter_map(|section| section.entries.keys().last());
        let sizes = self
            .sections()
            .iter()
            .filter_map(|section| section.trailer.integer(b"Size"));
        let sizes = sizes.filter_map(|size| u32::try_from(size).ok());
        sizes
            .chain(highest.map(|number| number.saturating_add(1)))
            .max()
            .unwrap_or(1)
    }

    /// Where an object is; `None` if it is free or unknown.
    pub(super) fn location(&self, number: u32) -> Option<Location> {
        match self.place(number)? {
            Place::Free => None,
            Place::At { offset, .. } => Some(Location {
                offset,
                index: None,
            }),
            Place::In { stream, index } => match self.place(stream) {
                Some(Place::At { offset, .. }) => Some(Location {
                    offset,
                    index: Some(index),
                }),
                // An object stream inside another is refused when it is opened.
                _ => Some(Location {
                    offset: usize::MAX,
                    index: Some(index),
                }),
            },
        }
    }

    /// The generation that a reference to this object needs.
    pub(super) fn id(&self, number: u32) -> Id {
        match self.place(number) {
            Some(Place::At { generation, .. }) => Id { number, generation },
            _ => Id {
                number,
                generation: 0,
            },
        }
    }

    /// The object with this number; null if there is none (7.3.10).
    pub(super) fn indirect(&self, id: Id) -> Result<Indirect, Reason> {
        let null = Indirect {
            object: Object::Null,
            stream: None,
        };
        match self.place(id.number) {
            None | Some(Place::Free) => Ok(null),
            Some(Place::At { generation, .. }) if generation != id.generation => Ok(null),
            Some(Place::At { offset, .. }) => {
                let (found, indirect, _) = self.file.indirect_at(offset, Some(*self))?;
                if found == id {
                    Ok(indirect)
                } else {
                    Err(reason::XREF_OBJECT)
                }
            }
            Some(Place::In { .. }) if id.generation != 0 => Ok(null),
            Some(Place::In { stream, index }) => {
                let object = self.inside(id.number, (stream, index), Some(*self))?;
                Ok(Indirect {
                    object,
                    stream: None,
                })
            }
        }
    }

    /// An object in an object stream (7.5.7). `lengths` finds the stream's own length.
    fn inside(
        &self,
        number: u32,
        (stream, index): (u32, usize),
        lengths: Option<View<'_>>,
    ) -> Result<Object, Reason> {
        let Some(Place::At { offset, generation }) = self.place(stream) else {
            return Err(reason::OBJECT_STREAM);
        };
        if !self.file.opened.borrow().contains_key(&offset) {
            let (found, container, _) = self.file.indirect_at(offset, lengths)?;
            if found
                != (Id {
                    number: stream,
                    generation,
                })
            {
                return Err(reason::XREF_OBJECT);
            }
            let opened = ObjectStream::open(&container, self.file.bytes)?;
            let all = self.file.unpacked.get().saturating_add(opened.bytes.len());
            if all > MAX_UNPACKED {
                return Err(reason::SIZE);
            }
            self.file.unpacked.set(all);
            self.file.opened.borrow_mut().insert(offset, opened);
        }
        let opened = self.file.opened.borrow();
        let opened = opened.get(&offset).ok_or(reason::OBJECT_STREAM)?;
        let found = opened
            .index
            .get(index)
            .filter(|(found, _)| *found == number);
        let (_, place) = found.ok_or(reason::XREF_OBJECT)?;
        match Parser::new(&opened.bytes, *place).object()? {
            // It has no number of its own, so it cannot be a reference.
            Object::Reference(_) => Err(reason::OBJECT_STREAM),
            object => Ok(object),
        }
    }

    /// An integer with a number of its own: the length of a stream.
    ///
    /// Opens nothing whose length would have to be looked for, so it always ends.
    fn plain_integer(&self, id: Id) -> Result<Option<i64>, Reason> {
        let (found, object) = match self.place(id.number) {
            Some(Place::At { offset, .. }) => {
                let mut parser = Parser::new(self.file.bytes, offset);
                parser.white_space();
                (parser.header(), parser.object()?)
            }
            Some(Place::In { stream, index }) => {
                let object = self.inside(id.number, (stream, index), None)?;
                (
                    Some(Id {
                        number: id.number,
                        generation: 0,
                    }),
                    object,
                )
            }
            _ => return Ok(None),
        };
        match object {
            Object::Integer(value) if found == Some(id) => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    /// The value behind references.
    pub(super) fn resolve(&self, object: &Object) -> Result<Object, Reason> {
        let mut object = object.clone();
        for _ in 0..MAX_HOPS {
            match object {
                Object::Reference(id) => object = self.indirect(id)?.object,
                other => return Ok(other),
            }
        }
        Err(reason::NESTING)
    }

    /// The value of a key, behind references; null if it is not there.
    pub(super) fn value(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Object, Reason> {
        dictionary
            .find(key)
            .map_or(Ok(Object::Null), |value| self.resolve(value))
    }

    /// The dictionary with this number, of a stream too.
    pub(super) fn dictionary(&self, id: Id) -> Result<Option<Dictionary>, Reason> {
        Ok(match self.indirect(id)?.object {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        })
    }

    /// The bytes of a stream as they stand in the file.
    pub(super) fn raw(&self, indirect: &Indirect) -> Option<&'f [u8]> {
        self.file.bytes.get(indirect.stream.clone()?)
    }
}

impl ObjectStream {
    fn open(container: &Indirect, bytes: &[u8]) -> Result<ObjectStream, Reason> {
        let Indirect {
            object: Object::Dictionary(dictionary),
            stream: Some(data),
        } = container
        else {
            return Err(reason::OBJECT_STREAM);
        };
        let number = |key| {
            dictionary
                .integer(key)
                .and_then(|value| usize::try_from(value).ok())
        };
        let (Some(count), Some(first)) = (number(b"N"), number(b"First")) else {
            return Err(reason::OBJECT_STREAM);
        };
        if !dictionary.is(b"Type", b"ObjStm") {
            return Err(reason::OBJECT_STREAM);
        }
        let bytes = filter::decode(dictionary, bytes.get(data.clone()).unwrap_or_default())?;
        let mut parser = Parser::new(&bytes, 0);
        let mut index = Vec::new();
        for _ in 0..count {
            let mut next = || {
                parser.skip();
                parser.unsigned()
            };
            let (number, offset) = next().zip(next()).ok_or(reason::OBJECT_STREAM)?;
            let number = u32::try_from(number).map_err(|_| reason::OBJECT_STREAM)?;
            let offset = usize::try_from(offset)
                .ok()
                .and_then(|offset| first.checked_add(offset));
            index.push((number, offset.ok_or(reason::OBJECT_STREAM)?));
        }
        Ok(ObjectStream { bytes, index })
    }
}

fn rfind(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).rposition(|window| window == word)
}
