//! PINs: one type each, because people confuse the four-digit ones.
//!
//! A value of wrong shape cannot exist, so it never reaches the card. The only way to present one
//! is `Channel::present`; a PIN is an argument, never a callback, so that no human is waited for
//! inside a transaction.

use thiserror::Error;

use crate::iso::StatusWord;
use crate::secret::Secret;

/// Which secret of the card is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PinKind {
    /// 利用者証明用電子証明書暗証番号: 4 digits, 3 attempts, JPKI 0018.
    Authentication,
    /// 署名用電子証明書暗証番号: 6 to 16 of A–Z 0–9, 5 attempts, JPKI 001B.
    Signature,
    /// 券面事項入力補助用暗証番号: 4 digits, 3 attempts, profile 0011.
    Profile,
    /// 住民基本台帳用暗証番号: 4 digits, 3 attempts, stored in two applications.
    Resident,
    /// 照合番号A, which is the My Number: 12 digits, 10 attempts.
    NumberA,
    /// 照合番号B: 14 digits, 10 attempts.
    NumberB,
    /// 生年月日: 6 digits, visual 0011; its number of attempts is not known.
    Birth,
    /// 運転免許証の暗証番号: 4 digits, 10 attempts, licence 0006. Only the police resets it.
    Licence,
}

impl PinKind {
    /// Attempts after a success, where they are known.
    #[must_use]
    pub const fn maximum(self) -> Option<u8> {
        match self {
            Self::Authentication | Self::Profile | Self::Resident => Some(3),
            Self::Signature => Some(5),
            Self::NumberA | Self::NumberB | Self::Licence => Some(10),
            Self::Birth => None,
        }
    }

    /// How many digits a person types on a reader's keypad; `None` where the PIN is not typed there.
    ///
    /// The signature password has letters. The resident PIN lives in two applications and would be
    /// typed twice; numbers and birth date are read from the card's face.
    #[must_use]
    pub const fn pinpad_digits(self) -> Option<u8> {
        match self {
            Self::Authentication | Self::Profile | Self::Licence => Some(4),
            Self::Signature | Self::Resident | Self::NumberA | Self::NumberB | Self::Birth => None,
        }
    }
}

/// Attempts left for a PIN (試行可能回数).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempts {
    /// This many, at least one.
    Left(u8),
    /// None (閉塞). Only a municipal office or its convenience-store procedure renews the PIN.
    Blocked,
    /// The card does not say.
    Unknown,
}

/// Which attempts may be spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spend {
    /// Any but the last one.
    #[default]
    KeepOne,
    /// Also the last one, or one of a number that the card does not tell. Ask for this consent
    /// separately: a wrong value then means a visit to the municipal office.
    LastAttempt,
}

/// Why a PIN did not open what it should.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinProblem {
    /// The value cannot be this PIN. Nothing was sent.
    #[error("has the wrong shape: {0}")]
    Shape(ShapeProblem),
    /// The card says it is wrong; one attempt is gone.
    #[error("is wrong")]
    Wrong {
        /// What is left now.
        left: Attempts,
    },
    /// No attempt is left.
    #[error("is blocked")]
    Blocked,
    /// One attempt is left, or an unknown number, and there is no consent to spend it. Nothing was sent.
    #[error("has only its last attempt left")]
    LastAttempt {
        /// What the card says.
        left: Attempts,
    },
    /// This card has just refused this very value. Nothing was sent.
    #[error("was just refused with this value")]
    RefusedBefore,
    /// The card wants this PIN first. Nothing was sent.
    #[error("is needed first")]
    Needed,
    /// The card has no such PIN. Nothing was sent.
    #[error("is not on this card")]
    Absent,
    /// The holder never chose this PIN, so no value of it is presented. Nothing was sent.
    #[error("was never set")]
    NotSet,
}

