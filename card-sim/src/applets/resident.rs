//! 住基AP: what municipal offices use; here only what a citizen meets of it.

use crate::applets::{Application, common, files, holders_pin};
use crate::os::file::{Applet, Change, Content, Evidence, Row, Rule, Session, Shape};
use crate::os::status;
use crate::persona::Persona;

use Evidence::Seen;
use Rule::{Always, Never};

pub(super) const REMARK: &str =
    "Files of records. The PIN is one to its holder and two to the card: 001C here and in common.";

pub(super) const TABLE: &[Row] = &[
    Row {
        id: 0x0002,
        what: "key reference (16 bytes), the same as in the common application",
        read: Always,
        usage: Never,
        evidence: Seen("myna-card"),
    },
    Row {
        id: 0x001c,
        what: "住民基本台帳用暗証番号 (4 digits, 3 attempts)",
        read: Never,
        usage: Never,
        evidence: Seen("myna-card: changed by CHANGE KEY; attempts: municipal leaflets"),
    },
];

pub(super) fn of(persona: &Persona) -> Applet {
    let files = files(TABLE, |row| match row.id {
        0x0002 => Some(Content::Records(vec![common::key_reference(persona)])),
        0x001c => holders_pin(
            persona,
            &persona.resident_pin,
            3,
            Shape::Digits(4),
            Change::Key,
        ),
        _ => None,
    });
    Applet {
        application: Application::Resident,
        files,
        objects: Vec::new(),
        session: Session::Refused(status::NOT_ALLOWED),
    }
}
