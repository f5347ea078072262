//! The licence record, 001B: licence and driving history.

use std::fmt;

use zeroize::Zeroizing;

use super::text::LicenceText;
use crate::domain::date::{Date, Era};
use crate::iso::objects::{Object, Objects, ObjectsError, object_at};
use crate::record::UnknownField;

/// The file holds no more than this, by the specification.
pub(super) const CAPACITY: usize = 5845;

/// A field of the licence.
///
/// The issuer writes a field that does not apply with no bytes; a field that is missing means the
/// same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<T> {
    /// Not on this licence.
    Empty,
    /// This value.
    Value(T),
    /// Bytes that are no value of this field: they are not guessed at.
    Unreadable,
}

impl<T> Field<T> {
    /// The value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty | Self::Unreadable => None,
        }
    }

    pub(super) fn read(bytes: Option<&[u8]>, read: impl FnOnce(&[u8]) -> Option<T>) -> Self {
        match bytes.map(read) {
            None => Self::Empty,
            Some(Some(value)) => Self::Value(value),
            Some(None) => Self::Unreadable,
        }
    }
}

/// A date as the licence states it: era, year of the era, month and day.
///
/// The era may have ended before the year came, as in 平成35年: the date is kept as stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LicenceDate {
    era: Era,
    date: Date,
}

impl LicenceDate {
    /// Reads seven ASCII digits: era (1 Meiji to 5 Reiwa) and YYMMDD.
    fn read(bytes: &[u8]) -> Option<Self> {
        let digits: &[u8; 7] = bytes.try_into().ok()?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let [era, y1, y2, m1, m2, d1, d2] = digits.map(|digit| digit - b'0');
        let era = Era::from_digit(era)?;
        let year = u16::from(y1 * 10 + y2);
        let gregorian = era.first_day().year() + year.checked_sub(1)?;
        let date = Date::new(gregorian, m1 * 10 + m2, d1 * 10 + d2).ok()?;
        Some(Self { era, date })
    }

    /// The era (元号) as stated.
    #[must_use]
    pub const fn era(self) -> Era {
        self.era
    }

    /// The year of the era; 1 is 元年.
    #[must_use]
    pub fn era_year(self) -> u16 {
        self.date.year() - self.era.first_day().year() + 1
    }

    /// The day in the Gregorian calendar (西暦).
    #[must_use]
    pub const fn date(self) -> Date {
        self.date
    }
}

/// A class of vehicle that a licence covers (免許の種類).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LicenceClass {
    /// 大型.
    Large,
    /// 普通.
    Ordinary,
    /// 大特: large special.
    LargeSpecial,
    /// 大自二: large motorcycle.
    LargeMotorcycle,
    /// 普自二: ordinary motorcycle.
    OrdinaryMotorcycle,
    /// 小特: small special.
    SmallSpecial,
    /// 原付: moped.
    Moped,
    /// け引: towing.
    Towing,
    /// 大二: large, second class.
    LargeSecond,
    /// 普二: ordinary, second class.
    OrdinarySecond,
    /// 大特二: large special, second class.
    LargeSpecialSecond,
    /// け引二: towing, second class.
    TowingSecond,
    /// 中型: medium.
    Medium,
    /// 中二: medium, second class.
    MediumSecond,
    /// 準中型: semi-medium.
    SemiMedium,
}

impl LicenceClass {
    /// Every class, in the order of the record (tags EC to FA).
    pub const ALL: [Self; 15] = [
        Self::Large,
        Self::Ordinary,
        Self::LargeSpecial,
        Self::LargeMotorcycle,
        Self::OrdinaryMotorcycle,
        Self::SmallSpecial,
        Self::Moped,
        Self::Towing,
        Self::LargeSecond,
        Self::OrdinarySecond,
        Self::LargeSpecialSecond,
        Self::TowingSecond,
        Self::Medium,
        Self::MediumSecond,
        Self::SemiMedium,
    ];

