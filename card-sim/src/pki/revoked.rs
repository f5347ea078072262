//! What the test CA says of residents' certificates that it revoked: its list, and its OCSP answer.

use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::ext::pkix::CrlDistributionPoints;

use super::cases::{CRL_NUMBER, ISSUING_POINT};
use super::draft::{DAY, Draft, ListDraft, answer, extension, put, sequence};
use super::{key, root};
use crate::persona::Persona;
use crate::persona::issue::{Authority, IssueError, Purpose};

/// A revoked certificate of a resident.
#[derive(Clone, Debug)]
pub struct Revoked {
    /// Which of the resident's two.
    pub purpose: Purpose,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// The revocation list that has it, DER.
    pub list: Vec<u8>,
    /// The OCSP answer about it, DER.
    pub answer: Vec<u8>,
}

/// The revoked certificates of a resident, for a moment in seconds after 1970.
///
/// # Errors
///
/// [`IssueError`] for a moment that lists cannot be written for, and for certificates that are not
/// the test CA's.
pub fn revoked(persona: &Persona, now: i64) -> Result<Vec<Revoked>, IssueError> {
    let credentials = [
        (Purpose::Authentication, &persona.authentication),
        (Purpose::Signature, &persona.signature),
    ];
    let mut all = Vec::new();
    for (purpose, credential) in credentials {
        let Some(credential) = credential.as_ref().filter(|credential| credential.revoked) else {
            continue;
        };
        let of = Authority::ALL
            .into_iter()
            .find(|of| root(*of) == credential.ca_certificate);
        let of = of.ok_or(der::Error::from(der::ErrorKind::Failed))?;
        let leaf = Draft::of(&credential.certificate, [0, 0])?;
        let list = ListDraft {
            issuer: leaf.issuer.clone(),
            this_update: now - DAY,
            next_update: now + 7 * DAY,
            revoked: vec![leaf.serial.clone()],
            extensions: vec![
                extension(CRL_NUMBER, false, &[2, 1, 9]),
                extension(
                    ISSUING_POINT,
                    true,
                    &sequence(&[&part_of(&credential.certificate)?]),
                ),
            ],
        };
        let week = [now - DAY, now + 6 * DAY];
        all.push(Revoked {
            purpose,
            certificate: credential.certificate.clone(),
            list: list.sign(&key(of))?,
            answer: answer(
                &key(of),
                &leaf.issuer,
                &leaf.serial,
                week,
                Some(now - 2 * DAY),
            )?,
        });
    }
    Ok(all)
}

/// The part of the country whose list a certificate names, as the list names it.
fn part_of(certificate: &[u8]) -> Result<Vec<u8>, IssueError> {
    let missing = || der::Error::from(der::ErrorKind::Failed);
    let certificate = Certificate::from_der(certificate)?;
    let points = certificate
        .tbs_certificate()
        .get_extension::<CrlDistributionPoints>()?;
    let (_, points) = points.ok_or_else(missing)?;
    let name = points
        .0
        .first()
        .and_then(|point| point.distribution_point.as_ref());
    Ok(put(0xA0, &[&name.ok_or_else(missing)?.to_der()?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_moved_resident_has_something_revoked() {
        for id in Persona::SHIPPED {
            let made = revoked(&Persona::shipped(id).unwrap(), 1_795_564_800).unwrap();
            let purposes: Vec<Purpose> = made.iter().map(|it| it.purpose).collect();
            let expected = (*id == "hikkoshi").then_some(Purpose::Signature);
            assert_eq!(purposes, Vec::from_iter(expected), "{id}");
        }
    }
}
