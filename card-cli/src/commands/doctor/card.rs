//! Smart card service: whether it answers, its readers, the cards in them.

use card_core::readers::{Occupancy, ReaderState, Service};
use card_core::transport::TransportError;
use card_core::{Card, Error};

use super::finding::{Finding, Level};
use super::system::{SOCKET, SYSTEMD, System};

/// Whether the service answers, and the readers that it lists.
pub(super) fn service(system: &System) -> (Finding, Option<Vec<ReaderState>>) {
    let asked = match system.here {
        true => Service::connect().and_then(|service| service.readers()),
        // Another system's service cannot be asked; its socket tells that it is there.
        false if system.has(SOCKET) => Ok(Vec::new()),
        false => Err(TransportError::NoService),
    };
    match asked {
        Ok(readers) => (Finding::new(Level::Good, "service-running"), Some(readers)),
        Err(TransportError::NoReader) => (
            Finding::new(Level::Good, "service-running"),
            Some(Vec::new()),
        ),
        Err(error) => (silent(error, system), None),
    }
}

/// Why the service gives no answer.
fn silent(error: TransportError, system: &System) -> Finding {
    match error {
        TransportError::NoPermission => match system.bus() {
            None => Finding::problem("service-refused", ADMIT),
            Some(fix) => Finding::problem("bus-unreachable", fix),
        },
        TransportError::NoService if !system.has("usr/sbin/pcscd") => {
            Finding::problem("service-missing", "sudo apt install pcscd libccid")
        }
        TransportError::NoService => {
            let fix = match system.has(SYSTEMD) {
                true => "sudo systemctl enable --now pcscd.socket",
                false => "sudo pcscd",
            };
            Finding::problem("service-stopped", fix)
        }
        error => {
            let code = Error::from(error).code();
            Finding::problem("service-failed", system.restart()).about([match error {
                TransportError::Other { code: number } => format!("{code} {number:#010x}"),
                _ => code.to_owned(),
            }])
        }
    }
}

/// A rule of polkit for the one who types it.
const ADMIT: &str = "echo 'polkit.addRule(function(action, subject) { \
    if (action.id.indexOf(\"org.debian.pcsc-lite.\") == 0 && subject.user == \"'$(id -un)'\") \
    return polkit.Result.YES; });' | sudo tee /etc/polkit-1/rules.d/50-pcscd.rules";

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_gives_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let has = |path: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        };
        let system = System::at(Some(folder.path().to_owned()));
        let found = |error, code: &str, part: &str| {
            let finding = silent(error, &system);
            let fix = finding.fix.unwrap();
            assert_eq!(finding.code, code);
            assert!(fix.contains(part), "{fix}");
        };
        let (none, refused) = (TransportError::NoService, TransportError::NoPermission);
        found(none, "service-missing", "apt install pcscd libccid");
        has("usr/sbin/pcscd");
        found(none, "service-stopped", "sudo pcscd");
        found(TransportError::NoCard, "service-failed", "sleep 1; pcscd");
        found(refused, "bus-unreachable", "pcscd --disable-polkit");
        has("run/systemd/system/here");
        found(
            none,
            "service-stopped",
            "systemctl enable --now pcscd.socket",
        );
        found(
            TransportError::NoCard,
            "service-failed",
            "systemctl restart pcscd",
        );
        found(refused, "bus-unreachable", "apt install dbus polkitd");
        has("usr/bin/dbus-daemon");
        found(refused, "bus-unreachable", "systemctl start dbus.socket");
        has("run/dbus/system_bus_socket");
        found(refused, "service-refused", "/etc/polkit-1/rules.d");
    }
}
