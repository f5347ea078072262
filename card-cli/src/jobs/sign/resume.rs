//! What was signed before, over the same bytes, is not signed again.

use card_core::domain::date::UtcTime;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use card_core::HashAlgorithm;
use card_core::digest::Hasher;
use card_core::trust::{Role, Trust};
use card_sign::xml::{self, Covers, Files};
use card_sign::{Policy, Report, cms, jws, pdf};

use super::input::Input;
use super::options::{Format, Key, Options};
use crate::error::ProgramError;
use crate::exit::Failure;

/// Whether a file is a signature over this input that verifies.
///
/// By whichever roots its card belongs to: a simulated card's signatures are resumed too.
pub(super) fn is_done(existing: &Path, input: &Input, options: &Options) -> Result<bool, Failure> {
    let simulated = card_sim::front::in_process::trust();
    let known = [Trust::production(), Trust::jlis_test(), simulated];
    for trust in &known {
        let policy = Policy {
            role: match options.key {
                Key::Sign => Role::Signature,
                Key::Auth => Role::Authentication,
            },
            ..Policy::new(trust, UtcTime::now())
        };
        if verifies(existing, input, options, &policy)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn verifies(
    existing: &Path,
    input: &Input,
    options: &Options,
    policy: &Policy<'_>,
) -> Result<bool, Failure> {
    let unreadable = |error| Failure::file(ProgramError::InputUnreadable, existing, &error);
    let whole = || fs::read(existing).map_err(unreadable);
    let open = || File::open(existing).map_err(unreadable);
    let accepted = |report: &Report| report.is_accepted();
    Ok(match options.format {
        // Neither can be resumed.
        Format::Raw | Format::Asic => false,
        Format::Cms => {
            let mut signed = open()?;
            let report = input.pass(|content| {
                cms::verify_detached(&mut signed, content, policy)
                    .map_err(|error| input.unreadable(&error))
            })?;
            accepted(&report)
        }
        Format::CmsAttached => {
            let mut inside = Hasher::new(HashAlgorithm::Sha256);
            let report = cms::verify_attached(&mut open()?, Some(&mut inside), policy);
            accepted(&report.map_err(unreadable)?) && inside.finish() == input.sha256
        }
        Format::Pdf => {
            let bytes = whole()?;
            bytes.starts_with(input.bytes()) && accepted(&pdf::verify(&bytes, policy))
        }
        Format::Xml if options.detached => {
            let mut files = Files::new();
            let named = input.pass(|content| Ok(files.add(&input.name(), content).is_ok()))?;
            let expected = xml::Expected {
                covers: Covers::Files,
                files: &files,
                ..xml::Expected::default()
            };
            named && accepted(&xml::verify(&whole()?, &expected, policy).report)
        }
        Format::Xml if options.profile.is_some() => {
            let files = super::make::forms(&input.path)?;
            let bytes = whole()?;
            let report = xml::verify(&bytes, &xml::Expected::egov(&files), policy).report;
            is_around(input.bytes(), &bytes) && accepted(&report)
        }
        Format::Xml => {
            let bytes = whole()?;
            let report = xml::verify(&bytes, &xml::Expected::default(), policy).report;
            is_around(input.bytes(), &bytes) && accepted(&report)
        }
        Format::Jws => {
            let expected = jws::Expected {
                size: jws::MAX_TOKEN,
                ..jws::Expected::default()
            };
            if options.detached {
                let token = whole()?;
                let report = input.pass(|payload| {
                    jws::verify_detached(&token, payload, &expected, policy)
                        .map_err(|error| input.unreadable(&error))
                })?;
                accepted(&report)
            } else {
                let mut inside = Hasher::new(HashAlgorithm::Sha256);
                let out = Some(&mut inside as &mut dyn Write);
                let report = jws::verify_attached(&mut open()?, out, &expected, policy);
                accepted(&report.map_err(unreadable)?) && inside.finish() == input.sha256
            }
        }
    })
}

/// Whether a document is another one with something put in at one place.
fn is_around(inner: &[u8], outer: &[u8]) -> bool {
    let same = |(a, b): &(&u8, &u8)| a == b;
    let before = inner.iter().zip(outer).take_while(same).count();
    let backwards = inner.iter().rev().zip(outer.iter().rev());
    let after = backwards.take_while(same).count();
    outer.len() > inner.len() && before + after >= inner.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_around_another() {
        assert!(is_around(b"<a></a>", b"<a><s/></a>"));
        assert!(!is_around(b"<a></a>", b"<a></a>"), "nothing was put in");
        assert!(!is_around(b"<a>b</a>", b"<a>c<s/></a>"));
    }
}
