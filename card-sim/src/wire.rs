//! The bytes between a reader and the card: commands in, answers out.
//!
//! Own code on purpose. The library has its own encoder; if both came from one hand, both could
//! agree on the same mistake. Source: ISO/IEC 7816-4:2020, 5.2 (the seven shapes of a command).

use crate::os::status::{self, Sw};

/// A command as the card understands it, before it knows the instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// CLA.
    pub class: u8,
    /// INS.
    pub instruction: u8,
    /// P1.
    pub p1: u8,
    /// P2.
    pub p2: u8,
    /// The data field, empty where the command has none. An extended length of zero is refused.
    pub data: &'a [u8],
    /// How many bytes may be answered: 1 to 65 536, or `None` where no Le was sent.
    pub expected: Option<usize>,
    /// Whether the lengths have the extended form.
    pub extended: bool,
}

impl<'a> Command<'a> {
    /// Takes a command apart.
    ///
    /// # Errors
    ///
    /// `6700` for anything that is none of the seven shapes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Sw> {
        let &[class, instruction, p1, p2, ref body @ ..] = bytes else {
            return Err(status::WRONG_LENGTH);
        };
        let (data, expected, extended): (&[u8], _, _) = match *body {
            [] => (&[], None, false),
            [le] => (&[], Some(short(le)), false),
            [0, hi, lo] => (&[], Some(long(hi, lo)), true),
            [0, hi, lo, ref rest @ ..] => {
                let (data, le) = split(rest, usize::from(u16::from_be_bytes([hi, lo])))?;
                let expected = match *le {
                    [] => None,
                    [hi, lo] => Some(long(hi, lo)),
                    _ => return Err(status::WRONG_LENGTH),
                };
                (data, expected, true)
            }
            [lc, ref rest @ ..] => {
                let (data, le) = split(rest, usize::from(lc))?;
                let expected = match *le {
                    [] => None,
                    [le] => Some(short(le)),
                    _ => return Err(status::WRONG_LENGTH),
                };
                (data, expected, false)
            }
        };
        Ok(Self {
            class,
            instruction,
            p1,
            p2,
            data,
            expected,
            extended,
        })
    }

    /// Puts a command together; the inverse of [`Command::decode`].
    ///
    /// Data over 255 bytes or an answer over 256 needs the extended form, which is taken whether
    /// asked for or not. More than 65 535 bytes of data do not exist.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let extended = self.extended || self.data.len() > 255 || self.expected > Some(256);
        let mut bytes = vec![self.class, self.instruction, self.p1, self.p2];
        // Le of the greatest size is written as zero: truncation does exactly that.
        let bytes_of = |n: usize| {
            let [.., high, low] = n.to_be_bytes();
            [high, low]
        };
        let low = |n: usize| bytes_of(n)[1];
        match (extended, self.data.len(), self.expected) {
            (_, 0, None) => {}
            (false, 0, Some(le)) => bytes.push(low(le)),
            (false, lc, le) => {
                bytes.push(low(lc));
                bytes.extend_from_slice(self.data);
                bytes.extend(le.map(low));
            }
            (true, lc, le) => {
                bytes.push(0);
                if lc > 0 {
                    bytes.extend(bytes_of(lc));
                }
                bytes.extend_from_slice(self.data);
                bytes.extend(le.into_iter().flat_map(bytes_of));
            }
        }
        bytes
    }
}

/// Data and status word as one answer.
#[must_use]
pub fn answer(data: &[u8], status: Sw) -> Vec<u8> {
    [data, &status.to_be_bytes()].concat()
}

/// How the length of a data object is written. Real files hold non-minimal ones (`82 009F`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As short as possible.
    Shortest,
    /// `81 LL`, where it fits; longer otherwise.
    Long1,
    /// `82 LLLL`.
    Long2,
}

/// Writes one BER-TLV object: tag bytes as given, length in the form asked for, value.
#[must_use]
pub fn tlv(tag: &[u8], form: Form, value: &[u8]) -> Vec<u8> {
    let [.., b2, b1, b0] = value.len().to_be_bytes();
    let length = match (form, value.len()) {
        (Form::Shortest, 0..=0x7f) => vec![b0],
        (Form::Shortest | Form::Long1, 0..=0xff) => vec![0x81, b0],
        (_, 0..=0xffff) => vec![0x82, b1, b0],
        _ => vec![0x83, b2, b1, b0],
    };
    [tag, &length, value].concat()
}

