//! `sim new NAME`: residents of one's own, each another person, the same for the same seed.

use card_sim::persona::{MADE_RESIDENTS, Persona};
use serde::Serialize;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::output::{Place, Privacy, Report};
use crate::program::Program;
use crate::residents;
use crate::texts::{Language, Texts};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(value_name = "NAME")]
    name: String,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MADE_RESIDENTS)))]
    count: Option<u32>,
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,
}

/// `mynacard.sim-new/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct New {
    /// The first of them.
    name: String,
    path: String,
    /// All of them.
    residents: Vec<Made>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Made {
    name: String,
    path: String,
}

/// Writes one file for each resident; none if one of the names cannot be used.
pub(super) fn make(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { name, count, seed } = arguments;
    // A name is a seed too, so that a resident is the same on every computer.
    let seed = seed.as_deref().unwrap_or(name);
    let names: Vec<String> = match count {
        None => vec![name.clone()],
        Some(count) => {
            let digits = count.to_string().len();
            (1..=*count)
                .map(|number| format!("{name}-{number:0digits$}"))
                .collect()
        }
    };
    let made = residents::made();
    for name in &names {
        if !residents::is_name(name) {
            return Err(ProgramError::PersonaName(name.clone()).into());
        }
        if Persona::SHIPPED.contains(&&**name) || made.contains(name) {
            return Err(ProgramError::PersonaExists(name.clone()).into());
        }
    }
    let folder = residents::made_folder()?;
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::file(ProgramError::OutputUnwritable, &folder, &error))?;
    let mut written = Vec::new();
    for (number, name) in (0..).zip(names) {
        let place = Place::look(&folder.join(format!("{name}.toml")), false, Privacy::Owner)?;
        let text = match program.texts.language() {
            Language::Japanese => Persona::template_in_japanese(&name, seed, number),
            Language::English => Persona::template(&name, seed, number),
        };
        place.write(text.as_bytes())?;
        let path = place.path().display().to_string();
        written.push(Made { name, path });
    }
    let Some(Made { name, path }) = written.first() else {
        return Err(ProgramError::bug().into());
    };
    program.show(&New {
        name: name.clone(),
        path: path.clone(),
        residents: written,
    })
}

impl Report for New {
    const NAME: &str = "sim-new";

    fn text(&self, texts: &Texts) -> String {
        let Self {
            name,
            path,
            residents,
        } = self;
        let values = [
            ("name", name.as_str().into()),
            ("path", path.as_str().into()),
        ];
        match residents.last() {
            None => texts.with("sim-made", values) + "\n",
            Some(last) => {
                let [name, path] = values;
                let more = [
                    ("count", residents.len().to_string().into()),
                    ("last", last.name.as_str().into()),
                ];
                texts.with("sim-made-many", [name, path].into_iter().chain(more)) + "\n"
            }
        }
    }
}
