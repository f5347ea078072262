//! Making signatures: what is signed, the signer's answer, the file.

use std::borrow::Cow;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_core::domain::date::UtcTime;
use card_core::signature::Signature;
use thiserror::Error;

use super::algorithm::{self, Canonical, ENVELOPED};
use super::document::{Apex, DS, Node, Tree, decode, is_space, normalized};
use super::egov;
use super::files::{self, Files};
use super::parts::Parts;
use super::rules::reason;
use super::verify::{self, stated};
use super::xades::{Claims, SIGNED_PROPERTIES};
use crate::report::Reason;
use crate::signer::{DocumentSigner, SigningAlgorithm};

/// Why nothing was signed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignError {
    /// The card or key did not sign.
    #[error(transparent)]
    Signer(#[from] card_core::Error),
    /// The document breaks a rule, so that nobody should accept a signature in it.
    #[error("the document cannot be signed: {0}")]
    Document(Reason),
    /// The document has a signature, which a second one would break.
    #[error("the document is signed already")]
    Existing,
    /// The signer's algorithm is none that this format or profile can carry.
    #[error("the format cannot carry the signer's algorithm")]
    Algorithm,
    /// The signature does not fit the certificate: it would be worthless.
    #[error("the signature does not fit the signer's certificate")]
    Mismatch,
}

impl SignError {
    /// A stable word for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            SignError::Signer(error) => error.code(),
            SignError::Document(reason) => reason.code(),
            SignError::Existing => "sign.existing",
            SignError::Algorithm => "sign.algorithm",
            SignError::Mismatch => "signature.mismatch",
        }
    }
}

impl From<Reason> for SignError {
    fn from(reason: Reason) -> SignError {
        SignError::Document(reason)
    }
}

/// A signature to be made: where it will stand and what it will cover.
///
/// ```text
/// Draft ── prepare(certificate, …) ──▶ Prepared: a digest to sign ── finish(signature) ──▶ file
///      └── sign(signer): both steps ────────────────────────────────────────────────────▶ file
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    before: String,
    after: String,
    style: Style,
    id: String,
    subjects: Vec<Subject>,
    properties: Option<(UtcTime, String)>,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// With the prefix `ds:` and the exclusive form, so that it can be read anywhere.
    Standard,
    /// As e-Gov wrote it: no prefix, the inclusive form, the signer's certificate alone.
    Egov,
}

/// Something to be signed.
#[derive(Clone, Debug)]
enum Subject {
    /// The document around the signature, without it.
    Document,
    /// The element 構成情報.
    Composition,
    /// A file beside the document.
    File(String, Files),
}

impl Draft {
    /// A signature inside a document over all of it (enveloped), as the last child of the document
    /// element.
    ///
    /// The document stays as it is, byte for byte, but for the place of the signature.
    ///
    /// # Errors
    ///
    /// `sign.existing` if there is a signature, or the reason of rule X1. Only UTF-8 is signed.
    pub fn enveloped(document: &[u8]) -> Result<Draft, SignError> {
        let text = utf8(document)?;
        let tree = unsigned(&text)?;
        let (before, after) = inside_end(&tree, &text, tree.root())?;
        Ok(Draft::new(
            free_id(&tree),
            before,
            after,
            vec![Subject::Document],
        ))
    }

    /// A signature in a file of its own over other files, byte for byte (detached).
    ///
    /// # Errors
    ///
    /// `xml.references.none` or `xml.references.many` if there is no file or more than thirty.
    pub fn detached(files: &Files) -> Result<Draft, SignError> {
        let subjects: Vec<Subject> = subjects(files).collect();
        match subjects.len() {
            0 => Err(reason::NO_REFERENCE.into()),
            1..=30 => {
                let before = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
                Ok(Draft::new(
                    "signature".to_owned(),
                    before,
                    "\n".to_owned(),
                    subjects,
                ))
            }
            _ => Err(reason::MANY_REFERENCES.into()),
        }
    }

