//! Records of the profile and visual applications: common parts.
//!
//! Each is one template. Fields that this program does not know are kept, and a field that is
//! missing is missing: neither is a reason to fail. Whether a record is *genuine* is judged
//! elsewhere, over the same bytes.

use std::fmt;

use crate::certificate::PublicKey;
use crate::channel::Channel;
use crate::digest::{Digest, HashAlgorithm};
use crate::domain::date::BirthDate;
use crate::domain::person::Sex;
use crate::error::{Error, Malformation, Step};
use crate::iso::tlv::{self, Object, TlvError};
use crate::iso::{Answer, Command, FileId, StatusWord, Template};
use crate::pin::{Pin as _, PinKind, PinProblem, ResidentPin};
use crate::signature::{Signature, SignatureKind};
use crate::trust::cv::{CvCertificate, CvError, KeyId, key_of};

/// A field of a record that this program does not know, or a known one with an unknown value.
///
/// `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownField {
    /// Its tag in hexadecimal: `DF2B`.
    pub tag: String,
    /// Its value.
    pub value: Vec<u8>,
}

impl UnknownField {
    pub(crate) fn of(field: &Object<'_>) -> Self {
        let digits = field
            .tag
            .to_bytes()
            .iter()
            .map(|byte| format!("{byte:02X}"));
        Self {
            tag: digits.collect(),
            value: field.value.to_vec(),
        }
    }

    pub(crate) fn besides(record: &Template<'_>, known: &[u16]) -> Vec<Self> {
        record.others(known).map(Self::of).collect()
    }
}

impl fmt::Debug for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnknownField({}, {} bytes)", self.tag, self.value.len())
    }
}

/// What an application says of itself (AP基本情報).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationInformation {
    /// Version of the specification.
    pub version: u8,
    /// Whether the application takes extended lengths, as it says itself (`03`).
    pub extended_length: bool,
    /// Who made the card, a number.
    pub vendor: u8,
    /// An option of the maker.
    pub option: u8,
    /// A key of the issuer; what for is not public.
    pub key: Option<KeyId>,
    /// 市区町村コード, five digits; visual application only.
    pub municipality: Option<String>,
    /// Everything else.
    pub unknown: Vec<UnknownField>,
}

impl ApplicationInformation {
    /// Reads `FFx0 { DFx1 four bytes, DFx2 key identifier, … }`.
    pub(crate) fn parse(
        file: &[u8],
        step: Step,
        [outer, four, key, municipality]: [u16; 4],
    ) -> Result<Self, Error> {
        let record = Template::parse(file, outer).map_err(|problem| malformed(step, problem))?;
        let versions = record
            .need(four)
            .map_err(|problem| malformed(step, problem))?;
        let [version, lengths, vendor, option] = *versions.value else {
            let problem = Malformation::Length {
                has: versions.value.len(),
                needs: 4,
            };
            return Err(Error::malformed(step, versions.at, problem));
        };
        let id = record
            .field(key)
            .and_then(|field| field.value.try_into().ok());
        let place = record
            .field(municipality)
            .filter(|field| field.value.len() == 5 && field.value.iter().all(u8::is_ascii_digit));
        let mut known = vec![four];
        known.extend(id.map(|_| key));
        known.extend(place.map(|_| municipality));
        Ok(Self {
            version,
            extended_length: lengths == 0x03,
            vendor,
            option,
            key: id.map(KeyId::new),
            municipality: place.map(|field| String::from_utf8_lossy(field.value).into_owned()),
            unknown: UnknownField::besides(&record, &known),
        })
    }
}

/// A block that the issuer signed and the signature over it, which the record carries too.
///
/// `Debug` shows nothing: block and signature identify a record.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    block: Vec<u8>,
    signature: Signature,
}

impl Signed {
    /// Takes a block as the card signed it: a DigestInfo, PKCS #1 v1.5 around it.
    pub(crate) fn new(block: Vec<u8>, signature: &Object<'_>) -> Self {
        let signature = Signature::new(SignatureKind::RsaPkcs1v15, signature.value.to_vec());
        Self { block, signature }
    }

    /// The shape of all records but the card face: the signature covers what stands before it.
    ///
    /// Fields behind the signature would look signed and are not, so those that matter must stand
    /// before it.
    pub(crate) fn before(
        record: &Template<'_>,
        signature: u16,
        covered: &[u16],
    ) -> Result<Self, TlvError> {
        let field = record.need(signature)?;
        for tag in covered {
            if record.need(*tag)?.at > field.at {
                return Err(TlvError::Missing {
                    tag: *tag,
                    at: field.at,
                });
            }
        }
        let digest = Digest::of(HashAlgorithm::Sha256, record.before(field));
        Ok(Self::new(digest.digest_info(), field))
    }

    /// Whether this key made the signature.
    pub(crate) fn is_by(&self, key: &PublicKey) -> bool {
        key.verify_block(&self.block, &self.signature).is_ok()
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signed(..)")
    }
}

/// What a record proves: who signed it, and which key answers for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) key: PublicKey,
    pub(crate) signed: Signed,
}

impl Proof {
    /// Reads `outer { content…, key { 90, 91 }, signature over what precedes }`.
    pub(crate) fn parse(file: &[u8], step: Step, layout: &Layout) -> Result<Self, Error> {
        let wrong = |problem| malformed(step, problem);
        let record = Template::parse(file, layout.outer).map_err(wrong)?;
        let key = key(&record, layout.key, step)?;
        let mut covered = vec![layout.key];
        covered.extend(layout.content);
        let signed = Signed::before(&record, layout.signature, &covered).map_err(wrong)?;
        Ok(Self { key, signed })
    }
}

