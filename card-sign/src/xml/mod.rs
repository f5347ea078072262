//! Signatures in XML (XML署名): XMLDSig, with signed properties XAdES-B-B (XAdES署名).
//!
//! ```text
//! Draft::enveloped · detached · egov ──▶ prepare ──▶ Prepared ──▶ finish ──▶ file
//! verify(file, expected, policy) ──▶ Verified: the report, and the octets that were signed
//! ```
//!
//! A signature in XML covers what its references name, and a document can be arranged so that a
//! right signature covers something else than what a program reads (signature wrapping). So the
//! caller says what has to be signed, and takes what was signed from [`Verified::signed`].
//!
//! Transforms are a short list: leave out the signature, write one of three canonical forms. XPath
//! and XSLT can make any document "signed" and are refused, and so is everything that would be
//! read from elsewhere.
//!
//! Sources: XML Signature 1.1 (W3C), RFC 9231, ETSI EN 319 132-1.

mod algorithm;
mod certificate;
mod coverage;
mod document;
mod egov;
mod files;
mod judge;
mod notes;
mod outline;
mod parts;
mod reference;
pub mod rules;
mod sign;
mod text;
mod verify;
mod write;
mod xades;

/// Documents of other formats that are written in XML: read as strictly as those with signatures.
pub(crate) mod parse {
    pub(crate) use super::algorithm::{hash, hash_uri};
    pub(crate) use super::document::{DS, Node, Tree};
    pub(crate) use super::files::{from_uri, to_uri};
    pub(crate) use super::text::{decode, is_space, normalized};
}

pub use files::{Files, FilesError};
pub use notes::rule_of;
pub use outline::{Outline, ReferenceOutline, SignatureOutline, outline};
pub use rules::reason;
pub use sign::{Draft, Prepared};
pub use text::MAX_BYTES;
pub use verify::{Content, Covers, Expected, Path, Profile, Signed, Verified, verify};
