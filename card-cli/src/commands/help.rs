//! `help COMMAND|CODE|errors|refusals`: the help of a command, and what a code means.

use crate::exit::{self, Failure};
use crate::facts::Phrase;
use crate::output;
use crate::texts::Texts;

/// Help on what.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "COMMAND|CODE|errors|refusals")]
    topic: Vec<String>,
}

/// Both pages, as the repository has them.
const ERRORS: &str = include_str!("../../../docs/errors.md");
const REFUSALS: &str = include_str!("../../../docs/refusals.md");

pub(crate) fn run(
    arguments: &Arguments,
    mut tree: clap::Command,
    texts: &Texts,
) -> Result<(), Failure> {
    let text = match &arguments.topic[..] {
        [one] if one == "errors" => ERRORS.to_owned(),
        [one] if one == "refusals" => REFUSALS.to_owned(),
        [one] if one.contains('.') => code(one, texts).ok_or_else(|| unknown(one))?,
        words => {
            let mut here = &mut tree;
            for word in words {
                here = here
                    .find_subcommand_mut(word)
                    .ok_or_else(|| unknown(&words.join(" ")))?;
            }
            here.render_help().to_string()
        }
    };
    output::show_bytes(format!("{}\n", text.trim_end()).as_bytes())
}

fn unknown(topic: &str) -> Failure {
    let topic = Phrase::Text(topic.to_owned());
    Failure::usage_of("usage-topic", vec![("topic", topic)])
}

/// What a code says, what it advises, and the exit status.
fn code(code: &str, texts: &Texts) -> Option<String> {
    let id = |group: &str| format!("{group}-{}", code.replace('.', "-"));
    let groups = ["err", "why", "what", "rec", "mend"];
    let said = groups
        .iter()
        .map(|group| id(group))
        .filter(|id| texts.has(id));
    let said: Vec<String> = said.map(|id| texts.say(&id)).collect();
    if said.is_empty() {
        return None;
    }
    // Reasons against a document, and rules, end as a refused document does.
    let status = match texts.has(&id("err")) {
        true => exit::status(code),
        false => exit::status("document.refused"),
    };
    let status = texts.with("help-status", [("status", status.into())]);
    Some(format!("{code}\n\n{}\n\n{status}", said.join("\n")))
}
