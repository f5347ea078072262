//! The frame of a certificate: where it ends and what its three parts are, byte for byte.

use std::ops::Range;

use super::der::{self, Cursor, NotDer};
use super::error::{CertificateError, Part};

/// No certificate of a card comes near; what claims more is refused before it costs anything.
const LONGEST: usize = 64 * 1024;

/// Cuts the certificate off the front of the bytes by its own length.
pub(crate) fn cut(bytes: &[u8]) -> Result<(&[u8], &[u8]), CertificateError> {
    let not_der = CertificateError::malformed(Part::Frame, Some(0));
    if bytes.first() != Some(&der::SEQUENCE) {
        return Err(not_der);
    }
    let (header, length) = match der::header(bytes) {
        Ok(found) => found,
        // A header of at most six bytes that is not complete is a cut file, not a wrong one.
        Err(NotDer) if bytes.len() < 6 => {
            return Err(CertificateError::Truncated {
                declared: None,
                found: bytes.len(),
            });
        }
        Err(NotDer) => return Err(not_der),
    };
    let declared = header.saturating_add(length);
    if declared > LONGEST {
        return Err(CertificateError::TooLong { declared });
    }
    let truncated = CertificateError::Truncated {
        declared: Some(declared),
        found: bytes.len(),
    };
    bytes.split_at_checked(declared).ok_or(truncated)
}

/// What x509-parser does not keep apart: the bytes of the parts.
pub(crate) struct Frame<'a> {
    /// Where the signed part lies.
    pub(crate) tbs: Range<usize>,
    pub(crate) inner_algorithm: &'a [u8],
    pub(crate) outer_algorithm: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Takes the certificate apart; it has three parts and nothing behind them.
    pub(crate) fn read(der: &'a [u8]) -> Result<Frame<'a>, CertificateError> {
        let frame =
            |at: &[u8]| CertificateError::malformed(Part::Frame, Some(der::offset(at, der)));
        let body = |at: &[u8]| CertificateError::malformed(Part::Body, Some(der::offset(at, der)));
        let outer = der::only(der::SEQUENCE, der).map_err(|NotDer| frame(der))?;
        let mut parts = Cursor::new(outer.value);
        let mut next = |tag| {
            let here = parts.rest();
            parts.next(tag).map_err(|NotDer| frame(here))
        };
        let tbs = next(der::SEQUENCE)?;
        let outer_algorithm = next(der::SEQUENCE)?.whole;
        next(der::BIT_STRING)?;
        if !parts.is_empty() {
            return Err(frame(parts.rest()));
        }
        let start = der::offset(tbs.whole, der);
        let mut fields = Cursor::new(tbs.value);
        let mut field = || {
            let here = fields.rest();
            fields.any().map_err(|NotDer| body(here))
        };
        let first = field()?;
        if first.tag == 0xa0 {
            let version =
                CertificateError::malformed(Part::Version, Some(der::offset(first.whole, der)));
            der::only(der::INTEGER, first.value).map_err(|NotDer| version)?;
            let _serial = field()?;
        }
        let inner_algorithm = field()?.whole;
        Ok(Frame {
            tbs: start..start + tbs.whole.len(),
            inner_algorithm,
            outer_algorithm,
        })
    }
}
