//! For tests: records from a writer of its own, and a card that holds nothing but files.
//!
//! The writer shares no table with the readers: it spells tags and places out again.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rsa::Pkcs1v15Sign;
use rsa::traits::PublicKeyParts as _;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::transport::{
    Exclusive, Leave, Link, ReaderDescription, Since, Transport, TransportError,
};

/// TEST KEYS, made anew in every run from a fixed seed.
pub(crate) struct Keys {
    pub(crate) issuer: rsa::PrivateKey,
    pub(crate) records: rsa::PrivateKey,
    pub(crate) own: rsa::PrivateKey,
    pub(crate) foreign: rsa::PrivateKey,
}

pub(crate) static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let mut random = StdRng::seed_from_u64(4);
    let mut key = || rsa::PrivateKey::new(&mut random, 2048).unwrap();
    Keys {
        issuer: key(),
        records: key(),
        own: key(),
        foreign: key(),
    }
});

/// An object with its length in the form wanted: `1` short where it fits, `2` as `81`, `3` as `82`.
pub(crate) fn object(tag: u16, form: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = if tag > 0xFF {
        vec![(tag >> 8) as u8, tag as u8]
    } else {
        vec![tag as u8]
    };
    match (form, value.len()) {
        (1, length @ 0..=127) => bytes.push(length as u8),
        (1 | 2, length @ 0..=255) => bytes.extend([0x81, length as u8]),
        (_, length) => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend_from_slice(value);
    bytes
}

pub(crate) fn key_fields(key: &rsa::PrivateKey) -> Vec<u8> {
    [
        object(0x90, 1, &[1, 0, 1]),
        object(0x91, 3, &key.n().to_be_bytes_trimmed_vartime()),
    ]
    .concat()
}

pub(crate) fn sign(key: &rsa::PrivateKey, message: &[u8]) -> Vec<u8> {
    key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))
        .unwrap()
}

pub(crate) fn key_id(number: &str, generation: &str) -> [u8; 16] {
    let mut id = [0; 16];
    id[..7].copy_from_slice(number.as_bytes());
    id[7..9].copy_from_slice(&[8, 5]);
    id[9..12].copy_from_slice(generation.as_bytes());
    id
}

pub(crate) fn certificate(issuer: &str, subject: &str) -> Vec<u8> {
    let body = [
        &key_id(issuer, "001")[..],
        &key_id(subject, "000"),
        &key_fields(&KEYS.records),
    ]
    .concat();
    let signature = sign(&KEYS.issuer, &body);
    object(
        0x7F21,
        3,
        &[object(0x5F4E, 3, &body), object(0x5F37, 3, &signature)].concat(),
    )
}

pub(crate) const PROFILE_ISSUER: &str = "9000033";
pub(crate) const VISUAL_ISSUER: &str = "9000023";

/// The outer object with an offset table in front of its fields.
pub(crate) fn with_table(outer: u16, outer_form: u8, fields: &[Vec<u8>]) -> Vec<u8> {
    let table_length = 3 + 2 * fields.len();
    let value_length = table_length + fields.iter().map(Vec::len).sum::<usize>();
    let header = object(outer, outer_form, &vec![0; value_length]).len() - value_length;
    let mut at = header + table_length;
    let mut table = Vec::new();
    for field in fields {
        table.extend((at as u16).to_be_bytes());
        at += field.len();
    }
    let mut value = object(0xDF21, 1, &table);
    value.extend(fields.concat());
    object(outer, outer_form, &value)
}

pub(crate) fn number_file() -> Vec<u8> {
    b"\xFF\x10\x0C123456789018\xFF\xFF".to_vec()
}

/// Name, address, birth, sex; the address as long as wanted, in every length form.
pub(crate) fn attribute_fields(address: &str) -> Vec<Vec<u8>> {
    vec![
        object(0xDF22, 1, "見本　花子".as_bytes()),
        object(0xDF23, 3, address.as_bytes()),
        object(0xDF24, 1, b"19800217"),
        object(0xDF25, 2, b"2"),
    ]
}

pub(crate) fn signature_file(number: &[u8], signed_attributes: &[u8]) -> Vec<u8> {
    let mut value = object(0xDF31, 1, &Sha256::digest(number));
    value.extend(object(0xDF32, 1, &Sha256::digest(signed_attributes)));
    let signature = sign(&KEYS.records, &value);
    value.extend(object(0xDF33, 3, &signature));
    object(0xFF30, 3, &value)
}

/// Content, key, signature over both.
pub(crate) fn signed_record(tags: [u16; 4], content: Option<&[u8]>) -> Vec<u8> {
    let [outer, content_tag, key_tag, signature_tag] = tags;
    let mut value = content.map_or_else(Vec::new, |content| object(content_tag, 1, content));
    value.extend(object(key_tag, 3, &key_fields(&KEYS.own)));
    let signature = sign(&KEYS.records, &value);
    value.extend(object(signature_tag, 3, &signature));
    object(outer, 3, &value)
}

