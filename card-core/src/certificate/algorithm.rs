//! Signature algorithms as certificates and lists name them.

use x509_parser::x509::AlgorithmIdentifier;

use super::oid::Oid;
use crate::digest::HashAlgorithm;

/// How a certificate, a revocation list or an OCSP answer was signed (署名アルゴリズム).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSA with PKCS #1 v1.5 padding; all JPKI certificates so far, with SHA-256.
    RsaPkcs1v15(HashAlgorithm),
    /// ECDSA, its numbers as a DER sequence.
    Ecdsa(HashAlgorithm),
    /// Something that this program names but does not check.
    Other(Oid),
}

impl SignatureAlgorithm {
    pub(crate) fn from_parsed(algorithm: &AlgorithmIdentifier<'_>) -> SignatureAlgorithm {
        use HashAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        let oid = Oid::from_content(algorithm.algorithm.as_bytes());
        // RSA has NULL here by RFC 4055, ECDSA nothing by RFC 5758.
        let none = algorithm.parameters.is_none();
        let null = algorithm
            .parameters
            .as_ref()
            .is_some_and(|any| any.header.tag().0 == 5 && any.data.is_empty());
        let rsa = [
            (Oid::RSA_SHA256, Sha256),
            (Oid::RSA_SHA384, Sha384),
            (Oid::RSA_SHA512, Sha512),
            (Oid::RSA_SHA1, Sha1),
        ];
        let ecdsa = [
            (Oid::ECDSA_SHA256, Sha256),
            (Oid::ECDSA_SHA384, Sha384),
            (Oid::ECDSA_SHA512, Sha512),
        ];
        if let Some((_, hash)) = rsa.iter().find(|(known, _)| null && *known == oid) {
            SignatureAlgorithm::RsaPkcs1v15(*hash)
        } else if let Some((_, hash)) = ecdsa.iter().find(|(known, _)| none && *known == oid) {
            SignatureAlgorithm::Ecdsa(*hash)
        } else {
            SignatureAlgorithm::Other(oid)
        }
    }
}
