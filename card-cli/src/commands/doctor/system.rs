//! System checks: sandboxes, packages, USB readers, programs connected to the service.

use std::fs;
use std::path::{Path, PathBuf};

use super::finding::{Finding, Level};

/// A system below a folder; `/` is this one.
pub(super) struct System {
    root: PathBuf,
    /// Whether its service can be asked.
    pub(super) here: bool,
}

/// A smart card reader at the USB.
struct Usb {
    vendor: u16,
    product: u16,
    name: String,
    /// Its interface is of the class of smart card readers (CCID).
    ccid: bool,
}

/// The service's socket.
pub(super) const SOCKET: &str = "run/pcscd/pcscd.comm";

/// There where systemd manages services.
pub(super) const SYSTEMD: &str = "run/systemd/system";

/// Sony RC-S380/S and RC-S380/P: a protocol of their own, which no driver of pcscd speaks.
const RC_S380: [(u16, u16); 2] = [(0x054C, 0x06C1), (0x054C, 0x06C3)];

impl System {
    pub(super) fn at(root: Option<PathBuf>) -> Self {
        Self {
            here: root.is_none(),
            root: root.unwrap_or_else(|| "/".into()),
        }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// What to type where the bus (D-Bus) cannot be reached over which the service asks polkit.
    pub(super) fn bus(&self) -> Option<&'static str> {
        if self.has("run/dbus/system_bus_socket") {
            return None;
        }
        Some(match (self.has(SYSTEMD), self.has("usr/bin/dbus-daemon")) {
            (true, true) => "sudo systemctl start dbus.socket",
            (true, false) => "sudo apt install dbus polkitd",
            // As in a container: nothing would start the bus.
            (false, _) => {
                "sudo sh -c 'kill $(cat /run/pcscd/pcscd.pid); sleep 1; pcscd --disable-polkit'"
            }
        })
    }

