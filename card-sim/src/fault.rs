//! Misfortune by plan, on the wire: removals, resets, lost and damaged answers, delays.
//!
//! Not inside the card: the card stays simple, and the same plan works for every front.
//!
//! The favourite test: run a journey once and count its exchanges, then run it once more for each
//! of them with the card lifted there.

use std::fmt;
use std::time::Duration;

use crate::os::CardOs;
use crate::os::describe::Described;
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
    /// The card loses its power before the command reaches it, and has it again: everybody at the
    /// reader learns of a reset.
    PowerLoss,
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
    Chance { percent: u8, drawn: u64 },
}

/// A plan of faults. Each happens once, but for those by chance; the first that fits an exchange is
/// taken.
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

    /// At each exchange with this chance, again and again. The same seed draws the same exchanges.
    #[must_use]
    pub fn by_chance(self, percent: u8, seed: u64, fault: Fault) -> Self {
        let drawn = seed;
        self.with(When::Chance { percent, drawn }, fault)
    }

    fn with(mut self, when: When, fault: Fault) -> Self {
        self.faults.push((when, fault));
        self
    }

    /// Adds the faults of another plan, counted from an exchange that is past.
    fn append(&mut self, more: Self, past: usize) {
        self.faults
            .extend(more.faults.into_iter().map(|one| match one {
                (When::At(at), fault) => (When::At(at + past), fault),
                other => other,
            }));
    }

    fn take(&mut self, exchange: usize, command: &[u8]) -> Option<Fault> {
        // Each draws at every exchange, so that what it draws does not depend on the others.
        let fits: Vec<bool> = self
            .faults
            .iter_mut()
            .map(|(when, _)| match when {
                When::At(at) => *at == exchange,
                When::Instruction(instruction) => command.get(1) == Some(instruction),
                When::Command(is) => is(command),
                When::Chance { percent, drawn } => draw(drawn) % 100 < u64::from(*percent),
            })
            .collect();
        let index = fits.iter().position(|fits| *fits)?;
        match self.faults.get(index)? {
            (When::Chance { .. }, fault) => Some(*fault),
            _ => Some(self.faults.remove(index).1),
        }
    }
}

/// The next number of a seed: SplitMix64 (Steele, Lea and Flood, 2014).
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
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
    watcher: Watcher,
    latency: Option<Latency>,
}

/// Is told of every exchange.
#[derive(Default)]
struct Watcher(Option<Box<Watch>>);

type Watch = dyn FnMut(&Exchange<'_>) + Send;

/// What a watcher is told.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// Its number since the plan was set.
    pub number: usize,
    /// The command, named before the card acted.
    pub command: &'a Described,
    /// Bytes of the command.
    pub length: usize,
    /// Whether it presented a PIN.
    pub presented: bool,
    /// What became of it.
    pub outcome: &'a Outcome,
    /// The card afterwards.
    pub card: &'a CardOs,
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "watched"
        } else {
            "not watched"
        })
    }
}

/// How slowly a reader and a real card answer. Rough figures: a link that carries nothing but the
/// bytes, and half a second for what the card computes with an RSA key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Contacts, 10 kbit/s.
    Contact,
    /// Contactless, 106 kbit/s.
    Contactless106,
    /// Contactless, 424 kbit/s.
    Contactless424,
}

impl Latency {
    /// Every profile by name.
    pub const ALL: [(&str, Self); 3] = [
        ("contact", Self::Contact),
        ("contactless-106", Self::Contactless106),
        ("contactless-424", Self::Contactless424),
    ];

    /// How long a command and an answer of so many bytes take.
    #[must_use]
    pub fn of(self, command: &[u8], answer: usize) -> Duration {
        let bits = 8 * (command.len() + answer);
        let rate = match self {
            Self::Contact => 10_000,
            Self::Contactless106 => 106_000,
            Self::Contactless424 => 424_000,
        };
        let travel = Duration::from_micros((bits * 1_000_000 / rate) as u64);
        let computes = matches!(command.get(1), Some(0x2A | 0x88));
        travel
            + if computes {
                Duration::from_millis(500)
            } else {
                Duration::ZERO
            }
    }
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
            watcher: Watcher::default(),
            latency: None,
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

