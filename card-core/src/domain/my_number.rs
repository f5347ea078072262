//! The My Number: twelve digits that the law protects, so no printer shows them.

use std::fmt;

use thiserror::Error;

use crate::secret::Secret;

/// A My Number (個人番号): eleven digits and a check digit.
///
/// Exists only with the right check digit. `Display` and `Debug` show twelve stars; only
/// [`MyNumber::reveal`] shows the digits. Wiped when dropped, compared in constant time.
///
/// The number may be collected and kept for the purposes that the law names only (行政手続における
/// 特定の個人を識別するための番号の利用等に関する法律):
#[derive(Clone, PartialEq, Eq)]
pub struct MyNumber(Secret);

impl MyNumber {
    /// What stands for the digits wherever they are not asked for.
    pub const MASKED: &'static str = "************";

    /// Takes twelve ASCII digits.
    ///
    /// # Errors
    ///
    /// [`MyNumberError`] if these are not twelve digits or the last one does not fit the others.
    pub fn parse(digits: &[u8]) -> Result<Self, MyNumberError> {
        let number: &[u8; 12] = digits.try_into().map_err(|_| MyNumberError::Length)?;
        if !number.iter().all(u8::is_ascii_digit) {
            return Err(MyNumberError::Digits);
        }
        let [body @ .., last] = number.map(|digit| digit - b'0');
        if check_digit(body) != last {
            return Err(MyNumberError::CheckDigit);
        }
        Secret::new(number).map(Self).ok_or(MyNumberError::Length)
    }

    /// The twelve digits. The caller is responsible for where they go.
    #[must_use]
    pub fn reveal(&self) -> &str {
        // Digits only, so always text.
        std::str::from_utf8(self.0.expose()).unwrap_or_default()
    }

    /// The digits as the secret that 照合番号A is.
    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }
}

/// The last digit, from the eleven before it.
///
/// 平成26年総務省令第85号第5条: weights 2 to 7 and again 2 to 6 from the right, sum modulo 11.
fn check_digit(body: [u8; 11]) -> u8 {
    let weights = (2..=7).chain(2..=6);
    let sum: u16 = body
        .iter()
        .rev()
        .zip(weights)
        .map(|(p, q)| u16::from(*p) * q)
        .sum();
    match sum % 11 {
        0 | 1 => 0,
        // Between 1 and 9, so nothing is cut off.
        rest => u8::try_from(11 - rest).unwrap_or_default(),
    }
}

impl fmt::Display for MyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::MASKED)
    }
}

impl fmt::Debug for MyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::MASKED)
    }
}

/// Why digits are not a My Number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MyNumberError {
    /// Not twelve of them.
    #[error("twelve digits are needed")]
    Length,
    /// Something else than the digits 0 to 9.
    #[error("digits are needed")]
    Digits,
    /// The last digit does not fit the others: one of them is wrong.
    #[error("the check digit does not fit")]
    CheckDigit,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_numbers_have_their_check_digit() {
        // Made up: the running digits that many texts use, and numbers that are not given out.
        for number in [
            "123456789018",
            "000000000019",
            "537686677188",
            "000000000000",
        ] {
            assert_eq!(MyNumber::parse(number.as_bytes()).unwrap().reveal(), number);
        }
    }

    #[test]
    fn shape_is_told_from_check_digit() {
        assert_eq!(MyNumber::parse(b"12345678901"), Err(MyNumberError::Length));
        assert_eq!(
            MyNumber::parse(b"1234567890189"),
            Err(MyNumberError::Length)
        );
        assert_eq!(MyNumber::parse(b"12345678901A"), Err(MyNumberError::Digits));
        assert_eq!(
            MyNumber::parse(b"123456789019"),
            Err(MyNumberError::CheckDigit)
        );
    }

    #[test]
    fn printers_show_stars() {
        let number = MyNumber::parse(b"123456789018").unwrap();
        assert_eq!(format!("{number} {number:?}"), "************ ************");
    }

    proptest! {
        #[test]
        fn exactly_one_last_digit_fits(body in "[0-9]{11}") {
            let fits = (0..10).filter(|last| MyNumber::parse(format!("{body}{last}").as_bytes()).is_ok());
            prop_assert_eq!(fits.count(), 1);
        }

        #[test]
        fn one_wrong_digit_is_nearly_always_seen(body in "[0-9]{11}", at in 0_usize..11, step in 1_u8..10) {
            let last = (0..10).find(|l| MyNumber::parse(format!("{body}{l}").as_bytes()).is_ok()).unwrap();
            let mut changed = format!("{body}{last}").into_bytes();
            changed[at] = b'0' + (changed[at] - b'0' + step) % 10;
            // The rules write 0 for two of the eleven rests, so only numbers ending in 0 can hide it.
            prop_assert!(last == 0 || MyNumber::parse(&changed).is_err());
        }
    }
}
