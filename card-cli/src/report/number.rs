//! The report of the My Number, as stars unless revealed.

use std::path::Path;

use card_core::domain::my_number::MyNumber;
use card_core::handling::{Handling, Purpose};
use serde::Serialize;

use crate::output::Report;
use crate::texts::Texts;

/// `mynacard.number/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Shown {
    /// Twelve stars unless revealed.
    number: String,
    revealed: bool,
    purpose: &'static str,
    /// With `other-by-law`.
    law: Option<String>,
    /// The file that tells of this handling, without the number.
    pub(crate) record: String,
}

impl Shown {
    pub(crate) fn of(number: &MyNumber, reveal: bool, handling: &Handling, record: &Path) -> Self {
        Self {
            number: if reveal {
                number.reveal().to_owned()
            } else {
                MyNumber::MASKED.to_owned()
            },
            revealed: reveal,
            purpose: handling.purpose.word(),
            law: match &handling.purpose {
                Purpose::OtherByLaw(law) => Some(law.to_string()),
                _ => None,
            },
            record: record.display().to_string(),
        }
    }
}

impl Report for Shown {
    const NAME: &str = "number";

    fn text(&self, _: &Texts) -> String {
        format!("{}\n", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Shown>(Shown::NAME, Envelope::Card);
    }
}
