//! Who decides whether a certificate is believed: asked by every format, answered elsewhere.

use card_core::certificate::Certificate;
use card_core::domain::date::UtcTime;

use crate::report::{Finding, Reason, Revocation, Rule, Verdict};

/// Judges certificates (証明書の検証). Trust stores do; so may the service of an approved verifier.
pub trait Judge {
    /// Judges one certificate for one role at one time.
    fn judge(&self, question: &Question<'_>) -> Judgement;
}

/// What is asked about a certificate.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The certificate that signed.
    pub leaf: &'a Certificate,
    /// Other certificates from the file: material for a chain, no evidence.
    pub others: &'a [Certificate],
    /// What the certificate is used for here.
    pub role: Role,
    /// The time for which it is judged.
    pub at: UtcTime,
}

/// What a certificate in a document is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// To sign documents: 署名用電子証明書.
    Signature,
    /// To prove who somebody is: 利用者証明用電子証明書.
    Authentication,
    /// To say when something existed: a time-stamp authority (時刻認証局).
    TimeStamp,
}

/// The answer: one finding for each rule about certificates and chains.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The rules; one failure refuses the certificate.
    pub findings: Vec<Finding>,
    /// What is known about revocation.
    pub revocation: Revocation,
}

impl Judgement {
    /// Why the certificate is refused: the first of the reasons.
    pub fn refusal(&self) -> Option<Reason> {
        self.findings.iter().find_map(|finding| match finding.verdict {
            Verdict::Fail(reason) => Some(reason),
            _ => None,
        })
    }

    /// The answer as one finding of a format's own rule.
    pub fn summary(&self, rule: Rule) -> Finding {
        Finding::new(rule, self.refusal().map_or(Verdict::Pass, Verdict::Fail))
    }
}
