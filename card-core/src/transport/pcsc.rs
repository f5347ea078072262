//! Real readers, through the operating system's PC/SC. The only file that names the crate `pcsc`,
//! and long for that reason.
//!
//! What is subtle here was seen with pcscd 1.9.9, and a test goes through the same each time:
//!
//! - A reset by anybody is an event for every connection, our own too. A connection holds only its
//!   last event: a removal hides behind a reset that came later.
//! - Between a reconnect and the transaction another program may come first.
//! - A dying program, or one that disconnects with a reset, frees the card before it is reset.
//! - A card without connections loses its power after one or two looks of pcscd.
//! - A program that disconnects with UNPOWER, as pyscard does by default, leaves the card without
//!   power. A connection made now gives it power again; a reconnect that leaves the card does not,
//!   says success, and from then on new connections fail too. Only a reset gives power back.

use std::ffi::{CStr, CString};
use std::fmt;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pcsc::{Disposition, Protocols, Scope, ShareMode, State};
use zeroize::{Zeroize, Zeroizing};

use super::pinpad::structure;
use super::{
    Entry, Exclusive, Leave, Link, Pinpad, ReaderDescription, Since, Transport, TransportError,
};

/// The smart card service: lists readers, waits for changes, connects.
pub struct Service {
    context: pcsc::Context,
}

/// One reader as the service sees it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderState {
    /// The service's name for it. Its number may change when it is plugged again.
    ///
    /// Names are bytes, Shift_JIS ones among them. A byte that is not part of UTF-8 text is written
    /// `\xHH`, a backslash `\\`: so each name has one text, and [`Service::open`] finds the bytes.
    pub name: String,
    /// What is in it.
    pub occupancy: Occupancy,
    /// Counts insertions and removals, where the service does (pcsc-lite): a card that was taken
    /// out and put back between two looks is seen by it.
    pub events: u32,
    /// Some program is connected to the card, not exclusively.
    pub in_use: bool,
}

/// What is in a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occupancy {
    /// No card.
    Empty,
    /// A card that answered to power on.
    Card {
        /// Its answer to reset.
        atr: Vec<u8>,
        /// Another program holds it exclusively.
        exclusive: bool,
    },
    /// Something that does not answer to power on.
    Mute,
}

/// Ends a wait of [`Service::wait`] from another thread.
#[derive(Clone)]
pub struct Canceller(pcsc::Context);

impl Canceller {
    /// Ends the wait that is going on, if one is; the next one is not affected.
    pub fn cancel(&self) {
        // A service that is gone has ended the wait by itself.
        let _ = self.0.cancel();
    }
}

impl Service {
    /// Connects to the service.
    ///
    /// # Errors
    ///
    /// `service.none`, `service.permission`.
    pub fn connect() -> Result<Self, TransportError> {
        let context = pcsc::Context::establish(Scope::User).map_err(service_error)?;
        Ok(Self { context })
    }

