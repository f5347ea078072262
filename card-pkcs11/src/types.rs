//! Words that every part of the module uses.

use std::sync::{Mutex, MutexGuard, PoisonError};

use card_core::pin::PinKind;
use cryptoki_sys::CK_RV;

/// What a call comes to: an error is the number that the caller gets.
pub(crate) type Outcome<T> = Result<T, CK_RV>;

/// Which of the two tokens of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Authentication = 0,
    Signature = 1,
}

impl Kind {
    /// Its secret.
    pub(crate) fn pin(self) -> PinKind {
        match self {
            Self::Authentication => PinKind::Authentication,
            Self::Signature => PinKind::Signature,
        }
    }

    /// CKA_ID, the same for certificate and keys.
    pub(crate) fn id(self) -> u8 {
        self as u8 + 1
    }

    pub(crate) fn object_label(self) -> &'static str {
        match self {
            Self::Authentication => "JPKI authentication",
            Self::Signature => "JPKI signature",
        }
    }

    /// Names the secret, because programs show nothing else when they ask for it.
    pub(crate) fn token_label(self, japanese: bool) -> &'static str {
        match (self, japanese) {
            (Self::Authentication, false) => "JPKI auth 4-digit PIN",
            (Self::Signature, false) => "JPKI sign 6-16 chars",
            (Self::Authentication, true) => "利用者証明 数字4桁",
            (Self::Signature, true) => "署名用 英数字6-16桁",
        }
    }
}

/// Locks, also behind a panic: what a panic left is judged by what is read from it.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
