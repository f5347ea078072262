//! Signals to processes, without unsafe code and without a package that a bare machine lacks.

use std::process::Command;

/// Sends a signal by name to a process; says whether there was one to send it to.
///
/// By the shell's own `kill`: a program of that name comes with the package `procps`, which a bare
/// Debian machine does not have.
pub fn send(name: &str, process: &str) -> bool {
    let shell = Command::new("sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, process])
        .status();
    shell.is_ok_and(|status| status.success())
}
