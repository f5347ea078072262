//! The driving licence of a resident: what the file says, encoded and signed by a police of our own.
//!
//! Own code on purpose: neither the form of the files nor the table of characters is the library's.
//! The police exists nowhere; its keys are published in `card-sim/personas/keys/police.pem`.

use der::DateTime;
use der::asn1::ObjectIdentifier;
use encoding_index_japanese::jis0208;
use rsa::traits::SignatureScheme as _;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier};

use super::issue::{self, C, CN, IssueError, O, OU};
use super::kept::Kept;
use super::{Pin, PrivateKey, RsaKey};
use crate::os::quirk::{LicenceEmpty, LicenceFiller, LicenceLengthForm, LicenceSigned, Quirks};

/// A driving licence (マイナ免許証) as a persona file describes it.
#[derive(Clone, Debug)]
pub struct Licence {
    /// The PIN, or `None` where the holder chose none and readers present `****`.
    pub pin: Option<Pin>,
    /// What is written in it.
    pub fields: LicenceFields,
    /// 写真, JPEG 2000.
    pub portrait: Vec<u8>,
    /// A portrait that was put in after the police had signed.
    pub altered_portrait: Option<Vec<u8>>,
}

/// What is written in a driving licence. All values are made up.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LicenceFields {
    /// 運転経歴: era digit and YYMMDD.
    pub history_date: String,
    /// 運転経歴: class of driver.
    pub history_class: String,
    /// 色区分.
    pub colour: String,
    /// 有効期間の末日: era digit and YYMMDD.
    pub expiry: String,
    /// 免許の条件, at most 12.
    pub conditions: Vec<String>,
    /// 備考, at most 8.
    pub remarks: Vec<String>,
    /// 予備, at most 8.
    pub spare: Vec<String>,
    /// 外字: the bytes of at most five pictures, in hexadecimal.
    pub pictures: Vec<String>,
    /// 免許情報記録の番号.
    pub number: String,
    /// 運転経歴情報記録の番号.
    pub history_number: String,
    /// 二・小・原.
    pub motorcycle_date: String,
    /// 他.
    pub other_date: String,
    /// 二種.
    pub second_class_date: String,
    /// 免許の種類, as the licence prints them.
    pub classes: Vec<String>,
    /// Reserved fields FB to 0106.
    pub reserved: Vec<String>,
    /// Which key of the test police signs.
    pub signer: PoliceSigner,
}

/// A certificate of the test police, under which a licence is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoliceSigner {
    /// The ordinary one.
    #[default]
    Ordinary,
    /// One with names and key identifier as long as the file takes.
    LongName,
    /// One of another key.
    Other,
    /// The ordinary key under a certificate that has ended.
    Expired,
}

/// A value of a licence that cannot be written.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unwritable {
    /// Longer, or more, than the table has room for.
    #[error("{0} does not fit the table of the licence")]
    TooLong(&'static str),
    /// A character that JIS X 0208 does not have.
    #[error("{0:?} is no character of JIS X 0208")]
    Character(char),
    /// A class that no licence has.
    #[error("{0} is no class of licence")]
    Class(String),
    /// Pictures that are not hexadecimal.
    #[error("pictures must be hexadecimal")]
    Hexadecimal,
}

/// The keys of the test police: authority, signer, another signer.
pub(super) struct Police {
    authority: PrivateKey,
    signer: PrivateKey,
    other: PrivateKey,
}

impl PoliceSigner {
    /// Every certificate, by the name of its file.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Ordinary, "police"),
        (Self::LongName, "police-long-name"),
        (Self::Other, "police-other"),
        (Self::Expired, "police-expired"),
    ];

    fn serial(self) -> u32 {
        match self {
            Self::Ordinary => 7001,
            Self::LongName => 7002,
            Self::Other => 7003,
            Self::Expired => 7004,
        }
    }

    /// Issuer and subject, in the order of the certificate.
    fn names(self) -> [Vec<(ObjectIdentifier, String)>; 2] {
        let parts = |unit: &str, common: &str| {
            vec![
                (C, "JP".to_owned()),
                (O, "MIHON POLICE TEST".to_owned()),
                (OU, unit.to_owned()),
                (CN, common.to_owned()),
            ]
        };
        match self {
            // 80 and 130 characters as the card writes them.
            Self::LongName => [
                parts("LICENCE", &format!("AUTHORITY {}", "X".repeat(31))),
                parts("LICENCE", &format!("SIGNER {}", "X".repeat(84))),
            ],
            _ => [parts("LICENCE", "AUTHORITY"), parts("LICENCE", "SIGNER")],
        }
    }
}

