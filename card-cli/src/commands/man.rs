//! `man`: the manual page of the program, or one page for each command into a folder.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use clap_mangen::Man;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::output::{self, Place, Privacy};
use crate::texts::Texts;
use crate::wrap::{marked, paragraphs};

/// Where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    #[arg(long, requires = "output_dir")]
    force: bool,
}

pub(crate) fn run(
    arguments: &Arguments,
    command: &clap::Command,
    texts: &Texts,
) -> Result<(), Failure> {
    let Some(folder) = &arguments.output_dir else {
        return output::show_bytes(&page(command, "mynacard", texts));
    };
    fs::create_dir_all(folder)
        .map_err(|error| Failure::file(ProgramError::OutputUnwritable, folder, &error))?;
    let mut pages = Vec::new();
    collect(command, "mynacard", texts, &mut pages);
    let looked = pages.iter().map(|(name, page)| {
        Ok((
            Place::look(&folder.join(name), arguments.force, Privacy::Anybody)?,
            page,
        ))
    });
    let looked: Vec<_> = looked.collect::<Result<_, Failure>>()?;
    looked
        .iter()
        .try_for_each(|(place, page)| place.write(page))
}

/// The page of a command and those of its commands, by file name; `path` as it is typed.
fn collect(command: &clap::Command, path: &str, texts: &Texts, pages: &mut Vec<(String, Vec<u8>)>) {
    let name = path.replace(' ', "-");
    let own = command.clone().name(name.clone());
    pages.push((format!("{name}.1"), page(&own, path, texts)));
    for sub in command.get_subcommands() {
        collect(sub, &format!("{path} {}", sub.get_name()), texts, pages);
    }
}

fn page(command: &clap::Command, path: &str, texts: &Texts) -> Vec<u8> {
    let mut page = Vec::new();
    let mut command = command.clone();
    if let Some(more) = command.get_after_help().map(ToString::to_string) {
        command = command.after_help(paragraphs(&more).join("\n\n"));
    }
    // Writing to memory cannot fail.
    let _ = Man::new(command).render(&mut page);
    // The program's own page shows where to begin; a command deep down shows its parent's.
    let most = if path.contains(' ') { usize::MAX } else { 6 };
    let mut examples = Vec::new();
    let mut of = Some(path);
    while let Some(path) =
        of.filter(|path| examples.is_empty() && path.contains(' ') || *path == "mynacard")
    {
        let own = |line: &&&str| {
            **line == path || line.starts_with(&format!("{path} ")) || with_options(line, path)
        };
        examples = EXAMPLES.iter().filter(own).copied().take(most).collect();
        of = path
            .rsplit_once(' ')
            .map(|(parent, _)| parent)
            .filter(|parent| *parent != "mynacard");
    }
    let mut section = |title: &str, lines: &[String]| {
        let _ = writeln!(page, ".SH \"{}\"\n.nf", texts.say(title));
        for line in lines {
            let _ = writeln!(page, "\\&{}", line.replace('\\', "\\e").replace('-', "\\-"));
        }
        let _ = writeln!(page, ".fi");
    };
    let lines = |id: &str| texts.say(id).lines().map(str::to_owned).collect::<Vec<_>>();
    section("man-exit-status", &lines("man-exit-status-text"));
    if !examples.is_empty() {
        let examples: Vec<String> = examples.iter().map(|line| (*line).to_owned()).collect();
        section("man-examples", &examples);
    }
    section("man-files", &lines("man-files-text"));
    section("man-environment", &lines("man-environment-text"));
    // Typesetters break Japanese lines where they are told to.
    let page = String::from_utf8_lossy(&page);
    let line = |line: &str| match line.starts_with('.') {
        true => line.to_owned(),
        false => marked(line, "\\:"),
    };
    page.lines()
        .map(|each| line(each) + "\n")
        .collect::<String>()
        .into_bytes()
}

