//! The licence application (マイナ免許証): a driving licence on the My Number Card.
//!
//! 免許情報記録個人番号カード, since March 2025. It holds classes, conditions, expiry, number and
//! portrait, and a signature of the police over them. Name and address are not in it, and nothing in
//! it proves the chip: [`crate::genuine`] does that for the card's own applications.
//!
//! Presence, PIN state, PIN and expiry were read on a real card by an open source; the rest follows
//! tables of the specification (National Police Agency, version 010) as others reproduce them. Each
//! fact and its grade: `docs/card/licence.md`.

mod record;
mod signature;
mod text;

use std::fmt;

pub use self::record::{Field, LicenceClass, LicenceDate, LicencePicture, LicenceRecord};
pub use self::signature::{
    CertificateProblem, LicenceSignature, NameMismatch, SignatureFit, SignedPart,
};
pub use self::text::{LicenceText, Missing};
use crate::channel::Channel;
use crate::domain::date::Date;
use crate::error::{Error, Malformation, Step};
use crate::iso::{Answer, FileId};
use crate::pin::{Attempts, LicencePin, NoLicencePin, Pin, PinKind, PinProblem, Spend};

/// Files and PIN, each with who saw it: see `docs/card/licence.md`.
mod file {
    use super::FileId;

    pub(super) const PIN: FileId = FileId::new(0x06);
    pub(super) const PIN_STATE: FileId = FileId::new(0x1A);
    pub(super) const RECORD: FileId = FileId::new(0x1B);
    pub(super) const SIGNATURE: FileId = FileId::new(0x1C);
}

/// Whether the holder chose a PIN for the driving licence (暗証番号の設定).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinState {
    /// `01`: a PIN of four digits.
    Chosen,
    /// `00`: none. Readers present four asterisks.
    NotChosen,
}

/// The licence application, selected.
pub struct Licence<'t> {
    channel: Channel<'t>,
}

impl<'t> Licence<'t> {
    pub(crate) fn new(channel: Channel<'t>) -> Self {
        Self { channel }
    }

    /// Reads whether a PIN was chosen (暗証番号の設定の有無).
    ///
    /// One exchange, no PIN, no attempt.
    ///
    /// # Errors
    ///
    /// `card.malformed` for anything but `C1 01 00` and `C1 01 01`; `file.missing`.
    ///
    /// # Card
    ///
    /// READ BINARY of 001A; measured by DLC_Starter.
    pub fn pin_state(&mut self) -> Result<PinState, Error> {
        let step = Step::LicencePinState;
        let file = self
            .channel
            .read_file(file::PIN_STATE, step, Answer::Public, |_| None)?;
        match **file {
            [0xC1, 0x01, 0x00] => Ok(PinState::NotChosen),
            [0xC1, 0x01, 0x01] => Ok(PinState::Chosen),
            [0xC1, 0x01, _] => Err(Error::malformed(step, 2, Malformation::UnknownValue)),
            ref other => {
                let problem = Malformation::Length {
                    has: other.len(),
                    needs: 3,
                };
                Err(Error::malformed(step, 0, problem))
            }
        }
    }

    /// Asks how many attempts the licence PIN has left.
    ///
    /// 運転免許証の暗証番号の試行可能回数, ten at first. One exchange, costs no attempt.
    ///
    /// # Errors
    ///
    /// `card.refused` with a status that says nothing about a counter.
    ///
    /// # Card
    ///
    /// VERIFY without data, naming 0006 (P2 86): `63CA` on a fresh card; measured by DLC_Starter.
    pub fn pin_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel.attempts(PinKind::Licence, file::PIN)
    }

    /// Presents the licence PIN, which lets the licence be read.
    ///
    /// Reads the PIN state first: a card whose holder chose none is not asked.
    ///
    /// # Attempts
    ///
    /// A wrong PIN costs one of ten. A blocked one is reset by the police only.
    ///
    /// # Errors
    ///
    /// `pin.not-set` where the holder chose no PIN; `pin.wrong`, `pin.blocked`,
    /// `pin.last-attempt`, `pin.refused-before`; after `card.removed` or `card.silent` an attempt
    /// may have been spent. `card.refused` with `6A82` where the card keeps the PIN elsewhere: no
    /// other file is tried.
    ///
    /// # Card
    ///
    /// READ BINARY of 001A, VERIFY without data, VERIFY, both naming 0006; measured by DLC_Starter.
    pub fn unlock(&mut self, pin: &LicencePin, spend: Spend) -> Result<OpenLicence<'_>, Error> {
        match self.pin_state()? {
            PinState::Chosen => self.present(pin, spend),
            PinState::NotChosen => Err(Error::pin(PinKind::Licence, PinProblem::NotSet)),
        }
    }

    /// Presents four asterisks to a card whose holder chose no PIN, which lets the licence be read.
    ///
    /// Reads the PIN state first: only a card that says so itself is given the asterisks.
    ///
    /// # Attempts
    ///
    /// None on a card that keeps its word. One that refuses the asterisks counts it.
    ///
    /// # Errors
    ///
    /// `pin.needed` where a PIN was chosen, and nothing was presented; otherwise as
    /// [`Licence::unlock`].
    ///
    /// # Card
    ///
    /// As [`Licence::unlock`], with `2A 2A 2A 2A`; two independent programs do so.
    pub fn unlock_without_pin(&mut self, spend: Spend) -> Result<OpenLicence<'_>, Error> {
        let needed = Error::pin(PinKind::Licence, PinProblem::Needed);
        match self.pin_state()? {
            PinState::Chosen => Err(needed),
            PinState::NotChosen => self.present(&NoLicencePin::new().ok_or(needed)?, spend),
        }
    }

    /// Presents the PIN, typed on the reader's own keypad.
    ///
    /// 運転免許証の暗証番号をカードリーダーのテンキーで入力します。
    ///
    /// The PIN never enters this computer; see
    /// [`Jpki::unlock_authentication_on_pinpad`](crate::Jpki::unlock_authentication_on_pinpad).
    ///
    /// # Attempts
    ///
    /// As [`Licence::unlock`].
    ///
    /// # Errors
    ///
    /// As [`Licence::unlock`], without `pin.refused-before`; `pinpad.none`, `pinpad.cancelled`,
    /// `pinpad.timeout`, `pinpad.length`, `pinpad.refused`: the card was sent no PIN.
    pub fn unlock_on_pinpad(&mut self, spend: Spend) -> Result<OpenLicence<'_>, Error> {
        if self.pin_state()? == PinState::NotChosen {
            return Err(Error::pin(PinKind::Licence, PinProblem::NotSet));
        }
        self.channel
            .present_on_pinpad(PinKind::Licence, file::PIN, spend)?;
        Ok(OpenLicence {
            channel: self.channel.reborrow(),
        })
    }

    fn present(&mut self, pin: &impl Pin, spend: Spend) -> Result<OpenLicence<'_>, Error> {
        self.channel.present(file::PIN, pin, spend)?;
        Ok(OpenLicence {
            channel: self.channel.reborrow(),
        })
    }
}

