//! Made-up residents: who they are, what their card holds, which keys it uses.

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
    /// PINs by file, JPKI 0018 (4 digits).
    pub authentication_pin: Pin,
    /// JPKI 001B (6 to 16 characters).
    pub signature_password: Pin,
    /// Common (and later resident) 001C (4 digits).
    pub resident_pin: Pin,
    /// Values of what is in doubt.
    pub quirks: Quirks,
}

/// What the card is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// 氏名, family and given name separated by one U+3000.
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
}

/// A private key of the simulated card. TEST KEY: published, protects nothing.
#[derive(Clone, Debug)]
pub enum PrivateKey {
    /// RSA-2048, what every card has today.
    Rsa(Box<rsa::PrivateKey>),
    /// P-256, invented.
    P256(p256::SecretKey),
    /// P-384, invented.
    P384(p384::SecretKey),
}

/// A PIN of the card. The values of shipped residents are published.
#[derive(Clone, Debug)]
pub struct Pin {
    /// The value, ASCII.
    pub value: String,
    /// Attempts left at the start; at most the file's maximum, 0 is blocked.
    pub left: u8,
}
