//! `verify-cert FILE`, `verify-cert --card auth|sign`: what a certificate is worth, rule by rule.
//! X.509 and card-verifiable ones (CV証明書).

use std::path::PathBuf;

use card_core::domain::date::UtcTime;
use clap::ValueEnum;

use crate::args::Consent;
use crate::connect::Connection;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::jobs::certificate;
use crate::program::Program;
use crate::report::verify_cert::Judged;
use crate::trust::{self, Judge, Moment, TrustOptions};
use crate::ui::program::ProgramUi;

/// What to check, for which moment, and whom to believe.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(
        value_name = "FILE",
        required_unless_present = "card",
        conflicts_with = "card"
    )]
    file: Option<PathBuf>,
    #[arg(long, value_name = "auth|sign")]
    card: Option<Which>,
    #[arg(long, value_name = "DATE")]
    at: Option<Moment>,
    #[command(flatten)]
    trust: TrustOptions,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// 利用者証明用電子証明書.
    Auth,
    /// 署名用電子証明書.
    Sign,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let at = arguments.at.map_or_else(UtcTime::now, |moment| moment.0);
    let reason = match (arguments.card, &arguments.file) {
        (Some(which), _) => {
            let judge = Judge::open(&arguments.trust, program)?;
            let mut connection = Connection::open(program)?;
            let which = match which {
                Which::Auth => certificate::Which::Authentication,
                Which::Sign => certificate::Which::Signature,
            };
            let ui = &mut ProgramUi::new(program);
            let spend = arguments.consent.spend();
            let certificate = certificate::read(which, &mut connection, ui, spend)?;
            let judged = Judged::x509(certificate.to_der(), &judge, at);
            program.show_card(&judged, &connection)?;
            judged.reason
        }
        (None, Some(file)) => {
            let bytes = trust::judged(file, program)?;
            let judged = Judged::file(
                &bytes,
                &arguments.trust,
                || Judge::open(&arguments.trust, program),
                at,
            )?;
            program.show(&judged)?;
            judged.reason
        }
        // Clap demands one of them.
        (None, None) => return Err(ProgramError::bug().into()),
    };
    reason.map_or(Ok(()), |reason| Err(Failure::of(reason).reported()))
}
