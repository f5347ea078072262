//! The common application: the card's own number, free to read, and a copy of the resident PIN.

use std::fmt;

use crate::channel::Channel;
use crate::domain::date::Date;
use crate::error::{Error, Malformation, Step};
use crate::iso::FileId;
use crate::pin::{Attempts, PinKind, ResidentPin, Spend};
use crate::record::{ResidentPinCopy, key_reference};
use crate::trust::cv::KeyId;

/// Files and PINs, each with who saw it: see `docs/card/common.md`.
mod file {
    use super::FileId;

    pub(super) const CARD_NUMBER: FileId = FileId::new(0x01);
    pub(super) const KEY_REFERENCE: FileId = FileId::new(0x02);
    pub(super) const RESIDENT_PIN: FileId = FileId::new(0x1C);
}

/// The common application (共通カードAP), selected.
pub struct Common<'t> {
    channel: Channel<'t>,
}

impl<'t> Common<'t> {
    pub(crate) fn new(channel: Channel<'t>) -> Self {
        Self { channel }
    }

    /// Reads the card number (カード番号), municipality and expiry.
    ///
    /// One exchange, no PIN, no attempt. The number belongs to the card, not to the person, and
    /// changes with the card; it identifies the holder all the same.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// READ RECORD 1 of 0001: `01 1C` and 28 digits; agreed by myna and myna-card.
    pub fn card_number(&mut self) -> Result<CardNumber, Error> {
        let record = self
            .channel
            .read_record(file::CARD_NUMBER, 1, Step::CardNumber)?;
        CardNumber::parse(&record)
    }

    /// Asks how many attempts this copy of the resident PIN has left.
    ///
    /// 住民基本台帳用暗証番号の試行可能回数。One exchange, costs no attempt.
    ///
    /// # Errors
    ///
    /// `card.refused` with a status that says nothing about a counter.
    pub fn pin_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel.attempts(PinKind::Resident, file::RESIDENT_PIN)
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
    /// READ RECORD 1 of 0002, the same bytes as in the resident application; measured by
    /// myna-card.
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
        self.channel.present(file::RESIDENT_PIN, pin, spend)?;
        Ok(ResidentPinCopy::new(
            self.channel.reborrow(),
            file::RESIDENT_PIN,
        ))
    }
}

impl fmt::Debug for Common<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Common")
    }
}

/// What the card says of itself (カード番号・市区町村コード・有効期限).
#[derive(Clone, PartialEq, Eq)]
pub struct CardNumber {
    serial: String,
    municipality: String,
    expiry: Date,
}

impl CardNumber {
    /// Reads the record: tag 01, length, 28 digits; filler behind it is ignored.
    fn parse(record: &[u8]) -> Result<Self, Error> {
        let wrong = |at, problem: Malformation| Error::malformed(Step::CardNumber, at, problem);
        // Simple TLV: one byte of length, or FF and two bytes (ISO/IEC 7816-4, 5.2.1).
        let (at, length) = match record {
            [0x01, 0xFF, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
            [0x01, length, ..] => (2, usize::from(*length)),
            [0x01] | [] => {
                return Err(wrong(
                    0,
                    Malformation::Length {
                        has: record.len(),
                        needs: 30,
                    },
                ));
            }
            _ => return Err(wrong(0, Malformation::UnknownValue)),
        };
        let value = record
            .get(at..)
            .and_then(|rest| rest.get(..length))
            .ok_or_else(|| {
                wrong(
                    at,
                    Malformation::Length {
                        has: record.len() - at,
                        needs: length,
                    },
                )
            })?;
        if length != 28 {
            return Err(wrong(
                at,
                Malformation::Length {
                    has: length,
                    needs: 28,
                },
            ));
        }
        if let Some(other) = value.iter().position(|byte| !byte.is_ascii_digit()) {
            return Err(wrong(at + other, Malformation::NotDigits));
        }
        // Digits only, so the text has one byte for each character.
        let text = String::from_utf8_lossy(value);
        let (serial, rest) = text.split_at(15);
        let (municipality, expiry) = rest.split_at(5);
        let expiry =
            Date::from_digits(expiry).map_err(|_| wrong(at + 20, Malformation::NotADate))?;
        Ok(Self {
            serial: serial.into(),
            municipality: municipality.into(),
            expiry,
        })
    }

    /// 15 digits.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// 5 digits: 市区町村コード of the office that issued the card (JIS X 0402).
    #[must_use]
    pub fn municipality(&self) -> &str {
        &self.municipality
    }

    /// The last day on which the card is valid.
    #[must_use]
    pub fn expiry(&self) -> Date {
        self.expiry
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardNumber")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &[u8; 30] = b"\x01\x1C9000000000000011310120350217";

    #[test]
    fn reads_all_forms_of_the_record() {
        let long = [&b"\x01\xFF\x00\x1C"[..], &RECORD[2..], b"\xFF\xFF"].concat();
        for record in [&RECORD[..], &long] {
            let number = CardNumber::parse(record).unwrap();
            assert_eq!(number.serial(), "900000000000001");
            assert_eq!(number.municipality(), "13101");
            assert_eq!(number.expiry().to_string(), "2035-02-17");
        }
    }

    #[test]
    fn anything_else_is_malformed_at_its_place() {
        let place = |record: &[u8]| match CardNumber::parse(record) {
            Err(Error::Malformed { at, .. }) => at,
            other => panic!("{other:?}"),
        };
        assert_eq!(place(b""), 0);
        assert_eq!(place(b"\x02\x1C"), 0);
        assert_eq!(place(&RECORD[..29]), 2);
        assert_eq!(place(b"\x01\x041234"), 2);
        let mut letter = *RECORD;
        letter[9] = b'A';
        assert_eq!(place(&letter), 9);
        let mut date = *RECORD;
        date[26..30].copy_from_slice(b"1399");
        assert_eq!(place(&date), 22);
    }
}