impl Police {
    pub(super) fn new([authority, signer, other]: [RsaKey; 3]) -> Self {
        let key = PrivateKey::Rsa;
        Self {
            authority: key(authority),
            signer: key(signer),
            other: key(other),
        }
    }

    fn key(&self, signer: PoliceSigner) -> &PrivateKey {
        match signer {
            PoliceSigner::Other => &self.other,
            _ => &self.signer,
        }
    }

    /// The certificate that checks what this signer signed, DER.
    pub(super) fn certificate(&self, signer: PoliceSigner) -> Result<Vec<u8>, IssueError> {
        let public = self.key(signer).public_key()?;
        let [issuer, subject] = signer.names();
        let name = |parts: &[(ObjectIdentifier, String)]| {
            let parts: Vec<_> = parts.iter().map(|(oid, text)| (*oid, &**text)).collect();
            issue::name(&parts)
        };
        let extensions = vec![
            issue::extension(true, &KeyUsage(KeyUsages::DigitalSignature.into()))?,
            issue::extension(
                true,
                &BasicConstraints {
                    ca: false,
                    path_len_constraint: None,
                },
            )?,
            issue::extension(
                false,
                &SubjectKeyIdentifier(der::asn1::OctetString::new(self.key_identifier(signer)?)?),
            )?,
        ];
        let end = match signer {
            PoliceSigner::Expired => DateTime::new(2025, 3, 31, 14, 59, 59)?,
            _ => DateTime::new(2045, 3, 31, 14, 59, 59)?,
        };
        let profile = issue::Finished {
            issuer: name(&issuer)?,
            subject: name(&subject)?,
            extensions,
        };
        let from = DateTime::new(2025, 3, 1, 0, 0, 0)?;
        let serial = signer.serial().into();
        let kept = Kept::default();
        issue::build(profile, serial, from, end, public, &self.authority, &kept)
    }

    /// SHA-1 of the key, or SHA-256 where the file shall be as long as it can be.
    fn key_identifier(&self, signer: PoliceSigner) -> Result<Vec<u8>, IssueError> {
        let public = self.key(signer).public_key()?;
        Ok(match signer {
            PoliceSigner::LongName => {
                Sha256::digest(public.subject_public_key.raw_bytes()).to_vec()
            }
            _ => issue::key_identifier(&public)?.as_bytes().to_vec(),
        })
    }
}

impl Licence {
    /// The files 001B and 001C as a card with these quirks holds them; a licence that was loaded
    /// can always be written.
    #[must_use]
    pub fn card_files(&self, quirks: &Quirks) -> Option<[Vec<u8>; 2]> {
        let police = super::load::police().ok()?;
        self.files(&police, quirks).ok()
    }

    /// The files 001B and 001C.
    pub(super) fn files(
        &self,
        police: &Police,
        quirks: &Quirks,
    ) -> Result<[Vec<u8>; 2], Unwritable> {
        let mut objects = self.fields.objects()?;
        objects.push((0x107, self.portrait.clone()));
        let record = |objects: &[(u16, Vec<u8>)]| {
            let mut file = encode(objects, quirks);
            fill(&mut file, 5845, quirks);
            file
        };
        let signed = match quirks.licence_signed {
            LicenceSigned::Objects => encode(&objects, quirks),
            LicenceSigned::WholeFile => record(&objects),
        };
        let signature = self.signature(police, &signed, quirks)?;
        if let (Some(altered), Some((_, portrait))) = (&self.altered_portrait, objects.last_mut()) {
            portrait.clone_from(altered);
        }
        Ok([record(&objects), signature])
    }

