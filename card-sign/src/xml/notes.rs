//! Findings as they come together: one for each rule, in the order of the rules.

use super::rules;
use crate::report::{Fact, Finding, Reason, Rule, Value, Verdict};

/// The rule that a reason belongs to: its code begins with the rule's.
pub fn rule_of(reason: Reason) -> Rule {
    let belongs = |rule: &&Rule| {
        let rest = reason.code().strip_prefix(rule.code());
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let otherwise = if reason.code().starts_with("xades.") {
        rules::PROPERTIES
    } else {
        rules::DOCUMENT
    };
    rules::RULES
        .iter()
        .find(belongs)
        .copied()
        .unwrap_or(otherwise)
}

/// The findings about one signature as they come together.
#[derive(Default)]
pub(super) struct Notes(Vec<Finding>);

impl Notes {
    /// Notes how a rule fared, under the rule that the reason belongs to, and hands on the result.
    pub(super) fn rule<T>(&mut self, rule: Rule, result: Result<T, Reason>) -> Option<T> {
        self.0.push(match &result {
            Ok(_) => Finding::pass(rule),
            Err(reason) => Finding::fail(rule_of(*reason), *reason),
        });
        result.ok()
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// A rule that was not reached in all parts: not kept, if it was not broken.
    pub(super) fn not_reached(&mut self, rule: Rule) {
        let failed = |finding: &Finding| matches!(finding.verdict, Verdict::Fail(_));
        if !self.0.iter().any(|one| one.rule == rule && failed(one)) {
            self.0.push(Finding::new(rule, Verdict::NotChecked));
        }
    }

    /// A fact for the finding of this rule that was noted last.
    pub(super) fn fact(&mut self, rule: Rule, name: &'static str, value: impl Into<Value>) {
        if let Some(finding) = self.0.iter_mut().rev().find(|finding| finding.rule == rule) {
            finding.facts.push(Fact {
                name,
                value: value.into(),
            });
        }
    }

    /// One finding for each rule in the order of the rules; several only for one that was broken in
    /// several ways. A rule of `always` that was not reached was not checked.
    pub(super) fn finish(self, always: &[Rule]) -> Vec<Finding> {
        let mut all = Vec::new();
        for rule in rules::RULES {
            let own = || self.0.iter().filter(|finding| finding.rule == *rule);
            let broken = all.len();
            all.extend(
                own()
                    .filter(|finding| finding.verdict != Verdict::Pass)
                    .cloned(),
            );
            if all.len() > broken {
                continue;
            }
            let facts = own().flat_map(|finding| finding.facts.clone()).collect();
            let verdict = match own().next() {
                Some(_) => Verdict::Pass,
                None if always.contains(rule) => Verdict::NotChecked,
                None => continue,
            };
            all.push(Finding {
                rule: *rule,
                verdict,
                facts,
            });
        }
        all
    }
}
