//! Options that say which secret opens a record.

use std::fmt;
use std::str::FromStr;

use card_core::domain::date::{BirthDate, Date};
use card_core::pin::{BirthPin, PinKind, VerificationNumberB};
use clap::{Args, ValueEnum};
use zeroize::Zeroizing;

use super::values::NoValue;
use crate::jobs::record_secret::Choice;

/// Says which secret opens the record.
#[derive(Clone, Debug, Args)]
pub(crate) struct RecordSecretArgs {
    #[arg(long, value_name = "pin|number-a|number-b|birth")]
    with: Option<With>,
    #[arg(long, value_name = "BIRTH,EXPIRY,CODE")]
    face_values: Option<FaceValues>,
}

/// A secret by its short name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum With {
    Pin,
    NumberA,
    NumberB,
    Birth,
}

impl With {
    /// The secret.
    pub(crate) fn kind(self) -> PinKind {
        match self {
            Self::Pin => PinKind::Profile,
            Self::NumberA => PinKind::NumberA,
            Self::NumberB => PinKind::NumberB,
            Self::Birth => PinKind::Birth,
        }
    }
}

impl RecordSecretArgs {
    /// The secret that is meant.
    pub(crate) fn choice(&self) -> Choice {
        Choice {
            kind: self.with.map(With::kind),
            printed: self
                .face_values
                .as_ref()
                .map(|FaceValues(number)| number.clone()),
        }
    }
}

/// What is printed on the card and makes 照合番号B.
#[derive(Clone)]
struct FaceValues(VerificationNumberB);

impl fmt::Debug for FaceValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaceValues")
    }
}

impl FromStr for FaceValues {
    type Err = NoValue;

    /// `BIRTH,EXPIRY,CODE`: six digits as printed, or a date, which takes the year of its era; the
    /// year or the day of the expiry; four digits.
    fn from_str(text: &str) -> Result<Self, NoValue> {
        let mut parts = text.split(',').map(str::trim);
        let (Some(birth), Some(expiry), Some(code), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NoValue);
        };
        let birth = match date(birth) {
            Some(digits) => BirthDate::from_record(&digits)
                .ok()
                .and_then(|birth| BirthPin::from_birth(&birth)),
            None => BirthPin::parse(birth.as_bytes()).ok(),
        };
        let year = expiry
            .get(..4)
            .filter(|_| expiry.len() == 4 || date(expiry).is_some());
        let year = year.and_then(|year| year.parse().ok());
        let (birth, year) = birth.zip(year).ok_or(NoValue)?;
        VerificationNumberB::from_face(&birth, year, code.as_bytes())
            .map(Self)
            .map_err(|_| NoValue)
    }
}

/// `YYYY-MM-DD` as eight digits.
fn date(text: &str) -> Option<Zeroizing<String>> {
    let digits = Zeroizing::new(text.replace('-', ""));
    let shape = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    (shape && Date::from_digits(&digits).is_ok()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_b_from_what_is_printed() {
        let printed = VerificationNumberB::parse(b"55021720352285").unwrap();
        for text in [
            "550217,2035,2285",
            "1980-02-17,2035,2285",
            "1980-02-17, 2035-02-17, 2285",
        ] {
            assert_eq!(text.parse::<FaceValues>().unwrap().0, printed, "{text}");
        }
        // A card that prints the Gregorian year, as it is printed.
        let gregorian = VerificationNumberB::parse(b"80021720352285").unwrap();
        assert_eq!(
            "800217,2035,2285".parse::<FaceValues>().unwrap().0,
            gregorian
        );
        for wrong in [
            "",
            "550217",
            "550217,2035",
            "550217,2035,228",
            "550217,2035,2285,1",
            "1980-02-30,2035,2285",
            "1980-2-17,2035,2285",
            "551317,2035,2285",
            "550217,35,2285",
            "550217,2035-13-01,2285",
            "550217,1935,2285",
        ] {
            assert!(wrong.parse::<FaceValues>().is_err(), "{wrong}");
        }
        assert_eq!(format!("{:?}", FaceValues(printed)), "FaceValues");
    }
}
