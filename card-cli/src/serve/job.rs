//! One request at work: its card, its questions to the client.

use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use card_core::login::MemoryNonces;
use card_core::observe::{Event, Exchange, Observer, Tally};
use card_core::pin::{Attempts, PinKind};
use card_core::readers::Service;
use card_core::{Card, Error, Transaction};
use card_sim::persona::Persona;
use serde_json::json;
use zeroize::Zeroizing;

use super::events::{CardWaiting, Progress};
use super::message::Id;
use super::params::At;
use super::progress::Telling;
use super::question::{About, Secret, SecretRequest};
use super::shared::{Inside, Readers, Reply, Shared, Taken};
use crate::connect::UNWATCHED;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::kept;
use crate::progress::{Meter, Step, Watch};
use crate::residents::Resident;
use crate::session::CardSession;
use crate::texts::{Texts, serve_texts};
use crate::trust::{Judge, TrustOptions};
use crate::ui::{Consent, Note, PinAnswer, PinQuestion, Ui};

/// One request that is being worked on.
pub(super) struct Job {
    shared: Arc<Shared>,
    id: Id,
    cancelled: Arc<AtomicBool>,
    tally: Arc<Mutex<Tally>>,
}

impl Job {
    pub(super) fn new(shared: Arc<Shared>, id: Id, cancelled: Arc<AtomicBool>) -> Self {
        Self {
            shared,
            id,
            cancelled,
            tally: Arc::default(),
        }
    }

    /// PINs that left for the card so far.
    pub(super) fn presented(&self) -> usize {
        self.tally().presented
    }

    fn tally(&self) -> Tally {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn texts(&self) -> Texts {
        serve_texts(self.shared.language())
    }

    /// The same request at the card that it names.
    pub(super) fn at(&self, at: At) -> AtCard<'_> {
        AtCard { job: self, at }
    }

    /// Challenges of logins without a folder of their own.
    pub(super) fn nonces(&self) -> &MemoryNonces {
        &self.shared.nonces
    }

    /// The judge that these options name; what they name is read once for many requests.
    pub(super) fn judge(&self, options: &TrustOptions) -> Result<Judge, Failure> {
        self.shared.judges.open(options, self)
    }

    /// Readers and the cards in them.
    pub(super) fn readers(&self) -> Readers {
        self.shared.readers()
    }
}

impl Watch for Job {
    fn step(&self, step: Step<'_>, total: u64) -> Box<dyn Meter> {
        let (name, path) = match step {
            Step::Read(path) => ("read", Some(path)),
            Step::Judge => ("judge", None),
            Step::Sign => ("sign", None),
            Step::Keep => ("keep", None),
            Step::Write(path) => ("write", Some(path)),
        };
        let event = Progress {
            request: self.id.clone(),
            step: name,
            file: path.map(|path| path.display().to_string()),
            done: 0,
            total,
        };
        Box::new(Telling::new(&self.shared, event, step == Step::Sign))
    }

    fn stopped(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    fn hold(&self) -> Box<dyn Any> {
        Box::new(self.shared.enter())
    }
}

/// A request at a card.
pub(super) struct AtCard<'j> {
    job: &'j Job,
    at: At,
}

impl AtCard<'_> {
    /// The request, whose progress is told.
    pub(super) fn job(&self) -> &Job {
        self.job
    }

    /// The card that the client names, for this job alone.
    pub(super) fn open(&self) -> Result<Held, Failure> {
        let Job {
            shared,
            id,
            cancelled,
            tally,
        } = self.job;
        let limit = self.at.timeout_ms.map(Duration::from_millis);
        let taken = shared.take(id, &self.at.card, limit.unwrap_or_default())?;
        let card = if taken.slot.simulated {
            Card::new(Resident::find(&taken.slot.reader)?.card()?.reader())
        } else {
            Card::new(
                Service::connect()
                    .and_then(|service| service.open(&taken.slot.reader))
                    .map_err(Error::from)?,
            )
        };
        Ok(Held {
            card: card
                .knowing(kept::certificates())
                .observed_by(Counter {
                    tally: Arc::clone(tally),
                    shared: Arc::clone(shared),
                    waiting: CardWaiting {
                        request: id.clone(),
                        card: taken.slot.id.clone(),
                    },
                })
                .interrupted_by(Arc::clone(cancelled))
                .waiting_at_most(limit.unwrap_or(UNWATCHED)),
            shared: Arc::clone(shared),
            cancelled: Arc::clone(cancelled),
            _taken: taken,
        })
    }

    /// The client as the person behind this job, and what is told with each question.
    pub(super) fn ui(&self, about: About) -> RpcUi<'_> {
        RpcUi { at: self, about }
    }

    /// While what is returned lives, the program does not end: for files that are written.
    pub(super) fn held(&self) -> Inside {
        self.job.shared.enter()
    }
}

