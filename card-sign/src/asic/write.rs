//! Writing an archive in one pass: every file stored, its header in front of it complete.

use std::io::{self, Read, Write};

use crate::pieces::in_pieces;
use crate::signer::SignError;

/// What a header says of a file.
#[derive(Clone, Debug)]
pub(super) struct Stated {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) crc: u32,
}

impl Stated {
    /// Of a file in memory.
    pub(super) fn of(name: &str, content: &[u8]) -> Stated {
        Stated {
            name: name.to_owned(),
            size: content.len() as u64,
            crc: crc32fast::hash(content),
        }
    }

    /// How much it takes, with both headers.
    pub(super) const fn room(&self) -> u64 {
        self.size + 30 + 46 + 2 * self.name.len() as u64
    }
}

/// An archive on its way out.
pub(super) struct Writer<'o> {
    out: &'o mut dyn Write,
    /// How much was written.
    at: u64,
    directory: Vec<u8>,
    count: u16,
}

impl<'o> Writer<'o> {
    pub(super) const fn new(out: &'o mut dyn Write) -> Writer<'o> {
        Writer {
            out,
            at: 0,
            directory: Vec::new(),
            count: 0,
        }
    }

    /// Writes a file; `seen` gets the pieces.
    ///
    /// # Errors
    ///
    /// `sign.content-changed` if it is not what was stated; `file.io`.
    pub(super) fn add(
        &mut self,
        stated: &Stated,
        content: &mut dyn Read,
        seen: &mut dyn FnMut(&[u8]),
    ) -> Result<(), SignError> {
        let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
        let offset = u32::try_from(self.at).map_err(too_large)?;
        let size = u32::try_from(stated.size).map_err(too_large)?;
        let name = u16::try_from(stated.name.len()).map_err(too_large)?;
        let mut common = Vec::new();
        let flags = if stated.name.is_ascii() { 0 } else { UTF8 };
        for word in [VERSION, flags, STORED, MIDNIGHT, FIRST_DAY] {
            common.extend(word.to_le_bytes());
        }
        for word in [stated.crc, size, size] {
            common.extend(word.to_le_bytes());
        }
        common.extend(name.to_le_bytes());
        let local = [b"PK\x03\x04", &common[..], &[0; 2], stated.name.as_bytes()].concat();
        self.out.write_all(&local)?;
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&common);
        // No extra field, no comment, first disk, no attributes.
        self.directory.extend([0; 12]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(stated.name.as_bytes());
        self.count += 1;
        self.at += local.len() as u64 + stated.size;
        let mut crc = crc32fast::Hasher::new();
        let mut left = stated.size;
        in_pieces(content, |piece| {
            let rest = left.checked_sub(piece.len() as u64);
            left = rest.ok_or(SignError::ContentChanged)?;
            crc.update(piece);
            seen(piece);
            Ok::<_, SignError>(self.out.write_all(piece)?)
        })?;
        match left == 0 && crc.finalize() == stated.crc {
            true => Ok(()),
            false => Err(SignError::ContentChanged),
        }
    }

    /// Writes the directory.
    pub(super) fn finish(self) -> Result<(), SignError> {
        let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
        let offset = u32::try_from(self.at).map_err(too_large)?;
        let size = u32::try_from(self.directory.len()).map_err(too_large)?;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend(self.count.to_le_bytes());
        end.extend(self.count.to_le_bytes());
        end.extend(size.to_le_bytes());
        end.extend(offset.to_le_bytes());
        end.extend([0; 2]);
        self.out.write_all(&self.directory)?;
        Ok(self.out.write_all(&end)?)
    }
}

const VERSION: u16 = 20;
const UTF8: u16 = 1 << 11;
const STORED: u16 = 0;
/// When a file was changed is nobody's business, and not signed: the first moment that there is.
const MIDNIGHT: u16 = 0;
const FIRST_DAY: u16 = 1 << 5 | 1;

/// Files that one container holds, besides its own.
pub(super) const MAX_FILES: usize = 10_000;
/// A whole container, in bytes: what has room in the 32-bit form.
pub(super) const MAX_CONTAINER: u64 = u32::MAX as u64 - (1 << 20);
