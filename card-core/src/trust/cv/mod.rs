//! Card-verifiable certificates: the short certificates by which the card proves its records.
//!
//! Each of the profile, visual and issuer applications has one. Its issuer's key is not on the
//! card: six are known, three of production and three of test cards, one for each
//! application. They are never mixed, neither by environment nor by application.

mod known;

use std::fmt;

use thiserror::Error;

use crate::certificate::PublicKey;
use crate::digest::{Digest, HashAlgorithm};
use crate::iso::Template;
use crate::iso::tlv::{Cursor, Object, TlvError};
use crate::signature::{Signature, SignatureKind};

/// A card-verifiable certificate (CV証明書): names the key that signed the card's records.
///
/// # Card
///
/// `7F21 { 5F4E { issuer 16, subject 16, 90 exponent, 91 modulus }, 5F37 signature }`, files 0004
/// of the profile and visual applications; the issuer domain gives the same without `7F21`. The
/// signature is PKCS #1 v1.5 with SHA-256 over the value of 5F4E. Measured by myna-card and
/// pymyna.
#[derive(Clone)]
pub struct CvCertificate {
    issuer: KeyId,
    subject: KeyId,
    key: PublicKey,
    signed: Vec<u8>,
    signature: Signature,
}

impl CvCertificate {
    /// Reads a certificate as a card's file or data object holds it; filler behind it is ignored.
    ///
    /// # Errors
    ///
    /// [`CvError`] if these bytes are no such certificate, or hold anything besides one.
    pub fn parse(file: &[u8]) -> Result<Self, CvError> {
        let mut cursor = Cursor::new(file);
        let first = cursor.next_object()?.ok_or(TlvError::Missing {
            tag: CERTIFICATE,
            at: 0,
        })?;
        if !first.is(CERTIFICATE) {
            // GET DATA: perhaps the header list 4D, then both objects without a template.
            let body = if first.is(0x4D) {
                cursor.expect(BODY)?
            } else {
                first
            };
            return Self::from_parts(&body, &cursor.expect(SIGNATURE)?);
        }
        let template = Template::inside(&first)?;
        let (body, signature) = (template.need(BODY)?, template.need(SIGNATURE)?);
        if let Some(other) = template.others(&[BODY, SIGNATURE]).next() {
            return Err(CvError::Unexpected { at: other.at });
        }
        Self::from_parts(body, signature)
    }

    fn from_parts(body: &Object<'_>, signature: &Object<'_>) -> Result<Self, CvError> {
        if !body.is(BODY) {
            return Err(TlvError::Missing {
                tag: BODY,
                at: body.at,
            }
            .into());
        }
        let wrong = CvError::Length {
            at: body.at,
            has: body.value.len(),
        };
        let (issuer, rest) = body.value.split_first_chunk().ok_or(wrong)?;
        let (subject, key) = rest.split_first_chunk().ok_or(wrong)?;
        Ok(Self {
            issuer: KeyId(*issuer),
            subject: KeyId(*subject),
            key: key_of(key).map_err(|_| CvError::Key { at: body.at })?,
            signed: body.value.to_vec(),
            signature: Signature::new(SignatureKind::RsaPkcs1v15, signature.value.to_vec()),
        })
    }

    /// Which key signed this certificate.
    #[must_use]
    pub fn issuer(&self) -> KeyId {
        self.issuer
    }

    /// Which key it certifies. The first five digits are those of the municipality.
    #[must_use]
    pub fn subject(&self) -> KeyId {
        self.subject
    }

    /// The certified key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// Shows both names: the key itself would tell cards apart.
impl fmt::Debug for CvCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CvCertificate({} by {})", self.subject, self.issuer)
    }
}

const CERTIFICATE: u16 = 0x7F21;
const BODY: u16 = 0x5F4E;
const SIGNATURE: u16 = 0x5F37;

