//! The issuer security domain of GlobalPlatform: no files, data objects for GET DATA.

use crate::applets::Application;
use crate::os::file::{Applet, Evidence, Row, Rule, Session};
use crate::os::status;
use crate::persona::Persona;

use Evidence::{Agreed, Seen};
use Rule::{Always, Never};

pub(super) const REMARK: &str =
    "No files: identifiers are tags of GET DATA. Current after power on.";

pub(super) const TABLE: &[Row] = &[
    Row {
        id: 0x0045,
        what: "card identification number",
        read: Always,
        usage: Never,
        evidence: Seen("myna-card"),
    },
    Row {
        id: 0x00f0,
        what: "市町村コード (5 digits)",
        read: Always,
        usage: Never,
        evidence: Agreed("myna-card; a Python program with the same map"),
    },
    Row {
        id: 0x00f2,
        what: "有効期限 YYYYMMDD",
        read: Always,
        usage: Never,
        evidence: Agreed("myna-card; a Python program with the same map"),
    },
    Row {
        id: 0x00f7,
        what: "key identifier of the municipality's certificate (16 bytes)",
        read: Always,
        usage: Never,
        evidence: Seen("myna-card"),
    },
    Row {
        id: 0x00f8,
        what: "card-verifiable certificate of the municipality (575 bytes)",
        read: Always,
        usage: Never,
        evidence: Seen("myna-card: 6700 with a short Le; without the template 7F21"),
    },
    Row {
        id: 0x5f51,
        what: "answer to reset on contacts, without its first byte",
        read: Always,
        usage: Never,
        evidence: Seen("myna-card; depends on the card"),
    },
    Row {
        id: 0x7f21,
        what: "card-verifiable certificate below it, for a key 0000050 (575 bytes)",
        read: Always,
        usage: Never,
        evidence: Seen("myna-card: form and key identifiers; older cards answer 6A88"),
    },
];

/// The commonest card's answer to reset on contacts, less TS.
const CONTACT_ATR: &[u8] = &[0xe0, 0x00, 0xff, 0x81, 0x31, 0xfe, 0x45, 0x14];

pub(super) fn of(persona: &Persona) -> Applet {
    let card = &persona.card;
    let objects = TABLE.iter().filter_map(|row| {
        let value = match row.id {
            0x0045 => card.identification.as_bytes(),
            0x00f0 => card.municipality.as_bytes(),
            0x00f2 => card.expiry.as_bytes(),
            // A contactless reader makes up an answer that begins 3B 8x 80 01; the object does not
            // change with the reader.
            0x5f51 => match persona.atr.as_slice() {
                [0x3b, 0x80..=0x8f, 0x80, 0x01, ..] | [] => CONTACT_ATR,
                [_, rest @ ..] => rest,
            },
            tag => persona.record(Application::Issuer, tag)?,
        };
        Some((row.id, value.to_vec()))
    });
    let objects = objects.collect();
    Applet {
        application: Application::Issuer,
        files: Vec::new(),
        objects,
        session: Session::Refused(status::NO_SESSION_KEY),
    }
}
