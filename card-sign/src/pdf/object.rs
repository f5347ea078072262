//! PDF objects (ISO 32000-1, 7.3) as values that know where they stood, and how they are written.

use std::ops::Range;

use super::parser::is_regular;

/// A direct object or a reference to one. Streams are always indirect; see [`Indirect`].
#[derive(Clone, Debug)]
pub(super) enum Object {
    Null,
    Boolean(bool),
    Integer(i64),
    /// As written: a number that is only copied keeps its digits.
    Real(Vec<u8>),
    Name(Vec<u8>),
    String(Vec<u8>),
    Array(Vec<Object>),
    Dictionary(Dictionary),
    Reference(Id),
}

/// What an indirect object is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id {
    pub(super) number: u32,
    pub(super) generation: u16,
}

/// Keys and values in the order of the file; no key twice.
#[derive(Clone, Debug, Default)]
pub(super) struct Dictionary(pub(super) Vec<Entry>);

/// A key, its value, and where the value's bytes are.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Vec<u8>,
    pub(super) value: Object,
    pub(super) span: Range<usize>,
}

/// An object with a number, and the bytes of its stream if it is one.
#[derive(Clone, Debug)]
pub(super) struct Indirect {
    pub(super) object: Object,
    pub(super) stream: Option<Range<usize>>,
}

/// The same value, however it is written: programs copy `.5` as `0.5`.
impl PartialEq for Object {
    fn eq(&self, other: &Object) -> bool {
        use Object::{Array, Boolean, Integer, Name, Null, Real, Reference, String};
        match (self, other) {
            (Null, Null) => true,
            (Boolean(one), Boolean(two)) => one == two,
            (Integer(one), Integer(two)) => one == two,
            (Integer(_) | Real(_), Integer(_) | Real(_)) => self.as_number() == other.as_number(),
            (Name(one), Name(two)) | (String(one), String(two)) => one == two,
            (Array(one), Array(two)) => one == two,
            (Object::Dictionary(one), Object::Dictionary(two)) => one == two,
            (Reference(one), Reference(two)) => one == two,
            _ => false,
        }
    }
}

/// The same keys with the same values: order and places do not matter.
impl PartialEq for Dictionary {
    fn eq(&self, other: &Dictionary) -> bool {
        // Sorted first: a file decides how many keys there are.
        let sorted = |dictionary: &'_ Dictionary| -> Vec<usize> {
            let mut order: Vec<usize> = (0..dictionary.0.len()).collect();
            order.sort_by_key(|place| dictionary.0.get(*place).map(|entry| &entry.key));
            order
        };
        let same = |(one, two): (usize, usize)| {
            let (one, two) = (self.0.get(one), other.0.get(two));
            one.map(|one| (&one.key, &one.value)) == two.map(|two| (&two.key, &two.value))
        };
        self.0.len() == other.0.len() && sorted(self).into_iter().zip(sorted(other)).all(same)
    }
}

impl Dictionary {
    /// The value of a key; `None` also if it is null, which means the same (7.3.7).
    pub(super) fn find(&self, key: &[u8]) -> Option<&Object> {
        self.entry(key)
            .map(|entry| &entry.value)
            .filter(|value| **value != Object::Null)
    }

    pub(super) fn entry(&self, key: &[u8]) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Whether this key has this name as its value.
    pub(super) fn is(&self, key: &[u8], name: &[u8]) -> bool {
        matches!(self.find(key), Some(Object::Name(value)) if value == name)
    }

    pub(super) fn integer(&self, key: &[u8]) -> Option<i64> {
        match self.find(key) {
            Some(Object::Integer(value)) => Some(*value),
            _ => None,
        }
    }

    /// Sets a key, in its place if it is there.
    pub(super) fn set(&mut self, key: &[u8], value: Object) {
        match self.0.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.value = value,
            None => self.0.push(Entry {
                key: key.to_vec(),
                value,
                span: 0..0,
            }),
        }
    }

    /// The same dictionary without some keys: what must not change when those may.
    pub(super) fn without(&self, keys: &[&[u8]]) -> Dictionary {
        let kept = self
            .0
            .iter()
            .filter(|entry| !keys.contains(&entry.key.as_slice()));
        Dictionary(kept.cloned().collect())
    }
}

