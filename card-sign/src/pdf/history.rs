//! What later revisions did to a signature (rules P9, P10, P11).

use std::collections::BTreeSet;

use super::changes::{self, Change};
use super::cover::Painted;
use super::document::Document;
use super::file::File;
use super::object::{Id, Object};
use super::rules::{self, reason};
use super::survey::Survey;
use super::terms::Terms;
use super::verify::{Found, verdict};
use crate::report::{Finding, Reason, Rule, Verdict};

/// What the revisions of a file held and changed, each read once.
pub(super) struct History {
    /// How many signatures the file has now.
    pub(super) signatures: usize,
    /// The signatures that the form held, revision by revision; none where it cannot be read.
    pub(super) held: Vec<BTreeSet<Id>>,
    /// Index of the first revision that a signature of now covers.
    pub(super) first_signed: Option<usize>,
    /// One for each revision that follows a signed one: what it changed, and the terms then.
    steps: Vec<Step>,
    /// The signature that certifies, and whether it is the first one.
    certified: Option<(Id, bool)>,
    unreadable: BTreeSet<usize>,
}

struct Step {
    /// Index of the revision that made the changes.
    revision: usize,
    changes: Result<Vec<Change>, Reason>,
    terms: Result<Terms, Reason>,
}

impl History {
    pub(super) fn read(file: &File<'_>, signatures: &[Found<'_>]) -> History {
        let mut history = History {
            signatures: signatures.len(),
            held: Vec::new(),
            first_signed: signatures.iter().filter_map(|one| one.revision).min(),
            steps: Vec::new(),
            certified: certified(file, signatures),
            unreadable: BTreeSet::new(),
        };
        let mut terms = Ok(Terms::default());
        let mut signed = false;
        let mut before = Err(reason::REVISION);
        let mut painted = Painted::default();
        let filled = signatures.iter().map(|one| one.field).collect();
        for (number, revision) in file.revisions().iter().enumerate() {
            let ends_here = |one: &&Found<'_>| one.revision == Some(number);
            let own: Vec<&Found<'_>> = signatures.iter().filter(ends_here).collect();
            let read = Document::read(file.view(*revision));
            if signed {
                history.steps.push(Step {
                    revision: number,
                    changes: changes(&before, &read, &filled, &mut painted),
                    terms: terms.clone(),
                });
            }
            signed |= !own.is_empty();
            let mut held = BTreeSet::new();
            if let Ok(document) = &read {
                held.extend(document.signatures().iter().filter_map(|one| one.id));
                for dictionary in own.iter().filter_map(|one| one.dictionary.as_ref().ok()) {
                    terms = terms.and_then(|terms| Ok(terms.and(document.terms(dictionary)?)));
                }
            }
            history.held.push(held);
            // Nothing is protected before the first signature.
            before = read.and_then(|document| {
                let survey = if signed {
                    Survey::of(document.view)?
                } else {
                    Survey::default()
                };
                Ok((document, survey))
            });
            if before.is_err() {
                history.unreadable.insert(number);
            }
        }
        history
    }

    /// Whether the form held this signature at this revision.
    pub(super) fn held_at(&self, revision: usize, id: Id) -> bool {
        self.held
            .get(revision)
            .is_some_and(|held| held.contains(&id))
    }

    /// Rules P9, P10, P11.
    pub(super) fn judge(&self, signature: &Found<'_>, findings: &mut Vec<Finding>) {
        let Some(revision) = signature.revision else {
            let verdict = match signature.range {
                Ok(_) => Verdict::Fail(reason::NO_REVISION),
                Err(_) => Verdict::NotChecked,
            };
            findings.push(Finding::new(rules::REVISION, verdict));
            return;
        };
        let broken = self
            .unreadable
            .contains(&revision)
            .then_some(reason::REVISION);
        let finding = verdict(rules::REVISION, broken).with("revision", revision + 1);
        findings.push(finding.with("revisions", self.held.len()));

        let later: Vec<&Step> = self
            .steps
            .iter()
            .filter(|step| step.revision > revision)
            .collect();
        let mut broken: Vec<(Rule, Reason, usize)> = Vec::new();
        let mut harmless = false;
        let mut pictures = BTreeSet::new();
        for step in &later {
            let number = step.revision + 1;
            match (&step.changes, &step.terms) {
                (Err(why), _) => broken.push((rules::CHANGES, *why, number)),
                (_, Err(why)) => broken.push((rules::PERMISSIONS, *why, number)),
                (Ok(changes), Ok(terms)) => {
                    harmless |= changes
                        .iter()
                        .any(|change| matches!(change, Change::Harmless | Change::Value { .. }));
                    for change in changes {
                        if let Change::Picture { field, page } = change {
                            pictures.insert((*page, field.as_str()));
                        }
                        let against = change.judge(terms);
                        broken.extend(against.map(|(rule, why)| (rule, why, number)));
                    }
                }
            }
        }
        if let Some((id, first)) = self.certified
            && signature.id == Some(id)
            && !first
        {
            broken.push((rules::PERMISSIONS, reason::CERTIFICATION_LATE, revision + 1));
        }
        // Every picture is named, believed or not.
        findings.extend(pictures.iter().map(|(page, field)| {
            Finding::new(rules::CHANGES, Verdict::Warn(reason::PICTURE))
                .with("page", *page)
                .with("field", *field)
        }));
        for rule in [rules::CHANGES, rules::PERMISSIONS] {
            let own: Vec<_> = broken
                .iter()
                .filter(|(broken, ..)| *broken == rule)
                .collect();
            if own.is_empty() {
                let notable = harmless && rule == rules::CHANGES;
                findings.push(Finding::new(
                    rule,
                    match notable {
                        true => Verdict::Warn(reason::CHANGED_HARMLESSLY),
                        false => Verdict::Pass,
                    },
                ));
            }
            let mut told = BTreeSet::new();
            for (_, why, number) in own {
                if told.insert(why.code()) {
                    findings.push(Finding::fail(rule, *why).with("by-revision", *number));
                }
            }
        }
    }
}

fn changes(
    before: &Result<(Document<'_>, Survey), Reason>,
    after: &Result<Document<'_>, Reason>,
    filled: &BTreeSet<&str>,
    painted: &mut Painted,
) -> Result<Vec<Change>, Reason> {
    let (before, survey) = before.as_ref().map_err(|why| *why)?;
    let after = after.as_ref().map_err(|why| *why)?;
    changes::between(before, after, survey, filled, painted)
}

/// The certifying signature that the catalog names, and whether it is the first one.
fn certified(file: &File<'_>, signatures: &[Found<'_>]) -> Option<(Id, bool)> {
    let document = Document::read(file.latest()).ok()?;
    let permissions = document.view.value(&document.catalog, b"Perms").ok()?;
    let Some(Object::Reference(id)) = permissions.as_dictionary()?.find(b"DocMDP") else {
        return None;
    };
    Some((
        *id,
        signatures
            .first()
            .is_some_and(|first| first.id == Some(*id)),
    ))
}
