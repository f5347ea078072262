//! The text of a signature in its document. What is written here is signed as it stands: nothing
//! is indented or written again afterwards.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::certificate::Certificate;

use super::algorithm::{Canonical, ENVELOPED};
use super::document::DS;
use super::sign::{Draft, Style, Subject};
use super::xades::{Claims, SIGNED_PROPERTIES};
use super::{egov, files};

/// The text of a signature in its document.
pub(super) struct Text<'a> {
    pub(super) draft: &'a Draft,
    pub(super) certificate: &'a Certificate,
    pub(super) chain: &'a [Certificate],
    pub(super) method: &'a str,
    pub(super) hash_uri: &'a str,
    /// One for each reference; those that are not known yet are empty.
    pub(super) digests: Vec<String>,
}

impl Text<'_> {
    pub(super) fn document(&self, value: &str) -> String {
        let (before, after) = self.around();
        format!("{before}{value}{after}")
    }

    /// What stands before and behind the signature value.
    pub(super) fn around(&self) -> (String, String) {
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
