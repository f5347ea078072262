//! Both stores, the blocking and the awaiting one, held to the same sentences.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, LazyLock};
use std::thread;
use std::time::Duration;

use card_core::domain::date::UtcTime;
use card_core::login::{AsyncNonceStore, Nonce, NonceProblem, NonceStore};
use card_login_redis::redis::Client;
use card_login_redis::{AsyncRedisNonces, RedisNonces};
use tokio::runtime::{Builder, Runtime};

use super::engine::Engine;

/// The awaiting store, awaited on a runtime of its own.
struct Awaited(AsyncRedisNonces, Runtime);

impl NonceStore for Awaited {
    fn remember(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let Self(store, runtime) = self;
        runtime.block_on(store.remember(nonce, now))
    }

    fn consume(&self, nonce: &Nonce, now: UtcTime) -> Result<(), NonceProblem> {
        let Self(store, runtime) = self;
        runtime.block_on(store.consume(nonce, now))
    }
}

type Store = Box<dyn NonceStore + Send + Sync>;

/// A store of each kind on this engine.
fn stores(client: &Client, patience: Duration) -> [Store; 2] {
    let mut runtime = Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
    let awaiting = AsyncRedisNonces::new(client.clone(), "login:").patience(patience);
    [
        Box::new(RedisNonces::new(client.clone(), "login:").patience(patience)),
        Box::new(Awaited(awaiting, runtime)),
    ]
}

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(300);
static NOW: LazyLock<UtcTime> = LazyLock::new(|| UtcTime::from_unix(1_800_000_000).unwrap());

fn later(seconds: i64) -> UtcTime {
    UtcTime::from_unix(NOW.unix() + seconds).unwrap()
}

const UNKNOWN: Result<(), NonceProblem> = Err(NonceProblem::Unknown);

#[test]
fn a_nonce_is_consumed_once_by_any_store() {
    let engine = Engine::start();
    let stores = stores(&engine.client(), LONG);
    for [issuer, other] in [[0, 1], [1, 0]] {
        let (issuer, other) = (&stores[issuer], &stores[other]);
        let nonce = issuer.issue(*NOW).unwrap();
        assert_eq!(other.consume(&nonce, later(300)), Ok(()));
        assert_eq!(issuer.consume(&nonce, *NOW), UNKNOWN);
        assert_eq!(other.consume(&nonce, *NOW), UNKNOWN);

        let late = issuer.issue(*NOW).unwrap();
        assert_eq!(other.consume(&late, later(301)), Err(NonceProblem::Expired));
        assert_eq!(issuer.consume(&late, *NOW), UNKNOWN);
        assert_eq!(issuer.consume(&Nonce::random().unwrap(), *NOW), UNKNOWN);

        // One that is out already keeps its end.
        let twice = issuer.issue(*NOW).unwrap();
        assert_eq!(other.remember(&twice, later(200)), Ok(()));
        assert_eq!(
            issuer.consume(&twice, later(400)),
            Err(NonceProblem::Expired)
        );
    }
    assert_eq!(engine.admin::<usize>("DBSIZE"), 0);
}

#[test]
fn the_engine_learns_no_nonce_and_forgets_by_itself() {
    let engine = Engine::start();
    for store in stores(&engine.client(), LONG) {
        let nonce = store.issue(*NOW).unwrap();
        let keys: Vec<String> = engine.admin("KEYS *");
        let [key] = &keys[..] else {
            panic!("{keys:?}");
        };
        let digest = key.strip_prefix("login:").unwrap();
        assert_eq!(digest.len(), 64);
        assert!(!key.contains(nonce.as_str()));
        let value: String = engine.admin(&format!("GET {key}"));
        assert!(!value.contains(nonce.as_str()));
        let seconds: i64 = engine.admin(&format!("TTL {key}"));
        assert!((1..=2 * Nonce::LIFETIME).contains(&seconds), "{seconds}");
        store.consume(&nonce, *NOW).unwrap();
    }
}

#[test]
fn a_race_has_one_winner() {
    const NONCES: usize = 100;
    let engine = Engine::start();
    let stores = [
        stores(&engine.client(), LONG),
        stores(&engine.client(), LONG),
    ];
    let stores: Vec<Store> = stores.into_iter().flatten().collect();
    let nonces: Vec<_> = (0..NONCES)
        .map(|n| stores[n % stores.len()].issue(*NOW).unwrap())
        .collect();
    let (start, won) = (Barrier::new(2 * stores.len()), AtomicUsize::new(0));
    thread::scope(|scope| {
        for store in stores.iter().chain(&stores) {
            scope.spawn(|| {
                start.wait();
                for nonce in &nonces {
                    match store.consume(nonce, *NOW) {
                        Ok(()) => {
                            won.fetch_add(1, Ordering::Relaxed);
                        }
                        outcome => assert_eq!(outcome, UNKNOWN),
                    }
                }
            });
        }
    });
    assert_eq!(won.into_inner(), NONCES);
}

