//! Signing files with a key of the card, many with one PIN.
//!
//! Files are read and places for signatures looked at before the card is asked anything. Signatures
//! are made in one transaction and written after it, each file whole; what was made before an
//! interruption is kept and named.

mod container;
mod input;
mod make;
mod options;
mod resume;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use card_core::applet::jpki::Jpki;
use card_core::trust::Role;
use card_core::{Certificate, Digest, Error, Signature};
use card_sign::CardSigner;
use card_sign::signer::SigningAlgorithm;

use self::input::{Input, Limit};
use self::make::{ASSUMED, Made, Task};
use self::options::Order;
pub(crate) use self::options::{
    Choice, Format, Key, Misfit, Options, PdfProfile, Visible, XmlProfile, signed_copy,
};
use super::certificate;
use super::expiry::{self, Look, Seen};
use super::pin::{self, Entered};
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::Fact;
use crate::pin_spec::{GIVEN_USER_PIN, SIGNATURE_PASSWORD};
use crate::place::{self, Place, Privacy, Stopped};
use crate::progress::{Meter, Step, Watch};
use crate::session::CardSession;
use crate::ui::{Consent, Note, Ui};

/// A file to sign.
pub(crate) struct Asked<'t> {
    /// `-` is standard input.
    pub(crate) path: PathBuf,
    /// What is read in place of the file.
    pub(crate) stream: Option<Box<dyn Read>>,
    pub(crate) to: To<'t>,
}

/// Where a signature goes.
pub(crate) enum To<'t> {
    /// Into a file of this name.
    Path(PathBuf),
    /// Into the container of the file before it.
    Together,
    /// To the front.
    Front(&'t dyn Sink),
}

/// A front that takes a signature itself.
pub(crate) trait Sink {
    /// The largest file whose signed form it takes, in bytes.
    fn most(&self) -> u64;

    /// Takes what `write` writes.
    fn fill(
        &self,
        write: &mut dyn FnMut(&mut dyn Write) -> Result<(), Stopped>,
    ) -> Result<(), Failure>;
}

/// Files that were read and found fit to be signed.
pub(crate) struct Batch<'t> {
    order: Order,
    done: Vec<Job<'t>>,
    todo: Vec<Job<'t>>,
}

/// One file and where its signature goes.
struct Job<'t> {
    input: Input,
    /// Files in the same container.
    more: Vec<Input>,
    task: Task,
    target: Target<'t>,
}

enum Target<'t> {
    File(Place),
    Front(&'t dyn Sink),
    /// It is there already.
    Done(PathBuf),
}

/// What a person should know of a file before signing it.
pub(crate) struct Shown<'b> {
    /// `-` is standard input.
    pub(crate) path: &'b Path,
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) sha256: &'b Digest,
    /// Codes as in `docs/refusals.md`; none of them forbids signing.
    pub(crate) warnings: Vec<&'static str>,
    /// The only empty signature field of a PDF file, if the signature will not go into it.
    pub(crate) waiting_field: Option<&'b str>,
}

/// A file that is signed.
pub(crate) struct Signed {
    /// `-` is standard input.
    pub(crate) path: PathBuf,
    /// Where the signature is; `None` where the front took it.
    pub(crate) place: Option<PathBuf>,
    /// Whether it was signed before, and not again.
    pub(crate) skipped: bool,
    /// In bytes.
    pub(crate) size: u64,
    /// Of the file, by the function that the key signs with.
    pub(crate) digest: Digest,
    /// `None` where nothing was signed now.
    pub(crate) algorithm: Option<SigningAlgorithm>,
    /// A bare value; `None` for other formats.
    pub(crate) value: Option<Vec<u8>>,
    /// As in [`Shown`].
    pub(crate) warnings: Vec<&'static str>,
    /// As in [`Shown`].
    pub(crate) waiting_field: Option<String>,
    /// The moment that a time-stamp authority states.
    pub(crate) time_stamp: Option<String>,
}

