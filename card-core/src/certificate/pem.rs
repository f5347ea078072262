//! Certificates as text (PEM, RFC 7468).

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::CertificateError;
use super::der;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

/// Writes lines of 64 characters between the two marks.
pub(crate) fn encode(der: &[u8]) -> String {
    let digits = BASE64_STANDARD.encode(der);
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            text.push('\n');
        }
        text.push(digit);
    }
    text + "\n-----END CERTIFICATE-----\n"
}

/// The contents of all certificate blocks, in order; blocks of another name are passed over.
///
/// A byte order mark in front is no part of the text, and Base64 alone is one block.
pub(crate) fn blocks(text: &[u8]) -> Result<Vec<Vec<u8>>, CertificateError> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    if let Some(der) = bare(text) {
        return Ok(vec![der]);
    }
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Vec<u8>)> = None;
    for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        match &mut open {
            None if line == BEGIN => open = Some((der::offset(line, text), Vec::new())),
            None => {}
            Some((at, digits)) if line == END => {
                let der = BASE64_STANDARD
                    .decode(digits)
                    .map_err(|_| CertificateError::Pem { at: *at })?;
                blocks.push(der);
                open = None;
            }
            Some((_, digits)) => digits.extend_from_slice(line),
        }
    }
    match open {
        None => Ok(blocks),
        Some((at, _)) => Err(CertificateError::Pem { at }),
    }
}

/// Base64 of a SEQUENCE and nothing else, as some programs and forms carry a certificate.
fn bare(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    // 0x30, and the first bits of a length.
    let base64 = text.first() == Some(&b'M')
        && text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(byte));
    let digits = || -> Vec<u8> {
        let space = |byte: &u8| byte.is_ascii_whitespace();
        text.iter().copied().filter(|byte| !space(byte)).collect()
    };
    base64
        .then(|| BASE64_STANDARD.decode(digits()).ok())
        .flatten()
}
