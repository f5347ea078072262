//! Handlers, one for each instruction: data, or a status word.

use rand::Rng;

use super::file::{Change, Content, File, FileId, PinFile, Purpose, Rule};
use super::instruction::{Instruction, Scheme, Target, Which};
use super::key;
use super::quirk::{
    BlockedQuery, BlockedVerify, FailedSelect, IssuerDomain, LicenceMissingApp, PastEnd,
    PssSupport, QueryWhenVerified, RightsOnReselect, ShortFileId, WrongLengthPin,
};
use super::status::{self, Sw};
use super::{CardOs, Reply};
use crate::applets::Application;
use crate::state::{PinName, PinRecord};
use crate::wire::{self, Command, Form};

impl CardOs {
    pub(super) fn handle(&mut self, command: &Command<'_>) -> Result<Reply, Sw> {
        if matches!(command.class, 0x08 | 0x0c) {
            return self.secured(command);
        }
        let le = command.expected;
        let instruction = Instruction::try_from(command)?;
        if instruction != Instruction::GetResponse {
            self.volatile.pending.clear();
        }
        match instruction {
            Instruction::SelectApplication { name, which, fci } => {
                self.select_application(name, which, fci)
            }
            Instruction::SelectRoot => self.select_root(),
            Instruction::SelectFile(id) => self.select_file(id),
            Instruction::ReadBinary { target, offset } => self.read_binary(target, offset, le),
            Instruction::ReadRecord { target, number } => self.read_record(target, number, le),
            Instruction::AttemptsLeft(target) => self.attempts_left_of(target),
            Instruction::Verify(target, value) => self.verify(target, value),
            Instruction::ChangeReferenceData(target, new) => {
                self.change(target, new, Change::ReferenceData)
            }
            Instruction::ChangeKey(target, new) => self.change(target, new, Change::Key),
            Instruction::Sign { scheme, key, data } => self.sign(scheme, key, data, le),
            Instruction::Challenge => challenge(command),
            Instruction::Authenticate(target, data) => self.authenticate(target, data, le),
            Instruction::GetData(tag) => self.data_object(tag, le),
            Instruction::GetResponse => self.get_response(le),
            Instruction::SetSessionKey(delivered) => self.set_session_key(delivered),
            Instruction::LastCommand if self.issued.0.phone => Ok(Reply::done()),
            Instruction::LastCommand => Err(status::WRONG_LENGTH),
        }
    }

    fn select_application(&mut self, name: &[u8], which: Which, fci: bool) -> Result<Reply, Sw> {
        let refused = |application| {
            application == Application::Issuer
                && self.issued.0.quirks.issuer_domain == IssuerDomain::Sw6A82
        };
        let start = match (which, self.volatile.applet) {
            (Which::Next, Some(current)) => current + 1,
            _ => 0,
        };
        // A name may be cut short on the right: the first application that begins so is meant.
        let found = self
            .issued
            .0
            .applets
            .iter()
            .enumerate()
            .skip(start)
            .find(|(_, applet)| {
                applet.application.aid().starts_with(name) && !refused(applet.application)
            });
        let Some((index, applet)) = found else {
            if self.issued.0.quirks.failed_select == FailedSelect::Loses {
                self.volatile.applet = None;
                self.volatile.file = None;
                self.volatile.rights = None;
                self.volatile.session = None;
            }
            let licence = name == Application::Licence.aid();
            return Err(match self.issued.0.quirks.licence_missing_app {
                LicenceMissingApp::Sw6A81 if licence => status::NOT_SUPPORTED,
                _ => status::NOT_FOUND,
            });
        };
        let aid = applet.application.aid();
        self.volatile.applet = Some(index);
        self.volatile.file = None;
        self.volatile.session = None;
        // A right belongs to its application and dies when another one is selected (measured).
        let keeps = self.issued.0.quirks.rights_on_reselect == RightsOnReselect::Keep;
        self.volatile
            .rights
            .take_if(|(of, _)| *of != index || !keeps);
        let fci = if fci {
            wire::tlv(
                &[0x6f],
                Form::Shortest,
                &wire::tlv(&[0x84], Form::Shortest, aid),
            )
        } else {
            Vec::new()
        };
        Ok(Reply::optional(fci))
    }

    fn select_root(&self) -> Result<Reply, Sw> {
        match self.current_application() {
            // Measured: without any effect, the application stays.
            Some(application) if application != Application::Issuer => Ok(Reply::done()),
            _ => Err(status::WRONG_PARAMETERS),
        }
    }

    fn select_file(&mut self, id: FileId) -> Result<Reply, Sw> {
        let found = self.applet().and_then(|applet| applet.file(id));
        found.ok_or(status::NOT_FOUND)?;
        self.volatile.file = Some(id);
        Ok(Reply::done())
    }