pub(crate) fn own_key_file() -> Vec<u8> {
    signed_record([0xFF50, 0, 0xDF51, 0xDF52], None)
}

pub(crate) fn age_file() -> Vec<u8> {
    signed_record([0xFF10, 0xDF11, 0xDF12, 0xDF13], Some(b"19800217"))
}

pub(crate) fn number_picture_file() -> Vec<u8> {
    signed_record(
        [0xFF40, 0xDF41, 0xDF42, 0xDF43],
        Some(b"\x89PNG\r\n\x1A\nnumber"),
    )
}

pub(crate) fn face_fields() -> Vec<Vec<u8>> {
    let mut fields = vec![
        object(0xDF22, 1, b"19800217"),
        object(0xDF23, 1, b"2"),
        object(0xDF24, 3, &key_fields(&KEYS.own)),
        object(0xDF25, 3, b"\x89PNG\r\n\x1A\nname"),
        // 127 bytes: where one-byte lengths end.
        object(0xDF26, 1, &[&b"\x89PNG\r\n\x1A\n"[..], &[7; 119]].concat()),
        object(
            0xDF27,
            3,
            &[&b"\0\0\0\x0CjP  \r\n\x87\n"[..], &[9; 700]].concat(),
        ),
    ];
    let mut block =
        b"\x30\x71\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x60".to_vec();
    for group in [0..3, 3..5, 5..6] {
        block.extend(Sha256::digest(fields[group].concat()));
    }
    let signature = KEYS
        .records
        .sign(Pkcs1v15Sign::new_unprefixed(), &block)
        .unwrap();
    fields.push(object(0xDF28, 3, &signature));
    fields.push(object(0xDF29, 1, b"20350217"));
    fields.push(object(0xDF2A, 1, b"\x89PNG\r\n\x1A\n2285"));
    fields
}

pub(crate) fn face_file() -> Vec<u8> {
    with_table(0xFF20, 3, &face_fields())
}

/// A card that holds files by application and identifier, accepts every PIN, and signs with its
/// own key.
pub(crate) struct Shelf {
    pub(crate) files: BTreeMap<(u8, u8), Vec<u8>>,
    pub(crate) extended: bool,
    /// The secret that stays out: reading this file answers 6982.
    pub(crate) closed: Option<u8>,
    /// Answers to CHANGE KEY, the last one repeated.
    pub(crate) changes: Vec<u16>,
    /// Session key and counter of secure messaging.
    pub(crate) session: Option<([u8; 16], u128)>,
    application: u8,
    file: u8,
}

impl Shelf {
    pub(crate) fn new(extended: bool) -> Self {
        let attributes = attribute_fields("東京都千代田区霞が関１－２－３");
        Self {
            files: BTreeMap::from([
                ((8, 1), number_file()),
                ((8, 2), with_table(0xFF20, 1, &attributes)),
                ((8, 3), signature_file(&number_file(), &attributes.concat())),
                ((8, 4), certificate(PROFILE_ISSUER, "1310131")),
                ((8, 6), object(0xA1, 3, &key_fields(&KEYS.foreign))),
                ((8, 7), own_key_file()),
                ((2, 1), age_file()),
                ((2, 2), face_file()),
                ((2, 4), certificate(VISUAL_ISSUER, "1310121")),
                ((2, 5), number_picture_file()),
                ((0, 2), [&[1, 16][..], &key_id("1310140", "000")].concat()),
                ((1, 2), [&[1, 16][..], &key_id("1310140", "000")].concat()),
            ]),
            extended,
            closed: None,
            changes: vec![0x9000],
            session: None,
            application: 0xFF,
            file: 0,
        }
    }

    fn read(&self, at: usize, wanted: usize) -> Vec<u8> {
        let Some(file) = self.files.get(&(self.application, self.file)) else {
            return vec![0x6A, 0x82];
        };
        if self.closed == Some(self.file) {
            return vec![0x69, 0x82];
        }
        let Some(rest) = file.get(at..).filter(|rest| !rest.is_empty()) else {
            return vec![0x6B, 0x00];
        };
        [&rest[..rest.len().min(wanted)], &[0x90, 0x00]].concat()
    }

