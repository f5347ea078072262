//! The terminal: questions that only a person answers, and answers that are not shown.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

use crate::signals::Signals;

/// The controlling terminal, whatever standard input and output are.
pub(crate) struct Terminal<'s> {
    tty: File,
    signals: &'s Signals,
}

/// A key that a menu knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Up,
    Down,
    Enter,
    Byte(u8),
}

/// The longest line that is taken.
const LONGEST: usize = 256;

impl<'s> Terminal<'s> {
    /// Opens the terminal; fails where there is none.
    pub(crate) fn open(signals: &'s Signals) -> io::Result<Self> {
        let tty = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        Ok(Self { tty, signals })
    }

    /// Asks for a line that is shown while it is typed; `None` at the end of input.
    pub(crate) fn ask(&mut self, question: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        // Not ended at once: the one who asked says what comes of it.
        let _held = self.signals.held();
        // Typed before the question, it is no answer to it.
        tcflush(&self.tty, QueueSelector::IFlush)?;
        self.tty.write_all(question.as_bytes())?;
        self.answered()
    }

    /// Asks for a line that is not shown. A signal meanwhile gives `None`, after the terminal
    /// shows again what is typed.
    pub(crate) fn ask_hidden(&mut self, question: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        // Not ended at once, so that the echo comes back.
        let _held = self.signals.held();
        let _hidden = Hidden::new(&self.tty)?;
        self.tty.write_all(question.as_bytes())?;
        self.answered()
    }

    /// Whether the cursor can be moved: not at a dumb terminal, and not where one is asked to be
    /// plain, as for a screen reader.
    pub(crate) fn moves(&self) -> bool {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        set("TERM").is_some_and(|terminal| terminal != "dumb") && set("NO_COLOR").is_none()
    }

    /// Shows a text.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        self.tty.write_all(text.as_bytes())
    }

    /// Waits for one key; `None` at the end of input, and when a signal comes.
    pub(crate) fn key(&mut self) -> io::Result<Option<Key>> {
        // Not ended at once, so that the terminal is as it was.
        let _held = self.signals.held();
        let _raw = Hidden::keys(&self.tty)?;
        let Some(byte) = self.byte(false)? else {
            return Ok(None);
        };
        Ok(match byte {
            b'\r' | b'\n' => Some(Key::Enter),
            // End of transmission, and q as other programs have it.
            0x04 | b'q' => None,
            0x1b => match (self.byte(true)?, self.byte(true)?) {
                (Some(b'[' | b'O'), Some(b'A')) => Some(Key::Up),
                (Some(b'[' | b'O'), Some(b'B')) => Some(Key::Down),
                _ => Some(Key::Byte(byte)),
            },
            byte => Some(Key::Byte(byte)),
        })
    }

    /// One byte; `None` at the end of input, at a signal, and, if `soon`, where none follows.
    fn byte(&mut self, soon: bool) -> io::Result<Option<u8>> {
        loop {
            if self.signals.interrupted() {
                return Ok(None);
            }
            if !self.ready()? {
                if soon {
                    return Ok(None);
                }
                continue;
            }
            let mut byte = [0];
            match self.tty.read(&mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(Some(byte[0])),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads the answer; what is said after a question without one begins a line of its own.
    fn answered(&mut self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let line = self.line()?;
        if line.is_none() {
            self.tty.write_all(b"\n")?;
        }
        Ok(line)
    }

    /// Reads one line without its end.
    fn line(&mut self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
        loop {
            if self.signals.interrupted() {
                return Ok(None);
            }
            if !self.ready()? {
                continue;
            }
            let mut byte = Zeroizing::new([0; 1]);
            match self.tty.read(&mut *byte) {
                Ok(0) => return Ok(None),
                Ok(_) if *byte == *b"\n" => return Ok(Some(line)),
                Ok(_) if line.len() < LONGEST => line.extend_from_slice(&*byte),
                // Far too long for anything: the rest is dropped, the length tells.
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits a moment for something to read; a signal ends the wait early.
    fn ready(&self) -> io::Result<bool> {
        let moment = Timespec {
            tv_sec: 0,
            tv_nsec: 100_000_000,
        };
        let mut wanted = [PollFd::new(&self.tty, PollFlags::IN)];
        match poll(&mut wanted, Some(&moment)) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        // What was typed ahead, perhaps a PIN, must not reach the shell.
        let _ = tcflush(&self.tty, QueueSelector::IFlush);
    }
}

/// While this lives the terminal shows nothing but the line end.
struct Hidden {
    tty: File,
    before: Termios,
}

impl Hidden {
    fn new(tty: &File) -> io::Result<Self> {
        let tty = tty.try_clone()?;
        let before = tcgetattr(&tty)?;
        let mut during = before.clone();
        during.local_modes.remove(LocalModes::ECHO);
        during
            .local_modes
            .insert(LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        // Input typed before the question is not an answer to it.
        tcsetattr(&tty, OptionalActions::Flush, &during)?;
        Ok(Self { tty, before })
    }

    /// Gives each key at once.
    fn keys(tty: &File) -> io::Result<Self> {
        let tty = tty.try_clone()?;
        let before = tcgetattr(&tty)?;
        let mut during = before.clone();
        let line = LocalModes::ECHO | LocalModes::ICANON;
        during.local_modes.remove(line);
        during.local_modes.insert(LocalModes::ISIG);
        tcsetattr(&tty, OptionalActions::Now, &during)?;
        Ok(Self { tty, before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing anyway.
        let _ = tcsetattr(&self.tty, OptionalActions::Now, &self.before);
    }
}
