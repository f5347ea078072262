//! Every test that crosses crates, as one binary.

mod architecture;
mod budgets;
mod canary;
mod card_tables;
mod codecs;
mod contracts;
mod foreign;
mod foreign_clients;
mod interruption;
mod journey;
mod licence;
mod linking;
mod login;
mod makefile;
mod packages;
mod pcscd;
mod pins;
mod pkcs11;
mod quirks;
mod real_pcscd;
mod second_program;
mod sharing;
mod signing;
mod sim_pcsc;
mod watching;
mod whole_card;
