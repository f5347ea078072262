//! BER as a stream: what is small is kept, the content passes by.
//!
//! One pass and no way back, so that a pipe will do. The content is hashed with every function that
//! the file announces, because who signed with which comes only after it.

use std::io::{self, BufRead as _, BufReader, Read, Write};

use card_core::certificate::Oid;
use card_core::digest::{Digest, HashAlgorithm, Hasher};

use super::algorithm;
use super::rules::{self, reason};
use crate::ber::{self, BerError, Header, OCTET_STRING, OID, SEQUENCE};
use crate::pieces::in_pieces;
use crate::report::{Reason, Rule};

/// A stream of BER: opens what it is told to open, keeps the small, lets the content pass.
pub(super) struct Source<R> {
    reader: BufReader<R>,
    /// Where the next header, read or not, begins.
    at: u64,
    next: Option<(Header, Vec<u8>)>,
    /// Ends of what is open, from the outside in; `None` ends with end-of-contents.
    open: Vec<Option<u64>>,
    kept: usize,
}

impl<R: Read> Source<R> {
    pub(super) fn new(reader: R) -> Source<R> {
        let reader = BufReader::with_capacity(PIECE, reader);
        Source {
            reader,
            at: 0,
            next: None,
            open: Vec::new(),
            kept: 0,
        }
    }

    /// The header that comes next, or `None` where the innermost open element ends.
    fn peek(&mut self) -> Result<Option<Header>, ReadError> {
        let innermost = self.open.last().copied().flatten();
        if innermost == Some(self.at) {
            return Ok(None);
        }
        let header = match &self.next {
            Some((header, _)) => *header,
            None => self.read_header()?,
        };
        let ends = self.open.last() == Some(&None) && header.tag == 0 && header.length == Some(0);
        Ok((!ends).then_some(header))
    }

    fn read_header(&mut self) -> Result<Header, ReadError> {
        let mut bytes = Vec::with_capacity(Header::longest());
        // A header says byte by byte whether it goes on.
        while bytes.len() < Header::longest() {
            let mut byte = [0];
            self.reader.read_exact(&mut byte)?;
            bytes.extend(byte);
            if let Ok(header) = Header::read(&bytes) {
                self.next = Some((header, bytes));
                return Ok(header);
            }
        }
        Err(MALFORMED)
    }

    /// Steps behind the next header. The contents have to fit into everything that is open.
    fn step(&mut self) -> Result<(Header, Vec<u8>), ReadError> {
        self.peek()?.ok_or(MALFORMED)?;
        let (header, bytes) = self.next.take().ok_or(MALFORMED)?;
        self.at += header.size as u64;
        let end = self
            .at
            .checked_add(header.length.unwrap_or(0))
            .ok_or(MALFORMED)?;
        let bound = self.open.iter().rev().find_map(|end| *end);
        if bound.is_some_and(|bound| end > bound) {
            return Err(MALFORMED);
        }
        if header.length.is_none() && !header.is_constructed() {
            return Err(MALFORMED);
        }
        Ok((header, bytes))
    }

    /// Opens the next element, which has to have this tag.
    pub(super) fn open(&mut self, tag: u8) -> Result<(), ReadError> {
        match self.peek()? {
            Some(header) if header.tag == tag => self.enter(),
            _ => Err(MALFORMED),
        }
    }

    fn enter(&mut self) -> Result<(), ReadError> {
        let (header, _) = self.step()?;
        self.open.push(header.length.map(|length| self.at + length));
        Ok(())
    }

