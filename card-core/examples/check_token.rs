//! The service's side of a login, without a reader: issues a challenge and checks the answer.
//!
//! `cargo run -p card-core --no-default-features --example check_token -- ORIGIN < TOKENS`: the
//! challenge goes to stdout; the first line of stdin is the token that answers it.

use std::io::{self, Read as _};

use card_core::domain::date::UtcTime;
use card_core::login::{MemoryNonces, NonceStore as _, Origin, Verifier};
use card_core::trust::Trust;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let origin = std::env::args().nth(1).ok_or("ORIGIN is missing")?;
    let (trust, nonces) = (Trust::production(), MemoryNonces::new(1000));
    let verifier = Verifier::new(Origin::parse(&origin)?, &trust, &nonces);

    let nonce = nonces.issue(UtcTime::now())?;
    println!("{}", nonce.as_str());
    let mut token = String::new();
    io::stdin().take(10_001).read_to_string(&mut token)?;
    let report = verifier.verify(token.trim_end().as_bytes(), nonce.as_str(), UtcTime::now());
    match report.reason() {
        None => println!("accepted"),
        Some(reason) => println!("refused: {}", reason.code()),
    }
    Ok(())
}
