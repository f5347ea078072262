//! Counters of attempts, as every report shows them.

use card_core::applet::jpki::Jpki;
use card_core::pin::PinProblem;
use card_core::{Attempts, Error, Transaction};
use serde::Serialize;

use crate::output::capital;
use crate::texts::Texts;

/// Attempts left by PIN: 0 is blocked, null is not told by the card, or not there.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Left {
    /// 利用者証明用電子証明書暗証番号, JPKI 0018.
    pub(crate) authentication: Option<u8>,
    /// 署名用電子証明書暗証番号, JPKI 001B.
    pub(crate) signature: Option<u8>,
    /// 券面事項入力補助用暗証番号, profile 0011.
    pub(crate) profile: Option<u8>,
    /// 照合番号A, profile 0014.
    pub(crate) profile_number_a: Option<u8>,
    /// 照合番号B, profile 0015.
    pub(crate) profile_number_b: Option<u8>,
    /// 照合番号B, visual 0012.
    pub(crate) visual_number_b: Option<u8>,
    /// 照合番号A, visual 0013.
    pub(crate) visual_number_a: Option<u8>,
    /// マイナ免許証の暗証番号, licence 0006.
    pub(crate) licence: Option<u8>,
}

impl Left {
    /// Asks the profile application, if the card has it; says whether it has.
    ///
    /// Four exchanges, no attempt.
    pub(crate) fn ask_profile(&mut self, card: &mut Transaction<'_>) -> Result<bool, Error> {
        let Some(mut profile) = if_there(card.profile())? else {
            return Ok(false);
        };
        self.profile = counted(profile.pin_attempts())?;
        self.profile_number_a = counted(profile.number_a_attempts())?;
        self.profile_number_b = counted(profile.number_b_attempts())?;
        Ok(true)
    }

    /// Asks the visual application, if the card has it; says whether it has.
    ///
    /// Three exchanges, no attempt.
    pub(crate) fn ask_visual(&mut self, card: &mut Transaction<'_>) -> Result<bool, Error> {
        let Some(mut visual) = if_there(card.visual())? else {
            return Ok(false);
        };
        self.visual_number_b = counted(visual.number_b_attempts())?;
        self.visual_number_a = counted(visual.number_a_attempts())?;
        Ok(true)
    }

    /// Asks the licence application, if the card has it; says whether it has.
    ///
    /// Two exchanges, one on a card without a driving licence; no attempt.
    pub(crate) fn ask_licence(&mut self, card: &mut Transaction<'_>) -> Result<bool, Error> {
        let Some(mut licence) = if_there(card.licence())? else {
            return Ok(false);
        };
        self.licence = counted(licence.pin_attempts())?;
        Ok(true)
    }

    /// Asks the two PINs of the JPKI application. Two exchanges, no attempt.
    pub(crate) fn ask_jpki(&mut self, jpki: &mut Jpki<'_>) -> Result<(), Error> {
        self.authentication = counted(jpki.authentication_attempts())?;
        self.signature = counted(jpki.signature_attempts())?;
        Ok(())
    }

    /// Whether no PIN that a holder sets can be presented, the licence's apart.
    pub(crate) fn none_usable(&self) -> bool {
        let of_holder = [self.authentication, self.signature, self.profile];
        of_holder.iter().all(|left| left.unwrap_or(0) == 0)
    }

    /// One row for each PIN that the card has.
    pub(crate) fn rows(&self, texts: &Texts) -> Vec<Vec<String>> {
        let row = |name: &str, left| vec![capital(&texts.say(name)), shown(left, texts)];
        let mut rows = vec![
            row("pin-authentication", self.authentication),
            row("pin-signature", self.signature),
        ];
        let more = [
            ("pin-profile", self.profile),
            ("attempts-profile-number-a", self.profile_number_a),
            ("attempts-profile-number-b", self.profile_number_b),
            ("attempts-visual-number-b", self.visual_number_b),
            ("attempts-visual-number-a", self.visual_number_a),
            ("pin-licence", self.licence),
        ];
        // Phones and older cards have none of these.
        let more = more.into_iter().filter(|(_, left)| left.is_some());
        rows.extend(more.map(|(name, left)| row(name, left)));
        rows
    }
}

/// An application that is missing is an answer.
pub(crate) fn if_there<T>(selected: Result<T, Error>) -> Result<Option<T>, Error> {
    match selected {
        Ok(application) => Ok(Some(application)),
        Err(Error::ApplicationMissing(_) | Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A counter as a number. A PIN that the card does not have, or keeps elsewhere, has none.
fn counted(asked: Result<Attempts, Error>) -> Result<Option<u8>, Error> {
    match asked {
        Ok(attempts) => Ok(left(attempts)),
        Err(
            Error::Refused { .. }
            | Error::Pin {
                problem: PinProblem::Absent,
                ..
            },
        ) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A counter as a number.
pub(crate) fn left(attempts: Attempts) -> Option<u8> {
    match attempts {
        Attempts::Left(left) => Some(left),
        Attempts::Blocked => Some(0),
        Attempts::Unknown => None,
    }
}

/// A counter for people.
pub(crate) fn shown(left: Option<u8>, texts: &Texts) -> String {
    match left {
        Some(left) => texts.with("attempts-left", [("left", left.into())]),
        None => texts.say("attempts-unknown"),
    }
}
