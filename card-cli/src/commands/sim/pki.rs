//! `sim pki DIR`: whom to believe about simulated cards, as a folder for `--trust`, and the PKI of
//! failure, for those who test verifiers.

use card_core::domain::date::UtcTime;
use std::fs;
use std::io;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_sim::applets::Application;
use card_sim::persona::issue::{Authority, IssueError, Purpose};
use card_sim::persona::{Persona, police_certificates};
use card_sim::pki::{self, Case};
use serde::Serialize;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::issuers;
use crate::output::{self, Report, table};
use crate::program::Program;
use crate::texts::{Language, Texts};

/// `mynacard.sim-pki/1`; the same is written as `list.json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Written {
    /// For which moment the cases are made.
    at: String,
    /// Certificates of authorities, as files below the folder.
    roots: Vec<String>,
    /// Keys of the issuer of card-verifiable certificates.
    issuers: Vec<String>,
    cases: Vec<Line>,
    /// Revoked certificates of shipped residents.
    revoked: Vec<Revoked>,
}

/// A resident's certificate that the test CA revoked, as files below the folder.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Revoked {
    name: String,
    /// `authentication` or `signature`.
    purpose: &'static str,
    certificate: String,
    list: String,
    answer: String,
}

/// A case as files below the folder, and what a verifier should say of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Line {
    name: String,
    /// What it breaks.
    breaks: String,
    certificate: String,
    /// The revocation list to give with it.
    list: Option<String>,
    /// The OCSP answer that a responder gives to every question about it.
    answer: Option<String>,
    accepted: bool,
    /// Why it is refused.
    reason: Option<&'static str>,
    /// What is known of revocation: `good`, `revoked`, `unknown` or `not-checked`.
    revocation: &'static str,
    /// Why revocation is unknown.
    unknown: Option<&'static str>,
}

