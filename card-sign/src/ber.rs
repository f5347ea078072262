//! Reading BER by slices, and writing DER.
//!
//! Signed files must be read as they are: what was signed are bytes, and a decoder that builds
//! values and encodes them again signs off other bytes than those that were hashed. So this cursor
//! borrows, keeps the bytes of each element, and tells which of them are DER.

/// One element: tag, length, contents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    /// Header, contents, and the end-of-contents of an indefinite length.
    pub(crate) whole: &'a [u8],
    pub(crate) contents: &'a [u8],
}

/// Elements that stand one behind the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a>(&'a [u8]);

/// Why bytes are not BER, or not the BER that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BerError {
    /// Cut off, of another kind, or not BER.
    Malformed,
    /// More indefinite lengths inside each other than anybody needs.
    TooDeep,
}

/// What stands before the contents of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) tag: u8,
    /// How many bytes the contents have; `None` for an indefinite length.
    pub(crate) length: Option<u64>,
    /// How many bytes the header has.
    pub(crate) size: usize,
    /// Whether the length is written as DER wants it.
    pub(crate) minimal: bool,
}

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Constructed: its contents are elements.
const CONSTRUCTED: u8 = 0x20;

/// Context-specific and constructed, as `[n] EXPLICIT` and implicit SETs and SEQUENCEs.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// Indefinite lengths inside each other; the known writers use three.
pub(crate) const MAX_DEPTH: usize = 8;

/// The longest header: a tag of four bytes, a length of nine.
const MAX_HEADER: usize = 13;

impl Header {
    /// Reads the header that `bytes` begin with.
    pub(crate) fn read(bytes: &[u8]) -> Result<Header, BerError> {
        let (&tag, mut rest) = bytes.split_first().ok_or(BerError::Malformed)?;
        if tag & 0x1f == 0x1f {
            // Only unknown attributes have such tags; three more bytes number them all.
            let more = rest.iter().take(3).position(|byte| byte & 0x80 == 0);
            rest = more
                .and_then(|last| rest.get(last + 1..))
                .ok_or(BerError::Malformed)?;
        }
        let (&first, long) = rest.split_first().ok_or(BerError::Malformed)?;
        let (length, more) = match first {
            0..0x80 => (Some(u64::from(first)), 0),
            0x80 => (None, 0),
            0x81..=0x88 => {
                let digits = long
                    .get(..usize::from(first & 0x7f))
                    .ok_or(BerError::Malformed)?;
                let value = digits
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                (Some(value), digits.len())
            }
            _ => return Err(BerError::Malformed),
        };
        let size = bytes.len() - long.len() + more;
        let minimal = length.is_some_and(|length| {
            more == 0 || length >= 0x80 && long.first().is_some_and(|digit| *digit != 0)
        });
        Ok(Header {
            tag,
            length,
            size,
            minimal,
        })
    }

    pub(crate) const fn is_constructed(&self) -> bool {
        self.tag & CONSTRUCTED != 0
    }

    /// How many of these bytes could still belong to the header.
    pub(crate) const fn longest() -> usize {
        MAX_HEADER
    }
}

