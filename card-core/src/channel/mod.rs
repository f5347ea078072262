//! The conversation: what turns commands into bytes, the only way to the wire.
//!
//! What the card turned out not to understand (short identifiers, extended lengths) is remembered
//! for the rest of the connection and found out by free commands only.

mod present;
mod read;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroizing;

use crate::certificate::{Certificate, PublicKey};
use crate::error::{Error, Malformation, PssProblem, Step};
use crate::iso::command::Reference;
use crate::iso::{Aid, Answer, Body, Command, FileId, Response, StatusWord};
use crate::observe::{Exchange, Observer};
use crate::pin::PinKind;
use crate::secret::Secret;
use crate::secure::Secure;
use crate::transport::{Entry, Exclusive, TransportError};

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
    /// Authentication certificates that the caller read from cards before.
    pub(crate) known_certificates: Vec<Certificate>,
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
