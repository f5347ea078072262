//! Shared by the tests that cross crates.
//!
//! - [`pcscd`]: a PC/SC service of a test's own, with virtual readers.
//! - [`vpcd`]: a scripted card for those readers, for tests of the harness itself.
//! - [`resident`]: a simulated card for those readers.
//! - [`conversation`]: a program that stays open while others use the card.
//! - [`rude`]: other programs at the card, each rude in its way.
//! - [`signal`]: signals to processes.
//! - [`foreign`]: programs that are not ours, as clients of our card and as judges of our output.
//!
//! Everything here panics when it fails, with all that was seen. A missing program is a failure
//! that names its Debian package; nothing is skipped.

pub mod conversation;
pub mod foreign;
pub mod pcscd;
pub mod resident;
pub mod rude;
pub mod signal;
pub mod vpcd;
