//! `pkcs11 install|uninstall|status`: registers the PKCS #11 module with programs of this user.
//!
//! `install` shows the lines first and writes them only with `--yes`. What it wrote can be taken
//! away to the byte.

mod clients;
mod edit;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use card_core::digest::{Digest, HashAlgorithm};
use card_core::error::PssProblem;
use card_core::readers::{Occupancy, Service};
use card_core::{Error, Spend};
use clap::Subcommand;
use serde::Serialize;

use self::clients::Client;
use self::edit::{Edit, MARK, Shape, There};
use crate::args::Consent;
use crate::connect::Connection;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::folders;
use crate::jobs::pin;
use crate::output::{Place, Privacy, Report, hex, printable, table};
use crate::pin_spec::GIVEN_USER_PIN;
use crate::program::Program;
use crate::session::CardSession;
use crate::texts::Texts;
use crate::ui::program::ProgramUi;

/// What to do.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Install {
        #[command(flatten)]
        choice: Choice,
        #[arg(long)]
        yes: bool,
    },
    Uninstall(Choice),
    Status {
        #[command(flatten)]
        choice: Choice,
        #[arg(long)]
        prove_pss: bool,
        #[command(flatten)]
        consent: Consent,
    },
}

/// For which programs, with which module.
#[derive(Debug, clap::Args)]
struct Choice {
    #[arg(
        long = "for",
        value_name = "nss|p11-kit|openssh|openssl|java|libreoffice"
    )]
    client: Vec<Client>,
    #[arg(long, value_name = "FILE")]
    module: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    nss: Vec<PathBuf>,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.action {
        Action::Install { choice, yes } => install(program, choice, *yes),
        Action::Uninstall(choice) => uninstall(program, choice),
        Action::Status {
            choice,
            prove_pss,
            consent,
        } => {
            let module = choice.module();
            let registrations = choice.registrations(module.as_deref().unwrap_or("".as_ref()))?;
            let status = |pss| Status {
                module: module.as_deref().ok().map(shown),
                registrations,
                pss,
            };
            if !prove_pss {
                return program.show(&status(None));
            }
            let mut connection = Connection::open(program)?;
            let pss = prove_pss_at(program, &mut connection, consent.spend())?;
            program.show_card(&status(Some(pss)), &connection)
        }
    }
}

/// `mynacard.pkcs11-install/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Installed {
    /// The file of the module.
    module: String,
    /// Whether the lines were written; else they were only shown.
    written: bool,
    registrations: Vec<Registration>,
}

/// `mynacard.pkcs11-uninstall/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Uninstalled {
    registrations: Vec<Registration>,
}

/// `mynacard.pkcs11-status/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Status {
    /// The file of the module; null where none was found.
    module: Option<String>,
    registrations: Vec<Registration>,
    /// Whether the card signs with PSS, which TLS 1.3 needs; null where it was not asked.
    pss: Option<Pss>,
}

/// What a card that was asked for a PSS signature did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Pss {
    /// It made one that its certificate verifies.
    Proven,
    /// It refused, or the signature does not verify.
    Refused,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Registration {
    client: Client,
    /// Null where the program was not used by this user yet: it makes its settings at its first
    /// start.
    path: Option<String>,
    state: State,
    /// The lines for this file.
    lines: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum State {
    /// The lines are there.
    Registered,
    /// They are not.
    Missing,
    /// Lines for another module are there.
    Other,
    /// Something that is not ours has their place, and is left alone.
    Foreign,
    /// The program was not used yet.
    Unused,
    /// The lines were taken away.
    Removed,
}

impl State {
    fn id(self) -> &'static str {
        match self {
            Self::Registered => "pkcs11-registered",
            Self::Missing => "pkcs11-missing",
            Self::Other => "pkcs11-other",
            Self::Foreign => "pkcs11-foreign",
            Self::Unused => "pkcs11-unused",
            Self::Removed => "pkcs11-removed",
        }
    }

    fn of(there: There) -> Self {
        match there {
            There::Registered => Self::Registered,
            There::Missing => Self::Missing,
            There::Other => Self::Other,
            There::Foreign => Self::Foreign,
        }
    }
}

