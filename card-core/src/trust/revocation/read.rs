//! A revocation list from its bytes, all the way to its end: what is not understood is no list.
//!
//! Own code for the entries alone: a list has up to millions of them, and each is a number, a date
//! and at most two extensions. `x509-parser` is the second reader in tests.

use super::entries::Entries;
use super::list::List;
use super::{RevocationCause, RevocationEntry, generalized_time, reason_code};
use crate::certificate::der::{self, Cursor, NotDer};
use crate::digest::{Digest, HashAlgorithm};
use crate::domain::date::{Date, UtcTime};
use crate::trust::encoding::{is_strict, is_strict_primitive, strong_algorithm};
use crate::trust::report::Reason;

/// Tags of general names.
pub(super) const DIRECTORY_NAME: u8 = 0xA4;
pub(super) const URI: u8 = 0x86;

/// Of which certificates of its issuer a list speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All.
    Everywhere,
    /// Those with one of these distribution points: tag and name. None if the point is named in
    /// another way than certificates name theirs.
    Points(Vec<Vec<u8>>),
}

/// Reads a list in DER.
pub(super) fn list(bytes: &[u8]) -> Result<List, NotDer> {
    let mut parts = Cursor::new(der::only(der::SEQUENCE, bytes)?.value);
    let body = parts.next(der::SEQUENCE)?;
    let algorithm = parts.next(der::SEQUENCE)?.whole;
    let signature = parts.next(der::BIT_STRING)?;
    // The first byte counts unused bits; a signature has none.
    let [0, signature @ ..] = signature.value else {
        return Err(NotDer);
    };
    strict(parts.is_empty() && is_strict(algorithm))?;

    let mut fields = Cursor::new(body.value);
    let mut field = fields.any()?;
    let version_2 = field.whole == [der::INTEGER, 1, 1];
    if version_2 {
        field = fields.any()?;
    }
    strict(field.whole == algorithm)?;
    let issuer = fields.next(der::SEQUENCE)?.whole;
    strict(is_strict(issuer))?;
    let this_update = moment(fields.any()?)?;
    let mut next_update = None;
    let mut entries = Entries::default();
    let mut foreign = false;
    let mut extensions = None;
    let mut last = 0;
    while !fields.is_empty() {
        let field = fields.any()?;
        let place = match field.tag {
            UTC_TIME | GENERALIZED_TIME => 1,
            der::SEQUENCE => 2,
            EXTENSIONS if version_2 => 3,
            _ => return Err(NotDer),
        };
        strict(place > last)?;
        last = place;
        match place {
            1 => next_update = Some(moment(field)?),
            2 => foreign = read_entries(field.value, version_2, &mut entries)?,
            _ => extensions = Some(field.value),
        }
    }
    entries.finish();

    let (part, unusable) = match extensions {
        Some(extensions) => judge_extensions(extensions)?,
        None => (Part::Everywhere, None),
    };
    let (hash, algorithm) = strong_algorithm(algorithm).unzip();
    Ok(List {
        issuer: issuer.to_vec(),
        part,
        unusable: unusable.or(foreign.then_some(Reason::RevocationExtension)),
        digest: Digest::of(hash.unwrap_or(HashAlgorithm::Sha256), body.whole),
        algorithm: algorithm.cloned(),
        signature: signature.to_vec(),
        this_update: UtcTime::from_unix(this_update).ok_or(NotDer)?,
        next_update: match next_update {
            Some(seconds) => Some(UtcTime::from_unix(seconds).ok_or(NotDer)?),
            None => None,
        },
        entries,
        signers: Vec::new(),
    })
}

