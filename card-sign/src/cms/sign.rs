//! Making signatures: what is signed, the signer's answer, the file.

use std::io::{Read, Write};

use card_core::digest::{Digest, Hasher};
use card_core::domain::date::UtcTime;

use super::signed_data::{SignedData, Signer};
use super::stream::ReadError;
use super::{algorithm, attributes, oid, pem};
use crate::ber::{self, INTEGER, OCTET_STRING, SEQUENCE, SET};
use crate::pieces::in_pieces;
use crate::signer::{DocumentSigner, SignError, sign_checked};

impl SignedData {
    /// Reads an existing signature to add a signer or a time stamp to it.
    ///
    /// DER, BER, or PEM around it. The content of an attached one goes to `out`, or is only hashed. Nothing is verified.
    ///
    /// # Errors
    ///
    /// [`SignError::Existing`] with the reason, [`SignError::Io`].
    pub fn open(
        reader: &mut dyn Read,
        out: Option<&mut dyn Write>,
    ) -> Result<SignedData, SignError> {
        let mut der = pem::unwrap(reader)?.map_err(SignError::Existing)?;
        let read = SignedData::read(&mut der, out).map_err(|error| match error {
            ReadError::Io(error) => SignError::Io(error),
            ReadError::Refused(_, reason) => SignError::Existing(reason),
        })?;
        for signer in &read.signers {
            Signer::read(signer).map_err(|_| SignError::Existing(super::reason::MALFORMED))?;
        }
        Ok(read)
    }

    /// Lets a signer sign a content of this digest (CAdES-B-B), and tells the signer's number.
    ///
    /// Earlier signatures stay as they are, byte for byte. The certificate and the chain that
    /// the signer names go into the file. Without a signing time the attributes are those of
    /// PAdES-B-B. One signature by the card, no attempt.
    ///
    /// # Errors
    ///
    /// `sign.digest-algorithm`, `sign.content-changed` if the content inside has another digest,
    /// `signature.mismatch`, and what the signer answers. Nothing is added then.
    pub fn sign(
        &mut self,
        signer: &mut dyn DocumentSigner,
        digest: &Digest,
        signing_time: Option<UtcTime>,
    ) -> Result<usize, SignError> {
        let algorithm = signer.algorithm();
        if digest.algorithm() != algorithm.hash {
            return Err(SignError::DigestAlgorithm);
        }
        if self
            .content_digest(algorithm.hash)
            .is_some_and(|inside| inside != digest)
        {
            return Err(SignError::ContentChanged);
        }
        let certificate = signer.certificate().clone();
        let list = attributes::signed(&self.content_type, digest, signing_time, &certificate);
        // Signed as a SET, stored as [0]: the same contents (RFC 5652, 5.4).
        let signed = ber::set_of(SET, list.clone());
        let signed = Digest::of(algorithm.hash, &signed);
        let signature = sign_checked(signer, &signed)?;
        let serial = ber::tlv(INTEGER, &[certificate.serial().content()]);
        self.signers.push(ber::tlv(
            SEQUENCE,
            &[
                &ber::integer(&[1]),
                &ber::tlv(SEQUENCE, &[certificate.issuer().der(), &serial]),
                &algorithm::write_hash(algorithm.hash),
                &ber::set_of(ber::context(0), list),
                &algorithm::write_signature(algorithm),
                &ber::tlv(OCTET_STRING, &[&signature.to_der()]),
            ],
        ));
        if !self.announced().contains(&algorithm.hash) {
            self.digest_algorithms
                .push(algorithm::write_hash(algorithm.hash));
        }
        self.add_certificate(&certificate);
        for above in signer.chain() {
            self.add_certificate(above);
        }
        Ok(self.signers.len() - 1)
    }

    /// The signature value of a signer: what a time stamp for it has to cover.
    pub fn signature_value(&self, signer: usize) -> Option<Vec<u8>> {
        Some(Signer::read(self.signers.get(signer)?).ok()?.signature)
    }

    /// Adds a time stamp token to a signer (CAdES-B-T); see [`super::timestamp`].
    ///
    /// # Errors
    ///
    /// `sign.no-such-signer`; `sign.time-stamp` if the token does not cover that signature.
    pub fn add_time_stamp(&mut self, signer: usize, token: &[u8]) -> Result<(), SignError> {
        let value = self
            .signature_value(signer)
            .ok_or(SignError::NoSuchSigner)?;
        super::timestamp::covers(token, &value).map_err(SignError::TimeStamp)?;
        let stored = self
            .signers
            .get_mut(signer)
            .ok_or(SignError::NoSuchSigner)?;
        let malformed = |_| SignError::Existing(super::reason::SIGNER_MALFORMED);
        let mut unsigned = vec![attributes::write(&oid::TIME_STAMP, token)];
        let contents = ber::only(SEQUENCE, stored).map_err(malformed)?.contents;
        let read = Signer::read(stored).map_err(malformed)?;
        let old = read.unsigned.map_or(&[][..], |set| set.whole);
        let kept = contents.strip_suffix(old).unwrap_or(contents);
        if let Some(set) = read.unsigned {
            let others = set.inside().all().map_err(malformed)?;
            unsigned.extend(others.iter().map(|other| other.whole.to_vec()));
        }
        *stored = ber::tlv(SEQUENCE, &[kept, &ber::set_of(ber::context(1), unsigned)]);
        Ok(())
    }

    /// Writes the attached signature around a content, in constant memory.
    ///
    /// Reads exactly `length` bytes and hashes them again on the way: what is written is what was
    /// signed, or an error. The caller then throws the output away.
    ///
    /// # Errors
    ///
    /// `sign.content-changed` if the content is shorter, longer or another one than the signers
    /// signed; `file.io`.
    pub fn write_attached(
        &self,
        content: &mut dyn Read,
        length: u64,
        out: &mut dyn Write,
    ) -> Result<(), SignError> {
        let (before, after) = self.around(Some(length));
        out.write_all(&before)?;
        let mut hashers: Vec<Hasher> = self.announced().into_iter().map(Hasher::new).collect();
        let mut left = length;
        in_pieces(content, |piece| {
            let rest = left.checked_sub(piece.len() as u64);
            left = rest.ok_or(SignError::ContentChanged)?;
            hashers.iter_mut().for_each(|hasher| hasher.update(piece));
            Ok::<_, SignError>(out.write_all(piece)?)
        })?;
        let digests: Vec<Digest> = hashers.into_iter().map(Hasher::finish).collect();
        if left > 0 || !self.signers.iter().all(|signer| signs(signer, &digests)) {
            return Err(SignError::ContentChanged);
        }
        Ok(out.write_all(&after)?)
    }
}

/// Whether a signer's message-digest is one of these; of hash functions that are not known here
/// nothing can be said.
fn signs(signer: &[u8], digests: &[Digest]) -> bool {
    let found = || {
        let signer = Signer::read(signer).ok()?;
        let hash = algorithm::hash(&signer.digest_algorithm)?;
        let list = attributes::read(&signer.signed?).ok()?;
        let value = attributes::find(&list, &oid::MESSAGE_DIGEST)?.only().ok()?;
        let own = digests.iter().find(|digest| digest.algorithm() == hash)?;
        Some(own.as_bytes() == value.contents)
    };
    found().unwrap_or(true)
}
