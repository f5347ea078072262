//! The card as a whole: what it answers, what it costs, what it forgets.

use std::sync::LazyLock;

use proptest::prelude::*;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pss::Pss;
use sha2::{Digest, Sha256};
use signature::hazmat::PrehashVerifier;

use super::*;
use crate::persona::{CardFace, Credential, Holder, Pin, PrivateKey};

pub(crate) const SELECT_JPKI: &[u8] = &[
    0, 0xa4, 4, 0x0c, 10, 0xd3, 0x92, 0xf0, 0, 0x26, 1, 0, 0, 0, 1,
];
const SELECT_COMMON: &[u8] = &[
    0, 0xa4, 4, 0x0c, 10, 0xd3, 0x92, 0x10, 0, 0x31, 0, 1, 1, 1, 0,
];
const SELECT_ISSUER: &[u8] = &[0, 0xa4, 4, 0x0c, 7, 0xa0, 0, 0, 1, 0x51, 0, 0];
const SELECT_NOTHING: &[u8] = &[0, 0xa4, 4, 0x0c, 2, 0xd2, 0x76];

/// A key made once per test process.
static KEY: LazyLock<rsa::PrivateKey> =
    LazyLock::new(|| rsa::PrivateKey::new(&mut rand::rng(), 2048).unwrap());

/// A resident for tests; the certificates are no certificates.
pub(crate) fn persona() -> Persona {
    let credential = |fill: u8, length: u16| Credential {
        key: PrivateKey::Rsa(KEY.clone().into()),
        certificate: fake_der(fill, length),
        ca_certificate: fake_der(fill + 1, 1300),
        revoked: false,
    };
    Persona {
        id: "test".into(),
        about_ja: "試験".into(),
        about_en: "test".into(),
        kind: Kind::Plastic,
        invented: false,
        atr: vec![0x3b, 0xe0, 0x00, 0xff, 0x81, 0x31, 0xfe, 0x45, 0x14],
        largest_apdu: Some(65_544),
        holder: Holder {
            name: "見本　花子".into(),
            name_substitutes: "00000".into(),
            address: "見本県".into(),
            address_substitutes: "000".into(),
            birth: "319800217".into(),
            sex: '2',
            my_number: Some("000000000019".into()),
            furigana: None,
        },
        card: CardFace {
            serial: "400000012719843".into(),
            municipality: "99999".into(),
            expiry: "20350217".into(),
            identification: "TEST0001".into(),
            birth: "550217".into(),
            security_code: Some("2285".into()),
        },
        authentication: Some(credential(0xa0, 1590)),
        signature: Some(credential(0xb0, 1758)),
        without_pins: false,
        authentication_pin: Pin {
            value: "1234".into(),
            left: 3,
        },
        signature_password: Pin {
            value: "ABC123".into(),
            left: 5,
        },
        resident_pin: Pin {
            value: "5678".into(),
            left: 3,
        },
        profile_pin: None,
        records: None,
        licence: None,
        quirks: Quirks::default(),
    }
}

/// A resident whose card has all applications; records, keys and pictures are Hanako's.
static WHOLE: LazyLock<Persona> = LazyLock::new(|| {
    let mut whole = persona();
    whole.holder.my_number = Some("000000000019".into());
    whole.card.security_code = Some("2285".into());
    whole.profile_pin = Some(Pin {
        value: "4321".into(),
        left: 3,
    });
    whole.records = Persona::shipped("hanako").unwrap().records;
    whole
});

fn fake_der(fill: u8, length: u16) -> Vec<u8> {
    let mut der = vec![fill; usize::from(length)];
    let [hi, lo] = (length - 4).to_be_bytes();
    der[..4].copy_from_slice(&[0x30, 0x82, hi, lo]);
    der
}

pub(crate) fn card(persona: &Persona) -> CardOs {
    let mut card = CardOs::new(persona, Persistent::in_memory());
    card.power_on();
    card
}

fn quirky(name: &str, value: &str) -> Persona {
    let mut persona = persona();
    persona.quirks.set(name, value).unwrap();
    persona
}

/// A command as hexadecimal text.
fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

impl CardOs {
    fn send(&mut self, command: &str) -> (Vec<u8>, Sw) {
        self.bytes(&hex(command))
    }

    fn bytes(&mut self, command: &[u8]) -> (Vec<u8>, Sw) {
        let mut answer = self.execute(command);
        let status = answer.split_off(answer.len() - 2);
        (answer, u16::from_be_bytes([status[0], status[1]]))
    }

    /// Sends each command; all must answer as written beside it.
    fn dialogue(&mut self, lines: &[(&str, Sw)]) {
        for (line, (command, status)) in lines.iter().enumerate() {
            let answered = self.send(command).1;
            assert_eq!(
                answered, *status,
                "line {line}: {command} answered {answered:04X}"
            );
        }
    }
}

