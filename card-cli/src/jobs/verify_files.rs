//! Many signed files judged at once, on all cores; the answers come in the order of the files.

use std::any::Any;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use card_core::{Certificate, Error};

use super::verify::{self, Found, Request, p7s};
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::progress::{Meter, Step, Watch};
use crate::trust::Judge;

/// What is judged, or why nothing was found there.
enum Target {
    /// Whether what lies beside the file is among the files too.
    File {
        path: PathBuf,
        has_p7s: bool,
    },
    Unreadable(PathBuf, Failure),
}

/// Folders in folders.
const MAX_DEPTH: usize = 64;

/// Judges files, and all files in folders, and hands each answer through `tell` on its way.
///
/// Folders are read with what is in them, by name. A `FILE.p7s` whose FILE is there too is judged
/// with it; if FILE holds a signature itself, both are judged. The options of `request` are those of
/// each file.
///
/// # Errors
///
/// `certificate.malformed`, `input.unreadable` for the certificates; `operation.cancelled`. What is
/// wrong with one file is told of that file.
pub(crate) fn run<T: Send>(
    paths: &[PathBuf],
    request: &Request,
    judge: &Judge,
    watch: &dyn Watch,
    tell: impl Fn(&Request, Result<Found, Failure>) -> T + Sync,
) -> Result<Vec<T>, Failure> {
    let certificates = verify::certificates(&request.certificates, watch)?;
    let targets = targets(paths);
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let mut meter = watch.step(Step::Judge, targets.len() as u64);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let work = Work {
        request,
        judge,
        certificates: &certificates,
        stop: &stop,
        tell: &tell,
    };
    let mut answers: Vec<(usize, Vec<T>)> = thread::scope(|scope| {
        let (done, all) = mpsc::channel();
        for _ in 0..workers.min(targets.len()) {
            let (done, next, work, targets) = (done.clone(), &next, &work, &targets);
            scope.spawn(move || {
                while let Some((number, target)) = {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    targets.get(number).map(|target| (number, target))
                } {
                    if work.stop.load(Ordering::Relaxed)
                        || done.send((number, work.judge(target))).is_err()
                    {
                        return;
                    }
                }
            });
        }
        drop(done);
        let told = all.into_iter().inspect(|_| {
            meter.add(1);
            if watch.stopped() {
                stop.store(true, Ordering::Relaxed);
            }
        });
        told.collect()
    });
    if watch.stopped() || answers.len() < targets.len() {
        return Err(Error::Cancelled.into());
    }
    answers.sort_by_key(|(number, _)| *number);
    Ok(answers.into_iter().flat_map(|(_, told)| told).collect())
}

/// What all cores have in common.
struct Work<'w, F> {
    request: &'w Request,
    judge: &'w Judge,
    certificates: &'w [Certificate],
    stop: &'w AtomicBool,
    tell: &'w F,
}

impl<T, F: Fn(&Request, Result<Found, Failure>) -> T> Work<'_, F> {
    fn judge(&self, target: &Target) -> Vec<T> {
        let one = |file: &Path, signature: Option<PathBuf>| {
            let request = Request {
                file: file.to_owned(),
                signature,
                certificates: Vec::new(),
                ..*self.request
            };
            let silent = Silent(self.stop);
            let found = verify::judge(&request, self.certificates, self.judge, &silent);
            let inside = found.as_ref().is_ok_and(|found| found.signature.is_none());
            ((self.tell)(&request, found), inside)
        };
        match target {
            Target::File { path, has_p7s } => {
                let (told, inside) = one(path, None);
                let mut all = vec![told];
                if *has_p7s && inside {
                    all.push(one(path, Some(p7s(path))).0);
                }
                all
            }
            Target::Unreadable(path, failure) => {
                let request = Request {
                    file: path.clone(),
                    signature: None,
                    certificates: Vec::new(),
                    ..*self.request
                };
                vec![(self.tell)(&request, Err(failure.clone()))]
            }
        }
    }
}

/// Nobody watches a single one of many files; the work ends between two reads when it is told.
struct Silent<'s>(&'s AtomicBool);

