//! `serve`: JSON-RPC 2.0 over standard input and output, for desktop programs.
//!
//! ```text
//! standard input ─▶ this thread: reads a frame, answers what needs no card, starts jobs
//!                   job threads: one for each request at a card, one at a time for each card
//!                   watcher: readers and cards come and go    poller: signals
//! ```
//!
//! No socket and no port: every web page could reach those. `docs/guide/serve.md` describes the
//! interface.

mod cards;
#[cfg(test)]
mod described;
#[cfg(test)]
mod description;
mod documents;
mod events;
mod frame;
mod initialize;
mod job;
mod judges;
mod login;
mod message;
mod method;
mod methods;
mod params;
mod pins;
mod progress;
mod question;
mod records;
mod shared;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use card_core::readers::Watch;
use serde_json::{Map, Value};

use self::frame::{Frame, Framing};
use self::initialize::{API, Initialize, Initialized};
use self::job::Job;
use self::message::{
    INVALID_PARAMS, INVALID_REQUEST, Id, Message, NOT_INITIALIZED, PARSE_ERROR, UNKNOWN_METHOD,
};
use self::methods::METHODS;
use self::shared::Shared;
use crate::args::Reader;
use crate::error::ProgramError;
use crate::exit::{self, Failure};
use crate::memory::{self, Wiping};
use crate::program::Program;
use crate::residents::Resident;
use crate::texts::{Language, serve_texts};

/// How to speak, and which simulated cards are there.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "headers|lines", default_value = "headers")]
    framing: Framing,
    #[arg(long, value_name = "PERSONA")]
    sim: Vec<String>,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let mut residents = arguments.sim.clone();
    match &program.global.reader {
        None => {}
        Some(Reader::Simulated(name)) => residents.insert(0, name.clone()),
        Some(_) => return Err(Failure::usage(program.texts.say("usage-serve-reader"))),
    }
    for (place, name) in residents.iter().enumerate() {
        if residents.iter().take(place).any(|earlier| earlier == name) {
            return Err(Failure::usage(program.texts.say("usage-persona-twice")));
        }
        // Before anybody depends on it.
        Resident::find(name)?;
    }
    let shared = Arc::new(Shared::new(arguments.framing, program.texts.language()));
    // From here on a first signal only sets a flag: cards must forget before the program ends.
    program.signals.hold();
    let (signals, stopping) = (program.signals.clone(), Arc::clone(&shared));
    thread::spawn(move || {
        // A flag is all that a signal sets, and nothing waits for flags.
        while !signals.interrupted() {
            thread::sleep(Duration::from_millis(50));
        }
        stopping.stop();
        // Without exit handlers: those of the PC/SC library would run while the watcher is inside it.
        signal_hook::low_level::exit(exit::status("operation.cancelled").into());
    });
    let mut server = Server {
        shared,
        ready: false,
        residents,
    };
    // Messages may hold PINs.
    let stdin = memory::stdin();
    let stdin = stdin
        .map_err(|error| Failure::file(ProgramError::InputUnreadable, "stdin".as_ref(), &error))?;
    let mut input = Wiping::new(stdin);
    loop {
        let message = match arguments.framing.read(&mut input) {
            Ok(Frame::Message(bytes)) => Message::parse(&bytes),
            Ok(Frame::End) | Err(_) => {
                server.shared.leave();
                return Ok(());
            }
            Ok(Frame::Broken) => None,
        };
        let Some(message) = message else {
            // Whoever loses the beat cannot be understood any more.
            server.shared.stop();
            server.misunderstood(None, PARSE_ERROR, "frame.broken");
            return Err(Failure::from(ProgramError::FrameBroken).reported());
        };
        server.heed(message);
    }
}

/// The thread that listens.
struct Server {
    shared: Arc<Shared>,
    /// Whether `initialize` was answered.
    ready: bool,
    residents: Vec<String>,
}

