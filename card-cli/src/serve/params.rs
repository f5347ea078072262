//! Parameters as types: one that is missing, wrong or not known is an error that names it.

use std::path::PathBuf;

use serde::de::value::StringDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::{Map, Value};

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::Phrase;
use crate::issuers::Trusted;
use crate::trust::TrustOptions;

/// What every request at a card takes.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct At {
    /// What `readers/list` or `card/inserted` named.
    pub(super) card: String,
    /// How long to wait for the card while another request or another program has it, at most an
    /// hour. Without it: not at all for a request, 30 seconds for a program.
    #[serde(default)]
    pub(super) timeout_ms: Option<u64>,
    /// Shown to the user with each question for a PIN; at most 1024 bytes.
    #[serde(default)]
    pub(super) purpose: Option<String>,
}

impl At {
    /// The members of [`At`].
    const NAMES: [&str; 3] = ["card", "timeoutMs", "purpose"];

    /// Takes what every request at a card takes out of its parameters.
    pub(super) fn take(params: &mut Map<String, Value>) -> Result<Self, Failure> {
        let members = Self::NAMES.into_iter();
        let members = members.filter_map(|name| params.remove_entry(name));
        let at: Self = parse(members.collect())?;
        match &at {
            Self {
                timeout_ms: Some(3_600_001..),
                ..
            } => Err(wrong("timeoutMs")),
            Self {
                purpose: Some(text),
                ..
            } if text.len() > 1024 => Err(wrong("purpose")),
            _ => Ok(at),
        }
    }
}

/// What every request that judges takes.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Judging {
    /// `production`, `jlis-test`, `sim` or a folder; `production` without it.
    #[serde(default)]
    trust: Option<String>,
    /// Paths of revocation lists.
    #[serde(default)]
    crl: Vec<InputPath>,
    /// Address of a responder that is asked; plain `http`.
    #[serde(default)]
    ocsp: Option<String>,
    /// Whether it is refused where nobody knows about revocation.
    #[serde(default)]
    require_revocation: bool,
}

impl Judging {
    /// The members of [`Judging`].
    const NAMES: [&str; 4] = ["trust", "crl", "ocsp", "requireRevocation"];

    /// Takes what every request that judges takes out of its parameters.
    pub(super) fn take(params: &mut Map<String, Value>) -> Result<TrustOptions, Failure> {
        let members = Self::NAMES.into_iter();
        let members = members.filter_map(|name| params.remove_entry(name));
        let asked: Self = parse(members.collect())?;
        let ocsp = asked.ocsp.map(|address| address.parse()).transpose();
        Ok(TrustOptions::new(
            trusted(asked.trust.as_deref()),
            asked.crl.into_iter().map(|path| path.0).collect(),
            ocsp.map_err(|_| wrong("ocsp"))?,
            asked.require_revocation,
        ))
    }
}

/// Whom to believe: `production` where nothing is said.
pub(super) fn trusted(named: Option<&str>) -> Trusted {
    match named {
        Some(named) => named.parse().unwrap_or_else(|never| match never {}),
        None => Trusted::Production,
    }
}

/// The path of a file to read. `-` is standard input for the program's commands, and for this
/// interface the stream of messages: refused.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "PathBuf")]
pub(super) struct InputPath(pub(super) PathBuf);

impl TryFrom<PathBuf> for InputPath {
    type Error = &'static str;

    fn try_from(path: PathBuf) -> Result<Self, &'static str> {
        match path.as_os_str().is_empty() || path.as_os_str() == "-" {
            true => Err("no path of a file"),
            false => Ok(Self(path)),
        }
    }
}

/// What the client says that its user agreed to.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Consent {
    /// Name, address, birth date and sex leave the card.
    pub(super) discloses_attributes: bool,
}

impl Consent {
    /// # Errors
    ///
    /// `consent.missing`: the client does not say that its user agreed.
    pub(super) fn demanded(consent: Option<&Self>) -> Result<(), Failure> {
        match consent {
            Some(consent) if consent.discloses_attributes => Ok(()),
            _ => Err(ProgramError::ConsentMissing.into()),
        }
    }
}

/// A parameter is missing or has a value that it cannot have.
pub(super) fn wrong(name: &str) -> Failure {
    let name = Phrase::Text(name.to_owned());
    Failure::usage_of("usage-parameter", vec![("name", name)])
}

