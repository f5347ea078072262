//! Unlocked keys: what can be done once the card has accepted a PIN.

use std::fmt;

use super::{file, read_authentication_certificate, read_certificate, read_signature_certificate};
use crate::certificate::{Certificate, KeyAlgorithm, PublicKey, Purpose};
use crate::channel::Channel;
use crate::digest::{Digest, HashAlgorithm};
use crate::error::{Error, Malformation, PssProblem, Step};
use crate::iso::{Answer, Command, FileId};
use crate::pin::{Pin, SignaturePassword, UserPin};
use crate::signature::{Signature, SignatureKind};

/// The authentication key (利用者証明用秘密鍵), unlocked.
///
/// Exists only after the card has accepted the PIN, and lives no longer than the applet it was
/// unlocked in.
pub struct AuthenticationKey<'t> {
    channel: Channel<'t>,
}

/// The signature key (署名用秘密鍵), unlocked.
///
/// Exists only after the card has accepted the password, and lives no longer than the applet it
/// was unlocked in.
pub struct SignatureKey<'t> {
    channel: Channel<'t>,
}

impl<'t> AuthenticationKey<'t> {
    pub(super) fn new(channel: Channel<'t>) -> Self {
        Self { channel }
    }
}

impl AuthenticationKey<'_> {
    /// Reads the authentication certificate, also on a phone.
    ///
    /// One exchange for each 256 bytes, or one in extended form. No attempt.
    ///
    /// # Errors
    ///
    /// `certificate.absent`, `card.malformed`.
    pub fn certificate(&mut self) -> Result<Certificate, Error> {
        read_authentication_certificate(&mut self.channel, &[])
    }

    /// Reads the CA certificate that belongs to the authentication certificate.
    ///
    /// As [`Jpki::authentication_ca_certificate`](super::Jpki::authentication_ca_certificate): for
    /// callers that learn from the certificate that its issuer is not known yet.
    ///
    /// # Errors
    ///
    /// `certificate.absent`, `card.malformed`.
    pub fn ca_certificate(&mut self) -> Result<Certificate, Error> {
        let (file, step) = (
            file::AUTHENTICATION_CA_CERTIFICATE,
            Step::AuthenticationCaCertificate,
        );
        let purpose = Purpose::Authentication;
        read_certificate(&mut self.channel, file, step, Answer::Public, purpose)
    }

    /// Signs a digest.
    ///
    /// One exchange, no attempt. The library builds the DigestInfo itself, so the card never signs
    /// bytes that another party chose. If the certificate was read on this connection the
    /// signature is checked against its key before it is returned; otherwise the key is taken as
    /// RSA-2048, so a card with other keys signs only after its certificate was read.
    ///
    /// # Errors
    ///
    /// `signature.mismatch`: the signature does not fit the certificate. `card.malformed`: it has
    /// another length than the key. `card.refused`.
    pub fn sign(&mut self, digest: &Digest) -> Result<Signature, Error> {
        let known = self.channel.memory.authentication_key.clone();
        sign(&mut self.channel, file::AUTHENTICATION_KEY, known, digest)
    }

    /// Signs a digest with the key of this certificate, which was read before the PIN was typed.
    ///
    /// One exchange, no attempt. The signature is checked against the certificate's key before it is
    /// returned, so a certificate of another card, or one that was renewed since, makes nothing.
    ///
    /// # Errors
    ///
    /// As [`AuthenticationKey::sign`].
    pub fn sign_for(
        &mut self,
        certificate: &Certificate,
        digest: &Digest,
    ) -> Result<Signature, Error> {
        let known = Some(certificate.public_key().clone());
        sign(&mut self.channel, file::AUTHENTICATION_KEY, known, digest)
    }

    /// Signs a SHA-256 digest with RSASSA-PSS: MGF1 with SHA-256, a salt of 32 bytes.
    ///
    /// TLS 1.3 wants this form. One exchange, no attempt; the card makes the salt, so two
    /// signatures of one digest differ. If the certificate was read on this connection the
    /// signature is checked against its key, salt length included, before it is returned.
    ///
    /// # Errors
    ///
    /// `signature.pss`: the card refuses this form (`6A86`), or the digest is not SHA-256,
    /// or the key is not RSA; in the last two cases nothing was sent. Otherwise as
    /// [`AuthenticationKey::sign`].
    ///
    /// # Card
    ///
    /// COMPUTE DIGITAL SIGNATURE with P1 = 04: found by a sweep of one author (myna-card); the
    /// length of the salt is that of the verifier it was checked with.
    pub fn sign_pss(&mut self, digest: &Digest) -> Result<Signature, Error> {
        let known = self.channel.memory.authentication_key.clone();
        sign_pss(&mut self.channel, file::AUTHENTICATION_KEY, known, digest)
    }

    /// Replaces the PIN.
    ///
    /// Two exchanges, no attempt: the old PIN was accepted already. The card changes the PIN
    /// wholly or not at all.
    ///
    /// # Errors
    ///
    /// `card.refused`; after `card.silent` it is unknown whether the old or the new PIN is in force.
    ///
    /// # Card
    ///
    /// SELECT 0018, CHANGE REFERENCE DATA with the new PIN only; agreed by myna and myna-card.
    pub fn change_pin(&mut self, new: &UserPin) -> Result<(), Error> {
        let file = file::AUTHENTICATION_PIN;
        self.channel
            .change(file, Command::change_reference_data, new.secret())
    }
}

