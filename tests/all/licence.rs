//! The driving licence: read from every resident, with every doubt, and what it may cost.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use card_core::applet::licence::{
    Field, LicenceRecord, LicenceSignature, NameMismatch, PinState, SignatureFit, SignedPart,
};
use card_core::certificate::Certificate;
use card_core::domain::date::UtcTime;
use card_core::pin::{LicencePin, PinKind, PinProblem};
use card_core::transport::{
    Exclusive, Leave, Link, ReaderDescription, Since, Transport, TransportError,
};
use card_core::{Attempts, Card, Error, Spend};
use card_sim::applets::Application;
use card_sim::fault::{Fault, Plan};
use card_sim::front::in_process::SimulatedCard;
use card_sim::os::quirk::Quirks;
use card_sim::persona::{Persona, police_certificates};
use card_tests::pcscd;
use card_tests::resident::Resident;
use zeroize::Zeroizing;

use crate::real_pcscd::{self, second_program};

const EXTENDED_ATR: [u8; 19] = [
    0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1, 0x73, 0xC6,
    0x01, 0xC0, 0x3B,
];

const PIN_FILE: u16 = 0x06;

fn shipped(id: &str) -> Persona {
    Persona::shipped(id).unwrap()
}

fn certificate(name: &str) -> Certificate {
    let all = police_certificates();
    let (_, der) = all.iter().find(|(of, _)| *of == name).unwrap();
    Certificate::parse_exact(der).unwrap()
}

fn now() -> UtcTime {
    UtcTime::from_unix(1_795_000_000).unwrap()
}