const JPKI: (&str, Sw) = ("00A4040C0AD392F000260100000001", 0x9000);
const PROFILE: (&str, Sw) = ("00A4040C0AD3921000310001010408", 0x9000);
const VISUAL: (&str, Sw) = ("00A4040C0AD3921000310001010402", 0x9000);
const RESIDENT: (&str, Sw) = ("00A4040C0AD3921000310001010401", 0x9000);
const COMMON: (&str, Sw) = ("00A4040C0AD3921000310001010100", 0x9000);
const ISSUER: (&str, Sw) = ("00A4040C07A0000001510000", 0x9000);
const PIN: (&str, Sw) = ("00200098 04 31323334", 0x9000);
const PASSWORD: (&str, Sw) = ("0020009B 06 414243313233", 0x9000);
const SIGN: &str = "802A0097 01 41 00";

#[test]
fn without_power_the_card_says_nothing() {
    let mut card = CardOs::new(&persona(), Persistent::in_memory());
    assert!(card.execute(SELECT_JPKI).is_empty());
    assert_eq!(card.power_on(), persona().atr);
    assert_eq!(card.execute(SELECT_JPKI), [0x90, 0x00]);
    card.power_off();
    assert!(card.execute(SELECT_JPKI).is_empty());
}

#[test]
fn opensc_finds_nothing_of_others_and_then_jpki() {
    // Section "Driver probing": what OpenSC 0.23 sends before it reaches its jpki driver.
    card(&persona()).dialogue(&[
        ("00A4040007627601FF000000", 0x6a82),
        ("00A4040006A00000000101", 0x6a82),
        ("00A404000BE82B0601040181C31F020100", 0x6a82),
        ("00CADF3005", 0x6a88),
        ("00CB3FFF035C017E08", 0x6d00),
        ("00A4040009A0000003080000100000", 0x6a82),
        ("00A4040C07A0000000790100", 0x6a82),
        ("00A404000CF276A288BCFBA69D34F31001", 0x6a82),
        ("00A4040006D27600012401 00", 0x6a82),
        JPKI,
        ("00A4020C020018", 0x9000),
        ("00200080", 0x63c3),
        ("00A4020C02001B", 0x9000),
        ("00200080", 0x63c5),
        ("00A4020C020001", 0x9000),
        ("00B0000004", 0x6982),
    ]);
}

#[test]
fn select_by_name() {
    let mut card = card(&persona());
    assert_eq!(
        card.send("00A404000AD392F00026010000000100"),
        (hex("6F0C840AD392F000260100000001"), 0x9000)
    );
    assert_eq!(
        card.send("00A404000AD392F000260100000001"),
        (vec![], 0x9000)
    );
    assert_eq!(card.send("00A4040C01D300").1, 0x9000);
    assert_eq!(card.current_application(), Some(Application::Jpki));
    assert_eq!(card.send("00A4040E01D3").1, 0x9000);
    assert_eq!(card.current_application(), Some(Application::Common));
    assert_eq!(card.send("00A4040E01D3").1, 0x9000);
    assert_eq!(card.current_application(), Some(Application::Resident));
    assert_eq!(card.send("00A4040E01D3").1, 0x6a82);
    assert_eq!(card.current_application(), Some(Application::Resident));
    assert_eq!(card.send("00A4040C0BD392F00026010000000101").1, 0x6a82);
}

#[test]
fn the_root_is_nothing() {
    card(&persona()).dialogue(&[
        ("00A40000", 0x6a86),
        JPKI,
        ("00A4020C02000A", 0x9000),
        ("00A40000", 0x9000),
        ("00B0000004", 0x9000),
        ("00A4020C023F00", 0x6a82),
        ("00A4000C023F00", 0x6a82),
        ISSUER,
        ("00A40000", 0x6a86),
    ]);
}

#[test]
fn nothing_is_selected_at_first() {
    card(&persona()).dialogue(&[
        ("00B0000004", 0x6986),
        ("00B08A0004", 0x6986),
        ("00200080", 0x6986),
        ("00200098", 0x6986),
        ("00A4020C02000A", 0x6a82),
        (SIGN, 0x6986),
        ("0084000008", 0x9000),
    ]);
}

#[test]
fn reading_binary() {
    let mut card = card(&persona());
    card.bytes(SELECT_JPKI);
    let certificate = persona().authentication.unwrap().certificate;
    assert_eq!(card.send("00B08A0004"), (certificate[..4].to_vec(), 0x9000));
    assert_eq!(
        card.send("00B0000400"),
        (certificate[4..260].to_vec(), 0x9000)
    );
    assert_eq!(card.send("00B00000000636"), (certificate.clone(), 0x9000));
    let (whole, status) = card.send("00B08A00000000");
    assert_eq!((whole.len(), status), (2048, 0x9000));
    assert!(whole[certificate.len()..].iter().all(|byte| *byte == 0xff));
    assert_eq!(card.send("00B007FF00"), (vec![0xff], 0x9000));
    card.dialogue(&[
        ("00B0080000", 0x6b00),
        ("00B07FFF00", 0x6b00),
        ("00B00000", 0x6700),
        ("00A4020C020018", 0x9000),
        ("00B0000000", 0x6981),
        ("00B0970000", 0x6981),
        ("00B0810000", 0x6982),
        ("00B08C0000", 0x6a82),
        ("00A4020C020006", 0x9000),
    ]);
    assert_eq!(card.send("00B0000000").0.len(), 160);
    assert_eq!(card.send("00B0880000"), (vec![0x8f, 0x8f, 0x00], 0x9000));
}

