//! Checking: every signature of a file, the revision it covers, and what came after.

use std::collections::BTreeSet;
use std::ops::Range;

use super::digests::Digests;
use super::document::{self, Document};
use super::file::File;
use super::history::History;
use super::object::{Dictionary, Entry, Id, Object};
use super::parser::is_space;
use super::rules::{self, reason};
use super::survey::Survey;
use crate::ber::Cursor;
use crate::cms::{self, timestamp};
use crate::policy::{Policy, Profile};
use crate::report::{Finding, Format, Reason, Report, Rule, SignatureReport, Verdict};

/// Checks all signatures of a PDF file.
///
/// Every signature is judged over the revision that it covers, and what later revisions changed is
/// judged too: only other signatures, evidence, dates and metadata may come after, and form values
/// where a certifying signer allowed it. A signature in a file with any refusal proves nothing.
///
/// The policy's profile does not matter: the file's own kind of signature demands it.
pub fn verify(bytes: &[u8], policy: &Policy<'_>) -> Report {
    run(bytes, policy, &mut |_, _, _, _| {})
}

/// Checks as [`verify`] does, and adds what an `extra` check says about what was found.
pub(super) fn run(bytes: &[u8], policy: &Policy<'_>, extra: Extra<'_>) -> Report {
    let mut report = Report::new(Format::Pdf);
    if let Err(why) = judge(bytes, policy, &mut report, extra) {
        report.document.push(Finding::fail(rules::STRUCTURE, why));
    }
    Finding::complete(&mut report.document, &OF_DOCUMENT);
    report
}

/// A check of its own over the same findings.
pub(super) type Extra<'e> =
    &'e mut dyn FnMut(&Document<'_>, &[Found<'_>], &Digests<'_>, &mut Report);

fn judge(
    bytes: &[u8],
    policy: &Policy<'_>,
    report: &mut Report,
    extra: Extra<'_>,
) -> Result<(), Reason> {
    let file = File::open(bytes)?;
    let document = Document::read(file.latest())?;
    // Every object can be read.
    Survey::of(file.latest())?;
    let revisions = file.revisions();
    let mut signatures = find(&file, &document);
    let all = signatures.len();
    drop_reserved(&file, &mut signatures)?;
    let reserved = signatures.len() < all;
    let in_gap = signatures.iter().filter_map(|one| one.gap.as_ref().ok());
    if file.points_into(in_gap) {
        return Err(reason::XREF_GAP);
    }
    let structure = Finding::pass(rules::STRUCTURE).with("revisions", revisions.len());
    report.document.push(structure);
    let history = History::read(&file, &signatures);
    if file.is_spent() {
        return Err(reason::WORK);
    }
    let rights = has_usage_rights(&document)?;
    let loose = has_loose_signature(&document)?;
    report
        .document
        .push(fields(&history, loose, reserved, rights));
    report.document.push(distinct(&signatures));

    let digests = Digests::new(bytes);
    for signature in &signatures {
        let mut notes = SignatureReport::default();
        signature.judge(&file, &history, &mut notes.findings);
        // Hashing, and two RSA operations.
        file.charge(bytes.len() / 32 + 20_000)?;
        signature.judge_value(&digests, policy, &mut notes);
        history.judge(signature, &mut notes.findings);
        Finding::complete(&mut notes.findings, &OF_SIGNATURE);
        if !signature.is_time_stamp() {
            Finding::complete(&mut notes.findings, &cms::OF_SIGNER);
        }
        report.signatures.push(notes);
    }
    if !signatures.is_empty() {
        report.document.push(whole(&file, &signatures));
        report.document.push(all_right(report));
    }
    extra(&document, &signatures, &digests, report);
    Ok(())
}

/// A signature and what can be said about its place.
pub(super) struct Found<'d> {
    pub(super) field: &'d str,
    pub(super) id: Option<Id>,
    pub(super) dictionary: Result<Dictionary, Reason>,
    /// The four numbers.
    pub(super) range: Result<[usize; 4], Reason>,
    /// The value with its brackets.
    pub(super) gap: Result<Range<usize>, Reason>,
    /// Index of the revision that ends where the signature ends.
    pub(super) revision: Option<usize>,
}

