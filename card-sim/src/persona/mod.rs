//! Made-up residents: who they are, what their card holds, which keys it uses.
//!
//! Nobody here exists. Names say 見本 (sample), municipalities have codes that nobody was given, and
//! every key and PIN of a shipped resident is published in `card-sim/personas/`.

mod check;
pub(crate) mod cv;
pub mod draw;
mod error;
mod file;
pub mod issue;
mod kept;
mod key;
pub mod licence;
mod load;
mod made;
mod records;
mod shipped;

use serde::Deserialize;

pub use self::cv::{Issuer, IssuerKey, KeyId};
pub use self::error::{PersonaError, PinShape, Problem};
pub use self::key::{MADE_PRIMES, NotAKey, PrivateKey, RsaKey};
pub use self::load::{issuer_keys, police_certificates, profile};
pub use self::made::MADE_RESIDENTS;
pub use self::records::{CardKeys, Pictures, Records, Signed};
pub(crate) use self::shipped::file_named as shipped_file;
use crate::applets::Application;
use crate::os::file::FileId;
use crate::os::quirk::Quirks;

/// A made-up resident and everything that the card of this person holds.
///
/// Built by [`Persona::shipped`] or [`Persona::load`]; the card operating system is made from it.
#[derive(Clone, Debug)]
pub struct Persona {
    /// Short lower-case name, used in `sim:NAME`.
    pub id: String,
    /// One line for people, Japanese.
    pub about_ja: String,
    /// One line for people, English.
    pub about_en: String,
    /// What the card is.
    pub kind: Kind,
    /// Marked for what no card has today (the next generation's keys).
    pub invented: bool,
    /// Answer to reset.
    pub atr: Vec<u8>,
    /// What the simulated reader announces as its largest APDU; `None` announces nothing.
    pub largest_apdu: Option<usize>,
    /// Who holds the card.
    pub holder: Holder,
    /// What is printed on the card and stored in the common application and the issuer domain.
    pub card: CardFace,
    /// 利用者証明用電子証明書 and its key.
    pub authentication: Option<Credential>,
    /// 署名用電子証明書 and its key.
    pub signature: Option<Credential>,
    /// 顔認証マイナンバーカード: a card whose PINs were never set. Their values below open nothing.
    pub without_pins: bool,
    /// PINs by file, JPKI 0018 (4 digits).
    pub authentication_pin: Pin,
    /// JPKI 001B (6 to 16 characters).
    pub signature_password: Pin,
    /// Common and resident 001C (4 digits): one value, two counters.
    pub resident_pin: Pin,
    /// Profile 0011 (4 digits), if the card has the profile application.
    pub profile_pin: Option<Pin>,
    /// 券面事項: what the profile and visual applications hold. A card without them has neither.
    pub records: Option<Records>,
    /// マイナ免許証, on the cards that carry one.
    pub licence: Option<licence::Licence>,
    /// Values of what is in doubt.
    pub quirks: Quirks,
}

impl Persona {
    /// What a file of the profile or visual application reads back as, or a data object (00F7, 00F8,
    /// 7F21) of the issuer domain: every byte, filler included.
    #[must_use]
    pub fn record(&self, application: Application, id: FileId) -> Option<&[u8]> {
        self.records.as_ref()?.file(application, id)
    }

    /// Forgets what was worked out of made keys: a thousand cards are in one process.
    fn put_keys_away(&mut self) {
        let credentials = [&mut self.authentication, &mut self.signature];
        for credential in credentials.into_iter().flatten() {
            if let PrivateKey::Rsa(key) = &mut credential.key {
                key.put_away();
            }
        }
        if let Some(records) = &mut self.records {
            records.put_keys_away();
        }
    }

    /// What opens this card: the values that `--pin sim` presents.
    #[must_use]
    pub fn published_secrets(&self) -> PublishedSecrets<'_> {
        PublishedSecrets {
            authentication_pin: &self.authentication_pin.value,
            signature_password: &self.signature_password.value,
            resident_pin: &self.resident_pin.value,
            profile_pin: self.profile_pin.as_ref().map(|pin| pin.value.as_str()),
            verification_number_a: self.holder.my_number.as_deref(),
            verification_number_b: self.card.verification_number_b(),
            birth_pin: &self.card.birth,
            licence_pin: self
                .licence
                .as_ref()
                .and_then(|licence| licence.pin.as_ref())
                .map(|pin| pin.value.as_str()),
        }
    }
}