#[test]
fn reading_records() {
    let mut card = card(&persona());
    card.bytes(SELECT_COMMON);
    let expected = [hex("011C"), b"4000000127198439999920350217".to_vec()].concat();
    assert_eq!(card.send("00B2010C00"), (expected.clone(), 0x9000));
    assert_eq!(card.send("00B2010400"), (expected, 0x9000));
    card.dialogue(&[
        ("00B2020400", 0x6a83),
        ("00B2000400", 0x6a83),
        ("00B2010500", 0x6a81),
        ("00B0000000", 0x6981),
        ("00B201E400", 0x6981),
    ]);
    assert_eq!(card.send("00B2011400").0.len(), 18);
}

#[test]
fn data_objects_belong_to_the_issuer() {
    let mut card = card(&persona());
    assert_eq!(card.send("00CA00F000"), (b"99999".to_vec(), 0x9000));
    card.bytes(SELECT_JPKI);
    assert_eq!(card.send("00CA00F000").1, 0x6a88);
    card.bytes(SELECT_ISSUER);
    assert_eq!(card.send("00CA00F200"), (b"20350217".to_vec(), 0x9000));
    assert_eq!(card.send("00CA5F5100"), (hex("E000FF8131FE4514"), 0x9000));
    assert_eq!(card.send("00CA004500"), (b"TEST0001".to_vec(), 0x9000));
    assert_eq!(card.send("00CA00F204").1, 0x6700);
    assert_eq!(card.send("00CA00F700").1, 0x6a88);
}

#[test]
fn a_pin_counts_down_and_comes_back() {
    card(&persona()).dialogue(&[
        JPKI,
        ("00A4020C020018", 0x9000),
        ("00200080", 0x63c3),
        ("0020008000", 0x63c3),
        ("00200080 04 39393939", 0x63c2),
        ("00200098", 0x63c2),
        ("00200080 04 31323334", 0x9000),
        ("00200080", 0x63c3),
        ("00200080 03 313233", 0x63c2),
        ("00200080 04 39393939", 0x63c1),
        ("00200080 04 39393939", 0x63c0),
        ("00200080", 0x63c0),
        ("00200080 04 31323334", 0x6984),
        ("00200080 04 39393939", 0x6984),
        ("0020009B", 0x63c5),
    ]);
}

#[test]
fn a_failed_verify_costs_the_right() {
    card(&persona()).dialogue(&[
        JPKI,
        PIN,
        (SIGN, 0x9000),
        PASSWORD,
        ("00200098 04 39393939", 0x63c2),
        (SIGN, 0x6982),
        ("00B0810004", 0x9000),
    ]);
}

#[test]
fn rights_belong_to_their_application() {
    let mut card = card(&persona());
    card.dialogue(&[
        JPKI,
        PIN,
        JPKI,
        (SIGN, 0x9000),
        COMMON,
        JPKI,
        (SIGN, 0x6982),
    ]);
    card.dialogue(&[PIN, ISSUER]);
    assert!(!card.rights_left());
    card.dialogue(&[JPKI, PIN]);
    card.reset();
    assert!(card.rights_left());
    card.dialogue(&[(SIGN, 0x6986), JPKI, (SIGN, 0x9000)]);
    card.power_on();
    card.dialogue(&[JPKI, (SIGN, 0x6982)]);
}

#[test]
fn changing_a_pin() {
    let mut card = card(&persona());
    card.dialogue(&[
        JPKI,
        ("00240198 04 30303030", 0x6982),
        PIN,
        ("00240198 03 303030", 0x6a80),
        ("00240198 04 3030304F", 0x6a80),
        ("80320098 04 30303030", 0x6985),
        ("00240198 04 30303030", 0x9000),
        ("00200098 04 31323334", 0x63c2),
        ("00200098 04 30303030", 0x9000),
        PASSWORD,
        ("0024019B 06 616263313233", 0x6a80),
        ("0024019B 10 4142434445464748 3132333435363738", 0x9000),
        COMMON,
        ("0020009C 04 35363738", 0x9000),
        ("0024019C 04 30303030", 0x6985),
        ("8032009C 04 30303030", 0x9000),
    ]);
}

#[test]
fn every_scheme_signs_what_it_says() {
    let mut card = card(&persona());
    let public = KEY.to_public_key();
    let hash = Sha256::digest(b"A").to_vec();
    let digest_info = [hex("3031300D060960864801650304020105000420"), hash.clone()].concat();
    let command =
        |p1: u8, data: &[u8]| [&[0x80, 0x2a, p1, 0x97, data.len() as u8], data, &[0]].concat();
    card.dialogue(&[JPKI, (SIGN, 0x6982), PIN]);
    for (p1, data) in [(0, &digest_info), (2, &hash), (3, &b"A".to_vec())] {
        let (signature, status) = card.bytes(&command(p1, data));
        assert_eq!(status, 0x9000);
        public
            .verify(Pkcs1v15Sign::new::<Sha256>(), &hash, &signature)
            .unwrap();
    }
    let (signature, _) = card.bytes(&command(1, b"A"));
    public
        .verify(Pkcs1v15Sign::new_unprefixed(), &hash, &signature)
        .unwrap();
    for (p1, data) in [(4, &hash), (5, &b"A".to_vec())] {
        let (signature, status) = card.bytes(&command(p1, data));
        assert_eq!(status, 0x9000);
        public
            .verify(Pss::<Sha256>::new(), &hash, &signature)
            .unwrap();
    }
    assert_eq!(card.bytes(&command(6, &hash)).1, 0x6a86);
    assert_eq!(card.bytes(&command(2, b"A")).1, 0x6985);
    assert_eq!(card.bytes(&command(4, b"A")).1, 0x6985);
    assert_eq!(card.bytes(&command(0, &[1; 245])).1, 0x9000);
    assert_eq!(card.bytes(&command(0, &[1; 246])).1, 0x6985);
    card.dialogue(&[
        ("802A0097 01 41", 0x6700),
        ("802A0097 00", 0x6700),
        ("802A0097 01 41 FF", 0x6700),
        ("802A0080 01 41 00", 0x6986),
        ("802A0000 01 41 00", 0x6a88),
        ("802A0098 01 41 00", 0x6981),
        ("802A009A 01 41 00", 0x6982),
        ("802A009C 01 41 00", 0x6a88),
        ("00A4020C020017", 0x9000),
        ("802A0080 01 41 00", 0x9000),
    ]);
}

