//! マイナ免許証: a driving licence on the card, on those that carry one.

use crate::applets::{Application, files, pin};
use crate::os::file::{Applet, Change, Content, Evidence, Row, Rule, Session, Shape};
use crate::os::quirk::LicencePinFile;
use crate::os::status;
use crate::persona::{Persona, Pin};

use Evidence::{Agreed, Seen};
use Rule::{Always, AnyOf, Never};

pub(super) const REMARK: &str = "Transparent files. Name and address are not in them, and nothing here \
                                 proves the chip. Where no PIN was chosen, readers present `****`.";

pub(super) const TABLE: &[Row] = &[
    Row {
        id: 0x0006,
        what: "暗証番号 (4 digits, 10 attempts; `****` where none was chosen)",
        read: Never,
        usage: Never,
        evidence: Seen("DLC_Starter on a real card; 0002 in a sample of the specification"),
    },
    Row {
        id: 0x001a,
        what: "暗証番号の設定の有無 (C1 01 00 or C1 01 01)",
        read: Always,
        usage: Never,
        evidence: Seen("DLC_Starter on a real card"),
    },
    Row {
        id: 0x001b,
        what: "免許情報・運転経歴情報 (at most 5845 bytes)",
        read: AnyOf(&[0x0006, 0x0002]),
        usage: Never,
        evidence: Agreed("tobari from the specification; colour and expiry: DLC_Starter"),
    },
    Row {
        id: 0x001c,
        what: "電子署名 (at most 584 bytes)",
        read: AnyOf(&[0x0006, 0x0002]),
        usage: Never,
        evidence: Seen("tobari from the specification, not read on a card"),
    },
];

pub(super) fn of(persona: &Persona) -> Option<Applet> {
    let licence = persona.licence.as_ref()?;
    let [record, signature] = licence.card_files(&persona.quirks)?;
    let (chosen, issued) = match &licence.pin {
        Some(pin) => (1, pin.clone()),
        None => (
            0,
            Pin {
                value: "****".to_owned(),
                left: 10,
            },
        ),
    };
    let mut files = files(TABLE, |row| match row.id {
        0x0006 => Some(pin(&issued, 10, Shape::Digits(4), Change::Never)),
        0x001a => Some(Content::Transparent(vec![0xc1, 0x01, chosen])),
        0x001b => Some(Content::Transparent(record.clone())),
        0x001c => Some(Content::Transparent(signature.clone())),
        _ => None,
    });
    if persona.quirks.licence_pin_file == LicencePinFile::File0002
        && let Some(pin) = files.iter_mut().find(|file| file.id == 0x0006)
    {
        pin.id = 0x0002;
    }
    Some(Applet {
        application: Application::Licence,
        files,
        objects: Vec::new(),
        session: Session::Refused(status::NOT_ALLOWED),
    })
}