/// Looks at every place, reads every file, and refuses what must not be signed.
///
/// # Errors
///
/// `output.exists`, `output.unwritable`, `input.unreadable`, `document.unsuitable` and others about
/// a file; `operation.cancelled`.
pub(crate) fn prepare<'t>(
    options: Options,
    files: Vec<Asked<'t>>,
    watch: &dyn Watch,
) -> Result<Batch<'t>, Failure> {
    let order = Order::of(options, watch);
    let batch = order.and_then(|order| Batch::of(order, files, watch));
    match watch.stopped() {
        true => Err(Error::Cancelled.into()),
        false => batch,
    }
}

impl<'t> Batch<'t> {
    fn of(order: Order, files: Vec<Asked<'t>>, watch: &dyn Watch) -> Result<Self, Failure> {
        let options = &order.options;
        // The umask decides who else may read the file.
        let privacy = match options.discloses() {
            true => Privacy::Owner,
            false => Privacy::Anybody,
        };
        let mut looked = Vec::new();
        for Asked { path, stream, to } in files {
            let target = match to {
                To::Together => None,
                To::Front(sink) => Some(Target::Front(sink)),
                To::Path(path) if options.resume && path.is_file() => Some(Target::Done(path)),
                To::Path(path) => Some(Target::File(Place::look(&path, options.force, privacy)?)),
            };
            looked.push((path, stream, target));
        }
        let mut read: Vec<(Input, Vec<Input>, Target<'t>)> = Vec::new();
        for (path, stream, target) in looked {
            let mut limit = make::limit(&order);
            // Files of one container share its place.
            let (to, before) = match (&target, read.last()) {
                (None, Some((first, more, to))) => {
                    let before = std::iter::once(first).chain(more).map(|input| input.size);
                    (Some(to), before.sum())
                }
                (target, _) => (target.as_ref(), 0),
            };
            if let Some(Target::Front(sink)) = to
                && options.holds_file()
            {
                let most = sink.most().saturating_sub(before);
                if limit.is_none_or(|limit| limit.most > most) {
                    limit = Some(Limit { most, reason: None });
                }
            }
            let input = Input::read(&path, stream, make::need(&order), limit, watch)?;
            if let Some(Target::Done(existing)) = &target
                && !resume::is_done(existing, &input, options)?
            {
                return Err(place::exists(existing));
            }
            match (target, read.last_mut()) {
                (Some(target), _) => read.push((input, Vec::new(), target)),
                (None, Some((_, more, _))) => more.push(input),
                (None, None) => return Err(ProgramError::bug().into()),
            }
        }
        let mut jobs = Vec::new();
        for (input, more, target) in read {
            let task = Task::prepare(&input, &more, &order, watch)?;
            jobs.push(Job {
                input,
                more,
                task,
                target,
            });
        }
        let (done, todo) = jobs
            .into_iter()
            .partition(|job| matches!(job.target, Target::Done(_)));
        Ok(Self { order, done, todo })
    }

    /// Whether everything is signed already.
    pub(crate) fn is_done(&self) -> bool {
        self.todo.is_empty()
    }

    /// Options that the files are signed with.
    pub(crate) fn options(&self) -> &Options {
        &self.order.options
    }

    /// The files that will be signed.
    pub(crate) fn shown(&self) -> impl Iterator<Item = Shown<'_>> {
        self.todo.iter().flat_map(|job| {
            job.inputs().map(|input| Shown {
                path: &input.path,
                size: input.size,
                sha256: &input.sha256,
                warnings: job.warnings(),
                waiting_field: job.task.waiting_field(),
            })
        })
    }

    /// The files that were signed before.
    pub(crate) fn skipped(&self) -> Vec<Signed> {
        self.done
            .iter()
            .map(|job| job.skipped(&job.input))
            .collect()
    }