/// Whether a line is one of a command, with global options before its name.
fn with_options(line: &str, path: &str) -> bool {
    let Some((program, own)) = path.split_once(' ') else {
        return false;
    };
    line.strip_prefix(program)
        .and_then(|rest| rest.split_once(&format!(" {own}")))
        .is_some_and(|(options, rest)| {
            let options = options.trim();
            let plain = !options.is_empty() && options.starts_with("--reader sim:hanako");
            plain
                && (rest.is_empty() || rest.starts_with(' '))
                && options
                    .split(' ')
                    .all(|word| word.starts_with("--") || word.starts_with("sim"))
        })
}

/// At least one for each command; a test reads each as the program would.
const EXAMPLES: &[&str] = &[
    "mynacard guide",
    "mynacard --reader sim:hanako guide",
    "mynacard doctor",
    "mynacard status",
    "mynacard --reader sim:hanako status",
    "mynacard --reader sim:hanako --pin sim sign contract.pdf",
    "mynacard probe",
    "mynacard readers",
    "mynacard readers --json",
    "mynacard cert auth",
    "mynacard cert sign --format pem -o sign.pem",
    "mynacard --reader sim:hanako cert auth --format ssh",
    "mynacard sign contract.pdf",
    "mynacard sign --format cms --output-dir signed a.txt b.txt",
    "mynacard sign --format raw --key auth --check a.txt",
    "mynacard verify contract.signed.pdf",
    "mynacard verify --rules a.txt --signature a.txt.p7s",
    "mynacard verify --filing moj contract.signed.pdf",
    "mynacard explain contract.signed.pdf",
    "mynacard verify-cert sign.pem",
    "mynacard verify-cert --card auth",
    "mynacard profile",
    "mynacard profile --signed",
    "mynacard number --purpose tax --reveal",
    "mynacard face --output-dir pictures",
    "mynacard genuine profile",
    "mynacard genuine face",
    "mynacard age --over 20",
    "mynacard card",
    "mynacard licence",
    "mynacard licence --expiry",
    "mynacard pin status",
    "mynacard pin check auth",
    "mynacard pin change sign",
    "mynacard login --origin https://example.org --nonce 0123456789012345678901234567890123456789abcd",
    "mynacard login challenge --origin https://example.org --store challenges",
    "mynacard login verify token.json --origin https://example.org --nonce 0123456789012345678901234567890123456789abcd --store challenges",
    "mynacard serve",
    "mynacard serve --framing lines --sim hanako",
    "mynacard web-eid install",
    "mynacard web-eid uninstall",
    "mynacard pkcs11 install",
    "mynacard pkcs11 install --for openssh --yes",
    "mynacard pkcs11 status",
    "mynacard pkcs11 uninstall",
    "mynacard sim list",
    "mynacard sim show hanako",
    "mynacard sim serve hanako taro",
    "mynacard sim run hanako -- opensc-tool --list-readers",
    "mynacard sim judge hanako -- opensc-tool --list-readers",
    "mynacard sim reset hanako",
    "mynacard sim new jiro",
    "mynacard sim pki folder",
    "mynacard trace show trace.txt",
    "mynacard help",
    "mynacard help sign",
    "mynacard help pin.wrong",
    "mynacard help errors",
    "mynacard completions bash",
    "mynacard man",
    "mynacard man --output-dir pages",
];

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::args::tree::{self, Parsed};
    use crate::texts::{Language, program_texts};

    #[test]
    fn every_example_is_understood_and_every_command_has_one() {
        let texts = program_texts(Language::English);
        for line in EXAMPLES {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let parsed = tree::parse(&words, &texts);
            assert!(matches!(parsed, Ok(Parsed::Run(_))), "{line}");
        }
        let mut pages = Vec::new();
        collect(&tree::command(&texts), "mynacard", &texts, &mut pages);
        assert!(pages.len() > 40);
        for (name, page) in &pages {
            let page = String::from_utf8(page.clone()).unwrap();
            for section in ["EXIT STATUS", "EXAMPLES", "FILES", "ENVIRONMENT"] {
                assert!(
                    page.contains(&format!(".SH \"{section}\"")),
                    "{name}: {section}"
                );
            }
        }
    }
}
