//! No panic reaches a user: one is a bug of ours, and is told as such.

use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use crate::args::global;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::texts::{Language, program_texts};

/// Runs the program; a panic in it ends as `program.bug`.
///
/// Only the place of the panic is told: its message may hold anything.
pub(crate) fn caught(line: &[OsString], run: impl FnOnce() -> ExitCode) -> ExitCode {
    let place = Arc::new(Mutex::new(String::new()));
    let told = Arc::clone(&place);
    panic::set_hook(Box::new(move |panic| {
        if let Some(location) = panic.location() {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = location.to_string();
        }
    }));
    // What was half done is not used again: the process ends.
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let (json, language) = global::glance(line);
        let place = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Failure::from(ProgramError::bug_at(place)).show(
            &program_texts(language.unwrap_or_else(Language::of_environment)),
            json,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_bug_of_ours_and_nothing_else() {
        let before = panic::take_hook();
        let end = |run: fn() -> ExitCode| format!("{:?}", caught(&[], run));
        let bug = end(|| panic!("a secret"));
        let good = end(|| ExitCode::SUCCESS);
        panic::set_hook(before);
        assert_eq!(bug, format!("{:?}", ExitCode::from(1)));
        assert_eq!(good, format!("{:?}", ExitCode::SUCCESS));
    }
}
