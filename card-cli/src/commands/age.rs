//! `age --over N`: yes or no, from the smallest record that answers.

use card_core::applet::profile::AttributesRecord;
use card_core::applet::visual::{AgeRecord, CardFace};
use card_core::domain::date::{BirthDate, Date};
use card_core::genuine::Record as Files;
use card_core::pin::PinKind;
use card_core::{Error, Transaction};
use serde::Serialize;

use crate::args::Consent;
use crate::clock;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::issuers::Trusted;
use crate::jobs::pin::Entered;
use crate::opens::{self, BIRTH, Opener, Opens, PIN, PROFILE_NUMBER_B, VISUAL_NUMBER_A};
use crate::output::{Report, table};
use crate::program::Program;
use crate::proof::{self, Proof, Record};
use crate::session::CardSession;
use crate::texts::Texts;

/// Over which age, and whether it is proven.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "YEARS")]
    over: u16,
    #[arg(long, conflicts_with = "trust")]
    no_proof: bool,
    #[arg(long, value_name = "production|jlis-test|sim|DIR")]
    trust: Option<Trusted>,
    #[command(flatten)]
    opens: Opens,
    #[command(flatten)]
    consent: Consent,
}

/// `mynacard.age/1`. Holds no birth date.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Answer {
    /// Years.
    over: u16,
    /// Null where the card knows too little of the birth date to say.
    answer: Option<bool>,
    /// The day in Japan for which it is answered, ISO 8601.
    on: String,
    /// What the answer rests on: `age`, `profile` or `face`.
    record: Record,
    /// Null with `--no-proof`.
    proof: Option<Proof>,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let trust = arguments.trust.as_ref().unwrap_or(&Trusted::Production);
    let issuers = (!arguments.no_proof).then(|| trust.issuers()).transpose()?;
    let challenge = proof::challenge()?;
    let mut connection = Connection::open(program)?;
    // The birth date opens nothing but itself; the others open more than is needed.
    let options = [BIRTH, PIN, PROFILE_NUMBER_B, VISUAL_NUMBER_A];
    let entered = opens::ask(
        &options,
        &arguments.opens,
        program,
        &mut connection,
        arguments.consent,
    )?;
    let record = match entered.pin {
        Opener::Birth(_) => Record::Age,
        Opener::Pin(_) | Opener::NumberB(_) => Record::Profile,
        Opener::NumberA(_) => Record::Face,
    };
    let (birth, proof) = connection.talk(|transaction| match &issuers {
        Some(issuers) => {
            let Entered { pin, spend } = &entered;
            let evidence = record.evidence(transaction, pin, *spend, Some(challenge))?;
            let proof = Proof::of(&evidence.judge(issuers), trust);
            Ok((of_files(&evidence.record)?, Some(proof)))
        }
        None => Ok((read(transaction, &entered)?, None)),
    })?;
    let today = clock::now().date_in_japan();
    let answer = Answer {
        over: arguments.over,
        answer: birth.and_then(|birth| is_over(birth, arguments.over, today)),
        on: today.to_string(),
        record,
        proof,
    };
    program.show_card(&answer, &connection)
}

fn read(
    transaction: &mut Transaction<'_>,
    entered: &Entered<Opener>,
) -> Result<Option<BirthDate>, Error> {
    let spend = entered.spend;
    match &entered.pin {
        Opener::Birth(birth) => {
            let mut visual = transaction.visual()?;
            let record = visual.unlock(birth, spend)?.age_record()?;
            Ok(Some(record.birth))
        }
        Opener::Pin(pin) => {
            let mut profile = transaction.profile()?;
            let record = profile.unlock(pin, spend)?.attributes()?;
            Ok(record.attributes.birth)
        }
        Opener::NumberB(number) => {
            let mut profile = transaction.profile()?;
            let record = profile.unlock(number, spend)?.attributes()?;
            Ok(record.attributes.birth)
        }
        Opener::NumberA(number) => {
            let mut visual = transaction.visual()?;
            let face = visual.unlock(number, spend)?.face()?;
            Ok(face.birth)
        }
    }
}

fn of_files(files: &Files) -> Result<Option<BirthDate>, Error> {
    Ok(match files {
        Files::Age(file) => Some(AgeRecord::parse(file)?.birth),
        Files::Face(file) => CardFace::parse(file)?.birth,
        Files::Profile {
            attributes: Some(file),
            ..
        } => AttributesRecord::parse(file)?.attributes.birth,
        Files::Profile { .. } | Files::Number(_) => return Err(proof::needed(PinKind::Profile)),
    })
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
