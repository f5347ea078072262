//! `number`: the My Number, for a purpose, as stars unless revealed, with a record left behind.

use crate::args::Consent;
use crate::args::record_secret::RecordSecretArgs;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::jobs::number;
use crate::jobs::record::{self, Opening};
use crate::output;
use crate::program::Program;
use crate::report::number::Shown;
use crate::ui::program::ProgramUi;

/// What for, and whether the digits are shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "social-security|tax|disaster|other-by-law|holder")]
    purpose: Option<String>,
    #[arg(long, value_name = "NAME")]
    law: Option<String>,
    #[arg(long)]
    reveal: bool,
    #[arg(long)]
    secure_messaging: bool,
    #[command(flatten)]
    secret: RecordSecretArgs,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let purpose = number::purpose(arguments.purpose.as_deref(), arguments.law.as_deref())?;
    let path = number::place()?;
    let seed = record::session_seed(arguments.secure_messaging)?;
    let mut connection = Connection::open(program)?;
    let opening = Opening {
        choice: arguments.secret.choice(),
        spend: arguments.consent.spend(),
        seed: seed.as_deref(),
    };
    if !arguments.reveal && !program.global.json {
        // Before the PIN is typed: the number itself would want it once more.
        output::note(&program.texts.say("note-stars"));
    }
    let ui = &mut ProgramUi::new(program);
    let (number, handling) = number::read(&mut connection, ui, &opening, purpose)?;
    {
        let _held = program.signals.held();
        number::record(&handling, &path)?;
    }
    let report = Shown::of(&number, arguments.reveal, &handling, &path);
    let told = [("path", report.record.as_str().into())];
    output::note(&program.texts.with("note-handling", told));
    program.show_card(&report, &connection)
}
