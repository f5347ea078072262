//! The residents' records, read off their cards and judged by a parser that knows only this test.
//!
//! Everything goes through commands. Signatures are checked with the published issuer keys and with
//! what the card itself says, never with a private key; some by OpenSSL as well.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use card_sim::applets::Application;
use card_sim::os::CardOs;
use card_sim::persona::{Persona, issuer_keys};
use card_sim::state::Persistent;
use pkcs8::EncodePublicKey;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::{BoxedUint, PublicKey};
use sha2::{Digest, Sha256};

const PROFILE: Application = Application::Profile;
const VISUAL: Application = Application::Visual;

/// Residents with records of their own.
fn residents() -> impl Iterator<Item = Persona> {
    let shipped = Persona::SHIPPED
        .iter()
        .filter(|id| !Persona::LICENSED.contains(id))
        .map(|id| Persona::shipped(id).unwrap());
    shipped.filter(|persona| persona.records.is_some() && !persona.without_pins)
}

fn honest() -> impl Iterator<Item = Persona> {
    residents().filter(|persona| !Persona::FORGED.contains(&&*persona.id))
}

fn shipped(id: &str) -> Persona {
    Persona::shipped(id).unwrap()
}

/// A card on the table, with its PINs beside it.
struct Card {
    os: CardOs,
    persona: Persona,
}

impl Card {
    fn of(persona: Persona) -> Self {
        let mut os = CardOs::new(&persona, Persistent::in_memory());
        os.power_on();
        Self { os, persona }
    }

    fn send(&mut self, head: [u8; 4], body: &[u8]) -> Vec<u8> {
        let mut answer = self.os.execute(&[&head, body].concat());
        let status = answer.split_off(answer.len() - 2);
        assert_eq!(status, [0x90, 0x00], "{head:02X?} of {}", self.persona.id);
        answer
    }

    fn select(&mut self, application: Application) {
        let aid = application.aid();
        self.send([0, 0xa4, 4, 0x0c], &[&[aid.len() as u8], aid].concat());
    }

    fn present(&mut self, p2: u8, value: &str) {
        let body = [&[value.len() as u8], value.as_bytes()].concat();
        self.send([0, 0x20, 0, p2], &body);
    }

    /// A whole file with the secret that opens it.
    fn read(&mut self, application: Application, id: u8) -> Vec<u8> {
        self.select(application);
        let persona = self.persona.clone();
        let secrets = persona.published_secrets();
        match (application, id) {
            (PROFILE, _) => self.present(0x91, secrets.profile_pin.unwrap()),
            (VISUAL, 1) => self.present(0x91, secrets.birth_pin),
            (VISUAL, _) => self.present(0x93, secrets.verification_number_a.unwrap()),
            _ => {}
        }
        self.send([0, 0xb0, 0x80 | id, 0], &[0, 0, 0])
    }

    fn object(&mut self, tag: u16) -> Vec<u8> {
        self.select(Application::Issuer);
        let [high, low] = tag.to_be_bytes();
        self.send([0, 0xca, high, low], &[0, 0, 0])
    }

    /// Signs this by the application's own key.
    fn answer(&mut self, application: Application, challenge: &[u8]) -> Vec<u8> {
        self.select(application);
        let body = [&[challenge.len() as u8], challenge, &[0]].concat();
        self.send([0x80, 0x2a, 3, 0], &body)
    }
}

/// One object: its tag, everything from tag to end, its value, and what follows.
#[derive(Clone, Copy)]
struct Object<'a> {
    tag: u16,
    whole: &'a [u8],
    value: &'a [u8],
    rest: &'a [u8],
}

