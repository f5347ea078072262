//! `login`: answers a challenge as a Web eID token. `login challenge` and `login verify` are the
//! service's side, for those who build one.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use card_core::domain::date::UtcTime;
use card_core::login::{
    FolderNonces, IdentityKey, LoginReason, LoginReport, Nonce, NonceProblem, NonceStore, Origin,
    Verifier,
};
use card_core::trust::{Revocation, VerifyReport};
use clap::Subcommand;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::args::{Consent, PinSource};
use crate::connect::Connection;
use crate::exit::Failure;
use crate::facts::{Fact, reason, word};
use crate::jobs;
use crate::jobs::login::Request;
use crate::output::{self, Place, Privacy, Report, table};
use crate::program::Program;
use crate::texts::Texts;
use crate::trust::{self, Judge, RevocationLine, RootLine, RuleLine, TrustLine};
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

/// `mynacard.login/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Answered {
    /// The site that the token is for.
    origin: String,
    /// Where the token was written to; null where it is only in this report.
    output: Option<String>,
    /// The Web eID token.
    token: Value,
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
    let token = jobs::login::run(&mut connection, ui, &request, spend)?;
    let json = token.to_json();
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
    };
    program.show_card(&report, &connection)
}

impl Report for Answered {
    const NAME: &str = "login";

    fn text(&self, texts: &Texts) -> String {
        let path = output::printable(self.output.as_deref().unwrap_or("-"));
        texts.with("login-written", [("path", path.as_str().into())]) + "\n"
    }
}

/// `mynacard.login-challenge/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Challenge {
    origin: String,
    /// Base64 of 32 random bytes.
    nonce: String,
    /// Until when it can be answered.
    expires: String,
}

fn challenge(program: &Program, origin: &str, store: &Path) -> Result<(), Failure> {
    let origin = jobs::login::origin(origin)?;
    let now = UtcTime::now();
    let nonce = FolderNonces::open(store)
        .map_err(|error| Failure::file("nonce.store", store, &error))?
        .issue(now)
        .map_err(|problem| store_failed(store, problem))?;
    let expires = UtcTime::from_unix(now.unix().saturating_add(Nonce::LIFETIME));
    program.show(&Challenge {
        origin: origin.to_string(),
        nonce: nonce.as_str().to_owned(),
        expires: expires.unwrap_or(now).to_string(),
    })
}

fn store_failed(store: &Path, problem: NonceProblem) -> Failure {
    let failure =
        Failure::new(problem.code()).telling("path", Fact::Text(store.display().to_string()));
    match problem {
        NonceProblem::Store(kind) => failure.telling("reason", reason(&kind.into())),
        _ => failure,
    }
}

impl Report for Challenge {
    const NAME: &str = "login-challenge";

    fn text(&self, _: &Texts) -> String {
        format!("{}\n", self.nonce)
    }
}

fn verify(program: &Program, arguments: &Verify) -> Result<(), Failure> {
    let stdin = arguments.file.as_os_str() == "-";
    if stdin && program.global.pin == Some(PinSource::Stdin) {
        return Err(Failure::usage(program.texts.say("usage-login-stdin")));
    }
    let origin = jobs::login::origin(&arguments.origin)?;
    let judge = Judge::open(&arguments.trust)?;
    let store = arguments.store.as_deref();
    let nonces = store.map(|path| {
        FolderNonces::open(path).map_err(|error| Failure::file("nonce.store", path, &error))
    });
    let nonces = nonces.transpose()?;
    let key = identity_key(arguments)?;
    let token = trust::judged(&arguments.file)?;

    let mut verifier = match &nonces {
        Some(nonces) => Verifier::new(origin.clone(), &judge.trust, nonces),
        None => Verifier::danger_accepting_replays(origin.clone(), &judge.trust),
    }
    .revocation(&judge);
    if let Some(key) = &key {
        verifier = verifier.identity(key);
    }
    let report = verifier.verify(&token, &arguments.nonce, judge.now());
    if let (Some(LoginReason::Nonce(problem @ NonceProblem::Store(_))), Some(store)) =
        (report.reason(), store)
    {
        // Nothing was judged: the place is at fault, not the token.
        return Err(store_failed(store, problem));
    }
    let shown = Verified::of(&origin, &report, &judge);
    program.show(&shown)?;
    shown
        .reason
        .map_or(Ok(()), |reason| Err(Failure::new(reason).reported()))
}