#[test]
fn an_invented_curve_key_signs_bare_hashes() {
    let secret = p256::SecretKey::from_slice(&[0x42; 32]).unwrap();
    let mut invented = persona();
    invented.authentication.as_mut().unwrap().key = PrivateKey::P256(secret.clone());
    let secret384 = p384::SecretKey::from_slice(&[0x42; 48]).unwrap();
    invented.signature.as_mut().unwrap().key = PrivateKey::P384(secret384.clone());
    let mut card = card(&invented);
    card.dialogue(&[JPKI, PIN, PASSWORD, (SIGN, 0x6a80)]);
    let hash = [7; 32];
    let (answer, status) = card.bytes(&[&[0x80, 0x2a, 0, 0x97, 32], &hash[..], &[0]].concat());
    assert_eq!((answer.len(), status), (64, 0x9000));
    let signature = p256::ecdsa::Signature::from_slice(&answer).unwrap();
    let public = p256::ecdsa::VerifyingKey::from(secret.public_key());
    public.verify_prehash(&hash, &signature).unwrap();
    let hash = [7; 48];
    let (answer, status) = card.bytes(&[&[0x80, 0x2a, 0, 0x9a, 48], &hash[..], &[0]].concat());
    assert_eq!((answer.len(), status), (96, 0x9000));
    let signature = p384::ecdsa::Signature::from_slice(&answer).unwrap();
    let public = p384::ecdsa::VerifyingKey::from(secret384.public_key());
    public.verify_prehash(&hash, &signature).unwrap();
}

#[test]
fn challenges_and_internal_authentication() {
    let mut card = card(&persona());
    let (first, _) = card.send("0084000008");
    assert_eq!(first.len(), 8);
    assert_ne!(card.send("0084000008").0, first);
    assert_eq!(card.send("0084000000").0.len(), 256);
    card.dialogue(&[
        ("00840000000008", 0x6985),
        ("00840000", 0x6700),
        JPKI,
        ("00880097 01 41 00", 0x6982),
        PIN,
        ("00880097 01 41 00", 0x6985),
        COMMON,
        ("00880099 01 41 00", 0x6a88),
    ]);
}

#[test]
fn phones_and_the_older_card() {
    let mut phone = persona();
    phone.kind = Kind::Android;
    let mut card = self::card(&phone);
    card.dialogue(&[
        ("00CA00F000", 0x6a88),
        ("00A4040C07A0000001510000", 0x6a82),
        ("00A4040C0AD3921000310001010100", 0x6a82),
        JPKI,
        ("00B08A0004", 0x6982),
        PIN,
        ("00B08A0004", 0x9000),
        ("80FC0000", 0x9000),
    ]);
    assert_eq!(&card.send("00B0860020").0[..16], b"JPKIAPGPSETOKEN ");
    let mut older = persona();
    older.kind = Kind::ResidentCard;
    let mut card = self::card(&older);
    card.dialogue(&[JPKI, ("00B08A0004", 0x9000), ("80FC0000", 0x6700)]);
    assert_eq!(&card.send("00B0860020").0[..16], b"JPKIAPICCTOKEN  ");
}

#[test]
fn a_child_has_no_signature_certificate() {
    let mut child = persona();
    child.signature = None;
    let mut card = self::card(&child);
    card.dialogue(&[
        JPKI,
        ("0020009B", 0x63c0),
        ("0020009B 06 414243313233", 0x6984),
    ]);
    assert_eq!(card.send("00B0880003").0, [0x00, 0x8f, 0x00]);
    assert_eq!(card.send("00B0820004"), (vec![0xff; 4], 0x9000));
    child.quirks.set("certificate-absent", "6A82").unwrap();
    self::card(&child).dialogue(&[JPKI, ("00A4020C020001", 0x6a82), ("00B0820004", 0x6a82)]);
}

const PROFILE_PIN: (&str, Sw) = ("00200091 04 34333231", 0x9000);
const NUMBER_A: &str = "0C 303030303030303030303139";
const NUMBER_B: &str = "0E 3535303231373230333532323835";
const BIRTH: &str = "06 353530323137";