    /// The official short form: 普通, 準中型, け引.
    #[must_use]
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Large => "大型",
            Self::Ordinary => "普通",
            Self::LargeSpecial => "大特",
            Self::LargeMotorcycle => "大自二",
            Self::OrdinaryMotorcycle => "普自二",
            Self::SmallSpecial => "小特",
            Self::Moped => "原付",
            Self::Towing => "け引",
            Self::LargeSecond => "大二",
            Self::OrdinarySecond => "普二",
            Self::LargeSpecialSecond => "大特二",
            Self::TowingSecond => "け引二",
            Self::Medium => "中型",
            Self::MediumSecond => "中二",
            Self::SemiMedium => "準中型",
        }
    }

    /// A stable word for scripts: `large-special-second`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Ordinary => "ordinary",
            Self::LargeSpecial => "large-special",
            Self::LargeMotorcycle => "large-motorcycle",
            Self::OrdinaryMotorcycle => "ordinary-motorcycle",
            Self::SmallSpecial => "small-special",
            Self::Moped => "moped",
            Self::Towing => "towing",
            Self::LargeSecond => "large-second",
            Self::OrdinarySecond => "ordinary-second",
            Self::LargeSpecialSecond => "large-special-second",
            Self::TowingSecond => "towing-second",
            Self::Medium => "medium",
            Self::MediumSecond => "medium-second",
            Self::SemiMedium => "semi-medium",
        }
    }
}

/// The picture of a character that JIS X 0208 does not have (外字). `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct LicencePicture {
    /// The number by which the text refers to it, 1 to 5.
    pub number: u8,
    /// The bytes as stored; their form on this card is not known.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for LicencePicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes.len();
        write!(f, "LicencePicture({}, {bytes} bytes)", self.number)
    }
}

/// A driving licence and the driving history (免許情報・運転経歴情報), as the card holds them.
///
/// A card may hold the licence, the history, or both. Whether the police wrote it is another
/// question: [`LicenceSignature::check`](super::LicenceSignature::check). `Debug` shows nothing.
#[derive(Clone)]
pub struct LicenceRecord {
    /// 運転経歴: when the history was written.
    pub history_date: Field<LicenceDate>,
    /// 運転経歴: class of driver, one character whose values are not public.
    pub history_class: Field<String>,
    /// 運転免許証の色区分: 優良, 新規 or その他.
    pub colour: Field<LicenceText>,
    /// 有効期間の末日.
    pub expiry: Field<LicenceDate>,
    /// 免許の条件, those that are written, in order (at most 12).
    pub conditions: Vec<LicenceText>,
    /// 備考, those that are written, in order (at most 8).
    pub remarks: Vec<LicenceText>,
    /// 予備, spare fields that are written, in order (at most 8).
    pub spare: Vec<LicenceText>,
    /// 外字: pictures of characters that the text refers to.
    pub pictures: Vec<LicencePicture>,
    /// 免許情報記録の番号, 12 digits.
    pub number: Field<String>,
    /// 運転経歴情報記録の番号, 12 digits.
    pub history_number: Field<String>,
    /// 二・小・原: the day of the first licence for motorcycle, small special or moped.
    pub motorcycle_date: Field<LicenceDate>,
    /// 他: the day of the first other licence.
    pub other_date: Field<LicenceDate>,
    /// 二種: the day of the first second-class licence.
    pub second_class_date: Field<LicenceDate>,
    /// 免許の種類: the classes that are marked `1`, in the order of the record.
    pub classes: Vec<LicenceClass>,
    /// Classes with another mark than `1` or `0`.
    pub unreadable_classes: Vec<LicenceClass>,
    /// 写真: JPEG 2000, one colour.
    pub portrait: Field<Vec<u8>>,
    /// Fields that this program does not know, and reserved ones that are written.
    pub unknown: Vec<UnknownField>,
    stored: Zeroizing<Vec<u8>>,
    end: usize,
}

