//! A reader in pcscd: cards for the virtual reader driver vpcd of the vsmartcard project.
//!
//! The driver listens, the card connects. Each message is a two-byte length and so many bytes: one
//! byte is a control message (power off, power on, reset, answer to reset, please), more are a
//! command. Only answers to reset and to commands are sent back. The driver finds out that a card
//! is in by asking for its answer to reset every few hundred milliseconds, with and without power.
//!
//! An answer of no bytes is never sent: the driver then waits for data until its service is killed,
//! and with it every program at the service. A card without power says nothing, and the protocol
//! has no word for that, so the connection ends: the program's command fails, the card leaves and
//! comes back with the next look for a reader.
//!
//! Source: the protocol table in vsmartcard's documentation of `vpcd`; tried with pcscd 1.9.9 and
//! vsmartcard-vpcd 0.8.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
#[cfg(target_os = "linux")]
use std::os::linux::net::TcpStreamExt as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::fault::{Fault, Outcome, Wire};

/// The port at which vpcd's first slot listens; the second slot listens one above.
pub const FIRST_PORT: u16 = 0x8c7b;

/// A card that a front and its owner share.
pub type SharedWire = Arc<Mutex<Wire>>;

/// What happens to a card in a slot, for a line on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The reader has noticed the card.
    Connected,
    /// The reader is gone (pcscd stopped, or a planned fault); the card keeps looking for it.
    Disconnected,
    /// For three seconds nothing has listened at the port: no driver, no slot, or no service.
    NoDriver,
    /// For three seconds the driver has not asked the card for anything: the slot is taken.
    Busy,
    /// The card was lifted by a planned fault and does not come back by itself.
    Lifted,
}

/// A card that is in a vpcd slot, or waits for the slot to appear. Dropping it takes the card out.
#[derive(Debug)]
pub struct Inserted {
    link: Arc<Link>,
    thread: Option<JoinHandle<()>>,
}

/// What both threads know.
#[derive(Debug, Default)]
struct Link {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stop: bool,
    connection: Option<TcpStream>,
    /// A message came. The system connects us also to a driver that is busy with another card.
    noticed: bool,
}

impl Inserted {
    /// Puts a card into the slot that listens at this port of this machine, now or as soon as it
    /// does.
    ///
    /// Returns at once; `report` is called from another thread.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn insert(
        card: SharedWire,
        port: u16,
        report: impl Fn(Event) + Send + 'static,
    ) -> io::Result<Self> {
        let link = Arc::new(Link::default());
        let theirs = Arc::clone(&link);
        let thread = thread::Builder::new()
            .name(format!("vpcd {port}"))
            .spawn(move || run(&card, port, &theirs, &report))?;
        Ok(Self {
            link,
            thread: Some(thread),
        })
    }

    /// Whether the reader has the card at this moment.
    #[must_use]
    pub fn connected(&self) -> bool {
        self.link.state().noticed
    }
}

impl Drop for Inserted {
    fn drop(&mut self) {
        let mut state = self.link.state();
        state.stop = true;
        if let Some(connection) = &state.connection {
            // Wakes the other thread out of its read; that it fails means that it is gone already.
            let _ = connection.shutdown(Shutdown::Both);
        }
        drop(state);
        self.link.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic over there was printed over there.
            let _ = thread.join();
        }
    }
}

impl Link {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, but not longer than for the owner's word to stop; says whether to go on.
    fn wait(&self, time: Duration) -> bool {
        let state = self.state();
        let waited = self
            .changed
            .wait_timeout_while(state, time, |state| !state.stop);
        !waited.unwrap_or_else(PoisonError::into_inner).0.stop
    }

    /// Makes a connection known, so that it can be cut; says whether to use it.
    fn announce(&self, connection: &TcpStream) -> bool {
        let Ok(connection) = connection.try_clone() else {
            return false;
        };
        let mut state = self.state();
        state.connection = Some(connection);
        !state.stop
    }

    fn withdraw(&self) -> bool {
        let mut state = self.state();
        state.connection = None;
        std::mem::take(&mut state.noticed)
    }

