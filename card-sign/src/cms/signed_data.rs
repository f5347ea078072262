//! The SignedData structure: read from a stream, kept as received, written as DER.
//!
//! The content may be larger than memory, so it is never held: reading hashes it as it passes with
//! every function that the file announces, writing copies it between what stands before and after
//! it. All else is at most one MiB and is kept byte for byte, because it may be signed.

use std::io::{self, BufReader, Read, Write};

use card_core::certificate::{Certificate, Oid};
use card_core::digest::{Digest, HashAlgorithm, Hasher};

use super::algorithm;
use super::oid;
use super::rules::{self, reason};
use crate::ber::{self, BerError, Element, Header, INTEGER, OCTET_STRING, OID, SEQUENCE, SET};
use crate::report::{Reason, Rule};

/// A CMS SignedData (署名付きデータ) with its signers, and without its content.
#[derive(Clone, Debug)]
pub struct SignedData {
    pub(super) version: u64,
    /// Everything in these lists is one element, as received.
    pub(super) digest_algorithms: Vec<Vec<u8>>,
    pub(super) content_type: Oid,
    pub(super) content: Option<Content>,
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) lists: Vec<Vec<u8>>,
    pub(super) signers: Vec<Vec<u8>>,
}

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
        let mut piece = vec![0; PIECE];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return Ok(passing.finish()),
                Ok(length) => passing.take(piece.get(..length).unwrap_or_default())?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn digest(&self, hash: HashAlgorithm) -> Option<&Digest> {
        self.digests.iter().find(|digest| digest.algorithm() == hash)
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
        Passing { hashers, length: 0, head: Vec::new(), out }
    }

    fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        for hasher in &mut self.hashers {
            hasher.update(piece);
        }
        self.length += piece.len() as u64;
        let room = HEAD.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(piece.get(..room).unwrap_or_default());
        self.out.as_mut().map_or(Ok(()), |out| out.write_all(piece))
    }

    fn finish(self) -> Content {
        let digests = self.hashers.into_iter().map(Hasher::finish).collect();
        Content { digests, length: self.length, head: self.head }
    }
}

/// Why a SignedData could not be read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The reader failed, or whoever takes the content.
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

const MALFORMED: ReadError = ReadError::Refused(rules::ENCODING, reason::MALFORMED);
const TOO_DEEP: ReadError = ReadError::Refused(rules::LIMITS, reason::DEPTH);

/// How much of a content is in memory at once.
const PIECE: usize = 64 * 1024;
/// An attribute's header and the content-type identifier need fewer.
const HEAD: usize = 64;
/// All but the content, together.
const MAX_SIZE: usize = 1 << 20;
const MAX_CERTIFICATES: usize = 32;
const MAX_SIGNERS: usize = 32;

impl SignedData {
    /// A SignedData about data (id-data) that nobody has signed yet.
    pub fn new() -> SignedData {
        SignedData {
            version: 1,
            digest_algorithms: Vec::new(),
            content_type: oid::DATA,
            content: None,
            certificates: Vec::new(),
            lists: Vec::new(),
            signers: Vec::new(),
        }
    }

    /// Reads one ContentInfo with a SignedData, and to the end of the reader.
    ///
    /// The content, if there is one, goes to `out` before anything is known about its signature.
    pub(super) fn read(
        reader: impl Read,
        out: Option<&mut dyn Write>,
    ) -> Result<SignedData, ReadError> {
        let mut source = Source::new(reader);
        source.open(SEQUENCE)?;
        if source.element(OID)? != ber::tlv(OID, &[oid::SIGNED_DATA.content()]) {
            return Err(ReadError::Refused(rules::ENCODING, reason::NOT_SIGNED_DATA));
        }
        source.open(ber::context(0))?;
        source.open(SEQUENCE)?;
        let version = ber::small(&ber::only(INTEGER, &source.element(INTEGER)?)?)?;
        let digest_algorithms = source.list(SET)?.unwrap_or_default();
        let (content_type, content) = source.content(&digest_algorithms, out)?;
        let certificates = source.list(ber::context(0))?.unwrap_or_default();
        let lists = source.list(ber::context(1))?.unwrap_or_default();
        let signers = source.list(SET)?.ok_or(MALFORMED)?;
        for _ in 0..3 {
            source.close()?;
        }
        source.end()?;
        if certificates.len() > MAX_CERTIFICATES {
            return Err(ReadError::Refused(rules::LIMITS, reason::MANY_CERTIFICATES));
        }
        if signers.len() > MAX_SIGNERS || digest_algorithms.len() > MAX_SIGNERS {
            return Err(ReadError::Refused(rules::LIMITS, reason::MANY_SIGNERS));
        }
        Ok(SignedData {
            version,
            digest_algorithms,
            content_type,
            content,
            certificates,
            lists,
            signers,
        })
    }

