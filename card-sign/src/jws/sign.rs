//! Making tokens.

use std::io::{self, Read};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use card_core::digest::{Digest, Hasher};
use serde::Serialize;

use super::algorithm::Algorithm;
use super::rules::reason;
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

/// The longest token that is made, in bytes. Who verifies files allows as much
/// ([`super::Expected::size`]); URLs and headers have room for far less.
pub const MAX_TOKEN: usize = 1 << 30;

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
/// `jws.limits.size` for more than [`MAX_PAYLOAD`], before anything is signed;
/// `signature.mismatch`, `sign.digest-algorithm` for a key without a JWS algorithm, and what the
/// signer answers.
pub fn sign_compact(
    signer: &mut dyn DocumentSigner,
    typ: Option<&str>,
    certificates: Certificates,
    payload: &[u8],
) -> Result<String, SignError> {
    let header = header(signer, typ, certificates, false)?;
    if payload.len() > MAX_PAYLOAD || header.len() > MAX_AROUND / 2 {
        return Err(SignError::Document(reason::SIZE));
    }
    let input = format!("{header}.{}", BASE64_URL_SAFE_NO_PAD.encode(payload));
    let digest = Digest::of(signer.algorithm().hash, input.as_bytes());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(sign_checked(signer, &digest)?.as_bytes());
    Ok(format!("{input}.{signature}"))
}

/// Signs a payload that stays where it is: `header..signature`, with `b64: false`.
///
/// # Errors
///
/// As [`sign_compact`], and those of the reader.
pub fn sign_detached(
    signer: &mut dyn DocumentSigner,
    typ: Option<&str>,
    certificates: Certificates,
    payload: &mut dyn Read,
) -> Result<String, SignError> {
    let header = header(signer, typ, certificates, true)?;
    let mut hasher = Hasher::new(signer.algorithm().hash);
    hasher.update(format!("{header}.").as_bytes());
    io::copy(payload, &mut hasher)?;
    let signature = sign_checked(signer, &hasher.finish())?;
    Ok(format!(
        "{header}..{}",
        BASE64_URL_SAFE_NO_PAD.encode(signature.as_bytes())
    ))
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
}
