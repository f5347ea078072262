//! Files that follow what programs do with simulated cards: the log and the transcript.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;

use card_sim::front::control::Line;

use super::ctl::said;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::place;
use crate::program::Program;

/// What is written beside the work of the cards.
pub(super) struct Files {
    log: Option<(PathBuf, File)>,
    trace: Option<(PathBuf, File)>,
    json: bool,
    /// The card of the last lines of the transcript.
    card: Option<String>,
}

impl Files {
    /// Makes the files, before any card is there.
    pub(super) fn make(program: &Program, log: Option<&Path>) -> Result<Self, Failure> {
        let make = |path: &Path| place::create_private(path).map(|file| (path.to_owned(), file));
        let mut files = Self {
            log: log.map(make).transpose()?,
            trace: program.global.trace.as_deref().map(make).transpose()?,
            json: program.global.json,
            card: None,
        };
        if let Some((path, file)) = &mut files.trace {
            // As the library writes it, so that `trace show` reads it.
            let head = writeln!(file, "# mynacard trace 1");
            head.map_err(|error| Failure::file(ProgramError::OutputUnwritable, path, &error))?;
        }
        Ok(files)
    }

    /// Whether there is anything to write.
    pub(super) fn wanted(&self) -> bool {
        self.log.is_some() || self.trace.is_some()
    }

    /// Writes lines until nobody sends any more; the file that cannot be written.
    pub(super) fn write(mut self, lines: &Receiver<Line>) -> Result<(), (PathBuf, io::Error)> {
        for line in lines {
            if let Some((path, file)) = &mut self.log {
                let text = if self.json {
                    serde_json::to_string(&line).map(|text| text + "\n")
                } else {
                    Ok(said(&line))
                };
                let written = text.map_err(io::Error::from);
                let written = written.and_then(|text| file.write_all(text.as_bytes()));
                written.map_err(|error| (path.clone(), error))?;
            }
            if let Some((path, file)) = &mut self.trace {
                let mut text = String::new();
                if self.card.as_ref() != Some(&line.card) {
                    text = format!("# card {}\n", line.card);
                    self.card = Some(line.card.clone());
                }
                match (&line.event, &line.exchange) {
                    (Some(event), _) => text += &format!("# {event}\n"),
                    (None, Some(exchange)) => text += &format!("{}\n", exchange.transcript),
                    (None, None) => {}
                }
                let written = file.write_all(text.as_bytes());
                written.map_err(|error| (path.clone(), error))?;
            }
        }
        Ok(())
    }
}
