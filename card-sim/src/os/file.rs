//! Files, keys and PINs of an application, and their access rules.

use crate::applets::Application;
use crate::os::status::Sw;
use crate::persona::{PrivateKey, RsaKey};

/// The identifier of a file. All are 0001 to 001E, so each is a short identifier too.
pub type FileId = u16;

/// Who may read a file or use a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Everybody.
    Always,
    /// Denied with any PIN.
    Never,
    /// Allowed after one of these PIN files was verified.
    AnyOf(&'static [FileId]),
}

/// How sure we are of a row, and by whose word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A public document of the issuer says so.
    Official(&'static str),
    /// One source saw it.
    Seen(&'static str),
    /// Several independent sources agree.
    Agreed(&'static str),
    /// Sources contradict each other.
    Disputed(&'static str),
    /// Not known; this is our choice.
    Guess(&'static str),
}

/// One line of an application's table: what the card is believed to hold.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// File identifier, or tag of a data object in the issuer domain.
    pub id: FileId,
    /// What it is, Japanese where an official term exists.
    pub what: &'static str,
    /// Who may read it.
    pub read: Rule,
    /// Who may use it (keys).
    pub usage: Rule,
    /// How we know.
    pub evidence: Evidence,
}

/// An application of this card.
#[derive(Debug)]
pub(crate) struct Applet {
    pub(crate) application: Application,
    pub(crate) files: Vec<File>,
    /// Answers of GET DATA while this application is current.
    pub(crate) objects: Vec<(u16, Vec<u8>)>,
    /// Whether and how SET SESSION KEY works here.
    pub(crate) session: Session,
}

impl Applet {
    pub(crate) fn file(&self, id: FileId) -> Option<&File> {
        self.files.iter().find(|file| file.id == id)
    }
}

/// A file of this card.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) id: FileId,
    pub(crate) read: Rule,
    pub(crate) usage: Rule,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// Bytes, addressed by offset.
    Transparent(Vec<u8>),
    /// Records, numbered from 1.
    Records(Vec<Vec<u8>>),
    /// A private key; `None` where the persona has none.
    Key(Option<PrivateKey>, Purpose),
    /// A PIN.
    Pin(PinFile),
}

/// Which command uses a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// COMPUTE DIGITAL SIGNATURE.
    Sign,
    /// INTERNAL AUTHENTICATE.
    Authenticate,
}

/// What an application says to SET SESSION KEY.
#[derive(Debug)]
pub(crate) enum Session {
    /// Refused with this status word.
    Refused(Sw),
    /// Taken, once this PIN was verified: the key that the seed is encrypted to.
    After(FileId, RsaKey),
}

/// A PIN as it left the factory. Its counter and its changed value are in `Persistent`.
#[derive(Debug)]
pub(crate) struct PinFile {
    pub(crate) value: Vec<u8>,
    pub(crate) left: u8,
    pub(crate) maximum: u8,
    pub(crate) shape: Shape,
    pub(crate) change: Change,
}

/// The form of a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Exactly so many digits.
    Digits(usize),
    /// Six to sixteen of A–Z and 0–9.
    Password,
}

impl Shape {
    pub(crate) fn fits_length(self, value: &[u8]) -> bool {
        match self {
            Self::Digits(count) => value.len() == count,
            Self::Password => (6..=16).contains(&value.len()),
        }
    }

    pub(crate) fn fits(self, value: &[u8]) -> bool {
        self.fits_length(value)
            && value.iter().all(|byte| match self {
                Self::Digits(_) => byte.is_ascii_digit(),
                Self::Password => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            })
    }
}

/// Which command changes a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// CHANGE REFERENCE DATA, `00 24 01`.
    ReferenceData,
    /// CHANGE KEY of JICSAP, `80 32`.
    Key,
    /// None: the value is fixed when the card is issued.
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        assert!(Shape::Digits(4).fits(b"0000"));
        assert!(!Shape::Digits(4).fits(b"000"));
        assert!(!Shape::Digits(4).fits(b"000A"));
        assert!(Shape::Password.fits(b"ABC123"));
        assert!(Shape::Password.fits(b"ABCDEFGH12345678"));
        assert!(!Shape::Password.fits(b"ABCDEFGH123456789"));
        assert!(!Shape::Password.fits(b"abc123"));
        assert!(!Shape::Password.fits(b"ABC12"));
    }
}
