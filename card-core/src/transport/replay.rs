//! A written dialogue as a card: tests that need no simulator, and transcripts of real cards.
//!
//! The text is what [`crate::observe::Transcript`] writes: `>` a command, `<` its answer in
//! hexadecimal, `!` a transport error by name (`removed`, `reset`, `lost`), `#` a comment. In a
//! command `[secret]` and `[N personal bytes]` stand for anything; in an answer
//! `[N personal bytes]` is replayed as N zero bytes.

use thiserror::Error;
use zeroize::Zeroizing;

use super::{Exclusive, Leave, Link, ReaderDescription, Since, Transport, TransportError};

/// A dialogue that plays the card's part.
#[derive(Clone, Debug)]
pub struct Replay {
    atr: Vec<u8>,
    steps: Vec<Step>,
    next: usize,
    leaves: Vec<Leave>,
    removed: bool,
}

#[derive(Clone, Debug)]
struct Step {
    line: usize,
    command: Vec<u8>,
    /// Whether bytes that are not shown may follow those of `command`.
    open: bool,
    answer: Result<Vec<u8>, TransportError>,
}

/// A line of a dialogue, or a command with the line of its answer.
pub(crate) enum Line<'t> {
    Exchange(Exchange<'t>),
    /// The answer to reset.
    Attached(Vec<u8>),
    /// What follows `#`.
    Note(&'t str),
}

/// A command as shown, and what came back.
pub(crate) struct Exchange<'t> {
    pub(crate) command: Vec<u8>,
    /// Whether bytes that are not shown may follow those of `command`.
    pub(crate) open: bool,
    /// Whether these are a PIN.
    pub(crate) secret: bool,
    /// What follows `|`.
    pub(crate) name: &'t str,
    /// With hidden bytes as zeros, and the status word.
    pub(crate) answer: Result<Vec<u8>, TransportError>,
}

/// What is wrong with the text of a dialogue.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("line {line} of the dialogue is not understood")]
pub struct DialogueError {
    /// Line, from 1.
    pub line: usize,
}

impl Replay {
    /// Reads a dialogue.
    ///
    /// # Errors
    ///
    /// [`DialogueError`] with the line that is not understood.
    pub fn parse(text: &str) -> Result<Self, DialogueError> {
        let mut replay = Self {
            atr: Vec::new(),
            steps: Vec::new(),
            next: 0,
            leaves: Vec::new(),
            removed: false,
        };
        for (line, found) in lines(text)? {
            match found {
                Line::Exchange(exchange) => replay.steps.push(Step {
                    line,
                    command: exchange.command,
                    open: exchange.open,
                    answer: exchange.answer,
                }),
                Line::Attached(atr) => replay.atr = atr,
                Line::Note(_) => {}
            }
        }
        Ok(replay)
    }

    /// How windows were left so far, in order.
    #[must_use]
    pub fn leaves(&self) -> &[Leave] {
        &self.leaves
    }

    /// Whether every step was played.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.next == self.steps.len()
    }
}

impl Transport for Replay {
    fn begin(&mut self) -> Result<(Box<dyn Exclusive + '_>, Since), TransportError> {
        if self.removed {
            return Err(TransportError::Removed);
        }
        Ok((Box::new(Window(self)), Since::Unchanged))
    }

    fn description(&self) -> ReaderDescription {
        ReaderDescription {
            name: "replay".into(),
            simulated: true,
        }
    }
}

struct Window<'r>(&'r mut Replay);

impl Exclusive for Window<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let last = self.0.steps.last().map_or(0, |step| step.line);
        let step = self
            .0
            .steps
            .get(self.0.next)
            .ok_or(TransportError::NotInDialogue { line: last + 1 })?;
        let fits = if step.open {
            command.starts_with(&step.command)
        } else {
            command == step.command
        };
        if !fits {
            return Err(TransportError::NotInDialogue { line: step.line });
        }
        self.0.next += 1;
        self.0.removed |= step.answer == Err(TransportError::Removed);
        step.answer.clone().map(Zeroizing::new)
    }

    fn link(&self) -> Link {
        Link {
            atr: self.0.atr.clone(),
            largest_apdu: None,
        }
    }

    fn end(self: Box<Self>, leave: Leave) -> Result<(), TransportError> {
        self.0.leaves.push(leave);
        Ok(())
    }
}

