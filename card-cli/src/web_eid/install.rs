//! `web-eid install|uninstall`: manifests by which browsers find the host.
//!
//! A manifest names a program without arguments, so it names a wrapper of two lines. Only what was
//! written by this program is ever written over or removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Value, json};

use super::extensions::{CHROME, FIREFOX};
use crate::args::Reader;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::folders;
use crate::output::{Place, Privacy, Report, printable, table};
use crate::program::Program;
use crate::residents::Resident;
use crate::texts::Texts;

/// For which browsers, under which name.
#[derive(Debug, clap::Args)]
pub(super) struct Choice {
    #[arg(long, value_name = "firefox|chrome|chromium")]
    browser: Vec<Browser>,
    #[arg(long = "as", value_name = "mynacard.webeid|eu.webeid", default_value = OWN)]
    name: Name,
}

/// The same, and which card it shall use.
#[derive(Debug, clap::Args)]
pub(super) struct Install {
    #[command(flatten)]
    choice: Choice,
    #[arg(long, value_name = "PERSONA")]
    sim: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Browser {
    Firefox,
    Chrome,
    Chromium,
}

/// The name that an extension calls. The public one calls `eu.webeid`, which is the name of the
/// program that it comes with; ours is another unless that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    #[value(name = "mynacard.webeid")]
    Own,
    #[value(name = "eu.webeid")]
    Public,
}

const OWN: &str = "mynacard.webeid";

impl Name {
    fn text(self) -> &'static str {
        match self {
            Self::Own => OWN,
            Self::Public => "eu.webeid",
        }
    }
}

impl Browser {
    fn folder(self) -> Result<PathBuf, Failure> {
        let home = || folders::home().map(|home| home.join(".mozilla"));
        let config = || folders::config();
        Ok(match self {
            Self::Firefox => home()?.join("native-messaging-hosts"),
            Self::Chrome => config()?.join("google-chrome/NativeMessagingHosts"),
            Self::Chromium => config()?.join("chromium/NativeMessagingHosts"),
        })
    }

    fn word(self) -> &'static str {
        match self {
            Self::Firefox => "Firefox",
            Self::Chrome => "Chrome",
            Self::Chromium => "Chromium",
        }
    }
}

/// `mynacard.web-eid-install/1`, and the same for `uninstall`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Done {
    name: &'static str,
    /// What the manifests start.
    wrapper: String,
    manifests: Vec<Manifest>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Manifest {
    browser: Browser,
    path: String,
    /// `written`, `removed`, `absent`, or `foreign`: not ours, so it was left alone.
    done: &'static str,
}

/// What stands where a manifest of ours belongs.
enum There {
    Nothing,
    Ours,
    Foreign,
}

impl Choice {
    fn browsers(&self) -> Vec<Browser> {
        match self.browser.is_empty() {
            true => vec![Browser::Firefox, Browser::Chrome, Browser::Chromium],
            false => self.browser.clone(),
        }
    }

    fn wrapper(&self) -> Result<PathBuf, Failure> {
        let data = folders::data()?;
        Ok(data.join("mynacard").join(self.name.text()))
    }

    fn manifest(&self, browser: Browser) -> Result<PathBuf, Failure> {
        Ok(browser.folder()?.join(format!("{}.json", self.name.text())))
    }
}

fn there(path: &Path, wrapper: &Path) -> There {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return There::Nothing;
    }
    let text = fs::read(path).ok();
    let manifest = text.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    match manifest.as_ref().and_then(|manifest| manifest.get("path")) {
        Some(Value::String(named)) if Path::new(named) == wrapper => There::Ours,
        _ => There::Foreign,
    }
}

/// Whether a wrapper that is there was written by us.
fn is_ours(wrapper: &Path) -> bool {
    fs::read_to_string(wrapper)
        .is_ok_and(|text| text.starts_with("#!/bin/sh\nexec '") && text.ends_with(LAST))
}

