//! ASiC-E containers (関連署名コンテナ): one CAdES signature for any number of files.
//!
//! ```text
//! Draft::add … ──▶ prepare ──▶ Prepared ──▶ sign ──▶ Container ──▶ write     .asice
//!                                                     (time stamp)
//! verify(container, policy) ──▶ Report
//! ```
//!
//! A ZIP file that holds the files, a manifest with the digest of each, and a detached CMS signature
//! over the manifest: the card signs once, however many files there are.
//!
//! A ZIP file says everything twice, in front of each file and in the directory at its end, and
//! programs differ in what they read. A container is accepted only where both say the same, where
//! every byte belongs to something that is known, and where the manifest names every file.
//!
//! Sources: ETSI EN 319 162-1 (ASiC-E with CAdES), APPNOTE.TXT 6.3 (ZIP), RFC 1951.

mod archive;
mod content;
mod manifest;
mod names;
mod outline;
mod reserved;
pub mod rules;
mod sign;
mod verify;
mod write;

pub use outline::{EntryOutline, Outline, outline};
pub use reserved::MIME_TYPE;
pub use rules::reason;
pub use sign::{Container, Draft, Prepared};
pub use verify::verify;
