//! Commands by name, for people who watch: what is asked of which file, and what of it may be shown.
//!
//! A value presented as a PIN is never shown, and of what the card opens only with a PIN only the
//! length.

use super::CardOs;
use super::file::{Content, FileId, Rule};
use super::instruction::{Instruction, Target};
use crate::applets::Application;
use crate::wire::Command;

/// A command before the card acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its name in the standard: `VERIFY`.
    pub instruction: &'static str,
    /// What it is about: `authentication PIN`, `JPKI 000A`; empty if that is not known.
    pub target: String,
    /// The bytes as they may be shown, in hexadecimal, what is hidden in brackets.
    pub shown: String,
    /// Whether the data of the answer may be shown.
    pub open: bool,
    /// The PIN that it presents or asks for.
    pub pin: Option<(Application, FileId)>,
}

impl CardOs {
    /// Names a command that is about to be executed.
    #[must_use]
    pub fn describe(&self, command: &[u8]) -> Described {
        let mut described = Described {
            instruction: "",
            target: String::new(),
            shown: String::new(),
            open: false,
            pin: None,
        };
        let Ok(decoded) = Command::decode(command) else {
            described.shown = format!("[{} personal bytes]", command.len());
            return described;
        };
        described.instruction = instruction(decoded.instruction);
        let selects = decoded.instruction == 0xA4;
        described.shown = shown(command, &decoded, selects);
        let Ok(meaning) = Instruction::try_from(&decoded) else {
            return described;
        };
        match meaning {
            Instruction::SelectApplication { name, .. } => {
                described.open = true;
                described.target = application(name).map_or(String::new(), |one| one.to_owned());
            }
            Instruction::SelectFile(id) => {
                described.open = true;
                described.target = self.file_name(id);
            }
            Instruction::ReadBinary { target, .. } | Instruction::ReadRecord { target, .. } => {
                if let Some((application, id)) = self.meant(target) {
                    described.target = self.file_name(id);
                    described.open = self.opens(application, id);
                }
            }
            Instruction::AttemptsLeft(target)
            | Instruction::Verify(target, _)
            | Instruction::ChangeReferenceData(target, _)
            | Instruction::ChangeKey(target, _) => {
                described.pin = self.meant(target);
                let known = described.pin.and_then(|(one, id)| pin_name(one, id));
                let file = described.pin.map(|(_, id)| self.file_name(id));
                described.target = known.map(str::to_owned).or(file).unwrap_or_default();
            }
            Instruction::Sign { key: Some(key), .. } | Instruction::Authenticate(key, _) => {
                let key = self.meant(key);
                described.target = key.map_or(String::new(), |(_, id)| self.file_name(id));
            }
            Instruction::GetData(tag) => described.target = format!("{tag:04X}"),
            _ => {}
        }
        described
    }

    fn meant(&self, target: Target) -> Option<(Application, FileId)> {
        let id = match target {
            Target::Short(id) => Some(id),
            Target::Current => self.volatile.file,
        };
        Some((self.current_application()?, id?))
    }

    fn file_name(&self, id: FileId) -> String {
        let current = self.current_application().map_or("", title);
        format!("{current} {id:04X}").trim_start().to_owned()
    }

    /// Whether a file is there and anybody may read it.
    fn opens(&self, application: Application, id: FileId) -> bool {
        let applet = self
            .issued
            .0
            .applets
            .iter()
            .find(|one| one.application == application);
        let file = applet.and_then(|applet| applet.file(id));
        file.is_some_and(|file| {
            file.read == Rule::Always
                && matches!(file.content, Content::Transparent(_) | Content::Records(_))
        })
    }
}

fn title(application: Application) -> &'static str {
    match application {
        Application::Jpki => "JPKI",
        Application::Profile => "profile",
        Application::Visual => "visual",
        Application::Common => "common",
        Application::Resident => "resident",
        Application::Licence => "licence",
        Application::Issuer => "issuer domain",
    }
}

/// The application that a name selects; a shortened name is that of the first that fits.
fn application(name: &[u8]) -> Option<&'static str> {
    const ALL: [Application; 7] = [
        Application::Jpki,
        Application::Profile,
        Application::Visual,
        Application::Common,
        Application::Resident,
        Application::Licence,
        Application::Issuer,
    ];
    let named = |one: &&Application| !name.is_empty() && one.aid().starts_with(name);
    ALL.iter().find(named).map(|one| title(*one))
}

/// PINs by application and file, as `docs/glossary.md` names them.
fn pin_name(application: Application, id: FileId) -> Option<&'static str> {
    Some(match (application, id) {
        (Application::Jpki, 0x18) => "authentication PIN",
        (Application::Jpki, 0x1B) => "signature password",
        (Application::Profile, 0x11) => "profile PIN",
        (Application::Profile, 0x14) | (Application::Visual, 0x13) => "verification number A",
        (Application::Profile, 0x15) | (Application::Visual, 0x12) => "verification number B",
        (Application::Resident | Application::Common, 0x1C) => "resident PIN",
        (Application::Licence, 0x02 | 0x06) => "licence PIN",
        _ => return None,
    })
}