    /// The version that the content demands (RFC 5652, 5.1).
    pub(super) fn demanded_version(&self) -> u64 {
        let has = |list: &[Vec<u8>], tag: u8| list.iter().any(|one| one.first() == Some(&tag));
        // Other kinds of certificates and lists are [3] and [1]; attribute certificates [1], [2].
        if has(&self.certificates, ber::context(3)) || has(&self.lists, ber::context(1)) {
            5
        } else if has(&self.certificates, ber::context(2)) {
            4
        } else if has(&self.certificates, ber::context(1))
            || self.content_type != oid::DATA
            || self.signers.iter().any(|signer| signer_version(signer) == Some(3))
        {
            3
        } else {
            1
        }
    }

    /// The hash functions that the file announces, once each.
    pub(super) fn announced(&self) -> Vec<HashAlgorithm> {
        announced(&self.digest_algorithms)
    }

    /// How many have signed.
    pub fn signers(&self) -> usize {
        self.signers.len()
    }

    /// How long the content inside is; `None` for a detached signature.
    pub fn content_length(&self) -> Option<u64> {
        self.content.as_ref().map(|content| content.length)
    }

    /// The digest of the content inside that was made while reading, if its function is announced.
    pub fn content_digest(&self, hash: HashAlgorithm) -> Option<&Digest> {
        self.content.as_ref()?.digest(hash)
    }

    /// The certificates inside that can be read.
    pub fn certificates(&self) -> Vec<Certificate> {
        self.certificates.iter().filter_map(|der| Certificate::parse_exact(der).ok()).collect()
    }

    /// Adds a certificate unless it is there.
    pub(super) fn add_certificate(&mut self, certificate: &Certificate) {
        let der = certificate.to_der();
        if !self.certificates.iter().any(|there| there == der) {
            self.certificates.push(der.to_vec());
        }
    }

    /// The detached signature: everything but the content, in DER.
    pub fn to_detached(&self) -> Vec<u8> {
        let (before, after) = self.around(None);
        [before, after].concat()
    }

    /// What stands before and after a content of this length.
    ///
    /// Every length is definite, so whoever reads the file can step over the content.
    pub(super) fn around(&self, content: Option<u64>) -> (Vec<u8>, Vec<u8>) {
        let set = |tag, list: &[Vec<u8>]| ber::set_of(tag, list.to_vec());
        let optional = |tag, list: &[Vec<u8>]| {
            if list.is_empty() { Vec::new() } else { set(tag, list) }
        };
        let after = [
            optional(ber::context(0), &self.certificates),
            optional(ber::context(1), &self.lists),
            set(SET, &self.signers),
        ]
        .concat();
        // From the inside out: each header needs the length of what it holds.
        let mut length = 0;
        let mut before = Vec::new();
        if let Some(content) = content {
            length = content;
            for tag in [OCTET_STRING, ber::context(0)] {
                before = [ber::header(tag, length), before].concat();
                length = content + before.len() as u64;
            }
        }
        let mut wrap = |tag, front: Vec<u8>, before: &mut Vec<u8>, behind: usize| {
            length += front.len() as u64 + behind as u64;
            let header = ber::header(tag, length);
            length += header.len() as u64;
            *before = [&header, &front, &before[..]].concat();
        };
        let id = ber::tlv(OID, &[self.content_type.content()]);
        wrap(SEQUENCE, id, &mut before, 0);
        let version = ber::integer(&self.demanded_version().to_be_bytes());
        let front = [version, set(SET, &self.digest_algorithms)].concat();
        wrap(SEQUENCE, front, &mut before, after.len());
        wrap(ber::context(0), Vec::new(), &mut before, 0);
        let id = ber::tlv(OID, &[oid::SIGNED_DATA.content()]);
        wrap(SEQUENCE, id, &mut before, 0);
        (before, after)
    }
}

impl Default for SignedData {
    fn default() -> SignedData {
        SignedData::new()
    }
}

