//! The tree of commands: parsing, help and usage errors of the command line.
//!
//! No text stands here: every help text is the message `help-…` of the locales, put in at run time,
//! and parse errors are rendered from their kind, so that both languages are equally good.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::global::Global;
use super::help;
use crate::commands;
use crate::exit::Failure;
use crate::guide;
use crate::serve;
use crate::texts::Texts;
use crate::web_eid;

/// Everything that was typed.
#[derive(Debug, Parser)]
#[command(name = "mynacard", version, arg_required_else_help = true)]
#[command(
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands, each in a file of its own.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Readers(commands::readers::Arguments),
    Status(commands::status::Arguments),
    Doctor(commands::doctor::Arguments),
    Cert(commands::cert::Arguments),
    Sign(Box<commands::sign::Arguments>),
    Profile(commands::profile::Arguments),
    Number(commands::number::Arguments),
    Face(commands::face::Arguments),
    Genuine(commands::genuine::Arguments),
    Age(commands::age::Arguments),
    Card(commands::card::Arguments),
    Licence(commands::licence::Arguments),
    Pin(commands::pin::Arguments),
    Login(commands::login::Arguments),
    Verify(commands::verify::Arguments),
    Explain(commands::explain::Arguments),
    VerifyCert(commands::verify_cert::Arguments),
    Serve(serve::Arguments),
    WebEid(web_eid::Arguments),
    Pkcs11(commands::pkcs11::Arguments),
    Probe(commands::probe::Arguments),
    Sim(commands::sim::Arguments),
    Trace(commands::trace::Arguments),
    Completions(commands::completions::Arguments),
    Man(commands::man::Arguments),
    Help(commands::help::Arguments),
    Guide(guide::Arguments),
}

/// What came of the command line.
pub(crate) enum Parsed {
    /// Something to do.
    Run(Box<Arguments>),
    /// A text that was asked for: help or version.
    Show(String),
    /// Nothing was asked for: what there is to ask for.
    Hint(String),
}

/// Reads the command line. Texts are looked up for what is shown only.
pub(crate) fn parse(line: &[OsString], texts: &Texts) -> Result<Parsed, Failure> {
    let error = match read(bare(), line) {
        Ok(arguments) => return Ok(Parsed::Run(Box::new(arguments))),
        Err(error) => error,
    };
    let help = || match read(command(texts), line) {
        Ok(_) => String::new(),
        Err(help) => help.render().to_string(),
    };
    match error.kind() {
        ErrorKind::DisplayVersion => Ok(Parsed::Show(error.render().to_string())),
        ErrorKind::DisplayHelp => Ok(Parsed::Show(help())),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Ok(Parsed::Hint(help())),
        _ => Err(Failure::usage(explain(&error, texts))),
    }
}

fn read(tree: clap::Command, line: &[OsString]) -> Result<Arguments, clap::Error> {
    // Used once in a process: taking it apart costs more than reading the line.
    let mut tree = ManuallyDrop::new(tree);
    let matches = tree.try_get_matches_from_mut(line)?;
    Arguments::from_arg_matches(&matches)
}

/// The command that a line names, as far as it can be told: `mynacard pin check`.
pub(crate) fn named(line: &[OsString]) -> String {
    let tree = bare();
    let (mut here, mut named) = (&tree, tree.get_name().to_owned());
    let mut words = line.iter().skip(1).filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        if let Some(sub) = here.find_subcommand(word) {
            named += &format!(" {}", sub.get_name());
            here = sub;
        } else if has_value_behind(here, word) || has_value_behind(&tree, word) {
            // `--pin sim` names no command.
            words.next();
        }
    }
    named
}

/// Whether the word after this one is the value of an option.
fn has_value_behind(command: &clap::Command, word: &str) -> bool {
    let Some(long) = word.strip_prefix("--") else {
        return false;
    };
    let option = command
        .get_arguments()
        .find(|argument| argument.get_long() == Some(long));
    option
        .is_some_and(|option| option.get_action().takes_values() && !option.is_require_equals_set())
}

/// The command line without texts: enough to read one.
fn bare() -> clap::Command {
    let help = Arg::new("help").short('h').long("help");
    let version = Arg::new("version").short('V').long("version");
    Arguments::command()
        .arg(help.action(ArgAction::Help).global(true))
        .arg(version.action(ArgAction::Version))
}

/// The command line with every help text in the user's language.
pub(crate) fn command(texts: &Texts) -> clap::Command {
    let mut command = localise(bare(), texts, "mynacard");
    command.build();
    translate_usage(command, texts)
}

