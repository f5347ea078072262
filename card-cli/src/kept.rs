//! Authentication certificates that the user asked to keep (`cert auth --remember`), so that jobs
//! read one piece of the card's own and compare it.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use card_core::{Certificate, owner_only};

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::folders;
use crate::output::hex;
use crate::place::{Place, Privacy};

/// The kept certificates. A file that is not what its name says is none: the card is read whole
/// then, and not accused of a wrong signature.
pub(crate) fn certificates() -> Vec<Certificate> {
    let files = folder().ok().and_then(|folder| fs::read_dir(folder).ok());
    let files = files.into_iter().flatten().flatten();
    let read = files.filter_map(|entry| Some((fs::read(entry.path()).ok()?, entry.path())));
    let parsed = read.filter_map(|(der, path)| Some((Certificate::parse_exact(&der).ok()?, path)));
    parsed
        .filter(|(certificate, path)| file(certificate).is_ok_and(|own| own == *path))
        .map(|(certificate, _)| certificate)
        .collect()
}

/// Keeps a certificate for its user only. Returns its file.
pub(crate) fn keep(certificate: &Certificate) -> Result<PathBuf, Failure> {
    let folder = folder()?;
    owner_only::create_folders(&folder)
        .map_err(|error| Failure::file(ProgramError::OutputUnwritable, &folder, &error))?;
    let path = file(certificate)?;
    Place::look(&path, true, Privacy::Owner)?.write(certificate.to_der())?;
    Ok(path)
}

/// Removes a certificate that was kept, if it was. Returns its file.
pub(crate) fn remove(certificate: &Certificate) -> Result<PathBuf, Failure> {
    let path = file(certificate)?;
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Failure::file(ProgramError::OutputUnwritable, &path, &error))
        }
        _ => Ok(path),
    }
}

fn folder() -> Result<PathBuf, Failure> {
    Ok(folders::state()?.join("mynacard/certificates"))
}

fn file(certificate: &Certificate) -> Result<PathBuf, Failure> {
    let name = hex(certificate.fingerprint().as_bytes());
    Ok(folder()?.join(format!("{name}.der")))
}
