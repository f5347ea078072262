//! A reader with a keypad of its own (PC/SC part 10): keys that were scripted become a PIN inside a
//! command, and no program sees it.
//!
//! Source: PC/SC part 10, revision 2.02.09: 2.5.2 (PIN_VERIFY_STRUCTURE), 2.5.3
//! (PIN_MODIFY_STRUCTURE), 2.5.8 (answers of the reader). Digits are ASCII, justified to the left.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::desk::{Desk, Reader};
use super::link::code;
use crate::front::control::Keys;
use crate::os::status::Sw;

/// How often a wait looks whether its program still lives.
const LOOK: Duration = Duration::from_millis(100);

/// Answers of the reader itself; the card was sent nothing.
const TIMED_OUT: Sw = 0x6400;
const CANCELLED: Sw = 0x6401;
const NOT_REPEATED: Sw = 0x6402;
const WRONG_LENGTH: Sw = 0x6403;
const WRONG_STRUCTURE: Sw = 0x6B80;

/// Which of the two structures a program sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Verify,
    Modify,
}

/// What a program asks the reader to ask.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    wait: Duration,
    least: usize,
    most: usize,
    /// Bytes that the PIN takes in the command; zero: as many as there are digits.
    block: usize,
    header: [u8; 4],
    data: Vec<u8>,
    /// Where in the data the PIN in force goes, if it is asked for.
    old: Option<usize>,
    /// Where the new PIN goes; of VERIFY there is none.
    new: Option<usize>,
    /// Whether the new PIN is asked for twice.
    again: bool,
}

impl Asked {
    fn parse(form: Form, bytes: &[u8]) -> Option<Self> {
        let (fixed, apdu) = bytes.split_at_checked(match form {
            Form::Verify => 19,
            Form::Modify => 24,
        })?;
        let (fixed, length) = fixed.split_last_chunk::<4>()?;
        if usize::try_from(u32::from_le_bytes(*length)) != Ok(apdu.len()) {
            return None;
        }
        let at = |place: usize| fixed.get(place).copied();
        let (format, sizes, inserted) = (at(2)?, at(3)?, at(4)?);
        // Left justified ASCII, in units of bytes; no length inside the data.
        if format & 0x07 != 0x02 || sizes >> 4 != 0 {
            return None;
        }
        let position = usize::from(format >> 3 & 0x0F);
        if position != 0 && format & 0x80 == 0 || inserted & 0x0F > 4 {
            return None;
        }
        let (old, new, again, limits) = match form {
            Form::Verify => (Some(position), None, false, 5),
            Form::Modify => {
                let confirm = at(9)?;
                let old = (confirm & 2 != 0).then_some(position + usize::from(at(5)?));
                let new = position + usize::from(at(6)?);
                (old, Some(new), confirm & 1 != 0, 7)
            }
        };
        let (most, least) = (usize::from(at(limits)?), usize::from(at(limits + 1)?));
        let (header, body) = apdu.split_first_chunk()?;
        let data = match body.split_first() {
            None => &[][..],
            Some((length, data)) if usize::from(*length) == data.len() => data,
            Some(_) => return None,
        };
        if least > most || most > 16 {
            return None;
        }
        Some(Self {
            wait: Duration::from_secs(match at(0)? {
                0 => 30,
                seconds => seconds.into(),
            }),
            least,
            most,
            block: usize::from(sizes),
            header: *header,
            data: data.to_vec(),
            old,
            new,
            again,
        })
    }

    /// How many entries the reader asks for.
    fn questions(&self) -> usize {
        let new = match (self.new, self.again) {
            (None, _) => 0,
            (Some(_), false) => 1,
            (Some(_), true) => 2,
        };
        usize::from(self.old.is_some()) + new
    }

