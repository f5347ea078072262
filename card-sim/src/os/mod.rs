//! The card operating system: a command goes in, an answer comes out, nothing panics or blocks.
//!
//! A command passes three doors. [`crate::wire`] takes the bytes apart, `instruction` gives them a
//! meaning, `handlers` act. On the way back the quirk `long-answer` decides how data travels.
//! What the card holds is not known here: the tables in [`crate::applets`] say that.
//!
//! There is no issuing, no channel but the first, and no attempt at timing.

pub mod describe;
pub mod file;
mod handlers;
mod instruction;
mod key;
pub mod quirk;
mod secure;
pub mod status;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use self::file::{Applet, Content, FileId, PinFile};
use self::quirk::{ExtendedLength, FirstCommand, LongAnswer, Quirks, RightsOnWarmReset};
use self::secure::SecureSession;
use self::status::Sw;
use crate::applets::{self, Application};
use crate::persona::{Kind, Persona};
use crate::state::{Persistent, PinName, PinRecord, StateError};
use crate::wire::{self, Command};

/// Answer to reset.
pub type Atr = Vec<u8>;

/// A simulated card.
///
/// It begins without power and then says nothing at all.
#[derive(Debug)]
pub struct CardOs {
    issued: Issued,
    persistent: Persistent,
    volatile: Volatile,
}

/// A card as it was issued: everything that no command changes. Cards made from one share it.
#[derive(Clone, Debug)]
pub struct Issued(Arc<Contents>);

#[derive(Debug)]
struct Contents {
    atr: Atr,
    phone: bool,
    applets: Vec<Applet>,
    quirks: Quirks,
}

impl Issued {
    /// The card of a persona.
    #[must_use]
    pub fn of(persona: &Persona) -> Self {
        let mut applets = applets::of(persona);
        for applet in &mut applets {
            applet.files.shrink_to_fit();
        }
        Self(Arc::new(Contents {
            atr: persona.atr.clone(),
            phone: matches!(persona.kind, Kind::Android | Kind::Iphone),
            applets,
            quirks: persona.quirks.clone(),
        }))
    }
}

/// What a card forgets without power.
#[derive(Debug, Default)]
struct Volatile {
    powered: bool,
    /// The next command is the first since power on.
    first: bool,
    applet: Option<usize>,
    file: Option<FileId>,
    /// Verified PINs and the application they belong to.
    ///
    /// Apart from `applet`: a warm reset deselects, but was seen to keep the rights of a caller that
    /// selects the same application again.
    rights: Option<(usize, BTreeSet<FileId>)>,
    /// What GET RESPONSE would bring.
    pending: Vec<u8>,
    /// Secure messaging, while it lasts.
    session: Option<SecureSession>,
}

impl CardOs {
    /// The card of a persona, with what it remembers of an earlier life.
    #[must_use]
    pub fn new(persona: &Persona, persistent: Persistent) -> Self {
        Self::of(&Issued::of(persona), persistent)
    }

    /// One more card of those that share what was issued.
    #[must_use]
    pub fn of(issued: &Issued, persistent: Persistent) -> Self {
        Self {
            issued: issued.clone(),
            persistent,
            volatile: Volatile::default(),
        }
    }

    /// Whether it has power.
    #[must_use]
    pub fn has_power(&self) -> bool {
        self.volatile.powered
    }

    /// Gives power; a card that has some is unpowered first.
    pub fn power_on(&mut self) -> Atr {
        self.volatile = Volatile {
            powered: true,
            first: true,
            applet: self.issuer(),
            ..Volatile::default()
        };
        self.issued.0.atr.clone()
    }

    /// Warm reset: nothing is selected any more; whether rights live on is a quirk.
    ///
    /// Of a card without power it is a cold one, as readers do it.
    pub fn reset(&mut self) -> Atr {
        if !self.volatile.powered {
            return self.power_on();
        }
        let rights = match self.issued.0.quirks.rights_on_warm_reset {
            RightsOnWarmReset::Keep => self.volatile.rights.take(),
            RightsOnWarmReset::Drop => None,
        };
        self.volatile = Volatile {
            powered: true,
            applet: self.issuer(),
            rights,
            ..Volatile::default()
        };
        self.issued.0.atr.clone()
    }

    /// Takes the power away: counters and PINs stay, everything else is forgotten.
    pub fn power_off(&mut self) {
        self.volatile = Volatile::default();
    }

    /// Makes the card as it was issued: counters at their first values, PINs unchanged, no power.
    ///
    /// # Errors
    ///
    /// The state folder's; the card then remembers what it did.
    pub fn reissue(&mut self) -> io::Result<()> {
        self.power_off();
        self.persistent.forget()
    }

    /// Answers one command. Without power the answer is empty.
    pub fn execute(&mut self, command: &[u8]) -> Vec<u8> {
        if !self.volatile.powered {
            return Vec::new();
        }
        if std::mem::take(&mut self.volatile.first)
            && self.issued.0.quirks.first_command == FirstCommand::Sw6F00
        {
            return wire::answer(&[], status::OTHER);
        }
        let reply = Command::decode(command).and_then(|command| {
            if command.extended && self.issued.0.quirks.extended_length == ExtendedLength::No {
                return Err(status::WRONG_LENGTH);
            }
            let reply = self.handle(&command)?;
            Ok((reply, command.expected))
        });
        match reply {
            Ok((reply, expected)) => self.deliver(reply, expected),
            Err(status) => wire::answer(&[], status),
        }
    }

