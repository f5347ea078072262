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

/// Makes a folder for its owner only, if it is not there; refuses one where others may write.
pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&fs::metadata(path)?) & 0o022 != 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(())
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