/// What each file of an application answers when this was presented to that PIN.
fn opens(quirks: &Quirks, application: &str, verify: &str, expected: &[(u8, bool)]) {
    let mut whole = WHOLE.clone();
    whole.quirks = quirks.clone();
    let mut card = card(&whole);
    card.dialogue(&[(application, 0x9000), (verify, 0x9000)]);
    for (id, open) in expected {
        let answered = card.send(&format!("00B0{:02X}0001", 0x80 | id)).1;
        let expected = if *open { 0x9000 } else { 0x6982 };
        assert_eq!(answered, expected, "{id:02X} after {verify}");
    }
}

#[test]
fn each_secret_opens_its_files() {
    let (none, profile, visual) = (Quirks::default(), PROFILE.0, VISUAL.0);
    let all = |open: [bool; 8]| (1..).zip(open).collect::<Vec<(u8, bool)>>();
    let (yes, no) = (true, false);
    opens(&none, profile, PROFILE_PIN.0, &all([yes; 8]));
    let number_a = format!("00200094{NUMBER_A}");
    opens(
        &none,
        profile,
        &number_a,
        &all([yes, no, yes, yes, yes, yes, yes, yes]),
    );
    let number_b = format!("00200095{NUMBER_B}");
    opens(
        &none,
        profile,
        &number_b,
        &all([no, yes, yes, yes, yes, yes, yes, yes]),
    );

    let visual_files = |open: [bool; 6]| (1..).zip(open).collect::<Vec<(u8, bool)>>();
    let birth = format!("00200091{BIRTH}");
    opens(
        &none,
        visual,
        &birth,
        &visual_files([yes, no, yes, yes, no, no]),
    );
    let number_a = format!("00200093{NUMBER_A}");
    opens(
        &none,
        visual,
        &number_a,
        &visual_files([no, yes, yes, yes, yes, yes]),
    );
    let number_b = format!("00200092{NUMBER_B}");
    opens(
        &none,
        visual,
        &number_b,
        &visual_files([no, yes, yes, yes, no, yes]),
    );
    let mut quirks = Quirks::default();
    quirks.set("visual-entries-open-with", "b-only").unwrap();
    opens(
        &quirks,
        visual,
        &number_a,
        &visual_files([no, no, yes, yes, yes, yes]),
    );
    opens(
        &quirks,
        visual,
        &number_b,
        &visual_files([no, yes, yes, yes, no, yes]),
    );
}

#[test]
fn every_application_counts_for_itself() {
    let wrong = "04 39393939";
    card(&WHOLE).dialogue(&[
        PROFILE,
        ("00200091", 0x63c3),
        ("00200092", 0x63c0),
        (&format!("00200092{wrong}"), 0x6984),
        ("00200094", 0x63ca),
        ("00200095", 0x63ca),
        ("00200094 0C 303030303030303030303237", 0x63c9),
        ("00200094 01 30", 0x63c8),
        ("00240194 0C 303030303030303030303237", 0x6985),
        (&format!("00200094{NUMBER_A}"), 0x9000),
        ("00200094", 0x63ca),
        ("00240194 0C 303030303030303030303237", 0x6985),
        PROFILE_PIN,
        ("00240191 04 31323334", 0x9000),
        ("00200091 04 34333231", 0x63c2),
        VISUAL,
        ("00200091", 0x63ca),
        ("00200092", 0x63ca),
        ("00200093 0C 303030303030303030303237", 0x63c9),
        RESIDENT,
        (&format!("0020009C{wrong}"), 0x63c2),
        COMMON,
        ("0020009C", 0x63c3),
        ("0020009C 04 35363738", 0x9000),
        ("8032009C 04 30303030", 0x9000),
        RESIDENT,
        ("0020009C", 0x63c2),
        // Changed there is not changed here.
        ("0020009C 04 35363738", 0x9000),
    ]);
    let mut card = card(&WHOLE);
    card.dialogue(&[COMMON]);
    let reference = card.send("00B2011400");
    card.dialogue(&[RESIDENT]);
    assert_eq!(card.send("00B2011400"), reference);
}

#[test]
fn own_keys_sign_for_everybody() {
    let mut card = card(&WHOLE);
    let keys = WHOLE.records.as_ref().unwrap().keys();
    let hash = Sha256::digest(b"A").to_vec();
    for (application, key, by_name) in [
        (PROFILE, &keys.profile, "802A0393 01 41 00"),
        (VISUAL, &keys.visual, "802A039A 01 41 00"),
    ] {
        card.dialogue(&[application]);
        for command in ["802A0300 01 41 00", by_name] {
            let (signature, status) = card.send(command);
            assert_eq!(status, 0x9000);
            let public = key.to_public_key();
            public
                .verify(Pkcs1v15Sign::new::<Sha256>(), &hash, &signature)
                .unwrap();
        }
        // A PIN is not a key, and 1F is nothing.
        card.dialogue(&[("802A0391 01 41 00", 0x6981), ("802A0300 00", 0x6700)]);
    }
    card.dialogue(&[COMMON]);
    let (signature, _) = card.send("00880099 01 41 00");
    let public = keys.common.to_public_key();
    public
        .verify(Pkcs1v15Sign::new::<Sha256>(), &hash, &signature)
        .unwrap();
    card.dialogue(&[("802A0099 01 41 00", 0x6981), ("802A0000 01 41 00", 0x6a88)]);
}

