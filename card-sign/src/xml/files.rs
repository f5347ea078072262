//! Files beside an XML document: what a detached signature may name.

use std::io::{self, Read};

use card_core::digest::{Digest, HashAlgorithm, Hasher};
use thiserror::Error;

use super::rules::reason;
use crate::pieces::in_pieces;
use crate::report::Reason;

/// The files that a signature may name, each under one name (rule X13).
///
/// Only digests are kept, so files may be larger than memory. Nothing else can be reached by a
/// signature: no folder, no address.
#[derive(Clone, Debug, Default)]
pub struct Files {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    digests: [Digest; 3],
}

/// Why a file cannot be one that a signature names.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FilesError {
    /// Its name or number breaks rule X13.
    #[error("the file cannot be named by a signature: {0}")]
    Refused(Reason),
    /// It cannot be read.
    #[error("reading failed: {}", .0.kind())]
    Io(#[from] io::Error),
}

impl FilesError {
    /// A stable word for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            FilesError::Refused(reason) => reason.code(),
            FilesError::Io(_) => "file.io",
        }
    }
}

impl Files {
    /// No files.
    pub const fn new() -> Files {
        Files {
            entries: Vec::new(),
        }
    }

    /// Adds a file, reading it to its end.
    ///
    /// # Errors
    ///
    /// - `xml.files.name`: the name is empty, absolute, leads upwards, or has a backslash, a colon
    ///   or control characters.
    /// - `xml.files.twice`: there is a file of this name, or of one that differs in case only.
    /// - `xml.files.limits`: more than 1 000 files.
    /// - `file.io`: the reader's.
    pub fn add(&mut self, name: &str, content: &mut dyn Read) -> Result<(), FilesError> {
        if !is_inside(name) {
            return Err(FilesError::Refused(reason::FILE_NAME));
        }
        // Windows, where receivers unpack archives, takes names that differ in case for one.
        let folded = name.to_lowercase();
        if self
            .entries
            .iter()
            .any(|entry| entry.name.to_lowercase() == folded)
        {
            return Err(FilesError::Refused(reason::FILE_TWICE));
        }
        if self.entries.len() >= MAX_FILES {
            return Err(FilesError::Refused(reason::FILE_LIMIT));
        }
        let mut hashers = HASHES.map(Hasher::new);
        in_pieces(content, |piece| {
            hashers.iter_mut().for_each(|hasher| hasher.update(piece));
            Ok::<_, FilesError>(())
        })?;
        self.entries.push(Entry {
            name: name.to_owned(),
            digests: hashers.map(Hasher::finish),
        });
        Ok(())
    }

    /// The names, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The digest of the file of exactly this name.
    pub fn digest(&self, name: &str, hash: HashAlgorithm) -> Option<&Digest> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        entry
            .digests
            .iter()
            .find(|digest| digest.algorithm() == hash)
    }
}

/// Whether a name stays inside the folder or archive, on every system.
fn is_inside(name: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '\\' | ':');
    name.len() <= MAX_NAME
        && !name.contains(odd)
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// A name as a URI: UTF-8, with a percent sign before everything but letters, digits and `-._~/`.
pub(crate) fn to_uri(name: &str) -> String {
    let mut uri = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// The name in a relative URI of this shape; `None` for other addresses and broken escapes.
pub(crate) fn from_uri(uri: &str) -> Option<String> {
    if uri.contains([':', '?', '#']) {
        return None;
    }
    unescape(uri).filter(|name| is_inside(name))
}

/// Takes percent signs off.
pub(super) fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(16 * high + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

const HASHES: [HashAlgorithm; 3] = [
    HashAlgorithm::Sha256,
    HashAlgorithm::Sha384,
    HashAlgorithm::Sha512,
];
const MAX_FILES: usize = 1000;
const MAX_NAME: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        for (name, right) in [
            ("申請書_01.xml", true),
            ("folder/tenpu.txt", true),
            ("a b (1).xml", true),
            ("", false),
            ("/etc/passwd", false),
            ("../x.xml", false),
            ("a/../../x.xml", false),
            ("a//b", false),
            ("./a", false),
            ("a/", false),
            ("..\\x.xml", false),
            ("C:x.xml", false),
            ("a\0b", false),
        ] {
            let added = Files::new().add(name, &mut &b"x"[..]);
            assert_eq!(
                added.err().map(|e| e.code()),
                (!right).then_some("xml.files.name"),
                "{name}"
            );
        }
    }

    #[test]
    fn two_files_never_have_one_name() {
        let mut files = Files::new();
        files.add("A.xml", &mut &b"x"[..]).unwrap();
        for name in ["A.xml", "a.XML"] {
            assert_eq!(
                files.add(name, &mut &b"y"[..]).unwrap_err().code(),
                "xml.files.twice"
            );
        }
        let digest = files.digest("A.xml", HashAlgorithm::Sha384).unwrap();
        assert_eq!(*digest, Digest::of(HashAlgorithm::Sha384, b"x"));
        assert_eq!(files.digest("a.xml", HashAlgorithm::Sha384), None);
    }

    #[test]
    fn addresses_are_names_with_escapes() {
        assert_eq!(to_uri("構成情報"), "%E6%A7%8B%E6%88%90%E6%83%85%E5%A0%B1");
        assert_eq!(to_uri("a b/c_01.xml"), "a%20b/c_01.xml");
        for name in ["構成情報", "a b/(1)%.xml", "x&y'\".xml"] {
            assert_eq!(from_uri(&to_uri(name)).as_deref(), Some(name));
        }
        for bad in [
            "file:a.xml",
            "http://h/a.xml",
            "a.xml?x",
            "a.xml#x",
            "%2e%2e/a.xml",
            "..%2Fa.xml",
            "a%5Cb",
            "%41%",
            "%4",
            "%zz",
            "%+1",
            "%FF",
        ] {
            assert_eq!(from_uri(bad), None, "{bad}");
        }
    }
}
