//! Days, moments and the Japanese calendar: how certificates write them and how people read them.

mod birth;

use std::fmt;

pub use birth::BirthDate;
use thiserror::Error;
use time::macros::datetime;
use time::{Month, OffsetDateTime, UtcOffset};

/// A day of the Gregorian calendar (西暦): a card's expiry, a day to count an age on.
///
/// Exists only for days that the calendar has, in the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day with these numbers.
    ///
    /// # Errors
    ///
    /// [`DateError::Calendar`] if there is no such day.
    pub const fn new(year: u16, month: u8, day: u8) -> Result<Date, DateError> {
        let known = year >= 1 && year <= 9999 && month >= 1 && month <= 12;
        if known && day >= 1 && day <= days_in_month(year, month) {
            Ok(Date { year, month, day })
        } else {
            Err(DateError::Calendar)
        }
    }

    /// The day that eight digits `YYYYMMDD` name, as cards write an expiry (有効期限).
    ///
    /// # Errors
    ///
    /// [`DateError::Shape`] if these are not eight ASCII digits, [`DateError::Calendar`] if there
    /// is no such day.
    pub fn from_digits(digits: &str) -> Result<Date, DateError> {
        let (year, month, day) = year_month_day(digits)?;
        Date::new(year, month, day)
    }

    /// The year, 1 to 9999.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub const fn day(self) -> u8 {
        self.day
    }
}

/// Writes ISO 8601: `2035-02-17`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A moment to the second, in UTC: when a certificate begins and ends, when a list was made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcTime(OffsetDateTime);

impl UtcTime {
    /// The clock of this computer.
    pub fn now() -> UtcTime {
        std::time::SystemTime::now().into()
    }

    /// The moment so many seconds after 1970-01-01T00:00:00Z; `None` outside the years 1 to 9999.
    pub fn from_unix(seconds: i64) -> Option<UtcTime> {
        UtcTime::from_datetime(OffsetDateTime::from_unix_timestamp(seconds).ok()?)
    }

    /// The first moment of a day in UTC.
    pub fn midnight(date: Date) -> Option<UtcTime> {
        let month = Month::try_from(date.month).ok()?;
        let day = time::Date::from_calendar_date(i32::from(date.year), month, date.day).ok()?;
        UtcTime::from_datetime(day.midnight().assume_utc())
    }

    pub(crate) fn from_datetime(moment: OffsetDateTime) -> Option<UtcTime> {
        let whole = moment
            .checked_to_offset(UtcOffset::UTC)?
            .replace_nanosecond(0)
            .ok()?;
        (1..=9999).contains(&whole.year()).then_some(UtcTime(whole))
    }

    /// Seconds after 1970-01-01T00:00:00Z, leap seconds not counted.
    pub fn unix(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// The day that this moment falls on in Japan (UTC+9, no summer time since 1951).
    ///
    /// Japanese certificates end at 14:59:59Z, the last second of a Japanese day.
    pub fn date_in_japan(self) -> Date {
        // Only the last nine hours of the year 9999 have no Japanese day; they keep their UTC one.
        let there = UtcOffset::from_hms(9, 0, 0)
            .ok()
            .and_then(|japan| self.0.checked_to_offset(japan))
            .unwrap_or(self.0);
        Date {
            year: u16::try_from(there.year()).unwrap_or(9999),
            month: there.month().into(),
            day: there.day(),
        }
    }
}

/// To the second, rounded down. A moment outside the years 1 to 9999 becomes their nearest end.
impl From<std::time::SystemTime> for UtcTime {
    fn from(moment: std::time::SystemTime) -> UtcTime {
        use std::time::UNIX_EPOCH;
        const FIRST: OffsetDateTime = datetime!(0001-01-01 00:00:00 UTC);
        const LAST: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);
        let seconds = match moment.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let part = i64::from(before.subsec_nanos() > 0);
                i64::try_from(before.as_secs()).map_or(i64::MIN, |whole| {
                    whole.saturating_neg().saturating_sub(part)
                })
            }
        };
        let end = match seconds < 0 {
            true => FIRST,
            false => LAST,
        };
        UtcTime::from_unix(seconds).unwrap_or(UtcTime(end))
    }
}