impl AuthenticationKey<'_> {
    /// Replaces the PIN by one that is typed twice on the reader's own keypad.
    ///
    /// Two exchanges, no attempt. As [`AuthenticationKey::change_pin`]; the new PIN never enters
    /// this computer.
    ///
    /// # Errors
    ///
    /// As [`AuthenticationKey::change_pin`], and those of
    /// [`Jpki::unlock_authentication_on_pinpad`](super::Jpki::unlock_authentication_on_pinpad)
    /// where the card was sent no PIN; `pinpad.not-repeated`: the two entries differ.
    ///
    /// # Card
    ///
    /// SELECT 0018, CHANGE REFERENCE DATA by FEATURE_MODIFY_PIN_DIRECT of PC/SC part 10.
    pub fn change_pin_on_pinpad(&mut self) -> Result<(), Error> {
        let kind = crate::pin::PinKind::Authentication;
        self.channel
            .change_on_pinpad(kind, file::AUTHENTICATION_PIN)
    }
}

impl<'t> SignatureKey<'t> {
    pub(super) fn new(channel: Channel<'t>) -> Self {
        Self { channel }
    }
}

impl SignatureKey<'_> {
    /// Reads the signature certificate (署名用電子証明書), which names its holder.
    ///
    /// It holds name, address, birth date and sex. One exchange for each 256 bytes, or one in
    /// extended form. No attempt.
    ///
    /// # Errors
    ///
    /// `certificate.absent`, `card.malformed`.
    ///
    /// # Card
    ///
    /// 0001, after the password only (6982 before): seen by OpenSC (its issue 3169).
    pub fn certificate(&mut self) -> Result<Certificate, Error> {
        read_signature_certificate(&mut self.channel)
    }

    /// Reads the CA certificate that belongs to the signature certificate.
    ///
    /// As [`Jpki::signature_ca_certificate`](super::Jpki::signature_ca_certificate): for callers that
    /// learn from the certificate that its issuer is not known yet.
    ///
    /// # Errors
    ///
    /// `certificate.absent`, `card.malformed`.
    pub fn ca_certificate(&mut self) -> Result<Certificate, Error> {
        let (file, step) = (file::SIGNATURE_CA_CERTIFICATE, Step::SignatureCaCertificate);
        let purpose = Purpose::Signature;
        read_certificate(&mut self.channel, file, step, Answer::Public, purpose)
    }

    /// Signs a digest. As [`AuthenticationKey::sign`].
    ///
    /// # Errors
    ///
    /// As [`AuthenticationKey::sign`].
    pub fn sign(&mut self, digest: &Digest) -> Result<Signature, Error> {
        let known = self.channel.memory.signature_key.clone();
        sign(&mut self.channel, file::SIGNATURE_KEY, known, digest)
    }

    /// Signs a SHA-256 digest with RSASSA-PSS. As [`AuthenticationKey::sign_pss`].
    ///
    /// # Errors
    ///
    /// As [`AuthenticationKey::sign_pss`].
    pub fn sign_pss(&mut self, digest: &Digest) -> Result<Signature, Error> {
        let known = self.channel.memory.signature_key.clone();
        sign_pss(&mut self.channel, file::SIGNATURE_KEY, known, digest)
    }

    /// Replaces the password. As [`AuthenticationKey::change_pin`], with 001B.
    ///
    /// Make the new one with [`SignaturePassword::choose`], which wants a letter and a digit.
    ///
    /// # Errors
    ///
    /// As [`AuthenticationKey::change_pin`].
    pub fn change_password(&mut self, new: &SignaturePassword) -> Result<(), Error> {
        let file = file::SIGNATURE_PASSWORD;
        self.channel
            .change(file, Command::change_reference_data, new.secret())
    }
}

