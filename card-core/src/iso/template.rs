//! A file that is one constructed object: its fields and where each of them stands.

use super::tlv::{Cursor, Object, TlvError};

/// The fields of one constructed object, in the order of the file.
///
/// Stricter than the cursor in one thing: the fields fill the object wholly. A gap inside would be
/// a place for bytes that one reader sees and another does not. Filler behind it is left alone.
#[derive(Clone, Debug)]
pub struct Template<'a> {
    fields: Vec<Object<'a>>,
    value: &'a [u8],
    start: usize,
}

impl<'a> Template<'a> {
    /// Opens the object with this tag at the start of a file.
    ///
    /// # Errors
    ///
    /// [`TlvError`] with the place in the file.
    pub fn parse(file: &'a [u8], tag: u16) -> Result<Self, TlvError> {
        let outer = Cursor::new(file).expect(tag)?;
        Self::inside(&outer)
    }

    /// Opens an object that was found in a file, keeping the file's places.
    ///
    /// # Errors
    ///
    /// [`TlvError`] with the place in the file.
    pub fn inside(outer: &Object<'a>) -> Result<Self, TlvError> {
        let start = outer.at + outer.whole.len() - outer.value.len();
        let mut cursor = Cursor::new(outer.value);
        let mut fields = Vec::new();
        while let Some(mut field) = cursor
            .next_object()
            .map_err(|problem| problem.shifted(start))?
        {
            field.at += start;
            fields.push(field);
        }
        if cursor.position() != outer.value.len() {
            return Err(TlvError::Gap {
                at: start + cursor.position(),
            });
        }
        Ok(Self {
            fields,
            value: outer.value,
            start,
        })
    }

    /// The first field with this tag, its place counted from the start of the file.
    #[must_use]
    pub fn field(&self, tag: u16) -> Option<&Object<'a>> {
        self.fields.iter().find(|field| field.is(tag))
    }

    /// The first field with this tag, which must be there.
    ///
    /// # Errors
    ///
    /// [`TlvError::Missing`].
    pub fn need(&self, tag: u16) -> Result<&Object<'a>, TlvError> {
        self.field(tag).ok_or(TlvError::Missing {
            tag,
            at: self.start,
        })
    }

    /// Fields with another tag than these, and second fields with one of these.
    pub fn others<'s>(&'s self, known: &'s [u16]) -> impl Iterator<Item = &'s Object<'a>> {
        self.fields.iter().filter(|field| {
            let first = known
                .iter()
                .find_map(|tag| self.field(*tag).filter(|_| field.is(*tag)));
            first.is_none_or(|first| first.at != field.at)
        })
    }

    /// What stands in front of a field, tags and lengths included.
    #[must_use]
    pub fn before(&self, field: &Object<'a>) -> &'a [u8] {
        self.value
            .get(..field.at.saturating_sub(self.start))
            .unwrap_or_default()
    }

    /// What stands behind a field up to the end of the object, tags and lengths included.
    #[must_use]
    pub fn after(&self, field: &Object<'a>) -> &'a [u8] {
        let end = (field.at + field.whole.len()).saturating_sub(self.start);
        self.value.get(end..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_places_and_neighbours() {
        let file = [
            0xFF, 0x20, 0x81, 9, 0xDF, 0x21, 0, 0xDF, 0x22, 0, 0xDF, 0x22, 0, 0xFF, 0xFF,
        ];
        let record = Template::parse(&file, 0xFF20).unwrap();
        let second = record.need(0xDF22).unwrap();
        assert_eq!(second.at, 7);
        assert_eq!(record.before(second), &file[4..7]);
        assert_eq!(record.after(second), &file[10..13]);
        let others: Vec<usize> = record
            .others(&[0xDF21, 0xDF22])
            .map(|field| field.at)
            .collect();
        assert_eq!(others, [10], "the second of its kind");
        assert_eq!(record.others(&[]).count(), 3);
        assert_eq!(
            record.need(0xDF23),
            Err(TlvError::Missing { tag: 0xDF23, at: 4 })
        );
    }

    #[test]
    fn a_gap_is_no_field() {
        let gap = [0xFF, 0x20, 5, 0xDF, 0x21, 0, 0xFF, 0xFF];
        assert_eq!(
            Template::parse(&gap, 0xFF20).unwrap_err(),
            TlvError::Gap { at: 6 }
        );
        let cut = [0xFF, 0x20, 3, 0xDF, 0x21, 4, 0xFF, 0xFF];
        let problem = Template::parse(&cut, 0xFF20).unwrap_err();
        assert_eq!(
            problem,
            TlvError::Truncated {
                at: 3,
                needs: 7,
                has: 3
            }
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let file = [&[0xFF, 0x20, 0x81, 200][..], &bytes].concat();
            for file in [&file, &bytes] {
                if let Ok(record) = Template::parse(file, 0xFF20) {
                    for field in record.others(&[]) {
                        let whole = [record.before(field), field.whole, record.after(field)].concat();
                        prop_assert_eq!(whole.as_slice(), record.value);
                    }
                }
            }
        }
    }
}