impl<const N: usize> From<[(&[u8], Object); N]> for Dictionary {
    fn from(pairs: [(&[u8], Object); N]) -> Dictionary {
        let mut dictionary = Dictionary::default();
        for (key, value) in pairs {
            dictionary.set(key, value);
        }
        dictionary
    }
}

impl Object {
    pub(super) fn name(name: &[u8]) -> Object {
        Object::Name(name.to_vec())
    }

    /// Text as a text string (テキスト文字列): UTF-16BE with its mark, which every reader knows.
    pub(super) fn text(text: &str) -> Object {
        if text.is_ascii() {
            return Object::String(text.as_bytes().to_vec());
        }
        let units = text.encode_utf16().flat_map(u16::to_be_bytes);
        Object::String([0xfe, 0xff].into_iter().chain(units).collect())
    }

    pub(super) const fn as_reference(&self) -> Option<Id> {
        match self {
            Object::Reference(id) => Some(*id),
            _ => None,
        }
    }

    pub(super) fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    pub(super) fn as_array(&self) -> Option<&[Object]> {
        match self {
            Object::Array(array) => Some(array),
            _ => None,
        }
    }

    pub(super) fn as_number(&self) -> Option<f64> {
        match self {
            Object::Integer(value) => Some(*value as f64),
            Object::Real(digits) => std::str::from_utf8(digits).ok()?.parse().ok(),
            _ => None,
        }
    }

    /// A text string as text: UTF-16BE, UTF-8 with its mark (PDF 2.0), or one byte each.
    pub(super) fn as_text(&self) -> Option<String> {
        let Object::String(bytes) = self else {
            return None;
        };
        Some(match bytes.as_slice() {
            [0xfe, 0xff, rest @ ..] => {
                let (units, _) = rest.as_chunks::<2>();
                let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
                char::decode_utf16(units)
                    .map(|one| one.unwrap_or('\u{fffd}'))
                    .collect()
            }
            [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
            bytes => bytes.iter().map(|byte| char::from(*byte)).collect(),
        })
    }

    /// Calls `see` for every reference inside.
    pub(super) fn references(&self, see: &mut dyn FnMut(Id)) {
        match self {
            Object::Reference(id) => see(*id),
            Object::Array(array) => array.iter().for_each(|value| value.references(see)),
            Object::Dictionary(dictionary) => {
                dictionary
                    .0
                    .iter()
                    .for_each(|entry| entry.value.references(see));
            }
            _ => {}
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Object::Null => out.extend(b"null"),
            Object::Boolean(value) => out.extend(value.to_string().bytes()),
            Object::Integer(value) => out.extend(value.to_string().bytes()),
            Object::Real(digits) => out.extend(digits),
            Object::Name(name) => write_name(name, out),
            Object::String(bytes) => write_string(bytes, out),
            Object::Array(array) => {
                out.push(b'[');
                for (number, value) in array.iter().enumerate() {
                    if number > 0 {
                        out.push(b' ');
                    }
                    value.write(out);
                }
                out.push(b']');
            }
            Object::Dictionary(dictionary) => dictionary.write(out),
            Object::Reference(id) => {
                out.extend(format!("{} {} R", id.number, id.generation).bytes());
            }
        }
    }
}

impl Dictionary {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend(b"<<");
        for Entry { key, value, .. } in &self.0 {
            write_name(key, out);
            out.push(b' ');
            value.write(out);
            out.push(b'\n');
        }
        out.extend(b">>");
    }
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        if is_regular(*byte) && *byte != b'#' && byte.is_ascii_graphic() {
            out.push(*byte);
        } else {
            out.extend(format!("#{byte:02X}").bytes());
        }
    }
}

fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        out.push(b'(');
        for byte in bytes {
            if matches!(byte, b'(' | b')' | b'\\') {
                out.push(b'\\');
            }
            out.push(*byte);
        }
        out.push(b')');
    } else {
        out.push(b'<');
        out.extend(
            bytes
                .iter()
                .flat_map(|byte| format!("{byte:02X}").into_bytes()),
        );
        out.push(b'>');
    }
}
