//! Is this card's data signed by the issuer, and is the card here?
//!
//! Two questions that belong together. A record can be copied: its signature says who wrote it, not
//! where it comes from. A key cannot be copied: its answer to a fresh challenge says that the card
//! is here, not what is written on it. [`Evidence`] is what the card gave, [`Evidence::judge`] what
//! it proves, field by field, and what it does not prove.

mod judge;
mod report;
#[cfg(test)]
mod tests;

use std::{fmt, io};

use zeroize::Zeroizing;

use crate::applet::profile::{OpenProfile, OpensAttributes, Profile, ProfileSecret};
use crate::applet::visual::{OpensFace, Visual};
use crate::digest::{Digest, HashAlgorithm};
use crate::error::Error;
use crate::pin::{BirthPin, PinProblem, Spend, VerificationNumberA};
use crate::signature::Signature;
pub use report::{Gap, Reason, Report, Verdict};

/// Something fresh for the card to sign: 32 random bytes.
///
/// Random, and used once: an answer that was recorded earlier must not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// A fresh one from the randomness of the system.
    ///
    /// # Errors
    ///
    /// Those of the system, if it has no randomness to give.
    pub fn random() -> io::Result<Self> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        Ok(Self(random))
    }

    /// Takes 32 bytes from a cryptographic random source of the caller.
    #[must_use]
    pub const fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    fn digest(self) -> Digest {
        Digest::of(HashAlgorithm::Sha256, &self.0)
    }
}

/// What the card gave: files as stored, and an answer to a challenge.
///
/// `Debug` shows no content.
#[derive(Clone)]
pub struct Evidence {
    /// The record.
    pub record: Record,
    /// The card-verifiable certificate of its application (0004).
    pub certificate: Zeroizing<Vec<u8>>,
    /// The challenge and the answer of the application's own key.
    pub live: Live,
}

/// The files of a record, as stored.
#[derive(Clone)]
pub enum Record {
    /// Profile 0001 to 0003 and 0007, as far as the secret opened them and they were asked for.
    Profile {
        /// 0001, filler included.
        number: Option<Zeroizing<Vec<u8>>>,
        /// 0002.
        attributes: Option<Zeroizing<Vec<u8>>>,
        /// 0003; `None` where 照合番号B does not open it.
        signature: Option<Zeroizing<Vec<u8>>>,
        /// 0007.
        own_key: Zeroizing<Vec<u8>>,
    },
    /// Visual 0001.
    Age(Zeroizing<Vec<u8>>),
    /// Visual 0002.
    Face(Zeroizing<Vec<u8>>),
    /// Visual 0005.
    Number(Zeroizing<Vec<u8>>),
}

/// What came of the challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Live {
    /// The card was not asked.
    NotAsked,
    /// It refused to sign.
    Refused,
    /// It signed.
    Answered(Challenge, Signature),
}

impl Evidence {
    /// Reads what proves the text records: number, attributes, or both, as the secret opens them.
    ///
    /// 14 exchanges with the PIN, 15 where the attributes are longer than 256 bytes; in extended
    /// form 9. One VERIFY.
    ///
    /// # Errors
    ///
    /// As [`Profile::unlock`]; `file.missing`. What is wrong with the bytes is for
    /// [`Evidence::judge`] to say.
    pub fn profile<S: ProfileSecret>(
        profile: &mut Profile<'_>,
        secret: &S,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let mut open = profile.unlock(secret, spend)?;
        let number = S::OPENS_NUMBER.then(|| open.number_file()).transpose()?;
        let attributes = S::OPENS_ATTRIBUTES
            .then(|| open.attributes_file())
            .transpose()?;
        let record = Self::text_record(&mut open, number, attributes)?;
        Self::of_profile(profile, record, challenge)
    }

    /// Reads what proves name, address, birth date and sex. Never reads the My Number, whatever the
    /// secret opens: the card signs a digest of each, so one is proven without the other.
    ///
    /// One exchange less than [`Evidence::profile`]. One VERIFY.
    ///
    /// # Errors
    ///
    /// As [`Evidence::profile`].
    pub fn attributes<S: OpensAttributes>(
        profile: &mut Profile<'_>,
        secret: &S,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let record = Self::attributes_record(profile.unlock(secret, spend)?)?;
        Self::of_profile(profile, record, challenge)
    }

