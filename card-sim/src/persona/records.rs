//! What the profile and visual applications hold of a resident, byte for byte, and who signed it.
//!
//! 券面事項。Every object is written as it was read from cards: two-byte tags, lengths that are
//! longer than they need be, offset tables, filler. What is covered by which signature is the point
//! of these records, so each is built from the parts that are signed. The forms were found by the
//! author of `myna-card`, and checked against the files of a J-LIS test card.
//!
//! RSA with PKCS #1 v1.5 gives the same signature each time. Those of shipped residents are
//! committed, because nine of them take longer than all the rest of loading a resident; a test
//! signs everything a second time and compares.
//!
//! The file is long because it is eight records in a row, each a few lines: read it beside one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::cv::{self, Issuer};
use super::draw::{self, Letters};
use super::error::Problem;
use super::kept::Kept;
use super::{CardFace, Holder, RsaKey};
use crate::applets::Application;
use crate::os::file::FileId;
use crate::wire::{Form, tlv};

/// The records of a card, with its own keys.
#[derive(Clone, Debug)]
pub struct Records {
    keys: CardKeys,
    pictures: Pictures,
    signatures: Signatures,
    files: BTreeMap<(Application, FileId), Vec<u8>>,
}

/// The keys that never leave a card, beside those of JPKI. TEST KEYS: published.
#[derive(Clone, Debug)]
pub struct CardKeys {
    /// The profile application's own key, 0013.
    pub profile: RsaKey,
    /// The private half of 0006, for session keys.
    pub session: RsaKey,
    /// The visual application's own key, 001A.
    pub visual: RsaKey,
    /// The common application's key for INTERNAL AUTHENTICATE, 0019.
    pub common: RsaKey,
}

/// The pictures of a card face. PNG with one bit of grey, and JPEG 2000 with eight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pictures {
    /// 氏名, PNG.
    pub name: Vec<u8>,
    /// 住所, PNG.
    pub address: Vec<u8>,
    /// 顔写真, JPEG 2000.
    pub portrait: Vec<u8>,
    /// セキュリティコード, PNG.
    pub security_code: Vec<u8>,
    /// 個人番号, PNG.
    pub my_number: Vec<u8>,
}

impl Pictures {
    /// All of them together, so that offsets fit into the 15 bits of READ BINARY.
    const LONGEST: usize = 30_000;

    /// The names of their files, in the order of the fields.
    pub const FILES: [&str; 5] = [
        "name.png",
        "address.png",
        "portrait.jp2",
        "security-code.png",
        "my-number.png",
    ];

    pub(super) fn read<E>(mut read: impl FnMut(&str) -> Result<Vec<u8>, E>) -> Result<Self, E> {
        let [name, address, portrait, security_code, my_number] = Self::FILES;
        Ok(Self {
            name: read(name)?,
            address: read(address)?,
            portrait: read(portrait)?,
            security_code: read(security_code)?,
            my_number: read(my_number)?,
        })
    }

    /// As wide as on a J-LIS test card, with a portrait that `face` chooses.
    pub(super) fn drawn(holder: &Holder, card: &CardFace, face: &str) -> Result<Self, Problem> {
        let letters = Letters::shipped();
        let text = |text: Option<&str>, columns| {
            let picture = letters.text(text.unwrap_or_default(), columns);
            picture.to_png().map_err(|_| Problem::Pictures)
        };
        Ok(Self {
            name: text(Some(&holder.name), 18)?,
            address: text(Some(&holder.address), 24)?,
            portrait: draw::portrait(face),
            security_code: text(card.security_code.as_deref(), 2)?,
            my_number: text(holder.my_number.as_deref(), 6)?,
        })
    }

    pub(super) fn fit(&self) -> bool {
        let Self {
            name,
            address,
            portrait,
            security_code,
            my_number,
        } = self;
        let all = [name, address, portrait, security_code, my_number];
        all.into_iter().map(Vec::len).sum::<usize>() <= Self::LONGEST
    }
}

