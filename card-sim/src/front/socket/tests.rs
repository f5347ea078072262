//! Two programs at one desk, without a socket; and a socket with a program that keeps to no form.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::desk::value::{DIRECT, EXCLUSIVE, LEAVE, RESET, SHARED, T0, T1, UNPOWER};
use super::*;
use crate::fault::{Fault, Plan};
use crate::front::control::Cards;
use crate::os::tests::{SELECT_JPKI, persona};
use crate::state::Persistent;

const NAME: &[u8] = b"Simulated My Number Card Reader 00 00";
/// Longer than any test; a wait that should end does so at once.
const WATCHDOG: Duration = Duration::from_secs(60);

fn desk() -> Arc<Desk> {
    Desk::new(vec![(persona(), Persistent::in_memory())])
}

/// A program with one connection, shared.
struct Program<'a> {
    desk: &'a Desk,
    context: u32,
    handle: u32,
}

impl<'a> Program<'a> {
    fn new(desk: &'a Desk) -> Self {
        let context = desk.establish();
        let (handle, protocol) = desk.connect(context, NAME, SHARED, T0 | T1).unwrap();
        assert_eq!(protocol, T1);
        Self {
            desk,
            context,
            handle,
        }
    }

    fn select(&self) -> Result<Vec<u8>, u32> {
        self.desk
            .transmit(self.context, self.handle, T1, SELECT_JPKI)
    }

    fn begin(&self) -> Result<(), u32> {
        self.desk.begin(self.context, self.handle)
    }

    fn end(&self, disposition: u32) -> Result<(), u32> {
        self.desk.end(self.context, self.handle, disposition)
    }

    fn reconnect(&self, how: u32) -> Result<u32, u32> {
        self.desk
            .reconnect(self.context, self.handle, SHARED, T1, how)
    }

    fn states(&self, known: u32) -> (u32, u32) {
        let lives = || true;
        let (result, seen) = self.desk.change(self.context, 0, &[(NAME, known)], lives);
        (result, seen[0].0)
    }
}

fn wire_of(desk: &Desk) -> crate::front::vpcd::SharedWire {
    desk.wire(0).unwrap()
}

#[test]
fn a_transaction_keeps_others_out_until_it_ends() {
    let desk = desk();
    let (one, other) = (Program::new(&desk), Program::new(&desk));
    assert_eq!(one.end(LEAVE), Err(code::NOT_TRANSACTED));
    one.begin().unwrap();
    one.begin().unwrap();
    for result in [
        other.begin().err(),
        other.select().err(),
        other.reconnect(LEAVE).err(),
    ] {
        assert_eq!(result, Some(code::ASK_AGAIN));
    }
    let joining = desk.connect(other.context, NAME, SHARED, T1);
    assert_eq!(joining, Err(code::ASK_AGAIN));
    assert_eq!(other.end(LEAVE), Err(code::SHARING_VIOLATION));
    let status = desk.status(other.context, other.handle);
    assert_eq!(status.unwrap_err(), code::ASK_AGAIN);
    assert_eq!(one.select().unwrap(), [0x90, 0x00]);
    one.end(LEAVE).unwrap();
    assert_eq!(other.begin(), Err(code::ASK_AGAIN), "begun twice");
    one.end(LEAVE).unwrap();
    other.begin().unwrap();
    // A program that dies inside frees the card, with a reset.
    desk.release(other.context);
    assert_eq!(one.begin(), Err(code::RESET_CARD));
    one.reconnect(LEAVE).unwrap();
    one.begin().unwrap();
}

#[test]
fn who_dies_outside_a_transaction_disturbs_nobody() {
    let desk = desk();
    let (one, other) = (Program::new(&desk), Program::new(&desk));
    desk.release(other.context);
    assert_eq!(one.select().unwrap(), [0x90, 0x00]);
    assert_eq!(other.select(), Err(code::INVALID_HANDLE));
}

