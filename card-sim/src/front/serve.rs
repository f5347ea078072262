//! Cards for pcscd, moved in and out by lines of text.

use std::fmt;
use std::io::{self, BufRead};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use crate::fault::Wire;
use crate::front::control::{Cards, Keys};
use crate::front::vpcd::{Event, Inserted, SharedWire};
use crate::os::{CardOs, Issued};
use crate::persona::Persona;
use crate::state::{Persistent, StateError};

/// What to serve, where.
#[derive(Clone, Debug)]
pub struct Serve {
    /// The cards, one per slot.
    pub personas: Vec<Persona>,
    /// Where cards remember counters and changed PINs; `None`: only until the end.
    pub state: Option<PathBuf>,
    /// Where vpcd's first slot listens on this machine; each further card takes the next port.
    pub port: u16,
}

/// Something to tell whoever looks on. Its text is one English clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The card looks for its slot.
    Waiting {
        /// The persona.
        name: String,
        /// The slot's port.
        port: u16,
    },
    /// Something happened between the card and its slot.
    Slot {
        /// The persona.
        name: String,
        /// What.
        event: Event,
    },
    /// The card was taken out as told.
    TakenOut {
        /// The persona.
        name: String,
    },
    /// The card is as issued.
    Reissued {
        /// The persona.
        name: String,
    },
    /// The card's memory could not be cleared.
    NotReissued {
        /// The persona.
        name: String,
    },
    /// No card of this name is served.
    NoCard {
        /// The name.
        name: String,
    },
    /// Not a command: `insert NAME`, `remove NAME`, `reset`, `quit`.
    NoCommand,
}

