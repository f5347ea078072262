#![doc = include_str!("../README.md")]

mod codes;
mod fact;
mod tell;
mod texts;

pub use codes::told_in_order;
pub use fact::{Fact, Facts, Phrase, Word, listed, printable};
pub use tell::{Tell, application_word, certificate_word, io_reason, left_fact, pin_word};
pub use texts::{Language, Texts, Told, UnknownLanguage};