impl fmt::Debug for Licence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Licence")
    }
}

/// The licence application, unlocked: what is written in it can be read.
///
/// Exists only after the card has accepted the PIN, or the four asterisks in its place.
pub struct OpenLicence<'t> {
    channel: Channel<'t>,
}

impl OpenLicence<'_> {
    /// Reads the licence and its history (免許情報・運転経歴情報).
    ///
    /// Up to 24 exchanges by short lengths, one or two by extended ones; no attempt.
    ///
    /// # Errors
    ///
    /// `card.malformed` where the file is not a row of objects; a single field that cannot be read
    /// is [`Field::Unreadable`] and no error.
    ///
    /// # Card
    ///
    /// READ BINARY of 001B, at most 5845 bytes.
    pub fn record(&mut self) -> Result<LicenceRecord, Error> {
        let file = self.read(file::RECORD, Step::LicenceRecord, record::CAPACITY)?;
        LicenceRecord::parse(&file)
            .map_err(|problem| Error::malformed(Step::LicenceRecord, problem.at(), problem))
    }

    /// Reads the expiry (有効期間の末日) and nothing behind it.
    ///
    /// One exchange, no attempt. [`Field::Empty`] on a card that holds a driving history only.
    ///
    /// # Errors
    ///
    /// `card.malformed` where the first 256 bytes hold no such object.
    pub fn expiry(&mut self) -> Result<Field<LicenceDate>, Error> {
        let step = Step::LicenceRecord;
        let start = self
            .channel
            .read_file(file::RECORD, step, Answer::Personal, |_| None)?;
        record::expiry_of(&start).map_err(|problem| Error::malformed(step, problem.at(), problem))
    }

    /// Reads the signature of the police and the names of its certificate (電子署名).
    ///
    /// Up to four exchanges by short lengths; no attempt.
    ///
    /// # Errors
    ///
    /// `card.malformed`, `file.missing`.
    ///
    /// # Card
    ///
    /// READ BINARY of 001C, at most 584 bytes.
    pub fn signature(&mut self) -> Result<LicenceSignature, Error> {
        let step = Step::LicenceSignature;
        let file = self.read(file::SIGNATURE, step, signature::CAPACITY)?;
        LicenceSignature::parse(&file)
            .map_err(|problem| Error::malformed(step, problem.at(), problem))
    }

    fn read(
        &mut self,
        file: FileId,
        step: Step,
        capacity: usize,
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, Error> {
        self.channel
            .read_file(file, step, Answer::Personal, |_| Some(capacity))
    }
}

impl fmt::Debug for OpenLicence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenLicence")
    }
}

/// Whether a licence that expires on this day has expired on that day: it holds to its last minute.
#[must_use]
pub fn expired(expiry: Date, today: Date) -> bool {
    expiry < today
}

#[cfg(test)]
mod tests {
    /// Each object at its largest, with two-byte tags above FF and `82` from 128 on.
    #[test]
    fn the_table_at_its_largest_has_the_capacities_of_the_specification() {
        let size = |(tag, length): &(u16, usize)| {
            let tag = if *tag > 0xFF { 2 } else { 1 };
            tag + if *length < 128 { 1 } else { 3 } + length
        };
        let record = super::record::LARGEST;
        assert_eq!(record.len(), 70);
        assert_eq!(record.iter().map(|(_, length)| length).sum::<usize>(), 5685);
        assert_eq!(record.iter().map(size).sum::<usize>(), 5845);
        let signature = super::signature::LARGEST;
        assert_eq!(signature.iter().map(size).sum::<usize>(), 584);
    }
}
