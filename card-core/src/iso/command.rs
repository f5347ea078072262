//! Commands by named constructors, each with what may be shown of it.
//!
//! Wire form: class, instruction, P1, P2, then length and data, then the expected length
//! (ISO/IEC 7816-3, 12.1). A command whose expected length is over 256 takes the extended form.

use std::fmt;

use zeroize::Zeroizing;

use super::{Aid, FileId};
use crate::secret::Secret;

/// One command to the card.
///
/// Its bytes leave through `to_wire`, which only the channel calls; everybody else sees what
/// [`Body`] and [`Answer`] allow.
#[derive(Clone)]
pub struct Command {
    name: &'static str,
    header: [u8; 4],
    body: Body,
    expected: Expected,
    answer: Answer,
    costs_attempt: bool,
}

/// What a command carries, by who may see it.
#[derive(Clone)]
pub enum Body {
    /// Nothing.
    Empty,
    /// May be shown to anybody: names of applications and files.
    Public(Vec<u8>),
    /// Says something about a person or a document: shown by its length only.
    Personal(Vec<u8>),
    /// A PIN: nothing is shown, not even its length.
    Secret(Secret),
    /// A PIN of so many digits that a person types on the reader's keypad: it is never here.
    Pinpad(u8),
}

/// Who may see the data of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Anybody.
    Public,
    /// Only the caller who asked; a trace shows the length.
    Personal,
}

/// How many bytes of answer are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// None: the command has no length field for the answer.
    Nothing,
    /// 1 to 256 bytes (short), more than that up to 65 536 (extended).
    UpTo(usize),
}

/// A PIN, key or file named in P2: the current one, or one by its short identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The one selected last (`80`).
    Current,
    /// By short identifier (`80` + identifier), without SELECT.
    Short(FileId),
}

impl Reference {
    const fn p2(self) -> u8 {
        match self {
            Self::Current => 0x80,
            Self::Short(file) => 0x80 | file.short(),
        }
    }
}

impl Command {
    /// Selects an application by its full name, without asking for its description.
    #[must_use]
    pub fn select_application(aid: Aid) -> Self {
        let body = Body::Public(aid.as_bytes().to_vec());
        Self::new("SELECT application", [0x00, 0xA4, 0x04, 0x0C], body)
    }

    /// Selects a file, PIN or key of the current application.
    #[must_use]
    pub fn select_file(file: FileId) -> Self {
        let body = Body::Public(file.to_bytes().to_vec());
        Self::new("SELECT file", [0x00, 0xA4, 0x02, 0x0C], body)
    }

    /// Reads the current file from an offset of 15 bits; `None` for an offset beyond them.
    #[must_use]
    pub fn read_binary(offset: usize, length: usize, answer: Answer) -> Option<Self> {
        let [high, low] = u16::try_from(offset)
            .ok()
            .filter(|o| *o < 0x8000)?
            .to_be_bytes();
        Some(Self::new("READ BINARY", [0x00, 0xB0, high, low], Body::Empty).asks(length, answer))
    }

    /// Reads a file from its start by its short identifier, which selects it as well.
    #[must_use]
    pub fn read_binary_of(file: FileId, length: usize, answer: Answer) -> Self {
        Self::new(
            "READ BINARY",
            [0x00, 0xB0, 0x80 | file.short(), 0x00],
            Body::Empty,
        )
        .asks(length, answer)
    }

    /// Reads a record of the current file or of a file by its short identifier.
    #[must_use]
    pub fn read_record(reference: Reference, number: u8, answer: Answer) -> Self {
        let p2 = match reference {
            Reference::Current => 0x04,
            Reference::Short(file) => file.short() << 3 | 0x04,
        };
        Self::new("READ RECORD", [0x00, 0xB2, number, p2], Body::Empty).asks(256, answer)
    }

