//! The rules for PDF signatures, and why one can be broken or a file not be signed.
//!
//! The numbers are those of the guide: P for PDF, C for registry filing.

use crate::report::{Reason, Rule, constants};

constants! { Rule, RULES, Rule::new;
    /// The file can be read by its own cross-references, without a guess.
    STRUCTURE = "P1", "pdf.structure";
    /// Every signature is the value of a field of the form.
    FIELDS = "P2", "pdf.fields";
    /// The byte range is two ranges, from the first byte on, inside the file.
    RANGE = "P3", "pdf.byte-range";
    /// Between the ranges is this signature's value, and nothing else.
    GAP = "P4", "pdf.gap";
    /// Behind the CMS object are only zeros.
    PADDING = "P5", "pdf.padding";
    /// Range and value are from one dictionary, as the signed revision has it.
    DICTIONARY = "P6", "pdf.dictionary";
    /// The kind of signature is known and allowed.
    KIND = "P7", "pdf.kind";
    /// Nothing follows the last signature.
    WHOLE = "P8", "pdf.whole";
    /// What is signed is a revision of this file, whole in itself.
    REVISION = "P9", "pdf.revision";
    /// Since then only what must not matter has changed.
    CHANGES = "P10", "pdf.changes";
    /// What earlier signers permitted is obeyed.
    PERMISSIONS = "P11", "pdf.permissions";
    /// No two signatures are one.
    DISTINCT = "P12", "pdf.distinct";
    /// Every signature is right.
    ALL = "P13", "pdf.all";
}

constants! { Rule, FILING_RULES, Rule::new;
    /// There is a signature dictionary, and it says so.
    FILING_TYPE = "C1", "filing.type";
    /// It is of the kind that the registry reads.
    FILING_KIND = "C2", "filing.kind";
    /// It names the signer.
    FILING_NAME = "C3", "filing.name";
    /// It says when, with the time zone.
    FILING_TIME = "C4", "filing.time";
    /// The ranges are those that the registry checks.
    FILING_RANGE = "C5", "filing.range";
    /// The value is a CMS object with zeros behind.
    FILING_VALUE = "C6", "filing.value";
    /// The certificate is inside, and the attributes are there.
    FILING_CMS = "C7", "filing.cms";
    /// The digest in the signature is SHA-256 of what is signed.
    FILING_DIGEST = "C8", "filing.digest";
    /// Hash function and signature algorithm are the usual ones.
    FILING_ALGORITHM = "C9", "filing.algorithm";
    /// Nothing is in the file that filing systems are said to refuse.
    FILING_EXTRAS = "C10", "filing.extras";
    /// Every signer signed once.
    FILING_SIGNERS = "C11", "filing.signers";
}

/// Why a rule was broken, or why a file cannot be signed.
pub mod reason {
    use super::{Reason, constants};

