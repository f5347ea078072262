//! Every JSON document is what its schema in `docs/schema` says.
//!
//! A small validator of the words that the schemas use; it fails at any other word, so nothing is
//! passed over silently.

use std::path::Path;

use serde_json::{Value, json};

use crate::World;

/// Holds a document against the schema that it names.
#[track_caller]
pub(crate) fn holds(document: &Value) {
    let name = document["schema"].as_str().unwrap();
    let file = name
        .strip_prefix("mynacard.")
        .and_then(|name| name.strip_suffix("/1"))
        .unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
    let text = std::fs::read_to_string(folder.join(format!("{file}.json"))).unwrap();
    let schema = serde_json::from_str(&text).unwrap();
    let complaints = complaints(&schema, document, "");
    assert!(
        complaints.is_empty(),
        "{name}: {complaints:?}\n{document:#}"
    );
}

pub(crate) fn complaints(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    let members = match schema {
        Value::Bool(true) => return found,
        Value::Object(members) => members,
        _ => return vec![format!("{at}: never allowed")],
    };
    let mut say = |problem: &str| found.push(format!("{at}: {problem}"));
    let mut deeper = Vec::new();
    for (word, rule) in members {
        match word.as_str() {
            "$schema" | "title" | "description" | "format" | "default" => {}
            "const" if rule != value => say("another constant"),
            "enum" if !rule.as_array().unwrap().contains(value) => say("not one of these"),
            "const" | "enum" => {}
            "type" => {
                let kinds = match rule {
                    Value::Array(kinds) => kinds.clone(),
                    kind => vec![kind.clone()],
                };
                if !kinds
                    .iter()
                    .any(|kind| is_kind(kind.as_str().unwrap(), value))
                {
                    say("another type");
                }
            }
            "minimum" if value.as_i64() < rule.as_i64() && value.is_number() => say("too small"),
            "maximum" if value.as_i64() > rule.as_i64() && value.is_number() => say("too large"),
            "minLength" | "maxLength" | "minimum" | "maximum" => {}
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
                        say(&format!("no {name}"));
                    }
                }
            }
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        deeper.extend(complaints(rule, value, &format!("{at}/{name}")));
                    }
                }
            }
            "additionalProperties" => {
                let known = members.get("properties").and_then(Value::as_object);
                for (name, value) in value.as_object().into_iter().flatten() {
                    if !known.is_some_and(|known| known.contains_key(name)) {
                        deeper.extend(complaints(rule, value, &format!("{at}/{name}")));
                    }
                }
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    deeper.extend(complaints(rule, value, &format!("{at}/{index}")));
                }
            }
            "anyOf" | "oneOf" => {
                let fits = |rule: &&Value| complaints(rule, value, at).is_empty();
                if !rule.as_array().unwrap().iter().any(|rule| fits(&rule)) {
                    say("fits no alternative");
                }
            }
            other => say(&format!("the validator does not know {other}")),
        }
    }
    found.extend(deeper);
    found
}

fn is_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    }
}

#[test]
fn the_validator_can_fail() {
    let schema = json!({
        "type": "object",
        "properties": { "a": { "type": ["integer", "null"], "minimum": 1 } },
        "required": ["a"],
        "additionalProperties": false,
    });
    let count = |value: Value| complaints(&schema, &value, "").len();
    assert_eq!(count(json!({ "a": 1 })), 0);
    assert_eq!(count(json!({ "a": null })), 0);
    for wrong in [
        json!({}),
        json!({ "a": 0 }),
        json!({ "a": "1" }),
        json!({ "a": 1, "b": 2 }),
        json!([]),
    ] {
        assert_eq!(count(wrong.clone()), 1, "{wrong}");
    }
    assert_eq!(
        complaints(&json!({ "pattern": "x" }), &json!("x"), "").len(),
        1,
        "unknown words"
    );
}

#[test]
fn every_report_fits_its_schema() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    world.run("sim new jiro").done();
    let lines = [
        "--reader sim:hanako status",
        "--reader sim:kodomo status",
        "--reader sim:android status",
        "--reader sim:juki status",
        "--reader sim:hanako cert auth",
        "--reader sim:nagai --pin sim cert sign",
        "--reader sim:latin --pin sim cert sign",
        "--reader sim:hanako cert sign-ca",
        "--reader sim:jisedai cert auth-ca",
        "--reader sim:hanako --pin sim sign --format raw a.txt",
        "--reader sim:hanako --pin sim sign --format cms --consent-disclosure a.txt",
        "--reader sim:jisedai --pin sim sign --format jws --key auth a.txt",
        "verify --trust sim a.txt",
        "verify --trust sim --key auth a.txt.jws",
        "explain a.txt.p7s",
        "explain a.txt.jws",
        "--reader sim:jisedai --pin sim sign --format raw --check --key auth --force a.txt",
        "--reader sim:hanako pin status",
        "--reader sim:hanako --pin sim pin check auth",
        "--reader sim:hanako --pin sim profile",
        "--reader sim:hanako --pin sim profile --only birth,sex",
        "--reader sim:nagai --pin sim profile --signed --trust sim",
        "--reader sim:hanako --pin sim number --purpose holder",
        "--reader sim:latin --pin sim number --purpose other-by-law --law X --reveal",
        "--reader sim:hanako --pin sim face --output-dir face",
        "--reader sim:hanako --pin sim genuine profile --trust sim",
        "--reader sim:hanako --pin sim genuine face --trust sim",
        "--reader sim:hanako --pin sim age --over 20 --trust sim",
        "--reader sim:hanako --pin sim age --over 20 --no-proof",
        "--reader sim:hanako card",
        "--reader sim:menkyo --pin sim licence",
        "--reader sim:menkyo --pin sim licence --expiry",
        "--reader sim:hanako --pin sim pin check resident",
        "--reader sim:hanako probe -o quirks.toml",
        "sim pki pki",
        "sim list",
        "sim show hanako",
        "sim show latin",
        "sim show jiro",
        "sim reset hanako",
        "sim new saburo",
        "--reader sim:hanako --trace t status",
        "trace show t",
    ];
    for line in lines {
        let run = world.run(&format!("{line} --json")).done();
        let json = run.json();
        holds(&json);
        assert_eq!(
            json.get("simulated").is_some(),
            line.contains("--reader"),
            "{line}"
        );
    }
    let change = "--reader sim:hanako --json --pin stdin pin change auth";
    holds(&world.run_with(change, "1234\n4321\n").done().json());
}
