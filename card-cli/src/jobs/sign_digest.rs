//! Signature over a digest made by the caller, with the certificate that the caller names.

use card_core::{Certificate, Digest, Signature, Spend};

use super::pin;
use crate::exit::Failure;
use crate::pin_spec::SIGNATURE_PASSWORD;
use crate::session::CardSession;
use crate::ui::Ui;

/// Signs a digest with the signature key; `None` if `fits` refuses the card's certificate, in
/// which case nothing is signed.
pub(crate) fn run(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    digest: &Digest,
    fits: impl FnOnce(&Certificate) -> bool,
    spend: Spend,
) -> Result<Option<(Signature, Certificate)>, Failure> {
    let entered = pin::ask(&SIGNATURE_PASSWORD, card, ui, spend)?;
    card.talk(|transaction| {
        let mut jpki = transaction.jpki()?;
        let mut key = jpki.unlock_signature(&entered.pin, entered.spend)?;
        let certificate = key.certificate()?;
        match fits(&certificate) {
            true => Ok(Some((key.sign(digest)?, certificate))),
            false => Ok(None),
        }
    })
}
