//! Reading PDF objects from bytes (ISO 32000-1, 7.2 and 7.3).
//!
//! Strict on purpose. Where readers disagree about what bytes mean, two people see two documents,
//! so whatever would need a guess is refused: doubled keys above all.

use super::object::{Dictionary, Entry, Id, Object};
use super::rules::reason;
use crate::report::Reason;

/// White space (7.2.2, table 1).
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

pub(super) const fn is_regular(byte: u8) -> bool {
    !is_space(byte)
        && !matches!(
            byte,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
        )
}

/// Arrays and dictionaries inside each other; the bound on the stack.
const MAX_DEPTH: usize = 64;

/// Steps of work for a value that takes memory of its own, beside those for its bytes.
const VALUE: usize = 8;

/// Reads objects from bytes, and knows where it is.
#[derive(Clone, Debug)]
pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Values that take memory of their own: arrays, dictionaries, names, strings.
    values: usize,
    /// Steps of work after which no further value is read.
    limit: usize,
}

impl<'a> Parser<'a> {
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Parser<'a> {
        Parser {
            bytes,
            at,
            values: 0,
            limit: usize::MAX,
        }
    }

    /// Steps of work up to here: the bytes from the beginning, and the values that were read.
    pub(super) const fn steps(&self) -> usize {
        self.at.saturating_add(self.values.saturating_mul(VALUE))
    }

    /// Allows so many further steps.
    pub(super) const fn allow(&mut self, steps: usize) {
        self.limit = self.steps().saturating_add(steps);
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
        if self.steps() > self.limit {
            return Err(reason::WORK);
        }
        let first = self.peek().ok_or(reason::SYNTAX)?;
        self.values += usize::from(matches!(first, b'<' | b'(' | b'/' | b'['));
        match first {
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
            self.values += 1;
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
    fn values_are_paid_for_and_end_where_the_steps_do() {
        for (text, steps) in [
            (&b"1234567890"[..], 10),
            (b"[1 2 3]", 7 + 8),
            (b"[[][][]]", 8 + 4 * 8),
            (b"<</A(x)/B/C/D<>>>", 17 + 7 * 8),
        ] {
            let mut parser = Parser::new(text, 0);
            assert!(parser.object().is_ok());
            assert_eq!(parser.steps(), steps, "{}", text.escape_ascii());
        }
        let mut parser = Parser::new(&[b'['; 60], 0);
        parser.allow(99);
        assert_eq!(parser.object(), Err(reason::WORK));
        assert_eq!(parser.at(), 12);
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
