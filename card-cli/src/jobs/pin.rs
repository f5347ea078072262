//! PINs: asking for one, the counters, checking and changing. All PINs that this program presents
//! come through [`ask`].
//!
//! Where a person answers, the card is asked for its counter in a transaction of its own first, so
//! that no human is waited for inside one. What can be no such PIN is asked for again, for nothing
//! was sent; nothing here presents anything twice.

use card_core::applet::profile::{OpenProfile, Profile};
use card_core::pin::ProfilePin;
use card_core::pin::{Attempts, PinKind, PinProblem, ShapeProblem};
use card_core::{AuthenticationKey, Error, Jpki, Spend, UserPin, resident_pin};
use zeroize::Zeroizing;

use crate::attempts::Left;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::pin_word;
use crate::pin_spec::{
    GIVEN_PROFILE_PIN, GIVEN_USER_PIN, Given, PROFILE_PIN, PinSpec, RESIDENT_PIN,
    SIGNATURE_PASSWORD, USER_PIN,
};
use crate::session::CardSession;
use crate::ui::{Consent, Note, PinAnswer, PinQuestion, Ui};

/// A PIN and which attempts it may spend.
pub(crate) struct Entered<P> {
    pub(crate) pin: P,
    pub(crate) spend: Spend,
}

/// Gets a PIN. `spend` says whether the last attempt may be spent without another question.
///
/// # Errors
///
/// - `pin.blocked`, `pin.last-attempt`: the counter or the person forbids it; nothing was asked.
/// - `pin.shape`: this can be no such PIN; nothing was presented.
/// - `operation.cancelled`: the person declined.
pub(crate) fn ask<P>(
    spec: &PinSpec<P>,
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    spend: Spend,
) -> Result<Entered<P>, Failure> {
    enter(spec, card, ui, spend, false)
}

fn enter<P>(
    spec: &PinSpec<P>,
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    spend: Spend,
    current: bool,
) -> Result<Entered<P>, Failure> {
    if !begin(spec, card, ui)? {
        return typed(spec, card, ui, None, spend, current);
    }
    let left = card.talk(|transaction| (spec.attempts)(transaction))?;
    let spend = agreed(spec, left, ui, spend)?;
    typed(spec, card, ui, Some(left), spend, current)
}

/// Gets ready for the question; whether a person answers it. Where the PIN is typed on the reader no
/// terminal is needed.
pub(super) fn begin<P>(
    spec: &PinSpec<P>,
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
) -> Result<bool, Failure> {
    match ui.begin() {
        Err(failure)
            if failure.code() == "pin.no-terminal" && on_reader(spec, card, ui)?.is_some() =>
        {
            Ok(true)
        }
        begun => begun,
    }
}

/// What stands for this PIN where the reader has a keypad and a person answers.
pub(super) fn on_reader<P>(
    spec: &PinSpec<P>,
    card: &mut impl CardSession,
    ui: &dyn Ui,
) -> Result<Option<P>, Failure> {
    match spec.on_reader {
        Some(on_reader) if ui.takes_pinpad() => {
            let pinpad = card.talk(|transaction| transaction.pinpad())?;
            Ok(pinpad.verify.then(on_reader))
        }
        _ => Ok(None),
    }
}

/// Presents the authentication PIN once.
pub(crate) fn unlock_authentication<'j>(
    jpki: &'j mut Jpki<'_>,
    entered: &Entered<Given<UserPin>>,
) -> Result<AuthenticationKey<'j>, Error> {
    match &entered.pin {
        Given::Value(pin) => jpki.unlock_authentication(pin, entered.spend),
        Given::OnReader => jpki.unlock_authentication_on_pinpad(entered.spend),
    }
}

/// Presents the profile PIN once.
pub(super) fn unlock_profile<'p>(
    profile: &'p mut Profile<'_>,
    pin: &Given<ProfilePin>,
    spend: Spend,
) -> Result<OpenProfile<'p, ProfilePin>, Error> {
    match pin {
        Given::Value(pin) => profile.unlock(pin, spend),
        Given::OnReader => profile.unlock_on_pinpad(spend),
    }
}