/// An RSA key as the card writes it: `90` exponent, `91` modulus, nothing else.
///
/// # Errors
///
/// [`MalformedKeyField`] for anything else.
pub fn key_of(fields: &[u8]) -> Result<PublicKey, MalformedKeyField> {
    let mut cursor = Cursor::new(fields);
    let exponent = cursor.expect(0x90).map_err(|_| MalformedKeyField)?;
    let modulus = cursor.expect(0x91).map_err(|_| MalformedKeyField)?;
    if cursor.position() != fields.len() {
        return Err(MalformedKeyField);
    }
    PublicKey::rsa(modulus.value, exponent.value).map_err(|_| MalformedKeyField)
}

/// The field does not hold a key as the card writes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no key of two numbers")]
pub struct MalformedKeyField;

/// Why bytes are not a card-verifiable certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CvError {
    /// Not the objects that make one.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// Its body is too short for two key identifiers.
    #[error("{has} bytes are too few for two key identifiers")]
    Length {
        /// Where the body begins.
        at: usize,
        /// Its length.
        has: usize,
    },
    /// Its body holds no key.
    #[error("no key of two numbers")]
    Key {
        /// Where the body begins.
        at: usize,
    },
    /// An object that does not belong there and that no signature covers.
    #[error("an unexpected object at byte {at}")]
    Unexpected {
        /// Where.
        at: usize,
    },
}

impl CvError {
    /// Where in the bytes, from their start.
    #[must_use]
    pub fn at(self) -> usize {
        match self {
            Self::Tlv(problem) => problem.at(),
            Self::Length { at, .. } | Self::Key { at } | Self::Unexpected { at } => at,
        }
    }
}

/// The identifier of a key (鍵識別子): sixteen bytes that begin with seven digits.
///
/// `5000033`, `08 05`, `001`, padding. Shown by its seven digits where it has them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 16]);

impl KeyId {
    /// Takes sixteen bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The sixteen bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The seven digits it begins with.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        let (number, _) = self.0.split_at(7);
        let digits = number.iter().all(u8::is_ascii_digit);
        std::str::from_utf8(number).ok().filter(|_| digits)
    }

    /// Which application's certificates a key of this number issues, by its last two digits.
    #[must_use]
    pub fn domain(&self) -> Option<CardDomain> {
        match self.number()?.as_bytes() {
            [.., b'2', b'0'] => Some(CardDomain::Issuer),
            [.., b'2', b'3'] => Some(CardDomain::Visual),
            [.., b'3', b'3'] => Some(CardDomain::Profile),
            _ => None,
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            Some(number) => f.write_str(number),
            None => self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}")),
        }
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a card-verifiable certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardDomain {
    /// 券面事項入力補助AP: text records.
    Profile,
    /// 券面事項確認AP: pictures and the age record.
    Visual,
    /// The issuer domain of the whole card.
    Issuer,
}

/// The key of an issuer of card-verifiable certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerKey {
    id: KeyId,
    domain: CardDomain,
    key: PublicKey,
}

impl IssuerKey {
    /// A key from its numbers, big-endian.
    ///
    /// # Errors
    ///
    /// [`IssuerKeyError`] if the identifier does not say what the key is for, or a number is zero.
    pub fn new(id: KeyId, modulus: &[u8], exponent: &[u8]) -> Result<Self, IssuerKeyError> {
        let domain = id.domain().ok_or(IssuerKeyError::Identifier)?;
        let key = PublicKey::rsa(modulus, exponent).map_err(|_| IssuerKeyError::Number)?;
        Ok(Self { id, domain, key })
    }

