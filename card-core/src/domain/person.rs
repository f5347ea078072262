//! The person a certificate or a record names: the four attributes and how they are coded.

use std::fmt;

use thiserror::Error;

use super::date::BirthDate;

/// The holder's name, address, birth date and sex (基本4情報), as far as they are there.
///
/// The signature certificate (署名用電子証明書) carries them, and so does the profile application
/// (券面事項入力補助AP). Texts are as the issuer wrote them: names with one U+3000 between family and
/// given name, addresses in full-width digits, characters outside the issuer's repertoire replaced
/// and flagged. `Debug` shows no content.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// 氏名
    pub name: Option<String>,
    /// 住所
    pub address: Option<String>,
    /// 生年月日
    pub birth: Option<BirthDate>,
    /// 性別
    pub sex: Option<Sex>,
    /// Which characters of the name are substitutes (代替文字); certificates only.
    pub name_substitutes: Option<SubstituteFlags>,
    /// Which characters of the address are substitutes (代替文字); certificates only.
    pub address_substitutes: Option<SubstituteFlags>,
    /// Whatever else stands beside them: kept as text, never a reason to fail.
    ///
    /// Attributes this program does not know yet (furigana and former names are announced), a
    /// known one that comes twice, and a known one whose value has an unknown shape.
    pub others: Vec<OtherAttribute>,
}

impl Attributes {
    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Attributes::default()
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attributes").finish_non_exhaustive()
    }
}

/// An attribute without a meaning known to this program. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct OtherAttribute {
    /// Its object identifier in dotted form.
    pub oid: String,
    /// Its value; hexadecimal if it is not text.
    pub text: String,
}

impl fmt::Debug for OtherAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtherAttribute")
            .field("oid", &self.oid)
            .finish_non_exhaustive()
    }
}

/// Sex (性別) as registered.
///
/// Certificates and card records code it differently; a digit in neither table is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
    /// 適用不能: the record says that the question does not apply.
    NotApplicable,
    /// 不明: the record says that it is not known.
    Unknown,
    /// A digit that the table does not have.
    Unrecognised(char),
}

impl Sex {
    /// The code of a certificate: 1 male, 2 female, 3 unknown.
    ///
    /// # Errors
    ///
    /// [`CodeError`] if this is not one digit.
    pub fn from_certificate(code: &str) -> Result<Sex, CodeError> {
        Ok(match one_digit(code)? {
            '1' => Sex::Male,
            '2' => Sex::Female,
            '3' => Sex::Unknown,
            other => Sex::Unrecognised(other),
        })
    }

    /// The code of a card's record, JIS X 0303: 0 unknown, 1 male, 2 female, 9 not applicable.
    ///
    /// # Errors
    ///
    /// [`CodeError`] if this is not one digit.
    pub fn from_record(code: &str) -> Result<Sex, CodeError> {
        Ok(match one_digit(code)? {
            '0' => Sex::Unknown,
            '1' => Sex::Male,
            '2' => Sex::Female,
            '9' => Sex::NotApplicable,
            other => Sex::Unrecognised(other),
        })
    }

    /// The stable word for programs: `male`, `female`, `not-applicable` or `unknown`.
    pub const fn word(self) -> &'static str {
        match self {
            Sex::Male => "male",
            Sex::Female => "female",
            Sex::NotApplicable => "not-applicable",
            Sex::Unknown | Sex::Unrecognised(_) => "unknown",
        }
    }

    /// How a Japanese reader expects it: 男, 女, 適用不能 or 不明.
    pub const fn japanese(self) -> &'static str {
        match self {
            Sex::Male => "男",
            Sex::Female => "女",
            Sex::NotApplicable => "適用不能",
            Sex::Unknown | Sex::Unrecognised(_) => "不明",
        }
    }
}

/// Which characters of a text stand for one that the issuer could not write (代替文字).
///
/// One flag for each character, separators included.
#[derive(Clone, PartialEq, Eq)]
pub struct SubstituteFlags(Vec<bool>);

