//! Files that are read. Waiting for a pipe, and reading one that has no end, stop when the work is
//! told to stop.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::progress::Watch;

/// A file, a pipe or a device.
pub(crate) struct Source<'w> {
    file: File,
    watch: &'w dyn Watch,
    /// Whether it may keep its reader waiting.
    waits: bool,
}

impl<'w> Source<'w> {
    /// Opens a file; of a pipe that nobody writes to yet, [`Self::read`] waits for the writer.
    pub(crate) fn open(path: &Path, watch: &'w dyn Watch) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        let waits = !file.metadata()?.is_file();
        Ok(Self { file, watch, waits })
    }

    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// The file itself, which keeps nobody waiting.
    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// Waits until a pipe can be read; whether it can.
    fn is_ready(&self) -> io::Result<bool> {
        let mut pipe = [PollFd::new(&self.file, PollFlags::IN)];
        match poll(&mut pipe, Some(&BEAT)) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.watch.stopped() {
                return Err(io::Error::other("told to stop"));
            }
            if self.waits && !self.is_ready()? {
                continue;
            }
            match self.file.read(buffer) {
                // Another reader of the pipe was first.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}

/// All of a file, at most this many bytes.
///
/// # Errors
///
/// `input.unreadable`, also where it is longer; `operation.cancelled`.
pub(crate) fn whole(path: &Path, most: u64, watch: &dyn Watch) -> Result<Vec<u8>, Failure> {
    let read = Source::open(path, watch).and_then(|source| read_all(source, most));
    read.map_err(|error| unreadable(path, &error, watch))
}

/// All that is left, at most this many bytes; [`io::ErrorKind::FileTooLarge`] where there is more.
pub(crate) fn read_all(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

/// Why a file was not read.
pub(crate) fn unreadable(path: &Path, error: &io::Error, watch: &dyn Watch) -> Failure {
    match watch.stopped() {
        true => card_core::Error::Cancelled.into(),
        false => Failure::file(ProgramError::InputUnreadable, path, error),
    }
}

/// How soon a wait notices that it should stop.
const BEAT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};
