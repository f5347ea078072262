//! Formats of signatures: the steps before, during and after the conversation with the card.
//!
//! Before it: reading and refusing. During it: one signature for each file, and nothing that waits
//! for a person or a network. After it: time stamps, and files that appear whole.

use std::fs;
use std::io::Write;
use std::path::Path;

use card_core::domain::date::UtcTime;
use card_core::trust::Trust;
use card_core::{Certificate, Digest, HashAlgorithm};
use card_sign::cms::{self, SignedData, timestamp};
use card_sign::pdf::{self, Visible};
use card_sign::report::Reason;
use card_sign::signer::SigningAlgorithm;
use card_sign::xml::{self, Covers, Draft, Files, FilesError};
use card_sign::{DocumentSigner, Policy, SignError, asic, jws, raw};

use super::container;
use super::input::{Input, Limit, Need};
use super::options::{Format, Order, PdfProfile, Visible as Place, signed_copy};
use crate::documents;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::Fact;
use crate::http::{self, Address, NoAnswer};
use crate::place::{Stopped, folder};
use crate::progress::{Step, Watch, Watched};
use crate::signed_file::MOST;
use crate::source::Source;

/// What one file will be signed as.
pub(super) enum Task {
    Raw,
    /// With what others signed before.
    Cms(SignedData),
    /// With what the signer should know of the file, and the empty field that waits in it.
    Pdf(Vec<Reason>, Option<String>),
    Xml(Box<Draft>),
    /// With the files behind the first.
    Asic(asic::Prepared),
    JwsCompact,
    JwsDetached,
}

/// What a format needs of a file.
pub(super) fn need(order: &Order) -> Need {
    match order.options.format {
        Format::Raw | Format::Cms => Need::Digest,
        Format::CmsAttached | Format::Jws | Format::Asic => Need::Again,
        Format::Xml if order.options.detached => Need::Again,
        Format::Pdf | Format::Xml => Need::Bytes,
    }
}

/// How large a file may be: what the verifier would not read is not signed.
pub(super) fn limit(order: &Order) -> Option<Limit> {
    match order.options.format {
        _ if order.options.detached => None,
        Format::Raw | Format::Cms | Format::CmsAttached | Format::Asic => None,
        Format::Xml => Some(Limit {
            most: xml::MAX_BYTES as u64,
            reason: Some(xml::reason::SIZE),
        }),
        Format::Jws => Some(Limit {
            most: jws::MAX_PAYLOAD as u64,
            reason: Some(jws::rules::reason::SIZE),
        }),
        // A signature adds less than this.
        Format::Pdf => Some(Limit {
            most: MOST - (16 << 20),
            reason: None,
        }),
    }
}

/// The media type of what JWS signs is not known, and a type of token is a promise.
const NO_TYPE: Option<&str> = None;

impl Task {
    /// Prepares what needs no card, and refuses what must not be signed.
    pub(super) fn prepare(
        input: &Input,
        more: &[Input],
        order: &Order,
        watch: &dyn Watch,
    ) -> Result<Self, Failure> {
        let refused = |error| documents::xml_failure(error, &input.path);
        Ok(match order.options.format {
            Format::Raw => Self::Raw,
            Format::Asic => Self::Asic(container::prepare(input, more, watch)?),
            Format::Cms | Format::CmsAttached => match &order.options.cosign {
                Some(existing) => {
                    Self::Cms(cosigned(input, existing, order.options.format, watch)?)
                }
                None => Self::Cms(SignedData::new()),
            },
            Format::Pdf => {
                // The name is on the card still; a file that is refused, is so under any.
                let request = request(order, "-", &[])?;
                let prepared = pdf::prepare(input.bytes(), &request);
                let prepared =
                    prepared.map_err(|error| documents::pdf_failure(error, &input.path))?;
                let waiting = prepared.waiting_field().map(str::to_owned);
                Self::Pdf(prepared.warnings().to_vec(), waiting)
            }
            Format::Xml if order.options.detached => {
                let files = named(input)?;
                let draft = Draft::detached(&files).map_err(refused)?;
                let draft = properties(draft, order, "application/octet-stream");
                let expected = xml::Expected {
                    covers: Covers::Files,
                    files: &files,
                    ..xml::Expected::default()
                };
                draft.rehearse(&expected).map_err(refused)?;
                Self::Xml(Box::new(draft))
            }
            Format::Xml if order.options.profile.is_some() => {
                let forms = forms(&input.path)?;
                let draft = Draft::egov(input.bytes(), &forms, UtcTime::now()).map_err(refused)?;
                let expected = xml::Expected::egov(&forms);
                draft.rehearse(&expected).map_err(refused)?;
                Self::Xml(Box::new(draft))
            }
            Format::Xml => {
                let draft = Draft::enveloped(input.bytes()).map_err(refused)?;
                let draft = properties(draft, order, "text/xml");
                let expected = xml::Expected {
                    several: true,
                    ..xml::Expected::default()
                };
                draft.rehearse(&expected).map_err(refused)?;
                Self::Xml(Box::new(draft))
            }
            Format::Jws if order.options.detached => Self::JwsDetached,
            Format::Jws => Self::JwsCompact,
        })
    }

