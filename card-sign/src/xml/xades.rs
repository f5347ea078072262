//! Properties that are signed along (XAdES, ETSI EN 319 132-1), at the level B-B.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_core::domain::date::UtcTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::algorithm::{self, Canonical};
use super::document::{DS, Node, Tree};
use super::parts::{Parts, base64, prefixes};
use super::reference::stated;
use super::rules::reason;
use super::text::is_space;
use crate::ber::{self, INTEGER, SEQUENCE};
use crate::report::Reason;

/// The namespace of XAdES 1.3.2 to 1.4.2.
pub(super) const NAMESPACE: &str = "http://uri.etsi.org/01903/v1.3.2#";

/// The Type of the Reference that covers the signed properties.
pub(super) const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";

/// The properties of one signature.
pub(super) struct Properties {
    qualifying: Node,
    signed: Node,
}

/// Whether a signature has or claims to have properties.
pub(super) fn is_present(tree: &Tree<'_>, parts: &Parts) -> bool {
    let claimed = |kind: &Option<String>| kind.as_deref() == Some(SIGNED_PROPERTIES);
    parts
        .references
        .iter()
        .any(|reference| claimed(&reference.kind))
        || tree
            .elements(parts.node)
            .any(|node| tree.local(node, NAMESPACE).is_some())
}

/// Whether an element is part of properties: they say something about content and are none.
pub(super) fn is_in_properties(tree: &Tree<'_>, node: Node) -> bool {
    std::iter::successors(Some(node), |node| tree.parent(*node))
        .any(|node| tree.local(node, NAMESPACE).is_some())
}

impl Properties {
    /// The one set of properties, if it is this signature's and signed by it (rule X11).
    pub(super) fn read(tree: &Tree<'_>, parts: &Parts) -> Result<Properties, Reason> {
        let only = |name| {
            let mut all = tree
                .elements(parts.node)
                .filter(|node| tree.is(*node, NAMESPACE, name));
            match (all.next(), all.next()) {
                (Some(one), None) => Ok(one),
                (None, _) => Err(reason::NO_PROPERTIES),
                _ => Err(reason::PROPERTIES_TWICE),
            }
        };
        let (qualifying, signed) = (only("QualifyingProperties")?, only("SignedProperties")?);
        let in_object = tree
            .parent(qualifying)
            .is_some_and(|one| parts.objects.contains(&one));
        if !in_object || tree.parent(signed) != Some(qualifying) {
            return Err(reason::PROPERTIES_MALFORMED);
        }
        let names = |address: Option<&str>, node| {
            let id = tree.attribute(node, "Id");
            id.is_some() && address.and_then(|address| address.strip_prefix('#')) == id
        };
        if !names(tree.attribute(qualifying, "Target"), parts.node) {
            return Err(reason::TARGET);
        }
        let mut typed = parts
            .references
            .iter()
            .filter(|reference| reference.kind.as_deref() == Some(SIGNED_PROPERTIES));
        match (typed.next(), typed.next()) {
            (Some(one), None) if names(one.uri.as_deref(), signed) => {
                Ok(Properties { qualifying, signed })
            }
            _ => Err(reason::PROPERTIES_UNSIGNED),
        }
    }

    /// The elements that a path of names leads to from the signed properties.
    fn find(&self, tree: &Tree<'_>, path: &[&str]) -> Vec<Node> {
        let step = |nodes: Vec<Node>, name: &&str| {
            let children = nodes.into_iter().flat_map(|node| tree.children(node));
            children
                .filter(|child| tree.is(*child, NAMESPACE, name))
                .collect()
        };
        path.iter().fold(vec![self.signed], step)
    }

    /// Whether the certificate that is named first is the signer's.
    pub(super) fn check_certificate(
        &self,
        tree: &Tree<'_>,
        certificate: &Certificate,
        demanded: bool,
    ) -> Result<(), Reason> {
        let mut present = false;
        for list in ["SigningCertificateV2", "SigningCertificate"] {
            for list in self.find(tree, &["SignedSignatureProperties", list]) {
                present = true;
                let first = tree
                    .children(list)
                    .next()
                    .ok_or(reason::PROPERTIES_MALFORMED)?;
                if !names_certificate(tree, first, certificate).unwrap_or(false) {
                    return Err(reason::SIGNING_CERTIFICATE);
                }
            }
        }
        let absent = demanded && !present;
        if absent {
            Err(reason::NO_SIGNING_CERTIFICATE)
        } else {
            Ok(())
        }
    }

