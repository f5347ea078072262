//! What travels on the control socket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::applets::Application;
use crate::fault::Latency;
use crate::log::Seen;
use crate::os::file::FileId;

/// A request. A card is named by its resident or by the number of its reader, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// What there is.
    Cards {},
    /// Puts a card into its reader.
    Insert {
        /// The card.
        card: String,
    },
    /// Takes a card out of its reader.
    Remove {
        /// The card.
        card: String,
    },
    /// Resets a card, as a program does that shares it.
    Reset {
        /// The card.
        card: String,
    },
    /// Takes a card out and puts that of another resident in, as issued.
    Swap {
        /// The card.
        card: String,
        /// The other resident.
        resident: String,
    },
    /// Lets something go wrong once, or by chance until `clear`.
    Fault {
        /// The card.
        card: String,
        /// What.
        fault: FaultKind,
        /// At this exchange from now, from 1; 1 if nothing else says when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<usize>,
        /// At the first command with this instruction byte, two hexadecimal digits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instruction: Option<String>,
        /// At the first command that presents a PIN.
        #[serde(default)]
        presenting: bool,
        /// At each exchange with this chance in percent, from 1 to 100.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chance: Option<u8>,
        /// `chance`: the same seed draws the same exchanges; 0 if it is not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seed: Option<u64>,
        /// `cut`: how many bytes of the answer arrive.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<usize>,
        /// `status`: the status word, four hexadecimal digits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// `delay`: how long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        milliseconds: Option<u64>,
    },
    /// Drops the faults that have not happened.
    Clear {
        /// The card.
        card: String,
    },
    /// Gives a quirk a value. The card loses its power for a moment.
    Quirk {
        /// The card.
        card: String,
        /// The quirk.
        name: String,
        /// The value.
        value: String,
    },
    /// Sets the attempts left of a PIN, at most to its maximum.
    Counter {
        /// The card.
        card: String,
        /// The PIN.
        pin: PinName,
        /// Attempts left.
        left: u8,
    },
    /// Presses keys of a reader with a keypad, now or when it next asks for a PIN.
    Keys {
        /// The card.
        card: String,
        /// Digits that end with the key OK, `cancel`, or `timeout` for no key at all.
        keys: String,
    },
    /// Answers as slowly as a real card, or at once.
    Latency {
        /// The card.
        card: String,
        /// The profile.
        profile: LatencyKind,
    },
    /// What the card remembers, as a text.
    Snapshot {
        /// The card.
        card: String,
    },
    /// Makes the card remember that text.
    Restore {
        /// The card.
        card: String,
        /// The text of a snapshot of this resident's card.
        state: String,
    },
    /// A line for each exchange and movement from now on, on this connection.
    Log {},
}

/// Faults by name; see [`crate::fault::Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Lifted before the command.
    Remove,
    /// Lifted after the card acted.
    RemoveAfter,
    /// The reader is unplugged.
    ReaderGone,
    /// Reset by another program.
    Reset,
    /// Power lost and found again.
    PowerLoss,
    /// The command is lost.
    LoseCommand,
    /// The answer is lost.
    LoseAnswer,
    /// The answer is cut after `bytes`.
    Cut,
    /// A status word instead of an answer.
    Status,
    /// The answer comes later.
    Delay,
}

impl FaultKind {
    /// Every fault by name.
    pub const ALL: [(&str, Self); 10] = [
        ("remove", Self::Remove),
        ("remove-after", Self::RemoveAfter),
        ("reader-gone", Self::ReaderGone),
        ("reset", Self::Reset),
        ("power-loss", Self::PowerLoss),
        ("lose-command", Self::LoseCommand),
        ("lose-answer", Self::LoseAnswer),
        ("cut", Self::Cut),
        ("status", Self::Status),
        ("delay", Self::Delay),
    ];
}

/// What is pressed when a reader with a keypad asks once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// These digits and OK.
    Digits(String),
    /// The key for cancel.
    Cancel,
    /// Nothing: the reader's time runs out at once.
    Timeout,
}

impl Keys {
    /// Up to 32 digits, `cancel` or `timeout`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "cancel" => Some(Self::Cancel),
            "timeout" => Some(Self::Timeout),
            digits if digits.len() <= 32 && digits.bytes().all(|one| one.is_ascii_digit()) => {
                Some(Self::Digits(digits.to_owned()))
            }
            _ => None,
        }
    }
}

/// Latency profiles by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LatencyKind {
    /// At once.
    #[serde(rename = "none")]
    None,
    /// Contacts, 10 kbit/s.
    #[serde(rename = "contact")]
    Contact,
    /// Contactless, 106 kbit/s.
    #[serde(rename = "contactless-106")]
    Contactless106,
    /// Contactless, 424 kbit/s.
    #[serde(rename = "contactless-424")]
    Contactless424,
}

