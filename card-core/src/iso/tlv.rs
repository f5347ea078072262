//! A bounded reader of BER-TLV objects that opens only what it is told to open.
//!
//! The tag type is the one of the crate `iso7816-tlv`. Its parser is not used on card bytes: it
//! counts children at their shortest length, so files with long length forms are misread, it takes
//! the digits of the My Number file for tags, and deep nesting ends the process. This cursor
//! borrows, never descends by itself, accepts lengths of one to four bytes in any form, and keeps
//! the raw bytes of each object, because signatures cover them.

use std::fmt;

pub use iso7816_tlv::ber::Tag;
use thiserror::Error;

/// Reads one object after the other from a run of bytes.
#[derive(Clone)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// One object as the card wrote it.
#[derive(Clone, PartialEq)]
pub struct Object<'a> {
    /// Its tag.
    pub tag: Tag,
    /// Tag, length and value.
    pub whole: &'a [u8],
    /// The value alone.
    pub value: &'a [u8],
    /// Where the tag stands, counted from the start of the cursor's bytes.
    pub at: usize,
}

impl Object<'_> {
    /// Whether this object has the tag, written as a number (`0xFF20`, `0x5F4E`, `0x90`).
    #[must_use]
    pub fn is(&self, tag: u16) -> bool {
        is_tag(&self.tag, tag)
    }
}

impl fmt::Debug for Object<'_> {
    /// Shows tag, place and length only: the value may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:02X?} at {}, {} bytes",
            self.tag.to_bytes(),
            self.at,
            self.value.len()
        )
    }
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next object, or `None` at the end or where `FF FF` or `00 00` filler begins.
    ///
    /// # Errors
    ///
    /// [`TlvError`] with the place; the cursor stays where it is.
    pub fn next_object(&mut self) -> Result<Option<Object<'a>>, TlvError> {
        let at = self.at;
        let rest = self.bytes.get(at..).unwrap_or_default();
        if is_filler(rest) {
            return Ok(None);
        }
        let tag_length = tag_length(rest).ok_or(TlvError::Tag { at })?;
        let tag = rest
            .get(..tag_length)
            .and_then(|bytes| {
                let number = bytes
                    .iter()
                    .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
                Tag::try_from(number).ok()
            })
            .ok_or(TlvError::Tag { at })?;
        let after_tag = rest.get(tag_length..).unwrap_or_default();
        let (length, length_bytes) = read_length(after_tag).ok_or(TlvError::Length {
            at: at + tag_length,
        })?;
        let header = tag_length + length_bytes;
        let end = header.checked_add(length).ok_or(TlvError::Length {
            at: at + tag_length,
        })?;
        let whole = rest.get(..end).ok_or(TlvError::Truncated {
            at,
            needs: end,
            has: rest.len(),
        })?;
        let value = whole.get(header..).unwrap_or_default();
        self.at = at + end;
        Ok(Some(Object {
            tag,
            whole,
            value,
            at,
        }))
    }

    /// The next object, which must carry this tag.
    ///
    /// # Errors
    ///
    /// [`TlvError::Missing`] if another tag or the end comes first.
    pub fn expect(&mut self, tag: u16) -> Result<Object<'a>, TlvError> {
        let at = self.at;
        match self.next_object()? {
            Some(object) if object.is(tag) => Ok(object),
            _ => Err(TlvError::Missing { tag, at }),
        }
    }

    /// A cursor over the value of the next object, which must carry this tag.
    ///
    /// # Errors
    ///
    /// As [`Cursor::expect`].
    pub fn open(&mut self, tag: u16) -> Result<Cursor<'a>, TlvError> {
        self.expect(tag).map(|object| Cursor::new(object.value))
    }

    /// Where the next object would begin.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }
}