    /// Whether every stated format is one of something that this signature covers.
    pub(super) fn check_formats(
        &self,
        tree: &Tree<'_>,
        parts: &Parts,
        demanded: bool,
    ) -> Result<(), Reason> {
        let formats = self.find(tree, &["SignedDataObjectProperties", "DataObjectFormat"]);
        let covered = |format: &Node| {
            let id = tree
                .attribute(*format, "ObjectReference")
                .and_then(|id| id.strip_prefix('#'));
            let mut others = parts
                .references
                .iter()
                .filter(|reference| reference.kind.as_deref() != Some(SIGNED_PROPERTIES));
            id.is_some() && others.any(|reference| reference.id.as_deref() == id)
        };
        let has_type = |format: &Node| {
            tree.children(*format).any(|child| {
                let text = tree
                    .is(child, NAMESPACE, "MimeType")
                    .then(|| tree.text(child));
                text.is_some_and(|text| text.is_ok_and(|text| !text.trim().is_empty()))
            })
        };
        let enough = !demanded || formats.iter().any(has_type);
        let right = enough && formats.iter().all(covered);
        right.then_some(()).ok_or(reason::DATA_OBJECT)
    }

    /// When the signer claims to have signed; inside, `None` for what is no time with a zone.
    pub(super) fn signing_time(&self, tree: &Tree<'_>) -> Option<Option<UtcTime>> {
        match self
            .find(tree, &["SignedSignatureProperties", "SigningTime"])
            .as_slice()
        {
            [] => None,
            [one] => Some(
                tree.text(*one)
                    .ok()
                    .and_then(|text| read_time(text.trim_matches(is_space))),
            ),
            _ => Some(None),
        }
    }

    /// The properties that are not signed.
    fn unsigned_nodes<'t>(&'t self, tree: &'t Tree<'_>) -> impl Iterator<Item = Node> + 't {
        let lists = tree
            .children(self.qualifying)
            .filter(|node| *node != self.signed);
        let lists = lists.flat_map(|node| tree.children(node));
        lists.flat_map(|node| tree.children(node))
    }

    /// The names of the properties that are not signed, but for the time stamps of the signature.
    pub(super) fn unsigned(&self, tree: &Tree<'_>) -> Vec<String> {
        let others = self
            .unsigned_nodes(tree)
            .filter(|node| !tree.is(*node, NAMESPACE, "SignatureTimeStamp"));
        let names = others.filter_map(|node| tree.any_local(node));
        names.map(str::to_owned).collect()
    }

    /// The time stamps over the signature value, each as how that is written, and the token.
    ///
    /// Inside, `None` for one that cannot be read.
    pub(super) fn time_stamps(&self, tree: &Tree<'_>) -> Vec<Option<(Form, Vec<u8>)>> {
        let stamps = self
            .unsigned_nodes(tree)
            .filter(|node| tree.is(*node, NAMESPACE, "SignatureTimeStamp"));
        stamps
            .flat_map(|node| read_time_stamp(tree, node))
            .collect()
    }
}

/// A canonical form with its prefixes.
pub(super) type Form = (Canonical, Vec<String>);

/// The tokens of a SignatureTimeStamp (EN 319 132-1, 5.3).
fn read_time_stamp(tree: &Tree<'_>, node: Node) -> Vec<Option<(Form, Vec<u8>)>> {
    let Ok(children) = tree.only_children(node) else {
        return vec![None];
    };
    let method = children.first().copied();
    let method = method.filter(|one| tree.is(*one, DS, "CanonicalizationMethod"));
    let form = match method {
        // Without one it is Canonical XML 1.0.
        None => Some((Canonical::Inclusive, Vec::new())),
        Some(method) => tree
            .attribute(method, "Algorithm")
            .and_then(Canonical::of)
            .and_then(|form| Some((form, prefixes(tree, method, form).ok()?))),
    };
    let tokens = children.iter().filter(|child| Some(**child) != method);
    let read = |child: &Node| {
        let token = tree
            .is(*child, NAMESPACE, "EncapsulatedTimeStamp")
            .then(|| base64(tree, *child).ok())
            .flatten();
        form.clone().zip(token)
    };
    let tokens: Vec<_> = tokens.map(read).collect();
    match tokens.is_empty() {
        true => vec![None],
        false => tokens,
    }
}

