//! `mynacard`: reads, signs with and explains the Japanese My Number Card (個人番号カード).
//!
//! The library knows the card; this program knows people: two languages, advice for everything
//! that can go wrong, exit codes and JSON for scripts.

mod args;
mod attempts;
mod commands;
mod connect;
mod context;
mod cv_certificate;
mod dispatch;
mod display;
mod documents;
mod error;
mod exit;
mod facts;
mod folders;
mod guide;
mod http;
mod issuers;
mod jobs;
mod kept;
mod memory;
mod municipalities;
mod output;
mod panic;
mod picture;
mod place;
mod prompt;
mod program {
    pub(crate) use crate::context::Context as Program;
}
mod genuineness;
mod pin_spec;
mod progress;
mod report;
mod residents;
mod serve;
mod session;
mod signals;
mod signed_file;
mod source;
mod streams;
mod strict_json;
mod terminal;
#[cfg(test)]
mod tests;
mod texts;
mod trust;
mod ui;
mod validity;
mod web_eid;
mod wrap;

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let line: Vec<OsString> = std::env::args_os().collect();
    panic::caught(&line, || dispatch::run(&line))
}
