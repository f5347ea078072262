//! `explain FILE`: what stands in a signed file, for humans. Nothing of it is verified.

use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use card_core::Certificate;
use card_core::certificate::{KeyAlgorithm, Oid};
use card_core::digest::HashAlgorithm;
use card_core::domain::date::UtcTime;
use card_core::signature::SignatureKind;
use card_sign::{asic, cms, pdf, xml};
use serde::Serialize;
use serde_json::Value;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::word;
use crate::output::{Report, printable};
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
            match cms::SignedData::open(&mut reader, None) {
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
        Kind::Asic => Inside::Asic(Asic::of(&asic::outline(&mut file.reader()?).map_err(
            |error| match error {
                card_sign::SignError::Existing(reason) => refused(reason).into(),
                error => crate::documents::sign_failure(error, file.path()),
            },
        )?)),
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

/// A CMS SignedData.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Cms {
    version: u64,
    /// An object identifier.
    content_type: String,
    /// Null in a detached signature.
    content_length: Option<u64>,
    certificates: Vec<Certified>,
    revocation_lists: usize,
    signers: Vec<Signer>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Signer {
    /// Which of the certificates, from 1; null if none is the one that is named.
    certificate: Option<usize>,
    hash: Option<&'static str>,
    /// `rsa-pkcs1v15`, `rsa-pss` or `ecdsa`.
    scheme: Option<&'static str>,
    /// In bytes.
    signature_length: usize,
    claimed_time: Option<String>,
    /// Object identifiers.
    signed_attributes: Vec<String>,
    /// Object identifiers; anybody can add some.
    unsigned_attributes: Vec<String>,
    /// Times that time stamps state.
    time_stamps: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Certified {
    name: Option<String>,
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    key: String,
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

/// An ASiC container.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Asic {
    files: Vec<InAsic>,
    /// The signature over the manifest; null if there is none that can be read.
    cms: Option<Cms>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct InAsic {
    name: String,
    /// In bytes, unpacked.
    length: u64,
    /// Of the digest in the manifest; null if it states none.
    hash: Option<&'static str>,
}

fn time(time: Option<UtcTime>) -> Option<String> {
    time.map(|time| time.to_string())
}

fn certified(certificates: &[Certificate]) -> Vec<Certified> {
    let of = |certificate: &Certificate| Certified {
        name: certificate
            .attributes()
            .and_then(|attributes| attributes.name.clone()),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_before: certificate.validity().not_before.to_string(),
        not_after: certificate.validity().not_after.to_string(),
        key: match certificate.key_algorithm() {
            KeyAlgorithm::Rsa { bits } => format!("rsa-{bits}"),
            KeyAlgorithm::EcP256 => "ec-p256".into(),
            KeyAlgorithm::EcP384 => "ec-p384".into(),
            _ => "other".into(),
        },
    };
    certificates.iter().map(of).collect()
}

impl Cms {
    fn of(outline: &cms::Outline) -> Self {
        let oids = |oids: &[Oid]| oids.iter().map(ToString::to_string).collect();
        let signer = |signer: &cms::SignerOutline| Signer {
            certificate: signer.certificate.map(|index| index + 1),
            hash: signer.hash.map(HashAlgorithm::name),
            scheme: signer.scheme.map(|scheme| match scheme {
                SignatureKind::RsaPkcs1v15 => "rsa-pkcs1v15",
                SignatureKind::RsaPss | SignatureKind::RsaPssSalted { .. } => "rsa-pss",
                SignatureKind::EcdsaRaw => "ecdsa",
            }),
            signature_length: signer.signature_length,
            claimed_time: time(signer.claimed_time),
            signed_attributes: oids(&signer.signed),
            unsigned_attributes: oids(&signer.unsigned),
            time_stamps: signer.stamped.iter().map(ToString::to_string).collect(),
        };
        Self {
            version: outline.version,
            content_type: outline.content_type.to_string(),
            content_length: outline.content_length,
            certificates: certified(&outline.certificates),
            revocation_lists: outline.revocation_lists,
            signers: outline.signers.iter().map(signer).collect(),
        }
    }
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

impl Asic {
    fn of(outline: &asic::Outline) -> Self {
        let file = |one: &asic::EntryOutline| InAsic {
            name: one.name.clone(),
            length: one.size,
            hash: one.digest.map(HashAlgorithm::name),
        };
        Self {
            files: outline.entries.iter().map(file).collect(),
            cms: outline.signature.as_ref().map(Cms::of),
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

/// Members as lines, one level deeper for each level.
fn lines(value: &Value, depth: usize, texts: &Texts, text: &mut String) {
    let indent = "  ".repeat(depth);
    let mut members: Vec<_> = value.as_object().into_iter().flatten().collect();
    members.sort_by_key(|(name, _)| ORDER.iter().position(|known| known == name));
    for (name, value) in members {
        let label = texts.say(&format!("explain-{}", name.replace('_', "-")));
        match value {
            Value::Null => {}
            Value::Object(_) => {
                *text += &format!("{indent}{label}:\n");
                lines(value, depth + 1, texts, text);
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                for (index, item) in items.iter().enumerate() {
                    *text += &format!("{indent}{label} {}:\n", index + 1);
                    lines(item, depth + 1, texts, text);
                }
            }
            Value::Array(items) if items.is_empty() => {}
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| plain(item, texts)).collect();
                let joined = items.join(&texts.say("list-comma"));
                *text += &format!("{indent}{label}: {joined}\n");
            }
            value => *text += &format!("{indent}{label}: {}\n", plain(value, texts)),
        }
    }
}

/// What people read first stands first; what is long stands last.
const ORDER: &[&str] = &[
    "file",
    "length",
    "inside",
    "root",
    "pages",
    "fields",
    "revisions",
    "field",
    "id",
    "place",
    "kind",
    "name",
    "reason",
    "location",
    "subject",
    "issuer",
    "not_before",
    "not_after",
    "key",
    "version",
    "content_type",
    "content_length",
    "payload_length",
    "algorithm",
    "critical",
    "certificate",
    "uri",
    "hash",
    "scheme",
    "method",
    "canonicalization",
    "transforms",
    "claimed_time",
    "byte_range",
    "revision",
    "certification",
    "signature_length",
    "signed_attributes",
    "unsigned_attributes",
    "time_stamps",
    "signed_properties",
    "unsigned_properties",
    "references",
    "revocation_lists",
    "certificates",
    "signers",
    "signatures",
    "files",
    "cms",
    "asic",
    "pdf",
    "xml",
    "jws",
];

/// A value; an object identifier that is known here, with its name.
fn plain(value: &Value, texts: &Texts) -> String {
    match value {
        Value::Bool(true) => texts.say("explain-yes"),
        Value::Bool(false) => texts.say("explain-no"),
        Value::String(string) => {
            let id = format!("oid-{}", string.replace('.', "-"));
            match texts.has(&id) {
                true => format!("{} ({string})", texts.say(&id)),
                false => printable(string),
            }
        }
        other => other.to_string(),
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
            assert!(ORDER.contains(&name.as_str()), "{name}");
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
