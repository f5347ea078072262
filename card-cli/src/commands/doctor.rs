//! `doctor`: finds out why the card cannot be used, and names one line to type for each finding.
//!
//! Looks at the system's files, asks the smart card service what it sees, and selects one
//! application of the card. Presents no PIN, changes nothing, and its report holds no name, no
//! number and no home folder.

mod card;
mod finding;
mod registered;
mod system;

use std::path::PathBuf;

use serde::Serialize;

use self::finding::{Finding, Level};
use self::system::System;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::word;
use crate::output::{Report, printable};
use crate::program::Program;
use crate::texts::Texts;

/// Which system.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// `mynacard.doctor/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Diagnosis {
    /// Whether nothing is in the way.
    healthy: bool,
    /// In the order in which they are to be mended.
    findings: Vec<Finding>,
}

/// Looks at everything and tells what is in the way.
pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let system = System::at(arguments.root.clone());
    let mut findings = system.sandboxes();
    findings.extend(system.versions());
    let (service, readers) = card::service(&system);
    let running = service.level == Level::Good;
    findings.push(service);
    findings.extend(system.usb(running, readers.as_deref()));
    findings.extend(card::readers(readers.as_deref().unwrap_or_default()));
    findings.extend(system.connected());
    findings.extend(registered::hosts(&system));
    findings.extend(registered::modules(&system));
    findings.extend(registered::programs(&system));
    // Who is root already may have no sudo.
    let root = system.here && rustix::process::geteuid().is_root();
    for fix in findings.iter_mut().filter_map(|one| one.fix.as_mut()) {
        if root {
            *fix = fix.replace("sudo ", "");
        }
    }
    let healthy = findings.iter().all(|one| one.level != Level::Problem);
    program.show(&Diagnosis { healthy, findings })?;
    match healthy {
        true => Ok(()),
        false => Err(Failure::from(ProgramError::SetupBroken).reported()),
    }
}

impl Report for Diagnosis {
    const NAME: &str = "doctor";

    fn text(&self, texts: &Texts) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let mark = match finding.level {
                Level::Good => "doctor-mark-good",
                Level::Note => "doctor-mark-note",
                Level::Problem => "doctor-mark-problem",
            };
            let said = word("doctor", finding.code).text(texts);
            text += &format!("{} {said}", texts.say(mark));
            if !finding.about.is_empty() {
                let about: Vec<_> = finding.about.iter().map(|one| printable(one)).collect();
                text += &format!(": {}", about.join(&texts.say("list-comma")));
            }
            text.push('\n');
            if let Some(fix) = &finding.fix {
                text += &format!("    $ {fix}\n");
            }
        }
        let end = match self.healthy {
            true => "doctor-healthy",
            false => "doctor-broken",
        };
        text + &texts.say(end) + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::finding::FINDINGS;
    use super::*;
    use crate::tests::{Envelope, schema};
    use crate::texts::{Language, program_texts};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Diagnosis>(Diagnosis::NAME, Envelope::Plain);
    }

    #[test]
    fn every_finding_has_a_text() {
        for texts in [Language::Japanese, Language::English].map(program_texts) {
            for code in FINDINGS {
                assert!(texts.has(&format!("doctor-{code}")), "{code}");
            }
        }
    }
}
