//! A second program at the card, told line by line what to do.
//!
//! ```text
//! second-program READER library         connects through this library
//!   certificate                         since our last window, authentication certificate
//!   signature PIN                       since our last window, authentication signature
//!
//! second-program READER shared|exclusive    connects through bare PC/SC, forgets nothing
//!   send COMMAND                        its answer
//!   begin                               a transaction
//!   end leave|reset|unpower|eject       ends it so
//!   reconnect                           after a reset
//!   disconnect leave|reset|unpower|eject    leaves the card so and ends
//! ```
//!
//! Bytes are hexadecimal. Each line is answered by one line: `ok`, what was asked for, or an error
//! by the library's code or PC/SC's name. The first line says how connecting went. At the end of
//! its input it disconnects and leaves the card as it is.

use std::error::Error;
use std::ffi::CString;
use std::io::{self, Lines, StdinLock};

use card_core::digest::{Digest, HashAlgorithm};
use card_core::pin::PinKind;
use card_core::readers::Service;
use card_core::{Card, Spend, UserPin};
use pcsc::{Context, Disposition, Protocols, Scope, ShareMode};

type Input = Lines<StdinLock<'static>>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut input = io::stdin().lines();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [reader, "library"] => library(reader, &mut input),
        [reader, "shared"] => bare(reader, ShareMode::Shared, &mut input),
        [reader, "exclusive"] => bare(reader, ShareMode::Exclusive, &mut input),
        _ => Err("the head of this program's source says how to call it".into()),
    }
}

fn library(reader: &str, input: &mut Input) -> Result<(), Box<dyn Error>> {
    let service = Service::connect().map_err(card_core::Error::from);
    let opened = service.and_then(|service| Ok(service.open(reader)?));
    let mut card = match opened {
        Ok(opened) => Card::new(opened),
        Err(error) => {
            println!("{}", error.code());
            return Ok(());
        }
    };
    println!("ok");
    for line in input {
        match ask(&mut card, &line?) {
            Ok(answer) => println!("{answer}"),
            Err(error) => println!("{}", error.code()),
        }
    }
    Ok(())
}

fn ask(card: &mut Card, line: &str) -> Result<String, card_core::Error> {
    let mut transaction = card.begin()?;
    let since = transaction.since();
    let bytes = match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["certificate"] => {
            let certificate = transaction.jpki()?.authentication_certificate()?;
            certificate.to_der().to_vec()
        }
        ["signature", pin] => {
            let pin = UserPin::parse(pin.as_bytes())
                .map_err(|problem| card_core::Error::shape(PinKind::Authentication, problem))?;
            let digest = Digest::of(HashAlgorithm::Sha256, b"");
            let mut jpki = transaction.jpki()?;
            let mut key = jpki.unlock_authentication(&pin, Spend::KeepOne)?;
            key.sign(&digest)?.as_bytes().to_vec()
        }
        _ => return Ok("unknown command".into()),
    };
    transaction.end()?;
    Ok(format!("{since:?} {}", hex(&bytes)))
}

fn bare(reader: &str, mode: ShareMode, input: &mut Input) -> Result<(), Box<dyn Error>> {
    let connected = Context::establish(Scope::User)
        .and_then(|context| context.connect(&CString::new(reader).unwrap(), mode, Protocols::ANY));
    let mut card = match connected {
        Ok(card) => card,
        Err(error) => {
            println!("{error:?}");
            return Ok(());
        }
    };
    println!("ok");
    while let Some(line) = input.next() {
        match line?.split_whitespace().collect::<Vec<_>>()[..] {
            ["send", command] => println!("{}", send(&card, command)?),
            ["reconnect"] => {
                let leave = Disposition::LeaveCard;
                say(card.reconnect(mode, Protocols::ANY, leave));
            }
            ["begin"] => match card.transaction() {
                Ok(transaction) => {
                    println!("ok");
                    if let Some(end) = inside(&transaction, input)? {
                        say(transaction.end(end).map_err(|(_, error)| error));
                    }
                }
                Err(error) => println!("{error:?}"),
            },
            ["disconnect", how] => {
                let Some(how) = disposition(how) else {
                    println!("unknown command");
                    continue;
                };
                say(card.disconnect(how).map_err(|(_, error)| error));
                return Ok(());
            }
            _ => println!("unknown command"),
        }
    }
    // Dropping the card would reset it.
    let _ = card.disconnect(Disposition::LeaveCard);
    Ok(())
}

/// Serves a transaction up to the line that ends it, and says how to leave the card.
fn inside(card: &pcsc::Card, input: &mut Input) -> Result<Option<Disposition>, Box<dyn Error>> {
    for line in input {
        match line?.split_whitespace().collect::<Vec<_>>()[..] {
            ["send", command] => println!("{}", send(card, command)?),
            ["end", how] if disposition(how).is_some() => return Ok(disposition(how)),
            _ => println!("unknown command"),
        }
    }
    Ok(None)
}

fn disposition(name: &str) -> Option<Disposition> {
    match name {
        "leave" => Some(Disposition::LeaveCard),
        "reset" => Some(Disposition::ResetCard),
        "unpower" => Some(Disposition::UnpowerCard),
        "eject" => Some(Disposition::EjectCard),
        _ => None,
    }
}

fn send(card: &pcsc::Card, command: &str) -> Result<String, Box<dyn Error>> {
    let command: Vec<u8> = (0..command.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&command[at..at + 2], 16))
        .collect::<Result<_, _>>()?;
    let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
    Ok(match card.transmit(&command, &mut buffer) {
        Ok(answer) => hex(answer),
        Err(error) => format!("{error:?}"),
    })
}

fn say(done: Result<(), pcsc::Error>) {
    match done {
        Ok(()) => println!("ok"),
        Err(error) => println!("{error:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
