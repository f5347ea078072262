//! Fitness for signing: the result must pass [`verify`](super::verify), checked before a PIN is spent.

use std::ops::Range;

use card_core::domain::date::UtcTime;
use card_core::trust::Trust;

use super::rules::{self, RULES, reason};
use super::sign::PdfError;
use super::verify;
use crate::cms;
use crate::policy::Policy;
use crate::report::{Finding, Reason, Rule, Verdict};

/// Stands in for the value: one whole object, as a CMS object is, and zeros behind.
const STAND_IN: &[u8] = b"300100";

/// Judges the file as it will be, with a stand-in for the value that is to come.
///
/// Whom earlier signers trusted is not asked: that is for those who verify to say.
pub(super) fn judge(
    original: &[u8],
    appended: &[u8],
    gap: &Range<usize>,
    now: UtcTime,
) -> Result<(), PdfError> {
    let mut bytes = [original, appended].concat();
    let gap = original.len() + gap.start..original.len() + gap.end;
    let place = bytes.get_mut(gap.start + 1..gap.end);
    let place = place.and_then(|room| room.get_mut(..STAND_IN.len()));
    place.ok_or(reason::SIZE)?.copy_from_slice(STAND_IN);

    let trust = Trust::production();
    let policy = Policy::new(&trust, now);
    let Some(after) = first_broken(&bytes, &policy, Some(&gap)) else {
        return Ok(());
    };
    // What is wrong already is said as `verify` says it of the file as it is.
    let (rule, reason) = first_broken(original, &policy, None).unwrap_or(after);
    Err(PdfError::Unfit { rule, reason })
}

/// What breaks first. Of the signature with this gap only the place is judged.
fn first_broken(
    bytes: &[u8],
    policy: &Policy<'_>,
    gap: Option<&Range<usize>>,
) -> Option<(Rule, Reason)> {
    let mut own = None;
    let report = verify::run(bytes, policy, &mut |_, found, _, _| {
        own = found.iter().position(|one| one.gap.as_ref().ok() == gap);
    });
    let own = own.filter(|_| gap.is_some());
    // What is said of all of them follows from what is said of each, and what follows the last
    // signature is signed with it.
    let of_document = report
        .document
        .iter()
        .filter(|one| ![rules::ALL, rules::WHOLE].contains(&one.rule));
    let of_signatures = report
        .signatures
        .iter()
        .enumerate()
        .flat_map(|(number, one)| {
            let is_own = Some(number) == own;
            let findings = one.findings.iter();
            findings.filter(move |one| !is_own || RULES.contains(&one.rule))
        });
    let mut all = of_document.chain(of_signatures).filter_map(broken);
    all.find(|(_, why)| gap.is_some() || *why != reason::UNSIGNED)
}

fn broken(finding: &Finding) -> Option<(Rule, Reason)> {
    let Verdict::Fail(why) = finding.verdict else {
        return None;
    };
    let of_trust = [cms::rules::TRUST, cms::rules::STAMP_TRUST].contains(&finding.rule);
    let foreign = of_trust && why != cms::reason::SIGNING_CERTIFICATE_DIFFERS;
    (!foreign).then_some((finding.rule, why))
}
