//! Content of a PDF file, for display. Nothing here is verified.

use card_core::domain::date::UtcTime;

use super::document::{self, Document};
use super::file::File;
use super::object::{Dictionary, Object};
use super::verify;
use crate::cms::{self, SignedData};
use crate::report::Reason;

/// The parts of a PDF file that signatures have to do with. Every one is a claim of the file.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Where each revision (改訂) ends, the oldest first.
    pub revisions: Vec<usize>,
    /// How many pages there are.
    pub pages: usize,
    /// Whole names of the fields of the form.
    pub fields: Vec<String>,
    /// The signatures, by what they cover.
    pub signatures: Vec<SignatureOutline>,
}

/// One signature. What is not there, or cannot be read, is empty.
#[derive(Clone, Debug, Default)]
pub struct SignatureOutline {
    /// Whole name of its field.
    pub field: String,
    /// The kind (`/SubFilter`): `adbe.pkcs7.detached`.
    pub kind: Option<String>,
    /// The signer's name, as typed.
    pub name: Option<String>,
    /// Why it was signed, as typed.
    pub reason: Option<String>,
    /// Where it was signed, as typed.
    pub location: Option<String>,
    /// When it was signed, as typed.
    pub time: Option<UtcTime>,
    /// The four numbers of the byte range.
    pub range: Option<[usize; 4]>,
    /// The revision that ends where the signature ends, from 1.
    pub revision: Option<usize>,
    /// The level of a certification: 1 forbids all changes, 2 all but forms, 3 annotations too.
    pub certified: Option<i64>,
    /// The CMS object.
    pub cms: Option<cms::Outline>,
}

/// Outlines a file.
///
/// # Errors
///
/// Why it cannot be read: the reasons of rule P1.
pub fn outline(bytes: &[u8]) -> Result<Outline, Reason> {
    let file = File::open(bytes)?;
    let document = Document::read(file.latest())?;
    let signatures = verify::find(&file, &document);
    let signatures = signatures.iter().map(|found| {
        let mut outline = SignatureOutline {
            field: found.field.to_owned(),
            range: found.range.ok(),
            revision: found.revision.map(|revision| revision + 1),
            ..SignatureOutline::default()
        };
        if let Ok(dictionary) = &found.dictionary {
            outline.fill(&document, dictionary);
        }
        outline
    });
    Ok(Outline {
        revisions: file
            .revisions()
            .iter()
            .map(|revision| revision.end)
            .collect(),
        pages: document.pages.len(),
        fields: document
            .fields
            .iter()
            .map(|field| field.name.clone())
            .collect(),
        signatures: signatures.collect(),
    })
}

impl SignatureOutline {
    fn fill(&mut self, document: &Document<'_>, dictionary: &Dictionary) {
        let text = |key| dictionary.find(key).and_then(Object::as_text);
        if let Some(Object::Name(kind)) = dictionary.find(b"SubFilter") {
            self.kind = Some(String::from_utf8_lossy(kind).into_owned());
        }
        self.name = text(b"Name");
        self.reason = text(b"Reason");
        self.location = text(b"Location");
        self.time = text(b"M").and_then(|text| document::date(&text));
        self.certified = document
            .terms(dictionary)
            .ok()
            .and_then(|terms| terms.certified);
        if let Some(Object::String(value)) = dictionary.find(b"Contents") {
            let (mut object, _) = verify::split(value).unwrap_or((value, &[]));
            let signed = SignedData::open(&mut object, None);
            self.cms = signed.ok().map(|signed| signed.outline());
        }
    }
}
