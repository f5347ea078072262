//! One error for the whole library, for three readers: a `match`, a script, a person.
//!
//! The variants are for a `match`, [`Error::code`] for a script. `Display` is one English clause
//! for logs; texts for people, with what to do next, belong to the program.

use thiserror::Error;

use crate::applet::Application;
use crate::certificate::{CertificateError, Purpose};
use crate::iso::StatusWord;
use crate::iso::objects::ObjectsError;
use crate::iso::tlv::TlvError;
use crate::pin::{PinKind, PinProblem, PinpadProblem, ShapeProblem};
use crate::transport::TransportError;
use crate::trust::cv::CvError;

/// What went wrong.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The reader or the service failed before the card said a word.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// No reader, or no single one, fits the choice.
    #[error("{0}")]
    Choice(ChoiceProblem),
    /// The card has no such application.
    #[error("the card has no application {0:?}")]
    ApplicationMissing(Application),
    /// The card has the application, but not this certificate.
    #[error("the card holds no {0:?} certificate")]
    CertificateAbsent(Purpose),
    /// The card has the application, but not this file or object.
    #[error("the card has no file for {0:?}")]
    FileMissing(Step),
    /// A PIN did not open what it should.
    #[error("the {pin:?} PIN {problem}")]
    Pin {
        /// Which PIN.
        pin: PinKind,
        /// Why.
        problem: PinProblem,
    },
    /// No PIN came from the reader's keypad.
    #[error("the reader's keypad, {pin:?} PIN: {problem}")]
    Pinpad {
        /// Which PIN was asked for.
        pin: PinKind,
        /// Why.
        problem: PinpadProblem,
    },
    /// The card refused a step.
    #[error("the card refused {step:?} with {status}")]
    Refused {
        /// What was asked of it.
        step: Step,
        /// What it answered.
        status: StatusWord,
    },
    /// The card gave bytes that are not what they should be.
    #[error("card data malformed: {what:?} at byte {at}: {problem}")]
    Malformed {
        /// Which data.
        what: Step,
        /// Where, from the start of the file.
        at: usize,
        /// How.
        problem: Malformation,
    },
    /// The card's signature does not fit the card's own certificate.
    #[error("the signature does not fit the card's certificate")]
    SignatureMismatch,
    /// No PSS signature can be had: of this card, this key or this digest.
    #[error("PSS: {0}")]
    Pss(PssProblem),
    /// The resident PIN was changed in one of its two places only.
    #[error("the resident PIN is new in {changed:?}, but not in {unchanged:?}: {cause}")]
    ResidentPinSplit {
        /// Where the new PIN holds.
        changed: Application,
        /// Where the old PIN holds, unless the answer was lost.
        unchanged: Application,
        /// Why.
        cause: Box<Error>,
    },
    /// The session of secure messaging cannot be opened, or broke.
    #[error("secure messaging: {0}")]
    Secure(SecureProblem),
    /// The caller asked to stop; the card was made to forget what was presented.
    #[error("cancelled")]
    Cancelled,
}

/// Why a reader could not be chosen.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChoiceProblem {
    /// No reader has this name, number or card.
    #[error("no reader fits the choice")]
    Nothing,
    /// The choice fits several readers.
    #[error("{count} readers fit the choice")]
    Ambiguous {
        /// How many.
        count: usize,
    },
    /// Nothing was chosen and several readers hold a card.
    #[error("{count} readers hold a card and none was chosen")]
    SeveralCards {
        /// How many.
        count: usize,
    },
}

/// Why there is no signature with PSS padding.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PssProblem {
    /// The card does not know this kind of signature.
    #[error("the card refuses it with {status}")]
    Refused {
        /// What the card answered.
        status: StatusWord,
    },
    /// The card makes PSS signatures of SHA-256 digests only. Nothing was sent.
    #[error("only SHA-256 digests can be signed")]
    Digest,
    /// The key of the certificate is not RSA. Nothing was sent.
    #[error("the key is not RSA")]
    Key,
}

/// Why nothing travels encrypted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SecureProblem {
    /// Card or reader does not take commands over 255 bytes, which a session key needs.
    #[error("card or reader does not take extended lengths")]
    ExtendedLength,
    /// The card ended the session, or its answer could not be decrypted.
    #[error("the session is lost")]
    Lost,
}

