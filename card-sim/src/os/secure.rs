//! Secure messaging: what is read and presented travels encrypted under a session key.
//!
//! Only the profile application has it, and only after its PIN went in the clear. It hides; it does
//! not protect: there is no checksum. Everything here was measured on a card by the author of
//! `myna-card` 3.3.4, except where a comment says that it is our guess.
//!
//! The length of this file is its tests, which bring a terminal of their own.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use rsa::Oaep;
use rsa::traits::PublicKeyParts;
use sha2::Sha256;

use super::file::Session;
use super::status::{self, Sw};
use super::{CardOs, Reply};
use crate::wire::{Command, Form, tlv};

/// A session of secure messaging.
#[derive(Clone)]
pub(super) struct SecureSession {
    cipher: Aes128,
    /// Counts commands, from 1.
    number: u128,
}

impl CardOs {
    /// SET SESSION KEY: `A0 { 80 seed }` under RSAES-OAEP with SHA-256.
    pub(super) fn set_session_key(&mut self, delivered: &[u8]) -> Result<Reply, Sw> {
        let (pin, key) = match self.applet().map(|applet| &applet.session) {
            Some(Session::After(pin, key)) => (*pin, key),
            Some(Session::Refused(status)) => return Err(*status),
            None => return Err(status::NO_SESSION_KEY),
        };
        if !self.verified(pin) {
            return Err(status::NOT_ALLOWED);
        }
        if delivered.len() != key.size() {
            return Err(status::WRONG_LENGTH);
        }
        if delivered >= &*key.n_bytes() {
            return Err(status::OTHER);
        }
        let message = key.decrypt(Oaep::<Sha256>::new(), delivered);
        // The seed has 32 bytes whatever the cipher; AES-128 takes the first half.
        let seed = match message.as_deref() {
            Ok([0xa0, 0x22, 0x80, 0x20, seed @ ..]) if seed.len() == 32 => seed,
            _ => return Err(status::WRONG_DATA),
        };
        let key = seed.first_chunk().ok_or(status::WRONG_DATA)?;
        self.volatile.session = Some(SecureSession::new(key));
        Ok(Reply::done())
    }

    /// A command of class 08: opens it, does what it says, and closes the answer.
    pub(super) fn secured(&mut self, command: &Command<'_>) -> Result<Reply, Sw> {
        // Taken away: every error of secure messaging leaves the card without a session.
        let session = self.volatile.session.take();
        let session = session.ok_or(status::NO_SECURE_MESSAGING)?;
        let (data, expected) = match (command.class, command.instruction, command.data) {
            // Class 0C wants a checksum, for which this application takes no key.
            (0x0c, ..) | (_, 0x20 | 0xa4 | 0xb0, []) => return Err(status::OBJECT_MISSING),
            (_, 0x20 | 0xa4, data) => (session.open(data).ok_or(status::OBJECT_WRONG)?, None),
            (_, 0xb0, data) => (
                Vec::new(),
                Some(expected(data).ok_or(status::OBJECT_WRONG)?),
            ),
            _ => {
                // Our guess: nothing was decrypted, so neither counter nor session are touched.
                self.volatile.session = Some(session);
                return Err(status::NOT_SECURED);
            }
        };
        // It counts from here, whatever the application says to the command.
        self.volatile.session = Some(session.next());
        let reply = self.handle(&Command {
            class: 0x00,
            data: &data,
            expected,
            ..*command
        })?;
        if reply.data.is_empty() {
            return Ok(reply);
        }
        // Our guess: an answer that does not fit into Le is none at all.
        Reply::whole(session.close(&reply.data), command.expected)
    }
}

impl SecureSession {
    fn new(key: &[u8; 16]) -> Self {
        Self {
            cipher: Aes128::new(key.into()),
            number: 1,
        }
    }

    fn next(&self) -> Self {
        Self {
            number: self.number + 1,
            ..self.clone()
        }
    }

    /// `86 L 01 cryptogram`, once and alone; the length may have a longer form.
    fn open(&self, data: &[u8]) -> Option<Vec<u8>> {
        let cryptogram = match data {
            [0x86, 0x81, length, 0x01, rest @ ..] if usize::from(*length) == rest.len() + 1 => rest,
            [0x86, length @ ..=0x7f, 0x01, rest @ ..] if usize::from(*length) == rest.len() + 1 => {
                rest
            }
            _ => return None,
        };
        self.decrypt(cryptogram)
    }

