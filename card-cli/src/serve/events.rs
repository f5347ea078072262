//! What the client is told without asking.

use serde::Serialize;

use super::message::Id;

/// An event, by the type of its parameters.
pub(super) trait Event: Serialize {
    const METHOD: &str;
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $method:literal {
        $($(#[$about:meta])* $field:ident: $kind:ty),+ $(,)?
    })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Serialize)]
            #[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
            pub(super) struct $name {
                $($(#[$about])* pub(super) $field: $kind,)+
            }

            impl Event for $name {
                const METHOD: &str = $method;
            }
        )+

        /// Every event with its schema.
        #[cfg(test)]
        pub(super) fn all() -> Vec<(&'static str, schemars::Schema)> {
            let generator = super::description::generator;
            vec![$((
                $method,
                generator().into_root_schema_for::<$name>(),
            ),)+]
        }
    };
}

events! {
    /// A reader is there.
    ReaderAdded = "reader/added" {
        reader: String,
        name: String,
        simulated: bool,
        /// Whether the PIN can be typed at the reader; always false today.
        pinpad: bool,
    }
    /// A reader is gone.
    ReaderRemoved = "reader/removed" {
        reader: Option<String>,
    }
    /// A card is there. Its identifier is made up, and another one after each insertion.
    CardInserted = "card/inserted" {
        reader: Option<String>,
        card: String,
    }
    /// A card is gone.
    CardRemoved = "card/removed" {
        reader: Option<String>,
        card: Option<String>,
    }
    /// A request waits for another program's transaction with the card.
    CardWaiting = "card/waiting" {
        /// The request.
        #[serde(rename = "for")]
        request: Id,
        card: String,
    }
    /// How far a request with documents has come; at most ten times a second for each step.
    Progress = "request/progress" {
        /// The request.
        #[serde(rename = "for")]
        request: Id,
        /// `read`, `sign`, `keep` (time stamps and files of signatures) or `write` (a long one).
        step: &'static str,
        /// Path; of the steps that count bytes.
        file: Option<String>,
        /// Bytes of `read` and `write`, files of `sign` and `keep`.
        done: u64,
        /// 0 where it is not known.
        total: u64,
    }
    /// The PC/SC service went (`service.none`) or came back (`service.back`).
    Log = "log" {
        code: &'static str,
    }
    /// A question is not needed any more: close the dialog.
    QuestionClosed = "$/cancelRequest" {
        /// Of the `secret/request`.
        id: Id,
    }
}
