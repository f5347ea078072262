//! Control of cards while programs use them: lines of JSON on a Unix socket.
//!
//! One line asks, one line answers when it is done. After `log` a line follows for each exchange and
//! each movement of a card. Who may reach the socket is decided by the folder that it is in. The
//! members are in `docs/schema/sim-ctl.json`, `sim-ctl-request.json` and `sim-log.json`.

mod act;
mod request;

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use serde::Serialize;

pub use self::request::{
    Answer, CardLine, FaultKind, Keys, LatencyKind, Line, PinName, Refusal, Request,
};
use crate::fault::Exchange;
use crate::front::vpcd::SharedWire;
use crate::log::Seen;
use crate::persona::Persona;

/// The variable in which programs find the control socket.
pub const CONTROL_VARIABLE: &str = "MYNACARD_SIM_CONTROL";

/// A longer line is no request.
const LONGEST: u64 = 1 << 16;

/// Cards that can be moved, in readers that are numbered.
pub trait Cards: Send + Sync {
    /// How many readers there are.
    fn count(&self) -> usize;
    /// The card of a reader, in it or not.
    fn wire(&self, reader: usize) -> Option<SharedWire>;
    /// Whose card it is.
    fn persona(&self, reader: usize) -> Option<Persona>;
    /// The reader's name for programs.
    fn reader(&self, reader: usize) -> Option<String>;
    /// Whether the card is in.
    fn is_in(&self, reader: usize) -> bool;
    /// Puts the card in.
    fn insert(&self, reader: usize);
    /// Takes the card out.
    fn remove(&self, reader: usize);
    /// A warm reset by a program that is none of ours.
    fn reset(&self, reader: usize);
    /// Takes the card out, makes it another one, and puts that in.
    fn swap(&self, reader: usize, persona: &Persona);
    /// Takes the power from the card, makes it this persona's with all that it remembers, and gives
    /// the power back.
    fn reissue(&self, reader: usize, persona: &Persona);
    /// Whether the reader waits for a key.
    fn asks(&self, reader: usize) -> bool;
    /// Presses keys of the reader, now or when it next asks; whether it has any.
    fn press(&self, reader: usize, keys: Keys) -> bool;
}

/// Finds a resident by name; `None` if there is none.
pub type Finder = Box<dyn Fn(&str) -> Option<Persona> + Send + Sync>;

/// Who acts on the cards, and who is told.
pub struct Control {
    cards: Arc<dyn Cards>,
    find: Finder,
    listeners: Arc<Mutex<Vec<Sender<Line>>>>,
    /// The name of each card: told with each line.
    names: Vec<Arc<Mutex<String>>>,
}

impl Control {
    /// Acts on these cards.
    #[must_use]
    pub fn new(cards: Arc<dyn Cards>, find: Finder) -> Arc<Self> {
        let name = |reader| cards.persona(reader).map(|persona| persona.id);
        let names =
            (0..cards.count()).map(|reader| Arc::new(Mutex::new(name(reader).unwrap_or_default())));
        Arc::new(Self {
            names: names.collect(),
            cards,
            find,
            listeners: Arc::default(),
        })
    }

    /// Every exchange and movement from now on. Until somebody asks, no exchange is described.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<Line> {
        let (sender, receiver) = mpsc::channel();
        lock(&self.listeners).push(sender);
        for (reader, name) in self.names.iter().enumerate() {
            if let Some(wire) = self.cards.wire(reader) {
                let (listeners, name) = (Arc::clone(&self.listeners), Arc::clone(name));
                lock(&wire).watch(move |exchange: &Exchange<'_>| {
                    let mut listeners = lock(&listeners);
                    if !listeners.is_empty() {
                        let line = Line::of(&lock(&name), None, Some(Seen::of(exchange)));
                        listeners.retain(|one| one.send(line.clone()).is_ok());
                    }
                });
            }
        }
        receiver
    }

    /// Ends every subscription.
    pub fn silence(&self) {
        lock(&self.listeners).clear();
    }

    fn tell(&self, reader: usize, event: &'static str) {
        if let Some(name) = self.names.get(reader) {
            let line = Line::of(&lock(name), Some(event), None);
            lock(&self.listeners).retain(|one| one.send(line.clone()).is_ok());
        }
    }
}

/// A control socket that answers until it is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ControlSocket {
    /// Answers at a socket that does not exist yet.
    ///
    /// # Errors
    ///
    /// If the socket cannot be made there, or the system gives no thread.
    pub fn listen(path: &Path, control: Arc<Control>) -> io::Result<Self> {
        let listener = UnixListener::bind(path)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let accept = move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let control = Arc::clone(&control);
                if let Ok(stream) = stream {
                    // A program that gets no thread sees the end of its connection.
                    let _ = thread::Builder::new().spawn(move || serve(&control, &stream));
                }
            }
        };
        let thread = thread::Builder::new()
            .name("control".to_owned())
            .spawn(accept)?;
        Ok(Self {
            path: path.to_owned(),
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for ControlSocket {
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

/// One connection: a line in, a line out, until the other side ends or a line cannot be read.
fn serve(control: &Control, stream: &UnixStream) {
    let mut lines = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        let read = lines.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        if read.is_err() || line.is_empty() {
            return;
        }
        let whole = line.ends_with(b"\n");
        let request = serde_json::from_slice::<Request>(&line);
        let answer = match request {
            Ok(Request::Log {}) => {
                let lines = control.subscribe();
                let mut told = say(stream, &Answer::done());
                while let (Ok(()), Ok(line)) = (&told, lines.recv()) {
                    told = say(stream, &line);
                }
                return;
            }
            Ok(request) => control.act(&request),
            Err(_) => Answer::refused(Refusal::Request),
        };
        if say(stream, &answer).is_err() || !whole {
            return;
        }
    }
}

fn say(mut stream: &UnixStream, document: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(document)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// Asks at a control socket.
///
/// # Errors
///
/// If nobody answers there, or what answers is not this interface.
pub fn ask(path: &Path, request: &Request) -> io::Result<Answer> {
    let stream = UnixStream::connect(path)?;
    say(&stream, request)?;
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// Follows the log at a control socket, line by line as it travels, until `each` says false or the
/// cards are gone.
///
/// # Errors
///
/// As [`ask`].
pub fn follow(path: &Path, mut each: impl FnMut(&str, Line) -> bool) -> io::Result<()> {
    let stream = UnixStream::connect(path)?;
    say(&stream, &Request::Log {})?;
    let mut lines = BufReader::new(&stream).lines();
    let Some(answer) = lines.next() else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let _: Answer = serde_json::from_str(&answer?)?;
    for line in lines {
        let line = line?;
        let parsed = serde_json::from_str(&line)?;
        if !each(&line, parsed) {
            break;
        }
    }
    Ok(())
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
