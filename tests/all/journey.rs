//! Jobs with a card, as functions over the library's public API.

use card_core::digest::{Digest, HashAlgorithm};
use card_core::genuine::{Challenge, Evidence, Reason, Verdict};
use card_core::login::{self, Nonce, Origin};
use card_core::pin::{BirthPin, ProfilePin, VerificationNumberA, VerificationNumberB};
use card_core::signature::SignatureKind;
use card_core::trust::cv::{IssuerKey, IssuerKeys, KeyId};
use card_core::{Card, Error, SignaturePassword, Spend, UserPin};
use card_sim::applets::Application;
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
        short: 11,
        extended: 11,
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
        name: "all seven counters",
        run: all_counters,
        consents: 0,
        short: 10,
        extended: 10,
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
        name: "checked PSS signatures",
        run: checked_pss_signatures,
        consents: 1,
        short: 12,
        extended: 6,
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
    Journey {
        name: "My Number",
        run: my_number,
        consents: 1,
        short: 5,
        extended: 5,
    },
    Journey {
        name: "My Number by itself",
        run: my_number_by_itself,
        consents: 1,
        short: 5,
        extended: 5,
    },
    Journey {
        name: "attributes",
        run: attributes,
        consents: 1,
        short: 5,
        extended: 5,
    },
    Journey {
        name: "age",
        run: age,
        consents: 1,
        short: 7,
        extended: 5,
    },
    Journey {
        name: "age, proven",
        run: age_proven,
        consents: 1,
        short: 11,
        extended: 7,
    },
    // 3, one for each 256 bytes, one to forget.
    Journey {
        name: "card face",
        run: card_face,
        consents: 1,
        short: 44,
        extended: 5,
    },
    Journey {
        name: "profile, proven",
        run: profile_proven,
        consents: 1,
        short: 15,
        extended: 10,
    },
    Journey {
        name: "profile PIN change",
        run: profile_pin_change,
        consents: 1,
        short: 6,
        extended: 6,
    },
];

/// Runs a job on a card of this simulated one, through a reader of its own.
pub(crate) fn run(journey: &Journey, card: &SimulatedCard, who: &Persona) -> Result<(), Error> {
    (journey.run)(&mut Card::new(card.reader()), who)
}

/// Every counter but that of the birth date, with its maximum.
pub(crate) const COUNTERS: [(Application, u16, u8); 9] = [
    (Application::Jpki, 0x18, 3),
    (Application::Jpki, 0x1B, 5),
    (Application::Profile, 0x11, 3),
    (Application::Profile, 0x14, 10),
    (Application::Profile, 0x15, 10),
    (Application::Visual, 0x12, 10),
    (Application::Visual, 0x13, 10),
    (Application::Common, 0x1C, 3),
    (Application::Resident, 0x1C, 3),
];

