//! Fronts of the card: in the same process, as a reader in pcscd, or through a client library of
//! PC/SC that is the simulator.

pub mod control;
pub mod in_process;
pub mod serve;
pub mod socket;
pub mod vpcd;
