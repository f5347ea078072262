//! The rules for a certificate under a root. Sources: RFC 5280, and JPKI's published profile.
//!
//! Two thirds of this file are the table of failure: a certificate for each way to break a rule.

use super::encoding::Signed;
use super::known::KnownCertificates;
use super::report::{Reason, Rule, Verdict, VerifyReport};
use super::revocation::{NoRevocation, Question, Revocation, RevocationChecker};
use super::roots::{F4, Role, Root, Trust, TrustStore};
use crate::certificate::{Certificate, CertificateError, KeyAlgorithm, Oid, SignatureAlgorithm};
use crate::digest::{Digest, HashAlgorithm};
use crate::domain::date::UtcTime;

impl Trust {
    /// Judges a file with one certificate, in DER or PEM, for the role that its issuer's name says.
    ///
    /// For who asks what a certificate is worth. A login or a document has a role of its own and
    /// asks [`TrustStore::verify_with`], which this is otherwise.
    pub fn verify_file(
        &self,
        file: &[u8],
        at: UtcTime,
        revocation: &dyn RevocationChecker,
    ) -> VerifyReport {
        let blocks = match Certificate::parse_pem(file) {
            Ok(blocks) => blocks,
            Err(_) => {
                let store = match Certificate::parse_exact(file) {
                    Ok(certificate) => self.store_for(&certificate),
                    Err(_) => self.store(Role::Signature),
                };
                return store.verify_with(file, at, revocation);
            }
        };
        let several: Vec<u8> = blocks
            .iter()
            .flat_map(Certificate::to_der)
            .copied()
            .collect();
        let first = blocks.first();
        let store = first.map_or(self.store(Role::Signature), |first| self.store_for(first));
        // Two blocks are judged like two certificates in DER, one behind the other.
        store.verify_with(&several, at, revocation)
    }
}

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
        self.examine(der, at, revocation, None).0
    }

    /// As [`TrustStore::verify_with`], with certificates that may stand between leaf and root.
    ///
    /// For time-stamp authorities alone: JPKI issues leaves directly under its roots, and its
    /// stores build no path.
    pub fn verify_between(
        &self,
        der: &[u8],
        at: UtcTime,
        revocation: &dyn RevocationChecker,
        between: &[Certificate],
    ) -> VerifyReport {
        let direct = self.verify_with(der, at, revocation);
        let unknown = [Some(Reason::IssuerUnknown), Some(Reason::IssuerKey)];
        let no_root = direct
            .failures()
            .any(|reason| unknown.contains(&Some(reason)));
        if self.role() != Role::TimeStamp || !no_root || between.is_empty() {
            return direct;
        }
        let authorities = self.authorities(between, at, revocation);
        self.with(authorities).verify_with(der, at, revocation)
    }

    /// Those of the certificates that a root of this store has made authorities, at most three
    /// steps away.
    fn authorities(
        &self,
        between: &[Certificate],
        at: UtcTime,
        revocation: &dyn RevocationChecker,
    ) -> Vec<Root> {
        let room = |root: &Root| {
            let basic = root.certificate().basic_constraints();
            basic.and_then(|basic| basic.path_length)
        };
        let mut above: Vec<(Root, Option<u32>)> = self
            .roots()
            .iter()
            .map(|root| (root.clone(), room(root)))
            .collect();
        let mut all: Vec<Root> = Vec::new();
        for _ in 0..MAX_BETWEEN {
            let mut found = Vec::new();
            for one in between {
                let known = all.iter().any(|known| known.certificate() == one);
                let issuer = above.iter().filter(|(_, room)| *room != Some(0));
                let issuer = (!known)
                    .then(|| {
                        issuer
                            .into_iter()
                            .find(|(root, _)| is_issued_by(one, root, at))
                    })
                    .flatten();
                let Some((issuer, room_above)) = issuer else {
                    continue;
                };
                let question = Question {
                    certificate: one,
                    issuer,
                    at,
                };
                if matches!(revocation.check(&question), Revocation::Revoked { .. }) {
                    continue;
                }
                if let Some(root) = Root::below(one.clone(), *issuer.anchor()) {
                    let left = room_above.map(|room| room.saturating_sub(1));
                    let own = room(&root);
                    let left = match (left, own) {
                        (Some(left), Some(own)) => Some(left.min(own)),
                        (left, own) => left.or(own),
                    };
                    found.push((root, left));
                }
            }
            if found.is_empty() {
                break;
            }
            all.extend(found.iter().map(|(root, _)| root.clone()));
            above = found;
        }
        all
    }

    /// As [`TrustStore::verify_with`]; gives what was read too, so that it is read once, and does
    /// not compute again what is known.
    pub(crate) fn examine(
        &self,
        der: &[u8],
        at: UtcTime,
        revocation: &dyn RevocationChecker,
        known: Option<&KnownCertificates>,
    ) -> (VerifyReport, Option<Certificate>) {
        let mut report = VerifyReport::new(self.role(), self.source(), at);
        if let Some((certificate, signer)) = known.and_then(|known| known.find(der)) {
            self.judge(&certificate, revocation, Some(signer), &mut report);
            return (report, Some(certificate));
        }
        let certificate = Certificate::parse_exact(der);
        match &certificate {
            Ok(certificate) => {
                self.judge(certificate, revocation, None, &mut report);
                if let (Some(known), Some(anchor), true) =
                    (known, report.anchor(), report.is_accepted())
                {
                    known.remember(certificate, anchor.key);
                }
            }
            Err(CertificateError::Extension { .. }) => {
                report.set(Rule::Extensions, Err(Reason::Extension));
            }
            Err(CertificateError::Trailing { .. }) => {
                report.set(Rule::Encoding, Err(Reason::Trailing));
            }
            Err(_) => report.set(Rule::Encoding, Err(Reason::Malformed)),
        }
        (report, certificate.ok())
    }

    fn judge(
        &self,
        certificate: &Certificate,
        revocation: &dyn RevocationChecker,
        known: Option<Digest>,
        report: &mut VerifyReport,
    ) {
        let at = report.at();
        let role = self.role();
        report.set(Rule::Encoding, encoding(certificate));
        report.set(
            Rule::Version,
            held(certificate.version() == 3, Reason::Version),
        );
        report.set(Rule::Serial, serial(certificate));
        let unique = certificate.duplicate_extensions().is_empty();
        report.set(Rule::Extensions, held(unique, Reason::DuplicateExtension));
        report.set(Rule::CriticalExtensions, critical_extensions(certificate));
        report.set(Rule::Validity, validity(certificate, at));
        report.set(Rule::EndEntity, end_entity(certificate));
        report.set(Rule::KeyUsage, key_usage(certificate, role));
        report.set(
            Rule::ExtendedKeyUsage,
            extended_key_usage(certificate, role),
        );

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
                && (known == Some(root.anchor().key)
                    || certificate
                        .verify_signed_by(root.certificate().public_key())
                        .is_ok())
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
            report.revocation = revocation.check(&Question {
                certificate,
                issuer: root,
                at,
            });
            report.set(
                Rule::Revocation,
                match &report.revocation {
                    Revocation::NotChecked => Verdict::NotChecked,
                    Revocation::Good(_) | Revocation::RevokedLater { .. } => Verdict::Pass,
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
        if of_key.is_empty() {
            Err(Reason::IssuerKey)
        } else {
            Ok(of_key)
        }
    }
}

/// How many authorities may stand between a time-stamp authority and its root.
const MAX_BETWEEN: usize = 3;

/// Whether an authority issued the certificate of one below it, by the rules of RFC 5280 that do
/// not depend on the way down.
fn is_issued_by(certificate: &Certificate, issuer: &Root, at: UtcTime) -> bool {
    const ANY: Oid = Oid::known(b"\x55\x1d\x25\x00");
    let above = issuer.certificate();
    let stated = certificate
        .authority_key()
        .and_then(|stated| stated.key_identifier.as_deref());
    let key = stated.is_none_or(|key| {
        above
            .subject_key_identifier()
            .map_or(above.public_key().identifier().as_bytes() == key, |own| {
                own == key
            })
    });
    let usage = certificate.extended_key_usage().is_none_or(|usage| {
        usage
            .iter()
            .any(|one| [Oid::TIME_STAMPING, ANY].contains(one))
    });
    certificate.issuer() == above.subject()
        && certificate.subject() != certificate.issuer()
        && key
        && usage
        && certificate.version() == 3
        && certificate.validity().contains(at)
        && above.validity().contains(certificate.validity().not_before)
        && certificate.duplicate_extensions().is_empty()
        && critical_extensions(certificate).is_ok()
        && encoding(certificate).is_ok()
        && certificate.algorithms_agree()
        && is_strong(certificate.signature_algorithm())
        && certificate.verify_signed_by(above.public_key()).is_ok()
}

/// Whether an algorithm is accepted at all.
pub(super) fn is_strong(algorithm: &SignatureAlgorithm) -> bool {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1v15(hash) | SignatureAlgorithm::Ecdsa(hash) => {
            !matches!(hash, HashAlgorithm::Sha1)
        }
        SignatureAlgorithm::Other(_) => false,
    }
}