#[test]
fn long_objects_of_the_issuer_domain_need_a_long_answer() {
    let mut card = card(&WHOLE);
    assert_eq!(card.send("00CA00F800").1, 0x6700);
    let (upper, status) = card.send("00CA00F8000000");
    assert_eq!((upper.len(), status), (575, 0x9000));
    let (lower, status) = card.send("00CA7F21000000");
    assert_eq!((lower.len(), status), (575, 0x9000));
    // The key that the upper certificate names signs the lower one; 00F7 names it too.
    assert_eq!(card.send("00CA00F700").0, upper[33..49]);
    assert_eq!(upper[33..49], lower[17..33]);
    card.dialogue(&[PROFILE, ("00CA00F8000000", 0x6a88)]);
}

#[test]
fn counters_survive_and_rights_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let mut card = CardOs::new(&persona(), Persistent::open(folder.path(), "test").unwrap());
        card.power_on();
        card
    };
    open().dialogue(&[
        JPKI,
        PASSWORD,
        ("0024019B 06 584258425842", 0x9000),
        ("00200098 04 39393939", 0x63c2),
    ]);
    open().dialogue(&[
        JPKI,
        ("00200098", 0x63c2),
        ("00B0810004", 0x6982),
        ("0020009B 06 414243313233", 0x63c4),
        ("0020009B 06 584258425842", 0x9000),
        ("0020009B", 0x63c5),
    ]);
}

#[test]
fn a_reissued_card_remembers_nothing() {
    let mut card = card(&persona());
    card.dialogue(&[
        JPKI,
        PIN,
        ("00240198 04 30303030", 0x9000),
        ("0020009B 01 41", 0x63c4),
    ]);
    card.reissue().unwrap();
    assert!(card.execute(SELECT_JPKI).is_empty(), "without power");
    card.power_on();
    card.dialogue(&[JPKI, ("0020009B", 0x63c5), (SIGN, 0x6982), PIN]);
}

#[test]
fn a_counter_that_cannot_be_written_is_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("state");
    let mut card = CardOs::new(&persona(), Persistent::open(&place, "test").unwrap());
    card.power_on();
    std::fs::remove_dir_all(&place).unwrap();
    card.dialogue(&[JPKI, ("00200098 04 31323334", 0x6581), (SIGN, 0x6982)]);
}

#[test]
fn quirks_of_status_words() {
    let wrong = |left: Sw| ("00200098 04 39393939", left);
    for (query, expected) in [("63C0", 0x63c0), ("6983", 0x6983), ("6984", 0x6984)] {
        card(&quirky("blocked-query", query)).dialogue(&[
            JPKI,
            wrong(0x63c2),
            wrong(0x63c1),
            wrong(expected),
            ("00200098", expected),
            wrong(0x6984),
        ]);
    }
    for (verify, expected) in [("6984", 0x6984), ("6983", 0x6983), ("63C0", 0x63c0)] {
        card(&quirky("blocked-verify", verify)).dialogue(&[
            JPKI,
            wrong(0x63c2),
            wrong(0x63c1),
            wrong(0x63c0),
            wrong(expected),
        ]);
    }
    card(&quirky("query-when-verified", "9000")).dialogue(&[
        JPKI,
        ("00200098", 0x63c3),
        PIN,
        ("00200098", 0x9000),
        ("0020009B", 0x63c5),
    ]);
    card(&quirky("wrong-length-pin", "6700")).dialogue(&[
        JPKI,
        ("00200098 03 313233", 0x6700),
        ("00200098", 0x63c3),
    ]);
    card(&quirky("past-end", "9000")).dialogue(&[JPKI, ("00B0880300", 0x9000)]);
    card(&quirky("pss", "6A86")).dialogue(&[
        JPKI,
        PIN,
        ("802A0597 01 41 00", 0x6a86),
        ("802A0397 01 41 00", 0x9000),
    ]);
    card(&quirky("first-command", "6F00")).dialogue(&[("0084000001", 0x6f00), JPKI]);
}

#[test]
fn quirks_of_addressing() {
    card(&quirky("extended-length", "no")).dialogue(&[
        JPKI,
        ("00B08A0004", 0x9000),
        ("00B00000000004", 0x6700),
    ]);
    for (value, expected) in [("6A86", 0x6a86), ("6A88", 0x6a88)] {
        card(&quirky("short-file-id", value)).dialogue(&[
            JPKI,
            ("00B08A0004", expected),
            ("00200098", expected),
            (SIGN, expected),
            ("00A4020C020018", 0x9000),
            ("00200080", 0x63c3),
        ]);
    }
    card(&quirky("issuer-domain", "6A82"))
        .dialogue(&[("00CA00F000", 0x9000), ("00A4040C07A0000001510000", 0x6a82)]);
    for (value, length, last) in [("FF", 2048, 0xff), ("00", 2048, 0x00), ("none", 1590, 0xa0)] {
        let mut card = card(&quirky("filler", value));
        card.dialogue(&[JPKI]);
        let (bytes, _) = card.send("00B08A00000000");
        assert_eq!((bytes.len(), bytes.last()), (length, Some(&last)));
    }
}

