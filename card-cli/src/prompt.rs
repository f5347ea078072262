//! Terminal and pinentry prompts.

use card_core::Error;
use pinentry::{ConfirmationDialog, MessageDialog, PassphraseInput};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::args::PinSource;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::word;
use crate::memory;
use crate::program::Program;
use crate::terminal::Terminal;

/// The person who answers a prompt.
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
                Err(_) => Err(ProgramError::PinNoTerminal.into()),
            },
            PinSource::Pinentry => Ok(Some(Self::Pinentry)),
            _ => Ok(None),
        }
    }

    /// Asks one question whose answer is not shown.
    pub(crate) fn answer(&mut self, question: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        memory::keep_from_dumps();
        let cancelled = || Failure::from(Error::Cancelled);
        match self {
            Self::Terminal(terminal) => terminal
                .ask_hidden(question)
                .map_err(|error| {
                    Failure::file(ProgramError::PinSource, "/dev/tty".as_ref(), &error)
                })?
                .map(half_width)
                .ok_or_else(cancelled),
            Self::Pinentry => {
                let dialog = PassphraseInput::with_default_binary();
                let mut dialog = dialog.ok_or_else(no_pinentry)?;
                // The prompt is a label in front of the field: the question itself stands above.
                dialog
                    .with_title("mynacard")
                    .with_description(question.trim_end())
                    .with_prompt("PIN:");
                match dialog.interact() {
                    Ok(value) => {
                        let value = value.expose_secret().as_bytes().to_vec();
                        Ok(half_width(Zeroizing::new(value)))
                    }
                    Err(error) => Err(failed(&error)),
                }
            }
        }
    }

    /// Whether the person says yes. Any other answer than yes and no is asked for again, so that
    /// the program does not end while the person goes on typing.
    pub(crate) fn says_yes(&mut self, question: &str) -> Result<bool, Failure> {
        let Self::Terminal(terminal) = self else {
            return Ok(false);
        };
        loop {
            let answer = terminal
                .ask(question)
                .map_err(|error| {
                    Failure::file(ProgramError::PinSource, "/dev/tty".as_ref(), &error)
                })?
                .ok_or_else(|| Failure::from(Error::Cancelled))?;
            match String::from_utf8_lossy(&answer)
                .trim()
                .to_lowercase()
                .as_str()
            {
                "y" | "yes" | "はい" | "ｙ" | "ｙｅｓ" => return Ok(true),
                "n" | "no" | "いいえ" | "" => return Ok(false),
                _ => {}
            }
        }
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
            .map_err(|error| Failure::file(ProgramError::PinSource, "/dev/tty".as_ref(), &error))?
            .ok_or_else(|| Failure::from(Error::Cancelled))?;
        let answer = String::from_utf8_lossy(&answer);
        Ok(words.contains(&answer.trim()))
    }
}

/// Full-width digits and letters, which a Japanese input method writes, as the card takes them.
fn half_width(value: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(&value) else {
        return value;
    };
    let mut half = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut bytes = Zeroizing::new([0; 4]);
    for typed in text.chars() {
        let plain = match typed {
            '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => {
                char::from_u32(u32::from(typed) - FULL_WIDTH).unwrap_or(typed)
            }
            other => other,
        };
        half.extend_from_slice(plain.encode_utf8(&mut *bytes).as_bytes());
    }
    half
}

/// From a full-width character to its half-width twin.
const FULL_WIDTH: u32 = 0xFEE0;

/// Asks in the desktop's dialog for a yes; `ok` is what the button says.
pub(crate) fn confirms(question: &str, ok: &str) -> Result<bool, Failure> {
    let mut dialog = ConfirmationDialog::with_default_binary().ok_or_else(no_pinentry)?;
    dialog.with_title("mynacard").with_ok(ok);
    match dialog.confirm(question) {
        Err(pinentry::Error::Cancelled | pinentry::Error::Timeout) => Ok(false),
        confirmed => confirmed.map_err(|error| failed(&error)),
    }
}

/// Shows something in the desktop's dialog.
pub(crate) fn shows(message: &str) {
    // Best effort: a missing pinentry or a dismissed dialog is ignored.
    if let Some(mut dialog) = MessageDialog::with_default_binary() {
        let _ = dialog.with_title("mynacard").show_message(message);
    }
}

fn no_pinentry() -> Failure {
    ProgramError::PinSource("pinentry".into(), word("reason", "no-pinentry").into()).into()
}

fn failed(error: &pinentry::Error) -> Failure {
    match error {
        pinentry::Error::Cancelled | pinentry::Error::Timeout => Error::Cancelled.into(),
        error => ProgramError::PinSource("pinentry".into(), error.to_string().into()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_is_half_width() {
        let half = |text: &str| half_width(Zeroizing::new(text.as_bytes().to_vec())).to_vec();
        assert_eq!(half("１２３４"), b"1234");
        assert_eq!(half("ＡＺａｚ０９x"), b"AZaz09x");
        assert_eq!(half("あ"), "あ".as_bytes());
        assert_eq!(*half_width(Zeroizing::new(vec![0xFF, 0x31])), [0xFF, 0x31]);
    }
}