fn open<T>(
    card: &SimulatedCard,
    who: &Persona,
    spend: Spend,
    job: impl FnOnce(&mut card_core::OpenLicence<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut card = Card::new(card.reader());
    let mut transaction = card.begin()?;
    let mut licence = transaction.licence()?;
    let chosen = who
        .licence
        .as_ref()
        .and_then(|licence| licence.pin.as_ref());
    let done = match chosen {
        Some(pin) => {
            let pin = LicencePin::parse(pin.value.as_bytes()).unwrap();
            job(&mut licence.unlock(&pin, spend)?)
        }
        None => job(&mut licence.unlock_without_pin(spend)?),
    }?;
    transaction.end()?;
    Ok(done)
}

fn whole(who: &Persona) -> Result<(LicenceRecord, LicenceSignature), Error> {
    let card = SimulatedCard::new(who);
    let read = open(&card, who, Spend::KeepOne, |licence| {
        Ok((licence.record()?, licence.signature()?))
    });
    assert!(!card.rights_left(), "{}", who.id);
    read
}

fn readable() -> impl Iterator<Item = Persona> {
    let all = Persona::LICENSED.iter().map(|id| shipped(id));
    all.filter(|who| who.id != "menkyo-rokku")
}

fn digits(date: &Field<card_core::applet::licence::LicenceDate>) -> String {
    date.value().map_or(String::new(), |date| {
        let (month, day) = (date.date().month(), date.date().day());
        let era = 1 + card_core::domain::date::Era::ALL
            .iter()
            .position(|era| *era == date.era())
            .unwrap();
        format!("{era}{:02}{month:02}{day:02}", date.era_year())
    })
}

/// What was read equals what the persona file says.
fn compare(who: &Persona, record: &LicenceRecord) {
    let fields = &who.licence.as_ref().unwrap().fields;
    let text = |field: &Field<String>| field.value().cloned().unwrap_or_default();
    let texts = |read: &[card_core::applet::licence::LicenceText]| {
        read.iter()
            .map(|text| text.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(digits(&record.history_date), fields.history_date);
    assert_eq!(text(&record.history_class), fields.history_class);
    let colour = record.colour.value().map_or("", |colour| colour.as_str());
    assert_eq!(colour, fields.colour);
    assert_eq!(digits(&record.expiry), fields.expiry);
    assert_eq!(texts(&record.conditions), fields.conditions);
    assert_eq!(texts(&record.remarks), fields.remarks);
    assert_eq!(texts(&record.spare), fields.spare);
    assert_eq!(record.pictures.len(), fields.pictures.len());
    assert_eq!(text(&record.number), fields.number);
    assert_eq!(text(&record.history_number), fields.history_number);
    assert_eq!(digits(&record.motorcycle_date), fields.motorcycle_date);
    assert_eq!(digits(&record.other_date), fields.other_date);
    assert_eq!(digits(&record.second_class_date), fields.second_class_date);
    let classes: Vec<_> = record
        .classes
        .iter()
        .map(|class| class.japanese())
        .collect();
    assert_eq!(classes, fields.classes);
    assert_eq!(record.unknown.len(), fields.reserved.len());
    let licence = who.licence.as_ref().unwrap();
    let portrait = licence
        .altered_portrait
        .as_ref()
        .unwrap_or(&licence.portrait);
    assert_eq!(record.portrait.value(), Some(portrait));
}

#[test]
fn every_resident_reads_as_the_file_says_with_every_value_of_every_quirk() {
    let mut variants = vec![Quirks::default()];
    for name in Quirks::NAMES {
        for value in Quirks::values_of(name).iter().skip(1) {
            let mut quirks = Quirks::default();
            quirks.set(name, value).unwrap();
            variants.push(quirks);
        }
    }
    for filler in ["00", "FF"] {
        let mut quirks = Quirks::default();
        quirks.set("licence-filler", filler).unwrap();
        quirks.set("licence-signed", "whole-file").unwrap();
        variants.push(quirks);
    }
    for quirks in variants {
        for extended in [false, true] {
            for mut who in readable() {
                who.quirks = quirks.clone();
                if extended {
                    who.atr = EXTENDED_ATR.to_vec();
                    who.largest_apdu = Some(65_544);
                }
                let place = format!("{} with {quirks:?}", who.id);
                if quirks.value("licence-pin-file") == Some("0002") {
                    let error = whole(&who).unwrap_err();
                    assert_eq!(error.code(), "pin.absent", "{place}");
                    continue;
                }
                let (record, signature) = whole(&who).expect(&place);
                compare(&who, &record);
                let name = match &*who.id {
                    "menkyo-saidai" => "police-long-name",
                    _ => "police",
                };
                let fit = signature.check(&record, &certificate(name), now()).unwrap();
                let filled = quirks.value("licence-filler") != Some("end");
                let whole_file = quirks.value("licence-signed") == Some("whole-file");
                // A full file has no filler, so that both are the same bytes.
                let over = if filled && whole_file && who.id != "menkyo-saidai" {
                    SignedPart::WholeFile
                } else {
                    SignedPart::Objects
                };
                let expected = match &*who.id {
                    "menkyo-kaizan" => SignatureFit::DoesNotFit,
                    _ => SignatureFit::Fits {
                        over,
                        certificate_valid: true,
                    },
                };
                assert_eq!(fit, expected, "{place}");
            }
        }
    }
}

#[test]
fn a_licence_costs_what_it_must() {
    let spent = |id: &str, extended: bool, expiry: bool| {
        let mut who = shipped(id);
        if extended {
            who.atr = EXTENDED_ATR.to_vec();
            who.largest_apdu = Some(65_544);
        }
        let card = SimulatedCard::new(&who);
        if expiry {
            open(&card, &who, Spend::KeepOne, |licence| {
                licence.expiry().map(drop)
            })
            .unwrap();
        } else {
            let read = |licence: &mut card_core::OpenLicence<'_>| {
                licence.record()?;
                licence.signature().map(drop)
            };
            open(&card, &who, Spend::KeepOne, read).unwrap();
        }
        assert_eq!(card.verify_commands_seen(), 1);
        card.exchanges()
    };
    assert_eq!(spent("menkyo", false, true), 6);
    assert_eq!(spent("menkyo-nashi", false, true), 6);
    // SELECT, PIN state, counter, VERIFY, 23 and 3 pieces, SELECT of the issuer domain.
    assert_eq!(spent("menkyo-saidai", false, false), 31);
    assert_eq!(spent("menkyo-saidai", true, false), 7);
    // A file that ends before its capacity needs one more command to see that.
    assert_eq!(spent("menkyo", true, false), 9);
}

#[test]
fn the_pin_state_decides_what_is_presented() {
    let pin = LicencePin::parse(b"1111").unwrap();
    // Four asterisks never reach a card with a PIN.
    let card = SimulatedCard::new(&shipped("menkyo"));
    let mut opened = Card::new(card.reader());
    let error = opened
        .begin()
        .and_then(|mut transaction| {
            let mut licence = transaction.licence()?;
            assert_eq!(licence.pin_state()?, PinState::Chosen);
            assert_eq!(licence.pin_attempts()?, Attempts::Left(10));
            licence.unlock_without_pin(Spend::LastAttempt).map(drop)
        })
        .unwrap_err();
    assert_eq!(error.code(), "pin.needed");
    assert_eq!(card.verify_commands_seen(), 0);
    // A PIN never reaches a card without one.
    let without = SimulatedCard::new(&shipped("menkyo-nashi"));
    let mut opened = Card::new(without.reader());
    let error = opened
        .begin()
        .and_then(|mut transaction| {
            let mut licence = transaction.licence()?;
            licence.unlock(&pin, Spend::LastAttempt).map(drop)
        })
        .unwrap_err();
    assert_eq!(error.code(), "pin.not-set");
    assert_eq!(without.verify_commands_seen(), 0);
}

/// A card that answers each READ BINARY with the same bytes and everything else with 9000.
#[derive(Clone)]
struct Stated {
    state: Vec<u8>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Transport for Stated {
    fn begin(&mut self) -> Result<(Box<dyn Exclusive + '_>, Since), TransportError> {
        Ok((Box::new(self.clone()), Since::Unchanged))
    }

    fn description(&self) -> ReaderDescription {
        ReaderDescription {
            name: "stated".into(),
            simulated: true,
        }
    }
}

impl Exclusive for Stated {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        self.sent.lock().unwrap().push(command.to_vec());
        Ok(Zeroizing::new(match command[1] {
            0xB0 => self.state.clone(),
            _ => vec![0x90, 0x00],
        }))
    }

    fn link(&self) -> Link {
        Link {
            atr: EXTENDED_ATR.to_vec(),
            largest_apdu: None,
        }
    }

    fn end(self: Box<Self>, _: Leave) -> Result<(), TransportError> {
        Ok(())
    }
}

#[test]
fn any_other_pin_state_stops_before_anything_is_presented() {
    for (state, code) in [
        (&[0xC1, 0x01, 0x02, 0x90, 0x00][..], "card.malformed"),
        (&[0xC1, 0x01, 0xFF, 0x90, 0x00], "card.malformed"),
        (&[0xC1, 0x01, 0x90, 0x00], "card.malformed"),
        (&[0xC1, 0x02, 0x00, 0x00, 0x90, 0x00], "card.malformed"),
        (&[0xC2, 0x01, 0x00, 0x90, 0x00], "card.malformed"),
        (&[0x00, 0x90, 0x00], "card.malformed"),
        (&[0x69, 0x82], "card.refused"),
        (&[0x6A, 0x82], "file.missing"),
    ] {
        for chosen in [true, false] {
            let card = Stated {
                state: state.to_vec(),
                sent: Arc::default(),
            };
            let mut opened = Card::new(card.clone());
            let mut transaction = opened.begin().unwrap();
            let mut licence = transaction.licence().unwrap();
            let unlocked = if chosen {
                let pin = LicencePin::parse(b"2468").unwrap();
                licence.unlock(&pin, Spend::LastAttempt).map(drop)
            } else {
                licence.unlock_without_pin(Spend::LastAttempt).map(drop)
            };
            let error = unlocked.unwrap_err();
            assert_eq!(error.code(), code, "{state:02X?}");
            transaction.end().unwrap();
            let sent = card.sent.lock().unwrap();
            assert!(sent.len() >= 2, "{sent:02X?}");
            let verify = sent.iter().any(|command| command[1] == 0x20);
            assert!(!verify, "{state:02X?}: {sent:02X?}");
        }
    }
}

/// Through the PC/SC service, while another program is in a transaction and after it.
#[test]
fn another_programs_transaction_is_waited_for_and_costs_nothing() {
    pcscd::alone(1, |service| {
        let who = shipped("menkyo");
        let card = Resident::insert(service, &service.readers()[0], &who);
        let mut holder = second_program(card.reader(), "shared");
        assert_eq!(holder.ask("begin"), "ok");
        let reader = real_pcscd::open(card.reader()).unwrap();
        let mut library = Card::new(reader).waiting_at_most(Duration::from_millis(200));
        assert_eq!(library.begin().unwrap_err().code(), "reader.busy");
        assert_eq!(card.seen(), (0, 0));
        assert_eq!(holder.ask("end leave"), "ok");
        let mut library = library.waiting_at_most(Duration::from_secs(60));
        let mut transaction = library.begin().unwrap();
        let pin = LicencePin::parse(b"2468").unwrap();
        let mut licence = transaction.licence().unwrap();
        let mut licence = licence.unlock(&pin, Spend::KeepOne).unwrap();
        compare(&who, &licence.record().unwrap());
        transaction.end().unwrap();
        assert_eq!(card.seen().1, 1);
    });
}

#[test]
fn attempts_are_hexadecimal_and_the_floor_holds() {
    let mut who = shipped("menkyo");
    let card = SimulatedCard::new(&who);
    let mut opened = Card::new(card.reader());
    for (round, wrong) in (0..9_u8).map(|round| (round, format!("000{round}"))) {
        let pin = LicencePin::parse(wrong.as_bytes()).unwrap();
        let error = opened
            .begin()
            .and_then(|mut transaction| {
                let mut licence = transaction.licence()?;
                licence.unlock(&pin, Spend::KeepOne).map(drop)
            })
            .unwrap_err();
        let problem = PinProblem::Wrong {
            left: Attempts::Left(9 - round),
        };
        let pin = PinKind::Licence;
        assert_eq!(error, Error::Pin { pin, problem });
    }
    assert_eq!(card.attempts_left(Application::Licence, PIN_FILE), Some(1));
    let error = open(&card, &who, Spend::KeepOne, |_| Ok(())).unwrap_err();
    assert_eq!(error.code(), "pin.last-attempt");
    assert_eq!(card.verify_commands_seen(), 9);
    open(&card, &who, Spend::LastAttempt, |_| Ok(())).unwrap();

    who = shipped("menkyo-rokku");
    for (name, value) in [
        ("blocked-query", "63C0"),
        ("blocked-query", "6983"),
        ("blocked-query", "6984"),
    ] {
        who.quirks.set(name, value).unwrap();
        let card = SimulatedCard::new(&who);
        let error = open(&card, &who, Spend::LastAttempt, |_| Ok(())).unwrap_err();
        assert_eq!(error.code(), "pin.blocked");
        assert_eq!(card.verify_commands_seen(), 0);
    }
}

#[test]
fn the_signature_is_checked_bit_by_bit_and_name_by_name() {
    let who = shipped("menkyo");
    let police = certificate("police");
    let [record, signature] = who
        .licence
        .as_ref()
        .unwrap()
        .card_files(&who.quirks)
        .unwrap();
    let check = |record: &[u8], signature: &[u8], certificate: &Certificate| {
        let record = LicenceRecord::parse(record).unwrap();
        let signature = LicenceSignature::parse(signature).unwrap();
        signature.check(&record, certificate, now()).unwrap()
    };
    let fits = |certificate_valid| SignatureFit::Fits {
        over: SignedPart::Objects,
        certificate_valid,
    };
    assert_eq!(check(&record, &signature, &police), fits(true));
    // Behind the tag and its length, which is one byte or `82 hi lo`.
    let position = |file: &[u8], tag: &[u8]| {
        let found = file.windows(tag.len()).position(|part| part == tag);
        let length = found.unwrap() + tag.len();
        length + if file[length] == 0x82 { 3 } else { 1 }
    };
    for tag in [&[0xC4][..], &[0xC5], &[0x01, 0x07]] {
        let mut changed = record.clone();
        changed[position(&record, tag)] ^= 1;
        assert_eq!(
            check(&changed, &signature, &police),
            SignatureFit::DoesNotFit,
            "{tag:02X?}"
        );
    }
    let mut changed = signature.clone();
    changed[position(&signature, &[0x01, 0x08])] ^= 1;
    assert_eq!(check(&record, &changed, &police), SignatureFit::DoesNotFit);
    let mut changed = signature.clone();
    changed[position(&signature, &[0x01, 0x09]) + 15] ^= 1;
    let names = SignatureFit::Names {
        over: SignedPart::Objects,
        mismatches: vec![NameMismatch::Serial],
    };
    assert_eq!(check(&record, &changed, &police), names);
    let other = certificate("police-other");
    assert_eq!(check(&record, &signature, &other), SignatureFit::DoesNotFit);
    // The same key under another certificate: the card names the first one.
    let SignatureFit::Names { mismatches, .. } =
        check(&record, &signature, &certificate("police-long-name"))
    else {
        panic!("another certificate of the same key is named by nobody");
    };
    assert_eq!(
        mismatches,
        [
            NameMismatch::Serial,
            NameMismatch::Issuer,
            NameMismatch::Subject,
            NameMismatch::KeyIdentifier
        ]
    );
    let absent = LicenceSignature::parse(&[0x01, 0x08, 0x00]).unwrap();
    let record = LicenceRecord::parse(&record).unwrap();
    assert_eq!(
        absent.check(&record, &police, now()),
        Ok(SignatureFit::Absent)
    );
    let mut expired = who.clone();
    let licence = expired.licence.as_mut().unwrap();
    licence.fields.signer = card_sim::persona::licence::PoliceSigner::Expired;
    let [record, signature] = licence.card_files(&expired.quirks).unwrap();
    assert_eq!(
        check(&record, &signature, &certificate("police-expired")),
        fits(false)
    );
    // A key that signs no licence.
    let next = shipped("jisedai").authentication.unwrap().certificate;
    let next = Certificate::parse_exact(&next).unwrap();
    let record = LicenceRecord::parse(&record).unwrap();
    assert!(absent.check(&record, &next, now()).is_err());
}

#[test]
fn a_fault_at_any_exchange_spends_nothing_more_and_is_said() {
    let who = shipped("menkyo");
    let read = |card: &SimulatedCard| {
        open(card, &who, Spend::KeepOne, |licence| {
            licence.record()?;
            licence.signature().map(drop)
        })
    };
    let quiet = SimulatedCard::new(&who);
    read(&quiet).unwrap();
    for at in 1..=quiet.exchanges() {
        for fault in [Fault::Remove, Fault::LoseAnswer] {
            let card = SimulatedCard::new(&who);
            card.set_plan(Plan::new().at(at, fault));
            let result = read(&card);
            let verify = 4;
            // The last exchange makes the card forget; what was read is there already.
            if at < quiet.exchanges() {
                let error = result.unwrap_err();
                let expected: &[&str] = match fault {
                    Fault::Remove => &["card.removed"],
                    _ => &["card.silent", "card.removed"],
                };
                assert!(expected.contains(&error.code()), "{at} {fault:?}: {error}");
            }
            assert_eq!(
                card.verify_commands_seen(),
                usize::from(at >= verify),
                "{at} {fault:?}"
            );
            let left = card.attempts_left(Application::Licence, PIN_FILE);
            assert_eq!(left, Some(10), "{at} {fault:?}");
        }
    }
}

#[test]
fn a_card_without_a_licence_says_so() {
    for value in Quirks::values_of("licence-missing-app") {
        let mut who = shipped("hanako");
        who.quirks.set("licence-missing-app", value).unwrap();
        let card = SimulatedCard::new(&who);
        let error = open(&card, &who, Spend::KeepOne, |_| Ok(())).unwrap_err();
        assert_eq!(error.code(), "application.missing");
    }
}

/// A decoder in another language reads the same values, from its own table of characters.
#[test]
fn a_decoder_in_python_reads_the_same() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/judges/licence.py");
    for who in readable() {
        let licence = who.licence.as_ref().unwrap();
        let [record, signature] = licence.card_files(&who.quirks).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("1B"), &record).unwrap();
        std::fs::write(folder.path().join("1C"), &signature).unwrap();
        for (name, der) in police_certificates() {
            std::fs::write(folder.path().join(format!("{name}.der")), der).unwrap();
        }
        let name = match &*who.id {
            "menkyo-saidai" => "police-long-name",
            _ => "police",
        };
        let output = Command::new("/usr/bin/python3")
            .args([script, name])
            .arg(folder.path())
            .output()
            .expect("python3 is missing: package python3");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", who.id);
        let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let fields = &licence.fields;
        for (field, value) in [
            ("C2", &fields.history_date),
            ("C3", &fields.history_class),
            ("C4", &fields.colour),
            ("C5", &fields.expiry),
            ("E7", &fields.number),
            ("E8", &fields.history_number),
            ("E9", &fields.motorcycle_date),
            ("EA", &fields.other_date),
            ("EB", &fields.second_class_date),
        ] {
            assert_eq!(read[field], **value, "{} {field}", who.id);
        }
        assert_eq!(
            read["conditions"],
            serde_json::json!(fields.conditions),
            "{}",
            who.id
        );
        assert_eq!(
            read["remarks"],
            serde_json::json!(fields.remarks),
            "{}",
            who.id
        );
        assert_eq!(
            read["classes"],
            serde_json::json!(fields.classes),
            "{}",
            who.id
        );
        assert_eq!(read["signature"], who.id != "menkyo-kaizan", "{}", who.id);
    }
}

