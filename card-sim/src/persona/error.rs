//! Why a persona file was refused: file, line, field and what is wrong.

use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use thiserror::Error;

use super::issue::IssueError;
use super::key::NotAKey;
use super::licence::Unwritable;
use super::records::Signed;

/// Why a persona file was refused. Every variant names the file, the later two the line.
#[derive(Debug, Error)]
pub enum PersonaError {
    /// The file cannot be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The persona file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not TOML, or a field that no persona has, or a value of another type.
    #[error("{}:{line}: {}", file.display(), source.message())]
    Syntax {
        /// The persona file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What the TOML reader said; its text shows the place.
        source: Box<toml::de::Error>,
    },
    /// A field is missing or its value cannot be.
    #[error("{}:{line}: {field}: {problem}", file.display())]
    Field {
        /// The persona file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The field with its table, such as `holder.birth`.
        field: &'static str,
        /// What is wrong with it.
        #[source]
        problem: Problem,
    },
}

impl PersonaError {
    /// A stable word for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "persona.unreadable",
            Self::Syntax { .. } => "persona.syntax",
            Self::Field { .. } => "persona.field",
        }
    }
}

/// What is wrong with one field of a persona file.
#[derive(Debug, Error)]
pub enum Problem {
    /// The field is needed and neither the file nor its base has it.
    #[error("is missing")]
    Missing,
    /// No shipped resident has this name.
    #[error("no shipped resident has this name")]
    UnknownResident,
    /// A shipped resident is meant whose card has records, and this is none.
    #[error("no shipped resident with records has this name")]
    NoRecords,
    /// Not 1 to 32 of `a`–`z`, `0`–`9` and hyphen, beginning with a letter.
    #[error("must be 1 to 32 of a-z, 0-9 and hyphen, and begin with a letter")]
    Name,
    /// Empty, too long, or with control characters.
    #[error("must have 1 to {longest} characters and no control characters")]
    Text {
        /// The largest number of characters.
        longest: usize,
    },
    /// Not exactly so many ASCII digits.
    #[error("must be {count} digits")]
    Digits {
        /// How many digits there must be.
        count: usize,
    },
    /// Not one flag, 0 or 1, for each character.
    #[error("must be {count} digits, each 0 or 1, one for each character of the text")]
    Flags {
        /// How many flags there must be.
        count: usize,
    },
    /// Not hexadecimal, or not 2 to 33 bytes.
    #[error("must be 2 to 33 bytes in hexadecimal")]
    AnswerToReset,
    /// A number outside its range.
    #[error("must be {} to {}", range.start(), range.end())]
    Range {
        /// The allowed numbers.
        range: RangeInclusive<usize>,
    },
    /// Not an era digit and a Gregorian date with zeros where unknown.
    #[error("must be an era digit (0 to 5) and a date YYYYMMDD, zeros where unknown")]
    BirthDate,
    /// Not 1, 2 or 3.
    #[error("must be 1 (male), 2 (female) or 3 (unknown)")]
    Sex,
    /// The twelfth digit of the My Number is not the check digit of the others.
    #[error("the check digit is wrong: this cannot be a My Number")]
    CheckDigit,
    /// Not a plain date.
    #[error("must be a date such as 2036-04-01")]
    Date,
    /// Not an instant in UTC, or outside the years that certificates write with two digits.
    #[error("must be an instant in UTC such as 2026-10-27T02:15:00Z, before 2050")]
    Instant,
    /// The certificate would end before it begins.
    #[error("lies before the instant of issue")]
    EndsBeforeItBegins,
    /// Not the shape of this PIN.
    #[error("must be {shape}")]
    PinShape {
        /// What this PIN looks like.
        shape: PinShape,
    },
    /// More attempts than the card gives.
    #[error("the card gives at most {maximum} attempts")]
    Attempts {
        /// The largest number of attempts of this PIN.
        maximum: u8,
    },
    /// A key or certificate file cannot be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// The file that was looked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not a PKCS #8 private key in PEM.
    #[error(transparent)]
    Key(#[from] NotAKey),
    /// Not one X.509 certificate in DER.
    #[error("not an X.509 certificate in DER")]
    Certificate,
    /// The certificate is for another key.
    #[error("the certificate is for another key")]
    KeyDoesNotFit,
    /// Not so many RSA-2048 keys, one after the other.
    #[error("must hold {count} RSA keys of 2048 bits, PKCS #8 in PEM, one after the other")]
    Keys {
        /// How many keys there must be.
        count: usize,
    },
    /// The pictures are too large together for one file of the card.
    #[error("the pictures are too large for a card")]
    Pictures,
    /// Not a profile that `mynacard probe` wrote.
    #[error("not a profile as mynacard probe writes it")]
    Profile,
    /// Not a table of all signatures in hexadecimal.
    #[error("not the signatures of a card's records")]
    Signatures,
    /// A signature was made for other data or by another key.
    #[error("the signature {what:?} does not fit; leave the file out to have everything signed")]
    SignatureDoesNotFit {
        /// Which one.
        what: Signed,
    },
    /// The driving licence cannot be written as the card holds it.
    #[error("cannot be written: {0}")]
    Licence(#[from] Unwritable),
    /// The test CA could not issue the certificate.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// What a PIN looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinShape {
    /// Four digits.
    FourDigits,
    /// 6 to 16 of `A`–`Z` and `0`–`9`.
    Password,
}

impl fmt::Display for PinShape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::FourDigits => "4 digits",
            Self::Password => "6 to 16 of A-Z and 0-9",
        })
    }
}
