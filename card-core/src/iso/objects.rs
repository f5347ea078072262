//! Objects of the older kind of data on cards, which is not BER-TLV.
//!
//! Tags up to FF are one byte, DF and FF included; above that two bytes, `01 00` to `01 0D`. A
//! length is one byte below 128, else `82 hi lo`; `81` is accepted. Only this rule gives the
//! capacities that the specification of the driving licence names; a test computes them. The tags of a file
//! ascend.

use thiserror::Error;

/// Why bytes are not a row of such objects.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectsError {
    /// A tag that is cut short, or `01` followed by something else than 00 to 0D.
    #[error("no tag at byte {at}")]
    Tag {
        /// Where, from the start of the file.
        at: usize,
    },
    /// A length that is cut short, or of another form than one byte, `81` or `82`.
    #[error("no length at byte {at}")]
    Length {
        /// Where, from the start of the file.
        at: usize,
    },
    /// A value that is longer than what is left of the file.
    #[error("the object at byte {at} needs {needs} bytes, {has} are there")]
    Truncated {
        /// Where the object begins.
        at: usize,
        /// Its whole length.
        needs: usize,
        /// What is left.
        has: usize,
    },
    /// A tag for the second time.
    #[error("object {tag:02X} occurs twice, again at byte {at}")]
    Twice {
        /// The tag.
        tag: u16,
        /// Where it occurs again.
        at: usize,
    },
    /// A tag behind a higher one.
    #[error("object {tag:02X} at byte {at} is out of order")]
    Order {
        /// The tag.
        tag: u16,
        /// Where it begins.
        at: usize,
    },
    /// No object at all.
    #[error("the file is empty")]
    Empty,
    /// More than the file can hold.
    #[error("{has} bytes, more than the {most} that the file can hold")]
    TooLong {
        /// What there is.
        has: usize,
        /// What fits.
        most: usize,
    },
}

impl ObjectsError {
    /// Where the problem is, from the start of the file.
    #[must_use]
    pub const fn at(self) -> usize {
        match self {
            Self::Tag { at }
            | Self::Length { at }
            | Self::Truncated { at, .. }
            | Self::Twice { at, .. }
            | Self::Order { at, .. } => at,
            Self::Empty => 0,
            Self::TooLong { most, .. } => most,
        }
    }
}

/// One object of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Object<'a> {
    pub(crate) tag: u16,
    pub(crate) value: &'a [u8],
    /// Where its tag begins.
    pub(crate) at: usize,
}

/// The objects of a file in ascending order, and where the last one ends.
pub(crate) struct Objects<'a> {
    objects: Vec<Object<'a>>,
    pub(crate) end: usize,
}

impl<'a> Objects<'a> {
    /// Reads the objects of a file of at most so many bytes.
    ///
    /// What is behind the last object may be filler: bytes 00 only, or FF only.
    pub(crate) fn parse(file: &'a [u8], most: usize) -> Result<Self, ObjectsError> {
        if file.len() > most {
            let has = file.len();
            return Err(ObjectsError::TooLong { has, most });
        }
        let mut objects: Vec<Object<'a>> = Vec::new();
        let mut rest = file;
        while !is_filler(rest) {
            let at = file.len() - rest.len();
            let object;
            (object, rest) = object_at(rest, at)?;
            let tag = object.tag;
            match objects.last() {
                Some(last) if last.tag == tag => return Err(ObjectsError::Twice { tag, at }),
                Some(last) if last.tag > tag => {
                    let twice = objects.iter().any(|earlier| earlier.tag == tag);
                    return Err(if twice {
                        ObjectsError::Twice { tag, at }
                    } else {
                        ObjectsError::Order { tag, at }
                    });
                }
                _ => objects.push(object),
            }
        }
        if objects.is_empty() {
            return Err(ObjectsError::Empty);
        }
        let end = file.len() - rest.len();
        Ok(Self { objects, end })
    }

    /// The value of a tag; `None` where it is absent or has no bytes, which means the same.
    pub(crate) fn value(&self, tag: u16) -> Option<&'a [u8]> {
        self.objects
            .iter()
            .find(|object| object.tag == tag)
            .map(|object| object.value)
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Object<'a>> {
        self.objects.iter()
    }
}

