//! JSON Web Signatures (RFC 7515): compact, with their payload or without it.
//!
//! The signer's certificate goes into the header (`x5c`), its CA's only on request ([`Certificates`]), so a token by the signature key shows
//! name, address, birth date and sex to everybody who sees it. A detached one leaves the payload as
//! it is (`b64: false`, RFC 7797). Payloads of either pass by in constant memory.

mod algorithm;
mod json;
pub mod rules;
mod sign;
mod stream;
mod verify;

pub use algorithm::Algorithm;
pub use sign::{
    Attached, Certificates, MAX_PAYLOAD, MAX_TOKEN, sign_attached, sign_compact, sign_detached,
};
pub use verify::{Claims, Expected, verify_attached, verify_compact, verify_detached};