    /// Asks how many attempts a PIN has left. Costs none.
    #[must_use]
    pub fn attempts(reference: Reference) -> Self {
        Self::new(
            "VERIFY (counter)",
            [0x00, 0x20, 0x00, reference.p2()],
            Body::Empty,
        )
    }

    /// Presents a PIN. **A wrong one costs an attempt.** Never sent twice for one consent.
    #[must_use]
    pub fn verify(reference: Reference, value: &Secret) -> Self {
        let body = Body::Secret(value.clone());
        let mut command = Self::new("VERIFY", [0x00, 0x20, 0x00, reference.p2()], body);
        command.costs_attempt = true;
        command
    }

    /// Presents a PIN of so many digits that is typed on the reader. **A wrong one costs an attempt.**
    #[must_use]
    pub fn verify_on_pinpad(reference: Reference, digits: u8) -> Self {
        let header = [0x00, 0x20, 0x00, reference.p2()];
        let mut command = Self::new("VERIFY", header, Body::Pinpad(digits));
        command.costs_attempt = true;
        command
    }

    /// Replaces the value of the current PIN, which must be verified, by one that is typed on the
    /// reader, twice.
    #[must_use]
    pub fn change_on_pinpad(digits: u8) -> Self {
        let header = [0x00, 0x24, 0x01, 0x80];
        Self::new("CHANGE REFERENCE DATA", header, Body::Pinpad(digits))
    }

    /// Replaces the value of the current PIN, which must be verified: JPKI and profile PINs.
    #[must_use]
    pub fn change_reference_data(value: &Secret) -> Self {
        let body = Body::Secret(value.clone());
        Self::new("CHANGE REFERENCE DATA", [0x00, 0x24, 0x01, 0x80], body)
    }

    /// Replaces the value of the current PIN (JICSAP CHANGE KEY): common and resident PINs.
    #[must_use]
    pub fn change_key(value: &Secret) -> Self {
        let body = Body::Secret(value.clone());
        Self::new("CHANGE KEY", [0x80, 0x32, 0x00, 0x80], body)
    }

    /// Signs a block exactly as given (P1 = 00): the caller builds the DigestInfo.
    ///
    /// The answer is as long as the key, so it is asked for with the open short length.
    #[must_use]
    pub fn sign(reference: Reference, block: &[u8]) -> Self {
        let body = Body::Personal(block.to_vec());
        Self::new(
            "COMPUTE DIGITAL SIGNATURE",
            [0x80, 0x2A, 0x00, reference.p2()],
            body,
        )
        .asks(256, Answer::Personal)
    }

    /// Signs a SHA-256 digest with PSS padding (P1 = 04), which the card makes with its own salt.
    #[must_use]
    pub fn sign_pss(reference: Reference, sha256: &[u8]) -> Self {
        let body = Body::Personal(sha256.to_vec());
        Self::new(
            "COMPUTE DIGITAL SIGNATURE",
            [0x80, 0x2A, 0x04, reference.p2()],
            body,
        )
        .asks(256, Answer::Personal)
    }

    /// Signs a block exactly as given with the application's own key, which no PIN guards.
    #[must_use]
    pub fn sign_with_own_key(block: &[u8]) -> Self {
        let body = Body::Personal(block.to_vec());
        Self::new("COMPUTE DIGITAL SIGNATURE", [0x80, 0x2A, 0x00, 0x00], body)
            .asks(256, Answer::Personal)
    }

    /// Tells the card a session key, encrypted to the key that it publishes.
    #[must_use]
    pub fn set_session_key(cryptogram: &[u8]) -> Self {
        let body = Body::Personal(cryptogram.to_vec());
        Self::new("SET SESSION KEY", [0x80, 0xAE, 0x00, 0x00], body)
    }

