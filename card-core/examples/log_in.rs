//! The desktop's side of a login: the card in the only reader answers a service's challenge.
//!
//! `cargo run -p card-core --example log_in -- ORIGIN NONCE < PIN`: the token goes to stdout, to be
//! sent to the service. A wrong PIN costs one of three attempts; the last one is never spent.

use std::io;

use card_core::login::{self, Nonce, Origin};
use card_core::readers::{Choice, Service, choose};
use card_core::{Card, Spend, UserPin};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let origin = Origin::parse(&arguments.next().ok_or("ORIGIN is missing")?)?;
    let nonce = Nonce::parse(&arguments.next().ok_or("NONCE is missing")?)?;
    // Read before the card is asked anything: nobody waits while the card is ours.
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let pin = UserPin::parse(line.trim_end().as_bytes())?;

    let service = Service::connect()?;
    let readers = service.readers()?;
    let reader = choose(&readers, &Choice::Only)?;
    let mut card = Card::new(service.open(&reader.name)?);
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    let mut key = jpki.unlock_authentication(&pin, Spend::KeepOne)?;
    let token = login::answer(&mut key, &origin, &nonce)?;
    transaction.end()?;
    println!("{}", token.to_json());
    Ok(())
}
