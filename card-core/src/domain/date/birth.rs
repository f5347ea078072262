//! Birth dates: often whole, sometimes not, and with an era that may contradict them.

use std::fmt;

use super::{Date, DateError, Era, days_in_month, year_month_day};

/// A birth date (生年月日), of which any part may be unknown, with the era that the issuer stated.
///
/// Residents whose day, month or year of birth is not on record exist; certificates and cards then
/// hold zeros. The era is kept as stated, also where it contradicts the year
/// ([`BirthDate::era_disagrees`]): a program that shows the date shows both. `Debug` shows nothing, and
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
