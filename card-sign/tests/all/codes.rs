//! Codes are promises to scripts: words joined by dots, each for one thing.

use std::collections::BTreeSet;

use card_sign::report::{Reason, Rule};
use card_sign::{asic, cms, jws, pdf, raw, xml};

#[test]
fn rules_and_reasons_of_all_formats_differ_and_look_alike() {
    let rules: [&[Rule]; 5] = [
        asic::rules::RULES,
        cms::rules::RULES,
        jws::rules::RULES,
        raw::RULES,
        xml::rules::RULES,
    ];
    let reasons: [&[Reason]; 5] = [
        asic::reason::ALL,
        cms::reason::ALL,
        jws::rules::reason::ALL,
        raw::reason::ALL,
        xml::reason::ALL,
    ];
    let mut seen = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for rule in rules.concat() {
        assert!(ids.insert(rule.id()), "{}", rule.id());
        assert!(seen.insert(rule.code()), "{}", rule.code());
    }
    for reason in reasons.concat() {
        assert!(seen.insert(reason.code()), "{}", reason.code());
    }
    for code in seen {
        let words: Vec<&str> = code.split('.').collect();
        let right = |word: &&str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        };
        assert!(
            words.len() >= 2 && words.iter().all(right) && !code.contains("good"),
            "{code}"
        );
    }
}

#[test]
fn sums_of_other_findings_are_told_after_their_causes() {
    for sum in [cms::reason::NOT_ALL_SIGNERS, pdf::reason::NOT_ALL] {
        assert!(sum.is_consequence(), "{sum}");
    }
    assert!(!cms::reason::DIGEST_DIFFERS.is_consequence());
}
