//! Days, moments and the Japanese calendar: how certificates write them and how people read them.

use std::fmt;

use thiserror::Error;
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

/// A birth date (生年月日), of which any part may be unknown, with the era that the issuer stated.
///
/// Residents whose day, month or year of birth is not on record exist; certificates and cards then
/// hold zeros. The era is kept as stated, also where it contradicts the year
/// ([`BirthDate::era_disagrees`]): whoever shows the date shows both. `Debug` shows nothing, and
/// there is no `Display`: a birth date is personal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BirthDate {
    stated: Stated,
    year: Option<u16>,
    month: Option<u8>,
    day: Option<u8>,
}

impl BirthDate {
    /// The birth date of a certificate: one era digit, then the Gregorian `YYYYMMDD`.
    ///
    /// `319800217` is Showa, 1980-02-17. Zeros stand for what is unknown, in every place. An era
    /// digit above 5 is an era that this program does not know yet: the date is then Gregorian only.
    ///
    /// # Errors
    ///
    /// [`DateError::Shape`] if these are not nine ASCII digits, [`DateError::Calendar`] if the
    /// known parts cannot belong together.
    pub fn from_certificate(digits: &str) -> Result<BirthDate, DateError> {
        let (era, date) = digits.split_at_checked(1).ok_or(DateError::Shape)?;
        let stated = match era.as_bytes() {
            b"0" => Stated::Nothing,
            [digit @ b'1'..=b'9'] => {
                Era::from_digit(digit - b'0').map_or(Stated::Newer, Stated::Era)
            }
            _ => return Err(DateError::Shape),
        };
        Ok(BirthDate {
            stated,
            ..BirthDate::from_record(date)?
        })
    }

    /// The birth date of a card's record: the Gregorian `YYYYMMDD`, zeros for what is unknown.
    ///
    /// # Errors
    ///
    /// [`DateError::Shape`] if these are not eight ASCII digits, [`DateError::Calendar`] if the
    /// known parts cannot belong together.
    pub fn from_record(digits: &str) -> Result<BirthDate, DateError> {
        let (year, month, day) = year_month_day(digits)?;
        // With the year unknown 29 February stays possible: 4 stands for any leap year.
        let longest = match month {
            0 => 31,
            1..=12 => days_in_month(if year == 0 { 4 } else { year }, month),
            _ => return Err(DateError::Calendar),
        };
        if day > longest {
            return Err(DateError::Calendar);
        }
        Ok(BirthDate {
            stated: Stated::Nothing,
            year: (year != 0).then_some(year),
            month: (month != 0).then_some(month),
            day: (day != 0).then_some(day),
        })
    }

    /// The era as stated by the issuer, or else the era of the day if the whole day is known.
    pub fn era(&self) -> Option<Era> {
        match self.stated {
            Stated::Nothing => Era::of(self.complete()?),
            Stated::Era(era) => Some(era),
            Stated::Newer => None,
        }
    }

    /// The era as stated by the issuer; records of the card state none.
    pub const fn stated_era(&self) -> Option<Era> {
        match self.stated {
            Stated::Era(era) => Some(era),
            Stated::Nothing | Stated::Newer => None,
        }
    }

    /// The Gregorian year, if known.
    pub const fn year(&self) -> Option<u16> {
        self.year
    }

    /// The month, if known.
    pub const fn month(&self) -> Option<u8> {
        self.month
    }

    /// The day of the month, if known.
    pub const fn day(&self) -> Option<u8> {
        self.day
    }

    /// The whole day; `None` if any part of it is unknown.
    pub fn complete(&self) -> Option<Date> {
        Date::new(self.year?, self.month?, self.day?).ok()
    }

    /// Whether the stated era cannot hold the stated date.
    ///
    /// Says no where the unknown parts leave both possible, and where no era is stated.
    pub fn era_disagrees(&self) -> bool {
        let (Some(era), Some(year)) = (self.stated_era(), self.year) else {
            return false;
        };
        let first = Date {
            year,
            month: self.month.unwrap_or(1),
            day: self.day.unwrap_or(1),
        };
        let last = Date {
            year,
            month: self.month.unwrap_or(12),
            day: self.day.unwrap_or(31),
        };
        last < era.first_day() || era.last_day().is_some_and(|end| end < first)
    }

