//! Secrets that open a record: the PIN, 照合番号A or B, or the birth date; chosen by name, by length,
//! or made from what is printed on the card.

use card_core::pin::{
    Attempts, BirthPin, Pin, PinKind, PinProblem, ProfilePin, VerificationNumberA,
    VerificationNumberB,
};
use card_core::{Error, Spend};

use super::pin::{self, Entered};
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::{self, Fact, Phrase, pin_word};
use crate::pin_spec::{Given, PROFILE_PIN, PinSpec};
use crate::session::CardSession;
use crate::ui::{PinAnswer, PinQuestion, Ui};

/// Which secret is meant; the length decides where nothing is said.
#[derive(Clone, Default)]
pub(crate) struct Choice {
    pub(crate) kind: Option<PinKind>,
    /// 照合番号B from what is printed on the card: no question is asked.
    pub(crate) printed: Option<VerificationNumberB>,
}

/// A secret of the profile or visual application.
pub(crate) enum RecordSecret {
    /// 券面事項入力補助用暗証番号.
    Pin(Given<ProfilePin>),
    /// 照合番号A.
    NumberA(VerificationNumberA),
    /// 照合番号B.
    NumberB(VerificationNumberB),
    /// 生年月日.
    Birth(BirthPin),
}

/// The profile PIN.
pub(crate) const PIN: PinSpec<RecordSecret> = PinSpec {
    kind: ProfilePin::KIND,
    parse: |value| ProfilePin::parse(value).map(|pin| RecordSecret::Pin(Given::Value(pin))),
    choose: |value| ProfilePin::parse(value).map(|pin| RecordSecret::Pin(Given::Value(pin))),
    attempts: PROFILE_PIN.attempts,
    published: PROFILE_PIN.published,
    on_reader: Some(|| RecordSecret::Pin(Given::OnReader)),
};

/// 照合番号A, as the profile application counts it.
pub(crate) const PROFILE_NUMBER_A: PinSpec<RecordSecret> = PinSpec {
    kind: VerificationNumberA::KIND,
    parse: |value| VerificationNumberA::parse(value).map(RecordSecret::NumberA),
    choose: |value| VerificationNumberA::parse(value).map(RecordSecret::NumberA),
    attempts: |transaction| transaction.profile()?.number_a_attempts(),
    published: |secrets| secrets.verification_number_a.map(str::to_owned),
    on_reader: None,
};

/// 照合番号A, as the visual application counts it.
pub(crate) const VISUAL_NUMBER_A: PinSpec<RecordSecret> = PinSpec {
    attempts: |transaction| transaction.visual()?.number_a_attempts(),
    ..PROFILE_NUMBER_A
};

/// 照合番号B, as the profile application counts it.
pub(crate) const PROFILE_NUMBER_B: PinSpec<RecordSecret> = PinSpec {
    kind: VerificationNumberB::KIND,
    parse: |value| VerificationNumberB::parse(value).map(RecordSecret::NumberB),
    choose: |value| VerificationNumberB::parse(value).map(RecordSecret::NumberB),
    attempts: |transaction| transaction.profile()?.number_b_attempts(),
    published: |secrets| secrets.verification_number_b.clone(),
    on_reader: None,
};

/// 照合番号B, as the visual application counts it.
pub(crate) const VISUAL_NUMBER_B: PinSpec<RecordSecret> = PinSpec {
    attempts: |transaction| transaction.visual()?.number_b_attempts(),
    ..PROFILE_NUMBER_B
};

/// The birth date.
pub(crate) const BIRTH: PinSpec<RecordSecret> = PinSpec {
    kind: BirthPin::KIND,
    parse: |value| BirthPin::parse(value).map(RecordSecret::Birth),
    choose: |value| BirthPin::parse(value).map(RecordSecret::Birth),
    attempts: |transaction| transaction.visual()?.birth_attempts(),
    published: |secrets| Some(secrets.birth_pin.to_owned()),
    on_reader: None,
};