    /// As [`Evidence::attributes`], with the PIN typed on the reader's own keypad.
    ///
    /// # Errors
    ///
    /// As [`Profile::unlock_on_pinpad`] and [`Evidence::profile`].
    pub fn attributes_on_pinpad(
        profile: &mut Profile<'_>,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let record = Self::attributes_record(profile.unlock_on_pinpad(spend)?)?;
        Self::of_profile(profile, record, challenge)
    }

    fn attributes_record<S: OpensAttributes>(
        mut open: OpenProfile<'_, S>,
    ) -> Result<Record, Error> {
        let attributes = open.attributes_file()?;
        Self::text_record(&mut open, None, Some(attributes))
    }

    /// Reads the rest of what proves text records.
    fn text_record<S: ProfileSecret>(
        open: &mut OpenProfile<'_, S>,
        number: Option<Zeroizing<Vec<u8>>>,
        attributes: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Record, Error> {
        let signature = match open.signature_file() {
            // Disputed for 照合番号B, so its absence is no surprise there.
            Err(Error::Pin {
                problem: PinProblem::Needed,
                ..
            }) if !S::OPENS_NUMBER => None,
            read => Some(read?),
        };
        Ok(Record::Profile {
            number,
            attributes,
            signature,
            own_key: open.own_key_file()?,
        })
    }

    fn of_profile(
        profile: &mut Profile<'_>,
        record: Record,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let certificate = profile.certificate_file()?;
        let live = ask(challenge, |digest| profile.prove(digest))?;
        Ok(Self {
            record,
            certificate,
            live,
        })
    }

    /// Reads what proves the age record.
    ///
    /// 10 exchanges, in extended form 6. One VERIFY.
    ///
    /// # Errors
    ///
    /// As [`Visual::unlock`]; `file.missing`.
    pub fn age(
        visual: &mut Visual<'_>,
        birth: &BirthPin,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let record = Record::Age(visual.unlock(birth, spend)?.age_file()?);
        Self::visual(visual, record, challenge)
    }

    /// Reads what proves the card face.
    ///
    /// As many exchanges as reading it takes, four for the certificate and the challenge. One
    /// VERIFY.
    ///
    /// # Errors
    ///
    /// As [`Visual::unlock`]; `file.missing`; `pin.needed` where 照合番号A does not open it.
    pub fn face<S: OpensFace>(
        visual: &mut Visual<'_>,
        secret: &S,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let record = Record::Face(visual.unlock(secret, spend)?.face_file()?);
        Self::visual(visual, record, challenge)
    }

    /// Reads what proves the picture of the My Number.
    ///
    /// 10 exchanges, in extended form 6. One VERIFY.
    ///
    /// # Errors
    ///
    /// As [`Visual::unlock`]; `file.missing`.
    pub fn number(
        visual: &mut Visual<'_>,
        number_a: &VerificationNumberA,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let record = Record::Number(visual.unlock(number_a, spend)?.number_picture_file()?);
        Self::visual(visual, record, challenge)
    }

    fn visual(
        visual: &mut Visual<'_>,
        record: Record,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let certificate = visual.certificate_file()?;
        let live = ask(challenge, |digest| visual.prove(digest))?;
        Ok(Self {
            record,
            certificate,
            live,
        })
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence").finish_non_exhaustive()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Profile { .. } => "Profile",
            Self::Age(_) => "Age",
            Self::Face(_) => "Face",
            Self::Number(_) => "Number",
        })
    }
}

/// Asks the card to sign; that it refuses is an answer too.
fn ask(
    challenge: Option<Challenge>,
    prove: impl FnOnce(&Digest) -> Result<Signature, Error>,
) -> Result<Live, Error> {
    let Some(challenge) = challenge else {
        return Ok(Live::NotAsked);
    };
    match prove(&challenge.digest()) {
        Ok(answer) => Ok(Live::Answered(challenge, answer)),
        Err(Error::Refused { .. }) => Ok(Live::Refused),
        Err(error) => Err(error),
    }
}
