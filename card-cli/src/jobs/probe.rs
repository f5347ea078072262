//! The census of a card.

use card_core::probe::Census;

use crate::exit::Failure;
use crate::session::CardSession;

/// What the card has and how it answers. Presents no PIN.
pub(crate) fn census(card: &mut impl CardSession) -> Result<Census, Failure> {
    card.talk(card_core::probe::census)
}
