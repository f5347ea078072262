//! Making containers.

use std::io::{Read, Write};

use card_core::digest::{Digest, HashAlgorithm, Hasher};
use card_core::domain::date::UtcTime;

use super::manifest::Manifest;
use super::names::Names;
use super::reserved::{self, Use};
use super::rules::reason;
use super::write::{MAX_CONTAINER, MAX_FILES, Stated, Writer};
use crate::cms::SignedData;
use crate::pieces::in_pieces;
use crate::signer::{DocumentSigner, SignError};

/// Files for one container.
#[derive(Debug, Default)]
pub struct Draft {
    names: Names,
    files: Vec<(Stated, Digest)>,
    /// How much the container takes so far.
    room: u64,
}

impl Draft {
    /// No files.
    pub fn new() -> Draft {
        Draft::default()
    }

    /// Adds a file, reading it to its end in constant memory. Only digest and check sum are kept.
    ///
    /// # Errors
    ///
    /// - `asic.names.unsafe`: the name is empty, absolute or leads upwards, has characters that
    ///   some systems change or do not show, or is longer than 1 024 bytes.
    /// - `asic.names.twice`: there is a file of this name, or of one that some systems take for it.
    /// - `asic.names.reserved`: `mimetype`, or in `META-INF`.
    /// - `asic.limits.files`: more than 10 000 files; `asic.limits.size`: about 4 GiB in all.
    /// - `file.io`: the reader's.
    pub fn add(&mut self, name: &str, content: &mut dyn Read) -> Result<(), SignError> {
        if Use::of(name) != Use::File {
            return Err(reason::NAME_RESERVED.into());
        }
        self.names.fit(name)?;
        if self.files.len() >= MAX_FILES {
            return Err(reason::MANY_FILES.into());
        }
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        let mut crc = crc32fast::Hasher::new();
        let mut size = 0;
        in_pieces(content, |piece| {
            size += piece.len() as u64;
            if self.room + size > MAX_CONTAINER {
                return Err(SignError::from(reason::SIZE));
            }
            hasher.update(piece);
            crc.update(piece);
            Ok(())
        })?;
        let stated = Stated {
            name: name.to_owned(),
            size,
            crc: crc.finalize(),
        };
        // In the manifest each byte of a name takes up to three.
        let room = self.room + stated.room() + 3 * name.len() as u64 + 512;
        if room > MAX_CONTAINER {
            return Err(reason::SIZE.into());
        }
        self.names.add(name)?;
        self.room = room;
        self.files.push((stated, hasher.finish()));
        Ok(())
    }

    /// Writes the manifest, and reads it as a verifier does.
    ///
    /// # Errors
    ///
    /// `asic.covered.none` without a file; `xml.limits.size` if the manifest is longer than is read.
    pub fn prepare(self) -> Result<Prepared, SignError> {
        if self.files.is_empty() {
            return Err(reason::NO_FILE.into());
        }
        let files = self.files.iter();
        let manifest = Manifest {
            signature: reserved::SIGNATURE.to_owned(),
            files: files
                .map(|(stated, digest)| (stated.name.clone(), *digest))
                .collect(),
        };
        let text = manifest.to_xml();
        if Manifest::read(text.as_bytes())? != manifest {
            return Err(reason::MANIFEST_FOREIGN.into());
        }
        Ok(Prepared {
            files: self.files,
            manifest: text.into_bytes(),
        })
    }
}

/// Files with their manifest.
#[derive(Clone, Debug)]
pub struct Prepared {
    files: Vec<(Stated, Digest)>,
    manifest: Vec<u8>,
}

impl Prepared {
    /// Lets a signer sign the manifest (CAdES-B-B). One signature by the card, however many files.
    ///
    /// # Errors
    ///
    /// `signature.mismatch`, and what the signer answers.
    pub fn sign(
        &self,
        signer: &mut dyn DocumentSigner,
        signing_time: UtcTime,
    ) -> Result<Container, SignError> {
        let digest = Digest::of(signer.algorithm().hash, &self.manifest);
        let mut signature = SignedData::new();
        signature.sign(signer, &digest, Some(signing_time))?;
        Ok(Container {
            files: self.files.clone(),
            manifest: self.manifest.clone(),
            signature,
        })
    }
}

/// A container whose files are not in it yet.
#[derive(Clone, Debug)]
pub struct Container {
    files: Vec<(Stated, Digest)>,
    manifest: Vec<u8>,
    signature: SignedData,
}

impl Container {
    /// The signature over the manifest: its only signer is number 0, who may get a time stamp.
    pub const fn signature_mut(&mut self) -> &mut SignedData {
        &mut self.signature
    }

    /// Writes the container in constant memory. `open` gives the file of a number, in the order in
    /// which they were added.
    ///
    /// Every file is hashed again on the way: what is written is what was signed, or an error. The
    /// caller then throws the output away.
    ///
    /// # Errors
    ///
    /// `sign.content-changed` if a file is another one than was added; those of `open`; `file.io`.
    pub fn write<'f, E: From<SignError>>(
        &self,
        mut open: impl FnMut(usize) -> Result<Box<dyn Read + 'f>, E>,
        out: &mut dyn Write,
    ) -> Result<(), E> {
        let mut writer = Writer::new(out);
        let own = |writer: &mut Writer<'_>, name, mut content: &[u8]| {
            let stated = Stated::of(name, content);
            writer.add(&stated, &mut content, &mut |_| {})
        };
        let first = reserved::MIME_TYPE.as_bytes();
        own(&mut writer, reserved::MIME_TYPE_FILE, first)?;
        for (number, (stated, digest)) in self.files.iter().enumerate() {
            let mut content = open(number)?;
            let mut hasher = Hasher::new(digest.algorithm());
            writer.add(stated, &mut content, &mut |piece| hasher.update(piece))?;
            if hasher.finish() != *digest {
                return Err(SignError::ContentChanged.into());
            }
        }
        own(&mut writer, reserved::MANIFEST, &self.manifest)?;
        let signature = self.signature.to_detached();
        own(&mut writer, reserved::SIGNATURE, &signature)?;
        Ok(writer.finish()?)
    }
}