/// Why no PIN came from the reader's keypad. The card was sent no PIN.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinpadProblem {
    /// The reader has no keypad, or none that does this, or this PIN is not typed on one.
    #[error("the reader has none for this PIN")]
    None,
    /// The key for cancel was pressed (`6401`).
    #[error("cancelled on the reader")]
    Cancelled,
    /// Nothing was typed in time (`6400`).
    #[error("nothing was typed in time")]
    TimedOut,
    /// The two entries of a new PIN differ (`6402`).
    #[error("the new PIN was not repeated")]
    NotRepeated,
    /// Too few or too many digits (`6403`).
    #[error("wrong number of digits")]
    Length,
    /// The reader cannot do what was asked of it (`6B80`).
    #[error("the reader refuses with {status}")]
    Refused {
        /// What it answered.
        status: StatusWord,
    },
}

impl PinpadProblem {
    /// What a reader says by itself; `None` for an answer of the card.
    pub(crate) fn of(status: StatusWord) -> Option<Self> {
        Some(match status {
            StatusWord(0x6400) => Self::TimedOut,
            StatusWord(0x6401) => Self::Cancelled,
            StatusWord(0x6402) => Self::NotRepeated,
            StatusWord(0x6403) => Self::Length,
            StatusWord(0x6B80) => Self::Refused { status },
            _ => return None,
        })
    }
}

/// What is wrong with the shape of a value.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapeProblem {
    /// Too short or too long.
    #[error("it has {least} to {most} characters")]
    Length {
        /// Fewest characters.
        least: usize,
        /// Most characters.
        most: usize,
    },
    /// Something else than the digits 0 to 9.
    #[error("it has digits only")]
    Digits,
    /// Something else than A to Z, a to z, 0 to 9.
    #[error("it has letters A to Z and digits only")]
    LettersAndDigits,
    /// A new signature password without a letter or without a digit.
    #[error("a new one has at least one letter and one digit")]
    NeedsLetterAndDigit,
    /// A verification number A whose check digit does not fit.
    #[error("its check digit does not fit")]
    CheckDigit,
    /// A birth date with a month or day that no calendar has.
    #[error("it begins with a date YYMMDD")]
    Date,
    /// A verification number B whose expiry year is not of this century.
    #[error("it has the year of expiry behind the birth date")]
    Year,
}

mod sealed {
    pub trait Sealed {}
}

/// A PIN value of the right shape.
pub trait Pin: sealed::Sealed {
    /// Which secret it is.
    const KIND: PinKind;

    /// Its value, for the channel.
    #[doc(hidden)]
    fn secret(&self) -> &Secret;
}

