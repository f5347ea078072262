//! What the threads of the server share: readers, cards, running jobs, open questions, the way out.

use std::collections::BTreeMap;
use std::io::{self, Stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use card_core::login::MemoryNonces;
use card_core::readers::Change;
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::events::{
    CardInserted, CardRemoved, Event, Log, QuestionClosed, ReaderAdded, ReaderRemoved,
};
use super::frame::Framing;
use super::judges::Judges;
use super::message::Id;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::texts::Language;

/// Everything shared.
pub(super) struct Shared {
    out: Mutex<Stdout>,
    framing: Framing,
    state: Mutex<State>,
    changed: Condvar,
    /// Challenges of logins that are judged here and have no folder of their own.
    pub(super) nonces: MemoryNonces,
    pub(super) judges: Judges,
}

struct State {
    language: Language,
    readers: Vec<ReaderSlot>,
    cards: Vec<CardSlot>,
    jobs: BTreeMap<Id, Running>,
    questions: BTreeMap<Id, Question>,
    /// Transactions that are open.
    inside: usize,
    /// Answers that are being written.
    answers: usize,
    /// Numbers that were given out, of readers and of questions.
    readers_seen: u64,
    questions_seen: u64,
    /// Whether everything that was there at the beginning is known.
    looked: bool,
}

struct ReaderSlot {
    id: String,
    name: String,
    simulated: bool,
}

/// A card from its insertion to its removal.
#[derive(Clone)]
pub(super) struct CardSlot {
    pub(super) id: String,
    /// The reader's name; of a simulated one, the resident's.
    pub(super) reader: String,
    pub(super) simulated: bool,
    busy: bool,
}

struct Running {
    cancelled: Arc<AtomicBool>,
    card: Option<String>,
    /// Whether somebody was asked for a PIN: there is something to forget.
    asked: bool,
}

struct Question {
    job: Id,
    reply: mpsc::Sender<Reply>,
}

/// Readers and the cards in them.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Readers {
    readers: Vec<ReaderLine>,
}

/// A reader.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ReaderLine {
    reader: String,
    name: String,
    simulated: bool,
    /// Whether the PIN can be typed at the reader; always false today.
    pinpad: bool,
    /// Null where none is in it.
    card: Option<String>,
    /// Whether a request has the card.
    busy: bool,
}

/// What became of a question.
pub(super) enum Reply {
    Value(Zeroizing<String>),
    Declined,
    Removed,
}

