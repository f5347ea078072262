//! `profile`: name, address, birth date and sex as text, as much of them as was asked for.

use crate::args::Consent;
use crate::args::record_secret::RecordSecretArgs;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::genuineness::Proof;
use crate::issuers::Trusted;
use crate::jobs::record::{self, Opening};
use crate::program::Program;
use crate::report::profile::{Field, Person};
use crate::ui::program::ProgramUi;

/// Which of the four, and whether their signature is checked.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    signed: bool,
    #[arg(long, requires = "signed", value_name = "production|jlis-test|sim|DIR")]
    trust: Option<Trusted>,
    #[arg(long, value_name = "name,address,birth,sex", value_delimiter = ',')]
    only: Vec<Field>,
    #[arg(long, conflicts_with = "signed")]
    secure_messaging: bool,
    #[command(flatten)]
    secret: RecordSecretArgs,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let trust = arguments.trust.as_ref().unwrap_or(&Trusted::Production);
    let issuers = arguments.signed.then(|| trust.issuers()).transpose()?;
    let seed = record::session_seed(arguments.secure_messaging)?;
    let mut connection = Connection::open(program)?;
    let opening = Opening {
        choice: arguments.secret.choice(),
        spend: arguments.consent.spend(),
        seed: seed.as_deref(),
    };
    let ui = &mut ProgramUi::new(program);
    let (record, proof) = match &issuers {
        Some(issuers) => {
            let (record, evidence) = record::signed_profile(&mut connection, ui, &opening)?;
            (record, Some(Proof::of(&evidence.judge(issuers), trust)))
        }
        None => (record::profile(&mut connection, ui, &opening)?, None),
    };
    let report = Person::of(&record, &arguments.only, proof);
    program.show_card(&report, &connection)?;
    report.proof.as_ref().map_or(Ok(()), Proof::signed)
}
