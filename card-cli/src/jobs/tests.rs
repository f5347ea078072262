//! What a person waits for after the last digit, counted.

use card_core::certificate::Purpose;
use card_core::handling;
use card_core::login::{Nonce, Origin};
use card_core::pin::{Attempts, PinKind};
use card_core::{Card, Digest, Error, HashAlgorithm, Spend, Transaction};
use card_sim::front::in_process::SimulatedCard;
use card_sim::persona::Persona;
use zeroize::Zeroizing;

use super::expiry::{self, Look, Seen};
use super::pin::Entered;
use super::record::Opening;
use super::record_secret::Choice;
use super::{login, number};
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::pin_spec::{SIGNATURE_PASSWORD, USER_PIN};
use crate::session::CardSession;
use crate::ui::{Consent, Note, PinAnswer, PinQuestion, Ui};

struct Session(Card);

impl CardSession for Session {
    fn talk<T>(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let mut transaction = self.0.begin()?;
        let done = work(&mut transaction);
        transaction.end()?;
        Ok(done?)
    }

    fn reader_name(&self) -> String {
        self.0.reader().name
    }

    fn resident(&self) -> Option<&Persona> {
        None
    }
}

/// Types the PIN, or is the stream that holds it, and looks at the card when it does.
struct Typist<'t> {
    card: &'t SimulatedCard,
    person: bool,
    pin: &'t str,
    /// Exchanges before the last digit.
    before: usize,
    told: Vec<Option<Attempts>>,
    expired: usize,
    /// What is answered where it was said that the certificate has run out.
    goes_on: bool,
}

impl Ui for Typist<'_> {
    fn begin(&mut self) -> Result<bool, Failure> {
        Ok(self.person)
    }

    fn pin(&mut self, question: &PinQuestion<'_>) -> Result<PinAnswer, Failure> {
        assert_eq!(self.card.verify_commands_seen(), 0);
        self.told
            .extend(question.options.iter().map(|(_, left)| *left));
        self.before = self.card.exchanges();
        let value = self.pin.as_bytes().to_vec();
        Ok(PinAnswer::Value(Zeroizing::new(value)))
    }

    fn new_pin(
        &mut self,
        _: PinKind,
        _: &dyn Fn(&[u8]) -> Result<(), Failure>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        Err(ProgramError::bug().into())
    }

    fn consent(&mut self, to: Consent) -> Result<bool, Failure> {
        assert!(matches!(to, Consent::Expired(..)));
        assert_eq!(self.card.verify_commands_seen(), 0);
        self.expired += 1;
        Ok(self.goes_on)
    }

    fn note(&mut self, note: Note) {
        assert!(matches!(note, Note::Expired(..)));
        assert_eq!(self.card.verify_commands_seen(), 0, "told before");
        self.expired += 1;
    }
}

type Job = fn(&mut Session, &mut Typist<'_>, &Persona) -> Result<(), Failure>;

fn log_in(card: &mut Session, ui: &mut Typist<'_>, who: &Persona) -> Result<(), Failure> {
    let request = login::Request {
        origin: Origin::parse("https://example.org").unwrap(),
        nonce: Nonce::parse(&"A".repeat(44)).unwrap(),
    };
    let answer = login::run(card, ui, &request, Spend::KeepOne)?;
    assert_eq!(
        answer.token.certificate(),
        who.authentication.as_ref().unwrap().certificate
    );
    Ok(())
}

fn digest() -> Digest {
    Digest::of(HashAlgorithm::Sha256, b"a document of a made-up resident")
}

fn checked_signature(card: &mut Session, ui: &mut Typist<'_>, _: &Persona) -> Result<(), Failure> {
    let look = (Look::Certificate, Purpose::Authentication);
    let wanted = (&USER_PIN, Spend::KeepOne);
    let (signature, _) = expiry::unlock(
        look,
        wanted,
        card,
        ui,
        || Ok(()),
        |jpki, entered, seen| {
            let certificate = seen.certificate().cloned().unwrap();
            let mut key = jpki.unlock_authentication(&entered.pin, entered.spend)?;
            let signature = key.sign(&digest())?;
            let key = certificate.public_key();
            assert!(key.verify_digest(&digest(), &signature).is_ok());
            Ok(signature)
        },
    )?;
    assert_eq!(signature.as_bytes().len(), 256);
    Ok(())
}

fn bare_signature(card: &mut Session, ui: &mut Typist<'_>, _: &Persona) -> Result<(), Failure> {
    let look = (Look::Validity, Purpose::Signature);
    let wanted = (&SIGNATURE_PASSWORD, Spend::KeepOne);
    let work = |jpki: &mut card_core::applet::jpki::Jpki<'_>, entered: &Entered<_>, _: &Seen| {
        let mut key = jpki.unlock_signature(&entered.pin, entered.spend)?;
        key.sign(&digest()).map(drop)
    };
    expiry::unlock(look, wanted, card, ui, || Ok(()), work).map(drop)
}