    /// Adds faults to the plan, with positions counted from now; counts go on.
    pub fn add_faults(&mut self, more: Plan) {
        self.plan.append(more, self.exchanges);
    }

    /// Drops the faults that have not happened; counts go on.
    pub fn clear_faults(&mut self) {
        self.plan = Plan::new();
    }

    /// Calls this for every exchange from now on.
    pub fn watch(&mut self, watcher: impl FnMut(&Exchange<'_>) + Send + 'static) {
        self.watcher = Watcher(Some(Box::new(watcher)));
    }

    /// Answers as slowly as this from now on; `None`: at once.
    pub fn set_latency(&mut self, latency: Option<Latency>) {
        self.latency = latency;
    }

    /// How long an exchange takes: for the front to wait, so that others can act meanwhile.
    #[must_use]
    pub fn time_of(&self, command: &[u8], outcome: &Outcome) -> Duration {
        let answer = match outcome {
            Outcome::Answer(answer) => answer.len(),
            _ => 0,
        };
        self.latency
            .map_or(Duration::ZERO, |latency| latency.of(command, answer))
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
        let watched = self.watcher.0.is_some();
        let described = watched.then(|| self.card.describe(command));
        let outcome = self.happen(command, fault);
        if let (Some(described), Some(watcher)) = (described, &mut self.watcher.0) {
            watcher(&Exchange {
                number: self.exchanges,
                command: &described,
                length: command.len(),
                presented: presents_a_pin(command),
                outcome: &outcome,
                card: &self.card,
            });
        }
        outcome
    }

    fn happen(&mut self, command: &[u8], fault: Option<Fault>) -> Outcome {
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
            Some(Fault::PowerLoss) => {
                self.card.power_off();
                self.card.power_on();
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
    fn chance_is_the_same_for_the_same_seed() {
        let lost = |seed: u64, percent: u8| -> Vec<usize> {
            let plan = Plan::new().by_chance(percent, seed, Fault::LoseAnswer);
            let mut wire = wire(plan);
            let lost = |_: &usize| send(&mut wire, SELECT_JPKI) == Outcome::Lost;
            (0..1000).filter(lost).collect()
        };
        let some = lost(7, 20);
        assert!((150..250).contains(&some.len()), "{}", some.len());
        assert_eq!(some, lost(7, 20));
        assert_ne!(some, lost(8, 20));
        assert_eq!(lost(7, 100).len(), 1000);
        assert!(lost(7, 0).is_empty());
        // A fault that was planned elsewhere does not change what is drawn.
        let plan = Plan::new().at(1, Fault::Status(0x6F00));
        let mut wire = wire(plan.by_chance(20, 7, Fault::LoseAnswer));
        let answers: Vec<Outcome> = (0..1000).map(|_| send(&mut wire, SELECT_JPKI)).collect();
        assert_eq!(answers[0], Outcome::Answer(vec![0x6F, 0]));
        let lost = (1..1000).filter(|at| answers[*at] == Outcome::Lost);
        let expected: Vec<usize> = some.into_iter().filter(|at| *at > 0).collect();
        assert_eq!(lost.collect::<Vec<_>>(), expected);
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
    fn slow_links_take_their_time() {
        let select = Latency::Contact.of(&[0; 15], 2);
        assert_eq!(select, Duration::from_micros(13_600));
        assert!(Latency::Contactless424.of(&[0; 15], 2) < select);
        let sign = Latency::Contactless106.of(&[0x80, 0x2A, 0, 0x97], 258);
        assert!(sign > Duration::from_millis(500));
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
