//! Every test that crosses crates, as one binary.

mod foreign;
mod pcscd;