/// Whether a Cert names this certificate; `None` if it cannot be read.
fn names_certificate(tree: &Tree<'_>, cert: Node, certificate: &Certificate) -> Option<bool> {
    let inside = |node: Node, namespace: &str, name: &str| {
        tree.children(node)
            .find(|child| tree.is(*child, namespace, name))
    };
    let digest = inside(cert, NAMESPACE, "CertDigest")?;
    let method = tree.attribute(inside(digest, DS, "DigestMethod")?, "Algorithm")?;
    let hash = algorithm::hash(method).ok()?;
    let digest = base64(tree, inside(digest, DS, "DigestValue")?).ok()?;
    if digest != Digest::of(hash, certificate.to_der()).as_bytes() {
        return Some(false);
    }
    if let Some(serial) = inside(cert, NAMESPACE, "IssuerSerialV2") {
        return Some(base64(tree, serial).ok()? == issuer_serial(certificate));
    }
    // The name beside it has many spellings; the digest has said enough.
    let Some(serial) = inside(cert, NAMESPACE, "IssuerSerial") else {
        return Some(true);
    };
    let number = tree.text(inside(serial, DS, "X509SerialNumber")?).ok()?;
    Some(number.trim_matches(is_space) == certificate.serial().to_decimal())
}

/// IssuerSerial (RFC 5035): the issuer as one directoryName, and the serial number.
fn issuer_serial(certificate: &Certificate) -> Vec<u8> {
    let name = ber::tlv(ber::context(4), &[certificate.issuer().der()]);
    let serial = ber::tlv(INTEGER, &[certificate.serial().content()]);
    ber::tlv(SEQUENCE, &[&ber::tlv(SEQUENCE, &[&name]), &serial])
}

/// An xs:dateTime with a zone, to the second.
fn read_time(text: &str) -> Option<UtcTime> {
    // RFC 3339 takes lower case and a space as well, XML Schema does not.
    if !text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"TZ+-:.".contains(&b))
    {
        return None;
    }
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    UtcTime::from_unix(time.unix_timestamp())
}

/// What goes into the signed properties of a signature.
pub(super) struct Claims<'a> {
    pub(super) signature_id: &'a str,
    pub(super) reference_id: &'a str,
    pub(super) time: UtcTime,
    pub(super) mime_type: &'a str,
    pub(super) certificate: &'a Certificate,
}

impl Claims<'_> {
    /// The Object with the properties, at the level B-B.
    ///
    /// Its SignedProperties has the identifier of the signature with `-properties` behind it.
    pub(super) fn to_xml(&self) -> String {
        let Claims {
            signature_id,
            reference_id,
            time,
            mime_type,
            certificate,
        } = self;
        let digest = stated(&Digest::of(HashAlgorithm::Sha256, certificate.to_der()));
        let serial = BASE64_STANDARD.encode(issuer_serial(certificate));
        let method = algorithm::hash_uri(HashAlgorithm::Sha256).unwrap_or_default();
        format!(
            "<ds:Object><xades:QualifyingProperties xmlns:xades=\"{NAMESPACE}\" \
             Target=\"#{signature_id}\"><xades:SignedProperties Id=\"{signature_id}-properties\">\
             <xades:SignedSignatureProperties><xades:SigningTime>{time}</xades:SigningTime>\
             <xades:SigningCertificateV2><xades:Cert><xades:CertDigest>\
             <ds:DigestMethod Algorithm=\"{method}\"/><ds:DigestValue>{digest}</ds:DigestValue>\
             </xades:CertDigest><xades:IssuerSerialV2>{serial}</xades:IssuerSerialV2></xades:Cert>\
             </xades:SigningCertificateV2></xades:SignedSignatureProperties>\
             <xades:SignedDataObjectProperties>\
             <xades:DataObjectFormat ObjectReference=\"#{reference_id}\">\
             <xades:MimeType>{mime_type}</xades:MimeType></xades:DataObjectFormat>\
             </xades:SignedDataObjectProperties></xades:SignedProperties>\
             </xades:QualifyingProperties></ds:Object>"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_with_a_zone_are_read() {
        for (text, unix) in [
            ("2026-11-25T03:00:00Z", Some(1_795_575_600)),
            ("2026-11-25T12:00:00+09:00", Some(1_795_575_600)),
            ("2026-11-25T12:00:00.25+09:00", Some(1_795_575_600)),
            ("2026-11-25T03:00:00", None),
            ("2026-11-25t03:00:00z", None),
            ("2026-11-25 03:00:00Z", None),
            ("2026-11-25", None),
            ("2026-02-30T03:00:00Z", None),
            ("", None),
        ] {
            assert_eq!(read_time(text).map(UtcTime::unix), unix, "{text}");
        }
    }
}
