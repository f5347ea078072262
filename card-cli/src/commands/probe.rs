//! `probe`: what a card has and how it answers, for those who look after the simulator. Presents no
//! PIN, and nothing of what it says is about the holder.

use std::path::PathBuf;

use crate::connect::Connection;
use crate::exit::Failure;
use crate::jobs;
use crate::output::{Place, Privacy};
use crate::program::Program;
use crate::report::probe::Probe;

/// Where the profile for the simulator goes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let place = arguments.output.as_deref();
    let place = place.map(|path| Place::look(path, arguments.force, Privacy::Anybody));
    let place = place.transpose()?;
    let mut connection = Connection::open(program)?;
    let report = Probe::of(&jobs::probe::census(&mut connection)?);
    if let Some(place) = &place {
        place.write(report.profile().as_bytes())?;
    }
    program.show_card(&report, &connection)
}
