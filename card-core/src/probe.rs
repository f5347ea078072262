//! A census of a card: what it has and how it answers, without any PIN and without any person.
//!
//! Only SELECT, READ, GET DATA and the question for a counter are sent: nothing that could cost an
//! attempt, sign or change anything. Of every answer only the status word is kept, without a length
//! or a number of attempts in it; no byte of a file leaves this module. So the result can be shown
//! to anybody, and a simulator can answer as this card did.

use std::fmt;

use crate::applet::Application;
use crate::card::Transaction;
use crate::channel::Channel;
use crate::error::Error;
use crate::iso::command::Reference;
use crate::iso::status::PinVerdict;
use crate::iso::{Aid, Answer, Command, FileId, StatusWord};

/// What a card has, and how it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// Answer to reset, as the reader reports it.
    pub atr: Vec<u8>,
    /// Every application that was tried.
    pub applications: Vec<ApplicationCensus>,
    /// How the card answered where cards are known to differ.
    pub behaviours: Vec<Behaviour>,
}

/// One application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationCensus {
    /// Which one.
    pub application: Application,
    /// What SELECT said.
    pub select: Reply,
    /// The files, PINs and keys that SELECT found, of identifiers 0001 to 001E.
    pub files: Vec<FileCensus>,
}

/// One file, PIN or key, by what the card says to commands that do not fit it as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileCensus {
    /// Identifier.
    pub id: FileId,
    /// What READ BINARY of one byte said.
    pub binary: Reply,
    /// What READ RECORD of the first record said.
    pub record: Reply,
    /// What the question for a counter said.
    pub counter: Reply,
}

/// A status word without what it may tell of the holder: a length (`61xx`, `6Cxx`) or the attempts
/// that are left (`63Cx`; none left is kept, `63C0`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Reply(u16);

/// How the card answered where cards are known to differ: a quirk of the simulator with its value,
/// by the names of `docs/card/quirks.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Name of the quirk.
    pub quirk: &'static str,
    /// Its value on this card.
    pub value: &'static str,
}

/// What a census can find out, by the names of the simulator's quirks. The others need a PIN.
pub const OBSERVED: [&str; 10] = [
    "blocked-query",
    "extended-length",
    "short-file-id",
    "filler",
    "failed-select",
    "past-end",
    "first-command",
    "issuer-domain",
    "long-answer",
    "licence-missing-app",
];

/// Takes the census of a card. About 400 exchanges; **presents no PIN and costs no attempt**.
///
/// # Errors
///
/// What the reader says; an answer that is not expected is part of the census.
pub fn census(transaction: &mut Transaction<'_>) -> Result<Census, Error> {
    let atr = transaction.link()?.atr;
    let mut channel = transaction.probing()?;
    let mut behaviours = Behaviours::default();

    // The first command since power on, as far as anybody knows; a SELECT may be repeated.
    let jpki = Command::select_application(Application::Jpki.aid());
    if channel.probe(&jpki)?.0 == StatusWord::UNSPECIFIC && channel.probe(&jpki)?.0.is_ok() {
        behaviours.put("first-command", Some("6F00"));
    }

    let mut applications = Vec::new();
    let all = Application::PROBED
        .into_iter()
        .chain([Application::IssuerDomain]);
    for application in all {
        let (status, _) = channel.probe(&Command::select_application(application.aid()))?;
        let files = if status.is_ok() {
            files(&mut channel)?
        } else {
            Vec::new()
        };
        applications.push(ApplicationCensus {
            application,
            select: Reply::of(status),
            files,
        });
        match application {
            Application::IssuerDomain => behaviours.put(
                "issuer-domain",
                match status {
                    StatusWord::OK => Some("selectable"),
                    StatusWord::NOT_FOUND => Some("6A82"),
                    _ => None,
                },
            ),
            Application::Licence => behaviours.put(
                "licence-missing-app",
                match status {
                    StatusWord::NOT_FOUND => Some("6A82"),
                    StatusWord::NOT_SUPPORTED => Some("6A81"),
                    _ => None,
                },
            ),
            _ => {}
        }
    }
    reading(&mut channel, &mut behaviours)?;
    counting(&mut channel, &mut behaviours)?;
    // As other programs expect it.
    channel.probe(&jpki)?;
    Ok(Census {
        atr,
        applications,
        behaviours: behaviours.0,
    })
}

fn files(channel: &mut Channel<'_>) -> Result<Vec<FileCensus>, Error> {
    let mut files = Vec::new();
    for id in (1..=0x1E).map(FileId::new) {
        if !channel.probe(&Command::select_file(id))?.0.is_ok() {
            continue;
        }
        let mut ask = |command: &Command| Ok::<_, Error>(Reply::of(channel.probe(command)?.0));
        let Some(byte) = Command::read_binary(0, 1, Answer::Personal) else {
            continue;
        };
        files.push(FileCensus {
            id,
            binary: ask(&byte)?,
            record: ask(&Command::read_record(
                Reference::Current,
                1,
                Answer::Personal,
            ))?,
            counter: ask(&Command::attempts(Reference::Current))?,
        });
    }
    Ok(files)
}

