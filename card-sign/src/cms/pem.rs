//! PEM or Base64 around a CMS file.

use std::io::{self, Chain, Cursor, Read};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::rules::reason;
use crate::ber::SEQUENCE;
use crate::report::Reason;

/// The labels under which programs write CMS.
const LABELS: [&str; 3] = ["CMS", "PKCS7", "PKCS #7 SIGNED DATA"];

const BEGIN: &str = "-----BEGIN ";
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// PEM texts are read whole, so they may not be endless; DER files may be of any size.
const MAX_TEXT: u64 = 64 << 20;

/// What is left to read: either the DER out of a PEM text, or a file as it was.
pub(super) type Unwrapped<'r> = Chain<Cursor<Vec<u8>>, Box<dyn Read + 'r>>;

/// Takes a file out of its PEM or Base64, if it is in one.
pub(super) fn unwrap<'r>(reader: &'r mut dyn Read) -> io::Result<Result<Unwrapped<'r>, Reason>> {
    let mut head = Vec::new();
    reader.take(1).read_to_end(&mut head)?;
    // Every BER file that is read here begins with a SEQUENCE.
    if head == [SEQUENCE] || head.is_empty() {
        return Ok(Ok(Cursor::new(head).chain(Box::new(reader))));
    }
    reader.take(MAX_TEXT + 1).read_to_end(&mut head)?;
    if head.len() as u64 > MAX_TEXT {
        return Ok(Err(reason::SIZE));
    }
    let der = decode(&head);
    Ok(der.map(|der| Cursor::new(der).chain(Box::new(io::empty()) as Box<dyn Read>)))
}

/// The bytes between the lines, or those that Base64 without lines around it writes.
///
/// Text may stand before the first line, as `openssl cms -text` and mail programs write it; behind
/// the last only white space may follow.
fn decode(text: &[u8]) -> Result<Vec<u8>, Reason> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    // What is before the armour may be in any encoding.
    let at = text
        .windows(BEGIN.len())
        .enumerate()
        .find(|(at, window)| {
            let before = at.checked_sub(1).and_then(|before| text.get(before));
            *window == BEGIN.as_bytes() && before.is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
        })
        .map(|(at, _)| at);
    let Some(armoured) = at.and_then(|at| text.get(at + BEGIN.len()..)) else {
        return bare(text);
    };
    within(armoured).ok_or(reason::PEM)
}

fn within(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let (label, text) = text.split_once("-----")?;
    let (body, rest) = text.split_once(&format!("-----END {label}-----"))?;
    let ends = |c: char| c.is_ascii_whitespace();
    if !LABELS.contains(&label) || !body.starts_with(ends) || !rest.chars().all(ends) {
        return None;
    }
    let digits: String = body.split_ascii_whitespace().collect();
    BASE64_STANDARD.decode(digits).ok()
}

/// Base64 of a SEQUENCE and nothing else. What is not even that is no BER.
fn bare(text: &[u8]) -> Result<Vec<u8>, Reason> {
    let text = text.trim_ascii();
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(byte);
    // 0x30, and the first bits of a length.
    if text.first() != Some(&b'M') || !text.iter().all(digit) {
        return Err(reason::MALFORMED);
    }
    let space = |byte: &u8| byte.is_ascii_whitespace();
    let digits: Vec<u8> = text.iter().copied().filter(|byte| !space(byte)).collect();
    BASE64_STANDARD.decode(digits).map_err(|_| reason::PEM)
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
            (
                "Signed by\r\n-----BEGIN CMS-----\nAAEC\n-----END CMS-----\n",
                Ok(vec![0, 1, 2]),
            ),
            (
                "\u{feff}-----BEGIN CMS-----\nAAEC\n-----END CMS-----\n",
                Ok(vec![0, 1, 2]),
            ),
            (
                "x -----BEGIN CMS-----\nAAEC\n-----END CMS-----\n",
                Err(reason::MALFORMED),
            ),
            ("MAMC\r\nAQU=\n", Ok(vec![0x30, 3, 2, 1, 5])),
            ("\u{feff}MAMCAQU=", Ok(vec![0x30, 3, 2, 1, 5])),
            ("MAMCAQU", Err(reason::PEM)),
            ("MAMC AQU=", Err(reason::MALFORMED)),
            ("AAEC", Err(reason::MALFORMED)),
            ("0\u{80}", Ok("0\u{80}".into())),
            ("", Ok(vec![])),
        ] {
            assert_eq!(unwrapped(text), found, "{text:?}");
        }
    }
}
