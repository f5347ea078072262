//! From the command line to the command.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use crate::args::global;
use crate::args::old;
use crate::args::tree::{self, Command, Parsed};
use crate::commands;
use crate::context::Context;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::Fact;
use crate::guide;
use crate::output;
use crate::serve;
use crate::signals::Signals;
use crate::texts::{Language, program_texts};
use crate::web_eid;

/// Understands the command line and does what it says.
pub(crate) fn run(line: &[OsString]) -> ExitCode {
    let menu = [OsString::from("mynacard"), OsString::from("guide")];
    let line = match alone(line) {
        true => &menu[..],
        false => line,
    };
    let (json, language) = global::glance(line);
    let texts = program_texts(language.unwrap_or_else(Language::of_environment));
    let done = tree::parse(line, &texts).and_then(|parsed| match parsed {
        Parsed::Show(text) => output::show_bytes(text.as_bytes()).map(|()| None),
        Parsed::Hint(_) if json => Err(Failure::usage(texts.say("usage-command-missing"))),
        Parsed::Hint(_) if line.len() == 1 => Err(Failure::usage(texts.say("usage-alone"))),
        Parsed::Hint(text) => {
            output::note(text.trim_end());
            Err(Failure::usage(texts.say("usage-command-missing")))
        }
        Parsed::Run(arguments) => Ok(Some(arguments)),
    });
    let arguments = match done {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return ExitCode::SUCCESS,
        Err(failure) => return helped(failure, line).show(&texts, json),
    };
    for (old, new) in old::spellings(line, || tree::named(line)) {
        let values = [("old", old.into()), ("new", new.into())];
        output::note(&texts.with("note-old-option", values));
    }
    let signals = match Signals::install(texts.say("note-stopped")) {
        Ok(signals) => signals,
        Err(_) => return Failure::from(ProgramError::bug()).show(&texts, json),
    };
    let context = Context {
        global: arguments.global,
        texts,
        signals,
    };
    match dispatch(&context, arguments.command) {
        Ok(status) => status,
        Err(failure) => helped(failure, line).show(&context.texts, context.global.json),
    }
}

/// Whether the name was typed alone, by a person at a terminal.
fn alone(line: &[OsString]) -> bool {
    line.len() == 1 && io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// One step of the guide: a line as it could have been typed.
fn step(program: &Context, line: &[OsString]) -> Result<(), Failure> {
    let said = |failure| helped(failure, line);
    let Parsed::Run(arguments) = tree::parse(line, &program.texts).map_err(said)? else {
        return Ok(());
    };
    let context = Context {
        global: arguments.global,
        texts: program_texts(program.texts.language()),
        signals: program.signals.clone(),
    };
    dispatch(&context, arguments.command)
        .map(drop)
        .map_err(said)
}

/// A mistake on the command line names the help of its own command.
fn helped(failure: Failure, line: &[OsString]) -> Failure {
    match failure.code() {
        "usage.wrong" => failure.telling("command", Fact::Said(tree::named(line))),
        _ => failure,
    }
}

fn dispatch(program: &Context, command: Command) -> Result<ExitCode, Failure> {
    let done = match command {
        Command::Readers(arguments) => commands::readers::run(program, &arguments),
        Command::Status(arguments) => commands::status::run(program, &arguments),
        Command::Doctor(arguments) => commands::doctor::run(program, &arguments),
        Command::Cert(arguments) => commands::cert::run(program, &arguments),
        Command::Sign(arguments) => commands::sign::run(program, &arguments),
        Command::Profile(arguments) => commands::profile::run(program, &arguments),
        Command::Number(arguments) => commands::number::run(program, &arguments),
        Command::Face(arguments) => commands::face::run(program, &arguments),
        Command::Genuine(arguments) => commands::genuine::run(program, &arguments),
        Command::Age(arguments) => commands::age::run(program, &arguments),
        Command::Card(arguments) => commands::card::run(program, &arguments),
        Command::Licence(arguments) => commands::licence::run(program, &arguments),
        Command::Pin(arguments) => commands::pin::run(program, &arguments),
        Command::Login(arguments) => commands::login::run(program, &arguments),
        Command::Verify(arguments) => commands::verify::run(program, &arguments),
        Command::Explain(arguments) => commands::explain::run(program, &arguments),
        Command::VerifyCert(arguments) => commands::verify_cert::run(program, &arguments),
        Command::Serve(arguments) => serve::run(program, &arguments),
        Command::WebEid(arguments) => web_eid::run(program, &arguments),
        Command::Pkcs11(arguments) => commands::pkcs11::run(program, &arguments),
        Command::Probe(arguments) => commands::probe::run(program, &arguments),
        Command::Sim(arguments) => return commands::sim::run(program, &arguments),
        Command::Trace(arguments) => commands::trace::run(program, &arguments),
        Command::Completions(arguments) => {
            let tree = tree::command(&program.texts);
            commands::completions::run(&arguments, tree)
        }
        Command::Man(arguments) => {
            let tree = tree::command(&program.texts);
            commands::man::run(&arguments, &tree, &program.texts)
        }
        Command::Guide(_) => guide::run(program, &|line| step(program, line)),
        Command::Help(arguments) => {
            let tree = tree::command(&program.texts);
            commands::help::run(&arguments, tree, &program.texts)
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}
