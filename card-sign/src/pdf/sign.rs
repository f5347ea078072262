//! Signing: the original stays as it is, byte for byte, and a revision is appended to it.
//!
//! ```text
//! Request ─▶ prepare ─▶ Prepared ─▶ sign ─▶ SignedData ─▶ (time stamp) ─▶ assemble: bytes to append
//! ```

use std::ops::Range;

use card_core::digest::{Digest, HashAlgorithm, Hasher};
use card_core::domain::date::UtcTime;
use thiserror::Error;
use time::{OffsetDateTime, UtcOffset};

use super::appearance::{self, Visible};
use super::document::Document;
use super::file::File;
use super::fitness;
use super::object::{Dictionary, Id, Object};
use super::parser::is_space;
use super::plan::Plan;
use super::rules::reason;
use super::survey::Survey;
use super::update::Update;
use crate::cms::SignedData;
use crate::report::{Reason, Rule};
use crate::signer::{DocumentSigner, SignError};

/// Which kind of signature goes into the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// `adbe.pkcs7.detached`, as registry filing (登記・供託オンライン申請) expects it.
    Moj,
    /// PAdES-B-B, `ETSI.CAdES.detached`; with a time stamp PAdES-B-T.
    Pades,
}

impl Profile {
    pub(super) const fn sub_filter(self) -> &'static [u8] {
        match self {
            Profile::Moj => b"adbe.pkcs7.detached",
            Profile::Pades => b"ETSI.CAdES.detached",
        }
    }
}

/// What to sign, and how it will look.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The kind of signature.
    pub profile: Profile,
    /// The signer's name (氏名), which everybody can read; registry filing demands one.
    pub name: &'a str,
    /// When it is signed. The file states it in Japanese time.
    pub time: UtcTime,
    /// Why, if that should stand in the file.
    pub reason: Option<&'a str>,
    /// Where, if that should stand in the file.
    pub location: Option<&'a str>,
    /// An empty signature field to be used; else one is added. What it locks is locked, and what
    /// it demands (`/SV`) is fulfilled or refused.
    pub field: Option<&'a str>,
    /// The address of the authority that will be asked for a time stamp, if one will be.
    pub time_stamp: Option<&'a str>,
    /// What is shown; nothing by default, and a box proves nothing.
    pub visible: Option<Visible<'a>>,
    /// How many bytes are kept free for the CMS object: see [`ROOM`] and [`ROOM_WITH_TIME_STAMP`].
    pub room: usize,
}

/// Room for a signature with two certificates: what is used is about 4 kB.
pub const ROOM: usize = 8192;
/// Room for a signature with a time stamp and the authority's certificates.
pub const ROOM_WITH_TIME_STAMP: usize = 32768;

impl<'a> Request<'a> {
    /// An invisible signature in a field of its own.
    pub fn new(profile: Profile, name: &'a str, time: UtcTime) -> Request<'a> {
        Request {
            profile,
            name,
            time,
            reason: None,
            location: None,
            field: None,
            time_stamp: None,
            visible: None,
            room: ROOM,
        }
    }
}

/// Why a file was not signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PdfError {
    /// The file, or what is asked of it, does not allow it.
    #[error("the file cannot be signed: {0}")]
    Refused(Reason),
    /// The signed file would be refused by [`verify`](super::verify): an earlier signature is
    /// broken, or would be.
    #[error("the signed file would be refused: {reason}")]
    Unfit {
        /// The rule that it would break.
        rule: Rule,
        /// How.
        reason: Reason,
    },
    /// The document has no such page.
    #[error("the file has {pages} pages")]
    Page {
        /// How many it has.
        pages: usize,
    },
    /// The field makes a demand that the signature would not fulfil.
    #[error("the field demands another signature: /{0}")]
    Demand(&'static str),
    /// The font has no picture of this character. It is never replaced by a box.
    #[error("the font has no glyph for U+{:04X}", u32::from(*.0))]
    Glyph(char),
    /// The CMS object is larger than the room that was kept for it: prepare again with more.
    #[error("the signature needs {needed} bytes, and {room} were kept free")]
    Room {
        /// How many it needs.
        needed: usize,
        /// How many there are.
        room: usize,
    },
}

impl From<Reason> for PdfError {
    fn from(reason: Reason) -> PdfError {
        PdfError::Refused(reason)
    }
}

impl PdfError {
    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            PdfError::Refused(reason) | PdfError::Unfit { reason, .. } => reason.code(),
            PdfError::Demand(_) => reason::SEED_VALUE.code(),
            PdfError::Page { .. } => reason::NO_PAGE.code(),
            PdfError::Glyph(_) => "pdf.font.glyph",
            PdfError::Room { .. } => "pdf.room",
        }
    }
}

