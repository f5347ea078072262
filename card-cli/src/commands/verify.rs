//! `verify FILE`: what a signed file is worth, rule by rule. Anybody's, and without a card.

mod report;

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use card_core::certificate::KeyAlgorithm;
use card_core::trust::{Reason, Role};
use card_core::{Certificate, Digest, HashAlgorithm};
use card_sign::xml::{self, Covers, Files};
use card_sign::{Policy, cms, jws, pdf, raw};
use clap::ValueEnum;

use self::report::{Verified, View};
use crate::display::Paint;
use crate::exit::Failure;
use crate::facts::{Fact, word};
use crate::output::folder;
use crate::program::Program;
use crate::progress::{Progress, Watched};
use crate::signed_file::{Kind, SignedFile};
use crate::trust::{Judge, Moment, TrustOptions};

/// What to check, for what, and whom to believe.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    certificate: Vec<PathBuf>,
    #[arg(long, value_name = "moj|egov")]
    profile: Option<Profile>,
    #[arg(
        long,
        value_name = "signature|authentication",
        default_value = "signature"
    )]
    purpose: Purpose,
    #[arg(long, value_name = "DATE")]
    at: Option<Moment>,
    #[arg(long)]
    rules: bool,
    #[command(flatten)]
    trust: TrustOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// 登記・供託オンライン申請.
    Moj,
    /// e-Gov電子申請.
    Egov,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Moj => "moj",
            Self::Egov => "egov",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Purpose {
    /// 署名用.
    Signature,
    /// 利用者証明用.
    Authentication,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let judge = Judge::open(&arguments.trust)?;
    let certificates = certificates(&arguments.certificate)?;
    let policy = Policy {
        revocation: &judge,
        role: match arguments.purpose {
            Purpose::Signature => Role::Signature,
            Purpose::Authentication => Role::Authentication,
        },
        at: arguments.at.map(|moment| moment.0),
        certificates: &certificates,
        ..Policy::new(&judge.trust, judge.now())
    };
    let check = Check {
        program,
        profile: arguments.profile,
        policy,
    };
    let file = SignedFile::open(&arguments.file)?;
    let (signature, found) = match &arguments.signature {
        Some(path) => {
            let signature = SignedFile::open(path)?;
            let report = check.beside(&file, &signature)?;
            (Some(path.clone()), Some(report))
        }
        None => match check.inside(&file)? {
            Some(report) => (None, Some(report)),
            None => match lying_beside(file.path()) {
                Some(path) => {
                    let report = check.beside(&file, &SignedFile::open(&path)?)?;
                    (Some(path), Some(report))
                }
                None => (None, None),
            },
        },
    };
    let verified = Verified::of(
        found.as_ref(),
        signature.as_deref(),
        &file,
        check.profile.map(Profile::name),
        &check.policy,
        &judge,
        View {
            rules: arguments.rules,
            paint: Paint::of_stdout(),
        },
    );
    program.show(&verified)?;
    match verified.reason {
        None => Ok(()),
        Some(reason) => Err(refusal(reason, file.path()).reported()),
    }
}

/// How a refusal is told: reasons about certificates have texts of their own.
fn refusal(reason: &'static str, file: &Path) -> Failure {
    let known = Reason::ALL.iter().any(|known| known.code() == reason);
    let path = Fact::Text(file.display().to_string());
    match reason {
        "document.unsigned" => {
            let beside = Fact::Text(p7s(file).display().to_string());
            Failure::new(reason)
                .telling("path", path)
                .telling("signature", beside)
        }
        "revocation.not-checked" => Failure::new(reason),
        _ if known => Failure::new(reason),
        _ => Failure::new("document.refused")
            .telling("code", Fact::Text(reason.into()))
            .telling("reason", Fact::Word(word("why", reason))),
    }
}

/// The certificates in these files, DER or PEM.
fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let bytes = fs::read(path);
        let bytes = bytes.map_err(|error| Failure::file("input.unreadable", path, &error))?;
        let pem = Certificate::parse_pem(&bytes).unwrap_or_default();
        let read = match pem.is_empty() {
            false => pem,
            true => vec![
                Certificate::parse_exact(&bytes)
                    .map_err(|_| Failure::new("certificate.malformed"))?,
            ],
        };
        all.extend(read);
    }
    Ok(all)
}

/// The name of a detached signature.
fn p7s(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".p7s");
    name.into()
}

fn lying_beside(file: &Path) -> Option<PathBuf> {
    let path = p7s(file);
    (file.as_os_str() != "-" && path.is_file()).then_some(path)
}

/// A check on its way.
struct Check<'c> {
    program: &'c Program,
    profile: Option<Profile>,
    policy: Policy<'c>,
}