impl Shared {
    pub(super) fn new(framing: Framing, language: Language) -> Self {
        Self {
            out: Mutex::new(io::stdout()),
            framing,
            state: Mutex::new(State {
                language,
                readers: Vec::new(),
                cards: Vec::new(),
                jobs: BTreeMap::new(),
                questions: BTreeMap::new(),
                inside: 0,
                answers: 0,
                readers_seen: 0,
                questions_seen: 0,
                looked: false,
            }),
            changed: Condvar::new(),
            nonces: MemoryNonces::new(MOST_CHALLENGES),
            judges: Judges::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a message; whether it left. Nobody is told if it did not: the client is gone, and the
    /// end of its input ends us.
    pub(super) fn send(&self, message: &Value) -> bool {
        let text = message.to_string();
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        self.framing.write(&mut *out, text.as_bytes()).is_ok()
    }

    /// Tells an event.
    pub(super) fn tell<E: Event>(&self, event: &E) {
        self.send(&json!({ "jsonrpc": "2.0", "method": E::METHOD, "params": event }));
    }

    pub(super) fn language(&self) -> Language {
        self.state().language
    }

    pub(super) fn speak(&self, language: Language) {
        self.state().language = language;
    }

    /// A reader is there; a simulated one has its card in it from the beginning.
    pub(super) fn plugged(&self, name: &str, simulated: bool) {
        let id = {
            let mut state = self.state();
            state.readers_seen += 1;
            let id = format!("r{}", state.readers_seen);
            state.readers.push(ReaderSlot {
                id: id.clone(),
                name: name.to_owned(),
                simulated,
            });
            id
        };
        self.tell(&ReaderAdded {
            reader: id,
            name: name.to_owned(),
            simulated,
            pinpad: false,
        });
    }

    /// A card is there. Its identifier is made up, and another one after each insertion, so that
    /// nothing about the holder leaves before it is asked for.
    pub(super) fn inserted(&self, name: &str, simulated: bool) {
        let mut bytes = [0; 8];
        // Without randomness the number of cards so far sets them apart all the same.
        let random = getrandom::fill(&mut bytes).is_ok();
        let event = {
            let mut state = self.state();
            let number = match random {
                true => u64::from_be_bytes(bytes),
                false => state.questions_seen + state.cards.len() as u64,
            };
            let id = format!("c{number:016x}");
            let reader = state.readers.iter().find(|reader| reader.name == name);
            let event = CardInserted {
                reader: reader.map(|reader| reader.id.clone()),
                card: id.clone(),
            };
            state.cards.push(CardSlot {
                id,
                reader: name.to_owned(),
                simulated,
                busy: false,
            });
            event
        };
        self.tell(&event);
    }

    /// Something happened to real readers.
    pub(super) fn change(&self, change: Change) {
        match change {
            Change::Plugged { reader } => self.plugged(&reader, false),
            Change::Inserted { reader, .. } => self.inserted(&reader, false),
            Change::Removed { reader } => self.removed(&reader),
            Change::Unplugged { reader } => {
                let mut state = self.state();
                let gone = state.readers.iter().position(|it| it.name == reader);
                let gone = gone.map(|place| state.readers.remove(place).id);
                drop(state);
                self.tell(&ReaderRemoved { reader: gone });
            }
            Change::ServiceLost => self.tell(&Log {
                code: "service.none",
            }),
            Change::ServiceBack => self.tell(&Log {
                code: "service.back",
            }),
        }
    }

    fn removed(&self, name: &str) {
        let (event, closed) = {
            let mut state = self.state();
            let reader = state.readers.iter().find(|reader| reader.name == name);
            let reader = reader.map(|reader| reader.id.clone());
            let place = state.cards.iter().position(|card| card.reader == name);
            let card = place.map(|place| state.cards.remove(place).id);
            // No PIN needs to be typed for a card that is gone.
            let jobs = state.jobs.iter();
            let over: Vec<Id> = jobs
                .filter(|(_, job)| job.card == card)
                .map(|(id, _)| id.clone())
                .collect();
            let closed = state.close(|question| over.contains(&question.job), || Reply::Removed);
            (CardRemoved { reader, card }, closed)
        };
        self.changed.notify_all();
        for question in closed {
            self.tell(&QuestionClosed { id: question });
        }
        self.tell(&event);
    }

    /// Everything that was there at the beginning is known.
    pub(super) fn looked(&self) {
        self.state().looked = true;
        self.changed.notify_all();
    }

    /// Readers and the cards in them; waits for the first look, but not long.
    pub(super) fn readers(&self) -> Readers {
        let state = self.state();
        let waited = self
            .changed
            .wait_timeout_while(state, FIRST_LOOK, |state| !state.looked);
        let state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let line = |reader: &ReaderSlot| {
            let card = state.cards.iter().find(|card| card.reader == reader.name);
            ReaderLine {
                reader: reader.id.clone(),
                name: reader.name.clone(),
                simulated: reader.simulated,
                pinpad: false,
                card: card.map(|card| card.id.clone()),
                busy: card.is_some_and(|card| card.busy),
            }
        };
        Readers {
            readers: state.readers.iter().map(line).collect(),
        }
    }

    /// Notes a job; `None` if one with this identifier, or too many, are running.
    pub(super) fn begin(&self, id: &Id) -> Option<Arc<AtomicBool>> {
        let mut state = self.state();
        if state.jobs.contains_key(id) || state.jobs.len() >= MOST_JOBS {
            return None;
        }
        let cancelled = Arc::new(AtomicBool::new(false));
        let running = Running {
            cancelled: Arc::clone(&cancelled),
            card: None,
            asked: false,
        };
        state.jobs.insert(id.clone(), running);
        Some(cancelled)
    }

    /// Ends a job with its answer.
    pub(super) fn answer(&self, id: &Id, answer: &Value) {
        {
            let mut state = self.state();
            // Forgotten before it is answered, so that the client can use the identifier again.
            state.jobs.remove(id);
            state.answers += 1;
        }
        self.send(answer);
        self.state().answers -= 1;
        self.changed.notify_all();
    }

    /// Takes a card for a job; waits so long if another job has it.
    pub(super) fn take(
        self: &Arc<Self>,
        job: &Id,
        card: &str,
        patience: Duration,
    ) -> Result<Taken, Failure> {
        let begun = Instant::now();
        let mut state = self.state();
        loop {
            if state.job(job).is_none_or(Running::is_cancelled) {
                return Err(card_core::Error::Cancelled.into());
            }
            let Some(slot) = state.cards.iter_mut().find(|slot| slot.id == card) else {
                let removed = card_core::transport::TransportError::Removed;
                return Err(card_core::Error::Transport(removed).into());
            };
            if !slot.busy {
                slot.busy = true;
                let taken = Taken {
                    shared: Arc::clone(self),
                    slot: slot.clone(),
                };
                if let Some(running) = state.jobs.get_mut(job) {
                    running.card = Some(card.to_owned());
                }
                return Ok(taken);
            }
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(ProgramError::CardBusy.into());
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Opens a question of a job; gives its identifier and where the reply comes.
    pub(super) fn question(&self, job: &Id) -> Result<(Id, mpsc::Receiver<Reply>), Failure> {
        let mut state = self.state();
        state.questions_seen += 1;
        let id = Id::Text(format!("s{}", state.questions_seen));
        let running = state.jobs.get_mut(job).filter(|job| !job.is_cancelled());
        let running = running.ok_or(card_core::Error::Cancelled)?;
        running.asked = true;
        let (reply, receiver) = mpsc::channel();
        let job = job.clone();
        state.questions.insert(id.clone(), Question { job, reply });
        Ok((id, receiver))
    }

    /// Closes a question with what the client said; nothing if it is not open.
    pub(super) fn reply(&self, id: &Id, value: Option<Zeroizing<String>>) {
        if let Some(question) = self.state().questions.remove(id) {
            // A job that is over needs no reply.
            let _ = question
                .reply
                .send(value.map_or(Reply::Declined, Reply::Value));
        }
    }

    /// Cancels a job. What it has on the wire is awaited; then the card forgets.
    pub(super) fn cancel(&self, id: &Id) {
        let closed = {
            let mut state = self.state();
            if let Some(job) = state.jobs.get(id) {
                job.cancelled.store(true, Ordering::SeqCst);
            }
            state.close(|question| question.job == *id, || Reply::Declined)
        };
        self.changed.notify_all();
        for question in closed {
            self.tell(&QuestionClosed { id: question });
        }
    }

    /// The client is gone. Whoever asked for a PIN stops at once; what needs none may end.
    pub(super) fn leave(&self) {
        let asked: Vec<Id> = {
            let state = self.state();
            let jobs = state.jobs.iter().filter(|(_, job)| job.asked);
            jobs.map(|(id, _)| id.clone()).collect()
        };
        asked.iter().for_each(|id| self.cancel(id));
        let begun = Instant::now();
        let mut state = self.state();
        while !state.jobs.is_empty() || state.answers > 0 {
            let left = LAST_WORDS.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        self.stop();
    }

    /// Stops everything, and returns when no transaction is open: the cards have forgotten.
    ///
    /// A job that waits for another program's transaction is not awaited: it has sent nothing, and
    /// will send nothing, because its flag is set.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        for job in state.jobs.values() {
            job.cancelled.store(true, Ordering::SeqCst);
        }
        state.close(|_| true, || Reply::Declined);
        self.changed.notify_all();
        while state.inside > 0 {
            let waited = self.changed.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Counts an open transaction as long as what is returned lives.
    pub(super) fn enter(self: &Arc<Self>) -> Inside {
        self.state().inside += 1;
        Inside(Arc::clone(self))
    }
}

impl State {
    fn job(&self, id: &Id) -> Option<&Running> {
        self.jobs.get(id)
    }

    /// Closes questions with a reply of ours; tells which.
    fn close(&mut self, which: impl Fn(&Question) -> bool, reply: impl Fn() -> Reply) -> Vec<Id> {
        let open = self
            .questions
            .iter()
            .filter(|(_, question)| which(question));
        let ids: Vec<Id> = open.map(|(id, _)| id.clone()).collect();
        for id in &ids {
            if let Some(question) = self.questions.remove(id) {
                let _ = question.reply.send(reply());
            }
        }
        ids
    }
}

impl Running {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

/// An open transaction.
pub(super) struct Inside(Arc<Shared>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.state().inside -= 1;
        self.0.changed.notify_all();
    }
}

/// A card that one job has for itself.
pub(super) struct Taken {
    shared: Arc<Shared>,
    pub(super) slot: CardSlot,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        let slot = state.cards.iter_mut().find(|slot| slot.id == self.slot.id);
        if let Some(slot) = slot {
            slot.busy = false;
        }
        drop(state);
        self.shared.changed.notify_all();
    }
}

/// How long the list of readers waits for the first look. Without a service there may be none.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// Challenges within ten minutes, used ones included; about 13 MB.
const MOST_CHALLENGES: usize = 100_000;

/// More than a person can start by hand.
const MOST_JOBS: usize = 64;

/// How long jobs without a PIN may go on when the client is gone: so a shell can send a few
/// requests at once and close.
const LAST_WORDS: Duration = Duration::from_secs(2);
