//! `status`: what kind of card this is and how many attempts are left. Presents no PIN.

use crate::connect::Connection;
use crate::exit::Failure;
use crate::jobs;
use crate::program::Program;
use crate::report::status::Status;

/// Takes nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

/// Asks the card for everything that it tells without a PIN.
pub(crate) fn run(program: &Program, _: &Arguments) -> Result<(), Failure> {
    let mut connection = Connection::open(program)?;
    let report = Status::of(jobs::status::run(&mut connection)?);
    program.show_card(&report, &connection)
}
