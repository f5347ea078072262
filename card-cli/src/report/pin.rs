//! The reports of counters, checks and changes of PINs.

use serde::Serialize;

use crate::attempts::Left;
use crate::facts::pin_word;
use crate::jobs::pin::Changeable;
use crate::output::{Report, table};
use crate::texts::Texts;

/// A PIN by the short name that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Auth,
    Sign,
    Profile,
    Resident,
}

impl Kind {
    pub(crate) fn pin(self) -> Changeable {
        match self {
            Self::Auth => Changeable::Authentication,
            Self::Sign => Changeable::Signature,
            Self::Profile => Changeable::Profile,
            Self::Resident => Changeable::Resident,
        }
    }
}

/// `mynacard.pin-status/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Counters {
    pub(crate) attempts: Left,
}

/// `mynacard.pin-check/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Checked {
    pin: &'static str,
    /// Always true: a wrong PIN is an error.
    accepted: bool,
}

/// `mynacard.pin-change/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Changed {
    pin: &'static str,
    /// Always true: what was not changed is an error.
    changed: bool,
}

impl Checked {
    pub(crate) fn of(which: Changeable) -> Self {
        Self {
            pin: pin_word(which.kind()).word,
            accepted: true,
        }
    }
}

impl Changed {
    pub(crate) fn of(which: Changeable) -> Self {
        Self {
            pin: pin_word(which.kind()).word,
            changed: true,
        }
    }
}

impl Report for Counters {
    const NAME: &str = "pin-status";

    fn text(&self, texts: &Texts) -> String {
        table(&self.attempts.rows(texts))
    }
}

impl Report for Checked {
    const NAME: &str = "pin-check";

    fn text(&self, texts: &Texts) -> String {
        let pin = texts.say(&format!("pin-{}", self.pin));
        texts.with("pin-accepted", [("pin", pin.as_str().into())]) + "\n"
    }
}

impl Report for Changed {
    const NAME: &str = "pin-change";

    fn text(&self, texts: &Texts) -> String {
        let pin = texts.say(&format!("pin-{}", self.pin));
        texts.with("pin-changed", [("pin", pin.as_str().into())]) + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schemas_are_up_to_date() {
        schema::<Counters>(Counters::NAME, Envelope::Card);
        schema::<Checked>(Checked::NAME, Envelope::Card);
        schema::<Changed>(Changed::NAME, Envelope::Card);
    }
}
