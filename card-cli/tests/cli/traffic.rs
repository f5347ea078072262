//! What passes between a client and `serve`, held against `docs/schema/openrpc.json`: requests,
//! results, errors, events, questions and what is said to them.

use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::schema::complaints;

/// One conversation.
#[derive(Default)]
pub(crate) struct Traffic {
    /// Requests without an answer.
    open: Vec<Value>,
}

impl Traffic {
    /// Notes what the client writes. It is judged by the answer: some tests write what is wrong.
    pub(crate) fn sent(&mut self, message: &Value) {
        if message["method"].is_string() && message["id"].is_i64() {
            self.open.push(message.clone());
        }
    }

    /// Judges what the program writes. A request that does not fit must have been refused.
    pub(crate) fn came(&mut self, message: &Value) -> Result<(), String> {
        let (id, description) = (&message["id"], description());
        if let Some(method) = message["method"].as_str() {
            let kind = ["x-events", "x-questions"][usize::from(!id.is_null())];
            let entry = described(&description[kind], method)?;
            return fits(&entry["params"], &message["params"]);
        }
        let place = self.open.iter().position(|open| open["id"] == *id);
        let request = place.map(|place| self.open.remove(place));
        if let Some(error) = message.get("error") {
            if !error["code"].is_i64() || !error["message"].is_string() {
                return Err(format!("no error of JSON-RPC: {message:#}"));
            }
            fits(&description["x-error-data"], &error["data"])?;
            let refused = REFUSALS.contains(&error["data"]["code"].as_str().unwrap());
            return match request {
                Some(request) if !refused => is_right(&request),
                _ => Ok(()),
            };
        }
        let request = request.ok_or(format!("answers no request: {message:#}"))?;
        let entry = described(&description["methods"], request["method"].as_str().unwrap())?;
        fits(&entry["result"]["schema"], &message["result"])?;
        is_right(&request)
    }
}

/// Codes of a request that was not understood.
const REFUSALS: [&str; 7] = [
    "api.unknown",
    "method.unknown",
    "request.early",
    "request.invalid",
    "request.repeated",
    "ui.unknown",
    "usage.wrong",
];

/// Holds the parameters of a request against its method.
fn is_right(request: &Value) -> Result<(), String> {
    // A client of a later level may say more.
    if request["params"]["api"].as_u64() > Some(2) {
        return Ok(());
    }
    let method = request["method"].as_str().unwrap();
    let method = described(&description()["methods"], method)?;
    let mut schema = json!({
        "type": "object", "properties": {}, "required": [], "additionalProperties": false,
    });
    for param in method["params"].as_array().unwrap() {
        let name = param["name"].as_str().unwrap();
        schema["properties"][name] = param["schema"].clone();
        if param["required"] == true {
            schema["required"].as_array_mut().unwrap().push(name.into());
        }
    }
    fits(&schema, &request["params"])
}

/// Judges a whole conversation by the bytes of both directions; what was in it, by method or event.
pub(crate) fn conversation(to: &[u8], from: &[u8]) -> Result<Vec<String>, String> {
    let mut traffic = Traffic::default();
    let (mut seen, mut replies) = (Vec::new(), Vec::new());
    for message in frames(to)? {
        traffic.sent(&message);
        match message["method"].as_str() {
            None => replies.push(message),
            Some(method) if message["id"].is_null() => {
                let entry = described(&description()["x-notifications"], method)?;
                fits(&entry["params"], &message["params"])?;
            }
            Some(method) => seen.push(method.to_owned()),
        }
    }
    let mut questions = Vec::new();
    for message in frames(from)? {
        traffic.came(&message)?;
        let method = message["method"].as_str();
        seen.extend(method.map(str::to_owned));
        if method.is_some() && !message["id"].is_null() {
            questions.push(message);
        }
    }
    for reply in replies {
        let question = questions.iter().find(|asked| asked["id"] == reply["id"]);
        let question = question.ok_or(format!("answers no question: {reply:#}"))?;
        let entry = question["method"].as_str().unwrap();
        let entry = described(&description()["x-questions"], entry)?;
        fits(&entry["result"], &reply["result"])?;
    }
    Ok(seen)
}

