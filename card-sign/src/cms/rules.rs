//! The rules for CMS signatures and time stamps, and why one can be broken.
//!
//! The numbers are those of the guide: M for CMS, T for time stamps (RFC 3161).

use crate::report::{Reason, Rule, constants};

constants! { Rule, RULES, Rule::new;
    /// One BER object, and nothing behind it.
    ENCODING = "M1", "cms.encoding";
    /// The signed attributes are DER as received.
    ATTRIBUTES_DER = "M2", "cms.attributes-encoding";
    /// Version numbers are those that the content demands.
    VERSION = "M3", "cms.version";
    /// There is a signature, and every one is right.
    SIGNERS = "M4", "cms.signers";
    /// Exactly one certificate is the one that the signature names.
    CERTIFICATE = "M5", "cms.certificate";
    /// The hash function is strong and announced.
    DIGEST_ALGORITHM = "M6", "cms.digest-algorithm";
    /// The signature algorithm fits hash function and key.
    SIGNATURE_ALGORITHM = "M7", "cms.signature-algorithm";
    /// There are signed attributes: without them, attributes and content can be exchanged.
    ATTRIBUTES = "M8", "cms.attributes";
    /// The content-type attribute is the type of the content.
    CONTENT_TYPE = "M9", "cms.content-type";
    /// The message-digest attribute is the digest of the content.
    DIGEST = "M10", "cms.digest";
    /// No signed attribute stands twice.
    ATTRIBUTES_ONCE = "M11", "cms.attributes-once";
    /// What was signed is what was received, not another writing of it.
    ATTRIBUTES_RECEIVED = "M12", "cms.attributes-received";
    /// The signature is by the certificate's key over the attributes.
    SIGNATURE = "M13", "cms.signature";
    /// The signing-certificate attribute names the certificate.
    SIGNING_CERTIFICATE = "M14", "cms.signing-certificate";
    /// The certificate is believed: chain, profile, time, revocation.
    TRUST = "M15", "cms.trust";
    /// The signing time is a claim inside the life of the certificate.
    SIGNING_TIME = "M16", "cms.signing-time";
    /// Content and its type are what the caller asked about.
    EXPECTED = "M17", "cms.expected";
    /// Numbers and sizes are sane.
    LIMITS = "M18", "cms.limits";
    /// The time-stamp authority granted, and sent a token.
    STAMP_GRANTED = "T1", "timestamp.granted";
    /// The token answers the request: imprint, nonce, policy, version.
    STAMP_ANSWERS = "T2", "timestamp.answers";
    /// The token is a right CMS signature by exactly one signer.
    STAMP_SIGNATURE = "T3", "timestamp.signature";
    /// The token's certificate is a trusted time-stamp authority's.
    STAMP_TRUST = "T4", "timestamp.trust";
    /// The time lies in the certificate's life, not before the signing time, not in the future.
    STAMP_TIME = "T5", "timestamp.time";
    /// The imprint covers the signature value.
    STAMP_COVERS = "T6", "timestamp.covers";
}

/// Why a rule was broken.
pub mod reason {
    use super::{Reason, constants};