    constants! { Reason, ALL, Reason::new;
        /// Not a PDF file from its first byte on.
        HEADER = "pdf.header";
        /// Bytes that are no object where one has to be.
        SYNTAX = "pdf.syntax";
        /// A dictionary has a key twice: readers differ in which they take.
        DUPLICATE_KEY = "pdf.duplicate-key";
        /// Nested too deep, or references in a circle.
        NESTING = "pdf.limits.depth";
        /// No `startxref` and `%%EOF`: cut off, or in need of repair.
        NO_XREF = "pdf.xref.absent";
        /// A cross-reference section that cannot be read.
        XREF = "pdf.xref.malformed";
        /// Entries for numbers that are not below the size that the trailer gives.
        XREF_SIZE = "pdf.xref.size";
        /// Sections that lead to each other in a circle.
        XREF_LOOP = "pdf.xref.loop";
        /// A place outside the file, or later than the revision that names it.
        XREF_RANGE = "pdf.xref.range";
        /// Sections that do not follow each other as revisions do.
        XREF_ORDER = "pdf.xref.order";
        /// An entry that leads to another object, or to none.
        XREF_OBJECT = "pdf.xref.object";
        /// An entry that leads into the value of a signature.
        XREF_GAP = "pdf.xref.gap";
        /// Two cross-references side by side (`/XRefStm`) that contradict each other: readers may
        /// see two documents.
        HYBRID = "pdf.hybrid";
        /// Encrypted, be it with an empty password.
        ENCRYPTED = "pdf.encrypted";
        /// A stream whose length is wrong or not known.
        STREAM = "pdf.stream";
        /// Cross-references or objects packed in a way that is not read here.
        FILTER = "pdf.filter";
        /// An object stream that cannot be read.
        OBJECT_STREAM = "pdf.object-stream";
        /// No catalog.
        CATALOG = "pdf.catalog";
        /// A page tree that cannot be read.
        PAGES = "pdf.pages";
        /// A form that cannot be read.
        FORM = "pdf.form";
        /// No signature at all.
        UNSIGNED = "pdf.unsigned";
        /// An earlier signature was removed before the others were made.
        REMOVED = "pdf.signature.removed";
        /// Room for a signature that was never made, older than every signature.
        RESERVED = "pdf.signature.reserved";
        /// Usage rights (`/Perms /UR3`), which are not checked.
        USAGE_RIGHTS = "pdf.usage-rights";
        /// A signature that no field of the form holds.
        ORPHAN = "pdf.signature.orphan";
        /// A signature that is no dictionary with a number of its own in the open.
        HIDDEN = "pdf.signature.hidden";
        /// A later revision has put another dictionary in the place of the signed one.
        REPLACED = "pdf.signature.replaced";
        /// The signature dictionary is not among the bytes that are signed.
        OUTSIDE = "pdf.signature.outside";
        /// No byte range.
        NO_RANGE = "pdf.byte-range.absent";
        /// Not four whole numbers of this file, the first zero, in order.
        RANGE = "pdf.byte-range.malformed";
        /// No value.
        NO_CONTENTS = "pdf.gap.absent";
        /// The value is no plain string of hexadecimal digits.
        CONTENTS = "pdf.gap.malformed";
        /// The gap is not exactly the value (signature wrapping).
        GAP = "pdf.gap.differs";
        /// Bytes other than zero behind the CMS object.
        PADDING = "pdf.padding.not-zero";
        /// No kind of signature is given.
        NO_KIND = "pdf.kind.absent";
        /// A kind of old that hides its digest in SHA-1.
        LEGACY = "pdf.kind.legacy";
        /// A kind that is not known here.
        UNKNOWN_KIND = "pdf.kind.unknown";
        /// No signing time in the dictionary, where PAdES demands it.
        NO_TIME = "pdf.kind.no-time";
        /// Not exactly one signer in the CMS object.
        SIGNERS = "pdf.kind.signers";
        /// Bytes behind the last revision (incremental saving attack, tail).
        TAIL = "pdf.tail";
        /// White space behind the last revision.
        WHITE_SPACE = "pdf.tail.white-space";
        /// Later revisions follow; their changes are judged by rule P10.
        LATER_REVISIONS = "pdf.later-revisions";
        /// The signature ends where no revision ends.
        NO_REVISION = "pdf.revision.absent";
        /// The signed revision cannot be read by itself.
        REVISION = "pdf.revision.unreadable";
        /// The catalog was changed: other pages, other actions.
        CHANGED_CATALOG = "pdf.changed.catalog";
        /// A page was changed.
        CHANGED_PAGE = "pdf.changed.page";
        /// An annotation was added or changed (evil annotation attack).
        CHANGED_ANNOTATION = "pdf.changed.annotation";
        /// The form was changed, or a field taken out of it.
        CHANGED_FORM = "pdf.changed.form";
        /// The value or the look of a field was changed.
        CHANGED_FIELD = "pdf.changed.field";
        /// An earlier signature was changed.
        CHANGED_SIGNATURE = "pdf.changed.signature";
        /// The information dictionary was changed in more than its date and producer.
        CHANGED_INFO = "pdf.changed.info";
        /// An object was changed, or one that was missing was supplied (shadow attack).
        CHANGED_OBJECT = "pdf.changed.object";
        /// A visible signature was put over what others had signed (sneaky signature attack).
        COVERED = "pdf.changed.covered";
        /// A signature that came later shows a picture on a page.
        PICTURE = "pdf.changed.picture";
        /// A signature field that is empty, or holds only a time stamp, shows something that was not
        /// there (evil annotation attack).
        EMPTY_SHOWN = "pdf.changed.empty-field";
        /// Changes that are permitted: dates, metadata, signatures, evidence.
        CHANGED_HARMLESSLY = "pdf.changed.harmless";
        /// The certifying signer forbade this change.
        FORBIDDEN = "pdf.permissions.forbidden";
        /// A field was changed that a signer locked.
        LOCKED = "pdf.permissions.locked";
        /// A certification that is not the first signature.
        CERTIFICATION_LATE = "pdf.permissions.not-first";
        /// Permissions that cannot be read.
        PERMISSIONS = "pdf.permissions.malformed";
        /// Two fields hold one signature.
        SHARED = "pdf.distinct.value";
        /// Two signatures have one byte range.
        SAME_RANGE = "pdf.distinct.range";
        /// Of several signatures not all are right.
        NOT_ALL = "pdf.not-all";
        /// A form of another kind than PDF's own (XFA).
        XFA = "pdf.xfa";
        /// A collection of files: who signs the cover signs little.
        COLLECTION = "pdf.collection";
        /// The document has no such page.
        NO_PAGE = "pdf.page.absent";
        /// The document has no such empty signature field.
        NO_FIELD = "pdf.field.absent";
        /// The field makes a demand of its own (`/SV`, `/Lock`) that is not fulfilled.
        SEED_VALUE = "pdf.field.demands";
        /// A visible signature would lie over what others have signed.
        WOULD_COVER = "pdf.visible.covers";
        /// The box lies outside the page, or is too small.
        BOX = "pdf.visible.box";
        /// The font file cannot be read.
        FONT = "pdf.font";
        /// More than 256 cross-reference sections.
        SECTIONS = "pdf.limits.sections";
        /// Too many objects, or too large when unpacked or for a cross-reference table.
        SIZE = "pdf.limits.size";
        /// Checking would take longer than the size of the file allows.
        WORK = "pdf.limits.work";
        /// Objects that nothing refers to: a later revision could bring them to light.
        UNREFERENCED = "pdf.warning.unreferenced";
        /// Viewers will draw the form anew and show other looks than were signed.
        APPEARANCES = "pdf.warning.appearances";
        /// An empty signature field waits, and the signature does not go into it.
        WAITING_FIELD = "pdf.warning.waiting-field";
        /// A script or an action that starts by itself.
        ACTIVE = "pdf.warning.active";
    }
}

