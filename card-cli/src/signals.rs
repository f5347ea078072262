//! Signal handling: exit at once, or after a power-off if a PIN was presented.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals as Arrivals};
use signal_hook::{SigId, flag, low_level};

use crate::exit;

/// The flags that signals set and read.
///
/// The service frees the lock of a program that died with a warm reset only, after which a PIN can
/// still be verified. So from the moment a PIN leaves, a signal only sets `interrupted`; the
/// running exchange is awaited and the security status of the card is reset. A second signal ends
/// the program at once.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    interrupted: Arc<AtomicBool>,
    held: Arc<AtomicBool>,
    /// A signal came while it was held back: the work under way ends the program.
    left_to_work: Arc<AtomicBool>,
    registered: Arc<Mutex<Vec<SigId>>>,
    arrivals: Handle,
}

impl Signals {
    /// Takes over SIGINT, SIGTERM and SIGHUP. Where one ends the program at once, `farewell` is
    /// said on standard error, on a line of its own.
    pub(crate) fn install(farewell: String) -> io::Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let again = Arc::new(AtomicBool::new(false));
        let mut registered = Vec::new();
        let status = exit::status("operation.cancelled").into();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the last line makes the second signal end the program.
            let end = Arc::clone(&again);
            registered.push(flag::register_conditional_shutdown(signal, status, end)?);
            registered.push(flag::register(signal, Arc::clone(&interrupted))?);
            registered.push(flag::register(signal, Arc::clone(&again))?);
        }
        // A thread, because a signal handler can say nothing; a file of its own, because the work
        // that is ended may hold the lock of standard error.
        let mut arrivals = Arrivals::new([SIGINT, SIGTERM, SIGHUP])?;
        let mut stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
        let signals = Self {
            interrupted,
            held: Arc::default(),
            left_to_work: Arc::default(),
            registered: Arc::new(Mutex::new(registered)),
            arrivals: arrivals.handle(),
        };
        let seen = signals.clone();
        thread::Builder::new().spawn(move || {
            for _ in arrivals.forever() {
                if !seen.held.load(Ordering::SeqCst) && !seen.left_to_work.load(Ordering::SeqCst) {
                    // Whoever closed standard error wants no farewell.
                    let _ = stderr.write_all(line(&farewell).as_bytes());
                    low_level::exit(status);
                }
            }
        })?;
        Ok(signals)
    }

    /// Lets go of the signals, for who registers them anew; until then they are ignored.
    pub(crate) fn hand_over(&self) {
        self.arrivals.close();
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

    /// Whether the work under way has to stop; otherwise a signal ends the program by itself.
    pub(crate) fn stops_work(&self) -> bool {
        let left = || self.held.load(Ordering::SeqCst) || self.left_to_work.load(Ordering::SeqCst);
        self.interrupted() && left()
    }

    /// From now on a first signal only sets the flag; the next one still ends the program.
    pub(crate) fn hold(&self) {
        self.held.store(true, Ordering::SeqCst);
    }

    /// Holds a first signal back until what is returned is dropped.
    pub(crate) fn held(&self) -> Held {
        self.hold();
        Held(self.clone())
    }

    /// From now on a signal ends the program at once.
    pub(crate) fn release(&self) {
        if self.interrupted() {
            self.left_to_work.store(true, Ordering::SeqCst);
        }
        self.held.store(false, Ordering::SeqCst);
    }
}

/// A text in place of what a terminal shows on the line: a question, a progress bar, `^C`.
fn line(text: &str) -> String {
    let dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
    match (io::stderr().is_terminal(), dumb) {
        (true, false) => format!("\r\x1b[K{text}\n"),
        (true, true) => format!("\n{text}\n"),
        (false, _) => format!("{text}\n"),
    }
}

/// While this lives, a first signal does not end the program.
pub(crate) struct Held(Signals);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.release();
    }
}