    /// Closes the innermost open element, which has to end here; gives its end-of-contents.
    pub(super) fn close(&mut self) -> Result<&'static [u8], ReadError> {
        if self.peek()?.is_some() {
            return Err(MALFORMED);
        }
        match self.open.pop() {
            Some(Some(_)) => Ok(&[]),
            _ => {
                // An end-of-contents written with a longer length is none.
                let (header, _) = self
                    .next
                    .take()
                    .filter(|(h, _)| h.size == 2)
                    .ok_or(MALFORMED)?;
                self.at += header.size as u64;
                Ok(&[0, 0])
            }
        }
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self) -> Result<(), ReadError> {
        let mut behind = Vec::new();
        match self.reader.by_ref().take(1).read_to_end(&mut behind)? {
            0 => Ok(()),
            _ => Err(ReadError::Refused(rules::ENCODING, reason::TRAILING)),
        }
    }

    /// The next element, which has to have this tag, as received.
    pub(super) fn element(&mut self, tag: u8) -> Result<Vec<u8>, ReadError> {
        match self.peek()? {
            Some(header) if header.tag == tag => {
                let mut bytes = Vec::new();
                self.keep(&mut bytes, 0)?;
                Ok(bytes)
            }
            _ => Err(MALFORMED),
        }
    }

    /// The elements of a SET OF, if one with this tag comes next.
    pub(super) fn list(&mut self, tag: u8) -> Result<Option<Vec<Vec<u8>>>, ReadError> {
        if self.peek()?.is_none_or(|header| header.tag != tag) {
            return Ok(None);
        }
        self.enter()?;
        let mut elements = Vec::new();
        while self.peek()?.is_some() {
            let mut bytes = Vec::new();
            self.keep(&mut bytes, 0)?;
            elements.push(bytes);
        }
        self.close()?;
        Ok(Some(elements))
    }

    fn keep(&mut self, to: &mut Vec<u8>, depth: usize) -> Result<(), ReadError> {
        let (header, bytes) = self.step()?;
        let length = header
            .length
            .map_or(Some(0), |length| usize::try_from(length).ok());
        self.kept = length
            .and_then(|length| self.kept.checked_add(length)?.checked_add(bytes.len()))
            .filter(|kept| *kept <= MAX_SIZE)
            .ok_or(ReadError::Refused(rules::LIMITS, reason::SIZE))?;
        to.extend_from_slice(&bytes);
        let Some(length) = header.length else {
            if depth == ber::MAX_DEPTH {
                return Err(TOO_DEEP);
            }
            self.open.push(None);
            while self.peek()?.is_some() {
                self.keep(to, depth + 1)?;
            }
            to.extend_from_slice(self.close()?);
            return Ok(());
        };
        let read = self.reader.by_ref().take(length).read_to_end(to)?;
        self.at += length;
        if read as u64 == length {
            Ok(())
        } else {
            Err(MALFORMED)
        }
    }

    /// The EncapsulatedContentInfo: its type, and what passed by.
    pub(super) fn content(
        &mut self,
        digest_algorithms: &[Vec<u8>],
        out: Option<&mut dyn Write>,
    ) -> Result<(Oid, Option<Content>), ReadError> {
        self.open(SEQUENCE)?;
        let id = self.element(OID)?;
        let id = Oid::from_content(ber::only(OID, &id)?.contents);
        let mut content = None;
        if self.peek()?.is_some() {
            self.open(ber::context(0))?;
            let mut passing = Passing::new(announced(digest_algorithms), out);
            self.pass(&mut passing, 0)?;
            self.close()?;
            content = Some(passing.finish());
        }
        self.close()?;
        Ok((id, content))
    }

    /// Lets an OCTET STRING pass, in whatever pieces it is written.
    fn pass(&mut self, passing: &mut Passing<'_>, depth: usize) -> Result<(), ReadError> {
        let header = self.peek()?.ok_or(MALFORMED)?;
        match (header.tag, header.length) {
            (OCTET_STRING, Some(length)) => {
                self.step()?;
                let mut left = length;
                while left > 0 {
                    // Hashed where it was read: pieces are often small, and copies cost.
                    let piece = match self.reader.fill_buf() {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                        read => read?,
                    };
                    let most = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let piece = piece.get(..most).filter(|piece| !piece.is_empty());
                    passing
                        .take(piece.ok_or(MALFORMED)?)
                        .map_err(ReadError::Io)?;
                    self.reader.consume(most);
                    left -= most as u64;
                }
                self.at += length;
                Ok(())
            }
            (CONSTRUCTED_OCTETS, _) if depth == ber::MAX_DEPTH => Err(TOO_DEEP),
            (CONSTRUCTED_OCTETS, _) => {
                self.enter()?;
                while self.peek()?.is_some() {
                    self.pass(passing, depth + 1)?;
                }
                self.close().map(|_| ())
            }
            (OCTET_STRING, None) => Err(MALFORMED),
            _ => Err(ReadError::Refused(rules::ENCODING, reason::CONTENT_FORM)),
        }
    }
}

