//! The command line: option values, the options of every command, and the tree of commands.
//!
//! Commands name the values, the tree names the commands.

pub(crate) mod global;
mod help;
pub(crate) mod old;
pub(crate) mod record_secret;
pub(crate) mod tree;
pub(crate) mod values;

pub(crate) use self::global::Global;
pub(crate) use self::values::{Consent, NoValue, Patience, PinSource, Reader};
