//! Two codecs from two hands, held against each other: the library's and the simulator's.

use std::sync::{Arc, Mutex, PoisonError};

use card_core::iso::tlv::Cursor;
use card_core::transport::{
    Exclusive, Leave, Link, ReaderDescription, Since, Transport, TransportError,
};
use card_core::{
    Card, Digest, Error, HashAlgorithm, SignaturePassword, Spend, Transaction, UserPin,
};
use card_sim::wire::{Command, Form, tlv};
use proptest::prelude::*;
use zeroize::Zeroizing;

/// A card that answers what chance says, and keeps what it was sent.
#[derive(Clone)]
struct Chance {
    answers: Arc<[Vec<u8>]>,
    extended: bool,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Chance {
    fn sent(&self) -> Vec<Vec<u8>> {
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Transport for Chance {
    fn begin(&mut self) -> Result<(Box<dyn Exclusive + '_>, Since), TransportError> {
        Ok((Box::new(self.clone()), Since::Unchanged))
    }

    fn description(&self) -> ReaderDescription {
        ReaderDescription {
            name: "chance".into(),
            simulated: true,
        }
    }
}

impl Exclusive for Chance {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.push(command.to_vec());
        let answer = self.answers.get((sent.len() - 1) % self.answers.len());
        match answer {
            Some(answer) if answer.len() >= 2 => Ok(Zeroizing::new(answer.clone())),
            _ => Err(TransportError::AnswerLost),
        }
    }

    fn link(&self) -> Link {
        let atr = [
            0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1,
            0x73, 0xC6, 0x01, 0xC0, 0x3B,
        ];
        Link {
            atr: atr.to_vec(),
            largest_apdu: self.extended.then_some(65_544),
        }
    }

    fn end(self: Box<Self>, _: Leave) -> Result<(), TransportError> {
        Ok(())
    }
}

type Job = fn(&mut Transaction<'_>) -> Result<(), Error>;

/// What can be asked of a card, with the PINs that it may be sent.
const JOBS: &[(Job, usize)] = &[
    (|card| card.applications().map(|_| ()), 0),
    (|card| card.jpki()?.token_information().map(|_| ()), 0),
    (
        |card| card.jpki()?.authentication_certificate().map(|_| ()),
        0,
    ),
    (
        |card| card.jpki()?.signature_ca_certificate().map(|_| ()),
        0,
    ),
    (|card| card.common()?.card_number().map(|_| ()), 0),
    (
        |card| {
            let mut issuer = card.issuer()?;
            issuer.municipality()?;
            issuer.expiry()?;
            issuer.contact_atr().map(|_| ())
        },
        0,
    ),
    (
        |card| {
            let pin = UserPin::parse(b"1234").unwrap();
            let mut jpki = card.jpki()?;
            let mut key = jpki.unlock_authentication(&pin, Spend::KeepOne)?;
            key.sign(&Digest::of(HashAlgorithm::Sha256, b""))?;
            key.change_pin(&pin)
        },
        1,
    ),
    (
        |card| {
            let password = SignaturePassword::parse(b"SIM12345").unwrap();
            let mut jpki = card.jpki()?;
            let mut key = jpki.unlock_signature(&password, Spend::LastAttempt)?;
            key.certificate()?;
            key.sign(&Digest::of(HashAlgorithm::Sha256, b""))
                .map(|_| ())
        },
        1,
    ),
];

/// Answers that lead somewhere more often than pure chance would.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let status = prop_oneof![
        8 => Just(vec![0x90, 0x00]),
        2 => Just(vec![0x63, 0xC3]),
        1 => Just(vec![0x6A, 0x86]),
        1 => Just(vec![0x67, 0x00]),
        1 => (0_u8..=255).prop_map(|low| vec![0x61, low]),
        1 => (0_u8..=255).prop_map(|low| vec![0x6C, low]),
        1 => Just(vec![0x62, 0x82]),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
    ];
    let data = prop_oneof![
        4 => Just(Vec::new()),
        2 => proptest::collection::vec(any::<u8>(), 0..300),
        1 => (0_u8..=255, 0_u8..=255, 4_usize..300).prop_map(|(high, low, length)| {
            let mut der = vec![0x30; length];
            der[1..4].copy_from_slice(&[0x82, high, low]);
            der
        }),
        1 => Just(vec![0xFF; 256]),
    ];
    (data, status).prop_map(|(data, status)| [data, status].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever a card answers, every job ends, in bounded time, by a result and not by a panic;
    /// and every command on the way is one that the other codec reads and would write the same.
    #[test]
    fn every_command_is_understood_whatever_the_card_answers(
        answers in proptest::collection::vec(answer(), 1..12),
        extended in any::<bool>(),
        (job, consents) in proptest::sample::select(JOBS),
    ) {
        let chance = Chance { answers: answers.into(), extended, sent: Arc::default() };
        // Any result will do, as long as it is one.
        let _ = Card::new(chance.clone()).begin().and_then(|mut card| job(&mut card));
        let sent = chance.sent();
        prop_assert!(sent.len() < 10_000, "{} exchanges", sent.len());
        let mut presented = 0;
        for bytes in &sent {
            let command = Command::decode(bytes).map_err(|sw| {
                TestCaseError::fail(format!("{bytes:02X?} is no command: {sw:?}"))
            })?;
            prop_assert_eq!(&command.encode(), bytes);
            prop_assert!(!command.extended || extended, "{:02X?}", bytes);
            presented += usize::from(command.instruction == 0x20 && !command.data.is_empty());
        }
        prop_assert!(presented <= consents, "{} PINs for {} consents", presented, consents);
    }

    /// What the simulator writes in any form of length, the library reads.
    #[test]
    fn objects_are_read_as_they_were_written(
        objects in proptest::collection::vec(
            (0_u8..3, 0x20_u8..0x7F, proptest::collection::vec(any::<u8>(), 0..400)), 0..8),
        filler in 0_usize..4,
    ) {
        let form = |form| match form {
            0 => Form::Shortest,
            1 => Form::Long1,
            _ => Form::Long2,
        };
        let inside: Vec<u8> = objects
            .iter()
            .flat_map(|(length, tag, value)| tlv(&[0xDF, *tag], form(*length), value))
            .collect();
        let mut file = tlv(&[0xFF, 0x20], Form::Long2, &inside);
        file.extend(vec![0xFF; filler]);
        let mut outer = Cursor::new(&file);
        let mut cursor = outer.open(0xFF20).unwrap();
        for (_, tag, value) in &objects {
            let object = cursor.next_object().unwrap().unwrap();
            prop_assert_eq!(object.tag.to_bytes(), [0xDF, *tag]);
            prop_assert_eq!(object.value, value.as_slice());
        }
        prop_assert!(cursor.next_object().unwrap().is_none());
        prop_assert!(outer.next_object().unwrap().is_none(), "filler is no object");
    }
}
