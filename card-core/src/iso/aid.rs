//! Application identifiers.

use std::fmt;

/// The name by which a card application is selected (AID), 5 to 16 bytes.
///
/// Always selected by its full name: a shortened one may hit another application.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Aid(&'static [u8]);

impl Aid {
    /// An identifier known at compile time.
    #[must_use]
    pub const fn new(bytes: &'static [u8]) -> Self {
        assert!(
            bytes.len() >= 5 && bytes.len() <= 16,
            "an AID has 5 to 16 bytes"
        );
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &'static [u8] {
        self.0
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}