    /// Whole years lived on a day; `None` if the birth date is incomplete or after that day.
    ///
    /// Counts from birthday to birthday, as people do: on the birthday itself the new age holds.
    /// By law (年齢計算ニ関スル法律) an age is reached at the end of the day before, which matters
    /// for school years and not here. Who was born on 29 February has a birthday on 1 March in
    /// years without that day.
    pub fn age_on(&self, day: Date) -> Option<u16> {
        let birth = self.complete()?;
        let years = day.year.checked_sub(birth.year)?;
        if (day.month, day.day) < (birth.month, birth.day) {
            years.checked_sub(1)
        } else {
            Some(years)
        }
    }

    /// Six ASCII digits `YYMMDD` with the year of the era, as printed on the card.
    ///
    /// The birth-date PIN (生年月日) is these digits, and 照合番号B begins with them: 1980-02-17 is
    /// `550217`. `None` if a part is unknown, or if era and year contradict each other: then no
    /// one can know what the card expects. Source: measured on test cards by the author of the
    /// package myna-card.
    pub fn era_digits(&self) -> Option<[u8; 6]> {
        let date = self.complete()?;
        let year = self.era()?.year_of(date.year)?;
        if self.era_disagrees() || year > 99 {
            return None;
        }
        let pair = |number: u8| [b'0' + number / 10 % 10, b'0' + number % 10];
        let [[y1, y2], [m1, m2], [d1, d2]] = [
            pair(u8::try_from(year).ok()?),
            pair(date.month),
            pair(date.day),
        ];
        Some([y1, y2, m1, m2, d1, d2])
    }

    /// ISO 8601 as far as known: `1980-02-17`, `1980-02`, `1980`, or `unknown` without a year.
    pub fn iso(&self) -> String {
        match (self.year, self.month, self.day) {
            (Some(y), Some(m), Some(d)) => format!("{y:04}-{m:02}-{d:02}"),
            (Some(y), Some(m), None) => format!("{y:04}-{m:02}"),
            (Some(y), None, _) => format!("{y:04}"),
            (None, ..) => "unknown".to_owned(),
        }
    }

    /// How a Japanese reader expects it: 昭和55年2月17日, 平成元年1月8日, 昭和55年2月日不詳.
    ///
    /// Where no era is known, or it contradicts the year, the year is Gregorian and the stated era
    /// follows in brackets.
    pub fn japanese(&self) -> String {
        let agreed = self.era().filter(|_| !self.era_disagrees());
        let mut text = match (agreed, self.year) {
            (Some(era), Some(year)) => match era.year_of(year) {
                Some(1) => format!("{}元年", era.japanese()),
                Some(n) => format!("{}{n}年", era.japanese()),
                None => format!("{year}年"),
            },
            (None, Some(year)) => format!("{year}年"),
            (Some(era), None) => format!("{}年", era.japanese()),
            (None, None) => "年".to_owned(),
        };
        let unknown = "不詳";
        match (self.year, self.month, self.day) {
            (Some(_), Some(m), Some(d)) => text += &format!("{m}月{d}日"),
            (Some(_), Some(m), _) => text += &format!("{m}月日{unknown}"),
            (Some(_), None, _) => text += &format!("月日{unknown}"),
            (None, Some(m), Some(d)) => text += &format!("{unknown}{m}月{d}日"),
            (None, Some(m), None) => text += &format!("{unknown}{m}月日{unknown}"),
            (None, None, _) => text += &format!("月日{unknown}"),
        }
        if let Some(era) = self.stated_era().filter(|_| self.era_disagrees()) {
            text += &format!(" ({})", era.japanese());
        }
        text
    }
}

/// What the issuer said about the era.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Stated {
    Nothing,
    Era(Era),
    /// An era that began after this program was written; no year of it can be counted.
    Newer,
}

