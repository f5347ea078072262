//! The holder's certificates, each read with the PIN only where the card wants it.

use card_core::pin::{PinKind, PinProblem};
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
