//! Files and folders that only their owner can read: what names a person, and keys.
//!
//! The only place of the library and the program that sets these modes (0600, 0700). Where a system
//! has no such modes, files are made with the rights that it gives them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

/// Makes a file (mode 0600, whatever the umask) and opens it for writing.
///
/// # Errors
///
/// Those of the file system; [`io::ErrorKind::AlreadyExists`] if there is something of this name.
pub fn create(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().write(true).create_new(true), path)
}

/// Opens a file for reading and for writing at its end; makes it if it is not there. In both cases
/// its mode is 0600 afterwards.
///
/// # Errors
///
/// Those of the file system.
pub fn append(path: &Path) -> io::Result<File> {
    open(
        OpenOptions::new().read(true).append(true).create(true),
        path,
    )
}

/// Makes a folder (mode 0700).
///
/// # Errors
///
/// Those of the file system; [`io::ErrorKind::AlreadyExists`] if there is something of this name.
pub fn create_folder(path: &Path) -> io::Result<()> {
    folder_builder().create(path)
}

/// Makes a folder, and those above it, where they are not there (mode 0700). One that is there stays
/// what it is.
///
/// # Errors
///
/// Those of the file system.
pub fn create_folders(path: &Path) -> io::Result<()> {
    folder_builder().recursive(true).create(path)
}

/// Makes a folder for its owner only, if it is not there; refuses one of another user, and one where
/// others may write.
pub(crate) fn own_folder(path: &Path) -> io::Result<()> {
    create_folders(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let folder = fs::metadata(path)?;
        if folder.mode() & 0o022 != 0 || folder.uid() != own_user(path)? {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    }
    Ok(())
}

/// Makes a file with random bytes, if there is none of this name.
///
/// It appears whole: of two processes that make it at once, one file survives.
pub(crate) fn create_secret(folder: &Path, name: &str, length: usize) -> io::Result<()> {
    let mut secret = Zeroizing::new(vec![0; length]);
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    let whole = folder.join(unused_name(&format!("{name}-"))?);
    create(&whole)?.write_all(&secret)?;
    // A link appears whole and never replaces.
    let linked = fs::hard_link(&whole, folder.join(name));
    fs::remove_file(&whole)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    // Others lose the rights that an older file gives them; the owner gets what the umask took away.
    // A device, such as /dev/null behind a link, keeps its own.
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}

fn folder_builder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "no modes there"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// The user as whom this process makes files in a folder. An administrator can write into a folder
/// of another user, who could then exchange what lies there.
#[cfg(unix)]
fn own_user(folder: &Path) -> io::Result<u32> {
    let path = folder.join(unused_name(".owner-")?);
    let made = create(&path)?;
    let user = std::os::unix::fs::MetadataExt::uid(&made.metadata()?);
    fs::remove_file(path)?;
    Ok(user)
}

/// A name with a random end.
fn unused_name(beginning: &str) -> io::Result<String> {
    let mut number = [0; 8];
    getrandom::fill(&mut number).map_err(io::Error::other)?;
    Ok(format!("{beginning}{:016x}", u64::from_be_bytes(number)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_are_for_their_owner_and_nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        create(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        let again = create(&path).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);

        let path = folder.path().join("log");
        append(&path).unwrap().write_all(b"one ").unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        append(&path).unwrap().write_all(b"two").unwrap();
        assert_eq!(mode(&path), 0o600, "others could read an older file");
        assert_eq!(fs::read(&path).unwrap(), b"one two");

        // Not with a device of this system: an administrator who runs this could lock it.
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo")
            .args(["-m", "0644"])
            .arg(&pipe)
            .status();
        assert!(made.unwrap().success());
        append(&pipe).unwrap();
        assert_eq!(mode(&pipe), 0o644, "what is no file keeps its mode");
    }

    #[test]
    fn folders_are_for_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outer/inner");
        assert!(create_folder(&path).is_err(), "only one is made");
        create_folders(&path).unwrap();
        create_folders(&path).unwrap();
        let there = create_folder(&path).unwrap_err();
        assert_eq!(there.kind(), io::ErrorKind::AlreadyExists);
        for made in [path.as_path(), path.parent().unwrap()] {
            assert_eq!(mode(made), 0o700);
        }
        own_folder(&path).unwrap();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0, "nothing is left");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o770)).unwrap();
        let shared = own_folder(&path).unwrap_err();
        assert_eq!(shared.kind(), io::ErrorKind::PermissionDenied);
    }
}
