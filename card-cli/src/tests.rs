//! Shared by the tests of several files: schemas and pages that follow the code.
//!
//! `MYNACARD_BLESS=1 cargo test -p card-cli` writes them anew.

use std::fs;
use std::path::Path;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// What stands around a report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// Everything is in the type itself.
    Bare,
    /// The name of the schema.
    Plain,
    /// The name of the schema, whether the card is simulated, what it cost.
    Card,
    /// As [`Envelope::Plain`] for a file, as [`Envelope::Card`] for a card.
    Either,
}

/// Holds `docs/schema/NAME.json` against the type that is written.
pub(crate) fn schema<T: JsonSchema>(name: &str, envelope: Envelope) {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.inline_subschemas = true;
    let mut schema = Value::from(settings.into_generator().into_root_schema_for::<T>());
    let id = format!("mynacard.{name}/1");
    let members = schema.as_object_mut().unwrap();
    members.insert("title".into(), id.clone().into());
    let more: &[(&str, Value)] = match envelope {
        Envelope::Bare | Envelope::Plain => &[],
        Envelope::Card | Envelope::Either => &[
            ("simulated", json!({ "type": "boolean" })),
            ("exchanges", json!({ "type": "integer", "minimum": 0 })),
            ("presented", json!({ "type": "integer", "minimum": 0 })),
        ],
    };
    let constant = [("schema", json!({ "const": id }))];
    for (member, value) in constant.iter().chain(more) {
        members["properties"]
            .as_object_mut()
            .unwrap()
            .insert((*member).into(), value.clone());
        if *member != "schema" && envelope == Envelope::Either {
            continue;
        }
        let required = members["required"].as_array_mut().unwrap();
        if !required.contains(&json!(member)) {
            required.push(json!(member));
        }
    }
    members.insert("additionalProperties".into(), false.into());
    bless(
        &format!("docs/schema/{name}.json"),
        &format!("{schema:#}\n"),
    );
}

/// Holds a file of the repository against what it should be.
pub(crate) fn bless(path: &str, content: &str) {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("MYNACARD_BLESS").is_some() {
        fs::create_dir_all(whole.parent().unwrap()).unwrap();
        fs::write(&whole, content).unwrap();
    }
    let stored = fs::read_to_string(&whole).unwrap_or_default();
    assert!(
        stored == content,
        "{path} is not up to date: MYNACARD_BLESS=1 cargo test -p card-cli"
    );
}
