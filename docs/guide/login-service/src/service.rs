//! The requests: a challenge, the token that answers it, and what operators ask.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use card_core::domain::date::UtcTime;
use card_core::login::{
    AsyncNonceStore as _, AsyncVerifier, IdentityKey, LoginReason, Nonce, NonceProblem, Origin,
};
use card_core::trust::Trust;
use card_login_redis::AsyncRedisNonces;
use serde_json::json;

use crate::metrics::Metrics;

/// What every request needs.
pub(crate) struct Service {
    pub(crate) origin: Origin,
    pub(crate) trust: Trust,
    pub(crate) nonces: AsyncRedisNonces,
    pub(crate) key: IdentityKey,
    pub(crate) metrics: Metrics,
}

/// The cookie that holds the nonce. `__Host-`: set by this host over TLS and by no other.
const NONCE: &str = "__Host-nonce";

/// Larger than any token; what is larger is not read.
const LARGEST_BODY: usize = 16 * 1024;

pub(crate) fn routes(service: Arc<Service>) -> Router {
    Router::new()
        .route("/challenge", post(challenge))
        .route("/login", post(login))
        .route("/live", get(|| async { StatusCode::OK }))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(service)
}

/// A nonce for the page, and the same in a cookie that the page cannot read: a token does not say
/// which challenge it answers.
async fn challenge(State(service): State<Arc<Service>>) -> Response {
    match service.nonces.issue(UtcTime::now()).await {
        Ok(nonce) => {
            service.metrics.challenge("issued");
            let cookie = cookie(nonce.as_str(), Nonce::LIFETIME);
            let body = Json(json!({ "nonce": nonce.as_str() }));
            ([(SET_COOKIE, cookie), no_store()], body).into_response()
        }
        Err(problem) => {
            service.metrics.challenge(problem.code());
            unavailable(problem)
        }
    }
}

/// Judges the token that answers this browser's challenge. The nonce is used up whatever comes of it.
async fn login(State(service): State<Arc<Service>>, headers: HeaderMap, token: Bytes) -> Response {
    let begun = Instant::now();
    let verifier = AsyncVerifier::new(service.origin.clone(), &service.trust, &service.nonces)
        .identity(&service.key);
    let nonce = nonce(&headers).unwrap_or_default();
    let report = verifier.verify(&token, nonce, UtcTime::now()).await;
    let reason = report.reason();
    let outcome = reason.map_or("accepted", LoginReason::code);
    service.metrics.login(outcome, begun.elapsed());
    let headers = [(SET_COOKIE, cookie("", 0)), no_store()];
    match (reason, report.identity()) {
        // Here a site begins a session of its own for this identity. It changes when the certificate
        // is renewed: let the holder add the new one while the old one still logs in.
        (None, Some(identity)) => {
            let revocation = report
                .certificate()
                .map(|chain| chain.revocation().status());
            let body = json!({ "identity": identity.to_string(), "revocation": revocation });
            (headers, Json(body)).into_response()
        }
        (Some(LoginReason::Nonce(problem @ NonceProblem::Store(_))), _) => unavailable(problem),
        _ => {
            let body = Json(json!({ "reason": outcome }));
            (StatusCode::UNAUTHORIZED, headers, body).into_response()
        }
    }
}

/// Whether this process can log people in now.
async fn health(State(service): State<Arc<Service>>) -> Response {
    match service.nonces.check().await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(problem) => unavailable(problem),
    }
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let text = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match service.metrics.text() {
        Ok(body) => ([(CONTENT_TYPE, text)], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn unavailable(problem: NonceProblem) -> Response {
    let headers = [(RETRY_AFTER, "1".to_owned()), no_store()];
    let body = Json(json!({ "reason": problem.code() }));
    (StatusCode::SERVICE_UNAVAILABLE, headers, body).into_response()
}

fn no_store() -> (axum::http::HeaderName, String) {
    (CACHE_CONTROL, "no-store".to_owned())
}

fn cookie(value: &str, seconds: i64) -> String {
    format!("{NONCE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

/// The nonce in the cookie; nothing if there is none, or more than one.
fn nonce(headers: &HeaderMap) -> Option<&str> {
    let mut found = headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix(NONCE)?.strip_prefix('='));
    found.next().filter(|_| found.next().is_none())
}
