//! A store of nonces in memory.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::nonce::{Nonce, NonceProblem, NonceStore, in_time};
use super::nonce_key::NonceKey;
use super::used::{Taken, Used};
use crate::domain::date::UtcTime;

/// Nonces in memory: for a service that is one process.
///
/// Nothing is kept of the nonces that [`NonceStore::issue`] makes: each says when it was issued,
/// under a key of this store. Used ones take eight to ten bytes until they have ended; nonces that
/// the caller made and gave to [`NonceStore::remember`] about 100. Never holds more than its
/// capacity: what comes beyond it is refused, and pushes out nobody's login.
#[derive(Debug)]
pub struct MemoryNonces {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Made with the first nonce.
    key: Option<NonceKey>,
    used: Used,
    /// Nonces of the caller: when each ends.
    ends: HashMap<[u8; 32], i64>,
    /// All of them, used ones too, in the order of their ends, which is that of their issue.
    queue: VecDeque<([u8; 32], i64)>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} used", self.used.count())
    }
}

impl MemoryNonces {
    /// A store that holds so many used nonces and nonces of the caller at once.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }
}

impl NonceStore for MemoryNonces {
    fn remember(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // One that was issued here needs no memory.
        if state
            .key
            .as_ref()
            .is_some_and(|key| key.open(nonce).is_some())
        {
            return Ok(());
        }
        let now = now.unix();
        // Kept for a second lifetime, to tell who comes late from who was never here.
        while let Some((key, end)) = state.queue.front().copied()
            && end + Nonce::LIFETIME < now
        {
            state.queue.pop_front();
            state.ends.remove(&key);
        }
        if state.queue.len() + state.used.count() >= self.capacity {
            return Err(NonceProblem::Full);
        }
        let (key, end) = (short(nonce), now.saturating_add(Nonce::LIFETIME));
        // One that is out already keeps its end.
        if state.ends.contains_key(&key) {
            return Ok(());
        }
        state.ends.insert(key, end);
        state.queue.push_back((key, end));
        Ok(())
    }

    fn consume(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(issued) = state.key.as_ref().and_then(|key| key.open(nonce)) else {
            let end = state.ends.remove(&short(nonce));
            return in_time(end.ok_or(NonceProblem::Unknown)?, now);
        };
        state.used.forget(now.unix(), Nonce::LIFETIME);
        let end = issued.end(now)?;
        let room = self.capacity.saturating_sub(state.queue.len());
        match state.used.take(issued.at, issued.mark, room) {
            Taken::Now => in_time(end, now),
            Taken::Before => Err(NonceProblem::Unknown),
            Taken::Ended => Err(NonceProblem::Expired),
            Taken::Full => Err(NonceProblem::Full),
        }
    }

    fn issue(&self, now: UtcTime) -> Result<Nonce, NonceProblem> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &state.key {
            Some(key) => key.issue(now),
            None => state.key.insert(NonceKey::random()?).issue(now),
        }
    }
}

fn short(nonce: &Nonce) -> [u8; 32] {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(nonce.key().as_bytes()) {
        *to = *from;
    }
    key
}