/// The key of the service's identities: a file of its own, else the one in the store.
fn identity_key(arguments: &Verify) -> Result<Option<IdentityKey>, Failure> {
    let failed = |path: &Path, error: &io::Error| Failure::file("input.unreadable", path, error);
    match (&arguments.identity_key, &arguments.store) {
        (Some(path), _) => {
            let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_KEY));
            File::open(path)
                .and_then(|file| file.take(LONGEST_KEY as u64).read_to_end(&mut bytes))
                .map_err(|error| failed(path, &error))?;
            let short = || {
                Failure::new("input.unreadable")
                    .telling("path", Fact::Text(path.display().to_string()))
                    .telling("reason", Fact::Word(word("reason", "too-short")))
            };
            IdentityKey::new(&bytes).ok_or_else(short).map(Some)
        }
        (None, Some(store)) => IdentityKey::in_folder(store)
            .map(Some)
            .map_err(|error| failed(&store.join("identity.key"), &error)),
        (None, None) => Ok(None),
    }
}

/// More of a file would not make the key any better.
const LONGEST_KEY: usize = 4096;

/// `mynacard.login-verify/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Verified {
    /// Whether the holder of the certificate has answered this challenge for this site.
    accepted: bool,
    /// Why not: a code of `docs/errors.md`.
    reason: Option<&'static str>,
    origin: String,
    /// The holder, as this service may know it: 64 hexadecimal digits. Null without a key or a
    /// login. Changes when the certificate is renewed.
    identity: Option<String>,
    trust: TrustLine,
    rules: Vec<RuleLine>,
    /// The rules for the certificate; empty if the token could not be read.
    certificate: Vec<RuleLine>,
    /// The root that signed the certificate; null where none did.
    root: Option<RootLine>,
    revocation: RevocationLine,
}

impl Verified {
    fn of(origin: &Origin, report: &LoginReport, judge: &Judge) -> Self {
        let certificate = report.certificate();
        let revocation = certificate.map_or(&Revocation::NotChecked, VerifyReport::revocation);
        let reason = judge.end(report.reason().map(LoginReason::code), revocation);
        let identity = report.identity().filter(|_| reason.is_none());
        let rules = report.rules().map(|(rule, verdict)| RuleLine {
            rule: rule.name(),
            verdict: verdict.name(),
            reason: verdict.reason().map(LoginReason::code),
        });
        Self {
            accepted: reason.is_none(),
            reason,
            origin: origin.to_string(),
            identity: identity.map(|identity| identity.to_string()),
            trust: TrustLine::of(&judge.trust),
            rules: rules.collect(),
            certificate: certificate.map_or_else(Vec::new, RuleLine::of),
            root: certificate.and_then(|report| RootLine::that_signed(report, &judge.trust)),
            revocation: RevocationLine::of(revocation),
        }
    }
}

impl Report for Verified {
    const NAME: &str = "login-verify";

    fn text(&self, texts: &Texts) -> String {
        let end = if self.accepted {
            "judged-accepted"
        } else {
            "judged-refused"
        };
        let mut rows = Vec::new();
        let mut row = |id: &str, value: String| rows.push(vec![texts.say(id), value]);
        row("judged-origin", self.origin.clone());
        if let Some(identity) = &self.identity {
            row("judged-identity", identity.clone());
        }
        row("judged-root", RootLine::text(self.root.as_ref(), texts));
        row("judged-revocation", self.revocation.text(texts));
        let rules = self.rules.iter().chain(&self.certificate);
        let rules: Vec<_> = rules.map(|rule| rule.row(texts)).collect();
        format!(
            "{}\n{}{}{}\n{}",
            texts.say(end),
            table(&rows),
            self.trust.text(texts),
            texts.say("judged-rules"),
            table(&rules),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schemas_are_up_to_date() {
        schema::<Answered>(Answered::NAME, Envelope::Card);
        schema::<Challenge>(Challenge::NAME, Envelope::Plain);
        schema::<Verified>(Verified::NAME, Envelope::Plain);
    }
}
