//! The public RSA operation with the exponent 65537: sixteen squarings and one product.
//!
//! Only public numbers pass here, so nothing has to take the same time for each of them.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};

/// A modulus prepared for multiplications.
#[derive(Clone)]
pub(super) struct PublicPower {
    /// In bytes.
    length: usize,
    modulus: BoxedMontyParams,
}

impl PublicPower {
    /// Prepares a modulus, big-endian without leading zeros: odd, 1024 to 8192 bits.
    pub(super) fn new(modulus: &[u8]) -> Option<PublicPower> {
        let bits = 8 * modulus.len() - modulus.first()?.leading_zeros() as usize;
        if !(SMALLEST..=LARGEST).contains(&bits) {
            return None;
        }
        let number = Odd::new(BoxedUint::from_be_slice_vartime(modulus)).into_option()?;
        Some(PublicPower {
            length: modulus.len(),
            modulus: BoxedMontyParams::new_vartime(number),
        })
    }

    /// The power of a number below the modulus that is written with as many bytes, in as many
    /// bytes; `None` of any other: it would be another writing of one of them.
    pub(super) fn of(&self, number: &[u8]) -> Option<Vec<u8>> {
        if number.len() != self.length {
            return None;
        }
        let number = BoxedUint::from_be_slice(number, self.modulus.bits_precision()).ok()?;
        if number >= **self.modulus.modulus() {
            return None;
        }
        let number = BoxedMontyForm::new(number, &self.modulus);
        let mut power = number.clone();
        for _ in 0..16 {
            power = power.square();
        }
        let bytes = power.mul(&number).retrieve().to_be_bytes();
        let start = bytes.len().checked_sub(self.length)?;
        bytes.get(start..).map(<[u8]>::to_vec)
    }
}

/// In bits, as `rsa` has them.
const SMALLEST: usize = 1024;
const LARGEST: usize = 8192;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trust::tests::workshop::{Signer, Workshop};

    /// The modulus of the workshop's holder, 2048 bits.
    fn modulus() -> Vec<u8> {
        use rsa::traits::PublicKeyParts as _;
        let Signer::Rsa(key) = &Workshop::open().holder else {
            unreachable!("the holder's key is RSA");
        };
        key.n().to_be_bytes().to_vec()
    }

    /// A sum of big-endian numbers, if it is no longer than they are.
    fn sum(one: &[u8], other: &[u8]) -> Option<Vec<u8>> {
        let mut carry = 0;
        let mut digits: Vec<u8> = one
            .iter()
            .zip(other)
            .rev()
            .map(|(a, b)| {
                let sum = u16::from(*a) + u16::from(*b) + carry;
                carry = sum >> 8;
                sum as u8
            })
            .collect();
        digits.reverse();
        (carry == 0).then_some(digits)
    }

    #[test]
    fn what_the_private_key_undoes_is_done() {
        let workshop = Workshop::open();
        let power = PublicPower::new(&modulus()).unwrap();
        let signature = workshop.holder.sign(b"message");
        let block = power.of(&signature).unwrap();
        assert!(block.starts_with(&[0, 1, 0xFF]) && block.len() == 256);
        let digest = crate::Digest::of(crate::HashAlgorithm::Sha256, b"message");
        assert!(block.ends_with(digest.as_bytes()));
    }

    #[test]
    fn each_number_has_one_writing() {
        let modulus = modulus();
        let power = PublicPower::new(&modulus).unwrap();
        let mut small = vec![0; 256];
        small[255] = 2;
        assert!(power.of(&small).is_some());
        let same = sum(&small, &modulus).unwrap();
        assert_eq!(power.of(&same), None);
        assert_eq!(power.of(&modulus), None);
        assert_eq!(power.of(&[0xFF; 256]), None);
        assert_eq!(power.of(&small[1..]), None);
        assert_eq!(power.of(&[&[0], &small[..]].concat()), None);
        assert_eq!(power.of(&[]), None);
    }

    #[test]
    fn impossible_moduli_are_none() {
        let mut even = modulus();
        even[255] &= 0xFE;
        for bad in [&even[..], &[], &[1], &[0xFF; 127], &[0xFF; 1025]] {
            assert!(PublicPower::new(bad).is_none(), "{} bytes", bad.len());
        }
        assert!(PublicPower::new(&[0xFF; 128]).is_some());
        assert!(PublicPower::new(&[0xFF; 1024]).is_some());
    }

    proptest! {
        /// The window for secret exponents is the second opinion.
        #[test]
        fn the_power_is_that_of_the_exponent(
            modulus in proptest::collection::vec(any::<u8>(), 128..260),
            mut number in proptest::collection::vec(any::<u8>(), 260),
        ) {
            let mut modulus = modulus;
            modulus[0] |= 0x80;
            *modulus.last_mut().unwrap() |= 1;
            number.truncate(modulus.len());
            number[0] &= 0x7F;
            let power = PublicPower::new(&modulus).unwrap();
            let base = BoxedUint::from_be_slice(&number, power.modulus.bits_precision()).unwrap();
            let slow = BoxedMontyForm::new(base, &power.modulus)
                .pow(&BoxedUint::from(65_537_u32))
                .retrieve()
                .to_be_bytes();
            let expected = &slow[slow.len() - modulus.len()..];
            prop_assert_eq!(power.of(&number).unwrap(), expected);
        }
    }
}
