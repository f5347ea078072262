//! Identity of a holder at one service.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::certificate::Serial;
use crate::owner_only;
use crate::trust::Anchor;

/// The holder of a certificate, to one service: HMAC-SHA-256 over issuer key and serial number.
///
/// JPKI numbers its certificates upwards through the whole country. The bare number would name a
/// person to everybody, and hashing it would not help, for all numbers can be tried; so the hash
/// has a key of the service's own. Two services that compare notes find no common holder.
///
/// It lasts as long as the certificate: see [the module](super) about renewal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity([u8; 32]);

impl Identity {
    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Writes 64 hexadecimal digits.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({self})")
    }
}

/// The key of a service's identities. Who loses it loses its accounts' names; wiped when dropped.
#[derive(Clone)]
pub struct IdentityKey(Zeroizing<Vec<u8>>);

impl IdentityKey {
    /// Takes a key of at least 32 bytes; `None` for a shorter one.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= 32).then(|| Self(Zeroizing::new(bytes.to_vec())))
    }

    /// The key in a folder; made on first use, for its owner only.
    ///
    /// # Errors
    ///
    /// Those of the file system; [`io::ErrorKind::InvalidData`] if the file holds no key,
    /// [`io::ErrorKind::PermissionDenied`] if others may write to the folder.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        owner_only::own_folder(folder)?;
        let file = folder.join("identity.key");
        match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                owner_only::create_secret(folder, "identity.key", 32)?
            }
            read => drop(Zeroizing::new(read?)),
        }
        // Read again in both cases: another process may have made it first.
        let bytes = Zeroizing::new(fs::read(&file)?);
        Self::new(&bytes).ok_or(io::ErrorKind::InvalidData.into())
    }

    /// The identity of the holder of a certificate.
    #[must_use]
    pub fn identity(&self, issuer: &Anchor, serial: &Serial) -> Identity {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut hash = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length is a key");
        // Issuer by its key: a root that is certified anew stays the same issuer. Its length is
        // fixed, so what follows cannot be shifted into it.
        hash.update(b"mynacard identity 1\0");
        hash.update(issuer.key.as_bytes());
        hash.update(serial.content());
        Identity(hash.finalize().into_bytes().into())
    }
}

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::{Role, Trust};

    #[test]
    fn an_identity_is_of_one_service_one_issuer_and_one_certificate() {
        let trust = Trust::production();
        let roots = trust.store(Role::Authentication).roots();
        let serial = |number| Serial::from_content(&[1, number]);
        let (key, other) = (
            IdentityKey::new(&[1; 32]).unwrap(),
            IdentityKey::new(&[2; 32]).unwrap(),
        );
        let all = [
            key.identity(roots[0].anchor(), &serial(1)),
            key.identity(roots[0].anchor(), &serial(2)),
            key.identity(roots[1].anchor(), &serial(1)),
            other.identity(roots[0].anchor(), &serial(1)),
        ];
        for (place, one) in all.iter().enumerate() {
            assert!(all.iter().skip(place + 1).all(|another| another != one));
        }
        assert_eq!(all[0], key.identity(roots[0].anchor(), &serial(1)));
        assert_eq!(all[0].to_string().len(), 64);
        assert!(IdentityKey::new(&[1; 31]).is_none());
    }

    #[test]
    fn the_key_of_a_folder_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service");
        let anchor = *Trust::production().roots().next().unwrap().anchor();
        let identity = || {
            let key = IdentityKey::in_folder(&path).unwrap();
            key.identity(&anchor, &Serial::from_content(&[1]))
                .to_string()
        };
        let all: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(identity)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(all.iter().all(|one| *one == all[0]));
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(path.join("identity.key"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(path.join("identity.key"), b"short").unwrap();
        let refused = IdentityKey::in_folder(&path).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    }
}
