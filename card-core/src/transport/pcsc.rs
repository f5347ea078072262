//! Real readers, through the operating system's PC/SC. The only file that names the crate `pcsc`,
//! and long for that reason.
//!
//! What is subtle here was seen with pcscd 1.9.9, and a test goes through the same each time:
//!
//! - A reset by anybody is an event for every connection, our own too. A connection holds only its
//!   last event: a removal hides behind a reset that came later.
//! - Between a reconnect and the transaction another program may come first.
//! - A dying program, or one that disconnects with a reset, frees the card before it is reset.
//! - A card to which nobody is connected loses its power after one or two looks of pcscd.
//! - A program that disconnects with UNPOWER, as pyscard does by default, leaves the card without
//!   power. A connection made now gives it power again; a reconnect that leaves the card does not,
//!   says success, and from then on new connections fail too. Only a reset gives power back.

use std::ffi::{CStr, CString};
use std::fmt;
use std::time::Duration;

use pcsc::{Disposition, Protocols, Scope, ShareMode, State};
use zeroize::{Zeroize, Zeroizing};

use super::{Exclusive, Leave, Link, ReaderDescription, Since, Transport, TransportError};

/// The smart card service: lists readers, waits for changes, connects.
pub struct Service {
    context: pcsc::Context,
}

/// One reader as the service sees it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderState {
    /// The service's name for it. Its number may change when it is plugged again.
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
            let Ok(name) = CString::new(reader.name.as_bytes()) else {
                continue;
            };
            // Exactly what the service said: it ends the wait at once over any other word, and
            // whoever waits again and again would spin.
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
        let name = CString::new(reader).map_err(|_| TransportError::ReaderGone)?;
        // Looked at before connecting: a card that is exchanged in between counts as another one.
        // Asking the connection would fail where another program's transaction has just ended.
        let seen = look(&self.context, &name)?;
        let atr = match seen.occupancy {
            Occupancy::Card { atr, .. } => atr,
            Occupancy::Empty => return Err(TransportError::NoCard),
            Occupancy::Mute => return Err(TransportError::Mute),
        };
        let card = connect(&self.context, &name).map_err(card_error)?;
        let largest_apdu = largest_apdu(&card);
        Ok(PcscCard {
            card: Some(card),
            link: Link { atr, largest_apdu },
            context: self.context.clone(),
            name,
            insertion: seen.events,
            left_by_us: false,
            stale: false,
            removed: false,
            buffer: Zeroizing::new(vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED]),
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
        Err(pcsc::Error::UnpoweredCard) => {
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

/// Makes a connection usable after a reset by another program, and gives the card power where that
/// program took it away. That is a reset more, after one that every program is told of already.
fn reconnect(card: &mut pcsc::Card) -> Result<(), pcsc::Error> {
    card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::LeaveCard)?;
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
    let name = state.name().to_string_lossy().into_owned();
    Some(ReaderState {
        name,
        occupancy,
        events: state.event_count(),
        in_use: event.contains(State::INUSE),
    })
}

/// A card in a real reader.
pub struct PcscCard {
    /// `None` only while being dropped.
    card: Option<pcsc::Card>,
    link: Link,
    context: pcsc::Context,
    name: CString,
    /// The service's count of insertions and removals while this card is in.
    insertion: u32,
    /// We reset or unpowered the card ourselves: its next reset report is our own echo. A reset by
    /// somebody else before our next window hides behind it; there was nothing left to lose.
    left_by_us: bool,
    /// The card was reset after we connected and no event told of it: only a reconnect helps.
    stale: bool,
    removed: bool,
    /// Holds any answer, so that none is lost for want of room.
    buffer: Zeroizing<Vec<u8>>,
}

impl Transport for PcscCard {
    fn begin(&mut self) -> Result<(Box<dyn Exclusive + '_>, Since), TransportError> {
        if self.removed {
            return Err(TransportError::Removed);
        }
        let Self {
            card,
            link,
            context,
            name,
            insertion: ours,
            left_by_us,
            stale,
            removed,
            buffer,
        } = self;
        let card = card.as_mut().ok_or(TransportError::Removed)?;
        let same = || match look(context, name)?.events {
            now if now == *ours => Ok(()),
            _ => Err(TransportError::Removed),
        };
        let (transaction, since) = match begin(card, std::mem::take(left_by_us), stale, same) {
            Ok(begun) => begun,
            Err(error) => {
                *removed |= is_final(error);
                // A card was in when this connection was made.
                let gone = error == TransportError::NoCard;
                return Err(if gone { TransportError::Removed } else { error });
            }
        };
        let window = Window {
            transaction: Some(transaction),
            link,
            left_by_us,
            stale,
            removed,
            buffer,
        };
        Ok((Box::new(window), since))
    }

    fn description(&self) -> ReaderDescription {
        ReaderDescription {
            name: self.name.to_string_lossy().into_owned(),
            simulated: false,
        }
    }
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
        if let Some(card) = self.card.take() {
            leave(card);
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
    /// `None` only after `end`.
    transaction: Option<pcsc::Transaction<'c>>,
    link: &'c Link,
    left_by_us: &'c mut bool,
    stale: &'c mut bool,
    removed: &'c mut bool,
    buffer: &'c mut Zeroizing<Vec<u8>>,
}

impl Exclusive for Window<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let transaction = self.transaction.as_ref().ok_or(TransportError::Removed)?;
        let answer = match transaction.transmit(command, self.buffer) {
            Ok(answer) => Zeroizing::new(answer.to_vec()),
            Err(pcsc::Error::ProtoMismatch) => {
                // Nothing was sent: since a reset the card speaks no protocol. Seen where another
                // program dies or disconnects with a reset: pcscd 1.9.9 tells of that reset and
                // frees the card first, and does it then.
                *self.stale = true;
                return Err(TransportError::Reset);
            }
            Err(error) => {
                let failed = transmit_error(error);
                *self.removed |= is_final(failed);
                return Err(failed);
            }
        };
        if let Some(used) = self.buffer.get_mut(..answer.len()) {
            used.zeroize();
        }
        if answer.len() < 2 {
            Err(TransportError::AnswerLost)
        } else {
            Ok(answer)
        }
    }

    fn link(&self) -> Link {
        self.link.clone()
    }

    fn end(mut self: Box<Self>, leave: Leave) -> Result<(), TransportError> {
        let Some(transaction) = self.transaction.take() else {
            return Ok(());
        };
        *self.left_by_us = leave != Leave::AsIs;
        let disposition = match leave {
            Leave::AsIs => Disposition::LeaveCard,
            Leave::Reset => Disposition::ResetCard,
            Leave::PowerOff => Disposition::UnpowerCard,
        };
        transaction.end(disposition).map_err(|(_, error)| {
            let failed = card_error(error);
            *self.removed |= is_final(failed);
            failed
        })
    }
}

