//! Whether the certificate behind a PIN has run out, looked at before the PIN is spent.
//!
//! The authentication certificate is free to read. The signature certificate is not, but it never
//! outlasts the authentication certificate (公的個人認証サービスの証明書ポリシー), so that one speaks for
//! both.

use card_core::applet::jpki::Jpki;
use card_core::certificate::Purpose;
use card_core::domain::date::UtcTime;
use card_core::{Certificate, Error};

use crate::exit::Failure;
use crate::session::CardSession;
use crate::ui::{Consent, Note, Ui};

/// The code of the warning.
pub(crate) const CODE: &str = "certificate.expired";

/// Looks at the certificate, and asks the person whether to go on if it has run out. Where no
/// person is, it is noted. The warning for programs comes back.
///
/// # Errors
///
/// `operation.cancelled`: the person does not want that; no PIN was asked for.
pub(crate) fn heed(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    purpose: Purpose,
) -> Result<Option<&'static str>, Failure> {
    let certificate = card.talk(|transaction| free(&mut transaction.jpki()?))?;
    let Some(end) = certificate.map(|certificate| certificate.validity().not_after) else {
        return Ok(None);
    };
    if UtcTime::now() <= end {
        return Ok(None);
    }
    if !ui.begin()? {
        ui.note(Note::Expired(purpose, end));
    } else if !ui.consent(Consent::Expired(purpose, end))? {
        return Err(Error::Cancelled.into());
    }
    Ok(Some(CODE))
}

/// The authentication certificate, where it can be read without a PIN. Presents none.
pub(crate) fn free(jpki: &mut Jpki<'_>) -> Result<Option<Certificate>, Error> {
    match jpki.authentication_certificate() {
        Ok(certificate) => Ok(Some(certificate)),
        Err(error @ (Error::Transport(_) | Error::Cancelled)) => Err(error),
        // A phone, a card without one, or one that cannot be read: whoever needs it is told so.
        Err(_) => Ok(None),
    }
}