    /// The command with what was typed, or what the reader answers instead.
    fn command(mut self, typed: &[String]) -> Result<Vec<u8>, Sw> {
        let fits = |digits: &String| (self.least..=self.most).contains(&digits.len());
        if !typed.iter().all(fits) {
            return Err(WRONG_LENGTH);
        }
        let mut typed = typed.iter();
        let old = self.old.and_then(|at| Some((at, typed.next()?)));
        let new = self.new.and_then(|at| Some((at, typed.next()?)));
        if self.again && new.map(|(_, digits)| digits) != typed.next() {
            return Err(NOT_REPEATED);
        }
        if self.block == 0 {
            // Without a size each is as long as it was typed, one behind the other.
            self.data.truncate(old.or(new).map_or(0, |(at, _)| at));
        }
        for (at, digits) in old.into_iter().chain(new) {
            self.put(at, digits.as_bytes())?;
        }
        let length = u8::try_from(self.data.len()).map_err(|_| WRONG_STRUCTURE)?;
        let mut command = self.header.to_vec();
        command.push(length);
        command.extend(self.data);
        Ok(command)
    }

    fn put(&mut self, at: usize, digits: &[u8]) -> Result<(), Sw> {
        if self.block == 0 {
            self.data.extend_from_slice(digits);
            return Ok(());
        }
        let room = self.data.get_mut(at..at + self.block);
        let room = room.and_then(|room| room.get_mut(..digits.len()));
        room.ok_or(WRONG_STRUCTURE)?.copy_from_slice(digits);
        Ok(())
    }
}

impl Desk {
    /// Gives every reader a keypad whose keys are pressed by the control socket.
    pub fn give_pinpads(&self) {
        for reader in &mut self.lock().readers {
            reader.pinpad = Some(VecDeque::new());
        }
    }

    /// FEATURE_VERIFY_PIN_DIRECT and FEATURE_MODIFY_PIN_DIRECT: asks for keys and sends the command.
    ///
    /// Nothing else reaches the card meanwhile, as with a real reader; the card can be taken out.
    pub(super) fn enter(
        &self,
        context: u32,
        handle: u32,
        form: Form,
        structure: &[u8],
        lives: impl Fn() -> bool,
    ) -> Result<Vec<u8>, u32> {
        let (mut state, index) = self.ready(context, handle)?;
        let Some(asked) = Asked::parse(form, structure) else {
            return Ok(WRONG_STRUCTURE.to_be_bytes().to_vec());
        };
        let reader = state.reader(index)?;
        reader.busy = true;
        let events = reader.events;
        let end = Instant::now() + asked.wait;
        let mut typed = Vec::new();
        let entered = loop {
            let reader = state.reader(index)?;
            if reader.events != events {
                break Err(None);
            }
            if typed.len() == asked.questions() {
                break asked.command(&typed).map_err(Some);
            }
            match reader.pinpad.as_mut().and_then(VecDeque::pop_front) {
                Some(Keys::Digits(digits)) => typed.push(digits),
                Some(Keys::Cancel) => break Err(Some(CANCELLED)),
                Some(Keys::Timeout) => break Err(Some(TIMED_OUT)),
                None => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left.is_zero() || !lives() {
                        break Err(Some(TIMED_OUT));
                    }
                    reader.asks = true;
                    state = self.turn(state, left.min(LOOK));
                }
            }
        };
        let reader = state.reader(index)?;
        (reader.busy, reader.asks) = (false, false);
        match entered {
            Ok(command) => self.carry(state, index, &command),
            Err(Some(status)) => {
                self.wake(&state);
                Ok(status.to_be_bytes().to_vec())
            }
            Err(None) => {
                self.wake(&state);
                Err(code::REMOVED_CARD)
            }
        }
    }

    /// The features of a reader with a keypad, as tags and control codes.
    pub(super) fn features(reader: &Reader) -> Vec<u8> {
        let mut tags = Vec::new();
        if reader.pinpad.is_some() {
            for (tag, control) in [(0x06, VERIFY), (0x07, MODIFY), (0x0A, PIN_PROPERTIES)] {
                tags.extend_from_slice(&[tag, 4]);
                tags.extend_from_slice(&control.to_be_bytes());
            }
        }
        tags
    }
}

/// FEATURE_VERIFY_PIN_DIRECT, by the number that libccid gives it.
pub(super) const VERIFY: u32 = 0x4233_0006;
/// FEATURE_MODIFY_PIN_DIRECT.
pub(super) const MODIFY: u32 = 0x4233_0007;
/// FEATURE_IFD_PIN_PROPERTIES.
pub(super) const PIN_PROPERTIES: u32 = 0x4233_000A;

/// PIN_PROPERTIES_STRUCTURE: no display, a validation key, one time-out.
pub(super) const PROPERTIES: [u8; 4] = [0, 0, 2, 0];

