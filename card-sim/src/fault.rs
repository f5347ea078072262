//! Misfortune by plan, on the wire: removals, resets, lost and damaged answers, delays.
//!
//! Not inside the card: the card stays simple, and the same plan works for every front.
//!
//! The favourite test: run a journey once and count its exchanges, then run it once more for each
//! of them with the card lifted there.

use std::time::Duration;

use crate::os::CardOs;
use crate::os::status::Sw;
use crate::wire;

/// What goes wrong at one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The card is lifted before the command reaches it.
    Remove,
    /// The card acts and is lifted before it answers.
    RemoveAfter,
    /// The reader is unplugged before the command leaves.
    ReaderGone,
    /// Another program resets the card before the command reaches it.
    ForeignReset,
    /// The command never reaches the card, and no answer comes.
    LoseCommand,
    /// The card acts, its answer never arrives: the nasty one.
    LoseAnswer,
    /// Only the first bytes of the answer arrive.
    Truncate(usize),
    /// The card is not asked: this status word comes instead.
    Status(Sw),
    /// Everything happens as usual, this much later.
    Delay(Duration),
}

/// When something goes wrong.
#[derive(Clone, Copy, Debug)]
enum When {
    At(usize),
    Instruction(u8),
    Command(fn(&[u8]) -> bool),
}

/// A plan of faults. Each happens once; the first that fits an exchange is taken.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    faults: Vec<(When, Fault)>,
}

impl Plan {
    /// Nothing goes wrong.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// At this exchange, counted from 1 since the plan was set.
    #[must_use]
    pub fn at(self, exchange: usize, fault: Fault) -> Self {
        self.with(When::At(exchange), fault)
    }

    /// At the first command with this instruction byte.
    #[must_use]
    pub fn on(self, instruction: u8, fault: Fault) -> Self {
        self.with(When::Instruction(instruction), fault)
    }

    /// At the first command of which this is true; see [`presents_a_pin`].
    #[must_use]
    pub fn when(self, is: fn(&[u8]) -> bool, fault: Fault) -> Self {
        self.with(When::Command(is), fault)
    }

    fn with(mut self, when: When, fault: Fault) -> Self {
        self.faults.push((when, fault));
        self
    }

    fn take(&mut self, exchange: usize, command: &[u8]) -> Option<Fault> {
        let index = self.faults.iter().position(|(when, _)| match *when {
            When::At(at) => at == exchange,
            When::Instruction(instruction) => command.get(1) == Some(&instruction),
            When::Command(is) => is(command),
        })?;
        Some(self.faults.remove(index).1)
    }
}

/// Whether a command is VERIFY with data: what costs an attempt when it is wrong.
#[must_use]
pub fn presents_a_pin(command: &[u8]) -> bool {
    matches!(
        wire::Command::decode(command),
        Ok(wire::Command {
            instruction: 0x20,
            data: [_, ..],
            ..
        })
    )
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer, whole or not.
    Answer(Vec<u8>),
    /// No answer.
    Lost,
    /// The card is gone.
    Removed,
    /// The reader is gone.
    ReaderGone,
    /// Another program reset the card.
    Reset,
}

/// A card behind a wire on which a plan is at work.
#[derive(Debug)]
pub struct Wire {
    /// The card.
    pub card: CardOs,
    plan: Plan,
    exchanges: usize,
    presented: usize,
    log: Option<Vec<Vec<u8>>>,
}

impl Wire {
    /// A wire on which nothing goes wrong.
    #[must_use]
    pub fn new(card: CardOs) -> Self {
        Self {
            card,
            plan: Plan::new(),
            exchanges: 0,
            presented: 0,
            log: None,
        }
    }

    /// Follows another plan from now on and begins to count anew.
    pub fn set_plan(&mut self, plan: Plan) {
        self.plan = plan;
        self.exchanges = 0;
        self.presented = 0;
        if let Some(log) = &mut self.log {
            log.clear();
        }
    }

    /// Whether commands are kept from now on. They hold PINs: for tests with published ones.
    pub fn record_commands(&mut self, on: bool) {
        self.log = on.then(Vec::new);
    }

    /// The kept commands, in order.
    #[must_use]
    pub fn commands(&self) -> &[Vec<u8>] {
        self.log.as_deref().unwrap_or_default()
    }

    /// How many commands left since the plan was set.
    #[must_use]
    pub fn exchanges(&self) -> usize {
        self.exchanges
    }

    /// How many of them presented a PIN.
    #[must_use]
    pub fn presented(&self) -> usize {
        self.presented
    }