    /// What the signer should know of the file; nothing of it forbids signing.
    pub(super) fn warnings(&self) -> &[Reason] {
        match self {
            Self::Pdf(warnings, _) => warnings,
            _ => &[],
        }
    }

    /// The only empty signature field of the file, if it will not be used.
    pub(super) fn waiting_field(&self) -> Option<&str> {
        match self {
            Self::Pdf(_, waiting) => waiting.as_deref(),
            _ => None,
        }
    }

    /// Lets the card sign.
    pub(super) fn sign<'j>(
        &self,
        input: &'j Input,
        signer: &mut dyn DocumentSigner,
        order: &Order,
    ) -> Result<Made<'j>, Failure> {
        let refused = |error| documents::sign_failure(error, &input.path);
        let algorithm = signer.algorithm();
        let digest = input.digest(algorithm.hash)?;
        let carried = order.options.jws_certificates();
        let in_life = signer.certificate().validity().contains(UtcTime::now());
        let done = match self {
            Self::Asic(prepared) => {
                Done::Asic(prepared.sign(signer, UtcTime::now()).map_err(refused)?)
            }
            Self::Raw => Done::Bytes(raw::sign(signer, &digest).map_err(refused)?),
            Self::Cms(existing) => {
                let mut data = existing.clone();
                let number = data.sign(signer, &digest, Some(UtcTime::now()));
                Done::Cms(data, number.map_err(refused)?)
            }
            Self::Pdf(..) => {
                let name = name(signer.certificate());
                let now = UtcTime::now();
                let lines = [name.clone(), now.date_in_japan().to_string()];
                let request = request(order, &name, &lines)?;
                let prepared = pdf::prepare(input.bytes(), &request);
                let prepared =
                    prepared.map_err(|error| documents::pdf_failure(error, &input.path))?;
                let data = prepared.sign(signer).map_err(refused)?;
                Done::Pdf(prepared, data)
            }
            Self::Xml(draft) => Done::Bytes(draft.sign(signer).map_err(refused)?),
            Self::JwsCompact => Done::Jws(input.pass(|payload| {
                jws::sign_attached(signer, NO_TYPE, carried, payload).map_err(refused)
            })?),
            Self::JwsDetached => Done::Bytes(input.pass(|payload| {
                let token =
                    jws::sign_detached(signer, NO_TYPE, carried, payload).map_err(refused)?;
                Ok(token.into_bytes())
            })?),
        };
        Ok(Made {
            done,
            digest,
            algorithm,
            in_life,
            time_stamp: None,
        })
    }
}

/// The file that others signed already, if `verify` would accept what they signed.
///
/// Whom they are is not judged here: whose certificates are trusted is for the verifier to say.
fn cosigned(
    input: &Input,
    existing: &Path,
    format: Format,
    watch: &dyn Watch,
) -> Result<SignedData, Failure> {
    let open = || {
        Source::open(existing, watch)
            .map_err(|error| Failure::file(ProgramError::InputUnreadable, existing, &error))
    };
    let data = SignedData::open(&mut open()?, None)
        .map_err(|error| documents::sign_failure(error, existing))?;
    let trust = Trust::production();
    let policy = Policy::new(&trust, UtcTime::now());
    let report = match format {
        Format::CmsAttached => cms::verify_attached(&mut open()?, None, &policy)
            .map_err(|error| Failure::file(ProgramError::InputUnreadable, existing, &error))?,
        _ => input.pass(|content| {
            cms::verify_detached(&mut open()?, content, &policy)
                .map_err(|error| input.unreadable(&error))
        })?,
    };
    let inside = data.content_digest(HashAlgorithm::Sha256);
    let other = inside.is_some_and(|inside| *inside != input.sha256);
    let other = other.then_some((cms::rules::DIGEST, cms::reason::DIGEST_DIFFERS));
    match documents::broken_beside_trust(&report).or(other) {
        None => Ok(data),
        Some((rule, reason)) => {
            let elsewhere = [
                cms::reason::DIGEST_DIFFERS,
                cms::reason::CONTENT_EMBEDDED,
                cms::reason::CONTENT_ABSENT,
            ];
            // Another file, or another kind of signature, is no fault of what was signed.
            Err(match elsewhere.contains(&reason) {
                true => documents::sign_failure(SignError::Existing(reason), existing),
                false => documents::unsuitable(rule, reason, existing),
            })
        }
    }
}

