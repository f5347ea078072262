//! Serves made-up residents as cards in pcscd: `card-sim [--state FOLDER] [--port PORT] RESIDENT…`
//!
//! A resident is the name of a shipped one or a path to a TOML file. Commands on standard input:
//! `insert NAME`, `remove NAME`, `reset`, `quit`; its end ends the program too.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use card_sim::front::serve::{Serve, serve};
use card_sim::front::vpcd::FIRST_PORT;
use card_sim::persona::Persona;

const USAGE: &str = "usage: card-sim [--state FOLDER] [--port PORT] RESIDENT...";

fn main() -> ExitCode {
    match arguments().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("card-sim: {text}");
            ExitCode::from(2)
        }
    }
}

fn run(what: Serve) -> Result<(), String> {
    eprintln!("card-sim: SIMULATED cards of made-up residents");
    serve(&what, io::stdin().lock(), |notice| println!("{notice}"))
        .map_err(|error| error.to_string())
}

fn arguments() -> Result<Serve, String> {
    let mut arguments = env::args().skip(1);
    let (mut personas, mut state, mut port) = (Vec::new(), None, FIRST_PORT);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--state" => state = Some(PathBuf::from(arguments.next().ok_or(USAGE)?)),
            "--port" => {
                port = arguments
                    .next()
                    .and_then(|port| port.parse().ok())
                    .ok_or(USAGE)?;
            }
            _ if argument.starts_with('-') => return Err(USAGE.to_owned()),
            resident => personas.push(persona(resident)?),
        }
    }
    if personas.is_empty() {
        return Err(format!(
            "{USAGE}\nshipped residents: {}",
            Persona::SHIPPED.join(", ")
        ));
    }
    Ok(Serve {
        personas,
        state,
        port,
    })
}

fn persona(resident: &str) -> Result<Persona, String> {
    match Persona::shipped(resident) {
        Some(persona) => Ok(persona),
        None => Persona::load(Path::new(resident)).map_err(|error| error.to_string()),
    }
}
