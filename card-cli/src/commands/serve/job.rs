//! Jobs: what a client can ask for, each on a thread of its own, one for each card.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::applet::jpki::Jpki;
use card_core::certificate::KeyAlgorithm;
use card_core::login::{self, Nonce, Origin};
use card_core::observe::{Exchange, Observer, Tally};
use card_core::pin::{Attempts, PinKind, PinProblem};
use card_core::readers::Service;
use card_core::{Card, Certificate, Error, Spend, Transaction};
use serde_json::{Map, Value, json};

use super::documents;
use super::house::{House, Reply, Taken};
use super::message::Id;
use crate::commands::status;
use crate::exit::Failure;
use crate::facts::{Fact, origin_word, pin_word};
use crate::residents::Resident;
use crate::texts::Texts;
use crate::wanted::{SIGNATURE_PASSWORD, USER_PIN, Wanted};

/// What a method does.
pub(super) type Method = fn(&mut Job) -> Result<Value, Failure>;

/// Methods that take their time.
pub(super) const METHODS: &[(&str, Method)] = &[
    ("card/status", card_status),
    ("certificate/read", read_certificate),
    ("document/sign", documents::sign),
    ("document/verify", documents::verify),
    ("login/sign", log_in),
];

/// One request that is being worked on.
pub(super) struct Job {
    house: Arc<House>,
    id: Id,
    params: Map<String, Value>,
    cancelled: Arc<AtomicBool>,
    tally: Arc<Mutex<Tally>>,
}

impl Job {
    pub(super) fn new(
        house: Arc<House>,
        id: Id,
        params: Map<String, Value>,
        cancelled: Arc<AtomicBool>,
    ) -> Self {
        Self {
            house,
            id,
            params,
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

    pub(super) fn wrong(&self, name: &str) -> Failure {
        let texts = self.texts();
        Failure::usage(texts.with("usage-parameter", [("name", name.into())]))
    }

    pub(super) fn text(&self, name: &str) -> Result<&str, Failure> {
        let value = self.params.get(name).and_then(Value::as_str);
        value.ok_or_else(|| self.wrong(name))
    }

    /// A text that may be left out.
    pub(super) fn optional(&self, name: &str) -> Result<Option<&str>, Failure> {
        match self.params.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.text(name).map(Some),
        }
    }

    /// Name, address, birth date and sex leave the card: the client says that its user knows.
    pub(super) fn consents(&self) -> Result<(), Failure> {
        let consent = self.params.get("consent");
        let consent = consent.and_then(|consent| consent.get("disclosesAttributes"));
        if consent == Some(&Value::Bool(true)) {
            Ok(())
        } else {
            Err(Failure::new("consent.missing"))
        }
    }

    /// A text for people that the client shows; not much of it.
    fn purpose(&self) -> Result<Option<&str>, Failure> {
        match self.params.get("purpose") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() <= 1024 => Ok(Some(text)),
            Some(_) => Err(self.wrong("purpose")),
        }
    }

    /// The card that the client names, for this job alone.
    pub(super) fn open(&self) -> Result<Held, Failure> {
        let patience = match self.params.get("timeoutMs") {
            None => Duration::ZERO,
            Some(value) => {
                let most = value.as_u64().filter(|value| *value <= 3_600_000);
                Duration::from_millis(most.ok_or_else(|| self.wrong("timeoutMs"))?)
            }
        };
        let taken = self.house.take(&self.id, self.text("card")?, patience)?;
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
                .observed_by(Counter(Arc::clone(&self.tally)))
                .interrupted_by(Arc::clone(&self.cancelled)),
            house: Arc::clone(&self.house),
            cancelled: Arc::clone(&self.cancelled),
            _taken: taken,
        })
    }

    /// Asks the client for a PIN, outside of every transaction, and only if one attempt more than
    /// the last is left: no setting of this interface spends the last one.
    pub(super) fn ask<P>(
        &self,
        held: &mut Held,
        wanted: &Wanted<P>,
        more: Map<String, Value>,
    ) -> Result<P, Failure> {
        let problem = |problem| {
            Failure::from(Error::Pin {
                pin: wanted.kind,
                problem,
            })
        };
        let left = match held.talk(|transaction| (wanted.attempts)(transaction))? {
            Attempts::Left(left @ 2..) => left,
            Attempts::Blocked => return Err(problem(PinProblem::Blocked)),
            left => return Err(problem(PinProblem::LastAttempt { left })),
        };
        let (least, most, kind) = match wanted.kind {
            PinKind::Signature => (6, 16, "letters-and-digits"),
            _ => (4, 4, "digits"),
        };
        let word = pin_word(wanted.kind);
        let mut params = more;
        let about = json!({
            "for": self.id.to_json(),
            "card": self.params.get("card"),
            "secret": word.word,
            "name": word.text(&self.texts()),
            "characters": { "least": least, "most": most, "kind": kind },
            "attemptsLeft": left,
            "attemptsMaximum": wanted.kind.maximum(),
            "purpose": self.purpose()?,
        });
        if let Value::Object(about) = about {
            params.extend(about);
        }
        let (id, reply) = self.house.question(&self.id)?;
        let asked = self.house.send(&json!({
            "jsonrpc": "2.0", "id": id.to_json(), "method": "secret/request", "params": params,
        }));
        if !asked {
            return Err(Error::Cancelled.into());
        }
        match reply.recv() {
            Ok(Reply::Value(value)) => (wanted.parse)(value.as_bytes())
                .map_err(|shape| Error::shape(wanted.kind, shape).into()),
            Ok(Reply::Removed) => {
                let removed = card_core::transport::TransportError::Removed;
                Err(Error::Transport(removed).into())
            }
            Ok(Reply::Declined) | Err(_) => Err(Error::Cancelled.into()),
        }
    }
}

