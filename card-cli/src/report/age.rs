//! The report of whether an age is reached.

use card_core::domain::date::{BirthDate, Date, UtcTime};
use serde::Serialize;

use crate::exit::Failure;
use crate::genuineness::{Proof, RecordWord};
use crate::jobs::record::Record;
use crate::output::{Report, table};
use crate::texts::Texts;

/// `mynacard.age/1`. Holds no birth date.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Answer {
    /// Years.
    over: u16,
    /// Null where the card knows too little of the birth date to say, or the proof failed.
    pub(crate) answer: Option<bool>,
    /// The day in Japan for which it is answered, ISO 8601.
    on: String,
    /// What the answer rests on: `age`, `profile` or `face`.
    record: RecordWord,
    /// Null with `--no-proof`.
    proof: Option<Proof>,
}

impl Answer {
    /// Of today in Japan.
    pub(crate) fn of(
        over: u16,
        record: Record,
        birth: Option<BirthDate>,
        proof: Option<Proof>,
    ) -> Self {
        let today = UtcTime::now().date_in_japan();
        Self {
            over,
            answer: birth
                .filter(|_| proof.as_ref().is_none_or(|proof| proof.demanded().is_ok()))
                .and_then(|birth| is_over(birth, over, today)),
            on: today.to_string(),
            record: RecordWord::of(record),
            proof,
        }
    }
}

impl Answer {
    /// Fails if a proof was made and does not hold.
    pub(crate) fn demanded(&self) -> Result<(), Failure> {
        self.proof.as_ref().map_or(Ok(()), Proof::demanded)
    }
}

/// Whether the age is reached; `None` where an unknown month or day decides.
fn is_over(birth: BirthDate, years: u16, today: Date) -> Option<bool> {
    let year = birth.year()?;
    let edge = |month: u8, day: u8| {
        let month = birth.month().unwrap_or(month);
        // The last day that the month has.
        let mut days = (1..=birth.day().unwrap_or(day)).rev();
        let born = days.find_map(|day| Date::new(year, month, day).ok())?;
        let reached = year.checked_add(years)?;
        Some((reached, born.month(), born.day()) <= (today.year(), today.month(), today.day()))
    };
    let (oldest, youngest) = (edge(1, 1)?, edge(12, 31)?);
    (oldest == youngest).then_some(oldest)
}

impl Report for Answer {
    const NAME: &str = "age";

    fn text(&self, texts: &Texts) -> String {
        let answer = match self.answer {
            Some(true) => "age-yes",
            Some(false) => "age-no",
            None if self.demanded().is_err() => "age-not-proven-so-none",
            None => "age-unknown",
        };
        let mut text = texts.say(answer) + "\n";
        match &self.proof {
            Some(proof) => text += &table(&proof.rows(texts)),
            None => {
                text += &texts.say("age-not-proven");
                text.push('\n');
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn an_age_turns_on_the_birthday() {
        let on = |birth: &str, years, today: (u16, u8, u8)| {
            let today = Date::new(today.0, today.1, today.2).unwrap();
            is_over(BirthDate::from_record(birth).unwrap(), years, today)
        };
        assert_eq!(on("20080217", 18, (2026, 2, 16)), Some(false));
        assert_eq!(on("20080217", 18, (2026, 2, 17)), Some(true));
        assert_eq!(on("20080229", 18, (2026, 2, 28)), Some(false));
        assert_eq!(on("20080229", 18, (2026, 3, 1)), Some(true));
        assert_eq!(on("20080200", 18, (2026, 1, 31)), Some(false));
        assert_eq!(on("20080200", 18, (2026, 2, 15)), None);
        assert_eq!(on("20080200", 18, (2026, 3, 1)), Some(true));
        assert_eq!(on("20080000", 18, (2026, 12, 30)), None);
        assert_eq!(on("20080000", 18, (2026, 12, 31)), Some(true));
        assert_eq!(on("20080000", 18, (2025, 12, 31)), Some(false));
        assert_eq!(on("00000000", 18, (2026, 1, 1)), None);
        assert_eq!(on("20080217", u16::MAX, (2026, 1, 1)), None);
    }

    #[test]
    fn schema_is_up_to_date() {
        schema::<Answer>(Answer::NAME, Envelope::Card);
    }
}
