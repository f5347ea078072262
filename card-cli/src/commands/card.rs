//! `card`: the card's own number, who issued it, until when. Presents no PIN.

use crate::connect::Connection;
use crate::exit::Failure;
use crate::jobs::record;
use crate::program::Program;
use crate::report::card::Card;

/// Takes nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(program: &Program, _: &Arguments) -> Result<(), Failure> {
    let mut connection = Connection::open(program)?;
    let report = Card::of(&record::card_number(&mut connection)?);
    program.show_card(&report, &connection)
}
