//! Places for files: looked at before the card is asked anything; files appear whole or not at all,
//! never over an existing one unless asked.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use card_core::{Error, owner_only};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use tempfile::{Builder, NamedTempFile};

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::progress::Watch;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privacy {
    /// Its owner only: anything about a person.
    Owner,
    /// As the process's umask allows.
    Anybody,
}

/// A place for a file that has been looked at and found good.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    kind: PlaceKind,
    privacy: Privacy,
}

#[derive(Debug, PartialEq, Eq)]
enum PlaceKind {
    New,
    Replace,
    /// A device or a pipe, which is written where it stands.
    Special,
}

impl Place {
    /// Looks at a place: nothing is there unless `force`, and its folder can be written.
    ///
    /// Leaves nothing behind.
    pub(crate) fn look(path: &Path, force: bool, privacy: Privacy) -> Result<Self, Failure> {
        let unwritable =
            |error: &io::Error| Failure::file(ProgramError::OutputUnwritable, path, error);
        let (path, kind) = match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                return Err(unwritable(&io::ErrorKind::IsADirectory.into()));
            }
            Ok(found) if !found.is_file() => (path.to_owned(), PlaceKind::Special),
            Ok(_) if force => {
                // Through a link, so that the file it names is replaced and not the link.
                (
                    fs::canonicalize(path).map_err(|error| unwritable(&error))?,
                    PlaceKind::Replace,
                )
            }
            Ok(_) => return Err(exists(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A dangling link: writing would create a file in an unexpected place.
                if fs::symlink_metadata(path).is_ok() {
                    return Err(exists(path));
                }
                (path.to_owned(), PlaceKind::New)
            }
            Err(error) => return Err(unwritable(&error)),
        };
        let place = Self {
            path,
            kind,
            privacy,
        };
        if place.kind != PlaceKind::Special {
            place.temporary().map_err(|error| unwritable(&error))?;
        }
        Ok(place)
    }

    /// The path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file appear with these bytes.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.fill(|out| out.write_all(bytes).map_err(Stopped::Io))
    }

    /// Makes the file appear with what is written, or not at all if that stops.
    pub(crate) fn fill(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), Stopped>,
    ) -> Result<(), Failure> {
        self.told(self.try_fill(write))
    }

    /// As [`Self::fill`]; waiting for the reader of a pipe ends when the work is told to stop.
    pub(crate) fn fill_watched(
        &self,
        watch: &dyn Watch,
        write: impl FnOnce(&mut dyn Write) -> Result<(), Stopped>,
    ) -> Result<(), Failure> {
        if self.kind != PlaceKind::Special {
            return self.fill(write);
        }
        let mut ended = false;
        let written = Sink::open(&self.path, watch, &mut ended)
            .map_err(Stopped::Io)
            .and_then(|mut sink| write(&mut sink));
        match ended {
            true => Err(Error::Cancelled.into()),
            false => self.told(written),
        }
    }

    fn told(&self, written: Result<(), Stopped>) -> Result<(), Failure> {
        match written {
            Ok(()) => Ok(()),
            Err(Stopped::Failed(failure)) => Err(failure),
            Err(Stopped::Io(error)) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(exists(&self.path))
            }
            // A closed pipe: the reader has read enough.
            Err(Stopped::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(Stopped::Io(error)) => Err(Failure::file(
                ProgramError::OutputUnwritable,
                &self.path,
                &error,
            )),
        }
    }

    fn try_fill(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        if self.kind == PlaceKind::Special {
            let mut file = fs::OpenOptions::new().write(true).open(&self.path)?;
            return write(&mut file);
        }
        let mut file = BufWriter::with_capacity(PIECE, self.temporary()?);
        write(&mut file)?;
        let file = file.into_inner().map_err(|error| error.into_error())?;
        file.as_file().sync_all()?;
        let persisted = match self.kind {
            PlaceKind::Replace => file.persist(&self.path),
            _ => file.persist_noclobber(&self.path),
        };
        persisted
            .map(drop)
            .map_err(|error| Stopped::Io(error.error))
    }

    fn temporary(&self) -> io::Result<NamedTempFile> {
        let make = |path: &Path| match self.privacy {
            Privacy::Owner => owner_only::create(path),
            Privacy::Anybody => File::create_new(path),
        };
        Builder::new()
            .prefix(".mynacard-")
            .make_in(folder(&self.path), make)
    }
}

/// A device or a pipe that is written; each wait for its reader ends when the work is told to stop.
struct Sink<'w> {
    file: File,
    watch: &'w dyn Watch,
    /// Whether a wait ended so.
    ended: &'w mut bool,
}

/// How soon a wait notices that it should stop.
const BEAT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

impl<'w> Sink<'w> {
    fn open(path: &Path, watch: &'w dyn Watch, ended: &'w mut bool) -> io::Result<Self> {
        let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        loop {
            match rustix::fs::open(path, flags, Mode::empty()) {
                Ok(file) => {
                    let file = File::from(file);
                    return Ok(Self { file, watch, ended });
                }
                // A pipe that nobody reads yet.
                Err(Errno::NXIO) if fs::metadata(path)?.file_type().is_fifo() => {
                    pause(watch, ended, &mut [])?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Waits for a moment, or for one of these.
fn pause(watch: &dyn Watch, ended: &mut bool, places: &mut [PollFd<'_>]) -> io::Result<()> {
    if watch.stopped() {
        *ended = true;
        return Err(io::Error::other("told to stop"));
    }
    match poll(places, Some(&BEAT)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match (&self.file).write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut pipe = [PollFd::new(&self.file, PollFlags::OUT)];
                    pause(self.watch, self.ended, &mut pipe)?;
                }
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why a file was not written to its end.
pub(crate) enum Stopped {
    /// The place did not take it.
    Io(io::Error),
    /// There is nothing right to write.
    Failed(Failure),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// How much of a file is in memory at once.
pub(crate) const PIECE: usize = 64 * 1024;

/// The folder of a path; a bare name is in the current one.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes a file that grows while the program works, for its owner only, never over another.
pub(crate) fn create_private(path: &Path) -> Result<File, Failure> {
    owner_only::create(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => Failure::file(ProgramError::OutputUnwritable, path, &error),
    })
}

/// Something is where something should be written.
pub(crate) fn exists(path: &Path) -> Failure {
    Failure::from(ProgramError::OutputExists(path.into()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_appear_whole_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("署名.sig");
        let place = Place::look(&path, false, Privacy::Anybody).unwrap();
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            0,
            "looking leaves nothing"
        );
        place.write(b"one").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(place.write(b"two").unwrap_err().code(), "output.exists");
        let looked = Place::look(&path, false, Privacy::Anybody);
        assert_eq!(looked.unwrap_err().code(), "output.exists");
        Place::look(&path, true, Privacy::Owner)
            .unwrap()
            .write(b"three")
            .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing else is left"
        );
    }

    #[test]
    fn places_that_cannot_be_written_are_found_by_looking() {
        let folder = tempfile::tempdir().unwrap();
        let code = |path: &Path| Place::look(path, true, Privacy::Owner).unwrap_err().code();
        assert_eq!(code(folder.path()), "output.unwritable");
        assert_eq!(
            code(&folder.path().join("missing/file")),
            "output.unwritable"
        );
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert_eq!(code(&link), "output.exists");
    }
}