/// What the library was doing: the step in a refusal, the data in a malformation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Selecting an application.
    SelectApplication,
    /// Selecting a file, PIN or key.
    SelectFile,
    /// Asking for a PIN's counter.
    AskAttempts,
    /// Presenting a PIN.
    PresentPin,
    /// Replacing a PIN.
    ChangePin,
    /// Signing.
    Sign,
    /// Opening a session of secure messaging.
    OpenSession,
    /// The token information, JPKI 0006.
    TokenInformation,
    /// Which certificates exist, JPKI 0008.
    CertificatesPresent,
    /// The authentication certificate, JPKI 000A.
    AuthenticationCertificate,
    /// Its CA certificate, JPKI 000B.
    AuthenticationCaCertificate,
    /// The signature certificate, JPKI 0001.
    SignatureCertificate,
    /// Its CA certificate, JPKI 0002.
    SignatureCaCertificate,
    /// The card number, common 0001.
    CardNumber,
    /// The key reference, common and resident 0002.
    KeyReference,
    /// The My Number, profile 0001.
    MyNumber,
    /// The four attributes, profile 0002.
    Attributes,
    /// What the issuer signed of number and attributes, profile 0003.
    SignatureRecord,
    /// The card-verifiable certificate, profile 0004.
    ProfileCertificate,
    /// What the application says of itself, profile 0005.
    ProfileInformation,
    /// The key for session keys, profile 0006.
    SessionKey,
    /// The application's own key, profile 0007.
    OwnKey,
    /// The record that tells an age, visual 0001.
    AgeRecord,
    /// The card face, visual 0002.
    CardFace,
    /// What the application says of itself, visual 0003.
    VisualInformation,
    /// The card-verifiable certificate, visual 0004.
    VisualCertificate,
    /// The My Number as a picture, visual 0005.
    NumberPicture,
    /// A data object of the issuer domain.
    DataObject,
    /// Whether a PIN was chosen, licence 001A.
    LicencePinState,
    /// The licence and its history, licence 001B.
    LicenceRecord,
    /// What the police signed of them, licence 001C.
    LicenceSignature,
}

/// How bytes are not what they should be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformation {
    /// Not the BER-TLV object it should be.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// Not a certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Not a card-verifiable certificate.
    #[error(transparent)]
    CardVerifiable(#[from] CvError),
    /// Not a row of objects.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// Not a key of two numbers.
    #[error("a key is needed")]
    NotAKey,
    /// A My Number whose check digit does not fit.
    #[error("the check digit does not fit")]
    CheckDigit,
    /// A field before another that it should follow.
    #[error("a field in the wrong place")]
    Order,
    /// Another length than this data has.
    #[error("{has} bytes where {needs} are needed")]
    Length {
        /// What there is.
        has: usize,
        /// What is needed.
        needs: usize,
    },
    /// Something else than digits.
    #[error("digits are needed")]
    NotDigits,
    /// A date that is not in the calendar.
    #[error("a date is needed")]
    NotADate,
    /// A value that this field cannot have.
    #[error("an unknown value")]
    UnknownValue,
    /// An answer that never ends.
    #[error("an endless answer")]
    Endless,
}

/// Whether trying again can help, and what must happen first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// At once, without harm.
    Now,
    /// After the card was taken out and put in again, or placed better.
    AfterReinsert,
    /// After another program lets go, or the service or reader is back.
    AfterWaiting,
    /// With another PIN, reader or consent: the caller must change something.
    WithOtherInput,
    /// Never.
    Never,
}

