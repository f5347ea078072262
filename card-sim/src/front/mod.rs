//! Fronts of the card: in the same process, or as a reader in pcscd.

pub mod in_process;
pub mod serve;
pub mod vpcd;
