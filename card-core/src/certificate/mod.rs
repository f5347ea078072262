//! Certificates (電子証明書) on paper: what they say, with no card and no trust involved.
//!
//! A [`Certificate`] is parsed once and owns its bytes. It reports what is written, also where
//! that breaks a rule ([`Certificate::duplicate_extensions`], [`Serial::is_negative`],
//! [`Certificate::algorithms_agree`]): whether to believe it is for the trust rules to say. Surplus
//! elements at the ends of inner sequences, and some wrong tags, are passed over as x509-parser
//! does; only the issuer could have put them there, for they are signed.

mod algorithm;
mod attributes;
pub(crate) mod der;
mod error;
mod extension;
mod frame;
mod key;
mod name;
mod oid;
mod pem;
mod public_power;
mod serial;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

pub use algorithm::SignatureAlgorithm;
pub use error::{CertificateError, Part};
pub use extension::{
    AuthorityKey, BasicConstraints, DistributionPoint, Environment, ExtensionHeader, KeyHolder,
    KeyUsage, Policy, PolicyClass,
};
pub use key::{KeyAlgorithm, MalformedKey, PublicKey, VerifyError};
pub use name::{DistinguishedName, NamePart};
pub use oid::Oid;
pub use serial::Serial;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use self::der::NotDer;
use self::extension::Extensions;
use self::frame::{Frame, cut};
use crate::digest::{Digest, HashAlgorithm};
use crate::domain::date::UtcTime;
use crate::domain::person::Attributes;

/// An X.509 certificate (電子証明書) and everything JPKI writes into one.
///
/// `Debug` shows purpose and length: serial numbers and names tell holders apart.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: Range<usize>,
    version: u32,
    serial: Serial,
    issuer: DistinguishedName,
    subject: DistinguishedName,
    validity: Validity,
    public_key: PublicKey,
    signature_algorithm: SignatureAlgorithm,
    algorithms_agree: bool,
    signature: Vec<u8>,
    extensions: Extensions,
}

/// What a JPKI key and its certificate are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// 利用者証明用: proves who is at the card. Its certificate does not name the holder.
    Authentication,
    /// 署名用: signs documents. Its certificate holds the holder's attributes.
    Signature,
}

/// From when to when a certificate holds (有効期間), both moments included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub not_before: UtcTime,
    /// The last second; in JPKI 23:59:59 of a day in Japan.
    pub not_after: UtcTime,
}

impl Validity {
    /// Whether a moment lies inside.
    pub fn contains(&self, moment: UtcTime) -> bool {
        self.not_before <= moment && moment <= self.not_after
    }

    /// Of a certificate whose beginning this is; `None` if the beginning is too short for it, or is
    /// none of a certificate.
    pub(crate) fn of_beginning(bytes: &[u8]) -> Option<Validity> {
        let inside = |bytes: &'_ [u8]| der::header(bytes).ok().map(|(header, _)| header);
        let tbs = bytes.get(inside(bytes)?..)?;
        let mut fields = der::Cursor::new(tbs.get(inside(tbs)?..)?);
        // Version, serial number, algorithm and issuer stand before it.
        for tag in [0xa0, der::INTEGER, der::SEQUENCE, der::SEQUENCE] {
            fields.next(tag).ok()?;
        }
        let validity = fields.next(der::SEQUENCE).ok()?;
        let (_, parsed) = x509_parser::certificate::Validity::from_der(validity.whole).ok()?;
        let moment = |time: x509_parser::time::ASN1Time| UtcTime::from_datetime(time.to_datetime());
        Some(Validity {
            not_before: moment(parsed.not_before)?,
            not_after: moment(parsed.not_after)?,
        })
    }
}

impl Certificate {
    /// Reads a certificate out of a card's file, which is longer and filled up with FF or 00.
    ///
    /// # Errors
    ///
    /// - [`CertificateError::Absent`]: the file is empty or filler only, as on cards that were
    ///   issued without this certificate.
    /// - [`CertificateError::Trailing`]: something else than filler follows.
    /// - The others: the bytes are cut off, or are no certificate.
    pub fn parse(file: &[u8]) -> Result<Certificate, CertificateError> {
        let filler = |byte: &u8| matches!(byte, 0x00 | 0xff);
        if file.iter().all(filler) {
            return Err(CertificateError::Absent);
        }
        let (der, rest) = cut(file)?;
        match rest.iter().position(|byte| !filler(byte)) {
            None => Certificate::read(der),
            Some(place) => Err(CertificateError::Trailing {
                at: der.len() + place,
            }),
        }
    }

