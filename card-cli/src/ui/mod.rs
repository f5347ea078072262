//! Questions that a job puts to a person. Each front answers them in its own way: at the terminal,
//! in the pinentry dialog, or over JSON-RPC.

use card_core::certificate::Purpose;
use card_core::domain::date::UtcTime;
use card_core::pin::{Attempts, PinKind};
use zeroize::Zeroizing;

use crate::exit::Failure;

mod bar;
pub(crate) mod program;

/// The person behind a job, or the stream that takes the person's place.
pub(crate) trait Ui {
    /// Whether a person could type a PIN on the reader's own keypad instead.
    fn takes_pinpad(&self) -> bool {
        false
    }

    /// Tells the person to type this PIN on the reader, which asks for it right after.
    ///
    /// # Errors
    ///
    /// `operation.cancelled`: the person declined.
    fn on_pinpad(&mut self, _kind: PinKind, _left: Attempts) -> Result<(), Failure> {
        Ok(())
    }

    /// Gets ready for questions; whether a person answers them.
    ///
    /// Where a person does, the card is asked for its counter first. A stream is read without
    /// that: it cannot change its mind.
    ///
    /// # Errors
    ///
    /// `pin.no-terminal`: there is no terminal to ask at.
    fn begin(&mut self) -> Result<bool, Failure>;

    /// Asks for a PIN.
    ///
    /// # Errors
    ///
    /// `operation.cancelled`: the person declined. `pin.source`: the stream cannot be read.
    fn pin(&mut self, question: &PinQuestion<'_>) -> Result<PinAnswer, Failure>;

    /// Whether a PIN is asked for once more, because what came cannot be one, as `problem` says:
    /// a person at a terminal has mistyped, and nothing was sent to the card.
    fn asks_again(&mut self, _problem: &Failure) -> bool {
        false
    }

    /// Asks for the value that shall replace a PIN. `check` holds its shape, before it is asked
    /// for a second time.
    ///
    /// # Errors
    ///
    /// `pin.not-repeated`: the two values differ.
    fn new_pin(
        &mut self,
        kind: PinKind,
        check: &dyn Fn(&[u8]) -> Result<(), Failure>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure>;

    /// Asks for consent to something that cannot be taken back.
    fn consent(&mut self, to: Consent) -> Result<bool, Failure>;

    /// Says something that needs no answer.
    fn note(&mut self, note: Note<'_>);
}

/// Which PIN is asked for.
pub(crate) struct PinQuestion<'q> {
    /// Any one of these, the usual one first, with the attempts left where the card was asked.
    pub(crate) options: &'q [(PinKind, Option<Attempts>)],
    /// Whether it is to be replaced by another one.
    pub(crate) current: bool,
}

/// What came of the question for a PIN.
pub(crate) enum PinAnswer {
    /// The value.
    Value(Zeroizing<Vec<u8>>),
    /// The value that is published for a simulated card.
    Published,
}

/// Something that cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// Presenting a PIN that may block now; whether that is because the card does not say how
    /// many attempts are left.
    LastAttempt(PinKind, Attempts),
    /// Using a certificate that has run out, since when: a PIN for nothing.
    Expired(Purpose, UtcTime),
    /// Name, address, birth date and sex go into the signature.
    Disclosure,
}

/// Something that a person should know and need not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note<'n> {
    /// A wrong value costs one attempt; two counters of the resident PIN.
    CostsAttempt(PinKind),
    /// This PIN has letters, so that it is typed here although the reader has a keypad.
    NotOnPinpad(PinKind),
    /// The certificate has run out, since when.
    Expired(Purpose, UtcTime),
    /// The signer's certificate had run out when it signed.
    SignerExpired,
    /// The authority of a time stamp is none that is known here.
    TimeStampUnknown,
    /// The signatures that were written before a failure.
    Done(&'n [String]),
}