/// A file that is ready to be signed: its bytes, those to append, and the gap between them.
#[derive(Clone, Debug)]
pub struct Prepared<'a> {
    original: &'a [u8],
    appended: Vec<u8>,
    /// The value with its brackets, counted in `appended`.
    gap: Range<usize>,
    profile: Profile,
    time: UtcTime,
    warnings: Vec<Reason>,
    waiting: Option<String>,
}

/// Prepares a signature: no card, no attempt.
///
/// The file is refused, and named the reason, if it is encrypted, hybrid or in need of repair, if
/// it holds an XFA form or is a collection, and if an earlier signer forbade what is asked. What
/// would come of it is judged by the rules of [`verify`](super::verify), all but those of trust: a
/// file that these would refuse, for an earlier signature too, is not signed.
///
/// # Errors
///
/// [`PdfError::Refused`] with the reason, [`PdfError::Unfit`] with rule and reason,
/// [`PdfError::Glyph`].
pub fn prepare<'a>(original: &'a [u8], request: &Request<'_>) -> Result<Prepared<'a>, PdfError> {
    let file = File::open(original)?;
    let tail = original.get(file.end()..).unwrap_or_default();
    if !tail.iter().all(|byte| is_space(*byte)) {
        return Err(reason::TAIL.into());
    }
    let view = file.latest();
    let document = Document::read(view)?;
    let survey = Survey::of(view)?;
    let mut warnings = warnings(&document)?;
    if survey.unreferenced(view)? > 0 {
        warnings.push(reason::UNREFERENCED);
    }
    let plan = Plan::make(&document, &survey, request)?;
    let waiting = document.only_empty_field().map(str::to_owned);
    let waiting = waiting.filter(|_| request.field.is_none());
    warnings.extend(waiting.is_some().then_some(reason::WAITING_FIELD));

    let mut update = Update::new(&file, original);
    let signature = update.new_id();
    let look = match (&request.visible, plan.area) {
        (Some(visible), Some(area)) => Some(appearance::write(
            &mut update,
            visible,
            area,
            plan.quarters,
        )?),
        _ => None,
    };
    plan.write(&document, &mut update, signature, look)?;
    let written = dictionary(request, plan.lock.as_ref(), document.catalog_id);
    let (range, gap) = update.signature(signature, &written, request.room);
    let mut appended = update.finish(&file)?;

    let before = original.len() + gap.start;
    let after = original.len() + gap.end;
    let numbers = format!("[0 {before} {after} {}]", appended.len() - gap.end);
    let room = appended.get_mut(range).ok_or(reason::SIZE)?;
    let place = room.get_mut(..numbers.len()).ok_or(reason::SIZE)?;
    place.copy_from_slice(numbers.as_bytes());
    fitness::judge(original, &appended, &gap, request.time)?;
    Ok(Prepared {
        original,
        appended,
        gap,
        profile: request.profile,
        time: request.time,
        warnings,
        waiting,
    })
}

