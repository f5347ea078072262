//! Simulated residents by name: shipped ones, those made by `sim new`, and persona files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use card_sim::front::in_process::SimulatedCard;
use card_sim::os::quirk::Quirks;
use card_sim::persona::{Persona, PersonaError, PinShape, Problem};
use card_sim::state::{Persistent, StateError};

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::{Facts, word};
use crate::folders;
use crate::place::{Place, Privacy};

/// A made-up resident.
pub(crate) struct Resident {
    pub(crate) persona: Persona,
}

impl Resident {
    /// Finds a resident: a path (with `/`, or ending in `.toml`), else a name.
    ///
    /// Counters belong to the `id` that the file gives, so a file of its own has an `id` of its own.
    pub(crate) fn find(name: &str) -> Result<Self, Failure> {
        if name.contains('/') || name.ends_with(".toml") {
            let persona = Persona::load(Path::new(name)).map_err(refused)?;
            return Ok(Self { persona });
        }
        if let Some(persona) = Persona::shipped(name) {
            return Ok(Self { persona });
        }
        let unknown = || {
            let known = Persona::SHIPPED
                .iter()
                .map(|name| (*name).to_owned())
                .chain(made())
                .collect();
            Failure::from(ProgramError::PersonaUnknown(name.into(), known))
        };
        if !is_name(name) {
            return Err(unknown());
        }
        let path = made_folder()?.join(format!("{name}.toml"));
        match load_made(&path) {
            Err(PersonaError::Unreadable { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                Err(unknown())
            }
            persona => Ok(Self {
                persona: persona.map_err(refused)?,
            }),
        }
    }

    /// The card with its counters as they stand, for this process alone.
    pub(crate) fn card(&self) -> Result<SimulatedCard, Failure> {
        let persistent = self.persistent()?;
        Ok(SimulatedCard::with_state(&self.persona, persistent))
    }

    /// What the card remembers.
    pub(crate) fn persistent(&self) -> Result<Persistent, Failure> {
        let (folder, id) = (state_folder()?, &self.persona.id);
        Persistent::open(&folder, id).map_err(|error| state_failed(&folder, id, &error))
    }

    /// Makes counters and PINs as issued again.
    pub(crate) fn reset(&self) -> Result<(), Failure> {
        let (folder, id) = (state_folder()?, &self.persona.id);
        card_sim::state::reset(&folder, id).map_err(|error| state_failed(&folder, id, &error))
    }
}

/// Loads a resident made by `sim new`. The signatures on the card are kept beside the file, for its
/// owner only; where that cannot be done, they are made again each time.
fn load_made(path: &Path) -> Result<Persona, PersonaError> {
    let beside = path.with_extension("signatures");
    let (persona, keep) = Persona::load_with_kept(path, &kept(&beside))?;
    if let Some(keep) = keep {
        let place = Place::look(&beside, true, Privacy::Owner);
        let _ = place.and_then(|place| place.write(&keep));
    }
    Ok(persona)
}

/// What lies there, if it is a file of a size that it can have: a resident has eleven signatures.
fn kept(path: &Path) -> Vec<u8> {
    let found = fs::metadata(path);
    let small = found.is_ok_and(|found| found.is_file() && found.len() <= 16_384);
    let read = small.then(|| fs::read(path).ok());
    read.flatten().unwrap_or_default()
}

/// Reads a profile of quirks, as `probe` writes it.
pub(crate) fn quirks(path: &Path) -> Result<Quirks, Failure> {
    let bytes = fs::read(path)
        .map_err(|error| Failure::file(ProgramError::InputUnreadable, path, &error))?;
    card_sim::persona::profile(&bytes).ok_or_else(|| {
        let mistake = word("mistake", "profile");
        ProgramError::PersonaField(path.into(), 1, "quirks", mistake).into()
    })
}

/// Whether this can name a resident and so a file.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(plain)
}

/// Names of residents that the user has made, in alphabetical order; none if there is no folder.
pub(crate) fn made() -> Vec<String> {
    let Ok(entries) = made_folder().and_then(|folder| {
        fs::read_dir(&folder)
            .map_err(|error| Failure::file(ProgramError::SimState, &folder, &error))
    }) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .filter(|name| is_name(name))
        .collect();
    names.sort();
    names
}

