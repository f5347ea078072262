//! Smart card service: whether it answers, its readers, the cards in them.

use card_core::readers::{Occupancy, ReaderState, Service};
use card_core::transport::TransportError;
use card_core::{Card, Error};

use super::finding::{Finding, Level};
use super::system::System;

/// Whether the service answers, and the readers that it lists.
pub(super) fn service(system: &System) -> (Finding, Option<Vec<ReaderState>>) {
    let (installed, socket) = system.service();
    let asked = match system.here {
        true => Service::connect().and_then(|service| service.readers()),
        // Another system's service cannot be asked; its socket tells that it is there.
        false if socket => Ok(Vec::new()),
        false => Err(TransportError::NoService),
    };
    match asked {
        Ok(readers) => (Finding::new(Level::Good, "service-running"), Some(readers)),
        Err(TransportError::NoReader) => (
            Finding::new(Level::Good, "service-running"),
            Some(Vec::new()),
        ),
        Err(TransportError::NoPermission) => (
            Finding::problem(
                "service-refused",
                "pkcheck --action-id org.debian.pcsc-lite.access_pcsc --process $$ -u",
            ),
            None,
        ),
        Err(TransportError::NoService) if !installed => (
            Finding::problem("service-missing", "sudo apt install pcscd libccid"),
            None,
        ),
        Err(TransportError::NoService) => (
            Finding::problem(
                "service-stopped",
                "sudo systemctl enable --now pcscd.socket",
            ),
            None,
        ),
        Err(error) => (
            Finding::problem("service-failed", "sudo systemctl restart pcscd")
                .about([Error::from(error).code().to_owned()]),
            None,
        ),
    }
}

/// Each reader and what is in it. A card that another program uses is not asked.
pub(super) fn readers(readers: &[ReaderState]) -> Vec<Finding> {
    let mut found = Vec::new();
    let empty = |reader: &ReaderState| reader.occupancy == Occupancy::Empty;
    for reader in readers {
        let name = [reader.name.clone()];
        found.push(Finding::new(Level::Good, "reader-seen").about(name.clone()));
        let finding = match &reader.occupancy {
            Occupancy::Empty => continue,
            Occupancy::Mute => Finding::problem("card-mute", "mynacard --wait status"),
            Occupancy::Card {
                exclusive: true, ..
            } => Finding::problem("card-held", "mynacard --wait status"),
            Occupancy::Card { .. } if reader.in_use => Finding::new(Level::Note, "card-in-use"),
            Occupancy::Card { .. } => match kind(reader) {
                Ok(()) => Finding::new(Level::Good, "card-my-number"),
                Err(Error::ApplicationMissing(_)) => {
                    Finding::problem("card-other", "mynacard --wait status")
                }
                Err(error) => Finding::problem("card-unread", "mynacard --wait status")
                    .about([error.code().to_owned()]),
            },
        };
        found.push(finding.about(name));
    }
    if !readers.is_empty() && readers.iter().all(empty) {
        found.push(Finding::problem("card-absent", "mynacard --wait status"));
    }
    found
}

/// Selects the application that every My Number Card has; presents nothing.
fn kind(reader: &ReaderState) -> Result<(), Error> {
    let service = Service::connect()?;
    let mut card = Card::new(service.open(&reader.name)?);
    let mut transaction = card.begin()?;
    let selected = transaction.jpki().map(drop);
    transaction.end()?;
    selected
}
