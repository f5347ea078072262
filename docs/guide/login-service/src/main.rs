//! A service that logs people in with their My Number Card (個人番号カード).
//!
//! Holds no state of its own: any number of processes behind one engine are one service.

mod metrics;
mod service;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use card_core::login::{IdentityKey, Origin};
use card_core::trust::Trust;
use card_login_redis::{AsyncRedisNonces, redis};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::metrics::Metrics;
use crate::service::Service;

/// Logs people in with their My Number Card. Listens in plain HTTP: TLS is the business of the proxy
/// in front of it.
#[derive(Parser)]
struct Options {
    /// The site as browsers see it: scheme and host, and the port if it is not the usual one
    #[arg(long)]
    origin: String,
    /// Where the nonces are: redis://HOST/, valkey://HOST/ or unix:///PATH
    #[arg(long, default_value = "redis://127.0.0.1/")]
    redis: String,
    /// A folder with the key from which holders' identities are made; the same for all processes
    #[arg(long)]
    keys: PathBuf,
    /// Which roots to trust: production, jlis-test, or a folder of certificates
    #[arg(long, default_value = "production")]
    trust: String,
    /// The address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let trust = match options.trust.as_str() {
        "production" => Trust::production(),
        "jlis-test" => Trust::jlis_test(),
        folder => Trust::folder(folder.as_ref())?,
    };
    let service = Arc::new(Service {
        origin: Origin::parse(&options.origin)?,
        trust,
        nonces: AsyncRedisNonces::new(redis::Client::open(options.redis)?, "login:"),
        key: IdentityKey::in_folder(&options.keys)?,
        metrics: Metrics::default(),
    });
    let mut told_to_stop = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(options.listen).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, service::routes(service))
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = told_to_stop.recv() => {}
            }
        })
        .await?;
    Ok(())
}