/// What the check for registry filing says.
pub mod filing {
    use super::{Reason, constants};

    constants! { Reason, ALL, Reason::new;
        /// No signature dictionary.
        NO_SIGNATURE = "filing.type.absent";
        /// The dictionary's type is missing or another.
        TYPE = "filing.type.wrong";
        /// Another kind than `adbe.pkcs7.detached`.
        KIND = "filing.kind.wrong";
        /// No name, or an empty one.
        NAME = "filing.name.absent";
        /// No signing time.
        NO_TIME = "filing.time.absent";
        /// A signing time without a zone, or none of the calendar.
        TIME = "filing.time.malformed";
        /// Byte range and value do not fit together.
        RANGE = "filing.range.wrong";
        /// The last signature does not reach the end of the file.
        NOT_WHOLE = "filing.range.not-whole";
        /// An earlier signature does not end at a `%%EOF`.
        NOT_REVISION = "filing.range.no-revision";
        /// No CMS SignedData.
        VALUE = "filing.value.malformed";
        /// Bytes other than zero behind it.
        PADDING = "filing.value.padding";
        /// No certificate.
        NO_CERTIFICATE = "filing.cms.no-certificate";
        /// Attributes without type or digest of the content.
        ATTRIBUTES = "filing.cms.attributes";
        /// No signing time in the CMS object.
        NO_SIGNING_TIME = "filing.cms.no-signing-time";
        /// No attributes: signed directly.
        DIRECT = "filing.cms.direct";
        /// The digest differs.
        DIGEST = "filing.digest.differs";
        /// Another hash function or signature algorithm than SHA-256 with RSA.
        ALGORITHM = "filing.algorithm.unusual";
        /// A time stamp, revocation data or a certification: filing systems may refuse them.
        EXTRAS = "filing.extras.present";
        /// One certificate signed twice.
        SAME_SIGNER = "filing.signers.twice";
        /// The file cannot be read far enough.
        UNREADABLE = "filing.unreadable";
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_words_joined_by_dots_and_differ() {
        let reasons = reason::ALL
            .iter()
            .chain(filing::ALL)
            .map(|reason| reason.code());
        let rules = RULES.iter().chain(FILING_RULES).map(|rule| rule.code());
        let all: Vec<&str> = reasons.chain(rules).collect();
        let codes: BTreeSet<&&str> = all.iter().collect();
        assert_eq!(codes.len(), all.len());
        for code in all {
            assert!(code.contains('.') && !code.contains("good"), "{code}");
            let lower =
                |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
            assert!(code.split(['.', '-']).all(lower), "{code}");
        }
    }
}
