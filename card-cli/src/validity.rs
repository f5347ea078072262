//! How long a certificate is valid, as its holder needs to know it: until when, from when it can be
//! renewed, and whether it has run out. Times for people are those of Japan.

use card_core::certificate;
use card_core::domain::date::{Date, UtcTime};
use serde::{Serialize, Serializer};

use crate::texts::{Language, Texts};

/// The validity of a certificate at a moment.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Validity {
    not_before: Moment,
    not_after: Moment,
    /// The day in Japan from which a municipal office renews it: three months before its last day.
    renewable_from: Option<String>,
    /// By the clock of this computer.
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    NotYet,
    Valid,
    Renewable,
    Expired,
}

impl Validity {
    /// Of a certificate at this moment.
    pub(crate) fn at(validity: certificate::Validity, now: UtcTime) -> Self {
        Self::between(validity.not_before, validity.not_after, now)
    }

    fn between(from: UtcTime, end: UtcTime, now: UtcTime) -> Self {
        let renewable = renewable_from(end.date_in_japan());
        let state = match renewable {
            _ if now < from => State::NotYet,
            _ if now > end => State::Expired,
            Some(day) if now.date_in_japan() >= day => State::Renewable,
            _ => State::Valid,
        };
        Self {
            not_before: Moment(from),
            not_after: Moment(end),
            renewable_from: renewable.map(|day| day.to_string()),
            state,
        }
    }

    /// Where the moment lies.
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// One line for people.
    pub(crate) fn text(&self, texts: &Texts) -> String {
        let id = match self.state {
            State::NotYet => "validity-not-yet",
            State::Valid => "validity-valid",
            State::Renewable => "validity-renewable",
            State::Expired => "validity-expired",
        };
        let from = renewable_from(self.not_after.0.date_in_japan());
        let from = from.map_or_else(String::new, |day| day_text(day, texts));
        let end = self.not_after.text(texts);
        texts.with(
            id,
            [("end", end.as_str().into()), ("from", from.as_str().into())],
        )
    }
}

/// Three months before the last day; the last day of a shorter month. `None` before the year 1.
fn renewable_from(last: Date) -> Option<Date> {
    let (year, month) = match last.month() {
        month @ 4.. => (last.year(), month - 3),
        month => (last.year().checked_sub(1)?, month + 9),
    };
    (0..4).find_map(|shorter| Date::new(year, month, last.day().checked_sub(shorter)?).ok())
}

/// A day for people.
pub(crate) fn day_text(day: Date, texts: &Texts) -> String {
    match texts.language() {
        Language::Japanese => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Language::English => day.to_string(),
    }
}

/// A moment in a report: UTC in ISO 8601 for programs, the time of Japan for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) UtcTime);

impl Moment {
    pub(crate) fn text(self, texts: &Texts) -> String {
        in_japan(self.0, texts)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

/// A moment for people: day and time in Japan, with the zone.
pub(crate) fn in_japan(time: UtcTime, texts: &Texts) -> String {
    let seconds = (time.unix() + 9 * 3600).rem_euclid(24 * 3600);
    let clock = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    let day = day_text(time.date_in_japan(), texts);
    texts.with(
        "time-in-japan",
        [
            ("day", day.as_str().into()),
            ("clock", clock.as_str().into()),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::program_texts;

    fn day(year: u16, month: u8, day: u8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn three_months_before() {
        for (last, from) in [
            (day(2031, 4, 1), day(2031, 1, 1)),
            (day(2031, 3, 31), day(2030, 12, 31)),
            (day(2031, 5, 31), day(2031, 2, 28)),
            (day(2031, 1, 1), day(2030, 10, 1)),
            (day(2032, 5, 30), day(2032, 2, 29)),
        ] {
            assert_eq!(renewable_from(last), Some(from), "{last}");
        }
        assert_eq!(renewable_from(day(1, 1, 1)), None);
    }

    #[test]
    fn states_change_at_midnight_in_japan() {
        // 2031-04-01 23:59:59 in Japan.
        let end = UtcTime::from_unix(1_932_821_999).unwrap();
        assert_eq!(end.to_string(), "2031-04-01T14:59:59Z");
        let from = UtcTime::from_unix(1_700_000_000).unwrap();
        let state = |unix| Validity::between(from, end, UtcTime::from_unix(unix).unwrap()).state();
        let renewable = UtcTime::midnight(day(2031, 1, 1)).unwrap().unix() - 9 * 3600;
        assert_eq!(state(1_699_999_999), State::NotYet);
        assert_eq!(state(renewable - 1), State::Valid);
        assert_eq!(state(renewable), State::Renewable);
        assert_eq!(state(1_932_821_999), State::Renewable);
        assert_eq!(state(1_932_822_000), State::Expired);
    }

    #[test]
    fn times_are_those_of_japan() {
        let time = UtcTime::from_unix(1_932_821_999).unwrap();
        let said = |language| in_japan(time, &program_texts(language));
        assert_eq!(said(Language::English), "2031-04-01 23:59:59 (Japan time)");
        assert_eq!(
            said(Language::Japanese),
            "2031年4月1日 23:59:59（日本時間）"
        );
    }
}