/// The first object of these bytes, and what follows it.
pub(crate) fn object_at(bytes: &[u8], at: usize) -> Result<(Object<'_>, &[u8]), ObjectsError> {
    let (tag, rest) = match bytes {
        [0x01, low @ 0x00..=0x0D, rest @ ..] => (0x0100 | u16::from(*low), rest),
        [0x00 | 0x01, ..] | [] => return Err(ObjectsError::Tag { at }),
        [tag, rest @ ..] => (u16::from(*tag), rest),
    };
    let (length, rest) = match rest {
        [length @ ..=0x7F, rest @ ..] => (usize::from(*length), rest),
        [0x81, length, rest @ ..] => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => {
            let at = at + if tag > 0xFF { 2 } else { 1 };
            return Err(ObjectsError::Length { at });
        }
    };
    let Some((value, rest)) = rest.split_at_checked(length) else {
        let header = bytes.len() - rest.len();
        return Err(ObjectsError::Truncated {
            at,
            needs: header + length,
            has: bytes.len(),
        });
    };
    Ok((Object { tag, value, at }, rest))
}

fn is_filler(rest: &[u8]) -> bool {
    rest.iter().all(|byte| *byte == 0x00) || rest.iter().all(|byte| *byte == 0xFF)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn error(file: &[u8]) -> ObjectsError {
        Objects::parse(file, 5845).err().unwrap()
    }

    #[test]
    fn one_byte_tags_two_byte_tags_and_three_forms_of_length() {
        let mut file = vec![0xC2, 0x00, 0xDF, 0x01, 0x41, 0xFF, 0x81, 0x01, 0x42];
        file.extend([0x01, 0x00, 0x00, 0x01, 0x07, 0x82, 0x01, 0x00]);
        file.extend([7; 256]);
        for filler in [&[][..], &[0x00; 9], &[0xFF; 9]] {
            let mut filled = file.clone();
            filled.extend(filler);
            let objects = Objects::parse(&filled, 5845).unwrap();
            let tags: Vec<u16> = objects.iter().map(|object| object.tag).collect();
            assert_eq!(tags, [0xC2, 0xDF, 0xFF, 0x100, 0x107]);
            assert_eq!(objects.value(0xC2), None);
            assert_eq!(objects.value(0xDF), Some(&b"A"[..]));
            assert_eq!(objects.value(0x107).unwrap().len(), 256);
            assert_eq!(objects.end, file.len());
        }
    }

    #[test]
    fn what_is_malformed_is_said_with_its_place() {
        use ObjectsError as E;
        assert_eq!(error(&[]), E::Empty);
        assert_eq!(error(&[0x00; 4]), E::Empty);
        assert_eq!(error(&[0xC2, 0x00, 0x01]), E::Tag { at: 2 });
        assert_eq!(error(&[0x01, 0x0E, 0x00]), E::Tag { at: 0 });
        assert_eq!(error(&[0xC2]), E::Length { at: 1 });
        assert_eq!(error(&[0xC2, 0x82, 0x01]), E::Length { at: 1 });
        assert_eq!(error(&[0x01, 0x07, 0x83, 0, 0, 1, 9]), E::Length { at: 2 });
        assert_eq!(error(&[0xC2, 0x80]), E::Length { at: 1 });
        let cut = E::Truncated {
            at: 2,
            needs: 5,
            has: 4,
        };
        assert_eq!(error(&[0xC2, 0x00, 0xC5, 0x03, 1, 2]), cut);
        let again = E::Twice { tag: 0xC2, at: 2 };
        assert_eq!(error(&[0xC2, 0x00, 0xC2, 0x00]), again);
        assert_eq!(
            error(&[0xC2, 0, 0xC3, 0, 0xC2, 0]),
            E::Twice { tag: 0xC2, at: 4 }
        );
        assert_eq!(
            error(&[0xC3, 0x00, 0xC2, 0x00]),
            E::Order { tag: 0xC2, at: 2 }
        );
        let long = E::TooLong {
            has: 65_535,
            most: 5845,
        };
        assert_eq!(error(&[0xC2; 65_535]), long);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(file in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(objects) = Objects::parse(&file, 200) {
                let inside: usize = objects.iter().map(|object| object.value.len()).sum();
                prop_assert!(inside < objects.end && objects.end <= file.len());
            }
        }
    }
}
