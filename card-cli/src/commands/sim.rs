//! `sim list|show|run|judge|ctl|serve|reset|new|pki`: made-up residents for those who have no card.

mod ctl;
mod judge;
mod lend;
mod new;
mod pki;
mod record;
mod run;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use card_core::domain::date::{BirthDate, Date};
use card_core::domain::person::Sex;
use card_sim::applets::Application;
use card_sim::os::quirk::Quirks;
use card_sim::persona::{Kind, Persona};
use clap::Subcommand;
use serde::Serialize;

use crate::attempts::Left;
use crate::exit::Failure;
use crate::municipalities;
use crate::output::{self, Report, hex, printable, table};
use crate::program::Program;
use crate::residents::{self, Resident};
use crate::texts::{Language, Texts};

/// What to do with which resident.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List,
    Show {
        #[arg(value_name = "PERSONA")]
        name: String,
    },
    Run(run::Arguments),
    Judge(judge::Arguments),
    Ctl(ctl::Arguments),
    Serve(serve::Arguments),
    Reset {
        #[arg(value_name = "PERSONA")]
        name: String,
    },
    New(new::Arguments),
    Pki {
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// The exit status is that of a command that `sim run` has run.
pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let done = match &arguments.action {
        Action::Run(arguments) => return run::run(program, arguments),
        Action::Judge(arguments) => return judge::run(program, arguments),
        Action::Ctl(arguments) => ctl::run(program, arguments),
        Action::List => list(program),
        Action::Show { name } => program.show(&Shown::of(&Resident::find(name)?, &program.texts)),
        Action::Serve(arguments) => serve::run(program, arguments),
        Action::Reset { name } => {
            let resident = Resident::find(name)?;
            resident.reset()?;
            program.show(&Reset {
                name: resident.persona.id,
            })
        }
        Action::New(arguments) => new::make(program, arguments),
        Action::Pki { folder } => pki::write(program, folder),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// `mynacard.sim-list/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct List {
    residents: Vec<Line>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Line {
    name: String,
    about: String,
    /// Whether it comes with the program.
    shipped: bool,
    /// Marked for what no card has today.
    invented: bool,
    /// What is wrong with the file of a resident made by `sim new`.
    problem: Option<String>,
}

fn list(program: &Program) -> Result<(), Failure> {
    let names = Persona::SHIPPED
        .iter()
        .map(|name| (*name).to_owned())
        .chain(residents::made());
    let residents = names.map(|name| match Resident::find(&name) {
        Ok(Resident { persona, .. }) => Line {
            shipped: Persona::SHIPPED.contains(&name.as_str()),
            about: about(&persona, &program.texts),
            invented: persona.invented,
            name,
            problem: None,
        },
        Err(failure) => Line {
            name,
            about: String::new(),
            shipped: false,
            invented: false,
            problem: Some(failure.texts(&program.texts).0),
        },
    });
    program.show(&List {
        residents: residents.collect(),
    })
}

fn about(persona: &Persona, texts: &Texts) -> String {
    match texts.language() {
        Language::Japanese => persona.about_ja.clone(),
        Language::English => persona.about_en.clone(),
    }
}

impl Report for List {
    const NAME: &str = "sim-list";

    fn text(&self, texts: &Texts) -> String {
        let row = |line: &Line| {
            let about = line.problem.as_ref().unwrap_or(&line.about);
            let mark = if line.invented {
                texts.say("sim-invented")
            } else {
                String::new()
            };
            vec![line.name.clone(), printable(about) + &mark]
        };
        table(&self.residents.iter().map(row).collect::<Vec<_>>())
    }
}

/// `mynacard.sim-show/1`. Everything in it is made up and published.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Shown {
    name: String,
    about: String,
    kind: &'static str,
    invented: bool,
    /// Answer to reset, hexadecimal.
    atr: String,
    holder: Holder,
    card: Face,
    /// What opens the card. Published: protects nothing.
    published: Published,
    /// As they stand; null while another program uses the card.
    attempts: Option<Left>,
    /// Values that differ from the default.
    quirks: Vec<Quirk>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Holder {
    name: String,
    address: String,
    /// Era digit and Gregorian date, zeros where unknown.
    birth: String,
    sex: char,
}

impl Holder {
    /// Birth date and sex as `profile` says them; a value that is no code stays as it is.
    fn words(&self, language: Language) -> (String, String) {
        let japanese = language == Language::Japanese;
        let birth = BirthDate::from_certificate(&self.birth).map(|birth| match japanese {
            true => birth.japanese(),
            false => birth.iso(),
        });
        let sex = self.sex.to_string();
        let word = Sex::from_certificate(&sex).map(|sex| match japanese {
            true => sex.japanese().to_owned(),
            false => sex.word().to_owned(),
        });
        (
            birth.unwrap_or_else(|_| self.birth.clone()),
            word.unwrap_or(sex),
        )
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Face {
    serial: String,
    municipality: String,
    expiry: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Published {
    authentication: String,
    signature: String,
    resident: String,
    profile: Option<String>,
    number_a: Option<String>,
    number_b: Option<String>,
    birth: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Quirk {
    name: &'static str,
    value: &'static str,
}

impl Shown {
    fn of(resident: &Resident, texts: &Texts) -> Self {
        let persona = &resident.persona;
        let secrets = persona.published_secrets();
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let attempts = resident.card().ok().map(|card| Left {
            authentication: card.attempts_left(Application::Jpki, 0x18),
            signature: card.attempts_left(Application::Jpki, 0x1B),
            profile: card.attempts_left(Application::Profile, 0x11),
            profile_number_a: card.attempts_left(Application::Profile, 0x14),
            profile_number_b: card.attempts_left(Application::Profile, 0x15),
            visual_number_b: card.attempts_left(Application::Visual, 0x12),
            visual_number_a: card.attempts_left(Application::Visual, 0x13),
            licence: card.attempts_left(Application::Licence, 0x06),
        });
        let quirks = Quirks::NAMES.iter().filter_map(|name| {
            let value = persona.quirks.value(name)?;
            (Quirks::values_of(name).first() != Some(&value)).then_some(Quirk { name, value })
        });
        Self {
            name: persona.id.clone(),
            about: about(persona, texts),
            kind: match persona.kind {
                Kind::Plastic => "plastic",
                Kind::Android => "android",
                Kind::Iphone => "iphone",
                Kind::ResidentCard => "resident-card",
            },
            invented: persona.invented,
            atr: hex(&persona.atr),
            holder: Holder {
                name: persona.holder.name.clone(),
                address: persona.holder.address.clone(),
                birth: persona.holder.birth.clone(),
                sex: persona.holder.sex,
            },
            card: Face {
                serial: persona.card.serial.clone(),
                municipality: persona.card.municipality.clone(),
                expiry: persona.card.expiry.clone(),
            },
            published: Published {
                authentication: secrets.authentication_pin.to_owned(),
                signature: secrets.signature_password.to_owned(),
                resident: secrets.resident_pin.to_owned(),
                profile: owned(secrets.profile_pin),
                number_a: owned(secrets.verification_number_a),
                number_b: secrets.verification_number_b,
                birth: secrets.birth_pin.to_owned(),
            },
            attempts,
            quirks: quirks.collect(),
        }
    }
}

impl Report for Shown {
    const NAME: &str = "sim-show";

    fn text(&self, texts: &Texts) -> String {
        let mut rows = Vec::new();
        let mut row = |id: &str, value: &str| rows.push(vec![texts.say(id), printable(value)]);
        row("sim-name", &self.name);
        row("sim-about", &self.about);
        row(
            "status-card",
            &texts.say(&format!("status-device-{}", self.kind)),
        );
        row("cert-name", &self.holder.name);
        row("cert-address", &self.holder.address);
        let (birth, sex) = self.holder.words(texts.language());
        row("cert-birth", &birth);
        row("cert-sex", &sex);
        row("sim-card-number", &self.card.serial);
        let municipality = municipalities::name(&self.card.municipality).unwrap_or_default();
        row(
            "sim-municipality",
            &format!("{} {municipality}", self.card.municipality),
        );
        let expiry = Date::from_digits(&self.card.expiry).map(|date| date.to_string());
        row("sim-expiry", expiry.as_ref().unwrap_or(&self.card.expiry));
        let mut pins = Vec::new();
        let attempts = |left: Option<Option<u8>>| match left {
            Some(left) => crate::attempts::shown(left, texts),
            None => texts.say("sim-in-use"),
        };
        let left = self.attempts.as_ref();
        let mut pin = |id: &str, value: Option<&str>, left: String| {
            if let Some(value) = value {
                pins.push(vec![
                    output::capital(&texts.say(id)),
                    value.to_owned(),
                    left,
                ]);
            }
        };
        let published = &self.published;
        pin(
            "pin-authentication",
            Some(&published.authentication),
            attempts(left.map(|left| left.authentication)),
        );
        pin(
            "pin-signature",
            Some(&published.signature),
            attempts(left.map(|left| left.signature)),
        );
        pin("pin-resident", Some(&published.resident), String::new());
        pin(
            "pin-profile",
            published.profile.as_deref(),
            attempts(left.map(|left| left.profile)),
        );
        pin("pin-number-a", published.number_a.as_deref(), String::new());
        pin("pin-number-b", published.number_b.as_deref(), String::new());
        pin("pin-birth", Some(&published.birth), String::new());
        let mut text = table(&rows);
        text += &format!("\n{}\n{}", texts.say("sim-published"), table(&pins));
        if !self.quirks.is_empty() {
            let quirk = |quirk: &Quirk| vec![quirk.name.to_owned(), quirk.value.to_owned()];
            let quirks = self.quirks.iter().map(quirk).collect::<Vec<_>>();
            text += &format!("\n{}\n{}", texts.say("sim-quirks"), table(&quirks));
        }
        text
    }
}

/// `mynacard.sim-reset/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Reset {
    name: String,
}

impl Report for Reset {
    const NAME: &str = "sim-reset";

    fn text(&self, texts: &Texts) -> String {
        texts.with("sim-was-reset", [("name", self.name.as_str().into())]) + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schemas_are_up_to_date() {
        schema::<judge::Judged>(judge::Judged::NAME, Envelope::Plain);
        schema::<serve::Noticed>("sim-serve", Envelope::Bare);
        schema::<ctl::Done>(ctl::Done::NAME, Envelope::Plain);
        schema::<ctl::LogLine>("sim-log", Envelope::Plain);
        schema::<List>(List::NAME, Envelope::Plain);
        schema::<Shown>(Shown::NAME, Envelope::Plain);
        schema::<Reset>(Reset::NAME, Envelope::Plain);
        schema::<new::New>(new::New::NAME, Envelope::Plain);
        schema::<pki::Written>(pki::Written::NAME, Envelope::Plain);
    }
}