fn announced(digest_algorithms: &[Vec<u8>]) -> Vec<HashAlgorithm> {
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

fn signer_version(signer: &[u8]) -> Option<u64> {
    let version = ber::only(SEQUENCE, signer).ok()?.inside().next(INTEGER).ok()?;
    ber::small(&version).ok()
}

/// A stream of BER: opens what it is told to open, keeps the small, lets the content pass.
struct Source<R> {
    reader: BufReader<R>,
    /// Where the next header, read or not, begins.
    at: u64,
    next: Option<(Header, Vec<u8>)>,
    /// Ends of what is open, from the outside in; `None` ends with end-of-contents.
    open: Vec<Option<u64>>,
    kept: usize,
}

impl<R: Read> Source<R> {
    fn new(reader: R) -> Source<R> {
        let reader = BufReader::with_capacity(PIECE, reader);
        Source { reader, at: 0, next: None, open: Vec::new(), kept: 0 }
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
        let end = self.at.checked_add(header.length.unwrap_or(0)).ok_or(MALFORMED)?;
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
    fn open(&mut self, tag: u8) -> Result<(), ReadError> {
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
    fn close(&mut self) -> Result<&'static [u8], ReadError> {
        if self.peek()?.is_some() {
            return Err(MALFORMED);
        }
        match self.open.pop() {
            Some(Some(_)) => Ok(&[]),
            _ => {
                // An end-of-contents written with a longer length is none.
                let (header, _) = self.next.take().filter(|(h, _)| h.size == 2).ok_or(MALFORMED)?;
                self.at += header.size as u64;
                Ok(&[0, 0])
            }
        }
    }

    /// Nothing may follow.
    fn end(&mut self) -> Result<(), ReadError> {
        match self.reader.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(ReadError::Refused(rules::ENCODING, reason::TRAILING)),
        }
    }

    /// The next element, which has to have this tag, as received.
    fn element(&mut self, tag: u8) -> Result<Vec<u8>, ReadError> {
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
    fn list(&mut self, tag: u8) -> Result<Option<Vec<Vec<u8>>>, ReadError> {
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
        let length = header.length.map_or(Some(0), |length| usize::try_from(length).ok());
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
        if read as u64 == length { Ok(()) } else { Err(MALFORMED) }
    }

    /// The EncapsulatedContentInfo: its type, and what passed by.
    fn content(
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
                let mut piece = vec![0; PIECE];
                let mut left = length;
                while left > 0 {
                    let most = left.min(PIECE as u64) as usize;
                    let piece = piece.get_mut(..most).unwrap_or_default();
                    self.reader.read_exact(piece)?;
                    passing.take(piece).map_err(ReadError::Io)?;
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

/// What a SignerInfo says, as slices of the bytes received.
pub(super) struct Signer<'a> {
    pub(super) version: u64,
    pub(super) id: SignerId<'a>,
    pub(super) digest_algorithm: Element<'a>,
    /// `[0]`, still with that tag.
    pub(super) signed: Option<Element<'a>>,
    pub(super) signature_algorithm: Element<'a>,
    pub(super) signature: Vec<u8>,
    pub(super) unsigned: Option<Element<'a>>,
}

/// How a SignerInfo names its certificate.
pub(super) enum SignerId<'a> {
    /// The issuer's name, and the content of the serial number.
    Issuer(&'a [u8], &'a [u8]),
    KeyIdentifier(&'a [u8]),
}

impl<'a> Signer<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Signer<'a>, BerError> {
        let mut inside = ber::only(SEQUENCE, bytes)?.inside();
        let version = ber::small(&inside.next(INTEGER)?)?;
        let id = inside.any()?;
        let id = match id.tag {
            SEQUENCE => {
                let mut parts = id.inside();
                let issuer = parts.next(SEQUENCE)?.whole;
                let serial = parts.next(INTEGER)?.contents;
                parts.end()?;
                SignerId::Issuer(issuer, serial)
            }
            // [0] IMPLICIT OCTET STRING: primitive.
            0x80 => SignerId::KeyIdentifier(id.contents),
            _ => return Err(BerError::Malformed),
        };
        let digest_algorithm = inside.next(SEQUENCE)?;
        let signed = inside.optional(ber::context(0))?;
        let signature_algorithm = inside.next(SEQUENCE)?;
        let signature = ber::octets(&inside.any()?)?;
        let unsigned = inside.optional(ber::context(1))?;
        inside.end()?;
        let read = Signer {
            version,
            id,
            digest_algorithm,
            signed,
            signature_algorithm,
            signature,
            unsigned,
        };
        Ok(read)
    }

    /// Whether the version is the one for this way to name a certificate (RFC 5652, 5.3).
    pub(super) fn version_fits(&self) -> bool {
        match self.id {
            SignerId::Issuer(..) => self.version == 1,
            SignerId::KeyIdentifier(_) => self.version == 3,
        }
    }
}
