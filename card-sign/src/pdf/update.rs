//! An incremental update (増分更新, ISO 32000-1, 7.5.6): objects, cross-references, trailer.

use std::collections::BTreeMap;
use std::ops::Range;

use card_core::digest::{Digest, HashAlgorithm};

use super::file::File;
use super::object::{Dictionary, Id, Object};
use super::rules::reason;
use crate::report::Reason;

/// What is appended to a file, as it comes together.
#[derive(Debug)]
pub(super) struct Update {
    bytes: Vec<u8>,
    /// Where the update begins in the file.
    base: usize,
    next: u32,
    entries: BTreeMap<Id, usize>,
}

/// Room for the byte range of a file of ten gigabytes.
const RANGE: usize = b"[0 1000000000 1000000000 1000000000]".len();

impl Update {
    pub(super) fn new(file: &File<'_>, original: &[u8]) -> Update {
        let ended = matches!(original.last(), Some(b'\n' | b'\r'));
        let bytes = if ended { Vec::new() } else { vec![b'\n'] };
        Update {
            bytes,
            base: original.len(),
            next: file.latest().size(),
            entries: BTreeMap::new(),
        }
    }

    /// A new number.
    pub(super) fn new_id(&mut self) -> Id {
        let id = Id {
            number: self.next,
            generation: 0,
        };
        self.next = self.next.saturating_add(1);
        id
    }

    fn begin(&mut self, id: Id) {
        self.entries.insert(id, self.base + self.bytes.len());
        self.bytes
            .extend(format!("{} {} obj\n", id.number, id.generation).bytes());
    }

    pub(super) fn object(&mut self, id: Id, object: &Object) {
        self.begin(id);
        object.write(&mut self.bytes);
        self.bytes.extend(b"\nendobj\n");
    }

    /// A stream, packed with Flate.
    pub(super) fn stream(&mut self, id: Id, mut dictionary: Dictionary, data: &[u8]) {
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(data, 9);
        dictionary.set(b"Filter", Object::name(b"FlateDecode"));
        self.raw_stream(id, dictionary, &packed);
    }

    fn raw_stream(&mut self, id: Id, mut dictionary: Dictionary, data: &[u8]) {
        dictionary.set(b"Length", Object::Integer(data.len() as i64));
        self.begin(id);
        dictionary.write(&mut self.bytes);
        self.bytes.extend(b"\nstream\n");
        self.bytes.extend(data);
        self.bytes.extend(b"\nendstream\nendobj\n");
    }

    /// The signature dictionary with room for range and value; tells where these are.
    pub(super) fn signature(
        &mut self,
        id: Id,
        dictionary: &Dictionary,
        room: usize,
    ) -> (Range<usize>, Range<usize>) {
        self.begin(id);
        let mut written = Vec::new();
        dictionary.write(&mut written);
        self.bytes
            .extend(written.strip_suffix(b">>").unwrap_or(&written));
        self.bytes.extend(b"/ByteRange ");
        let range = self.bytes.len()..self.bytes.len() + RANGE;
        self.bytes.resize(range.end, b' ');
        self.bytes.extend(b"\n/Contents ");
        let gap = self.bytes.len()..self.bytes.len() + 2 * room + 2;
        self.bytes.push(b'<');
        self.bytes.resize(gap.end - 1, b'0');
        self.bytes.extend(b">\n>>\nendobj\n");
        (range, gap)
    }

    /// Cross-references of the kind that the file has, and the trailer.
    pub(super) fn finish(mut self, file: &File<'_>) -> Result<Vec<u8>, Reason> {
        let (previous, is_stream) = file.newest_section();
        let old = file.latest().trailer();
        let own = self.base + self.bytes.len();
        let mut trailer = Dictionary::default();
        for key in [&b"Root"[..], b"Info"] {
            old.find(key)
                .into_iter()
                .for_each(|value| trailer.set(key, value.clone()));
        }
        if let Some([first, _]) = old.find(b"ID").and_then(Object::as_array) {
            let digest = Digest::of(HashAlgorithm::Sha256, &self.bytes);
            let second = digest.as_bytes().get(..16).unwrap_or_default().to_vec();
            trailer.set(
                b"ID",
                Object::Array(vec![first.clone(), Object::String(second)]),
            );
        }
        let previous = i64::try_from(previous).map_err(|_| reason::SIZE)?;
        trailer.set(b"Prev", Object::Integer(previous));
        if is_stream {
            self.cross_reference_stream(trailer)?;
        } else {
            trailer.set(b"Size", Object::Integer(self.next.into()));
            self.cross_reference_table(&trailer)?;
        }
        self.bytes
            .extend(format!("startxref\n{own}\n%%EOF\n").bytes());
        Ok(self.bytes)
    }

    fn cross_reference_table(&mut self, trailer: &Dictionary) -> Result<(), Reason> {
        self.bytes.extend(b"xref\n");
        for run in self.runs() {
            let first = run.first().map_or(0, |(id, _)| id.number);
            self.bytes
                .extend(format!("{first} {}\n", run.len()).bytes());
            for (id, offset) in run {
                let row = format!("{offset:010} {:05} n \n", id.generation);
                if row.len() != 20 {
                    return Err(reason::SIZE);
                }
                self.bytes.extend(row.bytes());
            }
        }
        self.bytes.extend(b"trailer\n");
        trailer.write(&mut self.bytes);
        self.bytes.push(b'\n');
        Ok(())
    }

    fn cross_reference_stream(&mut self, mut trailer: Dictionary) -> Result<(), Reason> {
        let id = self.new_id();
        // It is in its own table, at the place where it is about to be written.
        self.entries.insert(id, self.base + self.bytes.len());
        let mut index = Vec::new();
        let mut rows = Vec::new();
        for run in self.runs() {
            let first = run.first().map_or(0, |(id, _)| id.number);
            index.extend([
                Object::Integer(first.into()),
                Object::Integer(run.len() as i64),
            ]);
            for (id, offset) in run {
                rows.push(1);
                rows.extend((offset as u64).to_be_bytes());
                rows.extend(id.generation.to_be_bytes());
            }
        }
        trailer.set(b"Type", Object::name(b"XRef"));
        trailer.set(b"Size", Object::Integer(self.next.into()));
        trailer.set(b"W", Object::Array([1, 8, 2].map(Object::Integer).to_vec()));
        trailer.set(b"Index", Object::Array(index));
        self.stream(id, trailer, &rows);
        Ok(())
    }

    /// The entries in runs of numbers that follow each other.
    fn runs(&self) -> Vec<Vec<(Id, usize)>> {
        let mut runs: Vec<Vec<(Id, usize)>> = Vec::new();
        for (id, offset) in &self.entries {
            match runs.last_mut() {
                Some(run)
                    if run
                        .last()
                        .is_some_and(|(last, _)| last.number + 1 == id.number) =>
                {
                    run.push((*id, *offset));
                }
                _ => runs.push(vec![(*id, *offset)]),
            }
        }
        runs
    }
}