    /// The signature of an application to e-Gov: over 構成情報 of `kousei.xml` and over the forms.
    ///
    /// It goes into 署名情報, which is made behind 構成情報 if it is not there. The time becomes its
    /// identifier, in Japan's time as seventeen digits. The shape is **not confirmed by the
    /// receiver**, and attachments are not covered: do not add them to `forms`.
    ///
    /// # Errors
    ///
    /// `egov.shape.document` if this is no `kousei.xml`, `sign.existing`, `xml.references.many`, or
    /// the reason of rule X1.
    pub fn egov(kousei: &[u8], forms: &Files, time: UtcTime) -> Result<Draft, SignError> {
        let text = utf8(kousei)?;
        let tree = unsigned(&text)?;
        let composition = egov::composition(&tree)?;
        let mut places = tree
            .children(tree.root())
            .filter(|node| tree.is_named(*node, egov::SIGNATURES));
        let (before, after) = match (places.next(), places.next()) {
            (Some(place), None) => inside_end(&tree, &text, place)?,
            (None, _) => {
                let end = tree.range(composition).ok_or(reason::MALFORMED)?.end;
                let (before, after) = text.split_at_checked(end).ok_or(reason::MALFORMED)?;
                let name = egov::SIGNATURES;
                (format!("{before}<{name}>"), format!("</{name}>{after}"))
            }
            _ => return Err(reason::EGOV_DOCUMENT.into()),
        };
        let subjects: Vec<Subject> = std::iter::once(Subject::Composition)
            .chain(subjects(forms))
            .collect();
        if subjects.len() > 30 {
            return Err(reason::MANY_REFERENCES.into());
        }
        let draft = Draft::new(digits_in_japan(time), before, after, subjects);
        Ok(Draft {
            style: Style::Egov,
            ..draft
        })
    }

    fn new(id: String, before: String, after: String, subjects: Vec<Subject>) -> Draft {
        Draft {
            before,
            after,
            style: Style::Standard,
            id,
            subjects,
            properties: None,
        }
    }

    /// The same signature with signed properties (XAdES-B-B): this time, the certificate, and the
    /// media type of the first thing signed, such as `text/xml`.
    ///
    /// The time is a claim of the signer. e-Gov has no such properties and stays as it is.
    #[must_use]
    pub fn with_properties(self, signing_time: UtcTime, media_type: &str) -> Draft {
        match self.style {
            Style::Standard => Draft {
                properties: Some((signing_time, escape(media_type).into_owned())),
                ..self
            },
            Style::Egov => self,
        }
    }

    /// Lets a signer sign: one signature by the card, no attempt.
    ///
    /// # Errors
    ///
    /// Those of [`Draft::prepare`] and [`Prepared::finish`], and what the signer answers.
    pub fn sign(&self, signer: &mut dyn DocumentSigner) -> Result<Vec<u8>, SignError> {
        let prepared = self.prepare(signer.certificate(), signer.chain(), signer.algorithm())?;
        let signature = signer.sign(prepared.digest())?;
        prepared.finish(&signature)
    }

    /// Makes everything but the signature value.
    ///
    /// # Errors
    ///
    /// `sign.algorithm`; the reason of a rule that the finished document would break.
    pub fn prepare(
        &self,
        certificate: &Certificate,
        chain: &[Certificate],
        algorithm: SigningAlgorithm,
    ) -> Result<Prepared, SignError> {
        let method = algorithm::signature_uri(algorithm).ok_or(SignError::Algorithm)?;
        let hash_uri = algorithm::hash_uri(algorithm.hash).ok_or(SignError::Algorithm)?;
        if self.style == Style::Egov && algorithm != egov::ALGORITHM {
            return Err(SignError::Algorithm);
        }
        let mut text = Text {
            draft: self,
            certificate,
            chain,
            method,
            hash_uri,
            digests: Vec::new(),
        };
        text.digests = self.digests(&text.document(""), algorithm.hash)?;
        let whole = normalized(&text.document(""))?;
        let mut tree = Tree::parse(&whole)?;
        let parts = Parts::read(&tree, signature_in(&tree)?)?;
        let signed = verify::signed_info(&mut tree, &parts)?;
        let (before, after) = text.around();
        Ok(Prepared {
            before,
            after,
            certificate: certificate.clone(),
            algorithm,
            digest: Digest::of(algorithm.hash, &signed),
        })
    }