pub(super) fn install(program: &Program, install: &Install) -> Result<(), Failure> {
    let Install { choice, sim } = install;
    let simulated = sim.clone().map(Reader::Simulated);
    let reader = simulated.as_ref().or(program.global.reader.as_ref());
    if let Some(Reader::Simulated(name)) = reader {
        // Before a browser depends on it.
        Resident::find(name)?;
    }
    let wrapper = choice.wrapper()?;
    let foreign = |path: &Path| Failure::from(ProgramError::OutputExists(path.into()));
    let mut places = Vec::new();
    // All of them first: either every browser is served or none.
    for browser in choice.browsers() {
        let path = choice.manifest(browser)?;
        if matches!(there(&path, &wrapper), There::Foreign) {
            return Err(foreign(&path));
        }
        places.push((browser, path));
    }
    if wrapper.exists() && !is_ours(&wrapper) {
        return Err(foreign(&wrapper));
    }
    let script = script(reader)?;
    let _held = program.signals.held();
    put(&wrapper, script.as_bytes())?;
    executable(&wrapper)?;
    let mut manifests = Vec::new();
    for (browser, path) in places {
        let (whom, allowed) = match browser {
            Browser::Firefox => ("allowed_extensions", json!([FIREFOX])),
            Browser::Chrome | Browser::Chromium => ("allowed_origins", json!(CHROME)),
        };
        let manifest = json!({
            "name": choice.name.text(),
            "description": "My Number Card for Web eID (mynacard)",
            "path": wrapper,
            "type": "stdio",
            whom: allowed,
        });
        put(&path, format!("{manifest:#}\n").as_bytes())?;
        manifests.push(Manifest {
            browser,
            path: path.display().to_string(),
            done: "written",
        });
    }
    program.show(&Installed(Done {
        name: choice.name.text(),
        wrapper: wrapper.display().to_string(),
        manifests,
    }))
}

pub(super) fn uninstall(program: &Program, choice: &Choice) -> Result<(), Failure> {
    let wrapper = choice.wrapper()?;
    let remove = |path: &Path| {
        fs::remove_file(path)
            .map_err(|error| Failure::file(ProgramError::OutputUnwritable, path, &error))
    };
    let mut manifests = Vec::new();
    for browser in choice.browsers() {
        let path = choice.manifest(browser)?;
        let done = match there(&path, &wrapper) {
            There::Nothing => "absent",
            There::Foreign => "foreign",
            There::Ours => {
                remove(&path)?;
                "removed"
            }
        };
        manifests.push(Manifest {
            browser,
            path: path.display().to_string(),
            done,
        });
    }
    // It may serve browsers that were not named.
    let mut all = Vec::new();
    for browser in [Browser::Firefox, Browser::Chrome, Browser::Chromium] {
        all.push(there(&choice.manifest(browser)?, &wrapper));
    }
    if !all.iter().any(|there| matches!(there, There::Ours)) && is_ours(&wrapper) {
        remove(&wrapper)?;
    }
    program.show(&Uninstalled(Done {
        name: choice.name.text(),
        wrapper: wrapper.display().to_string(),
        manifests,
    }))
}

/// Writes a file of ours, folder included.
fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .map_err(|error| Failure::file(ProgramError::OutputUnwritable, folder, &error))?;
    Place::look(path, true, Privacy::Anybody)?.write(bytes)
}

fn executable(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .map_err(|error| Failure::file(ProgramError::OutputUnwritable, path, &error))
}

/// Two lines; the reader that was named is named again.
fn script(reader: Option<&Reader>) -> Result<String, Failure> {
    let own = std::env::current_exe().map_err(|error| {
        Failure::file(ProgramError::InputUnreadable, "mynacard".as_ref(), &error)
    })?;
    let reader = match reader {
        None => String::new(),
        Some(Reader::Index(index)) => format!(" --reader {index}"),
        Some(Reader::Name(name)) => format!(" --reader {}", quoted(name)),
        Some(Reader::Simulated(name)) => format!(" --reader {}", quoted(&format!("sim:{name}"))),
    };
    let own = quoted(&own.display().to_string());
    Ok(format!("#!/bin/sh\nexec {own}{reader}{LAST}"))
}

/// How a wrapper of ours ends, by which it is known.
const LAST: &str = " web-eid \"$@\"\n";

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Under the name of the command that did it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
struct Installed(Done);

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
struct Uninstalled(Done);

impl Done {
    fn text(&self, texts: &Texts) -> String {
        let row = |manifest: &Manifest| {
            let done = texts.say(&format!("web-eid-{}", manifest.done));
            let path = printable(&manifest.path);
            vec![manifest.browser.word().to_owned(), done, path]
        };
        table(&self.manifests.iter().map(row).collect::<Vec<_>>())
    }
}

impl Report for Installed {
    const NAME: &str = "web-eid-install";

    fn text(&self, texts: &Texts) -> String {
        self.0.text(texts)
    }
}

impl Report for Uninstalled {
    const NAME: &str = "web-eid-uninstall";

    fn text(&self, texts: &Texts) -> String {
        self.0.text(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schemas_are_up_to_date() {
        schema::<Installed>(Installed::NAME, Envelope::Plain);
        schema::<Uninstalled>(Uninstalled::NAME, Envelope::Plain);
    }

    #[test]
    fn a_word_of_a_shell() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
