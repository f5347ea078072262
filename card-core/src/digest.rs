//! Digests: what a key signs instead of the document.

use std::fmt;
use std::io::{self, Read};

use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use thiserror::Error;

/// A hash function by name.
///
/// SHA-1 is broken for signatures. Outside this crate its variant can be read, where an old
/// document names it, but asked for only by [`HashAlgorithm::danger_sha1`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA-1, 20 bytes. For reading what exists, and for identifiers that are no signatures.
    #[non_exhaustive]
    Sha1,
    /// SHA-256, 32 bytes: what every deployed card and relying party uses.
    Sha256,
    /// SHA-384, 48 bytes: announced for the next card, with ECDSA on P-384.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl HashAlgorithm {
    /// SHA-1, named so that a reviewer sees it.
    pub const fn danger_sha1() -> HashAlgorithm {
        HashAlgorithm::Sha1
    }

    /// How many bytes a digest has.
    pub const fn length(self) -> usize {
        match self {
            HashAlgorithm::Sha1 => 20,
            HashAlgorithm::Sha256 => 32,
            HashAlgorithm::Sha384 => 48,
            HashAlgorithm::Sha512 => 64,
        }
    }

    /// The name as standards print it: `SHA-256`.
    pub const fn name(self) -> &'static str {
        match self {
            HashAlgorithm::Sha1 => "SHA-1",
            HashAlgorithm::Sha256 => "SHA-256",
            HashAlgorithm::Sha384 => "SHA-384",
            HashAlgorithm::Sha512 => "SHA-512",
        }
    }

    /// What stands before the digest in its DigestInfo: algorithm with NULL parameters, and the
    /// header of the octet string (RFC 8017, section 9.2, note 1).
    pub const fn digest_info_prefix(self) -> &'static [u8] {
        match self {
            HashAlgorithm::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
            HashAlgorithm::Sha256 => {
                b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
            }
            HashAlgorithm::Sha384 => {
                b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
            }
            HashAlgorithm::Sha512 => {
                b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
            }
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The digest of something (ハッシュ値), with the function that made it.
///
/// `Debug` shows the function only: the digest of a card's file can be searched for its content.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest {
    algorithm: HashAlgorithm,
    // Zeros behind the digest's own length.
    bytes: [u8; 64],
}

impl Digest {
    /// Hashes bytes in memory.
    pub fn of(algorithm: HashAlgorithm, bytes: &[u8]) -> Digest {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    /// Hashes bytes with SHA-1, for identifiers that are defined with it.
    pub fn danger_sha1(bytes: &[u8]) -> Digest {
        Digest::of(HashAlgorithm::Sha1, bytes)
    }

    /// Hashes a reader to its end, 64 KiB at a time.
    ///
    /// # Errors
    ///
    /// Those of the reader; an interrupted read is repeated.
    pub fn of_reader(algorithm: HashAlgorithm, reader: &mut impl Read) -> io::Result<Digest> {
        let mut hasher = Hasher::new(algorithm);
        let mut piece = vec![0; 64 * 1024];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return Ok(hasher.finish()),
                Ok(length) => hasher.update(piece.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes a digest that was made elsewhere.
    ///
    /// # Errors
    ///
    /// [`WrongDigestLength`] if the length is not that of the algorithm.
    pub fn from_bytes(
        algorithm: HashAlgorithm,
        digest: &[u8],
    ) -> Result<Digest, WrongDigestLength> {
        let mut bytes = [0; 64];
        let own = bytes
            .get_mut(..algorithm.length())
            .filter(|own| own.len() == digest.len());
        own.ok_or(WrongDigestLength)?.copy_from_slice(digest);
        Ok(Digest { algorithm, bytes })
    }

    /// Takes a digest out of a DigestInfo that is, byte for byte, one this program would write.
    ///
    /// For callers who bring their own DigestInfo, as PKCS #11 programs do. The card signs any
    /// block it is given, so nothing but a known form may pass.
    pub fn from_digest_info(info: &[u8]) -> Option<Digest> {
        use HashAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        [Sha256, Sha384, Sha512, Sha1]
            .into_iter()
            .find_map(|algorithm| {
                let digest = info.strip_prefix(algorithm.digest_info_prefix())?;
                Digest::from_bytes(algorithm, digest).ok()
            })
    }

    /// The function that made it.
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The digest itself.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(..self.algorithm.length())
            .unwrap_or_default()
    }

    /// The digest as DigestInfo in DER: what an RSA key signs with PKCS #1 v1.5.
    pub fn digest_info(&self) -> Vec<u8> {
        [self.algorithm.digest_info_prefix(), self.as_bytes()].concat()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.algorithm)
    }
}

/// A digest in the making, for data that passes by in pieces. A copy goes on from the same point.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    /// Begins with nothing.
    pub fn new(algorithm: HashAlgorithm) -> Hasher {
        Hasher(match algorithm {
            HashAlgorithm::Sha1 => State::Sha1(Sha1::new()),
            HashAlgorithm::Sha256 => State::Sha256(Sha256::new()),
            HashAlgorithm::Sha384 => State::Sha384(Sha384::new()),
            HashAlgorithm::Sha512 => State::Sha512(Sha512::new()),
        })
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        match &mut self.0 {
            State::Sha1(state) => state.update(piece),
            State::Sha256(state) => state.update(piece),
            State::Sha384(state) => state.update(piece),
            State::Sha512(state) => state.update(piece),
        }
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Digest {
        fn done(algorithm: HashAlgorithm, digest: &[u8]) -> Digest {
            let mut bytes = [0; 64];
            for (to, from) in bytes.iter_mut().zip(digest) {
                *to = *from;
            }
            Digest { algorithm, bytes }
        }
        match self.0 {
            State::Sha1(state) => done(HashAlgorithm::Sha1, &state.finalize()),
            State::Sha256(state) => done(HashAlgorithm::Sha256, &state.finalize()),
            State::Sha384(state) => done(HashAlgorithm::Sha384, &state.finalize()),
            State::Sha512(state) => done(HashAlgorithm::Sha512, &state.finalize()),
        }
    }
}

/// Shows nothing of what passed.
impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher(..)")
    }
}

