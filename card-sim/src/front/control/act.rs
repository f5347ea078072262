//! What each request does.

use std::time::Duration;

use super::request::{Answer, CardLine, FaultKind, Keys, PinName, Refusal, Request};
use super::{Control, lock};
use crate::fault::{Fault, Plan, presents_a_pin};
use crate::os::quirk::UnknownQuirk;
use crate::state::StateError;

impl Control {
    /// Does what is asked; returns when it is done.
    #[must_use]
    pub fn act(&self, request: &Request) -> Answer {
        self.done(request).unwrap_or_else(Answer::refused)
    }

    fn done(&self, request: &Request) -> Result<Answer, Refusal> {
        let cards = &self.cards;
        let mut answer = Answer::done();
        match request {
            Request::Cards {} => {
                let lines = (0..cards.count()).filter_map(|reader| self.line(reader));
                answer.cards = Some(lines.collect());
            }
            // Its lines go to who asks for them; see `subscribe`.
            Request::Log {} => {}
            Request::Insert { card } => {
                let reader = self.find(card)?;
                cards.insert(reader);
                self.tell(reader, "inserted");
            }
            Request::Remove { card } => {
                let reader = self.find(card)?;
                cards.remove(reader);
                self.tell(reader, "removed");
            }
            Request::Reset { card } => {
                let reader = self.find(card)?;
                cards.reset(reader);
                self.tell(reader, "reset");
            }
            Request::Swap { card, resident } => {
                let reader = self.find(card)?;
                let persona = (self.find)(resident).ok_or(Refusal::Resident)?;
                cards.swap(reader, &persona);
                if let Some(name) = self.names.get(reader) {
                    *lock(name) = persona.id;
                }
                self.tell(reader, "swapped");
            }
            Request::Fault { card, .. } => {
                let plan = plan(request).ok_or(Refusal::Fault)?;
                self.with(card, |wire| wire.add_faults(plan))?;
            }
            Request::Clear { card } => self.with(card, crate::fault::Wire::clear_faults)?,
            Request::Quirk { card, name, value } => {
                let reader = self.find(card)?;
                let mut persona = cards.persona(reader).ok_or(Refusal::Card)?;
                let set = persona.quirks.set(name, value);
                set.map_err(|unknown| match unknown {
                    UnknownQuirk::Name => Refusal::Quirk,
                    UnknownQuirk::Value => Refusal::QuirkValue,
                })?;
                cards.reissue(reader, &persona);
                self.tell(reader, "reissued");
            }
            Request::Counter { card, pin, left } => {
                let set = self.with(card, |wire| {
                    let there = |(one, id)| wire.card.attempts_left(one, id).is_some();
                    let file = pin.files().iter().copied().find(|file| there(*file));
                    file.map(|(one, id)| wire.card.set_attempts_left(one, id, *left))
                })?;
                set.ok_or(Refusal::Pin)?.map_err(|_| Refusal::Io)?;
            }
            Request::Keys { card, keys } => {
                let reader = self.find(card)?;
                let keys = Keys::parse(keys).ok_or(Refusal::Keys)?;
                if !cards.press(reader, keys) {
                    return Err(Refusal::Pinpad);
                }
            }
            Request::Latency { card, profile } => {
                self.with(card, |wire| wire.set_latency(profile.latency()))?;
            }
            Request::Snapshot { card } => {
                answer.state = Some(self.with(card, |wire| wire.card.snapshot())?);
            }
            Request::Restore { card, state } => {
                let restored = self.with(card, |wire| wire.card.restore(state))?;
                restored.map_err(|error| match error {
                    StateError::Io(_) => Refusal::Io,
                    _ => Refusal::State,
                })?;
                self.tell(self.find(card)?, "restored");
            }
        }
        Ok(answer)
    }

    /// The reader of a card, by the name of its resident or by number.
    fn find(&self, card: &str) -> Result<usize, Refusal> {
        let named = self.names.iter().position(|name| *lock(name) == card);
        let numbered = || {
            card.parse()
                .ok()
                .filter(|reader| *reader < self.names.len())
        };
        named.or_else(numbered).ok_or(Refusal::Card)
    }

    fn with<T>(
        &self,
        card: &str,
        act: impl FnOnce(&mut crate::fault::Wire) -> T,
    ) -> Result<T, Refusal> {
        let reader = self.find(card)?;
        let wire = self.cards.wire(reader).ok_or(Refusal::Card)?;
        let mut wire = lock(&wire);
        Ok(act(&mut wire))
    }

    fn line(&self, reader: usize) -> Option<CardLine> {
        let card = lock(self.names.get(reader)?).clone();
        let (name, inserted) = (self.cards.reader(reader)?, self.cards.is_in(reader));
        let asking = self.cards.asks(reader);
        let wire = self.cards.wire(reader)?;
        let wire = lock(&wire);
        let attempts = PinName::ALL.iter().filter_map(|(_, pin)| {
            let mut files = pin.files().iter();
            let left = files.find_map(|(one, id)| wire.card.attempts_left(*one, *id))?;
            Some((*pin, left))
        });
        Some(CardLine {
            card,
            reader: name,
            inserted,
            exchanges: wire.exchanges(),
            presented: wire.presented(),
            unlocked: wire.card.rights_left(),
            asking,
            attempts: attempts.collect(),
        })
    }
}

/// The plan of a request; `None` if a value is missing, malformed or belongs to another fault.
fn plan(request: &Request) -> Option<Plan> {
    let Request::Fault {
        fault,
        at,
        instruction,
        presenting,
        chance,
        seed,
        bytes,
        status,
        milliseconds,
        ..
    } = request
    else {
        return None;
    };
    let hexadecimal = |text: &String, digits: usize| {
        let plain = text.len() == digits && text.bytes().all(|one| one.is_ascii_hexdigit());
        plain.then(|| u16::from_str_radix(text, 16).ok()).flatten()
    };
    let given = (bytes.is_some(), status.is_some(), milliseconds.is_some());
    let wanted = match fault {
        FaultKind::Cut => (true, false, false),
        FaultKind::Status => (false, true, false),
        FaultKind::Delay => (false, false, true),
        _ => (false, false, false),
    };
    if given != wanted {
        return None;
    }
    let fault = match fault {
        FaultKind::Remove => Fault::Remove,
        FaultKind::RemoveAfter => Fault::RemoveAfter,
        FaultKind::ReaderGone => Fault::ReaderGone,
        FaultKind::Reset => Fault::ForeignReset,
        FaultKind::PowerLoss => Fault::PowerLoss,
        FaultKind::LoseCommand => Fault::LoseCommand,
        FaultKind::LoseAnswer => Fault::LoseAnswer,
        FaultKind::Cut => Fault::Truncate((*bytes)?),
        FaultKind::Status => Fault::Status(hexadecimal(status.as_ref()?, 4)?),
        FaultKind::Delay => Fault::Delay(Duration::from_millis((*milliseconds)?)),
    };
    let plan = Plan::new();
    if seed.is_some() && chance.is_none() {
        return None;
    }
    Some(match (at, instruction, presenting, chance) {
        (None, None, false, None) => plan.at(1, fault),
        (Some(at), None, false, None) if *at > 0 => plan.at(*at, fault),
        (None, Some(byte), false, None) => {
            plan.on(u8::try_from(hexadecimal(byte, 2)?).ok()?, fault)
        }
        (None, None, true, None) => plan.when(presents_a_pin, fault),
        (None, None, false, Some(percent @ 1..=100)) => {
            plan.by_chance(*percent, seed.unwrap_or(0), fault)
        }
        _ => return None,
    })
}
