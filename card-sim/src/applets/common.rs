//! 共通カードAP: the card's serial number, its municipality and expiry, in records.

use crate::applets::{Application, files, holders_pin};
use crate::os::file::{Applet, Change, Content, Evidence, Purpose, Row, Rule, Session, Shape};
use crate::os::status;
use crate::persona::cv::key_id;
use crate::persona::{Persona, PrivateKey};

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
        evidence: Seen(
            "myna-card: INTERNAL AUTHENTICATE, no PIN; the public key is nowhere on the card",
        ),
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
        0x0002 => Some(Content::Records(vec![key_reference(persona)])),
        0x0019 => {
            let key = persona
                .records
                .as_ref()
                .map(|records| &records.keys().common);
            let key = key.map(|key| PrivateKey::Rsa(key.clone()));
            Some(Content::Key(key, Purpose::Authenticate))
        }
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
        application: Application::Common,
        files,
        objects: Vec::new(),
        session: Session::Refused(status::NO_SESSION_KEY),
    }
}

/// The record of 0002, the same in the resident application. What it names is not known: ours has
/// the form of every key identifier.
pub(super) fn key_reference(persona: &Persona) -> Vec<u8> {
    let number = format!("{:0>5}10", persona.card.municipality);
    record(0x02, &key_id(&number, "000", 0x00))
}

fn record(tag: u8, value: &[u8]) -> Vec<u8> {
    // Records here are far under 255 bytes, where a one-byte length ends.
    let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
    [&[tag, length], value].concat()
}
