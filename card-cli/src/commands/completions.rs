//! `completions SHELL`: what a shell completes, in the user's language where the shell shows help.

use clap_complete::{Shell, generate};

use crate::exit::Failure;
use crate::output;

/// For which shell.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "bash|zsh|fish|elvish|powershell")]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, mut tree: clap::Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut tree, "mynacard", &mut script);
    output::show_bytes(&script)
}
