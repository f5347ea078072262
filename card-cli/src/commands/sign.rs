//! `sign FILE…`: signs files with a key of the card, many with one PIN.
//!
//! Inputs are read and places for outputs looked at before the card is asked anything. Signatures
//! are made in one transaction and written after it, each file whole; what was made before an
//! interruption is kept and named.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::certificate::KeyAlgorithm;
use card_core::digest::Hasher;
use card_core::signature::SignatureKind;
use card_core::{Certificate, Digest, Error, HashAlgorithm, Signature};
use clap::ValueEnum;
use serde::Serialize;

use crate::args::Consent;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::facts::{Fact, listed};
use crate::output::{self, Place, Privacy, Report, hex, printable};
use crate::program::Program;
use crate::secrets::{self, PinSource, SIGNATURE_PASSWORD, USER_PIN};
use crate::texts::Texts;

/// What to sign how.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[arg(long, value_name = "raw")]
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
    #[command(flatten)]
    consent: Consent,
}

/// What a signature is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Nothing: the bare signature value.
    Raw,
}

impl Format {
    /// What is appended to the name of a signed file.
    fn suffix(self) -> &'static str {
        match self {
            Self::Raw => ".sig",
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

/// One file and where its signature goes.
struct Job {
    input: PathBuf,
    /// `None` is standard output.
    place: Option<Place>,
}

/// `mynacard.sign/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Signed {
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
    /// Null where the signature is only in this report.
    output: Option<String>,
    /// `rsa-pkcs1v15` or `ecdsa`.
    algorithm: &'static str,
    /// `SHA-256` or `SHA-384`.
    hash: &'static str,
    /// Of the file, hexadecimal.
    digest: String,
    /// Base64; ECDSA in DER.
    signature: String,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let jobs = plan(program, arguments)?;
    let digests: Vec<Digests> = jobs
        .iter()
        .map(|job| Digests::of(&job.input, arguments.check))
        .collect::<Result<_, _>>()?;
    let mut connection = Connection::open(program)?;
    let mut made = Vec::new();
    let signed = sign(program, &mut connection, arguments, &digests, &mut made);
    let files = {
        // Ended in the middle, it would leave a temporary file behind.
        let _held = program.signals.held();
        keep(&jobs, made, program.global.json)
    };
    match (signed, files) {
        (Ok(()), (files, None)) => {
            let on_stdout = jobs.iter().any(|job| job.place.is_none());
            if on_stdout && !program.global.json {
                return Ok(());
            }
            program.show_card(
                &Signed {
                    key: arguments.key,
                    checked: arguments.check,
                    files,
                },
                &connection,
            )
        }
        (Err(failure), (files, _)) | (Ok(()), (files, Some(failure))) => {
            let done: Vec<String> = files.into_iter().filter_map(|file| file.output).collect();
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

/// Which signature goes where. Nothing is read and nothing written.
fn plan(program: &Program, arguments: &Arguments) -> Result<Vec<Job>, Failure> {
    let usage = |id: &str| Failure::usage(program.texts.say(id));
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    let stdins = arguments.files.iter().filter(|file| is_stdin(file)).count();
    if stdins > 1 {
        return Err(usage("usage-stdin-twice"));
    }
    if stdins == 1 && program.global.pin == Some(PinSource::Stdin) {
        return Err(usage("usage-stdin-pin"));
    }
    if stdins == 1 && arguments.files.len() > 1 {
        return Err(usage("usage-stdin-alone"));
    }
    if arguments.output.is_some() && arguments.files.len() > 1 {
        return Err(usage("usage-one-output"));
    }
    let mut jobs = Vec::new();
    let mut taken = BTreeSet::new();
    for input in &arguments.files {
        let path = match (&arguments.output, &arguments.output_dir) {
            (Some(output), _) if output.as_os_str() == "-" => None,
            (Some(output), _) => Some(output.clone()),
            (None, Some(_)) if is_stdin(input) => return Err(usage("usage-stdin-folder")),
            (None, None) if is_stdin(input) => None,
            (None, folder) => Some(beside(input, folder.as_deref(), arguments.format.suffix())),
        };
        if let Some(path) = &path
            && !taken.insert(path.clone())
        {
            return Err(usage("usage-same-output"));
        }
        let look = |path: &PathBuf| Place::look(path, arguments.force, Privacy::Anybody);
        jobs.push(Job {
            input: input.clone(),
            place: path.as_ref().map(look).transpose()?,
        });
    }
    Ok(jobs)
}

/// The signature's name: the whole name of the file with the suffix behind it.
fn beside(input: &Path, folder: Option<&Path>, suffix: &str) -> PathBuf {
    let mut name = input.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    match folder {
        Some(folder) => folder.join(name),
        None => input.with_file_name(name),
    }
}

/// What the card may be asked to sign of a file; which one is known with the key.
struct Digests {
    sha256: Digest,
    /// Only where the certificate will tell that it is needed.
    sha384: Option<Digest>,
}

impl Digests {
    fn of(path: &Path, both: bool) -> Result<Self, Failure> {
        let read = if path.as_os_str() == "-" {
            Self::read(&mut io::stdin().lock(), both)
        } else {
            File::open(path).and_then(|mut file| Self::read(&mut file, both))
        };
        read.map_err(|error| Failure::file("input.unreadable", path, &error))
    }

    fn read(reader: &mut impl Read, both: bool) -> io::Result<Self> {
        let mut sha256 = Hasher::new(HashAlgorithm::Sha256);
        let mut sha384 = both.then(|| Hasher::new(HashAlgorithm::Sha384));
        let mut buffer = vec![0; 0x1_0000];
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let piece = buffer.get(..read).unwrap_or_default();
            sha256.update(piece);
            if let Some(sha384) = &mut sha384 {
                sha384.update(piece);
            }
        }
        Ok(Self {
            sha256: sha256.finish(),
            sha384: sha384.map(Hasher::finish),
        })
    }

    /// The digest that fits the key: P-384 takes SHA-384, everything else SHA-256.
    fn fitting(&self, certificate: Option<&Certificate>) -> &Digest {
        match (certificate.map(Certificate::key_algorithm), &self.sha384) {
            (Some(KeyAlgorithm::EcP384), Some(sha384)) => sha384,
            _ => &self.sha256,
        }
    }
}

/// Signs all digests in one transaction; `made` holds what was signed also after a failure.
fn sign(
    program: &Program,
    connection: &mut Connection,
    arguments: &Arguments,
    digests: &[Digests],
    made: &mut Vec<(Digest, Signature)>,
) -> Result<(), Failure> {
    let mut each = |certificate: Option<Certificate>,
                    sign: &mut dyn FnMut(&Digest) -> Result<Signature, Error>| {
        for digests in digests {
            let digest = digests.fitting(certificate.as_ref());
            made.push((*digest, sign(digest)?));
        }
        Ok(())
    };
    match arguments.key {
        Key::Sign => {
            let wanted = &SIGNATURE_PASSWORD;
            let entered = secrets::ask(wanted, program, connection, arguments.consent)?;
            connection.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                let mut key = jpki.unlock_signature(&entered.pin, entered.spend)?;
                let certificate = arguments.check.then(|| key.certificate()).transpose()?;
                each(certificate, &mut |digest| key.sign(digest))
            })
        }
        Key::Auth => {
            let entered = secrets::ask(&USER_PIN, program, connection, arguments.consent)?;
            connection.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                let mut key = jpki.unlock_authentication(&entered.pin, entered.spend)?;
                let certificate = arguments.check.then(|| key.certificate()).transpose()?;
                each(certificate, &mut |digest| key.sign(digest))
            })
        }
    }
}

