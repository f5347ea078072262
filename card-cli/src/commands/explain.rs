//! `explain FILE`: what stands in a signed file, for humans. Nothing of it is verified.

mod asic;
mod cms;
mod lines;

use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use card_core::Certificate;
use card_sign::{pdf, xml};
use serde::Serialize;
use serde_json::Value;

use self::asic::Asic;
use self::cms::{Certified, Cms, certified, time};
use self::lines::lines;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::word;
use crate::output::Report;
use crate::program::Program;
use crate::signed_file::{Kind, SignedFile};
use crate::texts::Texts;

/// What to explain.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let file = SignedFile::open(&arguments.file, program)?;
    let path = || file.path().to_owned();
    let refused = |reason: card_sign::report::Reason| {
        let why = word("why", reason.code());
        ProgramError::DocumentUnreadable(path(), reason.code(), why)
    };
    let inside = match file.kind()? {
        Kind::Cms => {
            let mut reader = file.reader()?;
            match card_sign::cms::SignedData::open(&mut reader, None) {
                Ok(data) => Inside::Cms(Cms::of(&data.outline())),
                Err(card_sign::SignError::Existing(reason)) => return Err(refused(reason).into()),
                Err(error) => return Err(crate::documents::sign_failure(error, file.path())),
            }
        }
        Kind::Pdf => Inside::Pdf(Pdf::of(&pdf::outline(&file.bytes()?).map_err(refused)?)),
        Kind::Xml => {
            let bytes = file.beginning(xml::MAX_BYTES)?;
            Inside::Xml(Xml::of(xml::outline(&bytes).map_err(refused)?))
        }
        Kind::Jws => {
            let token = Jws::of(&file.bytes()?);
            Inside::Jws(token.ok_or_else(|| ProgramError::DocumentUnknown(path()))?)
        }
        Kind::Asic => match card_sign::asic::outline(&mut file.reader()?) {
            Ok(outline) => Inside::Asic(Asic::of(&outline)),
            Err(card_sign::SignError::Existing(reason)) => return Err(refused(reason).into()),
            Err(error) => return Err(crate::documents::sign_failure(error, file.path())),
        },
        Kind::Other => return Err(ProgramError::DocumentUnknown(path()).into()),
    };
    program.show(&Explained {
        file: arguments.file.display().to_string(),
        length: file.length,
        inside,
    })
}

/// `mynacard.explain/1`. Every value is a claim of the file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Explained {
    /// `-` is standard input.
    file: String,
    length: u64,
    /// One member, named after the format.
    inside: Inside,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum Inside {
    Cms(Cms),
    Pdf(Pdf),
    Xml(Xml),
    Jws(Jws),
    Asic(Asic),
}

/// A PDF file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Pdf {
    /// Where each revision ends, the oldest first.
    revisions: Vec<usize>,
    pages: usize,
    /// Whole names of the fields of the form.
    fields: Vec<String>,
    signatures: Vec<InPdf>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct InPdf {
    field: String,
    /// `/SubFilter`.
    kind: Option<String>,
    name: Option<String>,
    reason: Option<String>,
    location: Option<String>,
    claimed_time: Option<String>,
    /// Four numbers.
    byte_range: Option<Vec<usize>>,
    /// The revision that ends where the signature ends, from 1.
    revision: Option<usize>,
    /// 1 forbids all changes, 2 all but forms, 3 annotations too.
    certification: Option<i64>,
    cms: Option<Cms>,
}

/// An XML document.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Xml {
    /// The name of the document element.
    root: String,
    signatures: Vec<InXml>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct InXml {
    id: Option<String>,
    /// The elements around it, the document element first.
    place: Vec<String>,
    canonicalization: String,
    method: String,
    references: Vec<Reference>,
    /// In bytes.
    signature_length: usize,
    certificates: Vec<Certified>,
    claimed_time: Option<String>,
    /// Whether there are signed properties (XAdES).
    signed_properties: bool,
    unsigned_properties: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Reference {
    /// Empty for the document itself.
    uri: Option<String>,
    kind: Option<String>,
    transforms: Vec<String>,
    hash: String,
}

/// A JSON Web Signature.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Jws {
    algorithm: Option<String>,
    kind: Option<String>,
    critical: Vec<String>,
    /// Null in a detached token.
    payload_length: Option<usize>,
    /// In bytes.
    signature_length: usize,
    certificates: Vec<Certified>,
}

