//! 公的個人認証AP: two certificates, two keys, two PINs.

use crate::applets::Application;
use crate::applets::{files, holders_pin};
use crate::os::file::{Applet, Change, Content, Evidence, Purpose, Row, Rule, Session, Shape};
use crate::os::quirk::{CertificateAbsent, Filler};
use crate::os::status;
use crate::persona::{Credential, Kind, Persona, Pin};

use Evidence::{Agreed, Disputed, Seen};
use Rule::{Always, AnyOf, Never};

pub(super) const REMARK: &str = "Transparent files. On a phone 000A is read after 0018.";

pub(super) const TABLE: &[Row] = &[
    Row {
        id: 0x0001,
        what: "署名用電子証明書",
        read: AnyOf(&[0x001b]),
        usage: Never,
        evidence: Agreed("OpenSC#3169, jpki-image-signer: 6982 on read before the password"),
    },
    Row {
        id: 0x0002,
        what: "署名用認証局の自己署名証明書",
        read: Always,
        usage: Never,
        evidence: Agreed("OpenSC, myna, myna-card"),
    },
    Row {
        id: 0x0005,
        what: "(unknown)",
        read: Never,
        usage: Never,
        evidence: Seen("jsapdu and myna-card list it; what it holds nobody knows"),
    },
    Row {
        id: 0x0006,
        what: "トークン情報 (CK_TOKEN_INFO, 160 bytes)",
        read: Always,
        usage: Never,
        evidence: Agreed("label: everybody; the rest: myna-card"),
    },
    Row {
        id: 0x0008,
        what: "which certificates exist (3 bytes)",
        read: Always,
        usage: Never,
        evidence: Seen("myna-card: 8F 8F 00 with both; 00 for an absent one is our guess"),
    },
    Row {
        id: 0x0009,
        what: "(unknown, closed to both PINs)",
        read: Never,
        usage: Never,
        evidence: Seen("myna-card"),
    },
    Row {
        id: 0x000a,
        what: "利用者証明用電子証明書",
        read: Always,
        usage: Never,
        evidence: Agreed("OpenSC, myna, jpki-rs; Android phone after 0018: myna#6"),
    },
    Row {
        id: 0x000b,
        what: "利用者証明用認証局の自己署名証明書",
        read: Always,
        usage: Never,
        evidence: Agreed("OpenSC, myna"),
    },
    Row {
        id: 0x0017,
        what: "利用者証明用秘密鍵",
        read: Never,
        usage: AnyOf(&[0x0018]),
        evidence: Agreed("OpenSC, myna, jpki-rs"),
    },
    Row {
        id: 0x0018,
        what: "利用者証明用電子証明書暗証番号 (4 digits, 3 attempts)",
        read: Never,
        usage: Never,
        evidence: Agreed("OpenSC, myna, jpki-rs, municipal leaflets"),
    },
    Row {
        id: 0x001a,
        what: "署名用秘密鍵",
        read: Never,
        usage: AnyOf(&[0x001b]),
        evidence: Agreed("OpenSC, myna, jpki-rs"),
    },
    Row {
        id: 0x001b,
        what: "署名用電子証明書暗証番号 (6–16 of A–Z 0–9, 5 attempts)",
        read: Never,
        usage: Never,
        evidence: Disputed(
            "agreed with a certificate; blocked from issue without one is our guess",
        ),
    },
];

/// How much room a certificate's file has, at least. The true size is not known.
const CERTIFICATE_FILE: usize = 2048;

/// Behind the PIN of the authentication key, as on a phone.
const AFTER_PIN: Rule = AnyOf(&[0x0018]);

