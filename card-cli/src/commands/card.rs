//! `card`: the card's own number, who issued it, until when. Presents no PIN.

use serde::Serialize;

use crate::connect::Connection;
use crate::exit::Failure;
use crate::jobs::record;
use crate::municipalities;
use crate::output::{Report, table};
use crate::program::Program;
use crate::texts::Texts;

/// Takes nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

/// `mynacard.card/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Card {
    /// 15 digits.
    serial: String,
    /// 5 digits, JIS X 0402.
    municipality_code: String,
    /// As far as this program knows it; null for a code of no prefecture.
    municipality_name: Option<String>,
    /// ISO 8601.
    expiry: String,
}

pub(crate) fn run(program: &Program, _: &Arguments) -> Result<(), Failure> {
    let mut connection = Connection::open(program)?;
    let number = record::card_number(&mut connection)?;
    let report = Card {
        serial: number.serial().to_owned(),
        municipality_code: number.municipality().to_owned(),
        municipality_name: municipalities::name(number.municipality()),
        expiry: number.expiry().to_string(),
    };
    program.show_card(&report, &connection)
}

impl Report for Card {
    const NAME: &str = "card";

    fn text(&self, texts: &Texts) -> String {
        let row = |id: &str, value: String| vec![texts.say(id), value];
        let name = self.municipality_name.as_deref().unwrap_or_default();
        table(&[
            row("sim-card-number", self.serial.clone()),
            row(
                "sim-municipality",
                format!("{} {name}", self.municipality_code),
            ),
            row("sim-expiry", self.expiry.clone()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Card>(Card::NAME, Envelope::Card);
    }
}
