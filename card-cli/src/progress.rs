//! Progress of long work: what a job tells its front, and how it hears that it should stop.

use std::any::Any;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'s> {
    /// Reading this file, in bytes.
    Read(&'s Path),
    /// Judging files, in files.
    Judge,
    /// Letting the card sign, in files. What is told of it may not wait: the card is open.
    Sign,
    /// Stamping and writing what was signed, in files.
    Keep,
    /// Writing this file, in bytes.
    Write(&'s Path),
}

/// How much of a step is done; the step is over when it is dropped.
pub(crate) trait Meter {
    /// So much more is done.
    fn add(&mut self, more: u64);
}

/// The front of long work.
pub(crate) trait Watch {
    /// Begins a step of this size.
    fn step(&self, step: Step<'_>, total: u64) -> Box<dyn Meter>;

    /// Whether the work was told to stop.
    fn stopped(&self) -> bool;

    /// While the value lives, the process does not end at the first signal: files are written.
    fn hold(&self) -> Box<dyn Any>;
}

/// A reader whose progress is told, and that ends when the work was told to stop.
pub(crate) struct Watched<'w, R> {
    reader: R,
    meter: Box<dyn Meter>,
    stop: Option<&'w dyn Watch>,
}

impl<'w, R> Watched<'w, R> {
    /// Watches a reader; without `stop` it reads to its end whatever the work is told.
    pub(crate) fn new(reader: R, meter: Box<dyn Meter>, stop: Option<&'w dyn Watch>) -> Self {
        Self {
            reader,
            meter,
            stop,
        }
    }
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_some_and(Watch::stopped) {
            return Err(io::Error::other("told to stop"));
        }
        let read = self.reader.read(buffer)?;
        self.meter.add(read as u64);
        Ok(read)
    }
}

impl<R: Seek> Seek for Watched<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.reader.seek(to)
    }
}

/// A front for tests: it watches nothing and stops nothing.
#[cfg(test)]
pub(crate) struct Unwatched;

#[cfg(test)]
impl Watch for Unwatched {
    fn step(&self, _: Step<'_>, _: u64) -> Box<dyn Meter> {
        Box::new(Self)
    }

    fn stopped(&self) -> bool {
        false
    }

    fn hold(&self) -> Box<dyn Any> {
        Box::new(())
    }
}

#[cfg(test)]
impl Meter for Unwatched {
    fn add(&mut self, _: u64) {}
}
