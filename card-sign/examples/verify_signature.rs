//! Checks a detached CMS signature over a file, without a card and without a reader.
//!
//! `cargo run -p card-sign --example verify_signature -- FILE FILE.p7s`

use std::fs::File;

use card_core::domain::date::UtcTime;
use card_core::trust::Trust;
use card_sign::{Policy, cms};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut content = File::open(arguments.next().ok_or("FILE is missing")?)?;
    let mut signature = File::open(arguments.next().ok_or("FILE.p7s is missing")?)?;
    let trust = Trust::production();

    let report = cms::verify_detached(
        &mut signature,
        &mut content,
        &Policy::new(&trust, UtcTime::now()),
    )?;
    for finding in report.findings() {
        println!("{} {:?}", finding.rule.code(), finding.verdict);
    }
    println!("accepted: {}", report.is_accepted());
    println!("revocation: {}", report.revocation().status());
    Ok(())
}