    /// Counts a command and says what the plan has for it.
    ///
    /// A [`Fault::Delay`] is the caller's to wait for, before [`Wire::exchange`]: it can let others
    /// at the card meanwhile.
    pub fn depart(&mut self, command: &[u8]) -> Option<Fault> {
        self.exchanges += 1;
        if presents_a_pin(command) {
            self.presented += 1;
        }
        if let Some(log) = &mut self.log {
            log.push(command.to_vec());
        }
        self.plan.take(self.exchanges, command)
    }

    /// Brings a command to the card, or lets happen to it what was planned.
    ///
    /// After [`Outcome::Removed`] and [`Outcome::ReaderGone`] the card has no power.
    pub fn exchange(&mut self, command: &[u8], fault: Option<Fault>) -> Outcome {
        match fault {
            None | Some(Fault::Delay(_)) => Outcome::Answer(self.card.execute(command)),
            Some(Fault::Remove) => {
                self.card.power_off();
                Outcome::Removed
            }
            Some(Fault::RemoveAfter) => {
                self.card.execute(command);
                self.card.power_off();
                Outcome::Removed
            }
            Some(Fault::ReaderGone) => {
                self.card.power_off();
                Outcome::ReaderGone
            }
            Some(Fault::ForeignReset) => {
                self.card.reset();
                Outcome::Reset
            }
            Some(Fault::LoseCommand) => Outcome::Lost,
            Some(Fault::LoseAnswer) => {
                self.card.execute(command);
                Outcome::Lost
            }
            Some(Fault::Truncate(length)) => {
                let mut answer = self.card.execute(command);
                answer.truncate(length);
                Outcome::Answer(answer)
            }
            Some(Fault::Status(status)) => Outcome::Answer(wire::answer(&[], status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applets::Application;
    use crate::os::tests::{SELECT_JPKI, card, persona};

    const QUERY: &[u8] = &[0, 0x20, 0, 0x98];
    const WRONG: &[u8] = &[0, 0x20, 0, 0x98, 4, 0x39, 0x39, 0x39, 0x39];

    fn wire(plan: Plan) -> Wire {
        let mut wire = Wire::new(card(&persona()));
        wire.card.power_on();
        wire.set_plan(plan);
        wire
    }

    fn send(wire: &mut Wire, command: &[u8]) -> Outcome {
        let fault = wire.depart(command);
        wire.exchange(command, fault)
    }

    fn left(wire: &Wire) -> u8 {
        wire.card.attempts_left(Application::Jpki, 0x18).unwrap()
    }

    #[test]
    fn faults_happen_where_planned_and_once() {
        let mut wire = wire(
            Plan::new()
                .at(2, Fault::Status(0x6f00))
                .on(0xa4, Fault::Truncate(1)),
        );
        assert_eq!(send(&mut wire, SELECT_JPKI), Outcome::Answer(vec![0x90]));
        assert_eq!(
            send(&mut wire, SELECT_JPKI),
            Outcome::Answer(vec![0x6f, 0x00])
        );
        assert_eq!(
            send(&mut wire, SELECT_JPKI),
            Outcome::Answer(vec![0x90, 0x00])
        );
        assert_eq!(wire.exchanges(), 3);
    }

    #[test]
    fn a_lost_answer_costs_what_a_lost_command_does_not() {
        for (fault, expected) in [
            (Fault::LoseAnswer, 2),
            (Fault::RemoveAfter, 2),
            (Fault::LoseCommand, 3),
            (Fault::Remove, 3),
            (Fault::ReaderGone, 3),
            (Fault::ForeignReset, 3),
            (Fault::Status(0x9000), 3),
        ] {
            let mut wire = wire(Plan::new().when(presents_a_pin, fault));
            send(&mut wire, SELECT_JPKI);
            assert_eq!(send(&mut wire, QUERY), Outcome::Answer(vec![0x63, 0xc3]));
            send(&mut wire, WRONG);
            assert_eq!(left(&wire), expected, "{fault:?}");
            assert_eq!((wire.exchanges(), wire.presented()), (3, 1));
        }
    }

    #[test]
    fn commands_are_kept_only_when_asked_for() {
        let mut wire = wire(Plan::new());
        send(&mut wire, SELECT_JPKI);
        assert!(wire.commands().is_empty());
        wire.record_commands(true);
        send(&mut wire, QUERY);
        assert_eq!(wire.commands(), [QUERY.to_vec()]);
    }
}
