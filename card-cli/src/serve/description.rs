//! Schemas of what a method takes and gives, made from its types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

/// What a method takes and gives.
pub(super) struct Description {
    pub(super) params: Value,
    pub(super) result: Value,
}

impl Description {
    /// Of its own parameters and those that several methods have in common.
    pub(super) fn of<P: JsonSchema, R: JsonSchema>(common: Option<Value>) -> Self {
        let mut params = parameters::<P>();
        for member in ["properties", "required"] {
            match common.as_ref().map(|common| common[member].clone()) {
                Some(Value::Object(more)) => {
                    let own = params[member].take();
                    let own = own.as_object().cloned().unwrap_or_default();
                    params[member] = more.into_iter().chain(own).collect();
                }
                Some(Value::Array(more)) => {
                    let own = params[member].take();
                    let own = own.as_array().cloned().unwrap_or_default();
                    params[member] = more.into_iter().chain(own).collect();
                }
                _ => {}
            }
        }
        Self {
            params,
            result: shape(generator().into_root_schema_for::<R>()),
        }
    }
}

/// Schemas of what we write.
pub(super) fn generator() -> SchemaGenerator {
    settings().for_serialize().into_generator()
}

/// The schema of parameters.
pub(super) fn parameters<P: JsonSchema>() -> Value {
    let generator = settings().for_deserialize().into_generator();
    shape(generator.into_root_schema_for::<P>())
}

fn settings() -> SchemaSettings {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings
}

/// Without what only a file of its own needs.
pub(super) fn shape(schema: Schema) -> Value {
    let mut schema = Value::from(schema);
    let members = schema.as_object_mut().unwrap();
    members.remove("$schema");
    members.remove("title");
    // Of structs with a flattened part, which say this of themselves only.
    if members.contains_key("properties") {
        members.insert("additionalProperties".into(), false.into());
    }
    schema
}
