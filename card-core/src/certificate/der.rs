//! A cursor over DER that never descends by itself, for what x509-parser leaves raw.

/// One object: tag, length, value.
#[derive(Clone, Copy)]
pub(crate) struct Object<'a> {
    pub(crate) tag: u8,
    pub(crate) whole: &'a [u8],
    pub(crate) value: &'a [u8],
}

/// Objects that stand one behind the other.
///
/// Knows tags of one byte and lengths in their shortest form up to four bytes. How large something
/// may be is decided by who reads it, not here.
pub(crate) struct Cursor<'a>(&'a [u8]);

/// What was read is no such DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotDer;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const NUMERIC_STRING: u8 = 0x12;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next object, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Object<'a>, NotDer> {
        let (header, length) = header(self.0)?;
        let end = header.checked_add(length).ok_or(NotDer)?;
        let (whole, rest) = self.0.split_at_checked(end).ok_or(NotDer)?;
        let value = whole.get(header..).ok_or(NotDer)?;
        self.0 = rest;
        Ok(Object {
            tag: *whole.first().ok_or(NotDer)?,
            whole,
            value,
        })
    }

    /// The next object, which has to have this tag.
    pub(crate) fn next(&mut self, tag: u8) -> Result<Object<'a>, NotDer> {
        self.any().and_then(|object| {
            if object.tag == tag {
                Ok(object)
            } else {
                Err(NotDer)
            }
        })
    }
}

/// The only object of these bytes, which has to have this tag.
pub(crate) fn only(tag: u8, bytes: &[u8]) -> Result<Object<'_>, NotDer> {
    let mut cursor = Cursor::new(bytes);
    let object = cursor.next(tag)?;
    if cursor.is_empty() {
        Ok(object)
    } else {
        Err(NotDer)
    }
}

/// How long the header is and how long it says the value is.
pub(crate) fn header(bytes: &[u8]) -> Result<(usize, usize), NotDer> {
    let (tag, rest) = bytes.split_first().ok_or(NotDer)?;
    if tag & 0x1f == 0x1f {
        return Err(NotDer);
    }
    let (more, length) = match rest {
        [short @ 0..=0x7f, ..] => (0, usize::from(*short)),
        [0x81, long @ 0x80..=0xff, ..] => (1, usize::from(*long)),
        [0x82, high @ 1..=0xff, low, ..] => (2, usize::from(*high) << 8 | usize::from(*low)),
        [0x83, high @ 1..=0xff, mid, low, ..] => (
            3,
            usize::from(*high) << 16 | usize::from(*mid) << 8 | usize::from(*low),
        ),
        [0x84, top @ 1..=0xff, high, mid, low, ..] => (
            4,
            u32::from_be_bytes([*top, *high, *mid, *low])
                .try_into()
                .map_err(|_| NotDer)?,
        ),
        _ => return Err(NotDer),
    };
    Ok((2 + more, length))
}

/// Where a part begins in the bytes it was cut from.
pub(crate) fn offset(of: &[u8], within: &[u8]) -> usize {
    of.as_ptr().addr().saturating_sub(within.as_ptr().addr())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_one_form() {
        for (bytes, found) in [
            (&[0x30, 0x7f][..], Ok((2, 127))),
            (&[0x30, 0x81, 0x80], Ok((3, 128))),
            (&[0x30, 0x82, 1, 0], Ok((4, 256))),
            (&[0x30, 0x83, 1, 0, 0], Ok((5, 65536))),
            (&[0x30, 0x81, 0x7f], Err(NotDer)),
            (&[0x30, 0x82, 0, 0xff], Err(NotDer)),
            (&[0x30, 0x83, 0, 1, 0], Err(NotDer)),
            (&[0x30, 0x84, 1, 0, 0, 0], Ok((6, 1 << 24))),
            (&[0x30, 0x84, 0, 1, 0, 0], Err(NotDer)),
            (&[0x30, 0x85, 1, 0, 0, 0, 0], Err(NotDer)),
            (&[0x30, 0x80], Err(NotDer)),
            (&[0x30], Err(NotDer)),
            (&[0x3f, 0x01], Err(NotDer)),
            (&[], Err(NotDer)),
        ] {
            assert_eq!(header(bytes), found, "{bytes:02x?}");
        }
    }

    #[test]
    fn a_value_may_not_pass_its_end() {
        let mut cursor = Cursor::new(&[4, 1, 9, 4, 2, 9]);
        assert!(cursor.next(4).is_ok_and(|object| object.value == [9]));
        assert!(cursor.any().is_err());
        assert!(only(4, &[4, 1, 9, 0]).is_err() && only(5, &[4, 1, 9]).is_err());
    }
}
