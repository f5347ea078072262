//! The rules for a certificate under a root. Sources: RFC 5280, and JPKI's published profile.

use super::encoding;
use super::report::{Reason, Rule, Verdict, VerifyReport};
use super::revocation::{NoRevocation, Question, Revocation, RevocationChecker};
use super::roots::{F4, Role, Root, TrustStore};
use crate::certificate::{
    Certificate, CertificateError, KeyAlgorithm, Oid, SignatureAlgorithm,
};
use crate::digest::HashAlgorithm;
use crate::domain::date::UtcTime;

impl TrustStore {
    /// Judges a certificate in DER for a moment. Revocation is not checked.
    ///
    /// One tier: a leaf directly under a root of this store, as JPKI issues it. No path is built
    /// and no certificate that came with the leaf is looked at.
    pub fn verify(&self, der: &[u8], at: UtcTime) -> VerifyReport {
        self.verify_with(der, at, &NoRevocation)
    }

    /// Judges a certificate in DER for a moment, and asks about revocation.
    ///
    /// The checker is asked only where every other rule was kept: a question to a responder tells
    /// it about a person.
    pub fn verify_with(
        &self,
        der: &[u8],
        at: UtcTime,
        revocation: &dyn RevocationChecker,
    ) -> VerifyReport {
        let mut report = VerifyReport::new(self.role(), self.source(), at);
        match Certificate::parse_exact(der) {
            Ok(certificate) => self.judge(&certificate, revocation, &mut report),
            Err(CertificateError::Extension { .. }) => {
                report.set(Rule::Extensions, Err(Reason::Extension));
            }
            Err(CertificateError::Trailing { .. }) => {
                report.set(Rule::Encoding, Err(Reason::Trailing));
            }
            Err(_) => report.set(Rule::Encoding, Err(Reason::Malformed)),
        }
        report
    }

    fn judge(
        &self,
        certificate: &Certificate,
        revocation: &dyn RevocationChecker,
        report: &mut VerifyReport,
    ) {
        let at = report.at();
        let role = self.role();
        report.set(Rule::Encoding, encoding(certificate));
        report.set(Rule::Version, held(certificate.version() == 3, Reason::Version));
        report.set(Rule::Serial, serial(certificate));
        let unique = certificate.duplicate_extensions().is_empty();
        report.set(Rule::Extensions, held(unique, Reason::DuplicateExtension));
        report.set(Rule::CriticalExtensions, critical_extensions(certificate));
        report.set(Rule::Validity, validity(certificate, at));
        report.set(Rule::EndEntity, end_entity(certificate));
        report.set(Rule::KeyUsage, key_usage(certificate, role));
        report.set(Rule::ExtendedKeyUsage, extended_key_usage(certificate, role));

        let candidates = match self.candidates(certificate) {
            Ok(candidates) => candidates,
            Err(reason) => {
                report.set(Rule::Issuer, Err(reason));
                report.set(Rule::Algorithm, algorithm(certificate, role, None));
                report.set(Rule::Key, key(certificate, role, None));
                return;
            }
        };
        report.set(Rule::Issuer, Verdict::Pass);
        // Among several only the signature chooses, and only where no key identifier is named.
        let signer = candidates.iter().find(|root| {
            algorithm(certificate, role, Some(root)).is_ok()
                && certificate.verify_signed_by(root.certificate().public_key()).is_ok()
        });
        let likely = signer.or(candidates.first()).copied();
        let algorithm = algorithm(certificate, role, likely);
        report.set(Rule::Algorithm, algorithm);
        report.set(Rule::Key, key(certificate, role, likely));
        report.set(Rule::Policy, policy(certificate, likely));
        let Some(root) = signer else {
            if algorithm.is_ok() {
                report.set(Rule::Signature, Err(Reason::Signature));
            }
            return;
        };
        report.set(Rule::Signature, Verdict::Pass);
        report.anchor = Some(*root.anchor());
        let begins = certificate.validity().not_before;
        let covers = root.certificate().validity().contains(begins);
        report.set(Rule::IssuerValidity, held(covers, Reason::IssuerValidity));

        if report.is_accepted() {
            report.revocation = revocation.check(&Question { certificate, issuer: root, at });
            report.set(
                Rule::Revocation,
                match &report.revocation {
                    Revocation::NotChecked => Verdict::NotChecked,
                    Revocation::Good(_) => Verdict::Pass,
                    Revocation::Revoked { .. } => Verdict::Fail(Reason::Revoked),
                    Revocation::Unknown(reason) => Verdict::Unknown(*reason),
                },
            );
        }
    }

