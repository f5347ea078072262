//! Signatures inside XML files (XML署名): to come.
