//! Commands to the simulated card, held against a small model of its PINs: what costs an attempt, what
//! gives a right, and what a right opens.
//!
//! A byte chooses a step and the bytes behind it are its parameters. Steps that the model understands
//! are predicted; of arbitrary bytes it knows what they may never do.

#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use card_sim::applets::Application;
use card_sim::os::{CardOs, Issued};
use card_sim::persona::Persona;
use card_sim::state::Persistent;
use libfuzzer_sys::fuzz_target;

static ISSUED: LazyLock<Issued> =
    LazyLock::new(|| Issued::of(&Persona::shipped("hanako").expect("shipped")));

const APPLICATIONS: [(Application, &[u8]); 5] = [
    (
        Application::Jpki,
        b"\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01",
    ),
    (
        Application::Profile,
        b"\xD3\x92\x10\x00\x31\x00\x01\x01\x04\x08",
    ),
    (
        Application::Visual,
        b"\xD3\x92\x10\x00\x31\x00\x01\x01\x04\x02",
    ),
    (
        Application::Common,
        b"\xD3\x92\x10\x00\x31\x00\x01\x01\x01\x00",
    ),
    (Application::Issuer, b"\xA0\x00\x00\x01\x51\x00\x00"),
];

/// A PIN of the model: where, attempts at most, what is right, what it guards.
struct Pin {
    of: Application,
    id: u8,
    maximum: u8,
    value: Vec<u8>,
    /// A command that works if and only if this PIN is verified.
    guarded: &'static [u8],
}

fn pins() -> [Pin; 3] {
    let pin = |of, id, maximum, value: &[u8], guarded| Pin {
        of,
        id,
        maximum,
        value: value.to_vec(),
        guarded,
    };
    [
        pin(
            Application::Jpki,
            0x18,
            3,
            b"1234",
            b"\x80\x2A\x00\x97\x01\x30\x00",
        ),
        pin(
            Application::Jpki,
            0x1B,
            5,
            b"SIM12345",
            b"\x00\xB0\x81\x00\x04",
        ),
        pin(
            Application::Profile,
            0x11,
            3,
            b"4321",
            b"\x00\xB0\x87\x00\x04",
        ),
    ]
}

/// Every PIN of the card, also those that the model does not understand.
const COUNTED: [(Application, u8); 10] = [
    (Application::Jpki, 0x18),
    (Application::Jpki, 0x1B),
    (Application::Profile, 0x11),
    (Application::Profile, 0x12),
    (Application::Profile, 0x14),
    (Application::Profile, 0x15),
    (Application::Visual, 0x12),
    (Application::Visual, 0x13),
    (Application::Common, 0x1C),
    (Application::Resident, 0x1C),
];

type Counters = BTreeMap<(Application, u8), u8>;

struct Model {
    card: CardOs,
    pins: [Pin; 3],
    selected: Application,
    /// The application of the rights, and which PINs are verified; `None` where arbitrary bytes may
    /// have changed that.
    rights: Option<(Application, Vec<u8>)>,
}

impl Model {
    fn counters(&self) -> Counters {
        let left = |pin: &(Application, u8)| Some((*pin, self.card.attempts_left(pin.0, pin.1.into())?));
        COUNTED.iter().filter_map(left).collect()
    }

    /// Sends a command and holds what no command may do; the answer's status word.
    fn send(&mut self, command: &[u8]) -> (u16, usize) {
        let (before, rights) = (self.counters(), self.card.rights_left());
        let answer = self.card.execute(command);
        let after = self.counters();
        let (data, status) = answer
            .split_last_chunk()
            .expect("a card with power answers");
        let status = u16::from_be_bytes(*status);
        assert!(data.len() <= 0x1_0000);
        let changed: Vec<_> = before
            .iter()
            .filter(|(pin, left)| after[pin] != **left)
            .collect();
        assert!(changed.len() <= 1, "two counters by one command");
        let presents = command.get(1) == Some(&0x20) && command.len() > 5;
        for (pin, left) in changed {
            assert!(presents, "only a PIN that is presented counts");
            match after[pin] {
                less if less < *left => {
                    assert_eq!(less + 1, *left, "one attempt for one VERIFY");
                    assert_ne!(status, 0x9000);
                }
                _ => {
                    assert!(*left > 0, "blocked stays blocked");
                    assert_eq!(status, 0x9000);
                }
            }
        }
        if self.card.rights_left() && !rights {
            assert!(presents && status == 0x9000, "a right without its PIN");
        }
        (status, data.len())
    }

    fn verified(&self, pin: &Pin) -> Option<bool> {
        let (of, ids) = self.rights.as_ref()?;
        Some(*of == pin.of && self.selected == pin.of && ids.contains(&pin.id))
    }