impl Pdf {
    fn of(outline: &pdf::Outline) -> Self {
        let signature = |one: &pdf::SignatureOutline| InPdf {
            field: one.field.clone(),
            kind: one.kind.clone(),
            name: one.name.clone(),
            reason: one.reason.clone(),
            location: one.location.clone(),
            claimed_time: time(one.time),
            byte_range: one.range.map(Vec::from),
            revision: one.revision,
            certification: one.certified,
            cms: one.cms.as_ref().map(Cms::of),
        };
        Self {
            revisions: outline.revisions.clone(),
            pages: outline.pages,
            fields: outline.fields.clone(),
            signatures: outline.signatures.iter().map(signature).collect(),
        }
    }
}

impl Xml {
    fn of(outline: xml::Outline) -> Self {
        let reference = |one: xml::ReferenceOutline| Reference {
            uri: one.uri,
            kind: one.kind,
            transforms: one.transforms,
            hash: one.digest,
        };
        let signature = |one: xml::SignatureOutline| InXml {
            id: one.id,
            place: one.place,
            canonicalization: one.canonicalization,
            method: one.method,
            references: one.references.into_iter().map(reference).collect(),
            signature_length: one.signature_length,
            certificates: certified(&one.certificates),
            claimed_time: time(one.claimed_time),
            signed_properties: one.properties,
            unsigned_properties: one.unsigned,
        };
        Self {
            root: outline.root,
            signatures: outline.signatures.into_iter().map(signature).collect(),
        }
    }
}

impl Jws {
    fn of(token: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(token).ok()?.trim_end();
        let [header, payload, signature] = text.split('.').collect::<Vec<_>>().try_into().ok()?;
        let decoded = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        let header: Value = serde_json::from_slice(&decoded(header)?).ok()?;
        let word = |name: &str| header.get(name)?.as_str().map(str::to_owned);
        let list = |name: &str| {
            let list = header.get(name).and_then(Value::as_array);
            let words = list.into_iter().flatten().filter_map(Value::as_str);
            words.map(str::to_owned).collect::<Vec<_>>()
        };
        let certificates: Vec<_> = list("x5c")
            .iter()
            .filter_map(|text| BASE64_STANDARD.decode(text).ok())
            .filter_map(|der| Certificate::parse_exact(&der).ok())
            .collect();
        Some(Self {
            algorithm: word("alg"),
            kind: word("typ"),
            critical: list("crit"),
            payload_length: match payload {
                "" => None,
                payload => Some(decoded(payload)?.len()),
            },
            signature_length: decoded(signature)?.len(),
            certificates: certified(&certificates),
        })
    }
}

impl Report for Explained {
    const NAME: &str = "explain";

    fn text(&self, texts: &Texts) -> String {
        // What is empty says nothing; a report always has a JSON form.
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut text = String::new();
        lines(&value, 0, texts, &mut text);
        text + &texts.say("explain-not-verified") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};
    use crate::texts::{Language, program_texts};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Explained>(Explained::NAME, Envelope::Plain);
    }

    #[test]
    fn every_member_has_a_place_and_a_label() {
        let both = [Language::Japanese, Language::English].map(program_texts);
        let schema = schemars::schema_for!(Explained);
        let mut names = Vec::new();
        collect(schema.as_value(), &mut names);
        assert!(names.len() > 30, "{names:?}");
        for name in names {
            let id = format!("explain-{}", name.replace('_', "-"));
            assert!(both.iter().all(|texts| texts.has(&id)), "{id}");
            assert!(lines::ORDER.contains(&name.as_str()), "{name}");
        }
    }

    fn collect(schema: &Value, names: &mut Vec<String>) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            names.extend(properties.keys().cloned());
        }
        let inner: Vec<&Value> = match schema {
            Value::Object(members) => members.values().collect(),
            Value::Array(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        inner.into_iter().for_each(|inner| collect(inner, names));
    }
}
