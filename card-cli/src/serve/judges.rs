//! Roots and revocation lists, read once for many requests, and again when their files change.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::exit::Failure;
use crate::issuers::Trusted;
use crate::progress::Watch;
use crate::trust::{Judge, Opened, TrustOptions};

/// What was read, for the options of the newest requests.
#[derive(Default)]
pub(super) struct Judges(Mutex<Vec<Kept>>);

struct Kept {
    trust: Trusted,
    lists: Vec<PathBuf>,
    marks: Vec<Mark>,
    opened: Arc<Opened>,
}

/// What changes when a file does.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    path: PathBuf,
    length: u64,
    place: (u64, u64),
    modified: (i64, i64),
    /// Set by the kernel alone: a file that is exchanged with its old times is noticed.
    changed: (i64, i64),
}

impl Judges {
    /// The judge that these options name.
    pub(super) fn open(&self, options: &TrustOptions, watch: &dyn Watch) -> Result<Judge, Failure> {
        Ok(Judge::of(&*self.opened(options, watch)?, options))
    }

    fn opened(&self, options: &TrustOptions, watch: &dyn Watch) -> Result<Arc<Opened>, Failure> {
        // Looked at before the files are read: what changes meanwhile is noticed the next time.
        let looked = SystemTime::now();
        let marks = marks(options);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept
            .iter()
            .position(|one| one.trust == *options.whom() && one.lists == options.lists());
        if let Some(place) = place {
            let one = kept.remove(place);
            if marks.as_ref().is_ok_and(|marks| *marks == one.marks) {
                let opened = Arc::clone(&one.opened);
                kept.push(one);
                return Ok(opened);
            }
        }
        drop(kept);
        let opened = Arc::new(Opened::read(options, watch)?);
        // A file that cannot be looked at is one whose change cannot be noticed.
        if let Some(marks) = marks.ok().filter(|marks| are_settled(marks, looked)) {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= MOST_KEPT {
                kept.remove(0);
            }
            kept.push(Kept {
                trust: options.whom().clone(),
                lists: options.lists().to_vec(),
                marks,
                opened: Arc::clone(&opened),
            });
        }
        Ok(opened)
    }
}

/// The files that the options name, and those of the folder that they name.
fn marks(options: &TrustOptions) -> io::Result<Vec<Mark>> {
    let mut paths: Vec<PathBuf> = options.lists().to_vec();
    if let Trusted::Folder(folder) = options.whom() {
        let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        paths.extend(entries.iter().map(fs::DirEntry::path));
    }
    paths.sort();
    paths.iter().map(|path| Mark::of(path)).collect()
}

impl Mark {
    fn of(path: &Path) -> io::Result<Self> {
        // Through links: what is read is what they name.
        let metadata: Metadata = fs::metadata(path)?;
        Ok(Self {
            path: path.to_owned(),
            length: metadata.len(),
            place: (metadata.dev(), metadata.ino()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

/// Whether each file was left alone for a while. Of one that changes twice within a tick of the
/// file system's clock, the second change may leave no mark.
fn are_settled(marks: &[Mark], now: SystemTime) -> bool {
    marks.iter().all(|mark| {
        let seconds = u64::try_from(mark.changed.0).ok();
        let changed =
            seconds.and_then(|it| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(it)));
        changed.is_some_and(|changed| {
            now.duration_since(changed)
                .is_ok_and(|since| since > SETTLED)
        })
    })
}

/// More than the coarsest clock of a file system.
const SETTLED: Duration = Duration::from_secs(3);

/// A service has one or two.
const MOST_KEPT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Unwatched;

    fn folder(path: &Path) -> TrustOptions {
        TrustOptions::new(Trusted::Folder(path.into()), Vec::new(), None, false)
    }

    #[test]
    fn what_did_not_change_is_read_once() {
        let judges = Judges::default();
        let sim = || TrustOptions::new(Trusted::Simulator, Vec::new(), None, false);
        let first = judges.opened(&sim(), &Unwatched).unwrap();
        assert!(Arc::ptr_eq(
            &first,
            &judges.opened(&sim(), &Unwatched).unwrap()
        ));
        let other = TrustOptions::new(Trusted::Production, Vec::new(), None, false);
        assert!(!Arc::ptr_eq(
            &first,
            &judges.opened(&other, &Unwatched).unwrap()
        ));
    }

    #[test]
    fn a_change_is_noticed_and_a_fresh_file_is_not_trusted_to_stay() {
        let home = tempfile::tempdir().unwrap();
        let persona = card_sim::persona::Persona::shipped("hanako").unwrap();
        let root = home.path().join("root.der");
        fs::write(&root, &persona.signature.unwrap().ca_certificate).unwrap();
        let judges = Judges::default();
        let first = judges.opened(&folder(home.path()), &Unwatched).unwrap();
        let second = judges.opened(&folder(home.path()), &Unwatched).unwrap();
        assert!(!Arc::ptr_eq(&first, &second), "it was written just now");
        let marks = marks(&folder(home.path())).unwrap();
        let later = SystemTime::now() + Duration::from_secs(60);
        assert!(!are_settled(&marks, SystemTime::now()) && are_settled(&marks, later));
        let kept = |judges: &Judges| judges.0.lock().unwrap().len();
        assert_eq!(kept(&judges), 0);
        let old = Kept {
            trust: Trusted::Folder(home.path().into()),
            lists: Vec::new(),
            marks,
            opened: Arc::clone(&second),
        };
        judges.0.lock().unwrap().push(old);
        assert!(Arc::ptr_eq(
            &second,
            &judges.opened(&folder(home.path()), &Unwatched).unwrap()
        ));
        fs::remove_file(&root).unwrap();
        // Without a root there is nothing to judge by.
        assert!(judges.opened(&folder(home.path()), &Unwatched).is_err());
        assert_eq!(kept(&judges), 0);
    }
}
