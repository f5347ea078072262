//! Real readers, through the operating system's PC/SC. The only file that names the crate `pcsc`.

use std::ffi::CString;
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
            let occupancy = match reader.occupancy {
                Occupancy::Empty => State::EMPTY,
                Occupancy::Card {
                    exclusive: true, ..
                } => State::PRESENT | State::EXCLUSIVE | State::INUSE,
                Occupancy::Card {
                    exclusive: false, ..
                } => State::PRESENT,
                Occupancy::Mute => State::PRESENT | State::MUTE,
            };
            let counted = State::from_bits_retain((reader.events << 16).into());
            states.push(pcsc::ReaderState::new(name, occupancy | counted));
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
        let card = self
            .context
            .connect(&name, ShareMode::Shared, Protocols::ANY)
            .map_err(card_error)?;
        let atr = match card.status2_owned() {
            Ok(status) => status.atr().to_vec(),
            Err(error) => {
                let failed = card_error(error);
                leave(card);
                return Err(failed);
            }
        };
        let largest_apdu = largest_apdu(&card);
        Ok(PcscCard {
            card: Some(card),
            link: Link { atr, largest_apdu },
            name: reader.to_owned(),
            left_by_us: false,
            removed: false,
            buffer: Zeroizing::new(vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED]),
        })
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
    })
}

/// A card in a real reader.
pub struct PcscCard {
    /// `None` only while being dropped.
    card: Option<pcsc::Card>,
    link: Link,
    name: String,
    /// We reset or unpowered the card ourselves: its next reset report is our own echo.
    left_by_us: bool,
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
            left_by_us,
            removed,
            buffer,
            ..
        } = self;
        let card = card.as_mut().ok_or(TransportError::Removed)?;
        let (transaction, since) = match begin(card, std::mem::take(left_by_us)) {
            Ok(begun) => begun,
            Err(error) => {
                *removed |= is_final(error);
                return Err(error);
            }
        };
        let window = Window {
            transaction: Some(transaction),
            link,
            left_by_us,
            removed,
            buffer,
        };
        Ok((Box::new(window), since))
    }

    fn description(&self) -> ReaderDescription {
        ReaderDescription {
            name: self.name.clone(),
            simulated: false,
        }
    }
}

/// Begins a transaction; a reset that happened meanwhile needs one reconnect.
fn begin(
    card: &mut pcsc::Card,
    left_by_us: bool,
) -> Result<(pcsc::Transaction<'_>, Since), TransportError> {
    let card = match card.transaction2() {
        Ok(transaction) => return Ok((transaction, Since::Unchanged)),
        Err((card, pcsc::Error::ResetCard | pcsc::Error::UnpoweredCard)) => card,
        Err((_, error)) => return Err(card_error(error)),
    };
    card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::LeaveCard)
        .map_err(card_error)?;
    let since = if left_by_us {
        Since::Unchanged
    } else {
        Since::Reset
    };
    card.transaction()
        .map(|transaction| (transaction, since))
        .map_err(card_error)
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
    removed: &'c mut bool,
    buffer: &'c mut Zeroizing<Vec<u8>>,
}

impl Exclusive for Window<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let transaction = self.transaction.as_ref().ok_or(TransportError::Removed)?;
        let answer = match transaction.transmit(command, self.buffer) {
            Ok(answer) => Zeroizing::new(answer.to_vec()),
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
