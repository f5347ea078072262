//! Presenting and changing a PIN: counter first, one VERIFY for each consent.
//!
//! The only path by which a PIN leaves.

use super::{Channel, refused};
use crate::error::{Error, Step};
use crate::iso::command::Reference;
use crate::iso::status::PinVerdict;
use crate::iso::{Command, FileId, StatusWord};
use crate::observe::Event;
use crate::pin::{Attempts, Pin, PinKind, PinProblem, PinpadProblem, Spend};
use crate::secret::Secret;

impl Channel<'_> {
    /// Asks how many attempts a PIN has left. Costs none.
    pub(crate) fn attempts(&mut self, kind: PinKind, file: FileId) -> Result<Attempts, Error> {
        let absent = Error::pin(kind, PinProblem::Absent);
        let status = match self.by_reference(file, Command::attempts) {
            Err(Error::Refused {
                step: Step::SelectFile,
                status: StatusWord::NOT_FOUND,
            }) => return Err(absent),
            answer => answer?.status(),
        };
        match status.pin_verdict() {
            PinVerdict::Left(left) => Ok(Attempts::Left(left)),
            PinVerdict::Blocked => Ok(Attempts::Blocked),
            // Already verified by another program: the counter is at its maximum.
            PinVerdict::Verified => Ok(kind.maximum().map_or(Attempts::Unknown, Attempts::Left)),
            PinVerdict::Uncounted => Ok(Attempts::Unknown),
            PinVerdict::Other
                if matches!(
                    status,
                    StatusWord::NOT_FOUND | StatusWord::REFERENCE_NOT_FOUND
                ) =>
            {
                Err(absent)
            }
            PinVerdict::Other => Err(refused(Step::AskAttempts, status)),
        }
    }

    /// Presents a PIN. See [`Channel::present_by`].
    pub(crate) fn present<P: Pin>(
        &mut self,
        file: FileId,
        pin: &P,
        spend: Spend,
    ) -> Result<(), Error> {
        self.present_by(P::KIND, file, Given::Value(pin.secret()), spend)
    }

    /// Presents a PIN that a person types on the reader. See [`Channel::present_by`].
    pub(crate) fn present_on_pinpad(
        &mut self,
        kind: PinKind,
        file: FileId,
        spend: Spend,
    ) -> Result<(), Error> {
        let digits = kind.pinpad_digits();
        let digits = digits.filter(|_| self.exclusive.pinpad().verify);
        let none = Error::Pinpad {
            pin: kind,
            problem: PinpadProblem::None,
        };
        self.present_by(kind, file, Given::OnPinpad(digits.ok_or(none)?), spend)
    }

    /// Presents a PIN: the only path by which one leaves.
    ///
    /// Refused before → counter → floor → marked as presented → VERIFY once → verdict. Of a PIN that
    /// is typed on the reader the value is not known, so that a refused one can be typed again.
    fn present_by(
        &mut self,
        kind: PinKind,
        file: FileId,
        given: Given<'_>,
        spend: Spend,
    ) -> Result<(), Error> {
        let fail = |problem| Err(Error::pin(kind, problem));
        let refused_before = |known: &(PinKind, Secret)| match given {
            Given::Value(value) => known.0 == kind && known.1 == *value,
            Given::OnPinpad(_) => false,
        };
        if self.memory.refused.iter().any(refused_before) {
            return fail(PinProblem::RefusedBefore);
        }
        match (self.attempts(kind, file)?, spend) {
            (Attempts::Blocked, _) => return fail(PinProblem::Blocked),
            (left @ (Attempts::Left(..=1) | Attempts::Unknown), Spend::KeepOne) => {
                return fail(PinProblem::LastAttempt { left });
            }
            (Attempts::Left(_) | Attempts::Unknown, _) => {}
        }
        // The free question has found out how to name the PIN and has selected it if need be.
        let reference = if self.memory.no_short_identifiers {
            Reference::Current
        } else {
            Reference::Short(file)
        };
        // Marked before sending: a lost answer must also end in forgetting.
        self.deeds.presented = true;
        self.watch.observer.event(&Event::Presenting(kind));
        let status = self.exchange(&given.verify(reference))?.status();
        let left = match status.pin_verdict() {
            PinVerdict::Verified => {
                self.memory.refused.retain(|(known, _)| *known != kind);
                return Ok(());
            }
            PinVerdict::Left(left) => Attempts::Left(left),
            PinVerdict::Uncounted => Attempts::Unknown,
            PinVerdict::Blocked => return fail(PinProblem::Blocked),
            PinVerdict::Other => return Err(given.refused(kind, Step::PresentPin, status)),
        };
        if let Given::Value(value) = given {
            self.memory.refused.push((kind, value.clone()));
        }
        fail(PinProblem::Wrong { left })
    }

    /// Replaces a verified PIN's value by one that a person types twice on the reader.
    pub(crate) fn change_on_pinpad(&mut self, kind: PinKind, file: FileId) -> Result<(), Error> {
        let digits = kind.pinpad_digits();
        let digits = digits.filter(|_| self.exclusive.pinpad().modify);
        let none = Error::Pinpad {
            pin: kind,
            problem: PinpadProblem::None,
        };
        let digits = digits.ok_or(none)?;
        self.select_file(file)?;
        let status = self.exchange(&Command::change_on_pinpad(digits))?.status();
        if status.is_ok() {
            Ok(())
        } else {
            Err(Given::OnPinpad(digits).refused(kind, Step::ChangePin, status))
        }
    }

    /// Replaces a verified PIN's value.
    pub(crate) fn change(
        &mut self,
        file: FileId,
        build: fn(&Secret) -> Command,
        new: &Secret,
    ) -> Result<(), Error> {
        // Known for the current PIN only, so it is selected by name.
        self.select_file(file)?;
        let status = self.exchange(&build(new))?.status();
        if status.is_ok() {
            Ok(())
        } else {
            Err(refused(Step::ChangePin, status))
        }
    }
}

/// Where a PIN comes from.
#[derive(Clone, Copy)]
enum Given<'p> {
    /// From the caller.
    Value(&'p Secret),
    /// So many digits from the keys of the reader.
    OnPinpad(u8),
}

impl Given<'_> {
    fn verify(self, reference: Reference) -> Command {
        match self {
            Self::Value(value) => Command::verify(reference, value),
            Self::OnPinpad(digits) => Command::verify_on_pinpad(reference, digits),
        }
    }

    /// A status that says nothing about a counter: of the card, or of the reader with the keys.
    fn refused(self, pin: PinKind, step: Step, status: StatusWord) -> Error {
        match (self, PinpadProblem::of(status)) {
            (Self::OnPinpad(_), Some(problem)) => Error::Pinpad { pin, problem },
            _ => refused(step, status),
        }
    }
}
