//! Being told to stop: at once while the card holds nothing of ours, else after it has forgotten.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

use crate::exit;

/// The flags that signals set and read.
///
/// The service frees the lock of a program that died with a warm reset only, after which a PIN can
/// still be verified. So from the moment a PIN leaves, a signal only sets `interrupted`; the
/// running exchange is awaited and the card forgets. A second signal ends the program at once.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    interrupted: Arc<AtomicBool>,
    exit_at_once: Arc<AtomicBool>,
    registered: Arc<Mutex<Vec<SigId>>>,
}

impl Signals {
    /// Takes over SIGINT, SIGTERM and SIGHUP.
    pub(crate) fn install() -> io::Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let exit_at_once = Arc::new(AtomicBool::new(true));
        let mut registered = Vec::new();
        let status = exit::status("operation.cancelled").into();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the last line makes the second signal end the program.
            let end = Arc::clone(&exit_at_once);
            registered.push(flag::register_conditional_shutdown(signal, status, end)?);
            registered.push(flag::register(signal, Arc::clone(&interrupted))?);
            registered.push(flag::register(signal, Arc::clone(&exit_at_once))?);
        }
        Ok(Self {
            interrupted,
            exit_at_once,
            registered: Arc::new(Mutex::new(registered)),
        })
    }

    /// Lets go of the signals, for who registers them anew; until then they are ignored.
    pub(crate) fn hand_over(&self) {
        let mut registered = self
            .registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for id in registered.drain(..) {
            low_level::unregister(id);
        }
    }

    /// The flag for a card.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.interrupted)
    }

    /// Whether we were told to stop.
    pub(crate) fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    /// From now on a first signal only sets the flag. After a first one, the next still ends.
    pub(crate) fn hold(&self) {
        self.exit_at_once
            .store(self.interrupted(), Ordering::SeqCst);
    }

    /// Holds a first signal back until what is returned is dropped.
    pub(crate) fn held(&self) -> Held<'_> {
        self.hold();
        Held(self)
    }

    /// From now on a signal ends the program at once.
    pub(crate) fn release(&self) {
        self.exit_at_once.store(true, Ordering::SeqCst);
    }
}

/// While this lives, a first signal does not end the program.
pub(crate) struct Held<'s>(&'s Signals);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}