/// How the authentication certificate, which everybody may read, can be read.
fn reading(channel: &mut Channel<'_>, behaviours: &mut Behaviours) -> Result<(), Error> {
    let select = Command::select_application(Application::Jpki.aid());
    if !channel.probe(&select)?.0.is_ok() {
        return Ok(());
    }
    let read = |offset, length| Command::read_binary(offset, length, Answer::Personal);
    let by_name = Command::read_binary_of(CERTIFICATE, 4, Answer::Personal);
    behaviours.put(
        "short-file-id",
        match channel.probe(&by_name)?.0 {
            StatusWord::WRONG_PARAMETERS => Some("6A86"),
            StatusWord::REFERENCE_NOT_FOUND => Some("6A88"),
            status => good(status).then_some("yes"),
        },
    );

    // 160 bytes, so an Le of 256 is more than there is.
    if channel
        .probe(&Command::select_file(TOKEN_INFORMATION))?
        .0
        .is_ok()
        && let Some(more_than_all) = read(0, 256)
    {
        let status = channel.probe(&more_than_all)?.0;
        behaviours.put(
            "long-answer",
            match status {
                StatusWord::OK => Some("direct"),
                StatusWord::END_OF_FILE => Some("6282"),
                _ if status.waiting().is_some() => Some("61xx"),
                _ if status.exact_length().is_some() => Some("6Cxx"),
                _ => None,
            },
        );
    }

    if !channel.probe(&Command::select_file(CERTIFICATE))?.0.is_ok() {
        return Ok(());
    }
    if let Some(extended) = read(0, 300) {
        behaviours.put(
            "extended-length",
            match channel.probe(&extended)?.0 {
                StatusWord::WRONG_LENGTH => Some("no"),
                status => good(status).then_some("yes"),
            },
        );
    }
    if let Some(beyond) = read(0x7FFF, 1) {
        behaviours.put(
            "past-end",
            match channel.probe(&beyond)? {
                (StatusWord::PAST_END, _) => Some("6B00"),
                (StatusWord::OK, 0) => Some("9000"),
                _ => None,
            },
        );
    }
    if let Some(end) = certificate_end(channel)?
        && let Some(behind) = read(end, 1)
    {
        let response = channel.exchange(&behind)?;
        behaviours.put(
            "filler",
            match (response.status(), response.data()) {
                (StatusWord::PAST_END, _) | (StatusWord::OK, []) => Some("none"),
                (_, [0xFF]) => Some("FF"),
                (_, [0x00]) => Some("00"),
                _ => None,
            },
        );
    }

    // An application that there is nowhere.
    channel.probe(&Command::select_file(CERTIFICATE))?;
    let refused = channel.probe(&Command::select_application(NOWHERE))?.0;
    if !refused.is_ok()
        && let Some(byte) = read(0, 1)
    {
        let still = good(channel.probe(&byte)?.0);
        behaviours.put("failed-select", Some(if still { "keeps" } else { "loses" }));
    }
    Ok(())
}

/// Where the certificate in the selected file ends: its own length, in the first four bytes.
fn certificate_end(channel: &mut Channel<'_>) -> Result<Option<usize>, Error> {
    let Some(head) = Command::read_binary(0, 4, Answer::Personal) else {
        return Ok(None);
    };
    let response = channel.exchange(&head)?;
    Ok(match *response.data() {
        [0x30, 0x82, high, low] => Some(4 + usize::from(u16::from_be_bytes([high, low]))),
        _ => None,
    })
}

/// A PIN that every card has blocked from issue tells how the card says that.
fn counting(channel: &mut Channel<'_>, behaviours: &mut Behaviours) -> Result<(), Error> {
    let select = Command::select_application(Application::Profile.aid());
    if channel.probe(&select)?.0.is_ok()
        && channel.probe(&Command::select_file(BLOCKED_PIN))?.0.is_ok()
    {
        let status = channel.probe(&Command::attempts(Reference::Current))?.0;
        behaviours.put(
            "blocked-query",
            match status {
                StatusWord::BLOCKED => Some("6983"),
                StatusWord::REFERENCE_BLOCKED => Some("6984"),
                _ => (status.pin_verdict() == PinVerdict::Blocked).then_some("63C0"),
            },
        );
    }
    Ok(())
}

/// Whether data came or wait.
fn good(status: StatusWord) -> bool {
    status.is_ok() || status == StatusWord::END_OF_FILE || status.waiting().is_some()
}

#[derive(Default)]
struct Behaviours(Vec<Behaviour>);

impl Behaviours {
    fn put(&mut self, quirk: &'static str, value: Option<&'static str>) {
        self.0.extend(value.map(|value| Behaviour { quirk, value }));
    }
}

impl Reply {
    fn of(status: StatusWord) -> Self {
        Self(match status.0 {
            length @ (0x6100..=0x61FF | 0x6C00..=0x6CFF) => length & 0xFF00,
            0x63C1..=0x63CF => 0x63CF,
            other => other,
        })
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0x6100 => f.write_str("61xx"),
            0x6C00 => f.write_str("6Cxx"),
            0x63CF => f.write_str("63Cx"),
            other => write!(f, "{other:04X}"),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// 利用者証明用電子証明書, which no PIN guards on a card.
const CERTIFICATE: FileId = FileId::new(0x0A);
/// CK_TOKEN_INFO, 160 bytes.
const TOKEN_INFORMATION: FileId = FileId::new(0x06);
/// In the profile application; measured by myna-card.
const BLOCKED_PIN: FileId = FileId::new(0x12);
/// No application has this name.
const NOWHERE: Aid = Aid::new(&[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x99]);