#[test]
fn a_saved_state_brings_no_used_nonce_back() {
    let mut engine = Engine::start();
    let stores = stores(&engine.client(), LONG);
    let used = stores.each_ref().map(|store| store.issue(*NOW).unwrap());
    let outstanding = stores[0].issue(*NOW).unwrap();
    engine.admin::<()>("SAVE");
    for (store, nonce) in stores.iter().zip(&used) {
        store.consume(nonce, *NOW).unwrap();
    }
    engine.restart();
    // The state that was saved before the consumptions is there again.
    assert_eq!(engine.admin::<usize>("DBSIZE"), 3);
    for (store, nonce) in stores.iter().zip(&used) {
        // The connection ended with the engine; the call after that has a new one.
        let first = store.consume(nonce, *NOW);
        assert!(matches!(first, Err(NonceProblem::Store(_))), "{first:?}");
        assert_eq!(store.consume(nonce, *NOW), UNKNOWN);
    }
    assert_eq!(stores[0].consume(&outstanding, *NOW), UNKNOWN);
    for store in &stores {
        let nonce = store.issue(*NOW).unwrap();
        assert_eq!(store.consume(&nonce, *NOW), Ok(()));
    }
}

#[test]
fn a_replica_that_takes_over_brings_no_used_nonce_back() {
    let (primary, replica) = (Engine::start(), Engine::start());
    // Replicas are reached by address; the copy is made by hand instead, older than the consumption.
    let nonce = stores(&primary.client(), LONG)[0].issue(*NOW).unwrap();
    let key = primary.admin::<Vec<String>>("KEYS *").remove(0);
    let value: String = primary.admin(&format!("GET {key}"));
    for store in stores(&replica.client(), LONG) {
        let mut copy = card_login_redis::redis::cmd("SET");
        copy.arg(&key).arg(&value);
        copy.query::<()>(&mut replica.connection()).unwrap();
        assert_eq!(store.consume(&nonce, *NOW), UNKNOWN);
    }
    assert_eq!(
        stores(&primary.client(), LONG)[1].consume(&nonce, *NOW),
        Ok(())
    );
}

#[test]
fn an_engine_that_is_gone_is_named_and_comes_back() {
    let mut engine = Engine::start();
    let stores = stores(&engine.client(), LONG);
    for store in &stores {
        store.issue(*NOW).unwrap();
    }
    engine.kill();
    for store in &stores {
        for _ in 0..3 {
            let outcome = store.issue(*NOW).map(|_| ());
            assert!(
                matches!(outcome, Err(NonceProblem::Store(_))),
                "{outcome:?}"
            );
        }
    }
    engine.restart();
    for store in &stores {
        let nonce = store.issue(*NOW).unwrap();
        assert_eq!(store.consume(&nonce, *NOW), Ok(()));
    }
}

#[test]
fn an_engine_that_is_silent_is_given_up_and_nothing_is_sent_again() {
    let engine = Engine::start();
    for store in stores(&engine.client(), SHORT) {
        let nonce = store.issue(*NOW).unwrap();
        engine.signal("-STOP");
        let outcome = store.consume(&nonce, *NOW);
        engine.signal("-CONT");
        assert!(
            matches!(
                outcome,
                Err(NonceProblem::Store(
                    ErrorKind::TimedOut | ErrorKind::WouldBlock
                ))
            ),
            "{outcome:?}"
        );
        // The command was on its way: the engine has run it when it answers the next one.
        assert_eq!(retry(|| store.consume(&nonce, *NOW)), UNKNOWN);
    }
}

/// Until the engine, which was stopped, answers in time again.
fn retry(mut ask: impl FnMut() -> Result<(), NonceProblem>) -> Result<(), NonceProblem> {
    for _ in 0..200 {
        match ask() {
            Err(NonceProblem::Store(_)) => thread::sleep(SHORT),
            outcome => return outcome,
        }
    }
    panic!("the engine does not come back");
}

#[test]
fn a_full_engine_refuses_challenges_and_keeps_those_it_has() {
    let engine = Engine::start();
    engine.admin::<()>("CONFIG SET maxmemory-policy noeviction");
    for store in stores(&engine.client(), LONG) {
        let first = store.issue(*NOW).unwrap();
        engine.admin::<()>("CONFIG SET maxmemory 1");
        assert_eq!(store.issue(*NOW).map(|_| ()), Err(NonceProblem::Full));
        assert_eq!(store.consume(&first, *NOW), Ok(()));
        engine.admin::<()>("CONFIG SET maxmemory 0");
    }
}

#[test]
fn what_is_not_a_redis_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::open(format!("unix://{}/nobody", folder.path().display())).unwrap();
    for store in stores(&client, SHORT) {
        let outcome = store.issue(*NOW).map(|_| ());
        assert!(
            matches!(outcome, Err(NonceProblem::Store(_))),
            "{outcome:?}"
        );
    }
    let secret = Client::open("redis://user:hunter2@127.0.0.1:1/").unwrap();
    let shown = format!("{:?}", RedisNonces::new(secret, "login:"));
    assert_eq!(shown, r#"RedisNonces("login:")"#);
}
