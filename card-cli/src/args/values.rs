//! Values of options that several commands share, read from their text.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use card_core::Spend;

/// Consent to spend the last attempt, for commands that present a PIN.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Consent {
    #[arg(long)]
    pub(crate) spend_last_attempt: bool,
}

impl Consent {
    /// Which attempts may be spent without another question.
    pub(crate) fn spend(self) -> Spend {
        match self.spend_last_attempt {
            true => Spend::LastAttempt,
            false => Spend::KeepOne,
        }
    }
}

/// Which reader is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// By its place in the list, from 0.
    Index(usize),
    /// By part of its name.
    Name(String),
    /// A simulated one that holds the card of this resident.
    Simulated(String),
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Name(name) => write!(f, "{name}"),
            Self::Simulated(persona) => write!(f, "sim:{persona}"),
        }
    }
}

impl FromStr for Reader {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        match text.strip_prefix("sim:") {
            Some("") => return Err(NoValue),
            Some(persona) => return Ok(Self::Simulated(persona.into())),
            None if text.is_empty() => return Err(NoValue),
            None => {}
        }
        // A number too large for an index can still be part of a name.
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        Ok(match text.parse() {
            Ok(index) if digits => Self::Index(index),
            _ => Self::Name(text.into()),
        })
    }
}

/// How long to wait for a reader and a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Without limit.
    Forever,
    /// At most so long.
    For(Duration),
}

impl FromStr for Patience {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        if text.is_empty() {
            return Ok(Self::Forever);
        }
        let seconds: u32 = text.parse().map_err(|_| NoValue)?;
        Ok(Self::For(Duration::from_secs(seconds.into())))
    }
}

/// The text is not a value of this option; which values there are is said by its usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoValue;

impl std::fmt::Display for NoValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a value of this option")
    }
}

impl std::error::Error for NoValue {}

/// Where a PIN comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PinSource {
    /// Typed at the terminal.
    Prompt,
    /// Standard input.
    Stdin,
    /// An open file descriptor.
    Descriptor(u32),
    /// A file.
    File(PathBuf),
    /// The desktop's prompt.
    Pinentry,
    /// What is published of a simulated resident.
    Simulated,
}

impl FromStr for PinSource {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        Ok(match text {
            "prompt" => Self::Prompt,
            "stdin" => Self::Stdin,
            "pinentry" => Self::Pinentry,
            "sim" => Self::Simulated,
            _ => match text.split_once(':') {
                Some(("fd", number)) => Self::Descriptor(number.parse().map_err(|_| NoValue)?),
                Some(("file", path)) if !path.is_empty() => Self::File(path.into()),
                _ => return Err(NoValue),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_by_text() {
        let source = |text: &str| text.parse::<PinSource>();
        assert_eq!(source("fd:3"), Ok(PinSource::Descriptor(3)));
        assert_eq!(source("file:/a:b"), Ok(PinSource::File("/a:b".into())));
        for wrong in [
            "", "1234", "fd:", "fd:x", "fd:-1", "file:", "env:PIN", "PROMPT",
        ] {
            assert_eq!(source(wrong), Err(NoValue), "{wrong}");
        }
    }
}
