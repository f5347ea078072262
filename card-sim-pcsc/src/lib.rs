//! A PC/SC client library that is the simulator: the symbols and the soname of pcsc-lite's
//! `libpcsclite.so.1`, without pcscd.
//!
//! Each call becomes a message to the service of `mynacard sim run`, which holds readers, cards and
//! transactions; this library holds nothing but connections. It finds the service by the variable
//! `MYNACARD_SIM_SOCKET`; without it there is no service (`SCARD_E_NO_SERVICE`), never a real card.
//!
//! A context is one connection, so a program that dies loses what it holds. Calls of one context
//! wait for each other, as in pcsc-lite, except for SCardCancel.

mod client;
pub mod ffi;
#[path = "../../card-sim/src/front/socket/link.rs"]
mod link;
mod text;
