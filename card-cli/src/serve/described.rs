//! The description of the whole interface: `docs/schema/openrpc.json`.

use serde_json::{Value, json};

use super::description::{Description, generator, shape};
use super::events;
use super::initialize::{API, Initialize, Initialized};
use super::message::{ErrorData, Id};
use super::methods::METHODS;
use super::question::SecretRequest;

fn method(name: &str, Description { mut params, result }: Description) -> Value {
    let required = params["required"].as_array().cloned().unwrap_or_default();
    let about = params["description"].take();
    let params = params["properties"].as_object().cloned();
    let params = params.unwrap_or_default().into_iter().map(|(name, schema)| {
        json!({ "name": name, "required": required.contains(&json!(name)), "schema": schema })
    });
    json!({
        "name": name,
        "description": about,
        "paramStructure": "by-name",
        "params": params.collect::<Vec<_>>(),
        "result": { "name": "result", "schema": result },
    })
}

#[test]
fn the_description_is_up_to_date() {
    let first = Description::of::<Initialize, Initialized>(None);
    let methods = METHODS.iter();
    let methods = methods.map(|entry| method(entry.name, (entry.description)()));
    let methods: Vec<Value> = [method("initialize", first)]
        .into_iter()
        .chain(methods)
        .collect();
    let events = events::all().into_iter();
    let events = events.map(|(name, schema)| json!({ "name": name, "params": shape(schema) }));
    let description = json!({
        "openrpc": "1.3.2",
        "info": { "title": "mynacard serve", "version": API.to_string() },
        "methods": methods,
        "x-notifications": [{
            "name": "$/cancelRequest",
            "description": "Cancels a request; what is on the wire is awaited, then it is answered.",
            "params": {
                "type": "object",
                "properties": { "id": shape(generator().into_root_schema_for::<Id>()) },
                "required": ["id"],
            },
        }],
        "x-events": events.collect::<Vec<_>>(),
        "x-questions": [{
            "name": "secret/request",
            "params": shape(generator().into_root_schema_for::<SecretRequest>()),
            "result": {
                "type": ["object", "null"],
                "properties": { "value": { "type": "string" } },
                "required": ["value"],
            },
        }],
        "x-error-data": shape(generator().into_root_schema_for::<ErrorData<'static>>()),
        "x-error-codes": crate::exit::every_code(),
    });
    crate::tests::bless("docs/schema/openrpc.json", &format!("{description:#}\n"));
}
