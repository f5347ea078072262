//! What programs ask of a desk, call by call.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::desk::{Connection, Context, Desk, Held, Reader, TURN, shape, value, wire};
use super::link::code;
use super::pinpad::{self, Form};
use crate::fault::{Fault, Outcome};

impl Desk {
    pub(super) fn establish(&self) -> u32 {
        let mut state = self.lock();
        let id = state.number();
        state.contexts.insert(id, Context::default());
        id
    }

    pub(super) fn cancel(&self, context: u32) -> u32 {
        let mut state = self.lock();
        let Some(context) = state.contexts.get_mut(&context) else {
            return code::INVALID_HANDLE;
        };
        context.cancelled = context.waits;
        self.wake(&state);
        code::SUCCESS
    }

    /// Ends a context with its connections, as at the death of a program: a transaction that it
    /// holds ends with a warm reset.
    pub(super) fn release(&self, context: u32) {
        let mut state = self.lock();
        let of = |(handle, one): (&u32, &Connection)| (one.context == context).then_some(*handle);
        let handles: Vec<u32> = state.connections.iter().filter_map(of).collect();
        for handle in handles {
            let Some(connection) = state.connections.remove(&handle) else {
                continue;
            };
            if state.unlock(handle, connection.reader) && connection.event.is_none() {
                state.reset(connection.reader, value::RESET, None);
            }
        }
        state.contexts.remove(&context);
        self.wake(&state);
    }

    pub(super) fn connect(
        &self,
        context: u32,
        name: &[u8],
        share: u32,
        protocols: u32,
    ) -> Result<(u32, u32), u32> {
        shape(share, protocols)?;
        let mut state = self.lock();
        let named = |reader: &Reader| reader.name.as_bytes() == name && !reader.gone;
        let index = state.readers.iter().position(named);
        let index = index.ok_or(code::UNKNOWN_READER)?;
        if state.on(index).any(|one| one.exclusive) {
            return Err(code::SHARING_VIOLATION);
        }
        state = self.free(state, index, None)?;
        if share == value::EXCLUSIVE && state.on(index).next().is_some() {
            return Err(code::SHARING_VIOLATION);
        }
        let protocol = state.power(index, share, protocols)?;
        let handle = state.number();
        let connection = Connection {
            context,
            reader: index,
            exclusive: share == value::EXCLUSIVE,
            event: None,
        };
        state.connections.insert(handle, connection);
        self.wake(&state);
        Ok((handle, protocol))
    }

    pub(super) fn reconnect(
        &self,
        context: u32,
        handle: u32,
        share: u32,
        protocols: u32,
        initialization: u32,
    ) -> Result<u32, u32> {
        shape(share, protocols)?;
        if initialization > value::UNPOWER {
            return Err(code::INVALID_VALUE);
        }
        let mut state = self.lock();
        let index = state.reader_of(context, handle)?;
        state = self.free(state, index, Some(handle))?;
        if share == value::EXCLUSIVE && state.on(index).count() > 1 {
            return Err(code::SHARING_VIOLATION);
        }
        if initialization != value::LEAVE {
            state.reset(index, initialization, Some(handle));
        }
        let protocol = state.power(index, share, protocols)?;
        if let Some(connection) = state.connections.get_mut(&handle) {
            connection.exclusive = share == value::EXCLUSIVE;
            connection.event = None;
        }
        self.wake(&state);
        Ok(protocol)
    }

    pub(super) fn disconnect(
        &self,
        context: u32,
        handle: u32,
        disposition: u32,
    ) -> Result<(), u32> {
        if disposition > value::EJECT {
            return Err(code::INVALID_VALUE);
        }
        let mut state = self.lock();
        let index = state.reader_of(context, handle)?;
        if disposition != value::LEAVE {
            state = self.free(state, index, Some(handle))?;
            state.reset(index, disposition, Some(handle));
        }
        state.unlock(handle, index);
        state.connections.remove(&handle);
        self.wake(&state);
        Ok(())
    }