fn short(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

fn long(hi: u8, lo: u8) -> usize {
    match u16::from_be_bytes([hi, lo]) {
        0 => 65_536,
        le => usize::from(le),
    }
}

fn split(rest: &[u8], lc: usize) -> Result<(&[u8], &[u8]), Sw> {
    if lc == 0 {
        return Err(status::WRONG_LENGTH);
    }
    rest.split_at_checked(lc).ok_or(status::WRONG_LENGTH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(bytes: &[u8]) -> Result<(usize, Option<usize>, bool), Sw> {
        Command::decode(bytes).map(|c| (c.data.len(), c.expected, c.extended))
    }

    #[test]
    fn the_seven_shapes() {
        type Lengths = (usize, Option<usize>, bool);
        let table: &[(&[u8], Lengths)] = &[
            (&[0, 0x20, 0, 0x80], (0, None, false)),
            (&[0, 0xb0, 0, 0, 7], (0, Some(7), false)),
            (&[0, 0xb0, 0, 0, 0], (0, Some(256), false)),
            (&[0, 0x20, 0, 0x80, 2, 1, 2], (2, None, false)),
            (&[0, 0xa4, 4, 0, 1, 0xd3, 0], (1, Some(256), false)),
            (&[0, 0xb0, 0, 0, 0, 6, 0x36], (0, Some(0x636), true)),
            (&[0, 0xb0, 0, 0, 0, 0, 0], (0, Some(65_536), true)),
            (&[0, 0x20, 0, 0x80, 0, 0, 1, 9], (1, None, true)),
            (&[0, 0x2a, 0, 0x80, 0, 0, 1, 9, 1, 0], (1, Some(256), true)),
        ];
        for (bytes, expected) in table {
            assert_eq!(decode(bytes), Ok(*expected), "{bytes:02X?}");
        }
    }

    #[test]
    fn everything_else_is_6700() {
        let table: &[&[u8]] = &[
            &[],
            &[0, 0xa4, 4],
            &[0, 0x20, 0, 0x80, 4, 1, 2],
            &[0, 0x20, 0, 0x80, 1, 1, 2, 3],
            &[0, 0xb0, 0, 0, 0, 1],
            &[0, 0x20, 0, 0x80, 0, 0, 0, 9],
            &[0, 0x20, 0, 0x80, 0, 0, 2, 9],
            &[0, 0x20, 0, 0x80, 0, 0, 1, 9, 1],
        ];
        for bytes in table {
            assert_eq!(decode(bytes), Err(0x6700), "{bytes:02X?}");
        }
    }

    #[test]
    fn tlv_forms() {
        assert_eq!(
            tlv(&[0xdf, 0x21], Form::Shortest, &[1, 2]),
            [0xdf, 0x21, 2, 1, 2]
        );
        assert_eq!(
            tlv(&[0xff, 0x40], Form::Long2, &[9])[..],
            [0xff, 0x40, 0x82, 0, 1, 9]
        );
        assert_eq!(tlv(&[0x84], Form::Shortest, &[0; 127])[..3], [0x84, 127, 0]);
        assert_eq!(
            tlv(&[0x84], Form::Shortest, &[0; 128])[..3],
            [0x84, 0x81, 128]
        );
        assert_eq!(
            tlv(&[0x84], Form::Long1, &[0; 300])[..4],
            [0x84, 0x82, 1, 44]
        );
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes(
            head: [u8; 4],
            data in proptest::collection::vec(any::<u8>(), 0..400),
            expected in proptest::option::of(1usize..=65_536),
            extended: bool,
        ) {
            let [class, instruction, p1, p2] = head;
            let command =
                Command { class, instruction, p1, p2, data: &data, expected, extended };
            let bytes = command.encode();
            let again = Command::decode(&bytes).unwrap();
            // The form may grow, and a command without lengths has none; the meaning stays.
            prop_assert_eq!(Command { extended, ..again }, command);
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Command::decode(&bytes);
        }
    }
}
