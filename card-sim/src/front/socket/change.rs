//! SCardGetStatusChange: what differs from what a program knows, and the wait for it.

use std::time::{Duration, Instant};

use super::desk::{Desk, Sharing, State};
use super::link::code;

const IGNORE: u32 = 0x001;
const CHANGED: u32 = 0x002;
const UNKNOWN: u32 = 0x004;
const UNAVAILABLE: u32 = 0x008;
const EMPTY: u32 = 0x010;
const PRESENT: u32 = 0x020;
const EXCLUSIVE: u32 = 0x080;
const INUSE: u32 = 0x100;
const MUTE: u32 = 0x200;

/// The reader that stands for the arrival and departure of readers.
const PLUG_AND_PLAY: &[u8] = br"\\?PnP?\Notification";

/// Milliseconds that mean no end.
const INFINITE: u32 = u32::MAX;

/// How often a wait looks whether its program still lives.
const LOOK: Duration = Duration::from_millis(100);

/// A reader as a program knows it, or as it is: name and state, or state and answer to reset.
type Known<'a> = (&'a [u8], u32);
type Seen = (u32, Vec<u8>);

impl Desk {
    /// Result, and what each reader is like unless a name is unknown.
    ///
    /// `lives` says whether the program is still there to be answered.
    pub(super) fn change(
        &self,
        context: u32,
        milliseconds: u32,
        known: &[Known<'_>],
        lives: impl Fn() -> bool,
    ) -> (u32, Vec<Seen>) {
        let wait = Duration::from_millis(milliseconds.into());
        let end = (milliseconds != INFINITE).then(|| Instant::now() + wait);
        let mut state = self.lock();
        let readers = count(&state);
        let named = |state: &State, name: &[u8]| {
            name.eq_ignore_ascii_case(PLUG_AND_PLAY) || find(state, name).is_some()
        };
        if !known.iter().all(|(name, _)| named(&state, name)) {
            return (code::UNKNOWN_READER, Vec::new());
        }
        if let Some(context) = state.contexts.get_mut(&context) {
            (context.waits, context.cancelled) = (true, false);
        }
        let (result, seen) = loop {
            let look = |one: &Known<'_>| look(&state, one.0, one.1, readers);
            let (changes, seen): (Vec<bool>, Vec<Seen>) = known.iter().map(look).unzip();
            if changes.contains(&true) {
                break (code::SUCCESS, seen);
            }
            let context = state.contexts.get(&context);
            if context.is_none_or(|context| context.cancelled) {
                break (code::CANCELLED, seen);
            }
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) || !lives() {
                break (code::TIMEOUT, seen);
            }
            state = self.turn(state, left.unwrap_or(LOOK).min(LOOK));
        };
        if let Some(context) = state.contexts.get_mut(&context) {
            (context.waits, context.cancelled) = (false, false);
        }
        (result, seen)
    }
}

fn count(state: &State) -> usize {
    state.readers.iter().filter(|reader| !reader.gone).count()
}

fn find(state: &State, name: &[u8]) -> Option<usize> {
    let named = |reader: &super::desk::Reader| !reader.gone && reader.name.as_bytes() == name;
    state.readers.iter().position(named)
}

/// Whether a reader differs from what is known of it, and what it is like.
fn look(state: &State, name: &[u8], known: u32, readers: usize) -> (bool, Seen) {
    let has = |bits: u32| known & bits != 0;
    if has(IGNORE) {
        return (false, (0, Vec::new()));
    }
    let index = find(state, name);
    let Some((index, reader)) = index.and_then(|i| Some((i, state.readers.get(i)?))) else {
        let changed = if name.eq_ignore_ascii_case(PLUG_AND_PLAY) {
            count(state) != readers
        } else {
            !has(UNKNOWN)
        };
        let unknown = if name.eq_ignore_ascii_case(PLUG_AND_PLAY) {
            0
        } else {
            UNKNOWN | UNAVAILABLE
        };
        return (changed, (mark(changed) | unknown, Vec::new()));
    };
    let counter = known >> 16;
    let mut changed = has(UNKNOWN | UNAVAILABLE)
        || known == 0
        || (counter != 0 && counter != u32::from(reader.events));
    let mut now = u32::from(reader.events) << 16;
    let atr = if reader.present {
        now |= PRESENT;
        changed |= has(EMPTY | MUTE);
        reader.atr.clone()
    } else {
        now |= EMPTY;
        changed |= has(PRESENT);
        Vec::new()
    };
    match state.sharing(index) {
        Sharing::Exclusive => {
            now |= EXCLUSIVE;
            changed |= has(INUSE);
        }
        Sharing::Shared if reader.present => {
            now |= INUSE;
            changed |= has(EXCLUSIVE);
        }
        Sharing::Shared => {}
        Sharing::Nobody => changed |= has(INUSE | EXCLUSIVE),
    }
    (changed, (mark(changed) | now, atr))
}

fn mark(changed: bool) -> u32 {
    if changed { CHANGED } else { 0 }
}