    pub(super) fn begin(&self, context: u32, handle: u32) -> Result<(), u32> {
        let mut state = self.lock();
        let index = state.usable(context, handle)?;
        state = self.free(state, index, Some(handle))?;
        // Another connection may have ended its transaction with a reset meanwhile.
        state.usable(context, handle)?;
        let reader = state.reader(index)?;
        let depth = reader.lock.map_or(0, |(_, depth)| depth);
        reader.lock = Some((handle, depth.saturating_add(1)));
        Ok(())
    }

    pub(super) fn end(&self, context: u32, handle: u32, disposition: u32) -> Result<(), u32> {
        if disposition > value::EJECT {
            return Err(code::INVALID_VALUE);
        }
        let mut state = self.lock();
        let index = state.usable(context, handle)?;
        let reader = state.reader(index)?;
        let depth = match reader.lock {
            Some((holder, depth)) if holder == handle => depth,
            Some(_) => return Err(code::SHARING_VIOLATION),
            None => return Err(code::NOT_TRANSACTED),
        };
        reader.lock = (depth > 1).then_some((handle, depth - 1));
        if disposition != value::LEAVE {
            // Our own connection is told of it too.
            state.reset(index, disposition, None);
            if disposition != value::RESET {
                state.power_on(index);
            }
        }
        self.wake(&state);
        Ok(())
    }

    /// State, protocol, reader, answer to reset.
    pub(super) fn status(
        &self,
        context: u32,
        handle: u32,
    ) -> Result<(u32, u32, String, Vec<u8>), u32> {
        let mut state = self.lock();
        let index = state.usable(context, handle)?;
        state = self.free(state, index, Some(handle))?;
        state.usable(context, handle)?;
        let reader = state.reader(index)?;
        let (bits, protocol) = match (reader.present, reader.powered) {
            (true, true) => (0x34, value::T1),
            (true, false) => (0x04, 0),
            (false, _) => (0x02, 0),
        };
        let atr = if reader.present {
            reader.atr.clone()
        } else {
            Vec::new()
        };
        let bits = u32::from(reader.events) << 16 | bits;
        Ok((bits, protocol, reader.name.clone(), atr))
    }

    pub(super) fn transmit(
        &self,
        context: u32,
        handle: u32,
        protocol: u32,
        command: &[u8],
    ) -> Result<Vec<u8>, u32> {
        let (state, index) = self.ready(context, handle)?;
        if ![value::T1, value::RAW].contains(&protocol) {
            return Err(code::PROTO_MISMATCH);
        }
        self.carry(state, index, command)
    }

    /// Waits a turn until a card with power can be sent something.
    pub(super) fn ready(&self, context: u32, handle: u32) -> Result<(Held<'_>, usize), u32> {
        let mut state = self.lock();
        let index = state.usable(context, handle)?;
        state = self.free(state, index, Some(handle))?;
        state.usable(context, handle)?;
        match state.reader(index)? {
            Reader { present: false, .. } => Err(code::NO_SMARTCARD),
            Reader { powered: false, .. } => Err(code::UNPOWERED_CARD),
            _ => Ok((state, index)),
        }
    }

