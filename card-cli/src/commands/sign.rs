//! `sign FILE…`: signs files with a key of the card, many with one PIN.
//!
//! Inputs are read and places for outputs looked at before the card is asked anything. Signatures
//! are made in one transaction and written after it, each file whole; what was made before an
//! interruption is kept and named.

mod input;
mod make;
mod options;
mod plan;
mod report;
mod resume;
mod target;

use std::io::Write;

use card_core::trust::Role;
use card_core::{Certificate, Digest, Error, Signature};
use card_sign::signer::SigningAlgorithm;
use card_sign::{CardSigner, pdf};

use self::input::Input;
use self::make::{ASSUMED, Made, Task};
pub(crate) use self::options::Arguments;
use self::options::{Format, Key};
use self::report::{One, Signed};
use self::target::{Job, Target};
use crate::args::PinSource;
use crate::connect::Connection;
use crate::documents::why_text;
use crate::exit::Failure;
use crate::facts::{Fact, listed};
use crate::jobs::{certificate, expiry, pin};
use crate::output::{self, Place, Privacy, Report, hex, printable, table};
use crate::pin_spec::{SIGNATURE_PASSWORD, USER_PIN};
use crate::program::Program;
use crate::progress::Progress;
use crate::prompt::Person;
use crate::session::CardSession;
use crate::trust::roots;
use crate::ui::program::ProgramUi;

pub(crate) fn run(program: &Program, arguments: Arguments) -> Result<(), Failure> {
    let arguments = with_font(with_format(program, arguments)?)?;
    let jobs = jobs(program, &arguments)?;
    let (done, todo): (Vec<Job>, Vec<Job>) = jobs
        .into_iter()
        .partition(|job| matches!(job.target, Target::Done(_)));
    let mut files: Vec<One> = done.iter().map(One::skipped).collect();
    if todo.is_empty() {
        return program.show(&Signed::new(&arguments, files, None));
    }
    let mut connection = Connection::open(program)?;
    tell(program, &todo);
    agree(program, &arguments)?;
    let (mut made, mut warning) = (Vec::new(), None);
    let signed = sign(
        program,
        &mut connection,
        &arguments,
        &todo,
        &mut made,
        &mut warning,
    );
    let kept = keep(program, &arguments, &todo, made, &mut files);
    match signed.and(kept) {
        Ok(()) => {
            let on_stdout = todo.iter().any(|job| matches!(job.target, Target::Stdout));
            let report = Signed::new(&arguments, files, warning);
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
        Err(failure) => {
            let made = files.into_iter().filter(|file| !file.skipped);
            let done: Vec<String> = made.filter_map(|file| file.output).collect();
            if done.is_empty() {
                return Err(failure);
            }
            let lines = listed(&done);
            output::note(
                &program
                    .texts
                    .with("note-done", [("files", lines.as_str().into())]),
            );
            Err(failure.telling("done", Fact::List(done)))
        }
    }
}

/// Chooses the format by the files' endings where none was named, and says which.
fn with_format(program: &Program, mut arguments: Arguments) -> Result<Arguments, Failure> {
    if let Some(chosen) = arguments.chosen {
        arguments.format = chosen;
        return Ok(arguments);
    }
    let mut formats = arguments.files.iter().map(|path| Format::of_ending(path));
    let first = formats.next().unwrap_or_default();
    if formats.any(|other| other != first) {
        return Err(Failure::usage(program.texts.say("usage-format-mixed")));
    }
    arguments.format = first;
    let values = [("format", first.name().into())];
    output::note(&program.texts.with("note-format", values));
    Ok(arguments)
}

/// Reads the font, if one is needed.
fn with_font(mut arguments: Arguments) -> Result<Arguments, Failure> {
    if arguments.visible.is_some() {
        let path = arguments.font.clone();
        let path = path.unwrap_or_else(|| pdf::DEFAULT_FONT.into());
        let font = std::fs::read(&path);
        let font = font.map_err(|error| Failure::file("font.unreadable", &path, &error))?;
        arguments.loaded_font = Some(font);
    }
    arguments.loaded_trust = arguments.timestamp_trust.as_ref().map(roots).transpose()?;
    Ok(arguments)
}

/// Looks at every place, reads every file, and refuses what must not be signed.
fn jobs(program: &Program, arguments: &Arguments) -> Result<Vec<Job>, Failure> {
    // The umask decides who else may read the file.
    let privacy = match arguments.discloses() {
        true => Privacy::Owner,
        false => Privacy::Anybody,
    };
    let mut looked = Vec::new();
    let planned = plan::plan(program, arguments)?;
    if let Some(folder) = &arguments.output_dir {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|error| Failure::file("output.unwritable", folder, &error))?;
    }
    for (path, output) in planned {
        let target = match output {
            None => Target::Stdout,
            Some(output) if arguments.resume && output.is_file() => Target::Done(output),
            Some(output) => Target::File(Place::look(&output, arguments.force, privacy)?),
        };
        looked.push((path, target));
    }
    let mut jobs = Vec::new();
    for (path, target) in looked {
        let input = Input::read(
            &path,
            make::need(arguments),
            make::limit(arguments),
            program,
        )?;
        if let Target::Done(output) = &target
            && !resume::is_done(output, &input, arguments)?
        {
            return Err(output::exists(output));
        }
        let task = Task::prepare(&input, arguments)?;
        jobs.push(Job {
            input,
            task,
            target,
        });
    }
    Ok(jobs)
}

