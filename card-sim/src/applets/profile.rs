//! 券面事項入力補助AP: My Number and the four attributes as text, and what proves them.

use crate::applets::{Application, files, holders_pin, key, number, pin};
use crate::os::file::{Applet, Change, Content, Evidence, Row, Rule, Session, Shape};
use crate::persona::{Persona, Pin};

use Evidence::{Agreed, Guess, Seen};
use Rule::{Always, AnyOf, Never};

pub(super) const REMARK: &str = "Transparent files. Objects with two-byte tags; lengths may be \
    longer than needed. The only application with secure messaging: SET SESSION KEY after 0011.";

pub(super) const TABLE: &[Row] = &[
    Row {
        id: 0x0001,
        what: "個人番号 (17 bytes: FF10, 12 digits, two bytes FF)",
        read: AnyOf(&[0x0011, 0x0014]),
        usage: Never,
        evidence: Agreed("myna, jpki-rs, pymyna, myna-card; PocketSign's documents"),
    },
    Row {
        id: 0x0002,
        what: "基本4情報 (FF20: offsets, name, address, birth date, sex)",
        read: AnyOf(&[0x0011, 0x0015]),
        usage: Never,
        evidence: Agreed("myna, jpki-rs, pymyna, myna-card; PocketSign's documents"),
    },
    Row {
        id: 0x0003,
        what: "digests of 0001 and 0002, signed (336 bytes)",
        read: AnyOf(&[0x0011, 0x0014, 0x0015]),
        usage: Never,
        evidence: Agreed("pymyna, jsapdu, myna-card; that B opens it is one report of two"),
    },
    Row {
        id: 0x0004,
        what: "card-verifiable certificate of the key that signed 0003 and 0007 (568 bytes)",
        read: Always,
        usage: Never,
        evidence: Agreed("pymyna, jsapdu, myna-card"),
    },
    Row {
        id: 0x0005,
        what: "AP基本情報 (164 bytes, then filler)",
        read: Always,
        usage: Never,
        evidence: Agreed("myna, pymyna, myna-card; that the file has 256 bytes: pymyna"),
    },
    Row {
        id: 0x0006,
        what: "public key for session keys (269 bytes)",
        read: AnyOf(&[0x0011, 0x0014, 0x0015]),
        usage: Never,
        evidence: Seen("myna-card"),
    },
    Row {
        id: 0x0007,
        what: "public key of 0013, signed (536 bytes)",
        read: AnyOf(&[0x0011, 0x0014, 0x0015]),
        usage: Never,
        evidence: Agreed("jsapdu, myna-card"),
    },
    Row {
        id: 0x0008,
        what: "(unused, 16 bytes FF)",
        read: AnyOf(&[0x0011, 0x0014, 0x0015]),
        usage: Never,
        evidence: Guess("myna-card has seen it; who may read it is our guess"),
    },
    Row {
        id: 0x0011,
        what: "券面事項入力補助用暗証番号 (4 digits, 3 attempts)",
        read: Never,
        usage: Never,
        evidence: Agreed("myna, jpki-rs, municipal leaflets"),
    },
    Row {
        id: 0x0012,
        what: "(a PIN that is blocked from issue)",
        read: Never,
        usage: Never,
        evidence: Seen("myna-card: 63C0, then 6984"),
    },
    Row {
        id: 0x0013,
        what: "the application's own key, for everybody",
        read: Never,
        usage: Always,
        evidence: Agreed("jsapdu, myna-card"),
    },
    Row {
        id: 0x0014,
        what: "照合番号A: the My Number (12 digits, 10 attempts)",
        read: Never,
        usage: Never,
        evidence: Agreed("myna, jsapdu, nfcpy_mynacard, myna-card"),
    },
    Row {
        id: 0x0015,
        what: "照合番号B (14 digits, 10 attempts)",
        read: Never,
        usage: Never,
        evidence: Agreed("myna, jsapdu, nfcpy_mynacard; its make-up: myna-card"),
    },
];

/// The PIN that has to be presented in the clear before a session key is taken (measured: with
/// 照合番号A presented instead, SET SESSION KEY stays at 6982).
const BEFORE_SESSION: u16 = 0x0011;

pub(super) fn of(persona: &Persona) -> Option<Applet> {
    let keys = persona.records.as_ref()?.keys();
    let files = files(TABLE, |row| match row.id {
        0x0011 => {
            let issued = persona.profile_pin.as_ref()?;
            holders_pin(persona, issued, 3, Shape::Digits(4), Change::ReferenceData)
        }
        0x0012 => {
            let blocked = Pin {
                value: String::new(),
                left: 0,
            };
            Some(pin(&blocked, 3, Shape::Digits(4), Change::Never))
        }
        0x0013 => Some(key(&keys.profile)),
        0x0014 => number(persona.holder.my_number.as_deref()?),
        0x0015 => number(&persona.card.verification_number_b()?),
        id => {
            let record = persona.record(Application::Profile, id)?;
            Some(Content::Transparent(record.to_vec()))
        }
    });
    Some(Applet {
        application: Application::Profile,
        files,
        objects: Vec::new(),
        session: Session::After(BEFORE_SESSION, keys.session.clone()),
    })
}
