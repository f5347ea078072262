//! Trust: roots, the rules for a certificate under them, and revocation.
//!
//! ```text
//! Trust ──▶ TrustStore ──▶ verify(certificate, moment) ──▶ VerifyReport: rule by rule
//!  a set      one role       revocation by a checker          never a bare yes or no
//!  of roots   only           that the caller brings
//! ```
//!
//! All generations of a JPKI authority share one name, so a root is found by key identifier and
//! signature. The two purposes never share a store: else a certificate for logging in would pass
//! as one for signing. The moment is an argument; nothing here reads a clock or the network.
//!
//! Private people and companies without approval cannot get JPKI's revocation lists or answers
//! (公的個人認証法 17条, 18条, 36条, 37条): what a report says without them is that signature and
//! chain fit and that revocation was *not checked*.
//!
//! The card's own records hang on certificates of another kind and on issuers of their own: [`cv`].

mod chain;
pub mod cv;
mod encoding;
mod known;
mod report;
mod revocation;
mod roots;

pub use known::KnownCertificates;
pub use report::{Reason, Rule, Verdict, VerifyReport};
pub use revocation::{
    AllOf, Evidence, NoRevocation, Ocsp, OcspRequest, Question, Revocation, RevocationCause,
    RevocationChecker, RevocationEntry, RevocationLists, UnreadableList,
};
pub use roots::{
    Anchor, Role, Root, RootProblem, Skipped, Trust, TrustError, TrustSource, TrustStore,
};

#[cfg(test)]
pub(crate) mod tests {
    mod paths;
    pub(crate) mod workshop;
}
