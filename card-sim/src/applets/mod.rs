//! Content of the card: one table per application, each row with its evidence.
//!
//! The tables are what is believed of real cards; a persona fills them. `docs/card/` is printed
//! from them by [`docs_markdown`], so the map of our ignorance is always in print. Section numbers
//! in the evidence are those of the sources named beside them.

mod common;
mod issuer;
mod jpki;
mod licence;
mod profile;
mod resident;
mod visual;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::os::file::{
    Applet, Change, Content, Evidence, File, PinFile, Purpose, Row, Rule, Shape,
};
use crate::os::quirk::PinsNeverSet;
use crate::persona::{Kind, Persona, Pin, PrivateKey, RsaKey};

/// An application of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Application {
    /// 公的個人認証AP.
    Jpki,
    /// 券面事項入力補助AP.
    Profile,
    /// 券面事項確認AP.
    Visual,
    /// 共通カードAP.
    Common,
    /// 住基AP.
    Resident,
    /// 免許情報記録: the driving licence.
    Licence,
    /// The issuer security domain of GlobalPlatform.
    Issuer,
}

impl Application {
    /// The application's name on the card. Agreed by every program that reads it.
    #[must_use]
    pub const fn aid(self) -> &'static [u8] {
        match self {
            Self::Jpki => &[0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01],
            Self::Profile => &[0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08],
            Self::Visual => &[0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02],
            Self::Common => &[0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x01, 0x00],
            Self::Resident => &[0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x01],
            Self::Licence => &[
                0xa0, 0x00, 0x00, 0x02, 0x31, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                0x00, 0x00,
            ],
            Self::Issuer => &[0xa0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00],
        }
    }
}

/// The applications on a persona's card, in the order in which a shortened name finds them.
pub(crate) fn of(persona: &Persona) -> Vec<Applet> {
    let mut applets = vec![jpki::of(persona)];
    if persona.kind == Kind::Plastic {
        // Phones and the older resident card carry JPKI alone, as far as anybody has seen.
        applets.extend(profile::of(persona));
        applets.extend(visual::of(persona));
        applets.extend([
            common::of(persona),
            resident::of(persona),
            issuer::of(persona),
        ]);
        applets.extend(licence::of(persona));
    }
    applets
}

/// The tables as Markdown pages: name of the page without `.md`, and its text.
#[must_use]
pub fn docs_markdown() -> Vec<(&'static str, String)> {
    [
        (
            "jpki",
            "公的個人認証AP (JPKI)",
            Application::Jpki,
            jpki::TABLE,
            jpki::REMARK,
        ),
        (
            "profile",
            "券面事項入力補助AP (profile)",
            Application::Profile,
            profile::TABLE,
            profile::REMARK,
        ),
        (
            "visual",
            "券面事項確認AP (visual)",
            Application::Visual,
            visual::TABLE,
            visual::REMARK,
        ),
        (
            "common",
            "共通カードAP (common)",
            Application::Common,
            common::TABLE,
            common::REMARK,
        ),
        (
            "resident",
            "住基AP (resident)",
            Application::Resident,
            resident::TABLE,
            resident::REMARK,
        ),
        (
            "licence",
            "マイナ免許証 (driving licence)",
            Application::Licence,
            licence::TABLE,
            licence::REMARK,
        ),
        (
            "issuer",
            "Issuer domain",
            Application::Issuer,
            issuer::TABLE,
            issuer::REMARK,
        ),
    ]
    .into_iter()
    .map(|(page, title, application, table, remark)| {
        (page, markdown(title, application, table, remark))
    })
    .collect()
}

fn markdown(title: &str, application: Application, table: &[Row], remark: &str) -> String {
    let mut text = format!("# {title}\n\nAID `");
    // Writing to a string cannot fail.
    for byte in application.aid() {
        let _ = write!(text, "{byte:02X}");
    }
    let _ = write!(
        text,
        "`. {remark}\n\nThis page is printed from the simulator's tables; edit them, not this.\n\n\
         | id | what | read | use | evidence |\n|---|---|---|---|---|\n"
    );
    for Row {
        id,
        what,
        read,
        usage,
        evidence,
    } in table
    {
        let (read, usage) = (rule(*read), rule(*usage));
        let (word, source) = match evidence {
            Evidence::Official(source) => ("official", source),
            Evidence::Seen(source) => ("seen", source),
            Evidence::Agreed(source) => ("agreed", source),
            Evidence::Disputed(source) => ("disputed", source),
            Evidence::Guess(source) => ("guess", source),
        };
        let _ = writeln!(
            text,
            "| {id:04X} | {what} | {read} | {usage} | {word}: {source} |"
        );
    }
    text
}

fn rule(rule: Rule) -> String {
    match rule {
        Rule::Always => "free".to_owned(),
        Rule::Never => "–".to_owned(),
        Rule::AnyOf(pins) => {
            let pins: Vec<String> = pins.iter().map(|pin| format!("{pin:04X}")).collect();
            format!("after {}", pins.join(" or "))
        }
    }
}

/// A row with what a persona has there. A persona without it has no such file.
fn files(table: &[Row], mut content: impl FnMut(&Row) -> Option<Content>) -> Vec<File> {
    let file = |row: &Row| {
        let content = content(row)?;
        Some(File {
            id: row.id,
            read: row.read,
            usage: row.usage,
            content,
        })
    };
    table.iter().filter_map(file).collect()
}

fn pin(pin: &Pin, maximum: u8, shape: Shape, change: Change) -> Content {
    let value = pin.value.clone().into_bytes();
    Content::Pin(PinFile {
        value,
        left: pin.left.min(maximum),
        maximum,
        shape,
        change,
    })
}

/// A PIN that the holder sets. On a card without PINs it is blocked, or not there.
fn holders_pin(
    persona: &Persona,
    set: &Pin,
    maximum: u8,
    shape: Shape,
    change: Change,
) -> Option<Content> {
    if !persona.without_pins {
        return Some(pin(set, maximum, shape, change));
    }
    let never_set = Pin {
        left: 0,
        ..set.clone()
    };
    match persona.quirks.pins_never_set {
        PinsNeverSet::Blocked => Some(pin(&never_set, maximum, shape, change)),
        PinsNeverSet::Missing => None,
    }
}

/// A number that stands for a PIN: printed on the card, ten attempts, never changed.
fn number(value: &str) -> Option<Content> {
    let issued = Pin {
        value: value.to_owned(),
        left: 10,
    };
    Some(pin(&issued, 10, Shape::Digits(value.len()), Change::Never))
}

/// The application's own key, which signs for everybody.
fn key(key: &RsaKey) -> Content {
    let key = PrivateKey::Rsa(key.clone());
    Content::Key(Some(key), Purpose::Sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_printed_with_its_evidence() {
        for (page, text) in docs_markdown() {
            let table = match page {
                "jpki" => jpki::TABLE,
                "profile" => profile::TABLE,
                "visual" => visual::TABLE,
                "common" => common::TABLE,
                "resident" => resident::TABLE,
                "licence" => licence::TABLE,
                "issuer" => issuer::TABLE,
                _ => panic!("a new page needs its table here"),
            };
            for row in table {
                assert!(
                    text.contains(&format!("| {:04X} | {} |", row.id, row.what)),
                    "{page}"
                );
            }
            assert!(table.is_sorted_by_key(|row| row.id), "{page}");
        }
    }
}
