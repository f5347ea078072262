//! Files and folders that only their owner can read.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

/// Makes a file that only its owner can read, if there is none of this name.
pub(super) fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder for its owner only, if it is not there; refuses one of another user, and one where
/// others may write.
pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
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

/// The user as whom this process makes files in a folder. An administrator can write into a folder
/// of another user, who could then exchange what lies there.
#[cfg(unix)]
fn own_user(folder: &Path) -> io::Result<u32> {
    let mut name = [0; 8];
    getrandom::fill(&mut name).map_err(io::Error::other)?;
    let path = folder.join(format!(".owner-{}", hex(&name)));
    let made = private_file(&path)?;
    let user = std::os::unix::fs::MetadataExt::uid(&made.metadata()?);
    fs::remove_file(path)?;
    Ok(user)
}

/// Makes a file with random bytes that only its owner can read, if there is none of this name.
///
/// It appears whole: of two processes that make it at once, one file survives.
pub(super) fn private_secret(folder: &Path, name: &str, length: usize) -> io::Result<()> {
    let mut bytes = Zeroizing::new(vec![0; length + 8]);
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let (own, secret) = bytes.split_at(8);
    let whole = folder.join(format!("{name}-{}", hex(own)));
    private_file(&whole)?.write_all(secret)?;
    // A link appears whole and never replaces.
    let linked = fs::hard_link(&whole, folder.join(name));
    fs::remove_file(&whole)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
