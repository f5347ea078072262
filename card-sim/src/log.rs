//! What programs do with a card, exchange by exchange: by name, and as a transcript.

use serde::{Deserialize, Serialize};

use crate::fault::{Exchange, Outcome};
use crate::os::describe::{Described, hexadecimal};

/// One exchange, without PINs and without what only a PIN opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The number of the exchange since the card was put in front of its reader.
    pub exchange: usize,
    /// The command's name in the standard.
    pub command: String,
    /// What it is about: `JPKI`, `authentication PIN`; empty if that is not known.
    pub target: String,
    /// The status word, or `lost`, `removed`, `gone`, `reset`, `cut`.
    pub answer: String,
    /// Bytes of data in the answer.
    pub bytes: usize,
    /// Attempts left of the PIN that the command names, after it.
    pub left: Option<u8>,
    /// Whether a PIN was presented.
    pub presented: bool,
    /// The two lines of a transcript.
    pub transcript: String,
}

impl Seen {
    /// What may be shown of an exchange.
    #[must_use]
    pub fn of(exchange: &Exchange<'_>) -> Self {
        let described = exchange.command;
        let pin = described.pin;
        let left = pin.and_then(|(one, id)| exchange.card.attempts_left(one, id));
        let (answer, bytes, line) = match exchange.outcome {
            Outcome::Answer(answer) => match answer.split_last_chunk::<2>() {
                Some((data, status)) => {
                    let status = format!("{:04X}", u16::from_be_bytes(*status));
                    let shown = match (data.len(), described.open) {
                        (0, _) => String::new(),
                        (_, true) => hexadecimal(data) + " ",
                        (length, false) => format!("[{length} personal bytes] "),
                    };
                    let line = format!("< {shown}{status}");
                    (status, data.len(), line)
                }
                None => ("cut".to_owned(), 0, "! lost".to_owned()),
            },
            Outcome::Lost => ("lost".to_owned(), 0, "! lost".to_owned()),
            Outcome::Removed => ("removed".to_owned(), 0, "! removed".to_owned()),
            Outcome::ReaderGone => ("gone".to_owned(), 0, "! gone".to_owned()),
            Outcome::Reset => ("reset".to_owned(), 0, "! reset".to_owned()),
        };
        let Described {
            instruction, shown, ..
        } = described;
        Self {
            exchange: exchange.number,
            command: described.instruction.to_owned(),
            target: described.target.clone(),
            answer,
            bytes,
            left,
            presented: exchange.presented,
            transcript: format!("> {shown} | {instruction}\n{line}"),
        }
    }

    /// `VERIFY authentication PIN → 63C2, 2 left`.
    #[must_use]
    pub fn line(&self) -> String {
        let Self {
            command, target, ..
        } = self;
        let mut line = format!("{command} {target}").trim_end().to_owned();
        line += &format!(" → {}", self.answer);
        if self.bytes > 0 {
            line += &format!(", {} bytes", self.bytes);
        }
        if let Some(left) = self.left {
            line += &format!(", {left} left");
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::fault::{Fault, Plan, Wire};
    use crate::os::tests::{SELECT_JPKI, card, persona};

    const QUERY: &[u8] = &[0, 0x20, 0, 0x98];

    fn send(wire: &mut Wire, command: &[u8]) {
        let fault = wire.depart(command);
        wire.exchange(command, fault);
    }

    #[test]
    fn a_watcher_sees_what_happened_and_no_pin() {
        let mut wire = Wire::new(card(&persona()));
        wire.card.power_on();
        let (sender, seen) = mpsc::channel();
        wire.watch(move |one| {
            let seen = Seen::of(one);
            sender.send((seen.line(), seen.transcript)).unwrap();
        });
        send(&mut wire, SELECT_JPKI);
        send(&mut wire, &[0, 0xA4, 2, 0x0C, 2, 0, 0x18]);
        let wrong: &[u8] = &[0, 0x20, 0, 0x80, 4, 0x39, 0x39, 0x39, 0x39];
        send(&mut wire, wrong);
        wire.add_faults(Plan::new().at(1, Fault::LoseAnswer));
        send(&mut wire, QUERY);
        send(&mut wire, &[0, 0xB0, 0x8A, 0, 4]);
        drop(wire);
        let (lines, transcript): (Vec<_>, Vec<_>) = seen.iter().unzip();
        assert_eq!(
            lines,
            [
                "SELECT FILE JPKI → 9000",
                "SELECT FILE JPKI 0018 → 9000",
                "VERIFY authentication PIN → 63C2, 2 left",
                "VERIFY authentication PIN → lost, 2 left",
                "READ BINARY JPKI 000A → 9000, 4 bytes",
            ]
        );
        assert_eq!(transcript[2], "> 00 20 00 80 [secret] | VERIFY\n< 63C2");
        assert_eq!(transcript[3], "> 00 20 00 98 | VERIFY\n! lost");
        assert!(!transcript.concat().contains("39 39"), "{transcript:?}");
    }
}