/// The same as tags of FEATURE_GET_TLV_PROPERTIES, with the fewest and most digits.
pub(super) const TAGS: [u8; 16] = [
    0x01, 2, 0, 0, 0x02, 1, 2, 0x03, 1, 0, 0x06, 1, 1, 0x07, 1, 16,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// VERIFY of four digits at 0098, as our library asks for it.
    const FOUR: [u8; 28] = [
        30, 30, 0x82, 4, 0, 4, 4, 2, 1, 0x11, 4, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0x20, 0, 0x98, 4, 255,
        255, 255, 255,
    ];

    fn typed(form: Form, structure: &[u8], entries: &[&str]) -> Result<Vec<u8>, Sw> {
        let asked = Asked::parse(form, structure).ok_or(WRONG_STRUCTURE)?;
        assert_eq!(asked.questions(), entries.len());
        let entries: Vec<String> = entries.iter().map(|&entry| entry.to_owned()).collect();
        asked.command(&entries)
    }

    fn modify(block: u8, offsets: [u8; 2], confirm: u8, apdu: &[u8]) -> Vec<u8> {
        let mut structure = vec![
            30, 30, 0x82, block, 0, offsets[0], offsets[1], 4, 4, confirm,
        ];
        structure.extend([2, 3, 0x11, 4, 0, 1, 2, 0, 0, 0]);
        structure.extend(u32::try_from(apdu.len()).unwrap().to_le_bytes());
        structure.extend(apdu);
        structure
    }

    #[test]
    fn digits_go_where_the_structure_says() {
        let verify = [0, 0x20, 0, 0x98, 4, 0x31, 0x32, 0x33, 0x34];
        assert_eq!(typed(Form::Verify, &FOUR, &["1234"]), Ok(verify.to_vec()));
        assert_eq!(typed(Form::Verify, &FOUR, &["123"]), Err(WRONG_LENGTH));
        assert_eq!(typed(Form::Verify, &FOUR, &["12345"]), Err(WRONG_LENGTH));
        // As OpenSC writes a PIN of open length: no block, no data.
        let open = [
            30, 30, 0x82, 0, 4, 16, 4, 2, 1, 9, 4, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0x20, 0, 0x98, 0,
        ];
        assert_eq!(typed(Form::Verify, &open, &["1234"]), Ok(verify.to_vec()));
        let change = [0, 0x24, 1, 0x80, 4, 255, 255, 255, 255];
        let structure = modify(4, [0, 0], 1, &change);
        let changed = [0, 0x24, 1, 0x80, 4, 0x35, 0x36, 0x37, 0x38];
        assert_eq!(
            typed(Form::Modify, &structure, &["5678", "5678"]),
            Ok(changed.to_vec())
        );
        assert_eq!(
            typed(Form::Modify, &structure, &["5678", "5679"]),
            Err(NOT_REPEATED)
        );
        let both = modify(4, [0, 4], 2, &[0, 0x24, 0, 0x80, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
        let command = typed(Form::Modify, &both, &["1234", "5678"]).unwrap();
        assert_eq!(&command[5..], b"12345678");
        let behind = modify(0, [0, 0], 3, &[0, 0x24, 0, 0x80]);
        let command = typed(Form::Modify, &behind, &["1234", "5678", "5678"]).unwrap();
        assert_eq!(&command[4..], b"\x0812345678");
    }

    #[test]
    fn structures_that_cannot_be_followed_are_refused() {
        assert!(Asked::parse(Form::Verify, &FOUR).is_some());
        for length in 0..FOUR.len() {
            assert_eq!(Asked::parse(Form::Verify, &FOUR[..length]), None);
        }
        // BCD, right justified, a length inside, sixteen digits at most, a length of its own.
        for (place, value) in [(2, 0x81), (2, 0x86), (3, 0x44), (5, 17), (6, 5), (23, 3)] {
            let mut changed = FOUR;
            changed[place] = value;
            assert_eq!(Asked::parse(Form::Verify, &changed), None, "{place}");
        }
        // A block that the command has no room for.
        let mut wide = FOUR;
        wide[3] = 8;
        assert_eq!(typed(Form::Verify, &wide, &["1234"]), Err(WRONG_STRUCTURE));
    }
}
