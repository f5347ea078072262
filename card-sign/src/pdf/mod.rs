//! Signatures inside PDF files (電子署名付きPDF): adbe.pkcs7.detached and PAdES-B-B/B-T.

mod appearance;
mod changes;
mod cover;
mod document;
mod file;
mod filter;
mod history;
mod moj;
mod object;
mod parser;
mod plan;
pub mod rules;
mod sign;
mod survey;
mod terms;
mod update;
mod verify;
mod view;
mod xref;

pub use appearance::{Area, DEFAULT_FONT, Visible};
pub use moj::verify_filing;
pub use rules::{filing, reason};
pub use sign::{PdfError, Prepared, Profile, ROOM, ROOM_WITH_TIME_STAMP, Request, prepare};
pub use verify::verify;