    /// A handle that ends a wait from another thread.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        Canceller(self.context.clone())
    }

    /// Every reader, in the service's order, with what is in it now. Never blocks for a card.
    ///
    /// # Errors
    ///
    /// `service.none` if the service went away; no reader at all is an empty list.
    pub fn readers(&self) -> Result<Vec<ReaderState>, TransportError> {
        let names = match self.context.list_readers_owned() {
            Ok(names) => names,
            Err(pcsc::Error::NoReadersAvailable) => return Ok(Vec::new()),
            Err(error) => return Err(service_error(error)),
        };
        let mut states: Vec<pcsc::ReaderState> = names
            .into_iter()
            .map(|name| pcsc::ReaderState::new(name, State::UNAWARE))
            .collect();
        if states.is_empty() {
            return Ok(Vec::new());
        }
        match self.context.get_status_change(Duration::ZERO, &mut states) {
            Ok(()) | Err(pcsc::Error::Timeout) => {}
            // A reader vanished in between: look again next time.
            Err(pcsc::Error::UnknownReader) => return Ok(Vec::new()),
            Err(error) => return Err(service_error(error)),
        }
        Ok(states.iter().filter_map(seen).collect())
    }

    /// Waits until something differs from `known` (a reader or a card comes or goes).
    ///
    /// Returns at the latest after `most`; a change is then seen by [`Service::readers`]. Readers
    /// plugged in later are seen too.
    ///
    /// # Errors
    ///
    /// `operation.cancelled` by the [`Canceller`], `service.none` if the service went away.
    pub fn wait(&self, known: &[ReaderState], most: Duration) -> Result<(), TransportError> {
        let mut states = vec![pcsc::ReaderState::new(
            pcsc::PNP_NOTIFICATION(),
            State::UNAWARE,
        )];
        for reader in known {
            let Some(name) = bytes_of(&reader.name) else {
                continue;
            };
            // Exactly what the service said: it ends the wait at once over any other word, and
            // a caller that waits in a loop would spin.
            let mut known = match reader.occupancy {
                Occupancy::Empty => State::EMPTY,
                Occupancy::Card { exclusive, .. } if exclusive => State::PRESENT | State::EXCLUSIVE,
                Occupancy::Card { .. } => State::PRESENT,
                Occupancy::Mute => State::PRESENT | State::MUTE,
            };
            known.set(State::INUSE, reader.in_use);
            let counted = State::from_bits_retain((reader.events << 16).into());
            states.push(pcsc::ReaderState::new(name, known | counted));
        }
        match self.context.get_status_change(most, &mut states) {
            Ok(()) | Err(pcsc::Error::Timeout | pcsc::Error::UnknownReader) => Ok(()),
            Err(error) => Err(service_error(error)),
        }
    }

    /// Connects to the card in a reader, shared with other programs.
    ///
    /// # Errors
    ///
    /// `reader.gone`, `card.none`, `card.mute`, `reader.busy` if another program holds it.
    pub fn open(&self, reader: &str) -> Result<PcscCard, TransportError> {
        let name = bytes_of(reader).ok_or(TransportError::ReaderGone)?;
        // Looked at before connecting: a card that is exchanged in between counts as another one.
        // Asking the connection would fail where another program's transaction has just ended.
        let seen = look(&self.context, &name)?;
        let atr = match seen.occupancy {
            Occupancy::Card { atr, .. } => atr,
            Occupancy::Empty => return Err(TransportError::NoCard),
            Occupancy::Mute => return Err(TransportError::Mute),
        };
        // A context of its own: the service serves one question of a context after the other, and
        // connecting can take as long as another program's transaction.
        let context = pcsc::Context::establish(Scope::User).map_err(service_error)?;
        PcscCard::spawn(Opening {
            context,
            name,
            atr,
            insertion: seen.events,
        })
    }

    /// Connects to the card that `seen` showed, and to no other one.
    ///
    /// A connection that is kept for hours keeps the card under power and other programs from
    /// opening it exclusively. So an idle program closes its card and opens the same one again
    /// when it is needed: a PIN that was typed for one card must never reach another.
    ///
    /// # Errors
    ///
    /// `card.removed` if the card was taken out since, also if it or another one was put in again.
    /// Counted by the service (pcsc-lite); after a restart of the service look anew, because it
    /// counts from the beginning. Otherwise as [`Service::open`].
    pub fn open_same(&self, seen: &ReaderState) -> Result<PcscCard, TransportError> {
        let card = match self.open(&seen.name) {
            Err(TransportError::NoCard | TransportError::ReaderGone) => {
                return Err(TransportError::Removed);
            }
            opened => opened?,
        };
        // Counted again behind the connection: between look and connection it may be exchanged.
        let now = look(&self.context, &card.name)?;
        if card.insertion == seen.events && now.events == seen.events {
            Ok(card)
        } else {
            Err(TransportError::Removed)
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canceller")
    }
}

/// Connects, also to a card that another program has left without power.
fn connect(context: &pcsc::Context, reader: &CStr) -> Result<pcsc::Card, pcsc::Error> {
    match context.connect(reader, ShareMode::Shared, Protocols::ANY) {
        Err(error) if error == pcsc::Error::UnpoweredCard || is_mute(error) => {
            // To the reader, which needs no power in the card.
            let mut card = context.connect(reader, ShareMode::Direct, Protocols::UNDEFINED)?;
            match card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::ResetCard) {
                Ok(()) => Ok(card),
                Err(error) => {
                    leave(card);
                    Err(error)
                }
            }
        }
        connected => connected,
    }
}