    /// Carries a command to the card, where no exchange is going on, and its answer back.
    pub(super) fn carry(
        &self,
        mut state: Held<'_>,
        index: usize,
        command: &[u8],
    ) -> Result<Vec<u8>, u32> {
        let reader = state.reader(index)?;
        reader.busy = true;
        let (shared, events) = (Arc::clone(&reader.wire), reader.events);
        drop(state);
        let fault = wire(&shared).depart(command);
        if let Some(Fault::Delay(delay)) = fault {
            thread::sleep(delay);
        }
        let mut card = wire(&shared);
        let outcome = card.exchange(command, fault);
        let time = card.time_of(command, &outcome);
        drop(card);
        if !time.is_zero() {
            thread::sleep(time);
        }
        let mut state = self.lock();
        let reader = state.reader(index)?;
        reader.busy = false;
        let taken_out = reader.events != events;
        if taken_out && !reader.present {
            wire(&shared).card.power_off();
        }
        let done = match outcome {
            _ if taken_out => Err(code::REMOVED_CARD),
            Outcome::Answer(answer) => Ok(answer),
            Outcome::Lost => Err(code::NOT_TRANSACTED),
            Outcome::Removed => {
                state.remove(index);
                Err(code::REMOVED_CARD)
            }
            Outcome::ReaderGone => {
                state.remove(index);
                state.reader(index)?.gone = true;
                Err(code::READER_UNAVAILABLE)
            }
            Outcome::Reset => {
                state.tell(index, code::RESET_CARD, None);
                Err(code::RESET_CARD)
            }
        };
        self.wake(&state);
        done
    }

    /// What a driver answers to a control code: the features and properties of PC/SC part 10.
    pub(super) fn control(
        &self,
        context: u32,
        handle: u32,
        control: u32,
        input: &[u8],
        lives: impl Fn() -> bool,
    ) -> Result<Vec<u8>, u32> {
        const FEATURES: u32 = 0x4200_0000 + 3400;
        const PROPERTIES: u32 = FEATURES + 0x12;
        let mut state = self.lock();
        let index = state.reader_of(context, handle)?;
        let reader = state.reader(index)?;
        let mut tags = Vec::new();
        match (control, reader.pinpad.is_some()) {
            (FEATURES, _) => {
                tags = Self::features(reader);
                tags.extend_from_slice(&[0x12, 4]);
                tags.extend_from_slice(&PROPERTIES.to_be_bytes());
            }
            (PROPERTIES, pinpad) => {
                if pinpad {
                    tags.extend_from_slice(&pinpad::TAGS);
                }
                // dwMaxAPDUDataSize, little-endian; a reader that does not say has none.
                if let Some(most) = reader.largest_apdu {
                    tags.extend_from_slice(&[0x0A, 4]);
                    tags.extend_from_slice(&u32::try_from(most).unwrap_or(u32::MAX).to_le_bytes());
                }
            }
            (pinpad::PIN_PROPERTIES, true) => tags.extend_from_slice(&pinpad::PROPERTIES),
            (form @ (pinpad::VERIFY | pinpad::MODIFY), true) => {
                drop(state);
                let form = match form {
                    pinpad::VERIFY => Form::Verify,
                    _ => Form::Modify,
                };
                return self.enter(context, handle, form, input, lives);
            }
            _ => return Err(code::UNSUPPORTED_FEATURE),
        }
        Ok(tags)
    }

    pub(super) fn attribute(&self, context: u32, handle: u32, id: u32) -> Result<Vec<u8>, u32> {
        const ATR: u32 = 0x0009_0303;
        const FRIENDLY_NAME: u32 = 0x7FFF_0003;
        let mut state = self.lock();
        let index = state.reader_of(context, handle)?;
        match (id, state.reader(index)?) {
            (ATR, reader) if reader.present => Ok(reader.atr.clone()),
            (FRIENDLY_NAME, reader) => Ok([reader.name.as_bytes(), &[0]].concat()),
            _ => Err(code::UNSUPPORTED_FEATURE),
        }
    }

    /// Waits a turn until the reader is neither in an exchange nor in another's transaction.
    fn free<'a>(
        &'a self,
        mut state: Held<'a>,
        index: usize,
        handle: Option<u32>,
    ) -> Result<Held<'a>, u32> {
        let end = Instant::now() + TURN;
        loop {
            let reader = state.reader(index)?;
            let others = reader
                .lock
                .is_some_and(|(holder, _)| Some(holder) != handle);
            if !others && !reader.busy {
                return Ok(state);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(code::ASK_AGAIN);
            }
            state = self.turn(state, left);
        }
    }
}
