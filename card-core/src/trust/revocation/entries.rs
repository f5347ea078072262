//! The entries of a revocation list: who is revoked since when, sorted, without the file.

use std::fmt;

use crate::domain::date::UtcTime;

/// Serial numbers with their dates.
#[derive(Clone, Default)]
pub(super) struct Entries {
    /// A serial number below 2^32 and, in the lower half, the seconds since 1970 below 2^32.
    short: Vec<u64>,
    /// All others: the bytes of the serial number, seconds since 1970.
    long: Vec<(Box<[u8]>, i64)>,
}

impl Entries {
    /// Adds one; [`Entries::finish`] has to be called before the first question.
    pub(super) fn push(&mut self, serial: &[u8], since: i64) {
        match (short(serial), u32::try_from(since)) {
            (Some(serial), Ok(since)) => {
                self.short.push(u64::from(serial) << 32 | u64::from(since));
            }
            _ => self.long.push((serial.into(), since)),
        }
    }

    /// Sorts them, if they are not sorted yet, and keeps no more memory than they need.
    pub(super) fn finish(&mut self) {
        if !self.short.is_sorted() {
            self.short.sort_unstable();
        }
        self.long.sort_unstable();
        self.short.shrink_to_fit();
        self.long.shrink_to_fit();
    }

    /// Since when this serial number is revoked; of several entries the earliest counts.
    pub(super) fn find(&self, serial: &[u8]) -> Option<UtcTime> {
        let of_short = || {
            let serial = short(serial)?;
            let from = u64::from(serial) << 32;
            let place = self.short.partition_point(|entry| *entry < from);
            let entry = self.short.get(place)?;
            (entry >> 32 == u64::from(serial)).then_some(entry & u64::from(u32::MAX))
        };
        let of_long = || {
            let place = self.long.partition_point(|(own, _)| **own < *serial);
            let (own, since) = self.long.get(place)?;
            (**own == *serial).then_some(*since)
        };
        // Dates of one serial number may stand on both sides.
        let short = of_short().and_then(|since| i64::try_from(since).ok());
        let since = [short, of_long()].into_iter().flatten().min()?;
        UtcTime::from_unix(since)
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries", self.short.len() + self.long.len())
    }
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
            entries.push(serial, 1_795_564_800);
            entries.push(serial, 1_795_564_700);
        }
        entries.finish();
        for (index, serial) in serials.iter().rev().enumerate() {
            let found = entries.find(serial).map(UtcTime::unix);
            let expected = (index % 2 == 0).then_some(1_795_564_700);
            assert_eq!(found, expected, "{serial:02x?}");
        }
    }

    #[test]
    fn dates_beyond_32_bits_are_dates_too() {
        let mut entries = Entries::default();
        for (serial, since) in [(1, -1), (2, 5_000_000_000), (3, 7)] {
            entries.push(&[serial], since);
        }
        entries.push(&[3], -7);
        entries.finish();
        for (serial, since) in [(1, -1), (2, 5_000_000_000), (3, -7)] {
            assert_eq!(entries.find(&[serial]).map(UtcTime::unix), Some(since));
        }
    }

    #[test]
    fn an_entry_takes_eight_bytes() {
        let mut entries = Entries::default();
        for serial in 0..100_000_u32 {
            let [_, b, c, d] = serial.to_be_bytes();
            entries.push(&[1, b, c, d], 1_795_564_800);
        }
        entries.finish();
        assert_eq!((entries.short.capacity(), entries.long.len()), (100_000, 0));
    }
}
