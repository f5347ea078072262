//! Progress bar on stderr; silent when stderr is not a terminal.

use std::io::{self, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr;

use crate::program::Program;
use crate::signals::Signals;

/// A line at the terminal that says how much of a work is done, and is gone when it is dropped.
pub(crate) struct Progress {
    watched: bool,
    label: String,
    total: u64,
    done: u64,
    begun: Instant,
    /// When it was drawn last.
    drawn: Option<Instant>,
}

/// What takes no longer than this needs no line.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two drawings.
const PAUSE: Duration = Duration::from_millis(100);
const WIDTH: usize = 24;

impl Progress {
    /// Begins a work of this size, in whatever is counted.
    pub(crate) fn new(program: &Program, label: String, total: u64) -> Self {
        Self {
            watched: !program.global.json && io::stderr().is_terminal(),
            label,
            total,
            done: 0,
            begun: Instant::now(),
            drawn: None,
        }
    }

    /// So much more is done.
    pub(crate) fn add(&mut self, more: u64) {
        self.done += more;
        let due = match self.drawn {
            Some(drawn) => drawn.elapsed() >= PAUSE,
            None => self.begun.elapsed() >= PATIENCE,
        };
        if self.watched && due {
            self.drawn = Some(Instant::now());
            self.draw();
        }
    }

    fn draw(&self) {
        let (bar, percent) = bar(self.done, self.total);
        let line = format!("\r{} [{bar}] {percent:3} %", self.label);
        let _ = write!(io::stderr().lock(), "{line}");
    }
}

/// Of a bar, what is done and what is not, and the same in hundredths.
fn bar(done: u64, total: u64) -> (String, u64) {
    let percent = done
        .saturating_mul(100)
        .checked_div(total)
        .unwrap_or(100)
        .min(100);
    let full = usize::try_from(percent).unwrap_or(100) * WIDTH / 100;
    ("#".repeat(full) + &".".repeat(WIDTH - full), percent)
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let blank = " ".repeat(self.label.width() + WIDTH + 12);
            let _ = write!(io::stderr().lock(), "\r{blank}\r");
        }
    }
}

/// A reader whose progress is told, and that ends when we are told to stop.
pub(crate) struct Watched<'w, R> {
    reader: R,
    progress: &'w mut Progress,
    signals: Option<&'w Signals>,
}

impl<'w, R> Watched<'w, R> {
    /// Watches a reader; without signals it reads to its end whatever we are told.
    pub(crate) fn new(reader: R, progress: &'w mut Progress, signals: Option<&'w Signals>) -> Self {
        Self {
            reader,
            progress,
            signals,
        }
    }
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.signals.is_some_and(Signals::interrupted) {
            return Err(io::Error::other("told to stop"));
        }
        let read = self.reader.read(buffer)?;
        self.progress.add(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars() {
        assert_eq!(bar(0, 10), (".".repeat(WIDTH), 0));
        assert_eq!(bar(5, 10).0, "#".repeat(12) + &".".repeat(12));
        assert_eq!(bar(10, 10), ("#".repeat(WIDTH), 100));
        // A file that grew, and one that is empty.
        assert_eq!(bar(11, 10).1, 100);
        assert_eq!(bar(0, 0).1, 100);
    }
}
