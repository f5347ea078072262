//! The algorithms of RFC 7518 that a certificate's key can have.

use card_core::certificate::KeyAlgorithm;
use card_core::digest::HashAlgorithm;
use card_core::signature::SignatureKind;

use crate::signer::SigningAlgorithm;

/// A signature algorithm of JWS (RFC 7518). `none` and the HMAC family do not exist here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Algorithm(pub(super) SigningAlgorithm);

impl Algorithm {
    /// Everything that a certificate's key can sign with.
    pub const ALL: [Algorithm; 8] = {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        use SignatureKind::{EcdsaRaw, RsaPkcs1v15, RsaPss};
        [
            Algorithm(SigningAlgorithm {
                kind: RsaPkcs1v15,
                hash: Sha256,
            }),
            Algorithm(SigningAlgorithm {
                kind: RsaPkcs1v15,
                hash: Sha384,
            }),
            Algorithm(SigningAlgorithm {
                kind: RsaPkcs1v15,
                hash: Sha512,
            }),
            Algorithm(SigningAlgorithm {
                kind: RsaPss,
                hash: Sha256,
            }),
            Algorithm(SigningAlgorithm {
                kind: RsaPss,
                hash: Sha384,
            }),
            Algorithm(SigningAlgorithm {
                kind: RsaPss,
                hash: Sha512,
            }),
            Algorithm(SigningAlgorithm {
                kind: EcdsaRaw,
                hash: Sha256,
            }),
            Algorithm(SigningAlgorithm {
                kind: EcdsaRaw,
                hash: Sha384,
            }),
        ]
    };

    /// The algorithm of a signer, if JWS has it.
    pub fn of(algorithm: SigningAlgorithm) -> Option<Algorithm> {
        Algorithm::ALL
            .into_iter()
            .find(|known| known.0 == algorithm)
    }

    /// The name in a header, such as `RS256`.
    pub const fn name(self) -> &'static str {
        use HashAlgorithm::{Sha384, Sha512};
        match (self.0.kind, self.0.hash) {
            (SignatureKind::RsaPkcs1v15, Sha384) => "RS384",
            (SignatureKind::RsaPkcs1v15, Sha512) => "RS512",
            (SignatureKind::RsaPkcs1v15, _) => "RS256",
            (SignatureKind::RsaPss, Sha384) => "PS384",
            (SignatureKind::RsaPss, Sha512) => "PS512",
            // No member of ALL has another salt: RFC 7518, 3.5.
            (SignatureKind::RsaPss | SignatureKind::RsaPssSalted { .. }, _) => "PS256",
            (SignatureKind::EcdsaRaw, Sha384) => "ES384",
            (SignatureKind::EcdsaRaw, _) => "ES256",
        }
    }

    /// Whether a key of this kind signs so. JWS ties each curve to one hash function.
    pub(super) fn fits(self, key: KeyAlgorithm) -> bool {
        match (self.0.kind, key) {
            (SignatureKind::EcdsaRaw, KeyAlgorithm::EcP256) => self.0.hash == HashAlgorithm::Sha256,
            (SignatureKind::EcdsaRaw, KeyAlgorithm::EcP384) => self.0.hash == HashAlgorithm::Sha384,
            (SignatureKind::EcdsaRaw, _) => false,
            (_, KeyAlgorithm::Rsa { .. }) => true,
            _ => false,
        }
    }
}
