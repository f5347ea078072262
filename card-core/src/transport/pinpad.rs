//! Readers with a keypad of their own (PC/SC part 10, revision 2.02.09): a PIN goes from the keys to
//! the card and never into this computer.
//!
//! Here are the structures that a reader is given; the transport sends them. All PINs so typed are
//! digits of a fixed number, ASCII, from the first byte of the command's data.

/// What the keypad of a reader can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pinpad {
    /// It takes a PIN for VERIFY (FEATURE_VERIFY_PIN_DIRECT).
    pub verify: bool,
    /// It takes a new PIN, twice (FEATURE_MODIFY_PIN_DIRECT).
    pub modify: bool,
}

/// What a person is asked to type on the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The PIN in force, once.
    Current {
        /// How many digits.
        digits: u8,
    },
    /// A new PIN, twice. The one in force is not asked for.
    New {
        /// How many digits.
        digits: u8,
    },
}

/// How long the reader waits for the first key and for each one after it, in seconds.
const SECONDS: u8 = 30;
/// ASCII, justified to the left, at the first byte of the data, in units of bytes.
const FORMAT: u8 = 0x82;
/// The entry ends with the key OK, so that it can be corrected before.
const OK_KEY: u8 = 0x02;
/// English (United States): the one language that every reader takes. Texts are the reader's own.
const LANGUAGE: [u8; 2] = 0x0409_u16.to_le_bytes();

/// PIN_VERIFY_STRUCTURE or PIN_MODIFY_STRUCTURE for a command that ends with the filler.
///
/// Source: PC/SC part 10, 2.5.2 and 2.5.3. Numbers are little-endian.
#[must_use]
pub fn structure(command: &[u8], entry: Entry) -> Vec<u8> {
    let (Entry::Current { digits } | Entry::New { digits }) = entry;
    let mut bytes = vec![SECONDS, SECONDS, FORMAT, digits, 0];
    match entry {
        // wPINMaxExtraDigit, bEntryValidationCondition, bNumberMessage.
        Entry::Current { .. } => bytes.extend([digits, digits, OK_KEY, 1]),
        // Before them the offsets of old and new PIN, between them bConfirmPIN: twice, no old one.
        Entry::New { .. } => bytes.extend([0, 0, digits, digits, 1, OK_KEY, 2]),
    }
    bytes.extend(LANGUAGE);
    match entry {
        // bMsgIndex: "enter PIN"; or "enter new PIN", "again", none.
        Entry::Current { .. } => bytes.push(0),
        Entry::New { .. } => bytes.extend([1, 2, 0]),
    }
    bytes.extend([0, 0, 0]); // bTeoPrologue: the driver knows.
    let length = u32::try_from(command.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_le_bytes());
    bytes.extend_from_slice(command);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_are_laid_out_as_part_10_says() {
        let verify = [0, 0x20, 0, 0x98, 4, 255, 255, 255, 255];
        assert_eq!(
            structure(&verify, Entry::Current { digits: 4 }),
            [
                30, 30, 0x82, 4, 0, 4, 4, 2, 1, 9, 4, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0x20, 0, 0x98, 4,
                255, 255, 255, 255
            ]
        );
        let change = [0, 0x24, 1, 0x80, 4, 255, 255, 255, 255];
        assert_eq!(
            structure(&change, Entry::New { digits: 4 }),
            [
                30, 30, 0x82, 4, 0, 0, 0, 4, 4, 1, 2, 2, 9, 4, 1, 2, 0, 0, 0, 0, 9, 0, 0, 0, 0,
                0x24, 1, 0x80, 4, 255, 255, 255, 255
            ]
        );
    }
}