/// An OCTET STRING in pieces.
const CONSTRUCTED_OCTETS: u8 = 0x24;

/// What is known about a content after it has passed by.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) digests: Vec<Digest>,
    pub(super) length: u64,
    /// The first bytes: enough to see a set of attributes.
    pub(super) head: Vec<u8>,
}

impl Content {
    /// Hashes a reader to its end.
    pub(super) fn of_reader(
        reader: &mut dyn Read,
        hashes: impl IntoIterator<Item = HashAlgorithm>,
    ) -> io::Result<Content> {
        let mut passing = Passing::new(hashes, None);
        in_pieces(reader, |piece| passing.take(piece))?;
        Ok(passing.finish())
    }

    pub(super) fn digest(&self, hash: HashAlgorithm) -> Option<&Digest> {
        self.digests
            .iter()
            .find(|digest| digest.algorithm() == hash)
    }
}

/// A content on its way: hashed, measured, and handed on.
struct Passing<'o> {
    hashers: Vec<Hasher>,
    length: u64,
    head: Vec<u8>,
    out: Option<&'o mut dyn Write>,
}

impl<'o> Passing<'o> {
    fn new(
        hashes: impl IntoIterator<Item = HashAlgorithm>,
        out: Option<&'o mut dyn Write>,
    ) -> Passing<'o> {
        let hashers = hashes.into_iter().map(Hasher::new).collect();
        Passing {
            hashers,
            length: 0,
            head: Vec::new(),
            out,
        }
    }

    fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        for hasher in &mut self.hashers {
            hasher.update(piece);
        }
        self.length += piece.len() as u64;
        let room = HEAD.saturating_sub(self.head.len()).min(piece.len());
        self.head
            .extend_from_slice(piece.get(..room).unwrap_or_default());
        self.out.as_mut().map_or(Ok(()), |out| out.write_all(piece))
    }

    fn finish(self) -> Content {
        let digests = self.hashers.into_iter().map(Hasher::finish).collect();
        Content {
            digests,
            length: self.length,
            head: self.head,
        }
    }
}

/// Why a SignedData could not be read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The reader or the writer failed.
    Io(io::Error),
    /// The bytes break a rule.
    Refused(Rule, Reason),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => MALFORMED,
            _ => ReadError::Io(error),
        }
    }
}

impl From<BerError> for ReadError {
    fn from(error: BerError) -> ReadError {
        match error {
            BerError::Malformed => MALFORMED,
            BerError::TooDeep => TOO_DEEP,
        }
    }
}

pub(super) const MALFORMED: ReadError = ReadError::Refused(rules::ENCODING, reason::MALFORMED);
const TOO_DEEP: ReadError = ReadError::Refused(rules::LIMITS, reason::DEPTH);

/// How much of a content is in memory at once.
const PIECE: usize = 64 * 1024;
/// An attribute's header and the content-type identifier need fewer.
const HEAD: usize = 64;
/// All but the content, together.
const MAX_SIZE: usize = 1 << 20;

/// The hash functions that AlgorithmIdentifiers name, once each; unknown ones are left out.
pub(super) fn announced(digest_algorithms: &[Vec<u8>]) -> Vec<HashAlgorithm> {
    let mut hashes = Vec::new();
    for identifier in digest_algorithms {
        let element = ber::only(SEQUENCE, identifier).ok();
        if let Some(hash) = element.and_then(|element| algorithm::hash(&element))
            && !hashes.contains(&hash)
        {
            hashes.push(hash);
        }
    }
    hashes
}
