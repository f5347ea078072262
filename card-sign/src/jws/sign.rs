//! Making tokens.

use std::io::{Read, Write};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use card_core::digest::{Digest, HashAlgorithm, Hasher};
use serde::Serialize;

use super::algorithm::Algorithm;
use super::rules::reason;
use super::stream;
use crate::signer::{DocumentSigner, SignError, sign_checked};

/// The header that we write.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b64: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crit: Option<[&'static str; 1]>,
    x5c: Vec<String>,
}

/// The longest token that is made, in bytes: 2 GiB. Who verifies files allows as much
/// ([`super::Expected::size`]); URLs and headers have room for far less.
pub const MAX_TOKEN: usize = 1 << 31;

/// The longest payload that a token carries, in bytes: three quarters, with room for a header.
pub const MAX_PAYLOAD: usize = (MAX_TOKEN - MAX_AROUND) / 4 * 3;

/// Header and signature, with every certificate.
const MAX_AROUND: usize = 1 << 20;

/// Which certificates a token carries in `x5c`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certificates {
    /// The signer's certificate. A verifier finds the CA among those that it trusts.
    #[default]
    Signer,
    /// The signer's certificate and [`DocumentSigner::chain`]: 2.3 kB more for a card of today.
    Chain,
}

/// Signs a payload and carries it: `header.payload.signature`.
///
/// `typ` names the use, so that a token for one is none for another. One signature by the card.
///
/// # Errors
///
/// As [`sign_attached`].
pub fn sign_compact(
    signer: &mut dyn DocumentSigner,
    typ: Option<&str>,
    certificates: Certificates,
    payload: &[u8],
) -> Result<String, SignError> {
    let signed = sign_attached(signer, typ, certificates, &mut &payload[..])?;
    let mut token = Vec::new();
    signed.write(&mut &payload[..], &mut token)?;
    // Base64url and dots.
    String::from_utf8(token).map_err(|_| SignError::ContentChanged)
}

/// Signs a payload that is put in when the token is written, in constant memory.
///
/// # Errors
///
/// `jws.limits.size` for more than [`MAX_PAYLOAD`], before anything is signed;
/// `signature.mismatch`, `sign.digest-algorithm` for a key without a JWS algorithm, what the
/// signer answers, and those of the reader.
pub fn sign_attached(
    signer: &mut dyn DocumentSigner,
    typ: Option<&str>,
    certificates: Certificates,
    payload: &mut dyn Read,
) -> Result<Attached, SignError> {
    let header = header(signer, typ, certificates, false)?;
    if header.len() > MAX_AROUND / 2 {
        return Err(SignError::Document(reason::SIZE));
    }
    let hasher = begun(signer.algorithm().hash, &header);
    let digest = hash_encoded(hasher, payload, MAX_TOKEN - MAX_AROUND)?;
    let signature = sign_checked(signer, &digest)?;
    Ok(Attached {
        header,
        digest,
        signature: BASE64_URL_SAFE_NO_PAD.encode(signature.as_bytes()),
    })
}

/// A token whose payload is not in it yet.
#[derive(Clone, Debug)]
pub struct Attached {
    header: String,
    digest: Digest,
    signature: String,
}

impl Attached {
    /// Writes the token around its payload, in constant memory.
    ///
    /// Hashes it again on the way: what is written is what was signed, or an error. The caller then
    /// throws the output away.
    ///
    /// # Errors
    ///
    /// `sign.content-changed` if it is another payload; `file.io`.
    pub fn write(&self, payload: &mut dyn Read, out: &mut dyn Write) -> Result<(), SignError> {
        let mut hasher = begun(self.digest.algorithm(), &self.header);
        write!(out, "{}.", self.header)?;
        stream::encoded(payload, |text| {
            hasher.update(text);
            out.write_all(text)
        })?;
        if hasher.finish() != self.digest {
            return Err(SignError::ContentChanged);
        }
        Ok(write!(out, ".{}", self.signature)?)
    }
}

/// Signs a payload that stays where it is: `header..signature`, with `b64: false`.
///
/// # Errors
///
/// As [`sign_attached`]; a payload of any size passes.
pub fn sign_detached(
    signer: &mut dyn DocumentSigner,
    typ: Option<&str>,
    certificates: Certificates,
    payload: &mut dyn Read,
) -> Result<String, SignError> {
    let header = header(signer, typ, certificates, true)?;
    let mut hasher = begun(signer.algorithm().hash, &header);
    stream::pieces(payload, |piece| {
        hasher.update(piece);
        Ok::<_, SignError>(())
    })?;
    let signature = sign_checked(signer, &hasher.finish())?;
    Ok(format!(
        "{header}..{}",
        BASE64_URL_SAFE_NO_PAD.encode(signature.as_bytes())
    ))
}

/// Hashes a payload in Base64url, of which there may be so many bytes.
fn hash_encoded(
    mut hasher: Hasher,
    payload: &mut dyn Read,
    most: usize,
) -> Result<Digest, SignError> {
    let mut left = most;
    stream::encoded(payload, |text| {
        let rest = left.checked_sub(text.len());
        left = rest.ok_or(SignError::Document(reason::SIZE))?;
        hasher.update(text);
        Ok::<_, SignError>(())
    })?;
    Ok(hasher.finish())
}

/// What is signed begins with the header and a dot.
fn begun(hash: HashAlgorithm, header: &str) -> Hasher {
    let mut hasher = Hasher::new(hash);
    hasher.update(header.as_bytes());
    hasher.update(b".");
    hasher
}

fn header(
    signer: &dyn DocumentSigner,
    typ: Option<&str>,
    certificates: Certificates,
    unencoded: bool,
) -> Result<String, SignError> {
    let algorithm = Algorithm::of(signer.algorithm()).ok_or(SignError::DigestAlgorithm)?;
    let above = match certificates {
        Certificates::Signer => &[],
        Certificates::Chain => signer.chain(),
    };
    let certificates = [signer.certificate()].into_iter().chain(above);
    let header = Header {
        alg: algorithm.name(),
        typ,
        b64: unencoded.then_some(false),
        crit: unencoded.then_some(["b64"]),
        x5c: certificates
            .map(|one| BASE64_STANDARD.encode(one.to_der()))
            .collect(),
    };
    // Strings and lists of strings always have a JSON form.
    let json = serde_json::to_vec(&header).map_err(|error| SignError::Io(error.into()))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_payload_makes_no_more_than_the_longest_token() {
        let encoded = base64::encoded_len(MAX_PAYLOAD, false).unwrap();
        assert!(encoded + MAX_AROUND <= MAX_TOKEN);
        assert!(encoded + 2 * MAX_AROUND > MAX_TOKEN, "not less than needed");
    }

    #[test]
    fn a_longer_payload_is_refused() {
        let hash = |bytes: &[u8]| {
            let hasher = Hasher::new(HashAlgorithm::Sha256);
            hash_encoded(hasher, &mut &bytes[..], 100_000)
        };
        let whole = hash(&[0; 75_000]).unwrap();
        assert_eq!(whole, Digest::of(HashAlgorithm::Sha256, &[b'A'; 100_000]));
        assert_eq!(hash(&[0; 75_001]).unwrap_err().code(), "jws.limits.size");
    }
}