/// What the service says of a card that does not answer to power on, of one whose answer to reset
/// is broken, and of one that is being reset for a program that died: it tells of such a reset
/// before it is done. One reset more shows which it is.
fn is_mute(error: pcsc::Error) -> bool {
    use pcsc::Error::{ProtoMismatch, UnresponsiveCard, UnsupportedCard};
    [UnresponsiveCard, UnsupportedCard, ProtoMismatch].contains(&error)
}

/// Makes a connection usable after a reset by another program, and gives the card power where that
/// program took it away. That is a reset more, after one that every program is told of already.
fn reconnect(card: &mut pcsc::Card) -> Result<(), pcsc::Error> {
    let mut reconnect = |how| card.reconnect(ShareMode::Shared, Protocols::ANY, how);
    match reconnect(Disposition::LeaveCard) {
        Err(error) if is_mute(error) => return reconnect(Disposition::ResetCard),
        left => left?,
    }
    match card.status2_owned() {
        Ok(status) if status.status().contains(pcsc::Status::POWERED) => Ok(()),
        // Reset again meanwhile: the next begin says so.
        Err(pcsc::Error::ResetCard) => Ok(()),
        Ok(_) | Err(pcsc::Error::UnpoweredCard) => {
            card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::ResetCard)
        }
        Err(error) => Err(error),
    }
}

/// A name as text that says all of its bytes: see [`ReaderState::name`].
fn text_of(name: &CStr) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for chunk in name.to_bytes().utf8_chunks() {
        text += &chunk.valid().replace('\\', r"\\");
        for byte in chunk.invalid() {
            // Writing to a string does not fail.
            let _ = write!(text, r"\x{byte:02X}");
        }
    }
    text
}

/// The bytes of a name that [`text_of`] wrote. A backslash that it would not have written stands
/// for itself.
fn bytes_of(text: &str) -> Option<CString> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let hexadecimal = |digits: &[u8]| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
        (rest, _) = match (first, behind) {
            (b'\\', [b'\\', behind @ ..]) => (behind, bytes.push(b'\\')),
            (b'\\', [b'x', high, low, after @ ..]) => match hexadecimal(&[*high, *low]) {
                Some(byte) => (after, bytes.push(byte)),
                None => (behind, bytes.push(first)),
            },
            _ => (behind, bytes.push(first)),
        };
    }
    CString::new(bytes).ok()
}

/// What is in one reader now.
fn look(context: &pcsc::Context, reader: &CStr) -> Result<ReaderState, TransportError> {
    let mut states = [pcsc::ReaderState::new(reader, State::UNAWARE)];
    match context.get_status_change(Duration::ZERO, &mut states) {
        Ok(()) | Err(pcsc::Error::Timeout) => {}
        Err(error) => return Err(service_error(error)),
    }
    let [state] = &states;
    seen(state).ok_or(TransportError::ReaderGone)
}

fn seen(state: &pcsc::ReaderState) -> Option<ReaderState> {
    let event = state.event_state();
    if event.intersects(State::UNKNOWN | State::IGNORE) {
        return None;
    }
    let occupancy = if event.contains(State::PRESENT | State::MUTE) {
        Occupancy::Mute
    } else if event.contains(State::PRESENT) {
        let exclusive = event.contains(State::EXCLUSIVE);
        Occupancy::Card {
            atr: state.atr().to_vec(),
            exclusive,
        }
    } else {
        Occupancy::Empty
    };
    let name = text_of(state.name());
    Some(ReaderState {
        name,
        occupancy,
        events: state.event_count(),
        in_use: event.contains(State::INUSE),
    })
}

