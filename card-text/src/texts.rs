//! Messages of one language.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::fact::{Fact, Phrase, Word, listed, printable};
use crate::tell::Tell;

/// A language that there are sentences in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 日本語.
    Japanese,
    /// English.
    English,
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// `ja` or `en`.
    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        match text {
            "ja" => Ok(Self::Japanese),
            "en" => Ok(Self::English),
            _ => Err(UnknownLanguage),
        }
    }
}

/// There are no sentences in this language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLanguage;

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a language is `ja` or `en`")
    }
}

impl std::error::Error for UnknownLanguage {}

impl Language {
    /// The language of the environment: Japanese where the first of `LC_ALL`, `LC_MESSAGES` and
    /// `LANG` that is set and not empty begins with `ja`, else English.
    #[must_use]
    pub fn of_environment() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| std::env::var_os(name).filter(|value| !value.is_empty()));
        match set {
            Some(locale) if locale.as_encoded_bytes().starts_with(b"ja") => Self::Japanese,
            _ => Self::English,
        }
    }

    fn identifier(self) -> LanguageIdentifier {
        let name = match self {
            Self::Japanese => "ja",
            Self::English => "en",
        };
        // Both are well-formed; without a language, plurals are those of no language.
        name.parse().unwrap_or_default()
    }

    fn sources(self) -> [&'static str; 3] {
        match self {
            Self::Japanese => [
                include_str!("../locales/ja/errors.ftl"),
                include_str!("../locales/ja/reasons.ftl"),
                include_str!("../locales/ja/documents.ftl"),
            ],
            Self::English => [
                include_str!("../locales/en/errors.ftl"),
                include_str!("../locales/en/reasons.ftl"),
                include_str!("../locales/en/documents.ftl"),
            ],
        }
    }
}

/// What a person is told. Both texts begin in lower case where the language has it: they follow a
/// label or begin a line, as the program likes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub what: String,
    /// What to do next: one or more sentences.
    pub next: String,
}

/// The messages of one language.
///
/// A message is read when it is first asked for: a run of a program shows a few of two thousand.
pub struct Texts {
    language: Language,
    /// Where each message stands: its own text.
    places: OnceCell<HashMap<&'static str, &'static str>>,
    sources: Vec<&'static str>,
    read: RefCell<Read>,
}

