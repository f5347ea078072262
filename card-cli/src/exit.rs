//! End of a command: code, text and advice, exit status.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use card_core::Error;
use card_core::login::LoginReason;
use card_core::trust::{Reason, TrustError};
use card_text::{Facts, Tell, io_reason};
use serde::{Serialize, Serializer};

use crate::error::ProgramError;
use crate::facts::{Fact, Phrase};
use crate::streams;
use crate::texts::Texts;

/// Exit statuses of the library's codes. What has none here is a reason not to believe something: 40.
const LIBRARY: &[(u8, &[&str])] = &[
    (
        2,
        &[
            "nonce.store",
            "origin.invalid",
            "pin.needed",
            "pin.not-set",
            "pin.shape",
            "pinpad.length",
            "pinpad.none",
            "pinpad.not-repeated",
            "random.none",
            "replay.mismatch",
            "trust.empty",
            "trust.root",
            "trust.unreadable",
        ],
    ),
    (
        10,
        &[
            "card.none",
            "card.several",
            "reader.ambiguous",
            "reader.failed",
            "reader.gone",
            "reader.none",
            "reader.unknown",
            "service.none",
            "service.permission",
        ],
    ),
    (
        11,
        &[
            "application.missing",
            "certificate.absent",
            "file.missing",
            "pin.absent",
        ],
    ),
    (
        12,
        &[
            "card.mute",
            "card.power",
            "card.removed",
            "card.reset",
            "card.silent",
        ],
    ),
    (13, &["reader.busy"]),
    (
        14,
        &[
            "card.refused",
            "pin.split",
            "pinpad.refused",
            "secure.extended-length",
            "secure.lost",
            "signature.pss",
        ],
    ),
    (20, &["pin.refused-before", "pin.wrong"]),
    (21, &["pin.blocked"]),
    (22, &["pin.last-attempt"]),
    (30, &["card.malformed"]),
    (40, &["signature.mismatch"]),
    (
        50,
        &["operation.cancelled", "pinpad.cancelled", "pinpad.timeout"],
    ),
];

// A code without an exit status does not compile.
const _: () = {
    each_has_a_row(Error::CODES);
    each_has_a_row(TrustError::CODES);
};

#[expect(clippy::indexing_slicing, reason = "runs when compiling")]
const fn each_has_a_row(codes: &[&str]) {
    let mut at = 0;
    while at < codes.len() {
        assert!(row(codes[at]).is_some(), "a code without an exit status");
        at += 1;
    }
}

/// The status that the tables have for a code.
#[expect(clippy::indexing_slicing, reason = "runs when compiling, too")]
const fn row(code: &str) -> Option<u8> {
    let mut own = 0;
    while own < ProgramError::CODES.len() {
        if same(ProgramError::CODES[own].as_bytes(), code.as_bytes()) {
            return Some(ProgramError::STATUSES[own]);
        }
        own += 1;
    }
    let mut row = 0;
    while row < LIBRARY.len() {
        let (status, codes) = LIBRARY[row];
        let mut at = 0;
        while at < codes.len() {
            if same(codes[at].as_bytes(), code.as_bytes()) {
                return Some(status);
            }
            at += 1;
        }
        row += 1;
    }
    None
}

#[expect(clippy::indexing_slicing, reason = "runs when compiling, too")]
const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The exit status of a code.
pub(crate) fn status(code: &str) -> u8 {
    // What is neither is a bug of ours; a test looks at every code.
    row(code).unwrap_or(if is_refusal(code) { 40 } else { 1 })
}

/// Of card-verifiable certificates, beside those that X.509 has too.
const ISSUER_CODES: [&str; 2] = ["issuer.domain", "issuer.signature"];

/// Whether a code is a reason not to believe something.
fn is_refusal(code: &str) -> bool {
    LoginReason::CODES.contains(&code)
        || ISSUER_CODES.contains(&code)
        || Reason::ALL.iter().any(|reason| reason.code() == code)
}