/// Reads the table of entries; says whether one has a critical extension that nobody here judges.
///
/// An entry that speaks of another issuer's certificate says so in such an extension.
fn read_entries(bytes: &[u8], version_2: bool, entries: &mut Entries) -> Result<bool, NotDer> {
    let mut foreign = false;
    let mut days = Days::default();
    let mut left = bytes;
    if let Some((_, rest)) = plain(bytes) {
        // Room for as many as there are if all are as long as the first; what is too much is given
        // back, and no list says how many it has.
        entries.reserve(bytes.len() / (bytes.len() - rest.len()).max(1) + 1);
    }
    loop {
        while let Some((entry, rest)) = plain(left)
            && (version_2 || entry.code.is_none())
            && let Some(since) = days.moment(entry.since)
            && entries.push_short(entry.serial, since, RevocationCause::of_code(entry.code))
        {
            left = rest;
        }
        // Anything else, and what is broken.
        let mut table = Cursor::new(left);
        if table.is_empty() {
            return Ok(foreign);
        }
        let mut entry = Cursor::new(table.next(der::SEQUENCE)?.value);
        left = table.rest();
        let serial = entry.next(der::INTEGER)?.value;
        strict(is_strict_primitive(der::INTEGER, serial))?;
        let since = moment(entry.any()?)?;
        let (mut code, mut invalid_since) = (None, None);
        if !entry.is_empty() {
            strict(version_2)?;
            let extensions = entry.next(der::SEQUENCE)?;
            // The reason alone, as nearly every entry of most lists has it.
            if let Some([only @ 0..=0x7F]) = extensions.value.strip_prefix(REASON) {
                code = Some(*only);
            } else {
                strict(is_strict(extensions.whole) && !extensions.value.is_empty())?;
                each_extension(extensions.value, |oid, critical, value| {
                    match oid {
                        REASON_CODE => strict(code.replace(reason_code(value)?).is_none())?,
                        INVALIDITY_DATE => {
                            let date = generalized_time(value)?;
                            strict(invalid_since.replace(date).is_none())?;
                        }
                        _ => foreign |= critical,
                    }
                    Ok(())
                })?;
            }
            strict(entry.is_empty())?;
        }
        let entry = RevocationEntry {
            since: UtcTime::from_unix(since).ok_or(NotDer)?,
            invalid_since,
            cause: RevocationCause::of_code(code),
        };
        entries.push(serial, entry);
    }
}

/// An entry as nearly all are written.
struct Plain<'a> {
    serial: &'a [u8],
    since: &'a [u8; 13],
    code: Option<u8>,
}

/// A number, a UTCTime and at most the reason, each in its only form; and what follows.
fn plain(bytes: &[u8]) -> Option<(Plain<'_>, &[u8])> {
    let [
        der::SEQUENCE,
        length @ ..0x80,
        der::INTEGER,
        digits @ 1..0x80,
        ..,
    ] = *bytes
    else {
        return None;
    };
    let (entry, rest) = bytes.split_at_checked(2 + usize::from(length))?;
    let (serial, tail) = entry.get(4..)?.split_at_checked(usize::from(digits))?;
    let (since, tail) = tail
        .strip_prefix(&[UTC_TIME, 13])?
        .split_first_chunk::<13>()?;
    let code = match tail {
        [] => None,
        [der::SEQUENCE, 12, tail @ ..] => match tail.strip_prefix(REASON)? {
            [code @ ..0x80] => Some(*code),
            _ => return None,
        },
        _ => return None,
    };
    let plain = Plain {
        serial,
        since,
        code,
    };
    is_strict_primitive(der::INTEGER, serial).then_some((plain, rest))
}

/// Moments of a list: their days are those of the last ones, mostly.
#[derive(Default)]
struct Days {
    last: Option<([u8; 6], i64)>,
}

impl Days {
    /// Seconds since 1970 of a UTCTime; `None` if it is not written in its only form.
    fn moment(&mut self, text: &[u8; 13]) -> Option<i64> {
        let (day, rest) = text.split_first_chunk::<6>()?;
        let [hour @ .., b'Z'] = rest else {
            return None;
        };
        let [hour, minute, second] = *hour.as_chunks::<2>().0 else {
            return None;
        };
        let [hour, minute, second] = [two(hour).ok()?, two(minute).ok()?, two(second).ok()?];
        if hour >= 24 || minute >= 60 || second >= 60 {
            return None;
        }
        let midnight = match self.last {
            Some((last, midnight)) if last == *day => midnight,
            _ => {
                let mut text = *b"000000000000Z";
                text.split_first_chunk_mut::<6>()?.0.copy_from_slice(day);
                let midnight = moment(der::Object {
                    tag: UTC_TIME,
                    whole: &text,
                    value: &text,
                });
                self.last.insert((*day, midnight.ok()?)).1
            }
        };
        Some(midnight + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second))
    }
}