    /// Reads the current file from an offset; the answer comes encrypted under the session key.
    ///
    /// A length of zero asks for everything from there. `None` for an offset beyond 15 bits.
    #[must_use]
    pub fn read_binary_secured(offset: usize, length: u16) -> Option<Self> {
        let [high, low] = u16::try_from(offset)
            .ok()
            .filter(|o| *o < 0x8000)?
            .to_be_bytes();
        let [most, least] = length.to_be_bytes();
        // Object 96: the length that is asked for. It may be seen; what is read may not.
        let body = Body::Public(vec![0x96, 0x03, 0x00, most, least]);
        Some(
            Self::new("READ BINARY (secured)", [0x08, 0xB0, high, low], body)
                .asks(0x1_0000, Answer::Personal),
        )
    }

    /// Asks for a data object; answered in the issuer domain only.
    #[must_use]
    pub fn data_object(tag: u16, length: usize, answer: Answer) -> Self {
        let [high, low] = tag.to_be_bytes();
        Self::new("GET DATA", [0x00, 0xCA, high, low], Body::Empty).asks(length, answer)
    }

    /// Fetches the rest of an answer after `61xx`, always with the open length (`00`).
    #[must_use]
    pub fn more(answer: Answer) -> Self {
        Self::new("GET RESPONSE", [0x00, 0xC0, 0x00, 0x00], Body::Empty).asks(256, answer)
    }

    /// The same command asking for exactly the length that `6Cxx` named.
    ///
    /// `None` for a command that can cost an attempt, or that a person types for: it is never sent
    /// again, whatever the card or the reader answers.
    #[must_use]
    pub fn with_exact_length(&self, length: u8) -> Option<Self> {
        let typed = matches!(self.body, Body::Pinpad(_));
        (!self.costs_attempt && !typed).then(|| {
            let length = if length == 0 {
                256
            } else {
                usize::from(length)
            };
            self.clone().asks(length, self.answer)
        })
    }

    fn new(name: &'static str, header: [u8; 4], body: Body) -> Self {
        Self {
            name,
            header,
            body,
            expected: Expected::Nothing,
            answer: Answer::Public,
            costs_attempt: false,
        }
    }

    fn asks(mut self, length: usize, answer: Answer) -> Self {
        self.expected = Expected::UpTo(length.clamp(1, 0x1_0000));
        self.answer = answer;
        self
    }

    /// The command's name in the standard.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Class, instruction, P1, P2.
    #[must_use]
    pub fn header(&self) -> [u8; 4] {
        self.header
    }

    /// What the command carries.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// How much answer is asked for.
    #[must_use]
    pub fn expected(&self) -> Expected {
        self.expected
    }

    /// Who may see the answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.answer
    }

    /// Whether the command can cost a PIN attempt, so that it is never sent again.
    #[must_use]
    pub fn costs_attempt(&self) -> bool {
        self.costs_attempt
    }

    /// The bytes for the wire, in memory that is wiped. Called by the channel only.
    ///
    /// A PIN that is typed on the reader is filler here.
    pub(crate) fn to_wire(&self) -> Zeroizing<Vec<u8>> {
        let data = match &self.body {
            Body::Empty => &[][..],
            Body::Public(bytes) | Body::Personal(bytes) => bytes,
            Body::Secret(secret) => secret.expose(),
            Body::Pinpad(digits) => {
                let most = &[0xFF; u8::MAX as usize];
                most.get(..usize::from(*digits)).unwrap_or_default()
            }
        };
        let extended = data.len() > 255 || matches!(self.expected, Expected::UpTo(257..));
        // Room for everything at once: growing would leave an unwiped copy behind.
        let mut wire = Zeroizing::new(Vec::with_capacity(4 + 3 + data.len() + 3));
        wire.extend(self.header);
        if extended {
            wire.push(0);
        }
        if !data.is_empty() {
            push_length(&mut wire, data.len(), extended);
            wire.extend(data);
        }
        if let Expected::UpTo(length) = self.expected {
            push_length(&mut wire, length, extended);
        }
        wire
    }
}

