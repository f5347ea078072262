//! The holder's certificates, each read with the PIN only where the card wants it, and who issued
//! them.

use card_core::pin::{PinKind, PinProblem};
use card_core::trust::{Role, Trust};
use card_core::{Certificate, Error};

use crate::args::Consent;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::program::Program;
use crate::secrets::{self, SIGNATURE_PASSWORD, USER_PIN};

/// The authentication certificate: free on a card, behind its PIN on a phone.
pub(crate) fn authentication(
    program: &Program,
    connection: &mut Connection,
    consent: Consent,
) -> Result<Certificate, Failure> {
    let free = connection.talk(|transaction| {
        match transaction.jpki()?.authentication_certificate() {
            // A phone; the PIN is asked for outside of this transaction.
            Err(Error::Pin {
                pin: PinKind::Authentication,
                problem: PinProblem::Needed,
            }) => Ok(None),
            certificate => certificate.map(Some),
        }
    })?;
    if let Some(certificate) = free {
        return Ok(certificate);
    }
    let entered = secrets::ask(&USER_PIN, program, connection, consent)?;
    connection.talk(|transaction| {
        let mut jpki = transaction.jpki()?;
        jpki.unlock_authentication(&entered.pin, entered.spend)?
            .certificate()
    })
}

/// The signature certificate, which names its holder: behind its password everywhere.
pub(crate) fn signature(
    program: &Program,
    connection: &mut Connection,
    consent: Consent,
) -> Result<Certificate, Failure> {
    let entered = secrets::ask(&SIGNATURE_PASSWORD, program, connection, consent)?;
    connection.talk(|transaction| {
        let mut jpki = transaction.jpki()?;
        jpki.unlock_signature(&entered.pin, entered.spend)?
            .certificate()
    })
}

/// The authority that issued a certificate, if it is one of those built in.
pub(crate) fn known_issuer(certificate: &Certificate, role: Role) -> Option<Certificate> {
    let trust = Trust::production();
    let roots = trust.store(role).roots().iter();
    let named = roots.filter(|root| root.certificate().subject() == certificate.issuer());
    named
        .map(|root| root.certificate())
        .find(|root| certificate.verify_signed_by(root.public_key()).is_ok())
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_that_are_built_in_are_not_read_from_a_card() {
        for role in [Role::Signature, Role::Authentication] {
            for root in Trust::production().store(role).roots() {
                // A root is issued by itself: of those that share its name, the one that signed.
                let certificate = root.certificate();
                let known = known_issuer(certificate, role);
                assert_eq!(
                    known.map(|known| known.fingerprint()),
                    Some(certificate.fingerprint())
                );
            }
        }
        let simulated = card_sim::pki::roots();
        for der in simulated {
            let certificate = Certificate::parse_exact(der).unwrap();
            assert!(known_issuer(&certificate, Role::Signature).is_none());
        }
    }
}
