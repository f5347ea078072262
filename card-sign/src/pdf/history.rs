//! History of a signature: later revisions (rules P9, P10, P11).

use std::collections::BTreeSet;

use super::changes::{self, Change};
use super::cover::Painted;
use super::document::Document;
use super::file::File;
use super::object::{Id, Object};
use super::parts::KnownParts;
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
    /// The same for every earlier signature; else the rule that cannot be held, and why.
    judged: Result<Judged, (Rule, Reason)>,
}

/// The changes of one revision under the terms of all signatures before it.
#[derive(Default)]
struct Judged {
    /// Each reason once.
    broken: Vec<(Rule, Reason)>,
    harmless: bool,
    /// Page and field.
    pictures: BTreeSet<(usize, String)>,
}

impl Judged {
    fn of(
        file: &File<'_>,
        changes: Result<Vec<Change>, Reason>,
        terms: &Result<Terms, Reason>,
    ) -> Result<Judged, (Rule, Reason)> {
        let changes = changes.map_err(|why| (rules::CHANGES, why))?;
        let terms = terms.as_ref().map_err(|why| (rules::PERMISSIONS, *why))?;
        // Each change is held against each name that is locked.
        let work = changes.len().saturating_mul(terms.names() / 4);
        file.charge(work).map_err(|why| (rules::CHANGES, why))?;
        let mut judged = Judged::default();
        for change in changes {
            let against = change.judge(terms);
            judged.broken.extend(against.filter(|(_, why)| {
                let mut known = judged.broken.iter();
                known.all(|(_, known)| known.code() != why.code())
            }));
            match change {
                Change::Harmless | Change::Value { .. } => judged.harmless = true,
                Change::Picture { field, page } => _ = judged.pictures.insert((page, field)),
                _ => {}
            }
        }
        Ok(judged)
    }
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
        let mut memory = (Painted::default(), KnownParts::default());
        let by_people = signatures.iter().filter(|one| !one.is_time_stamp());
        let filled = by_people.map(|one| one.field).collect();
        for (number, revision) in file.revisions().iter().enumerate() {
            let ends_here = |one: &&Found<'_>| one.revision == Some(number);
            let own: Vec<&Found<'_>> = signatures.iter().filter(ends_here).collect();
            let view = file.view(*revision);
            let known: Option<&(Document<'_>, Survey)> = before.as_ref().ok();
            let read = Document::read_after(known.map(|(document, _)| document), view);
            if signed {
                history.steps.push(Step {
                    revision: number,
                    judged: Judged::of(file, changes(&before, &read, &filled, &mut memory), &terms),
                });
            }
            let was_signed = signed;
            signed |= !own.is_empty();
            let mut held = BTreeSet::new();
            if let Ok(document) = &read {
                held.extend(document.signatures().iter().filter_map(|one| one.id));
                for one in &own {
                    let Ok(dictionary) = &one.dictionary else {
                        continue;
                    };
                    let certifies = one
                        .id
                        .is_some_and(|id| history.certified == Some((id, true)));
                    terms = terms.and_then(|terms| {
                        let mut own = document.terms(dictionary)?;
                        own.opened = certifies && own.certified.is_some();
                        Ok(terms.and(own))
                    });
                }
            }
            history.held.push(held);
            let surveyed = before.as_ref().is_ok_and(|_| was_signed);
            // Nothing is protected before the first signature.
            before = match (read, before) {
                (Err(why), _) => Err(why),
                (Ok(document), _) if !signed => Ok((document, Survey::default())),
                (Ok(document), Ok((old, mut survey))) if surveyed => survey
                    .advance(old.view, document.view)
                    .map(|()| (document, survey)),
                (Ok(document), _) => Survey::of(document.view).map(|survey| (document, survey)),
            };
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
            match &step.judged {
                Err((rule, why)) => broken.push((*rule, *why, number)),
                Ok(judged) => {
                    harmless |= judged.harmless;
                    pictures.extend(judged.pictures.iter());
                    let own = judged.broken.iter();
                    broken.extend(own.map(|(rule, why)| (*rule, *why, number)));
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
                .with("field", field.as_str())
        }));
        // Changes that are not known cannot be compared with the terms, nor the reverse.
        let unknown = later.iter().any(|step| step.judged.is_err());
        for rule in [rules::CHANGES, rules::PERMISSIONS] {
            let own: Vec<_> = broken
                .iter()
                .filter(|(broken, ..)| *broken == rule)
                .collect();
            if own.is_empty() {
                let notable = harmless && rule == rules::CHANGES;
                findings.push(Finding::new(
                    rule,
                    match () {
                        () if unknown => Verdict::NotChecked,
                        () if notable => Verdict::Warn(reason::CHANGED_HARMLESSLY),
                        () => Verdict::Pass,
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

fn changes<'f>(
    before: &Result<(Document<'f>, Survey), Reason>,
    after: &Result<Document<'f>, Reason>,
    filled: &BTreeSet<&str>,
    (painted, parts): &mut (Painted, KnownParts<'f>),
) -> Result<Vec<Change>, Reason> {
    let (before, survey) = before.as_ref().map_err(|why| *why)?;
    let after = after.as_ref().map_err(|why| *why)?;
    changes::between(before, after, survey, filled, (painted, parts))
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

#[cfg(test)]
mod tests {
    use super::super::verify;
    use super::*;

    /// Appends objects with their table.
    fn append(
        bytes: &mut Vec<u8>,
        objects: &[(usize, String)],
        size: usize,
        previous: Option<usize>,
    ) -> usize {
        let mut table = String::from("xref\n");
        if previous.is_none() {
            table.push_str("0 1\n0000000000 65535 f \n");
        }
        for (number, object) in objects {
            table.push_str(&format!("{number} 1\n{:010} 00000 n \n", bytes.len()));
            bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
        }
        let start = bytes.len();
        let previous = previous.map_or(String::new(), |place| format!("/Prev {place}"));
        let trailer = format!("trailer <</Size {size} /Root 1 0 R /Info 6 0 R {previous}>>");
        bytes.extend(format!("{table}{trailer}\nstartxref\n{start}\n%%EOF\n").bytes());
        start
    }

    /// A file that looks signed, of this many further objects, which its page uses, and later
    /// updates; each of these changes the date if `dated`, else nothing.
    fn file(objects: usize, updates: usize, dated: bool) -> Vec<u8> {
        const ROOM: &str = "                                ";
        let used: String = (7..7 + objects)
            .map(|number| format!("/O{number} {number} 0 R "))
            .collect();
        let mut all: Vec<(usize, String)> = [
            "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [4 0 R]>>>>",
            "<</Type /Pages /Kids [3 0 R] /Count 1>>",
            &format!(
                "<</Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Annots [4 0 R] \
                 /Resources <</Properties <<{used}>>>>>>"
            ),
            "<</Subtype /Widget /FT /Sig /T (s) /V 5 0 R /Rect [0 0 0 0]>>",
            &format!("<</Type /Sig /ByteRange {ROOM} /Contents <01>>>"),
            "<</Title (t)>>",
        ]
        .iter()
        .enumerate()
        .map(|(number, text)| (number + 1, (*text).to_owned()))
        .collect();
        all.extend((7..7 + objects).map(|number| (number, "[1 2 3]".to_owned())));
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let size = objects + 7;
        let mut last = append(&mut bytes, &all, size, None);
        let find = |wanted: &[u8]| {
            bytes
                .windows(wanted.len())
                .position(|w| w == wanted)
                .unwrap()
        };
        let (gap, room) = (find(b"<01>"), find(ROOM.as_bytes()));
        let range = format!("[0 {gap} {} {}]", gap + 4, bytes.len() - gap - 4);
        bytes[room..room + range.len()].copy_from_slice(range.as_bytes());
        for update in 0..updates {
            let info = format!("<</Title (t) /ModDate (D:{update})>>");
            let changed = if dated { vec![(6, info)] } else { Vec::new() };
            last = append(&mut bytes, &changed, size, Some(last));
        }
        bytes
    }

    fn parsed(objects: usize, updates: usize, dated: bool) -> u64 {
        let bytes = file(objects, updates, dated);
        let file = File::open(&bytes).unwrap();
        let document = Document::read(file.latest()).unwrap();
        let found = verify::find(&file, &document);
        assert_eq!(found[0].revision, Some(0));
        let before = file.parsed();
        let history = History::read(&file, &found);
        let judged = history.steps.iter().flat_map(|step| &step.judged);
        assert_eq!(
            (judged.clone().count(), history.held.len()),
            (updates, updates + 1)
        );
        let changed = judged.filter(|one| one.harmless && one.broken.is_empty());
        assert_eq!(changed.count(), if dated { updates } else { 0 });
        file.parsed() - before
    }

    #[test]
    fn what_did_not_change_is_read_once() {
        // Empty updates cost nothing, however many objects there are.
        let once = parsed(1_000, 0, false);
        for updates in [1, 50, 200] {
            assert_eq!(parsed(1_000, updates, false), once);
        }
        assert_eq!(parsed(2_000, 200, false), once + 1_000);
        // The first that changes something has the document walked through; each later one costs
        // what it changes, whatever its pages use.
        let first = parsed(1_000, 1, true) - once;
        assert!((1_000..1_060).contains(&first), "{first}");
        let update = parsed(1_000, 2, true) - once - first;
        assert!(update < 20, "{update}");
        assert_eq!(parsed(1_000, 200, true), once + first + 199 * update);
        assert_eq!(
            parsed(2_000, 200, true),
            once + first + 2_000 + 199 * update
        );
    }

    /// Parsed objects of a history in which each update adds an empty field.
    fn parsed_with_fields(updates: usize) -> u64 {
        let mut bytes = file(0, 0, false);
        let tail = bytes.len() - 30;
        let tail = String::from_utf8(bytes[tail..].to_vec()).unwrap();
        let last = tail.split_whitespace().rev().nth(1).unwrap();
        let mut last = last.parse().unwrap();
        let mut fields = String::from("4 0 R");
        for number in 7..7 + updates {
            fields += &format!(" {number} 0 R");
            let catalog =
                format!("<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [{fields}]>>>>");
            let field = format!("<</Subtype /Widget /FT /Sig /T (n{number}) /Rect [0 0 0 0]>>");
            let changed = [(1, catalog), (number, field)];
            last = append(&mut bytes, &changed, number + 1, Some(last));
        }
        let file = File::open(&bytes).unwrap();
        let document = Document::read(file.latest()).unwrap();
        assert_eq!(document.fields.len(), updates + 1);
        let found = verify::find(&file, &document);
        let before = file.parsed();
        let history = History::read(&file, &found);
        assert!(history.steps.iter().all(|step| step.judged.is_ok()));
        file.parsed() - before
    }

    #[test]
    fn fields_that_did_not_change_are_kept() {
        // `certified` reads the whole form once more.
        let update = |updates| parsed_with_fields(updates + 1) - parsed_with_fields(updates);
        assert_eq!(update(2), update(100));
        assert!(update(100) < 30, "{}", update(100));
    }

    #[test]
    fn work_ends_where_the_size_of_the_file_says() {
        // Each object is a string in which all later ones stand: parsing takes the square.
        const LEVELS: usize = 4_000;
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let mut table = String::from("xref\n0 1\n0000000000 65535 f \n1 1\n0000000009 00000 n \n");
        bytes.extend(b"1 0 obj\n<</Type /Catalog /Pages 2 0 R>>\nendobj\n");
        let pages = bytes.len();
        bytes.extend(b"2 0 obj\n<</Type /Pages /Kids []>>\nendobj\n");
        table.push_str(&format!("2 1\n{pages:010} 00000 n \n3 {LEVELS}\n"));
        for level in 0..LEVELS {
            table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
            bytes.extend(format!("{} 0 obj(", level + 3).bytes());
        }
        bytes.extend(b")endobj ".repeat(LEVELS));
        let start = bytes.len();
        let size = LEVELS + 3;
        bytes.extend(format!("{table}trailer <</Size {size} /Root 1 0 R>>\n").bytes());
        bytes.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        let file = File::open(&bytes).unwrap();
        assert_eq!(Survey::of(file.latest()).err(), Some(reason::WORK));
        // Once spent it stays spent, and the rest of the work ends at once.
        assert!(file.is_spent());
        assert_eq!(file.charge(1), Err(reason::WORK));
    }
}
