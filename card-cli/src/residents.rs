//! Simulated residents by name: shipped ones, those made by `sim new`, and persona files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use card_sim::front::in_process::SimulatedCard;
use card_sim::os::quirk::Quirks;
use card_sim::persona::{Persona, PersonaError, PinShape, Problem};
use card_sim::state::{Persistent, StateError};

use crate::exit::Failure;
use crate::facts::{Fact, word};

/// A made-up resident and where the card's counters live.
pub(crate) struct Resident {
    pub(crate) persona: Persona,
    state: PathBuf,
}

impl Resident {
    /// Finds a resident: a path (with `/`, or ending in `.toml`), else a name.
    ///
    /// Counters belong to the `id` that the file gives, so a file of its own has an `id` of its own.
    pub(crate) fn find(name: &str) -> Result<Self, Failure> {
        if name.contains('/') || name.ends_with(".toml") {
            let persona = Persona::load(Path::new(name)).map_err(|error| refused(&error))?;
            return Ok(Self {
                persona,
                state: state_folder()?,
            });
        }
        let state = state_folder()?;
        if let Some(persona) = Persona::shipped(name) {
            return Ok(Self { persona, state });
        }
        let unknown = || {
            let known = Persona::SHIPPED
                .iter()
                .map(|name| (*name).to_owned())
                .chain(made())
                .collect();
            Failure::new("persona.unknown")
                .telling("name", Fact::Text(name.into()))
                .telling("known", Fact::List(known))
        };
        if !is_name(name) {
            return Err(unknown());
        }
        let path = made_folder()?.join(format!("{name}.toml"));
        match Persona::load(&path) {
            Err(PersonaError::Unreadable { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                Err(unknown())
            }
            persona => Ok(Self {
                persona: persona.map_err(|error| refused(&error))?,
                state,
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
        Persistent::open(&self.state, &self.persona.id)
            .map_err(|error| state_failed(&self.state, &self.persona.id, &error))
    }

    /// Makes counters and PINs as issued again.
    pub(crate) fn reset(&self) -> Result<(), Failure> {
        card_sim::state::reset(&self.state, &self.persona.id)
            .map_err(|error| state_failed(&self.state, &self.persona.id, &error))
    }
}

/// Reads a profile of quirks, as `probe` writes it.
pub(crate) fn quirks(path: &Path) -> Result<Quirks, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file("input.unreadable", path, &error))?;
    card_sim::persona::profile(&bytes).ok_or_else(|| {
        Failure::new("persona.field")
            .telling("path", Fact::Text(path.display().to_string()))
            .telling("line", number(1))
            .telling("field", Fact::Text("quirks".to_owned()))
            .telling("reason", Fact::Word(word("mistake", "profile")))
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
        fs::read_dir(&folder).map_err(|error| Failure::file("sim.state", &folder, &error))
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
    Ok(base("XDG_DATA_HOME", ".local/share")?.join("mynacard/personas"))
}

/// Where counters and changed PINs of simulated cards are.
pub(crate) fn state_folder() -> Result<PathBuf, Failure> {
    Ok(base("XDG_STATE_HOME", ".local/state")?.join("mynacard/sim"))
}

/// A folder by the XDG base directory specification: relative values count as unset.
pub(crate) fn base(variable: &str, otherwise: &str) -> Result<PathBuf, Failure> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute(variable)
        .or_else(|| absolute("HOME").map(|home| home.join(otherwise)))
        .ok_or_else(|| {
            let missing = io::Error::from(io::ErrorKind::NotFound);
            Failure::file("sim.state", Path::new("$HOME"), &missing)
        })
}

/// Why the memory of a simulated card cannot be used.
pub(crate) fn state_failed(folder: &Path, id: &str, error: &StateError) -> Failure {
    let path = folder.join(format!("{id}.toml"));
    let told = |reason| {
        Failure::new("sim.state")
            .telling("path", Fact::Text(path.display().to_string()))
            .telling("reason", Fact::Word(word("reason", reason)))
    };
    match error {
        StateError::InUse => Failure::new("sim.in-use").telling("name", Fact::Text(id.into())),
        StateError::Io(error) => Failure::file("sim.state", &path, error),
        StateError::Name => told("not-a-name"),
        _ => told("not-ours"),
    }
}

/// A persona file with a mistake, by file, line and field.
fn refused(error: &PersonaError) -> Failure {
    let failure = Failure::new(error.code());
    let path = |file: &Path| Fact::Text(file.display().to_string());
    match error {
        PersonaError::Unreadable { file, source } => Failure::file(error.code(), file, source),
        // What the TOML reader says is English only.
        PersonaError::Syntax { file, line, source } => failure
            .telling("path", path(file))
            .telling("line", number(*line))
            .telling("reason", Fact::Text(source.message().to_owned())),
        PersonaError::Field {
            file,
            line,
            field,
            problem,
        } => mistake(
            failure
                .telling("path", path(file))
                .telling("line", number(*line))
                .telling("field", Fact::Text((*field).to_owned())),
            problem,
        ),
    }
}

/// What is wrong with one field.
fn mistake(failure: Failure, problem: &Problem) -> Failure {
    let count = |failure: Failure, n: usize| failure.telling("count", number(n));
    let (failure, problem) = match problem {
        Problem::Missing => (failure, "missing"),
        Problem::UnknownResident => (failure, "unknown-resident"),
        Problem::NoRecords => (failure, "no-records"),
        Problem::Name => (failure, "name"),
        Problem::Text { longest } => (count(failure, *longest), "text"),
        Problem::Digits { count: n } => (count(failure, *n), "digits"),
        Problem::Flags { count: n } => (count(failure, *n), "flags"),
        Problem::AnswerToReset => (failure, "answer-to-reset"),
        Problem::Range { range } => (
            failure
                .telling("least", number(*range.start()))
                .telling("most", number(*range.end())),
            "range",
        ),
        Problem::BirthDate => (failure, "birth-date"),
        Problem::Sex => (failure, "sex"),
        Problem::CheckDigit => (failure, "check-digit"),
        Problem::Date => (failure, "date"),
        Problem::Instant => (failure, "instant"),
        Problem::EndsBeforeItBegins => (failure, "ends-before-it-begins"),
        Problem::PinShape {
            shape: PinShape::FourDigits,
        } => (failure, "pin-four-digits"),
        Problem::PinShape {
            shape: PinShape::Password,
        } => (failure, "pin-password"),
        Problem::Attempts { maximum } => (count(failure, usize::from(*maximum)), "attempts"),
        Problem::File { path, .. } => (
            failure.telling("file", Fact::Text(path.display().to_string())),
            "file",
        ),
        Problem::Key(_) => (failure, "key"),
        Problem::Certificate => (failure, "certificate"),
        Problem::KeyDoesNotFit => (failure, "key-does-not-fit"),
        Problem::Keys { count: n } => (count(failure, *n), "keys"),
        Problem::Pictures => (failure, "pictures"),
        Problem::Profile => (failure, "profile"),
        Problem::Signatures => (failure, "signatures"),
        Problem::SignatureDoesNotFit { .. } => (failure, "signature-does-not-fit"),
        Problem::Licence(_) => (failure, "licence"),
        Problem::Issue(_) => (failure, "issue"),
    };
    failure.telling("reason", Fact::Word(word("mistake", problem)))
}

fn number(n: usize) -> Fact {
    Fact::Number(i64::try_from(n).unwrap_or(i64::MAX))
}
