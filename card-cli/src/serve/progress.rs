//! Progress of a request, told to the client.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::events::Progress;
use super::shared::Shared;
use crate::progress::Meter;

/// One step: tells its end, and at most ten times a second what is done.
pub(super) struct Telling {
    to: To,
    event: Progress,
    told: Instant,
}

enum To {
    Client(Arc<Shared>),
    /// A thread that writes. While the card signs, a client that does not read must not keep the
    /// card's PIN verified.
    Thread(Option<(mpsc::Sender<Progress>, JoinHandle<()>)>),
}

impl Telling {
    /// Begins a step. One `inside` a transaction never waits for the client, but its end does.
    pub(super) fn new(shared: &Arc<Shared>, event: Progress, inside: bool) -> Self {
        let to = match inside {
            false => To::Client(Arc::clone(shared)),
            true => {
                let (sender, events) = mpsc::channel();
                let shared = Arc::clone(shared);
                let writer = thread::spawn(move || {
                    for event in events {
                        shared.tell(&event);
                    }
                });
                To::Thread(Some((sender, writer)))
            }
        };
        Self {
            to,
            event,
            told: Instant::now(),
        }
    }
}

impl Meter for Telling {
    fn add(&mut self, more: u64) {
        self.event.done += more;
        let ended = more > 0 && self.event.done == self.event.total;
        if !ended && self.told.elapsed() < PAUSE {
            return;
        }
        self.told = Instant::now();
        match &self.to {
            To::Client(shared) => shared.tell(&self.event),
            To::Thread(Some((sender, _))) => {
                // The thread lives as long as this.
                let _ = sender.send(self.event.clone());
            }
            To::Thread(None) => {}
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        if let To::Thread(thread) = &mut self.to
            && let Some((sender, writer)) = thread.take()
        {
            drop(sender);
            // What it wrote comes before what follows.
            let _ = writer.join();
        }
    }
}

/// Between two events of one step.
const PAUSE: Duration = Duration::from_millis(100);
