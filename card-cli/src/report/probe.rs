//! The report of a census, and the same as a profile for the simulator.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use card_core::applet::Application;
use card_core::probe::{Census, OBSERVED};
use serde::Serialize;

use crate::output::{Report, hex, table};
use crate::texts::Texts;

/// `mynacard.probe/1`. Nothing in it is about the holder.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Probe {
    /// Answer to reset, hexadecimal; contactless readers make their own.
    atr: String,
    applications: Vec<ProbedApplication>,
    /// Quirks of the simulator with the value that this card has.
    quirks: BTreeMap<&'static str, &'static str>,
    /// Quirks that a census looks for and that this card did not show.
    undecided: Vec<&'static str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ProbedApplication {
    name: &'static str,
    /// Status word of SELECT.
    select: String,
    /// What SELECT found among 0001 to 001E.
    files: Vec<ProbedFile>,
}

/// Status words, without lengths and attempts: `61xx`, `6Cxx`, `63Cx`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ProbedFile {
    id: String,
    /// READ BINARY of one byte.
    binary: String,
    /// READ RECORD of the first record.
    record: String,
    /// VERIFY without data.
    counter: String,
}

impl Probe {
    pub(crate) fn of(census: &Census) -> Self {
        let applications = census.applications.iter().map(|of| ProbedApplication {
            name: match of.application {
                Application::Jpki => "jpki",
                Application::Profile => "profile",
                Application::Visual => "visual",
                Application::Resident => "resident",
                Application::Common => "common",
                Application::Licence => "licence",
                Application::IssuerDomain => "issuer-domain",
                _ => "other",
            },
            select: of.select.to_string(),
            files: of
                .files
                .iter()
                .map(|file| ProbedFile {
                    id: file.id.to_string(),
                    binary: file.binary.to_string(),
                    record: file.record.to_string(),
                    counter: file.counter.to_string(),
                })
                .collect(),
        });
        let quirks: BTreeMap<_, _> = census
            .behaviours
            .iter()
            .map(|it| (it.quirk, it.value))
            .collect();
        let undecided = OBSERVED
            .into_iter()
            .filter(|name| !quirks.contains_key(name));
        Self {
            atr: hex(&census.atr),
            applications: applications.collect(),
            undecided: undecided.collect(),
            quirks,
        }
    }

    /// What a persona file names with `quirks-from`.
    pub(crate) fn profile(&self) -> String {
        let mut text =
            "# Written by mynacard probe. It says how a card answers and nothing of its holder.\n\
                        # A persona file names it: quirks-from = \"THIS FILE\"\n\n[quirks]\n"
                .to_owned();
        for (name, value) in &self.quirks {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name} = \"{value}\"");
        }
        text
    }
}

impl Report for Probe {
    const NAME: &str = "probe";

    fn text(&self, texts: &Texts) -> String {
        let mut text = format!("ATR  {}\n", self.atr);
        for ProbedApplication {
            name,
            select,
            files,
        } in &self.applications
        {
            text += &format!("\n{name}  {select}\n");
            let row = |file: &ProbedFile| {
                vec![
                    String::new(),
                    file.id.clone(),
                    file.binary.clone(),
                    file.record.clone(),
                    file.counter.clone(),
                ]
            };
            text += &table(&files.iter().map(row).collect::<Vec<_>>());
        }
        text += &format!("\n{}\n", texts.say("probe-quirks"));
        let row = |(name, value): (&&str, &&str)| vec![(*name).to_owned(), (*value).to_owned()];
        text += &table(&self.quirks.iter().map(row).collect::<Vec<_>>());
        if !self.undecided.is_empty() {
            text += &texts.with(
                "probe-undecided",
                [("names", self.undecided.join(", ").into())],
            );
            text += "\n";
        }
        text + &texts.say("probe-where") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Probe>(Probe::NAME, Envelope::Card);
    }
}