/// Gets the value itself; `left` is told to a person.
pub(super) fn typed<P>(
    spec: &PinSpec<P>,
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    left: Option<Attempts>,
    spend: Spend,
    current: bool,
) -> Result<Entered<P>, Failure> {
    if let Some(left) = left {
        if let Some(pin) = on_reader(spec, card, ui)? {
            ui.on_pinpad(spec.kind, left)?;
            return Ok(Entered { pin, spend });
        }
        if spec.kind == PinKind::Signature
            && ui.takes_pinpad()
            && card.talk(|transaction| transaction.pinpad())?.verify
        {
            ui.note(Note::NotOnPinpad(spec.kind));
        }
    }
    let options = &[(spec.kind, left)];
    loop {
        let value = match ui.pin(&PinQuestion { options, current })? {
            PinAnswer::Value(value) => value,
            PinAnswer::Published => published(spec, card)?,
        };
        match shaped(spec.kind, spec.parse, &value) {
            Ok(pin) => return Ok(Entered { pin, spend }),
            Err(problem) if ui.asks_again(&problem) => {}
            Err(problem) => return Err(problem),
        }
    }
}

/// Gets a PIN and the value that shall replace it.
///
/// # Errors
///
/// As [`ask`]; `pin.same`: the new value is the current one.
pub(crate) fn ask_change<P: PartialEq>(
    spec: &PinSpec<P>,
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    spend: Spend,
) -> Result<(Entered<P>, P), Failure> {
    let old = enter(spec, card, ui, spend, true)?;
    let choose = |value: &[u8]| {
        let new = shaped(spec.kind, spec.choose, value)?;
        match new == old.pin {
            true => Err(ProgramError::PinSame(pin_word(spec.kind)).into()),
            false => Ok(new),
        }
    };
    let new = ui.new_pin(spec.kind, &|value| choose(value).map(drop))?;
    let new = choose(&new)?;
    Ok((old, new))
}

/// Which attempts may be spent, where the counter stands so: the person is asked for consent if it
/// is the last one.
pub(super) fn agreed<P>(
    spec: &PinSpec<P>,
    left: Attempts,
    ui: &mut dyn Ui,
    spend: Spend,
) -> Result<Spend, Failure> {
    let problem = |problem| {
        Failure::from(Error::Pin {
            pin: spec.kind,
            problem,
        })
    };
    match left {
        Attempts::Blocked => Err(problem(PinProblem::Blocked)),
        Attempts::Left(2..) => Ok(spend),
        Attempts::Left(_) | Attempts::Unknown if spend == Spend::LastAttempt => Ok(spend),
        Attempts::Left(_) | Attempts::Unknown => {
            if !ui.consent(Consent::LastAttempt(spec.kind, left))? {
                return Err(problem(PinProblem::LastAttempt { left }));
            }
            Ok(Spend::LastAttempt)
        }
    }
}

/// What is published of the resident on the card. Where the resident has none, the card says why.
pub(crate) fn published<P>(
    spec: &PinSpec<P>,
    card: &mut impl CardSession,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let resident = card
        .resident()
        .ok_or_else(|| Failure::from(ProgramError::PinSimOnly))?;
    let value = (spec.published)(&resident.published_secrets());
    if value.is_none() {
        card.talk(|transaction| (spec.attempts)(transaction))?;
    }
    Ok(Zeroizing::new(value.unwrap_or_default().into_bytes()))
}

/// Reads a PIN, or says which rule of its shape it breaks.
pub(crate) fn shaped<P>(
    kind: PinKind,
    parse: fn(&[u8]) -> Result<P, ShapeProblem>,
    value: &[u8],
) -> Result<P, Failure> {
    parse(value).map_err(|problem| Error::shape(kind, problem).into())
}

