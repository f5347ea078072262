//! Certificate of a signature in the file, and what else stands beside it.

use card_core::certificate::Certificate;

use super::document::{DS, Node, Tree};
use super::parts::{Parts, base64};
use super::rules::reason;
use crate::report::Reason;

/// The signer's certificate (rules X5, X9).
///
/// Bare keys are compared, never used: anybody can put a key beside a signature. Of several
/// certificates the one that is no authority's is the signer's. Those that the caller supplied are
/// looked at only if the file has none.
pub(super) fn certificate(
    tree: &Tree<'_>,
    parts: &Parts,
    supplied: &[Certificate],
) -> Result<Certificate, Reason> {
    let mut found: Vec<Certificate> = Vec::new();
    let mut key_values = Vec::new();
    let key_info = parts
        .key_info
        .into_iter()
        .flat_map(|info| tree.children(info));
    for child in key_info {
        match tree.local(child, DS) {
            Some("X509Data") => {
                for node in tree
                    .children(child)
                    .filter(|n| tree.is(*n, DS, "X509Certificate"))
                {
                    let der = base64(tree, node)?;
                    let one = Certificate::parse_exact(&der);
                    let one = one.map_err(|_| reason::CERTIFICATE_MALFORMED)?;
                    if !found.iter().any(|other| other.to_der() == one.to_der()) {
                        found.push(one);
                    }
                    if found.len() > MAX_CERTIFICATES {
                        return Err(reason::MANY_CERTIFICATES);
                    }
                }
            }
            Some("RetrievalMethod") => return Err(reason::RETRIEVAL),
            Some("KeyValue") => key_values.push(child),
            _ if tree.is(child, DS11, "KeyInfoReference") => return Err(reason::RETRIEVAL),
            _ => {}
        }
    }
    if found.is_empty() {
        found.extend_from_slice(supplied);
    }
    let authority = |one: &Certificate| one.basic_constraints().is_some_and(|basic| basic.ca);
    if found.len() > 1 {
        found.retain(|one| !authority(one));
    }
    let certificate = match found.len() {
        0 | 1 => found.pop().ok_or(reason::CERTIFICATE_ABSENT)?,
        _ => return Err(reason::CERTIFICATE_AMBIGUOUS),
    };
    for value in key_values {
        if !is_key_of(tree, value, &certificate)? {
            return Err(reason::KEY_VALUE);
        }
    }
    Ok(certificate)
}

/// The certificates in a signature that can be read, for display.
pub(super) fn all(tree: &Tree<'_>, parts: &Parts) -> Vec<Certificate> {
    let inside = parts
        .key_info
        .into_iter()
        .flat_map(|info| tree.elements(info));
    let nodes = inside.filter(|node| tree.is(*node, DS, "X509Certificate"));
    let read = |node| Certificate::parse_exact(&base64(tree, node).ok()?).ok();
    nodes.take(MAX_CERTIFICATES).filter_map(read).collect()
}

/// Whether a KeyValue is the certificate's key; of kinds that are not known here it is not.
fn is_key_of(tree: &Tree<'_>, value: Node, certificate: &Certificate) -> Result<bool, Reason> {
    let children = tree.only_children(value)?;
    let [value] = children.as_slice() else {
        return Ok(false);
    };
    let inside = |namespace, name: &str| {
        let child = tree
            .children(*value)
            .find(|child| tree.is(*child, namespace, name));
        child.map(|child| base64(tree, child)).transpose()
    };
    let key = certificate.public_key();
    if tree.is(*value, DS, "RSAKeyValue") {
        let (modulus, exponent) = (inside(DS, "Modulus")?, inside(DS, "Exponent")?);
        let zeros = |number: Option<Vec<u8>>| {
            let number = number.unwrap_or_default();
            let leading = number.iter().take_while(|byte| **byte == 0).count();
            number.get(leading..).map(<[u8]>::to_vec)
        };
        let own = key
            .rsa_numbers()
            .map(|(n, e)| (Some(n.to_vec()), Some(e.to_vec())));
        return Ok(own == Some((zeros(modulus), zeros(exponent))));
    }
    let point = inside(DS11, "PublicKey")?;
    Ok(tree.is(*value, DS11, "ECKeyValue") && point.is_some() && point == key.ec_point())
}

const DS11: &str = "http://www.w3.org/2009/xmldsig11#";
const MAX_CERTIFICATES: usize = 32;