    /// A key from hexadecimal text, as the files `*.cvkey.toml` hold it; white space is ignored.
    ///
    /// # Errors
    ///
    /// [`IssuerKeyError`] if a text is not hexadecimal or the identifier has not sixteen bytes;
    /// otherwise as [`IssuerKey::new`].
    pub fn from_hex(id: &str, modulus: &str, exponent: &str) -> Result<Self, IssuerKeyError> {
        let bytes = |text| hex(text).ok_or(IssuerKeyError::Hexadecimal);
        let id = bytes(id)?
            .try_into()
            .map_err(|_| IssuerKeyError::Identifier)?;
        Self::new(KeyId(id), &bytes(modulus)?, &bytes(exponent)?)
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whose certificates it issues.
    #[must_use]
    pub fn domain(&self) -> CardDomain {
        self.domain
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// Why this cannot be an issuer's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IssuerKeyError {
    /// Not sixteen bytes whose first seven are digits ending in 20, 23 or 33.
    #[error("the key identifier does not say what the key is for")]
    Identifier,
    /// A number is zero.
    #[error("a number of the key is zero")]
    Number,
    /// Something else than hexadecimal digits, or an odd number of them.
    #[error("hexadecimal digits are needed")]
    Hexadecimal,
}

/// The issuers that are believed: of one environment, or of a test issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuerKeys(Vec<IssuerKey>);

impl IssuerKeys {
    /// Those of real cards.
    #[must_use]
    pub fn production() -> Self {
        Self(known::keys(b'5'))
    }

    /// Those of J-LIS test cards. Believed together with no other.
    #[must_use]
    pub fn jlis_test() -> Self {
        Self(known::keys(b'6'))
    }

    /// Those the caller brings, and none else.
    #[must_use]
    pub fn of(keys: Vec<IssuerKey>) -> Self {
        Self(keys)
    }

    /// The keys.
    pub fn iter(&self) -> impl Iterator<Item = &IssuerKey> {
        self.0.iter()
    }

    /// Checks that one of these issuers signed a certificate for this application.
    ///
    /// Card-verifiable certificates have no dates and are not revoked; there is nothing more to
    /// check.
    ///
    /// # Errors
    ///
    /// [`IssuerProblem`], the first that applies.
    pub fn check(
        &self,
        certificate: &CvCertificate,
        domain: CardDomain,
    ) -> Result<&IssuerKey, IssuerProblem> {
        let named = |issuer: &&IssuerKey| issuer.id == certificate.issuer;
        if !self.0.iter().any(|issuer| named(&issuer)) {
            return Err(IssuerProblem::Unknown);
        }
        let digest = Digest::of(HashAlgorithm::Sha256, &certificate.signed);
        let mut problem = IssuerProblem::Domain;
        // A folder of test issuers may hold several keys of one name.
        for issuer in self
            .0
            .iter()
            .filter(named)
            .filter(|issuer| issuer.domain == domain)
        {
            if issuer
                .key
                .verify_digest(&digest, &certificate.signature)
                .is_ok()
            {
                return Ok(issuer);
            }
            problem = IssuerProblem::Signature;
        }
        Err(problem)
    }
}

/// Why a card-verifiable certificate is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IssuerProblem {
    /// Its issuer is none of those that are believed.
    #[error("the issuer is unknown")]
    Unknown,
    /// Its issuer issues for another application.
    #[error("the issuer issues for another application")]
    Domain,
    /// The issuer did not sign it.
    #[error("the issuer's signature does not fit")]
    Signature,
}

impl IssuerProblem {
    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "issuer.unknown",
            Self::Domain => "issuer.domain",
            Self::Signature => "issuer.signature",
        }
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| {
            character
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rsa::traits::PublicKeyParts as _;

    use super::*;
    use crate::certificate::KeyAlgorithm;
    use crate::tests::{self as shelf, KEYS};

    fn test_issuer(number: &str) -> IssuerKey {
        let modulus = KEYS.issuer.n().to_be_bytes_trimmed_vartime();
        IssuerKey::new(KeyId(shelf::key_id(number, "001")), &modulus, &[1, 0, 1]).unwrap()
    }

    fn certificate(issuer: &str) -> CvCertificate {
        CvCertificate::parse(&shelf::certificate(issuer, "1310131")).unwrap()
    }

    #[test]
    fn six_issuers_are_known_and_never_mixed() {
        let numbers = |keys: &IssuerKeys| -> Vec<String> {
            keys.iter().map(|key| key.id().to_string()).collect()
        };
        let (production, test) = (IssuerKeys::production(), IssuerKeys::jlis_test());
        assert_eq!(numbers(&production), ["5000020", "5000023", "5000033"]);
        assert_eq!(numbers(&test), ["6000020", "6000023", "6000033"]);
        for keys in [&production, &test] {
            let domains: Vec<CardDomain> = keys.iter().map(IssuerKey::domain).collect();
            assert_eq!(
                domains,
                [CardDomain::Issuer, CardDomain::Visual, CardDomain::Profile]
            );
            for key in keys.iter() {
                assert_eq!(key.key().algorithm(), KeyAlgorithm::Rsa { bits: 2048 });
                let end = if key.domain() == CardDomain::Issuer {
                    0xA8
                } else {
                    0x00
                };
                assert_eq!(
                    key.id().as_bytes()[7..],
                    *b"\x08\x05001\0\0\0"
                        .iter()
                        .copied()
                        .chain([end])
                        .collect::<Vec<u8>>()
                );
            }
        }
    }

    #[test]
    fn an_issuer_is_believed_for_its_own_application_only() {
        let issuers = IssuerKeys::of(vec![test_issuer("9000033"), test_issuer("9000023")]);
        let profile = certificate("9000033");
        assert!(issuers.check(&profile, CardDomain::Profile).is_ok());
        assert_eq!(
            issuers.check(&profile, CardDomain::Visual),
            Err(IssuerProblem::Domain)
        );
        let unknown = IssuerKeys::production()
            .check(&profile, CardDomain::Profile)
            .cloned();
        assert_eq!(unknown, Err(IssuerProblem::Unknown));
        // The name of a believed issuer does not make its signature.
        let borrowed = certificate("5000033");
        let forged = IssuerKeys::production()
            .check(&borrowed, CardDomain::Profile)
            .cloned();
        assert_eq!(forged, Err(IssuerProblem::Signature));
    }

    #[test]
    fn files_and_data_objects_hold_the_same() {
        let file = shelf::certificate("9000020", "1310140");
        let expected = CvCertificate::parse(&file).unwrap();
        let padded = [&file[..], &[0xFF; 8]].concat();
        let bare = &file[5..];
        let listed = [&shelf::object(0x4D, 1, &[0x42, 0x10]), bare].concat();
        for form in [&padded[..], bare, &listed] {
            let certificate = CvCertificate::parse(form).unwrap();
            assert_eq!(certificate.subject(), expected.subject());
            assert_eq!(certificate.signed, expected.signed);
        }
    }

    #[test]
    fn nothing_stands_beside_what_is_signed() {
        let file = shelf::certificate("9000033", "1310131");
        let extra = [&file[5..], &shelf::object(0x5F20, 1, b"name")].concat();
        let problem = CvCertificate::parse(&shelf::object(0x7F21, 3, &extra)).unwrap_err();
        assert_eq!(problem, CvError::Unexpected { at: file.len() });
        assert_eq!(problem.at(), file.len());
        assert!(CvCertificate::parse(&file[..file.len() - 1]).is_err());
        assert!(CvCertificate::parse(&[]).is_err());
    }

    #[test]
    fn issuer_keys_from_text() {
        let id = "39303030303333 0805 303031 00000000";
        let key = IssuerKey::from_hex(id, "C0FFEE\n00 01", "010001").unwrap();
        assert_eq!(
            (key.id().number(), key.domain()),
            (Some("9000033"), CardDomain::Profile)
        );
        let problem = |id, modulus| IssuerKey::from_hex(id, modulus, "03").unwrap_err();
        assert_eq!(problem("3930", "05"), IssuerKeyError::Identifier);
        assert_eq!(problem(id, "0"), IssuerKeyError::Hexadecimal);
        assert_eq!(problem(id, "0x05"), IssuerKeyError::Hexadecimal);
        assert_eq!(problem(id, "0000"), IssuerKeyError::Number);
        let other = "39303030303434 0805 303031 00000000";
        assert_eq!(problem(other, "05"), IssuerKeyError::Identifier);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = CvCertificate::parse(&bytes);
            let body = shelf::object(0x5F4E, 3, &bytes);
            let parts = [&body[..], &shelf::object(0x5F37, 1, &[])].concat();
            let _ = CvCertificate::parse(&shelf::object(0x7F21, 3, &parts));
        }
    }
}
