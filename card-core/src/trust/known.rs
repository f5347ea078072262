//! Certificates that came before: what a root signed once, it has signed.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::certificate::Certificate;
use crate::digest::{Digest, HashAlgorithm};

/// Certificates whose signature by a root was found right, for holders who come back.
///
/// A signature is right for ever, so this is all that is remembered: every other rule, the
/// certificate's time and its revocation among them, is judged anew each time. Found by the hash of
/// the whole certificate, and counts only for the root's key that signed it.
///
/// Holds certificates of persons in memory, at most twice as many as its capacity; the oldest go
/// first.
pub struct KnownCertificates {
    capacity: usize,
    known: Mutex<Known>,
}

/// The younger and the older half.
#[derive(Default)]
struct Known {
    recent: HashMap<Digest, (Certificate, Digest)>,
    before: HashMap<Digest, (Certificate, Digest)>,
}

impl KnownCertificates {
    /// Room for so many, some five thousand bytes each.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            known: Mutex::default(),
        }
    }

    /// A certificate in DER that was seen, and the SHA-256 of the root's key that signed it.
    pub(super) fn find(&self, der: &[u8]) -> Option<(Certificate, Digest)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(der);
        known
            .recent
            .get(&key)
            .or_else(|| known.before.get(&key))
            .cloned()
    }

    /// Remembers one that was found right.
    pub(super) fn remember(&self, certificate: &Certificate, signer: Digest) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.recent.len() >= self.capacity {
            known.before = std::mem::take(&mut known.recent);
        }
        if self.capacity > 0 {
            let key = key(certificate.to_der());
            known.recent.insert(key, (certificate.clone(), signer));
        }
    }
}

fn key(der: &[u8]) -> Digest {
    Digest::of(HashAlgorithm::Sha256, der)
}

impl fmt::Debug for KnownCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KnownCertificates({} at most)", self.capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::revocation::NoRevocation;
    use crate::trust::tests::workshop::{Workshop, today};
    use crate::trust::{Reason, Role, Trust, TrustSource};

    fn signed_with_serial(serial: u8) -> Vec<u8> {
        let workshop = Workshop::open();
        let mut draft = workshop.leaf();
        draft.serial = vec![serial];
        draft.sign(&workshop.new.key)
    }

    #[test]
    fn one_that_is_known_is_judged_like_one_that_is_not() {
        let workshop = Workshop::open();
        let trust = workshop.trust();
        let store = trust.store(Role::Authentication);
        let known = KnownCertificates::new(10);
        let mut expired = workshop.leaf();
        expired.validity[1] = "261124235959Z";
        let forged = workshop.leaf().sign(&workshop.holder);
        let leaves = [
            workshop.good.clone(),
            expired.sign(&workshop.new.key),
            forged.clone(),
            b"none".to_vec(),
        ];
        for _ in 0..3 {
            for leaf in &leaves {
                let fresh = store.verify(leaf, today());
                let (again, _) = store.examine(leaf, today(), &NoRevocation, Some(&known));
                assert_eq!(again, fresh);
            }
        }
        assert!(known.find(&workshop.good).is_some());
        for other in &leaves[1..] {
            assert!(known.find(other).is_none(), "only what was accepted");
        }
        // It ends when it ends.
        let later = crate::domain::date::UtcTime::from_unix(today().unix() + 20 * 365 * 86_400);
        let (report, _) =
            store.examine(&workshop.good, later.unwrap(), &NoRevocation, Some(&known));
        assert_eq!(report.reason(), Some(Reason::Expired));
    }

    #[test]
    fn it_counts_for_the_key_that_signed_alone() {
        let workshop = Workshop::open();
        let known = KnownCertificates::new(10);
        let judge = |trust: &Trust| {
            let store = trust.store(Role::Authentication);
            let (report, _) = store.examine(&workshop.good, today(), &NoRevocation, Some(&known));
            report.reason()
        };
        assert_eq!(judge(&workshop.trust()), None);
        let old = Trust::from_der(TrustSource::Simulator, [&workshop.old.certificate[..]]);
        let fresh = old.as_ref().unwrap().store(Role::Authentication);
        let reason = fresh.verify(&workshop.good, today()).reason();
        assert!(reason.is_some());
        assert_eq!(judge(old.as_ref().unwrap()), reason);
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go() {
        let workshop = Workshop::open();
        let root = Digest::of(HashAlgorithm::Sha256, b"root");
        let known = KnownCertificates::new(2);
        let leaves: Vec<Vec<u8>> = (1..=5).map(signed_with_serial).collect();
        for leaf in &leaves {
            known.remember(&Certificate::parse_exact(leaf).unwrap(), root);
        }
        let found: Vec<bool> = leaves
            .iter()
            .map(|leaf| known.find(leaf).is_some())
            .collect();
        assert_eq!(found, [false, false, true, true, true]);
        let none = KnownCertificates::new(0);
        none.remember(&Certificate::parse_exact(&workshop.good).unwrap(), root);
        assert!(none.find(&workshop.good).is_none());
    }
}
