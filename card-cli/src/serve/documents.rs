//! `document/sign`, `document/verify`: documents of all formats for desktop programs.
//!
//! Documents go by their paths, never by their bytes. They are read before the PIN is asked for, and
//! the digests that the client showed its user are the digests that are signed.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::Spend;
use card_core::trust::Role;
use card_sign::pdf;
use serde::{Deserialize, Serialize};

use super::job::{AtCard, Job};
use super::method::{CardMethod, JudgeMethod};
use super::params::{self, Consent, InputPath};
use super::question::{About, DocumentAbout};
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::jobs::sign::{self, Asked, Choice, Misfit, Options, Shown, Sink, To};
use crate::jobs::verify;
use crate::output::{Stopped, hex};
use crate::report::sign::Signed;
use crate::report::verify::{Verified, View};
use crate::trust::{Moment, TrustOptions};

/// Signs files with one PIN, as `mynacard sign`.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Sign {
    files: Vec<FileToSign>,
    format: Format,
    /// Path of the container, with `asic`; without it the container is in the result.
    #[serde(default)]
    output: Option<InputPath>,
    /// `sign` without it; `auth` with `raw` and `jws`.
    #[serde(default)]
    key: Key,
    /// Needed where the signature holds the signature certificate with name, address, birth date
    /// and sex: for every format but `raw`, unless `key` is `auth`.
    #[serde(default)]
    consent: Option<Consent>,
    /// Whether a file that is there is written over.
    #[serde(default)]
    force: bool,
    /// Whether a signature that is there already, and verifies, is kept; not with `raw` and `asic`.
    #[serde(default)]
    resume: bool,
    /// Whether a bare value is checked against the card's certificate.
    #[serde(default)]
    check: bool,
    /// Address of a time-stamp authority, plain `http`; with `cms`, `cms-attached`, `pdf` and `asic`.
    #[serde(default)]
    timestamp: Option<String>,
    /// Whom the time stamp has to come from: `production`, `jlis-test`, `sim` or a folder.
    #[serde(default)]
    timestamp_trust: Option<String>,
    /// Path of a CMS signature over the same file, to which this one is added.
    #[serde(default)]
    cosign: Option<InputPath>,
    /// `moj` without it; with `pdf`.
    #[serde(default)]
    pdf_profile: Option<PdfProfile>,
    /// The empty signature field that is filled; with `pdf`.
    #[serde(default)]
    field: Option<String>,
    /// Where a visible signature stands; with `pdf`, not with `field`.
    #[serde(default)]
    visible: Option<Visible>,
    /// Whether the signature is shown in the box of `field`.
    #[serde(default)]
    visible_in_field: bool,
    /// Path of the font of the visible signature.
    #[serde(default)]
    font: Option<InputPath>,
    /// Whether the signature is a file of its own; with `xml` and `jws`.
    #[serde(default)]
    detached: bool,
    /// Whether the signature has the properties of XAdES; with `xml`.
    #[serde(default)]
    xades: bool,
    /// Whether a token holds the issuer's certificate too; with `jws`.
    #[serde(default)]
    with_ca: bool,
    /// With `xml`.
    #[serde(default)]
    profile: Option<XmlProfile>,
}

/// A file to sign.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct FileToSign {
    /// Path.
    file: InputPath,
    /// Path of what is made; without it that is in the result. Not with `asic`.
    #[serde(default)]
    output: Option<InputPath>,
}

