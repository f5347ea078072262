//! Algorithm identifiers: which are known, how they are written, which fit together.

use card_core::certificate::{KeyAlgorithm, Oid};
use card_core::digest::HashAlgorithm;
use card_core::signature::{Signature, SignatureKind};

use super::rules::reason;
use crate::ber::{self, Cursor, Element, NULL, OID, SEQUENCE};
use crate::report::Reason;
use crate::signer::SigningAlgorithm;

/// The hash functions that may sign, and SHA-1 to be named where it is refused.
static HASHES: [(HashAlgorithm, Oid); 4] = [
    (
        HashAlgorithm::Sha256,
        Oid::known(b"\x60\x86\x48\x01\x65\x03\x04\x02\x01"),
    ),
    (
        HashAlgorithm::Sha384,
        Oid::known(b"\x60\x86\x48\x01\x65\x03\x04\x02\x02"),
    ),
    (
        HashAlgorithm::Sha512,
        Oid::known(b"\x60\x86\x48\x01\x65\x03\x04\x02\x03"),
    ),
    (
        HashAlgorithm::danger_sha1(),
        Oid::known(b"\x2b\x0e\x03\x02\x1a"),
    ),
];

const RSA: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
const RSA_PSS: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a");
const MGF1: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08");

/// Signature algorithms that name their hash function.
static SIGNATURES: [(SignatureKind, HashAlgorithm, Oid); 7] = {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    use SignatureKind::{EcdsaRaw, RsaPkcs1v15};
    [
        (
            RsaPkcs1v15,
            Sha256,
            Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),
        ),
        (
            RsaPkcs1v15,
            Sha384,
            Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"),
        ),
        (
            RsaPkcs1v15,
            Sha512,
            Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"),
        ),
        (
            RsaPkcs1v15,
            HashAlgorithm::danger_sha1(),
            Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"),
        ),
        (
            EcdsaRaw,
            Sha256,
            Oid::known(b"\x2a\x86\x48\xce\x3d\x04\x03\x02"),
        ),
        (
            EcdsaRaw,
            Sha384,
            Oid::known(b"\x2a\x86\x48\xce\x3d\x04\x03\x03"),
        ),
        (
            EcdsaRaw,
            Sha512,
            Oid::known(b"\x2a\x86\x48\xce\x3d\x04\x03\x04"),
        ),
    ]
};

/// The parts of an AlgorithmIdentifier.
pub(super) fn parts<'a>(identifier: &Element<'a>) -> Option<(Oid, Option<Element<'a>>)> {
    if identifier.tag != SEQUENCE {
        return None;
    }
    let mut inside = identifier.inside();
    let oid = Oid::from_content(inside.next(OID).ok()?.contents);
    let parameters = if inside.is_empty() {
        None
    } else {
        Some(inside.any().ok()?)
    };
    inside.end().ok()?;
    Some((oid, parameters))
}

/// The hash function that this AlgorithmIdentifier names; its parameters are absent or NULL.
pub(super) fn hash(identifier: &Element<'_>) -> Option<HashAlgorithm> {
    let (oid, parameters) = parts(identifier)?;
    let (hash, _) = HASHES.iter().find(|(_, known)| *known == oid)?;
    is_null_or_absent(parameters).then_some(*hash)
}

fn is_null_or_absent(parameters: Option<Element<'_>>) -> bool {
    parameters.is_none_or(|element| element.tag == NULL && element.contents.is_empty())
}

/// The AlgorithmIdentifier of a hash function.
///
/// With NULL, as older readers expect it; absent parameters would be right too (RFC 5754).
pub(super) fn write_hash(hash: HashAlgorithm) -> Vec<u8> {
    let oid = HASHES
        .iter()
        .find(|(known, _)| *known == hash)
        .map_or(&[][..], |(_, oid)| oid.content());
    ber::tlv(SEQUENCE, &[&ber::tlv(OID, &[oid]), &[NULL, 0]])
}

/// The AlgorithmIdentifier of a signature.
pub(super) fn write_signature(algorithm: SigningAlgorithm) -> Vec<u8> {
    let SigningAlgorithm { kind, hash } = algorithm;
    if kind == SignatureKind::RsaPss {
        let function = write_hash(hash);
        let mask = ber::tlv(SEQUENCE, &[&ber::tlv(OID, &[MGF1.content()]), &function]);
        let parameters = [
            ber::tlv(ber::context(0), &[&function]),
            ber::tlv(ber::context(1), &[&mask]),
            ber::tlv(ber::context(2), &[&ber::integer(&[hash.length() as u8])]),
        ];
        let parameters = ber::tlv(SEQUENCE, &[&parameters.concat()]);
        return ber::tlv(
            SEQUENCE,
            &[&ber::tlv(OID, &[RSA_PSS.content()]), &parameters],
        );
    }
    let known = SIGNATURES
        .iter()
        .find(|(of, with, _)| (*of, *with) == (kind, hash));
    let oid = ber::tlv(OID, &[known.map_or(&[][..], |(_, _, oid)| oid.content())]);
    // RSA has NULL here by RFC 4055, ECDSA nothing by RFC 5758.
    let null: &[u8] = if kind == SignatureKind::RsaPkcs1v15 {
        &[NULL, 0]
    } else {
        &[]
    };
    ber::tlv(SEQUENCE, &[&oid, null])
}

