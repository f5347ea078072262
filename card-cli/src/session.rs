//! A card in the hands of one job.

use card_core::{Error, Transaction};
use card_sim::persona::Persona;

use crate::exit::Failure;

/// A card in the hands of one job, however its front came to it.
pub(crate) trait CardSession {
    /// Does something inside one transaction. A signal or a cancellation meanwhile ends as
    /// `operation.cancelled`, after the security status of the card was reset.
    fn talk<T>(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure>;

    /// The reader's name.
    fn reader_name(&self) -> String;

    /// The holder of a simulated card, whose PINs are published.
    fn resident(&self) -> Option<&Persona>;
}
