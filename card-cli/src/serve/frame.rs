//! Frames: where one message ends and the next begins.

use std::io::{self, BufRead, Read, Write};

use clap::ValueEnum;
use zeroize::Zeroizing;

/// How messages are set apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Framing {
    /// A `Content-Length` header before each message, as language servers have it.
    #[default]
    Headers,
    /// One message on each line, for shells.
    Lines,
}

/// What came.
pub(super) enum Frame {
    /// A message; it may hold a PIN.
    Message(Zeroizing<Vec<u8>>),
    /// Nothing more will come.
    End,
    /// No frame, too long a one, or half of one.
    Broken,
}

/// The longest message; documents travel by path.
const LONGEST: usize = 1 << 20;
/// The longest line of a header, and how many there may be.
const HEADER: u64 = 1024;
const HEADERS: usize = 16;

impl Framing {
    /// Reads one frame.
    pub(super) fn read(self, from: &mut impl BufRead) -> io::Result<Frame> {
        match self {
            Self::Headers => headers(from),
            Self::Lines => line(from),
        }
    }

    /// Writes one frame whole.
    pub(super) fn write(self, to: &mut impl Write, message: &[u8]) -> io::Result<()> {
        match self {
            Self::Headers => {
                let mut frame = format!("Content-Length: {}\r\n\r\n", message.len()).into_bytes();
                frame.extend(message);
                to.write_all(&frame)?;
            }
            Self::Lines => to.write_all(&[message, b"\n"].concat())?,
        }
        to.flush()
    }
}

fn headers(from: &mut impl BufRead) -> io::Result<Frame> {
    let mut length = None;
    for count in 0..HEADERS {
        let mut line = Vec::new();
        from.by_ref().take(HEADER).read_until(b'\n', &mut line)?;
        if line.is_empty() && count == 0 {
            return Ok(Frame::End);
        }
        let Some(line) = line.strip_suffix(b"\r\n") else {
            return Ok(Frame::Broken);
        };
        if line.is_empty() {
            return match length {
                Some(length) => body(from, length),
                None => Ok(Frame::Broken),
            };
        }
        let Some((name, value)) = str::from_utf8(line).ok().and_then(|l| l.split_once(':')) else {
            return Ok(Frame::Broken);
        };
        if name.eq_ignore_ascii_case("content-length") {
            let value = value.trim();
            // A sign, or a second length, is somebody's mistake.
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            match value.parse::<usize>() {
                Ok(value) if digits && value <= LONGEST && length.is_none() => length = Some(value),
                _ => return Ok(Frame::Broken),
            }
        }
    }
    Ok(Frame::Broken)
}

fn body(from: &mut impl BufRead, length: usize) -> io::Result<Frame> {
    // Never grows, so no copy of a PIN stays behind.
    let mut message = Zeroizing::new(vec![0; length]);
    match from.read_exact(&mut message) {
        Ok(()) => Ok(Frame::Message(message)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Frame::Broken),
        Err(error) => Err(error),
    }
}

fn line(from: &mut impl BufRead) -> io::Result<Frame> {
    let mut message = Zeroizing::new(Vec::with_capacity(4096));
    loop {
        let there = from.fill_buf()?;
        if there.is_empty() {
            let nothing = message.is_empty();
            return Ok(if nothing { Frame::End } else { Frame::Broken });
        }
        let end = there.iter().position(|byte| *byte == b'\n');
        let piece = there.get(..end.unwrap_or(there.len())).unwrap_or_default();
        if message.len() + piece.len() > LONGEST {
            return Ok(Frame::Broken);
        }
        // By hand: growing in place could leave a copy behind.
        let mut longer = Zeroizing::new(Vec::with_capacity(message.len() + piece.len()));
        longer.extend_from_slice(&message);
        longer.extend_from_slice(piece);
        message = longer;
        let used = piece.len() + usize::from(end.is_some());
        from.consume(used);
        if end.is_some() {
            if !message.trim_ascii().is_empty() {
                return Ok(Frame::Message(message));
            }
            message.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(framing: Framing, bytes: &[u8]) -> Vec<Option<Vec<u8>>> {
        let mut from = bytes;
        let mut frames = Vec::new();
        loop {
            match framing.read(&mut from).unwrap() {
                Frame::Message(message) => frames.push(Some(message.to_vec())),
                Frame::End => return frames,
                Frame::Broken => {
                    frames.push(None);
                    return frames;
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for framing in [Framing::Headers, Framing::Lines] {
            let mut stream = Vec::new();
            for message in ["{}", "[1]", "\"見本\""] {
                framing.write(&mut stream, message.as_bytes()).unwrap();
            }
            let frames = read(framing, &stream);
            let expected = ["{}", "[1]", "\"見本\""].map(|text| Some(text.as_bytes().to_vec()));
            assert_eq!(frames, expected);
        }
    }

    #[test]
    fn headers_of_others_are_passed_over_and_case_does_not_count() {
        let stream = b"content-length: 2\r\nContent-Type: application/json\r\n\r\n{}";
        assert_eq!(read(Framing::Headers, stream), [Some(b"{}".to_vec())]);
    }

    #[test]
    fn what_is_no_frame_is_broken() {
        for stream in [
            &b"{}"[..],
            b"Content-Length: 2\n\n{}",
            b"Content-Length: 3\r\n\r\n{}",
            b"Content-Length: -1\r\n\r\n",
            b"Content-Length: +2\r\n\r\n{}",
            b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            b"Content-Length: 1048577\r\n\r\n",
            b"Content-Length: 99999999999999999999\r\n\r\n",
            b"Content-Length: \r\n\r\n",
            b"Content-Type: a\r\n\r\n{}",
            b"Content-Length: 2\r\n",
            b"\r\n\r\n",
            &[b'a'; 5000],
            &b"a: b\r\n".repeat(20),
            &[0xFF, 0xFE, b'\r', b'\n'],
        ] {
            let frames = read(Framing::Headers, stream);
            assert_eq!(frames, [None], "{}", String::from_utf8_lossy(stream));
        }
        assert_eq!(read(Framing::Lines, b"{}\n{"), [Some(b"{}".to_vec()), None]);
        assert_eq!(read(Framing::Lines, b"\n\r\n"), [None::<Vec<u8>>; 0]);
        assert_eq!(read(Framing::Lines, &[b' '; (1 << 20) + 1]), [None]);
    }
}
