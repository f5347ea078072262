//! Nonces: numbers used once, and where a service remembers which are out.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use thiserror::Error;

use crate::digest::{Digest, HashAlgorithm};
use crate::domain::date::UtcTime;

/// A nonce (ノンス) in its text form, which is what gets hashed.
///
/// At least 44 characters of Base64, standard or URL-safe: the length of 256 bits. Whether they
/// are random is for the service to see to; [`NonceStore::issue`] does. Debug shows nothing: who
/// reads an outstanding nonce in a log can use it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Nonce(String);

impl Nonce {
    /// How long a nonce is good, in seconds.
    pub const LIFETIME: i64 = 5 * 60;

    /// Takes a nonce that a service has made.
    ///
    /// # Errors
    ///
    /// `nonce.invalid`.
    pub fn parse(text: &str) -> Result<Nonce, NonceShape> {
        match text.len() {
            ..44 => return Err(NonceShape::TooShort),
            129.. => return Err(NonceShape::TooLong),
            _ => {}
        }
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
        let digits = text
            .strip_suffix("==")
            .or(text.strip_suffix('='))
            .unwrap_or(text);
        if !digits.bytes().all(base64) {
            return Err(NonceShape::NotBase64);
        }
        Ok(Nonce(text.to_owned()))
    }

    /// Makes one of 32 random bytes: 44 characters.
    ///
    /// # Errors
    ///
    /// [`NonceProblem::NoRandomness`].
    pub fn random() -> Result<Nonce, NonceProblem> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| NonceProblem::NoRandomness)?;
        Ok(Nonce(BASE64_STANDARD.encode(bytes)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key under which stores keep it: its SHA-256 digest. A store that can be read then gives
    /// no nonce away, and comparing takes the same time for every guess.
    #[must_use]
    pub fn key(&self) -> Digest {
        Digest::of(HashAlgorithm::Sha256, self.0.as_bytes())
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(..)")
    }
}

/// Why a text is no nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NonceShape {
    /// Under 44 characters, so under 256 bits: it could be guessed or met twice.
    #[error("a nonce has at least 44 characters")]
    TooShort,
    /// Over 128 characters, which Web eID does not carry.
    #[error("a nonce has at most 128 characters")]
    TooLong,
    /// A character that is none of Base64.
    #[error("a nonce is written in Base64")]
    NotBase64,
}

impl NonceShape {
    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "nonce.invalid"
    }
}

/// Remembers which nonces are out.
///
/// Consuming is atomic: of any number of requests with one nonce, at the same moment or later, at
/// most one gets through. A service with several machines brings a store of its own.
pub trait NonceStore {
    /// Remembers a nonce from now on.
    ///
    /// # Errors
    ///
    /// [`NonceProblem::Full`], [`NonceProblem::Store`].
    fn remember(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem>;

    /// Forgets a nonce, whatever comes of the request that brought it.
    ///
    /// # Errors
    ///
    /// [`NonceProblem::Unknown`] if it is not out, or not any more; [`NonceProblem::Expired`];
    /// [`NonceProblem::Store`].
    fn consume(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem>;

    /// Makes a nonce and remembers it.
    ///
    /// # Errors
    ///
    /// As [`NonceStore::remember`]; [`NonceProblem::NoRandomness`].
    fn issue(&self, now: UtcTime) -> Result<Nonce, NonceProblem> {
        let nonce = Nonce::random()?;
        self.remember(&nonce, now)?;
        Ok(nonce)
    }
}

/// Why a nonce was not remembered or does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NonceProblem {
    /// It was never issued, or was used before.
    #[error("the nonce was not issued here or was used before")]
    Unknown,
    /// It is older than [`Nonce::LIFETIME`].
    #[error("the nonce has expired")]
    Expired,
    /// As many nonces are out as the store may hold.
    #[error("too many nonces are out")]
    Full,
    /// The store cannot be read or written.
    #[error("the nonces cannot be read or written: {0}")]
    Store(io::ErrorKind),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl NonceProblem {
    /// Every code that [`NonceProblem::code`] can give.
    pub const CODES: &'static [&'static str] = &[
        "nonce.expired",
        "nonce.full",
        "nonce.store",
        "nonce.unknown",
        "random.none",
    ];

    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            NonceProblem::Unknown => "nonce.unknown",
            NonceProblem::Expired => "nonce.expired",
            NonceProblem::Full => "nonce.full",
            NonceProblem::Store(_) => "nonce.store",
            NonceProblem::NoRandomness => "random.none",
        }
    }
}

/// Nonces in memory: for a service that is one process.
///
/// Every operation takes the same time however many are out; each takes about 100 bytes. Never
/// holds more than its capacity: a flood of challenges is refused, and pushes out nobody's login.
#[derive(Debug)]
pub struct MemoryNonces {
    capacity: usize,
    out: Mutex<Outstanding>,
}

