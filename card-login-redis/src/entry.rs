//! Entry of one nonce in the engine, and the two commands that write and take it.

use std::io::ErrorKind;
use std::time::Duration;

use card_core::domain::date::UtcTime;
use card_core::login::{Nonce, NonceProblem};
use redis::{Cmd, RedisError, RedisResult};

/// How long the engine may take to connect, and to answer, unless said otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Which run of which server this is (`run_id`): another one after each restart and failover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run(String);

impl Run {
    /// The question for it.
    pub(crate) fn question() -> Cmd {
        let mut command = redis::cmd("INFO");
        command.arg("server");
        command
    }

    /// The answer to it.
    pub(crate) fn of(info: &str) -> Result<Self, NonceProblem> {
        let id = info.lines().find_map(|line| line.strip_prefix("run_id:"));
        let id = id.map(str::trim).filter(|id| !id.is_empty());
        // A proxy that answers for several servers: nothing can be promised there.
        let id = id.ok_or(NonceProblem::Store(ErrorKind::Unsupported))?;
        Ok(Self(id.to_owned()))
    }
}

/// Remembers a nonce; one that is out already keeps its end. The entry outlives the nonce by one
/// lifetime, to tell who comes late from who was never here.
pub(crate) fn remember(prefix: &str, nonce: &Nonce, now: UtcTime, run: &Run) -> Cmd {
    let end = now.unix().saturating_add(Nonce::LIFETIME);
    let mut command = redis::cmd("SET");
    command.arg(key(prefix, nonce));
    command.arg(format!("{end} {}", run.0));
    command.arg("NX").arg("EX").arg(2 * Nonce::LIFETIME);
    command
}

/// Forgets a nonce and answers what was remembered of it, in one step.
pub(crate) fn consume(prefix: &str, nonce: &Nonce) -> Cmd {
    let mut command = redis::cmd("GETDEL");
    command.arg(key(prefix, nonce));
    command
}

/// What a consumption comes to.
pub(crate) fn judge(entry: Option<String>, now: UtcTime, run: &Run) -> Result<(), NonceProblem> {
    let entry = entry.ok_or(NonceProblem::Unknown)?;
    let (end, written_in) = entry.split_once(' ').ok_or(NonceProblem::Unknown)?;
    if written_in != run.0 {
        return Err(NonceProblem::Unknown);
    }
    let end: i64 = end.parse().map_err(|_| NonceProblem::Unknown)?;
    if now.unix() <= end {
        Ok(())
    } else {
        Err(NonceProblem::Expired)
    }
}

fn key(prefix: &str, nonce: &Nonce) -> String {
    let digest = nonce.key();
    let digits = digest.as_bytes().iter().map(|byte| format!("{byte:02x}"));
    prefix.chars().map(String::from).chain(digits).collect()
}

/// The problem that an error of the client is.
pub(crate) fn problem(error: &RedisError) -> NonceProblem {
    NonceProblem::Store(match error.code() {
        Some("OOM") => return NonceProblem::Full,
        Some("NOAUTH" | "NOPERM" | "WRONGPASS") => ErrorKind::PermissionDenied,
        Some("READONLY") => ErrorKind::ReadOnlyFilesystem,
        _ if error.is_timeout() => ErrorKind::TimedOut,
        _ if error.is_connection_refusal() => ErrorKind::ConnectionRefused,
        _ if error.is_connection_dropped() => ErrorKind::ConnectionAborted,
        _ => ErrorKind::Other,
    })
}

/// The problem in a result of the client.
pub(crate) fn result<T>(result: RedisResult<T>) -> Result<T, NonceProblem> {
    result.map_err(|error| problem(&error))
}