/// A card in a real reader.
///
/// A thread of its own holds the connection: `SCardBeginTransaction` cannot be interrupted and
/// knows no limit, so the caller waits for the thread instead. A wait that is given up leaves the
/// thread behind in the call; as soon as the other program lets go, it ends its transaction without
/// a command. That costs one thread and one connection to the service for each card so left, until
/// then, and two thread switches for each exchange always.
pub struct PcscCard {
    name: CString,
    /// The service's count of insertions and removals when this card was looked at.
    insertion: u32,
    /// `None` only while being dropped.
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
    /// A transaction that [`Transport::wait_turn`] has begun.
    granted: Option<(Reader, Since)>,
    /// The thread may still be inside a begin that was given up.
    left_behind: bool,
    removed: bool,
}

enum Request {
    /// A reply that is not taken ends the transaction.
    Begin(SyncSender<Result<(Reader, Since), TransportError>>),
    /// With an entry, its PIN is typed on the reader.
    Transmit(
        Zeroizing<Vec<u8>>,
        Option<Entry>,
        SyncSender<Result<Zeroizing<Vec<u8>>, TransportError>>,
    ),
    End(Leave, SyncSender<Result<(), TransportError>>),
}

/// What a window speaks to, and how its keypad is called.
#[derive(Clone)]
struct Reader {
    link: Link,
    keys: Keys,
}

/// Control codes of PC/SC part 10 that the reader has.
#[derive(Clone, Copy, Default)]
struct Keys {
    verify: Option<u32>,
    modify: Option<u32>,
}

/// How often a wait looks whether to go on.
const LOOK: Duration = Duration::from_millis(50);

/// Connecting takes a few milliseconds, or much more: a card that is powered on may take a second.
const CONNECTING: Duration = Duration::from_secs(2);

impl PcscCard {
    /// Connects in a thread. Where the service lets that wait for another program's transaction,
    /// as pcscd 1.9.9 does, the wait and its end are left to the first begin.
    fn spawn(opening: Opening) -> Result<Self, TransportError> {
        const NO_MEMORY: u32 = 0x8010_0006;
        let (requests, received) = mpsc::channel();
        let (connected, connecting) = mpsc::sync_channel(1);
        let (name, insertion) = (opening.name.clone(), opening.insertion);
        let thread = thread::Builder::new()
            .name("card".into())
            .spawn(move || opening.run(&connected, &received))
            .map_err(|_| TransportError::Other { code: NO_MEMORY })?;
        let left_behind = match connecting.recv_timeout(CONNECTING) {
            Ok(connected) => {
                connected?;
                false
            }
            Err(_) => true,
        };
        Ok(Self {
            name,
            insertion,
            requests: Some(requests),
            thread: Some(thread),
            granted: None,
            left_behind,
            removed: false,
        })
    }

    /// Asks the thread something and waits for its reply. A thread that is gone counts as a reader
    /// that is.
    fn ask<T>(
        &mut self,
        request: impl FnOnce(SyncSender<Result<T, TransportError>>) -> Request,
    ) -> Result<T, TransportError> {
        let (reply, replied) = mpsc::sync_channel(1);
        if let Some(requests) = &self.requests {
            // If it cannot be sent, the reply is dropped with it.
            let _ = requests.send(request(reply));
        }
        let done = replied.recv().unwrap_or(Err(TransportError::ReaderGone));
        self.note(&done);
        done
    }

    fn note<T>(&mut self, done: &Result<T, TransportError>) {
        self.removed |= done.as_ref().is_err_and(|error| is_final(*error));
    }
}

impl Transport for PcscCard {
    fn wait_turn(&mut self, go_on: &mut dyn FnMut(Duration) -> bool) -> Result<(), TransportError> {
        if self.removed {
            return Err(TransportError::Removed);
        }
        if self.granted.is_some() {
            return Ok(());
        }
        let began = Instant::now();
        // Without a place in it: the thread knows whether its transaction was taken.
        let (reply, replied) = mpsc::sync_channel(0);
        if let Some(requests) = &self.requests {
            let _ = requests.send(Request::Begin(reply));
        }
        let begun = loop {
            match replied.recv_timeout(LOOK) {
                Ok(begun) => break begun,
                Err(RecvTimeoutError::Disconnected) => break Err(TransportError::ReaderGone),
                Err(RecvTimeoutError::Timeout) if go_on(began.elapsed()) => {}
                Err(RecvTimeoutError::Timeout) => {
                    self.left_behind = true;
                    return Err(TransportError::Busy);
                }
            }
        };
        self.left_behind = false;
        self.note(&begun);
        self.granted = Some(begun?);
        Ok(())
    }

