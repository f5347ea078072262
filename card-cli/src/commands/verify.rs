//! `verify FILE`: what a signed file is worth, rule by rule; of several files and of folders, a line
//! each. Anybody's, and without a card.

use std::path::{Path, PathBuf};

use card_core::trust::{Reason, Role};
use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::display::Paint;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::word;
use crate::jobs::verify::{self, Profile, Request, p7s};
use crate::jobs::verify_files;
use crate::program::Program;
use crate::report::verify::{Verified, View};
use crate::report::verify_files::{VerifiedFile, VerifiedFiles};
use crate::trust::{Judge, Moment, TrustOptions};

/// What to check, for what, and whom to believe.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    certificate: Vec<PathBuf>,
    #[arg(long, value_name = "moj|egov", alias = "profile")]
    filing: Option<Profile>,
    #[arg(
        long,
        value_name = "sign|auth",
        default_value = "sign",
        alias = "purpose"
    )]
    key: Key,
    #[arg(long, value_name = "DATE")]
    at: Option<Moment>,
    #[arg(long)]
    rules: bool,
    #[command(flatten)]
    trust: TrustOptions,
}

impl ValueEnum for Profile {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Key {
    /// 署名用.
    #[value(alias = "signature")]
    Sign,
    /// 利用者証明用.
    #[value(alias = "authentication")]
    Auth,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let judge = Judge::open(&arguments.trust, program)?;
    let (file, several) = match arguments.files.as_slice() {
        [file] => (file.clone(), file.is_dir()),
        _ => (PathBuf::new(), true),
    };
    let request = Request {
        file,
        signature: arguments.signature.clone(),
        certificates: arguments.certificate.clone(),
        profile: arguments.filing,
        role: match arguments.key {
            Key::Sign => Role::Signature,
            Key::Auth => Role::Authentication,
        },
        at: arguments.at.map(|moment| moment.0),
    };
    let view = View {
        rules: arguments.rules,
        paint: Paint::of_stdout(),
    };
    if several {
        return run_several(program, arguments, &request, &judge, view);
    }
    let found = verify::run(&request, &judge, program)?;
    let verified = Verified::of(&request, &found, &judge, view);
    program.show(&verified)?;
    match verified.reason {
        None => Ok(()),
        Some(reason) => Err(refusal(reason, &request.file).reported()),
    }
}

fn run_several(
    program: &Program,
    arguments: &Arguments,
    request: &Request,
    judge: &Judge,
    view: View,
) -> Result<(), Failure> {
    if arguments.signature.is_some() || arguments.rules {
        return Err(Failure::usage_of("usage-verify-several", Vec::new()));
    }
    let of = |request: &Request, found| VerifiedFile::of(request, found, judge);
    let files = verify_files::run(&arguments.files, request, judge, program, of)?;
    let verified = VerifiedFiles::of(files, request, judge, view);
    program.show(&verified)?;
    verified
        .worst()
        .map_or(Ok(()), |worst| Err(worst.reported()))
}

/// How a refusal is told: reasons about certificates have texts of their own.
fn refusal(reason: &'static str, file: &Path) -> Failure {
    let known = Reason::ALL.iter().any(|known| known.code() == reason);
    match reason {
        "document.unsigned" => ProgramError::DocumentUnsigned(file.into(), p7s(file)).into(),
        "revocation.not-checked" => ProgramError::RevocationNotChecked.into(),
        _ if known => Failure::of(reason),
        _ => ProgramError::DocumentRefused(reason, word("why", reason)).into(),
    }
}
