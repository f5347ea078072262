//! Signed and unsigned attributes: written sorted, read as received.

use card_core::certificate::{Certificate, Oid};
use card_core::digest::{Digest, HashAlgorithm};
use card_core::domain::date::UtcTime;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use super::rules::reason;
use super::{algorithm, oid};
use crate::ber::{
    self, Cursor, Element, GENERALIZED_TIME, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME,
};
use crate::report::Reason;

/// An attribute as received.
#[derive(Clone)]
pub(super) struct Attribute<'a> {
    pub(super) oid: Oid,
    pub(super) values: Vec<Element<'a>>,
}

/// Reads the attributes of a SET, whatever tag it has.
pub(super) fn read<'a>(set: &Element<'a>) -> Result<Vec<Attribute<'a>>, Reason> {
    let malformed = |_| reason::ATTRIBUTE_MALFORMED;
    let mut attributes = Vec::new();
    for element in set.inside().all().map_err(malformed)? {
        if element.tag != SEQUENCE {
            return Err(reason::ATTRIBUTE_MALFORMED);
        }
        let mut inside = element.inside();
        let oid = Oid::from_content(inside.next(OID).map_err(malformed)?.contents);
        let values = inside.next(SET).and_then(|values| values.inside().all());
        inside.end().map_err(malformed)?;
        let values = values.map_err(malformed)?;
        attributes.push(Attribute { oid, values });
    }
    Ok(attributes)
}

impl<'a> Attribute<'a> {
    /// The value of an attribute that has exactly one.
    pub(super) fn only(&self) -> Result<Element<'a>, Reason> {
        match self.values.as_slice() {
            [value] => Ok(*value),
            _ => Err(reason::ATTRIBUTE_MALFORMED),
        }
    }
}

/// The attribute with this name, if it is there; the first of several.
pub(super) fn find<'l, 'a>(list: &'l [Attribute<'a>], oid: &Oid) -> Option<&'l Attribute<'a>> {
    list.iter().find(|attribute| attribute.oid == *oid)
}

/// Whether a SET OF stands in the order of DER: by the encodings, shorter first where one begins
/// the other.
pub(super) fn is_sorted(set: &Element<'_>) -> bool {
    set.inside()
        .all()
        .is_ok_and(|elements| elements.is_sorted_by_key(|element| element.whole))
}

/// Writes one attribute with one value.
pub(super) fn write(oid: &Oid, value: &[u8]) -> Vec<u8> {
    ber::tlv(
        SEQUENCE,
        &[&ber::tlv(OID, &[oid.content()]), &ber::tlv(SET, &[value])],
    )
}

/// The signed attributes of CAdES-B-B; without a signing time those of PAdES-B-B.
pub(super) fn signed(
    content_type: &Oid,
    digest: &Digest,
    signing_time: Option<UtcTime>,
    certificate: &Certificate,
) -> Vec<Vec<u8>> {
    let mut attributes = vec![
        write(
            &oid::CONTENT_TYPE,
            &ber::tlv(OID, &[content_type.content()]),
        ),
        write(
            &oid::MESSAGE_DIGEST,
            &ber::tlv(OCTET_STRING, &[digest.as_bytes()]),
        ),
        write(
            &oid::SIGNING_CERTIFICATE_V2,
            &signing_certificate(certificate),
        ),
    ];
    attributes.extend(signing_time.map(|time| write(&oid::SIGNING_TIME, &write_time(time))));
    attributes
}

/// SigningCertificateV2 (RFC 5035): SHA-256 of the certificate, its issuer and serial number.
///
/// SHA-256 is the default of the hash algorithm, so DER leaves it out.
fn signing_certificate(certificate: &Certificate) -> Vec<u8> {
    let hash = Digest::of(HashAlgorithm::Sha256, certificate.to_der());
    // GeneralNames with one directoryName, [4] EXPLICIT.
    let name = ber::tlv(ber::context(4), &[certificate.issuer().der()]);
    let serial = ber::tlv(ber::INTEGER, &[certificate.serial().content()]);
    let issuer = ber::tlv(SEQUENCE, &[&ber::tlv(SEQUENCE, &[&name]), &serial]);
    let id = ber::tlv(
        SEQUENCE,
        &[&ber::tlv(OCTET_STRING, &[hash.as_bytes()]), &issuer],
    );
    ber::tlv(SEQUENCE, &[&ber::tlv(SEQUENCE, &[&id])])
}

