//! `number`: the My Number, for a purpose, as stars unless revealed, with a record left behind.

use card_core::domain::date::UtcTime;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use card_core::domain::my_number::MyNumber;
use card_core::handling::{Handling, Purpose, PurposeProblem};
use serde::Serialize;

use crate::args::Consent;
use crate::args::opens::Opens;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::facts::{Fact, word};
use crate::jobs::record::{self, Opening};
use crate::output::{self, Report};
use crate::program::Program;
use crate::residents;
use crate::texts::Texts;
use crate::ui::program::ProgramUi;

/// What for, and whether the digits are shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "social-security|tax|disaster|other-by-law|holder")]
    purpose: Option<String>,
    #[arg(long, value_name = "NAME")]
    law: Option<String>,
    #[arg(long)]
    reveal: bool,
    #[arg(long)]
    secure_messaging: bool,
    #[command(flatten)]
    opens: Opens,
    #[command(flatten)]
    consent: Consent,
}

/// `mynacard.number/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Shown {
    /// Twelve stars unless revealed.
    number: String,
    revealed: bool,
    purpose: &'static str,
    /// With `other-by-law`.
    law: Option<String>,
    /// The file that tells of this handling, without the number.
    record: String,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let purpose = purpose(arguments)?;
    let path = place()?;
    let seed = record::session_seed(arguments.secure_messaging)?;
    let mut connection = Connection::open(program)?;
    let opening = Opening {
        choice: arguments.opens.choice(),
        spend: arguments.consent.spend(),
        seed: seed.as_deref(),
    };
    let ui = &mut ProgramUi::new(program);
    let (number, card) = record::number(&mut connection, ui, &opening)?;
    let handling = Handling {
        time: UtcTime::now(),
        purpose,
        program: concat!("mynacard ", env!("CARGO_PKG_VERSION")).into(),
        card,
    };
    {
        let _held = program.signals.held();
        let appended = handling.append_to(&path);
        appended.map_err(|error| Failure::file("handling.unwritable", &path, &error))?;
    }
    let report = Shown {
        number: if arguments.reveal {
            number.reveal().to_owned()
        } else {
            MyNumber::MASKED.to_owned()
        },
        revealed: arguments.reveal,
        purpose: handling.purpose.word(),
        law: match &handling.purpose {
            Purpose::OtherByLaw(law) => Some(law.to_string()),
            _ => None,
        },
        record: path.display().to_string(),
    };
    let told = [("path", report.record.as_str().into())];
    output::note(&program.texts.with("note-handling", told));
    program.show_card(&report, &connection)
}

/// The purpose that the law wants to be known, or why what was typed is none.
fn purpose(arguments: &Arguments) -> Result<Purpose, Failure> {
    let Some(typed) = &arguments.purpose else {
        return Err(Failure::new("purpose.missing"));
    };
    Purpose::parse(typed, arguments.law.as_deref()).map_err(|problem| {
        let problem = match problem {
            PurposeProblem::Unknown => return Failure::new("purpose.unknown"),
            PurposeProblem::LawMissing => "law-missing",
            PurposeProblem::LawUnasked => "law-unasked",
            PurposeProblem::LawName => "law-name",
        };
        Failure::new("purpose.law").telling("problem", Fact::Word(word("purpose", problem)))
    })
}

/// Where handlings are recorded; looked at before the card is asked anything.
fn place() -> Result<PathBuf, Failure> {
    let refused =
        |path: &Path, error: &io::Error| Failure::file("handling.unwritable", path, error);
    let missing = |_| refused(Path::new("$HOME"), &io::ErrorKind::NotFound.into());
    let folder = residents::base("XDG_STATE_HOME", ".local/state").map_err(missing)?;
    let folder = folder.join("mynacard");
    let made = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder);
    made.map_err(|error| refused(&folder, &error))?;
    let path = folder.join("handling.jsonl");
    let mut options = OpenOptions::new();
    let opened = options.append(true).create(true).mode(0o600).open(&path);
    opened.map_err(|error| refused(&path, &error))?;
    Ok(path)
}

impl Report for Shown {
    const NAME: &str = "number";

    fn text(&self, _: &Texts) -> String {
        format!("{}\n", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Shown>(Shown::NAME, Envelope::Card);
    }
}