    fn begin(&mut self) -> Result<(Box<dyn Exclusive + '_>, Since), TransportError> {
        self.wait_turn(&mut |_| true)?;
        let (reader, since) = self.granted.take().ok_or(TransportError::Removed)?;
        let window = Window {
            card: self,
            reader,
            ended: false,
        };
        Ok((Box::new(window), since))
    }

    fn description(&self) -> ReaderDescription {
        ReaderDescription {
            name: text_of(&self.name),
            simulated: false,
        }
    }
}

/// A card that is being connected to.
struct Opening {
    context: pcsc::Context,
    name: CString,
    atr: Vec<u8>,
    insertion: u32,
}

impl Opening {
    fn run(self, connected: &SyncSender<Result<(), TransportError>>, requests: &Receiver<Request>) {
        let done = connect(&self.context, &self.name).map_err(card_error);
        let connection = match done {
            Ok(card) => Connection {
                card,
                reader: Reader {
                    link: Link {
                        atr: self.atr,
                        largest_apdu: None,
                    },
                    keys: Keys::default(),
                },
                asked: false,
                context: self.context,
                name: self.name,
                insertion: self.insertion,
                left_by_us: false,
                stale: false,
                untold: false,
                buffer: Zeroizing::new(vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED]),
            },
            Err(error) => {
                let _ = connected.send(Err(error));
                // Where opening did not wait so long, each begin says it.
                for request in requests {
                    if let Request::Begin(reply) = request {
                        let _ = reply.send(Err(error));
                    }
                }
                return;
            }
        };
        let changed = look(&connection.context, &connection.name)
            .map_or(true, |now| now.events != connection.insertion);
        if connected.send(Ok(())).is_err() && changed {
            // Exchanged while opening was waiting: not the card that was meant.
            leave(connection.card);
            for request in requests {
                if let Request::Begin(reply) = request {
                    let _ = reply.send(Err(TransportError::Removed));
                }
            }
            return;
        }
        connection.run(requests);
    }
}

/// The card as its thread has it.
struct Connection {
    card: pcsc::Card,
    reader: Reader,
    /// Whether the reader was asked for its largest APDU and its keypad.
    asked: bool,
    context: pcsc::Context,
    name: CString,
    /// The service's count of insertions and removals while this card is in.
    insertion: u32,
    /// We reset or unpowered the card ourselves: its next reset report is our own echo. A reset by
    /// another program before our next window hides behind it; there was nothing left to lose.
    left_by_us: bool,
    /// The card was reset after we connected and no event told of it: only a reconnect helps.
    stale: bool,
    /// A reset that a transaction was told of which was not taken.
    untold: bool,
    /// Holds any answer, so that none is lost for want of room.
    buffer: Zeroizing<Vec<u8>>,
}

impl Connection {
    /// Serves requests until their sender is gone, and leaves the card as it is.
    fn run(mut self, requests: &Receiver<Request>) {
        while let Ok(request) = requests.recv() {
            // A refused reply means that it is not waited for any more.
            match request {
                Request::Begin(reply) => self.window(requests, &reply),
                Request::Transmit(_, _, reply) => drop(reply.send(Err(TransportError::Removed))),
                Request::End(_, reply) => drop(reply.send(Ok(()))),
            }
        }
        leave(self.card);
    }