    /// The roots that may have signed: those with the issuer's name and the key that is named.
    fn candidates(&self, certificate: &Certificate) -> Result<Vec<&Root>, Reason> {
        let of_name: Vec<&Root> = self
            .roots()
            .iter()
            .filter(|root| root.certificate().subject() == certificate.issuer())
            .collect();
        if of_name.is_empty() {
            let stated = certificate.purpose().map(Role::from);
            let jpki = self.role() != Role::TimeStamp;
            return match stated {
                Some(stated) if jpki && stated != self.role() => Err(Reason::IssuerPurpose),
                _ => Err(Reason::IssuerUnknown),
            };
        }
        let authority = certificate.authority_key();
        let of_key: Vec<&Root> = of_name
            .into_iter()
            .filter(|root| {
                let root = root.certificate();
                let key = authority.and_then(|stated| stated.key_identifier.as_deref());
                let serial = authority.and_then(|stated| stated.serial.as_ref());
                key.is_none_or(|key| match root.subject_key_identifier() {
                    Some(own) => own == key,
                    None => root.public_key().identifier().as_bytes() == key,
                }) && serial.is_none_or(|serial| serial == root.serial())
            })
            .collect();
        if of_key.is_empty() { Err(Reason::IssuerKey) } else { Ok(of_key) }
    }
}

/// Whether an algorithm is one that can be believed, whoever uses it.
pub(super) fn is_strong(algorithm: &SignatureAlgorithm) -> bool {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1v15(hash) | SignatureAlgorithm::Ecdsa(hash) => {
            !matches!(hash, HashAlgorithm::Sha1 { .. })
        }
        SignatureAlgorithm::Other(_) => false,
    }
}

fn held(rule: bool, reason: Reason) -> Result<(), Reason> {
    if rule { Ok(()) } else { Err(reason) }
}

fn encoding(certificate: &Certificate) -> Result<(), Reason> {
    held(encoding::is_strict(certificate.to_der()), Reason::NotDer)
}

fn serial(certificate: &Certificate) -> Result<(), Reason> {
    let serial = certificate.serial();
    let content = serial.content();
    let positive = !serial.is_negative() && content.iter().any(|byte| *byte != 0);
    held(positive && content.len() <= 20, Reason::Serial)
}

/// SHA-256 with RSA under today's roots, ECDSA under roots with elliptic keys; time-stamp
/// authorities choose among more.
fn algorithm(certificate: &Certificate, role: Role, root: Option<&Root>) -> Result<(), Reason> {
    use HashAlgorithm::{Sha256, Sha384};
    if !certificate.algorithms_agree() {
        return Err(Reason::AlgorithmMismatch);
    }
    let stated = certificate.signature_algorithm();
    let of_jpki = matches!(
        stated,
        SignatureAlgorithm::RsaPkcs1v15(Sha256) | SignatureAlgorithm::Ecdsa(Sha256 | Sha384)
    );
    let fits = match root.map(|root| root.certificate().key_algorithm()) {
        Some(KeyAlgorithm::Rsa { .. }) => matches!(stated, SignatureAlgorithm::RsaPkcs1v15(_)),
        Some(_) => matches!(stated, SignatureAlgorithm::Ecdsa(_)),
        None => true,
    };
    let strong = if role == Role::TimeStamp { is_strong(stated) } else { of_jpki };
    held(strong && fits, Reason::Algorithm)
}