fn localise(mut command: clap::Command, texts: &Texts, path: &str) -> clap::Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .collect();
    for name in names {
        let path = format!("{path}-{name}");
        command = command.mut_subcommand(name, |sub| localise(sub, texts, &path));
    }
    command = command
        .about(texts.say(&format!("help-{path}")))
        .subcommand_help_heading(texts.say("help-heading-commands"))
        .subcommand_value_name(texts.say("help-value-command"));
    let after = format!("help-{path}-more");
    if texts.has(&after) {
        command = command.after_help(texts.say(&after));
    }
    let command_path = path.to_owned();
    command.mut_args(move |arg| {
        let id = arg.get_id().as_str().replace('_', "-");
        let own = format!("help-{command_path}--{id}");
        let help = if texts.has(&own) {
            own
        } else {
            format!("help-arg-{id}")
        };
        let heading = if arg.is_positional() {
            "help-heading-arguments"
        } else if arg.is_global_set() || matches!(id.as_str(), "help" | "version") {
            "help-heading-global"
        } else {
            "help-heading-options"
        };
        let arg = arg.help(texts.say(&help)).help_heading(texts.say(heading));
        if arg.get_action().takes_values() {
            // They stand in our text, in the user's language.
            arg.hide_possible_values(true).hide_default_value(true)
        } else {
            arg
        }
    })
}

/// Clap writes `Usage:` and `[OPTIONS]` itself; everything else of a usage line is ours already.
fn translate_usage(mut command: clap::Command, texts: &Texts) -> clap::Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(name, |sub| translate_usage(sub, texts));
    }
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim_start().to_owned();
    let usage = usage.replace("[OPTIONS]", &texts.say("help-value-options"));
    let page = help::page(&command, &usage, texts);
    command
        .override_usage(StyledStr::from(usage))
        .override_help(StyledStr::from(page))
}

/// One or two lines on what is wrong with the command line.
fn explain(error: &clap::Error, texts: &Texts) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        Some(ContextValue::StyledStrs(texts)) => Some(
            texts
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        ),
        Some(ContextValue::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let said = |id: &str, pairs: &[(&str, &str)]| {
        texts.with(
            id,
            pairs.iter().map(|(name, value)| (*name, (*value).into())),
        )
    };
    if argument.starts_with("--face-values") && !value.is_empty() {
        return said("usage-face-values", &[]);
    }
    let secret = ["--pin", "--new-pin"]
        .iter()
        .any(|option| argument.starts_with(option));
    let mut text = match error.kind() {
        // What was typed may be a PIN: it is not said again.
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if secret && !value.is_empty() => {
            said("usage-secret", &[("argument", &argument)])
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            said("usage-value-missing", &[("argument", &argument)])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::InvalidUtf8 => {
            said("usage-value", &[("argument", &argument), ("value", &value)])
        }
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            said("usage-unknown", &[("argument", &argument)])
        }
        // Digits may be a PIN: they are not said again.
        ErrorKind::UnknownArgument if argument.chars().any(|typed| typed.is_ascii_digit()) => {
            said("usage-too-many", &[])
        }
        ErrorKind::UnknownArgument => said("usage-unexpected", &[("argument", &argument)]),
        ErrorKind::InvalidSubcommand => {
            let command = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            said("usage-command", &[("command", &command)])
        }
        ErrorKind::MissingRequiredArgument => {
            // What is run stands behind two hyphens; clap names it without them.
            let argument = argument.replace("<COMMAND>", "-- <COMMAND>");
            said("usage-missing", &[("argument", &argument)])
        }
        ErrorKind::MissingSubcommand => said("usage-command-missing", &[]),
        ErrorKind::NoEquals => said("usage-equals", &[("argument", &argument)]),
        ErrorKind::ArgumentConflict => {
            let other = context(ContextKind::PriorArg).unwrap_or_default();
            if other == argument {
                said("usage-twice", &[("argument", &argument)])
            } else {
                said(
                    "usage-conflict",
                    &[("argument", &argument), ("other", &other)],
                )
            }
        }
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            said("usage-number", &[("argument", &argument)])
        }
        _ => said("usage-other", &[]),
    };
    if let Some(values) = context(ContextKind::ValidValue) {
        text += &format!("\n  {}", said("usage-values", &[("values", &values)]));
    }
    let suggested = context(ContextKind::SuggestedArg)
        .or_else(|| context(ContextKind::SuggestedSubcommand))
        .or_else(|| context(ContextKind::SuggestedValue));
    if let Some(suggestion) = suggested {
        text += &format!(
            "\n  {}",
            said("usage-suggestion", &[("suggestion", &suggestion)])
        );
    }
    text
}
