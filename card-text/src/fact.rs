//! What a sentence tells of: unchanged for programs, in the user's language for people.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

/// What a sentence tells of, by the names that its message has for it.
pub type Facts = Vec<(&'static str, Fact)>;

/// Something that a sentence tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
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
pub enum Phrase {
    /// As it is.
    Text(String),
    /// A word of ours.
    Word(Word),
    /// Each on a line of its own.
    List(Vec<Word>),
}

/// A word of ours: for programs as it is, for people the message `GROUP-WORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    group: &'static str,
    /// As programs get it.
    pub word: &'static str,
}

impl Word {
    /// A word by its group.
    #[must_use]
    pub const fn new(group: &'static str, word: &'static str) -> Self {
        Self { group, word }
    }

    /// The message.
    #[must_use]
    pub fn id(self) -> String {
        format!("{}-{}", self.group, self.word.replace('.', "-"))
    }
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&Path> for Fact {
    fn from(path: &Path) -> Self {
        Self::Text(path.display().to_string())
    }
}

impl From<PathBuf> for Fact {
    fn from(path: PathBuf) -> Self {
        path.as_path().into()
    }
}

impl From<usize> for Fact {
    fn from(count: usize) -> Self {
        Self::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<Word> for Fact {
    fn from(word: Word) -> Self {
        Self::Word(word)
    }
}

impl From<Vec<String>> for Fact {
    fn from(lines: Vec<String>) -> Self {
        Self::List(lines)
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

/// Each on a line of its own, indented.
#[must_use]
pub fn listed(lines: &[String]) -> String {
    lines
        .iter()
        .fold(String::new(), |text, line| text + "\n  " + &printable(line))
}

/// A text from outside as a terminal may get it: nothing in it can steer the terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        // The second group turns the direction of what follows.
        match character {
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(character.escape_unicode());
            }
            _ if character.is_control() => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    shown
}
