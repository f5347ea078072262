//! Signatures inside PDF files (電子署名付きPDF): adbe.pkcs7.detached and PAdES-B-B/B-T.

mod appearance;
mod changes;
mod cover;
mod document;
mod file;
mod filter;
mod moj;
mod object;
pub mod rules;
mod sign;
mod update;
mod verify;

pub use appearance::{Area, DEFAULT_FONT, Visible};
pub use moj::verify_filing;
pub use rules::{filing, reason};
pub use sign::{PdfError, Prepared, Profile, ROOM, ROOM_WITH_TIME_STAMP, Request, prepare};
pub use verify::verify;
