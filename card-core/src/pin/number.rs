//! Secrets that are printed on the card: both verification numbers and the birth date.
//!
//! They keep a record from being read at a distance, not by a person who holds the card.

use super::{Pin, PinKind, ShapeProblem, digits, sealed};
use crate::domain::date::{BirthDate, Date};
use crate::domain::my_number::{MyNumber, MyNumberError};
use crate::secret::Secret;

pin! {
    /// Verification number A: the My Number itself.
    ///
    /// 照合番号A。Twelve digits with their check digit, ten attempts, profile 0014 and visual 0013.
    VerificationNumberA, NumberA, number_a
}

pin! {
    /// Verification number B: birth date, expiry year and security code of the card face.
    ///
    /// 照合番号B。Fourteen digits, ten attempts, profile 0015 and visual 0012: `YYMMDD` of the birth
    /// date as printed, so with the year of the era; the Gregorian year in which the card expires;
    /// the four-digit security code (セキュリティコード). Measured on a card by myna-card.
    VerificationNumberB, NumberB, number_b
}

pin! {
    /// The birth date as a PIN.
    ///
    /// 生年月日。Six digits `YYMMDD` as printed on the card, so with the year of the era; visual
    /// 0011; its number of attempts is not published.
    BirthPin, Birth, birth
}

impl From<&MyNumber> for VerificationNumberA {
    fn from(number: &MyNumber) -> Self {
        Self(number.secret().clone())
    }
}

impl VerificationNumberB {
    /// Puts the number together from what is printed on the card.
    ///
    /// # Errors
    ///
    /// `pin.shape` if the code is not four digits or the year is not one in which cards expire.
    pub fn from_face(
        birth: &BirthPin,
        expiry_year: u16,
        security_code: &[u8],
    ) -> Result<Self, ShapeProblem> {
        let code = digits(security_code, 4)?;
        let mut number = zeroize::Zeroizing::new(Vec::with_capacity(14));
        number.extend_from_slice(birth.0.expose());
        number.extend_from_slice(format!("{expiry_year:04}").as_bytes());
        number.extend_from_slice(code.expose());
        Self::parse(&number)
    }
}

impl BirthPin {
    /// The PIN of a card that prints the birth date with its era (the rule for Japanese citizens).
    ///
    /// `None` if a part of the date is unknown, or if stated era and year contradict each other:
    /// then only the card's print tells.
    #[must_use]
    pub fn from_birth(birth: &BirthDate) -> Option<Self> {
        Self::parse(&birth.era_digits()?).ok()
    }

    /// The PIN of a card that prints the birth date with its Gregorian year (foreign residents).
    ///
    /// Takes the last two digits of the year. Inferred: no public source says what such a card
    /// expects.
    #[must_use]
    pub fn gregorian(birth: Date) -> Option<Self> {
        let text = format!(
            "{:02}{:02}{:02}",
            birth.year() % 100,
            birth.month(),
            birth.day()
        );
        Self::parse(text.as_bytes()).ok()
    }
}

fn number_a(value: &[u8]) -> Result<Secret, ShapeProblem> {
    match MyNumber::parse(value) {
        Ok(number) => Ok(number.secret().clone()),
        Err(MyNumberError::Length) => Err(ShapeProblem::Length {
            least: 12,
            most: 12,
        }),
        Err(MyNumberError::Digits) => Err(ShapeProblem::Digits),
        Err(MyNumberError::CheckDigit) => Err(ShapeProblem::CheckDigit),
    }
}

fn number_b(value: &[u8]) -> Result<Secret, ShapeProblem> {
    let number = digits(value, 14)?;
    let (birth, rest) = value.split_at_checked(6).unwrap_or_default();
    plausible_date(birth)?;
    // The first cards were issued in 2016; none expires in another century than this one.
    if !rest.starts_with(b"20") {
        return Err(ShapeProblem::Year);
    }
    Ok(number)
}

fn birth(value: &[u8]) -> Result<Secret, ShapeProblem> {
    let pin = digits(value, 6)?;
    plausible_date(value)?;
    Ok(pin)
}

/// A slip of the keys is caught here for free; on the card it would cost an attempt.
///
/// Zeros stand for a month or day that is not on record.
fn plausible_date(digits: &[u8]) -> Result<(), ShapeProblem> {
    let pair = |at: usize| digits.get(at..at + 2).unwrap_or_default();
    if pair(2) <= b"12".as_slice() && pair(4) <= b"31".as_slice() {
        Ok(())
    } else {
        Err(ShapeProblem::Date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_a_is_a_my_number() {
        let number = MyNumber::parse(b"123456789018").unwrap();
        let from_digits = VerificationNumberA::parse(b"123456789018").unwrap();
        assert_eq!(VerificationNumberA::from(&number), from_digits);
        let parse = VerificationNumberA::parse;
        assert_eq!(parse(b"123456789019"), Err(ShapeProblem::CheckDigit));
        assert_eq!(parse(b"12345678901 "), Err(ShapeProblem::Digits));
        assert_eq!(
            parse(b"1234"),
            Err(ShapeProblem::Length {
                least: 12,
                most: 12
            })
        );
    }

    #[test]
    fn number_b_from_the_card_face() {
        // Both measured by myna-card: Showa 55 and Heisei 2.
        for (born, code, number) in [
            ("19800217", "2285", "55021720352285"),
            ("19900401", "1234", "02040120351234"),
        ] {
            let birth = BirthDate::from_record(born).unwrap();
            let pin = BirthPin::from_birth(&birth).unwrap();
            let made = VerificationNumberB::from_face(&pin, 2035, code.as_bytes()).unwrap();
            assert_eq!(made, VerificationNumberB::parse(number.as_bytes()).unwrap());
        }
    }

    #[test]
    fn era_edges_and_gregorian_cards() {
        let pin = |born: &str| BirthPin::from_birth(&BirthDate::from_record(born).unwrap());
        let typed = |digits: &[u8]| BirthPin::parse(digits).ok();
        assert_eq!(pin("19890107"), typed(b"640107"), "the last day of Showa");
        assert_eq!(pin("19890108"), typed(b"010108"), "the first day of Heisei");
        assert_eq!(pin("20190430"), typed(b"310430"), "the last day of Heisei");
        assert_eq!(pin("20190501"), typed(b"010501"), "the first day of Reiwa");
        assert_eq!(pin("19800200"), None, "no era year without a day");
        let gregorian = BirthPin::gregorian(Date::new(1990, 4, 1).unwrap());
        assert_eq!(gregorian, typed(b"900401"));
    }

    #[test]
    fn slips_are_caught_before_they_cost() {
        let number = VerificationNumberB::parse;
        assert_eq!(
            number(b"5502172035228"),
            Err(ShapeProblem::Length {
                least: 14,
                most: 14
            })
        );
        assert_eq!(
            number(b"19800217203522"),
            Err(ShapeProblem::Date),
            "80 is no month"
        );
        assert_eq!(number(b"55021735202285"), Err(ShapeProblem::Year));
        assert_eq!(number(b"5502172035228X"), Err(ShapeProblem::Digits));
        assert_eq!(BirthPin::parse(b"551302"), Err(ShapeProblem::Date));
        assert_eq!(BirthPin::parse(b"550232"), Err(ShapeProblem::Date));
        assert!(
            BirthPin::parse(b"550200").is_ok(),
            "a day that is not on record"
        );
        let pin = BirthPin::parse(b"550217").unwrap();
        assert!(VerificationNumberB::from_face(&pin, 2035, b"228").is_err());
        assert!(VerificationNumberB::from_face(&pin, 20350, b"2285").is_err());
    }
}
