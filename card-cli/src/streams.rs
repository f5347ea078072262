//! Standard output and standard error of the process.

use std::io::{self, Write};

use serde::Serialize;

use crate::wrap::fitted;

/// JSON as one document with a line end.
pub(crate) fn document(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

/// Writes to standard output. A closed pipe is not an error: the reader has read enough.
pub(crate) fn write_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Says something on standard error that is no result: marks, notes, waiting.
pub(crate) fn note(text: &str) {
    // A closed standard error takes nothing away from the work.
    let _ = writeln!(io::stderr().lock(), "{}", fitted(text, io::stderr()));
}
