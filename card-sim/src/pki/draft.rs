//! Certificates, revocation lists and OCSP answers written byte by byte, so that each rule can be
//! broken alone: builder crates refuse to write most of what verifiers have to refuse.

use der::{DateTime, Decode, Encode};
use rsa::Pkcs1v15Sign;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384};
use signature::hazmat::PrehashSigner;
use x509_cert::certificate::Certificate;

use crate::persona::PrivateKey;
use crate::persona::issue::IssueError;

/// One object.
pub(super) fn put(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let [.., high, low] = value.len().to_be_bytes();
    let mut object = match value.len() {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        // Nothing here is longer than 65,535 bytes.
        _ => vec![tag, 0x82, high, low],
    };
    object.extend(value);
    object
}

pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    put(0x30, parts)
}

pub(super) fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xFF] } else { &[] };
    sequence(&[&put(6, &[oid]), critical, &put(4, &[value])])
}

/// Something signed: what, by which algorithm, the bits.
pub(super) fn signed(body: &[u8], algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
    sequence(&[body, algorithm, &put(0x03, &[&[0], signature])])
}

/// Signs as the algorithm says, SHA-1 included.
pub(super) fn sign(
    key: &PrivateKey,
    algorithm: &[u8],
    message: &[u8],
) -> Result<Vec<u8>, IssueError> {
    let failed = |_| IssueError::from(spki::Error::KeyMalformed);
    match key {
        PrivateKey::Rsa(key) => {
            let signature = match algorithm {
                SHA1_WITH_RSA => key.sign(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(message)),
                _ => key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)),
            };
            signature.map_err(|_| IssueError::from(spki::Error::KeyMalformed))
        }
        PrivateKey::P256(key) => {
            let key = p256::ecdsa::SigningKey::from(key);
            let signature: p256::ecdsa::Signature =
                key.sign_prehash(&Sha256::digest(message)).map_err(failed)?;
            Ok(signature.to_der().as_bytes().to_vec())
        }
        PrivateKey::P384(key) => {
            let key = p384::ecdsa::SigningKey::from(key);
            let signature: p384::ecdsa::Signature =
                key.sign_prehash(&Sha384::digest(message)).map_err(failed)?;
            Ok(signature.to_der().as_bytes().to_vec())
        }
    }
}

/// A certificate before it is signed; every field is DER and may be anything.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) version: Vec<u8>,
    /// Content of the number.
    pub(super) serial: Vec<u8>,
    pub(super) inner_algorithm: Vec<u8>,
    pub(super) outer_algorithm: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    /// Seconds after 1970.
    pub(super) validity: [i64; 2],
    pub(super) subject: Vec<u8>,
    pub(super) spki: Vec<u8>,
    extensions: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Draft {
    /// Takes a certificate apart.
    pub(super) fn of(certificate: &[u8], validity: [i64; 2]) -> Result<Self, IssueError> {
        let certificate = Certificate::from_der(certificate)?;
        let body = certificate.tbs_certificate();
        let algorithm = body.signature().to_der()?;
        let extensions = body.extensions().into_iter().flatten();
        let extensions: Result<_, der::Error> = extensions
            .map(|one| Ok((one.extn_id.as_bytes().to_vec(), one.to_der()?)))
            .collect();
        Ok(Self {
            version: VERSION_3.to_vec(),
            serial: body.serial_number().as_bytes().to_vec(),
            inner_algorithm: algorithm.clone(),
            outer_algorithm: algorithm,
            issuer: body.issuer().to_der()?,
            validity,
            subject: body.subject().to_der()?,
            spki: body.subject_public_key_info().to_der()?,
            extensions: extensions?,
        })
    }

    /// Replaces an extension where it stands, or appends it.
    pub(super) fn set(&mut self, oid: &[u8], critical: bool, value: &[u8]) {
        let new = extension(oid, critical, value);
        match self.extensions.iter_mut().find(|(known, _)| known == oid) {
            Some((_, old)) => *old = new,
            None => self.extensions.push((oid.to_vec(), new)),
        }
    }

    /// Leaves an extension out.
    pub(super) fn unset(&mut self, oid: &[u8]) {
        self.extensions.retain(|(known, _)| known != oid);
    }

    /// Writes the first extension a second time, behind the last one.
    pub(super) fn repeat_first(&mut self) {
        self.extensions.extend(self.extensions.first().cloned());
    }

    /// What is signed.
    pub(super) fn body(&self) -> Result<Vec<u8>, IssueError> {
        let [from, to] = self.validity;
        let list: Vec<&[u8]> = self.extensions.iter().map(|(_, der)| &der[..]).collect();
        Ok(sequence(&[
            &self.version,
            &put(0x02, &[&self.serial]),
            &self.inner_algorithm,
            &self.issuer,
            &sequence(&[&utc(from)?, &utc(to)?]),
            &self.subject,
            &self.spki,
            &put(0xA3, &[&sequence(&list)]),
        ]))
    }

    /// The certificate.
    pub(super) fn sign(&self, key: &PrivateKey) -> Result<Vec<u8>, IssueError> {
        let body = self.body()?;
        let signature = sign(key, &self.outer_algorithm, &body)?;
        Ok(signed(&body, &self.outer_algorithm, &signature))
    }
}

