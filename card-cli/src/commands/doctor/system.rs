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

    /// Whether the service is installed, and whether it has a socket.
    pub(super) fn service(&self) -> (bool, bool) {
        let installed = self.has("usr/sbin/pcscd");
        (installed, self.has("run/pcscd/pcscd.comm"))
    }

    /// Walls between this program and the service.
    pub(super) fn sandboxes(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let socket = self.service().1;
        let mut wall = |code, fix: &str| {
            found.push(match socket {
                true => Finding::new(Level::Note, code),
                false => Finding::problem(code, fix),
            });
        };
        if self.has(".flatpak-info") {
            wall(
                "sandbox-flatpak",
                "flatpak override --user --socket=pcsc APP",
            );
        }
        if self.here && std::env::var_os("SNAP_NAME").is_some() || self.has("meta/snap.yaml") {
            wall("sandbox-snap", "sudo snap connect APP:pcscd");
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
                found.push(Finding::problem("reader-unplugged", "lsusb"));
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
                        Finding::problem("reader-unseen", "sudo systemctl restart pcscd")
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