/// Checks a signing-certificate attribute against the certificate that signed (rule M14).
///
/// Only the first entry names the signer's own certificate; version 1 hashes with SHA-1.
pub(super) fn check_signing_certificate(
    attribute: &Attribute<'_>,
    certificate: &Certificate,
) -> Result<(), Reason> {
    let malformed = |_| reason::SIGNING_CERTIFICATE_MALFORMED;
    let id = || -> Result<Cursor<'_>, ber::BerError> {
        let value = attribute.only().map_err(|_| ber::BerError::Malformed)?;
        let mut value = if value.tag == SEQUENCE {
            value.inside()
        } else {
            Cursor::new(&[])
        };
        let mut list = value.next(SEQUENCE)?.inside();
        Ok(list.next(SEQUENCE)?.inside())
    };
    let mut id = id().map_err(malformed)?;
    let hash = if attribute.oid == oid::SIGNING_CERTIFICATE {
        HashAlgorithm::danger_sha1()
    } else {
        match id.optional(SEQUENCE).map_err(malformed)? {
            None => HashAlgorithm::Sha256,
            Some(identifier) => match algorithm::hash(&identifier) {
                Some(hash) if hash != HashAlgorithm::danger_sha1() => hash,
                _ => return Err(reason::SIGNING_CERTIFICATE_MALFORMED),
            },
        }
    };
    let digest = id.next(OCTET_STRING).map_err(malformed)?.contents;
    if digest != Digest::of(hash, certificate.to_der()).as_bytes() {
        return Err(reason::SIGNING_CERTIFICATE_DIFFERS);
    }
    if let Some(issuer) = id.optional(SEQUENCE).map_err(malformed)? {
        let name = ber::tlv(ber::context(4), &[certificate.issuer().der()]);
        let names = ber::tlv(SEQUENCE, &[&name]);
        let serial = ber::tlv(ber::INTEGER, &[certificate.serial().content()]);
        if issuer.contents != [names, serial].concat() {
            return Err(reason::SIGNING_CERTIFICATE_ISSUER);
        }
    }
    id.end().map_err(malformed)
}

/// Writes a time as UTCTime up to 2049, as GeneralizedTime after (RFC 5652, 11.3).
pub(super) fn write_time(time: UtcTime) -> Vec<u8> {
    // A UtcTime was made from such a moment, so there is one.
    let moment =
        OffsetDateTime::from_unix_timestamp(time.unix()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let year = moment.year();
    let rest = format!(
        "{:02}{:02}{:02}{:02}{:02}Z",
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    );
    if (1950..2050).contains(&year) {
        ber::tlv(UTC_TIME, &[format!("{:02}{rest}", year % 100).as_bytes()])
    } else {
        ber::tlv(GENERALIZED_TIME, &[format!("{year:04}{rest}").as_bytes()])
    }
}

/// Reads a UTCTime or GeneralizedTime to the second in UTC; a fraction is cut off.
pub(super) fn read_time(element: &Element<'_>) -> Option<UtcTime> {
    let digits = element.contents.strip_suffix(b"Z")?;
    let (year, rest) = match element.tag {
        UTC_TIME => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year = number(year)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = digits.split_at_checked(4)?;
            let (rest, fraction) = rest.split_at_checked(10)?;
            // DER (X.690, 11.7): no fraction of zero, and no zero at its end.
            let right = match fraction {
                [] => true,
                [b'.', digits @ .., b'1'..=b'9'] => digits.iter().all(u8::is_ascii_digit),
                _ => false,
            };
            right.then_some((number(year)?, rest))?
        }
        _ => return None,
    };
    let [month, day, hour, minute, second] = rest.as_chunks::<2>().0 else {
        return None;
    };
    if rest.len() != 10 {
        return None;
    }
    let part = |digits: &[u8; 2]| number(digits).and_then(|value| u8::try_from(value).ok());
    let month = Month::try_from(part(month)?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, part(day)?).ok()?;
    let time = Time::from_hms(part(hour)?, part(minute)?, part(second)?).ok()?;
    UtcTime::from_unix(
        PrimitiveDateTime::new(date, time)
            .assume_utc()
            .unix_timestamp(),
    )
}

fn number(digits: &[u8]) -> Option<u16> {
    let all = digits.iter().all(u8::is_ascii_digit);
    all.then(|| {
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_change_their_form_in_2050() {
        for (unix, tag, text) in [
            (1_795_574_645, UTC_TIME, "261125024405Z"),
            (2_524_607_999, UTC_TIME, "491231235959Z"),
            (2_524_608_000, GENERALIZED_TIME, "20500101000000Z"),
        ] {
            let time = UtcTime::from_unix(unix).unwrap();
            let der = write_time(time);
            let element = ber::only(tag, &der).unwrap();
            assert_eq!(std::str::from_utf8(element.contents).unwrap(), text);
            assert_eq!(read_time(&element), Some(time));
        }
    }

    #[test]
    fn only_times_in_utc_are_read() {
        for (tag, text, right) in [
            (GENERALIZED_TIME, "20261124224405.5Z", true),
            (GENERALIZED_TIME, "20261124224405.50Z", false),
            (GENERALIZED_TIME, "20261124224405.Z", false),
            (GENERALIZED_TIME, "20261124224405", false),
            (GENERALIZED_TIME, "202611242244Z", false),
            (GENERALIZED_TIME, "20261324224405Z", false),
            (UTC_TIME, "261124224405+0900", false),
            (UTC_TIME, "2611242244Z", false),
            (UTC_TIME, "260230000000Z", false),
            (OCTET_STRING, "261124224405Z", false),
        ] {
            let der = ber::tlv(tag, &[text.as_bytes()]);
            let element = ber::only(tag, &der).unwrap();
            assert_eq!(read_time(&element).is_some(), right, "{text}");
        }
    }
}
