//! Records of the card: name and address, My Number, card face and age, read with the secret that
//! opens them, and the evidence that they are genuine.

use std::io;
use std::path::Path;

use card_core::applet::common::CardNumber;
use card_core::applet::profile::AttributesRecord;
use card_core::applet::visual::{AgeRecord, CardFace};
use card_core::domain::date::BirthDate;
use card_core::domain::my_number::MyNumber;
use card_core::genuine::{Challenge, Evidence, Record as Files};
use card_core::pin::{PinKind, PinProblem};
use card_core::{Error, Spend, Transaction};
use zeroize::Zeroizing;

use super::pin::{Entered, unlock_profile};
use super::record_secret::{
    self, BIRTH, Choice, PIN, PROFILE_NUMBER_A, PROFILE_NUMBER_B, RecordSecret, VISUAL_NUMBER_A,
    VISUAL_NUMBER_B,
};
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::pin_spec::{Given, PinSpec};
use crate::session::CardSession;
use crate::ui::Ui;

/// A record that can be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// Number and attributes as text.
    Profile,
    /// The card face.
    Face,
    /// The age record.
    Age,
    /// The picture of the My Number.
    Number,
}

/// How a record is opened.
pub(crate) struct Opening<'o> {
    pub(crate) choice: Choice,
    pub(crate) spend: Spend,
    /// What secure messaging begins with, where it is asked for; only the profile PIN opens then.
    pub(crate) seed: Option<&'o [u8; 32]>,
}

/// Name, address, birth date and sex.
pub(crate) fn profile(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    opening: &Opening<'_>,
) -> Result<AttributesRecord, Failure> {
    let entered = ask_profile(PROFILE_NUMBER_B, card, ui, opening)?;
    card.talk(|transaction| read_profile(transaction, &entered, opening.seed))
}

/// The same with what proves it; the card signs no challenge.
pub(crate) fn signed_profile(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    opening: &Opening<'_>,
) -> Result<(AttributesRecord, Evidence), Failure> {
    let entered = ask_profile(PROFILE_NUMBER_B, card, ui, opening)?;
    card.talk(|transaction| {
        let Entered { pin, spend } = &entered;
        let evidence = attributes(transaction, pin, *spend, None)?;
        Ok((profile_of(&evidence)?, evidence))
    })
}

/// The My Number.
pub(crate) fn number(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    opening: &Opening<'_>,
) -> Result<MyNumber, Failure> {
    let entered = ask_profile(PROFILE_NUMBER_A, card, ui, opening)?;
    card.talk(|transaction| read_number(transaction, &entered, opening.seed))
}

/// The card face.
pub(crate) fn face(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    opening: &Opening<'_>,
) -> Result<CardFace, Failure> {
    let (options, choice) = (Record::Face.options(), &opening.choice);
    let entered = record_secret::ask(&options, choice, card, ui, opening.spend)?;
    card.talk(|transaction| read_face(transaction, &entered))
}

/// The birth date from the smallest record that the secret opens; with what proves it, if a
/// challenge is given.
pub(crate) fn birth(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    opening: &Opening<'_>,
    challenge: Option<Challenge>,
) -> Result<(Record, Option<BirthDate>, Option<Evidence>), Failure> {
    // The birth date opens nothing but itself; the others open more than is needed.
    let options = [BIRTH, PIN, PROFILE_NUMBER_B, VISUAL_NUMBER_A];
    let entered = record_secret::ask(&options, &opening.choice, card, ui, opening.spend)?;
    let record = match entered.pin {
        RecordSecret::Birth(_) => Record::Age,
        RecordSecret::Pin(_) | RecordSecret::NumberB(_) => Record::Profile,
        RecordSecret::NumberA(_) => Record::Face,
    };
    card.talk(|transaction| match challenge {
        Some(challenge) => {
            let Entered { pin, spend } = &entered;
            let evidence = match record {
                Record::Profile => attributes(transaction, pin, *spend, Some(challenge))?,
                _ => record.evidence(transaction, pin, *spend, Some(challenge))?,
            };
            Ok((record, birth_of(&evidence.record)?, Some(evidence)))
        }
        None => Ok((record, read_birth(transaction, &entered)?, None)),
    })
}

