//! The document as of one revision: objects by their numbers.

use std::collections::BTreeSet;

use super::file::File;
use super::filter;
use super::object::{Dictionary, Id, Indirect, Object};
use super::parser::Parser;
use super::rules::reason;
use super::xref::{Place, Section};
use crate::report::Reason;

/// The document as of one revision.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'f> {
    file: &'f File<'f>,
    from: usize,
}

/// Where an object is, however the container is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) offset: usize,
    pub(super) index: Option<usize>,
}

/// An object stream, unpacked (7.5.7).
#[derive(Debug)]
pub(super) struct ObjectStream {
    bytes: Vec<u8>,
    /// Numbers and offsets.
    index: Vec<(u32, usize)>,
}

/// Bytes of all object streams together, unpacked.
const MAX_UNPACKED: usize = 256 << 20;
/// References that lead to references.
const MAX_HOPS: usize = 32;

impl<'f> View<'f> {
    /// What the sections say from this one on.
    pub(super) fn new(file: &'f File<'f>, from: usize) -> View<'f> {
        View { file, from }
    }

    fn sections(&self) -> &'f [Section] {
        self.file.sections.get(self.from..).unwrap_or_default()
    }

    fn place(&self, number: u32) -> Option<Place> {
        if let Some(numbers) = self.file.looked_up.borrow_mut().as_mut() {
            numbers.insert(number);
        }
        self.file.places.find(number, self.from)
    }

    pub(super) fn trailer(&self) -> Dictionary {
        self.sections()
            .first()
            .map(|section| section.trailer.clone())
            .unwrap_or_default()
    }

    /// Numbers of the objects that are in use.
    pub(super) fn numbers(&self) -> BTreeSet<u32> {
        let places = &self.file.places;
        let in_use = |number: &u32| places.find(*number, self.from).is_some();
        places.numbers().filter(in_use).collect()
    }

    /// Numbers whose objects may be others than in an older view: all that the sections between
    /// name, and what is in object streams that moved.
    pub(super) fn changed_since(&self, older: View<'_>) -> Result<BTreeSet<u32>, Reason> {
        let places = &self.file.places;
        let mut changed = BTreeSet::new();
        let between = self.file.sections.get(self.from..older.from);
        for section in between.unwrap_or_default() {
            self.charge(section.entries.len().saturating_mul(8))?;
            for number in section.entries.keys() {
                let moved = places.find(*number, self.from) != places.find(*number, older.from);
                if moved && changed.insert(*number) {
                    for member in places.members(*number) {
                        self.charge(8)?;
                        changed.insert(member);
                    }
                }
            }
        }
        Ok(changed)
    }

    pub(super) fn is_in_use(&self, number: u32) -> bool {
        self.place(number).is_some()
    }

    /// Whether two revisions have the same roots.
    pub(super) fn same_trailer(&self, other: View<'_>) -> bool {
        let places: [&[u8]; 7] = [
            b"Prev", b"Size", b"ID", b"Index", b"W", b"Length", b"Filter",
        ];
        self.trailer().without(&places) == other.trailer().without(&places)
    }

    /// Takes steps from the budget of the file.
    pub(super) fn charge(&self, steps: usize) -> Result<(), Reason> {
        self.file.charge(steps)
    }

    /// Steps that are left of it.
    pub(super) fn left(&self) -> usize {
        self.file.left()
    }

    /// Numbers that are looked up while a job runs; not those of such a job inside it.
    pub(super) fn looked_up<T>(&self, job: impl FnOnce() -> T) -> (T, BTreeSet<u32>) {
        let outer = self.file.looked_up.replace(Some(BTreeSet::new()));
        let done = job();
        let numbers = self.file.looked_up.replace(outer);
        (done, numbers.unwrap_or_default())
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
            let opened = ObjectStream::open(&container, self.file.bytes())?;
            self.charge(opened.bytes.len() / 4 + 8 * opened.index.len())?;
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
        match self.file.parse(&mut Parser::new(&opened.bytes, *place))? {
            // It has no number of its own, so it cannot be a reference.
            Object::Reference(_) => Err(reason::OBJECT_STREAM),
            object => Ok(object),
        }
    }

    /// An integer with a number of its own: the length of a stream.
    ///
    /// Opens nothing whose length would have to be looked for, so it always ends.
    pub(super) fn plain_integer(&self, id: Id) -> Result<Option<i64>, Reason> {
        let (found, object) = match self.place(id.number) {
            Some(Place::At { offset, .. }) => {
                let mut parser = Parser::new(self.file.bytes(), offset);
                parser.white_space();
                (parser.header(), self.file.parse(&mut parser)?)
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
        self.file.bytes().get(indirect.stream.clone()?)
    }
}

impl ObjectStream {
    pub(super) fn open(container: &Indirect, bytes: &[u8]) -> Result<ObjectStream, Reason> {
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