/// Writes what was made; tells what was written and the first failure.
fn keep(jobs: &[Job], made: Vec<(Digest, Signature)>, json: bool) -> (Vec<One>, Option<Failure>) {
    let mut files = Vec::new();
    for (job, (digest, signature)) in jobs.iter().zip(made) {
        let bytes = signature.to_der();
        let written = match &job.place {
            Some(place) => place.write(&bytes),
            // The report holds it.
            None if json => Ok(()),
            None => output::show_bytes(&bytes),
        };
        if let Err(failure) = written {
            return (files, Some(failure));
        }
        files.push(One {
            input: job.input.display().to_string(),
            output: job
                .place
                .as_ref()
                .map(|place| place.path().display().to_string()),
            algorithm: match signature.kind() {
                SignatureKind::RsaPkcs1v15 => "rsa-pkcs1v15",
                SignatureKind::RsaPss => "rsa-pss",
                SignatureKind::EcdsaRaw => "ecdsa",
            },
            hash: digest.algorithm().name(),
            digest: hex(digest.as_bytes()),
            signature: BASE64_STANDARD.encode(&bytes),
        });
    }
    (files, None)
}

impl Report for Signed {
    const NAME: &str = "sign";

    fn text(&self, texts: &Texts) -> String {
        let line = |file: &One| {
            let algorithm = format!("{}, {}", file.algorithm, file.hash);
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
        schema::<Signed>(Signed::NAME, Envelope::Card);
    }

    #[test]
    fn the_suffix_is_appended_to_the_whole_name() {
        let name = |input: &str, folder: Option<&str>| {
            beside(Path::new(input), folder.map(Path::new), ".sig")
                .display()
                .to_string()
        };
        assert_eq!(name("文書.txt", None), "文書.txt.sig");
        assert_eq!(name("a/b.tar.gz", None), "a/b.tar.gz.sig");
        assert_eq!(name("a/b.txt", Some("out")), "out/b.txt.sig");
    }
}
