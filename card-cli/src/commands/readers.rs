//! `readers`: readers, what is in them, and the simulated residents.

use card_core::Error;
use card_core::readers::{Occupancy, Service};
use card_sim::persona::Persona;
use serde::Serialize;

use crate::exit::Failure;
use crate::output::{self, Report, hex, printable, table};
use crate::program::Program;
use crate::residents;
use crate::texts::Texts;

/// Takes nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

/// `mynacard.readers/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Readers {
    /// In the service's order; the index is what `--reader` takes.
    readers: Vec<Reader>,
    /// Names that `--reader sim:NAME` takes.
    residents: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Reader {
    index: usize,
    name: String,
    state: State,
    /// Answer to reset, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    atr: Option<String>,
}

#[derive(Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum State {
    /// No card.
    Empty,
    /// A card.
    Card,
    /// A card that another program holds exclusively.
    Busy,
    /// Something that does not answer to power on.
    Mute,
}

impl State {
    fn id(self) -> &'static str {
        match self {
            Self::Empty => "readers-empty",
            Self::Card => "readers-card",
            Self::Busy => "readers-busy",
            Self::Mute => "readers-mute",
        }
    }
}

/// Lists readers. Sends nothing to any card.
pub(crate) fn run(program: &Program, _: &Arguments) -> Result<(), Failure> {
    let asked = Service::connect().and_then(|service| service.readers());
    let shipped = Persona::SHIPPED.iter().map(|name| (*name).to_owned());
    let residents: Vec<String> = shipped.chain(residents::made()).collect();
    let readers = match asked {
        Ok(readers) => readers,
        Err(error) => {
            // Simulated cards need no service.
            if !program.global.json {
                output::show_text(&simulated(&residents, &program.texts))?;
            }
            return Err(Error::from(error).into());
        }
    };
    let readers = readers.into_iter().enumerate().map(|(index, reader)| {
        let (state, atr) = match &reader.occupancy {
            Occupancy::Empty => (State::Empty, None),
            Occupancy::Mute => (State::Mute, None),
            Occupancy::Card { atr, exclusive } => (
                if *exclusive { State::Busy } else { State::Card },
                Some(hex(atr)),
            ),
        };
        Reader {
            index,
            name: reader.name,
            state,
            atr,
        }
    });
    let report = Readers {
        readers: readers.collect(),
        residents,
    };
    program.show(&report)
}

impl Report for Readers {
    const NAME: &str = "readers";

    fn text(&self, texts: &Texts) -> String {
        let text = if self.readers.is_empty() {
            texts.say("readers-none") + "\n"
        } else {
            let row = |reader: &Reader| {
                vec![
                    reader.index.to_string(),
                    printable(&reader.name),
                    texts.say(reader.state.id()),
                ]
            };
            table(&self.readers.iter().map(row).collect::<Vec<_>>())
        };
        text + &simulated(&self.residents, texts)
    }
}

fn simulated(residents: &[String], texts: &Texts) -> String {
    let names = residents.join(" ");
    texts.with("readers-residents", [("names", names.as_str().into())]) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Readers>(Readers::NAME, Envelope::Plain);
    }
}
