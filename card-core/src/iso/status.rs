//! Status words: what the card says after every command.

use std::fmt;

/// The two bytes that end every answer (SW1 SW2).
///
/// Its meaning depends on the command, so the word is kept whole and never translated into an
/// error on its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusWord(pub u16);

impl StatusWord {
    /// `9000`: done.
    pub const OK: Self = Self(0x9000);
    /// `6282`: end of file reached before all asked bytes were read; the data are good.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// `6700`: wrong length; also a card that does not take extended lengths.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// `6982`: a PIN is needed first.
    pub const SECURITY_NOT_SATISFIED: Self = Self(0x6982);
    /// `6983`: authentication method blocked (expected by clients, not yet seen on the card).
    pub const BLOCKED: Self = Self(0x6983);
    /// `6984`: referenced PIN blocked (seen on the card after VERIFY on a blocked PIN).
    pub const REFERENCE_BLOCKED: Self = Self(0x6984);
    /// `6986`: no current file, so nothing is selected.
    pub const NO_CURRENT_FILE: Self = Self(0x6986);
    /// `6987`: a data object of secure messaging is missing.
    pub const SECURE_OBJECT_MISSING: Self = Self(0x6987);
    /// `6988`: a data object of secure messaging is wrong; the session is destroyed.
    pub const SECURE_OBJECT_WRONG: Self = Self(0x6988);
    /// `69FC`: a secured command without a session (seen on the card; not in the standard).
    pub const NO_SESSION: Self = Self(0x69FC);
    /// `6A81`: function not supported; expected of cards that lack an application, not yet seen.
    pub const NOT_SUPPORTED: Self = Self(0x6A81);
    /// `6A82`: file or application not found.
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// `6A83`: record not found.
    pub const RECORD_NOT_FOUND: Self = Self(0x6A83);
    /// `6A86`: wrong P1 or P2; one way of refusing short file identifiers.
    pub const WRONG_PARAMETERS: Self = Self(0x6A86);
    /// `6A88`: referenced data not found; the other way of refusing short file identifiers.
    pub const REFERENCE_NOT_FOUND: Self = Self(0x6A88);
    /// `6B00`: offset at or beyond the end of the file.
    pub const PAST_END: Self = Self(0x6B00);
    /// `6F00`: no precise diagnosis.
    pub const UNSPECIFIC: Self = Self(0x6F00);

    /// Whether the command was carried out (`9000`).
    #[must_use]
    pub const fn is_ok(self) -> bool {
        self.0 == Self::OK.0
    }

    /// Bytes that wait for GET RESPONSE (`61xx`, where `00` means 256 or more).
    #[must_use]
    pub const fn waiting(self) -> Option<u8> {
        if self.0 >> 8 == 0x61 {
            Some(self.low())
        } else {
            None
        }
    }

    /// The length the card wants to be asked for (`6Cxx`, where `00` means 256).
    #[must_use]
    pub const fn exact_length(self) -> Option<u8> {
        if self.0 >> 8 == 0x6C {
            Some(self.low())
        } else {
            None
        }
    }

    /// What the card says about a PIN, after VERIFY or a question for its counter.
    ///
    /// The whole word comes first, the nibble last: `6983` is blocked, not three attempts left.
    #[must_use]
    pub const fn pin_verdict(self) -> PinVerdict {
        match self.0 {
            0x9000 => PinVerdict::Verified,
            0x63C0 | 0x6983 | 0x6984 => PinVerdict::Blocked,
            0x63C1..=0x63CF => PinVerdict::Left(self.low() & 0x0F),
            0x6300 => PinVerdict::Uncounted,
            _ => PinVerdict::Other,
        }
    }