#[test]
fn everybody_else_learns_of_a_reset() {
    let desk = desk();
    let (one, other) = (Program::new(&desk), Program::new(&desk));
    one.reconnect(RESET).unwrap();
    assert_eq!(one.select().unwrap(), [0x90, 0x00]);
    for _ in 0..2 {
        assert_eq!(other.select(), Err(code::RESET_CARD));
        assert_eq!(other.begin(), Err(code::RESET_CARD));
        assert_eq!(other.end(LEAVE), Err(code::RESET_CARD));
        let status = desk.status(other.context, other.handle);
        assert_eq!(status.unwrap_err(), code::RESET_CARD);
    }
    assert_eq!(other.states(0), (0, 0x122));
    other.reconnect(LEAVE).unwrap();
    assert_eq!(other.select().unwrap(), [0x90, 0x00]);
    // A transaction that ends with a reset is news to its own program as well.
    one.begin().unwrap();
    one.end(RESET).unwrap();
    assert_eq!(one.select(), Err(code::RESET_CARD));
    assert_eq!(other.select(), Err(code::RESET_CARD));
    one.reconnect(LEAVE).unwrap();
    other.reconnect(LEAVE).unwrap();
    desk.disconnect(one.context, one.handle, UNPOWER).unwrap();
    assert_eq!(other.select(), Err(code::RESET_CARD));
    assert!(!wire_of(&desk).lock().unwrap().card.rights_left());
    other.reconnect(LEAVE).unwrap();
    assert_eq!(other.select().unwrap(), [0x90, 0x00]);
    desk.reset(0);
    assert_eq!(other.select(), Err(code::RESET_CARD));
}

#[test]
fn exclusive_means_alone() {
    let desk = desk();
    let (one, other) = (Program::new(&desk), Program::new(&desk));
    let refused = Err(code::SHARING_VIOLATION);
    let alone = desk.connect(other.context, NAME, EXCLUSIVE, T1);
    assert_eq!(alone.map(|_| ()), refused);
    desk.disconnect(other.context, other.handle, LEAVE).unwrap();
    let exclusive = desk.reconnect(one.context, one.handle, EXCLUSIVE, T1, LEAVE);
    exclusive.unwrap();
    for share in [SHARED, DIRECT] {
        let joining = desk.connect(other.context, NAME, share, T1);
        assert_eq!(joining.map(|_| ()), refused);
    }
    assert_eq!(other.states(0), (0, 0xA2));
    one.reconnect(LEAVE).unwrap();
    assert!(desk.connect(other.context, NAME, SHARED, T1).is_ok());
}

#[test]
fn a_card_that_is_taken_out_is_gone_for_its_connections() {
    let desk = desk();
    let one = Program::new(&desk);
    one.begin().unwrap();
    desk.remove(0);
    for result in [one.select().err(), one.begin().err(), one.end(LEAVE).err()] {
        assert_eq!(result, Some(code::REMOVED_CARD));
    }
    assert_eq!(one.reconnect(LEAVE), Err(code::NO_SMARTCARD));
    assert_eq!(one.states(0), (0, 0x1_0012));
    let without = desk.connect(one.context, NAME, SHARED, T1);
    assert_eq!(without, Err(code::NO_SMARTCARD));
    let (direct, protocol) = desk.connect(one.context, NAME, DIRECT, 0).unwrap();
    assert_eq!(protocol, 0);
    let (state, protocol, _, atr) = desk.status(one.context, direct).unwrap();
    assert_eq!((state & 0xFFFF, protocol, atr.len()), (2, 0, 0));
    let sent = desk.transmit(one.context, direct, T1, SELECT_JPKI);
    assert_eq!(sent, Err(code::NO_SMARTCARD));
    desk.insert(0);
    assert_eq!(one.states(0x1_0010), (0, 0x2_0122));
    assert_eq!(one.select(), Err(code::REMOVED_CARD));
    one.reconnect(LEAVE).unwrap();
    assert_eq!(one.select().unwrap(), [0x90, 0x00]);
}

