//! Report of a verification: every rule with its verdict, never a bare yes or no.

use std::fmt;

use thiserror::Error;

use super::revocation::Revocation;
use super::roots::{Anchor, Role, TrustSource};
use crate::certificate::VerifyError;
use crate::domain::date::UtcTime;

/// What came out of checking one certificate against one store.
///
/// Rules that could not be tried because an earlier one failed are [`Verdict::NotChecked`]. A
/// report without a failure is accepted although revocation was not checked; it says so itself,
/// and callers that need more read [`VerifyReport::revocation`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct VerifyReport {
    role: Role,
    source: TrustSource,
    at: UtcTime,
    pub(super) verdicts: [Verdict; Rule::ALL.len()],
    pub(super) anchor: Option<Anchor>,
    pub(super) revocation: Revocation,
}

impl VerifyReport {
    pub(super) fn new(role: Role, source: TrustSource, at: UtcTime) -> Self {
        Self {
            role,
            source,
            at,
            verdicts: [Verdict::NotChecked; Rule::ALL.len()],
            anchor: None,
            revocation: Revocation::NotChecked,
        }
    }

    pub(super) fn set(&mut self, rule: Rule, verdict: impl Into<Verdict>) {
        if let Some(place) = self.verdicts.get_mut(rule as usize) {
            *place = verdict.into();
        }
    }

    /// Whether no rule failed. An unchecked or unknown revocation is no failure.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.reason().is_none()
    }

    /// Why the certificate is refused: the first failure in the order of [`Rule::ALL`].
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.failures().next()
    }

    /// Every failure, in the order of the rules.
    pub fn failures(&self) -> impl Iterator<Item = Reason> {
        self.verdicts.iter().filter_map(|verdict| verdict.broken())
    }

    /// Every rule with its verdict, in the order of [`Rule::ALL`].
    pub fn rules(&self) -> impl Iterator<Item = (Rule, Verdict)> {
        Rule::ALL.into_iter().zip(self.verdicts)
    }

    /// The verdict of one rule.
    #[must_use]
    pub fn verdict(&self, rule: Rule) -> Verdict {
        self.verdicts
            .get(rule as usize)
            .copied()
            .unwrap_or(Verdict::NotChecked)
    }

    /// What is known of revocation.
    #[must_use]
    pub const fn revocation(&self) -> &Revocation {
        &self.revocation
    }

    /// The root that signed; `None` if none was found or its signature does not fit.
    #[must_use]
    pub const fn anchor(&self) -> Option<&Anchor> {
        self.anchor.as_ref()
    }

    /// What the certificate was judged for.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Where the roots came from.
    #[must_use]
    pub const fn source(&self) -> TrustSource {
        self.source
    }

    /// The moment for which the certificate was judged.
    #[must_use]
    pub const fn at(&self) -> UtcTime {
        self.at
    }
}

/// A rule for a certificate, in the order in which a report lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// One certificate in strict DER, and nothing behind it.
    Encoding,
    /// Version 3.
    Version,
    /// A positive serial number of at most 20 bytes.
    Serial,
    /// One signature algorithm, the same inside and outside, strong, and of the root's kind.
    Algorithm,
    /// Extensions can be read, and each stands once.
    Extensions,
    /// Every critical extension is one that these rules judge.
    CriticalExtensions,
    /// A root of the store has the issuer's name and the key identifier that is named.
    Issuer,
    /// That root signed.
    Signature,
    /// The root was valid when it signed.
    IssuerValidity,
    /// The certificate is valid at the moment asked for.
    Validity,
    /// It is no certification authority.
    EndEntity,
    /// Its key is of a kind and size that JPKI issues.
    Key,
    /// keyUsage is that of its role.
    KeyUsage,
    /// It was issued under a policy of its role, for persons or for tests as its root.
    Policy,
    /// extKeyUsage is that of its role.
    ExtendedKeyUsage,
    /// It was not revoked.
    Revocation,
}