fn properties(draft: Draft, order: &Order, media_type: &str) -> Draft {
    match order.options.xades {
        true => draft.with_properties(UtcTime::now(), media_type),
        false => draft,
    }
}

/// The file under its own name.
fn named(input: &Input) -> Result<Files, Failure> {
    let mut files = Files::new();
    input.pass(|content| {
        files
            .add(&input.name(), content)
            .map_err(|error| files_failure(error, &input.path))
    })?;
    Ok(files)
}

/// The forms of an application to e-Gov: the other XML files of its folder, without copies that this
/// program signed.
pub(super) fn forms(kousei: &Path) -> Result<Files, Failure> {
    let folder = folder(kousei);
    let unreadable =
        |path: &Path, error| Failure::file(ProgramError::InputUnreadable, path, &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let form = name.strip_suffix(".xml");
        let form = form.is_some_and(|stem| signed_copy(stem).is_none());
        if form && path.is_file() && path.file_name() != kousei.file_name() {
            paths.push(path);
        }
    }
    paths.sort();
    let mut files = Files::new();
    for path in &paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut file = fs::File::open(path).map_err(|error| unreadable(path, error))?;
        files
            .add(&name, &mut file)
            .map_err(|error| files_failure(error, path))?;
    }
    Ok(files)
}

fn files_failure(error: FilesError, path: &Path) -> Failure {
    match error {
        FilesError::Refused(reason) => documents::sign_failure(SignError::Document(reason), path),
        FilesError::Io(error) => Failure::file(ProgramError::InputUnreadable, path, &error),
        _ => Failure::from(ProgramError::bug()),
    }
}

fn request<'r>(
    order: &'r Order,
    name: &'r str,
    lines: &'r [String],
) -> Result<pdf::Request<'r>, Failure> {
    let profile = match order.options.pdf_profile {
        Some(PdfProfile::Pades) => pdf::Profile::Pades,
        _ => pdf::Profile::Moj,
    };
    let mut request = pdf::Request::new(profile, name, UtcTime::now());
    request.field = order.options.field.as_deref();
    if let Some(address) = &order.options.timestamp {
        request.room = pdf::ROOM_WITH_TIME_STAMP;
        request.time_stamp = Some(address.as_str());
    }
    if let (Some(place), Some(font)) = (order.options.visible, &order.font) {
        // The field has a page and a box of its own.
        let (page, area) = match place {
            Place::At { page, area } => (page, area),
            Place::InField => (0, pdf::Area::default()),
        };
        request.visible = Some(Visible {
            page,
            area,
            lines,
            font,
        });
    }
    Ok(request)
}

/// The holder's name, as the certificate has it.
fn name(certificate: &Certificate) -> String {
    let attributes = certificate.attributes();
    let name = attributes.and_then(|attributes| attributes.name.as_deref());
    let name = name.or_else(|| certificate.subject().common_name());
    name.unwrap_or("-").to_owned()
}

/// Something that the card signed.
pub(super) struct Made<'j> {
    done: Done<'j>,
    /// Of the file, by the function that the key signs with.
    pub(super) digest: Digest,
    pub(super) algorithm: SigningAlgorithm,
    /// Whether the signer's certificate is valid now, as far as is known.
    pub(super) in_life: bool,
    /// When it existed, as an authority says.
    pub(super) time_stamp: Option<String>,
}

enum Done<'j> {
    Bytes(Vec<u8>),
    /// With the number of our signer.
    Cms(SignedData, usize),
    Pdf(pdf::Prepared<'j>, SignedData),
    Jws(jws::Attached),
    Asic(asic::Container),
}

impl<'j> Made<'j> {
    /// A bare value that was made without a certificate.
    pub(super) fn bare(value: Vec<u8>, digest: Digest, algorithm: SigningAlgorithm) -> Self {
        Self {
            done: Done::Bytes(value),
            digest,
            algorithm,
            in_life: true,
            time_stamp: None,
        }
    }

