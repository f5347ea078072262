//! The entries of a revocation list: who is revoked since when and why, sorted, without the file.

use std::fmt;

use super::{RevocationCause, RevocationEntry};
use crate::domain::date::UtcTime;

/// Serial numbers with what is said of them.
#[derive(Clone, Default)]
pub(super) struct Entries {
    /// A serial number below 2^32; in the lower half the seconds since 2000 below 2^31, and in the
    /// lowest bit whether a reason is given that is no compromise.
    short: Vec<u64>,
    /// All others, by the bytes of the serial number.
    long: Vec<(Box<[u8]>, RevocationEntry)>,
}

impl Entries {
    /// Adds one; [`Entries::finish`] has to be called before the first question.
    pub(super) fn push(&mut self, serial: &[u8], entry: RevocationEntry) {
        match short(serial).zip(packed(&entry)) {
            Some((serial, entry)) => {
                self.short.push(u64::from(serial) << 32 | u64::from(entry));
            }
            None => self.long.push((serial.into(), entry)),
        }
    }

    /// Sorts them, if they are not sorted yet, and keeps no more memory than they need.
    pub(super) fn finish(&mut self) {
        if !self.short.is_sorted() {
            self.short.sort_unstable();
        }
        self.long.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.short.shrink_to_fit();
        self.long.shrink_to_fit();
    }

    /// What is said of this serial number; of several entries the worse counts.
    pub(super) fn find(&self, serial: &[u8]) -> Option<RevocationEntry> {
        let number = short(serial).map(u64::from);
        let of_short = number.into_iter().flat_map(|number| {
            let place = self.short.partition_point(|entry| entry >> 32 < number);
            let rest = self.short.get(place..).unwrap_or_default().iter();
            rest.take_while(move |entry| *entry >> 32 == number)
                .filter_map(|entry| unpacked(*entry))
        });
        let place = self.long.partition_point(|(own, _)| **own < *serial);
        let rest = self.long.get(place..).unwrap_or_default().iter();
        let of_long = rest
            .take_while(|(own, _)| **own == *serial)
            .map(|(_, entry)| *entry);
        // Entries of one serial number may stand on both sides.
        of_short.chain(of_long).reduce(RevocationEntry::worse)
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries", self.short.len() + self.long.len())
    }
}

/// 2000-01-01T00:00:00Z.
const YEAR_2000: i64 = 946_684_800;

/// The lower half of a short entry, if there is room for all that is said.
fn packed(entry: &RevocationEntry) -> Option<u32> {
    let other = match (entry.cause, entry.invalid_since) {
        (RevocationCause::Other, None) => 1,
        (RevocationCause::NotGiven, None) => 0,
        _ => return None,
    };
    let seconds = u32::try_from(entry.since.unix().checked_sub(YEAR_2000)?).ok()?;
    (seconds >> 31 == 0).then_some(seconds << 1 | other)
}

fn unpacked(entry: u64) -> Option<RevocationEntry> {
    let seconds = i64::try_from(entry >> 1 & 0x7FFF_FFFF).ok()?;
    Some(RevocationEntry {
        since: UtcTime::from_unix(YEAR_2000 + seconds)?,
        invalid_since: None,
        cause: match entry & 1 {
            1 => RevocationCause::Other,
            _ => RevocationCause::NotGiven,
        },
    })
}

/// The value of a serial number in its only form, if it is below 2^32.
fn short(serial: &[u8]) -> Option<u32> {
    match *serial {
        [a @ 0..=0x7F] => Some(u32::from(a)),
        [a @ 0..=0x7F, b] => Some(u32::from_be_bytes([0, 0, a, b])),
        [a @ 0..=0x7F, b, c] => Some(u32::from_be_bytes([0, a, b, c])),
        [a @ 0..=0x7F, b, c, d] | [0, a @ 0x80..=0xFF, b, c, d] => {
            Some(u32::from_be_bytes([a, b, c, d]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(since: i64, cause: RevocationCause) -> RevocationEntry {
        RevocationEntry {
            since: UtcTime::from_unix(since).unwrap(),
            invalid_since: None,
            cause,
        }
    }

    #[test]
    fn each_serial_number_is_found_and_no_other() {
        let serials: [&[u8]; 10] = [
            &[0],
            &[1],
            &[0x7F],
            &[0x00, 0x80],
            &[0x00, 0x80, 0x00],
            &[0x01, 0x33, 0xC3],
            &[0x7F, 0xFF, 0xFF, 0xFF],
            &[0x00, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x01, 0x00, 0x00, 0x00, 0x00],
            &[0xFF],
        ];
        let mut entries = Entries::default();
        for serial in serials.iter().rev().step_by(2) {
            entries.push(serial, entry(1_795_564_800, RevocationCause::Other));
            entries.push(serial, entry(1_795_564_700, RevocationCause::Other));
        }
        entries.finish();
        for (index, serial) in serials.iter().rev().enumerate() {
            let expected = (index % 2 == 0).then(|| entry(1_795_564_700, RevocationCause::Other));
            assert_eq!(entries.find(serial), expected, "{serial:02x?}");
        }
    }

    /// Dates before 2000 and after 2068, and every cause, come out as they went in.
    #[test]
    fn what_has_no_room_in_eight_bytes_is_kept_too() {
        use RevocationCause::{AuthorityCompromise, KeyCompromise, NotGiven, Other};
        let mut entries = Entries::default();
        let mut all = Vec::new();
        for since in [
            -1,
            YEAR_2000 - 1,
            YEAR_2000,
            3_094_168_447,
            3_094_168_448,
            5_000_000_000,
        ] {
            for cause in [KeyCompromise, AuthorityCompromise, NotGiven, Other] {
                all.push(entry(since, cause));
                let mut dated = entry(since, cause);
                dated.invalid_since = UtcTime::from_unix(since - 5);
                all.push(dated);
            }
        }
        for (serial, entry) in (0..).zip(&all) {
            entries.push(&[0x10, serial], *entry);
        }
        entries.finish();
        for (serial, entry) in (0..).zip(&all) {
            assert_eq!(entries.find(&[0x10, serial]), Some(*entry));
        }
        assert_eq!(entries.short.len(), 4);
        // On both sides: the worse of each.
        let mut entries = Entries::default();
        entries.push(&[3], entry(7 + YEAR_2000, Other));
        entries.push(&[3], entry(-7, KeyCompromise));
        entries.finish();
        assert_eq!(entries.find(&[3]), Some(entry(-7, KeyCompromise)));
    }

    #[test]
    fn an_entry_takes_eight_bytes() {
        let mut entries = Entries::default();
        for serial in 0..100_000_u32 {
            let [_, b, c, d] = serial.to_be_bytes();
            entries.push(&[1, b, c, d], entry(1_795_564_800, RevocationCause::Other));
        }
        entries.finish();
        assert_eq!((entries.short.capacity(), entries.long.len()), (100_000, 0));
    }
}
