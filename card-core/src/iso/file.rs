//! Elementary files by identifier and by short identifier.

use std::fmt;

/// Identifier of an elementary file (EF) or of a PIN or key inside an application.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u16);

impl FileId {
    /// A file of identifier `0001` to `001E`, so that it has a short identifier too.
    #[must_use]
    pub const fn new(id: u16) -> Self {
        assert!(
            id >= 1 && id <= 0x1E,
            "only files with a short identifier are used"
        );
        Self(id)
    }

    /// Both bytes, for SELECT.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// The short identifier (5 bits), equal to the identifier for every file of this card.
    #[must_use]
    pub const fn short(self) -> u8 {
        self.to_bytes()[1]
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
