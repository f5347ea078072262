//! A ZIP archive, read so that no program can see another one in the same bytes.
//!
//! The archive is walked through in one pass: each file begins where the one before it ends, the
//! directory begins behind the last one, and the end record behind that. What the directory says of
//! a file and what stands in front of it are compared member by member.

use std::io::{self, Read, Seek, SeekFrom};

use super::content;
use super::names::Names;
use super::rules::{self, reason};
use crate::report::{Reason, Rule};

/// An archive whose headers agree.
pub(super) struct Archive<'r, R> {
    reader: &'r mut R,
    pub(super) entries: Vec<Entry>,
}

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) method: Method,
    /// CRC-32 of the file.
    pub(super) crc: u32,
    /// How long it is in the archive, in bytes.
    pub(super) packed: u64,
    /// How long it is, in bytes.
    pub(super) size: u64,
    /// Whether nothing but its name stands between its header and its content.
    pub(super) plain: bool,
    /// Where its content begins.
    start: u64,
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflate,
}

/// Why an archive was not read.
#[derive(Debug)]
pub(super) enum ReadError {
    Io(io::Error),
    /// With the name of the file, where one is at fault.
    Refused(Rule, Reason, Option<String>),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        ReadError::Io(error)
    }
}

impl<'r, R: Read + Seek> Archive<'r, R> {
    /// Reads all headers (rules A1 to A3).
    pub(super) fn open(reader: &'r mut R) -> Result<Archive<'r, R>, ReadError> {
        let length = reader.seek(SeekFrom::End(0))?;
        let (count, directory_at, directory_length) = end_record(reader, length)?;
        if count > MAX_FILES {
            return Err(refused(rules::LIMITS, reason::MANY_FILES));
        }
        if directory_length > MAX_DIRECTORY {
            return Err(refused(rules::LIMITS, reason::SIZE));
        }
        let directory = bytes(reader, directory_at, directory_length)?;
        let mut rest = &directory[..];
        let mut archive = Archive {
            reader,
            entries: Vec::new(),
        };
        let mut names = Names::default();
        let mut at = 0;
        let mut total = 0_u64;
        let mut headers = Vec::new();
        for _ in 0..count {
            headers.push(Header::central(&mut rest)?);
        }
        if !rest.is_empty() {
            return Err(broken(reason::GAP));
        }
        for (place, header) in headers.iter().enumerate() {
            let next = headers.get(place + 1);
            let end = next.map_or(directory_at, |next| next.offset);
            let (entry, behind) = archive
                .entry(header, at, end)
                .map_err(|error| error.about(&header.shown()))?;
            let limits = |reason| ReadError::Refused(rules::LIMITS, reason, Some(header.shown()));
            total += entry.size;
            if total > MAX_TOTAL {
                return Err(limits(reason::SIZE));
            }
            if entry.size > FREE_SIZE && entry.size / MAX_RATIO > entry.packed {
                return Err(limits(reason::RATIO));
            }
            names
                .add(&entry.name)
                .map_err(|reason| ReadError::Refused(rules::NAMES, reason, Some(header.shown())))?;
            archive.entries.push(entry);
            at = behind;
        }
        match at == directory_at {
            true => Ok(archive),
            false => Err(broken(reason::GAP)),
        }
    }

    /// One file, which has to begin at `at` and end before `end`; and where the next one begins.
    fn entry(&mut self, header: &Header, at: u64, end: u64) -> Result<(Entry, u64), ReadError> {
        if header.offset != at {
            return Err(broken(reason::GAP));
        }
        let room = end.checked_sub(at).ok_or(broken(reason::GAP))?;
        if room < LOCAL_LENGTH {
            return Err(broken(reason::GAP));
        }
        let fixed = bytes(self.reader, at, LOCAL_LENGTH)?;
        let mut fields = Fields(&fixed);
        if fields.four()? != LOCAL {
            return Err(broken(reason::GAP));
        }
        let local = Common::read(&mut fields)?;
        let extra = u64::from(fields.two()?);
        let name_length = u64::from(local.name_length);
        let start = at + LOCAL_LENGTH + name_length + extra;
        let behind = start + u64::from(header.common.packed);
        if behind > end {
            return Err(broken(reason::GAP));
        }
        let name = bytes(self.reader, at + LOCAL_LENGTH, name_length)?;
        let extra = bytes(self.reader, at + LOCAL_LENGTH + name_length, extra)?;
        check_extra(&extra)?;
        let central = &header.common;
        let streamed = central.flags & DESCRIPTOR_FOLLOWS != 0;
        let unknown = (local.crc, local.packed, local.size) == (0, 0, 0);
        let told =
            (local.crc, local.packed, local.size) == (central.crc, central.packed, central.size);
        let same = local.version == central.version
            && local.flags == central.flags
            && local.method == central.method
            && local.moment == central.moment
            && name == header.name;
        if !same || !(told || streamed && unknown) {
            return Err(broken(reason::DIFFERS));
        }
        let method = header.method()?;
        let behind = match streamed {
            false => behind,
            true if method == Method::Stored => return Err(broken(reason::DESCRIPTOR)),
            true => self.descriptor(central, behind, end)?,
        };
        let entry = Entry {
            name: header.decoded()?,
            method,
            crc: central.crc,
            packed: central.packed.into(),
            size: central.size.into(),
            plain: extra.is_empty() && header.extra.is_empty(),
            start,
        };
        if method == Method::Stored && entry.packed != entry.size {
            return Err(broken(reason::DIFFERS));
        }
        Ok((entry, behind))
    }

    /// Lengths behind the content (APPNOTE 4.3.9), with their signature or without it.
    fn descriptor(&mut self, central: &Common, at: u64, end: u64) -> Result<u64, ReadError> {
        let length = end - at;
        if !matches!(length, 12 | 16) {
            return Err(broken(reason::GAP));
        }
        let fixed = bytes(self.reader, at, length)?;
        let mut fields = Fields(&fixed);
        let marked = length == 12 || fields.four()? == DESCRIPTOR;
        let told = (fields.four()?, fields.four()?, fields.four()?);
        match marked && told == (central.crc, central.packed, central.size) {
            true => Ok(end),
            false => Err(broken(reason::DIFFERS)),
        }
    }

    /// Reads a file to its end, which has to be what its headers say (rule A1).
    pub(super) fn read(
        &mut self,
        entry: &Entry,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), ReadError> {
        self.reader.seek(SeekFrom::Start(entry.start))?;
        let mut packed = io::Read::by_ref(self.reader).take(entry.packed);
        let mut crc = crc32fast::Hasher::new();
        let mut left = Some(entry.size);
        let mut piece = |piece: &[u8]| {
            left = left.and_then(|left| left.checked_sub(piece.len() as u64));
            if left.is_some() {
                crc.update(piece);
                sink(piece);
            }
            left.is_some()
        };
        let whole = match entry.method {
            Method::Stored => content::stored(&mut packed, &mut piece)?,
            Method::Deflate => content::inflated(&mut packed, &mut piece)?,
        };
        match whole && left == Some(0) && crc.finalize() == entry.crc {
            true => Ok(()),
            false => Err(broken(reason::CONTENT).about(&entry.name)),
        }
    }

    /// The whole of a small file.
    pub(super) fn small(&mut self, entry: &Entry, most: usize) -> Result<Vec<u8>, ReadError> {
        if entry.size > most as u64 {
            let name = Some(entry.name.clone());
            return Err(ReadError::Refused(rules::LIMITS, reason::SIZE, name));
        }
        let mut all = Vec::new();
        self.read(entry, &mut |piece| all.extend_from_slice(piece))?;
        Ok(all)
    }
}

impl ReadError {
    /// The same, about this file.
    fn about(self, name: &str) -> ReadError {
        match self {
            ReadError::Refused(rule, reason, None) => {
                ReadError::Refused(rule, reason, Some(name.to_owned()))
            }
            other => other,
        }
    }
}

fn refused(rule: Rule, reason: Reason) -> ReadError {
    ReadError::Refused(rule, reason, None)
}

fn broken(reason: Reason) -> ReadError {
    refused(rules::ARCHIVE, reason)
}

/// What the directory says of a file.
struct Header {
    common: Common,
    name: Vec<u8>,
    extra: Vec<u8>,
    offset: u64,
}

/// What both headers say.
struct Common {
    version: u16,
    flags: u16,
    method: u16,
    /// Time and date.
    moment: u32,
    crc: u32,
    packed: u32,
    size: u32,
    name_length: u16,
}

impl Common {
    fn read(fields: &mut Fields<'_>) -> Result<Common, ReadError> {
        Ok(Common {
            version: fields.two()?,
            flags: fields.two()?,
            method: fields.two()?,
            moment: fields.four()?,
            crc: fields.four()?,
            packed: fields.four()?,
            size: fields.four()?,
            name_length: fields.two()?,
        })
    }
}

impl Header {
    /// The next header of the directory.
    fn central(rest: &mut &[u8]) -> Result<Header, ReadError> {
        let mut fields = Fields(rest);
        if fields.four()? != CENTRAL {
            return Err(broken(reason::GAP));
        }
        let _made_by = fields.two()?;
        let common = Common::read(&mut fields)?;
        let (extra, comment, disk) = (fields.two()?, fields.two()?, fields.two()?);
        let _text = fields.two()?;
        let attributes = fields.four()?;
        let offset = fields.four()?;
        let name = fields.take(common.name_length)?.to_vec();
        let extra = fields.take(extra)?.to_vec();
        let header = Header {
            common,
            name,
            extra,
            offset: offset.into(),
        };
        let about = |reason| Err(broken(reason).about(&header.shown()));
        let common = &header.common;
        if comment != 0 {
            return about(reason::COMMENT);
        }
        if common.flags & ENCRYPTED != 0 {
            return about(reason::ENCRYPTED);
        }
        let long = [common.packed, common.size, offset].contains(&u32::MAX);
        if long || common.version > PLAIN_VERSION || disk != 0 {
            return about(reason::ZIP64);
        }
        if common.flags & !KNOWN_FLAGS != 0 {
            return about(reason::METHOD);
        }
        // The mode of Unix, of which a regular file may lack the kind; the attributes of DOS.
        if !matches!(attributes >> 28, 0 | 8) || attributes & 0x18 != 0 {
            return about(reason::SPECIAL);
        }
        if check_extra(&header.extra).is_err() {
            return about(reason::EXTRA);
        }
        *rest = fields.0;
        Ok(header)
    }

