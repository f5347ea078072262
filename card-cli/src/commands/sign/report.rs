//! Report of `sign`.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::signature::SignatureKind;
use serde::Serialize;

use super::make::{ASSUMED, Made};
use super::options::{Arguments, Format, Key};
use super::target::{Job, Target};
use crate::output::{Report, hex, printable};
use crate::texts::Texts;

/// `mynacard.sign/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Signed {
    /// `cms`, `cms-attached`, `pdf`, `xml`, `jws` or `raw`.
    format: &'static str,
    key: Key,
    /// Whether each signature was checked against the card's certificate.
    checked: bool,
    files: Vec<One>,
    /// `certificate.expired`: seen before the PIN was presented, for a bare value.
    warnings: Vec<&'static str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct One {
    /// `-` is standard input.
    input: String,
    /// Null where the signature went to standard output.
    pub(super) output: Option<String>,
    /// Whether it was signed before, and not again.
    pub(super) skipped: bool,
    /// In bytes.
    size: u64,
    /// Of the file, hexadecimal.
    digest: String,
    /// What the digest was made with, and the signature: `SHA-256` or `SHA-384`.
    hash: &'static str,
    /// `rsa-pkcs1v15` or `ecdsa`; null where nothing was signed now.
    algorithm: Option<&'static str>,
    /// A bare value as Base64, ECDSA in DER; null for other formats.
    signature: Option<String>,
    /// What the signer was told of the file before consent: codes as in `docs/refusals.md`.
    warnings: Vec<&'static str>,
    /// The moment that a time-stamp authority states.
    time_stamp: Option<String>,
}

impl Signed {
    pub(super) fn new(
        arguments: &Arguments,
        files: Vec<One>,
        warning: Option<&'static str>,
    ) -> Self {
        Self {
            format: arguments.format.name(),
            key: arguments.key,
            checked: !arguments.is_bare(),
            files,
            warnings: warning.into_iter().collect(),
        }
    }
}

impl One {
    pub(super) fn of(job: &Job, made: &Made<'_>, format: Format) -> Self {
        Self {
            skipped: false,
            digest: hex(made.digest.as_bytes()),
            hash: made.digest.algorithm().name(),
            algorithm: Some(match made.algorithm.kind {
                SignatureKind::RsaPkcs1v15 => "rsa-pkcs1v15",
                SignatureKind::RsaPss => "rsa-pss",
                SignatureKind::EcdsaRaw => "ecdsa",
            }),
            signature: made
                .value(format)
                .map(|value| BASE64_STANDARD.encode(value)),
            time_stamp: made.time_stamp.clone(),
            ..Self::skipped(job)
        }
    }

    pub(super) fn skipped(job: &Job) -> Self {
        let output = match &job.target {
            Target::Stdout => None,
            Target::File(place) => Some(place.path().display().to_string()),
            Target::Done(path) => Some(path.display().to_string()),
        };
        Self {
            input: job.input.path.display().to_string(),
            output,
            skipped: true,
            size: job.input.size,
            digest: hex(job.input.sha256.as_bytes()),
            hash: ASSUMED.name(),
            algorithm: None,
            signature: None,
            warnings: job.task.warnings().iter().map(|one| one.code()).collect(),
            time_stamp: None,
        }
    }
}

impl Report for Signed {
    const NAME: &str = "sign";

    fn text(&self, texts: &Texts) -> String {
        let line = |file: &One| {
            let algorithm = match file.algorithm {
                Some(algorithm) => format!("{algorithm}, {}", file.hash),
                None => texts.say("sign-skipped"),
            };
            let (input, output) = (
                printable(&file.input),
                printable(file.output.as_deref().unwrap_or("-")),
            );
            texts.with(
                "sign-done",
                [
                    ("input", input.as_str().into()),
                    ("output", output.as_str().into()),
                    ("algorithm", algorithm.as_str().into()),
                ],
            ) + "\n"
        };
        self.files.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Signed>(Signed::NAME, Envelope::Either);
    }
}
