//! Contexts and card handles: each context is a connection to the service.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::link::{EDITION, Message, SOCKET, call, code};

/// A result that is not success.
pub(crate) type Outcome<T> = Result<T, u32>;

/// A connection. Calls of one context wait for each other.
type Connection = Arc<Mutex<Stream>>;

/// Length and rest of an answer come with one read.
type Stream = BufReader<UnixStream>;

#[derive(Default)]
struct Table {
    /// The process that made the connections: after a fork the child has the same descriptors, and
    /// a word of its own on them would be taken for its parent's.
    process: u32,
    contexts: BTreeMap<u32, Connection>,
    /// The context of each card handle.
    cards: BTreeMap<u32, u32>,
}

static TABLE: Mutex<Table> = Mutex::new(Table {
    process: 0,
    contexts: BTreeMap::new(),
    cards: BTreeMap::new(),
});

/// The contexts and handles of this process; a child of a fork begins with none.
fn table() -> MutexGuard<'static, Table> {
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if table.process != process {
        *table = Table {
            process,
            ..Table::default()
        };
    }
    table
}

fn open() -> Outcome<Stream> {
    let place = std::env::var_os(SOCKET).ok_or(code::NO_SERVICE)?;
    let stream = UnixStream::connect(place).map_err(|_| code::NO_SERVICE)?;
    Ok(BufReader::new(stream))
}

fn ask(stream: &mut Stream, question: &Message) -> Outcome<Message> {
    let sent = question.send(stream.get_mut());
    let answer = sent.and_then(|()| Message::receive(stream));
    answer.map_err(|_| code::NO_SERVICE)
}

pub(crate) fn establish() -> Outcome<u32> {
    let mut stream = open()?;
    let answer = ask(&mut stream, &Message::new(call::ESTABLISH, &[EDITION], &[]))?;
    let (code::SUCCESS, &[context]) = (answer.code, answer.numbers.as_slice()) else {
        return Err(code::NO_SERVICE);
    };
    let connection = Arc::new(Mutex::new(stream));
    table().contexts.insert(context, connection);
    Ok(context)
}

pub(crate) fn is_valid(context: u32) -> Outcome<()> {
    let known = table().contexts.contains_key(&context);
    known.then_some(()).ok_or(code::INVALID_HANDLE)
}

pub(crate) fn release(context: u32) -> Outcome<()> {
    let mut table = table();
    let connection = table.contexts.remove(&context);
    table.cards.retain(|_, of| *of != context);
    drop(table);
    // A call that is going on keeps the connection until it is done.
    connection.map(drop).ok_or(code::INVALID_HANDLE)
}

/// Ends a wait of a context, from a connection of its own: that of the context is in use.
pub(crate) fn cancel(context: u32) -> Outcome<()> {
    is_valid(context)?;
    let answer = ask(&mut open()?, &Message::new(call::CANCEL, &[context], &[]))?;
    success(&answer)
}

/// Asks in a context; an answer of any result.
pub(crate) fn in_context(context: u32, question: &Message) -> Outcome<Message> {
    loop {
        let connection = table().contexts.get(&context).map(Arc::clone);
        let connection = connection.ok_or(code::INVALID_HANDLE)?;
        let mut stream = connection.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = ask(&mut stream, question)?;
        drop(stream);
        if answer.code != code::ASK_AGAIN {
            return Ok(answer);
        }
        // Other threads may want this context, to end the very transaction that is waited for.
        std::thread::yield_now();
    }
}

/// Asks for a card, whose handle is the first number; only success comes back.
pub(crate) fn of_card(question: &Message) -> Outcome<Message> {
    let card = question.numbers.first().copied();
    let context = card.and_then(|card| table().cards.get(&card).copied());
    let answer = in_context(context.ok_or(code::INVALID_HANDLE)?, question)?;
    success(&answer).map(|()| answer)
}

pub(crate) fn connect(
    context: u32,
    reader: &[u8],
    share: u32,
    protocols: u32,
) -> Outcome<(u32, u32)> {
    let question = Message::new(call::CONNECT, &[share, protocols], &[reader]);
    let answer = in_context(context, &question)?;
    success(&answer)?;
    let &[card, protocol] = answer.numbers.as_slice() else {
        return Err(code::INTERNAL_ERROR);
    };
    table().cards.insert(card, context);
    Ok((card, protocol))
}

pub(crate) fn disconnect(card: u32, disposition: u32) -> Outcome<()> {
    of_card(&Message::new(call::DISCONNECT, &[card, disposition], &[]))?;
    table().cards.remove(&card);
    Ok(())
}

/// The names of the readers.
pub(crate) fn readers(context: u32) -> Outcome<Vec<Vec<u8>>> {
    let answer = in_context(context, &Message::new(call::READERS, &[], &[]))?;
    success(&answer)?;
    if answer.bytes.is_empty() {
        return Err(code::NO_READERS_AVAILABLE);
    }
    Ok(answer.bytes)
}

pub(crate) fn success(answer: &Message) -> Outcome<()> {
    match answer.code {
        code::SUCCESS => Ok(()),
        other => Err(other),
    }
}
