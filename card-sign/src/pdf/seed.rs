//! Seed values (`/SV`, ISO 32000-2, 12.7.5.5): what the author of a form demands of a signature.
//!
//! An entry is a proposal, unless its flag makes it a demand. A demand is fulfilled or the field is
//! not filled; a proposal is no reason to refuse.

use super::document::Document;
use super::object::{Dictionary, Object};
use super::rules::reason;
use super::sign::{PdfError, Request};
use crate::report::Reason;

/// Refuses a field whose demands the signature would not fulfil, and names the entry.
pub(super) fn check(
    document: &Document<'_>,
    seed: &Dictionary,
    request: &Request<'_>,
) -> Result<(), PdfError> {
    let seed = Seed {
        document,
        seed,
        flags: flags(document, seed)?,
    };
    match seed.broken(request)? {
        None => Ok(()),
        Some(entry) => Err(PdfError::Demand(entry)),
    }
}

struct Seed<'s> {
    document: &'s Document<'s>,
    seed: &'s Dictionary,
    flags: i64,
}

/// Bits of `/Ff` (table 237), the lowest is 1.
const FILTER: i64 = 1;
const SUB_FILTER: i64 = 1 << 1;
const VERSION: i64 = 1 << 2;
const REASONS: i64 = 1 << 3;
const LEGAL_ATTESTATION: i64 = 1 << 4;
const REVOCATION: i64 = 1 << 5;
const DIGEST: i64 = 1 << 6;
const LOCK_DOCUMENT: i64 = 1 << 7;
const APPEARANCE: i64 = 1 << 8;
const KNOWN: i64 = (1 << 9) - 1;

/// The entries that are known here are those of ISO 32000-2.
const LATEST: f64 = 3.0;

impl Seed<'_> {
    /// The first entry that demands what the signature would not have.
    fn broken(&self, request: &Request<'_>) -> Result<Option<&'static str>, Reason> {
        let demanded = |flag: i64| self.flags & flag != 0;
        if self.flags & !KNOWN != 0 {
            return Ok(Some("Ff"));
        }
        if demanded(VERSION) && self.number(b"V")?.is_some_and(|version| version > LATEST) {
            return Ok(Some("V"));
        }
        let name = |entry: &Object, own: &[u8]| matches!(entry, Object::Name(name) if name == own);
        if demanded(FILTER) && !name(&self.value(b"Filter")?, b"Adobe.PPKLite") {
            return Ok(Some("Filter"));
        }
        let kind = request.profile.sub_filter();
        if demanded(SUB_FILTER) && !self.list(b"SubFilter")?.iter().any(|one| name(one, kind)) {
            return Ok(Some("SubFilter"));
        }
        let digests = self.list(b"DigestMethod")?;
        let sha256 = |one: &Object| {
            name(one, b"SHA256") || one.as_text().is_some_and(|text| text == "SHA256")
        };
        if demanded(DIGEST) && !digests.iter().any(sha256) {
            return Ok(Some("DigestMethod"));
        }
        if demanded(REASONS) && !self.has_reason(request.reason)? {
            return Ok(Some("Reasons"));
        }
        // A signature of ours certifies nothing and holds no revocation data.
        if demanded(LEGAL_ATTESTATION) {
            return Ok(Some("LegalAttestation"));
        }
        if demanded(REVOCATION) && self.value(b"AddRevInfo")? == Object::Boolean(true) {
            return Ok(Some("AddRevInfo"));
        }
        if demanded(LOCK_DOCUMENT) && name(&self.value(b"LockDocument")?, b"true") {
            return Ok(Some("LockDocument"));
        }
        if demanded(APPEARANCE) {
            return Ok(Some("AppearanceFilter"));
        }
        // Level 0 is a signature that certifies nothing; this entry has no flag.
        if let Object::Dictionary(mdp) = self.value(b"MDP")?
            && mdp.integer(b"P") != Some(0)
        {
            return Ok(Some("MDP"));
        }
        // Which certificate the card has is known when the PIN was presented.
        if let Object::Dictionary(certificate) = self.value(b"Cert")?
            && flags(self.document, &certificate)? != 0
        {
            return Ok(Some("Cert"));
        }
        if let Object::Dictionary(stamp) = self.value(b"TimeStamp")?
            && flags(self.document, &stamp)? != 0
        {
            let address = self.document.view.value(&stamp, b"URL")?;
            let right = match (address.as_text(), request.time_stamp) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(wanted), Some(own)) => wanted == own,
            };
            if !right {
                return Ok(Some("TimeStamp"));
            }
        }
        Ok(None)
    }

    /// One of the reasons, and none where there is none to choose or the only one is a full stop.
    fn has_reason(&self, own: Option<&str>) -> Result<bool, Reason> {
        let reasons = self.list(b"Reasons")?;
        let reasons: Vec<String> = reasons.iter().filter_map(Object::as_text).collect();
        Ok(match (reasons.as_slice(), own) {
            ([], own) => own.is_none(),
            ([only], None) => only == ".",
            (_, None) => false,
            (reasons, Some(own)) => own != "." && reasons.iter().any(|one| one == own),
        })
    }

    fn value(&self, key: &[u8]) -> Result<Object, Reason> {
        self.document.view.value(self.seed, key)
    }

    fn number(&self, key: &[u8]) -> Result<Option<f64>, Reason> {
        Ok(match self.value(key)? {
            Object::Integer(number) => Some(number as f64),
            Object::Real(text) => std::str::from_utf8(&text)
                .ok()
                .and_then(|text| text.parse().ok()),
            _ => None,
        })
    }

    /// An array with its entries resolved; a single name stands for an array of it.
    fn list(&self, key: &[u8]) -> Result<Vec<Object>, Reason> {
        match self.value(key)? {
            Object::Array(list) => list
                .iter()
                .map(|one| self.document.view.resolve(one))
                .collect(),
            Object::Null => Ok(Vec::new()),
            one => Ok(vec![one]),
        }
    }
}

/// The flags of a dictionary of seed values; flags that are no number could demand anything.
fn flags(document: &Document<'_>, dictionary: &Dictionary) -> Result<i64, Reason> {
    match document.view.value(dictionary, b"Ff")? {
        Object::Null => Ok(0),
        Object::Integer(flags @ 0..) => Ok(flags),
        _ => Err(reason::SEED_VALUE),
    }
}
