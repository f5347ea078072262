//! Status words: on the card, failure *is* a status word.
//!
//! Each is listed with who saw it; see section 6 of the card's documentation in `docs/card/`.

/// A status word.
pub type Sw = u16;

/// Done.
pub const OK: Sw = 0x9000;
/// The file ended before Le bytes (ISO wording; no card was seen to say it).
pub const END_OF_FILE: Sw = 0x6282;
/// The memory failed: the counter could not be written down (JICSAP wording, never observed).
pub const MEMORY_FAILURE: Sw = 0x6581;
/// No session key can be set here (measured: SET SESSION KEY in the common and visual applications).
pub const NO_SESSION_KEY: Sw = 0x66f1;
/// Wrong Lc or Le (measured: GET DATA of a long object with a short Le).
pub const WRONG_LENGTH: Sw = 0x6700;
/// Logical channels are not provided (measured).
pub const NO_CHANNEL: Sw = 0x6881;
/// Secure messaging is not provided for this instruction (JICSAP wording, never observed).
pub const NOT_SECURED: Sw = 0x6882;
/// Not compatible with the structure of the file (measured: READ on a key, SIGN on a non-key).
pub const WRONG_STRUCTURE: Sw = 0x6981;
/// The access condition is not satisfied (agreed).
pub const NOT_ALLOWED: Sw = 0x6982;
/// The PIN is blocked, as ISO says it; expected by several programs, seen by none.
pub const BLOCKED_ISO: Sw = 0x6983;
/// The PIN is blocked (agreed by five programs).
pub const BLOCKED: Sw = 0x6984;
/// The conditions of use are not satisfied (measured: length to sign, extended GET CHALLENGE).
pub const CONDITIONS: Sw = 0x6985;
/// No file is selected (agreed).
pub const NO_FILE: Sw = 0x6986;
/// An object of secure messaging is missing (measured: class 0C).
pub const OBJECT_MISSING: Sw = 0x6987;
/// An object of secure messaging is wrong; the session is over (measured).
pub const OBJECT_WRONG: Sw = 0x6988;
/// Secure messaging is not possible here, or no longer (measured).
pub const NO_SECURE_MESSAGING: Sw = 0x69fc;
/// The data field is wrong.
pub const WRONG_DATA: Sw = 0x6a80;
/// The function is not supported (measured: reading several records).
pub const NOT_SUPPORTED: Sw = 0x6a81;
/// No such file or application (agreed).
pub const NOT_FOUND: Sw = 0x6a82;
/// No such record (measured).
pub const NO_RECORD: Sw = 0x6a83;
/// Wrong P1 or P2 (measured: unknown signature scheme).
pub const WRONG_PARAMETERS: Sw = 0x6a86;
/// No such key or data object (measured: GET DATA).
pub const NO_OBJECT: Sw = 0x6a88;
/// The offset is at or beyond the end of the file (agreed).
pub const PAST_END: Sw = 0x6b00;
/// Unknown instruction (JICSAP wording).
pub const UNKNOWN_INSTRUCTION: Sw = 0x6d00;
/// Unknown class (JICSAP wording).
pub const UNKNOWN_CLASS: Sw = 0x6e00;
/// Something else; one card answers it once after power on (measured).
pub const OTHER: Sw = 0x6f00;

/// `63Cx`: this many attempts are left.
#[must_use]
pub fn attempts(left: u8) -> Sw {
    0x63c0 | Sw::from(left.min(15))
}

/// A status word whose second byte is a length, where 256 is written as zero.
#[must_use]
pub fn with_length(sw1: u8, length: usize) -> Sw {
    // More than 255 bytes cannot be said: ISO lets the card say 00, "256 or more".
    Sw::from_be_bytes([sw1, u8::try_from(length).unwrap_or(0)])
}