    fn select(&mut self, index: u8) {
        let (application, aid) = APPLICATIONS[usize::from(index) % APPLICATIONS.len()];
        let mut command = vec![0, 0xA4, 4, 0x0C, aid.len() as u8];
        command.extend(aid);
        assert_eq!(self.send(&command).0, 0x9000);
        self.selected = application;
        match &mut self.rights {
            Some((of, ids)) if *of != application => {
                (*of, *ids) = (application, Vec::new());
            }
            Some(_) => {}
            // Of which application they were is not known: only another one is sure to end them.
            None if application == Application::Issuer => {
                self.rights = Some((application, Vec::new()));
            }
            None => {}
        }
    }

    fn verify(&mut self, index: usize, right: bool, change: Option<u8>) {
        let pin = &self.pins[index];
        if self.selected != pin.of {
            return;
        }
        let (of, id, maximum) = (pin.of, pin.id, pin.maximum);
        let mut value = pin.value.clone();
        if !right {
            value[0] ^= 1;
        }
        let left = self.card.attempts_left(of, id.into()).expect("the PIN is there");
        let (query, _) = self.send(&[0, 0x20, 0, 0x80 | id]);
        assert_eq!(
            query,
            0x63C0 | u16::from(left),
            "the counter tells the truth"
        );
        let mut command = vec![0, 0x20, 0, 0x80 | id, value.len() as u8];
        command.extend(value);
        let (status, _) = self.send(&command);
        let now = self.card.attempts_left(of, id.into()).expect("the PIN is there");
        let ids = self
            .rights
            .as_mut()
            .filter(|(known, _)| *known == of || right);
        match (left, right) {
            (0, _) => assert_eq!((status, now), (0x6984, 0)),
            (_, true) => {
                assert_eq!((status, now), (0x9000, maximum));
                if let Some((known, ids)) = ids {
                    if *known != of {
                        (*known, *ids) = (of, Vec::new());
                    }
                    ids.push(id);
                }
            }
            (_, false) => {
                assert_eq!((status, now), (0x63C0 | u16::from(left - 1), left - 1));
                if let Some((_, ids)) = ids {
                    ids.retain(|known| *known != id);
                }
            }
        }
        if let Some(digit) = change {
            self.change(index, digit);
        }
        self.guarded(index);
    }

    /// CHANGE REFERENCE DATA works for a verified PIN only, and the new value holds.
    fn change(&mut self, index: usize, digit: u8) {
        let pin = &self.pins[index];
        let (id, verified) = (pin.id, self.verified(pin));
        let mut new = pin.value.clone();
        new[1] = b'0' + digit % 10;
        assert_eq!(self.send(&[0, 0xA4, 2, 0x0C, 2, 0, id]).0, 0x9000);
        let mut command = vec![0, 0x24, 1, 0x80, new.len() as u8];
        command.extend(&new);
        let (status, _) = self.send(&command);
        if let Some(verified) = verified {
            assert_eq!(status == 0x9000, verified, "{status:04X}");
        }
        if status == 0x9000 {
            self.pins[index].value = new;
        }
    }

    /// What a PIN guards opens if and only if it is verified.
    fn guarded(&mut self, index: usize) {
        let pin = &self.pins[index];
        if self.selected != pin.of {
            return;
        }
        let (verified, command) = (self.verified(pin), pin.guarded);
        let (status, length) = self.send(command);
        if let Some(verified) = verified {
            assert_eq!(status == 0x9000 && length > 0, verified, "{status:04X}");
        }
    }
}

fuzz_target!(|steps: &[u8]| {
    let mut card = CardOs::of(&ISSUED, Persistent::in_memory());
    card.power_on();
    let mut model = Model {
        card,
        pins: pins(),
        selected: Application::Issuer,
        rights: Some((Application::Issuer, Vec::new())),
    };
    let mut rest = steps;
    while let [step, parameter, behind @ ..] = rest {
        rest = behind;
        let index = usize::from(*parameter) % 3;
        match step % 8 {
            0 => model.select(*parameter),
            1 => model.verify(index, true, None),
            2 => model.verify(index, false, None),
            3 => model.verify(index, true, Some(*parameter / 3)),
            4 => model.guarded(index),
            5 => {
                if parameter & 1 == 0 {
                    model.card.power_off();
                    assert!(model.card.execute(&[0, 0x84, 0, 0, 8]).is_empty());
                    model.card.power_on();
                    assert!(!model.card.rights_left(), "rights die without power");
                    model.rights = Some((Application::Issuer, Vec::new()));
                } else {
                    // Rights outlive a warm reset until another application is selected (measured).
                    model.card.reset();
                }
                model.selected = Application::Issuer;
            }
            _ => {
                let length = usize::from(*parameter).min(rest.len());
                let (command, behind) = rest.split_at(length);
                rest = behind;
                // What selects, presents or changes is not followed any more; the card says where it is.
                let (_, _) = model.send(command);
                model.selected = model
                    .card
                    .current_application()
                    .unwrap_or(Application::Issuer);
                if matches!(command.get(1), Some(0x20 | 0xA4 | 0x24 | 0x32)) {
                    model.rights = None;
                    if command.get(1) != Some(&0xA4) {
                        // A value may be new: it can be no longer predicted.
                        return;
                    }
                }
            }
        }
    }
});