impl Watch for Silent<'_> {
    fn step(&self, _: Step<'_>, _: u64) -> Box<dyn Meter> {
        Box::new(Unseen)
    }

    fn stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn hold(&self) -> Box<dyn Any> {
        Box::new(())
    }
}

struct Unseen;

impl Meter for Unseen {
    fn add(&mut self, _: u64) {}
}

fn targets(paths: &[PathBuf]) -> Vec<Target> {
    let mut found = Vec::new();
    let mut folders = HashSet::new();
    for path in paths {
        walk(path, 0, &mut folders, &mut found);
    }
    let names: HashSet<PathBuf> = found
        .iter()
        .filter_map(|one| one.as_ref().ok())
        .cloned()
        .collect();
    let is_beside = |path: &PathBuf| {
        let file = path.file_name()?.to_str()?.strip_suffix(".p7s")?;
        names.get(&path.with_file_name(file))
    };
    let target = |one: Result<PathBuf, (PathBuf, Failure)>| match one {
        Ok(path) => Target::File {
            has_p7s: names.contains(&p7s(&path)),
            path,
        },
        Err((path, failure)) => Target::Unreadable(path, failure),
    };
    let judged = found
        .into_iter()
        .filter(|one| !one.as_ref().is_ok_and(|path| is_beside(path).is_some()));
    judged.map(target).collect()
}

/// A file is itself; of a folder everything that is in it, each folder once.
fn walk(
    path: &Path,
    depth: usize,
    folders: &mut HashSet<PathBuf>,
    found: &mut Vec<Result<PathBuf, (PathBuf, Failure)>>,
) {
    let failed = |path: &Path, error: &io::Error| {
        let failure = Failure::file(ProgramError::InputUnreadable, path, error);
        Err((path.to_owned(), failure))
    };
    // What is missing or a link to nothing is told when it is opened.
    if !path.is_dir() {
        // A pipe in a folder may have no end.
        return found.push(match depth > 0 && path.exists() && !path.is_file() {
            true => failed(path, &io::ErrorKind::InvalidInput.into()),
            false => Ok(path.to_owned()),
        });
    }
    // A link may lead back up.
    match fs::canonicalize(path) {
        Ok(whole) if !folders.insert(whole.clone()) => return,
        Ok(_) if depth < MAX_DEPTH => {}
        Ok(_) => return found.push(failed(path, &io::ErrorKind::InvalidInput.into())),
        Err(error) => return found.push(failed(path, &error)),
    }
    let inside = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    match inside {
        Ok(inside) => {
            let mut inside: Vec<PathBuf> = inside.iter().map(fs::DirEntry::path).collect();
            inside.sort();
            for path in inside {
                walk(&path, depth + 1, folders, found);
            }
        }
        Err(error) => found.push(failed(path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn folders_are_read_by_name_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("b")).unwrap();
        for name in ["b/x", "b/x.p7s", "b/alone.p7s", "c", "a"] {
            fs::write(at(name), "").unwrap();
        }
        symlink(folder.path(), at("b/up")).unwrap();
        symlink(at("nothing"), at("b/dangling")).unwrap();
        let shown = |paths: &[PathBuf]| -> Vec<String> {
            let name = |path: &Path| {
                let path = path.strip_prefix(folder.path()).unwrap();
                path.display().to_string()
            };
            let shown = targets(paths).into_iter().map(|target| match target {
                Target::File { path, has_p7s } => format!("{} {has_p7s}", name(&path)),
                Target::Unreadable(path, failure) => format!("{} {}", name(&path), failure.code()),
            });
            shown.collect()
        };
        assert_eq!(
            shown(&[folder.path().to_owned()]),
            [
                "a false",
                "b/alone.p7s false",
                "b/dangling false",
                "b/x true",
                "c false"
            ]
        );
        // In the order of the line; the signature of a file that is not named is one by itself.
        assert_eq!(
            shown(&[at("c"), at("b/x.p7s"), at("missing")]),
            ["c false", "b/x.p7s false", "missing false"]
        );
        assert_eq!(shown(&[at("b/x.p7s"), at("b/x")]), ["b/x true"]);
    }
}
