//! A reader in the same process: the library's transport contract over a simulated card.
//!
//! The only file here that knows the library. Several readers may share one card, as programs share
//! a card in pcscd: one window at a time, and a reset by one is news to the others.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use card_core::transport::{
    Entry, Exclusive, Leave, Link, Pinpad, ReaderDescription, Since, Transport, TransportError,
};
use card_core::trust::{Trust, TrustSource};
use zeroize::Zeroizing;

use crate::applets::Application;
use crate::fault::{Fault, Outcome, Plan, Wire};
use crate::front::control::Keys;
use crate::os::file::FileId;
use crate::os::{CardOs, Issued};
use crate::persona::Persona;
use crate::state::Persistent;

/// The simulated authorities as roots: whom to trust in tests and demonstrations, and nowhere else,
/// for their keys are published.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "what is compiled in cannot change later; a test reads it"
)]
pub fn trust() -> Trust {
    Trust::from_der(TrustSource::Simulator, crate::pki::roots())
        .expect("the shipped roots are roots")
}

/// A simulated card in a simulated reader. Clones are handles on the same card.
#[derive(Clone, Debug)]
pub struct SimulatedCard {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    slot: Mutex<Slot>,
    window_closed: Condvar,
}

#[derive(Debug)]
struct Slot {
    wire: Wire,
    link: Link,
    /// Counts insertions and removals; odd while a card is in.
    seat: u64,
    /// Counts resets by anybody.
    resets: u64,
    gone: bool,
    window_open: bool,
    /// The keys that will be pressed, if the reader has some.
    keys: Option<VecDeque<Keys>>,
}

impl SimulatedCard {
    /// The persona's card as issued, in a reader; what it remembers is gone with the last handle.
    #[must_use]
    pub fn new(persona: &Persona) -> Self {
        Self::with_state(persona, Persistent::in_memory())
    }

    /// The persona's card with what it remembers, in a reader.
    #[must_use]
    pub fn with_state(persona: &Persona, persistent: Persistent) -> Self {
        let name = format!("sim:{}", persona.id);
        let issued = Issued::of(persona);
        Self::of(&issued, &name, persona.largest_apdu, persistent)
    }

    /// One more card of those that share what was issued, in a reader of this name.
    #[must_use]
    pub fn of(
        issued: &Issued,
        name: &str,
        largest_apdu: Option<usize>,
        persistent: Persistent,
    ) -> Self {
        let mut card = CardOs::of(issued, persistent);
        let link = Link {
            atr: card.power_on(),
            largest_apdu,
        };
        let slot = Slot {
            wire: Wire::new(card),
            link,
            seat: 1,
            resets: 0,
            gone: false,
            window_open: false,
            keys: None,
        };
        let shared = Shared {
            name: name.to_owned(),
            slot: Mutex::new(slot),
            window_closed: Condvar::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Another program's connection to the card that is in now.
    #[must_use]
    pub fn reader(&self) -> InProcessReader {
        let slot = self.shared.slot();
        let (seat, resets) = (slot.seat, slot.resets);
        drop(slot);
        InProcessReader {
            shared: Arc::clone(&self.shared),
            seat,
            resets,
        }
    }

    /// Lifts the card. Connections to it never work again.
    pub fn remove(&self) {
        self.shared.slot().remove();
    }

    /// Puts the card back; without effect while it is in.
    pub fn insert(&self) {
        let mut slot = self.shared.slot();
        if slot.empty() {
            slot.seat += 1;
            slot.gone = false;
            slot.wire.card.power_on();
        }
    }

    /// A warm reset by another program, also in the middle of a window.
    pub fn foreign_reset(&self) {
        let mut slot = self.shared.slot();
        if !slot.empty() {
            slot.wire.card.reset();
            slot.resets += 1;
        }
    }

    /// What readers report from now on.
    pub fn set_link(&self, link: Link) {
        self.shared.slot().link = link;
    }

    /// Gives the reader a keypad on which this is pressed: an entry for each question. Without
    /// another entry its time runs out at once.
    pub fn set_keys(&self, keys: impl IntoIterator<Item = Keys>) {
        self.shared.slot().keys = Some(keys.into_iter().collect());
    }

    /// Follows a plan of faults from now on and begins to count anew.
    pub fn set_plan(&self, plan: Plan) {
        self.shared.slot().wire.set_plan(plan);
    }

    /// Whether commands are kept from now on. They hold PINs: for tests with published ones.
    pub fn record_commands(&self, on: bool) {
        self.shared.slot().wire.record_commands(on);
    }

    /// The kept commands, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<Vec<u8>> {
        self.shared.slot().wire.commands().to_vec()
    }

    /// How many commands were sent since the plan was set.
    #[must_use]
    pub fn exchanges(&self) -> usize {
        self.shared.slot().wire.exchanges()
    }

    /// How many of them were VERIFY with data.
    #[must_use]
    pub fn verify_commands_seen(&self) -> usize {
        self.shared.slot().wire.presented()
    }

    /// Attempts left of a PIN, without asking the card; `None` if it has no such PIN.
    #[must_use]
    pub fn attempts_left(&self, application: Application, pin: FileId) -> Option<u8> {
        self.shared.slot().wire.card.attempts_left(application, pin)
    }

    /// Whether the card still holds any PIN as verified.
    #[must_use]
    pub fn rights_left(&self) -> bool {
        self.shared.slot().wire.card.rights_left()
    }

    /// The selected application, if any.
    #[must_use]
    pub fn current_application(&self) -> Option<Application> {
        self.shared.slot().wire.card.current_application()
    }
}

impl Shared {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        // A test that panics while it holds the card must not hide behind a second panic.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn empty(&self) -> bool {
        self.seat.is_multiple_of(2)
    }

