//! State that survives power loss: counters and changed PINs, in memory or in one small file per persona.
//!
//! A change is on disk before the card goes on. That order is what makes an attempt cost something:
//! a card that compared first and counted afterwards could be torn out between the two.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use thiserror::Error;

use crate::applets::Application;
use crate::os::file::FileId;

/// The memory of one card that survives power loss and the end of the program.
#[derive(Debug)]
pub struct Persistent {
    pins: BTreeMap<PinName, PinRecord>,
    place: Option<Place>,
}

/// Which PIN: the same file identifier means another PIN in another application.
pub(crate) type PinName = (Application, FileId);

/// What the card remembers of one PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PinRecord {
    pub(crate) left: u8,
    /// The value, if it was changed since the card was issued.
    pub(crate) changed: Option<Vec<u8>>,
}

/// Why the state of a card cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StateError {
    /// Another process or handle holds the state of this persona.
    #[error("the state of this persona is in use")]
    InUse,
    /// A persona's name must serve as a file name: lower-case letters, digits, hyphens.
    #[error("this name cannot name a state file")]
    Name,
    /// The file is there, but nothing that this program wrote.
    #[error("the state file is malformed")]
    Malformed(#[source] toml::de::Error),
    /// The folder or a file in it cannot be read or written.
    #[error("the state folder cannot be used")]
    Io(#[from] io::Error),
}

impl Persistent {
    /// A memory that is gone with the value.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            pins: BTreeMap::new(),
            place: None,
        }
    }

    /// The memory of the persona `id` in `folder`, for this holder alone.
    ///
    /// The folder is made if it is missing. The file appears with the first change.
    ///
    /// # Errors
    ///
    /// [`StateError::InUse`] while anybody else has it open; the other variants as they say.
    pub fn open(folder: &Path, id: &str) -> Result<Self, StateError> {
        let place = Place::lock(folder, id)?;
        let pins = match fs::read_to_string(&place.file) {
            Ok(text) => Saved::read(&text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            pins,
            place: Some(place),
        })
    }

    pub(crate) fn pin(&self, name: PinName) -> Option<&PinRecord> {
        self.pins.get(&name)
    }

    /// Writes one record; it is on disk when this returns, and unchanged if this fails.
    pub(crate) fn write(&mut self, name: PinName, record: PinRecord) -> io::Result<()> {
        if self.pins.get(&name) == Some(&record) {
            return Ok(());
        }
        let mut pins = self.pins.clone();
        pins.insert(name, record);
        if let Some(place) = &self.place {
            place.save(&pins)?;
        }
        self.pins = pins;
        Ok(())
    }

    /// What is remembered, in the form of the file.
    pub(crate) fn text(&self) -> String {
        let saved = Saved::of(&self.pins);
        // Names, numbers and texts: nothing in it that TOML has no form for.
        toml::to_string(&saved).unwrap_or_default()
    }

    /// Remembers what a text in the form of the file says, and nothing else.
    pub(crate) fn replace(&mut self, text: &str) -> Result<(), StateError> {
        let pins = Saved::read(text)?;
        if let Some(place) = &self.place {
            place.save(&pins)?;
        }
        self.pins = pins;
        Ok(())
    }

    /// Forgets everything: the card is as issued. On disk first, as always.
    pub(crate) fn forget(&mut self) -> io::Result<()> {
        if let Some(place) = &self.place {
            place.delete()?;
        }
        self.pins.clear();
        Ok(())
    }
}

/// Forgets what the card of the persona `id` remembers: counters and PINs are as issued again.
///
/// # Errors
///
/// [`StateError::InUse`] while a card with this state runs; the other variants as they say.
pub fn reset(folder: &Path, id: &str) -> Result<(), StateError> {
    // Without reading it: a malformed file can be got rid of in this way too.
    Ok(Place::lock(folder, id)?.delete()?)
}

/// A state file and the lock that keeps everybody else away.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    file: PathBuf,
    // Held, not read: the lock ends when the file is closed, also when the process dies.
    _lock: File,
}

impl Place {
    fn lock(folder: &Path, id: &str) -> Result<Self, StateError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || !id.bytes().all(plain) {
            return Err(StateError::Name);
        }
        fs::create_dir_all(folder)?;
        // The lock is a file of its own: the state file is replaced at every change.
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(format!("{id}.lock")))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StateError::InUse,
            TryLockError::Error(error) => error.into(),
        })?;
        let file = folder.join(format!("{id}.toml"));
        Ok(Self {
            folder: folder.to_owned(),
            file,
            _lock: lock,
        })
    }

    fn delete(&self) -> io::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn save(&self, pins: &BTreeMap<PinName, PinRecord>) -> io::Result<()> {
        let saved = Saved::of(pins);
        let text = toml::to_string(&saved).map_err(io::Error::other)?;
        // A temporary file is made with mode 0600, and the rename keeps it.
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.file).map_err(|error| error.error)?;
        Ok(())
    }
}

