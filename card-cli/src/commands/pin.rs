//! `pin status|check|change`: counters, and the PINs that can be changed.

use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use crate::args::{Consent, PinSource};
use crate::attempts::Left;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::facts::pin_word;
use crate::jobs::pin::{self, Changeable};
use crate::output::{Report, table};
use crate::program::Program;
use crate::texts::Texts;
use crate::ui::program::ProgramUi;

/// What to do with which PIN.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Status,
    Check {
        #[arg(value_name = "auth|sign|profile|resident")]
        kind: Kind,
        #[command(flatten)]
        consent: Consent,
    },
    Change {
        #[arg(value_name = "auth|sign|profile|resident")]
        kind: Kind,
        #[arg(long, value_name = "prompt|stdin|fd:N|file:PATH|pinentry")]
        new_pin: Option<PinSource>,
        #[command(flatten)]
        consent: Consent,
    },
}

/// A PIN by the short name that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Auth,
    Sign,
    Profile,
    Resident,
}

impl Kind {
    fn pin(self) -> Changeable {
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
struct Counters {
    attempts: Left,
}

/// `mynacard.pin-check/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Checked {
    pin: &'static str,
    /// Always true: a wrong PIN is an error.
    accepted: bool,
}

/// `mynacard.pin-change/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Changed {
    pin: &'static str,
    /// Always true: what was not changed is an error.
    changed: bool,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let mut connection = Connection::open(program)?;
    match &arguments.action {
        Action::Status => {
            let attempts = pin::status(&mut connection)?;
            program.show_card(&Counters { attempts }, &connection)
        }
        Action::Check { kind, consent } => {
            let (ui, which) = (&mut ProgramUi::new(program), kind.pin());
            pin::check(&mut connection, ui, which, consent.spend())?;
            let report = Checked {
                pin: pin_word(which.kind()).word,
                accepted: true,
            };
            program.show_card(&report, &connection)
        }
        Action::Change {
            kind,
            new_pin,
            consent,
        } => {
            let ui = &mut ProgramUi::change(program, new_pin.as_ref());
            let which = kind.pin();
            pin::change(&mut connection, ui, which, consent.spend())?;
            let report = Changed {
                pin: pin_word(which.kind()).word,
                changed: true,
            };
            program.show_card(&report, &connection)
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