    /// One transaction, if it is wanted still when it has begun.
    fn window(
        &mut self,
        requests: &Receiver<Request>,
        reply: &SyncSender<Result<(Reader, Since), TransportError>>,
    ) {
        let Self {
            card,
            reader,
            asked,
            context,
            name,
            insertion: ours,
            left_by_us,
            stale,
            untold,
            buffer,
        } = self;
        let same = || match look(context, name)?.events {
            now if now == *ours => Ok(()),
            _ => Err(TransportError::Removed),
        };
        let (transaction, since) = match begin(card, std::mem::take(left_by_us), stale, same) {
            Ok(begun) => begun,
            Err(error) => {
                // A card was in when this connection was made.
                let gone = error == TransportError::NoCard;
                let error = if gone { TransportError::Removed } else { error };
                return drop(reply.send(Err(error)));
            }
        };
        *untold |= since == Since::Reset;
        // Inside a transaction: outside, it would wait for another program's.
        if !std::mem::replace(asked, true) {
            ask(&transaction, reader);
        }
        let since = if *untold {
            Since::Reset
        } else {
            Since::Unchanged
        };
        if reply.send(Ok((reader.clone(), since))).is_err() {
            // Given up meanwhile. Dropping the transaction leaves the card as it is.
            return;
        }
        *untold = false;
        while let Ok(request) = requests.recv() {
            match request {
                Request::Begin(reply) => drop(reply.send(Err(TransportError::Busy))),
                Request::Transmit(command, None, reply) => {
                    drop(reply.send(transmit(&transaction, &command, stale, buffer)));
                }
                Request::Transmit(command, Some(entry), reply) => {
                    let answer = enter(&transaction, &command, entry, reader.keys);
                    drop(reply.send(answer));
                }
                Request::End(how, reply) => {
                    *left_by_us = how != Leave::AsIs;
                    let _ = reply.send(end(transaction, how));
                    return;
                }
            }
        }
    }
}

fn transmit(
    transaction: &pcsc::Card,
    command: &[u8],
    stale: &mut bool,
    buffer: &mut Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, TransportError> {
    let answer = match transaction.transmit(command, buffer) {
        Ok(answer) => Zeroizing::new(answer.to_vec()),
        Err(pcsc::Error::ProtoMismatch) => {
            // Nothing was sent: since a reset the card speaks no protocol. Seen where another
            // program dies or disconnects with a reset: pcscd 1.9.9 tells of that reset and frees
            // the card first, and does it then.
            *stale = true;
            return Err(TransportError::Reset);
        }
        Err(error) => return Err(transmit_error(error)),
    };
    if let Some(used) = buffer.get_mut(..answer.len()) {
        used.zeroize();
    }
    if answer.len() < 2 {
        Err(TransportError::AnswerLost)
    } else {
        Ok(answer)
    }
}

fn end(transaction: pcsc::Transaction<'_>, leave: Leave) -> Result<(), TransportError> {
    let disposition = match leave {
        Leave::AsIs => Disposition::LeaveCard,
        Leave::Reset => Disposition::ResetCard,
        Leave::PowerOff => Disposition::UnpowerCard,
    };
    transaction
        .end(disposition)
        .map_err(|(_, error)| card_error(error))
}

/// A begin meets this many resets at most. Each is the end of another program's transaction, so
/// only a reader that never stops reporting resets comes so far.
const MOST_RESETS: usize = 100;

/// Begins a transaction; each reset that happened meanwhile needs a reconnect.
///
/// Between reconnect and transaction others may come first, and theirs may end in a reset again.
///
/// The service remembers only the last event of a connection: behind a reset there may have been a
/// removal and an insertion, and `reconnect` takes any card. So `same` looks whether it is ours
/// still; what happens to the card after the reconnect is an event again.
fn begin<'c>(
    mut card: &'c mut pcsc::Card,
    mut left_by_us: bool,
    stale: &mut bool,
    same: impl Fn() -> Result<(), TransportError>,
) -> Result<(pcsc::Transaction<'c>, Since), TransportError> {
    let mut since = Since::Unchanged;
    for _ in 0..MOST_RESETS {
        if *stale {
            since = Since::Reset;
        } else {
            card = match card.transaction2() {
                Ok(transaction) => return Ok((transaction, since)),
                Err((card, pcsc::Error::ResetCard | pcsc::Error::UnpoweredCard)) => card,
                Err((_, error)) => return Err(card_error(error)),
            };
            // The first one may be the echo of our own.
            if !std::mem::take(&mut left_by_us) {
                since = Since::Reset;
            }
        }
        reconnect(card).map_err(card_error)?;
        *stale = false;
        same()?;
    }
    Err(TransportError::Reset)
}

