//! Login: answers a challenge with a Web eID token.

use card_core::Spend;
use card_core::certificate::Purpose;
use card_core::login::{self, Nonce, Origin, Token};

use super::{expiry, pin};
use crate::exit::Failure;
use crate::facts::{Fact, origin_word};
use crate::pin_spec::USER_PIN;
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
    let warning = expiry::heed(card, ui, Purpose::Authentication)?;
    let entered = pin::ask(&USER_PIN, card, ui, spend)?;
    let token = card.talk(|transaction| {
        let mut jpki = transaction.jpki()?;
        let mut key = jpki.unlock_authentication(&entered.pin, entered.spend)?;
        login::answer(&mut key, &request.origin, &request.nonce)
    })?;
    Ok(Answer { token, warning })
}

/// Reads the address of a site.
pub(crate) fn origin(text: &str) -> Result<Origin, Failure> {
    Origin::parse(text).map_err(|problem| {
        Failure::new(problem.code()).telling("problem", Fact::Word(origin_word(problem)))
    })
}
