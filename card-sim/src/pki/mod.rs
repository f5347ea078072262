//! The PKI of failure: certificates, lists and answers that break one rule each, for those who test
//! verifiers, and the roots that all simulated certificates are under.
//!
//! 検証器の試験のための証明書: 規則を一つずつ破ります。
//!
//! Every case is issued under the simulator's own authorities, whose keys are published. What a case
//! breaks is said by a stable code; which rules there are is common knowledge (RFC 5280, the
//! published JPKI profile) and not taken from any verifier here.

mod cases;
mod draft;
mod revoked;

pub use cases::{Case, cases};
pub use revoked::{Revoked, revoked};

use crate::persona::issue::Authority;
use crate::persona::{PrivateKey, shipped_file};

/// The certificates of all simulated authorities, DER, in the order of [`Authority::ALL`].
pub fn roots() -> impl Iterator<Item = &'static [u8]> {
    Authority::ALL.into_iter().map(root)
}

/// The certificate of one authority, DER.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "what is compiled in cannot change later; a test reads every one of them"
)]
pub fn root(authority: Authority) -> &'static [u8] {
    let file = format!("certificates/{}.der", authority.stem());
    shipped_file(&file).expect("every authority is shipped")
}

/// The key of one authority. TEST KEY: published, protects nothing.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "what is compiled in cannot change later; a test reads every one of them"
)]
pub fn key(authority: Authority) -> PrivateKey {
    let file = shipped_file(&format!("keys/{}.pem", authority.stem()));
    let pem = file.and_then(|bytes| str::from_utf8(bytes).ok());
    pem.and_then(|pem| PrivateKey::shipped(pem).ok())
        .expect("every authority has its key")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_authority_is_there_with_its_key() {
        for authority in Authority::ALL {
            let again = authority.certificate(&key(authority)).unwrap();
            assert_eq!(again, root(authority), "{}", authority.stem());
        }
        assert_eq!(roots().collect::<BTreeSet<_>>().len(), 8);
    }

    #[test]
    fn cases_are_named_once_and_made_again_alike() {
        let make = || cases(1_795_564_800).unwrap();
        let (one, other) = (make(), make());
        let names: BTreeSet<&str> = one.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), one.len());
        for (one, other) in one.iter().zip(&other) {
            assert_eq!(one.certificate, other.certificate, "{}", one.name);
            assert!(!one.about_en.is_empty() && !one.about_ja.is_empty());
        }
    }
}
