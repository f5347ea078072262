//! What may be asked for together, and which signature goes where. Nothing is read and nothing
//! written.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::options::Arguments;
use crate::args::PinSource;
use crate::exit::Failure;
use crate::jobs::sign::{Choice, Format, Misfit, Options, signed_copy};
use crate::program::Program;

/// Which signature goes where; `None` is standard output.
pub(super) fn plan(
    program: &Program,
    arguments: &Arguments,
    options: &Options,
) -> Result<Vec<(PathBuf, Option<PathBuf>)>, Failure> {
    if let Some(misfit) = options.misfit(arguments.files.len()) {
        return Err(told(misfit, options.format, program));
    }
    let usage = |id: &str| Failure::usage(program.texts.say(id));
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    let stdins = arguments.files.iter().filter(|file| is_stdin(file)).count();
    if stdins > 1 {
        return Err(usage("usage-stdin-twice"));
    }
    if stdins == 1 && program.global.pin == Some(PinSource::Stdin) {
        return Err(usage("usage-stdin-pin"));
    }
    if stdins == 1 && arguments.files.len() > 1 {
        return Err(usage("usage-stdin-alone"));
    }
    if stdins == 1 && options.names_files() {
        return Err(usage("usage-stdin-name"));
    }
    let together = options.format == Format::Asic;
    if together && arguments.output.is_none() && arguments.files.len() > 1 {
        return Err(usage("usage-asic-output"));
    }
    if !together && arguments.output.is_some() && arguments.files.len() > 1 {
        return Err(usage("usage-one-output"));
    }
    let mut jobs = Vec::new();
    let mut taken = BTreeSet::new();
    for input in &arguments.files {
        let path = match (&arguments.output, &arguments.output_dir) {
            (Some(output), _) if output.as_os_str() == "-" => None,
            (Some(output), _) => Some(output.clone()),
            (None, Some(_)) if is_stdin(input) => return Err(usage("usage-stdin-folder")),
            (None, None) if is_stdin(input) => None,
            (None, folder) => Some(beside(input, folder.as_deref(), options.format)),
        };
        if let Some(path) = &path
            && !taken.insert(path.clone())
            && !together
        {
            return Err(usage("usage-same-output"));
        }
        jobs.push((input.clone(), path));
    }
    Ok(jobs)
}

/// How options that do not belong together are told.
fn told(misfit: Misfit, format: Format, program: &Program) -> Failure {
    let texts = &program.texts;
    Failure::usage(match misfit {
        Misfit::Format(choice) => {
            let option = match choice {
                Choice::Key => "--key auth",
                Choice::Pdf => "--filing moj, --pades, --visible",
                Choice::Field => "--field",
                Choice::TimeStamp => "--timestamp",
                Choice::Detached => "--detached",
                Choice::Xades => "--xades",
                Choice::WithCa => "--with-ca",
                Choice::Profile => "--filing egov",
                Choice::Cosign => "--cosign",
                Choice::Resume => "--resume",
            };
            let values = [("option", option.into()), ("format", format.name().into())];
            texts.with("usage-option-format", values)
        }
        Misfit::MojTimeStamp => texts.say("usage-moj-timestamp"),
        Misfit::VisibleField => texts.say("usage-visible-field"),
        Misfit::EgovShape => texts.say("usage-egov-shape"),
        Misfit::CosignOne => texts.say("usage-cosign-one"),
    })
}

/// The signature's name: behind the whole name of the file, or in place of its ending.
fn beside(input: &Path, folder: Option<&Path>, format: Format) -> PathBuf {
    let path = match format.suffix() {
        suffix @ (".signed.pdf" | ".signed.xml") => {
            let copy = input.file_stem().and_then(OsStr::to_str);
            let again = copy.and_then(signed_copy);
            let again = again.and_then(|(stem, count)| Some((stem, count.checked_add(1)?)));
            match (again, suffix.rsplit_once('.')) {
                (Some((stem, count)), Some((_, ending))) => {
                    input.with_file_name(format!("{stem}.signed-{count}.{ending}"))
                }
                _ => input.with_extension(suffix.trim_start_matches('.')),
            }
        }
        suffix => {
            let mut name = input.file_name().unwrap_or_default().to_owned();
            name.push(suffix);
            input.with_file_name(name)
        }
    };
    match folder {
        Some(folder) => folder.join(path.file_name().unwrap_or_default()),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_signatures() {
        let name = |input: &str, folder: Option<&str>, format| {
            beside(Path::new(input), folder.map(Path::new), format)
                .display()
                .to_string()
        };
        assert_eq!(name("文書.txt", None, Format::Raw), "文書.txt.sig");
        assert_eq!(name("a/b.tar.gz", None, Format::Cms), "a/b.tar.gz.p7s");
        assert_eq!(
            name("a/b.txt", Some("out"), Format::CmsAttached),
            "out/b.txt.p7m"
        );
        assert_eq!(name("a.json", None, Format::Jws), "a.json.jws");
        assert_eq!(name("申請.v2.pdf", None, Format::Pdf), "申請.v2.signed.pdf");
        assert_eq!(name("a/b", Some("out"), Format::Pdf), "out/b.signed.pdf");
        assert_eq!(name("a/b.xml", None, Format::Xml), "a/b.signed.xml");
        for (before, after) in [
            ("a/b.signed.pdf", "a/b.signed-2.pdf"),
            ("b.signed-9.pdf", "b.signed-10.pdf"),
            ("b.signed-x.pdf", "b.signed-x.signed.pdf"),
            ("b.signed-1.pdf", "b.signed-1.signed.pdf"),
            ("b.signed-+2.pdf", "b.signed-+2.signed.pdf"),
            ("b.signedoff.pdf", "b.signedoff.signed.pdf"),
            ("b.signed-4294967295.pdf", "b.signed-4294967295.signed.pdf"),
        ] {
            assert_eq!(name(before, None, Format::Pdf), after);
        }
    }
}
