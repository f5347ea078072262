//! Login: answers a challenge with a Web eID token.

use card_core::Spend;
use card_core::certificate::Purpose;
use card_core::login::{self, Nonce, Origin, Token};

use super::expiry::{self, Look};
use super::pin;
use crate::exit::Failure;
use crate::pin_spec::GIVEN_USER_PIN;
use crate::session::CardSession;
use crate::ui::Ui;

/// Which challenge of which site.
pub(crate) struct Request {
    pub(crate) origin: Origin,
    pub(crate) nonce: Nonce,
}

/// The token, and what its holder was told before.
pub(crate) struct Answer {
    pub(crate) token: Token,
    /// `certificate.expired`: no service takes such a token.
    pub(crate) warning: Option<&'static str>,
}

/// Signs the challenge with the authentication key.
pub(crate) fn run(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    request: &Request,
    spend: Spend,
) -> Result<Answer, Failure> {
    let Request { origin, nonce } = request;
    let look = (Look::Certificate, Purpose::Authentication);
    let wanted = (&GIVEN_USER_PIN, spend);
    let (token, warning) = expiry::unlock(
        look,
        wanted,
        card,
        ui,
        || Ok(()),
        |jpki, entered, seen| {
            let mut key = pin::unlock_authentication(jpki, entered)?;
            match seen.certificate() {
                Some(certificate) => login::answer_for(&mut key, certificate, origin, nonce),
                // A phone: it is behind the PIN.
                None => login::answer(&mut key, origin, nonce),
            }
        },
    )?;
    Ok(Answer { token, warning })
}

/// Reads the address of a site.
pub(crate) fn origin(text: &str) -> Result<Origin, Failure> {
    Ok(Origin::parse(text)?)
}