/// Where a record keeps what proves it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) outer: u16,
    pub(crate) content: Option<u16>,
    pub(crate) key: u16,
    pub(crate) signature: u16,
}

/// A key inside a record.
pub(crate) fn key(record: &Template<'_>, tag: u16, step: Step) -> Result<PublicKey, Error> {
    let field = record
        .need(tag)
        .map_err(|problem| malformed(step, problem))?;
    key_of(field.value).map_err(|_| Error::malformed(step, field.at, Malformation::NotAKey))
}

/// Whether the offset table (16-bit numbers from the start of the file, one for each known field
/// in the order of the tags) says where the fields stand; zero for one that is not there.
///
/// The table is not signed. A table that disagrees would let two readers see two records.
pub(crate) fn offsets_agree(record: &Template<'_>, table: u16, fields: &[u16]) -> bool {
    let Some(table) = record.field(table) else {
        return false;
    };
    let (entries, rest) = table.value.as_chunks::<2>();
    let entry = |index: usize| {
        entries
            .get(index)
            .map_or(0, |entry| usize::from(u16::from_be_bytes(*entry)))
    };
    rest.is_empty()
        && fields
            .iter()
            .enumerate()
            .all(|(index, tag)| record.field(*tag).map_or(0, |field| field.at) == entry(index))
}

/// A birth date of a record; `None` if there is none or it is not one.
pub(crate) fn birth_date(record: &Template<'_>, tag: u16) -> Option<BirthDate> {
    text(record, tag).and_then(|digits| BirthDate::from_record(digits).ok())
}

/// A sex of a record, JIS X 0303; `None` if there is none or it is not a digit.
pub(crate) fn sex(record: &Template<'_>, tag: u16) -> Option<Sex> {
    text(record, tag).and_then(|digit| Sex::from_record(digit).ok())
}

/// A field as text; `None` if it is missing or not UTF-8.
pub(crate) fn text<'a>(record: &Template<'a>, tag: u16) -> Option<&'a str> {
    record
        .field(tag)
        .and_then(|field| std::str::from_utf8(field.value).ok())
}

pub(crate) fn malformed(step: Step, problem: TlvError) -> Error {
    Error::malformed(step, problem.at(), problem)
}

/// Reads the object that a file holds: its length is known from the first bytes.
pub(crate) fn read_object(
    channel: &mut Channel<'_>,
    file: FileId,
    step: Step,
    shown: Answer,
) -> Result<zeroize::Zeroizing<Vec<u8>>, Error> {
    channel.read_file(file, step, shown, tlv::extent)
}

/// Says which PIN opens a file that stays closed.
pub(crate) fn opened_by<T>(read: Result<T, Error>, kind: PinKind) -> Result<T, Error> {
    read.map_err(|error| match error {
        Error::Refused {
            status: StatusWord::SECURITY_NOT_SATISFIED,
            ..
        } => Error::pin(kind, PinProblem::Needed),
        error => error,
    })
}

/// The card-verifiable certificate of an application, free to read.
pub(crate) fn read_certificate(
    channel: &mut Channel<'_>,
    file: FileId,
    step: Step,
) -> Result<CvCertificate, Error> {
    let bytes = read_object(channel, file, step, Answer::Personal)?;
    parse_certificate(&bytes, step)
}

pub(crate) fn parse_certificate(file: &[u8], step: Step) -> Result<CvCertificate, Error> {
    CvCertificate::parse(file).map_err(|problem| match problem {
        CvError::Tlv(problem) => malformed(step, problem),
        problem => Error::malformed(step, problem.at(), problem),
    })
}

/// A signature of the application's own key, which answers to anybody.
pub(crate) fn prove(channel: &mut Channel<'_>, digest: &Digest) -> Result<Signature, Error> {
    let bytes = channel.sign_with_own_key(&digest.digest_info())?;
    Ok(Signature::new(SignatureKind::RsaPkcs1v15, bytes.to_vec()))
}

/// One of the two copies of the resident PIN, verified.
///
/// Exists only after the card has accepted the PIN.
pub struct ResidentPinCopy<'t> {
    channel: Channel<'t>,
    file: FileId,
}

impl<'t> ResidentPinCopy<'t> {
    pub(crate) fn new(channel: Channel<'t>, file: FileId) -> Self {
        Self { channel, file }
    }

    /// Replaces the PIN in this place only; the other copy keeps the old one.
    ///
    /// Two exchanges, no attempt. To change both use [`crate::resident_pin::change`]; this is for
    /// repairing copies that differ.
    ///
    /// # Errors
    ///
    /// `card.refused`; after `card.silent` it is unknown whether the old or the new PIN is in force.
    ///
    /// # Card
    ///
    /// SELECT 001C, CHANGE KEY (80 32) with the new PIN only; measured by myna-card.
    pub fn change(&mut self, new: &ResidentPin) -> Result<(), Error> {
        self.channel
            .change(self.file, Command::change_key, new.secret())
    }
}

impl fmt::Debug for ResidentPinCopy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResidentPinCopy")
    }
}

/// Reads a key reference: a record of one tag byte, one length byte and sixteen bytes, or the
/// sixteen alone, since the record itself is not published.
pub(crate) fn key_reference(record: &[u8]) -> Result<KeyId, Error> {
    let bytes = match record {
        [_, 16, value @ ..] if value.len() >= 16 => value,
        bare => bare,
    };
    let problem = Malformation::Length {
        has: record.len(),
        needs: 16,
    };
    let (id, _) =
        bytes
            .split_first_chunk()
            .ok_or(Error::malformed(Step::KeyReference, 0, problem))?;
    Ok(KeyId::new(*id))
}