fn held(rule: bool, reason: Reason) -> Result<(), Reason> {
    if rule { Ok(()) } else { Err(reason) }
}

fn encoding(certificate: &Certificate) -> Result<(), Reason> {
    // Also that the signature is whole bytes: its count of unused bits is not signed.
    let signed = Signed::read(certificate.to_der());
    held(
        signed.is_ok_and(|signed| signed.rest.is_empty()),
        Reason::NotDer,
    )
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
    let signed = Signed::read(certificate.to_der());
    if signed.is_ok_and(|signed| !signed.algorithms_agree()) {
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
    let strong = if role == Role::TimeStamp {
        is_strong(stated)
    } else {
        of_jpki
    };
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
    held(
        critical.all(|one| JUDGED.contains(&one.oid)),
        Reason::CriticalExtension,
    )
}

fn validity(certificate: &Certificate, at: UtcTime) -> Result<(), Reason> {
    let validity = certificate.validity();
    held(at >= validity.not_before, Reason::NotYetValid)?;
    held(at <= validity.not_after, Reason::Expired)
}

fn end_entity(certificate: &Certificate) -> Result<(), Reason> {
    let authority = certificate
        .basic_constraints()
        .is_some_and(|basic| basic.ca)
        || certificate
            .key_usage()
            .is_some_and(|usage| usage.key_cert_sign());
    held(!authority, Reason::Authority)
}

/// Every card so far has RSA-2048 with 65537. A larger key is refused too: JPKI issues none.
fn key(certificate: &Certificate, role: Role, root: Option<&Root>) -> Result<(), Reason> {
    let time_stamp = role == Role::TimeStamp;
    match certificate.key_algorithm() {
        KeyAlgorithm::Rsa { bits } => {
            let size = bits == 2048 || (time_stamp && (2048..=8192).contains(&bits));
            held(size, Reason::KeySize)?;
            let exponent = certificate
                .public_key()
                .rsa_numbers()
                .map(|(_, exponent)| exponent);
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
    let Some((root, environment)) = root.and_then(|root| Some((root, root.anchor().environment?)))
    else {
        // Time-stamp authorities have policies of their own, and none is demanded.
        return Verdict::NotChecked;
    };
    let fits = certificate
        .policies()
        .iter()
        .filter_map(|policy| policy.class())
        .any(|class| Role::from(class.purpose) == root.role() && class.environment == environment);
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;
    use crate::trust::TrustSource;
    use crate::trust::tests::workshop::{
        self as make, Draft, Signer, Workshop, put, sequence, splices, today,
    };

    /// What a case breaks, how, why we refuse it, and what OpenSSL says.
    struct Case {
        name: &'static str,
        certificate: Vec<u8>,
        reason: Option<Reason>,
        openssl: &'static str,
    }

    fn case(
        name: &'static str,
        reason: impl Into<Option<Reason>>,
        openssl: &'static str,
        change: impl FnOnce(&mut Draft, &'static Workshop) -> &'static Signer,
    ) -> Case {
        let workshop = Workshop::open();
        let mut draft = workshop.leaf();
        let signer = change(&mut draft, workshop);
        Case {
            name,
            certificate: draft.sign(signer),
            reason: reason.into(),
            openssl,
        }
    }

    /// A good certificate whose finished bytes are changed.
    fn spoiled(
        name: &'static str,
        reason: Reason,
        openssl: &'static str,
        change: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> Case {
        let workshop = Workshop::open();
        let certificate = change(workshop.good.clone());
        Case {
            name,
            certificate,
            reason: Some(reason),
            openssl,
        }
    }

    /// The table of failure: each case breaks one rule.
    ///
    /// `OK` in the last column beside a reason is where OpenSSL 3.0 is more lenient; the remark
    /// says why we are not.
    fn table() -> Vec<Case> {
        use Reason as R;
        let w = Workshop::open();
        let rsa = |modulus_of: &Signer, exponent: &[u8]| {
            let key = crate::certificate::PublicKey::from_spki(&modulus_of.spki()).unwrap();
            let modulus = key.rsa_numbers().unwrap().0.to_vec();
            crate::certificate::PublicKey::rsa(&modulus, exponent)
                .unwrap()
                .spki()
                .to_vec()
        };
        let unknown = b"\x2a\x03\x04";
        vec![
            case("nothing", None, "OK", |_, w| &w.new.key),
            case("the older generation, by its key", None, "OK", |d, w| {
                *d = w.old.leaf(w.holder.spki());
                &w.old.key
            }),
            case(
                "an elliptic key under an elliptic root",
                None,
                "OK",
                |d, w| {
                    *d = w.elliptic.leaf(w.elliptic.key.spki());
                    &w.elliptic.key
                },
            ),
            case(
                "no key identifier, so the signature chooses",
                None,
                "OK",
                |d, w| {
                    d.set(make::AUTHORITY_KEY, vec![]);
                    &w.old.key
                },
            ),
            case("an unknown extension, not critical", None, "OK", |d, w| {
                d.set(unknown, make::extension(unknown, false, &[5, 0]));
                &w.new.key
            }),
            case("expired", R::Expired, "certificate has expired", |d, w| {
                d.validity[1] = "261124235959Z";
                &w.new.key
            }),
            case(
                "not yet valid",
                R::NotYetValid,
                "certificate is not yet valid",
                |d, w| {
                    d.validity[0] = "261125000001Z";
                    &w.new.key
                },
            ),
            case(
                "a certificate for signing",
                R::IssuerPurpose,
                "unable to get local issuer",
                |d, w| {
                    *d = w.signing.leaf(w.holder.spki());
                    &w.signing.key
                },
            ),
            case(
                "an issuer that nobody knows",
                R::IssuerUnknown,
                "unable to get local issuer",
                |d, w| {
                    d.issuer = make::name(&[
                        (6, "JP"),
                        (10, "JPKI-TEST"),
                        (11, "JPKI for user authentication"),
                    ]);
                    &w.new.key
                },
            ),
            // The policy is critical, and OpenSSL looks at policies only when told to.
            case("wrong policy", R::Policy, "OK", |d, w| {
                let policy = sequence(&[&sequence(&[&put(6, &[unknown])])]);
                d.set(
                    make::POLICIES,
                    make::extension(make::POLICIES, true, &policy),
                );
                &w.new.key
            }),
            case(
                "a policy for persons under a root for tests",
                R::Policy,
                "OK",
                |d, w| {
                    let policy = Oid::POLICY_AUTHENTICATION;
                    let policy = sequence(&[&sequence(&[&put(6, &[policy.content()])])]);
                    d.set(
                        make::POLICIES,
                        make::extension(make::POLICIES, true, &policy),
                    );
                    &w.new.key
                },
            ),
            case("no policy", R::Policy, "OK", |d, w| {
                d.set(make::POLICIES, vec![]);
                &w.new.key
            }),
            case(
                "no use in TLS",
                R::ExtendedKeyUsage,
                "unsuitable certificate purpose",
                |d, w| {
                    let usage = sequence(&[b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"]);
                    d.set(
                        make::EXTENDED_KEY_USAGE,
                        make::extension(make::EXTENDED_KEY_USAGE, false, &usage),
                    );
                    &w.new.key
                },
            ),
            // Absent means "any use" elsewhere; JPKI always writes it.
            case(
                "no extended use at all",
                R::ExtendedKeyUsage,
                "OK",
                |d, w| {
                    d.set(make::EXTENDED_KEY_USAGE, vec![]);
                    &w.new.key
                },
            ),
            // For TLS the bit is harmless; here it tells a key for signing from one for logging in.
            case(
                "a key that stands by what it signs",
                R::KeyUsage,
                "OK",
                |d, w| {
                    d.set(
                        make::KEY_USAGE,
                        make::extension(make::KEY_USAGE, true, &[3, 2, 6, 0xC0]),
                    );
                    &w.new.key
                },
            ),
            case("no key usage", R::KeyUsage, "OK", |d, w| {
                d.set(make::KEY_USAGE, vec![]);
                &w.new.key
            }),
            // OpenSSL was asked about a client, and an authority may be one.
            case("the mark of an authority", R::Authority, "OK", |d, w| {
                d.set(
                    make::BASIC_CONSTRAINTS,
                    make::extension(make::BASIC_CONSTRAINTS, true, &[0x30, 3, 1, 1, 0xFF]),
                );
                &w.new.key
            }),
            case("may sign certificates", R::Authority, "OK", |d, w| {
                d.set(
                    make::KEY_USAGE,
                    make::extension(make::KEY_USAGE, true, &[3, 2, 2, 0x84]),
                );
                &w.new.key
            }),
            // OpenSSL measures keys only by `-auth_level`.
            case("a key of 1024 bits", R::KeySize, "OK", |d, w| {
                d.spki = Signer::rsa(9, 1024).spki();
                &w.new.key
            }),
            case("a key of 3072 bits", R::KeySize, "OK", |d, w| {
                d.spki = Signer::rsa(10, 3072).spki();
                &w.new.key
            }),
            case("an exponent of 3", R::KeyExponent, "OK", |d, w| {
                d.spki = rsa(&w.holder, &[3]);
                &w.new.key
            }),
            case(
                "an elliptic key under a root of today",
                R::KeyKind,
                "OK",
                |d, w| {
                    d.spki = w.elliptic.key.spki();
                    &w.new.key
                },
            ),
            case(
                "a root's name, nobody's key identifier",
                R::IssuerKey,
                "unable to get local issuer",
                |d, w| {
                    let stated = sequence(&[&put(0x80, &[&[7; 20]])]);
                    d.set(
                        make::AUTHORITY_KEY,
                        make::extension(make::AUTHORITY_KEY, false, &stated),
                    );
                    &w.new.key
                },
            ),
            case(
                "a root's identifiers, somebody's key",
                R::Signature,
                "signature failure",
                |_, w| &w.holder,
            ),
            case(
                "signed by an older generation",
                R::Signature,
                "signature failure",
                |_, w| &w.old.key,
            ),
            // OpenSSL looks at dates of the path against today only.
            case("older than its root", R::IssuerValidity, "OK", |d, w| {
                d.validity[0] = "200101000000Z";
                &w.new.key
            }),
            case(
                "an unknown critical extension",
                R::CriticalExtension,
                "unhandled critical extension",
                |d, w| {
                    d.set(unknown, make::extension(unknown, true, &[5, 0]));
                    &w.new.key
                },
            ),
            // OpenSSL judges distribution points of its own accord only when lists are asked for.
            case(
                "a critical extension that is known and not judged",
                R::CriticalExtension,
                "OK",
                |d, w| {
                    let place = d.extensions.len() - 2;
                    let point = &d.extensions[place];
                    let value =
                        &point[point.windows(2).position(|two| two == [4, 0x81]).unwrap() + 3..];
                    d.extensions[place] = make::extension(make::DISTRIBUTION_POINTS, true, value);
                    &w.new.key
                },
            ),
            case(
                "the same extension twice",
                R::DuplicateExtension,
                "unable to get local issuer",
                |d, w| {
                    d.extensions.push(d.extensions[0].clone());
                    &w.new.key
                },
            ),
            case(
                "an extension that cannot be read",
                R::Extension,
                "unable to get local issuer",
                |d, w| {
                    d.set(
                        make::KEY_USAGE,
                        make::extension(make::KEY_USAGE, true, &[3, 2, 1]),
                    );
                    &w.new.key
                },
            ),
            // RFC 5280 forbids issuers these and lets verifiers be gentle. JPKI writes none of them.
            case("a negative serial number", R::Serial, "OK", |d, w| {
                d.serial = vec![0x81];
                &w.new.key
            }),
            case("the serial number zero", R::Serial, "OK", |d, w| {
                d.serial = vec![0];
                &w.new.key
            }),
            case("a serial number of 21 bytes", R::Serial, "OK", |d, w| {
                d.serial = vec![1; 21];
                &w.new.key
            }),
            case(
                "a serial number written longer than needed",
                R::NotDer,
                // OpenSSL 3.0: read; 3.5: find.
                "Could not ",
                |d, w| {
                    d.serial = vec![0, 0, 1];
                    &w.new.key
                },
            ),
            // Left to `-x509_strict`, as much of what stands above.
            case("version 1 with extensions", R::Version, "OK", |d, w| {
                d.version = vec![];
                &w.new.key
            }),
            case("version 2 with extensions", R::Version, "OK", |d, w| {
                d.version = vec![0xA0, 3, 2, 1, 1];
                &w.new.key
            }),
            case(
                "another algorithm inside than outside",
                R::AlgorithmMismatch,
                "signature failure",
                |d, w| {
                    d.inner_algorithm = make::SHA384_WITH_RSA.to_vec();
                    &w.new.key
                },
            ),
            // OpenSSL refuses weak digests from `-auth_level 1` on.
            case("SHA-1", R::Algorithm, "OK", |d, w| {
                d.inner_algorithm = make::SHA1_WITH_RSA.to_vec();
                d.outer_algorithm = make::SHA1_WITH_RSA.to_vec();
                &w.new.key
            }),
            case(
                "SHA-384, which JPKI does not use with RSA",
                R::Algorithm,
                "OK",
                |d, w| {
                    d.inner_algorithm = make::SHA384_WITH_RSA.to_vec();
                    d.outer_algorithm = make::SHA384_WITH_RSA.to_vec();
                    &w.new.key
                },
            ),
            case(
                "RSA's name over a signature by an elliptic root",
                R::Algorithm,
                "unable to get local issuer",
                |d, w| {
                    *d = w.elliptic.leaf(w.elliptic.key.spki());
                    d.inner_algorithm = make::SHA256_WITH_RSA.to_vec();
                    d.outer_algorithm = make::SHA256_WITH_RSA.to_vec();
                    &w.elliptic.key
                },
            ),
            // OpenSSL takes the first certificate of a file and leaves the rest.
            spoiled("a byte behind it", R::Trailing, "OK", |mut c| {
                c.push(0);
                c
            }),
            spoiled("two in one file", R::Trailing, "OK", |c| {
                [c.clone(), c].concat()
            }),
            spoiled(
                "its last byte missing",
                R::Malformed,
                "Could not ",
                |mut c| {
                    c.pop();
                    c
                },
            ),
            spoiled(
                "a signature of 255 bytes",
                R::Signature,
                "signature failure",
                |_| {
                    let draft = w.leaf();
                    let signature = w.new.key.sign(&draft.body());
                    make::signed(&draft.body(), &draft.outer_algorithm, &signature[1..])
                },
            ),
            spoiled(
                "a signature with a zero before it",
                R::Signature,
                "signature failure",
                |_| {
                    let draft = w.leaf();
                    let signature = [vec![0], w.new.key.sign(&draft.body())].concat();
                    make::signed(&draft.body(), &draft.outer_algorithm, &signature)
                },
            ),
            Case {
                name: "nothing at all",
                certificate: vec![],
                reason: Some(R::Malformed),
                openssl: "Could not ",
            },
        ]
    }

    #[test]
    fn every_failure_is_refused_for_its_reason() {
        let trust = Workshop::open().trust();
        for case in table() {
            let report = trust
                .store(Role::Authentication)
                .verify(&case.certificate, today());
            assert_eq!(report.reason(), case.reason, "{}\n{report}", case.name);
            assert_eq!(report.is_accepted(), case.reason.is_none());
            // What is not wrong is not called wrong: a case breaks one rule, a wrong purpose many.
            if case.reason != Some(Reason::IssuerPurpose) {
                assert!(report.failures().count() <= 1, "{}\n{report}", case.name);
            }
        }
    }

    #[test]
    fn openssl_agrees_or_the_table_says_why_not() {
        let workshop = Workshop::open();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let roots: String = [&workshop.old, &workshop.new, &workshop.elliptic]
            .iter()
            .map(|one| Certificate::parse_exact(&one.certificate).unwrap().to_pem())
            .collect();
        fs::write(path("roots.pem"), roots).unwrap();
        for case in table() {
            fs::write(path("leaf.der"), &case.certificate).unwrap();
            let said = Command::new("openssl")
                .args([
                    "verify",
                    "-purpose",
                    "sslclient",
                    "-attime",
                    &make::TODAY.to_string(),
                ])
                .arg("-CAfile")
                .args([path("roots.pem"), path("leaf.der")])
                .output()
                .expect("this test needs the Debian package openssl");
            let text = [said.stdout, said.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            let expected = if case.openssl == "OK" {
                ".der: OK"
            } else {
                case.openssl
            };
            assert!(text.contains(expected), "{}: {text}", case.name);
            assert_eq!(said.status.success(), case.openssl == "OK", "{}", case.name);
        }
    }

    #[test]
    fn no_flipped_bit_is_accepted() {
        let workshop = Workshop::open();
        let trust = workshop.trust();
        let store = trust.store(Role::Authentication);
        let elliptic = &workshop.elliptic;
        let ours = elliptic.leaf(elliptic.key.spki()).sign(&elliptic.key);
        // Fewer of the second: checking a signature on P-384 is slow.
        for (good, bits, step) in [(workshop.good.clone(), 8, 1), (ours, 1, 3)] {
            assert!(store.verify(&good, today()).is_accepted());
            for place in (0..good.len()).step_by(step) {
                for bit in 0..bits {
                    let mut bad = good.clone();
                    bad[place] ^= 1 << ((place + bit) % 8);
                    let report = store.verify(&bad, today());
                    assert!(!report.is_accepted(), "byte {place} bit {bit}\n{report}");
                }
            }
        }
    }

    #[test]
    fn the_edges_of_a_life_belong_to_it() {
        let workshop = Workshop::open();
        let trust = workshop.trust();
        let leaf = workshop.good.clone();
        let validity = Certificate::parse_exact(&leaf).unwrap().validity();
        let verdict = |at: UtcTime, off: i64| {
            let at = UtcTime::from_unix(at.unix() + off).unwrap();
            trust.store(Role::Authentication).verify(&leaf, at).reason()
        };
        assert_eq!(verdict(validity.not_before, 0), None);
        assert_eq!(verdict(validity.not_before, -1), Some(Reason::NotYetValid));
        assert_eq!(verdict(validity.not_after, 0), None);
        assert_eq!(verdict(validity.not_after, 1), Some(Reason::Expired));
    }

    #[test]
    fn a_report_names_the_generation_that_signed() {
        let workshop = Workshop::open();
        let trust = workshop.trust();
        for (authority, generation) in [(&workshop.old, 1), (&workshop.new, 2)] {
            let leaf = authority.leaf(workshop.holder.spki()).sign(&authority.key);
            let report = trust.store(Role::Authentication).verify(&leaf, today());
            let anchor = report.anchor().unwrap();
            assert_eq!(anchor.generation, generation);
            let root = Certificate::parse_exact(&authority.certificate).unwrap();
            assert_eq!(anchor.fingerprint, root.fingerprint());
            assert_eq!(report.revocation(), &Revocation::NotChecked);
            assert_eq!(report.verdict(Rule::Revocation), Verdict::NotChecked);
        }
    }

    #[test]
    fn a_time_stamp_authority_is_nothing_else() {
        let workshop = Workshop::open();
        let key = Signer::rsa(6, 2048);
        let dates = ["230716010104Z", "330715145959Z"];
        let authority = make::Authority::new(Role::TimeStamp, key, 6, dates);
        let roots = [&authority, &workshop.new].map(|one| one.certificate.as_slice());
        let trust = Trust::from_der(TrustSource::Folder, roots).unwrap();
        let mut draft = authority.leaf(workshop.holder.spki());
        draft.set(make::POLICIES, vec![]);
        let usage = sequence(&[b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08"]);
        let stamping = |critical| make::extension(make::EXTENDED_KEY_USAGE, critical, &usage);
        draft.set(make::EXTENDED_KEY_USAGE, stamping(true));
        let reason = |role, der: &[u8]| trust.store(role).verify(der, today()).reason();
        let good = draft.sign(&authority.key);
        assert_eq!(reason(Role::TimeStamp, &good), None);
        assert_eq!(
            reason(Role::Authentication, &good),
            Some(Reason::IssuerUnknown)
        );
        draft.set(make::EXTENDED_KEY_USAGE, stamping(false));
        let not_critical = draft.sign(&authority.key);
        assert_eq!(
            reason(Role::TimeStamp, &not_critical),
            Some(Reason::ExtendedKeyUsage)
        );
        let login = workshop.good.clone();
        assert_eq!(reason(Role::TimeStamp, &login), Some(Reason::IssuerUnknown));
    }

    #[test]
    fn a_checker_is_asked_only_about_what_is_otherwise_sound() {
        struct Never;
        impl RevocationChecker for Never {
            fn check(&self, _: &Question<'_>) -> Revocation {
                panic!("asked about a certificate that is refused anyway")
            }
        }
        let workshop = Workshop::open();
        let trust = workshop.trust();
        for case in table().into_iter().filter(|case| case.reason.is_some()) {
            let store = trust.store(Role::Authentication);
            assert!(
                !store
                    .verify_with(&case.certificate, today(), &Never)
                    .is_accepted()
            );
        }
    }

    #[test]
    fn a_file_is_der_or_pem_and_holds_one() {
        let workshop = Workshop::open();
        let trust = workshop.trust();
        let login = workshop.good.clone();
        let signing = workshop.signing.leaf(workshop.holder.spki());
        let signing = signing.sign(&workshop.signing.key);
        let pem = |der: &[u8]| Certificate::parse_exact(der).unwrap().to_pem();
        let verify = |file: &[u8]| trust.verify_file(file, today(), &NoRevocation);
        for (der, role) in [(&login, Role::Authentication), (&signing, Role::Signature)] {
            for file in [der, &("subject=/\n".to_owned() + &pem(der)).into_bytes()] {
                let report = verify(file);
                assert_eq!((report.role(), report.reason()), (role, None));
            }
        }
        let two = pem(&login) + &pem(&signing);
        assert_eq!(verify(two.as_bytes()).reason(), Some(Reason::Trailing));
        assert_eq!(
            verify(&[login, signing].concat()).reason(),
            Some(Reason::Trailing)
        );
        assert_eq!(verify(b"").reason(), Some(Reason::Malformed));
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert_eq!(verify(broken.as_bytes()).reason(), Some(Reason::Malformed));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(splices in splices()) {
            let workshop = Workshop::open();
            let trust = workshop.trust();
            let mut bytes = workshop.good.clone();
            for splice in &splices {
                splice.apply(&mut bytes);
            }
            let report = trust.verify_file(&bytes, today(), &NoRevocation);
            prop_assert!(!report.is_accepted() || splices.is_empty());
        }
    }
}
