//! PKCS #11 module for the My Number Card (個人番号カード), function list 2.40.
//!
//! ```text
//! program ─▶ ffi ─▶ process ─▶ module ─▶ conversation ─▶ card-core ─▶ card
//!            raw     one per     slots,     one transaction,
//!            pointers process    sessions,  one VERIFY at most
//!                                objects
//! ```
//!
//! - **Attempts.** A login presents a value once. A signature presents it once more, because the
//!   card is locked and without power between two calls; only a value that this card accepted in
//!   this login. The last attempt is never spent. A refused value is not sent again in this
//!   process.
//! - **Look-only calls** ask the service which cards are there, never a card, after the first look
//!   at each inserted card.
//! - Nothing is printed, no thread is started, no panic leaves.

mod conversation;
mod ffi;
mod guard;
mod module;
mod object;
mod operation;
mod process;
mod refused;
mod settings;
mod types;

pub use ffi::C_GetFunctionList;