    fn close(&self, data: &[u8]) -> Vec<u8> {
        let value = [&[0x01][..], &self.encrypt(data)].concat();
        tlv(&[0x86], Form::Shortest, &value)
    }

    /// The counter, encrypted: a fresh start for each command and its answer.
    fn start(&self) -> [u8; 16] {
        let mut block = self.number.to_be_bytes().into();
        self.cipher.encrypt_block(&mut block);
        block.into()
    }

    fn encrypt(&self, data: &[u8]) -> Vec<u8> {
        let mut padded = [data, &[0x80]].concat();
        padded.resize(padded.len().next_multiple_of(16), 0);
        let mut before = self.start();
        let (blocks, _) = padded.as_chunks_mut::<16>();
        for block in blocks {
            *block = xor(*block, before);
            let mut cipher = (*block).into();
            self.cipher.encrypt_block(&mut cipher);
            *block = cipher.into();
            before = *block;
        }
        padded
    }

    /// `None` where the padding is not 80 and zeros: so a wrong counter or key is found out.
    fn decrypt(&self, cryptogram: &[u8]) -> Option<Vec<u8>> {
        let (blocks, []) = cryptogram.as_chunks::<16>() else {
            return None;
        };
        let mut before = self.start();
        let mut plain = Vec::with_capacity(cryptogram.len());
        for block in blocks {
            let mut cipher = (*block).into();
            self.cipher.decrypt_block(&mut cipher);
            plain.extend(xor(cipher.into(), before));
            before = *block;
        }
        let end = plain.iter().rposition(|byte| *byte != 0)?;
        (plain.get(end) == Some(&0x80)).then(|| {
            plain.truncate(end);
            plain
        })
    }
}