/// What is signed on a card, beside the certificates of JPKI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    /// Profile 0003: the digests of My Number and attributes.
    Digests,
    /// Profile 0007: the application's own key.
    OwnKey,
    /// Visual 0001: the age record.
    Age,
    /// Visual 0002: the card face.
    Face,
    /// Visual 0005: the picture of the My Number.
    Number,
    /// Profile 0004: the municipality's key.
    ProfileCertificate,
    /// Visual 0004: the municipality's key.
    VisualCertificate,
    /// Issuer domain 00F8: the municipality's key.
    UpperCertificate,
    /// Issuer domain 7F21: the key below it.
    LowerCertificate,
}

/// All signatures of a card.
pub(super) type Signatures = BTreeMap<Signed, Vec<u8>>;

/// The keys of a municipality, and of whoever certified them.
pub(super) struct Signers {
    /// Signs records of the profile application.
    pub(super) profile: RsaKey,
    /// Signs records of the visual application.
    pub(super) visual: RsaKey,
    /// Certifies in the issuer domain.
    pub(super) chain: RsaKey,
    /// What the lowest certificate is for.
    pub(super) shared: RsaKey,
    pub(super) issuer: Issuer,
}

/// The keys of an issuer, needed only to sign.
pub(super) struct IssuerKeys {
    pub(super) profile: RsaKey,
    pub(super) visual: RsaKey,
    pub(super) chain: RsaKey,
}

/// Where signatures come from.
pub(super) enum Signing<'a> {
    /// They were made before, beside a persona file: each is looked at.
    Committed(Signatures),
    /// They are compiled in; a test has looked at each.
    Shipped(Signatures),
    /// They are made now, or were kept from an earlier start.
    With(Box<IssuerKeys>, &'a Kept),
}

/// What somebody changed after everything was signed.
#[derive(Default)]
pub(super) struct Altered {
    pub(super) address: Option<String>,
    pub(super) portrait: Option<Vec<u8>>,
}

/// Everything that goes into the records of one card.
pub(super) struct Ingredients<'a> {
    pub(super) holder: &'a Holder,
    pub(super) card: &'a CardFace,
    pub(super) my_number: &'a str,
    /// The keys in the card.
    pub(super) keys: CardKeys,
    /// The keys that the records speak of, if those are another card's.
    pub(super) certified: Option<CardKeys>,
    pub(super) signers: Signers,
    pub(super) signing: Signing<'a>,
    pub(super) pictures: Pictures,
    pub(super) altered: Altered,
}

impl Ingredients<'_> {
    fn certified(&self) -> &CardKeys {
        self.certified.as_ref().unwrap_or(&self.keys)
    }
}

impl Records {
    pub(super) fn build(from: Ingredients<'_>) -> Result<Self, Problem> {
        let mut notary = Notary {
            from: &from,
            made: Signatures::new(),
        };
        let shown = Pictures {
            portrait: from
                .altered
                .portrait
                .as_ref()
                .unwrap_or(&from.pictures.portrait)
                .clone(),
            ..from.pictures.clone()
        };
        let profile = profile(&mut notary)?.into_iter();
        let visual = visual(&mut notary, &shown)?.into_iter();
        let chain = chain(&mut notary)?.into_iter();
        let files = profile
            .map(|(id, bytes)| ((Application::Profile, id), bytes))
            .chain(visual.map(|(id, bytes)| ((Application::Visual, id), bytes)))
            .chain(chain.map(|(tag, bytes)| ((Application::Issuer, tag), bytes)))
            .collect();
        let signatures = notary.made;
        Ok(Self {
            keys: from.keys,
            pictures: shown,
            signatures,
            files,
        })
    }

    /// The keys in the card, which answer challenges.
    #[must_use]
    pub fn keys(&self) -> &CardKeys {
        &self.keys
    }

    pub(super) fn put_keys_away(&mut self) {
        let CardKeys {
            profile,
            session,
            visual,
            common,
        } = &mut self.keys;
        for key in [profile, session, visual, common] {
            key.put_away();
        }
    }

    /// The pictures as they are on the card.
    #[must_use]
    pub fn pictures(&self) -> &Pictures {
        &self.pictures
    }

    /// The signatures as a TOML text: what the issuing program commits.
    #[must_use]
    pub fn signatures_toml(&self) -> String {
        let hex = |bytes: &Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let lines: BTreeMap<Signed, String> = self
            .signatures
            .iter()
            .map(|(what, bytes)| (*what, hex(bytes)))
            .collect();
        // A table of strings can always be written.
        toml::to_string(&lines).unwrap_or_default()
    }

