//! The records of the profile application.

use std::fmt;

use crate::certificate::PublicKey;
use crate::domain::my_number::{MyNumber, MyNumberError};
use crate::domain::person::Attributes;
use crate::error::{Error, Malformation, Step};
use crate::iso::Template;
use crate::iso::tlv::Cursor;
use crate::record::{self, Layout, Signed, UnknownField, malformed};
use crate::trust::cv;

/// Reads `FF10 { twelve digits }` (0001). The tag says constructed, yet digits are inside.
pub(crate) fn my_number(file: &[u8]) -> Result<MyNumber, Error> {
    let step = Step::MyNumber;
    let object = Cursor::new(file)
        .expect(0xFF10)
        .map_err(|problem| malformed(step, problem))?;
    let at = object.at + object.whole.len() - object.value.len();
    MyNumber::parse(object.value).map_err(|problem| {
        let problem = match problem {
            MyNumberError::Length => Malformation::Length {
                has: object.value.len(),
                needs: 12,
            },
            MyNumberError::Digits => Malformation::NotDigits,
            MyNumberError::CheckDigit => Malformation::CheckDigit,
        };
        Error::malformed(step, at, problem)
    })
}

/// The four attributes (基本4情報) as text, 0002.
#[derive(Clone, PartialEq, Eq)]
pub struct AttributesRecord {
    /// Name, address, birth date, sex.
    pub attributes: Attributes,
    /// Everything else, and what of the four has an unknown shape.
    pub unknown: Vec<UnknownField>,
}

impl AttributesRecord {
    pub(crate) const FIELDS: [u16; 4] = [0xDF22, 0xDF23, 0xDF24, 0xDF25];
    pub(crate) const TABLE: u16 = 0xDF21;

    /// Reads `FF20 { DF21 offsets, DF22 name, DF23 address, DF24 birth date, DF25 sex }`.
    ///
    /// The fields are found by their tags; the offsets are checked where the record is judged.
    ///
    /// # Errors
    ///
    /// `card.malformed`.
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        let record = Self::template(file)?;
        let [name, address, birth, sex] = Self::FIELDS;
        let attributes = Attributes {
            name: record::text(&record, name).map(str::to_owned),
            address: record::text(&record, address).map(str::to_owned),
            birth: record::birth_date(&record, birth),
            sex: record::sex(&record, sex),
            ..Attributes::default()
        };
        let understood = [
            attributes.name.as_ref().map(|_| name),
            attributes.address.as_ref().map(|_| address),
            attributes.birth.map(|_| birth),
            attributes.sex.map(|_| sex),
            Some(Self::TABLE),
        ];
        let known: Vec<u16> = understood.into_iter().flatten().collect();
        Ok(Self {
            attributes,
            unknown: UnknownField::besides(&record, &known),
        })
    }

    pub(crate) fn template(file: &[u8]) -> Result<Template<'_>, Error> {
        Template::parse(file, 0xFF20).map_err(|problem| malformed(Step::Attributes, problem))
    }
}

impl fmt::Debug for AttributesRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttributesRecord")
    }
}

/// What the issuer signed of number and attributes, 0003: a digest of each.
///
/// `Debug` shows nothing: there are few enough My Numbers to find one by its digest.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureRecord {
    number: [u8; 32],
    attributes: [u8; 32],
    signed: Signed,
}

impl SignatureRecord {
    /// Reads `FF30 { DF31 digest, DF32 digest, DF33 signature over what precedes }`.
    ///
    /// # Errors
    ///
    /// `card.malformed`.
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        let step = Step::SignatureRecord;
        let wrong = |problem| malformed(step, problem);
        let record = Template::parse(file, 0xFF30).map_err(wrong)?;
        let digest = |tag| {
            let field = record.need(tag).map_err(wrong)?;
            let has = field.value.len();
            field.value.try_into().map_err(|_| {
                Error::malformed(step, field.at, Malformation::Length { has, needs: 32 })
            })
        };
        Ok(Self {
            number: digest(0xDF31)?,
            attributes: digest(0xDF32)?,
            signed: Signed::before(&record, 0xDF33, &[0xDF31, 0xDF32]).map_err(wrong)?,
        })
    }

    /// SHA-256 of file 0001 as stored, filler included. It gives the My Number away.
    pub(crate) fn number(&self) -> &[u8; 32] {
        &self.number
    }

    /// SHA-256 of what follows the offset table in 0002.
    pub(crate) fn attributes(&self) -> &[u8; 32] {
        &self.attributes
    }

    pub(crate) fn is_by(&self, key: &PublicKey) -> bool {
        self.signed.is_by(key)
    }
}

impl fmt::Debug for SignatureRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignatureRecord")
    }
}

/// The application's own key, 0007: `FF50 { DF51 { 90, 91 }, DF52 signature over the whole DF51 }`.
pub(crate) const OWN_KEY: Layout = Layout {
    outer: 0xFF50,
    content: None,
    key: 0xDF51,
    signature: 0xDF52,
};

/// Reads `A1 { 90, 91 }` (0006).
pub(super) fn session_key(file: &[u8]) -> Result<PublicKey, Error> {
    let step = Step::SessionKey;
    let object = Cursor::new(file)
        .expect(0xA1)
        .map_err(|problem| malformed(step, problem))?;
    cv::key_of(object.value).map_err(|_| Error::malformed(step, object.at, Malformation::NotAKey))
}
