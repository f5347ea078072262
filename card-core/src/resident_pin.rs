//! The resident PIN: one to its holder, two on the card.
//!
//! The common and the resident application each keep a copy with a counter of its own. One change
//! is therefore two: it presents the old PIN twice, once to each copy, and a request for consent
//! says so.

use crate::applet::Application;
use crate::card::Transaction;
use crate::error::Error;
use crate::pin::{Attempts, PinKind, PinProblem, ResidentPin, Spend};

/// How many attempts each copy of the resident PIN has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyAttempts {
    /// In the resident application (住基AP).
    pub resident: Attempts,
    /// In the common application (共通カードAP).
    pub common: Attempts,
}

/// Asks both copies. Four exchanges, costs no attempt.
///
/// # Errors
///
/// `application.missing`, `card.refused`.
pub fn attempts(transaction: &mut Transaction<'_>) -> Result<CopyAttempts, Error> {
    let common = transaction.common()?.pin_attempts()?;
    let resident = transaction.resident()?.pin_attempts()?;
    Ok(CopyAttempts { resident, common })
}

/// Replaces the resident PIN (住民基本台帳用暗証番号) in both places.
///
/// Asks both counters before it presents anything, then changes the resident application, then the
/// common one, and stops at the first refusal. Thirteen exchanges with forgetting.
///
/// # Attempts
///
/// A wrong PIN costs one attempt of the copy that refused it; the other is then not asked.
///
/// # Errors
///
/// - `pin.blocked`, `pin.last-attempt`: of either copy; nothing was sent.
/// - `pin.wrong` and all else before the first change: both copies still hold the old PIN. After
///   `card.silent` or `card.removed` the state of the copy in the resident application is unknown.
/// - `pin.split`: the first copy was changed and the second was not; the error says which is
///   which, and why. If the reason is `card.silent`, the second may have changed too. Each copy
///   can be changed alone: [`crate::applet::resident::Resident::unlock`],
///   [`crate::applet::common::Common::unlock`].
///
/// # Card
///
/// VERIFY and CHANGE KEY (80 32) on 001C in both applications; measured by myna-card.
pub fn change(
    transaction: &mut Transaction<'_>,
    old: &ResidentPin,
    new: &ResidentPin,
    spend: Spend,
) -> Result<(), Error> {
    // Presenting to the resident application asks its counter itself, before it presents.
    allowed(transaction.common()?.pin_attempts()?, spend)?;
    transaction.resident()?.unlock(old, spend)?.change(new)?;
    change_common(transaction, old, new, spend).map_err(|cause| Error::ResidentPinSplit {
        changed: Application::Resident,
        unchanged: Application::Common,
        cause: Box::new(cause),
    })
}

fn change_common(
    transaction: &mut Transaction<'_>,
    old: &ResidentPin,
    new: &ResidentPin,
    spend: Spend,
) -> Result<(), Error> {
    transaction.common()?.unlock(old, spend)?.change(new)
}

/// The floor that presenting will apply, asked of the second copy before the first is touched.
fn allowed(left: Attempts, spend: Spend) -> Result<(), Error> {
    let problem = match (left, spend) {
        (Attempts::Blocked, _) => PinProblem::Blocked,
        (Attempts::Left(..=1) | Attempts::Unknown, Spend::KeepOne) => {
            PinProblem::LastAttempt { left }
        }
        _ => return Ok(()),
    };
    Err(Error::pin(PinKind::Resident, problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Card;
    use crate::error::Step;
    use crate::iso::StatusWord;
    use crate::tests::{Counter, Shelf};
    use crate::transport::replay::Replay;

    fn pin(digits: &[u8]) -> ResidentPin {
        ResidentPin::parse(digits).unwrap()
    }

    #[test]
    fn both_copies_are_asked_before_either_is_told() {
        let counter = Counter::default();
        let mut card = Card::new(Shelf::new(false)).observed_by(counter.clone());
        let mut transaction = card.begin().unwrap();
        change(
            &mut transaction,
            &pin(b"1111"),
            &pin(b"2222"),
            Spend::KeepOne,
        )
        .unwrap();
        transaction.end().unwrap();
        let names = counter.names();
        let first = names.iter().position(|name| name == "VERIFY").unwrap();
        let asked = names[..first]
            .iter()
            .filter(|name| *name == "VERIFY (counter)")
            .count();
        assert_eq!((names.len(), asked), (13, 2), "{names:?}");
        let told = names.iter().filter(|name| *name == "VERIFY").count();
        assert_eq!(told, 2);
    }

    #[test]
    fn a_half_change_says_which_half() {
        let mut shelf = Shelf::new(false);
        shelf.changes = vec![0x9000, 0x6581];
        let mut card = Card::new(shelf);
        let mut transaction = card.begin().unwrap();
        let changed = change(
            &mut transaction,
            &pin(b"1111"),
            &pin(b"2222"),
            Spend::KeepOne,
        );
        let cause = Error::Refused {
            step: Step::ChangePin,
            status: StatusWord(0x6581),
        };
        let split = Error::ResidentPinSplit {
            changed: Application::Resident,
            unchanged: Application::Common,
            cause: Box::new(cause),
        };
        assert_eq!(changed, Err(split.clone()));
        assert_eq!(split.code(), "pin.split");
    }

    #[test]
    fn one_copy_near_its_end_keeps_both_untouched() {
        let dialogue = "\
> 00 A4 04 0C 0A D3 92 10 00 31 00 01 01 01 00
< 9000
> 00 20 00 9C
< 63C1
";
        let mut card = Card::new(Replay::parse(dialogue).unwrap());
        let mut transaction = card.begin().unwrap();
        let changed = change(
            &mut transaction,
            &pin(b"1111"),
            &pin(b"2222"),
            Spend::KeepOne,
        );
        let problem = PinProblem::LastAttempt {
            left: Attempts::Left(1),
        };
        assert_eq!(changed, Err(Error::pin(PinKind::Resident, problem)));
    }

    #[test]
    fn both_refer_to_the_same_key() {
        let mut card = Card::new(Shelf::new(false));
        let mut transaction = card.begin().unwrap();
        let common = transaction.common().unwrap().key_reference().unwrap();
        let resident = transaction.resident().unwrap().key_reference().unwrap();
        assert_eq!((common, common.to_string().as_str()), (resident, "1310140"));
    }
}
