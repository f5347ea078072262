//! `genuine profile|face|age|number`: are the data the issuer's, and is the card here?

use crate::args::Consent;
use crate::args::record_secret::RecordSecretArgs;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::genuineness::{Proof, RecordWord};
use crate::issuers::Trusted;
use crate::jobs::record::{self, Opening};
use crate::program::Program;
use crate::report::genuine::Genuine;
use crate::ui::program::ProgramUi;

/// Which record, and whom to believe.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "profile|face|age|number")]
    record: RecordWord,
    #[arg(long, value_name = "production|jlis-test|sim|DIR")]
    trust: Option<Trusted>,
    #[command(flatten)]
    secret: RecordSecretArgs,
    #[command(flatten)]
    consent: Consent,
}

/// Reads the record with its proofs and shows what they are worth; not the record.
pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let trust = arguments.trust.as_ref().unwrap_or(&Trusted::Production);
    let issuers = trust.issuers()?;
    let challenge = record::challenge()?;
    let mut connection = Connection::open(program)?;
    let opening = Opening {
        choice: arguments.secret.choice(),
        spend: arguments.consent.spend(),
        seed: None,
    };
    let ui = &mut ProgramUi::new(program);
    let record = arguments.record.record();
    let evidence = record::evidence(record, &mut connection, ui, &opening, challenge)?;
    let report = Genuine {
        record: arguments.record,
        proof: Proof::of(&evidence.judge(&issuers), trust),
    };
    program.show_card(&report, &connection)?;
    report.proof.demanded()
}
