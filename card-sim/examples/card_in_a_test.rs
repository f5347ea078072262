//! What a simulated card is for: the card is pulled while the program signs, and the test sees what
//! the program makes of it.
//!
//! `cargo run -p card-sim --example card_in_a_test`

use card_core::{Card, Spend, UserPin};
use card_sim::fault::{Fault, Plan};
use card_sim::front::in_process::SimulatedCard;
use card_sim::persona::Persona;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hanako = Persona::shipped("hanako").ok_or("no such resident")?;
    let pin = UserPin::parse(hanako.authentication_pin.value.as_bytes())?;
    for exchange in 1..=12 {
        let simulated = SimulatedCard::new(&hanako);
        simulated.set_plan(Plan::new().at(exchange, Fault::Remove));
        let mut card = Card::new(simulated.reader());
        let outcome = card.begin().and_then(|mut transaction| {
            let mut jpki = transaction.jpki()?;
            let mut key = jpki.unlock_authentication(&pin, Spend::KeepOne)?;
            key.certificate()?;
            transaction.end()
        });
        match outcome {
            Ok(()) => println!("exchange {exchange}: the job was done before"),
            Err(error) => println!("exchange {exchange}: {}", error.code()),
        }
    }
    Ok(())
}