    /// A file of the profile or visual application, or a data object of the issuer domain.
    pub(crate) fn file(&self, of: Application, id: FileId) -> Option<&[u8]> {
        self.files.get(&(of, id)).map(Vec::as_slice)
    }

    /// Puts another resident's number, attributes and digests in the place of these.
    pub(super) fn take_data_of(&mut self, other: &Self) {
        for id in [0x0001, 0x0002, 0x0003] {
            let name = (Application::Profile, id);
            if let Some(file) = other.files.get(&name) {
                self.files.insert(name, file.clone());
            }
        }
    }
}

/// Reads what [`Records::signatures_toml`] wrote.
pub(super) fn read_signatures(text: &str) -> Option<Signatures> {
    let lines: BTreeMap<Signed, String> = toml::from_str(text).ok()?;
    let bytes = |hex: &String| -> Option<Vec<u8>> {
        let (pairs, []) = hex.as_bytes().as_chunks::<2>() else {
            return None;
        };
        pairs
            .iter()
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect()
    };
    lines
        .iter()
        .map(|(what, hex)| Some((*what, bytes(hex)?)))
        .collect()
}

/// 券面事項入力補助AP. Source: files of a test card, `myna-card` 3.3.4; sizes also pymyna.
fn profile(notary: &mut Notary<'_>) -> Result<[(FileId, Vec<u8>); 8], Problem> {
    let Ingredients {
        holder,
        card,
        signers,
        ..
    } = notary.from;
    let keys = notary.from.certified();

    // The filler belongs to the file: the digest covers it.
    let number = [
        &tlv(
            &[0xff, 0x10],
            Form::Shortest,
            notary.from.my_number.as_bytes(),
        ),
        FILLER,
    ];
    let number = number.concat();
    let digests = [
        short(0xdf31, &Sha256::digest(&number)),
        short(
            0xdf32,
            &Sha256::digest(attributes(holder, &holder.address).concat()),
        ),
    ];
    let digests = digests.concat();
    let signature = long(0xdf33, &notary.sign(Signed::Digests, &digests)?);
    let record = long(0xff30, &[digests, signature].concat());

    let address = notary
        .from
        .altered
        .address
        .as_ref()
        .unwrap_or(&holder.address);
    let attributes = indexed(Form::Shortest, &attributes(holder, address));

    let (body, signature) = notary.certify(Signed::ProfileCertificate)?;
    let certificate = cv::certificate(&body, &signature);

    // What DF43 holds nobody knows: 32 bytes like these, then filler.
    let mut reference = Sha256::digest(&card.serial).to_vec();
    reference.resize(128, 0xff);
    let information = [
        short(0xdf41, &[0x01, 0x03, 0x0e, 0x01]),
        short(
            0xdf42,
            &signers.issuer.information_id(Application::Profile, '4'),
        ),
        long(0xdf43, &reference),
    ];
    let mut information = long(0xff40, &information.concat());
    information.resize(256, 0xff);

    // Not signed by anybody, so whoever copies records puts in the key that this card can use.
    let session = tlv(
        &[0xa1],
        Form::Long2,
        &cv::public_key(&notary.from.keys.session),
    );

    let own = long(0xdf51, &cv::public_key(&keys.profile));
    let signature = long(0xdf52, &notary.sign(Signed::OwnKey, &own)?);
    let own = long(0xff50, &[own, signature].concat());

    Ok([
        (0x0001, number),
        (0x0002, attributes),
        (0x0003, record),
        (0x0004, certificate),
        (0x0005, information),
        (0x0006, session),
        (0x0007, own),
        (0x0008, vec![0xff; 16]),
    ])
}

