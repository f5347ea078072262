//! Commands by meaning. Class, P1 and P2 end here: an unknown one cannot reach a handler.

use crate::os::file::FileId;
use crate::os::status::{self, Sw};
use crate::wire::Command;

/// A command with its parameters parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instruction<'a> {
    /// SELECT FILE by name, `00 A4 04`.
    SelectApplication {
        name: &'a [u8],
        which: Which,
        fci: bool,
    },
    /// SELECT FILE of the master file, `00 A4 00 00`.
    SelectRoot,
    /// SELECT FILE by identifier, `00 A4 02 0C`.
    SelectFile(FileId),
    /// READ BINARY, `00 B0`.
    ReadBinary { target: Target, offset: usize },
    /// READ RECORD, `00 B2`.
    ReadRecord { target: Target, number: u8 },
    /// VERIFY without data: how many attempts are left?
    AttemptsLeft(Target),
    /// VERIFY, `00 20`.
    Verify(Target, &'a [u8]),
    /// CHANGE REFERENCE DATA, `00 24 01`: the new value alone.
    ChangeReferenceData(Target, &'a [u8]),
    /// CHANGE KEY of JICSAP, `80 32`: the new value alone.
    ChangeKey(Target, &'a [u8]),
    /// COMPUTE DIGITAL SIGNATURE, `80 2A`. No target: the application's own key.
    Sign {
        scheme: Scheme,
        key: Option<Target>,
        data: &'a [u8],
    },
    /// GET CHALLENGE, `00 84`.
    Challenge,
    /// INTERNAL AUTHENTICATE, `00 88`.
    Authenticate(Target, &'a [u8]),
    /// GET DATA, `00 CA`.
    GetData(u16),
    /// GET RESPONSE, `00 C0`.
    GetResponse,
    /// SET SESSION KEY, `80 AE`.
    SetSessionKey(&'a [u8]),
    /// `80 FC 00 00`: the terminal says that this was its last command (phones only).
    LastCommand,
}

/// The first application of a name, or the one after the current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    First,
    Next,
}

/// A file as a command names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The file selected last.
    Current,
    /// By short identifier.
    Short(FileId),
}

/// What is signed, by P1 (found by a sweep of all values: `myna-card` 3.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// 00: the data as it is, PKCS #1 v1.5.
    Verbatim,
    /// 01: the bare SHA-256 of the data, PKCS #1 v1.5.
    BareHashOf,
    /// 02: a given SHA-256 in a DigestInfo, PKCS #1 v1.5.
    Hash,
    /// 03: the SHA-256 of the data in a DigestInfo, PKCS #1 v1.5.
    HashOf,
    /// 04: a given SHA-256, PSS.
    PssHash,
    /// 05: the SHA-256 of the data, PSS.
    PssHashOf,
}

impl<'a> TryFrom<&Command<'a>> for Instruction<'a> {
    type Error = Sw;

    fn try_from(command: &Command<'a>) -> Result<Self, Sw> {
        class(command.class)?;
        let data = command.data;
        match (command.class, command.instruction, command.p1, command.p2) {
            (0x00, 0xa4, p1, p2) => select(p1, p2, data),
            (0x00, 0xb0, p1, p2) if p1 & 0x80 != 0 => Ok(Self::ReadBinary {
                // Bits 7 and 6 are reserved: `short` refuses what has them.
                target: Target::Short(short(p1 & 0x7f)?),
                offset: usize::from(p2),
            }),
            (0x00, 0xb0, p1, p2) => Ok(Self::ReadBinary {
                target: Target::Current,
                offset: usize::from(u16::from_be_bytes([p1, p2])),
            }),
            (0x00, 0xb2, number, p2) => read_record(number, p2),
            (0x00, 0x20, 0x00, p2) if data.is_empty() => Ok(Self::AttemptsLeft(target(p2)?)),
            (0x00, 0x20, 0x00, p2) => Ok(Self::Verify(target(p2)?, data)),
            (0x00, 0x24, 0x01, p2) => Ok(Self::ChangeReferenceData(target(p2)?, data)),
            (0x80, 0x32, 0x00, p2) => Ok(Self::ChangeKey(target(p2)?, data)),
            (0x80, 0x2a, p1, p2) => Ok(Self::Sign {
                scheme: scheme(p1)?,
                key: if p2 == 0 { None } else { Some(target(p2)?) },
                data,
            }),
            (0x00, 0x84, 0x00, 0x00) => Ok(Self::Challenge),
            (0x00, 0x88, 0x00, p2) => Ok(Self::Authenticate(target(p2)?, data)),
            (0x00, 0xca, hi, lo) => Ok(Self::GetData(u16::from_be_bytes([hi, lo]))),
            (0x00, 0xc0, 0x00, 0x00) => Ok(Self::GetResponse),
            (0x80, 0xae, 0x00, 0x00) => Ok(Self::SetSessionKey(data)),
            (0x80, 0xfc, 0x00, 0x00) => Ok(Self::LastCommand),
            (0x00, 0x20 | 0x24 | 0x84 | 0x88 | 0xc0, ..) | (0x80, 0x32 | 0xae | 0xfc, ..) => {
                Err(status::WRONG_PARAMETERS)
            }
            // The right instruction in the wrong class.
            (0x80, 0xa4 | 0xb0 | 0xb2 | 0x20 | 0x24 | 0x84 | 0x88 | 0xca | 0xc0, ..)
            | (0x00, 0x2a | 0x32 | 0xae | 0xfc, ..) => Err(status::UNKNOWN_CLASS),
            _ => Err(status::UNKNOWN_INSTRUCTION),
        }
    }
}