#[test]
fn faults_are_results() {
    for (fault, result) in [
        (Fault::Remove, code::REMOVED_CARD),
        (Fault::RemoveAfter, code::REMOVED_CARD),
        (Fault::ReaderGone, code::READER_UNAVAILABLE),
        (Fault::LoseAnswer, code::NOT_TRANSACTED),
        (Fault::ForeignReset, code::RESET_CARD),
    ] {
        let desk = desk();
        let (one, other) = (Program::new(&desk), Program::new(&desk));
        let plan = Plan::new().at(1, fault);
        wire_of(&desk).lock().unwrap().set_plan(plan);
        assert_eq!(one.select(), Err(result), "{fault:?}");
        let after = match result {
            code::NOT_TRANSACTED => Ok(vec![0x90, 0x00]),
            result => Err(result),
        };
        assert_eq!(other.select(), after, "{fault:?}");
        assert_eq!(desk.reader_names().is_empty(), fault == Fault::ReaderGone);
    }
}

#[test]
fn a_wait_ends_with_a_card_a_word_or_its_program() {
    let desk = desk();
    let one = Program::new(&desk);
    let state = one.states(0).1;
    assert_eq!(one.states(state), (code::TIMEOUT, 0x120));
    let wait = |lives: bool| {
        let (sender, receiver) = mpsc::channel();
        let (theirs, context) = (Arc::clone(&desk), one.context);
        thread::spawn(move || {
            let pnp: &[u8] = br"\\?pnp?\notification";
            let known = [(NAME, 0x120), (pnp, 0)];
            let (result, seen) = theirs.change(context, u32::MAX, &known, || lives);
            sender.send((result, seen[0].0)).unwrap();
        });
        // A program that is gone does not wait at all.
        while lives && !desk.lock().contexts[&context].waits {
            thread::yield_now();
        }
        receiver
    };
    let waiting = wait(true);
    desk.remove(0);
    let ended = waiting.recv_timeout(WATCHDOG).unwrap();
    assert_eq!(ended, (code::SUCCESS, 0x1_0012));
    desk.insert(0);
    let waiting = wait(true);
    assert_eq!(desk.cancel(one.context), code::SUCCESS);
    assert_eq!(waiting.recv_timeout(WATCHDOG).unwrap().0, code::CANCELLED);
    // Nothing waits: nothing is ended, now or later.
    assert_eq!(desk.cancel(one.context), code::SUCCESS);
    assert_eq!(one.states(0x2_0120).0, code::TIMEOUT);
    assert_eq!(wait(false).recv_timeout(WATCHDOG).unwrap().0, code::TIMEOUT);
}

#[test]
fn a_connection_that_keeps_to_no_form_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let desk = desk();
    let server = Server::listen(&path, Arc::clone(&desk)).unwrap();
    let talk = |sent: &[u8]| {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.set_read_timeout(Some(WATCHDOG)).unwrap();
        stream.write_all(sent).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answers = Vec::new();
        // What is not read over there resets the connection.
        let _ = stream.read_to_end(&mut answers);
        answers
    };
    assert_eq!(talk(b"GET / HTTP/1.1\r\n\r\n"), b"");
    assert_eq!(talk(&[0, 0, 0]), b"");
    let mut calls = Vec::new();
    for message in [
        // Before the context, of another edition, and as it should be.
        Message::new(call::READERS, &[], &[]),
        Message::new(call::ESTABLISH, &[EDITION + 1], &[]),
        Message::new(call::ESTABLISH, &[EDITION], &[]),
        Message::new(call::READERS, &[1], &[]),
        Message::new(call::BEGIN, &[77], &[]),
        Message::new(99, &[], &[]),
    ] {
        message.send(&mut calls).unwrap();
    }
    let answers = talk(&calls);
    let mut rest = answers.as_slice();
    for expected in [
        code::NO_SERVICE,
        code::NO_SERVICE,
        code::SUCCESS,
        code::INVALID_PARAMETER,
        code::INVALID_HANDLE,
        code::INVALID_PARAMETER,
    ] {
        assert_eq!(Message::receive(&mut rest).unwrap().code, expected);
    }
    assert!(rest.is_empty());
    drop(server);
    assert!(!path.exists());
}
