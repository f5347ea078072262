//! Values that a card has refused in this process: they are not sent to that card again.

use card_core::pin::PinKind;
use zeroize::Zeroizing;

/// Refused values, by the card they were sent to.
///
/// Kept over logins with another value, logout, removal, C_Finalize and unloading, because programs
/// repeat a wrong PIN by themselves: one NSS program logged in six times with one value. If a PIN is
/// changed to a value that was refused before, the program must be started again. A value is kept
/// under a random mask, so that it is not found in a memory image as it was typed; a digest would
/// hide four digits no better.
#[derive(Default)]
pub(crate) struct Refused(Vec<Value>);

struct Value {
    card: String,
    pin: PinKind,
    length: usize,
    mask: [u8; 16],
    masked: [u8; 16],
}

impl Refused {
    /// Whether this card has refused this value.
    pub(crate) fn holds(&self, card: &str, pin: PinKind, value: &[u8]) -> bool {
        let same = |known: &&Value| {
            let differs = known
                .masked
                .iter()
                .zip(known.mask)
                .zip(padded(value).iter())
                .fold(0, |sum, ((masked, mask), byte)| {
                    sum | (masked ^ mask ^ byte)
                });
            known.card == card && known.pin == pin && known.length == value.len() && differs == 0
        };
        self.0.iter().any(|known| same(&known))
    }

    /// Remembers a refused value; the oldest is forgotten behind a thousand.
    pub(crate) fn add(&mut self, card: &str, pin: PinKind, value: &[u8]) {
        if self.holds(card, pin, value) {
            return;
        }
        if self.0.len() >= 1000 {
            self.0.remove(0);
        }
        let mut mask = [0; 16];
        // Without randomness the value is kept as it is: not sending it again matters more.
        let _ = getrandom::fill(&mut mask);
        let mut masked = mask;
        for (masked, byte) in masked.iter_mut().zip(padded(value).iter()) {
            *masked ^= byte;
        }
        self.0.push(Value {
            card: card.to_owned(),
            pin,
            length: value.len(),
            mask,
            masked,
        });
    }
}

fn padded(value: &[u8]) -> Zeroizing<[u8; 16]> {
    let mut padded = Zeroizing::new([0; 16]);
    for (to, from) in padded.iter_mut().zip(value) {
        *to = *from;
    }
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_refused_for_one_pin_of_one_card() {
        let mut refused = Refused::default();
        refused.add("A", PinKind::Authentication, b"1234");
        assert!(refused.holds("A", PinKind::Authentication, b"1234"));
        for (card, pin, value) in [
            ("B", PinKind::Authentication, &b"1234"[..]),
            ("A", PinKind::Signature, b"1234"),
            ("A", PinKind::Authentication, b"1235"),
            ("A", PinKind::Authentication, b"1234\0"),
        ] {
            assert!(!refused.holds(card, pin, value), "{card} {pin:?} {value:?}");
        }
        assert!(refused.0.iter().all(|value| &value.masked[..4] != b"1234"));
    }
}
