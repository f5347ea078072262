//! Messages of JSON-RPC 2.0: read strictly, so that two programs never read one text as two.

use serde::Serialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::exit::Failure;
use crate::strict_json;
use crate::texts::Texts;

/// A message from the client.
pub(super) enum Message {
    /// Wants an answer.
    Request {
        id: Id,
        method: String,
        params: Map<String, Value>,
    },
    /// Wants none.
    Notification {
        method: String,
        params: Map<String, Value>,
    },
    /// Answers a request of ours; the value, if it holds one.
    Answer {
        id: Id,
        value: Option<Zeroizing<String>>,
    },
    /// JSON, but nothing of this protocol; the identifier if it can be told.
    Invalid { id: Option<Id> },
}

/// What sets a request apart from others that are not answered yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum Id {
    Number(i64),
    Text(String),
}

impl Id {
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_i64().map(Self::Number),
            Value::String(text) if text.len() <= 128 => Some(Self::Text(text.clone())),
            _ => None,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
        }
    }
}

impl Message {
    /// Reads a message; `None` if it is no JSON, is too deep, or has a member twice.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        strict_json::parse(bytes).map(Self::of)
    }

    fn of(value: Value) -> Self {
        let Value::Object(mut members) = value else {
            return Self::Invalid { id: None };
        };
        let id = members.get("id").and_then(Id::of);
        let version = members.get("jsonrpc").is_some_and(|it| it == "2.0");
        let stated = members.contains_key("id");
        if !version || (stated && id.is_none()) {
            return Self::Invalid { id };
        }
        match (members.remove("method"), id) {
            (Some(Value::String(method)), id) => {
                let params = match members.remove("params") {
                    None => Map::new(),
                    Some(Value::Object(params)) => params,
                    Some(_) => return Self::Invalid { id },
                };
                match id {
                    Some(id) => Self::Request { id, method, params },
                    None => Self::Notification { method, params },
                }
            }
            (None, Some(id)) if members.contains_key("error") => Self::Answer { id, value: None },
            (None, Some(id)) => match members.remove("result") {
                // Moved, not copied: the one place where it lies is wiped.
                Some(Value::Object(mut result)) => match result.remove("value") {
                    Some(Value::String(value)) => Self::Answer {
                        id,
                        value: Some(Zeroizing::new(value)),
                    },
                    _ => Self::Answer { id, value: None },
                },
                Some(_) => Self::Answer { id, value: None },
                None => Self::Invalid { id: Some(id) },
            },
            (_, id) => Self::Invalid { id },
        }
    }
}

/// Numbers of the protocol.
pub(super) const PARSE_ERROR: i64 = -32700;
pub(super) const INVALID_REQUEST: i64 = -32600;
pub(super) const UNKNOWN_METHOD: i64 = -32601;
pub(super) const INVALID_PARAMS: i64 = -32602;
pub(super) const NOT_INITIALIZED: i64 = -32002;
const CANCELLED: i64 = -32800;

/// What `error.data` tells.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorData<'e> {
    /// The stable word of `docs/errors.md`, or of the protocol.
    code: &'e str,
    /// The exit status of the same failure; not with errors of the protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<u8>,
    /// Whether the same request can go well later.
    retriable: bool,
    /// Null if the answer to a PIN was lost; not with errors of the protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts_spent: Option<Option<usize>>,
    /// Where the card said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts_left: Option<i64>,
    /// What to do next, in the language of `initialize`.
    next: String,
    /// What the message tells of, by name; not with errors of the protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
}

/// The answer to a request that went well.
pub(super) fn result(id: &Id, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id.to_json(), "result": result })
}