/// The messages that were asked for.
struct Read {
    names: HashSet<&'static str>,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// The sentences of this crate.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self::with_messages(language, &[])
    }

    /// The sentences of this crate, and the messages of a program, each text in the format of
    /// Fluent: they go before those of this crate where they have the same name. What is malformed in
    /// them is left out.
    #[must_use]
    pub fn with_messages(language: Language, own: &[&'static str]) -> Self {
        let mut bundle = FluentBundle::new(vec![language.identifier()]);
        // Inserted values would carry invisible marks, which end up in copied paths.
        bundle.set_use_isolating(false);
        Self {
            language,
            places: OnceCell::new(),
            sources: [&language.sources(), own].concat(),
            read: RefCell::new(Read {
                names: HashSet::new(),
                bundle,
            }),
        }
    }

    /// Reads a message, and those that it names.
    fn read(&self, id: &str) {
        let places = self.places.get_or_init(|| {
            let sizes = self.sources.iter().map(|source| source.len());
            // A message has some hundred bytes.
            let mut places = HashMap::with_capacity(sizes.sum::<usize>() / 64);
            places.extend(self.sources.iter().flat_map(|source| entries(source)));
            places
        });
        let Some((id, text)) = places.get_key_value(id) else {
            return;
        };
        let mut read = self.read.borrow_mut();
        if !read.names.insert(id) {
            return;
        }
        let resource = FluentResource::try_new((*text).to_owned());
        let resource = resource.unwrap_or_else(|(good, _)| good);
        read.bundle.add_resource_overriding(resource);
        drop(read);
        for rest in text.split('{').skip(1) {
            let rest = rest.trim_start();
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
            self.read(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default());
        }
    }

    /// Which language it is.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// What happened and what to do next.
    #[must_use]
    pub fn tell(&self, what: &dyn Tell) -> Told {
        self.told(what.code(), &what.facts())
    }

    /// What happened and what to do next, by code: the messages `err-…` and `rec-…`.
    #[must_use]
    pub fn told(&self, code: &str, facts: &[(&'static str, Fact)]) -> Told {
        let mut values: Vec<(&str, FluentValue<'_>)> = Vec::new();
        for (name, fact) in facts {
            let value = match fact {
                Fact::Number(number) => FluentValue::from(*number),
                Fact::Text(text) => printable(text).into(),
                Fact::Said(text) => text.as_str().into(),
                Fact::Sentence(id, phrases) => {
                    let phrases = phrases.iter();
                    let phrases = phrases.map(|(name, value)| (*name, value.text(self).into()));
                    self.with(id, phrases).into()
                }
                Fact::List(lines) => listed(lines).into(),
                // A word may name what was told before it, or any number.
                Fact::Word(word) => {
                    let numbers = facts.iter().filter_map(|(name, fact)| match fact {
                        Fact::Number(number) => Some((*name, FluentValue::from(*number))),
                        _ => None,
                    });
                    self.with(&word.id(), values.iter().cloned().chain(numbers))
                        .into()
                }
            };
            values.push((name, value));
        }
        let said = |kind: &str| self.with(&id(kind, code), values.iter().cloned());
        Told {
            what: said("err"),
            next: said("rec"),
        }
    }

    /// What a rule about documents demands; the code itself where it is not known.
    #[must_use]
    pub fn rule(&self, code: &str) -> String {
        self.named("what", code)
    }

    /// Why a document, or the certificate of its signer, is refused; the code itself where it is not
    /// known.
    #[must_use]
    pub fn reason(&self, code: &str) -> String {
        let kind = if self.has(&id("why", code)) {
            "why"
        } else {
            "err"
        };
        self.named(kind, code)
    }

    fn named(&self, kind: &str, code: &str) -> String {
        let id = id(kind, code);
        match self.has(&id) {
            true => self.say(&id),
            false => code.to_owned(),
        }
    }

    /// Whether there is such a message.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.read(id);
        self.read.borrow().bundle.has_message(id)
    }

    /// A message without variables; the identifier itself where there is none.
    #[must_use]
    pub fn say(&self, id: &str) -> String {
        self.with(id, [])
    }

    /// A message with its variables filled in; the identifier itself where there is none.
    #[must_use]
    pub fn with<'v>(
        &self,
        id: &str,
        values: impl IntoIterator<Item = (&'v str, FluentValue<'v>)>,
    ) -> String {
        // Values may be made of other messages: before this one is looked at.
        let arguments: FluentArgs<'_> = values.into_iter().collect();
        self.read(id);
        let bundle = &self.read.borrow().bundle;
        let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        bundle
            .format_pattern(pattern, Some(&arguments), &mut Vec::new())
            .into_owned()
    }
}

/// The messages of a text, each with its name. What is indented belongs to the one before.
fn entries(source: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let starts = |line: &str| {
        line.starts_with(|first: char| first.is_ascii_alphabetic() || "-#".contains(first))
    };
    let mut rest = source;
    std::iter::from_fn(move || {
        let mut end = 0;
        for (number, line) in rest.split_inclusive('\n').enumerate() {
            if number > 0 && starts(line) {
                break;
            }
            end += line.len();
        }
        let (entry, after) = rest.split_at_checked(end).filter(|_| end > 0)?;
        rest = after;
        Some(entry)
    })
    .filter_map(|entry| Some((entry.split_once('=')?.0.trim_end(), entry)))
}

impl Phrase {
    /// As people get it.
    #[must_use]
    pub fn text(&self, texts: &Texts) -> String {
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

impl Word {
    /// As people get it.
    #[must_use]
    pub fn text(self, texts: &Texts) -> String {
        texts.say(&self.id())
    }
}

/// The message of a code.
fn id(kind: &str, code: &str) -> String {
    format!("{kind}-{}", code.replace('.', "-"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use card_core::Error;
    use card_core::applet::Application;
    use card_core::certificate::Purpose;
    use card_core::error::{ChoiceProblem, Malformation, SecureProblem, Step};
    use card_core::iso::StatusWord;
    use card_core::login::{LoginReason, OriginProblem};
    use card_core::pin::{Attempts, PinKind, PinProblem, PinpadProblem, ShapeProblem};
    use card_core::transport::TransportError;
    use card_core::trust::{Reason, RootProblem, TrustError};

    use super::*;

    const BOTH: [Language; 2] = [Language::Japanese, Language::English];

    /// An error of every code, with every kind of value.
    fn errors() -> Vec<Error> {
        let left = Attempts::Left(1);
        let pins = [
            PinProblem::Shape(ShapeProblem::Length { least: 4, most: 4 }),
            PinProblem::Shape(ShapeProblem::Length { least: 6, most: 16 }),
            PinProblem::Shape(ShapeProblem::Digits),
            PinProblem::Shape(ShapeProblem::CheckDigit),
            PinProblem::Wrong { left },
            PinProblem::Wrong {
                left: Attempts::Unknown,
            },
            PinProblem::Blocked,
            PinProblem::LastAttempt { left },
            PinProblem::LastAttempt {
                left: Attempts::Unknown,
            },
            PinProblem::RefusedBefore,
            PinProblem::Needed,
            PinProblem::Absent,
            PinProblem::NotSet,
        ];
        let pins = pins.map(|problem| Error::Pin {
            pin: PinKind::Signature,
            problem,
        });
        let transport = [
            TransportError::NoService,
            TransportError::NoPermission,
            TransportError::NoReader,
            TransportError::ReaderGone,
            TransportError::NoCard,
            TransportError::Removed,
            TransportError::Reset,
            TransportError::Mute,
            TransportError::PowerLost,
            TransportError::Busy,
            TransportError::AnswerLost,
            TransportError::NotInDialogue { line: 1 },
            TransportError::Other { code: 0x8010_001C },
        ];
        let choices = [
            ChoiceProblem::Nothing,
            ChoiceProblem::Ambiguous { count: 2 },
            ChoiceProblem::SeveralCards { count: 2 },
        ];
        let more = [
            Error::ApplicationMissing(Application::Licence),
            Error::CertificateAbsent(Purpose::Signature),
            Error::FileMissing(Step::CardNumber),
            Error::Refused {
                step: Step::Sign,
                status: StatusWord(0x6982),
            },
            Error::Malformed {
                what: Step::MyNumber,
                at: 3,
                problem: Malformation::CheckDigit,
            },
            Error::SignatureMismatch,
            Error::ResidentPinSplit {
                changed: Application::Profile,
                unchanged: Application::Resident,
                cause: Box::new(Error::Cancelled),
            },
            Error::Secure(SecureProblem::ExtendedLength),
            Error::Secure(SecureProblem::Lost),
            Error::Cancelled,
        ];
        let pinpads = [
            PinpadProblem::None,
            PinpadProblem::Cancelled,
            PinpadProblem::TimedOut,
            PinpadProblem::NotRepeated,
            PinpadProblem::Length,
            PinpadProblem::Refused {
                status: StatusWord(0x6B80),
            },
        ];
        let pinpads = pinpads.map(|problem| Error::Pinpad {
            pin: PinKind::Authentication,
            problem,
        });
        let transport = transport.map(Error::Transport).into_iter();
        let choices = choices.map(Error::Choice).into_iter();
        pins.into_iter()
            .chain(pinpads)
            .chain(transport)
            .chain(choices)
            .chain(more)
            .collect()
    }

    /// A sentence without a gap: no variable, no name of a message, no command of a program.
    fn whole(code: &str, told: &Told) {
        for text in [&told.what, &told.next] {
            assert!(
                !text.is_empty() && !text.contains(['{', '}']),
                "{code}: {text}"
            );
            assert!(
                !text.contains("mynacard") && !text.contains("`--"),
                "{code}: {text}"
            );
            for name in [
                "err-", "rec-", "step-", "pin-", "shape-", "root-", "origin-",
            ] {
                assert!(!text.contains(name), "{code}: {text}");
            }
        }
    }

    #[test]
    fn every_error_is_told_in_both_languages() {
        let mut seen = BTreeSet::new();
        for error in errors() {
            seen.insert(error.code());
            for texts in BOTH.map(Texts::new) {
                whole(error.code(), &texts.tell(&error));
            }
        }
        let told: BTreeSet<&str> = Error::CODES.iter().copied().collect();
        let beyond: Vec<_> = told.difference(&seen).collect();
        assert_eq!(
            beyond,
            [&"signature.pss"],
            "its problem is made by a card only"
        );
    }

    #[test]
    fn every_reason_is_told_in_both_languages() {
        let folder = || Some("roots".into());
        let roots = [RootProblem::NoAuthority, RootProblem::Key].map(|problem| TrustError::Root {
            file: folder(),
            problem,
        });
        let empty = TrustError::Empty { folder: folder() };
        let kind = std::io::ErrorKind::PermissionDenied;
        let file = "roots".into();
        let unreadable = TrustError::Unreadable { file, kind };
        for texts in BOTH.map(Texts::new) {
            let tell = |what: &dyn Tell| whole(what.code(), &texts.tell(what));
            Reason::ALL.iter().for_each(|reason| tell(reason));
            roots
                .iter()
                .chain([&empty, &unreadable])
                .for_each(|error| tell(error));
            tell(&OriginProblem::Port);
            tell(&LoginReason::TokenSignature);
            for code in LoginReason::CODES {
                whole(code, &texts.told(code, &[]));
            }
        }
    }

    #[test]
    fn words_from_outside_cannot_steer_a_terminal() {
        let facts = [("problem", Fact::Text("\u{1b}[2J\u{202e}x".into()))];
        let texts = Texts::with_messages(Language::English, &["err-x = { $problem }\nrec-x = y\n"]);
        assert_eq!(texts.told("x", &facts).what, "\\u{1b}[2J\\u{202e}x");
    }

    #[test]
    fn messages_of_a_program_go_before_those_of_this_crate() {
        let own = ["rec-card-none = Insert it, or use `--wait`.\n"];
        let texts = Texts::with_messages(Language::English, &own);
        let told = texts.told("card.none", &[]);
        assert_eq!(told.next, "Insert it, or use `--wait`.");
        assert_eq!(
            told.what,
            Texts::new(Language::English).told("card.none", &[]).what
        );
    }

    /// One by one, messages are what they are when their texts are read whole.
    #[test]
    fn a_message_is_the_same_read_alone() {
        for language in BOTH {
            let texts = Texts::new(language);
            let mut whole = FluentBundle::new(vec![language.identifier()]);
            for source in language.sources() {
                let resource = FluentResource::try_new(source.to_owned()).unwrap();
                assert!(resource.entries().count() > 100);
                whole.add_resource_overriding(resource);
            }
            let sources = language.sources();
            let names = sources.iter().flat_map(|source| entries(source));
            let mut seen = 0;
            for (name, _) in names.filter(|(name, _)| !name.starts_with('#')) {
                seen += 1;
                assert!(texts.has(name), "{name}");
                let own = &texts.read.borrow().bundle;
                let [own, whole] = [own, &whole].map(|from| from.get_message(name).unwrap());
                assert_eq!(own.value(), whole.value(), "{name}");
            }
            assert!(seen > 400, "{seen}");
        }
    }

    #[test]
    fn a_message_brings_those_that_it_names() {
        let own = [
            "a = { $n ->\n    [one] x\n   *[other] { b }{c}\n}\nb = B\n-t = T\nc = { -t }\nd = D\n",
        ];
        let texts = Texts::with_messages(Language::English, &own);
        assert_eq!(texts.with("a", [("n", 2.into())]), "BT");
        assert!(!texts.read.borrow().names.contains("d"));
        // One that names itself is no endless work.
        let own = ["a = { b }\nb = { a }\n"];
        assert!(Texts::with_messages(Language::English, &own).has("a"));
    }

    /// Words of a group stand in one `match` of one function each.
    #[test]
    fn every_word_is_there() {
        let texts = Texts::new(Language::Japanese);
        let mut seen = 0;
        for group in [
            "pin",
            "certificate",
            "application",
            "step",
            "origin",
            "root",
            "io",
        ] {
            let function = format!(
                "fn {group}_{}(",
                if group == "io" { "reason" } else { "word" }
            );
            let source = include_str!("tell.rs");
            let body = source.split(&function).nth(1).unwrap();
            let body = body.split("\n}\n").next().unwrap();
            let group = if group == "io" { "reason" } else { group };
            let words = body.split([' ', '(', ')', ',', '\n']).filter_map(|piece| {
                let word = piece.strip_prefix('"')?.strip_suffix('"')?;
                word.bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'-')
                    .then_some(word)
            });
            for word in words.filter(|word| *word != group) {
                seen += 1;
                assert!(texts.has(&format!("{group}-{word}")), "{group}-{word}");
            }
        }
        assert!(seen > 50, "{seen}");
    }
}
