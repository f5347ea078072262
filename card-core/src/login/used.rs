//! Which nonces were used, in memory: eight bytes each, with at most a quarter more.

/// Used nonces by the minute in which they were issued. A minute is dropped whole when all its
/// nonces have ended, and what was issued in it is refused from then on, whatever the clock says.
#[derive(Default)]
pub(super) struct Used {
    /// Minutes in ascending order; some ten at most.
    minutes: Vec<Minute>,
    /// Everything that was issued before this minute has ended.
    ended: i64,
    count: usize,
}

struct Minute {
    number: i64,
    /// Chosen by the first bits of a mark, each sorted: a call moves a few kilobytes at most, even
    /// if a minute has millions.
    shelves: Vec<Vec<u64>>,
}

/// How a nonce is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// For the first time.
    Now,
    /// It was before.
    Before,
    /// Its minute has ended.
    Ended,
    /// There is no room to remember it.
    Full,
}

impl Used {
    /// Drops the minutes whose nonces have all ended.
    pub(super) fn forget(&mut self, now: i64, lifetime: i64) {
        let ended = |number: i64| (number + 1) * 60 + lifetime < now;
        while let Some(first) = self.minutes.first()
            && ended(first.number)
        {
            self.ended = self.ended.max(first.number + 1);
            self.count -= first.shelves.iter().map(Vec::len).sum::<usize>();
            self.minutes.remove(0);
        }
    }

    /// Takes the nonce with this mark, issued at this second.
    ///
    /// Two nonces whose marks begin alike count as one: of ten million, one in four hundred
    /// thousand runs would refuse one holder, who then gets another challenge.
    pub(super) fn take(&mut self, at: i64, mark: [u8; 16], capacity: usize) -> Taken {
        let [a, b, c, d, e, f, g, h, ..] = mark;
        let mark = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let number = at.div_euclid(60);
        if number < self.ended {
            return Taken::Ended;
        }
        let place = self.minutes.partition_point(|one| one.number < number);
        if self
            .minutes
            .get(place)
            .is_none_or(|one| one.number != number)
        {
            let shelves = vec![Vec::new(); 1 << SHELF_BITS];
            self.minutes.insert(place, Minute { number, shelves });
        }
        let shelf = usize::try_from(mark >> (64 - SHELF_BITS)).unwrap_or_default();
        let minute = self.minutes.get_mut(place);
        let Some(shelf) = minute.and_then(|minute| minute.shelves.get_mut(shelf)) else {
            return Taken::Full;
        };
        match shelf.binary_search(&mark) {
            Ok(_) => Taken::Before,
            Err(_) if self.count >= capacity => Taken::Full,
            Err(place) => {
                if shelf.len() == shelf.capacity() {
                    shelf.reserve_exact(shelf.len() / 4 + 1);
                }
                shelf.insert(place, mark);
                self.count += 1;
                Taken::Now
            }
        }
    }

    /// How many are remembered.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

const SHELF_BITS: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(number: u64) -> [u8; 16] {
        // Spread like a hash.
        let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut mark = [0; 16];
        mark[..8].copy_from_slice(&spread.to_be_bytes());
        mark
    }

    #[test]
    fn each_is_taken_once_until_its_minute_has_ended_and_never_again() {
        let mut used = Used::default();
        for number in 0..10_000 {
            assert_eq!(used.take(600, mark(number), usize::MAX), Taken::Now);
        }
        for number in 0..10_000 {
            assert_eq!(used.take(600, mark(number), usize::MAX), Taken::Before);
        }
        used.forget(960, 300);
        assert_eq!(used.take(659, mark(1), usize::MAX), Taken::Before);
        used.forget(961, 300);
        assert_eq!((used.count(), used.minutes.len()), (0, 0));
        // The clock goes back: what was used stays used.
        for at in [0, 600, 659] {
            used.forget(at, 300);
            assert_eq!(used.take(at, mark(1), usize::MAX), Taken::Ended);
        }
        assert_eq!(used.take(660, mark(1), usize::MAX), Taken::Now);
    }

    #[test]
    fn no_more_than_the_capacity_and_no_more_than_sixteen_bytes() {
        const MANY: usize = 200_000;
        let mut used = Used::default();
        for number in 0..MANY {
            let at = 600 + number as i64 % 300;
            assert_eq!(used.take(at, mark(number as u64), MANY), Taken::Now);
        }
        assert_eq!(used.take(600, mark(MANY as u64), MANY), Taken::Full);
        assert_eq!(used.take(600, mark(0), MANY), Taken::Before);
        let shelves = used.minutes.iter().flat_map(|minute| &minute.shelves);
        let bytes: usize = shelves.map(|shelf| 8 * shelf.capacity()).sum();
        assert!(bytes <= 16 * MANY, "{bytes} bytes");
        assert_eq!(used.count(), MANY);
    }
}
