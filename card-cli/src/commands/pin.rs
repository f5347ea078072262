//! `pin status|check|change`: counters, and the PINs that can be changed.

use clap::Subcommand;

use crate::args::{Consent, PinSource};
use crate::connect::Connection;
use crate::exit::Failure;
use crate::jobs::pin;
use crate::program::Program;
use crate::report::pin::{Changed, Checked, Counters, Kind};
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
            program.show_card(&Checked::of(which), &connection)
        }
        Action::Change {
            kind,
            new_pin,
            consent,
        } => {
            let ui = &mut ProgramUi::change(program, new_pin.as_ref());
            let which = kind.pin();
            pin::change(&mut connection, ui, which, consent.spend())?;
            program.show_card(&Changed::of(which), &connection)
        }
    }
}
