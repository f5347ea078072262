//! Digests of what signatures cover: one pass over the file, however many there are.
//!
//! A later signature covers all bytes before its own gap, and so the gaps of earlier ones. The state
//! of the hash function at each gap is kept going for the next signature, and a copy of it goes over
//! what follows the gap.

use std::cell::RefCell;

use card_core::digest::{Digest, HashAlgorithm, Hasher};

/// The file, hashed as far as was asked.
pub(super) struct Digests<'f> {
    bytes: &'f [u8],
    running: RefCell<Vec<Running>>,
}

struct Running {
    algorithm: HashAlgorithm,
    hasher: Hasher,
    at: usize,
}

impl Running {
    fn new(algorithm: HashAlgorithm) -> Running {
        Running {
            algorithm,
            hasher: Hasher::new(algorithm),
            at: 0,
        }
    }
}

impl<'f> Digests<'f> {
    pub(super) fn new(bytes: &'f [u8]) -> Digests<'f> {
        Digests {
            bytes,
            running: RefCell::default(),
        }
    }

    /// The digest of both parts of a byte range that begins at 0 and lies in the file.
    ///
    /// Cheap where the first parts are asked for in ascending order, else made anew.
    pub(super) fn of(&self, algorithm: HashAlgorithm, range: [usize; 4]) -> Digest {
        let [_, length, second, rest] = range;
        let mut all = self.running.borrow_mut();
        let place = all.iter().position(|one| one.algorithm == algorithm);
        let mut running = match place.map(|place| all.swap_remove(place)) {
            Some(running) if running.at <= length => running,
            _ => Running::new(algorithm),
        };
        let between = self.bytes.get(running.at..length).unwrap_or_default();
        running.hasher.update(between);
        running.at += between.len();
        let mut own = running.hasher.clone();
        own.update(self.bytes.get(second..second + rest).unwrap_or_default());
        all.push(running);
        own.finish()
    }

    /// How long both parts are together, and the first bytes of them.
    pub(super) fn outline(&self, range: [usize; 4]) -> (u64, Vec<u8>) {
        const HEAD: usize = 64;
        let [_, length, second, rest] = range;
        let before = self.bytes.get(..length).unwrap_or_default();
        let after = self.bytes.get(second..second + rest).unwrap_or_default();
        let head = before.iter().chain(after).take(HEAD).copied().collect();
        (before.len() as u64 + after.len() as u64, head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_digest_is_that_of_its_own_bytes_in_whatever_order() {
        let bytes: Vec<u8> = (0..2_000_u32).map(|n| ((n * n) >> 3) as u8).collect();
        let digests = Digests::new(&bytes);
        let hashes = [
            HashAlgorithm::Sha256,
            HashAlgorithm::Sha384,
            HashAlgorithm::danger_sha1(),
        ];
        for range in [
            [0, 0, 5, 0],
            [0, 100, 120, 80],
            [0, 100, 150, 50],
            [0, 300, 320, 1_680],
            [0, 90, 91, 9],
            [0, 1_999, 2_000, 0],
            [0, 1, 2, 1_998],
        ] {
            let [_, length, second, rest] = range;
            let own = [&bytes[..length], &bytes[second..second + rest]].concat();
            for hash in hashes {
                assert_eq!(digests.of(hash, range), Digest::of(hash, &own), "{range:?}");
            }
            let (size, head) = digests.outline(range);
            assert_eq!(
                (size, &head[..]),
                (own.len() as u64, &own[..own.len().min(64)])
            );
        }
    }
}
