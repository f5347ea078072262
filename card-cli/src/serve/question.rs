//! What a client is asked: `secret/request`.

use card_core::pin::{Attempts, PinKind};
use serde::Serialize;

use super::message::Id;
use crate::attempts;
use crate::facts::pin_word;
use crate::texts::Texts;

/// What the user should know before typing a PIN; each member only where there is something.
#[derive(Clone, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct About {
    /// Name, address, birth date and sex leave the card.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) discloses_attributes: bool,
    /// The site that is logged in to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<String>,
    /// What is signed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) documents: Vec<DocumentAbout>,
    /// What the My Number is read for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) handling: Option<HandlingAbout>,
}

impl About {
    /// Says whether name, address, birth date and sex leave the card.
    pub(super) fn disclosing(discloses_attributes: bool) -> Self {
        Self {
            discloses_attributes,
            ..Self::default()
        }
    }
}

/// A document that is signed.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct DocumentAbout {
    pub(super) file: String,
    /// Bytes.
    pub(super) size: u64,
    /// Hexadecimal.
    pub(super) sha256: String,
    /// What the user should know of it: codes of `docs/refusals.md`; none forbids signing.
    pub(super) warnings: Vec<&'static str>,
}

/// What the My Number is read for.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct HandlingAbout {
    /// `social-security`, `tax`, `disaster`, `other-by-law` or `holder`.
    pub(super) purpose: &'static str,
    /// The name of the law, with `other-by-law`.
    pub(super) law: Option<String>,
    /// Whether the client gets the digits.
    pub(super) reveal: bool,
}

/// The parameters of `secret/request`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct SecretRequest {
    /// The request that needs it.
    #[serde(rename = "for")]
    pub(super) request: Id,
    pub(super) card: String,
    #[serde(flatten)]
    pub(super) secret: Secret,
    /// Whether it is the value that shall replace the PIN. Ask for it twice.
    pub(super) new: bool,
    /// Where any one of several is enough: all of them, `secret` first. Their lengths differ, so
    /// the value says which one it is.
    pub(super) alternatives: Vec<Secret>,
    /// As the request has it.
    pub(super) purpose: Option<String>,
    #[serde(flatten)]
    pub(super) about: About,
}

/// A PIN, or a number that serves as one.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Secret {
    /// `authentication`, `signature`, `profile`, `resident`, `number-a`, `number-b`, `birth` or
    /// `licence`.
    secret: &'static str,
    /// In the language of `initialize`.
    name: String,
    characters: Characters,
    /// Null where the card does not say.
    attempts_left: Option<u8>,
    attempts_maximum: Option<u8>,
}

/// The shape of a PIN.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Characters {
    least: usize,
    most: usize,
    /// `digits` or `letters-and-digits`.
    kind: &'static str,
}

impl Secret {
    /// Of a PIN with the attempts that are left, where the card was asked.
    pub(super) fn of(kind: PinKind, left: Option<Attempts>, texts: &Texts) -> Self {
        let (least, most, characters) = match kind {
            PinKind::Signature => (6, 16, "letters-and-digits"),
            PinKind::NumberA => (12, 12, "digits"),
            PinKind::NumberB => (14, 14, "digits"),
            PinKind::Birth => (6, 6, "digits"),
            _ => (4, 4, "digits"),
        };
        let word = pin_word(kind);
        Self {
            secret: word.word,
            name: word.text(texts),
            characters: Characters {
                least,
                most,
                kind: characters,
            },
            attempts_left: left.and_then(attempts::left),
            attempts_maximum: kind.maximum(),
        }
    }
}
