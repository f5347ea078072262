//! Report of genuineness: three findings, each with its reason, and open questions.

use crate::error::{Error, Malformation, Step};
use crate::trust::cv::{IssuerProblem, KeyId};

/// What evidence proves, and what it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The record against the card's certificate: the data are as that key signed them.
    pub signature: Verdict,
    /// That certificate against the issuers that are believed.
    pub issuer: Verdict,
    /// The answer to the challenge against the key that answers for the record: the card is here.
    pub live: Verdict,
    /// Which key the certificate names as its issuer's.
    pub issuer_key: Option<KeyId>,
    /// Which key the certificate certifies.
    pub certified_key: Option<KeyId>,
    /// Fields of the record that the signature says nothing about, or that the secret did not
    /// open; an unknown field by its tag in hexadecimal.
    pub not_covered: Vec<String>,
    /// What would still be unknown if all three findings were valid.
    pub not_proven: &'static [Gap],
}

impl Report {
    /// Whether all three findings are valid. Even then [`Report::not_covered`] and
    /// [`Report::not_proven`] hold.
    #[must_use]
    pub fn all_valid(&self) -> bool {
        [self.signature, self.issuer, self.live]
            .iter()
            .all(|found| *found == Verdict::Pass)
    }
}

/// How a check came out; [`Unknown`](crate::judgement::Verdict::Unknown) where it was not tried.
pub type Verdict = crate::judgement::Verdict<Reason>;

/// Why a check does not hold or was not tried: the rule that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The certificate of the application (0004) is none.
    Certificate,
    /// The certificate is not believed.
    Issuer(IssuerProblem),
    /// The record is not what it should be, or lacks a field that is signed.
    Malformed,
    /// Fields stand in another order than the one that is signed.
    Order,
    /// The offset table points elsewhere than the fields stand.
    Offsets,
    /// The signed digest is not that of the My Number file.
    NumberDigest,
    /// The signed digest is not that of the attributes.
    AttributesDigest,
    /// The certified key did not sign the record.
    Signature,
    /// The secret did not open the file that holds the signature.
    Closed,
    /// The card was not asked to answer.
    NotAsked,
    /// The card refused to answer.
    Refused,
    /// The key that answers (0007) is malformed or not signed by the certified key.
    AnsweringKey,
    /// The answer does not fit challenge and key.
    Answer,
}

impl Reason {
    /// Every code that [`Reason::code`] can give, in alphabetical order.
    pub const CODES: &'static [&'static str] = &[
        "certificate.malformed",
        "issuer.domain",
        "issuer.signature",
        "issuer.unknown",
        "live.key",
        "live.not-asked",
        "live.refused",
        "live.signature",
        "record.attributes-digest",
        "record.closed",
        "record.malformed",
        "record.number-digest",
        "record.offsets",
        "record.order",
        "record.signature",
    ];

    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate.malformed",
            Self::Issuer(problem) => problem.code(),
            Self::Malformed => "record.malformed",
            Self::Order => "record.order",
            Self::Offsets => "record.offsets",
            Self::NumberDigest => "record.number-digest",
            Self::AttributesDigest => "record.attributes-digest",
            Self::Signature => "record.signature",
            Self::Closed => "record.closed",
            Self::NotAsked => "live.not-asked",
            Self::Refused => "live.refused",
            Self::AnsweringKey => "live.key",
            Self::Answer => "live.signature",
        }
    }

    pub(super) fn of_record(error: &Error) -> Self {
        match error {
            Error::Malformed {
                what: Step::OwnKey, ..
            } => Self::AnsweringKey,
            Error::Malformed {
                problem: Malformation::Order,
                ..
            } => Self::Order,
            _ => Self::Malformed,
        }
    }
}

/// What stays unproven even where every check holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// Nothing binds the text records (profile 0001 to 0003) to the key that answers (0007).
    ///
    /// Another person's records on a card that answers with its own key pass both checks. The card
    /// face does bind them.
    Unbound,
    /// Whether the card was reported lost or replaced. Its certificates are not revoked and name
    /// no date.
    CardStatus,
}

impl Gap {
    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unbound => "records.not-bound",
            Self::CardStatus => "card.status",
        }
    }
}