impl Prepared<'_> {
    /// What a reviewer should know about the file before it is signed; nothing of it forbids that.
    pub fn warnings(&self) -> &[Reason] {
        &self.warnings
    }

    /// The only empty signature field of the document, where another is added beside it.
    pub fn waiting_field(&self) -> Option<&str> {
        self.waiting.as_deref()
    }

    /// The digest of what is signed: the file and the revision to come, but for the value itself.
    pub fn digest(&self, hash: HashAlgorithm) -> Digest {
        let mut hasher = Hasher::new(hash);
        hasher.update(self.original);
        hasher.update(self.appended.get(..self.gap.start).unwrap_or_default());
        hasher.update(self.appended.get(self.gap.end..).unwrap_or_default());
        hasher.finish()
    }

    /// Lets a signer sign. One signature by the card, no attempt.
    ///
    /// # Errors
    ///
    /// Those of [`SignedData::sign`].
    pub fn sign(&self, signer: &mut dyn DocumentSigner) -> Result<SignedData, SignError> {
        let digest = self.digest(signer.algorithm().hash);
        // PAdES forbids the attribute: the time is in the dictionary (EN 319 142-1, 6.3).
        let signing_time = match self.profile {
            Profile::Moj => Some(self.time),
            Profile::Pades => None,
        };
        let mut signed = SignedData::new();
        signed.sign(signer, &digest, signing_time)?;
        Ok(signed)
    }

    /// The bytes to append to the original: with them it is the signed file.
    ///
    /// # Errors
    ///
    /// [`PdfError::Room`] if the CMS object is too large for the room that was kept.
    pub fn assemble(&self, signed: &SignedData) -> Result<Vec<u8>, PdfError> {
        let value = signed.to_detached();
        let room = self.gap.len().saturating_sub(2) / 2;
        if value.len() > room {
            return Err(PdfError::Room {
                needed: value.len(),
                room,
            });
        }
        let mut appended = self.appended.clone();
        let digits = value
            .iter()
            .flat_map(|byte| format!("{byte:02x}").into_bytes());
        let place = appended.get_mut(self.gap.start + 1..).unwrap_or_default();
        place
            .iter_mut()
            .zip(digits)
            .for_each(|(place, digit)| *place = digit);
        Ok(appended)
    }
}

/// The signature dictionary but for range and value.
fn dictionary(request: &Request<'_>, lock: Option<&Object>, catalog: Id) -> Dictionary {
    let mut dictionary = Dictionary::from([
        (&b"Type"[..], Object::name(b"Sig")),
        // Any value is accepted by the registry; this one is what other programs write.
        (b"Filter", Object::name(b"Adobe.PPKLite")),
        (b"SubFilter", Object::name(request.profile.sub_filter())),
        (b"Name", Object::text(request.name)),
        (
            b"M",
            Object::String(japanese_time(request.time).into_bytes()),
        ),
    ]);
    for (key, text) in [
        (&b"Reason"[..], request.reason),
        (b"Location", request.location),
    ] {
        if let Some(text) = text {
            dictionary.set(key, Object::text(text));
        }
    }
    if let Some(parameters) = lock {
        let reference = Dictionary::from([
            (&b"Type"[..], Object::name(b"SigRef")),
            (b"TransformMethod", Object::name(b"FieldMDP")),
            (b"TransformParams", parameters.clone()),
            (b"Data", Object::Reference(catalog)),
        ]);
        dictionary.set(
            b"Reference",
            Object::Array(vec![Object::Dictionary(reference)]),
        );
    }
    dictionary
}

/// `D:20261125120000+09'00'`
fn japanese_time(time: UtcTime) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(time.unix());
    let moment = moment.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let japan = UtcOffset::from_hms(9, 0, 0).unwrap_or(UtcOffset::UTC);
    // Only the last hours of the year 9999 have no Japanese time; they keep their own.
    let moment = moment.checked_to_offset(japan).unwrap_or(moment);
    let zone = moment.offset().whole_hours();
    format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}+{zone:02}'00'",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
    )
}

/// What could show another document than the one that is signed (shadow attacks).
fn warnings(document: &Document<'_>) -> Result<Vec<Reason>, Reason> {
    let mut warnings = Vec::new();
    let form = document
        .form
        .as_ref()
        .map(|form| form.dictionary.find(b"NeedAppearances"));
    if form == Some(Some(&Object::Boolean(true))) {
        warnings.push(reason::APPEARANCES);
    }
    let names = match document.view.value(&document.catalog, b"Names")? {
        Object::Dictionary(names) => names,
        _ => Dictionary::default(),
    };
    let opens = match document.view.value(&document.catalog, b"OpenAction")? {
        // An array only says which page is shown first.
        Object::Dictionary(action) => !action.is(b"S", b"GoTo"),
        _ => false,
    };
    if opens || document.catalog.find(b"AA").is_some() || names.find(b"JavaScript").is_some() {
        warnings.push(reason::ACTIVE);
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_japanese() {
        for (unix, text) in [
            (1_795_575_600, "D:20261125120000+09'00'"),
            (0, "D:19700101090000+09'00'"),
            (253_402_300_799, "D:99991231235959+00'00'"),
        ] {
            assert_eq!(japanese_time(UtcTime::from_unix(unix).unwrap()), text);
        }
    }
}
