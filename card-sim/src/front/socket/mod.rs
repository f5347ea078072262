//! A smart card service on a Unix socket, for the client library `card-sim-pcsc`.
//!
//! One connection is one context of PC/SC, and its end is the end of that context: a program that
//! dies loses what it holds. Nothing here is reachable from another machine; who may reach the
//! socket is decided by the folder that it is in.

mod calls;
mod change;
mod desk;
mod link;
mod pinpad;

use std::fs;
use std::io::{self, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

pub use self::desk::Desk;
use self::link::{EDITION, Message, call, code};

/// The variable in which programs find the socket.
pub const SOCKET_VARIABLE: &str = link::SOCKET;

/// A service that runs until it is dropped. Programs that are connected keep their connection.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves the readers of a desk at a socket that does not exist yet.
    ///
    /// # Errors
    ///
    /// If the socket cannot be made there, or the system gives no thread.
    pub fn listen(path: &Path, desk: Arc<Desk>) -> io::Result<Self> {
        let listener = UnixListener::bind(path)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let accept = move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let desk = Arc::clone(&desk);
                // A program that gets no thread sees the end of its connection.
                if let Ok(mut stream) = stream {
                    let serve = move || talk(&desk, &mut stream, lives);
                    let _ = thread::Builder::new().spawn(serve);
                }
            }
        };
        let thread = thread::Builder::new()
            .name("simulated service".to_owned())
            .spawn(accept)?;
        Ok(Self {
            path: path.to_owned(),
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread; where that fails it has ended.
        if UnixStream::connect(&self.path).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
        // Best effort: the folder is removed by its owner.
        let _ = fs::remove_file(&self.path);
    }
}

/// One connection: answers calls until the other side is gone or does not keep to the form.
///
/// `lives` tells whether the other side still waits for an answer.
pub fn talk<S: Read + Write>(desk: &Desk, stream: &mut S, lives: impl Fn(&S) -> bool) {
    let mut context = None;
    // Length and rest of a call come with one read.
    let mut stream = BufReader::new(stream);
    while let Ok(asked) = Message::receive(&mut stream) {
        let lives = || lives(stream.get_ref());
        let answer = match (context, asked.code, asked.numbers.as_slice()) {
            (None, call::ESTABLISH, &[EDITION]) => {
                let id = desk.establish();
                context = Some(id);
                Message::new(code::SUCCESS, &[id], &[])
            }
            (None, call::CANCEL, &[other]) => Message::new(desk.cancel(other), &[], &[]),
            (Some(context), _, _) => answer(desk, context, &asked, lives),
            _ => Message::new(code::NO_SERVICE, &[], &[]),
        };
        if answer.send(stream.get_mut()).is_err() {
            break;
        }
    }
    if let Some(context) = context {
        desk.release(context);
    }
}

fn answer(desk: &Desk, context: u32, asked: &Message, lives: impl Fn() -> bool) -> Message {
    let done = match (asked.code, asked.numbers.as_slice(), asked.bytes.as_slice()) {
        (call::READERS, [], []) => {
            let names = desk.reader_names();
            let names: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
            Ok(Message::new(code::SUCCESS, &[], &names))
        }
        (call::CONNECT, &[share, protocols], [reader]) => {
            let connected = desk.connect(context, reader, share, protocols);
            connected.map(|(handle, protocol)| numbers(&[handle, protocol]))
        }
        (call::RECONNECT, &[handle, share, protocols, initialization], []) => {
            let protocol = desk.reconnect(context, handle, share, protocols, initialization);
            protocol.map(|protocol| numbers(&[protocol]))
        }
        (call::DISCONNECT, &[handle, disposition], []) => {
            let done = desk.disconnect(context, handle, disposition);
            done.map(|()| numbers(&[]))
        }
        (call::BEGIN, &[handle], []) => desk.begin(context, handle).map(|()| numbers(&[])),
        (call::END, &[handle, disposition], []) => {
            let done = desk.end(context, handle, disposition);
            done.map(|()| numbers(&[]))
        }
        (call::STATUS, &[handle], []) => {
            let status = desk.status(context, handle);
            status.map(|(state, protocol, reader, atr)| {
                let bytes = [reader.as_bytes(), &atr];
                Message::new(code::SUCCESS, &[state, protocol], &bytes)
            })
        }
        (call::CHANGE, [milliseconds, states @ ..], names) if states.len() == names.len() => {
            let names = names.iter().map(Vec::as_slice);
            let known: Vec<_> = names.zip(states.iter().copied()).collect();
            let (result, seen) = desk.change(context, *milliseconds, &known, lives);
            let (numbers, bytes) = seen.into_iter().unzip();
            Ok(Message {
                code: result,
                numbers,
                bytes,
            })
        }
        (call::TRANSMIT, &[handle, protocol], [command]) => {
            let answer = desk.transmit(context, handle, protocol, command);
            answer.map(|answer| bytes(&answer))
        }
        (call::CONTROL, &[handle, control], [input]) => {
            let output = desk.control(context, handle, control, input, lives);
            output.map(|output| bytes(&output))
        }
        (call::ATTRIBUTE, &[handle, id], []) => {
            let value = desk.attribute(context, handle, id);
            value.map(|value| bytes(&value))
        }
        _ => Err(code::INVALID_PARAMETER),
    };
    done.unwrap_or_else(|code| Message::new(code, &[], &[]))
}

fn numbers(numbers: &[u32]) -> Message {
    Message::new(code::SUCCESS, numbers, &[])
}

fn bytes(bytes: &[u8]) -> Message {
    Message::new(code::SUCCESS, &[], &[bytes])
}

/// Whether the program at the other end is still there.
fn lives(stream: &UnixStream) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(stream.as_fd(), PollFlags::RDHUP)];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let gone = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
    match poll(&mut fds, Some(&now)) {
        Ok(_) => !fds.iter().any(|fd| fd.revents().intersects(gone)),
        // Interrupted: looked at again with the next turn.
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests;
