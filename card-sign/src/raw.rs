//! Bare signature values (署名値): for programs that bring a format of their own.
//!
//! RSA values are PKCS #1 v1.5 blocks over a DigestInfo, elliptic ones DER, as `openssl dgst
//! -verify` takes them. A bare value says nothing about who signed: that has to be supplied.

use card_core::certificate::{Certificate, KeyAlgorithm};
use card_core::digest::{Digest, HashAlgorithm};
use card_core::signature::{Signature, SignatureKind};

use crate::policy::Policy;
use crate::report::{Finding, Format, Reason, Report, Rule, SignatureReport, Verdict, constants};
use crate::signer::{DocumentSigner, SignError, sign_checked};

constants! { Rule, RULES, Rule::new;
    /// The signature is by the certificate's key over the digest.
    SIGNATURE = "R1", "raw.signature";
    /// The certificate is believed.
    TRUST = "R2", "raw.trust";
    /// The hash function is strong.
    DIGEST_ALGORITHM = "R3", "raw.digest-algorithm";
}

/// Why a rule was broken.
pub mod reason {
    use super::{Reason, constants};

    constants! { Reason, ALL, Reason::new;
        /// No signature over this digest by this key: by another key, over another digest, or no
        /// signature.
        SIGNATURE_WRONG = "raw.signature.wrong";
        /// No value of a signature by such a key, or by any key that is known here.
        UNKNOWN = "raw.signature.unknown";
        /// SHA-1.
        WEAK_DIGEST = "raw.digest-algorithm.refused";
    }
}

/// Signs a digest and gives the bare value. One signature by the card, no attempt.
///
/// # Errors
///
/// `sign.digest-algorithm`, `signature.mismatch`, and what the signer answers.
pub fn sign(signer: &mut dyn DocumentSigner, digest: &Digest) -> Result<Vec<u8>, SignError> {
    if digest.algorithm() != signer.algorithm().hash {
        return Err(SignError::DigestAlgorithm);
    }
    Ok(sign_checked(signer, digest)?.to_der())
}

/// Whether a file may be a bare value: of RSA by its length, of an elliptic key by its form.
pub fn may_be_value(bytes: &[u8]) -> bool {
    let elliptic = |width| Signature::ecdsa_from_der(bytes, width).is_some();
    matches!(bytes.len(), 256 | 384 | 512) || elliptic(32) || elliptic(48)
}

/// The report about something that is no signature of any known kind.
pub fn unknown() -> Report {
    let mut document = vec![Finding::fail(SIGNATURE, reason::UNKNOWN)];
    Finding::complete(&mut document, RULES);
    Report {
        document,
        ..Report::new(Format::Raw)
    }
}

/// Checks a bare value over a digest with a certificate that the caller has.
pub fn verify(
    value: &[u8],
    digest: &Digest,
    certificate: &Certificate,
    policy: &Policy<'_>,
) -> Report {
    let signature = match certificate.key_algorithm() {
        KeyAlgorithm::EcP256 => Signature::ecdsa_from_der(value, 32),
        KeyAlgorithm::EcP384 => Signature::ecdsa_from_der(value, 48),
        _ => Some(Signature::new(SignatureKind::RsaPkcs1v15, value.to_vec())),
    };
    let key = certificate.public_key();
    // A value is as long as the signatures of the key.
    let known = match certificate.key_algorithm() {
        KeyAlgorithm::Rsa { bits } => value.len() == bits.div_ceil(8),
        _ => signature.is_some(),
    };
    let wrong = match known {
        true => reason::SIGNATURE_WRONG,
        false => reason::UNKNOWN,
    };
    let right = signature.is_some_and(|signature| key.verify_digest(digest, &signature).is_ok());
    let strong = digest.algorithm() != HashAlgorithm::danger_sha1() || policy.danger_sha1;
    let verdict = |holds, why| {
        if holds {
            Verdict::Pass
        } else {
            Verdict::Fail(why)
        }
    };
    let chain = policy.judge(certificate, policy.time());
    let findings = vec![
        Finding::new(DIGEST_ALGORITHM, verdict(strong, reason::WEAK_DIGEST))
            .with("algorithm", digest.algorithm().name()),
        Finding::new(SIGNATURE, verdict(right, wrong)),
        Finding::of_chain(TRUST, &chain),
    ];
    let signature = SignatureReport {
        findings,
        chain: Some(chain),
        certificate: Some(certificate.clone()),
        ..SignatureReport::default()
    };
    Report {
        signatures: vec![signature],
        ..Report::new(Format::Raw)
    }
}
