//! The rules for signatures in XML, and why one can be broken.
//!
//! The numbers are those of the guide: X for XML signatures, E for the shape of e-Gov.

use crate::report::{Reason, Rule, constants};

constants! { Rule, RULES, Rule::new;
    /// One well-formed document in UTF-8 or UTF-16, without DTD, within limits.
    DOCUMENT = "X1", "xml.document";
    /// What the caller asked about is what was signed.
    COVERAGE = "X2", "xml.coverage";
    /// As many signatures as expected, where expected.
    SIGNATURES = "X3", "xml.signatures";
    /// What a reference names by its identifier is one element and no other.
    IDENTIFIERS = "X4", "xml.identifiers";
    /// References stay inside the document and the files that the caller supplied.
    ADDRESSES = "X5", "xml.addresses";
    /// Only transforms that leave out the signature or write the canonical form.
    TRANSFORMS = "X6", "xml.transforms";
    /// Strong hash functions and signature schemes that fit the key.
    ALGORITHMS = "X7", "xml.algorithms";
    /// There is a reference, and the digest of each is right.
    REFERENCES = "X8", "xml.references";
    /// The key comes from one certificate in the file.
    CERTIFICATE = "X9", "xml.certificate";
    /// The signature has the elements that it may have, and no others.
    STRUCTURE = "X10", "xml.structure";
    /// XAdES: the signed properties are this signature's and name its certificate.
    PROPERTIES = "X11", "xades.properties";
    /// Digests and signature are base64 of the right length.
    BASE64 = "X12", "xml.base64";
    /// Files that a signature names are inside the archive, each under one name.
    FILES = "X13", "xml.files";
    /// The signature is by the certificate's key over the references.
    SIGNATURE = "X14", "xml.signature";
    /// The certificate is believed: chain, profile, time, revocation.
    TRUST = "X15", "xml.trust";
    /// XAdES: the signing time is a claim inside the life of the certificate.
    SIGNING_TIME = "X16", "xades.signing-time";
    /// The signature has the shape that e-Gov is known to have written and read until 2024.
    EGOV = "E1", "egov.shape";
    /// Files of the archive that the signature does not protect.
    EGOV_FILES = "E2", "egov.files";
}

/// Why a rule was broken.
pub mod reason {
    use super::{Reason, constants};

