//! Every reader of card bytes: whatever a file of the card holds, reading it ends with a result.
//!
//! The bytes are the content of every file, record, data object and signature of a card that lets
//! itself be unlocked, so each parser meets them on the path that a real file takes.

#![no_main]

use card_core::pin::{BirthPin, ProfilePin, VerificationNumberA, VerificationNumberB};
use card_core::transport::{
    Exclusive, Leave, Link, ReaderDescription, Since, Transport, TransportError,
};
use card_core::trust::cv::CvCertificate;
use card_core::{Card, Spend};
use libfuzzer_sys::fuzz_target;

/// A card all of whose files hold the same bytes.
struct SameEverywhere(Vec<u8>);

impl Transport for SameEverywhere {
    fn begin(&mut self) -> Result<(Box<dyn Exclusive + '_>, Since), TransportError> {
        Ok((Box::new(Self(self.0.clone())), Since::Unchanged))
    }

    fn description(&self) -> ReaderDescription {
        ReaderDescription {
            name: "fuzz".into(),
            simulated: true,
        }
    }
}

impl Exclusive for SameEverywhere {
    fn transmit(&mut self, command: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, TransportError> {
        let mut answer = match command {
            // The counter of a PIN.
            [_, 0x20, _, _] => return Ok(vec![0x63, 0xC3].into()),
            // A read from the start by short identifier, or from an offset.
            [_, 0xB0, high, low, rest @ ..] => {
                let offset = if *high >= 0x80 {
                    0
                } else {
                    usize::from(u16::from_be_bytes([*high, *low]))
                };
                let length = match rest {
                    [0] | [] => 256,
                    [length, ..] => usize::from(*length),
                };
                let file = self.0.get(offset..).unwrap_or_default();
                if file.is_empty() {
                    return Ok(vec![0x6B, 0x00].into());
                }
                file[..file.len().min(length)].to_vec()
            }
            [_, 0xB2 | 0xCA | 0x2A, ..] => self.0[..self.0.len().min(256)].to_vec(),
            _ => Vec::new(),
        };
        answer.extend([0x90, 0x00]);
        Ok(answer.into())
    }

    fn link(&self) -> Link {
        Link {
            atr: Vec::new(),
            largest_apdu: None,
        }
    }

    fn end(self: Box<Self>, _: Leave) -> Result<(), TransportError> {
        Ok(())
    }
}

fuzz_target!(|file: &[u8]| {
    let _ = CvCertificate::parse(file);
    let mut card = Card::new(SameEverywhere(file.to_vec()));
    let Ok(mut transaction) = card.begin() else {
        return;
    };
    if let Ok(mut jpki) = transaction.jpki() {
        let _ = jpki.token_information();
        let _ = jpki.certificates_present();
        let _ = jpki.authentication_certificate();
    }
    if let Ok(mut common) = transaction.common() {
        let _ = common.card_number();
        let _ = common.key_reference();
    }
    if let Ok(mut issuer) = transaction.issuer() {
        let _ = issuer.municipality();
        let _ = issuer.expiry();
    }
    if let Ok(mut profile) = transaction.profile() {
        let _ = profile.certificate();
        let _ = profile.information();
        let pin = ProfilePin::parse(b"1234").expect("four digits");
        if let Ok(mut open) = profile.unlock(&pin, Spend::KeepOne) {
            let _ = open.number();
            let _ = open.attributes();
            let _ = open.signature_record();
            let _ = open.session_key();
            let _ = open.own_key();
        }
    }
    if let Ok(mut visual) = transaction.visual() {
        let _ = visual.certificate();
        let _ = visual.information();
        let birth = BirthPin::parse(b"020401").expect("a birth date");
        if let Ok(mut open) = visual.unlock(&birth, Spend::LastAttempt) {
            let _ = open.age_record();
        }
        let number = VerificationNumberA::parse(b"000000000019").expect("a My Number");
        if let Ok(mut open) = visual.unlock(&number, Spend::KeepOne) {
            let _ = open.face();
            let _ = open.number_picture();
        }
        let number = VerificationNumberB::parse(b"02040120361001").expect("a number B");
        if let Ok(mut open) = visual.unlock(&number, Spend::KeepOne) {
            let _ = open.face();
        }
    }
});
