//! Texts about documents: reasons for a refusal, failures of signing.

use std::path::Path;

use card_sign::pdf::PdfError;
use card_sign::report::{Reason, Rule, Verdict};
use card_sign::{Finding, Report, SignError, cms, pdf, xml};

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::{Word, word};

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

/// The first rule that is broken, but for those that ask the trust store.
pub(crate) fn broken_beside_trust(report: &Report) -> Option<(Rule, Reason)> {
    let own = report.findings().filter(|finding| !is_of_trust(finding));
    let broken = own.filter_map(|finding| Some((finding.rule, broken(finding)?)));
    let mut broken: Vec<_> = broken.collect();
    broken.sort_by_key(|(_, reason)| reason.is_consequence());
    broken.first().copied()
}

/// A document that breaks a rule of the verifier.
pub(crate) fn unsuitable(rule: Rule, reason: Reason, path: &Path) -> Failure {
    sign_failure(SignError::Document(reason), path).telling("rule", rule.code())
}

/// Why an XML document was not signed: the code of a reason begins with that of its rule.
pub(crate) fn xml_failure(error: SignError, path: &Path) -> Failure {
    match error {
        SignError::Document(reason) => unsuitable(xml::rule_of(reason), reason, path),
        error => sign_failure(error, path),
    }
}

/// What helps where a document was not signed for this reason.
fn mending(reason: Reason) -> &'static str {
    let code = reason.code();
    let begins = |all: &[&str]| all.iter().any(|one| code.starts_with(one));
    match code {
        "pdf.encrypted" => "decrypt",
        _ if is_limit(code) => "limit",
        _ if begins(&["pdf.visible."]) => "place",
        _ if begins(&[
            "cms.",
            "pdf.signature.",
            "pdf.byte-range.",
            "pdf.gap.",
            "pdf.padding.",
            "pdf.kind.",
            "pdf.changed.",
            "pdf.permissions.",
            "pdf.distinct.",
            "pdf.later-revisions",
            "pdf.revision.",
            "pdf.not-all",
            "xml.references.",
            "xml.signature",
            "xml.certificate.",
        ]) =>
        {
            "earlier"
        }
        _ if begins(&[
            "pdf.hybrid",
            "pdf.xref.",
            "pdf.syntax",
            "pdf.stream",
            "pdf.duplicate-key",
            "pdf.header",
            "pdf.tail",
        ]) =>
        {
            "rewrite"
        }
        _ => "plain",
    }
}

/// Whether a reason is a limit of this program, and no word about the document.
fn is_limit(code: &str) -> bool {
    code.contains(".limits.") || code.ends_with(".many") || code.ends_with(".limits")
}

/// How signing failed.
pub(crate) fn sign_failure(error: SignError, path: &Path) -> Failure {
    let path = || path.to_owned();
    let error = match error {
        SignError::Signer(error) => return error.into(),
        SignError::Mismatch => return card_core::Error::SignatureMismatch.into(),
        SignError::ContentChanged => ProgramError::InputChanged(path()),
        SignError::Existing(reason) => {
            ProgramError::SignExisting(path(), reason.code(), why(reason))
        }
        SignError::Document(reason) => return unsuited(reason, mending(reason), &path()),
        SignError::DigestAlgorithm | SignError::Algorithm => ProgramError::SignAlgorithm,
        SignError::TimeStamp(reason) => {
            ProgramError::TimestampUnfit(path(), reason.code(), why(reason))
        }
        SignError::Io(error) => {
            return Failure::file(ProgramError::InputUnreadable, &path(), &error);
        }
        _ => ProgramError::bug(),
    };
    error.into()
}

fn unsuited(reason: Reason, advice: &'static str, path: &Path) -> Failure {
    let advice = word("mend", advice);
    ProgramError::DocumentUnsuitable(path.into(), reason.code(), why(reason), advice).into()
}