    /// What to type to start the service anew.
    pub(super) fn restart(&self) -> &'static str {
        match self.has(SYSTEMD) {
            true => "sudo systemctl restart pcscd",
            false => "sudo sh -c 'kill $(cat /run/pcscd/pcscd.pid); sleep 1; pcscd'",
        }
    }

    /// Walls between this program and the service.
    pub(super) fn sandboxes(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let socket = self.has(SOCKET);
        let mut wall = |code, fix: &str| {
            found.push(match socket {
                true => Finding::new(Level::Note, code),
                false => Finding::problem(code, fix),
            });
        };
        // The name of an application stands below `[Application]` and in the first lines of a snap.
        let named = |file: &str, key: &str| {
            let text = fs::read_to_string(self.path(file)).ok()?;
            let name = text.lines().find_map(|line| line.strip_prefix(key));
            Some(name.unwrap_or_default().trim().to_owned())
        };
        // Nothing else of it goes into a line that is copied into a shell.
        let plain = |name: String| {
            let strange = |sign: char| !(sign.is_ascii_alphanumeric() || "._-".contains(sign));
            match name.is_empty() || name.contains(strange) {
                true => "APP".to_owned(),
                false => name,
            }
        };
        if let Some(app) = named(".flatpak-info", "name=").map(plain) {
            let fix = format!("flatpak override --user --socket=pcsc {app}");
            wall("sandbox-flatpak", &fix);
        }
        let snap = std::env::var("SNAP_NAME").ok().filter(|_| self.here);
        if let Some(app) = snap.or_else(|| named("meta/snap.yaml", "name:")).map(plain) {
            wall("sandbox-snap", &format!("sudo snap connect {app}:pcscd"));
        }
        if self.has(".dockerenv") || self.has("run/.containerenv") {
            wall(
                "sandbox-container",
                "docker run -v /run/pcscd/pcscd.comm:/run/pcscd/pcscd.comm IMAGE",
            );
        }
        found
    }

    /// Service and library speak a protocol that changes between versions.
    pub(super) fn versions(&self) -> Option<Finding> {
        let status = fs::read_to_string(self.path("var/lib/dpkg/status")).ok()?;
        let version = |package: &str| {
            let mut entries = status.split("\n\n");
            let line = format!("Package: {package}");
            let entry = entries.find(|entry| entry.lines().any(|one| one == line))?;
            let installed = entry
                .lines()
                .any(|one| one == "Status: install ok installed");
            let mut lines = entry.lines().filter(|_| installed);
            lines.find_map(|line| line.strip_prefix("Version: "))
        };
        let (service, library) = (version("pcscd")?, version("libpcsclite1")?);
        (service != library).then(|| {
            Finding::problem(
                "versions-differ",
                "sudo apt install --only-upgrade pcscd libpcsclite1",
            )
            .about([
                format!("pcscd {service}"),
                format!("libpcsclite1 {library}"),
            ])
        })
    }

    /// Readers at the USB against those that the service lists; `None` if it could not be asked.
    pub(super) fn usb(
        &self,
        running: bool,
        listed: Option<&[card_core::readers::ReaderState]>,
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        let readers = self.plugged();
        if readers.is_empty() {
            if listed.is_none_or(<[_]>::is_empty) && running {
                found.push(Finding::problem(
                    "reader-unplugged",
                    "mynacard --wait status",
                ));
            }
            return found;
        }
        for reader in &readers {
            let id = (reader.vendor, reader.product);
            let name = format!("{} ({:04x}:{:04x})", reader.name, id.0, id.1);
            let finding = if !reader.ccid && self.has("sys/module/port100") {
                Finding::problem("reader-foreign-driver", "sudo modprobe -r port100")
            } else if !reader.ccid {
                // No line can mend this one; the next is for those who do not know the way.
                Finding::problem("reader-not-ccid", "mynacard --reader sim:hanako status")
            } else if let Some(drivers) = self.drivers() {
                match drivers.contains(&id) {
                    true if running && listed.is_some_and(<[_]>::is_empty) => {
                        Finding::problem("reader-unseen", self.restart())
                    }
                    true => continue,
                    false => Finding::problem(
                        "driver-unknown",
                        "sudo apt update && sudo apt install --only-upgrade libccid",
                    ),
                }
            } else {
                Finding::problem("driver-missing", "sudo apt install libccid")
            };
            found.push(finding.about([name]));
        }
        found
    }

    fn plugged(&self) -> Vec<Usb> {
        let folder = self.path("sys/bus/usb/devices");
        let mut found = Vec::new();
        for device in entries(&folder) {
            let number = |name: &str| {
                let text = fs::read_to_string(device.join(name)).ok()?;
                u16::from_str_radix(text.trim(), 16).ok()
            };
            let (Some(vendor), Some(product)) = (number("idVendor"), number("idProduct")) else {
                continue;
            };
            let own = device.file_name().unwrap_or_default().to_string_lossy();
            let prefix = format!("{own}:");
            // An interface of a device is an entry beside it.
            let ccid = entries(&folder).into_iter().any(|interface| {
                let name = interface.file_name().unwrap_or_default().to_string_lossy();
                let class = fs::read_to_string(interface.join("bInterfaceClass"));
                name.starts_with(&prefix) && class.is_ok_and(|class| class.trim() == "0b")
            });
            if ccid || RC_S380.contains(&(vendor, product)) {
                let name = fs::read_to_string(device.join("product")).unwrap_or_default();
                found.push(Usb {
                    vendor,
                    product,
                    name: name.trim().to_owned(),
                    ccid,
                });
            }
        }
        found
    }

    /// The readers that the CCID driver knows; `None` where it is not installed.
    fn drivers(&self) -> Option<Vec<(u16, u16)>> {
        let plist = "usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist";
        let text = fs::read_to_string(self.path(plist)).ok()?;
        let numbers = |key: &str| -> Vec<u16> {
            let (_, rest) = text
                .split_once(&format!("<key>{key}</key>"))
                .unwrap_or_default();
            let (array, _) = rest.split_once("</array>").unwrap_or_default();
            let words = array.split("<string>0x").skip(1);
            let hex = words.filter_map(|word| word.split('<').next());
            hex.filter_map(|hex| u16::from_str_radix(hex, 16).ok())
                .collect()
        };
        let products = numbers("ifdProductID");
        Some(numbers("ifdVendorID").into_iter().zip(products).collect())
    }

    /// Programs that have loaded the service's client library: those of this user, of everybody
    /// for root.
    pub(super) fn connected(&self) -> Option<Finding> {
        let own = std::process::id().to_string();
        let programs: Vec<String> = entries(&self.path("proc"))
            .into_iter()
            .filter(|process| {
                let number = process.file_name().unwrap_or_default().to_string_lossy();
                number.parse::<u32>().is_ok() && !(self.here && number == own.as_str())
            })
            .filter_map(|process| {
                let maps = fs::read_to_string(process.join("maps")).ok()?;
                let name = fs::read_to_string(process.join("comm")).ok()?;
                let number = process.file_name()?.to_string_lossy().into_owned();
                let name = name.trim();
                (maps.contains("libpcsclite") && name != "pcscd")
                    .then(|| format!("{name} ({number})"))
            })
            .collect();
        (!programs.is_empty())
            .then(|| Finding::new(Level::Note, "programs-connected").about(programs))
    }
}

/// What is in a folder, in order; nothing where there is none.
pub(super) fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = read.map(|entry| entry.path()).collect();
    all.sort();
    all
}