/// By hand: a derived one would show the key.
impl std::fmt::Debug for SecureSession {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SecureSession")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// `96 03 00` and two bytes, once and alone: how much is to be read. Zero is everything.
fn expected(data: &[u8]) -> Option<usize> {
    match *data {
        [0x96, 0x03, 0x00, 0x00, 0x00] => Some(65_536),
        [0x96, 0x03, 0x00, high, low] => Some(usize::from(u16::from_be_bytes([high, low]))),
        _ => None,
    }
}

fn xor(one: [u8; 16], other: [u8; 16]) -> [u8; 16] {
    (u128::from_ne_bytes(one) ^ u128::from_ne_bytes(other)).to_ne_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applets::Application;
    use crate::os::tests::card;
    use crate::persona::Persona;

    const PROFILE: &[u8] = &[
        0, 0xa4, 4, 0x0c, 10, 0xd3, 0x92, 0x10, 0, 0x31, 0, 1, 1, 4, 8,
    ];
    const PIN: &[u8] = &[0, 0x20, 0, 0x91, 4, 0x34, 0x33, 0x32, 0x31];
    const SEED: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";

    /// A terminal: it speaks to the card and keeps a session of its own.
    struct Terminal {
        card: CardOs,
        hanako: Persona,
        session: SecureSession,
    }

    impl Terminal {
        fn new() -> Self {
            let hanako = Persona::shipped("hanako").unwrap();
            let card = card(&hanako);
            let session = SecureSession::new(SEED.first_chunk().unwrap());
            Self {
                card,
                hanako,
                session,
            }
        }

        fn send(&mut self, command: &[u8]) -> (Vec<u8>, Sw) {
            let mut answer = self.card.execute(command);
            let status = answer.split_off(answer.len() - 2);
            (answer, u16::from_be_bytes([status[0], status[1]]))
        }

        fn deliver(&mut self, message: &[u8]) -> Sw {
            let key = self
                .hanako
                .records
                .as_ref()
                .unwrap()
                .keys()
                .session
                .to_public_key();
            let delivered = key
                .encrypt(&mut rand::rng(), Oaep::<Sha256>::new(), message)
                .unwrap();
            self.send(&[&[0x80, 0xae, 0, 0, 0, 1, 0], &delivered[..]].concat())
                .1
        }

        fn begin(&mut self) {
            assert_eq!(self.send(PROFILE).1, status::OK);
            assert_eq!(self.send(PIN).1, status::OK);
            assert_eq!(
                self.deliver(&[&[0xa0, 0x22, 0x80, 0x20], &SEED[..]].concat()),
                status::OK
            );
        }

        fn secured(&mut self, instruction: u8, p1: u8, p2: u8, object: &[u8]) -> (Vec<u8>, Sw) {
            let command = Command {
                class: 0x08,
                instruction,
                p1,
                p2,
                data: object,
                expected: Some(65_536),
                extended: true,
            };
            let (answer, status) = self.send(&command.encode());
            let opened = if answer.is_empty() {
                answer
            } else {
                // Three length forms; what is read here needs all of them.
                let value = match answer[1] {
                    0x81 => &answer[3..],
                    0x82 => &answer[4..],
                    _ => &answer[2..],
                };
                assert_eq!((answer[0], value[0]), (0x86, 0x01));
                self.session.decrypt(&value[1..]).unwrap()
            };
            self.session = self.session.next();
            (opened, status)
        }

        fn verify(&mut self, p2: u8, value: &[u8]) -> Sw {
            let object = self.session.close(value);
            self.secured(0x20, 0, p2, &object).1
        }

        fn select(&mut self, id: u8) -> Sw {
            let object = self.session.close(&[0, id]);
            self.secured(0xa4, 2, 0x0c, &object).1
        }

        fn read(&mut self, length: [u8; 2]) -> (Vec<u8>, Sw) {
            self.secured(0xb0, 0, 0, &[0x96, 3, 0, length[0], length[1]])
        }
    }

    /// Computed with OpenSSL: `enc -aes-128-cbc -K 3031…66`, first of the counter under IV zero,
    /// then of the padded text under what that gave.
    #[test]
    fn a_known_answer() {
        let first = SecureSession::new(SEED.first_chunk().unwrap());
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02X}")).collect::<String>();
        assert_eq!(
            hex(&first.close(b"123456789018")),
            "8611012828D904F609624526AB65523679DAE4"
        );
        let third = first.next().next();
        assert_eq!(
            hex(&third.close(&[0x41; 16])),
            "862101EC7F53E983540B9ADD75C9CEC0BD1104D12699A5679973FD97F1E101778D667E"
        );
        assert_eq!(third.open(&third.close(&[0x41; 16])), Some(vec![0x41; 16]));
    }

    #[test]
    fn everything_reads_as_in_the_clear() {
        let mut terminal = Terminal::new();
        terminal.begin();
        for id in [1, 2, 3, 4, 5, 6, 7] {
            assert_eq!(terminal.select(id), status::OK);
            let (bytes, status) = terminal.read([0, 0]);
            assert_eq!(status, status::OK);
            let expected = terminal
                .hanako
                .record(Application::Profile, u16::from(id))
                .unwrap();
            assert_eq!(bytes, expected, "{id:04X}");
        }
        assert_eq!(terminal.read([0, 5]).0.len(), 5);
        // Plain commands between do not count.
        assert_eq!(terminal.send(&[0, 0xb0, 0x81, 0, 0]).0.len(), 17);
        let number = terminal.hanako.holder.my_number.clone().unwrap();
        assert_eq!(terminal.verify(0x94, number.as_bytes()), status::OK);
    }

    #[test]
    fn what_the_application_refuses_counts_too() {
        let mut terminal = Terminal::new();
        terminal.begin();
        assert_eq!(terminal.verify(0x92, b"0000"), status::BLOCKED);
        assert_eq!(terminal.verify(0x94, b"000000000000"), status::attempts(9));
        assert_eq!(terminal.select(0x1f), status::NOT_FOUND);
        assert_eq!(
            terminal.card.attempts_left(Application::Profile, 0x14),
            Some(9)
        );
        assert_eq!(terminal.select(0x04), status::OK);
        assert_eq!(terminal.read([0, 2]).0, [0x7f, 0x21]);
    }