impl Choice {
    /// The module that is meant: named, installed beside this program, or built beside it.
    fn module(&self) -> Result<PathBuf, Failure> {
        let missing = |path: &Path| {
            Failure::file(
                ProgramError::InputUnreadable,
                path,
                &io::ErrorKind::NotFound.into(),
            )
        };
        if let Some(named) = &self.module {
            // A link would be resolved by ssh-agent, and judged by where it leads.
            let found = fs::canonicalize(named);
            let found = found
                .map_err(|error| Failure::file(ProgramError::InputUnreadable, named, &error))?;
            // It becomes a part of lines of other programs.
            let plain = |text: &str| !text.contains(|c: char| c.is_control() || "\"' ".contains(c));
            return match found.to_str().is_some_and(plain) {
                true => Ok(found),
                false => Err(Failure::file(
                    ProgramError::InputUnreadable,
                    named,
                    &io::ErrorKind::InvalidInput.into(),
                )),
            };
        }
        let own = std::env::current_exe().unwrap_or_default();
        let beside = own.parent().unwrap_or("/".as_ref());
        let prefixes = [beside.join(".."), "/usr/local".into(), "/usr".into()];
        let installed = prefixes.map(|prefix| prefix.join(INSTALLED));
        let mut places = installed.iter().cloned().chain([beside.join(BUILT)]);
        let found = places.find_map(|place| fs::canonicalize(place).ok());
        found.ok_or_else(|| missing(&PathBuf::from("/usr/local").join(INSTALLED)))
    }

    fn edits(&self, module: &Path) -> Result<Vec<(Client, Vec<Edit>)>, Failure> {
        let clients = match self.client.is_empty() {
            true => Client::ALL.to_vec(),
            false => self.client.clone(),
        };
        let edits = clients.into_iter().map(|client| {
            let edits = client.edits(module, &self.nss)?;
            Ok((client, edits))
        });
        edits.collect()
    }

    fn registrations(&self, module: &Path) -> Result<Vec<Registration>, Failure> {
        let look = |edit: &Edit| edit.look().map(State::of);
        self.each(module, look)
    }

    fn each(
        &self,
        module: &Path,
        mut job: impl FnMut(&Edit) -> Result<State, Failure>,
    ) -> Result<Vec<Registration>, Failure> {
        let mut registrations = Vec::new();
        for (client, edits) in self.edits(module)? {
            for edit in &edits {
                let mark = MARK.trim_end();
                let mark = (edit.shape == Shape::Whole).then_some(mark);
                let lines = mark.into_iter().chain(edit.lines.lines());
                registrations.push(Registration {
                    client,
                    path: Some(shown(&edit.path)),
                    state: job(edit)?,
                    lines: lines.map(str::to_owned).collect(),
                });
            }
            if edits.is_empty() {
                registrations.push(Registration {
                    client,
                    path: None,
                    state: State::Unused,
                    lines: Vec::new(),
                });
            }
        }
        Ok(registrations)
    }
}

const INSTALLED: &str = "lib/mynacard/mynacard-pkcs11.so";
const BUILT: &str = "libcard_pkcs11.so";

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn install(program: &Program, choice: &Choice, yes: bool) -> Result<(), Failure> {
    let module = choice.module()?;
    // Every file is read before one is written.
    let mut registrations = choice.registrations(&module)?;
    if yes {
        let _held = program.signals.held();
        registrations = choice.each(&module, |edit| {
            edit.install()?;
            edit.look().map(State::of)
        })?;
    }
    program.show(&Installed {
        module: shown(&module),
        written: yes,
        registrations,
    })
}

fn uninstall(program: &Program, choice: &Choice) -> Result<(), Failure> {
    let _held = program.signals.held();
    let registrations = choice.each("".as_ref(), |edit| {
        Ok(match edit.uninstall()? {
            true => State::Removed,
            false => match edit.look()? {
                There::Foreign => State::Foreign,
                _ => State::Missing,
            },
        })
    })?;
    program.show(&Uninstalled { registrations })
}