impl Error {
    /// Every code that [`Error::code`] can give, in alphabetical order.
    pub const CODES: &'static [&'static str] = &[
        "application.missing",
        "card.malformed",
        "card.mute",
        "card.none",
        "card.power",
        "card.refused",
        "card.removed",
        "card.reset",
        "card.several",
        "card.silent",
        "certificate.absent",
        "file.missing",
        "operation.cancelled",
        "pin.absent",
        "pin.blocked",
        "pin.last-attempt",
        "pin.needed",
        "pin.not-set",
        "pin.refused-before",
        "pin.shape",
        "pin.split",
        "pin.wrong",
        "pinpad.cancelled",
        "pinpad.length",
        "pinpad.none",
        "pinpad.not-repeated",
        "pinpad.refused",
        "pinpad.timeout",
        "reader.ambiguous",
        "reader.busy",
        "reader.failed",
        "reader.gone",
        "reader.none",
        "reader.unknown",
        "replay.mismatch",
        "secure.extended-length",
        "secure.lost",
        "service.none",
        "service.permission",
        "signature.mismatch",
        "signature.pss",
    ];

    /// A stable word for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Transport(error) => error.code(),
            Self::Choice(ChoiceProblem::Nothing) => "reader.unknown",
            Self::Choice(ChoiceProblem::Ambiguous { .. }) => "reader.ambiguous",
            Self::Choice(ChoiceProblem::SeveralCards { .. }) => "card.several",
            Self::ApplicationMissing(_) => "application.missing",
            Self::CertificateAbsent(_) => "certificate.absent",
            Self::FileMissing(_) => "file.missing",
            Self::Pin { problem, .. } => match problem {
                PinProblem::Shape(_) => "pin.shape",
                PinProblem::Wrong { .. } => "pin.wrong",
                PinProblem::Blocked => "pin.blocked",
                PinProblem::LastAttempt { .. } => "pin.last-attempt",
                PinProblem::RefusedBefore => "pin.refused-before",
                PinProblem::Needed => "pin.needed",
                PinProblem::Absent => "pin.absent",
                PinProblem::NotSet => "pin.not-set",
            },
            Self::Pinpad { problem, .. } => match problem {
                PinpadProblem::None => "pinpad.none",
                PinpadProblem::Cancelled => "pinpad.cancelled",
                PinpadProblem::TimedOut => "pinpad.timeout",
                PinpadProblem::NotRepeated => "pinpad.not-repeated",
                PinpadProblem::Length => "pinpad.length",
                PinpadProblem::Refused { .. } => "pinpad.refused",
            },
            Self::Refused { .. } => "card.refused",
            Self::Malformed { .. } => "card.malformed",
            Self::SignatureMismatch => "signature.mismatch",
            Self::Pss(_) => "signature.pss",
            Self::ResidentPinSplit { .. } => "pin.split",
            Self::Secure(SecureProblem::ExtendedLength) => "secure.extended-length",
            Self::Secure(SecureProblem::Lost) => "secure.lost",
            Self::Cancelled => "operation.cancelled",
        }
    }

    /// Whether trying again can help.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Transport(error) => error.retry(),
            Self::Choice(_) | Self::Pin { .. } => match self {
                Self::Pin {
                    problem: PinProblem::Blocked,
                    ..
                } => Retry::Never,
                _ => Retry::WithOtherInput,
            },
            Self::Pinpad {
                problem: PinpadProblem::None | PinpadProblem::Refused { .. },
                ..
            }
            | Self::ResidentPinSplit { .. }
            | Self::Pss(_) => Retry::WithOtherInput,
            Self::Pinpad { .. } | Self::Cancelled | Self::Secure(SecureProblem::Lost) => Retry::Now,
            Self::Secure(SecureProblem::ExtendedLength) => Retry::WithOtherInput,
            Self::SignatureMismatch | Self::Malformed { .. } | Self::Refused { .. } => {
                Retry::AfterReinsert
            }
            Self::ApplicationMissing(_) | Self::CertificateAbsent(_) | Self::FileMissing(_) => {
                Retry::Never
            }
        }
    }

    pub(crate) fn pin(pin: PinKind, problem: PinProblem) -> Self {
        Self::Pin { pin, problem }
    }

    pub(crate) fn malformed(what: Step, at: usize, problem: impl Into<Malformation>) -> Self {
        Self::Malformed {
            what,
            at,
            problem: problem.into(),
        }
    }

    /// A value that cannot be this PIN, as an error of the library.
    #[must_use]
    pub fn shape(pin: PinKind, problem: ShapeProblem) -> Self {
        Self::pin(pin, PinProblem::Shape(problem))
    }
}

impl TransportError {
    /// A stable word for scripts.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoService => "service.none",
            Self::NoPermission => "service.permission",
            Self::NoReader => "reader.none",
            Self::ReaderGone => "reader.gone",
            Self::NoCard => "card.none",
            Self::Removed => "card.removed",
            Self::Reset => "card.reset",
            Self::Mute => "card.mute",
            Self::PowerLost => "card.power",
            Self::Busy => "reader.busy",
            Self::AnswerLost => "card.silent",
            Self::Cancelled => "operation.cancelled",
            Self::NotInDialogue { .. } => "replay.mismatch",
            Self::Other { .. } => "reader.failed",
        }
    }

    /// Whether trying again can help.
    #[must_use]
    pub fn retry(self) -> Retry {
        match self {
            Self::NoService | Self::NoReader | Self::ReaderGone | Self::NoCard | Self::Busy => {
                Retry::AfterWaiting
            }
            Self::Removed | Self::Mute | Self::PowerLost | Self::AnswerLost => Retry::AfterReinsert,
            Self::Reset | Self::Cancelled | Self::Other { .. } => Retry::Now,
            Self::NoPermission | Self::NotInDialogue { .. } => Retry::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_sorted_and_well_formed() {
        assert!(Error::CODES.is_sorted());
        for code in Error::CODES {
            let words: Vec<&str> = code.split('.').collect();
            assert!(words.len() >= 2, "{code}");
            assert!(
                words
                    .iter()
                    .all(|w| w.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
            );
        }
        let samples = [
            Error::Transport(TransportError::Other { code: 1 }),
            Error::Choice(ChoiceProblem::SeveralCards { count: 2 }),
            Error::pin(PinKind::Signature, PinProblem::RefusedBefore),
            Error::Cancelled,
        ];
        for sample in samples {
            assert!(Error::CODES.contains(&sample.code()), "{sample}");
        }
    }
}
