//! The options of every command.

use std::ffi::OsString;
use std::path::PathBuf;

use super::values::{Patience, PinSource, Reader};
use crate::texts::Language;

/// Options of every command; they may stand before or after it.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Global {
    #[arg(long, global = true, value_name = "NAME|INDEX|sim:PERSONA")]
    pub(crate) reader: Option<Reader>,
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(long, global = true, value_name = "ja|en")]
    pub(crate) lang: Option<Language>,
    #[arg(long, global = true, value_name = "SECONDS", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "")]
    pub(crate) wait: Option<Patience>,
    #[arg(
        long,
        global = true,
        value_name = "prompt|stdin|fd:N|file:PATH|pinentry|sim"
    )]
    pub(crate) pin: Option<PinSource>,
    #[arg(long, global = true)]
    pub(crate) no_pinpad: bool,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// What must be known before the command line is understood: `--json` and `--lang`.
pub(crate) fn glance(line: &[OsString]) -> (bool, Option<Language>) {
    let words: Vec<&str> = line
        .iter()
        .skip(1)
        .map(|w| w.to_str().unwrap_or(""))
        .take_while(|w| *w != "--")
        .collect();
    let json = words.contains(&"--json");
    let separate = words.windows(2).filter_map(|pair| match pair {
        ["--lang", language] => language.parse().ok(),
        _ => None,
    });
    let joined = words
        .iter()
        .filter_map(|word| word.strip_prefix("--lang=").and_then(|l| l.parse().ok()));
    (json, separate.chain(joined).last())
}
