//! Private keys at work.

use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pss::Pss;
use sha2::{Digest, Sha256};
use signature::hazmat::PrehashSigner;

use crate::os::instruction::Scheme;
use crate::os::status::{self, Sw};
use crate::persona::PrivateKey;

/// The longest block that PKCS #1 v1.5 pads under 2048 bits.
const LONGEST_VERBATIM: usize = 245;

/// Signs `data` as the scheme says.
///
/// # Errors
///
/// `6985` for a length that the scheme does not take, `6A80` for whatever an elliptic curve key
/// (invented: no card has one today) does not take.
pub(super) fn sign(key: &PrivateKey, scheme: Scheme, data: &[u8]) -> Result<Vec<u8>, Sw> {
    match key {
        PrivateKey::Rsa(key) => sign_rsa(key, scheme, data),
        // What the next card will take is not published. A bare hash of the curve's size is the
        // least that ECDSA needs; the answer is r and s, as PKCS #11 has them.
        PrivateKey::P256(key) if scheme == Scheme::Verbatim && data.len() == 32 => {
            let key = p256::ecdsa::SigningKey::from(key);
            let made: Result<p256::ecdsa::Signature, _> = key.sign_prehash(data);
            made.map(|signature| signature.to_bytes().to_vec())
                .map_err(|_| status::OTHER)
        }
        PrivateKey::P384(key) if scheme == Scheme::Verbatim && data.len() == 48 => {
            let key = p384::ecdsa::SigningKey::from(key);
            let made: Result<p384::ecdsa::Signature, _> = key.sign_prehash(data);
            made.map(|signature| signature.to_bytes().to_vec())
                .map_err(|_| status::OTHER)
        }
        PrivateKey::P256(_) | PrivateKey::P384(_) => Err(status::WRONG_DATA),
    }
}

fn sign_rsa(key: &rsa::PrivateKey, scheme: Scheme, data: &[u8]) -> Result<Vec<u8>, Sw> {
    let fits = match scheme {
        Scheme::Verbatim => (1..=LONGEST_VERBATIM).contains(&data.len()),
        Scheme::Hash | Scheme::PssHash => data.len() == 32,
        Scheme::BareHashOf | Scheme::HashOf | Scheme::PssHashOf => true,
    };
    if !fits {
        return Err(status::CONDITIONS);
    }
    let rng = &mut rand::rng();
    let digest_info = Pkcs1v15Sign::new::<Sha256>;
    let signature = match scheme {
        Scheme::Verbatim => key.sign_with_rng(rng, Pkcs1v15Sign::new_unprefixed(), data),
        Scheme::BareHashOf => {
            key.sign_with_rng(rng, Pkcs1v15Sign::new_unprefixed(), &Sha256::digest(data))
        }
        Scheme::Hash => key.sign_with_rng(rng, digest_info(), data),
        Scheme::HashOf => key.sign_with_rng(rng, digest_info(), &Sha256::digest(data)),
        Scheme::PssHash => key.sign_with_rng(rng, Pss::<Sha256>::new(), data),
        Scheme::PssHashOf => key.sign_with_rng(rng, Pss::<Sha256>::new(), &Sha256::digest(data)),
    };
    signature.map_err(|_| status::OTHER)
}
