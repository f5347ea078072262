//! To the card: choosing a reader, waiting for one, and the conversation that signals may end.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use card_core::error::ChoiceProblem;
use card_core::observe::{Event, Exchange, Observer, Tally, Transcript};
use card_core::readers::{Choice, ReaderState, Service, choose};
use card_core::transport::TransportError;
use card_core::{Card, Error, Transaction};
use card_sim::persona::Persona;

use crate::args::{Patience, Reader};
use crate::exit::Failure;
use crate::facts::Fact;
use crate::kept;
use crate::output::{self, AtCard, Cost};
use crate::place;
use crate::program::Program;
use crate::residents::Resident;
use crate::session::CardSession;
use crate::signals::Signals;
use crate::texts::{Language, program_texts};

/// A connection to one card, for the run of one command.
pub(crate) struct Connection {
    card: Card,
    resident: Option<Persona>,
    witness: Shared,
    signals: Signals,
    /// Said when another program does not let go for a second.
    busy: String,
    /// Whether the cost is told at the end.
    verbose: bool,
    language: Language,
}

impl Connection {
    /// Finds the card that is meant and connects to it. Sends nothing.
    ///
    /// The file of `--trace` is made here, so that a place that cannot be written is found before
    /// the card is asked anything.
    pub(crate) fn open(program: &Program) -> Result<Self, Failure> {
        let transcript = program
            .global
            .trace
            .as_deref()
            .map(place::create_private)
            .transpose()?
            .map(|file| Transcript::new(BufWriter::new(file)));
        let witness = Shared(Arc::new(Mutex::new(Witness {
            tally: Tally::default(),
            transcript,
            signals: program.signals.clone(),
        })));
        let (card, resident) = match &program.global.reader {
            Some(Reader::Simulated(name)) => {
                let resident = Resident::find(name)?;
                let card = Card::new(resident.card()?.reader());
                output::note(&program.texts.with(
                    "note-simulated",
                    [("name", resident.persona.id.as_str().into())],
                ));
                (card, Some(resident.persona))
            }
            Some(Reader::Index(index)) => (real(program, &Choice::Index(*index))?, None),
            Some(Reader::Name(name)) => (real(program, &Choice::Name(name.clone()))?, None),
            None => (real(program, &Choice::Only)?, None),
        };
        let watched = io::stderr().is_terminal();
        let card = match patience(program.global.wait, watched) {
            Some(most) => card.waiting_at_most(most),
            None => card,
        };
        Ok(Self {
            card: card
                .knowing(kept::certificates())
                .observed_by(witness.clone())
                .interrupted_by(program.signals.flag()),
            resident,
            witness,
            signals: program.signals.clone(),
            busy: program.texts.say("note-busy"),
            verbose: program.global.verbose,
            language: program.texts.language(),
        })
    }
}

impl Connection {
    /// Does something inside one transaction.
    fn speak<T>(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let notice = Notice::after(Duration::from_secs(1), self.busy.clone());
        let mut transaction = self.card.begin()?;
        drop(notice);
        let done = work(&mut transaction);
        let ended = transaction.end();
        if self.signals.interrupted() {
            return Err(Error::Cancelled);
        }
        let value = done?;
        ended?;
        Ok(value)
    }
}

impl CardSession for Connection {
    fn talk<T>(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let spoken = self.speak(work);
        spoken.map_err(|error| Failure::from(error).after_presenting(self.cost().presented))
    }

    fn reader_name(&self) -> String {
        self.card.reader().name
    }

    fn resident(&self) -> Option<&Persona> {
        self.resident.as_ref()
    }
}

impl AtCard for Connection {
    fn is_simulated(&self) -> bool {
        self.card.reader().simulated
    }

    fn cost(&self) -> Cost {
        let Tally {
            exchanges,
            presented,
        } = self.witness.lock().tally;
        Cost {
            exchanges,
            presented,
        }
    }
}

impl Drop for Connection {
    /// Says on standard error, also after a failure, what the conversation cost and whether its
    /// transcript is not whole.
    fn drop(&mut self) {
        let texts = || program_texts(self.language);
        if self.verbose {
            let Cost {
                exchanges,
                presented,
            } = self.cost();
            let cost = [
                ("exchanges", exchanges.into()),
                ("presented", presented.into()),
            ];
            output::note(&texts().with("note-cost", cost));
        }
        let witness = self.witness.lock();
        if witness
            .transcript
            .as_ref()
            .is_some_and(|transcript| transcript.has_failed())
        {
            output::note(&texts().say("note-trace-failed"));
        }
    }
}