    fn remove(&mut self) {
        if !self.empty() {
            self.seat += 1;
            self.wire.card.power_off();
        }
    }
}

/// One program's connection to a simulated card.
#[derive(Debug)]
pub struct InProcessReader {
    shared: Arc<Shared>,
    /// The insertion this connection belongs to.
    seat: u64,
    /// Resets that this connection knows of.
    resets: u64,
}

impl InProcessReader {
    fn check(&self, slot: &Slot) -> Result<(), TransportError> {
        match slot {
            // Even: the connection was made while no card was in.
            _ if self.seat.is_multiple_of(2) => Err(TransportError::NoCard),
            _ if slot.seat == self.seat => Ok(()),
            Slot { gone: true, .. } if slot.seat == self.seat + 1 => {
                Err(TransportError::ReaderGone)
            }
            _ => Err(TransportError::Removed),
        }
    }
}

impl Transport for InProcessReader {
    fn begin(&mut self) -> Result<(Box<dyn Exclusive + '_>, Since), TransportError> {
        let shared = Arc::clone(&self.shared);
        let mut slot = shared.slot();
        while slot.window_open {
            slot = shared
                .window_closed
                .wait(slot)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.check(&slot)?;
        slot.window_open = true;
        let since = if slot.resets == self.resets {
            Since::Unchanged
        } else {
            Since::Reset
        };
        self.resets = slot.resets;
        drop(slot);
        Ok((Box::new(Window { reader: self }), since))
    }

    fn description(&self) -> ReaderDescription {
        ReaderDescription {
            name: self.shared.name.clone(),
            simulated: true,
        }
    }
}

/// A window; dropping it leaves the card as it is.
struct Window<'a> {
    reader: &'a mut InProcessReader,
}

impl Window<'_> {
    fn check(&self, slot: &Slot) -> Result<(), TransportError> {
        self.reader.check(slot)?;
        if slot.resets == self.reader.resets {
            Ok(())
        } else {
            Err(TransportError::Reset)
        }
    }
}

