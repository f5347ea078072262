//! Values in messages; see `card_text`.

pub(crate) use card_text::{
    Fact, Facts, Phrase, Word, application_word, certificate_word, io_reason as reason, listed,
    pin_word,
};

/// A word by its group.
pub(crate) fn word(group: &'static str, word: &'static str) -> Word {
    Word::new(group, word)
}
