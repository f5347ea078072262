//! Signatures inside PDF files (電子署名付きPDF): adbe.pkcs7.detached and PAdES-B-B, B-T.
//!
//! ```text
//! Request ──▶ prepare ──▶ Prepared ──▶ sign ──▶ SignedData ──▶ (time stamp) ──▶ assemble ──▶ append
//!                         digest: what a card will sign
//!
//! verify ──▶ Report: each signature over the revision that it covers, and what came after
//! ```
//!
//! A signature is a revision that is appended: the original stays byte for byte what it was, and so
//! do the signatures in it. The reader underneath follows the file's own cross-references and
//! repairs nothing. Files about which two readers could disagree are not signed and not believed:
//! hybrid ones, those in need of repair, doubled keys. Encrypted ones are neither.
//!
//! What is allowed after a signature is a short list: another signature, evidence for later, dates
//! and metadata, and form values where a certification permits them. Everything else is refused by
//! name, because a later revision decides what a viewer shows.

mod appearance;
mod changes;
mod compact;
mod cover;
mod digests;
mod document;
mod evidence;
mod field_changes;
mod file;
mod filter;
mod fitness;
mod history;
mod moj;
mod object;
mod outline;
mod outlines;
mod parser;
mod parts;
mod places;
mod plan;
pub mod rules;
mod seed;
mod sign;
mod survey;
mod terms;
mod typeface;
mod update;
mod verify;
mod view;
mod xref;

pub use appearance::{Area, DEFAULT_FONT, Visible};
pub use moj::verify_filing;
pub use outline::{Outline, SignatureOutline, outline};
pub use rules::{filing, reason};
pub use sign::{PdfError, Prepared, Profile, ROOM, ROOM_WITH_TIME_STAMP, Request, prepare};
pub use verify::verify;
