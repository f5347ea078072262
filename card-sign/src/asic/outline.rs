//! Content of a container, for display. Nothing here is verified.

use std::collections::HashMap;
use std::io::{Read, Seek};

use card_core::digest::{Digest, HashAlgorithm};

use super::archive::{Archive, Method, ReadError};
use super::manifest::Manifest;
use super::reserved::Use;
use crate::cms::{self, SignedData};
use crate::signer::SignError;
use crate::xml;

/// The parts of a container. Every one is a claim of the file.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The files, in the order of the container.
    pub entries: Vec<EntryOutline>,
    /// The signature over the manifest, if there is one that can be read.
    pub signature: Option<cms::Outline>,
}

/// A file of a container.
#[derive(Clone, Debug)]
pub struct EntryOutline {
    /// Its name, with folders.
    pub name: String,
    /// In bytes, unpacked.
    pub size: u64,
    /// Whether it is packed with Deflate.
    pub packed: bool,
    /// The hash function of the digest that the manifest states of it, if it does.
    pub digest: Option<HashAlgorithm>,
}

/// The parts of a container.
///
/// # Errors
///
/// [`SignError::Existing`] with the reason if it is no archive that is read; [`SignError::Io`].
pub fn outline<R: Read + Seek>(container: &mut R) -> Result<Outline, SignError> {
    let failed = |error| match error {
        ReadError::Io(error) => SignError::Io(error),
        ReadError::Refused(_, reason, _) => SignError::Existing(reason),
    };
    let mut archive = Archive::open(container).map_err(failed)?;
    let entries = archive.entries.clone();
    let of = |wanted| entries.iter().find(|one| Use::of(&one.name) == wanted);
    let mut manifest = Manifest::default();
    if let Some(entry) = of(Use::Manifest) {
        let text = archive.small(entry, xml::MAX_BYTES).map_err(failed)?;
        manifest = Manifest::read(&text).unwrap_or_default();
    }
    let mut signature = None;
    if let Some(entry) = of(Use::Signature) {
        let bytes = archive.small(entry, xml::MAX_BYTES).map_err(failed)?;
        signature = SignedData::open(&mut &bytes[..], None).ok();
    }
    let digests: HashMap<&str, &Digest> = manifest
        .files
        .iter()
        .map(|(name, digest)| (name.as_str(), digest))
        .collect();
    let entry = |entry: &super::archive::Entry| EntryOutline {
        name: entry.name.clone(),
        size: entry.size,
        packed: entry.method == Method::Deflate,
        digest: digests
            .get(entry.name.as_str())
            .map(|digest| digest.algorithm()),
    };
    Ok(Outline {
        entries: entries.iter().map(entry).collect(),
        signature: signature.map(|data| data.outline()),
    })
}