    /// Signs the files. `signed` gets what was written also before a failure, which tells of it.
    /// The warning for programs comes back.
    ///
    /// # Errors
    ///
    /// `consent.disclosure`: the person did not agree; those of [`expiry::unlock`]; `input.changed`; those
    /// of time stamps and of writing.
    pub(crate) fn run(
        &self,
        card: &mut impl CardSession,
        ui: &mut dyn Ui,
        watch: &dyn Watch,
        signed: &mut Vec<Signed>,
    ) -> Result<Option<&'static str>, Failure> {
        if self.options().discloses() && !ui.consent(Consent::Disclosure)? {
            return Err(ProgramError::ConsentDisclosure.into());
        }
        let mut made = Vec::new();
        let warning = self.sign(card, ui, watch, &mut made);
        let kept = self.keep(ui, watch, made, signed);
        let failure = match (warning, kept) {
            (Ok(warning), Ok(expired)) => return Ok(warning.or(expired)),
            (Err(failure), _) | (Ok(_), Err(failure)) => failure,
        };
        let places = signed.iter().filter_map(|one| one.place.as_ref());
        let mut done: Vec<String> = places.map(|path| path.display().to_string()).collect();
        // Files of one container have one place.
        done.dedup();
        if done.is_empty() {
            return Err(failure);
        }
        ui.note(Note::Done(&done));
        Err(failure.telling("done", Fact::List(done)))
    }

    /// Signs all files in one transaction; `made` holds what was signed also after a failure.
    fn sign<'b>(
        &'b self,
        card: &mut impl CardSession,
        ui: &mut dyn Ui,
        watch: &dyn Watch,
        made: &mut Vec<Made<'b>>,
    ) -> Result<Option<&'static str>, Failure> {
        let options = self.options();
        let purpose = options.key.purpose();
        let look = match options.key {
            // Free to read, so a bare value is held against it as well.
            Key::Auth => Look::Certificate,
            Key::Sign if options.format == Format::Raw => Look::Validity,
            // Other formats hold the signature certificate, which is looked at when it is read.
            Key::Sign => Look::Nothing,
        };
        // Begun before and over after the transaction, in which no front may be waited for.
        let mut meter = watch.step(Step::Sign, self.todo.len() as u64);
        let unchanged = || {
            let mut inputs = self.todo.iter().flat_map(Job::inputs);
            inputs.try_for_each(Input::unchanged)
        };
        let (signed, warning) = match options.key {
            Key::Sign => {
                let wanted = (&SIGNATURE_PASSWORD, options.spend);
                let work = |jpki: &mut Jpki<'_>, entered: &Entered<_>, _: &Seen| {
                    let mut key = jpki.unlock_signature(&entered.pin, entered.spend)?;
                    if options.is_bare() {
                        return self.bare(made, &mut *meter, |digest| key.sign(digest));
                    }
                    let certificate = key.certificate()?;
                    let chain = match options.carries_chain() {
                        true => chain(&certificate, Role::Signature, || key.ca_certificate())?,
                        false => Vec::new(),
                    };
                    let signer = CardSigner::signature(&mut key, certificate, chain);
                    Ok(self.each(signer, &mut *meter, made))
                };
                expiry::unlock((look, purpose), wanted, card, ui, unchanged, work)?
            }
            Key::Auth => {
                let wanted = (&GIVEN_USER_PIN, options.spend);
                let work = |jpki: &mut Jpki<'_>, entered: &Entered<_>, seen: &Seen| {
                    let mut key = pin::unlock_authentication(jpki, entered)?;
                    if options.is_bare() {
                        return self.bare(made, &mut *meter, |digest| key.sign(digest));
                    }
                    let certificate = match seen.certificate() {
                        Some(certificate) => certificate.clone(),
                        None => key.certificate()?,
                    };
                    let chain = match options.carries_chain() {
                        true => chain(&certificate, Role::Authentication, || key.ca_certificate())?,
                        false => Vec::new(),
                    };
                    let signer = CardSigner::authentication(&mut key, certificate, chain);
                    Ok(self.each(signer, &mut *meter, made))
                };
                expiry::unlock((look, purpose), wanted, card, ui, unchanged, work)?
            }
        };
        signed.map(|()| warning)
    }

    /// Bare values without a look at the certificate.
    fn bare<'b>(
        &'b self,
        made: &mut Vec<Made<'b>>,
        meter: &mut dyn Meter,
        mut sign: impl FnMut(&Digest) -> Result<Signature, Error>,
    ) -> Result<Result<(), Failure>, Error> {
        for job in &self.todo {
            let digest = job.input.sha256;
            let signature = sign(&digest)?;
            let algorithm = SigningAlgorithm {
                kind: signature.kind(),
                hash: ASSUMED,
            };
            made.push(Made::bare(signature.to_der(), digest, algorithm));
            meter.add(1);
        }
        Ok(Ok(()))
    }

    fn each<'b>(
        &'b self,
        signer: Option<CardSigner<'_>>,
        meter: &mut dyn Meter,
        made: &mut Vec<Made<'b>>,
    ) -> Result<(), Failure> {
        let mut signer = signer.ok_or_else(|| Failure::from(ProgramError::SignAlgorithm))?;
        for job in &self.todo {
            made.push(job.task.sign(&job.input, &mut signer, &self.order)?);
            meter.add(1);
        }
        Ok(())
    }

    /// Stamps and writes what was made; `signed` holds what was written also after a failure. The
    /// warning about the signer's certificate comes back.
    fn keep(
        &self,
        ui: &mut dyn Ui,
        watch: &dyn Watch,
        made: Vec<Made<'_>>,
        signed: &mut Vec<Signed>,
    ) -> Result<Option<&'static str>, Failure> {
        let options = self.options();
        // Ended in the middle, it would leave a temporary file behind.
        let _held = watch.hold();
        // What the card signed before we were told to stop is kept: it was paid for.
        let before = watch.stopped();
        let mut meter = watch.step(Step::Keep, made.len() as u64);
        let expired = made.iter().any(|made| !made.in_life);
        let mut unknown = false;
        for (job, mut made) in self.todo.iter().zip(made) {
            if watch.stopped() && !before {
                return Err(Error::Cancelled.into());
            }
            if let Some(address) = &options.timestamp {
                unknown |= !made.stamp(address, self.order.trust.as_ref())?;
            }
            let stop = (!before).then_some(watch);
            let mut write = |to: &mut dyn Write| {
                made.write(&job.input, &job.more, options.format, watch, stop, to)
            };
            job.inputs().try_for_each(Input::unchanged)?;
            let written = match &job.target {
                Target::File(place) => place.fill_watched(watch, write),
                Target::Front(sink) => sink.fill(&mut write),
                Target::Done(_) => Ok(()),
            };
            if watch.stopped() && !before && written.is_err() {
                return Err(Error::Cancelled.into());
            }
            written?;
            signed.extend(job.signed(&made, options.format));
            meter.add(1);
        }
        if expired {
            ui.note(Note::SignerExpired);
        }
        if unknown {
            ui.note(Note::TimeStampUnknown);
        }
        Ok(expired.then_some(expiry::CODE))
    }
}