    /// The digests of what is signed, read from the document as it will be.
    fn digests(&self, whole: &str, hash: HashAlgorithm) -> Result<Vec<String>, SignError> {
        let whole = normalized(whole)?;
        let mut tree = Tree::parse(&whole)?;
        let signature = signature_in(&tree)?;
        let parts = Parts::read(&tree, signature)?;
        let mut digests = Vec::new();
        for (place, reference) in parts.references.iter().enumerate() {
            let transforms = reference.transforms(&tree)?;
            let octets = match self.subjects.get(place) {
                Some(Subject::File(name, files)) => {
                    digests.push(stated(files.digest(name, hash).ok_or(reason::FILE_ABSENT)?));
                    continue;
                }
                Some(Subject::Document) => {
                    verify::octets(&mut tree, signature, Apex::Document, &transforms)
                }
                Some(Subject::Composition) => {
                    let apex = Apex::Element(egov::composition(&tree)?);
                    verify::octets(&mut tree, signature, apex, &transforms)
                }
                // Behind the subjects come the properties.
                None => {
                    let node = verify::identified(&tree, &self.properties_id(), &["Id"])?;
                    verify::octets(&mut tree, signature, Apex::Element(node), &transforms)
                }
            };
            digests.push(stated(&Digest::of(hash, &octets?)));
        }
        Ok(digests)
    }

    fn properties_id(&self) -> String {
        format!("{}-properties", self.id)
    }
}

/// A document that lacks only the signature value.
#[derive(Clone, Debug)]
pub struct Prepared {
    before: String,
    after: String,
    certificate: Certificate,
    algorithm: SigningAlgorithm,
    digest: Digest,
}

impl Prepared {
    /// What has to be signed.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The finished file.
    ///
    /// # Errors
    ///
    /// `signature.mismatch` if this is no signature by the certificate's key over the digest.
    pub fn finish(&self, signature: &Signature) -> Result<Vec<u8>, SignError> {
        let key = self.certificate.public_key();
        if signature.kind() != self.algorithm.kind
            || key.verify_digest(&self.digest, signature).is_err()
        {
            return Err(SignError::Mismatch);
        }
        let value = BASE64_STANDARD.encode(signature.as_bytes());
        Ok([&*self.before, &value, &self.after].concat().into_bytes())
    }
}

/// The text of a signature in its document.
struct Text<'a> {
    draft: &'a Draft,
    certificate: &'a Certificate,
    chain: &'a [Certificate],
    method: &'a str,
    hash_uri: &'a str,
    /// One for each reference; those that are not known yet are empty.
    digests: Vec<String>,
}

impl Text<'_> {
    fn document(&self, value: &str) -> String {
        let (before, after) = self.around();
        format!("{before}{value}{after}")
    }

    /// What stands before and behind the signature value.
    fn around(&self) -> (String, String) {
        let Draft {
            before,
            after,
            style,
            id,
            properties,
            ..
        } = self.draft;
        let (p, declared, form) = match style {
            Style::Standard => ("ds:", ":ds", Canonical::Exclusive),
            Style::Egov => ("", "", Canonical::Inclusive),
        };
        let references = self.references(p, form);
        let chain = if *style == Style::Standard {
            self.chain
        } else {
            &[]
        };
        let certificates: String = std::iter::once(self.certificate)
            .chain(chain)
            .map(|one| {
                let der = BASE64_STANDARD.encode(one.to_der());
                format!("<{p}X509Certificate>{der}</{p}X509Certificate>")
            })
            .collect();
        let object = properties
            .as_ref()
            .map_or_else(String::new, |(time, mime_type)| {
                let claims = Claims {
                    signature_id: id,
                    reference_id: &format!("{id}-1"),
                    time: *time,
                    mime_type,
                    certificate: self.certificate,
                };
                claims.to_xml()
            });
        let (form, method) = (form.uri(), self.method);
        let head = format!(
            "{before}<{p}Signature xmlns{declared}=\"{DS}\" Id=\"{id}\"><{p}SignedInfo>\
             <{p}CanonicalizationMethod Algorithm=\"{form}\"/>\
             <{p}SignatureMethod Algorithm=\"{method}\"/>{references}</{p}SignedInfo>\
             <{p}SignatureValue>"
        );
        let tail = format!(
            "</{p}SignatureValue><{p}KeyInfo><{p}X509Data>{certificates}</{p}X509Data></{p}KeyInfo>\
             {object}</{p}Signature>{after}"
        );
        (head, tail)
    }

    fn references(&self, p: &str, form: Canonical) -> String {
        let Draft {
            id,
            subjects,
            properties,
            ..
        } = self.draft;
        let transform = |uri: &str| format!("<{p}Transform Algorithm=\"{uri}\"/>");
        let form = transform(form.uri());
        let mut all: Vec<(String, String)> = Vec::new();
        for (place, subject) in subjects.iter().enumerate() {
            let own = match self.draft.style {
                Style::Standard => format!(" Id=\"{id}-{}\"", place + 1),
                Style::Egov => String::new(),
            };
            let (uri, transforms) = match subject {
                Subject::Document => (String::new(), transform(ENVELOPED) + &form),
                Subject::Composition => (egov::address(), form.clone()),
                Subject::File(name, _) => (files::to_uri(name), String::new()),
            };
            all.push((format!("{own} URI=\"{uri}\""), transforms));
        }
        if properties.is_some() {
            let own = self.draft.properties_id();
            all.push((
                format!(" Type=\"{SIGNED_PROPERTIES}\" URI=\"#{own}\""),
                form,
            ));
        }
        let digests = self
            .digests
            .iter()
            .map(String::as_str)
            .chain(std::iter::repeat(""));
        let method = self.hash_uri;
        let write = |((attributes, transforms), digest): ((String, String), &str)| {
            let transforms = match &*transforms {
                "" => String::new(),
                some => format!("<{p}Transforms>{some}</{p}Transforms>"),
            };
            format!(
                "<{p}Reference{attributes}>{transforms}<{p}DigestMethod Algorithm=\"{method}\"/>\
                 <{p}DigestValue>{digest}</{p}DigestValue></{p}Reference>"
            )
        };
        all.into_iter().zip(digests).map(write).collect()
    }
}