/// Asks a card for one PSS signature with its authentication key. What came of it is remembered
/// where the module looks at its next start.
fn prove_pss_at(program: &Program, card: &mut Connection, spend: Spend) -> Result<Pss, Failure> {
    let about = program.texts.say("pkcs11-about-pss");
    let entered = pin::ask(
        &GIVEN_USER_PIN,
        card,
        &mut ProgramUi::about(program, about),
        spend,
    )?;
    let digest = Digest::of(HashAlgorithm::Sha256, b"mynacard pkcs11 status");
    let pss = card.talk(|transaction| {
        let mut jpki = transaction.jpki()?;
        let mut key = pin::unlock_authentication(&mut jpki, &entered)?;
        // The key checks its signatures against the certificate that it has read.
        key.certificate()?;
        match key.sign_pss(&digest) {
            Ok(_) => Ok(Pss::Proven),
            Err(Error::Pss(PssProblem::Refused { .. }) | Error::SignatureMismatch) => {
                Ok(Pss::Refused)
            }
            Err(error) => Err(error),
        }
    })?;
    remember(&card.reader_name(), pss)?;
    Ok(pss)
}

/// The module's list of answers to reset of cards that refuse PSS.
fn remember(reader: &str, pss: Pss) -> Result<(), Failure> {
    let readers = Service::connect().and_then(|service| service.readers());
    let mut readers = readers.unwrap_or_default().into_iter();
    let Some(Occupancy::Card { atr, .. }) = readers
        .find(|known| known.name == reader)
        .map(|known| known.occupancy)
    else {
        // A simulated card, or one that is gone.
        return Ok(());
    };
    let atr = hex(&atr).to_ascii_lowercase();
    let path = folders::state()?.join("mynacard/no-pss");
    let known = fs::read_to_string(&path).unwrap_or_default();
    let mut lines: Vec<&str> = known.lines().filter(|line| *line != atr).collect();
    if pss == Pss::Refused {
        lines.push(&atr);
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    if text == known {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::file(ProgramError::OutputUnwritable, folder, &error))?;
    }
    Place::look(&path, true, Privacy::Owner)?.write(text.as_bytes())
}

/// One row for each file.
fn rows(registrations: &[Registration], texts: &Texts) -> String {
    let row = |registration: &Registration| {
        let path = registration.path.as_deref().unwrap_or_default();
        vec![
            registration.client.word().to_owned(),
            texts.say(registration.state.id()),
            printable(path),
        ]
    };
    table(&registrations.iter().map(row).collect::<Vec<_>>())
}

impl Report for Installed {
    const NAME: &str = "pkcs11-install";

    fn text(&self, texts: &Texts) -> String {
        let mut text = String::new();
        if !self.written {
            for registration in &self.registrations {
                let Some(path) = &registration.path else {
                    continue;
                };
                if !matches!(registration.state, State::Missing | State::Other) {
                    continue;
                }
                text += &format!("{}\n", printable(path));
                for line in &registration.lines {
                    text += &format!("  + {}\n", printable(line));
                }
                text.push('\n');
            }
        }
        text += &rows(&self.registrations, texts);
        let next = match self.written {
            true => "pkcs11-written",
            false => "pkcs11-not-written",
        };
        text + &texts.say(next) + "\n"
    }
}

impl Report for Uninstalled {
    const NAME: &str = "pkcs11-uninstall";

    fn text(&self, texts: &Texts) -> String {
        rows(&self.registrations, texts)
    }
}

impl Report for Status {
    const NAME: &str = "pkcs11-status";

    fn text(&self, texts: &Texts) -> String {
        let module = match &self.module {
            Some(module) => texts.with("pkcs11-module", [("path", printable(module).into())]),
            None => texts.say("pkcs11-no-module"),
        };
        let pss = match self.pss {
            None => String::new(),
            Some(Pss::Proven) => texts.say("pkcs11-pss-proven") + "\n",
            Some(Pss::Refused) => texts.say("pkcs11-pss-refused") + "\n",
        };
        format!("{module}\n{}{pss}", rows(&self.registrations, texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schemas_are_up_to_date() {
        schema::<Installed>(Installed::NAME, Envelope::Plain);
        schema::<Uninstalled>(Uninstalled::NAME, Envelope::Plain);
        schema::<Status>(Status::NAME, Envelope::Either);
    }
}
