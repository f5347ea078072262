//! The My Number for a purpose that the law allows, and the record of its handling.

use std::io;
use std::path::{Path, PathBuf};

use card_core::domain::date::UtcTime;
use card_core::domain::my_number::MyNumber;
use card_core::handling::{Handling, Purpose, PurposeProblem};
use card_core::owner_only;

use super::record::{self, Opening};
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::word;
use crate::folders;
use crate::session::CardSession;
use crate::ui::Ui;

/// Reads the number. It must not be shown before its handling is recorded.
pub(crate) fn read(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    opening: &Opening<'_>,
    purpose: Purpose,
) -> Result<(MyNumber, Handling), Failure> {
    let number = record::number(card, ui, opening)?;
    let handling = Handling {
        time: UtcTime::now(),
        purpose,
        program: concat!("mynacard ", env!("CARGO_PKG_VERSION")).into(),
        // Its number is in another application: two exchanges more, and one more mark of the holder.
        card: None,
    };
    Ok((number, handling))
}

/// Records a handling at the place that [`place`] found.
pub(crate) fn record(handling: &Handling, path: &Path) -> Result<(), Failure> {
    let appended = handling.append_to(path);
    appended.map_err(|error| Failure::file(ProgramError::HandlingUnwritable, path, &error))
}

/// The purpose that the law wants to be known, or why what was typed is none.
pub(crate) fn purpose(typed: Option<&str>, law: Option<&str>) -> Result<Purpose, Failure> {
    let Some(typed) = typed else {
        return Err(ProgramError::PurposeMissing.into());
    };
    Purpose::parse(typed, law).map_err(|problem| {
        let problem = match problem {
            PurposeProblem::Unknown => return ProgramError::PurposeUnknown.into(),
            PurposeProblem::LawMissing => "law-missing",
            PurposeProblem::LawUnasked => "law-unasked",
            PurposeProblem::LawName => "law-name",
        };
        ProgramError::PurposeLaw(word("purpose", problem)).into()
    })
}

/// Where handlings are recorded; looked at before the card is asked anything.
pub(crate) fn place() -> Result<PathBuf, Failure> {
    let refused = |path: &Path, error: &io::Error| {
        Failure::file(ProgramError::HandlingUnwritable, path, error)
    };
    let folder = folders::state()?.join("mynacard");
    owner_only::create_folders(&folder).map_err(|error| refused(&folder, &error))?;
    let path = folder.join("handling.jsonl");
    owner_only::append(&path).map_err(|error| refused(&path, &error))?;
    Ok(path)
}
