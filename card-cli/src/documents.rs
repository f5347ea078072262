//! What is said of documents: why one is refused, in words, and how a failure of signing ends.

use std::path::Path;

use card_sign::pdf::PdfError;
use card_sign::report::{Reason, Verdict};
use card_sign::{Finding, SignError, cms, xml};

use crate::exit::Failure;
use crate::facts::{Fact, Word, word};

/// The word of a reason: the message `why-…`.
pub(crate) fn why(reason: Reason) -> Word {
    word("why", reason.code())
}

/// Why a rule was broken, if it was.
pub(crate) fn broken(finding: &Finding) -> Option<Reason> {
    match finding.verdict {
        Verdict::Fail(reason) => Some(reason),
        _ => None,
    }
}

/// Whether a rule asks the trust store, and that refused.
pub(crate) fn is_of_trust(finding: &Finding) -> bool {
    let rules = [
        cms::rules::TRUST,
        cms::rules::STAMP_TRUST,
        xml::rules::TRUST,
    ];
    let own = |reason: Reason| cms::reason::ALL.contains(&reason);
    rules.contains(&finding.rule) && broken(finding).is_some_and(|reason| !own(reason))
}

/// How signing failed.
pub(crate) fn sign_failure(error: SignError, path: &Path) -> Failure {
    let at = |code| Failure::new(code).telling("path", Fact::Text(path.display().to_string()));
    let because = |code, reason: Reason| {
        at(code)
            .telling("code", Fact::Text(reason.code().into()))
            .telling("reason", Fact::Word(why(reason)))
    };
    match error {
        SignError::Signer(error) => error.into(),
        SignError::Mismatch => Failure::new("signature.mismatch"),
        SignError::ContentChanged => at("input.changed"),
        SignError::Existing(reason) => because("sign.existing", reason),
        SignError::Document(reason) => because("document.unsuitable", reason),
        SignError::DigestAlgorithm | SignError::Algorithm => Failure::new("sign.algorithm"),
        SignError::TimeStamp(reason) => because("timestamp.unfit", reason),
        SignError::Io(error) => Failure::file("input.unreadable", path, &error),
        _ => Failure::new("program.bug"),
    }
}

/// Why a PDF file was not signed.
pub(crate) fn pdf_failure(error: PdfError, path: &Path) -> Failure {
    let at = |code| Failure::new(code).telling("path", Fact::Text(path.display().to_string()));
    match error {
        PdfError::Refused(reason) => sign_failure(SignError::Document(reason), path),
        PdfError::Glyph(character) => at("pdf.glyph").telling(
            "character",
            Fact::Text(format!("U+{:04X}", u32::from(character))),
        ),
        PdfError::Room { needed, room } => {
            let number = |n: usize| Fact::Number(i64::try_from(n).unwrap_or(i64::MAX));
            at("pdf.room")
                .telling("needed", number(needed))
                .telling("room", number(room))
        }
        _ => Failure::new("program.bug"),
    }
}