/// Why cards cannot be served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Two cards have the same name.
    #[error("two cards have the same name")]
    Twice,
    /// There is no port for so many cards.
    #[error("there is no port for so many cards")]
    NoPort,
    /// A card's memory cannot be used.
    #[error("the card {name}: {source}")]
    State {
        /// Whose card it is.
        name: String,
        /// Why.
        source: StateError,
    },
    /// The system gives no thread for a card.
    #[error("a card cannot run")]
    Thread(#[source] io::Error),
    /// The commands cannot be read.
    #[error("the commands cannot be read")]
    Commands(#[source] io::Error),
}

/// Cards that are served to vpcd, for who moves them: lines of text, or the control socket.
pub struct Served {
    cards: Vec<Mutex<Card>>,
    report: Report,
}

/// Is told what happens, from several threads.
type Report = Arc<dyn Fn(Notice) + Send + Sync>;

/// Serves cards until the line `quit` or the end of the commands.
///
/// As [`Served::start`] and [`Served::run`].
///
/// # Errors
///
/// [`ServeError`], before any card was in, except for `Thread` and `Commands`.
pub fn serve(
    what: &Serve,
    commands: impl BufRead,
    report: impl Fn(Notice) + Send + Sync + 'static,
) -> Result<(), ServeError> {
    Served::start(what, report)?.run(commands)
}

/// A card, its slot, and whether it is in.
struct Card {
    name: String,
    port: u16,
    persona: Persona,
    wire: SharedWire,
    inserted: Option<Inserted>,
}

impl Served {
    /// Makes the cards; none is in yet.
    ///
    /// # Errors
    ///
    /// [`ServeError`].
    pub fn start(
        what: &Serve,
        report: impl Fn(Notice) + Send + Sync + 'static,
    ) -> Result<Self, ServeError> {
        let mut cards: Vec<Mutex<Card>> = Vec::new();
        for (slot, persona) in what.personas.iter().enumerate() {
            let name = persona.id.clone();
            if cards.iter().any(|card| lock(card).name == name) {
                return Err(ServeError::Twice);
            }
            let port = u16::try_from(slot)
                .ok()
                .and_then(|slot| what.port.checked_add(slot))
                .ok_or(ServeError::NoPort)?;
            let persistent = match &what.state {
                Some(folder) => {
                    Persistent::open(folder, &name).map_err(|source| ServeError::State {
                        name: name.clone(),
                        source,
                    })?
                }
                None => Persistent::in_memory(),
            };
            let wire = Arc::new(Mutex::new(Wire::new(CardOs::new(persona, persistent))));
            cards.push(Mutex::new(Card {
                name,
                port,
                persona: persona.clone(),
                wire,
                inserted: None,
            }));
        }
        Ok(Self {
            cards,
            report: Arc::new(report),
        })
    }

    /// Puts all cards in and moves them as lines say, until `quit` or their end; then takes them out.
    ///
    /// The commands are `insert NAME`, `remove NAME`, `reset` (all cards are as issued: out,
    /// forgotten, in again) and `quit`.
    ///
    /// # Errors
    ///
    /// `Thread` and `Commands`.
    pub fn run(&self, commands: impl BufRead) -> Result<(), ServeError> {
        self.each(Self::put_in)?;
        for line in commands.lines() {
            let line = line.map_err(ServeError::Commands)?;
            match *line.split_whitespace().collect::<Vec<_>>() {
                [] => {}
                ["quit"] => break,
                ["reset"] => self.each(Self::reissue_all)?,
                ["insert", name] => self.one(name, Self::put_in)?,
                ["remove", name] => self.one(name, Self::take_out)?,
                _ => (self.report)(Notice::NoCommand),
            }
        }
        self.each(Self::take_out)
    }

    fn each(
        &self,
        act: impl Fn(&Self, &mut Card) -> Result<(), ServeError>,
    ) -> Result<(), ServeError> {
        self.cards
            .iter()
            .try_for_each(|card| act(self, &mut lock(card)))
    }

    fn one(
        &self,
        name: &str,
        act: impl Fn(&Self, &mut Card) -> Result<(), ServeError>,
    ) -> Result<(), ServeError> {
        match self.cards.iter().find(|card| lock(card).name == name) {
            Some(card) => act(self, &mut lock(card)),
            None => {
                (self.report)(Notice::NoCard {
                    name: name.to_owned(),
                });
                Ok(())
            }
        }
    }

    fn put_in(&self, card: &mut Card) -> Result<(), ServeError> {
        let name = || card.name.clone();
        // Also a card that a planned fault has lifted goes in anew.
        card.inserted = None;
        (self.report)(Notice::Waiting {
            name: name(),
            port: card.port,
        });
        let tell = {
            let (report, name) = (Arc::clone(&self.report), name());
            move |event| {
                report(Notice::Slot {
                    name: name.clone(),
                    event,
                })
            }
        };
        let inserted = Inserted::insert(Arc::clone(&card.wire), card.port, tell);
        card.inserted = Some(inserted.map_err(ServeError::Thread)?);
        Ok(())
    }

    fn take_out(&self, card: &mut Card) -> Result<(), ServeError> {
        if card.inserted.take().is_some() {
            (self.report)(Notice::TakenOut {
                name: card.name.clone(),
            });
        }
        Ok(())
    }

    fn reissue_all(&self, card: &mut Card) -> Result<(), ServeError> {
        let was_in = card.inserted.take().is_some();
        let done = lock(&card.wire).card.reissue();
        let name = card.name.clone();
        (self.report)(match done {
            Ok(()) => Notice::Reissued { name },
            Err(_) => Notice::NotReissued { name },
        });
        if was_in { self.put_in(card) } else { Ok(()) }
    }

    /// Acts on the card of a reader, if there is one.
    fn at<T>(&self, reader: usize, act: impl FnOnce(&mut Card) -> T) -> Option<T> {
        Some(act(&mut lock(self.cards.get(reader)?)))
    }

    /// Changes a card that is out, and puts it in again if it was in.
    fn exchange(&self, reader: usize, act: impl FnOnce(&mut Card)) {
        self.at(reader, |card| {
            let was_in = card.inserted.take().is_some();
            act(card);
            if was_in {
                // A card that cannot run is out, as the notices say.
                let _ = self.put_in(card);
            }
        });
    }
}

impl Cards for Served {
    fn count(&self) -> usize {
        self.cards.len()
    }

    fn wire(&self, reader: usize) -> Option<SharedWire> {
        self.at(reader, |card| Arc::clone(&card.wire))
    }

    fn persona(&self, reader: usize) -> Option<Persona> {
        self.at(reader, |card| card.persona.clone())
    }

    /// The driver names its readers; here is the port of the slot.
    fn reader(&self, reader: usize) -> Option<String> {
        self.at(reader, |card| format!("vpcd port {}", card.port))
    }

    fn is_in(&self, reader: usize) -> bool {
        let connected = |card: &mut Card| card.inserted.as_ref().is_some_and(Inserted::connected);
        self.at(reader, connected).unwrap_or(false)
    }

    fn insert(&self, reader: usize) {
        self.at(reader, |card| {
            if card.inserted.is_none() {
                let _ = self.put_in(card);
            }
        });
    }

    fn remove(&self, reader: usize) {
        self.at(reader, |card| self.take_out(card));
    }

    /// This front cannot reset a card for others to notice: it leaves and comes back.
    fn reset(&self, reader: usize) {
        self.exchange(reader, |card| {
            lock(&card.wire).card.power_off();
        });
    }

    fn swap(&self, reader: usize, persona: &Persona) {
        self.exchange(reader, |card| {
            lock(&card.wire).card = CardOs::new(persona, Persistent::in_memory());
            card.name = persona.id.clone();
            card.persona = persona.clone();
        });
    }

    fn reissue(&self, reader: usize, persona: &Persona) {
        self.exchange(reader, |card| {
            lock(&card.wire).card.become_issued(&Issued::of(persona));
            card.persona = persona.clone();
        });
    }

    /// The driver's readers have no keys.
    fn asks(&self, _: usize) -> bool {
        false
    }

    fn press(&self, _: usize, _: Keys) -> bool {
        false
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Display for Notice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { name, port } => write!(out, "{name}: waits for vpcd at port {port}"),
            Self::Slot {
                name,
                event: Event::Connected,
            } => write!(out, "{name}: in the reader"),
            Self::Slot {
                name,
                event: Event::Disconnected,
            } => {
                write!(out, "{name}: lost the reader, looks for it")
            }
            Self::Slot {
                name,
                event: Event::Lifted,
            } => write!(out, "{name}: lifted"),
            Self::Slot {
                name,
                event: Event::NoDriver,
            } => write!(out, "{name}: nothing listens at its port yet"),
            Self::Slot {
                name,
                event: Event::Busy,
            } => write!(out, "{name}: the slot does not take the card"),
            Self::TakenOut { name } => write!(out, "{name}: taken out"),
            Self::Reissued { name } => write!(out, "{name}: as issued"),
            Self::NotReissued { name } => write!(out, "{name}: its memory cannot be cleared"),
            Self::NoCard { name } => write!(out, "{name}: no such card here"),
            Self::NoCommand => out.write_str("commands: insert NAME, remove NAME, reset, quit"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::sync::mpsc;

    use super::*;
    use crate::front::vpcd::tests::{free_port, listen};
    use crate::os::tests::persona;

    fn run(personas: Vec<Persona>, commands: &str) -> (Vec<String>, Result<(), ServeError>) {
        let (sender, notices) = mpsc::channel();
        let report = move |notice: Notice| sender.send(notice.to_string()).unwrap_or_default();
        let what = Serve {
            personas,
            state: None,
            port: free_port(),
        };
        let result = serve(&what, Cursor::new(commands.to_owned()), report);
        (notices.iter().collect(), result)
    }

    #[test]
    fn lines_move_cards() {
        let commands = "remove test\nremove test\ninsert hanako\nreset\ninsert test\nwhat\n";
        let (lines, result) = run(vec![persona()], commands);
        result.unwrap();
        let texts: Vec<&str> = lines
            .iter()
            .map(|line| line.split(" at ").next().unwrap())
            .collect();
        assert_eq!(
            texts,
            [
                "test: waits for vpcd",
                "test: taken out",
                "hanako: no such card here",
                "test: as issued",
                "test: waits for vpcd",
                "commands: insert NAME, remove NAME, reset, quit",
                "test: taken out",
            ]
        );
    }

    #[test]
    fn nothing_comes_after_quit() {
        let (lines, _) = run(vec![persona()], "quit\nwhat\n");
        assert_eq!(lines.last().unwrap(), "test: taken out");
    }

    #[test]
    fn two_cards_of_one_name_are_refused() {
        assert!(matches!(
            run(vec![persona(), persona()], "").1,
            Err(ServeError::Twice)
        ));
    }

    #[test]
    fn a_card_is_served_where_its_slot_listens() {
        let driver = listen();
        let port = driver.local_addr().unwrap().port();
        let (mut commands, theirs) = std::io::pipe().map(|(read, write)| (write, read)).unwrap();
        let serving = std::thread::spawn(move || {
            let what = Serve {
                personas: vec![persona()],
                state: None,
                port,
            };
            serve(&what, io::BufReader::new(theirs), |_| {})
        });
        let (mut reader, _) = driver.accept().unwrap();
        reader.write_all(&[0, 1, 4]).unwrap();
        let mut atr = vec![0; 2 + persona().atr.len()];
        io::Read::read_exact(&mut reader, &mut atr).unwrap();
        assert_eq!(atr[2..], persona().atr);
        commands.write_all(b"quit\n").unwrap();
        serving.join().unwrap().unwrap();
    }
}
