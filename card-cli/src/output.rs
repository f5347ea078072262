//! Output of the program: text and JSON on standard output, notes on standard error.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

pub(crate) use crate::display::{capital, hex, printable, table};
use crate::error::ProgramError;
use crate::exit::Failure;
pub(crate) use crate::place::{Place, Privacy, Stopped};
pub(crate) use crate::streams::note;
use crate::streams::{document, write_stdout};
use crate::texts::Texts;
use crate::wrap::fitted;

/// What a command found out or did, for a person and for a program.
pub(crate) trait Report: Serialize {
    /// The command's name in `mynacard.NAME/1`.
    const NAME: &str;

    /// For a person; ends with a line end.
    fn text(&self, texts: &Texts) -> String;
}

/// A report with what every command says.
#[derive(Serialize)]
struct Envelope<'a, R> {
    schema: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulated: Option<bool>,
    #[serde(flatten)]
    report: &'a R,
    #[serde(flatten)]
    cost: Option<Cost>,
}

/// What a command cost at the card.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Cost {
    /// Commands that left for the card.
    pub(crate) exchanges: usize,
    /// PINs presented, right or wrong.
    pub(crate) presented: usize,
}

/// A conversation with a card that is reported on.
pub(crate) trait AtCard {
    /// Whether the card is a simulated one in this process.
    fn is_simulated(&self) -> bool;

    /// What the conversation cost so far.
    fn cost(&self) -> Cost;
}

/// A report as one JSON document with a line end.
pub(crate) fn json<R: Report>(
    report: &R,
    simulated: Option<bool>,
    cost: Option<Cost>,
) -> Result<Vec<u8>, Failure> {
    let schema = format!("mynacard.{}/1", R::NAME);
    document(&Envelope {
        schema,
        simulated,
        report,
        cost,
    })
    .map_err(|error| stdout_failed(&error.into()))
}

/// Writes bytes to standard output, as requested.
pub(crate) fn show_bytes(bytes: &[u8]) -> Result<(), Failure> {
    write_stdout(bytes).map_err(|error| stdout_failed(&error))
}

/// Writes a text for people to standard output, as wide as a terminal.
pub(crate) fn show_text(text: &str) -> Result<(), Failure> {
    show_bytes(fitted(text, io::stdout()).as_bytes())
}

/// Writes to standard output what `write` writes.
pub(crate) fn show_filled(
    write: impl FnOnce(&mut dyn Write) -> Result<(), Stopped>,
) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = write(&mut stdout).and_then(|()| stdout.flush().map_err(Stopped::Io));
    match written {
        Ok(()) => Ok(()),
        Err(Stopped::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Stopped::Io(error)) => Err(stdout_failed(&error)),
        Err(Stopped::Failed(failure)) => Err(failure),
    }
}

pub(crate) fn stdout_failed(error: &io::Error) -> Failure {
    Failure::file(ProgramError::OutputUnwritable, Path::new("stdout"), error)
}
