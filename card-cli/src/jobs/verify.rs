//! What a signed file is worth, rule by rule. Anybody's, and without a card.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use card_core::certificate::KeyAlgorithm;
use card_core::domain::date::UtcTime;
use card_core::trust::{Reason, Role};
use card_core::{Certificate, Digest, Error, HashAlgorithm};
use card_sign::xml::{self, Covers, Files};
use card_sign::{Policy, asic, cms, jws, pdf, raw};

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::place::folder;
use crate::progress::{Step, Watch, Watched};
use crate::signed_file::{Kind, SignedFile};
use crate::source;
use crate::trust::Judge;

/// What to check, and for what.
pub(crate) struct Request {
    /// `-` is standard input.
    pub(crate) file: PathBuf,
    /// Where the signature is, unless inside the file or beside it as `FILE.p7s`.
    pub(crate) signature: Option<PathBuf>,
    /// Certificates of signers that a signature does not hold, DER or PEM.
    pub(crate) certificates: Vec<PathBuf>,
    pub(crate) profile: Option<Profile>,
    /// What the signers' certificates have to be for.
    pub(crate) role: Role,
    /// The moment to judge for; now without it.
    pub(crate) at: Option<UtcTime>,
}

/// A use that has rules of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// 登記・供託オンライン申請.
    Moj,
    /// e-Gov電子申請.
    Egov,
}

impl Profile {
    pub(crate) const ALL: [Self; 2] = [Self::Moj, Self::Egov];

    /// As it is typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Moj => "moj",
            Self::Egov => "egov",
        }
    }
}

/// What was found.
pub(crate) struct Found {
    /// `None` where nothing is signed.
    pub(crate) report: Option<card_sign::Report>,
    /// The file that holds the signature, where it is not inside.
    pub(crate) signature: Option<PathBuf>,
    /// The moment that was judged for.
    pub(crate) at: UtcTime,
}

/// Judges the signatures inside a file, or those beside it.
///
/// # Errors
///
/// `input.unreadable`; `certificate.malformed`: a certificate that was given is none; `usage.wrong`:
/// the profile is for another format, or a bare value came without its certificate;
/// `operation.cancelled`.
pub(crate) fn run(request: &Request, judge: &Judge, watch: &dyn Watch) -> Result<Found, Failure> {
    let certificates = certificates(&request.certificates, watch)?;
    self::judge(request, &certificates, judge, watch)
}

/// The same, with the certificates read; on whatever core.
pub(super) fn judge(
    request: &Request,
    certificates: &[Certificate],
    judge: &Judge,
    watch: &dyn Watch,
) -> Result<Found, Failure> {
    let policy = Policy {
        revocation: judge,
        role: request.role,
        at: request.at,
        certificates,
        ..Policy::new(&judge.trust, judge.now())
    };
    let at = policy.time();
    let check = Check {
        watch,
        profile: request.profile,
        policy,
    };
    let found = check.find(request);
    if watch.stopped() {
        return Err(Error::Cancelled.into());
    }
    let (signature, report) = found?;
    Ok(Found {
        report,
        signature,
        at,
    })
}

/// The certificates in these files, DER or PEM.
pub(super) fn certificates(
    paths: &[PathBuf],
    watch: &dyn Watch,
) -> Result<Vec<Certificate>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let bytes = source::whole(path, LARGEST_CERTIFICATES, watch)?;
        let pem = Certificate::parse_pem(&bytes).unwrap_or_default();
        let read = match pem.is_empty() {
            false => pem,
            true => vec![Certificate::parse_exact(&bytes).map_err(|_| Reason::Malformed)?],
        };
        all.extend(read);
    }
    Ok(all)
}

const LARGEST_CERTIFICATES: u64 = 1 << 20;

/// The name of a detached signature beside a file.
pub(crate) fn p7s(file: &Path) -> PathBuf {
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
    watch: &'c dyn Watch,
    profile: Option<Profile>,
    policy: Policy<'c>,
}

impl Check<'_> {
    /// The judgement, and where the signature is if not inside.
    fn find(
        &self,
        request: &Request,
    ) -> Result<(Option<PathBuf>, Option<card_sign::Report>), Failure> {
        let file = SignedFile::open(&request.file, self.watch)?;
        let beside = |path: PathBuf| {
            let report = self.beside(&file, &SignedFile::open(&path, self.watch)?)?;
            Ok((Some(path), Some(report)))
        };
        if let Some(path) = &request.signature {
            return beside(path.clone());
        }
        match self.inside(&file)? {
            Some(report) => Ok((None, Some(report))),
            None => lying_beside(file.path()).map_or(Ok((None, None)), beside),
        }
    }

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
                jws::verify_attached(&mut self.watched(file)?, None, &expected, &self.policy)
                    .map_err(|error| file.unreadable(&error))?
            }
            Kind::Asic => {
                let mut container = self.watched(file)?;
                asic::verify(&mut container, &self.policy)
                    .map_err(|error| file.unreadable(&error))?
            }
            Kind::Cms => {
                let mut signed = self.watched(file)?;
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
            return Err(wrong_profile());
        }
        let mut content = self.watched(file)?;
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
            Kind::Pdf | Kind::Asic | Kind::Other => {
                let bytes = signature.bytes()?;
                if !raw::may_be_value(&bytes) {
                    return Ok(raw::unknown());
                }
                let [certificate] = self.policy.certificates else {
                    return Err(Failure::usage_of("usage-raw-certificate", Vec::new()));
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
            _ => Err(wrong_profile()),
        }
    }

    /// A file whose reading is told, and ends when we are told to stop.
    fn watched<'f>(&'f self, file: &'f SignedFile) -> Result<Watched<'f, &'f File>, Failure> {
        let meter = self.watch.step(Step::Read(file.path()), file.length);
        Ok(Watched::new(file.reader()?, meter, Some(self.watch)))
    }
}

fn wrong_profile() -> Failure {
    Failure::usage_of("usage-profile-format", Vec::new())
}

/// Whether a signature is the document, with what it signs inside.
fn is_enveloping(bytes: &[u8]) -> bool {
    let outline = xml::outline(bytes);
    outline.is_ok_and(|outline| outline.signatures.iter().all(|one| one.place.is_empty()))
}

/// All other files of an application's folder: the report names those that nothing protects.
fn others(kousei: &Path) -> Result<Files, Failure> {
    let unreadable =
        |path: &Path, error| Failure::file(ProgramError::InputUnreadable, path, &error);
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