/// A PIN that can be checked and changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changeable {
    Authentication,
    Signature,
    Profile,
    Resident,
}

impl Changeable {
    /// The PIN.
    pub(crate) fn kind(self) -> PinKind {
        match self {
            Self::Authentication => PinKind::Authentication,
            Self::Signature => PinKind::Signature,
            Self::Profile => PinKind::Profile,
            Self::Resident => PinKind::Resident,
        }
    }
}

/// The counters. Presents no PIN.
pub(crate) fn status(card: &mut impl CardSession) -> Result<Left, Failure> {
    card.talk(|transaction| {
        let mut attempts = Left::default();
        attempts.ask_profile(transaction)?;
        attempts.ask_visual(transaction)?;
        attempts.ask_licence(transaction)?;
        attempts.ask_jpki(&mut transaction.jpki()?)?;
        Ok(attempts)
    })
}

/// Presents a PIN once. A wrong one costs an attempt; of the resident PIN one of each copy.
pub(crate) fn check(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    which: Changeable,
    spend: Spend,
) -> Result<(), Failure> {
    ui.note(Note::CostsAttempt(which.kind()));
    match which {
        Changeable::Authentication => {
            let entered = ask(&GIVEN_USER_PIN, card, ui, spend)?;
            card.talk(|transaction| {
                unlock_authentication(&mut transaction.jpki()?, &entered)?;
                Ok(())
            })
        }
        Changeable::Signature => {
            let entered = ask(&SIGNATURE_PASSWORD, card, ui, spend)?;
            card.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                jpki.unlock_signature(&entered.pin, entered.spend)?;
                Ok(())
            })
        }
        Changeable::Profile => {
            let Entered { pin, spend } = ask(&GIVEN_PROFILE_PIN, card, ui, spend)?;
            card.talk(|transaction| {
                unlock_profile(&mut transaction.profile()?, &pin, spend).map(drop)
            })
        }
        Changeable::Resident => {
            let Entered { pin, spend } = ask(&RESIDENT_PIN, card, ui, spend)?;
            card.talk(|transaction| {
                // Stops at the copy that refuses it.
                transaction.resident()?.unlock(&pin, spend)?;
                transaction.common()?.unlock(&pin, spend)?;
                Ok(())
            })
        }
    }
}

/// Changes a PIN; the old one is presented once.
pub(crate) fn change(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    which: Changeable,
    spend: Spend,
) -> Result<(), Failure> {
    ui.note(Note::CostsAttempt(which.kind()));
    match which {
        Changeable::Authentication => {
            if ui.takes_pinpad() && card.talk(|transaction| transaction.pinpad())?.modify {
                let entered = ask(&GIVEN_USER_PIN, card, ui, spend)?;
                return card.talk(|transaction| {
                    unlock_authentication(&mut transaction.jpki()?, &entered)?
                        .change_pin_on_pinpad()
                });
            }
            let (old, new) = ask_change(&USER_PIN, card, ui, spend)?;
            card.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                jpki.unlock_authentication(&old.pin, old.spend)?
                    .change_pin(&new)
            })
        }
        Changeable::Signature => {
            let (old, new) = ask_change(&SIGNATURE_PASSWORD, card, ui, spend)?;
            card.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                jpki.unlock_signature(&old.pin, old.spend)?
                    .change_password(&new)
            })
        }
        Changeable::Profile => {
            let (old, new) = ask_change(&PROFILE_PIN, card, ui, spend)?;
            card.talk(|transaction| {
                let mut profile = transaction.profile()?;
                profile.unlock(&old.pin, old.spend)?.change_pin(&new)
            })
        }
        Changeable::Resident => {
            let (old, new) = ask_change(&RESIDENT_PIN, card, ui, spend)?;
            card.talk(|transaction| resident_pin::change(transaction, &old.pin, &new, old.spend))
        }
    }
}