/// Writes ISO 8601: `2029-09-14T14:59:59Z`.
impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.0;
        let month = u8::from(t.month());
        write!(f, "{:04}-{month:02}-{:02}", t.year(), t.day())?;
        write!(f, "T{:02}:{:02}:{:02}Z", t.hour(), t.minute(), t.second())
    }
}

impl fmt::Debug for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An era (元号) of the Japanese calendar since 1868.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Era {
    /// 明治
    Meiji,
    /// 大正
    Taisho,
    /// 昭和
    Showa,
    /// 平成
    Heisei,
    /// 令和
    Reiwa,
}

impl Era {
    /// All eras, oldest first.
    pub const ALL: [Era; 5] = [Era::Meiji, Era::Taisho, Era::Showa, Era::Heisei, Era::Reiwa];

    /// The era that a certificate's era digit names: 1 Meiji to 5 Reiwa.
    pub const fn from_digit(digit: u8) -> Option<Era> {
        match digit {
            1 => Some(Era::Meiji),
            2 => Some(Era::Taisho),
            3 => Some(Era::Showa),
            4 => Some(Era::Heisei),
            5 => Some(Era::Reiwa),
            _ => None,
        }
    }

    /// The era of a day; `None` before Meiji. A day on which the era changed belongs to the new one.
    pub fn of(date: Date) -> Option<Era> {
        Era::ALL
            .into_iter()
            .rev()
            .find(|era| era.first_day() <= date)
    }

    /// 明治, 大正, 昭和, 平成 or 令和.
    pub const fn japanese(self) -> &'static str {
        match self {
            Era::Meiji => "明治",
            Era::Taisho => "大正",
            Era::Showa => "昭和",
            Era::Heisei => "平成",
            Era::Reiwa => "令和",
        }
    }

    /// The name in Latin letters, without macrons.
    pub const fn english(self) -> &'static str {
        match self {
            Era::Meiji => "Meiji",
            Era::Taisho => "Taisho",
            Era::Showa => "Showa",
            Era::Heisei => "Heisei",
            Era::Reiwa => "Reiwa",
        }
    }

    /// The first day, in the Gregorian calendar.
    ///
    /// Meiji counts from the first day of its first year in the calendar of that time, to which
    /// the rescript of October 1868 reached back. The others follow their rescripts and cabinet
    /// orders.
    pub const fn first_day(self) -> Date {
        let (year, month, day) = match self {
            Era::Meiji => (1868, 1, 25),
            Era::Taisho => (1912, 7, 30),
            Era::Showa => (1926, 12, 25),
            Era::Heisei => (1989, 1, 8),
            Era::Reiwa => (2019, 5, 1),
        };
        Date { year, month, day }
    }

    /// The last day; `None` for the era that has not ended.
    ///
    /// Meiji and Taisho end on the very day their successor begins: that day has two names.
    pub const fn last_day(self) -> Option<Date> {
        let (year, month, day) = match self {
            Era::Meiji => (1912, 7, 30),
            Era::Taisho => (1926, 12, 25),
            Era::Showa => (1989, 1, 7),
            Era::Heisei => (2019, 4, 30),
            Era::Reiwa => return None,
        };
        Some(Date { year, month, day })
    }

    /// The year of this era (1 is 元年) that a Gregorian year is, or would be after the era's end.
    ///
    /// `None` before the era began.
    pub const fn year_of(self, gregorian: u16) -> Option<u16> {
        match gregorian.checked_sub(self.first_day().year) {
            Some(years) => Some(years + 1),
            None => None,
        }
    }
}

/// Why digits are not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DateError {
    /// Not the expected number of ASCII digits.
    #[error("not the expected number of digits")]
    Shape,
    /// The calendar has no such day.
    #[error("the calendar has no such day")]
    Calendar,
}

fn year_month_day(digits: &str) -> Result<(u16, u8, u8), DateError> {
    let bytes: &[u8; 8] = digits.as_bytes().try_into().map_err(|_| DateError::Shape)?;
    if !bytes.iter().all(u8::is_ascii_digit) {
        return Err(DateError::Shape);
    }
    let [y1, y2, y3, y4, m1, m2, d1, d2] = bytes.map(|digit| digit - b'0');
    let year = [y1, y2, y3, y4]
        .iter()
        .fold(0, |year, digit| year * 10 + u16::from(*digit));
    Ok((year, m1 * 10 + m2, d1 * 10 + d2))
}

const fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(digits: &str) -> Date {
        Date::from_digits(digits).unwrap()
    }

    #[test]
    fn the_calendar_decides_which_days_exist() {
        for good in ["20240229", "20000229", "19800131", "00010101", "99991231"] {
            assert!(Date::from_digits(good).is_ok(), "{good}");
        }
        for bad in [
            "20230229", "19000229", "20240431", "20241301", "20240100", "00000101",
        ] {
            assert_eq!(Date::from_digits(bad), Err(DateError::Calendar), "{bad}");
        }
        for bad in [
            "",
            "2024022",
            "202402290",
            "2024-2-9",
            "２０２４０２２９",
            "2024 229",
        ] {
            assert_eq!(Date::from_digits(bad), Err(DateError::Shape), "{bad}");
        }
    }

    #[test]
    fn the_clock_of_the_system_is_read_to_the_second_and_never_fails() {
        use std::time::{Duration, UNIX_EPOCH};
        let at = |moment: std::time::SystemTime| UtcTime::from(moment).to_string();
        assert_eq!(
            at(UNIX_EPOCH + Duration::from_millis(1_999)),
            "1970-01-01T00:00:01Z"
        );
        assert_eq!(
            at(UNIX_EPOCH - Duration::from_millis(1)),
            "1969-12-31T23:59:59Z"
        );
        assert_eq!(
            at(UNIX_EPOCH - Duration::from_secs(1)),
            "1969-12-31T23:59:59Z"
        );
        let millennia = Duration::from_secs(9_000 * 31_557_600);
        assert_eq!(at(UNIX_EPOCH + millennia), "9999-12-31T23:59:59Z");
        assert_eq!(at(UNIX_EPOCH - millennia), "0001-01-01T00:00:00Z");
        let before = std::time::SystemTime::now();
        let now = UtcTime::now();
        assert!(UtcTime::from(before) <= now && now <= std::time::SystemTime::now().into());
    }

    #[test]
    fn the_day_in_japan_begins_nine_hours_early() {
        let end = UtcTime::from_unix(1_568_473_199 + 86_400 * 3653).unwrap();
        assert_eq!(end.to_string(), "2029-09-14T14:59:59Z");
        assert_eq!(end.date_in_japan(), day("20290914"));
        let next = UtcTime::from_unix(end.unix() + 1).unwrap();
        assert_eq!(next.date_in_japan(), day("20290915"));
        assert_eq!(UtcTime::midnight(day("19700102")).unwrap().unix(), 86_400);
        for extreme in [i64::MIN, i64::MAX, -62_135_596_801, 253_402_300_800] {
            assert!(UtcTime::from_unix(extreme).is_none(), "{extreme}");
        }
        let last = UtcTime::from_unix(253_402_300_799).unwrap();
        assert_eq!(last.date_in_japan(), day("99991231"));
    }

    #[test]
    fn eras_change_on_their_days() {
        for (digits, era) in [
            ("18680124", None),
            ("18680125", Some(Era::Meiji)),
            ("19120729", Some(Era::Meiji)),
            ("19120730", Some(Era::Taisho)),
            ("19261224", Some(Era::Taisho)),
            ("19261225", Some(Era::Showa)),
            ("19890107", Some(Era::Showa)),
            ("19890108", Some(Era::Heisei)),
            ("20190430", Some(Era::Heisei)),
            ("20190501", Some(Era::Reiwa)),
        ] {
            assert_eq!(Era::of(day(digits)), era, "{digits}");
        }
        assert_eq!(Era::Showa.year_of(1980), Some(55));
        assert_eq!(Era::Showa.year_of(1926), Some(1));
        assert_eq!(Era::Showa.year_of(1925), None);
        assert!(
            Era::ALL
                .windows(2)
                .all(|pair| pair[0].last_day() >= Some(pair[0].first_day()))
        );
    }
}
