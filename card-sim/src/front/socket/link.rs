//! Messages between the client library `card-sim-pcsc` and the simulated smart card service.
//!
//! Both crates compile this file, so that the library depends on nothing. One message goes to the
//! service, one comes back. Numbers are 32-bit and big-endian:
//! length of the rest · code · count and numbers · count and byte strings (length and bytes each).
//! In a call the code is one of [`call`]; in an answer it is a result of [`code`].

#![allow(dead_code, reason = "each side uses its own part of the constants")]

use std::io::{self, Read, Write};

/// The variable that names the socket of the service.
pub(crate) const SOCKET: &str = "MYNACARD_SIM_SOCKET";

/// The number that a client of this edition gives with [`call::ESTABLISH`].
pub(crate) const EDITION: u32 = 1;

/// No message is longer: an extended APDU has up to 65,546 bytes.
const LONGEST: usize = 0x2_0000;

/// Functions, with their numbers and byte strings → those of the answer.
pub(crate) mod call {
    /// edition → context
    pub(crate) const ESTABLISH: u32 = 1;
    /// context: ends a wait of that context, from a connection of its own
    pub(crate) const CANCEL: u32 = 2;
    /// → a name for each reader
    pub(crate) const READERS: u32 = 3;
    /// share mode, protocols; reader → handle, protocol
    pub(crate) const CONNECT: u32 = 4;
    /// handle, share mode, protocols, initialization → protocol
    pub(crate) const RECONNECT: u32 = 5;
    /// handle, disposition
    pub(crate) const DISCONNECT: u32 = 6;
    /// handle
    pub(crate) const BEGIN: u32 = 7;
    /// handle, disposition
    pub(crate) const END: u32 = 8;
    /// handle → state, protocol; reader, ATR
    pub(crate) const STATUS: u32 = 9;
    /// milliseconds, current state for each reader; the readers → state for each; ATR for each
    pub(crate) const CHANGE: u32 = 10;
    /// handle, protocol; command → answer
    pub(crate) const TRANSMIT: u32 = 11;
    /// handle, control code; input → output
    pub(crate) const CONTROL: u32 = 12;
    /// handle, attribute → value
    pub(crate) const ATTRIBUTE: u32 = 13;
}

/// Results, by their names in `pcsclite.h`.
pub(crate) mod code {
    pub(crate) const SUCCESS: u32 = 0;
    pub(crate) const INTERNAL_ERROR: u32 = 0x8010_0001;
    pub(crate) const CANCELLED: u32 = 0x8010_0002;
    pub(crate) const INVALID_HANDLE: u32 = 0x8010_0003;
    pub(crate) const INVALID_PARAMETER: u32 = 0x8010_0004;
    pub(crate) const NO_MEMORY: u32 = 0x8010_0006;
    pub(crate) const INSUFFICIENT_BUFFER: u32 = 0x8010_0008;
    pub(crate) const UNKNOWN_READER: u32 = 0x8010_0009;
    pub(crate) const TIMEOUT: u32 = 0x8010_000A;
    pub(crate) const SHARING_VIOLATION: u32 = 0x8010_000B;
    pub(crate) const NO_SMARTCARD: u32 = 0x8010_000C;
    pub(crate) const PROTO_MISMATCH: u32 = 0x8010_000F;
    pub(crate) const INVALID_VALUE: u32 = 0x8010_0011;
    pub(crate) const NOT_TRANSACTED: u32 = 0x8010_0016;
    pub(crate) const READER_UNAVAILABLE: u32 = 0x8010_0017;
    pub(crate) const NO_SERVICE: u32 = 0x8010_001D;
    pub(crate) const UNSUPPORTED_FEATURE: u32 = 0x8010_001F;
    pub(crate) const NO_READERS_AVAILABLE: u32 = 0x8010_002E;
    pub(crate) const UNPOWERED_CARD: u32 = 0x8010_0067;
    pub(crate) const RESET_CARD: u32 = 0x8010_0068;
    pub(crate) const REMOVED_CARD: u32 = 0x8010_0069;
    /// Not a result of PC/SC: another connection has a transaction. The library asks again, and
    /// other threads may use the context in between.
    pub(crate) const ASK_AGAIN: u32 = 0xFFFF_FFFF;
}

