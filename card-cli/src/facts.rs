//! Values in messages: unchanged for programs, in the user's language for people.

use std::io;

use card_core::applet::Application;
use card_core::certificate::Purpose;
use card_core::error::Step;
use card_core::login::OriginProblem;
use card_core::pin::{Attempts, PinKind};
use card_core::trust::RootProblem;
use serde::{Serialize, Serializer};

use crate::display::printable;
use crate::texts::Texts;

/// Something that a message tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// As it is: a path, a name.
    Text(String),
    /// A text of ours in the user's language; no fact for programs.
    Said(String),
    /// A sentence of ours that is put into words when it is shown; no fact for programs.
    Sentence(&'static str, Vec<(&'static str, Phrase)>),
    /// A count.
    Number(i64),
    /// A word that each language has its own for.
    Word(Word),
    /// One line each.
    List(Vec<String>),
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phrase {
    Text(String),
    Word(Word),
    /// Each on a line of its own.
    List(Vec<Word>),
}

impl Phrase {
    /// As people get it.
    pub(crate) fn text(&self, texts: &Texts) -> String {
        match self {
            Self::Text(text) => printable(text),
            Self::Word(word) => word.text(texts),
            Self::List(words) => {
                let words: Vec<_> = words.iter().map(|word| word.text(texts)).collect();
                listed(&words)
            }
        }
    }
}

/// A word of ours: for programs as it is, for people the message `GROUP-WORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    group: &'static str,
    /// As programs get it.
    pub(crate) word: &'static str,
}

impl Word {
    /// As people get it.
    pub(crate) fn text(self, texts: &Texts) -> String {
        texts.say(&self.id())
    }

    /// The message.
    pub(crate) fn id(self) -> String {
        format!("{}-{}", self.group, self.word.replace('.', "-"))
    }
}

impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) | Self::Said(text) => serializer.serialize_str(text),
            Self::Sentence(id, _) => serializer.serialize_str(id),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Word(word) => serializer.serialize_str(word.word),
            Self::List(lines) => serializer.collect_seq(lines),
        }
    }
}

/// A word by its group.
pub(crate) fn word(group: &'static str, word: &'static str) -> Word {
    Word { group, word }
}

/// Each on a line of its own, indented.
pub(crate) fn listed(lines: &[String]) -> String {
    lines
        .iter()
        .fold(String::new(), |text, line| text + "\n  " + &printable(line))
}

/// What the system said: a word of ours where it is a common one, else as it stands.
pub(crate) fn reason(error: &io::Error) -> Fact {
    use io::ErrorKind as Kind;
    Fact::Word(word(
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
pub(crate) fn left_fact(left: Attempts) -> Fact {
    match left {
        Attempts::Left(left) => Fact::Number(left.into()),
        Attempts::Blocked => Fact::Number(0),
        Attempts::Unknown => Fact::Text("unknown".into()),
    }
}

/// The word of a PIN.
pub(crate) fn pin_word(pin: PinKind) -> Word {
    word(
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
pub(crate) fn certificate_word(purpose: Purpose) -> Word {
    word(
        "certificate",
        match purpose {
            Purpose::Authentication => "authentication",
            Purpose::Signature => "signature",
        },
    )
}

/// The word of an application.
pub(crate) fn application_word(application: Application) -> Word {
    word(
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
pub(crate) fn step_word(step: Step) -> Word {
    word(
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
pub(crate) fn origin_word(problem: OriginProblem) -> Word {
    word(
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
pub(crate) fn root_word(problem: &RootProblem) -> Word {
    word(
        "root",
        match problem {
            RootProblem::Certificate(_) => "certificate",
            RootProblem::NoAuthority => "no-authority",
            RootProblem::Key => "key",
        },
    )
}
