//! The conversation: exchanges, reading in pieces, presenting a PIN.
//!
//! The only file that turns commands into bytes, and the only path by which a PIN leaves. What the
//! card turned out not to understand (short identifiers, extended lengths) is remembered for the
//! rest of the connection and found out by free commands only.
//!
//! All PIN presentation goes through this file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroizing;

use crate::certificate::PublicKey;
use crate::error::{Error, Malformation, PssProblem, SecureProblem, Step};
use crate::iso::atr::{announces_extended_length, is_silent_about_extended_length};
use crate::iso::command::Reference;
use crate::iso::status::PinVerdict;
use crate::iso::{Aid, Answer, Body, Command, FileId, Response, StatusWord};
use crate::observe::{Event, Exchange, Observer};
use crate::pin::{Attempts, Pin, PinKind, PinProblem, PinpadProblem, Spend};
use crate::secret::Secret;
use crate::secure::{Secure, Session};
use crate::transport::{Entry, Exclusive, Link, TransportError};

/// What is known about the connection, for as long as the card stays in the reader.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The card has shown that it does not understand short file identifiers.
    no_short_identifiers: bool,
    /// The card or the reader has shown that it does not take extended lengths.
    no_extended_length: bool,
    /// Values that this card has just refused. Wiped with the connection.
    refused: Vec<(PinKind, Secret)>,
    /// Whether the selected application answers encrypted.
    pub(crate) secure: Secure,
    /// Keys of certificates read on this connection, for checking signatures.
    pub(crate) authentication_key: Option<PublicKey>,
    pub(crate) signature_key: Option<PublicKey>,
}

/// Who watches, and who may stop us.
pub(crate) struct Watch {
    pub(crate) observer: Box<dyn Observer>,
    pub(crate) interrupted: Arc<AtomicBool>,
}

/// What was done in this window, which decides how it is left.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deeds {
    /// A PIN left for the card, right or wrong, answered or not.
    pub(crate) presented: bool,
    /// A SELECT of another application than JPKI was sent, answered or refused.
    pub(crate) strayed: bool,
    /// At least one command was sent.
    spoken: bool,
    /// What is selected now, by our own SELECT: nothing else speaks to the card meanwhile.
    pub(crate) selected: Option<Aid>,
}

/// The conversation with one selected application, lent by the transaction.
pub(crate) struct Channel<'t> {
    pub(crate) exclusive: &'t mut (dyn Exclusive + 't),
    pub(crate) memory: &'t mut Memory,
    pub(crate) watch: &'t mut Watch,
    pub(crate) deeds: &'t mut Deeds,
}

/// GET RESPONSE and READ BINARY are asked this often at most for one answer or file: more than twice
/// what the largest file needs.
const MOST_PIECES: usize = 300;

/// READ BINARY reaches this far (15-bit offset).
const LARGEST_FILE: usize = 0x8000;

