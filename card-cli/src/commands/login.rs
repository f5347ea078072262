//! `login`: answers a challenge as a Web eID token. `login challenge` and `login verify` are the
//! service's side, for those who build one.

use std::path::{Path, PathBuf};

use card_core::domain::date::UtcTime;
use card_core::login::Nonce;
use clap::Subcommand;

use crate::args::{Consent, PinSource};
use crate::connect::Connection;
use crate::exit::Failure;
use crate::jobs;
use crate::jobs::login::Request;
use crate::jobs::login_service::{self, Store, Verification};
use crate::output::{self, Place, Privacy};
use crate::program::Program;
use crate::report::login::{Answered, Challenge, Verified};
use crate::trust::{self, Judge};
use crate::ui::program::ProgramUi;

/// Which challenge to answer, or the service's side.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[arg(long, value_name = "URL", required = true)]
    origin: Option<String>,
    #[arg(long, value_name = "TEXT", required = true)]
    nonce: Option<String>,
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Subcommand)]
enum Action {
    Challenge {
        #[arg(long, value_name = "URL")]
        origin: String,
        #[arg(long, value_name = "DIR")]
        store: PathBuf,
    },
    Verify(Box<Verify>),
}

/// What to check against what.
#[derive(Debug, clap::Args)]
struct Verify {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "URL")]
    origin: String,
    #[arg(long, value_name = "TEXT")]
    nonce: String,
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    identity_key: Option<PathBuf>,
    #[command(flatten)]
    trust: trust::TrustOptions,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.action {
        None => answer(program, arguments),
        Some(Action::Challenge { origin, store }) => challenge(program, origin, store),
        Some(Action::Verify(arguments)) => verify(program, arguments),
    }
}

fn answer(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let origin = jobs::login::origin(arguments.origin.as_deref().unwrap_or_default())?;
    let nonce = Nonce::parse(arguments.nonce.as_deref().unwrap_or_default())
        .map_err(|_| Failure::usage(program.texts.say("usage-nonce")))?;
    let place = arguments
        .output
        .as_deref()
        .filter(|path| path.as_os_str() != "-")
        .map(|path| Place::look(path, arguments.force, Privacy::Owner))
        .transpose()?;
    let mut connection = Connection::open(program)?;
    let request = Request { origin, nonce };
    let ui = &mut ProgramUi::new(program);
    let spend = arguments.consent.spend();
    let answer = jobs::login::run(&mut connection, ui, &request, spend)?;
    let json = answer.token.to_json();
    if let Some(place) = &place {
        let _held = program.signals.held();
        place.write(format!("{json}\n").as_bytes())?;
    } else if !program.global.json {
        return output::show_bytes(format!("{json}\n").as_bytes());
    }
    let report = Answered {
        origin: request.origin.to_string(),
        output: place.map(|place| place.path().display().to_string()),
        // Our own text, so it can be read.
        token: serde_json::from_str(&json).unwrap_or_default(),
        warnings: answer.warning.into_iter().collect(),
    };
    program.show_card(&report, &connection)
}

fn challenge(program: &Program, origin: &str, store: &Path) -> Result<(), Failure> {
    let origin = jobs::login::origin(origin)?;
    let now = UtcTime::now();
    let nonce = Store::open(store)?.issue(now)?;
    program.show(&Challenge::of(&origin, &nonce, now))
}

fn verify(program: &Program, arguments: &Verify) -> Result<(), Failure> {
    let stdin = arguments.file.as_os_str() == "-";
    if stdin && program.global.pin == Some(PinSource::Stdin) {
        return Err(Failure::usage(program.texts.say("usage-login-stdin")));
    }
    let origin = jobs::login::origin(&arguments.origin)?;
    let judge = Judge::open(&arguments.trust, program)?;
    let store = arguments.store.as_deref().map(Store::open).transpose()?;
    let key = login_service::identity_key(
        arguments.identity_key.as_deref(),
        arguments.store.as_deref(),
        program,
    )?;
    let token = trust::judged(&arguments.file, program)?;
    let verification = Verification {
        origin: &origin,
        store: store.as_ref(),
        key: key.as_ref(),
        nonce: &arguments.nonce,
        token: &token,
    };
    let report = verification.run(&judge)?;
    let shown = Verified::of(&origin, &report, &judge);
    program.show(&shown)?;
    shown
        .reason
        .map_or(Ok(()), |reason| Err(Failure::of(reason).reported()))
}