/// The rules that every report names, about the file and about each signature.
const OF_DOCUMENT: [Rule; 5] = [
    rules::STRUCTURE,
    rules::FIELDS,
    rules::WHOLE,
    rules::DISTINCT,
    rules::ALL,
];
const OF_SIGNATURE: [Rule; 8] = [
    rules::RANGE,
    rules::GAP,
    rules::PADDING,
    rules::DICTIONARY,
    rules::KIND,
    rules::REVISION,
    rules::CHANGES,
    rules::PERMISSIONS,
];

/// The kinds of signatures that are checked here.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Adbe,
    Pades,
    TimeStamp,
}

pub(super) fn find<'d>(file: &File<'_>, document: &'d Document<'_>) -> Vec<Found<'d>> {
    let view = document.view;
    let mut found = Vec::new();
    for signed in document.signatures() {
        let open = signed.id.filter(|id| {
            view.location(id.number)
                .is_some_and(|location| location.index.is_none())
        });
        let read = open.map(|id| view.dictionary(id));
        let dictionary = match read {
            Some(Ok(Some(dictionary))) => Ok(dictionary),
            Some(Err(why)) => Err(why),
            _ => Err(reason::HIDDEN),
        };
        let range = dictionary.as_ref().map_err(|why| *why);
        let range = range.and_then(|dictionary| byte_range(dictionary, file.bytes().len()));
        let gap = dictionary.as_ref().map_err(|why| *why);
        let gap = gap.and_then(|dictionary| value(dictionary, file.bytes()));
        let end = range.ok().map(|[_, _, start, length]| start + length);
        let revision = end.and_then(|end| file.revisions().iter().position(|r| r.ends_at(end)));
        found.push(Found {
            field: &signed.field.name,
            id: signed.id,
            dictionary,
            range,
            gap,
            revision,
        });
    }
    // By what they cover: who signed first stands first.
    found.sort_by_key(|one| {
        one.range
            .map_or(usize::MAX, |[_, _, start, length]| start + length)
    });
    found
}

/// Rule P3: four whole numbers that stand there themselves.
fn byte_range(dictionary: &Dictionary, size: usize) -> Result<[usize; 4], Reason> {
    let array = match dictionary.find(b"ByteRange") {
        None => return Err(reason::NO_RANGE),
        Some(Object::Array(array)) => array,
        Some(_) => return Err(reason::RANGE),
    };
    let number = |value: &Object| match value {
        Object::Integer(value) => usize::try_from(*value).ok(),
        _ => None,
    };
    let numbers: Option<Vec<usize>> = array.iter().map(number).collect();
    let range = numbers.and_then(|numbers| <[usize; 4]>::try_from(numbers).ok());
    let range @ [first, length, second, rest] = range.ok_or(reason::RANGE)?;
    let ends = second.checked_add(rest).is_some_and(|end| end <= size);
    if first == 0 && length < second && ends {
        Ok(range)
    } else {
        Err(reason::RANGE)
    }
}

/// The value: one string of hexadecimal digits, and where it stands (rule P4).
fn value(dictionary: &Dictionary, bytes: &[u8]) -> Result<Range<usize>, Reason> {
    let Some(Entry { value, span, .. }) = dictionary.entry(b"Contents") else {
        return Err(reason::NO_CONTENTS);
    };
    let value = match value {
        Object::Null => return Err(reason::NO_CONTENTS),
        Object::String(value) => value,
        _ => return Err(reason::CONTENTS),
    };
    let written = bytes.get(span.clone()).unwrap_or_default();
    let digits = written
        .strip_prefix(b"<")
        .and_then(|rest| rest.strip_suffix(b">"));
    let digits = digits.ok_or(reason::CONTENTS)?;
    if digits.len() % 2 != 0 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(reason::CONTENTS);
    }
    if value.iter().all(|byte| *byte == 0) {
        return Err(reason::NO_CONTENTS);
    }
    Ok(span.clone())
}