#[test]
fn quirks_of_rights() {
    card(&quirky("rights-on-reselect", "drop")).dialogue(&[JPKI, PIN, JPKI, (SIGN, 0x6982)]);
    let mut card = card(&quirky("rights-on-warm-reset", "drop"));
    card.dialogue(&[JPKI, PIN]);
    card.reset();
    card.dialogue(&[JPKI, (SIGN, 0x6982)]);
    for (value, expected) in [("keeps", 0x9000), ("loses", 0x6986)] {
        let mut card = self::card(&quirky("failed-select", value));
        card.dialogue(&[JPKI, PIN]);
        assert_eq!(card.bytes(SELECT_NOTHING).1, 0x6a82);
        card.dialogue(&[(SIGN, expected)]);
        assert_eq!(card.rights_left(), value == "keeps");
    }
}

#[test]
fn quirks_of_long_answers() {
    let certificate = persona().authentication.unwrap().certificate;
    let mut card = self::card(&quirky("long-answer", "61xx"));
    card.dialogue(&[JPKI, ("00B08A0004", 0x6104)]);
    assert_eq!(card.send("00C0000000"), (certificate[..4].to_vec(), 0x9000));
    card.dialogue(&[("00C0000000", 0x6985), ("00B08A00000636", 0x6100)]);
    let (mut bytes, mut status) = card.send("00C0000000");
    while status != 0x9000 {
        let (more, next) = card.send("00C0000000");
        bytes.extend(more);
        status = next;
    }
    assert_eq!(bytes, certificate);
    card.dialogue(&[
        ("00B08A0004", 0x6104),
        ("00200098", 0x63c3),
        ("00C0000000", 0x6985),
    ]);

    let mut card = self::card(&quirky("long-answer", "6Cxx"));
    card.dialogue(&[JPKI, ("00B0880000", 0x6c03), ("00B0000003", 0x9000)]);

    let mut card = self::card(&quirky("long-answer", "6282"));
    card.dialogue(&[JPKI]);
    assert_eq!(card.send("00B0880000"), (vec![0x8f, 0x8f, 0x00], 0x6282));
    assert_eq!(card.send("00B0880003"), (vec![0x8f, 0x8f, 0x00], 0x9000));
}

