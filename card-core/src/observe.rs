//! The only place that shows traffic: what passed between program and card, without secrets.
//!
//! The type of a command decides who may see it ([`Body`], [`Answer`]); an observer never gets the
//! hidden bytes, so no printer can leak them.

use std::fmt;
use std::io::Write;

use crate::iso::{Answer, Body, Command, Expected, Response};
use crate::pin::PinKind;
use crate::transport::{Leave, Link, Since, TransportError};

/// Is told what passes between program and card.
pub trait Observer: Send {
    /// A command was answered, or its answer was lost.
    fn exchange(&mut self, exchange: &Exchange<'_>);

    /// Something else happened. Does nothing unless overridden.
    fn event(&mut self, event: &Event) {
        let _ = event;
    }
}

/// What happens around the exchanges.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Another program is in a transaction; ours is waiting for its end.
    Waiting,
    /// A window was opened.
    Begun {
        /// What it speaks to.
        link: Link,
        /// What others did to the card before.
        since: Since,
    },
    /// A PIN is about to leave for the card. From now on the card must be made to forget.
    Presenting(PinKind),
    /// The window was closed; if a PIN was presented, the card has forgotten it.
    Ended(Leave),
}

/// One command and what came back, with everything that may be shown.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    command: &'a Command,
    answer: Result<&'a Response, TransportError>,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(command: &'a Command, answer: Result<&'a Response, TransportError>) -> Self {
        Self { command, answer }
    }

    /// The command's name in the standard.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.command.name()
    }

    /// Whether the command could cost a PIN attempt.
    #[must_use]
    pub fn costs_attempt(&self) -> bool {
        self.command.costs_attempt()
    }
}

impl fmt::Display for Exchange<'_> {
    /// Two lines as in a transcript: `> command | name` and `< answer`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "> {}", Hex(&self.command.header()))?;
        let body = match self.command.body() {
            Body::Empty => None,
            Body::Public(bytes) | Body::Personal(bytes) => Some(bytes.len()),
            // Never extended, and its length is not shown.
            Body::Secret(_) | Body::Pinpad(_) => None,
        };
        let expected = match self.command.expected() {
            Expected::Nothing => None,
            Expected::UpTo(length) => Some(length),
        };
        // The extended form begins with a zero byte and writes both lengths with two.
        let extended =
            body.is_some_and(|length| length > 255) || expected.is_some_and(|length| length > 256);
        if extended {
            f.write_str(" 00")?;
        }
        let length = |f: &mut fmt::Formatter<'_>, length: usize| {
            if extended {
                write!(f, " {:02X}", length / 256 % 256)?;
            }
            write!(f, " {:02X}", length % 256)
        };
        body.map_or(Ok(()), |body| length(f, body))?;
        match self.command.body() {
            Body::Empty => {}
            Body::Public(bytes) => write!(f, " {}", Hex(bytes))?,
            Body::Personal(bytes) => write!(f, " [{} personal bytes]", bytes.len())?,
            Body::Secret(_) | Body::Pinpad(_) => f.write_str(" [secret]")?,
        }
        expected.map_or(Ok(()), |expected| length(f, expected))?;
        writeln!(f, " | {}", self.command.name())?;
        match self.answer {
            Err(error) => write!(f, "! {}", error_name(error)),
            Ok(response) => {
                f.write_str("< ")?;
                match (response.data().len(), self.command.answer()) {
                    (0, _) => {}
                    (_, Answer::Public) => write!(f, "{} ", Hex(response.data()))?,
                    (length, Answer::Personal) => write!(f, "[{length} personal bytes] ")?,
                }
                write!(f, "{}", response.status())
            }
        }
    }
}

impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A transport error as a transcript has it.
pub(crate) fn error_name(error: TransportError) -> &'static str {
    match error {
        TransportError::Removed => "removed",
        TransportError::Reset => "reset",
        TransportError::ReaderGone => "gone",
        TransportError::PowerLost => "power",
        _ => "lost",
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, byte)| {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{byte:02X}")
        })
    }
}

/// The first line of every transcript.
pub const FIRST_LINE: &str = "# mynacard trace 1";

/// Writes a transcript that is safe to share: no PIN, no personal byte, no name of a reader.
///
/// A write error ends the transcript silently: showing traffic must never disturb it.
#[derive(Debug)]
pub struct Transcript<W> {
    writer: W,
    failed: bool,
}

impl<W: Write + Send> Transcript<W> {
    /// Starts a transcript.
    pub fn new(mut writer: W) -> Self {
        let failed = writeln!(writer, "{FIRST_LINE}").is_err();
        Self { writer, failed }
    }

