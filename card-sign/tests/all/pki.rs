//! Keys and certificates of the simulator's residents, and what signs with them.

use std::path::PathBuf;
use std::sync::LazyLock;

use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_core::domain::date::UtcTime;
use card_core::signature::{Signature, SignatureKind};
use card_core::trust::{Trust, TrustSource};
use card_sign::Policy;
use card_sim::persona::{Credential, Persona, PrivateKey};
use rsa::traits::SignatureScheme as _;
use rsa::{Pkcs1v15Sign, Pss};
use signature::hazmat::PrehashSigner as _;

/// A moment in the life of every shipped certificate that is not expired: 2026-11-25T03:00:00Z.
pub(crate) const NOW: i64 = 1_795_575_600;

pub(crate) fn now() -> UtcTime {
    at(NOW)
}

pub(crate) fn at(unix: i64) -> UtcTime {
    UtcTime::from_unix(unix).unwrap()
}

/// Where the simulator keeps its residents and its test CA.
pub(crate) fn personas() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../card-sim/personas")
}

pub(crate) fn hanako() -> &'static Credential {
    static HANAKO: LazyLock<Credential> =
        LazyLock::new(|| Persona::shipped("hanako").unwrap().signature.unwrap());
    &HANAKO
}

/// The invented card of the next generation: ECDSA.
pub(crate) fn jisedai() -> &'static Credential {
    static JISEDAI: LazyLock<Credential> =
        LazyLock::new(|| Persona::shipped("jisedai").unwrap().signature.unwrap());
    &JISEDAI
}

pub(crate) fn taro() -> &'static Credential {
    static TARO: LazyLock<Credential> =
        LazyLock::new(|| Persona::shipped("taro").unwrap().signature.unwrap());
    &TARO
}

pub(crate) fn authentication() -> &'static Credential {
    static HANAKO: LazyLock<Credential> =
        LazyLock::new(|| Persona::shipped("hanako").unwrap().authentication.unwrap());
    &HANAKO
}

pub(crate) fn certificate(of: &Credential) -> Certificate {
    Certificate::parse_exact(&of.certificate).unwrap()
}

/// Signs as today's and tomorrow's card do.
pub(crate) fn sign(key: &PrivateKey, digest: &Digest) -> Signature {
    match key {
        PrivateKey::Rsa(key) => {
            let scheme = Pkcs1v15Sign {
                hash_len: None,
                prefix: digest.algorithm().digest_info_prefix().into(),
            };
            let bytes = key.sign(scheme, digest.as_bytes()).unwrap();
            Signature::new(SignatureKind::RsaPkcs1v15, bytes)
        }
        PrivateKey::P256(key) => {
            let key = p256::ecdsa::SigningKey::from(key);
            let signature: p256::ecdsa::Signature = key.sign_prehash(digest.as_bytes()).unwrap();
            Signature::new(SignatureKind::EcdsaRaw, signature.to_bytes().to_vec())
        }
        PrivateKey::P384(key) => {
            let key = p384::ecdsa::SigningKey::from(key);
            let signature: p384::ecdsa::Signature = key.sign_prehash(digest.as_bytes()).unwrap();
            Signature::new(SignatureKind::EcdsaRaw, signature.to_bytes().to_vec())
        }
    }
}

/// Signs with PSS, MGF1 with the same hash, and this salt length.
pub(crate) fn sign_pss(key: &PrivateKey, digest: &Digest, salt: usize) -> Vec<u8> {
    let PrivateKey::Rsa(key) = key else {
        panic!("PSS needs RSA")
    };
    assert_eq!(digest.algorithm(), HashAlgorithm::Sha256);
    let scheme = Pss::<sha2::Sha256>::new_with_salt(salt);
    scheme
        .sign(Some(&mut rand::rng()), key, digest.as_bytes())
        .unwrap()
}

/// The simulator's roots.
pub(crate) fn roots() -> &'static Trust {
    static ROOTS: LazyLock<Trust> = LazyLock::new(|| {
        let mut ders = Vec::new();
        for entry in std::fs::read_dir(personas().join("certificates")).unwrap() {
            let path = entry.unwrap().path();
            if path
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("ca-")
            {
                ders.push(std::fs::read(path).unwrap());
            }
        }
        let ders = ders.iter().map(Vec::as_slice);
        Trust::from_der(TrustSource::Simulator, ders).unwrap()
    });
    &ROOTS
}

pub(crate) fn policy() -> Policy<'static> {
    Policy::new(roots(), now())
}
