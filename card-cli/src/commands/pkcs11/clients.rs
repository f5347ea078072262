//! Client programs of the module: configuration files and lines.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;

use super::edit::{Edit, NAME, OURS, Shape};
use crate::exit::Failure;
use crate::folders;

/// A program, or the library by which several use PKCS #11.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum Client {
    /// Firefox and Chromium: every NSS database of this user.
    Nss,
    /// GnuTLS's tools; not every program that uses p11-kit.
    P11Kit,
    Openssh,
    Openssl,
    Java,
    Libreoffice,
}

impl Client {
    pub(super) const ALL: [Self; 6] = [
        Self::Nss,
        Self::P11Kit,
        Self::Openssh,
        Self::Openssl,
        Self::Java,
        Self::Libreoffice,
    ];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Nss => "NSS",
            Self::P11Kit => "p11-kit",
            Self::Openssh => "OpenSSH",
            Self::Openssl => "OpenSSL",
            Self::Java => "Java",
            Self::Libreoffice => "LibreOffice",
        }
    }

    /// The changes for this program. None where it keeps its settings in a folder that is not there
    /// yet: it makes it at its first start.
    pub(super) fn edits(self, module: &Path, folders: &[PathBuf]) -> Result<Vec<Edit>, Failure> {
        let module = module.display();
        let config = folders::config()?;
        let edit = |path: PathBuf, shape, lines: String| Edit { path, shape, lines };
        Ok(match self {
            Self::Nss => databases(folders)?
                .into_iter()
                .map(|folder| {
                    let lines = format!("library={module}\n{NAME}\n");
                    edit(folder.join("pkcs11.txt"), Shape::Nss, lines)
                })
                .collect(),
            Self::P11Kit => vec![edit(
                config.join("pkcs11/modules/mynacard.module"),
                Shape::Whole,
                format!(
                    "# Without the second line every program that uses p11-kit reads the card.\n\
                     module: {module}\nenable-in: p11tool, gnutls-cli\n"
                ),
            )],
            Self::Openssh => vec![edit(
                folders::home()?.join(".ssh/config"),
                Shape::Block,
                format!(
                    "# For the agent, and with OpenSSH 10.1 and newer always first:\n\
                     #   ssh-add -s {module}\n\
                     Match all\n    PKCS11Provider {module}\n"
                ),
            )],
            Self::Openssl => {
                let engine = config.join("mynacard/openssl-engine.cnf");
                let provider = config.join("mynacard/openssl-provider.cnf");
                let engine_lines = format!(
                    "# OPENSSL_CONF={} openssl pkeyutl -sign -engine pkcs11 -keyform engine \\\n\
                     #   -inkey 'pkcs11:id=%01;type=private' -in DIGEST -pkeyopt digest:sha256\n\
                     openssl_conf = mynacard\n[mynacard]\nengines = engines\n\
                     [engines]\npkcs11 = pkcs11\n\
                     [pkcs11]\nMODULE_PATH = {module}\ninit = 0\n",
                    engine.display()
                );
                let provider_lines = format!(
                    "# OPENSSL_CONF={} openssl pkeyutl -sign \\\n\
                     #   -inkey 'pkcs11:id=%01;type=private' -in DIGEST -pkeyopt digest:sha256\n\
                     openssl_conf = mynacard\n[mynacard]\nproviders = providers\n\
                     [providers]\ndefault = own\npkcs11 = pkcs11\n[own]\nactivate = 1\n\
                     [pkcs11]\npkcs11-module-path = {module}\nactivate = 1\n",
                    provider.display()
                );
                vec![
                    edit(engine, Shape::Whole, engine_lines),
                    edit(provider, Shape::Whole, provider_lines),
                ]
            }
            Self::Java => {
                let path = config.join("mynacard/java.cfg");
                let lines = format!(
                    "# keytool -list -keystore NONE -storetype PKCS11 -addprovider SunPKCS11 \\\n\
                     #   -providerarg {}\n\
                     name = mynacard\nlibrary = {module}\nslotListIndex = 0\n",
                    path.display()
                );
                vec![edit(path, Shape::Whole, lines)]
            }
            Self::Libreoffice => libreoffice(&config, &module.to_string())?,
        })
    }
}

/// NSS databases of this user, those that were named among them.
///
/// Chromium takes `~/.pki/nssdb` if it is there, else the folder in `~/.local/share`.
fn databases(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let home = folders::home()?;
    let data = folders::data()?;
    let config = folders::config()?;
    let mut found = named.to_vec();
    let chromium = [home.join(".pki/nssdb"), data.join("pki/nssdb")];
    found.extend(chromium.into_iter().find(|folder| is_database(folder)));
    for profiles in [
        home.join(".mozilla/firefox"),
        config.join("mozilla/firefox"),
    ] {
        let entries = fs::read_dir(profiles).into_iter().flatten().flatten();
        let mut folders: Vec<_> = entries.map(|entry| entry.path()).collect();
        folders.retain(|folder| is_database(folder));
        folders.sort();
        found.extend(folders);
    }
    Ok(found)
}

fn is_database(folder: &Path) -> bool {
    folder.join("cert9.db").exists()
}

/// LibreOffice logs in to every token that it sees before it lists certificates, so it gets one
/// token in a database of its own.
fn libreoffice(config: &Path, module: &str) -> Result<Vec<Edit>, Failure> {
    let settings = config.join("libreoffice/4/user/registrymodifications.xcu");
    if !settings.exists() {
        return Ok(Vec::new());
    }
    let data = folders::data()?;
    let folder = format!("{}{OURS}", data.display());
    let item = format!(
        "<item oor:path=\"/org.openoffice.Office.Common/Security/Scripting\">\
         <prop oor:name=\"CertDir\" oor:op=\"fuse\"><value>{}</value></prop></item>\n",
        escaped(&folder)
    );
    Ok(vec![
        Edit {
            path: config.join("mynacard/pkcs11.conf"),
            shape: Shape::Block,
            lines: "program soffice.bin = sign\n".into(),
        },
        Edit {
            path: PathBuf::from(&folder).join("pkcs11.txt"),
            shape: Shape::Nss,
            lines: format!("library={module}\n{NAME}\n"),
        },
        Edit {
            path: settings,
            shape: Shape::LibreOffice,
            lines: item,
        },
    ])
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}