/// Every cell of JIS X 0208 as Python's own table has it.
#[test]
fn every_character_is_the_one_of_another_table() {
    let rows = "import sys\nfor r in range(1,95):\n for c in range(1,95):\n  \
                b=bytes([r+160,c+160])\n  \
                try: t=b.decode('euc_jp')\n  except UnicodeDecodeError: t=''\n  \
                print('%02X%02X %s' % (r+32,c+32,t))";
    let output = Command::new("/usr/bin/python3")
        .args(["-X", "utf8", "-c", rows])
        .output()
        .expect("python3 is missing: package python3");
    let table = String::from_utf8(output.stdout).unwrap();
    let mut characters = 0;
    for line in table.lines() {
        let (code, character) = line.split_once(' ').unwrap();
        let code = u16::from_str_radix(code, 16).unwrap().to_be_bytes();
        let file = [&[0xC6, 2][..], &code].concat();
        let record = LicenceRecord::parse(&file).unwrap();
        let read = &record.conditions[0];
        if character.is_empty() {
            assert_eq!(read.as_str(), "【?】", "{code:02X?}");
        } else if code != [0x21, 0x21] {
            assert_eq!(read.as_str(), character, "{code:02X?}");
            characters += 1;
        }
    }
    assert_eq!(characters, 6878);
}
