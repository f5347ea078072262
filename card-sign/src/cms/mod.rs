//! CMS signatures (RFC 5652) at the level CAdES-B-B, with a time stamp CAdES-B-T (CAdES署名).
//!
//! ```text
//! SignedData::new ──▶ sign ──▶ (add_time_stamp) ──▶ to_detached      .p7s
//! SignedData::open ─▶ sign: one more signer    └──▶ write_attached   .p7m
//!
//! verify_detached · verify_attached ──▶ Report
//! ```
//!
//! A file of any size is signed and checked in constant memory: its content passes by and is
//! hashed, and only what stands around it is kept.
//!
//! Certificates inside a file are material. Nothing is believed because it is inside.

mod algorithm;
mod attributes;
mod judge;
mod oid;
mod outline;
mod pem;
pub mod rules;
mod sign;
mod signed_data;
mod stream;
pub mod timestamp;
mod tst_info;
mod verify;

pub(crate) use judge::OF_SIGNER;
pub use outline::{Outline, SignerOutline};
pub use rules::reason;
pub use signed_data::SignedData;
pub(crate) use verify::{Digested, verify_digested};
pub use verify::{verify_attached, verify_detached};

/// How long the CMS object is that these bytes begin with; PDF files pad it with zeros.
///
/// `None` if there is no whole BER object.
pub fn extent(bytes: &[u8]) -> Option<usize> {
    let object = crate::ber::Cursor::new(bytes).any().ok()?;
    Some(object.whole.len())
}