impl Drop for PcscCard {
    fn drop(&mut self) {
        self.requests = None;
        match self.thread.take() {
            // Then the connection is closed before the next one is made.
            Some(thread) if !self.left_behind => drop(thread.join()),
            _ => {}
        }
    }
}

impl fmt::Debug for PcscCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PcscCard")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Disconnects and leaves the card as it is. Dropping a `pcsc::Card` would reset it.
fn leave(card: pcsc::Card) {
    if let Err((card, _)) = card.disconnect(Disposition::LeaveCard) {
        // Not connected any more: dropping it can reset nothing.
        drop(card);
    }
}

struct Window<'c> {
    card: &'c mut PcscCard,
    reader: Reader,
    ended: bool,
}

impl Exclusive for Window<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let command = Zeroizing::new(command.to_vec());
        self.card
            .ask(|reply| Request::Transmit(command, None, reply))
    }

    fn link(&self) -> Link {
        self.reader.link.clone()
    }

    fn pinpad(&self) -> Pinpad {
        Pinpad {
            verify: self.reader.keys.verify.is_some(),
            modify: self.reader.keys.modify.is_some(),
        }
    }

    fn enter(
        &mut self,
        command: &[u8],
        entry: Entry,
    ) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let command = Zeroizing::new(command.to_vec());
        self.card
            .ask(|reply| Request::Transmit(command, Some(entry), reply))
    }

    fn end(mut self: Box<Self>, leave: Leave) -> Result<(), TransportError> {
        self.ended = true;
        self.card.ask(|reply| Request::End(leave, reply))
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.card.ask(|reply| Request::End(Leave::AsIs, reply));
        }
    }
}

fn is_final(error: TransportError) -> bool {
    matches!(
        error,
        TransportError::Removed | TransportError::ReaderGone | TransportError::NoCard
    )
}

/// Lets the reader ask for a PIN, by PC/SC part 10. Whatever goes wrong on the way, the card may have
/// acted, unless the driver says that it cannot do this.
fn enter(
    transaction: &pcsc::Card,
    command: &[u8],
    entry: Entry,
    keys: Keys,
) -> Result<Zeroizing<Vec<u8>>, TransportError> {
    let code = match entry {
        Entry::Current { .. } => keys.verify,
        Entry::New { .. } => keys.modify,
    };
    let unsupported = pcsc::Error::UnsupportedFeature;
    let code = code.ok_or(service_error(unsupported))?;
    let mut buffer = [0; 264];
    match transaction.control(code.into(), &structure(command, entry), &mut buffer) {
        Ok(answer) if answer.len() >= 2 => Ok(Zeroizing::new(answer.to_vec())),
        Ok(_) => Err(TransportError::AnswerLost),
        Err(error) if error == unsupported => Err(service_error(error)),
        Err(error) => Err(transmit_error(error)),
    }
}

/// Asks the reader for its features by PC/SC part 10: keypad, and the largest APDU.
///
/// Anything odd on the way announces nothing; readers differ widely here.
fn ask(card: &pcsc::Card, reader: &mut Reader) {
    const FEATURE_VERIFY_PIN_DIRECT: u8 = 0x06;
    const FEATURE_MODIFY_PIN_DIRECT: u8 = 0x07;
    const FEATURE_GET_TLV_PROPERTIES: u8 = 0x12;
    let mut buffer = [0; 264];
    // CM_IOCTL_GET_FEATURE_REQUEST.
    let request = pcsc::ctl_code(3400);
    let Ok(features) = card.control(request, &[], &mut buffer) else {
        return;
    };
    let code = |feature| {
        let code = property(features, feature)?;
        Some(u32::from_be_bytes(code.try_into().ok()?))
    };
    reader.keys = Keys {
        verify: code(FEATURE_VERIFY_PIN_DIRECT),
        modify: code(FEATURE_MODIFY_PIN_DIRECT),
    };
    reader.link.largest_apdu =
        code(FEATURE_GET_TLV_PROPERTIES).and_then(|code| largest_apdu(card, code));
}