/// Reads parameters.
///
/// # Errors
///
/// `usage.wrong`: a parameter is missing, has another type, or is not known; the text names it.
pub(super) fn parse<P: DeserializeOwned>(members: Map<String, Value>) -> Result<P, Failure> {
    P::deserialize(Members(members)).map_err(|problem| match problem {
        Problem::Wrong(name) => wrong(&name),
        Problem::Unknown(name) => {
            let name = Phrase::Text(name);
            Failure::usage_of("serve-parameter-unknown", vec![("name", name)])
        }
    })
}

/// What is the matter with a parameter; never its value.
#[derive(Debug)]
enum Problem {
    Wrong(String),
    Unknown(String),
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a parameter is wrong")
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    /// The value is not known here; [`Access::next_value_seed`] tells whose it is.
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self::Wrong(String::new())
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Wrong(name.to_owned())
    }

    fn unknown_field(name: &str, _: &'static [&'static str]) -> Self {
        Self::Unknown(name.to_owned())
    }
}

/// Members of an object, read as a struct.
struct Members(Map<String, Value>);

impl<'de> Deserializer<'de> for Members {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_map(Access {
            members: self.0.into_iter(),
            open: None,
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

struct Access {
    members: serde_json::map::IntoIter,
    /// The member whose name was read and whose value was not.
    open: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Access {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        let Some((name, value)) = self.members.next() else {
            return Ok(None);
        };
        self.open = Some((name.clone(), value));
        let name: StringDeserializer<Problem> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Problem> {
        let (name, value) = self.open.take().unwrap_or_default();
        // A parameter inside another: that one is named.
        seed.deserialize(value).map_err(|_| Problem::Wrong(name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::texts::{Language, program_texts};

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Example {
        which: String,
        #[serde(default)]
        many: Option<Vec<u8>>,
    }

    fn said(params: Value) -> String {
        let Value::Object(members) = params else {
            panic!("no object")
        };
        match parse::<Example>(members) {
            Ok(_) => "good".into(),
            Err(failure) => failure.texts(&program_texts(Language::English)).0,
        }
    }

    #[test]
    fn what_is_not_understood_is_named_and_its_value_is_not() {
        for good in [
            json!({ "which": "a" }),
            json!({ "which": "a", "many": null }),
            json!({ "which": "a", "many": [1, 2] }),
        ] {
            assert_eq!(said(good), "good");
        }
        for (params, name) in [
            (json!({}), "which"),
            (json!({ "which": null }), "which"),
            (json!({ "which": 12345 }), "which"),
            (json!({ "which": "a", "many": 12345 }), "many"),
            (json!({ "which": "a", "many": ["12345"] }), "many"),
        ] {
            let text = said(params);
            assert!(text.contains(&format!("parameter {name} is")), "{text}");
            assert!(!text.contains("12345"), "{text}");
        }
        let text = said(json!({ "which": "a", "witch": "12345" }));
        assert!(text.contains("no parameter witch"), "{text}");
        assert!(!text.contains("12345"), "{text}");
    }

    #[test]
    fn the_stream_of_messages_is_no_file() {
        let take = |params: Value| Judging::take(&mut params.as_object().unwrap().clone());
        assert!(take(json!({})).is_ok());
        assert!(take(json!({ "crl": ["./-"], "ocsp": "http://example.org/" })).is_ok());
        for wrong in [
            json!({ "crl": ["-"] }),
            json!({ "crl": "a" }),
            json!({ "ocsp": "https://example.org/" }),
            json!({ "requireRevocation": 1 }),
        ] {
            assert_eq!(take(wrong).map(drop).unwrap_err().code(), "usage.wrong");
        }
    }

    #[test]
    fn what_every_request_at_a_card_takes_has_limits() {
        let take = |params: Value| {
            let mut members = params.as_object().unwrap().clone();
            At::take(&mut members).map(|_| members.len())
        };
        assert_eq!(take(json!({ "card": "c", "more": 1 })).unwrap(), 1);
        assert!(take(json!({ "card": "c", "timeoutMs": 3_600_000 })).is_ok());
        for wrong in [
            json!({ "more": 1 }),
            json!({ "card": 1 }),
            json!({ "card": "c", "timeoutMs": 3_600_001 }),
            json!({ "card": "c", "timeoutMs": -1 }),
            json!({ "card": "c", "purpose": "x".repeat(1025) }),
        ] {
            assert_eq!(take(wrong).unwrap_err().code(), "usage.wrong");
        }
    }
}
