//! The methods that work at a card or on a document.

use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::Spend;
use card_core::certificate::KeyAlgorithm;
use card_core::login::Nonce;
use serde_json::{Map, Value, json};

use super::documents;
use super::job::Job;
use crate::exit::Failure;
use crate::jobs::certificate::{self, Which};
use crate::jobs::{self, login};
use crate::report::licence::{Expiry, Licence};
use crate::report::status::Status;

/// What a method does.
pub(super) type Method = fn(&mut Job) -> Result<Value, Failure>;

/// Methods that take their time.
pub(super) const METHODS: &[(&str, Method)] = &[
    ("card/licence", licence),
    ("card/status", card_status),
    ("certificate/read", read_certificate),
    ("document/sign", documents::sign),
    ("document/verify", documents::verify),
    ("login/sign", log_in),
];

fn card_status(job: &mut Job) -> Result<Value, Failure> {
    let status = jobs::status::run(&mut job.open()?)?;
    // Made of texts and numbers, so it can be written.
    Ok(serde_json::to_value(Status::of(status)).unwrap_or_default())
}

/// The expiry alone, or the whole licence, which holds number and portrait: that wants consent.
fn licence(job: &mut Job) -> Result<Value, Failure> {
    let issuer = job.optional("issuer")?.map(PathBuf::from);
    let whole = match job.text("what")? {
        "expiry" if issuer.is_none() => false,
        "whole" => {
            job.consents()?;
            true
        }
        _ => return Err(job.wrong("what")),
    };
    let certificate = issuer.as_deref();
    let certificate = certificate.map(jobs::licence::certificate).transpose()?;
    let more = match whole {
        true => Map::from_iter([("disclosesAttributes".to_owned(), true.into())]),
        false => Map::new(),
    };
    let ui = &mut job.ui(more);
    if !whole {
        let expiry = jobs::licence::expiry(&mut job.open()?, ui, Spend::KeepOne)?;
        return Ok(serde_json::to_value(Expiry::of(&expiry)).unwrap_or_default());
    }
    let (record, signature) = jobs::licence::whole(&mut job.open()?, ui, Spend::KeepOne)?;
    let report = Licence::of(&record, &signature, certificate.as_ref())?;
    let mut report = serde_json::to_value(report).unwrap_or_default();
    if let (Some(portrait), Value::Object(members)) = (record.portrait.value(), &mut report) {
        let portrait = BASE64_STANDARD.encode(portrait).into();
        members.insert("portrait".to_owned(), portrait);
    }
    Ok(report)
}

fn read_certificate(job: &mut Job) -> Result<Value, Failure> {
    let which = job.text("which")?.to_owned();
    let mut more = Map::new();
    let asked = match which.as_str() {
        "auth-ca" => Which::AuthenticationCa,
        "sign-ca" => Which::SignatureCa,
        "auth" => Which::Authentication,
        "sign" => {
            job.consents()?;
            more.insert("disclosesAttributes".to_owned(), true.into());
            Which::Signature
        }
        _ => return Err(job.wrong("which")),
    };
    let ui = &mut job.ui(more);
    let certificate = certificate::read(asked, &mut job.open()?, ui, Spend::KeepOne)?;
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
    let origin = login::origin(job.text("origin")?)?;
    let nonce = Nonce::parse(job.text("challenge")?).map_err(|_| job.wrong("challenge"))?;
    let more = Map::from_iter([("origin".to_owned(), origin.as_str().into())]);
    let request = login::Request { origin, nonce };
    let ui = &mut job.ui(more);
    let token = login::run(&mut job.open()?, ui, &request, Spend::KeepOne)?;
    let token: Value = serde_json::from_str(&token.to_json()).unwrap_or_default();
    Ok(json!({ "token": token }))
}
