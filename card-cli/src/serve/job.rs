//! One request at work: its card, its questions to the client.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use card_core::observe::{Event, Exchange, Observer, Tally};
use card_core::pin::PinKind;
use card_core::readers::Service;
use card_core::{Card, Error, Transaction};
use card_sim::persona::Persona;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::house::{House, Readers, Reply, Taken};
use super::message::Id;
use super::params::{self, At};
use crate::attempts;
use crate::connect::UNWATCHED;
use crate::exit::Failure;
use crate::facts::pin_word;
use crate::residents::Resident;
use crate::session::CardSession;
use crate::texts::Texts;
use crate::ui::{Consent, Note, PinAnswer, PinQuestion, Ui};

/// One request that is being worked on.
pub(super) struct Job {
    house: Arc<House>,
    id: Id,
    cancelled: Arc<AtomicBool>,
    tally: Arc<Mutex<Tally>>,
}

impl Job {
    pub(super) fn new(house: Arc<House>, id: Id, cancelled: Arc<AtomicBool>) -> Self {
        Self {
            house,
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
        Texts::new(self.house.language())
    }

    /// The same request at the card that it names.
    pub(super) fn at(&self, at: At) -> AtCard<'_> {
        AtCard { job: self, at }
    }

    /// Readers and the cards in them.
    pub(super) fn readers(&self) -> Readers {
        self.house.readers()
    }
}

/// A request at a card.
pub(super) struct AtCard<'j> {
    job: &'j Job,
    at: At,
}

impl AtCard<'_> {
    /// The card that the client names, for this job alone.
    pub(super) fn open(&self) -> Result<Held, Failure> {
        let Job {
            house,
            id,
            cancelled,
            tally,
        } = self.job;
        let limit = self.at.timeout_ms.map(Duration::from_millis);
        let taken = house.take(id, &self.at.card, limit.unwrap_or_default())?;
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
                .observed_by(Counter {
                    tally: Arc::clone(tally),
                    house: Arc::clone(house),
                    waiting: json!({ "for": id.to_json(), "card": taken.slot.id }),
                })
                .interrupted_by(Arc::clone(cancelled))
                .waiting_at_most(limit.unwrap_or(UNWATCHED)),
            house: Arc::clone(house),
            cancelled: Arc::clone(cancelled),
            _taken: taken,
        })
    }

    /// The client as the person behind this job; `more` is told with each question.
    pub(super) fn ui(&self, more: Map<String, Value>) -> RpcUi<'_> {
        RpcUi { at: self, more }
    }
}

/// Questions to the client, which shows its own dialog.
pub(super) struct RpcUi<'j> {
    at: &'j AtCard<'j>,
    more: Map<String, Value>,
}

impl Ui for RpcUi<'_> {
    fn begin(&mut self) -> Result<bool, Failure> {
        Ok(true)
    }

    fn pin(&mut self, question: &PinQuestion<'_>) -> Result<PinAnswer, Failure> {
        let AtCard { job, at } = self.at;
        // No job of this interface leaves the choice to the client yet.
        let &[(kind, left)] = question.options else {
            return Err(params::wrong("secret"));
        };
        let (least, most, characters) = match kind {
            PinKind::Signature => (6, 16, "letters-and-digits"),
            _ => (4, 4, "digits"),
        };
        let word = pin_word(kind);
        let mut params = self.more.clone();
        let about = json!({
            "for": job.id.to_json(),
            "card": at.card,
            "secret": word.word,
            "name": word.text(&job.texts()),
            "characters": { "least": least, "most": most, "kind": characters },
            "attemptsLeft": left.and_then(attempts::left),
            "attemptsMaximum": kind.maximum(),
            "purpose": at.purpose,
        });
        if let Value::Object(about) = about {
            params.extend(about);
        }
        let (id, reply) = job.house.question(&job.id)?;
        let asked = job.house.send(&json!({
            "jsonrpc": "2.0", "id": id.to_json(), "method": "secret/request", "params": params,
        }));
        if !asked {
            return Err(Error::Cancelled.into());
        }
        match reply.recv() {
            Ok(Reply::Value(value)) => {
                let bytes = Zeroizing::new(value.as_bytes().to_vec());
                Ok(PinAnswer::Value(bytes))
            }
            Ok(Reply::Removed) => {
                let removed = card_core::transport::TransportError::Removed;
                Err(Error::Transport(removed).into())
            }
            Ok(Reply::Declined) | Err(_) => Err(Error::Cancelled.into()),
        }
    }

    /// No method of this interface changes a PIN yet.
    fn new_pin(
        &mut self,
        _: PinKind,
        _: &dyn Fn(&[u8]) -> Result<(), Failure>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        Err(params::wrong("secret"))
    }

    /// No setting of this interface spends the last attempt.
    fn consent(&mut self, to: Consent) -> Result<bool, Failure> {
        match to {
            Consent::LastAttempt(_) => Ok(false),
        }
    }

    fn note(&mut self, _: Note) {}
}

/// A card while a job has it.
pub(super) struct Held {
    card: Card,
    house: Arc<House>,
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
        let inside = self.house.enter();
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
    house: Arc<House>,
    waiting: Value,
}

impl Observer for Counter {
    fn exchange(&mut self, exchange: &Exchange<'_>) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.exchange(exchange);
    }

    fn event(&mut self, event: &Event) {
        if matches!(event, Event::Waiting) {
            self.house.tell("card/waiting", self.waiting.clone());
        }
    }
}