    /// CBC written out, so that both sides do not lean on one crate.
    fn read_secured(&mut self, at: usize, wanted: usize) -> Vec<u8> {
        use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
        let Some((key, counter)) = &mut self.session else {
            return vec![0x69, 0xFC];
        };
        let cipher = aes::Aes128::new(&(*key).into());
        let mut chain: aes::Block = counter.to_be_bytes().into();
        cipher.encrypt_block(&mut chain);
        *counter += 1;
        let mut plain = self.read(at, if wanted == 0 { 0x1_0000 } else { wanted });
        let status = plain.split_off(plain.len() - 2);
        if status != [0x90, 0x00] {
            return status;
        }
        plain.push(0x80);
        plain.resize(plain.len().next_multiple_of(16), 0);
        let mut value = vec![1];
        for block in plain.chunks(16) {
            chain
                .iter_mut()
                .zip(block)
                .for_each(|(mixed, byte)| *mixed ^= byte);
            cipher.encrypt_block(&mut chain);
            value.extend_from_slice(&chain);
        }
        [object(0x86, 1, &value), status].concat()
    }

    fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        let wanted = match command {
            [_, _, _, _, 0, high, low] => match u16::from_be_bytes([*high, *low]) {
                0 => 0x1_0000,
                length => usize::from(length),
            },
            [_, _, _, _, 0] => 256,
            [_, _, _, _, length] => usize::from(*length),
            _ => 0,
        };
        match command {
            [0, 0xA4, 4, 0x0C, _, aid @ ..] => {
                self.session = None;
                self.application = if aid[0] == 0xA0 { 0xFE } else { aid[9] };
                vec![0x90, 0x00]
            }
            [0, 0xA4, 2, 0x0C, 2, 0, id] => {
                self.file = *id;
                vec![0x90, 0x00]
            }
            [0x80, 0xAE, 0, 0, 0, 1, 0, cryptogram @ ..] => {
                let message = KEYS.foreign.oaep_decrypt::<Sha256>(cryptogram).unwrap();
                assert_eq!(
                    (message.len(), &message[..4]),
                    (36, &[0xA0, 34, 0x80, 32][..])
                );
                self.session = Some((message[4..20].try_into().unwrap(), 1));
                vec![0x90, 0x00]
            }
            [8, 0xB0, high, low, 0, 0, 5, 0x96, 3, 0, most, least, 0, 0] => self.read_secured(
                usize::from(u16::from_be_bytes([*high, *low])),
                usize::from(u16::from_be_bytes([*most, *least])),
            ),
            [0, 0xB0, sfi @ 0x80..=0xFF, at, ..] => {
                self.file = sfi & 0x1F;
                self.read(usize::from(*at), wanted)
            }
            [0, 0xB0, high, low, ..] => {
                self.read(usize::from(u16::from_be_bytes([*high, *low])), wanted)
            }
            [0, 0xB2, 1, p2, 0] => {
                self.file = p2 >> 3;
                self.read(0, 256)
            }
            [0, 0x20, 0, _] => vec![0x63, 0xC3],
            [0, 0x20, 0, ..] | [0, 0x24, 1, 0x80, ..] => vec![0x90, 0x00],
            [0x80, 0x32, 0, 0x80, ..] => {
                let next = if self.changes.len() > 1 {
                    self.changes.remove(0)
                } else {
                    self.changes[0]
                };
                next.to_be_bytes().to_vec()
            }
            [0x80, 0x2A, 0, 0, length, rest @ ..] => {
                let block = &rest[..usize::from(*length)];
                let mut answer = KEYS
                    .own
                    .sign(Pkcs1v15Sign::new_unprefixed(), block)
                    .unwrap();
                answer.extend([0x90, 0x00]);
                answer
            }
            _ => vec![0x6D, 0x00],
        }
    }
}

impl Transport for Shelf {
    fn begin(&mut self) -> Result<(Box<dyn Exclusive + '_>, Since), TransportError> {
        Ok((Box::new(Window(self)), Since::Unchanged))
    }

    fn description(&self) -> ReaderDescription {
        ReaderDescription {
            name: "shelf".into(),
            simulated: true,
        }
    }
}

struct Window<'s>(&'s mut Shelf);

impl Exclusive for Window<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        Ok(self.0.answer(command).into())
    }

    fn link(&self) -> Link {
        // Historical bytes that announce extended lengths, as one card in the field has them.
        let atr = [
            0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1,
            0x73, 0xC6, 0x01, 0xC0, 0x3B,
        ];
        Link {
            atr: atr.to_vec(),
            largest_apdu: self.0.extended.then_some(0x1_0000),
        }
    }

    fn end(self: Box<Self>, _: Leave) -> Result<(), TransportError> {
        Ok(())
    }
}

/// Counts exchanges, also after the card is gone.
#[derive(Clone, Default)]
pub(crate) struct Counter(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

impl Counter {
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl crate::observe::Observer for Counter {
    fn exchange(&mut self, exchange: &crate::observe::Exchange<'_>) {
        self.0.lock().unwrap().push(exchange.name().to_owned());
    }
}