impl Exclusive for Window<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let shared = Arc::clone(&self.reader.shared);
        let mut slot = shared.slot();
        self.check(&slot)?;
        let fault = slot.wire.depart(command);
        if let Some(Fault::Delay(delay)) = fault {
            // Others may lift or reset the card meanwhile.
            drop(slot);
            thread::sleep(delay);
            slot = shared.slot();
            self.check(&slot)?;
        }
        match slot.wire.exchange(command, fault) {
            Outcome::Answer(answer) if answer.len() >= 2 => Ok(Zeroizing::new(answer)),
            Outcome::Answer(_) | Outcome::Lost => Err(TransportError::AnswerLost),
            Outcome::Removed => {
                slot.remove();
                Err(TransportError::Removed)
            }
            Outcome::ReaderGone => {
                slot.remove();
                slot.gone = true;
                Err(TransportError::ReaderGone)
            }
            Outcome::Reset => {
                slot.resets += 1;
                Err(TransportError::Reset)
            }
        }
    }

    fn link(&self) -> Link {
        self.reader.shared.slot().link.clone()
    }

    fn pinpad(&self) -> Pinpad {
        let there = self.reader.shared.slot().keys.is_some();
        Pinpad {
            verify: there,
            modify: there,
        }
    }

    /// Answers of the reader itself are those of PC/SC part 10, 2.5.8.
    fn enter(
        &mut self,
        command: &[u8],
        entry: Entry,
    ) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let says = |status: u16| Ok(Zeroizing::new(status.to_be_bytes().to_vec()));
        let (times, digits) = match entry {
            Entry::Current { digits } => (1, digits),
            Entry::New { digits } => (2, digits),
        };
        let mut typed: Option<String> = None;
        for _ in 0..times {
            let pressed = self
                .reader
                .shared
                .slot()
                .keys
                .as_mut()
                .map(VecDeque::pop_front);
            match pressed {
                Some(Some(Keys::Digits(keys))) if keys.len() != usize::from(digits) => {
                    return says(0x6403);
                }
                Some(Some(Keys::Digits(keys))) => {
                    if typed
                        .replace(keys.clone())
                        .is_some_and(|first| first != keys)
                    {
                        return says(0x6402);
                    }
                }
                Some(Some(Keys::Cancel)) => return says(0x6401),
                Some(Some(Keys::Timeout) | None) => return says(0x6400),
                None => return says(0x6B80),
            }
        }
        let typed = typed.unwrap_or_default();
        let mut command = Zeroizing::new(command.to_vec());
        let place = command.len().saturating_sub(typed.len());
        command.truncate(place);
        command.extend_from_slice(typed.as_bytes());
        self.transmit(&command)
    }

    fn end(self: Box<Self>, leave: Leave) -> Result<(), TransportError> {
        let shared = Arc::clone(&self.reader.shared);
        let mut slot = shared.slot();
        self.reader.check(&slot)?;
        match leave {
            Leave::AsIs => return Ok(()),
            Leave::Reset => slot.wire.card.reset(),
            Leave::PowerOff => {
                slot.wire.card.power_off();
                slot.wire.card.power_on()
            }
        };
        slot.resets += 1;
        // One more than known, not "all that there were": a foreign reset in this window is
        // still to be told.
        self.reader.resets += 1;
        Ok(())
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        self.reader.shared.slot().window_open = false;
        self.reader.shared.window_closed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::fault::presents_a_pin;
    use crate::os::tests::{SELECT_JPKI, persona};

    const PIN: &[u8] = &[0, 0x20, 0, 0x98, 4, 0x31, 0x32, 0x33, 0x34];
    const SIGN: &[u8] = &[0x80, 0x2a, 0, 0x97, 1, 0x41, 0];

    fn send(reader: &mut InProcessReader, commands: &[&[u8]]) -> Result<u16, TransportError> {
        let (mut window, _) = reader.begin()?;
        let mut last = 0;
        for command in commands {
            let answer = window.transmit(command)?;
            last = u16::from_be_bytes([answer[answer.len() - 2], answer[answer.len() - 1]]);
        }
        Ok(last)
    }

    fn since(reader: &mut InProcessReader) -> Since {
        reader.begin().unwrap().1
    }

    fn leave(reader: &mut InProcessReader, leave: Leave) {
        reader.begin().unwrap().0.end(leave).unwrap();
    }

    #[test]
    fn two_readers_share_one_card() {
        let card = SimulatedCard::new(&persona());
        let (mut one, mut other) = (card.reader(), card.reader());
        assert_eq!(send(&mut one, &[SELECT_JPKI, PIN]), Ok(0x9000));
        // A window that is dropped leaves the card as it is, PIN and all.
        assert_eq!(send(&mut other, &[SIGN]), Ok(0x9000));
        assert!(card.rights_left());
        assert_eq!((card.exchanges(), card.verify_commands_seen()), (3, 1));
    }

    #[test]
    fn resets_by_others_are_told_and_ones_own_are_not() {
        let card = SimulatedCard::new(&persona());
        let (mut one, mut other) = (card.reader(), card.reader());
        assert_eq!(send(&mut one, &[SELECT_JPKI, PIN]), Ok(0x9000));
        leave(&mut one, Leave::PowerOff);
        assert!(!card.rights_left());
        assert_eq!(since(&mut one), Since::Unchanged);
        assert_eq!(since(&mut other), Since::Reset);
        assert_eq!(since(&mut other), Since::Unchanged);
        leave(&mut other, Leave::Reset);
        leave(&mut other, Leave::AsIs);
        assert_eq!(since(&mut one), Since::Reset);
        assert_eq!(since(&mut other), Since::Unchanged);
        card.foreign_reset();
        assert_eq!(since(&mut one), Since::Reset);
        assert_eq!(since(&mut other), Since::Reset);
        assert_eq!(since(&mut card.reader()), Since::Unchanged);
    }

    #[test]
    fn a_reset_inside_a_window_ends_it() {
        let card = SimulatedCard::new(&persona());
        let mut reader = card.reader();
        let (mut window, _) = reader.begin().unwrap();
        window.transmit(SELECT_JPKI).unwrap();
        card.foreign_reset();
        assert_eq!(window.transmit(PIN), Err(TransportError::Reset));
        assert_eq!(window.transmit(PIN), Err(TransportError::Reset));
        assert_eq!(card.verify_commands_seen(), 0);
        window.end(Leave::PowerOff).unwrap();
        assert_eq!(since(&mut reader), Since::Reset);
        assert_eq!(since(&mut reader), Since::Unchanged);
    }

    #[test]
    fn a_removed_card_stays_removed() {
        let card = SimulatedCard::new(&persona());
        let mut reader = card.reader();
        let (mut window, _) = reader.begin().unwrap();
        card.remove();
        assert_eq!(window.transmit(SELECT_JPKI), Err(TransportError::Removed));
        assert_eq!(window.end(Leave::PowerOff), Err(TransportError::Removed));
        assert_eq!(reader.begin().err(), Some(TransportError::Removed));
        assert_eq!(card.reader().begin().err(), Some(TransportError::NoCard));
        card.insert();
        assert_eq!(reader.begin().err(), Some(TransportError::Removed));
        assert_eq!(send(&mut card.reader(), &[SELECT_JPKI]), Ok(0x9000));
    }

    #[test]
    fn planned_faults_become_errors_of_the_contract() {
        for (fault, expected, after) in [
            (
                Fault::Remove,
                TransportError::Removed,
                Err(TransportError::Removed),
            ),
            (
                Fault::RemoveAfter,
                TransportError::Removed,
                Err(TransportError::Removed),
            ),
            (
                Fault::ReaderGone,
                TransportError::ReaderGone,
                Err(TransportError::ReaderGone),
            ),
            (Fault::ForeignReset, TransportError::Reset, Ok(Since::Reset)),
            (
                Fault::LoseAnswer,
                TransportError::AnswerLost,
                Ok(Since::Unchanged),
            ),
            (
                Fault::LoseCommand,
                TransportError::AnswerLost,
                Ok(Since::Unchanged),
            ),
            (
                Fault::Truncate(1),
                TransportError::AnswerLost,
                Ok(Since::Unchanged),
            ),
        ] {
            let card = SimulatedCard::new(&persona());
            card.set_plan(Plan::new().when(presents_a_pin, fault));
            let mut reader = card.reader();
            assert_eq!(
                send(&mut reader, &[SELECT_JPKI, PIN]),
                Err(expected),
                "{fault:?}"
            );
            assert_eq!(reader.begin().map(|(_, since)| since), after, "{fault:?}");
        }
    }

    #[test]
    fn a_second_window_waits_for_the_first() {
        let card = SimulatedCard::new(&persona());
        let (mut one, mut other) = (card.reader(), card.reader());
        let (window, _) = one.begin().unwrap();
        let (sender, opened) = mpsc::channel();
        let waiter = thread::spawn(move || {
            let (_window, _) = other.begin().unwrap();
            sender.send(()).unwrap();
        });
        assert!(opened.recv_timeout(Duration::from_millis(50)).is_err());
        drop(window);
        opened.recv_timeout(Duration::from_secs(10)).unwrap();
        waiter.join().unwrap();
    }

    #[test]
    fn the_link_is_the_personas_until_told_otherwise() {
        let card = SimulatedCard::new(&persona());
        let mut reader = card.reader();
        assert_eq!(reader.begin().unwrap().0.link().atr, persona().atr);
        assert!(reader.description().simulated);
        assert_eq!(reader.description().name, "sim:test");
        let short = Link {
            atr: vec![0x3b, 0x00],
            largest_apdu: None,
        };
        card.set_link(short.clone());
        assert_eq!(reader.begin().unwrap().0.link(), short);
    }
}
