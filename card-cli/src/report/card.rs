//! The report of the card's own number.

use card_core::applet::common::CardNumber;
use serde::Serialize;

use crate::municipalities;
use crate::output::{Report, table};
use crate::texts::Texts;

/// `mynacard.card/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Card {
    /// 15 digits.
    serial: String,
    /// 5 digits, JIS X 0402.
    municipality_code: String,
    /// As far as this program knows it; null for a code of no prefecture.
    municipality_name: Option<String>,
    /// The month of the table of names, `YYYY-MM`.
    municipality_names_as_of: &'static str,
    /// ISO 8601.
    expiry: String,
}

impl Card {
    pub(crate) fn of(number: &CardNumber) -> Self {
        Self {
            serial: number.serial().to_owned(),
            municipality_code: number.municipality().to_owned(),
            municipality_name: municipalities::name(number.municipality()),
            municipality_names_as_of: municipalities::AS_OF,
            expiry: number.expiry().to_string(),
        }
    }
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
