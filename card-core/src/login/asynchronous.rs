//! The same verifier for services that await: only the store of nonces is asked asynchronously.

use std::future::{Future, ready};

use super::identity::IdentityKey;
use super::memory_nonces::MemoryNonces;
use super::nonce::{Nonce, NonceProblem, NonceStore};
use super::origin::Origin;
use super::verifier::{LoginReport, Verifier};
use crate::domain::date::UtcTime;
use crate::trust::{KnownCertificates, RevocationChecker, Trust};

/// Remembers which nonces are out, without blocking: [`NonceStore`] for services that await.
///
/// The same promise: of any number of requests with one nonce, at most one gets through.
pub trait AsyncNonceStore: Sync {
    /// Remembers a nonce from now on.
    ///
    /// # Errors
    ///
    /// As [`NonceStore::remember`].
    fn remember(
        &self,
        nonce: &Nonce,
        now: UtcTime,
    ) -> impl Future<Output = Result<(), NonceProblem>> + Send;

    /// Forgets a nonce, whatever comes of the request that brought it.
    ///
    /// A future that is dropped before it ends may have forgotten the nonce: the holder then asks
    /// for a new challenge.
    ///
    /// # Errors
    ///
    /// As [`NonceStore::consume`].
    fn consume(
        &self,
        nonce: &Nonce,
        now: UtcTime,
    ) -> impl Future<Output = Result<(), NonceProblem>> + Send;

    /// Makes a nonce and remembers it.
    ///
    /// # Errors
    ///
    /// As [`NonceStore::issue`].
    fn issue(&self, now: UtcTime) -> impl Future<Output = Result<Nonce, NonceProblem>> + Send {
        async move {
            let nonce = Nonce::random()?;
            self.remember(&nonce, now).await?;
            Ok(nonce)
        }
    }
}

/// Never waits for longer than its lock, so one process can await it as well.
impl AsyncNonceStore for MemoryNonces {
    fn remember(
        &self,
        nonce: &Nonce,
        now: UtcTime,
    ) -> impl Future<Output = Result<(), NonceProblem>> + Send {
        ready(NonceStore::remember(self, nonce, now))
    }

    fn consume(
        &self,
        nonce: &Nonce,
        now: UtcTime,
    ) -> impl Future<Output = Result<(), NonceProblem>> + Send {
        ready(NonceStore::consume(self, nonce, now))
    }

    fn issue(&self, now: UtcTime) -> impl Future<Output = Result<Nonce, NonceProblem>> + Send {
        ready(NonceStore::issue(self, now))
    }
}

/// [`Verifier`] over an [`AsyncNonceStore`].
///
/// Awaits the store and nothing else; no lock is held meanwhile. Judging a token takes a tenth of a
/// millisecond of computing on the calling thread. A [`RevocationChecker`] that asks over the
/// network blocks that thread: give it lists instead.
#[derive(Clone, Debug)]
pub struct AsyncVerifier<'a, S> {
    judge: Verifier<'a>,
    nonces: &'a S,
}

impl<'a, S: AsyncNonceStore> AsyncVerifier<'a, S> {
    /// As [`Verifier::new`].
    #[must_use]
    pub fn new(origin: Origin, trust: &'a Trust, nonces: &'a S) -> Self {
        // The judge has no store: `verify` asks it first, and hands over what it said.
        let judge = Verifier::danger_accepting_replays(origin, trust);
        Self { judge, nonces }
    }

    /// Asks about revocation.
    #[must_use]
    pub fn revocation(mut self, revocation: &'a (dyn RevocationChecker + Sync)) -> Self {
        self.judge = self.judge.revocation(revocation);
        self
    }

    /// As [`Verifier::remembering`].
    #[must_use]
    pub fn remembering(mut self, known: &'a KnownCertificates) -> Self {
        self.judge = self.judge.remembering(known);
        self
    }

    /// Tells who logged in, by this service's key.
    #[must_use]
    pub fn identity(mut self, key: &'a IdentityKey) -> Self {
        self.judge = self.judge.identity(key);
        self
    }

    /// As [`Verifier::verify`]: the nonce is consumed before the token is opened.
    pub async fn verify(&self, token: &[u8], nonce: &str, now: UtcTime) -> LoginReport {
        let Ok(nonce) = Nonce::parse(nonce) else {
            return LoginReport::without_nonce();
        };
        let consumed = self.nonces.consume(&nonce, now).await;
        self.judge.judge(token, &nonce, Some(consumed), now)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::login::{LoginReason, LoginRule, LoginVerdict};

    /// Polls until it is ready; the number of times it was not.
    fn drive<T>(future: impl Future<Output = T> + Send) -> (T, usize) {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        let mut pending = 0;
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(value) => return (value, pending),
                Poll::Pending => pending += 1,
            }
        }
    }

    /// A store that lets the caller wait once each time.
    struct Slow {
        nonces: MemoryNonces,
        asked: AtomicUsize,
    }

    impl AsyncNonceStore for Slow {
        async fn remember(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
            yield_once().await;
            NonceStore::remember(&self.nonces, nonce, now)
        }

        async fn consume(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            yield_once().await;
            NonceStore::consume(&self.nonces, nonce, now)
        }
    }

    async fn yield_once() {
        let mut waited = false;
        std::future::poll_fn(move |_| {
            if std::mem::replace(&mut waited, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    #[test]
    fn both_verifiers_say_the_same_and_burn_the_nonce() {
        let trust = Trust::production();
        let origin = Origin::parse("https://example.org").unwrap();
        let now = UtcTime::now();
        let slow = Slow {
            nonces: MemoryNonces::new(10),
            asked: AtomicUsize::new(0),
        };
        let (nonce, waited) = drive(slow.issue(now));
        assert_eq!(waited, 1);
        let nonce = nonce.unwrap();

        let verifier = AsyncVerifier::new(origin.clone(), &trust, &slow);
        let token = [b'{'; 200];
        let (report, waited) = drive(verifier.verify(&token, nonce.as_str(), now));
        assert_eq!(waited, 1);
        assert_eq!(report.verdict(LoginRule::Nonce), LoginVerdict::Pass);

        let memory = MemoryNonces::new(10);
        NonceStore::remember(&memory, &nonce, now).unwrap();
        let blocking = Verifier::new(origin.clone(), &trust, &memory);
        assert_eq!(report, blocking.verify(&token, nonce.as_str(), now));

        // Burnt by the failure; and a text that is no nonce never reaches the store.
        let (again, _) = drive(verifier.verify(&token, nonce.as_str(), now));
        let unknown = LoginReason::Nonce(NonceProblem::Unknown);
        assert_eq!(again.reason(), Some(unknown));
        let (none, _) = drive(verifier.verify(&token, "short", now));
        assert_eq!(none.reason(), Some(LoginReason::NonceInvalid));
        assert_eq!(slow.asked.load(Ordering::Relaxed), 2);

        let in_memory = AsyncVerifier::new(origin, &trust, &memory);
        let (once_more, waited) = drive(in_memory.verify(&token, nonce.as_str(), now));
        assert_eq!((once_more.reason(), waited), (Some(unknown), 0));
    }
}