impl Rule {
    /// All rules, in order.
    pub const ALL: [Rule; 16] = [
        Rule::Encoding,
        Rule::Version,
        Rule::Serial,
        Rule::Algorithm,
        Rule::Extensions,
        Rule::CriticalExtensions,
        Rule::Issuer,
        Rule::Signature,
        Rule::IssuerValidity,
        Rule::Validity,
        Rule::EndEntity,
        Rule::Key,
        Rule::KeyUsage,
        Rule::Policy,
        Rule::ExtendedKeyUsage,
        Rule::Revocation,
    ];

    /// A stable word for scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Rule::Encoding => "encoding",
            Rule::Version => "version",
            Rule::Serial => "serial",
            Rule::Algorithm => "algorithm",
            Rule::Extensions => "extensions",
            Rule::CriticalExtensions => "critical-extensions",
            Rule::Issuer => "issuer",
            Rule::Signature => "signature",
            Rule::IssuerValidity => "issuer-validity",
            Rule::Validity => "validity",
            Rule::EndEntity => "end-entity",
            Rule::Key => "key",
            Rule::KeyUsage => "key-usage",
            Rule::Policy => "policy",
            Rule::ExtendedKeyUsage => "extended-key-usage",
            Rule::Revocation => "revocation",
        }
    }
}

/// How a rule came out. Only revocation can be unknown.
pub type Verdict = crate::judgement::Verdict<Reason>;

/// Writes the enum and its stable codes side by side, so that neither is forgotten.
macro_rules! reasons {
    ($($(#[$doc:meta])+ $name:ident = $code:literal,)+) => {
        /// Why a certificate is refused, or why its revocation is unknown.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])+ #[error($code)] $name,)+
        }

        impl Reason {
            /// All reasons.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)+];

            /// A stable word for scripts.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)+ }
            }
        }
    };
}

reasons! {
    /// The bytes are no certificate.
    Malformed = "certificate.malformed",
    /// A certificate in BER that is not DER: another writing of the same content.
    NotDer = "certificate.encoding",
    /// Something stands behind the certificate: filler, a second one, anything.
    Trailing = "certificate.trailing-data",
    /// Not version 3.
    Version = "certificate.version",
    /// The serial number is zero, negative or longer than 20 bytes.
    Serial = "certificate.serial",
    /// The algorithm inside the signed part differs from the one beside the signature.
    AlgorithmMismatch = "certificate.algorithm-mismatch",
    /// SHA-1, an unknown algorithm, or one that does not belong to the root's key.
    Algorithm = "certificate.algorithm",
    /// An extension cannot be read.
    Extension = "certificate.extension",
    /// An extension stands twice.
    DuplicateExtension = "certificate.duplicate-extension",
    /// A critical extension that these rules do not judge.
    CriticalExtension = "certificate.critical-extension",
    /// No root of the store has the issuer's name.
    IssuerUnknown = "issuer.unknown",
    /// The issuer is the JPKI authority for the other purpose.
    IssuerPurpose = "issuer.purpose",
    /// Roots have the issuer's name, but none the key that the certificate names.
    IssuerKey = "issuer.key-identifier",
    /// The signature is not by the root's key.
    Signature = "certificate.signature",
    /// The root was not valid when the certificate begins.
    IssuerValidity = "issuer.validity",
    /// The moment is after the certificate's end.
    Expired = "certificate.expired",
    /// The moment is before the certificate's beginning.
    NotYetValid = "certificate.not-yet-valid",
    /// The certificate is one of an authority.
    Authority = "certificate.authority",
    /// A kind of key that is not issued here.
    KeyKind = "key.kind",
    /// RSA of another size than is issued here.
    KeySize = "key.size",
    /// An RSA exponent other than 65537.
    KeyExponent = "key.exponent",
    /// keyUsage is missing or not that of the role.
    KeyUsage = "certificate.key-usage",
    /// No policy of the role, or a test policy where persons are meant, or the reverse.
    Policy = "certificate.policy",
    /// extKeyUsage is not that of the role.
    ExtendedKeyUsage = "certificate.extended-key-usage",
    /// The issuer took the certificate back.
    Revoked = "certificate.revoked",
    /// The list or answer cannot be read.
    RevocationMalformed = "revocation.malformed",
    /// The list is another issuer's.
    RevocationIssuer = "revocation.issuer",
    /// The list or answer is not signed by the root or by a signer whom it authorised.
    RevocationSignature = "revocation.signature",
    /// The list or answer is newer than the moment asked for.
    RevocationFuture = "revocation.future",
    /// The list or answer is too old for the moment asked for.
    RevocationStale = "revocation.stale",
    /// The list is for another part of the country.
    RevocationPartition = "revocation.partition",
    /// The list holds some kinds of certificates or reasons only, or is a delta.
    RevocationScope = "revocation.scope",
    /// A critical extension of list, entry or answer that these rules do not judge.
    RevocationExtension = "revocation.extension",
    /// No answer came.
    RevocationUnreachable = "revocation.unreachable",
    /// The responder answered that it cannot or will not answer.
    RevocationRefused = "revocation.refused",
    /// The responder may not answer for this issuer.
    RevocationResponder = "revocation.responder",
    /// The answer is about another certificate.
    RevocationOther = "revocation.other-certificate",
    /// The answer is to another question.
    RevocationNonce = "revocation.nonce",
    /// The responder does not know the certificate.
    RevocationUnknown = "revocation.unknown",
    /// A responder speaks of today, and the moment asked for is past.
    RevocationPast = "revocation.past",
}

