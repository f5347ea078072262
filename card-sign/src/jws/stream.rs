//! Base64url piece by piece, so that payloads of any size pass by in constant memory.

use std::io::{self, BufRead, BufReader, Read, Write};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

/// A multiple of three: Base64 of the pieces is Base64 of the whole.
const PIECE: usize = 48 * 1024;

/// Reads to the end; every piece but the last has the same length, a multiple of three.
pub(super) fn pieces<E: From<io::Error>>(
    reader: &mut dyn Read,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = fill(reader, &mut piece)?;
        each(piece.get(..read).unwrap_or_default())?;
        if read < PIECE {
            return Ok(());
        }
    }
}

/// The same in Base64url.
pub(super) fn encoded<E: From<io::Error>>(
    reader: &mut dyn Read,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut text = vec![0; PIECE / 3 * 4];
    pieces(reader, |piece| {
        let length = BASE64_URL_SAFE_NO_PAD.encode_slice(piece, &mut text);
        let length = length.map_err(io::Error::other)?;
        each(text.get(..length).unwrap_or_default())
    })
}

/// Reads until the buffer is full or the reader ends.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A token, part by part.
pub(super) struct Token<'r> {
    reader: BufReader<&'r mut dyn Read>,
    /// Bytes that may still come.
    left: u64,
}

/// How a part ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Dot,
    Token,
    /// More than the token may have.
    TooLong,
}

impl<'r> Token<'r> {
    /// Of at most so many bytes.
    pub(super) fn new(reader: &'r mut dyn Read, most: usize) -> Token<'r> {
        Token {
            reader: BufReader::with_capacity(64 * 1024, reader),
            left: most as u64,
        }
    }

    /// Lets the next part pass, without the dot behind it; tells what is in the alphabet of
    /// Base64url as a whole piece is.
    pub(super) fn part(
        &mut self,
        mut each: impl FnMut(&[u8], bool) -> io::Result<()>,
    ) -> io::Result<End> {
        loop {
            let piece = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                piece => piece?,
            };
            if piece.is_empty() {
                return Ok(End::Token);
            }
            let plain = is_base64url(piece);
            let dot = match plain {
                true => None,
                false => piece.iter().position(|byte| *byte == b'.'),
            };
            let part = piece.get(..dot.unwrap_or(piece.len())).unwrap_or_default();
            let used = part.len() + usize::from(dot.is_some());
            let Some(left) = self.left.checked_sub(used as u64) else {
                return Ok(End::TooLong);
            };
            each(part, plain || is_base64url(part))?;
            self.left = left;
            self.reader.consume(used);
            if dot.is_some() {
                return Ok(End::Dot);
            }
        }
    }
}

/// Decodes what passes by; also only to see that it can be decoded.
pub(super) struct Decoder<'w> {
    out: Option<&'w mut dyn Write>,
    /// Digits that wait for others: less than four.
    rest: Vec<u8>,
    is_right: bool,
}

impl<'w> Decoder<'w> {
    pub(super) fn new(out: Option<&'w mut dyn Write>) -> Decoder<'w> {
        Decoder {
            out,
            rest: Vec::new(),
            is_right: true,
        }
    }

    /// The next digits, and whether all are some.
    pub(super) fn add(&mut self, digits: &[u8], plain: bool) -> io::Result<()> {
        self.is_right &= plain;
        if !self.is_right {
            return Ok(());
        }
        let (first, digits) = match self.rest.len() {
            0 => (&[][..], digits),
            waiting => digits.split_at(digits.len().min(4 - waiting)),
        };
        self.rest.extend(first);
        if self.rest.len() == 4 {
            let four = std::mem::take(&mut self.rest);
            self.decode(&four)?;
        }
        let (fours, rest) = digits.split_at(digits.len() / 4 * 4);
        self.rest.extend(rest);
        match self.out {
            // Any four digits are three bytes.
            None => Ok(()),
            Some(_) => self.decode(fours),
        }
    }

    /// Whether it was Base64url in the one way in which it is written.
    pub(super) fn end(mut self) -> io::Result<bool> {
        let rest = std::mem::take(&mut self.rest);
        self.decode(&rest)?;
        Ok(self.is_right)
    }

    fn decode(&mut self, digits: &[u8]) -> io::Result<()> {
        match (BASE64_URL_SAFE_NO_PAD.decode(digits), &mut self.out) {
            (Ok(bytes), Some(out)) => out.write_all(&bytes)?,
            (Ok(_), None) => {}
            (Err(_), _) => self.is_right = false,
        }
        Ok(())
    }
}

/// Without a branch for each digit, so that many are looked at together.
fn is_base64url(text: &[u8]) -> bool {
    text.iter().fold(true, |all, byte| {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        all & (letter | digit | (*byte == b'-') | (*byte == b'_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_is_that_of_base64url() {
        for byte in 0..=u8::MAX {
            let known = byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            assert_eq!(is_base64url(&[b'a', byte]), known, "{byte}");
        }
    }

    /// However the digits are cut, the answer is that of decoding them at once.
    #[test]
    fn pieces_decode_as_the_whole() {
        for text in [
            "",
            "A",
            "AA",
            "AB",
            "AAA",
            "AAB",
            "AAAA",
            "AAAAA",
            "AAAAAA",
            "AAAAAB",
            "AAAAAAAA=",
            "AA==",
            "AA+A",
            "-_-_",
        ] {
            let whole = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
            for cut in 0..=text.len() {
                for wanted in [true, false] {
                    let mut out = Vec::new();
                    let mut decoder = Decoder::new(wanted.then_some(&mut out as &mut dyn Write));
                    let (one, two) = text.as_bytes().split_at(cut);
                    for piece in [one, two] {
                        decoder.add(piece, is_base64url(piece)).unwrap();
                    }
                    assert_eq!(decoder.end().unwrap(), whole.is_some(), "{text} {cut}");
                    if let Some(whole) = whole.as_ref().filter(|_| wanted) {
                        assert_eq!(&out, whole, "{text} {cut}");
                    }
                }
            }
        }
    }

    #[test]
    fn encoding_by_pieces_is_encoding() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 2] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let mut text: Vec<u8> = Vec::new();
            let done: io::Result<()> = encoded(&mut bytes.as_slice(), |piece| {
                text.extend(piece);
                Ok(())
            });
            done.unwrap();
            assert_eq!(text, BASE64_URL_SAFE_NO_PAD.encode(&bytes).into_bytes());
        }
    }
}