/// Questions to the client, which shows its own dialog.
pub(super) struct RpcUi<'j> {
    at: &'j AtCard<'j>,
    about: About,
}

impl RpcUi<'_> {
    /// Asks the client, and waits for its answer.
    fn ask(
        &self,
        options: &[(PinKind, Option<Attempts>)],
        new: bool,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let AtCard { job, at } = self.at;
        let texts = job.texts();
        let secret = |(kind, left): &(PinKind, Option<Attempts>)| Secret::of(*kind, *left, &texts);
        let bug = || Failure::from(ProgramError::bug());
        let alternatives = options.iter().filter(|_| options.len() > 1).map(secret);
        let params = SecretRequest {
            request: job.id.clone(),
            card: at.card.clone(),
            secret: options.first().map(secret).ok_or_else(bug)?,
            new,
            alternatives: alternatives.collect(),
            purpose: at.purpose.clone(),
            about: self.about.clone(),
        };
        let params = serde_json::to_value(params).map_err(|_| bug())?;
        let (id, reply) = job.shared.question(&job.id)?;
        let asked = job.shared.send(&json!({
            "jsonrpc": "2.0", "id": id, "method": "secret/request", "params": params,
        }));
        if !asked {
            return Err(Error::Cancelled.into());
        }
        match reply.recv() {
            Ok(Reply::Value(value)) => Ok(Zeroizing::new(value.as_bytes().to_vec())),
            Ok(Reply::Removed) => {
                let removed = card_core::transport::TransportError::Removed;
                Err(Error::Transport(removed).into())
            }
            Ok(Reply::Declined) | Err(_) => Err(Error::Cancelled.into()),
        }
    }
}

impl Ui for RpcUi<'_> {
    fn begin(&mut self) -> Result<bool, Failure> {
        Ok(true)
    }

    fn pin(&mut self, question: &PinQuestion<'_>) -> Result<PinAnswer, Failure> {
        self.ask(question.options, false).map(PinAnswer::Value)
    }

    /// The client asks its user twice; the shape is looked at here, before the old PIN is presented.
    fn new_pin(
        &mut self,
        kind: PinKind,
        check: &dyn Fn(&[u8]) -> Result<(), Failure>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let value = self.ask(&[(kind, None)], true)?;
        check(&value)?;
        Ok(value)
    }

    /// No setting of this interface spends the last attempt.
    fn consent(&mut self, to: Consent) -> Result<bool, Failure> {
        match to {
            Consent::LastAttempt(..) => Ok(false),
            // The result says so, and the client decides what it is worth.
            Consent::Expired(..) => Ok(true),
            // The request says so: `consent`.
            Consent::Disclosure => Ok(self.about.discloses_attributes),
        }
    }

    fn note(&mut self, _: Note<'_>) {}
}

/// A card while a job has it.
pub(super) struct Held {
    card: Card,
    shared: Arc<Shared>,
    cancelled: Arc<AtomicBool>,
    _taken: Taken,
}

impl CardSession for Held {
    /// The reader's name.
    fn reader_name(&self) -> String {
        self.card.reader().name
    }

    /// Does something inside one transaction, as `Connection::talk` does.
    fn talk<T>(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let mut transaction = self.card.begin()?;
        let inside = self.shared.enter();
        let done = work(&mut transaction);
        let ended = transaction.end();
        drop(inside);
        if self.cancelled.load(Ordering::SeqCst) {
            return Err(Error::Cancelled.into());
        }
        let value = done?;
        ended?;
        Ok(value)
    }

    /// The client answers for everybody here.
    fn resident(&self) -> Option<&Persona> {
        None
    }
}

/// Counts what passes, and tells when another program keeps a job waiting.
struct Counter {
    tally: Arc<Mutex<Tally>>,
    shared: Arc<Shared>,
    waiting: CardWaiting,
}

impl Observer for Counter {
    fn exchange(&mut self, exchange: &Exchange<'_>) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.exchange(exchange);
    }

    fn event(&mut self, event: &Event) {
        if matches!(event, Event::Waiting) {
            self.shared.tell(&self.waiting);
        }
    }
}