    /// Whether something could not be written.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    fn line(&mut self, line: fmt::Arguments<'_>) {
        self.failed = self.failed || writeln!(self.writer, "{line}").is_err();
    }
}

impl<W: Write + Send> Observer for Transcript<W> {
    fn exchange(&mut self, exchange: &Exchange<'_>) {
        self.line(format_args!("{exchange}"));
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Begun { link, since } => {
                self.line(format_args!("ATR {}", Hex(&link.atr)));
                if *since == Since::Reset {
                    self.line(format_args!("# another program had reset the card"));
                }
            }
            Event::Waiting => self.line(format_args!("# waiting for another program")),
            Event::Presenting(kind) => self.line(format_args!("# presenting {kind:?}")),
            Event::Ended(leave) => self.line(format_args!("# left: {leave:?}")),
        }
        self.failed = self.failed || self.writer.flush().is_err();
    }
}

/// Counts exchanges and PINs presented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Commands that left, answered or not.
    pub exchanges: usize,
    /// Commands that could cost an attempt.
    pub presented: usize,
}

impl Observer for Tally {
    fn exchange(&mut self, exchange: &Exchange<'_>) {
        self.exchanges += 1;
        self.presented += usize::from(exchange.costs_attempt());
    }
}

/// Sees nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Blind;

impl Observer for Blind {
    fn exchange(&mut self, _: &Exchange<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iso::command::Reference;
    use crate::iso::{Aid, FileId};
    use crate::secret::Secret;

    fn shown(command: &Command, answer: &[u8]) -> String {
        let response = Response::parse(answer.to_vec().into()).unwrap();
        Exchange::new(command, Ok(&response)).to_string()
    }

    #[test]
    fn the_type_decides_what_is_shown() {
        let file = FileId::new(0x1B);
        let secret = Secret::new(b"SECRET77").unwrap();
        let verify = Command::verify(Reference::Short(file), &secret);
        assert_eq!(
            shown(&verify, &[0x63, 0xC4]),
            "> 00 20 00 9B [secret] | VERIFY\n< 63C4"
        );
        let read = Command::read_binary_of(FileId::new(1), 256, Answer::Personal);
        assert_eq!(
            shown(&read, b"\x30\x82\x90\x00"),
            "> 00 B0 81 00 00 | READ BINARY\n< [2 personal bytes] 9000"
        );
        let open = Command::read_binary_of(FileId::new(8), 65_536, Answer::Public);
        assert_eq!(
            shown(&open, b"\x8F\x8F\x00\x90\x00"),
            "> 00 B0 88 00 00 00 00 | READ BINARY\n< 8F 8F 00 9000"
        );
        let sign = Command::sign(Reference::Short(FileId::new(0x17)), b"digest");
        assert!(shown(&sign, &[0x69, 0x82]).contains("97 06 [6 personal bytes] 00 |"));
    }

    #[test]
    fn extended_commands_are_shown_as_they_travel() {
        let session = Command::set_session_key(&[7; 256]);
        assert_eq!(
            shown(&session, &[0x90, 0]),
            "> 80 AE 00 00 00 01 00 [256 personal bytes] | SET SESSION KEY\n< 9000"
        );
        let read = Command::read_binary_secured(0, 0).unwrap();
        let text = shown(&read, &[0x90, 0]);
        let wire = format!("> {} |", Hex(&read.to_wire()));
        assert!(text.starts_with(&wire), "{text}");
        for text in [text, shown(&session, &[0x90, 0])] {
            crate::transport::replay::Replay::parse(&text).unwrap();
        }
    }

    #[test]
    fn a_transcript_can_be_replayed() {
        let aid = Aid::new(&[0xA0, 0, 0, 1, 0x51, 0, 0]);
        let mut text = Vec::new();
        let mut transcript = Transcript::new(&mut text);
        let command = Command::select_application(aid);
        let response = Response::parse(vec![0x90, 0].into()).unwrap();
        transcript.exchange(&Exchange::new(&command, Ok(&response)));
        transcript.exchange(&Exchange::new(&command, Err(TransportError::Removed)));
        transcript.event(&Event::Ended(Leave::Reset));
        let text = String::from_utf8(text).unwrap();
        let mut replay = crate::transport::replay::Replay::parse(&text).unwrap();
        let (mut window, _) = crate::transport::Transport::begin(&mut replay).unwrap();
        assert_eq!(
            window.transmit(&command.to_wire()).unwrap().as_slice(),
            [0x90, 0]
        );
        assert_eq!(
            window.transmit(&command.to_wire()),
            Err(TransportError::Removed)
        );
    }
}
