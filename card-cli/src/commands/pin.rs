//! `pin status|check|change`: counters, and the PINs that can be changed.

use card_core::resident_pin;
use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use crate::args::Consent;
use crate::attempts::{Left, left};
use crate::connect::Connection;
use crate::exit::Failure;
use crate::facts::pin_word;
use crate::output::{self, Report, table};
use crate::program::Program;
use crate::secrets::{
    self, Entered, PROFILE_PIN, PinSource, RESIDENT_PIN, SIGNATURE_PASSWORD, USER_PIN, pin_name,
};
use crate::texts::Texts;

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
    fn pin(self) -> card_core::pin::PinKind {
        match self {
            Self::Auth => card_core::pin::PinKind::Authentication,
            Self::Sign => card_core::pin::PinKind::Signature,
            Self::Profile => card_core::pin::PinKind::Profile,
            Self::Resident => card_core::pin::PinKind::Resident,
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
            let attempts = connection.talk(|transaction| {
                let mut attempts = Left::default();
                attempts.ask_profile(transaction)?;
                attempts.ask_visual(transaction)?;
                let mut jpki = transaction.jpki()?;
                attempts.authentication = left(jpki.authentication_attempts()?);
                attempts.signature = left(jpki.signature_attempts()?);
                Ok(attempts)
            })?;
            program.show_card(&Counters { attempts }, &connection)
        }
        Action::Check { kind, consent } => {
            warn(program, *kind);
            check(program, &mut connection, *kind, *consent)?;
            let report = Checked {
                pin: pin_word(kind.pin()).word,
                accepted: true,
            };
            program.show_card(&report, &connection)
        }
        Action::Change {
            kind,
            new_pin,
            consent,
        } => {
            warn(program, *kind);
            change(program, &mut connection, *kind, new_pin.as_ref(), *consent)?;
            let report = Changed {
                pin: pin_word(kind.pin()).word,
                changed: true,
            };
            program.show_card(&report, &connection)
        }
    }
}

/// Says before doing what it may cost.
fn warn(program: &Program, kind: Kind) {
    let pin = pin_name(kind.pin(), program);
    let note = match kind {
        Kind::Resident => "note-two-attempts",
        _ => "note-one-attempt",
    };
    output::note(&program.texts.with(note, [("pin", pin.as_str().into())]));
}

fn check(
    program: &Program,
    connection: &mut Connection,
    kind: Kind,
    consent: Consent,
) -> Result<(), Failure> {
    match kind {
        Kind::Auth => {
            let entered = secrets::ask(&USER_PIN, program, connection, consent)?;
            connection.talk(|transaction| {
                transaction
                    .jpki()?
                    .unlock_authentication(&entered.pin, entered.spend)?;
                Ok(())
            })
        }
        Kind::Sign => {
            let entered = secrets::ask(&SIGNATURE_PASSWORD, program, connection, consent)?;
            connection.talk(|transaction| {
                transaction
                    .jpki()?
                    .unlock_signature(&entered.pin, entered.spend)?;
                Ok(())
            })
        }
        Kind::Profile => {
            let entered = secrets::ask(&PROFILE_PIN, program, connection, consent)?;
            connection.talk(|transaction| {
                transaction.profile()?.unlock(&entered.pin, entered.spend)?;
                Ok(())
            })
        }
        Kind::Resident => {
            let Entered { pin, spend } = secrets::ask(&RESIDENT_PIN, program, connection, consent)?;
            connection.talk(|transaction| {
                // Stops at the copy that refuses it.
                transaction.resident()?.unlock(&pin, spend)?;
                transaction.common()?.unlock(&pin, spend)?;
                Ok(())
            })
        }
    }
}

fn change(
    program: &Program,
    connection: &mut Connection,
    kind: Kind,
    new: Option<&PinSource>,
    consent: Consent,
) -> Result<(), Failure> {
    match kind {
        Kind::Auth => {
            let (old, new) = secrets::ask_change(&USER_PIN, program, connection, consent, new)?;
            connection.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                jpki.unlock_authentication(&old.pin, old.spend)?
                    .change_pin(&new)
            })
        }
        Kind::Sign => {
            let wanted = &SIGNATURE_PASSWORD;
            let (old, new) = secrets::ask_change(wanted, program, connection, consent, new)?;
            connection.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                jpki.unlock_signature(&old.pin, old.spend)?
                    .change_password(&new)
            })
        }
        Kind::Profile => {
            let (old, new) = secrets::ask_change(&PROFILE_PIN, program, connection, consent, new)?;
            connection.talk(|transaction| {
                let mut profile = transaction.profile()?;
                profile.unlock(&old.pin, old.spend)?.change_pin(&new)
            })
        }
        Kind::Resident => {
            let wanted = &RESIDENT_PIN;
            let (old, new) = secrets::ask_change(wanted, program, connection, consent, new)?;
            connection.talk(|card| resident_pin::change(card, &old.pin, &new, old.spend))
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
