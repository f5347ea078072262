//! A short secret that is wiped, never printed, and compared in constant time.

use std::fmt;

use zeroize::Zeroizing;

/// Up to sixteen bytes that must not be seen: the value of a PIN.
///
/// Has a fixed size so that it never moves to a larger allocation and leaves a copy behind.
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<[u8; Secret::CAPACITY]>,
    length: usize,
}

impl Secret {
    /// The longest secret of the card: a signature password.
    pub const CAPACITY: usize = 16;

    /// Takes a copy of the bytes; `None` if they are more than [`Secret::CAPACITY`].
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut secret = Self {
            bytes: Zeroizing::new([0; Self::CAPACITY]),
            length: bytes.len(),
        };
        secret.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(secret)
    }

    /// The bytes, for the command that presents them.
    pub(crate) fn expose(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        // Every byte is looked at, whatever differs: the time says nothing about the place.
        let difference = self
            .bytes
            .iter()
            .zip(other.bytes.iter())
            .fold(self.length ^ other.length, |sum, (a, b)| {
                sum | usize::from(a ^ b)
            });
        difference == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn equality_looks_at_length_and_every_byte() {
        let secret = Secret::new(b"1234").unwrap();
        assert_eq!(secret, Secret::new(b"1234").unwrap());
        for other in [&b"1235"[..], b"0234", b"123", b"12340", b"1234\0", b""] {
            assert_ne!(secret, Secret::new(other).unwrap(), "{other:?}");
        }
    }

    #[test]
    fn too_long_is_refused_and_debug_shows_nothing() {
        assert!(Secret::new(&[b'A'; 17]).is_none());
        assert_eq!(format!("{:?}", Secret::new(&[b'A'; 16]).unwrap()), "Secret");
    }
}
