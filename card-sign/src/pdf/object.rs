//! PDF objects (ISO 32000-1, 7.3): read with the places of their parts, and written again.
//!
//! Strict on purpose. Where readers disagree about what bytes mean, two people see two documents,
//! so whatever would need a guess is refused: doubled keys above all.

use std::ops::Range;

use super::rules::reason;
use crate::report::Reason;

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
pub(super) struct Dictionary(Vec<Entry>);

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

/// White space (7.2.2, table 1).
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

const fn is_regular(byte: u8) -> bool {
    !is_space(byte)
        && !matches!(
            byte,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
        )
}

/// Arrays and dictionaries inside each other; the bound on the stack.
const MAX_DEPTH: usize = 64;

/// Reads objects from bytes, and knows where it is.
#[derive(Clone, Debug)]
pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Parser<'a> {
        Parser { bytes, at }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Steps over white space.
    pub(super) fn white_space(&mut self) {
        self.at += self
            .rest()
            .iter()
            .take_while(|byte| is_space(**byte))
            .count();
    }

    /// Steps over white space and comments.
    pub(super) fn skip(&mut self) {
        loop {
            self.white_space();
            if self.peek() != Some(b'%') {
                return;
            }
            self.at += self
                .rest()
                .iter()
                .take_while(|b| !matches!(b, b'\r' | b'\n'))
                .count();
        }
    }

    /// Steps over these bytes if they are next.
    pub(super) fn literal(&mut self, literal: &[u8]) -> bool {
        let there = self.rest().starts_with(literal);
        self.at += if there { literal.len() } else { 0 };
        there
    }

    /// Steps over this word if it is next, as a word of its own.
    pub(super) fn keyword(&mut self, word: &[u8]) -> bool {
        let ends = self
            .rest()
            .get(word.len())
            .is_none_or(|byte| !is_regular(*byte));
        ends && self.literal(word)
    }

    /// A word that is no object: an operator of a page's content.
    pub(super) fn word(&mut self) -> Option<&'a [u8]> {
        let count = self
            .rest()
            .iter()
            .take_while(|byte| is_regular(**byte))
            .count();
        let word = self.rest().get(..count).filter(|word| !word.is_empty())?;
        self.at += count;
        Some(word)
    }

    /// Digits without a sign, as in tables and before `obj`.
    pub(super) fn unsigned(&mut self) -> Option<u64> {
        let count = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let digits = self
            .rest()
            .get(..count)
            .filter(|digits| !digits.is_empty())?;
        self.at += count;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// `12 0 obj`
    pub(super) fn header(&mut self) -> Option<Id> {
        let id = self.id()?;
        self.keyword(b"obj").then_some(id)
    }

    fn id(&mut self) -> Option<Id> {
        let number = u32::try_from(self.unsigned()?).ok()?;
        self.skip_some()?;
        let generation = u16::try_from(self.unsigned()?).ok()?;
        self.skip_some()?;
        Some(Id { number, generation })
    }

    fn skip_some(&mut self) -> Option<()> {
        let before = self.at;
        self.skip();
        (self.at > before).then_some(())
    }

    /// The next object.
    pub(super) fn object(&mut self) -> Result<Object, Reason> {
        self.nested(0)
    }

    fn nested(&mut self, depth: usize) -> Result<Object, Reason> {
        if depth > MAX_DEPTH {
            return Err(reason::NESTING);
        }
        self.skip();
        match self.peek().ok_or(reason::SYNTAX)? {
            b'<' if self.literal(b"<<") => self.dictionary(depth).map(Object::Dictionary),
            b'<' => self.hexadecimal().map(Object::String),
            b'(' => self.string().map(Object::String),
            b'/' => self.name().map(Object::Name),
            b'[' => {
                self.at += 1;
                let mut array = Vec::new();
                loop {
                    self.skip();
                    if self.literal(b"]") {
                        return Ok(Object::Array(array));
                    }
                    array.push(self.nested(depth + 1)?);
                }
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number(),
            _ if self.keyword(b"true") => Ok(Object::Boolean(true)),
            _ if self.keyword(b"false") => Ok(Object::Boolean(false)),
            _ if self.keyword(b"null") => Ok(Object::Null),
            _ => Err(reason::SYNTAX),
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Dictionary, Reason> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut keys = std::collections::BTreeSet::new();
        loop {
            self.skip();
            if self.literal(b">>") {
                return Ok(Dictionary(entries));
            }
            let key = self.name()?;
            if !keys.insert(key.clone()) {
                return Err(reason::DUPLICATE_KEY);
            }
            self.skip();
            let start = self.at;
            let value = self.nested(depth + 1)?;
            entries.push(Entry {
                key,
                value,
                span: start..self.at,
            });
        }
    }

    fn number(&mut self) -> Result<Object, Reason> {
        let mut reference = self.clone();
        if let Some(id) = reference.id()
            && reference.keyword(b"R")
        {
            *self = reference;
            return Ok(Object::Reference(id));
        }
        let count = self
            .rest()
            .iter()
            .take_while(|byte| is_regular(**byte))
            .count();
        let written = self.rest().get(..count).unwrap_or_default();
        let digits = written
            .strip_prefix(b"-")
            .or(written.strip_prefix(b"+"))
            .unwrap_or(written);
        let points = digits.iter().filter(|byte| **byte == b'.').count();
        let plain = digits
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.');
        if !plain || points > 1 || digits.len() == points {
            return Err(reason::SYNTAX);
        }
        self.at += count;
        let whole = std::str::from_utf8(written)
            .ok()
            .and_then(|text| text.parse().ok());
        Ok(whole.map_or_else(|| Object::Real(written.to_vec()), Object::Integer))
    }

    fn name(&mut self) -> Result<Vec<u8>, Reason> {
        if !self.literal(b"/") {
            return Err(reason::SYNTAX);
        }
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| is_regular(*byte)) {
            self.at += 1;
            name.push(match byte {
                b'#' => self.pair().ok_or(reason::SYNTAX)?,
                _ => byte,
            });
        }
        Ok(name)
    }

    /// Two hexadecimal digits.
    fn pair(&mut self) -> Option<u8> {
        let [high, low] = self.rest().first_chunk::<2>()?;
        self.at += 2;
        Some(nibble(*high)? << 4 | nibble(*low)?)
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, Reason> {
        self.at += 1;
        let length = self
            .rest()
            .iter()
            .position(|byte| *byte == b'>')
            .ok_or(reason::SYNTAX)?;
        let inside = self.rest().get(..length).unwrap_or_default();
        self.at += length + 1;
        let digits = inside.iter().filter(|byte| !is_space(**byte));
        let digits: Option<Vec<u8>> = digits.map(|digit| nibble(*digit)).collect();
        let digits = digits.ok_or(reason::SYNTAX)?;
        // A last digit alone has a zero behind it (7.3.4.3).
        let byte = |pair: &[u8]| match pair {
            [high, low] => high << 4 | low,
            [high] => high << 4,
            _ => 0,
        };
        Ok(digits.chunks(2).map(byte).collect())
    }

    fn string(&mut self) -> Result<Vec<u8>, Reason> {
        self.at += 1;
        let mut bytes = Vec::new();
        let mut open = 0usize;
        loop {
            let byte = self.peek().ok_or(reason::SYNTAX)?;
            self.at += 1;
            match byte {
                b')' if open == 0 => return Ok(bytes),
                b')' => open -= 1,
                b'(' => open += 1,
                b'\\' => {
                    bytes.extend(self.escape().ok_or(reason::SYNTAX)?);
                    continue;
                }
                b'\r' => {
                    self.literal(b"\n");
                    bytes.push(b'\n');
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
        }
    }

    /// What follows a backslash: a byte, or nothing where a line goes on. The outer `None` is the
    /// end of the file.
    fn escape(&mut self) -> Option<Option<u8>> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'\n' => None,
            b'\r' => {
                self.literal(b"\n");
                None
            }
            b'0'..=b'7' => {
                let mut value = byte - b'0';
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = self.peek() {
                        self.at += 1;
                        // Overflow is ignored by the standard (7.3.4.2).
                        value = value.wrapping_mul(8).wrapping_add(digit - b'0');
                    }
                }
                Some(value)
            }
            other => Some(other),
        })
    }
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> Result<Object, Reason> {
        let mut parser = Parser::new(text, 0);
        let object = parser.object()?;
        parser.skip();
        assert_eq!(parser.at(), text.len(), "{}", text.escape_ascii());
        Ok(object)
    }

    #[test]
    fn every_kind_is_read_as_the_standard_writes_it() {
        for (text, wanted) in [
            (&b"true"[..], Object::Boolean(true)),
            (b"% comment\n null", Object::Null),
            (b"+17", Object::Integer(17)),
            (b"-.002", Object::Real(b"-.002".to_vec())),
            (
                b"9223372036854775808",
                Object::Real(b"9223372036854775808".to_vec()),
            ),
            (b"/Lime#20Green", Object::name(b"Lime Green")),
            (b"/", Object::name(b"")),
            (
                b"(a\\\r\nb(c)\\)\\101\\53\r\n)",
                Object::String(b"ab(c))A+\n".to_vec()),
            ),
            (b"<48 656C6c6F 7>", Object::String(b"Hellop".to_vec())),
            (
                b"12 0 R",
                Object::Reference(Id {
                    number: 12,
                    generation: 0,
                }),
            ),
            (
                b"[1 2 R 3]",
                Object::Array(vec![
                    Object::Reference(Id {
                        number: 1,
                        generation: 2,
                    }),
                    Object::Integer(3),
                ]),
            ),
        ] {
            assert_eq!(read(text), Ok(wanted), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn numbers_are_what_they_mean() {
        assert_eq!(read(b"[.5 -1. 2]"), read(b"[0.50 -1 2.0]"));
        assert_ne!(read(b"[.5]"), read(b"[.51]"));
        assert_ne!(read(b"(a)"), read(b"/a"));
    }

    #[test]
    fn what_needs_a_guess_is_refused() {
        for (text, why) in [
            (&b"<</A 1/A 2>>"[..], reason::DUPLICATE_KEY),
            (b"<</A 1/#41 2>>", reason::DUPLICATE_KEY),
            (b"<</A 1", reason::SYNTAX),
            (b"<</A>>", reason::SYNTAX),
            (b"(open", reason::SYNTAX),
            (b"<4G>", reason::SYNTAX),
            (b"/#4", reason::SYNTAX),
            (b"1.2.3", reason::SYNTAX),
            (b"--1", reason::SYNTAX),
            (b"word", reason::SYNTAX),
            (b"", reason::SYNTAX),
        ] {
            assert_eq!(
                Parser::new(text, 0).object(),
                Err(why),
                "{}",
                text.escape_ascii()
            );
        }
        assert_eq!(
            Parser::new(&b"[".repeat(100_000), 0).object(),
            Err(reason::NESTING)
        );
    }

    #[test]
    fn places_are_those_of_the_values() {
        let text = b"<< /ByteRange [0 1]  /Contents <00> >>";
        let Ok(Object::Dictionary(read)) = read(text) else {
            panic!()
        };
        assert_eq!(
            &text[read.entry(b"Contents").unwrap().span.clone()],
            b"<00>"
        );
        assert_eq!(
            &text[read.entry(b"ByteRange").unwrap().span.clone()],
            b"[0 1]"
        );
    }

    #[test]
    fn text_is_read_back() {
        for text in ["plain (text)", "山田　花子", "𠮷野家", ""] {
            let mut bytes = Vec::new();
            Object::text(text).write(&mut bytes);
            assert_eq!(read(&bytes).unwrap().as_text().as_deref(), Some(text));
        }
    }

    fn objects() -> impl Strategy<Value = Object> {
        let leaf = prop_oneof![
            Just(Object::Null),
            any::<bool>().prop_map(Object::Boolean),
            any::<i64>().prop_map(Object::Integer),
            any::<Vec<u8>>().prop_map(Object::Name),
            any::<Vec<u8>>().prop_map(Object::String),
            (any::<u32>(), any::<u16>())
                .prop_map(|(number, generation)| Object::Reference(Id { number, generation })),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Object::Array),
                proptest::collection::btree_map(any::<Vec<u8>>(), inner, 0..5).prop_map(|map| {
                    let mut dictionary = Dictionary::default();
                    map.into_iter()
                        .for_each(|(key, value)| dictionary.set(&key, value));
                    Object::Dictionary(dictionary)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(object in objects()) {
            let mut bytes = Vec::new();
            object.write(&mut bytes);
            prop_assert_eq!(read(&bytes), Ok(object));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = Parser::new(&bytes, 0).object();
        }
    }
}