/// Why bytes are not the object they should be.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlvError {
    /// No tag of one to three bytes.
    #[error("no tag at byte {at}")]
    Tag {
        /// Where, from the start of the bytes.
        at: usize,
    },
    /// No length of one to four bytes.
    #[error("no length at byte {at}")]
    Length {
        /// Where, from the start of the bytes.
        at: usize,
    },
    /// The object says it is longer than what is there.
    #[error("the object at byte {at} needs {needs} bytes, {has} are there")]
    Truncated {
        /// Where the object begins.
        at: usize,
        /// Its whole length.
        needs: usize,
        /// What is left.
        has: usize,
    },
    /// Another object or the end stands where this one is needed.
    #[error("object {tag:04X} is missing at byte {at}")]
    Missing {
        /// The tag that is needed.
        tag: u16,
        /// Where it should begin.
        at: usize,
    },
    /// Filler inside an object that its fields should fill.
    #[error("no object at byte {at}, though the object around it goes on")]
    Gap {
        /// Where the fields end.
        at: usize,
    },
}

impl TlvError {
    /// Where in the bytes, from their start.
    #[must_use]
    pub fn at(&self) -> usize {
        match self {
            Self::Tag { at }
            | Self::Length { at }
            | Self::Truncated { at, .. }
            | Self::Missing { at, .. }
            | Self::Gap { at } => *at,
        }
    }

    /// The same problem in bytes that begin further along.
    pub(crate) fn shifted(mut self, by: usize) -> Self {
        match &mut self {
            Self::Tag { at }
            | Self::Length { at }
            | Self::Truncated { at, .. }
            | Self::Missing { at, .. }
            | Self::Gap { at } => *at += by,
        }
        self
    }
}

/// The whole length of the object that these bytes begin with, also where they do not hold it all.
///
/// `None` if they do not begin with an object.
#[must_use]
pub fn extent(bytes: &[u8]) -> Option<usize> {
    let tag_length = tag_length(bytes).filter(|_| !is_filler(bytes))?;
    let (length, length_bytes) = read_length(bytes.get(tag_length..)?)?;
    (tag_length + length_bytes).checked_add(length)
}

fn is_tag(tag: &Tag, number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    if high == 0 {
        tag.to_bytes() == [low]
    } else {
        tag.to_bytes() == [high, low]
    }
}

/// The end, or filler of at least two equal bytes; one byte alone can only be filler too.
fn is_filler(rest: &[u8]) -> bool {
    matches!(
        rest,
        [] | [0xFF] | [0x00] | [0xFF, 0xFF, ..] | [0x00, 0x00, ..]
    )
}

/// One byte, or more where the low five bits of the first are all set; at most three are known.
fn tag_length(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [first, ..] if first & 0x1F != 0x1F => Some(1),
        [_, second, ..] if second & 0x80 == 0 => Some(2),
        [_, _, third, ..] if third & 0x80 == 0 => Some(3),
        _ => None,
    }
}

/// Length and how many bytes it takes; one to four bytes behind `81` to `84`, in any form.
fn read_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), 1));
    }
    let count = usize::from(first & 0x7F);
    if !(1..=4).contains(&count) {
        return None;
    }
    let length = rest
        .get(..count)?
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    Some((length, 1 + count))
}

#[cfg(test)]
mod tests {
    use iso7816_tlv::ber::{Tlv, Value};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_forms_filler_and_raw_bytes() {
        // AP information of the profile application: long forms for short lengths.
        let file = [
            0xFF, 0x40, 0x82, 0x00, 0x0B, 0xDF, 0x41, 0x04, 1, 3, 0x0E, 1, 0xDF, 0x43, 0x81, 0x00,
            0xFF, 0xFF, 0xFF,
        ];
        let mut cursor = Cursor::new(&file);
        let mut inside = cursor.open(0xFF40).unwrap();
        let information = inside.expect(0xDF41).unwrap();
        assert_eq!(information.value, [1, 3, 0x0E, 1]);
        assert_eq!(information.whole, &file[5..12]);
        assert_eq!(inside.next_object().unwrap().unwrap().value, [0_u8; 0]);
        assert_eq!(inside.next_object().unwrap(), None);
        assert_eq!(cursor.next_object().unwrap(), None, "filler");
        assert_eq!(cursor.position(), 16);
    }

