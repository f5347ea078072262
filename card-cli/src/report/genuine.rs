//! The report of whether a record is genuine; not the record.

use serde::Serialize;

use crate::genuineness::{Proof, RecordWord};
use crate::output::{Report, table};
use crate::texts::Texts;

/// `mynacard.genuine/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Genuine {
    pub(crate) record: RecordWord,
    #[serde(flatten)]
    pub(crate) proof: Proof,
}

impl Report for Genuine {
    const NAME: &str = "genuine";

    fn text(&self, texts: &Texts) -> String {
        table(&self.proof.rows(texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Genuine>(Genuine::NAME, Envelope::Card);
    }
}
