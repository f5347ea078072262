//! A file that may be signed: of which format it is, and ways to read it.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::progress::Watch;
use crate::source::{Source, unreadable};

/// A file to be looked at, however it came.
pub(crate) struct SignedFile {
    path: PathBuf,
    /// The file itself, or the content of a stream in an unnamed temporary file.
    file: File,
    pub(crate) length: u64,
}

/// What a file seems to be by its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Cms,
    Pdf,
    Xml,
    Jws,
    /// An ASiC container.
    Asic,
    /// Nothing that can hold its own signature.
    Other,
}

/// The formats that cannot be judged piece by piece are not read beyond this; nothing larger is
/// signed in such a format either.
pub(crate) const MOST: u64 = 1 << 30;
/// A longer one is judged from a file: a stream is kept whole, and some have no end.
const LONGEST_STREAM: u64 = 4 << 30;
const HEAD: u64 = 1024;

impl SignedFile {
    /// Opens a file; `-` and pipes are read to their end.
    pub(crate) fn open(path: &Path, watch: &dyn Watch) -> Result<Self, Failure> {
        Self::try_open(path, watch).map_err(|error| unreadable(path, &error, watch))
    }

    fn try_open(path: &Path, watch: &dyn Watch) -> io::Result<Self> {
        let (file, length) = if path.as_os_str() == "-" {
            spooled(&mut io::stdin().lock(), LONGEST_STREAM)?
        } else {
            let source = Source::open(path, watch)?;
            let metadata = source.metadata()?;
            match metadata.is_file() {
                true => (source.into_file(), metadata.len()),
                false => spooled(&mut { source }, LONGEST_STREAM)?,
            }
        };
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
        })
    }

    /// Where it is; `-` is standard input.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads from its beginning on.
    pub(crate) fn reader(&self) -> Result<&File, Failure> {
        let mut file = &self.file;
        file.rewind().map_err(|error| self.unreadable(&error))?;
        Ok(file)
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Failure> {
        if self.length > MOST {
            return Err(self.unreadable(&io::ErrorKind::FileTooLarge.into()));
        }
        let mut bytes = Vec::new();
        let read = self.reader()?.read_to_end(&mut bytes);
        read.map_err(|error| self.unreadable(&error))?;
        Ok(bytes)
    }

    /// Its beginning: at most one byte more than `most`, which tells that there is more.
    pub(crate) fn beginning(&self, most: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let read = self.reader()?.take(most as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.unreadable(&error))?;
        Ok(bytes)
    }

    /// Of which format it is.
    pub(crate) fn kind(&self) -> Result<Kind, Failure> {
        let mut head = Vec::new();
        let read = self.reader()?.take(HEAD).read_to_end(&mut head);
        read.map_err(|error| self.unreadable(&error))?;
        Ok(kind(&head))
    }

    /// Reading it failed.
    pub(crate) fn unreadable(&self, error: &io::Error) -> Failure {
        Failure::file(ProgramError::InputUnreadable, &self.path, error)
    }
}

/// A stream in a temporary file without a name, and its length.
fn spooled(stream: &mut dyn Read, most: u64) -> io::Result<(File, u64)> {
    let mut file = tempfile::tempfile()?;
    let length = io::copy(&mut stream.take(most + 1), &mut file)?;
    match length > most {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok((file, length)),
    }
}

fn kind(head: &[u8]) -> Kind {
    let within = |words: &[u8], most: usize| {
        let head = head.get(..most.min(head.len())).unwrap_or_default();
        head.windows(words.len()).any(|window| window == words)
    };
    let unmarked = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let text = unmarked.trim_ascii_start();
    let wide = |units: [&[u8]; 2]| units.iter().any(|unit| head.starts_with(unit));
    // Before PDF: the first file of a container may be one.
    if is_container(head) {
        Kind::Asic
    } else if within(b"%PDF-", head.len()) {
        Kind::Pdf
    } else if text.starts_with(b"<") || wide([b"\xFF\xFE<\0", b"\xFE\xFF\0<"]) {
        Kind::Xml
    } else if head.starts_with(b"0") && within(SIGNED_DATA, 32)
        || armoured(text)
        || is_signed_data_in_base64(text)
    {
        Kind::Cms
    } else if unmarked.starts_with(b"eyJ") && unmarked.iter().all(|byte| is_token(*byte)) {
        Kind::Jws
    } else {
        Kind::Other
    }
}

