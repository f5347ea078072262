//! The user's folders: state, data, settings, as the XDG base directory specification decides.

use std::path::PathBuf;

use crate::error::ProgramError;
use crate::exit::Failure;

/// `$HOME`.
pub(crate) fn home() -> Result<PathBuf, Failure> {
    absolute("HOME").ok_or_else(|| ProgramError::FolderUnknown("HOME").into())
}

/// Settings of programs: `~/.config`.
pub(crate) fn config() -> Result<PathBuf, Failure> {
    base("XDG_CONFIG_HOME", ".config")
}

/// What programs keep for the user: `~/.local/share`.
pub(crate) fn data() -> Result<PathBuf, Failure> {
    base("XDG_DATA_HOME", ".local/share")
}

/// What programs remember: `~/.local/state`. Counters of simulated cards are in it, and the record
/// of how a My Number was handled.
pub(crate) fn state() -> Result<PathBuf, Failure> {
    base("XDG_STATE_HOME", ".local/state")
}

fn base(variable: &'static str, otherwise: &str) -> Result<PathBuf, Failure> {
    absolute(variable)
        .or_else(|| absolute("HOME").map(|home| home.join(otherwise)))
        .ok_or_else(|| ProgramError::FolderUnknown(variable).into())
}

/// Relative values count as unset.
fn absolute(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable).map(PathBuf::from);
    value.filter(|path| path.is_absolute())
}
