//! Moving bytes between the program and a card: the contract every kind of reader fulfils.
//!
//! This layer has never heard of My Number. It knows readers, windows in which no other program speaks
//! to the card, commands that go out and answers that come back. Three transports are here or
//! near: `pcsc` (real readers, feature `pcsc`), [`replay`] (a written dialogue as a card) and the simulator's
//! in-process card in the crate `card-sim`.
//!
//! # What an implementer must do
//!
//! - **One command, one answer.** No chaining, no GET RESPONSE, no retry, no translation of status
//!   words. A command that was repeated by a helpful transport could cost a second PIN attempt.
//! - **Tell resets that we did not cause.** After [`Leave::Reset`] or [`Leave::PowerOff`] the next
//!   `begin` says [`Since::Unchanged`]; only a reset by another program is [`Since::Reset`]. Where a
//!   reader has one word for both, a reset that follows ours may go untold: nothing was left.
//! - **A removed card stays removed.** After a removal every `begin` fails with
//!   [`TransportError::Removed`], also when the same or another card is inserted again: a PIN that
//!   was typed for one card must never reach another.
//! - **An answer under two bytes is a lost answer** ([`TransportError::AnswerLost`]).
//!
//! # What an implementer must not do
//!
//! Remember a SELECT, repeat a command, hide a status word, or keep a copy of what passed.

#[cfg(feature = "pcsc")]
pub mod pcsc;
pub mod pinpad;
pub mod replay;

use thiserror::Error;
use zeroize::Zeroizing;

pub use self::pinpad::{Entry, Pinpad};

/// A reader with a card in it: gives windows in which no other program speaks to the card.
pub trait Transport: Send {
    /// Waits for a window as long as `go_on` says; [`Transport::begin`] then opens it at once.
    ///
    /// `go_on` is told several times a second how long the wait has lasted. To be called right
    /// before `begin`: others may be locked out from here on. Where no other program can reach the card
    /// there is nothing to wait for.
    ///
    /// # Errors
    ///
    /// [`TransportError::Busy`] if the wait was given up; otherwise as `begin`.
    fn wait_turn(
        &mut self,
        go_on: &mut dyn FnMut(std::time::Duration) -> bool,
    ) -> Result<(), TransportError> {
        let _ = go_on;
        Ok(())
    }

    /// Opens a window and says whether another program reset the card since our last one.
    ///
    /// Blocks without limit while another program holds a window, unless
    /// [`Transport::wait_turn`] was called before.
    ///
    /// # Errors
    ///
    /// [`TransportError::Removed`] for ever after the card left; otherwise whatever the reader says.
    fn begin(&mut self) -> Result<(Box<dyn Exclusive + '_>, Since), TransportError>;

    /// The reader's name and whether it is real. Costs no exchange.
    fn description(&self) -> ReaderDescription;
}

/// A window in which no other program speaks to the card.
pub trait Exclusive {
    /// Sends exactly one command and returns exactly one answer, status word included.
    ///
    /// # Errors
    ///
    /// [`TransportError::AnswerLost`] if nothing usable came back: the card may have acted.
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, TransportError>;

    /// What this window speaks to.
    fn link(&self) -> Link;

    /// What the reader's own keypad can do; nothing where there is none.
    fn pinpad(&self) -> Pinpad {
        Pinpad::default()
    }

    /// Sends exactly one command whose PIN a person types on the reader, and returns exactly one
    /// answer: the card's, or the reader's own (`64xx`, `6B80`) where the card was sent nothing.
    ///
    /// `command` ends with as many bytes of filler as the entry has digits; the reader writes the
    /// digits over them. They never enter this computer. The reader ends the wait by itself.
    ///
    /// # Errors
    ///
    /// As [`Exclusive::transmit`]; [`TransportError::Other`] from a reader without a keypad.
    fn enter(
        &mut self,
        command: &[u8],
        entry: Entry,
    ) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        const SCARD_E_UNSUPPORTED_FEATURE: u32 = 0x8010_001F;
        let _ = (command, entry);
        Err(TransportError::Other {
            code: SCARD_E_UNSUPPORTED_FEATURE,
        })
    }

    /// Closes the window and leaves the card as told.
    ///
    /// # Errors
    ///
    /// If the card could not be left as told; the window is closed all the same.
    fn end(self: Box<Self>, leave: Leave) -> Result<(), TransportError>;
}

/// How a window leaves the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// As it is: selection and rights stay.
    AsIs,
    /// Warm reset: other programs are told. Rights may survive it on a real card (measured).
    Reset,
    /// Power off: rights die on any card, other programs are told.
    PowerOff,
}

/// What happened to the card between two windows of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Nothing that we did not do ourselves.
    Unchanged,
    /// Another program reset or unpowered the card: nothing is selected, no right is left.
    Reset,
}

/// What a window speaks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Answer to reset, as the reader reports it.
    pub atr: Vec<u8>,
    /// The largest command or answer in bytes that the reader takes, where it says so
    /// (PC/SC part 10, `dwMaxAPDUDataSize`). `None`: unknown, treated as short APDUs only.
    pub largest_apdu: Option<usize>,
}

/// Who a reader is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderDescription {
    /// The name the system gives it; one that is not UTF-8 as `ReaderState` writes it.
    pub name: String,
    /// Whether it is an in-process simulated reader. A card in pcscd counts as real.
    pub simulated: bool,
}

/// What can go wrong between the program and the card, before the card says a word.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportError {
    /// The smart card service (pcscd) is not running or cannot be reached.
    #[error("the smart card service is not running")]
    NoService,
    /// The service refuses this user.
    #[error("the smart card service refuses this user")]
    NoPermission,
    /// No reader is connected.
    #[error("no reader is connected")]
    NoReader,
    /// The reader that was used is gone.
    #[error("the reader is gone")]
    ReaderGone,
    /// The reader is empty.
    #[error("no card is in the reader")]
    NoCard,
    /// The card was taken out. Open a new card: this one never comes back.
    #[error("the card was removed")]
    Removed,
    /// The card was reset inside our window.
    #[error("the card was reset by another program")]
    Reset,
    /// The card does not react: upside down, dirty, or not a smart card.
    #[error("the card does not answer to power on")]
    Mute,
    /// The card lost its power inside our window.
    #[error("the card lost its power")]
    PowerLost,
    /// Another program holds the reader exclusively, or its transaction outlasted our wait.
    #[error("another program holds the reader")]
    Busy,
    /// A command left, but no usable answer came back. The card may have acted.
    #[error("the card's answer was lost")]
    AnswerLost,
    /// The wait was ended by the program itself.
    #[error("the wait was cancelled")]
    Cancelled,
    /// The dialogue does not hold this command (replay only).
    #[error("the dialogue expects another command at line {line}")]
    NotInDialogue {
        /// Line of the dialogue that was expected, from 1; after the last one if it has ended.
        line: usize,
    },
    /// Anything else, by its PC/SC number.
    #[error("the reader failed with code {code:#010x}")]
    Other {
        /// PC/SC return code.
        code: u32,
    },
}