/// Why a command did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: &'static str,
    facts: Facts,
    /// Whether standard output has the report that says so already.
    reported: bool,
    /// How many PINs had left for the card, where that is known.
    presented: Option<usize>,
}

impl Failure {
    /// What the library names by a code only, such as a reason not to believe something.
    pub(crate) fn of(code: &'static str) -> Self {
        Self {
            code,
            facts: Facts::new(),
            reported: false,
            presented: None,
        }
    }

    /// A whole report stands on standard output already: only a person is told.
    #[must_use]
    pub(crate) fn reported(mut self) -> Self {
        self.reported = true;
        self
    }

    /// So many PINs had left for the card: the advice is silent about an attempt where none had.
    #[must_use]
    pub(crate) fn after_presenting(mut self, pins: usize) -> Self {
        self.presented = Some(pins);
        self
    }

    /// Tells one thing more.
    #[must_use]
    pub(crate) fn telling(mut self, name: &'static str, fact: impl Into<Fact>) -> Self {
        self.facts.push((name, fact.into()));
        self
    }

    /// The command line is wrong; `text` says how, in the user's language.
    pub(crate) fn usage(text: String) -> Self {
        ProgramError::UsageWrong(Fact::Said(text)).into()
    }

    /// What was asked for is wrong, as the message `id` says with these values.
    pub(crate) fn usage_of(id: &'static str, values: Vec<(&'static str, Phrase)>) -> Self {
        ProgramError::UsageWrong(Fact::Sentence(id, values)).into()
    }

    /// A file failed with what the system said.
    pub(crate) fn file(
        error: fn(PathBuf, Fact) -> ProgramError,
        path: &Path,
        said: &io::Error,
    ) -> Self {
        error(path.into(), io_reason(said)).into()
    }

    /// The code.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        status(self.code)
    }

    /// What the message tells of, by name.
    pub(crate) fn details(&self) -> serde_json::Value {
        // Texts and numbers, so it can be written.
        serde_json::to_value(Details(&self.facts)).unwrap_or_default()
    }

    /// A count that the message tells of.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.facts.iter().find_map(|(known, fact)| match fact {
            Fact::Number(number) if *known == name => Some(*number),
            _ => None,
        })
    }

    /// What happened and what to do next.
    pub(crate) fn texts(&self, texts: &Texts) -> (String, String) {
        let mut facts = self.facts.clone();
        let named = |(name, _): &(&str, Fact)| *name == "command";
        if self.code == "usage.wrong" && !facts.iter().any(named) {
            facts.push(("command", Fact::Text("mynacard".into())));
        }
        facts.extend(self.presented.map(|pins| ("presented", pins.into())));
        let told = texts.told(self.code, &facts);
        (told.what, told.next)
    }

    /// The same for those who have no command line before them: `serve-next-CODE` goes before the
    /// advice, and `texts` are [`serve_texts`](crate::texts::serve_texts).
    pub(crate) fn texts_without_commands(&self, texts: &Texts) -> (String, String) {
        let (what, next) = self.texts(texts);
        let own = format!("serve-next-{}", self.code.replace('.', "-"));
        match texts.has(&own) {
            true => (what, texts.say(&own)),
            false => (what, next),
        }
    }

    /// Tells the user, on standard error or as JSON on standard output.
    pub(crate) fn show(&self, texts: &Texts, json: bool) -> ExitCode {
        let status = status(self.code);
        let (message, advice) = self.texts(texts);
        // Best effort: with closed streams only the exit status is left.
        let _ = if json && !self.reported {
            let document = streams::document(&Report {
                schema: "mynacard.error/1",
                code: self.code,
                message: &message,
                advice: &advice,
                exit: status,
                details: Details(&self.facts),
            });
            document
                .map_err(io::Error::from)
                .and_then(|bytes| streams::write_stdout(&bytes))
        } else {
            streams::note(&format!("{}{message}\n{advice}", texts.say("label-error")));
            Ok(())
        };
        ExitCode::from(status)
    }
}