    constants! { Reason, ALL, Reason::new;
        /// Cut off, or no BER.
        MALFORMED = "cms.malformed";
        /// It is CMS, but no SignedData.
        NOT_SIGNED_DATA = "cms.not-signed-data";
        /// Bytes behind the object.
        TRAILING = "cms.trailing-data";
        /// A PEM text of another kind, or no base64.
        PEM = "cms.pem";
        /// Content that is no OCTET STRING, as PKCS #7 1.5 allowed.
        CONTENT_FORM = "cms.content.form";
        /// The structure is nested too deep.
        DEPTH = "cms.limits.depth";
        /// The structure without its content is too large.
        SIZE = "cms.limits.size";
        /// Too many certificates.
        MANY_CERTIFICATES = "cms.limits.certificates";
        /// Too many signers.
        MANY_SIGNERS = "cms.limits.signers";
        /// Too many attributes.
        MANY_ATTRIBUTES = "cms.limits.attributes";
        /// A version that does not exist, or not the one for this content.
        VERSION = "cms.version.wrong";
        /// A signer's version that does not fit how it names its certificate.
        SIGNER_VERSION = "cms.version.signer";
        /// There is no signature.
        NO_SIGNER = "cms.signers.none";
        /// Of several signatures not all are right.
        NOT_ALL_SIGNERS = "cms.signers.not-all";
        /// A signer that cannot be read.
        SIGNER_MALFORMED = "cms.signer.malformed";
        /// The signer's certificate is neither inside nor supplied.
        CERTIFICATE_ABSENT = "cms.certificate.absent";
        /// Several certificates have the issuer and serial number that the signature names.
        CERTIFICATE_AMBIGUOUS = "cms.certificate.ambiguous";
        /// MD5, SHA-1 or a hash function that is not known here.
        WEAK_DIGEST = "cms.digest-algorithm.refused";
        /// The signer's hash function is not among those announced.
        DIGEST_NOT_LISTED = "cms.digest-algorithm.not-listed";
        /// A signature algorithm that is not known here.
        UNKNOWN_SIGNATURE = "cms.signature-algorithm.refused";
        /// The signature algorithm names another hash function than the signer does.
        SIGNATURE_HASH = "cms.signature-algorithm.hash";
        /// PSS with another hash or mask than the signer's, or parameters that are malformed.
        PSS_PARAMETERS = "cms.signature-algorithm.pss";
        /// The certificate's key makes no such signatures.
        SIGNATURE_KEY = "cms.signature-algorithm.key";
        /// No signed attributes.
        NO_ATTRIBUTES = "cms.attributes.none";
        /// The content is itself a set of attributes: it may have been signed as such.
        ATTRIBUTES_AS_CONTENT = "cms.attributes.as-content";
        /// Not DER: indefinite or long lengths, or not sorted.
        ATTRIBUTES_NOT_DER = "cms.attributes.not-der";
        /// The signature fits a sorted writing of the attributes, not the one received.
        ATTRIBUTES_REENCODED = "cms.attributes.reencoded";
        /// An attribute stands twice.
        ATTRIBUTE_TWICE = "cms.attributes.twice";
        /// An attribute that cannot be read, or without exactly one value.
        ATTRIBUTE_MALFORMED = "cms.attributes.malformed";
        /// No content-type attribute.
        NO_CONTENT_TYPE = "cms.content-type.absent";
        /// The content-type attribute is not the type of the content.
        CONTENT_TYPE_DIFFERS = "cms.content-type.differs";
        /// No message-digest attribute.
        NO_DIGEST = "cms.digest.absent";
        /// The digest has not the length of its hash function.
        DIGEST_LENGTH = "cms.digest.length";
        /// The content is not the content that was signed.
        DIGEST_DIFFERS = "cms.digest.differs";
        /// The signature is not by this key over these bytes.
        SIGNATURE_WRONG = "cms.signature.wrong";
        /// No signing-certificate attribute, as CAdES and PAdES demand.
        NO_SIGNING_CERTIFICATE = "cms.signing-certificate.absent";
        /// The signing-certificate attribute cannot be read.
        SIGNING_CERTIFICATE_MALFORMED = "cms.signing-certificate.malformed";
        /// The signing-certificate attribute names another certificate.
        SIGNING_CERTIFICATE_DIFFERS = "cms.signing-certificate.differs";
        /// Its digest is right, but issuer or serial number are another certificate's.
        SIGNING_CERTIFICATE_ISSUER = "cms.signing-certificate.issuer";
        /// The trust store refuses the certificate and gives no reason of its own.
        UNTRUSTED = "certificate.untrusted";
        /// The certificate was revoked, but after the moment that is judged for.
        REVOKED_LATER = "certificate.revoked-later";
        /// No signing time, as CAdES demands.
        NO_SIGNING_TIME = "cms.signing-time.absent";
        /// A signing time where PAdES forbids it.
        SIGNING_TIME_FORBIDDEN = "cms.signing-time.forbidden";
        /// The signing time cannot be read.
        SIGNING_TIME_MALFORMED = "cms.signing-time.malformed";
        /// The claimed signing time lies outside the life of the certificate.
        SIGNING_TIME_OUTSIDE = "cms.signing-time.outside-certificate";
        /// The claimed signing time lies in the future.
        SIGNING_TIME_FUTURE = "cms.signing-time.future";
        /// The file brings its own content where a detached signature was expected.
        CONTENT_EMBEDDED = "cms.content.embedded";
        /// The file has no content, and none was supplied.
        CONTENT_ABSENT = "cms.content.absent";
        /// The content is of another type than asked for.
        TYPE_UNEXPECTED = "cms.content-type.unexpected";
        /// The time-stamp authority refused.
        STAMP_REFUSED = "timestamp.refused";
        /// The answer or token cannot be read.
        STAMP_MALFORMED = "timestamp.malformed";
        /// A version of TSTInfo that does not exist.
        STAMP_VERSION = "timestamp.version";
        /// The imprint is made with a weak or another hash function than asked for.
        STAMP_ALGORITHM = "timestamp.imprint-algorithm";
        /// The imprint is that of something else.
        STAMP_IMPRINT = "timestamp.imprint";
        /// The nonce is missing, or answers another request.
        STAMP_NONCE = "timestamp.nonce";
        /// Another policy than asked for.
        STAMP_POLICY = "timestamp.policy";
        /// A critical extension that is not known here.
        STAMP_EXTENSION = "timestamp.extension";
        /// Not exactly one signer.
        STAMP_SIGNERS = "timestamp.signers";
        /// The token's own signature is broken.
        STAMP_SIGNATURE_WRONG = "timestamp.signature-wrong";
        /// Extended key usage is not critical, or not time stamping alone.
        STAMP_KEY_USAGE = "timestamp.extended-key-usage";
        /// The time-stamp authority is not trusted.
        STAMP_UNTRUSTED = "timestamp.untrusted";
        /// The time lies outside the life of the authority's certificate.
        STAMP_OUTSIDE = "timestamp.outside-certificate";
        /// The time lies before the claimed signing time.
        STAMP_EARLY = "timestamp.before-signing";
        /// The time lies in the future.
        STAMP_FUTURE = "timestamp.future";
    }
}