/// 券面事項確認AP. Source: files of a test card, `myna-card` 3.3.4; the parts also jsapdu.
fn visual(notary: &mut Notary<'_>, shown: &Pictures) -> Result<[(FileId, Vec<u8>); 6], Problem> {
    let Ingredients {
        holder,
        card,
        signers,
        pictures,
        ..
    } = notary.from;
    let key = cv::public_key(&notary.from.certified().visual);

    let age = [
        short(0xdf11, holder.birth_date().as_bytes()),
        long(0xdf12, &key),
    ]
    .concat();
    let signature = long(0xdf13, &notary.sign(Signed::Age, &age)?);
    let age = long(0xff10, &[age, signature].concat());

    let [birth, sex, of_card, name, address, portrait] = face(holder, &key, pictures);
    // Three digests in the place of one, so that a part can be compared without the others.
    let digests = [
        Sha256::digest([birth, sex, of_card].concat()),
        Sha256::digest([name, address].concat()),
        Sha256::digest(portrait),
    ];
    let signature = notary.sign_digests(Signed::Face, &digests.concat())?;
    let mut objects = face(holder, &key, shown).to_vec();
    objects.extend([
        long(0xdf28, &signature),
        short(0xdf29, card.expiry.as_bytes()),
        short(0xdf2a, &shown.security_code),
    ]);
    let face = indexed(Form::Long2, &objects);

    // An encrypted reference number on real cards, so bytes without a meaning here.
    let opaque = (0..8_u8).flat_map(|part| {
        let hash = Sha256::new_with_prefix(&card.serial).chain_update([part]);
        hash.finalize().to_vec()
    });
    let reference = signers.issuer.information_id(Application::Visual, '5');
    let information = [
        short(0xdf31, &[0x06, 0x03, 0x0e, 0x01]),
        short(
            0xdf32,
            &signers.issuer.information_id(Application::Visual, '4'),
        ),
        short(0xdf33, &[0x00]),
        short(0xdf34, card.municipality.as_bytes()),
        long(
            0xdf35,
            &reference.into_iter().chain(opaque).collect::<Vec<_>>(),
        ),
    ];
    let information = long(0xff30, &information.concat());

    let (body, signature) = notary.certify(Signed::VisualCertificate)?;
    let certificate = cv::certificate(&body, &signature);

    let number = [long(0xdf41, &pictures.my_number), long(0xdf42, &key)].concat();
    let signature = long(0xdf43, &notary.sign(Signed::Number, &number)?);
    let number = long(0xff40, &[number, signature].concat());

    Ok([
        (0x0001, age),
        (0x0002, face),
        (0x0003, information),
        (0x0004, certificate),
        (0x0005, number),
        (0x0006, vec![0xff; 16]),
    ])
}

/// The chain in the issuer domain. Source: two data objects of a test card, `myna-card` 3.3.4.
fn chain(notary: &mut Notary<'_>) -> Result<[(u16, Vec<u8>); 3], Problem> {
    let municipality = cv::municipality_key_id(&notary.from.card.municipality, Application::Issuer);
    let (body, signature) = notary.certify(Signed::UpperCertificate)?;
    let upper = cv::data_object(&body, &signature);
    let (body, signature) = notary.certify(Signed::LowerCertificate)?;
    let lower = cv::data_object(&body, &signature);
    Ok([
        (0x00f7, municipality.to_vec()),
        (0x00f8, upper),
        (0x7f21, lower),
    ])
}

/// 基本4情報 as UTF-8 text. The digest covers these four, not the offsets before them.
fn attributes(holder: &Holder, address: &str) -> [Vec<u8>; 4] {
    [
        short(0xdf22, holder.name.as_bytes()),
        short(0xdf23, address.as_bytes()),
        short(0xdf24, holder.birth_date().as_bytes()),
        short(0xdf25, holder.sex_on_card().to_string().as_bytes()),
    ]
}

/// What of the card face is signed.
fn face(holder: &Holder, key: &[u8], pictures: &Pictures) -> [Vec<u8>; 6] {
    [
        short(0xdf22, holder.birth_date().as_bytes()),
        short(0xdf23, holder.sex_on_card().to_string().as_bytes()),
        long(0xdf24, key),
        long(0xdf25, &pictures.name),
        long(0xdf26, &pictures.address),
        long(0xdf27, &pictures.portrait),
    ]
}

/// FF20 with a table (DF21) of where each object begins, counted from the start of the file.
fn indexed(form: Form, objects: &[Vec<u8>]) -> Vec<u8> {
    let value = 3 + 2 * objects.len() + objects.iter().map(Vec::len).sum::<usize>();
    let header = tlv(&[0xff, 0x20], form, &vec![0; value]).len() - value;
    let mut next = header + 3 + 2 * objects.len();
    let mut offsets = Vec::new();
    for object in objects {
        // Pictures and texts together were found to be short enough when they were loaded.
        offsets.extend(u16::try_from(next).unwrap_or(u16::MAX).to_be_bytes());
        next += object.len();
    }
    tlv(
        &[0xff, 0x20],
        form,
        &[short(0xdf21, &offsets), objects.concat()].concat(),
    )
}

