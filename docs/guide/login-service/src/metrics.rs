//! What is counted, in the text that Prometheus reads. No nonce, no token, no identity.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// `accepted`, `issued`, or the code of the reason why not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// The counters of one process.
pub(crate) struct Metrics {
    registry: Registry,
    challenges: Family<Outcome, Counter>,
    logins: Family<Outcome, Counter>,
    seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let challenges = Family::default();
        let logins = Family::default();
        let seconds = Histogram::new([0.001, 0.005, 0.02, 0.1, 0.5, 2.0]);
        registry.register("challenges", "Challenges asked for", challenges.clone());
        registry.register("logins", "Tokens judged", logins.clone());
        registry.register(
            "login_seconds",
            "Time to judge a token, the engine included",
            seconds.clone(),
        );
        Self {
            registry,
            challenges,
            logins,
            seconds,
        }
    }
}

impl Metrics {
    pub(crate) fn challenge(&self, outcome: &'static str) {
        self.challenges.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn login(&self, outcome: &'static str, took: Duration) {
        self.logins.get_or_create(&Outcome { outcome }).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