impl Check<'_> {
    /// Judges the signatures inside a file; `None` if there is none.
    fn inside(&self, file: &SignedFile) -> Result<Option<card_sign::Report>, Failure> {
        let kind = file.kind()?;
        self.fits(kind)?;
        let report = match kind {
            Kind::Other => return Ok(None),
            Kind::Pdf => {
                let bytes = file.bytes()?;
                match self.profile {
                    Some(Profile::Moj) => pdf::verify_filing(&bytes, &self.policy),
                    _ => pdf::verify(&bytes, &self.policy),
                }
            }
            Kind::Xml => {
                let bytes = file.beginning(xml::MAX_BYTES)?;
                self.xml(&bytes, file.path())?
            }
            Kind::Jws => {
                let expected = jws::Expected {
                    size: jws::MAX_TOKEN,
                    ..jws::Expected::default()
                };
                jws::verify_compact(&file.bytes()?, &expected, &self.policy).0
            }
            Kind::Cms => {
                let mut progress = self.progress(file);
                let mut signed = Watched::new(file.reader()?, &mut progress, None);
                cms::verify_attached(&mut signed, None, &self.policy)
                    .map_err(|error| file.unreadable(&error))?
            }
        };
        // Nothing signed inside: what lies beside it may be meant.
        let unsigned = report.signatures.is_empty() && matches!(kind, Kind::Pdf | Kind::Xml);
        let elsewhere = unsigned && lying_beside(file.path()).is_some();
        Ok((!elsewhere).then_some(report))
    }

    /// Judges a signature over a file.
    fn beside(
        &self,
        file: &SignedFile,
        signature: &SignedFile,
    ) -> Result<card_sign::Report, Failure> {
        let kind = signature.kind()?;
        if self.profile.is_some() {
            return Err(self.wrong_profile());
        }
        let mut progress = self.progress(file);
        let mut content = Watched::new(file.reader()?, &mut progress, None);
        let unreadable = |error| file.unreadable(&error);
        Ok(match kind {
            Kind::Cms => {
                let mut signed = signature.reader()?;
                cms::verify_detached(&mut signed, &mut content, &self.policy).map_err(unreadable)?
            }
            Kind::Jws => {
                let token = signature.bytes()?;
                let expected = jws::Expected::default();
                jws::verify_detached(&token, &mut content, &expected, &self.policy)
                    .map_err(unreadable)?
            }
            Kind::Xml => {
                let name = file.path().file_name().unwrap_or_default();
                let mut files = Files::new();
                // A file that no signature can name is one that is not signed.
                let _ = files.add(&name.to_string_lossy(), &mut content);
                let expected = xml::Expected {
                    covers: Covers::Files,
                    files: &files,
                    ..xml::Expected::default()
                };
                xml::verify(
                    &signature.beginning(xml::MAX_BYTES)?,
                    &expected,
                    &self.policy,
                )
                .report
            }
            Kind::Pdf | Kind::Other => {
                let bytes = signature.bytes()?;
                if !raw::may_be_value(&bytes) {
                    return Ok(raw::unknown());
                }
                let [certificate] = self.policy.certificates else {
                    let text = self.program.texts.say("usage-raw-certificate");
                    return Err(Failure::usage(text));
                };
                let hash = match certificate.key_algorithm() {
                    KeyAlgorithm::EcP384 => HashAlgorithm::Sha384,
                    _ => HashAlgorithm::Sha256,
                };
                let digest = Digest::of_reader(hash, &mut content).map_err(unreadable)?;
                raw::verify(&bytes, &digest, certificate, &self.policy)
            }
        })
    }

    fn xml(&self, bytes: &[u8], path: &Path) -> Result<card_sign::Report, Failure> {
        let files;
        let expected = match self.profile {
            Some(Profile::Egov) => {
                files = others(path)?;
                xml::Expected::egov(&files)
            }
            _ => xml::Expected {
                several: true,
                covers: match is_enveloping(bytes) {
                    true => Covers::Object,
                    false => Covers::Document,
                },
                ..xml::Expected::default()
            },
        };
        Ok(xml::verify(bytes, &expected, &self.policy).report)
    }

    /// A profile belongs to one format.
    fn fits(&self, kind: Kind) -> Result<(), Failure> {
        match (self.profile, kind) {
            (None, _) | (Some(Profile::Moj), Kind::Pdf) | (Some(Profile::Egov), Kind::Xml) => {
                Ok(())
            }
            _ => Err(self.wrong_profile()),
        }
    }

    fn wrong_profile(&self) -> Failure {
        Failure::usage(self.program.texts.say("usage-profile-format"))
    }

    fn progress(&self, file: &SignedFile) -> Progress {
        Progress::new(self.program, file.path().display().to_string(), file.length)
    }
}

/// Whether a signature is the document, with what it signs inside.
fn is_enveloping(bytes: &[u8]) -> bool {
    let outline = xml::outline(bytes);
    outline.is_ok_and(|outline| outline.signatures.iter().all(|one| one.place.is_empty()))
}

/// All other files of an application's folder: the report names those that nothing protects.
fn others(kousei: &Path) -> Result<Files, Failure> {
    let unreadable = |path: &Path, error| Failure::file("input.unreadable", path, &error);
    let folder = folder(kousei);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.is_file() && path.file_name() != kousei.file_name() {
            paths.push(path);
        }
    }
    paths.sort();
    let mut files = Files::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut file = File::open(&path).map_err(|error| unreadable(&path, error))?;
        // A name that no signature can have is that of a file which none covers.
        let _ = files.add(&name, &mut file);
    }
    Ok(files)
}