/// A revocation list before it is signed.
pub(super) struct ListDraft {
    pub(super) issuer: Vec<u8>,
    /// Seconds after 1970.
    pub(super) this_update: i64,
    pub(super) next_update: i64,
    /// Contents of the numbers of what is revoked, each for the day before the list.
    pub(super) revoked: Vec<Vec<u8>>,
    pub(super) extensions: Vec<Vec<u8>>,
}

impl ListDraft {
    /// The list.
    pub(super) fn sign(&self, key: &PrivateKey) -> Result<Vec<u8>, IssueError> {
        let since = utc(self.this_update - DAY)?;
        let entries = self.revoked.iter();
        let entries: Vec<Vec<u8>> = entries
            .map(|serial| sequence(&[&put(2, &[serial]), &since]))
            .collect();
        let entries = match entries.iter().map(Vec::as_slice).collect::<Vec<_>>() {
            none if none.is_empty() => Vec::new(),
            entries => sequence(&entries),
        };
        let extensions: Vec<&[u8]> = self.extensions.iter().map(Vec::as_slice).collect();
        let body = sequence(&[
            &[2, 1, 1],
            SHA256_WITH_RSA,
            &self.issuer,
            &utc(self.this_update)?,
            &utc(self.next_update)?,
            &entries,
            &put(0xA0, &[&sequence(&extensions)]),
        ]);
        let signature = sign(key, SHA256_WITH_RSA, &body)?;
        Ok(signed(&body, SHA256_WITH_RSA, &signature))
    }
}

/// An OCSP answer that the authority signs itself, without a nonce: it serves every question about
/// one certificate.
pub(super) fn answer(
    key: &PrivateKey,
    issuer: &[u8],
    serial: &[u8],
    [this_update, next_update]: [i64; 2],
    revoked: Option<i64>,
) -> Result<Vec<u8>, IssueError> {
    let public = key.public_key()?;
    let key_hash = put(4, &[&Sha1::digest(public.subject_public_key.raw_bytes())]);
    let name_hash = put(4, &[&Sha1::digest(issuer)]);
    let id = sequence(&[SHA_1, &name_hash, &key_hash, &put(2, &[serial])]);
    let status = match revoked {
        None => vec![0x80, 0],
        Some(since) => put(0xA1, &[&generalized(since)?]),
    };
    let this = generalized(this_update)?;
    let next = put(0xA0, &[&generalized(next_update)?]);
    let answers = sequence(&[&sequence(&[&id, &status, &this, &next])]);
    let body = sequence(&[&put(0xA2, &[&key_hash]), &this, &answers]);
    let signature = sign(key, SHA256_WITH_RSA, &body)?;
    let basic = signed(&body, SHA256_WITH_RSA, &signature);
    let bytes = sequence(&[&put(6, &[BASIC_RESPONSE]), &put(4, &[&basic])]);
    Ok(sequence(&[&[0x0A, 1, 0], &put(0xA0, &[&bytes])]))
}

/// `YYMMDDHHMMSSZ`: years here are those of our lives.
pub(super) fn utc(seconds: i64) -> Result<Vec<u8>, IssueError> {
    let digits = digits(seconds)?;
    Ok(put(0x17, &[digits.as_bytes().get(2..).unwrap_or_default()]))
}

fn generalized(seconds: i64) -> Result<Vec<u8>, IssueError> {
    Ok(put(0x18, &[digits(seconds)?.as_bytes()]))
}

fn digits(seconds: i64) -> Result<String, IssueError> {
    let seconds = u64::try_from(seconds).map_err(|_| der::Error::from(der::ErrorKind::DateTime))?;
    let time = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
    Ok(time.to_string().replace(['-', ':', 'T'], ""))
}

pub(super) const DAY: i64 = 24 * 60 * 60;

pub(super) const VERSION_3: &[u8] = &[0xA0, 3, 2, 1, 2];
pub(super) const SHA256_WITH_RSA: &[u8] =
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
pub(super) const SHA384_WITH_RSA: &[u8] =
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00";
pub(super) const SHA1_WITH_RSA: &[u8] =
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00";
const SHA_1: &[u8] = b"\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00";
const BASIC_RESPONSE: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01\x01";
