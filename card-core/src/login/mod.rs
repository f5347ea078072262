//! Logging in (利用者証明): a challenge, the card's answer, and who checks it.
//!
//! ```text
//! service: NonceStore::issue ──nonce──▶ desktop: answer(key, origin, nonce) ──Token──▶ service:
//! Verifier::verify(token, nonce) ──▶ LoginReport: rule by rule, and the holder's Identity there
//! ```
//!
//! The token is Web eID's, format `web-eid:1.0`: the card signs hash(hash(origin) ‖ hash(nonce)).
//! Both are hashed by this library from text it has parsed, so no one gets a signature over a hash
//! of their own, and none for a site that is not the one being visited.
//!
//! [`Verifier`] blocks on its store; [`AsyncVerifier`] awaits one. Both judge with the same code.
//!
//! # Renewal
//!
//! Certificate, key and serial number change at every renewal (更新), at the latest after five
//! years, and a phone has others than the card. [`Identity`] changes with them. A service keeps
//! another way to prove that an account is one's own, lets several identities belong to one
//! account, and asks the holder to add the new one while the old certificate still logs in.

mod asynchronous;
mod folder_nonces;
mod identity;
mod memory_nonces;
mod nonce;
mod nonce_key;
mod origin;
mod token;
mod used;
mod verifier;

pub use asynchronous::{AsyncNonceStore, AsyncVerifier};
pub use folder_nonces::FolderNonces;
pub use identity::{Identity, IdentityKey};
pub use memory_nonces::MemoryNonces;
pub use nonce::{Nonce, NonceProblem, NonceShape, NonceStore};
pub use origin::{Origin, OriginProblem};
pub use token::{Token, TokenAlgorithm};
pub use verifier::{LoginReason, LoginReport, LoginRule, LoginVerdict, Verifier};

use crate::applet::jpki::AuthenticationKey;
use crate::certificate::Certificate;
use crate::digest::{Digest, HashAlgorithm};
use crate::error::{Error, Malformation, Step};

/// Answers a challenge with the authentication key.
///
/// One exchange for each 256 bytes of the certificate, or one in extended form, and one to sign.
/// No attempt: the key is unlocked.
///
/// # Errors
///
/// As [`AuthenticationKey::certificate`] and [`AuthenticationKey::sign`]; `card.malformed` too if
/// the key is of a kind for which there is no token.
///
/// # Source
///
/// Web eID 1.0, authentication token format.
pub fn answer(
    key: &mut AuthenticationKey<'_>,
    origin: &Origin,
    nonce: &Nonce,
) -> Result<Token, Error> {
    let certificate = key.certificate()?;
    answer_for(key, &certificate, origin, nonce)
}

/// Answers a challenge with the authentication key, whose certificate was read before the PIN was
/// typed ([`Jpki::authentication_certificate`](crate::applet::jpki::Jpki::authentication_certificate)):
/// a person waits for one exchange instead of eight.
///
/// No attempt: the key is unlocked. The signature is checked against the certificate.
///
/// # Errors
///
/// As [`AuthenticationKey::sign_for`]; `card.malformed` too if the key is of a kind for which there
/// is no token.
pub fn answer_for(
    key: &mut AuthenticationKey<'_>,
    certificate: &Certificate,
    origin: &Origin,
    nonce: &Nonce,
) -> Result<Token, Error> {
    let algorithm = TokenAlgorithm::of(certificate.key_algorithm()).ok_or_else(|| {
        Error::malformed(
            Step::AuthenticationCertificate,
            0,
            Malformation::UnknownValue,
        )
    })?;
    let digest = challenge(algorithm.hash(), origin, nonce);
    let signature = key.sign_for(certificate, &digest)?;
    Ok(Token::new(certificate, algorithm, &signature))
}

/// What the card signs. The nonce is hashed as its text, not as the bytes it encodes.
fn challenge(hash: HashAlgorithm, origin: &Origin, nonce: &Nonce) -> Digest {
    let origin = Digest::of(hash, origin.as_str().as_bytes());
    let nonce = Digest::of(hash, nonce.as_str().as_bytes());
    Digest::of(hash, &[origin.as_bytes(), nonce.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_is_ours() {
        let origin = Origin::parse("https://example.org").unwrap();
        let nonce = Nonce::parse("ERERERERERERERERERERERERERERERERERERERERERE=").unwrap();
        let digest = challenge(HashAlgorithm::Sha256, &origin, &nonce);
        let inner = [
            Digest::of(HashAlgorithm::Sha256, b"https://example.org"),
            Digest::of(HashAlgorithm::Sha256, nonce.as_str().as_bytes()),
        ];
        let input = inner.map(|digest| digest.as_bytes().to_vec()).concat();
        assert_eq!(digest, Digest::of(HashAlgorithm::Sha256, &input));
        let hex: String = digest
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hex,
            "6cec37467fb42234da41f0dc3d497cae1730021848cf0bd4ad3eca963aee9702"
        );
    }
}