impl From<VerifyError> for Reason {
    fn from(error: VerifyError) -> Reason {
        match error {
            VerifyError::Mismatch => Reason::Signature,
            VerifyError::Kind | VerifyError::Unusable => Reason::Algorithm,
        }
    }
}

/// One line per rule, for logs: name, verdict, reason.
impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (rule, verdict) in self.rules() {
            write!(f, "{} {}", rule.name(), verdict.name())?;
            match verdict.reason() {
                Some(reason) => writeln!(f, " {}", reason.code())?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::date::UtcTime;
    use crate::trust::Role;
    use crate::trust::tests::workshop::{Workshop, today};

    #[test]
    fn a_report_is_a_line_for_each_rule() {
        let workshop = Workshop::open();
        let trust = workshop.trust();
        let said = |at| {
            let store = trust.store(Role::Authentication);
            store.verify(&workshop.good, at).to_string()
        };
        let good = said(today());
        assert_eq!(good.lines().count(), Rule::ALL.len());
        assert!(good.starts_with("encoding pass\nversion pass\n"), "{good}");
        assert!(
            good.contains("\nextended-key-usage pass\nrevocation "),
            "{good}"
        );
        let early = said(UtcTime::from_unix(0).unwrap());
        assert!(
            early.contains("\nvalidity fail certificate.not-yet-valid\n"),
            "{early}"
        );
    }

    #[test]
    fn rules_stand_where_their_number_says() {
        for (place, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, place);
        }
    }

    #[test]
    fn codes_are_words_joined_by_dots_and_differ() {
        let codes: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for code in codes {
            assert!(code.contains('.'), "{code}");
            let words = code.split(['.', '-']);
            assert!(
                words
                    .clone()
                    .all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()))
            );
            assert!(!code.contains("good"), "{code}");
        }
    }

    #[test]
    fn the_first_failure_is_the_reason_and_unknown_refuses_nothing() {
        let at = UtcTime::from_unix(0).unwrap();
        let mut report = VerifyReport::new(Role::Signature, TrustSource::Production, at);
        report.set(Rule::Revocation, Verdict::Unknown(Reason::RevocationStale));
        assert!(report.is_accepted());
        report.set(Rule::Policy, Err(Reason::Policy));
        report.set(Rule::Validity, Err(Reason::Expired));
        assert_eq!(report.reason(), Some(Reason::Expired));
        assert_eq!(report.failures().count(), 2);
    }
}
