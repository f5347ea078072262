//! The records of the visual application.

use std::fmt;

use crate::digest::{Digest, HashAlgorithm};
use crate::domain::date::BirthDate;
use crate::domain::date::Date;
use crate::domain::person::Sex;
use crate::error::{Error, Malformation, Step};
use crate::iso::Template;
use crate::iso::tlv::Object;
use crate::record::{self, Layout, Proof, Signed, UnknownField, malformed};

/// A picture as the card holds it. `Debug` shows form and length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    format: PictureFormat,
    bytes: Vec<u8>,
}

/// What kind of picture, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PictureFormat {
    /// PNG: name, address, security code, My Number.
    Png,
    /// JPEG 2000 in its own file format (JP2): the portrait, in grey.
    Jpeg2000,
    /// Something else.
    Unknown,
}

impl Picture {
    fn of(field: &Object<'_>) -> Self {
        let format = match field.value {
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => PictureFormat::Png,
            [
                0,
                0,
                0,
                0x0C,
                b'j',
                b'P',
                b' ',
                b' ',
                0x0D,
                0x0A,
                0x87,
                0x0A,
                ..,
            ] => PictureFormat::Jpeg2000,
            _ => PictureFormat::Unknown,
        };
        Self {
            format,
            bytes: field.value.to_vec(),
        }
    }

    /// What kind of picture it says it is. Nothing was decoded.
    #[must_use]
    pub fn format(&self) -> PictureFormat {
        self.format
    }

    /// The bytes, a whole file of that kind.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({:?}, {} bytes)", self.format, self.bytes.len())
    }
}

/// The record that tells an age and nothing else (生年月日), 0001.
#[derive(Clone, PartialEq, Eq)]
pub struct AgeRecord {
    /// 生年月日, DF11.
    pub birth: BirthDate,
    /// Fields that this program does not know.
    pub unknown: Vec<UnknownField>,
}

impl AgeRecord {
    pub(crate) const LAYOUT: Layout = Layout {
        outer: 0xFF10,
        content: Some(0xDF11),
        key: 0xDF12,
        signature: 0xDF13,
    };

    /// Reads `FF10 { DF11 birth date, DF12 key, DF13 signature over what precedes }`.
    ///
    /// # Errors
    ///
    /// `card.malformed`.
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        let step = Step::AgeRecord;
        let wrong = |problem| malformed(step, problem);
        let record = Template::parse(file, Self::LAYOUT.outer).map_err(wrong)?;
        let field = record.need(0xDF11).map_err(wrong)?;
        let birth = record::birth_date(&record, 0xDF11);
        Ok(Self {
            birth: birth.ok_or(Error::malformed(step, field.at, Malformation::NotADate))?,
            unknown: UnknownField::besides(&record, &[0xDF11, 0xDF12, 0xDF13]),
        })
    }
}

impl fmt::Debug for AgeRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgeRecord")
    }
}

/// The My Number as a picture, 0005.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberPicture {
    /// 個人番号 as a picture, DF41: handle it as the number itself.
    pub picture: Picture,
    /// Fields that this program does not know.
    pub unknown: Vec<UnknownField>,
}

impl NumberPicture {
    pub(crate) const LAYOUT: Layout = Layout {
        outer: 0xFF40,
        content: Some(0xDF41),
        key: 0xDF42,
        signature: 0xDF43,
    };

    /// Reads `FF40 { DF41 picture, DF42 key, DF43 signature over what precedes }`.
    ///
    /// # Errors
    ///
    /// `card.malformed`.
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        let wrong = |problem| malformed(Step::NumberPicture, problem);
        let record = Template::parse(file, Self::LAYOUT.outer).map_err(wrong)?;
        Ok(Self {
            picture: Picture::of(record.need(0xDF41).map_err(wrong)?),
            unknown: UnknownField::besides(&record, &[0xDF41, 0xDF42, 0xDF43]),
        })
    }
}