fn object(bytes: &[u8]) -> Object<'_> {
    let long_tag = bytes[0] & 0x1f == 0x1f;
    let (tag, at) = if long_tag {
        (u16::from_be_bytes([bytes[0], bytes[1]]), 2)
    } else {
        (u16::from(bytes[0]), 1)
    };
    let (length, at) = match bytes[at] {
        0x82 => (
            usize::from(u16::from_be_bytes([bytes[at + 1], bytes[at + 2]])),
            at + 3,
        ),
        0x81 => (usize::from(bytes[at + 1]), at + 2),
        length => (usize::from(length), at + 1),
    };
    let (whole, rest) = bytes.split_at(at + length);
    Object {
        tag,
        whole,
        value: &whole[at..],
        rest,
    }
}

fn objects(mut bytes: &[u8]) -> Vec<Object<'_>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let next = object(bytes);
        bytes = next.rest;
        found.push(next);
    }
    found
}

fn tags(objects: &[Object<'_>]) -> Vec<u16> {
    objects.iter().map(|object| object.tag).collect()
}

fn public_key(bytes: &[u8]) -> PublicKey {
    let [exponent, modulus] = objects(bytes)[..] else {
        panic!("not two objects")
    };
    assert_eq!(
        (exponent.tag, modulus.tag, modulus.value.len()),
        (0x90, 0x91, 256)
    );
    key_of(modulus.value, exponent.value)
}

fn key_of(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let number = |bytes: &[u8], bits| BoxedUint::from_be_slice(bytes, bits).unwrap();
    let exponent = [&[0][..], exponent].concat();
    PublicKey::new(number(modulus, 2048), number(&exponent, 32)).unwrap()
}

fn verifies(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    let padding = Pkcs1v15Sign::new::<Sha256>();
    key.verify(padding, &Sha256::digest(message), signature)
        .is_ok()
}

/// The certified key, if one of the published issuer keys signed for it.
fn certified(certificate: &[u8], subject: &str) -> (PublicKey, bool) {
    let outer = object(certificate);
    assert_eq!(
        (certificate.len(), outer.tag, outer.rest.len()),
        (568, 0x7f21, 0)
    );
    let [body, signature] = objects(outer.value)[..] else {
        panic!("not two objects")
    };
    assert_eq!(
        (body.tag, signature.tag, body.value.len()),
        (0x5f4e, 0x5f37, 297)
    );
    assert!(body.value[16..].starts_with(subject.as_bytes()));
    let issuer = issuer_keys()
        .into_iter()
        .find(|key| key.id == body.value[..16]);
    let by_issuer = issuer.is_some_and(|issuer| {
        let key = key_of(&issuer.modulus, &issuer.exponent);
        verifies(&key, body.value, signature.value)
    });
    (public_key(&body.value[32..]), by_issuer)
}

/// What a verifier finds out about a card.
#[derive(Debug, PartialEq, Eq)]
struct Findings {
    issuer: bool,
    digests: bool,
    profile_signed: bool,
    profile_live: bool,
    age: bool,
    face: bool,
    number: bool,
    visual_live: bool,
}

const GENUINE: Findings = Findings {
    issuer: true,
    digests: true,
    profile_signed: true,
    profile_live: true,
    age: true,
    face: true,
    number: true,
    visual_live: true,
};

fn judge(card: &mut Card) -> Findings {
    let municipality = card.persona.card.municipality.clone();
    let certificate = card.read(PROFILE, 4);
    let (profile, profile_issued) = certified(&certificate, &format!("{municipality}31"));
    let certificate = card.read(VISUAL, 4);
    let (visual, visual_issued) = certified(&certificate, &format!("{municipality}21"));

    let (number, attributes) = (card.read(PROFILE, 1), card.read(PROFILE, 2));
    let record = card.read(PROFILE, 3);
    let template = object(&record);
    assert_eq!((record.len(), template.tag), (336, 0xff30));
    let [of_number, of_attributes, signature] = objects(template.value)[..] else {
        panic!("not three objects")
    };
    assert_eq!(
        tags(&[of_number, of_attributes, signature]),
        [0xdf31, 0xdf32, 0xdf33]
    );
    // All 17 bytes of one, and the other behind its offsets.
    let digests = *of_number.value == *Sha256::digest(&number)
        && *of_attributes.value == *Sha256::digest(&object(&attributes).value[11..]);
    let message = [of_number.whole, of_attributes.whole].concat();
    let data_signed = verifies(&profile, &message, signature.value);

    let own = card.read(PROFILE, 7);
    let template = object(&own);
    assert_eq!((own.len(), template.tag), (536, 0xff50));
    let [key, signature] = objects(template.value)[..] else {
        panic!("not two objects")
    };
    assert_eq!(tags(&[key, signature]), [0xdf51, 0xdf52]);
    let own_signed = verifies(&profile, key.whole, signature.value);
    let answer = card.answer(PROFILE, b"profile");
    let profile_live = verifies(&public_key(key.value), b"profile", &answer);

    let age = card.read(VISUAL, 1);
    let template = object(&age);
    assert_eq!((age.len(), template.tag), (547, 0xff10));
    let [birth, key, signature] = objects(template.value)[..] else {
        panic!("not three")
    };
    assert_eq!(tags(&[birth, key, signature]), [0xdf11, 0xdf12, 0xdf13]);
    let message = [birth.whole, key.whole].concat();
    let age_signed = verifies(&visual, &message, signature.value);
    let own_key = public_key(key.value);

    let picture = card.read(VISUAL, 5);
    let template = object(&picture);
    assert_eq!(template.tag, 0xff40);
    let [png, key, signature] = objects(template.value)[..] else {
        panic!("not three")
    };
    assert_eq!(tags(&[png, key, signature]), [0xdf41, 0xdf42, 0xdf43]);
    let message = [png.whole, key.whole].concat();
    let number_signed = verifies(&visual, &message, signature.value);
    assert_eq!(public_key(key.value), own_key);

    let face = card.read(VISUAL, 2);
    let parts = objects(object(&face).value);
    assert_eq!(public_key(parts[3].value), own_key);
    let part = |range: std::ops::RangeInclusive<usize>| {
        let part: Vec<_> = parts[range].iter().map(|object| object.whole).collect();
        Sha256::digest(part.concat()).to_vec()
    };
    let digests_of_face = [part(1..=3), part(4..=5), part(6..=6)].concat();
    let head = [
        0x30, 0x71, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x60,
    ];
    let block = [&head[..], &digests_of_face].concat();
    let face_signed = visual
        .verify(Pkcs1v15Sign::new_unprefixed(), &block, parts[7].value)
        .is_ok();

    let answer = card.answer(VISUAL, b"visual");
    Findings {
        issuer: profile_issued && visual_issued,
        digests,
        profile_signed: data_signed && own_signed,
        profile_live,
        age: age_signed,
        face: face_signed,
        number: number_signed,
        visual_live: verifies(&own_key, b"visual", &answer),
    }
}

#[test]
fn honest_residents_are_found_genuine() {
    for persona in honest() {
        let id = persona.id.clone();
        assert_eq!(judge(&mut Card::of(persona)), GENUINE, "{id}");
    }
}

#[test]
fn each_forgery_shows_in_one_place_and_one_in_none() {
    let found = [
        (
            "forged-digest",
            Findings {
                digests: false,
                ..GENUINE
            },
        ),
        (
            "forged-face",
            Findings {
                face: false,
                ..GENUINE
            },
        ),
        (
            "forged-clone",
            Findings {
                profile_live: false,
                visual_live: false,
                ..GENUINE
            },
        ),
        (
            "forged-issuer",
            Findings {
                issuer: false,
                ..GENUINE
            },
        ),
        ("forged-swap", GENUINE),
    ];
    assert_eq!(found.len(), Persona::FORGED.len());
    for (id, expected) in found {
        assert_eq!(judge(&mut Card::of(shipped(id))), expected, "{id}");
    }
    // The one that passes says that somebody else holds the card.
    let (mut swapped, kodomo) = (Card::of(shipped("forged-swap")), shipped("kodomo"));
    for id in [1, 2, 3] {
        let theirs = kodomo.record(PROFILE, u16::from(id)).unwrap();
        assert_eq!(swapped.read(PROFILE, id), theirs);
    }
}

#[test]
fn every_file_reads_back_as_the_persona_says() {
    for persona in residents() {
        let mut card = Card::of(persona.clone());
        for (application, last) in [(PROFILE, 8), (VISUAL, 6)] {
            for id in 1..=last {
                let read = card.read(application, id);
                let said = persona.record(application, u16::from(id)).unwrap();
                assert!(read == said, "{} {application:?} {id:04X}", persona.id);
            }
        }
        for tag in [0xf7, 0xf8, 0x7f21] {
            assert!(card.object(tag) == persona.record(Application::Issuer, tag).unwrap());
        }
    }
}

#[test]
fn the_text_is_the_residents() {
    for persona in honest() {
        let (holder, mut card) = (persona.holder.clone(), Card::of(persona));
        let number = card.read(PROFILE, 1);
        let my_number = holder.my_number.unwrap();
        assert_eq!(number.len(), 17);
        assert_eq!(number[..3], [0xff, 0x10, 0x0c]);
        assert_eq!(&number[3..15], my_number.as_bytes());
        assert_eq!(number[15..], [0xff, 0xff]);

        let file = card.read(PROFILE, 2);
        let template = object(&file);
        assert_eq!((template.tag, template.rest.len()), (0xff20, 0));
        let parts = objects(template.value);
        let text: Vec<_> = parts[1..]
            .iter()
            .map(|object| std::str::from_utf8(object.value).unwrap())
            .collect();
        let sex = if holder.sex == '3' {
            "0".to_owned()
        } else {
            holder.sex.to_string()
        };
        assert_eq!(
            text,
            [&*holder.name, &holder.address, &holder.birth[1..], &sex]
        );
        points_at(&file, &parts);
    }
}

/// The first object says where each of the others begins.
fn points_at(file: &[u8], parts: &[Object<'_>]) {
    assert_eq!(parts[0].tag, 0xdf21);
    let offsets: Vec<_> = parts[0].value.chunks(2).collect();
    assert_eq!(offsets.len(), parts.len() - 1);
    for (at, (offset, part)) in offsets.iter().zip(&parts[1..]).enumerate() {
        let offset = usize::from(u16::from_be_bytes([offset[0], offset[1]]));
        assert_eq!(part.tag, 0xdf22 + u16::try_from(at).unwrap());
        assert!(file[offset..].starts_with(part.whole));
    }
}

/// A length of one byte, of two and of three: each occurs.
#[test]
fn attributes_come_in_every_form_of_length() {
    let form = |id| shipped(id).record(PROFILE, 2).unwrap()[2];
    assert_eq!(form("hanako"), 95);
    assert_eq!([form("rokku"), form("nagai")], [0x81, 0x82]);
}

#[test]
fn the_face_is_the_residents_and_laid_out_as_on_a_test_card() {
    for persona in honest() {
        let mut card = Card::of(persona.clone());
        let file = card.read(VISUAL, 2);
        let template = object(&file);
        assert_eq!(
            (template.tag, file[2], template.rest.len()),
            (0xff20, 0x82, 0)
        );
        let parts = objects(template.value);
        points_at(&file, &parts);
        // Everything before the pictures has a fixed size.
        assert_eq!(file[8..16], [0, 0x1a, 0, 0x25, 0, 0x29, 1, 0x37]);
        let pictures = persona.records.as_ref().unwrap().pictures();
        let values: Vec<_> = parts[1..].iter().map(|object| object.value).collect();
        assert_eq!(values[0], persona.holder.birth_date().as_bytes());
        assert_eq!(
            values[1],
            persona.holder.sex_on_card().to_string().as_bytes()
        );
        assert!(values[3] == pictures.name && values[4] == pictures.address);
        assert!(values[5] == pictures.portrait && values[8] == pictures.security_code);
        assert_eq!(values[7], persona.card.expiry.as_bytes());
        // Long forms where short ones would do, but for the last.
        assert!(parts[4].whole[2] == 0x82 && parts[5].whole[2] == 0x82);
        assert!(parts[9].whole[2] < 0x80 && parts[9].tag == 0xdf2a);

        let information = card.read(VISUAL, 3);
        assert_eq!(information.len(), 320);
        let parts = objects(object(&information).value);
        assert_eq!(tags(&parts), [0xdf31, 0xdf32, 0xdf33, 0xdf34, 0xdf35]);
        assert_eq!(parts[0].value, [6, 3, 0x0e, 1]);
        assert!(parts[1].value.starts_with(b"9000024\x08\x05001"));
        assert_eq!(parts[3].value, persona.card.municipality.as_bytes());

        let information = card.read(PROFILE, 5);
        let template = object(&information);
        assert_eq!((information.len(), template.whole.len()), (256, 164));
        assert!(
            information.starts_with(&[0xff, 0x40, 0x82, 0x00, 0x9f, 0xdf, 0x41, 4, 1, 3, 0x0e, 1])
        );
        assert!(template.rest.iter().all(|byte| *byte == 0xff));
        assert_eq!(card.read(PROFILE, 6).len(), 269);
    }
}

#[test]
fn pictures_can_be_looked_at() {
    let mut portraits = BTreeSet::new();
    for persona in honest() {
        let pictures = persona.records.as_ref().unwrap().pictures();
        for (png, width, lines) in [
            (
                &pictures.name,
                216,
                persona.holder.name.chars().count().div_ceil(18),
            ),
            (
                &pictures.address,
                288,
                persona.holder.address.chars().count().div_ceil(24),
            ),
            (&pictures.security_code, 24, 1),
            (&pictures.my_number, 72, 1),
        ] {
            let mut reader = png::Decoder::new(std::io::Cursor::new(png))
                .read_info()
                .unwrap();
            let info = reader.info().clone();
            assert_eq!(info.bit_depth, png::BitDepth::One);
            assert_eq!(info.color_type, png::ColorType::Grayscale);
            assert_eq!(
                (info.width, info.height),
                (width, 12 * u32::try_from(lines).unwrap())
            );
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            let ink = pixels.iter().map(|byte| byte.count_zeros()).sum::<u32>();
            assert!(ink > 20, "{}: an empty picture", persona.id);
        }
        let portrait = &pictures.portrait;
        if persona.id == "akachan" {
            assert!(portrait.is_empty(), "a baby's card has no portrait");
            continue;
        }
        // Signature, file type, header box: height, width, one component of eight bits, grey.
        assert!(portrait.starts_with(b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 "));
        let header = portrait
            .windows(4)
            .position(|part| part == b"ihdr")
            .unwrap();
        assert_eq!(
            portrait[header + 4..header + 14],
            [0, 0, 1, 0xd8, 0, 0, 1, 0x7a, 0, 1]
        );
        let colour = portrait
            .windows(4)
            .position(|part| part == b"colr")
            .unwrap();
        assert_eq!(portrait[colour + 7..colour + 11], [0, 0, 0, 17]);
        assert!(
            // Smaller where it is composed from bands.
            (5_000..10_000).contains(&portrait.len()),
            "{}",
            portrait.len()
        );
        assert!(
            portraits.insert(portrait.clone()),
            "{} has another's portrait",
            persona.id
        );
    }
}

#[test]
fn signing_again_gives_the_committed_signatures() {
    for persona in residents() {
        let path = personas(&format!("{}.toml", persona.id));
        let again = Persona::load_and_reissue(&path).unwrap().records.unwrap();
        let committed = fs::read_to_string(personas(&format!("signatures/{}.toml", persona.id)));
        assert!(
            again.signatures_toml() == committed.unwrap(),
            "{}",
            persona.id
        );
    }
}

#[test]
fn openssl_accepts_the_records() {
    let mut card = Card::of(shipped("hanako"));
    let (key, _) = certified(&card.read(PROFILE, 4), "1319931");
    let record = card.read(PROFILE, 3);
    let parts = objects(object(&record).value);
    openssl_verifies(&key, &record[5..75], parts[2].value);
    let (key, _) = certified(&card.read(VISUAL, 4), "1319921");
    let age = card.read(VISUAL, 1);
    let parts = objects(object(&age).value);
    openssl_verifies(
        &key,
        &[parts[0].whole, parts[1].whole].concat(),
        parts[2].value,
    );
    let own_key = public_key(parts[1].value);
    let answer = card.answer(VISUAL, b"a challenge");
    openssl_verifies(&own_key, b"a challenge", &answer);

    // The chain of the issuer domain: the root signs the upper key, the upper key the lower one.
    let root = issuer_keys()
        .into_iter()
        .find(|key| key.of == Application::Issuer)
        .unwrap();
    let (upper, lower) = (card.object(0xf8), card.object(0x7f21));
    let parts = |bytes: &'static [u8]| objects(bytes);
    let [upper, lower] = [upper, lower].map(|bytes| parts(bytes.leak()));
    let root = key_of(&root.modulus, &root.exponent);
    openssl_verifies(&root, upper[1].value, upper[2].value);
    openssl_verifies(
        &public_key(&upper[1].value[32..]),
        lower[1].value,
        lower[2].value,
    );
}

#[test]
fn openssl_recovers_the_three_digests_of_the_card_face() {
    let mut card = Card::of(shipped("hanako"));
    let (key, _) = certified(&card.read(VISUAL, 4), "1319921");
    let face = card.read(VISUAL, 2);
    let parts = objects(object(&face).value);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let pem = key.to_public_key_pem(pkcs8::LineEnding::LF).unwrap();
    fs::write(at("key.pem"), pem).unwrap();
    fs::write(at("signature"), parts[7].value).unwrap();
    let recover = "pkeyutl -verifyrecover -pubin -inkey key.pem -in signature";
    let output = Command::new("openssl")
        .args(recover.split(' '))
        .current_dir(folder.path())
        .output()
        .expect("the program openssl is needed: apt-get install openssl");
    let (head, digests) = output.stdout.split_at(19);
    assert_eq!(head[..2], [0x30, 0x71]);
    for (range, digest) in [(1..4, 0), (4..6, 32), (6..7, 64)] {
        let part: Vec<_> = parts[range].iter().map(|object| object.whole).collect();
        assert_eq!(
            Sha256::digest(part.concat())[..],
            digests[digest..digest + 32]
        );
    }
    assert_eq!(
        digests.len(),
        96,
        "the expiry and the security code are not covered"
    );
}

#[test]
fn issuer_keys_are_ours_and_nobody_elses() {
    let keys = issuer_keys();
    let ids: Vec<_> = keys.iter().map(|key| &key.id[..7]).collect();
    assert_eq!(ids, [b"9000033", b"9000023", b"9000020"]);
    for key in &keys {
        assert_eq!((key.modulus.len(), &*key.exponent), (256, &[1, 0, 1][..]));
    }
}

fn personas(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("personas")
        .join(file)
}

fn openssl_verifies(key: &PublicKey, message: &[u8], signature: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let pem = key.to_public_key_pem(pkcs8::LineEnding::LF).unwrap();
    fs::write(at("key.pem"), pem).unwrap();
    fs::write(at("signature"), signature).unwrap();
    fs::write(at("message"), message).unwrap();
    let output = Command::new("openssl")
        .args([
            "dgst",
            "-sha256",
            "-verify",
            "key.pem",
            "-signature",
            "signature",
            "message",
        ])
        .current_dir(folder.path())
        .output()
        .expect("the program openssl is needed: apt-get install openssl");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("Verified OK"), "{said}");
}
