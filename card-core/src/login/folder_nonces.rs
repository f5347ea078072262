//! A store of nonces in a folder. Half of this file are the tests of both stores.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::nonce::{Nonce, NonceProblem, NonceStore, in_time};
use super::nonce_key::{Issued, NonceKey};
use crate::domain::date::UtcTime;
use crate::owner_only;

/// Nonces in a folder that only its owner can read.
///
/// For programs that are started anew for each request. Nothing is written for a nonce that
/// [`NonceStore::issue`] makes: each says when it was issued, under the key in `nonce.key`. A used
/// one leaves an empty file, in a folder for each minute; who makes the file has the nonce, so the
/// file system decides races, also between processes. The names of the files are hashes: who can
/// list the folder learns no nonce.
#[derive(Debug)]
pub struct FolderNonces {
    folder: PathBuf,
    key: NonceKey,
    swept: Mutex<Option<i64>>,
}

impl FolderNonces {
    /// Opens a folder, and makes it for its owner only if it is not there.
    ///
    /// # Errors
    ///
    /// Those of the file system; [`io::ErrorKind::PermissionDenied`] if others may write there,
    /// [`io::ErrorKind::InvalidData`] if `nonce.key` holds no key.
    pub fn open(folder: &Path) -> io::Result<Self> {
        owner_only::own_folder(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            key: NonceKey::in_folder(folder)?,
            swept: Mutex::new(None),
        })
    }

    /// Takes a nonce of this store: at most one caller gets `Ok`.
    fn take(&self, issued: &Issued, now: UtcTime) -> Result<(), NonceProblem> {
        let end = issued.end(now)?;
        let store = |error: io::Error| NonceProblem::Store(error.kind());
        let minutes = Minutes::read(&self.folder).map_err(store)?;
        let number = issued.at.div_euclid(60);
        // What was used in a minute that is swept is no longer known: nothing of it counts.
        if number < minutes.ended {
            return Err(NonceProblem::Expired);
        }
        let folder = self.folder.join(format!("{USED}{number}"));
        owner_only::own_folder(&folder).map_err(store)?;
        let taken = owner_only::create(&folder.join(hex(&issued.mark)));
        minutes.sweep(&self.folder, now.unix());
        match taken {
            Ok(_) => in_time(end, now),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(NonceProblem::Unknown)
            }
            Err(error) => Err(store(error)),
        }
    }

    fn file(&self, nonce: &Nonce) -> PathBuf {
        let name = hex(nonce.key().as_bytes());
        self.folder.join(name).with_extension(EXTENSION)
    }

    /// Removes nonces of the caller that ended more than a lifetime ago, at most once in a lifetime.
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
        // One that was issued here needs no file.
        if self.key.open(nonce).is_some() {
            return Ok(());
        }
        let store = |error: io::Error| NonceProblem::Store(error.kind());
        self.sweep(now.unix());
        let end = now.unix().saturating_add(Nonce::LIFETIME);
        let mut file = owner_only::create(&self.file(nonce)).map_err(store)?;
        write!(file, "{end}").map_err(store)
    }

    fn consume(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        if let Some(issued) = self.key.open(nonce) {
            return self.take(&issued, now);
        }
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

    fn issue(&self, now: UtcTime) -> Result<Nonce, NonceProblem> {
        self.key.issue(now)
    }
}

/// The minutes of a folder.
struct Minutes {
    /// Everything that was issued before this minute counts no more.
    ended: i64,
    /// Those with a folder of used nonces.
    used: Vec<i64>,
}

impl Minutes {
    fn read(folder: &Path) -> io::Result<Self> {
        let mut minutes = Self {
            ended: i64::MIN,
            used: Vec::new(),
        };
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            let number = |prefix| name.strip_prefix(prefix)?.parse::<i64>().ok();
            if let Some(number) = number(ENDED) {
                minutes.ended = minutes.ended.max(number);
            } else if let Some(number) = number(USED) {
                minutes.used.push(number);
            }
        }
        Ok(minutes)
    }

    /// Removes used nonces of minutes that ended more than a lifetime ago, a few hundred at a time.
    ///
    /// That they have ended is written down first, so that none of them counts again, even if the
    /// clock goes back. What another process removed first is gone all the same.
    fn sweep(&self, folder: &Path, now: i64) {
        let over = |number: &&i64| (**number + 1) * 60 + 2 * Nonce::LIFETIME < now;
        for number in self.used.iter().filter(over) {
            let ended = number + 1;
            if ended > self.ended {
                let marked = owner_only::create(&folder.join(format!("{ENDED}{ended}")));
                let there = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
                if marked.is_err_and(|error| !there(&error)) {
                    return;
                }
                let _ = fs::remove_file(folder.join(format!("{ENDED}{}", self.ended)));
            }
            let used = folder.join(format!("{USED}{number}"));
            let Ok(files) = fs::read_dir(&used) else {
                continue;
            };
            for file in files.flatten().take(SWEPT_AT_ONCE) {
                let _ = fs::remove_file(file.path());
            }
            // Fails while there are more.
            let _ = fs::remove_dir(used);
            return;
        }
    }
}

/// Bytes in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// A file that was cut off while it was written never counts: it ended long ago.
fn read_end(file: &Path) -> io::Result<i64> {
    Ok(fs::read_to_string(file)?.parse().unwrap_or(0))
}

