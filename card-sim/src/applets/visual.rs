//! 券面事項確認AP: the card face as pictures, and what proves it.

use crate::applets::{Application, files, key, number};
use crate::os::file::{Applet, Content, Evidence, Row, Rule, Session};
use crate::os::quirk::VisualEntriesOpenWith;
use crate::os::status;
use crate::persona::Persona;

use Evidence::{Agreed, Disputed, Guess, Seen};
use Rule::{Always, AnyOf, Never};

pub(super) const REMARK: &str = "Transparent files. There is no four-digit PIN here.";

pub(super) const TABLE: &[Row] = &[
    Row {
        id: 0x0001,
        what: "年齢確認用: birth date, public key of 001A, signature (547 bytes)",
        read: AnyOf(&[0x0011]),
        usage: Never,
        evidence: Agreed("jsapdu, myna-card; PocketSign's documents"),
    },
    Row {
        id: 0x0002,
        what: "券面: birth date, sex, key, pictures, signature, expiry, security code",
        read: AnyOf(&[0x0013, 0x0012]),
        usage: Never,
        evidence: Disputed("A or B: five programs; quirk visual-entries-open-with"),
    },
    Row {
        id: 0x0003,
        what: "AP基本情報 with 市町村コード (320 bytes)",
        read: Always,
        usage: Never,
        evidence: Agreed("myna, jsapdu, myna-card; its last object is opaque"),
    },
    Row {
        id: 0x0004,
        what: "card-verifiable certificate of the key that signed the others (568 bytes)",
        read: Always,
        usage: Never,
        evidence: Agreed("jsapdu, myna-card"),
    },
    Row {
        id: 0x0005,
        what: "個人番号 as a picture, key, signature",
        read: AnyOf(&[0x0013]),
        usage: Never,
        evidence: Agreed("jsapdu, myna-card; PocketSign's documents: A only"),
    },
    Row {
        id: 0x0006,
        what: "(unused, 16 bytes FF)",
        read: AnyOf(&[0x0013, 0x0012]),
        usage: Never,
        evidence: Seen("myna-card"),
    },
    Row {
        id: 0x0011,
        what: "生年月日 (6 digits YYMMDD as printed, year of the era)",
        read: Never,
        usage: Never,
        evidence: Guess("agreed by jsapdu, myna-card, PocketSign; ten attempts are our guess"),
    },
    Row {
        id: 0x0012,
        what: "照合番号B (14 digits, 10 attempts)",
        read: Never,
        usage: Never,
        evidence: Agreed("myna, jpki-rs, jsapdu, myna-card; myna of 2018 had A and B swapped"),
    },
    Row {
        id: 0x0013,
        what: "照合番号A: the My Number (12 digits, 10 attempts)",
        read: Never,
        usage: Never,
        evidence: Agreed("myna, jpki-rs, jsapdu, myna-card; myna of 2018 had A and B swapped"),
    },
    Row {
        id: 0x001a,
        what: "the application's own key, for everybody",
        read: Never,
        usage: Always,
        evidence: Seen("myna-card; its public half is in 0001, 0002 and 0005"),
    },
];

/// The card face for those who believe that only 照合番号B opens it.
const B_ONLY: Rule = AnyOf(&[0x0012]);

pub(super) fn of(persona: &Persona) -> Option<Applet> {
    let keys = persona.records.as_ref()?.keys();
    let mut files = files(TABLE, |row| match row.id {
        0x0011 => number(&persona.card.birth),
        0x0012 => number(&persona.card.verification_number_b()?),
        0x0013 => number(persona.holder.my_number.as_deref()?),
        0x001a => Some(key(&keys.visual)),
        id => {
            let record = persona.record(Application::Visual, id)?;
            Some(Content::Transparent(record.to_vec()))
        }
    });
    if persona.quirks.visual_entries_open_with == VisualEntriesOpenWith::BOnly
        && let Some(face) = files.iter_mut().find(|file| file.id == 0x0002)
    {
        face.read = B_ONLY;
    }
    Some(Applet {
        application: Application::Visual,
        files,
        objects: Vec::new(),
        session: Session::Refused(status::NO_SESSION_KEY),
    })
}
