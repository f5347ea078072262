//! Jobs of a JPKI key: what is public is read before the PIN is typed, and it is told whether the
//! certificate has run out.
//!
//! The authentication certificate is free to read. The signature certificate is not, but it never
//! outlasts the authentication certificate (公的個人認証サービスの証明書ポリシー), so that one speaks for
//! both. Where a person answers, one window reads what is public and the counter, and after the last
//! digit only the PIN, the signature and what surrounds them are left. Where nobody answers, all of
//! it is one window.

use card_core::applet::jpki::Jpki;
use card_core::certificate::{Purpose, Validity};
use card_core::domain::date::UtcTime;
use card_core::{Certificate, Error, Spend};

use super::pin::{self, Entered};
use crate::exit::Failure;
use crate::pin_spec::PinSpec;
use crate::session::CardSession;
use crate::ui::{Consent, Note, Ui};

/// The code of the warning.
pub(crate) const CODE: &str = "certificate.expired";

/// What a job needs to know before the PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing: it reads a certificate that holds more, and is only behind the PIN.
    Nothing,
    /// How long the authentication certificate is valid.
    Validity,
    /// The authentication certificate.
    Certificate,
}

/// What was seen, as far as it is free to read.
pub(crate) enum Seen {
    Nothing,
    Validity(Validity),
    Certificate(Box<Certificate>),
}

impl Look {
    fn at(self, jpki: &mut Jpki<'_>) -> Result<Seen, Error> {
        let seen = match self {
            Self::Nothing => return Ok(Seen::Nothing),
            Self::Validity => jpki.authentication_validity().map(Seen::Validity),
            Self::Certificate => jpki
                .authentication_certificate_to_sign()
                .map(|certificate| Seen::Certificate(Box::new(certificate))),
        };
        or_nothing(seen).map(|seen| seen.unwrap_or(Seen::Nothing))
    }
}

impl Seen {
    /// The certificate, where it was read.
    pub(crate) fn certificate(&self) -> Option<&Certificate> {
        match self {
            Self::Certificate(certificate) => Some(certificate),
            _ => None,
        }
    }

    /// When it ran out, if it has.
    fn expired(&self) -> Option<UtcTime> {
        let end = match self {
            Self::Nothing => return None,
            Self::Validity(validity) => validity.not_after,
            Self::Certificate(certificate) => certificate.validity().not_after,
        };
        (UtcTime::now() > end).then_some(end)
    }
}

/// How long the authentication certificate is valid, where that can be read without a PIN.
pub(crate) fn validity(jpki: &mut Jpki<'_>) -> Result<Option<Validity>, Error> {
    or_nothing(jpki.authentication_validity())
}

/// A phone, a card without a certificate, or with one that cannot be read: nothing was seen, and
/// whoever needs it is told so later.
fn or_nothing<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error @ (Error::Transport(_) | Error::Cancelled)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Looks, asks for the PIN and does the work with it. A certificate that has run out is told before
/// the PIN is presented, and a person is asked whether to go on. The warning for programs comes with
/// the result.
///
/// `ready` is called once the PIN is there, before the card hears of it. `work` is called once.
///
/// # Errors
///
/// As [`pin::ask`]; `operation.cancelled`: the person does not want to use that certificate, and no
/// PIN was asked for.
pub(crate) fn unlock<P, T>(
    (look, purpose): (Look, Purpose),
    (spec, spend): (&PinSpec<P>, Spend),
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    ready: impl FnOnce() -> Result<(), Failure>,
    work: impl FnOnce(&mut Jpki<'_>, &Entered<P>, &Seen) -> Result<T, Error>,
) -> Result<(T, Option<&'static str>), Failure> {
    if pin::begin(spec, card, ui)? {
        let (seen, left) = card.talk(|transaction| {
            let seen = look.at(&mut transaction.jpki()?)?;
            Ok((seen, (spec.attempts)(transaction)?))
        })?;
        let expired = seen.expired();
        if let Some(end) = expired
            && !ui.consent(Consent::Expired(purpose, end))?
        {
            return Err(Error::Cancelled.into());
        }
        let spend = pin::agreed(spec, left, ui, spend)?;
        let entered = pin::typed(spec, card, ui, Some(left), spend, false)?;
        ready()?;
        let done = card.talk(|transaction| work(&mut transaction.jpki()?, &entered, &seen))?;
        return Ok((done, expired.map(|_| CODE)));
    }
    let entered = pin::typed(spec, card, ui, None, spend, false)?;
    ready()?;
    let first = card.talk(|transaction| {
        let mut jpki = transaction.jpki()?;
        let seen = look.at(&mut jpki)?;
        match seen.expired() {
            None => work(&mut jpki, &entered, &seen).map(Ok),
            // Told outside of the window, in which no PIN was presented.
            Some(end) => Ok(Err((work, seen, end))),
        }
    })?;
    match first {
        Ok(done) => Ok((done, None)),
        Err((work, seen, end)) => {
            ui.note(Note::Expired(purpose, end));
            let done = card.talk(|transaction| work(&mut transaction.jpki()?, &entered, &seen))?;
            Ok((done, Some(CODE)))
        }
    }
}
