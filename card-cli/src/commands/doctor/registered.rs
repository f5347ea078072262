//! Registrations of this program and leftovers of older versions.

use std::fs;
use std::path::{Path, PathBuf};

use super::finding::{Finding, Level};
use super::system::{System, entries};

/// Manifests by which browsers start this program; those that lead to nothing are in the way.
pub(super) fn hosts(system: &System) -> Vec<Finding> {
    let mut good = Vec::new();
    let mut broken = Vec::new();
    for folder in [
        ".mozilla/native-messaging-hosts",
        ".config/google-chrome/NativeMessagingHosts",
        ".config/chromium/NativeMessagingHosts",
    ] {
        for manifest in entries(&home(system).join(folder)) {
            let Ok(text) = fs::read_to_string(&manifest) else {
                continue;
            };
            let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else {
                continue;
            };
            let wrapper = PathBuf::from(
                json.get("path")
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default(),
            );
            if !wrapper.to_string_lossy().contains("mynacard") {
                continue;
            }
            match whole(&wrapper) {
                true => good.push(shown(system, &manifest)),
                false => broken.push(shown(system, &manifest)),
            }
        }
    }
    let mut found = Vec::new();
    if !good.is_empty() {
        found.push(Finding::new(Level::Note, "host-registered").about(good));
    }
    if !broken.is_empty() {
        let fix = "mynacard web-eid install";
        found.push(Finding::problem("host-broken", fix).about(broken));
    }
    found
}

/// Whether a wrapper is there, and the program that it starts.
fn whole(wrapper: &Path) -> bool {
    let Ok(text) = fs::read_to_string(wrapper) else {
        return false;
    };
    let words = text.split(['\'', '"', ' ', '\n']);
    let mut programs = words.filter(|word| word.starts_with('/') && word.ends_with("mynacard"));
    programs.all(|program| Path::new(program).exists())
}

/// Configurations of p11-kit that name our module.
pub(super) fn modules(system: &System) -> Vec<Finding> {
    let mut found = Vec::new();
    for folder in ["usr/share/p11-kit/modules", "etc/pkcs11/modules"] {
        for file in entries(&system.path(folder)) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let mut lines = text.lines().filter_map(|line| line.strip_prefix("module:"));
            let Some(module) = lines.next().map(str::trim) else {
                continue;
            };
            if !module.contains("mynacard") && !module.contains("card_pkcs11") {
                continue;
            }
            let about = [shown(system, &file)];
            let there = !module.starts_with('/') || system.has(module.trim_start_matches('/'));
            found.push(match there {
                true => Finding::new(Level::Note, "module-registered").about(about),
                false => {
                    let fix = format!("sudo rm /{folder}/{}", file_name(&file));
                    Finding::problem("module-broken", fix).about(about)
                }
            });
        }
    }
    found
}

/// Several programs of this name: the shell takes the first, which may be the older.
pub(super) fn programs(system: &System) -> Option<Finding> {
    let mut folders: Vec<PathBuf> = ["usr/local/bin", "usr/bin"]
        .map(|at| system.path(at))
        .into();
    folders.extend([".local/bin", ".cargo/bin"].map(|at| home(system).join(at)));
    let there = folders.into_iter().map(|folder| folder.join("mynacard"));
    let there: Vec<_> = there
        .filter(|program| program.exists())
        .map(|program| shown(system, &program))
        .collect();
    (there.len() > 1).then(|| Finding {
        fix: Some("type -a mynacard".into()),
        ..Finding::new(Level::Note, "programs-several").about(there)
    })
}

fn home(system: &System) -> PathBuf {
    match system.here {
        true => std::env::var_os("HOME").unwrap_or_default().into(),
        false => system.path("home"),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into()
}

/// A path without the name of the user.
fn shown(system: &System, path: &Path) -> String {
    match path.strip_prefix(home(system)) {
        Ok(rest) => format!("~/{}", rest.display()),
        Err(_) => path.display().to_string(),
    }
}
