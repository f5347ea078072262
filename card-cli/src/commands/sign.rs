//! `sign FILE…`: signs files with a key of the card, many with one PIN.
//!
//! Inputs are read and places for outputs looked at before the card is asked anything. Signatures
//! are made in one transaction and written after it, each file whole; what was made before an
//! interruption is kept and named.

mod input;
mod make;
mod plan;
mod resume;

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::signature::SignatureKind;
use card_core::trust::Role;
use card_core::{Certificate, Digest, Error, Signature};
use card_sign::signer::SigningAlgorithm;
use card_sign::{CardSigner, pdf};
use clap::ValueEnum;
use serde::Serialize;

use self::input::Input;
use self::make::{ASSUMED, Made, Task};
use crate::args::{Consent, NoValue};
use crate::connect::Connection;
use crate::exit::Failure;
use crate::facts::{Fact, listed};
use crate::http::Address;
use crate::output::{self, Place, Privacy, Report, hex, printable, table};
use crate::person::Person;
use crate::program::Program;
use crate::progress::Progress;
use crate::secrets::{self, PinSource, SIGNATURE_PASSWORD, USER_PIN};
use crate::texts::Texts;

/// What to sign how.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[arg(long, value_name = "cms|cms-attached|pdf|xml|jws|raw")]
    format: Format,
    #[arg(long, value_name = "sign|auth", default_value = "sign")]
    key: Key,
    #[arg(long)]
    check: bool,
    #[arg(short, long, value_name = "FILE", conflicts_with = "output_dir")]
    output: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    #[arg(long)]
    force: bool,
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    #[arg(long)]
    consent_disclosure: bool,
    #[arg(long, value_name = "URL")]
    timestamp: Option<Address>,
    #[arg(long, value_name = "FILE")]
    cosign: Option<PathBuf>,
    #[arg(long, value_name = "moj|pades")]
    pdf_profile: Option<PdfProfile>,
    #[arg(long, value_name = "PAGE,X,Y,W,H")]
    visible: Option<Visible>,
    #[arg(long, value_name = "FILE", requires = "visible")]
    font: Option<PathBuf>,
    /// What the file that `font` names holds.
    #[arg(skip)]
    loaded_font: Option<Vec<u8>>,
    #[arg(long)]
    detached: bool,
    #[arg(long)]
    xades: bool,
    #[arg(long, value_name = "egov")]
    profile: Option<XmlProfile>,
    #[command(flatten)]
    consent: Consent,
}

/// What a signature is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A file of its own.
    Cms,
    /// A file around what is signed.
    CmsAttached,
    /// The PDF file that is signed.
    Pdf,
    /// The XML document that is signed, or one of its own.
    Xml,
    /// A token.
    Jws,
    /// Nothing: the bare signature value.
    Raw,
}

impl Format {
    /// What a signed file is called after the file that was signed.
    fn suffix(self) -> &'static str {
        match self {
            Self::Cms => ".p7s",
            Self::CmsAttached => ".p7m",
            Self::Pdf => ".signed.pdf",
            Self::Xml => ".signed.xml",
            Self::Jws => ".jws",
            Self::Raw => ".sig",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Cms => "cms",
            Self::CmsAttached => "cms-attached",
            Self::Pdf => "pdf",
            Self::Xml => "xml",
            Self::Jws => "jws",
            Self::Raw => "raw",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Key {
    /// 署名用秘密鍵.
    Sign,
    /// 利用者証明用秘密鍵.
    Auth,
}

/// The kind of a signature in a PDF file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PdfProfile {
    /// What registry filing (登記・供託オンライン申請) reads.
    Moj,
    Pades,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum XmlProfile {
    Egov,
}

/// `PAGE,X,Y,W,H`: where a visible signature stands, in points from the lower left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Visible {
    page: usize,
    area: pdf::Area,
}

impl FromStr for Visible {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        let (page, area) = text.split_once(',').ok_or(NoValue)?;
        let page = page.parse().ok().filter(|page| *page > 0).ok_or(NoValue)?;
        let numbers = area.split(',').map(|number| {
            let number: f64 = number.parse().ok()?;
            number.is_finite().then_some(number)
        });
        let numbers: Vec<f64> = numbers.collect::<Option<_>>().ok_or(NoValue)?;
        let [x, y, width, height] = numbers[..] else {
            return Err(NoValue);
        };
        let area = pdf::Area {
            x,
            y,
            width,
            height,
        };
        match width > 0.0 && height > 0.0 {
            true => Ok(Self { page, area }),
            false => Err(NoValue),
        }
    }
}

