//! Secure messaging: what is read from the profile application travels encrypted, when asked.
//!
//! It hides what is read after the PIN, never the PIN, which goes in the clear before a session can
//! be opened. It hides only: there is no message authentication, so an attacker who can change what passes
//! can still garble it. Only one project is known to use it (myna-card, which measured all of this).
//!
//! The key is the first half of a 32-byte seed, sent to the card under RSAES-OAEP with SHA-256 and
//! the key of file 0006. A counter starts at 1 and moves on with every secured command, also with
//! refused ones; encrypted alone it is the initialisation vector of that command's answer. An
//! error of the protocol destroys the session (6988 once, then 69FC).

use std::fmt;

use aes::Aes128;
use aes::cipher::block_padding::Iso7816;
use aes::cipher::{BlockCipherEncrypt as _, BlockModeDecrypt as _, KeyInit as _, KeyIvInit as _};
use zeroize::Zeroizing;

use crate::certificate::PublicKey;
use crate::iso::tlv::Cursor;

/// Whether the selected application answers encrypted.
#[derive(Debug, Default)]
pub(crate) enum Secure {
    /// Everything travels in the clear.
    #[default]
    Off,
    /// What is read travels encrypted.
    On(Session),
    /// It did, and the session broke: nothing more is read, least of all in the clear.
    Lost,
}

/// A session key and where its counter stands.
pub(crate) struct Session {
    key: Zeroizing<[u8; 16]>,
    counter: u128,
}

impl Session {
    /// A session from a seed, and the cryptogram that tells the card; `None` if the key cannot
    /// carry it.
    pub(crate) fn open(seed: &[u8; 32], card: &PublicKey) -> Option<(Self, Vec<u8>)> {
        let mut message = Zeroizing::new([0; 36]);
        let (header, body) = message.split_at_mut(4);
        header.copy_from_slice(&[0xA0, 34, 0x80, 32]);
        body.copy_from_slice(seed);
        let cryptogram = card.encrypt_oaep(&*message)?;
        let mut key = Zeroizing::new([0; 16]);
        key.iter_mut().zip(seed).for_each(|(to, from)| *to = *from);
        Some((Self { key, counter: 1 }, cryptogram))
    }

    /// Decrypts the answer to the current command, `86 { 01, cryptogram }`; `None` if it is not
    /// that. The counter has then moved on.
    pub(crate) fn decrypt(&mut self, answer: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut vector = self.counter.to_be_bytes().into();
        Aes128::new((&*self.key).into()).encrypt_block(&mut vector);
        self.advance();
        let object = Cursor::new(answer).expect(0x86).ok()?;
        let (1, cryptogram) = object.value.split_first()? else {
            return None;
        };
        let mut plain = Zeroizing::new(cryptogram.to_vec());
        let decryptor = cbc::Decryptor::<Aes128>::new((&*self.key).into(), &vector);
        let length = decryptor.decrypt_padded::<Iso7816>(&mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }

    /// Counts a command whose answer held nothing.
    pub(crate) fn advance(&mut self) {
        self.counter += 1;
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session(command {})", self.counter)
    }
}

#[cfg(test)]
mod tests {
    use crate::card::Card;
    use crate::error::{Error, SecureProblem};
    use crate::pin::{ProfilePin, Spend};
    use crate::tests::{Counter, KEYS, Shelf, attribute_fields, with_table};

    const SEED: [u8; 32] = [0xA5; 32];

    fn pin() -> ProfilePin {
        ProfilePin::parse(b"1234").unwrap()
    }

    #[test]
    fn what_is_read_travels_encrypted() {
        let mut shelf = Shelf::new(true);
        let address = "東京都".repeat(60);
        let file = with_table(0xFF20, 3, &attribute_fields(&address));
        shelf.files.insert((8, 2), file);
        let counter = Counter::default();
        let mut card = Card::new(shelf).observed_by(counter.clone());
        let mut transaction = card.begin().unwrap();
        let mut profile = transaction.profile().unwrap();
        let mut open = profile.unlock(&pin(), Spend::KeepOne).unwrap();
        open.secure(&SEED).unwrap();
        assert_eq!(open.number().unwrap().reveal(), "123456789018");
        let read = open.attributes().unwrap();
        assert_eq!(read.attributes.address, Some(address));
        let names = counter.names();
        let secured = names.iter().filter(|name| *name == "READ BINARY (secured)");
        assert_eq!(secured.count(), 2);
        let plain = names.iter().filter(|name| *name == "READ BINARY");
        assert_eq!(plain.count(), 1, "only the public key of the session");
    }

