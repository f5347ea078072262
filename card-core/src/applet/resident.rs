//! The resident application: what of it is public. The rest is for municipal offices.

use std::fmt;

use crate::channel::Channel;
use crate::error::{Error, Step};
use crate::iso::FileId;
use crate::pin::{Attempts, PinKind, ResidentPin, Spend};
use crate::record::{ResidentPinCopy, key_reference};
use crate::trust::cv::KeyId;

/// Files and PINs, each with who saw it: see `docs/card/resident.md`.
mod file {
    use super::FileId;

    pub(super) const KEY_REFERENCE: FileId = FileId::new(0x02);
    pub(super) const PIN: FileId = FileId::new(0x1C);
}

/// The resident application (住基AP), selected.
///
/// Its PIN is one of two copies of the holder's one resident PIN; the other is in the common
/// application. Change both together with [`crate::resident_pin::change`].
pub struct Resident<'t> {
    channel: Channel<'t>,
}

impl<'t> Resident<'t> {
    pub(crate) fn new(channel: Channel<'t>) -> Self {
        Self { channel }
    }

    /// Asks how many attempts this copy of the resident PIN has left.
    ///
    /// 住民基本台帳用暗証番号の試行可能回数。One exchange, costs no attempt.
    ///
    /// # Errors
    ///
    /// `card.refused` with a status that says nothing about a counter.
    pub fn pin_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel.attempts(PinKind::Resident, file::PIN)
    }

    /// Reads which key of the municipality the application refers to.
    ///
    /// One exchange, no PIN, no attempt.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// READ RECORD 1 of 0002, the same bytes as in the common application; measured by myna-card.
    pub fn key_reference(&mut self) -> Result<KeyId, Error> {
        let record = self
            .channel
            .read_record(file::KEY_REFERENCE, 1, Step::KeyReference)?;
        key_reference(&record)
    }

    /// Presents the resident PIN to this copy.
    ///
    /// # Attempts
    ///
    /// A wrong PIN costs one of three attempts of this copy; the other copy has its own counter.
    ///
    /// # Errors
    ///
    /// `pin.wrong`, `pin.blocked`, `pin.last-attempt`, `pin.refused-before`; after `card.removed`
    /// or `card.silent` an attempt may have been spent.
    ///
    /// # Card
    ///
    /// VERIFY without data, VERIFY, both naming 001C; measured by myna-card.
    pub fn unlock(
        &mut self,
        pin: &ResidentPin,
        spend: Spend,
    ) -> Result<ResidentPinCopy<'_>, Error> {
        self.channel.present(file::PIN, pin, spend)?;
        Ok(ResidentPinCopy::new(self.channel.reborrow(), file::PIN))
    }
}

impl fmt::Debug for Resident<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resident")
    }
}
