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

    /// Adds one of a serial number and a moment that have room in eight bytes; false if they have
    /// not.
    pub(super) fn push_short(&mut self, serial: &[u8], since: i64, cause: RevocationCause) -> bool {
        let entry = packed_of(since, cause);
        let both = short(serial).zip(entry);
        let added = both.map(|(serial, entry)| u64::from(serial) << 32 | u64::from(entry));
        self.short.extend(added);
        added.is_some()
    }

    /// Makes room for so many.
    pub(super) fn reserve(&mut self, count: usize) {
        self.short.reserve_exact(count);
    }

    /// Sorts them, if they are not sorted yet, and keeps no more memory than they need.
    pub(super) fn finish(&mut self) {
        if !self.short.is_sorted() {
            sort(&mut self.short);
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
    match entry.invalid_since {
        None => packed_of(entry.since.unix(), entry.cause),
        Some(_) => None,
    }
}

fn packed_of(since: i64, cause: RevocationCause) -> Option<u32> {
    let other = match cause {
        RevocationCause::Other => 1,
        RevocationCause::NotGiven => 0,
        _ => return None,
    };
    let seconds = u32::try_from(since.checked_sub(YEAR_2000)?).ok()?;
    (seconds >> 31 == 0).then_some(seconds << 1 | other)
}

/// Sorts by the whole numbers. Long lists by their eleven bits at a time, from the lowest up: three
/// passes over the serial number take half the time of comparisons, and a list is hashed no faster.
///
/// The lower halves are sorted among equal serial numbers only, of which a list has hardly any.
fn sort(all: &mut Vec<u64>) {
    const BITS: u32 = 11;
    const DIGITS: usize = 1 << BITS;
    if all.len() < 1 << 16 {
        return all.sort_unstable();
    }
    let mut other = vec![0; all.len()];
    for shift in [32, 32 + BITS, 32 + 2 * BITS] {
        let digit = |one: u64| usize::try_from(one >> shift).unwrap_or(0) & (DIGITS - 1);
        let mut places = vec![0_usize; DIGITS];
        for one in all.iter() {
            if let Some(count) = places.get_mut(digit(*one)) {
                *count += 1;
            }
        }
        let mut before = 0;
        for place in &mut places {
            before += std::mem::replace(place, before);
        }
        for one in all.iter() {
            if let Some(place) = places.get_mut(digit(*one))
                && let Some(to) = other.get_mut(*place)
            {
                *to = *one;
                *place += 1;
            }
        }
        std::mem::swap(all, &mut other);
    }
    for equal in all.chunk_by_mut(|one, other| one >> 32 == other >> 32) {
        equal.sort_unstable();
    }
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
    fn long_lists_are_sorted_as_short_ones() {
        let mut number = 1_u64;
        let mut all: Vec<u64> = (0..70_000)
            .map(|_| {
                number = number.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
                // Many equal serial numbers, and some at each end.
                number | (number >> 3 & 1).wrapping_neg() << 40
            })
            .collect();
        let mut expected = all.clone();
        expected.sort_unstable();
        sort(&mut all);
        assert!(all == expected);
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