    #[test]
    fn short_cards_and_readers_are_refused() {
        let mut card = Card::new(Shelf::new(false));
        let mut transaction = card.begin().unwrap();
        let mut profile = transaction.profile().unwrap();
        let mut open = profile.unlock(&pin(), Spend::KeepOne).unwrap();
        let refused = Error::Secure(SecureProblem::ExtendedLength);
        assert_eq!(open.secure(&SEED), Err(refused));
        assert!(
            open.number().is_ok(),
            "in the clear, because nothing was hidden yet"
        );
    }

    #[test]
    fn a_refused_read_counts_and_a_lost_session_stays_lost() {
        let mut shelf = Shelf::new(true);
        shelf.closed = Some(7);
        let mut card = Card::new(shelf);
        let mut transaction = card.begin().unwrap();
        {
            let mut profile = transaction.profile().unwrap();
            let mut open = profile.unlock(&pin(), Spend::KeepOne).unwrap();
            open.secure(&SEED).unwrap();
            assert_eq!(open.own_key().unwrap_err().code(), "pin.needed");
            assert!(open.number().is_ok(), "the counters still agree");
        }
        let mut profile = transaction.profile().unwrap();
        let mut open = profile.unlock(&pin(), Spend::KeepOne).unwrap();
        assert!(
            open.number().is_ok(),
            "another SELECT ended the session on both sides"
        );
    }

    #[test]
    fn garbled_answers_end_the_session() {
        let (session, cryptogram) = super::Session::open(&SEED, &session_key()).unwrap();
        assert_eq!(cryptogram.len(), 256);
        let garbled: [&[u8]; 6] = [
            b"",
            b"\x86\x01\x01",
            b"\x86\x01\x02",
            b"\x87\x01\x01",
            &[0x86, 17],
            &[0x86; 40],
        ];
        for answer in garbled {
            let (mut session, _) = super::Session::open(&SEED, &session_key()).unwrap();
            assert!(session.decrypt(answer).is_none(), "{answer:02X?}");
        }
        assert_eq!(format!("{session:?}"), "Session(command 1)");
    }

    fn session_key() -> crate::certificate::PublicKey {
        crate::trust::cv::key_of(&crate::tests::key_fields(&KEYS.foreign)).unwrap()
    }

    #[test]
    fn a_card_that_forgot_the_session_is_not_read_in_the_clear() {
        use crate::transport::{Exclusive, Leave, Link, ReaderDescription};
        use crate::transport::{Since, Transport, TransportError};
        use zeroize::Zeroizing;
        /// Answers 69FC to secured reads, as a card does whose session is gone.
        struct Forgetful(Shelf);
        struct Window<'s>(Box<dyn Exclusive + 's>);
        impl Transport for Forgetful {
            fn begin(&mut self) -> Result<(Box<dyn Exclusive + '_>, Since), TransportError> {
                let (window, since) = self.0.begin()?;
                Ok((Box::new(Window(window)), since))
            }
            fn description(&self) -> ReaderDescription {
                self.0.description()
            }
        }
        impl Exclusive for Window<'_> {
            fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, TransportError> {
                if command.first() == Some(&8) {
                    return Ok(vec![0x69, 0xFC].into());
                }
                self.0.transmit(command)
            }
            fn link(&self) -> Link {
                self.0.link()
            }
            fn end(self: Box<Self>, leave: Leave) -> Result<(), TransportError> {
                self.0.end(leave)
            }
        }
        let mut card = Card::new(Forgetful(Shelf::new(true)));
        let mut transaction = card.begin().unwrap();
        let mut profile = transaction.profile().unwrap();
        let mut open = profile.unlock(&pin(), Spend::KeepOne).unwrap();
        open.secure(&SEED).unwrap();
        for _ in 0..2 {
            assert_eq!(open.number(), Err(Error::Secure(SecureProblem::Lost)));
        }
    }
}