impl LicenceRecord {
    /// Reads the file 001B.
    ///
    /// # Errors
    ///
    /// [`ObjectsError`] where the file is not a row of objects in ascending order. A field
    /// whose bytes are not what it holds is [`Field::Unreadable`].
    pub fn parse(file: &[u8]) -> Result<Self, ObjectsError> {
        let objects = Objects::parse(file, CAPACITY)?;
        let date = |tag| Field::read(objects.value(tag), LicenceDate::read);
        let ascii = |tag| Field::read(objects.value(tag), printable);
        let texts = |tags: &[u16]| {
            let written = tags.iter().filter_map(|tag| objects.value(*tag));
            written.map(LicenceText::read).collect()
        };
        let conditions: Vec<u16> = (0xC6..=0xC9).chain(0xCC..=0xD3).collect();
        let pictures = (1..).zip([0xCA, 0xCB, 0xD4, 0xD5, 0xD6]);
        let mut classes = Vec::new();
        let mut unreadable_classes = Vec::new();
        for (tag, class) in (0xEC..).zip(LicenceClass::ALL) {
            match objects.value(tag) {
                Some(b"1") => classes.push(class),
                None | Some(b"0") => {}
                Some(_) => unreadable_classes.push(class),
            }
        }
        Ok(Self {
            history_date: date(0xC2),
            history_class: ascii(0xC3),
            colour: Field::read(objects.value(0xC4), |bytes| Some(LicenceText::read(bytes))),
            expiry: date(EXPIRY),
            conditions: texts(&conditions),
            remarks: texts(&(0xD7..=0xDE).collect::<Vec<u16>>()),
            spare: texts(&(0xDF..=0xE6).collect::<Vec<u16>>()),
            pictures: pictures
                .filter_map(|(number, tag)| {
                    let bytes = objects.value(tag)?.to_vec();
                    Some(LicencePicture { number, bytes })
                })
                .collect(),
            number: ascii(0xE7),
            history_number: ascii(0xE8),
            motorcycle_date: date(0xE9),
            other_date: date(0xEA),
            second_class_date: date(0xEB),
            classes,
            unreadable_classes,
            portrait: Field::read(objects.value(0x107), |bytes| Some(bytes.to_vec())),
            unknown: objects.iter().filter_map(unknown).collect(),
            stored: Zeroizing::new(file.to_vec()),
            end: objects.end,
        })
    }

    /// Every object as stored, in order, without filler behind the last one.
    pub(super) fn objects(&self) -> &[u8] {
        self.stored.get(..self.end).unwrap_or_default()
    }

    /// The whole file as stored.
    pub(super) fn whole(&self) -> &[u8] {
        &self.stored
    }
}

impl fmt::Debug for LicenceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LicenceRecord(..)")
    }
}

/// The expiry from the first bytes of the file, which may end in the middle of a later object.
pub(super) fn expiry_of(start: &[u8]) -> Result<Field<LicenceDate>, ObjectsError> {
    let (mut rest, mut last) = (start, 0);
    if rest.is_empty() {
        return Err(ObjectsError::Empty);
    }
    while !rest.is_empty() {
        let at = start.len() - rest.len();
        let (object, behind) = object_at(rest, at)?;
        if object.tag <= last {
            let tag = object.tag;
            return Err(ObjectsError::Order { tag, at });
        }
        if object.tag == EXPIRY && !object.value.is_empty() {
            return Ok(Field::read(Some(object.value), LicenceDate::read));
        }
        if object.tag >= EXPIRY {
            break;
        }
        (rest, last) = (behind, object.tag);
    }
    Ok(Field::Empty)
}

/// ASCII that can be shown.
pub(super) fn printable(bytes: &[u8]) -> Option<String> {
    let shown = bytes.iter().all(|byte| (0x20..0x7F).contains(byte));
    let text = String::from_utf8_lossy(bytes);
    shown.then(|| text.trim_end().to_owned())
}

/// A field that is in no table, or reserved and written all the same.
fn unknown(object: &Object<'_>) -> Option<UnknownField> {
    let known = (0xC2..=0xFA).contains(&object.tag) || object.tag == 0x107;
    (!known && !object.value.is_empty()).then(|| UnknownField {
        tag: format!("{:02X}", object.tag),
        value: object.value.to_vec(),
    })
}