    #[test]
    fn constructed_tag_with_digits_inside_is_not_entered() {
        let file = *b"\xFF\x10\x0C000000000019\xFF\xFF";
        let number = Cursor::new(&file).expect(0xFF10).unwrap();
        assert_eq!(number.value, b"000000000019");
    }

    #[test]
    fn errors_name_the_place() {
        let at = |bytes: &[u8]| Cursor::new(bytes).next_object().unwrap_err();
        assert_eq!(at(&[0xDF, 0x22]), TlvError::Length { at: 2 });
        assert_eq!(at(&[0xDF, 0x22, 0x80]), TlvError::Length { at: 2 });
        assert_eq!(
            at(&[0xDF, 0x22, 0x85, 0, 0, 0, 0, 1]),
            TlvError::Length { at: 2 }
        );
        assert_eq!(
            at(&[0x5A, 0x02, 0x01]),
            TlvError::Truncated {
                at: 0,
                needs: 4,
                has: 3
            }
        );
        assert_eq!(
            at(&[0x5A, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]),
            TlvError::Truncated {
                at: 0,
                needs: 0x1_0000_0005,
                has: 6
            }
        );
        assert_eq!(at(&[0xDF, 0x81, 0x81, 0x01]), TlvError::Tag { at: 0 });
        let missing = Cursor::new(&[0x5A, 0x00]).expect(0xDF22).unwrap_err();
        assert_eq!(missing, TlvError::Missing { tag: 0xDF22, at: 0 });
    }

    #[test]
    fn the_extent_is_known_from_the_first_bytes() {
        assert_eq!(extent(&[0xFF, 0x20, 0x82, 0x27, 0xDA]), Some(5 + 0x27DA));
        assert_eq!(extent(&[0xFF, 0x10, 0x0C, 0x31]), Some(15));
        assert_eq!(extent(&[0xFF, 0x20, 0x82, 0x27]), None);
        assert_eq!(extent(&[0xFF; 16]), None);
        assert_eq!(extent(&[]), None);
    }

    #[test]
    fn depth_is_what_the_caller_asks_for() {
        let nested = [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF].repeat(100_000);
        assert!(matches!(
            Cursor::new(&nested).next_object(),
            Err(TlvError::Truncated { at: 0, .. })
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_bounded_time(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut cursor = Cursor::new(&bytes);
            let mut covered = 0;
            while let Ok(Some(object)) = cursor.next_object() {
                prop_assert!(!object.whole.is_empty());
                covered += object.whole.len();
            }
            prop_assert_eq!(covered, cursor.position());
        }

        #[test]
        fn agrees_with_the_second_reader_on_shortest_forms(
            values in proptest::collection::vec(
                (0x40_u8..0x5F, proptest::collection::vec(any::<u8>(), 0..300)), 1..6)
        ) {
            // A value of exactly 127 bytes is written wrongly by that crate.
            prop_assume!(values.iter().all(|(_, value)| value.len() != 127));
            let children: Vec<Tlv> = values
                .iter()
                .map(|(tag, value)| {
                    Tlv::new(Tag::try_from(*tag).unwrap(), Value::Primitive(value.clone())).unwrap()
                })
                .collect();
            let whole: Vec<u8> = children.iter().flat_map(Tlv::to_vec).collect();
            let mut cursor = Cursor::new(&whole);
            for child in &children {
                if is_filler(&whole[cursor.position()..]) { break; }
                let object = cursor.next_object().unwrap().unwrap();
                let (second, _) = Tlv::parse(object.whole);
                prop_assert_eq!(second.unwrap(), child.clone());
                prop_assert_eq!(object.whole, child.to_vec());
            }
        }
    }
}