pub(super) fn of(persona: &Persona) -> Applet {
    let phone = matches!(persona.kind, Kind::Android | Kind::Iphone);
    let certificate = |credential: &Option<Credential>, of: fn(&Credential) -> &[u8]| {
        certificate_file(persona, credential.as_ref().map(of))
    };
    let key = |credential: &Option<Credential>| {
        let key = credential.as_ref().map(|credential| credential.key.clone());
        Some(Content::Key(key, Purpose::Sign))
    };
    let mut files = files(TABLE, |row| match row.id {
        0x0001 => certificate(&persona.signature, |of| &of.certificate),
        0x0002 => certificate(&persona.signature, |of| &of.ca_certificate),
        0x0005 | 0x0009 => Some(Content::Transparent(Vec::new())),
        0x0006 => Some(Content::Transparent(token_information(persona))),
        0x0008 => Some(Content::Transparent(existence(persona))),
        0x000a => certificate(&persona.authentication, |of| &of.certificate),
        0x000b => certificate(&persona.authentication, |of| &of.ca_certificate),
        0x0017 => key(&persona.authentication),
        0x0018 => {
            let issued = issued(
                &persona.authentication_pin,
                persona.authentication.is_some(),
            );
            holders_pin(persona, &issued, 3, Shape::Digits(4), Change::ReferenceData)
        }
        0x001a => key(&persona.signature),
        0x001b => {
            let issued = issued(&persona.signature_password, persona.signature.is_some());
            holders_pin(persona, &issued, 5, Shape::Password, Change::ReferenceData)
        }
        _ => None,
    });
    if phone && let Some(file) = files.iter_mut().find(|file| file.id == 0x000a) {
        file.read = AFTER_PIN;
    }
    Applet {
        application: Application::Jpki,
        files,
        objects: Vec::new(),
        session: Session::Refused(status::NOT_ALLOWED),
    }
}

/// A PIN whose certificate was never issued was never set: blocked from the start.
fn issued(pin: &Pin, exists: bool) -> Pin {
    Pin {
        left: if exists { pin.left } else { 0 },
        ..pin.clone()
    }
}

fn certificate_file(persona: &Persona, certificate: Option<&[u8]>) -> Option<Content> {
    let mut bytes = match certificate {
        Some(der) => der.to_vec(),
        None if persona.quirks.certificate_absent == CertificateAbsent::Sw6A82 => return None,
        None => Vec::new(),
    };
    let room = bytes.len().max(CERTIFICATE_FILE);
    match persona.quirks.filler {
        Filler::Ff => bytes.resize(room, 0xff),
        Filler::Zero => bytes.resize(room, 0x00),
        Filler::None => {}
    }
    Some(Content::Transparent(bytes))
}

fn existence(persona: &Persona) -> Vec<u8> {
    let mark = |credential: &Option<Credential>| if credential.is_some() { 0x8f } else { 0x00 };
    vec![
        mark(&persona.signature),
        mark(&persona.authentication),
        0x00,
    ]
}

/// CK_TOKEN_INFO of PKCS #11 with 32-bit big-endian numbers. Source: `myna-card` 3.3.4.
fn token_information(persona: &Persona) -> Vec<u8> {
    let label = match persona.kind {
        Kind::Plastic => "JPKIAPICCTOKEN2",
        Kind::Android => "JPKIAPGPSETOKEN",
        Kind::Iphone => "JPKIAPIOSTOKEN",
        Kind::ResidentCard => "JPKIAPICCTOKEN",
    };
    let serial: String = persona.card.serial.chars().take(16).collect();
    let text = format!("{label:<32}{:0>32}{:<16}{serial:0>16}", "1", "E16R01NJ");
    // Random numbers, login required, PIN and token initialised.
    let flags: u32 = 0x0000_040d;
    // One session of each kind, PINs of 6 to 16 characters, four unknown amounts of memory.
    let numbers = [
        flags,
        1,
        0,
        1,
        0,
        16,
        6,
        u32::MAX,
        u32::MAX,
        u32::MAX,
        u32::MAX,
    ];
    let mut bytes = text.into_bytes();
    bytes.extend(numbers.into_iter().flat_map(u32::to_be_bytes));
    // Hardware version, firmware version, and a time that says "none".
    bytes.extend_from_slice(b"03019999999999999999");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::tests::persona;

    #[test]
    fn token_information_is_laid_out_as_read_from_a_card() {
        let bytes = token_information(&persona());
        assert_eq!(bytes.len(), 160);
        assert_eq!(&bytes[..32], b"JPKIAPICCTOKEN2                 ");
        assert_eq!(&bytes[0x20..0x40], b"00000000000000000000000000000001");
        assert_eq!(&bytes[0x40..0x50], b"E16R01NJ        ");
        assert_eq!(bytes[0x60..0x68], [0, 0, 4, 0x0d, 0, 0, 0, 1]);
        assert_eq!(bytes[0x74..0x7c], [0, 0, 0, 0x10, 0, 0, 0, 6]);
        assert_eq!(&bytes[0x8c..0x90], b"0301");
        assert_eq!(&bytes[0x90..], b"9999999999999999");
    }
}