    fn read_binary(
        &mut self,
        target: Target,
        offset: usize,
        le: Option<usize>,
    ) -> Result<Reply, Sw> {
        let le = le.ok_or(status::WRONG_LENGTH)?;
        let id = self.named(target, status::NOT_FOUND)?.id;
        if let Target::Short(_) = target {
            self.volatile.file = Some(id);
        }
        let file = self.named(target, status::NOT_FOUND)?;
        let Content::Transparent(bytes) = &file.content else {
            return Err(status::WRONG_STRUCTURE);
        };
        self.allow(file.read)?;
        match bytes.get(offset..) {
            Some(rest @ [_, ..]) => Ok(Reply::of_file(
                rest.get(..le).unwrap_or(rest),
                rest.len() < le,
            )),
            _ if self.issued.0.quirks.past_end == PastEnd::Sw9000 => Ok(Reply::done()),
            _ => Err(status::PAST_END),
        }
    }

    fn read_record(&mut self, target: Target, number: u8, le: Option<usize>) -> Result<Reply, Sw> {
        let le = le.ok_or(status::WRONG_LENGTH)?;
        let id = self.named(target, status::NOT_FOUND)?.id;
        if let Target::Short(_) = target {
            self.volatile.file = Some(id);
        }
        let file = self.named(target, status::NOT_FOUND)?;
        let Content::Records(records) = &file.content else {
            return Err(status::WRONG_STRUCTURE);
        };
        self.allow(file.read)?;
        let index = usize::from(number)
            .checked_sub(1)
            .ok_or(status::NO_RECORD)?;
        let record = records.get(index).ok_or(status::NO_RECORD)?;
        Ok(Reply::of_file(record.get(..le).unwrap_or(record), false))
    }

    fn attempts_left_of(&self, target: Target) -> Result<Reply, Sw> {
        let (name, pin) = self.pin(target)?;
        let left = self.record(name, pin).left;
        if self.issued.0.quirks.query_when_verified == QueryWhenVerified::Sw9000
            && self.verified(name.1)
        {
            return Ok(Reply::done());
        }
        Err(if left == 0 {
            self.blocked_query()
        } else {
            status::attempts(left)
        })
    }

    fn verify(&mut self, target: Target, value: &[u8]) -> Result<Reply, Sw> {
        let (name, pin) = self.pin(target)?;
        if !pin.shape.fits_length(value)
            && self.issued.0.quirks.wrong_length_pin == WrongLengthPin::Sw6700
        {
            return Err(status::WRONG_LENGTH);
        }
        let before = self.record(name, pin);
        let left = before
            .left
            .checked_sub(1)
            .ok_or(match self.issued.0.quirks.blocked_verify {
                BlockedVerify::Sw6984 => status::BLOCKED,
                BlockedVerify::Sw6983 => status::BLOCKED_ISO,
                BlockedVerify::Sw63C0 => status::attempts(0),
            })?;
        // Counted first, in memory that survives: removing the card now does not undo it.
        self.write(
            name,
            PinRecord {
                left,
                ..before.clone()
            },
        )?;
        let (_, pin) = self.pin(target)?;
        if before.changed.as_deref().unwrap_or(&pin.value) != value {
            self.forget(name.1);
            return Err(if left == 0 {
                self.blocked_query()
            } else {
                status::attempts(left)
            });
        }
        self.write(
            name,
            PinRecord {
                left: pin.maximum,
                ..before
            },
        )?;
        self.remember(name.1);
        Ok(Reply::done())
    }

    fn change(&mut self, target: Target, new: &[u8], by: Change) -> Result<Reply, Sw> {
        let (name, pin) = self.pin(target)?;
        if pin.change != by {
            return Err(status::CONDITIONS);
        }
        if !self.verified(name.1) {
            return Err(status::NOT_ALLOWED);
        }
        if !pin.shape.fits(new) {
            return Err(status::WRONG_DATA);
        }
        // One record, one write: torn away, the card has the old value or the new one.
        let left = self.record(name, pin).left;
        self.write(
            name,
            PinRecord {
                left,
                changed: Some(new.to_vec()),
            },
        )?;
        Ok(Reply::done())
    }

    fn sign(
        &self,
        scheme: Scheme,
        key: Option<Target>,
        data: &[u8],
        le: Option<usize>,
    ) -> Result<Reply, Sw> {
        if matches!(scheme, Scheme::PssHash | Scheme::PssHashOf)
            && self.issued.0.quirks.pss == PssSupport::Sw6A86
        {
            return Err(status::WRONG_PARAMETERS);
        }
        let file = match key {
            Some(target) => self.named(target, status::NO_OBJECT)?,
            None => self.own_key().ok_or(status::NO_OBJECT)?,
        };
        let Content::Key(key, Purpose::Sign) = &file.content else {
            return Err(status::WRONG_STRUCTURE);
        };
        self.allow(file.usage)?;
        if data.is_empty() {
            return Err(status::WRONG_LENGTH);
        }
        let key = key.as_ref().ok_or(status::NO_OBJECT)?;
        Reply::whole(key::sign(key, scheme, data)?, le)
    }

