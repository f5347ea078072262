//! Readers that several programs share: connections, transactions, exclusive access, resets.
//!
//! The rules are those of pcsc-lite 1.9.9, measured with one program through its library. Two
//! differences: a card keeps its power when the last program lets go of it, and a reconnect gives
//! power to a card that another program left without.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::link::code;
use crate::fault::Wire;
use crate::front::control::{Cards, Keys};
use crate::front::vpcd::SharedWire;
use crate::os::{CardOs, Issued};
use crate::persona::Persona;
use crate::state::Persistent;

/// How long a call waits for another connection's transaction before the library asks again.
pub(super) const TURN: Duration = Duration::from_millis(20);

/// Values of the parameters of PC/SC.
pub(super) mod value {
    pub(crate) const EXCLUSIVE: u32 = 1;
    pub(crate) const SHARED: u32 = 2;
    pub(crate) const DIRECT: u32 = 3;
    pub(crate) const T0: u32 = 1;
    pub(crate) const T1: u32 = 2;
    pub(crate) const RAW: u32 = 4;
    pub(crate) const LEAVE: u32 = 0;
    pub(crate) const RESET: u32 = 1;
    pub(crate) const UNPOWER: u32 = 2;
    pub(crate) const EJECT: u32 = 3;
}

/// Simulated cards in simulated readers, for programs and for whoever moves the cards.
#[derive(Debug)]
pub struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) readers: Vec<Reader>,
    pub(super) contexts: BTreeMap<u32, Context>,
    pub(super) connections: BTreeMap<u32, Connection>,
    /// The last number given to a context or a connection.
    pub(super) last: u32,
    /// How many threads wait for a change.
    waiting: usize,
}

/// One program's context.
#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) waits: bool,
    pub(super) cancelled: bool,
}

#[derive(Debug)]
pub(super) struct Reader {
    pub(super) name: String,
    pub(super) wire: SharedWire,
    persona: Persona,
    /// What the reader announces by part 10 of PC/SC.
    pub(super) largest_apdu: Option<usize>,
    /// The keys that will be pressed, an entry for each question, if the reader has some.
    pub(super) pinpad: Option<VecDeque<Keys>>,
    /// The reader waits for a key.
    pub(super) asks: bool,
    pub(super) atr: Vec<u8>,
    pub(super) present: bool,
    pub(super) powered: bool,
    /// Unplugged by a planned fault, until the card is put in again.
    pub(super) gone: bool,
    /// Counts insertions and removals.
    pub(super) events: u16,
    /// An exchange is going on.
    pub(super) busy: bool,
    /// The connection that has a transaction, and how many times it began one.
    pub(super) lock: Option<(u32, u32)>,
}

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) context: u32,
    pub(super) reader: usize,
    pub(super) exclusive: bool,
    /// What happened to the card since the connection was made: a code for the next calls.
    pub(super) event: Option<u32>,
}

pub(super) type Held<'a> = MutexGuard<'a, State>;

impl Desk {
    /// The cards as they are issued or remembered, each in a reader of its own.
    #[must_use]
    pub fn new(cards: Vec<(Persona, Persistent)>) -> Arc<Self> {
        let reader = |(number, (persona, persistent)): (usize, (Persona, Persistent))| {
            let mut card = CardOs::new(&persona, persistent);
            Reader {
                name: format!("Simulated My Number Card Reader {number:02} 00"),
                atr: card.power_on(),
                wire: Arc::new(Mutex::new(Wire::new(card))),
                largest_apdu: persona.largest_apdu,
                pinpad: None,
                asks: false,
                persona,
                present: true,
                powered: true,
                gone: false,
                events: 0,
                busy: false,
                lock: None,
            }
        };
        let readers = cards.into_iter().enumerate().map(reader).collect();
        Arc::new(Self {
            state: Mutex::new(State {
                readers,
                ..State::default()
            }),
            changed: Condvar::new(),
        })
    }

    /// The names of the readers, in the order of the cards.
    #[must_use]
    pub fn reader_names(&self) -> Vec<String> {
        let state = self.lock();
        let there = state.readers.iter().filter(|reader| !reader.gone);
        there.map(|reader| reader.name.clone()).collect()
    }

