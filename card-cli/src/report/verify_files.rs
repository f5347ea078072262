//! Report of `verify` about several files: a line each for people, everything for programs.

use serde::Serialize;

use super::verify::{Judged, View};
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::jobs::verify::{Found, Profile, Request};
use crate::output::{Report, printable, table};
use crate::report::trust::TrustLine;
use crate::texts::Texts;
use crate::trust::Judge;

/// `mynacard.verify-files/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct VerifiedFiles {
    /// Whether there is a file, and each is accepted.
    accepted: bool,
    /// How many files there are, signatures beside a file counted with it.
    count: usize,
    /// How many are accepted.
    valid: usize,
    /// How many were read and are not accepted.
    invalid: usize,
    /// How many could not be judged: unreadable, or not of the profile's format.
    failed: usize,
    /// `moj` or `egov`.
    profile: Option<&'static str>,
    /// What the certificates have to be for: `signature` or `authentication`.
    purpose: &'static str,
    /// The moment that was judged for, where no time stamp says better.
    at: String,
    trust: TrustLine,
    /// In the order of the command line, those of a folder by name.
    files: Vec<VerifiedFile>,
    #[serde(skip)]
    view: View,
}

/// One file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct VerifiedFile {
    /// `-` is standard input.
    file: String,
    /// Whether no rule is broken, and revocation known where that was demanded.
    accepted: bool,
    /// The first reason against it: a code of `docs/errors.md` or `docs/refusals.md`.
    reason: Option<&'static str>,
    /// What was found; null where the file could not be judged.
    judged: Option<Judged>,
    #[serde(skip)]
    failure: Option<Failure>,
}

impl VerifiedFile {
    /// Of what was found, or why nothing was.
    pub(crate) fn of(request: &Request, found: Result<Found, Failure>, judge: &Judge) -> Self {
        let file = request.file.display().to_string();
        match found {
            Ok(found) => {
                let (judged, reason) = Judged::of(&found, judge);
                Self {
                    file,
                    accepted: reason.is_none(),
                    reason,
                    judged: Some(judged),
                    failure: None,
                }
            }
            Err(failure) => Self {
                file,
                accepted: false,
                reason: Some(failure.code()),
                judged: None,
                failure: Some(failure),
            },
        }
    }

    /// Verdict, file, and by whom or why not.
    fn row(&self, view: View, texts: &Texts) -> Vec<String> {
        let (verdict, more) = match (&self.failure, self.reason, &self.judged) {
            (Some(failure), ..) => (
                view.paint.bad(&texts.say("verify-files-failed")),
                failure.texts(texts).0,
            ),
            (None, Some("revocation.not-checked"), _) => (
                view.paint.bad(&texts.say("verify-files-unconfirmed")),
                texts.say("verify-unchecked-revocation"),
            ),
            (None, Some(reason), _) => (
                view.paint.bad(&texts.say("judged-refused")),
                format!("{} ({reason})", texts.reason(reason)),
            ),
            (None, None, judged) => {
                let names = judged.iter().flat_map(Judged::signers);
                let names: Vec<String> = names.map(printable).collect();
                (
                    view.paint.good(&texts.say("judged-accepted")),
                    names.join(&texts.say("list-comma")),
                )
            }
        };
        let mut file = printable(&self.file);
        if let Some(signature) = self.judged.as_ref().and_then(Judged::signature) {
            file += &format!(" + {}", printable(signature));
        }
        vec![verdict, file, more]
    }
}

impl VerifiedFiles {
    /// Of all files.
    pub(crate) fn of(
        files: Vec<VerifiedFile>,
        request: &Request,
        judge: &Judge,
        view: View,
    ) -> Self {
        let count = |of: fn(&VerifiedFile) -> bool| files.iter().filter(|file| of(file)).count();
        let valid = count(|file| file.accepted);
        let failed = count(|file| file.failure.is_some());
        Self {
            accepted: valid == files.len() && valid > 0,
            count: files.len(),
            valid,
            invalid: files.len() - valid - failed,
            failed,
            profile: request.profile.map(Profile::name),
            purpose: request.role.name(),
            at: request.at.unwrap_or(judge.now()).to_string(),
            trust: TrustLine::of(&judge.trust),
            files,
            view,
        }
    }

    /// The worst that is said of a file: a refusal, then a file that could not be judged, then
    /// revocation that was not checked.
    pub(crate) fn worst(&self) -> Option<Failure> {
        let refused = |file: &&VerifiedFile| {
            file.failure.is_none() && !matches!(file.reason, None | Some("revocation.not-checked"))
        };
        if self.files.is_empty() || self.files.iter().any(|file| refused(&file)) {
            let refused = self.files.iter().filter(refused).count();
            return Some(ProgramError::DocumentsRefused(refused, self.count).into());
        }
        let failed = self.files.iter().find_map(|file| file.failure.clone());
        failed.or((!self.accepted).then(|| ProgramError::RevocationNotChecked.into()))
    }
}

impl Report for VerifiedFiles {
    const NAME: &str = "verify-files";

    fn text(&self, texts: &Texts) -> String {
        let rows: Vec<_> = self
            .files
            .iter()
            .map(|file| file.row(self.view, texts))
            .collect();
        let counts = [
            ("count", self.count.into()),
            ("valid", self.valid.into()),
            ("invalid", self.invalid.into()),
            ("failed", self.failed.into()),
        ];
        format!(
            "{}{}\n",
            table(&rows),
            texts.with("verify-files-sum", counts)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<VerifiedFiles>(VerifiedFiles::NAME, Envelope::Plain);
    }
}
