//! Counters of attempts, as every report shows them.

use card_core::Attempts;
use serde::Serialize;

use crate::output::capital;
use crate::texts::Texts;

/// Attempts left by PIN: 0 is blocked, null is not told by the card.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Left {
    /// 利用者証明用電子証明書暗証番号, JPKI 0018.
    pub(crate) authentication: Option<u8>,
    /// 署名用電子証明書暗証番号, JPKI 001B.
    pub(crate) signature: Option<u8>,
}

impl Left {
    /// One row for each PIN.
    pub(crate) fn rows(&self, texts: &Texts) -> Vec<Vec<String>> {
        let row = |name: &str, left| vec![capital(&texts.say(name)), shown(left, texts)];
        vec![
            row("pin-authentication", self.authentication),
            row("pin-signature", self.signature),
        ]
    }
}

/// A counter as a number.
pub(crate) fn left(attempts: Attempts) -> Option<u8> {
    match attempts {
        Attempts::Left(left) => Some(left),
        Attempts::Blocked => Some(0),
        Attempts::Unknown => None,
    }
}

/// A counter for people.
pub(crate) fn shown(left: Option<u8>, texts: &Texts) -> String {
    match left {
        Some(left) => texts.with("attempts-left", [("left", left.into())]),
        None => texts.say("attempts-unknown"),
    }
}
