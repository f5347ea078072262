//! The store for services that await.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use card_core::domain::date::UtcTime;
use card_core::login::{AsyncNonceStore, Nonce, NonceProblem};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue};
use tokio::sync::OnceCell;

use crate::entry::{self, PATIENCE, Run};

/// Nonces (ノンス) in Redis or Valkey, for services on tokio.
///
/// All calls share one connection, and none waits for the answer to another. A connection with which
/// anything went wrong is given up; the next call connects anew, those that come meanwhile wait for
/// the same attempt. No command is sent twice.
pub struct AsyncRedisNonces {
    client: Client,
    prefix: String,
    patience: Duration,
    line: Mutex<Arc<OnceCell<Line>>>,
}

/// The connection and the run of the server at its other end.
#[derive(Clone)]
struct Line {
    connection: MultiplexedConnection,
    run: Run,
}

impl AsyncRedisNonces {
    /// A store whose keys begin with this text. Connects when it is first asked.
    #[must_use]
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self {
            client,
            prefix: prefix.into(),
            patience: PATIENCE,
            line: Mutex::default(),
        }
    }

    /// How long to wait for a connection, and for each answer; 5 seconds unless said otherwise.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Whether the engine answers; for health checks.
    ///
    /// # Errors
    ///
    /// [`NonceProblem::Store`].
    pub async fn check(&self) -> Result<(), NonceProblem> {
        let (_, _): (String, Run) = self.ask(|_| redis::cmd("PING")).await?;
        Ok(())
    }

    async fn connect(&self) -> Result<Line, NonceProblem> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.patience))
            .set_response_timeout(Some(self.patience));
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let mut connection = entry::result(connecting.await)?;
        let info: String = entry::result(Run::question().query_async(&mut connection).await)?;
        let run = Run::of(&info)?;
        Ok(Line { connection, run })
    }

    /// Sends one command; what the server answered, and in which run.
    async fn ask<T: FromRedisValue>(
        &self,
        command: impl FnOnce(&Run) -> Cmd,
    ) -> Result<(T, Run), NonceProblem> {
        let cell = Arc::clone(&self.line.lock().unwrap_or_else(PoisonError::into_inner));
        let Line {
            mut connection,
            run,
        } = cell.get_or_try_init(|| self.connect()).await?.clone();
        let answer = command(&run).query_async(&mut connection).await;
        if answer.is_err() {
            let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
            if Arc::ptr_eq(&line, &cell) {
                *line = Arc::default();
            }
        }
        Ok((entry::result(answer)?, run))
    }
}

impl AsyncNonceStore for AsyncRedisNonces {
    async fn remember(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let command = |run: &Run| entry::remember(&self.prefix, nonce, now, run);
        let (_, _): (Option<String>, Run) = self.ask(command).await?;
        Ok(())
    }

    async fn consume(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let (entry, run) = self.ask(|_| entry::consume(&self.prefix, nonce)).await?;
        entry::judge(entry, now, &run)
    }
}

impl fmt::Debug for AsyncRedisNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AsyncRedisNonces({:?})", self.prefix)
    }
}
