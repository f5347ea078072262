//! A file to sign: read once before any question, and compared again before it is signed.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use card_core::digest::Hasher;
use card_core::{Digest, HashAlgorithm};
use card_sign::SignError;
use card_sign::report::Reason;

use crate::documents;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::place::PIECE;
use crate::progress::{Step, Watch, Watched};
use crate::source::Source;

/// One file as it was when it was read.
pub(super) struct Input {
    /// `-` is standard input.
    pub(super) path: PathBuf,
    pub(super) size: u64,
    pub(super) sha256: Digest,
    /// Only of what cannot be read again.
    sha384: Option<Digest>,
    held: Held,
    /// What tells that the file is still the same; none of a stream.
    mark: Option<Mark>,
}

/// What a format needs of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Its digest alone.
    Digest,
    /// To read it once more.
    Again,
    /// All of it in memory.
    Bytes,
}

/// How large a file of a format may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    /// In bytes.
    pub(super) most: u64,
    /// What a larger one breaks, where the format has a rule for it.
    pub(super) reason: Option<Reason>,
}

/// What is kept of a file.
enum Held {
    Nothing,
    /// A stream, in an unnamed temporary file.
    Spool(File),
    Bytes(Vec<u8>),
}

/// What changes when a file does.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    length: u64,
    modified: (i64, i64),
    inode: (u64, u64),
}

impl Mark {
    fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            inode: (metadata.dev(), metadata.ino()),
        }
    }
}

impl Input {
    /// Reads a file, or the stream that stands for it.
    ///
    /// One that is larger than the format allows is refused by its length alone; of a stream no
    /// more is read than tells so.
    pub(super) fn read(
        path: &Path,
        stream: Option<Box<dyn Read>>,
        need: Need,
        limit: Option<Limit>,
        watch: &dyn Watch,
    ) -> Result<Self, Failure> {
        let most = limit.map_or(u64::MAX, |limit| limit.most);
        Self::try_read(path, stream, (need, most), watch)
            .map_err(|error| match limit.and_then(|limit| limit.reason) {
                Some(reason) if error.kind() == io::ErrorKind::FileTooLarge => {
                    documents::sign_failure(SignError::Document(reason), path)
                }
                _ => Failure::file(ProgramError::InputUnreadable, path, &error),
            })?
            .ok_or_else(|| changed(path))
    }

    /// `None` if the file changed while it was read.
    fn try_read(
        path: &Path,
        stream: Option<Box<dyn Read>>,
        wanted: (Need, u64),
        watch: &dyn Watch,
    ) -> io::Result<Option<Self>> {
        if let Some(mut stream) = stream {
            return Self::from(path, &mut *stream, None, wanted, watch).map(Some);
        }
        let mut file = Source::open(path, watch)?;
        let metadata = file.metadata()?;
        let mark = metadata.is_file().then(|| Mark::of(&metadata));
        let input = Self::from(path, &mut file, mark, wanted, watch)?;
        let after = Mark::of(&file.metadata()?);
        let same = mark.is_none_or(|mark| mark == after && mark.length == input.size);
        Ok(same.then_some(input))
    }

    fn from(
        path: &Path,
        reader: &mut dyn Read,
        mark: Option<Mark>,
        (need, most): (Need, u64),
        watch: &dyn Watch,
    ) -> io::Result<Self> {
        if mark.is_some_and(|mark| mark.length > most) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut sha256 = Hasher::new(HashAlgorithm::Sha256);
        let once = mark.is_none() && need == Need::Digest;
        let mut sha384 = once.then(|| Hasher::new(HashAlgorithm::Sha384));
        let mut held = match (need, mark) {
            (Need::Bytes, _) => Held::Bytes(Vec::new()),
            (Need::Again, None) => Held::Spool(tempfile::tempfile()?),
            _ => Held::Nothing,
        };
        let meter = watch.step(Step::Read(path), mark.map_or(0, |mark| mark.length));
        let mut reader = Watched::new(reader, meter, Some(watch));
        let mut piece = vec![0; PIECE];
        let mut size = 0;
        loop {
            let read = match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let piece = piece.get(..read).unwrap_or_default();
            size += read as u64;
            if size > most {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            sha256.update(piece);
            if let Some(sha384) = &mut sha384 {
                sha384.update(piece);
            }
            match &mut held {
                Held::Nothing => {}
                Held::Spool(file) => file.write_all(piece)?,
                Held::Bytes(bytes) => bytes.extend_from_slice(piece),
            }
        }
        Ok(Self {
            path: path.to_owned(),
            size,
            sha256: sha256.finish(),
            sha384: sha384.map(Hasher::finish),
            held,
            mark,
        })
    }

    /// All of it; empty unless it was read for its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.held {
            Held::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    /// The name without its folder.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Fails if size, time or inode are no longer those that were read.
    pub(super) fn unchanged(&self) -> Result<(), Failure> {
        let now = || fs::metadata(&self.path).ok().map(|now| Mark::of(&now));
        match self.mark {
            Some(mark) if now() != Some(mark) => Err(changed(&self.path)),
            _ => Ok(()),
        }
    }

    /// Reads it once more.
    pub(super) fn reader(&self) -> Result<Box<dyn Read + '_>, Failure> {
        let again = || -> io::Result<Option<Box<dyn Read + '_>>> {
            Ok(match (&self.held, self.mark) {
                (Held::Bytes(bytes), _) => Some(Box::new(bytes.as_slice())),
                (Held::Spool(file), _) => {
                    let mut file = file.try_clone()?;
                    file.rewind()?;
                    Some(Box::new(file))
                }
                (Held::Nothing, Some(mark)) => {
                    let file = File::open(&self.path)?;
                    let same = Mark::of(&file.metadata()?) == mark;
                    same.then(|| Box::new(file) as Box<dyn Read>)
                }
                (Held::Nothing, None) => None,
            })
        };
        again()
            .map_err(|error| self.unreadable(&error))?
            .ok_or_else(|| changed(&self.path))
    }

    /// The digest of what was read, by the function that the key wants.
    pub(super) fn digest(&self, hash: HashAlgorithm) -> Result<Digest, Failure> {
        match (hash, &self.sha384) {
            (HashAlgorithm::Sha256, _) => return Ok(self.sha256),
            (HashAlgorithm::Sha384, Some(sha384)) => return Ok(*sha384),
            _ => {}
        }
        let mut hasher = Hasher::new(hash);
        self.pass(|reader| {
            let copied = io::copy(reader, &mut hasher);
            copied.map(drop).map_err(|error| self.unreadable(&error))
        })?;
        Ok(hasher.finish())
    }

    /// Lets what was read pass by once more; fails if it is not byte for byte the same.
    pub(super) fn pass<T>(
        &self,
        work: impl FnOnce(&mut dyn Read) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut reader = Hashed {
            reader: self.reader()?,
            hasher: Hasher::new(HashAlgorithm::Sha256),
        };
        let done = work(&mut reader)?;
        // The reader may have closed the pipe.
        let rest = io::copy(&mut reader, &mut io::sink());
        rest.map_err(|error| self.unreadable(&error))?;
        match reader.hasher.finish() == self.sha256 {
            true => Ok(done),
            false => Err(changed(&self.path)),
        }
    }

    /// Reading it failed.
    pub(super) fn unreadable(&self, error: &io::Error) -> Failure {
        Failure::file(ProgramError::InputUnreadable, &self.path, error)
    }
}

/// A reader that knows what passed.
struct Hashed<R> {
    reader: R,
    hasher: Hasher,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

fn changed(path: &Path) -> Failure {
    Failure::from(ProgramError::InputChanged(path.into()))
}
