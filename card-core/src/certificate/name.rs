//! Distinguished names: ordered, with repetitions, compared by their bytes.

use std::fmt;

use super::der::{self, Cursor, NotDer, Object};
use super::oid::Oid;

/// A distinguished name (識別名): its parts in the order of the file, and its DER.
///
/// JPKI names have two OU and two L, each a part of its own, so this is a list and no map. Two
/// names are equal if their DER is: JPKI's own rule, and the strictest. All generations of a JPKI
/// CA share one name, so equality never chooses an issuer's key.
///
/// `Debug` shows no values: the subject of a leaf names its holder by a pseudonym.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DistinguishedName {
    der: Vec<u8>,
    parts: Vec<Vec<NamePart>>,
}

/// One attribute of a name. `Debug` shows no value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NamePart {
    kind: Oid,
    value: String,
}

impl DistinguishedName {
    /// Reads a name from its DER, strictly: x509-parser stops at a part it cannot read and drops
    /// the rest, so a name could show less than its issuer signed.
    pub(crate) fn read(der: &[u8]) -> Result<DistinguishedName, NotDer> {
        let mut sequence = Cursor::new(der::only(der::SEQUENCE, der)?.value);
        let mut parts = Vec::new();
        while !sequence.is_empty() {
            let mut set = Cursor::new(sequence.next(der::SET)?.value);
            let mut part = Vec::new();
            while !set.is_empty() {
                let mut pair = Cursor::new(set.next(der::SEQUENCE)?.value);
                let kind = Oid::from_content(pair.next(der::OID)?.value);
                let value = text(&pair.any()?);
                if !pair.is_empty() {
                    return Err(NotDer);
                }
                part.push(NamePart { kind, value });
            }
            parts.push(part);
        }
        Ok(DistinguishedName {
            der: der.to_vec(),
            parts,
        })
    }

    /// The DER of the whole name, header included.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The relative distinguished names in file order; nearly always of one attribute each.
    pub fn parts(&self) -> impl Iterator<Item = &[NamePart]> {
        self.parts.iter().map(Vec::as_slice)
    }

    /// All values of one kind in file order, by the short name: `C`, `O`, `OU`, `L`, `CN`.
    pub fn values(&self, label: &str) -> impl Iterator<Item = &str> {
        let all = self.parts.iter().flatten();
        all.filter(move |part| part.label() == Some(label))
            .map(NamePart::value)
    }

    /// The common name (CN), if there is one.
    pub fn common_name(&self) -> Option<&str> {
        self.values("CN").next()
    }
}

impl NamePart {
    /// What the value is.
    pub const fn kind(&self) -> &Oid {
        &self.kind
    }

    /// The short name of the kind, for those that occur in such names.
    pub fn label(&self) -> Option<&'static str> {
        match self.kind.content() {
            [0x55, 0x04, 0x03] => Some("CN"),
            [0x55, 0x04, 0x05] => Some("SERIALNUMBER"),
            [0x55, 0x04, 0x06] => Some("C"),
            [0x55, 0x04, 0x07] => Some("L"),
            [0x55, 0x04, 0x08] => Some("ST"),
            [0x55, 0x04, 0x0a] => Some("O"),
            [0x55, 0x04, 0x0b] => Some("OU"),
            [0x55, 0x04, 0x61] => Some("ORGANIZATIONIDENTIFIER"),
            _ => None,
        }
    }

    /// The text; hexadecimal behind `#` if the file holds no text.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// Writes `C=JP, O=JPKI, OU=…` in file order, safe to show: separators inside values and
/// characters that could steer a terminal are escaped.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, rdn) in self.parts.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { ", " })?;
            for (place, part) in rdn.iter().enumerate() {
                f.write_str(if place == 0 { "" } else { " + " })?;
                match part.label() {
                    Some(label) => f.write_str(label)?,
                    None => write!(f, "{}", part.kind)?,
                }
                f.write_str("=")?;
                part.value
                    .chars()
                    .try_for_each(|character| match character {
                        ',' | '+' | '\\' => write!(f, "\\{character}"),
                        // Not only control characters: these turn the direction of what follows.
                        '\u{200e}'
                        | '\u{200f}'
                        | '\u{202a}'..='\u{202e}'
                        | '\u{2066}'..='\u{2069}' => {
                            write!(f, "{}", character.escape_unicode())
                        }
                        _ if character.is_control() => write!(f, "{}", character.escape_unicode()),
                        _ => write!(f, "{character}"),
                    })?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.parts.iter().flatten()).finish()
    }
}

impl fmt::Debug for NamePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label().unwrap_or("?"))
    }
}

/// The text of the four string types that are text by themselves, else hexadecimal of the value.
fn text(value: &Object<'_>) -> String {
    let readable = [
        der::UTF8_STRING,
        der::NUMERIC_STRING,
        der::PRINTABLE_STRING,
        der::IA5_STRING,
    ];
    match std::str::from_utf8(value.value) {
        Ok(text) if readable.contains(&value.tag) => text.to_owned(),
        _ => value
            .value
            .iter()
            .fold("#".to_owned(), |text, byte| text + &format!("{byte:02x}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(der: &[u8]) -> DistinguishedName {
        DistinguishedName::read(der).unwrap()
    }

    #[test]
    fn hostile_values_do_not_reach_a_terminal() {
        let value = "a,b\u{1b}[2J\u{202e}黒";
        let mut der = vec![
            0x30,
            0,
            0x31,
            0,
            0x30,
            0,
            6,
            3,
            0x55,
            4,
            3,
            0x0c,
            value.len() as u8,
        ];
        der.extend_from_slice(value.as_bytes());
        let length = der.len() as u8;
        (der[1], der[3], der[5]) = (length - 2, length - 4, length - 6);
        let name = name(&der);
        assert_eq!(name.to_string(), "CN=a\\,b\\u{1b}[2J\\u{202e}黒");
        assert_eq!(name.common_name(), Some(value));
        assert_eq!(name.der(), der);
        assert_eq!(format!("{name:?}"), "[CN]");
    }

    #[test]
    fn values_that_are_no_text_are_hexadecimal() {
        let name = name(b"\x30\x0d\x31\x0b\x30\x09\x06\x02\x2a\x03\x04\x03\x01\x02\x03");
        assert_eq!(name.to_string(), "1.2.3=#010203");
        assert!(name.common_name().is_none());
    }

    #[test]
    fn a_name_is_read_whole_or_not_at_all() {
        let good = b"\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02JP";
        assert_eq!(name(good).to_string(), "C=JP");
        assert_eq!(name(b"\x30\x00").to_string(), "");
        for (place, byte) in [
            (0, 0x31),
            (2, 0x32),
            (4, 0x31),
            (6, 0x07),
            (3, 0x0c),
            (12, 1),
        ] {
            let mut bad = good.to_vec();
            bad[place] = byte;
            assert!(DistinguishedName::read(&bad).is_err(), "{place}");
        }
    }
}
