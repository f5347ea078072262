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
pub(crate) fn blocks(text: &[u8]) -> Result<Vec<Vec<u8>>, CertificateError> {
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