/// Says what will be signed, before anybody agrees to it.
fn tell(program: &Program, jobs: &[Job]) {
    let row = |job: &Job| {
        let bytes = [("bytes", job.input.size.into())];
        vec![
            format!("  {}", printable(&job.input.path.display().to_string())),
            program.texts.with("sign-size", bytes),
            format!("SHA-256 {}", hex(job.input.sha256.as_bytes())),
        ]
    };
    let rows: Vec<_> = jobs.iter().map(row).collect();
    let text = program.texts.say("note-to-sign") + "\n" + &table(&rows);
    output::note(text.trim_end());
    for job in jobs {
        let path = printable(&job.input.path.display().to_string());
        for warning in job.task.warnings() {
            let reason = why_text(warning.code(), &program.texts);
            let words = [
                ("path", path.as_str().into()),
                ("reason", reason.as_str().into()),
                ("code", warning.code().into()),
            ];
            output::note(&program.texts.with("note-sign-warning", words));
        }
    }
}

/// Tells what the certificate shows of its holder, and asks whether that may be.
fn agree(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.discloses() {
        return Ok(());
    }
    output::note(&program.texts.say("note-disclosure"));
    if arguments.consent_disclosure {
        return Ok(());
    }
    let source = program.global.pin.as_ref().unwrap_or(&PinSource::Prompt);
    if let Some(mut person) = Person::of(source, program)?
        && person.says_yes(&program.texts.say("prompt-disclosure"))?
    {
        return Ok(());
    }
    Err(Failure::new("consent.disclosure"))
}

/// Signs all files in one transaction; `made` holds what was signed also after a failure.
fn sign<'j>(
    program: &Program,
    connection: &mut Connection,
    arguments: &Arguments,
    jobs: &'j [Job],
    made: &mut Vec<Made<'j>>,
    warning: &mut Option<&'static str>,
) -> Result<(), Failure> {
    let ui = &mut ProgramUi::new(program);
    if arguments.format == Format::Raw {
        // Other formats hold the certificate, which is looked at when it is read.
        *warning = expiry::heed(connection, ui, arguments.key.purpose())?;
    }
    let unchanged = || jobs.iter().try_for_each(|job| job.input.unchanged());
    match arguments.key {
        Key::Sign => {
            let wanted = &SIGNATURE_PASSWORD;
            let spend = arguments.consent.spend();
            let entered = pin::ask(wanted, connection, ui, spend)?;
            unchanged()?;
            connection.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                let mut key = jpki.unlock_signature(&entered.pin, entered.spend)?;
                if arguments.is_bare() {
                    return bare(jobs, made, |digest| key.sign(digest));
                }
                let certificate = key.certificate()?;
                let chain = match arguments.carries_chain() {
                    true => chain(&certificate, Role::Signature, || key.ca_certificate())?,
                    false => Vec::new(),
                };
                let signer = CardSigner::signature(&mut key, certificate, chain);
                Ok(each(signer, arguments, jobs, made))
            })?
        }
        Key::Auth => {
            let spend = arguments.consent.spend();
            let entered = pin::ask(&USER_PIN, connection, ui, spend)?;
            unchanged()?;
            connection.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                let mut key = jpki.unlock_authentication(&entered.pin, entered.spend)?;
                if arguments.is_bare() {
                    return bare(jobs, made, |digest| key.sign(digest));
                }
                let certificate = key.certificate()?;
                let chain = match arguments.carries_chain() {
                    true => chain(&certificate, Role::Authentication, || key.ca_certificate())?,
                    false => Vec::new(),
                };
                let signer = CardSigner::authentication(&mut key, certificate, chain);
                Ok(each(signer, arguments, jobs, made))
            })?
        }
    }
}