/// How long another program's transaction is waited for; `None` where a person watches, who can end
/// the wait.
fn patience(wait: Option<Patience>, watched: bool) -> Option<Duration> {
    match wait {
        Some(Patience::Forever) => None,
        Some(Patience::For(most)) => Some(most),
        None => (!watched).then_some(UNWATCHED),
    }
}

/// Limit of the wait for another program's transaction where no terminal shows the wait.
pub(crate) const UNWATCHED: Duration = Duration::from_secs(30);

/// The card in a real reader; waits for reader and card as long as was asked.
fn real(program: &Program, choice: &Choice) -> Result<Card, Failure> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        let mut known = Vec::new();
        let mut service = None;
        let error = match reach(choice, &mut service, &mut known, program) {
            Ok(card) => return Ok(card),
            Err(error) => error,
        };
        let left = match program.global.wait {
            Some(Patience::Forever) => Duration::MAX,
            Some(Patience::For(most)) => most.saturating_sub(begun.elapsed()),
            None => Duration::ZERO,
        };
        if left.is_zero() || !may_come(&error) {
            return Err(with_readers(error, &known));
        }
        if !std::mem::replace(&mut told, true) {
            output::note(&program.texts.say("note-waiting"));
        }
        let pause = left.min(Duration::from_secs(1));
        let waited = service.as_ref().map(|service| service.wait(&known, pause));
        if !matches!(waited, Some(Ok(()))) {
            // No service tells of a change, so look again now and then.
            thread::sleep(pause.min(Duration::from_millis(250)));
        }
    }
}

fn reach(
    choice: &Choice,
    service: &mut Option<Service>,
    known: &mut Vec<ReaderState>,
    program: &Program,
) -> Result<Card, Error> {
    let service = service.insert(Service::connect()?);
    *known = service.readers()?;
    let reader = choose(known, choice)?;
    let _notice = Notice::after(Duration::from_secs(1), program.texts.say("note-busy"));
    Ok(Card::new(service.open(&reader.name)?))
}

/// Whether waiting for a reader or a card can help, or for a program that has the reader alone.
fn may_come(error: &Error) -> bool {
    use TransportError::{Busy, NoCard, NoReader, NoService, ReaderGone, Removed};
    matches!(
        error,
        Error::Transport(Busy | NoCard | NoReader | NoService | ReaderGone | Removed)
            | Error::Choice(ChoiceProblem::Nothing)
    )
}

/// A failed choice shows what there was to choose from.
fn with_readers(error: Error, known: &[ReaderState]) -> Failure {
    let chosen = matches!(error, Error::Choice(_));
    let failure = Failure::from(error).after_presenting(0);
    if !chosen {
        return failure;
    }
    let lines = known
        .iter()
        .enumerate()
        .map(|(index, reader)| format!("{index}  {}", reader.name));
    failure.telling("readers", Fact::List(lines.collect()))
}

/// Says something on standard error unless it is dropped in time.
///
/// Another thread holds the watch, because the work that is watched may not come back meanwhile.
struct Notice {
    _dropped: mpsc::Sender<()>,
}

impl Notice {
    fn after(time: Duration, text: String) -> Self {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            if receiver.recv_timeout(time) == Err(mpsc::RecvTimeoutError::Timeout) {
                output::note(&text);
            }
        });
        Self { _dropped: sender }
    }
}

/// Sees what passes: counts it, writes it down, and holds signals back while a PIN is out.
struct Witness {
    tally: Tally,
    transcript: Option<Transcript<BufWriter<File>>>,
    signals: Signals,
}

#[derive(Clone)]
struct Shared(Arc<Mutex<Witness>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Witness> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Shared {
    fn exchange(&mut self, exchange: &Exchange<'_>) {
        let mut witness = self.lock();
        witness.tally.exchange(exchange);
        if let Some(transcript) = &mut witness.transcript {
            transcript.exchange(exchange);
        }
    }

    fn event(&mut self, event: &Event) {
        let mut witness = self.lock();
        match event {
            Event::Presenting(_) => witness.signals.hold(),
            Event::Ended(_) => witness.signals.release(),
            _ => {}
        }
        if let Some(transcript) = &mut witness.transcript {
            transcript.event(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_has_a_limit_where_no_person_watches() {
        let given = Some(Patience::For(Duration::from_secs(3)));
        for watched in [false, true] {
            assert_eq!(patience(given, watched), Some(Duration::from_secs(3)));
            assert_eq!(patience(Some(Patience::Forever), watched), None);
        }
        assert_eq!(patience(None, false), Some(Duration::from_secs(30)));
        assert_eq!(patience(None, true), None);
    }
}