fn subjects(files: &Files) -> impl Iterator<Item = Subject> {
    files
        .names()
        .map(|name| Subject::File(name.to_owned(), files.clone()))
}

/// The text of a document in UTF-8; a byte order mark is kept.
fn utf8(document: &[u8]) -> Result<Cow<'_, str>, SignError> {
    match (decode(document)?, str::from_utf8(document)) {
        (Cow::Borrowed(_), Ok(text)) => Ok(Cow::Borrowed(text)),
        _ => Err(reason::ENCODING.into()),
    }
}

/// A document without a signature.
///
/// Its places are those of the text as it is; what is hashed is read from the normalized one.
fn unsigned(text: &str) -> Result<Tree<'_>, SignError> {
    normalized(text)?;
    let tree = Tree::parse(text)?;
    if signature_in(&tree).is_ok() {
        return Err(SignError::Existing);
    }
    Ok(tree)
}

fn signature_in(tree: &Tree<'_>) -> Result<Node, Reason> {
    let mut elements = tree.elements(tree.root());
    elements
        .find(|node| tree.is(*node, DS, "Signature"))
        .ok_or(reason::NO_SIGNATURE)
}

/// The text before and behind the end of what is inside an element.
fn inside_end(tree: &Tree<'_>, text: &str, node: Node) -> Result<(String, String), Reason> {
    let range = tree.range(node).ok_or(reason::MALFORMED)?;
    let own = text.get(range.clone()).ok_or(reason::MALFORMED)?;
    let (before, rest) = text.split_at_checked(range.end).ok_or(reason::MALFORMED)?;
    if let Some(before) = before.strip_suffix("/>") {
        let name = own
            .trim_start_matches('<')
            .split(|c| is_space(c) || c == '/')
            .next();
        return Ok((
            format!("{before}>"),
            format!("</{}>{rest}", name.unwrap_or_default()),
        ));
    }
    // The end tag is the last thing in the element, and no `<` stands inside it.
    let tag = own.rfind("</").ok_or(reason::MALFORMED)?;
    let (before, after) = text
        .split_at_checked(range.start + tag)
        .ok_or(reason::MALFORMED)?;
    Ok((before.to_owned(), after.to_owned()))
}

/// An identifier that no attribute of the document has or begins with.
fn free_id(tree: &Tree<'_>) -> String {
    let used: Vec<&str> = tree
        .elements(tree.root())
        .flat_map(|node| tree.identifiers(node, &[]))
        .map(|(value, _)| value)
        .collect();
    let mut id = "signature".to_owned();
    let mut number = 1;
    while used.iter().any(|value| value.starts_with(&id)) {
        number += 1;
        id = format!("signature{number}");
    }
    id
}

/// A time in Japan as seventeen digits: year to millisecond.
fn digits_in_japan(time: UtcTime) -> String {
    let there = UtcTime::from_unix(time.unix().saturating_add(9 * 60 * 60)).unwrap_or(time);
    let digits: String = there
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    format!("{digits}000")
}

fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '\r']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('\r', ""),
    )
}