/// Hashes what is written to it, so that [`io::copy`] can feed it; never fails.
impl io::Write for Hasher {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.update(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The digest does not have the length of its algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the digest does not have the length of its algorithm")]
pub struct WrongDigestLength;

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::*;

    const ALL: [HashAlgorithm; 4] = [
        HashAlgorithm::Sha1,
        HashAlgorithm::Sha256,
        HashAlgorithm::Sha384,
        HashAlgorithm::Sha512,
    ];

    #[test]
    fn the_published_digest_info_is_ours() {
        let info = Digest::of(HashAlgorithm::Sha256, b"abc").digest_info();
        let published = "MDEwDQYJYIZIAWUDBAIBBQAEILp4Fr+PAc/qQUFA3l2uIiOwA2Gjlhd6nLQQ/2HyABWt";
        assert_eq!(BASE64_STANDARD.encode(info), published);
    }

    #[test]
    fn digest_infos_are_der_and_name_their_algorithm() {
        use x509_parser::der_parser::der::parse_der;
        for (algorithm, oid) in [
            (HashAlgorithm::Sha1, "1.3.14.3.2.26"),
            (HashAlgorithm::Sha256, "2.16.840.1.101.3.4.2.1"),
            (HashAlgorithm::Sha384, "2.16.840.1.101.3.4.2.2"),
            (HashAlgorithm::Sha512, "2.16.840.1.101.3.4.2.3"),
        ] {
            let digest = Digest::of(algorithm, b"abc");
            let info = digest.digest_info();
            let (rest, outer) = parse_der(&info).unwrap();
            assert!(rest.is_empty());
            let [identifier, octets] = outer.as_sequence().unwrap().as_slice() else {
                panic!()
            };
            let named = identifier.as_sequence().unwrap()[0].as_oid().unwrap();
            assert_eq!(named.to_string(), oid);
            assert_eq!(octets.as_slice().unwrap(), digest.as_bytes());
            assert_eq!(Digest::from_digest_info(&info), Some(digest));
        }
    }

    #[test]
    fn only_exact_digest_infos_pass() {
        for algorithm in ALL {
            let info = Digest::of(algorithm, b"abc").digest_info();
            assert_eq!(Digest::from_digest_info(&info[..info.len() - 1]), None);
            assert_eq!(Digest::from_digest_info(&[&info[..], &[0]].concat()), None);
            for place in 0..algorithm.digest_info_prefix().len() {
                let mut changed = info.clone();
                changed[place] ^= 1;
                assert_eq!(
                    Digest::from_digest_info(&changed),
                    None,
                    "{algorithm} {place}"
                );
            }
        }
        assert_eq!(Digest::from_digest_info(&[]), None);
        let short = Digest::from_bytes(HashAlgorithm::Sha256, &[0; 31]);
        assert_eq!(short, Err(WrongDigestLength));
    }

    #[test]
    fn reading_in_pieces_gives_the_same_digest() {
        struct Slow<'a>(&'a [u8], bool);
        impl Read for Slow<'_> {
            fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
                self.1 = !self.1;
                if self.1 {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                let length = to.len().min(40_000);
                self.0.read(&mut to[..length])
            }
        }
        let data: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
        for algorithm in ALL {
            let read = Digest::of_reader(algorithm, &mut Slow(&data, false)).unwrap();
            assert_eq!(read, Digest::of(algorithm, &data));
            assert_eq!(read.as_bytes().len(), algorithm.length());
        }
        assert_eq!(
            Digest::danger_sha1(b"abc").as_bytes(),
            b"\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d"
        );
    }
}