/// Which critical extensions have a rule here that judges them.
pub(super) fn critical_extensions(certificate: &Certificate) -> Result<(), Reason> {
    const JUDGED: [Oid; 4] = [
        Oid::known(b"\x55\x1d\x0f"), // keyUsage
        Oid::known(b"\x55\x1d\x20"), // certificatePolicies
        Oid::known(b"\x55\x1d\x13"), // basicConstraints
        Oid::known(b"\x55\x1d\x25"), // extKeyUsage
    ];
    let mut critical = certificate.extensions().iter().filter(|one| one.critical);
    held(critical.all(|one| JUDGED.contains(&one.oid)), Reason::CriticalExtension)
}

fn validity(certificate: &Certificate, at: UtcTime) -> Result<(), Reason> {
    let validity = certificate.validity();
    held(at >= validity.not_before, Reason::NotYetValid)?;
    held(at <= validity.not_after, Reason::Expired)
}

fn end_entity(certificate: &Certificate) -> Result<(), Reason> {
    let authority = certificate.basic_constraints().is_some_and(|basic| basic.ca)
        || certificate.key_usage().is_some_and(|usage| usage.key_cert_sign());
    held(!authority, Reason::Authority)
}

/// Every card so far has RSA-2048 with 65537. A larger key is no better here: nobody issued it.
fn key(certificate: &Certificate, role: Role, root: Option<&Root>) -> Result<(), Reason> {
    let time_stamp = role == Role::TimeStamp;
    match certificate.key_algorithm() {
        KeyAlgorithm::Rsa { bits } => {
            let size = bits == 2048 || (time_stamp && (2048..=8192).contains(&bits));
            held(size, Reason::KeySize)?;
            let exponent = certificate.public_key().rsa_numbers().map(|(_, exponent)| exponent);
            held(exponent == Some(F4), Reason::KeyExponent)
        }
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 => {
            let under_rsa = root.is_some_and(|root| {
                matches!(root.certificate().key_algorithm(), KeyAlgorithm::Rsa { .. })
            });
            held(time_stamp || !under_rsa, Reason::KeyKind)
        }
        KeyAlgorithm::Other => Err(Reason::KeyKind),
    }
}

fn key_usage(certificate: &Certificate, role: Role) -> Result<(), Reason> {
    let usage = certificate.key_usage();
    let fits = usage.is_some_and(|usage| match role {
        Role::Authentication => usage.digital_signature() && !usage.non_repudiation(),
        Role::Signature => usage.non_repudiation(),
        Role::TimeStamp => usage.digital_signature() || usage.non_repudiation(),
    });
    held(fits, Reason::KeyUsage)
}

fn policy(certificate: &Certificate, root: Option<&Root>) -> Verdict {
    let Some((root, environment)) =
        root.and_then(|root| Some((root, root.anchor().environment?)))
    else {
        // Time-stamp authorities have policies of their own, and none is demanded.
        return Verdict::NotChecked;
    };
    let fits = certificate.policies().iter().filter_map(|policy| policy.class()).any(|class| {
        Role::from(class.purpose) == root.role() && class.environment == environment
    });
    held(fits, Reason::Policy).into()
}

fn extended_key_usage(certificate: &Certificate, role: Role) -> Result<(), Reason> {
    // RFC 9336.
    const DOCUMENT_SIGNING: Oid = Oid::known(b"\x2b\x06\x01\x05\x05\x07\x03\x24");
    let stated = certificate.extended_key_usage();
    let fits = match role {
        Role::Authentication => stated.is_some_and(|all| all.contains(&Oid::CLIENT_AUTH)),
        // JPKI writes none here. One that does not name signing forbids it.
        Role::Signature => stated.is_none_or(|all| all.contains(&DOCUMENT_SIGNING)),
        // RFC 3161, section 2.3: critical, and nothing else.
        Role::TimeStamp => {
            let critical = certificate
                .extensions()
                .iter()
                .any(|one| one.critical && one.oid == Oid::known(b"\x55\x1d\x25"));
            critical && stated == Some(&[Oid::TIME_STAMPING])
        }
    };
    held(fits, Reason::ExtendedKeyUsage)
}
