//! The jobs at a card or on paper, each written once and used by every front: program, `serve`, `web-eid`.
//!
//! A front reads what was asked for, opens the card and brings a [`crate::ui::Ui`]. The job talks
//! to the card, asks for PINs outside of every transaction, and returns values. A job knows no
//! command line, no JSON and no stream.

pub(crate) mod certificate;
pub(crate) mod expiry;
pub(crate) mod licence;
pub(crate) mod login;
pub(crate) mod login_service;
pub(crate) mod number;
pub(crate) mod pin;
pub(crate) mod probe;
pub(crate) mod record;
pub(crate) mod record_secret;
pub(crate) mod sign;
pub(crate) mod sign_digest;
pub(crate) mod status;
#[cfg(test)]
mod tests;
pub(crate) mod verify;
pub(crate) mod verify_files;
