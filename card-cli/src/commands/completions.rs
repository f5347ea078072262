//! `completions SHELL`: what a shell completes, in the user's language where the shell shows help.

use clap_complete::{Shell, generate};

use crate::args;
use crate::exit::Failure;
use crate::output;
use crate::program::Program;

/// For which shell.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "bash|zsh|fish|elvish|powershell")]
    shell: Shell,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(
        arguments.shell,
        &mut args::command(&program.texts),
        "mynacard",
        &mut script,
    );
    output::show_bytes(&script)
}
