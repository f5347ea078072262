//! What the values of a persona file may be: one small check for each kind of field.
//!
//! The card's own rules, written down a second time on purpose: nothing here is shared with the
//! library, so that a wrong idea in one of them shows in the other.

use std::ops::{Range, RangeInclusive};

use der::DateTime;
use toml::value::{Date, Datetime, Offset};

use super::error::{PinShape, Problem};

pub(super) fn id(value: String) -> Result<String, Problem> {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let begins = value.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    if begins && value.len() <= 32 && value.bytes().all(allowed) {
        Ok(value)
    } else {
        Err(Problem::Name)
    }
}

pub(super) fn text(longest: usize) -> impl Fn(String) -> Result<String, Problem> {
    move |value| {
        let count = value.chars().count();
        if (1..=longest).contains(&count) && !value.chars().any(char::is_control) {
            Ok(value)
        } else {
            Err(Problem::Text { longest })
        }
    }
}

pub(super) fn identification(value: String) -> Result<String, Problem> {
    if value.is_ascii() {
        text(32)(value)
    } else {
        Err(Problem::Text { longest: 32 })
    }
}

fn is_digits(value: &str, count: usize) -> bool {
    value.len() == count && value.bytes().all(|c| c.is_ascii_digit())
}

pub(super) fn digits(count: usize) -> impl Fn(String) -> Result<String, Problem> {
    move |value| {
        if is_digits(&value, count) {
            Ok(value)
        } else {
            Err(Problem::Digits { count })
        }
    }
}

pub(super) fn flags(text: &str) -> impl Fn(String) -> Result<String, Problem> {
    let count = text.chars().count();
    move |value| {
        if value.len() == count && value.bytes().all(|c| c == b'0' || c == b'1') {
            Ok(value)
        } else {
            Err(Problem::Flags { count })
        }
    }
}

pub(super) fn zeros(text: &str) -> String {
    "0".repeat(text.chars().count())
}

pub(super) fn within(range: RangeInclusive<usize>) -> impl FnOnce(usize) -> Result<usize, Problem> {
    move |value| {
        if range.contains(&value) {
            Ok(value)
        } else {
            Err(Problem::Range { range })
        }
    }
}

pub(super) fn answer_to_reset(value: String) -> Result<Vec<u8>, Problem> {
    let digits: Option<Vec<u8>> = value
        .chars()
        .filter(|c| *c != ' ')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.ok_or(Problem::AnswerToReset)?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if rest.is_empty() && (2..=33).contains(&pairs.len()) {
        Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
    } else {
        Err(Problem::AnswerToReset)
    }
}