    fn signature(
        &self,
        police: &Police,
        signed: &[u8],
        quirks: &Quirks,
    ) -> Result<Vec<u8>, Unwritable> {
        let unsignable = Unwritable::TooLong("signature");
        let signer = self.fields.signer;
        let PrivateKey::Rsa(key) = police.key(signer) else {
            return Err(unsignable);
        };
        let scheme = rsa::Pkcs1v15Sign::new::<Sha256>();
        let digest = Sha256::digest(signed);
        let signature = scheme
            .sign(None::<&mut rand::rngs::ThreadRng>, key, &digest)
            .map_err(|_| Unwritable::TooLong("signature"))?;
        let [issuer, subject] = signer.names().map(|parts| {
            let parts: Vec<String> = parts
                .iter()
                .map(|(oid, text)| format!("{}={text}", label(*oid)))
                .collect();
            parts.join(",").into_bytes()
        });
        let long = signer == PoliceSigner::LongName;
        let mut file = encode(
            &[
                (0x108, signature),
                (0x109, format!("{:016X}", signer.serial()).into_bytes()),
                (0x10a, if long { vec![0; 48] } else { Vec::new() }),
                (0x10b, issuer),
                (0x10c, subject),
                (
                    0x10d,
                    police.key_identifier(signer).map_err(|_| unsignable)?,
                ),
            ],
            quirks,
        );
        fill(&mut file, 584, quirks);
        Ok(file)
    }
}

impl LicenceFields {
    /// Everything but the portrait, in the order of the tags.
    fn objects(&self) -> Result<Vec<(u16, Vec<u8>)>, Unwritable> {
        let mut objects = vec![
            (0xc2, digits("history-date", &self.history_date, 7)?),
            (0xc3, digits("history-class", &self.history_class, 1)?),
            (0xc4, text("colour", &self.colour, 6)?),
            (0xc5, digits("expiry", &self.expiry, 7)?),
        ];
        let conditions: Vec<u16> = (0xc6..=0xc9).chain(0xcc..=0xd3).collect();
        objects.extend(texts("conditions", &self.conditions, &conditions)?);
        let pictures = [0xca, 0xcb, 0xd4, 0xd5, 0xd6];
        objects.extend(row("pictures", &self.pictures, &pictures, |value| {
            let bytes = hexadecimal(value).ok_or(Unwritable::Hexadecimal)?;
            within("pictures", bytes, 256)
        })?);
        let tags: Vec<u16> = (0xd7..=0xde).collect();
        objects.extend(texts("remarks", &self.remarks, &tags)?);
        let tags: Vec<u16> = (0xdf..=0xe6).collect();
        objects.extend(texts("spare", &self.spare, &tags)?);
        objects.extend([
            (0xe7, digits("number", &self.number, 12)?),
            (0xe8, digits("history-number", &self.history_number, 12)?),
            (0xe9, digits("motorcycle-date", &self.motorcycle_date, 7)?),
            (0xea, digits("other-date", &self.other_date, 7)?),
            (
                0xeb,
                digits("second-class-date", &self.second_class_date, 7)?,
            ),
        ]);
        if let Some(class) = self
            .classes
            .iter()
            .find(|class| !CLASSES.contains(&&***class))
        {
            return Err(Unwritable::Class(class.clone()));
        }
        // A licence marks every class; a driving history alone marks none.
        let held = |class: &&str| match self.classes.iter().any(|held| held == class) {
            true => b"1".to_vec(),
            false if self.classes.is_empty() => Vec::new(),
            false => b"0".to_vec(),
        };
        objects.extend((0xec..).zip(CLASSES.iter().map(held)));
        let tags: Vec<u16> = (0xfb..=0x106).collect();
        objects.extend(row("reserved", &self.reserved, &tags, |value| {
            digits("reserved", value, 7)
        })?);
        objects.sort_by_key(|(tag, _)| *tag);
        Ok(objects)
    }
}

/// 免許の種類 in the order of the record, tags EC to FA.
const CLASSES: [&str; 15] = [
    "大型",
    "普通",
    "大特",
    "大自二",
    "普自二",
    "小特",
    "原付",
    "け引",
    "大二",
    "普二",
    "大特二",
    "け引二",
    "中型",
    "中二",
    "準中型",
];