/// Everything a program may present to a simulated card. Published on purpose.
///
/// Only a simulated card has this: on a real one, nobody but the holder knows these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedSecrets<'a> {
    /// 利用者証明用電子証明書暗証番号, JPKI 0018.
    pub authentication_pin: &'a str,
    /// 署名用電子証明書暗証番号, JPKI 001B.
    pub signature_password: &'a str,
    /// 住民基本台帳用暗証番号, common and resident 001C.
    pub resident_pin: &'a str,
    /// 券面事項入力補助用暗証番号, profile 0011.
    pub profile_pin: Option<&'a str>,
    /// 照合番号A, which is the My Number itself.
    pub verification_number_a: Option<&'a str>,
    /// 照合番号B.
    pub verification_number_b: Option<String>,
    /// 生年月日, visual 0011.
    pub birth_pin: &'a str,
    /// 運転免許証の暗証番号, licence 0006.
    pub licence_pin: Option<&'a str>,
}

/// What the card is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The plastic My Number Card (label `JPKIAPICCTOKEN2`).
    Plastic,
    /// Android phone (label `JPKIAPGPSETOKEN`): JPKI only, certificate after the PIN.
    Android,
    /// iPhone (label `JPKIAPIOSTOKEN`): JPKI only, certificate after the PIN.
    Iphone,
    /// The older resident card 住民基本台帳カード (label `JPKIAPICCTOKEN`).
    ResidentCard,
}

/// Who holds the card. All values are made up.
#[derive(Clone, Debug)]
pub struct Holder {
    /// 氏名, family and given name separated by one U+3000; a foreign resident's as registered.
    pub name: String,
    /// One digit per character of the name: 1 = substitute character.
    pub name_substitutes: String,
    /// 住所, full-width.
    pub address: String,
    /// One digit per character of the address.
    pub address_substitutes: String,
    /// Nine digits: era digit and Gregorian date, zeros where unknown (`319800217`).
    pub birth: String,
    /// One digit: 1 male, 2 female, 3 unknown in certificates.
    pub sex: char,
    /// 個人番号, 12 digits with a right check digit, if the card has one.
    pub my_number: Option<String>,
    /// 氏名の振り仮名, in signature certificates of an invented form.
    pub furigana: Option<String>,
}

impl Holder {
    /// 生年月日 as the records have it: Gregorian YYYYMMDD, zeros where unknown.
    #[must_use]
    pub fn birth_date(&self) -> &str {
        self.birth.get(1..).unwrap_or_default()
    }

    /// 性別 as the records have it, where unknown is 0 (JIS X 0303), not 3 as in certificates.
    #[must_use]
    pub fn sex_on_card(&self) -> char {
        if self.sex == '3' { '0' } else { self.sex }
    }
}

/// What is printed on the card and stored in the common application and the issuer domain.
#[derive(Clone, Debug)]
pub struct CardFace {
    /// 15 digits.
    pub serial: String,
    /// 5 digits, JIS municipality code.
    pub municipality: String,
    /// YYYYMMDD.
    pub expiry: String,
    /// Card identification number of GET DATA 0045, ASCII.
    pub identification: String,
    /// Six digits YYMMDD as printed: the era's year, or the Gregorian one for foreign residents.
    pub birth: String,
    /// セキュリティコード, the four digits printed on the face.
    pub security_code: Option<String>,
}

impl CardFace {
    /// 照合番号B: printed birth date, Gregorian year of the expiry, security code.
    ///
    /// Source: the package `myna-card` 3.3.4, measured on a test card.
    #[must_use]
    pub fn verification_number_b(&self) -> Option<String> {
        let (year, code) = (self.expiry.get(..4)?, self.security_code.as_deref()?);
        Some(format!("{}{year}{code}", self.birth))
    }
}

/// A key pair of the card with its certificate and the certificate of its CA.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The private key.
    pub key: PrivateKey,
    /// End-entity certificate, DER.
    pub certificate: Vec<u8>,
    /// Self-signed CA certificate, DER.
    pub ca_certificate: Vec<u8>,
    /// Whether the lists and answers of the test CA say that it is revoked.
    pub revoked: bool,
}

/// A PIN of the card. The values of shipped residents are published.
#[derive(Clone, Debug)]
pub struct Pin {
    /// The value, ASCII.
    pub value: String,
    /// Attempts left at the start; at most the file's maximum, 0 is blocked.
    pub left: u8,
}
