//! Signers: a card, or in tests a key in memory.

use std::fmt;
use std::io;

use card_core::certificate::{Certificate, KeyAlgorithm};
use card_core::digest::{Digest, HashAlgorithm};
use card_core::signature::{Signature, SignatureKind};
use card_core::{AuthenticationKey, SignatureKey};
use thiserror::Error;

use crate::report::Reason;

/// Something that signs digests (署名者) and can say whose signature it will be.
///
/// The formats ask for the certificate first, because it goes into what is signed, and then for
/// exactly one signature per document.
pub trait DocumentSigner {
    /// The signer's certificate.
    fn certificate(&self) -> &Certificate;

    /// The certificates above it that go into the document, issuer first; may be empty.
    fn chain(&self) -> &[Certificate];

    /// How this key signs.
    fn algorithm(&self) -> SigningAlgorithm;

    /// Signs a digest that was made with the algorithm's own hash function.
    ///
    /// # Errors
    ///
    /// What the card or key answers.
    fn sign(&mut self, digest: &Digest) -> Result<Signature, card_core::Error>;
}

/// A signature algorithm (署名アルゴリズム) with its hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SigningAlgorithm {
    /// Scheme and padding.
    pub kind: SignatureKind,
    /// The hash function of the document and of what is signed.
    pub hash: HashAlgorithm,
}

impl SigningAlgorithm {
    /// What a key of this kind signs with; `None` for kinds that no format here can carry.
    ///
    /// RSA signs with PKCS #1 v1.5 over SHA-256, what every Japanese receiver accepts; P-384 with
    /// SHA-384, as announced for the next card.
    pub const fn of(key: KeyAlgorithm) -> Option<SigningAlgorithm> {
        let (kind, hash) = match key {
            KeyAlgorithm::Rsa { .. } => (SignatureKind::RsaPkcs1v15, HashAlgorithm::Sha256),
            KeyAlgorithm::EcP256 => (SignatureKind::EcdsaRaw, HashAlgorithm::Sha256),
            KeyAlgorithm::EcP384 => (SignatureKind::EcdsaRaw, HashAlgorithm::Sha384),
            _ => return None,
        };
        Some(SigningAlgorithm { kind, hash })
    }
}

/// An unlocked key of a card together with its certificate.
///
/// Takes the certificate rather than reading it, so that a caller that asks for consent, looks for the
/// issuer and signs a hundred files reads it once. Costs one exchange per signature and no attempt.
pub struct CardSigner<'k> {
    certificate: Certificate,
    chain: Vec<Certificate>,
    algorithm: SigningAlgorithm,
    sign: Box<Sign<'k>>,
}

/// What a key does.
type Sign<'k> = dyn FnMut(&Digest) -> Result<Signature, card_core::Error> + 'k;

impl<'k> CardSigner<'k> {
    /// Signs with the signature key (署名用秘密鍵).
    ///
    /// `None` if the certificate's key is of a kind that no format here can carry.
    pub fn signature(
        key: &'k mut SignatureKey<'_>,
        certificate: Certificate,
        chain: Vec<Certificate>,
    ) -> Option<CardSigner<'k>> {
        CardSigner::new(certificate, chain, |digest| key.sign(digest))
    }

    /// Signs with the authentication key (利用者証明用秘密鍵): for tokens and bare values only.
    ///
    /// `None` as for [`CardSigner::signature`].
    pub fn authentication(
        key: &'k mut AuthenticationKey<'_>,
        certificate: Certificate,
        chain: Vec<Certificate>,
    ) -> Option<CardSigner<'k>> {
        CardSigner::new(certificate, chain, |digest| key.sign(digest))
    }

    /// Signs with whatever `sign` does: another token, a key in a test.
    ///
    /// `None` as for [`CardSigner::signature`].
    pub fn new(
        certificate: Certificate,
        chain: Vec<Certificate>,
        sign: impl FnMut(&Digest) -> Result<Signature, card_core::Error> + 'k,
    ) -> Option<CardSigner<'k>> {
        let algorithm = SigningAlgorithm::of(certificate.key_algorithm())?;
        Some(CardSigner {
            certificate,
            chain,
            algorithm,
            sign: Box::new(sign),
        })
    }
}

impl DocumentSigner for CardSigner<'_> {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    fn sign(&mut self, digest: &Digest) -> Result<Signature, card_core::Error> {
        (self.sign)(digest)
    }
}

impl fmt::Debug for CardSigner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardSigner")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Lets a signer sign, and checks that the signature fits its certificate.
///
/// A signature that does not would be worthless, and would be found out by the receiver only.
pub(crate) fn sign_checked(
    signer: &mut dyn DocumentSigner,
    digest: &Digest,
) -> Result<Signature, SignError> {
    let signature = signer.sign(digest)?;
    let key = signer.certificate().public_key();
    let fits = signature.kind() == signer.algorithm().kind;
    match fits && key.verify_digest(digest, &signature).is_ok() {
        true => Ok(signature),
        false => Err(SignError::Mismatch),
    }
}

/// Why nothing was signed or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignError {
    /// The card or key did not sign.
    #[error(transparent)]
    Signer(#[from] card_core::Error),
    /// The digest is not made with the signer's hash function.
    #[error("the digest is not made with the signer's hash function")]
    DigestAlgorithm,
    /// The signature does not fit the certificate: it would be worthless.
    #[error("the signature does not fit the signer's certificate")]
    Mismatch,
    /// The content is not the one that the digest was made of.
    #[error("the content is not the content that was signed")]
    ContentChanged,
    /// The file that should be added to breaks a rule.
    #[error("the existing signature cannot be read: {0}")]
    Existing(Reason),
    /// The document breaks a rule: verifiers should refuse a signature in it.
    #[error("the document cannot be signed: {0}")]
    Document(Reason),
    /// The format or profile cannot carry the signer's algorithm.
    #[error("the format cannot carry the signer's algorithm")]
    Algorithm,
    /// There is no signer with this number.
    #[error("there is no such signer")]
    NoSuchSigner,
    /// The time stamp is for another signature, or is none.
    #[error("the time stamp does not fit: {0}")]
    TimeStamp(Reason),
    /// Reading the content or writing the file failed.
    #[error("reading or writing failed: {}", .0.kind())]
    Io(#[from] io::Error),
}

impl SignError {
    /// A stable word for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            SignError::Signer(error) => error.code(),
            SignError::DigestAlgorithm => "sign.digest-algorithm",
            SignError::Mismatch => "signature.mismatch",
            SignError::ContentChanged => "sign.content-changed",
            SignError::Existing(_) => "sign.existing",
            SignError::Document(reason) => reason.code(),
            SignError::Algorithm => "sign.algorithm",
            SignError::NoSuchSigner => "sign.no-such-signer",
            SignError::TimeStamp(_) => "sign.time-stamp",
            SignError::Io(_) => "file.io",
        }
    }
}

impl From<Reason> for SignError {
    fn from(reason: Reason) -> SignError {
        SignError::Document(reason)
    }
}