/// A known day; the era is derived from it when asked.
impl From<Date> for BirthDate {
    fn from(date: Date) -> BirthDate {
        let Date { year, month, day } = date;
        BirthDate {
            stated: Stated::Nothing,
            year: Some(year),
            month: Some(month),
            day: Some(day),
        }
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate(..)")
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

    fn birth(digits: &str) -> BirthDate {
        BirthDate::from_certificate(digits).unwrap()
    }

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

    #[test]
    fn dates_are_written_as_far_as_they_are_known() {
        for (digits, iso, japanese) in [
            ("319800217", "1980-02-17", "昭和55年2月17日"),
            ("319800200", "1980-02", "昭和55年2月日不詳"),
            ("319800000", "1980", "昭和55年月日不詳"),
            ("319800017", "1980", "昭和55年月日不詳"),
            ("300000000", "unknown", "昭和年月日不詳"),
            ("400000217", "unknown", "平成年不詳2月17日"),
            ("000000000", "unknown", "年月日不詳"),
            ("019800217", "1980-02-17", "昭和55年2月17日"),
            ("019800200", "1980-02", "1980年2月日不詳"),
            ("419890108", "1989-01-08", "平成元年1月8日"),
            ("319890108", "1989-01-08", "1989年1月8日 (昭和)"),
            ("519800217", "1980-02-17", "1980年2月17日 (令和)"),
            ("120240217", "2024-02-17", "2024年2月17日 (明治)"),
            ("620400217", "2040-02-17", "2040年2月17日"),
            ("118670101", "1867-01-01", "1867年1月1日 (明治)"),
        ] {
            assert_eq!(birth(digits).iso(), iso, "{digits}");
            assert_eq!(birth(digits).japanese(), japanese, "{digits}");
        }
    }

    #[test]
    fn an_era_disagrees_only_when_it_cannot_be_right() {
        for (digits, disagrees) in [
            ("119120730", false),
            ("219120730", false),
            ("119120731", true),
            ("319890000", false),
            ("419890000", false),
            ("419890100", false),
            ("319890200", true),
            ("319900000", true),
            ("300000000", false),
            ("019800217", false),
        ] {
            assert_eq!(birth(digits).era_disagrees(), disagrees, "{digits}");
        }
    }

    #[test]
    fn impossible_birth_dates_are_refused() {
        for bad in [
            "",
            "3",
            "31980021",
            "3198002170",
            "x19800217",
            "31980021x",
            "あ9800217",
        ] {
            assert_eq!(
                BirthDate::from_certificate(bad),
                Err(DateError::Shape),
                "{bad}"
            );
        }
        for bad in [
            "319801317",
            "319800230",
            "319810229",
            "300000230",
            "319800032",
        ] {
            assert_eq!(
                BirthDate::from_certificate(bad),
                Err(DateError::Calendar),
                "{bad}"
            );
        }
        assert!(BirthDate::from_certificate("300000229").is_ok());
    }

    #[test]
    fn ages_change_on_the_birthday() {
        for (born, on, age) in [
            ("319800217", "20240216", Some(43)),
            ("319800217", "20240217", Some(44)),
            ("319800217", "19800217", Some(0)),
            ("319800217", "19800216", None),
            ("319800217", "19790301", None),
            ("420040229", "20220228", Some(17)),
            ("420040229", "20220301", Some(18)),
            ("420040229", "20240229", Some(20)),
            ("420040200", "20240229", None),
        ] {
            assert_eq!(birth(born).age_on(day(on)), age, "{born} on {on}");
        }
    }

    #[test]
    fn the_card_expects_the_year_of_the_era() {
        assert_eq!(birth("319800217").era_digits().as_ref(), Some(b"550217"));
        assert_eq!(
            BirthDate::from(day("20190501")).era_digits().as_ref(),
            Some(b"010501")
        );
        assert_eq!(birth("319800200").era_digits(), None);
        assert_eq!(birth("519800217").era_digits(), None);
        assert_eq!(birth("018500101").era_digits(), None);
        assert_eq!(birth("620400217").era_digits(), None);
    }

    #[test]
    fn debug_shows_no_birth_date() {
        assert_eq!(format!("{:?}", birth("319800217")), "BirthDate(..)");
    }
}