/// One byte, or two in the extended form; 256 and 65 536 become zero, which means just them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the largest length is written as zero"
)]
fn push_length(wire: &mut Vec<u8>, length: usize, extended: bool) {
    if extended {
        wire.extend((length as u16).to_be_bytes());
    } else {
        wire.push(length as u8);
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:02X?}", self.name, self.header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileId = FileId::new(0x18);

    #[test]
    fn wire_forms() {
        const JPKI: Aid = Aid::new(&[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]);
        let pin = Secret::new(b"1234").unwrap();
        let cases: [(Command, &[u8]); 12] = [
            (
                Command::select_application(JPKI),
                &[
                    0, 0xA4, 4, 0x0C, 10, 0xD3, 0x92, 0xF0, 0, 0x26, 1, 0, 0, 0, 1,
                ],
            ),
            (Command::select_file(FILE), &[0, 0xA4, 2, 0x0C, 2, 0, 0x18]),
            (
                Command::attempts(Reference::Short(FILE)),
                &[0, 0x20, 0, 0x98],
            ),
            (Command::attempts(Reference::Current), &[0, 0x20, 0, 0x80]),
            (
                Command::verify(Reference::Short(FILE), &pin),
                &[0, 0x20, 0, 0x98, 4, 0x31, 0x32, 0x33, 0x34],
            ),
            (
                Command::read_binary_of(FileId::new(0x0A), 256, Answer::Public),
                &[0, 0xB0, 0x8A, 0, 0],
            ),
            (
                Command::read_binary_of(FileId::new(0x0A), 65_536, Answer::Public),
                &[0, 0xB0, 0x8A, 0, 0, 0, 0],
            ),
            (
                Command::read_binary(0x600, 54, Answer::Public).unwrap(),
                &[0, 0xB0, 6, 0, 54],
            ),
            (
                Command::read_record(Reference::Short(FileId::new(1)), 1, Answer::Personal),
                &[0, 0xB2, 1, 0x0C, 0],
            ),
            (
                Command::sign(Reference::Short(FileId::new(0x17)), &[1, 2, 3]),
                &[0x80, 0x2A, 0, 0x97, 3, 1, 2, 3, 0],
            ),
            (
                Command::sign_pss(Reference::Current, &[1, 2, 3]),
                &[0x80, 0x2A, 4, 0x80, 3, 1, 2, 3, 0],
            ),
            (
                Command::change_reference_data(&pin),
                &[0, 0x24, 1, 0x80, 4, 0x31, 0x32, 0x33, 0x34],
            ),
        ];
        for (command, wire) in cases {
            assert_eq!(command.to_wire().as_slice(), wire, "{command:?}");
        }
        assert!(Command::read_binary(0x8000, 1, Answer::Public).is_none());
    }

    #[test]
    fn only_verify_costs_and_is_never_sent_again() {
        let pin = Secret::new(b"1234").unwrap();
        let verify = Command::verify(Reference::Current, &pin);
        assert!(verify.costs_attempt() && verify.with_exact_length(4).is_none());
        let typed = Command::verify_on_pinpad(Reference::Current, 4);
        assert!(typed.costs_attempt() && typed.with_exact_length(4).is_none());
        assert_eq!(typed.to_wire().len(), verify.to_wire().len());
        assert!(Command::change_on_pinpad(4).with_exact_length(4).is_none());
        let read = Command::read_binary(0, 256, Answer::Public).unwrap();
        let again = read.with_exact_length(0x10).unwrap();
        assert_eq!(again.expected(), Expected::UpTo(16));
        assert_eq!(
            read.with_exact_length(0).unwrap().expected(),
            Expected::UpTo(256)
        );
    }

    #[test]
    fn debug_shows_no_data() {
        let pin = Secret::new(b"9753").unwrap();
        let shown = format!("{:?}", Command::verify(Reference::Current, &pin));
        assert_eq!(shown, "VERIFY [00, 20, 00, 80]");
    }
}
