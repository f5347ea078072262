//! A report's members, one a line.

use serde_json::Value;

use crate::output::printable;
use crate::texts::Texts;

/// Members as lines, one level deeper for each level.
pub(super) fn lines(value: &Value, depth: usize, texts: &Texts, text: &mut String) {
    let indent = "  ".repeat(depth);
    let mut members: Vec<_> = value.as_object().into_iter().flatten().collect();
    members.sort_by_key(|(name, _)| ORDER.iter().position(|known| known == name));
    for (name, value) in members {
        let label = texts.say(&format!("explain-{}", name.replace('_', "-")));
        match value {
            Value::Null => {}
            Value::Object(_) => {
                *text += &format!("{indent}{label}:\n");
                lines(value, depth + 1, texts, text);
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                for (index, item) in items.iter().enumerate() {
                    *text += &format!("{indent}{label} {}:\n", index + 1);
                    lines(item, depth + 1, texts, text);
                }
            }
            Value::Array(items) if items.is_empty() => {}
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| plain(item, texts)).collect();
                let joined = items.join(&texts.say("list-comma"));
                *text += &format!("{indent}{label}: {joined}\n");
            }
            value => *text += &format!("{indent}{label}: {}\n", plain(value, texts)),
        }
    }
}

/// What people read first stands first; what is long stands last.
pub(super) const ORDER: &[&str] = &[
    "file",
    "length",
    "inside",
    "root",
    "pages",
    "fields",
    "revisions",
    "field",
    "id",
    "place",
    "kind",
    "name",
    "reason",
    "location",
    "subject",
    "issuer",
    "not_before",
    "not_after",
    "key",
    "version",
    "content_type",
    "content_length",
    "payload_length",
    "algorithm",
    "critical",
    "certificate",
    "uri",
    "hash",
    "scheme",
    "method",
    "canonicalization",
    "transforms",
    "claimed_time",
    "byte_range",
    "revision",
    "certification",
    "signature_length",
    "signed_attributes",
    "unsigned_attributes",
    "time_stamps",
    "signed_properties",
    "unsigned_properties",
    "references",
    "revocation_lists",
    "certificates",
    "signers",
    "signatures",
    "files",
    "cms",
    "asic",
    "pdf",
    "xml",
    "jws",
];

/// A value; an object identifier that is known here, with its name.
fn plain(value: &Value, texts: &Texts) -> String {
    match value {
        Value::Bool(true) => texts.say("explain-yes"),
        Value::Bool(false) => texts.say("explain-no"),
        Value::String(string) => {
            let id = format!("oid-{}", string.replace('.', "-"));
            match texts.has(&id) {
                true => format!("{} ({string})", texts.say(&id)),
                false => printable(string),
            }
        }
        other => other.to_string(),
    }
}