/// Why a PDF file was not signed.
pub(crate) fn pdf_failure(error: PdfError, path: &Path) -> Failure {
    match error {
        PdfError::Refused(reason) => sign_failure(SignError::Document(reason), path),
        PdfError::Unfit { rule, reason } => unsuitable(rule, reason, path),
        PdfError::Page { pages } => {
            unsuited(pdf::reason::NO_PAGE, "page", path).telling("pages", pages)
        }
        PdfError::Demand(entry) => {
            unsuited(pdf::reason::SEED_VALUE, "demand", path).telling("entry", entry)
        }
        PdfError::Glyph(character) => {
            let character = format!("U+{:04X}", u32::from(character));
            ProgramError::PdfGlyph(path.into(), character).into()
        }
        PdfError::Room { needed, room } => ProgramError::PdfRoom(path.into(), needed, room).into(),
        _ => ProgramError::bug().into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;

    use card_sign::{asic, jws, raw};

    use super::*;
    use crate::texts::{Language, program_texts};

    fn rules() -> impl Iterator<Item = &'static Rule> {
        [
            cms::rules::RULES,
            pdf::rules::RULES,
            pdf::rules::FILING_RULES,
            xml::rules::RULES,
            jws::rules::RULES,
            raw::RULES,
            asic::rules::RULES,
        ]
        .into_iter()
        .flatten()
    }

    fn reasons() -> impl Iterator<Item = &'static Reason> {
        [
            cms::reason::ALL,
            pdf::reason::ALL,
            pdf::filing::ALL,
            xml::reason::ALL,
            jws::rules::reason::ALL,
            raw::reason::ALL,
            asic::reason::ALL,
        ]
        .into_iter()
        .flatten()
    }

    /// Every rule and reason has texts, and `docs/refusals.md` has them all.
    #[test]
    fn the_page_of_refusals_is_up_to_date() {
        let both = [Language::Japanese, Language::English].map(program_texts);
        let mut page = include_str!("../locales/refusals-head.md").to_owned();
        page += "\n## Rules\n\n| | code | 日本語 | English |\n|---|---|---|---|\n";
        let said = |group: &str, code: &str| {
            let id = format!("{group}-{}", code.replace('.', "-"));
            let texts = both.each_ref().map(|texts| {
                assert!(texts.has(&id), "{id}");
                texts.say(&id)
            });
            texts.join(" | ")
        };
        for rule in rules() {
            let (id, code) = (rule.id(), rule.code());
            writeln!(page, "| {id} | `{code}` | {} |", said("what", code)).unwrap();
        }
        page += "\n## Reasons\n\n| code | 日本語 | English |\n|---|---|---|\n";
        for reason in reasons() {
            let code = reason.code();
            writeln!(page, "| `{code}` | {} |", said("why", code)).unwrap();
        }
        page += "\n## How filing is mended\n\n| code | 日本語 | English |\n|---|---|---|\n";
        for reason in pdf::filing::ALL {
            let code = reason.code();
            writeln!(page, "| `{code}` | {} |", said("mend", code)).unwrap();
        }
        crate::tests::bless("docs/refusals.md", &page);
    }

    /// Our own limits are called so, and are the reasons that advise another format.
    #[test]
    fn limits_are_called_limits() {
        for (language, called) in [
            (Language::English, "a limit of this program"),
            (Language::Japanese, "このプログラムの上限です"),
        ] {
            let texts = program_texts(language);
            for reason in reasons() {
                let said = texts.reason(reason.code()).contains(called);
                let (code, limit) = (reason.code(), is_limit(reason.code()));
                assert_eq!(said, limit, "{code}");
                assert!(!limit || mending(*reason) == "limit", "{code}");
            }
        }
    }

    #[test]
    fn a_code_is_one_thing() {
        let mut seen = BTreeMap::new();
        for reason in reasons() {
            *seen.entry(reason.code()).or_insert(0) += 1;
        }
        let twice: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}