#[derive(Default)]
struct Outstanding {
    /// When each ends.
    ends: HashMap<[u8; 32], i64>,
    /// All of them, used ones too, in the order of their ends, which is that of their issue.
    queue: VecDeque<([u8; 32], i64)>,
}

impl fmt::Debug for Outstanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} outstanding", self.ends.len())
    }
}

impl MemoryNonces {
    /// A store for at most so many nonces within twice their lifetime, used ones included.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            out: Mutex::default(),
        }
    }
}

impl NonceStore for MemoryNonces {
    fn remember(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now.unix();
        // Kept for a second lifetime, to tell who comes late from who was never here.
        while let Some((key, end)) = out.queue.front().copied()
            && end + Nonce::LIFETIME < now
        {
            out.queue.pop_front();
            out.ends.remove(&key);
        }
        if out.queue.len() >= self.capacity {
            return Err(NonceProblem::Full);
        }
        let (key, end) = (short(nonce), now.saturating_add(Nonce::LIFETIME));
        // One that is out already keeps its end.
        if out.ends.contains_key(&key) {
            return Ok(());
        }
        out.ends.insert(key, end);
        out.queue.push_back((key, end));
        Ok(())
    }

    fn consume(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let end = out.ends.remove(&short(nonce));
        in_time(end.ok_or(NonceProblem::Unknown)?, now)
    }
}

/// Nonces in a folder: one file each, readable by its owner only, removed when used.
///
/// For programs that are started anew for each request. The names of the files are hashes: who
/// can list the folder learns no nonce. Whose removal succeeds has the nonce, so the file system
/// decides races, also between processes.
#[derive(Debug)]
pub struct FolderNonces {
    folder: PathBuf,
    swept: Mutex<Option<i64>>,
}

impl FolderNonces {
    /// Opens a folder, and makes it for its owner only if it is not there.
    ///
    /// # Errors
    ///
    /// Those of the file system; [`io::ErrorKind::PermissionDenied`] if others may write there.
    pub fn open(folder: &Path) -> io::Result<Self> {
        make_private_folder(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            swept: Mutex::new(None),
        })
    }

    fn file(&self, nonce: &Nonce) -> PathBuf {
        let key = nonce.key();
        let name = key
            .as_bytes()
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        self.folder.join(name).with_extension(EXTENSION)
    }

    /// Removes what ended more than a lifetime ago, at most once in a lifetime.
    fn sweep(&self, now: i64) {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.is_some_and(|last| (last..last + Nonce::LIFETIME).contains(&now)) {
            return;
        }
        *swept = Some(now);
        let Ok(files) = fs::read_dir(&self.folder) else {
            return;
        };
        for file in files.flatten().map(|entry| entry.path()) {
            let ours = file
                .extension()
                .is_some_and(|extension| extension == EXTENSION);
            if ours && read_end(&file).is_ok_and(|end| end + Nonce::LIFETIME < now) {
                // What another process removed first is gone all the same.
                let _ = fs::remove_file(file);
            }
        }
    }
}

impl NonceStore for FolderNonces {
    fn remember(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let store = |error: io::Error| NonceProblem::Store(error.kind());
        self.sweep(now.unix());
        let end = now.unix().saturating_add(Nonce::LIFETIME);
        let mut file = private_file(&self.file(nonce)).map_err(store)?;
        write!(file, "{end}").map_err(store)
    }

    fn consume(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let gone = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => NonceProblem::Unknown,
            kind => NonceProblem::Store(kind),
        };
        let file = self.file(nonce);
        let end = read_end(&file).map_err(gone)?;
        // Only one of all who have read it can remove it.
        fs::remove_file(&file).map_err(gone)?;
        in_time(end, now)
    }
}

fn in_time(end: i64, now: UtcTime) -> Result<(), NonceProblem> {
    if now.unix() <= end {
        Ok(())
    } else {
        Err(NonceProblem::Expired)
    }
}

fn short(nonce: &Nonce) -> [u8; 32] {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(nonce.key().as_bytes()) {
        *to = *from;
    }
    key
}

/// A file that was cut off while it was written never counts: it ended long ago.
fn read_end(file: &Path) -> io::Result<i64> {
    Ok(fs::read_to_string(file)?.parse().unwrap_or(0))
}

/// Makes a file that only its owner can read, if there is none of this name.
pub(super) fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder for its owner only, if it is not there; refuses one where others may write.
pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&fs::metadata(path)?) & 0o022 != 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(())
}