const EXPIRY: u16 = 0xC5;

/// Each tag of the specification with the length of its largest value.
#[cfg(test)]
pub(super) const LARGEST: [(u16, usize); 70] = {
    let mut table = [(0, 0); 70];
    let mut place = 0;
    while place < 70 {
        let tag = 0xC2 + place as u16;
        table[place] = (
            tag,
            match tag {
                0xC2 | 0xC5 | 0xE9..=0xEB | 0xFB..=0x106 => 7,
                0xC3 | 0xEC..=0xFA => 1,
                0xC4 => 6,
                0xCA | 0xCB | 0xD4..=0xD6 => 256,
                0xE7 | 0xE8 => 12,
                0x107 => 2000,
                _ => 80,
            },
        );
        place += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn date(digits: &[u8]) -> Option<String> {
        LicenceDate::read(digits).map(|date| date.date().to_string())
    }

    #[test]
    fn dates_are_era_and_year() {
        assert_eq!(date(b"5071231").as_deref(), Some("2025-12-31"));
        assert_eq!(date(b"4350401").as_deref(), Some("2023-04-01"));
        assert_eq!(date(b"3630107").as_deref(), Some("1988-01-07"));
        assert_eq!(date(b"5060229").as_deref(), Some("2024-02-29"));
        let heisei = LicenceDate::read(b"4350401").unwrap();
        assert_eq!((heisei.era(), heisei.era_year()), (Era::Heisei, 35));
        for wrong in [
            &b"0071231"[..],
            b"6071231",
            b"5001231",
            b"5071331",
            b"5070230",
            b"5070229",
            b"507123",
            b"50712311",
            b"507123x",
        ] {
            assert_eq!(date(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_field_that_cannot_be_read_is_marked_and_the_rest_is_read() {
        let file = [
            &[0xC2, 0x00, 0xC3, 0x00, 0xC5, 7][..],
            b"5070230",
            &[0xEC, 1, b'2', 0xED, 1, b'1', 0xEE, 1, b'0'],
        ]
        .concat();
        let record = LicenceRecord::parse(&file).unwrap();
        assert_eq!(record.expiry, Field::Unreadable);
        assert_eq!(record.history_date, Field::Empty);
        assert_eq!(record.classes, [LicenceClass::Ordinary]);
        assert_eq!(record.unreadable_classes, [LicenceClass::Large]);
        assert_eq!(record.portrait, Field::Empty);
    }

    #[test]
    fn unknown_fields_are_kept() {
        let file = [0xA0, 1, 7, 0xC2, 0, 0xFB, 1, 9, 0xFC, 0, 0x01, 0x06, 1, 8];
        let record = LicenceRecord::parse(&file).unwrap();
        let tags: Vec<&str> = record.unknown.iter().map(|field| &*field.tag).collect();
        assert_eq!(tags, ["A0", "FB", "106"]);
    }

    #[test]
    fn the_expiry_is_found_in_the_first_bytes_alone() {
        let start = [
            &[0xC2, 0x00, 0xC3, 0x00, 0xC4, 6][..],
            &[0x4D, 0x25, 0x4E, 0x49, 0x21, 0x21],
            &[0xC5, 7],
            b"5100401",
            &[0xC6, 80, 0x21],
        ]
        .concat();
        let expiry = expiry_of(&start).unwrap();
        assert_eq!(
            expiry.value().unwrap().date(),
            Date::new(2028, 4, 1).unwrap()
        );
        assert_eq!(expiry_of(&[0xC2, 0, 0xC5, 0, 0xC6, 9]), Ok(Field::Empty));
        assert_eq!(expiry_of(&[0xC2, 0, 0xE8, 0]), Ok(Field::Empty));
        let cut = expiry_of(start.get(..16).unwrap());
        assert!(matches!(cut, Err(ObjectsError::Truncated { at: 12, .. })));
    }
}
