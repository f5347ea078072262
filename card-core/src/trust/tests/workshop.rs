//! Certificates for tests, written byte by byte, so that each rule can be broken alone.
//!
//! Own code and not a builder crate: those refuse to write most of what has to be refused.

use std::sync::LazyLock;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rsa::Pkcs1v15Sign;
use rsa::pkcs8::EncodePublicKey as _;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384};
use signature::hazmat::PrehashSigner as _;

use crate::certificate::PublicKey;
use crate::domain::date::UtcTime;
use crate::trust::{Role, Trust, TrustSource};

/// 2026-11-25T00:00:00Z, when the tests take place.
pub(crate) fn today() -> UtcTime {
    UtcTime::from_unix(TODAY).unwrap()
}

pub(crate) const TODAY: i64 = 1_795_564_800;

/// One object.
pub(crate) fn put(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let mut object = vec![tag];
    match value.len() {
        length @ 0..0x80 => object.push(length as u8),
        length => {
            let digits = length.to_be_bytes();
            let from = digits.iter().position(|digit| *digit != 0).unwrap();
            object.push(0x80 | (digits.len() - from) as u8);
            object.extend(&digits[from..]);
        }
    }
    object.extend(value);
    object
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    put(0x30, parts)
}

/// A private key that signs as authorities do.
pub(crate) enum Signer {
    Rsa(rsa::PrivateKey),
    P384(p384::ecdsa::SigningKey),
}

impl Signer {
    pub(crate) fn rsa(seed: u64, bits: usize) -> Signer {
        let mut random = StdRng::seed_from_u64(seed);
        Signer::Rsa(rsa::PrivateKey::new(&mut random, bits).unwrap())
    }

    pub(crate) fn p384(seed: u8) -> Signer {
        Signer::P384(p384::ecdsa::SigningKey::from_slice(&[seed; 48]).unwrap())
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        match self {
            Signer::Rsa(key) => key.to_public_key().to_public_key_der().unwrap().into_vec(),
            Signer::P384(key) => key.verifying_key().to_public_key_der().unwrap().into_vec(),
        }
    }

    pub(crate) fn identifier(&self) -> Vec<u8> {
        PublicKey::from_spki(&self.spki())
            .unwrap()
            .identifier()
            .as_bytes()
            .to_vec()
    }

    pub(crate) fn algorithm(&self) -> &'static [u8] {
        match self {
            Signer::Rsa(_) => SHA256_WITH_RSA,
            Signer::P384(_) => ECDSA_WITH_SHA384,
        }
    }

    /// Signs as certificates want it: ECDSA as DER.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_as(self.algorithm(), message)
    }

    fn sign_as(&self, algorithm: &[u8], message: &[u8]) -> Vec<u8> {
        match self {
            Signer::Rsa(key) => match algorithm {
                SHA1_WITH_RSA => key.sign(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(message)),
                SHA384_WITH_RSA => {
                    key.sign(Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(message))
                }
                _ => key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)),
            }
            .unwrap(),
            Signer::P384(key) => {
                let signature: p384::ecdsa::Signature =
                    key.sign_prehash(&Sha384::digest(message)).unwrap();
                signature.to_der().as_bytes().to_vec()
            }
        }
    }
}

/// Other bytes in place of some: a mutation of something well-formed.
#[derive(Clone, Debug)]
pub(crate) struct Splice {
    at: prop::sample::Index,
    length: usize,
    with: Vec<u8>,
}

impl Splice {
    pub(crate) fn apply(&self, bytes: &mut Vec<u8>) {
        if !bytes.is_empty() {
            let from = self.at.index(bytes.len());
            let to = bytes.len().min(from + self.length);
            // Replacing bytes by themselves would change nothing.
            if bytes[from..to] == self.with[..] {
                bytes.truncate(from);
            }
            bytes.splice(from..to.min(bytes.len()), self.with.iter().copied());
        }
    }
}

pub(crate) fn splices() -> impl Strategy<Value = Vec<Splice>> {
    let with = prop::collection::vec(any::<u8>(), 0..6);
    let splice = (any::<prop::sample::Index>(), 0_usize..6, with);
    prop::collection::vec(
        splice.prop_map(|(at, length, with)| Splice { at, length, with }),
        1..4,
    )
}