impl Channel<'_> {
    /// The same conversation for a shorter time.
    pub(crate) fn reborrow(&mut self) -> Channel<'_> {
        Channel {
            exclusive: &mut *self.exclusive,
            memory: &mut *self.memory,
            watch: &mut *self.watch,
            deeds: &mut *self.deeds,
        }
    }

    /// Sends one command; stops before it if the caller wants to stop.
    pub(crate) fn exchange(&mut self, command: &Command) -> Result<Response, Error> {
        if self.watch.interrupted.load(Ordering::SeqCst) {
            return Err(Error::Cancelled);
        }
        self.exchange_always(command)
    }

    /// Sends one command even if the caller wants to stop: making the card forget.
    pub(crate) fn exchange_always(&mut self, command: &Command) -> Result<Response, Error> {
        let first = self.transmit(command)?;
        if let Some(length) = first.status().exact_length() {
            // Never again for a command that can cost an attempt: there is no such command then.
            if let Some(exact) = command.with_exact_length(length) {
                return self.transmit(&exact);
            }
        }
        if first.status().waiting().is_some() {
            return self.fetch_rest(first, command.answer());
        }
        Ok(first)
    }

    /// Sends one command that costs nothing and gives what the card said to it alone: its status
    /// and how many bytes came. Nothing is fetched behind `61xx`, nothing repeated after `6Cxx`.
    pub(crate) fn probe(&mut self, command: &Command) -> Result<(StatusWord, usize), Error> {
        if self.watch.interrupted.load(Ordering::SeqCst) {
            return Err(Error::Cancelled);
        }
        debug_assert!(!command.costs_attempt(), "a census presents nothing");
        let response = self.transmit(command)?;
        Ok((response.status(), response.data().len()))
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, Error> {
        self.deeds.spoken = true;
        let wire = command.to_wire();
        let answer = match *command.body() {
            // On the reader a PIN in force is typed to be presented, a new one to replace it.
            Body::Pinpad(digits) if command.costs_attempt() => {
                self.exclusive.enter(&wire, Entry::Current { digits })
            }
            Body::Pinpad(digits) => self.exclusive.enter(&wire, Entry::New { digits }),
            _ => self.exclusive.transmit(&wire),
        };
        let answer =
            answer.and_then(|bytes| Response::parse(bytes).ok_or(TransportError::AnswerLost));
        let shown = answer.as_ref().map_err(|error| *error);
        self.watch.observer.exchange(&Exchange::new(command, shown));
        Ok(answer?)
    }

    /// Collects an answer that comes in pieces behind `61xx`.
    fn fetch_rest(&mut self, first: Response, shown: Answer) -> Result<Response, Error> {
        let mut whole = Zeroizing::new(Vec::with_capacity(LARGEST_FILE + 2));
        whole.extend_from_slice(first.data());
        for _ in 0..MOST_PIECES {
            let piece = self.transmit(&Command::more(shown))?;
            if whole.len() + piece.data().len() > LARGEST_FILE {
                break;
            }
            whole.extend_from_slice(piece.data());
            if piece.status().waiting().is_none() {
                whole.extend_from_slice(&piece.status().0.to_be_bytes());
                return Response::parse(whole).ok_or(TransportError::AnswerLost.into());
            }
        }
        Err(Error::malformed(
            Step::DataObject,
            whole.len(),
            Malformation::Endless,
        ))
    }

    /// Selects an application; says whether the card has it.
    ///
    /// A card may answer `6F00` to the very first command after power on: a SELECT costs nothing,
    /// so it is sent once more.
    pub(crate) fn select(&mut self, aid: Aid) -> Result<bool, Error> {
        let command = Command::select_application(aid);
        // A session lives no longer than its application stays selected.
        self.memory.secure = Secure::Off;
        let fresh = !self.deeds.spoken;
        let mut response = self.exchange(&command)?;
        if fresh && response.status() == StatusWord::UNSPECIFIC {
            response = self.exchange(&command)?;
        }
        match response.status() {
            status if status.is_ok() => Ok(true),
            StatusWord::NOT_FOUND | StatusWord::NOT_SUPPORTED => Ok(false),
            status => Err(refused(Step::SelectApplication, status)),
        }
    }

    /// Selects a file, PIN or key.
    pub(crate) fn select_file(&mut self, file: FileId) -> Result<(), Error> {
        let status = self.exchange(&Command::select_file(file))?.status();
        if status.is_ok() {
            Ok(())
        } else {
            Err(refused(Step::SelectFile, status))
        }
    }

    /// Runs a command by short identifier, or by SELECT where the card does not know those.
    ///
    /// `build` is never a command that can cost an attempt: see [`Channel::present`].
    fn by_reference(
        &mut self,
        file: FileId,
        build: impl Fn(Reference) -> Command,
    ) -> Result<Response, Error> {
        if !self.memory.no_short_identifiers {
            let response = self.exchange(&build(Reference::Short(file)))?;
            if !refuses_short_identifiers(response.status()) {
                return Ok(response);
            }
        }
        self.select_file(file)?;
        let response = self.exchange(&build(Reference::Current))?;
        // Only a success proves that the short identifier was at fault.
        self.memory.no_short_identifiers |= !refuses_short_identifiers(response.status());
        Ok(response)
    }

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

    /// Signs a block with a key whose PIN is verified.
    pub(crate) fn sign(&mut self, key: FileId, block: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let response = self.by_reference(key, |key| Command::sign(key, block))?;
        if response.status().is_ok() {
            Ok(response.into_data())
        } else {
            Err(refused(Step::Sign, response.status()))
        }
    }

    /// Signs a SHA-256 digest with PSS padding, with a key whose PIN is verified.
    pub(crate) fn sign_pss(
        &mut self,
        key: FileId,
        sha256: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let response = self.by_reference(key, |key| Command::sign_pss(key, sha256))?;
        match response.status() {
            status if status.is_ok() => Ok(response.into_data()),
            status @ StatusWord::WRONG_PARAMETERS => {
                Err(Error::Pss(PssProblem::Refused { status }))
            }
            status => Err(refused(Step::Sign, status)),
        }
    }

    /// Signs a block with the application's own key, which no PIN guards.
    pub(crate) fn sign_with_own_key(&mut self, block: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let response = self.exchange(&Command::sign_with_own_key(block))?;
        match response.status() {
            status if status.is_ok() => Ok(response.into_data()),
            status => Err(refused(Step::Sign, status)),
        }
    }

    /// Reads a record.
    pub(crate) fn read_record(
        &mut self,
        file: FileId,
        number: u8,
        step: Step,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let response = self.by_reference(file, |file| {
            Command::read_record(file, number, Answer::Personal)
        })?;
        match response.status() {
            status if status.is_ok() => Ok(response.into_data()),
            StatusWord::NOT_FOUND | StatusWord::RECORD_NOT_FOUND => Err(Error::FileMissing(step)),
            status => Err(refused(step, status)),
        }
    }

    /// Reads a data object of the issuer domain; `None` where the card has none.
    ///
    /// A long object answers `6700` to the short length: then it is asked for in extended form,
    /// where card and reader announce that.
    pub(crate) fn data_object(
        &mut self,
        tag: u16,
        shown: Answer,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let mut response = self.exchange(&Command::data_object(tag, 256, shown))?;
        let piece = self.piece();
        if response.status() == StatusWord::WRONG_LENGTH && piece > 256 {
            response = self.exchange(&Command::data_object(tag, piece, shown))?;
        }
        match response.status() {
            status if status.is_ok() => Ok(Some(response.into_data())),
            StatusWord::REFERENCE_NOT_FOUND => Ok(None),
            status => Err(refused(Step::DataObject, status)),
        }
    }

    /// Reads a file as far as `extent` says after its first bytes were seen.
    ///
    /// `None` from `extent` means: what came first is all that is wanted. An empty answer, an
    /// offset beyond the end and `6282` all mean that the file ends there. The caller sees a
    /// refusal of the first command as [`Error::Refused`].
    pub(crate) fn read_file(
        &mut self,
        file: FileId,
        step: Step,
        shown: Answer,
        extent: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let first = self.read_first(file, shown)?;
        let mut data = match first.status() {
            status if status.is_ok() => first.into_data(),
            StatusWord::END_OF_FILE => first.into_data(),
            StatusWord::PAST_END => return Ok(Zeroizing::default()),
            StatusWord::NOT_FOUND => return Err(Error::FileMissing(step)),
            status => return Err(refused(step, status)),
        };
        let Some(extent) = extent(&data).map(|bytes| bytes.min(LARGEST_FILE)) else {
            return Ok(data);
        };
        if extent > data.len() {
            // Room for everything at once: growing would leave an unwiped copy behind.
            let mut whole = Zeroizing::new(Vec::with_capacity(extent));
            whole.extend_from_slice(&data);
            data = whole;
        }
        // A card that gives a byte at a time would be asked for ever.
        for _ in 0..MOST_PIECES {
            if data.len() >= extent {
                break;
            }
            let piece = self.read_next(data.len(), extent - data.len(), shown)?;
            let wanted = extent - data.len();
            match piece.status() {
                status if status.is_ok() || status == StatusWord::END_OF_FILE => {
                    if piece.data().is_empty() {
                        break;
                    }
                    data.extend(piece.data().iter().take(wanted));
                }
                StatusWord::PAST_END => break,
                status => return Err(refused(step, status)),
            }
        }
        data.truncate(extent);
        Ok(data)
    }

    /// Opens a session: from now on what is read from this application travels encrypted.
    pub(crate) fn secure(&mut self, seed: &[u8; 32], card: &PublicKey) -> Result<(), Error> {
        if self.piece() <= 256 {
            return Err(Error::Secure(SecureProblem::ExtendedLength));
        }
        let unusable = Error::malformed(Step::SessionKey, 0, Malformation::NotAKey);
        let (session, cryptogram) = Session::open(seed, card).ok_or(unusable)?;
        let status = self
            .exchange(&Command::set_session_key(&cryptogram))?
            .status();
        match status {
            status if status.is_ok() => {
                self.memory.secure = Secure::On(session);
                Ok(())
            }
            StatusWord::WRONG_LENGTH => {
                self.memory.no_extended_length = true;
                Err(Error::Secure(SecureProblem::ExtendedLength))
            }
            status => Err(refused(Step::OpenSession, status)),
        }
    }

    /// Reads from the current file within a session; `None` where everything is in the clear.
    ///
    /// After anything unexpected the session is lost and stays so: its counter is no longer known,
    /// and reading on in the clear is not what was asked for.
    fn read_secured(&mut self, at: usize, wanted: u16) -> Option<Result<Response, Error>> {
        let lost = Error::Secure(SecureProblem::Lost);
        let mut session = match std::mem::replace(&mut self.memory.secure, Secure::Lost) {
            Secure::Off => {
                self.memory.secure = Secure::Off;
                return None;
            }
            Secure::On(session) => session,
            Secure::Lost => return Some(Err(lost)),
        };
        let Some(command) = Command::read_binary_secured(at, wanted) else {
            let endless = Malformation::Endless;
            return Some(Err(Error::malformed(Step::SelectFile, at, endless)));
        };
        let answer = match self.exchange(&command) {
            Ok(answer) => answer,
            Err(error) => return Some(Err(error)),
        };
        let read = match answer.status() {
            StatusWord::SECURE_OBJECT_MISSING
            | StatusWord::SECURE_OBJECT_WRONG
            | StatusWord::NO_SESSION => None,
            _ if answer.data().is_empty() => {
                session.advance();
                Some(answer)
            }
            status => session
                .decrypt(answer.data())
                .map(|data| Response::of(data, status)),
        };
        if read.is_some() {
            self.memory.secure = Secure::On(session);
        }
        Some(read.ok_or(lost))
    }

    fn read_first(&mut self, file: FileId, shown: Answer) -> Result<Response, Error> {
        let read = |length| {
            move |reference| match reference {
                Reference::Short(file) => Command::read_binary_of(file, length, shown),
                Reference::Current => read_from_start(length, shown),
            }
        };
        if matches!(self.memory.secure, Secure::On(_)) {
            // The form that was measured: SELECT in the clear, which the counter ignores.
            self.select_file(file)?;
        }
        if let Some(read) = self.read_secured(0, 0) {
            return read;
        }
        let length = self.piece();
        let response = self.by_reference(file, read(length))?;
        if length > 256 && response.status() == StatusWord::WRONG_LENGTH {
            self.memory.no_extended_length = true;
            return self.by_reference(file, read(256));
        }
        Ok(response)
    }

    fn read_next(&mut self, at: usize, wanted: usize, shown: Answer) -> Result<Response, Error> {
        let most = u16::try_from(wanted).unwrap_or(0);
        if let Some(read) = self.read_secured(at, most) {
            return read;
        }
        let beyond = Error::malformed(Step::SelectFile, at, Malformation::Endless);
        let length = wanted.min(self.piece());
        let command = Command::read_binary(at, length, shown).ok_or(beyond.clone())?;
        let response = self.exchange(&command)?;
        if length > 256 && response.status() == StatusWord::WRONG_LENGTH {
            self.memory.no_extended_length = true;
            let short = Command::read_binary(at, 256, shown).ok_or(beyond)?;
            return self.exchange(&short);
        }
        Ok(response)
    }

    /// How much to ask for at once: more than 256 bytes only where the reader announces it, and the
    /// card does or cannot. A card that cannot say is asked with its first READ: `6700` costs that
    /// one exchange, once for each connection.
    fn piece(&self) -> usize {
        if self.memory.no_extended_length {
            return 256;
        }
        match self.exclusive.link() {
            Link {
                atr,
                largest_apdu: Some(largest),
            } if announces_extended_length(&atr) || is_silent_about_extended_length(&atr) => {
                largest.clamp(256, 0x1_0000)
            }
            _ => 256,
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

fn read_from_start(length: usize, shown: Answer) -> Command {
    // Offset zero always fits.
    Command::read_binary(0, length, shown).unwrap_or_else(|| Command::more(shown))
}

fn refuses_short_identifiers(status: StatusWord) -> bool {
    matches!(
        status,
        StatusWord::WRONG_PARAMETERS | StatusWord::REFERENCE_NOT_FOUND
    )
}

/// A refusal; `6986` after our own SELECT means that the card lost its power in between.
fn refused(step: Step, status: StatusWord) -> Error {
    if status == StatusWord::NO_CURRENT_FILE {
        TransportError::PowerLost.into()
    } else {
        Error::Refused { step, status }
    }
}
