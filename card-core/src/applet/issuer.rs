//! The issuer domain: data objects that the card gives out freely.

use std::fmt;

use zeroize::Zeroizing;

use crate::channel::Channel;
use crate::domain::date::Date;
use crate::error::{Error, Malformation, Step};
use crate::iso::Answer;

/// The issuer security domain of GlobalPlatform, selected.
///
/// The tags were seen by one project on its cards (myna-card); F0 and F2 by two.
pub struct Issuer<'t> {
    channel: Channel<'t>,
}

impl<'t> Issuer<'t> {
    pub(crate) fn new(channel: Channel<'t>) -> Self {
        Self { channel }
    }

    /// Reads the card identification number (GET DATA 0045), ASCII as the card has it.
    ///
    /// One exchange, no attempt. `None` where the card has none.
    ///
    /// # Errors
    ///
    /// What the reader says, `card.refused`.
    pub fn card_identification(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        self.channel.data_object(0x0045, Answer::Personal)
    }

    /// Reads the municipality code (GET DATA 00F0), 5 digits.
    ///
    /// One exchange, no attempt. `None` where the card has none.
    ///
    /// # Errors
    ///
    /// `card.malformed` if it is something else than five digits.
    pub fn municipality(&mut self) -> Result<Option<String>, Error> {
        let wrong = |problem| Error::malformed(Step::DataObject, 0, problem);
        let Some(code) = self.channel.data_object(0x00F0, Answer::Personal)? else {
            return Ok(None);
        };
        if code.len() != 5 {
            return Err(wrong(Malformation::Length {
                has: code.len(),
                needs: 5,
            }));
        }
        if !code.iter().all(u8::is_ascii_digit) {
            return Err(wrong(Malformation::NotDigits));
        }
        Ok(Some(String::from_utf8_lossy(&code).into_owned()))
    }

    /// Reads the expiry of the card (GET DATA 00F2).
    ///
    /// One exchange, no attempt. `None` where the card has none.
    ///
    /// # Errors
    ///
    /// `card.malformed` if it is not a date.
    pub fn expiry(&mut self) -> Result<Option<Date>, Error> {
        let Some(expiry) = self.channel.data_object(0x00F2, Answer::Personal)? else {
            return Ok(None);
        };
        let date = Date::from_digits(&String::from_utf8_lossy(&expiry));
        let wrong = Error::malformed(Step::DataObject, 0, Malformation::NotADate);
        date.map(Some).map_err(|_| wrong)
    }

    /// Reads the answer to reset of the contacts, without its first byte (GET DATA 5F51).
    ///
    /// One exchange, no attempt. `None` where the card has none.
    ///
    /// # Errors
    ///
    /// What the reader says, `card.refused`.
    pub fn contact_atr(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        self.channel.data_object(0x5F51, Answer::Public)
    }
}

impl fmt::Debug for Issuer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Issuer")
    }
}