/// Messages out of bytes; the last may be cut off where a process was ended.
fn frames(mut bytes: &[u8]) -> Result<Vec<Value>, String> {
    let mut messages = Vec::new();
    while let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = str::from_utf8(&bytes[..end]).map_err(|_| "a header that is no text")?;
        let length = head.strip_prefix("Content-Length: ");
        let length: usize = length.and_then(|it| it.parse().ok()).ok_or("no length")?;
        let Some(body) = bytes.get(end + 4..end + 4 + length) else {
            break;
        };
        let message: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if message["jsonrpc"] != "2.0" {
            return Err(format!("no JSON-RPC 2.0: {message:#}"));
        }
        messages.push(message);
        bytes = &bytes[end + 4 + length..];
    }
    Ok(messages)
}

/// Judges the conversations of a folder: for each a file `….to` and one `….from`.
#[track_caller]
pub(crate) fn holds(folder: &Path) -> Vec<String> {
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let to = entry.unwrap().path();
        if to.extension().is_some_and(|extension| extension == "to") {
            let from = std::fs::read(to.with_extension("from")).unwrap();
            let to = std::fs::read(to).unwrap();
            seen.extend(conversation(&to, &from).unwrap_or_else(|problem| panic!("{problem}")));
        }
    }
    seen
}

/// The description of the interface.
pub(crate) fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schema/openrpc.json");
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
    })
}

pub(crate) fn described<'d>(list: &'d Value, name: &str) -> Result<&'d Value, String> {
    let mut list = list.as_array().unwrap().iter();
    let one = list.find(|one| one["name"] == name);
    one.ok_or(format!("{name} is not described"))
}

fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    match complaints(schema, value, "").as_slice() {
        [] => Ok(()),
        found => Err(format!("{found:?}\n{value:#}")),
    }
}

#[test]
fn the_description_can_refuse() {
    let framed = |message: &Value| {
        let text = message.to_string();
        format!("Content-Length: {}\r\n\r\n{text}", text.len())
    };
    let judge = |messages: &[Value]| {
        let (to, from) = messages.split_at(3);
        let [to, from] = [to, from].map(|all| all.iter().map(framed).collect::<String>());
        conversation(to.as_bytes(), from.as_bytes())
    };
    let mut good = [
        json!({ "id": 1, "method": "login/sign", "params": {
            "card": "c1", "origin": "https://example.org", "challenge": "A".repeat(44),
        } }),
        json!({ "id": "s1", "result": { "value": "1234" } }),
        json!({ "method": "$/cancelRequest", "params": { "id": 1 } }),
        json!({ "id": "s1", "method": "secret/request", "params": {
            "for": 1, "card": "c1", "secret": "authentication", "name": "PIN", "new": false,
            "characters": { "least": 4, "most": 4, "kind": "digits" }, "alternatives": [],
            "attemptsLeft": 3, "attemptsMaximum": 3, "purpose": null,
        } }),
        json!({ "method": "card/removed", "params": { "reader": "r1", "card": "c1" } }),
        json!({ "id": 1, "result": { "token": {}, "warnings": [] } }),
    ];
    for message in &mut good {
        message["jsonrpc"] = "2.0".into();
    }
    let mut failed = good.clone();
    failed[5] = json!({ "jsonrpc": "2.0", "id": 1, "error": {
        "code": -32020, "message": "The PIN is wrong.",
        "data": { "code": "pin.wrong", "retriable": true, "next": "Try again." },
    } });
    judge(&good).unwrap();
    judge(&failed).unwrap();
    for (messages, place, parent, name, value) in [
        (&good, 0, "/params", "challenge", json!(1)),
        (&failed, 0, "/params", "more", json!(1)),
        (&good, 0, "", "method", json!("card/erase")),
        (&good, 1, "/result", "value", json!(1234)),
        (&good, 1, "", "id", json!("s2")),
        (&good, 2, "/params", "id", Value::Null),
        (&good, 3, "/params", "attemptsLeft", json!("3")),
        (&good, 4, "/params", "reader", json!(1)),
        (&good, 4, "", "method", json!("card/erased")),
        (&good, 5, "/result", "warnings", json!("none")),
        (&good, 5, "/result", "more", json!(1)),
        (&good, 5, "", "id", json!(2)),
        (&good, 5, "", "jsonrpc", json!("1.0")),
        (&failed, 5, "/error/data", "next", Value::Null),
        (&failed, 5, "/error/data", "more", json!(1)),
        (&failed, 5, "/error", "code", json!("x")),
    ] {
        let mut bad = messages.clone();
        bad[place].pointer_mut(parent).unwrap()[name] = value;
        assert!(judge(&bad).is_err(), "{:#}", bad[place]);
    }
}