macro_rules! pin {
    ($(#[$doc:meta])* $name:ident, $kind:ident, $shape:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(Secret);

        impl $name {
            /// Takes the value as typed, without a line end.
            ///
            /// # Errors
            ///
            /// `pin.shape` if the value cannot be this PIN.
            pub fn parse(value: &[u8]) -> Result<Self, ShapeProblem> {
                let shape: fn(&[u8]) -> Result<Secret, ShapeProblem> = $shape;
                shape(value).map(Self)
            }
        }

        impl sealed::Sealed for $name {}

        impl Pin for $name {
            const KIND: PinKind = PinKind::$kind;

            fn secret(&self) -> &Secret {
                &self.0
            }
        }
    };
}

// Behind the macro, which it uses.
mod number;

pub use number::{BirthPin, VerificationNumberA, VerificationNumberB};

pin! {
    /// The authentication PIN.
    ///
    /// 利用者証明用電子証明書暗証番号。Four digits, three attempts. Opens the authentication key,
    /// and on a phone the authentication certificate too.
    UserPin, Authentication, |value| digits(value, 4)
}

pin! {
    /// The signature password.
    ///
    /// 署名用電子証明書暗証番号 (署名用パスワード)。6 to 16 letters and digits, five attempts.
    /// Lower case is folded to upper case, because the card knows upper case only.
    SignaturePassword, Signature, password
}

impl SignaturePassword {
    /// Takes a value that shall become the new password: at least one letter and one digit.
    ///
    /// # Errors
    ///
    /// `pin.shape` as for [`SignaturePassword::parse`], and where letter or digit is missing.
    pub fn choose(value: &[u8]) -> Result<Self, ShapeProblem> {
        let chosen = Self::parse(value)?;
        let both =
            value.iter().any(u8::is_ascii_alphabetic) && value.iter().any(u8::is_ascii_digit);
        both.then_some(chosen)
            .ok_or(ShapeProblem::NeedsLetterAndDigit)
    }
}

pin! {
    /// The profile PIN.
    ///
    /// 券面事項入力補助用暗証番号。Four digits, three attempts.
    ProfilePin, Profile, |value| digits(value, 4)
}

pin! {
    /// The resident PIN.
    ///
    /// 住民基本台帳用暗証番号。Four digits, three attempts. One PIN to its holder, two on the card.
    ResidentPin, Resident, |value| digits(value, 4)
}

pin! {
    /// The PIN of the driving licence (マイナ免許証).
    ///
    /// 運転免許証の暗証番号。Four digits, ten attempts; independent of the four PINs of the card. A
    /// blocked one is reset by the police (運転免許センター・警察署), not by the municipality.
    LicencePin, Licence, |value| digits(value, 4)
}

/// What a reader presents to a driving licence without a PIN: four asterisks.
///
/// Made only after the card has said that no PIN was chosen
/// ([`Licence::unlock_without_pin`](crate::applet::licence::Licence::unlock_without_pin)):
/// presented to a card with a PIN it would cost an attempt.
#[derive(Debug)]
pub(crate) struct NoLicencePin(Secret);

impl NoLicencePin {
    pub(crate) fn new() -> Option<Self> {
        Secret::new(b"****").map(Self)
    }
}

impl sealed::Sealed for NoLicencePin {}

impl Pin for NoLicencePin {
    const KIND: PinKind = PinKind::Licence;

    fn secret(&self) -> &Secret {
        &self.0
    }
}

fn digits(value: &[u8], length: usize) -> Result<Secret, ShapeProblem> {
    let wrong_length = ShapeProblem::Length {
        least: length,
        most: length,
    };
    if value.len() != length {
        return Err(wrong_length);
    }
    if !value.iter().all(u8::is_ascii_digit) {
        return Err(ShapeProblem::Digits);
    }
    Secret::new(value).ok_or(wrong_length)
}

fn password(value: &[u8]) -> Result<Secret, ShapeProblem> {
    let wrong_length = ShapeProblem::Length { least: 6, most: 16 };
    if !(6..=16).contains(&value.len()) {
        return Err(wrong_length);
    }
    if !value.iter().all(u8::is_ascii_alphanumeric) {
        return Err(ShapeProblem::LettersAndDigits);
    }
    let folded = zeroize::Zeroizing::new(value.to_ascii_uppercase());
    Secret::new(&folded).ok_or(wrong_length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_and_nothing_else() {
        assert!(UserPin::parse(b"0123").is_ok());
        for wrong in [&b""[..], b"123", b"12345", b"1234\n"] {
            let length = ShapeProblem::Length { least: 4, most: 4 };
            assert_eq!(UserPin::parse(wrong), Err(length), "{wrong:?}");
        }
        for wrong in [
            &b"12a4"[..],
            b"1 34",
            "１".as_bytes().get(..3).unwrap(),
            b"12\x0034",
        ] {
            assert!(UserPin::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn passwords_fold_lower_case_and_keep_their_alphabet() {
        let upper = SignaturePassword::parse(b"ABC123").unwrap();
        assert_eq!(SignaturePassword::parse(b"abc123").unwrap(), upper);
        assert!(
            SignaturePassword::parse(b"123456").is_ok(),
            "older cards may have no letter"
        );
        assert_eq!(
            SignaturePassword::choose(b"123456"),
            Err(ShapeProblem::NeedsLetterAndDigit)
        );
        assert_eq!(
            SignaturePassword::choose(b"ABCDEF"),
            Err(ShapeProblem::NeedsLetterAndDigit)
        );
        assert!(SignaturePassword::choose(b"abcde1").is_ok());
        assert_eq!(
            SignaturePassword::parse(b"ABC-12"),
            Err(ShapeProblem::LettersAndDigits)
        );
        assert!(SignaturePassword::parse(&[b'A'; 5]).is_err());
        assert!(SignaturePassword::parse(&[b'A'; 16]).is_ok());
        assert!(SignaturePassword::parse(&[b'A'; 17]).is_err());
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(
            format!("{:?}", UserPin::parse(b"9753").unwrap()),
            "UserPin(Secret)"
        );
    }
}
