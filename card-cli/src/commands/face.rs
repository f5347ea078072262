//! `face`: portrait, name, address and security code as pictures, and the text beside them.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use card_core::applet::visual::{CardFace, Picture, PictureFormat};
use card_core::owner_only;

use crate::args::Consent;
use crate::args::record_secret::RecordSecretArgs;
use crate::connect::Connection;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::jobs::record::{self, Opening};
use crate::output::{self, Place, Privacy, Report};
use crate::picture::Drawing;
use crate::program::Program;
use crate::report::face::{Face, Written, pictures, portrait_png, suffix};
use crate::ui::program::ProgramUi;

/// Where the files go, and what else is wanted.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "show",
        alias = "output",
        short_alias = 'o'
    )]
    output_dir: Option<PathBuf>,
    #[arg(long, requires = "output_dir")]
    original: bool,
    /// As it was typed before: now the rule.
    #[arg(long, hide = true, conflicts_with = "original")]
    png: bool,
    #[arg(long)]
    show: bool,
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    secret: RecordSecretArgs,
    #[command(flatten)]
    consent: Consent,
}

/// One file to write.
struct Job {
    what: &'static str,
    name: String,
    bytes: Vec<u8>,
}

/// Names of every file that may be written.
const NAMES: [&str; 6] = [
    "portrait.jp2",
    "portrait.png",
    "name.png",
    "address.png",
    "security-code.png",
    "face.txt",
];

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.show && program.global.json {
        return Err(Failure::usage(program.texts.say("usage-json-show")));
    }
    let made = match &arguments.output_dir {
        Some(folder) => look(folder, arguments.force)?,
        None => Made(None),
    };
    let mut connection = Connection::open(program)?;
    let opening = Opening {
        choice: arguments.secret.choice(),
        spend: arguments.consent.spend(),
        seed: None,
    };
    let ui = &mut ProgramUi::new(program);
    let face = record::face(&mut connection, ui, &opening)?;
    let mut report = Face::of(&face);
    let portrait = face.portrait.as_ref();
    let wanted = !arguments.original || arguments.show;
    let png = portrait.filter(|_| wanted).map(portrait_png).transpose()?;
    if let Some(folder) = &arguments.output_dir {
        made.keep();
        let text = report.text(&program.texts);
        let jobs = jobs(&face, png.as_deref().filter(|_| !arguments.original), text);
        let _held = program.signals.held();
        for job in jobs {
            let place = Place::look(&folder.join(&job.name), arguments.force, Privacy::Owner)?;
            let written = place.write(&job.bytes);
            written.inspect_err(|_| note_done(program, &report.files))?;
            report.files.push(Written {
                what: job.what,
                path: place.path().display().to_string(),
            });
        }
    }
    if arguments.show {
        draw(program, &face, png.as_deref())?;
    }
    program.show_card(&report, &connection)
}

/// A folder that was made by this run: removed again if nothing came of it.
struct Made(Option<PathBuf>);

impl Made {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // Only while it is empty.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Looks at the folder, which is made if only it is missing, and at every name in it.
fn look(folder: &Path, force: bool) -> Result<Made, Failure> {
    let unwritable =
        |error: io::Error| Failure::file(ProgramError::OutputUnwritable, folder, &error);
    let made = match owner_only::create_folder(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Made(None),
        made => made
            .map(|()| Made(Some(folder.to_owned())))
            .map_err(unwritable)?,
    };
    for name in NAMES {
        Place::look(&folder.join(name), force, Privacy::Owner)?;
    }
    Ok(made)
}

fn jobs(face: &CardFace, png: Option<&[u8]>, text: String) -> Vec<Job> {
    let pictures = pictures(face).into_iter();
    let mut jobs: Vec<Job> = pictures
        .map(|(what, picture)| match png.filter(|_| what == "portrait") {
            Some(png) => Job {
                what,
                name: format!("{what}.png"),
                bytes: png.to_vec(),
            },
            None => Job {
                what,
                name: format!("{what}.{}", suffix(picture)),
                bytes: picture.bytes().to_vec(),
            },
        })
        .collect();
    jobs.push(Job {
        what: "text",
        name: "face.txt".into(),
        bytes: text.into_bytes(),
    });
    jobs
}

fn note_done(program: &Program, files: &[Written]) {
    if files.is_empty() {
        return;
    }
    let lines: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    let files = crate::facts::listed(&lines);
    let told = [("files", files.as_str().into())];
    output::note(&program.texts.with("note-done", told));
}

/// Draws the pictures into the terminal, or says that it cannot.
fn draw(program: &Program, face: &CardFace, portrait: Option<&[u8]>) -> Result<(), Failure> {
    let drawing = Drawing::of_environment(|name| std::env::var(name).ok());
    let Some(drawing) = drawing.filter(|_| io::stdout().is_terminal()) else {
        output::note(&program.texts.say("note-cannot-draw"));
        return Ok(());
    };
    let others = [&face.name, &face.address].into_iter().flatten();
    let others = others.filter(|picture| picture.format() == PictureFormat::Png);
    for png in portrait.into_iter().chain(others.map(Picture::bytes)) {
        output::show_bytes(&drawing.of_png(png))?;
    }
    Ok(())
}