/// What the extensions of a list say about whom it speaks of, and why it cannot be used.
fn judge_extensions(field: &[u8]) -> Result<(Part, Option<Reason>), NotDer> {
    let list = der::only(der::SEQUENCE, field)?;
    strict(is_strict(list.whole))?;
    let mut seen: Vec<&[u8]> = Vec::new();
    let (mut part, mut unusable) = (Part::Everywhere, None);
    each_extension(list.value, |oid, critical, value| {
        strict(!seen.contains(&oid))?;
        seen.push(oid);
        match oid {
            ISSUING_DISTRIBUTION_POINT => {
                let (found, scope) = scope(value)?;
                part = found;
                unusable = unusable.or(scope);
            }
            DELTA => unusable = unusable.or(Some(Reason::RevocationScope)),
            _ if critical => unusable = unusable.or(Some(Reason::RevocationExtension)),
            _ => {}
        }
        Ok(())
    })?;
    Ok((part, unusable))
}

/// What an issuingDistributionPoint says.
fn scope(value: &[u8]) -> Result<(Part, Option<Reason>), NotDer> {
    const POINT: u8 = 0xA0;
    const FULL_NAME: u8 = 0xA0;
    const ONLY_USERS: u8 = 0x81;
    const ONLY_AUTHORITIES_TO_ONLY_ATTRIBUTES: std::ops::RangeInclusive<u8> = 0x82..=0x85;
    strict(is_strict(value))?;
    let mut fields = Cursor::new(der::only(der::SEQUENCE, value)?.value);
    let (mut part, mut unusable) = (Part::Everywhere, None);
    let mut last = 0;
    while !fields.is_empty() {
        let field = fields.any()?;
        // In DER each field stands at its place, and a flag that is written is set.
        let place = field.tag & 0x1F;
        strict(place >= last)?;
        last = place + 1;
        match field.tag {
            POINT => {
                let name = Cursor::new(field.value).any()?;
                let mut points = Vec::new();
                if name.tag == FULL_NAME {
                    let mut names = Cursor::new(name.value);
                    while !names.is_empty() {
                        let name = names.any()?;
                        if matches!(name.tag, DIRECTORY_NAME | URI) {
                            points.push([&[name.tag], name.value].concat());
                        }
                    }
                }
                part = Part::Points(points);
            }
            ONLY_USERS => {}
            tag if ONLY_AUTHORITIES_TO_ONLY_ATTRIBUTES.contains(&tag) => {
                unusable = Some(Reason::RevocationScope);
            }
            _ => return Err(NotDer),
        }
    }
    Ok((part, unusable))
}

/// Gives each extension's identifier, whether it is critical, and its value.
fn each_extension<'a>(
    list: &'a [u8],
    mut take: impl FnMut(&'a [u8], bool, &'a [u8]) -> Result<(), NotDer>,
) -> Result<(), NotDer> {
    let mut list = Cursor::new(list);
    while !list.is_empty() {
        let mut fields = Cursor::new(list.next(der::SEQUENCE)?.value);
        let oid = fields.next(der::OID)?.value;
        let mut value = fields.any()?;
        // Strict DER: one that is written is true.
        let critical = value.tag == BOOLEAN;
        if critical {
            value = fields.any()?;
        }
        strict(value.tag == OCTET_STRING && fields.is_empty())?;
        take(oid, critical, value.value)?;
    }
    Ok(())
}

/// Seconds since 1970 of a UTCTime or GeneralizedTime in the only form that RFC 5280 allows.
fn moment(time: der::Object<'_>) -> Result<i64, NotDer> {
    let (year, rest) = match (time.tag, time.value) {
        (UTC_TIME, [a, b, rest @ ..]) => {
            let year = two([*a, *b])?;
            let century = if year < 50 { 2000 } else { 1900 };
            (century + year, rest)
        }
        (GENERALIZED_TIME, [a, b, c, d, rest @ ..]) => {
            (100 * two([*a, *b])? + two([*c, *d])?, rest)
        }
        _ => return Err(NotDer),
    };
    let [month @ .., b'Z'] = rest else {
        return Err(NotDer);
    };
    let (pairs, []) = month.as_chunks::<2>() else {
        return Err(NotDer);
    };
    let [month, day, hour, minute, second] = *pairs else {
        return Err(NotDer);
    };
    let (month, day) = (two(month)?, two(day)?);
    let [hour, minute, second] = [two(hour)?, two(minute)?, two(second)?];
    strict(hour < 24 && minute < 60 && second < 60)?;
    let small = |number: u16| u8::try_from(number).map_err(|_| NotDer);
    Date::new(year, small(month)?, small(day)?).map_err(|_| NotDer)?;
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Ok(days(year.into(), month.into(), day.into()) * 86_400 + seconds)
}

