//! A scripted card for a virtual reader.
//!
//! It stands in for the simulator where the harness tests itself. vpcd's protocol: the card
//! connects to the reader's port; either side sends messages of a 16-bit big-endian length and
//! that many bytes. One byte from the reader is a control: 00 power off, 01 power on, 02 reset,
//! 04 asks for the ATR, and only that one is answered. Anything longer is a command APDU.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::pcscd::Reader;

/// A card in a virtual reader; dropping it takes it out.
#[derive(Debug)]
pub struct ScriptedCard {
    stream: TcpStream,
    atr: Arc<Mutex<Vec<u8>>>,
    seen: Receiver<Seen>,
    thread: Option<JoinHandle<()>>,
}

/// What a reader did to the card. Questions for the ATR are left out: pcscd asks several times
/// a second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Power was taken away.
    PowerOff,
    /// Power came.
    PowerOn,
    /// A warm reset.
    Reset,
    /// A command APDU.
    Command(Vec<u8>),
}

impl ScriptedCard {
    /// Puts a card into the reader: its answer to reset, and what it answers to each command.
    pub fn insert(
        reader: &Reader,
        atr: &[u8],
        answer: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static,
    ) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", reader.port)).expect("the reader's port");
        let wire = stream
            .try_clone()
            .expect("a second handle of the connection");
        let (tell, seen) = channel();
        let atr = Arc::new(Mutex::new(atr.to_vec()));
        let asked = Arc::clone(&atr);
        let thread = std::thread::spawn(move || {
            // The connection ends when either side takes the card out.
            let _ = serve(wire, &asked, answer, &tell);
        });
        Self {
            stream,
            atr,
            seen,
            thread: Some(thread),
        }
    }

    /// Answers this to each reset from now on.
    pub fn set_atr(&self, atr: &[u8]) {
        *self.atr.lock().unwrap() = atr.to_vec();
    }

    /// Waits until the card has seen `event`, and returns everything it saw up to it.
    pub fn wait_for(&self, event: &Seen) -> Vec<Seen> {
        let mut before = Vec::new();
        loop {
            match self.seen.recv_timeout(Duration::from_secs(60)) {
                Ok(seen) => before.push(seen),
                Err(error) => panic!("no {event:?} ({error}), only {before:?}"),
            }
            if before.last() == Some(event) {
                return before;
            }
        }
    }
}

impl Drop for ScriptedCard {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    mut wire: TcpStream,
    atr: &Mutex<Vec<u8>>,
    mut answer: impl FnMut(&[u8]) -> Vec<u8>,
    tell: &Sender<Seen>,
) -> io::Result<()> {
    loop {
        let mut length = [0; 2];
        wire.read_exact(&mut length)?;
        let mut message = vec![0; u16::from_be_bytes(length).into()];
        wire.read_exact(&mut message)?;
        let (seen, reply) = match message.as_slice() {
            [0x04] => (None, Some(atr.lock().unwrap().clone())),
            [0x00] => (Some(Seen::PowerOff), None),
            [0x01] => (Some(Seen::PowerOn), None),
            [0x02] => (Some(Seen::Reset), None),
            command => {
                let reply = answer(command);
                (Some(Seen::Command(message)), Some(reply))
            }
        };
        // Nobody may be listening any more to what was seen.
        let _ = seen.map(|seen| tell.send(seen));
        if let Some(reply) = reply {
            let length = u16::try_from(reply.len()).expect("an answer fits in 65535 bytes");
            wire.write_all(&[&length.to_be_bytes()[..], &reply].concat())?;
        }
    }
}
