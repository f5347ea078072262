//! Every test that crosses crates, as one binary.

mod architecture;
mod budgets;
mod canary;
mod card_tables;
mod contracts;
mod foreign;
mod interruption;
mod journey;
mod login;
mod pcscd;
mod pins;
mod quirks;