/// The number that two digits write.
fn two(digits: [u8; 2]) -> Result<u16, NotDer> {
    match digits {
        [high @ b'0'..=b'9', low @ b'0'..=b'9'] => {
            Ok(u16::from(high - b'0') * 10 + u16::from(low - b'0'))
        }
        _ => Err(NotDer),
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. The year begins in March, so that the
/// day that is not always there comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    let leap = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap + (153 * month + 2) / 5 + day - 719_469
}

fn strict(holds: bool) -> Result<(), NotDer> {
    if holds { Ok(()) } else { Err(NotDer) }
}

const BOOLEAN: u8 = 0x01;
const OCTET_STRING: u8 = 0x04;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const EXTENSIONS: u8 = 0xA0;

const ISSUING_DISTRIBUTION_POINT: &[u8] = b"\x55\x1d\x1c";
pub(super) const DELTA: &[u8] = b"\x55\x1d\x1b";
pub(super) const REASON_CODE: &[u8] = b"\x55\x1d\x15";
pub(super) const INVALIDITY_DATE: &[u8] = b"\x55\x1d\x18";
/// An extension with the reason, up to its number.
const REASON: &[u8] = b"\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for year in [
            1, 4, 100, 400, 1600, 1900, 1949, 1970, 1999, 2000, 2026, 2100, 9999,
        ] {
            for month in 1..=12_u8 {
                for day in 1..=31 {
                    let Ok(date) = Date::new(year, month, day) else {
                        continue;
                    };
                    let midnight = UtcTime::midnight(date).unwrap().unix();
                    let found = days(year.into(), month.into(), day.into()) * 86_400;
                    assert_eq!(found, midnight, "{date}");
                }
            }
        }
    }

    #[test]
    fn times_have_one_form() {
        let read = |tag, text: &str| {
            let value = text.as_bytes();
            let whole = value;
            moment(der::Object { tag, whole, value }).ok()
        };
        assert_eq!(read(UTC_TIME, "261125000000Z"), Some(1_795_564_800));
        assert_eq!(read(UTC_TIME, "700101000001Z"), Some(1));
        assert_eq!(read(UTC_TIME, "500101000000Z"), Some(-631_152_000));
        assert_eq!(
            read(GENERALIZED_TIME, "20261125235959Z"),
            Some(1_795_651_199)
        );
        for bad in [
            "2611250000Z",
            "261125000000",
            "261125000000+0900",
            "261131000000Z",
            "261325000000Z",
            "261125240000Z",
            "261125006000Z",
            "261125000060Z",
            "26112500000 Z",
            "261125000000.0Z",
            "",
            "Z",
        ] {
            assert_eq!(read(UTC_TIME, bad), None, "{bad}");
            assert_eq!(read(GENERALIZED_TIME, &format!("20{bad}")), None, "{bad}");
        }
        assert_eq!(read(OCTET_STRING, "261125000000Z"), None);
    }

    /// The short way reads what the long one reads, and nothing else.
    #[test]
    fn moments_of_a_list_are_those_of_the_calendar() {
        let mut days = Days::default();
        for day in [
            "261125", "261131", "261125", "260230", "491231", "500101", "aa1125",
        ] {
            for time in [
                "000000Z", "235959Z", "240000Z", "006000Z", "000060Z", "0000 0Z", "000000z",
            ] {
                let text = format!("{day}{time}");
                let value = text.as_bytes();
                let long = moment(der::Object {
                    tag: UTC_TIME,
                    whole: value,
                    value,
                });
                let short = days.moment(value.try_into().unwrap());
                assert_eq!(short, long.ok(), "{text}");
            }
        }
    }
}
