//! Issuer keys for card-verifiable certificates, named by `--trust`.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use card_core::trust::cv::{IssuerKey, IssuerKeys, KeyId};
use serde::Deserialize;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::{Fact, word};

/// Which issuers are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trusted {
    /// Those of real cards.
    Production,
    /// Those of J-LIS test cards.
    JlisTest,
    /// That of the simulator.
    Simulator,
    /// Those whose keys lie in a folder.
    Folder(PathBuf),
}

impl FromStr for Trusted {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "production" => Self::Production,
            "jlis-test" => Self::JlisTest,
            "sim" => Self::Simulator,
            folder => Self::Folder(folder.into()),
        })
    }
}

impl Trusted {
    /// Their keys.
    pub(crate) fn issuers(&self) -> Result<IssuerKeys, Failure> {
        Ok(match self {
            Self::Production => IssuerKeys::production(),
            Self::JlisTest => IssuerKeys::jlis_test(),
            Self::Simulator => {
                let keys = card_sim::persona::issuer_keys().into_iter();
                // The simulator's own keys fit the library; a test looks at them.
                let keys = keys.filter_map(|key| {
                    IssuerKey::new(KeyId::new(key.id), &key.modulus, &key.exponent).ok()
                });
                IssuerKeys::of(keys.collect())
            }
            Self::Folder(folder) => of_folder(folder)?,
        })
    }

    /// As it was typed; a folder by its path.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Production => "production".into(),
            Self::JlisTest => "jlis-test".into(),
            Self::Simulator => "sim".into(),
            Self::Folder(folder) => folder.display().to_string(),
        }
    }
}

/// The end of the name of an issuer's key file.
pub(crate) const SUFFIX: &str = ".cvkey.toml";

/// A file far longer than any key is none.
const LONGEST: u64 = 65_536;

/// An issuer's key in hexadecimal.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct KeyFile {
    key_id: String,
    modulus: String,
    exponent: String,
}

fn of_folder(folder: &Path) -> Result<IssuerKeys, Failure> {
    let unreadable =
        |path: &Path, error: &io::Error| Failure::file(ProgramError::InputUnreadable, path, error);
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| unreadable(folder, &error))?;
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    paths.retain(|path| path.is_file() && path.to_string_lossy().ends_with(SUFFIX));
    paths.sort();
    let mut keys = Vec::new();
    for path in paths {
        let mut text = String::new();
        File::open(&path)
            .and_then(|file| file.take(LONGEST).read_to_string(&mut text))
            .map_err(|error| unreadable(&path, &error))?;
        let file = toml::from_str::<KeyFile>(&text).ok();
        let key = file
            .and_then(|file| IssuerKey::from_hex(&file.key_id, &file.modulus, &file.exponent).ok());
        keys.push(key.ok_or(ProgramError::TrustIssuerKey(path))?);
    }
    if keys.is_empty() {
        let missing = Fact::Word(word("reason", "no-issuer-key"));
        return Err(ProgramError::InputUnreadable(folder.into(), missing).into());
    }
    Ok(IssuerKeys::of(keys))
}

/// An issuer's key as [`Trusted::Folder`] reads it.
pub(crate) fn key_file(about: &str, id: &[u8], modulus: &[u8], exponent: &[u8]) -> String {
    use crate::output::hex;
    format!(
        "# {about}\nkey-id = \"{}\"\nmodulus = \"{}\"\nexponent = \"{}\"\n",
        hex(id),
        hex(modulus),
        hex(exponent)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let of = |path: &Path| Trusted::Folder(path.into()).issuers();
        assert_eq!(of(folder.path()).unwrap_err().code(), "input.unreadable");
        for (index, key) in card_sim::persona::issuer_keys().iter().enumerate() {
            let text = key_file("a test", &key.id, &key.modulus, &key.exponent);
            fs::write(folder.path().join(format!("{index}{SUFFIX}")), text).unwrap();
        }
        fs::write(folder.path().join("ca.der"), "of no interest here").unwrap();
        let simulator = Trusted::Simulator.issuers().unwrap();
        assert_eq!(simulator.iter().count(), 3);
        assert_eq!(of(folder.path()).unwrap(), simulator);
        for bad in [
            "",
            "key-id = \"00\"\nmodulus = \"01\"\nexponent = \"03\"\n",
            "\u{0}",
        ] {
            fs::write(folder.path().join("bad.cvkey.toml"), bad).unwrap();
            assert_eq!(of(folder.path()).unwrap_err().code(), "trust.issuer-key");
        }
        let nowhere = folder.path().join("nowhere");
        assert_eq!(of(&nowhere).unwrap_err().code(), "input.unreadable");
    }
}