/// Whether it is a ZIP archive that says in its first file, or in one of its first names, that it is
/// an ASiC container. Other archives may lie beside a signature of their own.
fn is_container(head: &[u8]) -> bool {
    let within = |words: &[u8]| head.windows(words.len()).any(|window| window == words);
    head.starts_with(b"PK\x03\x04")
        && [&b"application/vnd.etsi.asic-"[..], b"META-INF/ASiCManifest"]
            .into_iter()
            .any(within)
}

/// Whether a line opens CMS in PEM; text may stand before it.
fn armoured(text: &[u8]) -> bool {
    let labels = [&b"CMS-"[..], b"PKCS7-", b"PKCS #7 SIGNED DATA-"];
    text.split(|byte| matches!(byte, b'\n' | b'\r'))
        .filter_map(|line| line.strip_prefix(b"-----BEGIN "))
        .any(|line| labels.iter().any(|label| line.starts_with(label)))
}

/// Whether it is Base64 of SignedData without lines around it.
fn is_signed_data_in_base64(text: &[u8]) -> bool {
    let digits: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .take(64)
        .collect();
    let whole = digits.len() / 4 * 4;
    let bytes = BASE64_STANDARD.decode(digits.get(..whole).unwrap_or_default());
    bytes.is_ok_and(|bytes| {
        bytes.starts_with(b"0") && bytes.windows(SIGNED_DATA.len()).any(|w| w == SIGNED_DATA)
    })
}

/// The object identifier 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_without_end_has_a_limit() {
        let (mut file, length) = spooled(&mut &b"abc"[..], 3).unwrap();
        file.rewind().unwrap();
        assert_eq!(
            (io::read_to_string(file).unwrap().as_str(), length),
            ("abc", 3)
        );
        let endless = spooled(&mut io::repeat(0), 3).unwrap_err();
        assert_eq!(endless.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn kinds_by_their_beginnings() {
        let cms = [&b"\x30\x82\x0F\x00"[..], SIGNED_DATA].concat();
        for (head, found) in [
            (&b"%PDF-1.7\n"[..], Kind::Pdf),
            (b"junk %PDF-1.7", Kind::Pdf),
            (
                b"PK\x03\x04..mimetypeapplication/vnd.etsi.asic-e+zipPK\x03\x04..a.pdf%PDF-1.7",
                Kind::Asic,
            ),
            (b"PK\x03\x04..META-INF/ASiCManifest001.xml<", Kind::Asic),
            (b"PK\x03\x04..[Content_Types].xml", Kind::Other),
            (b"<a/>", Kind::Xml),
            (b"\xEF\xBB\xBF\n<?xml version=\"1.0\"?>", Kind::Xml),
            (b"\xFF\xFE<\0a\0", Kind::Xml),
            (&cms, Kind::Cms),
            (b"-----BEGIN CMS-----\n", Kind::Cms),
            (b"\xEF\xBB\xBF-----BEGIN CMS-----\n", Kind::Cms),
            (b"by me:\r\n\r\n-----BEGIN PKCS7-----\n", Kind::Cms),
            (b"see -----BEGIN PKCS7-----\n", Kind::Other),
            (b"MIIO0AYJKoZIhvcNAQcCoIIOwTCCDr0C\nAQEx", Kind::Cms),
            (b"MIIO0AYJKoZIhvcNAQcBoIIOwTCCDr0C\nAQEx", Kind::Other),
            (b"-----BEGIN CERTIFICATE-----\n", Kind::Other),
            (b"eyJhbGciOiJSUzI1NiJ9..c2ln\n", Kind::Jws),
            (b"\xEF\xBB\xBFeyJhbGciOiJSUzI1NiJ9..c2ln\n", Kind::Jws),
            (b"eyJ is a text", Kind::Other),
            (b"0", Kind::Other),
            (b"", Kind::Other),
        ] {
            assert_eq!(kind(head), found, "{}", String::from_utf8_lossy(head));
        }
    }
}