fn class(class: u8) -> Result<(), Sw> {
    match class {
        0x00 | 0x80 => Ok(()),
        // Channels 4 to 19 live in the further interindustry classes.
        0x40..=0x7f => Err(status::NO_CHANNEL),
        _ if class & 0x70 != 0 => Err(status::UNKNOWN_CLASS),
        _ if class & 0x03 != 0 => Err(status::NO_CHANNEL),
        _ => Err(status::NO_SECURE_MESSAGING),
    }
}

fn select<'a>(p1: u8, p2: u8, data: &'a [u8]) -> Result<Instruction<'a>, Sw> {
    match (p1, data) {
        (0x00, []) => Ok(Instruction::SelectRoot),
        (0x00, [0x3f, 0x00]) => Err(status::NOT_FOUND),
        (0x02, &[hi, lo]) if p2 == 0x0c => {
            Ok(Instruction::SelectFile(u16::from_be_bytes([hi, lo])))
        }
        (0x02, _) if p2 == 0x0c => Err(status::WRONG_LENGTH),
        (0x04, []) => Err(status::WRONG_LENGTH),
        (0x04, name) => {
            let (which, fci) = match p2 {
                0x00 => (Which::First, true),
                0x02 => (Which::Next, true),
                0x0c => (Which::First, false),
                0x0e => (Which::Next, false),
                _ => return Err(status::WRONG_PARAMETERS),
            };
            Ok(Instruction::SelectApplication { name, which, fci })
        }
        _ => Err(status::WRONG_PARAMETERS),
    }
}

fn read_record(number: u8, p2: u8) -> Result<Instruction<'static>, Sw> {
    let target = match p2 >> 3 {
        0 => Target::Current,
        id => Target::Short(short(id)?),
    };
    match p2 & 0x07 {
        4 => Ok(Instruction::ReadRecord { target, number }),
        5 => Err(status::NOT_SUPPORTED),
        _ => Err(status::WRONG_PARAMETERS),
    }
}

fn target(p2: u8) -> Result<Target, Sw> {
    match p2 {
        0x80 => Ok(Target::Current),
        0x81.. => Ok(Target::Short(short(p2 & 0x7f)?)),
        _ => Err(status::WRONG_PARAMETERS),
    }
}

fn short(id: u8) -> Result<FileId, Sw> {
    match id {
        1..=30 => Ok(FileId::from(id)),
        _ => Err(status::WRONG_PARAMETERS),
    }
}