impl Arguments {
    /// Whether the names of files are part of what is signed.
    fn names_files(&self) -> bool {
        self.format == Format::Xml && (self.detached || self.profile.is_some())
    }

    /// Whether the card is asked for nothing but the signature.
    fn is_bare(&self) -> bool {
        self.format == Format::Raw && !self.check
    }

    /// Whether the signer's certificate goes into the file.
    fn discloses(&self) -> bool {
        self.format != Format::Raw && self.key == Key::Sign
    }

    /// Whether the certificate of its issuer goes there too.
    fn carries_chain(&self) -> bool {
        self.format != Format::Raw && self.profile.is_none()
    }
}

/// One file and where its signature goes.
struct Job {
    input: Input,
    task: Task,
    target: Target,
}

enum Target {
    Stdout,
    File(Place),
    /// It is there already.
    Done(PathBuf),
}

/// `mynacard.sign/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Signed {
    /// `cms`, `cms-attached`, `pdf`, `xml`, `jws` or `raw`.
    format: &'static str,
    key: Key,
    /// Whether each signature was checked against the card's certificate.
    checked: bool,
    files: Vec<One>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct One {
    /// `-` is standard input.
    input: String,
    /// Null where the signature went to standard output.
    output: Option<String>,
    /// Whether it was signed before, and not again.
    skipped: bool,
    /// In bytes.
    size: u64,
    /// Of the file, hexadecimal.
    digest: String,
    /// What the digest was made with, and the signature: `SHA-256` or `SHA-384`.
    hash: &'static str,
    /// `rsa-pkcs1v15` or `ecdsa`; null where nothing was signed now.
    algorithm: Option<&'static str>,
    /// A bare value as Base64, ECDSA in DER; null for other formats.
    signature: Option<String>,
    /// The moment that a time-stamp authority states.
    time_stamp: Option<String>,
}