impl fmt::Debug for AuthenticationKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthenticationKey")
    }
}

impl fmt::Debug for SignatureKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignatureKey")
    }
}

/// What every card has today, assumed where no certificate was read.
const TODAY: KeyAlgorithm = KeyAlgorithm::Rsa { bits: 2048 };

fn sign(
    channel: &mut Channel<'_>,
    key: FileId,
    known: Option<PublicKey>,
    digest: &Digest,
) -> Result<Signature, Error> {
    let algorithm = known.as_ref().map_or(TODAY, PublicKey::algorithm);
    let block = match algorithm {
        KeyAlgorithm::Rsa { .. } => digest.digest_info(),
        // Invented: the next card's command is not published; the simulator takes the bare digest.
        _ => digest.as_bytes().to_vec(),
    };
    let bytes = channel.sign(key, &block)?;
    let (kind, needs) = match algorithm {
        KeyAlgorithm::Rsa { bits } => (SignatureKind::RsaPkcs1v15, bits.div_ceil(8)),
        KeyAlgorithm::EcP256 => (SignatureKind::EcdsaRaw, 64),
        _ => (SignatureKind::EcdsaRaw, 96),
    };
    checked(known, digest, kind, &bytes, needs)
}

fn sign_pss(
    channel: &mut Channel<'_>,
    key: FileId,
    known: Option<PublicKey>,
    digest: &Digest,
) -> Result<Signature, Error> {
    let KeyAlgorithm::Rsa { bits } = known.as_ref().map_or(TODAY, PublicKey::algorithm) else {
        return Err(Error::Pss(PssProblem::Key));
    };
    if digest.algorithm() != HashAlgorithm::Sha256 {
        return Err(Error::Pss(PssProblem::Digest));
    }
    let bytes = channel.sign_pss(key, digest.as_bytes())?;
    let needs = bits.div_ceil(8);
    checked(known, digest, SignatureKind::RsaPss, &bytes, needs)
}

/// A signature of the right length that fits the certificate's key, where that is known.
fn checked(
    known: Option<PublicKey>,
    digest: &Digest,
    kind: SignatureKind,
    bytes: &[u8],
    needs: usize,
) -> Result<Signature, Error> {
    if bytes.len() != needs {
        let problem = Malformation::Length {
            has: bytes.len(),
            needs,
        };
        return Err(Error::malformed(Step::Sign, 0, problem));
    }
    let signature = Signature::new(kind, bytes.to_vec());
    match known {
        Some(key) if key.verify_digest(digest, &signature).is_err() => {
            Err(Error::SignatureMismatch)
        }
        _ => Ok(signature),
    }
}
