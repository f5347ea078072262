//! Cross-reference sections (ISO 32000-1, 7.5.4 and 7.5.8): tables and streams.

use std::collections::BTreeMap;

use super::object::{Dictionary, Object};
use super::parser::Parser;
use super::rules::reason;
use crate::report::Reason;

/// One cross-reference section.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) offset: usize,
    /// Behind its trailer or stream.
    pub(super) end: usize,
    pub(super) entries: BTreeMap<u32, Place>,
    pub(super) trailer: Dictionary,
    pub(super) is_stream: bool,
    pub(super) tail: Option<Tail>,
    /// The stream beside a table (`/XRefStm`, 7.5.8.4), until its entries are among those above.
    pub(super) beside: Option<Beside>,
}

/// A cross-reference stream beside a table.
#[derive(Debug)]
pub(super) struct Beside {
    pub(super) offset: usize,
    pub(super) entries: BTreeMap<u32, Place>,
}

/// Joins tables with the streams beside them, newest section first.
///
/// Readers that do not know these streams see the tables alone, and others look into one of both
/// first. So a stream may say again what the tables say, or fill a number that every table up to
/// its own calls free: then no reader sees another object in its place, only some see none.
pub(super) fn join(sections: &mut [Section]) -> Result<(), Reason> {
    let mut known: BTreeMap<u32, Place> = BTreeMap::new();
    for section in sections.iter_mut().rev() {
        let beside = section
            .beside
            .as_mut()
            .map(|one| std::mem::take(&mut one.entries));
        for (number, place) in beside.unwrap_or_default() {
            let (own, older) = (section.entries.get(&number), known.get(&number));
            let again =
                own.or(older) == Some(&place) || (own, older, place) == (None, None, Place::Free);
            let fills = own.or(older) == Some(&Place::Free)
                && older.is_none_or(|older| *older == Place::Free);
            if !again && !fills {
                return Err(reason::HYBRID);
            }
            section.entries.insert(number, place);
        }
        known.extend(
            section
                .entries
                .iter()
                .map(|(number, place)| (*number, *place)),
        );
    }
    Ok(())
}

/// `startxref`, a number, `%%EOF`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    pub(super) startxref: usize,
    pub(super) eof: usize,
    pub(super) end: usize,
}

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Free,
    At { offset: usize, generation: u16 },
    In { stream: u32, index: usize },
}

/// Entries of all sections together; the largest known documents have a tenth.
pub(super) const MAX_OBJECTS: usize = 4 << 20;

impl Tail {
    pub(super) fn after(bytes: &[u8], at: usize) -> Option<Tail> {
        let mut parser = Parser::new(bytes, at);
        parser.white_space();
        Tail::read(bytes, parser.at())
    }

    pub(super) fn read(bytes: &[u8], at: usize) -> Option<Tail> {
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

/// The entries of a cross-reference table (7.5.4), up to its trailer. Each has exactly twenty bytes.
pub(super) fn rows<'a>(
    bytes: &'a [u8],
    parser: &mut Parser<'a>,
) -> Result<BTreeMap<u32, Place>, Reason> {
    let mut entries = BTreeMap::new();
    loop {
        parser.white_space();
        if parser.keyword(b"trailer") {
            return Ok(entries);
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
            *parser = Parser::new(bytes, parser.at() + 20);
        }
    }
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

/// The entries in the unpacked data of a cross-reference stream, if there are no more than `most`.
pub(super) fn entries(
    trailer: &Dictionary,
    data: &[u8],
    most: usize,
) -> Result<BTreeMap<u32, Place>, Reason> {
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
            let field = |bytes: &[u8]| bytes.iter().fold(0, |sum: u64, b| sum << 8 | u64::from(*b));
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
            if entries.len() > most {
                return Err(reason::WORK);
            }
        }
    }
    Ok(entries)
}
