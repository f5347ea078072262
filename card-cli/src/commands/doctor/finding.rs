//! Finding of `doctor`: code, severity, subject, the line to type.

use serde::Serialize;

/// One thing that was looked at.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Finding {
    /// A word that scripts can compare.
    pub(super) code: &'static str,
    pub(super) level: Level,
    /// What it is about: reader names, paths, programs.
    pub(super) about: Vec<String>,
    /// The line to type.
    pub(super) fix: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum Level {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// In the way.
    Problem,
}

impl Finding {
    pub(super) fn new(level: Level, code: &'static str) -> Self {
        Self {
            code,
            level,
            about: Vec::new(),
            fix: None,
        }
    }

    pub(super) fn problem(code: &'static str, fix: impl Into<String>) -> Self {
        Self {
            fix: Some(fix.into()),
            ..Self::new(Level::Problem, code)
        }
    }

    pub(super) fn about(mut self, what: impl IntoIterator<Item = String>) -> Self {
        self.about.extend(what);
        self
    }
}

/// Every code that a finding can have; a test holds the texts against it.
#[cfg(test)]
pub(super) const FINDINGS: &[&str] = &[
    "bus-unreachable",
    "card-absent",
    "card-held",
    "card-in-use",
    "card-mute",
    "card-my-number",
    "card-other",
    "card-unread",
    "driver-missing",
    "driver-unknown",
    "host-broken",
    "host-registered",
    "module-broken",
    "module-registered",
    "programs-connected",
    "programs-several",
    "reader-foreign-driver",
    "reader-not-ccid",
    "reader-seen",
    "reader-unplugged",
    "reader-unseen",
    "sandbox-container",
    "sandbox-flatpak",
    "sandbox-snap",
    "service-failed",
    "service-missing",
    "service-refused",
    "service-running",
    "service-stopped",
    "versions-differ",
];
