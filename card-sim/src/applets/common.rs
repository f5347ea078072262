//! 共通カードAP: the card's serial number, its municipality and expiry, in records.

use crate::applets::{Application, files, pin};
use crate::os::file::{Applet, Change, Content, Evidence, Purpose, Row, Rule, Shape};
use crate::persona::Persona;

use Evidence::{Agreed, Seen};
use Rule::{Always, Never};

pub(super) const REMARK: &str = "Files of records: one tag byte, one length byte, value.";

pub(super) const TABLE: &[Row] = &[
    Row {
        id: 0x0001,
        what: "製造番号 15 digits, 市町村コード 5, 有効期限 YYYYMMDD",
        read: Always,
        usage: Never,
        evidence: Agreed("myna, myna-card"),
    },
    Row {
        id: 0x0002,
        what: "key reference (16 bytes)",
        read: Always,
        usage: Never,
        evidence: Seen("myna-card; its tag here is our guess"),
    },
    Row {
        id: 0x0019,
        what: "内部認証用秘密鍵",
        read: Never,
        usage: Always,
        evidence: Seen("myna-card: INTERNAL AUTHENTICATE, no PIN; made-up residents have no key"),
    },
    Row {
        id: 0x001c,
        what: "住民基本台帳用暗証番号 (4 digits, 3 attempts)",
        read: Never,
        usage: Never,
        evidence: Agreed("myna-card: changed by CHANGE KEY; TRETJapanNFCReader"),
    },
];

pub(super) fn of(persona: &Persona) -> Applet {
    let card = &persona.card;
    let files = files(TABLE, |row| match row.id {
        0x0001 => {
            let digits = [&*card.serial, &*card.municipality, &*card.expiry].concat();
            Some(Content::Records(vec![record(0x01, digits.as_bytes())]))
        }
        0x0002 => Some(Content::Records(vec![record(
            0x02,
            &key_reference(&card.municipality),
        )])),
        0x0019 => Some(Content::Key(None, Purpose::Authenticate)),
        0x001c => Some(pin(
            &persona.resident_pin,
            3,
            Shape::FourDigits,
            Change::Key,
        )),
        _ => None,
    });
    Applet {
        application: Application::Common,
        files,
        objects: Vec::new(),
    }
}

/// Seven digits, 08 05, three digits, filled with zero bytes: the form of every key identifier.
pub(super) fn key_reference(municipality: &str) -> Vec<u8> {
    let mut reference = format!("{municipality:0>5}21").into_bytes();
    reference.extend_from_slice(b"\x08\x05000");
    reference.resize(16, 0);
    reference
}

fn record(tag: u8, value: &[u8]) -> Vec<u8> {
    // Records here are far under 255 bytes, where a one-byte length ends.
    let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
    [&[tag, length], value].concat()
}
