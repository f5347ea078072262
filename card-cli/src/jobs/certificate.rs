//! Certificates of the card, each read with the PIN only where the card wants it, and their
//! built-in issuers.

use card_core::pin::{PinKind, PinProblem};
use card_core::trust::{Role, Trust};
use card_core::{Certificate, Error, Spend};

use super::pin;
use crate::exit::Failure;
use crate::pin_spec::{GIVEN_USER_PIN, SIGNATURE_PASSWORD};
use crate::session::CardSession;
use crate::ui::Ui;

/// A certificate of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// 利用者証明用電子証明書: free on a card, behind its PIN on a phone.
    Authentication,
    /// 署名用電子証明書, which names its holder: behind its password everywhere.
    Signature,
    /// The CA certificate of the first.
    AuthenticationCa,
    /// The CA certificate of the second.
    SignatureCa,
}

/// Reads a certificate, with the PIN only where the card wants it.
pub(crate) fn read(
    which: Which,
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    spend: Spend,
) -> Result<Certificate, Failure> {
    match which {
        Which::Authentication => authentication(card, ui, spend),
        Which::Signature => {
            let entered = pin::ask(&SIGNATURE_PASSWORD, card, ui, spend)?;
            card.talk(|transaction| {
                let mut jpki = transaction.jpki()?;
                jpki.unlock_signature(&entered.pin, entered.spend)?
                    .certificate()
            })
        }
        Which::AuthenticationCa => {
            card.talk(|transaction| transaction.jpki()?.authentication_ca_certificate())
        }
        Which::SignatureCa => {
            card.talk(|transaction| transaction.jpki()?.signature_ca_certificate())
        }
    }
}

fn authentication(
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    spend: Spend,
) -> Result<Certificate, Failure> {
    let free = card.talk(|transaction| {
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
    let entered = pin::ask(&GIVEN_USER_PIN, card, ui, spend)?;
    card.talk(|transaction| {
        let mut jpki = transaction.jpki()?;
        pin::unlock_authentication(&mut jpki, &entered)?.certificate()
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