/// Java's javax.smartcardio sends a command again after 6Cxx, whatever it was.
#[test]
fn no_command_with_a_pin_is_answered_6cxx() {
    let pin = "31323334";
    let forms: Vec<String> = ["00", "08", "0C", "80", "8C"]
        .iter()
        .flat_map(|class| {
            ["0098", "009B", "0080", "0091", "0092", "009C"].map(|at| format!("{class}20{at}"))
        })
        .flat_map(|head| {
            let change = head.replacen("20", "24", 1);
            [
                head.clone(),
                format!("{head}00"),
                format!("{head}04{pin}"),
                format!("{head}04{pin}00"),
                format!("{head}04{pin}08"),
                format!("{head}0439393939"),
                format!("{head}000004{pin}0000"),
                format!("{change}08{pin}{pin}"),
                format!("{change}08{pin}{pin}00"),
            ]
        })
        .collect();
    let mut seen = 0;
    for name in Quirks::NAMES {
        for value in Quirks::values_of(name) {
            let mut card = card(&quirky(name, value));
            for application in [JPKI, PROFILE, VISUAL, RESIDENT, COMMON, ISSUER] {
                card.send(application.0);
                for form in &forms {
                    let (data, status) = card.send(form);
                    assert_ne!(status >> 8, 0x6c, "{name}={value}: {form}");
                    assert!(data.is_empty() || form.starts_with("8"), "{form}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 10_000, "{seen}");
}

/// Something that may happen to a card.
#[derive(Clone, Debug)]
enum Event {
    Verify { application: usize, right: bool },
    Query { application: usize },
    Use { application: usize },
    Reset,
    PowerCycle,
    Restart,
}

/// Six PINs of a card: how to select, present right and wrong, ask, and use.
const PINS: [(Application, FileId, u8, &str, &str, &str, &str); 6] = [
    (
        Application::Jpki,
        0x18,
        3,
        JPKI.0,
        PIN.0,
        "00200098 04 39393939",
        "802A0097 01 41 00",
    ),
    (
        Application::Jpki,
        0x1b,
        5,
        JPKI.0,
        PASSWORD.0,
        "0020009B 06 5A5A5A5A5A5A",
        "00B0810001",
    ),
    (
        Application::Common,
        0x1c,
        3,
        COMMON.0,
        "0020009C 04 35363738",
        "0020009C 04 39393939",
        // Changes the PIN to what it is.
        "8032009C 04 35363738",
    ),
    (
        Application::Resident,
        0x1c,
        3,
        RESIDENT.0,
        "0020009C 04 35363738",
        "0020009C 04 39393939",
        "8032009C 04 35363738",
    ),
    (
        Application::Profile,
        0x11,
        3,
        PROFILE.0,
        PROFILE_PIN.0,
        "00200091 04 39393939",
        "00B0820001",
    ),
    (
        Application::Visual,
        0x13,
        10,
        VISUAL.0,
        "00200093 0C 303030303030303030303139",
        "00200093 0C 303030303030303030303237",
        "00B0850001",
    ),
];

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..PINS.len(), prop::bool::weighted(0.4))
            .prop_map(|(application, right)| Event::Verify { application, right }),
        2 => (0..PINS.len()).prop_map(|application| Event::Query { application }),
        2 => (0..PINS.len()).prop_map(|application| Event::Use { application }),
        1 => Just(Event::Reset),
        1 => Just(Event::PowerCycle),
        1 => Just(Event::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The ten invariants against a model that is nothing but counters and a set.
    #[test]
    fn the_card_counts_like_its_model(events in prop::collection::vec(event(), 0..60)) {
        let start = |memory| {
            let mut card = CardOs::new(&WHOLE, memory);
            card.power_on();
            card
        };
        let mut card = start(Persistent::in_memory());
        let mut left = PINS.map(|pin| pin.2);
        let mut rights = BTreeSet::new();
        let mut of = None;
        for event in events {
            let sim = &mut card;
            match event {
                Event::Reset => { sim.reset(); }
                Event::PowerCycle => {
                    sim.power_off();
                    sim.power_on();
                    rights.clear();
                }
                Event::Restart => {
                    // Through a file: `counters_survive_and_rights_do_not`.
                    card = start(std::mem::replace(&mut sim.persistent, Persistent::in_memory()));
                    rights.clear();
                }
                Event::Verify { application: n, .. }
                | Event::Query { application: n }
                | Event::Use { application: n } => {
                    let (application, _, maximum, select, good, bad, action) = PINS[n];
                    prop_assert_eq!(sim.send(select).1, 0x9000);
                    if of != Some(application) {
                        rights.clear();
                        of = Some(application);
                    }
                    match event {
                        Event::Verify { right, .. } => {
                            let expected = match (left[n], right) {
                                (0, _) => 0x6984,
                                (_, true) => {
                                    left[n] = maximum;
                                    rights.insert(n);
                                    0x9000
                                }
                                (_, false) => {
                                    left[n] -= 1;
                                    rights.remove(&n);
                                    status::attempts(left[n])
                                }
                            };
                            prop_assert_eq!(sim.send(if right { good } else { bad }).1, expected);
                        }
                        Event::Query { .. } => {
                            let query = &good.split_whitespace().next().unwrap();
                            prop_assert_eq!(sim.send(query).1, status::attempts(left[n]));
                        }
                        _ => {
                            let allowed = sim.send(action).1 == 0x9000;
                            prop_assert_eq!(allowed, rights.contains(&n));
                        }
                    }
                }
            }
            let sim = &card;
            for (n, pin) in PINS.iter().enumerate() {
                prop_assert_eq!(sim.attempts_left(pin.0, pin.1), Some(left[n]));
            }
            prop_assert_eq!(sim.rights_left(), !rights.is_empty());
        }
    }

    #[test]
    fn no_stream_of_commands_panics(
        commands in prop::collection::vec(command(), 1..80),
        quirk in 0..Quirks::NAMES.len(),
        value: prop::sample::Index,
    ) {
        let name = Quirks::NAMES[quirk];
        let values = Quirks::values_of(name);
        let mut whole = WHOLE.clone();
        whole.quirks.set(name, values[value.index(values.len())]).unwrap();
        let mut card = card(&whole);
        for command in commands {
            let answer = card.execute(&command);
            prop_assert!(answer.len() >= 2);
        }
    }
}

/// Bytes that are often nearly a command.
fn command() -> impl Strategy<Value = Vec<u8>> {
    let instructions = vec![
        0xa4, 0xb0, 0xb2, 0x20, 0x24, 0x2a, 0x32, 0x84, 0x88, 0xae, 0xca, 0xc0, 0xfc,
    ];
    let nearly = (
        prop::sample::select(vec![0x00, 0x80, 0x01, 0x08]),
        prop::sample::select(instructions),
        any::<u8>(),
        any::<u8>(),
        prop::collection::vec(any::<u8>(), 0..20),
        prop::option::of(1usize..=65_536),
        any::<bool>(),
    )
        .prop_map(|(class, instruction, p1, p2, data, expected, extended)| {
            Command {
                class,
                instruction,
                p1,
                p2,
                data: &data,
                expected,
                extended,
            }
            .encode()
        });
    prop_oneof![
        4 => nearly,
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => Just(SELECT_JPKI.to_vec()),
        1 => Just(SELECT_COMMON.to_vec()),
        1 => prop::sample::select(vec![PROFILE.0, VISUAL.0, RESIDENT.0]).prop_map(hex),
        1 => Just(hex(PROFILE_PIN.0)),
        1 => Just(session_key()),
        1 => Just(hex(PIN.0)),
        1 => Just(hex("00A4020C02000A")),
    ]
}

/// Begins secure messaging after [`PROFILE`] and [`PROFILE_PIN`].
fn session_key() -> Vec<u8> {
    let key = &WHOLE.records.as_ref().unwrap().keys().session;
    let message = [&[0xa0, 0x22, 0x80, 0x20], &[7; 32][..]].concat();
    let delivered = key
        .to_public_key()
        .encrypt(&mut rand::rng(), rsa::Oaep::<Sha256>::new(), &message)
        .unwrap();
    [hex("80AE0000000100"), delivered].concat()
}