/// Rule P2. A signature that a later revision took away is one that no field holds any more.
///
/// A signature dictionary that no field ever held (reserved, flattened, usage rights) signs nothing.
/// One that was removed before the first of the others signed is named: these never covered it.
/// One that a page shows without the form is what copying of pages leaves of a signed document.
fn fields(history: &History, loose: bool, reserved: bool, rights: bool) -> Finding {
    let none = BTreeSet::new();
    let held = history.held.last().unwrap_or(&none);
    let since = history.first_signed.unwrap_or(0);
    let all = |from: usize| -> usize {
        let ever: BTreeSet<Id> = history.held.iter().skip(from).flatten().copied().collect();
        ever.difference(held).count()
    };
    let (orphans, removed) = (all(since), all(0));
    let verdict = match () {
        () if orphans > 0 || loose => Verdict::Fail(reason::ORPHAN),
        () if history.signatures == 0 => Verdict::Fail(reason::UNSIGNED),
        () if removed > 0 => Verdict::Warn(reason::REMOVED),
        () if reserved => Verdict::Warn(reason::RESERVED),
        () if rights => Verdict::Warn(reason::USAGE_RIGHTS),
        () => Verdict::Pass,
    };
    let finding = Finding::new(rules::FIELDS, verdict).with("signatures", history.signatures);
    if removed > 0 {
        finding.with("orphans", removed)
    } else {
        finding
    }
}

/// Takes out the values that another program reserved and never filled: no range, no value, and in
/// the first revision that is signed as they are now. Every signature covers that nothing is there.
fn drop_reserved(file: &File<'_>, signatures: &mut Vec<Found<'_>>) -> Result<(), Reason> {
    let is_empty = |one: &Found<'_>| one.range.is_err() && one.gap == Err(reason::NO_CONTENTS);
    let first = signatures.iter().filter_map(|one| one.revision).min();
    let first = first.and_then(|first| file.revisions().get(first));
    let (Some(first), true) = (first, signatures.iter().any(is_empty)) else {
        return Ok(());
    };
    let then = file.view(*first);
    let held = Document::read(then)?;
    let held: BTreeSet<Id> = held.signatures().iter().filter_map(|one| one.id).collect();
    let unchanged = |id: Id| {
        held.contains(&id) && then.location(id.number) == file.latest().location(id.number)
    };
    signatures.retain(|one| !(is_empty(one) && one.id.is_some_and(unchanged)));
    Ok(())
}

