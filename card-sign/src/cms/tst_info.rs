//! Content of a time stamp token (TSTInfo, RFC 3161, 2.4.2).

use card_core::certificate::Oid;
use card_core::digest::HashAlgorithm;
use card_core::domain::date::UtcTime;

use super::rules::{self, reason};
use super::{algorithm, attributes};
use crate::ber::{self, BOOLEAN, BerError, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE};
use crate::report::{Finding, Verdict};

/// What a token states.
pub(super) struct TstInfo<'a> {
    pub(super) version: u64,
    pub(super) policy: Oid,
    pub(super) hash: Option<HashAlgorithm>,
    pub(super) imprint: &'a [u8],
    pub(super) time: UtcTime,
    pub(super) accuracy: Option<u64>,
    /// The INTEGER as a whole.
    pub(super) nonce: Option<&'a [u8]>,
    pub(super) critical_extension: bool,
}

impl<'a> TstInfo<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<TstInfo<'a>, BerError> {
        let mut inside = ber::only(SEQUENCE, bytes)?.inside();
        let version = ber::small(&inside.next(INTEGER)?)?;
        let policy = Oid::from_content(inside.next(OID)?.contents);
        let mut imprint = inside.next(SEQUENCE)?.inside();
        let hash = algorithm::hash(&imprint.next(SEQUENCE)?);
        let digest = imprint.next(OCTET_STRING)?.contents;
        imprint.end()?;
        inside.next(INTEGER)?;
        let time = attributes::read_time(&inside.next(GENERALIZED_TIME)?);
        let accuracy = inside
            .optional(SEQUENCE)?
            .map(|element| accuracy(&element))
            .transpose()?;
        // Ordering says how stamps of one authority follow each other: of no use here.
        inside.optional(BOOLEAN)?;
        let nonce = inside.optional(INTEGER)?.map(|element| element.whole);
        inside.optional(ber::context(0))?;
        let extensions = inside.optional(ber::context(1))?;
        inside.end()?;
        let mut critical_extension = false;
        for extension in extensions.map_or(Ok(Vec::new()), |list| list.inside().all())? {
            let mut parts = extension.inside();
            parts.next(OID)?;
            critical_extension |= parts
                .optional(BOOLEAN)?
                .is_some_and(|flag| flag.contents != [0]);
        }
        Ok(TstInfo {
            version,
            policy,
            hash,
            imprint: digest,
            time: time.ok_or(BerError::Malformed)?,
            accuracy,
            nonce,
            critical_extension,
        })
    }

    /// Rule T2, but for the imprint.
    pub(super) fn answers(&self, nonce: Option<&[u8]>) -> Finding {
        let verdict = match () {
            () if self.version != 1 => Verdict::Fail(reason::STAMP_VERSION),
            () if self.critical_extension => Verdict::Fail(reason::STAMP_EXTENSION),
            () if nonce.is_some() && self.nonce != nonce => Verdict::Fail(reason::STAMP_NONCE),
            () => Verdict::Pass,
        };
        Finding::new(rules::STAMP_ANSWERS, verdict)
    }
}

/// Seconds, [0] milliseconds and [1] microseconds, as microseconds.
fn accuracy(element: &ber::Element<'_>) -> Result<u64, BerError> {
    element
        .inside()
        .all()?
        .iter()
        .try_fold(0, |sum: u64, part| {
            let unit = match part.tag {
                INTEGER => 1_000_000,
                0x80 => 1000,
                0x81 => 1,
                _ => return Err(BerError::Malformed),
            };
            let number = ber::small(&ber::Element {
                tag: INTEGER,
                ..*part
            })?;
            let number = number
                .checked_mul(unit)
                .and_then(|number| sum.checked_add(number));
            number.ok_or(BerError::Malformed)
        })
}