/// What proves a record, and that the card is here.
pub(crate) fn evidence(
    record: Record,
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    opening: &Opening<'_>,
    challenge: Challenge,
) -> Result<Evidence, Failure> {
    let (options, choice) = (record.options(), &opening.choice);
    let entered = record_secret::ask(&options, choice, card, ui, opening.spend)?;
    card.talk(|transaction| {
        record.evidence(transaction, &entered.pin, entered.spend, Some(challenge))
    })
}

/// The card's own number. Presents no PIN.
pub(crate) fn card_number(card: &mut impl CardSession) -> Result<CardNumber, Failure> {
    card.talk(|transaction| transaction.common()?.card_number())
}

fn ask_profile(
    other: PinSpec<RecordSecret>,
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    opening: &Opening<'_>,
) -> Result<Entered<RecordSecret>, Failure> {
    let both = [PIN, other];
    let options = match opening.seed {
        Some(_) => &[PIN][..],
        None => &both,
    };
    record_secret::ask(options, &opening.choice, card, ui, opening.spend)
}

impl Record {
    /// What opens it, the usual one first.
    pub(crate) fn options(self) -> Vec<PinSpec<RecordSecret>> {
        match self {
            Self::Profile => vec![PIN, PROFILE_NUMBER_A, PROFILE_NUMBER_B],
            Self::Face => vec![VISUAL_NUMBER_B, VISUAL_NUMBER_A],
            Self::Age => vec![BIRTH],
            Self::Number => vec![VISUAL_NUMBER_A],
        }
    }