/// Whether a page shows a signature that no field of the form holds.
fn has_loose_signature(document: &Document<'_>) -> Result<bool, Reason> {
    let fields = document.fields.iter();
    let known: BTreeSet<Id> = fields
        .flat_map(|field| field.widgets.iter().copied().chain([field.id]))
        .collect();
    let annotations = document
        .pages
        .iter()
        .flat_map(|page| &page.annotations.items);
    for annotation in annotations {
        let dictionary = match annotation {
            Object::Reference(id) if known.contains(id) => continue,
            other => document.view.resolve(other)?,
        };
        let Some(dictionary) = dictionary.as_dictionary() else {
            continue;
        };
        let signed = document.view.value(dictionary, b"V")?;
        let signed = signed
            .as_dictionary()
            .is_some_and(|value| value.find(b"Contents").is_some());
        if signed && dictionary.is(b"FT", b"Sig") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the catalog grants usage rights (`/Perms`, table 258): they are not checked here.
fn has_usage_rights(document: &Document<'_>) -> Result<bool, Reason> {
    let permissions = document.view.value(&document.catalog, b"Perms")?;
    let rights = permissions.as_dictionary().map(|permissions| {
        [b"UR3".as_slice(), b"UR"]
            .iter()
            .any(|key| permissions.find(key).is_some())
    });
    Ok(rights.unwrap_or(false))
}

/// Rule P12.
fn distinct(signatures: &[Found<'_>]) -> Finding {
    let mut ids = BTreeSet::new();
    let mut ranges = BTreeSet::new();
    let shared = signatures
        .iter()
        .any(|one| one.id.is_some_and(|id| !ids.insert(id)));
    let same = signatures
        .iter()
        .any(|one| one.range.is_ok_and(|range| !ranges.insert(range)));
    let known = signatures
        .iter()
        .all(|one| one.id.is_some() && one.range.is_ok());
    let verdict = match () {
        () if shared => Verdict::Fail(reason::SHARED),
        () if same => Verdict::Fail(reason::SAME_RANGE),
        () if !known && signatures.len() > 1 => Verdict::NotChecked,
        () => Verdict::Pass,
    };
    Finding::new(rules::DISTINCT, verdict)
}

/// Rule P8.
fn whole(file: &File<'_>, signatures: &[Found<'_>]) -> Finding {
    let bytes = file.bytes();
    let behind = bytes.get(file.end()..).unwrap_or_default();
    let signed = signatures.iter().filter_map(|one| one.range.ok());
    let signed = signed
        .map(|[_, _, start, length]| start + length)
        .max()
        .unwrap_or(0);
    let last = signatures.iter().filter_map(|one| one.revision).max();
    let verdict = match () {
        () if signed == bytes.len() => Verdict::Pass,
        () if !behind.iter().all(|byte| is_space(*byte)) => Verdict::Fail(reason::TAIL),
        // One line end is what editors and mail programs add.
        () if !behind.is_empty() && !is_line_end(behind) => Verdict::Fail(reason::WHITE_SPACE),
        () if signed == 0 => Verdict::NotChecked,
        () if last == Some(file.revisions().len() - 1) => Verdict::Warn(reason::WHITE_SPACE),
        () => Verdict::Warn(reason::LATER_REVISIONS),
    };
    Finding::new(rules::WHOLE, verdict).with("unsigned-bytes", bytes.len() - signed)
}

fn is_line_end(bytes: &[u8]) -> bool {
    matches!(bytes, b"\n" | b"\r" | b"\r\n")
}

/// Rule P13. A single signature's own findings say enough, and where the file as a whole is
/// refused, not every signature may have been found.
fn all_right(report: &Report) -> Finding {
    let signatures = &report.signatures;
    let right = signatures.iter().filter(|one| one.is_accepted()).count();
    let verdict = match signatures.len() {
        all if all == right && report.document.iter().any(Finding::is_broken) => {
            Verdict::NotChecked
        }
        all if all == right => Verdict::Pass,
        1 => Verdict::NotChecked,
        _ => Verdict::Fail(reason::NOT_ALL),
    };
    Finding::new(rules::ALL, verdict)
        .with("signatures", signatures.len())
        .with("right", right)
}

pub(super) fn verdict(rule: Rule, broken: Option<Reason>) -> Finding {
    Finding::new(rule, broken.map_or(Verdict::Pass, Verdict::Fail))
}

impl Found<'_> {
    /// Rules P3, P4, P6, P7.
    fn judge(&self, file: &File<'_>, history: &History, findings: &mut Vec<Finding>) {
        let dictionary = match &self.dictionary {
            Ok(dictionary) => dictionary,
            Err(why) => {
                findings.push(Finding::fail(rules::DICTIONARY, *why).with("field", self.field));
                return;
            }
        };
        let place = self.misplaced(file, history);
        let place = place.map_or(Verdict::NotChecked, |broken| {
            broken.map_or(Verdict::Pass, Verdict::Fail)
        });
        findings.push(Finding::new(rules::DICTIONARY, place).with("field", self.field));
        findings.push(verdict(rules::RANGE, self.range.err()));
        let gap = match (&self.gap, self.range) {
            (Err(why), _) => Verdict::Fail(*why),
            (Ok(gap), Ok([_, length, second, _])) if *gap != (length..second) => {
                Verdict::Fail(reason::GAP)
            }
            (Ok(_), Ok(_)) => Verdict::Pass,
            (Ok(_), Err(_)) => Verdict::NotChecked,
        };
        findings.push(Finding::new(rules::GAP, gap));
        let kind = kind(dictionary);
        let name = match dictionary.find(b"SubFilter") {
            Some(Object::Name(name)) => String::from_utf8_lossy(name).into_owned(),
            _ => String::new(),
        };
        findings.push(verdict(rules::KIND, kind.err()).with("sub-filter", name));
    }

    /// Rule P6: the dictionary is the one that was signed, and a signature already then.
    ///
    /// `None` where it is not known which revision was signed.
    fn misplaced(&self, file: &File<'_>, history: &History) -> Option<Option<Reason>> {
        let id = self.id?;
        let [_, _, start, length] = self.range.ok()?;
        let latest = file.latest().location(id.number)?;
        let gap = self.gap.clone().unwrap_or(0..0);
        if latest.offset >= start + length || gap.end > start + length {
            return Some(Some(reason::OUTSIDE));
        }
        let revision = *file.revisions().get(self.revision?)?;
        let then = file.view(revision);
        if then.location(id.number) != Some(latest) {
            return Some(Some(reason::REPLACED));
        }
        let held = history.held_at(self.revision?, id);
        Some((!held).then_some(reason::OUTSIDE))
    }

    pub(super) fn is_time_stamp(&self) -> bool {
        let dictionary = self.dictionary.as_ref().ok();
        dictionary.and_then(|one| kind(one).ok()) == Some(Kind::TimeStamp)
    }

    /// Rule P5, and the rules of CMS or of time stamps.
    fn judge_value(&self, digests: &Digests<'_>, policy: &Policy<'_>, notes: &mut SignatureReport) {
        let (Ok(dictionary), Ok(range), Ok(gap)) = (&self.dictionary, self.range, &self.gap) else {
            return;
        };
        let [_, length, second, _] = range;
        let (Ok(kind), true) = (kind(dictionary), *gap == (length..second)) else {
            return;
        };
        let Some(Object::String(value)) = dictionary.find(b"Contents") else {
            return;
        };
        let value = match split(value) {
            Some((object, padding)) => {
                let clean = padding.iter().all(|byte| *byte == 0);
                let broken = (!clean).then_some(reason::PADDING);
                notes.findings.push(verdict(rules::PADDING, broken));
                object
            }
            // What it is instead, the rules of CMS say.
            None => value,
        };
        let written = dictionary.find(b"M").and_then(Object::as_text);
        notes.claimed_time = written.and_then(|text| document::date(&text));
        if kind == Kind::Pades && notes.claimed_time.is_none() {
            notes
                .findings
                .push(Finding::fail(rules::KIND, reason::NO_TIME));
        }
        if kind == Kind::TimeStamp {
            let covered = |hash| Some(digests.of(hash, range));
            let stamp = timestamp::judge_token(value, &covered, policy);
            notes.proven_time = stamp.proven_time();
            // An authority that is not trusted proves no time, and harms no signature (rule T8).
            let findings = stamp.findings.into_iter();
            notes.findings.extend(findings.map(timestamp::in_document));
            notes.certificate = stamp.certificate;
            return;
        }
        let inner = Policy {
            profile: if kind == Kind::Pades {
                Profile::Pades
            } else {
                Profile::Any
            },
            danger_direct: kind == Kind::Adbe,
            ..*policy
        };
        let (length, head) = digests.outline(range);
        let content = cms::Digested {
            length,
            head,
            digest: &|hash| digests.of(hash, range),
        };
        let Ok(judged) = cms::verify_digested(value, content, &inner) else {
            // Slices are read without errors.
            notes
                .findings
                .push(Finding::fail(cms::rules::ENCODING, cms::reason::MALFORMED));
            return;
        };
        if judged.signatures.len() > 1 {
            notes
                .findings
                .push(Finding::fail(rules::KIND, reason::SIGNERS));
        }
        // Of all signatures P13 speaks.
        let own = judged.document.into_iter();
        let own = own.filter(|one| one.rule != cms::rules::SIGNERS || one.is_broken());
        notes.findings.extend(own);
        if let Some(signer) = judged.signatures.into_iter().next() {
            notes.findings.extend(signer.findings);
            notes.chain = signer.chain;
            notes.certificate = signer.certificate;
            notes.claimed_time = signer.claimed_time.or(notes.claimed_time);
            notes.proven_time = signer.proven_time;
        }
    }
}

/// The CMS object in a value, and what fills the rest of its room.
pub(super) fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let object = Cursor::new(value).any().ok()?.whole;
    Some((object, value.get(object.len()..).unwrap_or_default()))
}

fn kind(dictionary: &Dictionary) -> Result<Kind, Reason> {
    match dictionary.find(b"SubFilter") {
        Some(Object::Name(name)) => match name.as_slice() {
            b"adbe.pkcs7.detached" => Ok(Kind::Adbe),
            b"ETSI.CAdES.detached" => Ok(Kind::Pades),
            b"ETSI.RFC3161" => Ok(Kind::TimeStamp),
            b"adbe.pkcs7.sha1" | b"adbe.x509.rsa_sha1" => Err(reason::LEGACY),
            _ => Err(reason::UNKNOWN_KIND),
        },
        None => Err(reason::NO_KIND),
        Some(_) => Err(reason::UNKNOWN_KIND),
    }
}