    /// Reads a certificate that is all of the bytes, as from a file with DER in it.
    ///
    /// # Errors
    ///
    /// As [`Certificate::parse`], and filler is refused too.
    pub fn parse_exact(bytes: &[u8]) -> Result<Certificate, CertificateError> {
        if bytes.is_empty() {
            return Err(CertificateError::Absent);
        }
        match cut(bytes)? {
            (der, []) => Certificate::read(der),
            (der, _) => Err(CertificateError::Trailing { at: der.len() }),
        }
    }

    /// Reads all certificates of a PEM text, skipping what stands around and between them.
    ///
    /// # Errors
    ///
    /// [`CertificateError::Absent`] if there is not one, [`CertificateError::Pem`] with the place
    /// of a block that is no base64 or does not end; otherwise as [`Certificate::parse_exact`],
    /// with places counted in the DER.
    pub fn parse_pem(text: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
        let blocks = pem::blocks(text)?;
        if blocks.is_empty() {
            return Err(CertificateError::Absent);
        }
        blocks
            .iter()
            .map(|der| Certificate::parse_exact(der))
            .collect()
    }

    fn read(der: &[u8]) -> Result<Certificate, CertificateError> {
        let frame = Frame::read(der)?;
        let parsed = match X509Certificate::from_der(der) {
            Ok(([], parsed)) => parsed,
            Ok(_) => return Err(CertificateError::malformed(Part::Frame, None)),
            Err(_) => return Err(error::locate(der)),
        };
        // x509-parser would pass over bytes behind the last field; the issuer signed them too.
        if der.get(frame.tbs.clone()) != Some(parsed.tbs_certificate.as_ref()) {
            return Err(CertificateError::malformed(
                Part::Body,
                Some(frame.tbs.start),
            ));
        }
        // These bits are not signed: another number of them would be another file with another
        // fingerprint that says the same.
        if parsed.signature_value.unused_bits != 0 {
            let at = der::offset(&parsed.signature_value.data, der).saturating_sub(1);
            return Err(CertificateError::malformed(Part::Signature, Some(at)));
        }
        let time = |time: x509_parser::time::ASN1Time| {
            UtcTime::from_datetime(time.to_datetime())
                .ok_or(CertificateError::malformed(Part::Validity, None))
        };
        let name = |part, name| {
            let at = Some(der::offset(name, der));
            DistinguishedName::read(name).map_err(|NotDer| CertificateError::malformed(part, at))
        };
        let spki = parsed.public_key();
        let public_key = PublicKey::from_parsed(spki).map_err(|MalformedKey| {
            CertificateError::malformed(Part::PublicKey, Some(der::offset(spki.raw, der)))
        })?;
        Ok(Certificate {
            version: parsed.version().0.saturating_add(1),
            serial: Serial::from_content(parsed.raw_serial()),
            issuer: name(Part::Issuer, parsed.issuer().as_raw())?,
            subject: name(Part::Subject, parsed.subject().as_raw())?,
            validity: Validity {
                not_before: time(parsed.validity().not_before)?,
                not_after: time(parsed.validity().not_after)?,
            },
            public_key,
            signature_algorithm: SignatureAlgorithm::from_parsed(&parsed.signature_algorithm),
            algorithms_agree: frame.inner_algorithm == frame.outer_algorithm,
            signature: parsed.signature_value.data.to_vec(),
            extensions: Extensions::read(parsed.extensions(), der)?,
            der: der.to_vec(),
            tbs: frame.tbs,
        })
    }

    /// The certificate as it is stored, without filler.
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as text between `BEGIN CERTIFICATE` and `END CERTIFICATE`.
    pub fn to_pem(&self) -> String {
        pem::encode(&self.der)
    }

    /// The public key on one line, as OpenSSH's `authorized_keys` takes it.
    ///
    /// The comment says what the key is for and nothing about its holder. `None` for kinds of keys
    /// that OpenSSH or this program does not have.
    pub fn to_openssh(&self) -> Option<String> {
        self.public_key.to_openssh(match self.purpose() {
            Some(Purpose::Authentication) => "jpki-authentication",
            Some(Purpose::Signature) => "jpki-signature",
            None => "certificate",
        })
    }

    /// SHA-256 of the DER (フィンガープリント).
    pub fn fingerprint(&self) -> Digest {
        Digest::of(HashAlgorithm::Sha256, &self.der)
    }

