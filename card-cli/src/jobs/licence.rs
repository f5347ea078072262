//! The driving licence on the card (マイナ免許証): its expiry, or the whole of it with its signature.

use std::path::Path;

use card_core::applet::licence::{Field, LicenceDate, LicenceRecord, LicenceSignature};
use card_core::certificate::Certificate;
use card_core::pin::{PinKind, PinProblem};
use card_core::{Error, OpenLicence, Spend};

use super::pin;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::pin_spec::{Given, LICENCE_PIN};
use crate::progress::Watch;
use crate::session::CardSession;
use crate::source;
use crate::ui::Ui;

/// The expiry and nothing else: six exchanges where the PIN is known before the card is asked.
pub(crate) fn expiry(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    spend: Spend,
) -> Result<Field<LicenceDate>, Failure> {
    unlocked(card, ui, spend, |licence| licence.expiry())
}

/// The record and what the police signed of it.
pub(crate) fn whole(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    spend: Spend,
) -> Result<(LicenceRecord, LicenceSignature), Failure> {
    unlocked(card, ui, spend, |licence| {
        Ok((licence.record()?, licence.signature()?))
    })
}

/// Unlocks the licence and does something with it.
///
/// A card that says that no PIN was chosen is given the four asterisks, and no person is asked. A
/// stream is read before the card is asked, so that one transaction is enough.
fn unlocked<T>(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    spend: Spend,
    job: impl Fn(&mut OpenLicence<'_>) -> Result<T, Error>,
) -> Result<T, Failure> {
    let problem = |error: &Error| match error {
        Error::Pin {
            pin: PinKind::Licence,
            problem,
        } => Some(*problem),
        _ => None,
    };
    let answers = pin::begin(&LICENCE_PIN, card, ui);
    let without = card
        .resident()
        .is_some_and(|who| who.published_secrets().licence_pin.is_none());
    if without || !matches!(answers, Ok(false)) {
        let done = card.talk(|transaction| {
            let mut licence = transaction.licence()?;
            let opened = licence.unlock_without_pin(Spend::KeepOne);
            match opened {
                Err(error) if problem(&error) == Some(PinProblem::Needed) => Ok(None),
                opened => job(&mut opened?).map(Some),
            }
        })?;
        if let Some(done) = done {
            return Ok(done);
        }
    }
    answers?;
    let entered = pin::ask(&LICENCE_PIN, card, ui, spend)?;
    card.talk(|transaction| {
        let mut licence = transaction.licence()?;
        let opened = match &entered.pin {
            Given::Value(pin) => licence.unlock(pin, entered.spend),
            Given::OnReader => licence.unlock_on_pinpad(entered.spend),
        };
        match opened {
            Err(error) if problem(&error) == Some(PinProblem::NotSet) => {}
            opened => return job(&mut opened?),
        }
        job(&mut licence.unlock_without_pin(Spend::KeepOne)?)
    })
}

const LARGEST_CERTIFICATE: u64 = 1 << 20;

/// A certificate that the user gives, as DER or PEM.
pub(crate) fn certificate(path: &Path, watch: &dyn Watch) -> Result<Certificate, Failure> {
    let bytes = source::whole(path, LARGEST_CERTIFICATE, watch)?;
    let parsed = match Certificate::parse_exact(&bytes) {
        Ok(certificate) => Some(certificate),
        Err(_) => Certificate::parse_pem(&bytes)
            .ok()
            .and_then(|all| <[Certificate; 1]>::try_from(all).ok())
            .map(|[one]| one),
    };
    let unusable = || ProgramError::LicenceCertificate(path.into());
    let certificate = parsed.ok_or_else(unusable)?;
    LicenceSignature::can_be_checked_by(&certificate).map_err(|_| unusable())?;
    Ok(certificate)
}
