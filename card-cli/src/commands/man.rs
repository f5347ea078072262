//! `man`: the manual page of the program, or one page for each command into a folder.

use std::path::PathBuf;

use clap_mangen::Man;

use crate::exit::Failure;
use crate::output::{self, Place, Privacy};

/// Where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    #[arg(long, requires = "output_dir")]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments, command: &clap::Command) -> Result<(), Failure> {
    let Some(folder) = &arguments.output_dir else {
        return output::show_bytes(&page(command));
    };
    let mut pages = Vec::new();
    collect(command, "mynacard", &mut pages);
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

/// The page of a command and those of its commands, by file name.
fn collect(command: &clap::Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) {
    pages.push((
        format!("{name}.1"),
        page(&command.clone().name(name.to_owned())),
    ));
    for sub in command.get_subcommands() {
        collect(sub, &format!("{name}-{}", sub.get_name()), pages);
    }
}

fn page(command: &clap::Command) -> Vec<u8> {
    let mut page = Vec::new();
    // Writing to memory cannot fail.
    let _ = Man::new(command.clone()).render(&mut page);
    page
}