    /// Reads the record with what proves it.
    pub(crate) fn evidence(
        self,
        card: &mut Transaction<'_>,
        secret: &RecordSecret,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Evidence, Error> {
        use RecordSecret::{Birth, NumberA, NumberB, Pin};
        match (self, secret) {
            // The PIN opens the My Number too, and proving the attributes does not need it.
            (Self::Profile, Pin(_)) => attributes(card, secret, spend, challenge),
            (Self::Profile, NumberA(number)) => {
                Evidence::profile(&mut card.profile()?, number, spend, challenge)
            }
            (Self::Profile, NumberB(number)) => {
                Evidence::profile(&mut card.profile()?, number, spend, challenge)
            }
            (Self::Face, NumberA(number)) => {
                Evidence::face(&mut card.visual()?, number, spend, challenge)
            }
            (Self::Face, NumberB(number)) => {
                Evidence::face(&mut card.visual()?, number, spend, challenge)
            }
            (Self::Age, Birth(birth)) => {
                Evidence::age(&mut card.visual()?, birth, spend, challenge)
            }
            (Self::Number, NumberA(number)) => {
                Evidence::number(&mut card.visual()?, number, spend, challenge)
            }
            // Not among the options of this record.
            (Self::Profile, Birth(_)) => Err(needed(PinKind::Profile)),
            (Self::Face, Pin(_) | Birth(_)) => Err(needed(PinKind::NumberB)),
            (Self::Age, Pin(_) | NumberA(_) | NumberB(_)) => Err(needed(PinKind::Birth)),
            (Self::Number, Pin(_) | NumberB(_) | Birth(_)) => Err(needed(PinKind::NumberA)),
        }
    }
}

/// Reads the attributes with what proves them, and never the My Number: it was not requested.
fn attributes(
    card: &mut Transaction<'_>,
    secret: &RecordSecret,
    spend: Spend,
    challenge: Option<Challenge>,
) -> Result<Evidence, Error> {
    match secret {
        RecordSecret::Pin(Given::Value(pin)) => {
            Evidence::attributes(&mut card.profile()?, pin, spend, challenge)
        }
        RecordSecret::Pin(Given::OnReader) => {
            Evidence::attributes_on_pinpad(&mut card.profile()?, spend, challenge)
        }
        RecordSecret::NumberB(number) => {
            Evidence::attributes(&mut card.profile()?, number, spend, challenge)
        }
        RecordSecret::NumberA(_) | RecordSecret::Birth(_) => Err(needed(PinKind::Profile)),
    }
}

/// Reads the attributes with the secret that opens them.
fn read_profile(
    transaction: &mut Transaction<'_>,
    entered: &Entered<RecordSecret>,
    seed: Option<&[u8; 32]>,
) -> Result<AttributesRecord, Error> {
    let mut profile = transaction.profile()?;
    match &entered.pin {
        RecordSecret::Pin(pin) => {
            let mut open = unlock_profile(&mut profile, pin, entered.spend)?;
            if let Some(seed) = seed {
                open.secure(seed)?;
            }
            open.attributes()
        }
        RecordSecret::NumberB(number) => profile.unlock(number, entered.spend)?.attributes(),
        RecordSecret::NumberA(_) | RecordSecret::Birth(_) => Err(needed(PinKind::Profile)),
    }
}

fn profile_of(evidence: &Evidence) -> Result<AttributesRecord, Error> {
    match &evidence.record {
        Files::Profile {
            attributes: Some(file),
            ..
        } => AttributesRecord::parse(file),
        _ => Err(needed(PinKind::Profile)),
    }
}

fn read_number(
    transaction: &mut Transaction<'_>,
    entered: &Entered<RecordSecret>,
    seed: Option<&[u8; 32]>,
) -> Result<MyNumber, Error> {
    let mut profile = transaction.profile()?;
    match &entered.pin {
        RecordSecret::Pin(pin) => {
            let mut open = unlock_profile(&mut profile, pin, entered.spend)?;
            if let Some(seed) = seed {
                open.secure(seed)?;
            }
            open.number()
        }
        RecordSecret::NumberA(number) => profile.unlock(number, entered.spend)?.number(),
        RecordSecret::NumberB(_) | RecordSecret::Birth(_) => Err(needed(PinKind::Profile)),
    }
}

fn read_face(
    transaction: &mut Transaction<'_>,
    entered: &Entered<RecordSecret>,
) -> Result<CardFace, Error> {
    let mut visual = transaction.visual()?;
    match &entered.pin {
        RecordSecret::NumberA(number) => visual.unlock(number, entered.spend)?.face(),
        RecordSecret::NumberB(number) => visual.unlock(number, entered.spend)?.face(),
        RecordSecret::Pin(_) | RecordSecret::Birth(_) => Err(needed(PinKind::NumberB)),
    }
}

fn read_birth(
    transaction: &mut Transaction<'_>,
    entered: &Entered<RecordSecret>,
) -> Result<Option<BirthDate>, Error> {
    let spend = entered.spend;
    match &entered.pin {
        RecordSecret::Birth(birth) => {
            let mut visual = transaction.visual()?;
            let record = visual.unlock(birth, spend)?.age_record()?;
            Ok(Some(record.birth))
        }
        RecordSecret::Pin(pin) => {
            let mut profile = transaction.profile()?;
            let record = unlock_profile(&mut profile, pin, spend)?.attributes()?;
            Ok(record.attributes.birth)
        }
        RecordSecret::NumberB(number) => {
            let mut profile = transaction.profile()?;
            let record = profile.unlock(number, spend)?.attributes()?;
            Ok(record.attributes.birth)
        }
        RecordSecret::NumberA(number) => {
            let mut visual = transaction.visual()?;
            let face = visual.unlock(number, spend)?.face()?;
            Ok(face.birth)
        }
    }
}

fn birth_of(files: &Files) -> Result<Option<BirthDate>, Error> {
    Ok(match files {
        Files::Age(file) => Some(AgeRecord::parse(file)?.birth),
        Files::Face(file) => CardFace::parse(file)?.birth,
        Files::Profile {
            attributes: Some(file),
            ..
        } => AttributesRecord::parse(file)?.attributes.birth,
        Files::Profile { .. } | Files::Number(_) => return Err(needed(PinKind::Profile)),
    })
}

/// The error of a secret that does not open what was asked for.
pub(crate) fn needed(pin: PinKind) -> Error {
    let problem = PinProblem::Needed;
    Error::Pin { pin, problem }
}

/// Something for the card to sign that it never saw.
pub(crate) fn challenge() -> Result<Challenge, Failure> {
    Challenge::random().map_err(|error| {
        Failure::file(
            ProgramError::InputUnreadable,
            Path::new("/dev/urandom"),
            &error,
        )
    })
}

/// What a session of secure messaging begins with, if one is asked for.
pub(crate) fn session_seed(asked: bool) -> Result<Option<Zeroizing<[u8; 32]>>, Failure> {
    if !asked {
        return Ok(None);
    }
    let mut seed = Zeroizing::new([0; 32]);
    let filled = getrandom::fill(&mut *seed).map_err(io::Error::other);
    filled.map_err(|error| {
        Failure::file(
            ProgramError::InputUnreadable,
            Path::new("/dev/urandom"),
            &error,
        )
    })?;
    Ok(Some(seed))
}