/// The lines of a dialogue with their numbers, from 1; an exchange has that of its command.
pub(crate) fn lines(text: &str) -> Result<Vec<(usize, Line<'_>)>, DialogueError> {
    let mut found = Vec::new();
    let mut asked: Option<(usize, Exchange<'_>)> = None;
    for (number, whole) in (1..).zip(text.lines()) {
        let wrong = DialogueError { line: number };
        let (line, name) = whole.split_once('|').unwrap_or((whole, ""));
        let line = line.trim();
        let Some(mark) = line.chars().next() else {
            continue;
        };
        let rest = line.get(mark.len_utf8()..).unwrap_or_default().trim();
        match mark {
            '>' if asked.is_none() => {
                let (shown, open) = match rest.split_once('[') {
                    Some((shown, _)) => (shown, true),
                    None => (rest, false),
                };
                let exchange = Exchange {
                    command: hex(shown).ok_or(wrong)?,
                    open,
                    secret: rest.contains("[secret]"),
                    name: name.trim(),
                    answer: Err(TransportError::AnswerLost),
                };
                asked = Some((number, exchange));
            }
            '<' | '!' => {
                let (asked, mut exchange) = asked.take().ok_or(wrong)?;
                exchange.answer = if mark == '<' {
                    Ok(shown_answer(rest).ok_or(wrong)?)
                } else {
                    Err(named_error(rest).ok_or(wrong)?)
                };
                found.push((asked, Line::Exchange(exchange)));
            }
            'A' if line.starts_with("ATR ") => {
                let atr = hex(line.get(4..).unwrap_or_default()).ok_or(wrong)?;
                found.push((number, Line::Attached(atr)));
            }
            '#' => found.push((
                number,
                Line::Note(whole.trim_start_matches(['#', ' ']).trim_end()),
            )),
            '.' => {}
            _ => return Err(wrong),
        }
    }
    match asked {
        Some((line, _)) => Err(DialogueError { line }),
        None => Ok(found),
    }
}

fn named_error(name: &str) -> Option<TransportError> {
    Some(match name {
        "removed" => TransportError::Removed,
        "reset" => TransportError::Reset,
        "lost" => TransportError::AnswerLost,
        "gone" => TransportError::ReaderGone,
        "power" => TransportError::PowerLost,
        _ => return None,
    })
}

fn shown_answer(text: &str) -> Option<Vec<u8>> {
    let Some((before, hidden)) = text.split_once('[') else {
        return hex(text);
    };
    let (count, after) = hidden.split_once("personal bytes]")?;
    let count: usize = count.trim().parse().ok()?;
    let mut answer = hex(before)?;
    answer.resize(
        answer.len().checked_add(count).filter(|n| *n <= 0x1_0002)?,
        0,
    );
    answer.extend(hex(after)?);
    Some(answer)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIALOGUE: &str = "\
# a counter, a PIN, a personal answer
ATR 3B E0 00 FF 81 31 FE 45 14
> 00 20 00 98
< 63C3
> 00 20 00 98 [secret]
< 9000
> 00 B0 8A 00 00 | READ BINARY
< [4 personal bytes] 9000
> 00 84 00 00 08
! removed
";

    #[test]
    fn plays_its_part_in_order_and_stays_removed() {
        let mut replay = Replay::parse(DIALOGUE).unwrap();
        {
            let (mut window, _) = replay.begin().unwrap();
            assert_eq!(window.link().atr.len(), 9);
            assert_eq!(
                window.transmit(&[0, 0x20, 0, 0x98]).unwrap().as_slice(),
                [0x63, 0xC3]
            );
            assert_eq!(
                window.transmit(&[0, 0xB0, 0x8A, 0, 0]),
                Err(TransportError::NotInDialogue { line: 5 })
            );
            let verify = [0, 0x20, 0, 0x98, 4, 0x31, 0x32, 0x33, 0x34];
            assert_eq!(window.transmit(&verify).unwrap().as_slice(), [0x90, 0x00]);
            let read = window.transmit(&[0, 0xB0, 0x8A, 0, 0]).unwrap();
            assert_eq!(read.as_slice(), [0, 0, 0, 0, 0x90, 0x00]);
            assert_eq!(
                window.transmit(&[0, 0x84, 0, 0, 8]),
                Err(TransportError::Removed)
            );
            window.end(Leave::PowerOff).unwrap();
        }
        assert!(replay.is_finished());
        assert_eq!(replay.leaves(), [Leave::PowerOff]);
        assert!(matches!(replay.begin(), Err(TransportError::Removed)));
    }

    #[test]
    fn a_mistake_names_its_line() {
        for (text, line) in [
            ("> 00 20\n", 1),
            ("< 9000\n", 1),
            ("> 00\n< 9\n", 2),
            ("> 0G\n< 9000\n", 1),
            ("> 00\n! burnt\n", 2),
            ("> 00\n< [99999999999 personal bytes] 9000\n", 2),
            ("?\n", 1),
        ] {
            assert_eq!(
                Replay::parse(text).unwrap_err(),
                DialogueError { line },
                "{text}"
            );
        }
    }
}
