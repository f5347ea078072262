//! Readers: list, choose, watch.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::applet::common::CardNumber;
use crate::card::Card;
use crate::error::{ChoiceProblem, Error};
use crate::transport::TransportError;
pub use crate::transport::pcsc::{Occupancy, ReaderState, Service};

/// Which reader is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The only one that holds a card.
    Only,
    /// Part of its name, without regard to case; a whole name wins over parts.
    Name(String),
    /// Its place in the list, from 0.
    Index(usize),
}

/// Chooses a reader.
///
/// # Errors
///
/// - `reader.none`: there is none. `card.none`: none holds a card and nothing was chosen.
/// - `card.several`: several hold a card and nothing was chosen.
/// - `reader.unknown`, `reader.ambiguous`: the choice fits none, or several.
pub fn choose<'r>(readers: &'r [ReaderState], choice: &Choice) -> Result<&'r ReaderState, Error> {
    if readers.is_empty() {
        return Err(TransportError::NoReader.into());
    }
    let single = |fitting: Vec<&'r ReaderState>| match fitting[..] {
        [] => Err(Error::Choice(ChoiceProblem::Nothing)),
        [one] => Ok(one),
        _ => Err(Error::Choice(ChoiceProblem::Ambiguous {
            count: fitting.len(),
        })),
    };
    match choice {
        Choice::Only => {
            let holds = |reader: &&ReaderState| reader.occupancy != Occupancy::Empty;
            match readers.iter().filter(holds).collect::<Vec<_>>()[..] {
                [] => Err(TransportError::NoCard.into()),
                [one] => Ok(one),
                ref several => Err(Error::Choice(ChoiceProblem::SeveralCards {
                    count: several.len(),
                })),
            }
        }
        Choice::Name(name) => {
            if let Some(exact) = readers.iter().find(|reader| reader.name == *name) {
                return Ok(exact);
            }
            let part = name.to_lowercase();
            single(
                readers
                    .iter()
                    .filter(|r| r.name.to_lowercase().contains(&part))
                    .collect(),
            )
        }
        Choice::Index(index) => single(readers.get(*index).into_iter().collect()),
    }
}

/// Finds the reader that holds the card with this number, by asking each card.
///
/// Two exchanges for each card, no PIN, no attempt; each asked card is reset afterwards, because
/// another application than JPKI was selected. Cards that do not answer, or that another program
/// keeps in a transaction for five seconds, are passed over.
///
/// # Errors
///
/// `reader.unknown` if no card has this number; `service.none`.
pub fn find_card(service: &Service, serial: &str) -> Result<(ReaderState, Card), Error> {
    for reader in service.readers()? {
        if !matches!(
            reader.occupancy,
            Occupancy::Card {
                exclusive: false,
                ..
            }
        ) {
            continue;
        }
        let Ok(opened) = service.open(&reader.name) else {
            continue;
        };
        let mut card = Card::new(opened).waiting_at_most(Duration::from_secs(5));
        let number = card.begin().and_then(|mut transaction| {
            let number = transaction.common()?.card_number();
            transaction.end()?;
            number
        });
        if number.is_ok_and(|number: CardNumber| number.serial() == serial) {
            return Ok((reader, card));
        }
    }
    Err(Error::Choice(ChoiceProblem::Nothing))
}

/// What happened to readers and cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A reader was plugged in, or was there when the watch began.
    Plugged {
        /// Its name.
        reader: String,
    },
    /// A card was inserted, or was there when the watch began.
    Inserted {
        /// The reader's name.
        reader: String,
        /// The card's answer to reset; empty if it does not answer.
        atr: Vec<u8>,
    },
    /// The card was taken out.
    Removed {
        /// The reader's name.
        reader: String,
    },
    /// The reader was unplugged.
    Unplugged {
        /// Its name.
        reader: String,
    },
    /// The service stopped; the watch goes on and tells when it is back.
    ServiceLost,
    /// The service is back.
    ServiceBack,
}

/// Watches readers and cards until it is stopped.
///
/// Begins with a [`Change`] for everything that is there. Sees readers that are plugged in later
/// and survives a restart of the service.
#[derive(Debug)]
pub struct Watch {
    service: Option<Service>,
    known: Vec<ReaderState>,
    pending: VecDeque<Change>,
    lost: bool,
    stop: Arc<Stop>,
}

#[derive(Debug, Default)]
struct Stop {
    stopped: AtomicBool,
    wait: Mutex<Option<crate::transport::pcsc::Canceller>>,
    pause: Condvar,
}

/// Stops a [`Watch`] from another thread.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Stop>);

impl Stopper {
    /// Stops the watch: its next change is none.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        let wait = self.0.wait.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(canceller) = wait.as_ref() {
            canceller.cancel();
        }
        self.0.pause.notify_all();
    }
}