/// Where residents made by `sim new` are.
pub(crate) fn made_folder() -> Result<PathBuf, Failure> {
    Ok(folders::data()?.join("mynacard/personas"))
}

/// Where counters and changed PINs of simulated cards are.
pub(crate) fn state_folder() -> Result<PathBuf, Failure> {
    Ok(folders::state()?.join("mynacard/sim"))
}

/// Why the memory of a simulated card cannot be used.
pub(crate) fn state_failed(folder: &Path, id: &str, error: &StateError) -> Failure {
    let path = folder.join(format!("{id}.toml"));
    let told = |reason| ProgramError::SimState(path.clone(), word("reason", reason).into()).into();
    match error {
        StateError::InUse => ProgramError::SimInUse(id.into()).into(),
        StateError::Io(error) => Failure::file(ProgramError::SimState, &path, error),
        StateError::Name => told("not-a-name"),
        _ => told("not-ours"),
    }
}

/// A persona file with a mistake, by file, line and field.
fn refused(error: PersonaError) -> Failure {
    match error {
        PersonaError::Unreadable { file, source } => {
            Failure::file(ProgramError::PersonaUnreadable, &file, &source)
        }
        // What the TOML reader says is English only.
        PersonaError::Syntax { file, line, source } => {
            ProgramError::PersonaSyntax(file, line, source.message().to_owned()).into()
        }
        PersonaError::Field {
            file,
            line,
            field,
            problem,
        } => {
            let (reason, limits) = mistake(&problem);
            let failure = ProgramError::PersonaField(file, line, field, word("mistake", reason));
            let told = |failure: Failure, (name, fact)| failure.telling(name, fact);
            limits.into_iter().fold(failure.into(), told)
        }
    }
}

/// What is wrong with one field, and what it may hold.
fn mistake(problem: &Problem) -> (&'static str, Facts) {
    let count = |n: usize| vec![("count", n.into())];
    let none = Facts::new;
    match problem {
        Problem::Missing => ("missing", none()),
        Problem::UnknownResident => ("unknown-resident", none()),
        Problem::NoRecords => ("no-records", none()),
        Problem::Name => ("name", none()),
        Problem::Text { longest } => ("text", count(*longest)),
        Problem::Digits { count: n } => ("digits", count(*n)),
        Problem::Flags { count: n } => ("flags", count(*n)),
        Problem::AnswerToReset => ("answer-to-reset", none()),
        Problem::Range { range } => {
            let (least, most) = (*range.start(), *range.end());
            (
                "range",
                vec![("least", least.into()), ("most", most.into())],
            )
        }
        Problem::BirthDate => ("birth-date", none()),
        Problem::Sex => ("sex", none()),
        Problem::CheckDigit => ("check-digit", none()),
        Problem::Date => ("date", none()),
        Problem::Instant => ("instant", none()),
        Problem::EndsBeforeItBegins => ("ends-before-it-begins", none()),
        Problem::PinShape {
            shape: PinShape::FourDigits,
        } => ("pin-four-digits", none()),
        Problem::PinShape {
            shape: PinShape::Password,
        } => ("pin-password", none()),
        Problem::Attempts { maximum } => ("attempts", count(usize::from(*maximum))),
        Problem::File { path, .. } => ("file", vec![("file", path.as_path().into())]),
        Problem::Key(_) => ("key", none()),
        Problem::Certificate => ("certificate", none()),
        Problem::KeyDoesNotFit => ("key-does-not-fit", none()),
        Problem::Keys { count: n } => ("keys", count(*n)),
        Problem::Pictures => ("pictures", none()),
        Problem::Profile => ("profile", none()),
        Problem::Signatures => ("signatures", none()),
        Problem::SignatureDoesNotFit { .. } => ("signature-does-not-fit", none()),
        Problem::Licence(_) => ("licence", none()),
        Problem::Issue(_) => ("issue", none()),
    }
}
