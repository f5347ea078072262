//! The rules for ASiC-E containers, and why one can be broken.
//!
//! The signature inside is judged by the rules for CMS.

use crate::report::{Rule, constants};

constants! { Rule, RULES, Rule::new;
    /// One ZIP archive without a byte besides, whose headers agree.
    ARCHIVE = "A1", "asic.archive";
    /// Numbers and sizes are sane.
    LIMITS = "A2", "asic.limits";
    /// Names are the same for every program, and stay inside the folder.
    NAMES = "A3", "asic.names";
    /// The first file is the media type of ASiC-E.
    MIME_TYPE = "A4", "asic.mimetype";
    /// `META-INF` holds one manifest and one signature, and nothing else.
    META_INF = "A5", "asic.meta-inf";
    /// The manifest is strict: nothing unknown, each file once, strong digests.
    MANIFEST = "A6", "asic.manifest";
    /// The manifest names every file, and no other.
    COVERED = "A7", "asic.covered";
    /// Each file has the digest that the manifest states.
    DIGESTS = "A8", "asic.digests";
}

/// Why a rule was broken.
pub mod reason {
    use crate::report::{Reason, constants};

    constants! { Reason, ALL, Reason::new;
        /// Cut off, or no ZIP archive.
        MALFORMED = "asic.archive.malformed";
        /// Bytes before, between or behind what belongs to the archive, or parts in another order.
        GAP = "asic.archive.gap";
        /// What stands in front of a file is not what the directory says of it.
        DIFFERS = "asic.archive.differs";
        /// A file that is neither stored nor packed with Deflate.
        METHOD = "asic.archive.method";
        /// An encrypted file.
        ENCRYPTED = "asic.archive.encrypted";
        /// An archive of the 64-bit form, or in several parts.
        ZIP64 = "asic.archive.zip64";
        /// A comment, which some programs show.
        COMMENT = "asic.archive.comment";
        /// A field of unknown meaning; some of them give a file another name.
        EXTRA = "asic.archive.extra";
        /// A link, a folder or a device.
        SPECIAL = "asic.archive.special";
        /// A stored file whose length is told behind it.
        DESCRIPTOR = "asic.archive.descriptor";
        /// A file that does not unpack to the length and check sum that its headers state.
        CONTENT = "asic.archive.content";
        /// Too many files.
        MANY_FILES = "asic.limits.files";
        /// Too large, packed or unpacked.
        SIZE = "asic.limits.size";
        /// A file that unpacks to far more than it takes.
        RATIO = "asic.limits.ratio";
        /// A name that leads out of the folder, that systems change, or that is not shown as it is.
        NAME = "asic.names.unsafe";
        /// A name that is neither ASCII nor marked as UTF-8.
        NAME_ENCODING = "asic.names.encoding";
        /// Two files of one name, or of names that some systems take for one.
        NAME_TWICE = "asic.names.twice";
        /// A name that the container needs itself.
        NAME_RESERVED = "asic.names.reserved";
        /// The first file is not `mimetype`, or not as the standard demands.
        MIME_TYPE = "asic.mimetype.wrong";
        /// A file in `META-INF` that is neither manifest nor signature.
        FOREIGN = "asic.meta-inf.foreign";
        /// No manifest.
        NO_MANIFEST = "asic.manifest.absent";
        /// Several manifests.
        MANIFESTS = "asic.manifest.several";
        /// No signature.
        NO_SIGNATURE = "asic.signature.absent";
        /// Several signatures in files of their own.
        SIGNATURES = "asic.signature.several";
        /// Elements, attributes or text that a manifest has not.
        MANIFEST_FOREIGN = "asic.manifest.foreign";
        /// A digest that is not of SHA-256, SHA-384 or SHA-512.
        WEAK_DIGEST = "asic.manifest.digest-algorithm";
        /// A digest that is no Base64, or not as long as its function makes it.
        DIGEST_MALFORMED = "asic.manifest.digest";
        /// An address that is no name of a file in the container.
        ADDRESS = "asic.manifest.address";
        /// A file named twice.
        NAMED_TWICE = "asic.manifest.twice";
        /// The manifest is for another signature than the one in the container.
        SIGNATURE_NAME = "asic.manifest.signature";
        /// There is no file to sign.
        NO_FILE = "asic.covered.none";
        /// A file that the manifest does not name: it is not signed.
        NOT_COVERED = "asic.covered.missing";
        /// A file that the manifest names and the container has not.
        FILE_ABSENT = "asic.covered.absent";
        /// A file that was changed after signing.
        DIGEST_DIFFERS = "asic.digests.differs";
    }
}
