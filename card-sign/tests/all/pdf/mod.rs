//! PDF files: signed, judged by other programs, broken on purpose.

mod cases;
mod covers;
mod fitness;
mod foreign;
mod forge;
mod honest;
mod hybrid;
mod judges;
mod mutations;
mod parts;
mod requests;
mod streams;

use std::path::PathBuf;

use card_sign::Report;
use card_sign::pdf::{self, Profile, Request};

use crate::pki;
pub(crate) use crate::signed::pdf as sign_with;
use crate::told::told;

pub(crate) const NAME: &str = "山田　花子";

/// The folder of the samples, and how they were made.
pub(crate) fn samples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples/pdf")
}

pub(crate) fn plain(name: &str) -> Vec<u8> {
    std::fs::read(samples().join("plain").join(name)).unwrap()
}

pub(crate) fn request(profile: Profile) -> Request<'static> {
    Request::new(profile, NAME, pki::now())
}

pub(crate) fn sign(original: &[u8], profile: Profile) -> Vec<u8> {
    sign_with(original, &request(profile), pki::hanako())
}

pub(crate) fn verify(bytes: &[u8]) -> Report {
    told(pdf::verify(bytes, &pki::policy()))
}

/// A small document that nobody signed.
pub(crate) fn one_page() -> Vec<u8> {
    forge::document()
}

/// What was broken or nearly so, for messages.
pub(crate) fn summary(report: &Report) -> Vec<String> {
    let findings = report
        .findings()
        .filter(|finding| finding.verdict.reason().is_some());
    findings
        .map(|finding| format!("{} {:?}", finding.rule.id(), finding.verdict))
        .collect()
}