impl LatencyKind {
    /// Every profile by name.
    pub const ALL: [(&str, Self); 4] = [
        ("none", Self::None),
        ("contact", Self::Contact),
        ("contactless-106", Self::Contactless106),
        ("contactless-424", Self::Contactless424),
    ];

    pub(super) fn latency(self) -> Option<Latency> {
        match self {
            Self::None => None,
            Self::Contact => Some(Latency::Contact),
            Self::Contactless106 => Some(Latency::Contactless106),
            Self::Contactless424 => Some(Latency::Contactless424),
        }
    }
}

/// PINs by name, as `mynacard sim show --json` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PinName {
    /// 利用者証明用電子証明書暗証番号.
    Authentication,
    /// 署名用電子証明書暗証番号.
    Signature,
    /// 券面事項入力補助用暗証番号.
    Profile,
    /// 照合番号A of the profile application.
    ProfileNumberA,
    /// 照合番号B of the profile application.
    ProfileNumberB,
    /// 照合番号A of the visual application.
    VisualNumberA,
    /// 照合番号B of the visual application.
    VisualNumberB,
    /// The driving licence's.
    Licence,
}

impl PinName {
    /// Every PIN by name.
    pub const ALL: [(&str, Self); 8] = [
        ("authentication", Self::Authentication),
        ("signature", Self::Signature),
        ("profile", Self::Profile),
        ("profile-number-a", Self::ProfileNumberA),
        ("profile-number-b", Self::ProfileNumberB),
        ("visual-number-a", Self::VisualNumberA),
        ("visual-number-b", Self::VisualNumberB),
        ("licence", Self::Licence),
    ];

    pub(super) fn files(self) -> &'static [(Application, FileId)] {
        match self {
            Self::Authentication => &[(Application::Jpki, 0x18)],
            Self::Signature => &[(Application::Jpki, 0x1B)],
            Self::Profile => &[(Application::Profile, 0x11)],
            Self::ProfileNumberA => &[(Application::Profile, 0x14)],
            Self::ProfileNumberB => &[(Application::Profile, 0x15)],
            Self::VisualNumberA => &[(Application::Visual, 0x13)],
            Self::VisualNumberB => &[(Application::Visual, 0x12)],
            Self::Licence => &[(Application::Licence, 0x06), (Application::Licence, 0x02)],
        }
    }
}

/// The answer to a request. Members that do not belong to the request are null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    schema: String,
    /// Why nothing was done.
    pub refused: Option<Refusal>,
    /// Of `cards`.
    pub cards: Option<Vec<CardLine>>,
    /// Of `snapshot`.
    pub state: Option<String>,
}

impl Answer {
    pub(super) fn done() -> Self {
        Self {
            schema: "mynacard.sim-ctl/1".to_owned(),
            refused: None,
            cards: None,
            state: None,
        }
    }

    pub(super) fn refused(why: Refusal) -> Self {
        Self {
            refused: Some(why),
            ..Self::done()
        }
    }
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The line is not a request.
    Request,
    /// There is no such card.
    Card,
    /// There is no such resident.
    Resident,
    /// A value of the fault is missing or malformed.
    Fault,
    /// There is no such quirk.
    Quirk,
    /// The quirk has no such value.
    QuirkValue,
    /// The card has no such PIN.
    Pin,
    /// Neither digits nor `cancel` nor `timeout`.
    Keys,
    /// The reader has no keypad.
    Pinpad,
    /// The text is no snapshot.
    State,
    /// The state folder cannot be written.
    Io,
}

impl Refusal {
    /// The name, as it travels.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Card => "card",
            Self::Resident => "resident",
            Self::Fault => "fault",
            Self::Quirk => "quirk",
            Self::QuirkValue => "quirk-value",
            Self::Pin => "pin",
            Self::Keys => "keys",
            Self::Pinpad => "pinpad",
            Self::State => "state",
            Self::Io => "io",
        }
    }
}

/// One card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardLine {
    /// The resident.
    pub card: String,
    /// The reader's name for programs.
    pub reader: String,
    /// Whether the card is in.
    pub inserted: bool,
    /// Exchanges since the start.
    pub exchanges: usize,
    /// How many of them presented a PIN.
    pub presented: usize,
    /// Whether any PIN is verified.
    pub unlocked: bool,
    /// Whether the reader waits for a key.
    pub asking: bool,
    /// Attempts left by PIN.
    pub attempts: BTreeMap<PinName, u8>,
}

/// A line of the log: an exchange, or a movement of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    schema: String,
    /// The resident.
    pub card: String,
    /// `inserted`, `removed`, `reset`, `swapped`, `reissued`, `restored`; null for an exchange.
    pub event: Option<String>,
    /// An exchange; null for a movement.
    pub exchange: Option<Seen>,
}

impl Line {
    pub(super) fn of(card: &str, event: Option<&str>, exchange: Option<Seen>) -> Self {
        Self {
            schema: "mynacard.sim-log/1".to_owned(),
            card: card.to_owned(),
            event: event.map(str::to_owned),
            exchange,
        }
    }
}