/// A wait is ended this often to look again: a stop that came just before it began, and systems
/// that do not tell of new readers (macOS), are noticed after this time at the latest.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Watch {
    /// Begins to watch; works also while no service is running.
    #[must_use]
    pub fn new() -> Self {
        Self {
            service: None,
            known: Vec::new(),
            pending: VecDeque::new(),
            lost: false,
            stop: Arc::default(),
        }
    }

    /// A handle that stops this watch.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.stop))
    }

    /// Looks once, without waiting; `None` where nothing has changed, or after a stop.
    ///
    /// For programs with a loop of their own, which may not block or start threads.
    pub fn poll(&mut self) -> Option<Change> {
        if self.stop.stopped.load(Ordering::SeqCst) {
            return None;
        }
        if self.pending.is_empty() && self.look(Duration::ZERO).is_err() && !self.lost {
            self.lose();
        }
        self.pending.pop_front()
    }

    fn look(&mut self, most: Duration) -> Result<(), TransportError> {
        let service = match self.service.take() {
            Some(service) => service,
            None => {
                let service = Service::connect()?;
                let mut wait = self
                    .stop
                    .wait
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                *wait = Some(service.canceller());
                service
            }
        };
        let now = service.readers()?;
        if std::mem::take(&mut self.lost) {
            self.pending.push_back(Change::ServiceBack);
        }
        self.pending.extend(changes(&self.known, &now));
        self.known = now;
        if self.pending.is_empty() && !most.is_zero() {
            match service.wait(&self.known, most) {
                Ok(()) | Err(TransportError::Cancelled) => {}
                Err(error) => return Err(error),
            }
        }
        self.service = Some(service);
        Ok(())
    }

    fn lose(&mut self) {
        if !std::mem::replace(&mut self.lost, true) {
            self.pending.extend(changes(&self.known, &[]));
            self.known.clear();
            self.pending.push_back(Change::ServiceLost);
            return;
        }
        let wait = self
            .stop
            .wait
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !self.stop.stopped.load(Ordering::SeqCst) {
            drop(self.stop.pause.wait_timeout(wait, LOOK_AGAIN / 4));
        }
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

impl Iterator for Watch {
    type Item = Change;

    /// Waits for the next change; `None` after a stop.
    fn next(&mut self) -> Option<Change> {
        loop {
            if self.stop.stopped.load(Ordering::SeqCst) {
                return None;
            }
            if let Some(change) = self.pending.pop_front() {
                return Some(change);
            }
            if self.look(LOOK_AGAIN).is_err() {
                self.lose();
            }
        }
    }
}

/// What differs between two looks.
fn changes(before: &[ReaderState], now: &[ReaderState]) -> Vec<Change> {
    let mut changes = Vec::new();
    for old in before {
        let reader = || old.name.clone();
        let new = now.iter().find(|new| new.name == old.name);
        let swapped = new.is_some_and(|new| new.events != old.events);
        let gone = new.is_none_or(|new| new.occupancy == Occupancy::Empty);
        if old.occupancy != Occupancy::Empty && (swapped || gone) {
            changes.push(Change::Removed { reader: reader() });
        }
        if new.is_none() {
            changes.push(Change::Unplugged { reader: reader() });
        }
    }
    for new in now {
        let old = before.iter().find(|old| old.name == new.name);
        if old.is_none() {
            changes.push(Change::Plugged {
                reader: new.name.clone(),
            });
        }
        let same =
            old.is_some_and(|old| old.occupancy != Occupancy::Empty && old.events == new.events);
        if new.occupancy != Occupancy::Empty && !same {
            let atr = match &new.occupancy {
                Occupancy::Card { atr, .. } => atr.clone(),
                Occupancy::Empty | Occupancy::Mute => Vec::new(),
            };
            changes.push(Change::Inserted {
                reader: new.name.clone(),
                atr,
            });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(name: &str, card: bool, events: u32) -> ReaderState {
        let occupancy = if card {
            Occupancy::Card {
                atr: vec![0x3B],
                exclusive: false,
            }
        } else {
            Occupancy::Empty
        };
        ReaderState {
            name: name.into(),
            occupancy,
            events,
            in_use: false,
        }
    }

    fn code(readers: &[ReaderState], choice: &Choice) -> &'static str {
        choose(readers, choice).unwrap_err().code()
    }

    #[test]
    fn one_card_needs_no_choice_and_several_need_one() {
        assert_eq!(code(&[], &Choice::Only), "reader.none");
        let empty = [reader("A", false, 0)];
        assert_eq!(code(&empty, &Choice::Only), "card.none");
        let one = [reader("A", false, 0), reader("B", true, 1)];
        assert_eq!(choose(&one, &Choice::Only).unwrap().name, "B");
        let two = [reader("A", true, 1), reader("B", true, 1)];
        assert_eq!(code(&two, &Choice::Only), "card.several");
    }

    #[test]
    fn names_by_part_and_whole_and_places() {
        let readers = [
            reader("ACS 00 00", false, 0),
            reader("ACS 00", true, 1),
            reader("Sony", true, 1),
        ];
        let name = |text: &str| Choice::Name(text.into());
        assert_eq!(choose(&readers, &name("sony")).unwrap().name, "Sony");
        assert_eq!(
            choose(&readers, &name("ACS 00")).unwrap().name,
            "ACS 00",
            "whole name wins"
        );
        assert_eq!(code(&readers, &name("acs")), "reader.ambiguous");
        assert_eq!(code(&readers, &name("Gemalto")), "reader.unknown");
        assert_eq!(choose(&readers, &Choice::Index(2)).unwrap().name, "Sony");
        assert_eq!(code(&readers, &Choice::Index(3)), "reader.unknown");
    }

    #[test]
    fn changes_are_told_in_order_and_a_quick_swap_is_seen() {
        let plugged = |reader: &str| Change::Plugged {
            reader: reader.into(),
        };
        let inserted = |reader: &str| Change::Inserted {
            reader: reader.into(),
            atr: vec![0x3B],
        };
        let removed = |reader: &str| Change::Removed {
            reader: reader.into(),
        };
        let unplugged = |reader: &str| Change::Unplugged {
            reader: reader.into(),
        };
        let one = [reader("A", true, 1)];
        assert_eq!(changes(&[], &one), [plugged("A"), inserted("A")]);
        assert_eq!(changes(&one, &one), []);
        assert_eq!(
            changes(&one, &[reader("A", true, 3)]),
            [removed("A"), inserted("A")]
        );
        assert_eq!(changes(&one, &[reader("A", false, 2)]), [removed("A")]);
        assert_eq!(
            changes(&one, &[reader("B", false, 0)]),
            [removed("A"), unplugged("A"), plugged("B")]
        );
    }
}