/// A card while a job has it.
pub(super) struct Held {
    card: Card,
    house: Arc<House>,
    cancelled: Arc<AtomicBool>,
    _taken: Taken,
}

impl Held {
    /// Does something inside one transaction, as `Connection::talk` does.
    pub(super) fn talk<T>(
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
}

/// Counts what passes.
struct Counter(Arc<Mutex<Tally>>);

impl Observer for Counter {
    fn exchange(&mut self, exchange: &Exchange<'_>) {
        let mut tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tally.exchange(exchange);
    }
}

fn card_status(job: &mut Job) -> Result<Value, Failure> {
    let mut held = job.open()?;
    let reader = held.card.reader().name;
    let status = held.talk(|transaction| status::look(transaction, reader))?;
    // Made of texts and numbers, so it can be written.
    Ok(serde_json::to_value(status).unwrap_or_default())
}

fn read_certificate(job: &mut Job) -> Result<Value, Failure> {
    let which = job.text("which")?.to_owned();
    let free = |read: fn(&mut Jpki<'_>) -> Result<Certificate, Error>| {
        job.open()?
            .talk(|transaction| read(&mut transaction.jpki()?))
    };
    let certificate = match which.as_str() {
        "auth-ca" => free(|jpki| jpki.authentication_ca_certificate())?,
        "sign-ca" => free(|jpki| jpki.signature_ca_certificate())?,
        "auth" => {
            let mut held = job.open()?;
            let read = |transaction: &mut Transaction<'_>| {
                match transaction.jpki()?.authentication_certificate() {
                    // A phone keeps it behind the PIN.
                    Err(Error::Pin {
                        problem: PinProblem::Needed,
                        ..
                    }) => Ok(None),
                    certificate => certificate.map(Some),
                }
            };
            match held.talk(read)? {
                Some(certificate) => certificate,
                None => {
                    let pin = job.ask(&mut held, &USER_PIN, Map::new())?;
                    held.talk(|transaction| {
                        let mut jpki = transaction.jpki()?;
                        jpki.unlock_authentication(&pin, Spend::KeepOne)?
                            .certificate()
                    })?
                }
            }
        }
        "sign" => {
            job.consents()?;
            let mut held = job.open()?;
            let more = Map::from_iter([("disclosesAttributes".to_owned(), true.into())]);
            let password = job.ask(&mut held, &SIGNATURE_PASSWORD, more)?;
            held.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                jpki.unlock_signature(&password, Spend::KeepOne)?
                    .certificate()
            })?
        }
        _ => return Err(job.wrong("which")),
    };
    let validity = certificate.validity();
    Ok(json!({
        "which": which,
        "der": BASE64_STANDARD.encode(certificate.to_der()),
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "notBefore": validity.not_before.to_string(),
        "notAfter": validity.not_after.to_string(),
        "key": match certificate.key_algorithm() {
            KeyAlgorithm::Rsa { bits } => format!("rsa-{bits}"),
            KeyAlgorithm::EcP256 => "ec-p256".into(),
            KeyAlgorithm::EcP384 => "ec-p384".into(),
            _ => "other".into(),
        },
    }))
}

fn log_in(job: &mut Job) -> Result<Value, Failure> {
    let origin = Origin::parse(job.text("origin")?).map_err(|problem| {
        Failure::new(problem.code()).telling("problem", Fact::Word(origin_word(problem)))
    })?;
    let nonce = Nonce::parse(job.text("challenge")?).map_err(|_| job.wrong("challenge"))?;
    let mut held = job.open()?;
    let more = Map::from_iter([("origin".to_owned(), origin.as_str().into())]);
    let pin = job.ask(&mut held, &USER_PIN, more)?;
    let token = held.talk(|transaction| {
        let mut jpki = transaction.jpki()?;
        let mut key = jpki.unlock_authentication(&pin, Spend::KeepOne)?;
        login::answer(&mut key, &origin, &nonce)
    })?;
    let token: Value = serde_json::from_str(&token.to_json()).unwrap_or_default();
    Ok(json!({ "token": token }))
}
