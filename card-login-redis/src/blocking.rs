//! The store for services with threads.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use card_core::domain::date::UtcTime;
use card_core::login::{Nonce, NonceProblem, NonceStore};
use redis::{Client, Cmd, Connection, FromRedisValue};

use crate::entry::{self, PATIENCE, Run};

/// Nonces (ノンス) in Redis or Valkey, asked by blocking calls.
///
/// Keeps as many connections as calls were made at the same moment, and no lock while it waits. A
/// connection with which anything went wrong is given up, and no command is sent twice.
pub struct RedisNonces {
    client: Client,
    prefix: String,
    patience: Duration,
    idle: Mutex<Vec<Line>>,
}

/// A connection and the run of the server at its other end.
struct Line {
    connection: Connection,
    run: Run,
}

impl RedisNonces {
    /// A store whose keys begin with this text. Connects when it is first asked.
    #[must_use]
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self {
            client,
            prefix: prefix.into(),
            patience: PATIENCE,
            idle: Mutex::default(),
        }
    }

    /// How long to wait for a connection, and for each answer; 5 seconds unless said otherwise.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn connect(&self) -> Result<Line, NonceProblem> {
        let mut connection = entry::result(self.client.get_connection_with_timeout(self.patience))?;
        entry::result(connection.set_read_timeout(Some(self.patience)))?;
        entry::result(connection.set_write_timeout(Some(self.patience)))?;
        let info: String = entry::result(Run::question().query(&mut connection))?;
        let run = Run::of(&info)?;
        Ok(Line { connection, run })
    }

    /// Sends one command over a connection of its own; what the server answered, and in which run.
    fn ask<T: FromRedisValue>(
        &self,
        command: impl FnOnce(&Run) -> Cmd,
    ) -> Result<(T, Run), NonceProblem> {
        let idle = self.idle().pop();
        let mut line = match idle {
            Some(line) => line,
            None => self.connect()?,
        };
        let answer = entry::result(command(&line.run).query(&mut line.connection))?;
        let run = line.run.clone();
        self.idle().push(line);
        Ok((answer, run))
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Line>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NonceStore for RedisNonces {
    fn remember(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let command = |run: &Run| entry::remember(&self.prefix, nonce, now, run);
        let (_, _): (Option<String>, Run) = self.ask(command)?;
        Ok(())
    }

    fn consume(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let (entry, run) = self.ask(|_| entry::consume(&self.prefix, nonce))?;
        entry::judge(entry, now, &run)
    }
}

impl fmt::Debug for RedisNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the client: its address may hold a password.
        write!(f, "RedisNonces({:?})", self.prefix)
    }
}
