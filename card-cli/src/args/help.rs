//! Help of a command. Clap breaks lines at spaces, of which Japanese has few: the page is made here.

use std::io;

use clap::{Arg, Command};
use unicode_width::UnicodeWidthStr;

use crate::texts::Texts;
use crate::wrap::{columns, hanging, paragraphs, wrapped};

/// The widest name beside which its text stands; that of a wider one begins a line.
const WIDEST: usize = 26;

/// The page of a command: what it does, its usage, its commands, arguments and options, and what else
/// there is to know.
pub(super) fn page(command: &Command, usage: &str, texts: &Texts) -> String {
    let width = columns(io::stdout()).map_or(80, |columns| columns.min(100));
    let text = |styled: Option<&clap::builder::StyledStr>| {
        styled.map(ToString::to_string).unwrap_or_default()
    };
    let usage = format!("{} {usage}", texts.say("help-heading-usage"));
    let about = wrapped(&text(command.get_about()), width);
    let mut page = format!("{about}\n\n{}\n", hanging(&usage, 4, width));
    let commands = command
        .get_subcommands()
        .map(|sub| (sub.get_name().to_owned(), text(sub.get_about())));
    let heading = texts.say("help-heading-commands");
    page += &section(&heading, &commands.collect::<Vec<_>>(), width);
    for heading in [
        "help-heading-arguments",
        "help-heading-options",
        "help-heading-global",
    ] {
        let heading = texts.say(heading);
        let shown = |arg: &&Arg| !arg.is_hide_set() && arg.get_help_heading() == Some(&heading);
        let mut arguments: Vec<&Arg> = command.get_arguments().filter(shown).collect();
        arguments.sort_by_key(|arg| matches!(arg.get_id().as_str(), "help" | "version"));
        let rows = arguments
            .into_iter()
            .map(|arg| (name(arg), text(arg.get_help())));
        page += &section(&heading, &rows.collect::<Vec<_>>(), width);
    }
    let more = paragraphs(&text(command.get_after_help()));
    if !more.is_empty() {
        page += &format!("\n{}\n", wrapped(&more.join("\n"), width));
    }
    page
}

/// Options stand below each other whether they have a short name or not.
fn name(arg: &Arg) -> String {
    match arg.get_short() {
        Some(short) => format!("-{short}, {arg}"),
        None if arg.is_positional() => arg.to_string(),
        None => format!("    {arg}"),
    }
}

/// Names and their texts in two columns, below a heading.
fn section(heading: &str, rows: &[(String, String)], width: usize) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let names = rows.iter().map(|(name, _)| name.width());
    let column = names
        .filter(|width| *width <= WIDEST)
        .max()
        .unwrap_or(WIDEST)
        + 4;
    let mut text = format!("\n{heading}:\n");
    for (name, told) in rows {
        let gap = column.saturating_sub(name.width() + 2);
        if gap < 2 {
            text += &format!(
                "  {name}\n{}\n",
                hanging(&format!("{:column$}{told}", ""), column, width)
            );
        } else {
            text += &format!(
                "{}\n",
                hanging(&format!("  {name}{:gap$}{told}", ""), column, width)
            );
        }
    }
    text
}