impl<'a> Element<'a> {
    /// A cursor over the contents.
    pub(crate) const fn inside(&self) -> Cursor<'a> {
        Cursor(self.contents)
    }
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the next element has this tag.
    pub(crate) fn is_at(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, BerError> {
        self.cut(0)
    }

    /// The next element, which has to have this tag.
    pub(crate) fn next(&mut self, tag: u8) -> Result<Element<'a>, BerError> {
        let element = self.any()?;
        if element.tag == tag {
            Ok(element)
        } else {
            Err(BerError::Malformed)
        }
    }

    /// The next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, BerError> {
        if self.is_at(tag) {
            self.any().map(Some)
        } else {
            Ok(None)
        }
    }

    /// All remaining elements.
    pub(crate) fn all(mut self) -> Result<Vec<Element<'a>>, BerError> {
        let mut elements = Vec::new();
        while !self.is_empty() {
            elements.push(self.any()?);
        }
        Ok(elements)
    }

    /// Nothing may follow.
    pub(crate) const fn end(&self) -> Result<(), BerError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(BerError::Malformed)
        }
    }

    fn cut(&mut self, depth: usize) -> Result<Element<'a>, BerError> {
        let bytes = self.0;
        let header = Header::read(bytes)?;
        let after = bytes.get(header.size..).ok_or(BerError::Malformed)?;
        let (contents, rest) = match header.length {
            Some(length) => {
                let length = usize::try_from(length).map_err(|_| BerError::Malformed)?;
                after.split_at_checked(length).ok_or(BerError::Malformed)?
            }
            None if !header.is_constructed() => return Err(BerError::Malformed),
            None if depth == MAX_DEPTH => return Err(BerError::TooDeep),
            None => {
                let mut inside = Cursor(after);
                while !inside.0.starts_with(&[0, 0]) {
                    inside.cut(depth + 1)?;
                }
                let (contents, _) = after.split_at(after.len() - inside.0.len());
                (contents, inside.0.get(2..).unwrap_or_default())
            }
        };
        self.0 = rest;
        let (whole, _) = bytes.split_at(bytes.len() - rest.len());
        Ok(Element {
            tag: header.tag,
            whole,
            contents,
        })
    }
}

/// The only element of these bytes, which has to have this tag.
pub(crate) fn only(tag: u8, bytes: &[u8]) -> Result<Element<'_>, BerError> {
    let mut cursor = Cursor::new(bytes);
    let element = cursor.next(tag)?;
    cursor.end().map(|()| element)
}

/// The bytes of an OCTET STRING, also of one that is written in pieces.
pub(crate) fn octets(element: &Element<'_>) -> Result<Vec<u8>, BerError> {
    fn collect(element: &Element<'_>, depth: usize, to: &mut Vec<u8>) -> Result<(), BerError> {
        match element.tag {
            OCTET_STRING => to.extend_from_slice(element.contents),
            _ if element.tag != OCTET_STRING | CONSTRUCTED => return Err(BerError::Malformed),
            _ if depth == MAX_DEPTH => return Err(BerError::TooDeep),
            _ => {
                for piece in element.inside().all()? {
                    collect(&piece, depth + 1, to)?;
                }
            }
        }
        Ok(())
    }
    let mut bytes = Vec::new();
    collect(element, 0, &mut bytes).map(|()| bytes)
}

/// A small non-negative INTEGER.
pub(crate) fn small(element: &Element<'_>) -> Result<u64, BerError> {
    match (element.tag, element.contents) {
        (INTEGER, [first @ 0..0x80, rest @ ..]) if rest.len() < 8 => Ok(rest
            .iter()
            .fold(u64::from(*first), |sum, byte| sum << 8 | u64::from(*byte))),
        _ => Err(BerError::Malformed),
    }
}

/// Whether all lengths are definite and minimal, however deep.
pub(crate) fn has_der_lengths(bytes: &[u8]) -> bool {
    fn check(mut rest: &[u8], depth: usize) -> bool {
        while !rest.is_empty() {
            let Ok(header @ Header { minimal: true, .. }) = Header::read(rest) else {
                return false;
            };
            let length = header
                .length
                .and_then(|length| usize::try_from(length).ok());
            let contents = rest.get(header.size..).zip(length);
            let Some((contents, after)) = contents.and_then(|(all, n)| all.split_at_checked(n))
            else {
                return false;
            };
            // Deeper than any attribute, and a bound on the stack.
            if header.is_constructed() && (depth == 32 || !check(contents, depth + 1)) {
                return false;
            }
            rest = after;
        }
        true
    }
    check(bytes, 0)
}

/// An element in DER around parts that are already encoded.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut der = header(tag, length as u64);
    for part in parts {
        der.extend_from_slice(part);
    }
    der
}

