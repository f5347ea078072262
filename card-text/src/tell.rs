//! What each error of the libraries tells of.

use std::io;
use std::path::PathBuf;

use card_core::Error;
use card_core::applet::Application;
use card_core::certificate::Purpose;
use card_core::error::{ChoiceProblem, Step};
use card_core::login::{LoginReason, OriginProblem};
use card_core::pin::{Attempts, PinKind, PinProblem, PinpadProblem, ShapeProblem};
use card_core::transport::TransportError;
use card_core::trust::{Reason, RootProblem, TrustError};

use crate::{Fact, Facts, Word};

/// Something that [`Texts::tell`](crate::Texts::tell) has sentences for.
pub trait Tell {
    /// The stable word of it, which names the sentences.
    fn code(&self) -> &'static str;

    /// What the sentences tell of.
    fn facts(&self) -> Facts {
        Facts::new()
    }
}

impl Tell for Error {
    fn code(&self) -> &'static str {
        self.code()
    }

    fn facts(&self) -> Facts {
        match self {
            Error::Pin { pin, problem } => {
                let mut facts = vec![("pin", Fact::Word(pin_word(*pin)))];
                match problem {
                    PinProblem::Wrong { left } | PinProblem::LastAttempt { left } => {
                        facts.push(("left", left_fact(*left)));
                    }
                    PinProblem::Shape(shape) => facts.extend(shape_facts(*shape)),
                    _ => {}
                }
                facts
            }
            Error::Pinpad { pin, problem } => {
                let mut facts = vec![("pin", Fact::Word(pin_word(*pin)))];
                if let PinpadProblem::Refused { status } = problem {
                    facts.push(("status", Fact::Text(status.to_string())));
                }
                facts
            }
            Error::ResidentPinSplit {
                changed,
                unchanged,
                cause,
            } => vec![
                ("changed", Fact::Word(application_word(*changed))),
                ("unchanged", Fact::Word(application_word(*unchanged))),
                ("cause", Fact::Text(cause.code().into())),
            ],
            Error::CertificateAbsent(purpose) => {
                vec![("certificate", Fact::Word(certificate_word(*purpose)))]
            }
            Error::ApplicationMissing(application) => {
                vec![("application", Fact::Word(application_word(*application)))]
            }
            Error::FileMissing(step) => vec![("step", Fact::Word(step_word(*step)))],
            Error::Refused { step, status } => vec![
                ("step", Fact::Word(step_word(*step))),
                ("status", Fact::Text(status.to_string())),
            ],
            Error::Malformed { what, at, problem } => vec![
                ("step", Fact::Word(step_word(*what))),
                ("at", number(*at)),
                ("problem", Fact::Text(problem.to_string())),
            ],
            Error::Choice(
                ChoiceProblem::Ambiguous { count } | ChoiceProblem::SeveralCards { count },
            ) => vec![("count", number(*count))],
            Error::Transport(TransportError::Other { code }) => {
                vec![("number", Fact::Text(format!("{code:#010X}")))]
            }
            _ => Facts::new(),
        }
    }
}

impl Tell for TrustError {
    fn code(&self) -> &'static str {
        self.code()
    }

    fn facts(&self) -> Facts {
        let path = |file: Option<&PathBuf>| {
            let text = file.map_or_else(|| "-".into(), |file| file.display().to_string());
            ("path", Fact::Text(text))
        };
        match self {
            TrustError::Unreadable { file, kind } => {
                vec![path(Some(file)), ("reason", io_reason(&(*kind).into()))]
            }
            TrustError::Root { file, problem } => vec![
                path(file.as_ref()),
                ("problem", Fact::Word(root_word(problem))),
            ],
            TrustError::Empty { folder } => vec![path(folder.as_ref())],
        }
    }
}

impl Tell for OriginProblem {
    fn code(&self) -> &'static str {
        (*self).code()
    }

    fn facts(&self) -> Facts {
        vec![("problem", Fact::Word(origin_word(*self)))]
    }
}

impl Tell for Reason {
    fn code(&self) -> &'static str {
        (*self).code()
    }
}

impl Tell for LoginReason {
    fn code(&self) -> &'static str {
        (*self).code()
    }
}