    #[test]
    fn only_the_pin_opens_the_door_and_only_here() {
        let mut terminal = Terminal::new();
        let message = [&[0xa0, 0x22, 0x80, 0x20], &SEED[..]].concat();
        let other = |aid: &[u8]| [&[0, 0xa4, 4, 0x0c, aid.len() as u8], aid].concat();
        for (application, expected) in [
            (Application::Jpki, status::NOT_ALLOWED),
            (Application::Resident, status::NOT_ALLOWED),
            (Application::Common, status::NO_SESSION_KEY),
            (Application::Visual, status::NO_SESSION_KEY),
        ] {
            terminal.send(&other(application.aid()));
            assert_eq!(terminal.deliver(&message), expected, "{application:?}");
            assert_eq!(terminal.read([0, 0]).1, status::NO_SECURE_MESSAGING);
        }
        terminal.send(PROFILE);
        assert_eq!(terminal.deliver(&message), status::NOT_ALLOWED);
        let number = terminal.hanako.holder.my_number.clone().unwrap();
        let present = [&[0, 0x20, 0, 0x94, 12], number.as_bytes()].concat();
        assert_eq!(terminal.send(&present).1, status::OK);
        assert_eq!(terminal.deliver(&message), status::NOT_ALLOWED);
        assert_eq!(terminal.send(PIN).1, status::OK);
        for wrong in [&message[..35], &[0xa0, 0x22, 0x81, 0x20], b""] {
            assert_eq!(terminal.deliver(wrong), status::WRONG_DATA);
        }
        let large = [&[0x80, 0xae, 0, 0, 0, 1, 0], &[0xff; 256][..]].concat();
        assert_eq!(terminal.send(&large).1, status::OTHER);
        assert_eq!(
            terminal.send(&[0x80, 0xae, 0, 0, 1, 0]).1,
            status::WRONG_LENGTH
        );
        assert_eq!(terminal.deliver(&message), status::OK);
    }

    #[test]
    fn an_error_ends_the_session() {
        let good = |terminal: &Terminal| terminal.session.close(&[0, 1]);
        let twice = |terminal: &Terminal| [good(terminal), good(terminal)].concat();
        type Break = fn(&mut Terminal) -> Sw;
        let breaks: [(Break, Sw); 7] = [
            // A counter that is one ahead.
            (
                |it| {
                    it.session = it.session.next();
                    it.select(1)
                },
                status::OBJECT_WRONG,
            ),
            (
                |it| it.secured(0xa4, 2, 0x0c, &[0x96, 3, 0, 0, 0]).1,
                status::OBJECT_WRONG,
            ),
            (
                |it| {
                    let object = it.session.close(&[0, 1]);
                    it.secured(0xb0, 0, 0, &object).1
                },
                status::OBJECT_WRONG,
            ),
            (
                |it| it.secured(0xa4, 2, 0x0c, &[0x86, 1, 1]).1,
                status::OBJECT_WRONG,
            ),
            (|it| it.secured(0xb0, 0, 0, &[]).1, status::OBJECT_MISSING),
            (
                |it| it.send(&[0x0c, 0xb0, 0, 0, 0]).1,
                status::OBJECT_MISSING,
            ),
            (|it| it.send(PROFILE).1, status::OK),
        ];
        for (at, (break_it, expected)) in breaks.into_iter().enumerate() {
            let mut terminal = Terminal::new();
            terminal.begin();
            assert_eq!(terminal.select(1), status::OK);
            assert_eq!(break_it(&mut terminal), expected, "{at}");
            assert_eq!(terminal.read([0, 0]).1, status::NO_SECURE_MESSAGING, "{at}");
        }
        let mut terminal = Terminal::new();
        terminal.begin();
        let object = twice(&terminal);
        assert_eq!(
            terminal.secured(0xa4, 2, 0x0c, &object).1,
            status::OBJECT_WRONG
        );
        // A new key begins a new session.
        terminal.begin();
        terminal.session = SecureSession::new(SEED.first_chunk().unwrap());
        assert_eq!(terminal.select(1), status::OK);
    }

    #[test]
    fn other_instructions_stay_as_they_are() {
        let mut terminal = Terminal::new();
        terminal.begin();
        assert_eq!(
            terminal.send(&[0x08, 0x2a, 0, 0, 1, 1, 0]).1,
            status::NOT_SECURED
        );
        assert_eq!(terminal.select(1), status::OK);
        let session = format!("{:?}", terminal.session);
        assert!(
            session.contains("number") && !session.contains("48"),
            "{session}"
        );
    }
}
