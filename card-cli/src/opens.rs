//! Which secret opens a record where several do: named, told by its length, or printed on the card.

use std::fmt;
use std::io;
use std::path::Path;
use std::str::FromStr;

use card_core::Error;
use card_core::domain::date::{BirthDate, Date};
use card_core::pin::{
    Attempts, BirthPin, Pin, PinKind, PinProblem, ProfilePin, VerificationNumberA,
    VerificationNumberB,
};
use clap::{Args, ValueEnum};
use zeroize::Zeroizing;

use crate::args::{Consent, NoValue, PinSource};
use crate::connect::Connection;
use crate::exit::Failure;
use crate::facts::listed;
use crate::jobs::pin::{self, Entered};
use crate::program::Program;
use crate::session::CardSession;
use crate::ui::program::{ProgramUi, pin_name};
use crate::ui::{PinAnswer, PinQuestion, Ui};
use crate::wanted::{PROFILE_PIN, Wanted};

/// Says which secret opens the record.
#[derive(Clone, Debug, Args)]
pub(crate) struct Opens {
    #[arg(long, value_name = "pin|number-a|number-b|birth")]
    with: Option<With>,
    #[arg(long, value_name = "BIRTH,EXPIRY,CODE")]
    face_values: Option<FaceValues>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum With {
    Pin,
    NumberA,
    NumberB,
    Birth,
}

impl With {
    fn kind(self) -> PinKind {
        match self {
            Self::Pin => PinKind::Profile,
            Self::NumberA => PinKind::NumberA,
            Self::NumberB => PinKind::NumberB,
            Self::Birth => PinKind::Birth,
        }
    }

    /// As it is typed.
    fn word(kind: PinKind) -> &'static str {
        match kind {
            PinKind::NumberA => "number-a",
            PinKind::NumberB => "number-b",
            PinKind::Birth => "birth",
            _ => "pin",
        }
    }
}

/// A secret of the profile or visual application.
pub(crate) enum Opener {
    /// 券面事項入力補助用暗証番号.
    Pin(ProfilePin),
    /// 照合番号A.
    NumberA(VerificationNumberA),
    /// 照合番号B.
    NumberB(VerificationNumberB),
    /// 生年月日.
    Birth(BirthPin),
}

/// The profile PIN.
pub(crate) const PIN: Wanted<Opener> = Wanted {
    kind: ProfilePin::KIND,
    parse: |value| ProfilePin::parse(value).map(Opener::Pin),
    choose: |value| ProfilePin::parse(value).map(Opener::Pin),
    attempts: PROFILE_PIN.attempts,
    published: PROFILE_PIN.published,
};

/// 照合番号A, as the profile application counts it.
pub(crate) const PROFILE_NUMBER_A: Wanted<Opener> = Wanted {
    kind: VerificationNumberA::KIND,
    parse: |value| VerificationNumberA::parse(value).map(Opener::NumberA),
    choose: |value| VerificationNumberA::parse(value).map(Opener::NumberA),
    attempts: |transaction| transaction.profile()?.number_a_attempts(),
    published: |secrets| secrets.verification_number_a.map(str::to_owned),
};

/// 照合番号A, as the visual application counts it.
pub(crate) const VISUAL_NUMBER_A: Wanted<Opener> = Wanted {
    attempts: |transaction| transaction.visual()?.number_a_attempts(),
    ..PROFILE_NUMBER_A
};

/// 照合番号B, as the profile application counts it.
pub(crate) const PROFILE_NUMBER_B: Wanted<Opener> = Wanted {
    kind: VerificationNumberB::KIND,
    parse: |value| VerificationNumberB::parse(value).map(Opener::NumberB),
    choose: |value| VerificationNumberB::parse(value).map(Opener::NumberB),
    attempts: |transaction| transaction.profile()?.number_b_attempts(),
    published: |secrets| secrets.verification_number_b.clone(),
};

/// 照合番号B, as the visual application counts it.
pub(crate) const VISUAL_NUMBER_B: Wanted<Opener> = Wanted {
    attempts: |transaction| transaction.visual()?.number_b_attempts(),
    ..PROFILE_NUMBER_B
};

/// The birth date.
pub(crate) const BIRTH: Wanted<Opener> = Wanted {
    kind: BirthPin::KIND,
    parse: |value| BirthPin::parse(value).map(Opener::Birth),
    choose: |value| BirthPin::parse(value).map(Opener::Birth),
    attempts: |transaction| transaction.visual()?.birth_attempts(),
    published: |secrets| Some(secrets.birth_pin.to_owned()),
};

