//! `verify-cert`: judges a certificate rule by rule. Card-verifiable ones so far.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cv_certificate::{self, Judged};
use crate::exit::Failure;
use crate::issuers::Trusted;
use crate::output;
use crate::program::Program;
use crate::texts::Texts;

/// Which certificate, and whom to believe.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "production|jlis-test|sim|DIR")]
    trust: Option<Trusted>,
}

/// `mynacard.verify-cert/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
struct Report(Judged);

/// Longer than any certificate.
const LONGEST: u64 = 1 << 20;

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let trust = arguments.trust.as_ref().unwrap_or(&Trusted::Production);
    let issuers = trust.issuers()?;
    let bytes = read(&arguments.file)
        .map_err(|error| Failure::file("input.unreadable", &arguments.file, &error))?;
    if !cv_certificate::begins(&bytes) {
        return Err(Failure::usage(
            program.texts.say("usage-not-card-verifiable"),
        ));
    }
    let file = arguments.file.display().to_string();
    let report = Report(Judged::of(file, &bytes, &issuers, trust));
    program.show(&report)?;
    report.0.demanded()
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().take(LONGEST).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

impl output::Report for Report {
    const NAME: &str = "verify-cert";

    fn text(&self, texts: &Texts) -> String {
        self.0.text(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Report as _;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Report>(Report::NAME, Envelope::Plain);
    }
}