    /// Changes a reader in which no exchange is going on.
    fn with(&self, reader: usize, act: impl FnOnce(&mut State, usize)) {
        let mut state = self.lock();
        while state.readers.get(reader).is_some_and(|reader| reader.busy) {
            state = self.turn(state, TURN);
        }
        act(&mut state, reader);
        self.wake(&state);
    }

    pub(super) fn lock(&self) -> Held<'_> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change, at most so long.
    pub(super) fn turn<'a>(&'a self, mut state: Held<'a>, most: Duration) -> Held<'a> {
        state.waiting += 1;
        let waited = self.changed.wait_timeout(state, most);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.waiting -= 1;
        state
    }

    /// Says that something has changed. Where nobody waits, the system is not asked: an exchange would
    /// feel it.
    pub(super) fn wake(&self, state: &State) {
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }
}

impl Cards for Desk {
    fn count(&self) -> usize {
        self.lock().readers.len()
    }

    fn wire(&self, reader: usize) -> Option<SharedWire> {
        Some(Arc::clone(&self.lock().readers.get(reader)?.wire))
    }

    fn persona(&self, reader: usize) -> Option<Persona> {
        Some(self.lock().readers.get(reader)?.persona.clone())
    }

    fn reader(&self, reader: usize) -> Option<String> {
        Some(self.lock().readers.get(reader)?.name.clone())
    }

    fn is_in(&self, reader: usize) -> bool {
        let state = self.lock();
        state.readers.get(reader).is_some_and(|one| one.present)
    }

    fn insert(&self, reader: usize) {
        self.with(reader, State::insert);
    }

    /// Also in the middle of a transaction or an exchange.
    fn remove(&self, reader: usize) {
        let mut state = self.lock();
        state.remove(reader);
        self.wake(&state);
    }

    fn reset(&self, reader: usize) {
        self.with(reader, |state, reader| {
            state.reset(reader, value::RESET, None);
        });
    }

    fn swap(&self, reader: usize, persona: &Persona) {
        self.with(reader, |state, index| {
            state.remove(index);
            if let Ok(reader) = state.reader(index) {
                wire(&reader.wire).card = CardOs::new(persona, Persistent::in_memory());
                reader.persona = persona.clone();
                reader.largest_apdu = persona.largest_apdu;
            }
            state.insert(index);
        });
    }

    fn reissue(&self, reader: usize, persona: &Persona) {
        self.with(reader, |state, index| {
            if let Ok(reader) = state.reader(index) {
                wire(&reader.wire).card.become_issued(&Issued::of(persona));
                reader.persona = persona.clone();
            }
            state.reset(index, value::UNPOWER, None);
            state.power_on(index);
        });
    }

    fn asks(&self, reader: usize) -> bool {
        let state = self.lock();
        state.readers.get(reader).is_some_and(|one| one.asks)
    }

    /// Also while the reader waits for keys.
    fn press(&self, reader: usize, keys: Keys) -> bool {
        let mut state = self.lock();
        let reader = state.readers.get_mut(reader);
        let Some(script) = reader.and_then(|reader| reader.pinpad.as_mut()) else {
            return false;
        };
        script.push_back(keys);
        self.wake(&state);
        true
    }
}

impl State {
    /// A number that no context and no connection has; never zero.
    pub(super) fn number(&mut self) -> u32 {
        loop {
            self.last = self.last.wrapping_add(1).max(1);
            let last = &self.last;
            if !self.contexts.contains_key(last) && !self.connections.contains_key(last) {
                return self.last;
            }
        }
    }

    pub(super) fn reader(&mut self, index: usize) -> Result<&mut Reader, u32> {
        let reader = self.readers.get_mut(index);
        reader.ok_or(code::READER_UNAVAILABLE)
    }

    pub(super) fn on(&self, reader: usize) -> impl Iterator<Item = &Connection> {
        self.connections
            .values()
            .filter(move |one| one.reader == reader)
    }

    /// Who is connected: nobody, some, one exclusively.
    pub(super) fn sharing(&self, reader: usize) -> Sharing {
        match self.on(reader).next() {
            None => Sharing::Nobody,
            Some(one) if one.exclusive => Sharing::Exclusive,
            Some(_) => Sharing::Shared,
        }
    }

