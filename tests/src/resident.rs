//! A made-up resident's card in a virtual reader.
//!
//! What the simulator's own client of vpcd plugs in, with what a test wants to know of the card:
//! what it was asked, what it still holds as verified.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use card_sim::applets::Application;
use card_sim::fault::{Plan, Wire};
use card_sim::front::vpcd::{Inserted, SharedWire};
use card_sim::os::CardOs;
use card_sim::persona::Persona;
use card_sim::state::Persistent;

use crate::pcscd::{Pcscd, Reader};

/// A simulated card and, while it is in, its reader; dropping it takes it out.
#[derive(Debug)]
pub struct Resident {
    wire: SharedWire,
    reader: Reader,
    inserted: Option<Inserted>,
}

impl Resident {
    /// Puts the card into the reader and waits until the service has seen it.
    pub fn insert(service: &Pcscd, reader: &Reader, who: &Persona) -> Self {
        let wire = Wire::new(CardOs::new(who, Persistent::in_memory()));
        let mut resident = Self {
            wire: Arc::new(Mutex::new(wire)),
            reader: reader.clone(),
            inserted: None,
        };
        resident.insert_again(service);
        resident
    }

    /// Exchanges the card for one of this persona as issued, without taking it out: neither
    /// reader nor service notice. Its answer to reset must be the same.
    pub fn reissue(&self, who: &Persona) {
        let mut card = CardOs::new(who, Persistent::in_memory());
        card.power_on();
        *self.wire() = Wire::new(card);
    }

    /// The same card once more, in the same reader.
    pub fn insert_again(&mut self, service: &Pcscd) {
        let inserted = Inserted::insert(Arc::clone(&self.wire), self.reader.port, |_| {});
        self.inserted = Some(inserted.expect("a thread"));
        service.wait_for_card(&self.reader);
    }

    /// Takes the card out and waits until the service has seen it.
    pub fn remove(&mut self, service: &Pcscd) {
        self.inserted = None;
        service.wait_for_empty(&self.reader);
    }

    /// The name of its reader.
    pub fn reader(&self) -> &str {
        &self.reader.name
    }

    /// Lets happen what is planned, from now on, and begins to count anew.
    pub fn plan(&self, plan: Plan) {
        self.wire().set_plan(plan);
    }

    /// Commands since the plan was set, and how many of them were VERIFY with data.
    pub fn seen(&self) -> (usize, usize) {
        let wire = self.wire();
        (wire.exchanges(), wire.presented())
    }

    /// Calls this once, after the card has acted on its next command and before it answers.
    pub fn at_next_command(&self, act: impl FnOnce() + Send + 'static) {
        let mut act = Some(act);
        self.wire().watch(move |_| {
            if let Some(act) = act.take() {
                act();
            }
        });
    }

    /// Keeps commands from now on.
    pub fn record(&self) {
        self.wire().record_commands(true);
    }

    /// The commands since they are kept.
    pub fn commands(&self) -> Vec<Vec<u8>> {
        self.wire().commands().to_vec()
    }

    /// Whether the card still holds any PIN as verified.
    pub fn rights_left(&self) -> bool {
        self.wire().card.rights_left()
    }

    /// Waits until the card is without power: its reader takes it a moment after the call has ended.
    pub fn wait_for_power_off(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.wire().card.has_power() {
            assert!(Instant::now() < deadline, "the card still has power");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Attempts left: authentication PIN, signature password.
    pub fn attempts(&self) -> (Option<u8>, Option<u8>) {
        let wire = self.wire();
        let left = |pin| wire.card.attempts_left(Application::Jpki, pin);
        (left(0x18), left(0x1B))
    }

    fn wire(&self) -> MutexGuard<'_, Wire> {
        self.wire.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