    /// The version, 3 for everything issued today.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The serial number (シリアル番号). JPKI counts upwards, so it identifies a person.
    pub const fn serial(&self) -> &Serial {
        &self.serial
    }

    /// Who issued it (発行者). The same for all generations of a JPKI authority.
    pub const fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// To whom it was issued (主体者): in JPKI a pseudonym, which changes at renewal.
    pub const fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// From when to when it holds.
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// The key it certifies.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// What kind of key it certifies; decides how the card signs.
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.public_key.algorithm()
    }

    /// What the issuer signed: the DER of everything but the signature.
    pub fn signed_bytes(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }

    /// How the issuer signed, as stated beside the signature.
    pub const fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.signature_algorithm
    }

    /// Whether the algorithm inside the signed part is, byte for byte, the one beside the signature.
    pub const fn algorithms_agree(&self) -> bool {
        self.algorithms_agree
    }

    /// The issuer's signature as stored.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Checks that this key signed the certificate. One rule of many: see the trust rules.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::verify_signed`].
    pub fn verify_signed_by(&self, issuer: &PublicKey) -> Result<(), VerifyError> {
        issuer.verify_signed(
            &self.signature_algorithm,
            self.signed_bytes(),
            &self.signature,
        )
    }

    /// What a JPKI certificate is for, guessed from the issuer's name; `None` for other issuers.
    ///
    /// Holds for the authority's own certificate too. Anyone can write a name: no proof.
    pub fn purpose(&self) -> Option<Purpose> {
        self.issuer.values("OU").find_map(|unit| match unit {
            "JPKI for user authentication" => Some(Purpose::Authentication),
            "JPKI for digital signature" => Some(Purpose::Signature),
            _ => None,
        })
    }

    /// The policies it was issued under, in file order.
    pub fn policies(&self) -> &[Policy] {
        &self.extensions.policies
    }

    /// What the first known JPKI policy promises.
    pub fn policy_class(&self) -> Option<PolicyClass> {
        self.policies().iter().find_map(Policy::class)
    }

    /// keyUsage, if present.
    pub const fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage
    }

    /// extKeyUsage in file order; `None` if absent, as in signature certificates.
    pub fn extended_key_usage(&self) -> Option<&[Oid]> {
        self.extensions.extended_key_usage.as_deref()
    }

    /// The holder's attributes (基本4情報); only signature certificates have them.
    pub const fn attributes(&self) -> Option<&Attributes> {
        self.extensions.attributes.as_ref()
    }

    /// The directory name among the subject's alternative names: an authority's Japanese name.
    pub const fn subject_alternative_name(&self) -> Option<&DistinguishedName> {
        self.extensions.subject_alternative_name.as_ref()
    }

    /// The directory name among the issuer's alternative names: its Japanese name.
    pub const fn issuer_alternative_name(&self) -> Option<&DistinguishedName> {
        self.extensions.issuer_alternative_name.as_ref()
    }

    /// Where revocation lists for it lie.
    pub fn distribution_points(&self) -> &[DistributionPoint] {
        &self.extensions.distribution_points
    }

    /// Addresses of OCSP responders. In JPKI for contracted parties only: never ask them unbidden.
    pub fn ocsp_uris(&self) -> &[String] {
        &self.extensions.ocsp_uris
    }

    /// Which of the issuer's keys signed, as stated.
    pub const fn authority_key(&self) -> Option<&AuthorityKey> {
        self.extensions.authority_key.as_ref()
    }

    /// The identifier of the certified key, as stated.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.subject_key_identifier.as_deref()
    }

    /// basicConstraints, if present; JPKI leaves have none.
    pub const fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic_constraints
    }

    /// All extensions in file order.
    pub fn extensions(&self) -> &[ExtensionHeader] {
        &self.extensions.headers
    }

    /// Critical extensions that this program does not read: who meets one has to refuse.
    pub fn unknown_critical_extensions(&self) -> impl Iterator<Item = &Oid> {
        let unknown = |header: &&ExtensionHeader| header.critical && !header.known;
        self.extensions
            .headers
            .iter()
            .filter(unknown)
            .map(|header| &header.oid)
    }

    /// Extensions that stand more than once, which RFC 5280 forbids; the first was read.
    pub fn duplicate_extensions(&self) -> &[Oid] {
        &self.extensions.duplicates
    }
}

/// Two certificates are the same if their DER is.
impl PartialEq for Certificate {
    fn eq(&self, other: &Certificate) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Certificate({:?}, {} bytes)",
            self.purpose(),
            self.der.len()
        )
    }
}