pub(crate) fn run(program: &Program, arguments: Arguments) -> Result<(), Failure> {
    let arguments = with_font(arguments)?;
    let jobs = jobs(program, &arguments)?;
    let (done, todo): (Vec<Job>, Vec<Job>) = jobs
        .into_iter()
        .partition(|job| matches!(job.target, Target::Done(_)));
    let mut files: Vec<One> = done.iter().map(One::skipped).collect();
    if todo.is_empty() {
        return program.show(&Signed::new(&arguments, files));
    }
    let mut connection = Connection::open(program)?;
    tell(program, &todo);
    agree(program, &arguments)?;
    let mut made = Vec::new();
    let signed = sign(program, &mut connection, &arguments, &todo, &mut made);
    let kept = keep(program, &arguments, &todo, made, &mut files);
    match signed.and(kept) {
        Ok(()) => {
            let on_stdout = todo.iter().any(|job| matches!(job.target, Target::Stdout));
            let report = Signed::new(&arguments, files);
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

/// Reads the font, if one is needed.
fn with_font(mut arguments: Arguments) -> Result<Arguments, Failure> {
    if arguments.visible.is_some() {
        let path = arguments.font.clone();
        let path = path.unwrap_or_else(|| pdf::DEFAULT_FONT.into());
        let font = std::fs::read(&path);
        let font = font.map_err(|error| Failure::file("font.unreadable", &path, &error))?;
        arguments.loaded_font = Some(font);
    }
    Ok(arguments)
}

/// Looks at every place, reads every file, and refuses what must not be signed.
fn jobs(program: &Program, arguments: &Arguments) -> Result<Vec<Job>, Failure> {
    let mut looked = Vec::new();
    for (path, output) in plan::plan(program, arguments)? {
        let target = match output {
            None => Target::Stdout,
            Some(output) if arguments.resume && output.is_file() => Target::Done(output),
            Some(output) => Target::File(Place::look(&output, arguments.force, Privacy::Anybody)?),
        };
        looked.push((path, target));
    }
    let mut jobs = Vec::new();
    for (path, target) in looked {
        let input = Input::read(&path, make::need(arguments), program)?;
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
        && person.types(&["yes", "はい"], &program.texts.say("prompt-disclosure"))?
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
) -> Result<(), Failure> {
    let unchanged = || jobs.iter().try_for_each(|job| job.input.unchanged());
    match arguments.key {
        Key::Sign => {
            let wanted = &SIGNATURE_PASSWORD;
            let entered = secrets::ask(wanted, program, connection, arguments.consent)?;
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
            let entered = secrets::ask(&USER_PIN, program, connection, arguments.consent)?;
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
    certificate: &Certificate,
    role: Role,
    read: impl FnOnce() -> Result<Certificate, Error>,
) -> Result<Vec<Certificate>, Error> {
    match make::known_issuer(certificate, role) {
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
            unknown |= !made.stamp(address)?;
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

impl Signed {
    fn new(arguments: &Arguments, files: Vec<One>) -> Self {
        Self {
            format: arguments.format.name(),
            key: arguments.key,
            checked: !arguments.is_bare(),
            files,
        }
    }
}

impl One {
    fn of(job: &Job, made: &Made<'_>, format: Format) -> Self {
        Self {
            skipped: false,
            digest: hex(made.digest.as_bytes()),
            hash: made.digest.algorithm().name(),
            algorithm: Some(match made.algorithm.kind {
                SignatureKind::RsaPkcs1v15 => "rsa-pkcs1v15",
                SignatureKind::RsaPss => "rsa-pss",
                SignatureKind::EcdsaRaw => "ecdsa",
            }),
            signature: made
                .value(format)
                .map(|value| BASE64_STANDARD.encode(value)),
            time_stamp: made.time_stamp.clone(),
            ..Self::skipped(job)
        }
    }

    fn skipped(job: &Job) -> Self {
        let output = match &job.target {
            Target::Stdout => None,
            Target::File(place) => Some(place.path().display().to_string()),
            Target::Done(path) => Some(path.display().to_string()),
        };
        Self {
            input: job.input.path.display().to_string(),
            output,
            skipped: true,
            size: job.input.size,
            digest: hex(job.input.sha256.as_bytes()),
            hash: ASSUMED.name(),
            algorithm: None,
            signature: None,
            time_stamp: None,
        }
    }
}

impl Report for Signed {
    const NAME: &str = "sign";

    fn text(&self, texts: &Texts) -> String {
        let line = |file: &One| {
            let algorithm = match file.algorithm {
                Some(algorithm) => format!("{algorithm}, {}", file.hash),
                None => texts.say("sign-skipped"),
            };
            let (input, output) = (
                printable(&file.input),
                printable(file.output.as_deref().unwrap_or("-")),
            );
            texts.with(
                "sign-done",
                [
                    ("input", input.as_str().into()),
                    ("output", output.as_str().into()),
                    ("algorithm", algorithm.as_str().into()),
                ],
            ) + "\n"
        };
        self.files.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Signed>(Signed::NAME, Envelope::Either);
    }

    #[test]
    fn places_on_a_page() {
        let area = pdf::Area {
            x: 50.0,
            y: 60.5,
            width: 200.0,
            height: 40.0,
        };
        assert_eq!("2,50,60.5,200,40".parse(), Ok(Visible { page: 2, area }));
        for wrong in [
            "",
            "1",
            "0,1,1,1,1",
            "1,1,1,1",
            "1,1,1,1,1,1",
            "1,1,1,0,1",
            "1,1,1,NaN,1",
        ] {
            assert_eq!(wrong.parse::<Visible>(), Err(NoValue), "{wrong}");
        }
    }
}