    pub(super) fn reader_of(&self, context: u32, handle: u32) -> Result<usize, u32> {
        let connection = self.connections.get(&handle);
        let ours = connection.filter(|one| one.context == context);
        let reader = ours.ok_or(code::INVALID_HANDLE)?.reader;
        match self.readers.get(reader) {
            Some(Reader { gone: false, .. }) => Ok(reader),
            _ => Err(code::READER_UNAVAILABLE),
        }
    }

    /// The reader of a connection whose card is as it was.
    pub(super) fn usable(&self, context: u32, handle: u32) -> Result<usize, u32> {
        let reader = self.reader_of(context, handle)?;
        match self.connections.get(&handle).and_then(|one| one.event) {
            Some(event) => Err(event),
            None => Ok(reader),
        }
    }

    /// Ends a transaction of a connection; whether it had one.
    pub(super) fn unlock(&mut self, handle: u32, index: usize) -> bool {
        let Ok(reader) = self.reader(index) else {
            return false;
        };
        let had = reader.lock.is_some_and(|(holder, _)| holder == handle);
        if had {
            reader.lock = None;
        }
        had
    }

    /// Makes an event known to every connection of a reader but one.
    pub(super) fn tell(&mut self, index: usize, event: u32, but: Option<u32>) {
        for (handle, connection) in &mut self.connections {
            if connection.reader == index && Some(*handle) != but {
                connection.event = Some(event);
            }
        }
    }

    /// Resets the card or takes its power, where there is one.
    pub(super) fn reset(&mut self, index: usize, how: u32, but: Option<u32>) {
        let Ok(reader) = self.reader(index) else {
            return;
        };
        if !reader.present {
            return;
        }
        let mut wire = wire(&reader.wire);
        if how == value::RESET {
            wire.card.reset();
        } else {
            wire.card.power_off();
        }
        drop(wire);
        reader.powered = how == value::RESET;
        self.tell(index, code::RESET_CARD, but);
    }

    pub(super) fn power_on(&mut self, index: usize) {
        if let Ok(reader) = self.reader(index)
            && reader.present
            && !reader.powered
        {
            wire(&reader.wire).card.power_on();
            reader.powered = true;
        }
    }

    /// Gives the card power for a connection; the protocol.
    pub(super) fn power(&mut self, index: usize, share: u32, protocols: u32) -> Result<u32, u32> {
        let reader = self.reader(index)?;
        if share != value::DIRECT {
            if !reader.present {
                return Err(code::NO_SMARTCARD);
            }
            if protocols & value::T1 == 0 {
                return Err(code::PROTO_MISMATCH);
            }
            self.power_on(index);
        }
        let reader = self.reader(index)?;
        let speaks = reader.present && reader.powered;
        Ok(if speaks { value::T1 } else { 0 })
    }

    fn insert(&mut self, index: usize) {
        if let Ok(reader) = self.reader(index)
            && !reader.present
        {
            reader.atr = wire(&reader.wire).card.power_on();
            (reader.present, reader.powered, reader.gone) = (true, true, false);
            reader.events = reader.events.wrapping_add(1);
        }
    }

    pub(super) fn remove(&mut self, index: usize) {
        let Ok(reader) = self.reader(index) else {
            return;
        };
        if !reader.present {
            return;
        }
        (reader.present, reader.powered, reader.lock) = (false, false, None);
        reader.events = reader.events.wrapping_add(1);
        if !reader.busy {
            wire(&reader.wire).card.power_off();
        }
        self.tell(index, code::REMOVED_CARD, None);
    }
}

/// Who is connected to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sharing {
    Nobody,
    Shared,
    Exclusive,
}

pub(super) fn shape(share: u32, protocols: u32) -> Result<(), u32> {
    match share {
        value::DIRECT => Ok(()),
        value::EXCLUSIVE | value::SHARED => {
            if protocols & (value::T0 | value::T1 | value::RAW) == 0 {
                Err(code::PROTO_MISMATCH)
            } else {
                Ok(())
            }
        }
        _ => Err(code::INVALID_VALUE),
    }
}

pub(super) fn wire(shared: &SharedWire) -> MutexGuard<'_, Wire> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