const EXTENSION: &str = "nonce";
const USED: &str = "used-";
const ENDED: &str = "ended-";
const SWEPT_AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::login::MemoryNonces;

    fn at(second: i64) -> UtcTime {
        UtcTime::from_unix(1_795_564_800 + second).unwrap()
    }

    fn stores(test: impl Fn(&(dyn NonceStore + Sync))) {
        test(&MemoryNonces::new(100_000));
        let folder = tempfile::tempdir().unwrap();
        test(&FolderNonces::open(&folder.path().join("made/here")).unwrap());
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
        let issued: Vec<Nonce> = (0..4).map(|_| store.issue(at(0)).unwrap()).collect();
        // Any number may be out; only used ones take room, and a full store lets nobody in.
        assert_eq!(store.consume(&issued[0], at(0)), Ok(()));
        store.remember(&Nonce::random().unwrap(), at(0)).unwrap();
        assert_eq!(store.consume(&issued[1], at(0)), Err(NonceProblem::Full));
        assert_eq!(store.consume(&issued[0], at(0)), Err(NonceProblem::Unknown));
        let own = Nonce::random().unwrap();
        assert_eq!(store.remember(&own, at(0)), Err(NonceProblem::Full));
        // Room comes with time, not with use: use makes no room for a flood.
        let next = store.issue(at(361)).unwrap();
        assert_eq!(store.consume(&next, at(361)), Ok(()));
        assert_eq!(store.remember(&own, at(600)), Err(NonceProblem::Full));
        assert_eq!(store.remember(&own, at(601)), Ok(()));
    }

    #[test]
    fn nonces_of_the_caller_count_once_and_for_five_minutes() {
        stores(|store| {
            let own = |second| {
                let nonce = Nonce::random().unwrap();
                store.remember(&nonce, at(second)).unwrap();
                nonce
            };
            let nonce = own(0);
            assert_eq!(store.consume(&nonce, at(300)), Ok(()));
            assert_eq!(store.consume(&nonce, at(300)), Err(NonceProblem::Unknown));
            let late = own(0);
            assert_eq!(store.consume(&late, at(301)), Err(NonceProblem::Expired));
            assert_eq!(store.consume(&late, at(1)), Err(NonceProblem::Unknown));
            // Remembering one that was issued here does not let it in again.
            let issued = store.issue(at(0)).unwrap();
            assert_eq!(store.consume(&issued, at(1)), Ok(()));
            store.remember(&issued, at(1)).unwrap();
            assert_eq!(store.consume(&issued, at(1)), Err(NonceProblem::Unknown));
        });
    }

    #[test]
    fn what_was_used_stays_used_when_the_clock_goes_back() {
        stores(|store| {
            let nonces: Vec<Nonce> = (0..3).map(|_| store.issue(at(0)).unwrap()).collect();
            for nonce in &nonces {
                assert_eq!(store.consume(nonce, at(5)), Ok(()));
            }
            // Long after, other calls clean up.
            for second in [400, 1000, 2000, 2001, 2002] {
                let nonce = store.issue(at(second)).unwrap();
                assert_eq!(store.consume(&nonce, at(second)), Ok(()));
            }
            for nonce in &nonces {
                assert!(store.consume(nonce, at(5)).is_err());
            }
        });
    }

    #[test]
    fn two_processes_share_a_folder_and_old_minutes_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let open = || FolderNonces::open(folder.path()).unwrap();
        let nonce = open().issue(at(0)).unwrap();
        assert_eq!(open().consume(&nonce, at(1)), Ok(()));
        assert_eq!(open().consume(&nonce, at(2)), Err(NonceProblem::Unknown));
        let entries = || {
            let mut names: Vec<String> = fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };
        let minute = at(0).unix() / 60;
        assert_eq!(
            entries(),
            ["nonce.key".to_owned(), format!("used-{minute}")]
        );
        // An outstanding one leaves nothing; a minute goes when all of it has ended.
        for second in [10, 700, 5000, 5060] {
            let nonce = open().issue(at(second)).unwrap();
            assert_eq!(open().consume(&nonce, at(second)), Ok(()));
        }
        let number = |second: i64| at(second).unix() / 60;
        assert_eq!(
            entries(),
            [
                format!("ended-{}", number(700) + 1),
                "nonce.key".to_owned(),
                format!("used-{}", number(5000)),
                format!("used-{}", number(5060)),
            ]
        );
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
        let nonce = Nonce::random().unwrap();
        store.remember(&nonce, at(0)).unwrap();
        let issued = store.issue(at(0)).unwrap();
        store.consume(&issued, at(0)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&inner), 0o700);
        let mut seen = 0;
        for entry in fs::read_dir(&inner).unwrap() {
            let path = entry.unwrap().path();
            let whole = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), whole, "{}", path.display());
            assert!(!path.to_string_lossy().contains(nonce.as_str()));
            seen += 1;
        }
        assert_eq!(seen, 3, "the key, the caller's nonce, the minute");
        // A folder of another user, which only an administrator can write into.
        if std::os::unix::fs::chown(&inner, Some(4242), None).is_ok() {
            let refused = FolderNonces::open(&inner).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
            std::os::unix::fs::chown(&inner, Some(0), None).unwrap();
            FolderNonces::open(&inner).unwrap();
        }
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o777)).unwrap();
        let refused = FolderNonces::open(&inner).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }
}
