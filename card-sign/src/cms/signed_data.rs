//! The SignedData structure: read from a stream, kept as received, written as DER.
//!
//! The content may be larger than memory, so it is never held: reading hashes it as it passes with
//! every function that the file announces, writing copies it between what stands before and after
//! it. All else is at most one MiB and is kept byte for byte, because it may be signed.

use std::io::{Read, Write};

use card_core::certificate::{Certificate, Oid};
use card_core::digest::{Digest, HashAlgorithm};

use super::oid;
use super::rules::{self, reason};
use super::stream::{Content, MALFORMED, ReadError, Source, announced};
use crate::ber::{self, BerError, Element, INTEGER, OCTET_STRING, OID, SEQUENCE, SET};

/// A CMS SignedData (署名付きデータ) with its signers, and without its content.
#[derive(Clone, Debug)]
pub struct SignedData {
    pub(super) version: u64,
    /// Everything in these lists is one element, as received.
    pub(super) digest_algorithms: Vec<Vec<u8>>,
    pub(super) content_type: Oid,
    pub(super) content: Option<Content>,
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) lists: Vec<Vec<u8>>,
    pub(super) signers: Vec<Vec<u8>>,
}

const MAX_CERTIFICATES: usize = 32;
const MAX_SIGNERS: usize = 32;

impl SignedData {
    /// A SignedData about data (id-data), without signatures.
    pub fn new() -> SignedData {
        SignedData {
            version: 1,
            digest_algorithms: Vec::new(),
            content_type: oid::DATA,
            content: None,
            certificates: Vec::new(),
            lists: Vec::new(),
            signers: Vec::new(),
        }
    }

    /// Reads one ContentInfo with a SignedData, and to the end of the reader.
    ///
    /// The content, if there is one, goes to `out` before anything is known about its signature.
    pub(super) fn read(
        reader: impl Read,
        out: Option<&mut dyn Write>,
    ) -> Result<SignedData, ReadError> {
        let mut source = Source::new(reader);
        source.open(SEQUENCE)?;
        if source.element(OID)? != ber::tlv(OID, &[oid::SIGNED_DATA.content()]) {
            return Err(ReadError::Refused(rules::ENCODING, reason::NOT_SIGNED_DATA));
        }
        source.open(ber::context(0))?;
        source.open(SEQUENCE)?;
        let version = ber::small(&ber::only(INTEGER, &source.element(INTEGER)?)?)?;
        let digest_algorithms = source.list(SET)?.unwrap_or_default();
        let (content_type, content) = source.content(&digest_algorithms, out)?;
        let certificates = source.list(ber::context(0))?.unwrap_or_default();
        let lists = source.list(ber::context(1))?.unwrap_or_default();
        let signers = source.list(SET)?.ok_or(MALFORMED)?;
        for _ in 0..3 {
            source.close()?;
        }
        source.end()?;
        if certificates.len() > MAX_CERTIFICATES {
            return Err(ReadError::Refused(rules::LIMITS, reason::MANY_CERTIFICATES));
        }
        if signers.len() > MAX_SIGNERS || digest_algorithms.len() > MAX_SIGNERS {
            return Err(ReadError::Refused(rules::LIMITS, reason::MANY_SIGNERS));
        }
        Ok(SignedData {
            version,
            digest_algorithms,
            content_type,
            content,
            certificates,
            lists,
            signers,
        })
    }

    /// The version that the content demands (RFC 5652, 5.1).
    pub(super) fn demanded_version(&self) -> u64 {
        let has = |list: &[Vec<u8>], tag: u8| list.iter().any(|one| one.first() == Some(&tag));
        // Other kinds of certificates and lists are [3] and [1]; attribute certificates [1], [2].
        if has(&self.certificates, ber::context(3)) || has(&self.lists, ber::context(1)) {
            5
        } else if has(&self.certificates, ber::context(2)) {
            4
        } else if has(&self.certificates, ber::context(1))
            || self.content_type != oid::DATA
            || self
                .signers
                .iter()
                .any(|signer| signer_version(signer) == Some(3))
        {
            3
        } else {
            1
        }
    }

    /// The hash functions that the file announces, once each.
    pub(super) fn announced(&self) -> Vec<HashAlgorithm> {
        announced(&self.digest_algorithms)
    }

    /// How many have signed.
    pub fn signers(&self) -> usize {
        self.signers.len()
    }

    /// How long the content inside is; `None` for a detached signature.
    pub fn content_length(&self) -> Option<u64> {
        self.content.as_ref().map(|content| content.length)
    }

    /// The digest of the content inside that was made while reading, if its function is announced.
    pub fn content_digest(&self, hash: HashAlgorithm) -> Option<&Digest> {
        self.content.as_ref()?.digest(hash)
    }

    /// The certificates inside that can be read.
    pub fn certificates(&self) -> Vec<Certificate> {
        self.certificates
            .iter()
            .filter_map(|der| Certificate::parse_exact(der).ok())
            .collect()
    }