/// A memory without any record is `pin = []`: an empty file was written by somebody else, or was cut.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    pin: Vec<SavedPin>,
}

impl Saved {
    fn read(text: &str) -> Result<BTreeMap<PinName, PinRecord>, StateError> {
        let saved: Self = toml::from_str(text).map_err(StateError::Malformed)?;
        Ok(saved.pin.into_iter().map(SavedPin::into_record).collect())
    }

    fn of(pins: &BTreeMap<PinName, PinRecord>) -> Self {
        Self {
            pin: pins.iter().map(SavedPin::from_record).collect(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedPin {
    application: Application,
    #[serde(with = "hexadecimal")]
    file: FileId,
    left: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<String>,
}

/// File identifiers as everybody writes them, `0018`.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(id: &u16, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{id:04X}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
        u16::from_str_radix(&String::deserialize(from)?, 16).map_err(D::Error::custom)
    }
}

impl SavedPin {
    fn into_record(self) -> (PinName, PinRecord) {
        let changed = self.changed.map(String::into_bytes);
        (
            (self.application, self.file),
            PinRecord {
                left: self.left,
                changed,
            },
        )
    }

    fn from_record((&(application, file), record): (&PinName, &PinRecord)) -> Self {
        // A PIN that was accepted has passed its shape: digits and capital letters.
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        let changed = record.changed.as_ref().map(text);
        Self {
            application,
            file,
            left: record.left,
            changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: PinName = (Application::Jpki, 0x0018);

    fn record(left: u8, changed: Option<&str>) -> PinRecord {
        PinRecord {
            left,
            changed: changed.map(|value| value.as_bytes().to_vec()),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Persistent::open(folder.path(), "hanako").unwrap();
        memory.write(NAME, record(2, None)).unwrap();
        memory
            .write((Application::Common, 0x1c), record(3, Some("9999")))
            .unwrap();
        drop(memory);
        let text = fs::read_to_string(folder.path().join("hanako.toml")).unwrap();
        assert!(text.contains("file = \"0018\"\nleft = 2\n"), "{text}");
        let memory = Persistent::open(folder.path(), "hanako").unwrap();
        assert_eq!(memory.pin(NAME), Some(&record(2, None)));
        assert_eq!(
            memory.pin((Application::Common, 0x1c)),
            Some(&record(3, Some("9999")))
        );
    }

    #[test]
    fn a_second_holder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Persistent::open(folder.path(), "hanako").unwrap();
        assert!(matches!(
            Persistent::open(folder.path(), "hanako"),
            Err(StateError::InUse)
        ));
        assert!(matches!(
            reset(folder.path(), "hanako"),
            Err(StateError::InUse)
        ));
        assert!(Persistent::open(folder.path(), "taro").is_ok());
        drop(memory);
        assert!(Persistent::open(folder.path(), "hanako").is_ok());
    }

    #[test]
    fn reset_forgets() {
        let folder = tempfile::tempdir().unwrap();
        reset(folder.path(), "hanako").unwrap();
        let mut memory = Persistent::open(folder.path(), "hanako").unwrap();
        memory.write(NAME, record(0, None)).unwrap();
        drop(memory);
        reset(folder.path(), "hanako").unwrap();
        assert_eq!(
            Persistent::open(folder.path(), "hanako").unwrap().pin(NAME),
            None
        );
    }

    #[test]
    fn what_cannot_be_written_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Persistent::open(&folder.path().join("gone"), "hanako").unwrap();
        fs::remove_dir_all(folder.path().join("gone")).unwrap();
        assert!(memory.write(NAME, record(2, None)).is_err());
        assert_eq!(memory.pin(NAME), None);
    }

    #[test]
    fn names_and_contents_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["", "../x", "Hanako", "a/b", "a.b"] {
            assert!(matches!(
                Persistent::open(folder.path(), name),
                Err(StateError::Name)
            ));
        }
        for other in ["left = 3", "", "# nothing"] {
            fs::write(folder.path().join("hanako.toml"), other).unwrap();
            assert!(matches!(
                Persistent::open(folder.path(), "hanako"),
                Err(StateError::Malformed(_))
            ));
        }
    }

    #[test]
    fn a_memory_without_records_is_a_text_too() {
        let mut memory = Persistent::in_memory();
        let issued = memory.text();
        memory.write(NAME, record(2, None)).unwrap();
        for cut in ["", "\n"] {
            assert!(memory.replace(cut).is_err());
            assert_eq!(memory.pin(NAME), Some(&record(2, None)));
        }
        memory.replace(&issued).unwrap();
        assert_eq!(memory.pin(NAME), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Persistent::open(folder.path(), "hanako").unwrap();
        memory.write(NAME, record(2, None)).unwrap();
        let mode = fs::metadata(folder.path().join("hanako.toml"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