/// The largest APDU: property `0A` behind GET_TLV_PROPERTIES.
fn largest_apdu(card: &pcsc::Card, code: u32) -> Option<usize> {
    const LARGEST_APDU: u8 = 0x0A;
    let mut buffer = [0; 264];
    let properties = card.control(code.into(), &[], &mut buffer).ok()?;
    let value = property(properties, LARGEST_APDU)?;
    let size = u32::from_le_bytes(value.try_into().ok()?);
    // Zero means short APDUs only; 1 to 256 are not allowed.
    usize::try_from(size).ok().filter(|size| *size > 256)
}

/// Finds a tag in a run of one-byte tags and lengths.
fn property(mut bytes: &[u8], wanted: u8) -> Option<&[u8]> {
    while let [tag, length, rest @ ..] = bytes {
        let value = rest.get(..usize::from(*length))?;
        if *tag == wanted {
            return Some(value);
        }
        bytes = rest.get(usize::from(*length)..)?;
    }
    None
}

fn service_error(error: pcsc::Error) -> TransportError {
    use pcsc::Error as E;
    match error {
        E::NoService | E::ServiceStopped | E::InvalidHandle | E::CommError | E::Shutdown => {
            TransportError::NoService
        }
        E::SecurityViolation => TransportError::NoPermission,
        E::NoReadersAvailable => TransportError::NoReader,
        E::UnknownReader | E::ReaderUnavailable => TransportError::ReaderGone,
        E::NoSmartcard => TransportError::NoCard,
        E::Cancelled => TransportError::Cancelled,
        error => TransportError::Other {
            code: number(error),
        },
    }
}

fn card_error(error: pcsc::Error) -> TransportError {
    use pcsc::Error as E;
    match error {
        E::RemovedCard => TransportError::Removed,
        E::ResetCard => TransportError::Reset,
        E::UnpoweredCard => TransportError::PowerLost,
        error if is_mute(error) => TransportError::Mute,
        E::SharingViolation => TransportError::Busy,
        // The handle died with the service or with the reader.
        E::InvalidHandle => TransportError::ReaderGone,
        error => service_error(error),
    }
}

/// A failure while a command was on its way: unless the card is known to be away, it may have
/// acted, so the answer counts as lost.
fn transmit_error(error: pcsc::Error) -> TransportError {
    match card_error(error) {
        TransportError::Other { .. } | TransportError::Mute => TransportError::AnswerLost,
        known => known,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "codes have 32 bits"
)]
fn number(error: pcsc::Error) -> u32 {
    error as i64 as u32
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;

    use super::{bytes_of, property, text_of};

    #[test]
    fn names_are_bytes_and_each_has_one_text() {
        for (bytes, text) in [
            (&b"ACS ACR39U [CCID] 00 00"[..], "ACS ACR39U [CCID] 00 00"),
            ("リーダー 00".as_bytes(), "リーダー 00"),
            // In Shift_JIS; the second byte of one of its characters is a backslash.
            (b"\x83\x4a\x81\x5b\x83\x5c 00", r"\x83J\x81[\x83\\ 00"),
            (br"\x83", r"\\x83"),
        ] {
            let name = CString::new(bytes).unwrap();
            assert_eq!(text_of(&name), text);
            assert_eq!(bytes_of(text), Some(name));
        }
        assert_eq!(bytes_of("a\0b"), None);
        assert_eq!(bytes_of(r"a\b\xZZ\").unwrap().as_bytes(), br"a\b\xZZ\");
    }

    #[test]
    fn properties_are_found_or_not() {
        let bytes = [0x01, 0x01, 0xAA, 0x0A, 0x04, 0x08, 0x00, 0x01, 0x00];
        assert_eq!(property(&bytes, 0x0A), Some(&[0x08, 0x00, 0x01, 0x00][..]));
        assert_eq!(property(&bytes, 0x0B), None);
        assert_eq!(property(&bytes[..6], 0x0A), None, "cut");
        assert_eq!(property(&[], 0x0A), None);
    }
}
