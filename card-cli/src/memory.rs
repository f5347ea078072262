//! Memory that holds a PIN: kept out of core dumps, wiped once it is read.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::os::fd::AsFd as _;
use std::sync::Once;

use zeroize::{Zeroize as _, Zeroizing};

/// Keeps this process out of core dumps until it ends. Called before a PIN is in its memory.
///
/// Best effort. The limit is for files; programs that take dumps heed the other setting only, which
/// also keeps the memory from other processes of the same user.
pub(crate) fn keep_from_dumps() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = setrlimit(Resource::Core, none);
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{DumpableBehavior, set_dumpable_behavior};
            let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        }
    });
}

/// Standard input without the buffer that the standard library keeps for the whole life of a process.
pub(crate) fn stdin() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// A reader whose buffer is wiped as far as it was read.
pub(crate) struct Wiping<R> {
    from: R,
    buffer: Zeroizing<Vec<u8>>,
    /// What was filled and is not yet read.
    start: usize,
    end: usize,
}

impl<R: Read> Wiping<R> {
    pub(crate) fn new(from: R) -> Self {
        Self {
            from,
            // Never grows, so no copy stays behind.
            buffer: Zeroizing::new(vec![0; 8192]),
            start: 0,
            end: 0,
        }
    }
}

impl<R: Read> BufRead for Wiping<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, self.from.read(&mut self.buffer)?);
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        let read = self.start..self.end.min(self.start + amount);
        self.start = read.end;
        if let Some(read) = self.buffer.get_mut(read) {
            read.zeroize();
        }
    }
}

impl<R: Read> Read for Wiping<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_not_in_the_buffer_any_more() {
        let mut reader = Wiping::new(&b"line 1234\nnext 5678"[..]);
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).unwrap();
        assert_eq!(line, b"line 1234\n");
        let holds = |reader: &Wiping<&[u8]>, text: &[u8]| {
            reader.buffer.windows(text.len()).any(|part| part == text)
        };
        assert!(!holds(&reader, b"1234") && holds(&reader, b"5678"));
        let mut rest = [0; 9];
        reader.read_exact(&mut rest).unwrap();
        assert_eq!(&rest, b"next 5678");
        assert!(!holds(&reader, b"5678"));
        assert_eq!(reader.read(&mut rest).unwrap(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn no_dump_holds_this_memory() {
        use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};
        keep_from_dumps();
        assert_eq!(getrlimit(Resource::Core).maximum, Some(0));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