/// The card face (券面): portrait, and name and address as pictures, 0002.
#[derive(Clone, PartialEq, Eq)]
pub struct CardFace {
    /// 生年月日, DF22.
    pub birth: Option<BirthDate>,
    /// 性別, DF23.
    pub sex: Option<Sex>,
    /// 氏名 as a picture, DF25.
    pub name: Option<Picture>,
    /// 住所 as a picture, DF26.
    pub address: Option<Picture>,
    /// 顔写真, DF27; grey also where the print is in colour.
    pub portrait: Option<Picture>,
    /// 有効期限, DF29. Not signed.
    pub expiry: Option<Date>,
    /// セキュリティコード as a picture, DF2A. Not signed.
    pub security_code: Option<Picture>,
    /// Everything else, and what of the above has an unknown shape.
    pub unknown: Vec<UnknownField>,
}

impl CardFace {
    pub(crate) const TABLE: u16 = 0xDF21;
    pub(crate) const FIELDS: [u16; 9] = [
        0xDF22, 0xDF23, 0xDF24, 0xDF25, 0xDF26, 0xDF27, 0xDF28, 0xDF29, 0xDF2A,
    ];

    /// Reads `FF20 { DF21 offsets, DF22 … DF2A }`. Fields are found by their tags.
    ///
    /// # Errors
    ///
    /// `card.malformed`.
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        let record = Self::template(file)?;
        let [
            birth,
            sex,
            own_key,
            name,
            address,
            portrait,
            signature,
            expiry,
            code,
        ] = Self::FIELDS;
        // The card of a baby has no portrait; an empty one is as good as none.
        let there = |field: &&Object<'_>| !field.value.is_empty();
        let picture = |tag| record.field(tag).filter(there).map(Picture::of);
        let mut face = Self {
            birth: record::birth_date(&record, birth),
            sex: record::sex(&record, sex),
            name: picture(name),
            address: picture(address),
            portrait: picture(portrait),
            expiry: record::text(&record, expiry).and_then(|digits| Date::from_digits(digits).ok()),
            security_code: picture(code),
            unknown: Vec::new(),
        };
        let understood = [
            face.birth.map(|_| birth),
            face.sex.map(|_| sex),
            face.expiry.map(|_| expiry),
        ];
        let mut known = vec![
            Self::TABLE,
            own_key,
            name,
            address,
            portrait,
            signature,
            code,
        ];
        known.extend(understood.into_iter().flatten());
        face.unknown = UnknownField::besides(&record, &known);
        Ok(face)
    }

    pub(crate) fn template(file: &[u8]) -> Result<Template<'_>, Error> {
        Template::parse(file, 0xFF20).map_err(|problem| malformed(Step::CardFace, problem))
    }
}

impl fmt::Debug for CardFace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardFace")
    }
}

/// DigestInfo of SHA-256 around 96 bytes, which no ordinary verification accepts.
const THREE_DIGESTS: [u8; 19] = [
    0x30, 0x71, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x60,
];

/// What the issuer signed of a card face: three digests in one DigestInfo.
///
/// Birth date, sex and key; name and address; portrait: each object as written. The expiry (DF29)
/// and the security code (DF2A) are not among them. Measured by myna-card on a test card. The
/// fields must stand in the order of their tags, or re-ordered ones would pass.
pub(crate) fn face_proof(record: &Template<'_>) -> Result<Proof, Error> {
    let step = Step::CardFace;
    let field = |tag| record.need(tag).map_err(|problem| malformed(step, problem));
    let [birth, sex, own_key, name, address, portrait, signature, ..] = CardFace::FIELDS;
    let mut block = THREE_DIGESTS.to_vec();
    let mut last = 0;
    for group in [&[birth, sex, own_key][..], &[name, address], &[portrait]] {
        let mut objects = Vec::new();
        for tag in group {
            let object = field(*tag)?;
            if object.at < last {
                return Err(Error::malformed(step, object.at, Malformation::Order));
            }
            last = object.at;
            objects.extend_from_slice(object.whole);
        }
        block.extend_from_slice(Digest::of(HashAlgorithm::Sha256, &objects).as_bytes());
    }
    let key = record::key(record, own_key, step)?;
    Ok(Proof {
        key,
        signed: Signed::new(block, field(signature)?),
    })
}