    fn authenticate(&self, target: Target, data: &[u8], le: Option<usize>) -> Result<Reply, Sw> {
        let file = self.named(target, status::NO_OBJECT)?;
        let key = match &file.content {
            Content::Key(key, Purpose::Authenticate) => key,
            // Measured: a key behind a PIN answers that it is guarded, any other 6985.
            Content::Key(_, Purpose::Sign) => {
                self.allow(file.usage)?;
                return Err(status::CONDITIONS);
            }
            _ => return Err(status::WRONG_STRUCTURE),
        };
        self.allow(file.usage)?;
        if !(1..=255).contains(&data.len()) {
            return Err(status::WRONG_LENGTH);
        }
        let key = key.as_ref().ok_or(status::NO_OBJECT)?;
        Reply::whole(key::sign(key, Scheme::HashOf, data)?, le)
    }

    fn data_object(&self, tag: u16, le: Option<usize>) -> Result<Reply, Sw> {
        let objects = self
            .applet()
            .map(|applet| applet.objects.as_slice())
            .unwrap_or_default();
        let (_, value) = objects
            .iter()
            .find(|(of, _)| *of == tag)
            .ok_or(status::NO_OBJECT)?;
        Reply::whole(value.clone(), le)
    }

    fn get_response(&mut self, le: Option<usize>) -> Result<Reply, Sw> {
        le.ok_or(status::WRONG_LENGTH)?;
        let pending = std::mem::take(&mut self.volatile.pending);
        if pending.is_empty() {
            return Err(status::CONDITIONS);
        }
        Ok(Reply::continued(pending))
    }

    /// The file a command means.
    fn named(&self, target: Target, missing: Sw) -> Result<&File, Sw> {
        let id = match target {
            Target::Current => self.volatile.file.ok_or(status::NO_FILE)?,
            Target::Short(id) => match self.issued.0.quirks.short_file_id {
                ShortFileId::Yes => id,
                ShortFileId::No6A86 => return Err(status::WRONG_PARAMETERS),
                ShortFileId::No6A88 => return Err(status::NO_OBJECT),
            },
        };
        // The issuer domain has no files; after power on it is all there is.
        let applet = self.applet().filter(|applet| !applet.files.is_empty());
        applet.ok_or(status::NO_FILE)?.file(id).ok_or(missing)
    }

    /// The application's own key, which signs for everybody.
    fn own_key(&self) -> Option<&File> {
        self.applet()?.files.iter().find(|file| {
            file.usage == Rule::Always && matches!(file.content, Content::Key(_, Purpose::Sign))
        })
    }

    fn pin(&self, target: Target) -> Result<(PinName, &PinFile), Sw> {
        let application = self.current_application().ok_or(status::NO_FILE)?;
        // Seen on a driving licence: a PIN file that is not there is a file that is not found.
        let missing = match application {
            Application::Licence => status::NOT_FOUND,
            _ => status::NO_OBJECT,
        };
        let file = self.named(target, missing)?;
        match &file.content {
            Content::Pin(pin) => Ok(((application, file.id), pin)),
            _ => Err(status::WRONG_STRUCTURE),
        }
    }

    fn allow(&self, rule: Rule) -> Result<(), Sw> {
        let allowed = match rule {
            Rule::Always => true,
            Rule::Never => false,
            Rule::AnyOf(pins) => pins.iter().any(|pin| self.verified(*pin)),
        };
        if allowed {
            Ok(())
        } else {
            Err(status::NOT_ALLOWED)
        }
    }

    pub(super) fn verified(&self, pin: FileId) -> bool {
        self.volatile
            .rights
            .as_ref()
            .is_some_and(|(of, pins)| Some(*of) == self.volatile.applet && pins.contains(&pin))
    }

    fn remember(&mut self, pin: FileId) {
        if let Some(applet) = self.volatile.applet {
            let (of, pins) = self.volatile.rights.get_or_insert_default();
            *of = applet;
            pins.insert(pin);
        }
    }

    fn forget(&mut self, pin: FileId) {
        if let Some((_, pins)) = &mut self.volatile.rights {
            pins.remove(&pin);
        }
    }

    fn blocked_query(&self) -> Sw {
        match self.issued.0.quirks.blocked_query {
            BlockedQuery::Sw63C0 => status::attempts(0),
            BlockedQuery::Sw6983 => status::BLOCKED_ISO,
            BlockedQuery::Sw6984 => status::BLOCKED,
        }
    }

    fn write(&mut self, name: PinName, record: PinRecord) -> Result<(), Sw> {
        self.persistent
            .write(name, record)
            .map_err(|_| status::MEMORY_FAILURE)
    }
}

fn challenge(command: &Command<'_>) -> Result<Reply, Sw> {
    let le = command.expected.ok_or(status::WRONG_LENGTH)?;
    if command.extended {
        return Err(status::CONDITIONS);
    }
    let mut bytes = vec![0; le];
    rand::rng().fill_bytes(&mut bytes);
    Ok(Reply::of_file(&bytes, false))
}