fn scheme(p1: u8) -> Result<Scheme, Sw> {
    Ok(match p1 {
        0 => Scheme::Verbatim,
        1 => Scheme::BareHashOf,
        2 => Scheme::Hash,
        3 => Scheme::HashOf,
        4 => Scheme::PssHash,
        5 => Scheme::PssHashOf,
        _ => return Err(status::WRONG_PARAMETERS),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<Instruction<'_>, Sw> {
        Instruction::try_from(&Command::decode(bytes)?)
    }

    #[test]
    fn meanings() {
        let table: &[(&[u8], Instruction<'_>)] = &[
            (
                &[0x00, 0xa4, 0x02, 0x0c, 2, 0, 0x18],
                Instruction::SelectFile(0x18),
            ),
            (&[0x00, 0xa4, 0x00, 0x00], Instruction::SelectRoot),
            (
                &[0x00, 0xb0, 0x8a, 4, 0, 6, 0],
                Instruction::ReadBinary {
                    target: Target::Short(0x0a),
                    offset: 4,
                },
            ),
            (
                &[0x00, 0xb0, 0x7f, 0xff, 0],
                Instruction::ReadBinary {
                    target: Target::Current,
                    offset: 0x7fff,
                },
            ),
            (
                &[0x00, 0xb2, 1, 0x0c, 0],
                Instruction::ReadRecord {
                    target: Target::Short(1),
                    number: 1,
                },
            ),
            (
                &[0x00, 0x20, 0, 0x80],
                Instruction::AttemptsLeft(Target::Current),
            ),
            (
                &[0x00, 0x20, 0, 0x80, 0],
                Instruction::AttemptsLeft(Target::Current),
            ),
            (
                &[0x00, 0x20, 0, 0x98, 1, 9],
                Instruction::Verify(Target::Short(0x18), &[9]),
            ),
            (
                &[0x80, 0x2a, 4, 0x9a, 1, 9, 0],
                Instruction::Sign {
                    scheme: Scheme::PssHash,
                    key: Some(Target::Short(0x1a)),
                    data: &[9],
                },
            ),
            (&[0x00, 0xca, 0x5f, 0x51, 0], Instruction::GetData(0x5f51)),
        ];
        for (bytes, expected) in table {
            assert_eq!(parse(bytes), Ok(*expected), "{bytes:02X?}");
        }
    }

    #[test]
    fn refusals() {
        let table: &[(&[u8], Sw)] = &[
            (&[0x01, 0xa4, 4, 0x0c, 1, 0xd3], status::NO_CHANNEL),
            (&[0x41, 0xa4, 4, 0x0c, 1, 0xd3], status::NO_CHANNEL),
            (&[0x08, 0xb0, 0, 0, 0], status::NO_SECURE_MESSAGING),
            (&[0x0c, 0xb0, 0, 0, 0], status::NO_SECURE_MESSAGING),
            (&[0x10, 0xb0, 0, 0, 0], status::UNKNOWN_CLASS),
            (&[0xff, 0xca, 0, 0, 0], status::UNKNOWN_CLASS),
            (&[0x80, 0xb0, 0, 0, 0], status::UNKNOWN_CLASS),
            (&[0x00, 0x2a, 0, 0x80, 1, 1, 0], status::UNKNOWN_CLASS),
            (
                &[0x00, 0xcb, 0x3f, 0xff, 3, 0x5c, 1, 0x7e, 8],
                status::UNKNOWN_INSTRUCTION,
            ),
            (&[0x00, 0xa4, 0x09, 0x0c, 2, 0, 1], status::WRONG_PARAMETERS),
            (&[0x00, 0xa4, 0x00, 0x0c, 2, 0, 1], status::WRONG_PARAMETERS),
            (&[0x00, 0xa4, 0x00, 0x0c, 2, 0x3f, 0], status::NOT_FOUND),
            (&[0x00, 0x20, 0, 0, 0], status::WRONG_PARAMETERS),
            (&[0x00, 0x20, 0, 0x9f], status::WRONG_PARAMETERS),
            (&[0x00, 0xb0, 0xe1, 0, 0], status::WRONG_PARAMETERS),
            (&[0x00, 0xb2, 1, 0x0d, 0], status::NOT_SUPPORTED),
            (&[0x80, 0x2a, 6, 0x80, 1, 1, 0], status::WRONG_PARAMETERS),
            (&[0x00, 0x24, 0, 0x80, 1, 1], status::WRONG_PARAMETERS),
        ];
        for (bytes, expected) in table {
            assert_eq!(parse(bytes), Err(*expected), "{bytes:02X?}");
        }
    }
}