    constants! { Reason, ALL, Reason::new;
        /// Not well-formed XML 1.0 with namespaces.
        MALFORMED = "xml.malformed";
        /// Neither UTF-8 nor UTF-16, or declared to be something else.
        ENCODING = "xml.encoding";
        /// A DOCTYPE, and with it entities or attributes that are not in the file.
        DTD = "xml.dtd";
        /// A namespace that is no absolute address: canonical forms have no meaning then.
        NAMESPACE = "xml.namespace";
        /// XInclude: content that is not in the file.
        INCLUDE = "xml.include";
        /// The document is too large.
        SIZE = "xml.limits.size";
        /// Elements are nested too deeply.
        DEPTH = "xml.limits.depth";
        /// An element has too many attributes.
        MANY_ATTRIBUTES = "xml.limits.attributes";
        /// Canonical forms of the document would be too large.
        CANONICAL_SIZE = "xml.limits.canonical";
        /// Too many signatures.
        MANY_SIGNATURES = "xml.signatures.many";
        /// Too many references.
        MANY_REFERENCES = "xml.references.many";
        /// Too many certificates.
        MANY_CERTIFICATES = "xml.certificate.many";
        /// The document, or the element or file asked about, is not what was signed.
        NOT_COVERED = "xml.coverage.missing";
        /// A comment in the middle of a text: it is not signed, and can cut a value short.
        COMMENT_IN_TEXT = "xml.coverage.comment";
        /// The element that should be signed is not there, or is there twice.
        NO_SUCH_ELEMENT = "xml.coverage.no-such-element";
        /// Nothing is left of what was signed after the transforms.
        EMPTY = "xml.coverage.empty";
        /// No signature.
        NO_SIGNATURE = "xml.signatures.none";
        /// More signatures than expected.
        SEVERAL_SIGNATURES = "xml.signatures.several";
        /// A signature in another place than expected.
        PLACE = "xml.signatures.place";
        /// An identifier stands twice, so that a reference can mean either.
        ID_TWICE = "xml.identifiers.twice";
        /// A reference names an identifier that is nowhere.
        ID_ABSENT = "xml.identifiers.absent";
        /// What a reference names is in an attribute that is no identifier here.
        ID_FOREIGN = "xml.identifiers.foreign";
        /// A reference to an address outside: file, network, or a name that was not supplied.
        EXTERNAL = "xml.addresses.external";
        /// An XPointer.
        XPOINTER = "xml.addresses.xpointer";
        /// A reference without an address.
        NO_ADDRESS = "xml.addresses.absent";
        /// Key material that has to be fetched from elsewhere.
        RETRIEVAL = "xml.addresses.retrieval";
        /// XPath, XSLT, base64, a canonical form with comments, or an unknown transform.
        TRANSFORM = "xml.transforms.refused";
        /// Transforms in an order or number that has no meaning.
        TRANSFORM_ORDER = "xml.transforms.order";
        /// The signature should be left out of something that it is not in.
        NOT_ENVELOPED = "xml.transforms.not-enveloped";
        /// A transform of a file's bytes.
        FILE_TRANSFORM = "xml.transforms.file";
        /// Canonical XML 1.1 over a part whose surroundings it would have to rewrite.
        C14N11_CONTEXT = "xml.transforms.c14n11-context";
        /// SignedInfo in a canonical form that is not known here.
        CANONICALIZATION = "xml.algorithms.canonicalization";
        /// A digest that is not SHA-256, SHA-384 or SHA-512.
        WEAK_DIGEST = "xml.algorithms.digest";
        /// A signature by HMAC, DSA, SHA-1, MD5 or something that is not known here.
        SIGNATURE_METHOD = "xml.algorithms.signature";
        /// RSASSA-PSS with parameters that are malformed, or with two hash functions.
        PSS_PARAMETERS = "xml.algorithms.pss";
        /// The certificate's key makes no such signatures.
        SIGNATURE_KEY = "xml.algorithms.key";
        /// No reference.
        NO_REFERENCE = "xml.references.none";
        /// What was signed was changed.
        DIGEST_DIFFERS = "xml.references.digest";
        /// A Manifest: references that verifiers need not check.
        MANIFEST = "xml.references.manifest";
        /// The signature is not by this key over these references.
        SIGNATURE_WRONG = "xml.signature.wrong";
        /// No certificate in the signature.
        CERTIFICATE_ABSENT = "xml.certificate.absent";
        /// A certificate that cannot be read.
        CERTIFICATE_MALFORMED = "xml.certificate.malformed";
        /// Several certificates that may be the signer's.
        CERTIFICATE_AMBIGUOUS = "xml.certificate.ambiguous";
        /// A bare key in the signature that is not the certificate's.
        KEY_VALUE = "xml.certificate.key-value";
        /// An element or attribute that does not belong there, or one that is missing.
        FOREIGN = "xml.structure.foreign";
        /// Namespace prefixes that are malformed, or that nothing in the document binds.
        PREFIX_LIST = "xml.structure.prefix-list";
        /// No signed properties, as XAdES demands.
        NO_PROPERTIES = "xades.properties.absent";
        /// Signed properties stand twice.
        PROPERTIES_TWICE = "xades.properties.twice";
        /// Signed properties that no reference covers.
        PROPERTIES_UNSIGNED = "xades.properties.unsigned";
        /// Signed properties that cannot be read.
        PROPERTIES_MALFORMED = "xades.properties.malformed";
        /// Signed properties of another signature.
        TARGET = "xades.properties.target";
        /// No certificate is named in the signed properties.
        NO_SIGNING_CERTIFICATE = "xades.signing-certificate.absent";
        /// Another certificate is named in the signed properties.
        SIGNING_CERTIFICATE = "xades.signing-certificate.differs";
        /// A format is stated of something that was not signed, or of nothing.
        DATA_OBJECT = "xades.data-object-format";
        /// Properties that are not signed, such as time stamps: not judged, not believed.
        UNSIGNED_PROPERTIES = "xades.unsigned-properties";
        /// No signing time, as XAdES demands.
        NO_SIGNING_TIME = "xades.signing-time.absent";
        /// A signing time without zone, or none at all.
        SIGNING_TIME_MALFORMED = "xades.signing-time.malformed";
        /// The claimed signing time lies outside the life of the certificate.
        SIGNING_TIME_OUTSIDE = "xades.signing-time.outside-certificate";
        /// The claimed signing time lies in the future.
        SIGNING_TIME_FUTURE = "xades.signing-time.future";
        /// No base64.
        BASE64 = "xml.base64.malformed";
        /// A digest or signature that is too short or too long.
        LENGTH = "xml.base64.length";
        /// A name that leads out of the archive or means different things to different programs.
        FILE_NAME = "xml.files.name";
        /// Two files of one name.
        FILE_TWICE = "xml.files.twice";
        /// Too many files, or one that is too large.
        FILE_LIMIT = "xml.files.limits";
        /// The file that a signature names is not there.
        FILE_ABSENT = "xml.files.absent";
        /// The document has not the elements of an e-Gov application.
        EGOV_DOCUMENT = "egov.shape.document";
        /// The signature has not the algorithms or references of an e-Gov application.
        EGOV_SIGNATURE = "egov.shape.signature";
        /// The shape was taken from public programs and files; the receiver has not confirmed it.
        EGOV_UNCONFIRMED = "egov.shape.unconfirmed";
        /// Files that can be changed without breaking the signature.
        EGOV_UNPROTECTED = "egov.files.unprotected";
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_words_joined_by_dots_and_differ() {
        let reasons = reason::ALL.iter().map(|reason| reason.code());
        let codes: BTreeSet<&str> = reasons
            .chain(RULES.iter().map(|rule| rule.code()))
            .collect();
        assert_eq!(codes.len(), reason::ALL.len() + RULES.len());
        for code in codes {
            let own = ["xml.", "xades.", "egov."]
                .iter()
                .any(|own| code.starts_with(own));
            assert!(own && !code.contains("good"), "{code}");
            let word = |word: &str| {
                let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
                !word.is_empty() && word.bytes().all(known)
            };
            assert!(code.split(['.', '-']).all(word), "{code}");
        }
    }
}
