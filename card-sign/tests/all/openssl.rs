//! OpenSSL as a judge: a second opinion on the arithmetic, not on the profile.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder for one test, with OpenSSL working inside it.
pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs `openssl` with these words, and tells whether it is content.
    pub(crate) fn asks(&self, words: &str) -> Output {
        openssl(self.folder.path(), words)
    }

    /// Runs `openssl`, which has to succeed.
    pub(crate) fn does(&self, words: &str) {
        let output = self.asks(words);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {words}\n{errors}");
    }
}

fn openssl(folder: &Path, words: &str) -> Output {
    let run = Command::new("openssl")
        .args(words.split(' '))
        .current_dir(folder)
        .output();
    run.expect("openssl does not start: install the Debian package `openssl`")
}

/// PEM around DER.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|l| str::from_utf8(l).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
