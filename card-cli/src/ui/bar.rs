//! Progress bar on stderr; silent when stderr is not a terminal.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr;

use crate::progress::Meter;

/// A line at the terminal that says how much of a work is done, and is gone when it is dropped.
pub(crate) struct Bar {
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

impl Bar {
    /// Begins a work of this size, in whatever is counted; nothing is drawn where it is not `wanted`.
    pub(crate) fn new(wanted: bool, label: String, total: u64) -> Self {
        Self {
            watched: wanted && io::stderr().is_terminal(),
            label,
            total,
            done: 0,
            begun: Instant::now(),
            drawn: None,
        }
    }

    fn draw(&self) {
        let (bar, percent) = bar(self.done, self.total);
        let line = format!("\r{} [{bar}] {percent:3} %", self.label);
        let _ = write!(io::stderr().lock(), "{line}");
    }
}

impl Meter for Bar {
    fn add(&mut self, more: u64) {
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

impl Drop for Bar {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let blank = " ".repeat(self.label.width() + WIDTH + 12);
            let _ = write!(io::stderr().lock(), "\r{blank}\r");
        }
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