const EXTENSION: &str = "nonce";

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn at(second: i64) -> UtcTime {
        UtcTime::from_unix(1_795_564_800 + second).unwrap()
    }

    fn stores(test: impl Fn(&(dyn NonceStore + Sync))) {
        test(&MemoryNonces::new(100_000));
        let folder = tempfile::tempdir().unwrap();
        test(&FolderNonces::open(&folder.path().join("made/here")).unwrap());
    }

    #[test]
    fn the_shape_of_a_nonce() {
        let of = |length| "A".repeat(length);
        assert_eq!(Nonce::parse(&of(43)), Err(NonceShape::TooShort));
        assert!(Nonce::parse(&of(44)).is_ok() && Nonce::parse(&of(128)).is_ok());
        assert_eq!(Nonce::parse(&of(129)), Err(NonceShape::TooLong));
        for good in ["+/", "-_", "A=", "=="] {
            assert!(Nonce::parse(&(of(44) + good)).is_ok(), "{good}");
        }
        for bad in [" ", "\n", "=A", "A===", "é", "\"", "\0"] {
            assert_eq!(
                Nonce::parse(&(of(44) + bad)),
                Err(NonceShape::NotBase64),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn random_ones_differ_and_have_44_characters() {
        let (one, other) = (Nonce::random().unwrap(), Nonce::random().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), 44);
        assert_eq!(Nonce::parse(one.as_str()), Ok(one));
    }

    #[test]
    fn a_nonce_counts_once_and_for_five_minutes() {
        stores(|store| {
            let nonce = store.issue(at(0)).unwrap();
            assert_eq!(store.consume(&nonce, at(300)), Ok(()));
            assert_eq!(store.consume(&nonce, at(300)), Err(NonceProblem::Unknown));
            let late = store.issue(at(0)).unwrap();
            assert_eq!(store.consume(&late, at(301)), Err(NonceProblem::Expired));
            assert_eq!(store.consume(&late, at(1)), Err(NonceProblem::Unknown));
            let foreign = Nonce::random().unwrap();
            assert_eq!(store.consume(&foreign, at(0)), Err(NonceProblem::Unknown));
        });
    }

    #[test]
    fn late_ones_are_told_from_foreign_ones_for_a_while_and_then_forgotten() {
        stores(|store| {
            let first = store.issue(at(0)).unwrap();
            let second = store.issue(at(0)).unwrap();
            store.issue(at(600)).unwrap();
            assert_eq!(store.consume(&first, at(600)), Err(NonceProblem::Expired));
            store.issue(at(1200)).unwrap();
            assert_eq!(store.consume(&second, at(1200)), Err(NonceProblem::Unknown));
        });
    }

    #[test]
    fn memory_is_bounded() {
        let store = MemoryNonces::new(2);
        let nonce = store.issue(at(0)).unwrap();
        store.issue(at(0)).unwrap();
        assert_eq!(store.issue(at(0)), Err(NonceProblem::Full));
        // A used one still takes its place, until its time is over: use makes no room for a flood.
        store.consume(&nonce, at(0)).unwrap();
        assert_eq!(store.issue(at(600)), Err(NonceProblem::Full));
        assert!(store.issue(at(601)).is_ok());
    }

    #[test]
    fn of_ten_thousand_races_each_has_one_winner() {
        const RACES: usize = 10_000;
        const RUNNERS: usize = 3;
        stores(|store| {
            let nonces: Vec<Nonce> = (0..RACES).map(|_| store.issue(at(0)).unwrap()).collect();
            let wins: Vec<AtomicUsize> = (0..RACES).map(|_| AtomicUsize::new(0)).collect();
            let start = Barrier::new(RUNNERS);
            std::thread::scope(|scope| {
                for _ in 0..RUNNERS {
                    scope.spawn(|| {
                        start.wait();
                        for (nonce, wins) in nonces.iter().zip(&wins) {
                            match store.consume(nonce, at(1)) {
                                Ok(()) => drop(wins.fetch_add(1, Ordering::Relaxed)),
                                Err(problem) => assert_eq!(problem, NonceProblem::Unknown),
                            }
                        }
                    });
                }
            });
            assert!(wins.iter().all(|wins| wins.load(Ordering::Relaxed) == 1));
        });
    }

    #[cfg(unix)]
    #[test]
    fn files_are_their_owners_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("nonces");
        let store = FolderNonces::open(&inner).unwrap();
        let nonce = store.issue(at(0)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&inner), 0o700);
        let file = fs::read_dir(&inner).unwrap().next().unwrap().unwrap();
        assert_eq!(mode(&file.path()), 0o600);
        assert!(!file.file_name().to_string_lossy().contains(nonce.as_str()));
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o777)).unwrap();
        let refused = FolderNonces::open(&inner).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }
}
