//! The rules for JSON Web Signatures, and why one can be broken.

use crate::report::{Reason, Rule, constants};

constants! { Rule, RULES, Rule::new;
    /// Three parts in strict Base64url, JSON without a key that stands twice.
    ENCODING = "J1", "jws.encoding";
    /// The algorithm is one that the caller allows and fits the key.
    ALGORITHM = "J2", "jws.algorithm";
    /// The key is that of a trusted certificate in `x5c`, and comes from nowhere else.
    KEY = "J3", "jws.key";
    /// What is critical is understood.
    CRITICAL = "J4", "jws.critical";
    /// The claims are those of this use, this audience and this time.
    CLAIMS = "J5", "jws.claims";
    /// Size and nesting are sane.
    LIMITS = "J6", "jws.limits";
    /// The signature is by that key over header and payload.
    SIGNATURE = "J7", "jws.signature";
}

/// Why a rule was broken.
pub mod reason {
    use super::{Reason, constants};

    constants! { Reason, ALL, Reason::new;
        /// Not three parts.
        PARTS = "jws.parts";
        /// A part that is not strict Base64url.
        BASE64 = "jws.base64";
        /// A header or claims set that is no JSON object, or names a key twice.
        JSON = "jws.json";
        /// A payload inside where a detached one was expected, or the reverse.
        DETACHED = "jws.detached";
        /// The content is not in the token: it lies in a file beside it.
        CONTENT_ABSENT = "jws.content.absent";
        /// No algorithm, or one that is not allowed.
        ALGORITHM = "jws.algorithm.refused";
        /// The certificate's key makes no such signatures.
        ALGORITHM_KEY = "jws.algorithm.key";
        /// No certificate.
        NO_CERTIFICATE = "jws.certificate.absent";
        /// An `x5c` that is no list of certificates in Base64.
        CERTIFICATE_MALFORMED = "jws.certificate.malformed";
        /// The header offers a key of its own (`jwk`, `jku`, `x5u`); it was ignored.
        KEY_IGNORED = "jws.key.ignored";
        /// Something critical that is not understood, or a wrong list of it.
        CRITICAL = "jws.critical.unknown";
        /// An unencoded payload (`b64`) that is not declared critical, or not detached.
        UNENCODED = "jws.critical.b64";
        /// Another type of token than this use has.
        TYPE = "jws.claims.type";
        /// No end of life, or it is past.
        EXPIRED = "jws.claims.expired";
        /// The token begins in the future.
        NOT_YET_VALID = "jws.claims.not-yet-valid";
        /// Issued by another issuer than expected.
        ISSUER = "jws.claims.issuer";
        /// Meant for another audience.
        AUDIENCE = "jws.claims.audience";
        /// Another nonce than the one given out.
        NONCE = "jws.claims.nonce";
        /// A token that was used before, or without a number to tell.
        REPLAYED = "jws.claims.replayed";
        /// Too large.
        SIZE = "jws.limits.size";
        /// The signature is not by this key over these bytes.
        SIGNATURE_WRONG = "jws.signature.wrong";
    }
}
