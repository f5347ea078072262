//! Algorithms by their URIs: a short list, and nothing besides.

use card_core::certificate::KeyAlgorithm;
use card_core::digest::HashAlgorithm;
use card_core::signature::{Signature, SignatureKind};

use super::rules::reason;
use crate::report::Reason;
use crate::signer::SigningAlgorithm;

/// Ways to write the canonical form, all without comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Canonical {
    /// Canonical XML 1.0: takes the namespaces of what stands around along.
    Inclusive,
    /// Canonical XML 1.1.
    Inclusive11,
    /// Exclusive XML Canonicalization 1.0: takes only the namespaces that are used.
    Exclusive,
}

impl Canonical {
    pub(super) const fn uri(self) -> &'static str {
        match self {
            Canonical::Inclusive => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            Canonical::Inclusive11 => "http://www.w3.org/2006/12/xml-c14n11",
            Canonical::Exclusive => "http://www.w3.org/2001/10/xml-exc-c14n#",
        }
    }

    pub(super) fn of(uri: &str) -> Option<Canonical> {
        [
            Canonical::Inclusive,
            Canonical::Inclusive11,
            Canonical::Exclusive,
        ]
        .into_iter()
        .find(|canonical| canonical.uri() == uri)
    }
}

pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// XPath, of which one text is known.
pub(super) const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
/// XPath Filter 2.0, of which one text is known.
pub(super) const FILTER: &str = "http://www.w3.org/2002/06/xmldsig-filter2";

const HASHES: [(HashAlgorithm, &str); 3] = [
    (
        HashAlgorithm::Sha256,
        "http://www.w3.org/2001/04/xmlenc#sha256",
    ),
    (
        HashAlgorithm::Sha384,
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
    ),
    (
        HashAlgorithm::Sha512,
        "http://www.w3.org/2001/04/xmlenc#sha512",
    ),
];

/// RSASSA-PSS with parameters of its own (RFC 9231, 2.3.9), and their namespace and mask.
pub(super) const RSA_PSS: &str = "http://www.w3.org/2007/05/xmldsig-more#rsa-pss";
pub(super) const PSS: &str = "http://www.w3.org/2007/05/xmldsig-more#";
pub(super) const MGF1: &str = "http://www.w3.org/2007/05/xmldsig-more#MGF1";

/// RFC 9231; the schemes with MGF1 fix the salt at the length of the digest.
const SIGNATURES: [(SignatureKind, HashAlgorithm, &str); 9] = {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    use SignatureKind::{EcdsaRaw, RsaPkcs1v15, RsaPss};
    [
        (
            RsaPkcs1v15,
            Sha256,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        ),
        (
            RsaPkcs1v15,
            Sha384,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        ),
        (
            RsaPkcs1v15,
            Sha512,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        ),
        (
            RsaPss,
            Sha256,
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        ),
        (
            RsaPss,
            Sha384,
            "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
        ),
        (
            RsaPss,
            Sha512,
            "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
        ),
        (
            EcdsaRaw,
            Sha256,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        ),
        (
            EcdsaRaw,
            Sha384,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        ),
        (
            EcdsaRaw,
            Sha512,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        ),
    ]
};

/// The hash function that a DigestMethod names.
pub(crate) fn hash(uri: &str) -> Result<HashAlgorithm, Reason> {
    let known = HASHES.iter().find(|(_, known)| *known == uri);
    known.map(|(hash, _)| *hash).ok_or(reason::WEAK_DIGEST)
}

pub(crate) fn hash_uri(hash: HashAlgorithm) -> Option<&'static str> {
    HASHES
        .iter()
        .find(|(known, _)| *known == hash)
        .map(|(_, uri)| *uri)
}

/// What a SignatureMethod names.
pub(super) fn signature(uri: &str) -> Result<SigningAlgorithm, Reason> {
    let known = SIGNATURES.iter().find(|(_, _, known)| *known == uri);
    let known = known.map(|&(kind, hash, _)| SigningAlgorithm { kind, hash });
    known.ok_or(reason::SIGNATURE_METHOD)
}