impl Server {
    fn heed(&mut self, message: Message) {
        match message {
            Message::Request { id, method, params } if method == "initialize" => {
                self.initialize(&id, params);
            }
            Message::Request { id, method, params } => {
                if let Err((number, code)) = self.request(&id, &method, params) {
                    self.misunderstood(Some(&id), number, code);
                }
            }
            Message::Notification { method, params } if method == "$/cancelRequest" => {
                if let Some(id) = params.get("id").and_then(Id::of) {
                    self.shared.cancel(&id);
                }
            }
            // One that is not known is none of our business.
            Message::Notification { .. } => {}
            Message::Answer { id, value } => {
                memory::keep_from_dumps();
                self.shared.reply(&id, value);
            }
            Message::Invalid { id } => {
                self.misunderstood(id.as_ref(), INVALID_REQUEST, "request.invalid");
            }
        }
    }

    /// Answers a message that was not understood.
    fn misunderstood(&self, id: Option<&Id>, number: i64, code: &str) {
        let texts = serve_texts(self.shared.language());
        let answer = message::misunderstood(id, number, code, &texts);
        self.shared.send(&answer);
    }

    fn initialize(&mut self, id: &Id, params: Map<String, Value>) {
        let refuse = |number, code| self.misunderstood(Some(id), number, code);
        if self.ready {
            return refuse(INVALID_REQUEST, "request.repeated");
        }
        let asked = match Initialize::of(params) {
            Ok(asked) => asked,
            Err(failure) => {
                let texts = serve_texts(self.shared.language());
                self.shared.send(&message::error(id, &failure, &texts, 0));
                return;
            }
        };
        if asked.api < API {
            return refuse(INVALID_PARAMS, "api.unknown");
        }
        // Secrets are asked for by the client; we open no window.
        if asked.ui.is_some_and(|ui| ui != "client") {
            return refuse(INVALID_PARAMS, "ui.unknown");
        }
        match asked.locale {
            Some(locale) if locale.starts_with("ja") => self.shared.speak(Language::Japanese),
            Some(_) => self.shared.speak(Language::English),
            None => {}
        }
        let methods = METHODS.iter().map(|entry| entry.name);
        let result = Initialized::with(["initialize"].into_iter().chain(methods).collect());
        // Numbers and texts, so it can be written.
        let result = serde_json::to_value(result).unwrap_or_default();
        self.shared.send(&message::result(id, &result));
        self.ready = true;
        self.watch();
    }

    /// Tells which cards are there, and from now on which come and go.
    ///
    /// With simulated cards the readers of this computer are left alone.
    fn watch(&self) {
        for resident in &self.residents {
            self.shared.plugged(resident, true);
            self.shared.inserted(resident, true);
        }
        if !self.residents.is_empty() {
            self.shared.looked();
            return;
        }
        let shared = Arc::clone(&self.shared);
        thread::spawn(move || {
            let mut watch = Watch::new();
            while let Some(change) = watch.poll() {
                shared.change(change);
            }
            shared.looked();
            watch.for_each(|change| shared.change(change));
        });
    }

    /// Starts the job that will answer; else what is the matter with the request.
    fn request(
        &self,
        id: &Id,
        method: &str,
        params: Map<String, Value>,
    ) -> Result<(), (i64, &'static str)> {
        if !self.ready {
            return Err((NOT_INITIALIZED, "request.early"));
        }
        let Some(entry) = METHODS.iter().find(|entry| entry.name == method) else {
            return Err((UNKNOWN_METHOD, "method.unknown"));
        };
        let Some(cancelled) = self.shared.begin(id) else {
            return Err((INVALID_REQUEST, "request.repeated"));
        };
        let (shared, id, work) = (Arc::clone(&self.shared), id.clone(), entry.work);
        thread::spawn(move || {
            let job = Job::new(Arc::clone(&shared), id.clone(), cancelled);
            let answer = match work(&job, params) {
                Ok(result) => message::result(&id, &result),
                Err(failure) => {
                    let texts = serve_texts(shared.language());
                    message::error(&id, &failure, &texts, job.presented())
                }
            };
            shared.answer(&id, &answer);
        });
        Ok(())
    }
}