/// An object with a length of one byte where it fits.
fn short(tag: u16, value: &[u8]) -> Vec<u8> {
    tlv(&tag.to_be_bytes(), Form::Shortest, value)
}

/// An object with a length of three bytes (`82 LLLL`), also where one would do.
fn long(tag: u16, value: &[u8]) -> Vec<u8> {
    tlv(&tag.to_be_bytes(), Form::Long2, value)
}

/// What fills the file of the My Number.
const FILLER: &[u8] = &[0xff; 2];

/// DigestInfo with SHA-256 as algorithm; for the card face its digest is three times as long.
pub(super) fn digest_info(digests: &[u8]) -> Vec<u8> {
    // SEQUENCE { SEQUENCE { OID sha256, NULL }, OCTET STRING }: 32 or 96 bytes fit one-byte lengths.
    let length = u8::try_from(digests.len()).unwrap_or(u8::MAX);
    let head = [0x30, length + 17, 0x30, 0x0d, 0x06, 0x09];
    let algorithm = [
        0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    ];
    [&head[..], &algorithm, &[0x04, length], digests].concat()
}

/// Signs, or finds the signature that was made before and looks whether it fits.
struct Notary<'a> {
    from: &'a Ingredients<'a>,
    made: Signatures,
}

impl Notary<'_> {
    fn sign(&mut self, what: Signed, message: &[u8]) -> Result<Vec<u8>, Problem> {
        self.sign_digests(what, &Sha256::digest(message))
    }

    fn certify(&mut self, what: Signed) -> Result<(Vec<u8>, Vec<u8>), Problem> {
        let Signers {
            profile,
            visual,
            chain,
            shared,
            issuer,
        } = &self.from.signers;
        let (of, key) = match what {
            Signed::ProfileCertificate => (Application::Profile, profile),
            Signed::VisualCertificate => (Application::Visual, visual),
            _ => (Application::Issuer, chain),
        };
        let municipality = cv::municipality_key_id(&self.from.card.municipality, of);
        let body = if what == Signed::LowerCertificate {
            cv::body(municipality, cv::shared_key_id(), shared)
        } else {
            cv::body(issuer.key_id(of), municipality, key)
        };
        let signature = self.sign(what, &body)?;
        Ok((body, signature))
    }

    fn sign_digests(&mut self, what: Signed, digests: &[u8]) -> Result<Vec<u8>, Problem> {
        let block = digest_info(digests);
        let key = self.key(what);
        let signature = match &self.from.signing {
            Signing::With(_, kept) => {
                let key = key.ok_or(Problem::Signatures)?;
                let made = match what {
                    Signed::Digests
                    | Signed::OwnKey
                    | Signed::Age
                    | Signed::Face
                    | Signed::Number => kept.sign(key, &block),
                    Signed::ProfileCertificate
                    | Signed::VisualCertificate
                    | Signed::UpperCertificate
                    | Signed::LowerCertificate => kept.certify(key, &block),
                };
                made.map_err(|_| Problem::Signatures)?
            }
            Signing::Committed(signatures) => {
                let signature = signatures.get(&what).ok_or(Problem::Signatures)?;
                // Certificates are not looked at: the issuer's keys are not worth loading for it.
                let fits = |key: &RsaKey| key.has_signed(&block, signature);
                if !key.is_none_or(fits) {
                    return Err(Problem::SignatureDoesNotFit { what });
                }
                signature.clone()
            }
            Signing::Shipped(signatures) => {
                signatures.get(&what).ok_or(Problem::Signatures)?.clone()
            }
        };
        self.made.insert(what, signature.clone());
        Ok(signature)
    }

    /// Whoever signs this, if the key is at hand.
    fn key(&self, what: Signed) -> Option<&RsaKey> {
        let Signers {
            profile,
            visual,
            chain,
            ..
        } = &self.from.signers;
        let issuer = match &self.from.signing {
            Signing::With(issuer, _) => Some(issuer),
            Signing::Committed(_) | Signing::Shipped(_) => None,
        };
        match what {
            Signed::Digests | Signed::OwnKey => Some(profile),
            Signed::Age | Signed::Face | Signed::Number => Some(visual),
            Signed::LowerCertificate => Some(chain),
            Signed::ProfileCertificate => issuer.map(|issuer| &issuer.profile),
            Signed::VisualCertificate => issuer.map(|issuer| &issuer.visual),
            Signed::UpperCertificate => issuer.map(|issuer| &issuer.chain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The resident of the documentation's examples, made up there.
    fn holder(address: &str) -> Holder {
        Holder {
            name: "山田　太郎".into(),
            name_substitutes: "00000".into(),
            address: address.into(),
            address_substitutes: String::new(),
            birth: "419900401".into(),
            sex: '1',
            my_number: None,
            furigana: None,
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    fn file(holder: &Holder) -> Vec<u8> {
        indexed(Form::Shortest, &attributes(holder, &holder.address))
    }

    #[test]
    fn attributes_are_written_as_worked_out_by_hand() {
        let short = holder("東京都千代田区霞が関１－２－３");
        assert_eq!(
            hex(&file(&short)),
            "FF205CDF2108000E00200050005BDF220FE5B1B1E794B0E38080E5A4AAE9838E\
             DF232DE69DB1E4BAACE983BDE58D83E4BBA3E794B0E58CBAE99C9EE3818CE996A2EFBC91EFBC8DEFBC92\
             EFBC8DEFBC93DF24083139393030343031DF250131"
        );
        let digest = Sha256::digest(attributes(&short, &short.address).concat());
        assert_eq!(
            hex(&digest),
            "1D15F9A5CCA277B5CC92B802CEC220E2005BC6F079D4644BE7EB633AD57DB98E"
        );
        let long = holder("東京都千代田区霞が関１－２－３　霞が関第一マンション１０１号");
        let long = file(&long);
        assert_eq!(long.len(), 141);
        assert!(hex(&long).starts_with("FF208189DF2108000F0021007E0089DF220F"));
    }

    #[test]
    fn the_digest_of_a_number_covers_its_filler() {
        let number = tlv(&[0xff, 0x10], Form::Shortest, b"123456789018");
        let digest = Sha256::digest([&number, FILLER].concat());
        assert_eq!(
            hex(&digest),
            "C60C415D94405F03E9C454A8BAE073837D2C619925196526852FE61D9C58422D"
        );
    }

    /// Where the length grows by a byte, every offset does; 127 bytes are still one byte.
    #[test]
    fn offsets_know_how_long_the_length_is() {
        for (value, header) in [(126, 3), (127, 3), (128, 4), (255, 4), (256, 5), (9000, 5)] {
            let text = vec![b'x'; value];
            let mut part = text.clone();
            part.truncate(value - 5);
            // Five bytes are the table, the rest is one object without tag and length.
            let whole = indexed(Form::Shortest, &[part]);
            assert_eq!(whole.len(), header + value, "{value}");
            let offset = usize::from(u16::from_be_bytes([whole[header + 3], whole[header + 4]]));
            assert_eq!(whole[offset], b'x', "{value}");
            assert_eq!(offset, header + 5, "{value}");
        }
    }

    #[test]
    fn a_digest_info_holds_one_digest_or_three() {
        assert_eq!(
            hex(&digest_info(&[]))[..38],
            *"3011300D060960864801650304020105000400"
        );
        let one = hex(&digest_info(&[0xaa; 32]));
        assert!(one.starts_with("3031300D060960864801650304020105000420AA"));
        let three = hex(&digest_info(&[0xaa; 96]));
        assert!(three.starts_with("3071300D060960864801650304020105000460AA"));
    }

    #[test]
    fn signatures_are_read_or_refused() {
        let records = crate::persona::Persona::shipped("hanako")
            .unwrap()
            .records
            .unwrap();
        let text = records.signatures_toml();
        assert_eq!(read_signatures(&text), Some(records.signatures));
        for wrong in [
            "digests = 1",
            "digests = \"0\"",
            "digests = \"0x\"",
            "other = \"00\"",
            "見本",
        ] {
            assert_eq!(read_signatures(wrong), None, "{wrong}");
        }
    }
}