/// `mynacard.error/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Report<'a> {
    schema: &'static str,
    code: &'a str,
    message: &'a str,
    advice: &'a str,
    exit: u8,
    details: Details<'a>,
}

/// What the message tells of, by name.
struct Details<'a>(&'a [(&'static str, Fact)]);

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let facts = self
            .0
            .iter()
            .filter(|(_, fact)| !matches!(fact, Fact::Said(_) | Fact::Sentence(..)));
        serializer.collect_map(facts.map(|(name, fact)| (name, fact)))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Details<'_> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Details".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": {
                "anyOf": [
                    { "type": "string" },
                    { "type": "integer" },
                    { "type": "array", "items": { "type": "string" } },
                ],
            },
        })
    }
}

impl<T: Tell> From<T> for Failure {
    fn from(error: T) -> Self {
        Self {
            code: error.code(),
            facts: error.facts(),
            reported: false,
            presented: None,
        }
    }
}

/// Every code with its exit status, in the order of the codes.
#[cfg(test)]
pub(crate) fn every_code() -> std::collections::BTreeMap<&'static str, u8> {
    tests::codes().map(|code| (code, status(code))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::{Language, program_texts};

    pub(super) fn codes() -> impl Iterator<Item = &'static str> {
        let ours = Error::CODES
            .iter()
            .chain(ProgramError::CODES)
            .chain(TrustError::CODES);
        let reasons = Reason::ALL.iter().map(|reason| reason.code());
        let login = LoginReason::CODES.iter().chain(&["origin.invalid"]);
        ours.chain(login)
            .chain(&ISSUER_CODES)
            .copied()
            .chain(reasons)
    }

    #[test]
    fn every_code_has_a_status_and_texts() {
        let both = [Language::Japanese, Language::English].map(program_texts);
        for code in codes() {
            // A client that cannot be understood is a bug too: of the client.
            let bug = ["program.bug", "frame.broken"].contains(&code);
            assert_eq!(status(code) == 1, bug, "{code}");
            let id = code.replace('.', "-");
            for texts in &both {
                for kind in ["err", "rec"] {
                    assert!(texts.has(&format!("{kind}-{id}")), "{kind}-{id}");
                }
            }
        }
        assert!(ProgramError::CODES.is_sorted());
        let mut all: Vec<&str> = codes().collect();
        all.sort_unstable();
        assert!(
            all.windows(2).all(|pair| pair[0] != pair[1]),
            "a code of two"
        );
    }

    /// The entry of a code in `docs/errors.md`, with its variables by name.
    fn entry(code: &'static str, both: &[Texts; 2]) -> String {
        use std::fmt::Write as _;
        let mut entry = format!("## `{code}` — {}\n", status(code));
        for texts in both {
            let failure = Failure::of(code);
            let (message, advice) = failure.texts(texts);
            write!(entry, "\n> {}\n>\n> {}\n", quote(&message), quote(&advice)).unwrap();
        }
        entry
    }

    fn quote(text: &str) -> String {
        text.replace('\n', "\n> ")
    }

    /// Writes the page anew where the texts changed: `MYNACARD_BLESS=1 cargo test -p card-cli`.
    #[test]
    fn the_page_of_errors_is_up_to_date() {
        let both = [Language::Japanese, Language::English].map(program_texts);
        let mut page = include_str!("../locales/errors-head.md").to_owned();
        let mut all: Vec<&str> = codes().collect();
        all.sort_by_key(|code| (status(code), *code));
        for code in all {
            page += "\n";
            page += &entry(code, &both);
        }
        crate::tests::bless("docs/errors.md", &page);
    }

    #[test]
    fn schema() {
        crate::tests::schema::<Report<'static>>("error", crate::tests::Envelope::Bare);
    }
}
