//! Making signatures: what is signed, the signer's answer, the file.

use std::borrow::Cow;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_core::domain::date::UtcTime;
use card_core::signature::Signature;
use card_core::trust::Trust;

use super::algorithm;
use super::document::{Apex, DS, Node, Tree};
use super::egov;
use super::files::Files;
use super::parts::Parts;
use super::reference::{self, Identifiers, stated};
use super::rules::{self, reason};
use super::text::{decode, is_space, normalized};
use super::verify::{Expected, verify};
use super::write::Text;
use crate::policy::Policy;
use crate::report::{Reason, Verdict};
use crate::signer::{DocumentSigner, SignError, SigningAlgorithm};

/// A signature to be made: where it will stand and what it will cover.
///
/// ```text
/// Draft ── prepare(certificate, …) ──▶ Prepared: a digest to sign ── finish(signature) ──▶ file
///      └── sign(signer): both steps ────────────────────────────────────────────────────▶ file
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) before: String,
    pub(super) after: String,
    pub(super) style: Style,
    pub(super) id: String,
    pub(super) subjects: Vec<Subject>,
    pub(super) properties: Option<(UtcTime, String)>,
    encoding: Encoding,
}

/// How the characters of a file are written.
#[derive(Clone, Copy, Debug)]
enum Encoding {
    Utf8,
    /// With a byte order mark, which its bytes begin with.
    Utf16(fn(u16) -> [u8; 2]),
}

impl Encoding {
    fn of(document: &[u8]) -> Encoding {
        match document {
            [0xfe, 0xff, ..] => Encoding::Utf16(u16::to_be_bytes),
            [0xff, 0xfe, ..] => Encoding::Utf16(u16::to_le_bytes),
            _ => Encoding::Utf8,
        }
    }

    fn write(self, text: String) -> Vec<u8> {
        match self {
            Encoding::Utf8 => text.into_bytes(),
            Encoding::Utf16(unit) => {
                let marked = std::iter::once(0xfeff).chain(text.encode_utf16());
                marked.flat_map(unit).collect()
            }
        }
    }
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// With the prefix `ds:` and the exclusive form, so that it can be read anywhere.
    Standard,
    /// As e-Gov wrote it: no prefix, the inclusive form, the signer's certificate alone.
    Egov,
}

impl Style {
    /// The attributes that identify elements around the signature.
    const fn identifiers(self) -> &'static [&'static str] {
        match self {
            Style::Standard => &["Id"],
            Style::Egov => egov::IDENTIFIERS,
        }
    }
}

/// Something to be signed.
#[derive(Clone, Debug)]
pub(super) enum Subject {
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
    /// `sign.existing` if there is a signature, or the reason of rule X1.
    pub fn enveloped(document: &[u8]) -> Result<Draft, SignError> {
        let text = text(document)?;
        let tree = unsigned(&text)?;
        let (before, after) = inside_end(&tree, &text, tree.root())?;
        let draft = Draft::new(free_id(&tree), before, after, vec![Subject::Document]);
        Ok(Draft {
            encoding: Encoding::of(document),
            ..draft
        })
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
        let text = text(kousei)?;
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
            encoding: Encoding::of(kousei),
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
            encoding: Encoding::Utf8,
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
        let signed = reference::signed_info(&mut tree, &parts)?;
        let (before, after) = text.around();
        Ok(Prepared {
            before,
            after,
            certificate: certificate.clone(),
            algorithm,
            digest: Digest::of(algorithm.hash, &signed),
            encoding: self.encoding,
        })
    }

    /// Judges the document as it will be, with the rules of [`super::verify`] and before a key is
    /// asked: a signature without a value, by a certificate without a key.
    ///
    /// What needs the signer stays open: rules X14 and X15.
    ///
    /// # Errors
    ///
    /// The first rule that the finished document would break.
    pub fn rehearse(&self, expected: &Expected<'_>) -> Result<(), SignError> {
        let certificate = Certificate::parse_exact(REHEARSAL).map_err(|_| SignError::Mismatch)?;
        let algorithm = egov::ALGORITHM;
        let prepared = self.prepare(&certificate, &[], algorithm)?;
        let document = prepared.with_value(&[0; 256]);
        let trust = Trust::production();
        let now = certificate.validity().not_before;
        let report = verify(&document, expected, &Policy::new(&trust, now)).report;
        let open = [rules::SIGNATURE, rules::TRUST];
        let broken = report
            .findings()
            .filter(|finding| !open.contains(&finding.rule))
            .find_map(|finding| match finding.verdict {
                Verdict::Fail(reason) => Some(reason),
                _ => None,
            });
        broken.map_or(Ok(()), |reason| Err(reason.into()))
    }

    /// The digests of what is signed, read from the document as it will be.
    fn digests(&self, whole: &str, hash: HashAlgorithm) -> Result<Vec<String>, SignError> {
        let whole = normalized(whole)?;
        let mut tree = Tree::parse(&whole)?;
        let signature = signature_in(&tree)?;
        let parts = Parts::read(&tree, signature)?;
        let identifiers = Identifiers::read(&tree, self.style.identifiers());
        // Verifiers would refuse such a document.
        identifiers.unique()?;
        let mut digests = Vec::new();
        for (place, reference) in parts.references.iter().enumerate() {
            let transforms = reference.transforms(&tree)?;
            let octets = match self.subjects.get(place) {
                Some(Subject::File(name, files)) => {
                    digests.push(stated(files.digest(name, hash).ok_or(reason::FILE_ABSENT)?));
                    continue;
                }
                Some(Subject::Document) => {
                    reference::octets(&mut tree, signature, Apex::Document, &transforms)
                }
                Some(Subject::Composition) => {
                    let apex = Apex::Element(egov::composition(&tree)?);
                    reference::octets(&mut tree, signature, apex, &transforms)
                }
                // Behind the subjects come the properties.
                None => {
                    let node = identifiers.find(&self.properties_id())?;
                    reference::octets(&mut tree, signature, Apex::Element(node), &transforms)
                }
            };
            digests.push(stated(&Digest::of(hash, &octets?)));
        }
        Ok(digests)
    }

    pub(super) fn properties_id(&self) -> String {
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
    encoding: Encoding,
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
        Ok(self.with_value(signature.as_bytes()))
    }

    fn with_value(&self, value: &[u8]) -> Vec<u8> {
        let value = BASE64_STANDARD.encode(value);
        let text = [&*self.before, &value, &self.after].concat();
        self.encoding.write(text)
    }
}

fn subjects(files: &Files) -> impl Iterator<Item = Subject> {
    files
        .names()
        .map(|name| Subject::File(name.to_owned(), files.clone()))
}

/// The text of a document; a byte order mark of UTF-8 is kept.
fn text(document: &[u8]) -> Result<Cow<'_, str>, SignError> {
    Ok(match (decode(document)?, str::from_utf8(document)) {
        (Cow::Borrowed(_), Ok(text)) => Cow::Borrowed(text),
        (text, _) => text,
    })
}

/// A document without a signature.
///
/// Its places are those of the text as it is; what is hashed is read from the normalized one.
fn unsigned(text: &str) -> Result<Tree<'_>, SignError> {
    normalized(text)?;
    let tree = Tree::parse(text)?;
    if signature_in(&tree).is_ok() {
        return Err(SignError::Existing(reason::SEVERAL_SIGNATURES));
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

/// A certificate of RSA with 2048 bits; its key was thrown away when it was made.
const REHEARSAL: &[u8] = include_bytes!("../rehearsal.der");

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