/// Attempts left of a JPKI PIN, without asking the card.
pub(crate) fn left(card: &SimulatedCard, pin: u16) -> Option<u8> {
    card.attempts_left(Application::Jpki, pin)
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

fn checked_pss_signatures(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    let certificate = jpki.authentication_certificate()?;
    let mut key = jpki.unlock_authentication(&user_pin(who), Spend::KeepOne)?;
    let other = Digest::of(HashAlgorithm::Sha512, b"another digest");
    assert_eq!(key.sign_pss(&other).unwrap_err().code(), "signature.pss");
    let signature = key.sign_pss(&digest())?;
    let judged = certificate
        .public_key()
        .verify_digest(&digest(), &signature);
    assert!(judged.is_ok() && signature.kind() == SignatureKind::RsaPss);
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

fn all_counters(card: &mut Card, _: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    {
        let mut profile = transaction.profile()?;
        profile.pin_attempts()?;
        profile.number_a_attempts()?;
        profile.number_b_attempts()?;
    }
    {
        let mut visual = transaction.visual()?;
        visual.number_b_attempts()?;
        visual.number_a_attempts()?;
    }
    let mut jpki = transaction.jpki()?;
    jpki.authentication_attempts()?;
    jpki.signature_attempts()?;
    transaction.end()
}

fn profile_pin(who: &Persona) -> ProfilePin {
    let pin = who.profile_pin.as_ref().unwrap();
    ProfilePin::parse(pin.value.as_bytes()).unwrap()
}

fn number_a(who: &Persona) -> VerificationNumberA {
    let number = who.holder.my_number.as_ref().unwrap();
    VerificationNumberA::parse(number.as_bytes()).unwrap()
}

fn number_b(who: &Persona) -> VerificationNumberB {
    let number = who.card.verification_number_b().unwrap();
    VerificationNumberB::parse(number.as_bytes()).unwrap()
}

fn birth(who: &Persona) -> BirthPin {
    BirthPin::parse(who.card.birth.as_bytes()).unwrap()
}

fn my_number(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut profile = transaction.profile()?;
    let number = profile
        .unlock(&profile_pin(who), Spend::KeepOne)?
        .number()?;
    assert_eq!(Some(number.reveal()), who.holder.my_number.as_deref());
    transaction.end()
}

fn my_number_by_itself(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut profile = transaction.profile()?;
    let number = profile.unlock(&number_a(who), Spend::KeepOne)?.number()?;
    assert_eq!(Some(number.reveal()), who.holder.my_number.as_deref());
    transaction.end()
}

fn attributes(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut profile = transaction.profile()?;
    let read = profile
        .unlock(&number_b(who), Spend::KeepOne)?
        .attributes()?;
    assert_eq!(
        read.attributes.name.as_deref(),
        Some(who.holder.name.as_str())
    );
    assert_eq!(
        read.attributes.address.as_deref(),
        Some(who.holder.address.as_str())
    );
    transaction.end()
}

fn age(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut visual = transaction.visual()?;
    let read = visual.unlock(&birth(who), Spend::KeepOne)?.age_record()?;
    assert_eq!(
        read.birth.iso().replace('-', ""),
        who.holder.birth_date(),
        "another birth date"
    );
    transaction.end()
}

const CHALLENGE: Challenge = Challenge::new([0x5A; 32]);

fn age_proven(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let spend = Spend::KeepOne;
    let challenge = Some(CHALLENGE);
    let evidence = Evidence::age(&mut transaction.visual()?, &birth(who), spend, challenge)?;
    transaction.end()?;
    judged(&evidence);
    Ok(())
}

fn card_face(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut visual = transaction.visual()?;
    let face = visual.unlock(&number_b(who), Spend::KeepOne)?.face()?;
    let pictures = who.records.as_ref().unwrap().pictures();
    assert_eq!(face.portrait.unwrap().bytes(), pictures.portrait);
    assert_eq!(face.security_code.unwrap().bytes(), pictures.security_code);
    transaction.end()
}

fn profile_proven(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let spend = Spend::KeepOne;
    let challenge = Some(CHALLENGE);
    let mut profile = transaction.profile()?;
    let evidence = Evidence::profile(&mut profile, &profile_pin(who), spend, challenge)?;
    transaction.end()?;
    judged(&evidence);
    Ok(())
}

/// Signed by the issuer. Whether the card answered is another matter: a fault may say that it
/// refused.
fn judged(evidence: &Evidence) {
    let key = |key: card_sim::persona::IssuerKey| {
        IssuerKey::new(KeyId::new(key.id), &key.modulus, &key.exponent).unwrap()
    };
    let issuers = card_sim::persona::issuer_keys().into_iter().map(key);
    let report = evidence.judge(&IssuerKeys::of(issuers.collect()));
    assert_eq!(
        (report.signature, report.issuer),
        (Verdict::Pass, Verdict::Pass)
    );
    let refused = Verdict::Fail(Reason::Refused);
    assert!(report.live == Verdict::Pass || report.live == refused);
}

fn profile_pin_change(card: &mut Card, who: &Persona) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let mut profile = transaction.profile()?;
    let new = ProfilePin::parse(b"8642").unwrap();
    profile
        .unlock(&profile_pin(who), Spend::KeepOne)?
        .change_pin(&new)?;
    transaction.end()
}