fn instruction(number: u8) -> &'static str {
    match number {
        0x20 => "VERIFY",
        0x24 => "CHANGE REFERENCE DATA",
        0x2A => "COMPUTE DIGITAL SIGNATURE",
        0x32 => "CHANGE KEY",
        0x84 => "GET CHALLENGE",
        0x88 => "INTERNAL AUTHENTICATE",
        0xA4 => "SELECT FILE",
        0xAE => "SET SESSION KEY",
        0xB0 => "READ BINARY",
        0xB2 => "READ RECORD",
        0xC0 => "GET RESPONSE",
        0xCA => "GET DATA",
        0xFC => "LAST COMMAND",
        _ => "unknown instruction",
    }
}

/// The bytes of a command without its data, except for the name that a SELECT has.
fn shown(command: &[u8], decoded: &Command<'_>, whole: bool) -> String {
    if whole || decoded.data.is_empty() {
        return hexadecimal(command);
    }
    let header = [decoded.class, decoded.instruction, decoded.p1, decoded.p2];
    let head = hexadecimal(&header);
    if matches!(decoded.instruction, 0x20 | 0x24 | 0x32) {
        // The length of a PIN is nobody's business.
        return format!("{head} [secret]");
    }
    // Length fields in front of the data and behind it, as they travel.
    let before = command.get(4..if decoded.extended { 7 } else { 5 });
    let expected = match (decoded.expected, decoded.extended) {
        (None, _) => 0,
        (Some(_), false) => 1,
        (Some(_), true) => 2,
    };
    let behind = command.get(command.len() - expected..).unwrap_or_default();
    let before = hexadecimal(before.unwrap_or_default());
    let hidden = format!("[{} personal bytes]", decoded.data.len());
    let parts = [head, before, hidden, hexadecimal(behind)];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// Bytes in hexadecimal, apart.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let all: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::tests::{SELECT_JPKI, card, persona};

    fn described(before: &[&[u8]], command: &[u8]) -> Described {
        let mut card = card(&persona());
        card.power_on();
        for command in before {
            card.execute(command);
        }
        card.describe(command)
    }

    #[test]
    fn commands_have_names_and_no_secret() {
        let select_pin: &[u8] = &[0, 0xA4, 2, 0x0C, 2, 0, 0x18];
        let verify: &[u8] = &[0, 0x20, 0, 0x80, 4, 0x31, 0x32, 0x33, 0x34];
        let select = described(&[], SELECT_JPKI);
        assert_eq!(
            (select.instruction, &*select.target),
            ("SELECT FILE", "JPKI")
        );
        assert!(select.shown.starts_with("00 A4 04"), "{}", select.shown);
        let pin = described(&[SELECT_JPKI, select_pin], verify);
        assert_eq!(pin.target, "authentication PIN");
        assert_eq!(pin.shown, "00 20 00 80 [secret]");
        assert_eq!(pin.pin, Some((Application::Jpki, 0x18)));
        let short: &[u8] = &[0, 0x20, 0, 0x9B];
        let query = described(&[SELECT_JPKI], short);
        assert_eq!(query.target, "signature password");
        assert_eq!(query.shown, "00 20 00 9B");
        let sign: &[u8] = &[0x80, 0x2A, 0, 0x97, 2, 0x41, 0x42, 0];
        let sign = described(&[SELECT_JPKI], sign);
        assert_eq!(sign.shown, "80 2A 00 97 02 [2 personal bytes] 00");
        assert!(!sign.open);
        let long: &[u8] = &[0x80, 0xAE, 0, 0, 0, 0, 3, 1, 2, 3];
        assert_eq!(
            described(&[], long).shown,
            "80 AE 00 00 00 00 03 [3 personal bytes]"
        );
    }

    #[test]
    fn only_what_anybody_may_read_is_shown() {
        let read = |id: u8| described(&[SELECT_JPKI], &[0, 0xB0, 0x80 | id, 0, 0]);
        assert!(read(0x0A).open, "authentication certificate");
        assert!(!read(0x01).open, "signature certificate");
        assert!(!read(0x1E).open, "no such file");
        assert!(
            !described(&[], &[0, 0xB0, 0x8A, 0, 0]).open,
            "nothing selected"
        );
        let garbage = described(&[], &[1, 2, 3]);
        assert_eq!(garbage.shown, "[3 personal bytes]");
        assert_eq!(
            described(&[], &[0, 0x77, 0, 0]).instruction,
            "unknown instruction"
        );
    }
}