pub(super) fn write(program: &Program, folder: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => {
            Failure::from(ProgramError::OutputExists(folder.into()))
        }
        _ => Failure::file(ProgramError::OutputUnwritable, folder, &error),
    };
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        Ok(false) => return Err(failed(io::ErrorKind::AlreadyExists.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let now = UtcTime::now();
    // The clock of this computer is outside of what certificates can be written for.
    let cases = pki::cases(now.unix()).map_err(|_| Failure::from(ProgramError::bug()))?;
    let revoked = residents(now.unix()).map_err(|_| Failure::from(ProgramError::bug()))?;
    let report = Written {
        at: now.to_string(),
        roots: Authority::ALL.map(root_file).to_vec(),
        issuers: issuer_files().map(|(name, _)| name).collect(),
        cases: cases
            .iter()
            .map(|case| Line::of(case, &program.texts))
            .collect(),
        revoked: revoked
            .iter()
            .map(|(name, it)| Revoked::of(name, it))
            .collect(),
    };
    let list = output::json(&report, None, None)?;
    let _held = program.signals.held();
    fill(folder, &cases, &revoked, &list).map_err(failed)?;
    program.show(&report)
}

/// Writes everything beside its place, and then moves it there whole.
fn fill(
    folder: &Path,
    cases: &[Case],
    revoked: &[(String, pki::Revoked)],
    list: &[u8],
) -> io::Result<()> {
    let around = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let making = tempfile::Builder::new()
        .prefix(".mynacard-")
        .tempdir_in(around)?;
    let place = making.path().join("pki");
    for name in ["keys", "cases", "lists", "answers", "licence", "residents"] {
        fs::create_dir_all(place.join(name))?;
    }
    for authority in Authority::ALL {
        let root = pem("CERTIFICATE", pki::root(authority));
        fs::write(place.join(root_file(authority)), root)?;
        let key = pki::key(authority).to_marked_pem();
        let key = key.map_err(io::Error::other)?;
        fs::write(place.join(format!("keys/{}.pem", authority.stem())), key)?;
    }
    for (name, key) in issuer_files() {
        fs::write(place.join(name), key)?;
    }
    for case in cases {
        let name = case.name;
        fs::write(place.join(format!("cases/{name}.der")), &case.certificate)?;
        if let Some(list) = &case.list {
            fs::write(
                place.join(format!("lists/{name}.pem")),
                pem("X509 CRL", list),
            )?;
        }
        if let Some(answer) = &case.answer {
            fs::write(place.join(format!("answers/{name}.der")), answer)?;
        }
    }
    for (name, it) in revoked {
        let Revoked {
            certificate,
            list,
            answer,
            ..
        } = Revoked::of(name, it);
        fs::write(place.join(certificate), &it.certificate)?;
        fs::write(place.join(list), pem("X509 CRL", &it.list))?;
        fs::write(place.join(answer), &it.answer)?;
    }
    for (name, certificate) in police_certificates() {
        fs::write(place.join(format!("licence/{name}.der")), certificate)?;
    }
    fs::write(place.join("list.json"), list)?;
    // Onto nothing, or onto an empty folder that was made meanwhile.
    fs::rename(place, folder)
}

/// The revoked certificates of shipped residents.
fn residents(now: i64) -> Result<Vec<(String, pki::Revoked)>, IssueError> {
    let mut all = Vec::new();
    for persona in Persona::SHIPPED
        .iter()
        .filter_map(|id| Persona::shipped(id))
    {
        let revoked = pki::revoked(&persona, now)?;
        all.extend(revoked.into_iter().map(|it| (persona.id.clone(), it)));
    }
    Ok(all)
}

fn root_file(authority: Authority) -> String {
    format!("{}.pem", authority.stem())
}

/// Names and contents of the keys that certify simulated cards.
fn issuer_files() -> impl Iterator<Item = (String, String)> {
    card_sim::persona::issuer_keys().into_iter().map(|key| {
        let of = match key.of {
            Application::Profile => "profile",
            Application::Visual => "visual",
            _ => "issuer-domain",
        };
        let about = "Simulator: certifies keys of made-up cards. Trust it in tests only.";
        let text = issuers::key_file(about, &key.id, &key.modulus, &key.exponent);
        (format!("{of}{}", issuers::SUFFIX), text)
    })
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines = text
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line) + "\n");
    let lines: String = lines.collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

impl Line {
    fn of(case: &Case, texts: &Texts) -> Self {
        let name = case.name;
        Self {
            name: name.to_owned(),
            breaks: match texts.language() {
                Language::Japanese => case.about_ja,
                Language::English => case.about_en,
            }
            .to_owned(),
            certificate: format!("cases/{name}.der"),
            list: case.list.as_ref().map(|_| format!("lists/{name}.pem")),
            answer: case.answer.as_ref().map(|_| format!("answers/{name}.der")),
            accepted: case.refused.is_none(),
            reason: case.refused,
            revocation: case.revocation,
            unknown: case.unknown,
        }
    }
}

impl Revoked {
    fn of(name: &str, it: &pki::Revoked) -> Self {
        let purpose = match it.purpose {
            Purpose::Authentication => "authentication",
            Purpose::Signature => "signature",
        };
        let file = |end| format!("residents/{name}-{purpose}.{end}");
        Self {
            name: name.to_owned(),
            purpose,
            certificate: file("der"),
            list: file("crl.pem"),
            answer: file("ocsp.der"),
        }
    }
}

impl Report for Written {
    const NAME: &str = "sim-pki";

    fn text(&self, texts: &Texts) -> String {
        let row = |line: &Line| {
            let says = line.reason.or(line.unknown).unwrap_or("-");
            vec![line.name.clone(), says.to_owned(), line.breaks.clone()]
        };
        table(&self.cases.iter().map(row).collect::<Vec<_>>()) + &texts.say("sim-pki-hint") + "\n"
    }
}
