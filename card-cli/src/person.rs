//! Somebody who types: at the terminal or into the desktop's prompt.

use card_core::Error;
use pinentry::PassphraseInput;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::exit::Failure;
use crate::facts::{Fact, word};
use crate::program::Program;
use crate::secrets::PinSource;
use crate::terminal::Terminal;

/// Somebody who types.
pub(crate) enum Person<'p> {
    Terminal(Terminal<'p>),
    Pinentry,
}

impl<'p> Person<'p> {
    /// The person behind a source, if one is.
    pub(crate) fn of(source: &PinSource, program: &'p Program) -> Result<Option<Self>, Failure> {
        match source {
            PinSource::Prompt => match Terminal::open(&program.signals) {
                Ok(terminal) => Ok(Some(Self::Terminal(terminal))),
                Err(_) => Err(Failure::new("pin.no-terminal")),
            },
            PinSource::Pinentry => Ok(Some(Self::Pinentry)),
            _ => Ok(None),
        }
    }

    /// Asks one question whose answer is not shown.
    pub(crate) fn answer(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let cancelled = || Failure::from(Error::Cancelled);
        match self {
            Self::Terminal(terminal) => terminal
                .ask_hidden(question)
                .map_err(|error| Failure::file("pin.source", "/dev/tty".as_ref(), &error))?
                .ok_or_else(cancelled),
            Self::Pinentry => {
                let missing = || {
                    Failure::new("pin.source")
                        .telling("path", Fact::Text("pinentry".into()))
                        .telling("reason", Fact::Word(word("reason", "no-pinentry")))
                };
                let mut dialog = PassphraseInput::with_default_binary().ok_or_else(missing)?;
                // The prompt is a label in front of the field: the question itself stands above.
                dialog
                    .with_title("mynacard")
                    .with_description(question.trim_end())
                    .with_prompt("PIN:");
                match dialog.interact() {
                    Ok(value) => Ok(Zeroizing::new(value.expose_secret().as_bytes().to_vec())),
                    Err(pinentry::Error::Cancelled | pinentry::Error::Timeout) => Err(cancelled()),
                    Err(error) => Err(Failure::new("pin.source")
                        .telling("path", Fact::Text("pinentry".into()))
                        .telling("reason", Fact::Text(error.to_string()))),
                }
            }
        }
    }

    /// Whether the person agrees to spend the last attempt.
    pub(crate) fn agrees(&mut self, pin: &str, program: &Program) -> Result<bool, Failure> {
        let question = program
            .texts
            .with("prompt-last-attempt", [("pin", pin.into())]);
        self.types(&["last", "最後"], &question)
    }

    /// Whether the person agrees to something by typing one of these words.
    ///
    /// A pinentry is no place for a word that must be read with care: there the option is needed.
    pub(crate) fn types(&mut self, words: &[&str], question: &str) -> Result<bool, Failure> {
        let Self::Terminal(terminal) = self else {
            return Ok(false);
        };
        let answer = terminal
            .ask(question)
            .map_err(|error| Failure::file("pin.source", "/dev/tty".as_ref(), &error))?
            .ok_or_else(|| Failure::from(Error::Cancelled))?;
        let answer = String::from_utf8_lossy(&answer);
        Ok(words.contains(&answer.trim()))
    }
}
