//! JSON Web Signatures.
