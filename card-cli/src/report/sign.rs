//! Report of `sign`.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::signature::SignatureKind;
use serde::Serialize;

use crate::jobs::sign::{self as job, Options};
use crate::output::{Report, hex, printable};
use crate::texts::Texts;

/// `mynacard.sign/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Signed {
    /// `cms`, `cms-attached`, `pdf`, `xml`, `jws`, `raw` or `asic`.
    format: &'static str,
    /// `sign` or `auth`.
    key: &'static str,
    /// Whether each signature was checked against the card's certificate.
    checked: bool,
    files: Vec<One>,
    /// `certificate.expired`: that of the signer.
    warnings: Vec<&'static str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct One {
    /// `-` is standard input.
    input: String,
    /// Null where the signature went to standard output.
    output: Option<String>,
    /// Whether it was signed before, and not again.
    skipped: bool,
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
    /// The only empty signature field of a PDF file, if the signature does not go into it.
    waiting_field: Option<String>,
    /// The moment that a time-stamp authority states.
    time_stamp: Option<String>,
}

impl Signed {
    /// Of what was signed.
    pub(crate) fn of(
        options: &Options,
        files: &[job::Signed],
        warning: Option<&'static str>,
    ) -> Self {
        Self {
            format: options.format.name(),
            key: options.key.name(),
            checked: !options.is_bare(),
            files: files.iter().map(One::of).collect(),
            warnings: warning.into_iter().collect(),
        }
    }
}

impl One {
    fn of(signed: &job::Signed) -> Self {
        Self {
            input: signed.path.display().to_string(),
            output: signed.place.as_ref().map(|path| path.display().to_string()),
            skipped: signed.skipped,
            size: signed.size,
            digest: hex(signed.digest.as_bytes()),
            hash: signed.digest.algorithm().name(),
            algorithm: signed.algorithm.map(|algorithm| match algorithm.kind {
                SignatureKind::RsaPkcs1v15 => "rsa-pkcs1v15",
                SignatureKind::RsaPss | SignatureKind::RsaPssSalted { .. } => "rsa-pss",
                SignatureKind::EcdsaRaw => "ecdsa",
            }),
            signature: signed
                .value
                .as_ref()
                .map(|value| BASE64_STANDARD.encode(value)),
            warnings: signed.warnings.clone(),
            waiting_field: signed.waiting_field.clone(),
            time_stamp: signed.time_stamp.clone(),
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
