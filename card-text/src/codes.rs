//! Codes held against their sentences when compiling.

use card_core::Error;
use card_core::login::LoginReason;
use card_core::trust::{Reason, TrustError};

/// Of an origin, and of card-verifiable certificates beside those that X.509 has too.
const MORE: &[&str] = &["origin.invalid", "issuer.domain", "issuer.signature"];

#[expect(clippy::indexing_slicing, reason = "runs when compiling")]
const REASONS: [&str; Reason::ALL.len()] = {
    let mut codes = [""; Reason::ALL.len()];
    let mut at = 0;
    while at < codes.len() {
        codes[at] = Reason::ALL[at].code();
        at += 1;
    }
    codes
};

const _: () = {
    let errors = [Error::CODES];
    told_in_order(include_str!("../locales/en/errors.ftl"), &errors);
    told_in_order(include_str!("../locales/ja/errors.ftl"), &errors);
    let reasons = [LoginReason::CODES, MORE, &REASONS, TrustError::CODES];
    told_in_order(include_str!("../locales/en/reasons.ftl"), &reasons);
    told_in_order(include_str!("../locales/ja/reasons.ftl"), &reasons);
};

/// Holds a file of messages (the format of Fluent) against codes: for each code in its order an
/// `err-…`, what happened, and behind it a `rec-…`, what to do next; the points of a code are
/// hyphens there. What else stands between them is passed over.
///
/// In a constant (`const _: () = …`) a code without its sentences, or sentences without a code, do
/// not compile.
///
/// # Panics
///
/// At the first code or sentence without its other.
#[expect(clippy::indexing_slicing, reason = "runs when compiling")]
pub const fn told_in_order(messages: &str, codes: &[&[&str]]) {
    let text = messages.as_bytes();
    let (mut at, mut list, mut code, mut next) = (0, 0, 0, false);
    while at < text.len() {
        let (error, advice) = (starts(text, at, b"err-"), starts(text, at, b"rec-"));
        if error || advice {
            while list < codes.len() && code == codes[list].len() {
                (list, code) = (list + 1, 0);
            }
            assert!(list < codes.len(), "a sentence without a code");
            assert!(
                advice == next,
                "a code has one err- and one rec-, in this order"
            );
            let name = codes[list][code].as_bytes();
            assert!(
                names(text, at + 4, name),
                "a code without its sentence, or out of order"
            );
            if advice {
                code += 1;
            }
            next = !next;
        }
        while at < text.len() && text[at] != b'\n' {
            at += 1;
        }
        at += 1;
    }
    while list < codes.len() && code == codes[list].len() {
        (list, code) = (list + 1, 0);
    }
    assert!(list == codes.len() && !next, "a code without its sentences");
}

/// Whether `word` stands at `at`.
#[expect(clippy::indexing_slicing, reason = "runs when compiling")]
const fn starts(text: &[u8], at: usize, word: &[u8]) -> bool {
    let mut here = 0;
    while here < word.len() {
        if at + here >= text.len() || text[at + here] != word[here] {
            return false;
        }
        here += 1;
    }
    true
}

/// Whether the message at `at` is that of a code.
#[expect(clippy::indexing_slicing, reason = "runs when compiling")]
const fn names(text: &[u8], at: usize, code: &[u8]) -> bool {
    let mut here = 0;
    while here < code.len() {
        let letter = if code[here] == b'.' { b'-' } else { code[here] };
        if at + here >= text.len() || text[at + here] != letter {
            return false;
        }
        here += 1;
    }
    starts(text, at + here, b" =")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# About a card\nerr-card-none = none\nrec-card-none =\n    Put one in.\n\nerr-pin-wrong = wrong\nrec-pin-wrong = Again.\nadvice = x\n";

    fn holds(messages: &str, codes: &[&[&str]]) -> bool {
        std::panic::catch_unwind(|| told_in_order(messages, codes)).is_ok()
    }

    #[test]
    fn every_code_has_its_two_sentences() {
        assert!(holds(GOOD, &[&["card.none"], &[], &["pin.wrong"]]));
        let wrong: [&[&str]; 6] = [
            &["card.none"],
            &["card.none", "pin.wrong", "reader.none"],
            &["pin.wrong", "card.none"],
            &["card.non", "pin.wrong"],
            &["card.none", "pin.wron"],
            &[],
        ];
        for codes in wrong {
            assert!(!holds(GOOD, &[codes]), "{codes:?}");
        }
        assert!(!holds("err-card-none = none\n", &[&["card.none"]]));
        assert!(!holds("rec-card-none = none\n", &[&["card.none"]]));
    }
}