    /// What the word means by itself, as far as this card is known to use it.
    #[must_use]
    pub const fn meaning(self) -> Meaning {
        match self.0 {
            0x9000 => Meaning::Done,
            0x6282 => Meaning::EndOfFile,
            0x6300 => Meaning::NotVerified,
            0x63C0 | 0x6983 | 0x6984 => Meaning::Blocked,
            0x63C1..=0x63CF => Meaning::Left(self.low() & 0x0F),
            0x6100..=0x61FF => Meaning::MoreWaiting,
            0x6C00..=0x6CFF => Meaning::ExactLength,
            0x6700 => Meaning::WrongLength,
            0x6982 => Meaning::PinNeeded,
            0x6985 => Meaning::Conditions,
            0x6986 => Meaning::NothingSelected,
            0x6A80 => Meaning::WrongData,
            0x6A82 => Meaning::NotFound,
            0x6A83 => Meaning::RecordNotFound,
            0x6A86 => Meaning::WrongParameters,
            0x6A88 => Meaning::ReferenceNotFound,
            0x6B00 => Meaning::PastEnd,
            0x6D00 => Meaning::UnknownInstruction,
            0x6E00 => Meaning::UnknownClass,
            0x6F00 => Meaning::Unspecific,
            _ => Meaning::Other,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the low byte is what is wanted"
    )]
    const fn low(self) -> u8 {
        self.0 as u8
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a status word means by itself; for a PIN, [`StatusWord::pin_verdict`] says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Meaning {
    /// Carried out (`9000`).
    Done,
    /// The file ended before all asked bytes; the data are good (`6282`).
    EndOfFile,
    /// Not verified, with no counter told (`6300`).
    NotVerified,
    /// Attempts left (`63C1` to `63CF`).
    Left(u8),
    /// No attempt left (`63C0`, `6983`, `6984`).
    Blocked,
    /// More bytes wait (`61xx`).
    MoreWaiting,
    /// The card wants to be asked for the exact length (`6Cxx`).
    ExactLength,
    /// Wrong length (`6700`).
    WrongLength,
    /// A PIN is needed first (`6982`).
    PinNeeded,
    /// Conditions of use not satisfied (`6985`).
    Conditions,
    /// Nothing is selected (`6986`).
    NothingSelected,
    /// Wrong data (`6A80`).
    WrongData,
    /// File or application not found (`6A82`).
    NotFound,
    /// Record not found (`6A83`).
    RecordNotFound,
    /// Wrong P1 or P2 (`6A86`).
    WrongParameters,
    /// Referenced data not found (`6A88`).
    ReferenceNotFound,
    /// Offset at or beyond the end (`6B00`).
    PastEnd,
    /// Unknown instruction (`6D00`).
    UnknownInstruction,
    /// Unknown class (`6E00`).
    UnknownClass,
    /// No precise diagnosis (`6F00`).
    Unspecific,
    /// Any other word.
    Other,
}

/// What a status word means for a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinVerdict {
    /// The PIN is verified (`9000`).
    Verified,
    /// Attempts left, at least one (`63C1` to `63CF`).
    Left(u8),
    /// Not one left (`63C0`, `6983`, `6984`).
    Blocked,
    /// Refused or not verified, with no counter told (`6300`).
    Uncounted,
    /// The word says nothing about a counter.
    Other,
}

#[cfg(test)]
mod tests {
    use super::{PinVerdict, StatusWord};

    #[test]
    fn every_status_word_has_one_verdict() {
        for word in 0..=u16::MAX {
            let expected = match word {
                0x9000 => PinVerdict::Verified,
                0x63C0 | 0x6983 | 0x6984 => PinVerdict::Blocked,
                0x6300 => PinVerdict::Uncounted,
                word if word & 0xFFF0 == 0x63C0 => PinVerdict::Left((word & 0x0F) as u8),
                _ => PinVerdict::Other,
            };
            assert_eq!(StatusWord(word).pin_verdict(), expected, "{word:04X}");
        }
    }

    #[test]
    fn waiting_and_exact_length_look_at_the_first_byte_only() {
        assert_eq!(StatusWord(0x6100).waiting(), Some(0));
        assert_eq!(StatusWord(0x61FF).waiting(), Some(255));
        assert_eq!(StatusWord(0x6C10).waiting(), None);
        assert_eq!(StatusWord(0x6C10).exact_length(), Some(0x10));
        assert_eq!(StatusWord(0x9000).exact_length(), None);
    }
}