fn texts(
    field: &'static str,
    values: &[String],
    tags: &[u16],
) -> Result<Vec<(u16, Vec<u8>)>, Unwritable> {
    row(field, values, tags, |value| text(field, value, 80))
}

/// One object for each tag; those behind the last value are empty.
fn row(
    field: &'static str,
    values: &[String],
    tags: &[u16],
    write: impl Fn(&str) -> Result<Vec<u8>, Unwritable>,
) -> Result<Vec<(u16, Vec<u8>)>, Unwritable> {
    if values.len() > tags.len() {
        return Err(Unwritable::TooLong(field));
    }
    let values = values.iter().map(String::as_str);
    let rest = std::iter::repeat("");
    tags.iter()
        .zip(values.chain(rest))
        .map(|(tag, value)| Ok((*tag, write(value)?)))
        .collect()
}

/// ASCII as the file says it, also where it is no date: for those who test readers.
fn digits(field: &'static str, value: &str, most: usize) -> Result<Vec<u8>, Unwritable> {
    within(field, value.as_bytes().to_vec(), most)
}

fn within(field: &'static str, bytes: Vec<u8>, most: usize) -> Result<Vec<u8>, Unwritable> {
    if bytes.len() > most {
        return Err(Unwritable::TooLong(field));
    }
    Ok(bytes)
}

/// JIS X 0208 by row and cell. `【外字1】` to `【外字7】` and `【欠字】` are the codes without character.
fn text(field: &'static str, value: &str, most: usize) -> Result<Vec<u8>, Unwritable> {
    let mut bytes = Vec::new();
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        let marked = (1..=7_u8)
            .map(|number| (format!("【外字{number}】"), 0xf0 + number))
            .chain([("【欠字】".to_owned(), 0xfa)])
            .find(|(mark, _)| rest.starts_with(&**mark));
        if let Some((mark, low)) = marked {
            bytes.extend([0xff, low]);
            rest = rest.get(mark.len()..).unwrap_or_default();
            continue;
        }
        let cell = jis0208::backward(u32::from(web_form(first)));
        let (row, cell) = (cell / 94, cell % 94);
        let (Ok(row), Ok(cell)) = (u8::try_from(row), u8::try_from(cell)) else {
            return Err(Unwritable::Character(first));
        };
        // Behind row 84 the table holds what vendors added.
        if row >= 84 || (8..15).contains(&row) {
            return Err(Unwritable::Character(first));
        }
        bytes.extend([0x21 + row, 0x21 + cell]);
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    within(field, bytes, most)
}

/// The table is that of web browsers, which know these characters by another name.
fn web_form(character: char) -> char {
    match character {
        '〜' => '～',
        '‖' => '∥',
        '−' => '－',
        '¢' => '￠',
        '£' => '￡',
        '¬' => '￢',
        other => other,
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

/// One byte of tag up to FF, else two; one byte of length below 128, else the form in doubt.
fn encode(objects: &[(u16, Vec<u8>)], quirks: &Quirks) -> Vec<u8> {
    let mut file = Vec::new();
    for (tag, value) in objects {
        if value.is_empty() && quirks.licence_empty == LicenceEmpty::Omitted {
            continue;
        }
        let [high, low] = tag.to_be_bytes();
        if high != 0 {
            file.push(high);
        }
        file.push(low);
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        match (length, quirks.licence_length_form) {
            (..128, _) => file.push(length.to_be_bytes()[1]),
            (128..256, LicenceLengthForm::Form81) => file.extend([0x81, length.to_be_bytes()[1]]),
            _ => {
                file.push(0x82);
                file.extend(length.to_be_bytes());
            }
        }
        file.extend(value);
    }
    file
}

fn fill(file: &mut Vec<u8>, capacity: usize, quirks: &Quirks) {
    let room = capacity.max(file.len());
    match quirks.licence_filler {
        LicenceFiller::End => {}
        LicenceFiller::Zero => file.resize(room, 0x00),
        LicenceFiller::Ff => file.resize(room, 0xff),
    }
}

fn label(oid: ObjectIdentifier) -> &'static str {
    match oid {
        C => "C",
        O => "O",
        OU => "OU",
        _ => "CN",
    }
}