/// Gets one of the secrets that open a record, the usual one first: on the reader, where that is a PIN
/// and the reader has a keypad.
///
/// # Errors
///
/// `usage.wrong`: the secret that was chosen does not open this record; `pin.shape`: this can be none
/// of its secrets. The card was sent nothing.
pub(crate) fn ask(
    options: &[PinSpec<RecordSecret>],
    choice: &Choice,
    card: &mut impl CardSession,
    ui: &mut dyn Ui,
    spend: Spend,
) -> Result<Entered<RecordSecret>, Failure> {
    let named = choice.kind;
    if let Some(number) = &choice.printed {
        let kind = named.unwrap_or(PinKind::NumberB);
        if kind != PinKind::NumberB || find(options, kind).is_none() {
            return Err(cannot(options, kind));
        }
        return Ok(Entered {
            pin: RecordSecret::NumberB(number.clone()),
            spend,
        });
    }
    let only = match (named, options) {
        (Some(kind), _) => Some(find(options, kind).ok_or_else(|| cannot(options, kind))?),
        (None, [one]) => Some(one),
        // A reader asks for one PIN, not for one of several lengths.
        (None, [usual, ..]) if pin::on_reader(usual, card, ui)?.is_some() => Some(usual),
        (None, _) => None,
    };
    if let Some(spec) = only {
        return pin::ask(spec, card, ui, spend);
    }
    let open = match ui.begin()? {
        true => open(options, card)?,
        false => options.iter().map(|spec| (spec.kind, None)).collect(),
    };
    let question = PinQuestion {
        options: &open,
        current: false,
    };
    loop {
        let shaped = match ui.pin(&question)? {
            PinAnswer::Value(value) => by_length(options, &value)
                .ok_or_else(|| no_length(options))
                .and_then(|spec| pin::shaped(spec.kind, spec.parse, &value)),
            PinAnswer::Published => {
                let bug = || Failure::from(ProgramError::bug());
                let spec = published(options, card).ok_or_else(bug)?;
                let value = pin::published(spec, card)?;
                pin::shaped(spec.kind, spec.parse, &value)
            }
        };
        match shaped {
            Ok(pin) => return Ok(Entered { pin, spend }),
            Err(problem) if ui.asks_again(&problem) => {}
            Err(problem) => return Err(problem),
        }
    }
}

fn find(options: &[PinSpec<RecordSecret>], kind: PinKind) -> Option<&PinSpec<RecordSecret>> {
    options.iter().find(|spec| spec.kind == kind)
}

fn by_length<'o>(
    options: &'o [PinSpec<RecordSecret>],
    value: &[u8],
) -> Option<&'o PinSpec<RecordSecret>> {
    let kind = match value.len() {
        4 => PinKind::Profile,
        6 => PinKind::Birth,
        12 => PinKind::NumberA,
        14 => PinKind::NumberB,
        _ => return None,
    };
    find(options, kind)
}

/// None of the secrets has the length of what was given.
fn no_length(options: &[PinSpec<RecordSecret>]) -> Failure {
    let pins = options.iter().map(|spec| pin_word(spec.kind)).collect();
    let lengths = Fact::Sentence("shape-lengths", vec![("pins", Phrase::List(pins))]);
    Failure::of("pin.shape")
        .telling("pin", facts::word("pin", "record"))
        .telling("shape", lengths)
}

fn published<'o>(
    options: &'o [PinSpec<RecordSecret>],
    card: &impl CardSession,
) -> Option<&'o PinSpec<RecordSecret>> {
    let secrets = card.resident().map(|who| who.published_secrets());
    let known = |spec: &&PinSpec<RecordSecret>| {
        secrets
            .as_ref()
            .is_some_and(|secrets| (spec.published)(secrets).is_some())
    };
    options.iter().find(known).or_else(|| options.first())
}

fn cannot(options: &[PinSpec<RecordSecret>], kind: PinKind) -> Failure {
    let words: Vec<&str> = options.iter().map(|spec| word(spec.kind)).collect();
    let values = Phrase::Text(words.join(", "));
    let pin = Phrase::Word(pin_word(kind));
    Failure::usage_of("usage-with", vec![("pin", pin), ("values", values)])
}

/// A secret as it is chosen by `--with`.
fn word(kind: PinKind) -> &'static str {
    match kind {
        PinKind::NumberA => "number-a",
        PinKind::NumberB => "number-b",
        PinKind::Birth => "birth",
        _ => "pin",
    }
}

/// Those that are not blocked, with the attempts left of each.
fn open(
    options: &[PinSpec<RecordSecret>],
    card: &mut impl CardSession,
) -> Result<Vec<(PinKind, Option<Attempts>)>, Failure> {
    let left = card.talk(|transaction| {
        let asked = options.iter().map(|spec| (spec.attempts)(transaction));
        asked.collect::<Result<Vec<_>, _>>()
    })?;
    let open = options.iter().zip(left);
    let open = open.filter(|(_, left)| *left != Attempts::Blocked);
    let open: Vec<_> = open.map(|(spec, left)| (spec.kind, Some(left))).collect();
    if open.is_empty() {
        let pin = options.first().map_or(PinKind::Profile, |first| first.kind);
        let problem = PinProblem::Blocked;
        return Err(Error::Pin { pin, problem }.into());
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_tells_only_what_is_wanted() {
        let options = [PIN, PROFILE_NUMBER_B];
        let kind = |value: &[u8]| by_length(&options, value).map(|spec| spec.kind);
        assert_eq!(kind(b"1234"), Some(PinKind::Profile));
        assert_eq!(kind(b"55021720352285"), Some(PinKind::NumberB));
        for other in [&b""[..], b"12345", b"550217", b"123456789018"] {
            assert_eq!(kind(other), None);
        }
    }
}
