//! What a method is: the type of its parameters, which says its name, its result and what it does.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::job::{AtCard, Job};
use crate::exit::Failure;
use crate::trust::TrustOptions;

/// A method that needs no card.
pub(super) trait Method: DeserializeOwned + Described {
    const NAME: &str;
    type Result: Serialize + Described;

    fn run(self, job: &Job) -> Result<Self::Result, Failure>;
}

/// A method at a card: takes `card`, `timeoutMs` and `purpose` too.
pub(super) trait CardMethod: DeserializeOwned + Described {
    const NAME: &str;
    type Result: Serialize + Described;

    fn run(self, job: &AtCard<'_>) -> Result<Self::Result, Failure>;
}

/// A method that judges: takes `trust`, `crl`, `ocsp` and `requireRevocation` too.
pub(super) trait JudgeMethod: DeserializeOwned + Described {
    const NAME: &str;
    type Result: Serialize + Described;

    fn run(self, job: &Job, trust: &TrustOptions) -> Result<Self::Result, Failure>;
}

/// Something that the description of the interface can describe; it is made by a test.
#[cfg(test)]
pub(super) trait Described: schemars::JsonSchema {}
#[cfg(test)]
impl<T: schemars::JsonSchema> Described for T {}
#[cfg(not(test))]
pub(super) trait Described {}
#[cfg(not(test))]
impl<T> Described for T {}
