//! Reading contents of any size in constant memory.

use std::io::{self, Read};

/// Reads to the end, 64 KiB at most at a time; an interrupted read is repeated.
///
/// # Errors
///
/// Those of the reader, and of `each`, which ends the reading.
pub(crate) fn in_pieces<E: From<io::Error>>(
    reader: &mut dyn Read,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => each(piece.get(..length).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers reads in this order, then ends.
    struct Answers(Vec<io::Result<&'static [u8]>>);

    impl Read for Answers {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.is_empty() {
                true => Ok(0),
                false => self.0.remove(0)?.read(buffer),
            }
        }
    }

    fn interrupted() -> io::Result<&'static [u8]> {
        Err(io::ErrorKind::Interrupted.into())
    }

    #[test]
    fn an_interrupted_read_is_repeated_and_a_failed_one_ends() {
        let mut seen = Vec::new();
        let mut reader = Answers(vec![Ok(b"ab"), interrupted(), interrupted(), Ok(b"c")]);
        let read = in_pieces(&mut reader, |piece| {
            seen.extend_from_slice(piece);
            io::Result::Ok(())
        });
        read.unwrap();
        assert_eq!(seen, b"abc");
        let failed = || Err(io::ErrorKind::TimedOut.into());
        let read = in_pieces(&mut Answers(vec![Ok(b"a"), failed()]), |_| {
            io::Result::Ok(())
        });
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_refused_piece_is_the_last() {
        let mut count = 0;
        let read = in_pieces(&mut io::repeat(1), |_| {
            count += 1;
            match count {
                3 => Err(io::Error::other("enough")),
                _ => Ok(()),
            }
        });
        assert!(read.is_err() && count == 3);
    }
}