    fn notice(&self) -> bool {
        !std::mem::replace(&mut self.state().noticed, true)
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long a reader may take before its absence is told, once.
const PATIENCE: Duration = Duration::from_secs(3);

/// Looks for the reader until told to stop, and serves the card while there is one.
fn run(card: &SharedWire, port: u16, link: &Link, report: &impl Fn(Event)) {
    // Never another machine: whoever reaches the card can use it.
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut pause = FIRST_PAUSE;
    let began = Instant::now();
    let mut told = false;
    while link.wait(Duration::ZERO) {
        if let Ok(mut connection) = TcpStream::connect_timeout(&address, LONGEST_PAUSE)
            && link.announce(&connection)
        {
            // A reader that asks and waits suffers from delayed packets.
            let _ = connection.set_nodelay(true);
            if !told && silent(&connection) {
                told = true;
                report(Event::Busy);
            }
            // A card that comes into a reader has no power yet.
            lock(card).card.power_off();
            let end = serve(card, &mut connection, || {
                if link.notice() {
                    report(Event::Connected);
                }
            });
            lock(card).card.power_off();
            match (end, link.withdraw()) {
                (End::Lifted, _) => return report(Event::Lifted),
                (End::Disconnected, true) if link.wait(Duration::ZERO) => {
                    (pause, told) = (FIRST_PAUSE, true);
                    report(Event::Disconnected);
                }
                (End::Disconnected, _) => {}
            }
        } else if !told && began.elapsed() >= PATIENCE {
            told = true;
            report(Event::NoDriver);
        }
        if !link.wait(pause) {
            break;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    link.withdraw();
}

/// Whether the driver says nothing for so long as a reader may take.
fn silent(connection: &TcpStream) -> bool {
    let waiting = connection.set_read_timeout(Some(PATIENCE));
    let seen = waiting.and_then(|()| connection.peek(&mut [0]));
    // Both kinds mean that the time is over. A connection that cannot wait is read all the same.
    let over = |error: io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        )
    };
    let late = seen.is_err_and(over);
    // Without a limit again; where that fails the next read says so.
    let _ = connection.set_read_timeout(None);
    late
}

enum End {
    Disconnected,
    Lifted,
}

const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const ATR: u8 = 4;

fn serve(card: &SharedWire, connection: &mut TcpStream, notice: impl Fn()) -> End {
    while let Ok(message) = receive(connection) {
        notice();
        let answer = match message.as_slice() {
            [POWER_OFF] => {
                lock(card).card.power_off();
                continue;
            }
            [POWER_ON] => {
                lock(card).card.power_on();
                continue;
            }
            [RESET] => {
                lock(card).card.reset();
                continue;
            }
            // In every state of power: the driver takes silence for an empty slot.
            [ATR] => lock(card).card.atr().to_vec(),
            [] | [_] => continue,
            command => {
                let fault = lock(card).depart(command);
                if let Some(Fault::Delay(delay)) = fault {
                    thread::sleep(delay);
                }
                let mut wire = lock(card);
                let outcome = wire.exchange(command, fault);
                let time = wire.time_of(command, &outcome);
                drop(wire);
                if !time.is_zero() {
                    thread::sleep(time);
                }
                match outcome {
                    Outcome::Answer(answer) => answer,
                    Outcome::Removed | Outcome::ReaderGone => return End::Lifted,
                    // This protocol has no word for either: the card leaves and comes back.
                    Outcome::Lost | Outcome::Reset => return End::Disconnected,
                }
            }
        };
        // A card without power, or a planned fault that cut an answer to nothing.
        if answer.is_empty() || send(connection, &answer).is_err() {
            break;
        }
    }
    End::Disconnected
}

fn receive(connection: &mut TcpStream) -> io::Result<Vec<u8>> {
    // The driver sends length and message apart and waits for our acknowledgement in between,
    // which the system would hold back: measured 50 ms for each command, and 0.3 ms so.
    #[cfg(target_os = "linux")]
    connection.set_quickack(true)?;
    let mut length = [0; 2];
    connection.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    connection.read_exact(&mut message)?;
    Ok(message)
}

fn send(connection: &mut TcpStream, answer: &[u8]) -> io::Result<()> {
    // An extended answer of 65 536 bytes and its status word do not fit; the reader would lose
    // count of the messages.
    let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
    connection.write_all(&[&length.to_be_bytes(), answer].concat())
}

fn lock(card: &SharedWire) -> MutexGuard<'_, Wire> {
    card.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::net::TcpListener;
    use std::sync::mpsc::{self, Receiver};

    use super::*;
    use crate::fault::Plan;
    use crate::os::tests::{SELECT_JPKI, card, persona};

    const WAIT: Duration = Duration::from_secs(20);

    /// A port at which nobody listens, most probably.
    pub(crate) fn free_port() -> u16 {
        listen().local_addr().unwrap().port()
    }

    pub(crate) fn listen() -> TcpListener {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()
    }

    /// A card, its events, and the driver's side of the slot.
    fn slot() -> (Inserted, SharedWire, Receiver<Event>, TcpListener) {
        let driver = listen();
        let wire = Arc::new(Mutex::new(Wire::new(card(&persona()))));
        let (sender, events) = mpsc::channel();
        let report = move |event| sender.send(event).unwrap_or_default();
        let port = driver.local_addr().unwrap().port();
        let inserted = Inserted::insert(Arc::clone(&wire), port, report).unwrap();
        (inserted, wire, events, driver)
    }

    fn accept(driver: &TcpListener) -> TcpStream {
        let (connection, _) = driver.accept().unwrap();
        connection.set_read_timeout(Some(WAIT)).unwrap();
        connection
    }

    fn ask(connection: &mut TcpStream, message: &[u8]) -> Vec<u8> {
        send(connection, message).unwrap();
        receive(connection).unwrap()
    }

    #[test]
    fn the_answer_to_reset_comes_in_every_state_of_power() {
        let (inserted, _, events, driver) = slot();
        let mut reader = accept(&driver);
        assert!(!inserted.connected());
        for control in [None, Some(POWER_ON), Some(RESET), Some(POWER_OFF)] {
            if let Some(control) = control {
                send(&mut reader, &[control]).unwrap();
            }
            assert_eq!(ask(&mut reader, &[ATR]), persona().atr, "{control:?}");
        }
        send(&mut reader, &[POWER_ON]).unwrap();
        assert_eq!(ask(&mut reader, SELECT_JPKI), [0x90, 0x00]);
        assert_eq!(events.recv_timeout(WAIT), Ok(Event::Connected));
        assert!(inserted.connected());
    }

    #[test]
    fn no_empty_answer_is_ever_sent_in_any_state_of_power() {
        let (_inserted, wire, _, driver) = slot();
        let ended = |before: &[u8]| {
            let mut reader = accept(&driver);
            for control in before {
                send(&mut reader, &[*control]).unwrap();
            }
            send(&mut reader, SELECT_JPKI).unwrap();
            let answer = receive(&mut reader);
            assert!(answer.is_err(), "{before:?}: {answer:02X?}");
        };
        ended(&[]);
        ended(&[POWER_ON, POWER_OFF]);
        ended(&[RESET, POWER_OFF]);
        lock(&wire).set_plan(Plan::new().at(1, Fault::Truncate(0)));
        ended(&[POWER_ON]);
        // A reset gives power, as every reader's does.
        let mut reader = accept(&driver);
        send(&mut reader, &[RESET]).unwrap();
        assert_eq!(ask(&mut reader, SELECT_JPKI), [0x90, 0x00]);
    }

    #[test]
    fn the_card_comes_back_when_the_reader_does() {
        let (inserted, _, events, driver) = slot();
        drop(accept(&driver));
        assert_eq!(ask(&mut accept(&driver), &[ATR]), persona().atr);
        assert_eq!(events.recv_timeout(WAIT), Ok(Event::Connected));
        assert_eq!(events.recv_timeout(WAIT), Ok(Event::Disconnected));
        let mut reader = accept(&driver);
        assert_eq!(ask(&mut reader, &[ATR]), persona().atr);
        assert!(inserted.connected());
    }

    #[test]
    fn taking_the_card_out_ends_the_connection() {
        let (inserted, wire, events, driver) = slot();
        let mut reader = accept(&driver);
        send(&mut reader, &[POWER_ON]).unwrap();
        assert_eq!(ask(&mut reader, SELECT_JPKI), [0x90, 0x00]);
        drop(inserted);
        // Nothing was lost: it was taken.
        assert_eq!(events.iter().collect::<Vec<_>>(), [Event::Connected]);
        assert!(receive(&mut reader).is_err());
        assert!(
            lock(&wire).card.execute(SELECT_JPKI).is_empty(),
            "without power"
        );
    }

    #[test]
    fn a_reader_that_does_not_come_is_told_once() {
        let card = || Arc::new(Mutex::new(Wire::new(card(&persona()))));
        let tell = || {
            let (sender, events) = mpsc::channel();
            (move |event| sender.send(event).unwrap_or_default(), events)
        };
        let (report, absent) = tell();
        let _nobody = Inserted::insert(card(), free_port(), report).unwrap();
        // The system takes the connection; nobody accepts it.
        let driver = listen();
        let (report, busy) = tell();
        let port = driver.local_addr().unwrap().port();
        let _waiting = Inserted::insert(card(), port, report).unwrap();
        assert_eq!(absent.recv_timeout(WAIT), Ok(Event::NoDriver));
        assert_eq!(busy.recv_timeout(WAIT), Ok(Event::Busy));
        let mut reader = accept(&driver);
        assert_eq!(ask(&mut reader, &[ATR]), persona().atr);
        assert_eq!(busy.recv_timeout(WAIT), Ok(Event::Connected));
    }

    #[test]
    fn a_card_without_a_reader_stops_at_once() {
        let wire = Arc::new(Mutex::new(Wire::new(card(&persona()))));
        let inserted = Inserted::insert(wire, free_port(), |_| {}).unwrap();
        assert!(!inserted.connected());
        drop(inserted);
    }

    #[test]
    fn a_planned_removal_lifts_the_card_for_good() {
        let (inserted, wire, events, driver) = slot();
        lock(&wire).set_plan(Plan::new().at(1, Fault::Remove));
        let mut reader = accept(&driver);
        send(&mut reader, &[POWER_ON]).unwrap();
        send(&mut reader, SELECT_JPKI).unwrap();
        assert!(receive(&mut reader).is_err());
        assert_eq!(events.recv_timeout(WAIT), Ok(Event::Connected));
        assert_eq!(events.recv_timeout(WAIT), Ok(Event::Lifted));
        assert!(!inserted.connected());
    }
}