fn my_number(card: &mut Session, ui: &mut Typist<'_>, who: &Persona) -> Result<(), Failure> {
    let opening = Opening {
        choice: Choice::default(),
        spend: Spend::KeepOne,
        seed: None,
    };
    let (number, _) = number::read(card, ui, &opening, handling::Purpose::Holder)?;
    assert_eq!(Some(number.reveal()), who.holder.my_number.as_deref());
    Ok(())
}

/// A job, the PIN it wants, exchanges before the last digit with short and with extended lengths,
/// and without a person in all.
struct Row {
    name: &'static str,
    job: Job,
    pin: &'static str,
    before: (usize, usize),
    alone: (usize, usize),
}

const ROWS: [Row; 4] = [
    Row {
        name: "login",
        job: log_in,
        pin: "1234",
        // SELECT, seven pieces of the certificate, counter.
        before: (9, 3),
        alone: (12, 6),
    },
    Row {
        name: "checked signature",
        job: checked_signature,
        pin: "1234",
        before: (9, 3),
        alone: (12, 6),
    },
    Row {
        name: "bare signature",
        job: bare_signature,
        pin: "SIM12345",
        before: (3, 3),
        alone: (6, 6),
    },
    Row {
        name: "My Number",
        job: my_number,
        pin: "4321",
        // SELECT and a counter for each of the two secrets.
        before: (3, 3),
        alone: (5, 5),
    },
];

/// Of a contact reader and of contactless ones of type A and B; the first says that it takes
/// extended lengths, the others cannot say.
const ATRS: [&[u8]; 3] = [
    &[
        0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1, 0x73,
        0xC6, 0x01, 0xC0, 0x3B,
    ],
    &[0x3B, 0x80, 0x80, 0x01, 0x01],
    &[
        0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F,
    ],
];

fn run(row: &Row, who: &Persona, person: bool, goes_on: bool) -> (usize, usize, usize, String) {
    let card = SimulatedCard::new(who);
    let mut ui = Typist {
        card: &card,
        person,
        pin: row.pin,
        before: 0,
        told: Vec::new(),
        expired: 0,
        goes_on,
    };
    let mut session = Session(Card::new(card.reader()));
    let done = (row.job)(&mut session, &mut ui, who);
    let code = done.map_or_else(|failure| failure.code().to_owned(), |()| String::new());
    assert_eq!(ui.told.iter().all(|left| left.is_some()), person);
    assert!(!card.rights_left(), "{}", row.name);
    (ui.before, card.exchanges() - ui.before, ui.expired, code)
}

#[test]
fn after_the_last_digit_five_exchanges_are_left() {
    for atr in ATRS {
        for extended in [true, false] {
            for row in &ROWS {
                let mut who = Persona::shipped("hanako").unwrap();
                who.atr = atr.to_vec();
                who.largest_apdu = Some(65_544);
                let refused = if extended { "yes" } else { "no" };
                who.quirks.set("extended-length", refused).unwrap();
                let name = format!("{}, {extended}, {atr:02X?}", row.name);
                // Refused once, with the first READ; of the bare My Number nothing that is read
                // before is long.
                let (before, after, expired, code) = run(row, &who, true, true);
                assert_eq!((expired, code.as_str()), (0, ""), "{name}");
                let pick = |(short, long): (usize, usize)| if extended { long } else { short };
                let reads_first = row.name != "My Number";
                let lost = usize::from(!extended && reads_first);
                assert_eq!(before, pick(row.before) + lost, "{name}");
                let lost = usize::from(!extended && !reads_first);
                assert_eq!(after, 5 + lost, "{name}");
                // A stream holds the PIN: one window.
                let (before, after, expired, code) = run(row, &who, false, true);
                assert_eq!((before, expired, code.as_str()), (0, 0, ""), "{name}");
                assert_eq!(after, pick(row.alone) + usize::from(!extended), "{name}");
            }
        }
    }
    // A reader that takes short commands only: nothing is tried.
    for row in &ROWS {
        let who = Persona::shipped("hanako").unwrap();
        let (before, after, ..) = run(row, &who, true, true);
        assert_eq!((before, after), (row.before.0, 5), "{}", row.name);
        let (before, after, ..) = run(row, &who, false, true);
        assert_eq!((before, after), (0, row.alone.0), "{}", row.name);
    }
}

#[test]
fn a_certificate_that_has_run_out_is_told_before_the_pin_is_presented() {
    for row in &ROWS[..3] {
        let who = Persona::shipped("kigen").unwrap();
        let (_, after, expired, code) = run(row, &who, true, true);
        assert_eq!((after, expired, code.as_str()), (5, 1, ""), "{}", row.name);
        let (before, _, expired, code) = run(row, &who, true, false);
        assert_eq!(
            (before, expired),
            (0, 1),
            "{}: no PIN was asked for",
            row.name
        );
        assert_eq!(code, "operation.cancelled");
        // Told outside of a window: the application is selected once more.
        let (_, after, expired, code) = run(row, &who, false, true);
        assert_eq!((expired, code.as_str()), (1, ""), "{}", row.name);
        assert_eq!(after, row.alone.0 + 1, "{}", row.name);
    }
}
