//! The report of name, address, birth date and sex.

use card_core::applet::profile::AttributesRecord;
use card_core::domain::person::Attributes;
use serde::Serialize;

use crate::genuineness::Proof;
use crate::output::{Report, hex, printable, table};
use crate::texts::{Language, Texts};

/// One of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Field {
    Name,
    Address,
    Birth,
    Sex,
}

/// `mynacard.profile/1`. A field that was not asked for is not there; null is not on the card.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Person {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Option<String>>,
    /// ISO 8601, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    birth: Option<Option<String>>,
    /// With the era.
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_japanese: Option<Option<String>>,
    /// `male`, `female`, `not-applicable` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sex: Option<Option<&'static str>>,
    /// Fields that this program does not know; only where everything was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<Vec<Unknown>>,
    /// With `--signed`.
    pub(crate) proof: Option<Proof>,
    #[serde(skip)]
    sex_japanese: Option<&'static str>,
}

/// A field that this program does not know.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Unknown {
    /// Hexadecimal.
    tag: String,
    /// Hexadecimal.
    value: String,
}

impl Person {
    pub(crate) fn of(record: &AttributesRecord, only: &[Field], proof: Option<Proof>) -> Self {
        let Attributes {
            name,
            address,
            birth,
            sex,
            ..
        } = &record.attributes;
        let asked = |field: Field| only.is_empty() || only.contains(&field);
        let unknown = record.unknown.iter().map(|field| Unknown {
            tag: field.tag.clone(),
            value: hex(&field.value),
        });
        Self {
            name: asked(Field::Name).then(|| name.clone()),
            address: asked(Field::Address).then(|| address.clone()),
            birth: asked(Field::Birth).then(|| birth.map(|birth| birth.iso())),
            birth_japanese: asked(Field::Birth).then(|| birth.map(|birth| birth.japanese())),
            sex: asked(Field::Sex).then(|| sex.map(|sex| sex.word())),
            unknown: only.is_empty().then(|| unknown.collect()),
            proof,
            sex_japanese: sex.map(|sex| sex.japanese()),
        }
    }
}

impl Report for Person {
    const NAME: &str = "profile";

    fn text(&self, texts: &Texts) -> String {
        let japanese = texts.language() == Language::Japanese;
        let mut rows = Vec::new();
        let mut row = |id: &str, value: Option<Option<&str>>| {
            if let Some(value) = value {
                let value = value.map_or_else(|| texts.say("field-absent"), printable);
                rows.push(vec![texts.say(id), value]);
            }
        };
        row("cert-name", self.name.as_ref().map(Option::as_deref));
        row("cert-address", self.address.as_ref().map(Option::as_deref));
        let birth = if japanese {
            &self.birth_japanese
        } else {
            &self.birth
        };
        row("cert-birth", birth.as_ref().map(Option::as_deref));
        let sex = if japanese {
            self.sex.map(|_| self.sex_japanese)
        } else {
            self.sex
        };
        row("cert-sex", sex);
        for field in self.unknown.iter().flatten() {
            rows.push(vec![field.tag.clone(), field.value.clone()]);
        }
        if let Some(proof) = &self.proof {
            rows.extend(proof.rows(texts));
        }
        table(&rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Person>(Person::NAME, Envelope::Card);
    }
}
