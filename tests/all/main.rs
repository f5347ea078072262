//! Every test that crosses crates, as one binary.

mod architecture;
mod contracts;
mod foreign;
mod pcscd;
