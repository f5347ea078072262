//! Reading files, records and data objects in pieces, in the clear or within a session.

use zeroize::Zeroizing;

use super::{Channel, LARGEST_FILE, MOST_PIECES, refused};
use crate::certificate::PublicKey;
use crate::error::{Error, Malformation, SecureProblem, Step};
use crate::iso::atr::{announces_extended_length, is_silent_about_extended_length};
use crate::iso::command::Reference;
use crate::iso::{Answer, Command, FileId, Response, StatusWord};
use crate::secure::{Secure, Session};
use crate::transport::Link;

impl Channel<'_> {
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

fn read_from_start(length: usize, shown: Answer) -> Command {
    // Offset zero always fits.
    Command::read_binary(0, length, shown).unwrap_or_else(|| Command::more(shown))
}