/// The answer to a message that was not understood. `code` is the stable word.
pub(super) fn misunderstood(id: Option<&Id>, number: i64, code: &str, texts: &Texts) -> Value {
    let message = match number {
        PARSE_ERROR => "no JSON-RPC frame",
        INVALID_REQUEST => "no request of this protocol",
        UNKNOWN_METHOD => "no such method",
        INVALID_PARAMS => "a parameter is missing or wrong",
        _ => "initialize comes first",
    };
    let next = texts.say(&format!("serve-next-{}", code.replace('.', "-")));
    let data = ErrorData {
        code,
        retriable: false,
        next,
        ..ErrorData::default()
    };
    json!({
        "jsonrpc": "2.0",
        "id": id.map(Id::to_json),
        "error": { "code": number, "message": message, "data": data },
    })
}

/// The answer to a request that failed: the stable word, and texts in the client's language.
pub(super) fn error(id: &Id, failure: &Failure, texts: &Texts, presented: usize) -> Value {
    let (code, status) = (failure.code(), failure.status());
    let failure = failure.clone().after_presenting(presented);
    let (message, next) = failure.texts_without_commands(texts);
    let spent = match code {
        _ if presented == 0 => Some(0),
        "pin.wrong" | "pin.blocked" => Some(presented),
        // The answer to a PIN may be what was lost.
        _ if status == 12 || matches!(code, "reader.failed" | "reader.gone") => None,
        _ => Some(0),
    };
    let data = ErrorData {
        code,
        exit: Some(status),
        retriable: matches!(status, 10 | 12 | 13 | 20),
        attempts_spent: Some(spent),
        attempts_left: failure.number("left"),
        next,
        details: Some(failure.details()),
    };
    let number = match code {
        "operation.cancelled" => CANCELLED,
        "usage.wrong" => INVALID_PARAMS,
        _ => -32000 - i64::from(status),
    };
    json!({
        "jsonrpc": "2.0",
        "id": id.to_json(),
        "error": { "code": number, "message": message, "data": data },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> &'static str {
        match Message::parse(text.as_bytes()) {
            None => "broken",
            Some(Message::Request { .. }) => "request",
            Some(Message::Notification { .. }) => "notification",
            Some(Message::Answer { value: Some(_), .. }) => "answer",
            Some(Message::Answer { value: None, .. }) => "no",
            Some(Message::Invalid { .. }) => "invalid",
        }
    }

    #[test]
    fn messages_by_what_they_are() {
        for (text, expected) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"a"}"#, "request"),
            (
                r#"{"jsonrpc":"2.0","id":"x","method":"a","params":{},"more":[1]}"#,
                "request",
            ),
            (
                r#"{"jsonrpc":"2.0","method":"a","params":{"b":{"c":1.5}}}"#,
                "notification",
            ),
            (
                r#"{"jsonrpc":"2.0","id":"s1","result":{"value":"1234"}}"#,
                "answer",
            ),
            (r#"{"jsonrpc":"2.0","id":"s1","result":null}"#, "no"),
            (
                r#"{"jsonrpc":"2.0","id":"s1","result":{"value":1234}}"#,
                "no",
            ),
            (
                r#"{"jsonrpc":"2.0","id":"s1","error":{"code":1,"message":""}}"#,
                "no",
            ),
            (r#"{"jsonrpc":"2.0","id":1}"#, "invalid"),
            (r#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, "invalid"),
            (r#"{"id":1,"method":"a"}"#, "invalid"),
            (r#"{"jsonrpc":"2.0","id":null,"method":"a"}"#, "invalid"),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#, "invalid"),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}"#,
                "invalid",
            ),
            (r#"{"jsonrpc":"2.0","id":1,"method":1}"#, "invalid"),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"a"}]"#, "invalid"),
            ("1", "invalid"),
            (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"a"}"#, "broken"),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"b":{"c":1,"c":2}}}"#,
                "broken",
            ),
            ("{", "broken"),
            ("", "broken"),
            ("{} {}", "broken"),
            ("\u{FEFF}{}", "broken"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(kind(&nested(32)), "invalid");
        assert_eq!(kind(&nested(34)), "broken");
        assert_eq!(kind(&nested(100_000)), "broken");
    }
}