    fn method(&self) -> Result<Method, ReadError> {
        match self.common.method {
            0 => Ok(Method::Stored),
            8 => Ok(Method::Deflate),
            _ => Err(broken(reason::METHOD)),
        }
    }

    /// The name: without the mark for UTF-8 programs choose an encoding by their country.
    fn decoded(&self) -> Result<String, ReadError> {
        let name = String::from_utf8(self.name.clone()).ok();
        let marked = self.common.flags & UTF8 != 0 || self.name.is_ascii();
        name.filter(|_| marked)
            .ok_or(refused(rules::NAMES, reason::NAME_ENCODING))
    }

    /// The name in a report.
    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }
}

/// Extra fields are times and owners. Others give a file another name, length or key.
fn check_extra(extra: &[u8]) -> Result<(), ReadError> {
    let mut fields = Fields(extra);
    while !fields.0.is_empty() {
        let (Ok(kind), Ok(length)) = (fields.two(), fields.two()) else {
            return Err(broken(reason::EXTRA));
        };
        let known = TIMES_AND_OWNERS.contains(&kind);
        if !known || fields.take(length).is_err() {
            return Err(broken(reason::EXTRA));
        }
    }
    Ok(())
}

/// Number of files, and place and length of the directory.
fn end_record<R: Read + Seek>(reader: &mut R, length: u64) -> Result<(usize, u64, u64), ReadError> {
    let at = length
        .checked_sub(END_LENGTH)
        .ok_or(broken(reason::MALFORMED))?;
    let fixed = bytes(reader, at, END_LENGTH)?;
    let mut fields = Fields(&fixed);
    if fields.four()? != END {
        return Err(broken(without_end(reader, length)?));
    }
    let (disk, begins) = (fields.two()?, fields.two()?);
    let (here, all) = (fields.two()?, fields.two()?);
    let (size, offset) = (fields.four()?, fields.four()?);
    if fields.two()? != 0 {
        return Err(broken(reason::MALFORMED));
    }
    if (disk, begins) != (0, 0) || here != all || all == u16::MAX {
        return Err(broken(reason::ZIP64));
    }
    if size == u32::MAX || offset == u32::MAX {
        return Err(broken(reason::ZIP64));
    }
    let (size, offset) = (u64::from(size), u64::from(offset));
    if let Some(locator) = at.checked_sub(LOCATOR_LENGTH)
        && offset + size + LOCATOR_LENGTH <= at
        && bytes(reader, locator, 4)? == LOCATOR.to_le_bytes()
    {
        return Err(broken(reason::ZIP64));
    }
    match offset + size == at {
        true => Ok((all.into(), offset, size)),
        false => Err(broken(reason::GAP)),
    }
}

