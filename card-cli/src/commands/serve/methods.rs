//! The methods that work at a card or on a document.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::applet::jpki::Jpki;
use card_core::certificate::KeyAlgorithm;
use card_core::login::{self, Nonce, Origin};
use card_core::pin::PinProblem;
use card_core::{Certificate, Error, Spend, Transaction};
use serde_json::{Map, Value, json};

use super::documents;
use super::job::Job;
use crate::commands::status;
use crate::exit::Failure;
use crate::facts::{Fact, origin_word};
use crate::wanted::{SIGNATURE_PASSWORD, USER_PIN};

/// What a method does.
pub(super) type Method = fn(&mut Job) -> Result<Value, Failure>;

/// Methods that take their time.
pub(super) const METHODS: &[(&str, Method)] = &[
    ("card/status", card_status),
    ("certificate/read", read_certificate),
    ("document/sign", documents::sign),
    ("document/verify", documents::verify),
    ("login/sign", log_in),
];

fn card_status(job: &mut Job) -> Result<Value, Failure> {
    let mut held = job.open()?;
    let reader = held.reader();
    let status = held.talk(|transaction| status::look(transaction, reader))?;
    // Made of texts and numbers, so it can be written.
    Ok(serde_json::to_value(status).unwrap_or_default())
}

fn read_certificate(job: &mut Job) -> Result<Value, Failure> {
    let which = job.text("which")?.to_owned();
    let free = |read: fn(&mut Jpki<'_>) -> Result<Certificate, Error>| {
        job.open()?
            .talk(|transaction| read(&mut transaction.jpki()?))
    };
    let certificate = match which.as_str() {
        "auth-ca" => free(|jpki| jpki.authentication_ca_certificate())?,
        "sign-ca" => free(|jpki| jpki.signature_ca_certificate())?,
        "auth" => {
            let mut held = job.open()?;
            let read = |transaction: &mut Transaction<'_>| {
                match transaction.jpki()?.authentication_certificate() {
                    // A phone keeps it behind the PIN.
                    Err(Error::Pin {
                        problem: PinProblem::Needed,
                        ..
                    }) => Ok(None),
                    certificate => certificate.map(Some),
                }
            };
            match held.talk(read)? {
                Some(certificate) => certificate,
                None => {
                    let pin = job.ask(&mut held, &USER_PIN, Map::new())?;
                    held.talk(|transaction| {
                        let mut jpki = transaction.jpki()?;
                        jpki.unlock_authentication(&pin, Spend::KeepOne)?
                            .certificate()
                    })?
                }
            }
        }
        "sign" => {
            job.consents()?;
            let mut held = job.open()?;
            let more = Map::from_iter([("disclosesAttributes".to_owned(), true.into())]);
            let password = job.ask(&mut held, &SIGNATURE_PASSWORD, more)?;
            held.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                jpki.unlock_signature(&password, Spend::KeepOne)?
                    .certificate()
            })?
        }
        _ => return Err(job.wrong("which")),
    };
    let validity = certificate.validity();
    Ok(json!({
        "which": which,
        "der": BASE64_STANDARD.encode(certificate.to_der()),
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "notBefore": validity.not_before.to_string(),
        "notAfter": validity.not_after.to_string(),
        "key": match certificate.key_algorithm() {
            KeyAlgorithm::Rsa { bits } => format!("rsa-{bits}"),
            KeyAlgorithm::EcP256 => "ec-p256".into(),
            KeyAlgorithm::EcP384 => "ec-p384".into(),
            _ => "other".into(),
        },
    }))
}

fn log_in(job: &mut Job) -> Result<Value, Failure> {
    let origin = Origin::parse(job.text("origin")?).map_err(|problem| {
        Failure::new(problem.code()).telling("problem", Fact::Word(origin_word(problem)))
    })?;
    let nonce = Nonce::parse(job.text("challenge")?).map_err(|_| job.wrong("challenge"))?;
    let mut held = job.open()?;
    let more = Map::from_iter([("origin".to_owned(), origin.as_str().into())]);
    let pin = job.ask(&mut held, &USER_PIN, more)?;
    let token = held.talk(|transaction| {
        let mut jpki = transaction.jpki()?;
        let mut key = jpki.unlock_authentication(&pin, Spend::KeepOne)?;
        login::answer(&mut key, &origin, &nonce)
    })?;
    let token: Value = serde_json::from_str(&token.to_json()).unwrap_or_default();
    Ok(json!({ "token": token }))
}
