//! Revocation (失効): what is known, from lists and answers that the caller has.

mod entries;
mod list;
mod ocsp;
mod read;

pub use list::{RevocationLists, UnreadableList};
pub use ocsp::{Ocsp, OcspRequest};

use super::report::Reason;
use super::roots::Root;
use crate::certificate::Certificate;
use crate::domain::date::UtcTime;

/// Finds out whether a certificate was revoked.
///
/// Implementations here judge lists and answers; parties with a contract plug in their platform's
/// interface. They get a certificate that has kept every other rule.
pub trait RevocationChecker {
    /// What is known of this certificate.
    fn check(&self, question: &Question<'_>) -> Revocation;
}

/// About which certificate a checker is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// The root that signed it.
    pub issuer: &'a Root,
    /// The moment for which it is judged.
    pub at: UtcTime,
}

/// What is known of a certificate's revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Not asked. JPKI's lists are for approved verifiers only (公的個人認証法).
    NotChecked,
    /// Not revoked, says a list or answer that covers the moment.
    Good(Evidence),
    /// Revoked, whatever the moment. The reason that issuers write is personal and is not read.
    Revoked {
        /// Since when.
        since: UtcTime,
        /// Who says so.
        evidence: Evidence,
    },
    /// What was given does not tell.
    Unknown(Reason),
}

impl Revocation {
    /// A stable word for scripts: `good`, `revoked`, `unknown` or `not-checked`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Revocation::NotChecked => "not-checked",
            Revocation::Good(_) => "good",
            Revocation::Revoked { .. } => "revoked",
            Revocation::Unknown(_) => "unknown",
        }
    }

    /// Of two findings about one certificate the one that counts: revoked, then good, then
    /// unknown.
    #[must_use]
    pub fn or(self, other: Revocation) -> Revocation {
        let weight = |finding: &Revocation| match finding {
            Revocation::Revoked { .. } => 4,
            Revocation::Good(_) => 3,
            // A list for other certificates explains less than one for this certificate.
            Revocation::Unknown(Reason::RevocationPartition | Reason::RevocationIssuer) => 1,
            Revocation::Unknown(_) => 2,
            Revocation::NotChecked => 0,
        };
        if weight(&other) > weight(&self) {
            other
        } else {
            self
        }
    }
}

/// What a finding about revocation rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A revocation list (失効リスト).
    List {
        /// When it was made.
        this_update: UtcTime,
        /// When the next one was due.
        next_update: Option<UtcTime>,
    },
    /// An OCSP answer.
    Answer {
        /// When it was signed.
        produced_at: UtcTime,
        /// Whether it repeats the number of the question, so that it is no old answer.
        nonce: bool,
    },
}

/// Makes no check: for programs that may not have the lists.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRevocation;

impl RevocationChecker for NoRevocation {
    fn check(&self, _: &Question<'_>) -> Revocation {
        Revocation::NotChecked
    }
}

/// Asks several checkers: one that says revoked decides, else one that says good.
#[derive(Clone, Copy)]
pub struct AllOf<'a>(pub &'a [&'a dyn RevocationChecker]);

impl RevocationChecker for AllOf<'_> {
    fn check(&self, question: &Question<'_>) -> Revocation {
        let findings = self.0.iter().map(|checker| checker.check(question));
        findings.fold(Revocation::NotChecked, Revocation::or)
    }
}
