//! A rule of a format and how it fared.

use std::collections::BTreeMap;

use card_sign::Finding;
use card_sign::report::Value;
use serde::Serialize;

use crate::output::{printable, table};
use crate::texts::Texts;

/// A rule of a format and how it fared.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Line {
    /// The short number, such as `M10`.
    id: &'static str,
    /// The code of `docs/refusals.md`.
    rule: &'static str,
    /// `pass`, `fail`, `warn` or `not-checked`.
    pub(super) verdict: &'static str,
    /// The code of `docs/refusals.md` or, about certificates, of `docs/errors.md`.
    reason: Option<&'static str>,
    /// What was seen, by name.
    facts: BTreeMap<&'static str, Seen>,
    /// Whether another broken rule is the cause.
    #[serde(skip)]
    pub(super) consequence: bool,
}

/// A number, or a text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum Seen {
    Number(u64),
    Text(String),
}

pub(super) fn lines(findings: &[Finding]) -> Vec<Line> {
    let line = |finding: &Finding| {
        let facts = finding.facts.iter().map(|fact| {
            let seen = match &fact.value {
                Value::Number(number) => Seen::Number(*number),
                Value::Time(time) => Seen::Text(time.to_string()),
                Value::Text(text) => Seen::Text(text.clone()),
                _ => Seen::Text(String::new()),
            };
            (fact.name, seen)
        });
        Line {
            id: finding.rule.id(),
            rule: finding.rule.code(),
            verdict: finding.verdict.name(),
            reason: finding.verdict.reason().map(|reason| reason.code()),
            facts: facts.collect(),
            consequence: finding
                .verdict
                .reason()
                .is_some_and(|reason| reason.is_consequence()),
        }
    };
    findings.iter().map(line).collect()
}

impl Line {
    /// Why it is broken or warned of: number, reason and code, where, and how to mend it.
    pub(super) fn told(&self, texts: &Texts) -> Vec<Vec<String>> {
        let mut rows = self.rows(texts);
        let why = match rows.is_empty() {
            true => Vec::new(),
            false => rows.split_off(1),
        };
        let mut told: Vec<Vec<String>> = why
            .into_iter()
            .filter_map(|mut row| row.pop())
            .map(|text| vec![String::new(), text.trim_start().to_owned()])
            .collect();
        match told.first_mut().and_then(|row| row.last_mut()) {
            Some(first) => *first = format!("{} {first}", self.id),
            None => told.push(vec![String::new(), self.id.to_owned()]),
        }
        told
    }

    /// Number, rule, verdict; then why, and for filing how to mend it.
    fn rows(&self, texts: &Texts) -> Vec<Vec<String>> {
        let id = |group: &str, code: &str| format!("{group}-{}", code.replace('.', "-"));
        let mut rows = vec![vec![
            format!("  {}", self.id),
            texts.say(&format!("verdict-{}", self.verdict)),
            texts.say(&id("what", self.rule)),
        ]];
        let more = |text: String| vec![String::new(), String::new(), text];
        if let Some(Seen::Text(names)) = self.facts.get("covered") {
            let named = [("names", printable(names).into())];
            rows.push(more(format!("  {}", texts.with("verify-covered", named))));
        }
        let Some(reason) = self.reason else {
            return rows;
        };
        rows.push(more(format!("  {} ({reason})", texts.reason(reason))));
        if let (Some(Seen::Number(page)), Some(Seen::Text(field))) =
            (self.facts.get("page"), self.facts.get("field"))
        {
            let named = [("page", (*page).into()), ("field", printable(field).into())];
            rows.push(more(format!("  {}", texts.with("verify-picture", named))));
        }
        let mend = id("mend", reason);
        if texts.has(&mend) {
            rows.push(more(format!("  → {}", texts.say(&mend))));
        }
        rows
    }
}

/// The rows of rules, as a table.
pub(super) fn rules(lines: &[Line], texts: &Texts) -> String {
    table(
        &lines
            .iter()
            .flat_map(|line| line.rows(texts))
            .collect::<Vec<_>>(),
    )
}