/// A call or an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) code: u32,
    pub(crate) numbers: Vec<u32>,
    pub(crate) bytes: Vec<Vec<u8>>,
}

impl Message {
    pub(crate) fn new(code: u32, numbers: &[u32], bytes: &[&[u8]]) -> Self {
        Self {
            code,
            numbers: numbers.to_vec(),
            bytes: bytes.iter().map(|bytes| bytes.to_vec()).collect(),
        }
    }

    pub(crate) fn send(&self, to: &mut impl Write) -> io::Result<()> {
        let mut body = Vec::new();
        let mut number = |number: u32, more: &[u8]| {
            body.extend_from_slice(&number.to_be_bytes());
            body.extend_from_slice(more);
        };
        number(self.code, &[]);
        number(count(self.numbers.len())?, &[]);
        self.numbers.iter().for_each(|&one| number(one, &[]));
        number(count(self.bytes.len())?, &[]);
        for bytes in &self.bytes {
            number(count(bytes.len())?, bytes);
        }
        // One write: a reader that asks and waits suffers from halves.
        let mut frame = count(body.len())?.to_be_bytes().to_vec();
        frame.append(&mut body);
        to.write_all(&frame)
    }

    /// Reads one message.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof` if the other side is gone, `InvalidData` for anything but a message.
    pub(crate) fn receive(from: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; 4];
        from.read_exact(&mut head)?;
        let length = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(malformed());
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body)?;
        let mut rest = body.as_slice();
        let code = number(&mut rest)?;
        let mut numbers = Vec::new();
        for _ in 0..number(&mut rest)? {
            numbers.push(number(&mut rest)?);
        }
        let mut bytes = Vec::new();
        for _ in 0..number(&mut rest)? {
            let length = usize::try_from(number(&mut rest)?).unwrap_or(usize::MAX);
            let (one, behind) = rest.split_at_checked(length).ok_or_else(malformed)?;
            bytes.push(one.to_vec());
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(malformed());
        }
        Ok(Self {
            code,
            numbers,
            bytes,
        })
    }
}

fn number(rest: &mut &[u8]) -> io::Result<u32> {
    let (number, behind) = rest.split_first_chunk().ok_or_else(malformed)?;
    *rest = behind;
    Ok(u32::from_be_bytes(*number))
}

fn count(length: usize) -> io::Result<u32> {
    match u32::try_from(length) {
        Ok(count) if length <= LONGEST => Ok(count),
        _ => Err(malformed()),
    }
}

fn malformed() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_travel_whole_or_not_at_all() {
        let message = Message::new(7, &[1, u32::MAX], &[b"", b"reader", &[0; 70_000]]);
        let mut frame = Vec::new();
        message.send(&mut frame).unwrap();
        assert_eq!(Message::receive(&mut frame.as_slice()).unwrap(), message);
        for length in [0, 3, 4, 8, frame.len() - 1] {
            let cut = Message::receive(&mut &frame[..length]);
            assert_eq!(cut.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
        // A length inside that does not fit the length outside.
        for (place, value) in [(3, 1), (11, 9), (23, 200)] {
            let mut changed = frame.clone();
            changed[place] ^= value;
            assert!(
                Message::receive(&mut changed.as_slice()).is_err(),
                "{place}"
            );
        }
        let huge = [0xFF; 8];
        assert!(Message::receive(&mut huge.as_slice()).is_err());
        let too_long = Message::new(0, &[], &[&[0; LONGEST + 1]]);
        assert!(too_long.send(&mut Vec::new()).is_err());
    }
}