/// The issuer's certificate: from what is built in, else from the card.
fn chain(
    issued: &Certificate,
    role: Role,
    read: impl FnOnce() -> Result<Certificate, Error>,
) -> Result<Vec<Certificate>, Error> {
    match certificate::known_issuer(issued, role) {
        Some(known) => Ok(vec![known]),
        None => read().map(|issuer| vec![issuer]),
    }
}

/// Bare values without a look at the certificate.
fn bare<'j>(
    jobs: &'j [Job],
    made: &mut Vec<Made<'j>>,
    mut sign: impl FnMut(&Digest) -> Result<Signature, Error>,
) -> Result<Result<(), Failure>, Error> {
    for job in jobs {
        let digest = job.input.sha256;
        let signature = sign(&digest)?;
        let algorithm = SigningAlgorithm {
            kind: signature.kind(),
            hash: ASSUMED,
        };
        made.push(Made::bare(signature.to_der(), digest, algorithm));
    }
    Ok(Ok(()))
}

fn each<'j>(
    signer: Option<CardSigner<'_>>,
    arguments: &Arguments,
    jobs: &'j [Job],
    made: &mut Vec<Made<'j>>,
) -> Result<(), Failure> {
    let mut signer = signer.ok_or_else(|| Failure::new("sign.algorithm"))?;
    for job in jobs {
        made.push(job.task.sign(&job.input, &mut signer, arguments)?);
    }
    Ok(())
}

/// Stamps and writes what was made; `files` holds what was written also after a failure.
fn keep(
    program: &Program,
    arguments: &Arguments,
    jobs: &[Job],
    made: Vec<Made<'_>>,
    files: &mut Vec<One>,
) -> Result<(), Failure> {
    // Ended in the middle, it would leave a temporary file behind.
    let _held = program.signals.held();
    // What the card signed before we were told to stop is kept: it was paid for.
    let before = program.signals.interrupted();
    let label = program.texts.say("progress-files");
    let mut progress = Progress::new(program, label, made.len() as u64);
    let expired = made.iter().any(|made| !made.in_life);
    let mut unknown = false;
    for (job, mut made) in jobs.iter().zip(made) {
        if program.signals.interrupted() && !before {
            return Err(Error::Cancelled.into());
        }
        if let Some(address) = &arguments.timestamp {
            unknown |= !made.stamp(address, arguments.loaded_trust.as_ref())?;
        }
        let signals = (!before).then_some(&program.signals);
        let write =
            |out: &mut dyn Write| made.write(&job.input, arguments.format, program, signals, out);
        job.input.unchanged()?;
        let written = match &job.target {
            Target::File(place) => place.fill(write),
            Target::Stdout => output::show_filled(write),
            Target::Done(_) => Ok(()),
        };
        if program.signals.interrupted() && !before && written.is_err() {
            return Err(Error::Cancelled.into());
        }
        written?;
        files.push(One::of(job, &made, arguments.format));
        progress.add(1);
    }
    if expired {
        output::note(&program.texts.say("note-signer-expired"));
    }
    if unknown {
        output::note(&program.texts.say("note-time-stamp-unknown"));
    }
    Ok(())
}
