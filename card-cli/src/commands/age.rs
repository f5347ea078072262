//! `age --over N`: yes or no, from the smallest record that answers.

use crate::args::Consent;
use crate::args::record_secret::RecordSecretArgs;
use crate::connect::Connection;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::genuineness::Proof;
use crate::issuers::Trusted;
use crate::jobs::record::{self, Opening};
use crate::program::Program;
use crate::report::age::Answer;
use crate::ui::program::ProgramUi;

/// Over which age, and whether it is proven.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "YEARS")]
    over: u16,
    #[arg(long, conflicts_with = "trust")]
    no_proof: bool,
    #[arg(long, value_name = "production|jlis-test|sim|DIR")]
    trust: Option<Trusted>,
    #[command(flatten)]
    secret: RecordSecretArgs,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let trust = arguments.trust.as_ref().unwrap_or(&Trusted::Production);
    let issuers = (!arguments.no_proof).then(|| trust.issuers()).transpose()?;
    let challenge = record::challenge()?;
    let mut connection = Connection::open(program)?;
    let opening = Opening {
        choice: arguments.secret.choice(),
        spend: arguments.consent.spend(),
        seed: None,
    };
    let ui = &mut ProgramUi::new(program);
    let asked = issuers.is_some().then_some(challenge);
    let (record, birth, evidence) = record::birth(&mut connection, ui, &opening, asked)?;
    let proof = evidence.zip(issuers.as_ref());
    let proof = proof.map(|(evidence, issuers)| Proof::of(&evidence.judge(issuers), trust));
    let answer = Answer::of(arguments.over, record, birth, proof);
    program.show_card(&answer, &connection)?;
    answer.demanded()?;
    match answer.answer {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::from(ProgramError::AgeNotReached).reported()),
        None => Err(Failure::from(ProgramError::AgeUnknown).reported()),
    }
}
