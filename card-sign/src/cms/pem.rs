//! PEM around a CMS file.

use std::io::{self, Chain, Cursor, Read};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::rules::reason;
use crate::report::Reason;

/// The labels under which programs write CMS.
const LABELS: [&str; 3] = ["CMS", "PKCS7", "PKCS #7 SIGNED DATA"];

const BEGIN: &[u8] = b"-----BEGIN ";

/// PEM texts are read whole, so they may not be endless; DER files may be of any size.
const MAX_TEXT: u64 = 64 << 20;

/// What is left to read: either the DER out of a PEM text, or a file as it was.
pub(super) type Unwrapped<'r> = Chain<Cursor<Vec<u8>>, Box<dyn Read + 'r>>;

/// Takes a file out of its PEM, if it is in one.
pub(super) fn unwrap<'r>(reader: &'r mut dyn Read) -> io::Result<Result<Unwrapped<'r>, Reason>> {
    let mut head = Vec::new();
    reader.take(BEGIN.len() as u64).read_to_end(&mut head)?;
    if head != BEGIN {
        return Ok(Ok(Cursor::new(head).chain(Box::new(reader))));
    }
    reader.take(MAX_TEXT + 1).read_to_end(&mut head)?;
    if head.len() as u64 > MAX_TEXT {
        return Ok(Err(reason::SIZE));
    }
    let der = decode(&head).ok_or(reason::PEM);
    Ok(der.map(|der| Cursor::new(der).chain(Box::new(io::empty()) as Box<dyn Read>)))
}

/// The bytes between the lines; nothing but white space may follow.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text)
        .ok()?
        .strip_prefix("-----BEGIN ")?;
    let (label, text) = text.split_once("-----")?;
    let (body, rest) = text.split_once(&format!("-----END {label}-----"))?;
    let ends = |c: char| c.is_ascii_whitespace();
    if !LABELS.contains(&label) || !body.starts_with(ends) || !rest.chars().all(ends) {
        return None;
    }
    let digits: String = body.split_ascii_whitespace().collect();
    BASE64_STANDARD.decode(digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unwrapped(text: &str) -> Result<Vec<u8>, Reason> {
        unwrap(&mut text.as_bytes()).unwrap().map(|mut reader| {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            bytes
        })
    }

    #[test]
    fn only_cms_in_pem_is_taken_out() {
        for (text, found) in [
            (
                "-----BEGIN CMS-----\nAAEC\n-----END CMS-----\n \r\n",
                Ok(vec![0, 1, 2]),
            ),
            (
                "-----BEGIN PKCS7-----\nAA\nEC\n-----END PKCS7-----",
                Ok(vec![0, 1, 2]),
            ),
            (
                "-----BEGIN CMS-----\nAAEC\n-----END CMS-----\nx",
                Err(reason::PEM),
            ),
            (
                "-----BEGIN CMS-----\nAAEC\n-----END PKCS7-----\n",
                Err(reason::PEM),
            ),
            (
                "-----BEGIN CMS-----\nAAE\n-----END CMS-----\n",
                Err(reason::PEM),
            ),
            (
                "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n",
                Err(reason::PEM),
            ),
            ("-----BEGIN CMS-----\nAAEC\n", Err(reason::PEM)),
            ("0\u{80}", Ok("0\u{80}".into())),
            ("", Ok(vec![])),
        ] {
            assert_eq!(unwrapped(text), found, "{text:?}");
        }
    }
}