fn number(count: usize) -> Fact {
    Fact::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

fn shape_facts(shape: ShapeProblem) -> Facts {
    let word = |problem| ("shape", Fact::Word(Word::new("shape", problem)));
    let problem = match shape {
        ShapeProblem::Length { least, most } => {
            return vec![
                word(if least == most { "exactly" } else { "length" }),
                ("least", number(least)),
                ("most", number(most)),
            ];
        }
        ShapeProblem::Digits => "digits",
        ShapeProblem::LettersAndDigits => "letters-and-digits",
        ShapeProblem::NeedsLetterAndDigit => "needs-letter-and-digit",
        ShapeProblem::CheckDigit => "check-digit",
        ShapeProblem::Date => "date",
        ShapeProblem::Year => "year",
        _ => "other",
    };
    vec![word(problem)]
}

/// What the system said: a word of ours where it is a common one, else as it stands.
#[must_use]
pub fn io_reason(error: &io::Error) -> Fact {
    use io::ErrorKind as Kind;
    Fact::Word(Word::new(
        "reason",
        match error.kind() {
            Kind::NotFound => "not-found",
            Kind::PermissionDenied => "not-permitted",
            Kind::IsADirectory => "is-a-folder",
            Kind::NotADirectory => "is-no-folder",
            Kind::StorageFull | Kind::QuotaExceeded => "full",
            Kind::ReadOnlyFilesystem => "read-only",
            Kind::FileTooLarge => "too-large",
            Kind::InvalidData => "not-text",
            _ => {
                let text = error.to_string();
                // Without the number that Rust puts behind it.
                let reason = text
                    .split_once(" (os error")
                    .map_or(text.as_str(), |(reason, _)| reason);
                return Fact::Text(reason.to_owned());
            }
        },
    ))
}

/// Attempts as a fact: a number, or the word that the card does not say.
#[must_use]
pub fn left_fact(left: Attempts) -> Fact {
    match left {
        Attempts::Left(left) => Fact::Number(left.into()),
        Attempts::Blocked => Fact::Number(0),
        Attempts::Unknown => Fact::Text("unknown".into()),
    }
}

/// The word of a PIN.
#[must_use]
pub fn pin_word(pin: PinKind) -> Word {
    Word::new(
        "pin",
        match pin {
            PinKind::Authentication => "authentication",
            PinKind::Signature => "signature",
            PinKind::Profile => "profile",
            PinKind::Resident => "resident",
            PinKind::NumberA => "number-a",
            PinKind::NumberB => "number-b",
            PinKind::Birth => "birth",
            PinKind::Licence => "licence",
            _ => "other",
        },
    )
}

/// The word of a certificate.
#[must_use]
pub fn certificate_word(purpose: Purpose) -> Word {
    Word::new(
        "certificate",
        match purpose {
            Purpose::Authentication => "authentication",
            Purpose::Signature => "signature",
        },
    )
}

/// The word of an application.
#[must_use]
pub fn application_word(application: Application) -> Word {
    Word::new(
        "application",
        match application {
            Application::Jpki => "jpki",
            Application::Profile => "profile",
            Application::Visual => "visual",
            Application::Resident => "resident",
            Application::Common => "common",
            Application::Licence => "licence",
            Application::IssuerDomain => "issuer-domain",
            _ => "other",
        },
    )
}

/// The word of a step.
fn step_word(step: Step) -> Word {
    Word::new(
        "step",
        match step {
            Step::SelectApplication => "select-application",
            Step::SelectFile => "select-file",
            Step::AskAttempts => "ask-attempts",
            Step::PresentPin => "present-pin",
            Step::ChangePin => "change-pin",
            Step::Sign => "sign",
            Step::TokenInformation => "token-information",
            Step::CertificatesPresent => "certificates-present",
            Step::AuthenticationCertificate => "authentication-certificate",
            Step::AuthenticationCaCertificate => "authentication-ca-certificate",
            Step::SignatureCertificate => "signature-certificate",
            Step::SignatureCaCertificate => "signature-ca-certificate",
            Step::CardNumber => "card-number",
            Step::DataObject => "data-object",
            Step::KeyReference => "key-reference",
            Step::MyNumber => "my-number",
            Step::Attributes => "attributes",
            Step::SignatureRecord => "signature-record",
            Step::ProfileCertificate => "profile-certificate",
            Step::ProfileInformation => "profile-information",
            Step::SessionKey => "session-key",
            Step::OwnKey => "own-key",
            Step::AgeRecord => "age-record",
            Step::CardFace => "card-face",
            Step::VisualInformation => "visual-information",
            Step::VisualCertificate => "visual-certificate",
            Step::NumberPicture => "number-picture",
            Step::LicencePinState => "licence-pin-state",
            Step::LicenceRecord => "licence-record",
            Step::LicenceSignature => "licence-signature",
            Step::OpenSession => "open-session",
            _ => "other",
        },
    )
}

/// The word for why a text is no origin.
fn origin_word(problem: OriginProblem) -> Word {
    Word::new(
        "origin",
        match problem {
            OriginProblem::Scheme => "scheme",
            OriginProblem::NotAscii => "not-ascii",
            OriginProblem::UpperCase => "upper-case",
            OriginProblem::MoreThanOrigin => "more-than-origin",
            OriginProblem::TrailingDot => "trailing-dot",
            OriginProblem::Port => "port",
            _ => "host",
        },
    )
}

/// The word for why something is no root.
fn root_word(problem: &RootProblem) -> Word {
    Word::new(
        "root",
        match problem {
            RootProblem::Certificate(_) => "certificate",
            RootProblem::NoAuthority => "no-authority",
            RootProblem::Key => "key",
        },
    )
}
