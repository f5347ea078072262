//! What every command is given: the global options, the texts, the signals.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::args::{self, Command, Global, Parsed};
use crate::commands;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::output::{self, Report};
use crate::signals::Signals;
use crate::texts::{Language, Texts};

/// The run of one command.
pub(crate) struct Program {
    pub(crate) global: Global,
    pub(crate) texts: Texts,
    pub(crate) signals: Signals,
}

/// Understands the command line and does what it says.
pub(crate) fn run(line: &[OsString]) -> ExitCode {
    let (json, language) = args::glance(line);
    let texts = Texts::new(language.unwrap_or_else(Language::of_environment));
    let done = args::parse(line, &texts).and_then(|parsed| match parsed {
        Parsed::Show(text) => output::show_bytes(text.as_bytes()).map(|()| None),
        Parsed::Hint(_) if json => Err(Failure::usage(texts.say("usage-command-missing"))),
        Parsed::Hint(text) => {
            output::note(text.trim_end());
            Err(Failure::usage(texts.say("usage-command-missing")))
        }
        Parsed::Run(arguments) => Ok(Some(arguments)),
    });
    let arguments = match done {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return ExitCode::SUCCESS,
        Err(failure) => return failure.show(&texts, json),
    };
    let signals = match Signals::install() {
        Ok(signals) => signals,
        Err(_) => return Failure::new("program.bug").show(&texts, json),
    };
    let program = Program {
        global: arguments.global,
        texts,
        signals,
    };
    match program.dispatch(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.show(&program.texts, program.global.json),
    }
}

impl Program {
    fn dispatch(&self, command: Command) -> Result<(), Failure> {
        match command {
            Command::Readers(arguments) => commands::readers::run(self, &arguments),
            Command::Status(arguments) => commands::status::run(self, &arguments),
            Command::Cert(arguments) => commands::cert::run(self, &arguments),
            Command::Sign(arguments) => commands::sign::run(self, *arguments),
            Command::Profile(arguments) => commands::profile::run(self, &arguments),
            Command::Number(arguments) => commands::number::run(self, &arguments),
            Command::Face(arguments) => commands::face::run(self, &arguments),
            Command::Genuine(arguments) => commands::genuine::run(self, &arguments),
            Command::Age(arguments) => commands::age::run(self, &arguments),
            Command::Card(arguments) => commands::card::run(self, &arguments),
            Command::Pin(arguments) => commands::pin::run(self, &arguments),
            Command::Login(arguments) => commands::login::run(self, &arguments),
            Command::Verify(arguments) => commands::verify::run(self, &arguments),
            Command::Explain(arguments) => commands::explain::run(self, &arguments),
            Command::VerifyCert(arguments) => commands::verify_cert::run(self, &arguments),
            Command::Serve(arguments) => commands::serve::run(self, &arguments),
            Command::WebEid(arguments) => commands::web_eid::run(self, &arguments),
            Command::Sim(arguments) => commands::sim::run(self, &arguments),
            Command::Trace(arguments) => commands::trace::run(self, &arguments),
            Command::Completions(arguments) => commands::completions::run(self, &arguments),
            Command::Man(arguments) => commands::man::run(self, &arguments),
        }
    }

    /// Shows what a command without a card found out.
    pub(crate) fn show<R: Report>(&self, report: &R) -> Result<(), Failure> {
        if self.global.json {
            output::show_bytes(&output::json(report, None, None)?)
        } else {
            output::show_bytes(report.text(&self.texts).as_bytes())
        }
    }

    /// Shows what a command found out at a card.
    pub(crate) fn show_card<R: Report>(
        &self,
        report: &R,
        connection: &Connection,
    ) -> Result<(), Failure> {
        if self.global.json {
            return output::show_bytes(&self.json(report, connection)?);
        }
        output::show_bytes(report.text(&self.texts).as_bytes())
    }

    /// What a command found out at a card, as JSON.
    pub(crate) fn json<R: Report>(
        &self,
        report: &R,
        connection: &Connection,
    ) -> Result<Vec<u8>, Failure> {
        output::json(
            report,
            Some(connection.is_simulated()),
            Some(connection.cost()),
        )
    }
}