/// What a signature is put into; `asic` is one container with all files, signed together.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Format {
    Cms,
    CmsAttached,
    Pdf,
    Xml,
    Jws,
    Raw,
    Asic,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Key {
    #[default]
    Sign,
    Auth,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum PdfProfile {
    Moj,
    Pades,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum XmlProfile {
    Egov,
}

/// A place on a page, in points from the lower left corner.
#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Visible {
    /// From 1.
    page: usize,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// What was signed, as `mynacard sign --json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct DocumentsSigned {
    #[serde(flatten)]
    signed: Signed,
    /// What was made for each of `files`, with `asic` the one container, Base64; null where `output`
    /// was named.
    contents: Vec<Option<String>>,
}

impl Sign {
    fn options(&self) -> Result<Options, Failure> {
        let timestamp = self.timestamp.as_ref().map(|address| address.parse());
        if self.timestamp_trust.is_some() && self.timestamp.is_none() {
            return Err(params::wrong("timestampTrust"));
        }
        let visible = self.visible.map(Visible::place).transpose()?;
        let visible = visible.or(self.visible_in_field.then_some(sign::Visible::InField));
        if self.font.is_some() && visible.is_none() {
            return Err(params::wrong("font"));
        }
        let path = |path: &Option<InputPath>| path.as_ref().map(|path| path.0.clone());
        let trust = self.timestamp_trust.as_deref();
        Ok(Options {
            format: match self.format {
                Format::Cms => sign::Format::Cms,
                Format::CmsAttached => sign::Format::CmsAttached,
                Format::Pdf => sign::Format::Pdf,
                Format::Xml => sign::Format::Xml,
                Format::Jws => sign::Format::Jws,
                Format::Raw => sign::Format::Raw,
                Format::Asic => sign::Format::Asic,
            },
            key: match self.key {
                Key::Sign => sign::Key::Sign,
                Key::Auth => sign::Key::Auth,
            },
            check: self.check,
            force: self.force,
            resume: self.resume,
            spend: Spend::KeepOne,
            timestamp: timestamp
                .transpose()
                .map_err(|_| params::wrong("timestamp"))?,
            timestamp_trust: trust.map(|named| params::trusted(Some(named))),
            cosign: path(&self.cosign),
            pdf_profile: self.pdf_profile.map(|profile| match profile {
                PdfProfile::Moj => sign::PdfProfile::Moj,
                PdfProfile::Pades => sign::PdfProfile::Pades,
            }),
            field: self.field.clone(),
            visible,
            font: path(&self.font),
            detached: self.detached,
            xades: self.xades,
            with_ca: self.with_ca,
            profile: self.profile.map(|XmlProfile::Egov| sign::XmlProfile::Egov),
        })
    }

    /// Where each thing that is made goes: one of each file, or one container. `None` is the result.
    fn places(&self) -> Result<Vec<Option<&PathBuf>>, Failure> {
        let outputs = self.files.iter().map(|one| one.output.as_ref());
        let outputs: Vec<_> = outputs.map(|path| path.map(|path| &path.0)).collect();
        let mut named = BTreeSet::new();
        let twice = outputs.iter().flatten().any(|path| !named.insert(path));
        match (self.format, &self.output) {
            _ if self.files.is_empty() || twice => Err(params::wrong("files")),
            (Format::Asic, _) if !named.is_empty() => Err(params::wrong("files")),
            (Format::Asic, output) => Ok(vec![output.as_ref().map(|path| &path.0)]),
            (_, Some(_)) => Err(params::wrong("output")),
            (_, None) => Ok(outputs),
        }
    }
}

impl Visible {
    fn place(self) -> Result<sign::Visible, Failure> {
        let numbers = [self.x, self.y, self.width, self.height];
        let drawn = self.page > 0 && self.width > 0.0 && self.height > 0.0;
        if !drawn || !numbers.iter().all(|number| number.is_finite()) {
            return Err(params::wrong("visible"));
        }
        let area = pdf::Area {
            x: self.x,
            y: self.y,
            width: self.width,
            height: self.height,
        };
        let page = self.page;
        Ok(sign::Visible::At { page, area })
    }
}

/// The parameter that does not belong here.
fn unfit(misfit: Misfit, options: &Options) -> Failure {
    params::wrong(match misfit {
        Misfit::Format(Choice::Key) => "key",
        Misfit::Format(Choice::Field) => "field",
        Misfit::VisibleField if options.field.is_none() => "visibleInField",
        Misfit::VisibleField => "visible",
        Misfit::Format(Choice::Pdf) if options.visible.is_some() => "visible",
        Misfit::Format(Choice::Pdf) => "pdfProfile",
        Misfit::Format(Choice::TimeStamp) | Misfit::MojTimeStamp => "timestamp",
        Misfit::Format(Choice::Detached) => "detached",
        Misfit::Format(Choice::Xades) => "xades",
        Misfit::Format(Choice::WithCa) => "withCa",
        Misfit::Format(Choice::Profile) | Misfit::EgovShape => "profile",
        Misfit::Format(Choice::Cosign) | Misfit::CosignOne => "cosign",
        Misfit::Format(Choice::Resume) => "resume",
    })
}

impl CardMethod for Sign {
    const NAME: &str = "document/sign";
    type Result = DocumentsSigned;

    fn run(self, job: &AtCard<'_>) -> Result<DocumentsSigned, Failure> {
        let options = self.options()?;
        if let Some(misfit) = options.misfit(self.files.len()) {
            return Err(unfit(misfit, &options));
        }
        let places = self.places()?;
        let discloses = options.discloses();
        if discloses {
            Consent::demanded(self.consent.as_ref())?;
        }
        let wanted = places.iter().filter(|place| place.is_none()).count();
        // One message holds them all.
        let most = LARGEST_RESULT / (wanted as u64).max(1);
        let memory = |_| Memory {
            most,
            bytes: RefCell::default(),
        };
        let taken: Vec<Memory> = places.iter().map(memory).collect();
        let mut targets = places.iter().zip(&taken);
        let files = self.files.iter().map(|one| Asked {
            path: one.file.0.clone(),
            stream: None,
            to: match targets.next() {
                Some((Some(path), _)) => To::Path((*path).clone()),
                Some((None, memory)) => To::Front(memory),
                None => To::Together,
            },
        });
        let batch = sign::prepare(options, files.collect(), job.job())?;
        let mut signed = batch.skipped();
        let mut warning = None;
        if !batch.is_done() {
            let ui = &mut job.ui(About {
                documents: batch.shown().map(DocumentAbout::of).collect(),
                ..About::disclosing(discloses)
            });
            warning = batch.run(&mut job.open()?, ui, job.job(), &mut signed)?;
        }
        // Those that were taken come in the order of the request.
        let wanted = places.iter().zip(&taken);
        let mut taken = wanted.filter(|(place, _)| place.is_none());
        let contents = signed.iter().take(places.len()).map(|one| match one.place {
            Some(_) => None,
            None => taken.next().map(|(_, memory)| memory.to_base64()),
        });
        Ok(DocumentsSigned {
            contents: contents.collect(),
            signed: Signed::of(batch.options(), &signed, warning),
        })
    }
}

impl DocumentAbout {
    fn of(shown: Shown<'_>) -> Self {
        Self {
            file: shown.path.display().to_string(),
            size: shown.size,
            sha256: hex(shown.sha256.as_bytes()),
            warnings: shown.warnings,
        }
    }
}

/// A signature for the result.
struct Memory {
    most: u64,
    bytes: RefCell<Vec<u8>>,
}

impl Memory {
    fn to_base64(&self) -> String {
        BASE64_STANDARD.encode(&*self.bytes.borrow())
    }
}

impl Sink for Memory {
    fn most(&self) -> u64 {
        self.most
    }

    fn fill(
        &self,
        write: &mut dyn FnMut(&mut dyn Write) -> Result<(), Stopped>,
    ) -> Result<(), Failure> {
        match write(&mut *self.bytes.borrow_mut()) {
            Ok(()) => Ok(()),
            Err(Stopped::Failed(failure)) => Err(failure),
            Err(Stopped::Io(error)) => Err(Failure::file(
                ProgramError::OutputUnwritable,
                "memory".as_ref(),
                &error,
            )),
        }
    }
}

/// Of the files whose signed forms come in one result; what is larger wants an `output`.
const LARGEST_RESULT: u64 = 16 << 20;

/// Judges the signatures inside a file, or those beside it, as `mynacard verify`.
///
/// A refusal is an answer, not an error: the report says which rule is broken.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Verify {
    /// Path.
    file: InputPath,
    /// Path of the signature, unless it is inside, or beside the file as `FILE.p7s`.
    #[serde(default)]
    signature: Option<InputPath>,
    /// Paths of certificates that the signature does not hold; one for a bare value.
    #[serde(default)]
    certificates: Vec<InputPath>,
    /// `moj` for PDF files that go to registry filing, `egov` for kousei.xml.
    #[serde(default)]
    profile: Option<VerifyProfile>,
    /// What the signers' certificates have to be for; `signature` without it.
    #[serde(default)]
    purpose: Purpose,
    /// The moment that is judged for, `YYYY-MM-DD` or RFC 3339; now without it.
    #[serde(default)]
    at: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum VerifyProfile {
    Moj,
    Egov,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Purpose {
    #[default]
    Signature,
    Authentication,
}

impl JudgeMethod for Verify {
    const NAME: &str = "document/verify";
    type Result = Verified;

    fn run(self, job: &Job, trust: &TrustOptions) -> Result<Verified, Failure> {
        let at = self.at.map(|text| text.parse::<Moment>()).transpose();
        let at = at.map_err(|_| params::wrong("at"))?;
        let request = verify::Request {
            file: self.file.0,
            signature: self.signature.map(|path| path.0),
            certificates: self.certificates.into_iter().map(|path| path.0).collect(),
            profile: self.profile.map(|profile| match profile {
                VerifyProfile::Moj => verify::Profile::Moj,
                VerifyProfile::Egov => verify::Profile::Egov,
            }),
            role: match self.purpose {
                Purpose::Signature => Role::Signature,
                Purpose::Authentication => Role::Authentication,
            },
            at: at.map(|at| at.0),
        };
        let judge = job.judge(trust)?;
        let found = verify::run(&request, &judge, job).map_err(|failure| match failure.code() {
            // The same without a command line.
            "usage.wrong" if request.profile.is_some() => params::wrong("profile"),
            "usage.wrong" => params::wrong("certificates"),
            _ => failure,
        })?;
        Ok(Verified::of(&request, &found, &judge, View::default()))
    }
}