/// Era digit, then a Gregorian date with zeros where a part is unknown.
pub(super) fn birth_date(value: String) -> Result<String, Problem> {
    let part = |range| {
        value
            .get::<Range<usize>>(range)
            .and_then(|part| part.parse::<u16>().ok())
    };
    let parts =
        is_digits(&value, 9).then(|| Some((part(0..1)?, part(1..5)?, part(5..7)?, part(7..9)?)));
    let Some(Some((era, year, month, day))) = parts else {
        return Err(Problem::BirthDate);
    };
    let days = match month {
        2 if year != 0 && (year % 4 != 0 || year % 100 == 0 && year % 400 != 0) => 28,
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if era <= 5 && month <= 12 && day <= days {
        Ok(value)
    } else {
        Err(Problem::BirthDate)
    }
}

/// YYMMDD as a card of a Japanese resident shows it; `value` has passed [`birth_date`].
pub(super) fn printed_birth(value: &str) -> String {
    let (era, rest) = value.split_at_checked(1).unwrap_or_default();
    let (year, rest) = rest.split_at_checked(4).unwrap_or_default();
    // The Gregorian year before the first year of each era.
    let before = match era {
        "1" => 1867,
        "2" => 1911,
        "3" => 1925,
        "4" => 1988,
        "5" => 2018,
        _ => 0,
    };
    let year = year.parse::<u16>().unwrap_or(0).saturating_sub(before) % 100;
    format!("{year:02}{rest}")
}

pub(super) fn sex(value: String) -> Result<char, Problem> {
    match value.as_str() {
        "1" => Ok('1'),
        "2" => Ok('2'),
        "3" => Ok('3'),
        _ => Err(Problem::Sex),
    }
}

/// Check digit by the ministerial order on My Number (平成26年総務省令第85号, article 5).
pub(super) fn my_number(value: String) -> Result<String, Problem> {
    let value = digits(12)(value)?;
    let mut from_the_right = value.bytes().rev().map(|digit| u32::from(digit - b'0'));
    let check = from_the_right.next();
    let weights = (2..=7).chain(2..=6);
    let rest = from_the_right
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum::<u32>()
        % 11;
    let expected = if rest <= 1 { 0 } else { 11 - rest };
    if check == Some(expected) {
        Ok(value)
    } else {
        Err(Problem::CheckDigit)
    }
}

pub(super) fn date(value: Datetime) -> Result<Date, Problem> {
    match value {
        Datetime {
            date: Some(date),
            time: None,
            offset: None,
        } => Ok(date),
        _ => Err(Problem::Date),
    }
}

pub(super) fn instant(value: Datetime) -> Result<DateTime, Problem> {
    let Datetime {
        date: Some(date),
        time: Some(time),
        offset: Some(Offset::Z),
    } = value
    else {
        return Err(Problem::Instant);
    };
    let second = time.second.unwrap_or(0);
    DateTime::new(
        date.year,
        date.month,
        date.day,
        time.hour,
        time.minute,
        second,
    )
    .ok()
    .filter(|_| date.year < 2050)
    .ok_or(Problem::Instant)
}

pub(super) fn pin_of_shape(shape: PinShape) -> impl Fn(String) -> Result<String, Problem> {
    move |value| {
        let fits = match shape {
            PinShape::FourDigits => is_digits(&value, 4),
            PinShape::Password => {
                let allowed = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit();
                (6..=16).contains(&value.len()) && value.bytes().all(allowed)
            }
        };
        if fits {
            Ok(value)
        } else {
            Err(Problem::PinShape { shape })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_of_a_my_number() {
        // 123456789018 is the example of the ministry.
        for right in [
            "123456789018",
            "000000000019",
            "000000000060",
            "000000000108",
        ] {
            assert!(my_number(right.to_owned()).is_ok(), "{right}");
        }
        for digit in (0..=9).filter(|digit| *digit != 8) {
            assert!(my_number(format!("12345678901{digit}")).is_err(), "{digit}");
        }
    }

    #[test]
    fn birth_dates_may_be_partly_unknown() {
        for right in [
            "319800217",
            "400000000",
            "019880000",
            "420000229",
            "520240229",
        ] {
            assert!(birth_date(right.to_owned()).is_ok(), "{right}");
        }
        for wrong in [
            "419000229",
            "419900431",
            "419901301",
            "4199004011",
            "419900４01",
            "+19900401",
        ] {
            assert!(birth_date(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_card_prints_the_year_of_the_era() {
        for (birth, printed) in [
            ("319800217", "550217"),
            ("419900401", "020401"),
            ("520190615", "010615"),
            ("019880000", "880000"),
            ("400000000", "000000"),
        ] {
            assert_eq!(printed_birth(birth), printed);
        }
    }

    #[test]
    fn an_answer_to_reset_is_2_to_33_bytes() {
        assert_eq!(
            answer_to_reset("3B e0".to_owned()).ok(),
            Some(vec![0x3B, 0xE0])
        );
        for wrong in ["", "3B", "3B 0", "3B 0G", "３B00", &"00".repeat(34)] {
            assert!(answer_to_reset((*wrong).to_owned()).is_err(), "{wrong}");
        }
    }
}
