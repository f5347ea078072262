#![doc = include_str!("../README.md")]
//!
//! # Inside
//!
//! ```text
//! document ──▶ digest ──▶ DocumentSigner ──▶ signature ──▶ cms · jws · raw · pdf · xml · asic
//!                         card or test key
//!
//! signed file ──▶ cms · jws · raw · pdf · xml · asic ──▶ Report: rule by rule, one reason per refusal
//! ```
//!
//! Signing needs something that signs a digest ([`DocumentSigner`]); checking needs no card. Nothing
//! here opens a connection: a time stamp is a request to be sent and an answer to be judged. The
//! reports carry rules, verdicts and reason codes, never sentences; those belong to the program.
//!
//! Whatever a file says about itself is a claim. Keys come from certificates that a trust store
//! accepts, times from verified time stamps or the caller, algorithms from the rules here.

pub mod asic;
pub mod cms;
pub mod jws;
pub mod pdf;
pub mod policy;
pub mod raw;
pub mod report;
pub mod signer;

pub mod xml;

mod ber;
mod pieces;

pub use policy::{Policy, Profile};
pub use report::{Finding, Report, Verdict};
pub use signer::{CardSigner, DocumentSigner, SignError};
