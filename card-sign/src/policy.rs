//! Policy of a check: demanded by the caller, never chosen by the file.

use card_core::certificate::Certificate;
use card_core::domain::date::UtcTime;
use card_core::trust::{NoRevocation, RevocationChecker, Role, Trust, VerifyReport};

/// What the caller of a check demands.
#[derive(Clone, Copy)]
pub struct Policy<'a> {
    /// The roots that are believed.
    pub trust: &'a Trust,
    /// Who knows about revocation.
    pub revocation: &'a dyn RevocationChecker,
    /// What the signer's certificate has to be for.
    pub role: Role,
    /// The time at which this check happens.
    pub now: UtcTime,
    /// The time for which certificates are judged instead of now. A verified time stamp in the
    /// file goes before it, a claimed signing time never does.
    pub at: Option<UtcTime>,
    /// Which attributes a CMS signature has to have.
    pub profile: Profile,
    /// Certificates that are supplied because the file may lack them.
    pub certificates: &'a [Certificate],
    /// Accepts SHA-1 in signatures, for archives: two contents with one digest can be made.
    pub danger_sha1: bool,
    /// Accepts signatures without signed attributes, as some PDF files have them.
    pub danger_direct: bool,
}

impl<'a> Policy<'a> {
    /// The strict policy for documents: signature certificates, judged now.
    pub fn new(trust: &'a Trust, now: UtcTime) -> Policy<'a> {
        Policy {
            trust,
            revocation: &NoRevocation,
            role: Role::Signature,
            now,
            at: None,
            profile: Profile::Any,
            certificates: &[],
            danger_sha1: false,
            danger_direct: false,
        }
    }

    /// The time for which certificates are judged where no time stamp says better.
    pub fn time(&self) -> UtcTime {
        self.at.unwrap_or(self.now)
    }

    /// What the roots say about a certificate at a time.
    pub(crate) fn judge(&self, certificate: &Certificate, at: UtcTime) -> VerifyReport {
        self.trust
            .store(self.role)
            .verify_with(certificate.to_der(), at, self.revocation)
    }

    /// The same, where certificates came along that may stand between it and a root.
    pub(crate) fn judge_between(
        &self,
        certificate: &Certificate,
        at: UtcTime,
        between: &[Certificate],
    ) -> VerifyReport {
        self.trust.store(self.role).verify_between(
            certificate.to_der(),
            at,
            self.revocation,
            between,
        )
    }
}

/// Which attributes a CMS signature has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Those without which nothing is proven.
    Any,
    /// CAdES-B-B: signing-certificate and signing-time as well.
    Cades,
    /// PAdES-B-B: signing-certificate, and no signing-time, because the PDF has one.
    Pades,
}
