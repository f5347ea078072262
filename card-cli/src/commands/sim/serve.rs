//! `sim serve`: cards as readers in pcscd, through the virtual reader driver vpcd.

use std::io::{self, BufReader, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use card_core::transport::TransportError;
use card_sim::front::control::{Control, ControlSocket};
use card_sim::front::serve::{Notice, Serve, ServeError, Served};
use card_sim::front::vpcd::{Event, FIRST_PORT};
use serde::Serialize;

use super::record::Files;
use crate::args::Patience;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::output;
use crate::program::Program;
use crate::residents::{self, Resident};
use crate::texts::{Texts, program_texts};

/// Whose cards, where.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(value_name = "PERSONA", required = true)]
    names: Vec<String>,
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    #[arg(long, value_name = "DIR|none")]
    state: Option<PathBuf>,
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    quirks: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

/// Serves cards until `quit` or a signal; the end of standard input does not end it, so that it
/// can run without a terminal.
pub(super) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let global = &program.global;
    for (option, given) in [
        ("--reader", global.reader.is_some()),
        ("--pin", global.pin.is_some()),
    ] {
        if given {
            let option = [("option", option.into())];
            return Err(Failure::usage(
                program.texts.with("usage-sim-serve", option),
            ));
        }
    }
    let found = arguments.names.iter().map(|name| Resident::find(name));
    let mut residents = found.collect::<Result<Vec<_>, _>>()?;
    if let Some(path) = &arguments.quirks {
        let quirks = residents::quirks(path)?;
        for resident in &mut residents {
            resident.persona.quirks = quirks.clone();
        }
    }
    let state = match &arguments.state {
        None => Some(residents::state_folder()?),
        Some(folder) if folder.as_os_str() == "none" => None,
        Some(folder) => Some(folder.clone()),
    };
    let files = Files::make(program, arguments.log.as_deref())?;
    output::note(&program.texts.say("note-serving"));
    let what = Serve {
        personas: residents
            .into_iter()
            .map(|resident| resident.persona)
            .collect(),
        state: state.clone(),
        port: arguments.port.unwrap_or(FIRST_PORT),
    };
    let (language, json) = (program.texts.language(), global.json);
    let came = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&came);
    let served = Served::start(&what, move |notice| {
        if matches!(
            notice,
            Notice::Slot {
                event: Event::Connected,
                ..
            }
        ) {
            seen.store(true, Ordering::SeqCst);
        }
        let line = if json {
            // Names and numbers: nothing in it that JSON has no form for.
            serde_json::to_string(&Noticed::of(&notice)).unwrap_or_default()
        } else {
            // Told from several threads, and texts belong to one.
            said(&notice, &program_texts(language))
        };
        let mut stdout = io::stdout().lock();
        // Nobody listens any more: the cards are served all the same.
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    });
    let failed = |error| match error {
        ServeError::State { name, source } => {
            residents::state_failed(&state.clone().unwrap_or_default(), &name, &source)
        }
        ServeError::Twice => Failure::usage(program.texts.say("usage-persona-twice")),
        ServeError::NoPort => Failure::usage(program.texts.say("usage-no-port")),
        ServeError::Commands(error) if error.kind() == io::ErrorKind::TimedOut => {
            card_core::Error::from(TransportError::NoReader).into()
        }
        error => Failure::file(
            ProgramError::SimState,
            "vpcd".as_ref(),
            &io::Error::other(error),
        ),
    };
    let served = Arc::new(served.map_err(failed)?);
    let find = |name: &str| Resident::find(name).ok().map(|found| found.persona);
    let control = Control::new(Arc::clone(&served) as Arc<_>, Box::new(find));
    let socket = arguments.control.as_ref().map(|path| {
        ControlSocket::listen(path, Arc::clone(&control))
            .map_err(|error| Failure::file(ProgramError::SimState, path, &error))
    });
    let _socket = socket.transpose()?;
    let lines = files.wanted().then(|| control.subscribe());
    let commands = BufReader::new(Commands::of_stdin(came, global.wait));
    let (done, written) = thread::scope(|scope| {
        let writing = lines.map(|lines| scope.spawn(move || files.write(&lines)));
        let done = served.run(commands);
        control.silence();
        (done, writing.map(|writing| writing.join()))
    });
    done.map_err(failed)?;
    match written {
        Some(Ok(Err((path, error)))) => {
            Err(Failure::file(ProgramError::OutputUnwritable, &path, &error))
        }
        _ => Ok(()),
    }
}