impl Job<'_> {
    fn warnings(&self) -> Vec<&'static str> {
        self.task.warnings().iter().map(|one| one.code()).collect()
    }

    /// The files that one signature is for.
    fn inputs(&self) -> impl Iterator<Item = &Input> {
        std::iter::once(&self.input).chain(&self.more)
    }

    fn skipped(&self, input: &Input) -> Signed {
        let place = match &self.target {
            Target::Front(_) => None,
            Target::File(place) => Some(place.path()),
            Target::Done(path) => Some(path.as_path()),
        };
        Signed {
            path: input.path.clone(),
            place: place.map(Path::to_owned),
            skipped: true,
            size: input.size,
            digest: input.sha256,
            algorithm: None,
            value: None,
            warnings: self.warnings(),
            waiting_field: self.task.waiting_field().map(str::to_owned),
            time_stamp: None,
        }
    }

    fn signed(&self, made: &Made<'_>, format: Format) -> Vec<Signed> {
        let signed = |input| Signed {
            skipped: false,
            algorithm: Some(made.algorithm),
            value: made.value(format).map(<[u8]>::to_vec),
            time_stamp: made.time_stamp.clone(),
            ..self.skipped(input)
        };
        let mut all: Vec<Signed> = self.inputs().map(signed).collect();
        // In a container digests are of SHA-256, whatever the key signs with.
        if let ([one], false) = (&mut all[..], format == Format::Asic) {
            one.digest = made.digest;
        }
        all
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