    /// Answer to reset. The card does not notice.
    #[must_use]
    pub fn atr(&self) -> &[u8] {
        &self.issued.0.atr
    }

    /// Attempts left of a PIN, as the memory has it; `None` if there is no such PIN.
    #[must_use]
    pub fn attempts_left(&self, application: Application, pin: FileId) -> Option<u8> {
        Some(self.pin_record((application, pin))?.left)
    }

    fn pin_record(&self, name: PinName) -> Option<PinRecord> {
        let mut applets = self.issued.0.applets.iter();
        let applet = applets.find(|applet| applet.application == name.0)?;
        match &applet.file(name.1)?.content {
            Content::Pin(file) => Some(self.record(name, file)),
            _ => None,
        }
    }

    /// Sets the attempts left of a PIN, at most to its maximum; on disk before this returns.
    ///
    /// # Errors
    ///
    /// The state folder's, and `NotFound` if there is no such PIN.
    pub fn set_attempts_left(
        &mut self,
        application: Application,
        pin: FileId,
        left: u8,
    ) -> io::Result<()> {
        let name = (application, pin);
        let mut record = self.pin_record(name).ok_or(io::ErrorKind::NotFound)?;
        record.left = left;
        self.persistent.write(name, record)
    }

    /// What the card remembers without power, as a text.
    #[must_use]
    pub fn snapshot(&self) -> String {
        self.persistent.text()
    }

    /// Makes the card remember what a snapshot says; on disk before this returns.
    ///
    /// # Errors
    ///
    /// [`StateError::Malformed`] if this is no snapshot, otherwise the state folder's.
    pub fn restore(&mut self, text: &str) -> Result<(), StateError> {
        self.persistent.replace(text)
    }

    /// Becomes another card with the same memory; without power afterwards.
    pub fn become_issued(&mut self, issued: &Issued) {
        self.power_off();
        self.issued = issued.clone();
    }

    /// Whether any PIN is verified.
    #[must_use]
    pub fn rights_left(&self) -> bool {
        self.volatile
            .rights
            .as_ref()
            .is_some_and(|(_, pins)| !pins.is_empty())
    }

    /// The selected application, if any.
    #[must_use]
    pub fn current_application(&self) -> Option<Application> {
        self.applet().map(|applet| applet.application)
    }

    fn deliver(&mut self, reply: Reply, expected: Option<usize>) -> Vec<u8> {
        let Reply {
            data,
            at_end,
            optional,
            continued,
        } = reply;
        if data.is_empty() || (optional && expected.is_none()) {
            return wire::answer(&[], status::OK);
        }
        let expected = expected.unwrap_or(0);
        if continued {
            let (now, rest) = data.split_at(expected.min(data.len()));
            let status = self.keep(rest);
            return wire::answer(now, status);
        }
        match self.issued.0.quirks.long_answer {
            LongAnswer::Sw61xx => {
                let status = self.keep(&data);
                wire::answer(&[], status)
            }
            LongAnswer::Sw6Cxx if data.len() < expected && data.len() <= 256 => {
                wire::answer(&[], status::with_length(0x6c, data.len()))
            }
            LongAnswer::Sw6282 if at_end => wire::answer(&data, status::END_OF_FILE),
            _ => wire::answer(data.get(..expected).unwrap_or(&data), status::OK),
        }
    }

    /// Keeps data for GET RESPONSE and says so.
    fn keep(&mut self, rest: &[u8]) -> Sw {
        self.volatile.pending = rest.to_vec();
        if rest.is_empty() {
            status::OK
        } else {
            status::with_length(0x61, rest.len())
        }
    }

    fn applet(&self) -> Option<&Applet> {
        self.issued.0.applets.get(self.volatile.applet?)
    }

    /// The issuer domain is current after power on, where the card has one (measured).
    fn issuer(&self) -> Option<usize> {
        self.issued
            .0
            .applets
            .iter()
            .position(|applet| applet.application == Application::Issuer)
    }

    fn record(&self, name: PinName, pin: &PinFile) -> PinRecord {
        let mut record = match self.persistent.pin(name) {
            Some(record) => record.clone(),
            None => PinRecord {
                left: pin.left,
                changed: None,
            },
        };
        // The state file is a text that people can edit.
        record.left = record.left.min(pin.maximum);
        record
    }
}

/// What a handler answers; how it travels is decided behind it.
#[derive(Debug, Default)]
struct Reply {
    data: Vec<u8>,
    /// The file ended before Le bytes.
    at_end: bool,
    /// May be left out where no Le was sent.
    optional: bool,
    /// More of an answer that was begun.
    continued: bool,
}

impl Reply {
    fn done() -> Self {
        Self::default()
    }

    fn optional(data: Vec<u8>) -> Self {
        Self {
            data,
            optional: true,
            ..Self::default()
        }
    }

    fn of_file(data: &[u8], at_end: bool) -> Self {
        Self {
            data: data.to_vec(),
            at_end,
            ..Self::default()
        }
    }

    fn continued(data: Vec<u8>) -> Self {
        Self {
            data,
            continued: true,
            ..Self::default()
        }
    }

    /// All of it or `6700` (measured: GET DATA of a long object with a short Le).
    fn whole(data: Vec<u8>, le: Option<usize>) -> Result<Self, Sw> {
        match le {
            Some(le) if le >= data.len() => Ok(Self {
                data,
                ..Self::default()
            }),
            _ => Err(status::WRONG_LENGTH),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