impl SubstituteFlags {
    /// Reads a certificate's flags: one ASCII digit for each character, `1` for a substitute.
    ///
    /// # Errors
    ///
    /// [`CodeError`] if anything but `0` and `1` occurs.
    pub fn from_certificate(digits: &str) -> Result<SubstituteFlags, CodeError> {
        let flag = |digit| match digit {
            '0' => Ok(false),
            '1' => Ok(true),
            _ => Err(CodeError),
        };
        digits
            .chars()
            .map(flag)
            .collect::<Result<_, _>>()
            .map(SubstituteFlags)
    }

    /// Whether any character is a substitute.
    pub fn any(&self) -> bool {
        self.0.contains(&true)
    }

    /// Whether there are as many flags as characters; if not, do not trust the places.
    pub fn fit(&self, text: &str) -> bool {
        text.chars().count() == self.0.len()
    }

    /// The substitutes in a text, each with its place counted in characters from 0.
    pub fn places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, char)> + 'a {
        let flagged = text.chars().zip(&self.0).enumerate();
        flagged.filter_map(|(place, (character, flag))| flag.then_some((place, character)))
    }
}

/// Shows only the number of flags: they belong to a name or an address.
impl fmt::Debug for SubstituteFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubstituteFlags({})", self.0.len())
    }
}

/// A coded attribute holds something outside its alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a coded attribute holds something outside its alphabet")]
pub struct CodeError;

fn one_digit(code: &str) -> Result<char, CodeError> {
    match code.as_bytes() {
        [digit @ b'0'..=b'9'] => Ok(char::from(*digit)),
        _ => Err(CodeError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_codings_of_sex_differ() {
        for (code, certificate, record) in [
            ("0", Sex::Unrecognised('0'), Sex::Unknown),
            ("1", Sex::Male, Sex::Male),
            ("2", Sex::Female, Sex::Female),
            ("3", Sex::Unknown, Sex::Unrecognised('3')),
            ("9", Sex::Unrecognised('9'), Sex::NotApplicable),
        ] {
            assert_eq!(Sex::from_certificate(code), Ok(certificate), "{code}");
            assert_eq!(Sex::from_record(code), Ok(record), "{code}");
        }
        for bad in ["", "11", "男", "x", "１"] {
            assert_eq!(Sex::from_certificate(bad), Err(CodeError), "{bad}");
            assert_eq!(Sex::from_record(bad), Err(CodeError), "{bad}");
        }
        assert_eq!(Sex::Unrecognised('7').word(), "unknown");
        assert_eq!(Sex::NotApplicable.word(), "not-applicable");
    }

    #[test]
    fn flags_count_characters_and_not_bytes() {
        let flags = SubstituteFlags::from_certificate("01001").unwrap();
        assert!(flags.any() && flags.fit("黒桐　幹也") && !flags.fit("黒桐幹也"));
        assert_eq!(
            flags.places("黒桐　幹也").collect::<Vec<_>>(),
            [(1, '桐'), (4, '也')]
        );
        assert_eq!(flags.places("黒").count(), 0);
        assert!(!SubstituteFlags::from_certificate("").unwrap().any());
        assert_eq!(SubstituteFlags::from_certificate("0102"), Err(CodeError));
    }

    #[test]
    fn debug_shows_no_person() {
        let attributes = Attributes {
            name: Some("黒桐　幹也".to_owned()),
            others: vec![OtherAttribute {
                oid: "1.2".to_owned(),
                text: "コクトウ".to_owned(),
            }],
            ..Attributes::default()
        };
        assert_eq!(format!("{attributes:?}"), "Attributes { .. }");
        assert!(!format!("{:?}", attributes.others).contains("コクトウ"));
        assert!(!attributes.is_empty() && Attributes::default().is_empty());
    }
}