    /// Adds a certificate unless it is there.
    pub(super) fn add_certificate(&mut self, certificate: &Certificate) {
        let der = certificate.to_der();
        if !self.certificates.iter().any(|there| there == der) {
            self.certificates.push(der.to_vec());
        }
    }

    /// The detached signature: everything but the content, in DER.
    pub fn to_detached(&self) -> Vec<u8> {
        let (before, after) = self.around(None);
        [before, after].concat()
    }

    /// What stands before and after a content of this length.
    ///
    /// Every length is definite, so readers can skip the content.
    pub(super) fn around(&self, content: Option<u64>) -> (Vec<u8>, Vec<u8>) {
        let set = |tag, list: &[Vec<u8>]| ber::set_of(tag, list.to_vec());
        let optional = |tag, list: &[Vec<u8>]| {
            if list.is_empty() {
                Vec::new()
            } else {
                set(tag, list)
            }
        };
        let after = [
            optional(ber::context(0), &self.certificates),
            optional(ber::context(1), &self.lists),
            set(SET, &self.signers),
        ]
        .concat();
        // From the inside out: each header needs the length of what it holds.
        let mut length = 0;
        let mut before = Vec::new();
        if let Some(content) = content {
            length = content;
            for tag in [OCTET_STRING, ber::context(0)] {
                before = [ber::header(tag, length), before].concat();
                length = content + before.len() as u64;
            }
        }
        let mut wrap = |tag, front: Vec<u8>, before: &mut Vec<u8>, behind: usize| {
            length += front.len() as u64 + behind as u64;
            let header = ber::header(tag, length);
            length += header.len() as u64;
            *before = [&header, &front, &before[..]].concat();
        };
        let id = ber::tlv(OID, &[self.content_type.content()]);
        wrap(SEQUENCE, id, &mut before, 0);
        let version = ber::integer(&self.demanded_version().to_be_bytes());
        let front = [version, set(SET, &self.digest_algorithms)].concat();
        wrap(SEQUENCE, front, &mut before, after.len());
        wrap(ber::context(0), Vec::new(), &mut before, 0);
        let id = ber::tlv(OID, &[oid::SIGNED_DATA.content()]);
        wrap(SEQUENCE, id, &mut before, 0);
        (before, after)
    }
}

impl Default for SignedData {
    fn default() -> SignedData {
        SignedData::new()
    }
}

fn signer_version(signer: &[u8]) -> Option<u64> {
    let version = ber::only(SEQUENCE, signer)
        .ok()?
        .inside()
        .next(INTEGER)
        .ok()?;
    ber::small(&version).ok()
}

/// What a SignerInfo says, as slices of the bytes received.
pub(super) struct Signer<'a> {
    pub(super) version: u64,
    pub(super) id: SignerId<'a>,
    pub(super) digest_algorithm: Element<'a>,
    /// `[0]`, still with that tag.
    pub(super) signed: Option<Element<'a>>,
    pub(super) signature_algorithm: Element<'a>,
    pub(super) signature: Vec<u8>,
    pub(super) unsigned: Option<Element<'a>>,
}

/// How a SignerInfo names its certificate.
pub(super) enum SignerId<'a> {
    /// The issuer's name, and the content of the serial number.
    Issuer(&'a [u8], &'a [u8]),
    KeyIdentifier(&'a [u8]),
}

impl SignerId<'_> {
    /// Whether this certificate is meant: compared byte for byte.
    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        match *self {
            SignerId::Issuer(issuer, serial) => {
                certificate.issuer().der() == issuer && certificate.serial().content() == serial
            }
            SignerId::KeyIdentifier(key) => certificate.subject_key_identifier() == Some(key),
        }
    }
}

impl<'a> Signer<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Signer<'a>, BerError> {
        let mut inside = ber::only(SEQUENCE, bytes)?.inside();
        let version = ber::small(&inside.next(INTEGER)?)?;
        let id = inside.any()?;
        let id = match id.tag {
            SEQUENCE => {
                let mut parts = id.inside();
                let issuer = parts.next(SEQUENCE)?.whole;
                let serial = parts.next(INTEGER)?.contents;
                parts.end()?;
                SignerId::Issuer(issuer, serial)
            }
            // [0] IMPLICIT OCTET STRING: primitive.
            0x80 => SignerId::KeyIdentifier(id.contents),
            _ => return Err(BerError::Malformed),
        };
        let digest_algorithm = inside.next(SEQUENCE)?;
        let signed = inside.optional(ber::context(0))?;
        let signature_algorithm = inside.next(SEQUENCE)?;
        let signature = ber::octets(&inside.any()?)?;
        let unsigned = inside.optional(ber::context(1))?;
        inside.end()?;
        let read = Signer {
            version,
            id,
            digest_algorithm,
            signed,
            signature_algorithm,
            signature,
            unsigned,
        };
        Ok(read)
    }

    /// Whether the version is the one for this way to name a certificate (RFC 5652, 5.3).
    pub(super) fn version_fits(&self) -> bool {
        match self.id {
            SignerId::Issuer(..) => self.version == 1,
            SignerId::KeyIdentifier(_) => self.version == 3,
        }
    }
}
