// Its example needs readers.
#![cfg_attr(feature = "pcsc", doc = include_str!("../README.md"))]
//!
//! # Inside
//!
//! ```text
//! Reader ──▶ Card ──▶ Transaction ──▶ Jpki ──────────▶ AuthenticationKey · SignatureKey
//!            one      no other         Profile · Visual ▶ OpenProfile · OpenVisual
//!            card     program          Common · Resident · Issuer
//!                     speaks           one application   only what the card
//!                                      at a time         has unlocked
//! ```
//!
//! Each part lends the next one and is itself blocked meanwhile, so two applications are never
//! open at once and a key never outlives its transaction. A PIN is an argument, never a callback;
//! the last attempt is spent only with a consent of its own ([`pin::Spend::LastAttempt`]); when a
//! transaction in which a PIN was presented ends, the card has forgotten it.
//!
//! Whether what was read is true is another question: [`genuine`].
//!
//! # Features
//!
//! `pcsc`, on by default: the readers of this computer (`readers`, `transport::pcsc`), through
//! libpcsclite. A service that checks login tokens and a program that verifies documents turn it
//! off and link no C library.
//!
//! What this library does not do: it never repeats a PIN, opens no network connection, and keeps
//! no PIN. The PKCS #11 module on top of it (`card-pkcs11`) keeps one while a program is logged in.

pub mod applet;
pub mod card;
pub mod certificate;
mod channel;
pub mod digest;
pub mod domain;
pub mod error;
pub mod genuine;
pub mod handling;
pub mod iso;
pub mod judgement;
pub mod login;
pub mod observe;
pub mod owner_only;
pub mod pin;
pub mod probe;
#[cfg(feature = "pcsc")]
pub mod readers;
pub mod record;
pub mod resident_pin;
mod secret;
mod secure;
pub mod signature;
#[cfg(test)]
mod tests;
pub mod transcript;
pub mod transport;
pub mod trust;

pub use applet::jpki::{AuthenticationKey, Jpki, SignatureKey};
pub use applet::licence::{Licence, OpenLicence};
pub use applet::profile::{OpenProfile, Profile};
pub use applet::visual::{OpenVisual, Visual};
pub use card::{Card, Transaction};
pub use certificate::Certificate;
pub use digest::{Digest, HashAlgorithm};
pub use error::{Error, Retry};
pub use pin::{Attempts, SignaturePassword, Spend, UserPin};
pub use secret::Secret;
pub use signature::Signature;
