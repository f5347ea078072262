//! `licence`: the driving licence on the card (マイナ免許証), and whether its signature fits.

use std::path::PathBuf;

use card_core::applet::licence::Field;

use crate::args::Consent;
use crate::connect::Connection;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::jobs::licence;
use crate::output::{Place, Privacy};
use crate::program::Program;
use crate::report::licence::{Expiry, Licence};
use crate::ui::program::ProgramUi;

/// What is read, and what checks it.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, conflicts_with_all = ["portrait", "issuer"])]
    expiry: bool,
    #[arg(long, value_name = "FILE")]
    portrait: Option<PathBuf>,
    #[arg(long, requires = "portrait")]
    force: bool,
    #[arg(long, value_name = "FILE")]
    issuer: Option<PathBuf>,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let certificate = arguments.issuer.as_deref();
    let certificate = certificate
        .map(|path| licence::certificate(path, program))
        .transpose()?;
    let place = arguments
        .portrait
        .as_deref()
        .map(|path| Place::look(path, arguments.force, Privacy::Owner))
        .transpose()?;
    let mut connection = Connection::open(program)?;
    let ui = &mut ProgramUi::new(program);
    let spend = arguments.consent.spend();
    if arguments.expiry {
        let expiry = licence::expiry(&mut connection, ui, spend)?;
        let report = Expiry::of(&expiry);
        program.show_card(&report, &connection)?;
        return match report.expired {
            Some(true) => Err(Failure::from(ProgramError::LicenceExpired).reported()),
            _ => Ok(()),
        };
    }
    let (record, signature) = licence::whole(&mut connection, ui, spend)?;
    let mut report = Licence::of(&record, &signature, certificate.as_ref())?;
    if let (Some(place), Field::Value(portrait)) = (&place, &record.portrait) {
        let _held = program.signals.held();
        place.write(portrait)?;
        report.portrait_file = Some(place.path().display().to_string());
    }
    program.show_card(&report, &connection)?;
    if report.signature_refused() {
        return Err(Failure::from(ProgramError::RecordNotGenuine).reported());
    }
    Ok(())
}