pub(super) fn signature_uri(algorithm: SigningAlgorithm) -> Option<&'static str> {
    let wanted = (algorithm.kind, algorithm.hash);
    SIGNATURES
        .iter()
        .find(|(kind, hash, _)| (*kind, *hash) == wanted)
        .map(|(_, _, uri)| *uri)
}

/// A signature value for a key of this kind; ECDSA is r and s one behind the other, never DER.
///
/// # Errors
///
/// [`reason::SIGNATURE_KEY`] if such a key makes no such signatures, [`reason::LENGTH`] if they are
/// longer or shorter.
pub(super) fn value(
    kind: SignatureKind,
    key: KeyAlgorithm,
    bytes: Vec<u8>,
) -> Result<Signature, Reason> {
    let length = match (kind, key) {
        (SignatureKind::EcdsaRaw, KeyAlgorithm::EcP256) => 64,
        (SignatureKind::EcdsaRaw, KeyAlgorithm::EcP384) => 96,
        (SignatureKind::EcdsaRaw, _) => return Err(reason::SIGNATURE_KEY),
        (_, KeyAlgorithm::Rsa { bits }) => bits.div_ceil(8),
        _ => return Err(reason::SIGNATURE_KEY),
    };
    let fits = bytes.len() == length;
    fits.then(|| Signature::new(kind, bytes))
        .ok_or(reason::LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_uri_is_read_back_and_no_other() {
        for canonical in [
            Canonical::Inclusive,
            Canonical::Inclusive11,
            Canonical::Exclusive,
        ] {
            assert_eq!(Canonical::of(canonical.uri()), Some(canonical));
            let comments = format!("{}#WithComments", canonical.uri().trim_end_matches('#'));
            assert_eq!(Canonical::of(&comments), None);
        }
        for (known, uri) in HASHES {
            assert_eq!((hash(uri), hash_uri(known)), (Ok(known), Some(uri)));
        }
        for (kind, hash, uri) in SIGNATURES {
            let algorithm = SigningAlgorithm { kind, hash };
            assert_eq!(
                (signature(uri), signature_uri(algorithm)),
                (Ok(algorithm), Some(uri))
            );
        }
        for weak in [
            "http://www.w3.org/2000/09/xmldsig#sha1",
            "http://www.w3.org/2001/04/xmldsig-more#md5",
        ] {
            assert_eq!(hash(weak), Err(reason::WEAK_DIGEST));
        }
        for weak in ["rsa-sha1", "hmac-sha1", "dsa-sha1"] {
            let weak = format!("http://www.w3.org/2000/09/xmldsig#{weak}");
            assert_eq!(signature(&weak), Err(reason::SIGNATURE_METHOD));
        }
    }

    #[test]
    fn signatures_are_as_long_as_their_key() {
        use SignatureKind::{EcdsaRaw, RsaPkcs1v15};
        let rsa = KeyAlgorithm::Rsa { bits: 2048 };
        for (kind, key, length, result) in [
            (RsaPkcs1v15, rsa, 256, None),
            (RsaPkcs1v15, rsa, 255, Some(reason::LENGTH)),
            (RsaPkcs1v15, rsa, 257, Some(reason::LENGTH)),
            (EcdsaRaw, KeyAlgorithm::EcP256, 64, None),
            (EcdsaRaw, KeyAlgorithm::EcP384, 96, None),
            (EcdsaRaw, KeyAlgorithm::EcP384, 104, Some(reason::LENGTH)),
            (EcdsaRaw, rsa, 64, Some(reason::SIGNATURE_KEY)),
            (
                RsaPkcs1v15,
                KeyAlgorithm::EcP256,
                256,
                Some(reason::SIGNATURE_KEY),
            ),
        ] {
            assert_eq!(
                value(kind, key, vec![1; length]).err(),
                result,
                "{kind:?} {length}"
            );
        }
    }
}
