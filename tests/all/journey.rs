//! What people do with a card, as functions over the library's public API.

use card_core::digest::{Digest, HashAlgorithm};
use card_core::login::{self, Nonce, Origin};
use card_core::{Card, Error, SignaturePassword, Spend, UserPin};
use card_sim::front::in_process::SimulatedCard;
use card_sim::persona::Persona;

/// One job, from begin to end, with what it may cost.
pub(crate) struct Journey {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&mut Card, &Persona) -> Result<(), Error>,
    /// PINs that the person agreed to present.
    pub(crate) consents: usize,
    /// Exchanges with short APDUs, for a certificate of 1537 to 1792 bytes, forgetting included.
    pub(crate) short: usize,
    /// Exchanges where card and reader announce extended lengths.
    pub(crate) extended: usize,
}

/// Every job of this stage.
pub(crate) const JOURNEYS: &[Journey] = &[
    Journey {
        name: "status",
        run: status,
        consents: 0,
        short: 10,
        extended: 10,
    },
    Journey {
        name: "authentication certificate",
        run: authentication_certificate,
        consents: 0,
        short: 8,
        extended: 2,
    },
    Journey {
        name: "CA certificates",
        run: ca_certificates,
        consents: 0,
        short: 13,
        extended: 3,
    },
    Journey {
        name: "counters",
        run: counters,
        consents: 0,
        short: 3,
        extended: 3,
    },
    Journey {
        name: "card number",
        run: card_number,
        consents: 0,
        short: 2,
        extended: 2,
    },
    Journey {
        name: "issuer domain",
        run: issuer_domain,
        consents: 0,
        short: 5,
        extended: 5,
    },
    Journey {
        name: "authentication signature",
        run: authentication_signature,
        consents: 1,
        short: 5,
        extended: 5,
    },
    Journey {
        name: "signature certificate",
        run: signature_certificate,
        consents: 1,
        short: 11,
        extended: 5,
    },
    Journey {
        name: "signature",
        run: signature,
        consents: 1,
        short: 5,
        extended: 5,
    },
    Journey {
        name: "checked signature",
        run: checked_signature,
        consents: 1,
        short: 12,
        extended: 6,
    },
    Journey {
        name: "login",
        run: log_in,
        consents: 1,
        short: 12,
        extended: 6,
    },
    Journey {
        name: "PIN change",
        run: pin_change,
        consents: 1,
        short: 6,
        extended: 6,
    },
    Journey {
        name: "password change",
        run: password_change,
        consents: 1,
        short: 6,
        extended: 6,
    },
];

/// Runs a job on a card of this simulated one, through a reader of its own.
pub(crate) fn run(journey: &Journey, card: &SimulatedCard, who: &Persona) -> Result<(), Error> {
    (journey.run)(&mut Card::new(card.reader()), who)
}

/// Attempts left of a JPKI PIN, without asking the card.
pub(crate) fn left(card: &SimulatedCard, pin: u16) -> Option<u8> {
    card.attempts_left(card_sim::applets::Application::Jpki, pin)
}

pub(crate) fn user_pin(who: &Persona) -> UserPin {
    UserPin::parse(who.authentication_pin.value.as_bytes()).unwrap()
}

pub(crate) fn password(who: &Persona) -> SignaturePassword {
    SignaturePassword::parse(who.signature_password.value.as_bytes()).unwrap()
}

pub(crate) fn digest() -> Digest {
    Digest::of(HashAlgorithm::Sha256, b"a document of a made-up resident")
}

fn status(card: &mut Card, _: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    jpki.token_information()?;
    jpki.certificates_present()?;
    jpki.authentication_attempts()?;
    jpki.signature_attempts()?;
    transaction.applications()?;
    transaction.end()
}

fn authentication_certificate(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let read = transaction.jpki()?.authentication_certificate()?;
    assert_eq!(
        read.to_der(),
        who.authentication.as_ref().unwrap().certificate
    );
    transaction.end()
}

fn ca_certificates(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    let read = jpki.authentication_ca_certificate()?;
    assert_eq!(
        read.to_der(),
        who.authentication.as_ref().unwrap().ca_certificate
    );
    let read = jpki.signature_ca_certificate()?;
    assert_eq!(
        read.to_der(),
        who.signature.as_ref().unwrap().ca_certificate
    );
    transaction.end()
}

fn counters(card: &mut Card, _: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    jpki.authentication_attempts()?;
    jpki.signature_attempts()?;
    transaction.end()
}

fn card_number(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let number = transaction.common()?.card_number()?;
    assert_eq!(number.serial(), who.card.serial);
    assert_eq!(number.municipality(), who.card.municipality);
    transaction.end()
}

fn issuer_domain(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut issuer = transaction.issuer()?;
    assert_eq!(
        issuer.municipality()?.as_ref(),
        Some(&who.card.municipality)
    );
    assert!(issuer.card_identification()?.is_some());
    assert!(issuer.expiry()?.is_some());
    issuer.contact_atr()?;
    transaction.end()
}

fn authentication_signature(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    jpki.unlock_authentication(&user_pin(who), Spend::KeepOne)?
        .sign(&digest())?;
    transaction.end()
}

fn signature_certificate(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    let read = jpki
        .unlock_signature(&password(who), Spend::KeepOne)?
        .certificate()?;
    assert_eq!(read.to_der(), who.signature.as_ref().unwrap().certificate);
    transaction.end()
}

fn signature(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    jpki.unlock_signature(&password(who), Spend::KeepOne)?
        .sign(&digest())?;
    transaction.end()
}

fn checked_signature(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    let mut key = jpki.unlock_signature(&password(who), Spend::KeepOne)?;
    let certificate = key.certificate()?;
    let signature = key.sign(&digest())?;
    assert!(
        certificate
            .public_key()
            .verify_digest(&digest(), &signature)
            .is_ok()
    );
    transaction.end()
}

fn log_in(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let origin = Origin::parse("https://example.org").unwrap();
    let nonce = Nonce::parse("ERERERERERERERERERERERERERERERERERERERERERE=").unwrap();
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    let mut key = jpki.unlock_authentication(&user_pin(who), Spend::KeepOne)?;
    let token = login::answer(&mut key, &origin, &nonce)?;
    transaction.end()?;
    assert_eq!(
        token.certificate(),
        who.authentication.as_ref().unwrap().certificate
    );
    Ok(())
}

fn pin_change(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    let new = UserPin::parse(b"8642").unwrap();
    jpki.unlock_authentication(&user_pin(who), Spend::KeepOne)?
        .change_pin(&new)?;
    transaction.end()
}

fn password_change(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    let new = SignaturePassword::choose(b"NEWPASS1").unwrap();
    jpki.unlock_signature(&password(who), Spend::KeepOne)?
        .change_password(&new)?;
    transaction.end()
}