/// Gets one of the secrets that open a record, the usual one first.
///
/// Which one it is says `--with`, else its length.
pub(crate) fn ask(
    options: &[Wanted<Opener>],
    opens: &Opens,
    program: &Program,
    connection: &mut Connection,
    consent: Consent,
) -> Result<Entered<Opener>, Failure> {
    let named = opens.with.map(With::kind);
    if let Some(FaceValues(number)) = &opens.face_values {
        let kind = named.unwrap_or(PinKind::NumberB);
        if kind != PinKind::NumberB || find(options, kind).is_none() {
            return Err(cannot(options, kind, program));
        }
        return Ok(Entered {
            pin: Opener::NumberB(number.clone()),
            spend: consent.spend(),
        });
    }
    let source = program.global.pin.as_ref().unwrap_or(&PinSource::Prompt);
    let only = match (named, options) {
        (Some(kind), _) => Some(find(options, kind).ok_or_else(|| cannot(options, kind, program))?),
        (None, [one]) => Some(one),
        (None, _) if *source == PinSource::Simulated => published(options, connection),
        (None, _) => None,
    };
    let mut ui = ProgramUi::new(program);
    if let Some(wanted) = only {
        return pin::ask(wanted, connection, &mut ui, consent.spend());
    }
    let open = match ui.begin()? {
        true => open(options, connection)?,
        false => options.iter().map(|wanted| (wanted.kind, None)).collect(),
    };
    let PinAnswer::Value(value) = ui.pin(&PinQuestion { options: &open })? else {
        return Err(Failure::new("pin.sim-only"));
    };
    let wanted = by_length(options, &value).ok_or_else(|| {
        let names = options.iter().map(|wanted| pin_name(wanted.kind, program));
        let names = listed(&names.collect::<Vec<_>>());
        let text = program
            .texts
            .with("usage-length", [("pins", names.as_str().into())]);
        Failure::usage(text)
    })?;
    Ok(Entered {
        pin: pin::shaped(wanted.kind, wanted.parse, &value)?,
        spend: consent.spend(),
    })
}

fn find(options: &[Wanted<Opener>], kind: PinKind) -> Option<&Wanted<Opener>> {
    options.iter().find(|wanted| wanted.kind == kind)
}

fn published<'o>(
    options: &'o [Wanted<Opener>],
    connection: &Connection,
) -> Option<&'o Wanted<Opener>> {
    let secrets = connection.resident().map(|who| who.published_secrets());
    let known = |wanted: &&Wanted<Opener>| {
        secrets
            .as_ref()
            .is_some_and(|secrets| (wanted.published)(secrets).is_some())
    };
    options.iter().find(known).or_else(|| options.first())
}

fn by_length<'o>(options: &'o [Wanted<Opener>], value: &[u8]) -> Option<&'o Wanted<Opener>> {
    let kind = match value.len() {
        4 => PinKind::Profile,
        6 => PinKind::Birth,
        12 => PinKind::NumberA,
        14 => PinKind::NumberB,
        _ => return None,
    };
    find(options, kind)
}

fn cannot(options: &[Wanted<Opener>], kind: PinKind, program: &Program) -> Failure {
    let words: Vec<&str> = options.iter().map(|it| With::word(it.kind)).collect();
    let words = words.join(", ");
    let name = pin_name(kind, program);
    Failure::usage(program.texts.with(
        "usage-with",
        [
            ("pin", name.as_str().into()),
            ("values", words.as_str().into()),
        ],
    ))
}

/// Those that are not blocked, with the attempts left of each.
fn open(
    options: &[Wanted<Opener>],
    connection: &mut Connection,
) -> Result<Vec<(PinKind, Option<Attempts>)>, Failure> {
    let left = connection.talk(|transaction| {
        let asked = options.iter().map(|wanted| (wanted.attempts)(transaction));
        asked.collect::<Result<Vec<_>, _>>()
    })?;
    let open = options.iter().zip(left);
    let open = open.filter(|(_, left)| *left != Attempts::Blocked);
    let open: Vec<_> = open
        .map(|(wanted, left)| (wanted.kind, Some(left)))
        .collect();
    if open.is_empty() {
        let pin = options.first().map_or(PinKind::Profile, |first| first.kind);
        let problem = PinProblem::Blocked;
        return Err(Error::Pin { pin, problem }.into());
    }
    Ok(open)
}

/// What a session of secure messaging begins with, if one is asked for.
pub(crate) fn session_seed(asked: bool) -> Result<Option<Zeroizing<[u8; 32]>>, Failure> {
    if !asked {
        return Ok(None);
    }
    let mut seed = Zeroizing::new([0; 32]);
    let filled = getrandom::fill(&mut *seed).map_err(io::Error::other);
    filled.map_err(|error| Failure::file("input.unreadable", Path::new("/dev/urandom"), &error))?;
    Ok(Some(seed))
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

    #[test]
    fn the_length_tells_only_what_is_wanted() {
        let options = [PIN, PROFILE_NUMBER_B];
        let kind = |value: &[u8]| by_length(&options, value).map(|wanted| wanted.kind);
        assert_eq!(kind(b"1234"), Some(PinKind::Profile));
        assert_eq!(kind(b"55021720352285"), Some(PinKind::NumberB));
        for other in [&b""[..], b"12345", b"550217", b"123456789018"] {
            assert_eq!(kind(other), None);
        }
    }
}
