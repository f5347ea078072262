//! One file to sign and the place of its signature.

use std::path::PathBuf;

use super::input::Input;
use super::make::Task;
use crate::output::Place;

/// One file and where its signature goes.
pub(super) struct Job {
    pub(super) input: Input,
    pub(super) task: Task,
    pub(super) target: Target,
}

pub(super) enum Target {
    Stdout,
    File(Place),
    /// It is there already.
    Done(PathBuf),
}