/// The scheme that a signatureAlgorithm names, if it fits the signer's hash function (rule M7).
pub(super) fn scheme(
    identifier: &Element<'_>,
    hash: HashAlgorithm,
) -> Result<SignatureKind, Reason> {
    let (oid, parameters) = parts(identifier).ok_or(reason::UNKNOWN_SIGNATURE)?;
    if oid == RSA_PSS {
        let salt = parameters.and_then(|element| salt_of(&element, hash));
        return salt
            .map(|salt| SignatureKind::pss(hash, salt))
            .ok_or(reason::PSS_PARAMETERS);
    }
    let plain = is_null_or_absent(parameters);
    if oid == RSA && plain {
        return Ok(SignatureKind::RsaPkcs1v15);
    }
    match SIGNATURES.iter().find(|(_, _, known)| *known == oid) {
        Some((kind, with, _)) if plain && *with == hash => Ok(*kind),
        Some((_, with, _)) if *with != hash => Err(reason::SIGNATURE_HASH),
        _ => Err(reason::UNKNOWN_SIGNATURE),
    }
}

/// The length of the salt, if RSASSA-PSS-params say: this hash, MGF1 with it.
///
/// Hash and mask that are left out mean SHA-1, a salt that is left out has 20 bytes (RFC 4055, 3.1).
fn salt_of(parameters: &Element<'_>, wanted: HashAlgorithm) -> Option<usize> {
    fn explicit<'a>(cursor: &mut Cursor<'a>, number: u8) -> Option<Element<'a>> {
        let element = cursor.optional(ber::context(number)).ok()??;
        let mut inside = element.inside();
        let only = inside.any().ok()?;
        inside.is_empty().then_some(only)
    }
    if parameters.tag != SEQUENCE {
        return None;
    }
    let mut cursor = parameters.inside();
    let function = hash(&explicit(&mut cursor, 0)?)?;
    let (mask, inner) = parts(&explicit(&mut cursor, 1)?)?;
    let inner = hash(&inner?)?;
    let mut number = |tag, absent| {
        let mut rest = cursor;
        match rest.optional(ber::context(tag)).ok()? {
            Some(_) => ber::small(&explicit(&mut cursor, tag)?).ok(),
            None => Some(absent),
        }
    };
    let (salt, trailer) = (number(2, 20)?, number(3, 1)?);
    let fits = mask == MGF1 && (function, inner) == (wanted, wanted);
    let right = fits && trailer == 1 && cursor.is_empty();
    usize::try_from(salt).ok().filter(|_| right)
}

/// A signature value as CMS stores it, for a key of this kind.
///
/// # Errors
///
/// [`reason::SIGNATURE_KEY`] if such a key makes no such signatures, [`reason::SIGNATURE_WRONG`] if
/// the value is none of this kind.
pub(super) fn signature(
    kind: SignatureKind,
    key: KeyAlgorithm,
    value: Vec<u8>,
) -> Result<Signature, Reason> {
    match (kind, key) {
        (SignatureKind::EcdsaRaw, KeyAlgorithm::Rsa { .. }) => Err(reason::SIGNATURE_KEY),
        (_, KeyAlgorithm::Rsa { .. }) => Ok(Signature::new(kind, value)),
        (SignatureKind::EcdsaRaw, KeyAlgorithm::EcP256) => from_der(&value, 32),
        (SignatureKind::EcdsaRaw, KeyAlgorithm::EcP384) => from_der(&value, 48),
        _ => Err(reason::SIGNATURE_KEY),
    }
}

fn from_der(value: &[u8], width: usize) -> Result<Signature, Reason> {
    Signature::ecdsa_from_der(value, width).ok_or(reason::SIGNATURE_WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for hash_function in [
            HashAlgorithm::Sha256,
            HashAlgorithm::Sha384,
            HashAlgorithm::Sha512,
        ] {
            let bytes = write_hash(hash_function);
            assert_eq!(
                hash(&ber::only(SEQUENCE, &bytes).unwrap()),
                Some(hash_function)
            );
            for kind in [
                SignatureKind::RsaPkcs1v15,
                SignatureKind::RsaPss,
                SignatureKind::EcdsaRaw,
            ] {
                let bytes = write_signature(SigningAlgorithm {
                    kind,
                    hash: hash_function,
                });
                let element = ber::only(SEQUENCE, &bytes).unwrap();
                assert_eq!(scheme(&element, hash_function), Ok(kind));
                let sha1 = HashAlgorithm::danger_sha1();
                assert!(scheme(&element, sha1).is_err(), "{kind:?} {hash_function}");
            }
        }
    }

    #[test]
    fn pss_has_one_hash_and_any_salt() {
        let algorithm = SigningAlgorithm {
            kind: SignatureKind::RsaPss,
            hash: HashAlgorithm::Sha256,
        };
        let bytes = write_signature(algorithm);
        let refused = Err(reason::PSS_PARAMETERS);
        let changed = |from: &[u8], to: &[u8]| {
            let mut changed = bytes.clone();
            let place = bytes.windows(3).position(|window| window == from).unwrap();
            changed[place..place + 3].copy_from_slice(to);
            let element = ber::only(SEQUENCE, &changed).unwrap();
            scheme(&element, HashAlgorithm::Sha256)
        };
        // SHA-384 as hash; the mask stays SHA-256.
        assert_eq!(changed(b"\x04\x02\x01", b"\x04\x02\x02"), refused);
        // The salt is what is stated, none too long for an integer.
        for salt in [0, 20, 31, 33, 127] {
            let expected = Ok(SignatureKind::RsaPssSalted { salt });
            assert_eq!(changed(b"\x02\x01\x20", &[2, 1, salt as u8]), expected);
        }
        assert_eq!(changed(b"\x02\x01\x20", b"\x02\x01\xff"), refused);
    }
}