/// A certificate before it is signed; every field is DER and may be anything.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) version: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) inner_algorithm: Vec<u8>,
    pub(crate) outer_algorithm: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) validity: [&'static str; 2],
    pub(crate) subject: Vec<u8>,
    pub(crate) spki: Vec<u8>,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Draft {
    pub(crate) fn body(&self) -> Vec<u8> {
        let [from, to] = self.validity.map(|time| put(0x17, &[time.as_bytes()]));
        let list: Vec<&[u8]> = self.extensions.iter().map(Vec::as_slice).collect();
        let extensions = put(0xA3, &[&sequence(&list)]);
        sequence(&[
            &self.version,
            &put(0x02, &[&self.serial]),
            &self.inner_algorithm,
            &self.issuer,
            &sequence(&[&from, &to]),
            &self.subject,
            &self.spki,
            &extensions,
        ])
    }

    pub(crate) fn sign(&self, signer: &Signer) -> Vec<u8> {
        let body = self.body();
        signed(
            &body,
            &self.outer_algorithm,
            &signer.sign_as(&self.outer_algorithm, &body),
        )
    }

    /// Replaces, or with an empty value removes, the extension with this identifier.
    pub(crate) fn set(&mut self, oid: &[u8], extension: Vec<u8>) {
        let named = |one: &Vec<u8>| {
            let header = if one[1] == 0x81 { 3 } else { 2 };
            one[header..].starts_with(&put(6, &[oid]))
        };
        let place = self.extensions.iter().position(named);
        match place {
            Some(place) if extension.is_empty() => drop(self.extensions.remove(place)),
            Some(place) => self.extensions[place] = extension,
            None => self.extensions.push(extension),
        }
    }
}

pub(crate) fn signed(body: &[u8], algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
    sequence(&[body, algorithm, &put(0x03, &[&[0], signature])])
}

pub(crate) fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xFF] } else { &[] };
    sequence(&[&put(6, &[oid]), critical, &put(4, &[value])])
}

