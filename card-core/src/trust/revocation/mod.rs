//! Revocation (失効): what is known, from lists and answers that the caller has.

mod entries;
mod list;
mod ocsp;
mod read;

pub use list::{RevocationLists, UnreadableList};
pub use ocsp::{Ocsp, OcspRequest};

use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;

use super::report::Reason;
use super::roots::{Role, Root};
use crate::certificate::Certificate;
use crate::certificate::der::{self, NotDer};
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
    /// Revoked at the moment that is judged for, or nothing shows that it was not.
    Revoked {
        /// Since when, and why as far as that matters.
        entry: RevocationEntry,
        /// Who says so.
        evidence: Evidence,
    },
    /// Revoked, but only after the moment that is judged for: what was signed then stays valid.
    RevokedLater {
        /// Since when, and why as far as that matters.
        entry: RevocationEntry,
        /// Who says so.
        evidence: Evidence,
    },
    /// What was given does not tell.
    Unknown(Reason),
}

impl Revocation {
    /// A stable word for scripts: `good`, `revoked`, `unknown` or `not-checked`.
    ///
    /// One that was revoked later was good at the moment that is judged for.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Revocation::NotChecked => "not-checked",
            Revocation::Good(_) | Revocation::RevokedLater { .. } => "good",
            Revocation::Revoked { .. } => "revoked",
            Revocation::Unknown(_) => "unknown",
        }
    }

    /// Of two findings about one certificate the one that counts: revoked, revoked later, good,
    /// unknown.
    #[must_use]
    pub fn or(self, other: Revocation) -> Revocation {
        let weight = |finding: &Revocation| match finding {
            Revocation::Revoked { .. } => 5,
            Revocation::RevokedLater { .. } => 4,
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

/// What a list or answer says of a revoked certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationEntry {
    /// When the issuer revoked it.
    pub since: UtcTime,
    /// Since when the key may not have been the holder's alone, if the issuer says so.
    pub invalid_since: Option<UtcTime>,
    /// Why, as far as that decides about signatures made before.
    pub cause: RevocationCause,
}

/// Why a certificate was revoked, as far as that decides about signatures made before.
///
/// The reasons that tell something about a person (a move, a death) are not told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevocationCause {
    /// keyCompromise (1): somebody else may have the key.
    KeyCompromise,
    /// cACompromise (2): somebody else may have issued the certificate.
    AuthorityCompromise,
    /// No reason is given, or `unspecified` (0).
    NotGiven,
    /// A change of attributes, a successor, an end: the key was the holder's to the last.
    Other,
}

impl RevocationCause {
    /// A stable word for scripts: `key-compromise`, `authority-compromise`, `not-given` or `other`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            RevocationCause::KeyCompromise => "key-compromise",
            RevocationCause::AuthorityCompromise => "authority-compromise",
            RevocationCause::NotGiven => "not-given",
            RevocationCause::Other => "other",
        }
    }

    /// Of a CRLReason (RFC 5280, 5.3.1).
    fn of_code(code: Option<u8>) -> Self {
        match code {
            None | Some(0) => RevocationCause::NotGiven,
            Some(1) => RevocationCause::KeyCompromise,
            Some(2) => RevocationCause::AuthorityCompromise,
            Some(_) => RevocationCause::Other,
        }
    }
}

impl RevocationEntry {
    /// What a list or answer makes of this entry, for the moment that is asked about.
    ///
    /// The earlier of revocation time and invalidity date counts. A compromise without an
    /// invalidity date began at an unknown time, so no moment is before it. A time-stamp authority
    /// that was revoked without a reason has no stamp that is believed (RFC 3161, section 4).
    fn judge(self, question: &Question<'_>, evidence: Evidence) -> Revocation {
        let entry = self;
        // A date behind the list's own is that of the list: what is revoked there is revoked now.
        let made = evidence.made();
        let made = UtcTime::from_unix(made.unix().saturating_add(1)).unwrap_or(made);
        let begin = entry.since.min(made);
        let begin = entry
            .invalid_since
            .map_or(begin, |invalid| begin.min(invalid));
        let known = match entry.cause {
            RevocationCause::KeyCompromise | RevocationCause::AuthorityCompromise => {
                entry.invalid_since.is_some()
            }
            RevocationCause::NotGiven => question.issuer.role() != Role::TimeStamp,
            RevocationCause::Other => true,
        };
        match known && question.at < begin {
            true => Revocation::RevokedLater { entry, evidence },
            false => Revocation::Revoked { entry, evidence },
        }
    }

    /// Of two entries about one certificate the one that leaves less.
    fn worse(self, other: Self) -> Self {
        let weight = |one: &Self| match one.cause {
            RevocationCause::AuthorityCompromise => 3,
            RevocationCause::KeyCompromise => 2,
            RevocationCause::NotGiven => 1,
            RevocationCause::Other => 0,
        };
        let cause = match weight(&self) >= weight(&other) {
            true => self.cause,
            false => other.cause,
        };
        // One without an invalidity date leaves the other's without meaning.
        let invalid_since = self.invalid_since.zip(other.invalid_since);
        Self {
            since: self.since.min(other.since),
            invalid_since: invalid_since.map(|(one, other)| one.min(other)),
            cause,
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

impl Evidence {
    /// When it was made.
    const fn made(&self) -> UtcTime {
        match self {
            Evidence::List { this_update, .. } => *this_update,
            Evidence::Answer { produced_at, .. } => *produced_at,
        }
    }
}

/// A CRLReason in DER.
fn reason_code(value: &[u8]) -> Result<u8, NotDer> {
    const ENUMERATED: u8 = 10;
    match der::only(ENUMERATED, value)?.value {
        [code] => Ok(*code),
        _ => Err(NotDer),
    }
}

/// A GeneralizedTime in DER.
fn generalized_time(value: &[u8]) -> Result<UtcTime, NotDer> {
    const GENERALIZED_TIME: u8 = 24;
    let whole = der::only(GENERALIZED_TIME, value)?.whole;
    let (rest, time) = ASN1Time::from_der(whole).map_err(|_| NotDer)?;
    UtcTime::from_datetime(time.to_datetime())
        .filter(|_| rest.is_empty())
        .ok_or(NotDer)
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
