//! The content of a file in an archive, piece by piece.

use std::io::{self, Read};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

/// Takes pieces; `false` ends the reading.
type Sink<'s> = dyn FnMut(&[u8]) -> bool + 's;

/// Whether all of it was read.
pub(super) fn stored(packed: &mut dyn Read, sink: &mut Sink<'_>) -> io::Result<bool> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = read(packed, &mut piece)?;
        if read == 0 {
            return Ok(true);
        }
        if !sink(piece.get(..read).unwrap_or_default()) {
            return Ok(false);
        }
    }
}

/// Whether all of it was read, and the packed data ends where the file does (RFC 1951).
pub(super) fn inflated(packed: &mut dyn Read, sink: &mut Sink<'_>) -> io::Result<bool> {
    let mut state = InflateState::new_boxed(DataFormat::Raw);
    let mut piece = vec![0; PIECE];
    let mut plain = vec![0; 2 * PIECE];
    let mut ended = false;
    loop {
        let read = read(packed, &mut piece)?;
        if read == 0 {
            return Ok(ended);
        }
        let mut rest = piece.get(..read).unwrap_or_default();
        loop {
            // Something behind the end, which only some programs see.
            if ended && !rest.is_empty() {
                return Ok(false);
            }
            let done = inflate(&mut state, rest, &mut plain, MZFlush::None);
            rest = rest.get(done.bytes_consumed..).unwrap_or_default();
            if !sink(plain.get(..done.bytes_written).unwrap_or_default()) {
                return Ok(false);
            }
            match done.status {
                Ok(MZStatus::StreamEnd) => ended = true,
                Ok(_) => {}
                // No more can be done without more of it.
                Err(miniz_oxide::MZError::Buf) => {}
                Err(_) => return Ok(false),
            }
            let idle = done.bytes_consumed == 0 && done.bytes_written == 0;
            match (ended, idle, rest.is_empty()) {
                (true, _, true) => break,
                (true, _, false) => return Ok(false),
                (false, true, true) => break,
                (false, true, false) => return Ok(false),
                (false, false, _) => {}
            }
        }
    }
}

fn read(reader: &mut dyn Read, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

const PIECE: usize = 64 * 1024;