pub(crate) fn name(parts: &[(u8, &str)]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = parts
        .iter()
        .map(|(kind, text)| {
            let tag = if *kind == 6 { 0x13 } else { 0x0C };
            let pair = sequence(&[&[6, 3, 0x55, 4, *kind], &put(tag, &[text.as_bytes()])]);
            put(0x31, &[&pair])
        })
        .collect();
    sequence(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

pub(crate) fn authority_name(role: Role) -> Vec<u8> {
    let unit = match role {
        Role::Authentication => "JPKI for user authentication",
        Role::Signature => "JPKI for digital signature",
        Role::TimeStamp => "Some Time-Stamping Authority",
    };
    let agency = "Japan Agency for Local Authority Information Systems";
    name(&[(6, "JP"), (10, "JPKI-TEST"), (11, unit), (11, agency)])
}

/// The distribution point of a municipality, as DirectoryName.
pub(crate) fn partition(role: Role, town: &str) -> Vec<u8> {
    let unit = match role {
        Role::Authentication => "JPKI for user authentication",
        _ => "JPKI for digital signature",
    };
    let points = "CRL Distribution Points";
    let parts = [
        (6, "JP"),
        (10, "JPKI-TEST"),
        (11, unit),
        (11, points),
        (11, "Tokyo-to"),
        (3, town),
    ];
    put(0xA4, &[&name(&parts)])
}

/// An authority: its key and its own certificate.
pub(crate) struct Authority {
    pub(crate) role: Role,
    pub(crate) key: Signer,
    pub(crate) draft: Draft,
    pub(crate) certificate: Vec<u8>,
}

impl Authority {
    pub(crate) fn new(role: Role, key: Signer, serial: u8, validity: [&'static str; 2]) -> Self {
        let name = authority_name(role);
        let draft = Draft {
            version: VERSION_3.to_vec(),
            serial: vec![serial],
            inner_algorithm: key.algorithm().to_vec(),
            outer_algorithm: key.algorithm().to_vec(),
            issuer: name.clone(),
            validity,
            subject: name,
            spki: key.spki(),
            extensions: vec![
                extension(KEY_USAGE, true, &[3, 2, 1, 6]),
                extension(BASIC_CONSTRAINTS, true, &[0x30, 3, 1, 1, 0xFF]),
                extension(SUBJECT_KEY, false, &put(4, &[&key.identifier()])),
            ],
        };
        let certificate = draft.sign(&key);
        Self {
            role,
            key,
            draft,
            certificate,
        }
    }

    /// A leaf as JPKI profiles it, before signing.
    pub(crate) fn leaf(&self, spki: Vec<u8>) -> Draft {
        let role = self.role;
        let point = put(0xA0, &[&put(0xA0, &[&partition(role, "Kiyose-shi CRLDP")])]);
        let points = sequence(&[&sequence(&[&point])]);
        let authority = sequence(&[
            &put(0x80, &[&self.key.identifier()]),
            &put(0xA1, &[&put(0xA4, &[&self.draft.subject])]),
            &put(0x82, &[&self.draft.serial]),
        ]);
        let (usage, policy): (&[u8], _) = match role {
            Role::Authentication => (&[3, 2, 7, 0x80], POLICY_AUTHENTICATION),
            _ => (&[3, 2, 6, 0xC0], POLICY_SIGNATURE),
        };
        let mut extensions = vec![
            extension(KEY_USAGE, true, usage),
            extension(
                POLICIES,
                true,
                &sequence(&[&sequence(&[&put(6, &[policy])])]),
            ),
            extension(DISTRIBUTION_POINTS, false, &points),
            extension(AUTHORITY_KEY, false, &authority),
        ];
        if role == Role::Authentication {
            extensions.insert(
                1,
                extension(EXTENDED_KEY_USAGE, false, &sequence(&[CLIENT_AUTH])),
            );
        }
        Draft {
            version: VERSION_3.to_vec(),
            serial: vec![0x01, 0x33, 0xC3],
            inner_algorithm: self.key.algorithm().to_vec(),
            outer_algorithm: self.key.algorithm().to_vec(),
            issuer: self.draft.subject.clone(),
            validity: ["260401000000Z", "310401145959Z"],
            subject: name(&[(6, "JP"), (3, "997794E9AGCIEG13221003A")]),
            spki,
            extensions,
        }
    }
}

/// A revocation list before it is signed.
#[derive(Clone)]
pub(crate) struct ListDraft {
    pub(crate) version: Vec<u8>,
    pub(crate) algorithm: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) this_update: &'static str,
    pub(crate) next_update: Option<&'static str>,
    /// What has no place in a list, between its end and its entries.
    pub(crate) stray: Vec<u8>,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl ListDraft {
    /// A current list for Kiyose that names another certificate.
    pub(crate) fn new(authority: &Authority) -> Self {
        let point = partition(authority.role, "Kiyose-shi CRLDP");
        Self {
            version: vec![2, 1, 1],
            algorithm: authority.key.algorithm().to_vec(),
            issuer: authority.draft.subject.clone(),
            this_update: "261124000000Z",
            next_update: Some("261126000000Z"),
            stray: vec![],
            entries: vec![Self::entry(&[0x01, 0x33, 0xC4], &[])],
            extensions: vec![
                extension(b"\x55\x1d\x14", false, &[2, 1, 9]),
                Self::point(&[&put(0xA0, &[&put(0xA0, &[&point])])]),
            ],
        }
    }

    /// Revoked on 2026-11-20.
    pub(crate) fn entry(serial: &[u8], extensions: &[&[u8]]) -> Vec<u8> {
        let list = if extensions.is_empty() {
            vec![]
        } else {
            sequence(extensions)
        };
        sequence(&[&put(2, &[serial]), &put(0x17, &[b"261120000000Z"]), &list])
    }

    /// issuingDistributionPoint with these fields.
    pub(crate) fn point(fields: &[&[u8]]) -> Vec<u8> {
        extension(b"\x55\x1d\x1c", true, &sequence(fields))
    }

    pub(crate) fn sign(&self, signer: &Signer) -> Vec<u8> {
        let entries: Vec<&[u8]> = self.entries.iter().map(Vec::as_slice).collect();
        let entries = if entries.is_empty() {
            vec![]
        } else {
            sequence(&entries)
        };
        let extensions: Vec<&[u8]> = self.extensions.iter().map(Vec::as_slice).collect();
        let extensions = match extensions.is_empty() {
            true => vec![],
            false => put(0xA0, &[&sequence(&extensions)]),
        };
        let next = self.next_update.map(|time| put(0x17, &[time.as_bytes()]));
        let body = sequence(&[
            &self.version,
            &self.algorithm,
            &self.issuer,
            &put(0x17, &[self.this_update.as_bytes()]),
            &next.unwrap_or_default(),
            &self.stray,
            &entries,
            &extensions,
        ]);
        signed(&body, &self.algorithm, &signer.sign(&body))
    }
}

/// Two generations for logging in under one name, one for signing, one elliptic, and a holder.
pub(crate) struct Workshop {
    pub(crate) old: Authority,
    pub(crate) new: Authority,
    pub(crate) signing: Authority,
    pub(crate) elliptic: Authority,
    pub(crate) holder: Signer,
    /// A certificate of this holder for logging in, against which nothing can be said.
    pub(crate) good: Vec<u8>,
}

impl Workshop {
    /// Made once: keys are expensive.
    pub(crate) fn open() -> &'static Workshop {
        static WORKSHOP: LazyLock<Workshop> = LazyLock::new(|| {
            let authority = Authority::new;
            let first = ["190914234159Z", "290914145959Z"];
            let second = ["230716010104Z", "330715145959Z"];
            let new = authority(Role::Authentication, Signer::rsa(2, 2048), 2, second);
            let holder = Signer::rsa(5, 2048);
            Workshop {
                old: authority(Role::Authentication, Signer::rsa(1, 2048), 1, first),
                good: new.leaf(holder.spki()).sign(&new.key),
                new,
                signing: authority(Role::Signature, Signer::rsa(3, 2048), 3, second),
                elliptic: authority(Role::Authentication, Signer::p384(4), 4, second),
                holder,
            }
        });
        &WORKSHOP
    }

    pub(crate) fn trust(&self) -> Trust {
        let all = [&self.old, &self.new, &self.signing, &self.elliptic];
        let roots = all.iter().map(|authority| authority.certificate.as_slice());
        Trust::from_der(TrustSource::Simulator, roots).unwrap()
    }

    /// [`Workshop::good`] before it is signed.
    pub(crate) fn leaf(&self) -> Draft {
        self.new.leaf(self.holder.spki())
    }
}

pub(crate) const VERSION_3: &[u8] = &[0xA0, 3, 2, 1, 2];
pub(crate) const SHA256_WITH_RSA: &[u8] =
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
pub(crate) const SHA1_WITH_RSA: &[u8] =
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00";
pub(crate) const SHA384_WITH_RSA: &[u8] =
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00";
pub(crate) const ECDSA_WITH_SHA384: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03";
pub(crate) const KEY_USAGE: &[u8] = b"\x55\x1d\x0f";
pub(crate) const BASIC_CONSTRAINTS: &[u8] = b"\x55\x1d\x13";
pub(crate) const SUBJECT_KEY: &[u8] = b"\x55\x1d\x0e";
pub(crate) const AUTHORITY_KEY: &[u8] = b"\x55\x1d\x23";
pub(crate) const POLICIES: &[u8] = b"\x55\x1d\x20";
pub(crate) const EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25";
pub(crate) const DISTRIBUTION_POINTS: &[u8] = b"\x55\x1d\x1f";
pub(crate) const CLIENT_AUTH: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02";
pub(crate) const POLICY_AUTHENTICATION: &[u8] = b"\x2a\x83\x08\x8c\x9b\x55\x08\x05\x01\x00\x1e";
pub(crate) const POLICY_SIGNATURE: &[u8] = b"\x2a\x83\x08\x8c\x9b\x55\x08\x05\x01\x00\x14";
