//! `sign FILE…`: signs files with a key of the card, many with one PIN.

mod options;
mod plan;

use std::io::{self, Write};

pub(crate) use self::options::Arguments;
use crate::connect::Connection;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::jobs::sign::{self, Asked, Batch, Format, Shown, Sink, To};
use crate::output::{self, Report, Stopped, hex, printable, table};
use crate::program::Program;
use crate::report::sign::Signed;
use crate::ui::program::ProgramUi;

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let options = arguments.options(format(program, arguments)?);
    let planned = plan::plan(program, arguments, &options)?;
    if let Some(folder) = &arguments.output_dir {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|error| Failure::file(ProgramError::OutputUnwritable, folder, &error))?;
    }
    let on_stdout = planned.iter().any(|(_, place)| place.is_none());
    let together = options.format == Format::Asic;
    let files = planned
        .into_iter()
        .enumerate()
        .map(|(number, (path, place))| Asked {
            stream: (path.as_os_str() == "-").then(|| Box::new(io::stdin()) as _),
            path,
            to: match place {
                _ if together && number > 0 => To::Together,
                Some(place) => To::Path(place),
                None => To::Front(&Stdout),
            },
        });
    let batch = sign::prepare(options, files.collect(), program)?;
    let mut signed = batch.skipped();
    if batch.is_done() {
        return program.show(&Signed::of(batch.options(), &signed, None));
    }
    let mut connection = Connection::open(program)?;
    tell(program, &batch);
    let ui = &mut ProgramUi::signing(program, arguments.consent_disclosure);
    let warning = batch.run(&mut connection, ui, program, &mut signed)?;
    let report = Signed::of(batch.options(), &signed, warning);
    match on_stdout {
        // The signature is there: the report goes beside it.
        true if program.global.json => {
            let json = program.json(&report, &connection)?;
            output::note(String::from_utf8_lossy(&json).trim_end());
            Ok(())
        }
        true => {
            output::note(report.text(&program.texts).trim_end());
            Ok(())
        }
        false => program.show_card(&report, &connection),
    }
}

/// The signature on standard output.
struct Stdout;

impl Sink for Stdout {
    fn most(&self) -> u64 {
        u64::MAX
    }

    fn fill(
        &self,
        write: &mut dyn FnMut(&mut dyn Write) -> Result<(), Stopped>,
    ) -> Result<(), Failure> {
        output::show_filled(write)
    }
}

/// The format that is named, else by the files' endings; says which.
fn format(program: &Program, arguments: &Arguments) -> Result<Format, Failure> {
    if let Some(chosen) = arguments.chosen {
        return Ok(chosen);
    }
    let mut formats = arguments.files.iter().map(|path| Format::of_ending(path));
    let first = formats.next().unwrap_or_default();
    if formats.any(|other| other != first) {
        return Err(Failure::usage(program.texts.say("usage-format-mixed")));
    }
    let values = [("format", first.name().into())];
    output::note(&program.texts.with("note-format", values));
    Ok(first)
}

/// Says what will be signed, before anybody agrees to it.
fn tell(program: &Program, batch: &Batch<'_>) {
    let row = |file: Shown<'_>| {
        let bytes = [("bytes", file.size.into())];
        vec![
            format!("  {}", printable(&file.path.display().to_string())),
            program.texts.with("sign-size", bytes),
            format!("SHA-256 {}", hex(file.sha256.as_bytes())),
        ]
    };
    let rows: Vec<_> = batch.shown().map(row).collect();
    let text = program.texts.say("note-to-sign") + "\n" + &table(&rows);
    output::note(text.trim_end());
    for file in batch.shown() {
        let path = printable(&file.path.display().to_string());
        if let Some(field) = file.waiting_field {
            let field = printable(field);
            let words = [
                ("path", path.as_str().into()),
                ("field", field.as_str().into()),
            ];
            output::note(&program.texts.with("note-sign-field", words));
        }
        for warning in file.warnings {
            let reason = program.texts.reason(warning);
            let words = [
                ("path", path.as_str().into()),
                ("reason", reason.as_str().into()),
                ("code", warning.into()),
            ];
            output::note(&program.texts.with("note-sign-warning", words));
        }
    }
}