    /// The value, if it is all that there is.
    pub(super) fn value(&self, format: Format) -> Option<&[u8]> {
        match &self.done {
            Done::Bytes(bytes) if format == Format::Raw => Some(bytes),
            _ => None,
        }
    }

    /// Asks for a time stamp; tells whether its authority is one that is known here.
    ///
    /// With `trust` the answer has to be one that `verify` would take for proof under these roots.
    pub(super) fn stamp(
        &mut self,
        address: &Address,
        trust: Option<&Trust>,
    ) -> Result<bool, Failure> {
        let (data, number) = match &mut self.done {
            Done::Cms(data, number) => (data, *number),
            Done::Pdf(_, data) => (data, 0),
            Done::Asic(container) => (container.signature_mut(), 0),
            Done::Bytes(_) | Done::Jws(_) => return Ok(true),
        };
        let bug = || Failure::from(ProgramError::bug());
        let value = data.signature_value(number).ok_or_else(bug)?;
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|_| Failure::of("random.none"))?;
        let request = timestamp::Request::new(&value, nonce);
        let answer = http::post(address, "application/timestamp-query", &request.to_der());
        let answer = answer.map_err(|why| {
            let failure = Failure::from(ProgramError::TimestampSilent(why.word()));
            match why {
                NoAnswer::Status(status) => failure.telling("status", Fact::Number(status.into())),
                _ => failure,
            }
        })?;
        let production = Trust::production();
        let now = UtcTime::now();
        let policy = Policy::new(trust.unwrap_or(&production), now);
        let stamp = request.judge(&answer, &policy);
        let unfit = |reason| documents::sign_failure(SignError::TimeStamp(reason), Path::new("-"));
        // Without roots the authority need not be trusted: the verifier chooses whom to trust.
        let mut known = true;
        for finding in &stamp.findings {
            let Some(reason) = documents::broken(finding) else {
                continue;
            };
            if documents::is_of_trust(finding) && trust.is_none() {
                known = false;
                continue;
            }
            return Err(unfit(reason));
        }
        // The verifier believes no stamp from before the signing time.
        let early = stamp
            .time
            .is_some_and(|time| now.unix().saturating_sub(time.unix()) > timestamp::SKEW);
        if trust.is_some() && early {
            return Err(unfit(cms::reason::STAMP_EARLY));
        }
        data.add_time_stamp(number, stamp.token())
            .map_err(|error| documents::sign_failure(error, Path::new("-")))?;
        self.time_stamp = stamp.time.map(|time| time.to_string());
        Ok(known)
    }

    /// Writes the finished file; with `stop` being told so ends that in the middle.
    pub(super) fn write<'i>(
        &self,
        input: &'i Input,
        more: &'i [Input],
        format: Format,
        watch: &dyn Watch,
        stop: Option<&dyn Watch>,
        out: &mut dyn Write,
    ) -> Result<(), Stopped> {
        let read = |input: &'i Input| {
            let meter = watch.step(Step::Write(&input.path), input.size);
            let reader = input.reader()?;
            Ok::<_, Failure>(Watched::new(reader, meter, stop))
        };
        let content = || read(input);
        let failed = |error| match error {
            SignError::Io(error) => Stopped::Io(error),
            error => documents::sign_failure(error, &input.path).into(),
        };
        match &self.done {
            Done::Bytes(bytes) => out.write_all(bytes)?,
            Done::Cms(data, _) if format == Format::CmsAttached => {
                let written = data.write_attached(&mut content()?, input.size, out);
                written.map_err(failed)?;
            }
            Done::Asic(container) => {
                let inputs: Vec<&Input> = std::iter::once(input).chain(more).collect();
                container::write(container, &inputs, read, out)?;
            }
            Done::Jws(token) => token.write(&mut content()?, out).map_err(failed)?,
            Done::Cms(data, _) => out.write_all(&data.to_detached())?,
            Done::Pdf(prepared, data) => {
                let appended = prepared
                    .assemble(data)
                    .map_err(|error| documents::pdf_failure(error, &input.path))?;
                out.write_all(input.bytes())?;
                out.write_all(&appended)?;
            }
        }
        Ok(())
    }
}

/// What a card without a certificate is taken for.
pub(super) const ASSUMED: HashAlgorithm = HashAlgorithm::Sha256;