/// Why the file does not end with an end record: a comment, something behind it, or no archive.
fn without_end<R: Read + Seek>(reader: &mut R, length: u64) -> Result<Reason, ReadError> {
    let begins = length.saturating_sub(END_LENGTH + u64::from(u16::MAX));
    let tail = bytes(reader, begins, length - begins)?;
    let found = tail
        .windows(END_LENGTH as usize)
        .enumerate()
        .filter(|(_, window)| window.starts_with(&END.to_le_bytes()))
        .map(|(place, window)| {
            let told = window.last_chunk().copied().map_or(0, u16::from_le_bytes);
            place + window.len() + usize::from(told) == tail.len()
        })
        .next_back();
    Ok(match found {
        Some(true) => reason::COMMENT,
        Some(false) => reason::GAP,
        None => reason::MALFORMED,
    })
}

/// Bytes from a place on; the file is known to be as long.
fn bytes<R: Read + Seek>(reader: &mut R, at: u64, length: u64) -> Result<Vec<u8>, ReadError> {
    let length = usize::try_from(length).map_err(|_| broken(reason::MALFORMED))?;
    let mut all = vec![0; length];
    reader.seek(SeekFrom::Start(at))?;
    reader.read_exact(&mut all)?;
    Ok(all)
}

/// Numbers of a header, in order.
struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    fn two(&mut self) -> Result<u16, ReadError> {
        let (first, rest) = self
            .0
            .split_first_chunk()
            .ok_or(broken(reason::MALFORMED))?;
        self.0 = rest;
        Ok(u16::from_le_bytes(*first))
    }

    fn four(&mut self) -> Result<u32, ReadError> {
        let (first, rest) = self
            .0
            .split_first_chunk()
            .ok_or(broken(reason::MALFORMED))?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*first))
    }

    fn take(&mut self, length: u16) -> Result<&'b [u8], ReadError> {
        let split = self.0.split_at_checked(length.into());
        let (first, rest) = split.ok_or(broken(reason::MALFORMED))?;
        self.0 = rest;
        Ok(first)
    }
}

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LOCATOR: u32 = 0x0706_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const LOCAL_LENGTH: u64 = 30;
const END_LENGTH: u64 = 22;
const LOCATOR_LENGTH: u64 = 20;

/// Deflate and folders; 4.5 is the 64-bit form.
const PLAIN_VERSION: u16 = 20;
/// Encryption: plain, strong, of the directory.
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
const DESCRIPTOR_FOLLOWS: u16 = 1 << 3;
const UTF8: u16 = 1 << 11;
/// Besides those, how hard Deflate tried.
const KNOWN_FLAGS: u16 = DESCRIPTOR_FOLLOWS | UTF8 | 1 << 1 | 1 << 2;
/// NTFS times, extended timestamp, Info-ZIP Unix of two generations (APPNOTE 4.6, Info-ZIP).
const TIMES_AND_OWNERS: [u16; 4] = [0x000a, 0x5455, 0x5855, 0x7875];

/// Files of a container, with those in `META-INF`.
const MAX_FILES: usize = super::write::MAX_FILES + 3;
const MAX_DIRECTORY: u64 = 16 << 20;
/// All files unpacked, in bytes.
const MAX_TOTAL: u64 = 4 << 30;
/// A file of this size may be as empty as it likes; a larger one only so much.
const FREE_SIZE: u64 = 16 << 20;
const MAX_RATIO: u64 = 200;