/// Tag and length in DER.
pub(crate) fn header(tag: u8, length: u64) -> Vec<u8> {
    let digits = length.to_be_bytes();
    let significant = digits.iter().position(|digit| *digit != 0).unwrap_or(7);
    let digits = digits.get(significant..).unwrap_or_default();
    match length {
        0..0x80 => vec![tag, length as u8],
        _ => [&[tag, 0x80 | digits.len() as u8], digits].concat(),
    }
}

/// A SET OF in DER under this tag: sorted by the encodings of its elements.
pub(crate) fn set_of(tag: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    tlv(tag, &parts)
}

/// A non-negative INTEGER from its big-endian bytes.
pub(crate) fn integer(bytes: &[u8]) -> Vec<u8> {
    let significant = bytes
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(bytes.len());
    let digits = bytes.get(significant..).unwrap_or_default();
    // A leading zero keeps the number positive; it is also the whole of the number 0.
    let sign: &[u8] = if matches!(digits.first(), Some(0..0x80)) {
        &[]
    } else {
        &[0]
    };
    tlv(INTEGER, &[sign, digits])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_every_length_are_written_shortest_and_read_back() {
        for (length, size) in [
            (0, 2),
            (0x7f, 2),
            (0x80, 3),
            (0xff, 3),
            (0x100, 4),
            (0xffff, 4),
            (1 << 30, 6),
            (1 << 32, 7),
            (u64::MAX, 10),
        ] {
            let bytes = header(0x24, length);
            let read = Header::read(&bytes).unwrap();
            assert_eq!(
                read,
                Header {
                    tag: 0x24,
                    length: Some(length),
                    size,
                    minimal: true
                }
            );
            assert_eq!(bytes.len(), size);
        }
        assert!(!Header::read(&[0x30, 0x81, 0x7f]).unwrap().minimal);
        assert!(!Header::read(&[0x30, 0x82, 0, 0x80]).unwrap().minimal);
        assert_eq!(Header::read(&[0x30, 0x80]).unwrap().length, None);
        for bad in [
            &[][..],
            &[0x30],
            &[0x30, 0x82, 1],
            &[0x30, 0x89, 1],
            &[0x1f, 0x80, 0x80],
        ] {
            assert_eq!(Header::read(bad), Err(BerError::Malformed), "{bad:02x?}");
        }
    }

    #[test]
    fn indefinite_lengths_end_where_they_say() {
        let bytes = [0x24, 0x80, 4, 1, 7, 0x24, 0x80, 4, 1, 8, 0, 0, 0, 0, 5, 0];
        let mut cursor = Cursor::new(&bytes);
        let element = cursor.next(0x24).unwrap();
        assert_eq!(element.whole, &bytes[..14]);
        assert_eq!(octets(&element).unwrap(), [7, 8]);
        assert_eq!(cursor.next(NULL).unwrap().whole, [5, 0]);
        cursor.end().unwrap();
        for cut in 1..14 {
            assert!(Cursor::new(&bytes[..cut]).any().is_err(), "{cut}");
        }
        assert_eq!(
            Cursor::new(&[4, 0x80, 0, 0]).any().unwrap_err(),
            BerError::Malformed
        );
    }

    #[test]
    fn nesting_ends_early_and_never_the_stack() {
        let deep = [0x30, 0x80].repeat(100_000);
        assert_eq!(Cursor::new(&deep).any().unwrap_err(), BerError::TooDeep);
        let mut definite = vec![5, 0];
        for _ in 0..1000 {
            definite = tlv(SEQUENCE, &[&definite]);
        }
        assert!(!has_der_lengths(&definite));
        assert!(has_der_lengths(&tlv(SEQUENCE, &[&[5, 0], &[2, 1, 1]])));
        assert!(!has_der_lengths(&[0x30, 0x80, 0, 0]));
        assert!(!has_der_lengths(&[0x30, 0x81, 2, 5, 0]));
    }

    #[test]
    fn numbers_stay_positive() {
        assert_eq!(integer(&[]), [2, 1, 0]);
        assert_eq!(integer(&[0, 0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        let element = Cursor::new(&[2, 2, 1, 0]).any().unwrap();
        assert_eq!(small(&element), Ok(256));
    }
}
