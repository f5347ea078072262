#![doc = include_str!("../README.md")]
//!
//! # Inside
//!
//! A small card operating system ([`os`]) runs made-up residents ([`persona`]) from tables that say
//! who saw what ([`applets`]). Programs meet it in process or as a reader in pcscd ([`front`]).
//! Counters and changed PINs survive ([`state`]); removals, resets and lost answers are planned
//! on the wire ([`fault`]).
//!
//! It shares no table and no codec with the library `card-core`: otherwise both would agree on the
//! same mistake. What a green test here does *not* prove: anything about timing, or about a fact
//! marked as a guess in the tables.

pub mod applets;
pub mod fault;
pub mod front;
pub mod log;
pub mod os;
pub mod persona;
pub mod pki;
pub mod state;
pub mod wire;