fn is_final(error: TransportError) -> bool {
    matches!(
        error,
        TransportError::Removed | TransportError::ReaderGone | TransportError::NoCard
    )
}

/// The largest APDU by PC/SC part 10, property `0A` behind GET_TLV_PROPERTIES.
///
/// Anything odd on the way announces nothing; readers differ widely here.
fn largest_apdu(card: &pcsc::Card) -> Option<usize> {
    const FEATURE_GET_TLV_PROPERTIES: u8 = 0x12;
    const LARGEST_APDU: u8 = 0x0A;
    let mut buffer = [0; 264];
    // CM_IOCTL_GET_FEATURE_REQUEST.
    let request = pcsc::ctl_code(3400);
    let features = card.control(request, &[], &mut buffer).ok()?;
    let code = property(features, FEATURE_GET_TLV_PROPERTIES)?;
    let code = u32::from_be_bytes(code.try_into().ok()?);
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
        E::UnresponsiveCard | E::UnsupportedCard | E::ProtoMismatch => TransportError::Mute,
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
    use super::property;

    #[test]
    fn properties_are_found_or_not() {
        let bytes = [0x01, 0x01, 0xAA, 0x0A, 0x04, 0x08, 0x00, 0x01, 0x00];
        assert_eq!(property(&bytes, 0x0A), Some(&[0x08, 0x00, 0x01, 0x00][..]));
        assert_eq!(property(&bytes, 0x0B), None);
        assert_eq!(property(&bytes[..6], 0x0A), None, "cut");
        assert_eq!(property(&[], 0x0A), None);
    }
}