/// `mynacard.sim-serve/1`: a line of `sim serve --json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Noticed {
    schema: &'static str,
    /// The resident; null where it is not about a card.
    card: Option<String>,
    /// `waiting`, `connected`, `disconnected`, `lifted`, `no-driver`, `busy`, `taken-out`, `reissued`,
    /// `not-reissued`, `no-card`, `no-command`.
    event: &'static str,
    /// Of `waiting`: the port of the slot.
    port: Option<u16>,
}

impl Noticed {
    fn of(notice: &Notice) -> Self {
        let (card, event, port) = match notice {
            Notice::Waiting { name, port } => (Some(name), "waiting", Some(*port)),
            Notice::Slot { name, event } => {
                let event = match event {
                    Event::Connected => "connected",
                    Event::Disconnected => "disconnected",
                    Event::Lifted => "lifted",
                    Event::NoDriver => "no-driver",
                    Event::Busy => "busy",
                };
                (Some(name), event, None)
            }
            Notice::TakenOut { name } => (Some(name), "taken-out", None),
            Notice::Reissued { name } => (Some(name), "reissued", None),
            Notice::NotReissued { name } => (Some(name), "not-reissued", None),
            Notice::NoCard { name } => (Some(name), "no-card", None),
            Notice::NoCommand => (None, "no-command", None),
        };
        Self {
            schema: "mynacard.sim-serve/1",
            card: card.cloned(),
            event,
            port,
        }
    }
}

fn said(notice: &Notice, texts: &Texts) -> String {
    let with = |id: &str, name: &str| texts.with(id, [("name", name.into())]);
    match notice {
        Notice::Waiting { name, port } => texts.with(
            "serve-waiting",
            [
                ("name", name.as_str().into()),
                ("port", port.to_string().into()),
            ],
        ),
        Notice::Slot { name, event } => match event {
            Event::Connected => with("serve-connected", name),
            Event::Disconnected => with("serve-disconnected", name),
            Event::Lifted => with("serve-lifted", name),
            Event::NoDriver => with("serve-no-driver", name),
            Event::Busy => with("serve-busy", name),
        },
        Notice::TakenOut { name } => with("serve-taken-out", name),
        Notice::Reissued { name } => with("serve-reissued", name),
        Notice::NotReissued { name } => with("serve-not-reissued", name),
        Notice::NoCard { name } => with("serve-no-card", name),
        Notice::NoCommand => texts.say("serve-no-command"),
    }
}

/// Standard input, whose end is not the end, until no reader has come in the time that `--wait` gives.
struct Commands {
    bytes: Receiver<u8>,
    came: Arc<AtomicBool>,
    end: Option<Instant>,
}

impl Commands {
    fn of_stdin(came: Arc<AtomicBool>, patience: Option<Patience>) -> Self {
        let (sender, bytes) = mpsc::channel();
        thread::spawn(move || {
            let read = io::stdin().lock().bytes().map_while(Result::ok);
            // As long as anybody reads them.
            if read.map(|byte| sender.send(byte)).all(|sent| sent.is_ok()) {
                loop {
                    thread::park();
                }
            }
        });
        let end = match patience {
            Some(Patience::For(time)) => Some(Instant::now() + time),
            _ => None,
        };
        Self { bytes, came, end }
    }
}

impl Read for Commands {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(place) = buffer.first_mut() else {
            return Ok(0);
        };
        loop {
            if self.came.load(Ordering::SeqCst) {
                self.end = None;
            }
            let look = Duration::from_millis(200);
            let left = self
                .end
                .map(|end| end.saturating_duration_since(Instant::now()));
            match self.bytes.recv_timeout(left.unwrap_or(look).min(look)) {
                Ok(byte) => {
                    *place = byte;
                    return Ok(1);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if left.is_some_and(|left| left.is_zero()) && !self.came.load(Ordering::SeqCst) {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }
}
